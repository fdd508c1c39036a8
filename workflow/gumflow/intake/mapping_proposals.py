"""A proposal for mapping.csv: what is certain is filled in, what is doubtful is left empty with the nearest candidate beside it.

Certain is a column called as an item, or as the form that gumflow makes calls what it holds of an item; a header that holds the id of one
item; the printed number of a question with words near it; and words equal to an item's. Two columns never get one item.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from gumflow.contract.instrument import WITH_OPTIONS, Instrument, Item, Question
from gumflow.intake.mapping import COLUMNS, items_of
from gumflow.intake.option_words import TICKED, UNTICKED, OptionReader, likeness, nearest, squeezed
from gumflow.intake.source_cells import Exported

NEAR = 0.5
"""Least likeness (Dice) of a header to a question of the same printed number."""
MOST_WORDS = 200
"""So many words that mean no option are listed for one column."""

_RESPONDENT = (
    "respondent",
    "actor",
    "actor_id",
    "firm_id",
    "受访者",
    "受访企业",
    "作答者",
    "作答单位",
    "企业编号",
)
_SUBMITTED = (
    "submitted",
    "_submission_time",
    "SubmissionDate",
    "提交答卷时间",
    "提交时间",
    "submitted_at",
    "填表日期",
    "调查日期",
)
_CONSENT = ("consent", "同意参加", "知情同意")
_META = (
    "start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username", "audit", "instanceID", "instanceName",
    "formdef_version", "__version__", "_id", "_uuid", "_index", "_parent_index", "_parent_table_name", "_status", "_notes", "_tags",
    "_submitted_by", "_validation_status", "KEY", "PARENT_KEY", "序号", "所用时间", "来源", "来源详情", "来自IP", "总分",
    "respondent_kind", "about", "record", "id",
)  # fmt: skip
_NUMBERED = re.compile(r"\s*[Qq第(（]?\s*([0-9]{1,3})\s*(?:[、.．:：)）]|题|\s)\s*(.*)", re.DOTALL)
_Q = re.compile(r"[Qq]?([0-9]{1,3})")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*", re.ASCII)


def propose_mapping(export: Exported, instruments: Sequence[Instrument]) -> pd.DataFrame:
    """Return a mapping (source, option, question, code, note) for every column of the export and every option seen in it.

    `note` tells, for a row that is left empty, the nearest item or option and how like it is (0 to 1).
    """
    items = items_of(instruments)
    columns = export.columns.drop_duplicates("source")
    sources, shown = list(columns["source"].astype("str")), list(columns["shown"].astype("str"))
    names = _form_names(items, set(export.columns["source"].astype("str")))
    found = [
        _certain(source, header, names, items, instruments)
        for source, header in zip(sources, shown, strict=True)
    ]
    parts = dict(zip(sources, columns["options"], strict=True))
    rivals = Counter(target for target in found if target[0] and not target[0].startswith("@"))
    texts = {i.id: (i.en, i.zh) for i in items.values()}
    words = _words_seen(export)
    rows: list[tuple[str, str, str, str, str]] = []
    for source, header, (question, code) in zip(sources, shown, found, strict=True):
        if rivals[(question, code)] > 1:
            others = [s for s, f in zip(sources, found, strict=True) if f == (question, code) and s != source]
            rows.append((source, "", "", "", f"{question}? also {', '.join(others)}"))
            continue
        note = "" if question else _candidate(_without_number(header), texts)
        rows.append((source, "", question, code, note))
        item = items.get(question)
        if item is not None and item.type in WITH_OPTIONS and not code:
            rows += _option_rows(source, words.get(source, ()), item)
        elif not question:
            rows += _matrix_rows(source, parts[source], header, instruments)
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str")


def _form_names(items: Mapping[str, Item], present: set[str]) -> dict[str, tuple[str, str]]:
    """Return name of a column -> (question, code), for the names that gumflow's own form and the layout of answers use."""
    names: dict[str, tuple[str, str]] = {}
    special = {"@respondent": _RESPONDENT, "@submitted": _SUBMITTED, "@consent": _CONSENT, "@ignore": _META}
    for question, words in special.items():
        names |= {word.casefold(): (question, "") for word in words}
    for item in items.values():
        plain = item.id.replace(".", "_")
        for own in (item.id, plain):
            own_names = _names_of(item, own, present)
            names |= {name.casefold(): target for name, target in own_names.items()}
    return names


def _names_of(item: Item, own: str, present: set[str]) -> dict[str, tuple[str, str]]:
    names = {own: (item.id, "")}
    idle: tuple[str, ...] = ("_sum", "_total")
    if item.type == "relation":
        # Beside a repeat, the column of that name lists who was picked; without one, it is the answer.
        if {own, f"{own}_value"} <= present:
            names[own] = (f"{item.id}@named", "")
        names |= {f"{own}_value": (item.id, ""), f"{own}_count": (f"{item.id}@count", "")}
        names |= {f"{own}_alter": (f"{item.id}@alter", ""), f"{own}@alter": (f"{item.id}@alter", "")}
        idle = ("_shown", "_label", "_named", "_number", "_each_count")
    for option in item.options:
        if item.type == "shares":
            names[f"{own}_{option.code}"] = (item.id, option.code)
        if option.fill_in:
            names[f"{own}_{option.code}_text"] = (f"{item.id}@text", option.code)
    return names | {own + suffix: ("@ignore", "") for suffix in idle if own + suffix not in names}


