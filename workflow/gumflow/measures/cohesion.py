"""How closely a network hangs together: components, cores, cut points, clustering and the spread of degrees.

Functions take a `Network` and return one float64 for each actor, or one float, NaN where the measure is undefined. "Collapsed"
means that two actors are partners if they are tied in either direction; strength is not read.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gumflow.measures import structure
from gumflow.measures.registry import BALANCE, COMPLETE, OUTSIDE_NOT_ASKED, SHARE, Values, measure
from gumflow.networks.graph import Network, adjacency, distinct, once_per_network, shared_graph
from gumflow.networks.observation import observed_in, observed_out

if TYPE_CHECKING:
    import igraph as ig


@measure(
    name="core_number_directed",
    level="actor",
    label_en="Core number, in plus out",
    label_zh="核数（入度加出度）",
    definition=(
        "Largest k such that the actor belongs to a part of the network where everyone has at least k ties in or out "
        "within it. A mutual tie counts as two, so it is up to twice the core number with directions collapsed."
    ),
    formula="max k: i in the k-core of A + A'",
    source="Seidman 1983; algorithm Batagelj and Zaversnik 2003",
    boundaries=COMPLETE,
    directed_only=True,
    cost="linear",
)
def core_number_directed(network: Network) -> Values:
    """Find the greatest k-core of each actor by in-degree plus out-degree (Seidman 1983)."""
    return np.asarray(shared_graph(network).coreness(mode="all"), dtype=np.float64)


@measure(
    name="local_clustering",
    level="actor",
    bounds=SHARE,
    label_en="Local clustering, directions collapsed",
    label_zh="局部聚类系数（不分方向）",
    definition=(
        "Share of the pairs of the actor's partners that are tied to each other, whatever the directions; strength is "
        "not read. High values mean a closed circle around the actor."
    ),
    formula="C(i) = tied pairs of partners / (k(i)(k(i)-1)/2)",
    source="Watts and Strogatz 1998",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="an actor with fewer than two partners has no pair of them",
    cost="quadratic",
)
@once_per_network
def local_clustering(network: Network) -> Values:
    """Compute binary clustering of each actor (Watts and Strogatz 1998); NaN with fewer than two partners."""
    values = collapsed_graph(network).transitivity_local_undirected(mode="nan")
    clustering = np.asarray(values, dtype=np.float64)
    clustering.setflags(write=False)
    return clustering


@measure(
    name="articulation_point",
    level="actor",
    bounds=SHARE,
    scale="flag",
    label_en="Articulation point",
    label_zh="割点",
    definition=(
        "1 if the network, directions collapsed, falls into more parts when the actor leaves; else 0. Such an actor is "
        "all that connects some others to the rest."
    ),
    formula="1 if components(A or A' without i) > components(A or A')",
    source="Harary 1969, ch. 3; Wasserman and Faust 1994, ch. 4 (cutpoint)",
    boundaries=COMPLETE,
    cost="linear",
)
@once_per_network
def articulation_point(network: Network) -> Values:
    """Mark the cutpoints of the collapsed network."""
    values = np.zeros(network.size)
    values[collapsed_graph(network).articulation_points()] = 1
    values.setflags(write=False)
    return values


@measure(
    name="giant_component",
    level="actor",
    bounds=SHARE,
    scale="flag",
    label_en="In the largest weak component",
    label_zh="是否属于最大弱连通分量",
    definition=(
        "1 if the actor is in the largest part that hangs together when directions are disregarded, else 0. If several "
        "parts are equally large, their members all have 1; an isolate has 0."
    ),
    formula="1 if n_c(i) = max_c n_c and n_c(i) > 1",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    cost="linear",
)
def giant_component(network: Network) -> Values:
    """Mark the actors of the largest weak component, or of all that are equally large."""
    sizes = weak_sizes(network)
    return ((sizes == sizes.max(initial=0)) & (sizes > 1)).astype(np.float64)


@measure(
    name="components_strong",
    level="network",
    label_en="Strong components",
    label_zh="强连通分量数",
    definition=(
        "Number of largest sets of actors that all reach one another along directed ties; an actor in no such set is "
        "one by itself."
    ),
    formula="strongly connected components of A",
    source="Wasserman and Faust 1994, ch. 4; algorithm Tarjan 1972",
    boundaries=COMPLETE,
    directed_only=True,
    cost="linear",
)
def components_strong(network: Network) -> float:
    """Count the strongly connected components, single actors included."""
    return float(len(set(shared_graph(network).connected_components(mode="strong").membership)))


@measure(
    name="degree_assortativity_out_in",
    level="network",
    bounds=BALANCE,
    label_en="Degree assortativity, out to in",
    label_zh="度同配性（出度对入度）",
    definition=(
        "Correlation, over the ties, of the out-degree of the source with the in-degree of the target: whether actors "
        "with many outgoing ties turn to the sought-after ones (above 0) or to the others (below 0)."
    ),
    formula="Pearson r of (d_out(i), d_in(j)) over arcs i -> j",
    source="Newman 2003, eq. 25; Foster, Foster, Grassberger and Paczuski 2010",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    undefined="there are no ties, or one side of them has the same degree throughout",
    cost="linear",
)
def degree_assortativity_out_in(network: Network) -> float:
    """Correlate the source's out-degree with the target's in-degree over arcs; NaN if either is constant."""
    out = np.bincount(network.source, minlength=network.size)
    into = np.bincount(network.target, minlength=network.size)
    return _correlation(out[network.source], into[network.target])


@measure(
    name="degree_assortativity_collapsed",
    level="network",
    bounds=BALANCE,
    label_en="Degree assortativity, directions collapsed",
    label_zh="度同配性（不分方向）",
    definition=(
        "Correlation, over the tied pairs, of the numbers of partners of both actors: above 0 the well-connected are "
        "tied to one another, below 0 hubs serve the less connected."
    ),
    formula="Pearson r of (k(i), k(j)) over tied pairs, each read both ways",
    source="Newman 2002, eq. 4",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="there are no ties, or all tied actors have as many partners",
    cost="linear",
)
def degree_assortativity_collapsed(network: Network) -> float:
    """Correlate the degrees of tied pairs, directions collapsed (Newman 2002); NaN if they are constant."""
    codes = pair_codes(network.size, network.source, network.target)
    ends = np.column_stack([codes // max(network.size, 1), codes % max(network.size, 1)])
    degrees = np.bincount(ends.ravel(), minlength=network.size)[ends]
    return _correlation(degrees.ravel(), degrees[:, ::-1].ravel())


@measure(
    name="k_core_max",
    level="network",
    label_en="Highest core number, directions collapsed",
    label_zh="最大核数（不分方向）",
    definition="Largest k such that some actors all have k or more partners among themselves.",
    formula="max_i core_number_collapsed(i)",
    source="Seidman 1983",
    boundaries=COMPLETE,
    undefined="a network without actors has no core",
    cost="linear",
)
def k_core_max(network: Network) -> float:
    """Return the degeneracy of the collapsed network; NaN without actors."""
    return float(_cores(network).max()) if network.size else math.nan


@measure(
    name="k_core_max_size",
    level="network",
    label_en="Actors in the highest core",
    label_zh="最高核的行为主体数",
    definition="Number of actors with the highest core number, directions collapsed.",
    formula="#{i: core_number_collapsed(i) = max}",
    source="Seidman 1983",
    boundaries=COMPLETE,
    undefined="a network without actors has no core",
    cost="linear",
)
def k_core_max_size(network: Network) -> float:
    """Count the actors of the innermost core of the collapsed network; NaN without actors."""
    cores = _cores(network)
    return float((cores == cores.max()).sum()) if len(cores) else math.nan


@measure(
    name="articulation_points",
    level="network",
    label_en="Articulation points",
    label_zh="割点数",
    definition=(
        "Number of actors whose leaving splits a part of the network, directions collapsed: how far connection hangs "
        "on single actors."
    ),
    formula="sum_i articulation_point(i)",
    source="Harary 1969, ch. 3",
    boundaries=COMPLETE,
    cost="linear",
)
def articulation_points(network: Network) -> float:
    """Count the cutpoints of the collapsed network."""
    return float(articulation_point(network).sum())


@measure(
    name="bridges",
    level="network",
    label_en="Bridges",
    label_zh="桥数",
    definition=(
        "Number of tied pairs that are the only connection between two parts of the network, directions collapsed."
    ),
    formula="#{tied pairs whose removal adds a component of A or A'}",
    source="Harary 1969, ch. 3; Granovetter 1973",
    boundaries=COMPLETE,
    cost="linear",
)
def bridges(network: Network) -> float:
    """Count the bridges of the collapsed network."""
    return float(len(collapsed_graph(network).bridges()))


@measure(
    name="degree_mean",
    level="network",
    label_en="Mean degree",
    label_zh="平均度",
    definition=(
        "Mean out-degree, which is also the mean in-degree; where ties have no direction, the mean number of partners. "
        "With missing answers it is scaled up from the pairs that were observed."
    ),
    formula="density (n-1); m/n if all answered",
    source="Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    reads="observed",
    undefined="fewer than two actors, or no observed pair",
    cost="linear",
)
def degree_mean(network: Network) -> float:
    """Multiply density by n - 1, which is arcs by actors if every pair was observed."""
    return structure.density(network) * (network.size - 1)


_SPREAD = (
    "Standard deviation (over n, not n-1) of the {degree}: 0 if all actors have as many, large if a few have most. "
    "With missing answers each is scaled up from the pairs that were observed."
)


@measure(
    name="out_degree_sd",
    level="network",
    label_en="Standard deviation of out-degree",
    label_zh="点出度标准差",
    definition=_SPREAD.format(
        degree="out-degrees, or of the numbers of partners where ties have no direction"
    ),
    formula="sqrt(mean_i (d_out(i) - mean d_out)^2)",
    source="Snijders 1981; Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    reads="observed",
    undefined="fewer than two actors, or no observed pair",
    cost="linear",
)
def out_degree_sd(network: Network) -> float:
    """Compute the root of Snijders' degree variance (1981) of the out-degrees; NaN without observed pairs."""
    return _spread(network.source, observed_out(network))


