"""Ties within and between groups: by hand, against networkx, and against all shufflings of the groups."""

import math
from collections import Counter
from dataclasses import replace
from itertools import permutations, product

import networkx as nx
import numpy as np
import pytest
from small_networks import as_networkx, edge_network, make_network, random_arcs

from gumflow.contract.errors import GumflowError
from gumflow.measures import groups
from gumflow.measures.registry import get_measure, measures_at, withheld_reason
from gumflow.networks.observation import is_observed

SEEDS = range(5)
MINE = [
    m
    for level in ("actor", "network")
    for m in measures_at(level)
    if m.function.__module__ == groups.__name__
]


def random_case(seed, directed=True, known_only=False):
    arcs, size = random_arcs(seed)
    names = ["A", "B", "C"] if known_only else ["A", "B", "C", ""]
    by = np.random.default_rng(seed).choice(names, size).tolist()
    return edge_network(arcs, size, directed=directed, groups=by, seed=seed), as_networkx(arcs, size), by


def test_ei_index_by_hand_on_the_cases_where_a_peer_is_wrong():
    def ego(internal, external):
        return edge_network(
            [(0, i) for i in range(1, 1 + internal + external)], groups="A" * (1 + internal) + "B" * external
        )

    for measured in (groups.ei_index_collapsed, groups.ei_index_out):
        assert measured(ego(1, 4))[0] == pytest.approx(0.6)
        assert measured(ego(0, 10))[0] == 1
        assert measured(ego(3, 0))[0] == -1
    assert groups.ei_index_group(ego(1, 4)) == pytest.approx(0.6)
    assert groups.ei_index_group(ego(0, 10)) == 1
    assert groups.ei_index_group(ego(3, 0)) == -1


