"""How far actors are from one another: reach, distances, efficiency and centralization of closeness.

Functions take a `Network` and return one float64 for each actor, or one float, NaN where the measure is undefined.
Distances follow the direction of ties where they have one, and count ties, not strength.
"""

import math

import numpy as np

from gumflow.contract.seeding import seed_for
from gumflow.measures.breadth_first import PathSums, estimate_paths, sample_actors, sweep_paths
from gumflow.measures.registry import COMPLETE, OUTSIDE_NOT_ASKED, SHARE, Values, measure
from gumflow.networks.graph import Network, distinct, once_per_network, shared_graph

EXACT_SIZE = 20_000
"""Actors up to which distances are followed from everyone; in larger networks from a sample of `SAMPLED` actors."""
SAMPLED = 4_096
_SAMPLE_NOTE = (
    f" In networks of more than {EXACT_SIZE:,} actors, estimated from {SAMPLED:,} actors drawn at random."
)
_NO_OTHERS = "an actor alone has no others"


@measure(
    name="two_step_reach_in",
    level="actor",
    bounds=SHARE,
    label_en="Two-step reach, incoming",
    label_zh="两步可达比例（入向）",
    definition=(
        "Share of the other actors from which the actor is reached in one or two directed ties. Where ties have no "
        "direction it equals the outgoing reach."
    ),
    formula="#{j != i: dist(j,i) <= 2} / (n-1)",
    source="Borgatti, Everett and Johnson 2013, ch. 10 (k-reach)",
    boundaries=COMPLETE,
    undefined=_NO_OTHERS,
    cost="quadratic",
)
def two_step_reach_in(network: Network) -> Values:
    """Divide the actors within two steps towards each actor by n - 1; NaN for an actor alone."""
    return _two_steps(network, "in")


@measure(
    name="two_step_reach_out",
    level="actor",
    bounds=SHARE,
    label_en="Two-step reach, outgoing",
    label_zh="两步可达比例（出向）",
    definition="Share of the other actors that the actor reaches in one or two directed ties.",
    formula="#{j != i: dist(i,j) <= 2} / (n-1)",
    source="Borgatti, Everett and Johnson 2013, ch. 10 (k-reach)",
    boundaries=COMPLETE,
    undefined=_NO_OTHERS,
    cost="quadratic",
)
def two_step_reach_out(network: Network) -> Values:
    """Divide the actors within two steps from each actor by n - 1; NaN for an actor alone."""
    return _two_steps(network, "out")


@measure(
    name="diameter",
    level="network",
    label_en="Diameter",
    label_zh="网络直径",
    definition=(
        "Longest of the finite distances between two actors, along directed ties where ties have a direction. Pairs "
        "without a path are left out, so read it with the share of reachable pairs."
    ),
    formula="max {dist(i,j): dist(i,j) finite}",
    source="Wasserman and Faust 1994, ch. 4, for reachable pairs",
    boundaries=COMPLETE,
    largest=EXACT_SIZE,
    undefined="no actor reaches another",
    cost="paths",
)
def diameter(network: Network) -> float:
    """Return the longest finite distance; NaN without ties."""
    return float(paths_of(network).diameter) if network.arcs else math.nan


@measure(
    name="mean_distance",
    level="network",
    label_en="Mean distance of reachable pairs",
    label_zh="平均距离（可达对）",
    definition=(
        "Mean number of ties on the shortest path, over the ordered pairs that have a path. A network that falls apart "
        "can have a short mean distance; the global efficiency counts pairs without a path." + _SAMPLE_NOTE
    ),
    formula="mean of dist(i,j) over i != j with dist(i,j) finite",
    source="Watts and Strogatz 1998, for reachable pairs",
    boundaries=COMPLETE,
    undefined="no actor reaches another",
    cost="paths",
)
def mean_distance(network: Network) -> float:
    """Average the finite distances between distinct actors (igraph's convention); NaN if there are none."""
    return paths_of(network).mean_distance if network.arcs else math.nan


@measure(
    name="reachable_share",
    level="network",
    bounds=SHARE,
    label_en="Share of reachable pairs",
    label_zh="可达对占比",
    definition="Share of the ordered pairs of actors of which the first reaches the second." + _SAMPLE_NOTE,
    formula="#{i != j: dist(i,j) finite} / (n(n-1))",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined=_NO_OTHERS,
    cost="paths",
)
def reachable_share(network: Network) -> float:
    """Divide the ordered pairs with a path by n(n-1); NaN for n < 2."""
    if network.size < 2:
        return math.nan
    paths = paths_of(network)
    return paths.reachable_pairs / (len(paths.sources) * (network.size - 1))


