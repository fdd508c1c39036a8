"""Where an actor stands in a network: ties, reach, brokerage between others, and closure of its contacts.

Every function takes a `Network` and returns one float64 for each actor, in the order of `network.actors`. All
measures read direction where ties have one; only those that say so read strength. What a text or a sample can bear
are counts and sums of the ties it states. Ties that nobody could report make an actor's count unknown, not low.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.seeding import seed_for
from gumflow.measures import shortest_paths
from gumflow.measures.distances import EXACT_SIZE, closeness_of
from gumflow.measures.registry import COMPLETE, SHARE, Values, measure
from gumflow.networks.graph import Network, once_per_network, shared_graph
from gumflow.networks.layers import BOUNDARIES
from gumflow.networks.observation import observed_in, observed_out

PAGERANK_DAMPING = 0.85
SEARCHES = 2_048
"""Actors from which, and as many to which, paths are followed for betweenness in networks above `EXACT_SIZE`."""
_NOT_ASKED = "nobody who could have reported these ties of the actor was asked and answered"


@measure(
    name="in_degree",
    level="actor",
    label_en="In-degree",
    label_zh="点入度",
    definition="Number of distinct actors with a tie to the actor. Several ties from one actor count once.",
    formula="d_in(i) = sum_j A[j,i]",
    source="Freeman 1979; Wasserman and Faust 1994, ch. 4 (directed)",
    boundaries=BOUNDARIES,
    directed_only=True,
    reads="observed",
    undefined=_NOT_ASKED,
    cost="linear",
)
def in_degree(network: Network) -> Values:
    """Count the distinct actors with a tie to each actor (Freeman 1979)."""
    return _observed_only(network, np.bincount(network.target, minlength=network.size), observed_in)


@measure(
    name="out_degree",
    level="actor",
    label_en="Out-degree",
    label_zh="点出度",
    definition=(
        "Number of distinct actors to which the actor has a tie. Several ties to one actor count once."
    ),
    formula="d_out(i) = sum_j A[i,j]",
    source="Freeman 1979; Wasserman and Faust 1994, ch. 4 (directed)",
    boundaries=BOUNDARIES,
    directed_only=True,
    reads="observed",
    undefined=_NOT_ASKED,
    cost="linear",
)
def out_degree(network: Network) -> Values:
    """Count the distinct actors to which each actor has a tie (Freeman 1979)."""
    return _observed_only(network, np.bincount(network.source, minlength=network.size), observed_out)


@measure(
    name="degree",
    level="actor",
    label_en="Degree",
    label_zh="点度",
    definition=(
        "In-degree plus out-degree: a partner tied in both directions counts twice. Where no tie of the network "
        "has a direction, the number of partners."
    ),
    formula="d(i) = d_in(i) + d_out(i); without direction sum_j A[i,j]",
    source="Freeman 1979; Wasserman and Faust 1994, ch. 4 (directed)",
    boundaries=BOUNDARIES,
    reads="observed",
    undefined=_NOT_ASKED,
    cost="linear",
)
def degree(network: Network) -> Values:
    """Add in-degree and out-degree; a mutual partner counts twice; count partners if ties have no direction."""
    return in_degree(network) + out_degree(network) if network.directed else out_degree(network)


@measure(
    name="in_strength",
    level="actor",
    label_en="In-strength",
    label_zh="点入强度",
    definition="Sum of the strengths of the ties to the actor; a tie of unstated strength counts 1.",
    formula="s_in(i) = sum_j W[j,i]",
    source="Barrat, Barthélemy, Pastor-Satorras and Vespignani 2004, by direction",
    boundaries=BOUNDARIES,
    directed_only=True,
    reads="observed",
    undefined=_NOT_ASKED,
    cost="linear",
)
def in_strength(network: Network) -> Values:
    """Sum the strengths of the ties to each actor (Barrat et al. 2004)."""
    return _observed_only(network, _sums(network, network.target), observed_in)


@measure(
    name="out_strength",
    level="actor",
    label_en="Out-strength",
    label_zh="点出强度",
    definition="Sum of the strengths of the ties from the actor; a tie of unstated strength counts 1.",
    formula="s_out(i) = sum_j W[i,j]",
    source="Barrat, Barthélemy, Pastor-Satorras and Vespignani 2004, by direction",
    boundaries=BOUNDARIES,
    directed_only=True,
    reads="observed",
    undefined=_NOT_ASKED,
    cost="linear",
)
def out_strength(network: Network) -> Values:
    """Sum the strengths of the ties from each actor (Barrat et al. 2004)."""
    return _observed_only(network, _sums(network, network.source), observed_out)


@measure(
    name="strength",
    level="actor",
    label_en="Strength",
    label_zh="点强度",
    definition=(
        "In-strength plus out-strength. Where no tie of the network has a direction, the sum of the strengths of "
        "the actor's ties."
    ),
    formula="s(i) = s_in(i) + s_out(i); without direction sum_j W[i,j]",
    source="Barrat, Barthélemy, Pastor-Satorras and Vespignani 2004, by direction",
    boundaries=BOUNDARIES,
    reads="observed",
    undefined=_NOT_ASKED,
    cost="linear",
)
def strength(network: Network) -> Values:
    """Add in-strength and out-strength; sum the strengths once if ties have no direction."""
    return in_strength(network) + out_strength(network) if network.directed else out_strength(network)


@measure(
    name="betweenness",
    level="actor",
    label_en="Betweenness",
    label_zh="中间中心度",
    definition=(
        "Number of ordered pairs of other actors whose shortest directed path runs through the actor, each "
        "pair shared among its shortest paths. Paths are counted in ties; strength is not read. Where ties have no "
        "direction, each pair of others counts once, not twice. In networks of more than "
        f"{EXACT_SIZE:,} actors it is estimated from {2 * SEARCHES:,} searches, half of them out of sampled actors and half "
        "into them (see its standard error)."
    ),
    formula="b(i) = sum_{s != i != t, s != t} g_st(i) / g_st",
    source="Freeman 1977; directed form White and Borgatti 1994; algorithm Brandes 2001",
    boundaries=COMPLETE,
    cost="paths",
)
def betweenness(network: Network) -> Values:
    """Count the shortest directed paths through each actor (White and Borgatti 1994), unscaled."""
    return _betweenness(network)[0]


@measure(
    name="betweenness_error",
    level="actor",
    label_en="Betweenness, standard error",
    label_zh="中间中心度标准误",
    definition=(
        f"Standard error of betweenness from the sampling of sources and targets in networks of more than {EXACT_SIZE:,} "
        "actors; 0 where all paths are followed, and for an actor that no sampled path met, of whom that says nothing."
    ),
    formula="sqrt of the variance over the sampled searches, with finite population correction",
    source="Brandes and Pich 2007; Geisberger, Sanders and Schultes 2008",
    boundaries=COMPLETE,
    cost="paths",
)
def betweenness_error(network: Network) -> Values:
    """Return the standard error of each actor's betweenness; 0 where it is exact."""
    return _betweenness(network)[1]


