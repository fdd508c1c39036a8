"""What a yearly export series says of value capture: the tables of regressions, breaks and price against quantity, and their scores.

The order is that of the book's argument (4.1.3): the regression as printed there, then what it needs to bear its reading - the test of slope 1, the
unit-value form, changes in place of levels, the same in local currency and deflated - then whether the line changed in time, then what of the growth of
value is price. Nothing is estimated where the yearly figures are not given.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.contract.seeding import seed_for
from gumflow.inference.export_breaks import BreakTest, break_record, chow, level_shift, sup_f
from gumflow.inference.export_regression import (
    BOTH_SIDES,
    FEWEST_IN_WINDOW,
    NEVER_COINTEGRATION,
    NO_COINTEGRATION,
    SHORT,
    ErrorDraws,
    Line,
    cautions,
    fit_line,
    line_record,
    simulated_record,
)
from gumflow.inference.export_series import (
    UNDERPOWERED,
    ExportSeries,
    columns_of,
    estimation_problems,
    export_series,
    is_constant,
    log_values,
)
from gumflow.inference.price_indices import DECOMPOSITION, decomposition_records

REGRESSION = {"version": "str", "model": "str"} | dict.fromkeys(
    (
        "year_from", "year_to", "a", "b", "t_a", "t_b", "r_squared", "f", "p", "n", "se_a", "se_b", "b_low", "b_high", "t_one", "p_one",
        "r_squared_unit_value", "durbin_watson", "p_durbin_watson", "se_b_hc3", "p_one_hc3", "p_one_ar_03", "p_one_ar_06", "p_one_walk",
        "underpowered",
    ), "float64",
) | {"caution": "str", "withheld": "str"}  # fmt: skip
"""Columns of the table of regressions, one line a row.

