"""Barter of knowledge: against a plain simulation with the same draws, and what Cowan and Jonard found."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from small_clusters import small_cluster

from gumflow.contract.errors import GumflowError
from gumflow.mechanisms.barter import (
    ROUNDS,
    barter,
    first_knowledge,
    gatekeepers,
    knowledge_by_outside_share,
    measure_barter,
    outside_pairs,
    removal_losses,
    rounds_to_settle,
    tied_pairs,
    turns,
)
from gumflow.mechanisms.cluster import Found


def ends_of(graph):
    pairs = np.array([sorted(edge) for edge in graph.edges], dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def plain_barter(ends, knowledge, rate, rounds, rng, gone=(), constant=()):
    """Barter one tie after the other, one run after the other, in double precision, with the draws that `barter` makes."""
    state = knowledge.astype(np.float64)
    categories, runs = state.shape[1:]
    pairs = list(zip(*(e.tolist() for e in ends), strict=True))
    for _ in range(rounds):
        order = rng.permutation(len(pairs))
        numbers = rng.integers(60, size=(len(pairs), runs), dtype=np.uint8)
        for run in range(runs):
            for tie in order:
                i, j = pairs[tie]
                if (i, run) in gone or (j, run) in gone:
                    continue
                better = {c for c in range(categories) if state[i, c, run] > state[j, c, run]}
                worse = {c for c in range(categories) if state[i, c, run] < state[j, c, run]}
                fewer, more = (better, worse) if len(better) <= len(worse) else (worse, better)
                ways = list(combinations(sorted(more), len(fewer)))
                for c in (*fewer, *ways[numbers[tie, run] % len(ways)]):
                    gives, takes = (i, j) if c in better else (j, i)
                    if takes not in constant:
                        state[takes, c, run] += rate * (state[gives, c, run] - state[takes, c, run])
    return state


@pytest.mark.parametrize("categories", [1, 2, 3, 4, 5])
def test_it_agrees_with_a_plain_simulation(categories):
    ends = ends_of(nx.gnm_random_graph(14, 30, seed=categories))
    start = np.random.default_rng(1).random((14, categories, 4), dtype=np.float32)
    present = np.ones((14, 4), dtype=bool)
    present[3, 2:] = False
    constant = np.arange(14) == 5
    found = barter(
        ends, start, rate=0.4, rounds=6, rng=np.random.default_rng(9), present=present, constant=constant
    )
    plain = plain_barter(ends, start, 0.4, 6, np.random.default_rng(9), {(3, 2), (3, 3)}, {5})
    np.testing.assert_allclose(found.knowledge, plain, atol=1e-5)
    np.testing.assert_array_equal(found.knowledge[5], start[5])
    np.testing.assert_array_equal(found.knowledge[3, :, 2:], start[3, :, 2:])
    level = plain.mean(axis=1)
    others = np.delete(level, [3, 5], axis=0)
    np.testing.assert_allclose(found.mean[-1, 2:], others[:, 2:].mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.variance[-1, 2:], others[:, 2:].var(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.mean[-1, :2], np.delete(level, 5, axis=0)[:, :2].mean(axis=0), atol=1e-5)


def test_one_trade_by_hand():
    ends = np.array([0]), np.array([1])
    start = np.array([[4, 0, 2], [0, 2, 2]], dtype=np.float32)[:, :, None]
    found = barter(ends, start, rate=0.5, rounds=1, rng=np.random.default_rng(0))
    np.testing.assert_allclose(found.knowledge[:, :, 0], [[4, 1, 2], [2, 2, 2]])
    np.testing.assert_allclose(found.mean[:, 0], [10 / 6, 13 / 6])


def test_who_has_nothing_to_offer_gets_nothing():
    start = np.array([[1.0] * 5, [0.5] * 5], dtype=np.float32)[:, :, None]
    found = barter((np.array([0]), np.array([1])), start, rate=1, rounds=3, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(found.knowledge, start)


def test_knowledge_never_falls_and_never_exceeds_the_best():
    ends = ends_of(nx.gnm_random_graph(40, 100, seed=3))
    start = np.random.default_rng(2).random((40, 5, 6), dtype=np.float32)
    found = barter(ends, start, rate=0.3, rounds=30, rng=np.random.default_rng(4))
    assert (found.knowledge >= start - 1e-6).all()
    assert (found.knowledge <= start.max(axis=0) + 1e-6).all()
    assert (np.diff(found.mean, axis=0) >= -1e-7).all()
    settled = rounds_to_settle(found.mean)
    assert ((settled > 0) & (settled <= 30)).all()


def test_turns_keep_the_order_of_ties_that_share_an_end():
    graph = nx.gnm_random_graph(30, 90, seed=1)
    first, second = ends_of(graph)
    order = np.random.default_rng(1).permutation(len(first))
    batches = turns(first, second, order, 30)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(first)))
    place = np.argsort(order)
    for at, batch in enumerate(batches):
        ends = np.concatenate([first[batch], second[batch]])
        assert len(set(ends.tolist())) == len(ends)
        for later in batches[at + 1 :]:
            for tie in later:
                shares = (first[batch] == first[tie]) | (first[batch] == second[tie])
                shares |= (second[batch] == first[tie]) | (second[batch] == second[tie])
                assert (place[batch[shares]] < place[tie]).all()


def test_the_choice_among_many_is_even():
    # n0 knows more of four categories, n1 of one: each of the four is chosen in a quarter of the runs.
    start = np.zeros((2, 5, 4000), dtype=np.float32)
    start[0, :4], start[1, 4] = 1, 1
    found = barter((np.array([0]), np.array([1])), start, rate=1, rounds=1, rng=np.random.default_rng(3))
    shares = found.knowledge[1, :4].mean(axis=1)
    np.testing.assert_allclose(shares, 0.25, atol=0.03)
    np.testing.assert_array_equal(found.knowledge[0, 4], 1)


def test_a_tenth_of_long_links_lets_a_ring_know_most():
    """What Cowan and Jonard (2004) found: mean knowledge is highest between the ring and the random graph."""

    def long_run(share):
        levels = []
        for seed in range(2):
            rng = np.random.default_rng(seed)
            start = rng.random((200, 5, 4), dtype=np.float32)
            for run in range(4):
                experts = rng.choice(200, 10, replace=False)
                start[experts, rng.integers(0, 5, 10), run] = 10
            ends = ends_of(nx.watts_strogatz_graph(200, 10, share, seed=seed))
            levels.append(barter(ends, start, rate=0.1, rounds=50, rng=rng).mean[-1].mean())
        return np.mean(levels)

    ring, between, random = long_run(0.0), long_run(0.1), long_run(1.0)
    assert between > 1.05 * ring
    assert between > 1.05 * random


def test_removing_a_bridge_costs_more_than_removing_a_leaf():
    # Two full groups whose members know different things, joined by n0 alone; n13 hangs on a member.
    graph = nx.Graph()
    left, right = range(1, 7), range(7, 13)
    graph.add_nodes_from(range(14))
    for group in (left, right):
        graph.add_edges_from(combinations(group, 2))
        graph.add_edges_from((0, i) for i in group)
    graph.add_edge(1, 13)
    rng = np.random.default_rng(0)
    start = 0.1 * rng.random((14, 5, 10), dtype=np.float32)
    start[1:7, :2] += 1
    start[7:13, 2:] += 1
    whole, losses = removal_losses(
        ends_of(graph), start, np.array([0, 13]), rate=0.5, rounds=40, rng=np.random.default_rng(1)
    )
    assert losses.shape == (2, 10)
    assert losses[0].mean() > 0.05 > abs(losses[1].mean())
    assert whole.mean.shape == (41, 10)


def test_runs_of_variants_make_the_same_choices():
    ends = ends_of(nx.gnm_random_graph(10, 20, seed=2))
    start = np.random.default_rng(2).random((10, 5, 3), dtype=np.float32)
    one = barter(ends, start, rate=0.4, rounds=5, rng=np.random.default_rng(1))
    both = barter(
        ends, np.tile(start, (1, 1, 2)), rate=0.4, rounds=5, rng=np.random.default_rng(1), variants=2
    )
    np.testing.assert_array_equal(both.knowledge[:, :, :3], one.knowledge)
    np.testing.assert_array_equal(both.knowledge[:, :, 3:], one.knowledge)


def test_well_informed_outsiders_raise_what_a_cluster_knows():
    ends = ends_of(nx.gnm_random_graph(30, 60, seed=5))
    start = 0.2 * np.random.default_rng(3).random((30, 5, 5), dtype=np.float32)
    levels = knowledge_by_outside_share(
        ends, start, (0.0, 0.1, 0.3), rate=0.3, rounds=20, rng=np.random.default_rng(1)
    )
    assert levels.shape == (3, 5)
    assert (np.diff(levels.mean(axis=1)) > 0.01).all()


def test_more_than_five_categories_are_refused():
    with pytest.raises(GumflowError, match="6 categories"):
        barter((np.array([0]), np.array([1])), np.zeros((2, 6, 1), dtype=np.float32), rate=0.5, rounds=1, rng=np.random.default_rng(0))  # fmt: skip


# --- the measures of a cluster -----------------------------------------------------------------------------------------------


def skilled(size, **more):
    rng = np.random.default_rng(size)
    skill = rng.random(size)
    answers = {name: skill + 0.1 * rng.random(size) for name in ("ac_edu", "ac_tech", "rd", "tech_level")}
    return {"size": size, "indicators": answers, **more}


def ring_with_gates(size=12):
    ties = [(i, (i + 1) % size) for i in range(size)] + [(0, j) for j in range(3, 7)]
    return {
        "knowledge": ties,
        "pipeline": [("buyer", 0), ("maker", 0), ("buyer", 4), (size - 1, "maker")],
    }


def found_for(layers, **more):
    return measure_barter(
        small_cluster(layers, outside={"buyer": "buyer", "maker": "supplier"}, **skilled(12, **more))
    )


def test_gatekeepers_join_outside_partners_and_advice_given():
    cluster = small_cluster(ring_with_gates(), outside={"buyer": "buyer", "maker": "supplier"}, **skilled(12))
    # n00 has two partners and five ties out, n04 one and one, n11 one and one.
    assert gatekeepers(cluster).tolist() == [0, 4, 11]


def test_pairs_with_the_outside_are_named_once():
    cluster = small_cluster(
        {"pipeline": [("buyer", 0), (0, "buyer"), (2, "maker"), ("buyer", "maker")]}, outside={"buyer": "buyer", "maker": "supplier"}
    )  # fmt: skip
    firms, partners = outside_pairs(cluster)
    assert list(zip(firms.tolist(), partners.tolist(), strict=True)) == [(0, 0), (2, 1)]


def test_partners_outside_let_the_cluster_know_more():
    ring = [(i, (i + 1) % 12) for i in range(12)]
    partners = {f"b{k}": "buyer" for k in range(6)}
    pipeline = [(f"b{k}", 2 * k) for k in range(6)]

    def long_run(layers):
        rows = measure_barter(small_cluster(layers, outside=partners, **skilled(12))).rows
        return next(r for r in rows if r.get("category") == "long_run")

    alone, linked = long_run({"knowledge": ring}), long_run({"knowledge": ring, "pipeline": pipeline})
    assert linked["low"] > alone["high"]


def test_the_measures_of_a_cluster():
    found = found_for(ring_with_gates())
    rows = {(r["measure"], r.get("category", "")): r for r in found.rows}
    start, end = (rows["barter_knowledge", which]["value"] for which in ("start", "long_run"))
    assert 0 < start < end < 1
    assert rows["barter_knowledge_variance", "start"]["value"] > 0
    assert 0 < rows["barter_rounds_to_settle", ""]["value"] <= ROUNDS
    losses = found.firms["gatekeeper_removal_loss"]
    assert list(losses.dropna().index) == ["n00", "n04", "n11"]
    assert rows["gatekeeper_removal_loss_largest", ""]["value"] == losses.max()
    shares = {c: r["value"] for (m, c), r in rows.items() if m == "barter_outside_knowledge"}
    assert list(shares) == ["0", "0.05", "0.1", "0.2", "0.4", "0.8"]
    best = rows["barter_best_outside_share", ""]["value"]
    assert shares[f"{best:g}"] == max(shares.values())
    for row in rows.values():
        assert row["low"] <= row["value"] <= row["high"]


def test_the_same_cluster_gives_the_same_bytes():
    assert found_for(ring_with_gates()).rows == found_for(ring_with_gates()).rows


@pytest.mark.parametrize(
    "cluster",
    [
        small_cluster({}, size=0),
        small_cluster({}, size=1),
        small_cluster({"knowledge": []}, **skilled(6)),
        small_cluster({"knowledge": [(0, 1)]}, size=4),
        small_cluster({"knowledge": [(0, 1)]}, boundary="text", **skilled(4)),
        small_cluster({"knowledge": [(0, 1)]}, boundary="sample", **skilled(4)),
        small_cluster({"knowledge": [(0, 1)]}, responded=[False] * 4, boundary="roster", size=4),
    ],
)
def test_without_ties_or_stocks_it_says_why_not(cluster):
    found = measure_barter(cluster)
    assert isinstance(found, Found)
    assert all(row["withheld"].startswith("withheld") for row in found.rows)
    assert [row["measure"] for row in found.rows] == ["barter_knowledge", "gatekeeper_removal_loss_largest"]
    assert found.firms["gatekeeper_removal_loss"].isna().all()


def test_all_ties_and_equal_answers_are_finite():
    size = 6
    all_ties = [(i, j) for i in range(size) for j in range(size) if i != j]
    more = skilled(size)
    more["indicators"] = {k: np.r_[np.ones(size - 1), 2.0] for k in more["indicators"]}
    found = measure_barter(small_cluster({"knowledge": all_ties}, **more))
    values = [r["value"] for r in found.rows if not r.get("withheld")]
    assert np.isfinite(values).all()
    undefined = [r["measure"] for r in found.rows if r.get("withheld")]
    assert undefined == ["gatekeeper_removal_loss_largest"]


def test_tied_pairs_are_named_once():
    cluster = small_cluster({"knowledge": [(0, 1), (1, 0), (2, 1)]})
    first, second = tied_pairs(cluster.firm_network("knowledge"))
    assert list(zip(first, second, strict=True)) == [(0, 1), (1, 2)]


def test_first_knowledge_is_below_the_level():
    start = first_knowledge(np.array([0.0, 0.5, np.nan, 1.0]), 50, np.random.default_rng(0))
    assert (start[0] == 0).all()
    assert (start[1] < 0.5).all()
    assert (start[2] < 0.5).all()
    assert start[3].max() > 0.9
