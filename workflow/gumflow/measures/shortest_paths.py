"""Which actors stand on the shortest directed paths between others, and distances when ties have lengths.

Graphs are plain arrays: `size` actors numbered from 0, and arcs `source[k]` to `target[k]` without loops or
repetitions, where asked with a `length[k]` above 0 (1 / strength: stronger is nearer). An undirected tie is two arcs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.measures.breadth_first import Floats, Ints, sample_actors, scale_up

if TYPE_CHECKING:
    import igraph as ig
    from scipy import sparse

BATCH = 8
"""Sources searched together: eight marks of one byte make a word, eight sums of eight bytes a line of cache."""
FEW = 0.5
"""Share of the actors up to which a product over their rows alone is cheaper than one over all rows."""
MOST = 0.8
"""Share of the actors from which on a level is kept as all rows."""
IGRAPH_UP_TO = 8_000
"""Up to this many actors igraph counts exact binary paths faster than products of batches do."""
DISTANCE_BLOCK = 256
LONGEST = 1e250
"""Times the shortest arc that an arc counts at most in a weighted path."""

Level = tuple[Ints | slice, Floats]
ALL = slice(None)


@dataclass(frozen=True)
class BetweennessEstimate:
    """Betweenness of each actor from a sample of sources, with the standard error of sampling (n each)."""

    values: Floats
    errors: Floats
    samples: int


def betweenness(size: int, source: Ints, target: Ints) -> Floats:
    """Count the ordered pairs of others whose shortest directed paths run through each actor; exact, unscaled.

    b(i) = sum over s != i != t, s != t of g_st(i) / g_st (White and Borgatti 1994), by Brandes 2001; every arc
    counts one step.

    Raises `GumflowError` where the number of shortest paths exceeds what a float holds.
    """
    if size <= IGRAPH_UP_TO:
        return _counted(_igraph(size, source, target).betweenness(directed=True))
    return _dependencies(size, source, target, np.arange(size), scaled=False)[0]


def estimate_betweenness(
    size: int, source: Ints, target: Ints, samples: int, seed: int
) -> BetweennessEstimate:
    """Estimate betweenness from paths out of `samples` actors and paths into as many others.

    Both draws are without replacement and independent; the cost is that of 2 x `samples` sources. Of a pair s, t a
    search out of s credits actor i with d(s, i) / d(s, t) of what it has between them and a search into t with
    the rest (linear scaling: Geisberger, Sanders and Schultes 2008). Plain sums over sources (Brandes and Pich 2007)
    hang on whether the few actors just before i were drawn: their errors are larger, and too skewed for an interval.

    Either sum is scaled to all n - 1 others, which is unbiased; standard errors come from the variance over the
    searches, with the finite population correction. They are 0 when everyone is drawn, and for an actor on no path
    met, of whom that says nothing.

    Raises `GumflowError` unless 3 <= samples <= size, and where paths are too many for a float.
    """
    sources, targets = sample_actors(size, samples, seed, 2)
    values, errors = scale_up(size, sources, *_dependencies(size, source, target, sources, scaled=True))
    rest, rest_errors = scale_up(size, targets, *_dependencies(size, target, source, targets, scaled=True))
    return BetweennessEstimate(values + rest, np.hypot(errors, rest_errors), samples)


def weighted_betweenness(size: int, source: Ints, target: Ints, length: Floats) -> Floats:
    """Count betweenness where the length of a path is the sum of the lengths of its arcs; exact, unscaled.

    Paths whose lengths differ by less than 1e-10 of their length count as equally long, so that 1/3 + 1/3 + 1/3
    ties with 1 (igraph compares so; from about 4e-10 on they differ).

    Raises `GumflowError` where the number of shortest paths exceeds what a float holds.
    """
    lengths = np.asarray(length, dtype=np.float64)
    if len(lengths):
        # Past this ratio the sum of a short and a long arc is the long one, and more would leave the range of floats.
        lengths = np.minimum(lengths, float(lengths.min()) * LONGEST)
        # igraph takes lengths below 1e-10 for doubtful; their unit does not matter. A power of two keeps every digit.
        lengths = np.ldexp(lengths, -int(np.frexp(lengths.min())[1]) + 1)
    # A list: igraph 1.0 ignores some numpy types without a word.
    weights = lengths.tolist()
    graph = _igraph(size, source, target)
    return _counted(graph.betweenness(directed=True, weights=weights or None))


def weighted_harmonic(size: int, source: Ints, target: Ints, length: Floats) -> tuple[Floats, Floats]:
    """Sum 1 / distance from the others to each actor and from each actor to the others, by lengths of arcs.

    An actor out of reach adds 0; the sums are not divided by n - 1 (Boldi and Vigna 2014). Both come from one
    search from each actor (Dijkstra 1959).
    """
    from scipy import sparse
    from scipy.sparse.csgraph import dijkstra

    lengths = np.asarray(length, dtype=np.float64)
    arcs = sparse.csr_array((lengths, (source, target)), shape=(size, size))
    into, out = np.zeros(size), np.zeros(size)
    for first in range(0, size, DISTANCE_BLOCK):
        block = np.arange(first, min(first + DISTANCE_BLOCK, size))
        distance = dijkstra(arcs, indices=block)
        distance[np.arange(len(block)), block] = np.inf
        nearness = 1.0 / distance
        into += nearness.sum(axis=0)
        out[block] = nearness.sum(axis=1)
    return into, out


def _igraph(size: int, source: Ints, target: Ints) -> "ig.Graph":
    import igraph as ig

    # A view of 64-bit integers is read as it lies; a list would be made of objects, edge by edge.
    edges = np.column_stack([source, target]).astype(np.int64, copy=False)
    return ig.Graph(n=size, edges=edges.data, directed=True)


def _counted(values: Sequence[float] | Floats) -> Floats:
    """Return the values as an array; `GumflowError` if a count of paths ran over, which igraph marks by NaN."""
    found = np.array(values, dtype=np.float64)
    if not np.isfinite(found).all():
        raise GumflowError(
            "betweenness: two actors have more shortest paths between them than can be counted (1e308); "
            "leave out parts of the network that are long regular lattices"
        )
    return found


def _dependencies(
    size: int, source: Ints, target: Ints, sources: Ints, scaled: bool
) -> tuple[Floats, Floats]:
    """Sum each actor's dependencies, and their squares, over the sources (Brandes 2001).

    The dependency of s on i is sum_t g_st(i) / g_st, if `scaled` with the factor d(s, i) / d(s, t) in the sum.
    """
    search = _Search(size, source, target)
    total, squares = np.zeros(size), np.zeros(size)
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, len(sources), BATCH):
            levels = search.count_paths(sources[first : first + BATCH])
            search.add_dependencies(levels, total, squares, scaled)
    return total, squares


class _Search:
    """Brandes' two passes for a batch of sources: columns are sources, rows actors, one product a step.

    Every step touches only rows that can change: a pass over single rows while few actors are met, over all rows else.
    """

    def __init__(self, size: int, source: Ints, target: Ints) -> None:
        from scipy import sparse

        # Indices of four bytes: the products wait for memory.
        ends = (source.astype(np.int32), target.astype(np.int32))
        self.size = size
        self.out: sparse.csr_array = sparse.csr_array((np.ones(len(source)), ends), shape=(size, size))
        self.into: sparse.csr_array = self.out.T.tocsr()
        self.out_degree = np.diff(self.out.indptr)
        self.room = np.zeros((size, BATCH))

    def count_paths(self, sources: Ints) -> list[Level]:
        """For step 1, 2, ... return the actors met first then, and their numbers of shortest paths.

        Entry (row, column) is 0 where the actor is not met at that step from that source.

        Raises `GumflowError` where the number of paths exceeds what a float holds.
        """
        column = np.arange(len(sources))
        unseen = np.ones((self.size, BATCH), dtype=bool)
        unseen[sources, column] = False
        unseen_words = unseen.view(np.uint64)[:, 0]
        rows: Ints | slice = sources
        paths = np.zeros((len(sources), BATCH))
        paths[column, column] = 1
        levels: list[Level] = []
        while True:
            reach = self._ahead(rows)
            arriving = self._product(self.into, reach, rows, paths)
            met = arriving > 0
            words = met.view(np.uint64)[:, 0]
            words &= unseen_words[reach]
            some = int(np.count_nonzero(words))
            if some == 0:
                return levels
            if isinstance(reach, slice) and some > MOST * self.size:
                rows, paths = ALL, arriving
                paths *= met
                unseen_words ^= words
            else:
                at = np.flatnonzero(words)
                rows = at if isinstance(reach, slice) else reach[at]
                paths = arriving[at] * met[at]
                unseen_words[rows] ^= words[at]
            _counted(paths.max(keepdims=True))
            levels.append((rows, paths))

    def add_dependencies(self, levels: list[Level], total: Floats, squares: Floats, scaled: bool) -> None:
        """Go back over the levels and add each actor's dependencies, and their squares, to the sums.

        With delta the sum over targets of g_st(i) / g_st times a credit, 1 or 1/d(s, t), and x = (credit +
        delta) / sigma, delta(i) = sigma(i) times the sum of x over the next actors on its paths. Scaled sums take it
        d(s, i) times.
        """
        ahead: Level | None = None
        for step, (rows, paths) in reversed(list(enumerate(levels, start=1))):
            distance = step if scaled else 1
            if ahead is None:
                delta = np.zeros_like(paths)
            else:
                delta = self._product(self.out, rows, *ahead)
                delta *= paths
                total[rows] += distance * np.einsum("ij->i", delta)
                squares[rows] += distance**2 * np.einsum("ij,ij->i", delta, delta)
            delta += 1 / distance
            share = np.zeros_like(paths)
            np.divide(delta, paths, out=share, where=paths > 0)
            ahead = (rows, share)

    def _ahead(self, rows: Ints | slice) -> Ints | slice:
        """Return the actors with a tie from one of `rows`, or all if they may be many."""
        if isinstance(rows, slice) or self.out_degree[rows].sum() > FEW * self.size:
            return ALL
        flag = np.zeros(self.size, dtype=bool)
        flag[self.out[rows].indices] = True
        return np.flatnonzero(flag)

    def _product(
        self, matrix: "sparse.csr_array", wanted: Ints | slice, rows: Ints | slice, values: Floats
    ) -> NDArray[np.float64]:
        """Return the wanted rows of matrix @ X, where X holds `values` in `rows` and is 0 elsewhere."""
        if isinstance(rows, slice):
            return self._rows_of_product(matrix, wanted, values)
        self.room[rows] = values
        result = self._rows_of_product(matrix, wanted, self.room)
        self.room[rows] = 0
        return result

    def _rows_of_product(self, matrix: "sparse.csr_array", wanted: Ints | slice, dense: Floats) -> Floats:
        if isinstance(wanted, slice):
            return matrix @ dense
        if len(wanted) <= FEW * self.size:
            return matrix[wanted] @ dense
        return (matrix @ dense)[wanted]
