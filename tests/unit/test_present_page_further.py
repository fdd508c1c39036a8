"""The page's tables of chain, lead firms, policy and cluster: what was measured in a survey, and what a text states and where."""

import math

import pandas as pd
import pytest
from small_scores import evidence_scores, of_mechanism

from gumflow.contract.model import load_model
from gumflow.present.codebook import declared_measures
from gumflow.present.page_further import SECTIONS, SHOWN, category_words, further_block, stated_block
from gumflow.present.page_mechanisms import SECTIONS as PAGE_SECTIONS
from gumflow.present.page_mechanisms import mechanism_blocks, mechanisms_note

MODEL = load_model()
everywhere = pytest.mark.parametrize("language", ["en", "zh"])


def of(
    kind: str, unit: str, measure: str, value: float = math.nan, category: str = "", **more: object
) -> dict:
    return of_mechanism(kind, unit, measure, value, category=category) | more


def measured() -> pd.DataFrame:
    rows = [
        of("cluster", "alder", "cluster_origin", category="native"),
        of("cluster", "alder", "export_dependence", 0.7, low=0.6, high=0.8),
        of("part", "external_linkage.chain", "gvc_governance_share", 0.26, "captive", low=0.17, high=0.37),
        of("path", "functional", "path_gate_share", 0.29, "blocked", low=0.19, high=0.41),
        of("path", "functional", "path_gate_share", 0.0, "helped", low=0.0, high=0.05),
        of("path", "functional", "path_gate_share", 0.71, "unclassified", low=0.6, high=0.8),
        of("factor", "lead_firms", "lead_effect_ratio", 3.17, "talent", low=1.36, high=7.4),
        of("factor", "public_policy", "policy_implementation", 0.61, "input_supply", low=0.49, high=0.71),
        of(
            "factor",
            "public_policy",
            "policy_implementation",
            0.44,
            "input_supply.capital",
            low=0.3,
            high=0.5,
        ),
        of("factor", "public_policy", "policy_coverage", withheld="withheld: no question asks it"),
        *(of("coupling", f"pair {p}", "cross_lagged_p", p, "a > b") for p in (0.01, 0.2, 1.0)),
    ]
    return pd.DataFrame(rows)


def told() -> pd.DataFrame:
    rows = [
        of("cluster", "alder", "cluster_age", 20.0, method="as printed: more than this"),
        of("cluster", "alder", "driven_firm_share", 0.8, "buyer", method="as printed: more than this"),
        of("cluster", "alder", "export_dependence", 0.7, method="dependence on foreign trade, as printed: about this"),
        of("cluster", "alder", "firm_count", 1000.0, "2003", method="as published"),
        of("cluster", "alder", "path_order", category="process > product > functional > chain", method="from the driver that is stated: buyer (4.1 paragraph 4)"),
        of("path", "functional", "path_gate", category="blocked", method=(
            "what the source claims in general of captive chains, the type it names (4.3.2 paragraph 2); "
            "the source also says the opposite of this cluster (4.3.2 paragraphs 1, 3); balance +0.67, n 6")),
        of("factor", "governance", "governance_mode_stated", category="association_led_by_lead_firms", method="lead (4.2.5, paragraph 1)"),
        of("factor", "public_policy", "policy_content_done", 1.0, "environment", method="firms and statements"),
        of("factor", "public_policy", "policy_content_done", 0.0, "regional_brand", method="firms and statements"),
        of("factor", "public_policy", "policy_content_done", category="input_supply", withheld="withheld: only recommended"),
        of("cluster", "alder", "cluster_origin", withheld="withheld: no source states the origin"),
    ]  # fmt: skip
    return pd.DataFrame(rows)


@everywhere
def test_what_was_measured_has_interval_and_n(language: str) -> None:
    found = further_block(measured(), MODEL, language)
    assert found["title"] == SECTIONS["further"](language)
    values = [r[1:] for r in found["table"]["rows"]]
    native = {"en": "native", "zh": "原生型"}[language]
    assert values == [
        [native, "72"], ["0.70 (0.60 … 0.80)", "72"], ["0.26 (0.17 … 0.37)", "72"], ["0.29 (0.19 … 0.41)", "72"],
        ["3.17 (1.36 … 7.40)", "72"], ["0.61 (0.49 … 0.71)", "72"],
    ]  # fmt: skip
    path = MODEL.paths["functional"].label(language)
    assert path in found["table"]["rows"][3][0]
    assert found["table"]["notes"] == [
        SECTIONS["gate_note"](language), SECTIONS["two_way"](language).format(n=3, k=1),
    ]  # fmt: skip


