"""Measures of actors and networks against hand computation, networkx, and what must not change them."""

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from small_networks import as_networkx, edge_network, make_network, random_arcs

from gumflow.measures import centrality, structure
from gumflow.measures.registry import get_measure, measures_at
from gumflow.networks.building import build_network
from gumflow.networks.graph import Network
from gumflow.networks.layers import NETWORKS

SEEDS = range(8)
SCALES = ("in_strength", "out_strength", "strength")
HERE = (centrality.__name__, structure.__name__)
OF_ACTORS = [m for m in measures_at("actor") if m.function.__module__ in HERE]
OF_NETWORKS = [m for m in measures_at("network") if m.function.__module__ in HERE]


def star(arms, inward=False, both=False):
    out = [(0, i) for i in range(1, arms + 1)]
    back = [(i, 0) for i in range(1, arms + 1)]
    return make_network(out + back if both else back if inward else out)


def pagerank_by_algebra(graph):
    """Solve the definition as a linear system: no iteration, no library."""
    n = len(graph)
    weights = nx.to_numpy_array(graph, weight="strength")
    out = weights.sum(axis=1, keepdims=True)
    walk = np.where(out > 0, weights / np.where(out > 0, out, 1), 1 / n)
    return np.linalg.solve(np.eye(n) - 0.85 * walk.T, np.full(n, 0.15 / n))


def with_lengths(graph):
    """Whole lengths, 60 times 1/strength: networkx would not see that 1/2 + 1/2 and 1/3 + 1/3 + 1/3 are equally long."""
    for _, _, data in graph.edges(data=True):
        data["length"] = round(60 / data["strength"])
    return graph


def weighted_harmonic(graph):
    return {
        k: 60 * v / (len(graph) - 1)
        for k, v in nx.harmonic_centrality(with_lengths(graph), distance="length").items()
    }


NETWORKX_ACTOR = {
    "in_degree": lambda g: dict(g.in_degree()),
    "out_degree": lambda g: dict(g.out_degree()),
    "degree": lambda g: dict(g.degree()),
    "in_strength": lambda g: dict(g.in_degree(weight="strength")),
    "out_strength": lambda g: dict(g.out_degree(weight="strength")),
    "strength": lambda g: dict(g.degree(weight="strength")),
    "betweenness": lambda g: nx.betweenness_centrality(g, normalized=False),
    "betweenness_normalized": lambda g: nx.betweenness_centrality(g, normalized=True),
    "harmonic_closeness_in": lambda g: {k: v / (len(g) - 1) for k, v in nx.harmonic_centrality(g).items()},
    "harmonic_closeness_out": lambda g: {
        k: v / (len(g) - 1) for k, v in nx.harmonic_centrality(g.reverse()).items()
    },
    "pagerank": lambda g: nx.pagerank(g, alpha=0.85, weight="strength", tol=1e-14, max_iter=5000),
    "core_number_collapsed": lambda g: nx.core_number(g.to_undirected()),
    "constraint": lambda g: nx.constraint(g, weight="strength"),
    "betweenness_error": lambda g: dict.fromkeys(g, 0.0),
    "betweenness_weighted": lambda g: nx.betweenness_centrality(
        with_lengths(g), normalized=False, weight="length"
    ),
    "harmonic_closeness_in_weighted": lambda g: weighted_harmonic(g),
    "harmonic_closeness_out_weighted": lambda g: weighted_harmonic(g.reverse()),
}


def centralization_by_networkx(values, maximum):
    return sum(max(values.values()) - value for value in values.values()) / maximum


NETWORKX_NETWORK = {
    "actors": lambda g: g.number_of_nodes(),
    "ties": lambda g: g.number_of_edges(),
    "density": nx.density,
    "components_weak": nx.number_weakly_connected_components,
    "largest_component_share": lambda g: max(map(len, nx.weakly_connected_components(g))) / len(g),
    "isolates": nx.number_of_isolates,
    "reciprocity_arc": nx.overall_reciprocity,
    "centralization_in_degree": lambda g: centralization_by_networkx(dict(g.in_degree()), (len(g) - 1) ** 2),
    "centralization_out_degree": lambda g: centralization_by_networkx(
        dict(g.out_degree()), (len(g) - 1) ** 2
    ),
    "centralization_degree_collapsed": lambda g: centralization_by_networkx(
        dict(g.to_undirected().degree()), (len(g) - 1) * (len(g) - 2)
    ),
    "centralization_betweenness": lambda g: centralization_by_networkx(
        nx.betweenness_centrality(g), len(g) - 1
    ),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NETWORKX_ACTOR)
