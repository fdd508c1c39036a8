"""Communities against networkx, igraph and enumeration of partitions, and what must not change them."""

import random
from itertools import combinations

import igraph as ig
import networkx as nx
import numpy as np
import pytest
from small_networks import as_networkx, edge_network, random_arcs

from gumflow.measures import communities as co
from gumflow.measures.registry import get_measure

SEEDS = range(8)
OF_ACTORS = ("community", "community_participation", "community_within_z")
OF_NETWORKS = (
    "communities",
    "modularity",
    "community_within_share",
    "modularity_groups",
    "communities_groups_agreement",
)


def drawn(seed):
    """Return networkx graph without directions or strengths, network, and groups of which some are unknown."""
    arcs, size = random_arcs(seed)
    groups = np.random.default_rng(seed).choice(["a", "b", "c", ""], size).tolist()
    graph = nx.Graph(as_networkx([(*arc[:2], 1.0) for arc in arcs], size).to_undirected())
    return graph, edge_network(arcs, size, groups=groups), groups


def parts_of(labels):
    return [set(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels[~np.isnan(labels)])]


def partitions(items):
    """List all partitions of a list."""
    if not items:
        yield []
        return
    for smaller in partitions(items[1:]):
        for k in range(len(smaller)):
            yield [*smaller[:k], [items[0], *smaller[k]], *smaller[k + 1 :]]
        yield [[items[0]], *smaller]


def cliques():
    """Two cliques of 5 and 4 and a bridge, an isolate, names out of order."""
    five, four = [0, 2, 4, 6, 8], [1, 3, 5, 7]
    arcs = list(combinations(five, 2)) + list(combinations(four, 2)) + [(0, 1)]
    groups = ["x" if i in five else "y" for i in range(9)] + ["x"]
    return edge_network(arcs, 10, directed=False, groups=groups)


def test_two_cliques_and_an_isolate_by_hand():
    network = cliques()
    np.testing.assert_array_equal(co.community(network), [1, 2, 1, 2, 1, 2, 1, 2, 1, np.nan])
    assert co.communities(network) == 2
    expected = 16 / 17 - (21 / 34) ** 2 - (13 / 34) ** 2
    assert co.modularity(network) == pytest.approx(expected)
    assert co.modularity_groups(network) == pytest.approx(expected)
    assert co.community_within_share(network) == pytest.approx(16 / 17)
    assert co.communities_groups_agreement(network) == 1
    participation = co.community_participation(network)
    assert participation[0] == pytest.approx(1 - (16 + 1) / 25)
    assert participation[1] == pytest.approx(1 - (9 + 1) / 16)
    assert participation[2] == 0
    assert np.isnan(participation[9])
    # All members of a clique have as many partners in it.
    assert np.isnan(co.community_within_z(network)).all()


