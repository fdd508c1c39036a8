"""Which pairs of actors can be compared between two waves of one network, and which of them were tied.

The units are ordered pairs, or unordered pairs in a network without directions. Only actors present in both waves are held.
Only layers that have ties in both waves are read: of a layer without a tie nothing says whether anybody was asked.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.detours import among, distinct
from gumflow.networks.graph import Network
from gumflow.networks.observation import fully_observed, is_observed
from gumflow.networks.parts import part_of

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


class SharedLayers(NamedTuple):
    """Two waves with the ties of the layers that have some in both; the names of these layers, and of those left out."""

    earlier: Network
    later: Network
    shared: tuple[str, ...]
    only_earlier: tuple[str, ...]
    only_later: tuple[str, ...]


def shared_layers(earlier: Network, later: Network) -> SharedLayers:
    """Drop the arcs of two waves that are stated only in layers of which the other wave has no tie."""
    before, after = _stated(earlier), _stated(later)
    both = before & after
    if not before ^ after:
        return SharedLayers(earlier, later, tuple(sorted(both)), (), ())
    return SharedLayers(
        _of_layers(earlier, both),
        _of_layers(later, both),
        tuple(sorted(both)),
        tuple(sorted(before - both)),
        tuple(sorted(after - both)),
    )


def _stated(network: Network) -> set[str]:
    tied = np.flatnonzero(network.arc_layers.any(axis=0))
    return {network.layers[place] for place in tied}


def _of_layers(network: Network, layers: set[str]) -> Network:
    chosen = np.array([name in layers for name in network.layers], dtype=bool)
    kept = network.arc_layers[:, chosen].any(axis=1)
    return replace(
        network,
        source=network.source[kept],
        target=network.target[kept],
        # Strength is summed over layers and cannot be taken apart; comparisons of waves do not read it.
        strength=network.strength[kept],
        layers=tuple(name for name in network.layers if name in layers),
        arc_layers=network.arc_layers[kept][:, chosen],
    )


class Compared(NamedTuple):
    """Two waves over the actors present in both, and the ties on compared pairs as codes first * n + second, sorted."""

    earlier: Network
    later: Network
    before: Indices
    after: Indices


def compare(earlier: Network, later: Network) -> Compared:
    """Set two waves of one network beside each other, over the actors present in both."""
    both = np.intersect1d(earlier.actors, later.actors)
    first, second = part_of(earlier, both), part_of(later, both)
    before, after = tie_codes(first), tie_codes(second)
    n = max(len(both), 1)
    return Compared(
        first,
        second,
        before[observed(second, before // n, before % n)],
        after[observed(first, after // n, after % n)],
    )


def tie_codes(network: Network) -> Indices:
    """Return the tied pairs as sorted codes; those without direction once, the lower index first."""
    one = network.directed | (network.source < network.target)
    return network.source[one] * network.size + network.target[one]


def observed(network: Network, one: Indices, other: Indices) -> Flags:
    """Say which pairs were observed; without directions either order tells."""
    if fully_observed(network):
        return np.ones(len(one), dtype=bool)
    seen = is_observed(network, one, other)
    return seen if network.directed else seen | is_observed(network, other, one)


def _observed_dyad(network: Network, one: Indices, other: Indices) -> Flags:
    """Say which pairs were observed in both directions."""
    if not network.directed or fully_observed(network):
        return observed(network, one, other)
    return is_observed(network, one, other) & is_observed(network, other, one)


def compared_with(compared: Compared, circle: Indices, dyads: bool = False) -> Indices:
    """Count for each actor the others of its circle (a label; -1 in none) with whom its pair was observed in both waves.

    Ordered pairs count for the first actor, unordered pairs for both; `dyads` are unordered and observed in both
    directions. No pair is built but those tied or not asked in a wave: all others depend only on whether their actors answered.
    """
    earlier, later, n = compared.earlier, compared.later, compared.earlier.size
    seen = _observed_dyad if dyads else observed
    unordered = dyads or not earlier.directed
    answers = 2 * earlier.responded.astype(np.int64) + later.responded
    one, other = (side.ravel() for side in np.indices((4, 4)))
    first, second = _four_actors(earlier, [False, False, True, True]), _four_actors(later, [False, True] * 2)
    usual = (seen(first, one, other) & seen(second, one, other)).reshape(4, 4).astype(np.int64)
    sizes = np.zeros((int(circle.max(initial=-1)) + 2, 4), dtype=np.int64)
    np.add.at(sizes, (circle, answers), 1)
    counts = (usual[answers] * sizes[circle]).sum(axis=1) - usual[answers, answers]

    special = _special_pairs(compared, unordered)
    a, b = special // max(n, 1), special % max(n, 1)
    a, b = a[circle[a] == circle[b]], b[circle[a] == circle[b]]
    truly = (seen(earlier, a, b) & seen(later, a, b)).astype(np.int64)
    gap = truly - usual[answers[a], answers[b]]
    np.add.at(counts, a, gap)
    if unordered:
        np.add.at(counts, b, gap)
    return np.where(circle >= 0, counts, 0)


def count_pairs(compared: Compared, circle: Indices, dyads: bool = False) -> int:
    """Count the pairs within circles that were observed in both waves."""
    total = int(compared_with(compared, circle, dyads).sum())
    return total // 2 if dyads or not compared.earlier.directed else total


def _four_actors(network: Network, responded: list[bool]) -> Network:
    """Return a network of four actors without ties that were asked as those of `network` were."""
    none = np.empty(0, dtype=np.int64)
    return replace(
        network,
        actors=np.array(list("abcd")),
        kinds=np.full(4, ""),
        inside=np.ones(4, dtype=bool),
        source=none,
        target=none,
        strength=np.empty(0),
        arc_layers=network.arc_layers[:0],
        groups=np.full(4, ""),
        responded=np.array(responded),
        unasked=(none, none),
    )


def _special_pairs(compared: Compared, unordered: bool) -> Indices:
    """Return the codes of the pairs that were tied or not asked in a wave, each once."""
    waves, n = (compared.earlier, compared.later), compared.earlier.size
    one = np.concatenate([end for wave in waves for end in (wave.source, wave.unasked[0])])
    other = np.concatenate([end for wave in waves for end in (wave.target, wave.unasked[1])])
    if unordered:
        one, other = np.minimum(one, other), np.maximum(one, other)
    return distinct(np.sort(one * n + other))


def everybody(compared: Compared) -> Indices:
    """Return the one circle of all actors present in both waves."""
    return np.zeros(compared.earlier.size, dtype=np.int64)


class Dyads(NamedTuple):
    """Unordered pairs observed in both directions in both waves and tied in one: ends (one < other), arcs each way."""

    one: Indices
    other: Indices
    before: tuple[Flags, Flags]
    after: tuple[Flags, Flags]


def tied_dyads(compared: Compared) -> Dyads:
    """Return the dyads that were tied in a wave and observed both ways in both."""
    earlier, later, n = compared.earlier, compared.later, compared.earlier.size
    tied = [wave.source * n + wave.target for wave in (earlier, later)]
    code = np.concatenate(tied)
    one, other = code // max(n, 1), code % max(n, 1)
    code = distinct(np.sort(np.minimum(one, other) * n + np.maximum(one, other)))
    one, other = code // max(n, 1), code % max(n, 1)
    seen = _observed_dyad(earlier, one, other) & _observed_dyad(later, one, other)
    one, other = one[seen], other[seen]
    (ab, ba), (ab_later, ba_later) = (
        (among(one * n + other, codes), among(other * n + one, codes)) for codes in tied
    )
    return Dyads(one, other, (ab, ba), (ab_later, ba_later))