def test_actor_measures_agree_with_networkx(name, seed):
    arcs, size = random_arcs(seed)
    expected = NETWORKX_ACTOR[name](as_networkx(arcs, size))
    values = get_measure(name).function(make_network(arcs, size))
    np.testing.assert_allclose(values, [expected[i] for i in range(size)], rtol=1e-9, atol=1e-11)
    assert values.dtype == np.float64


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NETWORKX_NETWORK)
def test_network_measures_agree_with_networkx(name, seed):
    arcs, size = random_arcs(seed)
    expected = NETWORKX_NETWORK[name](as_networkx(arcs, size))
    assert get_measure(name).function(make_network(arcs, size)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ei_index_of_places_agrees_with_a_count_over_networkx_edges(seed):
    arcs, size = random_arcs(seed)
    rng = np.random.default_rng(seed)
    kinds = rng.choice(["firm", "association", "government"], size).tolist()
    inside = (rng.random(size) < 0.7).tolist()
    edges = [(a, b) for a, b in as_networkx(arcs, size).to_undirected().edges if inside[a] or inside[b]]
    out = sum(inside[a] != inside[b] for a, b in edges)
    chain = make_network(arcs, size, kinds, inside, "chain_network")
    assert structure.ei_index_place(chain) == pytest.approx((2 * out - len(edges)) / len(edges))


@pytest.mark.parametrize("seed", SEEDS)
def test_pagerank_solves_its_definition(seed):
    arcs, size = random_arcs(seed)
    values = centrality.pagerank(make_network(arcs, size))
    np.testing.assert_allclose(values, pagerank_by_algebra(as_networkx(arcs, size)), rtol=1e-9)
    assert values.sum() == pytest.approx(1)


def test_the_oracles_cover_every_measure():
    assert set(NETWORKX_ACTOR) == {m.name for m in OF_ACTORS}
    assert set(NETWORKX_NETWORK) | {"ei_index_place", "loops_dropped"} == {m.name for m in OF_NETWORKS}


def test_degrees_and_strengths_of_a_small_network_by_hand():
    network = make_network([(0, 1, 2.0), (1, 0, 1.0), (2, 0, 0.5)], size=4)
    assert centrality.in_degree(network).tolist() == [2, 1, 0, 0]
    assert centrality.out_degree(network).tolist() == [1, 1, 1, 0]
    assert centrality.degree(network).tolist() == [3, 2, 1, 0]
    assert centrality.in_strength(network).tolist() == [1.5, 2, 0, 0]
    assert centrality.out_strength(network).tolist() == [2, 1, 0.5, 0]
    assert centrality.strength(network).tolist() == [3.5, 3, 0.5, 0]


def test_paths_on_a_directed_line_by_hand():
    line = make_network([(0, 1), (1, 2), (2, 3)])
    assert centrality.betweenness(line).tolist() == [0, 2, 2, 0]
    np.testing.assert_allclose(centrality.betweenness_normalized(line), [0, 1 / 3, 1 / 3, 0])
    np.testing.assert_allclose(centrality.harmonic_closeness_out(line), [11 / 18, 1 / 2, 1 / 3, 0])
    np.testing.assert_allclose(centrality.harmonic_closeness_in(line), [0, 1 / 3, 1 / 2, 11 / 18])


def test_paths_are_counted_in_ties_not_in_strength():
    weak_detour = make_network([(0, 1, 9.0), (1, 2, 9.0), (0, 2, 0.1)])
    assert centrality.betweenness(weak_detour).tolist() == [0, 0, 0]


def test_constraint_by_hand():
    # Contacts of 0: 1 (summed strength 3) and 2 (1); 1 and 2 are tied (1). Burt's sums, worked on paper.
    network = make_network([(0, 1, 2.0), (1, 0, 1.0), (0, 2, 1.0), (1, 2, 1.0)], size=4)
    p01, p02, p12, p21 = 3 / 4, 1 / 4, 1 / 4, 1 / 2
    p10, p20 = 3 / 4, 1 / 2
    expected = [
        (p01 + p02 * p21) ** 2 + (p02 + p01 * p12) ** 2,
        (p10 + p12 * p20) ** 2 + (p12 + p10 * p02) ** 2,
        (p20 + p21 * p10) ** 2 + (p21 + p20 * p01) ** 2,
        math.nan,
    ]
    np.testing.assert_allclose(centrality.constraint(network), expected)


def test_constraint_of_a_broker_between_two_and_of_those_it_joins():
    np.testing.assert_allclose(centrality.constraint(make_network([(0, 1), (0, 2)])), [0.5, 1, 1])


def test_core_number_counts_a_mutual_tie_as_one_partner():
    mutual_pair_and_triangle = make_network([(0, 1), (1, 0), (2, 3), (3, 4), (4, 2)], size=6)
    assert centrality.core_number_collapsed(mutual_pair_and_triangle).tolist() == [1, 1, 2, 2, 2, 0]


def test_reciprocity_counts_arcs_not_pairs():
    assert structure.reciprocity_arc(make_network([(0, 1), (1, 0), (0, 2), (2, 3)])) == 0.5
    assert structure.reciprocity_arc(make_network([(0, 1), (1, 2)], directed=False)) == 1
    assert structure.reciprocity_arc(make_network([(0, 1), (1, 0), (0, 0)])) == 1


def test_size_density_and_parts_by_hand():
    network = make_network([(0, 1), (1, 0), (2, 1), (3, 4)], size=6)
    assert structure.actors(network) == 6
    assert structure.ties(network) == 4
    assert structure.density(network) == pytest.approx(4 / 30)
    assert structure.components_weak(network) == 3
    assert structure.largest_component_share(network) == 0.5
    assert structure.isolates(network) == 1


@pytest.mark.parametrize("arms", [2, 5, 30])
def test_the_star_is_wholly_centralized_and_the_ring_not_at_all(arms):
    assert structure.centralization_in_degree(star(arms, inward=True)) == pytest.approx(1)
    assert structure.centralization_out_degree(star(arms)) == pytest.approx(1)
    assert structure.centralization_betweenness(star(arms, both=True)) == pytest.approx(1)
    ring = make_network([(i, (i + 1) % (arms + 1)) for i in range(arms + 1)])
    assert structure.centralization_in_degree(ring) == 0
    assert structure.centralization_out_degree(ring) == 0
    assert structure.centralization_betweenness(ring) == pytest.approx(0, abs=1e-12)


def test_ei_index_counts_a_pair_once_and_no_pair_of_two_outside_actors():
    arcs = [(0, 1), (1, 0), (0, 2), (2, 3)]
    chain = make_network(arcs, inside=[True, True, False, False], network="chain_network")
    assert chain.arcs == 4
    assert structure.ei_index_place(chain) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_relabelling_actors_moves_values_with_them(seed):
    arcs, size = random_arcs(seed)
    new = np.random.default_rng(seed + 100).permutation(size)
    kinds = ["firm" if i % 3 else "government" for i in range(size)]
    moved_kinds = [kinds[i] for i in np.argsort(new)]
    before = make_network(arcs, size, kinds)
    after = make_network([(int(new[a]), int(new[b]), s) for a, b, s in arcs], size, moved_kinds)
    for m in OF_ACTORS:
        np.testing.assert_allclose(
            m.function(after)[new], m.function(before), rtol=1e-9, atol=1e-12, err_msg=m.name
        )
    for m in OF_NETWORKS:
        assert m.function(after) == pytest.approx(m.function(before), nan_ok=True), m.name


@pytest.mark.parametrize("seed", SEEDS)
def test_the_unit_of_strength_changes_only_strengths(seed):
    arcs, size = random_arcs(seed)
    before, after = make_network(arcs, size), make_network([(a, b, 10 * s) for a, b, s in arcs], size)
    for m in OF_ACTORS:
        factor = (
            10 if m.name in SCALES or (m.name.startswith("harmonic") and m.name.endswith("weighted")) else 1
        )
        np.testing.assert_allclose(
            m.function(after), factor * m.function(before), rtol=1e-9, atol=1e-12, err_msg=m.name
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_strength_is_read_by_constraint_and_pagerank(seed):
    arcs, size = random_arcs(seed)
    flat = make_network([(a, b, 1.0) for a, b, _ in arcs], size)
    valued = make_network(arcs, size)
    for name in ("constraint", "pagerank"):
        function = get_measure(name).function
        assert np.nanmax(np.abs(function(valued) - function(flat))) > 1e-3


@pytest.mark.parametrize("dtype", ["int64", "int32", "float32"])
def test_strengths_of_any_type_are_not_ignored(dtype):
    arcs, size = random_arcs(3)
    typed, plain = make_network(arcs, size, dtype=dtype), make_network(arcs, size)
    flat = make_network([(a, b, 1.0) for a, b, _ in arcs], size)
    for name in ("constraint", "pagerank"):
        function = get_measure(name).function
        np.testing.assert_array_equal(function(typed), function(plain))
        assert not np.allclose(function(typed), function(flat), equal_nan=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_added_isolate_changes_no_count_of_ties_or_paths(seed):
    arcs, size = random_arcs(seed)
    before, after = make_network(arcs, size), make_network(arcs, size + 1)
    for name in ("degree", "strength", "betweenness", "core_number_collapsed", "constraint"):
        function = get_measure(name).function
        np.testing.assert_allclose(function(after)[:-1], function(before), err_msg=name)
    assert structure.isolates(after) == structure.isolates(before) + 1
    assert structure.components_weak(after) == structure.components_weak(before) + 1


@pytest.mark.parametrize("size", [0, 1, 2])
def test_what_is_undefined_on_tiny_networks_is_nan_and_declared(size):
    network = make_network([], size=size) if size else nobody()
    undefined = {m.name for m in OF_NETWORKS if math.isnan(m.function(network))}
    expected = {
        "reciprocity_arc",
        "ei_index_place",
        "centralization_betweenness",
        "centralization_degree_collapsed",
    }
    if size < 2:
        expected |= {"density", "centralization_in_degree", "centralization_out_degree"}
    if size < 1:
        expected |= {"largest_component_share"}
    assert undefined == expected
    missing = {m.name for m in OF_ACTORS if np.isnan(m.function(network)).any()}
    alone = {f"harmonic_closeness_{side}{kind}" for side in ("in", "out") for kind in ("", "_weighted")}
    of_actors = {0: set(), 1: alone, 2: set()}[size] | (
        {"betweenness_normalized", "constraint"} if size else set()
    )
    assert missing == of_actors
    for name in undefined | missing:
        assert get_measure(name).undefined


def nobody() -> Network:
    ties = pd.DataFrame(columns=["source", "target", "layer", "directed", "state", "strength"])
    actors = pd.DataFrame({"actor": ["n00"], "kind": ["firm"], "inside": [True]})
    return build_network(actors, ties, next(iter(NETWORKS)), "text")


@pytest.mark.parametrize("seed", SEEDS)
def test_without_directions_values_are_those_of_an_undirected_graph(seed):
    arcs, size = random_arcs(seed)
    network = edge_network(arcs, size, directed=False)
    graph = nx.Graph(as_networkx(arcs, size))
    np.testing.assert_allclose(centrality.degree(network), [d for _, d in sorted(graph.degree())])
    expected = nx.betweenness_centrality(graph, normalized=False)
    np.testing.assert_allclose(centrality.betweenness(network), [expected[i] for i in range(size)], atol=1e-9)
    expected = nx.betweenness_centrality(graph, normalized=True)
    np.testing.assert_allclose(
        centrality.betweenness_normalized(network), [expected[i] for i in range(size)], atol=1e-12
    )
    assert structure.density(network) == pytest.approx(nx.density(graph))
    assert structure.ties(network) == graph.number_of_edges()
    shares = list(expected.values())
    assert structure.centralization_betweenness(network) == pytest.approx(
        sum(max(shares) - share for share in shares) / (size - 1)
    )


def test_an_undirected_tie_listed_from_both_sides_is_one_tie_of_the_larger_strength():
    network = edge_network([(0, 1, 2.0), (1, 0, 5.0), (1, 2, 1.0)], directed=False)
    assert structure.ties(network) == 2
    assert centrality.strength(network).tolist() == [5, 6, 1]


def test_what_a_silent_actor_might_have_said_is_unknown_not_absent():
    arcs = [(0, 1), (1, 0), (2, 0), (0, 3), (2, 3)]
    network = edge_network(arcs, size=5, responded=[True, True, True, False, False])
    np.testing.assert_array_equal(centrality.out_degree(network), [2, 1, 2, np.nan, np.nan])
    np.testing.assert_array_equal(centrality.in_degree(network), [2, 1, 0, 2, 0])
    np.testing.assert_array_equal(centrality.degree(network), [4, 2, 2, np.nan, np.nan])
    assert structure.density(network) == 5 / 12
    assert structure.isolates(network) == 0
    # Of 0 -> 3 and 2 -> 3 nobody could say whether they are returned; 2 -> 0 is not.
    assert structure.reciprocity_arc(network) == 2 / 3
    # In-degrees as shares of who could report: 2/2, 1/2, 0/2, 2/3, 0/3.
    shares = np.array([1, 0.5, 0, 2 / 3, 0])
    assert structure.centralization_in_degree(network) == pytest.approx((1 - shares).sum() / 4)


def test_betweenness_of_a_large_network_is_estimated_and_says_how_well(monkeypatch):
    arcs, size = random_arcs(4, size=60)
    exact = centrality.betweenness(make_network(arcs, size))
    monkeypatch.setattr(centrality, "EXACT_SIZE", 10)
    monkeypatch.setattr(centrality, "SEARCHES", 30)
    network = make_network(arcs, size)
    values, errors = centrality.betweenness(network), centrality.betweenness_error(network)
    assert (errors > 0).any()
    assert not np.allclose(values, exact)
    near = np.abs(values - exact) <= 3 * errors + 1e-9
    assert near[exact > np.median(exact)].mean() > 0.8
