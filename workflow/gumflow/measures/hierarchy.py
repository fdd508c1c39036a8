"""How far a network is an organization chart: Krackhardt's four dimensions of an out-tree.

A pure hierarchy is an out-tree: one actor above all, everyone else under exactly one other. Krackhardt (1994) takes this
apart into four conditions, each a number from 0 to 1, all 1 for an out-tree. A tie i -> j puts i above j; where the ties of a
layer say "turns to" or "reports to", the actor above is the target, and only the least upper boundedness changes.

Who reaches whom is found once among the strong components, which are without circles, as rows of bits.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.cohesion import weak_sizes
from gumflow.measures.registry import COMPLETE, OUTSIDE_NOT_ASKED, SHARE, measure
from gumflow.networks.graph import Network, adjacency, once_per_network

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]

WORDS = 64
"""Words of 64 actors that are followed together when only counts are wanted."""
PAIR_WORDS = 1 << 20
"""Words of upper bounds that are held at once."""
LARGEST_PAIRWISE = 5_000
"""Actors up to which upper bounds are sought for every pair: time grows with the third power."""


@measure(
    name="krackhardt_connectedness",
    level="network",
    bounds=SHARE,
    label_en="Krackhardt connectedness",
    label_zh="Krackhardt 连通度",
    definition=(
        "Share of the pairs of actors that are connected when directions are disregarded: 1 if the network is one part. "
        "One minus it is the fragmentation of the network."
    ),
    formula="sum_c n_c (n_c - 1) / (n(n-1)), c = weak components",
    source="Krackhardt 1994",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="fewer than two actors are no pair",
    cost="linear",
)
def krackhardt_connectedness(network: Network) -> float:
    """Divide the pairs in one weak component by all pairs (Krackhardt 1994); NaN for n < 2."""
    n = network.size
    return int((weak_sizes(network) - 1).sum()) / (n * (n - 1)) if n > 1 else math.nan


@measure(
    name="krackhardt_hierarchy",
    level="network",
    bounds=SHARE,
    label_en="Krackhardt hierarchy",
    label_zh="Krackhardt 层级度",
    definition=(
        "Share of the pairs of which one reaches the other along directed ties in which the other does not reach it "
        "back: 1 if nobody is under those under him, 0 if all reach one another."
    ),
    formula="1 - #{i < j: i and j reach each other} / #{i < j: i reaches j or j reaches i}",
    source="Krackhardt 1994; as hierarchy(measure='krackhardt') of R package sna",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    undefined="no actor reaches another",
    cost="paths",
)
def krackhardt_hierarchy(network: Network) -> float:
    """Divide the pairs that reach one way by those that reach at all (Krackhardt 1994); NaN without ties."""
    if not network.arcs:
        return math.nan
    order = _order(network)
    sizes = order.sizes
    mutual = int((sizes * (sizes - 1)).sum()) // 2
    one_way = _reaching_pairs(order)
    return one_way / (one_way + mutual)


@measure(
    name="krackhardt_efficiency",
    level="network",
    bounds=SHARE,
    label_en="Krackhardt efficiency",
    label_zh="Krackhardt 效率",
    definition=(
        "How few ties there are beyond those that hold the parts of the network together: 1 if each part is a tree of ties in "
        "one direction, 0 if all are tied to all in it. Each direction of a pair is a tie, as in R package sna; where ties have no "
        "direction, each pair is one."
    ),
    formula="1 - sum_c (m_c - (n_c - 1)) / sum_c (n_c(n_c-1) - (n_c - 1)); without direction n_c(n_c-1)/2 possible ties",
    source="Krackhardt 1994",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="no part of the network has room for more ties than hold it together",
    cost="linear",
)
def krackhardt_efficiency(network: Network) -> float:
    """Set superfluous ties against possible ones within weak components (Krackhardt 1994); NaN if none are possible."""
    sizes = weak_sizes(network)
    # Summed by actor: a component of n_c actors has n_c terms.
    needed = round(float((1 - 1 / sizes).sum()))
    ways = 1 if network.directed else 2
    superfluous = network.arcs // ways - needed
    possible = int((sizes - 1).sum()) // ways - needed
    return 1 - superfluous / possible if possible else math.nan


@measure(
    name="krackhardt_upper_bound",
    level="network",
    bounds=SHARE,
    label_en="Krackhardt least upper boundedness",
    label_zh="Krackhardt 最小上界度",
    definition=(
        "How often two actors of one part of the network have a closest common superior: one that reaches both along "
        "directed ties (or is one of the two) and is reached by every other that does. 1 if all pairs have one: somebody "
        "above both can settle a conflict. R package sna documents this, but its code looks for a superior that reaches all "
        "other common superiors, and can give another value."
    ),
    formula="1 - sum_c #{pairs of c without a least upper bound} / sum_c (n_c-1)(n_c-2)/2, c = weak components",
    source="Krackhardt 1994",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    largest=LARGEST_PAIRWISE,
    undefined="no part of the network has three actors",
    cost="paths",
)
def krackhardt_upper_bound(network: Network) -> float:
    """Count pairs of a weak component without a least upper bound (Krackhardt 1994); NaN without three actors in one."""
    sizes = weak_sizes(network)
    pairs = int((sizes - 1).sum()) // 2
    most = pairs - round(float((1 - 1 / sizes).sum()))
    if most == 0:
        return math.nan
    order = _order(network)
    # Two actors that reach each other are each a least upper bound of both.
    within = int((order.sizes * (order.sizes - 1)).sum()) // 2
    return 1 - (pairs - within - _bounded_pairs(order)) / most


@dataclass(frozen=True)
class _Order:
    """The strong components of a network, numbered from above, and the arcs among them.

    sizes           actors of each component
    above, below    distinct arcs from one component to another, sorted by `below`
    levels          components by the length of the longest path to them, as ranges of their numbers
    """

    sizes: Ints
    above: Ints
    below: Ints
    levels: tuple[tuple[int, int], ...]


@once_per_network
def _order(network: Network) -> _Order:
    from scipy.sparse.csgraph import connected_components

    count, labels = connected_components(adjacency(network), directed=True, connection="strong")
    above, below = labels[network.source].astype(np.int64), labels[network.target].astype(np.int64)
    code = np.unique((above * count + below)[above != below])
    above, below = code // max(count, 1), code % max(count, 1)
    number, levels = _number_from_above(count, above, below)
    above, below = number[above], number[below]
    by_below = np.lexsort((above, below))
    sizes = np.empty(count, dtype=np.int64)
    sizes[number] = np.bincount(labels, minlength=count)
    return _Order(sizes, above[by_below], below[by_below], levels)


def _number_from_above(count: int, above: Ints, below: Ints) -> tuple[Ints, tuple[tuple[int, int], ...]]:
    """Number components so that arcs lead from lower to higher numbers; `above` is sorted. Returns numbers and levels."""
    waiting = np.bincount(below, minlength=count)
    starts = np.searchsorted(above, np.arange(count + 1))
    number = np.empty(count, dtype=np.int64)
    levels, done = [], 0
    ready = np.flatnonzero(waiting == 0)
    while len(ready):
        number[ready] = done + np.arange(len(ready))
        levels.append((done, done + len(ready)))
        done += len(ready)
        heads = below[_ranges(starts[ready], starts[ready + 1])]
        heads, arriving = np.unique(heads, return_counts=True)
        waiting[heads] -= arriving
        ready = heads[waiting[heads] == 0]
    return number, tuple(levels)


def _ranges(starts: Ints, ends: Ints) -> Ints:
    """Return starts[0] ... ends[0]-1, starts[1] ... ends[1]-1, ..."""
    lengths = ends - starts
    return np.repeat(ends - np.cumsum(lengths), lengths) + np.arange(lengths.sum())


def _inherit(order: _Order, bits: Bits) -> None:
    """Add to the bits of each component (a row) those of all components that reach it, in place."""
    starts = np.searchsorted(order.below, np.arange(len(order.sizes) + 1))
    # The components of the first level have nobody above them; all others have, so that no range is empty.
    for low, high in order.levels[1:]:
        arcs = slice(starts[low], starts[high])
        bits[low:high] |= np.bitwise_or.reduceat(
            bits[order.above[arcs]], starts[low:high] - starts[low], axis=0
        )


def _reaching_pairs(order: _Order) -> int:
    """Count the pairs of actors in different strong components of which one reaches the other."""
    component = np.repeat(np.arange(len(order.sizes)), order.sizes)
    pairs = 0
    for first in range(0, len(component), 64 * WORDS):
        rows = component[first : first + 64 * WORDS]
        bits = np.zeros((len(order.sizes), min(WORDS, -(-len(rows) // 64))), dtype=np.uint64)
        place = np.arange(len(rows))
        np.bitwise_or.at(bits, (rows, place >> 6), np.uint64(1) << (place & 63).astype(np.uint64))
        _inherit(order, bits)
        pairs += int(np.bitwise_count(bits).sum(axis=1, dtype=np.int64) @ order.sizes)
    return pairs - int(order.sizes @ order.sizes)


def _bounded_pairs(order: _Order) -> int:
    """Count the pairs of actors in different strong components that have a least upper bound.

    If k is one of a and b, all other upper bounds reach k, so that the upper bounds are those who reach k, and k has the
    highest number among them. It is enough to look whether the upper bound of highest number is reached by as many.
    """
    count = len(order.sizes)
    place = count - 1 - np.arange(count)  # so that the highest number is the lowest bit
    bits = np.zeros((count, -(-count // 64)), dtype=np.uint64)
    bits[np.arange(count), place >> 6] = np.uint64(1) << (place & 63).astype(np.uint64)
    _inherit(order, bits)
    superiors = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    together = max(1, PAIR_WORDS // bits.size)
    bounded = 0
    for first in range(0, count, together):
        some = slice(first, first + together)
        upper = bits[some, None, :] & bits[None, first:, :]
        totals = np.bitwise_count(upper).sum(axis=2, dtype=np.int64)
        word = (upper != 0).argmax(axis=2)
        lowest = np.take_along_axis(upper, word[:, :, None], axis=2)[:, :, 0]
        bit = np.bitwise_count((lowest & -lowest) - np.uint64(1)).astype(np.int64)
        bound = np.where(totals > 0, count - 1 - (64 * word + bit), 0)
        has = (totals > 0) & (superiors[bound] == totals)
        # Each pair of components once.
        later = np.arange(first, count) > np.arange(count)[some, None]
        bounded += int(order.sizes[some] @ ((has & later) @ order.sizes[first:]))
    return bounded
