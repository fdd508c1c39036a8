"""Source cells become answers, and answers are held against the questionnaire."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_answers import export_of, small_instrument, wide

from gumflow.intake.answer_checks import response_summary, settle_answers
from gumflow.intake.answers import apply_mapping


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_instrument(tmp_path_factory.mktemp("instrument"))


def mapping(*rows):
    cells = [[*r.split(","), ""] for r in rows]
    return pd.DataFrame(cells, columns=["source", "option", "question", "code", "note"], dtype="str")


def said(answers, question, respondent="f1"):
    """Return what a respondent answered: (alter, option, value, text, reason) of each row."""
    mine = answers[(answers["question"] == question) & (answers["respondent"] == respondent)]
    columns = ("alter", "option", "value", "text", "missing_reason")
    rows = zip(*(mine[c] for c in columns), strict=True)
    return [(a, o, None if math.isnan(v) else v, t, r) for a, o, v, t, r in rows]


def found(findings):
    return sorted((f.rule, f.column, f.rows, f.value) for f in findings)


def settle(small, records, **more):
    mapped = apply_mapping(wide(records, **more), None, [small])
    assert mapped.findings == []
    return settle_answers(mapped.answers, [small], mapped.respondents)


def test_cells_of_every_type_become_answers(small):
    record = {
        "S00.name": "Acme", "S01": "other；town", "S01_other_text": "a trust", "S02": "高", "S03_kinds[quality]": "1", "S03_kinds[speed]": "0",
        "S03_rank": "funds→quality", "S04[home]": "60%", "S04[west]": "４０", "S06": "1,200人", "S07": "3", "S08": " good ",
    }  # fmt: skip
    mapped = apply_mapping(wide({"f1": record}), None, [small])
    assert mapped.findings == []
    answers = mapped.answers
    assert said(answers, "S01") == [("", "other", 1, "a trust", ""), ("", "town", 1, "", "")]
    assert said(answers, "S02") == [("", "high", 1, "", "")]
    assert said(answers, "S03.kinds") == [("", "quality", 1, "", "")]
    assert said(answers, "S03.rank") == [("", "funds", 1, "", ""), ("", "quality", 2, "", "")]
    assert said(answers, "S04") == [("", "home", 60, "", ""), ("", "west", 40, "", "")]
    assert said(answers, "S06") == [("", "", 1200, "", "")]
    assert said(answers, "S07") == [("", "", 3, "", "")]
    assert said(answers, "S08") == [("", "", None, "good", "")]
    assert said(answers, "S05.all") == [("", "", None, "", "not_in_export")]
    assert said(answers, "S00.name") == []
    assert mapped.identities.to_dict("records") == [
        {"respondent": "f1", "question": "S00.name", "text": "Acme"}
    ]
    place = answers[answers["question"] == "S07"].iloc[0]
    assert tuple(place[["file", "sheet", "row", "column", "record"]]) == ("a.xlsx", "data", 2, "S07", "k2")


def test_ticks_of_a_set_of_columns(small):
    records = {
        "f1": {"S03_kinds[quality]": "TRUE", "S03_kinds[funds]": "是"}, "f2": {"S03_kinds[quality]": "0", "S03_kinds[funds]": "否"},
        "f3": {"S01[family]": "Family", "S01[other]": "a trust"}, "f4": {"S03_kinds[quality]": "maybe", "S03_kinds[funds]": "1"},
    }  # fmt: skip
    mapped = apply_mapping(wide(records), None, [small])
    assert found(mapped.findings) == [("tick_unreadable", "S03_kinds[quality]", (5,), "maybe")]
    answers = mapped.answers
    assert said(answers, "S03.kinds") == [("", "quality", 1, "", ""), ("", "funds", 1, "", "")]
    assert said(answers, "S03.kinds", "f2") == [("", "", 0, "", "")]
    assert said(answers, "S01", "f3") == [("", "family", 1, "", ""), ("", "other", 1, "a trust", "")]
    assert said(answers, "S03.kinds", "f4") == [("", "", None, "", "unusable")]


def test_what_cannot_be_read_is_found_with_its_rows_once_for_each_cause(small):
    records = {
        "f1": {"S06": "约50人", "S02": "hihg", "S04": "60/40"}, "f2": {"S06": "约50人", "S02": "low"}, "f3": {"S06": "2008-01-02", "S05.all": "5万"},
    }  # fmt: skip
    mapped = apply_mapping(wide(records), None, [small])
    assert found(mapped.findings) == [
        ("number_date", "S06", (4,), "2008-01-02"), ("number_not_plain", "S06", (2, 3), "约50人"), ("number_unit", "S05.all", (4,), "5万"),
        ("option_unknown", "S02", (2,), "hihg"), ("parts_needed", "S04", (2,), ""),
    ]  # fmt: skip
    lines = {f.rule: f for f in mapped.findings}
    assert "low, middle, high" in lines["option_unknown"].line()
    assert "(in persons)" in lines["number_not_plain"].texts()[1]
    assert "（单位：人）" in lines["number_not_plain"].texts()[3]
    assert said(mapped.answers, "S06") == [("", "", None, "", "unusable")]
    settled, findings = settle_answers(mapped.answers, [small], mapped.respondents)
    assert findings == []
    assert said(settled, "S02") == [("", "", None, "", "unusable")]


def test_a_mapping_of_the_user_ties_columns_and_options(small):
    export = export_of(
        [
            {"source": "Q1", "value": "甲厂", "column": "1、名称"},
            {"source": "Q2", "value": "自家┋别的", "column": "2、归谁"},
            {"source": "Q3", "option": "x", "value": "1", "column": "3、帮助(x)"},
            {"source": "Q3", "option": "y", "value": "1", "column": "3、帮助(y)"},
            {"source": "Q4", "option": "总", "value": "9", "column": "4、出口(总)"},
            {"source": "Q5", "value": "?", "column": "5、?"},
            {"source": "Q6", "value": "any", "column": "6、?"},
            {"source": "Q7", "value": "2008/1/2", "column": "7、时间"},
        ],
        "wenjuanxing",
    )
    table = mapping("Q1,,@respondent,", "Q2,,S01,", "Q2,自家,,family", "Q2,别的,,other", "Q3,,S03.kinds,", "Q3,x,,speed", "Q4,,,", "Q4,总,S05.all,", "Q6,,@ignore,", "Q7,,@submitted,")  # fmt: skip
    mapped = apply_mapping(export, table, [small])
    assert sorted((f.rule, f.severity, f.column, f.value) for f in mapped.findings) == [
        ("column_unmapped", "warning", "Q5", ""), ("mapping_undecided", "warning", "question", "Q4"), ("option_unmapped", "error", "3、帮助(y)", "y"),
    ]  # fmt: skip
    assert said(mapped.answers, "S01", "甲厂") == [("", "family", 1, "", ""), ("", "other", 1, "", "")]
    assert said(mapped.answers, "S05.all", "甲厂") == [("", "", 9, "", "")]
    assert said(mapped.answers, "S03.kinds", "甲厂") == [("", "", None, "", "unusable")]
    assert mapped.respondents[["respondent", "submitted"]].to_numpy().tolist() == [["甲厂", "2008-01-02"]]


def test_who_answered_and_who_consented(small):
    records = {
        "f1": {"consent": "yes", "submitted": "01/02/2008", "S07": "1"}, "f2": {"consent": "no", "S07": "2"}, "f3": {"S07": "3"},
        "": {"consent": "yes", "S07": "4"},
    }  # fmt: skip
    mapped = apply_mapping(wide(records), None, [small])
    assert found(mapped.findings) == [
        ("date_order", "submitted", (2,), "01/02/2008"), ("no_consent", "", (3, 4), ""), ("respondent_missing", "", (5,), ""),
    ]  # fmt: skip
    assert mapped.respondents[["record", "respondent"]].to_numpy().tolist() == [["k2", "f1"]]
    assert set(mapped.answers["respondent"]) == {"f1"}


def test_without_a_column_of_respondents_the_keys_stand_for_them(small):
    mapped = apply_mapping(
        export_of([{"source": "S07", "value": "1", "record": "uuid-1"}], "kobo"), None, [small]
    )
    assert [f.rule for f in mapped.findings] == ["respondent_unmapped"]
    assert list(mapped.respondents["respondent"]) == ["uuid-1"]


def test_what_the_tool_did_not_show_and_what_was_left(small):
    rows = [
        {"source": "respondent", "value": "f1"}, {"source": "S07", "missing": "skipped", "value": "-3"}, {"source": "S06", "missing": "no_answer", "value": "-2"},
        {"source": "S03_kinds", "option": "quality", "missing": "skipped", "value": "-3"}, {"source": "S03_kinds", "option": "speed", "missing": "skipped", "value": "-3"},
    ]  # fmt: skip
    answers = apply_mapping(export_of(rows), None, [small]).answers
    assert said(answers, "S07") == [("", "", None, "", "not_asked")]
    assert said(answers, "S06") == [("", "", None, "", "not_answered")]
    assert said(answers, "S03.kinds") == [("", "", None, "", "not_asked")]


def test_items_that_one_file_lacks_are_not_in_the_export(small):
    rows = [
        {"source": "respondent", "value": "f1"}, {"source": "S07", "value": "1"},
        {"source": "respondent", "value": "f2", "record": "r2", "file": "b.xlsx"}, {"source": "S06", "value": "5", "record": "r2", "file": "b.xlsx"},
    ]  # fmt: skip
    answers = apply_mapping(export_of(rows), None, [small]).answers
    assert said(answers, "S06") == [("", "", None, "", "not_in_export")]
    assert said(answers, "S07", "f2") == [("", "", None, "", "not_in_export")]


def test_relations_as_a_matrix(small):
    record = {
        "S09_ask[a]": "2",
        "S09_ask[b]": "0",
        "S09_ask[c]": "much",
        "S09_bond[a]": "kin friend",
        "S09_bond[b]": "朋友",
        "S09_hired": "Acme; 甲 厂",
    }
    mapped = apply_mapping(wide({"f1": record}), None, [small])
    assert found(mapped.findings) == [("number_not_plain", "S09_ask[c]", (2,), "much")]
    assert sorted(said(mapped.answers, "S09.ask")) == [
        ("a", "", 2, "", ""),
        ("b", "", 0, "", ""),
        ("c", "", None, "", "unusable"),
    ]
    assert sorted(said(mapped.answers, "S09.bond")) == [
        ("a", "friend", 1, "", ""),
        ("a", "kin", 1, "", ""),
        ("b", "friend", 1, "", ""),
    ]
    assert sorted(said(mapped.answers, "S09.hired")) == [("Acme", "", 1, "", ""), ("甲 厂", "", 1, "", "")]
    settled, findings = settle_answers(mapped.answers, [small], mapped.respondents)
    assert findings == []
    assert said(settled, "S09.ask") == [
        ("a", "", 2, "", ""),
        ("b", "", 0, "", ""),
        ("c", "", None, "", "unusable"),
    ]


def test_relations_in_repeats(small):
    entry = {"sheet": "S09_ask_each", "row": 3}
    rows = [
        {"source": "respondent", "value": "f1"}, {"source": "S09_ask", "value": "a b c"}, {"source": "S09_bond", "value": "a b"}, {"source": "S09_hired_count", "value": "0"},
        entry | {"instance": "e#1", "source": "S09_ask_alter", "value": "a"}, entry | {"instance": "e#1", "source": "S09_ask_value", "value": "3"},
        entry | {"instance": "e#2", "row": 4, "source": "S09_ask_alter", "value": "b"}, entry | {"instance": "e#3", "row": 5, "source": "S09_ask_value", "value": "1"},
        {"source": "respondent", "value": "f2", "record": "r2", "row": 3}, {"source": "S09_hired_count", "value": "1", "record": "r2", "row": 3},
        {"source": "S09_hired_alter", "value": "Bolt", "record": "r2", "sheet": "S09_hired_each", "instance": "h#1"},
    ]  # fmt: skip
    mapped = apply_mapping(export_of(rows, "kobo"), None, [small])
    assert found(mapped.findings) == [("value_without_alter", "S09_ask_value", (5,), "1")]
    answers = mapped.answers
    assert sorted(said(answers, "S09.ask")) == [
        ("a", "", 3, "", ""),
        ("b", "", None, "", "not_answered"),
        ("c", "", None, "", "not_answered"),
    ]
    assert said(answers, "S09.hired") == [("", "", 0, "", "")]
    assert said(answers, "S09.hired", "f2") == [("Bolt", "", 1, "", "")]
    # An item of the repeats' sheets is in the export of everyone.
    assert said(answers, "S09.ask", "f2") == []


def test_an_option_and_an_alter_in_one_row_of_a_long_table(small):
    rows = [
        {"source": "respondent", "value": "f1"}, {"source": "S09.bond", "option": "kin", "value": "1", "instance": "long#3"},
        {"source": "S09.bond@alter", "value": "a", "instance": "long#3"}, {"source": "S09.ask", "option": "b", "value": "2"},
    ]  # fmt: skip
    mapped = apply_mapping(export_of(rows, "plain_long"), None, [small])
    assert mapped.findings == []
    assert said(mapped.answers, "S09.bond") == [("a", "kin", 1, "", "")]
    assert said(mapped.answers, "S09.ask") == [("b", "", 2, "", "")]


def test_everyone_has_every_item_once_settled(small):
    settled, findings = settle(small, {"f1": {"S07": "1"}, "f2": {"S06": "5"}})
    assert findings == []
    items = [i for i in small.items if i != "S00.name"]
    assert len(settled) == 2 * len(items)
    assert list(settled["question"][: len(items)]) == items
    assert said(settled, "S06") == [("", "", None, "", "not_answered")]
    assert said(settled, "S02") == [("", "", None, "", "not_in_export")]


def test_skip_logic_tells_not_asked_from_not_answered(small):
    records = {
        "f1": {"S03_give": "no", "S03_kinds": "quality"}, "f2": {"S03_give": "no"}, "f3": {"S03_give": "yes"}, "f4": {"S03_give": "yes", "S03_kinds": "speed"},
        "f5": {"S07": "1"}, "f6": {"S03_give": "yes, no", "S03_kinds": "speed"}, "f7": {"S03_give": "no", "S03_rank": "quality"},
    }  # fmt: skip
    settled, findings = settle(small, records)
    assert [said(settled, "S03.kinds", f)[0][1:] for f in records] == [
        ("", None, "", "not_asked"), ("", None, "", "not_asked"), ("", None, "", "not_answered"), ("speed", 1, "", ""),
        ("", None, "", "not_answered"), ("speed", 1, "", ""), ("", None, "", "not_asked"),
    ]  # fmt: skip
    assert said(settled, "S03.rank", "f2")[0][-1] == "not_asked"
    assert found(findings) == [
        ("not_asked_answered", "S03_kinds", (2,), ""),
        ("several_ticks", "S03_give", (7,), "yes, no"),
    ]
    assert all(f.severity == "warning" for f in findings)
    assert "S03.give is yes" in next(f for f in findings if f.rule == "not_asked_answered").texts()[1]


def test_several_ticks_follow_the_rule_of_the_item(small):
    settled, findings = settle(
        small, {"f1": {"S02": "low;high;middle", "S01": "family;town", "S03_give": "yes;no"}}
    )
    assert said(settled, "S02") == [("", "high", 1, "", "")]
    assert said(settled, "S01") == [("", "family", 1, "", ""), ("", "town", 1, "", "")]
    assert said(settled, "S03.give") == [("", "", None, "", "unusable")]
    assert [(f.column, f.value, f.texts()[1].split(".")[0]) for f in findings] == [
        ("S01", "family, town", "All were kept"), ("S02", "low, middle, high", "The highest was taken"), ("S03_give", "yes, no", "The answer is not used"),
    ]  # fmt: skip
    assert settled[settled["question"] == "S02"]["adjusted"].iloc[0] == "rule"


def test_too_many_ticks_are_kept_and_options_that_stand_alone_are_not(small):
    settled, findings = settle(
        small,
        {
            "f1": {"S03_kinds": "quality speed funds"},
            "f2": {"S03_kinds": "nothing speed"},
            "f3": {"S03_kinds": "nothing"},
        },
    )
    assert found(findings) == [
        ("excluding_option", "S03_kinds", (3,), "speed, nothing"),
        ("too_many_ticks", "S03_kinds", (2,), "quality, speed, funds"),
    ]
    assert len(said(settled, "S03.kinds")) == 3
    assert said(settled, "S03.kinds", "f2") == [("", "", None, "", "unusable")]
    assert said(settled, "S03.kinds", "f3") == [("", "nothing", 1, "", "")]


def test_numbers_have_limits(small):
    records = {
        "f1": {"S06": "901", "S07": "6", "S05_all": "-1", "S09_ask[a]": "4"},
        "f2": {"S06": "2.5", "S07": "5", "S09_ask[a]": "1.5"},
        "f3": {"S06": "900", "S07": "0"},
    }
    settled, findings = settle(small, records)
    assert found(findings) == [
        ("integer", "S06", (3,), "2.5"), ("integer", "S09_ask[a]", (3,), "1.5"), ("range", "S05_all", (2,), "-1"), ("range", "S06", (2,), "901"),
        ("range", "S07", (2,), "6"), ("range", "S09_ask[a]", (2,), "4"),
    ]  # fmt: skip
    assert said(settled, "S06") == [("", "", None, "", "unusable")]
    assert said(settled, "S09.ask") == [("a", "", None, "", "unusable")]
    assert said(settled, "S06", "f3") == [("", "", 900, "", "")]
    assert "from 1 up to 900" in next(f for f in findings if f.column == "S06" and f.rule == "range").line()


def test_shares(small):
    def of(*parts):
        return {f"S04_{name}": p for name, p in zip(("home", "west", "east"), parts, strict=True) if p}

    records = {
        "f1": of("50", "30", "20"), "f2": of("50", "31", "20"), "f3": of("60", "40", ""), "f4": of("60", "30", ""), "f5": of("60", "30", "20"),
        "f6": of("0.3", "0.7", ""), "f7": {"S07": "1"}, "f8": of("120", "-10", "-10"), "f9": of("60", "30", ""),
    }  # fmt: skip
    settled, findings = settle(small, records)
    assert found(findings) == [
        ("range", "S04_east", (9,), "-10"), ("range", "S04_home", (9,), "120"), ("range", "S04_west", (9,), "-10"), ("share_blank", "S04_home", (5, 10), "90"),
        ("share_fractions", "S04_home", (7,), "1"), ("share_sum", "S04_home", (6,), "110"),
    ]  # fmt: skip
    assert [r[2] for r in said(settled, "S04")] == [50, 30, 20]
    np.testing.assert_allclose(
        [r[2] for r in said(settled, "S04", "f2")], [5000 / 101, 3100 / 101, 2000 / 101], rtol=1e-14
    )
    assert said(settled, "S04", "f3") == [
        ("", "home", 60, "", ""),
        ("", "west", 40, "", ""),
        ("", "east", 0, "", ""),
    ]
    adjusted = (
        settled[settled["question"] == "S04"].groupby("respondent", observed=True)["adjusted"].agg(list)
    )
    assert adjusted["f1"] == [""] * 3
    assert adjusted["f2"] == ["renormalized"] * 3
    assert adjusted["f3"] == ["", "", "blank_as_zero"]
    assert [said(settled, "S04", f)[0][-1] for f in ("f4", "f5", "f6", "f7", "f8")] == ["unusable"] * 3 + [
        "not_answered",
        "unusable",
    ]


def test_ranks_put_the_ticked_options_in_order(small):
    records = {
        "f1": {"S03_kinds": "quality funds", "S03_rank[quality]": "2", "S03_rank[funds]": "1"}, "f2": {"S03_kinds": "quality funds", "S03_rank[quality]": "1"},
        "f3": {"S03_kinds": "quality funds", "S03_rank[quality]": "1", "S03_rank[funds]": "1"}, "f4": {"S03_kinds": "quality funds", "S03_rank[quality]": "3", "S03_rank[funds]": "1"},
        "f5": {"S03_kinds": "quality funds"}, "f6": {"S03_kinds[quality]": "0"}, "f7": {"S03_kinds": "nothing"}, "f8": {"S03_rank[speed]": "1"},
    }  # fmt: skip
    settled, findings = settle(small, records)
    assert sorted((f.rule, f.rows) for f in findings) == [
        ("rank_positions", (4,)),
        ("rank_positions", (5,)),
        ("rank_ticks", (3,)),
    ]
    assert said(settled, "S03.rank") == [("", "quality", 2, "", ""), ("", "funds", 1, "", "")]
    assert [said(settled, "S03.rank", f"f{n}")[0][-1] for n in range(2, 9)] == ["unusable"] * 3 + [
        "not_answered",
        "not_asked",
        "not_asked",
        "",
    ]


def test_parts_are_held_against_their_total(small):
    records = {
        "f1": {"S05_all": "100", "S05_oem": "60", "S05_own": "41"},
        "f2": {"S05_all": "100", "S05_oem": "60", "S05_own": "43"},
        "f3": {"S05_oem": "5"},
        "f4": {"S05_all": "0", "S05_own": "1"},
    }
    _, findings = settle(small, records)
    assert found(findings) == [("parts_exceed", "S05_all", (3, 5), "")]
    assert "S05.oem + S05.own <= S05.all" in findings[0].line()


def test_a_respondent_that_stands_twice_or_says_nothing(small):
    rows = [
        {"source": "respondent", "value": "f1"}, {"source": "S07", "value": "1"}, {"source": "respondent", "value": "f1", "record": "r2", "row": 3},
        {"source": "S07", "value": "2", "record": "r2", "row": 3}, {"source": "respondent", "value": "f2", "record": "r3", "row": 4},
    ]  # fmt: skip
    mapped = apply_mapping(export_of(rows), None, [small])
    settled, findings = settle_answers(mapped.answers, [small], mapped.respondents)
    assert sorted((f.rule, f.severity, f.rows, f.value) for f in findings) == [
        ("respondent_silent", "warning", (4,), "f2"),
        ("respondent_twice", "error", (3,), "f1"),
    ]
    assert "a.xlsx 2" in next(f for f in findings if f.rule == "respondent_twice").line()
    assert said(settled, "S07") == [("", "", 1, "", "")]
    assert said(settled, "S07", "f2") == [("", "", None, "", "not_answered")]


def test_answers_made_elsewhere_are_settled_too(small):
    answers = pd.DataFrame(
        [("f1", "S02", "", "best", 1.0), ("f1", "S07", "", "", 1.0), ("f1", "S07", "", "", 2.0), ("f9", "S07", "", "", 2.0), ("f1", "S99", "", "", 1.0)],
        columns=["respondent", "question", "alter", "option", "value"],
    ).assign(text="", missing_reason="", file="a.csv", sheet="", row=2, column="c")  # fmt: skip
    settled, findings = settle_answers(answers, [small], pd.DataFrame({"respondent": ["f1"]}))
    assert sorted((f.rule, f.value) for f in findings) == [("item_twice", "2"), ("option_unknown", "best")]
    assert said(settled, "S07") == said(settled, "S02") == [("", "", None, "", "unusable")]


def test_no_answers_at_all(small):
    mapped = apply_mapping(export_of([{"source": "respondent", "value": "f1"}]), None, [small])
    settled, findings = settle_answers(mapped.answers, [small], mapped.respondents)
    assert [f.rule for f in findings] == ["respondent_silent"]
    assert set(settled["missing_reason"]) == {"not_in_export"}


def test_an_export_without_cells_gives_empty_tables(small):
    export = wide({"f1": {"S07": "1"}})
    mapped = apply_mapping(replace(export, cells=export.cells.iloc[:0]), None, [small])
    settled, findings = settle_answers(mapped.answers, [small], mapped.respondents)
    assert (len(mapped.answers), len(mapped.respondents), len(settled)) == (0, 0, 0)
    assert mapped.findings == findings == []
    assert response_summary(settled, [small])["asked"].sum() == 0


def test_every_text_is_filled_in_in_both_languages(small):
    records = {
        "f1": {
            "S02": "low;high",
            "S06": "950",
            "S04_home": "70",
            "S03_kinds": "quality speed funds",
            "S03_rank": "quality",
            "zzz": "1",
        }
    }
    mapped = apply_mapping(wide(records), None, [small])
    findings = mapped.findings + settle_answers(mapped.answers, [small], mapped.respondents)[1]
    assert len(findings) == 6
    for f in findings:
        texts = f.texts()
        assert all(t and "{" not in t for t in texts)
        assert any("一" <= c <= "鿿" for c in texts[2] + texts[3])


def test_the_summary_counts_each_item_over_respondents(small):
    records = {
        "f1": {"S03_give": "no", "S07": "1", "S04_home": "100", "S09_ask[a]": "1", "S09_ask[b]": "0"}, "f2": {"S03_give": "yes", "S07": "9"}, "f3": {"S03_give": "yes", "S03_kinds": "speed funds"},
        "f4": {"S07": "2"},
    }  # fmt: skip
    settled, _ = settle(small, records)
    table = response_summary(settled, [small]).set_index("question")
    counts = ["asked", "answered", "not_answered", "not_asked", "unusable", "not_in_export"]
    expected = {
        "S03.give": [4, 3, 1, 0, 0, 0], "S03.kinds": [3, 1, 2, 1, 0, 0], "S07": [4, 2, 1, 0, 1, 0], "S04": [4, 1, 3, 0, 0, 0],
        "S09.ask": [4, 1, 3, 0, 0, 0], "S02": [0, 0, 0, 0, 0, 4],
    }  # fmt: skip
    assert {q: table.loc[q, counts].tolist() for q in expected} == expected
    assert table.loc["S03.kinds", "share"] == pytest.approx(1 / 3)
    assert math.isnan(table.loc["S02", "share"])
    assert list(table.index) == [i for i in small.items if i != "S00.name"]
