"""The questionnaire on paper: one printable HTML page (A4) of the chosen instruments and the roster.

What identifies the respondent stands on the first sheet alone, which is detached when the answers are typed in; a number that
the researcher assigns, written at the top of every sheet, ties the two. Questions about actors on the roster are a table with a row
for each actor and blank rows for those who are missing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import CHOICES, Instrument, Item, Option, Question, Relation
from gumflow.present.wording import KINDS, Words

LANGUAGES = ("en", "zh", "both")
ROSTER_COLUMNS = ("actor", "label_en", "label_zh", "kind")

# Rows for actors that the roster lacks, and for names where the instrument sets no limit.
BLANK_ROWS = 8
NAME_ROWS = 5
# A cell of the roster holds so many figures to circle; more are written in.
_MOST_CIRCLED = 6

# Widths in the list, in mm: the sheet between its margins, the running number, the name, and what a cell needs.
_LIST_WIDTH = 277.0
_NUMBER_WIDTH = 8.0
_NAME_WIDTH = 50.0
_CELL_WIDTH = 13.0
_FIGURE_WIDTH = 1.6

TEXT = {
    "number": Words("Respondent number", "受访编号"),
    "identity": Words("About the respondent", "受访者信息"),
    "organization": Words("Name of the firm or organization", "企业或机构名称"),
    "date": Words("Date", "日期"),
    "promise": Words(
        "Your answers serve research only. This sheet is taken off before the answers are read, and kept under lock. No name and no "
        "single answer is passed on or published; results appear only for groups of firms. You may leave out any question.",
        "答卷仅供研究使用。录入答案前会取下本页并单独封存。任何名称和单份答案都不会外传或发表，结果只按企业群体公布。不愿回答的题目可以空着。",
    ),
    "detach": Words(
        "This sheet is kept apart from the answers. The number above is the one on every further sheet.",
        "本页与答案分开保存。上方编号与后面各页的编号相同。",
    ),
    "tick_one": Words("Tick one.", "请选一项。"),
    "tick_several": Words("Tick all that apply.", "可选多项。"),
    "tick_most": Words("Tick at most {n}.", "最多选 {n} 项。"),
    "write_number": Words("Write a number.", "请填数字。"),
    "write_whole": Words("Write a whole number.", "请填整数。"),
    "circle": Words("Circle one number.", "请圈一个数字。"),
    "sum": Words("Together = 100 %", "合计 = 100%"),
    "shares": Words("Write percentages that add up to 100.", "请填百分比，合计为 100。"),
    "rank": Words(
        "Of what you ticked: write 1 for the most important, 2 for the next, and so on.",
        "对所选各项排序：最重要的写 1，其次写 2，依此类推。",
    ),
    "rank_most": Words(
        "Of what you ticked: write 1 for the most important, 2 for the next, up to {n}.",
        "对所选各项排序：最重要的写 1，其次写 2，至多写到 {n}。",
    ),
    "only_if": Words(
        "Only if this is ticked in question {question}: {options}", "仅当第 {question} 题选了：{options}"
    ),
    "asked_of": Words("For: {kinds}", "询问对象：{kinds}"),
    "on_roster": Words("Answer in the list, column {ids}.", "请在名册的 {ids} 栏作答。"),
    "additions": Words("Write them into the blank rows at the end of the list.", "请写在名册末尾的空行中。"),
    "names": Words("Write names, at most {n}.", "请填名称，最多 {n} 个。"),
    "names_free": Words("Write names.", "请填名称。"),
    "name": Words("Name", "名称"),
    "list": Words("List", "名册"),
    "list_hint": Words(
        "One row for each, without your own. Leave a row empty if you have nothing to do with it; cells in gray are not asked.",
        "每行一家，不含贵单位自身。没有往来的整行留空；灰色格不必填写。",
    ),
    "blank_rows": Words("Missing from the list", "名册中缺少的"),
    "circle_or_tick": Words("circle", "圈选"),
    "tick": Words("tick", "打勾"),
    "write": Words("write", "填写"),
    "write_codes": Words("write numbers", "填序号"),
}  # fmt: skip

# Units as the instruments write them; another is printed as it stands.
UNITS = {
    "%": Words("%", "%"),
    "percent": Words("%", "%"),
    "persons": Words("persons", "人"),
    "firms": Words("firms", "家"),
    "years": Words("years", "年"),
    "projects": Words("projects", "个"),
    "services": Words("services", "项"),
    "disputes": Words("disputes", "件"),
    "10k CNY": Words("10,000 yuan", "万元"),
    "10k pieces per month": Words("10,000 pieces a month", "万件/月"),
}


@dataclass(frozen=True)
class Matrix:
    """A list of actors with the items asked about each.

    `about` is the kind of actor that the items are about first, `widths` are those of the columns in mm, and `rows` are (number, heading
    where a kind begins, label, which items are asked of that kind).
    """

    about: list[str]
    columns: tuple[Item, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[int, list[str], list[str], tuple[bool, ...]], ...]
    blank: int


def paper_form(instruments: Sequence[Instrument], roster: pd.DataFrame, language: str, title: str) -> str:
    """Return the form as one HTML text that needs no other file.

    `roster` has columns actor, label_en, label_zh, kind (one row an actor, in printed order within its kind); `language` is `en`, `zh`
    or `both`. Items about alters on the roster stand in a table after the questions, those about free names under their question.
    Raises `GumflowError` for another language, no instrument, or a roster without these columns.
    """
    import jinja2

    _check_call(instruments, roster, language)
    form = _Form(language)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals |= {"say": form.say, "in_words": form.in_words, "hint": form.hint, "cell": form.cell}
    environment.globals |= {"stem": form.stem, "key": form.key, "boxes": _boxes, "unit": form.unit}
    return environment.get_template("paper_form.html.j2").render(
        lang={"zh": "zh-CN", "both": "zh-CN", "en": "en"}[language],
        title=title,
        number=" ".join(form.say("number")),
        instruments=instruments,
        identity=_identity(instruments),
        parts=[form.part(instrument) for instrument in instruments],
        who_width=_NAME_WIDTH,
        matrices=[m for instrument in instruments for m in form.matrices(instrument, roster)],
        choices=CHOICES,
    )


def _check_call(instruments: Sequence[Instrument], roster: pd.DataFrame, language: str) -> None:
    if language not in LANGUAGES:
        raise GumflowError(f"There is no language {language!r} for a paper form; it is en, zh or both.")
    if not instruments:
        raise GumflowError("A paper form needs an instrument; name some under `instruments` in study.yaml.")
    missing = [c for c in ROSTER_COLUMNS if c not in roster.columns]
    if missing:
        raise GumflowError(f"The roster of a paper form lacks the column {', '.join(missing)}.")


def _identity(instruments: Iterable[Instrument]) -> list[Item]:
    """Return the items on who answers, each text once though two instruments ask it."""
    items = [i for instrument in instruments for i in instrument.items.values() if i.type == "identity"]
    return list({(i.en, i.zh): i for i in reversed(items)}.values())[::-1]


class _Form:
    """What the template asks for, in the language(s) of the form; texts are lists, the leading language first."""

    def __init__(self, language: str) -> None:
        self._languages = ("zh", "en") if language == "both" else (language,)

    def say(self, key: str, **values: object) -> list[str]:
        """Return one of the form's own texts."""
        return [TEXT[key](language).format(**values) for language in self._languages]

    def in_words(self, thing: Instrument | Question | Item | Option) -> list[str]:
        """Return the text of something of an instrument."""
        if isinstance(thing, Instrument):
            return [thing.title[language] for language in self._languages]
        return list(dict.fromkeys(thing.label(language) for language in self._languages))

    def unit(self, item: Item) -> list[str]:
        """Return the unit of a number, once if both languages write it alike."""
        texts = [
            UNITS[item.unit](language) if item.unit in UNITS else item.unit for language in self._languages
        ]
        return list(dict.fromkeys(texts))

    def part(self, instrument: Instrument) -> list[dict]:
        """Return the sections of an instrument with their questions and the items shown under each, identity left out."""
        sections = []
        for section in instrument.sections.values():
            questions = [
                self._question(q, instrument) for q in instrument.questions if q.section == section["id"]
            ]
            questions = [q for q in questions if q["blocks"]]
            if questions:
                title = [section[language] for language in self._languages]
                sections.append({"title": title, "questions": questions})
        return sections

    def _question(self, question: Question, instrument: Instrument) -> dict:
        items = [i for i in question.items if i.type != "identity"]
        on_roster = [i for i in items if i.relation and _is_on_roster(i.relation, instrument)]
        blocks = [
            self._block(i, instrument) for i in items if i not in on_roster and not _is_column(i, instrument)
        ]
        if on_roster:
            blocks.insert(0, {"how": "on_roster", "ids": ", ".join(i.id for i in on_roster)})
        firms_alone = set(question.respondents) == set(instrument.respondents) == {"firm"}
        asked_of = () if firms_alone else question.respondents
        return {"question": question, "blocks": blocks, "asked_of": self._asked_of(asked_of)}

    def _asked_of(self, kinds: Sequence[str]) -> list[str]:
        """Return the line that says whom a question is for; nothing where a questionnaire is for firms alone."""
        if not kinds:
            return []
        named = [self._kind(kind) for kind in kinds]
        joined = [
            "、".join(n) if language == "zh" else ", ".join(n)
            for language, n in zip(self._languages, zip(*named, strict=True), strict=True)
        ]
        return [
            TEXT["asked_of"](language).format(kinds=text)
            for language, text in zip(self._languages, joined, strict=True)
        ]

    def _block(self, item: Item, instrument: Instrument) -> dict:
        """Return how one item is drawn; `own_text` is empty where the question says it already."""
        question = next(q for q in instrument.questions if q.id == item.question)
        own = [] if (item.en, item.zh) == (question.en, question.zh) else self.in_words(item)
        block: dict = {"how": item.type, "item": item, "own_text": own, "columns": []}
        block["skip"] = self.skip(item, instrument)
        if item.relation is None:
            return block
        if _is_addition(item, instrument):
            return block | {"how": "additions"}
        about = [
            i
            for i in instrument.items.values()
            if _is_column(i, instrument) and item.id in _origins(i, instrument)
        ]
        # The name itself is the first column; a column of its own is needed only where something is said of it.
        columns = [i for i in (item, *about) if i is not item or _has_value(i)]
        return block | {"how": "names", "columns": columns, "rows": item.relation.most or NAME_ROWS}

    def skip(self, item: Item, instrument: Instrument) -> list[str]:
        """Return for whom an item is, where not for all: which option of which question must be ticked."""
        condition = item.asked_if
        if condition is None:
            return []
        asked = instrument.items[condition.item]
        printed = next(q.printed for q in instrument.questions if q.id == asked.question)
        texts = []
        for language in self._languages:
            options = [o.label(language) for o in asked.options if o.code in condition.options]
            joined = " / ".join(options)
            texts.append(TEXT["only_if"](language).format(question=printed or asked.id, options=joined))
        return texts

    def hint(self, item: Item) -> list[str]:
        """Return how an item is filled in."""
        if item.type in CHOICES and item.type == "several" and item.most:
            return self.say("tick_most", n=item.most)
        if item.type == "rank" and item.most:
            return self.say("rank_most", n=item.most)
        if item.type == "relation" and item.relation is not None:
            most = item.relation.most
            return self.say("names", n=most) if most else self.say("names_free")
        keys = {
            "single": "tick_one", "several": "tick_several", "shares": "shares", "rank": "rank", "scale": "circle",
            "number": "write_whole" if item.whole else "write_number",
        }  # fmt: skip
        return self.say(keys[item.type]) if item.type in keys else []

    def cell(self, item: Item) -> list[int] | None:
        """Return the figures to circle in a cell of a table, none where something is written in; None for a box to tick."""
        if not _has_value(item):
            return None
        if item.options:
            numbers = _numbers(item.options)
        elif item.whole and item.minimum is not None and item.maximum is not None:
            numbers = list(range(int(item.minimum), int(min(item.maximum, item.minimum + _MOST_CIRCLED)) + 1))
        else:
            numbers = []
        return numbers if len(numbers) <= _MOST_CIRCLED else []

    def stem(self, item: Item) -> list[str]:
        """Return the head of a table's column: the item's text up to a bracket; what is in brackets stands in the key."""
        return [re.split(r"\s*[(（]", text, maxsplit=1)[0] or text for text in self.in_words(item)]

    def key(self, item: Item) -> list[str]:
        """Return what the figures of a column mean, options with their numbers."""
        texts = []
        for language in self._languages:
            options = [
                f"{n} {o.label(language)}" for n, o in zip(_numbers(item.options), item.options, strict=True)
            ]
            how = "tick" if not _has_value(item) else "circle_or_tick" if self.cell(item) else "write"
            how = "write_codes" if how == "write" and options else how
            listed = ("：" if language == "zh" else ": ") + ("，" if language == "zh" else ", ").join(options)
            way = f"（{TEXT[how](language)}）" if language == "zh" else f" [{TEXT[how](language)}]"
            texts.append(item.label(language) + way + (listed if options else ""))
        return texts

    def matrices(self, instrument: Instrument, roster: pd.DataFrame) -> list[Matrix]:
        """Return the lists of an instrument: items about the same kind of actor first share one.

        An item asked about firms and others and one asked about firms alone stand in one list, whose cells are gray where an item
        does not ask of that kind.
        """
        groups: dict[str, list[Item]] = {}
        for item in instrument.items.values():
            if item.relation is not None and _is_on_roster(item.relation, instrument):
                first = (
                    item
                    if item.relation.alters == "roster"
                    else instrument.items[_origins(item, instrument)[0]]
                )
                assert first.relation is not None
                groups.setdefault(first.relation.kinds[0], []).append(item)
        return [self._matrix(items, roster) for items in groups.values()]

    def _matrix(self, items: Sequence[Item], roster: pd.DataFrame) -> Matrix:
        asked = [i.relation.kinds if i.relation else () for i in items]
        order = list(dict.fromkeys(kind for kinds in asked for kind in kinds))
        rows: list[tuple[int, list[str], list[str], tuple[bool, ...]]] = []
        for kind in order:
            held = roster.loc[roster["kind"] == kind]
            for place, (en, zh) in enumerate(zip(held["label_en"], held["label_zh"], strict=True)):
                names = {"en": en or zh, "zh": zh or en}
                texts = list(dict.fromkeys(names[language] for language in self._languages))
                heading = [] if place else self._kind(kind)
                rows.append((len(rows) + 1, heading, texts, tuple(kind in kinds for kinds in asked)))
        needed = [_CELL_WIDTH + _FIGURE_WIDTH * len(self.cell(i) or ()) for i in items]
        room = (_LIST_WIDTH - _NUMBER_WIDTH - _NAME_WIDTH) / sum(needed)
        widths = tuple(round(width * room, 1) for width in needed)
        return Matrix(self._kind(order[0]), tuple(items), widths, tuple(rows), BLANK_ROWS)

    def _kind(self, kind: str) -> list[str]:
        return [KINDS[kind](language) if kind in KINDS else kind for language in self._languages]


