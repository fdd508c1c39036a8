"""What leaves a study: public tables with their codebooks, the disclosure gate, and the page in both languages."""

import functools
import html
import re
from collections.abc import Callable

import pandas as pd
import pytest
from small_studies import STUDY

from gumflow.contract.model import Model
from gumflow.contract.scores import SCORE_KEY
from gumflow.contract.study import cells_table, find_study, tidy_study
from gumflow.contract.writing import read_table, settled, write_table, write_workbook
from gumflow.inference.export_estimates import export_tables
from gumflow.inference.value_capture import VERDICTS, value_capture_table
from gumflow.measures.compute import Settings
from gumflow.measures.study import measure_study
from gumflow.mechanisms.cluster import MechanismSettings, clusters_of
from gumflow.mechanisms.evidence import coding_agreement, evidence_profile
from gumflow.mechanisms.external_linkage import chain_scores, ladder_scores
from gumflow.mechanisms.study import measure_mechanisms, mechanism_tables
from gumflow.networks.layers import BOUNDARIES
from gumflow.present import page_text
from gumflow.present.codebook import declared_measures
from gumflow.present.disclosure import ACTOR_TABLES, PUBLIC_GRADES, shows_actors
from gumflow.present.exports import CONTENTS, measure_codebook, model_codebook, public_tables
from gumflow.present.page import study_page
from gumflow.present.survey_tables import survey_tables
from gumflow.present.wording import GRADES

TIES = "source,target,layer,directed,state\nacme,bolt,transaction,1,achieved\nsmall_firms,bolt,knowledge,1,recommended\n"
STATEMENTS = (
    "statement,document,section,sentence,coder,construct,state,polarity,strength\n"
    "a1,d,1.1,1,a,trust_norms,achieved,1,2\na2,d,1.1,2,a,none,,,\n"
    "b1,d,1.1,1,b,trust_norms,achieved,1,2\nb2,d,1.1,2,b,market_order,lacking,-1,2\n"
)
FACTS = "fact,what_en,value,unit,qualifier\noem_share_of_exports,OEM,80,percent,exact\n"
UNASKED = {
    "answers": ["respondent", "question", "alter", "option", "value", "text", "missing_reason"],
    "indicators": ["respondent", "instrument", "indicator", "value", "construct", "role", "direction"],
}
"""Columns of the tables of a survey, of which this study has none."""
SECRET = "Acme & <Sons>"


def results(folder, model: Model) -> dict[str, pd.DataFrame]:
    """Run every stage of a study as the rules do."""
    study = find_study(folder)
    tables, cells = tidy_study(study, model), cells_table(study)
    found = measure_study(
        cells, tables["actors"], tables["ties"], tables["roster"], Settings(draws=0), seed=2009
    )
    coded = tables["statements"]
    unasked = {name: pd.DataFrame(columns=["cluster", "wave", *columns]) for name, columns in UNASKED.items()}
    clusters = clusters_of({**tables, **unasked, "cells": cells}, model, MechanismSettings(draws=100), seed=1)
    mechanisms = mechanism_tables(clusters, measure_mechanisms(clusters))
    parts = [
        found["scores"],
        mechanisms["scores"],
        evidence_profile(coded, model, cells),
        coding_agreement(coded, model, cells, 100, 1),
        ladder_scores(tables["facts"], cells),
        chain_scores(tables["chain"], cells),
    ]
    scores = settled(pd.concat(parts, ignore_index=True), SCORE_KEY)
    made = {
        "scores": scores,
        "actor_measures": found["actor_measures"],
        "dyad_measures": found["dyad_measures"],
        "firm_scores": mechanisms["firms"],
        "value_capture": value_capture_table(tables["facts"]),
        **export_tables(tables["exports"], cells, 2009),
    }
    none = pd.DataFrame(columns=["cluster", "wave"])
    survey = {**tables, "cells": cells, "answers": none, "indicators": none}
    return {**tables, **made, **survey_tables(survey, tables["actors"], {}, 1), "cells": cells}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Callable[..., dict[str, pd.DataFrame]]:
    """Return the results of a small study of the given grade, with all its tables or from its actors alone."""

    @functools.cache
    def of(grade: str = "official", actors_alone: bool = False) -> dict[str, pd.DataFrame]:
        rows = [f"acme,{SECRET},甲厂,firm", "bolt,Bolt,乙厂,firm", "small_firms,Small,小企业,class"]
        actors = "actor,label_en,label_zh,kind,place,note\n" + "".join(f"{row},local,1:1\n" for row in rows)
        files = {"study.yaml": STUDY.replace("interview", grade), "actors.csv": actors}
        if not actors_alone:
            files |= {"ties.csv": TIES, "statements.csv": STATEMENTS, "facts.csv": FACTS}
        folder = tmp_path_factory.mktemp("study")
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return results(folder, model)

    return of


def test_actors_are_public_only_where_they_are_public_by_nature():
    assert (
        {grade for grade in GRADES if shows_actors(grade)}
        == {"case", "official", "synthetic"}
        == set(PUBLIC_GRADES)
    )
    assert not shows_actors("survey")
    assert not shows_actors("a grade of next year")


