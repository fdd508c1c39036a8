"""Exports of survey tools in small, written as the tools write them, for the tests of their readers."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl

from gumflow.intake.dialects import read_answers

Rows = Sequence[Sequence[object]]


def csv_bytes(rows: Rows, separator: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(sheets: Mapping[str, Rows], formats: Mapping[str, str] | None = None) -> bytes:
    """Write sheets; `formats` are number formats by cell of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    for place, code in (formats or {}).items():
        book.worksheets[0][place].number_format = code
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read_files(folder: Path, files: Mapping[str, bytes], dialect: str = "auto"):
    paths = []
    for name, data in files.items():
        paths.append(folder / name)
        paths[-1].write_bytes(data)
    return read_answers(paths, lambda path: path.name, dialect)


def told(export, source: str | None = None) -> list[tuple[str, str, str, str, str]]:
    """Return record, instance, option, value and missing of each cell, of one source or with the source before."""
    cells = export.cells
    if source is not None:
        cells = cells[cells["source"] == source]
        names = ["record", "instance", "option", "value", "missing"]
    else:
        names = ["record", "source", "option", "value", "missing"]
    return [tuple(map(str, row)) for row in cells[names].itertuples(index=False)]


def found(findings) -> list[tuple[str, str]]:
    return sorted((f.severity, f.rule) for f in findings)


def kinds(export) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {row.source: (row.kind, row.options) for row in export.columns.itertuples()}
