"""Exports of 问卷星: texts and codes, numbered headers, columns of options and parts, skipped and unanswered questions."""

import pytest
from small_exports import csv_bytes, found, kinds, read_files, told, xlsx_bytes

HEAD = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
TEXT = [
    [*HEAD, "1、企业名称", "2、设备水平(单选)", "3、帮助种类", "4、帮助的顺序", "5、依赖程度—订单", "5、依赖程度—资金", "6：出口增长率", "总分"],
    [1, "2026/5/1 10:00:00", "300秒", "微信", "N/A", "10.0.0.1(浙江-宁波)", "甲厂", "国际先进", "质量┋其他〖培训〗", "质量→速度", 3, "(跳过)", -2, 5],
    [2, "2026/5/1 11:00:00", "250秒", "链接", "", "10.0.0.2", "乙厂", "A. 国内一般", "(空)", "", "（跳过）", 2, -3, 5],
]  # fmt: skip
CODE = [
    ["来自IP", "序号", "提交答卷时间", "1、企业名称", "2、设备水平", "第3题(质量)", "第3题(速度（快）)", "4、顺序(质量)", "4、顺序(速度)", "4、顺序(资金)", "第5题（订单）", "第5题（资金）", "6.增长"],
    ["10.0.0.1", 1, "2026/5/1 10:00:00", "甲厂", 4, 1, 0, 2, 1, -2, 3, 3, 4.5],
    ["10.0.0.2", 2, "2026/5/1 11:00:00", "乙厂", -3, -2, -2, -3, -3, -3, 5, 5, -7],
]  # fmt: skip


def read(tmp_path, rows, name="a.xlsx", **options):
    data = csv_bytes(rows, encoding="gb18030") if name.endswith(".csv") else xlsx_bytes({"Sheet1": rows})
    return read_files(tmp_path, {name: data}, **options)


def test_texts_stay_as_written_and_reasons_are_told_apart(tmp_path):
    export, findings = read(tmp_path, TEXT)
    assert export.dialect == "wenjuanxing"
    assert [(f.severity, f.rule, f.column) for f in findings] == [("warning", "personal_dropped", "来自IP")]
    one, two = "a.xlsx#1", "a.xlsx#2"
    assert told(export) == [
        (one, "submitted", "", "2026/5/1 10:00:00", ""),
        (one, "Q1", "", "甲厂", ""),
        (one, "Q2", "", "国际先进", ""),
        (one, "Q3", "", "质量┋其他〖培训〗", ""),
        (one, "Q4", "", "质量→速度", ""),
        (one, "Q5", "订单", "3", ""),
        (one, "Q5", "资金", "", "skipped"),
        (one, "Q6", "", "-2", ""),
        (two, "submitted", "", "2026/5/1 11:00:00", ""),
        (two, "Q1", "", "乙厂", ""),
        (two, "Q2", "", "A. 国内一般", ""),
        (two, "Q3", "", "", "no_answer"),
        (two, "Q5", "订单", "", "skipped"),
        (two, "Q5", "资金", "2", ""),
        (two, "Q6", "", "-3", ""),
    ]
    shown = export.columns.set_index("source")["shown"]
    assert (shown["Q2"], shown["Q5"], shown["Q6"]) == ("2、设备水平(单选)", "5、依赖程度", "6：出口增长率")
    assert export.cells["column"].iloc[5] == "5、依赖程度—订单"


def test_codes_give_ticks_places_and_reasons(tmp_path):
    export, findings = read(tmp_path, CODE)
    assert kinds(export) == {
        "submitted": ("scalar", ()),
        "Q1": ("scalar", ()),
        "Q2": ("scalar", ()),
        "Q3": ("ticks", ("质量", "速度（快）")),
        "Q4": ("rank", ("质量", "速度", "资金")),
        "Q5": ("matrix", ("订单", "资金")),
        "Q6": ("scalar", ()),
    }
    one, two = "a.xlsx#1", "a.xlsx#2"
    assert told(export, "Q2") == [(one, "", "", "4", ""), (two, "", "", "", "skipped")]
    assert told(export, "Q3") == [
        (one, "", "质量", "1", ""),
        (one, "", "速度（快）", "0", ""),
        (two, "", "质量", "", "no_answer"),
        (two, "", "速度（快）", "", "no_answer"),
    ]
    # An option without a place in an order that was given is left out of it.
    assert told(export, "Q4")[:3] == [
        (one, "", "质量", "2", ""),
        (one, "", "速度", "1", ""),
        (two, "", "质量", "", "skipped"),
    ]
    assert told(export, "Q6") == [(one, "", "", "4.5", ""), (two, "", "", "-7", "")]
    assert [(f.severity, f.rule, f.column, f.value, f.rows) for f in findings] == [
        ("warning", "personal_dropped", "来自IP", "", ()),
        ("warning", "code_unknown", "6.增长", "-7", (3,)),
    ]


