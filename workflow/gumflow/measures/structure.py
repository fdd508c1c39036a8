"""What a network looks like as a whole: size, density, connection, reciprocity, centralization and openness.

Every function takes a `Network` and returns one float, NaN where the measure is undefined (each declaration
says when). Measures that set observed ties against possible ones are not defined on the chain network:
outside actors enter it only through a tie and were not asked about one another.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gumflow.measures import centrality
from gumflow.measures.registry import COMPLETE, measure
from gumflow.networks.graph import Network, adjacency
from gumflow.networks.layers import BOUNDARIES, CHAIN_NETWORK, INSIDE_NETWORKS

_OUTSIDE_NOT_ASKED = (
    "outside actors enter the chain network only through a tie and were not asked about one another, so "
    "their absent ties are unknown; read it on the networks inside the cluster"
)
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
        "Number of ordered pairs of actors that are tied; an undirected tie is two, repeated ties are one."
    ),
    formula="m = sum_ij A[i,j]",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=BOUNDARIES,
    cost="linear",
)
def ties(network: Network) -> float:
    """Count the arcs."""
    return float(network.arcs)


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
    label_en="Density",
    label_zh="网络密度",
    definition="Share of the possible ordered pairs of distinct actors that are tied; strength is not read.",
    formula="m / (n(n-1))",
    source="Wasserman and Faust 1994, ch. 4 (directed)",
    boundaries=COMPLETE,
    networks=INSIDE_NETWORKS,
    why_not_elsewhere=_OUTSIDE_NOT_ASKED,
    undefined=_NO_PAIR,
    cost="linear",
)
def density(network: Network) -> float:
    """Divide arcs by the possible arcs without loops (Wasserman and Faust 1994); NaN for n < 2."""
    return network.arcs / (network.size * (network.size - 1)) if network.size > 1 else math.nan


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
    definition="Number of actors with neither incoming nor outgoing ties; loops do not count as ties.",
    formula="#{i: d_in(i) + d_out(i) = 0}",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    cost="linear",
)
def isolates(network: Network) -> float:
    """Count the actors without any tie."""
    return float((centrality.degree(network) == 0).sum())


@measure(
    name="reciprocity_arc",
    level="network",
    label_en="Reciprocity, arc-based",
    label_zh="互惠性（按有向关系）",
    definition=(
        "Share of the arcs that are returned. The dyad-based ratio (mutual pairs over tied pairs) is never "
        "larger. Loops are dropped; undirected ties are returned by construction and raise it."
    ),
    formula="sum_ij A[i,j] A[j,i] / m",
    source="Garlaschelli and Loffredo 2004, eq. 1",
    boundaries=COMPLETE,
    networks=INSIDE_NETWORKS,
    why_not_elsewhere=_OUTSIDE_NOT_ASKED,
    undefined="a network without ties has none to return",
    cost="linear",
)
def reciprocity_arc(network: Network) -> float:
    """Divide returned arcs by arcs (Garlaschelli and Loffredo 2004); NaN without arcs."""
    matrix = adjacency(network)
    return float(matrix.multiply(matrix.T).sum()) / network.arcs if network.arcs else math.nan


@measure(
    name="centralization_in_degree",
    level="network",
    label_en="Centralization, in-degree",
    label_zh="点入度中心势",
    definition=(
        "How far incoming ties are concentrated on one actor: summed gaps to the largest in-degree over "
        "their maximum, (n-1)^2, reached by the star in which all others point to the center and nothing "
        "else."
    ),
    formula="sum_i (max d_in - d_in(i)) / (n-1)^2",
    source="Freeman 1979; directed maximum Wasserman and Faust 1994, ch. 5",
    boundaries=COMPLETE,
    networks=INSIDE_NETWORKS,
    why_not_elsewhere=_OUTSIDE_NOT_ASKED,
    undefined=_NO_PAIR,
    cost="linear",
)
def centralization_in_degree(network: Network) -> float:
    """Compute Freeman's centralization of in-degree with the directed maximum (n-1)^2; NaN for n < 2."""
    return _centralization(network, centrality.in_degree, (network.size - 1) ** 2)


