"""Everything wrong in a study is found at once, named with file, row, column, value, rule and remedy, in two languages."""

import difflib
import html
import re
from pathlib import Path

import pytest
from small_studies import ACTORS, STUDY, Check, MakeStudy

from gumflow.contract.checks import is_date, plain_number
from gumflow.contract.findings import COLUMNS, RULES, Finding, findings_page, findings_table, gathered
from gumflow.contract.tables import TABLES, table_contract

TIES = "source,target,layer,directed,state,strength\n"
CASE = STUDY.replace("interview", "case").replace("sample", "text")


def seen(findings: list[Finding]) -> list[tuple]:
    return [(f.severity, f.file, f.rule, f.rows, f.column, f.value) for f in findings]


def errors(findings: list[Finding]) -> list[tuple]:
    return [(f.rule, f.rows, f.column, f.value) for f in findings if f.severity == "error"]


def test_a_sound_study_has_no_findings(make_study: MakeStudy, check: Check):
    ties = TIES + "acme,bolt,transaction,1,achieved,2\nsmall_firms,small_firms,knowledge,0,lacking,\n"
    assert check(make_study({"ties.csv": ties})) == []


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("acme,blot,transaction,1,achieved,2", ("reference", (2,), "target", "blot")),
        ("nobody,bolt,transaction,1,achieved,2", ("reference", (2,), "source", "nobody")),
        ("acme,acme,transaction,1,achieved,2", ("self_tie", (2,), "target", "acme")),
        ("acme,bolt,transactions,1,achieved,2", ("enum", (2,), "layer", "transactions")),
        ("acme,bolt,transaction,1,done,2", ("enum", (2,), "state", "done")),
        ("acme,bolt,transaction,1,achieved,strong", ("number", (2,), "strength", "strong")),
        ("acme,bolt,transaction,1,achieved,1e999", ("number", (2,), "strength", "1e999")),
        ("acme,bolt,transaction,1,achieved,nan", ("number", (2,), "strength", "nan")),
        ("acme,bolt,transaction,1,achieved,3²", ("number", (2,), "strength", "3²")),
        ("acme,bolt,transaction,1,achieved,0", ("range", (2,), "strength", "0")),
        ("acme,bolt,transaction,1,achieved,-1", ("range", (2,), "strength", "-1")),
        ("acme,bolt,transaction,yes,achieved,2", ("boolean", (2,), "directed", "yes")),
        ("acme,bolt,transaction,,achieved,2", ("required", (2,), "directed", "")),
        (",bolt,transaction,1,achieved,2", ("required", (2,), "source", "")),
    ],
)
def test_each_wrong_cell_of_a_tie_gives_one_finding(make_study: MakeStudy, check: Check, row, found):
    assert errors(check(make_study({"ties.csv": TIES + row + "\n"}))) == [found]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("year_from", "1998.5", "integer"),
        ("year_from", "98", "range"),
        ("year_to", "1990", "order"),
        ("trust", "6", "range"),
        ("formal", "2", "boolean"),
        ("section", "４.2", "pattern"),
        ("paragraphs", "3,4", "pattern"),
        ("note", "4-15", "pattern"),
        ("reporter", "nobody", "reference"),
    ],
)
def test_each_wrong_optional_cell_gives_one_finding(make_study: MakeStudy, check: Check, column, value, rule):
    row = {"year_from": "1995", "year_to": "1999"} | {column: value}
    cells = ",".join(f'"{cell}"' for cell in row.values())
    ties = f"source,target,layer,directed,state,{','.join(row)}\nacme,bolt,trust,1,achieved,{cells}\n"
    assert errors(check(make_study({"ties.csv": ties}))) == [(rule, (2,), column, value)]


def test_full_width_numbers_are_read_as_numbers(make_study: MakeStudy, check: Check):
    ties = TIES + "acme,bolt,transaction,１,achieved,２．５\n"
    assert check(make_study({"ties.csv": ties})) == []
    assert plain_number("−１２．５") == "-12.5"


