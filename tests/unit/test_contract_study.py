"""A study is found, read and tidied; what is wrong with its folder is a finding, never a crash. The shipped case study is sound."""

import re
import shutil
import warnings

import openpyxl
import pytest
from small_studies import ACTORS, ROOT, STUDY, Check, MakeStudy

from gumflow.contract.acceptance import OUTDATED, refusal
from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import findings_table
from gumflow.contract.model import Model
from gumflow.contract.study import cells_table, check_study, find_study, tidy_study
from gumflow.contract.tables import TABLES, table_contract
from gumflow.contract.writing import write_table
from gumflow.networks.building import build_network

TIES = "source,target,layer,directed,state,strength\nacme,bolt,transaction,1,achieved,\n"
TWO = STUDY + "  delta: {en: Delta, zh: 三角洲}\n"


def test_study_yaml_and_actors_are_enough(make_study: MakeStudy, model: Model):
    study = find_study(make_study())
    tables = tidy_study(study, model)
    assert study.problems == ()
    assert set(tables) == set(TABLES)
    assert {name: len(t) for name, t in tables.items() if len(t)} == {"actors": 3}
    for name, table in tables.items():
        wanted = {f.name for f in table_contract(name).fields}
        assert wanted | {"study", "cluster", "wave", "boundary", "grade"} <= set(table.columns)
    assert cells_table(study).to_dict("records") == [
        {
            "study": "study", "cluster": "valley", "wave": "1", "boundary": "sample", "grade": "interview", "cluster_en": "Valley",
            "cluster_zh": "山谷", "title_en": "Test study", "title_zh": "测试研究", "source_en": "", "source_zh": "",
            "group_by": "kind", "tie_rules": "", "instruments": "", "population": "",
            "break_year": "",
        }
    ]  # fmt: skip


def test_an_empty_table_has_the_types_of_a_full_one(make_study: MakeStudy, model: Model):
    empty = tidy_study(find_study(make_study()), model)["ties"]
    full = tidy_study(find_study(make_study({"ties.csv": TIES})), model)["ties"]
    assert len(full) == 1
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_a_folder_without_study_yaml_is_a_finding(make_study: MakeStudy, check: Check):
    (finding,) = check(make_study({"study.yaml": None}))
    assert (finding.rule, finding.file) == ("file_missing", "study.yaml")
    assert check(make_study() / "nowhere")[0].rule == "file_missing"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("grade:", "grad:", "unknown key 'grad' at the top level (did you mean 'grade'?)"),
        (
            "grade: interview",
            "grade: intervew",
            "'intervew' is not allowed; allowed: case, survey, interview",
        ),
        ("boundary: sample\n", "", "missing 'boundary'"),
        ("en: Valley, ", "", "clusters.valley: missing 'en'"),
        ("valley:", "Valley:", "'Valley' should be letters, digits and underscores"),
        ("{en: Valley", "{folder: 3, en: Valley", "clusters.valley.folder: 3 is not of type string"),
        ("boundary:", "grade: case\nboundary:", "key 'grade' stands twice"),
        ("title:", "1: x\nzz: y\ntitle:", "unknown key '1'"),
        ("title: {", "title: {{", "cannot be read"),
        (STUDY, "", "None is not of type object"),
        (STUDY, "- a\n- b\n", "is not of type object"),
    ],
)
def test_what_is_wrong_in_study_yaml_is_named(make_study: MakeStudy, check: Check, old, new, said):
    findings = check(make_study({"study.yaml": STUDY.replace(old, new, 1)}))
    assert {f.rule for f in findings} == {"study_file"}
    assert said in "\n".join(f.line() for f in findings)


def test_study_yaml_that_is_not_utf8_is_a_finding(make_study: MakeStudy, check: Check):
    assert [f.rule for f in check(make_study({"study.yaml": STUDY.encode("gb18030")}))] == ["study_file"]


def test_clusters_and_waves_that_look_like_numbers_or_truth_values_are_names(make_study: MakeStudy):
    text = STUDY.replace("valley: {", "no: {").replace("山谷}", "山谷, waves: {2008: w1, 2009: w2}}")
    folder = make_study({"study.yaml": text, "w1/actors.csv": ACTORS, "w2/actors.csv": ACTORS})
    study = find_study(folder)
    assert study.problems == ()
    assert [(c.cluster, c.wave, c.folder.name) for c in study.cells] == [
        ("no", "2008", "w1"),
        ("no", "2009", "w2"),
    ]


def test_a_table_both_as_csv_and_xlsx_is_an_error(make_study: MakeStudy, check: Check):
    folder = make_study()
    openpyxl.Workbook().save(folder / "actors.xlsx")
    assert [(f.severity, f.rule) for f in check(folder)] == [("error", "file_twice")]


def test_a_file_that_is_no_table_is_a_warning_with_the_nearest_name(make_study: MakeStudy, check: Check):
    (finding,) = check(
        make_study({"tie.csv": TIES, "notes.txt": "x", ".hidden.csv": "x", "~$actors.xlsx": "x"})
    )
    assert (finding.severity, finding.rule, finding.file) == ("warning", "file_unknown", "tie.csv")
    assert "ties.csv" in finding.line()


