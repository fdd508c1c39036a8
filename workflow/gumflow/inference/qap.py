"""Quadratic assignment: whether two relations of the same actors go together more than a relabeling of actors would give.

Dyads are not independent, so the ordinary test of a correlation does not hold for them. The quadratic assignment procedure (QAP) keeps
both relations as they are and permutes the actors of one, rows and columns together, so that its row, column and higher dependence stay
(Hubert and Schultz 1976; Krackhardt 1987, 1988). The layout of dyads and the permutations serve multiple regression (`mrqap`) as well.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError

Matrix = NDArray[np.float64]
Matrices = NDArray | Sequence[NDArray]

FEWEST_ACTORS = 4
ATTRIBUTE_EFFECTS = ("same", "difference", "absolute_difference", "sender", "receiver")
# Dyads handled in one product. A constant, since the bytes of a product depend on its width.
_BATCH_DYADS = 2**16
# Two statistics equal but for the order of their sums must count as equal: symmetric networks give many.
_TIE = 1e-9


@dataclass(frozen=True)
class QAPCorrelation:
    """A QAP correlation.

    correlation     Pearson correlation over the dyads observed in both matrices
    p_two_sided     share of permutations with |r*| >= |r|; with p_lower (r* <= r) and p_upper (r* >= r).
                    Always (1 + count) / (1 + permutations), the observed order being one of the draws
    mean, sd        of the correlation over the permutations
    n_dyads         dyads observed in both; `missing_dyads` are the others
    permutations    that gave a correlation; in the `failed` ones a matrix was constant where both were observed
    """

    correlation: float
    p_two_sided: float
    p_lower: float
    p_upper: float
    mean: float
    sd: float
    n_networks: int
    n_dyads: int
    missing_dyads: int
    permutations: int
    failed: int
    method: str


@dataclass(frozen=True)
class Dyads:
    """The dyads of one or several networks, one network after the other.

        sizes           actors of each network
        row, column     the two actors of each dyad, numbered through all networks
        network         number of the network of each dyad
        place           where the dyad stands in the matrices, each flattened by rows, laid end to end

    Directed networks have n(n-1) dyads each; undirected ones n(n-1)/2, the lower triangle.
    """

    sizes: tuple[int, ...]
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    network: NDArray[np.intp]
    place: NDArray[np.intp]

    @property
    def count(self) -> int:
        """Number of dyads."""
        return len(self.place)

    def keep(self, chosen: NDArray[np.bool_]) -> "Dyads":
        """Return the chosen dyads of the same networks."""
        return Dyads(
            self.sizes, self.row[chosen], self.column[chosen], self.network[chosen], self.place[chosen]
        )

    def permuted_places(self, permutations: int, seed: int) -> Iterator[NDArray[np.intp]]:
        """Yield, batch by batch (draws x dyads), the places that take the dyads' places when actors are permuted.

        Actors are permuted inside their network. The permutations depend on the seed and the sizes alone.
        """
        sizes = np.array(self.sizes)
        order = _orders(self.sizes, permutations, seed)
        size, start = np.repeat(sizes, sizes), np.repeat(_starts(sizes**2), sizes)
        batch = max(1, _BATCH_DYADS // max(self.count, 1))
        for first in range(0, permutations, batch):
            drawn = order[first : first + batch]
            yield (drawn * size + start).take(self.row, axis=1) + drawn.take(self.column, axis=1)


def layout_dyads(sizes: Sequence[int], directed: bool) -> Dyads:
    """Lay out all dyads of networks of the given sizes; the diagonal is none."""
    rows, columns, networks, places = [], [], [], []
    for number, (size, actor, start) in enumerate(
        zip(sizes, _starts(np.array(sizes)), _starts(np.array(sizes) ** 2), strict=True)
    ):
        there = ~np.eye(size, dtype=bool) if directed else np.tri(size, k=-1, dtype=bool)
        row, column = np.nonzero(there)
        rows.append(row + actor)
        columns.append(column + actor)
        networks.append(np.full(len(row), number, dtype=np.intp))
        places.append(row * size + column + start)
    return Dyads(tuple(sizes), *(np.concatenate(part) for part in (rows, columns, networks, places)))


def as_matrices(matrices: Matrices, name: str, directed: bool) -> list[Matrix]:
    """Return one float matrix for each network, NaN where a dyad was not observed.

    Raises `GumflowError` naming the matrix and the network if one is not square, has fewer than four actors, an infinite value, or
    is not symmetric though the networks are undirected.
    """
    given = [matrices] if isinstance(matrices, np.ndarray) else list(matrices)
    if not given:
        raise GumflowError(f"{name}: no network given; give one matrix for each network")
    checked = []
    for number, one in enumerate(given, start=1):
        where = f"{name}, network {number}" if len(given) > 1 else name
        matrix = np.asarray(one, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise GumflowError(f"{where}: a matrix of shape {matrix.shape}; give one row and column an actor")
        if len(matrix) < FEWEST_ACTORS:
            raise GumflowError(
                f"{where}: {len(matrix)} actors; permuting fewer than {FEWEST_ACTORS} cannot tell anything, leave it out"
            )
        off = ~np.eye(len(matrix), dtype=bool)
        _refuse(np.isinf(matrix) & off, where, "is infinite; give a number, or NaN if it was not observed")
        if not directed:
            differs = (matrix != matrix.T) & ~(np.isnan(matrix) & np.isnan(matrix.T))
            _refuse(differs, where, "differs from its mirror image; symmetrize it or say directed=True")
        checked.append(matrix)
    return checked


def same_sizes(matrices: dict[str, list[Matrix]]) -> list[int]:
    """Return the sizes of the networks; raise `GumflowError` if the named matrices differ in number or size."""
    (first, reference), *others = matrices.items()
    sizes = [len(matrix) for matrix in reference]
    for name, these in others:
        if [len(matrix) for matrix in these] != sizes:
            raise GumflowError(
                f"{name}: networks of {[len(m) for m in these]} actors, but {first} has {sizes}; "
                "give every matrix for the same networks, the actors in the same order"
            )
    return sizes


def flatten(matrices: list[Matrix]) -> NDArray[np.float64]:
    """Lay the matrices end to end, each flattened by rows."""
    return np.concatenate([matrix.ravel() for matrix in matrices])


def check_permutations(permutations: int) -> None:
    """Raise `GumflowError` unless at least one permutation is asked for."""
    if permutations < 1:
        raise GumflowError(f"permutations is {permutations}; give at least 1 (2000 is usual)")


def distinct_orders(sizes: Sequence[int]) -> int:
    """Return in how many ways the actors can be permuted inside their networks."""
    return math.prod(math.factorial(size) for size in sizes)


def permutation_p_values(
    observed: float, drawn: NDArray[np.float64], center: float = 0.0
) -> tuple[float, float, float]:
    """Return two-sided (|s* - center| >= |s - center|), lower (s* <= s) and upper (s* >= s) p values.

    Each is (1 + count) / (1 + draws), so never 0 (Davison and Hinkley 1997). Statistics that differ by rounding only
    count as equal. NaN draws are left out; all are NaN if the observed statistic is, or no draw is left.
    """
    drawn = drawn[~np.isnan(drawn)]
    if math.isnan(observed) or not len(drawn):
        return math.nan, math.nan, math.nan
    tie = _TIE * max(abs(observed), float(np.median(np.abs(drawn)))) if math.isfinite(observed) else 0.0
    two_sided = np.abs(drawn - center) >= abs(observed - center) - tie
    counts = (two_sided.sum(), (drawn <= observed + tie).sum(), (drawn >= observed - tie).sum())
    two, lower, upper = ((1 + int(count)) / (1 + len(drawn)) for count in counts)
    return two, lower, upper


def qap_correlation(
    x: Matrices, y: Matrices, *, seed: int, permutations: int = 2000, directed: bool = True
) -> QAPCorrelation:
    """Correlate two n x n matrices over their dyads and test it by permuting the actors of y (Krackhardt 1987, 1988).

    `x` and `y` are matrices of the same actors in the same order, or lists with one matrix for each of several networks: the dyads
    are then pooled into one correlation, and actors are permuted inside their own network. The diagonal is not read. Undirected
    matrices must be symmetric and each pair counts once. A dyad that is NaN in either matrix is left out; under permutation a
    dyad is left out if it is NaN in x or in the permuted y, so that the number of dyads may change from draw to draw.

    Raises `GumflowError` for matrices that are not square, alike in size or symmetric as stated, fewer than four actors, and a
    matrix that is constant over the observed dyads.
    """
    check_permutations(permutations)
    named = {"x": as_matrices(x, "x", directed), "y": as_matrices(y, "y", directed)}
    sizes = same_sizes(named)
    dyads = layout_dyads(sizes, directed)
    flat_x, flat_y = flatten(named["x"]), flatten(named["y"])
    in_x, in_y = ~np.isnan(flat_x[dyads.place]), ~np.isnan(flat_y[dyads.place])
    both = dyads.place[in_x & in_y]
    for name, flat in (("x", flat_x), ("y", flat_y)):
        if len(both) < 3 or np.ptp(flat[both]) == 0:
            raise GumflowError(
                f"{name}: the same value in all {len(both)} dyads observed in both matrices; nothing can correlate with it"
            )
    state_x, state_y = _states(flat_x), _states(flat_y)
    # Centering changes no correlation, but keeps the sums of squares exact.
    flat_x, flat_y = flat_x - flat_x[both].mean(), flat_y - flat_y[both].mean()
    observed = float(_correlations(flat_x[both], flat_y[both][None, :])[0])
    if state_x is not None and state_y is not None:
        drawn = _ties_alone(state_x, state_y, dyads, permutations, seed)
    elif len(both) == dyads.count:
        drawn = _complete(flat_x, flat_y, dyads, permutations, seed)
    else:
        drawn = _incomplete(flat_x, flat_y, dyads.keep(in_x), permutations, seed)
    two_sided, lower, upper = permutation_p_values(observed, drawn)
    valid = drawn[~np.isnan(drawn)]
    return QAPCorrelation(
        correlation=observed,
        p_two_sided=two_sided,
        p_lower=lower,
        p_upper=upper,
        mean=float(valid.mean()) if len(valid) else math.nan,
        sd=float(valid.std(ddof=1)) if len(valid) > 1 else math.nan,
        n_networks=len(sizes),
        n_dyads=len(both),
        missing_dyads=dyads.count - len(both),
        permutations=len(valid),
        failed=permutations - len(valid),
        method=_method(sizes, directed),
    )


def attribute_matrix(values: NDArray, effect: str) -> Matrix:
    """Make an n x n predictor from one attribute of n actors; m[i, j] is about the tie from i to j.

    `effect` is `same` (1 if the two are of the same group, else 0), `difference` (v_i - v_j), `absolute_difference`
    (|v_i - v_j|), `sender` (v_i) or `receiver` (v_j). A dyad with a missing value that the effect needs is NaN; the diagonal,
    which is no dyad, is 0. Sender, receiver and difference are not symmetric and suit directed networks only.

    Raises `GumflowError` for an unknown effect, and for values that are not numbers unless the effect is `same`.
    """
    import pandas as pd

    if effect not in ATTRIBUTE_EFFECTS:
        raise GumflowError(f"effect is {effect!r}; allowed: {', '.join(ATTRIBUTE_EFFECTS)}")
    series = pd.Series(values)
    if effect == "same":
        codes = np.asarray(pd.factorize(series)[0])
        matrix = (codes[:, None] == codes[None, :]).astype(np.float64)
        matrix[codes < 0, :] = matrix[:, codes < 0] = np.nan
    else:
        try:
            numbers = pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan)
        except (ValueError, TypeError) as error:
            raise GumflowError(
                f"the attribute has values that are not numbers ({error}); use the effect 'same' for groups"
            ) from error
        sender, receiver = np.meshgrid(numbers, numbers, indexing="ij")
        matrix = {
            "difference": sender - receiver,
            "absolute_difference": np.abs(sender - receiver),
            "sender": sender.copy(),
            "receiver": receiver.copy(),
        }[effect]
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _complete(
    flat_x: NDArray[np.float64], flat_y: NDArray[np.float64], dyads: Dyads, permutations: int, seed: int
) -> NDArray[np.float64]:
    """Correlate when nothing is missing: only the cross product changes from draw to draw."""
    x, y = flat_x[dyads.place], flat_y[dyads.place]
    scaled = x / math.sqrt((x @ x) * (y @ y))
    return np.concatenate([flat_y.take(b) @ scaled for b in dyads.permuted_places(permutations, seed)])


def _incomplete(
    flat_x: NDArray[np.float64], flat_y: NDArray[np.float64], dyads: Dyads, permutations: int, seed: int
) -> NDArray[np.float64]:
    x = flat_x[dyads.place]
    batches = dyads.permuted_places(permutations, seed)
    return np.concatenate([_correlations(x, flat_y.take(batch)) for batch in batches])


def _states(flat: NDArray[np.float64]) -> NDArray[np.int8] | None:
    """Return 0 (no tie), 1 (tie) or 2 (not observed) for each place of binary matrices; None if they are not binary."""
    if not np.isin(flat, (0.0, 1.0), invert=True)[~np.isnan(flat)].any():
        return np.nan_to_num(flat, nan=2.0).astype(np.int8)
    return None


def _ties_alone(
    x: NDArray[np.int8], y: NDArray[np.int8], dyads: Dyads, permutations: int, seed: int
) -> NDArray[np.float64]:
    """Correlate binary matrices, given as states, in each permutation; NaN where either is constant.

    Most dyads are observed and not tied, and change no count. So only the ties and the unobserved dyads of one matrix are
    looked up in the other: four counts of what meets what there give n and the sums of x, y and xy.
    """
    order = _orders(dyads.sizes, permutations, seed)
    listed_x, listed_y = (int(np.count_nonzero(states[dyads.place])) for states in (x, y))
    if listed_y < listed_x:
        # Moving the actors of y is moving those of x back.
        x, y, order = y, x, _inverse(order, dyads.sizes)
    tied, unknown = (np.flatnonzero(x[dyads.place] == state) for state in (1, 2))
    ties_y, unknown_y = (int((y[dyads.place] == state).sum()) for state in (1, 2))
    on_ties = _met(y, dyads, tied, order)
    on_unknown = _met(y, dyads, unknown, order)
    n = dyads.count - len(unknown) - unknown_y + on_unknown[1]
    sum_x, sum_y, sum_xy = len(tied) - on_ties[1], ties_y - on_unknown[0], on_ties[0]
    usable = (n > 2) & (sum_x > 0) & (sum_x < n) & (sum_y > 0) & (sum_y < n)
    spread_x, spread_y = (np.sqrt(np.where(usable, total * (n - total), 1)) for total in (sum_x, sum_y))
    return np.where(usable, (n * sum_xy - sum_x * sum_y) / (spread_x * spread_y), np.nan)


def _met(
    states: NDArray[np.int8], dyads: Dyads, chosen: NDArray[np.intp], order: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count for each permutation the ties and the unobserved dyads of `states` that come to stand on the chosen dyads."""
    # One sum counts both: ties below 2^32, unobserved dyads above.
    worth = np.array([0, 1, 1 << 32])[states]
    sizes = np.array(dyads.sizes)
    start = np.repeat(_starts(sizes**2), sizes)
    column = np.ascontiguousarray(order.T)
    row = column * np.repeat(sizes, sizes)[:, None] + start[:, None]
    sums = np.zeros(len(order), dtype=np.int64)
    batch = max(1, _BATCH_DYADS // max(len(chosen), 1))
    for first in range(0, len(order), batch):
        drawn = slice(first, first + batch)
        places = row[:, drawn].take(dyads.row[chosen], axis=0)
        places += column[:, drawn].take(dyads.column[chosen], axis=0)
        sums[drawn] = worth.take(places).sum(axis=0)
    return sums & ((1 << 32) - 1), sums >> 32


def _orders(sizes: Sequence[int], permutations: int, seed: int) -> NDArray[np.intp]:
    """Draw permutations (draws x actors of all networks): which actor of its network takes the place of each."""
    rng = np.random.default_rng(seed)
    actors = [np.tile(np.arange(size), (permutations, 1)) for size in sizes]
    return np.concatenate([rng.permuted(block, axis=1) for block in actors], axis=1)


def _inverse(order: NDArray[np.intp], sizes: Sequence[int]) -> NDArray[np.intp]:
    start = np.repeat(_starts(np.array(sizes)), sizes)
    back = np.empty_like(order)
    np.put_along_axis(back, order + start, np.arange(order.shape[1]) - start, axis=1)
    return back


def _correlations(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate x (dyads) with each row of y (draws x dyads) where y is observed; NaN where either is constant."""
    there = (~np.isnan(y)).astype(np.float64)
    y = np.where(there > 0, y, 0.0)
    n, sum_x, sum_xx = (there @ np.column_stack([np.ones_like(x), x, x * x])).T
    sum_y, sum_xy = (y @ np.column_stack([np.ones_like(x), x])).T
    sum_yy = (y * y).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        var_x, var_y = sum_xx - sum_x**2 / n, sum_yy - sum_y**2 / n
        # Below this a variance is what rounding left of none.
        usable = (n > 2) & (var_x > 1e-12 * sum_xx) & (var_y > 1e-12 * sum_yy)
        r = (sum_xy - sum_x * sum_y / n) / np.sqrt(var_x * var_y)
    return np.where(usable, r, np.nan)


def _method(sizes: Sequence[int], directed: bool) -> str:
    kind = "directed" if directed else "undirected, each pair once"
    pooled = "" if len(sizes) == 1 else f"; {len(sizes)} networks pooled, actors permuted inside each"
    return f"QAP correlation (Krackhardt 1988), {kind}{pooled}; p = (1 + count) / (1 + permutations)"


def _refuse(wrong: NDArray[np.bool_], where: str, what: str) -> None:
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise GumflowError(f"{where}: the value in row {row + 1}, column {column + 1} {what}")


def _starts(lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)
