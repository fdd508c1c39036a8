"""Brokerage between groups (Gould and Fernandez 1989): who stands between whom, and more often than chance would have it.

Actor k brokers an ordered pair (i, j) of others where i is tied to k and k to j but i not to j: an open two-path. Five
roles tell the groups of the three apart (`ROLES`). `Network.groups` is the partition; by kind, the liaison of
an association is its standing between firms and government. Actors without a group, and two-paths with
them, are in none of the five roles.

Chance is a shuffling of the groups over the actors that have one, the ties staying as they are, so the open two-paths
of everyone are given and only the roles are not. For one actor the groups of the others are shuffled and its own stays; for
the network as a whole all are. Both moments are exact, in closed form. This is not the chance of `brokerage`
in the R package sna, which keeps the groups and draws ties at random with the density of the network.

A role is a sum of events "these of the three share a group" (`_EVENTS`), so its moments need only the chance that
given numbers of actors share groups, and in how many pairs of two-paths which actors coincide.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.brokerage import Contacts, all_contacts, contacts_of
from gumflow.measures.open_two_paths import (
    Match,
    TwoPaths,
    count,
    pairs_anywhere,
    pairs_at_broker,
    sums,
    two_paths,
)
from gumflow.measures.registry import ANY_NUMBER, COMPLETE, COUNT, measure
from gumflow.networks.graph import Network, once_per_network

Values = NDArray[np.float64]
Index = NDArray[np.int64]
Event = tuple[int, ...]


class Role(NamedTuple):
    """A role: labels, groups along i -> k -> j, what it is, and what it means in a cluster."""

    label_en: str
    label_zh: str
    path: str
    formula: str
    what: str
    meaning: str


ROLES: Mapping[str, Role] = {
    "coordinator": Role(
        "Coordinator",
        "协调者",
        "A-A-A",
        "g_i = g_k = g_j",
        "all three are of one group",
        "a firm that mediates between firms",
    ),
    "consultant": Role(
        "Consultant (itinerant)",
        "顾问（巡回者）",
        "A-B-A",
        "g_i = g_j != g_k",
        "the other two are of one group and the actor is of another",
        "an association that mediates between firms",
    ),
    "gatekeeper": Role(
        "Gatekeeper",
        "守门人",
        "A-B-B",
        "g_i != g_k = g_j",
        "the tie comes from another group and goes on to the actor's own",
        "a firm that passes on to firms what a university taught it",
    ),
    "representative": Role(
        "Representative",
        "代表者",
        "A-A-B",
        "g_i = g_k != g_j",
        "the tie comes from the actor's own group and goes on to another",
        "a firm that carries the matters of firms to government",
    ),
    "liaison": Role(
        "Liaison",
        "联络人",
        "A-B-C",
        "g_i, g_k, g_j all differ",
        "all three are of different groups",
        "an association that stands between firms and government",
    ),
}

Sharing = tuple[int, tuple[int, ...]]
"""How many actors are of the group of a broker that keeps its own, and how many each of the other blocks of one group has."""

_EVENTS: Mapping[str, Mapping[Event, int]] = {
    "coordinator": {(0, 1, 2): 1},
    "consultant": {(0, 2): 1, (0, 1, 2): -1},
    "gatekeeper": {(1, 2): 1, (0, 1, 2): -1},
    "representative": {(0, 1): 1, (0, 1, 2): -1},
    "liaison": {(): 1, (0, 1): -1, (1, 2): -1, (0, 2): -1, (0, 1, 2): 2},
}
"""Each role as a signed sum of the events that the actors at these places share a group."""

_ROUNDING = 1e-12
"""A variance below this share of the terms that make it up is zero but for rounding."""

_NOT_CHAIN = (
    "outside actors enter the chain network only through a tie and were not asked about one another, so whether a path "
    "between them is open is unknown; read it on the networks inside the cluster"
)
_FEWER_GROUPS = "fewer than two groups have no roles, and an actor without a group has none"
_UNDIRECTED = (
    "Without directions each pair counts in both orders, as in sna and UCINET with a symmetric matrix, and gatekeeper and "
    "representative are the same."
)


@once_per_network
def _paths(network: Network) -> TwoPaths:
    """Count the open two-paths among all actors."""
    return two_paths(all_contacts(network), _numbers(network.groups))


@once_per_network
def _grouped_paths(network: Network) -> tuple[TwoPaths, Index]:
    """Count the open two-paths among the actors with a group, and give the number of the group of each."""
    known = network.groups != ""
    group = _numbers(network.groups[known])
    if known.all():
        return _paths(network), group
    position = np.cumsum(known) - 1
    both = known[network.source] & known[network.target]
    source, target = position[network.source[both]], position[network.target[both]]
    return two_paths(contacts_of(source, target, network.strength[both], len(group)), group), group


def _numbers(names: NDArray[np.str_]) -> Index:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


@once_per_network
def _counts(network: Network) -> dict[str, Index]:
    """Count the open two-paths in each role of each actor that has a group."""
    paths, group = _grouped_paths(network)
    contacts, n = paths.contacts, len(group)
    own = group[contacts.ego] == group[contacts.contact]
    from_own = sums(contacts.contact, paths.after * own, n)
    to_own = sums(contacts.ego, paths.before * own, n)

    within = own & contacts.tied
    into, out = count(contacts.contact[within], n), count(contacts.ego[within], n)
    returned = count(contacts.ego[within & contacts.tied[contacts.reverse]], n)
    coordinator = into * out - returned - paths.closed_same

    same = _paths_within_one_group(contacts, group)
    same -= count(contacts.ego[contacts.tied & contacts.tied[contacts.reverse]], n)
    same -= paths.closed_ends
    counts = {
        "coordinator": coordinator,
        "consultant": same - coordinator,
        "gatekeeper": to_own - coordinator,
        "representative": from_own - coordinator,
    }
    return counts | {"liaison": paths.total - np.sum(list(counts.values()), axis=0)}


def _paths_within_one_group(contacts: Contacts, group: Index) -> Index:
    """Count for each broker the pairs of a tie to it and a tie from it with actors of one group, the same actor included."""
    n, groups = len(group), int(group.max(initial=-1)) + 1
    tied = contacts.tied
    to, many_to = np.unique(contacts.contact[tied] * groups + group[contacts.ego[tied]], return_counts=True)
    of, many_of = np.unique(contacts.ego[tied] * groups + group[contacts.contact[tied]], return_counts=True)
    both, at_to, at_of = np.intersect1d(to, of, assume_unique=True, return_indices=True)
    return sums(both // max(groups, 1), many_to[at_to] * many_of[at_of], n)


@once_per_network
def _actor_moments(network: Network) -> dict[str, tuple[Values, Values]]:
    """Return for each role expectation and variance by actor with a group, the groups of all others shuffled."""
    paths, group = _grouped_paths(network)
    pairs = pairs_at_broker(paths)
    sizes = np.bincount(group)
    own, place = np.unique(sizes[group], return_inverse=True)
    moments = {}
    for role in ROLES:
        chances = [_Chances(Counter(sizes.tolist()), int(size)) for size in own]
        mean = np.array([float(each.of(role)) for each in chances])[place]
        variance, terms = np.zeros(len(group)), np.zeros(len(group))
        for match, number in pairs.items():
            covariance = [float(each.of(role, match) - each.of(role) ** 2) for each in chances]
            term = number * np.array(covariance, dtype=np.float64)[place]
            variance += term
            terms += np.abs(term)
        variance = np.where(variance > _ROUNDING * terms, variance, 0.0)
        moments[role] = paths.total * mean, variance
    return moments


@once_per_network
def _total_moments(network: Network) -> dict[str, tuple[float, float]]:
    """Return for each role expectation and variance of its number in the network, all groups shuffled."""
    paths, group = _grouped_paths(network)
    chances = _Chances(Counter(np.bincount(group).tolist()), None)
    pairs, number = pairs_anywhere(paths), int(paths.total.sum())
    moments = {}
    for role in ROLES:
        mean = chances.of(role)
        variance = sum(
            (many * (chances.of(role, match) - mean**2) for match, many in pairs.items()), Fraction()
        )
        moments[role] = float(number * mean), float(variance)
    return moments


class _Chances:
    """Chances of roles when groups of given sizes are shuffled over actors, `own` being the size of the broker's if it stays."""

    def __init__(self, sizes: Counter[int], own: int | None) -> None:
        self._sizes, self._own = sizes, own
        self._known: dict[Sharing, Fraction] = {}

    def of(self, role: str, match: Match | None = None) -> Fraction:
        """Return the chance of a role, or that two two-paths whose actors coincide by `match` both have it."""
        total = Fraction()
        for event, times in _terms(role, match, self._own is not None):
            if event not in self._known:
                self._known[event] = self._chance(*event)
            total += times * self._known[event]
        return total

    def _chance(self, with_broker: int, free: tuple[int, ...]) -> Fraction:
        if self._own is None:
            return _sharing(self._sizes, free)
        others = sum(size * many for size, many in self._sizes.items()) - 1
        ways = math.perm(self._own - 1, with_broker)
        if not ways:
            return Fraction()
        rest = self._sizes.copy()
        rest[self._own] -= 1
        rest[self._own - 1 - with_broker] += 1
        return Fraction(ways, math.perm(others, with_broker)) * _sharing(rest, free)


