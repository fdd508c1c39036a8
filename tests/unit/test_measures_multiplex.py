"""Measures of layers against hand computation, scipy, networkx and dense matrices."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from small_networks import edge_network, random_arcs

from gumflow.measures import multiplex
from gumflow.measures.registry import get_measure, measures_at

ACTOR = ("multiplex_degree", "overlapping_degree", "layers_active", "participation_layers")
NETWORK = ("multiplexity_mean", "multiplex_share", "global_overlap")


def random_layers(seed, size=25):
    return {name: [a[:2] for a in random_arcs(3 * seed + k, size)[0]] for k, name in enumerate("abc")}


def value(table, a, b, name):
    row = table[(table.layer_a == a) & (table.layer_b == b) & (table.measure == name)]
    assert len(row) == 1
    return row.value.iloc[0]


def test_two_layers_by_hand():
    network = edge_network({"a": [(0, 1), (1, 0), (1, 2)], "b": [(0, 1), (2, 3)]}, 5)
    table = multiplex.layer_table(network)
    assert list(table.columns) == list(multiplex.LAYER_COLUMNS)
    assert value(table, "a", "b", "layer_overlap") == 1
    assert value(table, "a", "b", "layer_jaccard") == 1 / 4
    assert value(table, "a", "b", "layer_share_also") == 1 / 3
    assert value(table, "b", "a", "layer_share_also") == 1 / 2
    assert value(table, "a", "b", "layer_correlation") == pytest.approx((20 - 6) / np.sqrt(3 * 17 * 2 * 18))
    assert (table.withheld == "").all()
    assert multiplex.multiplex_degree(network).tolist() == [1, 2, 2, 1, 0]
    assert multiplex.overlapping_degree(network).tolist() == [2, 3, 2, 1, 0]
    assert multiplex.layers_active(network).tolist() == [2, 2, 2, 1, 0]
    np.testing.assert_allclose(multiplex.participation_layers(network), [1, 8 / 9, 1, 0, np.nan])
    assert multiplex.multiplexity_mean(network) == 4 / 3
    assert multiplex.multiplex_share(network) == 1 / 3
    assert multiplex.global_overlap(network) == 2 / 3


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("directed", [True, False])
def test_layer_pairs_agree_with_sets_and_numpy(seed, directed):
    layers, size = random_layers(seed), 25
    table = multiplex.layer_table(edge_network(layers, size, directed=directed))
    dense = {}
    for name, arcs in layers.items():
        matrix = np.zeros((size, size))
        matrix[tuple(np.array(arcs).T)] = 1
        dense[name] = matrix if directed else np.maximum(matrix, matrix.T)
    cells = ~np.eye(size, dtype=bool) if directed else np.tri(size, k=-1, dtype=bool)
    for a in layers:
        for b in layers:
            if a == b:
                continue
            x, y = dense[a][cells], dense[b][cells]
            assert value(table, a, b, "layer_share_also") == y[x == 1].mean()
            if a < b:
                assert value(table, a, b, "layer_overlap") == (x * y).sum()
                assert value(table, a, b, "layer_jaccard") == (x * y).sum() / np.maximum(x, y).sum()
                assert value(table, a, b, "layer_correlation") == pytest.approx(np.corrcoef(x, y)[0, 1])


@pytest.mark.parametrize("seed", range(5))
def test_actors_and_pairs_agree_with_networkx(seed):
    layers, size = random_layers(seed), 25
    network = edge_network(layers, size)
    graphs = []
    for arcs in layers.values():
        graphs.append(nx.Graph(arcs))
        graphs[-1].add_nodes_from(range(size))
    merged = nx.compose_all(graphs)
    assert multiplex.multiplex_degree(network).tolist() == [merged.degree(i) for i in range(size)]
    by_layer = np.array([[g.degree(i) for g in graphs] for i in range(size)])
    assert multiplex.overlapping_degree(network).tolist() == by_layer.sum(axis=1).tolist()
    assert multiplex.layers_active(network).tolist() == (by_layer > 0).sum(axis=1).tolist()
    total = by_layer.sum(axis=1)
    expected = [
        1.5 * (1 - sum((k / t) ** 2 for k in row)) if t else np.nan
        for row, t in zip(by_layer, total, strict=True)
    ]
    np.testing.assert_allclose(multiplex.participation_layers(network), expected, atol=1e-12)
    often = [sum(g.has_edge(a, b) for g in graphs) for a, b in merged.edges]
    assert multiplex.multiplexity_mean(network) == pytest.approx(np.mean(often))
    assert multiplex.multiplex_share(network) == pytest.approx(np.mean(np.array(often) > 1))
    assert multiplex.global_overlap(network) == pytest.approx(np.mean(often) / 3)


def test_equal_layers_overlap_wholly_and_disjoint_layers_not_at_all():
    arcs = [(0, 1), (1, 2), (2, 0)]
    same = edge_network({"a": arcs, "b": arcs}, 4)
    table = multiplex.layer_table(same).query("measure != 'layer_overlap'")
    np.testing.assert_allclose(table.value, 1)
    assert multiplex.global_overlap(same) == 1
    apart = edge_network({"a": arcs, "b": [(0, 3)]}, 4)
    assert multiplex.layer_table(apart).query("measure != 'layer_correlation'").value.eq(0).all()
    assert multiplex.global_overlap(apart) == 1 / 2


def test_unobserved_pairs_are_left_out_of_the_correlation():
    layers = {"a": [(0, 1), (1, 2)], "b": [(0, 1), (0, 2)]}
    network = edge_network(layers, 4, responded=[True, True, False, False], observed_by="sender")
    x, y = np.array([1, 0, 0, 0, 1, 0]), np.array([1, 1, 0, 0, 0, 0])
    table = multiplex.layer_table(network)
    assert value(table, "a", "b", "layer_correlation") == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert table[table.measure == "layer_correlation"].n.tolist() == [6]


def test_layers_without_ties_and_networks_of_one_layer_are_undefined():
    one = edge_network({"a": [(0, 1), (1, 2)]})
    assert multiplex.layer_table(one).empty
    for name in ACTOR:
        assert np.isnan(get_measure(name).function(one)).all()
    for name in NETWORK:
        assert np.isnan(get_measure(name).function(one))
        assert "fewer than two layers" in get_measure(name).undefined
    loop = edge_network({"a": [(0, 1), (1, 2)], "b": [(2, 2)]})
    table = multiplex.layer_table(loop)
    assert table.value.isna().all()
    assert (table.withheld == "undefined: no tie of b is in the network").all()
    full = edge_network({"a": [(0, 1), (1, 0)], "b": [(0, 1)]})
    row = multiplex.layer_table(full).query("measure == 'layer_correlation'").iloc[0]
    assert row.withheld == "undefined: a layer has a tie on every observed pair, so it does not vary"
    assert multiplex.layer_table(edge_network({"a": [], "b": []}, 3)).empty


def test_text_bears_counts_of_layers_only():
    network = edge_network({"a": [(0, 1), (1, 2)], "b": [(0, 1)]})
    object.__setattr__(network, "boundary", "text")
    table = multiplex.layer_table(network).set_index("measure")
    assert table.value["layer_overlap"] == 1
    assert table.withheld["layer_jaccard"].startswith("withheld: a text states some ties")
    assert np.isnan(table.value["layer_jaccard"])


def test_relabelling_moves_values_and_declared_names_are_those_tested():
    layers = random_layers(1)
    order = np.random.default_rng(0).permutation(25)
    moved = {name: [(order[a], order[b]) for a, b in arcs] for name, arcs in layers.items()}
    for name in ACTOR:
        values = get_measure(name).function(edge_network(layers, 25))
        np.testing.assert_allclose(get_measure(name).function(edge_network(moved, 25))[order], values)
    pd.testing.assert_frame_equal(
        multiplex.layer_table(edge_network(layers, 25)), multiplex.layer_table(edge_network(moved, 25))
    )
    for level, names in (("actor", ACTOR), ("network", NETWORK), ("cluster", multiplex.LAYER_MEASURES)):
        assert (
            tuple(m.name for m in measures_at(level) if m.function.__module__ == multiplex.__name__) == names
        )
