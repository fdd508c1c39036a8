"""Social capital: scores by hand and by other libraries, shared cognition by brute force, clusters that bear little, and what was planted."""

import itertools
import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_clusters import answer_table, named, small_cluster

from gumflow.mechanisms.shared_cognition import (
    JUDGMENTS,
    agreement,
    measure_shared_cognition,
    similarity_gap,
    similarity_p,
)
from gumflow.mechanisms.social_capital import measure_social_capital
from gumflow.mechanisms.social_structure import measure_social_structure


def rows_of(found, measure, category=""):
    return [r for r in found.rows if r["measure"] == measure and r.get("category", "") == category]


def row_of(found, measure, category=""):
    (row,) = rows_of(found, measure, category)
    return row


def zscore(values):
    values = np.asarray(values, dtype=float)
    return (values - np.nanmean(values)) / np.nanstd(values)


# Structure


def random_layers(seed, size=16):
    rng = np.random.default_rng(seed)
    layers = {}
    for layer in ("transaction", "knowledge", "social", "credit", "rivalry", "trust"):
        pairs = np.argwhere(rng.random((size, size)) < 0.08)
        layers[layer] = [(int(i), int(j)) for i, j in pairs if i != j]
    return layers


@pytest.mark.parametrize("seed", range(3))
def test_closure_and_brokerage_are_those_of_networkx_without_rivals_and_trust(seed):
    layers = random_layers(seed)
    cluster = small_cluster(layers, size=16, responded=[1] * 15 + [0], boundary="roster")
    firms = measure_social_structure(cluster).firms
    graph = nx.Graph()
    graph.add_nodes_from(range(16))
    graph.add_edges_from(
        e for layer in ("transaction", "knowledge", "social", "credit") for e in layers[layer]
    )
    clustering, effective = nx.clustering(graph), nx.effective_size(graph)
    for i in range(15):
        closure, brokerage = firms.loc[named(i), ["closure_score", "brokerage_score"]]
        if graph.degree(i) >= 2:
            assert closure == pytest.approx(clustering[i])
        else:
            assert np.isnan(closure)
        if graph.degree(i):
            assert brokerage == pytest.approx(effective[i])
        else:
            assert np.isnan(brokerage)
    assert firms.loc[named(15), ["closure_score", "brokerage_score"]].isna().all(), "it did not answer"


def test_a_closed_circle_has_closure_and_a_star_has_brokerage():
    circle = list(itertools.combinations(range(4), 2))
    star = [(4, j) for j in range(5, 9)]
    firms = measure_social_structure(small_cluster({"social": circle + star})).firms
    assert firms["closure_score"].iloc[:5].tolist() == [1, 1, 1, 1, 0]
    assert firms["brokerage_score"].iloc[:5].tolist() == [1, 1, 1, 1, 4]


def levels_cluster():
    layers = {
        "social": [(0, 1), (0, 2)], "transaction": [(0, 1), (1, 0), (0, 3)], "innovation": [(0, 3)], "credit": [(0, 2), (1, 2)],
        "membership": [(0, "club"), (1, "club"), (2, "far")], "service": [("club", 0), ("lab", 0)],
    }  # fmt: skip
    answers = [
        (0, "R05", 1, "kin", 1),
        (0, "R05", 1, "friend", 1),
        (0, "R05", 2, "friend", 1),
        (1, "R05", 0, "kin", 1),
    ]
    answers += [(2, "R05", 0, "club", 1), (3, "R05", 0, "", 0)]
    answers += [
        (0, "R03.buy", 1, "", 30),
        (0, "R03.buy", 3, "", 10),
        (0, "R03.sell", 1, "", 5),
        (1, "R03.sell", 0, "", 0),
    ]
    return small_cluster(
        layers, size=5, responded=[1, 1, 1, 1, 0], answers=answers, bodies={"club": "association", "lab": "platform"},
        outside={"far": "association"},
    )  # fmt: skip


