"""The declarations: complete, unique, found by name and level, and named in a test."""

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from small_networks import edge_network, make_network

from gumflow.contract.errors import GumflowError
from gumflow.measures import centrality, structure
from gumflow.measures.census import TRIADS
from gumflow.measures.egos import ALTER_COLUMNS, EGO_COLUMNS
from gumflow.measures.registry import (
    COMPLETE,
    GRAPH_LEVELS,
    Level,
    all_measures,
    get_measure,
    in_sentence,
    label_of,
    measure,
    measures_at,
    withheld_reason,
)
from gumflow.measures.roles import ROLES
from gumflow.present.codebook import declared_measures

LEVELS = get_args(Level)
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
    # The types of the triad census are known by names such as 021D.
    assert re.fullmatch(r"[a-z][a-z0-9_]+[A-Z]?", declared.name)


FAMILIES = {
    # Names that a test puts together: pattern of the names, the test file, and the line in it that goes through the family.
    rf"brokerage_({'|'.join(ROLES)}|total)(_sum)?(_expected|_z)?": ("test_measures_roles.py", "for role in (*ROLES, "),
    r"efficiency(_ego|_binary)?": ("test_measures_brokerage.py", 'for suffix in ("", "_ego", "_binary")'),
    rf"triad_({'|'.join(TRIADS)})": ("test_measures_census.py", "triad_{name}"),
    rf"({'|'.join((*EGO_COLUMNS, *ALTER_COLUMNS))})_mean": ("test_measures_egos.py", 'f"{name}_mean"'),
}  # fmt: skip
"""Families of measures whose single names no test spells out."""


def unnamed_in(text: str, files: dict[str, str]) -> list[str]:
    """Return the measures that no test names, neither by itself nor as one of a family that a test goes through."""

    def of_family(name: str) -> bool:
        return any(
            re.fullmatch(pattern, name) and line in files.get(file, "")
            for pattern, (file, line) in FAMILIES.items()
        )

    words = set(re.findall(r"\w+", text))
    own = [m for m in all_measures() if m.function.__module__.startswith("gumflow.")]
    return [m.name for m in own if m.name not in words and not of_family(m.name)]


def test_every_measure_is_named_in_a_test():
    # Files that list names without computing anything by another way are left out.
    silent = (Path(__file__).name, "test_measures_properties.py")
    files = {p.name: p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("test_*.py")}
    text = "\n".join(text for name, text in files.items() if name not in silent)
    assert unnamed_in(text, files) == []
    # Families let through what their tests go through, and nothing else.
    assert "brokerage_liaison_z" not in unnamed_in("", files)
    assert "brokerage_liaison_z" in unnamed_in("", files | {"test_measures_roles.py": ""})
    assert {"constraint", "density", "report_kappa"} <= set(unnamed_in("", files))


def test_labels_are_unique():
    for field in ("label_en", "label_zh"):
        labels = [getattr(m, field) for m in all_measures()]
        assert len(set(labels)) == len(labels)


def test_labels_within_sentences_are_small_unless_they_start_with_an_acronym_or_a_name():
    labels = {
        "Absorptive capacity": "absorptive capacity",
        "E-I index": "E-I index",
        "PageRank": "PageRank",
        "GVC position": "GVC position",
        "A firm": "a firm",
        "": "",
    }
    assert {label: in_sentence(label) for label in labels} == labels
    assert "PageRank" in withheld_reason("pagerank", plain("text"))
    # The codebook is imported here, so that the measures of mechanisms are declared.
    assert label_of("partner_knowledge_share") == "partners with whom knowledge is shared"
    assert label_of("score_learning") == "score: cluster learning"
    assert label_of("no_such_measure") == "no such measure"


def test_lookups_by_name_and_level():
    assert get_measure("constraint") in measures_at("actor")
    assert get_measure("density") in measures_at("network")
    assert {m for level in LEVELS for m in measures_at(level)} == set(all_measures())
    with pytest.raises(GumflowError, match=r"'betweeness'; did you mean betweenness"):
        get_measure("betweeness")
    with pytest.raises(
        GumflowError, match=r"level is 'farm'; allowed: actor, dyad, network, ego, firm, unit"
    ):
        measures_at("farm")


def plain(boundary="census", **changes):
    return replace(make_network([(0, 1), (1, 2), (2, 0)]), boundary=boundary, **changes)


def test_text_and_sample_bear_stated_ties_and_nothing_else():
    here = [m for m in all_measures() if m.function.__module__ in (centrality.__name__, structure.__name__)]
    for boundary in ("text", "sample"):
        network = plain(boundary)
        assert {m.name for m in here if withheld_reason(m, network) is None} == STATED
    for boundary in COMPLETE:
        networks = plain(boundary), plain(boundary, leaves_cluster=True)
        given = [m.level in GRAPH_LEVELS and m.largest is None for m in all_measures()]
        assert any(given)
        assert all(any(withheld_reason(m, n) is None for n in networks) for m in all_measures())


def test_a_reason_says_why_and_what_would_be_needed():
    text = withheld_reason("betweenness", plain("text"))
    assert text.startswith("withheld: a text states some ties")
    assert "betweenness rests on absent ties" in text
    assert "it would need a census of the cluster, or a roster" in text
    assert "only a sample of the actors was asked" in withheld_reason("density", plain("sample"))


def test_a_measure_is_not_given_on_a_network_for_which_it_is_not_defined():
    inside, chain = plain(), plain(leaves_cluster=True)
    for name in ("ei_index_group", "density"):
        assert withheld_reason(name, inside) is None
        assert withheld_reason(name, chain).startswith("not applicable: ")
    assert withheld_reason("ei_index_place", chain) is None
    assert withheld_reason("ei_index_place", inside).startswith("not applicable: ")
    assert withheld_reason("density", plain("text", leaves_cluster=True)).startswith(
        "not applicable: outside actors"
    )
    assert "the ties of this network have none" in withheld_reason("in_degree", plain(directed=False))
    assert withheld_reason("degree", plain(directed=False)) is None


def test_a_roster_needs_a_record_of_who_answered_and_enough_answers():
    unknown = plain("roster", response_known=False)
    assert "it would need roster.csv" in withheld_reason("density", unknown)
    assert withheld_reason("degree", unknown) is None
    half = plain("roster", responded=np.array([True, False, False]))
    assert withheld_reason("betweenness", half, gate=0.3) is None
    reason = withheld_reason("betweenness", half, gate=0.6)
    assert reason.startswith("withheld: 33% of the actors answered, less than the 60%")
    assert withheld_reason("density", half, gate=0.6) is None


def test_a_measure_that_would_take_too_long_says_so():
    size = get_measure("key_player_neg").largest + 1
    large = edge_network([(0, 1)], size=size)
    assert f"and this network has {size}" in withheld_reason("key_player_neg", large)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "degree"}, "the name is taken"),
        ({"source": " "}, "source is empty"),
        ({"boundaries": ("text",)}, "boundaries hold census and roster"),
        ({"boundaries": (*COMPLETE, "guess")}, "boundaries hold"),
        ({"scope": "inside"}, "why_not_elsewhere"),
        ({"scope": "firms", "why_not_elsewhere": "because"}, "scope is none of any, inside, chain"),
        ({"cost": "cheap"}, "cost is none of"),
        ({"reads": "some"}, "reads is none of"),
    ],
)
def test_an_unsound_declaration_is_refused_and_leaves_no_trace(change, message):
    before = all_measures()
    with pytest.raises(ValueError, match=message):
        measure(**(SOUND | change))(lambda network: None)
    assert all_measures() == before
