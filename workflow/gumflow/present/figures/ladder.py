"""Where each cluster stands on the ladder from assembly to own brand (OEA, OEM, ODM, OBM; the book's 2.3.3 and 4.1.3)."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gumflow.contract.errors import GumflowError
from gumflow.present.sheet import Frame, Sheet, text_width, wrap
from gumflow.present.style import (
    BLUE,
    GRAY,
    GREEN,
    INK,
    ORANGE,
    PALE,
    SMALL_PT,
    TEXT_PT,
    WIDTH_DOUBLE_MM,
    styled,
    tint,
)
from gumflow.present.wording import NOT_STATED, Words

TITLE = Words("Position on the ladder from assembly to own brand", "从委托组装到自主品牌的阶梯位置")
NOTES = (
    Words(
        "A bar spans the values that the source allows; a dot is a value that it fixes. The scale sets OEA 0, OEM 1/3, ODM 2/3 and OBM 1: "
        "its equal steps are a convention.",
        "线段为资料所允许的取值范围，圆点为资料确定的取值。标尺取OEA为0、OEM为1/3、ODM为2/3、OBM为1，等距是约定。",
    ),
    Words(
        "Shares are as the source defines them (of exports, or averages over firms), so they may not compare between clusters.",
        "比重按资料各自的口径（占出口额或各企业平均），集群之间未必可比。",
    ),
    Words(
        "Not stated means that the source gives no shares, not that the cluster stands low.",
        "“未说明”表示资料没有给出比重，不表示集群位置低。",
    ),
)
STEPS = (
    (0.0, "OEA", Words("assembly", "委托组装")),
    (1 / 3, "OEM", Words("contract making", "贴牌")),
    (2 / 3, "ODM", Words("own design", "自主设计")),
    (1.0, "OBM", Words("own brand", "自主品牌")),
)
SHARES = (("share_oem", "OEM", ORANGE), ("share_odm", "ODM", GREEN), ("share_obm", "OBM", BLUE))
SHARE = Words("share, %", "比重，%")
ROW_MM = 7.0
HEAD_MM = 11.0


def draw_ladder(
    scores: pd.DataFrame,
    cluster_labels: Mapping[str, str],
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw position and shares of each cluster with their intervals, 180 mm wide.

    Args:
        scores: the scores table; rows with measure `ladder_position` (0 to 1), `share_oem`, `share_odm`, `share_obm`
            (0 to 1): cluster, value (may be NaN), low, high, withheld.
        cluster_labels: cluster id to its label in `language`, in the order of the rows; one without rows is `not stated`.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        table = _table(scores, list(cluster_labels))
        frame = Frame(TITLE(language), tuple(n(language) for n in NOTES), source, language, grade)
        label = max(20.0, min(40.0, max((text_width(n) for n in cluster_labels.values()), default=0.0) + 3.0))
        sheet = Sheet(WIDTH_DOUBLE_MM, HEAD_MM + ROW_MM * len(cluster_labels) + 3.0, frame)
        left = 2 + label
        ladder = (left + 6.0, 68.0)
        first = ladder[0] + ladder[1] + 14.0
        third = (WIDTH_DOUBLE_MM - 4.0 - first - 14.0) / 3
        columns = [(first + i * (third + 7.0), third) for i in range(3)]
        bottom = HEAD_MM + ROW_MM * len(cluster_labels)
        _draw_scales(sheet, ladder, columns, bottom)
        for i, (cluster, name) in enumerate(cluster_labels.items()):
            y = HEAD_MM + (i + 0.5) * ROW_MM
            sheet.write(left - 1, y, wrap(name, label - 1)[:2], ha="right")
            _draw_interval(sheet, ladder, y, table.get((cluster, "ladder_position")), INK)
            for (measure, _, color), column in zip(SHARES, columns, strict=True):
                _draw_interval(sheet, column, y, table.get((cluster, measure)), color)
        return sheet.finish()


def _table(scores: pd.DataFrame, clusters: list[str]) -> dict[tuple[str, str], pd.Series]:
    measures = ["ladder_position", *(m for m, _, _ in SHARES)]
    rows = scores[scores["measure"].isin(measures) & scores["cluster"].isin(clusters)]
    double = rows[rows.duplicated(["cluster", "measure"])]
    if len(double):
        raise GumflowError(
            f"The scores have {double.iloc[0]['measure']} of {double.iloc[0]['cluster']} more than once. Give one wave."
        )
    return {(str(r["cluster"]), str(r["measure"])): r for _, r in rows.iterrows()}


def _draw_scales(
    sheet: Sheet, ladder: tuple[float, float], columns: list[tuple[float, float]], bottom: float
) -> None:
    language = sheet.frame.language
    for position, code, words in STEPS:
        x = ladder[0] + position * ladder[1]
        sheet.line([x, x], [HEAD_MM - 1.0, bottom], color=PALE, linewidth=0.6)
        sheet.write(x, HEAD_MM - 6.2, code, bold=True, ha="center")
        sheet.write(x, HEAD_MM - 3.0, words(language), size=SMALL_PT, color=GRAY, ha="center")
    for (_, code, color), (left, width) in zip(SHARES, columns, strict=True):
        for share in (0.0, 0.5, 1.0):
            x = left + share * width
            sheet.line([x, x], [HEAD_MM - 1.0, bottom], color=PALE, linewidth=0.4)
            sheet.write(x, bottom + 1.6, f"{100 * share:g}", size=SMALL_PT, color=GRAY, ha="center")
        sheet.write(left + width / 2, HEAD_MM - 3.0, code, bold=True, color=color, ha="center")
    middle = (columns[0][0] + columns[-1][0] + columns[-1][1]) / 2
    sheet.write(middle, HEAD_MM - 6.8, SHARE(language), size=SMALL_PT, color=GRAY, ha="center")


def _draw_interval(
    sheet: Sheet, scale: tuple[float, float], y: float, row: pd.Series | None, color: str
) -> None:
    """Draw the interval and, where the source fixes it, the value; or say that it is not stated."""
    left, width = scale
    sheet.line([left, left + width], [y, y], color=PALE, linewidth=0.5)
    numbers = {} if row is None else {k: float(row[k]) for k in ("value", "low", "high") if pd.notna(row[k])}
    if not numbers:
        text = NOT_STATED(sheet.frame.language)
        half = text_width(text, SMALL_PT) / 2 + 0.8
        sheet.add(
            Rectangle(
                (left + width / 2 - half, y - 1.4),
                2 * half,
                2.8,
                facecolor="white",
                edgecolor="none",
                zorder=2,
            )
        )
        sheet.write(left + width / 2, y, text, size=SMALL_PT, color=GRAY, ha="center")
        return
    low, high = numbers.get("low"), numbers.get("high")
    if low is not None and high is not None:
        start, end = left + low * width, left + high * width
        sheet.add(
            Rectangle(
                (start, y - 0.9),
                max(end - start, 0.4),
                1.8,
                facecolor=tint(color, 0.55),
                edgecolor="none",
                zorder=2,
            )
        )
        if scale[1] > 60:
            sheet.write(left + width + 3.0, y, _range(low, high), size=SMALL_PT, color=GRAY)
    if "value" in numbers:
        sheet.line(
            [left + numbers["value"] * width],
            [y],
            marker="o",
            markersize=TEXT_PT * 0.6,
            color=color,
            zorder=3,
        )


def _range(low: float, high: float) -> str:
    return f"{low:.2f}" if abs(high - low) < 0.005 else f"{low:.2f}–{high:.2f}"
