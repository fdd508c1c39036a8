"""Who adopts after whom: exposure, thresholds, hazard, infection and susceptibility from a network and times of adoption.

Definitions are those of Valente (1995) and of the R package netdiffuseR (Vega Yon and Valente), except that what is not defined is NaN
here and 0 there: the exposure of actors without ties, the hazard of the first period, infection and susceptibility without anybody to count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError

if TYPE_CHECKING:
    from scipy import sparse

Values = NDArray[np.float64]
Direction = Literal["outgoing", "incoming", "both"]
"""Whose adoption an actor is exposed to: that of those it names, of those who name it, or of both."""


@dataclass(frozen=True, eq=False)
class Contagion:
    """What is known of a diffusion; rows are actors, columns periods.

    periods         the periods, consecutive whole numbers from the first adoption to the last
    adopted         1 from the period of adoption on, else 0 (actors x periods)
    exposure        share of the ties that lead to adopters (actors x periods)
    thresholds      exposure in the period of adoption; NaN for who adopted in the first period or never
    infection       of those who are exposed to an actor, and adopt later at all, the share that adopts in the period right after it
    susceptibility  of those an actor is exposed to, and who adopted before it, the share that did so in the period right before
    """

    periods: NDArray[np.int64]
    adopted: Values
    exposure: Values
    thresholds: Values
    infection: Values
    susceptibility: Values

    @property
    def new_adopters(self) -> Values:
        """Number of actors that adopt in each period."""
        return np.diff(self.adopted.sum(axis=0), prepend=0.0)

    @property
    def hazard(self) -> Values:
        """Adopters of each period as a share of those who had not adopted before; NaN in the first and when none is left."""
        total = self.adopted.sum(axis=0)
        left = len(self.adopted) - total[:-1]
        rest = np.divide(self.new_adopters[1:], left, out=np.full(len(left), np.nan), where=left > 0)
        return np.concatenate([[np.nan], rest])


def follow_adoption(
    ties: "sparse.csr_array | Sequence[sparse.csr_array]",
    times: Values,
    *,
    direction: Direction = "outgoing",
    weighted: bool = False,
    lag: int = 0,
    attribute: Values | None = None,
) -> Contagion:
    """Follow an adoption through a network.

    `ties` is A (actors x actors, A[i, j] > 0 if i names j), or one such matrix for each period; the diagonal is not read. `times` are
    the periods of adoption, NaN for who never adopts. Exposure counts who has adopted `lag` periods before; `weighted` by the numbers in A, else each
    tie alike, and by an `attribute` of those to whom one is exposed, if given. Infection and susceptibility count ties as there or not.

    Raises `GumflowError` if nobody adopts, a time is no whole number, the lag leaves no period, or the matrices are not one or one for
    each period.
    """
    known = times[~np.isnan(times)]
    if not len(known) or (known != np.round(known)).any():
        raise GumflowError("times of adoption: nobody adopts, or a time is no whole number")
    periods = np.arange(int(known.min()), int(known.max()) + 1)
    if lag >= len(periods):
        span = "1 period" if len(periods) == 1 else f"{len(periods)} periods"
        raise GumflowError(
            f"lag: {lag}, and from the first adoption to the last it is {span}, so nobody is ever exposed; "
            f"choose {len(periods) - 1} or less"
        )
    when = times - periods[0]
    adopted = (when[:, None] <= np.arange(len(periods))).astype(np.float64)
    series = _each_period(ties, len(periods), direction, weighted)
    exposed = exposure(series, adopted, lag=lag, attribute=attribute)
    plain = _each_period(ties, len(periods), direction, False)
    return Contagion(
        periods=periods,
        adopted=adopted,
        exposure=exposed,
        thresholds=thresholds(exposed, when),
        infection=infection(plain, when),
        susceptibility=susceptibility(plain, when),
    )


def exposure(
    weights: "Sequence[sparse.csr_array]", adopted: Values, *, lag: int = 0, attribute: Values | None = None
) -> Values:
    """Return E_t = (S_t (x o A_(t - lag))) / (S_t x), actors x periods; NaN without ties and in the first `lag` periods.

    Source: Valente 1995; Vega Yon and Valente, netdiffuseR, `exposure` (normalized).
    """
    held = np.ones(len(adopted)) if attribute is None else attribute
    found = np.full(adopted.shape, np.nan)
    for t in range(lag, adopted.shape[1]):
        whole = weights[t] @ held
        reached = weights[t] @ (held * adopted[:, t - lag])
        np.divide(reached, whole, out=found[:, t], where=whole > 0)
    return found


def thresholds(exposed: Values, when: Values) -> Values:
    """Return the exposure of each actor in its period of adoption; NaN for who adopted first or never.

    Who adopted in the first period may have done so before it was looked at. Source: Valente 1996.
    """
    found = np.full(len(when), np.nan)
    later = when > 0
    found[later] = exposed[later, when[later].astype(np.int64)]
    return found


def infection(ties: "Sequence[sparse.csr_array]", when: Values) -> Values:
    """Return I_i = sum_j x_ji 1[t_j = t_i + 1] / sum_j x_ji 1[t_j >= t_i + 1], with the ties x of the period t_i + 1.

    Source: Myers 2000; Valente, Dyal, Chu, Wipfli and Fujimoto 2015; netdiffuseR `infection` with K = 1 and without normalization.
    """
    found = np.full(len(when), np.nan)
    for t in range(len(ties) - 1):
        here = when == t
        following = ties[t + 1].T
        at_once, ever = following @ (when == t + 1).astype(float), following @ (when >= t + 1).astype(float)
        np.divide(at_once, ever, out=found, where=here & (ever > 0))
    return found


def susceptibility(ties: "Sequence[sparse.csr_array]", when: Values) -> Values:
    """Return S_i = sum_j x_ij 1[t_j = t_i - 1] / sum_j x_ij 1[t_j <= t_i - 1], with the ties x of the period t_i.

    Source: Myers 2000; Valente, Dyal, Chu, Wipfli and Fujimoto 2015; netdiffuseR `susceptibility` with K = 1 and without normalization.
    """
    found = np.full(len(when), np.nan)
    for t in range(1, len(ties)):
        here = when == t
        just, ever = ties[t] @ (when == t - 1).astype(float), ties[t] @ (when <= t - 1).astype(float)
        np.divide(just, ever, out=found, where=here & (ever > 0))
    return found


def _each_period(
    ties: "sparse.csr_array | Sequence[sparse.csr_array]", periods: int, direction: Direction, weighted: bool
) -> "list[sparse.csr_array]":
    """Return the matrix of each period without its diagonal, turned as asked, of ones unless `weighted`."""
    given = list(ties) if isinstance(ties, (list, tuple)) else [ties]
    if len(given) not in (1, periods):
        raise GumflowError(f"ties: {len(given)} matrices for {periods} periods; give one, or one for each")
    made = [facing(one, direction, weighted) for one in given]
    return made * periods if len(made) == 1 else made


def facing(ties: "sparse.csr_array", direction: Direction, weighted: bool) -> "sparse.csr_array":
    """Return S: S[i, j] is the weight of j for i, turned as asked, without a diagonal, of ones unless `weighted`."""
    from scipy import sparse

    matrix = sparse.csr_array(ties, dtype=np.float64)
    if direction == "incoming":
        matrix = matrix.T.tocsr()
    elif direction == "both":
        matrix = matrix.maximum(matrix.T).tocsr()
    matrix = (matrix - sparse.diags_array(matrix.diagonal(), shape=matrix.shape)).tocsr()
    matrix.eliminate_zeros()
    if not weighted:
        matrix.data[:] = 1.0
    return matrix
