"""How the space of technologies grows with the fields of knowledge, and where the firms of one cluster stand on it (the book's figure 2-6)."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gumflow.mechanisms.emergence import technology_space_curve
from gumflow.present.figures.boxes import Estimate, Findings, shown
from gumflow.present.figures.panels import FINE_PT
from gumflow.present.sheet import Frame, Key, Sheet, legend_height
from gumflow.present.style import GRAY, INK, TEXT_PT, VERMILION, WIDTH_SINGLE_MM, styled, tint
from gumflow.present.wording import Words

TITLE = Words("Technology space: {}", "技术空间随知识领域的变化：{}")
NOTE = Words(
    "Structure after figure 2-6 of the book, the formula is a reconstruction; fields are counted, so there is nothing between whole numbers of them. The point with its area: mean of the firms, with 95 % intervals. It stands above the small points, as a "
    "few firms with many fields raise the mean space. Fields are those of joint projects alone.",
    "结构据本书图2-6，公式为重构；领域数为整数，其间没有取值。大圆点及色块为企业均值及95%区间；少数领域多的企业拉高技术空间均值，故高于小圆点。领域只计合作研发项目。",
)
FIELDS = Words("fields of knowledge of a firm (KB)", "企业知识领域数（KB）")
SPACE = Words("technology space (Ω)", "技术空间（Ω）")
CURVE = Words("all combinations, Ω = 2^KB − KB − 1", "全部组合 Ω = 2^KB − KB − 1")
PAIRS = Words("pairs alone, KB(KB − 1)/2", "仅两两组合 KB(KB − 1)/2")
MEAN = Words("mean of the firms (n = {})", "企业均值（n = {}）")
LEAST_FIELDS = 4
WHOLE: dict[str, Any] = {"marker": "o", "markersize": 3.0, "color": INK}
PAIRED: dict[str, Any] = {"marker": "o", "markersize": 4.4, "color": GRAY, "markerfacecolor": "white"}


def draw_technology_space(
    scores: pd.DataFrame,
    cluster_label: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure | None:
    """Draw the curve of the technology space with the mean of the cluster's firms, 88 mm wide.

    Args:
        scores: rows of the mechanisms of one cluster and wave (unit_kind part, unit innovation.network_emergence).
        cluster_label: the cluster's name in `language`.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.

    Returns None where the fields of the firms are not known.
    """
    found = Findings(scores)
    at = ("part", "innovation.network_emergence")
    fields = found.estimate(*at, "knowledge_fields_mean")
    space = found.estimate(*at, "technology_space_mean")
    if not fields.known or not space.known:
        return None
    with styled(font):
        n = f"{fields.n:.0f}" if fields.n == fields.n else "?"
        keys = [
            Key(CURVE(language), "marker", {**WHOLE}),
            Key(PAIRS(language), "marker", {**PAIRED}),
            Key(MEAN(language).format(n), "marker", {"marker": "o", "markersize": 4.5, "color": VERMILION}),
        ]
        used = legend_height(keys, WIDTH_SINGLE_MM - 6)
        frame = Frame(TITLE(language).format(cluster_label), (NOTE(language),), source, language, grade)
        sheet = Sheet(WIDTH_SINGLE_MM, 55.0 + used, frame)
        _draw_curve(sheet, fields, space)
        sheet.legend(3.0, 54.0, WIDTH_SINGLE_MM - 6, keys)
        return sheet.finish()


def _draw_curve(sheet: Sheet, fields: Estimate, space: Estimate) -> None:
    language = sheet.frame.language
    most = max(LEAST_FIELDS, math.ceil(fields.high if fields.bounded else fields.value) + 2)
    curve = technology_space_curve(most)
    axes = sheet.axes(13.0, 4.0, WIDTH_SINGLE_MM - 18.0, 40.0)
    axes.set_label("space")
    axes.set_xlim(0, most)
    axes.set_xticks(range(most + 1))
    axes.set_ylim(0, max(float(curve["technology_space"].max()), space.value) * 1.05)
    axes.set_xlabel(FIELDS(language), fontsize=TEXT_PT, labelpad=2)
    axes.set_ylabel(SPACE(language), fontsize=TEXT_PT, labelpad=2)
    axes.plot(
        curve["knowledge_fields"], curve["technology_space_pairs"], linestyle="none", clip_on=False, **PAIRED
    )
    axes.plot(curve["knowledge_fields"], curve["technology_space"], linestyle="none", clip_on=False, **WHOLE)
    if fields.bounded and space.bounded:
        wide, tall = fields.high - fields.low, space.high - space.low
        axes.add_patch(
            Rectangle((fields.low, space.low), wide, tall, color=tint(VERMILION, 0.25), linewidth=0)
        )
    axes.plot([fields.value], [space.value], "o", markersize=4.5, color=VERMILION)
    lines = [f"KB {shown(fields, language)}", f"Ω {shown(space, language)}"]
    sheet.write(16.0, 5.0, lines, size=FINE_PT, va="top")
