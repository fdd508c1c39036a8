"""What pairs and triples of actors look like: dyad and triad census, reciprocity, closure, Simmelian ties.

Every function takes a `Network` and returns one float, NaN where the measure is undefined. The dyad census reads only
pairs observed in both directions; the triad census reads every triple, so pairs that nobody could report stand in it as
not tied. Ties to oneself never occur.
"""

import math
from collections.abc import Callable

import numpy as np

from gumflow.measures.cohesion import local_clustering, pair_codes
from gumflow.measures.registry import BALANCE, COMPLETE, OUTSIDE_NOT_ASKED, SHARE, measure
from gumflow.networks.graph import Network, adjacency, once_per_network, shared_graph
from gumflow.networks.observation import fully_observed, is_observed

TRIADS: dict[str, tuple[str, bool, int, int]] = {
    # name: (what its three pairs are, all three tied, transitive triples, two-paths)
    "003": ("no pair is tied", False, 0, 0),
    "012": ("one pair is tied one way", False, 0, 0),
    "102": ("one pair is tied both ways", False, 0, 0),
    "021D": ("one actor has ties to the two others", False, 0, 0),
    "021U": ("two actors have ties to the third", False, 0, 0),
    "021C": ("one has a tie to the second and the second to the third", False, 0, 1),
    "111D": ("a pair tied both ways, with a tie from the third actor to one of the two", False, 0, 1),
    "111U": ("a pair tied both ways, with a tie from one of the two to the third actor", False, 0, 1),
    "030T": ("all pairs are tied one way, and the ties are transitive", True, 1, 1),
    "030C": ("all pairs are tied one way, and the ties run in a circle", True, 0, 3),
    "201": ("two pairs are tied both ways", False, 0, 2),
    "120D": ("a pair tied both ways, with ties from the third actor to both", True, 2, 2),
    "120U": ("a pair tied both ways, with ties from both to the third actor", True, 2, 2),
    "120C": ("a pair tied both ways, with a tie to the third actor and one from it", True, 1, 3),
    "210": ("two pairs are tied both ways and one pair one way", True, 3, 4),
    "300": ("all pairs are tied both ways", True, 6, 6),
}
"""The 16 types of Holland and Leinhardt 1970: number of mutual, asymmetric and null pairs, and a letter."""
_UNDIRECTED_TRIADS = ("003", "102", "201", "300")
_OPEN_TWO_PATHS = {"021D": 1, "021U": 1, "021C": 1, "111D": 1, "111U": 1, "201": 1}


@measure(
    name="dyads_observed",
    level="network",
    label_en="Pairs observed in both directions",
    label_zh="双向均已观察的对数",
    definition="Number of pairs of actors of which it was observed, in both directions, whether they are tied.",
    formula="#{i < j: i -> j and j -> i observed}; n(n-1)/2 if all answered",
    source="Holland and Leinhardt 1970, for observed pairs",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    reads="observed",
    cost="linear",
)
def dyads_observed(network: Network) -> float:
    """Count the pairs of actors that were observed in both directions."""
    return float(_dyads(network)[0])


@measure(
    name="dyads_mutual",
    level="network",
    label_en="Mutual pairs",
    label_zh="双向关系对数",
    definition=(
        "Number of pairs of actors tied in both directions. Where ties have no direction, the number of pairs that are "
        "tied."
    ),
    formula="M = #{i < j: A[i,j] A[j,i] = 1}",
    source="Holland and Leinhardt 1970",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    reads="observed",
    cost="linear",
)
def dyads_mutual(network: Network) -> float:
    """Count the pairs tied in both directions (Holland and Leinhardt 1970)."""
    return float(_dyads(network)[1])


@measure(
    name="dyads_asymmetric",
    level="network",
    label_en="Asymmetric pairs",
    label_zh="单向关系对数",
    definition="Number of pairs of actors tied in one direction and observed not to be tied in the other.",
    formula="#{i < j: A[i,j] + A[j,i] = 1, both observed}",
    source="Holland and Leinhardt 1970",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    reads="observed",
    cost="linear",
)
def dyads_asymmetric(network: Network) -> float:
    """Count the pairs tied in one direction only, both directions observed (Holland and Leinhardt 1970)."""
    return float(_dyads(network)[2])


@measure(
    name="dyads_null",
    level="network",
    label_en="Null pairs",
    label_zh="无关系对数",
    definition="Number of pairs of actors observed not to be tied in either direction.",
    formula="#{i < j: A[i,j] + A[j,i] = 0, both observed}",
    source="Holland and Leinhardt 1970",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    reads="observed",
    cost="linear",
)
def dyads_null(network: Network) -> float:
    """Count the pairs without a tie, both directions observed (Holland and Leinhardt 1970)."""
    observed, mutual, asymmetric = _dyads(network)
    return float(observed - mutual - asymmetric)


