"""Synergy of learning by hand and by loops."""

import math

import numpy as np
import pytest
from small_clusters import small_cluster

from gumflow.mechanisms.synergy import AXES, balance, measure_learning_synergy, synergy_axes


def row_of(found, measure, category=""):
    (row,) = [r for r in found.rows if r["measure"] == measure and r.get("category", "") == category]
    return row


def example(**more):
    return small_cluster(
        {
            "knowledge": [(1, 0), (2, 0), (0, 3), (3, 1)], "social": [(0, 1), (0, 2), (1, 2)],
            "pipeline": [("x", 0), ("y", 0), ("x", 3)],
        },
        size=5, outside={"x": "buyer", "y": "supplier"},
        formal={("knowledge", 1, 0): 1, ("knowledge", 0, 3): 1, ("knowledge", 2, 0): 0, ("knowledge", 3, 1): 1},
        indicators={"own_source": [1, 0, 1, 0, np.nan], "rd": [1, 1, 0, 0, 1], "collab": [0.5, 1, 0, 0, 1], "ext": [0.5, 0, 0, 0, 1]},
        **more,
    )  # fmt: skip


def test_balance_is_one_minus_the_relative_gap():
    p, q = np.array([3, 0, 2, 0, np.nan, 5.0]), np.array([1, 4, 2, 0, 1, 5.0])
    assert balance(p, q) == pytest.approx([0.5, 0, 1, np.nan, np.nan, 1], nan_ok=True)
    rng = np.random.default_rng(1)
    a, b = rng.gamma(1, size=(2, 50))
    # The relative gap also is 1 - 2 min / sum; neither the order nor the unit of the two kinds matters.
    assert balance(a, b) == pytest.approx(2 * np.minimum(a, b) / (a + b))
    assert balance(a, b) == pytest.approx(balance(7 * b, 7 * a))


def test_sides_by_hand():
    axes = synergy_axes(example())
    # Formal partners 2, 2, 0, 2, 0; informal partners 2 (n02 by bond and advice), 2, 2, 0, 0.
    assert axes["who"] == pytest.approx([1, 1, 0, 0, np.nan], nan_ok=True)
    # Advisers inside 2, 1, 0, 1, 0; partners outside 2, 0, 0, 1, 0.
    assert axes["whom"] == pytest.approx([1, 0, np.nan, 1, np.nan], nan_ok=True)
    # Own strength and R&D 1, 1/2, 1/2, 0, unknown; joint work and sources abroad 1/2, 1/2, 0, 0, 1.
    assert axes["how"] == pytest.approx([2 / 3, 1, 0, np.nan, np.nan], nan_ok=True)
    assert np.isnan(axes["what"]).all()


def test_learning_synergy_is_the_geometric_mean_of_known_sides():
    found = measure_learning_synergy(example())
    table = found.firms
    expected = []
    for values in table[["learning_synergy_who", "learning_synergy_whom", "learning_synergy_how"]].to_numpy():
        known = [v for v in values if not math.isnan(v)]
        expected.append(math.prod(known) ** (1 / len(known)) if len(known) >= 2 else math.nan)
    assert table["learning_synergy"].to_numpy() == pytest.approx(np.array(expected), nan_ok=True)
    assert expected[0] == pytest.approx((2 / 3) ** (1 / 3))
    assert row_of(found, "learning_synergy_mean")["value"] == pytest.approx(np.nanmean(expected))
    assert row_of(found, "learning_synergy_axis", "who")["value"] == pytest.approx(0.5)


def test_what_is_not_asked_is_said():
    found = measure_learning_synergy(example())
    assert "management" in row_of(found, "learning_synergy_axis", "what")["withheld"]
    nothing = measure_learning_synergy(small_cluster(size=4))
    assert all(row["withheld"] for row in nothing.rows)
    assert [r["category"] for r in nothing.rows[:-1]] == list(AXES)
    (text,) = measure_learning_synergy(example(boundary="text")).rows
    assert text["withheld"].startswith("withheld: a text states")


def test_a_firm_that_did_not_answer_has_no_synergy():
    table = measure_learning_synergy(example(responded=[0, 1, 1, 1, 1])).firms
    assert table.loc["n00", ["learning_synergy_who", "learning_synergy_whom"]].isna().all()
