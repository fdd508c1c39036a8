"""From source columns to items: the mapping file, what is proposed for it, and what is never decided without the user."""

from pathlib import Path

import pandas as pd
import pytest
from small_answers import QUESTIONNAIRE, export_of, small_instrument, wide

from gumflow.contract.instrument import load_instrument
from gumflow.intake.mapping import Target, check_mapping, items_of, read_mapping, targets_of
from gumflow.intake.mapping_proposals import propose_mapping
from gumflow.intake.option_words import OptionReader, likeness, nearest, split_names
from gumflow.intake.xlsform import xlsform_sheets


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_instrument(tmp_path_factory.mktemp("instrument"))


def mapping(*rows):
    """Return a mapping of rows `source,option,question,code`."""
    cells = [[*r.split(","), ""] for r in rows]
    return pd.DataFrame(cells, columns=["source", "option", "question", "code", "note"], dtype="str")


def rules(findings):
    return sorted((f.rule, f.value) for f in findings)


def read(folder, text):
    path = Path(folder) / "mapping.csv"
    path.write_text(text, encoding="utf-8-sig")
    return read_mapping(path, lambda p: f"study/{p.name}")


def test_a_mapping_is_read_with_its_places(tmp_path):
    table, findings = read(tmp_path, "source,option,question,code\nQ1,,S01,\n,,,\nQ1,公司,S01,other\n")
    assert findings == []
    assert table.to_dict("list") == {
        "source": ["Q1", "Q1"], "option": ["", "公司"], "question": ["S01", "S01"], "code": ["", "other"], "note": ["", ""],
        "file": ["study/mapping.csv"] * 2, "row": [2, 4],
    }  # fmt: skip


def test_a_mapping_without_its_columns_is_an_error(tmp_path):
    table, findings = read(tmp_path, "source,question\nQ1,S01\n")
    assert table is None
    assert [(f.rule, f.column) for f in findings] == [
        ("column_missing", "option"),
        ("column_missing", "code"),
    ]


def test_what_is_wrong_in_a_mapping_is_found_each_once(tmp_path, small):
    text = (
        "source,option,question,code,note\nQ1,,S01,,\nQ2,,S99,,\nQ3,,S03.kinds,,\nQ3,x,S03.kinds,wrong,\nQ1,,S02,,\nQ4,,,,S04? 0.60\n"
        "Q5,,S02,,\nQ6,,S02,,\nQ7,,@nothing,,\nQ8,,@ignore,,\nQ8,any,,,\nQ9,,S09.ask@alter,,\n"
    )
    table, _ = read(tmp_path, text)
    found = check_mapping(table, items_of([small]))
    assert sorted((f.rule, f.rows, f.value) for f in found) == [
        ("mapping_code", (5,), "wrong"), ("mapping_question", (3,), "S99"), ("mapping_question", (10,), "@nothing"),
        ("mapping_shared", (9,), "S02"), ("mapping_twice", (6,), "Q1"), ("mapping_undecided", (7,), "Q4"),
    ]  # fmt: skip
    undecided = next(f for f in found if f.rule == "mapping_undecided")
    assert "S04? 0.60" in undecided.line()
    assert undecided.severity == "warning"
    assert all("{" not in text for f in found for text in f.texts())


def test_targets_of_columns_options_and_parts_of_matrices(small):
    table = mapping(
        "Q1,,S01,",
        "Q1,ours,,family",
        "Q5,,,",
        "Q5,total,S05.all,",
        "Q5,brand,S05.own,",
        "N,,@respondent,",
        "X,,@ignore,",
        "P,,S04,west",
    )
    pairs = [
        ("Q1", ""),
        ("Q1", "ours"),
        ("Q1", "2"),
        ("Q1", "B."),
        ("Q1", "其他"),
        ("Q1", "nobody"),
        ("Q5", "total"),
        ("Q5", "brand"),
        ("N", ""),
        ("X", "a"),
        ("P", ""),
        ("Z", ""),
    ]
    assert targets_of(table, pairs, items_of([small])) == [
        Target("value", "S01"), Target("value", "S01", "family"), Target("value", "S01", "town"), Target("value", "S01", "town"),
        Target("value", "S01", "other"), Target("no_option", "S01"), Target("value", "S05.all"), Target("value", "S05.own"),
        Target("respondent"), Target("ignore"), Target("value", "S04", "west"), Target(),
    ]  # fmt: skip


def test_words_of_options_are_read_and_never_guessed(small):
    reader = OptionReader(small.items["S01"])
    assert [reader.code(t) for t in ("family", "FAMILY", "家族", "1", "１", "A", "A.家族", "1、家族", "2", "famly", "9", "2.家族")] == [
        "family", "family", "family", "family", "family", "family", "family", "family", "town", "", "", "",
    ]  # fmt: skip
    assert reader.read("家族┋其他〖合伙〗") == ((("family", ""), ("other", "合伙")), ())
    assert reader.read("其他：合伙") == ((("other", "合伙"),), ())
    assert reader.read("乡镇、村集体") == ((("town", ""),), ())
    assert reader.read("家族;乡镇、村集体;猫") == ((("family", ""), ("town", "")), ("猫",))
    assert reader.read("family other") == ((("family", ""), ("other", "")), ())
    assert reader.read("cat") == ((), ("cat",))


def test_two_options_with_one_label_are_neither(tmp_path, model):
    same = QUESTIONNAIRE.replace("{code: family, en: Family, zh: 家族", "{code: family, en: Other, zh: 家族")
    (tmp_path / "small.yaml").write_text(same, encoding="utf-8")
    reader = OptionReader(load_instrument("small", model, tmp_path).items["S01"])
    assert reader.code("Other") == ""
    assert reader.code("家族") == "family"


