"""Which pairs of actors were observed: a tie that nobody could report is unobserved, not absent.

Whether i -> j is tied is told by the answer of i (`sender`), of j (`receiver`), of at least one of them
(`either`) or of both (`Network.observed_by`). A reported tie is observed whoever reported it. Pairs that a
roster did not hold (`Network.unasked`) are unobserved unless they were reported all the same.
"""

import math

import numpy as np
from numpy.typing import NDArray

from gumflow.networks.graph import Network, once_per_network
from gumflow.networks.layers import ObservedBy


def is_observed(network: Network, source: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of ordered pairs of distinct actors, given as two arrays of indices, which were observed."""
    if fully_observed(network):
        return np.ones(len(source), dtype=bool)
    code = source * network.size + target
    left_out = network.unasked[0] * network.size + network.unasked[1]
    tied = network.source * network.size + network.target
    return (_told(network, source, target) & ~np.isin(code, left_out)) | np.isin(code, tied)


@once_per_network
def fully_observed(network: Network) -> bool:
    """Say whether every ordered pair was observed."""
    return bool(network.responded.all()) and not len(network.unasked[0])


@once_per_network
def observed_out(network: Network) -> NDArray[np.int64]:
    """Count for each actor i the others j of whom it was observed whether i -> j is tied."""
    return _observed(network, "sender")


@once_per_network
def observed_in(network: Network) -> NDArray[np.int64]:
    """Count for each actor j the others i of whom it was observed whether i -> j is tied."""
    return _observed(network, "receiver")


def observed_pairs(network: Network) -> int:
    """Count the ordered pairs of distinct actors that were observed."""
    return int(observed_out(network).sum())


def coverage(network: Network) -> float:
    """Return the share of the ordered pairs of actors that was observed; NaN for fewer than two actors."""
    possible = network.size * (network.size - 1)
    return observed_pairs(network) / possible if possible else math.nan


def _observed(network: Network, side: ObservedBy) -> NDArray[np.int64]:
    """Count by actor without building pairs: by who answered, then corrected for reported and unasked pairs."""
    n, answered = network.size, network.responded
    if fully_observed(network):
        return np.full(n, n - 1)
    others = answered.sum() - answered
    if network.observed_by == "either":
        counts = np.where(answered, n - 1, others)
    elif network.observed_by == "both":
        counts = np.where(answered, others, 0)
    else:
        counts = np.where(answered, n - 1, 0) if network.observed_by == side else others
    own, unasked = (
        (network.source, network.unasked[0]) if side == "sender" else (network.target, network.unasked[1])
    )
    told = _told(network, network.source, network.target)
    counts = counts + np.bincount(own[~told], minlength=n)
    tied = np.isin(network.unasked[0] * n + network.unasked[1], network.source * n + network.target)
    dropped = _told(network, *network.unasked) & ~tied
    return counts - np.bincount(unasked[dropped], minlength=n)


def _told(network: Network, source: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.bool_]:
    a, b = network.responded[source], network.responded[target]
    return {"sender": a, "receiver": b, "either": a | b, "both": a & b}[network.observed_by]
