"""The dated events of one cluster, and the numbers of firms that its source prints (the book's 4.2 for the lighters)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gumflow.contract.errors import GumflowError
from gumflow.present.placing import staircase
from gumflow.present.sheet import Frame, Key, Sheet, legend_height, line_mm, text_width, wrap, wrap_evenly
from gumflow.present.style import (
    EVENT_MARKERS,
    GRAY,
    INK,
    PALE,
    SMALL_PT,
    WIDTH_DOUBLE_MM,
    Marker,
    styled,
    tint,
)
from gumflow.present.wording import EVENTS, SIGNS, Words

TITLE = Words("Events: {}", "大事记：{}")
NOTE = Words(
    "Dates and figures as the source prints them; bars are periods, and a year alone stands at its beginning. What is not dated in the "
    "source is not shown; order in time is not cause.",
    "日期与数字均照资料所印；横条为时段，只有年份的画在年初。资料没有注明日期的未画出；时间先后不等于因果。",
)
FIRMS = Words("Firms, as printed", "企业数（照印）")
UNDATED = Words("dotted, printed without a year: {}", "点线，未注年份：{}")
NO_EVENTS = Words("No dated event is stated.", "资料没有注明日期的事件。")

LABEL_MM = 30.0
LANE_GAP_MM = 1.2
STEM_MM = 18.0
PANEL_HEAD_MM = 6.0
LEFT_MM = 12.0


class _Event(NamedTuple):
    start: float
    end: float
    kind: str
    lines: list[str]


class _Scale(NamedTuple):
    """The time axis: its first and last year, and where it ends (mm)."""

    first: float
    last: float
    right: float

    def x(self, year: float) -> float:
        """Return the place of a moment in millimeters."""
        return LEFT_MM + (year - self.first) * (self.right - LEFT_MM) / (self.last - self.first)


def draw_timeline(
    events: pd.DataFrame,
    facts: pd.DataFrame,
    cluster_label: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw the events of one cluster on a time axis, with the printed numbers of firms below, 180 mm wide.

    Args:
        events: rows of the table events of one cluster (date, date_to, kind, label_en, label_zh); a date is `YYYY`, `YYYY-MM`
            or `YYYY-MM-DD`.
        facts: rows of the table facts of the cluster; those with unit `firms` and a year make the lower panel if there are at
            least two years (value, qualifier, year, what_en, what_zh).
        cluster_label: the cluster's name in `language`.
        language: `en` or `zh`.
        grade: where the rows come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        frame = Frame(TITLE(language).format(cluster_label), (NOTE(language),), source, language, grade)
        items = _events(events, language)
        if not items:
            sheet = Sheet(WIDTH_DOUBLE_MM, 16.0, frame)
            sheet.write(WIDTH_DOUBLE_MM / 2, 8.0, NO_EVENTS(language), color=GRAY, ha="center")
            return sheet.finish()
        firms = _firms(facts)
        panel = firms["year"].nunique() >= 2
        time = _scale(items, firms if panel else firms.iloc[:0])
        ups = staircase(
            [time.x(e.start) for e in items], [_span(e) for e in items], [_height(e) for e in items]
        )
        bars = _bar_rows(items)
        axis = max(up + _height(e) for up, e in zip(ups, items, strict=True)) + 2.0
        strip = 3.0 + 2.4 * (max(bars) + 1)
        below = axis + strip + 4.5
        stems = _stems(firms, time, language) if panel else []
        foot = below + (_panel_height(stems) + 7.0 if panel else 0.0)
        kinds = {e.kind for e in items}
        keys = [Key(EVENTS[k](language), "marker", _marker(EVENT_MARKERS[k])) for k in EVENTS if k in kinds]
        sheet = Sheet(WIDTH_DOUBLE_MM, foot + legend_height(keys, WIDTH_DOUBLE_MM - 4) + 1.0, frame)
        _draw_axis(sheet, time, axis, strip)
        _draw_events(sheet, items, time, ups, bars, axis)
        if panel:
            _draw_firms(sheet, firms, stems, time, below + 3.0)
        sheet.legend(2.0, foot, WIDTH_DOUBLE_MM - 4, keys)
        return sheet.finish()


def _span(event: _Event) -> float:
    return max(text_width(t, SMALL_PT) for t in event.lines) + 2.2


def _height(event: _Event) -> float:
    return len(event.lines) * line_mm(SMALL_PT) + LANE_GAP_MM


def _events(events: pd.DataFrame, language: str) -> list[_Event]:
    items = []
    for row in events.itertuples():
        kind = str(row.kind)
        if kind not in EVENTS:
            raise GumflowError(f"events: {row.event} has the kind {kind!r}; allowed: {', '.join(EVENTS)}")
        start = _decimal_year(row.date, last=False)
        if np.isnan(start):
            continue
        end = _decimal_year(row.date_to, last=True)
        date = _shown(row.date, row.date_to)
        label = str(row.label_zh if language == "zh" else row.label_en)
        lines = wrap_evenly(f"{date} {label}", LABEL_MM, SMALL_PT)
        items.append(_Event(start, end if end > start else np.nan, kind, lines))
    return sorted(items, key=lambda e: (e.start, e.kind, e.lines))


def _decimal_year(date: object, *, last: bool) -> float:
    """Return a date as a year with its fraction: its first moment or, with `last`, its end; NaN for no date."""
    text = "" if date is None or date != date else str(date).strip()
    if not text:
        return np.nan
    try:
        parts = [int(float(p)) for p in text.split("-")]
    except ValueError as error:
        raise GumflowError(f"events: the date {text!r} is not YYYY, YYYY-MM or YYYY-MM-DD") from error
    year, month, day = [*parts, 0, 0][:3]
    if not month:
        return year + (1.0 if last else 0.0)
    if not day:
        return year + (month - (0 if last else 1)) / 12
    return year + (month - 1) / 12 + (day - (0 if last else 1)) / 365


def _shown(date: object, date_to: object) -> str:
    first, last = str(date).strip(), "" if date_to is None or date_to != date_to else str(date_to).strip()
    if not last or last == first:
        return first
    # Within one year the year is not said twice.
    return f"{first}–{last[5:]}" if len(last) > 4 and last[:4] == first[:4] else f"{first}–{last}"


def _firms(facts: pd.DataFrame) -> pd.DataFrame:
    rows = facts[facts["unit"] == "firms"].copy()
    rows["value"] = pd.to_numeric(rows["value"], errors="coerce")
    rows["year"] = pd.to_numeric(rows["year"], errors="coerce")
    return rows[rows["value"].notna()].sort_values(["year", "value"], kind="stable")


def _scale(items: Sequence[_Event], firms: pd.DataFrame) -> _Scale:
    """Choose whole years at both ends, and the right end such that the last labels still fit on the sheet."""
    dated = firms["year"].dropna().tolist()
    first = float(np.floor(min([e.start for e in items] + dated)))
    ends = [e.start for e in items] + [e.end for e in items if not np.isnan(e.end)] + dated
    last = float(max(np.ceil(max(ends)), first + 2))
    labels = [(e.start, _span(e)) for e in items] + [(year, LABEL_MM + 2.0) for year in dated]
    right = WIDTH_DOUBLE_MM - 6.0
    for at, span in labels:
        if at > first:
            right = min(
                right, LEFT_MM + (WIDTH_DOUBLE_MM - 2.0 - span - LEFT_MM) * (last - first) / (at - first)
            )
    return _Scale(first, last, right)


def _bar_rows(items: Sequence[_Event]) -> list[int]:
    """Give each event with a period a row below the axis in which no other period overlaps it; -1 for a moment."""
    ends: list[float] = []
    rows = []
    for event in items:
        if np.isnan(event.end):
            rows.append(-1)
            continue
        row = next((i for i, end in enumerate(ends) if end <= event.start), len(ends))
        ends[row : row + 1] = [event.end]
        rows.append(row)
    return rows


def _marker(marker: Marker) -> dict[str, object]:
    return {
        "marker": marker.shape,
        "markersize": 4.5,
        "color": marker.color or INK,
        "markeredgecolor": "white",
        "markeredgewidth": 0.4,
    }


def _draw_axis(sheet: Sheet, time: _Scale, axis: float, strip: float) -> None:
    sheet.line([LEFT_MM, time.right], [axis, axis], color=INK, linewidth=0.8)
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1000) if (time.last - time.first) / s <= 16)
    for year in range(int(-(-time.first // step) * step), int(time.last) + 1, step):
        x = time.x(year)
        sheet.line([x, x], [axis, axis + 1.0], color=INK, linewidth=0.6)
        sheet.write(x, axis + strip + 1.5, str(year), size=SMALL_PT, color=GRAY, ha="center")


def _draw_events(
    sheet: Sheet,
    items: Sequence[_Event],
    time: _Scale,
    ups: Sequence[float],
    bars: Sequence[int],
    axis: float,
) -> None:
    for number, (event, up, bar) in enumerate(zip(items, ups, bars, strict=True)):
        marker = EVENT_MARKERS[event.kind]
        color = marker.color or INK
        x, foot = time.x(event.start), axis - 2.0 - up
        head = foot - (len(event.lines) - 0.5) * line_mm(SMALL_PT)
        sheet.line([x, x], [axis, head], color=GRAY, linewidth=0.4)
        sheet.line([x], [axis], linestyle="none", marker="o", markersize=2, color=INK, zorder=3)
        sheet.line([x], [head], linestyle="none", zorder=3, **_marker(marker))
        for text in sheet.write(x + 1.5, foot, event.lines, size=SMALL_PT, va="bottom"):
            text.set_label(f"label {number}")
        if bar >= 0:
            y = axis + 1.8 + 2.4 * bar
            width = time.x(event.end) - x
            sheet.add(
                Rectangle((x, y), width, 1.5, facecolor=tint(color, 0.6), edgecolor=color, linewidth=0.4)
            )


class _Stem(NamedTuple):
    """A printed number of firms: where, how high, its label, and how high the label's foot stands."""

    x: float
    height: float
    lines: list[str]
    up: float


