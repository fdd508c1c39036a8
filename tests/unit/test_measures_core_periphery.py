"""Core and periphery against enumeration of all cores, a second optimizer, and what must not change them."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from small_networks import edge_network

from gumflow.measures import core_periphery as cp
from gumflow.measures.registry import get_measure

SEEDS = range(12)
NAMES = (
    "core_member",
    "coreness",
    "core_periphery_fit_discrete",
    "core_periphery_fit_continuous",
    "core_size",
)


def random_graph(seed, low=4, high=12, directed=None):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(low, high + 1))
    directed = bool(seed % 2) if directed is None else directed
    graph = nx.gnp_random_graph(n, rng.uniform(0.15, 0.6), seed=seed, directed=directed)
    return graph, edge_network(list(graph.edges), n, directed=directed)


def off_diagonal(matrix):
    return matrix[~np.eye(len(matrix), dtype=bool)]


def correlation(graph, pattern):
    return np.corrcoef(off_diagonal(nx.to_numpy_array(graph, weight=None)), off_diagonal(pattern))[0, 1]


def core_pattern(n, core):
    x = np.isin(np.arange(n), core)
    return (x[:, None] | x[None, :]).astype(float)


def best_of_all_cores(graph):
    n = len(graph)
    x = (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1
    x = x[(x.sum(axis=1) >= 1) & (x.sum(axis=1) <= n - 2)]
    patterns = (x[:, :, None] | x[:, None, :])[:, ~np.eye(n, dtype=bool)].astype(float)
    ties = off_diagonal(nx.to_numpy_array(graph, weight=None))
    patterns -= patterns.mean(axis=1, keepdims=True)
    ties -= ties.mean()
    return (patterns @ ties / np.linalg.norm(patterns, axis=1)).max() / np.linalg.norm(ties)


def karate():
    graph = nx.karate_club_graph()
    return graph, edge_network([(a, b, 1 + a % 5) for a, b in graph.edges], 34, directed=False)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_discrete_core_is_the_best_of_all_cores(seed):
    graph, network = random_graph(seed, high=11)
    members = np.flatnonzero(cp.core_member(network))
    fit = cp.core_periphery_fit_discrete(network)
    assert fit == pytest.approx(best_of_all_cores(graph), abs=1e-12)
    assert fit == pytest.approx(correlation(graph, core_pattern(len(graph), members)), abs=1e-12)
    assert cp.core_size(network) == len(members)


def test_core_of_twelve_actors_is_the_best_of_all_cores():
    graph, network = random_graph(5, 12, 12, directed=True)
    assert cp.core_periphery_fit_discrete(network) == pytest.approx(best_of_all_cores(graph), abs=1e-12)


def test_karate_club_without_strengths_has_the_published_core():
    _, network = karate()
    assert np.flatnonzero(cp.core_member(network)).tolist() == [0, 1, 2, 32, 33]
    assert cp.core_periphery_fit_discrete(network) == pytest.approx(0.431475, abs=1e-6)


def test_an_ideal_pattern_fits_fully_in_both_directions_and_names_its_core():
    core, n = [2, 5, 6], 15
    pairs = [(i, j) for i, j in combinations(range(n), 2) if i in core or j in core]
    for directed, arcs in ((False, pairs), (True, pairs + [(j, i) for i, j in pairs])):
        network = edge_network(arcs, n, directed=directed)
        assert np.flatnonzero(cp.core_member(network)).tolist() == core
        assert cp.core_periphery_fit_discrete(network) == pytest.approx(1)
        assert cp.core_size(network) == 3
        score = cp.coreness(network)
        assert score[core].min() > score[[i for i in range(n) if i not in core]].max()


def test_fit_of_a_directed_star_by_hand():
    # 3 arcs among 12 ordered pairs, pattern of 6: corr = (3 * 12 - 3 * 6) / sqrt(3 * 9 * 6 * 6).
    network = edge_network([(0, 1), (0, 2), (0, 3)])
    assert cp.core_periphery_fit_discrete(network) == pytest.approx(18 / np.sqrt(3 * 9 * 6 * 6))
    assert cp.core_member(network).tolist() == [1, 0, 0, 0]


def test_coreness_of_two_cliques_by_hand():
    # Products of 1 in the larger clique and 0 elsewhere leave only the smaller unexplained.
    arcs = list(combinations(range(5), 2)) + list(combinations(range(5, 8), 2))
    score = cp.coreness(edge_network(arcs, directed=False))
    np.testing.assert_allclose(score, [5**-0.5] * 5 + [0] * 3, atol=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_coreness_is_a_least_squares_optimum_found_by_another_method(seed):
    graph, network = random_graph(seed, low=12, high=18)
    matrix = nx.to_numpy_array(graph, weight=None)
    symmetric, n = (matrix + matrix.T) / 2, len(graph)

    def residuals(c):
        return (off_diagonal(symmetric - np.outer(c, c)) ** 2).sum()

    def least(start):
        # Each score in turn is set to its regression on the others.
        c = start.copy()
        for _ in range(200):
            for i in range(n):
                others = c @ c - c[i] ** 2
                c[i] = np.clip((symmetric[i] @ c) / others, 0, np.sqrt(n)) if others > 0 else 0
        return c

    rng = np.random.default_rng(seed)
    best = min((least(rng.random(n)) for _ in range(2)), key=residuals)
    score = cp.coreness(network)
    assert np.linalg.norm(score) == pytest.approx(1)
    scale = max(symmetric.sum() / n, 1)
    # The search works on unscaled scores: put back the length that fits best.
    products = np.outer(score, score)
    length = off_diagonal(symmetric * products).sum() / off_diagonal(products**2).sum()
    assert residuals(score * np.sqrt(length)) <= residuals(best) + 1e-6 * scale
    assert cp.core_periphery_fit_continuous(network) == pytest.approx(
        correlation(graph, products), rel=1e-9, abs=1e-12
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_names_strengths_and_reversal_change_nothing(seed):
    graph, network = random_graph(seed, low=14, high=24, directed=True)
    n = len(graph)
    order = np.random.default_rng(seed).permutation(n)
    renamed = edge_network([(order[a], order[b], 1 + a) for a, b in graph.edges], n)
    turned = edge_network([(b, a) for a, b in graph.edges], n)
    for other in (renamed, turned):
        place = order if other is renamed else np.arange(n)
        assert cp.core_periphery_fit_discrete(other) == pytest.approx(cp.core_periphery_fit_discrete(network))
        assert cp.core_periphery_fit_continuous(other) == pytest.approx(
            cp.core_periphery_fit_continuous(network), abs=1e-5
        )
        np.testing.assert_allclose(cp.coreness(other)[place], cp.coreness(network), atol=1e-4)
    assert cp.core_member(turned).tolist() == cp.core_member(network).tolist()


def test_an_isolate_is_in_the_periphery():
    graph, _ = karate()
    network = edge_network(list(graph.edges), 36, directed=False)
    assert cp.core_member(network)[34:].tolist() == [0, 0]
    np.testing.assert_allclose(cp.coreness(network)[34:], 0, atol=1e-8)


def test_a_star_does_not_run_away():
    network = edge_network([(0, i) for i in range(1, 9)], directed=False)
    score = cp.coreness(network)
    # The center stops at root n = 3, and each leaf then minimizes (1 - 3c)^2 + 3.5 c^4.
    leaf = score[1] / score[0] * 3
    assert -6 * (1 - 3 * leaf) + 14 * leaf**3 == pytest.approx(0, abs=1e-5)
    assert cp.core_periphery_fit_continuous(network) == pytest.approx(1)


def test_same_network_same_bytes():
    _, network = karate()
    _, again = karate()
    for name in NAMES[:2]:
        function = get_measure(name).function
        assert function(network).tobytes() == function(again).tobytes()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 6])
@pytest.mark.parametrize("full", [True, False])
def test_no_pattern_without_ties_or_with_all(size, full):
    arcs = [(i, j) for i in range(size) for j in range(size) if i != j and full]
    network = edge_network(arcs, size) if size else edge_network([(0, 1)]).__class__(**empty())
    for name in NAMES:
        assert np.isnan(get_measure(name).function(network)).all()
    assert cp.core_member(network).shape == (size,)


def empty():
    text, number = np.empty(0, dtype=str), np.empty(0, dtype=np.int64)
    return {
        "name": "all",
        "boundary": "census",
        "actors": text,
        "kinds": text.copy(),
        "inside": np.empty(0, dtype=bool),
        "source": number,
        "target": number.copy(),
        "strength": np.empty(0),
        "layers": ("tie",),
        "arc_layers": np.empty((0, 1), dtype=bool),
        "loops_dropped": 0,
        "merged_ties": 0,
    }


def test_a_ring_has_no_core():
    ring = edge_network([(0, 1), (1, 2), (2, 0)])
    assert cp.core_periphery_fit_discrete(ring) == 0
    assert np.isnan(cp.core_member(ring)).all()
    assert np.isnan(cp.core_size(ring))
    np.testing.assert_allclose(cp.coreness(ring), 3**-0.5, atol=1e-6)
    assert np.isnan(cp.core_periphery_fit_continuous(ring))


def test_two_actors_with_one_tie_leave_no_pattern():
    assert np.isnan(cp.core_periphery_fit_discrete(edge_network([(0, 1)])))
