"""How likely innovation networks emerge in the technical fields of one cluster, by core participants and technology life (the book's figure 2-7)."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gumflow.contract.instrument import load_instrument
from gumflow.contract.model import load_model
from gumflow.mechanisms.emergence import emergence_curves
from gumflow.present.figures.boxes import Estimate, Findings, shown
from gumflow.present.figures.panels import FINE_PT, printed
from gumflow.present.sheet import Frame, Sheet, line_mm, wrap
from gumflow.present.style import BLUE, GRAY, INK, TEXT_PT, VERMILION, WIDTH_DOUBLE_MM, styled
from gumflow.present.wording import Words

TITLE = Words("Emergence of innovation networks: {}", "集群创新网络出现的概率：{}")
NOTES = (
    Words(
        "Structure after figure 2-7 of the book, which states that the probability P falls with technology life TL and rises with core participants M; the formula, with its constant, "
        "is a reconstruction. So P orders fields, its level is a convention. TL is told by the years that partners have dealt with each other; M is counted from the joint projects themselves, so P rises with them by construction.",
        "结构据本书图2-7：概率P随技术生命周期TL下降，随核心参与者数M上升；公式及其常数为重构，因此P只用于比较领域高低，其水平取决于约定。TL以合作双方往来年数代替；M由合作项目本身计数，故P按定义随合作项目增多而上升。",
    ),
    Words(
        "Curves hold one quantity at the least, middle and largest value of the fields. Numbered points: the fields with 95 % intervals; those that would cover each other stand side by side.",
        "曲线分别取各领域另一变量的最小、中间和最大值。编号圆点为各领域及95%区间，重叠者并排画出。",
    ),
)
PAYS = Words(
    "P counts the firms for which joint work costs no more than going alone: {}.",
    "P只计入合作不比单独创新昂贵的企业，占{}。",
)
NO_COSTS = Words(
    "Costs are not known here and are taken as met by all firms: P does not compare with clusters where they were asked.",
    "此处成本未知，视为全部企业均满足条件：P不能与问及成本的集群比较。",
)
CORE = Words("core participants (M)", "核心参与者数（M）")
LIFE = Words("years partners have dealt (for TL)", "合作双方往来年数（代替TL）")
CHANCE = Words("probability (P)", "概率（P）")
FIELD = Words("Field", "领域")
ALL = Words("all fields", "全部领域")
COLORS = (BLUE, GRAY, VERMILION)
# Width of the names of fields and space between fields of the table, mm.
_NAME, _BETWEEN = 24.0, 1.0
INSTRUMENT, ITEM = "relational_module", "R04.fields"


class Field(NamedTuple):
    """One technical field: its name, core participants M, technology life TL in years, and probability P."""

    name: str
    core: float
    life: float
    chance: Estimate


def draw_network_emergence(
    scores: pd.DataFrame,
    cluster_label: str,
    fields: Mapping[str, str],
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure | None:
    """Draw the probability against core participants and against technology life, with the fields of one cluster, 180 mm wide.

    Args:
        scores: rows of the mechanisms of one cluster and wave (unit_kind part, unit innovation.network_emergence; category a field or all).
        cluster_label: the cluster's name in `language`.
        fields: what the fields are called in `language`, by their code.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.

    Returns None where no field has a probability.
    """
    found = Findings(scores)
    rows = _fields(found, fields)
    if not rows:
        return None
    at = ("part", "innovation.network_emergence")
    pays = found.estimate(*at, "cost_condition_share")
    with styled(font):
        costs = (
            PAYS(language).format(shown(pays, language, percent=True)) if pays.known else NO_COSTS(language)
        )
        notes = (*(note(language) for note in NOTES), costs)
        frame = Frame(TITLE(language).format(cluster_label), notes, source, language, grade)
        named = [wrap(f"{i}  {row.name}", _NAME, FINE_PT) for i, row in enumerate(rows, start=1)]
        lines = sum(map(len, named))
        body = max(50.0, 8.0 + line_mm(FINE_PT) * lines + _BETWEEN * len(rows) + 5.0)
        sheet = Sheet(WIDTH_DOUBLE_MM, body, frame)
        share = pays.value if pays.known else 1.0
        _draw_curves(sheet, rows, share, by_core=True)
        _draw_curves(sheet, rows, share, by_core=False)
        _draw_table(sheet, rows, named, found.estimate(*at, "network_emergence_probability", "all"))
        return sheet.finish()


@cache
def field_names(language: str) -> dict[str, str]:
    """Return what the technical fields of joint projects are called, by their code in the questionnaire."""
    questionnaire = load_instrument(INSTRUMENT, load_model())
    items = [item for question in questionnaire.questions for item in question.items if item.id == ITEM]
    return {o.code: o.zh if language == "zh" else o.en for item in items for o in item.options}


def _fields(found: Findings, names: Mapping[str, str]) -> list[Field]:
    at = ("part", "innovation.network_emergence")
    rows = []
    for code in found.categories(*at, "network_emergence_probability"):
        chance = found.estimate(*at, "network_emergence_probability", code)
        core, life = (found.estimate(*at, m, code).value for m in ("core_participants", "technology_life"))
        if code not in ("", "all") and chance.known and core == core and life == life:
            rows.append(Field(names.get(code, code.replace("_", " ")), core, life, chance))
    return sorted(rows, key=lambda f: (-f.chance.value, f.name))


def _middle(values: Sequence[float]) -> list[float]:
    """Return the least, the middle and the largest of some values, each once."""
    ordered = sorted(values)
    return sorted({ordered[0], ordered[len(ordered) // 2], ordered[-1]})


def _draw_curves(sheet: Sheet, rows: Sequence[Field], pays: float, *, by_core: bool) -> None:
    language = sheet.frame.language
    axes = sheet.axes(12.0 if by_core else 72.0, 4.0, 37.0, 36.0)
    axes.set_label("core" if by_core else "life")
    along = [f.core if by_core else f.life for f in rows]
    held = _middle([f.life if by_core else f.core for f in rows])
    most = max(*along, 1.0) * 1.12
    grid = list(np.linspace(0.0 if by_core else min(*along, 1.0), most, 60))
    curves = emergence_curves(grid, held) if by_core else emergence_curves(held, grid)
    name, along_name = "technology_life", "core_participants"
    if not by_core:
        name, along_name = along_name, name
    top = max(
        *(f.chance.high if f.chance.bounded else f.chance.value for f in rows),
        float(curves["network_emergence_probability"].max()) * pays,
    )
    axes.set_xlim(0, most)
    axes.set_ylim(0, min(1.0, top * 1.08) if top > 0 else 1.0)
    ends = []
    for value, color in zip(held, COLORS, strict=False):
        curve = curves[curves[name] == value]
        chance = curve["network_emergence_probability"] * pays
        axes.plot(curve[along_name], chance, color=color, linewidth=1.0, zorder=2)
        ends.append(float(chance.iloc[-1]))
    for value, color, y in zip(held, COLORS, _apart(ends, 0.085 * axes.get_ylim()[1]), strict=False):
        axes.annotate(
            f"{'TL' if by_core else 'M'} = {printed(value, 0 if value == int(value) else 1)}",
            (1.0, y), xycoords=("axes fraction", "data"), xytext=(1.5, 0), textcoords="offset points",
            fontsize=FINE_PT, color=color, va="center", annotation_clip=False,
        )  # fmt: skip
    _draw_fields(axes, rows, _side_by_side(along, [f.chance.value for f in rows], most, axes.get_ylim()[1]))
    axes.set_xlabel((CORE if by_core else LIFE)(language), fontsize=TEXT_PT, labelpad=2)
    axes.set_ylabel(CHANCE(language), fontsize=TEXT_PT, labelpad=2)


def _apart(ends: Sequence[float], gap: float) -> list[float]:
    """Return where labels stand beside the ends of curves, in their order: as near as they can be without touching."""
    order = np.argsort(np.array(ends), kind="stable")
    places, least = [0.0] * len(ends), -np.inf
    for i in order:
        places[i] = least = max(ends[i], least + gap)
    return places


def _draw_fields(axes: Axes, rows: Sequence[Field], along: Sequence[float]) -> None:
    for number, (field, x) in enumerate(zip(rows, along, strict=True), start=1):
        if field.chance.bounded:
            axes.plot([x, x], [field.chance.low, field.chance.high], color=INK, linewidth=0.7, zorder=3)
        axes.plot([x], [field.chance.value], "o", markersize=6.0, color=INK, zorder=4, clip_on=False)
        axes.annotate(
            str(number), (x, field.chance.value), fontsize=FINE_PT - 0.5, color="white", ha="center", va="center_baseline", zorder=5
        )  # fmt: skip


def _side_by_side(along: Sequence[float], up: Sequence[float], most: float, top: float) -> list[float]:
    """Return where points stand along the axis: at their value or, where another stands there, as near beside it as there is room."""
    # The size of a point as a share of the panel, 37 by 36 mm.
    wide, tall = 2.3 / 37.0, 2.3 / 36.0
    placed: list[tuple[float, float]] = []
    for x, y in zip(along, up, strict=True):
        at, level = x / most, y / top
        near = [p for p, other in placed if abs(other - level) < tall]
        steps = (sign * step * wide for step in range(len(along) + 1) for sign in (1, -1))
        placed.append(
            (next(at + s for s in steps if all(abs(at + s - p) >= 0.99 * wide for p in near)), level)
        )
    return [at * most for at, _ in placed]


def _draw_table(sheet: Sheet, rows: Sequence[Field], named: Sequence[list[str]], whole: Estimate) -> None:
    language = sheet.frame.language
    left, core, life, chance = 121.0, 149.0, 155.5, 157.0
    sheet.write(left, 5.0, FIELD(language), bold=True)
    for x, head in ((core, "M"), (life, "TL")):
        sheet.write(x, 5.0, head, bold=True, ha="right")
    sheet.write(chance, 5.0, "P", bold=True)
    y = 9.2
    for field, name in zip(rows, named, strict=True):
        for i, line in enumerate(name):
            sheet.write(left, y + i * line_mm(FINE_PT), line, size=FINE_PT)
        sheet.write(core, y, printed(field.core, 0), size=FINE_PT, ha="right")
        sheet.write(life, y, printed(field.life, 1), size=FINE_PT, ha="right")
        sheet.write(chance, y, shown(field.chance, language, digits=2), size=FINE_PT)
        y += len(name) * line_mm(FINE_PT) + _BETWEEN
    if whole.known:
        sheet.write(left, y + 1.0, f"{ALL(language)}: P {shown(whole, language, digits=2)}", size=FINE_PT)
