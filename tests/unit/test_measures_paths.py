"""Shortest paths against hand computation, networkx, scipy, enumeration of samples, and what must not change them."""

import functools
import itertools

import networkx as nx
import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from gumflow.contract.errors import GumflowError
from gumflow.measures import breadth_first as bf
from gumflow.measures import shortest_paths as sp

SEEDS = range(6)
CHAIN = (5, np.array([0, 1, 2]), np.array([1, 2, 3]))
"""0 to 1 to 2 to 3, and 4 alone."""
NO_ARCS = np.empty(0, dtype=np.int64)


def arcs_of(there):
    np.fill_diagonal(there, False)
    source, target = np.nonzero(there)
    return len(there), source.astype(np.int64), target.astype(np.int64)


def random_graph(seed, size=30):
    """Draw a graph with mutual ties, an isolate, an actor without arcs in, and several parts."""
    rng = np.random.default_rng(seed)
    there = rng.random((size, size)) < rng.uniform(0.03, 0.15)
    there |= there.T & (rng.random((size, size)) < 0.3)
    there[0], there[:, 0], there[:, 1] = False, False, False
    return arcs_of(there)


@functools.cache
def uneven_graph():
    """More actors than one block holds: random ties, hubs that many point to, a long chain."""
    rng = np.random.default_rng(3)
    size = bf.BLOCK + 200
    there = sparse.random_array((size, size), density=0.002, rng=rng).toarray() > 0
    there[rng.random(size) < 0.5, 5] = True
    there[rng.random(size) < 0.3, 900] = True
    there[-60:], there[:, -60:] = False, False
    for step in range(size - 60, size):
        there[step - 1, step] = True
    return arcs_of(there)


def as_networkx(graph, length=None):
    size, source, target = graph
    result = nx.DiGraph()
    result.add_nodes_from(range(size))
    lengths = np.ones(len(source)) if length is None else length
    result.add_weighted_edges_from(
        zip(source.tolist(), target.tolist(), lengths.tolist(), strict=True), weight="length"
    )
    return result


def by_scipy(graph):
    """Return all distances, infinite where there is no path."""
    size, source, target = graph
    return dijkstra(sparse.csr_array((np.ones(len(source)), (source, target)), shape=(size, size)))


def in_order(values):
    return np.array([values[node] for node in sorted(values)], dtype=float)


def complete(size):
    return arcs_of(np.ones((size, size), dtype=bool))


@pytest.fixture
def own_betweenness(monkeypatch):
    """Betweenness by products of batches at any size."""
    monkeypatch.setattr(sp, "IGRAPH_UP_TO", -1)
    return sp.betweenness


def test_sums_of_a_chain_by_hand():
    sums = bf.sweep_paths(*CHAIN)
    assert sums.harmonic_out == pytest.approx([1 + 1 / 2 + 1 / 3, 1 + 1 / 2, 1, 0, 0])
    assert sums.harmonic_in == pytest.approx([0, 1, 1 + 1 / 2, 1 + 1 / 2 + 1 / 3, 0])
    assert sums.harmonic_in_squares == pytest.approx([0, 1, 1 + 1 / 4, 1 + 1 / 4 + 1 / 9, 0])
    assert sums.reached_out.tolist() == [3, 2, 1, 0, 0]
    assert sums.reached_in.tolist() == [0, 1, 2, 3, 0]
    assert sums.within_out.tolist() == [2, 2, 1, 0, 0]
    assert sums.within_in.tolist() == [0, 1, 2, 2, 0]
    assert sums.distances_out.tolist() == [6, 3, 1, 0, 0]
    assert sums.distances_in.tolist() == [0, 1, 3, 6, 0]
    assert sums.pairs_by_distance.tolist() == [0, 3, 2, 1]
    assert sums.reachable_pairs == 6
    assert sums.mean_distance == pytest.approx(10 / 6)
    assert sums.diameter == 3


def test_betweenness_of_a_chain_and_a_diamond_by_hand(own_betweenness):
    diamond = (4, np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3]))
    assert own_betweenness(*CHAIN).tolist() == [0, 2, 2, 0, 0]
    assert own_betweenness(*diamond).tolist() == [0, 0.5, 0.5, 0]


