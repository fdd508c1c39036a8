"""Eigenvector centrality, hubs and authorities against dense algebra, networkx and cases without one solution."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from small_networks import as_networkx, edge_network, make_network, random_arcs

from gumflow.measures import prominence
from gumflow.measures.registry import withheld_reason

SEEDS = range(12)
MEASURES = (prominence.eigenvector_collapsed, prominence.hub, prominence.authority)


def both_ways(edges):
    return [*edges, *((b, a) for a, b in edges)]


@pytest.mark.parametrize("seed", SEEDS)
def test_eigenvector_agrees_with_networkx_on_the_largest_component(seed):
    arcs, size = random_arcs(seed)
    graph = as_networkx(arcs, size).to_undirected()
    giant = max(nx.connected_components(graph), key=len)
    expected = nx.eigenvector_centrality_numpy(graph.subgraph(giant))
    values = prominence.eigenvector_collapsed(make_network(arcs, size))
    highest = max(expected.values())
    wanted = [expected[i] / highest if i in giant else math.nan for i in range(size)]
    np.testing.assert_allclose(values, wanted, rtol=1e-8, atol=1e-12)
    assert prominence.eigenvector_coverage(make_network(arcs, size)) == len(giant) / size


@pytest.mark.parametrize("seed", SEEDS)
def test_hubs_and_authorities_agree_with_the_singular_vectors(seed):
    arcs, size = random_arcs(seed)
    left, values, right = np.linalg.svd(nx.to_numpy_array(as_networkx(arcs, size), weight=None))
    network = make_network(arcs, size)
    if values[0] - values[1] < 1e-9:
        assert np.isnan(prominence.hub(network)).all()
        return
    hubs, authorities = np.abs(left[:, 0]), np.abs(right[0])
    np.testing.assert_allclose(prominence.hub(network), hubs / hubs.max(), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(
        prominence.authority(network), authorities / authorities.max(), rtol=1e-7, atol=1e-9
    )


def test_hubs_and_authorities_agree_with_networkx():
    arcs, size = random_arcs(5)
    hubs, authorities = nx.hits(as_networkx([(a, b, 1.0) for a, b, _ in arcs], size), tol=1e-12)
    network = make_network(arcs, size)
    for values, expected in ((prominence.hub(network), hubs), (prominence.authority(network), authorities)):
        np.testing.assert_allclose(values / values.sum(), [expected[i] for i in range(size)], atol=1e-8)


def test_a_star_by_hand():
    values = prominence.eigenvector_collapsed(make_network([(0, i) for i in range(1, 5)]))
    np.testing.assert_allclose(values, [1, 0.5, 0.5, 0.5, 0.5])


def test_a_hand_computed_case_of_hubs():
    """0 -> 2, 0 -> 3, 1 -> 3: A A' = [[2, 1], [1, 1]], so that the hubs stand in the golden ratio."""
    network = make_network([(0, 2), (0, 3), (1, 3)])
    golden = (math.sqrt(5) - 1) / 2
    np.testing.assert_allclose(prominence.hub(network), [1, golden, 0, 0], atol=1e-12)
    np.testing.assert_allclose(prominence.authority(network), [0, 0, golden, 1], atol=1e-12)


