"""Export value against quantity with the line of the book's regression (4.1.3), and how far its slope is told apart from 1."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gumflow.inference.export_series import ExportSeries, export_series
from gumflow.present.figures.panels import printed
from gumflow.present.figures.unit_values import BREAK, frame_axes, marker_of, money_words, show_years
from gumflow.present.sheet import Frame, Key, Sheet, legend_height
from gumflow.present.style import (
    BLUE,
    GRAY,
    INK,
    ORANGE,
    SMALL_PT,
    TEXT_PT,
    VERMILION,
    WIDTH_DOUBLE_MM,
    styled,
    tint,
)
from gumflow.present.wording import Words

TITLE = Words("Export value and quantity: {}", "出口金额与数量：{}")
NOTE = Words(
    "Left: ln value on ln quantity by least squares; R² is high by construction, as quantity is on both sides. Middle: slopes with 95 % intervals that assume independent normal errors; 1 means that unit values do "
    "not move with quantity. Right: slopes up to each year and of windows of {} years; windows overlap, so this is a description and no test.",
    "左：ln金额对ln数量的最小二乘回归；两侧都含数量，R²必然很高。中：斜率及95%区间（假定误差独立、正态）；斜率为1表示单价不随数量变动。右：截至各年的斜率与{}年滚动窗口斜率；窗口相互重叠，只是描述，不是检验。",
)
SHORT = Words(
    "n = {}: with fewer than 20 years a test that finds nothing says little.",
    "n = {}：少于20年时，检验不显著说明不了什么。",
)
LOG_QUANTITY = Words("ln quantity", "ln 数量")
LOG_VALUE = Words("ln value ({})", "ln 金额（{}）")
SLOPE = Words("slope", "斜率")
FITTED = Words("fitted line", "拟合线")
ONE = Words("slope 1", "斜率为1")
RECURSIVE = Words("slope from {} to the year", "自{}年起至该年的斜率")
ROLLING = Words("slope of the {} years up to it", "截至该年{}年间的斜率")
DECLARED = Words("declared year of change", "事先设定的变化年份")
RESULT = Words("ln M = {a} + {b} ln Q", "ln M = {a} + {b} ln Q")
TESTED = Words("slope = 1: t = {t}, p = {p}", "斜率=1：t = {t}，p = {p}")
ROWS = (
    ("as_given", "log_levels", Words("as given", "原币")),
    ("local_currency", "log_levels", Words("local currency", "本币")),
    ("deflated", "log_levels", Words("deflated", "剔除物价")),
    ("as_given", "first_differences", Words("yearly changes", "逐年变动")),
    ("as_given", "before_break", Words("before {}", "{}年前")),
    ("as_given", "after_break", Words("from {} on", "{}年起")),
)
HEIGHT_MM = 48.0
TOP_MM = 8.0
_ONE: dict[str, Any] = {"color": GRAY, "linewidth": 0.8, "linestyle": (0, (4, 2))}
_FIT: dict[str, Any] = {"color": BLUE, "linewidth": 1.1}
_RECURSIVE: dict[str, Any] = {"color": BLUE, "linewidth": 1.1, "marker": "o", "markersize": 2.6}
_ROLLING: dict[str, Any] = {
    "color": ORANGE,
    "linewidth": 0.9,
    "marker": "s",
    "markersize": 2.6,
    "linestyle": (0, (3, 1.5)),
}


def draw_export_slopes(
    exports: pd.DataFrame,
    regression: pd.DataFrame,
    cluster_label: str,
    break_year: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure | None:
    """Draw the years with the fitted line, the slopes of all versions with intervals, and slopes over windows, 180 mm wide.

    Args:
        exports: rows of the table exports of one cluster and wave.
        regression: rows of export_regression of the same.
        cluster_label: the cluster's name in `language`.
        break_year: the declared first year of a new regime, or empty.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.

    Returns None where nothing could be estimated.
    """
    found = regression[(regression["version"] == "as_given") & (regression["model"] == "log_levels")]
    if exports.empty or found["b"].isna().all():
        return None
    series, line = export_series(exports), found.iloc[0]
    with styled(font):
        width = _width_of_windows(regression)
        notes = [NOTE(language).format(width)]
        notes += [SHORT(language).format(f"{line['n']:.0f}")] if line["underpowered"] else []
        keys = [
            Key(FITTED(language), "line", _FIT),
            Key(ONE(language), "line", _ONE),
            Key(RECURSIVE(language).format(series.years[0]), "marker", marker_of(_RECURSIVE)),
            Key(ROLLING(language).format(width), "marker", marker_of(_ROLLING)),
        ]
        if break_year:
            keys.append(Key(DECLARED(language), "line", BREAK))
        used = legend_height(keys, WIDTH_DOUBLE_MM - 8)
        frame = Frame(TITLE(language).format(cluster_label), tuple(notes), source, language, grade)
        sheet = Sheet(WIDTH_DOUBLE_MM, TOP_MM + HEIGHT_MM + 10.0 + used, frame)
        _draw_line(sheet, series, line)
        _draw_slopes(sheet, regression, break_year)
        _draw_windows(sheet, series, regression, break_year)
        sheet.legend(4.0, TOP_MM + HEIGHT_MM + 9.0, WIDTH_DOUBLE_MM - 8, keys)
        return sheet.finish()


def _width_of_windows(regression: pd.DataFrame) -> int:
    rows = regression[(regression["version"] == "as_given") & (regression["model"] == "rolling")].iloc[0]
    return int(rows["year_to"] - rows["year_from"]) + 1


def _draw_line(sheet: Sheet, series: ExportSeries, line: pd.Series) -> None:
    language = sheet.frame.language
    axes = sheet.axes(13.0, TOP_MM, 50.0, HEIGHT_MM)
    axes.set_label("line")
    x, y = series.log_quantity, np.log(series.value)
    ends = np.array([x.min(), x.max()])
    axes.plot(ends, y.mean() + (ends - x.mean()), **_ONE)
    axes.plot(ends, line["a"] + line["b"] * ends, **_FIT)
    axes.plot(x, y, "o", color=INK, markersize=3.0, zorder=3)
    axes.margins(0.08)
    for at, side in ((0, "left"), (len(x) - 1, "right")):
        # Below the line at its start, above at its end, so that labels stay inside.
        axes.annotate(
            str(series.years[at]), (x[at], y[at]), (4 if side == "left" else -4, -2 if side == "left" else 2),
            textcoords="offset points", fontsize=SMALL_PT, ha=side, va="top" if side == "left" else "bottom",
        )  # fmt: skip
    axes.set_xlabel(LOG_QUANTITY(language), fontsize=TEXT_PT, labelpad=2)
    axes.set_ylabel(LOG_VALUE(language).format(money_words(series, language)), fontsize=TEXT_PT, labelpad=2)
    frame_axes(axes)
    a, b = printed(float(line["a"])), printed(float(line["b"]))
    lines = [RESULT(language).format(a=a, b=b).replace("+ −", "− "), f"R² = {printed(float(line['r_squared']))}, n = {line['n']:.0f}"]  # fmt: skip
    if not math.isnan(line["t_one"]):
        lines.append(TESTED(language).format(t=printed(float(line["t_one"])), p=_p(float(line["p_one"]))))
    sheet.write(15.0, TOP_MM - 6.0, lines, size=SMALL_PT, va="top")


def _p(value: float) -> str:
    return printed(value, 3) if value >= 0.001 else "< 0.001"


def _draw_slopes(sheet: Sheet, regression: pd.DataFrame, break_year: str) -> None:
    language = sheet.frame.language
    rows = []
    for version, model, words in ROWS:
        found = regression[(regression["version"] == version) & (regression["model"] == model)]
        if len(found) and not math.isnan(found["b"].iloc[0]):
            rows.append((words(language).format(break_year), model, found.iloc[0]))
    axes = sheet.axes(87.0, TOP_MM, 32.0, HEIGHT_MM)
    axes.set_label("slopes")
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [label for label, _, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.axvline(1, **_ONE)
    for at, (_, model, row) in enumerate(rows):
        color = BLUE if model == "log_levels" else VERMILION
        if not math.isnan(row["b_low"]):
            axes.plot([row["b_low"], row["b_high"]], [at, at], color=color, linewidth=1.3)
        axes.plot([row["b"]], [at], "o", color=color, markersize=4.0)
    axes.set_xlabel(SLOPE(language), fontsize=TEXT_PT, labelpad=2)
    axes.tick_params(labelsize=SMALL_PT, pad=1.5)
    axes.locator_params(axis="x", nbins=4)


def _draw_windows(sheet: Sheet, series: ExportSeries, regression: pd.DataFrame, break_year: str) -> None:
    language = sheet.frame.language
    axes = sheet.axes(132.0, TOP_MM, 42.0, HEIGHT_MM)
    axes.set_label("windows")
    axes.axhline(1, **_ONE)
    own = regression[(regression["version"] == "as_given") & regression["b"].notna()]
    for model, style in (("recursive", _RECURSIVE), ("rolling", _ROLLING)):
        rows = own[own["model"] == model]
        if model == "recursive" and rows["b_low"].notna().any():
            axes.fill_between(rows["year_to"].to_numpy(), rows["b_low"].to_numpy(), rows["b_high"].to_numpy(), color=tint(BLUE, 0.2), linewidth=0)  # fmt: skip
        axes.plot(rows["year_to"], rows["b"], **style)
    axes.set_ylabel(SLOPE(language), fontsize=TEXT_PT, labelpad=2)
    frame_axes(axes)
    show_years(axes, series.years)
    if break_year:
        axes.axvline(int(break_year) - 0.5, **BREAK)
