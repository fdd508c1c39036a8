"""The average unit value of a cluster's exports over the years (the book's figure 4-2), and what of its movement is price."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gumflow.inference.export_series import ExportSeries, export_series, log_values
from gumflow.present.sheet import Frame, Key, Sheet, legend_height
from gumflow.present.style import (
    BLUE,
    GRAY,
    GREEN,
    INK,
    ORANGE,
    PALE,
    SMALL_PT,
    TEXT_PT,
    VERMILION,
    WIDTH_DOUBLE_MM,
    styled,
)
from gumflow.present.wording import Words

TITLE = Words("Average unit value of exports: {}", "出口平均单价：{}")
NOTE = Words(
    "Left: value over quantity, as figure 4-2 of the book. Right: the same in other money, and prices alone where products are given (Fisher, chained), first year = 100.",
    "左：金额除以数量，同书中图4-2。右：以其他货币口径表示的同一单价；分产品时另列价格本身（费雪链式指数），首年=100。",
)
NO_PRODUCTS = Words(
    "One series only: a rise may be price, mix or quality.", "只有一个总序列：上升可能来自价格、结构或质量。"
)
DECLARED = Words("declared year of change", "事先设定的变化年份")
PER = Words("unit value ({} / {})", "单价（{} / {}）")
PER_UNIT = Words("unit value ({})", "单价（{}）")
AS_GIVEN = Words("as given", "原币")
INDEX = Words("{} = 100", "{}年=100")
NAMES = {
    "as_given": Words("unit value, {}", "单价（{}）"),
    "local_currency": Words("in local currency", "本币单价"),
    "deflated": Words("in local currency, deflated", "本币单价（剔除物价）"),
    "prices": Words("prices alone, {}", "价格本身（{}）"),
}
_LINE: dict[str, Any] = {"linewidth": 1.1, "markersize": 3.2, "clip_on": False, "zorder": 3}
STYLES: dict[str, dict[str, Any]] = {
    "as_given": {"color": BLUE, "marker": "o"},
    "local_currency": {"color": ORANGE, "marker": "s"},
    "deflated": {"color": VERMILION, "marker": "^"},
    "prices": {"color": GREEN, "marker": "D", "linestyle": (0, (3, 1.5))},
}
TOP_MM, HEIGHT_MM = 3.0, 46.0
Values = NDArray[np.float64]


def draw_unit_values(
    exports: pd.DataFrame,
    decomposition: pd.DataFrame,
    cluster_label: str,
    break_year: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure | None:
    """Draw the unit value of each year, and its index beside those in local currency, deflated and of prices alone, 180 mm wide.

    Args:
        exports: rows of the table exports of one cluster and wave.
        decomposition: rows of export_decomposition of the same.
        cluster_label: the cluster's name in `language`.
        break_year: the declared first year of a new regime, or empty.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.

    Returns None where there are fewer than two years, or products in different units.
    """
    series = export_series(exports) if len(exports) else None
    if series is None or len(series.years) < 2 or np.isnan(series.quantity).any():
        return None
    with styled(font):
        lines = _lines(series, decomposition)
        notes = [NOTE(language)] + ([] if "prices" in lines else [NO_PRODUCTS(language)])
        keys = [
            Key(
                NAMES[name](language).format(money_words(series, language)), "marker", marker_of(STYLES[name])
            )
            for name in lines
        ]
        declared = bool(break_year) and series.years[0] < int(break_year) <= series.years[-1]
        if declared:
            keys.append(Key(DECLARED(language), "line", BREAK))
        used = legend_height(keys, WIDTH_DOUBLE_MM - 8)
        frame = Frame(TITLE(language).format(cluster_label), tuple(notes), source, language, grade)
        sheet = Sheet(WIDTH_DOUBLE_MM, TOP_MM + HEIGHT_MM + 8.0 + used, frame)
        _draw_value(sheet, series, series.value / series.quantity)
        _draw_index(sheet, series, lines)
        for axes in sheet.figure.axes[1:]:
            show_years(axes, series.years)
            if declared:
                axes.axvline(int(break_year) - 0.5, **BREAK)
        sheet.legend(4.0, TOP_MM + HEIGHT_MM + 7.0, WIDTH_DOUBLE_MM - 8, keys)
        return sheet.finish()


BREAK: dict[str, Any] = {"color": GRAY, "linewidth": 0.7, "linestyle": (0, (1, 1.5))}


def _lines(series: ExportSeries, decomposition: pd.DataFrame) -> dict[str, Values]:
    """Return the indices that are known, the first year 100."""
    lines = {
        name: 100 * np.exp((found - series.log_quantity) - (found - series.log_quantity)[0])
        for name, found in log_values(series).items()
        if not isinstance(found, str)
    }
    links = decomposition[(decomposition["version"] == "as_given") & (decomposition["kind"] == "year")]
    fisher = links.sort_values("year_from")["fisher"].to_numpy(dtype=float)
    if series.products and not np.isnan(fisher).any():
        lines["prices"] = 100 * np.concatenate([[1.0], np.cumprod(fisher)])
    return lines


def _draw_value(sheet: Sheet, series: ExportSeries, unit_value: Values) -> None:
    language = sheet.frame.language
    axes = sheet.axes(17.0, TOP_MM, 68.0, HEIGHT_MM)
    axes.set_label("unit value")
    axes.plot(series.years, unit_value, **(_LINE | STYLES["as_given"]))
    money = money_words(series, language)
    words = PER(language).format(money, series.unit) if series.unit else PER_UNIT(language).format(money)
    axes.set_ylabel(words, fontsize=TEXT_PT, labelpad=3)
    frame_axes(axes)


def _draw_index(sheet: Sheet, series: ExportSeries, lines: dict[str, Values]) -> None:
    axes = sheet.axes(106.0, TOP_MM, 68.0, HEIGHT_MM)
    axes.set_label("index")
    axes.axhline(100, color=PALE, linewidth=0.6, zorder=1)
    for name, values in lines.items():
        axes.plot(series.years, values, **(_LINE | STYLES[name]))
    axes.set_ylabel(INDEX(sheet.frame.language).format(series.years[0]), fontsize=TEXT_PT, labelpad=3)
    frame_axes(axes)


def money_words(series: ExportSeries, language: str) -> str:
    """Return the currency of the values, or words for it where the table does not name it."""
    return series.currency or AS_GIVEN(language)


def marker_of(style: Mapping[str, Any]) -> dict[str, Any]:
    """Return the style of a key that shows the marker of a line."""
    return {"color": style["color"], "marker": style["marker"], "markersize": 3.6}


def frame_axes(axes: Axes) -> None:
    """Give axes small numbers, written out, and room above and below what is drawn."""
    axes.margins(y=0.1)
    axes.ticklabel_format(axis="y", useOffset=False, style="plain")
    axes.tick_params(labelsize=SMALL_PT, pad=1.5, labelcolor=INK)


def show_years(axes: Axes, years: NDArray[np.int64]) -> None:
    """Label years, at most seven, always the first."""
    first, last = int(years[0]), int(years[-1])
    step = next(s for s in (1, 2, 3, 5, 10, 20, 25, 50, 100, 200) if (last - first) / s < 7)
    axes.set_xlim(first - 0.5, last + 0.5)
    axes.set_xticks(range(first, last + 1, step))
