"""Spillover, conversion and harvest of knowledge: by hand, against plain loops, and on clusters that lack what they need."""

import math

import numpy as np
import pandas as pd
import pytest
from small_clusters import small_cluster

from gumflow.mechanisms.absorptive import high_potential
from gumflow.mechanisms.fields import field_vectors
from gumflow.mechanisms.learning_process import (
    codified,
    jaffe_pool,
    knowledge_change,
    knowledge_conversion,
    knowledge_exposure,
    knowledge_harvest,
    knowledge_spillover,
    knowledge_stock,
    measure_learning_process,
)

HARVEST = {
    "proc": ("process_upgrading", "outcome", 1.0),
    "prod": ("product_upgrading", "outcome", 1.0),
    "slower": ("process_upgrading", "outcome", -1.0),
    "own_brand": ("functional_upgrading", "outcome", 1.0),
}


def with_stocks(stocks, **indicators):
    """Answers from which the stock of each firm follows: three items that say the same; NaN where a firm did not answer."""
    return {**{name: list(stocks) for name in ("ac_edu", "ac_tech", "rd")}, **indicators}


def rows_of(found):
    return {(r["measure"], r.get("category", "")): r for r in found.rows}


def test_the_stages_by_hand():
    # n0 asks n1 (strength 2 of 2) and n2 (1 of 2); n2 asks n3.
    ties = {"knowledge": [(1, 0, 2.0), (2, 0, 1.0), (3, 2, 1.0)]}
    cluster = small_cluster(
        ties,
        indicators=with_stocks([0.25, 1, 0.5, 0], proc=[2, 0, 1, 0], prod=[1, 0, 0, 0]),
        declared=HARVEST,
    )
    np.testing.assert_allclose(knowledge_stock(cluster), [0.25, 1, 0.5, 0])
    np.testing.assert_allclose(knowledge_spillover(cluster), [1 + 0.5 * 0.5, 0, 0, 0])
    np.testing.assert_allclose(knowledge_conversion(cluster), [0.25 * 1.25, 0, 0, 0])
    np.testing.assert_allclose(knowledge_exposure(cluster), [1.25 / 1.5, np.nan, 0, np.nan])
    np.testing.assert_allclose(knowledge_harvest(cluster), [1, 0, 0.25, 0])


def test_missing_answers_do_not_lower_spillover():
    # n3 did not answer: its stock and what it takes are unknown, and the others' sums are raised by the share of stocks that is known.
    ties = {"knowledge": [(1, 0), (2, 0), (3, 0)]}
    cluster = small_cluster(
        ties,
        indicators=with_stocks([0, 1, 0.5, np.nan]),
        responded=[True, True, True, False],
        boundary="roster",
    )
    found = knowledge_spillover(cluster)
    np.testing.assert_allclose(found[0], (1 + 0.5) / (2 / 3))
    assert math.isnan(found[3])
    np.testing.assert_allclose(knowledge_exposure(cluster)[0], 0.75)


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_loops_over_pairs(seed):
    rng = np.random.default_rng(seed)
    n = 12
    arcs = [
        (i, j, float(rng.integers(1, 4))) for i in range(n) for j in range(n) if i != j and rng.random() < 0.3
    ]
    stocks = rng.random(n)
    marks = [
        (i, "R04.fields", j, f, 1)
        for i in range(n)
        for j in range(n)
        for f in "abc"
        if i != j and rng.random() < 0.1
    ]
    cluster = small_cluster({"knowledge": arcs}, indicators=with_stocks(stocks), answers=marks)
    stock = (stocks - stocks.min()) / np.ptp(stocks)
    np.testing.assert_allclose(knowledge_stock(cluster), stock)
    most = max(a[2] for a in arcs)
    spilled = [sum(s / most * stock[i] for i, j, s in arcs if j == k) for k in range(n)]
    np.testing.assert_allclose(knowledge_spillover(cluster), spilled)
    np.testing.assert_allclose(knowledge_conversion(cluster), stock * spilled)
    vectors = np.zeros((n, 3))
    for i, _, j, f, _ in marks:
        vectors[i, "abc".index(f)] += 1
        vectors[j, "abc".index(f)] += 1
    pools = []
    for i in range(n):
        near = [
            vectors[i]
            @ vectors[j]
            / math.sqrt((vectors[i] @ vectors[i]) * (vectors[j] @ vectors[j]))
            * stock[j]
            for j in range(n)
            if j != i and vectors[j].any() and vectors[i].any()
        ]
        pools.append(sum(near) / len(near) if near else math.nan)
    np.testing.assert_allclose(jaffe_pool(cluster), pools, atol=1e-12)
    np.testing.assert_array_equal(field_vectors(cluster), vectors)


