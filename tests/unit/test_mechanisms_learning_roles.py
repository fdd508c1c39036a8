"""Cognitive roles and gatekeepers by hand, by loops and with networkx; stability against repeated firms; planted gatekeepers."""

import itertools
import statistics

import networkx as nx
import numpy as np
import pytest
from small_clusters import named, small_cluster
from small_networks import random_arcs

from gumflow.mechanisms.cluster import MechanismSettings
from gumflow.mechanisms.gatekeepers import gatekeepers_of, measure_gatekeepers
from gumflow.mechanisms.learning_roles import BALANCES, CUTS, ROLES, measure_learning_roles, positions_of
from gumflow.mechanisms.pair_draws import drawn_firms


def rows_of(found, measure):
    return {r.get("category", ""): r for r in found.rows if r["measure"] == measure}


def random_cluster(seed=4, silent=(), settings=None, chance=0.09):
    arcs, size = random_arcs(seed)
    rng = np.random.default_rng(seed)
    outside = [f"x{k}" for k in range(6)]
    pipes = [
        (x, i) if rng.random() < 0.5 else (i, x)
        for x in outside
        for i in range(size)
        if rng.random() < chance
    ]
    cluster = small_cluster(
        {"knowledge": arcs, "pipeline": pipes}, size=size, outside=dict.fromkeys(outside, "buyer"), boundary="roster",
        responded=[i not in silent for i in range(size)], settings=settings,
    )  # fmt: skip
    partners = {i: {x for p in pipes for x in p if i in p and isinstance(x, str)} for i in range(size)}
    return cluster, {(a, b): s for a, b, s in arcs}, partners


def role_by_rule(inside, outside, balance, tied, least):
    if inside and outside:
        return "gatekeeper" if balance > least + 1e-9 else "active_mutual_exchanger"
    if outside:
        return "external_star" if balance < -least - 1e-9 or not tied else "weak_mutual_exchanger"
    return "local_hub" if inside else "isolated"


def roles_by_loops(known, arcs, partners, cuts, least, copies=None):
    """Return the role of each known firm by its definition; ties and cut-offs from `copies` of firms if given."""
    copies = list(copies) if copies is not None else known
    numbers = {}
    for i in known:
        out, into = [j for j in copies if (i, j) in arcs], [j for j in copies if (j, i) in arcs]
        given, taken = sum(arcs[i, j] for j in out), sum(arcs[j, i] for j in into)
        balance = (given - taken) / (given + taken) if given + taken else 0.0
        numbers[i] = (len(out) + len(into), len(partners[i]), balance, given + taken > 0)

    def cut(which, name):
        values = [numbers[i][which] for i in copies]
        return {
            "median": statistics.median_low(values), "mean": statistics.fmean(values),
            "q40": np.quantile(values, 0.4), "q60": np.quantile(values, 0.6),
        }[name]  # fmt: skip

    limits = [cut(0, cuts[0]), cut(1, cuts[1])]
    return [
        role_by_rule(c > limits[0] + 1e-9, o > limits[1] + 1e-9, b, tied, least)
        for c, o, b, tied in numbers.values()
    ]