@measure(
    name="in_degree_sd",
    level="network",
    label_en="Standard deviation of in-degree",
    label_zh="点入度标准差",
    definition=_SPREAD.format(degree="in-degrees"),
    formula="sqrt(mean_i (d_in(i) - mean d_in)^2)",
    source="Snijders 1981; Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    reads="observed",
    undefined="fewer than two actors, or no observed pair",
    cost="linear",
)
def in_degree_sd(network: Network) -> float:
    """Compute the root of Snijders' degree variance (1981) of the in-degrees; NaN without observed pairs."""
    return _spread(network.target, observed_in(network))


@once_per_network
def collapsed_graph(network: Network) -> "ig.Graph":
    """Return the network without directions as an igraph graph; two actors tied either way are one edge."""
    return shared_graph(network).as_undirected(mode="collapse")


def pair_codes(size: int, source: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number, low * size + high, for each unordered pair among the ordered ones given, sorted."""
    return distinct(np.minimum(source, target) * size + np.maximum(source, target))


@once_per_network
def weak_sizes(network: Network) -> NDArray[np.int64]:
    """Return for each actor the size of its weak component."""
    if not network.size:
        return np.empty(0, dtype=np.int64)
    from scipy.sparse.csgraph import connected_components

    labels = connected_components(adjacency(network), directed=True, connection="weak")[1]
    return np.bincount(labels)[labels]


def single_giant(network: Network) -> NDArray[np.int64]:
    """Return the actors of the largest weak component; none if there are no ties or if two are equally large."""
    members = np.flatnonzero(giant_component(network))
    return members if len(members) and len(members) == weak_sizes(network)[members[0]] else members[:0]


@once_per_network
def _cores(network: Network) -> NDArray[np.int64]:
    return np.asarray(collapsed_graph(network).coreness(), dtype=np.int64)


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    if not len(one) or np.ptp(one) == 0 or np.ptp(other) == 0:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def _spread(ends: NDArray[np.int64], observed: NDArray[np.int64]) -> float:
    """Standard deviation of degrees as shares of the observed pairs, times n - 1; actors without such a pair are left out."""
    told = observed > 0
    if not told.any():
        return math.nan
    degrees = np.bincount(ends, minlength=len(observed))[told]
    return float((degrees / observed[told]).std()) * (len(observed) - 1)