def test_a_doubled_id_names_the_first_row_and_all_further_ones(make_study: MakeStudy, check: Check):
    actors = ACTORS + "acme,Acme 2,甲二厂,firm,local\nacme,Acme 3,甲三厂,firm,local\n"
    (finding,) = check(make_study({"actors.csv": actors}))
    assert seen([finding]) == [("error", "actors.csv", "unique", (5, 6), "actor", "acme")]
    assert "row 2" in finding.line()


def test_a_key_of_several_columns_may_leave_some_out(make_study: MakeStudy, check: Check):
    chain = "item,category\ndriver,buyer\ngovernance_type,captive\ndriver,producer\n"
    assert errors(check(make_study({"chain.csv": chain}))) == [
        ("unique", (4,), "item, stage, aspect", "driver")
    ]


def test_a_misspelt_column_is_one_finding_not_two(make_study: MakeStudy, check: Check):
    ties = TIES.replace("target", "Target") + "acme,bolt,transaction,1,achieved,2\n"
    (finding,) = check(make_study({"ties.csv": ties}))
    assert seen([finding]) == [("error", "ties.csv", "column_missing", (), "target", "")]
    assert "now Target?" in finding.texts()[1]
    assert "现为 Target" in finding.texts()[3]


def test_a_column_that_no_one_uses_is_a_warning_with_the_nearest_name(make_study: MakeStudy, check: Check):
    ties = TIES.replace("strength", "strenght") + "acme,bolt,transaction,1,achieved,2\n"
    (finding,) = check(make_study({"ties.csv": ties}))
    assert seen([finding]) == [("warning", "ties.csv", "column_unknown", (), "strenght", "")]
    assert "did you mean strength?" in finding.line()


def test_attributes_of_actors_are_free_but_not_names_that_gumflow_gives(make_study: MakeStudy, check: Check):
    lines = ACTORS.splitlines()
    free = "\n".join([lines[0] + ",employees", *(line + ",10" for line in lines[1:])])
    assert check(make_study({"actors.csv": free})) == []
    taken = free.replace("employees", "cluster")
    assert errors(check(make_study({"actors.csv": taken}))) == [("column_reserved", (), "cluster", "")]


def test_an_actor_that_is_not_there_for_another_reason_is_not_reported_again(
    make_study: MakeStudy, check: Check
):
    ties = TIES + "acme,bolt,transaction,1,achieved,2\n"
    missing = check(make_study({"actors.csv": ACTORS.replace("actor,", "id,"), "ties.csv": ties}))
    assert errors(missing) == [("column_missing", (), "actor", "")]
    unreadable = check(make_study({"actors.csv": b"a\x00b", "ties.csv": ties}))
    assert errors(unreadable) == [("file_unreadable", (), "", "")]
    kind = ACTORS.replace("Acme,甲厂,firm", "Acme,甲厂,company")
    own = check(make_study({"actors.csv": kind, "ties.csv": TIES + "acme,acme,trust,1,achieved,2\n"}))
    assert errors(own) == [("enum", (2,), "kind", "company")]


def test_lists_of_actors_are_checked_name_by_name(make_study: MakeStudy, check: Check):
    events = "event,date,kind,label_en,actors\ne1,2001-05,policy,Rule,acme; blot;bolt\n"
    assert errors(check(make_study({"events.csv": events}))) == [("reference", (2,), "actors", "blot")]


@pytest.mark.parametrize("text", ["2001", "2001-05", "2000-02-29"])
def test_dates_may_be_years_months_or_days(text):
    assert is_date(text)


@pytest.mark.parametrize(
    "text", ["", "01", "2001-13", "2001-02-29", "2001/05", "May 2001", "２００１", "0000"]
)
def test_days_that_do_not_exist_are_no_dates(text):
    assert not is_date(text)


@pytest.mark.parametrize(
    ("date", "date_to", "count"),
    [("2001-05", "2001", 0), ("2001", "2000-12", 1), ("2001-05", "2001-04-30", 1)],
)
def test_an_end_before_the_start_is_found_as_far_as_both_dates_go(
    make_study: MakeStudy, check: Check, date, date_to, count
):
    events = f"event,date,date_to,kind,label_en\ne1,{date},{date_to},policy,Rule\n"
    assert [f.rule for f in check(make_study({"events.csv": events}))] == ["order"] * count


