"""Small-world ratios: against networkx on the largest component, and against networkx's own edge switches."""

import itertools
import math
import random

import igraph as ig
import networkx as nx
import numpy as np
import pytest
from small_networks import as_networkx, edge_network, make_network, random_arcs

from gumflow.measures import small_world
from gumflow.measures.registry import get_measure

NAMES = (
    "clustering_giant",
    "distance_giant",
    "clustering_random",
    "distance_random",
    "small_world_clustering_ratio",
    "small_world_distance_ratio",
    "small_world_sigma",
)


def values(network):
    return {name: get_measure(name).function(network) for name in NAMES}


def ring(size, each_side=2):
    return [(i, (i + d) % size) for i in range(size) for d in range(1, each_side + 1)]


def clustering(graph):
    found = nx.clustering(graph)
    return np.mean([found[i] for i in graph if graph.degree(i) >= 2])


@pytest.mark.parametrize("seed", range(6))
def test_clustering_and_distance_agree_with_networkx_on_the_largest_component(seed):
    arcs, size = random_arcs(seed)
    graph = as_networkx(arcs, size).to_undirected()
    giant = graph.subgraph(max(nx.connected_components(graph), key=len))
    network = make_network(arcs, size)
    assert small_world.clustering_giant(network) == pytest.approx(clustering(giant))
    assert small_world.distance_giant(network) == pytest.approx(nx.average_shortest_path_length(giant))


def test_references_agree_with_edge_switches_of_networkx():
    graph = nx.connected_watts_strogatz_graph(40, 6, 0.2, seed=1)
    found = values(edge_network(list(graph.edges), directed=False, seed=1))
    drawn = []
    for seed in range(40):
        rewired = nx.double_edge_swap(graph.copy(), nswap=600, max_tries=100_000, seed=seed)
        if nx.is_connected(rewired):
            drawn.append((clustering(rewired), nx.average_shortest_path_length(rewired)))
    assert len(drawn) > 30
    means, errors = np.mean(drawn, axis=0), np.std(drawn, axis=0)
    # Both sides are means: of some 40 draws and of 20 draws that hang together a little.
    for mean, error, name in zip(means, errors, ("clustering_random", "distance_random"), strict=True):
        assert abs(found[name] - mean) < 4 * error * math.sqrt(1 / 40 + 2 / 20)
        assert error > 0


def test_ratios_are_what_their_names_say():
    found = values(make_network(ring(50)))
    assert found["clustering_giant"] == pytest.approx(0.5)
    gamma = found["clustering_giant"] / found["clustering_random"]
    length = found["distance_giant"] / found["distance_random"]
    assert found["small_world_clustering_ratio"] == pytest.approx(gamma)
    assert found["small_world_distance_ratio"] == pytest.approx(length)
    assert found["small_world_sigma"] == pytest.approx(gamma / length)


def test_a_ring_with_shortcuts_is_a_small_world_and_a_random_network_is_none():
    ring_lattice = values(make_network(ring(90, 3)))
    small = values(make_network([*ring(90, 3), *((i, (i * 37 + 20) % 90) for i in range(0, 90, 7))]))
    chance = nx.gnm_random_graph(90, 270, seed=3)
    none = values(make_network(list(chance.edges), 90))
    assert ring_lattice["small_world_distance_ratio"] > 2
    assert small["small_world_sigma"] > ring_lattice["small_world_sigma"] > 1
    assert 0.5 < none["small_world_sigma"] < 1.5


def test_rewirings_keep_every_degree_and_make_no_loop_or_repeated_tie():
    graph = ig.Graph(40, [(a, b) for a, b in ring(40, 3)])
    before = set(graph.get_edgelist())
    seen = set()
    for rewired in small_world._rewirings(graph, 5):
        assert rewired.degree() == graph.degree()
        assert rewired.is_simple()
        seen.add(tuple(sorted(rewired.get_edgelist())))
    assert len(seen) == small_world.REWIRINGS
    assert set(graph.get_edgelist()) == before


@pytest.mark.parametrize("seed", range(4))
def test_distances_from_some_sources_agree_with_networkx(seed):
    graph = nx.gnm_random_graph(150, 170, seed=seed)
    graph.remove_nodes_from(list(nx.isolates(graph)))
    graph = nx.convert_node_labels_to_integers(graph)
    sources = np.random.default_rng(seed).permutation(len(graph))[:90]
    found = [
        length
        for i in sources
        for length in nx.single_source_shortest_path_length(graph, int(i)).values()
        if length
    ]
    assert small_world._distances(ig.Graph(len(graph), list(graph.edges)), sources) == (
        sum(found),
        len(found),
    )


def test_equal_seeds_give_equal_bytes_and_other_seeds_do_not():
    edges = ring(60)
    first, second, other = (values(edge_network(edges, seed=seed)) for seed in (1, 1, 2))
    assert first == second
    assert first["clustering_random"] != other["clustering_random"]
    assert first["clustering_giant"] == other["clustering_giant"]


def test_the_order_of_ties_and_their_directions_and_strengths_do_not_matter():
    edges = ring(60)
    turned = [(b, a, 4.0) for a, b in reversed(edges)]
    assert values(edge_network(edges)) == values(edge_network(turned))
    assert values(edge_network(edges)) == values(edge_network(edges, directed=False))


def test_relabelling_moves_the_references_by_chance_only():
    edges = ring(60)
    order = np.random.default_rng(1).permutation(60)
    first, second = (
        values(make_network(edges)),
        values(make_network([(order[a], order[b]) for a, b in edges])),
    )
    for name in ("clustering_giant", "distance_giant"):
        assert first[name] == pytest.approx(second[name])
    assert first["distance_random"] == pytest.approx(second["distance_random"], rel=0.03)


def test_isolates_and_small_parts_change_nothing():
    edges = ring(30)
    assert values(make_network(edges)) == values(make_network([*edges, (31, 32)], 35))


def test_the_random_numbers_of_others_are_left_alone():
    random.seed(5)
    before = random.getstate()
    values(make_network(ring(20)))
    assert random.getstate() == before
    first = ig.Graph.Erdos_Renyi(30, m=60).get_edgelist()
    random.setstate(before)
    assert ig.Graph.Erdos_Renyi(30, m=60).get_edgelist() == first


@pytest.mark.parametrize("size", [3, 4, 5, 6])
def test_where_all_are_tied_to_all_nothing_can_be_rewired(size):
    found = values(make_network(list(itertools.permutations(range(size), 2))))
    assert found == pytest.approx(dict.fromkeys(NAMES, 1.0))


def test_a_star_has_distances_and_no_clustering_to_compare():
    found = values(make_network([(0, i) for i in range(1, 6)]))
    assert found["clustering_giant"] == 0
    assert found["small_world_distance_ratio"] == pytest.approx(1)
    assert math.isnan(found["small_world_clustering_ratio"])
    assert math.isnan(found["small_world_sigma"])


@pytest.mark.parametrize(
    "network",
    [edge_network([], 0), make_network([], 1), make_network([], 3), make_network([(0, 1), (2, 3)])],
    ids=["empty", "one", "isolates", "two parts"],
)
def test_without_one_largest_component_nothing_is_defined(network):
    assert all(map(math.isnan, values(network).values()))


def test_a_pair_has_a_distance_of_one():
    found = values(make_network([(0, 1)]))
    assert found["distance_giant"] == found["distance_random"] == 1
    assert math.isnan(found["clustering_giant"])
    assert all(get_measure(name).undefined for name in NAMES)
