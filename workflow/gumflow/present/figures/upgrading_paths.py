"""From the mechanisms to the ways of upgrading and on to its outward paths, with estimates or evidence (the book's figure 2-9)."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from gumflow.contract.model import Model, Node
from gumflow.present.figures.boxes import (
    Box,
    Findings,
    draw_arrow,
    draw_box,
    draw_estimate,
    estimate_keys,
    evidence_line,
    shown,
    write_in,
)
from gumflow.present.figures.panels import FINE_PT
from gumflow.present.sheet import Frame, Sheet, legend_height, line_mm
from gumflow.present.style import FACTOR_COLORS, GRAY, INK, TEXT_PT, WIDTH_DOUBLE_MM, styled
from gumflow.present.wording import Words

TITLE = Words("Paths of upgrading: {}", "升级的动态演进路径：{}")
STRUCTURE = Words(
    "Structure after figure 2-9 of the book: mechanisms, the ways that they lead to, the paths that rest on these. Arrows from mechanisms to ways belong to the model. "
    "The technical, innovative and social ways go by the technology chain, the social and linkage ways by the value chain.",
    "结构据本书图2-9：运行机制、升级实现方式及以其为基础的升级路径的外在表现。机制至方式的箭头属于模型设定。技术能力、创新能力与社会资本升级由技术链驱动，社会资本与外向关联升级由价值链驱动。",
)
ESTIMATES = Words(
    "Arrows to paths and the numbers in their boxes: standardized coefficients of the upgrading that firms report on their scores for the mechanisms, one for each way, in brackets 95 % bootstrap intervals; "
    "R²: share of variance explained. They describe firms at one time and prove no cause.",
    "至路径的箭头及框内数字：企业所报告的升级对各方式所属机制得分回归的标准化系数，括号内为95%自助区间；R²为解释的方差比例。结果描述同一时点的企业，不证明因果。",
)
EVIDENCE = Words(
    "In the boxes: balance of helping against hindering and lacking statements (−1 to 1), in brackets the range over coders, and numbers of statements. Arrows were not estimated, and "
    "statements do not say how far a cluster has come on a path.",
    "框内：有利与不利（含缺乏）陈述的平衡度（−1至1），括号内为编码者范围，并列陈述条数。箭头未作估计，陈述条数不说明集群在路径上走了多远。",
)
HEADS = (
    Words("Mechanisms", "运行机制"),
    Words("Ways", "升级实现方式"),
    Words("Outward paths", "升级路径的外在表现"),
)
STAGES = {
    "process": Words("making", "生产制造环节"),
    "product": Words("making", "生产制造环节"),
    "functional": Words("development, brand, sales", "研发、品牌与销售"),
    "chain": Words("another chain", "另一链条"),
}

_TOP, _ROW, _GAP = 5.0, 22.5, 3.0
_MECHANISM, _WAY, _PATH = (3.0, 38.0), (51.0, 38.0), (118.0, 59.0)


def draw_upgrading_paths(
    model: Model,
    scores: pd.DataFrame,
    evidence: pd.DataFrame,
    cluster_label: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure | None:
    """Draw mechanisms, ways and paths of one cluster, 180 mm wide; with evidence where no coefficient could be estimated.

    Args:
        model: the GUM model; a path rests on ways, a way has a mechanism.
        scores: rows of the mechanisms of one cluster and wave (unit_kind path).
        evidence: rows of the coded evidence on the same cluster and wave (unit_kind mechanism, way, path).
        cluster_label: the cluster's name in `language`.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.

    Returns None where there is neither a coefficient nor a statement.
    """
    found, said = Findings(scores), Findings(evidence)
    measured = found.any_of("upgrading_coefficient")
    spoken = any(said.estimate("path", p, "evidence_balance").known for p in model.paths)
    if not measured and not spoken:
        return None
    with styled(font):
        notes = (STRUCTURE(language), (ESTIMATES if measured else EVIDENCE)(language))
        keys = estimate_keys(language) if measured else []
        tall = _TOP + 4 * (_ROW + _GAP)
        frame = Frame(TITLE(language).format(cluster_label), notes, source, language, grade)
        sheet = Sheet(WIDTH_DOUBLE_MM, tall + 1.0 + legend_height(keys, WIDTH_DOUBLE_MM - 6), frame)
        for (left, width), words in zip((_MECHANISM, _WAY, _PATH), HEADS, strict=True):
            sheet.write(left + width / 2, 2.0, words(language), bold=True, ha="center")
        ways = _draw_ways(sheet, model, None if measured else said)
        if measured:
            _draw_estimated(sheet, model, ways, found)
        else:
            _draw_told(sheet, model, ways, said)
        sheet.legend(3.0, tall - 0.5, WIDTH_DOUBLE_MM - 6, keys)
        return sheet.finish()


def _rows(width: tuple[float, float], place: int) -> Box:
    return Box(width[0], _TOP + place * (_ROW + _GAP), width[1], _ROW)


def _draw_ways(sheet: Sheet, model: Model, said: Findings | None) -> dict[str, Box]:
    """Draw mechanisms and their ways in the order of the mechanisms; return the box of each way."""
    language = sheet.frame.language
    boxes = {}
    for place, mechanism in enumerate(model.mechanisms.values()):
        way, color = model.ways[mechanism.get("way")], FACTOR_COLORS.get(mechanism.get("factor"), GRAY)
        for column, node, strength in ((_MECHANISM, mechanism, 0.16), (_WAY, way, 0.08)):
            box = _rows(column, place)
            draw_box(sheet, box, color, strength=strength)
            kind = "way" if node is way else "mechanism"
            write_in(sheet, box, node.label(language), _evidence(said, kind, node, language))
        boxes[way.id] = _rows(_WAY, place)
        draw_arrow(
            sheet,
            _rows(_MECHANISM, place).side("right"),
            boxes[way.id].side("left"),
            color=color,
            width=1.4,
        )
    return boxes


def _evidence(said: Findings | None, kind: str, node: Node, language: str) -> list[str]:
    return [] if said is None else evidence_line(said, kind, node.id, language)


def _ends(model: Model, path: Node, box: Box, ways: Mapping[str, Box]) -> list[tuple[str, Box, float]]:
    """Return (way, its box, where its arrow reaches the path's box) in the order in which the ways stand."""
    resting = [w for w in ways if w in path.get("rests_on")]
    return [(w, ways[w], box.top + box.height * (i + 1) / (len(resting) + 1)) for i, w in enumerate(resting)]


def _leaving(model: Model, way: str, place: int) -> float:
    """Return where the arrow to a path leaves its way, as a share of the height."""
    paths = [i for i, p in enumerate(model.paths.values()) if way in p.get("rests_on")]
    return (paths.index(place) + 1) / (len(paths) + 1)


def _draw_estimated(sheet: Sheet, model: Model, ways: Mapping[str, Box], found: Findings) -> None:
    language = sheet.frame.language
    by_way = {m.get("way"): m for m in model.mechanisms.values()}
    for place, path in enumerate(model.paths.values()):
        box = _rows(_PATH, place)
        for way, start, y in _ends(model, path, box, ways):
            estimate = found.estimate("path", path.id, "upgrading_coefficient", way)
            leaves = start.side("right", _leaving(model, way, place))
            draw_estimate(sheet, leaves, (box.left, y), estimate)
    for place, path in enumerate(model.paths.values()):
        box = _rows(_PATH, place)
        draw_box(sheet, box, INK, strength=0.04)
        explained = found.estimate("path", path.id, "upgrading_r_squared")
        head = path.label(language)
        sheet.write(box.left + 2.0, box.top + 2.8, head, bold=True)
        if explained.known:
            text = f"R² {shown(explained, language, digits=2)}"
            sheet.write(box.left + box.width - 2.0, box.top + 2.8, text, size=FINE_PT, color=GRAY, ha="right")
        pitch, y = line_mm(FINE_PT) + 0.6, box.top + 2.8 + line_mm(TEXT_PT) + 0.6
        for way, _, _ in _ends(model, path, box, ways):
            estimate = found.estimate("path", path.id, "upgrading_coefficient", way)
            color = INK if estimate.told else GRAY
            sheet.write(box.left + 2.0, y, by_way[way].label(language), size=FINE_PT, color=color)
            sheet.write(
                box.left + box.width - 2.0,
                y,
                shown(estimate, language, digits=2),
                size=FINE_PT,
                color=color,
                ha="right",
            )
            y += pitch
        if explained.known and explained.n == explained.n:
            x, bottom = box.left + box.width - 2.0, box.top + box.height - 2.4
            sheet.write(x, bottom, f"n = {explained.n:.0f}", size=FINE_PT, color=GRAY, ha="right")
        stage = STAGES[path.id](language)
        sheet.write(box.left + 2.0, box.top + box.height - 2.4, stage, size=FINE_PT, color=GRAY)


def _draw_told(sheet: Sheet, model: Model, ways: Mapping[str, Box], said: Findings) -> None:
    language = sheet.frame.language
    for place, path in enumerate(model.paths.values()):
        box = _rows(_PATH, place)
        for way, start, y in _ends(model, path, box, ways):
            leaves = start.side("right", _leaving(model, way, place))
            draw_arrow(sheet, leaves, (box.left, y), color=GRAY, width=0.7)
    for place, path in enumerate(model.paths.values()):
        box = _rows(_PATH, place)
        draw_box(sheet, box, INK, strength=0.04)
        lines = [STAGES[path.id](language), *_evidence(said, "path", path, language)]
        write_in(sheet, box, path.label(language), lines)
