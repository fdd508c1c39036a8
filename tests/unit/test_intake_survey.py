"""The survey of one cluster and wave, and what may be said of its faults outside `restricted/`."""

from pathlib import Path

import pytest
from small_exports import csv_bytes, xlsx_bytes
from small_field import EXPORTS, STUDY_YAML, WENJUANXING, WIDE, field_study

from gumflow.contract.findings import RULES, Finding
from gumflow.contract.model import Model
from gumflow.intake.field import check_inputs
from gumflow.intake.survey import RULES_SURVEY, load_instruments, mapping_file, without_values


def finding(rule: str = "option_unknown", **place) -> Finding:
    return Finding(**{"file": "answers/a.csv", "rule": rule, "rows": (3,), "column": "Q02"} | place)


def test_values_and_details_with_names_are_taken_out_and_codes_of_the_questionnaire_stay():
    findings = [
        finding(value="宏达的产品", detail="design, copy"),
        finding("alter_near", value="宏达阀们", detail="宏达 (hongda, 0.67); until decided taken as outside the cluster"),
        finding("respondent_unknown", value="宏达阀们", detail=" (nearest: 宏达, hongda)"),
    ]  # fmt: skip
    shown = without_values(findings)
    texts = [text for f in shown for text in (*f.texts(), f.line())]
    assert not [t for t in texts if "宏达" in t or "hongda" in t]
    assert shown[0].texts()[1] == "Correct it, or give it a code in mapping.csv; allowed: design, copy."
    assert shown[1].texts()[0] == "The name is none of the actors, and is near …."
    assert shown[2].texts()[0] == "The respondent is none of the actors."
    assert [(f.file, f.rows, f.column) for f in shown] == [("answers/a.csv", (3,), "Q02")] * 3


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Q03[宏达]", "Q03"),
        ("第5题(宏达)", "第5题"),
        ("5、向谁请教（宏达）", "5、向谁请教"),
        ("Q03/宏达", "Q03"),
        ("5、向谁请教—宏达", "5、向谁请教"),
        ("Q03:宏达", "Q03"),
        ("Q02_other_text", "Q02_other_text"),
    ],
)
def test_an_alter_in_a_header_is_cut_off(header: str, shown: str):
    assert [f.column for f in without_values([finding(column=header)])] == [shown]


def test_known_names_are_put_out_in_files_sheets_and_headers():
    place = {"file": "answers/宏达阀门.xlsx", "sheet": "Hongda Valve", "column": "宏达阀门 采购"}
    (shown,) = without_values([finding(**place)], ["宏达阀门", "Hongda Valve"])
    assert (shown.file, shown.sheet, shown.column) == ("answers/….xlsx", "…", "… 采购")
    (same,) = without_values([finding(file="answers/八、表.xlsx")], ["宏达阀门"])
    assert same.file == "answers/八、表.xlsx"


@pytest.mark.parametrize("rule", RULES_SURVEY)
def test_rules_are_in_both_languages_and_known_to_the_report(rule: str):
    en, zh, mend_en, mend_zh = RULES[rule]
    assert max(zh) >= "一"
    assert max(mend_zh) >= "一"
    assert (en + mend_en).isascii()
    assert en.count("{detail}") == zh.count("{detail}")


def without_names() -> list[list[str]]:
    """Return the rows of the 问卷星 export without the column of the firm's name."""
    at = WENJUANXING[0].index("1、企业名称")
    return [[*row[:at], *row[at + 1 :]] for row in WENJUANXING]


def test_the_name_on_the_identity_page_says_who_answers(tmp_path: Path, model: Model):
    study = field_study(tmp_path / "valves", {"answers/a.xlsx": xlsx_bytes({"Sheet1": WENJUANXING})})
    inputs = check_inputs(study, model)
    assert inputs.errors == []
    assert set(inputs.surveys["valves", "1"].answers["respondent"]) == {"hongda", "mingfeng", "qianlong"}


def test_no_column_for_the_respondent_is_one_error_with_its_remedy(tmp_path: Path, model: Model):
    study = field_study(tmp_path / "valves", {"answers/a.xlsx": xlsx_bytes({"Sheet1": without_names()})})
    errors = check_inputs(study, model).errors
    assert [f.rule for f in errors] == ["respondent_unmapped"]
    assert "@respondent" in errors[0].texts()[1]


def test_submissions_whose_own_numbers_are_actors_need_no_respondent_column(tmp_path: Path, model: Model):
    rows = without_names()
    numbered = "name,decision,actor,kind,place\n" + "".join(
        f"answers/a.xlsx#{n},same,{actor},,\n"
        for n, actor in enumerate(("hongda", "mingfeng", "qianlong"), 1)
    )
    files = {"answers/a.xlsx": xlsx_bytes({"Sheet1": rows}), "who_is_who.csv": numbered}
    inputs = check_inputs(field_study(tmp_path / "valves", files), model)
    assert inputs.errors == []
    answers = inputs.surveys["valves", "1"].answers
    assert set(answers["respondent"]) == {"hongda", "mingfeng", "qianlong"}


def test_a_mapping_beside_the_answers_comes_before_the_one_of_the_study(tmp_path: Path):
    yaml = STUDY_YAML.replace("folder: .", "folder: v")
    files = {"study.yaml": yaml, "v/actors.csv": "actor,kind,place\na,firm,local\n"}
    study = field_study(tmp_path / "valves", files)
    (cell,) = study.cells
    assert mapping_file(study, cell) is None
    (study.folder / "mapping.csv").write_text("source\n", encoding="utf-8")
    assert mapping_file(study, cell) == study.folder / "mapping.csv"
    (cell.folder / "mapping.csv").write_text("source\n", encoding="utf-8")
    assert mapping_file(study, cell) == cell.folder / "mapping.csv"


def test_a_mapping_of_headers_alone_is_no_mapping(tmp_path: Path, model: Model):
    files = {**EXPORTS["plain_wide"], "mapping.csv": "source,option,question,code,note\n"}
    inputs = check_inputs(field_study(tmp_path / "valves", files), model)
    assert inputs.errors == []
    assert len(inputs.surveys["valves", "1"].ties) == 5


def test_an_instrument_in_the_study_s_folder_comes_before_the_shipped_one(tmp_path: Path, model: Model):
    study = field_study(tmp_path / "valves", {})
    text = (study.folder / "instruments" / "short.yaml").read_text(encoding="utf-8")
    (study.folder / "instruments" / "relational_module.yaml").write_text(
        text.replace("instrument: short", "instrument: relational_module"), encoding="utf-8"
    )
    (study.folder / "study.yaml").write_text(
        STUDY_YAML.replace("[short]", "[relational_module]"), encoding="utf-8"
    )
    study = field_study(study.folder, {"study.yaml": STUDY_YAML.replace("[short]", "[relational_module]")})
    (instrument,), findings = load_instruments(study, study.cells[0], model)
    assert (findings, list(instrument.items)[:2]) == ([], ["Q00.name", "Q00.phone"])


def test_a_respondent_who_answered_nothing_but_the_identity_is_asked_and_known(tmp_path: Path, model: Model):
    rows = [row.copy() for row in WIDE]
    rows[3][3:] = [""] * 6
    study = field_study(tmp_path / "valves", {"answers/export.csv": csv_bytes(rows)})
    inputs = check_inputs(study, model)
    assert inputs.errors == []
    survey = inputs.surveys["valves", "1"]
    silent = survey.answers[survey.answers["respondent"] == "qianlong"]
    assert set(silent["missing_reason"]) == {"not_answered"}
    assert "qianlong" in set(survey.identities["respondent"])
