"""From the cells of a survey export to answers: one row for what was ticked, written, ranked or said of an alter.

Nothing is judged here but whether a value can be read; `answer_checks` holds the answers against the questionnaire.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gumflow.contract.findings import RULES, Finding
from gumflow.contract.instrument import CHOICES, Instrument, Item
from gumflow.intake.answer_states import REASONS
from gumflow.intake.answer_values import identities_in, said_by_cells, texts_beside
from gumflow.intake.mapping import check_mapping, items_of
from gumflow.intake.mapping_proposals import propose_mapping
from gumflow.intake.numerals import read_dates
from gumflow.intake.option_words import TICKED, UNTICKED
from gumflow.intake.source_cells import PLACE, Exported, OptionReaders, SourceCells, place_findings

RULES_ANSWERS: dict[str, tuple[str, str, str, str]] = {
    "respondent_missing": (
        "The row does not say who answered, so none of its answers is used.",
        "该行没有注明作答者，其全部答案不会被使用。",
        "Fill in the respondent's id or name.",
        "请补上作答者的编号或名称。",
    ),
    "respondent_unmapped": (
        "No column says who answered; the submissions' own keys stand for the respondents.",
        "没有注明作答者的列；以提交记录自身的编号代替作答者。",
        "Tie the column with the respondent's id or name to @respondent in mapping.csv, if there is one.",
        "如有作答者编号或名称的列，请在 mapping.csv 中对应到 @respondent。",
    ),
    "no_consent": (
        "Consent was not given, so the submission is left out.",
        "未获得作答者同意，该份答卷不予使用。",
        "Delete the submission. If consent was given, write yes.",
        "请删除该份答卷；如已同意，请写 yes。",
    ),
}
RULES.update(RULES_ANSWERS)

ANSWER_COLUMNS = [
    "respondent", "instrument", "question", "alter", "option", "value", "text", "missing_reason", "record", *PLACE,
]  # fmt: skip


@dataclass(frozen=True)
class MappedAnswers:
    """Answers with their places, and who gave them.

    `answers`: respondent, instrument, question, alter, option, value, text, missing_reason, record, file, sheet, row, column. Items
    that no column of a respondent's file holds have a row `not_in_export`; what is blank has no row yet (`settle_answers`
    adds it). `respondents`: record, respondent, submitted, file, sheet, row. `identities`: respondent, question, text.
    """

    answers: pd.DataFrame
    respondents: pd.DataFrame
    identities: pd.DataFrame
    findings: list[Finding]


def apply_mapping(
    export: Exported, mapping: pd.DataFrame | None, instruments: Sequence[Instrument]
) -> MappedAnswers:
    """Return the answers in an export, read through a mapping; without one, through what `propose_mapping` is certain of.

    Whatever cannot be read is a finding with its place, and an answer that is `unusable`.
    """
    items = items_of(instruments)
    findings: list[Finding] = []
    if mapping is None:
        used = propose_mapping(export, instruments)
    else:
        used = mapping
        findings += check_mapping(mapping, items)
    cells = SourceCells(export, used, items)
    findings += _unmapped(cells, export.columns, used, proposed=mapping is None)
    respondents, more = _respondents(cells)
    findings += more
    said, more = said_by_cells(cells, OptionReaders(used, items))
    findings += more
    answers = _answer_table(cells, _with_texts(cells, _told_once(cells, said)), respondents, instruments)
    identities = _identities(cells, respondents)
    names = pd.array(cells.record_names[respondents["record"]], dtype="str")
    return MappedAnswers(answers, respondents.assign(record=names), identities, findings)


def _unmapped(
    cells: SourceCells, columns: pd.DataFrame, mapping: pd.DataFrame, proposed: bool
) -> list[Finding]:
    """Return findings on columns tied to nothing, and on ticked options without a code."""
    without: dict[str, bool] = {}
    for (source, _), target in zip(cells.pairs, cells.targets, strict=True):
        without[source] = without.get(source, True) and not target.use
    notes = dict(zip(mapping["source"], mapping["note"], strict=True)) if proposed else {}
    listed = set() if proposed else set(mapping["source"])
    findings = []
    shown = columns.drop_duplicates(["file", "sheet", "source"])
    for file, sheet, source, header in zip(
        *(shown[c] for c in ("file", "sheet", "source", "shown")), strict=True
    ):
        if without.get(source) and source not in listed:
            hint = f" ({notes[source]})" if notes.get(source) else ""
            findings.append(Finding(file, "column_unmapped", "warning", sheet, column=header, detail=hint))
    at = cells.at("no_option")
    ticked = ~cells.text(at).str.casefold().isin(UNTICKED).to_numpy(dtype=bool)
    at = at[ticked & ~cells.missing[at]]
    details = [_codes(cells.items[cells.item_ids[i]]) for i in cells.item(at)]
    options = cells.table["option"].astype("str").to_numpy(dtype=object)[at]
    return findings + place_findings(cells.table, at, "option_unmapped", options, details=details)


def _codes(item: Item) -> tuple[str, str]:
    codes = ", ".join(o.code for o in item.options)
    return codes, codes


def _respondents(cells: SourceCells) -> tuple[pd.DataFrame, list[Finding]]:
    """Return who answered: one row a submission whose respondent is known and who consents."""
    main = pd.DataFrame({"record": cells.records, "at": np.arange(len(cells.records))})[cells.main]
    first = main.drop_duplicates("record").set_index("record")["at"].sort_index()
    places = cells.table.iloc[first.to_numpy()][["file", "sheet", "row"]].reset_index(drop=True)
    names = _of_records(cells, "respondent")
    findings = []
    own_name = next(
        (i for i in cells.item_ids if cells.items[i].type == "identity" and i.endswith(".name")), ""
    )
    if not any(t.use == "respondent" for t in cells.targets) and any(
        t.item == own_name for t in cells.targets if own_name
    ):
        # Who gives a name on the identity page has said who answers.
        at, texts = identities_in(cells)
        mine = cells.item(at) == list(cells.item_ids).index(own_name)
        names[cells.records[at[mine]]] = np.array(texts, dtype=object)[mine]
    elif not any(t.use == "respondent" for t in cells.targets):
        files = sorted(set(places["file"].astype("str")))
        findings = [
            Finding(f, "respondent_unmapped", "warning") for f in files if cells.dialect[:5] != "plain"
        ]
        names = cells.record_names.copy()
    dates = cells.at("submitted")
    read, problems = read_dates(cells.text(dates))
    wrong = problems != ""
    findings += place_findings(
        cells.table, dates[wrong], list(problems[wrong]), list(cells.text(dates)[wrong]), "warning"
    )
    submitted = np.full(len(cells.record_names), "", dtype=object)
    submitted[cells.records[dates]] = read
    table = pd.DataFrame(
        {
            "record": first.index.to_numpy(),
            "respondent": names[first.index],
            "submitted": submitted[first.index],
        }
    )
    table = pd.concat([table, places], axis=1)
    refused = np.zeros(len(table), dtype=bool)
    if any(t.use == "consent" for t in cells.targets):
        said = pd.Series(_of_records(cells, "consent")[first.index]).str.strip().str.casefold()
        refused = ~said.isin(TICKED | {"agree", "同意", "已同意", "我同意"}).to_numpy(dtype=bool)
    blank = (table["respondent"] == "").to_numpy(dtype=bool) & ~refused
    for rule, rows, severity in (("no_consent", refused, "warning"), ("respondent_missing", blank, "error")):
        wrong_rows = table[rows].assign(column="")
        findings += place_findings(
            wrong_rows, np.arange(len(wrong_rows)), rule, [""] * len(wrong_rows), severity
        )
    return table[~refused & ~blank].astype({"respondent": "str", "submitted": "str"}).reset_index(drop=True), findings  # fmt: skip


def _of_records(cells: SourceCells, use: str) -> np.ndarray:
    """Return the text of the column of that use, by record; "" where there is none."""
    found = np.full(len(cells.record_names), "", dtype=object)
    at = cells.at(use)
    found[cells.records[at]] = cells.text(at).str.strip()
    return found


def _keys(cells: SourceCells, said: pd.DataFrame) -> np.ndarray:
    at = said["at"].to_numpy(dtype="int64")
    return cells.records[at].astype("int64") * len(cells.items) + cells.item(at)


def _told_once(cells: SourceCells, said: pd.DataFrame) -> pd.DataFrame:
    """Drop what another row of the same submission and item makes idle: ticks twice, "no tick" beside ticks, reasons beside answers."""
    if said.empty:
        return said
    key = _keys(cells, said)
    types = np.array([i.type for i in cells.items.values()], dtype=object)[key % len(cells.items)]
    choice, relation = np.isin(types, CHOICES), types == "relation"
    of_alter = relation & (said["alter"] != "").to_numpy(dtype=bool)
    missing = said["missing"].to_numpy(dtype=object)
    none = (choice | relation) & (said["code"] == "").to_numpy(dtype=bool)
    # The best kind of a submission's rows on an item stays: what is said of alters, unreadable, answered, none ticked, a reason.
    kind = np.select([of_alter, missing == "unusable", missing != "", none], [1, 0, 3, 2], 1)
    best = np.full(int(key.max()) + 1, 9, dtype="int64")
    np.minimum.at(best, key, kind)
    keep = kind == best[key]
    once = np.flatnonzero(keep & (choice | (kind != 1)))
    code = np.where(kind == 1, pd.factorize(said["code"])[0], 0)[once]
    keep[once[pd.Index(key[once] * (code.max(initial=0) + 1) + code).duplicated()]] = False
    return said[keep].reset_index(drop=True)


def _with_texts(cells: SourceCells, said: pd.DataFrame) -> pd.DataFrame:
    """Put words beside an option on the option's row; where it was not ticked, the words tick it."""
    at, codes, words = texts_beside(cells)
    if not len(at):
        return said
    beside = pd.DataFrame({"at": at, "code": codes, "value": 1.0, "text": words, "missing": "", "alter": ""})
    names = pd.Index(pd.unique(np.concatenate([said["code"].to_numpy(dtype=object), codes])))
    keys = [_keys(cells, t) * len(names) + names.get_indexer(t["code"]) for t in (said, beside)]
    place = pd.Index(pd.unique(keys[0])).get_indexer(keys[1])
    first = pd.Series(np.arange(len(said)), index=keys[0])
    first = first[~first.index.duplicated()]
    on = first.reindex(keys[1][place >= 0]).to_numpy(dtype="int64")
    text = said["text"].to_numpy(dtype=object).copy()
    text[on] = words[place >= 0]
    types = np.array([i.type for i in cells.items.values()], dtype=object)[cells.item(at)]
    # A share without a number stays blank, whatever is written beside it.
    more = beside[(place < 0) & np.isin(types, CHOICES)]
    return _told_once(cells, pd.concat([said.assign(text=text), more], ignore_index=True))