def _stems(firms: pd.DataFrame, time: _Scale, language: str) -> list[_Stem]:
    """Place the numbers that have a year. Two numbers of one year count different things: then each says what."""
    dated = firms[firms["year"].notna()].sort_values(
        ["year", "value"], ascending=[True, False], kind="stable"
    )
    alone = dated["year"].is_unique
    texts = [_number(r) if alone else f"{_number(r)} {_what(r, language)}" for r in dated.itertuples()]
    lines = [wrap_evenly(t, LABEL_MM, SMALL_PT) for t in texts]
    at = [time.x(year) for year in dated["year"]]
    heights = [value * STEM_MM / float(firms["value"].max()) for value in dated["value"]]
    tall = [len(t) * line_mm(SMALL_PT) for t in lines]
    spans = [max(text_width(t, SMALL_PT) for t in ls) + 1.8 for ls in lines]
    ups = staircase(at, spans, tall, [max(h - line_mm(SMALL_PT) / 2, 0.0) for h in heights])
    return [_Stem(*stem) for stem in zip(at, heights, lines, ups, strict=True)]


def _panel_height(stems: Sequence[_Stem]) -> float:
    return PANEL_HEAD_MM + max([STEM_MM] + [s.up + len(s.lines) * line_mm(SMALL_PT) for s in stems])


