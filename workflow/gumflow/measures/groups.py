"""Ties within and between groups of actors: homophily, closure of groups, and whether it is more than chance.

`Network.groups` is the partition (kinds of actors unless another was asked for). Actors without a group, and ties
with them, are left out everywhere. Shares of ties are read off the ties that were stated; what sets ties against possible
ones counts only the pairs of actors that were observed as possible.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for
from gumflow.measures.brokerage import all_contacts
from gumflow.measures.registry import BALANCE, COMPLETE, SHARE, measure
from gumflow.networks.graph import Network, once_per_network
from gumflow.networks.observation import is_observed

Values = NDArray[np.float64]
Index = NDArray[np.int64]

PERMUTATIONS = 999
MOST_GROUPS = 1_000
"""Most groups for which the table of all pairs of groups is made."""

_CELLS_AT_ONCE = 4_000_000
_NO_GROUP = "an actor without a group, or without a contact that has one, has no ties to compare"
_NO_PAIR = "no two actors with a group are tied"
_FEWER_GROUPS = "no two actors with a group are tied, or fewer than two groups could be shuffled"
_CHAIN = (
    "outside actors enter the chain network only through a tie and were not asked about one another, so ties between "
    "groups of them are unknown; read it on the networks inside the cluster"
)


@measure(
    name="ei_index_collapsed",
    level="actor",
    bounds=BALANCE,
    label_en="E-I index of contacts",
    label_zh="E-I 指数（联系人）",
    definition=(
        "Contacts in other groups minus contacts in the actor's own, over both: -1 keeps to its own, 1 is wholly outward. "
        "A contact counts once, whatever the number and direction of its ties; contacts without a group do not count."
    ),
    formula="(E_i - I_i) / (E_i + I_i)",
    source="Krackhardt and Stern 1988",
    boundaries=COMPLETE,
    reads="observed",
    undefined=_NO_GROUP,
    cost="linear",
)
def ei_index_collapsed(network: Network) -> Values:
    """Compare each actor's contacts in other groups with those in its own (Krackhardt and Stern 1988)."""
    contacts = all_contacts(network)
    return _ei_by_actor(network, contacts.ego, contacts.contact)


@measure(
    name="ei_index_in",
    level="actor",
    bounds=BALANCE,
    label_en="E-I index of incoming ties",
    label_zh="E-I 指数（入向）",
    definition=(
        "Ties to the actor from other groups minus those from its own, over both. Ties with an actor without a group do not count."
    ),
    formula="(E_i - I_i) / (E_i + I_i), ties j -> i",
    source="Krackhardt and Stern 1988, by direction",
    boundaries=COMPLETE,
    directed_only=True,
    reads="observed",
    undefined=_NO_GROUP,
    cost="linear",
)
def ei_index_in(network: Network) -> Values:
    """Compare ties to each actor from other groups with those from its own."""
    return _ei_by_actor(network, network.target, network.source)


@measure(
    name="ei_index_out",
    level="actor",
    bounds=BALANCE,
    label_en="E-I index of outgoing ties",
    label_zh="E-I 指数（出向）",
    definition=(
        "Ties of the actor to other groups minus those to its own, over both. Ties with an actor without a group do not count."
    ),
    formula="(E_i - I_i) / (E_i + I_i), ties i -> j",
    source="Krackhardt and Stern 1988, by direction",
    boundaries=COMPLETE,
    directed_only=True,
    reads="observed",
    undefined=_NO_GROUP,
    cost="linear",
)
def ei_index_out(network: Network) -> Values:
    """Compare ties of each actor to other groups with those to its own."""
    return _ei_by_actor(network, network.source, network.target)


@measure(
    name="same_group_share",
    level="actor",
    bounds=SHARE,
    label_en="Share of contacts in the own group",
    label_zh="同组联系人占比",
    definition=(
        "Contacts of the actor's own group as a share of its contacts that have a group. It does not allow for the "
        "sizes of groups: in a cluster of firms most contacts of a firm are firms. A contact counts once, whatever the direction."
    ),
    formula="I_i / (E_i + I_i) = (1 - EI_i) / 2",
    source="McPherson, Smith-Lovin and Cook 2001; Perry, Pescosolido and Borgatti 2018",
    boundaries=COMPLETE,
    reads="observed",
    undefined=_NO_GROUP,
    cost="linear",
)
def same_group_share(network: Network) -> Values:
    """Divide each actor's contacts of its own group by its contacts with a group; NaN without any."""
    return (1 - ei_index_collapsed(network)) / 2


