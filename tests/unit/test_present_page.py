"""The parts of the page on networks: a census in two waves, a text and a sample, from their files to the tables that readers see."""

import html
import random
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from small_networks import edge_network

from gumflow.contract.model import Model
from gumflow.contract.scores import SCORE_KEY
from gumflow.contract.study import cells_table, find_study, tidy_study
from gumflow.contract.writing import settled
from gumflow.inference.export_estimates import export_tables
from gumflow.inference.layer_pairs import relate_layers
from gumflow.inference.value_capture import value_capture_table
from gumflow.measures.compute import Settings, measure_network
from gumflow.measures.registry import get_measure
from gumflow.measures.study import measure_study
from gumflow.mechanisms.evidence import coding_agreement, evidence_profile
from gumflow.mechanisms.external_linkage import chain_scores, ladder_scores
from gumflow.present import page_text
from gumflow.present.page import study_page
from gumflow.present.page_networks import CHANGES, EGO_MEANS, NETWORK_MEASURES, STATED, why
from gumflow.present.page_parts import number, with_interval
from gumflow.present.survey_tables import survey_tables

STUDY = """\
title: {{en: Valley study, zh: 山谷研究}}
grade: {grade}
boundary: census
clusters:
  valley: {{en: Valley, zh: 山谷, waves: {{w1: valley/1, w2: valley/2}}}}
  book: {{en: Book, zh: 书, boundary: text}}
  drawn: {{en: Drawn, zh: 抽样, boundary: sample}}
"""
KINDS = ("firm", "firm", "firm", "firm", "firm", "firm", "association", "government", "government")
ACTORS = "actor,label_en,label_zh,kind,place\n" + "".join(
    f"a{i},Actor {i},主体{i},{kind},local\n" for i, kind in enumerate(KINDS)
)
everywhere = pytest.mark.parametrize("language", ["en", "zh"])


def ties(seed: int, layers: tuple[str, ...] = ("knowledge", "trust", "influence")) -> str:
    draw = random.Random(seed)
    rows = {
        f"a{i},a{j},{layer},1,achieved"
        for layer in layers
        for i in range(len(KINDS))
        for j in range(len(KINDS))
        if i != j and draw.random() < 0.25
    }
    return "source,target,layer,directed,state\n" + "\n".join(sorted(rows)) + "\n"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, model: Model):
    folder = tmp_path_factory.mktemp("valley")
    answered = "".join(f"a{i},,1,{int(i not in (4, 5))}\n" for i in range(len(KINDS)))
    files = {
        "study.yaml": STUDY.format(grade="official"),
        "valley/1/ties.csv": ties(1),
        "valley/2/ties.csv": ties(2),
        "valley/2/roster.csv": "respondent,alter,asked,answered\n" + answered,
        "book/ties.csv": ties(3),
        "drawn/ties.csv": ties(4, ("knowledge",)),
        "drawn/roster.csv": "respondent,alter,asked,answered\n" + "".join(f"a{i},,1,1\n" for i in range(4)),
    }
    files |= {f"{place}/actors.csv": ACTORS for place in ("valley/1", "valley/2", "book", "drawn")}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    study = find_study(folder)
    tables, cells = tidy_study(study, model), cells_table(study)
    networks = {name: tables[name] for name in ("actors", "ties", "roster")}
    made = measure_study(cells, **networks, settings=Settings(draws=40), seed=5, single_layers=False)
    parts = [
        made.pop("scores"),
        relate_layers(cells, **networks, permutations=60, seed=5),
        evidence_profile(tables["statements"], model, cells),
        coding_agreement(tables["statements"], model, cells, 10, 1),
        ladder_scores(tables["facts"], cells),
        chain_scores(tables["chain"], cells),
    ]
    scores = settled(pd.concat(parts, ignore_index=True), SCORE_KEY)
    none = pd.DataFrame(columns=["cluster", "wave"])
    survey = {**tables, "cells": cells, "answers": none, "indicators": none}
    return {
        **tables,
        **made,
        **survey_tables(survey, tables["actors"], {}, 1),
        "scores": scores,
        "value_capture": value_capture_table(tables["facts"]),
        **export_tables(tables["exports"], cells, 2009),
        "cells": cells,
    }


