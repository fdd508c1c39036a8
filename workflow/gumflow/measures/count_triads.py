"""Triad census, transitivity and clustering as functions of how often each actor is drawn (see `count_form`).

Only triples of three distinct actors count. Open triads come from sums over the ties of each actor, closed ones from a list of
the triangles. Counts of triads are their shares of the triples left, times the triples of the network itself.
"""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.census import TRIADS
from gumflow.measures.count_form import Fractions, Values, pairs_of, ratio, within
from gumflow.networks.graph import Network, once_per_network

if TYPE_CHECKING:
    from scipy import sparse

_CHUNK = 20_000
CLOSED = ("030T", "030C", "120D", "120U", "120C", "210", "300")
_OPEN = ("021D", "021U", "021C", "111D", "111U", "201")
_LEGS = {
    # two-paths, by their type as open triads, that each closed triad holds
    "030T": {"021D": 1, "021U": 1, "021C": 1},
    "030C": {"021C": 3},
    "120D": {"021D": 1, "111D": 2},
    "120U": {"021U": 1, "111U": 2},
    "120C": {"021C": 1, "111D": 1, "111U": 1},
    "210": {"201": 1, "111D": 1, "111U": 1},
    "300": {"201": 3},
}
_ASYMMETRIC = {name: 3 if name[:2] == "03" else 2 if name[:2] == "02" else int(name[1]) for name in TRIADS}
_MUTUAL = {name: int(name[0]) for name in TRIADS}


@dataclass(frozen=True, eq=False)
class Triples:
    """Ties by kind, and the triangles: row r of `third` marks the third actors of triangles on the pair first, second of one type.

    one_way, both      A where the reverse is not tied; A where it is
    partners           A or A'
    starts             where the rows of each type of `present` begin
    to_first, to_second  rows summed up by their actors (n x rows)
    """

    one_way: "sparse.csr_array"
    one_way_back: "sparse.csr_array"
    both: "sparse.csr_array"
    partners: "sparse.csr_array"
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    third: "sparse.csr_array"
    third_back: "sparse.csr_array"
    to_first: "sparse.csr_array"
    to_second: "sparse.csr_array"
    present: tuple[str, ...]
    starts: NDArray[np.int64]


@once_per_network
def triples_of(network: Network) -> Triples:
    """List the triangles of a network by type and lay them out for `triadic`."""
    from scipy import sparse

    pairs = pairs_of(network)
    n = network.size
    one_way = (pairs.arcs - pairs.mutual).tocsr()
    one_way.eliminate_zeros()
    i, j, k, kind = _triangles(network)
    code = (kind * n + i) * n + j
    rows, place = np.unique(code, return_inverse=True)
    third = sparse.csr_array((np.ones(len(code)), (place, k)), shape=(len(rows), n))
    first, second, kinds = rows // n % n, rows % n, rows // n**2
    present, starts = np.unique(kinds, return_index=True)
    number = np.arange(len(rows))
    ones = np.ones(len(rows))
    return Triples(
        one_way=one_way,
        one_way_back=one_way.T.tocsr(),
        both=pairs.mutual,
        partners=pairs.partners,
        first=first,
        second=second,
        third=third,
        third_back=third.T.tocsr(),
        to_first=sparse.csr_array((ones, (first, number)), shape=(n, len(rows))),
        to_second=sparse.csr_array((ones, (second, number)), shape=(n, len(rows))),
        present=tuple(CLOSED[kind] for kind in present),
        starts=starts,
    )


def triadic(triples: Triples, c: Values) -> Fractions:
    """Sum over triples what triad census and transitivity divide: for each its part and its whole."""
    census = _census(triples, c)
    every = c.sum(axis=0)
    whole = (every**3 - 3 * every * (c**2).sum(axis=0) + 2 * (c**3).sum(axis=0)) / 6
    census["003"] = whole - _total(census[name] for name in census)
    closed = 3 * _total(census[name] for name in CLOSED)
    triads = math.comb(len(c), 3)
    return {f"triad_{name}": (census[name] * triads, whole) for name in TRIADS} | {
        "transitivity_directed": (
            _total(TRIADS[name][2] * census[name] for name in TRIADS),
            _total(TRIADS[name][3] * census[name] for name in TRIADS),
        ),
        "transitivity_collapsed": (closed, closed + _total(census[name] for name in _OPEN)),
    }


def clustering(triples: Triples, c: Values) -> Values:
    """Compute the mean over actors of the share of their pairs of partners that are tied."""
    one, other = c[triples.first], c[triples.second]
    third = triples.third @ c
    closed = (
        triples.to_first @ (other * third)
        + triples.to_second @ (one * third)
        + triples.third_back @ (one * other)
    )
    partners = triples.partners @ c
    possible = (partners**2 - triples.partners @ c**2) / 2
    local = np.divide(closed, possible, out=np.zeros_like(closed), where=possible > 0)
    weight = np.where(possible > 0, c, 0.0)
    return ratio((weight * local).sum(axis=0), weight.sum(axis=0))


