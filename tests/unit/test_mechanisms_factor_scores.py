"""Scores of firms on factors, parts and outcomes: equal weights of standardized constructs, over all waves, never across roles."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_clusters import MODEL, small_cluster

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import Bearing
from gumflow.measures.registry import measures_at
from gumflow.mechanisms.factor_scores import declare_scores, score_firms

DECLARED = {
    "edu": ("absorptive_capacity", "driver", 1),
    "lack": ("absorptive_capacity", "driver", -1),
    "ways": ("learning_mode", "driver", 1),
    "aside": ("learning_mode", "driver", 0),
    "design": ("functional_upgrading", "outcome", 1),
}
PLAIN = replace(MODEL, measures={})


def cluster(values, model=PLAIN, **more):
    made = small_cluster(size=len(next(iter(values.values()))), indicators=values, declared=DECLARED, **more)
    return replace(made, model=model)


def no_measures(*clusters):
    return [pd.DataFrame(index=c.firms) for c in clusters]


def z(x):
    x = np.asarray(x, dtype=float)
    return (x - np.nanmean(x)) / np.nanstd(x)


VALUES = {
    "edu": [1.0, 2, 3, 4, 9],
    "lack": [0.0, 1, 0, 1, 0],
    "ways": [5.0, 1, 2, 2, 0],
    "aside": [9.0, 0, 0, 0, 0],
    "design": [1.0, 0, 1, 0, 0],
}


def test_a_score_is_the_mean_of_its_constructs_each_the_mean_of_its_turned_items():
    found = score_firms([cluster(VALUES)], no_measures(cluster(VALUES)))[0].firms
    capacity = z((z(VALUES["edu"]) - z(VALUES["lack"])) / 2)
    expected = z((capacity + z(VALUES["ways"])) / 2)
    assert np.allclose(found["score_learning"], expected)
    assert np.allclose(found["score_learning_division"], capacity)
    assert np.allclose(found["score_learning_mode"], z(VALUES["ways"]))
    assert np.allclose(found["outcome_functional"], z(VALUES["design"]))
    assert found["score_innovation"].isna().all()
    assert found["score_learning_network"].isna().all()


def test_each_way_has_an_outcome_of_its_own_items_and_an_unfed_one_is_withheld():
    ways = {"level": "technical", "mark": "innovative", "rules": "social"}
    values = VALUES | {"level": [0.0, 1, 2, 3, 1], "mark": [1.0, 0, 0, 1, 1], "rules": [0.0, 0, 1, 1, 2]}
    declared = DECLARED | {name: (f"{way}_upgrading", "outcome", 1) for name, way in ways.items()}
    made = replace(small_cluster(size=5, indicators=values, declared=declared), model=PLAIN)
    found = score_firms([made], no_measures(made))[0]
    for name, way in ways.items():
        assert np.allclose(found.firms[f"outcome_{way}"], z(values[name]))
    assert found.firms["outcome_linkage"].isna().all()
    assert (
        next(r for r in found.rows if r["unit"] == "linkage")["withheld"] == "withheld: no firm has a value"
    )
    without = score_firms([cluster(VALUES)], no_measures(cluster(VALUES)))[0].firms
    drivers = [c for c in without if c.startswith("score_")]
    assert found.firms[drivers].equals(without[drivers])


def test_an_item_without_direction_and_an_outcome_move_no_driver():
    other = VALUES | {"aside": [0.0, 0, 0, 0, 7], "design": [0.0, 0, 0, 1, 1]}
    scores = [score_firms([cluster(v)], no_measures(cluster(v)))[0].firms for v in (VALUES, other)]
    drivers = [c for c in scores[0] if c.startswith("score_")]
    assert scores[0][drivers].equals(scores[1][drivers])
    assert not scores[0]["outcome_functional"].equals(scores[1]["outcome_functional"])


def test_waves_are_standardized_together_so_that_a_shift_shows():
    first = cluster(VALUES, wave="1")
    second = cluster({k: [x + 3 for x in v] for k, v in VALUES.items()}, wave="2")
    one, two = score_firms([first, second], no_measures(first, second))
    both = z([*VALUES["ways"], *(x + 3 for x in VALUES["ways"])])
    assert np.allclose(np.r_[one.firms["score_learning_mode"], two.firms["score_learning_mode"]], both)
    mean = next(r for r in two.rows if r["unit"] == "learning.mode")
    assert mean["value"] == pytest.approx(both[5:].mean())
    assert mean["low"] < mean["value"] < mean["high"]
    assert mean["n"] == 5
    assert mean["coverage"] == 1
    assert {r["unit_kind"] for r in one.rows} == {"mechanism", "factor", "part", "outcome"}
    assert {r["measure"] for r in one.rows} == {"mechanism_score"}


def test_what_only_one_wave_has_is_withheld_for_its_mean_is_0_by_construction():
    first = cluster({k: v for k, v in VALUES.items() if k != "ways"}, wave="1")
    second = cluster(VALUES, wave="2")
    one, two = score_firms([first, second], no_measures(first, second))
    held = {w: next(r for r in f.rows if r["unit"] == "learning.mode") for w, f in (("1", one), ("2", two))}
    assert held["1"]["withheld"] == "withheld: no firm has a value"
    assert held["2"]["withheld"] == "withheld: only one wave has it, so its mean is 0 by construction"
    assert (held["2"]["n"], held["2"]["coverage"]) == (5, 1)
    # The firms of that wave keep their scores, and what both waves have is compared.
    assert np.allclose(two.firms["score_learning_mode"], z(VALUES["ways"]))
    assert "value" in next(r for r in two.rows if r["unit"] == "learning.division")


def test_a_study_of_one_wave_has_scores_of_firms_and_no_means():
    found = score_firms([cluster(VALUES)], no_measures(cluster(VALUES)))[0]
    assert found.firms["score_learning"].notna().all()
    why = {r["unit"]: r["withheld"] for r in found.rows}
    assert why["learning"] == why["learning.mode"] == why["functional"]
    assert why["learning"].startswith("withheld: it compares the waves of a cluster")
    assert why["innovation"] == "withheld: no firm has a value"


def test_waves_without_firms_are_no_waves_to_compare():
    made = [cluster({k: [] for k in VALUES}, wave=w) for w in ("1", "2")]
    for found in score_firms(made, no_measures(*made)):
        assert {r["withheld"] for r in found.rows} == {"withheld: no firm has a value"}


def test_a_firm_needs_half_of_what_its_score_rests_on():
    values = VALUES | {
        "ways": [np.nan, 1, 2, 2, 0],
        "edu": [np.nan, 2, 3, 4, 9],
        "lack": [np.nan, 1, 0, 1, 0],
    }
    found = score_firms([cluster(values)], no_measures(cluster(values)))[0].firms["score_learning"]
    assert np.isnan(found.iloc[0])
    assert found.iloc[1:].notna().all()
    half = values | {"edu": [5.0, 2, 3, 4, 9]}
    assert score_firms([cluster(half)], no_measures(cluster(half)))[0].firms["score_learning"].notna().all()


def test_measures_of_the_model_count_like_indicators_and_unknown_ones_are_named():
    fed = replace(MODEL, measures={"harvest": Bearing("learning_mode", -1)})
    made = cluster(VALUES, model=fed)
    harvest = [1.0, 5, 2, 0, 0]
    table = pd.DataFrame({"harvest": harvest}, index=made.firms)
    found = score_firms([made], [table])[0].firms["score_learning_mode"]
    assert np.allclose(found, z((z(VALUES["ways"]) - z(harvest)) / 2))
    with pytest.raises(GumflowError, match="the model's measures harvest are computed by no mechanism"):
        score_firms([made], [table.rename(columns={"harvest": "yield"})])


@pytest.mark.parametrize("boundary", ["census", "sample", "text"])
def test_no_firm_one_firm_and_equal_firms_are_withheld_with_a_reason(boundary):
    for values in ({k: [] for k in VALUES}, {k: [1.0] for k in VALUES}, {k: [2.0] * 6 for k in VALUES}):
        made = cluster(values, boundary=boundary)
        found = score_firms([made], no_measures(made))[0]
        assert found.firms.isna().all().all()
        assert all(row["withheld"].startswith("withheld: ") for row in found.rows)


def test_every_score_of_firms_of_the_shipped_model_is_declared():
    declare_scores(MODEL)
    declared = {m.name for m in measures_at("firm")}
    assert set(score_firms([cluster(VALUES)], no_measures(cluster(VALUES)))[0].firms) <= declared
    expected = {
        "score_learning", "score_innovation", "score_external_linkage", "score_social_capital", "score_lead_firms",
        "score_public_policy", "score_governance", "score_learning_network", "score_learning_division", "score_learning_mode",
        "score_learning_process", "score_innovation_network_emergence", "score_social_capital_trust",
        "score_social_capital_knowledge_sharing", "score_social_capital_cost_reduction", "score_social_capital_renewal",
        "score_external_linkage_chain", "score_external_linkage_chain_network_interaction", "outcome_process", "outcome_product",
        "outcome_functional", "outcome_technical", "outcome_innovative", "outcome_linkage", "outcome_social", "outcome_value_capture",
    }  # fmt: skip
    assert {n for n in declared if n.startswith(("score_", "outcome_"))} == expected