def test_kinds_of_certificate_stand_for_fields_where_no_project_is_tagged():
    marks = [(0, "NB15", "", "quality", 1), (1, "NB15", "", "quality", 1), (2, "NB15", "", "social", 1)]
    cluster = small_cluster({}, indicators=with_stocks([0, 1, 0.5, 0.5]), answers=marks)
    np.testing.assert_allclose(jaffe_pool(cluster), [0.5, 0, 0, np.nan])


def test_outside_partners_of_a_project_add_no_firm():
    cluster = small_cluster(
        {},
        outside={"lab": "university"},
        indicators=with_stocks([0, 1]),
        answers=[(0, "R04.fields", "lab", "a", 1)],
    )
    np.testing.assert_array_equal(field_vectors(cluster), [[1], [0]])


def test_change_is_between_waves_of_the_same_firm():
    before = small_cluster({}, indicators=with_stocks([0, 1, 2, 3]), wave="2007")
    now = small_cluster({}, indicators=with_stocks([3, 1, 2, 0]), earlier=before)
    change = knowledge_change(now)
    assert change[0] > 0 > change[3]
    np.testing.assert_allclose(change[1:3], 0, atol=1e-12)
    assert np.isnan(knowledge_change(before)).all()


def test_the_rows_of_a_cluster():
    rng = np.random.default_rng(3)
    n = 30
    arcs = [(i, j) for i in range(n) for j in range(n) if i != j and rng.random() < 0.15]
    stocks = rng.random(n)
    cluster = small_cluster(
        {"knowledge": arcs},
        indicators=with_stocks(stocks, proc=rng.integers(0, 3, n), prod=rng.integers(0, 2, n), cert=rng.integers(0, 2, n)),
        declared=HARVEST,
        formal={("knowledge", i, j): (i + j) % 2 for i, j in arcs},
    )  # fmt: skip
    found = measure_learning_process(cluster)
    rows, high = rows_of(found), high_potential(cluster)
    for mean, share, value in (
        ("knowledge_spillover_mean", "knowledge_spillover_high_share", knowledge_spillover(cluster)),
        ("knowledge_conversion_mean", "knowledge_conversion_high_share", knowledge_conversion(cluster)),
        ("knowledge_harvest_mean", "knowledge_harvest_high_share", knowledge_harvest(cluster)),
    ):
        assert rows[mean, "all"]["value"] == pytest.approx(value.mean())
        assert rows[mean, "high"]["value"] == pytest.approx(value[high == 1].mean())
        assert rows[mean, "low"]["value"] == pytest.approx(value[high == 0].mean())
        assert rows[share, ""]["value"] == pytest.approx(value[high == 1].sum() / value.sum())
        for row, firms in (
            (rows[mean, "all"], n),
            (rows[mean, "high"], (high == 1).sum()),
            (rows[mean, "low"], (high == 0).sum()),
            (rows[share, ""], n),
        ):
            assert row["low"] < row["value"] < row["high"]
            assert row["n"] == firms
            assert row["coverage"] == 1
    names = [f"knowledge_{s}" for s in ("spillover", "conversion", "harvest", "exposure", "change")]
    assert list(found.firms.columns) == [*names, "jaffe_pool"]
    # Ties with a contract are explicit; nothing personal is known.
    stock = knowledge_stock(cluster)
    explicit = sum(stock[i] for i, j in arcs if (i + j) % 2) / sum(stock[i] for i, j in arcs)
    assert rows["explicit_share", "spillover"]["value"] == pytest.approx(explicit)
    holds = codified(cluster)
    for stage in ("conversion", "harvest"):
        value = found.firms[f"knowledge_{stage}"].to_numpy()
        assert rows["explicit_share", stage]["value"] == pytest.approx((value * holds).sum() / value.sum())


def test_personal_ties_make_a_contract_half_tacit():
    ties = {"knowledge": [(1, 0), (2, 0), (3, 0)], "social": [(0, 1)], "mobility": [(3, 0)]}
    cluster = small_cluster(
        ties,
        indicators=with_stocks([0, 1, 1, 1]),
        formal={("knowledge", 1, 0): 1, ("knowledge", 2, 0): 1, ("knowledge", 3, 0): 0},
    )
    # A contract with a friend counts half, one with a stranger whole, advice without a contract nothing.
    assert rows_of(measure_learning_process(cluster))["explicit_share", "spillover"][
        "value"
    ] == pytest.approx(0.5)


