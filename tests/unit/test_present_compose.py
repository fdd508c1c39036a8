"""From a study's tables to a planned figure: the rows of the cell, the labels of waves, and a note where nothing can be shown."""

import ast
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from small_scores import layer_scores, network_scores, role_scores

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import load_model
from gumflow.present import compose
from gumflow.present.catalog import CATALOG, NOT_COMPLETE, figure_parts, figure_texts, planned_figures
from gumflow.present.compose import compose_figure
from gumflow.present.disclosure import WITHHELD

MODEL = load_model()
TABLES = sorted({table for entry in CATALOG.values() for table in entry.tables})


def cells(*waves: str, grade: str = "case", boundary: str = "text") -> pd.DataFrame:
    """Two clusters, the first with each of the waves."""
    rows = [("alder", wave) for wave in waves] + [("birch", waves[0])]
    table = pd.DataFrame(rows, columns=["cluster", "wave"])
    return table.assign(
        study="s",
        boundary=boundary,
        group_by="kind",
        grade=grade,
        cluster_en=table["cluster"].str.title(),
        cluster_zh=table["cluster"].map({"alder": "赤杨", "birch": "白桦"}),
        source_en="the source",
        source_zh="资料",
    )


def tables(of: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables of a study that has actors, ties, events and chain in every cell, and nothing else."""
    keys = of[["cluster", "wave"]]
    actors = [("f", "Firm {}", "企业{}", "firm", "local"), ("g", "Bureau {}", "局{}", "government", "local")]
    actor = pd.DataFrame(actors, columns=["actor", "label_en", "label_zh", "kind", "place"])
    tie = pd.DataFrame(
        [("g", "f", "policy", 1, "achieved")], columns=["source", "target", "layer", "directed", "state"]
    )
    event = pd.DataFrame(
        [("e", "2001", "", "founding", "Founded {}", "设立{}")],
        columns=["event", "date", "date_to", "kind", "label_en", "label_zh"],
    )
    chain = pd.DataFrame(
        [("driver", "", "", "buyer", "")], columns=["item", "stage", "aspect", "category", "remark"]
    )
    facts = pd.DataFrame(
        columns=["cluster", "wave", "what_en", "what_zh", "value", "unit", "qualifier", "year"]
    )
    empty = pd.DataFrame(columns=["cluster", "wave"])
    out = dict.fromkeys(TABLES, empty) | {"cells": of, "facts": facts}
    for name, table in (("actors", actor), ("ties", tie), ("events", event), ("chain", chain)):
        crossed = keys.merge(table, how="cross")
        for label in ("label_en", "label_zh"):
            if label in crossed:
                crossed[label] = [
                    text.format(wave) for text, wave in zip(crossed[label], crossed["wave"], strict=True)
                ]
        out[name] = crossed
    return out


def shown(figure: Figure) -> list[str]:
    texts = figure.findobj(Text)
    return [t.get_text() for t in texts if t.get_visible() and t.get_text().strip()]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("figure", ["model", "profiles", "constructs", "ladder"])
def test_without_input_a_figure_is_a_sheet_that_says_so(figure: str, language: str) -> None:
    of = cells("1", grade="synthetic")
    drawn = "".join(shown(compose_figure(figure, tables(of), MODEL, language))).replace(" ", "")
    for part in (
        figure_texts(figure, of, language)[0],
        CATALOG[figure].lacking(language),
        {"en": "Source: the source", "zh": "来源：资料"}[language],
        "SYNTHETIC DATA / 模拟数据",
    ):
        assert part.replace(" ", "") in drawn


def test_figures_of_single_actors_are_withheld_where_firms_were_promised_silence() -> None:
    of = cells("1", grade="survey")
    for figure in ("network.alder.1", "timeline.alder.1"):
        drawn = " ".join(shown(compose_figure(figure, tables(of), MODEL, "en")))
        assert WITHHELD.en in drawn
        assert "Firm" not in drawn
        assert "Founded" not in drawn
    assert "buyer-driven" in shown(compose_figure("chain", tables(of), MODEL, "en"))


def test_a_figure_of_one_cluster_has_its_rows_alone() -> None:
    drawn = " ".join(shown(compose_figure("network.alder.2", tables(cells("1", "2")), MODEL, "en")))
    assert "Firm 2" in drawn
    assert "Firm 1" not in drawn
    assert "Governance network: Alder" in drawn


def test_waves_of_one_cluster_are_rows_of_their_own_that_name_the_wave() -> None:
    of = cells("2009", "2015")
    drawn = shown(compose_figure("chain", tables(of), MODEL, "en"))
    assert [t for t in drawn if t.startswith(("Alder", "Birch"))] == ["Alder (2009)", "Alder (2015)", "Birch"]
    assert "赤杨 (2015)" in shown(compose_figure("chain", tables(of), MODEL, "zh"))
    assert figure_texts("network.alder.2015", of, "en")[0] == "Governance network: Alder (2015)"
    assert figure_texts("network.birch.2009", of, "en")[0] == "Governance network: Birch"
    drawn = shown(compose_figure("network.alder.2015", tables(of), MODEL, "en"))
    assert "Governance network: Alder (2015)" in drawn
    assert "大事记：赤杨 (2009)" in shown(compose_figure("timeline.alder.2009", tables(of), MODEL, "zh"))


def test_planned_figures_are_those_that_can_be_composed() -> None:
    names = planned_figures([("alder", "1"), ("birch", "1")])
    assert len(names) == len(set(names)) == 5 + 15 * 2
    for name in names:
        assert isinstance(compose_figure(name, tables(cells("1")), MODEL, "en"), Figure)
    for wrong in ("radar", "network", "ladder.alder.1"):
        with pytest.raises(GumflowError, match="There is no figure"):
            figure_parts(wrong)


RESTING_ON_ABSENT_TIES = ("network_statistics", "layers", "brokerage")


def test_figures_that_rest_on_absent_ties_are_planned_for_a_census_or_roster_alone() -> None:
    assert tuple(e.id for e in CATALOG.values() if e.complete) == RESTING_ON_ABSENT_TIES
    for boundary, planned in (("census", True), ("roster", True), ("text", False), ("sample", False)):
        names = planned_figures([("alder", "1", boundary)])
        assert [f"{name}.alder.1" in names for name in RESTING_ON_ABSENT_TIES] == [planned] * 3
        assert {"ladder", "network.alder.1", "timeline.alder.1"} <= set(names)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("boundary", ["text", "sample"])
@pytest.mark.parametrize("name", RESTING_ON_ABSENT_TIES)
def test_where_only_stated_ties_are_known_their_sheet_says_why_they_are_not_drawn(
    name: str, boundary: str, language: str
) -> None:
    of = cells("1", boundary=boundary)
    given = tables(of) | {
        "scores_networks": cross(of, network_scores()),
        "scores_layers": cross(of, layer_scores()),
    }
    drawn = "".join(shown(compose_figure(f"{name}.alder.1", given, MODEL, language))).replace(" ", "")
    assert NOT_COMPLETE[boundary](language).replace(" ", "") in drawn


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_census_has_them_drawn_or_is_told_what_is_lacking(language: str) -> None:
    of = cells("1", "2", boundary="census", grade="survey")
    scores = pd.concat([network_scores(), role_scores()])
    full = tables(of) | {"scores_networks": cross(of, scores), "scores_layers": cross(of, layer_scores())}
    bare = tables(of) | {"scores_networks": cross(of, scores[scores["layer"] == "chain_network"])}
    reason = layer_scores().iloc[:1].assign(unit_kind="network")
    bare["scores_layers"] = cross(of, reason)
    for name in RESTING_ON_ABSENT_TIES:
        lacking = CATALOG[name].lacking(language).replace(" ", "")
        title = figure_texts(f"{name}.alder.2", of, language)[0]
        drawing = shown(compose_figure(f"{name}.alder.2", full, MODEL, language))
        assert title.replace(": ", {"en": ": ", "zh": "："}[language]) in drawing
        assert lacking not in "".join(drawing).replace(" ", "")
        sheet = shown(compose_figure(f"{name}.alder.2", bare, MODEL, language))
        assert lacking in "".join(sheet).replace(" ", "")


def cross(of: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    return of[["cluster", "wave"]].merge(scores, how="cross")


def test_the_figures_that_show_actors_are_those_drawn_from_tables_of_actors() -> None:
    per_actor = {e.id for e in CATALOG.values() if {"actors", "events"} & set(e.tables)}
    assert set(compose.SHOWS_ACTORS) == per_actor


def test_entries_of_the_catalog_speak_both_languages() -> None:
    for name, entry in CATALOG.items():
        assert entry.id == name
        for words in (entry.title, entry.caption, entry.lacking):
            assert words.en.isascii() or "−" in words.en
            assert any(ord(c) > 0x2E7F for c in words.zh)
        assert 2 <= entry.caption.zh.count("。") <= 5


def test_the_catalog_is_light_because_the_workflow_reads_it() -> None:
    code = "import sys, gumflow.present.catalog; print([m for m in ('matplotlib', 'pandas') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(out.stdout) == []


def test_the_package_of_the_figures_imports_none_of_them() -> None:
    init = Path(compose.__file__).parent / "figures" / "__init__.py"
    assert [type(n).__name__ for n in ast.parse(init.read_text(encoding="utf-8")).body] == ["Expr"]