def test_likeness_is_the_dice_coefficient_of_pairs():
    # night: ni ig gh ht; nacht: na ac ch ht.
    assert likeness("night", "nacht") == 0.25
    assert likeness("Night!", "ＮＩＧＨＴ") == 1
    assert likeness("", "night") == 0
    assert nearest("machine", {"a": ["orders"], "b": ["machines", "机器"]}) == ("b", 0.92)


def test_names_in_a_cell():
    assert split_names("甲厂；乙 厂、甲厂", blanks=False) == ["甲厂", "乙 厂"]
    assert split_names("a b a", blanks=True) == ["a", "b"]


def test_our_own_form_is_mapped_without_a_file(small):
    names = [
        "respondent", "consent", "submitted", "respondent_kind", "S00_name", "S01", "S01_other_text", "S02", "S03_give", "S03_kinds", "S03_rank", "S04_home",
        "S04_west", "S04_east", "S04_sum", "S05_all", "S05_oem", "S05_own", "S06", "S07", "S08", "S09_ask", "S09_ask_alter", "S09_ask_value",
        "S09_ask_shown", "S09_bond", "S09_hired_count", "S09_hired_alter",
    ]  # fmt: skip
    table = propose_mapping(export_of([{"source": n, "value": "1"} for n in names], "kobo"), [small])
    found = {r.source: (r.question, r.code) for r in table.itertuples() if not r.option}
    assert found["S03_kinds"] == ("S03.kinds", "")
    assert found["S04_west"] == ("S04", "west")
    assert found["S01_other_text"] == ("S01@text", "other")
    assert (found["S09_ask"], found["S09_ask_value"]) == (("S09.ask@named", ""), ("S09.ask", ""))
    assert (found["S09_bond"], found["S09_hired_count"]) == (("S09.bond", ""), ("S09.hired@count", ""))
    assert found["S04_sum"] == found["respondent_kind"] == ("@ignore", "")
    assert [n for n in names if not found[n][0]] == []
    assert check_mapping(table, items_of([small])) == []


@pytest.mark.parametrize("questionnaire", ["ningbo_apparel", "yongkang_hardware"])
def test_the_forms_of_the_questionnaires_are_mapped_without_a_file(questionnaire, model):
    instruments = [load_instrument(name, model) for name in (questionnaire, "relational_module")]
    roster = pd.DataFrame(
        [("a", "A", "甲", "firm", "local"), ("b", "B", "乙", "association", "local")],
        columns=["actor", "label_en", "label_zh", "kind", "place"],
    )
    survey = xlsform_sheets(instruments, roster, title={"en": "T", "zh": "题"}, form_id="f")["survey"]
    fields = survey["name"][~survey["type"].str.startswith(("note", "begin", "end"))]
    table = propose_mapping(
        export_of([{"source": name, "value": "1"} for name in fields], "kobo"), instruments
    )
    columns = table[table["option"] == ""]
    assert list(columns.loc[columns["question"] == "", "source"]) == []
    assert check_mapping(columns, items_of(instruments)) == []
    assert set(items_of(instruments)) <= set(columns["question"].str.partition("@")[0])


@pytest.mark.parametrize(
    ("header", "question"),
    [
        ("S02 machines", "S02"), ("2、机器水平如何", "S02"), ("2. How good are the machines?", "S02"), ("Q2: how good are your machines", "S02"),
        ("how good are THE machines", "S02"), ("机器水平如何（单选）", ""), ("2、供应商的数目", ""), ("6、机器水平如何样", ""), ("3、对供应商的帮助", ""),
        ("Compare S02 with S07", ""),
    ],
)  # fmt: skip
def test_headers_are_certain_only_by_id_text_or_number_with_text(small, header, question):
    table = propose_mapping(export_of([{"source": "c", "value": "x"}], headers={"c": header}), [small])
    assert table["question"][0] == question
    # Only what is doubtful and has anything in common with an item has a candidate.
    assert bool(table["note"][0]) == (not question and header != "2、供应商的数目")


def test_two_columns_never_get_one_item(small):
    export = export_of(
        [{"source": "a", "value": "1"}, {"source": "b", "value": "2"}],
        headers={"a": "S02", "b": "2、机器水平如何"},
    )
    table = propose_mapping(export, [small])
    columns = table[table["option"] == ""]
    assert list(columns["question"]) == ["", ""]
    assert list(columns["note"]) == ["S02? also b", "S02? also a"]


def test_options_are_proposed_by_label_and_doubtful_ones_left_empty(small):
    export = wide({"f1": {"S02": "高"}, "f2": {"S02": "3"}, "f3": {"S02": "hihg"}, "f4": {"S02": "low"}})
    table = propose_mapping(export, [small])
    options = table[table["option"] != ""].set_index("option")
    assert options["code"].to_dict() == {"高": "high", "3": "high", "hihg": ""}
    assert options.loc["hihg", "note"].startswith("high?")


def test_parts_of_a_matrix_are_proposed_as_items(small):
    rows = [
        {"source": "Q5", "option": "出口总额", "value": "9"},
        {"source": "Q5", "option": "贴牌", "value": "3"},
    ]
    table = propose_mapping(export_of(rows, headers={"Q5": "5、出口"}), [small]).set_index("option")
    assert table.loc["出口总额", "question"] == "S05.all"
    assert table.loc["贴牌", "question"] == ""
    assert table.loc["贴牌", "note"].startswith("S05.oem?")
