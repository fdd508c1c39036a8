"""Whatever the bytes, reading a survey's export gives answers or findings: no traceback, no hang, no memory without bound."""

import io
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gumflow.contract.findings import findings_table
from gumflow.intake.dialects import DIALECTS, Export, read_answers, sheets
from gumflow.intake.dialects.export import CELL_COLUMNS, MISSING


def same_every_time(examples: int):
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


NAMES = ["auto", *DIALECTS]
HEADERS = [
    "respondent", "question", "value", "option", "alter", "NB01", "NB02[a]", "NB02[b]", "q/x", "q/y", "q", "g-q", "_uuid", "_id", "_index",
    "_parent_index", "_parent_table_name", "_submission__uuid", "KEY", "PARENT_KEY", "SET-OF-r", "_submission_time", "序号", "提交答卷时间",
    "来自IP", "1、甲", "2、乙(丙)", "2、乙(丁)", "第3题(戊)", "第3题(己)", "", "昵称", "#tag", "a:b", "]", "[", "/",
]  # fmt: skip
CELLS = ["", "1", "0", "-3", "-2", "x", "a b", "甲┋乙", "甲→乙", "(跳过)", "n/a", "True", "9.1E+17", "#N/A", "uuid:1", "30%", "_uuid", "respondent"]  # fmt: skip
KOBO = {
    "form": [["respondent", "q", "q/x", "q/y", "_id", "_uuid", "_index"], ["acme", "x", 1, 0, 7, "u1", 1], ["bolt", "x y", 1, 1, 8, "u2", 2]],
    "partners": [["alter", "_index", "_parent_table_name", "_parent_index"], ["bolt", 1, "form", 1], ["cord", 2, "form", 2]],
}  # fmt: skip


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(data: bytes, changes: dict[str, bytes | None], add: dict[str, bytes] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = changes.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return buffer.getvalue()


REAL = workbook(KOBO)
SHEET = "xl/worksheets/sheet1.xml"


def read(files: dict[str, bytes], dialect: str = "auto"):
    """Read files and check what holds for any: shapes, texts of findings, no answer and no word lost without both."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, data in files.items():
            paths.append(Path(folder) / name)
            paths[-1].write_bytes(data)
        export, findings = read_answers(paths, lambda path: path.name, dialect)
    assert export is not None or any(f.severity == "error" for f in findings)
    findings_table(findings)
    if isinstance(export, Export):
        assert tuple(export.cells) == CELL_COLUMNS
        assert set(export.cells["missing"]) <= set(MISSING)
        assert ((export.cells["value"] != "") | (export.cells["missing"] != "")).all()
        assert (export.cells["record"] != "").all()
        assert set(export.cells["source"]) <= set(export.columns["source"])
        assert set(export.cells["file"]) <= set(files)
    return export, findings


def rules(findings) -> set[str]:
    return {f.rule for f in findings if f.severity == "error"}


@same_every_time(80)
@given(
    data=st.binary(max_size=300),
    name=st.sampled_from(["a.csv", "a.xlsx", "a.xls", "a.txt"]),
    dialect=st.sampled_from(NAMES),
)
def test_any_bytes(data, name, dialect):
    export, findings = read({name: data}, dialect)
    assert export is not None or rules(findings)


@same_every_time(80)
@given(
    text=st.text(alphabet="a1,;\t\n\r\"'[]/:甲┋-.#_\0é", max_size=120),
    encoding=st.sampled_from(["utf-8", "utf-16", "gb18030"]),
)
def test_any_text_with_a_known_header(text, encoding):
    export, findings = read({"a.csv": ("respondent,NB01,NB02[a],q/x\n" + text).encode(encoding)})
    assert export is not None or rules(findings)


@same_every_time(70)
@given(data=st.data())
def test_any_table_of_headers_and_cells_that_mean_something(data):
    header = data.draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=8))
    width = len(header)
    tables = data.draw(
        st.lists(
            st.lists(st.lists(st.sampled_from(CELLS), min_size=width, max_size=width), max_size=5),
            min_size=1,
            max_size=2,
        )
    )
    files = {
        f"{k}.csv": "\n".join(",".join(f'"{c}"' for c in row) for row in [header, *rows]).encode()
        for k, rows in enumerate(tables)
    }
    export, findings = read(files, data.draw(st.sampled_from(NAMES)))
    assert export is not None or rules(findings)


@same_every_time(50)
@given(at=st.integers(0, len(REAL) - 1), byte=st.integers(0, 255), length=st.integers(0, 40))
def test_a_real_workbook_with_wrong_bytes(at, byte, length):
    export, findings = read({"a.xlsx": REAL[:at] + bytes([byte]) * length + REAL[at + length :]})
    assert export is not None or rules(findings)


@same_every_time(30)
@given(length=st.integers(0, len(REAL)))
def test_a_workbook_cut_off(length):
    export, findings = read({"a.xlsx": REAL[:length]})
    assert export is not None or rules(findings)


@same_every_time(80)
@given(data=st.data())
def test_a_workbook_whose_xml_was_changed(data):
    with zipfile.ZipFile(io.BytesIO(REAL)) as archive:
        part = data.draw(st.sampled_from([n for n in archive.namelist() if not n.startswith("docProps")]))
        xml = archive.read(part).decode()
    tokens = ["<row>", "</row>", "<c>", '<c r="XFD1" t="s"><v>9</v></c>', "<v>", "r=\"", "s=\"99\"", "t=\"s\"", "1e999", "nan", "<f/>", "&lt;", "\x01", "甲", "-1"]  # fmt: skip
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(xml)))
        xml = xml[:at] + data.draw(st.sampled_from(tokens)) + xml[at + data.draw(st.integers(0, 6)) :]
    read({"a.xlsx": repacked(REAL, {part: xml.encode()})})


def sheet_xml(rows: str, head: str = "", before: str = "") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{main}">{head}<sheetData>{rows}</sheetData></worksheet>'.encode()


def laughs() -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    return sheet_xml(
        '<row r="1"><c r="A1" t="str"><v>&a11;</v></c></row>', before=f"<!DOCTYPE x [{entities}]>"
    )


@pytest.mark.parametrize(
    ("xml", "rule"),
    [
        (b"0" * 100_000_000, "file_too_large"),
        (sheet_xml(f'<row r="1"><c r="A1"><v>{"0" * 40_000_000}</v></c></row>'), "file_too_large"),
        (sheet_xml("", head='<dimension ref="A1:XFD1048576"/>'), "file_too_large"),
        (sheet_xml('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "file_too_large"),
        (sheet_xml("".join(f'<row r="{i}"><c r="XFD{i}"><v>1</v></c></row>' for i in range(1, 200))), "file_too_large"),
        (sheet_xml(f'<row r="1">{"<c/>" * 3_000_000}</row>'), "file_unreadable"),
        (sheet_xml('<row r="2"/><row r="1"/>'), "file_unreadable"),
        (sheet_xml('<row r="1"><c r="B1"/><c r="A1"/></row>'), "file_unreadable"),
        (sheet_xml('<row r="1"><c r="AAAA1"/></row>'), "file_unreadable"),
        (laughs(), "file_unsafe"),
        (sheet_xml("", before='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "file_unsafe"),
        (b"<worksheet>" + b"<a>" * 100_000, "file_unreadable"),
    ],
    ids=["zeros", "long cell", "dimension", "last row", "last column", "no places", "rows back", "cells back", "beyond", "laughs", "dtd", "deep"],
)  # fmt: skip
def test_bombs_and_tricks_are_refused_by_name(xml, rule):
    export, findings = read({"a.xlsx": repacked(REAL, {SHEET: xml})})
    assert export is None
    assert rules(findings) == {rule}


def test_files_that_are_no_export_are_named(monkeypatch):
    inner = repacked(REAL, {}, {"../../evil": b"x"})
    assert rules(read({"a.xlsx": inner})[1]) == {"file_unsafe"}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inner.xlsx", REAL)
    assert rules(read({"a.xlsx": buffer.getvalue()})[1]) == {"file_format"}
    many = {f"s{i}": [["respondent"]] for i in range(300)}
    assert rules(read({"a.xlsx": workbook(many)})[1]) == {"file_too_large"}
    monkeypatch.setattr(sheets, "MOST_CELLS", 1000)
    assert rules(read({"a.csv": b"respondent,a\n" + b"\n" * 1000})[1]) == {"file_too_large"}
    assert rules(read({"a.csv": b"respondent,a\n" + b"," * 1000})[1]) == {"file_too_large"}
    monkeypatch.undo()
    assert rules(read({"a.csv": b"respondent" + b",a" * 30_000 + b"\n1\n"})[1]) == {"column_twice"}
