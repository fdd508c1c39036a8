"""What the firms of one cluster answered: shares of choices with their intervals, grouped by factor, beside the wave before."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from gumflow.contract.instrument import CHOICES
from gumflow.contract.model import Model
from gumflow.present.answer_tables import TICKED
from gumflow.present.figures.panels import FINE_PT
from gumflow.present.sheet import Frame, Key, Sheet, legend_height, line_mm, text_width, wrap
from gumflow.present.style import (
    FACTOR_COLORS,
    GRAY,
    INK,
    PALE,
    SMALL_PT,
    TEXT_PT,
    WIDTH_DOUBLE_MM,
    WIDTH_SINGLE_MM,
    styled,
)
from gumflow.present.wording import Words

TITLE = Words("What the firms answered: {}", "企业的回答：{}")
RULE_NOTE = Words(
    "Dot: share of the firms that answered the question (n); line: 95 % interval (Wilson). Of a question for one answer the option chosen most "
    "often is shown, of one with two options the first, of one for several answers the two chosen most; all are in tables.xlsx (answer_shares).",
    "圆点：回答该题的企业（n）中的占比；线段：95%区间（Wilson）。单选题列出选择最多的一项，两个选项的题列出第一项，多选题列出选择最多的两项；全部结果见 tables.xlsx（answer_shares）。",
)
OUTCOME_NOTE = Words(
    "Outcomes are what has been upgraded; they are kept apart from what the factors do.",
    "结果题反映已发生的升级，与各要素的作用分列。",
)
HIDDEN_NOTE = Words(
    "Options on so few firms that they may not be shown are left out.", "企业数过少、不得公开的选项未列出。"
)
TICKED_NOTE = Words(
    "* of those who ticked something: the tool cannot tell none ticked from blank; upper bound.",
    "* 仅计至少勾选一项的企业：工具无法区分“一项未选”与“空缺”，占比为上限。",
)
APART_NOTE = Words(
    "The wave before is not drawn for questions where only one of the two waves tells none ticked from blank.",
    "若两期中只有一期能区分“一项未选”与“空缺”，则不画出前一期。",
)
OUTCOMES = Words("Upgrading that happened (outcomes)", "已发生的升级（结果）")
CONTINUED = Words("{}, continued", "{}（续）")
SPAN = Words("95 % interval", "95%区间")
SHARE = Words("share of firms", "企业占比")

OUTCOME = "outcome"
MOST_OF_SEVERAL = 2
LABEL_MM, GAP_MM, HEAD_MM, ROW_MM, AFTER_MM, SCALE_MM = 41.0, 6.0, 5.2, 3.5, 1.1, 5.0
FEW_ITEMS = 4
_SHIFT_MM = 0.55


class Answer(NamedTuple):
    """One option: its label, and (share, low, high) now and in the wave before, where they are known."""

    label: str
    now: tuple[float, float, float]
    before: tuple[float, float, float] | None


class Asked(NamedTuple):
    """One item: the factor that it bears on (or `OUTCOME`), its text, how many firms answered (before, now), and its answers.

    `ticked`: these are only the firms that ticked something. `apart`: the wave before has another base, and is left out.
    """

    group: str
    text: str
    firms: tuple[int, ...]
    answers: tuple[Answer, ...]
    ticked: bool = False
    apart: bool = False


def chosen_answers(shares: pd.DataFrame, before: pd.DataFrame, model: Model, language: str) -> list[Asked]:
    """Return what the figure shows, in the order of the model's factors (outcomes last), then as asked.

    Items of ticks that bear on a factor, or are outcomes. Shown are: of an item with two options the first, of another for one answer
    that with the largest share, of one for several answers the `MOST_OF_SEVERAL` largest; only options that are not withheld, and of
    equal shares the earlier. `shares` and `before` are rows of the table `answer_shares` of one cluster and wave; `before` may be empty.
    The wave before is left out of an item that has another base in it.
    """
    rows = shares[shares["type"].isin(CHOICES) & (shares["constructs"] != "")]
    known = {(r["question"], r["option"]): r for r in before.to_dict("records")}
    found = []
    for question, options in rows.groupby("question", sort=False):
        first = options.iloc[0]
        group = _group(first["role"], first["constructs"], model)
        if not group:
            continue
        best = options if len(options) > 2 or first["type"] == "several" else options.iloc[:1]
        best = best[best["share"].notna()].sort_values("share", ascending=False, kind="stable")
        best = best.head(MOST_OF_SEVERAL if first["type"] == "several" else 1)
        if best.empty:
            continue
        then = {o: known[question, o] for o in options["option"] if (question, o) in known}
        apart = any(r["base"] not in ("", first["base"]) for r in then.values())
        then = {} if apart else then
        answers = tuple(
            Answer(r[f"label_{language}"], _share(r), _share(then[r["option"]]) if _is_known(then.get(r["option"])) else None)
            for r in best.to_dict("records")
        )  # fmt: skip
        firms = tuple(int(r["firms"]) for r in (*list(then.values())[:1], first) if r["firms"] == r["firms"])
        ticked = first["base"] == TICKED
        found.append(Asked(group, first[f"item_{language}"], firms, answers, ticked, apart))
    order = [*model.factors, OUTCOME]
    return sorted(found, key=lambda asked: order.index(asked.group))


def _group(role: str, constructs: str, model: Model) -> str:
    """Return the factor of an item's first construct, `OUTCOME`, or nothing for what describes the firm."""
    if role == "outcome":
        return OUTCOME
    return str(model.constructs[constructs.split()[0]].get("factor") or "")