@pytest.mark.parametrize("cut", ["median", "mean"])
@pytest.mark.parametrize("seed", [4, 5, 6])
def test_cognitive_role_and_its_stability_by_loops(seed, cut):
    cluster, arcs, partners = random_cluster(seed, settings=MechanismSettings(draws=40, role_cut=cut))
    found = measure_learning_roles(cluster)
    table = found.firms
    everyone = list(range(len(table)))
    roles = roles_by_loops(everyone, arcs, partners, (cut, cut), 0.25)
    assert table["cognitive_role"].tolist() == roles
    settings = list(itertools.product(CUTS, CUTS, BALANCES))
    assert len(settings) == 48
    kept = [np.equal(roles, roles_by_loops(everyone, arcs, partners, s[:2], s[2])) for s in settings]
    assert table["role_stability_cuts"].to_numpy() == pytest.approx(np.mean(kept, axis=0))
    drawn = []
    for counts in drawn_firms(cluster):
        copies = np.repeat(everyone, counts.astype(int)).tolist()
        drawn.append(np.array(roles_by_loops(everyone, arcs, partners, (cut, cut), 0.25, copies)))
    over_draws = np.mean([d == np.array(roles) for d in drawn], axis=0)
    assert table["role_stability_draws"].to_numpy() == pytest.approx(over_draws)
    both = np.minimum(table["role_stability_cuts"], table["role_stability_draws"])
    assert table["role_stability"].to_numpy() == pytest.approx(both.to_numpy())
    shares = rows_of(found, "cognitive_role_share")
    assert {name: shares[name]["value"] for name in ROLES} == pytest.approx(
        {r: roles.count(r) / 25 for r in ROLES}
    )
    assert all(shares[r]["low"] <= shares[r]["value"] <= shares[r]["high"] for r in ROLES)
    assert rows_of(found, "role_stability_mean")[""]["value"] == pytest.approx(both.mean())
    assert rows_of(found, "stable_role_share")[""]["value"] == pytest.approx((both >= 0.75).mean())
    other = [roles_by_loops(everyone, arcs, partners, (c, c), 0.25) for c in ("median", "mean")]
    assert rows_of(found, "role_agreement")[""]["value"] == pytest.approx(np.equal(*other).mean())


def test_each_role_by_hand():
    # Firms 0-3 exchange inside, 1 gives and 4 asks most; x and y are outside; 6 knows no one inside; 7 no one at all.
    knowledge = [
        (1, 0, 3),
        (1, 2, 3),
        (1, 3, 3),
        (0, 1, 1),
        (2, 0, 2),
        (0, 2, 2),
        (2, 3, 1),
        (3, 2, 1),
        (0, 4, 1),
        (5, 2, 1),
        (2, 5, 1),
    ]
    pipes = [("x", 1), ("y", 1), ("x", 0), (4, "y"), ("x", 6), ("x", 5)]
    cluster = small_cluster(
        {"knowledge": knowledge, "pipeline": pipes}, size=12, outside={"x": "buyer", "y": "supplier"}
    )
    table = measure_learning_roles(cluster).firms
    assert dict(zip(range(8), table["cognitive_role"], strict=False)) == {
        0: "active_mutual_exchanger", 1: "gatekeeper", 2: "local_hub", 3: "local_hub", 4: "active_mutual_exchanger",
        5: "active_mutual_exchanger", 6: "external_star", 7: "isolated",
    }  # fmt: skip
    assert table["learning_centrality"].iloc[1] == pytest.approx((3 + 1) / 2 / 11)
    assert table["advice_balance"].iloc[1] == pytest.approx((9 - 1) / 10)
    assert table["learning_outside_partners"].tolist()[:7] == [1, 2, 0, 0, 1, 1, 1]


def test_stricter_cuts_and_wider_balance_make_fewer_gatekeepers():
    counts = []
    for cut, least in (("median", 0.0), ("median", 0.5), ("mean", 0.5)):
        cluster, *_ = random_cluster(
            7, settings=MechanismSettings(draws=10, role_cut=cut, role_balance=least)
        )
        counts.append(int(gatekeepers_of(cluster).sum()))
    assert counts[0] >= counts[1] >= counts[2]
    assert counts[0] > counts[2]


def test_who_did_not_answer_has_no_role_and_is_not_isolated():
    cluster, *_ = random_cluster(4, silent=(3, 8))
    found = measure_learning_roles(cluster)
    table = found.firms
    assert (table["cognitive_role"] == "").tolist() == [i in (3, 8) for i in range(25)]
    assert table.drop(columns="cognitive_role").isna().all(axis=1).tolist() == [
        i in (3, 8) for i in range(25)
    ]
    assert rows_of(found, "cognitive_role_share")["isolated"]["coverage"] == pytest.approx(23 / 25)
    few, *_ = random_cluster(4, silent=range(3, 20))
    (row,) = [r for r in measure_learning_roles(few).rows if r["measure"] == "cognitive_role_share"]
    assert "answered" in row["withheld"]


def flow_graph(arcs, partners, size):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from(arcs)
    graph.add_edges_from((x, i) for i in partners for x in partners[i])
    return graph