def test_public_tables_hold_all_that_the_first_sheet_lists(small, model: Model):
    tables = small("official")
    shown = public_tables(tables, model, "official")
    assert list(shown) == ["contents", *CONTENTS]
    contents = shown["contents"].set_index("sheet")
    assert list(contents.index) == list(CONTENTS)
    for name in CONTENTS:
        assert contents.loc[name, "rows"] == len(shown[name])
    assert set(contents["grade"]) == {"official"}
    assert shown["ties"]["target"].tolist() == ["bolt", "bolt"]


@pytest.mark.parametrize("grade", ["survey", "interview"])
def test_nothing_public_of_a_confidential_study_names_an_actor(small, model: Model, grade, tmp_path):
    shown = public_tables(small(grade), model, grade)
    assert not set(shown) & set(ACTOR_TABLES)
    contents = shown["contents"].set_index("sheet")
    for name in ACTOR_TABLES:
        assert contents.loc[name, "holds"].startswith("Withheld:")
        assert contents.loc[name, "rows"] == 0
    written = "".join(table.to_csv() for table in shown.values())
    for word in ("acme", SECRET, "甲厂", "bolt", "Bolt", "small_firms"):
        assert word not in written


def test_a_synthetic_study_carries_its_grade_in_every_table_of_results(small, model: Model):
    shown = public_tables(small("synthetic"), model, "synthetic")
    for name, table in shown.items():
        if name not in ("measures", "questions", "model") and len(table):
            assert set(table["grade"]) == {"synthetic"}, name


def test_the_codebook_explains_every_measure_that_a_table_gives(small, model: Model):
    tables = small()
    book = measure_codebook()
    assert book["measure"].tolist() == [m.name for m in declared_measures()]
    assert (book[["label_en", "label_zh", "definition", "formula", "source", "boundaries"]] != "").all(
        axis=None
    )
    keys = {"study", "cluster", "wave", "layer", "actor", "boundary", "grade"}
    assert set(tables["actor_measures"].columns) - keys <= set(book["measure"])
    assert book["measure"].is_unique


def test_the_model_sheet_says_what_each_construct_feeds(model: Model):
    book = model_codebook(model).set_index("construct")
    assert len(book) == len(model.constructs)
    assert book.loc["trust_norms", ["role", "factor", "way", "path"]].tolist() == [
        "driver",
        "social_capital",
        "",
        "",
    ]
    assert book.loc["chain_upgrading", ["role", "factor", "path"]].tolist() == ["outcome", "", "chain"]


def test_the_workbook_and_the_files_of_a_study_are_equal_when_made_twice(small, model: Model, tmp_path):
    shown = public_tables(small(), model, "official")
    for run in ("one", "two"):
        write_workbook({name: settled(t) for name, t in shown.items()}, tmp_path / run / "tables.xlsx")
        for name, table in shown.items():
            write_table(table, tmp_path / run / f"{name}.parquet")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert len(read_table(tmp_path / "one" / "scores.parquet")) == len(shown["scores"])


FIGURE = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def page(tables, model: Model, language: str, tmp_path) -> str:
    figure = tmp_path / "f.svg"
    figure.write_bytes(FIGURE)
    return study_page(tables, model, [("evidence", "A title", "A caption", figure)], language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_renders_from_small_tables(small, model: Model, language, tmp_path):
    text = page(small(), model, language, tmp_path)
    assert f'lang="{language}"' in text
    assert {"en": "Test study", "zh": "测试研究"}[language] in text
    assert {"en": "Who is most connected", "zh": "联系最多的行动者"}[language] in text
    assert "0.27 … 0.47" in text
    assert "data:image/svg+xml;base64," in text
    assert not re.search(r">(nan|None|<NA>)", text)
    assert not re.search(r"\bnan\b", text)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("grade", ["synthetic", "survey"])
def test_the_page_renders_from_actors_alone_and_is_marked_if_synthetic(
    small, model: Model, language, grade, tmp_path
):
    text = page(small(grade, actors_alone=True), model, language, tmp_path)
    assert ({"en": "SYNTHETIC DATA", "zh": "模拟数据"}[language] in text) == (grade == "synthetic")


def test_the_page_has_words_for_every_grade_boundary_and_verdict():
    assert set(page_text.GRADES) == set(GRADES)
    assert set(page_text.BOUNDARIES) == set(BOUNDARIES)
    assert set(page_text.VERDICTS) == set(VERDICTS)


def test_the_page_escapes_names_and_needs_no_other_file(small, model: Model, tmp_path):
    text = page(small(), model, "en", tmp_path)
    assert SECRET not in text
    assert html.escape(SECRET) in text
    assert not re.search(r"(src|href)=[\"'](?!data:|#)", text)
    assert "<script" not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_a_confidential_study_names_no_actor(small, model: Model, language, tmp_path):
    text = page(small("survey"), model, language, tmp_path)
    for word in ("Acme", "甲厂", "Bolt", "乙厂"):
        assert word not in text
    assert {"en": "Withheld: this study", "zh": "未公开"}[language] in text