@cache
def _terms(role: str, match: Match | None, stays: bool) -> tuple[tuple[Sharing, int], ...]:
    """Write the chance of a role, or of two at once, as a sum of chances of `Sharing`, each so many times.

    `stays` says whether the broker, at place 1, keeps its group.
    """
    events = _EVENTS[role].items()
    terms: Counter[Sharing] = Counter()
    if match is None:
        for places, sign in events:
            terms[_sharing_of([set(places)], stays)] += sign
    else:
        where = {theirs: ours for ours, theirs in match}
        for one, sign in events:
            for other, other_sign in events:
                blocks = [set(one), {where.get(q, q + 3) for q in other}]
                terms[_sharing_of(blocks, stays)] += sign * other_sign
    return tuple((event, times) for event, times in terms.items() if times)


def _sharing_of(blocks: list[set[int]], stays: bool) -> Sharing:
    """Say of the event that the actors of each block share a group which numbers it depends on."""
    blocks = [block for block in blocks if block]
    if len(blocks) == 2 and blocks[0] & blocks[1]:
        blocks = [blocks[0] | blocks[1]]
    with_broker = sum(len(block) - 1 for block in blocks if 1 in block) if stays else 0
    return with_broker, tuple(sorted(len(block) for block in blocks if not stays or 1 not in block))


