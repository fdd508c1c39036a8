"""Reading a table as its user wrote it: encodings, separators, line ends and sheets, every cell as text.

The encoding is never guessed: a byte-order mark decides, else strict UTF-8, else GB18030 (which holds GBK and GB2312);
which one it was is reported. Row numbers are those that a spreadsheet shows.
"""

import codecs
import csv
import datetime
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from gumflow.contract.findings import Finding

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True)
class RawTable:
    """A table as text: header, rows of cells as long as the header, and the spreadsheet row of each."""

    file: str
    sheet: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_numbers: tuple[int, ...]


def read_raw(path: Path, file: str, known: set[str]) -> tuple[RawTable | None, list[Finding]]:
    """Read a CSV or XLSX file (first sheet) as text.

    `file` is the name shown in findings; `known` are the column names of the table, which tell the separator.
    Returns None with an error finding where nothing can be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return None, [_unreadable(file, error.strerror or str(error), "系统拒绝读取")]
    if not data.strip():
        return None, [_empty(file, "", known)]
    if path.suffix.lower() == ".xlsx":
        return _read_xlsx(data, file, known)
    text, findings = _decode(data, file)
    if text is None:
        return None, findings
    records, more = _records(text, file, known)
    if more:
        return None, findings + more
    table, more = _table(file, "", records, known)
    return table, findings + more


def _unreadable(file: str, en: str, zh: str, rows: tuple[int, ...] = ()) -> Finding:
    return Finding(file, "file_unreadable", rows=rows, detail=en, detail_zh=zh)


def _empty(file: str, sheet: str, known: set[str]) -> Finding:
    return Finding(file, "file_empty", sheet=sheet, detail=", ".join(sorted(known)))


def _decode(data: bytes, file: str) -> tuple[str | None, list[Finding]]:
    if data.startswith(b"PK\x03\x04"):
        return None, [
            _unreadable(file, "it is a ZIP or XLSX file named .csv", "它是 ZIP 或 XLSX 文件，却命名为 .csv")
        ]
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding), []
            except UnicodeDecodeError as error:
                en = f"not {encoding} as its first bytes say (byte {error.start})"
                return None, [_unreadable(file, en, f"文件开头标明 {encoding}，但第 {error.start} 字节不符")]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030"), [Finding(file, "encoding", "warning", detail="GB18030")]
    except UnicodeDecodeError as error:
        en = f"neither UTF-8 nor GB18030 (byte {error.start})"
        return None, [_unreadable(file, en, f"既不是 UTF-8 也不是 GB18030（第 {error.start} 字节）")]


def _records(text: str, file: str, known: set[str]) -> tuple[list[list[str]], list[Finding]]:
    """Split into records with the separator under which most known columns appear in the header."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        return [], [_unreadable(file, "it holds NUL characters", "含有 NUL 字符")]
    first = next((line for line in text.split("\n") if line.strip()), "")

    def hits(separator: str) -> int:
        return len(known & {c.strip() for c in next(csv.reader([first], delimiter=separator))})

    records: list[list[str]] = []
    try:
        separator = max(_SEPARATORS, key=lambda s: (hits(s), -_SEPARATORS.index(s)))
        # newline="" keeps line breaks inside quoted cells as they are.
        # One by one: what was read before an error tells the row of the error.
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            records.append(record)
    except csv.Error as error:
        en = f"a quotation mark is not closed or stands inside a cell ({error})"
        return [], [_unreadable(file, en, "引号未闭合，或单元格内有多余的引号", rows=(len(records) + 1,))]
    return records, []


def _read_xlsx(data: bytes, file: str, known: set[str]) -> tuple[RawTable | None, list[Finding]]:
    import openpyxl

    try:
        with warnings.catch_warnings():
            # openpyxl warns of drop-down lists and other extensions that it does not keep; only cells are read here.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            records = [[_cell_text(c) for c in row] for row in sheet.iter_rows(values_only=True)]
    except Exception as error:  # openpyxl raises many kinds for a damaged archive
        return None, [
            _unreadable(file, f"it is no whole XLSX file ({type(error).__name__})", "不是完整的 XLSX 文件")
        ]
    return _table(file, sheet.title, records, known)


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return str(value)


def _table(
    file: str, sheet: str, records: list[list[str]], known: set[str]
) -> tuple[RawTable | None, list[Finding]]:
    findings: list[Finding] = []
    start = next((i for i, r in enumerate(records) if any(c.strip() for c in r)), None)
    if start is None:
        return None, [_empty(file, sheet, known)]
    header = [c.strip() for c in records[start]]
    while header and not header[-1]:
        header.pop()
    for name in {h for h in header if h and header.count(h) > 1}:
        findings.append(Finding(file, "column_twice", sheet=sheet, column=name))
    rows, numbers = [], []
    for number, record in enumerate(records[start + 1 :], start=start + 2):
        cells = [c.strip() for c in record]
        if not any(cells):
            continue
        if any(cells[len(header) :]):
            findings.append(Finding(file, "cells_beyond", sheet=sheet, rows=(number,)))
        if any(cell and not name for cell, name in zip(cells, header, strict=False)):
            findings.append(Finding(file, "column_unnamed", "warning", sheet, (number,)))
        rows.append(tuple((cells + [""] * len(header))[: len(header)]))
        numbers.append(number)
    return RawTable(file, sheet, tuple(header), tuple(rows), tuple(numbers)), findings
