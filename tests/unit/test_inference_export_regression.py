"""ln value on ln quantity: the printed figures of a made-up series, statsmodels as a second opinion, and simulated p values that are what they say."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from small_export_series import QUANTITY, VALUE, drawn
from statsmodels.stats.stattools import durbin_watson

from gumflow.inference.export_regression import (
    NO_LEVERAGE,
    NO_RESIDUALS,
    SHORT,
    ErrorDraws,
    cautions,
    fit_line,
    line_record,
    minus_durbin_watson,
    monte_carlo_p,
    simulated_record,
    slope_t,
)

CLOSE = {"rel": 1e-10, "abs": 1e-12}


def test_the_table_as_the_book_prints_it():
    record = line_record(fit_line(np.log(QUANTITY), np.log(VALUE)), tests_one=True)
    printed = {"a": 1.61, "b": 1.02, "t_a": 4.01, "t_b": 21.52, "r_squared": 0.98, "p": 0.00}
    assert {name: round(record[name], 2) for name in printed} == printed
    # Of integers, F comes as near to the printed 463.24 as their rounding lets it.
    assert record["f"] == pytest.approx(463.24, abs=0.01)
    assert record["n"] == 12
    assert round(record["t_one"], 2) == 0.42
    assert round(record["p_one"], 2) == 0.68
    assert (round(record["b_low"], 3), round(record["b_high"], 3)) == (0.914, 1.126)
    unit = fit_line(np.log(QUANTITY), np.log(VALUE / QUANTITY))
    assert round(unit.r_squared, 4) == 0.0176
    early = fit_line(np.log(QUANTITY[:9]), np.log(VALUE[:9]))
    assert round(early.b, 2) == 0.90


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [5, 12, 40])
def test_every_number_is_that_of_statsmodels(seed, n):
    x, y = drawn(seed, n)
    own = fit_line(x, y)
    record = line_record(own, tests_one=True)
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    assert [record["a"], record["b"]] == pytest.approx(fit.params, **CLOSE)
    assert [record["se_a"], record["se_b"]] == pytest.approx(fit.bse, **CLOSE)
    assert [record["t_a"], record["t_b"]] == pytest.approx(fit.tvalues, **CLOSE)
    assert record["r_squared"] == pytest.approx(fit.rsquared, **CLOSE)
    assert record["f"] == pytest.approx(fit.fvalue, **CLOSE)
    assert record["p"] == pytest.approx(fit.f_pvalue, rel=1e-8)
    assert [record["b_low"], record["b_high"]] == pytest.approx(fit.conf_int()[1], **CLOSE)
    one = fit.t_test(([0, 1], 1.0))
    assert record["t_one"] == pytest.approx(one.tvalue.item(), **CLOSE)
    assert record["p_one"] == pytest.approx(one.pvalue.item(), **CLOSE)
    assert record["durbin_watson"] == pytest.approx(durbin_watson(fit.resid), **CLOSE)
    robust = fit.get_robustcov_results("HC3", use_t=True)
    assert record["se_b_hc3"] == pytest.approx(robust.bse[1], **CLOSE)
    assert record["p_one_hc3"] == pytest.approx(robust.t_test(([0, 1], 1.0)).pvalue.item(), **CLOSE)


@pytest.mark.parametrize("seed", range(3))
def test_the_unit_value_form_is_the_same_regression_with_slope_less_one(seed):
    x, y = drawn(seed)
    levels, unit = fit_line(x, y), fit_line(x, y - x)
    assert unit.b == pytest.approx(levels.b - 1, **CLOSE)
    assert unit.a == pytest.approx(levels.a, **CLOSE)
    assert unit.residuals == pytest.approx(levels.residuals, abs=1e-12)
    assert unit.t_of(0) == pytest.approx(levels.t_of(1), rel=1e-9)
    t = levels.t_of(1)
    assert unit.r_squared == pytest.approx(t**2 / (t**2 + levels.df), rel=1e-8)


def test_other_units_of_quantity_and_value_move_the_constant_alone():
    x, y = drawn(1)
    one, other = fit_line(x, y), fit_line(x + math.log(1e4), y - math.log(1e6))
    moved = {"a", "se_a", "t_a"}
    for name, value in line_record(one, tests_one=True).items():
        if name not in moved:
            assert line_record(other, tests_one=True)[name] == pytest.approx(value, rel=1e-8), name


def test_years_on_a_line_have_no_test():
    x = np.log(QUANTITY)
    line = fit_line(x, 2 + x)
    record = line_record(line, tests_one=True)
    assert record["b"] == pytest.approx(1, abs=1e-12)
    for name in ("se_a", "se_b", "t_b", "f", "p", "b_low", "t_one", "p_one", "durbin_watson", "se_b_hc3"):
        assert math.isnan(record[name]), name
    assert NO_RESIDUALS in cautions(line)
    assert simulated_record(line, ErrorDraws(x, 1, 99)) == {}


def test_a_single_other_quantity_leaves_hc3_undefined_and_says_so():
    x = np.array([1.0, 1.0, 1.0, 1.0, 2.0])
    line = fit_line(x, np.array([1.0, 1.1, 0.9, 1.05, 2.2]))
    assert math.isnan(line.se_b_hc3)
    assert line.se_b > 0
    assert NO_LEVERAGE in cautions(line)


def test_a_constant_quantity_has_no_line():
    with pytest.raises(ValueError, match="x is constant"):
        fit_line(np.full(6, 3.0), np.arange(6.0))


@pytest.mark.parametrize(("n", "short"), [(19, True), (20, False)])
def test_fewer_than_twenty_years_are_underpowered(n, short):
    line = fit_line(*drawn(1, n))
    assert line_record(line, tests_one=True)["underpowered"] == float(short)
    assert (SHORT in cautions(line)) == short


# Simulated p values -------------------------------------------------------------------------------------------------


def test_the_statistics_of_draws_are_those_of_lines_fitted_to_them():
    x, _ = drawn(3)
    errors = ErrorDraws(x, 7, 20).errors(0.6)
    t, d = slope_t(x)(errors), minus_durbin_watson(x)(errors)
    for i, e in enumerate(errors):
        line = fit_line(x, e)
        assert t[i] == pytest.approx(abs(line.t_of(0)), rel=1e-9)
        assert -d[i] == pytest.approx(line.durbin_watson, rel=1e-9)


def test_errors_follow_their_laws():
    errors = ErrorDraws(np.arange(12.0), 1, 40_000)
    plain, ar, walk = (errors.errors(rho) for rho in (0.0, 0.6, 1.0))
    assert np.allclose(ar[:, 1:], 0.6 * ar[:, :-1] + plain[:, 1:], rtol=0, atol=1e-12)
    # Stationary: the variance of every year is 1 / (1 - rho^2).
    assert ar.var(axis=0) == pytest.approx(np.full(12, 1 / 0.64), rel=0.05)
    assert np.allclose(walk, np.cumsum(plain, axis=1), rtol=0, atol=1e-9)


def test_simulated_p_of_independent_errors_is_students_p():
    x, y = drawn(2)
    line = fit_line(x, y)
    t = abs(line.t_of(1))
    draws = ErrorDraws(x, 5, 40_000)
    p = monte_carlo_p(t, draws.drawn("slope", 0, slope_t(x)))
    exact = 2 * stats.t.sf(t, line.df)
    assert abs(p - exact) < 4 * math.sqrt(exact * (1 - exact) / 40_000)


@pytest.mark.parametrize(("rho", "size"), [(0.3, 0.13), (0.6, 0.28)])
def test_students_test_rejects_too_often_where_errors_are_serially_correlated_and_the_simulated_one_does_not(
    rho, size
):
    # Measured sizes of a nominal 5 % test on 12 trending years: 0.13 and 0.28.
    x = np.log(QUANTITY)
    drawn_t = ErrorDraws(x, 11, 20_000).drawn("slope", 0, slope_t(x), rho)
    assert (drawn_t > stats.t.ppf(0.975, 10)).mean() == pytest.approx(size, abs=0.03)
    other = ErrorDraws(x, 12, 2_000).drawn("slope", 0, slope_t(x), rho)
    p = np.array([monte_carlo_p(float(t), drawn_t) for t in other])
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.02)


def test_p_of_a_monte_carlo_test_by_hand():
    assert monte_carlo_p(2.0, np.array([1.0, 2.0, 3.0])) == 3 / 4
    assert monte_carlo_p(4.0, np.array([1.0, 2.0, 3.0])) == 1 / 4
    assert math.isnan(monte_carlo_p(math.nan, np.array([1.0])))


def test_equal_seeds_give_equal_p_values_and_a_low_durbin_watson_is_found():
    x = np.log(QUANTITY)
    line = fit_line(x, np.log(VALUE))
    one, two = (simulated_record(line, ErrorDraws(x, 9)) for _ in range(2))
    assert one == two
    assert list(one) == ["p_one_ar_03", "p_one_ar_06", "p_one_walk", "p_durbin_watson"]
    # Prices fall and rise again: d is 0.30, and positive serial correlation is plain.
    assert one["p_durbin_watson"] < 0.001
    assert 0.68 < one["p_one_ar_03"] < one["p_one_ar_06"] < one["p_one_walk"] < 1
