"""Exports of 问卷星 (wjx.cn), as texts (按文本, All_Data_Readable) and as codes (按序号, All_Data_Original).

Columns of the tool (序号, 提交答卷时间, ...) are known by name, wherever they stand. A question has the header `7、...` and the source Q7;
the columns of its options or parts have headers such as `第7题(option)`, `7、...(option)` or `7、...—part`. As texts, several ticks are joined by
`┋`, an order by `→`, words filled in stand as `option〖words〗`; such cells stay as they are, as the options decide where they part.
`(跳过)` is a question that was not shown, `(空)` one that was left; as codes they are -3 and -2. Option letters (`A.`) are kept: whether the
tool writes them is not confirmed, and the mapping reads options with and without them.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.findings import Finding
from gumflow.intake.dialects.export import (
    MISSING,
    SUBMITTED,
    Export,
    Source,
    cells_of,
    columns_of,
    export_of,
    is_personal,
    one_line,
    personal_finding,
    twice_findings,
    unique_rows,
)
from gumflow.intake.dialects.sheets import Sheet

_KEYS = ("序号", "答卷编号", "答题序号")
_SUBMITTED = ("提交答卷时间", "提交时间")
_HEAD = frozenset(
    {
        *_KEYS,
        *_SUBMITTED,
        "开始答题时间",
        "开始时间",
        "所用时间",
        "答题时长",
        "来源",
        "来源详情",
        "来自IP",
        "总分",
        "得分",
    }
)
# What the tool takes from the respondent's messenger account and network address.
_OF_DEVICE = frozenset({"性别", "国家", "省份", "城市", "地区", "浏览器", "操作系统"})
_QUESTION = re.compile(r"(\d{1,3})\s*[、：:.．]\s*(.*)", re.DOTALL)
_PART = re.compile(r"第\s*(\d{1,3})\s*题\s*[(（](.*)[)）]", re.DOTALL)
_SKIPPED, _NO_ANSWER = MISSING.index("skipped"), MISSING.index("no_answer")
_TEXT_MISSING = {"(跳过)": _SKIPPED, "（跳过）": _SKIPPED, "(空)": _NO_ANSWER, "（空）": _NO_ANSWER}
_CODE_MISSING = {"-3": _SKIPPED, "-2": _NO_ANSWER}
_NEGATIVE = re.compile(r"-\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?%?")


def detect(sheets: Sequence[Sheet]) -> str:
    """Return what shows that a file comes from 问卷星, or ""."""
    for sheet in sheets:
        head = [h for h in map(one_line, sheet.header) if h in _HEAD]
        if len(head) > 1 and any(h in _SUBMITTED or h in _KEYS for h in head):
            return "columns " + ", ".join(head[:3])
    return ""


def read(sheets: Sequence[Sheet]) -> tuple[Export, list[Finding]]:
    """Read one or several surveys; as their numbers start anew in each file, a record is `file#number`."""
    findings: list[Finding] = []
    cells, columns = [], []
    read_so_far: list[Sheet] = []
    for sheet in sheets:
        key = next((h for h in sheet.header if h in _KEYS), "")
        if not key:
            findings.append(Finding(sheet.file, "sheet_unused", "warning", sheet.sheet, detail="序号"))
            continue
        twin = next((s for s in read_so_far if _submissions(s) & _submissions(sheet)), None)
        if twin is not None:
            names = f"{twin.file} {twin.sheet}".rstrip()
            findings.append(Finding(sheet.file, "twin_files", "error", sheet.sheet, detail=names))
            continue
        read_so_far.append(sheet)
        sources, more = _sources(sheet)
        values, missing, coded = _values(sheet, sources)
        numbers, doubled = unique_rows(sheet, sheet.rows[:, sheet.header.index(key)], key, {})
        prefix = (
            f"{sheet.file} {sheet.sheet}" if sum(s.file == sheet.file for s in sheets) > 1 else sheet.file
        )
        records = np.array([f"{prefix}#{n}" if n else "" for n in numbers], dtype=object)
        findings += twice_findings(sheet) + more + coded + doubled
        cells.append(cells_of(sheet, sources, records, None, values, missing))
        columns.append(columns_of(sheet, sources))
    return export_of("wenjuanxing", cells, columns), findings


def _submissions(sheet: Sheet) -> set[tuple[str, ...]]:
    """Return number and second of each submission: two files that share one are downloads of one survey."""
    key = next(j for j, h in enumerate(sheet.header) if h in _KEYS)
    time = next((j for j, h in enumerate(sheet.header) if h in _SUBMITTED), -1)
    return set(map(tuple, sheet.rows[:, [key, time]].tolist())) if time >= 0 else set()


def _sources(sheet: Sheet) -> tuple[list[Source], list[Finding]]:
    findings: list[Finding] = []
    sources: list[Source] = []
    titles: dict[str, list[str]] = {}
    for header in sheet.header:
        question = _QUESTION.fullmatch(one_line(header))
        if question:
            titles.setdefault(f"Q{int(question[1])}", []).append(question[2])
    seen: dict[tuple[str, str], int] = {}
    for place, header in enumerate(sheet.header):
        name = one_line(header)
        if name in _SUBMITTED:
            sources.append(Source(place, SUBMITTED, shown=name))
        elif is_personal(name) or name in _OF_DEVICE:
            findings += personal_finding(sheet, place)
        elif name and name not in _HEAD:
            source, option, shown = _of_header(name, titles)
            seen[(source, option)] = seen.get((source, option), 0) + 1
            if seen[(source, option)] > 1:
                mark = f"#{seen[(source, option)]}"
                source, option = (source, option + mark) if option else (source + mark, "")
            sources.append(Source(place, source, option, shown=shown))
    return _with_kinds(sheet, sources), findings


def _of_header(name: str, titles: dict[str, list[str]]) -> tuple[str, str, str]:
    """Return source, option and what is shown of a column that is the user's own."""
    part = _PART.fullmatch(name)
    if part:
        source = f"Q{int(part[1])}"
        return (
            source,
            part[2].strip(),
            f"{part[1]}、{titles[source][0]}" if source in titles else f"第{part[1]}题",
        )
    question = _QUESTION.fullmatch(name)
    if question is None:
        return name, "", name
    source = f"Q{int(question[1])}"
    if len(titles[source]) == 1:
        return source, "", name
    title, option = _title_and_part(question[2], titles[source])
    return source, option, f"{question[1]}、{title}" if title else name