def test_a_range_of_figures_runs_upwards(make_study: MakeStudy, check: Check):
    facts = "fact,what_en,value,value_high,unit,qualifier\nfirms,firms,20,10,firms,about\n"
    assert errors(check(make_study({"facts.csv": facts}))) == [("order", (2,), "value_high", "10")]


STATEMENTS = "statement,document,coder,construct,state,polarity,strength\n"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("s1,book,a,none,,,", []),
        ("s1,book,a,trust_norms,achieved,1,2", []),
        ("s1,book,a,trust_norms,recommended,-1,2", [("polarity_state", (2,), "polarity", "-1")]),
        ("s1,book,a,trust_norms,recommended,－1,2", [("polarity_state", (2,), "polarity", "-1")]),
        ("s1,book,a,trust_norms,achieved,0,2", [("enum", (2,), "polarity", "0")]),
        ("s1,book,a,trust_norms,achieved,1,4", [("range", (2,), "strength", "4")]),
        ("s1,book,a,trust_norms,achieved,,", [("required", (2,), "polarity", ""), ("required", (2,), "strength", "")]),
        ("s1,book,a,trust_norm,achieved,1,2", [("reference", (2,), "construct", "trust_norm")]),
    ],
)  # fmt: skip
def test_coded_statements_are_whole_and_recommendations_help(make_study: MakeStudy, check: Check, row, found):
    assert errors(check(make_study({"statements.csv": STATEMENTS + row + "\n"}))) == found


def test_statements_without_a_column_of_the_coding_give_one_finding_for_the_column(
    make_study: MakeStudy, check: Check
):
    text = "statement,document,coder,construct,state,polarity\n" + "".join(
        f"s{i},book,a,trust_norms,achieved,1\n" for i in range(9)
    )
    assert errors(check(make_study({"statements.csv": text}))) == [("column_missing", (), "strength", "")]


def test_a_case_cites_its_source_and_other_grades_need_not(make_study: MakeStudy, check: Check):
    ties = "source,target,layer,directed,state,section,paragraphs,note\n" + "".join(
        f"acme,bolt,trust,1,achieved,{cited}\n" for cited in ("4.1,2,", ",,4:15", "4.1,,", ",2,")
    )
    actors = ACTORS.replace("place\n", "place,note\n").replace("local\n", "local,4:1\n")
    files = {"actors.csv": actors, "ties.csv": ties}
    assert check(make_study(files)) == []
    assert errors(check(make_study({**files, "study.yaml": CASE}))) == [("locator", (4, 5), "paragraphs", "")]


def test_an_optional_table_without_rows_is_a_warning_and_actors_an_error(make_study: MakeStudy, check: Check):
    found = seen(check(make_study({"ties.csv": TIES, "actors.csv": ACTORS.split("\n")[0]})))
    assert found == [
        ("error", "actors.csv", "no_rows", (), "", ""),
        ("warning", "ties.csv", "no_rows", (), "", ""),
    ]


def test_everything_wrong_is_in_one_report_one_line_for_one_cause(make_study: MakeStudy, check: Check):
    ties = TIES + "acme,ghost,transaction,1,achieved,2\n" * 30 + "acme,acme,trade,1,achieved,much\n"
    folder = make_study(
        {
            "actors.csv": ACTORS + "bolt,Again,乙,factory,here\n",
            "ties.csv": ties.encode("gb18030"),
            "facts.csv": "fact,value\n",
            "events.csv": "",
        }
    )
    found = seen(check(folder))
    assert found == [
        ("error", "actors.csv", "unique", (5,), "actor", "bolt"),
        ("error", "actors.csv", "enum", (5,), "kind", "factory"),
        ("error", "actors.csv", "enum", (5,), "place", "here"),
        ("error", "events.csv", "file_empty", (), "", ""),
        ("error", "facts.csv", "column_missing", (), "qualifier", ""),
        ("error", "facts.csv", "column_missing", (), "unit", ""),
        ("error", "facts.csv", "column_missing", (), "what_en", ""),
        ("error", "ties.csv", "reference", tuple(range(2, 32)), "target", "ghost"),
        ("error", "ties.csv", "enum", (32,), "layer", "trade"),
        ("error", "ties.csv", "number", (32,), "strength", "much"),
        ("error", "ties.csv", "self_tie", (32,), "target", "acme"),
        ("warning", "facts.csv", "no_rows", (), "", ""),
    ]


