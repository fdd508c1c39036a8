"""Cohesion and distances against networkx, scipy, hand computation and what must not change them."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path
from small_networks import as_networkx, edge_network, make_network, random_arcs

from gumflow.measures import cohesion, distances
from gumflow.measures.registry import get_measure, measures_at, withheld_reason

SEEDS = range(6)
HERE = (cohesion.__name__, distances.__name__)
OF_ACTORS = [m for m in measures_at("actor") if m.function.__module__ in HERE]
OF_NETWORKS = [m for m in measures_at("network") if m.function.__module__ in HERE]
PATHS = ("mean_distance", "reachable_share", "global_efficiency")


def value(name, network):
    return get_measure(name).function(network)


def distance_matrix(graph):
    matrix = shortest_path(nx.to_numpy_array(graph, weight=None), unweighted=True)
    return matrix[~np.eye(len(graph), dtype=bool)].reshape(len(graph), -1)


def harmonic_centralization(graph, maximum):
    values = np.array(list(nx.harmonic_centrality(graph).values())) / (len(graph) - 1)
    return (values.max() - values).sum() / maximum


def out_in_correlation(graph):
    pairs = np.array([(graph.out_degree(a), graph.in_degree(b)) for a, b in graph.edges])
    return np.corrcoef(pairs.T)[0, 1]


def within_two(graph):
    return [len(nx.single_source_shortest_path_length(graph, i, 2)) - 1 for i in sorted(graph)]


def peeled(graph):
    """Core numbers by taking away actors of fewer than k ties again and again, in plus out."""
    cores, k = dict.fromkeys(graph, 0), 1
    left = graph.copy()
    while left:
        while few := [i for i in left if left.degree(i) < k]:
            left.remove_nodes_from(few)
        cores.update(dict.fromkeys(left, k))
        k += 1
    return [cores[i] for i in sorted(graph)]


def clustering(graph):
    found = nx.clustering(graph.to_undirected())
    degrees = graph.to_undirected().degree
    return [found[i] if degrees[i] >= 2 else math.nan for i in sorted(graph)]


NETWORKX_ACTOR = {
    "core_number_directed": peeled,
    "local_clustering": clustering,
    "two_step_reach_out": lambda g: np.array(within_two(g)) / (len(g) - 1),
    "two_step_reach_in": lambda g: np.array(within_two(g.reverse())) / (len(g) - 1),
    "articulation_point": lambda g: [
        float(i in set(nx.articulation_points(g.to_undirected()))) for i in sorted(g)
    ],
    "giant_component": lambda g: [
        float(i in max(nx.weakly_connected_components(g), key=len)) for i in sorted(g)
    ],
}
NETWORKX_NETWORK = {
    "components_strong": nx.number_strongly_connected_components,
    "diameter": lambda g: distance_matrix(g)[np.isfinite(distance_matrix(g))].max(),
    "mean_distance": lambda g: distance_matrix(g)[np.isfinite(distance_matrix(g))].mean(),
    "reachable_share": lambda g: np.isfinite(distance_matrix(g)).mean(),
    "global_efficiency": lambda g: (1 / distance_matrix(g)).mean(),
    "centralization_harmonic_in": lambda g: harmonic_centralization(g, len(g) - 1),
    "centralization_harmonic_out": lambda g: harmonic_centralization(g.reverse(), len(g) - 1),
    "degree_assortativity_out_in": out_in_correlation,
    "degree_assortativity_collapsed": lambda g: nx.degree_assortativity_coefficient(g.to_undirected()),
    "k_core_max": lambda g: max(nx.core_number(g.to_undirected()).values()),
    "k_core_max_size": lambda g: len(nx.k_core(g.to_undirected())),
    "articulation_points": lambda g: len(set(nx.articulation_points(g.to_undirected()))),
    "bridges": lambda g: len(list(nx.bridges(g.to_undirected()))),
    "degree_mean": lambda g: np.mean([d for _, d in g.out_degree()]),
    "out_degree_sd": lambda g: np.std([d for _, d in g.out_degree()]),
    "in_degree_sd": lambda g: np.std([d for _, d in g.in_degree()]),
}


def test_the_oracles_cover_every_measure():
    assert set(NETWORKX_ACTOR) == {m.name for m in OF_ACTORS}
    assert set(NETWORKX_NETWORK) == {m.name for m in OF_NETWORKS}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NETWORKX_ACTOR)
def test_actor_measures_agree_with_an_independent_computation(name, seed):
    arcs, size = random_arcs(seed)
    values = value(name, make_network(arcs, size))
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, NETWORKX_ACTOR[name](as_networkx(arcs, size)), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NETWORKX_NETWORK)
def test_network_measures_agree_with_an_independent_computation(name, seed):
    arcs, size = random_arcs(seed)
    with np.errstate(divide="ignore"):
        expected = NETWORKX_NETWORK[name](as_networkx(arcs, size))
    assert value(name, make_network(arcs, size)) == pytest.approx(expected, rel=1e-9)


def test_a_directed_line_by_hand():
    line = make_network([(0, 1), (1, 2), (2, 3)])
    assert value("diameter", line) == 3
    assert value("mean_distance", line) == pytest.approx((3 * 1 + 2 * 2 + 3) / 6)
    assert value("reachable_share", line) == 1 / 2
    assert value("global_efficiency", line) == pytest.approx((3 + 2 / 2 + 1 / 3) / 12)
    np.testing.assert_allclose(value("two_step_reach_out", line), [2 / 3, 2 / 3, 1 / 3, 0])
    np.testing.assert_allclose(value("two_step_reach_in", line), [0, 1 / 3, 2 / 3, 2 / 3])
    assert value("articulation_point", line).tolist() == [0, 1, 1, 0]
    assert [value(n, line) for n in ("articulation_points", "bridges", "components_strong")] == [2, 3, 4]


def test_core_number_tells_ties_from_partners():
    """In plus out a mutual triangle is a 4-core; with directions collapsed it is a 2-core."""
    network = make_network([*itertools.permutations(range(3), 2), (3, 0)])
    assert value("core_number_directed", network).tolist() == [4, 4, 4, 1]
    assert [value("k_core_max", network), value("k_core_max_size", network)] == [2, 3]


def test_clustering_ignores_direction_and_strength_and_is_undefined_below_two_partners():
    network = make_network([(0, 1, 9.0), (1, 2, 1.0), (2, 0, 4.0), (2, 3, 2.0), (3, 2, 5.0)])
    np.testing.assert_allclose(value("local_clustering", network), [1, 1, 1 / 3, math.nan])


def test_every_part_of_the_largest_size_counts_as_largest():
    network = make_network([(0, 1), (2, 3), (4, 4)], 6)
    assert value("giant_component", network).tolist() == [1, 1, 1, 1, 0, 0]
    assert cohesion.single_giant(network).tolist() == []
    assert cohesion.single_giant(make_network([(0, 1), (2, 3), (3, 4)])).tolist() == [2, 3, 4]


@pytest.mark.parametrize("arms", [1, 2, 5])
def test_stars_have_the_largest_harmonic_centralization(arms):
    out = make_network([(0, i) for i in range(1, arms + 1)])
    into = make_network([(i, 0) for i in range(1, arms + 1)])
    assert distances.centralization_harmonic_out(out) == pytest.approx(1)
    assert distances.centralization_harmonic_in(into) == pytest.approx(1)


def test_no_small_graph_without_direction_exceeds_the_star():
    """Of all 34 graphs of five actors none is above 1, which the star reaches."""
    values = []
    for graph in nx.graph_atlas_g():
        if len(graph) == 5:
            network = edge_network(list(graph.edges), 5, directed=False)
            values.append(distances.centralization_harmonic_out(network))
    assert len(values) == 34
    assert max(values) == pytest.approx(1)
    star = edge_network([(0, i) for i in range(1, 5)], directed=False)
    assert distances.centralization_harmonic_out(star) == pytest.approx(1)


@pytest.mark.parametrize("seed", SEEDS)
def test_networks_without_direction_agree_with_networkx_graphs(seed):
    graph = nx.gnp_random_graph(20, 0.09, seed=seed)
    network = edge_network(list(graph.edges), 20, directed=False)
    assert value("global_efficiency", network) == pytest.approx(nx.global_efficiency(graph))
    assert value("degree_mean", network) == pytest.approx(np.mean([d for _, d in graph.degree]))
    assert value("out_degree_sd", network) == pytest.approx(np.std([d for _, d in graph.degree]))
    assert value("degree_assortativity_collapsed", network) == pytest.approx(
        nx.degree_pearson_correlation_coefficient(graph)
    )
    parts = [graph.subgraph(c) for c in nx.connected_components(graph)]
    assert value("diameter", network) == max(map(nx.diameter, parts))
    refused = {m.name for m in OF_ACTORS + OF_NETWORKS if withheld_reason(m, network)}
    assert refused == {
        "core_number_directed",
        "components_strong",
        "centralization_harmonic_in",
        "degree_assortativity_out_in",
        "in_degree_sd",
    }


@pytest.mark.parametrize("measured", OF_ACTORS + OF_NETWORKS, ids=lambda m: m.name)
def test_relabelling_moves_values_with_the_actors_and_strength_is_not_read(measured):
    arcs, size = random_arcs(7)
    order = np.random.default_rng(7).permutation(size)
    moved = [(int(order[a]), int(order[b]), 3 * strength) for a, b, strength in arcs]
    first = np.asarray(measured.function(make_network(arcs, size)))
    second = np.asarray(measured.function(make_network(moved, size)))
    np.testing.assert_allclose(second[order] if measured.level == "actor" else second, first, rtol=1e-12)


MIRRORED = [("two_step_reach_in", "two_step_reach_out"), ("in_degree_sd", "out_degree_sd")]
MIRRORED += [("centralization_harmonic_in", "centralization_harmonic_out")]
MIRRORED += [(name, name) for name in ("diameter", *PATHS, "components_strong", "core_number_directed")]


@pytest.mark.parametrize(("one", "other"), MIRRORED)
def test_reversing_all_ties_swaps_in_and_out(one, other):
    arcs, size = random_arcs(2)
    back = make_network([(b, a) for a, b, _ in arcs], size)
    np.testing.assert_allclose(value(other, back), value(one, make_network(arcs, size)), rtol=1e-12)


def test_an_isolate_lowers_shares_and_changes_no_distance():
    arcs, size = random_arcs(1)
    network, larger = make_network(arcs, size), make_network(arcs, size + 1)
    for name in ("diameter", "mean_distance", "bridges", "k_core_max", "degree_assortativity_collapsed"):
        assert value(name, larger) == pytest.approx(value(name, network))
    for name in ("reachable_share", "global_efficiency"):
        assert value(name, larger) == pytest.approx(value(name, network) * (size - 1) / (size + 1))
    assert value("components_strong", larger) == value("components_strong", network) + 1


def test_degrees_of_those_who_answered_stand_for_all():
    """Two of four answered: both name two of three others, so out-degrees do not differ and the mean is 2."""
    arcs = [(0, 1), (0, 2), (1, 2), (1, 3)]
    network = edge_network(arcs, 4, responded=[True, True, False, False], observed_by="sender")
    assert value("out_degree_sd", network) == 0
    assert value("degree_mean", network) == pytest.approx(2)
    # Of 2 and 3 two pairs each were asked of 0 and 1; of 0 and 1 one each: shares 0, 1, 1, 1/2.
    assert value("in_degree_sd", network) == pytest.approx(3 * np.std([0, 1, 1, 1 / 2]))


def test_distances_from_a_sample_are_near_those_from_all(monkeypatch):
    arcs = [(i, (i + d) % 90) for i in range(90) for d in (1, 5, 17)] + [(90, i) for i in range(0, 90, 9)]
    exact = {name: value(name, make_network(arcs)) for name in PATHS}
    monkeypatch.setattr(distances, "EXACT_SIZE", 50)
    monkeypatch.setattr(distances, "SAMPLED", 60)
    sampled = {name: value(name, make_network(arcs)) for name in PATHS}
    assert sampled == {name: value(name, make_network(arcs)) for name in PATHS}
    assert sampled != exact
    assert sampled == pytest.approx(exact, rel=0.02)


ZERO = ("articulation_points", "bridges", "reachable_share", "global_efficiency", "k_core_max")
ZERO += ("degree_mean", "out_degree_sd", "in_degree_sd")


@pytest.mark.parametrize("size", [0, 1, 2, 4])
def test_without_ties_values_are_zero_or_undefined(size):
    network = make_network([], size) if size else edge_network([], 0)
    for measured in OF_ACTORS:
        values = measured.function(network)
        assert values.shape == (size,)
        assert (np.isnan(values) if measured.undefined else values == 0).all() or size > 1
    for measured in OF_NETWORKS:
        found = measured.function(network)
        assert not math.isnan(found) or measured.undefined
        if size > 1 and measured.name in ZERO:
            assert found == 0
    assert math.isnan(value("mean_distance", network))
    assert math.isnan(value("diameter", network))
    assert value("components_strong", network) == size


def test_where_all_are_tied_to_all():
    network = make_network(list(itertools.permutations(range(5), 2)))
    for name in ("diameter", *PATHS, "components_strong"):
        assert value(name, network) == 1
    for name in ("centralization_harmonic_out", "in_degree_sd", "bridges", "articulation_points"):
        assert value(name, network) == pytest.approx(0)
    for name in ("degree_assortativity_out_in", "degree_assortativity_collapsed"):
        assert math.isnan(value(name, network))
