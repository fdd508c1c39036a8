"""Dyad and triad census, reciprocity and closure against networkx, brute force and what must not change them."""

import itertools
import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from small_networks import as_networkx, edge_network, make_network, random_arcs

from gumflow.measures import census
from gumflow.measures.registry import get_measure, measures_at, withheld_reason
from gumflow.networks.observation import is_observed

SEEDS = range(6)
HERE = [m for m in measures_at("network") if m.function.__module__ == census.__name__]
COUNTS = [m.name for m in HERE if m.name.startswith(("dyads", "triad_", "simmelian_ties"))]


def value(name, network):
    return get_measure(name).function(network)


def triads(network):
    return {name: value(f"triad_{name}", network) for name in census.TRIADS}


def has_arc(arcs):
    return {(a, b) for a, b, *_ in arcs}.__contains__


@pytest.mark.parametrize("seed", SEEDS)
def test_triad_census_agrees_with_networkx(seed):
    arcs, size = random_arcs(seed)
    assert triads(make_network(arcs, size)) == nx.triadic_census(as_networkx(arcs, size))


def test_each_type_of_triad_is_told_from_its_name():
    """Mutual, asymmetric and null pairs, then a letter: up, down, cyclic or transitive."""
    types = {
        "003": [],
        "012": [(0, 1)],
        "102": [(0, 1), (1, 0)],
        "021D": [(1, 0), (1, 2)],
        "021U": [(0, 1), (2, 1)],
        "021C": [(0, 1), (1, 2)],
        "111D": [(0, 1), (1, 0), (2, 1)],
        "111U": [(0, 1), (1, 0), (1, 2)],
        "030T": [(0, 1), (1, 2), (0, 2)],
        "030C": [(0, 1), (1, 2), (2, 0)],
        "201": [(0, 1), (1, 0), (1, 2), (2, 1)],
        "120D": [(0, 1), (1, 0), (2, 0), (2, 1)],
        "120U": [(0, 1), (1, 0), (0, 2), (1, 2)],
        "120C": [(0, 1), (1, 0), (0, 2), (2, 1)],
        "210": [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2)],
        "300": list(itertools.permutations(range(3), 2)),
    }
    assert set(types) == set(census.TRIADS)
    for name, arcs in types.items():
        found = triads(make_network(arcs, 3))
        assert found == {other: float(other == name) for other in types}, name