def reach_by_networkx(graph, size):
    outside = [v for v in graph if isinstance(v, str)]
    reach = np.zeros(size)
    for x in outside:
        for i, steps in nx.single_source_shortest_path_length(graph, x).items():
            if i != x:
                reach[i] += 1 / steps
    return reach


def two_step_reach(arcs, partners, removed=None):
    """Return the reach of each firm within two steps, once one firm may be gone."""
    reach = {}
    for j in partners:
        advisers = [i for i in partners if (i, j) in arcs and i != removed]
        indirect = set().union(*(partners[i] for i in advisers)) - partners[j]
        reach[j] = len(partners[j]) + len(indirect) / 2
    return reach


@pytest.mark.parametrize("seed", [4, 8, 11])
def test_reach_gatekeeping_and_removal_with_networkx(seed):
    cluster, arcs, partners = random_cluster(seed, chance=0.05)
    table = measure_gatekeepers(cluster).firms
    size = len(table)
    graph = flow_graph(arcs, partners, size)
    assert table["external_reach"].to_numpy() == pytest.approx(reach_by_networkx(graph, size))
    between = [
        sum((i, j) in arcs and x not in partners[j] for x in partners[i] for j in range(size))
        for i in range(size)
    ]
    assert table["gatekeeping"].tolist() == between
    before = reach_by_networkx(graph, size)
    lost, fall = [], []
    for i in range(size):
        without = graph.copy()
        without.remove_node(i)
        after = reach_by_networkx(without, size)
        lost.append(sum(before[j] > 0 and after[j] == 0 for j in range(size) if j != i) / (size - 1))
        whole = sum(r for j, r in two_step_reach(arcs, partners).items() if j != i)
        left = sum(r for j, r in two_step_reach(arcs, partners, i).items() if j != i)
        fall.append(1 - left / whole)
    assert table["access_lost_without"].to_numpy() == pytest.approx(np.array(lost))
    assert table["reach_lost_without"].to_numpy() == pytest.approx(np.array(fall), abs=1e-12)


def test_a_chain_of_access_hangs_on_its_first_firm():
    # x -> 0 -> 1 -> 2 and x -> 3 -> 2: without 0 only firm 1 is cut off; firm 4 is cut off anyhow.
    cluster = small_cluster(
        {"knowledge": [(0, 1), (1, 2), (3, 2)], "pipeline": [("x", 0), (3, "x")]},
        size=5,
        outside={"x": "buyer"},
    )
    table = measure_gatekeepers(cluster).firms
    assert table["access_lost_without"].tolist() == [1 / 4, 0, 0, 0, 0]
    assert table["external_reach"].tolist() == [1, 1 / 2, 1 / 2, 1, 0]
    assert table["gatekeeping"].tolist() == [1, 0, 0, 1, 0]
    # All reach within two steps but that of firm 0: 1 of firm 3, 1/2 each of firms 1 and 2.
    assert table["reach_lost_without"].tolist() == pytest.approx([0.25, 0, 0, 0.25, 0])


@pytest.mark.parametrize("seed", [6, 7])
def test_what_rests_on_all_gatekeepers_with_networkx(seed):
    cluster, arcs, partners = random_cluster(
        seed, chance=0.07, settings=MechanismSettings(draws=50, role_balance=0.0)
    )
    keepers = set(np.flatnonzero(gatekeepers_of(cluster)).tolist())
    assert keepers
    found = measure_gatekeepers(cluster)
    size = len(cluster.firms)
    graph = flow_graph(arcs, partners, size)
    before = reach_by_networkx(graph, size)
    graph.remove_nodes_from(keepers)
    after = reach_by_networkx(graph, size)
    value = {r["measure"]: r["value"] for r in found.rows}
    assert value["external_reach_mean"] == pytest.approx(before.mean())
    assert value["gatekeeper_reach_share"] == pytest.approx(1 - after.sum() / before.sum())
    others = [i for i in range(size) if i not in keepers and before[i] > 0]
    assert value["gatekeepers_access_lost"] == pytest.approx(np.mean([after[i] == 0 for i in others]))
    table = found.firms.iloc[sorted(keepers)]
    assert value["gatekeeper_access_lost_mean"] == pytest.approx(table["access_lost_without"].mean())
    assert value["gatekeeper_reach_lost_mean"] == pytest.approx(table["reach_lost_without"].mean())


