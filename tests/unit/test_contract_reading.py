"""A table is read as its user wrote it: encodings, separators, line ends, sheets, and row numbers as a spreadsheet shows them."""

import datetime
import io
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.datavalidation import DataValidation

from gumflow.contract.reading import RawTable, read_raw

KNOWN = {"actor", "label_zh", "kind"}
LINES = ["actor,label_zh,kind", "acme,甲厂,firm", "bolt,乙厂,firm"]
HEADER = ("actor", "label_zh", "kind")
ROWS = (("acme", "甲厂", "firm"), ("bolt", "乙厂", "firm"))


def read(tmp_path: Path, data: bytes | str, name: str = "actors.csv"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return read_raw(path, name, KNOWN)


def rules(findings) -> list[tuple[str, str]]:
    return [(f.severity, f.rule) for f in findings]


def sheet_bytes(cells: dict[str, object], prepare=lambda sheet: None) -> bytes:
    book = openpyxl.Workbook()
    for place, value in cells.items():
        book.active[place] = value
    prepare(book.active)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_usual_way_of_saving_gives_the_same_table(tmp_path, end, separator, encoding):
    text = end.join(line.replace(",", separator) for line in LINES) + end
    table, findings = read(tmp_path, text.encode(encoding))
    assert findings == []
    assert table == RawTable("actors.csv", "", HEADER, ROWS, (2, 3))


def test_big_endian_utf16_is_known_by_its_mark(tmp_path):
    table, findings = read(tmp_path, b"\xfe\xff" + "\n".join(LINES).encode("utf-16-be"))
    assert (findings, table.rows) == ([], ROWS)


def test_gb18030_is_read_and_reported_as_a_guess(tmp_path):
    table, findings = read(tmp_path, "\n".join(LINES).encode("gb18030"))
    assert table.rows == ROWS
    assert rules(findings) == [("warning", "encoding")]
    assert "GB18030" in findings[0].line()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"actor\n\xff\xff\xff\n", "neither UTF-8 nor GB18030"),
        (b"\xff\xfea\x00c", "not utf-16"),
        (b"actor,kind\nac\x00me,firm\n", "NUL"),
        ("actor\nacme\n".encode("utf-16-le"), "NUL"),
        (b"PK\x03\x04rest", "ZIP or XLSX file named .csv"),
    ],
    ids=["no encoding", "broken UTF-16", "NUL", "UTF-16 without mark", "ZIP"],
)
def test_what_cannot_be_read_is_an_error_that_says_why(tmp_path, data, said):
    table, findings = read(tmp_path, data)
    assert table is None
    assert rules(findings) == [("error", "file_unreadable")]
    assert said in findings[0].line()


def test_xlsx_named_csv_is_told_apart_from_text(tmp_path):
    table, findings = read(tmp_path, sheet_bytes({"A1": "actor", "A2": "acme"}))
    assert table is None
    assert "XLSX file named .csv" in findings[0].line()


def test_text_named_xlsx_is_unreadable(tmp_path):
    table, findings = read(tmp_path, "\n".join(LINES), "actors.xlsx")
    assert table is None
    assert rules(findings) == [("error", "file_unreadable")]


def test_a_file_that_the_system_refuses_is_a_finding(tmp_path):
    table, findings = read_raw(tmp_path, "actors.csv", KNOWN)  # a folder cannot be read as a file
    assert table is None
    assert rules(findings) == [("error", "file_unreadable")]


@pytest.mark.parametrize(
    "data", [b"", b"  \n\n", b"\xef\xbb\xbf", b",,\n", "\ufeff\n\n".encode()], ids=range(5)
)
def test_an_empty_file_is_told_its_header(tmp_path, data):
    table, findings = read(tmp_path, data)
    assert table is None
    assert rules(findings) == [("error", "file_empty")]
    assert "actor, kind, label_zh" in findings[0].line()


def test_an_empty_sheet_is_told_its_header(tmp_path):
    table, findings = read(tmp_path, sheet_bytes({}), "actors.xlsx")
    assert table is None
    assert rules(findings) == [("error", "file_empty")]
    assert "actor, kind, label_zh" in findings[0].line()


def test_an_unclosed_quotation_mark_is_reported_where_its_row_begins(tmp_path):
    table, findings = read(tmp_path, 'actor,kind\nacme,firm\n"bolt,firm\ncase,firm\n')
    assert table is None
    assert findings[0].rule == "file_unreadable"
    assert findings[0].rows == (3,)


def test_a_quotation_mark_inside_a_cell_is_not_swallowed(tmp_path):
    table, findings = read(tmp_path, 'actor,kind\n"ac"me,firm\n')
    assert table is None
    assert findings[0].rows == (2,)


def test_a_line_longer_than_any_cell_may_be_is_a_finding(tmp_path):
    table, findings = read(tmp_path, "actor,kind\nacme," + "x" * 200_000)
    assert table is None
    assert rules(findings) == [("error", "file_unreadable")]
    assert findings[0].rows == (2,)
    assert "a cell is longer than 131,072 characters" in findings[0].line()
    assert "单元格超过 131,072 个字符" in findings[0].texts()[2]
    assert "stands inside a cell" not in findings[0].line()


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    # Row 1 blank, 2 header, 3 a quoted line break (one row), 4 blank, 5 only separators, 6 the last.
    text = '\nactor,label_zh,kind\nacme,"甲\n厂",firm\n\n,,\nbolt,乙厂,firm\n'
    table, findings = read(tmp_path, text)
    assert findings == []
    assert table.row_numbers == (3, 6)
    assert table.rows[0][1] == "甲\n厂"


