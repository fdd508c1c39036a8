"""Intervals by resampling actors: count forms against networks built draw by draw, errors against their formulas."""

import itertools
import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from small_networks import edge_network, make_network, random_arcs

import gumflow.measures.compute  # noqa: F401 - declares all measures
from gumflow.contract.errors import GumflowError
from gumflow.measures import intervals
from gumflow.measures.census import TRIADS
from gumflow.measures.intervals import (
    INTERVALS,
    bootstrap_errors,
    in_counts,
    jackknife_errors,
    network_intervals,
    rebuild,
    rebuilt_intervals,
)
from gumflow.measures.registry import get_measure
from gumflow.networks.edges import network_of_edges

OBSERVED = (
    "density",
    "degree_mean",
    "dyads_mutual",
    "dyads_asymmetric",
    "dyads_null",
    "reciprocity_arc",
    "reciprocity_dyad",
    "reciprocity_garlaschelli",
    "ei_index_group",
    "centralization_in_degree",
    "centralization_out_degree",
    "out_degree_sd",
    "in_degree_sd",
)
SIDES = ("sender", "receiver", "either", "both")


def value_of(name, network):
    return float(get_measure(name).function(network))


def observed_network(seed, *, directed=True, observed_by="sender", size=25):
    """Build a network with silent actors, unasked pairs and actors without a group."""
    rng = np.random.default_rng(seed)
    arcs, n = random_arcs(seed, size)
    names = [f"n{i:02d}" for i in range(n)]
    ties = pd.DataFrame(
        [(names[i], names[j], "tie", w) for i, j, w in arcs],
        columns=["source", "target", "layer", "strength"],
    )
    actors = pd.DataFrame(
        {"actor": names, "group": rng.choice(["a", "b", ""], n), "responded": rng.random(n) < 0.8}
    )
    unasked = [(names[i], names[j]) for i, j in np.unique(rng.integers(0, n, (20, 2)), axis=0) if i != j]
    return network_of_edges(
        ties, actors, directed=directed, group_by="group", observed_by=observed_by, unobserved=unasked
    )


def chain_network(arcs, n):
    """Build a network that leaves the cluster: every third actor is outside."""
    return replace(edge_network(arcs, n), inside=np.arange(n) % 3 > 0, leaves_cluster=True)


def dense(network):
    matrix = np.zeros((network.size, network.size), dtype=bool)
    matrix[network.source, network.target] = True
    return matrix


def resampled(network, origin):
    """Build the network of these actors, pairs of copies of one actor not asked."""
    tied, n = dense(network)[np.ix_(origin, origin)], len(origin)
    left_out = np.zeros((network.size, network.size), dtype=bool)
    left_out[network.unasked] = True
    left_out = left_out[np.ix_(origin, origin)] | (origin[:, None] == origin)
    names = [f"x{i:02d}" for i in range(n)]
    ties = pd.DataFrame(
        [(names[i], names[j], "tie", 1.0) for i, j in np.argwhere(tied)],
        columns=["source", "target", "layer", "strength"],
    )
    actors = pd.DataFrame(
        {"actor": names, "group": network.groups[origin], "responded": network.responded[origin]}
    )
    unasked = [(names[i], names[j]) for i, j in np.argwhere(left_out) if i != j]
    return network_of_edges(
        ties,
        actors,
        directed=network.directed,
        group_by="group",
        observed_by=network.observed_by,
        unobserved=unasked,
    )


def draws_of(n, seed, many=4):
    origins = [np.sort(np.random.default_rng([seed, k]).integers(0, n, n)) for k in range(many)]
    return origins, np.stack([np.bincount(o, minlength=n) for o in origins], axis=1).astype(float)


def triples_by_hand(tied, origin):
    """Count triads, closed and all two-paths, and closure around each actor over triples of distinct originals."""
    graph = nx.DiGraph([(int(i), int(j)) for i, j in np.argwhere(tied)])
    graph.add_nodes_from(range(len(tied)))
    either = tied | tied.T
    census, around, possible = dict.fromkeys(TRIADS, 0), np.zeros(len(tied)), np.zeros(len(tied))
    triples = 0
    for triple in itertools.combinations(range(len(tied)), 3):
        if len(set(origin[list(triple)])) < 3:
            continue
        triples += 1
        census[nx.triad_type(graph.subgraph(triple))] += 1
        for x, y, z in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
            i, j, k = triple[x], triple[y], triple[z]
            possible[i] += either[i, j] and either[i, k]
            around[i] += either[i, j] and either[i, k] and either[j, k]
    paths = [
        bool(tied[i, k])
        for i, j, k in itertools.permutations(range(len(tied)), 3)
        if tied[i, j] and tied[j, k] and len({origin[i], origin[j], origin[k]}) == 3
    ]
    return census, triples, around, possible, paths