@measure(
    name="global_efficiency",
    level="network",
    bounds=SHARE,
    label_en="Global efficiency (mean 1/distance)",
    label_zh="全局效率",
    definition=(
        "Mean of 1/distance over all ordered pairs of actors, a pair without a path adding 0: how quickly something "
        "spreads from anyone to anyone. 1 if all are tied to all." + _SAMPLE_NOTE
    ),
    formula="(1/(n(n-1))) sum_{i != j} 1/dist(i,j)",
    source="Latora and Marchiori 2001, eq. 1",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined=_NO_OTHERS,
    cost="paths",
)
def global_efficiency(network: Network) -> float:
    """Average 1/distance over ordered pairs (Latora and Marchiori 2001, eq. 1); NaN for n < 2."""
    if network.size < 2:
        return math.nan
    paths = paths_of(network)
    return float(paths.harmonic_out.sum()) / (len(paths.sources) * (network.size - 1))


@measure(
    name="centralization_harmonic_in",
    level="network",
    bounds=SHARE,
    label_en="Centralization, harmonic closeness, incoming",
    label_zh="调和接近中心势（入向）",
    definition=(
        "How far closeness is concentrated on one actor that is near for all others: summed gaps to the largest "
        "incoming harmonic closeness over their maximum, n-1, reached by the star in which all others point to the "
        "center and nothing else. Classic closeness, which Freeman used, needs a connected network."
    ),
    formula="sum_i (max h_in - h_in(i)) / (n-1), h_in = harmonic_closeness_in",
    source="Freeman 1979, with the harmonic closeness of Boldi and Vigna 2014; maximum derived here",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    largest=EXACT_SIZE,
    undefined=_NO_OTHERS,
    cost="paths",
)
def centralization_harmonic_in(network: Network) -> float:
    """Compute Freeman's centralization of incoming harmonic closeness, maximum n - 1; NaN for n < 2."""
    return _harmonic_centralization(network, closeness_of(network)[0])


@measure(
    name="centralization_harmonic_out",
    level="network",
    bounds=SHARE,
    label_en="Centralization, harmonic closeness, outgoing",
    label_zh="调和接近中心势（出向）",
    definition=(
        "How far closeness is concentrated on one actor from which all others are near: summed gaps to the largest "
        "outgoing harmonic closeness over their maximum, n-1, reached by the star in which the center points to all "
        "others and nothing else. Where ties have no direction the maximum is that of the star, (n-2)/2."
    ),
    formula="sum_i (max h_out - h_out(i)) / (n-1); without direction / ((n-2)/2)",
    source="Freeman 1979, with the harmonic closeness of Boldi and Vigna 2014; maximum derived here",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=EXACT_SIZE,
    undefined="fewer than two actors (three where ties have no direction) cannot form a star",
    cost="paths",
)
def centralization_harmonic_out(network: Network) -> float:
    """Compute Freeman's centralization of outgoing harmonic closeness, maximum n - 1 or (n - 2)/2; NaN if that is 0."""
    return _harmonic_centralization(network, closeness_of(network)[1])


@once_per_network
def paths_of(network: Network) -> PathSums:
    """Return the sums of distances of a network, from all actors or, above `EXACT_SIZE`, from a sample of them."""
    sources = None
    if network.size > EXACT_SIZE:
        sources = sample_actors(network.size, SAMPLED, seed_for(network.seed, "distances"))[0]
    return sweep_paths(network.size, network.source, network.target, sources)


@once_per_network
def collapsed_paths(network: Network) -> PathSums:
    """Return the sums over paths that disregard directions, from every actor; for networks of up to `EXACT_SIZE`."""
    if not network.directed:
        return paths_of(network)
    code = np.concatenate(
        [network.source * network.size + network.target, network.target * network.size + network.source]
    )
    source, target = np.divmod(distinct(code), max(network.size, 1))
    return sweep_paths(network.size, source, target)


@once_per_network
def closeness_of(network: Network) -> tuple[Values, Values]:
    """Return harmonic sums of each actor, incoming and outgoing; estimated above `EXACT_SIZE`."""
    if network.size <= EXACT_SIZE:
        return paths_of(network).harmonic_in, paths_of(network).harmonic_out
    seed = seed_for(network.seed, "closeness")
    found = estimate_paths(network.size, network.source, network.target, SAMPLED, seed)
    return found.harmonic_in, found.harmonic_out


def _two_steps(network: Network, mode: str) -> Values:
    if network.size < 2:
        return np.full(network.size, np.nan)
    counts = shared_graph(network).neighborhood_size(order=2, mode=mode, mindist=1)
    return np.asarray(counts, dtype=np.float64) / (network.size - 1)


def _harmonic_centralization(network: Network, sums: Values) -> float:
    most = (network.size - 1) if network.directed else (network.size - 2) / 2
    if network.size < 2 or most == 0:
        return math.nan
    closeness = sums / (network.size - 1)
    return float((closeness.max() - closeness).sum()) / most
