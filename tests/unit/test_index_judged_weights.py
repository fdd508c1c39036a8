"""Weights judged by people: given, a budget of points, pairs; the examples that Saaty published."""

import itertools
import math

import numpy as np
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.index.judged_weights import (
    RANDOM_INDEX,
    ahp_weights,
    budget_weights,
    given_weights,
    judgment_matrix,
)


def pairs_of(rows, codes):
    """Judgments above the diagonal of a full matrix."""
    return {
        one: {codes[j]: rows[i][j] for j in range(i + 1, len(codes))}
        for i, one in enumerate(codes)
        if i + 1 < len(codes)
    }


def test_given_weights_are_rescaled():
    assert given_weights([1, 3], ["a", "b"]).weights.tolist() == [0.25, 0.75]


def test_impossible_given_weights_are_all_named():
    with pytest.raises(GumflowError) as refused:
        given_weights([1, -2, math.nan], ["a", "b", "c"])
    assert [line.split(";")[0] for line in str(refused.value).splitlines()] == [
        "the weight of b is -2",
        "the weight of c is nan",
    ]
    with pytest.raises(GumflowError, match="weights of a, b add up to 0"):
        given_weights([0, 0], ["a", "b"])


# --- budget


def test_budget_by_hand():
    points = {"ann": {"a": 50, "b": 50, "other": 7}, "bo": {"a": 70, "b": 30}, "cy": {"a": 90, "b": 10}}
    found = budget_weights(points, ["a", "b"])
    assert found.weights == pytest.approx([0.7, 0.3])
    assert found.child_statistics["spread"] == pytest.approx([0.2, 0.2])
    assert found.child_statistics["least"] == pytest.approx([0.5, 0.1])
    assert found.child_statistics["most"] == pytest.approx([0.9, 0.5])
    assert found.group_statistics == {"experts": 3}


def test_budget_of_one_expert_says_that_agreement_is_unknown():
    found = budget_weights({"ann": {"a": 1, "b": 3}}, ["a", "b"])
    assert found.weights == pytest.approx([0.25, 0.75])
    assert np.isnan(found.child_statistics["spread"]).all()
    assert "one expert" in found.notes[0]


def test_faults_of_a_budget_are_all_named():
    points = {
        "ann": {"a": 50, "b": 50},
        "bo": {"a": 60, "b": 30},
        "cy": {"a": -5, "b": 105},
        "di": {"a": 100},
    }
    with pytest.raises(GumflowError) as refused:
        budget_weights(points, ["a", "b"])
    message = str(refused.value)
    assert "expert cy gives a -5 points" in message
    assert "expert di has no points for b" in message
    assert "totals: ann 100, bo 90" in message
    with pytest.raises(GumflowError, match="there is no budget"):
        budget_weights({}, ["a", "b"])
    with pytest.raises(GumflowError, match="totals: ann 0"):
        budget_weights({"ann": {"a": 0, "b": 0}}, ["a", "b"])


# --- pairs


def test_consistent_judgments_give_back_the_weights():
    weights = np.array([0.5, 0.3, 0.15, 0.05])
    codes = ["a", "b", "c", "d"]
    found = ahp_weights(pairs_of(weights[:, None] / weights, codes), codes)
    assert found.weights == pytest.approx(weights, abs=1e-12)
    assert found.group_statistics["consistency_ratio"] == pytest.approx(0, abs=1e-12)
    assert found.notes == ()


def test_three_children_have_a_closed_solution():
    # Eigenvector: geometric means of rows; lambda_max = 1 + d + 1/d with d^3 = a13 / (a12 a23) (Saaty 1980).
    a12, a13, a23 = 3.0, 7.0, 2.0
    rows = np.array([[1, a12, a13], [1 / a12, 1, a23], [1 / a13, 1 / a23, 1]])
    d = (a13 / (a12 * a23)) ** (1 / 3)
    means = rows.prod(axis=1) ** (1 / 3)
    found = ahp_weights(pairs_of(rows, "abc"), list("abc"))
    assert found.weights == pytest.approx(means / means.sum(), abs=1e-12)
    assert found.group_statistics["lambda_max"] == pytest.approx(1 + d + 1 / d, abs=1e-12)
    assert found.group_statistics["consistency_ratio"] == pytest.approx((d + 1 / d - 2) / 2 / 0.58)


