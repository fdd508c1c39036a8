"""What diagrams of boxes and arrows share: boxes that hold lines of text, arrows that carry an estimate, and the keys that explain them.

An arrow is as wide as its estimate is large. It is solid only where the interval leaves zero out; a dashed gray one is not told from none,
and a dotted one has no estimate at all, which its label says in words.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import pandas as pd
from matplotlib.patches import FancyBboxPatch, PathPatch

from gumflow.present.curves import Point, arrow_head, bent, cut, polygons_path
from gumflow.present.figures.panels import FINE_PT, printed
from gumflow.present.sheet import Key, Sheet, line_mm, wrap_evenly
from gumflow.present.style import (
    BLUE,
    GRAY,
    INK,
    POINTS_PER_MM,
    TEXT_PT,
    VERMILION,
    tint,
)
from gumflow.present.wording import Words

Color = str | tuple[float, float, float]

WITHHELD = Words("withheld", "未给出")
POSITIVE = Words("positive, interval without 0", "为正，区间不含0")
NEGATIVE = Words("negative, interval without 0", "为负，区间不含0")
UNTOLD = Words("interval holds 0, or none", "区间含0或无区间")
NO_ESTIMATE = Words("no estimate", "没有估计")
WIDTH_SAYS = Words("the wider, the larger", "线越宽数值越大")

BALANCE = Words("balance", "平衡度")
NO_STATEMENT = Words("no statement", "没有陈述")
_COUNTS = (
    (Words("helping", "有利"), "statements_helping"),
    (Words("hindering", "不利"), "statements_hindering"),
    (Words("lacking", "缺乏"), "statements_lacking"),
    (Words("recommended", "建议"), "statements_recommended"),
)
OF = Words("{} of {}", "{}/{}")
FEW = 10
"""Below so many firms, seats or statements a share is printed as how many of how many."""

_NARROWEST, _WIDEST = 0.7, 3.6
_DASHES, _DOTS = (0, (3.5, 2.0)), (0, (1.0, 1.6))


class Estimate(NamedTuple):
    """A number with its 95 % interval and how many firms or statements it rests on; NaN where unknown or withheld."""

    value: float
    low: float = math.nan
    high: float = math.nan
    n: float = math.nan

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return not math.isnan(self.value)

    @property
    def bounded(self) -> bool:
        """Whether there is an interval."""
        return self.known and not math.isnan(self.low)

    @property
    def told(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.bounded and (self.low > 0 or self.high < 0)


NONE = Estimate(math.nan)


class Findings:
    """The rows of scores of one cluster and wave, found by unit, measure and category."""

    def __init__(self, scores: pd.DataFrame) -> None:
        """Keep the rows; `scores` needs unit_kind, unit, measure, category, value, low, high and n."""
        columns = ["unit_kind", "unit", "measure", "category", "layer"]
        texts = (scores[c].astype(str).tolist() if c in scores else [""] * len(scores) for c in columns)
        numbers = (scores[c].astype(float).tolist() for c in Estimate._fields)
        self._layered = dict(zip(zip(*texts, strict=True), map(Estimate, *numbers), strict=True))
        self._rows: dict[tuple[str, ...], Estimate] = {}
        for key, estimate in self._layered.items():
            self._rows.setdefault(key[:4], estimate)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def estimate(
        self, kind: str, unit: str, measure: str, category: str = "", *, layer: str = ""
    ) -> Estimate:
        """Return a number with its interval, of one layer if told; one that is not known where there is no such row."""
        key = (kind, unit, measure, category)
        return self._layered.get((*key, layer), NONE) if layer else self._rows.get(key, NONE)

    def categories(self, kind: str, unit: str, measure: str) -> list[str]:
        """Return the categories of a measure that have a row, in the order of the table."""
        return [key[3] for key in self._rows if key[:3] == (kind, unit, measure)]

    def count(self, kind: str, unit: str, measure: str) -> float:
        """Return a count, zero where there is no row."""
        found = self.estimate(kind, unit, measure).value
        return 0.0 if math.isnan(found) else found

    def any_of(self, *measures: str) -> bool:
        """Return whether one of the measures has a value."""
        return any(key[2] in measures and found.known for key, found in self._rows.items())


def shown(
    estimate: Estimate,
    language: str,
    *,
    percent: bool = False,
    interval: bool = True,
    digits: int | None = None,
) -> str:
    """Return a number with its interval as printed, small ones with a third digit unless told, or that it is withheld."""
    if not estimate.known:
        return WITHHELD(language)
    numbers = [abs(v) for v in estimate[:3] if v == v]
    times, size = (100, 0.0) if percent else (1, max(numbers))
    if digits is None:
        digits = 0 if percent or size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or size == 0 else 3
    value, low, high = (
        printed(times * v, digits) if v == v else "" for v in (estimate.value, estimate.low, estimate.high)
    )
    text = value + ("%" if percent else "")
    if interval and estimate.bounded:
        between = " to " if language == "en" else "至"
        text += f" ({low}{between}{high})"
    return text


def shown_share(estimate: Estimate, language: str) -> str:
    """Return a share in percent with its interval; of few firms, seats or statements how many of how many, which a percentage hides."""
    if not estimate.known or not estimate.n < FEW:
        return shown(estimate, language, percent=True, interval=estimate.low != estimate.high)
    text = OF(language).format(_count(estimate.value * estimate.n), _count(estimate.n))
    if not estimate.bounded or estimate.low == estimate.high:
        return text
    return f"{text} {shown(estimate, language, percent=True).split(' ', 1)[1][:-1]}%)"


class Box(NamedTuple):
    """A rectangle of the body: left, top, width, height (mm)."""

    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """The point in its middle."""
        return (self.left + self.width / 2, self.top + self.height / 2)

    def side(self, name: Literal["left", "right", "top", "bottom"], share: float = 0.5) -> Point:
        """Return a point of a side, at a share of its length from the left or the top."""
        x, y = self.left + share * self.width, self.top + share * self.height
        return {
            "left": (self.left, y), "right": (self.left + self.width, y),
            "top": (x, self.top), "bottom": (x, self.top + self.height),
        }[name]  # fmt: skip


def draw_box(
    sheet: Sheet, box: Box, color: str, *, strength: float = 0.1, line: float = 0.8, dashed: bool = False
) -> None:
    """Draw a box with round corners in a color, filled with a tint of it."""
    face = tint(color, strength)
    sheet.add(
        FancyBboxPatch(
            (box.left + 1, box.top + 1), box.width - 2, box.height - 2, boxstyle="round,pad=1,rounding_size=1",
            facecolor=face, edgecolor=color, linewidth=line, linestyle="--" if dashed else "-",
        )
    )  # fmt: skip


def write_in(
    sheet: Sheet,
    box: Box,
    title: str,
    lines: Sequence[str] = (),
    *,
    top: bool = False,
    gray: bool = False,
) -> None:
    """Write a title and small lines below it, in the middle of a box or from its top."""
    wide = box.width - 2.0
    heads = wrap_evenly(title, wide, TEXT_PT, bold=True)
    small = [part for text in lines for part in wrap_evenly(text, wide, FINE_PT)]
    height = len(heads) * line_mm(TEXT_PT) + len(small) * line_mm(FINE_PT)
    y = box.top + 1.2 if top else box.middle[1] - height / 2
    sheet.write(box.middle[0], y, heads, bold=True, ha="center", va="top")
    y += len(heads) * line_mm(TEXT_PT)
    sheet.write(box.middle[0], y, small, size=FINE_PT, ha="center", va="top", color=GRAY if gray else INK)


def draw_arrow(
    sheet: Sheet,
    start: Point,
    end: Point,
    *,
    color: Color = GRAY,
    width: float = 0.8,
    style: Any = "-",
    both: bool = False,
) -> None:
    """Draw a straight arrow; the line ends inside its head, whose tip it would blunt."""
    curve = bent(start, end, 0.0)
    length = (2.6 + 1.2 * width) / POINTS_PER_MM
    inside = 0.18 + 0.7 * length
    way = cut(curve, inside if both else 0.0, inside)
    sheet.line(
        [way.start[0], way.end[0]],
        [way.start[1], way.end[1]],
        color=color,
        linewidth=width,
        linestyle=style,
        solid_capstyle="butt",
        dash_capstyle="butt",
    )
    heads = [arrow_head(curve, 0.18, length, at_end=True)]
    if both:
        heads.append(arrow_head(curve, 0.18, length, at_end=False))
    sheet.add(PathPatch(polygons_path(heads), color=color, linewidth=0))


def draw_estimate(sheet: Sheet, start: Point, end: Point, estimate: Estimate) -> None:
    """Draw the arrow of an estimate."""
    draw_arrow(sheet, start, end, **arrow_style(estimate))


def arrow_style(estimate: Estimate) -> dict[str, Any]:
    """Return color, width and dashes of the arrow of a standardized coefficient; one of 1 or more is as wide as can be."""
    if not estimate.known:
        return {"color": GRAY, "width": _NARROWEST, "style": _DOTS}
    share = min(abs(estimate.value), 1.0)
    width = _NARROWEST + (_WIDEST - _NARROWEST) * share
    if not estimate.told:
        return {"color": GRAY, "width": min(width, 1.6), "style": _DASHES}
    color = BLUE if estimate.value > 0 else VERMILION
    return {"color": tint(color, 0.45 + 0.55 * share), "width": width, "style": "-"}


def label(
    sheet: Sheet, at: Point, text: str | Sequence[str], *, gray: bool = False, size: float = FINE_PT
) -> None:
    """Write on an arrow, on white so that the line does not run through the text."""
    written = sheet.write(at[0], at[1], text, size=size, ha="center", color=GRAY if gray else INK)
    for line in written:
        line.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 2.0})
        line.set_zorder(4)


def estimate_keys(language: str) -> list[Key]:
    """Return the keys of arrows that carry estimates."""
    keys = []
    for words, estimate in (
        (POSITIVE, Estimate(0.6, 0.5, 0.7)),
        (NEGATIVE, Estimate(-0.6, -0.7, -0.5)),
        (UNTOLD, Estimate(0.2, -0.1, 0.5)),
        (NO_ESTIMATE, NONE),
    ):
        style = arrow_style(estimate)
        line = {"color": style["color"], "linewidth": style["width"], "linestyle": style["style"]}
        line |= {"solid_capstyle": "butt", "dash_capstyle": "butt"}
        keys.append(Key(words(language), "line", line))
    keys[0] = keys[0]._replace(text=f"{POSITIVE(language)} ({WIDTH_SAYS(language)})")
    return keys


def evidence_line(
    said: Findings, kind: str, unit: str, language: str, nothing: Words = NO_STATEMENT
) -> list[str]:
    """Return what coded statements say of a unit: their balance with the range of the coders, and how many help, hinder, lack or recommend; else that there is none."""
    counts = [(words(language), said.count(kind, unit, measure)) for words, measure in _COUNTS]
    if not any(n for _, n in counts):
        return [nothing(language)]
    comma = "，" if language == "zh" else ", "
    # A number stays on the line of its word.
    numbers = comma.join(f"{words}\N{NO-BREAK SPACE}{_count(n)}" for words, n in counts)
    balance = said.estimate(kind, unit, "evidence_balance")
    return [f"{BALANCE(language)} {shown(balance, language, digits=2)}"] * balance.known + [numbers]


def _count(number: float) -> str:
    return printed(number, 0 if abs(number - round(number)) < 1e-6 else 1)