@measure(
    name="betweenness_normalized",
    level="actor",
    bounds=SHARE,
    label_en="Betweenness, normalized",
    label_zh="中间中心度（标准化）",
    definition=(
        "Betweenness as a share of its greatest possible value, (n-1)(n-2) ordered pairs of other actors, or half of "
        "them where ties have no direction."
    ),
    formula="b(i) / ((n-1)(n-2))",
    source="White and Borgatti 1994",
    boundaries=COMPLETE,
    undefined="fewer than three actors have no pair of others to stand between",
    cost="paths",
)
def betweenness_normalized(network: Network) -> Values:
    """Divide betweenness by (n-1)(n-2), its maximum in a directed network; NaN for n < 3."""
    pairs = (network.size - 1) * (network.size - 2) / (1 if network.directed else 2)
    return betweenness(network) / pairs if network.size > 2 else _undefined(network)


@measure(
    name="harmonic_closeness_in",
    level="actor",
    bounds=SHARE,
    label_en="Harmonic closeness, incoming",
    label_zh="调和接近中心度（入向）",
    definition=(
        "Mean of 1/distance from every other actor to the actor along directed ties; an actor that cannot "
        "reach it adds 0. Used instead of classic closeness, which is not comparable when parts of a network "
        "are not connected."
    ),
    formula="(1/(n-1)) sum_{j != i} 1/dist(j,i)",
    source="Marchiori and Latora 2000; Boldi and Vigna 2014",
    boundaries=COMPLETE,
    undefined="an actor alone has no others to be close to",
    cost="paths",
)
def harmonic_closeness_in(network: Network) -> Values:
    """Average 1/distance from the others to each actor (Boldi and Vigna 2014); NaN for an actor alone."""
    return _of_others(network, closeness_of(network)[0])


