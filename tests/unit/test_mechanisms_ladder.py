"""The ladder from assembly to own brand, firm by firm, and its change between waves."""

import math

import numpy as np
import pytest
from scipy import stats
from small_clusters import small_cluster

from gumflow.mechanisms.ladder import ladder_rungs, measure_ladder

NAN = math.nan


def row(found, measure, category=None):
    (one,) = [r for r in found.rows if r["measure"] == measure and category in (None, r.get("category"))]
    return one


def test_the_rung_is_that_of_most_output_and_the_lower_of_equal_ones():
    given = {
        "s_oem": [0.8, 0.2, 0.1, 0.4, NAN, NAN, NAN, 0.9], "s_odm": [0.1, 0.5, 0.1, 0.4, NAN, NAN, NAN, NAN],
        "s_obm": [0.1, 0.3, 0.8, 0.2, NAN, NAN, NAN, 0.1], "ladder_business": [NAN, NAN, NAN, NAN, 1.0, 1 / 3, NAN, 1.0],
        "oea_hint": [0, 1, 1, 0, 1, 1, 1, 1],
    }  # fmt: skip
    made = small_cluster(size=8, indicators=given)
    # Assembly is a hint on OEM alone; without shares the main business decides.
    assert ladder_rungs(made).tolist() == pytest.approx([1, 2, 3, 1, 3, 0, NAN, 0], nan_ok=True)
    found = measure_ladder(made)
    assert found.firms["ladder_rung"].tolist() == pytest.approx([1, 2, 3, 1, 3, 0, NAN, 0], nan_ok=True)
    shares = [row(found, "ladder_rung_share", name)["value"] for name in ("oea", "oem", "odm", "obm")]
    assert shares == pytest.approx([2 / 7, 2 / 7, 1 / 7, 2 / 7])
    low, high = stats.binomtest(2, 7).proportion_ci(method="wilson")
    assert row(found, "ladder_rung_share", "obm")["low"] == pytest.approx(low)
    assert row(found, "ladder_rung_share", "obm")["high"] == pytest.approx(high)


def test_the_place_is_by_shares_and_else_by_business():
    made = small_cluster(
        size=4, indicators={"ladder": [0.4, NAN, 0.9, 0.6], "ladder_business": [1.0, 1 / 3, NAN, NAN]}
    )
    found = measure_ladder(made)
    place = np.array([0.4, 1 / 3, 0.9, 0.6])
    assert found.firms["ladder_place"].tolist() == pytest.approx(place.tolist())
    mean = row(found, "ladder_place_mean")
    low, high = stats.t.interval(0.95, 3, place.mean(), stats.sem(place))
    assert (mean["value"], mean["low"], mean["high"]) == pytest.approx(
        (place.mean(), max(0, low), min(1, high))
    )


def test_change_is_of_firms_with_a_place_in_both_waves():
    before = small_cluster(size=5, indicators={"ladder": [0.3, 0.4, 0.5, NAN, 0.9]}, wave="2007")
    now = small_cluster(
        size=6,
        indicators={
            "ladder": [0.4, 0.6, 0.5, 0.5, 0.8, 0.7],
            "ladder_change": [0.1, 0.0, 0.1, 0.0, 0.1, 0.0],
        },
        earlier=before,
    )
    found = measure_ladder(now)
    change = row(found, "ladder_change_mean", "since the wave before")
    each = np.array([0.1, 0.2, 0.0, -0.1])
    assert (change["value"], change["n"]) == (pytest.approx(each.mean()), 4)
    assert change["high"] == pytest.approx(stats.t.interval(0.95, 3, each.mean(), stats.sem(each))[1])
    assert row(found, "ladder_change_mean", "recalled")["value"] == pytest.approx(0.05)
    alone = row(measure_ladder(before), "ladder_change_mean", "since the wave before")
    assert alone["withheld"] == "withheld: there is no earlier wave of this cluster"
    few = small_cluster(size=5, indicators={"ladder": [0.4, NAN, NAN, 0.5, 0.8]}, earlier=before)
    assert (
        "2 firm(s) have a place"
        in row(measure_ladder(few), "ladder_change_mean", "since the wave before")["withheld"]
    )


def test_a_climb_of_all_firms_is_found_and_a_standstill_is_not():
    rng = np.random.default_rng(3)
    start = rng.uniform(0.2, 0.6, 50)
    before = small_cluster(size=50, indicators={"ladder": start}, wave="2007")
    for climb, found_it in ((0.1, True), (0.0, False)):
        later = np.clip(start + climb + rng.normal(0, 0.08, 50), 0, 1)
        change = row(
            measure_ladder(small_cluster(size=50, indicators={"ladder": later}, earlier=before)),
            "ladder_change_mean",
        )
        assert change["low"] <= climb <= change["high"]
        assert (change["low"] > 0) == found_it


def test_a_text_has_no_places_of_firms():
    found = measure_ladder(small_cluster(size=3, boundary="text", indicators={"ladder": [0.1, 0.2, 0.3]}))
    assert found.firms.isna().all(axis=None)
    assert [r["measure"] for r in found.rows] == ["ladder_place_mean"]
    assert found.rows[0]["withheld"].startswith("withheld: a text states some ties")