def _sharing(sizes: Counter[int], blocks: tuple[int, ...]) -> Fraction:
    """Return the chance that each of up to two blocks of actors, drawn without replacement, is of one group."""
    drawn = sum(blocks)
    all_ways = math.perm(sum(size * many for size, many in sizes.items()), drawn)
    if not all_ways:
        return Fraction()

    def ways(*each: int) -> int:
        return sum(many * math.prod(math.perm(size, b) for b in each) for size, many in sizes.items())

    if len(blocks) < 2:
        return Fraction(ways(drawn), all_ways) if blocks else Fraction(1)
    one, other = blocks
    apart = ways(one) * ways(other) - ways(one, other)
    return Fraction(ways(drawn) + apart, all_ways)


def _by_actor(network: Network, values: NDArray[np.generic]) -> Values:
    """Spread values of the actors with a group over all actors; NaN elsewhere and with fewer than two groups."""
    spread = np.full(network.size, np.nan)
    if _has_groups(network):
        spread[network.groups != ""] = values
    return spread


def _has_groups(network: Network) -> bool:
    return len(np.unique(network.groups[network.groups != ""])) > 1


@measure(
    name="brokerage_total",
    level="actor",
    label_en="Brokerage, open two-paths",
    label_zh="中介总数（开放二步路径）",
    definition=(
        "Number of ordered pairs of others that the actor stands between: one is tied to it and it to the other, and the first "
        "is not tied to the second. Groups are not read; where every actor has one, the five roles add up to "
        "it. Without directions each pair counts in both orders."
    ),
    formula="#{(i,j): A[i,k] A[k,j] = 1, A[i,j] = 0, i != j}",
    source="Gould and Fernandez 1989",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=_NOT_CHAIN,
    cost="quadratic",
)
def brokerage_total(network: Network) -> Values:
    """Count the open two-paths through each actor (Gould and Fernandez 1989)."""
    return _paths(network).total.astype(np.float64)


