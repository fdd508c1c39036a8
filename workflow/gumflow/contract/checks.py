"""Checking a study's tables against their contracts: everything wrong at once, one finding for one cause."""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from functools import cached_property

import pandas as pd

from gumflow.contract.export_checks import check_exports
from gumflow.contract.findings import Finding
from gumflow.contract.reading import RawTable
from gumflow.contract.tables import Field, Table, table_contract

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# Full-width forms, and the minus sign. Not NFKC, which reads a square (10²) as a further digit.
_PLAIN = str.maketrans({0xFF01 + i: 0x21 + i for i in range(94)} | {"−": "-", "\u3000": " "})
# Columns that `tidy_study` adds; only tables with free columns could clash with them.
RESERVED = frozenset({"study", "cluster", "wave", "boundary", "grade", "inside"})
# Start and end, wherever a table has both.
_SPANS = (("year_from", "year_to"), ("year", "year_to"), ("value", "value_high"), ("date", "date_to"))

# A search for the nearest name looks at every name: past so many wrong values, or among so many names, none is made.
_MOST_HINTS = 20
_MOST_NAMES = 5_000


class _Hints:
    """Hints at the nearest known name, for the first distinct wrong values only."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = known
        self._given: dict[str, tuple[str, str]] = {}

    @cached_property
    def _names(self) -> list[str]:
        names = sorted(self._known)
        return names if len(names) <= _MOST_NAMES else []

    def near(self, value: str) -> tuple[str, str]:
        """Return a hint in English and Chinese, empty if no name is near."""
        if value not in self._given and len(self._given) < _MOST_HINTS:
            close = difflib.get_close_matches(value, self._names, n=1, cutoff=0.75)
            hint = (f" (did you mean {close[0]}?)", f"（是否应为 {close[0]}？）") if close else ("", "")
            self._given[value] = hint
        return self._given.get(value, ("", ""))


def plain_number(text: str) -> str:
    """Return full-width digits and signs as plain ones (only for cells that hold numbers)."""
    return text.translate(_PLAIN).strip()


def check_columns(raw: RawTable, table: Table) -> list[Finding]:
    """Return findings on the header: columns that are missing, that no one uses, or whose name is taken."""
    unknown = [name for name in raw.header if name and name not in table.names]
    findings = []
    for f in table.fields:
        if f.required and f.name not in raw.header:
            # A misspelt column is one cause: it is missing, and the name that stands there is not reported again.
            wrong = next(iter(difflib.get_close_matches(f.name, unknown, n=1, cutoff=0.75)), "")
            if wrong:
                unknown.remove(wrong)
            en, zh = (f" (now {wrong}?)", f"（现为 {wrong}？）") if wrong else ("", "")
            findings.append(
                Finding(
                    raw.file,
                    "column_missing",
                    sheet=raw.sheet,
                    column=f.name,
                    detail=f.name + en,
                    detail_zh=f.name + zh,
                )
            )
    hints = _Hints(table.names - set(raw.header))
    for name in unknown:
        if not table.extra_columns:
            en, zh = hints.near(name)
            findings.append(
                Finding(
                    raw.file,
                    "column_unknown",
                    "warning",
                    raw.sheet,
                    column=name,
                    detail=en,
                    detail_zh=zh,
                )
            )
        elif name in RESERVED:
            findings.append(Finding(raw.file, "column_reserved", sheet=raw.sheet, column=name))
    if not raw.rows:
        findings.append(Finding(raw.file, "no_rows", "error" if table.required else "warning", raw.sheet))
    return findings


def check_cells(raw: RawTable, table: Table) -> list[Finding]:
    """Return findings on single cells: empty, wrong type, not allowed, out of range."""
    findings = []
    for f in table.fields:
        if f.name not in raw.header:
            continue
        at, hints = raw.header.index(f.name), _Hints(f.enum)
        for number, row in zip(raw.row_numbers, raw.rows, strict=True):
            broken = _broken_rule(f, row[at], hints)
            if broken and (number, f.name) not in raw.unread:
                rule, en, zh = broken
                findings.append(
                    Finding(raw.file, rule, "error", raw.sheet, (number,), f.name, row[at], en, zh)
                )
    return findings


def _broken_rule(f: Field, value: str, hints: _Hints) -> tuple[str, str, str] | None:
    """Return the rule that the cell breaks with the details of its texts in English and Chinese, or None."""
    if not value:
        return _required(f) if f.required else None
    if f.type in ("number", "integer"):
        return _broken_number(f, plain_number(value))
    if f.type == "boolean":
        return None if plain_number(value) in ("0", "1") else ("boolean", "", "")
    if f.type == "date":
        return None if is_date(plain_number(value)) else ("date", "", "")
    if f.enum and value not in f.enum:
        en, zh = hints.near(value)
        allowed = ", ".join(f.enum)
        return ("enum", allowed + en, allowed + zh)
    if f.pattern and not re.fullmatch(f.pattern, value, re.ASCII):
        return ("pattern", f.pattern_hint or f.pattern, f.pattern_hint_zh or f.pattern)
    return None


def _required(f: Field) -> tuple[str, str, str]:
    return ("required", f.en.rstrip("."), f.zh.rstrip("。"))


def _broken_number(f: Field, value: str) -> tuple[str, str, str] | None:
    if not _NUMBER.fullmatch(value) or not math.isfinite(float(value)):
        return ("number", "", "")
    number = float(value)
    if f.type == "integer" and number != int(number):
        return ("integer", "", "")
    if f.enum and number not in {float(e) for e in f.enum}:
        return ("enum", ", ".join(f.enum), "")
    low = f.minimum is not None and (number < f.minimum or (f.exclusive_minimum and number == f.minimum))
    if low or (f.maximum is not None and number > f.maximum):
        return ("range", *_range(f))
    return None


def _range(f: Field) -> tuple[str, str]:
    en, zh = [], []
    if f.minimum is not None:
        en.append(f"{'above' if f.exclusive_minimum else 'from'} {f.minimum:g}")
        zh.append(f"大于 {f.minimum:g}" if f.exclusive_minimum else f"不小于 {f.minimum:g}")
    if f.maximum is not None:
        en.append(f"up to {f.maximum:g}")
        zh.append(f"不大于 {f.maximum:g}")
    return " ".join(en), "，".join(zh)


def is_date(text: str) -> bool:
    """Return whether the text is YYYY, YYYY-MM or YYYY-MM-DD of a day that exists."""
    match = _DATE.fullmatch(text)
    if not match:
        return False
    year, month, day = (int(g) if g else 1 for g in match.groups())
    try:
        pd.Timestamp(year=year, month=month, day=day)
    except ValueError:
        return False
    return True


def check_keys(raw: RawTable, table: Table) -> list[Finding]:
    """Return findings on doubled keys."""
    if not table.key or any(k not in raw.header and len(table.key) == 1 for k in table.key):
        return []
    places = [raw.header.index(k) if k in raw.header else None for k in table.key]
    first: dict[tuple[str, ...], int] = {}
    findings = []
    for number, row in zip(raw.row_numbers, raw.rows, strict=True):
        key = tuple(row[p] if p is not None else "" for p in places)
        if not any(key) or any((number, k) in raw.unread for k in table.key):
            continue
        if key in first:
            shown = " / ".join(k for k in key if k)
            findings.append(
                Finding(
                    raw.file,
                    "unique",
                    "error",
                    raw.sheet,
                    (number,),
                    ", ".join(table.key),
                    shown,
                    str(first[key]),
                )
            )
        else:
            first[key] = number
    return findings


def check_references(
    raw: RawTable, table: Table, ids: Mapping[str, set[str]], named: Mapping[str, str]
) -> list[Finding]:
    """Return findings on ids that are not in the table they refer to.

    `ids` maps `actors.actor`, `model.constructs`, ... to what is known there; a reference whose target could not be read is
    not checked (its own finding stands). `named` maps a reference to the file shown to the user.
    """
    findings = []
    hints = {reference: _Hints(known) for reference, known in ids.items()}
    for f in table.fields:
        if not f.reference or f.reference not in ids or f.name not in raw.header:
            continue
        at, known = raw.header.index(f.name), ids[f.reference]
        for number, row in zip(raw.row_numbers, raw.rows, strict=True):
            values = [v.strip() for v in row[at].split(";")] if f.is_list else [row[at]]
            for value in values:
                if value and value not in known and (number, f.name) not in raw.unread:
                    en, zh = hints[f.reference].near(value)
                    findings.append(
                        Finding(
                            raw.file,
                            "reference",
                            "error",
                            raw.sheet,
                            (number,),
                            f.name,
                            value,
                            en,
                            zh,
                            named[f.reference],
                        )
                    )
    return findings


def check_rows(raw: RawTable, table: Table, kinds: Mapping[str, str], locator: bool) -> list[Finding]:
    """Return findings that need more than one cell: self ties, ends before starts, missing locators, half-coded statements."""
    findings = []
    spans = [span for span in _SPANS if set(span) <= set(raw.header) & table.names]
    unread = {number for number, _ in raw.unread}
    for number, cells in zip(raw.row_numbers, raw.rows, strict=True):
        if number in unread:
            continue
        row = dict(zip(raw.header, cells, strict=True))
        at = (number,)
        if table.name == "ties":
            source = row.get("source", "")
            if source and source == row.get("target") and kinds.get(source) not in ("class", None):
                findings.append(Finding(raw.file, "self_tie", "error", raw.sheet, at, "target", source))
        if table.name == "statements":
            findings += _statement_findings(raw, table, row, at)
        for start, end in spans:
            if _reversed(table.field_named(end), plain_number(row[start]), plain_number(row[end])):
                findings.append(Finding(raw.file, "order", "error", raw.sheet, at, end, row[end], start))
        cited = (row.get("section") and row.get("paragraphs")) or row.get("note")
        if locator and table.locator and not cited:
            findings.append(Finding(raw.file, "locator", "error", raw.sheet, at, "paragraphs"))
    return findings


def _statement_findings(
    raw: RawTable, table: Table, row: Mapping[str, str], at: tuple[int, ...]
) -> list[Finding]:
    findings = []
    if row.get("state") == "recommended" and plain_number(row.get("polarity", "")) == "-1":
        findings.append(Finding(raw.file, "polarity_state", "error", raw.sheet, at, "polarity", "-1"))
    if row.get("construct", "") in ("none", ""):
        return findings
    for f in table.fields:
        if f.name not in ("state", "polarity", "strength"):
            continue
        if f.name not in row:
            findings.append(
                Finding(raw.file, "column_missing", sheet=raw.sheet, column=f.name, detail=f.name)
            )
        elif not row[f.name]:
            _, en, zh = _required(f)
            findings.append(Finding(raw.file, "required", "error", raw.sheet, at, f.name, "", en, zh))
    return findings


def _reversed(end_field: Field | None, start: str, end: str) -> bool:
    if end_field is not None and end_field.type == "date":
        # 2001 and 2001-05 are compared as far as both go.
        shared = min(len(start), len(end))
        return is_date(start) and is_date(end) and start[:shared] > end[:shared]
    return bool(_NUMBER.fullmatch(start) and _NUMBER.fullmatch(end)) and float(start) > float(end)


def check_table(
    raw: RawTable,
    name: str,
    ids: Mapping[str, set[str]],
    named: Mapping[str, str],
    kinds: Mapping[str, str],
    locator: bool,
) -> list[Finding]:
    """Return everything wrong in one table."""
    table = table_contract(name)
    columns = check_columns(raw, table)
    return (
        columns
        + check_cells(raw, table)
        + check_keys(raw, table)
        + check_references(raw, table, ids, named)
        + check_rows(raw, table, kinds, locator)
        + (check_exports(raw, plain_number) if name == "exports" else [])
    )


def typed(raw: RawTable, table: Table) -> pd.DataFrame:
    """Return a checked table with typed columns: text as `str` (empty = ""), numbers as float, booleans as float 0/1.

    Columns that the contract has and the file has not are added empty, further columns (attributes) are kept as text.
    """
    columns: dict[str, pd.Series] = {}
    n = len(raw.rows)
    for f in table.fields:
        cells = [row[raw.header.index(f.name)] for row in raw.rows] if f.name in raw.header else [""] * n
        if f.type in ("number", "integer", "boolean"):
            columns[f.name] = pd.Series(
                [float(plain_number(c)) if c else math.nan for c in cells], dtype="float64"
            )
        elif f.type == "date":
            columns[f.name] = pd.Series([plain_number(c) for c in cells], dtype="str")
        else:
            columns[f.name] = pd.Series(cells, dtype="str")
    if table.extra_columns:
        for i, name in enumerate(raw.header):
            if name and name not in table.names:
                columns[name] = pd.Series([row[i] for row in raw.rows], dtype="str")
    return pd.DataFrame(columns)
