"""The page's section on the mechanisms: the numbers of the scores with interval and n, reasons for what is missing, and statements."""

import math

import pandas as pd
import pytest
from small_scores import evidence_scores, mechanism_scores, of_mechanism, row

from gumflow.contract.model import load_model
from gumflow.present.page_mechanisms import HEADLINES, MODES, ROLES, SECTIONS, SHOWN, mechanism_blocks
from gumflow.present.page_parts import Block

MODEL = load_model()
everywhere = pytest.mark.parametrize("language", ["en", "zh"])
CELLS = pd.DataFrame(
    [
        {"cluster": "alder", "wave": wave, "boundary": "roster", "cluster_en": "Alder", "cluster_zh": "赤杨"}
        for wave in ("1", "2")
    ]
)
HELD = {
    "value": math.nan, "low": math.nan, "high": math.nan,
}  # fmt: skip


def blocks(scores: pd.DataFrame, language: str = "en", wave: str = "1") -> list[Block]:
    return mechanism_blocks(
        {"cells": CELLS, "scores": scores.assign(cluster="alder", wave=wave)}, MODEL, language
    )


def block(found: list[Block], title: str, language: str = "en", wave: str = "1") -> Block:
    name = {"en": "Alder", "zh": "赤杨"}[language]
    (one,) = (b for b in found if b["title"] == f"{name} ({wave}): {SECTIONS[title](language)}")
    return one


@everywhere
def test_parts_have_value_interval_and_n(language: str) -> None:
    table = block(blocks(mechanism_scores(), language), "parts", language)["table"]
    assert len(table["head"]) == 4
    rows = {tuple(r[:2]): r[2:] for r in table["rows"]}
    part = {"en": "Learning mechanism: Learning process", "zh": "集群学习运行机制：学习过程"}[language]
    words = {"en": "spillover", "zh": "知识溢出"}[language]
    assert rows[part, words] == ["1.30 (1.15 … 1.45)", "72"]
    # A unit is named in the first of its rows alone.
    conversion = {"en": "conversion", "zh": "知识转化"}[language]
    assert rows["", conversion] == ["0.97 (0.82 … 1.12)", "72"]
    assert table["notes"] == []


def test_every_number_belongs_to_its_cluster_and_wave() -> None:
    found = blocks(mechanism_scores(), wave="2")
    assert {b["title"].partition(":")[0] for b in found} == {"Alder (2)"}


@everywhere
def test_parts_of_social_capital_are_shown_and_ties_copied_by_layer(language: str) -> None:
    at = ("part", "social_capital.renewal", "ties_copied_share")
    layers = {"social": 0.61, "knowledge": 0.42, "trust": 0.23, "transaction": 0.99}
    rows = [of_mechanism(*at, value, 0.05) | {"layer": layer} for layer, value in layers.items()]
    rows += [
        of_mechanism("part", "social_capital.knowledge_sharing", "knowledge_mutuality_mean", 0.31, 0.05),
        of_mechanism("part", "social_capital.cost_reduction", "handshake_share_mean", 0.52, 0.05),
        of_mechanism("part", "social_capital.cost_reduction", "long_relations_mean", 0.73, 0.05),
    ]
    table = block(blocks(pd.DataFrame(rows), language), "parts", language)["table"]
    values = [r[2].split(" ")[0] for r in table["rows"]]
    assert values == ["0.31", "0.52", "0.73", "0.61", "0.42", "0.23"]
    names = [r[1] for r in table["rows"][3:]]
    words = {"en": ("personal", "knowledge", "trust"), "zh": ("私人", "知识", "信任")}[language]
    assert all(word in name for word, name in zip(words, names, strict=True))


REASONS = {
    "withheld: a text states some ties and answers and is silent on the rest, and X": "a text does not hold",
    "withheld: no question of the instruments asks it": "no question asks it",
    "withheld: 31% of the firms have a value, less than the 60% that": "too few firms answered",
    "withheld: no firm has a value": "no firm answered",
    "undefined: all are the same": "no value in this case",
    "withheld: something else": "the column withheld",
}


@pytest.mark.parametrize(("reason", "words"), REASONS.items())
def test_what_is_withheld_is_named_with_the_reason_in_plain_words(reason: str, words: str) -> None:
    scores = mechanism_scores()
    at = scores["measure"].isin(["knowledge_spillover_mean", "knowledge_harvest_mean"])
    scores.loc[at, list(HELD)] = math.nan
    scores.loc[at, "withheld"] = reason
    table = block(blocks(scores), "parts")["table"]
    assert not [r for r in table["rows"] if r[1] in ("spillover", "harvest")]
    (note,) = table["notes"]
    assert note.startswith("Withheld: spillover, harvest: ")
    assert words in note
    only = block(blocks(scores[at]), "parts")
    assert "table" not in only
    assert only["text"] == note