def _answer_table(
    cells: SourceCells, said: pd.DataFrame, respondents: pd.DataFrame, instruments: Sequence[Instrument]
) -> pd.DataFrame:
    """Return the answers of the respondents with their places, and a row for each item that no column of their file holds."""
    absent_of, absent = cells.not_held(respondents)
    at = said["at"].to_numpy(dtype="int64")
    record = np.concatenate([cells.records[at], absent_of])
    item = np.concatenate([cells.item(at), absent])
    blank = np.full(len(absent), "", dtype=object)
    who = pd.Index(respondents["record"]).get_indexer(record)
    owner = {i: instrument.name for instrument in instruments for i in instrument.items}
    names = [i.name for i in instruments]
    of_item = np.array([names.index(owner[i]) for i in cells.item_ids], dtype="int8")
    columns: dict[str, object] = {
        "respondent": respondents["respondent"].astype("category").take(np.maximum(who, 0)).array
        if len(respondents)
        else [],
        "instrument": pd.Categorical.from_codes(of_item[item], names),
        "question": pd.Categorical.from_codes(item, cells.item_ids),
        "alter": pd.Categorical(np.concatenate([said["alter"], blank])),
        "option": pd.Categorical(np.concatenate([said["code"], blank])),
        "value": np.concatenate([said["value"], np.full(len(absent), np.nan)]),
        "text": pd.array(np.concatenate([said["text"], blank]), dtype="str"),
        "missing_reason": pd.Categorical(
            np.concatenate([said["missing"], np.full(len(absent), "not_in_export")]), REASONS
        ),
        "record": pd.Categorical.from_codes(record, cells.record_names),
    }
    if not len(respondents):
        return pd.DataFrame(
            {c: pd.Series([], dtype="float64" if c == "value" else "str") for c in ANSWER_COLUMNS}
        )
    out = pd.DataFrame(columns)
    places = cells.table.iloc[at][PLACE].reset_index(drop=True)
    mains = respondents[["file", "sheet", "row"]].take(np.maximum(who[len(said) :], 0)).assign(column="")
    for name in ("file", "sheet", "column"):
        both = pd.concat([places[name].astype("category"), mains[name].astype("category")], ignore_index=True)
        out[name] = both.astype("category")
    out["row"] = np.concatenate([places["row"], mains["row"]]).astype("int32")
    return out[ANSWER_COLUMNS][who >= 0].reset_index(drop=True)


def _identities(cells: SourceCells, respondents: pd.DataFrame) -> pd.DataFrame:
    """Return what respondents said of who they are: respondent, question, text. It goes to the restricted folder only."""
    at, texts = identities_in(cells)
    who = pd.Index(respondents["record"]).get_indexer(cells.records[at])
    names = respondents["respondent"].to_numpy(dtype=object)
    questions = np.array(cells.item_ids, dtype=object)[cells.item(at)]
    table = pd.DataFrame(
        {"respondent": names[who] if len(names) else [""] * len(at), "question": questions, "text": texts},
        dtype="str",
    )
    return table[who >= 0].reset_index(drop=True)
