"""Profiles of clusters on the seven factors of the model (the book's 2.2), one panel per cluster on the same axes."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import Model
from gumflow.present.evidence import factor_evidence
from gumflow.present.figures.evidence_bars import (
    READING,
    BarScale,
    bar_keys,
    bar_scale,
    draw_bars,
    draw_scale,
)
from gumflow.present.sheet import Frame, Key, Sheet, legend_height, text_width, wrap, wrap_evenly
from gumflow.present.style import (
    FACTOR_COLORS,
    GRAY,
    INK,
    PALE,
    SMALL_PT,
    TEXT_PT,
    WIDTH_DOUBLE_MM,
    WIDTH_SINGLE_MM,
    styled,
)
from gumflow.present.wording import Words

TITLE = Words("What the sources say of the seven factors, cluster by cluster", "各集群七要素的陈述证据")
NOTES = (
    READING,
    Words(
        "Dot: balance of helping against hindering statements, lacking ones among these, weighted by strength; line: range between the "
        "coders. The clusters are not ranked: texts differ in length and aim, and a factor that is not spoken of is not weak.",
        "圆点：有利与不利（含缺乏）陈述按强度加权的差额；线段：编码者之间的范围。不对集群排名：各文本的篇幅和重点不同，"
        "未被提到的要素不等于薄弱。",
    ),
)
STATEMENTS = Words("statements", "陈述条数")
BALANCE = Words("balance", "差额")
NONE = Words("none", "无")
MATRIX_TITLE = Words("Statements by construct and cluster", "各构念的陈述条数")
MATRIX_NOTE = Words(
    "Number of statements of all states (achieved, partial, lacking, recommended); empty: none was coded.",
    "各状态（已有、部分、缺乏、建议）陈述条数之和；空白：没有编码到。",
)

ROW_MM = 5.2

# Left edge, top edge, width (mm).
Panel = tuple[float, float, float]


def draw_profiles(
    evidence: pd.DataFrame,
    model: Model,
    clusters: Mapping[str, str],
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw the clusters' profiles, two panels to a row (180 mm; one cluster alone 88 mm).

    Args:
        evidence: the scores table; rows of layer `evidence`, unit_kind `factor` (see `factor_evidence`).
        model: the GUM model, whose factors are the rows.
        clusters: cluster id to its label in `language`, in the order of the panels.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        if not clusters:
            raise GumflowError("Profiles need at least one cluster; give its id and label.")
        table = factor_evidence(evidence, model.factors, list(clusters))
        frame = Frame(TITLE(language), tuple(n(language) for n in NOTES), source, language, grade)
        columns = min(2, len(clusters))
        width = WIDTH_DOUBLE_MM if columns == 2 else WIDTH_SINGLE_MM
        dot = {"color": GRAY, "linewidth": 1.4, "marker": "o", "markersize": 3.6, "markevery": [0]}
        keys = [*bar_keys(language), Key(BALANCE(language), "line", dot)]
        tall = len(model.factors) * ROW_MM
        pitch = 5.5 + tall + 9.0
        rows = -(-len(clusters) // columns)
        sheet = Sheet(width, rows * pitch + legend_height(keys, width - 4), frame)
        longest = max(text_width(f.label(language)) for f in model.factors.values())
        label = min(longest + 3.5, 46.0 if columns == 2 else 28.0)
        room = (width - 4 - label - 5.0 * (columns - 1)) / columns
        for i, (cluster, name) in enumerate(clusters.items()):
            row, column = divmod(i, columns)
            left, top = 2 + label + column * (room + 5.0), row * pitch
            sheet.write(left, top + 2.4, name, bold=True)
            counts = (left, top + 5.5, room * 0.64)
            _draw_counts(sheet, table.loc[cluster], bar_scale(table, left, room * 0.64), counts)
            _draw_balance(sheet, table.loc[cluster], (left + room * 0.68, top + 5.5, room * 0.32 - 2.0))
            if column == 0:
                _draw_labels(sheet, model, 2 + label - 1.5, top + 5.5, label - 3)
        sheet.legend(2.0, rows * pitch, width - 4, keys)
        return sheet.finish()


def _draw_labels(sheet: Sheet, model: Model, right: float, top: float, width: float) -> None:
    for i, factor in enumerate(model.factors.values()):
        name = factor.label(sheet.frame.language)
        size = TEXT_PT if text_width(name, TEXT_PT) <= width else SMALL_PT
        sheet.write(right, top + (i + 0.5) * ROW_MM, wrap_evenly(name, width, size), size=size, ha="right")


def _draw_panel(sheet: Sheet, n: int, zero: float, panel: Panel, heading: str) -> None:
    """Draw what both panels have: lines between the rows, the axis below, the line at zero and the heading."""
    left, top, width = panel
    bottom = top + n * ROW_MM
    for i in range(1, n):
        sheet.line([left, left + width], [top + i * ROW_MM] * 2, color=PALE, linewidth=0.3)
    sheet.line([left, left + width], [bottom] * 2, color=GRAY, linewidth=0.5)
    sheet.line([zero, zero], [top, bottom], color=INK, linewidth=0.6, zorder=2.5)
    sheet.write(left + width / 2, bottom + 4.6, heading, size=SMALL_PT, ha="center")


def _draw_counts(sheet: Sheet, counts: pd.DataFrame, scale: BarScale, panel: Panel) -> None:
    _draw_panel(sheet, len(counts), scale.zero, panel, STATEMENTS(sheet.frame.language))
    rows = [(panel[1] + (i + 0.5) * ROW_MM, row) for i, (_, row) in enumerate(counts.iterrows())]
    draw_bars(sheet, rows, scale, 0.6 * ROW_MM)
    draw_scale(sheet, scale, panel[1] + len(counts) * ROW_MM)


def _draw_balance(sheet: Sheet, counts: pd.DataFrame, panel: Panel) -> None:
    left, top, width = panel
    middle, half = left + width / 2, width / 2 / 1.05
    _draw_panel(sheet, len(counts), middle, panel, BALANCE(sheet.frame.language))
    bottom = top + len(counts) * ROW_MM
    for value, text in ((-1, "−1"), (0, "0"), (1, "+1")):
        x = middle + value * half
        sheet.line([x, x], [bottom, bottom + 0.8], color=GRAY, linewidth=0.5)
        sheet.write(x, bottom + 2.2, text, size=SMALL_PT, color=GRAY, ha="center")
    for i, (factor, row) in enumerate(counts.iterrows()):
        y = top + (i + 0.5) * ROW_MM
        color = FACTOR_COLORS.get(str(factor), GRAY)
        if pd.isna(row["balance"]):
            sheet.write(middle + 0.8, y, NONE(sheet.frame.language), size=SMALL_PT, color=GRAY)
            continue
        if pd.notna(row["low"]) and pd.notna(row["high"]):
            ends = [middle + row["low"] * half, middle + row["high"] * half]
            sheet.line(ends, [y, y], color=color, linewidth=1.4, solid_capstyle="butt", zorder=3)
        dot = {"marker": "o", "markersize": 3.6, "markeredgecolor": "white", "markeredgewidth": 0.3}
        sheet.line([middle + row["balance"] * half], [y], color=color, zorder=3, **dot)


def draw_construct_matrix(
    statements: pd.DataFrame,
    model: Model,
    clusters: Mapping[str, str],
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw the numbers of statements by construct (rows, in the model's order) and cluster (columns) as a heat map.

    Args:
        statements: the table statements with the columns cluster, construct, coder; the agreed coding counts, or all rows
            where there is no coder `agreed`.
        model: the GUM model.
        clusters: cluster id to its label in `language`.
        language: `en` or `zh`.
        grade: where the statements come from.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    import seaborn as sns

    with styled(font):
        rows = statements
        if "coder" in rows.columns and (rows["coder"] == "agreed").any():
            rows = rows[rows["coder"] == "agreed"]
        counts = pd.crosstab(rows["construct"], rows["cluster"]).reindex(
            index=list(model.constructs), columns=list(clusters), fill_value=0
        )
        frame = Frame(MATRIX_TITLE(language), (MATRIX_NOTE(language),), source, language, grade)
        names = [c.label(language) for c in model.constructs.values()]
        label = max(text_width(n, TEXT_PT) for n in names) + 3.0
        width = WIDTH_SINGLE_MM if label + 9.0 * len(clusters) <= WIDTH_SINGLE_MM - 4 else WIDTH_DOUBLE_MM
        cell = min((width - 4 - label) / max(len(clusters), 1), 24.0)
        heads = [wrap(c, cell - 1, SMALL_PT) for c in clusters.values()]
        head = max((len(h) for h in heads), default=1) * 2.6 + 2.0
        sheet = Sheet(width, head + 3.6 * len(names), frame)
        axes = sheet.axes(2 + label, head, cell * len(clusters), 3.6 * len(names))
        shown = counts.to_numpy()
        sns.heatmap(
            shown, ax=axes, cmap=sns.light_palette("#1F5F8B", as_cmap=True), cbar=False, annot=True, fmt="d", mask=shown == 0, vmin=0,
            annot_kws={"fontsize": SMALL_PT}, linewidths=0.4, linecolor="white", xticklabels=False, yticklabels=False,
        )  # fmt: skip
        for i, name in enumerate(names):
            sheet.write(label, head + (i + 0.5) * 3.6, name, ha="right")
        for j, lines in enumerate(heads):
            sheet.write(
                2 + label + (j + 0.5) * cell, head - 0.8, lines, size=SMALL_PT, ha="center", va="bottom"
            )
        return sheet.finish()
