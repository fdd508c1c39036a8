"""Reading a table as its user wrote it: encodings, separators, line ends and sheets, every cell as text.

The encoding is never guessed: a byte-order mark decides, else strict UTF-8, else GB18030 (which holds GBK and GB2312);
which one it was is reported. Row numbers are those that a spreadsheet shows.
"""

import codecs
import csv
import io
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gumflow.contract.findings import Finding
from gumflow.contract.xlsx import Refused, read_workbook

SEPARATORS = (",", ";", "\t")
"""What may stand between the cells of a CSV file."""

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What spreadsheet programs show, and save, where a formula failed.
_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)|Err:\d{3}")


@dataclass(frozen=True)
class RawTable:
    """A table as text: header, rows of cells as long as the header, and the spreadsheet row of each.

    `unread` are cells (row number, column) without a known value: what is wrong there has its finding, and is checked no more.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_numbers: tuple[int, ...]
    unread: frozenset[tuple[int, str]] = frozenset()


def read_raw(path: Path, file: str, known: set[str]) -> tuple[RawTable | None, list[Finding]]:
    """Read a CSV or XLSX file (first sheet) as text.

    `file` is the name shown in findings; `known` are the column names of the table, which tell the separator.
    Returns None with an error finding where nothing can be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return None, [unreadable(file, error.strerror or str(error), "系统拒绝读取")]
    if not data.strip():
        return None, [_empty(file, "", known)]
    if path.suffix.lower() == ".xlsx":
        return _read_xlsx(data, file, known)
    text, findings = decode(data, file)
    if text is None:
        return None, findings
    records, more = records_of(text, file, known)
    if more:
        return None, findings + more
    table, more = table_of_records(file, "", records, known)
    return table, findings + more


def unreadable(file: str, en: str, zh: str, rows: tuple[int, ...] = ()) -> Finding:
    """Return the finding that a file cannot be read, with the reason in both languages."""
    return Finding(file, "file_unreadable", rows=rows, detail=en, detail_zh=zh)


def _empty(file: str, sheet: str, known: set[str]) -> Finding:
    return Finding(file, "file_empty", sheet=sheet, detail=", ".join(sorted(known)))


def decode(data: bytes, file: str) -> tuple[str | None, list[Finding]]:
    """Return the text of a CSV file; None with a finding if it is none. GB18030 is a warning: the user should look at the names."""
    if data.startswith(b"PK\x03\x04"):
        return None, [
            unreadable(file, "it is a ZIP or XLSX file named .csv", "它是 ZIP 或 XLSX 文件，却命名为 .csv")
        ]
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding), []
            except UnicodeDecodeError as error:
                en = f"not {encoding} as its first bytes say (byte {error.start})"
                return None, [unreadable(file, en, f"文件开头标明 {encoding}，但第 {error.start} 字节不符")]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030"), [Finding(file, "encoding", "warning", detail="GB18030")]
    except UnicodeDecodeError as error:
        en = f"neither UTF-8 nor GB18030 (byte {error.start})"
        return None, [unreadable(file, en, f"既不是 UTF-8 也不是 GB18030（第 {error.start} 字节）")]


def records_of(text: str, file: str, known: set[str]) -> tuple[list[list[str]], list[Finding]]:
    """Split into records with the separator under which most known columns appear in the header."""
    first = next((line for line in re.split(r"\r\n?|\n", text) if line.strip()), "")

    def hits(separator: str) -> int:
        return len(known & {c.strip() for c in next(csv.reader([first], delimiter=separator))})

    try:
        separator = max(SEPARATORS, key=lambda s: (hits(s), -SEPARATORS.index(s)))
    except csv.Error as error:
        return [], [_broken_quotes(error, file, 1)]
    return split_records(text, file, separator)


