"""The process of cluster learning: knowledge spills over, is converted, and is harvested from the cluster's knowledge base (the book's figure 2-5)."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from gumflow.present.figures.boxes import Box, Estimate, Findings, draw_arrow, draw_box, shown, write_in
from gumflow.present.figures.panels import FINE_PT, draw_dot, panel
from gumflow.present.sheet import Frame, Sheet
from gumflow.present.style import BLUE, GRAY, INK, SKY, WIDTH_DOUBLE_MM, styled
from gumflow.present.wording import Words

TITLE = Words("Process of cluster learning: {}", "集群学习过程：{}")
NOTES = (
    Words(
        "Structure after figure 2-5 of the book; the measures of its stages are a reconstruction. Dots: means over firms, lines and brackets: 95 % interval. Each stage "
        "has its own unit and scale, so stages do not compare with each other.",
        "结构据本书图2-5，各阶段测度为重构。圆点为企业均值，线段与括号为95%区间。各阶段单位与刻度不同，不宜相互比较。",
    ),
    Words(
        "High-potential firms are above the middle in absorptive capacity and give at least as much knowledge as they take. So by definition they take no more than they give, and less spills over to them: "
        "a low value is no finding. Nor does a high one say that potential is the cause.",
        "高位势企业指吸收能力居中位以上、且提供的知识不少于获取的企业：按定义其获取不多于提供，流向它们的溢出因而较少，取值低并非发现；取值高也不说明位势就是原因。",
    ),
)
STAGES = {
    "spillover": (
        Words("1  Spillover", "1  知识溢出"),
        Words("what others could give", "他人可能带来的知识"),
    ),
    "conversion": (
        Words("2  Conversion", "2  知识转化"),
        Words("what a firm can take up of it", "企业所能吸收的部分"),
    ),
    "harvest": (Words("3  Harvest", "3  知识收获"), Words("what comes of it", "由此取得的成果")),
}
ROWS = {
    "all": Words("all firms", "全部企业"),
    "high": Words("high potential", "高位势企业"),
    "low": Words("low potential", "低位势企业"),
}
COLORS = {"all": INK, "high": BLUE, "low": SKY}
HIGH_SHARE = Words("falls to high-potential firms: {}", "高位势企业所占比重：{}")
OF_FIRMS = Words("who are {:.0%} of firms ({:.0f} of {:.0f})", "其在企业中占{:.0%}（{:.0f}/{:.0f}）")
EXPLICIT = Words("explicit knowledge: {}", "显性知识占比：{}")
CERTIFIED = Words("at firms with a certificate: {}", "有认证的企业所占比重：{}")
FIRMS = Words("Firms of the cluster", "集群企业")
HOLD = Words("hold tacit and explicit knowledge", "拥有隐性与显性知识")
BASE = Words("Knowledge base of the cluster", "集群知识库")
BASE_GROWS = Words("grows by what is converted and created", "因转化与创造的知识而丰富")
AGAIN = Words("and again", "不断循环")

LINE = 1.2
_LEFTS, _WIDE, _TOP, _TALL = (3.0, 63.0, 123.0), 54.0, 2.0, 36.0
_FIRM = Box(3.0, 48.0, 54.0, 13.0)
_BASE = Box(78.0, 48.0, 74.0, 13.0)


class _Stage(NamedTuple):
    """One stage: its means by group of firms, the share of high-potential firms in it, and the share of explicit knowledge."""

    means: dict[str, Estimate]
    high_share: Estimate
    explicit: Estimate


def draw_learning_process(
    scores: pd.DataFrame,
    cluster_label: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure | None:
    """Draw the three stages of learning with their means and the share of high-potential firms, 180 mm wide.

    Args:
        scores: rows of the mechanisms of one cluster and wave (unit_kind part, unit learning.process).
        cluster_label: the cluster's name in `language`.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.

    Returns None where no stage has a number.
    """
    found = Findings(scores)
    if not found.any_of(*(f"knowledge_{stage}_mean" for stage in STAGES)):
        return None
    with styled(font):
        notes = tuple(n(language) for n in NOTES)
        sheet = Sheet(
            WIDTH_DOUBLE_MM,
            70.0,
            Frame(TITLE(language).format(cluster_label), notes, source, language, grade),
        )
        boxes = {stage: Box(left, _TOP, _WIDE, _TALL) for stage, left in zip(STAGES, _LEFTS, strict=True)}
        for stage, box in boxes.items():
            _draw_stage(sheet, stage, _stage(found, stage), box)
        _draw_cycle(sheet, boxes)
        return sheet.finish()


def _stage(found: Findings, stage: str) -> _Stage:
    at = ("part", "learning.process")
    means = {group: found.estimate(*at, f"knowledge_{stage}_mean", group) for group in ROWS}
    share = found.estimate(*at, f"knowledge_{stage}_high_share")
    return _Stage(means, share, found.estimate(*at, "explicit_share", stage))


def _draw_stage(sheet: Sheet, name: str, stage: _Stage, box: Box) -> None:
    language = sheet.frame.language
    title, says = STAGES[name]
    draw_box(sheet, box, BLUE, strength=0.06)
    write_in(sheet, box, title(language), [says(language)], top=True, gray=True)
    names, top, tall = 16.0, box.top + 9.5, 12.0
    ends = [abs(v) for e in stage.means.values() for v in (e.value, e.low, e.high) if v == v]
    low = min([v for e in stage.means.values() for v in (e.value, e.low) if v == v], default=0.0)
    end = max(ends, default=1.0) or 1.0
    axes = panel(
        sheet, (box.left + 1 + names, top, 11.0, tall), (min(low, 0.0) * 1.05, end * 1.05), len(ROWS)
    )
    axes.set_label(name)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    for row, (group, words) in enumerate(ROWS.items()):
        y, mean = top + (row + 0.5) * tall / len(ROWS), stage.means[group]
        sheet.write(box.left + names, y, words(language), size=FINE_PT, ha="right")
        if mean.known:
            draw_dot(axes, row, mean.value, (mean.low, mean.high) if mean.bounded else None, COLORS[group])
        sheet.write(box.left + names + 13.0, y, shown(mean, language), size=FINE_PT)
    lines = [HIGH_SHARE(language).format(shown(stage.high_share, language, percent=True))]
    of, whole = stage.means["high"].n, stage.means["all"].n
    if stage.high_share.known and stage.means["high"].known and whole > 0 and of == of:
        lines.append(OF_FIRMS(language).format(of / whole, of, whole))
    if stage.explicit.known:
        words = EXPLICIT if name == "spillover" else CERTIFIED
        lines.append(words(language).format(shown(stage.explicit, language, percent=True)))
    for i, line in enumerate(lines):
        sheet.write(box.middle[0], top + tall + 3.0 + i * 3.6, line, size=FINE_PT, ha="center")


def _draw_cycle(sheet: Sheet, boxes: dict[str, Box]) -> None:
    """Draw the two stores of knowledge and the arrows that run round from the firms back to them."""
    language = sheet.frame.language
    for box, title, says, color in ((_FIRM, FIRMS, HOLD, INK), (_BASE, BASE, BASE_GROWS, BLUE)):
        draw_box(sheet, box, color, strength=0.1 if color == BLUE else 0.04)
        write_in(sheet, box, title(language), [says(language)], gray=True)
    spillover, conversion, harvest = boxes.values()
    draw_arrow(sheet, _FIRM.side("top"), spillover.side("bottom"), color=INK, width=LINE)
    draw_arrow(sheet, spillover.side("right"), conversion.side("left"), color=INK, width=LINE)
    x = conversion.middle[0]
    draw_arrow(sheet, (x, conversion.side("bottom")[1]), (x, _BASE.top), color=INK, width=LINE)
    x = harvest.left + 15.0
    draw_arrow(sheet, (x, _BASE.top), (x, harvest.side("bottom")[1]), color=INK, width=LINE)
    right, low = harvest.left + 40.0, _BASE.top + _BASE.height + 4.0
    sheet.line(
        [right, right, _FIRM.middle[0]], [harvest.side("bottom")[1], low, low], color=INK, linewidth=LINE
    )
    draw_arrow(sheet, (_FIRM.middle[0], low), _FIRM.side("bottom"), color=INK, width=LINE)
    sheet.write(_BASE.middle[0], low + 2.2, AGAIN(language), size=FINE_PT, ha="center", color=GRAY)
