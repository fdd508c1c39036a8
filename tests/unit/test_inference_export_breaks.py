"""Tests for a change of the line: nested regressions of statsmodels as a second opinion, known critical values, sizes and power."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from small_export_series import QUANTITY, VALUE, drawn

from gumflow.inference.export_breaks import (
    EXACT,
    OUTSIDE,
    BreakTest,
    break_record,
    candidate_dates,
    chow,
    critical_value,
    level_shift,
    sup_f,
)
from gumflow.inference.export_regression import ErrorDraws, fit_line, monte_carlo_p

CLOSE = {"rel": 1e-9}
SYNTHETIC = fit_line(np.log(QUANTITY), np.log(VALUE))


def line_of(seed: int, n: int = 12, shift: float = 0.0, at: int = 8):
    x, y = drawn(seed, n)
    return fit_line(x, y + shift * (np.arange(n) >= at))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("at", [3, 6, 9])
def test_chow_is_the_f_test_of_a_line_of_its_own_for_each_segment(seed, at):
    line = line_of(seed)
    after = (np.arange(line.n) >= at).astype(float)
    one = sm.add_constant(line.x)
    both = np.column_stack([one, after, after * line.x])
    f, p, _ = sm.OLS(line.y, both).fit().compare_f_test(sm.OLS(line.y, one).fit())
    test = chow(line, at)
    assert (test.name, test.df) == ("chow", (2, 8))
    assert test.f == pytest.approx(f, **CLOSE)
    assert break_record(test, ErrorDraws(line.x, 1, 99))["p"] == pytest.approx(p, **CLOSE)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("at", [1, 2, 10, 11])
def test_a_short_segment_is_predicted_from_the_other(seed, at):
    # Equal to a dummy for each year of the short segment (Salkever 1976).
    line = line_of(seed)
    short = range(at) if at < 6 else range(at, 12)
    one = sm.add_constant(line.x)
    dummies = np.column_stack([one, *[(np.arange(12) == i).astype(float) for i in short]])
    f, p, _ = sm.OLS(line.y, dummies).fit().compare_f_test(sm.OLS(line.y, one).fit())
    test = chow(line, at)
    assert (test.name, test.df) == ("chow_predictive", (len(short), 10 - len(short)))
    assert test.f == pytest.approx(f, rel=1e-8)
    assert break_record(test, ErrorDraws(line.x, 1, 99))["p"] == pytest.approx(p, rel=1e-8)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("at", [2, 7])
def test_the_shift_of_level_is_that_of_a_dummy(seed, at):
    line = line_of(seed, shift=0.1)
    step = (np.arange(line.n) >= at).astype(float)
    fit = sm.OLS(line.y, np.column_stack([sm.add_constant(line.x), step])).fit()
    test, shift, low, high = level_shift(line, at)
    assert shift == pytest.approx(fit.params[2], rel=1e-8)
    assert (low, high) == pytest.approx(tuple(fit.conf_int()[2]), rel=1e-8)
    assert test.f == pytest.approx(fit.tvalues[2] ** 2, rel=1e-8)
    assert test.df == (1, 9)


@pytest.mark.parametrize("seed", range(4))
def test_the_largest_f_is_that_of_all_dates_one_by_one(seed):
    line = line_of(seed, shift=0.2)
    each = {at: chow(line, at).f for at in range(3, 10)}
    test = sup_f(line)
    assert test.f == pytest.approx(max(each.values()), **CLOSE)
    assert test.at == max(each, key=each.get)
    assert candidate_dates(line.x) == list(each)


def test_critical_values_of_twelve_trending_years_are_the_known_ones():
    line = fit_line(np.arange(12.0), drawn(1)[1])
    record = break_record(sup_f(line), ErrorDraws(line.x, 3, 40_000))
    # Simulated by others with a linear trend and segments of three years or more: 6.7, 8.9, 16.0.
    assert record["critical_10"] == pytest.approx(6.7, rel=0.03)
    assert record["critical_5"] == pytest.approx(8.9, rel=0.03)
    assert record["critical_1"] == pytest.approx(16.0, rel=0.05)


def test_critical_values_and_p_values_agree():
    draws = np.arange(1.0, 100.0)
    assert [critical_value(draws, level) for level in (0.10, 0.05, 0.01)] == [90.0, 95.0, 99.0]
    assert [monte_carlo_p(critical_value(draws, level), draws) for level in (0.10, 0.05)] == [0.11, 0.06]


def test_the_simulated_test_keeps_its_level_and_finds_large_shifts():
    x = np.log(QUANTITY)
    reference = ErrorDraws(x, 1)
    test = sup_f(fit_line(x, x + reference.errors()[0]))
    null = reference.drawn("sup_f", 0, test.of_errors)
    errors = ErrorDraws(x, 2, 1500).errors()
    for shift, least, most in ((0.0, 0.035, 0.065), (0.20, 0.25, 0.48), (0.30, 0.58, 0.82)):
        # Errors of 0.066 as measured for the printed regression; prices up from the tenth year on.
        f = test.of_errors(0.066 * errors + shift * (np.arange(12) >= 9))
        rejected = np.mean([monte_carlo_p(float(v), null) <= 0.05 for v in f])
        assert least <= rejected <= most, shift


def test_serial_correlation_raises_p_values():
    record = break_record(chow(SYNTHETIC, 9), ErrorDraws(SYNTHETIC.x, 1))
    assert record["statistic"] == pytest.approx(21.2426, abs=1e-3)
    assert record["p"] < record["p_ar_03"] < record["p_ar_06"] < record["p_walk"]
    largest = break_record(sup_f(SYNTHETIC), ErrorDraws(SYNTHETIC.x, 1))
    assert largest["p"] <= largest["p_ar_06"] <= largest["p_walk"]


def test_versions_with_one_quantity_share_their_draws_and_get_the_same_p_as_alone():
    draws = ErrorDraws(SYNTHETIC.x, 4)
    other = fit_line(SYNTHETIC.x, SYNTHETIC.y + 0.1 * np.sin(np.arange(12)))
    together = [break_record(sup_f(line), draws) for line in (SYNTHETIC, other)]
    alone = [break_record(sup_f(line), ErrorDraws(SYNTHETIC.x, 4)) for line in (SYNTHETIC, other)]
    assert together == alone


@pytest.mark.parametrize("at", [0, 12, 13])
def test_a_year_outside_has_no_test(at):
    assert chow(SYNTHETIC, at) == OUTSIDE
    assert level_shift(SYNTHETIC, at) == OUTSIDE


def test_years_on_one_line_or_two_have_no_test():
    x = np.log(QUANTITY)
    one = fit_line(x, 1 + x)
    two = fit_line(x, 1 + x + (0.3 + 0.2 * x) * (np.arange(12) >= 6))
    for line in (one, two):
        assert chow(line, 6) == EXACT
        assert sup_f(line) == EXACT
    assert level_shift(one, 6) == EXACT
    assert level_shift(fit_line(x, x + 0.3 * (np.arange(12) >= 6)), 6) == EXACT


def test_a_segment_of_one_quantity_is_predicted_and_is_no_candidate():
    x = np.concatenate([[1.0, 1.4, 1.2, 1.9, 2.2, 2.0], np.full(4, 2.5)])
    line = fit_line(x, x + np.array([0, 0.1, -0.1, 0.05, 0, 0.1, 0.2, 0.3, 0.1, 0.2]))
    test = chow(line, 6)
    assert isinstance(test, BreakTest)
    assert (test.name, test.df) == ("chow_predictive", (4, 4))
    assert candidate_dates(x) == [3, 4, 5]
    # Seven years of one quantity: their line is not defined, and three others cannot be predicted from it.
    flat = fit_line(np.concatenate([np.full(7, 2.5), x[:3]]), line.y)
    assert "quantity does not change in it" in chow(flat, 7)


def test_a_step_that_quantity_makes_too_cannot_be_told_from_it():
    x = np.repeat([1.0, 2.0], 4)
    line = fit_line(x, x + np.array([0.1, 0, -0.1, 0, 0.1, 0.2, 0, -0.1]))
    assert "cannot be told from its effect" in level_shift(line, 4)
    assert "no date leaves" in sup_f(line)


@pytest.mark.parametrize("n", [5, 6])
def test_five_years_have_no_date_and_six_have_one(n):
    line = line_of(1, n)
    found = sup_f(line)
    assert isinstance(found, BreakTest) == (n == 6)
    assert candidate_dates(line.x) == ([3] if n == 6 else [])


def test_scale_and_a_line_added_do_not_change_a_test():
    f = chow(SYNTHETIC, 9)
    scaled = fit_line(SYNTHETIC.x, 5 * SYNTHETIC.y + 3 * SYNTHETIC.x - 7)
    assert chow(scaled, 9).f == pytest.approx(f.f, rel=1e-8)
    assert sup_f(scaled).f == pytest.approx(sup_f(SYNTHETIC).f, rel=1e-8)
    assert math.isclose(level_shift(scaled, 9)[0].f, level_shift(SYNTHETIC, 9)[0].f, rel_tol=1e-8)
