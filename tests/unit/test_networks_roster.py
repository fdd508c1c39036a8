"""The roster: who was asked, who answered, and which pairs were on nobody's list."""

import itertools

import numpy as np
import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.networks import roster as module
from gumflow.networks.building import build_network
from gumflow.networks.observation import is_observed, observed_pairs
from gumflow.networks.roster import unasked_pairs, with_responses

NAMES = np.array(["a", "b", "c", "d"])
ACTORS = pd.DataFrame({"actor": NAMES, "kind": "firm", "inside": True})


def roster(*rows):
    table = pd.DataFrame(rows, columns=["respondent", "alter", "asked", "answered"])
    return table.astype({"respondent": "str", "alter": "str", "asked": "float64", "answered": "float64"})


def pairs(table, side):
    source, target = unasked_pairs(table, NAMES, side)
    return {(NAMES[i], NAMES[j]) for i, j in zip(source, target, strict=True)}


def by_hand(table, side):
    """Say pair by pair, as the docstring does, who told and whether one that told was asked about it."""
    rows = table.to_dict("records")

    def told(one):
        return any(r["respondent"] == one and r["answered"] == 1 for r in rows)

    def seen(one, other):
        own = [r for r in rows if r["respondent"] == one]
        about = [r for r in own if r["alter"] == other]
        if about:
            return told(one) and about[-1]["asked"] != 0 and about[-1]["answered"] == 1
        return told(one) and any(r["alter"] == "" for r in own)

    found = set()
    for a, b in itertools.permutations(NAMES, 2):
        ends = {
            "sender": [(a, b)],
            "receiver": [(b, a)],
            "either": [(a, b), (b, a)],
            "both": [(a, b), (b, a)],
        }[side]
        every = all if side == "both" else any
        if every(told(one) for one, _ in ends) and not every(seen(*end) for end in ends):
            found.add((a, b))
    return found


def test_an_empty_roster_says_nothing():
    assert with_responses(ACTORS, roster()) is ACTORS
    assert pairs(roster(), "sender") == set()


def test_who_has_no_row_was_not_asked_and_did_not_answer():
    table = with_responses(ACTORS, roster(("a", "", np.nan, 1), ("b", "", np.nan, 0)))
    assert table["approached"].tolist() == [True, True, False, False]
    assert table["responded"].tolist() == [True, False, False, False]


def test_a_common_list_leaves_no_pair_off():
    everyone = roster(*((name, "", np.nan, 1) for name in NAMES))
    for side in ("sender", "receiver", "either", "both"):
        assert pairs(everyone, side) == set()


def test_names_that_were_left_off_a_list_are_unasked():
    table = roster(("a", "", np.nan, 1), ("a", "b", 0, 1), ("b", "", np.nan, 1), ("c", "a", 1, 1))
    assert pairs(table, "sender") == {("a", "b"), ("c", "b"), ("c", "d")}
    assert pairs(table, "receiver") == {("b", "a"), ("b", "c"), ("d", "c")}
    # b was asked about a, and a about c and d; nobody told of c and d but c, who was not asked about d.
    assert pairs(table, "either") == {("c", "d"), ("d", "c")}


def test_an_alter_left_unanswered_tells_as_little_as_one_left_off():
    table = roster(("a", "b", 1, 1), ("a", "c", 1, 0), ("a", "d", 1, 1))
    assert pairs(table, "sender") == {("a", "c")}


@pytest.mark.parametrize("side", ["sender", "receiver", "either", "both"])
@pytest.mark.parametrize("seed", range(6))
def test_random_rosters_agree_with_the_pairs_by_hand(seed, side):
    rng = np.random.default_rng(seed)
    rows = []
    for name in NAMES:
        answered = float(rng.random() < 0.7)
        if rng.random() < 0.4:
            rows.append((name, "", np.nan, answered))
        for other in NAMES:
            if other != name and rng.random() < 0.4:
                rows.append((name, other, rng.choice([0.0, 1.0, np.nan]), answered))
    table = roster(*rows)
    if (table["alter"] != "").any():
        assert pairs(table, side) == by_hand(table, side)


def test_networks_know_which_pairs_were_observed():
    ties = pd.DataFrame(
        [("a", "b", "knowledge", True, "achieved", np.nan, "sender")],
        columns=["source", "target", "layer", "directed", "state", "strength", "observed_by"],
    )
    table = roster(("a", "b", 1, 1), ("b", "", np.nan, 1), ("c", "", np.nan, 0))
    network = build_network(ACTORS, ties, "knowledge", "roster", roster=table)
    assert network.response_known
    source, target = map(np.array, zip(*itertools.permutations(range(4), 2), strict=True))
    seen = is_observed(network, source, target)
    found = {(NAMES[i], NAMES[j]) for i, j, s in zip(source, target, seen, strict=True) if s}
    assert found == {("a", "b"), ("b", "a"), ("b", "c"), ("b", "d")}
    assert observed_pairs(network) == 4
    assert network.response_rate == pytest.approx(2 / 3)


def test_lists_that_differ_are_refused_for_too_many_actors(monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 3)
    with pytest.raises(GumflowError, match="up to 3 actors, and there are 4"):
        unasked_pairs(roster(("a", "b", 1, 1)), NAMES, "sender")
    assert len(unasked_pairs(roster(("a", "", 1, 1)), NAMES, "sender")[0]) == 0
