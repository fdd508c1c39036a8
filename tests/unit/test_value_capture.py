"""Printed export figures and what they imply: the known values of the cases, and the algebra held against real regressions."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_studies import ROOT

from gumflow.contract.model import Model
from gumflow.contract.study import find_study, tidy_study
from gumflow.inference.value_capture import COLUMNS, VERDICTS, value_capture_table


def table_of(values: dict[str, float], years: tuple[float, float] = (1997, 2008)) -> pd.DataFrame:
    rows = [("s", "c", "1", "case", name, float(value), *years) for name, value in values.items()]
    columns = ["study", "cluster", "wave", "grade", "fact", "value", "year", "year_to"]
    return value_capture_table(pd.DataFrame(rows, columns=columns)).set_index("item")


PRINTED = {
    "regression_intercept": 1.61,
    "regression_slope": 1.02,
    "regression_t_first": 21.52,
    "regression_t_second": 4.01,
    "regression_r2": 0.98,
    "regression_f": 463.24,
}
LIGHTERS = {
    "lighters_export_quantity_2008h1": 8031,
    "lighters_export_value_2008h1": 4893,
    "lighters_unit_price_2008h1": 0.58,
    "lighters_unit_price_growth_2008h1": 22.37,
    "lighters_quantity_growth_2008h1": -3.07,
    "lighters_value_growth_2008h1": 20.02,
}


@pytest.fixture(scope="module")
def cases(model: Model) -> pd.DataFrame:
    facts = tidy_study(find_study(ROOT / "resources" / "zhejiang"), model)["facts"]
    return value_capture_table(facts)


@pytest.mark.parametrize(
    ("item", "value", "digits", "verdict"),
    [
        ("t_slope", math.sqrt(463.24), 3, "differs"),
        ("t_intercept", 4.01, 2, "differs"),
        ("r_squared", 0.97887, 5, "agrees"),
        ("f_of_regression", 463.24, 2, "as_printed"),
        ("p_of_regression", 1.0e-9, 10, "agrees"),
        ("se_slope", 0.0474, 4, "derived"),
        ("t_of_slope_one", 0.42, 2, "not_supported"),
        ("p_of_slope_one", 0.68, 2, "derived"),
        ("r_squared_unit_value", 0.017, 3, "derived"),
        ("rmb_appreciation", 16.0, 1, "differs"),
        ("unit_price", 0.609, 3, "differs"),
        ("unit_price_growth", 23.8, 1, "differs"),
    ],
)
def test_the_known_figures_of_the_cases(cases, item, value, digits, verdict):
    row = cases.set_index("item").loc[item]
    assert round(row["value"], digits) == round(value, digits)
    assert row["verdict"] == verdict


def test_the_interval_and_the_rounding_band_of_the_slope(cases):
    rows = cases.set_index("item")
    assert rows.loc["slope_interval", ["low", "high"]].round(3).tolist() == [0.914, 1.126]
    assert rows.loc["t_of_slope_one", ["low", "high"]].round(2).tolist() == [0.32, 0.52]


def test_every_row_reads_in_both_languages_and_names_its_case(cases):
    assert list(cases.columns) == COLUMNS
    assert set(cases["cluster"]) == {"ningbo_apparel", "wenzhou_lighters"}
    assert set(cases["verdict"]) <= set(VERDICTS)
    assert set(cases["grade"]) == {"case"}
    assert (cases["reading_en"].str.len() > 10).all()
    assert cases["reading_zh"].str.contains(r"[\u4e00-\u9fff]").all()
    said = " ".join(cases["reading_en"])
    assert "printed under the intercept, but it is the slope's" in said
    assert "no evidence of bargaining power" in said
    assert "the fall of the dollar" in said


@pytest.mark.parametrize("seed", range(5))
def test_everything_follows_from_the_printed_figures_as_from_the_data(seed):
    rng = np.random.default_rng(seed)
    n = 12
    ln_q = np.cumsum(rng.normal(0.1, 0.15, n)) + 8
    ln_m = 1.6 + 1.1 * ln_q + rng.normal(0, 0.07, n)
    fit = stats.linregress(ln_q, ln_m)
    unit = stats.linregress(ln_q, ln_m - ln_q)
    design = np.column_stack([np.ones(n), ln_q])
    residuals = ln_m - design @ np.array([fit.intercept, fit.slope])
    explained = np.sum((fit.intercept + fit.slope * ln_q - ln_m.mean()) ** 2)
    f_value = explained / (residuals @ residuals / (n - 2))
    rows = table_of(
        {
            "regression_intercept": fit.intercept,
            "regression_slope": fit.slope,
            "regression_t_first": fit.slope / fit.stderr,
            "regression_t_second": fit.intercept / fit.intercept_stderr,
            "regression_r2": fit.rvalue**2,
            "regression_f": f_value,
        }
    )
    value = rows["value"]
    assert value["t_slope"] == pytest.approx(fit.slope / fit.stderr)
    assert value["r_squared"] == pytest.approx(fit.rvalue**2)
    assert value["se_slope"] == pytest.approx(fit.stderr)
    # The test of slope 1 is the test of a trend of the unit value.
    assert value["t_of_slope_one"] == pytest.approx(unit.slope / unit.stderr)
    assert value["p_of_slope_one"] == pytest.approx(unit.pvalue)
    assert value["r_squared_unit_value"] == pytest.approx(unit.rvalue**2)
    half = stats.t.ppf(0.975, n - 2) * fit.stderr
    assert rows.loc["slope_interval", ["low", "high"]].tolist() == pytest.approx(
        [fit.slope - half, fit.slope + half]
    )


def test_t_values_in_the_right_order_agree():
    rows = table_of(PRINTED | {"regression_t_first": 4.01, "regression_t_second": 21.52})
    assert rows.loc[["t_slope", "t_intercept"], "verdict"].tolist() == ["agrees", "as_printed"]
    assert rows.loc["se_slope", "value"] == pytest.approx(1.02 / 21.52)


def test_a_p_value_that_f_does_not_imply_differs():
    assert table_of(PRINTED | {"regression_p": 0.03}).loc["p_of_regression", "verdict"] == "differs"
    p = table_of(PRINTED | {"regression_f": 5.0, "regression_p": 0.05}).loc["p_of_regression"]
    assert p["value"] == pytest.approx(stats.f.sf(5.0, 1, 10))
    assert p["verdict"] == "agrees"
    assert "p_of_regression" not in table_of(PRINTED).index


def test_t_values_neither_of_which_fits_f_are_told_so():
    rows = table_of(PRINTED | {"regression_t_first": 15.0, "regression_t_second": 4.0})
    assert rows.loc["t_slope", "verdict"] == "differs"
    assert "neither printed t value equals it" in rows.loc["t_slope", "reading_en"]


def test_an_r_squared_that_f_does_not_imply_differs():
    assert table_of(PRINTED | {"regression_r2": 0.95}).loc["r_squared", "verdict"] == "differs"


def test_a_slope_far_from_one_is_told_apart_from_one():
    rows = table_of(PRINTED | {"regression_slope": 1.3})
    assert rows.loc["p_of_slope_one", "value"] < 0.05
    assert rows.loc["t_of_slope_one", "verdict"] == "derived"
    assert "no evidence" not in rows.loc["t_of_slope_one", "reading_en"]


@pytest.mark.parametrize(
    ("values", "years"),
    [
        (PRINTED, (math.nan, math.nan)),
        (PRINTED, (2008, 2009)),
        (PRINTED | {"regression_f": 0}, (1997, 2008)),
        (PRINTED | {"regression_slope": 0}, (1997, 2008)),
        ({k: v for k, v in PRINTED.items() if k != "regression_f"}, (1997, 2008)),
        (LIGHTERS | {"lighters_export_quantity_2008h1": 0}, (2008, math.nan)),
        ({"rmb_appreciation": 13.8}, (2005, 2008)),
    ],
)
def test_figures_from_which_nothing_follows_give_no_row_and_no_crash(values, years):
    assert table_of(values, years).empty


def test_figures_that_fit_are_said_to_agree():
    rows = table_of(
        LIGHTERS | {"lighters_unit_price_2008h1": 0.61, "lighters_unit_price_growth_2008h1": 23.8}
    )
    assert rows["verdict"].tolist() == ["agrees", "agrees"]
    assert not rows["reading_en"].str.contains(", not").any()
    fx = {"usd_cny_2008_04_10": 6.992}
    assert table_of(fx | {"rmb_appreciation": 16.0}).loc["rmb_appreciation", "verdict"] == "agrees"
    assert "is neither" in table_of(fx | {"rmb_appreciation": 20.0}).loc["rmb_appreciation", "reading_en"]


def test_a_study_without_such_figures_has_an_empty_table_with_its_columns():
    empty = value_capture_table(
        pd.DataFrame(columns=["study", "cluster", "wave", "grade", "fact", "value", "year", "year_to"])
    )
    assert list(empty.columns) == COLUMNS
    assert len(empty) == 0
    assert str(empty["value"].dtype) == "float64"
    assert str(empty["item"].dtype) == "str"


def test_the_slope_of_the_first_nine_years_is_given_with_a_warning(cases: pd.DataFrame):
    early = cases[(cases["item"] == "slope_1997_2005") & (cases["cluster"] == "ningbo_apparel")].iloc[0]
    assert (early["printed"], early["value"], early["verdict"]) == (0.9, 0.9, "not_supported")
    assert "cannot be compared" in early["reading_en"]
    assert "slope_1997_2005" not in table_of(PRINTED).index