def test_checking_changes_no_input_and_writes_nothing(make_study: MakeStudy, check: Check):
    folder = make_study({"ties.csv": TIES + "acme,ghost,x,1,y,z\n", "facts.csv": b"\xff\xff"})
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}
    assert len(check(folder)) > 2
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()} == before


def test_the_report_names_place_value_rule_and_remedy_in_both_languages(make_study: MakeStudy, check: Check):
    ties = TIES + "acme,blot,transaction,1,achieved,0\nacme,bolt,trusts,1,,\n"
    table = findings_table(check(make_study({"ties.csv": ties})))
    assert list(table.columns) == COLUMNS
    assert list(zip(table["row"], table["column"], table["value"], table["rule"], strict=True)) == [
        ("2", "strength", "0", "range"),
        ("2", "target", "blot", "reference"),
        ("3", "layer", "trusts", "enum"),
        ("3", "state", "", "required"),
    ]
    for column in ("problem_en", "remedy_en", "problem_zh", "remedy_zh"):
        assert (table[column].str.len() > 3).all()
    assert not table["remedy_en"].str.contains(r"[\u4e00-\u9fff]").any()
    assert not table["remedy_zh"].str.contains("did you mean|above|Whether").any()
    assert "是否应为 bolt" in table.loc[1, "remedy_zh"]
    assert table.loc[0, "remedy_en"] == "Allowed: above 0."
    assert table.loc[0, "remedy_zh"] == "允许范围：大于 0。"
    assert table.loc[3, "remedy_en"] == "Fill it in: Whether it exists; only achieved ties enter networks."


def test_every_rule_has_its_texts_in_both_languages():
    for rule, texts in RULES.items():
        finding = Finding("f.csv", rule, detail="DETAIL", detail_zh="细节", table="t.csv")
        en, mend_en, zh, mend_zh = finding.texts()
        assert (en, zh, mend_en, mend_zh) != texts or "{" not in "".join(texts)
        assert all(re.search(r"[\u4e00-\u9fff]", text) for text in (zh, mend_zh)), rule
        assert not any(re.search(r"[\u4e00-\u9fff{}]", text) for text in (en, mend_en)), rule


def test_every_column_of_every_contract_is_described_in_both_languages():
    for name in TABLES:
        for field in table_contract(name).fields:
            assert field.en.endswith("."), (name, field.name)
            assert re.search(r"[\u4e00-\u9fff]", field.zh), (name, field.name)
            assert bool(field.pattern) == bool(field.pattern_hint) == bool(field.pattern_hint_zh), field.name


def test_many_rows_of_one_cause_are_named_up_to_eight():
    findings = [
        Finding("t.csv", "reference", rows=(i,), column="target", value="x", table="a.csv")
        for i in range(12, 1, -1)
    ]
    (one,) = gathered(findings)
    assert one.rows == tuple(range(2, 13))
    assert "row 2; 3; 4; 5; 6; 7; 8; 9 and 3 more," in one.line()


def test_a_finding_is_one_line_whatever_the_cells_hold():
    finding = Finding("t.csv", "enum", rows=(2,), column="a\nb", value="x\ny", detail="p\nq")
    assert "\n" not in finding.line()
    assert "value 'x\\ny'" in finding.line()


def test_the_page_escapes_what_the_user_wrote(make_study: MakeStudy, check: Check):
    evil = "<script>alert('1')</script>"
    folder = make_study({"ties.csv": TIES + f"acme,{evil},transaction,1,achieved,2\n"})
    page = findings_page(f"Check of {evil}", check(folder))
    assert "<script>" not in page
    assert html.escape(evil) in page