@pytest.mark.parametrize("seed", SEEDS)
def test_sums_equal_networkx(seed):
    graph = random_graph(seed)
    theirs = as_networkx(graph)
    sums = bf.sweep_paths(*graph)
    assert sums.harmonic_in == pytest.approx(in_order(nx.harmonic_centrality(theirs)), abs=1e-12)
    assert sums.harmonic_out == pytest.approx(in_order(nx.harmonic_centrality(theirs.reverse())), abs=1e-12)
    reached = {node: len(nx.descendants(theirs, node)) for node in theirs}
    assert sums.reached_out.tolist() == [reached[node] for node in range(graph[0])]
    lengths = [
        step for _, row in nx.all_pairs_shortest_path_length(theirs) for step in row.values() if step > 0
    ]
    assert sums.pairs_by_distance.tolist() == np.bincount(lengths).tolist()
    assert sums.mean_distance == pytest.approx(np.mean(lengths), abs=1e-12)


def test_blocks_hubs_and_long_chains_equal_scipy():
    graph = uneven_graph()
    distance = by_scipy(graph)
    np.fill_diagonal(distance, np.inf)
    met = np.isfinite(distance)
    sums = bf.sweep_paths(*graph)
    assert sums.diameter > 60
    assert sums.harmonic_in == pytest.approx((1 / distance).sum(axis=0), abs=1e-9)
    assert sums.harmonic_out == pytest.approx((1 / distance).sum(axis=1), abs=1e-9)
    assert (sums.reached_out == met.sum(axis=1)).all()
    assert (sums.reached_in == met.sum(axis=0)).all()
    assert (sums.within_out == (distance <= 2).sum(axis=1)).all()
    assert (sums.within_in == (distance <= 2).sum(axis=0)).all()
    assert (sums.distances_in == np.where(met, distance, 0).sum(axis=0)).all()
    assert (sums.pairs_by_distance == np.bincount(distance[met].astype(int))).all()


@pytest.mark.parametrize("few", [0.0, 1.0])
def test_following_single_arcs_and_passing_over_all_give_the_same(monkeypatch, few):
    graph = uneven_graph()
    expected = bf.sweep_paths(*graph)
    monkeypatch.setattr(bf, "FEW", few)
    sums = bf.sweep_paths(*graph)
    assert (sums.harmonic_in == expected.harmonic_in).all()
    assert (sums.harmonic_out == expected.harmonic_out).all()


def test_some_sources_give_their_rows_of_all():
    graph = uneven_graph()
    everyone, some = bf.sweep_paths(*graph), np.array([7, 900, 3, graph[0] - 5])
    sums = bf.sweep_paths(*graph, some, within=3)
    distance = by_scipy(graph)[some]
    assert (sums.harmonic_out == everyone.harmonic_out[some]).all()
    assert (sums.within_out == ((distance > 0) & (distance <= 3)).sum(axis=1)).all()
    distance[distance == 0] = np.inf
    assert sums.harmonic_in == pytest.approx((1 / distance).sum(axis=0), abs=1e-12)
    assert sums.harmonic_in_squares == pytest.approx((1 / distance**2).sum(axis=0), abs=1e-12)