@pytest.mark.parametrize("name", ["ties.tsv", "ties.xls", "Tie.ods", "ties.txt", "ties"])
def test_a_table_in_a_file_that_is_not_read_is_a_warning_that_says_what_is_read(
    make_study: MakeStudy, check: Check, name
):
    (finding,) = check(make_study({name: TIES}))
    assert (finding.severity, finding.rule, finding.file) == ("warning", "file_unknown", name)
    assert "save it as ties.csv or ties.xlsx (only .csv and .xlsx files are read)" in finding.line()
    assert "另存为 ties.csv 或 ties.xlsx（只读取 .csv 和 .xlsx 文件）" in finding.texts()[3]


def test_other_files_beside_the_tables_are_left_alone(make_study: MakeStudy, check: Check):
    names = (
        "README.md",
        "ties.md",
        "ties.yaml",
        "ties.py",
        "ties.csv~",
        "~ties.tsv",
        "map.png",
        "events/a.tsv",
    )
    assert check(make_study(dict.fromkeys(names, "x"))) == []


def test_a_table_under_no_known_name_is_a_warning(make_study: MakeStudy, check: Check):
    (finding,) = check(make_study({"budget.csv": "a\n1\n"}))
    assert (finding.severity, finding.rule) == ("warning", "file_unknown")
    assert "save it under the name of a table; if not, leave it." in finding.line()


def test_xlsx_and_csv_give_equal_tables(make_study: MakeStudy, model: Model):
    by_csv = tidy_study(find_study(make_study({"ties.csv": TIES})), model)
    folder = make_study({"actors.csv": None})
    for name, text in (("actors", ACTORS), ("ties", TIES)):
        book = openpyxl.Workbook()
        for line in text.splitlines():
            book.active.append([int(c) if c.isdigit() else c or None for c in line.split(",")])
        book.save(folder / f"{name}.xlsx")
    by_xlsx = tidy_study(find_study(folder), model)
    for name in TABLES:
        assert by_csv[name].equals(by_xlsx[name]), name


def test_each_of_several_clusters_needs_a_folder_and_waves_name_theirs(
    make_study: MakeStudy, check: Check, model: Model
):
    # actors.csv beside study.yaml must not be taken for both clusters.
    found = check(make_study({"study.yaml": TWO, "valley/actors.csv": ACTORS}))
    assert [(f.rule, f.file) for f in found] == [("file_missing", "delta/actors.csv")]
    waves = STUDY.replace("山谷}", "山谷, boundary: census, waves: {a: one, b: two}}")
    folder = make_study(
        {"study.yaml": waves, "one/actors.csv": ACTORS, "two/actors.csv": ACTORS, "two/ties.csv": TIES}
    )
    tables = tidy_study(find_study(folder), model)
    assert tables["actors"].groupby("wave").size().to_dict() == {"a": 3, "b": 3}
    assert list(tables["ties"]["wave"]) == ["b"]
    assert set(tables["actors"]["boundary"]) == {"census"}


def test_ids_of_one_wave_are_not_known_in_another(make_study: MakeStudy, check: Check):
    waves = STUDY.replace("山谷}", "山谷, waves: {a: one, b: two}}")
    other = ACTORS.replace("bolt", "case")
    folder = make_study(
        {"study.yaml": waves, "one/actors.csv": ACTORS, "two/actors.csv": other, "two/ties.csv": TIES}
    )
    assert [(f.rule, f.file, f.value) for f in check(folder)][:1] == [("reference", "two/ties.csv", "bolt")]


