"""Who governs the four real clusters, and what policy there is, as their text has it."""

from pathlib import Path

import pandas as pd
import pytest

from gumflow.contract.model import load_model
from gumflow.contract.study import cells_table, find_study, tidy_study
from gumflow.mechanisms.cluster import MechanismSettings, clusters_of
from gumflow.mechanisms.governance import measure_governance
from gumflow.mechanisms.public_policy import measure_public_policy

HYBRID = "association_led_by_lead_firms"
CELL = ["study", "cluster", "wave"]
INDICATOR = ["respondent", "instrument", "indicator", "value", "construct", "role", "direction"]


@pytest.fixture(scope="module")
def found():
    model = load_model()
    study = find_study(Path(__file__).parents[2] / "resources" / "zhejiang")
    tables = {**tidy_study(study, model), "cells": cells_table(study)}
    tables |= {
        "indicators": pd.DataFrame(columns=[*CELL, *INDICATOR]),
        "answers": pd.DataFrame(columns=CELL),
    }
    clusters = clusters_of(tables, model, MechanismSettings(draws=10), seed=1)
    return {c.head["cluster"]: measure_governance(c).rows + measure_public_policy(c).rows for c in clusters}


def rows_of(rows, measure):
    return {row.get("category", ""): row for row in rows if row["measure"] == measure}


def values_of(rows, measure):
    return {category: row.get("value") for category, row in rows_of(rows, measure).items()}


def test_only_one_cluster_is_said_to_be_governed_and_by_an_association_of_lead_firms(found):
    modes = {cluster: list(rows_of(rows, "governance_mode_stated")) for cluster, rows in found.items()}
    assert modes.pop("wenzhou_lighters") == [HYBRID]
    assert modes == {"ningbo_apparel": [""], "shaoxing_textiles": [""], "yongkang_hardware": [""]}
    for cluster in modes:
        for measure in ("governance_mode_stated", "governance_stated_share"):
            assert "names nobody who governs it" in rows_of(found[cluster], measure)[""]["withheld"]
    own = rows_of(found["wenzhou_lighters"], "governance_stated_share")["association_led"]
    assert (own["value"], own["n"]) == (1, 5)


def test_the_hybrid_is_what_the_text_recommends_for_two_clusters(found):
    wishes = {cluster: values_of(rows, "governance_should_lead") for cluster, rows in found.items()}
    assert wishes["ningbo_apparel"] == {HYBRID: 1, "government_led": 0}
    assert wishes["yongkang_hardware"] == pytest.approx({HYBRID: 10 / 13, "government_led": 3 / 13})
    assert wishes["shaoxing_textiles"]["association_led"] == 1
    assert wishes["wenzhou_lighters"] == {"": None}


def test_ties_of_those_who_govern_leave_out_service_bodies_and_other_places(found):
    ties = {cluster: values_of(rows, "governance_stated_ties") for cluster, rows in found.items()}
    assert ties["wenzhou_lighters"] == {"firm_led": 4, "association_led": 4, "government_led": 3}
    assert ties["yongkang_hardware"] == {"firm_led": 0, "association_led": 0, "government_led": 1}
    assert ties["ningbo_apparel"] == {"firm_led": 0, "association_led": 0, "government_led": 2}
    assert ties["shaoxing_textiles"] == {"": None}


def test_recommended_policy_is_not_taken_as_absent(found):
    done = {cluster: values_of(rows, "policy_content_done") for cluster, rows in found.items()}
    assert (done["ningbo_apparel"]["environment"], done["ningbo_apparel"]["input_supply"]) == (None, None)
    assert (done["shaoxing_textiles"]["input_supply"], done["shaoxing_textiles"]["regional_brand"]) == (
        None,
        None,
    )
    assert (done["yongkang_hardware"]["regional_brand"], done["yongkang_hardware"]["input_supply"]) == (
        None,
        1,
    )
    governed = {cluster: contents["cluster_governance"] for cluster, contents in done.items()}
    assert [cluster for cluster, there in governed.items() if there] == ["wenzhou_lighters"]
    coverage = rows_of(found["shaoxing_textiles"], "policy_coverage")[""]
    assert (coverage["value"], coverage["low"], coverage["high"], coverage["n"]) == (0, 0, 0.4, 3)