def test_the_page_says_what_came_of_the_study(make_study: MakeStudy, check: Check):
    fine = findings_page("Check", check(make_study()))
    warned = findings_page("Check", check(make_study({"ties.csv": TIES})))
    wrong = findings_page("Check", check(make_study({"actors.csv": None})))
    assert "Nothing to mend" in fine
    assert "0 to mend, 1 to look at" in warned
    assert "The study was accepted" in warned
    assert "1 to mend, 0 to look at" in wrong
    assert "Nothing was computed" in wrong


def test_files_of_every_table_are_shown_relative_to_the_study(make_study: MakeStudy, check: Check):
    folder = make_study({"actors.csv": None, "valley/actors.csv": ACTORS.replace("local", "here")})
    assert {f.file for f in check(folder)} == {"valley/actors.csv"}
    assert Path(folder, "valley", "actors.csv").is_file()


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [
        ("acme,bolt{},trust,1,achieved,2\n", "reference", "target"),
        ("acme,bolt,trust{},1,achieved,2\n", "enum", "layer"),
    ],
)
def test_nearest_names_are_sought_for_the_first_distinct_wrong_values_only(
    make_study: MakeStudy, check: Check, monkeypatch, row, rule, column
):
    sought, search = [], difflib.get_close_matches

    def counted(value, *args, **kwargs):
        sought.append(value)
        return search(value, *args, **kwargs)

    folder = make_study({"ties.csv": TIES + "".join(row.format(i % 100) for i in range(500))})
    monkeypatch.setattr(difflib, "get_close_matches", counted)
    found = [f for f in check(folder) if f.rule == rule]
    assert len(found) == 100
    assert {(len(f.rows), f.column) for f in found} == {(5, column)}
    assert len(sought) == len(set(sought)) == 20
    assert ["did you mean" in f.line() for f in found] == [True] * 20 + [False] * 80


def test_no_nearest_name_is_sought_among_very_many(make_study: MakeStudy, check: Check):
    many = ACTORS + "".join(f"firm_{i},Firm,厂,firm,local\n" for i in range(5_000))
    folder = make_study({"actors.csv": many, "ties.csv": TIES + "acme,blot,trust,1,achieved,2\n"})
    (finding,) = check(folder)
    assert (finding.rule, finding.detail) == ("reference", "")


def test_a_row_with_cells_beyond_the_header_is_one_finding(make_study: MakeStudy, check: Check):
    # The comma in the name moves every later cell to the right.
    actors = ACTORS + "case,Case, Inc.,丙厂,firm,local\nacme,Acme, Inc.,甲厂,firm,local\n"
    assert errors(check(make_study({"actors.csv": actors}))) == [("cells_beyond", (5, 6), "", "")]
    ties = TIES + "acme,acme,and,bolt,trust,1,achieved\nacme,bolt,trust,1,achieved,2\n"
    assert errors(check(make_study({"ties.csv": ties}))) == [("cells_beyond", (2,), "", "")]
    case = {
        "study.yaml": CASE,
        "actors.csv": ACTORS.replace("place\n", "place,note\n").replace("local\n", "local,4:1\n"),
    }
    assert errors(check(make_study({**case, "ties.csv": TIES + "acme,bolt,trust,1,achieved,2,x\n"}))) == [
        ("cells_beyond", (2,), "", "")
    ]


def test_a_cell_without_a_value_is_one_finding_and_the_rest_of_its_row_is_checked(
    make_study: MakeStudy, check: Check
):
    ties = TIES + "acme,#N/A,trust,1,achieved,#DIV/0!\nacme,bolt,trade,#REF!,achieved,\n"
    assert errors(check(make_study({"ties.csv": ties}))) == [
        ("error_value", (2,), "strength", "#DIV/0!"),
        ("error_value", (2,), "target", "#N/A"),
        ("error_value", (3,), "directed", "#REF!"),
        ("enum", (3,), "layer", "trade"),
    ]
    # Which actor is meant is not known: what refers to actors is not reported again.
    actors = ACTORS.replace("bolt,", "#NAME?,")
    found = check(make_study({"actors.csv": actors, "ties.csv": TIES + "acme,bolt,trust,1,achieved,2\n"}))
    assert errors(found) == [("error_value", (3,), "actor", "#NAME?")]