def _draw_firms(sheet: Sheet, firms: pd.DataFrame, stems: Sequence[_Stem], time: _Scale, top: float) -> None:
    """Draw the printed numbers as stems; a number without a year is a dotted line, named beside the heading."""
    language = sheet.frame.language
    base = top + _panel_height(stems)
    heading = FIRMS(language)
    sheet.write(LEFT_MM, top + 1.5, heading, bold=True)
    sheet.line([LEFT_MM, time.right], [base, base], color=GRAY, linewidth=0.6)
    for stem in stems:
        sheet.line([stem.x] * 2, [base, base - stem.height], color=PALE, linewidth=1.6)
        sheet.line([stem.x], [base - stem.height], linestyle="none", marker="o", markersize=4, color=INK)
        foot = base - stem.up
        head = foot - (len(stem.lines) - 0.5) * line_mm(SMALL_PT)
        if head < base - stem.height - 1.5:
            sheet.line(
                [stem.x, stem.x, stem.x + 1.0], [base - stem.height, head, head], color=GRAY, linewidth=0.4
            )
        for text in sheet.write(stem.x + 1.4, foot, stem.lines, size=SMALL_PT, va="bottom"):
            text.set_label(f"number {stem.x:.2f} {stem.height:.2f}")
    undated = firms[firms["year"].isna()]
    for value in undated["value"]:
        y = base - value * STEM_MM / float(firms["value"].max())
        sheet.line([LEFT_MM, time.right], [y, y], color=GRAY, linewidth=0.6, linestyle=(0, (1, 2)), zorder=1)
    if len(undated):
        joint = "；" if language == "zh" else "; "
        items = joint.join(f"{_number(r)} {_what(r, language)}" for r in undated.itertuples())
        left = LEFT_MM + text_width(heading, bold=True) + 4.0
        lines = wrap(UNDATED(language).format(items), sheet.width - 2.0 - left, SMALL_PT)
        sheet.write(left, top + 1.5, lines[:2], size=SMALL_PT, color=GRAY)


def _number(row: Any) -> str:
    return f"{SIGNS.get(str(row.qualifier), '')}{row.value:,.0f}"


def _what(row: Any, language: str) -> str:
    return str(row.what_zh if language == "zh" else row.what_en)
