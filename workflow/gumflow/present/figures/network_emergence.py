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
from gumflow.mechanisms.innovation_emergence import emergence_curves
from gumflow.present.figures.boxes import Estimate, Findings, shown
from gumflow.present.figures.panels import FINE_PT, printed
from gumflow.present.sheet import Frame, Sheet, wrap
from gumflow.present.style import BLUE, GRAY, INK, TEXT_PT, VERMILION, WIDTH_DOUBLE_MM, styled
from gumflow.present.wording import Words

TITLE = Words("Emergence of innovation networks: {}", "集群创新网络出现的概率：{}")
NOTES = (
    Words(
        "Structure after figure 2-7 of the book, which states that the probability P falls with technology life TL and rises with core participants M; the formula, with its constant, "
        "is a reconstruction. So P orders fields, its level is a convention.",
        "结构据本书图2-7：概率P随技术生命周期TL下降，随核心参与者数M上升；公式及其常数为重构。因此P只用于比较领域高低，其水平取决于约定。",
    ),
    Words(
        "Curves hold one quantity at the least, middle and largest value of the fields, and count the firms for which joint work costs no more than going alone ({}). Numbered points: the fields.",
        "曲线分别取各领域另一变量的最小、中间和最大值，并计入合作不比单独创新昂贵的企业占比（{}）。编号圆点为各领域。",
    ),
)
CORE = Words("core participants (M)", "核心参与者数（M）")
LIFE = Words("technology life, years (TL)", "技术生命周期，年（TL）")
CHANCE = Words("probability (P)", "概率（P）")
FIELD = Words("Field", "领域")
ALL = Words("all fields", "全部领域")
COLORS = (BLUE, GRAY, VERMILION)
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
        notes = (NOTES[0](language), NOTES[1](language).format(shown(pays, language, percent=True)))
        frame = Frame(TITLE(language).format(cluster_label), notes, source, language, grade)
        sheet = Sheet(WIDTH_DOUBLE_MM, max(50.0, 10.0 + 4.2 * (len(rows) + 1)), frame)
        share = pays.value if pays.known else 1.0
        _draw_curves(sheet, rows, share, by_core=True)
        _draw_curves(sheet, rows, share, by_core=False)
        _draw_table(sheet, rows, found.estimate(*at, "network_emergence_probability", "all"))
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
    axes = sheet.axes(12.0 if by_core else 74.0, 4.0, 40.0, 36.0)
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
    _draw_fields(axes, rows, along)
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


def _draw_table(sheet: Sheet, rows: Sequence[Field], whole: Estimate) -> None:
    language = sheet.frame.language
    left, core, life, chance, pitch = 129.0, 158.0, 166.0, 169.0, 4.2
    sheet.write(left, 5.0, FIELD(language), bold=True)
    for x, head, ha in ((core, "M", "right"), (life, "TL", "right"), (chance, "P", "left")):
        sheet.write(x, 5.0, head, bold=True, ha="right" if ha == "right" else "left")
    for number, field in enumerate(rows, start=1):
        y = 5.0 + pitch * number
        name = wrap(f"{number}  {field.name}", core - left - 3.0, FINE_PT)[0]
        sheet.write(left, y, name, size=FINE_PT)
        sheet.write(core, y, printed(field.core, 0), size=FINE_PT, ha="right")
        sheet.write(life, y, printed(field.life, 1), size=FINE_PT, ha="right")
        sheet.write(chance, y, printed(field.chance.value), size=FINE_PT)
    if whole.known:
        y = 5.0 + pitch * (len(rows) + 1) + 1.0
        sheet.write(left, y, f"{ALL(language)}: P {shown(whole, language)}", size=FINE_PT)
