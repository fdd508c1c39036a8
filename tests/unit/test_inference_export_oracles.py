"""Yearly exports from table to estimates against statsmodels and plain loops, and sizes and power of the tests by simulation."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from small_export_series import QUANTITY, drawn, rows, series
from statsmodels.regression.recursive_ls import RecursiveLS
from statsmodels.regression.rolling import RollingOLS
from statsmodels.stats.stattools import durbin_watson

from gumflow.inference.export_breaks import BreakTest, chow, critical_value, level_shift, sup_f
from gumflow.inference.export_estimates import Estimates, estimate, export_tables
from gumflow.inference.export_regression import NO_RESIDUALS, ErrorDraws, fit_line, slope_t
from gumflow.inference.export_scores import export_scores
from gumflow.inference.export_series import VERSIONS, ExportSeries

CLOSE = {"rel": 1e-9, "abs": 1e-11}
SIGMA = 0.066
"""Standard deviation of the errors of the printed regression, as its standard errors imply it."""


def made(seed: int, n: int = 12) -> tuple[ExportSeries, dict[str, np.ndarray]]:
    """Return a drawn series of n years, and its ln value in each version by the definitions."""
    x, y = drawn(seed, n)
    rng = np.random.default_rng(seed + 100)
    fx = 8.3 * np.exp(np.cumsum(rng.normal(-0.01, 0.02, n)))
    index = 100 * np.exp(np.cumsum(rng.normal(0.02, 0.02, n)))
    found = series(years=1990 + np.arange(n), quantity=np.exp(x), value=np.exp(y), fx=fx, price_index=index)
    local = y + np.log(fx)
    logs = {"as_given": y, "local_currency": local, "deflated": local - np.log(index / index[0])}
    return found, {"x": x} | logs


@pytest.fixture(scope="module", params=[(1, 12), (2, 7), (3, 25)])
def pair(request) -> tuple[Estimates, dict[str, np.ndarray]]:
    found, logs = made(*request.param)
    return estimate(found, 1, 1990 + len(logs["x"]) // 2), logs


def of_model(table: pd.DataFrame, version: str, model: str) -> pd.DataFrame:
    return table[(table["version"] == version) & (table["model"] == model)]


def assert_is_ols(row: pd.Series, x: np.ndarray, y: np.ndarray) -> None:
    """Hold the printed table of a regression, its tests and its side columns against statsmodels."""
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    robust = fit.get_robustcov_results("HC3", use_t=True)
    wanted = {
        "a": fit.params[0], "b": fit.params[1], "se_a": fit.bse[0], "se_b": fit.bse[1], "t_a": fit.tvalues[0], "t_b": fit.tvalues[1],
        "r_squared": fit.rsquared, "f": fit.fvalue, "p": fit.f_pvalue, "n": fit.nobs, "b_low": fit.conf_int()[1, 0],
        "b_high": fit.conf_int()[1, 1], "durbin_watson": durbin_watson(fit.resid), "se_b_hc3": robust.bse[1],
    }  # fmt: skip
    assert row[list(wanted)].astype(float).to_dict() == pytest.approx(wanted, rel=1e-8, abs=1e-11)


@pytest.mark.parametrize("version", VERSIONS)
def test_levels_unit_values_and_changes_are_those_of_statsmodels(pair, version):
    found, logs = pair
    x, y = logs["x"], logs[version]
    for model, at, of in (
        ("log_levels", x, y),
        ("unit_value", x, y - x),
        ("first_differences", np.diff(x), np.diff(y)),
    ):
        assert_is_ols(of_model(found.regression, version, model).iloc[0], at, of)
    levels = of_model(found.regression, version, "log_levels").iloc[0]
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    one = fit.t_test(([0, 1], 1.0))
    hc3 = fit.get_robustcov_results("HC3", use_t=True).t_test(([0, 1], 1.0))
    assert levels["t_one"] == pytest.approx(one.tvalue.item(), rel=1e-8)
    assert levels["p_one"] == pytest.approx(one.pvalue.item(), rel=1e-8)
    assert levels["p_one_hc3"] == pytest.approx(hc3.pvalue.item(), rel=1e-8)
    assert levels["r_squared_unit_value"] == pytest.approx(
        sm.OLS(y - x, sm.add_constant(x)).fit().rsquared, **CLOSE
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_segments_and_windows_are_those_of_statsmodels(pair, version):
    found, logs = pair
    x, y = logs["x"], logs[version]
    n, at = len(x), len(x) // 2
    assert_is_ols(of_model(found.regression, version, "before_break").iloc[0], x[:at], y[:at])
    assert_is_ols(of_model(found.regression, version, "after_break").iloc[0], x[at:], y[at:])
    rolling = of_model(found.regression, version, "rolling")
    width = int(rolling["n"].iloc[0])
    wanted = RollingOLS(y, sm.add_constant(x), window=width).fit().params[width - 1 :]
    assert width == max(5, math.ceil(n / 2))
    assert rolling[["a", "b"]].to_numpy() == pytest.approx(wanted, rel=1e-7, abs=1e-9)
    recursive = of_model(found.regression, version, "recursive")
    grown = RecursiveLS(y, sm.add_constant(x)).fit().recursive_coefficients.filtered.T[4:]
    assert recursive["n"].tolist() == list(range(5, n + 1))
    assert recursive[["a", "b"]].to_numpy() == pytest.approx(grown, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("version", VERSIONS)
def test_breaks_are_those_of_two_regressions_and_of_a_dummy(pair, version):
    found, logs = pair
    x, y = logs["x"], logs[version]
    n, at = len(x), len(x) // 2
    one = sm.OLS(y, sm.add_constant(x)).fit()

    def two(k: int) -> float:
        parts = sum(sm.OLS(y[s], sm.add_constant(x[s])).fit().ssr for s in (slice(0, k), slice(k, None)))
        return ((one.ssr - parts) / 2) / (parts / (n - 4))

    table = found.breaks[found.breaks["version"] == version].set_index("test")
    assert table.at["chow", "statistic"] == pytest.approx(two(at), rel=1e-7)
    assert table.at["chow", "p"] == pytest.approx(stats.f.sf(two(at), 2, n - 4), rel=1e-6)
    dummy = sm.OLS(y, np.column_stack([sm.add_constant(x), np.arange(n) >= at])).fit()
    assert table.loc["level_shift", ["estimate", "low", "high", "p"]].astype(float).tolist() == pytest.approx(
        [dummy.params[2], *dummy.conf_int()[2], dummy.pvalues[2]], rel=1e-6, abs=1e-9
    )
    each = {k: two(k) for k in range(3, n - 2)}
    assert table.at["sup_f", "statistic"] == pytest.approx(max(each.values()), rel=1e-7)
    assert table.at["sup_f", "year"] == 1990 + max(each, key=each.get)


def test_price_indices_of_products_that_come_and_go_are_those_of_plain_loops():
    rng = np.random.default_rng(5)
    spans = {"coats": (0, 6), "shirts": (0, 4), "socks": (2, 6)}
    q = {k: {t: math.exp(rng.normal(3, 0.4)) for t in range(*s)} for k, s in spans.items()}
    p = {k: {t: math.exp(rng.normal(1, 0.3)) for t in range(*s)} for k, s in spans.items()}
    flat = [(2000 + t, k, q[k][t], p[k][t] * q[k][t]) for k, s in spans.items() for t in range(*s)]
    rng.shuffle(flat)
    year, product, quantity, value = (np.array(c) for c in zip(*flat, strict=True))
    found = estimate(
        series(
            years=year.astype(int),
            quantity=quantity.astype(float),
            value=value.astype(float),
            product=product,
        ),
        1,
    ).decomposition
    found = found[found["version"] == "as_given"]
    chained = dict.fromkeys(("laspeyres", "paasche", "tornqvist"), 1.0)
    for t in range(5):
        both = [k for k in spans if t in q[k] and t + 1 in q[k]]
        v0, v1 = (sum(p[k][s] * q[k][s] for k in both) for s in (t, t + 1))
        all0, all1 = (sum(p[k][s] * q[k][s] for k in spans if s in q[k]) for s in (t, t + 1))
        one = {
            "laspeyres": sum(p[k][t + 1] * q[k][t] for k in both) / v0,
            "paasche": v1 / sum(p[k][t] * q[k][t + 1] for k in both),
            "tornqvist": math.prod(
                (p[k][t + 1] / p[k][t]) ** ((p[k][t] * q[k][t] / v0 + p[k][t + 1] * q[k][t + 1] / v1) / 2)
                for k in both
            ),
        }
        row = found[(found["kind"] == "year") & (found["year_from"] == 2000 + t)].iloc[0]
        for name, wanted in one.items():
            assert row[name] == pytest.approx(wanted, rel=1e-10), (t, name)
            chained[name] *= wanted
        assert row["fisher"] * row["quantity_fisher"] * row["entry_exit"] == pytest.approx(all1 / all0)
        assert (row["matched_from"], row["matched_to"]) == pytest.approx((v0 / all0, v1 / all1))
    last = found[found["kind"] == "chained"].iloc[0]
    assert last[list(chained)].to_dict() == pytest.approx(chained, rel=1e-10)
    assert last["fisher"] == pytest.approx(math.sqrt(chained["laspeyres"] * chained["paasche"]), rel=1e-10)


# Sizes and power ----------------------------------------------------------------------------------------------------


def rejected(test: BreakTest, errors: np.ndarray) -> float:
    return float((stats.f.sf(test.of_errors(errors), *test.df) <= 0.05).mean())


@pytest.fixture(scope="module")
def line():
    x = np.log(QUANTITY)
    return fit_line(x, 1.6 + x + SIGMA * np.random.default_rng(1).standard_normal(12))


@pytest.fixture(scope="module")
def errors(line):
    return SIGMA * ErrorDraws(line.x, 31, 10_000).errors()


def test_every_test_of_a_declared_year_keeps_its_level(line, errors):
    # Four standard errors of a share of 5 % in 10,000 draws are 0.9 points.
    t = slope_t(line.x)(errors)
    assert (2 * stats.t.sf(t, 10) <= 0.05).mean() == pytest.approx(0.05, abs=0.009)
    for at in (1, 3, 6, 9, 11):
        assert rejected(chow(line, at), errors) == pytest.approx(0.05, abs=0.009), at
        assert rejected(level_shift(line, at)[0], errors) == pytest.approx(0.05, abs=0.009), at


def test_the_searched_test_keeps_its_level_where_the_f_distribution_would_not(line, errors):
    test = sup_f(line)
    null = ErrorDraws(line.x, 77).drawn("sup_f", 0, test.of_errors)
    # The critical value is drawn too, which adds to the error.
    assert (test.of_errors(errors) >= critical_value(null, 0.05)).mean() == pytest.approx(0.05, abs=0.012)
    # Taking the largest F for that of a declared year finds three times as many breaks, or more, where there are none.
    assert rejected(test, errors) > 0.15


def test_power_at_shifts_of_ten_twenty_and_thirty_percent_is_as_measured_elsewhere(line, errors):
    # On another trending quantity of twelve years: Chow .19, .58, .92; level .27, .75, .98; largest F .11, .35, .69.
    known, level, largest = chow(line, 9), level_shift(line, 9)[0], sup_f(line)
    cut = critical_value(ErrorDraws(line.x, 77).drawn("sup_f", 0, largest.of_errors), 0.05)
    for shift, wanted in ((0.1, (0.19, 0.27, 0.11)), (0.2, (0.58, 0.75, 0.35)), (0.3, (0.92, 0.98, 0.69))):
        shifted = errors + shift * (np.arange(12) >= 9)
        found = (
            rejected(known, shifted),
            rejected(level, shifted),
            float((largest.of_errors(shifted) >= cut).mean()),
        )
        assert found == pytest.approx(wanted, abs=0.15), shift
        assert found[2] < found[0] < found[1]


# What a reader of the regression is told -----------------------------------------------------------------------------


def cautions_of(**more) -> str:
    found = estimate(series(**more), 1)
    return found.regression["caution"].iloc[0]


def test_a_total_of_products_that_come_and_go_is_said_to_be_one():
    years = np.repeat(np.arange(2000, 2008), 2)
    names = np.tile(["a", "b"], 8)
    x = np.linspace(100, 400, 16)
    there = ~((names == "b") & (years < 2003))
    told = cautions_of(years=years[there], quantity=x[there], value=3 * x[there] ** 1.1, product=names[there])
    assert "not all products are in all years (b): totals count them as not exported there" in told
    assert "not all products" not in cautions_of(years=years, quantity=x, value=3 * x**1.1, product=names)


def test_a_unit_or_currency_that_is_given_in_some_rows_only_is_said():
    # Of one product a unit may be written once.
    assert "the unit" not in cautions_of(unit=np.where(np.arange(12) < 5, "pieces", ""))
    two = {"years": np.repeat(np.arange(2000, 2006), 2), "product": np.tile(["a", "b"], 6)}
    x = np.linspace(100, 400, 12)
    told = cautions_of(**two, quantity=x, value=3 * x**1.1, unit=np.tile(["pieces", ""], 6))
    assert "the unit is given for some products only and taken to be that of all (pieces)" in told
    told = cautions_of(currency=np.where(np.arange(12) < 5, "USD", ""))
    assert "the currency is given in some rows only and taken to be that of all (USD)" in told


def test_a_line_without_residuals_has_a_slope_and_neither_an_interval_nor_tests():
    cells = pd.DataFrame(
        [{"study": "s", "cluster": "c", "wave": "1", "grade": "synthetic", "break_year": "2003"}]
    )
    scores = export_scores(export_tables(rows(value=2 * QUANTITY), cells, 1), cells)
    mine = scores[scores["category"] == "as_given"].set_index("measure")
    for name in ("export_slope", "export_slope_of_changes"):
        assert mine.at[name, "value"] == pytest.approx(1, abs=1e-12)
        assert math.isnan(mine.at[name, "low"])
        assert mine.at[name, "interval_kind"] == ""
    assert mine.at["export_slope_one_p", "withheld"] == f"undefined: {NO_RESIDUALS}"
    assert mine.loc[["export_break_p", "export_sup_f_p"], "withheld"].str.contains("no residual").all()
