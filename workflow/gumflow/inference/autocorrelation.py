"""Whether tied actors are alike: Moran's I and Geary's C on a network.

An attribute is autocorrelated if actors resemble those they are tied to more (or less) than if its values were dealt to the actors at
random. Both statistics are tested by dealing them anew (permutation), and by the moments that this randomization has in closed form
(Cliff and Ord 1981).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.inference.qap import check_permutations, permutation_p_values

if TYPE_CHECKING:
    from scipy import sparse

# Values (draws x actors) handled in one product. A constant, since the bytes of a product depend on its width.
_BATCH_VALUES = 2**18


@dataclass(frozen=True)
class Autocorrelation:
    """Moran's I or Geary's C of one attribute on one network.

    value, expected, variance   the statistic; its mean and variance under randomization, exact
    z, p_normal                 (value - expected) / sd, and two-sided p as if it were normal
    p_two_sided                 by permutation: as far from `expected` as observed; with p_lower and p_upper.
                                Always (1 + count) / (1 + permutations)
    n_actors                    with a value; `dropped` had none and were taken out with their ties
    no_ties_out, isolates       actors among them without a tie out, and without any tie; they stay, with weight 0
    """

    statistic: str
    value: float
    expected: float
    variance: float
    z: float
    p_normal: float
    p_two_sided: float
    p_lower: float
    p_upper: float
    n_actors: int
    dropped: int
    no_ties_out: int
    isolates: int
    permutations: int
    row_standardized: bool


@dataclass(frozen=True)
class _Setting:
    """Deviations from the mean, weights, and the sums of weights that Cliff and Ord call S0, S1 and S2."""

    deviation: NDArray[np.float64]
    weights: "sparse.csr_array"
    s0: float
    s1: float
    s2: float
    kurtosis: float
    dropped: int
    no_ties_out: int
    isolates: int


def morans_i(
    values: NDArray,
    weights: "NDArray | sparse.sparray",
    *,
    seed: int,
    permutations: int = 2000,
    row_standardize: bool = True,
) -> Autocorrelation:
    """Compute Moran's I = (n / S0) sum_ij w_ij z_i z_j / sum_i z_i^2 (Cliff and Ord 1981) and test it.

    Above its expectation -1/(n-1), tied actors are alike. `values` holds one number for each actor, NaN if unknown; `weights`
    (n x n, dense or sparse, directed) is not negative, and its diagonal is not read. An actor without a value is dropped with its
    ties before rows are standardized to sum 1 (so that each actor with ties counts alike); rows without ties stay 0.
    The variance is the one under randomization (Cliff and Ord 1981).

    Raises `GumflowError` for weights of another shape, negative or missing ones, fewer than four actors with values, values that are
    all the same, and a network without ties among actors with values.
    """
    check_permutations(permutations)
    given = _prepare(values, weights, row_standardize)
    n, z = len(given.deviation), given.deviation
    scale = n / (given.s0 * (z @ z))

    def statistic(draws: NDArray[np.float64]) -> NDArray[np.float64]:
        return scale * _cross_products(given, draws)

    return _test(
        "Moran's I",
        given,
        statistic,
        (-1 / (n - 1), _variance_moran(given)),
        seed,
        permutations,
        row_standardize,
    )


def gearys_c(
    values: NDArray,
    weights: "NDArray | sparse.sparray",
    *,
    seed: int,
    permutations: int = 2000,
    row_standardize: bool = True,
) -> Autocorrelation:
    """Compute Geary's C = (n-1) sum_ij w_ij (x_i - x_j)^2 / (2 S0 sum_i z_i^2) (Cliff and Ord 1981) and test it.

    Below its expectation 1, tied actors are alike. Arguments, missing values, isolates and errors are those of `morans_i`; the variance
    is the one under randomization (Cliff and Ord 1981).
    """
    check_permutations(permutations)
    given = _prepare(values, weights, row_standardize)
    n, z = len(given.deviation), given.deviation
    scale = (n - 1) / (2 * given.s0 * (z @ z))
    both = np.asarray(given.weights.sum(axis=1)).ravel() + np.asarray(given.weights.sum(axis=0)).ravel()

    def statistic(draws: NDArray[np.float64]) -> NDArray[np.float64]:
        # sum_ij w_ij (x_i - x_j)^2 = sum_i (w_i. + w_.i) x_i^2 - 2 x'Wx
        return scale * ((draws * draws) @ both - 2 * _cross_products(given, draws))

    return _test(
        "Geary's C", given, statistic, (1.0, _variance_geary(given)), seed, permutations, row_standardize
    )


def _prepare(values: NDArray, weights: "NDArray | sparse.sparray", row_standardize: bool) -> _Setting:
    from scipy import sparse

    numbers = np.asarray(values, dtype=np.float64)
    matrix = sparse.csr_array(weights, dtype=np.float64)
    if numbers.ndim != 1 or matrix.shape != (len(numbers), len(numbers)):
        raise GumflowError(
            f"weights: a matrix of shape {matrix.shape} for {numbers.size} values; give one row and column an actor"
        )
    if not (np.isfinite(matrix.data) & (matrix.data >= 0)).all():
        raise GumflowError("weights: a weight is negative, infinite or missing; give 0 where there is no tie")
    if np.isinf(numbers).any():
        raise GumflowError("values: a value is infinite; give a number, or NaN if it is unknown")
    known = ~np.isnan(numbers)
    numbers, matrix = numbers[known], matrix[known][:, known]
    matrix = (matrix - sparse.diags_array(matrix.diagonal(), shape=matrix.shape)).tocsr()
    matrix.eliminate_zeros()
    n = len(numbers)
    if n < 4:
        raise GumflowError(f"values: {n} actors have one; autocorrelation needs at least four")
    if np.ptp(numbers) == 0:
        raise GumflowError("values: all actors have the same value; there is nothing to correlate")
    if not matrix.nnz:
        raise GumflowError("weights: no tie among actors with a value; autocorrelation is not defined")
    out, into = np.asarray(matrix.sum(axis=1)).ravel(), np.asarray(matrix.sum(axis=0)).ravel()
    isolates, no_ties_out = int(((out == 0) & (into == 0)).sum()), int((out == 0).sum())
    if row_standardize:
        matrix = (sparse.diags_array(1 / np.where(out > 0, out, 1)) @ matrix).tocsr()
        out, into = np.asarray(matrix.sum(axis=1)).ravel(), np.asarray(matrix.sum(axis=0)).ravel()
    z = numbers - numbers.mean()
    return _Setting(
        deviation=z,
        weights=matrix,
        s0=float(out.sum()),
        s1=float(((matrix + matrix.T).data ** 2).sum() / 2),
        s2=float(((out + into) ** 2).sum()),
        kurtosis=float(n * (z**4).sum() / (z @ z) ** 2),
        dropped=int((~known).sum()),
        no_ties_out=no_ties_out,
        isolates=isolates,
    )


def _cross_products(given: _Setting, draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return z'Wz for each row z of `draws`."""
    return np.einsum("ij,ji->i", draws, given.weights @ np.ascontiguousarray(draws.T))