def split_records(
    text: str, file: str, separator: str, most_cells: float = math.inf
) -> tuple[list[list[str]], list[Finding]]:
    """Split a text into records of cells; line ends may be LF, CRLF or CR, and stand inside quoted cells.

    Stops with records that hold more than `most_cells` cells in all (an empty line counts as one), if there are so many. What cannot be split gives no records and
    a finding with the row.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        return [], [unreadable(file, "it holds NUL characters", "含有 NUL 字符")]
    records: list[list[str]] = []
    cells = 0
    try:
        # newline="" keeps line breaks inside quoted cells as they are.
        # One by one: what was read before an error tells the row of the error.
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            records.append(record)
            cells += max(len(record), 1)
            if cells > most_cells:
                break
    except csv.Error as error:
        return [], [_broken_quotes(error, file, len(records) + 1)]
    return records, []


def _broken_quotes(error: csv.Error, file: str, row: int) -> Finding:
    en, zh = (
        f"a quotation mark is not closed or stands inside a cell ({error})",
        "引号未闭合，或单元格内有多余的引号",
    )
    if "field limit" in str(error):
        most = f"{csv.field_size_limit():,}"
        en = f"a cell is longer than {most} characters; shorten it, or close the quotation mark that it starts with"
        zh = f"单元格超过 {most} 个字符；请缩短，或补上单元格末尾的引号"
    return unreadable(file, en, zh, rows=(row,))


def _read_xlsx(data: bytes, file: str, known: set[str]) -> tuple[RawTable | None, list[Finding]]:
    try:
        sheets = read_workbook(data)
    except Refused as refused:
        return None, [Finding(file, refused.rule, detail=refused.en, detail_zh=refused.zh)]
    if not sheets:
        return None, [_empty(file, "", known)]
    sheet = sheets[0]
    return table_of_records(file, sheet.title, sheet.records, known, sheet.unsaved)


def table_of_records(
    file: str,
    sheet: str,
    records: list[list[str]],
    known: set[str],
    unsaved: Mapping[int, set[int]] = MappingProxyType({}),
) -> tuple[RawTable | None, list[Finding]]:
    """Return the table in the records; `unsaved` are the columns, by row, of formulas without a saved value."""
    start = next((i for i, r in enumerate(records) if i + 1 in unsaved or any(c.strip() for c in r)), None)
    if start is None:
        return None, [_empty(file, sheet, known)]
    if start + 1 in unsaved:  # which columns there are is not known
        return None, [Finding(file, "formula_unsaved", sheet=sheet, rows=(start + 1,))]
    header = [c.strip() for c in records[start]]
    while header and not header[-1]:
        header.pop()
    findings = [
        Finding(file, "column_twice", sheet=sheet, column=name)
        for name, times in Counter(header).items()
        if name and times > 1
    ]
    findings += [
        Finding(file, "error_value", sheet=sheet, rows=(start + 1,), value=h)
        for h in header
        if _ERROR.fullmatch(h)
    ]
    rows, numbers = [], []
    unread: set[tuple[int, str]] = set()
    for number, record in enumerate(records[start + 1 :], start=start + 2):
        cells = [c.strip() for c in record]
        if not any(cells) and number not in unsaved:
            continue
        broken = _broken_cells(cells, unsaved.get(number, set()))
        for at, rule in broken.items():
            column = header[at] if at < len(header) else ""
            findings.append(Finding(file, rule, "error", sheet, (number,), column, cells[at]))
            unread.add((number, column))
            cells[at] = ""
        beyond = any(cells[len(header) :])
        if beyond:
            findings.append(Finding(file, "cells_beyond", sheet=sheet, rows=(number,)))
        elif any(cell and not name for cell, name in zip(cells, header, strict=False)):
            findings.append(Finding(file, "column_unnamed", "warning", sheet, (number,)))
        if beyond or not any(cells):
            unread |= {(number, name) for name in header}
        rows.append(tuple((cells + [""] * len(header))[: len(header)]))
        numbers.append(number)
    return RawTable(file, sheet, tuple(header), tuple(rows), tuple(numbers), frozenset(unread)), findings


def _broken_cells(cells: list[str], unsaved: set[int]) -> dict[int, str]:
    """Return the rule that each cell breaks which holds no value, by its place in the row."""
    errors = {
        at: "error_value"
        for at, cell in enumerate(cells)
        if cell[:1] in ("#", "E") and _ERROR.fullmatch(cell)
    }
    return errors | dict.fromkeys(sorted(unsaved), "formula_unsaved")