def test_negative_numbers_of_a_text_export_without_marks_are_numbers(tmp_path):
    rows = [[*HEAD[:2], "1、设备水平", "2、增长率"]] + [
        [i, f"2026/5/1 10:0{i}:00", "国内一般", -2] for i in range(1, 5)
    ]
    export, findings = read(tmp_path, rows)
    assert findings == []
    assert told(export, "Q2")[0] == ("a.xlsx#1", "", "", "-2", "")
    rows = [[r[0], r[1], "4" if i else r[2], r[3]] for i, r in enumerate(rows)]
    export, _ = read(tmp_path, rows)
    assert told(export, "Q2")[0] == ("a.xlsx#1", "", "", "", "no_answer")


def test_a_gb18030_csv_is_read_and_said(tmp_path):
    export, findings = read(tmp_path, TEXT, "a.csv")
    assert told(export, "Q1") == [("a.csv#1", "", "", "甲厂", ""), ("a.csv#2", "", "", "乙厂", "")]
    assert found(findings) == [("warning", "encoding"), ("warning", "personal_dropped")]


def test_numbers_of_two_surveys_do_not_meet(tmp_path):
    other = [[*HEAD[:2], "1、企业名称"], [1, "2026/6/1 10:00:00", "丙厂"]]
    export, findings = read_files(
        tmp_path, {"a.xlsx": xlsx_bytes({"s": TEXT}), "b.xlsx": xlsx_bytes({"s": other})}
    )
    assert {f.rule for f in findings} == {"personal_dropped"}
    assert sorted(set(export.cells["record"])) == ["a.xlsx#1", "a.xlsx#2", "b.xlsx#1"]


@pytest.mark.parametrize(
    "rows", [CODE, TEXT, [*TEXT[:2], [9, "2026/7/1 10:00:00", *TEXT[2][2:]]]], ids=["codes", "again", "later"]
)
def test_two_downloads_of_one_survey_are_not_both_read(tmp_path, rows):
    files = {"text.xlsx": xlsx_bytes({"s": TEXT}), "more.xlsx": xlsx_bytes({"s": rows})}
    export, findings = read_files(tmp_path, files)
    twins = [f for f in findings if f.rule == "twin_files"]
    assert [(f.severity, f.file) for f in twins] == [("error", "more.xlsx")]
    assert "text.xlsx" in twins[0].line()
    assert set(export.cells["file"]) == {"text.xlsx"}


def test_a_submission_twice_is_said(tmp_path):
    _, findings = read(tmp_path, [*TEXT, TEXT[1], [*TEXT[2][:-1], 6]])
    assert [(f.severity, f.rule, f.rows) for f in findings if f.rule.startswith("record")] == [
        ("error", "record_twice", (5,)),
        ("warning", "record_repeated", (4,)),
    ]


@pytest.mark.parametrize(
    "title", ["7、甲(乙)", "7：甲（乙）", "7. 甲—乙", "7．甲——乙", "第7题(乙)", "第 7 题（乙）"]
)
def test_every_form_of_a_part_gives_question_and_part(tmp_path, title):
    other = title.replace("乙", "丙")
    rows = [[*HEAD[:2], title, other], [1, "2026/5/1 10:00:00", "x", "y"]]
    export, _ = read(tmp_path, rows)
    assert told(export, "Q7") == [("a.xlsx#1", "", "乙", "x", ""), ("a.xlsx#1", "", "丙", "y", "")]


def test_columns_of_the_messenger_are_personal_and_a_column_of_ones_own_is_kept(tmp_path):
    rows = [
        [*HEAD[:2], "昵称", "省份", "openid", "部门", "1、甲"],
        [1, "2026/5/1 10:00:00", "小王", "浙江", "o1", "销售", "x"],
    ]
    export, findings = read(tmp_path, rows)
    assert [f.column for f in findings if f.rule == "personal_dropped"] == ["昵称", "省份", "openid"]
    assert kinds(export).keys() == {"submitted", "部门", "Q1"}
