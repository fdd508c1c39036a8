"""The five elements of an innovator, and Schumpeter's kinds of innovation."""

import numpy as np
import pandas as pd
import pytest
from small_clusters import small_cluster

from gumflow.mechanisms.innovation_elements import (
    innovation_kinds,
    innovator_elements,
    kind_made,
    measure_elements,
)

ELEMENTS = (
    "innovator_technical_capability",
    "innovator_technical_knowledge",
    "innovator_economic_knowledge",
    "innovator_investment",
    "innovator_cooperation",
    "innovator_score",
)


def rows_of(cluster):
    table = pd.DataFrame(measure_elements(cluster).rows)
    for column in ("category", "withheld"):
        table[column] = table[column].fillna("") if column in table else ""
    return table.set_index(["measure", "category"]).sort_index()


def test_elements_by_hand():
    nan = np.nan
    indicators = {
        "ac_tech": [0.2, 0.4, nan],
        "tech_level": [1.0, nan, nan],
        "deficit": [0.5, nan, 0.25],
        "ac_edu": [0.3, 0.1, nan],
        "source_breadth": [0.6, nan, nan],
        "info_gap": [1.0, 0.0, nan],
        "rd": [1.0, 0.0, 1.0],
        "own_source": [1.0, 0.0, nan],
        "collab": [0.5, 1.0, nan],
    }
    answers = [
        (0, "NB20", "", "patents_foreign", 1),
        (1, "NB20", "", "", 0),
        (0, "R04.fields", 1, "process", 1),
    ]
    cluster = small_cluster({"innovation": [(0, 1)]}, size=3, indicators=indicators, answers=answers)
    found = innovator_elements(cluster)
    assert tuple(found) == ELEMENTS
    # One of two items is enough for the first element; the level of technology is an outcome and none of them.
    np.testing.assert_allclose(found["innovator_technical_capability"], [(0.2 + 0.5) / 2, 0.4, 0.75])
    # Fields of knowledge: one, one, none.
    np.testing.assert_allclose(
        found["innovator_technical_knowledge"], [(0.3 + 0.6 + 0.5) / 3, (0.1 + 0.5) / 2, nan]
    )
    np.testing.assert_allclose(found["innovator_economic_knowledge"], [0, 1, nan])
    np.testing.assert_allclose(found["innovator_investment"], [(1 + 1 + 0.5) / 3, 0, nan])
    np.testing.assert_allclose(found["innovator_cooperation"], [0.5, 0.75, 0])
    assert found["innovator_score"][1] == pytest.approx((0.4 + 0.3 + 1 + 0 + 0.75) / 5)
    assert np.isnan(found["innovator_score"][2])


def test_an_item_that_nobody_was_asked_is_no_gap():
    cluster = small_cluster(size=4, indicators={"rd": [1, 0, 1, 1], "own_source": [1, 1, 0, 0]})
    found = innovator_elements(cluster)
    np.testing.assert_allclose(found["innovator_investment"], [1, 0.5, 0.5, 0.5])
    assert np.isnan(found["innovator_cooperation"]).all()
    assert np.isnan(found["innovator_score"]).all()


def test_planted_innovation_shows_in_the_score():
    """Eight items that rest on one latent state: the score follows it, and an item of no bearing changes nothing."""
    correlations = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        latent = rng.standard_normal(100)

        def item(loading, rng=rng, latent=latent):
            noisy = loading * latent + np.sqrt(1 - loading**2) * rng.standard_normal(100)
            return (noisy > 0).astype(float)

        names = (
            "ac_tech",
            "ac_edu",
            "source_breadth",
            "buyer_market",
            "market_spread",
            "rd",
            "own_source",
            "collab",
        )
        cluster = small_cluster(
            size=100, indicators={name: item(0.6) for name in names} | {"ladder": rng.random(100)}
        )
        score = innovator_elements(cluster)["innovator_score"]
        correlations.append(np.corrcoef(score, latent)[0, 1])
    assert np.mean(correlations) > 0.7


def test_better_answers_never_lower_an_element():
    rng = np.random.default_rng(3)
    base = {
        name: rng.random(20) * 0.5
        for name in ("ac_tech", "ac_edu", "rd", "own_source", "collab", "buyer_market")
    }
    lacks = {"deficit": rng.random(20), "info_gap": rng.random(20)}
    low = innovator_elements(small_cluster(size=20, indicators=base | lacks))
    high = innovator_elements(
        small_cluster(
            size=20, indicators={k: v * 2 for k, v in base.items()} | {k: v / 2 for k, v in lacks.items()}
        )
    )
    for name in ELEMENTS:
        assert (high[name] >= low[name]).all()
        assert ((low[name] >= 0) & (high[name] <= 1)).all()


RENEWED = [
    (0, "NB24", "", "own_design", 1),
    (0, "NB24", "", "process", 1),
    (1, "NB24", "", "quality", 1),
    (2, "NB24", "", "equipment", 1),
    (2, "NB24", "", "process", 1),
    (3, "NB24", "", "other", 1),
]


def test_kinds_of_innovation_by_hand():
    cluster = small_cluster(size=5, answers=RENEWED)
    np.testing.assert_array_equal(kind_made(cluster, "new_product"), [1, 1, 0, 0, np.nan])
    np.testing.assert_array_equal(kind_made(cluster, "new_method"), [1, 0, 1, 0, np.nan])
    np.testing.assert_array_equal(innovation_kinds(cluster), [2, 1, 1, 0, np.nan])
    table = rows_of(cluster)
    share = table.loc["schumpeter_innovation_share"]
    assert share.loc["new_product", "value"] == share.loc["new_method", "value"] == pytest.approx(1 / 2)
    for kind in ("new_market", "new_source", "new_organization"):
        assert share.loc[kind, "withheld"].startswith("withheld: no questionnaire asks")
    assert measure_elements(cluster).firms["innovation_kinds"].tolist()[:4] == [2, 1, 1, 0]


def test_a_cluster_that_was_not_asked_gets_one_row_that_says_so():
    table = rows_of(small_cluster(size=4, indicators={"rd": [1, 0, 1, 1]}))
    assert list(table.loc["schumpeter_innovation_share"].index) == [""]
    assert "does not ask" in table.loc[("schumpeter_innovation_share", ""), "withheld"]


def test_means_of_elements_are_over_firms_and_all_is_the_score():
    rng = np.random.default_rng(1)
    names = ("ac_tech", "ac_edu", "rd", "own_source", "collab", "buyer_market", "source_breadth")
    cluster = small_cluster(size=30, indicators={name: rng.random(30) for name in names})
    found, table = innovator_elements(cluster), rows_of(cluster)
    for name in ELEMENTS:
        category = "all" if name == "innovator_score" else name.removeprefix("innovator_")
        row = table.loc[("innovator_element_mean", category)]
        assert row["value"] == pytest.approx(found[name].mean())
        assert row["low"] < row["value"] < row["high"]
        assert row["n"] == 30


def test_without_answers_the_elements_are_withheld():
    table = rows_of(small_cluster(size=5))
    assert table.loc[("innovator_element_mean", ""), "withheld"].startswith("withheld")
    text = rows_of(small_cluster(size=5, boundary="text", indicators={"rd": [1, 0, 1, 1, 0]}))
    assert text.loc[("innovator_element_mean", ""), "withheld"].startswith("withheld: a text")
