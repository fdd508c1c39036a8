"""Which parts of a network are tied closely inside and loosely to the rest, and how far known groups are such parts.

Communities are sought where the share of ties inside exceeds what the numbers of partners alone would give (modularity).
All measures here read the network without directions and strengths: a pair is tied or not. What chance decides starts
from the seed of the network, so results are the same at each call; communities are numbered by size, then by
their first actor, so that the numbers do not depend on chance either.
"""

import math
import random

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.seeding import seed_for
from gumflow.measures.registry import ANY_NUMBER, BALANCE, COMPLETE, OUTSIDE_NOT_ASKED, SHARE, measure
from gumflow.networks.graph import Network, distinct, once_per_network

Values = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_STARTS, MOST_STARTS, START_ACTORS = 3, 10, 3_000
"""Runs: as many as make this number of actors with those of the network, within bounds. In random networks of 1,000 actors, which
have no parts to be found, three runs lose 0.001 to 0.002 of modularity against ten; with planted parts less."""
FIRST_ITERATIONS, MORE_ITERATIONS = 2, 10
_NO_TIES = "a network without ties has no communities"
_SEARCH = (
    f"the best by modularity of {MOST_STARTS} short runs of the Leiden algorithm ({FEWEST_STARTS} to {MOST_STARTS} above "
    f"{START_ACTORS // MOST_STARTS} actors), run on further, directions collapsed, strength not read"
)


@measure(
    name="community",
    level="actor",
    scale="label",
    label_en="Community",
    label_zh="社群编号",
    definition=(
        f"Number of the community of the actor: {_SEARCH}. Communities are numbered from 1, the largest first, equally "
        "large ones by their first actor; the numbers are names, not quantities. Who belongs together may change with "
        "the seed where a network has no clear parts. In a cluster, circles of firms that deal mainly with one another."
    ),
    formula="partition that maximizes Q = sum_c (e_c / m - (d_c / 2m)^2) over tied actors",
    source="Traag, Waltman and van Eck 2019 (Leiden); Newman and Girvan 2004 (modularity)",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="an actor without ties belongs to no community",
    cost="sampled",
)
def community(network: Network) -> Values:
    """Find the community of each actor by the Leiden algorithm (Traag et al. 2019); NaN for isolates."""
    labels = _labels(network)
    return np.where(labels > 0, labels, np.nan)