def _is_known(row: Any) -> bool:
    return row is not None and row["share"] == row["share"]


def _share(row: Any) -> tuple[float, float, float]:
    return (float(row["share"]), float(row["low"]), float(row["high"]))


class _Block(NamedTuple):
    """A heading or an item, as it is laid out: its height (mm) and its wrapped lines."""

    group: str
    height: float
    lines: list[str]
    item: Asked | None = None
    labels: tuple[list[str], ...] = ()


def draw_answers(
    shares: pd.DataFrame,
    before: pd.DataFrame,
    model: Model,
    label: str,
    waves: Sequence[str] = (),
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure | None:
    """Draw shares of answers with 95 % intervals, by factor, in two columns (180 mm; a few items 88 mm); None without any.

    Args:
        shares: rows of the table `answer_shares` of one cluster and wave.
        before: those of the wave before; may be empty.
        model: the GUM model, whose factors are the groups.
        label: the cluster's name in `language`.
        waves: names of the wave before and of this one, where there are two.
        language: `en` or `zh`.
        grade: where the answers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        asked = chosen_answers(shares, before, model, language)
        if not asked:
            return None
        few = len(asked) <= FEW_ITEMS
        width = WIDTH_SINGLE_MM if few else WIDTH_DOUBLE_MM
        room = width - 4.0 if few else (width - 4.0 - GAP_MM) / 2
        columns = _columns([_item_block(a, room) for a in asked], model, language, 1 if few else 2)
        tall = max(sum(b.height for b in column) for column in columns)
        keys = _keys(waves if any(a.before for i in asked for a in i.answers) else (), language)
        notes = [RULE_NOTE, OUTCOME_NOTE] if any(a.group == OUTCOME for a in asked) else [RULE_NOTE]
        notes += [TICKED_NOTE] if any(a.ticked for a in asked) else []
        notes += [APART_NOTE] if any(a.apart for a in asked) else []
        notes += [HIDDEN_NOTE] if (shares["withheld"] != "").any() else []
        frame = Frame(
            TITLE(language).format(label), tuple(n(language) for n in notes), source, language, grade
        )
        keys_mm = legend_height(keys, width - 4.0)
        sheet = Sheet(width, tall + SCALE_MM + 3.5 + keys_mm, frame)
        for at, column in enumerate(columns):
            _draw_column(sheet, column, 2.0 + at * (room + GAP_MM), room)
        sheet.legend(2.0, tall + SCALE_MM + 3.0, width - 4.0, keys)
        return sheet.finish()


def _item_block(asked: Asked, room: float) -> _Block:
    numbers = _numbers(asked)
    lines = wrap(asked.text, room - text_width(numbers, SMALL_PT) - 2.0, FINE_PT)
    labels = tuple(wrap(a.label, LABEL_MM - 3.0, FINE_PT) for a in asked.answers)
    height = len(lines) * line_mm(FINE_PT) + sum(_row_mm(lines) for lines in labels) + AFTER_MM
    return _Block(asked.group, height, lines, asked, labels)


def _row_mm(lines: Sequence[str]) -> float:
    return max(ROW_MM, len(lines) * line_mm(FINE_PT) + 0.6)


def _numbers(asked: Asked) -> str:
    mark = "*" if asked.ticked else ""
    return f"n = {', '.join(f'{n}{mark}' for n in asked.firms)}"


def _heading(group: str, model: Model, language: str, again: bool = False) -> _Block:
    name = OUTCOMES(language) if group == OUTCOME else model.factors[group].label(language)
    return _Block(group, HEAD_MM, [CONTINUED(language).format(name) if again else name])


def _columns(blocks: Sequence[_Block], model: Model, language: str, wanted: int) -> list[list[_Block]]:
    """Return the blocks under headings, in one column, or in two as equal in height as can be."""

    def headed(part: Sequence[_Block], last: str = "") -> list[_Block]:
        out: list[_Block] = []
        for i, block in enumerate(part):
            if i == 0 or block.group != part[i - 1].group:
                out.append(_heading(block.group, model, language, again=i == 0 and block.group == last))
            out.append(block)
        return out

    if wanted == 1:
        return [headed(blocks)]
    cuts = [[headed(blocks[:at]), headed(blocks[at:], blocks[at - 1].group)] for at in range(1, len(blocks))]
    return min(cuts, key=lambda two: max(sum(b.height for b in column) for column in two))


class _Strokes:
    """Lines and dots of one look, drawn together: a figure has hundreds, and each artist of its own costs time."""

    def __init__(self) -> None:
        self._points: dict[str, tuple[dict[str, Any], list[float], list[float]]] = {}

    def add(self, name: str, style: dict[str, Any], x: Sequence[float], y: Sequence[float]) -> None:
        """Add points that are joined; they are not joined to those before."""
        _, xs, ys = self._points.setdefault(name, (style, [], []))
        xs += [*x, float("nan")]
        ys += [*y, float("nan")]

    def draw(self, sheet: Sheet) -> None:
        """Draw all, in the order in which their looks were first added."""
        for style, xs, ys in self._points.values():
            sheet.line(xs, ys, **style)


def _draw_column(sheet: Sheet, blocks: Sequence[_Block], left: float, room: float) -> None:
    """Draw the headings and items of one column below each other, and the scale below."""
    start, width = left + LABEL_MM, room - LABEL_MM - 2.0
    strokes = _Strokes()
    y = 0.0
    for block in blocks:
        color = _color(block.group)
        if block.item is None:
            sheet.line([left, left + room], [y + HEAD_MM - 0.9] * 2, color=color, linewidth=1.4)
            sheet.write(left, y + HEAD_MM / 2 - 0.6, block.lines, bold=True, size=TEXT_PT)
        else:
            _draw_item(sheet, strokes, block, (left, y, room), (start, width))
        y += block.height
    strokes.draw(sheet)
    for share in (0, 25, 50, 75, 100):
        x = start + width * share / 100
        sheet.line([x, x], [y, y + 0.8], color=GRAY, linewidth=0.5)
        sheet.write(x, y + 2.4, f"{share}%", size=SMALL_PT, color=GRAY, ha="center")
    sheet.line([start, start + width], [y, y], color=GRAY, linewidth=0.5)


def _color(group: str) -> str:
    return INK if group == OUTCOME else FACTOR_COLORS.get(group, GRAY)


def _draw_item(
    sheet: Sheet,
    strokes: _Strokes,
    block: _Block,
    place: tuple[float, float, float],
    scale: tuple[float, float],
) -> None:
    left, y, room = place
    start, width = scale
    assert block.item is not None
    right = left + room
    sheet.write(left, y, block.lines, size=FINE_PT, color=GRAY, va="top")
    sheet.write(right, y, _numbers(block.item), size=SMALL_PT, color=GRAY, ha="right", va="top")
    y += len(block.lines) * line_mm(FINE_PT)
    for answer, lines in zip(block.item.answers, block.labels, strict=True):
        tall = _row_mm(lines)
        middle = y + tall / 2
        sheet.write(left + 2.0, middle, lines, size=FINE_PT)
        strokes.add("row", _PALE_LINE, [start, start + width], [middle] * 2)
        for share in (0.25, 0.5, 0.75):
            strokes.add("row", _PALE_LINE, [start + share * width] * 2, [y + 0.5, y + tall - 0.3])
        strokes.add("zero", {"color": GRAY, "linewidth": 0.5}, [start] * 2, [y + 0.5, y + tall])
        shift = _SHIFT_MM if answer.before else 0.0
        waves = [("now", answer.now, middle + shift, _full)]
        if answer.before:
            waves.insert(0, ("before", answer.before, middle - shift, _hollow))
        for wave, share_now, at, style in waves:
            value, low, high = (start + width * s for s in share_now)
            color = _color(block.group)
            strokes.add(f"span {color}", {"color": color, **_SPAN_LINE}, [low, high], [at, at])
            strokes.add(f"{wave} {color}", {**style(color), "linestyle": "none", "zorder": 4}, [value], [at])
        y += tall


_PALE_LINE: dict[str, Any] = {"color": PALE, "linewidth": 0.3, "zorder": 1}
_SPAN_LINE: dict[str, Any] = {"linewidth": 0.9, "solid_capstyle": "butt", "zorder": 3}


def _full(color: str) -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": 3.2,
        "color": color,
        "markeredgecolor": "white",
        "markeredgewidth": 0.3,
    }


def _hollow(color: str) -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": 2.6,
        "color": color,
        "markerfacecolor": "white",
        "markeredgewidth": 0.7,
    }


def _keys(waves: Sequence[str], language: str) -> list[Key]:
    """Return the keys: with two waves the one before is the hollow dot."""
    span = Key(SPAN(language), "line", {"color": INK, "linewidth": 0.9})
    if len(waves) < 2:
        return [Key(SHARE(language), "marker", _full(INK)), span]
    return [Key(waves[0], "marker", _hollow(INK)), Key(waves[1], "marker", _full(INK)), span]
