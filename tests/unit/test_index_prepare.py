"""Screening, denominators, imputation, treatment and normalization of an index: by hand, by plain loops and by other programs."""

# ruff: noqa: PD011 (`values` are those of our own classes, not of pandas)
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_index import small_data, small_tree

from gumflow.contract.errors import GumflowError
from gumflow.index.choices import (
    DenominateChoice,
    ImputeChoice,
    NormalizeChoice,
    ScreenChoice,
    TreatChoice,
)
from gumflow.index.denominate import denominate
from gumflow.index.impute import impute
from gumflow.index.multivariate_normal import em_normal, em_step, gaps_of, impute_by_normal, standard
from gumflow.index.normalize import average_ranks, clipped, normalize
from gumflow.index.screen import constant_columns, screen, time_order
from gumflow.index.treat import treat
from gumflow.index.tree import IndexNode

nan = math.nan


def nodes(count: int, **more: object) -> list[IndexNode]:
    return [IndexNode(f"x{j}", parent="index", **more) for j in range(count)]


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)[:, None]


def names(count: int) -> np.ndarray:
    return np.array([f"u{i}" for i in range(count)])


def none(count: int) -> np.ndarray:
    return np.full(count, "", dtype=np.str_)


def filled(values: np.ndarray, method: str, **more: object) -> np.ndarray:
    given = {"groups": none(len(values)), "units": names(len(values)), "times": none(len(values)), "seed": 1}
    return impute(values, ImputeChoice(method), nodes=nodes(values.shape[1]), **{**given, **more}).values


# Screening


def test_coverage_is_the_plain_share_of_known_indicators_below_each_group() -> None:
    data = small_data(6)
    values = data.values.copy()
    values[0, :] = nan
    values[0, [0, 4]] = 1.0
    found = screen(values, data.units, small_tree(), ScreenChoice())
    assert found.coverage.loc[0].to_dict() == {
        "skills": 1 / 4, "health": 1 / 3, "people": 2 / 7, "trade": 0.0, "index": 2 / 10,
    }  # fmt: skip
    assert found.withheld.tolist() == [True] + [False] * 5
    assert found.keep_units.all()
    assert found.why[["unit", "coverage"]].to_numpy().tolist() == [["u00", 0.2]]
    assert "u00: 20% of the indicators are known, less than 50%" in found.warnings()[0]


@pytest.mark.parametrize(("what", "kept", "held"), [("drop", 5, 0), ("withhold", 6, 1), ("keep", 6, 0)])
def test_a_unit_of_which_little_is_known_is_dropped_withheld_or_kept(what: str, kept: int, held: int) -> None:
    data = small_data(6)
    values = data.values.copy()
    values[2, 1:] = nan
    found = screen(values, data.units, small_tree(), ScreenChoice(on_sparse=what))
    assert (int(found.keep_units.sum()), int(found.withheld.sum())) == (kept, held)


def test_shares_of_known_zero_and_distinct_values() -> None:
    data = small_data(4)
    values = data.values.copy()
    values[:, 0] = [0, 0, 3, nan]
    table = screen(values, data.units, small_tree(), ScreenChoice()).indicators.set_index("indicator")
    assert table.loc["s0", ["known", "zero", "unique"]].tolist() == [3 / 4, 2 / 3, 2 / 3]


def test_a_ratio_of_constants_is_constant() -> None:
    values = np.column_stack([np.full(5, 0.1) * np.arange(1, 6) / np.arange(1, 6), [1, 2, 3, 4, 5.0]])
    assert constant_columns(values).tolist() == [True, False]


def test_times_are_in_the_order_of_numbers_where_all_are_numbers() -> None:
    assert time_order(np.array(["10", "9", "2"])).tolist() == [2, 1, 0]
    assert time_order(np.array(["w10", "w9", "w2"])).tolist() == [0, 2, 1]


# Denominators


def test_an_indicator_is_divided_by_its_denominator_and_scaled() -> None:
    tree = [IndexNode("x0", denominator="firms"), IndexNode("x1")]
    values = np.array([[6.0, 1.0], [nan, 2.0]])
    out = denominate(
        values, pd.DataFrame({"firms": [3.0, 0.0]}), DenominateChoice(scale={"x0": 1000}), nodes=tree
    )
    np.testing.assert_array_equal(out, [[2000.0, 1.0], [nan, 2.0]])
    kept = denominate(values, pd.DataFrame(), DenominateChoice(use=False), nodes=tree)
    np.testing.assert_array_equal(kept, values)