def _title_and_part(text: str, texts: Sequence[str]) -> tuple[str, str]:
    """Part a header of a question with several columns: the last bracket, what follows a dash, or what the others do not have."""
    bracket = re.fullmatch(r"(.*?)[(（](.*)[)）]", text)
    if bracket and bracket[2].strip():
        depth = re.fullmatch(r"(.*)[(（]([^()（）]*)[)）]", text)
        # Every header has the same title before its part; inner brackets belong to the part.
        parted = bracket if all(t.startswith(bracket[1]) for t in texts) else depth or bracket
        return parted[1].strip(), parted[2].strip()
    dash = re.fullmatch(r"(.*?)\s*[—–-]+\s*(.+)", text)
    if dash:
        return dash[1].strip(), dash[2].strip()
    return "", text.strip()


def _with_kinds(sheet: Sheet, sources: list[Source]) -> list[Source]:
    """Say of each set of columns whether it holds ticks, the places of an order, or a matrix."""
    sets: dict[str, list[int]] = {}
    for s in sources:
        if s.option:
            sets.setdefault(s.source, []).append(s.place)
    kinds = {name: _kind(sheet.rows[:, places]) for name, places in sets.items()}
    return [replace(s, kind=kinds[s.source]) if s.option else s for s in sources]


def _kind(block: NDArray[np.object_]) -> str:
    words = set(block.ravel().tolist()) - {"", *_CODE_MISSING, *_TEXT_MISSING}
    if words and words <= {"0", "1"} and (len(block) > 1 or block.shape[1] > 1):
        return "ticks"
    if not words or not all(w.isascii() and w.isdigit() and len(w) < 4 for w in words):
        return "matrix"
    # In an order the places of a row are 1, 2, ..., each once; in a matrix of scales they repeat in some row.
    for row in block.tolist():
        places = sorted(int(c) for c in row if c.isdigit() and c != "0")
        if places != list(range(1, len(places) + 1)):
            return "matrix"
    return "rank"


def _values(
    sheet: Sheet, sources: Sequence[Source]
) -> tuple[NDArray[np.object_], NDArray[np.int8], list[Finding]]:
    """Return the cells, why some hold no answer, and findings on negative numbers that may be codes."""
    values = sheet.rows[:, [s.place for s in sources]]
    codes = dict(_TEXT_MISSING) if _is_text(sheet, sources) else _TEXT_MISSING | _CODE_MISSING
    missing = np.zeros(values.shape, dtype=np.int8)
    findings = []
    ranked: dict[str, list[int]] = {}
    for j, source in enumerate(sources):
        column = values[:, j].tolist()
        words = set(column)
        if not words.isdisjoint(codes):
            missing[:, j] = [codes.get(c, 0) for c in column]
            values[missing[:, j] > 0, j] = ""
        if "-3" in codes:
            findings += _unknown_codes(sheet, source, column, words - codes.keys())
        if source.kind == "rank":
            ranked.setdefault(source.source, []).append(j)
    for places in ranked.values():
        block = values[:, places]
        block[block == "0"] = ""
        values[:, places] = block
        # Options without a place in an order that was given are left out of it, not left unanswered.
        given = (block != "").any(axis=1)
        for j in places:
            missing[given, j] = 0
    return values, missing, findings


def _unknown_codes(sheet: Sheet, source: Source, column: Sequence[str], words: set[str]) -> list[Finding]:
    findings = []
    for word in sorted(w for w in words if _NEGATIVE.fullmatch(w)):
        rows = tuple(int(n) for n, c in zip(sheet.row_numbers, column, strict=True) if c == word)
        header = sheet.header[source.place]
        findings.append(Finding(sheet.file, "code_unknown", "warning", sheet.sheet, rows, header, word))
    return findings


def _is_text(sheet: Sheet, sources: Sequence[Source]) -> bool:
    """Say whether the answers are texts, where -3 and -2 are numbers like others and no codes.

    They are if a cell has a mark that only texts have, or a question has words that many gave alike, which options are.
    """
    for source in sources:
        if source.source == SUBMITTED:
            continue
        cells = [c for c in sheet.rows[:, source.place].tolist() if c]
        words = set(cells)
        if not words.isdisjoint(_TEXT_MISSING) or any("┋" in w or "→" in w or "〖" in w for w in words):
            return True
        texts = [c for c in cells if not _NUMBER.fullmatch(c)]
        if len(texts) >= 3 and 2 * len(set(texts)) <= len(texts) and len(texts) > len(cells) / 2:
            return True
    return False
