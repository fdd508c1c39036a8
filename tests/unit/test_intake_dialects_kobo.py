"""Kobo and ODK exports: groups, split and joined answers, repeats on their own sheets, names and labels."""

import pytest
from small_exports import csv_bytes, found, kinds, read_files, told, xlsx_bytes

META = ["start", "deviceid", "username", "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_tags", "_submitted_by", "__version__", "_index"]  # fmt: skip
AUTO = ["_index", "_parent_table_name", "_parent_index", "_submission__id", "_submission__uuid", "_submission__submission_time", "_submission__tags"]  # fmt: skip


def meta(n: int) -> list[object]:
    return [
        "2026-05-01T10:00:00.000+08:00",
        "ee:1",
        "wang",
        100 + n,
        f"u{n}",
        "2026-05-01T11:00:00",
        "",
        "",
        "",
        "office",
        "v1",
        n,
    ]


def auto(n: int, parent: int, table: str = "survey", uuid: str | None = None) -> list[object]:
    return [n, table, parent, 100 + parent, f"u{parent}" if uuid is None else uuid, "2026-05-01T11:00:00", ""]


def main_rows(sep: str, both: bool = True) -> list[list[object]]:
    """A form with a question at the top, one in a group, one in a group within, and a question of several options."""
    where = f"one{sep}two{sep}" if sep else ""
    tick = sep or "/"
    joined = [f"{where}NB05"] if both else []
    head = ["respondent", f"one{sep}NB01_jobs" if sep else "NB01_jobs", *joined, f"{where}NB05{tick}oem", f"{where}NB05{tick}own", f"one{sep}NB06" if sep else "NB06"]  # fmt: skip
    return [
        [*META[:3], *head, *META[3:]],
        [*meta(1)[:3], "acme", 50, *(["own oem"] if both else []), 1, 1, "n/a", *meta(1)[3:]],
        [*meta(2)[:3], "bolt", 7, *(["own"] if both else []), 0, 1, "x y", *meta(2)[3:]],
        [*meta(3)[:3], "cord", "", *([""] if both else []), "", "", "", *meta(3)[3:]],
    ]


EXPECTED = [
    ("u1", "respondent", "", "acme", ""),
    ("u1", "NB01_jobs", "", "50", ""),
    ("u1", "NB05", "oem", "1", ""),
    ("u1", "NB05", "own", "1", ""),
    ("u2", "respondent", "", "bolt", ""),
    ("u2", "NB01_jobs", "", "7", ""),
    ("u2", "NB05", "oem", "0", ""),
    ("u2", "NB05", "own", "1", ""),
    ("u2", "NB06", "", "x y", ""),
    ("u3", "respondent", "", "cord", ""),
]


def answers(export):
    return [row for row in told(export) if row[1] != "submitted"]


@pytest.mark.parametrize("sep", ["/", "-", ".", ""], ids=["slash", "dash", "dot", "no groups"])
@pytest.mark.parametrize("both", [True, False], ids=["joined and split", "split"])
def test_groups_and_ticks_are_read_under_every_setting(tmp_path, sep, both):
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"survey": main_rows(sep, both)})})
    assert export.dialect == "kobo"
    assert answers(export) == EXPECTED
    assert kinds(export)["NB05"] == ("ticks", ("oem", "own"))
    assert kinds(export)["NB06"] == ("scalar", ())
    assert told(export, "submitted")[0] == ("u1", "", "", "2026-05-01T11:00:00", "")
    assert [(f.rule, f.column) for f in findings] == [
        ("personal_dropped", c) for c in ("deviceid", "username", "_submitted_by")
    ]


def test_true_and_false_are_ticks_and_a_joined_question_alone_stays_as_written(tmp_path):
    rows = [
        ["q/a", "q/b", "p", "_id", "_uuid"],
        ["True", "False", "x y", 1, "u1"],
        [True, False, "", 2, "u2"],
    ]
    export, _ = read_files(tmp_path, {"a.csv": csv_bytes(rows, ";")})
    assert told(export, "q") == [
        ("u1", "", "a", "1", ""),
        ("u1", "", "b", "0", ""),
        ("u2", "", "a", "1", ""),
        ("u2", "", "b", "0", ""),
    ]
    assert told(export, "p") == [("u1", "", "", "x y", "")]


def test_questions_of_a_group_that_are_answered_one_by_one_are_no_ticks(tmp_path):
    rows = [["g/a", "g/b", "_id", "_uuid"], [1, "", 1, "u1"], [0, 1, 2, "u2"]]
    export, _ = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert kinds(export) == {"a": ("scalar", ()), "b": ("scalar", ())}


