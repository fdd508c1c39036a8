"""Open two-paths of a network, and how many pairs of them share which of their actors.

An open two-path is i -> k -> j without i -> j, three distinct actors: k brokers between i and j. How many pairs of
two-paths coincide in which actors is what the variance of any count of two-paths by groups needs (`roles`). Closed two-paths
are found in the triangles; only pairs with the same ends need a matrix product, done in blocks of rows.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.brokerage import Contacts, runs, triangle_blocks

Values = NDArray[np.float64]
Index = NDArray[np.int64]
Match = frozenset[tuple[int, int]]
"""Which actors of one two-path are which of another: pairs of places, 0 source, 1 broker, 2 target."""

SAME: Match = frozenset({(0, 0), (1, 1), (2, 2)})
TURNED: Match = frozenset({(0, 2), (1, 1), (2, 0)})
BROKER: Match = frozenset({(1, 1)})
AROUND: tuple[Match, Match] = (frozenset({(0, 1), (1, 2), (2, 0)}), frozenset({(0, 2), (1, 0), (2, 1)}))

_PRODUCTS_AT_ONCE = 20_000_000


@dataclass(frozen=True)
class TwoPaths:
    """The open two-paths i -> k -> j of a network, counted by actor and by tie.

    total           two-paths by broker; `turned` those whose reverse is open too
    after, before   of a tied position of `contacts` i -> k: two-paths that go on from k; that come to i
    between         of any position i, j: two-paths from i to j, open or not
    around          triples i -> k -> j -> i with neither i -> j nor j -> k
    closed_same     closed two-paths by broker with all three in one group; `closed_ends` with both ends in one
    """

    contacts: Contacts
    total: Index
    turned: Index
    after: Index
    before: Index
    between: Index
    around: int
    closed_same: Index
    closed_ends: Index


def two_paths(contacts: Contacts, group: Index) -> TwoPaths:
    """Count the open two-paths of a collapsed network; `group` numbers the group of each actor."""
    ego, contact, tied, reverse = contacts.ego, contacts.contact, contacts.tied, contacts.reverse
    n, m = len(contacts.degree), len(ego)
    mutual = tied & tied[reverse]
    out, back, returned = (count(ego[tied], n), count(contact[tied], n), count(ego[mutual], n))
    after, before, between = (np.zeros(m, dtype=np.int64) for _ in range(3))
    turned = returned * (returned - 1)
    closed_same, closed_ends = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    around = 0
    for ij, iq, jq in triangle_blocks(contacts):
        path = tied[ij] & tied[jq]
        between += count(iq[path], m)
        shut = path & tied[iq]
        after += count(ij[shut], m)
        before += count(jq[shut], m)
        first, broker, last = ego[ij[shut]], contact[ij[shut]], contact[jq[shut]]
        ends = group[first] == group[last]
        closed_ends += count(broker[ends], n)
        closed_same += count(broker[ends & (group[first] == group[broker])], n)
        turned -= count(ego[ij[mutual[ij] & mutual[iq]]], n)
        around += int((path & ~tied[iq] & tied[reverse[iq]] & ~tied[reverse[jq]]).sum())
    # Two-paths over a tie, less that back to where it came from, less the closed ones.
    after = np.where(tied, out[contact] - tied[reverse] - after, 0)
    before = np.where(tied, back[ego] - tied[reverse] - before, 0)
    total = sums(contact, after, n)
    return TwoPaths(contacts, total, turned, after, before, between, around, closed_same, closed_ends)


def pairs_at_broker(paths: TwoPaths) -> dict[Match, Values]:
    """Count for each actor the ordered pairs of two-paths it brokers, by which of their ends coincide."""
    contacts, total, turned = paths.contacts, paths.total.astype(np.float64), paths.turned.astype(np.float64)
    n = len(total)
    after, before = paths.after.astype(np.float64), paths.before.astype(np.float64)
    one_source = np.bincount(contacts.contact, weights=after**2, minlength=n) - total
    one_target = np.bincount(contacts.ego, weights=before**2, minlength=n) - total
    crossed = np.bincount(contacts.contact, weights=after * before[contacts.reverse], minlength=n) - turned
    return {
        SAME: total,
        TURNED: turned,
        BROKER | {(0, 0)}: one_source,
        BROKER | {(2, 2)}: one_target,
        BROKER | {(0, 2)}: crossed,
        BROKER | {(2, 0)}: crossed,
        BROKER: total**2 - total - turned - one_source - one_target - 2 * crossed,
    }


def pairs_anywhere(paths: TwoPaths) -> dict[Match, int]:
    """Count the ordered pairs of open two-paths of a network by which of their actors coincide, and no others."""
    contacts, n = paths.contacts, len(paths.total)
    ends = (sums(contacts.ego, paths.after, n), paths.total, sums(contacts.contact, paths.before, n))
    at_two = _coinciding_twos(paths)
    at_least: dict[Match, int] = {}
    for match in matches():
        if len(match) == 0:
            at_least[match] = int(paths.total.sum()) ** 2
        elif len(match) == 1:
            ((one, other),) = match
            at_least[match] = int(np.dot(ends[one].astype(object), ends[other].astype(object)) if n else 0)
        elif len(match) == 2:
            (a, x), (b, y) = sorted(match)
            at_least[match] = at_two[frozenset({(a, b), (min(x, y), max(x, y))}), x > y]
        else:
            at_least[match] = {
                SAME: int(paths.total.sum()),
                TURNED: int(paths.turned.sum()),
                AROUND[0]: paths.around,
                AROUND[1]: paths.around,
            }.get(match, 0)
    return {
        match: sum((-1) ** (len(more) - len(match)) * at_least[more] for more in matches() if more >= match)
        for match in matches()
    }


def _coinciding_twos(paths: TwoPaths) -> dict[tuple[frozenset[tuple[int, int]], bool], int]:
    """Count pairs of open two-paths by two actors that coincide: their places, and whether in the other order.

    At each ordered pair of actors stand so many two-paths with it at places (0, 1), (1, 2) and (0, 2); no open
    one has a tied pair at (0, 2).
    """
    contacts = paths.contacts
    reverse, after, before = contacts.reverse, paths.after, paths.before
    ends = np.where(contacts.tied, 0, paths.between)
    first, second, outer = (0, 1), (1, 2), (0, 2)
    along, turned = _coinciding_ends(paths)
    return {
        (frozenset({first}), False): _inner(after, after),
        (frozenset({second}), False): _inner(before, before),
        (frozenset({first, second}), False): _inner(after, before),
        (frozenset({first}), True): _inner(after, after[reverse]),
        (frozenset({second}), True): _inner(before, before[reverse]),
        (frozenset({first, second}), True): _inner(after, before[reverse]),
        (frozenset({first, outer}), False): 0,
        (frozenset({second, outer}), False): 0,
        (frozenset({first, outer}), True): _inner(after, ends[reverse]),
        (frozenset({second, outer}), True): _inner(before, ends[reverse]),
        (frozenset({outer}), False): along,
        (frozenset({outer}), True): turned,
    }


def _coinciding_ends(paths: TwoPaths) -> tuple[int, int]:
    """Count pairs of open two-paths with the same ends, and with the same ends in the other order."""
    from scipy import sparse

    contacts, n = paths.contacts, len(paths.total)
    tied, between = contacts.tied, paths.between
    arcs = contacts.ego[tied], contacts.contact[tied]
    matrix = sparse.csr_array((np.ones(len(arcs[0]), dtype=np.int64), arcs), shape=(n, n))
    backward = matrix.T.tocsr()
    work = sums(arcs[0], np.bincount(arcs[0], minlength=n)[arcs[1]], n)
    work += sums(arcs[1], np.bincount(arcs[1], minlength=n)[arcs[0]], n)
    along = turned = 0
    for first, last in runs(work, _PRODUCTS_AT_ONCE):
        forth = matrix[first:last] @ matrix
        along += int((forth.data**2).sum())
        turned += int(forth.multiply(backward[first:last] @ backward).sum())
    # Less those from an actor to itself, and those between tied actors.
    mutual = count(contacts.ego[tied & tied[contacts.reverse]], n)
    adjacent = tied | tied[contacts.reverse]
    along -= _inner(mutual, mutual) + _inner(between[tied], between[tied])
    turned -= _inner(mutual, mutual) + _inner(between[adjacent], between[contacts.reverse][adjacent])
    return along, turned


@cache
def matches() -> tuple[Match, ...]:
    """List the ways in which the actors of two two-paths may coincide: 34."""
    return tuple(
        frozenset(zip(ours, theirs, strict=True))
        for many in range(4)
        for ours in combinations(range(3), many)
        for theirs in permutations(range(3), many)
    )


def count(place: Index, size: int) -> Index:
    """Count how often each place below `size` occurs."""
    return np.bincount(place, minlength=size).astype(np.int64)


def sums(place: Index, values: Index, size: int) -> Index:
    """Add whole numbers by place; exact, as no sum comes near 2^53."""
    return np.bincount(place, weights=values, minlength=size).astype(np.int64)


def _inner(one: Index, other: Index) -> int:
    return int((one * other).sum())