@pytest.mark.parametrize("observed_by", SIDES)
@pytest.mark.parametrize("directed", [True, False])
def test_with_every_actor_once_statistics_equal_the_measures(directed, observed_by):
    for seed in range(3):
        network = observed_network(seed, directed=directed, observed_by=observed_by)
        found = in_counts(network, list(INTERVALS), np.ones((network.size, 1)))
        for name, values in found.items():
            if directed or not get_measure(name).directed_only:
                assert values[0] == pytest.approx(
                    value_of(name, network), rel=1e-12, abs=1e-12, nan_ok=True
                ), name


@pytest.mark.parametrize("observed_by", SIDES)
def test_reciprocity_beyond_density_is_a_correlation_in_every_draw(observed_by):
    # Three answered and two of them named all others, so the pairs seen are denser than the dyads seen both ways.
    arcs = [(i, j) for i in (0, 1) for j in range(2, 12)]
    told = [True, True, True] + [False] * 9
    network = edge_network(arcs, 12, responded=told, observed_by=observed_by)
    draws = np.random.default_rng(2).multinomial(12, np.full(12, 1 / 12), 200).T
    found = in_counts(network, ["reciprocity_garlaschelli"], draws.astype(float))["reciprocity_garlaschelli"]
    assert np.isfinite(found).sum() > 80
    assert np.nanmax(np.abs(found)) <= 1 + 1e-12


def test_inside_and_outside_pairs_equal_the_measure():
    arcs, n = random_arcs(5)
    network = chain_network(arcs, n)
    found = in_counts(network, ["ei_index_place"], np.ones((n, 1)))["ei_index_place"]
    assert found[0] == pytest.approx(value_of("ei_index_place", network), abs=1e-12)
    assert found[0] not in (-1, 1)


@pytest.mark.parametrize("observed_by", SIDES)
@pytest.mark.parametrize("directed", [True, False])
def test_statistics_of_observed_pairs_equal_those_of_the_resampled_network(directed, observed_by):
    network = observed_network(11, directed=directed, observed_by=observed_by)
    origins, counts = draws_of(network.size, 3)
    found = in_counts(network, list(OBSERVED), counts)
    for k, origin in enumerate(origins):
        built = resampled(network, origin)
        for name in OBSERVED:
            expected = value_of(name, built)
            if name.startswith("dyads_"):
                expected *= value_of("dyads_observed", network) / value_of("dyads_observed", built)
            if directed or not get_measure(name).directed_only:
                assert found[name][k] == pytest.approx(expected, rel=1e-10, abs=1e-12, nan_ok=True), name