def page(tables: dict[str, pd.DataFrame], model: Model, language: str) -> str:
    return html.unescape(study_page(tables, model, [], language))


@pytest.fixture(scope="module")
def pages(results, model: Model) -> dict[str, str]:
    return {language: page(results, model, language) for language in ("en", "zh")}


def section(text: str, name: str) -> str:
    found = re.search(rf'<h2 id="{name}">(.*?)(<h2|</body>)', text, re.S)
    return found.group(1) if found else ""


def tables_of(text: str) -> list[list[list[str]]]:
    """The cells of each table."""
    found = re.findall(r"<table>(.*?)</table>", text, re.S)
    return [
        [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r) for r in re.findall(r"<tr>(.*?)</tr>", t, re.S)]
        for t in found
    ]


def of(scores: pd.DataFrame, cluster: str, wave: str, layer: str, measure: str) -> pd.Series:
    rows = scores[(scores["cluster"] == cluster) & (scores["wave"] == wave) & (scores["layer"] == layer)]
    (found,) = (r for _, r in rows[rows["measure"] == measure].iterrows())
    return found


def test_the_table_of_a_census_holds_the_scores_with_their_intervals(results, pages: dict[str, str]) -> None:
    first = tables_of(section(pages["en"], "networks"))[0]
    assert first[0] == ["Measure", "Firm network", "Governance network", "Chain and network"]
    rows = {row[0]: row[1:] for row in first[1:]}
    for measure in ("actors", "ties", "density", "reciprocity_arc", "ei_index_group", "mean_distance"):
        shown = rows[get_measure(measure).label_en]
        for place, network in enumerate(("firm", "governance")):
            assert shown[place] == with_interval(of(results["scores"], "valley", "w1", network, measure))
    density = of(results["scores"], "valley", "w1", "governance", "density")
    low, high = (f"{density[c]:.2f}" for c in ("low", "high"))
    assert rows["Density"][1] == f"{density['value']:.2f} ({low} … {high})"
    assert rows["Density"][2].startswith("–")


@everywhere
def test_below_a_census_stands_what_its_intervals_mean_and_which_networks_have_no_tie(
    pages: dict[str, str], language
) -> None:
    shown = section(pages[language], "networks")
    # What holds for both waves is said once.
    assert shown.count(page_text.TEXT["interval_note"](language)) == 1
    assert shown.count(page_text.TEXT["ei_note"](language)) == 1
    untied = {
        "en": "No achieved tie is reported in: Association network, Government network.",
        "zh": "：行业协会网络、地方政府网络。",
    }
    assert shown.count(untied[language]) == 2


@everywhere
def test_a_text_has_counts_alone_and_one_sentence_says_why(pages: dict[str, str], language) -> None:
    shown = section(pages[language], "networks")
    name = {"en": "Book", "zh": "书"}[language]
    part = shown[shown.index(f"<h3>{name}</h3>") :].partition("<h3>")[2].partition("<h3>")[0]
    (table,) = tables_of(part)
    labels = [
        get_measure(m).label_zh if language == "zh" else get_measure(m).label_en for m in ("actors", "ties")
    ]
    assert [row[0] for row in table[1:]] == labels
    assert "–" not in {cell for row in table for cell in row}
    assert part.count(page_text.ONLY_STATED["text"](language)) == 1
    assert page_text.TEXT["interval_note"](language) not in part


