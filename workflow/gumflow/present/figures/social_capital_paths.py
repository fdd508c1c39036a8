"""The chain of the social-capital mechanism: trust, then knowledge sharing and lower transaction costs, then performance (the book's figure 2-8)."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from gumflow.present.figures.boxes import (
    Box,
    Estimate,
    Findings,
    draw_arrow,
    draw_box,
    draw_estimate,
    estimate_keys,
    label,
    shown,
    write_in,
)
from gumflow.present.figures.panels import FINE_PT
from gumflow.present.sheet import Frame, Sheet, legend_height, text_width
from gumflow.present.style import GRAY, GREEN, WIDTH_DOUBLE_MM, styled
from gumflow.present.wording import Words

TITLE = Words("Social-capital mechanism, as estimated: {}", "集群社会资本运行机制（估计）：{}")
NOTES = (
    Words(
        "Structure after figure 2-8 of the book. Arrows: standardized coefficients of regressions over firms; in brackets: 95 % bootstrap interval; R²: share of variance explained. "
        "The gray box: shares of this wave's personal bonds that were there in the wave before (copied), are new between firms that were there (rebuilt) or came with new firms (flowing in). Its arrow belongs to the model and was not estimated.",
        "结构据本书图2-8。箭头：企业层面回归的标准化系数，括号内为95%自助区间；R²为解释的方差比例。灰框：本期私人关系中上期已有者（复制）、原有企业间新建者（重构）和随新企业而来者（流动）所占比重，其箭头属于模型设定，未作估计。",
    ),
    Words(
        "The order of cause and effect is the model's: the same answers, given at one time, fit other orders as well.",
        "因果次序为模型设定：同一时点的回答同样可以符合其他次序。",
    ),
)
CAPITAL = Words("Social capital", "社会资本")
RENEWED = {
    "ties_copied_share": Words("copied", "复制"),
    "ties_rebuilt_share": Words("rebuilt", "重构"),
    "ties_inflow_share": Words("flowing in", "流动"),
}
NODES = {
    "trust": Words("Trust", "信任机制"),
    "knowledge_sharing": Words("Knowledge sharing", "知识共享机制"),
    "cost_reduction": Words("Lower transaction costs", "交易费用降低机制"),
    "allocation": Words("Allocation performance", "资源优化配置绩效"),
    "innovation": Words("Innovation performance", "创新能力绩效"),
}
INDIRECT = Words("Indirect effects of trust", "信任的间接效应")
BY = Words("on {end} by {middle}", "经{middle}至{end}")
FIRMS = Words("n = {} firms", "n = {} 家企业")
TO = Words("{:.0f} to {:.0f}", "{:.0f}至{:.0f}")

_CAPITAL = Box(3.0, 18.0, 28.0, 22.0)
_BOXES = {
    "trust": Box(37.0, 21.0, 18.0, 16.0),
    "knowledge_sharing": Box(84.0, 3.0, 30.0, 16.0),
    "cost_reduction": Box(84.0, 39.0, 30.0, 16.0),
    "allocation": Box(147.0, 3.0, 30.0, 16.0),
    "innovation": Box(147.0, 39.0, 30.0, 16.0),
}
# Where the number stands on its arrow: the two that cross are labeled before they meet.
_CROSSING, _BEFORE = {("knowledge_sharing", "innovation"), ("cost_reduction", "allocation")}, 0.25
# Where an arrow leaves and reaches its boxes, as a share of their heights: apart from the other one there.
_ENDS = {
    ("knowledge_sharing", "allocation"): (0.3, 0.3), ("knowledge_sharing", "innovation"): (0.75, 0.25),
    ("cost_reduction", "allocation"): (0.25, 0.75), ("cost_reduction", "innovation"): (0.7, 0.7),
    ("trust", "knowledge_sharing"): (0.3, 0.5), ("trust", "cost_reduction"): (0.7, 0.5),
}  # fmt: skip


def draw_social_capital_paths(
    scores: pd.DataFrame,
    cluster_label: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure | None:
    """Draw the estimated chain with its coefficients, 180 mm wide.

    Args:
        scores: rows of the mechanisms of one cluster and wave (unit_kind path_model, unit social_capital).
        cluster_label: the cluster's name in `language`.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.

    Returns None where no coefficient could be estimated.
    """
    found = Findings(scores)
    if not found.any_of("path_coefficient"):
        return None
    with styled(font):
        keys = estimate_keys(language)
        indirect = _indirect(found, language)
        bottom = 58.0 + (5.0 + 3.6 * ((len(indirect) + 1) // 2) if indirect else 0.0)
        body = bottom + 1.5 + legend_height(keys, WIDTH_DOUBLE_MM - 6)
        notes = tuple(n(language) for n in NOTES)
        sheet = Sheet(
            WIDTH_DOUBLE_MM,
            body,
            Frame(TITLE(language).format(cluster_label), notes, source, language, grade),
        )
        _draw_nodes(sheet, found)
        _draw_paths(sheet, found)
        if indirect:
            sheet.write(3.0, 60.0, INDIRECT(language), bold=True)
        for i, line in enumerate(indirect):
            sheet.write(3.0 + 88.0 * (i % 2), 64.0 + 3.6 * (i // 2), line, size=FINE_PT)
        sheet.legend(3.0, bottom + 1.5, WIDTH_DOUBLE_MM - 6, keys)
        return sheet.finish()


def _of_chain(found: Findings, measure: str, category: str) -> Estimate:
    return found.estimate("path_model", "social_capital", measure, category)


def _paths(found: Findings) -> dict[tuple[str, str], Estimate]:
    return {pair: _of_chain(found, "path_coefficient", " > ".join(pair)) for pair in _ENDS}


def _draw_nodes(sheet: Sheet, found: Findings) -> None:
    language = sheet.frame.language
    draw_box(sheet, _CAPITAL, GRAY, strength=0.06, dashed=True)
    renewed = []
    for measure, words in RENEWED.items():
        share = found.estimate("part", "social_capital.renewal", measure, layer="social")
        renewed.append(words(language) + (f" {shown(share, language, percent=True)}" if share.known else ""))
    write_in(sheet, _CAPITAL, CAPITAL(language), renewed, gray=True)
    draw_arrow(sheet, _CAPITAL.side("right"), _BOXES["trust"].side("left"), color=GRAY, width=0.8)
    for name, box in _BOXES.items():
        explained = _of_chain(found, "path_r_squared", name)
        lines = [f"R² {shown(explained, language, digits=2)}"] if explained.known else []
        draw_box(sheet, box, GREEN, strength=0.14)
        write_in(sheet, box, NODES[name](language), lines)
    numbers = {e.n for e in _paths(found).values() if e.known and e.n == e.n}
    if numbers:
        least, most = min(numbers), max(numbers)
        text = FIRMS(language).format(f"{least:.0f}" if least == most else TO(language).format(least, most))
        sheet.write(_CAPITAL.left, 4.0, text, size=FINE_PT, color=GRAY)


def _draw_paths(sheet: Sheet, found: Findings) -> None:
    paths = _paths(found)
    ends = {
        (cause, effect): (
            _BOXES[cause].side("right", share=_ENDS[cause, effect][0]),
            _BOXES[effect].side("left", share=_ENDS[cause, effect][1]),
        )
        for cause, effect in paths
    }
    for pair, estimate in paths.items():
        draw_estimate(sheet, *ends[pair], estimate)
    for pair, estimate in paths.items():
        (x0, y0), (x1, y1) = ends[pair]
        at = _BEFORE if pair in _CROSSING else 0.5
        text = shown(estimate, sheet.frame.language, digits=2)
        lines = text.split(" ", 1) if y0 != y1 and estimate.bounded else [text]
        label(sheet, (x0 + at * (x1 - x0), y0 + at * (y1 - y0)), lines, gray=not estimate.told)


def _indirect(found: Findings, language: str) -> list[str]:
    lines = []
    for category in found.categories("path_model", "social_capital", "indirect_effect"):
        steps = category.split(" > ")
        if len(steps) != 3 or not set(steps) <= set(NODES):
            continue
        words = {w: NODES[s](language).lower() for w, s in zip(("middle", "end"), steps[1:], strict=True)}
        estimate = _of_chain(found, "indirect_effect", category)
        text = f"{BY(language).format(**words)}: {shown(estimate, language, digits=2)}"
        lines.append(text if text_width(text, FINE_PT) < 88 else text.split(" (")[0])
    return lines
