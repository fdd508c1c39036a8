"""The value chain in four stages with its barriers to entry, its driver and its governance (the book's 4.1.2, table 4-2)."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from gumflow.contract.errors import GumflowError
from gumflow.present.sheet import Frame, Key, Sheet, legend_height, line_mm, wrap
from gumflow.present.style import (
    BLUE,
    GRAY,
    INK,
    LEVEL_COLORS,
    PALE,
    SMALL_PT,
    TEXT_PT,
    WIDTH_DOUBLE_MM,
    styled,
    tint,
)
from gumflow.present.wording import ASPECTS, DRIVERS, GOVERNANCE_TYPES, LEVELS, NOT_STATED, STAGES, Words

TITLE = Words(
    "Stages of the value chain, barriers to entry and who drives the chain", "价值链环节、进入壁垒与链条治理"
)
NOTES = (
    Words(
        'Barriers and governance as the source states them; hatched or "not stated": the source does not say, which does not mean '
        "that there is no barrier.",
        "壁垒与治理类型均据资料所述；斜线或“未说明”指资料没有说明，不表示没有壁垒。",
    ),
)
STAR_NOTE = Words(
    "* With a remark in the chain table (a type that is not named, or statements that differ).",
    "* 链条表中另有备注（如未点明类型，或前后说法不一）。",
)
BARRIERS = Words("Barriers to entry", "进入壁垒")
BARRIERS_OF = Words("Barriers to entry, as told in the case of {}", "进入壁垒（见于{}案例的论述）")
CLUSTER = Words("Cluster", "集群")
DRIVER = Words("Driver of the chain", "链条驱动者")
GOVERNANCE = Words("Governance of the chain", "价值链治理类型")
STATED = Words("see above", "见上图")

LEFT_MM = 28.0
CELL_MM = 6.0
TABLE_ROW_MM = 5.0


def draw_chain(
    chain: pd.DataFrame,
    cluster_labels: Mapping[str, str],
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw the chain, a grid of barriers for each cluster that has any, and a table of drivers and governance, 180 mm wide.

    Args:
        chain: the chain table (cluster, item, stage, aspect, category): item `barrier` with stage, aspect and a category
            low, medium or high; item `driver`; item `governance_type`.
        cluster_labels: cluster id to its label in `language`, in the order of the rows.
        language: `en` or `zh`.
        grade: where the rows come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        rows = chain[chain["cluster"].isin(list(cluster_labels))]
        grids = _grids(rows, cluster_labels)
        keys = _keys(language)
        used = legend_height(keys, WIDTH_DOUBLE_MM - 4) if grids else 0.0
        grid_mm = line_mm(TEXT_PT) + 1.5 + len(ASPECTS) * CELL_MM + 2.5
        table_mm = (len(cluster_labels) + 1) * TABLE_ROW_MM + 1.0
        starred = "remark" in rows and (rows.loc[rows["item"] != "barrier", "remark"].fillna("") != "").any()
        notes = (*NOTES, STAR_NOTE) if starred else NOTES
        frame = Frame(TITLE(language), tuple(n(language) for n in notes), source, language, grade)
        sheet = Sheet(WIDTH_DOUBLE_MM, 14.0 + len(grids) * grid_mm + used + table_mm + 3.0, frame)
        _draw_stages(sheet)
        y = 14.0
        for cluster, cells in grids.items():
            _draw_grid(sheet, cluster_labels[cluster], cells, y)
            y += grid_mm
        if grids:
            sheet.legend(LEFT_MM, y - 1.0, WIDTH_DOUBLE_MM - LEFT_MM - 2, keys)
        _draw_table(sheet, rows, cluster_labels, set(grids), y + used + 2.0)
        return sheet.finish()


def _grids(rows: pd.DataFrame, labels: Mapping[str, str]) -> dict[str, dict[tuple[str, str], str]]:
    barriers = rows[rows["item"] == "barrier"]
    for column, allowed in (("stage", STAGES), ("aspect", ASPECTS), ("category", LEVELS)):
        wrong = sorted(set(barriers[column].dropna()) - allowed.keys() - {""})
        if wrong:
            raise GumflowError(
                f"chain: a barrier has the {column} {wrong[0]!r}; allowed: {', '.join(allowed)}"
            )
    grids: dict[str, dict[tuple[str, str], str]] = {}
    for cluster in labels:
        part = barriers[(barriers["cluster"] == cluster) & barriers["category"].isin(list(LEVELS))]
        cells = {(str(r.stage), str(r.aspect)): str(r.category) for r in part.itertuples()}
        if cells:
            grids[cluster] = cells
    return grids


def _columns() -> list[tuple[float, float]]:
    width = (WIDTH_DOUBLE_MM - LEFT_MM - 4.0) / len(STAGES)
    return [(LEFT_MM + i * width, width) for i in range(len(STAGES))]


def _draw_stages(sheet: Sheet) -> None:
    top, tall, nose = 1.0, 9.0, 4.0
    for i, ((left, width), words) in enumerate(zip(_columns(), STAGES.values(), strict=True)):
        right = left + width - 1.2
        notch = [(left + nose, top + tall / 2)] if i else []
        corners = [
            (left, top),
            (right, top),
            (right + nose, top + tall / 2),
            (right, top + tall),
            (left, top + tall),
            *notch,
        ]
        if i == len(STAGES) - 1:
            corners = [(left, top), (right, top), (right, top + tall), (left, top + tall), *notch]
        sheet.add(Polygon(corners, closed=True, facecolor=tint(BLUE, 0.15), edgecolor=BLUE, linewidth=0.8))
        sheet.write(left + width / 2 + 1, top + tall / 2, words(sheet.frame.language), bold=True, ha="center")


def _draw_grid(sheet: Sheet, label: str, cells: Mapping[tuple[str, str], str], top: float) -> None:
    language = sheet.frame.language
    sheet.write(2.0, top + line_mm(TEXT_PT) / 2, BARRIERS_OF(language).format(label), bold=True)
    y = top + line_mm(TEXT_PT) + 1.5
    for aspect, words in ASPECTS.items():
        sheet.write(LEFT_MM - 2, y + CELL_MM / 2, words(language), ha="right")
        for stage, (left, width) in zip(STAGES, _columns(), strict=True):
            level = cells.get((stage, aspect))
            style = _cell(level)
            sheet.add(Rectangle((left + 0.4, y + 0.4), width - 2.0, CELL_MM - 0.8, **style))  # type: ignore[arg-type]
            if level:
                color = "white" if level == "high" else INK
                sheet.write(
                    left + width / 2 - 0.6, y + CELL_MM / 2, LEVELS[level](language), color=color, ha="center"
                )
        y += CELL_MM


def _cell(level: str | None) -> dict[str, object]:
    if level is None:
        return {"facecolor": "white", "edgecolor": PALE, "hatch": "/////", "linewidth": 0.5}
    return {"facecolor": LEVEL_COLORS[level], "edgecolor": "none"}


def _keys(language: str) -> list[Key]:
    levels = [Key(words(language), "patch", _cell(level)) for level, words in LEVELS.items()]
    return [*levels, Key(NOT_STATED(language), "patch", _cell(None))]


def _draw_table(
    sheet: Sheet, rows: pd.DataFrame, labels: Mapping[str, str], shown: set[str], top: float
) -> None:
    language = sheet.frame.language
    lefts = (2.0, 52.0, 96.0, 144.0)
    heads = (CLUSTER, DRIVER, GOVERNANCE, BARRIERS)
    for left, head in zip(lefts, heads, strict=True):
        sheet.write(left, top + TABLE_ROW_MM / 2, head(language), bold=True)
    sheet.line([2.0, sheet.width - 2.0], [top + TABLE_ROW_MM] * 2, color=INK, linewidth=0.6)
    for i, (cluster, label) in enumerate(labels.items()):
        y = top + (i + 1.5) * TABLE_ROW_MM
        cells = (
            wrap(label, lefts[1] - lefts[0] - 2)[0],
            _stated(rows, cluster, "driver", DRIVERS, language),
            _stated(rows, cluster, "governance_type", GOVERNANCE_TYPES, language),
            (STATED if cluster in shown else NOT_STATED)(language),
        )
        for j, (left, text) in enumerate(zip(lefts, cells, strict=True)):
            missing = text == NOT_STATED(language)
            sheet.write(
                left, y, text, color=GRAY if missing else INK, size=SMALL_PT if missing and j else TEXT_PT
            )
        sheet.line([2.0, sheet.width - 2.0], [y + TABLE_ROW_MM / 2] * 2, color=PALE, linewidth=0.4)


def _stated(rows: pd.DataFrame, cluster: str, item: str, words: Mapping[str, Words], language: str) -> str:
    """Return what is stated of the item, starred where the coders left a remark; or `not stated`."""
    found = rows[(rows["cluster"] == cluster) & (rows["item"] == item) & rows["category"].notna()]
    remarks = found["remark"].fillna("") if "remark" in found.columns else pd.Series("", index=found.index)
    names: dict[str, None] = {}
    for category, remark in zip(found["category"].astype(str), remarks.astype(str), strict=True):
        if category:
            name = words[category](language) if category in words else category
            names[name + ("*" if remark.strip() else "")] = None
    return ("、" if language == "zh" else ", ").join(names) or NOT_STATED(language)
