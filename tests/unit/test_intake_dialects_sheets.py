"""Files become text: encodings, separators, numbers as a spreadsheet shows them; what cannot be read is named."""

import datetime
import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from small_exports import csv_bytes, found, xlsx_bytes

from gumflow.contract.findings import RULES
from gumflow.contract.xlsx import plain_text
from gumflow.intake.dialects import RULES_DIALECTS
from gumflow.intake.dialects.sheets import read_sheets

ROWS = [["respondent", "NB01", "NB02"], ["acme", "甲;乙", "一, 二"], ["bolt", "", "三"]]


def read(tmp_path, data: bytes, name: str = "a.csv"):
    path = tmp_path / name
    path.write_bytes(data)
    return read_sheets(path, name)


def column(tmp_path, values, formats=()):
    data = xlsx_bytes(
        {"s": [["x"], *([v] for v in values)]}, {f"A{i}": f for i, f in enumerate(formats, start=2) if f}
    )
    sheets, findings = read(tmp_path, data, "a.xlsx")
    return sheets[0].rows[:, 0].tolist(), findings


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", []), ("utf-8-sig", []), ("utf-16", []), ("gb18030", [("warning", "encoding")])],
)
def test_every_usual_csv_gives_the_same_sheet(tmp_path, separator, encoding, expected):
    (sheet,), findings = read(tmp_path, csv_bytes(ROWS, separator, encoding))
    assert (sheet.header, sheet.rows.tolist()) == (tuple(ROWS[0]), ROWS[1:])
    assert sheet.row_numbers.tolist() == [2, 3]
    assert (sheet.file, sheet.sheet, sheet.title) == ("a.csv", "", "a")
    assert found(findings) == expected


def test_a_line_may_name_the_separator_and_still_counts_as_a_row(tmp_path):
    (sheet,), findings = read(tmp_path, b"sep=;\r\nrespondent;NB01\r\nacme;1,5\r\n")
    assert (sheet.rows.tolist(), sheet.row_numbers.tolist(), findings) == ([["acme", "1,5"]], [3], [])


def test_every_sheet_of_a_workbook_is_read_and_empty_ones_are_not(tmp_path):
    data = xlsx_bytes({"one": ROWS, "none": [], "two": [["respondent"], [], ["cord"]]})
    (one, two), findings = read(tmp_path, data, "a.xlsx")
    assert (one.sheet, one.rows.tolist()) == ("one", ROWS[1:])
    assert (two.sheet, two.rows.tolist(), two.row_numbers.tolist()) == ("two", [["cord"]], [3])
    assert findings == []


def test_numbers_are_read_as_a_spreadsheet_shows_them(tmp_path):
    values = [12, 12.0, -3, 0.1 + 0.2, 0.000012, 1234567.5, True, False, "007", " x ", 999_999_999_999_999]
    texts = ["12", "12", "-3", "0.3", "0.000012", "1234567.5", "1", "0", "007", "x", "999999999999999"]
    assert column(tmp_path, values) == (texts, [])


def test_percents_dates_and_times_follow_the_number_format(tmp_path):
    values = [0.3, 0.125, 0.3, datetime.date(2008, 1, 31), datetime.datetime(2008, 1, 31, 8, 30), datetime.time(8, 30), 39478, 39478, 60, 2.5]  # fmt: skip
    formats = [
        "0%",
        "0.00%",
        '0.0"%"',
        "",
        "",
        "",
        'yyyy"年"m"月"d"日"',
        "[$-804]mmm",
        "yyyy-mm-dd",
        "[h]:mm",
    ]
    texts = ["30%", "12.5%", "0.3", "2008-01-31", "2008-01-31T08:30:00", "08:30:00", "2008-01-31", "2008-01-31", "60", "60:00:00"]  # fmt: skip
    assert column(tmp_path, values, formats) == (texts, [])


def test_days_may_be_counted_from_1904(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["x"])
    book.active.append([datetime.date(2008, 1, 31)])
    buffer = io.BytesIO()
    book.save(buffer)
    (sheet,), _ = read(tmp_path, buffer.getvalue(), "a.xlsx")
    assert sheet.rows.tolist() == [["2008-01-31"]]


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (-0.0, "0"), (1e-7, "0.0000001"), (1e15, "1e+15"), (2.50, "2.5"), (-1e-20, "-0.00000000000000000001")])  # fmt: skip
def test_plain_text_of_numbers(value, text):
    assert plain_text(value) == text


def test_ids_cut_by_a_spreadsheet_are_named_and_not_read(tmp_path):
    rows = [
        ["respondent", "code", "note"],
        ["acme", 913303012345678901, "1.2E+05"],
        ["bolt", "913303012345678901", "E+20"],
    ]
    (sheet,), findings = read(tmp_path, xlsx_bytes({"s": rows}), "a.xlsx")
    assert sheet.rows.tolist() == [["acme", "", "1.2E+05"], ["bolt", "913303012345678901", "E+20"]]
    (finding,) = findings
    assert (finding.rule, finding.column, finding.rows, finding.severity) == (
        "digits_lost",
        "code",
        (2,),
        "error",
    )
    assert finding.value == "9.13303012345679e+17"
    (sheet,), findings = read(tmp_path, b"respondent,code\nacme,9.13303E+17\nbolt,9.2E+17\n")
    assert sheet.column("code").tolist() == ["", ""]
    assert [(f.rule, f.rows) for f in findings] == [("digits_lost", (2, 3))]


