"""Regressions over firms and the path model of social capital: against plain least squares, scipy's bootstrap, and what was put in."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_clusters import named, small_cluster

from gumflow.inference.firm_regressions import (
    FirmData,
    bca_interval,
    drawn_correlations,
    least_squares,
    percentile_interval,
    standardized_fits,
    with_jackknife,
)
from gumflow.inference.path_model import COLUMNS, estimate_path_model, indirect_effects
from gumflow.measures.registry import label_of
from gumflow.mechanisms.cluster import MechanismSettings

EQUATIONS = [
    "trust > knowledge_sharing", "trust > cost_reduction", "knowledge_sharing > allocation", "cost_reduction > allocation",
    "knowledge_sharing > innovation", "cost_reduction > innovation",
]  # fmt: skip


def chain(seed, n=80, a=0.5, b=0.4):
    """Draw firms of the path model with arrows a into both intermediates and b into innovation from knowledge sharing alone."""
    rng = np.random.default_rng(seed)
    trust, e = rng.normal(size=n), rng.normal(size=(4, n))
    sharing = a * trust + math.sqrt(1 - a * a) * e[0]
    cost = a * trust + math.sqrt(1 - a * a) * e[1]
    columns = [trust, sharing, cost, e[2], b * sharing + math.sqrt(1 - b * b) * e[3]]
    return pd.DataFrame(dict(zip(COLUMNS.values(), columns, strict=True)), index=[named(i) for i in range(n)])


def data_of(table, draws=200, **more):
    size = len(table)
    cluster = small_cluster(size=size, responded=[1] * size, settings=MechanismSettings(draws=draws), **more)
    return FirmData(cluster, table)


def rows_of(table, **more):
    return {(r["measure"], r.get("category", "")): r for r in estimate_path_model(data_of(table, **more))}


def test_least_squares_is_the_textbook_fit():
    rng = np.random.default_rng(1)
    x, y = np.column_stack([np.ones(30), rng.normal(size=(30, 2)) * [1e6, 1e-6]]), rng.normal(size=30)
    fit = least_squares(y, x)
    assert fit.coefficients == pytest.approx(
        np.linalg.lstsq(x * [1, 1e-6, 1e6], y)[0] * [1, 1e-6, 1e6], rel=1e-9
    )
    one = least_squares(y, x[:, :2])
    known = stats.linregress(x[:, 1], y)
    assert (one.coefficients[1], one.se[1], one.p_values()[1]) == pytest.approx(
        (known.slope, known.stderr, known.pvalue), rel=1e-9
    )
    assert (one.r_squared, one.df) == (pytest.approx(known.rvalue**2), 28)
    assert least_squares(y, np.column_stack([x, x[:, 1] * 2 + 1])) is None
    assert least_squares(y[:3], x[:3]) is None
    assert least_squares(y, np.column_stack([x, np.zeros(30)])) is None


def test_the_fits_of_all_draws_are_those_of_repeated_firms():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(25, 4)) @ rng.normal(size=(4, 4)) + 1000
    counts = rng.multinomial(25, np.full(25, 1 / 25), size=6).astype(float)
    correlations = drawn_correlations(counts, values)
    coefficients, r_squared = standardized_fits(correlations, 3, (0, 2))
    for draw, times in enumerate(counts):
        again = np.repeat(values, times.astype(int), axis=0)
        assert correlations[draw] == pytest.approx(np.corrcoef(again.T), abs=1e-9)
        z = stats.zscore(again)
        solution, left, *_ = np.linalg.lstsq(z[:, [0, 2]], z[:, 3])
        assert coefficients[draw] == pytest.approx(solution, abs=1e-9)
        assert r_squared[draw] == pytest.approx(1 - left[0] / 25, abs=1e-9)


def test_singular_draws_are_undefined_and_the_others_stand():
    values = np.column_stack([np.arange(6.0), np.arange(6.0) * 2, [1, 0, 1, 0, 1, 0], np.arange(6.0) ** 2])
    counts = np.array([[1.0] * 6, [6.0, 0, 0, 0, 0, 0], [0.0] * 6])
    correlations = drawn_correlations(counts, values)
    assert np.isnan(correlations[1:]).all()
    collinear, _ = standardized_fits(correlations, 3, (0, 1))
    assert np.isnan(collinear).all()
    sound, _ = standardized_fits(correlations, 3, (0, 2))
    assert np.isnan(sound).tolist() == [[False] * 2, [True] * 2, [True] * 2]


def test_the_corrected_interval_is_scipys():
    x = np.random.default_rng(3).exponential(size=30)
    known = stats.bootstrap((x,), np.mean, n_resamples=2000, method="BCa", rng=np.random.default_rng(4))
    left_out = np.array([np.delete(x, i).mean() for i in range(30)])
    assert bca_interval(x.mean(), known.bootstrap_distribution, left_out) == pytest.approx(
        known.confidence_interval, rel=1e-9
    )
    assert percentile_interval(known.bootstrap_distribution) == pytest.approx(
        np.percentile(known.bootstrap_distribution, [2.5, 97.5])
    )
    # The points that Student's t of 29 degrees and the divisor n - 1 ask of a normal distribution.
    tail = stats.norm.cdf(stats.t.ppf(0.025, 29) * math.sqrt(30 / 29))
    assert percentile_interval(known.bootstrap_distribution, 30) == pytest.approx(
        np.quantile(known.bootstrap_distribution, [tail, 1 - tail])
    )
    assert np.isnan(bca_interval(9.0, known.bootstrap_distribution, left_out)).all()
    assert np.isnan(percentile_interval(np.array([1.0, 2.0, math.nan]))).all()


def test_left_out_firms_are_left_out():
    counts = np.arange(8.0).reshape(2, 4)
    made = with_jackknife(counts, np.array([True, False, True, True]))
    assert made.tolist() == [[1, 1, 1], [0, 2, 3], [4, 6, 7], [0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_every_row_is_what_plain_regressions_give():
    table = chain(5)
    found = rows_of(table)
    z = pd.DataFrame(stats.zscore(table.to_numpy(float)), columns=list(COLUMNS))

    def fit(outcome, *predictors):
        return np.linalg.lstsq(z[list(predictors)].to_numpy(), z[outcome].to_numpy())[0]

    assert {c for m, c in found if m == "path_coefficient"} == set(EQUATIONS)
    first = {m: fit(m, "trust")[0] for m in ("knowledge_sharing", "cost_reduction")}
    for outcome in ("allocation", "innovation"):
        second = dict(zip(first, fit(outcome, *first), strict=True))
        for mediator, b in second.items():
            assert found["path_coefficient", f"{mediator} > {outcome}"]["value"] == pytest.approx(b, abs=1e-9)
            for name in ("indirect_effect", "indirect_effect_bca"):
                row = found[name, f"trust > {mediator} > {outcome}"]
                assert row["value"] == pytest.approx(first[mediator] * b, abs=1e-9)
                assert row["low"] < row["value"] < row["high"]
                assert (row["n"], row["coverage"], row["interval_kind"]) == (80, 1.0, "sampling")
        both = sum(first[m] * b for m, b in second.items())
        assert found["indirect_effect", f"trust > {outcome}"]["value"] == pytest.approx(both, abs=1e-9)
        past = fit(outcome, *first, "trust")[-1]
        assert found["direct_effect_left_out", f"trust > {outcome}"]["value"] == pytest.approx(past, abs=1e-9)
        # What trust does past the intermediates and through them adds up to its correlation with the outcome.
        with_trust = fit(outcome, *first, "trust")[:-1]
        through = sum(first[m] * b for m, b in zip(first, with_trust, strict=True))
        assert past + through == pytest.approx(np.corrcoef(z["trust"], z[outcome])[0, 1])
    explained = found["path_r_squared", "innovation"]["value"]
    assert explained == pytest.approx(
        z["innovation"].to_numpy() @ (z[list(first)].to_numpy() @ fit("innovation", *first)) / 80
    )


def test_scales_do_not_matter_and_signs_turn():
    table = chain(6)
    other = table * [10, 3, 0.1, 7, 2] + 5
    other["partner_trust"] *= -1
    one, two = rows_of(table), rows_of(other)
    for key, row in one.items():
        turned = key[1].startswith("trust >")
        assert two[key]["value"] == pytest.approx(
            -row["value"] if turned and key[0] != "path_r_squared" else row["value"], abs=1e-9
        )


def test_planted_paths_are_covered_and_absent_ones_not_found():
    covered, false = [], []
    for seed in range(24):
        found = rows_of(chain(seed, n=60))
        row = found["indirect_effect", "trust > knowledge_sharing > innovation"]
        covered.append(row["low"] <= 0.2 <= row["high"])
        row = found["path_coefficient", "knowledge_sharing > innovation"]
        covered.append(row["low"] <= 0.4 <= row["high"])
        for mediator in ("knowledge_sharing", "cost_reduction"):
            row = found["indirect_effect", f"trust > {mediator} > allocation"]
            false.append(row["low"] > 0 or row["high"] < 0)
    assert np.mean(covered) > 0.88
    assert np.mean(false) < 0.13


def test_indirect_effects_of_known_correlations():
    # trust with mediators .6 and .3; these uncorrelated with each other and .5 and .2 with the outcome.
    r = np.array([[1, 0.6, 0.3, 0], [0.6, 1, 0, 0.5], [0.3, 0, 1, 0.2], [0, 0.5, 0.2, 1]])
    assert indirect_effects(r[None]) == pytest.approx(np.array([[0.3, 0.06]]))


def test_each_equation_has_its_own_complete_firms():
    table = chain(7)
    table.loc[table.index[:20], "allocation_performance"] = math.nan
    table.loc[table.index[:70], "innovation_performance"] = math.nan
    found = rows_of(table)
    assert found["path_coefficient", "trust > cost_reduction"]["n"] == 80
    assert found["path_coefficient", "cost_reduction > allocation"]["n"] == 60
    assert found["indirect_effect", "trust > allocation"]["coverage"] == 0.75
    assert found["path_r_squared", "innovation"]["withheld"].startswith(
        f"withheld: 10 firm(s) have all of {label_of('partner_knowledge_share')}; {label_of('cost_reduction')}; {label_of('innovation_performance')}, and"
    )
    assert found["indirect_effect", "trust > innovation"]["withheld"].startswith("withheld: 10 firm(s)")
    assert ("path_coefficient", "cost_reduction > innovation") not in found


def test_what_the_data_cannot_bear_is_withheld_with_the_reason():
    table = chain(8)
    half = table.copy()
    half.loc[half.index[:40], "partner_trust"] = math.nan
    assert "50% of the firms have all of" in rows_of(half)["path_r_squared", "cost_reduction"]["withheld"]
    # A sample of firms claims no coverage.
    assert rows_of(half, boundary="sample")["path_r_squared", "cost_reduction"]["n"] == 40
    same = table.assign(cost_reduction=1.0)
    assert rows_of(same)["path_r_squared", "allocation"]["withheld"].startswith(
        f"undefined: all firms have the same {label_of('cost_reduction')}, so"
    )
    assert "path_coefficient" in {m for m, _ in rows_of(same)}
    twins = table.assign(cost_reduction=table["partner_knowledge_share"] * 2)
    row = rows_of(twins)["path_coefficient", "cost_reduction > innovation"]
    assert math.isnan(row["value"])
    assert row["withheld"] == "undefined: predictors are collinear"
    gone = rows_of(table.drop(columns="partner_knowledge_share"))
    assert gone["path_r_squared", "allocation"]["withheld"].startswith(
        f"withheld: no firm has {label_of('partner_knowledge_share')}, on which"
    )
    assert gone["path_coefficient", "trust > cost_reduction"]["n"] == 80
    for found in (
        rows_of(table, boundary="text"),
        rows_of(pd.DataFrame(index=table.index)),
        rows_of(chain(1, n=0)),
    ):
        assert list(found) == [("path_coefficient", "")]
        assert found["path_coefficient", ""]["withheld"].startswith("withheld: ")
        assert "path coefficient, social capital" in found["path_coefficient", ""]["withheld"]
