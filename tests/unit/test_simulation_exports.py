"""Synthetic answers in the forms of survey tools: read back they are the same, as far as the tool can tell, and look as the tools write."""

import copy
import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from small_studies import ROOT

from gumflow.contract.study import find_study
from gumflow.intake.answer_checks import settle_answers
from gumflow.intake.answers import apply_mapping
from gumflow.intake.dialects import read_answers
from gumflow.intake.mapping import read_mapping
from gumflow.simulation.constructs import load_item_parameters
from gumflow.simulation.drawing import draw_study
from gumflow.simulation.exports import write_answers, write_wenjuanxing
from gumflow.simulation.fieldwork import draw_fieldwork, truth_of_answers, write_fieldwork
from gumflow.simulation.parameters import load_parameters
from gumflow.simulation.write import write_study

FOLDER: Path = ROOT / "config" / "simulation"


@pytest.fixture(scope="module")
def fieldwork():
    parameters = copy.deepcopy(dict(load_parameters(FOLDER / "demo.yaml")))
    for own in parameters["clusters"].values():
        own["firms"] = 20
    return draw_fieldwork(draw_study(parameters, 3), load_item_parameters(FOLDER / "items.yaml"))


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def read_back(returned, path: Path, mapping: Path | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return settled answers and identities of a file, with actor ids in place of labels."""
    export, findings = read_answers([path], lambda p: p.name)
    table, more = read_mapping(mapping, lambda p: p.name) if mapping else (None, [])
    mapped = apply_mapping(export, table, returned.instruments)
    ids = {label: actor for actor, label in returned.labels.items()}

    def known(column: pd.Series) -> pd.Series:
        names = column.astype("str")
        return names.map(ids).fillna(names).astype("str")

    respondents = mapped.respondents.assign(respondent=known(mapped.respondents["respondent"]))
    answers = mapped.answers.assign(
        respondent=known(mapped.answers["respondent"]), alter=known(mapped.answers["alter"])
    )
    settled, wrong = settle_answers(answers, returned.instruments, respondents)
    told = [f for f in [*findings, *more, *mapped.findings, *wrong] if f.rule != "personal_dropped"]
    assert [f.line() for f in told] == []
    return settled, mapped.identities


def comparable(answers: pd.DataFrame, returned) -> pd.DataFrame:
    """Return answers as text, in order; names in own words as they were written, unless they are a label."""
    ids = {label: actor for actor, label in returned.labels.items()}
    about = answers["alter"].astype("str")
    if "named_as" in answers:
        about = answers["named_as"].where(answers["named_as"] != "", about)
    table = answers.assign(alter=about.map(ids).fillna(about), value=answers["value"].fillna(-1))
    key = ["respondent", "question", "option", "alter"]
    columns = [*key, "value", "text", "missing_reason"]
    table = table.astype(dict.fromkeys([*key, "text", "missing_reason"], "str"))
    return table.sort_values(key)[columns].reset_index(drop=True)


def as_told(answers: pd.DataFrame, returned, dialect: str) -> pd.DataFrame:
    """Return what a dialect can tell of the answers: see the docstring of the module that writes them."""
    items = {i.id: i for instrument in returned.instruments for i in instrument.items.values()}
    out = answers.copy()
    kind = out["question"].map(lambda q: items[q].type)
    relations = {i: item.relation for i, item in items.items() if item.relation}
    of_named = out["question"].map(lambda q: q in relations and relations[q].alters == "named")
    roster = out["question"].map(lambda q: q in relations and relations[q].alters == "roster")
    none = (out["value"] == 0) & (out["option"] == "") & (out["alter"] == "")
    lost = none & kind.eq("several") if dialect == "wenjuanxing" else out["value"].isna() & (kind == "")
    if dialect.startswith(("plain", "kobo")):
        lost = of_named & (out["missing_reason"] == "not_asked")
    if dialect == "kobo":
        lost |= none & roster
    out.loc[lost, "value"], out.loc[lost, "missing_reason"] = float("nan"), "not_answered"
    # What nobody answered at all has no column that could be left blank.
    named = set(out.loc[out["missing_reason"] == "", "question"])
    nobody = kind.eq("relation") & ~out["question"].isin(named) & out["missing_reason"].eq("not_answered")
    return out[~nobody]


@pytest.mark.parametrize(
    ("dialect", "cluster"),
    [("plain_wide", "apparel"), ("plain_long", "hardware"), ("kobo", "hardware"), ("wenjuanxing", "apparel")],
)
def test_written_and_read_back_the_answers_are_the_same(fieldwork, tmp_path, dialect, cluster):
    returned = fieldwork.returned[cluster, "2007"]
    path, *mapping = write_answers(returned, dialect, tmp_path)
    settled, identities = read_back(returned, path, mapping[0] if mapping else None)
    settled = settled[settled["missing_reason"] != "not_in_export"]
    written = as_told(returned.answers, returned, dialect)
    # Items that nobody answered, or in which nobody was named, have no columns or rows.
    held = set(settled["question"].astype("str"))
    assert len(set(written["question"]) - held) <= 4
    written = written[written["question"].isin(held)]
    pd.testing.assert_frame_equal(comparable(written, returned), comparable(settled, returned))
    # 问卷星 says by the firm's name who answered, so that the name is no answer to a question besides.
    expected = returned.identities
    if dialect == "wenjuanxing":
        expected = expected[~expected["question"].str.endswith(".name")].assign(
            respondent=expected["respondent"].map(returned.labels)
        )
    pairs = [
        set(t[["respondent", "question", "text"]].astype("str").itertuples(index=False, name=None))
        for t in (identities, expected)
    ]
    assert pairs[0] == pairs[1]
    assert pairs[0]


def test_wenjuanxing_as_codes_reads_back_the_same(fieldwork, tmp_path):
    returned = fieldwork.returned["hardware", "2009"]
    path = tmp_path / "answers.csv"
    mapping = write_wenjuanxing(returned, path, text=False)
    mapping.to_csv(tmp_path / "mapping.csv", index=False)
    cells = {c for row in rows_of(path)[1:] for c in row}
    assert {"-3", "-2"} <= cells
    assert not any("(" in c for c in cells)
    settled, _ = read_back(returned, path, tmp_path / "mapping.csv")
    settled = settled[settled["missing_reason"] != "not_in_export"]
    written = as_told(returned.answers, returned, "codes")
    written = written[written["question"].isin(set(settled["question"].astype("str")))]
    beside = written["option"] != ""
    written = written.assign(text=written["text"].where(~beside, ""))
    pd.testing.assert_frame_equal(comparable(written, returned), comparable(settled, returned))


def test_wenjuanxing_looks_as_the_tool_writes_it(fieldwork, tmp_path):
    returned = fieldwork.returned["hardware", "2009"]
    path, _ = write_answers(returned, "wenjuanxing", tmp_path)
    header, *rows = rows_of(path)
    assert header[:6] == ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
    assert all(re.fullmatch(r"\d+、.+|第\d+题\(.+\)", h) for h in header[6:])
    assert all(re.fullmatch(r"192\.0\.2\.\d+", row[5]) for row in rows)
    assert [row[0] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    cells = {c for row in rows for c in row}
    assert {"(跳过)", "(空)"} <= cells
    assert any("┋" in c for c in cells)
    assert any("→" in c for c in cells)
    assert any(c.endswith("其他〖演示说明〗") for c in cells)


def test_kobo_looks_as_the_tool_writes_it(fieldwork, tmp_path):
    import openpyxl

    returned = fieldwork.returned["hardware", "2007"]
    (path,) = write_answers(returned, "kobo", tmp_path)
    book = openpyxl.load_workbook(path)
    form = [list(r) for r in book.worksheets[0].iter_rows(values_only=True)]
    header = form[0]
    assert header[:5] == ["start", "end", "submitted", "consent", "respondent"]
    assert header[-1] == "_index"
    joined = header.index("yongkang_hardware_firm/YK31")
    split = [
        header.index(f"yongkang_hardware_firm/YK31/{o}")
        for o in ("hiring", "peer_information", "peer_visits", "other")
    ]
    for row in form[1:]:
        ticks = set((row[joined] or "").split())
        if row[split[0]] is not None:
            assert ticks == {header[at].rpartition("/")[2] for at in split if row[at] == 1}
    assert "yongkang_hardware_firm/YK03_question/YK03_jobs_parts/YK03_jobs_workers" in header
    repeat = book["R01_each"]
    names = [c.value for c in repeat[1]]
    assert names == ["relational_module_firms/R01_each/R01_alter", "relational_module_firms/R01_each/R01_value", "_index", "_parent_table_name", "_parent_index", "_submission__id", "_submission__uuid"]  # fmt: skip
    uuid, respondent = header.index("_uuid"), header.index("respondent")
    parents = {row[-1]: (row[uuid], row[respondent]) for row in form[1:]}
    told = {
        (parents[r[4]][1], r[0], r[1])
        for r in repeat.iter_rows(min_row=2, values_only=True)
        if parents[r[4]][0] == r[6]
    }
    true = returned.answers[(returned.answers["question"] == "R01") & (returned.answers["alter"] != "")]
    assert told == {(r.respondent, r.alter, f"{r.value:g}") for r in true.itertuples()}
    # What is asked about those named in one item lies in that item's entries.
    assert any(c.value.endswith("/R10_design_value") for c in book["R10_share_each"][1])
    assert any(c.value.endswith("/R07_years_value") for c in book["R07_years_each"][1])
    assert "R08_hired_each" not in book.sheetnames


def test_nothing_in_the_identities_is_real(fieldwork):
    for returned in fieldwork.returned.values():
        by = {
            q: part["text"]
            for q, part in returned.identities.groupby(returned.identities["question"].str[5:])
        }
        assert set(by) == {"name", "address", "contact"}
        assert by["name"].str.startswith("演示").all()
        assert by["address"].str.startswith("演示").all()
        assert by["contact"].str.fullmatch(r"000-\d{7}").all()
        assert set(returned.identities["respondent"]) == set(returned.answers["respondent"])


@pytest.mark.parametrize("dialect", ["plain_long", "kobo"])
def test_same_answers_same_bytes(fieldwork, tmp_path, dialect):
    returned = fieldwork.returned["apparel", "2009"]
    first, second = (write_answers(returned, dialect, tmp_path / name) for name in ("a", "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_a_study_with_its_answers_is_whole(fieldwork, tmp_path):
    out = tmp_path / "demo"
    write_study(fieldwork.study, truth_of_answers(fieldwork)["calibration"], out)
    write_fieldwork(fieldwork, out)
    files = {
        p.relative_to(out).as_posix() for p in out.rglob("*") if p.name.startswith(("answers", "mapping"))
    }
    assert files == {
        "apparel/2007/answers.csv", "apparel/2009/answers.csv", "hardware/2007/answers.xlsx", "hardware/2009/answers.csv",
        "hardware/2009/mapping.csv",
    }  # fmt: skip
    study = find_study(out)
    assert [f.line() for f in study.problems] == []
    assert all(len(cell.answer_files) == 1 for cell in study.cells)
    for name, table in truth_of_answers(fieldwork).items():
        read = pd.read_csv(out / "truth" / f"{name}.csv", encoding="utf-8-sig")
        assert len(read) == len(table) > 0
    scores = pd.read_csv(out / "truth" / "constructs.csv", encoding="utf-8-sig")
    kept = scores[(scores["cluster"] == "apparel") & (scores["wave"] == 2007)].set_index("actor")["learning"]
    true = fieldwork.latents["apparel", "2007"].scores["learning"]
    assert kept.to_dict() == pytest.approx(true.to_dict())


def test_a_cell_without_a_stated_form_is_a_plain_long_table(fieldwork, tmp_path):
    items = dict(fieldwork.items) | {"exports": {"apparel": {"2007": "kobo"}}}
    write_fieldwork(draw_fieldwork(fieldwork.study, items), tmp_path)
    assert (tmp_path / "apparel" / "2007" / "answers.xlsx").is_file()
    head = (tmp_path / "hardware" / "2009" / "answers.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert head.split(",")[:2] == ["respondent", "question"]