def test_directions_mutual_ties_and_unknown_groups_by_hand():
    # 0 and 1 are A, 2 and 3 are B, 4 is unknown.
    network = edge_network([(0, 1), (1, 0), (0, 2), (3, 0), (0, 4), (4, 2)], groups=["A", "A", "B", "B", ""])
    nan = math.nan
    np.testing.assert_array_equal(groups.ei_index_out(network), [0, -1, nan, 1, nan])
    np.testing.assert_array_equal(groups.ei_index_in(network), [0, -1, 1, nan, nan])
    np.testing.assert_allclose(groups.ei_index_collapsed(network), [1 / 3, -1, 1, 1, nan])
    np.testing.assert_allclose(groups.same_group_share(network), [1 / 3, 1, 0, 0, nan])
    np.testing.assert_allclose(groups.contact_heterogeneity(network), [4 / 9, 0, 0, 0, 1 / 2])
    assert groups.ei_index_group(network) == pytest.approx(1 / 3)
    assert groups.ei_index_group_expected(network) == pytest.approx(1 - 2 * 4 / 12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("directed", [True, False])
def test_actor_measures_agree_with_a_count_over_networkx_neighbors(seed, directed):
    network, graph, by = random_case(seed, directed)
    collapsed = graph.to_undirected()
    neighbors = {
        "ei_index_collapsed": collapsed.neighbors,
        "ei_index_in": graph.predecessors if directed else collapsed.neighbors,
        "ei_index_out": graph.successors if directed else collapsed.neighbors,
    }
    for name, of in neighbors.items():
        for node, value in enumerate(get_measure(name).function(network)):
            near = [by[j] == by[node] for j in of(node) if by[j] and by[node]]
            expected = (near.count(False) - near.count(True)) / len(near) if near else math.nan
            assert value == pytest.approx(expected, nan_ok=True)
    for node in graph:
        near = [by[j] for j in collapsed.neighbors(node) if by[j]]
        blau = 1 - sum((c / len(near)) ** 2 for c in Counter(near).values()) if near else math.nan
        assert groups.contact_heterogeneity(network)[node] == pytest.approx(blau, nan_ok=True)
        share = near.count(by[node]) / len(near) if near and by[node] else math.nan
        assert groups.same_group_share(network)[node] == pytest.approx(share, nan_ok=True)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("directed", [True, False])
def test_assortativity_and_ei_index_agree_with_networkx(seed, directed):
    network, graph, by = random_case(seed, directed)
    graph = (graph if directed else graph.to_undirected()).subgraph([i for i, g in enumerate(by) if g])
    nx.set_node_attributes(graph, dict(enumerate(by)), "group")
    expected = nx.attribute_assortativity_coefficient(graph, "group")
    assert groups.assortativity_group(network) == pytest.approx(expected)
    edges = graph.to_undirected().edges if directed else graph.edges
    between = sum(by[a] != by[b] for a, b in edges)
    assert groups.ei_index_group(network) == pytest.approx((2 * between - len(edges)) / len(edges))


def test_assortativity_by_hand():
    assert groups.assortativity_group(edge_network([(0, 1), (2, 3)], groups="AABB")) == 1
    assert groups.assortativity_group(edge_network([(0, 2), (3, 1)], groups="AABB")) == -1
    assert groups.assortativity_group(edge_network([(0, 1), (0, 2), (2, 0), (2, 3)], groups="AABB")) == 0
    assert math.isnan(groups.assortativity_group(edge_network([(0, 1)], 3, groups="AAB")))


@pytest.mark.parametrize("by", ["AABBC", "AAAAB", "ABCDE", "AABBB"])
def test_expectation_and_p_agree_with_all_shufflings(by):
    arcs = [(0, 1), (1, 0), (2, 3), (3, 4), (0, 4)]
    network = edge_network(arcs, groups=by, seed=5)
    pairs = {frozenset(arc) for arc in arcs}

    def ei(labels):
        inside = sum(labels[a] == labels[b] for a, b in map(tuple, pairs))
        return (len(pairs) - 2 * inside) / len(pairs)

    drawn = np.array([ei(labels) for labels in permutations(by)])
    assert groups.ei_index_group(network) == pytest.approx(ei(by))
    assert groups.ei_index_group_expected(network) == pytest.approx(drawn.mean())
    exact = (np.abs(drawn - drawn.mean()) >= abs(ei(by) - drawn.mean()) - 1e-9).mean()
    assert groups.ei_index_group_p(network) == pytest.approx(exact, abs=0.06)


def test_p_is_small_for_closed_groups_and_for_wholly_outward_ones_and_never_zero():
    half = range(10)
    closed = edge_network(
        [(i, (i + 1) % 10) for i in half] + [(10 + i, 10 + (i + 1) % 10) for i in half],
        groups="A" * 10 + "B" * 10,
    )
    outward = edge_network([(i, 10 + j) for i in half for j in (i, (i + 1) % 10)], groups="A" * 10 + "B" * 10)
    for network in (closed, outward):
        assert 0 < groups.ei_index_group_p(network) <= 0.003
    assert groups.ei_index_group_p(replace(closed, seed=8)) == groups.ei_index_group_p(
        replace(closed, seed=8)
    )


def test_draws_in_several_batches_are_shufflings_too(monkeypatch):
    network, _, _ = random_case(2, known_only=True)
    at_once = groups.ei_index_group_p(network)
    monkeypatch.setattr(groups, "_CELLS_AT_ONCE", 700)
    assert groups.ei_index_group_p(replace(network)) == pytest.approx(at_once, abs=0.08)
    one, other = groups._pairs(network)
    drawn = groups._shuffled_inside(network, one, other)
    assert len(drawn) == groups.PERMUTATIONS
    error = drawn.std() / math.sqrt(groups.PERMUTATIONS)
    assert drawn.mean() == pytest.approx(
        len(one) * (1 - groups.ei_index_group_expected(network)) / 2, abs=5 * error
    )


def by_pair(network):
    return {(row.group_from, row.group_to): row for row in groups.mixing_table(network).itertuples()}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("observed_by", ["sender", "receiver", "either", "both"])
def test_mixing_agrees_with_a_walk_over_observed_pairs(seed, observed_by):
    arcs, size = random_arcs(seed)
    rng = np.random.default_rng(seed)
    by = rng.choice(["A", "B", ""], size)
    network = edge_network(arcs, size, groups=by, responded=rng.random(size) < 0.7, observed_by=observed_by)
    pairs = np.argwhere((rng.random((size, size)) < 0.2) & ~np.eye(size, dtype=bool))
    network = replace(network, unasked=(pairs[:, 0].copy(), pairs[:, 1].copy()))
    ties, possible = Counter(), Counter()
    tied = {(a, b) for a, b, _ in arcs}
    for i, j in product(range(size), repeat=2):
        if i != j and by[i] and by[j]:
            ties[by[i], by[j]] += (i, j) in tied
            possible[by[i], by[j]] += bool(is_observed(network, np.array([i]), np.array([j]))[0])
    overall = sum(ties.values()) / sum(possible.values())
    table = by_pair(network)
    assert set(table) == set(product("AB", repeat=2))
    for pair, row in table.items():
        assert (row.ties, row.possible) == (ties[pair], possible[pair])
        assert row.density == pytest.approx(ties[pair] / possible[pair])
        assert row.ratio == pytest.approx(row.ties / (overall * row.possible))


def test_mixing_without_directions_counts_each_pair_once():
    network = edge_network([(0, 1), (0, 2), (1, 3), (2, 3)], 5, directed=False, groups="AABBB")
    table = by_pair(network)
    assert {pair: (row.ties, row.possible) for pair, row in table.items()} == {
        ("A", "A"): (1, 1),
        ("A", "B"): (2, 6),
        ("B", "B"): (1, 3),
    }
    assert table["A", "A"].ratio == pytest.approx(1 / 0.4)


def test_a_group_of_one_has_no_pair_within():
    row = by_pair(edge_network([(0, 1)], groups="AB"))["A", "A"]
    assert row.possible == 0
    assert math.isnan(row.density)
    assert math.isnan(row.ratio)


def test_coleman_homophily_by_hand():
    # A: 5 ties, 3 inside, expected 5 * 2/5 = 2; B: 4 ties, none inside, expected 4 * 2/5.
    arcs = [(0, 1), (1, 2), (2, 0), (0, 3), (1, 4), (3, 0), (3, 1), (4, 0), (5, 2)]
    table = groups.coleman_homophily(edge_network(arcs, groups="AAABBB")).set_index("group")
    assert table.loc["A"].tolist() == pytest.approx([3, 5, 3, 2, 1 / 3])
    assert table.loc["B"].tolist() == pytest.approx([3, 4, 0, 1.6, -1])


def test_coleman_homophily_reads_observed_pairs_and_says_nan_where_there_is_no_choice():
    arcs = [(0, 1), (0, 2), (1, 3)]
    one_asked = edge_network(arcs, 4, groups="AABB", responded=[True, True, False, False])
    table = groups.coleman_homophily(one_asked).set_index("group")
    assert table.loc["A", "expected"] == pytest.approx(3 * 2 / 6)
    assert table.loc["A", "homophily"] == 0
    assert math.isnan(table.loc["B", "homophily"])
    alone = groups.coleman_homophily(edge_network([(0, 1)], groups="AB"))
    assert alone["homophily"].isna().all()


@pytest.mark.parametrize("seed", SEEDS)
def test_relabelling_moves_values_and_isolates_and_strengths_change_none(seed):
    arcs, size = random_arcs(seed)
    rng = np.random.default_rng(seed)
    by, new = rng.choice(["A", "B", "C"], size), rng.permutation(size)
    before = edge_network(arcs, size, groups=by)
    moved = edge_network([(int(new[a]), int(new[b])) for a, b, _ in arcs], size, groups=by[np.argsort(new)])
    unknown = edge_network([(a, b, 7 * s) for a, b, s in arcs], size + 1, groups=[*by, ""])
    for m in MINE:
        value, after, more = (m.function(network) for network in (before, moved, unknown))
        near = 0.07 if m.name == "ei_index_group_p" else 1e-12
        np.testing.assert_allclose(
            after[new] if m.level == "actor" else after, value, atol=near, err_msg=m.name
        )
        np.testing.assert_array_equal(more[:-1] if m.level == "actor" else more, value, err_msg=m.name)
    assert groups.mixing_table(moved).equals(groups.mixing_table(before))


@pytest.mark.parametrize("seed", SEEDS)
def test_reversing_ties_swaps_the_directions(seed):
    network, graph, by = random_case(seed)
    back = edge_network([(b, a) for a, b in graph.edges], len(by), groups=by)
    np.testing.assert_array_equal(groups.ei_index_in(back), groups.ei_index_out(network))
    assert groups.assortativity_group(back) == pytest.approx(groups.assortativity_group(network))


@pytest.mark.parametrize(("arcs", "by"), [([], "A"), ([], "AB"), ([(0, 1)], ["", ""])])
def test_without_ties_between_groups_all_is_undefined_and_says_so(arcs, by):
    network = edge_network(arcs, len(by), groups=by)
    for m in MINE:
        assert np.isnan(m.function(network)).all(), m.name
        assert m.undefined
    assert len(groups.mixing_table(network)) == len(set(by) - {""}) ** 2
    assert groups.coleman_homophily(network)["homophily"].isna().all()


def test_one_group_has_an_index_but_no_test():
    network = edge_network([(0, 1), (1, 2)], groups="AAA")
    assert groups.ei_index_group(network) == -1
    assert math.isnan(groups.ei_index_group_expected(network))
    assert math.isnan(groups.ei_index_group_p(network))


def test_too_many_groups_for_a_table_are_refused(monkeypatch):
    monkeypatch.setattr(groups, "MOST_GROUPS", 2)
    with pytest.raises(GumflowError, match="3 groups by 'group' are too many"):
        groups.mixing_table(edge_network([(0, 1)], groups="ABC", size=3))


def test_declarations_fit_the_networks_they_are_for():
    assert len({m.label_en for m in MINE}) == len({m.label_zh for m in MINE}) == len(MINE)
    assert all(m.label_en.isascii() and m.reads == "observed" for m in MINE)
    undirected = edge_network([(0, 1)], directed=False, groups="AB")
    assert {m.name for m in MINE if withheld_reason(m, undirected)} == {"ei_index_in", "ei_index_out"}
    chain = make_network([(0, 1)], inside=[True, False], network="chain_network")
    assert withheld_reason("ei_index_group", chain)
    assert not withheld_reason("ei_index_collapsed", chain)


def test_a_network_without_actors_has_no_values():
    nobody = edge_network([])
    assert nobody.size == 0
    for m in MINE:
        value = m.function(nobody)
        assert len(value) == 0 if m.level == "actor" else math.isnan(value) or value == 0, m.name
    assert len(groups.mixing_table(nobody)) == len(groups.coleman_homophily(nobody)) == 0