def _certain(
    source: str,
    header: str,
    names: Mapping[str, tuple[str, str]],
    items: Mapping[str, Item],
    instruments: Sequence[Instrument],
) -> tuple[str, str]:
    """Return (question, code) where there is no doubt, else empty texts."""
    for name in (source, header):
        if name.strip().casefold() in names:
            return names[name.strip().casefold()]
    ids = {i.casefold(): i for i in items} | {i.replace(".", "_").casefold(): i for i in items}
    held = {ids[word.casefold()] for word in _ID.findall(header) if word.casefold() in ids}
    if len(held) == 1:
        return held.pop(), ""
    text = _without_number(header)
    by_text = {
        i.id for i in items.values() if squeezed(text) in {squeezed(i.en), squeezed(i.zh)} and squeezed(text)
    }
    if len(by_text) == 1:
        return by_text.pop(), ""
    return _by_number(source, header, instruments), ""  # fmt: skip


def _without_number(header: str) -> str:
    match = _NUMBERED.fullmatch(header)
    return match[2] if match and match[2] else header


def _number(source: str, header: str) -> int:
    match = _NUMBERED.fullmatch(header) or _Q.fullmatch(source)
    return int(match[1]) if match else 0


def _by_number(source: str, header: str, instruments: Sequence[Instrument]) -> str:
    """Return the only item with words like the header's among those of the questions with the header's number."""
    number = _number(source, header)
    text = _without_number(header)
    near = set()
    for question in _questions(instruments):
        whole = (question.en, question.zh) if len(question.items) == 1 else ()
        if number and question.printed == number:
            near |= {
                i.id for i in question.items if max(likeness(text, t) for t in (*whole, i.en, i.zh)) >= NEAR
            }
    return near.pop() if len(near) == 1 else ""


def _questions(instruments: Sequence[Instrument]) -> Iterable[Question]:
    return (question for instrument in instruments for question in instrument.questions)


def _candidate(text: str, known: Mapping[str, Iterable[str]]) -> str:
    name, score = nearest(text, known)
    return f"{name}? {score:.2f}" if name else ""


def _words_seen(export: Exported) -> dict[str, tuple[str, ...]]:
    """Return the options of each source column: those of its headers, and the texts in its cells."""
    seen: dict[str, dict[str, None]] = {}
    for source, options in zip(
        export.columns["source"].astype("str"), export.columns["options"], strict=True
    ):
        seen.setdefault(source, {}).update(dict.fromkeys(options))
    plain = export.cells[(export.cells["option"] == "") & (export.cells["missing"] == "")]
    for source, values in (
        plain[["source", "value"]].drop_duplicates().groupby("source", observed=True)["value"]
    ):
        texts = (
            [v for v in values if v.strip().casefold() not in TICKED | UNTICKED]
            if seen.get(source)
            else list(values)
        )
        seen.setdefault(source, {}).update(dict.fromkeys(texts))
    return {source: tuple(words) for source, words in seen.items()}


def _option_rows(source: str, words: Iterable[str], item: Item) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each word that is not an option's code by itself: with its code where certain, else with the nearest."""
    reader = OptionReader(item)
    labels = {o.code: (o.en, o.zh) for o in item.options}
    codes: dict[str, str] = {}
    unknown: dict[str, None] = {}
    for word in words:
        known, rest = reader.read(word)
        direct = reader.code(word)
        if direct and direct != word:
            codes[word] = direct
        elif not known or rest:
            unknown.update(dict.fromkeys(rest))
    rows = [(source, word, item.id, code, "") for word, code in codes.items()]
    rows += [(source, word, item.id, "", _candidate(word, labels)) for word in sorted(unknown)[:MOST_WORDS]]
    return rows


def _matrix_rows(
    source: str, words: Sequence[str], header: str, instruments: Sequence[Instrument]
) -> list[tuple[str, str, str, str, str]]:
    """Return rows that tie the parts of a column to the items of the question with the header's number."""
    number = _number(source, header)
    parts = [q for q in _questions(instruments) if number and q.printed == number and len(q.items) > 1]
    if len(parts) != 1:
        return []
    rows = []
    texts = {i.id: (i.en, i.zh) for i in parts[0].items}
    for word in words[:MOST_WORDS]:
        equal = {i for i, labels in texts.items() if squeezed(word) in {squeezed(t) for t in labels}}
        certain = equal.pop() if len(equal) == 1 else ""
        rows.append((source, word, certain, "", "" if certain else _candidate(word, texts)))
    return rows