def test_wealth_of_seven_nations_as_saaty_published_it():
    rows = [
        [1, 4, 9, 6, 6, 5, 5], [0, 1, 7, 5, 5, 3, 4], [0, 0, 1, 1 / 5, 1 / 5, 1 / 7, 1 / 5], [0, 0, 0, 1, 1, 1 / 3, 1 / 3],
        [0, 0, 0, 0, 1, 1 / 3, 1 / 3], [0, 0, 0, 0, 0, 1, 2], [0, 0, 0, 0, 0, 0, 1],
    ]  # fmt: skip
    codes = ["us", "ussr", "china", "france", "uk", "japan", "germany"]
    found = ahp_weights(pairs_of(rows, codes), codes)
    assert found.weights == pytest.approx([0.427, 0.230, 0.021, 0.052, 0.052, 0.123, 0.094], abs=1.5e-3)
    assert found.group_statistics["lambda_max"] == pytest.approx(7.61, abs=0.01)
    assert found.group_statistics["consistency_ratio"] == pytest.approx(0.08, abs=0.005)
    assert found.notes == ()


def test_judgments_in_a_circle_are_noted_with_their_ratio():
    # a over b over c over a, each 2 times: no weights but equal ones, d = (1/2) / (2 * 2) to the third root = 1/2.
    found = ahp_weights({"a": {"b": 2, "c": 0.5}, "b": {"c": 2}}, list("abc"))
    assert found.weights == pytest.approx([1 / 3] * 3)
    assert found.group_statistics["lambda_max"] == pytest.approx(3.5)
    assert found.group_statistics["consistency_index"] == pytest.approx(0.25)
    assert found.group_statistics["consistency_ratio"] == pytest.approx(0.25 / 0.58)
    assert "consistency ratio 0.43, above 0.1" in found.notes[0]


def test_note_names_the_judgment_that_is_farthest_off():
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    rows = weights[:, None] / weights
    rows[1, 3] = 1 / 9
    found = ahp_weights(pairs_of(rows, "abcd"), list("abcd"))
    assert "farthest off is b against d, judged 0.111" in found.notes[0]


def test_weights_agree_with_power_iteration():
    rng = np.random.default_rng(1)
    rows = np.exp(rng.normal(size=(6, 6)))
    matrix = np.triu(rows, 1) + np.eye(6) + np.tril(1 / rows.T, -1)
    vector = np.ones(6)
    for _ in range(500):
        vector = matrix @ vector
        vector /= vector.sum()
    np.testing.assert_allclose(
        ahp_weights(pairs_of(matrix, "abcdef"), list("abcdef")).weights, vector, rtol=1e-10
    )


def test_order_of_a_pair_does_not_matter_and_rounded_reverses_pass():
    one = judgment_matrix({"a": {"b": 3, "c": 7}, "b": {"c": 2}}, list("abc"))
    two = judgment_matrix({"b": {"a": 1 / 3, "c": 2}, "c": {"a": 1 / 7}}, list("abc"))
    np.testing.assert_allclose(one, two)
    both = judgment_matrix(
        {"a": {"b": 3, "c": 7}, "b": {"a": 0.33, "c": 2}, "c": {"a": 0.14, "b": 0.5}}, list("abc")
    )
    np.testing.assert_array_equal(both, one)
    np.testing.assert_array_equal(
        judgment_matrix({"a": {"b": 0.33, "c": 7}, "b": {"a": 3, "c": 2}}, list("abc"))[:, :2],
        [[1, 1 / 3], [3, 1], [1 / 7, 1 / 2]],
    )


def test_one_and_two_children_are_always_consistent():
    assert ahp_weights({}, ["a"]).weights.tolist() == [1]
    found = ahp_weights({"a": {"b": 4}}, ["a", "b"])
    assert found.weights == pytest.approx([0.8, 0.2])
    assert found.group_statistics["consistency_ratio"] == 0


def test_faults_of_judgments_are_all_named():
    pairs = {"a": {"b": 3, "a": 2, "zz": 4}, "b": {"c": -1}}
    with pytest.raises(GumflowError) as refused:
        ahp_weights(pairs, ["a", "b", "c"])
    message = str(refused.value)
    for part in (
        "a against itself is 2",
        "a against zz: zz is not a child",
        "b against c is -1",
        "a against c is not judged",
    ):
        assert part in message
    with pytest.raises(GumflowError, match=r"a against b is 3, but b against a is 2 instead of 0\.333"):
        ahp_weights({"a": {"b": 3}, "b": {"a": 2}}, ["a", "b"])


def test_more_children_than_random_indices_are_refused():
    codes = [f"c{j:02d}" for j in range(16)]
    pairs = {one: {} for one in codes}
    for one, other in itertools.combinations(codes, 2):
        pairs[one][other] = 1.0
    with pytest.raises(GumflowError, match="at most 15 children, there are 16"):
        ahp_weights(pairs, codes)
    found = ahp_weights({c: {o: v for o, v in p.items() if o != "c15"} for c, p in pairs.items()}, codes[:15])
    assert found.weights == pytest.approx([1 / 15] * 15)
    assert sorted(RANDOM_INDEX) == list(range(3, 16))