@measure(
    name="brokerage_total_sum",
    level="network",
    label_en="Brokerage in the network, open two-paths",
    label_zh="全网中介总数（开放二步路径）",
    definition=(
        "Number of open two-paths of the network: a tie that is followed by another, without a tie from the first actor "
        "to the last. Groups are not read. Without directions each counts in both orders."
    ),
    formula="#{(i,k,j): A[i,k] A[k,j] = 1, A[i,j] = 0, i != j}",
    source="Gould and Fernandez 1989",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=_NOT_CHAIN,
    cost="quadratic",
)
def brokerage_total_sum(network: Network) -> float:
    """Count the open two-paths of the network."""
    return float(_paths(network).total.sum())


def _declare(
    name: str, kind: str, role: str, of_network: bool, function: Callable[[Network], Values | float]
) -> None:
    """Declare one of the measures of a role: its number, or the expectation or z-score of it."""
    role_of = ROLES[role]
    where_en, where_zh = (" in the network", "全网") if of_network else ("", "")
    told = f"Open two-paths{where_en if of_network else ' through the actor'} in which {role_of.what} ({role_of.path} along the ties)"
    shuffled = (
        "all groups are shuffled over the actors that have one"
        if of_network
        else "the groups of the others are shuffled among them and the actor keeps its own"
    )
    kept = "the ties stay. R's sna keeps the groups instead and draws ties at random"
    total, index = ("sum_k ", "") if of_network else ("", "(k)")
    label_en, label_zh, definition, formula, undefined = {
        "": (
            "",
            "",
            f"{told}; for instance {role_of.meaning}. Two-paths with an actor without a group are left out. {_UNDIRECTED}",
            f"{total}#{{(i,j): A[i,k] A[k,j] = 1, A[i,j] = 0, i != j, {role_of.formula}}}",
            _FEWER_GROUPS,
        ),
        "expected": (
            ", expected",
            "（期望值）",
            f"{told}, expected when {shuffled}; {kept}. Exact.",
            f"E[{role}{index}] = open two-paths x P({role_of.formula})",
            _FEWER_GROUPS,
        ),
        "z": (
            ", z-score",
            "（z 值）",
            f"{told}, less their expectation, in standard deviations, when {shuffled}; {kept}. Both moments are exact; above 0 means "
            "more than chance.",
            f"({role}{index} - E) / sd",
            f"{_FEWER_GROUPS}; and where shuffling cannot change the number",
        ),
    }[kind]
    measure(
        name=name,
        level="network" if of_network else "actor",
        label_en=f"{role_of.label_en}{where_en}{label_en}",
        label_zh=f"{where_zh}{role_of.label_zh}{label_zh}",
        definition=definition,
        formula=formula,
        source="Gould and Fernandez 1989"
        + (
            ""
            if not kind
            else "; moments under shuffled groups as for join counts, Cliff and Ord 1981, ch. 2"
        ),
        bounds=ANY_NUMBER if kind == "z" else COUNT,
        boundaries=COMPLETE,
        scope="inside",
        why_not_elsewhere=_NOT_CHAIN,
        undefined=undefined,
        cost="quadratic",
    )(function)


def _actor_measure(role: str, kind: str) -> Callable[[Network], Values]:
    def values(network: Network) -> Values:
        """Count the open two-paths in which each actor plays the role, or set them against shuffled groups."""
        number = _counts(network)[role].astype(np.float64)
        if not kind or not _has_groups(network):
            return _by_actor(network, number)
        expected, variance = _actor_moments(network)[role]
        if kind == "expected":
            return _by_actor(network, expected)
        return _by_actor(network, (number - expected) / np.sqrt(np.where(variance > 0, variance, np.nan)))

    return values


def _network_measure(role: str, kind: str) -> Callable[[Network], float]:
    def value(network: Network) -> float:
        """Count the open two-paths of the role in the network, or set them against shuffled groups."""
        if not _has_groups(network):
            return math.nan
        number = float(_counts(network)[role].sum())
        if not kind:
            return number
        expected, variance = _total_moments(network)[role]
        if kind == "expected":
            return expected
        return (number - expected) / math.sqrt(variance) if variance > 0 else math.nan

    return value


for _role in ROLES:
    for _kind in ("", "expected", "z"):
        _suffix = f"_{_kind}" if _kind else ""
        _declare(f"brokerage_{_role}{_suffix}", _kind, _role, False, _actor_measure(_role, _kind))
        _declare(f"brokerage_{_role}_sum{_suffix}", _kind, _role, True, _network_measure(_role, _kind))
