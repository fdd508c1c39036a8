"""Krackhardt's four dimensions against their definitions spelled out over all pairs."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from small_networks import as_networkx, edge_network, make_network, random_arcs

from gumflow.measures import hierarchy
from gumflow.measures.registry import withheld_reason

MEASURES = {
    "connectedness": hierarchy.krackhardt_connectedness,
    "hierarchy": hierarchy.krackhardt_hierarchy,
    "efficiency": hierarchy.krackhardt_efficiency,
    "upper_bound": hierarchy.krackhardt_upper_bound,
}


def ratio(part, whole):
    return part / whole if whole else math.nan


def brute_force(graph):
    reaches = {i: nx.descendants(graph, i) | {i} for i in graph}
    parts = list(nx.weakly_connected_components(graph))
    together = [pair for part in parts for pair in itertools.combinations(sorted(part), 2)]
    some = [(i, j) for i, j in itertools.combinations(graph, 2) if i in reaches[j] or j in reaches[i]]
    each = [(i, j) for i, j in some if i in reaches[j] and j in reaches[i]]

    def bounded(i, j):
        above = [k for k in graph if i in reaches[k] and j in reaches[k]]
        return any(all(low in reaches[k] for k in above) for low in above)

    n, m = len(graph), graph.number_of_edges()
    needed = sum(len(part) - 1 for part in parts)
    return {
        "connectedness": ratio(len(together), n * (n - 1) / 2),
        "hierarchy": 1 - ratio(len(each), len(some)),
        "efficiency": 1 - ratio(m - needed, sum(len(p) * (len(p) - 1) for p in parts) - needed),
        "upper_bound": 1
        - ratio(
            sum(not bounded(i, j) for i, j in together),
            sum((len(p) - 1) * (len(p) - 2) / 2 for p in parts),
        ),
    }


def sparse_arcs(seed, size=18):
    """Draw few arcs, most of them downwards, so that strong components are many and upper bounds rare."""
    rng = np.random.default_rng(seed)
    there = np.triu(rng.random((size, size)) < 0.14, 1) | (rng.random((size, size)) < 0.015)
    np.fill_diagonal(there, False)
    order = rng.permutation(size)
    return [(int(order[i]), int(order[j]), 1.0) for i, j in np.argwhere(there)], size


def check(arcs, size):
    expected = brute_force(as_networkx(arcs, size))
    network = make_network(arcs, size)
    found = {name: function(network) for name, function in MEASURES.items()}
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)
    return found


@pytest.mark.parametrize("draw", [random_arcs, sparse_arcs])
@pytest.mark.parametrize("seed", range(12))
def test_all_four_agree_with_their_definitions(seed, draw):
    arcs, size = draw(seed)
    network, expected = make_network(arcs, size), brute_force(as_networkx(arcs, size))
    for name, function in MEASURES.items():
        assert function(network) == pytest.approx(expected[name], rel=1e-12, nan_ok=True), name


@pytest.mark.parametrize("seed", range(3))
def test_blocks_of_bits_join_without_a_seam(seed, monkeypatch):
    arcs, size = sparse_arcs(seed, 90)
    network = make_network(arcs, size)
    whole = [hierarchy.krackhardt_hierarchy(network), hierarchy.krackhardt_upper_bound(network)]
    monkeypatch.setattr(hierarchy, "WORDS", 1)
    monkeypatch.setattr(hierarchy, "PAIR_WORDS", 1)
    again = make_network(arcs, size)
    assert [hierarchy.krackhardt_hierarchy(again), hierarchy.krackhardt_upper_bound(again)] == whole
    graph = as_networkx(arcs, size)
    reached = [len(nx.descendants(graph, i)) for i in graph]
    mutual = sum(len(c) * (len(c) - 1) for c in nx.strongly_connected_components(graph)) / 2
    assert whole[0] == pytest.approx(1 - mutual / (sum(reached) - mutual))


@pytest.mark.parametrize("branches", [1, 2, 3])
def test_an_out_tree_has_one_in_all(branches):
    network = make_network([((i - 1) // branches, i) for i in range(1, 14)])
    assert [function(network) for function in MEASURES.values()] == [1, 1, 1, 1]


def test_an_in_tree_lacks_upper_bounds_only():
    """The reverse of an organization chart, 0 and 1 above 2, 2 and 3 above 4: four of ten pairs have no common superior."""
    found = check([(0, 2, 1.0), (1, 2, 1.0), (2, 4, 1.0), (3, 4, 1.0)], 5)
    assert [found["connectedness"], found["hierarchy"], found["efficiency"]] == [1, 1, 1]
    # Pairs without one: 0-1, 0-3, 1-3, 2-3.
    assert found["upper_bound"] == pytest.approx(1 - 4 / 6)


def test_a_least_upper_bound_is_below_all_other_upper_bounds():
    """Two heads of equal rank under one superior are no least upper bound; one head under two superiors is."""
    assert check([(0, 1, 1.0), (0, 2, 1.0), (1, 3, 1.0), (1, 4, 1.0), (2, 3, 1.0), (2, 4, 1.0)], 5)[
        "upper_bound"
    ] == pytest.approx(5 / 6)
    two_superiors = [(0, 2, 1.0), (1, 2, 1.0), (2, 3, 1.0), (2, 4, 1.0)]
    # Only the two superiors themselves have nobody above both.
    assert check(two_superiors, 5)["upper_bound"] == pytest.approx(5 / 6)


def test_mutual_reach_is_no_hierarchy():
    circle = [(i, (i + 1) % 5) for i in range(5)]
    assert hierarchy.krackhardt_hierarchy(make_network(circle)) == 0
    assert hierarchy.krackhardt_upper_bound(make_network(circle)) == 1
    # One actor above the circle: five pairs in one direction, ten in both.
    assert hierarchy.krackhardt_hierarchy(make_network([*circle, (5, 0)])) == pytest.approx(1 / 3)


def test_connectedness_is_one_minus_fragmentation():
    network = make_network([(0, 1), (1, 2), (3, 4)], 6)
    assert hierarchy.krackhardt_connectedness(network) == pytest.approx((3 + 1) / 15)


def test_efficiency_counts_arcs_or_pairs():
    triangle = [(0, 1), (1, 2), (2, 0)]
    assert hierarchy.krackhardt_efficiency(make_network(triangle)) == pytest.approx(1 - 1 / 4)
    assert hierarchy.krackhardt_efficiency(edge_network(triangle, directed=False)) == 0
    square = [(0, 1), (1, 2), (2, 3), (3, 0)]
    assert hierarchy.krackhardt_efficiency(edge_network(square, directed=False)) == pytest.approx(2 / 3)


@pytest.mark.parametrize("function", MEASURES.values(), ids=MEASURES)
def test_relabelling_and_strength_change_nothing(function):
    arcs, size = sparse_arcs(4)
    order = np.random.default_rng(4).permutation(size)
    moved = [(int(order[a]), int(order[b]), 5.0) for a, b, _ in arcs]
    assert function(make_network(moved, size)) == function(make_network(arcs, size))


def test_reversing_all_ties_changes_upper_bounds_alone():
    arcs, size = sparse_arcs(1)
    there, back = make_network(arcs, size), make_network([(b, a) for a, b, _ in arcs], size)
    for name, function in MEASURES.items():
        assert (function(there) == function(back)) == (name != "upper_bound")


def test_an_isolate_lowers_connectedness_alone():
    arcs, size = sparse_arcs(2)
    for name, function in MEASURES.items():
        first, second = function(make_network(arcs, size)), function(make_network(arcs, size + 1))
        assert second < first if name == "connectedness" else second == first


def test_networks_without_direction_have_connectedness_and_efficiency():
    network = edge_network([(0, 1), (1, 2)], directed=False)
    assert withheld_reason("krackhardt_hierarchy", network)
    assert withheld_reason("krackhardt_upper_bound", network)
    assert not withheld_reason("krackhardt_efficiency", network)


@pytest.mark.parametrize("size", [0, 1, 2, 4])
def test_without_ties_all_but_connectedness_are_undefined(size):
    network = make_network([], size) if size else edge_network([], 0)
    found = {name: function(network) for name, function in MEASURES.items()}
    connectedness = found.pop("connectedness")
    assert connectedness == 0 if size > 1 else math.isnan(connectedness)
    assert all(map(math.isnan, found.values()))


def test_where_all_are_tied_to_all():
    found = check([(a, b, 1.0) for a, b in itertools.permutations(range(5), 2)], 5)
    assert found == {"connectedness": 1, "hierarchy": 0, "efficiency": 0, "upper_bound": 1}