def _origins(item: Item, instrument: Instrument) -> list[str]:
    """Return the items in which the alters of an item were named first (roster or names), through items about named alters."""
    assert item.relation is not None
    if item.relation.alters != "named":
        return [item.id]
    named = [instrument.items[i] for i in item.relation.named_in]
    return [o for other in named if other.relation for o in _origins(other, instrument)]


def _is_on_roster(relation: Relation, instrument: Instrument) -> bool:
    if relation.alters != "named":
        return relation.alters == "roster"
    first = instrument.items[relation.named_in[0]].relation
    return first is not None and _is_on_roster(first, instrument)


def _is_column(item: Item, instrument: Instrument) -> bool:
    """Return whether an item is a column of another's table of names."""
    relation = item.relation
    return relation is not None and relation.alters == "named" and not _is_on_roster(relation, instrument)


def _is_addition(item: Item, instrument: Instrument) -> bool:
    """Return whether an item only asks who is missing from the list."""
    others = [i.relation for i in instrument.items.values() if i.relation]
    named = {name for relation in others for name in relation.named_in}
    roster = any(relation.alters == "roster" for relation in others)
    plain = item.relation is not None and not item.relation.layer and not item.relation.most
    return roster and plain and item.id not in named and not _has_value(item)


def _has_value(item: Item) -> bool:
    """Return whether more than a tick (or a name) is asked."""
    return bool(item.options) or item.minimum is not None or item.maximum is not None or bool(item.unit)


def _numbers(options: Sequence[Option]) -> list[int]:
    return [o.printed or place for place, o in enumerate(options, start=1)]


def _boxes(item: Item) -> list[int]:
    """Return the figures of a scale."""
    assert item.minimum is not None
    assert item.maximum is not None
    return list(range(int(item.minimum), int(item.maximum) + 1))
