"""Cells of a spreadsheet file whose columns may have any names or none: separator, sheets and row numbers.

How bytes become text, what a broken formula is and how rows are counted is decided in `contract.reading`; what is
added here is what foreign files need: Excel's `sep=` line, files without a header, and sheets other than the first.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import Finding, gathered
from gumflow.contract.reading import SEPARATORS, RawTable, decode, records_of, table_of_records
from gumflow.contract.xlsx import Refused, read_workbook

MOST_LINES = 20
"""So many problems are listed in one error; the rest are counted."""

_SEPARATOR_LINE = re.compile(r'\s*"?sep=(.)"?[,;\t]*\s*', re.IGNORECASE)
# Enough to see which separator cuts all lines into as many cells.
_SAMPLE = 50


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet (or of a CSV file) as text; `unsaved` are formulas without a value, places by row number."""

    file: str
    sheet: str
    records: tuple[tuple[str, ...], ...]
    unsaved: dict[int, set[int]]
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """File and sheet as they are shown."""
        return self.file + (f" [{self.sheet}]" if self.sheet else "")


def refuse(problems: Iterable[Finding | str], file: str) -> None:
    """Raise `GumflowError` that lists what is wrong, at most 20 lines of it; return if nothing is.

    A problem is a finding (only errors count; one cause is one line with all its rows) or a ready sentence.
    """
    problems = list(problems)
    findings = gathered(p for p in problems if isinstance(p, Finding) and p.severity == "error")
    lines = [p for p in problems if isinstance(p, str)] + [f.line() for f in findings]
    if not lines:
        return
    more = [f"... and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    head = f"{file}: {len(lines)} thing{'s' if len(lines) > 1 else ''} to mend:"
    raise GumflowError("\n".join([head, *lines[:MOST_LINES], *more]))


def read_grids(path: Path, known: Iterable[str]) -> list[Grid]:
    """Read a CSV or XLSX file as text: one grid for each sheet that holds cells, in the order of the file.

    CSV may be separated by commas, semicolons or tabs, or as a first line `sep=` says, and is UTF-8 (with or without
    mark), UTF-16 with mark, or GB18030, which is noted. `known` are names of columns in lower case, which help to tell
    the separator. Raises `GumflowError` if the file cannot be read or holds no cell.
    """
    path = Path(path)
    file = path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GumflowError(f"{path}: the file cannot be read ({error.strerror or error}).") from error
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        grids = _sheets(data, file)
    else:
        grids = [_text_grid(data, file, {name.casefold() for name in known})]
    grids = [g for g in grids if g.unsaved or any(c.strip() for record in g.records for c in record)]
    if not grids:
        raise GumflowError(
            f"{file}: the file is empty. Write a header row and at least one row, or a matrix."
        )
    return grids


def _text_grid(data: bytes, file: str, known: set[str]) -> Grid:
    text, findings = decode(data, file)
    refuse(findings, file)
    assert text is not None  # refused otherwise
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = text.partition("\n")
    said = _SEPARATOR_LINE.fullmatch(first)
    if said and said[1] not in SEPARATORS:
        raise GumflowError(
            f"{file}: the first line says that cells are separated by {said[1]!r}; use comma, semicolon or tab."
        )
    # The line that names the separator stays as an empty one: a spreadsheet program counts it.
    text = "\n" + rest if said else text
    separator = said[1] if said else _separator(text, known)
    line = next((line for line in text.split("\n") if line.strip()), "")
    cells = {c.strip() for c in next(csv.reader([line], delimiter=separator), [])}
    records, more = records_of(text, file, cells)
    refuse(more, file)
    notes = tuple(f"{f.file}: {' '.join(f.texts()[:2])}" for f in findings)
    return Grid(file, "", tuple(tuple(r) for r in _spaced(records)), {}, notes)


def _separator(text: str, known: set[str]) -> str:
    lines = [line for line in text.split("\n", 4 * _SAMPLE)[: 4 * _SAMPLE] if line.strip()][:_SAMPLE]

    def worth(separator: str) -> tuple[int, bool, int]:
        try:
            rows = list(csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=separator))
        except csv.Error:
            return (0, False, 0)
        sizes = {len(row) for row in rows}
        named = {c.strip().casefold() for c in rows[0]} & known if rows else set()
        return (len(named), len(sizes) == 1 and min(sizes) > 1, max(sizes, default=0))

    return max(SEPARATORS, key=worth)


def _spaced(records: list[list[str]]) -> list[list[str]]:
    """Cut lines of numbers between blanks, as igraph and UCINET write edge lists; anything else stays as it is."""
    full = [record for record in records if any(c.strip() for c in record)]
    cut = [record[0].split() for record in full if len(record) == 1]
    if not full or len(cut) < len(full) or {len(c) for c in cut} not in ({2}, {3}):
        return records
    if not all(re.fullmatch(r"\d+(\.\d+)?", c, re.ASCII) for row in cut for c in row):
        return records
    return [record[0].split() if record else record for record in records]


def _sheets(data: bytes, file: str) -> list[Grid]:
    try:
        sheets = read_workbook(data)
    except Refused as refused:
        raise GumflowError(
            Finding(file, refused.rule, detail=refused.en, detail_zh=refused.zh).line()
        ) from refused
    return [Grid(file, s.title, tuple(tuple(r) for r in s.records), s.unsaved) for s in sheets]


def first_row(grid: Grid) -> tuple[str, ...]:
    """Return the trimmed cells of the first row that holds any, without empty ones at its end."""
    cells = next((r for r in grid.records if any(c.strip() for c in r)), ())
    trimmed = [c.strip() for c in cells]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    return tuple(trimmed)


def table_of(grid: Grid, header: bool = True) -> tuple[RawTable | None, list[Finding]]:
    """Return the grid as a table with its header row and findings; row numbers are those a spreadsheet shows.

    Without a header, columns are called `column 1`, `column 2`, ...
    """
    records = [list(r) for r in grid.records]
    if header:
        return table_of_records(grid.file, grid.sheet, records, set(), grid.unsaved)
    width = max((at + 1 for r in records for at, c in enumerate(r) if c.strip()), default=0)
    names = [f"column {at}" for at in range(1, width + 1)]
    later = {number + 1: places for number, places in grid.unsaved.items()}
    table, findings = table_of_records(grid.file, grid.sheet, [names, *records], set(), later)
    findings = [replace(f, rows=tuple(row - 1 for row in f.rows)) for f in findings]
    if table is not None:
        table = replace(
            table,
            row_numbers=tuple(n - 1 for n in table.row_numbers),
            unread=frozenset((n - 1, column) for n, column in table.unread),
        )
    return table, findings