@pytest.mark.parametrize("rows", [0, 1, 2, 127, 129, 1300])
def test_bits_are_counted_by_row_and_by_column(rows):
    bits = np.random.default_rng(rows).integers(0, 2**64, (rows, bf.WORDS), dtype=np.uint64)
    bits[: rows // 3] = ~np.uint64(0)
    single = np.array([[word >> bit & 1 for word in row for bit in range(64)] for row in bits.tolist()])
    single = single.reshape(rows, bf.BLOCK)
    assert (bf._row_totals(bits) == single.sum(axis=1)).all()
    assert (bf._column_totals(bits) == single.sum(axis=0)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_distances_of_sources(seed):
    graph = random_graph(seed)
    expected = by_scipy(graph)
    expected[np.isinf(expected)] = -1
    sources = np.array([3, 29, 0, 11])
    found = bf.distances_from(*graph, sources)
    assert found.dtype == np.int8
    assert (found == expected[sources]).all()


def test_distances_over_several_blocks():
    graph = uneven_graph()
    size = graph[0]
    expected = by_scipy(graph)
    expected[np.isinf(expected)] = -1
    found = bf.distances_from(*graph, np.arange(size))
    assert found.dtype == np.int16
    assert (found == expected).all()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_reach_equals_powers_of_the_matrix(steps):
    size, source, target = random_graph(2, size=60)
    matrix = np.eye(size, dtype=int)
    matrix[source, target] = 1
    near = np.linalg.matrix_power(matrix, steps) > 0
    sums = bf.sweep_paths(size, source, target, within=steps)
    assert (sums.within_out == near.sum(axis=1) - 1).all()
    assert (sums.within_in == near.sum(axis=0) - 1).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_betweenness_equals_networkx_and_igraph(seed, monkeypatch):
    graph = random_graph(seed, size=45)
    expected = in_order(nx.betweenness_centrality(as_networkx(graph), normalized=False))
    assert sp.betweenness(*graph) == pytest.approx(expected, abs=1e-10)
    monkeypatch.setattr(sp, "IGRAPH_UP_TO", -1)
    assert sp.betweenness(*graph) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("few", [0.0, 1.0])
@pytest.mark.parametrize("most", [0.0, 1.0])
def test_passes_over_some_rows_and_over_all_give_the_same_betweenness(
    own_betweenness, monkeypatch, few, most
):
    graph = random_graph(1, size=60)
    expected = in_order(nx.betweenness_centrality(as_networkx(graph), normalized=False))
    monkeypatch.setattr(sp, "FEW", few)
    monkeypatch.setattr(sp, "MOST", most)
    assert own_betweenness(*graph) == pytest.approx(expected, abs=1e-10)


def test_an_uneven_graph_has_the_betweenness_that_igraph_counts(own_betweenness):
    _, source, target = uneven_graph()
    keep = (source < 400) & (target < 400)
    graph = (400, source[keep], target[keep])
    expected = sp._igraph(*graph).betweenness()
    assert own_betweenness(*graph) == pytest.approx(np.array(expected), rel=1e-11, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_names_isolates_and_directions(seed, own_betweenness):
    size, source, target = graph = random_graph(seed)
    sums, between = bf.sweep_paths(*graph), own_betweenness(*graph)

    name = np.random.default_rng(seed).permutation(size)
    renamed = bf.sweep_paths(size, name[source], name[target])
    assert (renamed.harmonic_in[name] == sums.harmonic_in).all()
    assert (renamed.harmonic_out[name] == sums.harmonic_out).all()
    renamed_between = own_betweenness(size, name[source], name[target])
    assert renamed_between[name] == pytest.approx(between, abs=1e-10)

    larger = bf.sweep_paths(size + 1, source, target)
    assert larger.harmonic_in.tolist() == [*sums.harmonic_in.tolist(), 0.0]
    assert (larger.pairs_by_distance == sums.pairs_by_distance).all()
    assert own_betweenness(size + 1, source, target) == pytest.approx([*between, 0], abs=1e-10)

    turned = bf.sweep_paths(size, target, source)
    assert (turned.harmonic_in == sums.harmonic_out).all()
    assert (turned.within_out == sums.within_in).all()
    assert (turned.pairs_by_distance == sums.pairs_by_distance).all()
    assert own_betweenness(size, target, source) == pytest.approx(between, abs=1e-10)


@pytest.mark.parametrize("size", [0, 1, 4])
def test_without_arcs_nothing_is_reached(size, own_betweenness):
    graph = (size, NO_ARCS, NO_ARCS)
    sums = bf.sweep_paths(*graph)
    assert sums.harmonic_in.tolist() == sums.harmonic_out.tolist() == [0.0] * size
    assert sums.reachable_pairs == sums.diameter == 0
    assert np.isnan(sums.mean_distance)
    assert own_betweenness(*graph).tolist() == [0.0] * size
    assert sp.weighted_betweenness(*graph, np.empty(0)).tolist() == [0.0] * size
    assert [values.tolist() for values in sp.weighted_harmonic(*graph, np.empty(0))] == [[0.0] * size] * 2
    assert bf.distances_from(*graph, np.arange(size)).tolist() == (np.eye(size, dtype=int) - 1).tolist()


def test_when_all_are_tied_all_are_one_step_apart(own_betweenness):
    sums = bf.sweep_paths(*complete(40))
    assert sums.harmonic_in.tolist() == sums.harmonic_out.tolist() == [39.0] * 40
    assert sums.pairs_by_distance.tolist() == [0, 40 * 39]
    assert own_betweenness(*complete(40)).tolist() == [0.0] * 40


def test_the_middle_of_a_star_stands_between_all_pairs(own_betweenness):
    arms = np.arange(1, 50)
    middle = np.zeros(49, dtype=np.int64)
    graph = (50, np.concatenate([middle, arms]), np.concatenate([arms, middle]))
    assert own_betweenness(*graph).tolist() == [49 * 48.0] + [0.0] * 49
    sums = bf.sweep_paths(*graph)
    assert sums.harmonic_in == pytest.approx([49.0] + [1 + 48 / 2] * 49)


@pytest.mark.parametrize("up_to", [-1, 10**6])
def test_more_paths_than_a_float_counts_are_refused(monkeypatch, up_to):
    """1,100 diamonds in a row: 2^1100 shortest paths from end to end."""
    monkeypatch.setattr(sp, "IGRAPH_UP_TO", up_to)
    corner = 3 * np.arange(1100)
    source = np.concatenate([corner, corner, corner + 1, corner + 2])
    target = np.concatenate([corner + 1, corner + 2, corner + 3, corner + 3])
    with pytest.raises(GumflowError, match="more shortest paths"):
        sp.betweenness(3301, source, target)


def every_sample(size, samples):
    return [np.array(drawn, dtype=np.int64) for drawn in itertools.combinations(range(size), samples)]


def assert_unbiased_with_right_errors(values, errors, truth):
    """Check what holds exactly over all simple random samples: no bias, and the mean of the squared errors given."""
    assert np.mean(values, axis=0) == pytest.approx(truth, abs=1e-10)
    spread = np.mean((np.array(values) - truth) ** 2, axis=0)
    assert np.mean(np.square(errors), axis=0) == pytest.approx(spread, abs=1e-9)
    assert spread.max() > 0


@pytest.mark.parametrize("seed", [0, 4])
def test_over_all_samples_harmonic_estimates_are_unbiased(seed):
    graph = arcs_of(np.random.default_rng(seed).random((8, 8)) < 0.3)
    found = []
    for drawn in every_sample(8, 4):
        sums = bf.sweep_paths(*graph, drawn)
        found.append(bf.scale_up(8, drawn, sums.harmonic_in, sums.harmonic_in_squares))
    truth = in_order(nx.harmonic_centrality(as_networkx(graph)))
    assert_unbiased_with_right_errors(*zip(*found, strict=True), truth)


@pytest.mark.parametrize("seed", [0, 4])
def test_over_all_pairs_of_samples_betweenness_estimates_are_unbiased(seed, monkeypatch):
    graph = arcs_of(np.random.default_rng(seed).random((5, 5)) < 0.5)
    found = []
    for draws in itertools.product(every_sample(5, 3), repeat=2):
        monkeypatch.setattr(sp, "sample_actors", lambda *_, draws=draws: list(draws))
        estimate = sp.estimate_betweenness(*graph, 3, seed=0)
        found.append((estimate.values, estimate.errors))
    truth = in_order(nx.betweenness_centrality(as_networkx(graph), normalized=False))
    assert_unbiased_with_right_errors(*zip(*found, strict=True), truth)


def test_a_sample_of_everyone_is_exact_and_has_no_error():
    graph = random_graph(3)
    sums, paths = bf.sweep_paths(*graph), bf.estimate_paths(*graph, 30, seed=1)
    between = sp.estimate_betweenness(*graph, 30, seed=1)
    assert paths.harmonic_in == pytest.approx(sums.harmonic_in, abs=1e-12)
    assert paths.harmonic_out == pytest.approx(sums.harmonic_out, abs=1e-12)
    assert paths.mean_distance == pytest.approx(sums.mean_distance, abs=1e-12)
    assert paths.reachable_share == pytest.approx(sums.reachable_pairs / (30 * 29), abs=1e-12)
    assert paths.longest_seen == sums.diameter
    assert between.values == pytest.approx(sp.betweenness(*graph), abs=1e-10)
    for errors in (paths.harmonic_in_error, paths.harmonic_out_error, between.errors):
        assert not errors.any()
    assert paths.mean_distance_error == paths.reachable_share_error == 0


def test_estimates_from_many_seeds_scatter_as_their_errors_say():
    graph = arcs_of(np.random.default_rng(8).random((300, 300)) < 0.01)
    sums = bf.sweep_paths(*graph)
    drawn = [bf.estimate_paths(*graph, 60, seed) for seed in range(60)]
    for name, truth, least, most in (
        ("mean_distance", sums.mean_distance, 0.7, 1.3),
        ("reachable_share", sums.reachable_pairs / (300 * 299), 0.7, 1.3),
        ("harmonic_out", sums.harmonic_out, 0.9, 1.1),
        ("harmonic_in", sums.harmonic_in, 0.9, 1.1),
    ):
        off = np.array([getattr(estimate, name) - truth for estimate in drawn])
        errors = np.array([getattr(estimate, f"{name}_error") for estimate in drawn])
        assert least < np.sqrt((off**2).mean() / (errors**2).mean()) < most
        assert (np.abs(off.mean(axis=0)) <= 5 * errors.mean(axis=0) / np.sqrt(60)).all()


def test_the_seed_decides_the_sample():
    graph = random_graph(5)
    one, same, other = (sp.estimate_betweenness(*graph, 10, seed) for seed in (1, 1, 2))
    assert (one.values == same.values).all()
    assert (one.errors == same.errors).all()
    assert (one.values != other.values).any()
    draws = bf.sample_actors(100, 40, 9, 2)
    assert all(len(np.unique(drawn)) == 40 for drawn in draws)
    assert (draws[0] != draws[1]).any()


def test_with_no_path_found_an_estimated_mean_distance_is_unknown():
    paths = bf.estimate_paths(6, NO_ARCS, NO_ARCS, 4, seed=1)
    assert np.isnan(paths.mean_distance)
    assert np.isnan(paths.mean_distance_error)
    assert paths.reachable_share == paths.longest_seen == 0


@pytest.mark.parametrize("samples", [2, 31])
def test_a_sample_too_small_or_too_large_is_refused(samples):
    for estimate in (bf.estimate_paths, sp.estimate_betweenness):
        with pytest.raises(GumflowError, match="from 3 to the number of actors"):
            estimate(*random_graph(0), samples, 1)


@pytest.mark.parametrize("kind", ["int64", "float64"])
@pytest.mark.parametrize("seed", SEEDS)
def test_weighted_paths_equal_networkx(seed, kind):
    """Whole lengths add up without rounding, so that networkx, which compares exactly, finds every tie too."""
    graph = random_graph(seed)
    length = np.random.default_rng(seed).integers(1, 5, len(graph[1])).astype(kind)
    theirs = as_networkx(graph, length)
    expected = nx.betweenness_centrality(theirs, normalized=False, weight="length")
    assert sp.weighted_betweenness(*graph, length) == pytest.approx(in_order(expected), abs=1e-10)
    into, out = sp.weighted_harmonic(*graph, length)
    assert into == pytest.approx(in_order(nx.harmonic_centrality(theirs, distance="length")), abs=1e-12)
    assert out == pytest.approx(
        in_order(nx.harmonic_centrality(theirs.reverse(), distance="length")), abs=1e-12
    )


@pytest.mark.parametrize("scale", [1e-9, 1.0, 7.3, 1e9])
def test_paths_equally_long_but_for_rounding_share_the_pair(scale):
    """From 0 to 3: thirds by 1 and 2, halves by 4, tenths by 5. In floats the sums differ at the 16th digit."""
    source, target = np.array([0, 0, 0, 1, 2, 4, 5]), np.array([1, 4, 5, 2, 3, 3, 3])
    length = np.array([1 / 3, 0.5, 0.1, 1 / 3, 1 / 3, 0.5, 0.9]) * scale
    found = sp.weighted_betweenness(6, source, target, length)
    assert found == pytest.approx([0, 1 + 1 / 3, 1 + 1 / 3, 0, 1 / 3, 1 / 3])


def test_ten_tenths_tie_with_two_halves():
    assert sum([0.1] * 10) != 1
    source, target = np.array([*range(10), 0, 11]), np.array([*range(1, 11), 11, 10])
    found = sp.weighted_betweenness(12, source, target, np.array([0.1] * 10 + [0.5, 0.5]))
    assert found[11] == pytest.approx(0.5)
    assert found[5] == pytest.approx(5 * 5 - 0.5)


def test_a_path_that_is_really_longer_does_not_tie():
    source, target = np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3])
    assert sp.weighted_betweenness(4, source, target, np.array([0.5, 0.5, 0.5, 0.5 + 1e-8])).tolist() == [
        0,
        1,
        0,
        0,
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_lengths_all_equal_leave_the_paths_and_scale_the_distances(seed):
    graph = random_graph(seed)
    length = np.full(len(graph[1]), 0.3)
    sums = bf.sweep_paths(*graph)
    assert sp.weighted_betweenness(*graph, length) == pytest.approx(sp.betweenness(*graph), abs=1e-10)
    into, out = sp.weighted_harmonic(*graph, length)
    assert into == pytest.approx(sums.harmonic_in / 0.3)
    assert out == pytest.approx(sums.harmonic_out / 0.3)


@pytest.mark.parametrize("exponents", [(-100, 100), (-300, 300)])
def test_lengths_of_any_size_are_searched_without_running_over(exponents):
    low, high = 10.0 ** np.array(exponents)
    source, target = np.array([0, 1, 0, 3]), np.array([1, 2, 2, 4])
    # By way of 1 it is shorter; the other part of the network is far longer than either.
    length = np.array([low, low, 3 * low, high])
    assert sp.weighted_betweenness(5, source, target, length).tolist() == [0, 1, 0, 0, 0]
