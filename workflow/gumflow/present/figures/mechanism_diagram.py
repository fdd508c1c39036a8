"""The four mechanisms of upgrading with their scores and evidence, and the way that each leads to (the book's figure 2-4)."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from gumflow.contract.model import Model, Node
from gumflow.present.figures.boxes import (
    NONE,
    Box,
    Findings,
    draw_arrow,
    draw_box,
    draw_estimate,
    estimate_keys,
    evidence_line,
    label,
    shown,
    write_in,
)
from gumflow.present.figures.panels import FINE_PT
from gumflow.present.sheet import Frame, Sheet, legend_height, text_width, wrap_evenly
from gumflow.present.style import FACTOR_COLORS, GRAY, INK, SMALL_PT, WIDTH_DOUBLE_MM, styled
from gumflow.present.wording import Words

TITLE = Words("Mechanisms of upgrading: {}", "升级实现方式的运行机制：{}")
STRUCTURE = Words(
    "Structure after figure 2-4 of the book: four mechanisms, each with its way, act alone and together, any two on one another, not neighbors alone; governance acts on every one.",
    "结构据本书图2-4：四个分运行机制各自对应一种升级实现方式，既单独作用又两两相互作用（不限于相邻者），集群治理作用于各机制。",
)
SCORES = Words(
    "Scores: mean over the firms in standard deviations, in brackets the 95 % interval; 0 is the mean of all waves of the cluster, so scores compare its waves, not clusters. Arrows to ways: rank "
    "correlation over firms of the score with the upgrading reported, which is no effect. A dash: not scored; where one wave alone has a part, its mean is 0 by construction and is not shown.",
    "得分为企业均值（以标准差计），括号内为95%区间；0为该集群各期的均值，故只用于比较各期，不用于比较集群。至升级方式的箭头：企业得分与其所报告升级的秩相关，并非因果效应。横线表示没有得分；仅有一期取值的部分，其均值按定义为0，故不列出。",
)
EVIDENCE = Words(
    "Balance of helping against hindering and lacking statements, weighted by strength (−1 to 1), in brackets the range over coders, and numbers of statements: they say "
    "what is told, not how strong a mechanism is.",
    "平衡度为有利与不利（含缺乏）陈述按强度加权之差（−1至1），括号内为编码者范围，并列陈述条数：反映资料说了什么，不说明机制强弱。",
)
DASHES = Words(
    "A dash: no statement. Gray arrows belong to the model and were not estimated.",
    "横线表示没有陈述。灰色箭头属于模型设定，未作估计。",
)
SCORED = Words("Parts (score)", "组成部分（得分）")
WEIGHED = Words("Parts (balance)", "组成部分（平衡度）")
HEADS = (
    Words("Mechanisms", "分运行机制"),
    Words("Ways of upgrading", "升级实现方式"),
)
SCORE = Words("score {}", "得分 {}")
GLUE = Words("{} acts on every mechanism", "{}作用于各分运行机制")
GOAL = Words("Upgrading of the cluster", "集群升级")

_TOP, _ROW, _GAP = 12.0, 21.0, 4.0
_PARTS, _MECHANISM, _WAY, _GOAL = (3.0, 53.0), (61.0, 38.0), (124.0, 36.0), (163.5, 14.5)


def draw_mechanisms(
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
    """Draw the mechanisms of one cluster with scores, evidence and their ways, 180 mm wide.

    Args:
        model: the GUM model; every mechanism has a way.
        scores: rows of the mechanisms of one cluster and wave (unit_kind mechanism).
        evidence: rows of the coded evidence on the same cluster and wave (unit_kind mechanism, part, way).
        cluster_label: the cluster's name in `language`.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.

    Returns None where there is neither a score nor a statement.
    """
    found, said = Findings(scores), Findings(evidence)
    measured = found.any_of("mechanism_score")
    spoken = any(said.estimate("mechanism", m, "evidence_balance").known for m in model.mechanisms)
    if not measured and not spoken:
        return None
    with styled(font):
        notes = [STRUCTURE(language)]
        notes += [SCORES(language)] * measured + [EVIDENCE(language)] * spoken
        notes += [DASHES(language)] * (not measured)
        keys = estimate_keys(language) if measured else []
        tall = _TOP + len(model.mechanisms) * (_ROW + _GAP)
        frame = Frame(TITLE(language).format(cluster_label), tuple(notes), source, language, grade)
        sheet = Sheet(WIDTH_DOUBLE_MM, tall + 3.0 + legend_height(keys, WIDTH_DOUBLE_MM - 6), frame)
        _draw_frame(sheet, model, tall, SCORED if measured else WEIGHED)
        for i, mechanism in enumerate(model.mechanisms.values()):
            top = _TOP + i * (_ROW + _GAP)
            given = (found if measured else None, said if spoken else None)
            _draw_parts(sheet, model, mechanism, *given, top)
            _draw_mechanism(sheet, model, mechanism, *given, top)
        sheet.legend(3.0, tall + 1.5, WIDTH_DOUBLE_MM - 6, keys)
        return sheet.finish()


def _draw_frame(sheet: Sheet, model: Model, tall: float, parts: Words) -> None:
    """Draw governance around parts and mechanisms, the heads of the columns, the goal, and that mechanisms act together."""
    language = sheet.frame.language
    for (left, width), words in zip((_PARTS, _MECHANISM, _WAY), (parts, *HEADS), strict=True):
        sheet.write(left + width / 2, 2.0, words(language), bold=True, ha="center")
    glue = next(f for f in model.factors.values() if f.get("kind") == "glue")
    left, right = _PARTS[0] - 1.5, _MECHANISM[0] + _MECHANISM[1] + 4.0
    draw_box(sheet, Box(left, 4.6, right - left, tall - 6.6), FACTOR_COLORS[glue.id], strength=0.06)
    name = GLUE(language).format(glue.label(language))
    sheet.write((left + right) / 2, 8.2, name, bold=True, color=GRAY, ha="center")
    goal = Box(_GOAL[0], _TOP, _GOAL[1], tall - _TOP - _GAP)
    draw_box(sheet, goal, INK, strength=0.05)
    lines = list(GOAL.zh) if language == "zh" else wrap_evenly(GOAL.en, goal.width - 1, SMALL_PT, bold=True)
    sheet.write(*goal.middle, lines, size=SMALL_PT, bold=True, ha="center")
    x = _MECHANISM[0] + _MECHANISM[1] / 2
    for i in range(len(model.mechanisms) - 1):
        y = _TOP + (i + 1) * (_ROW + _GAP)
        draw_arrow(sheet, (x, y - _GAP), (x, y), color=GRAY, width=0.8, both=True)


def _draw_parts(
    sheet: Sheet, model: Model, mechanism: Node, found: Findings | None, said: Findings | None, top: float
) -> None:
    """Write the parts of a mechanism with the score of each or, where there are no scores, the balance of the statements on it."""
    language = sheet.frame.language
    left, width = _PARTS
    draw_box(sheet, Box(left, top, width, _ROW), _color(mechanism), strength=0.04, line=0.5)
    parts = mechanism.get("parts")
    measure = "mechanism_score" if found is not None else "evidence_balance"
    source = found if found is not None else said
    rows = []
    for part in parts:
        unit = f"{mechanism.id}.{part}"
        estimate = source.estimate("part", unit, measure) if source is not None else NONE
        text = shown(estimate, language, digits=2) if estimate.known else "–"
        room = width - 6.0 - text_width(text, FINE_PT)
        rows.append((wrap_evenly(model.parts[part].label(language), room, FINE_PT), text))
    lines = sum(len(name) for name, _ in rows)
    pitch = min(4.0, (_ROW - 2.0) / lines)
    y = top + (_ROW - pitch * lines) / 2 + pitch / 2
    for name, text in rows:
        middle = y + pitch * (len(name) - 1) / 2
        for line in name:
            sheet.write(left + 2.0, y, line, size=FINE_PT)
            y += pitch
        sheet.write(left + width - 2.0, middle, text, size=FINE_PT, ha="right", color=GRAY)
    draw_arrow(
        sheet,
        (left + width, top + _ROW / 2),
        (_MECHANISM[0], top + _ROW / 2),
        color=_color(mechanism),
        width=0.8,
    )


def _draw_mechanism(
    sheet: Sheet, model: Model, mechanism: Node, found: Findings | None, said: Findings | None, top: float
) -> None:
    language = sheet.frame.language
    color, way = _color(mechanism), model.ways[mechanism.get("way")]
    box, target = Box(_MECHANISM[0], top, _MECHANISM[1], _ROW), Box(_WAY[0], top, _WAY[1], _ROW)
    lines: list[str] = []
    if found is not None:
        score = found.estimate("mechanism", mechanism.id, "mechanism_score")
        lines.append(SCORE(language).format(shown(score, language, digits=2)))
    if said is not None:
        lines += evidence_line(said, "mechanism", mechanism.id, language)
    draw_box(sheet, box, color, strength=0.16)
    write_in(sheet, box, mechanism.label(language), lines)
    draw_box(sheet, target, color)
    of_way = evidence_line(said, "way", way.id, language) if said is not None else []
    write_in(sheet, target, way.label(language), of_way)
    start, end = box.side("right"), target.side("left")
    if found is None:
        draw_arrow(sheet, start, end, color=GRAY, width=0.8)
    else:
        estimate = found.estimate("mechanism", mechanism.id, "mechanism_way_association")
        draw_estimate(sheet, start, end, estimate)
        label(
            sheet,
            ((start[0] + 4 + end[0]) / 2, start[1]),
            shown(estimate, language, digits=2),
            gray=not estimate.told,
        )
    draw_arrow(
        sheet,
        target.side("right"),
        (_GOAL[0], target.middle[1]),
        color=color,
        width=0.8,
    )


def _color(mechanism: Node) -> str:
    return FACTOR_COLORS.get(mechanism.get("factor"), GRAY)