def _test(
    name: str,
    given: _Setting,
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    moments: tuple[float, float],
    seed: int,
    permutations: int,
    row_standardized: bool,
) -> Autocorrelation:
    n = len(given.deviation)
    expected, variance = moments
    observed = float(statistic(given.deviation[None, :])[0])
    rng = np.random.default_rng(seed)
    batch = max(1, _BATCH_VALUES // n)
    drawn = np.concatenate(
        [
            statistic(rng.permuted(np.tile(given.deviation, (min(batch, permutations - done), 1)), axis=1))
            for done in range(0, permutations, batch)
        ]
    )
    two_sided, lower, upper = permutation_p_values(observed, drawn, expected)
    # Weights that tie everyone alike give the same value whatever the order: there is no variance then.
    z = (observed - expected) / math.sqrt(variance) if variance > 1e-14 else math.nan
    return Autocorrelation(
        statistic=name,
        value=observed,
        expected=expected,
        variance=max(variance, 0.0),
        z=z,
        p_normal=math.erfc(abs(z) / math.sqrt(2)),
        p_two_sided=two_sided,
        p_lower=lower,
        p_upper=upper,
        n_actors=n,
        dropped=given.dropped,
        no_ties_out=given.no_ties_out,
        isolates=given.isolates,
        permutations=permutations,
        row_standardized=row_standardized,
    )


def _variance_moran(given: _Setting) -> float:
    n, s0, s1, s2, b2 = len(given.deviation), given.s0, given.s1, given.s2, given.kurtosis
    square = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    square -= b2 * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    return square / ((n - 1) * (n - 2) * (n - 3) * s0**2) - 1 / (n - 1) ** 2


def _variance_geary(given: _Setting) -> float:
    n, s0, s1, s2, b2 = len(given.deviation), given.s0, given.s1, given.s2, given.kurtosis
    total = (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * b2)
    total -= (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * b2) / 4
    total += s0**2 * (n**2 - 3 - (n - 1) ** 2 * b2)
    return total / (n * (n - 2) * (n - 3) * s0**2)