def test_strings_of_every_writer_are_read(tmp_path):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet, bold = book.add_worksheet("数据"), book.add_format({"bold": True})
        sheet.write_row(0, 0, ["x", "y", "z"])
        sheet.write_rich_string(1, 0, "甲", bold, "乙", "丙")
        sheet.write_formula(1, 1, '="a"', None, "a")
        sheet.write_string(2, 0, "line one\r\nline two")
        sheet.write_formula(3, 1, "=1/0", None, "#DIV/0!")
    (read_sheet,), findings = read(tmp_path, buffer.getvalue(), "a.xlsx")
    assert read_sheet.rows.tolist() == [["甲乙丙", "a", ""], ["line one\nline two", "", ""], ["", "", ""]]
    assert [(f.rule, f.rows, f.column) for f in findings] == [("error_value", (4,), "y")]
    # Nothing else stands in that row: whether it was one is not known.
    assert read_sheet.unread == {(2, 0), (2, 1), (2, 2)}


def test_a_formula_without_saved_value_is_named(tmp_path):
    (sheet,), findings = read(tmp_path, xlsx_bytes({"s": [["x", "y"], ["a", "=1+1"]]}), "a.xlsx")
    assert sheet.rows.tolist() == [["a", ""]]
    assert [(f.rule, f.rows, f.column) for f in findings] == [("formula_unsaved", (2,), "y")]


def test_prefixed_names_readings_of_characters_and_formulas_that_give_no_text_are_read(tmp_path):
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<x:worksheet xmlns:x="{main}"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c t="s"><x:v>0</x:v></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c><x:c t="str"><x:f>""</x:f><x:v/></x:c></x:row></x:sheetData></x:worksheet>'
    strings = f'<sst xmlns="{main}"><si><t>漢</t><rPh sb="0" eb="1"><t>カン</t></rPh></si></sst>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = f'<Relationships xmlns="r"><Relationship Id="a" Type="{kind}/worksheet" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="b" Type="{kind}/sharedStrings" Target="strings.xml"/></Relationships>'
    parts = {
        "_rels/.rels": f'<Relationships xmlns="r"><Relationship Id="a" Type="{kind}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{kind}"><sheets><sheet name="s" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": links, "xl/worksheets/sheet1.xml": sheet, "xl/strings.xml": strings,
    }  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    (read_sheet,), findings = read(tmp_path, buffer.getvalue(), "a.xlsx")
    assert (read_sheet.header, read_sheet.rows.tolist(), findings) == (("a", "漢"), [["1", ""]], [])


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


@pytest.mark.parametrize(
    ("name", "data", "rule", "word"),
    [
        ("a.xls", OLE, "file_format", ".xls"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "file_password", "password"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "file_format", "web page"),
        ("a.xlsx", b"respondent,NB01\nacme,1\n", "file_unreadable", "no XLSX"),
        ("a.csv", b"", "file_empty", "empty"),
        ("a.csv", b'respondent\n"acme\n', "file_unreadable", "quotation"),
        ("a.csv", b"\xff\xfe\x00", "file_unreadable", "utf-16"),
        ("a.csv", b"respondent\n\0\n", "file_unreadable", "NUL"),
    ],
    ids=["old Excel", "password", "web page", "text named xlsx", "empty", "quote", "half a character", "NUL"],
)
def test_what_cannot_be_read_is_one_finding_with_a_remedy(tmp_path, name, data, rule, word):
    sheets, findings = read(tmp_path, data, name)
    assert sheets == []
    assert [f.rule for f in findings] == [rule]
    assert word in findings[0].line()


def test_a_missing_file_is_a_finding(tmp_path):
    assert [f.rule for f in read_sheets(tmp_path / "none.csv", "none.csv")[1]] == ["file_unreadable"]


def test_other_office_formats_are_named(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    _, (finding,) = read(tmp_path, buffer.getvalue(), "a.ods")
    assert "OpenDocument" in finding.line()
    assert ".xlsx" in finding.line()


def test_a_header_is_compared_in_linear_time(tmp_path):
    """A header of 40,000 columns takes moments; comparing each with each would take minutes."""
    (sheet,), _ = read(tmp_path, b"respondent" + b",a" * 40_000 + b"\n1\n")
    assert len(sheet.header) == 40_001


def test_rules_have_texts_in_both_languages():
    assert RULES_DIALECTS.items() <= RULES.items()
    for texts in RULES_DIALECTS.values():
        assert len(texts) == 4
        assert all(t.strip() for t in texts)
        assert not any("一" <= c <= "鿿" for t in (texts[0], texts[2]) for c in t.replace("受访者", ""))
        assert all(any("一" <= c <= "鿿" for c in t) for t in (texts[1], texts[3]))
