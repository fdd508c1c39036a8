"""Plain tables, wide and long, and how the kind of an export is told."""

import pytest
from small_exports import csv_bytes, found, kinds, read_files, told, xlsx_bytes

from gumflow.intake.dialects.export import CELL_COLUMNS, COLUMN_COLUMNS

WIDE = [
    ["respondent", "NB01.jobs", "NB05[oem]", "NB05[own]", "NB10/home", "NB10/west", "R01:acme", "R01:bolt", "和/或", "多选"],
    ["acme", "50", "1", "0", "60", "40", "", "2", "x", "一;二┋三"],
    ["bolt", "", "0", "1", "", "", "3", "", "", ""],
    [],
    ["", "", "", "", "", "", "", "", "", ""],
]  # fmt: skip


def read_wide(tmp_path, rows, name="a.csv", **options):
    return read_files(tmp_path, {name: csv_bytes(rows)}, **options)


def test_a_wide_table_becomes_cells_with_their_places(tmp_path):
    export, findings = read_wide(tmp_path, WIDE)
    assert (export.dialect, findings) == ("plain_wide", [])
    assert tuple(export.cells) == CELL_COLUMNS
    assert tuple(export.columns) == COLUMN_COLUMNS
    assert told(export) == [
        ("acme", "respondent", "", "acme", ""),
        ("acme", "NB01.jobs", "", "50", ""),
        ("acme", "NB05", "oem", "1", ""),
        ("acme", "NB05", "own", "0", ""),
        ("acme", "NB10", "home", "60", ""),
        ("acme", "NB10", "west", "40", ""),
        ("acme", "R01", "bolt", "2", ""),
        ("acme", "和/或", "", "x", ""),
        ("acme", "多选", "", "一;二┋三", ""),
        ("bolt", "respondent", "", "bolt", ""),
        ("bolt", "NB05", "oem", "0", ""),
        ("bolt", "NB05", "own", "1", ""),
        ("bolt", "R01", "acme", "3", ""),
    ]
    assert kinds(export)["NB05"] == ("ticks", ("oem", "own"))
    assert kinds(export)["NB10"] == ("matrix", ("home", "west"))
    assert kinds(export)["NB01.jobs"] == ("scalar", ())
    place = export.cells.iloc[12]
    assert (place["row"], place["column"], place["file"], place["sheet"]) == (3, "R01:acme", "a.csv", "")
    assert str(export.cells["row"].dtype) == "int32"
    assert {
        str(export.cells[c].dtype) for c in ("file", "sheet", "column", "source", "option", "missing")
    } == {"category"}


@pytest.mark.parametrize("key", ["respondent", "Actor", "受访者", "企业编号", "firm_id", " Respondent ID"])
def test_the_column_that_says_who_answered_is_known_by_several_names(tmp_path, key):
    export, findings = read_wide(tmp_path, [[key, "NB01"], ["acme", "1"]])
    assert findings == []
    assert told(export, "respondent") == [("acme", "", "", "acme", "")]


def test_a_mere_number_of_the_record_is_not_taken_for_the_respondent(tmp_path):
    export, _ = read_wide(tmp_path, [["id", "name", "NB01"], ["1", "甲厂", "1"]])
    assert told(export) == [
        ("1", "id", "", "1", ""),
        ("1", "name", "", "甲厂", ""),
        ("1", "NB01", "", "1", ""),
    ]


def test_personal_columns_are_dropped_and_said(tmp_path):
    rows = [
        ["respondent", "NB01", "来自IP", "昵称", "Phone", "openid"],
        ["acme", "1", "10.0.0.1", "小王", "1.38E+18", ""],
    ]
    export, findings = read_wide(tmp_path, rows)
    assert set(export.cells["source"]) == {"respondent", "NB01"}
    # The empty column holds nothing that could be dropped, and lost digits of a dropped column do not matter.
    assert [(f.rule, f.column) for f in findings] == [
        ("personal_dropped", c) for c in ("来自IP", "昵称", "Phone")
    ]


def test_labels_under_the_names_are_a_second_header(tmp_path):
    rows = [["respondent", "NB01"], ["受访者", "员工人数"], ["acme", "50"]]
    export, findings = read_wide(tmp_path, rows)
    assert found(findings) == [("warning", "header_second")]
    assert told(export, "NB01") == [("acme", "", "", "50", "")]
    assert export.cells["row"].tolist() == [3, 3]
    assert export.columns["shown"].tolist() == ["受访者", "员工人数"]


def test_a_respondent_twice_is_an_error_and_a_repeated_row_is_read_once(tmp_path):
    rows = [["respondent", "NB01"], ["acme", "1"], ["acme", "1"], ["bolt", "1"], ["bolt", "2"], ["", "9"]]
    export, findings = read_wide(tmp_path, rows)
    assert told(export, "NB01") == [("acme", "", "", "1", ""), ("bolt", "", "", "1", "")]
    assert [(f.severity, f.rule, f.rows, f.value) for f in findings] == [
        ("error", "record_unnamed", (6,), ""),
        ("error", "record_twice", (5,), "bolt"),
        ("warning", "record_repeated", (3,), ""),
    ]
    assert "row 4" in findings[1].line()


