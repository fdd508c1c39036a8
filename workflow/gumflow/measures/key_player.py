"""Which few actors hold a network together, and which few reach most of it (Borgatti 2006).

Two questions with two answers. Whose removal breaks the network into the most separate parts (KPP-Neg; directions are
disregarded, since a part is a part whichever way its ties run), and who together is nearest to everybody else (KPP-Pos;
along the direction of the ties, out from the set). A set is chosen as a whole: the best three are seldom the three that
are best one by one. Strength is not read.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for
from gumflow.measures.breadth_first import distances_from
from gumflow.measures.distances import collapsed_paths
from gumflow.measures.registry import ANY_NUMBER, COMPLETE, SHARE, measure
from gumflow.networks.graph import Network, distinct, once_per_network

if TYPE_CHECKING:
    import igraph as ig

Values = NDArray[np.float64]
Ints = NDArray[np.int64]

KEY_PLAYERS = 3
"""Size of the sets that the declared measures look for."""
FEWEST_STARTS, MOST_STARTS, START_ACTORS = 2, 30, 2_000
"""Random starts: as many as make this number of actors with those of the network, within bounds."""
LARGEST_SET = 5_000
LARGEST_PATHS = 20_000
UNIT = 720_720
"""1/d times this is a whole number up to d = 16, so sums of 1/d do not depend on the order of their terms."""
ROWS = 256
ALL_SETS = 16_000_000
"""All sets are compared if their number times the squared number of actors is at most this: 40 actors for sets of three."""

_ONE_LEFT = "fragmentation needs two actors that could be connected"
_TOO_FEW_NEGATIVE = f"without {KEY_PLAYERS} actors there are not two left that could be connected"
_TOO_FEW_POSITIVE = f"there is nobody besides {KEY_PLAYERS} actors to reach"
_NOBODY = "without ties every set of actors is as good as any other"
_SEARCH = (
    "searched as a whole by exchanging one member at a time, from several starts; equally good sets are told apart by "
    "the number of their {ties}, then by actor order."
)
_NEGATIVE_SET = f"In networks of up to 40 actors all sets are compared; in larger ones the set is {_SEARCH.format(ties='partners')}"
_POSITIVE_SET = f"The set is {_SEARCH.format(ties='outgoing ties')}"


@dataclass(frozen=True)
class KeyPlayers:
    """A set of actors (indices, sorted) and what it achieves."""

    members: Ints
    value: float


@measure(
    name="fragmentation",
    level="network",
    bounds=SHARE,
    label_en="Fragmentation",
    label_zh="网络分裂度",
    definition=(
        "Share of the ordered pairs of actors that no path connects, directions disregarded. 0 if everyone is connected "
        "with everyone, 1 without ties."
    ),
    formula="F = 1 - sum_k s_k (s_k - 1) / (n(n-1)), s_k the size of component k of A or A'",
    source="Borgatti 2006, fragmentation by components",
    boundaries=COMPLETE,
    undefined=_ONE_LEFT,
    cost="linear",
)
def fragmentation(network: Network) -> float:
    """Compute the share of pairs without a path (Borgatti 2006); NaN for n < 2."""
    if network.size < 2:
        return math.nan
    return 1 - _pairs_now(network).together / (network.size * (network.size - 1))


@measure(
    name="fragmentation_distance_weighted",
    level="network",
    bounds=SHARE,
    label_en="Fragmentation, weighted by distance",
    label_zh="网络分裂度（距离加权）",
    definition=(
        "1 minus the mean of 1/distance over all pairs of actors, directions disregarded; a pair without a path adds 0. "
        "Tells apart connected networks that are more and less compact: 0 only if everyone is tied to everyone."
    ),
    formula="DF = 1 - sum_{i != j} 1/d(i,j) / (n(n-1)), d in A or A'",
    source="Borgatti 2006, distance-weighted fragmentation",
    boundaries=COMPLETE,
    largest=LARGEST_PATHS,
    undefined=_ONE_LEFT,
    cost="paths",
)
def fragmentation_distance_weighted(network: Network) -> float:
    """Compute 1 minus the mean reciprocal distance (Borgatti 2006); NaN for n < 2."""
    if network.size < 2:
        return math.nan
    pairs = collapsed_paths(network).pairs_by_distance
    steps = np.arange(1, len(pairs))
    return 1 - float((pairs[1:] / steps).sum()) / (network.size * (network.size - 1))


@measure(
    name="fragmentation_alone",
    level="actor",
    bounds=ANY_NUMBER,
    label_en="Rise in fragmentation if the actor leaves",
    label_zh="该行为主体退出后的分裂度增量",
    definition=(
        "Fragmentation of the network without the actor minus that of the network as it is. Both are shares of the "
        "pairs of those who are there, so it falls a little when somebody leaves who stood apart. High for a firm or "
        "association whose exit would cut others off from one another."
    ),
    formula="F(G - i) - F(G)",
    source="Borgatti 2006, fragmentation by components; all actors at once from the biconnected components (Hopcroft and Tarjan 1973)",
    boundaries=COMPLETE,
    undefined="without the actor there are not two left that could be connected",
    cost="linear",
)
def fragmentation_alone(network: Network) -> Values:
    """Compute how much fragmentation rises when each actor alone is removed; NaN for n < 3."""
    n = network.size
    if n < 3:
        return np.full(n, np.nan)
    pairs = _pairs_now(network)
    return pairs.together / (n * (n - 1)) - pairs.after / ((n - 1) * (n - 2))


@measure(
    name="key_player_neg",
    level="actor",
    bounds=SHARE,
    scale="flag",
    label_en="Key player, holds the network together",
    label_zh="关键主体（维系网络）",
    definition=(
        f"1 if the actor is one of the {KEY_PLAYERS} whose removal fragments the network most, 0 if not. "
        + _NEGATIVE_SET
    ),
    formula=f"i in K, |K| = {KEY_PLAYERS}, K maximizes F(G - K)",
    source="Borgatti 2006, KPP-Neg",
    boundaries=COMPLETE,
    largest=LARGEST_SET,
    undefined=f"{_TOO_FEW_NEGATIVE}; {_NOBODY}",
    cost="sampled",
)
def key_player_neg(network: Network) -> Values:
    """Say who belongs to the set whose removal fragments most; NaN without ties and for n < 5."""
    return _membership(network, _negative(network))


@measure(
    name="key_player_fragmentation",
    level="network",
    bounds=SHARE,
    label_en="Fragmentation without the key players",
    label_zh="去除关键主体后的网络分裂度",
    definition=(
        f"Fragmentation among the others after the {KEY_PLAYERS} actors are removed whose removal fragments most. Set "
        "against the fragmentation of the network as it is, how far the cluster hangs on them. "
        + _NEGATIVE_SET
    ),
    formula=f"max over K, |K| = {KEY_PLAYERS}, of F(G - K)",
    source="Borgatti 2006, KPP-Neg",
    boundaries=COMPLETE,
    largest=LARGEST_SET,
    undefined=_TOO_FEW_NEGATIVE,
    cost="sampled",
)
def key_player_fragmentation(network: Network) -> float:
    """Compute fragmentation after the best set found is removed (Borgatti 2006); NaN for n < 5."""
    found = _negative(network)
    return found.value if found else math.nan


@measure(
    name="key_player_pos",
    level="actor",
    bounds=SHARE,
    scale="flag",
    label_en="Key player, reaches the network",
    label_zh="关键主体（触达网络）",
    definition=(
        f"1 if the actor is one of the {KEY_PLAYERS} who together are nearest to everybody else along directed ties, 0 "
        "if not: the mean of 1/distance from the nearest of them to the others is greatest. " + _POSITIVE_SET
    ),
    formula=f"i in K, |K| = {KEY_PLAYERS}, K maximizes sum_{{j not in K}} max_{{k in K}} 1/d(k,j)",
    source="Borgatti 2006, KPP-Pos, distance-weighted reach, over actors outside the set",
    boundaries=COMPLETE,
    largest=LARGEST_SET,
    undefined=f"{_TOO_FEW_POSITIVE}; {_NOBODY}",
    cost="sampled",
)
def key_player_pos(network: Network) -> Values:
    """Say who belongs to the set that reaches most; NaN without ties and for n < 4."""
    return _membership(network, _positive(network))


@measure(
    name="key_player_reach",
    level="network",
    bounds=SHARE,
    label_en="Reach of the key players",
    label_zh="关键主体的触达度",
    definition=(
        f"Mean, over the other actors, of 1/distance from the nearest of the {KEY_PLAYERS} actors who together are "
        "nearest to everybody else, along directed ties; an actor out of their reach adds 0. 1 if everyone else has a "
        "tie from one of them: through so few, news can reach the whole cluster. " + _POSITIVE_SET
    ),
    formula=f"max over K, |K| = {KEY_PLAYERS}, of sum_{{j not in K}} max_{{k in K}} 1/d(k,j) / (n - {KEY_PLAYERS})",
    source="Borgatti 2006, KPP-Pos, distance-weighted reach, over actors outside the set",
    boundaries=COMPLETE,
    largest=LARGEST_SET,
    undefined=_TOO_FEW_POSITIVE,
    cost="sampled",
)
def key_player_reach(network: Network) -> float:
    """Compute the distance-weighted reach of the best set found (Borgatti 2006); NaN for n < 4."""
    found = _positive(network)
    return found.value if found else math.nan


@measure(
    name="key_player_reach_two_steps",
    level="network",
    bounds=SHARE,
    label_en="Share within two steps of the key players",
    label_zh="关键主体两步可达占比",
    definition=(
        f"Share of the other actors at most two directed ties away from one of the {KEY_PLAYERS} key players by reach."
    ),
    formula=f"#{{j not in K: min_{{k in K}} d(k,j) <= 2}} / (n - {KEY_PLAYERS}), K the set of key_player_pos",
    source="Borgatti 2006, KPP-Pos, m-step reach with m = 2",
    boundaries=COMPLETE,
    largest=LARGEST_SET,
    undefined=_TOO_FEW_POSITIVE,
    cost="sampled",
)
def key_player_reach_two_steps(network: Network) -> float:
    """Compute the share of the others within two steps of the best set found; NaN for n < 4."""
    found = _positive(network)
    if found is None:
        return math.nan
    distances = distances_from(network.size, network.source, network.target, found.members)
    near = ((distances >= 0) & (distances <= 2)).any(axis=0).sum() - len(found.members)
    return float(near) / (network.size - len(found.members))


def key_players_negative(network: Network, size: int = KEY_PLAYERS) -> KeyPlayers:
    """Search the set of `size` actors whose removal fragments the rest most (Borgatti 2006, KPP-Neg).

    `value` is the fragmentation among those who are left. In small networks all sets are compared. In others a step takes one member out and puts in whoever is best with
    the rest, which the biconnected components of the rest tell for all actors at once; it ends when no exchange helps.
    Raises `GumflowError` unless at least two actors are left.
    """
    _check_size(network, size, 2)
    graph, edges, n = _graph(network), np.column_stack(_tied_pairs(network)), network.size
    degree = np.bincount(edges.ravel(), minlength=n)

    left = n - size
    if math.comb(n, size) * n * n <= ALL_SETS and n <= 64:
        members, together = _best_of_all(edges, degree, size)
        return KeyPlayers(members, 1 - together / (left * (left - 1)))

    def best_with(members: tuple[int, ...]) -> tuple[int, int]:
        cut = np.isin(edges, members).any(axis=1)
        rest = graph.copy()
        rest.delete_edges(np.flatnonzero(cut).tolist())
        return _best(-_pairs_after(rest, edges[~cut], n).after, degree, members)

    members, kept = _search(network, size, degree, best_with, "key_player_neg")
    return KeyPlayers(members, 1 + kept / (left * (left - 1)))


def key_players_positive(network: Network, size: int = KEY_PLAYERS) -> KeyPlayers:
    """Search the set of `size` actors nearest to all others along directed ties (Borgatti 2006, KPP-Pos).

    `value` is the mean over the others of 1/distance from the nearest member, 0 if there is no path. A step takes one
    member out and puts in whoever is best with the rest; it ends when no exchange helps. Raises `GumflowError` unless
    there is at least one actor besides.
    """
    _check_size(network, size, 1)
    n = network.size
    distances = distances_from(n, network.source, network.target, np.arange(n))
    # The last place is read for -1, no path. An actor counts as near itself as a neighbor is; that adds `size` in all.
    nearness = np.round(UNIT / np.maximum(np.arange(n + 1), 1)).astype(np.float32)
    nearness[-1] = 0
    near = nearness[distances]
    degree = np.bincount(network.source, minlength=n)

    def best_with(members: tuple[int, ...]) -> tuple[int, int]:
        covered = near[list(members)].max(axis=0, initial=0)
        gains = [
            np.maximum(near[first : first + ROWS], covered).sum(axis=1, dtype=np.float64)
            for first in range(0, n, ROWS)
        ]
        return _best(np.concatenate(gains).astype(np.int64), degree, members)

    members, covered = _search(network, size, degree, best_with, "key_player_pos")
    return KeyPlayers(members, (covered / UNIT - size) / (n - size))


def _check_size(network: Network, size: int, left: int) -> None:
    if not 1 <= size <= network.size - left:
        raise GumflowError(
            f"a set of {size} key players is asked of a network of {network.size} actors; give a size from 1 that "
            f"leaves at least {left} others"
        )


@once_per_network
def _negative(network: Network) -> KeyPlayers | None:
    return key_players_negative(network) if network.size >= KEY_PLAYERS + 2 else None


@once_per_network
def _positive(network: Network) -> KeyPlayers | None:
    return key_players_positive(network) if network.size >= KEY_PLAYERS + 1 else None


def _membership(network: Network, found: KeyPlayers | None) -> Values:
    if found is None or not network.arcs:
        return np.full(network.size, np.nan)
    values = np.zeros(network.size)
    values[found.members] = 1.0
    return values


def _best(gain: Ints, degree: Ints, members: tuple[int, ...]) -> tuple[int, int]:
    """Return the actor of the greatest gain who is no member, of equals that of most ties, and its gain."""
    gain[list(members)] = np.iinfo(np.int64).min
    top = np.flatnonzero(gain == gain.max())
    actor = int(top[np.argmax(degree[top])])
    return actor, int(gain[actor])


def _search(
    network: Network,
    size: int,
    degree: Ints,
    best_with: Callable[[tuple[int, ...]], tuple[int, int]],
    purpose: str,
) -> tuple[Ints, int]:
    """Build one set greedily and draw others by degree, improve each by exchanges, and return the best with its gain."""
    remembered = lru_cache(maxsize=None)(best_with)
    rng = np.random.default_rng(seed_for(network.seed, purpose))
    chance = degree + 1.0
    starts = [
        rng.choice(network.size, size, replace=False, p=chance / chance.sum()).tolist()
        for _ in range(min(max(START_ACTORS // network.size, FEWEST_STARTS), MOST_STARTS))
    ]
    greedy: list[int] = []
    while len(greedy) < size:
        greedy.append(remembered(tuple(sorted(greedy)))[0])
    found = []
    for members in (greedy, *starts):
        unchanged, place, gain = 0, 0, 0
        while unchanged < size:
            others = tuple(sorted(members[:place] + members[place + 1 :]))
            actor, gain = remembered(others)
            unchanged = unchanged + 1 if actor == members[place] else 1
            members[place] = actor
            place = (place + 1) % size
        chosen = sorted(members)
        found.append((-gain, -int(degree[chosen].sum()), chosen))
    gain, _, chosen = min(found)
    return np.array(chosen, dtype=np.int64), -gain


def _best_of_all(edges: Ints, degree: Ints, size: int) -> tuple[Ints, int]:
    """Compare all sets of `size` actors of a network of at most 64; return the best and the pairs it leaves connected."""
    n = len(degree)
    sets = np.array(list(combinations(range(n), size)), dtype=np.int64)
    bit = np.uint64(1) << np.arange(n, dtype=np.uint64)
    near = bit.copy()
    np.bitwise_or.at(near, edges.ravel(), bit[edges[:, ::-1].ravel()])
    left = ~np.bitwise_or.reduce(bit[sets], axis=1)
    reached = np.where(left[:, None] & bit != 0, near & left[:, None], np.uint64(0))
    for k in range(n):
        # Whoever reaches k reaches all that k reaches (Warshall 1962), in all networks at once.
        reached |= np.where(reached & bit[k] != 0, reached[:, k : k + 1], np.uint64(0))
    together = np.bitwise_count(reached).sum(axis=1, dtype=np.int64) - (n - size)
    # Sets come in actor order, so the first of equals is the one to take.
    best = np.lexsort((-degree[sets].sum(axis=1), together))[0]
    return sets[best], int(together[best])


# Connected pairs


@dataclass(frozen=True)
class _Pairs:
    """Ordered pairs with a path between them: now, and when each actor alone is removed (n)."""

    together: int
    after: Ints


def _tied_pairs(network: Network) -> tuple[Ints, Ints]:
    low, high = np.minimum(network.source, network.target), np.maximum(network.source, network.target)
    code = distinct(low * network.size + high)
    return code // max(network.size, 1), code % max(network.size, 1)


@once_per_network
def _graph(network: Network) -> "ig.Graph":
    """Return the igraph graph without directions."""
    import igraph as ig

    return ig.Graph(n=network.size, edges=np.column_stack(_tied_pairs(network)).tolist())


@once_per_network
def _pairs_now(network: Network) -> _Pairs:
    return _pairs_after(_graph(network), np.column_stack(_tied_pairs(network)), network.size)


def _pairs_after(graph: "ig.Graph", edges: Ints, size: int) -> _Pairs:
    """Count connected pairs without each actor, from the tree of actors and biconnected components.

    `edges` are the ends (m x 2) of the edges of the graph, in its order.

    Removing an actor leaves one part for each biconnected component it is in. Seen from a root of the tree, the parts are
    what hangs below each component under the actor, and all the rest of its component above.
    """
    from igraph import GraphBase
    from scipy import sparse
    from scipy.sparse.csgraph import breadth_first_order

    # The method of the class below `Graph` gives the edges of each block; that of `Graph` takes ten times as long.
    blocks: list[list[int]] = GraphBase.biconnected_components(graph, False)
    edge = np.fromiter(chain.from_iterable(blocks), dtype=np.int64)
    number = np.repeat(np.arange(len(blocks)), [len(members) for members in blocks])
    code = distinct((number[:, None] * size + edges[edge]).ravel())
    actor, block = code % size, size + code // size
    nodes = size + len(blocks)
    part = np.array(GraphBase.connected_components(graph), dtype=np.int64)
    roots = np.unique(part, return_index=True)[1]
    # One more node above the roots makes the forest a tree.
    one, other = np.concatenate([actor, roots]), np.concatenate([block, np.full(len(roots), nodes)])
    both_ways = np.concatenate([one, other]), np.concatenate([other, one])
    tree = sparse.csr_array((np.ones(2 * len(one)), both_ways), shape=(nodes + 1, nodes + 1))
    order, parent = breadth_first_order(tree, nodes)
    below = np.zeros(nodes + 1, dtype=np.int64)
    below[:size] = 1
    for level in _levels_upwards(order, parent):
        np.add.at(below, parent[level], below[level])
    whole = below[roots][part]
    above = whole - below[:size]
    hanging = below[size:nodes]
    pieces = above * (above - 1)
    np.add.at(pieces, parent[size:nodes], hanging * (hanging - 1))
    sizes = below[roots]
    together = int((sizes * (sizes - 1)).sum())
    return _Pairs(together, together - whole * (whole - 1) + pieces)


def _levels_upwards(order: NDArray[np.int32], parent: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Cut a breadth-first order into levels of equal depth, deepest first, without the root."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    # Ranks of parents rise along the order, so a level ends where they leave the level before.
    above = rank[parent[order[1:]]]
    levels, first, last = [], 0, 1
    while last < len(order):
        following = 1 + int(np.searchsorted(above, last))
        first, last = last, following
        levels.append(order[first:last])
    return levels[::-1]