def test_a_sample_has_means_over_those_asked(results, pages: dict[str, str]) -> None:
    shown = section(pages["en"], "networks")
    part = shown[shown.index("<h3>Drawn</h3>") :]
    rows = {row[0]: row[1:] for row in tables_of(part)[0][1:]}
    partners = of(results["scores"], "drawn", "1", "firm", "partners_mean")
    assert rows[get_measure("partners_mean").label_en][0] == with_interval(partners)
    assert get_measure("density").label_en not in rows
    assert page_text.ONLY_STATED["sample"].en in part
    assert page_text.TEXT["ego_note"].en in part


def test_layers_that_go_together_are_those_below_five_in_a_hundred(results, model: Model) -> None:
    scores = results["scores"].copy()
    pair = (
        (scores["unit"] == "knowledge | trust") & (scores["cluster"] == "valley") & (scores["wave"] == "w1")
    )
    others = (scores["measure"] == "layer_qap_p") & ~pair
    scores.loc[others, "value"] = 0.5
    scores.loc[pair & (scores["measure"] == "layer_qap_p"), "value"] = 0.0125
    shown = tables_of(section(page({**results, "scores": scores}, model, "en"), "ties"))
    (found,) = (table for table in shown if "p (QAP)" in table[0])
    r = float(scores.loc[pair & (scores["measure"] == "layer_qap_correlation"), "value"].iloc[0])
    jaccard = scores.loc[pair & (scores["measure"] == "layer_jaccard"), "value"].iloc[0]
    assert found[1:] == [["Knowledge – Trust", number(r), "0.0125", number(jaccard)]]


@everywhere
def test_those_who_broker_most_come_first_where_actors_may_be_shown(
    results, pages: dict[str, str], language
) -> None:
    text = section(pages[language], "roles")
    tables = tables_of(text)
    assert len(tables) == 2
    measures = results["actor_measures"]
    rows = measures[
        (measures["cluster"] == "valley") & (measures["wave"] == "w1") & (measures["layer"] == "governance")
    ]
    best = rows.sort_values(["brokerage_total", "actor"], ascending=[False, True]).iloc[0]
    label = {"en": "Actor ", "zh": "主体"}[language] + best["actor"][1:]
    roles = ("total", "coordinator", "consultant", "gatekeeper", "representative", "liaison")
    assert tables[0][1][0] == label
    assert tables[0][1][2:] == [str(int(best[f"brokerage_{role}"])) for role in roles]
    counted = [int(row[2]) for row in tables[0][1:]]
    assert counted == sorted(counted, reverse=True)


@everywhere
def test_a_confidential_study_names_no_broker(results, model: Model, language) -> None:
    secret = {name: t.assign(grade="survey") if "grade" in t else t for name, t in results.items()}
    text = page(secret, model, language)
    assert "Actor 1" not in text
    assert "主体1" not in text
    assert not tables_of(section(text, "roles"))
    assert section(text, "roles").count({"en": "Withheld: this study", "zh": "未公开"}[language]) == 2


def test_change_is_shown_for_the_later_wave(results, pages: dict[str, str]) -> None:
    text = section(pages["en"], "waves")
    assert "<h3>Valley (w2)</h3>" in text
    assert "<h3>Valley (w1)</h3>" not in text
    (table,) = tables_of(text)
    rows = {row[0]: row[1:] for row in table[1:]}
    assert table[0] == ["Measure", "Firm network", "Governance network"]
    for measure in ("actors_stayed", "ties_formed", "tie_jaccard"):
        scores = results["scores"]
        whole = scores[scores["category"] == ""]
        assert rows[get_measure(measure).label_en][0] == with_interval(
            of(whole, "valley", "w2", "firm", measure)
        )
    assert set(rows) <= {get_measure(m).label_en for m in CHANGES}