@measure(
    name="reciprocity_dyad",
    level="network",
    bounds=SHARE,
    label_en="Reciprocity, dyad-based",
    label_zh="互惠性（按关系对）",
    definition=(
        "Share of the tied pairs that are tied in both directions, among pairs observed in both. Never larger than the "
        "arc-based reciprocity, in which a mutual pair counts as two ties. UCINET calls it the dyad method."
    ),
    formula="M / (M + asymmetric pairs)",
    source="Wasserman and Faust 1994, ch. 13",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    reads="observed",
    undefined="no pair that was observed in both directions is tied",
    cost="linear",
)
def reciprocity_dyad(network: Network) -> float:
    """Divide mutual by tied pairs, both directions observed; NaN without such tied pairs."""
    _, mutual, asymmetric = _dyads(network)
    return mutual / (mutual + asymmetric) if mutual + asymmetric else math.nan


@measure(
    name="reciprocity_garlaschelli",
    level="network",
    bounds=BALANCE,
    label_en="Reciprocity beyond density (Garlaschelli-Loffredo)",
    label_zh="互惠性（Garlaschelli-Loffredo）",
    definition=(
        "Correlation of ties with their reverses over the pairs observed in both directions: arc-based reciprocity "
        "against the density among these pairs, which it would have by chance. Above 0 ties are returned more often "
        "than in a random network, below 0 less often."
    ),
    formula="rho = (r - a) / (1 - a), r = reciprocity_arc, a = share of tied i -> j, both over dyads observed both ways",
    source="Garlaschelli and Loffredo 2004, eq. 3",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    reads="observed",
    undefined="of the pairs observed in both directions none is tied, or all are tied both ways",
    cost="linear",
)
def reciprocity_garlaschelli(network: Network) -> float:
    """Correlate ties with their reverses over dyads observed both ways (Garlaschelli and Loffredo 2004, eq. 3).

    NaN where all of them are alike: without a tie, or with all possible ones.
    """
    observed, mutual, asymmetric = _dyads(network)
    arcs, possible = 2 * mutual + asymmetric, 2 * observed
    if arcs in (0, possible):
        return math.nan
    return (2 * mutual * possible - arcs**2) / (arcs * (possible - arcs))


@measure(
    name="transitivity_directed",
    level="network",
    bounds=SHARE,
    label_en="Transitivity, directed",
    label_zh="传递性（有向）",
    definition=(
        "Share of the directed two-paths i -> j -> k (i and k distinct) that are closed by a tie i -> k: whether the "
        "partners of partners are partners, in the direction of the ties."
    ),
    formula="#{i -> j -> k, i -> k} / #{i -> j -> k, i != k}",
    source="Holland and Leinhardt 1971; Wasserman and Faust 1994, ch. 6",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    undefined="no two ties follow one another",
    cost="quadratic",
)
def transitivity_directed(network: Network) -> float:
    """Divide transitive triples by two-paths, both summed over the triad census; NaN without two-paths."""
    census = _triads(network)
    closed = sum(triples * count for (_, _, triples, _), count in zip(TRIADS.values(), census, strict=True))
    paths = sum(paths * count for (_, _, _, paths), count in zip(TRIADS.values(), census, strict=True))
    return closed / paths if paths else math.nan


@measure(
    name="transitivity_collapsed",
    level="network",
    bounds=SHARE,
    label_en="Transitivity, directions collapsed",
    label_zh="传递性（不分方向）",
    definition=(
        "Share of the pairs of ties that share an actor and are closed by a third tie, whatever the directions. Busy "
        "actors weigh more than in the mean clustering coefficient."
    ),
    formula="3 triangles / connected triples of A or A'",
    source="Newman, Watts and Strogatz 2002, eq. 5; Wasserman and Faust 1994, ch. 6",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="no actor has two partners",
    cost="quadratic",
)
def transitivity_collapsed(network: Network) -> float:
    """Divide three times the triangles by the connected triples, directions collapsed; NaN without such triples."""
    census = dict(zip(TRIADS, _triads(network), strict=True))
    closed = 3 * sum(census[name] for name, (_, is_closed, _, _) in TRIADS.items() if is_closed)
    triples = closed + sum(census[name] for name in _OPEN_TWO_PATHS)
    return closed / triples if triples else math.nan