a, b, their t values, R2, F, P and n are those of the printed table; then standard errors, the 95 % interval of b, the test b = 1, R2 of the unit-value
form, Durbin-Watson with a simulated one-sided p, the heteroskedasticity-robust standard error HC3 with its p of b = 1, and that p if errors
are autoregressive (0.3, 0.6) or a random walk. `model`: log_levels (ln M on ln Q), unit_value (ln(M/Q) on ln Q), first_differences (of both
logarithms, with a constant), before_break and after_break (levels up to the declared year, and from it on), rolling and recursive (levels over windows).
"""

BREAKS = {"version": "str", "test": "str"} | dict.fromkeys(
    (
        "year", "n_before", "n_after", "statistic", "df1", "df2", "p", "critical_10", "critical_5", "critical_1", "estimate", "low", "high",
        "p_ar_03", "p_ar_06", "p_walk", "underpowered",
    ), "float64",
) | {"caution": "str", "withheld": "str"}  # fmt: skip
"""Columns of the table of breaks: F tests, the first year of the new regime, of a level shift also its size in ln M with the 95 % interval."""

NOT_DECLARED = "withheld: no year is declared (break_year of the cluster in study.yaml, or --break), and one chosen after a look at the figures would be found too often"
ONLY_DECLARED = "valid only if the year was declared before the figures were seen"
SEARCHED = "p and critical values are simulated for these quantities; where the largest F stands is a poor estimate of the date"
NO_RATE = "without fx the value is taken to be in local currency"
DESCRIPTIVE = "descriptive: windows overlap, so their intervals are no tests of change"
EVEN_GROWTH = (
    "withheld: quantity grows at the same rate in all years, so changes of value cannot be regressed on it"
)
FLAT_SEGMENT = "withheld: the segment has fewer than 3 years, or quantity does not change in it"

Row = dict[str, Any]

TABLES = ("export_regression", "export_breaks", "export_decomposition")


class Estimates(NamedTuple):
    """What is estimated from one series: tables with the columns `REGRESSION`, `BREAKS` and `DECOMPOSITION`, and why there is no regression."""

    regression: pd.DataFrame
    breaks: pd.DataFrame
    decomposition: pd.DataFrame
    problems: tuple[str, ...]


def estimate(series: ExportSeries, seed: int, break_year: int | None = None) -> Estimates:
    """Return all estimates of one series; `seed` is that of its simulated errors, `break_year` the declared first year of a new regime.

    Where the series cannot bear a regression (`estimation_problems`), one row of regression and of breaks says why; price and quantity are
    decomposed all the same.
    """
    problems = tuple(estimation_problems(series))
    regression: list[Row] = []
    breaks: list[Row] = []
    decomposition: list[Row] = []
    draws = None if problems else ErrorDraws(series.log_quantity, seed)
    for version, values in log_values(series).items():
        if isinstance(values, str):
            regression.append({"version": version, "model": "log_levels", "withheld": values})
            continue
        note = NO_RATE if version == "deflated" and np.isnan(series.fx).all() else ""
        decomposition += decomposition_records(series, version, values)
        if draws is None:
            why = "withheld: " + "; ".join(problems)
            regression.append({"version": version, "model": "log_levels", "withheld": why})
            continue
        line = fit_line(series.log_quantity, values)
        regression += _regression(series, line, version, draws, break_year, note)
        breaks += _breaks(series, line, version, draws, break_year)
    if draws is None:
        breaks.append(
            {"version": "as_given", "test": "sup_f", "withheld": "withheld: " + "; ".join(problems)}
        )
    return Estimates(
        columns_of(regression, REGRESSION),
        columns_of(breaks, BREAKS),
        columns_of(decomposition, DECOMPOSITION),
        problems,
    )


def _regression(
    series: ExportSeries, line: Line, version: str, draws: ErrorDraws, break_year: int | None, note: str
) -> list[Row]:
    """Return the rows of one version in the order in which `REGRESSION` names the models."""
    years = series.years
    whole: Row = {"version": version, "year_from": years[0], "year_to": years[-1]}
    unit = fit_line(line.x, line.y - line.x)
    notes = [*series.notes, *([note] if note else [])]
    notes += [NO_COINTEGRATION] if line.n < NEVER_COINTEGRATION else []
    levels: Row = {
        "model": "log_levels",
        "r_squared_unit_value": unit.r_squared,
        "caution": cautions(line, BOTH_SIDES, *notes),
    }
    form: Row = {"model": "unit_value", "caution": cautions(unit, *notes)}
    rows = [
        whole | levels | line_record(line, tests_one=True) | simulated_record(line, draws),
        whole | form | line_record(unit, tests_one=False),
        whole | {"model": "first_differences"} | _differences(line, series.notes),
    ]
    if break_year is not None:
        at = int(np.searchsorted(years, break_year))
        for model, part in (("before_break", slice(0, at)), ("after_break", slice(at, None))):
            if 0 < at < line.n:
                rows.append({"version": version, "model": model} | _segment(series, line, part))
    return rows + _windows(series, line, version)


def _differences(line: Line, notes: Sequence[str]) -> Row:
    changes = np.diff(line.x)
    if is_constant(changes):
        return {"withheld": EVEN_GROWTH}
    fit = fit_line(changes, np.diff(line.y))
    return {"caution": cautions(fit, *notes)} | line_record(fit, tests_one=True)


def _segment(series: ExportSeries, line: Line, part: slice) -> Row:
    years = series.years[part]
    row: Row = {"year_from": years[0], "year_to": years[-1]}
    if len(years) < 3 or is_constant(line.x[part]):
        return row | {"n": len(years), "underpowered": 1.0, "withheld": FLAT_SEGMENT}
    fit = fit_line(line.x[part], line.y[part])
    return row | {"caution": cautions(fit)} | line_record(fit, tests_one=True)


def window_years(n: int) -> int:
    """Return the years of a rolling window: half of the series, and five at least."""
    return max(FEWEST_IN_WINDOW, math.ceil(n / 2))


def _windows(series: ExportSeries, line: Line, version: str) -> list[Row]:
    """Return slopes of rolling windows and of windows that grow from the first year; none where a window has one quantity."""
    width, n = window_years(line.n), line.n
    parts = [("rolling", slice(end - width, end)) for end in range(width, n + 1)]
    parts += [("recursive", slice(0, end)) for end in range(FEWEST_IN_WINDOW, n + 1)]
    rows: list[Row] = []
    for model, part in parts:
        years = series.years[part]
        head: Row = {
            "version": version,
            "model": model,
            "year_from": years[0],
            "year_to": years[-1],
        }
        if is_constant(line.x[part]):
            rows.append(head | {"n": len(years), "withheld": FLAT_SEGMENT})
            continue
        record = line_record(fit_line(line.x[part], line.y[part]), tests_one=False)
        kept = ("n", "a", "b", "b_low", "b_high", "underpowered")
        rows.append(head | {name: record[name] for name in kept} | {"caution": DESCRIPTIVE})
    return rows


def _breaks(
    series: ExportSeries, line: Line, version: str, draws: ErrorDraws, break_year: int | None
) -> list[Row]:
    rows: list[Row] = []
    if break_year is None:
        rows.append({"version": version, "test": "chow", "withheld": NOT_DECLARED})
    else:
        at = int(np.searchsorted(series.years, break_year))
        declared: Row = {"version": version, "year": break_year}
        test = chow(line, at)
        rows.append(declared | {"test": "chow"} | _tested(test, line, draws, ONLY_DECLARED))
        found = level_shift(line, at)
        more: Row = {}
        if not isinstance(found, str):
            more = dict(zip(("estimate", "low", "high"), found[1:], strict=True))
        shift = found if isinstance(found, str) else found[0]
        rows.append(declared | {"test": "level_shift"} | _tested(shift, line, draws, ONLY_DECLARED) | more)
    largest = sup_f(line)
    row: Row = {"version": version, "test": "sup_f"}
    if isinstance(largest, BreakTest):
        row["year"] = series.years[largest.at]
    return [*rows, row | _tested(largest, line, draws, SEARCHED)]


def _tested(test: BreakTest | str, line: Line, draws: ErrorDraws, note: str) -> Row:
    if isinstance(test, str):
        return {"withheld": f"withheld: {test}"}
    short = line.n < UNDERPOWERED
    return {
        "test": test.name, "n_before": test.at, "n_after": line.n - test.at, "underpowered": float(short),
        "caution": "; ".join([note, SHORT] if short else [note]),
    } | break_record(test, draws)  # fmt: skip


def export_tables(exports: pd.DataFrame, cells: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """Return the tables `TABLES` of a study: of each cluster and wave with exports the rows of `estimate`, with study, cluster, wave and grade.

    `cells` has study, cluster, wave, grade and break_year (text, empty if none is declared).
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    for cell in cells.to_dict("records"):
        found = estimates_of(exports, cell, seed)
        if found is None:
            continue
        for name, table in zip(TABLES, found[:3], strict=True):
            parts[name].append(_headed(table, cell))
    columns = dict(zip(TABLES, (REGRESSION, BREAKS, DECOMPOSITION), strict=True))
    empty = {c: cells.iloc[0][c] for c in ("study", "cluster", "wave", "grade")}
    return {
        name: pd.concat(tables or [_headed(columns_of([], columns[name]), empty)], ignore_index=True)
        for name, tables in parts.items()
    }


def estimates_of(exports: pd.DataFrame, cell: Mapping[str, object], seed: int) -> Estimates | None:
    """Return the estimates of one cluster and wave; None if it has no exports."""
    rows = rows_of(exports, cell)
    if rows.empty:
        return None
    purpose = ("export errors", str(cell["study"]), str(cell["cluster"]), str(cell["wave"]))
    year = str(cell.get("break_year", ""))
    return estimate(export_series(rows), seed_for(seed, *purpose), int(year) if year else None)


def _headed(table: pd.DataFrame, cell: Mapping[str, object]) -> pd.DataFrame:
    table = table.copy()
    for at, column in enumerate(("study", "cluster", "wave")):
        table.insert(at, column, pd.Series([str(cell[column])] * len(table), dtype="str"))
    table["grade"] = pd.Series([str(cell["grade"])] * len(table), dtype="str")
    return table
