"""Sums over the partners of pairs of actors, and the way round between two actors if their own tie were cut.

Graphs are sparse binary matrices, pairs two arrays of indices. Memory does not grow with the sum of the squared degrees.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

Values = NDArray[np.float64]
Indices = NDArray[np.int64]

_ELEMENTS_AT_ONCE = 4_000_000
"""Entries of a sparse product, or states of a search, that are held at one time."""


def common(left: "sparse.csr_array", right: "sparse.csr_array", one: Indices, other: Indices) -> Values:
    """Return sum_x left[one, x] right[other, x] for each pair of rows."""
    totals = np.empty(len(one))
    work = np.diff(left.indptr)[one] + np.diff(right.indptr)[other]
    for part in _parts(work):
        totals[part] = left[one[part]].multiply(right[other[part]]).sum(axis=1)
    return totals


def _parts(work: NDArray[np.int64]) -> Iterator[slice]:
    """Cut items into runs of bounded work, so that memory does not grow with the network."""
    done = np.cumsum(work, dtype=np.int64)
    limits = np.arange(_ELEMENTS_AT_ONCE, int(done[-1]) if len(done) else 0, _ELEMENTS_AT_ONCE)
    edges = np.unique(np.concatenate([[0], np.searchsorted(done, limits), [len(work)]]))
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        yield slice(start, stop)


def bridges(size: int, a: Indices, b: Indices) -> NDArray[np.bool_]:
    """Say which of the pairs, each listed once, are bridges of the graph they make: without them its ends fall apart."""
    import igraph as ig

    graph = ig.Graph(n=size, edges=np.column_stack([a, b]).tolist())
    bridge = np.zeros(len(a), dtype=bool)
    bridge[graph.bridges()] = True
    return bridge


def longer_detours(partners: "sparse.csr_array", a: Indices, b: Indices) -> Values:
    """Return the ties on the shortest path between the two of each tied pair that does not use their tie; NaN if none.

    `partners` is the symmetric binary matrix; no pair may share a partner, since its detour is two.
    """
    lengths = _three_and_four(partners, a, b)
    rest = np.isnan(lengths)
    lengths[rest] = _by_search(partners, a[rest], b[rest])
    return lengths


def _three_and_four(partners: "sparse.csr_array", a: Indices, b: Indices) -> Values:
    """Return 3 or 4 where the shortest detour of a tied pair without shared partner is that long, else NaN.

    Three: walks a-x-y-b in number (B^3)[a,b], less those over the tie itself, d(a) + d(b) - 1. Four: without shorter
    detour the middle of a path a-x-y-z-b is at distance two from both.
    """
    from scipy import sparse

    degree = np.diff(partners.indptr)
    actors, row = np.unique(np.concatenate([a, b]), return_inverse=True)
    row_a, row_b = row[: len(a)], row[len(a) :]
    walks = (partners[actors] @ partners).tocsr()
    walks.sort_indices()
    three = common(walks, partners, row_a, b) - degree[a] - degree[b] + 1 > 0
    lengths = np.where(three, 3.0, np.nan)
    left = np.flatnonzero(~three)
    if len(left):
        walks.data[:] = 1.0
        own = sparse.csr_array((np.ones(len(actors)), (np.arange(len(actors)), actors)), shape=walks.shape)
        second = (walks - walks.multiply(own + partners[actors])).tocsr()
        second.eliminate_zeros()
        lengths[left[common(second, second, row_a[left], row_b[left]) > 0]] = 4.0
    return lengths


class _Search(NamedTuple):
    """States pair * n + actor, sorted: the last two levels around one end and around the other, and the levels so far."""

    near: Indices
    behind: Indices
    far: Indices
    far_behind: Indices
    levels: int


def _by_search(partners: "sparse.csr_array", a: Indices, b: Indices) -> Values:
    """Search from both ends of all pairs at once, level by level, never over the tie itself; NaN if they do not meet.

    The first levels to meet give the shortest length. Two levels are enough to know what was seen: a neighbor of
    a level is in it, in the one before or in the next.
    """
    n = partners.shape[0]
    lengths, none = np.full(len(a), np.nan), np.empty(0, dtype=np.int64)
    base = np.arange(len(a), dtype=np.int64) * n
    waiting = [_Search(base + a, none, base + b, none, 0)]
    while waiting:
        near, behind, far, far_behind, levels = waiting.pop()
        if len(near) > len(far):
            near, behind, far, far_behind = far, far_behind, near, behind
        new = _neighbors(partners, near)
        # Only the first step from an end, when the search has nothing behind it, can take the tie itself.
        for seen in (near, behind) if len(behind) else (base + a, base + b):
            new = new[~among(new, seen)]
        met = distinct(new[among(new, far)] // n)
        lengths[met] = levels + 1
        going = distinct(new // n)
        going = going[among(going, distinct(far // n)) & ~among(going, met)]
        if len(going):
            new, near, far, far_behind = (
                level[among(level // n, going)] for level in (new, near, far, far_behind)
            )
            waiting += _halves(_Search(new, near, far, far_behind, levels + 1), going, n)
    return lengths


def distinct(values: Indices) -> Indices:
    """Return each of the sorted values once; numpy's own `unique` hashes, which takes many times longer here."""
    return values[np.append(True, values[1:] != values[:-1])] if len(values) else values


def among(values: Indices, those: Indices) -> NDArray[np.bool_]:
    """Say which values are among those, which are sorted."""
    if not len(those):
        return np.zeros(len(values), dtype=bool)
    place = np.minimum(np.searchsorted(those, values), len(those) - 1)
    return np.asarray(those[place] == values)


def _neighbors(partners: "sparse.csr_array", states: Indices) -> Indices:
    """Return the states one tie further, each once, sorted."""
    n = partners.shape[0]
    pair, actor = states // n, states % n
    start, count = partners.indptr[actor].astype(np.int64), np.diff(partners.indptr)[actor]
    before = np.cumsum(count) - count
    place = np.arange(count.sum()) + np.repeat(start - before, count)
    return distinct(np.sort(np.repeat(pair * n, count) + partners.indices[place]))


def _halves(search: _Search, pairs: Indices, n: int) -> list[_Search]:
    """Return the search, cut into two by its pairs if it has grown large."""
    if len(search.near) + len(search.far) <= _ELEMENTS_AT_ONCE // 4 or len(pairs) == 1:
        return [search]
    middle = int(pairs[len(pairs) // 2]) * n
    cuts = [int(np.searchsorted(level, middle)) for level in search[:4]]
    near, behind, far, far_behind = (
        (level[:cut], level[cut:]) for level, cut in zip(search[:4], cuts, strict=True)
    )
    return [_Search(near[half], behind[half], far[half], far_behind[half], search.levels) for half in (0, 1)]