def test_who_holds_a_certificate_is_known_only_of_who_answered():
    cluster = small_cluster(
        {}, indicators={"cert": [0, 2, np.nan, np.nan], "standards_n": [0, np.nan, 3, np.nan]}
    )
    np.testing.assert_array_equal(codified(cluster), [0, 1, 1, np.nan])


def test_if_no_firm_says_that_it_holds_none_the_share_is_withheld():
    cluster = small_cluster(
        {"knowledge": [(0, 1), (1, 2), (2, 3)]}, indicators=with_stocks([0, 1, 2, 3], cert=[1, np.nan, 2, 1])
    )
    rows = rows_of(measure_learning_process(cluster))
    assert "no firm says" in rows["explicit_share", "conversion"]["withheld"]
    assert "no firm says" in rows["explicit_share", "harvest"]["withheld"]


def test_the_order_of_firms_and_the_scale_of_strengths_do_not_matter():
    arcs = [(0, 1, 1.0), (2, 1, 3.0), (3, 0, 2.0), (1, 3, 1.0)]
    stocks = np.array([0.1, 0.9, 0.4, 0.6])
    one = small_cluster({"knowledge": arcs}, indicators=with_stocks(stocks))
    turned = small_cluster(
        {"knowledge": [(3 - i, 3 - j, 10 * s) for i, j, s in arcs]}, indicators=with_stocks(stocks[::-1])
    )
    np.testing.assert_allclose(knowledge_spillover(turned), knowledge_spillover(one)[::-1])
    np.testing.assert_allclose(knowledge_exposure(turned), knowledge_exposure(one)[::-1])


@pytest.mark.parametrize(
    "cluster",
    [
        small_cluster({}, size=0),
        small_cluster({}, size=1),
        small_cluster({"knowledge": [(0, 1)]}, size=5),
        small_cluster({"knowledge": []}, indicators=with_stocks([1, 2, 3])),
        small_cluster({"knowledge": [(0, 1)]}, boundary="text", indicators=with_stocks([1, 2, 3])),
        small_cluster({"knowledge": [(0, 1)]}, boundary="sample", indicators=with_stocks([1, 2, 3])),
        small_cluster({"knowledge": [(0, 1)]}, boundary="roster", responded=[False] * 4, size=4),
    ],
)
def test_what_the_data_cannot_bear_is_withheld(cluster):
    found = measure_learning_process(cluster)
    for name in ("knowledge_spillover_mean", "knowledge_conversion_mean"):
        assert rows_of(found)[name, ""]["withheld"].startswith("withheld")
    assert all(r.get("withheld") or math.isfinite(r["value"]) for r in found.rows)
    assert found.firms["knowledge_spillover"].isna().all()
    assert len(found.firms) == len(cluster.firms)


@pytest.mark.parametrize("stocks", [[1, 1, 1, 1, 1], [1, 2, 3, 4, 5]])
def test_all_ties_and_equal_answers_are_finite(stocks):
    arcs = [(i, j) for i in range(5) for j in range(5) if i != j]
    cluster = small_cluster(
        {"knowledge": arcs}, indicators=with_stocks(stocks, proc=[1] * 5, cert=[1] * 5), declared=HARVEST
    )
    found = measure_learning_process(cluster)
    assert all(r.get("withheld") or math.isfinite(r["value"]) for r in found.rows)
    # Nothing tells the firms' renewals apart.
    assert found.firms["knowledge_harvest"].isna().all()


def test_the_same_cluster_gives_the_same_rows():
    def found():
        arcs = [(0, 1), (1, 2), (2, 3), (3, 0)]
        return measure_learning_process(
            small_cluster({"knowledge": arcs}, indicators=with_stocks([1, 2, 3, 4]))
        ).rows

    assert found() == found()


def test_planted_capacity_and_advice_are_recovered():
    """Firms that are able and ask able firms convert most: the planted product is found again through noisy answers."""
    rng = np.random.default_rng(8)
    n = 80
    skill = rng.normal(size=n)
    arcs = [(i, j) for i in range(n) for j in range(n) if i != j and rng.random() < 0.08]
    answers = {name: skill + 0.5 * rng.normal(size=n) for name in ("ac_edu", "ac_tech", "rd", "tech_level")}
    cluster = small_cluster({"knowledge": arcs}, indicators=answers)
    able = (skill - skill.min()) / np.ptp(skill)
    truth = able * [sum(able[i] for i, j in arcs if j == k) for k in range(n)]
    assert pd.Series(truth).corr(pd.Series(knowledge_conversion(cluster))) > 0.9
