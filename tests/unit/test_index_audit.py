"""The audit of an index: each statistic against another computation, and verdicts on indices whose faults are put in."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gumflow.contract.errors import GumflowError
from gumflow.index.audit import AUDIT_COLUMNS, audit_index
from gumflow.index.audit_checks import CHECKS, VERDICTS_ZH
from gumflow.index.coherence import (
    cronbach_alpha,
    first_component,
    kaiser_meyer_olkin,
    pairwise_correlations,
)
from gumflow.index.importance import (
    correlation_ratios,
    importance_shares,
    importance_table,
    nominal_weights,
)
from gumflow.index.tree import IndexNode, tree_of

TREE = tree_of(
    [
        IndexNode("index"), IndexNode("first", parent="index"), IndexNode("second", parent="index"),
        *(IndexNode(f"a{i}", parent="first") for i in range(3)), *(IndexNode(f"b{i}", parent="second") for i in range(3)),
    ],
    "test",
)  # fmt: skip
EQUAL = {g: np.full(len(TREE.children(g)), 1 / len(TREE.children(g))) for g in TREE.groups}


def scored(values, tree=TREE, weights=EQUAL):
    """Return the arithmetic scores of a tree by plain loops; groups of what is known."""
    table = pd.DataFrame(values, columns=list(tree.indicators), dtype=float)
    for group in tree.groups:
        scores = []
        for _, row in table.iterrows():
            parts = [
                (w, row[c])
                for w, c in zip(weights[group], tree.children(group), strict=True)
                if row[c] == row[c]
            ]
            total = sum(w for w, _ in parts)
            scores.append(sum(w * x for w, x in parts) / total if total else math.nan)
        table[group] = scores
    return table


def two_dimensions(seed=3, n=60, own=0.9):
    rng = np.random.default_rng(seed)
    axes = rng.normal(size=(n, 2))
    noise = rng.normal(size=(n, 6))
    return np.column_stack([own * axes[:, j // 3] + math.sqrt(1 - own**2) * noise[:, j] for j in range(6)])


def found(table, check, node=None, other=None):
    rows = table[table["check"] == check]
    rows = rows if node is None else rows[rows["node"] == node]
    return rows if other is None else rows[rows["other"] == other]


def one(table, *keys):
    rows = found(table, *keys)
    assert len(rows) == 1
    return rows.iloc[0]


# ---- statistics


def test_correlations_are_those_of_scipy_pair_by_pair_with_gaps():
    rng = np.random.default_rng(1)
    left, right = rng.normal(size=(30, 3)) * [1e6, 1, 1e-6] + [1e7, 0, 1], rng.normal(size=(30, 2))
    left[rng.random(left.shape) < 0.2] = np.nan
    right[:4, 1] = np.nan
    got = pairwise_correlations(left, right)
    for i in range(3):
        for j in range(2):
            both = np.isfinite(left[:, i]) & np.isfinite(right[:, j])
            known = stats.pearsonr(left[both, i], right[both, j])
            assert got.n[i, j] == both.sum()
            assert got.r[i, j] == pytest.approx(known.statistic, abs=1e-10)
            assert got.p[i, j] == pytest.approx(known.pvalue, rel=1e-8)


def test_correlations_are_undefined_for_constants_and_fewer_than_three_rows():
    values = np.column_stack([np.full(5, 0.1), np.arange(5.0), [1, 2, np.nan, np.nan, np.nan]])
    got = pairwise_correlations(values, values)
    assert np.isnan(got.r[0]).all()
    assert np.isnan(got.r[2]).all()
    assert got.r[1, 1] == pytest.approx(1)


def test_p_values_of_a_panel_count_units_and_not_rows():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 1))
    y = 0.4 * x + rng.normal(size=(40, 1))
    r = pairwise_correlations(x, y, 0.25).r[0, 0]
    t = r * math.sqrt(8 / (1 - r * r))
    assert pairwise_correlations(x, y, 0.25).p[0, 0] == pytest.approx(2 * stats.t.sf(abs(t), 8), rel=1e-10)


def test_alpha_of_a_case_by_hand():
    # Variances 5/3, 5/3, 10/3; the rows add up to 4, 5, 11, 12, of variance 50/3: 3/2 (1 - 20/50) = 0.9.
    values = np.array([[1, 2, 1], [2, 1, 2], [3, 4, 4], [4, 3, 5.0]])
    r = [np.corrcoef(values[:, i], values[:, j])[0, 1] for i, j in ((0, 1), (0, 2), (1, 2))]
    mean = sum(r) / 3
    got = cronbach_alpha(values)
    assert (got.raw, got.standardized, got.n) == pytest.approx((0.9, 3 * mean / (1 + 2 * mean), 4), abs=1e-12)


def test_alpha_turns_negative_where_a_direction_is_forgotten_and_needs_complete_rows():
    values = two_dimensions()[:, :3]
    assert cronbach_alpha(values).standardized > 0.9
    assert cronbach_alpha(values * [1, 1, -1]).standardized < 0.35
    opposed = np.column_stack([values[:, 0], -values[:, 1]])
    assert cronbach_alpha(opposed).raw < 0
    values[:57, 0] = np.nan
    assert cronbach_alpha(values).n == 3
    assert math.isnan(cronbach_alpha(values[:, :1]).raw)


def test_raw_alpha_changes_with_scale_and_the_standardized_one_does_not():
    values = two_dimensions()[:, :3]
    scaled = values * [1, 10, 100] + 5
    assert cronbach_alpha(scaled).standardized == pytest.approx(
        cronbach_alpha(values).standardized, abs=1e-12
    )
    assert abs(cronbach_alpha(scaled).raw - cronbach_alpha(values).raw) > 0.1


def test_kmo_is_what_partial_correlations_from_regressions_give():
    values = two_dimensions(own=0.7)
    n, k = values.shape
    r, q = np.eye(k), np.eye(k)
    for i in range(k):
        for j in range(k):
            if i != j:
                rest = np.column_stack([np.ones(n), np.delete(values, [i, j], axis=1)])
                left = [values[:, m] - rest @ np.linalg.lstsq(rest, values[:, m])[0] for m in (i, j)]
                r[i, j], q[i, j] = np.corrcoef(values[:, [i, j]].T)[0, 1], np.corrcoef(*left)[0, 1]
    off = ~np.eye(k, dtype=bool)
    got = kaiser_meyer_olkin(values)
    assert got.overall == pytest.approx(
        (r[off] ** 2).sum() / ((r[off] ** 2).sum() + (q[off] ** 2).sum()), abs=1e-10
    )
    for i in range(k):
        a, b = (r[i][off[i]] ** 2).sum(), (q[i][off[i]] ** 2).sum()
        assert got.columns[i] == pytest.approx(a / (a + b), abs=1e-10)
    assert not got.singular


def test_kmo_of_three_equally_correlated_columns_has_a_closed_form():
    # All r = .5: partial correlations are r / (1 + r) = 1/3, so KMO = .25 / (.25 + 1/9) = 9/13.
    rng = np.random.default_rng(5)
    white = rng.normal(size=(50, 3))
    white -= white.mean(axis=0)
    white = white @ np.linalg.inv(np.linalg.cholesky(np.cov(white.T, ddof=0))).T
    values = white @ np.linalg.cholesky(np.full((3, 3), 0.5) + 0.5 * np.eye(3)).T
    got = kaiser_meyer_olkin(values)
    assert [got.overall, *got.columns] == pytest.approx([9 / 13] * 4, abs=1e-10)
    assert kaiser_meyer_olkin(values[:, :2]).overall == pytest.approx(0.5, abs=1e-10)


def test_kmo_says_where_the_inverse_was_a_pseudo_inverse():
    values = two_dimensions()[:, :3]
    doubled = np.column_stack([values, values[:, 0] + values[:, 1]])
    assert kaiser_meyer_olkin(doubled).singular
    assert kaiser_meyer_olkin(values[:3]).singular


def test_the_first_component_has_the_share_of_the_first_singular_value():
    values = two_dimensions(own=0.7)[:, :3]
    standardized = stats.zscore(values)
    singular = np.linalg.svd(standardized, compute_uv=False) ** 2 / len(values)
    got = first_component(values)
    assert got.share == pytest.approx(singular[0] / 3, abs=1e-10)
    assert got.second == pytest.approx(singular[1], abs=1e-10)
    component = standardized @ got.loadings
    assert [abs(np.corrcoef(component, c)[0, 1]) for c in standardized.T] == pytest.approx(
        np.abs(got.loadings), abs=1e-10
    )
    assert got.loadings.sum() > 0


# ---- importance


def ishigami(rng, n):
    """Return three inputs and the function of Ishigami and Homma, with first-order indices .3139, .4424 and 0."""
    x = rng.uniform(-math.pi, math.pi, (n, 3))
    return x, np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def quadratic(rng, n):
    """y = x^2 + e with Var(e) = Var(x^2) = 4/45: S = .5, while the linear correlation is 0."""
    x = rng.uniform(-1, 1, n)
    return x[:, None], x**2 + rng.normal(size=n) * math.sqrt(4 / 45)


def line(rng, n):
    """Sum of two independent parts of variances 1 and 3: S = .25."""
    x = rng.normal(size=(n, 2))
    return x[:, :1], x[:, 0] + math.sqrt(3) * x[:, 1]


@pytest.mark.parametrize(
    ("draw", "column", "true", "near"),
    [
        (line, 0, 0.25, 0.05),
        (quadratic, 0, 0.5, 0.05),
        (ishigami, 0, 0.3139, 0.05),
        (ishigami, 1, 0.4424, 0.05),
        (ishigami, 2, 0.0, 0.1),
    ],
)
@pytest.mark.parametrize("n", [51, 400])
def test_correlation_ratios_recover_known_indices(draw, column, true, near, n):
    rng = np.random.default_rng([n, column])
    ratios = []
    for _ in range(60):
        x, y = draw(rng, n)
        ratios.append(correlation_ratios(x[:, column], y[:, None])[0])
    # The mean of 60 samples: one of 51 units is off by .1. The third input of `ishigami` moves the spread alone, and a ratio cannot be below 0.
    assert np.mean(ratios) == pytest.approx(true, abs=near if n == 51 else 0.02)


def test_the_ratio_of_a_straight_line_is_one_and_does_not_depend_on_scale_or_order():
    x = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])
    y = np.column_stack([2 * x + 1, np.sin(x), x * 0 + 0.1])
    got = correlation_ratios(x, y)
    assert got[0] == pytest.approx(1, abs=1e-9)
    assert np.isnan(got[2])
    order = np.random.default_rng(1).permutation(len(x))
    moved = correlation_ratios(100 - 7 * x[order], (y[order] - 4) * 1e6)
    assert moved[:2] == pytest.approx(got[:2], abs=1e-6)


def test_the_penalized_spline_is_the_ridge_regression_on_its_basis():
    """Fit every penalty by solving its normal equations, pick the best by the criterion, and compare."""
    from scipy.interpolate import BSpline

    rng = np.random.default_rng(8)
    x = rng.uniform(0, 1, 40)
    x[:2] = 0, 1
    y = np.sin(5 * x) + 0.3 * rng.normal(size=40)
    basis = BSpline.design_matrix(x, np.arange(-3, 14) / 10, 3).toarray()
    bends = np.diff(np.eye(13), n=2, axis=0)
    penalty = bends.T @ bends
    penalty *= np.trace(basis.T @ basis) / np.trace(penalty)
    best = (math.inf, 0.0)
    for exponent in np.arange(-6, 6.25, 0.25):
        hat = basis @ np.linalg.solve(basis.T @ basis + 10.0**exponent * penalty, basis.T)
        df, residual = np.trace(hat), ((y - y.mean() - hat @ (y - y.mean())) ** 2).sum()
        score = residual / (40 - 1.4 * df) ** 2
        best = min(best, (score, 1 - residual / (40 - df) / y.var(ddof=1)))
    assert correlation_ratios(x, y[:, None])[0] == pytest.approx(best[1], abs=1e-8)


def test_with_few_values_the_ratio_is_the_adjusted_one_of_an_analysis_of_variance():
    x = np.repeat([1.0, 2, 5], 4)
    y = np.array([1, 2, 3, 2, 6, 7, 6, 5, 1, 1, 2, 0.0])
    within = sum(((y[x == v] - y[x == v].mean()) ** 2).sum() for v in (1, 2, 5))
    expected = 1 - within / 9 / y.var(ddof=1)
    assert correlation_ratios(x, y[:, None])[0] == pytest.approx(expected, abs=1e-12)


def test_importance_stands_beside_weights_in_groups_and_in_the_index():
    weights = {"first": np.array([0.5, 0.3, 0.2]), "second": EQUAL["second"], "index": np.array([0.25, 0.75])}
    values = np.random.default_rng(4).normal(size=(200, 6)) * [1, 1, 1, 5, 1, 1]
    table = importance_table(scored(values, weights=weights), TREE, weights)
    assert nominal_weights(TREE, weights)["a1"] == pytest.approx(0.075)
    index = table[table["scope"] == "index"].set_index("node")
    assert index["weight"].sum() == pytest.approx(1)
    assert index["importance"].sum() == pytest.approx(1)
    # b0 has five times the spread of the others: of the variance of `second` it makes 25 / 27.
    second = table[(table["scope"] == "group") & (table["group"] == "second")].set_index("node")
    assert second.loc["b0", "correlation_ratio"] == pytest.approx(25 / 27, abs=0.03)
    assert second.loc["b0", "ratio"] == pytest.approx(second.loc["b0", "importance"] * 3)
    assert importance_shares(np.array([0.3, np.nan, 0.1])) == pytest.approx([0.75, np.nan, 0.25], nan_ok=True)


# ---- verdicts


def test_a_sound_index_passes_and_says_so_of_every_part():
    table = audit_index(scored(two_dimensions()), TREE, EQUAL)
    assert list(table.columns) == list(AUDIT_COLUMNS)
    for check in ("group_correlation", "rest_correlation", "other_group_correlation", "importance_in_index"):
        rows = found(table, check)
        assert set(TREE.indicators) <= set(rows["node"]), check
        assert set(rows[rows["node"].isin(TREE.indicators)]["verdict"]) == {"pass"}, check
    assert one(table, "alpha", "first")["verdict"] == "pass"
    assert one(table, "kmo", "second")["verdict"] == "pass"
    assert one(table, "first_component", "first")["verdict"] == "pass"
    assert set(table["verdict"]) <= set(VERDICTS_ZH)
    order = [list(CHECKS).index(check) for check in table["check"]]
    assert order == sorted(order)


def test_an_indicator_with_the_wrong_direction_fails():
    values = two_dimensions() * [1, 1, -1, 1, 1, 1]
    table = audit_index(scored(values), TREE, EQUAL)
    assert one(table, "rest_correlation", "a2")["verdict"] == "warn"
    pairs = found(table, "pair_correlation", "a0", "a2")
    assert list(pairs["verdict"]) == ["fail"]
    assert "cancel each other out" in pairs["reading"].iloc[0]
    assert "negative: a2" in one(table, "first_component", "first")["reading"]
    assert one(table, "alpha", "first")["verdict"] == "fail"
    # With two of three turned it opposes even the score that contains it.
    weights = EQUAL | {"first": np.array([0.45, 0.45, 0.1])}
    assert (
        one(audit_index(scored(values, weights=weights), TREE, weights), "group_correlation", "a2")["verdict"]
        == "fail"
    )


def test_an_indicator_in_the_wrong_group_is_nearer_to_the_other():
    values = two_dimensions()[:, [0, 1, 3, 2, 4, 5]]
    row = one(audit_index(scored(values), TREE, EQUAL), "other_group_correlation", "a2")
    assert (row["verdict"], row["other"]) == ("warn", "second")
    assert row["value"] > row["high"]


def test_every_redundant_pair_is_listed_wherever_it_is():
    values = two_dimensions()
    values[:, 3] = -values[:, 0] * 3 + 1e-3 * values[:, 4]
    table = found(audit_index(scored(values), TREE, EQUAL), "redundancy")
    assert set(zip(table["node"], table["other"], table["verdict"], strict=True)) == {
        ("a0", "b0", "warn"), ("first", "second", "pass")
    }  # fmt: skip


def test_weights_that_do_not_say_what_counts_are_warned_of():
    weights = EQUAL | {"second": np.array([0.2, 0.4, 0.4])}
    values = np.random.default_rng(4).normal(size=(300, 6)) * [1, 1, 1, 6, 1, 1]
    table = audit_index(scored(values, weights=weights), TREE, weights)
    assert one(table, "importance_in_group", "b0")["verdict"] == "warn"
    assert "counts more in second" in one(table, "importance_in_group", "b0")["reading"]
    assert "counts less in second" in one(table, "importance_in_group", "b1")["reading"]


def test_a_part_without_weight_is_not_set_against_it_and_a_constant_one_is_not_judged():
    weights = EQUAL | {"second": np.array([0.0, 0.5, 0.5])}
    values = two_dimensions()
    values[:, 2] = 7
    table = audit_index(scored(values, weights=weights), TREE, weights)
    assert one(table, "importance_in_group", "b0")["reading"] == "not tested: it has no weight"
    for check in ("group_correlation", "importance_in_group", "importance_in_index"):
        row = one(table, check, "a2")
        assert (row["verdict"], row["reading"]) == ("not_tested", "not tested: it does not vary")
    assert one(table, "alpha", "first")["verdict"] == "not_tested"


def test_a_part_with_few_known_rows_is_not_judged():
    values = two_dimensions()
    values[9:, 0] = np.nan
    row = one(audit_index(scored(values), TREE, EQUAL), "group_correlation", "a0")
    assert (row["verdict"], row["n"]) == ("not_tested", 9)
    assert "9 row(s), 10 are needed" in row["reading"]


def test_kmo_of_a_singular_group_and_of_two_parts_is_not_judged():
    values = two_dimensions()
    values[:, 2] = values[:, 0] + values[:, 1]
    table = audit_index(scored(values), TREE, EQUAL)
    assert "pseudo-inverse" in one(table, "kmo", "first")["reading"]
    assert np.isfinite(one(table, "kmo", "first")["value"])
    assert one(table, "kmo", "index")["reading"] == "not tested: two parts always have 0.5"
    assert found(table, "kmo_part", None, "first").empty
    assert len(found(table, "kmo_part", None, "second")) == 3


def test_an_outcome_is_regressed_on_the_index_and_its_groups():
    scores = scored(two_dimensions(n=80))
    rng = np.random.default_rng(9)
    outcome = 3 + 2 * scores["first"].to_numpy() + rng.normal(size=80)
    outcome[:5] = np.nan
    opposed = -outcome
    table = audit_index(
        scores, TREE, EQUAL, outcomes={"exports": outcome, "debt": opposed, "luck": rng.normal(size=80)}
    )
    for node in ("index", "first", "second"):
        known = stats.linregress(scores[node][5:], outcome[5:])
        row = one(table, "outcome_slope", node, "exports")
        assert (row["value"], row["p"], row["n"]) == pytest.approx((known.slope, known.pvalue, 75), rel=1e-8)
        assert one(table, "outcome_r_squared", node, "exports")["value"] == pytest.approx(
            known.rvalue**2, rel=1e-10
        )
        rho = stats.spearmanr(scores[node][5:], outcome[5:])
        row = one(table, "outcome_spearman", node, "exports")
        assert (row["value"], row["p"]) == pytest.approx((rho.statistic, rho.pvalue), rel=1e-8)
    verdicts = {(r["node"], r["other"]): r["verdict"] for _, r in found(table, "outcome_slope").iterrows()}
    assert verdicts["first", "exports"] == "pass"
    assert verdicts["first", "debt"] == "fail"
    assert verdicts["second", "luck"] == "warn"


def test_few_units_are_not_audited_and_waves_are_no_further_units():
    values = two_dimensions(n=36)
    units = np.array([f"u{i % 9}" for i in range(36)])
    table = audit_index(scored(values), TREE, EQUAL, units=units)
    assert set(table["verdict"]) == {"not_tested"}
    assert list(table["check"]) == [c for c in CHECKS if not c.startswith("outcome_")]
    assert "9 unit(s)" in table["reading"].iloc[0]
    assert "9 个单元" in table["reading_zh"].iloc[0]
    assert "pass" in set(audit_index(scored(values), TREE, EQUAL)["verdict"])


def test_the_order_of_units_and_the_scale_change_nothing():
    values = two_dimensions(own=0.6)
    order = np.random.default_rng(2).permutation(len(values))
    left = audit_index(scored(values), TREE, EQUAL)
    right = audit_index(scored(100 + 20 * values[order]), TREE, EQUAL)
    assert list(left["verdict"]) == list(right["verdict"])
    assert left["value"].to_numpy() == pytest.approx(right["value"].to_numpy(), abs=1e-6, nan_ok=True)


def test_a_group_of_one_child_and_a_flat_tree_have_no_empty_checks():
    tree = tree_of(
        [IndexNode("index"), IndexNode("only", parent="index"), IndexNode("a", parent="only"), IndexNode("b", parent="index")], "test"
    )  # fmt: skip
    weights = {"only": np.ones(1), "index": np.array([0.5, 0.5])}
    values = two_dimensions()[:, :2]
    table = audit_index(scored(values, tree, weights), tree, weights)
    assert found(table, "group_correlation", "a").empty
    flat = tree_of(
        [IndexNode("index"), IndexNode("a", parent="index"), IndexNode("b", parent="index")], "test"
    )
    table = audit_index(scored(values, flat, {"index": np.ones(2) / 2}), flat, {"index": np.ones(2) / 2})
    assert found(table, "other_group_correlation").empty
    assert found(table, "importance_in_index").empty
    assert len(found(table, "importance_in_group")) == 2


def test_what_does_not_fit_together_is_listed_at_once():
    scores = scored(two_dimensions()).drop(columns=["a1", "first"])
    with pytest.raises(GumflowError) as error:
        audit_index(
            scores, TREE, {"index": np.ones(2), "second": np.ones(3)}, outcomes={"exports": np.ones(3)}
        )
    for text in (
        "no column a1",
        "no column first",
        "group first: 0 weights for 3 children",
        "outcome exports: 3 values for 60 rows",
    ):
        assert text in str(error.value)
