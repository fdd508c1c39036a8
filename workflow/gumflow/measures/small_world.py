"""Whether a network is clustered and yet short-pathed, against networks of the same degrees drawn at random.

Everything is read in the largest weak component, directions collapsed, because distances exist only within a component.
The references are its degree-preserving rewirings: a Markov chain of edge switches, which leaves each actor its number of
partners and takes away all else. Their means carry a small Monte-Carlo error, which relabelling the actors changes.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.seeding import seed_for
from gumflow.measures.breadth_first import sweep_paths
from gumflow.measures.cohesion import collapsed_graph, single_giant
from gumflow.measures.distances import collapsed_paths
from gumflow.measures.registry import COMPLETE, OUTSIDE_NOT_ASKED, SHARE, measure
from gumflow.networks.graph import Network, distinct, once_per_network

if TYPE_CHECKING:
    import igraph as ig

Ints = NDArray[np.int64]

REWIRINGS = 20
SOURCES = 32
"""Actors from which distances are followed in each rewired network, others in each; everyone if there are no more."""
LARGEST = 10_000
_BURN_IN = 3.0
"""Switches tried before the first rewired network, for each tie; `_BETWEEN` between one and the next."""
_BETWEEN = 0.25
_NO_GIANT = "no component is larger than all others"
_REWIRED = (
    f"mean of {REWIRINGS} seeded rewirings of the largest component, directions collapsed, that leave each actor its "
    "number of partners"
)


@measure(
    name="clustering_giant",
    level="network",
    bounds=SHARE,
    label_en="Clustering of the largest component",
    label_zh="最大分量的平均聚类系数",
    definition=(
        "Mean local clustering of the actors of the largest component that have two or more partners, directions collapsed."
    ),
    formula="C = mean of C(i) over {i in the largest component: k(i) >= 2}",
    source="Watts and Strogatz 1998",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST,
    undefined=f"{_NO_GIANT}, or nobody in it has two partners",
    cost="quadratic",
)
def clustering_giant(network: Network) -> float:
    """Average local clustering over the giant component (Watts and Strogatz 1998); NaN without one."""
    return _small_world(network).clustering


@measure(
    name="distance_giant",
    level="network",
    label_en="Mean distance in the largest component",
    label_zh="最大分量的平均距离",
    definition="Mean number of ties on the shortest path between two actors of the largest component, directions collapsed.",
    formula="L = mean of dist(i,j) in A or A', i != j in the largest component",
    source="Watts and Strogatz 1998",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST,
    undefined=_NO_GIANT,
    cost="paths",
)
def distance_giant(network: Network) -> float:
    """Average the distances between actors of the collapsed giant component; NaN without one."""
    return _small_world(network).distance


@measure(
    name="clustering_random",
    level="network",
    bounds=SHARE,
    label_en="Clustering expected from the degrees",
    label_zh="随机重连网络的平均聚类系数",
    definition=f"Mean local clustering that the degrees alone would bring: {_REWIRED}.",
    formula="C_random = mean of C over the rewired networks",
    source="Maslov and Sneppen 2002; Humphries and Gurney 2008",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST,
    undefined=f"{_NO_GIANT}, or nobody in it has two partners",
    cost="sampled",
)
def clustering_random(network: Network) -> float:
    """Average the clustering of degree-preserving rewirings (Maslov and Sneppen 2002)."""
    return _small_world(network).clustering_random


@measure(
    name="distance_random",
    level="network",
    label_en="Mean distance expected from the degrees",
    label_zh="随机重连网络的平均距离",
    definition=(
        f"Mean distance that the degrees alone would bring: {_REWIRED}. A rewired network may fall apart; pairs without a path "
        f"are left out. Distances are followed from {SOURCES} actors drawn for each, or all if there are no more."
    ),
    formula="L_random = mean of L over the rewired networks",
    source="Maslov and Sneppen 2002; Humphries and Gurney 2008",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST,
    undefined=_NO_GIANT,
    cost="sampled",
)
def distance_random(network: Network) -> float:
    """Average the mean distance of degree-preserving rewirings (Maslov and Sneppen 2002)."""
    return _small_world(network).distance_random


@measure(
    name="small_world_clustering_ratio",
    level="network",
    label_en="Small world: clustering ratio",
    label_zh="小世界：聚类比",
    definition="Clustering of the largest component over that expected from the degrees: above 1 partners know one another.",
    formula="gamma = C / C_random",
    source="Humphries and Gurney 2008, eq. 1",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST,
    undefined=f"{_NO_GIANT}, or the rewired networks have no triangle",
    cost="sampled",
)
def small_world_clustering_ratio(network: Network) -> float:
    """Divide clustering by its reference (Humphries and Gurney 2008); NaN if the reference is 0."""
    found = _small_world(network)
    return found.clustering / found.clustering_random if found.clustering_random > 0 else math.nan


@measure(
    name="small_world_distance_ratio",
    level="network",
    label_en="Small world: distance ratio",
    label_zh="小世界：距离比",
    definition=(
        "Mean distance in the largest component over that expected from the degrees: near 1 paths are as short as chance makes "
        "them."
    ),
    formula="lambda = L / L_random",
    source="Humphries and Gurney 2008, eq. 2",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST,
    undefined=_NO_GIANT,
    cost="sampled",
)
def small_world_distance_ratio(network: Network) -> float:
    """Divide mean distance by its reference (Humphries and Gurney 2008)."""
    found = _small_world(network)
    return found.distance / found.distance_random


@measure(
    name="small_world_sigma",
    level="network",
    label_en="Small-world sigma",
    label_zh="小世界指数 sigma",
    definition=(
        "Clustering ratio over distance ratio. Above 1 a network is more clustered than chance with paths hardly longer; sigma "
        "grows with the number of actors, so compare clusters of like size, or read the two ratios."
    ),
    formula="sigma = (C / C_random) / (L / L_random)",
    source="Humphries and Gurney 2008, eq. 3",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST,
    undefined=f"{_NO_GIANT}, or the rewired networks have no triangle",
    cost="sampled",
)
def small_world_sigma(network: Network) -> float:
    """Divide the clustering ratio by the distance ratio (Humphries and Gurney 2008, eq. 3)."""
    return small_world_clustering_ratio(network) / small_world_distance_ratio(network)


@dataclass(frozen=True)
class _SmallWorld:
    clustering: float = math.nan
    distance: float = math.nan
    clustering_random: float = math.nan
    distance_random: float = math.nan


@once_per_network
def _small_world(network: Network) -> _SmallWorld:
    members = single_giant(network)
    if not len(members):
        return _SmallWorld()
    graph = collapsed_graph(network).induced_subgraph(members.tolist())
    order = np.random.default_rng(seed_for(network.seed, "small_world", "sources")).permutation(len(members))
    clustering, totals, pairs = [], 0, 0
    for place, rewired in enumerate(_rewirings(graph, seed_for(network.seed, "small_world", "rewiring"))):
        clustering.append(_clustering(rewired))
        # Each actor has its turn before one has a second: whose turn it is adds next to nothing to the error.
        turn = np.arange(place * SOURCES, (place + 1) * SOURCES) % len(order)
        total, reached = _distances(rewired, order[turn] if len(order) > SOURCES else order)
        totals, pairs = totals + total, pairs + reached
    return _SmallWorld(
        clustering=_clustering(graph),
        distance=_mean_distance(network, members),
        clustering_random=float(np.mean(clustering)),
        distance_random=totals / pairs,
    )


def _mean_distance(network: Network, members: Ints) -> float:
    """Average the distances of the giant component: all those of the collapsed network less those of the other parts."""
    pairs = collapsed_paths(network).pairs_by_distance.copy()
    apart = np.ones(network.size, dtype=bool)
    apart[members] = False
    ties = apart[network.source]
    ends = np.concatenate([network.source[ties], network.target[ties]])
    beyond = np.concatenate([network.target[ties], network.source[ties]])
    source, target = np.divmod(distinct(ends * network.size + beyond), network.size)
    others = sweep_paths(network.size, source, target, np.flatnonzero(apart)).pairs_by_distance
    pairs[: len(others)] -= others
    return int(np.arange(len(pairs)) @ pairs) / int(pairs.sum())


def _rewirings(graph: "ig.Graph", seed: int) -> Iterator["ig.Graph"]:
    """Yield `REWIRINGS` states of a chain of edge switches; the same object, changed each time."""
    import igraph

    graph = graph.copy()
    # The degrees of fewer than four actors leave no choice, and igraph refuses to switch them.
    fixed = graph.vcount() < 4
    generator = random.Random(seed)
    for place in range(REWIRINGS):
        if not fixed:
            igraph.set_random_number_generator(generator)
            try:
                graph.rewire(n=math.ceil((_BURN_IN if place == 0 else _BETWEEN) * graph.ecount()))
            finally:
                igraph.set_random_number_generator(random)
        yield graph


def _clustering(graph: "ig.Graph") -> float:
    return float(graph.transitivity_avglocal_undirected(mode="nan"))


def _distances(graph: "ig.Graph", sources: Ints) -> tuple[int, int]:
    """Sum the distances from some actors to all they reach, and count these; nobody is without a tie."""
    # A source's closeness, not normalized, is 1 over the sum of its distances.
    near = np.array(graph.closeness(vertices=sources.tolist(), normalized=False))
    reached = np.full(len(sources), graph.vcount() - 1)
    if not graph.is_connected():
        part = np.array(graph.connected_components().membership)
        reached = np.bincount(part)[part[sources]] - 1
    return int(np.rint(1 / near).sum()), int(reached.sum())