@measure(
    name="centralization_out_degree",
    level="network",
    label_en="Centralization, out-degree",
    label_zh="点出度中心势",
    definition=(
        "How far outgoing ties are concentrated on one actor: summed gaps to the largest out-degree over "
        "their maximum, (n-1)^2, reached by the star in which the center points to all others and nothing "
        "else."
    ),
    formula="sum_i (max d_out - d_out(i)) / (n-1)^2",
    source="Freeman 1979; directed maximum Wasserman and Faust 1994, ch. 5",
    boundaries=COMPLETE,
    networks=INSIDE_NETWORKS,
    why_not_elsewhere=_OUTSIDE_NOT_ASKED,
    undefined=_NO_PAIR,
    cost="linear",
)
def centralization_out_degree(network: Network) -> float:
    """Compute Freeman's centralization of out-degree with the directed maximum (n-1)^2; NaN for n < 2."""
    return _centralization(network, centrality.out_degree, (network.size - 1) ** 2)


@measure(
    name="centralization_betweenness",
    level="network",
    label_en="Centralization, betweenness",
    label_zh="中间中心势",
    definition=(
        "How far brokerage is concentrated on one actor: summed gaps to the largest directed betweenness "
        "over their maximum, (n-1)^2 (n-2), reached by the star whose ties run both ways."
    ),
    formula="sum_i (max b - b(i)) / ((n-1)^2 (n-2))",
    source="Freeman 1979; directed betweenness White and Borgatti 1994",
    boundaries=COMPLETE,
    networks=INSIDE_NETWORKS,
    why_not_elsewhere=_OUTSIDE_NOT_ASKED,
    undefined="fewer than three actors have no pair of others to stand between",
    cost="paths",
)
def centralization_betweenness(network: Network) -> float:
    """Compute Freeman's centralization of directed betweenness, maximum (n-1)^2 (n-2); NaN for n < 3."""
    return _centralization(network, centrality.betweenness, (network.size - 1) ** 2 * (network.size - 2))


@measure(
    name="ei_index_place",
    level="network",
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
    networks=(CHAIN_NETWORK,),
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


@measure(
    name="ei_index_kind",
    level="network",
    label_en="E-I index, between kinds of actors",
    label_zh="E-I 指数（行为主体类型间）",
    definition=(
        "Tied pairs of actors of different kinds (firm, association, government, ...) minus tied pairs of "
        "one kind, over both: -1 means that kinds keep to themselves. A pair counts once, whatever the "
        "number and direction of its ties."
    ),
    formula="(E - I) / (E + I)",
    source="Krackhardt and Stern 1988",
    boundaries=COMPLETE,
    networks=INSIDE_NETWORKS,
    why_not_elsewhere="ties that leave the cluster are read by the E-I index inside and outside the cluster",
    undefined="a network without ties has no tied pair",
    cost="linear",
)
def ei_index_kind(network: Network) -> float:
    """Compare pairs between kinds of actors with pairs within one (Krackhardt and Stern 1988)."""
    one, other = _tied_pairs(network)
    differ = int((network.kinds[one] != network.kinds[other]).sum())
    return _ei_index(differ, len(one) - differ)


def _component_sizes(network: Network) -> NDArray[np.int64]:
    if not network.size:
        return np.empty(0, dtype=np.int64)
    from scipy.sparse.csgraph import connected_components

    return np.bincount(connected_components(adjacency(network), directed=True, connection="weak")[1])


def _centralization(
    network: Network, centrality_of: Callable[[Network], centrality.Values], maximum: int
) -> float:
    if network.size < 2 or maximum == 0:
        return math.nan
    values = centrality_of(network)
    return float((values.max() - values).sum()) / maximum


def _tied_pairs(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pairs = np.column_stack(
        [np.minimum(network.source, network.target), np.maximum(network.source, network.target)]
    )
    pairs = np.unique(pairs, axis=0)
    return pairs[:, 0], pairs[:, 1]


def _ei_index(external: int, internal: int) -> float:
    return (external - internal) / (external + internal) if external + internal else math.nan
