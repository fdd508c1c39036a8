"""The tables of a yearly export series and its scores: what is in them, what is withheld and why, and that the synthetic truth is found."""

import math

import numpy as np
import pandas as pd
import pytest
from small_export_series import FX, QUANTITY, VALUE, YEARS, rows, series

from gumflow.inference.export_estimates import (
    BREAKS,
    EVEN_GROWTH,
    FLAT_SEGMENT,
    NO_RATE,
    NOT_DECLARED,
    REGRESSION,
    estimate,
    export_tables,
    window_years,
)
from gumflow.inference.export_regression import NO_COINTEGRATION, SHORT, fit_line
from gumflow.inference.export_scores import MEASURES, NO_PRODUCTS, NO_SERIES, export_scores
from gumflow.inference.export_series import VERSIONS
from gumflow.inference.price_indices import DECOMPOSITION
from gumflow.measures.registry import get_measure

INDEX = np.linspace(100, 124, 12)
CELLS = pd.DataFrame(
    [
        {"study": "s", "cluster": c, "wave": "1", "grade": "synthetic", "break_year": y}
        for c, y in (("c", "2006"), ("d", ""))
    ]
)


@pytest.fixture(scope="module")
def full():
    return estimate(series(fx=FX, price_index=INDEX), 1, 2006)


@pytest.fixture(scope="module")
def tables():
    return export_tables(rows(fx=FX, price_index=INDEX), CELLS, 2009)


@pytest.fixture(scope="module")
def scores(tables):
    return export_scores(tables, CELLS)


def of(table: pd.DataFrame, **at) -> pd.DataFrame:
    for column, value in at.items():
        table = table[table[column] == value]
    return table


def test_every_version_has_every_model_over_its_years(full):
    table = full.regression
    assert list(table.columns) == list(REGRESSION)
    for version in VERSIONS:
        mine = of(table, version=version)
        assert mine["model"].value_counts().to_dict() == {
            "log_levels": 1, "unit_value": 1, "first_differences": 1, "before_break": 1, "after_break": 1, "rolling": 7, "recursive": 8,
        }  # fmt: skip
        before, after = (of(mine, model=f"{m}_break").iloc[0] for m in ("before", "after"))
        assert (before["year_from"], before["year_to"], before["n"]) == (1997, 2005, 9)
        assert (after["year_from"], after["year_to"], after["n"]) == (2006, 2008, 3)
    assert (table["withheld"] == "").all()


def test_slopes_of_parts_and_windows_are_lines_of_their_years(full):
    x, y = np.log(QUANTITY), np.log(VALUE)
    table = of(full.regression, version="as_given")
    assert of(table, model="before_break")["b"].item() == pytest.approx(fit_line(x[:9], y[:9]).b)
    assert of(table, model="first_differences")["b"].item() == pytest.approx(
        fit_line(np.diff(x), np.diff(y)).b
    )
    rolling = of(table, model="rolling").set_index("year_from")["b"]
    assert rolling.to_dict() == pytest.approx({1997 + i: fit_line(x[i : i + 6], y[i : i + 6]).b for i in range(7)})  # fmt: skip
    recursive = of(table, model="recursive").set_index("n")["b"]
    assert recursive.to_dict() == pytest.approx({n: fit_line(x[:n], y[:n]).b for n in range(5, 13)})
    assert [window_years(n) for n in (5, 10, 11, 12, 40)] == [5, 5, 6, 6, 20]


def test_local_currency_and_deflated_are_lines_of_those_values(full):
    x = np.log(QUANTITY)
    levels = of(full.regression, model="log_levels").set_index("version")
    assert levels.at["local_currency", "b"] == pytest.approx(fit_line(x, np.log(VALUE * FX)).b)
    assert levels.at["deflated", "b"] == pytest.approx(fit_line(x, np.log(VALUE * FX / INDEX * 100)).b)
    # The rise of the dollar price is that of the local currency: no gain at home.
    assert levels.at["as_given", "b"] > 1 > levels.at["local_currency", "b"]


def test_a_short_series_says_so_in_every_row(full):
    levels = of(full.regression, model="log_levels")
    assert levels["caution"].str.contains(SHORT, regex=False).all()
    assert levels["caution"].str.contains(NO_COINTEGRATION, regex=False).all()
    assert (full.regression["underpowered"] == 1).all()
    assert (full.breaks["underpowered"] == 1).all()


def test_breaks_at_the_declared_year_and_at_any(full):
    table = full.breaks
    assert list(table.columns) == list(BREAKS)
    assert of(table, version="as_given")["test"].tolist() == ["chow", "level_shift", "sup_f"]
    chow, shift, largest = (r for r in of(table, version="as_given").to_dict("records"))
    assert (chow["year"], chow["n_before"], chow["n_after"]) == (2006, 9, 3)
    assert shift["low"] < shift["estimate"] < shift["high"]
    assert largest["year"] == 2004
    assert largest["critical_10"] < largest["critical_5"] < largest["critical_1"] < largest["statistic"]


def test_without_a_declared_year_only_the_search_is_made():
    table = of(estimate(series(), 1).breaks, version="as_given")
    assert table["test"].tolist() == ["chow", "sup_f"]
    assert table["withheld"].tolist() == [NOT_DECLARED, ""]
    assert math.isnan(table["p"].iloc[0])


def test_a_short_part_has_no_line_and_the_test_predicts_it():
    found = estimate(series(), 1, 2008)
    after = of(found.regression, model="after_break").iloc[0]
    assert (after["n"], after["withheld"]) == (1, FLAT_SEGMENT)
    assert "chow_predictive" in found.breaks["test"].tolist()