@everywhere
def test_what_a_text_states_has_its_qualifier_and_its_place(language: str) -> None:
    table = stated_block(told(), MODEL, language)["table"]
    rows = [r[1:] for r in table["rows"]]
    order = " → ".join(path.label(language) for path in MODEL.paths.values())
    place = {"en": "{} paragraph {}", "zh": "{} 第{}段"}[language].format
    blocked = {
        "en": "blocked (the source also says the opposite of this cluster)",
        "zh": "受阻碍（资料对本集群另有相反说法）",
    }[language]
    hybrid = {"en": "led by associations that lead firms lead", "zh": "主导企业主导的行业协会型"}[language]
    done, lacking = {"en": ("done", "lacking"), "zh": ("已有", "缺乏")}[language]
    assert rows == [
        ["> 20", ""], ["1,000", ""], ["≈ 70%", ""], ["> 80%", ""], [order, place("4.1", "4")],
        [blocked, f"{place('4.3.2', '2')}; {place('4.3.2', '1, 3')}"], [hybrid, place("4.2.5", "1")], [done, ""], [lacking, ""],
    ]  # fmt: skip
    missing = table["notes"][-1]
    assert missing.startswith(SECTIONS["not_stated"](language))
    assert category_words("input_supply", MODEL, language) in missing
    assert category_words("environment", MODEL, language) not in missing


def test_without_a_row_that_has_a_value_there_is_no_table() -> None:
    for make, rows in ((further_block, measured()), (stated_block, told())):
        assert make(rows.iloc[:0], MODEL, "en") == {}
        held = rows.assign(value=math.nan, category="", withheld="withheld: a reason")
        assert make(held, MODEL, "en") == {}


@everywhere
def test_a_text_has_what_is_stated_and_its_withheld_list_last(language: str) -> None:
    at = {"cluster": "alder", "wave": "1"}
    silent = of(
        "mechanism",
        "learning",
        "mechanism_score",
        withheld="withheld: a text states some ties and is silent on the rest",
    )
    scores = pd.concat([told(), measured(), pd.DataFrame([silent]), evidence_scores(MODEL)]).assign(**at)
    cell = {"boundary": "text", "cluster_en": "Alder", "cluster_zh": "赤杨"} | at
    found = mechanism_blocks({"cells": pd.DataFrame([cell]), "scores": scores}, MODEL, language)
    titles = [b["title"].split("：" if "：" in b["title"] else ": ")[-1] for b in found]
    assert titles[-3:] == [
        {"en": "What the statements say of the mechanisms", "zh": "陈述对各机制的说明"}[language],
        SECTIONS["stated"](language),
        {"en": "Parts of the mechanisms", "zh": "各机制的组成部分"}[language],
    ]  # fmt: skip
    assert SECTIONS["further"](language) not in titles
    asked = mechanism_blocks(
        {"cells": pd.DataFrame([cell | {"boundary": "roster"}]), "scores": scores}, MODEL, language
    )
    titles = [b["title"].split(": ")[-1] for b in asked]
    assert SECTIONS["further"](language) in titles
    assert SECTIONS["stated"](language) not in titles


@everywhere
def test_the_page_of_texts_says_what_is_not_made_of_a_text(language: str) -> None:
    texts = pd.DataFrame({"boundary": ["text", "text"]})
    mixed = pd.DataFrame({"boundary": ["text", "census"]})
    assert mechanisms_note(texts) == "mechanisms_note_text"
    assert mechanisms_note(mixed) == "mechanisms_note"
    of_text = PAGE_SECTIONS["mechanisms_note_text"](language)
    assert {"en": "figures 2-5 to 2-8 of the book", "zh": "图2-5至图2-8"}[language] in of_text
    assert {"en": "firms that answered", "zh": "作答企业"}[language] not in of_text


def test_measures_that_are_shown_are_declared() -> None:
    assert {m.name for m in declared_measures()} >= SHOWN