def test_a_column_twice_is_an_error(tmp_path):
    export, findings = read_wide(tmp_path, [["respondent", "NB01", "NB01"], ["acme", "1", "2"]])
    assert found(findings) == [("error", "column_twice")]
    assert told(export, "NB01") == [("acme", "", "", "1", "")]


def test_several_files_and_sheets_are_joined_by_the_respondent(tmp_path):
    files = {
        "a.csv": csv_bytes([["respondent", "NB01"], ["acme", "1"]]),
        "b.xlsx": xlsx_bytes({"two": [["受访者", "NB02"], ["acme", 2]], "notes": [["remark"], ["x"]]}),
    }
    export, findings = read_files(tmp_path, files)
    assert told(export, "NB02") == [("acme", "", "", "2", "")]
    assert [(f.rule, f.sheet) for f in findings] == [("sheet_unused", "notes")]
    files["c.csv"] = csv_bytes([["respondent", "NB01"], ["acme", "3"]])
    _, findings = read_files(tmp_path, files)
    assert [(f.severity, f.rule, f.file, f.rows) for f in findings if f.rule != "sheet_unused"] == [
        ("error", "answer_twice", "c.csv", (2,))
    ]


LONG = [
    ["respondent", "question", "value", "option", "alter", "电话"],
    ["acme", "NB01", "50", "", "", ""],
    ["acme", "NB05", "own", "", "", ""],
    ["acme", "NB05", "oem", "", "", ""],
    ["acme", "NB10", "60", "home", "", ""],
    ["acme", "R01", "2", "", "bolt", ""],
    ["acme", "R05", "1", "kin", "bolt", ""],
    ["bolt", "NB05", "oem", "", "", "13800000000"],
    ["bolt", "NB01", "", "", "", ""],
]


def test_a_long_table_becomes_the_same_cells(tmp_path):
    export, findings = read_wide(tmp_path, LONG)
    assert export.dialect == "plain_long"
    assert found(findings) == [("warning", "personal_dropped")]
    assert told(export, "respondent") == [("acme", "", "", "acme", ""), ("bolt", "", "", "bolt", "")]
    assert told(export, "NB01") == [("acme", "", "", "50", "")]
    assert told(export, "NB05") == [
        ("acme", "", "own", "1", ""),
        ("acme", "", "oem", "1", ""),
        ("bolt", "", "", "oem", ""),
    ]
    assert told(export, "NB10") == [("acme", "", "home", "60", "")]
    assert told(export, "R01") == [("acme", "", "bolt", "2", "")]
    assert told(export, "R05") == [("acme", "long#7", "kin", "1", "")]
    assert told(export, "R05@alter") == [("acme", "long#7", "", "bolt", "")]
    assert {k: v[0] for k, v in kinds(export).items()} == {
        "respondent": "scalar", "NB01": "scalar", "NB05": "ticks", "NB10": "matrix", "R01": "alter", "R05": "alter", "R05@alter": "scalar",
    }  # fmt: skip
    by_row = export.cells.set_index(["row", "source"])["column"]
    assert (by_row[7, "R05"], by_row[7, "R05@alter"]) == ("value", "alter")


def test_the_same_answer_in_two_long_rows_is_an_error(tmp_path):
    rows = [["受访者", "题目", "答案"], ["acme", "NB01", "5"], ["acme", "NB01", "5"], ["", "NB01", "5"]]
    _, findings = read_wide(tmp_path, rows)
    assert [(f.rule, f.rows, f.column) for f in findings] == [
        ("record_unnamed", (4,), "受访者"),
        ("answer_twice", (3,), "答案"),
    ]


def test_the_kind_of_an_export_is_told_by_its_columns_alone(tmp_path):
    export, findings = read_wide(tmp_path, WIDE, "wenjuanxing_kobo_long.csv")
    assert (export.dialect, findings) == ("plain_wide", [])


def test_what_fits_no_kind_is_said_with_what_was_seen(tmp_path):
    export, findings = read_wide(tmp_path, [["甲", "乙"], ["1", "2"]])
    assert export is None
    assert found(findings) == [("error", "dialect_unknown")]
    assert "甲, 乙" in findings[0].line()
    assert "甲, 乙" in findings[0].texts()[2]


def test_files_of_two_tools_and_files_that_look_like_two_are_errors(tmp_path):
    kobo = csv_bytes([["respondent", "_id", "_uuid"], ["acme", "1", "u"]])
    export, findings = read_files(tmp_path, {"a.csv": csv_bytes(WIDE), "b.csv": kobo})
    assert export is None
    assert found(findings) == [("error", "dialect_several")]
    assert "b.csv: kobo" in findings[0].line()
    both = csv_bytes([["序号", "提交答卷时间", "_uuid", "1、甲"], ["1", "2026/5/1", "u", "x"]])
    export, findings = read_files(tmp_path, {"a.csv": both})
    assert export is None
    assert found(findings) == [("error", "dialect_several")]
    export, findings = read_files(tmp_path, {"a.csv": both}, dialect="wenjuanxing")
    assert export.dialect == "wenjuanxing"


def test_a_header_without_rows_is_no_survey_without_answers(tmp_path):
    export, findings = read_wide(tmp_path, WIDE[:1])
    assert export is None
    assert found(findings) == [("error", "no_rows")]


def test_an_unknown_dialect_is_a_wrong_call(tmp_path):
    with pytest.raises(KeyError):
        read_wide(tmp_path, WIDE, dialect="spss")