def test_bonds_are_counted_on_three_levels():
    found = measure_social_structure(levels_cluster())
    nan = np.nan
    expected = {
        "personal_bonds": [2, 1, 1, 0, nan],
        "organization_bonds": [3, 2, 2, 1, nan],
        "credit_partners": [1, 1, 2, 0, nan],
        # A member of a body elsewhere is no part of a joint body of the cluster; two ties with one body count once.
        "collective_bonds": [2, 1, 0, 0, nan],
        "coupling": [((9 + 1) / 16 + 1) / 2, nan, nan, nan, nan],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(found.firms[name], values, err_msg=name)
    for category, name in (
        ("individual", "personal_bonds"),
        ("organization", "organization_bonds"),
        ("cluster", "collective_bonds"),
    ):
        row = row_of(found, "social_bonds_mean", category)
        assert row["value"] == pytest.approx(np.nanmean(expected[name]))
        assert row["n"] == 4
    assert row_of(found, "credit_partners_mean")["value"] == 1
    assert row_of(found, "coupling_mean")["withheld"].startswith("withheld: only 1 firm(s)")
    assert {"closure_score_mean", "brokerage_score_mean"} <= {r["measure"] for r in found.rows}


def test_kinds_of_bonds_are_shares_of_the_bonds_that_firms_stated():
    found = measure_social_structure(levels_cluster())
    expected = {"kin": 2 / 4, "friend": 2 / 4, "schoolmate": 0, "former_colleague": 0, "club": 1 / 4}
    for kind, value in expected.items():
        row = row_of(found, "bond_kind_share", kind)
        assert row["value"] == pytest.approx(value)
        assert row["n"] == 3


# The chain from trust to performance


def chain_cluster():
    knowledge = [(0, 1, 2), (1, 0, 1), (1, 2, 3), (3, 1, 1)]
    answers = [
        (0, "R06", 1, "", 5),
        (0, "R06", 2, "", 3),
        (0, "R06", 3, "", 2),
        (1, "R06", 0, "", 4),
        (2, "R06", 0, "", 1),
    ]
    answers += [(0, "R07.contract", 1, "", 0), (0, "R07.contract", 2, "", 1), (0, "R07.contract", 3, "", 0)]
    answers += [(1, "R07.contract", 0, "", 0), (2, "R07.contract", 0, "", 1)]
    answers += [
        (0, "R07.years", 1, "", 5),
        (0, "R07.years", 2, "", 4),
        (0, "R07.years", 3, "", 9),
        (1, "R07.years", 0, "", 1),
    ]
    indicators = {
        "cooperation": [1, 0, np.nan, 1], "joint_planning": [0, 0, np.nan, np.nan], "brand_rivals": [np.nan, 1, 0, np.nan],
        "export_growth": [0.1, 0.3, 0.2, np.nan], "price_trend": [1, np.nan, 0, 0.5], "rd": [1, 1, 0, 0],
        "proc": [1, 0.5, 0, 0], "own_design": [1, 1, 0, 0], "slack": [0, 2, 1, 3], "silent": [3, 1, 0, 0],
    }  # fmt: skip
    declared = {
        "export_growth": ("value_capture", "outcome", 1), "price_trend": ("value_capture", "outcome", 1),
        "rd": ("product_upgrading", "driver", 1), "proc": ("process_upgrading", "outcome", 1),
        "own_design": ("innovative_upgrading", "outcome", 1), "slack": ("product_upgrading", "outcome", -1),
        "silent": ("value_capture", "outcome", 0), "cooperation": ("inter_firm_cooperation", "driver", 1),
    }  # fmt: skip
    return small_cluster(
        {"knowledge": knowledge},
        size=4,
        responded=[1, 1, 1, 1],
        answers=answers,
        indicators=indicators,
        declared=declared,
    )


def test_knowledge_sharing_is_giving_taking_and_mutuality():
    firms = measure_social_capital(chain_cluster()).firms
    mutual = [1, 1 / 3, 0, 0]
    np.testing.assert_allclose(firms["knowledge_mutuality"], mutual)
    given, taken = np.array([2, 4, 0, 1]) / 3, np.array([1, 3, 3, 0]) / 3
    np.testing.assert_allclose(
        firms["knowledge_sharing"], np.mean([zscore(given), zscore(taken), zscore(mutual)], axis=0)
    )


def test_lower_cost_is_handshakes_length_cooperation_and_fair_rivals():
    found = measure_social_capital(chain_cluster())
    firms = found.firms
    nan = np.nan
    # 3 is not trusted by 0 (2 of 5), and 2 trusts nobody.
    handshake, long, norm = [1 / 2, 1, nan, nan], [2 / 3, 0, nan, nan], [1 / 2, 0, nan, 1]
    np.testing.assert_allclose(firms["handshake_share"], handshake)
    np.testing.assert_allclose(firms["long_relations"], long)
    np.testing.assert_allclose(firms["cooperation_norm"], norm)
    z = np.array([zscore(x) for x in (handshake, long, norm, [nan, -1, 0, nan])])
    expected = [np.nanmean(z[:, 0]), np.nanmean(z[:, 1]), nan, nan]  # one of four known is too few
    np.testing.assert_allclose(firms["cost_reduction"], expected)
    assert row_of(found, "cooperation_norm_mean")["value"] == pytest.approx(1 / 2)
    for name in ("handshake_share_mean", "long_relations_mean"):
        assert row_of(found, name)["withheld"]
    assert row_of(found, "knowledge_mutuality_mean")["value"] == pytest.approx(1 / 3)


def test_performance_rests_on_outcomes_that_count_and_on_no_driver():
    firms = measure_social_capital(chain_cluster()).firms
    z = np.array([zscore([0.1, 0.3, 0.2, np.nan]), zscore([1, np.nan, 0, 0.5])])
    np.testing.assert_allclose(firms["allocation_performance"], np.nanmean(z, axis=0))
    z = np.array([zscore([1, 0.5, 0, 0]), zscore([1, 1, 0, 0]), -zscore([0, 2, 1, 3])])
    np.testing.assert_allclose(firms["innovation_performance"], z.mean(axis=0))


# Shared cognition


def judged(size, seed=0, **more):
    rng = np.random.default_rng(seed)
    return small_cluster(
        size=size, indicators={name: rng.integers(0, 4, size) / 3 for name in JUDGMENTS}, **more
    )


def test_agreement_is_rwg_and_its_draws_repeat_firms():
    values = np.array([0, 1, 1, 2, 3, np.nan, 3]) / 3
    counts = np.random.default_rng(2).multinomial(7, np.full(7, 1 / 7), size=6).astype(float)
    value, draws = agreement(values, counts)
    grades = np.array([0, 1, 1, 2, 3, 3])
    assert value == pytest.approx(1 - np.var(grades, ddof=1) / ((4**2 - 1) / 12))
    for times, draw in zip(counts.astype(int), draws, strict=True):
        drawn = np.repeat(values, times)
        drawn = 3 * drawn[~np.isnan(drawn)]
        assert draw == pytest.approx(1 - np.var(drawn, ddof=1) / 1.25)


def test_shared_cognition_is_1_if_all_agree_and_below_0_in_two_camps():
    same = measure_shared_cognition(
        small_cluster(size=6, indicators={name: [2 / 3] * 6 for name in JUDGMENTS})
    )
    for category in (*JUDGMENTS, "all"):
        assert row_of(same, "shared_cognition_rwg", category)["value"] == pytest.approx(1)
    camps = measure_shared_cognition(
        small_cluster(size=6, indicators={"policy_efficacy": [0, 0, 0, 1, 1, 1]})
    )
    row = row_of(camps, "shared_cognition_rwg", "policy_efficacy")
    assert row["value"] == pytest.approx(1 - (0.3 * 9) / 1.25)
    assert row["value"] < 0
    assert row["low"] < row["value"] < row["high"]
    assert row_of(camps, "shared_cognition_rwg", "all")["value"] == row["value"]
    none = measure_shared_cognition(
        small_cluster(size=6, indicators={"policy_efficacy": [0, 1] + [np.nan] * 4})
    )
    assert row_of(none, "shared_cognition_rwg", "all")["withheld"].startswith("withheld: no judgment")


def brute_gap(answers, ties):
    tied, rest = [], []
    for i, j in itertools.combinations(range(len(answers)), 2):
        distance = np.abs(answers[i] - answers[j])
        (tied if (i, j) in ties else rest).extend(distance[~np.isnan(distance)])
    return np.mean(rest) - np.mean(tied)


@pytest.mark.parametrize("seed", range(4))
def test_the_gap_in_likeness_is_that_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    answers = rng.integers(0, 4, (12, 5)) / 3
    answers[rng.random(answers.shape) < 0.2] = np.nan
    ties = {p for p in itertools.combinations(range(12), 2) if rng.random() < 0.2}
    a, b = np.array(sorted(ties)).T
    assert similarity_gap(answers, a, b) == pytest.approx(brute_gap(answers, ties))


def test_the_permutation_p_is_that_of_all_exchanges():
    answers = np.array([[0.0], [0.0], [1 / 3], [1.0], [1.0]])
    a, b = np.array([0, 3]), np.array([1, 4])
    gaps = [brute_gap(answers[list(p)], {(0, 1), (3, 4)}) for p in itertools.permutations(range(5))]
    exact = np.mean(np.array(gaps) >= brute_gap(answers, {(0, 1), (3, 4)}) - 1e-12)
    p = similarity_p(answers, a, b, 4000, np.random.default_rng(1))
    assert p == pytest.approx(exact, abs=0.02)


def test_p_of_the_gap_is_even_without_a_gap_and_small_with_one():
    rng = np.random.default_rng(5)
    ties = np.array([p for p in itertools.combinations(range(24), 2) if p[0] // 6 == p[1] // 6])
    null = [
        similarity_p(rng.integers(0, 4, (24, 5)) / 3, *ties.T, 99, np.random.default_rng(i))
        for i in range(120)
    ]
    assert stats.kstest(null, "uniform").pvalue > 0.01
    assert 0.01 <= np.mean(np.array(null) <= 0.05) <= 0.12
    alike = np.repeat(rng.integers(0, 4, (4, 5)) / 3, 6, axis=0)
    assert similarity_p(alike, *ties.T, 99, rng) == 0.01


def test_likeness_of_acquainted_firms_is_told_with_its_p():
    found = measure_shared_cognition(judged(12, layers={"social": [(i, i + 1) for i in range(11)]}))
    gap, p = row_of(found, "cognition_similarity_gap"), row_of(found, "cognition_similarity_p")
    assert -1 <= gap["value"] <= 1
    assert 0 < p["value"] <= 1
    assert (gap["layer"], gap["n"]) == ("social", 12)
    again = measure_shared_cognition(judged(12, layers={"social": [(i, i + 1) for i in range(11)]}))
    assert repr(again.rows) == repr(found.rows)


# Clusters that bear little

ALL = [(i, j) for i in range(5) for j in range(5) if i != j]
LAYERS = ("transaction", "knowledge", "social", "innovation", "credit", "trust", "membership")
EQUAL = {**{name: [1 / 3] * 5 for name in JUDGMENTS}, "cooperation": [1] * 5, "proc": [0] * 5}
ADVERSE = {
    "no firm": {"size": 0},
    "one firm": {"size": 1, "indicators": {"cooperation": [1]}},
    "no tie": {"size": 5, "indicators": EQUAL},
    "all ties": {"layers": dict.fromkeys(LAYERS, ALL), "indicators": EQUAL, "declared": {"proc": ("process_upgrading", "outcome", 1)}},
    "no social tie": {"layers": {"knowledge": ALL}, "indicators": EQUAL},
    "no questionnaire": {"layers": dict.fromkeys(LAYERS, ALL)},
    "nobody answered": {"layers": {"social": ALL}, "boundary": "roster", "responded": [0] * 5},
    "few answered": {"layers": {"social": ALL, "knowledge": ALL}, "boundary": "roster", "responded": [1, 0, 0, 0, 0], "indicators": EQUAL},
    "a sample": {"layers": dict.fromkeys(LAYERS, ALL), "boundary": "sample", "indicators": EQUAL},
    "a text": {"layers": {"social": [(0, 1)], "trust": [(1, 2)]}, "size": 6, "boundary": "text"},
}  # fmt: skip


@pytest.mark.parametrize("name", ADVERSE)
def test_clusters_that_bear_little_give_finite_values_or_reasons(name):
    cluster = small_cluster(**ADVERSE[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure_social_capital(cluster)
    assert len(found.firms) == len(cluster.firms)
    assert not np.isinf(found.firms.to_numpy(dtype=float)).any()
    for row in found.rows:
        assert row.get("withheld") or np.isfinite(row["value"]), row
    keys = [
        (r.get("layer", ""), r["unit_kind"], r["unit"], r["measure"], r.get("category", ""))
        for r in found.rows
    ]
    assert len(set(keys)) == len(keys)
    if name == "a text":
        assert all(row["withheld"].startswith("withheld: a text") for row in found.rows)
        assert len(found.rows) <= 10
        assert found.firms.isna().all().all()
    if name == "few answered":
        assert found.firms["closure_score"].isna().all(), "it would read the ties of the others as absent"
    if name == "no questionnaire":
        assert (found.firms["closure_score"] == 1).all(), "a census of ties needs no questionnaire"
        assert (found.firms["personal_bonds"] == 4).all()
        assert found.firms["cost_reduction"].isna().all()
    if name == "no tie":
        assert found.firms["personal_bonds"].isna().all(), (
            "whether there is none or nobody asked is not recorded"
        )


def test_no_answers_and_an_empty_table_of_answers_are_the_same():
    empty = small_cluster({"social": [(0, 1)]}, tables={"answers": pd.DataFrame()})
    none = small_cluster({"social": [(0, 1)]}, tables={"answers": answer_table([])})
    pd.testing.assert_frame_equal(measure_social_capital(empty).firms, measure_social_capital(none).firms)


# What was planted


@pytest.mark.parametrize("seed", range(3))
def test_planted_sharing_costs_and_performance_are_found(seed):
    """Firms that are open share more, those at ease need no contract, those that are able bring out more; the three are unrelated."""
    rng = np.random.default_rng(seed)
    size = 50
    open_to, at_ease, able = rng.standard_normal((3, size))
    chance = 1 / (1 + np.exp(2.4 - open_to[:, None] - open_to[None, :]))
    pairs = [(int(i), int(j)) for i, j in np.argwhere(rng.random((size, size)) < chance) if i != j]
    answers = [(i, "R06", j, "", 4) for i, j in pairs]
    contract = rng.random(len(pairs)) < 1 / (1 + np.exp(2 * at_ease[[i for i, _ in pairs]]))
    answers += [(i, "R07.contract", j, "", c) for (i, j), c in zip(pairs, contract, strict=True)]
    answers += [(i, "R07.years", j, "", rng.integers(1, 10)) for i, j in pairs]
    drawn = {
        "cooperation": at_ease + rng.standard_normal(size) > 0, "proc": able + rng.standard_normal(size) > 0,
        "prod": able + rng.standard_normal(size) > 0.5, "own_design": able + rng.standard_normal(size) > 0, "price_trend": rng.random(size),
    }  # fmt: skip
    declared = {
        name: (f"{kind}_upgrading", "outcome", 1)
        for name, kind in (("proc", "process"), ("prod", "product"), ("own_design", "innovative"))
    }
    declared |= {"price_trend": ("value_capture", "outcome", 1)}
    cluster = small_cluster(
        {"knowledge": pairs}, size=size, responded=[1] * size, answers=answers, declared=declared,
        indicators={name: np.asarray(v, dtype=float) for name, v in drawn.items()},
    )  # fmt: skip
    firms = measure_social_capital(cluster).firms

    def found(name, truth):
        return firms[name].corr(pd.Series(truth, index=firms.index))

    assert found("knowledge_sharing", open_to) > 0.7
    assert found("cost_reduction", at_ease) > 0.5
    assert found("innovation_performance", able) > 0.6
    for name, truth in (
        ("knowledge_sharing", able),
        ("cost_reduction", able),
        ("innovation_performance", open_to),
    ):
        assert abs(found(name, truth)) < 0.45, "what is unrelated stays apart"
    np.testing.assert_allclose(firms["allocation_performance"], zscore(drawn["price_trend"]))


def test_trust_and_sharing_are_read_on_the_same_partners():
    layers = {"knowledge": [(1, 0), (2, 0), (5, 0)], "transaction": [(0, 1), (3, 0)], "social": [(0, 4)]}
    # Firm 0 rated its adviser 5, with whom it has nothing else, and three partners of other layers, of which 1 advises it.
    told = [
        (0, "R06", 1, "", 4),
        (0, "R06", 3, "", 2),
        (0, "R06", 4, "", 5),
        (0, "R06", 5, "", 0),
        (4, "R06", 0, "", 3),
    ]
    made = measure_social_capital(small_cluster(layers, size=6, answers=told)).firms
    assert made.loc["n00", "partner_trust"] == pytest.approx((4 + 2 + 5) / 3)
    assert made.loc["n00", "partner_knowledge_share"] == pytest.approx(1 / 3)
    assert made.loc["n04", ["partner_trust", "partner_knowledge_share"]].tolist() == [3, 0]
    assert made.loc["n05", ["partner_trust", "partner_knowledge_share"]].isna().all()
    bare = measure_social_capital(small_cluster({"social": [(0, 1)]}, answers=told)).firms
    assert bare[["partner_trust", "partner_knowledge_share"]].isna().all().all()


def test_many_advisers_do_not_lower_the_trust_in_partners():
    """Advisers are rated low and partners high, whatever the firm: only the mean over all named falls with the number of advisers."""
    rng = np.random.default_rng(3)
    size = 60
    trade = sorted({(int(min(p)), int(max(p))) for p in rng.integers(0, size, (150, 2)) if p[0] != p[1]})
    told = [(i, "R06", j, "", float(rng.integers(3, 6))) for i, j in trade + [(j, i) for i, j in trade]]
    advice = []
    for i in range(size):
        others = [k for k in range(size) if k != i and (min(i, k), max(i, k)) not in trade]
        for j in rng.choice(others, rng.integers(0, 12), replace=False):
            advice.append((int(j), i))
            told.append((i, "R06", int(j), "", float(rng.integers(0, 3))))
    made = measure_social_capital(
        small_cluster({"knowledge": advice, "transaction": trade}, size=size, answers=told)
    ).firms
    named = pd.Series([a[1] for a in advice]).value_counts().reindex(range(size), fill_value=0).to_numpy()
    assert stats.spearmanr(made["trust_given"], named).statistic < -0.5
    assert abs(stats.spearmanr(made["partner_trust"], named, nan_policy="omit").statistic) < 0.3