@pytest.mark.parametrize("seed", SEEDS)
def test_transitivity_agrees_with_counting_triples(seed):
    arcs, size = random_arcs(seed)
    tied, network = has_arc(arcs), make_network(arcs, size)
    triples = [(i, k) for i, j, k in itertools.permutations(range(size), 3) if tied((i, j)) and tied((j, k))]
    expected = sum(map(tied, triples)) / len(triples)
    assert census.transitivity_directed(network) == pytest.approx(expected, rel=1e-14)
    collapsed = as_networkx(arcs, size).to_undirected()
    assert census.transitivity_collapsed(network) == pytest.approx(nx.transitivity(collapsed), rel=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_mean_clustering_leaves_out_who_has_fewer_than_two_partners(seed):
    arcs, size = random_arcs(seed)
    graph = as_networkx(arcs, size).to_undirected()
    expected = np.mean([c for i, c in nx.clustering(graph).items() if graph.degree(i) >= 2])
    assert census.clustering_mean(make_network(arcs, size)) == pytest.approx(expected, rel=1e-12)


def test_mean_clustering_by_hand():
    """A triangle with a tail: 1, 1 and 1/3 over three actors; the tail's end has one partner and does not count as 0."""
    network = make_network([(0, 1), (1, 2), (2, 0), (2, 3)])
    assert census.clustering_mean(network) == pytest.approx(7 / 9)


@pytest.mark.parametrize("seed", SEEDS)
def test_garlaschelli_reciprocity_is_the_correlation_of_the_matrix_with_its_transpose(seed):
    arcs, size = random_arcs(seed)
    matrix = nx.to_numpy_array(as_networkx(arcs, size), weight=None)
    off = ~np.eye(size, dtype=bool)
    expected = np.corrcoef(matrix[off], matrix.T[off])[0, 1]
    assert census.reciprocity_garlaschelli(make_network(arcs, size)) == pytest.approx(expected, rel=1e-10)


def partly_observed(arcs, size, side, seed, share):
    """Build a network with silent actors and unasked pairs; return it with its dense matrices of ties and of observed pairs."""
    rng = np.random.default_rng(seed)
    answered = rng.random(size) < share
    left_out = np.unique(rng.integers(0, size, (size, 2)), axis=0)
    left_out = left_out[left_out[:, 0] != left_out[:, 1]]
    network = edge_network(arcs, size, responded=answered.tolist(), observed_by=side)
    network = replace(network, unasked=(left_out[:, 0].copy(), left_out[:, 1].copy()))
    tied = nx.to_numpy_array(as_networkx(arcs, size), weight=None) > 0
    i, j = np.indices((size, size))
    told = {
        "sender": answered[i],
        "receiver": answered[j],
        "either": answered[i] | answered[j],
        "both": answered[i] & answered[j],
    }[side]
    told = told.copy()
    told[left_out[:, 0], left_out[:, 1]] = False
    return network, tied, (told | tied) & (i != j)


@pytest.mark.parametrize("side", ["sender", "receiver", "either", "both"])
@pytest.mark.parametrize("seed", SEEDS)
def test_garlaschelli_reciprocity_is_the_correlation_over_dyads_observed_both_ways(seed, side):
    arcs, size = random_arcs(seed)
    network, tied, seen = partly_observed(arcs, size, side, seed, 0.6)
    both = seen & seen.T
    expected = np.corrcoef(tied[both], tied.T[both])[0, 1]
    assert both.sum() < size * (size - 1)
    assert census.reciprocity_garlaschelli(network) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("side", ["sender", "receiver", "either", "both"])
def test_garlaschelli_reciprocity_is_a_correlation_however_few_answered(side):
    defined = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        size = int(rng.integers(2, 9))
        there = np.argwhere((rng.random((size, size)) < rng.random()) & ~np.eye(size, dtype=bool))
        arcs = [(int(i), int(j), 1.0) for i, j in there]
        network, tied, seen = partly_observed(arcs, size, side, seed, rng.random())
        among = tied[seen & seen.T]
        found = census.reciprocity_garlaschelli(network)
        assert math.isnan(found) == (len(set(among.tolist())) < 2)
        if not math.isnan(found):
            assert -1 <= found <= 1
            defined += 1
    assert defined > 10


def test_one_sided_reports_do_not_take_garlaschelli_reciprocity_below_minus_one():
    """One of ten answered and named all: of 18 observed pairs the two with the other respondent count."""
    arcs = [(0, j) for j in range(1, 10)]
    network = edge_network(arcs, 10, responded=[True, True] + [False] * 8, observed_by="sender")
    assert value("density", network) == 9 / 18
    assert value("reciprocity_arc", network) == 0
    assert census.reciprocity_garlaschelli(network) == -1
    alone = edge_network(arcs, 10, responded=[True] + [False] * 9, observed_by="sender")
    assert math.isnan(census.reciprocity_garlaschelli(alone))


def test_reciprocities_by_hand():
    network = make_network([(0, 1), (1, 0), (1, 2), (2, 3)])
    assert census.reciprocity_dyad(network) == pytest.approx(1 / 3)
    # r = 2/4, a = 4/12
    assert census.reciprocity_garlaschelli(network) == pytest.approx((1 / 2 - 1 / 3) / (2 / 3))
    assert [value(f"dyads_{kind}", network) for kind in ("observed", "mutual", "asymmetric", "null")] == [
        6,
        1,
        2,
        3,
    ]


def test_loops_change_no_reciprocity():
    """Loops give .4, .5 or .6 for one network in other software; here they are dropped."""
    arcs = [(0, 1), (1, 0), (1, 2), (2, 3)]
    with_loop = make_network([*arcs, (3, 3)])
    assert with_loop.loops_dropped == 1
    for name in ("reciprocity_dyad", "reciprocity_garlaschelli", "transitivity_directed"):
        assert value(name, with_loop) == value(name, make_network(arcs))


@pytest.mark.parametrize("seed", SEEDS)
def test_simmelian_ties_agree_with_a_search_for_triangles(seed):
    rng = np.random.default_rng(seed)
    there = rng.random((14, 14)) < 0.35
    there |= there.T & (rng.random((14, 14)) < 0.6)
    np.fill_diagonal(there, False)
    mutual = nx.Graph(list(np.argwhere(there & there.T)))
    embedded = sum(len(list(nx.common_neighbors(mutual, a, b))) > 0 for a, b in mutual.edges)
    network = make_network([tuple(map(int, arc)) for arc in np.argwhere(there)], 14)
    assert census.simmelian_ties(network) == embedded > 0
    assert census.simmelian_share(network) == pytest.approx(embedded / mutual.number_of_edges())


def test_simmelian_ties_need_a_mutual_third():
    pair = [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert census.simmelian_ties(make_network([*pair, (0, 2)])) == 0
    assert census.simmelian_ties(make_network([*pair, (0, 2), (2, 0)])) == 3


@pytest.mark.parametrize("side", ["sender", "receiver", "either", "both"])
@pytest.mark.parametrize("seed", SEEDS)
def test_dyads_are_counted_among_pairs_observed_both_ways(seed, side):
    arcs, size = random_arcs(seed, 12)
    rng = np.random.default_rng(seed)
    network = edge_network(arcs, size, responded=(rng.random(size) < 0.7).tolist(), observed_by=side)
    left_out = np.unique(rng.integers(0, size, (20, 2)), axis=0)
    left_out = left_out[left_out[:, 0] != left_out[:, 1]]
    network = replace(network, unasked=(left_out[:, 0].copy(), left_out[:, 1].copy()))
    tied = has_arc(arcs)
    counts = [0, 0, 0, 0]
    for i, j in itertools.combinations(range(size), 2):
        one, other = np.array([i]), np.array([j])
        if is_observed(network, one, other)[0] and is_observed(network, other, one)[0]:
            counts[0] += 1
            counts[1 + tied((i, j)) + tied((j, i))] += 1
    kinds = ("observed", "null", "asymmetric", "mutual")
    assert [value(f"dyads_{kind}", network) for kind in kinds] == counts
    assert counts[0] < math.comb(size, 2)


@pytest.mark.parametrize("measured", HERE, ids=lambda m: m.name)
def test_relabelling_and_strength_change_nothing(measured):
    arcs, size = random_arcs(3)
    order = np.random.default_rng(3).permutation(size)
    moved = [(int(order[a]), int(order[b]), 7 * strength) for a, b, strength in arcs]
    first = measured.function(make_network(arcs, size))
    assert measured.function(make_network(moved, size)) == pytest.approx(first, rel=1e-13)


@pytest.mark.parametrize("measured", HERE, ids=lambda m: m.name)
def test_reversing_all_ties_swaps_up_and_down_and_nothing_else(measured):
    arcs, size = random_arcs(4)
    swapped = {"U": "D", "D": "U"}
    name = measured.name
    other = name[:-1] + swapped.get(name[-1], name[-1]) if name.startswith("triad_") else name
    if name in ("triad_111D", "triad_111U"):
        # Their letters describe the lone tie, not both ends.
        other = {"triad_111D": "triad_111U", "triad_111U": "triad_111D"}[name]
    back = make_network([(b, a) for a, b, _ in arcs], size)
    assert value(other, back) == pytest.approx(measured.function(make_network(arcs, size)), rel=1e-13)


def test_an_isolate_adds_null_pairs_and_open_triads_only():
    arcs, size = random_arcs(5)
    network, larger = make_network(arcs, size), make_network(arcs, size + 1)
    unchanged = ["triad_300", "triad_030T", "triad_210", "dyads_mutual", "dyads_asymmetric"]
    unchanged += ["transitivity_directed", "transitivity_collapsed", "clustering_mean", "simmelian_ties"]
    for name in unchanged:
        assert value(name, larger) == value(name, network)
    assert value("dyads_null", larger) == value("dyads_null", network) + size
    assert value("triad_012", larger) == value("triad_012", network) + value("dyads_asymmetric", network)
    assert value("triad_003", larger) == value("triad_003", network) + value("dyads_null", network)


def test_networks_without_direction_have_four_types_of_triad_and_no_reciprocity():
    graph = nx.karate_club_graph()
    network = edge_network([(a, b) for a, b in graph.edges], directed=False)
    assert value("triad_300", network) == sum(nx.triangles(graph).values()) / 3 == 45
    assert value("dyads_mutual", network) == 78
    assert value("transitivity_collapsed", network) == pytest.approx(nx.transitivity(graph))
    given = {m.name for m in HERE if withheld_reason(m, network) is None}
    assert {name for name in given if name.startswith("triad_")} == {
        "triad_003",
        "triad_102",
        "triad_201",
        "triad_300",
    }
    assert not [name for name in given if name.startswith("reciprocity")]
    assert sum(value(f"triad_{name}", network) for name in ("003", "102", "201", "300")) == math.comb(34, 3)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5])
def test_without_ties_counts_are_counts_and_shares_are_undefined(size):
    network = make_network([], size) if size else edge_network([], 0)
    for measured in HERE:
        found = measured.function(network)
        if measured.name in COUNTS:
            expected = {"dyads_observed": 2, "dyads_null": 2, "triad_003": 3}.get(measured.name)
            assert found == (math.comb(size, expected) if expected else 0)
        else:
            assert math.isnan(found)
            assert measured.undefined


def test_where_all_are_tied_to_all():
    network = make_network(list(itertools.permutations(range(5), 2)))
    assert value("triad_300", network) == 10 == sum(triads(network).values())
    for name in ("transitivity_directed", "transitivity_collapsed", "clustering_mean", "simmelian_share"):
        assert value(name, network) == 1
    assert math.isnan(census.reciprocity_garlaschelli(network))
