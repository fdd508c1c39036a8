"""Bars of coded statements, the same in every figure: what is present and helps stands to the right of zero; what is present and
hinders, and what is lacking, to the left; what is only recommended is an open diamond.

An achieved evil (a captive position, a price war) is no achievement, so state alone cannot say on which side a statement belongs.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.patches import PathPatch

from gumflow.present.curves import Point, polygons_path
from gumflow.present.sheet import Key, Sheet
from gumflow.present.style import BLUE, GRAY, INK, SMALL_PT, VERMILION, tint
from gumflow.present.wording import Words

HELPING = Words("present, helps", "已有或部分，有利")
HINDERING = Words("present, hinders", "已有或部分，不利")
LACKING = Words("lacking", "缺乏")
RECOMMENDED = Words("recommended", "建议")
READING = Words(
    "Bars: number of statements on the factor; to the right what is present (achieved or in part) and helps, to the left what is "
    "present and hinders (a captive position, say) and what is lacking; diamonds: what is recommended.",
    "条形：关于该要素的陈述条数，右为已有（含部分）且有利的，左为已有但不利的（如俘获式地位）和缺乏的；菱形为建议。",
)

_PATCHES: dict[str, dict[str, Any]] = {
    "helping": {"facecolor": BLUE, "edgecolor": "none"},
    "hindering": {"facecolor": VERMILION, "edgecolor": "none"},
    # Hatched and pale: beside the solid bar it reads in gray as well.
    "lacking": {
        "facecolor": tint(VERMILION, 0.2),
        "edgecolor": VERMILION,
        "hatch": "////////",
        "linewidth": 0.4,
    },
}
_DIAMOND: dict[str, Any] = {
    "marker": "D",
    "markersize": 3.2,
    "markerfacecolor": "white",
    "markeredgecolor": INK,
    "markeredgewidth": 0.7,
}


class BarScale(NamedTuple):
    """Where zero stands (mm), how long one statement is (mm), and how many statements lie on either side."""

    zero: float
    unit: float
    left_most: float
    right_most: float


def bar_scale(table: pd.DataFrame, left: float, width: float) -> BarScale:
    """Return the scale on which all bars and diamonds of the table (see `factor_evidence`) fit into `width` mm."""
    right_most = max(float(table["helping"].max()), float(table["recommended"].max()), 1.0)
    left_most = float((table["hindering"] + table["lacking"]).max())
    # Room for half a diamond at the right end.
    unit = (width - 1.0) / (right_most + left_most)
    return BarScale(left + left_most * unit, unit, left_most, right_most)


def draw_bars(sheet: Sheet, rows: Sequence[tuple[float, pd.Series]], scale: BarScale, thick: float) -> None:
    """Draw one bar, `thick` mm high, for each row of the table, around its y; bars of one kind are one path."""
    boxes: dict[str, list[list[Point]]] = {kind: [] for kind in _PATCHES}
    for y, counts in rows:
        spans = {
            "helping": (0.0, counts["helping"]),
            "hindering": (0.0, -counts["hindering"]),
            "lacking": (-counts["hindering"], -counts["hindering"] - counts["lacking"]),
        }
        for kind, (start, end) in spans.items():
            if start != end:
                left, right = scale.zero + start * scale.unit, scale.zero + end * scale.unit
                top, bottom = y - thick / 2, y + thick / 2
                boxes[kind].append([(left, top), (right, top), (right, bottom), (left, bottom)])
    for kind, polygons in boxes.items():
        if polygons:
            sheet.add(PathPatch(polygons_path(polygons), **_PATCHES[kind]))
    wanted = [(scale.zero + c["recommended"] * scale.unit, y) for y, c in rows if c["recommended"]]
    if wanted:
        sheet.line([x for x, _ in wanted], [y for _, y in wanted], linestyle="none", zorder=3, **_DIAMOND)


def draw_scale(sheet: Sheet, scale: BarScale, top: float) -> None:
    """Draw ticks from `top` 1 mm down and their numbers (the same to both sides, as counts are)."""
    most = max(scale.right_most, scale.left_most)
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**6) if most / s <= 4)
    for i in range(-int(scale.left_most // step), int(scale.right_most // step) + 1):
        x = scale.zero + i * step * scale.unit
        sheet.line([x, x], [top, top + 0.8], color=GRAY, linewidth=0.5)
        sheet.write(x, top + 2.2, str(abs(i * step)), size=SMALL_PT, color=GRAY, ha="center")


def bar_keys(language: str) -> list[Key]:
    """Return the legend of the bars."""
    return [
        Key(HELPING(language), "patch", _PATCHES["helping"]),
        Key(HINDERING(language), "patch", _PATCHES["hindering"]),
        Key(LACKING(language), "patch", _PATCHES["lacking"]),
        Key(RECOMMENDED(language), "marker", _DIAMOND),
    ]