@measure(
    name="harmonic_closeness_out",
    level="actor",
    bounds=SHARE,
    label_en="Harmonic closeness, outgoing",
    label_zh="调和接近中心度（出向）",
    definition=(
        "Mean of 1/distance from the actor to every other actor along directed ties; an actor out of its "
        "reach adds 0."
    ),
    formula="(1/(n-1)) sum_{j != i} 1/dist(i,j)",
    source="Marchiori and Latora 2000; Boldi and Vigna 2014",
    boundaries=COMPLETE,
    undefined="an actor alone has no others to be close to",
    cost="paths",
)
def harmonic_closeness_out(network: Network) -> Values:
    """Average 1/distance from each actor to the others (Boldi and Vigna 2014); NaN for an actor alone."""
    return _of_others(network, closeness_of(network)[1])


@measure(
    name="betweenness_weighted",
    level="actor",
    label_en="Betweenness, paths of length 1/strength",
    label_zh="加权中间中心度",
    definition=(
        "Betweenness over paths whose length is the sum of 1/strength of their ties, so that strong ties are near. Paths that "
        "differ in length by less than 1e-10 of it count as equally long."
    ),
    formula="b(i) = sum_{s != i != t, s != t} g_st(i) / g_st, g by length",
    source="Brandes 2001; length 1/strength as Newman 2001",
    boundaries=COMPLETE,
    on_request="weighted_paths",
    largest=EXACT_SIZE,
    cost="paths",
)
def betweenness_weighted(network: Network) -> Values:
    """Count the shortest paths by length 1/strength through each actor, unscaled."""
    found = shortest_paths.weighted_betweenness(
        network.size, network.source, network.target, 1 / network.strength
    )
    return found if network.directed else found / 2


@measure(
    name="harmonic_closeness_in_weighted",
    level="actor",
    label_en="Harmonic closeness, incoming, paths of length 1/strength",
    label_zh="加权调和接近中心度（入向）",
    definition="Mean of 1/distance from every other actor to the actor, where a tie is 1/strength long.",
    formula="(1/(n-1)) sum_{j != i} 1/dist(j,i), dist by length",
    source="Marchiori and Latora 2000; length 1/strength as Newman 2001",
    boundaries=COMPLETE,
    on_request="weighted_paths",
    largest=EXACT_SIZE,
    undefined="an actor alone has no others to be close to",
    cost="paths",
)
def harmonic_closeness_in_weighted(network: Network) -> Values:
    """Average 1/distance by length 1/strength from the others to each actor; NaN for an actor alone."""
    return _of_others(network, _weighted_harmonic(network)[0])


@measure(
    name="harmonic_closeness_out_weighted",
    level="actor",
    label_en="Harmonic closeness, outgoing, paths of length 1/strength",
    label_zh="加权调和接近中心度（出向）",
    definition="Mean of 1/distance from the actor to every other actor, where a tie is 1/strength long.",
    formula="(1/(n-1)) sum_{j != i} 1/dist(i,j), dist by length",
    source="Marchiori and Latora 2000; length 1/strength as Newman 2001",
    boundaries=COMPLETE,
    on_request="weighted_paths",
    largest=EXACT_SIZE,
    undefined="an actor alone has no others to be close to",
    cost="paths",
)
def harmonic_closeness_out_weighted(network: Network) -> Values:
    """Average 1/distance by length 1/strength from each actor to the others; NaN for an actor alone."""
    return _of_others(network, _weighted_harmonic(network)[1])