def test_all_denominators_that_cannot_divide_are_named_at_once() -> None:
    tree = [IndexNode("x0", denominator="firms"), IndexNode("x1", denominator="people")]
    values = np.ones((3, 2))
    with pytest.raises(GumflowError) as error:
        denominate(values, pd.DataFrame({"firms": [0.0, nan, 2.0]}), DenominateChoice(scale={"z": 0}), nodes=tree, units=names(3))  # fmt: skip
    for part in ("u0: x0 cannot be divided by firms, which is 0", "u1: x0", "'people' is no column", "'z' is no indicator", "write a number above 0"):  # fmt: skip
        assert part in str(error.value)


# Imputation


def test_averages_fill_gaps_and_flags_say_where() -> None:
    values = column(1, 2, nan, 6)
    assert filled(values, "mean")[:, 0].tolist() == [1, 2, 3, 6]
    assert filled(values, "median")[:, 0].tolist() == [1, 2, 2, 6]
    found = impute(
        values, ImputeChoice("mean"), nodes=nodes(1), groups=none(4), units=names(4), times=none(4), seed=1
    )
    assert found.flags[:, 0].tolist() == [False, False, True, False]
    assert found.columns[["missing", "imputed", "left"]].to_numpy().tolist() == [[1, 1, 0]]


def test_a_group_gives_its_own_average_and_one_without_values_is_an_error() -> None:
    values = column(1, 3, nan, 10, nan, nan)
    groups = np.array(["a", "a", "a", "b", "b", "c"])
    assert filled(values[:5], "group_mean", groups=groups[:5])[:, 0].tolist() == [1, 3, 2, 10, 10]
    with pytest.raises(GumflowError, match="x0: nobody in the group 'c' has a value"):
        filled(values, "group_median", groups=groups)
    with pytest.raises(GumflowError, match="1 unit\\(s\\) with missing values have no group"):
        filled(values[:3], "group_mean", groups=np.array(["a", "a", ""]))


def test_a_panel_gives_the_last_value_or_a_line_but_never_beyond_what_is_known() -> None:
    units, times = np.repeat(["a", "b"], 4), np.tile(["2001", "2003", "2009", "2010"], 2)
    values = column(nan, 2, nan, 9, 5, nan, nan, nan)
    latest = filled(values, "panel_latest", units=units, times=times)[:, 0]
    np.testing.assert_array_equal(latest, [nan, 2, 2, 9, 5, 5, 5, 5])
    linear = filled(values, "panel_linear", units=units, times=times)[:, 0]
    np.testing.assert_allclose(linear, [nan, 2, 8, 9, 5, nan, nan, nan], atol=1e-12)
    with pytest.raises(GumflowError, match="needs a panel"):
        filled(values, "panel_latest")
    with pytest.raises(GumflowError, match="needs times that are numbers"):
        filled(values[:2], "panel_linear", units=units[:2], times=np.array(["before", "after"]))