def test_a_year_outside_the_series_is_withheld_with_the_reason():
    found = estimate(series(), 1, 2020)
    assert found.breaks["withheld"].str.contains("outside the series").tolist()[:2] == [True, True]
    assert not found.regression["model"].isin(["before_break", "after_break"]).any()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"years": YEARS[:4], "quantity": QUANTITY[:4], "value": VALUE[:4]}, "it has 4 years"),
        ({"years": [*YEARS[:-1], 2010]}, "years are missing: 2008, 2009"),
        ({"quantity": np.full(12, 7.0)}, "the quantity is the same in all years"),
    ],
)
def test_what_bears_no_regression_has_its_reason_and_still_its_parts(more, said):
    found = estimate(series(**more), 1, 2000)
    assert any(said in p for p in found.problems)
    levels = of(found.regression, version="as_given")
    assert said in levels["withheld"].item()
    assert said in found.breaks["withheld"].item()
    assert of(found.decomposition, kind="whole", version="as_given")["log_value"].notna().all()


def test_even_growth_of_quantity_has_no_line_of_changes():
    quantity = 1000 * 1.1 ** np.arange(12)
    found = estimate(series(quantity=quantity), 1)
    row = of(found.regression, model="first_differences").iloc[0]
    assert row["withheld"] == EVEN_GROWTH
    assert of(found.regression, model="log_levels")["b"].notna().any()


def test_deflating_without_a_rate_is_said():
    levels = of(estimate(series(price_index=INDEX), 1).regression, model="log_levels").set_index("version")
    assert NO_RATE in levels.at["deflated", "caution"]
    assert levels.at["local_currency", "withheld"] == "withheld: fx is missing"


def test_equal_seeds_give_equal_tables_and_rows_may_stand_in_any_order():
    one = estimate(series(fx=FX), 5, 2006)
    table = rows(fx=FX).iloc[::-1]
    other = export_tables(table, CELLS, 3), export_tables(rows(fx=FX), CELLS, 3)
    for a, b in zip(one[:3], estimate(series(fx=FX), 5, 2006)[:3], strict=True):
        pd.testing.assert_frame_equal(a, b)
    for name in other[0]:
        pd.testing.assert_frame_equal(other[0][name], other[1][name])


def test_tables_of_a_study_name_its_cells_and_are_empty_with_their_columns_where_it_has_no_exports(tables):
    assert set(tables["export_regression"]["cluster"]) == {"c"}
    for name, columns in (
        ("export_regression", REGRESSION),
        ("export_breaks", BREAKS),
        ("export_decomposition", DECOMPOSITION),
    ):
        assert list(tables[name].columns) == ["study", "cluster", "wave", *columns, "grade"]
        none = export_tables(rows().iloc[:0], CELLS, 1)[name]
        assert none.empty
        assert none.dtypes.to_dict() == tables[name].dtypes.to_dict()


# Scores -------------------------------------------------------------------------------------------------------------


def test_scores_are_the_numbers_of_the_tables(tables, scores):
    mine = of(scores, cluster="c", category="as_given").set_index("measure")
    levels = of(tables["export_regression"], version="as_given", model="log_levels").iloc[0]
    assert (
        mine.loc["export_slope", ["value", "low", "high"]].tolist()
        == levels[["b", "b_low", "b_high"]].tolist()
    )
    assert mine.at["export_slope", "n"] == 12
    assert mine.at["export_slope_one_p", "value"] == levels["p_one"]
    tests = of(tables["export_breaks"], version="as_given").set_index("test")
    assert mine.at["export_break_p", "value"] == tests.at["chow", "p"]
    assert mine.at["export_sup_f_p", "value"] == tests.at["sup_f", "p"]
    growth = (54215 / 8069 / (14648 / 2312)) ** (1 / 11) - 1
    assert mine.at["export_unit_value_growth", "value"] == pytest.approx(growth)
    share = math.log(54215 / 8069 / (14648 / 2312)) / math.log(54215 / 14648)
    assert mine.at["export_unit_value_share", "value"] == pytest.approx(share)
    assert mine.at["export_price_growth", "withheld"] == NO_PRODUCTS
    assert set(mine.index) == set(MEASURES)
    assert "2006" in mine.at["export_break_p", "method"]
    assert "1997-2008" in mine.at["export_slope", "method"]


def test_a_cluster_without_a_series_has_a_reason_for_each_measure_and_no_number(scores):
    mine = of(scores, cluster="d")
    assert sorted(mine["measure"]) == sorted(MEASURES)
    assert set(mine["withheld"]) == {NO_SERIES}
    assert mine[["value", "low", "high", "n"]].isna().all().all()


def test_every_score_is_declared_and_inside_its_bounds(scores):
    for row in scores.to_dict("records"):
        low, high = get_measure(row["measure"]).bounds
        assert (row["value"] == row["value"]) != bool(row["withheld"]), row
        assert row["withheld"] or low <= row["value"] <= high


def test_scores_say_why_where_a_series_is_too_short_or_no_year_is_declared():
    short = rows(YEARS[:3], QUANTITY[:3], VALUE[:3])
    found = export_scores(export_tables(short, CELLS.iloc[:1], 1), CELLS.iloc[:1])
    at = of(found, category="as_given").set_index("measure")
    assert "it has 3 years" in at.at["export_slope", "withheld"]
    assert "it has 3 years" in at.at["export_break_p", "withheld"]
    assert at.at["export_unit_value_growth", "withheld"] == ""
    cells = CELLS.iloc[:1].assign(break_year="")
    at = export_scores(export_tables(rows(), cells, 1), cells).set_index(["measure", "category"])
    assert at.loc[("export_break_p", "as_given"), "withheld"] == NOT_DECLARED
    assert at.loc[("export_slope", "deflated"), "withheld"] == "withheld: price_index is missing"