def test_split_columns_win_over_the_joined_one_and_a_contradiction_is_said(tmp_path):
    rows = [
        ["q", "q/a", "q/ab", "_uuid"],
        ["ab", 0, 1, "u1"],
        ["a ab", 0, 1, "u2"],
        ["ab", 1, 0, "u3"],
        ["a", "", "", "u4"],
        ["ab a", 1, 1, "u5"],
    ]
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert [(f.severity, f.rule, f.rows, f.column) for f in findings] == [
        ("warning", "ticks_contradict", (3, 4), "q")
    ]
    assert told(export, "q")[2:4] == [("u2", "", "a", "0", ""), ("u2", "", "ab", "1", "")]
    # Where the columns are blank, nothing is lost of what the joined cell says.
    assert ("u4", "", "", "a", "") in told(export, "q")


def test_labels_as_headers_keep_their_whole_text(tmp_path):
    rows = [
        ["员工人数/人", "E-mail or fax?", "Which help/now?", "Which help/now?/From buyers", "Which help/now?/None/other", "_id", "_uuid"],
        [5, "x", "From buyers None/other", 1, 1, 1, "u1"],
    ]  # fmt: skip
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert findings == []
    assert answers(export) == [
        ("u1", "员工人数/人", "", "5", ""),
        ("u1", "E-mail or fax?", "", "x", ""),
        ("u1", "Which help/now?", "From buyers", "1", ""),
        ("u1", "Which help/now?", "None/other", "1", ""),
    ]


def test_labels_with_their_groups_lose_the_groups(tmp_path):
    rows = [["基本情况/员工人数", "基本情况/成立年份", "_uuid"], [5, 1998, "u1"]]
    export, _ = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert kinds(export).keys() == {"员工人数", "成立年份"}


def test_labels_above_names_and_tags_below_are_headers(tmp_path):
    rows = [["员工人数", "_id", "_uuid"], ["NB01_jobs", "_id", "_uuid"], [5, 1, "u1"]]
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert told(export) == [("u1", "NB01_jobs", "", "5", "")]
    assert export.columns["shown"].tolist() == ["员工人数"]
    assert [(f.severity, f.rule, f.rows) for f in findings] == [("warning", "header_second", (2,))]
    rows = [["NB01_jobs", "_id", "_uuid"], ["#jobs+n", "", ""], [5, 1, "u1"]]
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert told(export) == [("u1", "NB01_jobs", "", "5", "")]
    assert found(findings) == [("warning", "header_second")]


def test_equal_labels_are_told_apart(tmp_path):
    rows = [["Other", "Other", "_uuid"], ["x", "y", "u1"]]
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert answers(export) == [("u1", "Other", "", "x", ""), ("u1", "Other#2", "", "y", "")]
    assert found(findings) == [("warning", "header_twice")]


def test_equal_names_in_two_groups_keep_their_path(tmp_path):
    rows = [["g/q", "h/q", "h/p", "_uuid"], ["x", "y", "z", "u1"]]
    export, _ = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert kinds(export).keys() == {"g/q", "h/q", "p"}


def test_the_position_of_the_device_is_personal(tmp_path):
    rows = [["NB01", "g/place", "g/_place_latitude", "g/_place_longitude", "g/_place_altitude", "g/_place_precision", "_geolocation", "_uuid"],
            [5, "30.1 120.2 0 5", 30.1, 120.2, 0, 5, "[30.1, 120.2]", "u1"]]  # fmt: skip
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert kinds(export).keys() == {"NB01"}
    assert {f.rule for f in findings} == {"personal_dropped"}
    assert len(findings) == 6


def test_an_option_called_phone_is_no_phone_number(tmp_path):
    rows = [["by", "by/phone", "by/email", "g/phone", "_uuid"], ["phone", 1, 0, "13800000000", "u1"]]
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes({"s": rows})})
    assert told(export, "by") == [("u1", "", "phone", "1", ""), ("u1", "", "email", "0", "")]
    assert [(f.rule, f.column) for f in findings] == [("personal_dropped", "g/phone")]


def repeats(uuid: str | None = None) -> dict[str, list[list[object]]]:
    return {
        "survey": main_rows("/"),
        "R01_each": [
            ["R01_each/R01_alter", "R01_each/R01_value", "R01_each/respondent", *AUTO],
            ["bolt", 2, "me", *auto(1, 1, uuid=uuid)],
            ["cord", 3, "", *auto(2, 1, uuid=uuid)],
            ["acme", 1, "", *auto(3, 2, uuid=uuid)],
        ],
        "projects": [
            ["R01_each/projects/title", *AUTO],
            ["dye", *auto(1, 2, "R01_each", "u1" if uuid is None else uuid)],
        ],
    }