def test_a_long_chain_is_solved_by_iteration():
    """The eigenvector of a path of n actors is sin(pi i / (n+1)); its two largest eigenvalues are close."""
    size = 99
    assert size > prominence.DENSE_SIZE
    values = prominence.eigenvector_collapsed(make_network([(i, i + 1) for i in range(size - 1)]))
    expected = np.sin(np.pi * np.arange(1, size + 1) / (size + 1))
    np.testing.assert_allclose(values, expected / expected.max(), atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_hubs_of_larger_networks_are_solved_by_iteration(seed):
    rng = np.random.default_rng(seed)
    there = rng.random((95, 95)) < 0.05
    np.fill_diagonal(there, False)
    left, _, right = np.linalg.svd(there.astype(float))
    network = make_network([tuple(map(int, arc)) for arc in np.argwhere(there)], 95)
    for values, vector in ((prominence.hub(network), left[:, 0]), (prominence.authority(network), right[0])):
        np.testing.assert_allclose(values, np.abs(vector) / np.abs(vector).max(), atol=1e-9)


def test_a_network_without_circles_has_hubs_and_an_eigenvector():
    """Where the classic eigenvector of the directed network is 0 throughout."""
    network = make_network([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
    assert prominence.hub(network).tolist()[3] == 0
    assert prominence.authority(network).tolist()[0] == 0
    assert prominence.hub(network).argmax() == 0
    np.testing.assert_allclose(prominence.eigenvector_collapsed(network), 1)


def test_two_components_of_one_size_have_no_common_solution():
    triangle = list(itertools.permutations(range(3), 2))
    network = make_network([*triangle, (3, 4), (4, 5)])
    assert np.isnan(prominence.eigenvector_collapsed(network)).all()
    assert prominence.eigenvector_coverage(network) == 0
    larger = make_network([*triangle, (3, 4), (4, 5), (5, 6)])
    np.testing.assert_allclose(np.isnan(prominence.eigenvector_collapsed(larger)), [1, 1, 1, 0, 0, 0, 0])
    assert prominence.eigenvector_coverage(larger) == 4 / 7


@pytest.mark.parametrize(
    "arcs",
    [
        [(0, 1), (2, 3)],
        both_ways([(0, 1), (0, 2), (0, 3)]),
        # A star of four targets and a block of two sources with two targets: 2 is the leading value of both.
        [(0, i) for i in (1, 2, 3, 4)] + [(5, 7), (5, 8), (6, 7), (6, 8)],
        # Two copies, between which an iteration from equal values would not tell.
        [(0, 1), (0, 2), (3, 2), (4, 5), (4, 6), (7, 6)],
    ],
)
def test_hubs_are_undefined_if_two_parts_lead(arcs):
    network = make_network(arcs)
    assert np.isnan(prominence.hub(network)).all()
    assert np.isnan(prominence.authority(network)).all()


def test_the_part_that_leads_has_all_hubs():
    network = make_network([(0, 1), (0, 2), (3, 4), (3, 5), (3, 6)])
    assert prominence.hub(network).tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert prominence.authority(network).tolist() == [0, 0, 0, 0, 1, 1, 1]
    # Six arcs of equal parts below it change nothing, in whatever order they are looked at.
    more = make_network([(0, 1), (0, 2), (3, 4), (3, 5), (3, 6), *((i, i + 1) for i in range(7, 19, 2))])
    assert prominence.hub(more).argmax() == 3
    assert prominence.hub(more).sum() == 1


@pytest.mark.parametrize("function", MEASURES)
@pytest.mark.parametrize("seed", [5, 6])
def test_relabelling_moves_values_and_strength_and_isolates_change_none(function, seed):
    arcs, size = random_arcs(seed)
    order = np.random.default_rng(seed).permutation(size)
    first = function(make_network(arcs, size))
    assert np.nanmax(first) == 1
    moved = function(make_network([(int(order[a]), int(order[b]), 9.0) for a, b, _ in arcs], size + 1))
    np.testing.assert_allclose(moved[order], first, rtol=1e-7, atol=1e-10)
    assert moved[size] == 0 or math.isnan(moved[size])


def test_reversing_all_ties_swaps_hubs_and_authorities():
    arcs, size = random_arcs(5)
    back = make_network([(b, a) for a, b, _ in arcs], size)
    np.testing.assert_allclose(
        prominence.hub(back), prominence.authority(make_network(arcs, size)), atol=1e-9
    )


@pytest.mark.parametrize("function", MEASURES)
def test_equal_input_gives_equal_bytes(function):
    arcs = [(i, (i * i + 3 * i + d) % 89) for i in range(89) for d in (1, 7, 30) if (i * i + 2 * i + d) % 89]
    first, second = (function(make_network(arcs)) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_networks_without_direction_have_no_hubs():
    network = edge_network([(0, 1), (1, 2)], directed=False)
    assert withheld_reason("hub", network)
    assert withheld_reason("authority", network)
    np.testing.assert_allclose(prominence.eigenvector_collapsed(network), [math.sqrt(0.5), 1, math.sqrt(0.5)])


@pytest.mark.parametrize("size", [0, 1, 3])
def test_without_ties_nothing_is_defined(size):
    network = make_network([], size) if size else edge_network([], 0)
    for function in MEASURES:
        assert function(network).shape == (size,)
        assert np.isnan(function(network)).all()
    coverage = prominence.eigenvector_coverage(network)
    assert math.isnan(coverage) if size == 0 else coverage == 0


def test_where_all_are_tied_to_all():
    network = make_network(list(itertools.permutations(range(5), 2)))
    for function in MEASURES:
        np.testing.assert_allclose(function(network), 1)
