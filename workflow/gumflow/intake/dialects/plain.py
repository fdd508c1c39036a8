"""Plain tables, wide (a row a respondent) or long (a row an answer), as people and most programs write them.

Wide: a column X is one answer; X[option], X/option or X:option is one option, part or alter of X. Slash and colon part a header only where
X has several such columns or a column of its own. Texts with several ticks in one cell stay as they are: where they part depends on the
options that the item has, which the mapping knows.

Long: columns respondent, question, value, and option or alter where needed. A row with an option or an alter has it as its option. A row
with both is an entry of its own (instance `long#ROW`): the value with the option, and a cell of source `QUESTION@alter` that names the
alter, as in the sheet of a repeat. Rows that differ in nothing but the value are ticks: the value is the option, ticked.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.findings import Finding
from gumflow.intake.dialects.export import (
    RESPONDENT,
    Export,
    Source,
    cells_of,
    columns_of,
    columns_table,
    export_of,
    is_personal,
    one_line,
    personal_finding,
    plain_name,
    same_answers,
    unique_rows,
)
from gumflow.intake.dialects.sheets import Sheet

# The first that a table has is its key. Those of the first line say who answered; the others only tell rows apart.
_ACTOR_KEYS = (
    "respondent", "respondentid", "actor", "actorid", "firm", "firmid", "company", "受访者", "受访者编号", "受访企业",
    "企业编号", "企业", "企业名称", "作答者", "作答单位",
)  # fmt: skip
_RECORD_KEYS = (
    "record", "recordid", "id", "编号", "问卷编号", "记录编号",
)  # fmt: skip
_QUESTIONS = (
    "question", "questionid", "item", "itemid", "题目", "题号", "问题",
)  # fmt: skip
_VALUES = (
    "value", "answer", "取值", "值", "答案", "回答",
)  # fmt: skip
_OPTIONS = (
    "option", "optioncode", "选项",
)  # fmt: skip
_ALTERS = (
    "alter", "alterid", "partner", "对象", "合作方",
)  # fmt: skip
_TICKS = frozenset({"", "0", "1"})


def detect_wide(sheets: Sequence[Sheet]) -> str:
    """Return what shows that a file is a wide table, or ""."""
    keys = [s.header[k] for s in sheets if (k := _key(s)) >= 0 and not _is_long(s)]
    return f"a column {keys[0]}" if keys else ""


def detect_long(sheets: Sequence[Sheet]) -> str:
    """Return what shows that a file is a long table, or ""."""
    long = [s for s in sheets if _is_long(s)]
    return "columns for respondent, question and value" if long else ""


def _find(sheet: Sheet, names: Sequence[str]) -> int:
    """Return the place of the column that has the first of the names that the table has, or -1."""
    plain = [plain_name(h) for h in sheet.header]
    return next((plain.index(name) for name in names if name in plain), -1)


def _key(sheet: Sheet) -> int:
    return _find(sheet, [*_ACTOR_KEYS, *_RECORD_KEYS])


def _is_long(sheet: Sheet) -> bool:
    return _key(sheet) >= 0 and _find(sheet, _QUESTIONS) >= 0 and _find(sheet, _VALUES) >= 0


def read_wide(sheets: Sequence[Sheet]) -> tuple[Export, list[Finding]]:
    """Read wide tables; those of several sheets or files are joined by the key."""
    findings: list[Finding] = []
    cells, columns = [], []
    for sheet in sheets:
        key = _key(sheet)
        if key < 0 or _is_long(sheet):
            findings.append(_unused(sheet))
            continue
        sheet, shown, more = _with_one_header(sheet, key)
        sources, dropped = _wide_sources(sheet, key, shown)
        keys, doubled = unique_rows(sheet, sheet.rows[:, key], sheet.header[key], {})
        findings += more + dropped + doubled
        cells.append(cells_of(sheet, sources, keys))
        columns.append(columns_of(sheet, sources))
    export = export_of("plain_wide", cells, columns)
    if len(cells) > 1:
        answers = export.cells[(export.cells["source"] != RESPONDENT).to_numpy()]
        findings += same_answers(answers)
    return export, findings


def _unused(sheet: Sheet) -> Finding:
    en, zh = "a column named respondent", "名为 respondent（受访者）的列"
    return Finding(sheet.file, "sheet_unused", "warning", sheet.sheet, detail=en, detail_zh=zh)


def _with_one_header(sheet: Sheet, key: int) -> tuple[Sheet, tuple[str, ...], list[Finding]]:
    """Take labels under the header, which have a header's word in the key's column, as what is shown."""
    if not len(sheet.rows) or plain_name(sheet.rows[0, key]) not in {*_ACTOR_KEYS, *_RECORD_KEYS}:
        return sheet, sheet.header, []
    shown = tuple(label or name for label, name in zip(sheet.rows[0], sheet.header, strict=True))
    finding = Finding(sheet.file, "header_second", "warning", sheet.sheet, (int(sheet.row_numbers[0]),))
    return sheet.without_row(0), shown, [finding]


def _wide_sources(sheet: Sheet, key: int, shown: Sequence[str]) -> tuple[list[Source], list[Finding]]:
    findings: list[Finding] = []
    actor = plain_name(sheet.header[key]) in _ACTOR_KEYS
    sources = [Source(key, RESPONDENT if actor else one_line(sheet.header[key]), shown=shown[key])]
    taken = {""}
    parted = _parted(sheet.header)
    for place, header in enumerate(sheet.header):
        if place == key or header in taken:
            if header and place != key:
                findings.append(Finding(sheet.file, "column_twice", "error", sheet.sheet, column=header))
        elif is_personal(header):
            findings += personal_finding(sheet, place)
        else:
            source, option = parted[place]
            sources.append(Source(place, source, option, shown=shown[place]))
        taken.add(header)
    return _with_kinds(sheet, sources), findings


def _parted(header: Sequence[str]) -> list[tuple[str, str]]:
    """Return the source and the option in each header."""
    whole = {one_line(h) for h in header}
    cut = [[one_line(h).partition(mark) for mark in "/:"] for h in header]
    heads = [[head.strip() if tail.strip() else "" for head, _, tail in parts] for parts in cut]
    times = pd.Series([h for two in heads for h in set(two) if h], dtype="str").value_counts()
    out = []
    for name, parts, two in zip(map(one_line, header), cut, heads, strict=True):
        if name.endswith("]") and name.find("[") > 0:
            source, _, option = name[:-1].partition("[")
            out.append((source.strip(), option.strip()))
            continue
        at = next((i for i, h in enumerate(two) if h and (times[h] > 1 or h in whole)), -1)
        out.append((two[at], parts[at][2].strip()) if at >= 0 else (name, ""))
    return out


def _with_kinds(sheet: Sheet, sources: list[Source]) -> list[Source]:
    """Say of each set of columns whether it holds ticks (nothing but 1, 0 and blanks) or is a matrix."""
    ticks: dict[str, bool] = {}
    for s in sources:
        if s.option:
            cells = set(sheet.rows[:, s.place].tolist())
            ticks[s.source] = ticks.get(s.source, True) and cells <= _TICKS
    return [replace(s, kind="ticks" if ticks[s.source] else "matrix") if s.option else s for s in sources]


def read_long(sheets: Sequence[Sheet]) -> tuple[Export, list[Finding]]:
    """Read long tables."""
    findings: list[Finding] = []
    cells, columns = [], []
    for sheet in sheets:
        if not _is_long(sheet):
            findings.append(_unused(sheet))
            continue
        read, names, more = _read_long_sheet(sheet)
        cells.append(read)
        columns.append(names)
        findings += more
    export = export_of("plain_long", cells, columns)
    answers = export.cells[(export.cells["source"] != RESPONDENT).to_numpy()]
    return export, findings + same_answers(answers)


def _read_long_sheet(sheet: Sheet) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    places = {
        "record": _key(sheet),
        "question": _find(sheet, _QUESTIONS),
        "value": _find(sheet, _VALUES),
        "option": _find(sheet, _OPTIONS),
        "alter": _find(sheet, _ALTERS),
    }
    findings = _other_columns(sheet, set(places.values()))
    blank = np.full(len(sheet.rows), "", dtype=object)
    part = {name: sheet.rows[:, at] if at >= 0 else blank for name, at in places.items()}
    for name in ("record", "question"):
        named = part["value"] != ""
        rows = tuple(int(n) for n in sheet.row_numbers[named & (part[name] == "")])
        if rows:
            header = sheet.header[places[name]]
            findings.append(
                Finding(sheet.file, "record_unnamed", "error", sheet.sheet, rows, header, detail=header)
            )
    long = pd.DataFrame({name: pd.array(column, dtype="str") for name, column in part.items()})
    long["row"] = sheet.row_numbers
    long = long[((long["value"] != "") & (long["record"] != "") & (long["question"] != "")).to_numpy()]
    cells = _long_cells(sheet, long, places)
    return cells, _long_columns(sheet, cells, set(long.loc[long["alter"] != "", "question"])), findings


def _other_columns(sheet: Sheet, used: set[int]) -> list[Finding]:
    findings: list[Finding] = []
    for place, header in enumerate(sheet.header):
        if place in used or not header:
            continue
        if is_personal(header):
            findings += personal_finding(sheet, place)
        else:
            findings.append(Finding(sheet.file, "column_unknown", "warning", sheet.sheet, column=header))
    return findings


def _long_cells(sheet: Sheet, long: pd.DataFrame, places: dict[str, int]) -> pd.DataFrame:
    both = ((long["option"] != "") & (long["alter"] != "")).to_numpy()
    bare = ((long["option"] == "") & (long["alter"] == "")).to_numpy()
    again = long.duplicated(["record", "question", "option", "alter"], keep=False).to_numpy()
    same = long.duplicated(["record", "question", "option", "alter", "value"], keep=False).to_numpy()
    ticks = bare & again & ~same
    option = np.where(long["option"] != "", long["option"], long["alter"])
    answers = pd.DataFrame(
        {
            "record": long["record"],
            "instance": np.where(both, "long#" + long["row"].astype("str"), ""),
            "row": long["row"],
            "place": places["value"],
            "source": long["question"],
            "option": np.where(ticks, long["value"], option),
            "value": np.where(ticks, "1", long["value"]),
        }
    )
    named = answers[both].assign(
        place=places["alter"], source=long["question"][both] + "@alter", option="", value=long["alter"][both]
    )
    first = long.drop_duplicates("record")
    who = answers.loc[first.index].assign(
        instance="", place=places["record"], source=RESPONDENT, option="", value=first["record"]
    )
    table = pd.concat([who, named, answers]).sort_values(["row", "place"], kind="stable")
    headers = np.array(sheet.header, dtype=object)
    return pd.DataFrame(
        {
            "record": table["record"].astype("str").to_numpy(),
            "instance": table["instance"].astype("str").to_numpy(),
            **{
                name: _coded(np.full(len(table), text, dtype=object))
                for name, text in (("file", sheet.file), ("sheet", sheet.sheet))
            },
            "row": table["row"].to_numpy(dtype=np.int32),
            "column": _coded(headers[table["place"].to_numpy(dtype=int)]),
            "source": _coded(table["source"].to_numpy(dtype=object)),
            "option": _coded(table["option"].to_numpy(dtype=object)),
            "value": table["value"].astype("str").to_numpy(),
            "missing": _coded(np.full(len(table), "", dtype=object)),
        }
    ).astype({"record": "str", "instance": "str", "value": "str"})


def _coded(texts: NDArray[np.object_]) -> pd.Categorical:
    codes, categories = pd.factorize(texts)
    return pd.Categorical.from_codes(codes, pd.Index(categories, dtype="str"))


def _long_columns(sheet: Sheet, cells: pd.DataFrame, with_alters: set[str]) -> pd.DataFrame:
    rows = []
    for source, part in cells.groupby("source", observed=True, sort=False):
        options = tuple(dict.fromkeys(o for o in part["option"].astype("str") if o))
        ticks = set(part.loc[part["option"] != "", "value"]) <= _TICKS
        kind = (
            "scalar" if not options else "alter" if source in with_alters else "ticks" if ticks else "matrix"
        )
        rows.append((sheet.file, sheet.sheet, str(source), str(source), kind, options))
    return columns_table(rows)
