"""Dyad measures against hand computation, networkx and sets, and what must not change them."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from small_networks import edge_network, make_network, random_arcs

from gumflow.contract.errors import GumflowError
from gumflow.measures import detours, dyads
from gumflow.measures.registry import get_measure, measures_at

NAMES = [m.name for m in measures_at("dyad") if m.function.__module__ == dyads.__name__]


def by_sets(arcs, size, layers):
    """Compute every measure pair by pair from networkx graphs and Python sets."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from((a[0], a[1]) for a in arcs)
    flat = graph.to_undirected()
    mutual = nx.Graph((a, b) for a, b in graph.edges if graph.has_edge(b, a))
    mutual.add_nodes_from(range(size))
    rows = []
    for a, b in sorted(tuple(sorted(edge)) for edge in flat.edges):
        there = set(graph.successors(a)) & set(graph.predecessors(b))
        back = set(graph.successors(b)) & set(graph.predecessors(a))
        cut = flat.copy()
        cut.remove_edge(a, b)
        both = mutual.has_edge(a, b)
        rows.append(
            {
                "reciprocated": both,
                "multiplexity": sum({(a, b), (b, a)} & set(stated) != set() for stated in layers.values()),
                "shared_partners": len(set(flat[a]) & set(flat[b])),
                "simmelian": both and bool(set(mutual[a]) & set(mutual[b])),
                "two_paths_ab": len(there),
                "two_paths_ba": len(back),
                "brokers_between": len(there | back),
                "detour_length": nx.shortest_path_length(cut, a, b) if nx.has_path(cut, a, b) else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=NAMES).astype("float64")


def random_layers(seed):
    arcs, size = random_arcs(seed)
    rng = np.random.default_rng(seed)
    layers = {name: [a[:2] for a in arcs if rng.random() < 0.5] for name in "xy"}
    layers["z"] = [a[:2] for a in arcs if a[:2] not in layers["x"] and a[:2] not in layers["y"]]
    return arcs, size, layers


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("directed", [True, False])
def test_dyad_measures_agree_with_networkx(seed, directed):
    arcs, size, layers = random_layers(seed)
    network = edge_network(layers, size, directed=directed)
    if not directed:
        arcs = [*arcs, *((b, a) for a, b, _ in arcs)]
    expected = by_sets(arcs, size, layers)
    for name in NAMES:
        np.testing.assert_allclose(get_measure(name).function(network), expected[name], err_msg=name)


@pytest.mark.parametrize(
    "graph",
    [
        nx.cycle_graph(9),
        nx.cycle_graph(10),
        nx.circular_ladder_graph(7),
        nx.grid_2d_graph(5, 6),
        nx.barbell_graph(4, 3),
        nx.random_labeled_tree(30, seed=1),
        nx.gnm_random_graph(80, 95, seed=2),
        nx.gnm_random_graph(60, 80, seed=3),
        nx.disjoint_union(nx.cycle_graph(13), nx.petersen_graph()),
    ],
    ids=lambda graph: f"{len(graph)} nodes",
)
@pytest.mark.parametrize("at_once", [4_000_000, 40])
def test_long_detours_are_the_span_of_local_bridges(graph, at_once, monkeypatch):
    monkeypatch.setattr(detours, "_ELEMENTS_AT_ONCE", at_once)
    graph = nx.convert_node_labels_to_integers(graph)
    span = {(min(a, b), max(a, b)): length for a, b, length in nx.local_bridges(graph)}
    network = edge_network(list(graph.edges), len(graph), directed=False)
    table = dyads.tied_pairs(network)
    expected = [
        span.get((int(a[1:]), int(b[1:])), 2) for a, b in zip(table.actor_a, table.actor_b, strict=True)
    ]
    values = dyads.detour_length(network)
    np.testing.assert_array_equal(np.where(np.isnan(values), np.inf, values), expected)


def test_a_small_network_by_hand():
    network = edge_network(
        {"trade": [(0, 1, 2), (1, 0, 3), (1, 2), (2, 0)], "trust": [(0, 1), (3, 2)]},
        groups=["x", "x", "y", ""],
    )
    table = dyads.measure_dyads(network)
    assert list(table.columns) == [*dyads.PAIR_COLUMNS, *NAMES]
    rows = table.set_index(["actor_a", "actor_b"])
    assert list(rows.index) == [("n00", "n01"), ("n00", "n02"), ("n01", "n02"), ("n02", "n03")]
    assert rows.a_to_b.tolist() == [1, 0, 1, 0]
    assert rows.b_to_a.tolist() == [1, 1, 0, 1]
    assert rows.strength_ab.tolist() == [3, 0, 1, 0]
    assert rows.strength_ba.tolist() == [3, 1, 0, 1]
    assert rows.tie_kind.tolist() == ["within", "between", "between", ""]
    assert rows.multiplexity.tolist() == [2, 1, 1, 1]
    assert rows.shared_partners.tolist() == [1, 1, 1, 0]
    assert rows.two_paths_ba.tolist() == [1, 0, 1, 0]
    assert rows.two_paths_ab.tolist() == [0, 1, 0, 0]
    assert rows.brokers_between.tolist() == [1, 1, 1, 0]
    assert rows.simmelian.tolist() == [0, 0, 0, 0]
    assert rows.detour_length.tolist()[:3] == [2, 2, 2]
    assert np.isnan(rows.detour_length.iloc[3])


def test_a_pair_that_was_not_observed_is_not_said_to_be_untied():
    arcs = [(0, 1), (1, 2), (2, 1), (2, 3)]
    network = edge_network(arcs, responded=[True, False, True, False], observed_by="sender")
    table = dyads.tied_pairs(network)
    np.testing.assert_array_equal(table.a_to_b, [1, 1, 1])
    np.testing.assert_array_equal(table.b_to_a, [np.nan, 1, np.nan])
    np.testing.assert_array_equal(table.strength_ba, [np.nan, 1, np.nan])
    np.testing.assert_array_equal(dyads.reciprocated(network), [np.nan, 1, np.nan])
    np.testing.assert_array_equal(dyads.simmelian(network), [np.nan, 0, np.nan])


def test_a_clique_of_reciprocated_ties_is_simmelian():
    both = [(a, b) for a in range(3) for b in range(3) if a != b]
    assert dyads.simmelian(edge_network([*both, (0, 3), (3, 0)])).tolist() == [1, 1, 0, 1]
    assert dyads.simmelian(edge_network(both[:-1])).tolist() == [0, 0, 0]


@pytest.mark.parametrize("seed", range(3))
def test_relabelling_moves_rows_and_an_isolate_changes_nothing(seed):
    arcs, size, _ = random_layers(seed)
    order = np.random.default_rng(seed).permutation(size)
    plain = dyads.measure_dyads(edge_network(arcs, size))
    moved = dyads.measure_dyads(edge_network([(order[a], order[b], w) for a, b, w in arcs[::-1]], size))
    swap = {"two_paths_ab": "two_paths_ba", "two_paths_ba": "two_paths_ab"}
    values = {tuple(sorted(row[:2])): row for row in moved.itertuples(index=False)}
    assert len(values) == len(plain)
    for row in plain.itertuples(index=False):
        pair = tuple(f"n{order[int(end[1:])]:02d}" for end in row[:2])
        other = values[tuple(sorted(pair))]
        for name in NAMES:
            twin = name if pair == other[:2] else swap.get(name, name)
            np.testing.assert_equal(getattr(other, twin), getattr(row, name))
    pd.testing.assert_frame_equal(plain, dyads.measure_dyads(edge_network(arcs, size + 1)))


@pytest.mark.parametrize(("arcs", "size"), [([], 1), ([], 4), ([(0, 1)], 2)])
def test_the_smallest_networks(arcs, size):
    table = dyads.measure_dyads(edge_network(arcs, size))
    assert len(table) == len(arcs)
    assert len(dyads.pair_table(edge_network(arcs, size))) == size * (size - 1)


def test_what_a_network_cannot_bear_is_not_given():
    flat = dyads.measure_dyads(edge_network([(0, 1), (1, 2), (0, 2)], directed=False))
    assert flat[["reciprocated", "two_paths_ab", "two_paths_ba"]].isna().all(axis=None)
    assert flat.brokers_between.tolist() == [1, 1, 1]
    chain = make_network([(0, 1), (1, 2), (0, 2)], inside=[True, True, False], network="chain_network")
    table = dyads.measure_dyads(chain)
    assert table.multiplexity.tolist() == [1, 1, 1]
    assert (
        table.drop(columns=["multiplexity"])[[n for n in NAMES if n != "multiplexity"]].isna().all(axis=None)
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_table_of_all_pairs_agrees_with_networkx(seed):
    arcs, size = random_arcs(seed)
    table = dyads.pair_table(edge_network(arcs, size))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from((a, b) for a, b, _ in arcs)
    length = dict(nx.all_pairs_shortest_path_length(graph))
    flat = graph.to_undirected()
    assert len(table) == size * (size - 1)
    for row in table.itertuples():
        a, b = int(row.source[1:]), int(row.target[1:])
        np.testing.assert_equal(row.distance, float(length[a].get(b, np.nan)))
        assert row.tied == graph.has_edge(a, b)
        assert row.brokers_between == len(set(graph.successors(a)) & set(graph.predecessors(b)))
        assert row.shared_partners == len(set(flat[a]) & set(flat[b]))


def test_the_table_of_all_pairs_is_refused_for_a_large_network():
    with pytest.raises(GumflowError, match="up to 500 actors and this network has 501"):
        dyads.pair_table(edge_network([(0, 1)], 501))