@measure(
    name="community_participation",
    level="actor",
    bounds=SHARE,
    label_en="Participation coefficient over communities",
    label_zh="社群间参与系数",
    definition=(
        "How evenly the actor's partners spread over the communities: 0 if all are in one, near 1 if they are in many "
        "in equal numbers. Firms with high values join circles that are otherwise apart."
    ),
    formula="P(i) = 1 - sum_c (k_ic / k_i)^2, k_ic the partners of i in community c",
    source="Guimera and Amaral 2005, eq. 2",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="an actor without ties has no partners to spread",
    cost="sampled",
)
def community_participation(network: Network) -> Values:
    """Compute the participation coefficient (Guimera and Amaral 2005); NaN for isolates."""
    one, other = _ends(network)
    labels, n = _labels(network), network.size
    partners = np.bincount(one, minlength=n)
    cells, counts = np.unique(one * (n + 1) + labels[other], return_counts=True)
    squares = np.bincount(cells // (n + 1), weights=counts.astype(np.float64) ** 2, minlength=n)
    return _ratio(partners.astype(np.float64) ** 2 - squares, partners.astype(np.float64) ** 2)


@measure(
    name="community_within_z",
    level="actor",
    bounds=ANY_NUMBER,
    label_en="Standing inside the community (z)",
    label_zh="社群内连接度 z 值",
    definition=(
        "Number of partners in the actor's own community, in standard deviations (population form) from the mean of its "
        "members. High values are the hubs of a circle."
    ),
    formula="z(i) = (k_ic - mean_c) / sd_c, c the community of i",
    source="Guimera and Amaral 2005, eq. 1",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="an actor without ties has no community, and where all members have as many partners in it nobody stands out",
    cost="sampled",
)
def community_within_z(network: Network) -> Values:
    """Standardize the partners in the own community among its members (Guimera and Amaral 2005)."""
    one, other = _ends(network)
    labels, n = _labels(network), network.size
    own = np.bincount(one[labels[one] == labels[other]], minlength=n)
    members = np.bincount(labels)
    # Whole numbers until the last step: n^2 times the variance is 0 exactly where all are equal.
    total = np.bincount(labels, weights=own).astype(np.int64)
    squares = np.bincount(labels, weights=own**2).astype(np.int64)
    spread = np.sqrt((members * squares - total**2).astype(np.float64))
    values = _ratio((own * members[labels] - total[labels]).astype(np.float64), spread[labels])
    return np.where(labels > 0, values, np.nan)


@measure(
    name="communities",
    level="network",
    label_en="Communities",
    label_zh="社群数",
    definition=f"Number of communities, isolates not counted: {_SEARCH}.",
    formula="number of communities with a tie",
    source="Traag, Waltman and van Eck 2019 (Leiden); Newman and Girvan 2004 (modularity)",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    cost="sampled",
)
def communities(network: Network) -> float:
    """Count the communities of tied actors; 0 without ties."""
    return float(_labels(network).max(initial=0))


@measure(
    name="modularity",
    level="network",
    bounds=BALANCE,
    label_en="Modularity of the communities",
    label_zh="社群模块度",
    definition=(
        "Share of tied pairs inside communities minus the share expected from the numbers of partners: "
        f"{_SEARCH}. Networks without any structure reach values well above 0 too, the higher the sparser they are."
    ),
    formula="Q = sum_c (e_c / m - (d_c / 2m)^2), e_c tied pairs inside c, d_c sum of partners, m tied pairs",
    source="Newman and Girvan 2004, eq. 5",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined=_NO_TIES,
    cost="sampled",
)
def modularity(network: Network) -> float:
    """Compute the modularity of the communities found (Newman and Girvan 2004); NaN without ties."""
    return _modularity(*_ends(network), _labels(network))


@measure(
    name="community_within_share",
    level="network",
    bounds=SHARE,
    label_en="Share of ties inside communities",
    label_zh="社群内关系占比",
    definition="Tied pairs inside a community as a share of all tied pairs; directions collapsed.",
    formula="sum_c e_c / m",
    source="Fortunato 2010, coverage",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined=_NO_TIES,
    cost="sampled",
)
def community_within_share(network: Network) -> float:
    """Divide tied pairs inside communities by all tied pairs; NaN without ties."""
    one, other = _ends(network)
    labels = _labels(network)
    return float((labels[one] == labels[other]).mean()) if len(one) else math.nan


@measure(
    name="modularity_groups",
    level="network",
    bounds=BALANCE,
    label_en="Modularity of the given groups",
    label_zh="给定分组的模块度",
    definition=(
        "Share of tied pairs inside the given groups (kinds of actors unless another column is named) minus the share "
        "expected from the numbers of partners; below 0 if groups avoid themselves. Actors of unknown group are left "
        "out with their ties. Directions collapsed, strength not read."
    ),
    formula="Q = sum_g (e_g / m - (d_g / 2m)^2), over ties between actors of known group",
    source="Newman and Girvan 2004, eq. 5",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="no two groups are known, or no actors of known group are tied",
    cost="linear",
)
def modularity_groups(network: Network) -> float:
    """Compute the modularity of `network.groups` (Newman and Girvan 2004); NaN for fewer than two groups."""
    names, labels = np.unique(network.groups, return_inverse=True)
    if (names != "").sum() < 2:
        return math.nan
    one, other = _ends(network)
    known = (network.groups[one] != "") & (network.groups[other] != "")
    return _modularity(one[known], other[known], labels)


@measure(
    name="communities_groups_agreement",
    level="network",
    bounds=BALANCE,
    label_en="Agreement of communities and groups",
    label_zh="社群与分组的一致性",
    definition=(
        "Adjusted Rand index of the communities and the given groups over the actors that have both: 1 if they are the "
        "same partition, 0 on average for two that have nothing to do with each other, below 0 if they agree less than "
        "that. High values mean that circles form by kind (or town, or trade)."
    ),
    formula="(sum_cg C(n_cg,2) - E) / ((sum_c C(n_c,2) + sum_g C(n_g,2)) / 2 - E), E = sum_c C(n_c,2) sum_g C(n_g,2) / C(n,2)",
    source="Hubert and Arabie 1985, eq. 5",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined=(
        "fewer than two actors have a community and a group, or both partitions put all of them together or all apart"
    ),
    cost="sampled",
)
def communities_groups_agreement(network: Network) -> float:
    """Compare communities with `network.groups` by the adjusted Rand index over actors that have both."""
    labels = _labels(network)
    both = (labels > 0) & (network.groups != "")
    groups = np.unique(network.groups[both], return_inverse=True)[1]
    return adjusted_rand(labels[both], groups)


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Return the adjusted Rand index of two partitions, given as labels (whole numbers from 0) of the same n things.

    Hubert and Arabie 1985. NaN if n < 2 and if both partitions are one part or both are n parts, when all partitions
    of their sizes agree fully and chance can do no worse.
    """
    if len(one) < 2:
        return math.nan
    cells = np.unique(one * (int(other.max()) + 1) + other, return_counts=True)[1]
    together, in_one, in_other = (
        int((counts * (counts - 1)).sum()) / 2 for counts in (cells, np.bincount(one), np.bincount(other))
    )
    expected = in_one * in_other / (len(one) * (len(one) - 1) / 2)
    most = (in_one + in_other) / 2
    return (together - expected) / (most - expected) if most != expected else math.nan


@once_per_network
def _ends(network: Network) -> tuple[Ints, Ints]:
    """Return both ends of the tied pairs, each pair in both orders, sorted."""
    n = max(network.size, 1)
    code = distinct(
        np.concatenate([network.source * n + network.target, network.target * n + network.source])
    )
    return code // n, code % n


@once_per_network
def _labels(network: Network) -> Ints:
    """Return the number of each actor's community, 0 for isolates: the best of several runs, by modularity."""
    one, other = _ends(network)
    tied = np.bincount(one, minlength=network.size) > 0
    found = []
    for memberships in _leiden_runs(network):
        labels = _numbered(memberships, tied)
        # Rounded, so that the order of a sum does not choose between equally good partitions.
        found.append(
            (-round(_modularity(one, other, labels), 12), int(labels.max(initial=0)), labels.tolist())
        )
    return np.array(min(found)[2], dtype=np.int64)


def _leiden_runs(network: Network) -> list[Ints]:
    """Run the Leiden algorithm briefly from several seeds, then the best of them further."""
    import igraph as ig

    one, other = _ends(network)
    once = one < other
    graph = ig.Graph(n=network.size, edges=np.column_stack([one[once], other[once]]).tolist())
    starts = min(max(START_ACTORS // max(network.size, 1), FEWEST_STARTS), MOST_STARTS)
    runs: list[tuple[float, Ints]] = []
    try:
        for start in range(starts + 1 if network.arcs else 1):
            ig.set_random_number_generator(random.Random(seed_for(network.seed, "communities", str(start))))
            further = start == starts
            found = graph.community_leiden(
                objective_function="modularity",
                n_iterations=MORE_ITERATIONS if further else FIRST_ITERATIONS,
                initial_membership=max(runs, key=lambda run: run[0])[1].tolist() if further else None,
            )
            runs.append((found.modularity, np.array(found.membership, dtype=np.int64)))
    finally:
        ig.set_random_number_generator(random)
    return [membership for _, membership in runs]


def _numbered(memberships: Ints, tied: NDArray[np.bool_]) -> Ints:
    """Number communities of tied actors from 1, by size, then by first actor; isolates get 0."""
    _, first, part, size = np.unique(
        memberships[tied], return_index=True, return_inverse=True, return_counts=True
    )
    number = np.empty(len(size), dtype=np.int64)
    number[np.lexsort((first, -size))] = np.arange(1, len(size) + 1)
    labels = np.zeros(len(memberships), dtype=np.int64)
    labels[tied] = number[part]
    return labels


def _modularity(one: Ints, other: Ints, labels: Ints) -> float:
    """Compute modularity from pairs given in both orders; NaN without any."""
    if not len(one):
        return math.nan
    partners = np.bincount(labels[one]).astype(np.float64)
    inside = int((labels[one] == labels[other]).sum())
    return inside / len(one) - float((partners**2).sum()) / len(one) ** 2


def _ratio(above: Values, below: Values) -> Values:
    """Divide, giving NaN where the lower number is 0."""
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
