"""What reaches the table `scores` of a yearly export series: slopes, tests and growth of unit values and prices, or why they are withheld."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.contract.scores import scores_table
from gumflow.inference.export_regression import NO_RESIDUALS
from gumflow.measures.registry import ANY_NUMBER, SHARE, measure
from gumflow.networks.layers import BOUNDARIES

UNIT_KIND, UNIT, LAYER = "exports", "total", "chain"
NO_SERIES = "withheld: no yearly series of export quantities and values is given (exports.csv), and none is inferred from printed results"
NO_PRODUCTS = "withheld: price can be told from mix only with quantities and values by product"
Row = dict[str, Any]

_OLS = "least squares, {years}; the interval assumes normal errors, independent from year to year"
_FORMS = {
    "export_slope": ("log_levels", "b", ("b_low", "b_high"), _OLS),
    "export_slope_one_p": (
        "log_levels",
        "p_one",
        (),
        "Student's t, {years}; errors independent from year to year",
    ),
    "export_slope_of_changes": (
        "first_differences",
        "b",
        ("b_low", "b_high"),
        "yearly changes of both logarithms, " + _OLS,
    ),
}
_TESTS = {
    "export_break_p": (
        "chow",
        "chow_predictive",
        "Chow's F test at {year}, {n} years; valid if the year was declared before the figures were seen",
    ),
    "export_sup_f_p": (
        "sup_f",
        "sup_f",
        "largest Chow F over all dates ({year}), {n} years; p simulated, errors independent from year to year",
    ),
}
_GROWTH = ("export_unit_value_growth", "export_price_growth", "export_unit_value_share")
MEASURES = (*_FORMS, *_TESTS, *_GROWTH)


def export_scores(tables: Mapping[str, pd.DataFrame], cells: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the tables of `export_estimates.export_tables` for each cluster and wave (rows of `cells`): one row a measure and version of the value.

    Where a cluster has no series each measure has one row that says so; `category` is the version, `n` the number of years.
    """
    rows: list[Row] = []
    for cell in cells.to_dict("records"):
        own = {name: rows_of(table, cell) for name, table in tables.items()}
        head = {k: cell[k] for k in ("study", "cluster", "wave", "grade")}
        head |= {"layer": LAYER, "unit_kind": UNIT_KIND, "unit": UNIT}
        if own["export_regression"].empty:
            rows += [{**head, "measure": name, "withheld": NO_SERIES} for name in MEASURES]
            continue
        rows += [{**head, **row} for row in (*_slopes(own), *_tests(own), *_growth(own))]
    return scores_table(rows)


def _slopes(own: Mapping[str, pd.DataFrame]) -> Iterable[Row]:
    table = own["export_regression"]
    for name, (model, column, bounds, method) in _FORMS.items():
        for version, rows in table.groupby("version", sort=False):
            found = rows[rows["model"] == model]
            # Where a version cannot be estimated at all, its one row says why.
            row = (found if len(found) else rows).iloc[0]
            yield _score(name, str(version), row, column, bounds, method)


def _tests(own: Mapping[str, pd.DataFrame]) -> Iterable[Row]:
    table = own["export_breaks"]
    for name, (first, second, method) in _TESTS.items():
        for version, rows in table.groupby("version", sort=False):
            found = rows[rows["test"].isin([first, second])]
            row = (found if len(found) else rows).iloc[0]
            n = row["n_before"] + row["n_after"]
            text = method.format(year=_whole(row["year"]), n=_whole(n))
            yield _score(name, str(version), row, "p", (), text) | {"n": n}


def _growth(own: Mapping[str, pd.DataFrame]) -> Iterable[Row]:
    table = own["export_decomposition"]
    for version, rows in table.groupby("version", sort=False):
        whole = rows[rows["kind"] == "whole"].iloc[0]
        chained = rows[rows["kind"].isin(["chained", "whole"])].iloc[-1]
        span = float(whole["year_to"] - whole["year_from"])
        years = f"{_whole(whole['year_from'])}-{_whole(whole['year_to'])}"
        head = {"category": str(version), "n": float((rows["kind"] == "year").sum() + 1)}
        values: dict[str, tuple[float, str, str]] = {
            "export_unit_value_growth": (
                math.expm1(whole["log_unit_value"] / span),
                "yearly growth of value over quantity, ",
                "undefined: products in different units have no unit value",
            ),
            "export_price_growth": (
                chained["fisher"] ** (1 / span) - 1,
                "yearly growth of Fisher's price index, chained, ",
                str(chained["withheld"]) or NO_PRODUCTS,
            ),
            "export_unit_value_share": (
                float(whole["unit_value_share"]),
                "share of the growth of ln value that is unit value, ",
                "undefined: value did not change, or products are in different units",
            ),
        }
        for name, (value, method, why) in values.items():
            known = value == value
            yield {
                "measure": name,
                "value": value,
                "method": method + years,
                "withheld": "" if known else why,
            } | head


