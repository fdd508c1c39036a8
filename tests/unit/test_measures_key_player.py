"""Key players against enumeration of all sets, fragmentation against networkx, and what must not change them."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from small_networks import edge_network

from gumflow.contract.errors import GumflowError
from gumflow.measures import key_player as kp
from gumflow.measures.registry import get_measure

SEEDS = range(16)
OF_ACTORS = ("fragmentation_alone", "key_player_neg", "key_player_pos")
OF_NETWORKS = (
    "fragmentation",
    "fragmentation_distance_weighted",
    "key_player_fragmentation",
    "key_player_reach",
    "key_player_reach_two_steps",
)


def random_graph(seed, low=8, high=15):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(low, high + 1))
    graph = nx.gnp_random_graph(n, rng.uniform(0.05, 0.3), seed=seed, directed=True)
    return graph, edge_network(list(graph.edges), n)


def fragmentation_of(graph, removed=()):
    rest = nx.Graph(graph)
    rest.remove_nodes_from(removed)
    n = len(rest)
    together = sum(len(part) * (len(part) - 1) for part in nx.connected_components(rest))
    return 1 - together / (n * (n - 1))


def reach_of(graph, members, steps=None):
    """Follow paths from each member and take the nearest."""
    total = 0.0
    for other in set(graph) - set(members):
        away = [nx.shortest_path_length(graph, m, other) for m in members if nx.has_path(graph, m, other)]
        if away:
            total += 1 / min(away) if steps is None else min(away) <= steps
    return total / (len(graph) - len(members))


@pytest.mark.parametrize("seed", SEEDS)
def test_fragmentation_agrees_with_networkx(seed):
    graph, network = random_graph(seed, 5, 40)
    plain = graph.to_undirected()
    assert kp.fragmentation(network) == pytest.approx(fragmentation_of(graph), abs=1e-12)
    assert kp.fragmentation_distance_weighted(network) == pytest.approx(1 - nx.global_efficiency(plain))
    rise = [fragmentation_of(graph, [i]) - fragmentation_of(graph) for i in graph]
    np.testing.assert_allclose(kp.fragmentation_alone(network), rise, atol=1e-12)


@pytest.mark.parametrize("shape", [nx.path_graph(30), nx.balanced_tree(2, 4), nx.barbell_graph(6, 3)])
def test_fragmentation_alone_on_long_and_branched_trees(shape):
    shape = nx.convert_node_labels_to_integers(shape)
    network = edge_network(list(shape.edges), len(shape), directed=False)
    rise = [fragmentation_of(shape, [i]) for i in shape]
    np.testing.assert_allclose(kp.fragmentation_alone(network), rise, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_key_players_are_the_best_of_all_sets(seed):
    graph, network = random_graph(seed, 8, 12)
    sets = list(combinations(range(len(graph)), 3))
    assert kp.key_player_fragmentation(network) == pytest.approx(
        max(fragmentation_of(graph, s) for s in sets)
    )
    assert kp.key_player_reach(network) == pytest.approx(max(reach_of(graph, s) for s in sets), abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_values_are_those_of_the_set_that_is_named(seed):
    graph, network = random_graph(seed, 10, 30)
    negative = np.flatnonzero(kp.key_player_neg(network)).tolist()
    positive = np.flatnonzero(kp.key_player_pos(network)).tolist()
    assert len(negative) == len(positive) == kp.KEY_PLAYERS
    assert kp.key_player_fragmentation(network) == pytest.approx(fragmentation_of(graph, negative))
    assert kp.key_player_reach(network) == pytest.approx(reach_of(graph, positive), abs=1e-6)
    assert kp.key_player_reach_two_steps(network) == pytest.approx(reach_of(graph, positive, 2))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [1, 2, 4])
def test_sets_of_other_sizes_are_no_worse_than_any_single_exchange(seed, size):
    graph, network = random_graph(seed, 10, 14)
    for found, value in (
        (kp.key_players_negative(network, size), fragmentation_of),
        (kp.key_players_positive(network, size), reach_of),
    ):
        members = found.members.tolist()
        assert found.value == pytest.approx(value(graph, members), abs=1e-6)
        exchanged = [
            value(graph, [new if m == old else m for m in members])
            for old in members
            for new in set(graph) - set(members)
        ]
        assert found.value >= max(exchanged) - 1e-6


def test_three_bridges_between_four_cliques_by_hand():
    # Cliques of 4 (0-3, 4-7, 8-11, 12-15) joined in a row by actors 16, 17 and 18.
    arcs = [pair for first in range(0, 16, 4) for pair in combinations(range(first, first + 4), 2)]
    arcs += [(0, 16), (16, 4), (5, 17), (17, 8), (9, 18), (18, 12)]
    network = edge_network(arcs, directed=False)
    assert np.flatnonzero(kp.key_player_neg(network)).tolist() == [16, 17, 18]
    assert kp.fragmentation(network) == 0
    assert kp.key_player_fragmentation(network) == pytest.approx(1 - 4 * 12 / (16 * 15))
    # Without 17 two halves of 9 are left.
    assert kp.fragmentation_alone(network)[17] == pytest.approx(1 - 2 * 72 / (18 * 17))
    assert kp.fragmentation_alone(network)[1] == 0


def test_three_stars_that_point_outwards_by_hand():
    arcs = [(hub, leaf) for hub in range(3) for leaf in range(3 + 4 * hub, 7 + 4 * hub)]
    network = edge_network(arcs)
    assert np.flatnonzero(kp.key_player_pos(network)).tolist() == [0, 1, 2]
    assert kp.key_player_reach(network) == 1
    assert kp.key_player_reach_two_steps(network) == 1
    turned = edge_network([(b, a) for a, b in arcs])
    # Three leaves of different stars reach one hub each, which is one of the 12 others.
    assert kp.key_player_reach(turned) == pytest.approx(3 / 12)


def test_fragmentation_falls_when_an_isolate_leaves():
    network = edge_network([(0, 1), (1, 2)], 4)
    # F = 1 - 6/12; without the isolate 0; without the middle 1; without an end 1 - 2/6.
    np.testing.assert_allclose(kp.fragmentation_alone(network), [1 / 6, 0.5, 1 / 6, -0.5], atol=1e-12)


def test_equal_sets_are_told_apart_by_ties_then_order():
    # Nobody can fragment a complete network; actors 4, 5 and 6 have one more partner, who is no use otherwise.
    ring = edge_network([(i, (i + 1) % 3) for i in range(3)] + [(3, 4), (4, 5), (5, 3)], directed=False)
    assert np.flatnonzero(kp.key_player_pos(ring)).tolist() == [0, 1, 3]
    complete = edge_network(list(combinations(range(7), 2)), directed=False)
    assert np.flatnonzero(kp.key_player_neg(complete)).tolist() == [0, 1, 2]
    assert kp.key_player_fragmentation(complete) == 0


@pytest.mark.parametrize("seed", range(6))
def test_the_search_of_large_networks_finds_cut_actors(seed):
    # Sixty actors are too many to compare all sets: five cliques of 11 around three actors who alone join them.
    order = np.random.default_rng(seed).permutation(58)
    arcs = [pair for first in range(0, 55, 11) for pair in combinations(range(first, first + 11), 2)]
    arcs += [(55, 0), (55, 11), (56, 12), (56, 22), (56, 33), (57, 34), (57, 44), (55, 56)]
    network = edge_network([(order[a], order[b]) for a, b in arcs], 60, directed=False, seed=seed)
    found = kp.key_players_negative(network)
    assert found.members.tolist() == sorted(order[55:].tolist())
    graph = nx.Graph(arcs)
    graph.add_nodes_from([58, 59])
    assert found.value == pytest.approx(fragmentation_of(graph, [55, 56, 57]))


@pytest.mark.parametrize("seed", range(6))
def test_the_search_of_large_networks_is_no_worse_than_any_single_exchange(seed, monkeypatch):
    graph, network = random_graph(seed, 12, 16)
    exact = kp.key_players_negative(network)
    monkeypatch.setattr(kp, "ALL_SETS", 0)
    found = kp.key_players_negative(network)
    members = found.members.tolist()
    others = set(graph) - set(members)
    exchanged = [fragmentation_of(graph, {*members, new} - {old}) for old in members for new in others]
    assert max(exchanged) - 1e-12 <= found.value <= exact.value + 1e-12
    assert found.value == pytest.approx(fragmentation_of(graph, members))


@pytest.mark.parametrize("seed", SEEDS)
def test_names_strengths_and_directions(seed):
    graph, network = random_graph(seed, 10, 14)
    n = len(graph)
    order = np.random.default_rng(seed).permutation(n)
    renamed = edge_network([(order[a], order[b], 2 + a) for a, b in graph.edges], n)
    turned = edge_network([(b, a) for a, b in graph.edges], n)
    both = edge_network(list(graph.to_undirected().edges), n, directed=False)
    for name in OF_NETWORKS[:4]:
        value = get_measure(name).function(network)
        assert get_measure(name).function(renamed) == pytest.approx(value, abs=1e-12)
        if name != "key_player_reach":
            assert get_measure(name).function(turned) == value
            assert get_measure(name).function(both) == value
    np.testing.assert_allclose(kp.fragmentation_alone(renamed)[order], kp.fragmentation_alone(network))


def test_same_network_same_bytes():
    for name in OF_ACTORS:
        values = [get_measure(name).function(random_graph(3)[1]).tobytes() for _ in range(2)]
        assert values[0] == values[1]


def test_without_ties_nobody_is_a_key_player():
    network = edge_network({"tie": [(0, 1)], "other": [(2, 3)]}, 6, layers=["tie"])
    assert kp.key_player_neg(network).sum() == 3
    bare = edge_network({"tie": [(0, 0)]}, 6)
    assert bare.arcs == 0
    assert np.isnan(kp.key_player_neg(bare)).all()
    assert np.isnan(kp.key_player_pos(bare)).all()
    assert kp.fragmentation(bare) == kp.fragmentation_distance_weighted(bare) == 1
    assert kp.key_player_fragmentation(bare) == 1
    assert kp.key_player_reach(bare) == kp.key_player_reach_two_steps(bare) == 0
    assert kp.fragmentation_alone(bare).tolist() == [0] * 6


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_small_networks(size):
    network = edge_network([(i, i + 1) for i in range(size - 1)] or [(0, 0)], size)
    defined = {
        "fragmentation": size > 1,
        "fragmentation_distance_weighted": size > 1,
        "key_player_fragmentation": size > 4,
        "key_player_reach": size > 3,
        "key_player_reach_two_steps": size > 3,
        "fragmentation_alone": size > 2,
        "key_player_neg": size > 4,
        "key_player_pos": size > 3,
    }
    for name, there in defined.items():
        assert np.isnan(get_measure(name).function(network)).all() != there, name


def test_a_set_that_leaves_nobody_is_refused():
    network = edge_network([(0, 1), (1, 2)])
    with pytest.raises(GumflowError, match="a set of 2 key players is asked of a network of 3 actors"):
        kp.key_players_negative(network, 2)
    with pytest.raises(GumflowError, match="leaves at least 1 others"):
        kp.key_players_positive(network, 0)
