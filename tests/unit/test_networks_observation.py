"""Which pairs were observed, against a walk over every pair."""

import math
from dataclasses import replace

import numpy as np
import pytest
from small_networks import edge_network

from gumflow.networks.observation import (
    coverage,
    fully_observed,
    is_observed,
    observed_in,
    observed_out,
    observed_pairs,
)

SIDES = ("sender", "receiver", "either", "both")


def random_network(seed, side, size=12):
    """Draw ties (some of pairs that nobody told), respondents, and unasked pairs (some of them tied)."""
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(size) for j in range(size) if i != j]
    arcs = [pair for pair in pairs if rng.random() < 0.2]
    unasked = [pair for pair in pairs if rng.random() < 0.1]
    network = edge_network(arcs, size, responded=rng.random(size) < 0.6, observed_by=side)
    source, target = (np.array([pair[k] for pair in unasked], dtype=np.int64) for k in (0, 1))
    return replace(network, unasked=(source, target)), set(arcs), set(unasked)


def observed_by_hand(network, arcs, unasked, i, j):
    if (i, j) in arcs:
        return True
    if (i, j) in unasked:
        return False
    a, b = bool(network.responded[i]), bool(network.responded[j])
    if network.observed_by == "sender":
        return a
    if network.observed_by == "receiver":
        return b
    return (a or b) if network.observed_by == "either" else (a and b)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("seed", range(6))
def test_pairs_and_counts_agree_with_a_walk_over_all_pairs(seed, side):
    network, arcs, unasked = random_network(seed, side)
    n = network.size
    expected = np.array(
        [[i != j and observed_by_hand(network, arcs, unasked, i, j) for j in range(n)] for i in range(n)]
    )
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    assert is_observed(network, i, j).tolist() == expected[i, j].tolist()
    assert observed_out(network).tolist() == expected.sum(axis=1).tolist()
    assert observed_in(network).tolist() == expected.sum(axis=0).tolist()
    assert observed_pairs(network) == expected.sum()
    assert coverage(network) == pytest.approx(expected.sum() / (n * (n - 1)))


@pytest.mark.parametrize("side", SIDES)
def test_with_all_answers_every_pair_is_observed(side):
    network = edge_network([(0, 1), (1, 2)], 4, observed_by=side)
    assert fully_observed(network)
    assert coverage(network) == 1
    assert observed_in(network).tolist() == [3, 3, 3, 3]


@pytest.mark.parametrize(("side", "pairs"), [("sender", 3), ("receiver", 3), ("either", 6), ("both", 0)])
def test_one_answer_of_four_by_hand(side, pairs):
    network = edge_network([], 4, responded=[True, False, False, False], observed_by=side)
    assert observed_pairs(network) == pairs
    assert not fully_observed(network)


def test_a_network_of_one_actor_or_none_has_no_pair():
    for size in (0, 1):
        actors = edge_network([(0, 1)], 2)
        empty = edge_network([], size) if size else replace(
            actors, actors=actors.actors[:0], kinds=actors.kinds[:0], inside=actors.inside[:0], groups=actors.groups[:0],
            responded=actors.responded[:0], source=actors.source[:0], target=actors.target[:0], strength=actors.strength[:0],
            arc_layers=actors.arc_layers[:0],
        )  # fmt: skip
        assert math.isnan(coverage(empty))
        assert observed_pairs(empty) == 0