@everywhere
def test_roles_have_shares_and_say_how_stable_they_are(language: str) -> None:
    at = ("part", "learning.division")
    rows = [of_mechanism(*at, "cognitive_role_share", 0.1 + i / 50, 0.05, r) for i, r in enumerate(ROLES)]
    rows.append(of_mechanism(*at, "role_stability_mean", 0.75, 0.05))
    table = block(blocks(pd.DataFrame(rows), language), "division", language)["table"]
    assert [r[0] for r in table["rows"]] == [words(language) for words in ROLES.values()]
    assert table["rows"][0][1:] == ["0.10 (0.05 … 0.15)", "72"]
    assert "0.75 (0.70 … 0.80)" in table["notes"][0]


@everywhere
def test_who_governs_stands_apart_from_who_should(language: str) -> None:
    table = block(blocks(mechanism_scores(), language), "governance", language)["table"]
    assert [r[1:] for r in table["rows"]] == [
        ["0.44 (0.37 … 0.51)", "72", ""],
        ["0.31 (0.24 … 0.38)", "72", "72%"],
        ["0.25 (0.18 … 0.32)", "72", ""],
    ]
    assert MODES["firm_led"](language) in table["notes"][0]
    assert "0.13 (0.02 … 0.24)" in table["notes"][0]
    assert len(table["notes"]) == 2


@everywhere
def test_sources_that_name_different_leaders_are_said_to_disagree(language: str) -> None:
    leaders = ("firm_led", "association_led", "government_led")
    shares = {"influence": (0.5, 0.3, 0.2), "convenes": (0.3, 0.4, 0.3), "coordination": (0.7, 0.25, 0.05)}
    rows = [
        of_mechanism("factor", "governance", "governance_evidence", value, 0.05, f"{source}: {leader}")
        for source, given in shares.items()
        for leader, value in zip(leaders, given, strict=True)
    ]
    scores = pd.concat([mechanism_scores(), pd.DataFrame(rows)], ignore_index=True)
    note = block(blocks(scores, language), "governance", language)["table"]["notes"][1]
    assert "0.70 (0.65 … 0.75)" in note
    assert {"en": "name different leaders", "zh": "指向的主导者不同"}[language] in note
    scores.loc[scores["category"] == "convenes: firm_led", "value"] = 0.9
    note = block(blocks(scores, language), "governance", language)["table"]["notes"][1]
    assert {"en": "different leaders", "zh": "指向的主导者不同"}[language] not in note


def test_associations_that_lead_firms_lead_have_a_row_of_their_own_where_they_are_recommended() -> None:
    at = ("factor", "governance", "governance_should_lead")
    rows = [
        of_mechanism(*at, 0.75, 0.05, "association_led_by_lead_firms") | {"n": 12.0},
        of_mechanism(*at, 0.25, math.nan, "government_led") | {"n": 12.0},
    ]
    table = block(blocks(pd.DataFrame(rows)), "governance")["table"]
    assert [r[1] for r in table["rows"]] == ["", "", "25%", "75% (70% … 80%)"]
    assert table["rows"][3][0] == "associations that lead firms lead"
    few = pd.DataFrame([of_mechanism(*at, 1.0, 0.0, "firm_led") | {"n": 1.0}])
    assert block(blocks(few), "governance")["table"]["rows"][0][1] == "1/1"


def test_where_only_statements_speak_there_are_no_weights() -> None:
    scores = mechanism_scores()
    table = block(blocks(scores[scores["measure"] == "governance_should_lead"]), "governance")["table"]
    assert table["head"] == ["Led by", SECTIONS["should"].en]
    assert [r[1] for r in table["rows"]] == ["", "72%", ""]
    assert table["notes"][-1] == SECTIONS["only_said"].en


@everywhere
def test_statements_are_counted_for_mechanisms_and_their_parts(language: str) -> None:
    said = evidence_scores(MODEL)
    table = block(blocks(said, language), "said", language)["table"]
    units = [*MODEL.mechanisms, *MODEL.constructs_of_parts()]
    assert len(table["rows"]) == len(units)
    label = MODEL.mechanisms["innovation"].label(language)
    (line,) = (r for r in table["rows"] if r[0] == label)
    assert line[1:] == ["1", "2", "3", "4", "−0.60", "−0.65 … −0.55"]


def test_nothing_is_said_where_there_is_no_row_or_no_statement() -> None:
    assert blocks(mechanism_scores().iloc[:0]) == []
    silent = evidence_scores(MODEL).assign(value=0.0)
    assert blocks(silent) == []
    other = pd.DataFrame([row("firm", "density", 0.5, 0.4, 0.6)])
    assert blocks(other) == []


def test_headlines_name_units_of_the_model_once() -> None:
    parts = set(MODEL.mechanisms) | {f"{m.id}.{p}" for m in MODEL.mechanisms.values() for p in m.get("parts")}
    assert {h.unit for h in HEADLINES} <= parts
    keys = [(*h[:4], h.layer) for h in HEADLINES]
    assert len(keys) == len(set(keys))
    assert {h.measure for h in HEADLINES} <= SHOWN
    for headline in HEADLINES:
        assert headline.words.en.isascii()
        assert any(ord(c) > 0x2E7F for c in headline.words.zh)