def test_attributes_and_tables_of_some_clusters_only_join_without_warning(
    make_study: MakeStudy, model: Model
):
    more = "\n".join(line + (",employees" if i == 0 else ",10") for i, line in enumerate(ACTORS.splitlines()))
    folder = make_study(
        {"study.yaml": TWO, "valley/actors.csv": more, "delta/actors.csv": ACTORS, "delta/ties.csv": TIES}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tables = tidy_study(find_study(folder), model)
    assert list(tables["actors"]["employees"]) == ["", "", "", "10", "10", "10"]
    assert tables["ties"]["strength"].isna().all()
    assert tables["ties"]["directed"].dtype == bool


def test_labels_fall_back_on_each_other_and_on_the_id(make_study: MakeStudy, model: Model):
    actors = "actor,label_en,label_zh,kind,place\na,Acme,,firm,local\nb,,乙,firm,abroad\nc,,,firm,local\n"
    table = tidy_study(find_study(make_study({"actors.csv": actors})), model)["actors"]
    assert table[["label_en", "label_zh", "inside"]].to_numpy().tolist() == [
        ["Acme", "Acme", True], ["乙", "乙", False], ["c", "c", True],
    ]  # fmt: skip


def test_names_that_pandas_would_take_for_missing_stay_names(make_study: MakeStudy, model: Model):
    actors = "actor,label_en,kind,place\na,NA,firm,local\nnull,None,firm,local\n"
    table = tidy_study(find_study(make_study({"actors.csv": actors})), model)["actors"]
    assert table[["actor", "label_en"]].to_numpy().tolist() == [["a", "NA"], ["null", "None"]]


def test_a_study_with_errors_is_not_tidied_and_says_how_many(make_study: MakeStudy, model: Model):
    rows = "".join(f"acme,ghost{i},transaction,1,achieved,\n" for i in range(25))
    with pytest.raises(GumflowError, match="25 things to mend") as raised:
        tidy_study(find_study(make_study({"ties.csv": TIES + rows})), model)
    assert "ghost19" in str(raised.value)
    assert "and 5 more" in str(raised.value)


def test_a_refused_study_marks_the_results_of_an_accepted_one(make_study: MakeStudy, check: Check, tmp_path):
    table = tmp_path / "results" / "internal" / "check.csv"
    write_table(findings_table(check(make_study())), table)
    assert refusal(table) == ""
    mark = table.parent.parent / OUTDATED
    write_table(
        findings_table(check(make_study({"ties.csv": TIES + "acme,ghost,trust,1,achieved,\n"}))), table
    )
    assert "row 3, column target, value 'ghost'" in refusal(table)
    assert not mark.exists()
    (table.parent.parent / "public").mkdir()
    refusal(table)
    assert mark.is_file()
    write_table(findings_table(check(make_study())), table)
    assert refusal(table) == ""
    assert not mark.exists()


@pytest.fixture(scope="module")
def zhejiang(model: Model):
    study = find_study(ROOT / "resources" / "zhejiang")
    assert check_study(study, model) == []
    return tidy_study(study, model)


CLUSTERS = {"ningbo_apparel", "wenzhou_lighters", "yongkang_hardware", "shaoxing_textiles"}


def test_the_case_study_holds_what_the_book_tells(zhejiang):
    actors, ties = zhejiang["actors"], zhejiang["ties"]
    assert set(actors["cluster"]) == CLUSTERS
    assert {*actors["grade"]} == {"case"}
    assert {*actors["boundary"]} == {"text"}
    named = actors[~actors["kind"].isin(["class", "place"])]
    assert len(named) >= 75
    achieved = ties[ties["state"] == "achieved"]
    assert len(achieved) >= 85
    ends = {(c, a) for c, a in zip(named["cluster"], named["actor"], strict=True)}
    between = [
        (r["cluster"], r["source"]) in ends and (r["cluster"], r["target"]) in ends
        for r in achieved.to_dict("records")
    ]
    assert 18 <= sum(between) <= 24
    assert len(zhejiang["facts"]) >= 110


def test_each_coder_coded_every_sentence_of_chapter_four_and_the_agreed_coding_too(zhejiang):
    statements = zhejiang["statements"]
    chapter = statements[statements["section"].str.startswith("4.")]
    sentences = chapter.drop_duplicates(["coder", "section", "paragraphs", "sentence", "note"])
    assert sentences.groupby("coder").size().to_dict() == {"a": 543, "b": 543, "agreed": 543}


def test_the_three_shakeouts_of_the_lighter_trade_are_dated(zhejiang):
    events = zhejiang["events"]
    shakeouts = events[(events["cluster"] == "wenzhou_lighters") & (events["kind"] == "shakeout")]
    assert list(shakeouts["date"].str[:4]) == ["1993", "2001", "2007"]


def test_recommendations_are_counted_apart_and_help(zhejiang):
    statements = zhejiang["statements"]
    recommended = statements[statements["state"] == "recommended"]
    assert len(recommended) > 100
    assert set(recommended["polarity"]) == {1.0}


def test_only_achieved_ties_of_the_case_study_enter_its_networks(zhejiang):
    ties, actors = zhejiang["ties"], zhejiang["actors"]
    assert set(ties["state"]) == {"achieved", "partial", "lacking", "recommended"}
    for cluster in CLUSTERS:
        mine = ties[ties["cluster"] == cluster]
        network = build_network(actors[actors["cluster"] == cluster], mine, "chain_network", "text")
        arcs = {
            (network.actors[i], network.actors[j])
            for i, j in zip(network.source, network.target, strict=True)
        }
        achieved = mine[mine["state"] == "achieved"]
        said = set(zip(achieved["source"], achieved["target"], strict=True))
        assert arcs
        assert arcs <= said | {(b, a) for a, b in said}


def test_no_cell_of_the_case_study_quotes_the_book_at_length(zhejiang):
    for path in sorted((ROOT / "resources" / "zhejiang").rglob("*.csv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for cell in re.split(r'[,"]', line):
                assert len(re.findall(r"[\u4e00-\u9fff]", cell)) <= 40, (path.name, cell)


def test_the_case_study_copied_elsewhere_gives_the_same_tables(zhejiang, model: Model, tmp_path):
    shutil.copytree(ROOT / "resources" / "zhejiang", tmp_path / "zhejiang")
    again = tidy_study(find_study(tmp_path / "zhejiang"), model)
    assert all(again[name].equals(zhejiang[name]) for name in TABLES)