@measure(
    name="pagerank",
    level="actor",
    bounds=SHARE,
    label_en="PageRank",
    label_zh="PageRank 中心度",
    definition=(
        "Share of time that a random walk spends at the actor when it follows ties in proportion to strength "
        "with probability 0.85 and otherwise, or from an actor without outgoing ties, starts anew at any "
        "actor. Sums to 1."
    ),
    formula="r(i) = (1-0.85)/n + 0.85 (sum_j r(j) W[j,i]/s_out(j) + sum_{j: s_out(j)=0} r(j)/n)",
    source="Brin and Page 1998; weighted by strength",
    boundaries=COMPLETE,
    cost="linear",
)
def pagerank(network: Network) -> Values:
    """Compute PageRank with damping 0.85 and arcs weighted by strength (Brin and Page 1998)."""
    ranks = shared_graph(network).pagerank(damping=PAGERANK_DAMPING, weights="strength")
    return np.asarray(ranks, dtype=np.float64)


@measure(
    name="core_number_collapsed",
    level="actor",
    label_en="Core number, directions collapsed",
    label_zh="核数（不分方向）",
    definition=(
        "Largest k such that the actor belongs to a part of the network where everyone has at least k "
        "distinct partners. Directions are collapsed first: a mutual tie is one partner, not two."
    ),
    formula="max k: i in the k-core of A or A'",
    source="Seidman 1983",
    boundaries=COMPLETE,
    cost="linear",
)
def core_number_collapsed(network: Network) -> Values:
    """Find the greatest k-core each actor belongs to (Seidman 1983) in the network without directions."""
    collapsed = shared_graph(network).as_undirected(mode="collapse")
    return np.asarray(collapsed.coreness(), dtype=np.float64)


@measure(
    name="constraint",
    level="actor",
    label_en="Constraint",
    label_zh="结构洞限制度",
    definition=(
        "How far an actor's investment is concentrated in contacts that are tied to one another; low values "
        "mean structural holes. The strengths of both directions are summed, so a mutual tie weighs as two."
    ),
    formula=(
        "c(i) = sum_{j tied to i} (p_ij + sum_{q != i,j} p_iq p_qj)^2, "
        "p_ij = (W[i,j]+W[j,i]) / sum_k (W[i,k]+W[k,i])"
    ),
    source="Burt 1992, eq. 2.4, p. 55",
    boundaries=COMPLETE,
    undefined="an actor without ties has no contacts that could constrain it",
    cost="quadratic",
)
def constraint(network: Network) -> Values:
    """Compute Burt's constraint (1992, eq. 2.4), strengths of both directions summed; NaN for isolates."""
    return np.asarray(shared_graph(network).constraint(weights="strength"), dtype=np.float64)


def _observed_only(
    network: Network, counts: NDArray[Any], observed: Callable[[Network], NDArray[np.int64]]
) -> Values:
    # A text is nobody's answer: what it states is counted as it stands.
    told = (observed(network) > 0) | (network.size < 2) | (network.boundary == "text")
    return np.where(told, counts.astype(np.float64), np.nan)


def _sums(network: Network, ends: NDArray[np.int64]) -> Values:
    return np.bincount(ends, weights=network.strength, minlength=network.size).astype(np.float64)


@once_per_network
def _betweenness(network: Network) -> tuple[Values, Values]:
    if network.size <= EXACT_SIZE:
        values = shortest_paths.betweenness(network.size, network.source, network.target)
        errors = np.zeros(network.size)
    else:
        seed = seed_for(network.seed, "betweenness")
        found = shortest_paths.estimate_betweenness(
            network.size, network.source, network.target, SEARCHES, seed
        )
        values, errors = found.values, found.errors
    times = 1.0 if network.directed else 0.5
    values, errors = values * times, errors * times
    values.setflags(write=False)
    errors.setflags(write=False)
    return values, errors


@once_per_network
def _weighted_harmonic(network: Network) -> tuple[Values, Values]:
    return shortest_paths.weighted_harmonic(
        network.size, network.source, network.target, 1 / network.strength
    )


def _of_others(network: Network, sums: Values) -> Values:
    return sums / (network.size - 1) if network.size > 1 else _undefined(network)


def _undefined(network: Network) -> Values:
    return np.full(network.size, np.nan)