def test_standing_in_a_star_by_hand():
    network = edge_network([(0, i) for i in range(1, 5)], directed=False)
    # Partners 4, 1, 1, 1, 1: mean 1.6, standard deviation 1.2.
    np.testing.assert_allclose(co.community_within_z(network), [2] + [-0.5] * 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_measures_agree_with_networkx_on_the_same_partition(seed):
    graph, network, groups = drawn(seed)
    labels = co.community(network)
    isolates = [i for i in graph if graph.degree(i) == 0]
    assert np.flatnonzero(np.isnan(labels)).tolist() == isolates
    parts = parts_of(labels)
    whole = [*parts, *({i} for i in isolates)]
    assert co.communities(network) == len(parts)
    assert co.modularity(network) == pytest.approx(nx.community.modularity(graph, whole))
    coverage = nx.community.partition_quality(graph, whole)[0]
    assert co.community_within_share(network) == pytest.approx(coverage)
    known = graph.subgraph([i for i in graph if groups[i]])
    by_group = [{i for i in known if groups[i] == name} for name in "abc"]
    assert co.modularity_groups(network) == pytest.approx(
        nx.community.modularity(known, [part for part in by_group if part])
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_participation_and_z_agree_with_counts_over_neighbors(seed):
    graph, network, _ = drawn(seed)
    labels = co.community(network)
    participation, standing = co.community_participation(network), co.community_within_z(network)
    own = {i: sum(labels[j] == labels[i] for j in graph[i]) for i in graph}
    for i in graph:
        if graph.degree(i) == 0:
            assert np.isnan([participation[i], standing[i]]).all()
            continue
        shares = [
            sum(labels[j] == c for j in graph[i]) / graph.degree(i) for c in set(labels[list(graph[i])])
        ]
        assert participation[i] == pytest.approx(1 - sum(share**2 for share in shares))
        inside = [own[j] for j in graph if labels[j] == labels[i]]
        if np.std(inside) == 0:
            assert np.isnan(standing[i])
        else:
            assert standing[i] == pytest.approx((own[i] - np.mean(inside)) / np.std(inside))


@pytest.mark.parametrize("seed", range(5))
def test_modularity_is_the_greatest_of_all_partitions(seed):
    graph = nx.gnp_random_graph(8, 0.4, seed=seed)
    network = edge_network(list(graph.edges), 8, directed=False)
    best = max(nx.community.modularity(graph, [set(p) for p in parts]) for parts in partitions(list(graph)))
    assert co.modularity(network) == pytest.approx(best)


@pytest.mark.parametrize("seed", SEEDS)
def test_modularity_is_not_below_that_of_other_searches(seed):
    graph, network, _ = drawn(seed)
    louvain = nx.community.louvain_communities(graph, seed=seed)
    assert co.modularity(network) >= nx.community.modularity(graph, louvain) - 1e-9


def test_communities_are_numbered_by_size_then_first_actor():
    triangles = [(0, 5), (5, 7), (7, 0), (1, 2), (2, 6), (6, 1)]
    square = list(combinations([3, 4, 8, 9], 2))
    labels = co.community(edge_network(triangles + square, directed=False))
    assert labels.tolist() == [2, 3, 3, 1, 1, 2, 3, 2, 1, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_strength_direction_and_isolates_do_not_matter(seed):
    arcs, size = random_arcs(seed)
    network = edge_network(arcs, size)
    turned = edge_network([(b, a, 7.0 * w) for a, b, w in reversed(arcs)], size)
    for name in OF_ACTORS:
        np.testing.assert_array_equal(
            get_measure(name).function(turned), get_measure(name).function(network), err_msg=name
        )
    larger = edge_network(arcs, size + 3)
    assert co.modularity(larger) == pytest.approx(co.modularity(network), abs=0.02)
    assert np.isnan(co.community(larger)[size:]).all()


def test_names_do_not_matter_where_parts_are_clear():
    order = np.random.default_rng(1).permutation(10)
    one = cliques()
    once = one.source < one.target
    arcs = [(order[a], order[b]) for a, b in zip(one.source[once], one.target[once], strict=True)]
    renamed = edge_network(arcs, 10, directed=False)
    np.testing.assert_array_equal(co.community(renamed)[order], co.community(one))


def test_same_seed_same_bytes_whatever_igraph_drew_before():
    _, network, _ = drawn(2)
    first = co.community(network).tobytes()
    random.seed(5)
    ig.Graph.Erdos_Renyi(n=50, m=100)
    assert co.community(drawn(2)[1]).tobytes() == first


def test_the_generator_of_igraph_is_put_back():
    random.seed(11)
    expected = ig.Graph.Erdos_Renyi(n=30, m=60).get_edgelist()
    random.seed(11)
    co.community(cliques())
    assert ig.Graph.Erdos_Renyi(n=30, m=60).get_edgelist() == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_adjusted_rand_agrees_with_counts_over_all_pairs(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 4, 30), rng.integers(0, 3, 30)
    if seed % 2:
        other[:20] = one[:20]
    pairs = list(combinations(range(30), 2))
    a = np.array([one[i] == one[j] for i, j in pairs])
    b = np.array([other[i] == other[j] for i, j in pairs])
    # Hubert and Arabie's index in terms of the four kinds of pairs (Steinley 2004).
    yes, left, right, no = (a & b).sum(), (a & ~b).sum(), (~a & b).sum(), (~a & ~b).sum()
    by_pairs = 2 * (yes * no - left * right) / ((yes + left) * (left + no) + (yes + right) * (right + no))
    assert co.adjusted_rand(one, other) == pytest.approx(by_pairs)
    assert co.adjusted_rand(other, one) == pytest.approx(by_pairs)


def test_adjusted_rand_is_zero_on_average_and_one_for_the_same_partition():
    rng = np.random.default_rng(0)
    one = np.repeat([0, 1, 2], 4)
    assert co.adjusted_rand(one, (one + 1) % 3) == 1
    mean = np.mean([co.adjusted_rand(one, rng.permutation(one)) for _ in range(3000)])
    assert mean == pytest.approx(0, abs=0.015)
    assert np.isnan(co.adjusted_rand(np.zeros(5, dtype=int), np.zeros(5, dtype=int)))
    assert np.isnan(co.adjusted_rand(np.arange(5), np.arange(5)))
    assert np.isnan(co.adjusted_rand(np.array([0]), np.array([0])))


@pytest.mark.parametrize("seed", SEEDS)
def test_agreement_reads_actors_with_a_community_and_a_group(seed):
    graph, network, groups = drawn(seed)
    labels = co.community(network)
    both = [i for i in graph if groups[i] and graph.degree(i)]
    a = {(i, j) for i, j in combinations(both, 2) if labels[i] == labels[j]}
    b = {(i, j) for i, j in combinations(both, 2) if groups[i] == groups[j]}
    pairs = len(both) * (len(both) - 1) / 2
    expected = len(a) * len(b) / pairs
    agreement = (len(a & b) - expected) / ((len(a) + len(b)) / 2 - expected)
    assert co.communities_groups_agreement(network) == pytest.approx(agreement)


def test_groups_that_are_unknown_or_one_have_no_modularity():
    arcs = [(0, 1), (1, 2), (2, 3)]
    for groups in (["a"] * 4, [""] * 4, ["a", "", "a", ""]):
        assert np.isnan(co.modularity_groups(edge_network(arcs, groups=groups)))
    # Groups that are tied only across: Q = 0 - 2 (1/2)^2.
    assert co.modularity_groups(edge_network(arcs, groups=["a", "b", "a", "b"])) == pytest.approx(-0.5)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_without_ties_there_are_no_communities(size):
    network = edge_network([(0, 0)], size)
    assert network.arcs == 0
    assert co.communities(network) == 0
    for name in (*OF_ACTORS, "modularity", "community_within_share", "communities_groups_agreement"):
        assert np.isnan(get_measure(name).function(network)).all(), name


def test_a_complete_network_is_one_community():
    network = edge_network(list(combinations(range(6), 2)), directed=False, groups=list("aaabbb"))
    assert co.community(network).tolist() == [1] * 6
    assert co.modularity(network) == 0
    assert co.community_within_share(network) == 1
    assert co.communities_groups_agreement(network) == 0
    assert set(OF_NETWORKS) >= {"modularity_groups", "communities_groups_agreement"}
