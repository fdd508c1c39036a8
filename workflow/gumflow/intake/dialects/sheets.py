"""Every sheet of an export as text: CSV in any usual encoding, XLSX within bounds; what cannot be read is a finding.

How bytes become text, what a header row is and how rows are counted is decided in `contract.reading`.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.findings import Finding
from gumflow.contract.reading import (
    SEPARATORS,
    RawTable,
    decode,
    split_records,
    table_of_records,
    unreadable,
)
from gumflow.contract.xlsx import MOST_CELLS, RawSheet, Refused, read_workbook

MOST_TEXT_BYTES = 100_000_000
"""Bytes of a CSV file."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLD_EXCEL = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_MARKUP = re.compile(rb"\s*<(!doctype|html|table|meta|head|\?xml|style|div)", re.IGNORECASE)
_SEPARATOR_LINE = re.compile(r'\s*"?sep=([,;\t])"?[,;\t]*\s*', re.IGNORECASE)
# 1.2E+17 or 1e+15, as a spreadsheet shows numbers of 16 and more digits.
_POWER = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+?(\d{2,3})")
# Enough lines to see which separator cuts them all into as many cells.
_SAMPLE = 50


@dataclass(frozen=True)
class Sheet:
    """A table as text: `rows` has a row for each that holds a cell, and a column for each of `header`; "" is a blank cell.

    `file` and `sheet` are as shown to the user (`sheet` is "" for CSV), `row_numbers` as a spreadsheet counts. `unread` are the places
    in `rows` of blanks that stand for cells which could not be read and have their finding.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    rows: NDArray[np.object_]
    row_numbers: NDArray[np.int32]
    unread: frozenset[tuple[int, int]] = frozenset()

    @property
    def title(self) -> str:
        """Name of the sheet, or of the CSV file without its ending."""
        return self.sheet or PurePath(self.file).stem

    def column(self, name: str) -> NDArray[np.object_] | None:
        """Return the cells of the first column with that header, or None."""
        return self.rows[:, self.header.index(name)] if name in self.header else None

    def without_row(self, place: int) -> "Sheet":
        """Return the sheet without one of its rows."""
        unread = frozenset((i - (i > place), j) for i, j in self.unread if i != place)
        rows, numbers = np.delete(self.rows, place, axis=0), np.delete(self.row_numbers, place)
        return replace(self, rows=rows, row_numbers=numbers, unread=unread)


def read_sheets(path: Path, file: str) -> tuple[list[Sheet], list[Finding]]:
    """Read every sheet that holds cells; `file` is the name shown in findings. What cannot be read is left out and has a finding."""
    try:
        if path.stat().st_size > MOST_TEXT_BYTES:
            size = f"{path.stat().st_size / 1e6:,.0f} MB"
            return [], [Finding(file, "file_too_large", detail=size)]
        data = path.read_bytes()
    except OSError as error:
        return [], [unreadable(file, error.strerror or str(error), "系统拒绝读取")]
    if not data.strip():
        return [], [Finding(file, "file_empty")]
    try:
        _refuse_others(data, path.suffix.lower())
        if data.startswith(b"PK"):
            return _sheets_of(read_workbook(data), file)
        raw, findings = _read_text(data, file)
    except Refused as refused:
        return [], [Finding(file, refused.rule, detail=refused.en, detail_zh=refused.zh)]
    sheets, more = _sheets_of(raw, file) if raw else ([], [])
    return sheets, findings + more


def _refuse_others(data: bytes, suffix: str) -> None:
    """Refuse what is neither text nor a ZIP archive."""
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused("file_password")
        raise Refused("file_format", "it is an old Excel file (.xls)", "它是旧版 Excel 文件（.xls）")
    if data.startswith(_OLD_EXCEL) and suffix != ".csv":
        raise Refused("file_format", "it is an old Excel file (.xls)", "它是旧版 Excel 文件（.xls）")
    if _MARKUP.match(data[:4096].removeprefix(b"\xef\xbb\xbf")):
        raise Refused("file_format", "it is a web page or XML", "它是网页或 XML 文件")
    if suffix in (".xlsx", ".xlsm", ".xls") and not data.startswith(b"PK"):
        raise Refused("file_unreadable", "it is no XLSX file", "不是 XLSX 文件")


def _read_text(data: bytes, file: str) -> tuple[list[RawSheet], list[Finding]]:
    text, findings = decode(data, file)
    if text is None:
        return [], findings
    first, _, rest = text.partition("\n")
    said = _SEPARATOR_LINE.fullmatch(first)
    # The line that names the separator stays as an empty one: a spreadsheet program counts it.
    text = "\n" + rest if said else text
    records, more = split_records(text, file, said[1] if said else _separator(text), MOST_CELLS)
    if sum(max(len(r), 1) for r in records) > MOST_CELLS:
        most = f"{MOST_CELLS:,}"
        raise Refused("file_too_large", f"it has more than {most} cells", f"单元格超过 {most} 个")
    return ([] if more else [RawSheet("", records)]), findings + more


def _separator(text: str) -> str:
    """Return the separator under which most of the first lines have as many cells as the header has."""
    lines = [line for line in re.split(r"\r\n?|\n", text[:1_000_000]) if line.strip()][:_SAMPLE]

    def worth(separator: str) -> tuple[float, int]:
        try:
            rows = list(csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=separator))
        except csv.Error:
            return (0.0, 0)
        width = len(rows[0]) if rows else 0
        return (sum(len(r) == width for r in rows) / len(rows) if width > 1 else 0.0, width)

    return max(SEPARATORS, key=worth)


def _sheets_of(raw: list[RawSheet], file: str) -> tuple[list[Sheet], list[Finding]]:
    sheets: list[Sheet] = []
    findings: list[Finding] = []
    for part in raw:
        table, more = table_of_records(file, part.title, part.records, set(), part.unsaved)
        part.records = []
        # Whether two columns may have one header, the dialect says.
        findings += [f for f in more if f.rule not in ("column_twice", "file_empty")]
        if table is None or not any(table.header):
            continue
        sheet = _sheet(table)
        sheet, lost = _without_lost_digits(sheet)
        sheets.append(sheet)
        findings += lost
    if not sheets and not findings:
        findings = [Finding(file, "file_empty")]
    return sheets, findings


def _sheet(table: RawTable) -> Sheet:
    rows = np.empty((len(table.rows), len(table.header)), dtype=object)
    if len(table.rows):
        rows[:] = table.rows
    numbers = np.array(table.row_numbers, dtype=np.int32)
    at = {number: i for i, number in enumerate(table.row_numbers)}
    places = {name: j for j, name in enumerate(table.header)}
    unread = frozenset((at[n], places[c]) for n, c in table.unread if c in places)
    return Sheet(table.file, table.sheet, table.header, rows, numbers, unread)


def _without_lost_digits(sheet: Sheet) -> tuple[Sheet, list[Finding]]:
    """Blank numbers that a spreadsheet cut to 15 digits; one finding a column."""
    lost: dict[int, list[int]] = {}
    for i, j in _powers(sheet.rows):
        lost.setdefault(j, []).append(i)
    findings = []
    for j, at in sorted(lost.items()):
        rows = tuple(int(n) for n in sheet.row_numbers[at])
        value = str(sheet.rows[at[0], j])
        findings.append(
            Finding(sheet.file, "digits_lost", "error", sheet.sheet, rows, sheet.header[j], value)
        )
        sheet.rows[at, j] = ""
    unread = frozenset((i, j) for j, at in lost.items() for i in at)
    return replace(sheet, unread=sheet.unread | unread), findings


def _powers(rows: NDArray[np.object_]) -> Iterator[tuple[int, int]]:
    width = rows.shape[1]
    for place, text in enumerate(rows.ravel().tolist()):
        if text[:1] in "+-0123456789" and ("E" in text or "e" in text):
            power = _POWER.fullmatch(text)
            if power and int(power[1]) >= 15:
                yield divmod(place, width)
