"""The declarations: complete, unique, found by name and level, and named in a test."""

import re
from pathlib import Path

import pytest

from gumflow.contract.errors import GumflowError
from gumflow.measures import centrality, structure
from gumflow.measures.registry import (
    COMPLETE,
    all_measures,
    get_measure,
    measure,
    measures_at,
    withheld_reason,
)
from gumflow.networks.layers import BOUNDARIES, NETWORKS
from gumflow.present.codebook import declared_measures

LEVELS = ("actor", "dyad", "network", "unit", "cluster", "count")
STATED = {
    "in_degree",
    "out_degree",
    "degree",
    "in_strength",
    "out_strength",
    "strength",
    "actors",
    "ties",
    "loops_dropped",
}
SOUND = {
    "name": "a_new_measure",
    "level": "actor",
    "label_en": "New",
    "label_zh": "新",
    "definition": "What it is.",
    "formula": "x",
    "source": "Somebody 2000",
    "boundaries": COMPLETE,
    "cost": "linear",
}


@pytest.mark.parametrize("declared", declared_measures(), ids=lambda m: m.name)
def test_a_measure_says_what_it_is_and_where_it_comes_from(declared):
    assert declared.definition.endswith(".")
    assert declared.formula
    assert re.search(r"\b(18|19|20)\d\d\b", declared.source), "a source has a year"
    assert declared.function.__doc__
    assert declared.label_en.isascii()
    assert any("\u4e00" <= character <= "\u9fff" for character in declared.label_zh)
    assert set(COMPLETE) <= set(declared.boundaries)
    assert re.fullmatch(r"[a-z][a-z0-9_]+", declared.name)


def test_every_measure_is_named_in_a_test():
    folder = Path(__file__).parent
    # This file is left out: it lists names without computing anything.
    text = "\n".join(p.read_text(encoding="utf-8") for p in folder.glob("test_*.py") if p != Path(__file__))
    unnamed = [m.name for m in all_measures() if not re.search(rf"\b{m.name}\b", text)]
    assert unnamed == []


def test_labels_are_unique():
    for field in ("label_en", "label_zh"):
        labels = [getattr(m, field) for m in all_measures()]
        assert len(set(labels)) == len(labels)


def test_lookups_by_name_and_level():
    assert get_measure("constraint") in measures_at("actor")
    assert get_measure("density") in measures_at("network")
    assert {m for level in LEVELS for m in measures_at(level)} == set(all_measures())
    with pytest.raises(GumflowError, match=r"'betweeness'; did you mean betweenness"):
        get_measure("betweeness")
    with pytest.raises(
        GumflowError, match=r"level is 'firm'; allowed: actor, dyad, network, unit, cluster, count"
    ):
        measures_at("firm")


def test_text_and_sample_bear_stated_ties_and_nothing_else():
    here = [m for m in all_measures() if m.function.__module__ in (centrality.__name__, structure.__name__)]
    for boundary in ("text", "sample"):
        assert {m.name for m in here if withheld_reason(m, boundary) is None} == STATED
    for boundary in COMPLETE:
        assert all(withheld_reason(m, boundary) is None for m in all_measures())


def test_a_reason_says_why_and_what_would_be_needed():
    text = withheld_reason("betweenness", "text")
    assert text.startswith("withheld: a text states some ties")
    assert "betweenness rests on absent ties" in text
    assert "it would need a census of the cluster, or a roster" in text
    assert "only a sample of the actors was asked" in withheld_reason("density", "sample")


def test_a_measure_is_not_given_on_a_network_for_which_it_is_not_defined():
    assert withheld_reason("ei_index_place", "census", "chain_network") is None
    for network in NETWORKS:
        inside = network != "chain_network"
        assert (withheld_reason("ei_index_kind", "census", network) is None) == inside
        assert (withheld_reason("ei_index_place", "census", network) is None) == (not inside)
        assert (withheld_reason("density", "census", network) is None) == inside
    assert withheld_reason("density", "text", "chain_network").startswith("not applicable: outside actors")


def test_an_unknown_boundary_is_refused():
    with pytest.raises(GumflowError, match=f"boundary is 'survey'; allowed: {', '.join(BOUNDARIES)}"):
        withheld_reason("degree", "survey")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "degree"}, "the name is taken"),
        ({"source": " "}, "source is empty"),
        ({"boundaries": ("text",)}, "boundaries hold census and roster"),
        ({"boundaries": (*COMPLETE, "guess")}, "boundaries hold"),
        ({"networks": ("firm",)}, "why_not_elsewhere"),
        ({"networks": ("firms",), "why_not_elsewhere": "because"}, "networks are some of"),
        ({"cost": "cheap"}, "level or cost"),
    ],
)
def test_an_unsound_declaration_is_refused_and_leaves_no_trace(change, message):
    before = all_measures()
    with pytest.raises(ValueError, match=message):
        measure(**(SOUND | change))(lambda network: None)
    assert all_measures() == before