def _census(triples: Triples, c: Values) -> dict[str, Values]:
    """Count the triads of each type but the empty one: closed, then open, then those with one tied pair."""
    census = {name: np.zeros(c.shape[1]) for name in CLOSED}
    if triples.present:
        products = c[triples.first] * c[triples.second] * (triples.third @ c)
        sums = np.add.reduceat(products, triples.starts, axis=0)
        census |= dict(zip(triples.present, sums, strict=True))
    paths = _two_paths(triples, c)
    for name in _OPEN:
        census[name] = paths[name] - _total(
            many[name] * census[closed] for closed, many in _LEGS.items() if name in many
        )
    every, square = c.sum(axis=0), c**2
    tied = dict(census)
    for name, matrix, share, many in (
        ("012", triples.one_way, 1.0, _ASYMMETRIC),
        ("102", triples.both, 0.5, _MUTUAL),
    ):
        with_third = within(matrix, c) * every - within(matrix, square, c) - within(matrix, c, square)
        census[name] = share * with_third - _total(many[kind] * tied[kind] for kind in tied)
    return census


def _total(parts: Iterable[Values]) -> Values:
    return np.add.reduce(list(parts))


def _two_paths(triples: Triples, c: Values) -> dict[str, Values]:
    """Sum over the actors the pairs of ties to two distinct others, by kind of tie; closed ones included."""
    out, into, both = triples.one_way @ c, triples.one_way_back @ c, triples.both @ c
    square = c**2
    return {
        "021D": (c * (out**2 - triples.one_way @ square)).sum(axis=0) / 2,
        "021U": (c * (into**2 - triples.one_way_back @ square)).sum(axis=0) / 2,
        "021C": (c * out * into).sum(axis=0),
        "111D": (c * both * into).sum(axis=0),
        "111U": (c * both * out).sum(axis=0),
        "201": (c * (both**2 - triples.both @ square)).sum(axis=0) / 2,
    }


def _triangles(network: Network) -> tuple[NDArray[np.int64], ...]:
    """Return the actors and the type (index into `CLOSED`) of each triangle; its pairs point from low to high degree."""
    n = max(network.size, 1)
    partners = pairs_of(network).partners
    degree = np.diff(partners.indptr)
    rank = np.empty(network.size, dtype=np.int64)
    rank[np.lexsort((np.arange(network.size), degree))] = np.arange(network.size)
    one, other = partners.nonzero()
    up = rank[one] < rank[other]
    # From low to high degree every actor has few pairs, so two steps up are few even with hubs.
    one, other = one[up].astype(np.int64), other[up].astype(np.int64)
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    start = np.searchsorted(one, np.arange(network.size + 1))
    code = one * n + other
    found: list[NDArray[np.int64]] = [np.empty((3, 0), dtype=np.int64)]
    for first in range(0, len(one), _CHUNK):
        a, b = one[first : first + _CHUNK], other[first : first + _CHUNK]
        steps = start[b + 1] - start[b]
        repeat = np.repeat(np.arange(len(a)), steps)
        offset = np.arange(len(repeat)) - np.repeat(np.cumsum(steps) - steps, steps)
        k = other[start[b][repeat] + offset]
        closed = _among(a[repeat] * n + k, code)
        found.append(np.stack([a[repeat][closed], b[repeat][closed], k[closed]]))
    i, j, k = np.concatenate(found, axis=1)
    arcs = network.source * n + network.target
    states = [
        _among(x * n + y, arcs) + 2 * _among(y * n + x, arcs).astype(np.int64)
        for x, y in ((i, j), (j, k), (i, k))
    ]
    return i, j, k, _KIND[states[0], states[1], states[2]]


def _among(code: NDArray[np.int64], sorted_codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(sorted_codes):
        return np.zeros(len(code), dtype=bool)
    place = np.minimum(np.searchsorted(sorted_codes, code), len(sorted_codes) - 1)
    return sorted_codes[place] == code


def _kinds() -> NDArray[np.int64]:
    """Name the triangle for the states (1 there, 2 back, 3 both) of the pairs i-j, j-k, i-k."""
    kind = np.zeros((4, 4, 4), dtype=np.int64)
    for state in itertools.product((1, 2, 3), repeat=3):
        sent, mutual = [0, 0, 0], sum(s == 3 for s in state)
        for (x, y), s in zip(((0, 1), (1, 2), (0, 2)), state, strict=True):
            if s != 3:
                sent[x if s == 1 else y] += 1
        if mutual == 0:
            name = "030C" if sent == [1, 1, 1] else "030T"
        elif mutual == 1:
            apart = {0: 2, 1: 0, 2: 1}[state.index(3)]
            name = {2: "120D", 0: "120U", 1: "120C"}[sent[apart]]
        else:
            name = "210" if mutual == 2 else "300"
        kind[state] = CLOSED.index(name)
    return kind


_KIND = _kinds()