@measure(
    name="clustering_mean",
    level="network",
    bounds=SHARE,
    label_en="Clustering, mean of actors",
    label_zh="平均聚类系数",
    definition=(
        "Mean of the local clustering of the actors with two or more partners, directions collapsed; the others have "
        "no pair of partners and are left out, whereas networkx counts them as 0."
    ),
    formula="mean of C(i) over {i: k(i) >= 2}",
    source="Watts and Strogatz 1998",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="no actor has two partners",
    cost="quadratic",
)
def clustering_mean(network: Network) -> float:
    """Average local clustering over actors with two or more partners (Watts and Strogatz 1998); NaN without them."""
    values = local_clustering(network)
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else math.nan


@measure(
    name="simmelian_ties",
    level="network",
    label_en="Simmelian ties",
    label_zh="齐美尔关系数",
    definition=(
        "Number of pairs tied in both directions that have a third actor with whom both are tied in both directions: "
        "the ties that a shared group holds up. Where ties have no direction, ties that are part of a triangle."
    ),
    formula="#{i < j: R[i,j] = 1, (R R)[i,j] > 0}, R = A and A'",
    source="Krackhardt 1998",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    cost="quadratic",
)
def simmelian_ties(network: Network) -> float:
    """Count the reciprocated ties embedded in a triangle of reciprocated ties (Krackhardt 1998)."""
    return float(_simmelian(network))


@measure(
    name="simmelian_share",
    level="network",
    bounds=SHARE,
    label_en="Simmelian share of mutual pairs",
    label_zh="齐美尔关系占双向关系的比例",
    definition="Simmelian ties as a share of the pairs tied in both directions.",
    formula="Simmelian ties / M",
    source="Krackhardt 1998",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="no pair is tied in both directions",
    cost="quadratic",
)
def simmelian_share(network: Network) -> float:
    """Divide Simmelian ties by mutual pairs; NaN without mutual pairs."""
    mutual = _dyads(network)[1]
    return _simmelian(network) / mutual if mutual else math.nan


def _triad_count(place: int) -> Callable[[Network], float]:
    def count(network: Network) -> float:
        """Count the triads of one type of the census."""
        return float(_triads(network)[place])

    return count


for _place, (_name, (_what, *_)) in enumerate(TRIADS.items()):
    measure(
        name=f"triad_{_name}",
        level="network",
        label_en=f"Triads {_name}",
        label_zh=f"三元组 {_name}",
        definition=f"Number of sets of three actors in which {_what}; other pairs of the three are not tied.",
        formula=f"number of induced subgraphs of three actors of type {_name}",
        source="Holland and Leinhardt 1970; Davis and Leinhardt 1972",
        boundaries=COMPLETE,
        scope="inside",
        why_not_elsewhere=OUTSIDE_NOT_ASKED,
        directed_only=_name not in _UNDIRECTED_TRIADS,
        cost="quadratic",
    )(_triad_count(_place))


@once_per_network
def _dyads(network: Network) -> tuple[int, int, int]:
    """Count the pairs observed in both directions, and of these the mutual and the asymmetric ones."""
    n = network.size
    tied = pair_codes(n, network.source, network.target)
    mutual = network.arcs - len(tied)
    if fully_observed(network):
        return math.comb(n, 2), mutual, len(tied) - mutual
    # Who answered decides, but for pairs that were reported all the same or not asked: these are looked at one by one.
    exceptions = np.union1d(pair_codes(n, *network.unasked), tied)
    one, other = exceptions // n, exceptions % n
    a, b, answered = network.responded[one], network.responded[other], int(network.responded.sum())
    if network.observed_by == "either":
        told, by_answers = a | b, math.comb(n, 2) - math.comb(n - answered, 2)
    else:
        told, by_answers = a & b, math.comb(answered, 2)
    observed = is_observed(network, one, other) & is_observed(network, other, one)
    tied_and_observed = int(observed[np.isin(exceptions, tied)].sum())
    return by_answers + int(observed.sum()) - int(told.sum()), mutual, tied_and_observed - mutual


@once_per_network
def _triads(network: Network) -> tuple[int, ...]:
    if network.size < 3:
        return (0,) * len(TRIADS)
    census = shared_graph(network).triad_census()
    counts = [int(getattr(census, f"t{name}")) for name in list(TRIADS)[1:]]
    # The empty triads are what is left: exact for any size, and never the rounded difference of large floats.
    return (math.comb(network.size, 3) - sum(counts), *counts)


@once_per_network
def _simmelian(network: Network) -> int:
    matrix = adjacency(network)
    mutual = matrix.multiply(matrix.T).tocsr()
    return int(((mutual @ mutual).multiply(mutual) > 0).sum()) // 2
