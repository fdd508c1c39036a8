"""The GUM model as a diagram with each cluster's coded evidence beside its factors (the book's figures 2-1, 2-2 and 2-9).

From left to right: factors inside the frame of governance, mechanisms, upgrading ways, paths. A solid line is a main link
(a factor, its mechanism, its way) or a way that a path rests on; a thin one is support.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch

from gumflow.contract.model import Model, Node
from gumflow.present.curves import Point, arrow_head, bent, cut, polygons_path
from gumflow.present.evidence import factor_evidence
from gumflow.present.figures.evidence_bars import READING, bar_keys, bar_scale, draw_bars, draw_scale
from gumflow.present.sheet import Frame, Key, Sheet, line_mm, text_width, wrap, wrap_evenly
from gumflow.present.style import (
    FACTOR_COLORS,
    GRAY,
    INK,
    PALE,
    POINTS_PER_MM,
    SMALL_PT,
    TEXT_PT,
    WIDTH_DOUBLE_MM,
    styled,
    tint,
)
from gumflow.present.wording import Words

TITLE = Words(
    "Upgrading mechanism of local clusters, with the evidence coded",
    "地方产业集群升级机理模型与各集群的编码证据",
)
NOTES = (
    READING,
    Words(
        "Figure at the end: balance of helping against hindering statements, lacking ones among these, weighted by strength (−1 to 1).",
        "末尾数字：有利与不利（含缺乏）陈述按强度加权的差额（−1至1）。",
    ),
    Words(
        "Numbers say what the source states, not how strong a factor is; long texts state more. The links are the model's, they were not "
        "estimated.",
        "条数反映资料说了什么，并不等于要素强弱，文字越长条数越多。连线属于模型设定，并非估计结果。",
    ),
)
COLUMNS = (
    Words("Factors", "要素"),
    Words("Mechanisms", "运行机制"),
    Words("Upgrading ways", "升级实现方式"),
    Words("Paths", "外在升级路径"),
)
AUXILIARY = Words("auxiliary", "辅助要素")
BASIC = Words("basic", "基本要素")
GLUE = Words("binds the factors and acts on every mechanism", "联结各要素，作用于各运行机制")
COUPLING = Words("factors act on one another in pairs", "要素两两相互作用")
MAIN = Words("main link", "主要作用")
RESTS = Words("path rests on way", "路径以方式为基础")
SUPPORT = Words("support", "支持")
ASSIST = Words("auxiliaries assist", "辅助作用")

# Millimeters. Columns: left edge and width.
FRAME = (5.0, 95.0)
FACTOR = (9.0, 26.5)
PANEL = (37.0, 61.0)
MECHANISM = (106.0, 23.0)
WAY = (138.0, 17.0)
PATH = (163.0, 15.0)
GAP = 1.6
HEAD = 5.0
STATEMENTS = Words("statements", "陈述条数")
BALANCE = Words("balance", "差额")


def draw_model(
    model: Model,
    evidence: pd.DataFrame,
    clusters: Mapping[str, str],
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw the model, 180 mm wide.

    Args:
        model: the GUM model, with four basic factors that each lead one way.
        evidence: the scores table; rows of layer `evidence`, unit_kind `factor` (see `factor_evidence`).
        clusters: cluster id to its label in `language`, in the order of the bars.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        table = factor_evidence(evidence, model.factors, list(clusters))
        frame = Frame(TITLE(language), tuple(n(language) for n in NOTES), source, language, grade)
        row = max(12.5, len(clusters) * line_mm(SMALL_PT) + 2.0)
        basic = _basic_in_order(model)
        rest = [f.id for f in model.factors.values() if f.get("kind") == "auxiliary"]
        first = HEAD + line_mm(SMALL_PT) + GAP
        top = first + row + 2 * GAP
        tops = {f: top + i * (row + GAP) for i, f in enumerate(basic)}
        below = top + len(basic) * (row + GAP) + 2.0
        tops |= {f: below + i * (row + GAP) for i, f in enumerate(rest)}
        bottom = below + len(rest) * (row + GAP) + 1.0
        sheet = Sheet(WIDTH_DOUBLE_MM, bottom + 5.0, frame)
        _draw_heads(sheet)
        _draw_governance(sheet, model, row, bottom)
        _draw_factors(sheet, model, tops, row)
        _draw_panels(sheet, table, clusters, {_glue(model).id: first, **tops}, row, bottom)
        _draw_mechanisms(sheet, model, tops, row)
        _draw_paths(sheet, model, tops, row)
        _draw_assist(sheet, rest, tops, row)
        _draw_keys(sheet, model, tops, rest)
        return sheet.finish()


def _basic_in_order(model: Model) -> list[str]:
    """Social capital stands before linkage, so that the ways of each path are neighbors."""
    order = [f.id for f in model.factors.values() if f.get("kind") == "basic"]
    carried = {
        w.get("main"): sum(w.id in p.get("rests_on") for p in list(model.paths.values())[:2])
        for w in model.ways.values()
    }
    return sorted(order, key=lambda f: (-carried.get(f, 0), order.index(f)))


def _glue(model: Model) -> Node:
    return next(f for f in model.factors.values() if f.get("kind") == "glue")


def _draw_heads(sheet: Sheet) -> None:
    for (left, width), words in zip((FRAME, MECHANISM, WAY, PATH), COLUMNS, strict=True):
        sheet.write(left + width / 2, 2.0, words(sheet.frame.language), bold=True, ha="center")


def _draw_governance(sheet: Sheet, model: Model, row: float, bottom: float) -> None:
    language = sheet.frame.language
    left, width = FRAME
    color = FACTOR_COLORS["governance"]
    _box(sheet, left, HEAD, width, bottom - HEAD, face=tint(color, 0.08), edge=color, line=1.2)
    lines = wrap(_glue(model).label(language), FACTOR[1] + 1, TEXT_PT, bold=True)
    y = HEAD + GAP + 1 + line_mm(TEXT_PT) / 2
    for text in lines:
        sheet.write(left + 2, y, text, bold=True)
        y += line_mm(TEXT_PT)
    sheet.write(
        left + 2, y, wrap_evenly(GLUE(language), FACTOR[1] + 2, SMALL_PT), size=SMALL_PT, color=GRAY, va="top"
    )
    base = HEAD + line_mm(SMALL_PT) + row + 2 * GAP
    sheet.line([left + 2, left + width - 2], [base, base], color=GRAY, linewidth=0.4)


def _draw_factors(sheet: Sheet, model: Model, tops: Mapping[str, float], row: float) -> None:
    language = sheet.frame.language
    for unit, top in tops.items():
        node = model.factors[unit]
        auxiliary = node.get("kind") == "auxiliary"
        color = FACTOR_COLORS.get(unit, GRAY)
        style = "--" if auxiliary else "-"
        _box(sheet, FACTOR[0], top, FACTOR[1], row, face=tint(color, 0.18), edge=color, style=style)
        lines = wrap_evenly(node.label(language), FACTOR[1] - 2, TEXT_PT, bold=True)
        middle = top + row / 2
        sheet.write(FACTOR[0] + FACTOR[1] / 2, middle - 1.2, lines, bold=True, ha="center")
        kind = (AUXILIARY if auxiliary else BASIC)(language)
        y = middle - 1.2 + len(lines) * line_mm(TEXT_PT) / 2 + 1.4
        sheet.write(FACTOR[0] + FACTOR[1] / 2, y, kind, size=SMALL_PT, color=GRAY, ha="center")
        # The bus at the left stands for all pairs that act on each other: fourteen arrows would hide the rest.
        _arrow(sheet, (FRAME[0] + 1.6, middle), (FACTOR[0], middle), color=GRAY, width=0.6, head=True)
    ends = [t + row / 2 for t in tops.values()]
    sheet.line([FRAME[0] + 1.6] * 2, [min(ends), max(ends)], color=GRAY, linewidth=0.6)


def _draw_panels(
    sheet: Sheet,
    table: pd.DataFrame,
    clusters: Mapping[str, str],
    tops: Mapping[str, float],
    row: float,
    bottom: float,
) -> None:
    """Draw the bars of all factors on one scale, so that lengths compare across panels."""
    left, width = PANEL
    names = max((text_width(c, SMALL_PT) for c in clusters.values()), default=0.0)
    names = min(names, 24.0)
    balance = max(text_width(t, SMALL_PT) for t in ("−0.00", BALANCE(sheet.frame.language))) + 1
    scale = bar_scale(table, left + names + 1.5, width - names - 2.5 - balance)
    zero = scale.zero
    pitch = min(row / max(len(clusters), 1), 4.0)
    bars = []
    for unit, top in tops.items():
        offset = top + (row - pitch * len(clusters)) / 2
        for i, (cluster, label) in enumerate(clusters.items()):
            y = offset + (i + 0.5) * pitch
            text = wrap(label, names + 0.2, SMALL_PT)[0]
            sheet.write(left + names, y, text, size=SMALL_PT, ha="right")
            bars.append((y, table.loc[(cluster, unit)]))
            value = table.loc[(cluster, unit), "balance"]
            shown = "–" if pd.isna(value) else _signed(value)
            sheet.write(left + width, y, shown, size=SMALL_PT, ha="right")
        sheet.line([zero, zero], [offset, offset + pitch * len(clusters)], color=INK, linewidth=0.5)
    y = HEAD + GAP + 0.6
    sheet.write(zero, y, STATEMENTS(sheet.frame.language), size=SMALL_PT, color=GRAY, ha="center")
    sheet.write(left + width, y, BALANCE(sheet.frame.language), size=SMALL_PT, color=GRAY, ha="right")
    draw_bars(sheet, bars, scale, pitch * 0.62)
    draw_scale(sheet, scale, bottom + 0.2)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−") if round(value, 2) else "0.00"


def _draw_mechanisms(sheet: Sheet, model: Model, tops: Mapping[str, float], row: float) -> None:
    language = sheet.frame.language
    middle = {f: t + row / 2 for f, t in tops.items()}
    end = MECHANISM[0] + MECHANISM[1]
    for mechanism in model.mechanisms.values():
        unit = mechanism.get("factor")
        color = FACTOR_COLORS.get(unit, GRAY)
        _node(sheet, MECHANISM, tops[unit], row, mechanism.label(language), color)
        _arrow(
            sheet, (FRAME[0] + FRAME[1], middle[unit]), (MECHANISM[0], middle[unit]), color=color, width=1.6
        )
        for way in model.ways.values():
            main = way.get("main") == unit
            _arrow(
                sheet,
                (end, middle[unit]),
                (WAY[0], middle[way.get("main")]),
                color=color if main else tint(color, 0.6),
                width=1.6 if main else 0.5,
                head=main,
            )
    for way in model.ways.values():
        _node(
            sheet,
            WAY,
            tops[way.get("main")],
            row,
            way.label(language),
            FACTOR_COLORS.get(way.get("main"), GRAY),
        )


def _draw_paths(sheet: Sheet, model: Model, tops: Mapping[str, float], row: float) -> None:
    rows = list(tops.values())
    mains = {w.id: w.get("main") for w in model.ways.values()}
    for i, path in enumerate(model.paths.values()):
        _node(sheet, PATH, rows[i], row, path.label(sheet.frame.language), INK)
        for way in path.get("rests_on"):
            color = FACTOR_COLORS.get(mains[way], GRAY)
            _arrow(
                sheet,
                (WAY[0] + WAY[1], tops[mains[way]] + row / 2),
                (PATH[0], rows[i] + row / 2),
                color=color,
                width=0.9,
                head=False,
            )


def _draw_assist(sheet: Sheet, rest: list[str], tops: Mapping[str, float], row: float) -> None:
    """One dashed line from the auxiliaries to the column of mechanisms."""
    if not rest:
        return
    x = MECHANISM[0] + MECHANISM[1] / 2
    ends = [tops[f] + row / 2 for f in rest]
    under = min(tops[f] for f in rest) - 2.0 - GAP
    for y in ends:
        sheet.line([FRAME[0] + FRAME[1], x], [y, y], color=GRAY, linewidth=0.8, linestyle=(0, (4, 2)))
    sheet.line([x, x], [max(ends), under + 2.0], color=GRAY, linewidth=0.8, linestyle=(0, (4, 2)))
    _arrow(sheet, (x, under + 2.2), (x, under), color=GRAY, width=0.8)


def _draw_keys(sheet: Sheet, model: Model, tops: Mapping[str, float], rest: list[str]) -> None:
    language = sheet.frame.language
    left, top = WAY[0] - 14.0, min((tops[f] for f in rest), default=max(tops.values())) + 3.0
    lines = [
        Key(MAIN(language), "line", {"color": INK, "linewidth": 1.6}),
        Key(RESTS(language), "line", {"color": INK, "linewidth": 0.9}),
        Key(SUPPORT(language), "line", {"color": GRAY, "linewidth": 0.5}),
        Key(ASSIST(language), "line", {"color": GRAY, "linewidth": 0.8, "linestyle": (0, (4, 2))}),
        Key(
            COUPLING(language),
            "line",
            {"color": GRAY, "linewidth": 0.6, "marker": ">", "markersize": 2.5, "markevery": [1]},
        ),
    ]
    width = sheet.width - left - 2.0
    used = sheet.legend(left, top, width, lines)
    sheet.legend(left, top + used, width, bar_keys(language))


def _node(sheet: Sheet, column: tuple[float, float], top: float, row: float, label: str, color: str) -> None:
    left, width = column
    _box(sheet, left, top, width, row, face=tint(color, 0.1), edge=color)
    sheet.write(left + width / 2, top + row / 2, _label_lines(label, width - 1.5), ha="center")


def _label_lines(label: str, width: float) -> list[str]:
    """Break a label; a Chinese one before the word that all of its column end with."""
    for tail in ("运行机制", "升级"):
        if label.endswith(tail) and text_width(label) > width >= text_width(label.removesuffix(tail)):
            return [label.removesuffix(tail), tail]
    return wrap_evenly(label, width)


def _box(
    sheet: Sheet,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    face: tuple[float, float, float] | str,
    edge: str = PALE,
    line: float = 0.8,
    style: str = "-",
) -> None:
    sheet.add(
        FancyBboxPatch(
            (left + 1, top + 1),
            width - 2,
            height - 2,
            boxstyle="round,pad=1,rounding_size=1",
            facecolor=face,
            edgecolor=edge,
            linewidth=line,
            linestyle=style,
        )
    )


def _arrow(
    sheet: Sheet,
    start: Point,
    end: Point,
    *,
    color: str | tuple[float, float, float],
    width: float,
    head: bool = True,
) -> None:
    curve = bent(start, end, 0.0)
    length = (2.0 + 1.5 * width) / POINTS_PER_MM if head else 0.0
    # The line ends inside the head, whose tip it would blunt.
    way = cut(curve, 0.0, 0.18 + 0.7 * length)
    sheet.line(
        [way.start[0], way.end[0]],
        [way.start[1], way.end[1]],
        color=color,
        linewidth=width,
        solid_capstyle="butt",
    )
    if head:
        corners = arrow_head(curve, 0.18, length, at_end=True)
        sheet.add(PathPatch(polygons_path([corners]), color=color, linewidth=0))