def test_rows_of_a_sheet_are_numbered_as_the_sheet_shows_them(tmp_path):
    data = sheet_bytes({"A3": "actor", "B3": "kind", "A4": "acme", "B4": "firm", "A8": "bolt", "B8": "firm"})
    table, findings = read(tmp_path, data, "actors.xlsx")
    assert findings == []
    assert (table.sheet, table.row_numbers) == ("Sheet", (4, 8))


def test_cells_of_a_sheet_become_the_text_that_a_user_means(tmp_path):
    values = {
        "A2": 12,
        "B2": 12.0,
        "C2": 0.5,
        "D2": True,
        "E2": datetime.datetime(2001, 5, 3),
        "F2": None,
        "G2": "x",
    }
    header = {f"{c}1": name for c, name in zip("ABCDEFG", "abcdefg", strict=True)}
    table, _ = read(tmp_path, sheet_bytes(header | values), "actors.xlsx")
    assert table.rows == (("12", "12", "0.5", "1", "2001-05-03", "", "x"),)


def test_only_the_first_sheet_is_read_and_drop_down_lists_raise_no_warning(tmp_path):
    def prepare(sheet):
        sheet.add_data_validation(DataValidation(type="list", formula1='"firm,class"'))
        sheet.parent.create_sheet("notes")["A1"] = "not a table"

    data = sheet_bytes({"A1": "actor", "A2": "acme"}, prepare)
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        table, findings = read(tmp_path, data, "actors.xlsx")
    assert (raised, findings, table.rows) == ([], [], (("acme",),))


def test_cells_are_stripped_of_blanks_also_of_wide_ones(tmp_path):
    table, _ = read(tmp_path, " actor , kind\n\u3000acme\u3000, firm \n")
    assert (table.header, table.rows) == (("actor", "kind"), (("acme", "firm"),))


def test_a_short_row_is_filled_and_a_long_one_reported(tmp_path):
    table, findings = read(tmp_path, "actor,kind\nacme\nbolt,firm,Bolt, Inc.\ncase,firm,,\n")
    assert table.rows == (("acme", ""), ("bolt", "firm"), ("case", "firm"))
    assert [(f.rule, f.rows) for f in findings] == [("cells_beyond", (3,))]


def test_a_doubled_column_and_a_column_without_name_are_reported(tmp_path):
    _, findings = read(tmp_path, "actor,,kind,kind\nacme,12,firm,firm\n")
    assert {(f.severity, f.rule, f.column) for f in findings} == {
        ("error", "column_twice", "kind"),
        ("warning", "column_unnamed", ""),
    }


def test_the_separator_is_the_one_under_which_the_header_is_known(tmp_path):
    # More commas than semicolons, but only semicolons part known names.
    table, _ = read(tmp_path, 'actor;kind;"a,b,c,d"\nacme;firm;"1,5"\n')
    assert table.header == ("actor", "kind", "a,b,c,d")
    assert table.rows == (("acme", "firm", "1,5"),)


def test_a_formula_without_a_saved_value_is_an_error_and_not_a_blank(tmp_path):
    cells = {
        "A1": "actor",
        "B1": "kind",
        "A2": "acme",
        "B2": "=A2",
        "A3": "bolt",
        "B3": "firm",
        "A4": '=A3&"x"',
    }
    table, findings = read(tmp_path, sheet_bytes(cells), "actors.xlsx")
    assert [(f.severity, f.rule, f.rows, f.column) for f in findings] == [
        ("error", "formula_unsaved", (2,), "kind"),
        ("error", "formula_unsaved", (4,), "actor"),
    ]
    assert table.rows == (("acme", ""), ("bolt", "firm"), ("", ""))
    assert table.unread == {(2, "kind"), (4, "actor"), (4, "kind")}
    assert "open the file in a spreadsheet program and save it" in findings[0].line()


def test_a_header_of_formulas_without_saved_values_is_one_error(tmp_path):
    cells = {"A1": "actor", "B1": '="kind"', "A2": "acme", "B2": "firm"}
    table, findings = read(tmp_path, sheet_bytes(cells), "actors.xlsx")
    assert table is None
    assert [(f.rule, f.rows) for f in findings] == [("formula_unsaved", (1,))]


@pytest.mark.parametrize(("kind", "value"), [("str", "firm"), ("str", ""), ("n", "3")])
def test_a_formula_with_a_saved_value_is_read_as_that_value(tmp_path, kind, value):
    data = sheet_bytes({"A1": "actor", "B1": "kind", "A2": "acme", "B2": "=A2"})
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b'<c r="B2"><f>A2</f><v' in text
                start = text.index(b'<c r="B2">')
                cell = f'<c r="B2" t="{kind}"><f>A2</f><v>{value}</v></c>'.encode()
                text = text[:start] + cell + text[text.index(b"</c>", start) + 4 :]
            new.writestr(name, text)
    table, findings = read(tmp_path, written.getvalue(), "actors.xlsx")
    assert (findings, table.rows) == ([], (("acme", value),))


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?"])
@pytest.mark.parametrize("name", ["actors.csv", "actors.xlsx"])
def test_an_error_value_is_an_error_in_any_cell(tmp_path, name, error):
    sheet = sheet_bytes({"A1": "actor", "B1": "notes", "A2": "acme", "B2": error})
    table, findings = read(tmp_path, sheet if name.endswith("xlsx") else f"actor,notes\nacme,{error}\n", name)
    assert [(f.severity, f.rule, f.rows, f.column, f.value) for f in findings] == [
        ("error", "error_value", (2,), "notes", error)
    ]
    assert table.unread == {(2, "notes")}


def test_a_text_that_only_begins_like_an_error_value_is_a_text(tmp_path):
    table, findings = read(tmp_path, "actor,kind\n#1 mill,#N/A for now\n")
    assert (findings, table.rows) == ([], (("#1 mill", "#N/A for now"),))