@measure(
    name="contact_heterogeneity",
    level="actor",
    bounds=SHARE,
    label_en="Heterogeneity of contacts",
    label_zh="联系人异质性（Blau 指数）",
    definition=(
        "Chance that two contacts of the actor, drawn with replacement, are of different groups: 0 if all are of one group. The actor's own "
        "group is not read. For a firm, how many kinds of partners it learns from."
    ),
    formula="1 - sum_g p_g^2, p_g share of group g among the contacts with a group",
    source="Blau 1977",
    boundaries=COMPLETE,
    reads="observed",
    undefined="an actor without a contact that has a group has no contacts to compare",
    cost="linear",
)
def contact_heterogeneity(network: Network) -> Values:
    """Compute the Blau index of the groups of each actor's contacts; NaN without any."""
    contacts = all_contacts(network)
    ego, contact = contacts.ego, contacts.contact
    known = network.groups[contact] != ""
    number = _numbers(network)
    groups = max(int(number.max(initial=-1)) + 1, 1)
    cell, many = np.unique(ego[known] * groups + number[contact[known]], return_counts=True)
    squares = np.bincount(cell // groups, weights=many.astype(np.float64) ** 2, minlength=network.size)
    known_contacts = np.bincount(ego[known], minlength=network.size)
    return 1 - squares / np.where(known_contacts > 0, known_contacts, np.nan) ** 2


@measure(
    name="ei_index_group",
    level="network",
    bounds=BALANCE,
    label_en="E-I index, between groups",
    label_zh="E-I 指数（组间）",
    definition=(
        "Tied pairs of actors of different groups (by kind: firm, association, government, ...) minus tied pairs of one group, over both: -1 "
        "means that groups keep to themselves. A pair counts once, whatever the number and direction of its ties. It rests on the "
        "sizes of groups: read it next to its expectation."
    ),
    formula="(E - I) / (E + I)",
    source="Krackhardt and Stern 1988",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=_CHAIN,
    reads="observed",
    undefined=_NO_PAIR,
    cost="linear",
)
def ei_index_group(network: Network) -> float:
    """Compare tied pairs between groups with those within one (Krackhardt and Stern 1988); NaN without pairs."""
    one, other = _pairs(network)
    return _ei(int((network.groups[one] == network.groups[other]).sum()), len(one))


@measure(
    name="ei_index_group_expected",
    level="network",
    bounds=BALANCE,
    label_en="E-I index, between groups, expected",
    label_zh="E-I 指数（组间）期望值",
    definition=(
        "E-I index expected when the groups are shuffled over the actors that have one and the ties stay. Exact; it depends "
        "only on the sizes of the groups."
    ),
    formula="1 - 2 sum_g n_g (n_g - 1) / (n (n - 1))",
    source="Krackhardt and Stern 1988; expectation of the join count, Cliff and Ord 1981, ch. 2",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=_CHAIN,
    reads="observed",
    undefined=_FEWER_GROUPS,
    cost="linear",
)
def ei_index_group_expected(network: Network) -> float:
    """Return the exact expectation of the E-I index under shuffled groups; NaN without tied pairs or two groups."""
    return 1 - 2 * _chance_of_one_group(network)


@measure(
    name="ei_index_group_p",
    level="network",
    bounds=SHARE,
    label_en="E-I index, between groups, p",
    label_zh="E-I 指数（组间）p 值",
    definition=(
        f"Share of {PERMUTATIONS} random shufflings of the groups, the observed one added to both counts, whose E-I index is at least as far "
        "from its expectation as the observed one, on either side. Drawn from the seed of the network; renaming actors moves it within the error of the draws."
    ),
    formula="(1 + #{|EI* - E| >= |EI - E|}) / (1 + B)",
    source="Krackhardt and Stern 1988; Phipson and Smyth 2010",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=_CHAIN,
    reads="observed",
    undefined=_FEWER_GROUPS,
    cost="sampled",
)
@once_per_network
def ei_index_group_p(network: Network) -> float:
    """Test the E-I index against shuffled groups, two-sided; NaN without tied pairs or two groups."""
    chance = _chance_of_one_group(network)
    if math.isnan(chance):
        return math.nan
    one, other = _pairs(network)
    observed = int((network.groups[one] == network.groups[other]).sum())
    drawn = _shuffled_inside(network, one, other)
    expected = len(one) * chance
    # Numbers of pairs are whole: whatever differs by less than a thousandth is equal.
    far = np.abs(drawn - expected) >= abs(observed - expected) - 1e-3
    return (1 + int(far.sum())) / (1 + PERMUTATIONS)


@measure(
    name="assortativity_group",
    level="network",
    bounds=BALANCE,
    label_en="Assortativity by group",
    label_zh="按组同配系数",
    definition=(
        "How far ties stay within groups beyond what the numbers of ties sent and received by each group would give: 1 if all stay, 0 if ties "
        "mix by these numbers alone. Ties count by direction; an undirected tie counts in both."
    ),
    formula="(sum_g e_gg - sum_g a_g b_g) / (1 - sum_g a_g b_g), e_gh share of the ties from group g to h, a_g and b_g its margins",
    source="Newman 2003, eq. 2",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=_CHAIN,
    reads="observed",
    undefined="no two actors with a group are tied, or all ties start and end in one group",
    cost="linear",
)
def assortativity_group(network: Network) -> float:
    """Compute Newman's assortativity coefficient of the groups (2003, eq. 2); NaN without ties between known groups."""
    known = _known(network)
    number = _numbers(network)
    source, target = number[network.source[known]], number[network.target[known]]
    ties, groups = len(source), int(number.max(initial=-1)) + 1
    sent, received = np.bincount(source, minlength=groups), np.bincount(target, minlength=groups)
    by_margins = float(np.dot(sent.astype(np.float64), received))
    if ties**2 == by_margins:
        return math.nan
    return float((source == target).sum() * ties - by_margins) / (ties**2 - by_margins)


def mixing_table(network: Network) -> pd.DataFrame:
    """Return how often each group is tied to each: one row for each ordered pair of groups, sorted.

    Columns: group_from, group_to; `ties`; `possible`, the pairs of distinct actors that were observed, whether tied
    or not; `density` = ties / possible; `ratio` = observed over expected ties, the expectation being `possible` times the
    density among all actors with a group. NaN where nothing is possible, and `ratio` where there are no ties. Without directions there
    is one row for each unordered pair, and ties and pairs count once. Actors without a group are left out.

    Raises `GumflowError` for more than 1,000 groups.
    """
    names, ties, possible = _mixing(network)
    if not network.directed:
        # Each pair stands in the table in both orders: between groups as two cells, within one as two of a cell.
        ties, possible = (np.triu(table + table.T) // 2 for table in (ties, possible))
        for table in (ties, possible):
            np.fill_diagonal(table, np.diag(table) // 2)
    listed = np.ones(ties.shape, dtype=bool) if network.directed else np.triu(np.ones(ties.shape, dtype=bool))
    rows, columns = np.nonzero(listed)
    found, able = ties[rows, columns], possible[rows, columns]
    density = _share(found, able)
    overall = ties.sum() / possible.sum() if ties.sum() else math.nan
    return pd.DataFrame(
        {
            "group_from": pd.Series(names[rows], dtype="str"),
            "group_to": pd.Series(names[columns], dtype="str"),
            "ties": found,
            "possible": able,
            "density": density,
            "ratio": density / overall,
        }
    )


def coleman_homophily(network: Network) -> pd.DataFrame:
    """Return Coleman's homophily index of each group (Coleman 1958), one row each, sorted by group.

    Columns: group; `actors`; `ties` sent to actors with a group; `inside`, those to its own; `expected`, the number inside if ties were
    sent without regard to groups: ties x share of its own group among the observed pairs that its actors could be tied in, which is
    (n_g - 1)/(n - 1) where all were observed; `homophily` = (inside - expected) / (ties - expected) where inside is at
    least as expected, else (inside - expected) / expected: 1 if all ties stay inside, 0 as by chance, -1 if none does. NaN where the
    group sent no ties or its ties could go only one way. Without directions each tie is sent by both ends.

    Raises `GumflowError` for more than 1,000 groups.
    """
    names, ties, possible = _mixing(network)
    sent, inside = ties.sum(axis=1), np.diag(ties)
    chance = _share(np.diag(possible), possible.sum(axis=1))
    expected = sent * chance
    above = inside >= expected
    room = np.where(above, sent - expected, expected)
    open_both_ways = (sent > 0) & (chance > 0) & (chance < 1)
    size = np.bincount(_numbers(network)[network.groups != ""], minlength=len(names))
    return pd.DataFrame(
        {
            "group": pd.Series(names, dtype="str"),
            "actors": size,
            "ties": sent,
            "inside": inside,
            "expected": expected,
            "homophily": (inside - expected) / np.where(open_both_ways, room, np.nan),
        }
    )


def _mixing(network: Network) -> tuple[NDArray[np.str_], Index, Index]:
    """Return the names of the groups, and by group (from x to) the ties and the observed pairs of distinct actors."""
    names = np.unique(network.groups[network.groups != ""])
    if len(names) > MOST_GROUPS:
        raise GumflowError(
            f"network {network.name!r}: {len(names)} groups by {network.group_by!r} are too many for a table of all pairs of groups "
            f"(at most {MOST_GROUPS}); name a column of actors with fewer values"
        )
    number, known = _numbers(network), _known(network)
    ties = _by_group(number, network.source[known], network.target[known], len(names))
    grouped = network.groups != ""
    every = np.bincount(number[grouped], minlength=len(names))
    answered = np.bincount(number[grouped & network.responded], minlength=len(names))
    told = {
        "sender": np.outer(answered, every),
        "receiver": np.outer(every, answered),
        "either": np.outer(every, every) - np.outer(every - answered, every - answered),
        "both": np.outer(answered, answered),
    }[network.observed_by]
    # Whoever answered is counted with itself once. Ties that were reported without an answer were observed too.
    possible = told - np.diag(answered)
    a, b = network.responded[network.source], network.responded[network.target]
    untold = known & ~{"sender": a, "receiver": b, "either": a | b, "both": a & b}[network.observed_by]
    possible = possible + _by_group(number, network.source[untold], network.target[untold], len(names))
    return names, ties, possible - _left_out(network, number, len(names))


def _left_out(network: Network, number: Index, groups: int) -> Index:
    """Count by group the pairs that were not asked although an answer was given, and that nobody reported."""
    source, target = network.unasked
    a, b = network.responded[source], network.responded[target]
    answered = {"sender": a, "receiver": b, "either": a | b, "both": a & b}[network.observed_by]
    grouped = (network.groups[source] != "") & (network.groups[target] != "")
    out = answered & grouped & ~is_observed(network, source, target)
    return _by_group(number, source[out], target[out], groups)


def _by_group(number: Index, source: Index, target: Index, groups: int) -> Index:
    cell = number[source] * groups + number[target]
    return np.bincount(cell, minlength=groups**2).reshape(groups, groups).astype(np.int64)


def _numbers(network: Network) -> Index:
    """Number the groups of all actors in the order of their names; -1 without a group."""
    names, number = np.unique(network.groups, return_inverse=True)
    return (number - int("" in names)).astype(np.int64)


def _known(network: Network) -> NDArray[np.bool_]:
    return (network.groups[network.source] != "") & (network.groups[network.target] != "")


@once_per_network
def _pairs(network: Network) -> tuple[Index, Index]:
    """Return the tied pairs of actors with a group, each once."""
    contacts = all_contacts(network)
    ego, contact = contacts.ego, contacts.contact
    once = (ego < contact) & (network.groups[ego] != "") & (network.groups[contact] != "")
    return ego[once], contact[once]


def _ei_by_actor(network: Network, ego: Index, contact: Index) -> Values:
    known = (network.groups[ego] != "") & (network.groups[contact] != "")
    same = network.groups[ego] == network.groups[contact]
    inside = np.bincount(ego[known & same], minlength=network.size)
    outside = np.bincount(ego[known & ~same], minlength=network.size)
    return _share(outside - inside, outside + inside)


def _ei(inside: int, pairs: int) -> float:
    return (pairs - 2 * inside) / pairs if pairs else math.nan


def _share(part: Index, whole: Index) -> Values:
    return part / np.where(whole > 0, whole, np.nan)


def _chance_of_one_group(network: Network) -> float:
    """Return the chance that two actors with a group share it; NaN without tied pairs or two groups."""
    sizes = np.unique(network.groups[network.groups != ""], return_counts=True)[1]
    n = int(sizes.sum())
    if len(sizes) < 2 or not len(_pairs(network)[0]):
        return math.nan
    return int((sizes * (sizes - 1)).sum()) / (n * (n - 1))


def _shuffled_inside(network: Network, one: Index, other: Index) -> Index:
    """Count the tied pairs within one group in each shuffling of the groups over the actors that have one."""
    grouped = network.groups != ""
    position = np.cumsum(grouped) - 1
    one, other = position[one], position[other]
    number = _numbers(network)[grouped]
    number = number.astype(np.min_scalar_type(int(number.max())))
    rng = np.random.default_rng(seed_for(network.seed, "ei_index_group_p"))
    at_once = max(1, _CELLS_AT_ONCE // len(number))
    pairs_at_once = max(1, _CELLS_AT_ONCE // min(at_once, PERMUTATIONS))
    drawn = []
    for first in range(0, PERMUTATIONS, at_once):
        many = min(at_once, PERMUTATIONS - first)
        shuffled = np.ascontiguousarray(rng.permuted(np.tile(number, (many, 1)), axis=1).T)
        inside = np.zeros(many, dtype=np.int64)
        for pair in range(0, len(one), pairs_at_once):
            part = slice(pair, pair + pairs_at_once)
            inside += (shuffled[one[part]] == shuffled[other[part]]).sum(axis=0)
        drawn.append(inside)
    return np.concatenate(drawn)