@everywhere
def test_answers_and_stability_are_told_of_a_census(results, pages: dict[str, str], language) -> None:
    text = section(pages[language], "response")
    # Two of nine did not answer; of the two ordered pairs between them one is tied, by a row without a reporter: 71 of 72 are observed.
    wanted = {"en": "78% of the actors answered; 99% of the pairs", "zh": "78%的主体作了回答；99%的主体对"}
    assert text.count(wanted[language]) == 1
    assert {"en": "100% of the actors answered", "zh": "100%的主体作了回答"}[language] in text
    stability = [t for t in tables_of(text) if len(t[0]) == 5]
    assert len(stability) == 2
    scores = results["scores"]
    rows = scores[
        (scores["measure"] == "rank_stability") & (scores["cluster"] == "valley") & (scores["wave"] == "w1")
    ]
    rows = rows[(rows["layer"] == "firm") & (rows["unit"] == "in_degree")].sort_values("category")
    assert stability[0][1][2:] == [with_interval(row) for row in rows.to_dict("records")]


def test_a_study_without_a_census_has_no_empty_sections(results, model: Model) -> None:
    alone = {
        name: t[t["cluster"] == "book"].reset_index(drop=True) if "cluster" in t else t
        for name, t in results.items()
    }
    text = page(alone, model, "en")
    assert section(text, "networks")
    for name in ("survey", "answers", "roles", "waves", "response"):
        assert not section(text, name)
        assert f"#{name}" not in text


FIGURE = '<svg width="255.1pt" height="50pt" xmlns="http://www.w3.org/2000/svg"/>'


def test_figures_stand_in_their_sections_and_sheets_that_only_give_a_reason_are_left_out(
    results, pages: dict[str, str], model: Model, tmp_path: Path
) -> None:
    shown = []
    for name in (
        "layers.valley.w1",
        "layers.book.1",
        "brokerage.valley.w2",
        "network_statistics.drawn.1",
        "network.book.1",
    ):
        path = tmp_path / f"{name}_en.svg"
        path.write_text(FIGURE, encoding="utf-8")
        shown.append(("networks", f"title of {name}", "caption", path))
    text = study_page(results, model, shown, "en")
    assert "title of layers.valley.w1" in section(text, "ties")
    assert "title of brokerage.valley.w2" in section(text, "roles")
    assert "title of network.book.1" in section(text, "networks")
    assert "title of layers.book.1" not in text
    assert "title of network_statistics.drawn.1" not in text


def test_every_reason_that_the_scores_give_has_its_words(results) -> None:
    rows = results["scores"]
    rows = rows[
        (rows["unit_kind"] == "network") & rows["measure"].isin({*NETWORK_MEASURES, *EGO_MEANS, *CHANGES})
    ]
    complete = rows["cluster"] == "valley"
    reasons = {why(reason) for reason in rows.loc[complete & (rows["withheld"] != ""), "withheld"]}
    assert {"not applicable", "undefined", "no_tie"} <= reasons <= set(page_text.WHY) - {"other"}
    few = edge_network([(0, 1), (1, 2)], 6, responded=[True, True, False, False, False, False])
    unknown = replace(few, response_known=False)
    given = [
        {why(r["withheld"]) for r in measure_network(n, Settings(draws=0)).rows if r["withheld"]}
        for n in (few, unknown)
    ]
    assert "few" in given[0]
    assert "other" not in given[0] | given[1]


def test_measures_of_the_page_are_declared_and_counts_come_first() -> None:
    assert NETWORK_MEASURES[: len(STATED)] == STATED
    for name in (*NETWORK_MEASURES, *EGO_MEANS, *CHANGES):
        assert get_measure(name).label_zh


def test_numbers_are_printed_with_as_many_digits_as_they_bear() -> None:
    nan = float("nan")
    cases = [((0.196, 0.133, 0.278), "0.20 (0.13 … 0.28)"), ((0.0269, 0.009, 0.077), "0.027 (0.009 … 0.077)")]
    cases += [
        ((42.0, nan, nan), "42"),
        ((-0.806, -0.94, -0.48), "−0.81 (−0.94 … −0.48)"),
        ((1.0, 1.0, 1.0), "1"),
        ((nan, nan, nan), "–"),
    ]
    for (value, low, high), text in cases:
        assert with_interval({"value": value, "low": low, "high": high}) == text