def test_degrees_of_resampled_networks():
    arcs, n = random_arcs(2)
    network = make_network(arcs, n)
    origins, counts = draws_of(n, 8)
    names = [
        "centralization_degree_collapsed",
        "degree_assortativity_out_in",
        "degree_assortativity_collapsed",
    ]
    found = in_counts(network, names, counts)
    for k, origin in enumerate(origins):
        tied = dense(network)[np.ix_(origin, origin)]
        either = tied | tied.T
        partners = either.sum(axis=1)
        shares = partners / (origin[:, None] != origin).sum(axis=1)
        assert found[names[0]][k] == pytest.approx((shares.max() - shares).sum() / (n - 2))
        i, j = np.nonzero(tied)
        r = np.corrcoef(tied.sum(axis=1)[i], tied.sum(axis=0)[j])[0, 1]
        assert found[names[1]][k] == pytest.approx(r, abs=1e-12)
        i, j = np.nonzero(either)
        assert found[names[2]][k] == pytest.approx(np.corrcoef(partners[i], partners[j])[0, 1], abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_triads_of_resampled_networks(seed):
    rng = np.random.default_rng(seed)
    n = 10
    tied = rng.random((n, n)) < 0.4
    np.fill_diagonal(tied, False)
    network = edge_network([(int(i), int(j)) for i, j in np.argwhere(tied)], n)
    origins, counts = draws_of(n, seed, many=3)
    names = [name for name in INTERVALS if name.startswith(("triad", "trans", "clust"))]
    found = in_counts(network, names, counts)
    for k, origin in enumerate(origins):
        census, triples, around, possible, paths = triples_by_hand(
            dense(network)[np.ix_(origin, origin)], origin
        )
        for name, count in census.items():
            assert found[f"triad_{name}"][k] == pytest.approx(count / triples * math.comb(n, 3), abs=1e-9)
        assert found["transitivity_directed"][k] == pytest.approx(np.mean(paths))
        assert found["transitivity_collapsed"][k] == pytest.approx(around.sum() / possible.sum())
        some = possible > 0
        assert found["clustering_mean"][k] == pytest.approx((around[some] / possible[some]).mean())


def test_a_statistic_without_anything_to_divide_by_is_undefined_in_that_draw():
    network = edge_network([(0, 1), (1, 2)], 4)
    counts = np.array([[4.0, 0, 0, 0], [0, 0, 2, 2]]).T
    found = in_counts(network, ["density", "reciprocity_arc", "transitivity_collapsed"], counts)
    assert np.isnan(found["density"][0])
    assert found["density"][1] == 0
    assert np.isnan(found["reciprocity_arc"]).all()
    assert np.isnan(found["transitivity_collapsed"]).all()


def test_the_error_of_density_is_the_dyadic_variance_formula():
    rng = np.random.default_rng(4)
    n = 40
    level = rng.normal(-2, 1, n)
    tied = rng.random((n, n)) < 1 / (1 + np.exp(-level[:, None] - 0.5 * level))
    np.fill_diagonal(tied, False)
    network = edge_network([(int(i), int(j)) for i, j in np.argwhere(tied)], n)
    gap = tied.astype(float) + tied.T - 2 * tied.sum() / (n * (n - 1))
    np.fill_diagonal(gap, 0)
    # Fafchamps and Gubert 2007: every two pairs that share an actor, once.
    variance = (gap.sum(axis=1) ** 2).sum() - np.triu(gap**2).sum()
    error = bootstrap_errors(network, 6000, 1)["density"]
    assert error == pytest.approx(math.sqrt(variance) / (n * (n - 1)), rel=0.06)


def test_errors_are_true_on_average_where_pairs_are_independent():
    n, chance = 40, 0.12
    names = ("density", "reciprocity_arc", "transitivity_collapsed", "triad_021C")
    values, errors = {name: [] for name in names}, {name: [] for name in names}
    for seed in range(30):
        tied = np.random.default_rng(seed).random((n, n)) < chance
        np.fill_diagonal(tied, False)
        network = edge_network([(int(i), int(j)) for i, j in np.argwhere(tied)], n)
        estimates = bootstrap_errors(network, 150, seed)
        for name in names:
            values[name].append(value_of(name, network))
            errors[name].append(estimates[name])
    assert np.mean(errors["density"]) == pytest.approx(
        math.sqrt(chance * (1 - chance) / (n * (n - 1))), rel=0.12
    )
    for name in names:
        # The spread of 30 values is itself known to within 13 %; the uncorrected bootstrap would be 1.65 to 2.
        assert 0.7 < np.mean(errors[name]) / np.std(values[name], ddof=1) < 1.4, name


def test_the_jackknife_leaves_out_each_actor():
    arcs, n = random_arcs(2)
    network = make_network(arcs, n)
    without = [
        [(i - (i > out), j - (j > out), w) for i, j, w in arcs if out not in (i, j)] for out in range(n)
    ]
    errors = jackknife_errors(network)
    for name in (
        "density",
        "reciprocity_dyad",
        "centralization_in_degree",
        "in_degree_sd",
        "transitivity_directed",
    ):
        values = np.array([value_of(name, make_network(less, n - 1)) for less in without])
        # The count form scales both up to the n actors of the network.
        values *= {
            "in_degree_sd": (n - 1) / (n - 2),
            "centralization_in_degree": n * (n - 2) / (n - 1) ** 2,
        }.get(name, 1)
        expected = math.sqrt((n - 2) / (2 * n) * ((values - values.mean()) ** 2).sum())
        assert errors[name] == pytest.approx(expected), name
    graphs = [nx.Graph([(i, j) for i, j, _ in less]) for less in without]
    values = np.array([nx.transitivity(graph) for graph in graphs])
    expected = math.sqrt((n - 2) / (2 * n) * ((values - values.mean()) ** 2).sum())
    assert errors["transitivity_collapsed"] == pytest.approx(expected)


def test_of_many_actors_the_jackknife_leaves_out_groups(monkeypatch):
    arcs, n = random_arcs(3)
    network = edge_network(arcs, n, seed=5)
    one_by_one = jackknife_errors(network)["density"]
    monkeypatch.setattr(intervals, "MOST_LEFT_OUT", 6)
    part = intervals._left_out(network)
    assert sorted(np.bincount(part)) == [4, 4, 4, 4, 4, 5]
    tied = dense(network)
    values = []
    for group in range(6):
        kept = tied[np.ix_(part != group, part != group)]
        values.append(kept.sum() / (len(kept) * (len(kept) - 1)))
    assert jackknife_errors(network)["density"] == pytest.approx(math.sqrt(4 / 2 * np.var(values)))
    assert jackknife_errors(network)["density"] != one_by_one


def test_errors_do_not_depend_on_the_names_of_the_actors():
    arcs, n = random_arcs(6)
    order = np.random.default_rng(0).permutation(n)
    renamed = [(int(order[i]), int(order[j]), w) for i, j, w in arcs]
    first, second = jackknife_errors(edge_network(arcs, n)), jackknife_errors(edge_network(renamed, n))
    assert first.keys() == second.keys()
    for name, error in first.items():
        assert second[name] == pytest.approx(error, rel=1e-9, abs=1e-12)


def test_intervals_hold_the_value_and_stay_in_range():
    network = observed_network(4, size=40)
    found = network_intervals(network, 200, 1)
    assert {
        "density",
        "reciprocity_arc",
        "ei_index_group",
        "centralization_in_degree",
        "in_degree_sd",
    } <= set(found)
    for name, interval in found.items():
        value = value_of(name, network)
        assert interval.low < value < interval.high
        assert interval.se > 0
        low, high = {"logit": (0, 1), "fisher": (-1, 1), "log": (0, math.inf), "plain": (0, 1)}[
            INTERVALS[name].scale
        ]
        assert low <= interval.low
        assert interval.high <= high
        assert str(200 if INTERVALS[name].method != "jackknife" else 40) in interval.method
    assert found["dyads_null"].high <= value_of("dyads_observed", network)
    assert found["triad_003"].high <= math.comb(network.size, 3)


def test_a_share_has_the_interval_of_students_t_on_the_logit_scale():
    network = observed_network(4, size=40)
    interval = network_intervals(network, 200, 1)["density"]
    value = value_of("density", network)
    reach = 2.0226909 * interval.se / (value * (1 - value))  # t of 39 degrees of freedom
    odds = np.exp(np.log(value / (1 - value)) + np.array([-reach, reach]))
    np.testing.assert_allclose([interval.low, interval.high], odds / (1 + odds), rtol=1e-6)


def test_same_seed_same_intervals_whatever_the_order_of_the_ties(monkeypatch):
    arcs, n = random_arcs(9)
    first = network_intervals(edge_network(arcs, n), 120, 7)
    shuffled = [arcs[k] for k in np.random.default_rng(1).permutation(len(arcs))]
    assert network_intervals(edge_network(shuffled, n), 120, 7) == first
    assert network_intervals(edge_network(arcs, n), 120, 8)["density"] != first["density"]
    monkeypatch.setattr(intervals, "_DRAWS_AT_ONCE", 7)
    for name, interval in network_intervals(edge_network(arcs, n), 120, 7).items():
        assert interval.se == pytest.approx(first[name].se, rel=1e-9)


def test_no_interval_where_nothing_varies_or_too_little_is_there(monkeypatch):
    everyone = [(i, j) for i in range(6) for j in range(6) if i != j]
    assert network_intervals(edge_network(everyone, 6), 50, 1) == {}
    assert network_intervals(edge_network([(0, 1), (1, 0)], 2), 50, 1) == {}
    assert network_intervals(edge_network([], 5), 50, 1) == {}
    assert network_intervals(edge_network([], 0), 50, 1) == {}
    assert jackknife_errors(edge_network([], 5)) == {}
    few = network_intervals(edge_network([(0, 1), (1, 2), (3, 2)], 12), 200, 1)
    assert "density" in few
    assert not {"reciprocity_arc", "dyads_mutual", "dyads_asymmetric", "triad_021C"} & set(few)
    network = edge_network(*random_arcs(1))
    monkeypatch.setattr(intervals, "LARGEST", 24)
    assert network_intervals(network, 50, 1) == {}


def test_pairs_never_observed_in_both_directions_have_no_interval_of_dyads():
    network = edge_network([(0, 1), (0, 2), (0, 5)], 6, responded=[True] + [False] * 5)
    assert value_of("dyads_observed", network) == 0
    assert not any(name.startswith(("dyads", "reciprocity")) for name in network_intervals(network, 100, 1))


def test_triads_have_no_interval_where_there_are_too_many_triangles(monkeypatch):
    network = edge_network(*random_arcs(2))
    assert {"triad_012", "transitivity_directed", "clustering_mean"} <= set(network_intervals(network, 50, 1))
    monkeypatch.setattr(intervals, "MOST_TRIANGLES", 0)
    found = network_intervals(network, 50, 1)
    assert "density" in found
    assert not any(INTERVALS[name].method == "triples" or name == "clustering_mean" for name in found)


def test_what_a_network_cannot_bear_has_no_interval():
    arcs, n = random_arcs(7)
    undirected = network_intervals(edge_network(arcs, n, directed=False), 100, 1)
    assert "density" in undirected
    assert not any(get_measure(name).directed_only for name in undirected)
    assert set(network_intervals(chain_network(arcs, n), 100, 1)) == {"ei_index_place"}
    with pytest.raises(GumflowError, match="draws is 1"):
        network_intervals(edge_network(arcs, n), 1, 1)


@pytest.mark.parametrize("directed", [True, False])
def test_a_rebuilt_network_has_the_ties_of_its_actors(directed):
    network = observed_network(6, directed=directed, observed_by="either")
    tied = dense(network)
    unasked = np.zeros_like(tied)
    unasked[network.unasked] = True
    copies = []
    for seed in range(40):
        built = rebuild(network, seed)
        ids = [str(name).split("#") for name in built.actors]
        origin = np.searchsorted(network.actors, [name for name, _ in ids])
        assert len(set(built.actors)) == built.size == network.size
        np.testing.assert_array_equal(built.groups, network.groups[origin])
        np.testing.assert_array_equal(built.responded, network.responded[origin])
        other = origin[:, None] != origin
        np.testing.assert_array_equal(dense(built)[other], tied[np.ix_(origin, origin)][other])
        kept = np.zeros_like(other)
        kept[built.unasked] = True
        np.testing.assert_array_equal(kept[other], unasked[np.ix_(origin, origin)][other])
        assert (np.diff(built.source * built.size + built.target) > 0).all()
        if not directed:
            np.testing.assert_array_equal(dense(built), dense(built).T)
        pair = ~other & ~np.eye(built.size, dtype=bool) & built.responded[:, None]
        copies.append(dense(built)[pair])
    copies = np.concatenate(copies)
    share = value_of("density", network)
    error = math.sqrt(share * (1 - share) / len(copies)) * (1 if directed else math.sqrt(2))
    assert abs(copies.mean() - share) < 4 * error


def test_rebuilt_intervals_are_rough_and_repeatable():
    arcs, n = random_arcs(8)
    network = edge_network(arcs, n)
    names = ["mean_distance", "components_weak", "density"]
    found = rebuilt_intervals(network, names, draws=60, seed=3)
    assert list(found) == names
    assert rebuilt_intervals(network, names, draws=60, seed=3) == found
    assert found["density"].method == "rebuilt from 60 draws, rough"
    origins = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=2000).T.astype(float)
    plain = np.nanstd(in_counts(network, ["density"], origins)["density"])
    assert found["density"].se == pytest.approx(plain, rel=0.35)
    for name, interval in found.items():
        assert 0 <= interval.low < value_of(name, network) < interval.high
    star = edge_network([(i, 0) for i in range(1, 9)] + [(0, i) for i in range(1, 9)], 9)
    wide = rebuilt_intervals(star, ["centralization_betweenness"], draws=20, seed=1)
    assert wide["centralization_betweenness"].high == 1


def test_rebuilt_intervals_refuse_what_has_no_value():
    network = edge_network(*random_arcs(8))
    with pytest.raises(GumflowError, match="no measure is called"):
        rebuilt_intervals(network, ["distance_mean"])
    with pytest.raises(GumflowError, match="no measure of networks"):
        rebuilt_intervals(network, ["betweenness"])
    with pytest.raises(GumflowError, match="not applicable"):
        rebuilt_intervals(network, ["ei_index_place"])
    with pytest.raises(GumflowError, match="at least 2"):
        rebuilt_intervals(network, ["density"], draws=1)
    everyone = [(i, j) for i in range(6) for j in range(6) if i != j]
    assert set(rebuilt_intervals(edge_network(everyone, 6), ["density"], draws=5)) == set()


def test_every_interval_belongs_to_a_declared_measure_of_networks():
    assert all(get_measure(name).level == "network" for name in INTERVALS)
