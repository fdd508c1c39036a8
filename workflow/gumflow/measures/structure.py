"""What a network looks like as a whole: size, density, connection, reciprocity, centralization and openness.

Every function takes a `Network` and returns one float, NaN where the measure is undefined (each declaration
says when). Measures that set observed ties against possible ones are not defined on the chain network:
outside actors enter it only through a tie and were not asked about one another.
"""

import math

import numpy as np
from numpy.typing import NDArray

from gumflow.measures import centrality
from gumflow.measures.registry import BALANCE, COMPLETE, OUTSIDE_NOT_ASKED, SHARE, measure
from gumflow.networks.graph import Network, adjacency, distinct
from gumflow.networks.layers import BOUNDARIES
from gumflow.networks.observation import is_observed, observed_in, observed_out, observed_pairs

_NO_PAIR = "fewer than two actors have no possible tie"


@measure(
    name="actors",
    level="network",
    label_en="Actors",
    label_zh="行为主体数",
    definition="Number of actors in the network; under the boundary text, of actors with a stated tie in it.",
    formula="n",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=BOUNDARIES,
    cost="linear",
)
def actors(network: Network) -> float:
    """Count the actors."""
    return float(network.size)


@measure(
    name="ties",
    level="network",
    label_en="Ties (arcs)",
    label_zh="关系数（有向）",
    definition=(
        "Number of ordered pairs of actors that are tied: repeated ties are one, an undirected tie among directed "
        "ones is two. Where no tie of the network has a direction, the number of pairs that are tied."
    ),
    formula="m = sum_ij A[i,j]; without direction m/2",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=BOUNDARIES,
    cost="linear",
)
def ties(network: Network) -> float:
    """Count the arcs, or the pairs if ties have no direction."""
    return float(network.arcs if network.directed else network.arcs // 2)


@measure(
    name="loops_dropped",
    level="network",
    label_en="Ties inside one class, left out",
    label_zh="同一类主体内部的关系（未计入）",
    definition=(
        "Number of achieved ties from an actor, which can only be a class of actors, to itself. They are true, but a "
        "graph measure has no use for a loop, so they are left out of all others and counted here."
    ),
    formula="number of tie rows with source = target",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=BOUNDARIES,
    cost="linear",
)
def loops_dropped(network: Network) -> float:
    """Count the ties of a class to itself, which enter no other measure."""
    return float(network.loops_dropped)


@measure(
    name="density",
    level="network",
    bounds=SHARE,
    label_en="Density",
    label_zh="网络密度",
    definition=(
        "Share of the ordered pairs of distinct actors that are tied, among the pairs that were observed; strength is "
        "not read. A pair that nobody could report is in neither number."
    ),
    formula="m / (observed ordered pairs); n(n-1) of them if all answered",
    source="Wasserman and Faust 1994, ch. 4 (directed)",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    reads="observed",
    undefined=_NO_PAIR,
    cost="linear",
)
def density(network: Network) -> float:
    """Divide arcs by the observed ordered pairs without loops (Wasserman and Faust 1994); NaN if there are none."""
    pairs = observed_pairs(network)
    return network.arcs / pairs if pairs else math.nan


@measure(
    name="components_weak",
    level="network",
    label_en="Weak components",
    label_zh="弱连通分量数",
    definition=(
        "Number of parts not connected with one another when directions are disregarded; an isolate is one "
        "part."
    ),
    formula="components of A or A'",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    cost="linear",
)
def components_weak(network: Network) -> float:
    """Count the weakly connected components, isolates included."""
    return float(len(_component_sizes(network)))


@measure(
    name="largest_component_share",
    level="network",
    bounds=SHARE,
    label_en="Share of the largest weak component",
    label_zh="最大弱连通分量占比",
    definition="Actors in the largest weak component as a share of all actors.",
    formula="max_c n_c / n",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    undefined="a network without actors has no component",
    cost="linear",
)
def largest_component_share(network: Network) -> float:
    """Divide the size of the largest weak component by n; NaN without actors."""
    return float(_component_sizes(network).max()) / network.size if network.size else math.nan


@measure(
    name="isolates",
    level="network",
    label_en="Isolates",
    label_zh="孤立点数",
    definition=(
        "Number of actors that answered and have neither incoming nor outgoing ties; loops do not count as ties. An "
        "actor that did not answer is no isolate: its ties are not known."
    ),
    formula="#{i: i answered, d_in(i) + d_out(i) = 0}",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    reads="observed",
    cost="linear",
)
def isolates(network: Network) -> float:
    """Count the actors that answered and have no tie."""
    tied = np.zeros(network.size, dtype=bool)
    tied[network.source] = tied[network.target] = True
    return float((network.responded & ~tied).sum())


@measure(
    name="reciprocity_arc",
    level="network",
    bounds=SHARE,
    label_en="Reciprocity, arc-based",
    label_zh="互惠性（按有向关系）",
    definition=(
        "Share of the arcs that are returned, among those of which it was observed whether they are. The dyad-based "
        "ratio (mutual pairs over tied pairs) is never larger. Loops are dropped; undirected ties among directed "
        "ones are returned by construction and raise it."
    ),
    formula="sum_ij A[i,j] A[j,i] / m, over arcs i -> j with j -> i observed",
    source="Garlaschelli and Loffredo 2004, eq. 1",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    reads="observed",
    undefined="there is no tie of which it was observed whether it is returned",
    cost="linear",
)
def reciprocity_arc(network: Network) -> float:
    """Divide returned arcs by arcs whose return was observed (Garlaschelli and Loffredo 2004); NaN without such arcs."""
    asked = int(is_observed(network, network.target, network.source).sum())
    matrix = adjacency(network)
    return float(matrix.multiply(matrix.T).sum()) / asked if asked else math.nan


@measure(
    name="centralization_in_degree",
    level="network",
    bounds=SHARE,
    label_en="Centralization, in-degree",
    label_zh="点入度中心势",
    definition=(
        "How far incoming ties are concentrated on one actor: summed gaps to the largest in-degree over "
        "their maximum, (n-1)^2, reached by the star in which all others point to the center and nothing "
        "else. With missing answers each in-degree is scaled up from the pairs that were observed."
    ),
    formula="sum_i (max d_in - d_in(i)) / (n-1)^2",
    source="Freeman 1979; directed maximum Wasserman and Faust 1994, ch. 5",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    reads="observed",
    undefined=_NO_PAIR,
    cost="linear",
)
def centralization_in_degree(network: Network) -> float:
    """Compute Freeman's centralization of in-degree with the directed maximum (n-1)^2; NaN for n < 2."""
    return _degree_centralization(np.bincount(network.target, minlength=network.size), observed_in(network))


@measure(
    name="centralization_out_degree",
    level="network",
    bounds=SHARE,
    label_en="Centralization, out-degree",
    label_zh="点出度中心势",
    definition=(
        "How far outgoing ties are concentrated on one actor: summed gaps to the largest out-degree over "
        "their maximum, (n-1)^2, reached by the star in which the center points to all others and nothing "
        "else. With missing answers the actors whose ties were observed stand for all."
    ),
    formula="sum_i (max d_out - d_out(i)) / (n-1)^2",
    source="Freeman 1979; directed maximum Wasserman and Faust 1994, ch. 5",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    reads="observed",
    undefined=_NO_PAIR,
    cost="linear",
)
def centralization_out_degree(network: Network) -> float:
    """Compute Freeman's centralization of out-degree with the directed maximum (n-1)^2; NaN for n < 2."""
    return _degree_centralization(np.bincount(network.source, minlength=network.size), observed_out(network))


@measure(
    name="centralization_degree_collapsed",
    level="network",
    bounds=SHARE,
    label_en="Centralization, degree, directions collapsed",
    label_zh="度中心势（不分方向）",
    definition=(
        "How far partners are concentrated on one actor, whatever the direction of ties: summed gaps to the largest "
        "number of partners over their maximum, (n-1)(n-2), reached by the star."
    ),
    formula="sum_i (max k - k(i)) / ((n-1)(n-2)), k(i) = partners of i",
    source="Freeman 1979, p. 228",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="fewer than three actors cannot form a star",
    cost="linear",
)
def centralization_degree_collapsed(network: Network) -> float:
    """Compute Freeman's centralization (1979) of the number of partners, maximum (n-1)(n-2); NaN for n < 3."""
    if network.size < 3:
        return math.nan
    partners = np.bincount(np.concatenate(_tied_pairs(network)), minlength=network.size)
    return float((partners.max() - partners).sum()) / ((network.size - 1) * (network.size - 2))


@measure(
    name="centralization_betweenness",
    level="network",
    bounds=SHARE,
    label_en="Centralization, betweenness",
    label_zh="中间中心势",
    definition=(
        "How far brokerage is concentrated on one actor: summed gaps to the largest directed betweenness "
        "over their maximum, (n-1)^2 (n-2), reached by the star whose ties run both ways (half of it where ties have "
        "no direction)."
    ),
    formula="sum_i (max b - b(i)) / ((n-1)^2 (n-2)); the same of b normalized over n-1",
    source="Freeman 1979; directed betweenness White and Borgatti 1994",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="fewer than three actors have no pair of others to stand between",
    cost="paths",
)
def centralization_betweenness(network: Network) -> float:
    """Compute Freeman's centralization of directed betweenness, maximum (n-1)^2 (n-2); NaN for n < 3."""
    if network.size < 3:
        return math.nan
    shares = centrality.betweenness_normalized(network)
    return float((shares.max() - shares).sum()) / (network.size - 1)


@measure(
    name="ei_index_place",
    level="network",
    bounds=BALANCE,
    label_en="E-I index, inside and outside the cluster",
    label_zh="E-I 指数（集群内外）",
    definition=(
        "Tied pairs that leave the cluster minus tied pairs inside it, over both: -1 is closed, 1 is wholly "
        "outward. A pair counts once, whatever the number and direction of its ties; pairs of two outside "
        "actors do not count."
    ),
    formula="(E - I) / (E + I)",
    source="Krackhardt and Stern 1988",
    boundaries=COMPLETE,
    scope="chain",
    why_not_elsewhere="every tie of this network stays inside the cluster; read it on the chain network",
    undefined="no actor of the cluster is tied",
    cost="linear",
)
def ei_index_place(network: Network) -> float:
    """Compare pairs leaving the cluster with pairs inside (Krackhardt and Stern 1988); NaN without pairs."""
    one, other = _tied_pairs(network)
    both = (network.inside[one] & network.inside[other]).sum()
    crossing = (network.inside[one] ^ network.inside[other]).sum()
    return _ei_index(int(crossing), int(both))


def _component_sizes(network: Network) -> NDArray[np.int64]:
    if not network.size:
        return np.empty(0, dtype=np.int64)
    from scipy.sparse.csgraph import connected_components

    return np.bincount(connected_components(adjacency(network), directed=True, connection="weak")[1])


def _degree_centralization(degrees: NDArray[np.int64], observed: NDArray[np.int64]) -> float:
    """Sum the gaps of degrees as shares of the observed pairs; actors without an observed pair are left out."""
    told = observed > 0
    if not told.any():
        return math.nan
    shares = degrees[told] / observed[told]
    return float((shares.max() - shares).mean()) * len(degrees) / (len(degrees) - 1)


def _tied_pairs(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    low, high = np.minimum(network.source, network.target), np.maximum(network.source, network.target)
    code = distinct(low * network.size + high)
    return code // max(network.size, 1), code % max(network.size, 1)


def _ei_index(external: int, internal: int) -> float:
    return (external - internal) / (external + internal) if external + internal else math.nan