def test_intervals_of_paths_leave_out_groups_of_firms():
    from scipy.stats import t

    cluster, arcs, partners = random_cluster(
        6, chance=0.07, settings=MechanismSettings(draws=20, role_balance=0.0)
    )
    group = cluster.stream("groups of firms").permutation(25) % 10
    means, shares = [], []
    for g in range(10):
        stays = [i for i in range(25) if group[i] != g]
        roles = roles_by_loops(stays, arcs, partners, ("median", "median"), 0.0, stays)
        graph = flow_graph(arcs, partners, 25)
        graph.remove_nodes_from(set(range(25)) - set(stays))
        reach = reach_by_networkx(graph, 25)
        graph.remove_nodes_from([i for i, role in zip(stays, roles, strict=True) if role == "gatekeeper"])
        means.append(reach[stays].mean())
        shares.append(1 - reach_by_networkx(graph, 25).sum() / reach.sum())
    found = measure_gatekeepers(cluster)
    for name, left_out in (("external_reach_mean", means), ("gatekeeper_reach_share", shares)):
        half = t.ppf(0.975, 9) * np.sqrt(9 / 10 * np.sum((np.array(left_out) - np.mean(left_out)) ** 2))
        row = rows_of(found, name)[""]
        assert row["high"] == pytest.approx(min(row["value"] + half, 1 if "share" in name else np.inf))
        assert row["low"] == pytest.approx(max(row["value"] - half, 0))


def test_without_gatekeepers_nothing_rests_on_them():
    cluster = small_cluster(
        {"knowledge": [(0, 1), (1, 0)], "pipeline": [("x", 2)]}, size=5, outside={"x": "buyer"}
    )
    (row,) = rows_of(measure_gatekeepers(cluster), "gatekeeper_reach_share").values()
    assert "no firm is a gatekeeper" in row["withheld"]


def planted_cluster(seed, size=60, keepers=4):
    """Draw a cluster in which some firms hold many ties outside and advise many others; the rest are alike."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(size, keepers, replace=False)
    chance = np.full((size, size), 0.04)
    chance[chosen] = 0.2
    arcs = [
        (i, j, int(rng.integers(1, 4)))
        for i, j in np.argwhere(rng.random((size, size)) < chance).tolist()
        if i != j
    ]
    few = np.full(size, 0.06)
    few[chosen] = 0.5
    pipes = [(f"x{k}", i) for i in range(size) for k in range(8) if rng.random() < few[i]]
    outside = {f"x{k}": "buyer" for k in range(8)}
    return small_cluster({"knowledge": arcs, "pipeline": pipes}, size=size, outside=outside), sorted(
        chosen.tolist()
    )


def test_planted_gatekeepers_are_found():
    by_role, by_rank, false = [], [], []
    for seed in range(8):
        cluster, planted = planted_cluster(seed)
        roles = gatekeepers_of(cluster)
        by_role += roles[planted].tolist()
        false.append((roles.sum() - roles[planted].sum()) / (len(roles) - len(planted)))
        score = measure_gatekeepers(cluster).firms["gatekeeping"].to_numpy()
        by_rank += [i in planted for i in np.argsort(-score, kind="stable")[: len(planted)]]
    assert np.mean(by_role) >= 0.9
    assert np.mean(by_rank) >= 0.9
    assert np.mean(false) <= 0.15


def test_positions_rest_on_ties_among_firms_alone():
    cluster = small_cluster(
        {"knowledge": [("u", 0), (0, 1)], "pipeline": [("x", 0), ("x", "u")]},
        size=3,
        bodies={"u": "university"},
        outside={"x": "buyer"},
    )
    at = positions_of(cluster)
    assert at.centrality == pytest.approx([1 / 4, 1 / 4, 0])
    assert at.openness.tolist() == [1, 0, 0]
    assert list(cluster.firms) == [named(i) for i in range(3)]