def _score(name: str, version: str, row: pd.Series, column: str, bounds: tuple[str, ...], method: str) -> Row:
    if row["withheld"] or math.isnan(row[column]):
        # Of an estimated line only a missing residual leaves a number undefined.
        why = row["withheld"] or f"undefined: {NO_RESIDUALS}"
        return {"measure": name, "category": version, "withheld": why}
    score: Row = {"measure": name, "category": version, "value": row[column]}
    if bounds and not math.isnan(row[bounds[0]]):
        score |= {"low": row[bounds[0]], "high": row[bounds[1]], "interval_kind": "sampling"}
    if "year_from" in row:
        method = method.format(years=f"{_whole(row['year_from'])}-{_whole(row['year_to'])}")
        score["n"] = row["n"]
    return score | {"method": method}


def _whole(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.0f}"


_EXACT = "all years lie on the line"
_LINE = "Wooldridge 2013, Introductory Econometrics, ch. 2, 4 and 10; the equation is the book's (4.1.3)"
_DECLARED = (
    (
        "export_slope", "Slope of ln export value on ln quantity", "出口金额对数对数量对数的斜率",
        "By how many percent export value is higher in years in which quantity is higher by 1 %; 1 if prices do not move with quantity. Category: value as given, in local currency, deflated. At least five years without a gap.",
        "b of ln M = a + b ln Q, ordinary least squares; interval b -+ t(0.975, n - 2) se", _LINE, ANY_NUMBER, "quantity does not change",
    ),
    (
        "export_slope_one_p", "p of slope 1, exports", "出口斜率等于 1 的 p 值",
        "Two-sided p of the hypothesis that value grows in proportion to quantity, which is that unit values do not go with quantity. Trending or drifting prices make it too small; the table export_regression has it under serially correlated errors too.",
        "2 P(T > |b - 1| / se), n - 2 degrees of freedom", _LINE, SHARE, _EXACT,
    ),
    (
        "export_slope_of_changes", "Slope of yearly changes, exports", "出口逐年变动的斜率",
        "The slope between yearly changes of ln export value and ln quantity, with a constant: it does not rest on common trends, which the slope of levels may.",
        "d of diff ln M = c + d diff ln Q, ordinary least squares, n - 1 changes", _LINE, ANY_NUMBER, "quantity grows at the same rate in all years",
    ),
    (
        "export_break_p", "p of a break at the declared year, exports", "出口在事先设定年份断点的 p 值",
        "p of Chow's test that exports follow one line before and from the declared year on: two lines against one where both segments have three years, else whether the years of the shorter one lie where the line of the others says.",
        "F = ((RSS - RSS1 - RSS2) / 2) / ((RSS1 + RSS2) / (n - 4)); predictive: ((RSS - RSS1) / k) / (RSS1 / (n - k - 2))", "Chow 1960, Econometrica 28", SHARE, _EXACT,
    ),
    (
        "export_sup_f_p", "p of a break at any year, exports", "出口在任意年份断点的 p 值",
        "p of the largest Chow F over all dates with three years on either side, by simulation of independent normal errors for the very quantities of the series: exact however few the years.",
        "(1 + number of 9,999 draws whose largest F is as large) / 10,000", "Andrews 1993 for the statistic; Dufour 2006 for the test", SHARE, _EXACT,
    ),
    (
        "export_unit_value_growth", "Yearly growth of the export unit value", "出口平均单价年均增长率",
        "Mean yearly growth of export value over quantity from the first year to the last; prices, mix and quality together.",
        "((M1 / Q1) / (M0 / Q0))^(1 / years) - 1", "ILO and others 2004, Producer Price Index Manual, ch. 15", (-1.0, math.inf), "products are counted in different units",
    ),
    (
        "export_price_growth", "Yearly growth of export prices, Fisher", "出口价格年均增长率（费雪）",
        "Mean yearly growth of Fisher's price index of products, chained over the years: prices without what a changing mix does to the unit value.",
        "(product of F_t)^(1 / years) - 1, F = sqrt(Laspeyres Paasche)", "Fisher 1922; Diewert 1976; ILO and others 2004, Producer Price Index Manual, ch. 15", (-1.0, math.inf), "no product is exported in two successive years",
    ),
    (
        "export_unit_value_share", "Share of export growth that is unit value", "出口增长中单价所占份额",
        "Part of the change of ln export value from the first year to the last that is the change of the unit value; below 0 or above 1 where unit value and quantity went opposite ways.",
        "diff ln(M/Q) / diff ln M", "The identity ln M = ln Q + ln(M/Q); unit values as in the book, 4.1.3 (data of 1997-2008)", ANY_NUMBER, "value did not change, or products are counted in different units",
    ),
)  # fmt: skip
for _name, _en, _zh, _definition, _formula, _source, _bounds, _undefined in _DECLARED:
    measure(
        name=_name,
        level="cluster",
        label_en=_en,
        label_zh=_zh,
        definition=_definition,
        formula=_formula,
        source=_source,
        boundaries=BOUNDARIES,
        bounds=_bounds,
        cost="sampled" if _name == "export_sup_f_p" else "linear",
        interval_kind="sampling" if _name in ("export_slope", "export_slope_of_changes") else None,
        undefined=_undefined,
    )(export_scores)