@pytest.mark.parametrize(
    "uuid", [None, ""], ids=["by the id of the submission", "by the rows of the parents"]
)
def test_repeats_are_joined_to_their_submission(tmp_path, uuid):
    sheets = repeats(uuid)
    if uuid == "":
        sheets = {
            t: [[c for c, h in zip(r, rows[0], strict=True) if h != "_submission__id"] for r in rows]
            for t, rows in sheets.items()
        }
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes(sheets)})
    assert {f.rule for f in findings} == {"personal_dropped"}
    assert told(export, "R01_alter") == [
        ("u1", "R01_each#2", "", "bolt", ""),
        ("u1", "R01_each#3", "", "cord", ""),
        ("u2", "R01_each#4", "", "acme", ""),
    ]
    assert told(export, "R01_value")[1] == ("u1", "R01_each#3", "", "3", "")
    assert told(export, "title") == [("u1", "R01_each#3/projects#2", "", "dye", "")]
    # A repeat's question with the name of one of the form is another question.
    assert told(export, "R01_each:respondent") == [("u1", "R01_each#2", "", "me", "")]


def test_a_repeat_without_its_submission_is_an_error(tmp_path):
    sheets = repeats()
    sheets["R01_each"].append(["dale", 1, "", *auto(4, 9)])
    export, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes(sheets)})
    assert [(f.severity, f.sheet, f.rows) for f in findings if f.rule == "parent_missing"] == [
        ("error", "R01_each", (5,))
    ]
    assert "dale" not in set(export.cells["value"])


def test_the_csv_files_of_one_folder_belong_together(tmp_path):
    sheets = repeats()
    files = {f"{title}.csv": csv_bytes(rows, ";") for title, rows in reversed(sheets.items())}
    export, _ = read_files(tmp_path, files)
    assert told(export, "R01_alter")[2] == ("u2", "R01_each#4", "", "acme", "")
    assert told(export, "title") == [("u1", "R01_each#3/projects#2", "", "dye", "")]


def test_a_submission_downloaded_twice_is_read_once(tmp_path):
    rows = main_rows("/")
    more = [rows[0], [*rows[2][:-1], 1], [*rows[1][:4], 51, *rows[1][5:]]]
    export, findings = read_files(
        tmp_path, {"a.xlsx": xlsx_bytes({"s": rows}), "b.xlsx": xlsx_bytes({"s": more})}
    )
    assert answers(export) == EXPECTED
    seen = [(f.severity, f.rule, f.file, f.rows) for f in findings if f.rule.startswith("record")]
    assert sorted(seen) == [
        ("error", "record_twice", "b.xlsx", (3,)),
        ("warning", "record_repeated", "b.xlsx", (2,)),
    ]


def test_odk_central_and_briefcase(tmp_path):
    form = [
        ["SubmissionDate", "one-NB01_jobs", "one-NB05", "one-NB05/oem", "one-NB05/own", "respondent", "meta-instanceID", "KEY", "SubmitterID", "SubmitterName", "DeviceID", "Edits", "SET-OF-R01_each"],
        ["2026-05-01T11:00:00Z", 5, "own", 0, 1, "acme", "uuid:1", "uuid:1", 7, "wang", "d", 0, "uuid:1/R01_each"],
    ]  # fmt: skip
    each = [
        ["R01_alter", "R01_value", "PARENT_KEY", "KEY", "SET-OF-R01_each"],
        ["bolt", 2, "uuid:1", "uuid:1/R01_each[1]", "uuid:1/R01_each"],
    ]
    inner = [
        ["title", "PARENT_KEY", "KEY"],
        ["dye", "uuid:1/R01_each[1]", "uuid:1/R01_each[1]/projects[1]"],
        ["silk", "uuid:1/gone[1]", "k"],
        ["tin", "uuid:2", "j"],
    ]
    files = {"form-R01_each.csv": each, "form.csv": form, "inner.csv": inner}
    export, findings = read_files(tmp_path, {n: csv_bytes(r) for n, r in files.items()})
    assert told(export, "NB01_jobs") == [("uuid:1", "", "", "5", "")]
    assert kinds(export)["NB05"] == ("ticks", ("oem", "own"))
    assert told(export, "R01_alter") == [("uuid:1", "form-R01_each#2", "", "bolt", "")]
    assert told(export, "title") == [
        ("uuid:1", "form-R01_each#2/inner#2", "", "dye", ""),
        ("uuid:1", "inner#3", "", "silk", ""),
    ]
    assert [(f.rule, f.column or f.rows) for f in findings] == [
        ("personal_dropped", "SubmitterID"), ("personal_dropped", "SubmitterName"), ("personal_dropped", "DeviceID"), ("parent_missing", (4,)),
    ]  # fmt: skip
    assert not set(export.cells["source"]) & {"KEY", "PARENT_KEY", "Edits", "instanceID", "SET-OF-R01_each"}


def test_a_sheet_that_is_no_part_of_the_form_is_said(tmp_path):
    sheets = {"s": main_rows("/"), "notes": [["remark"], ["x"]]}
    _, findings = read_files(tmp_path, {"a.xlsx": xlsx_bytes(sheets)})
    assert [(f.severity, f.sheet) for f in findings if f.rule == "sheet_unused"] == [("warning", "notes")]