def test_em_is_the_closed_form_where_only_one_column_has_gaps() -> None:
    """Anderson 1957: with x known of all and y of some, regress y on x where both are known."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=40)
    y = 2 + 0.7 * x + rng.normal(size=40)
    values = np.column_stack([x, np.where(np.arange(40) < 25, y, nan)])
    fit = em_normal(values, ridge=0.0, tolerance=1e-12)
    line = stats.linregress(x[:25], y[:25])
    done = impute_by_normal(values, fit)
    np.testing.assert_allclose(done[25:, 1], line.intercept + line.slope * x[25:], atol=1e-7)
    mean = fit.center + fit.scale * fit.mean
    np.testing.assert_allclose(mean, [x.mean(), line.intercept + line.slope * x.mean()], atol=1e-7)


def test_every_step_of_em_raises_the_likelihood_of_what_is_known() -> None:
    rng = np.random.default_rng(4)
    full = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4))
    values = np.where(rng.random(full.shape) < 0.25, nan, full)
    fit = em_normal(values, ridge=0.0, tolerance=1e-8)
    missing = np.isnan(values)
    z = np.where(missing, 0.0, standard(values, fit))

    def likelihood(mean: np.ndarray, covariance: np.ndarray) -> float:
        return sum(
            stats.multivariate_normal(mean[k], covariance[np.ix_(k, k)]).logpdf(row[k])
            for row, k in zip(z, ~missing, strict=True)
            if k.any()
        )

    mean, covariance = np.zeros(4), np.eye(4)
    path = [likelihood(mean, covariance)]
    for _ in range(15):
        mean, covariance = em_step(z, missing, gaps_of(missing), np.ones(60), mean, covariance, 0.0)
        path.append(likelihood(mean, covariance))
    assert (np.diff(path) > 0).all()
    assert path[-1] <= likelihood(fit.mean, fit.covariance) + 1e-6


def test_multiple_imputations_keep_what_is_known_repeat_themselves_and_spread() -> None:
    data = small_data(30, gaps=0.2)
    options = {
        "nodes": nodes(data.values.shape[1]), "groups": data.groups, "units": data.units, "times": data.times,
    }  # fmt: skip
    one = impute(np.log(data.values), ImputeChoice("multiple", draws=6), seed=7, **options)
    again = impute(np.log(data.values), ImputeChoice("multiple", draws=4), seed=7, **options)
    known = ~np.isnan(data.values)
    assert (one.draws[:, known] == np.log(data.values[known])).all()
    np.testing.assert_array_equal(one.draws[:4], again.draws)
    assert (one.draws[:, ~known].std(axis=0) > 0).all()
    np.testing.assert_allclose(one.values, one.draws.mean(axis=0), atol=1e-12)


def test_a_normal_needs_two_values_of_each_indicator() -> None:
    with pytest.raises(GumflowError, match=r"x1: 1 known value\(s\), and at least 2 are needed"):
        filled(np.array([[1.0, nan], [2.0, 3.0], [4.0, nan]]), "em")


# Treatment


def test_an_outlier_is_winsorized_to_the_next_value() -> None:
    values = column(*range(1, 20), 400)
    found = treat(values, TreatChoice(), nodes=nodes(1))
    assert found.values[:, 0].tolist() == [*range(1, 20), 19]
    assert found.cells.to_numpy().tolist() == [[19, "x0", 400.0, 19.0, "winsorized down"]]
    low = treat(-values, TreatChoice(), nodes=nodes(1))
    assert low.values[:, 0].tolist() == [-v for v in [*range(1, 20), 19]]
    assert low.cells["rule"].tolist() == ["winsorized up"]


def test_only_an_indicator_that_exceeds_both_limits_is_treated() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(50, 1))
    values[0] = 4.5
    kurtosis = stats.kurtosis(values[:, 0], bias=False)
    assert kurtosis > 1
    passes = treat(values, TreatChoice(kurtosis=1.0), nodes=nodes(1))
    assert abs(stats.skew(values[:, 0], bias=False)) < 2
    assert passes.cells.empty
    assert bool(passes.columns["passed"][0])


def test_tied_extremes_move_together_or_not_at_all() -> None:
    values = column(*([1.0, 2.0] * 20), 90, 90, 90)
    moved = treat(values, TreatChoice(method="winsorize", most=3), nodes=nodes(1))
    assert moved.values[:, 0].max() == 2.0
    kept = treat(values, TreatChoice(method="winsorize", most=2), nodes=nodes(1))
    assert kept.cells.empty
    assert "exceed the limits after treatment" in kept.warnings()[0]


def test_what_winsorizing_cannot_mend_is_logged_as_it_was() -> None:
    values = column(*np.exp(np.linspace(0, 45, 30)))
    found = treat(values, TreatChoice(most=1), nodes=nodes(1))
    x = values[:, 0]
    np.testing.assert_allclose(found.values[:, 0], np.log(x - x.min() + 0.01 * np.ptp(x)), atol=1e-12)
    assert found.logged.tolist() == [True]
    mirrored = treat(-values, TreatChoice(most=1), nodes=nodes(1))
    np.testing.assert_allclose(mirrored.values, -found.values, atol=1e-12)


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (column(1, 2, 3, 500), "4 known values"),
        (column(*([0.0] * 30), 1.0), "only two different values"),
        (column(*([5.0] * 30)), "all known values are the same"),
    ],
)
def test_what_cannot_be_tested_is_left_and_said(values: np.ndarray, note: str) -> None:
    found = treat(values, TreatChoice(), nodes=nodes(1))
    np.testing.assert_array_equal(found.values, values)
    assert note in found.columns["note"][0]
    assert found.columns["passed"].isna()[0]


def test_a_log_that_the_tree_asks_for_needs_values_above_zero() -> None:
    out = treat(column(1, math.e, 10), TreatChoice(), nodes=nodes(1, log=True)).values
    np.testing.assert_allclose(out[:, 0], [0, 1, math.log(10)], atol=1e-12)
    with pytest.raises(GumflowError, match="x0: its least value is 0"):
        treat(column(0, 1, 2), TreatChoice(), nodes=nodes(1, log=True))


# Normalization


def scaled(
    values: np.ndarray, choice: NormalizeChoice, own: list[IndexNode], times: np.ndarray | None = None
) -> list[float]:
    given = none(len(values)) if times is None else times
    out = normalize(values, choice, nodes=own, units=names(len(values)), times=given)
    return [round(float(v), 10) for v in out[:, 0]]


X = column(2, 4, 4, 10)
UP, DOWN = nodes(1), nodes(1, direction=-1)


@pytest.mark.parametrize(
    ("choice", "up", "down"),
    [
        (NormalizeChoice("minmax"), [0, 25, 25, 100], [100, 75, 75, 0]),
        (NormalizeChoice("minmax", range=(1, 9)), [1, 3, 3, 9], [9, 7, 7, 1]),
        (NormalizeChoice("rank"), [1, 2.5, 2.5, 4], [4, 2.5, 2.5, 1]),
        (NormalizeChoice("borda"), [0, 1.5, 1.5, 3], [3, 1.5, 1.5, 0]),
        (NormalizeChoice("percentile"), [12.5, 50, 50, 87.5], [87.5, 50, 50, 12.5]),
        (NormalizeChoice("distance_to_best"), [20, 40, 40, 100], [100, 50, 50, 20]),
        (NormalizeChoice("distance_to_reference", reference="u1"), [50, 100, 100, 250], [200, 100, 100, 40]),
        (NormalizeChoice("scaled", bounds={"x0": (0, 20)}), [10, 20, 20, 50], [90, 80, 80, 50]),
    ],
)
def test_each_method_by_hand_in_both_directions(
    choice: NormalizeChoice, up: list[float], down: list[float]
) -> None:
    assert scaled(X, choice, UP) == up
    assert scaled(X, choice, DOWN) == down


def test_z_scores_have_the_mean_and_the_spread_that_were_asked_for() -> None:
    out = normalize(X, NormalizeChoice("zscore", mean=100, sd=10), nodes=DOWN, units=names(4), times=none(4))
    assert out.mean() == pytest.approx(100)
    assert out.std(ddof=1) == pytest.approx(10)
    assert out[0, 0] > out[3, 0]


def test_targets_and_goalposts_are_those_of_the_tree() -> None:
    target = nodes(1, target=6.0)
    assert scaled(X, NormalizeChoice("distance_to_target"), target) == [0, 50, 50, 200]
    assert scaled(X, NormalizeChoice("distance_to_target", cap=True), target) == [0, 50, 50, 100]
    posts = nodes(1, goalposts=(3.0, 5.0))
    assert scaled(X, NormalizeChoice("goalposts"), posts) == [0, 50, 50, 100]
    cut = clipped(X, NormalizeChoice("goalposts"), nodes=posts, units=names(4), times=none(4))
    assert cut.to_numpy().tolist() == [[0, "x0", 2.0, 0], [3, "x0", 10.0, 1]]


def test_waves_are_on_one_scale_or_each_on_its_own() -> None:
    times = np.array(["1", "1", "2", "2"])
    values = column(0, 5, 5, 10)
    assert scaled(values, NormalizeChoice("minmax"), UP, times) == [0, 50, 50, 100]
    assert scaled(values, NormalizeChoice("minmax", by="time"), UP, times) == [0, 100, 0, 100]


def test_every_indicator_that_cannot_be_put_on_the_scale_is_named_at_once() -> None:
    values = np.array([[1.0, 3.0, nan], [1.0, 4.0, 2.0]])
    with pytest.raises(GumflowError) as error:
        normalize(values, NormalizeChoice("minmax"), nodes=nodes(3), units=names(2), times=none(2))
    assert "x0: all 2 known values are 1" in str(error.value)
    assert "x2: only one value is known" in str(error.value)
    assert "x1:" not in str(error.value)
    with pytest.raises(GumflowError, match="x0: its least value is -1, and distance_to_best divides"):
        scaled(column(-1, 2), NormalizeChoice("distance_to_best"), UP)
    with pytest.raises(GumflowError, match="x0: its target"):
        scaled(X, NormalizeChoice("distance_to_target"), nodes(1, target=1.0))


@pytest.mark.parametrize("seed", range(4))
def test_average_ranks_are_those_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 6, size=(25, 4)).astype(float)
    values[rng.random(values.shape) < 0.2] = nan
    theirs = stats.rankdata(values, axis=0, nan_policy="omit")
    np.testing.assert_array_equal(average_ranks(values), theirs)


def test_the_order_of_rows_changes_nothing() -> None:
    data = small_data(20, gaps=0.1)
    own = [small_tree().nodes[code] for code in small_tree().indicators]
    turn = np.random.default_rng(2).permutation(20)
    for method in ("minmax", "zscore", "percentile"):
        choice = NormalizeChoice(method)
        one = normalize(treat(data.values, TreatChoice(), nodes=own).values, choice, nodes=own, units=data.units, times=data.times)  # fmt: skip
        other = normalize(treat(data.values[turn], TreatChoice(), nodes=own).values, choice, nodes=own, units=data.units[turn], times=data.times)  # fmt: skip
        np.testing.assert_allclose(other, one[turn], atol=1e-10)
