"""Weights read from data: entropy, CRITIC and principal component by hand and by loops, balanced correlations against their exact solution."""

import itertools
import math

import numpy as np
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.index.data_weights import (
    balanced_weights,
    critic_weights,
    entropy_weights,
    equal_weights,
    pca_weights,
)

NAN = float("nan")


def factor_data(n=40, loadings=(0.9, 0.8, 0.7, 0.5), seed=1):
    rng = np.random.default_rng(seed)
    loadings = np.array(loadings)
    common = rng.normal(size=(n, 1))
    return 50 + 10 * (common * loadings + rng.normal(size=(n, len(loadings))) * np.sqrt(1 - loadings**2))


def names(k):
    return [f"c{j}" for j in range(k)]


FROM_DATA = {
    "pca": pca_weights,
    "entropy": entropy_weights,
    "critic": critic_weights,
    "balanced": lambda values, codes: balanced_weights(
        values, codes, np.full(len(codes), 1 / len(codes)), seed=1
    ),
}
every_method = pytest.mark.parametrize("method", FROM_DATA)


# --- the methods


def test_equal_weights_are_equal():
    assert equal_weights(4).weights.tolist() == [0.25] * 4


def test_entropy_by_hand():
    # From 0 to 1 the first is 0, 1, 1 (two equal parts), the second 0, 1/3, 1 (parts 1/4 and 3/4).
    values = np.array([[10.0, 1.0], [20.0, 2.0], [20.0, 4.0]])
    first = math.log(2) / math.log(3)
    second = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75)) / math.log(3)
    found = entropy_weights(values, names(2))
    assert found.child_statistics["entropy"] == pytest.approx([first, second], abs=1e-14)
    assert found.weights == pytest.approx(
        [(1 - first) / (2 - first - second), (1 - second) / (2 - first - second)]
    )


def test_entropy_agrees_with_loops():
    values = factor_data()
    divergence = []
    for column in values.T.tolist():
        z = [(x - min(column)) / (max(column) - min(column)) for x in column]
        parts = [x / sum(z) for x in z]
        divergence.append(1 + sum(p * math.log(p) for p in parts if p > 0) / math.log(len(z)))
    expected = [d / sum(divergence) for d in divergence]
    np.testing.assert_allclose(entropy_weights(values, names(4)).weights, expected, rtol=1e-12)


def test_entropy_does_not_depend_on_the_range_of_the_normalization():
    values = factor_data()
    moved = 1 + 99 * (values - values.min(axis=0)) / np.ptp(values, axis=0)
    np.testing.assert_allclose(
        entropy_weights(moved, names(4)).weights, entropy_weights(values - 60, names(4)).weights, rtol=1e-10
    )


def test_critic_by_hand():
    # Scaled: (0, 1/2, 1), (0, 1, 1/2), (1, 1/2, 0): correlations 1/2, -1 and -1/2, all of the same spread.
    values = np.array([[1.0, 0.0, 9.0], [2.0, 4.0, 5.0], [3.0, 2.0, 1.0]])
    found = critic_weights(values, names(3))
    assert found.child_statistics["conflict"] == pytest.approx([2.5, 2.0, 3.5])
    assert found.weights == pytest.approx([2.5 / 8, 2 / 8, 3.5 / 8])


def test_critic_agrees_with_loops():
    values = factor_data()
    n, k = values.shape
    z = [[(x - min(column)) / (max(column) - min(column)) for x in column] for column in values.T.tolist()]
    mean = [sum(c) / n for c in z]
    deviation = [math.sqrt(sum((x - m) ** 2 for x in c) / (n - 1)) for c, m in zip(z, mean, strict=True)]

    def correlation(a, b):
        together = sum((x - mean[a]) * (y - mean[b]) for x, y in zip(z[a], z[b], strict=True))
        return together / (n - 1) / deviation[a] / deviation[b]

    content = [deviation[a] * sum(1 - correlation(a, b) for b in range(k)) for a in range(k)]
    expected = [c / sum(content) for c in content]
    np.testing.assert_allclose(critic_weights(values, names(4)).weights, expected, rtol=1e-10)


def test_critic_gives_repeated_children_less_each():
    values = factor_data(loadings=(0.1, 0.1, 0.1))
    twice = critic_weights(values[:, [0, 0, 1, 2]], names(4)).weights
    assert twice[0] == pytest.approx(twice[1])
    assert twice[:2].max() < twice[2:].min()


def test_pca_of_two_children_weighs_them_equally_and_of_a_known_matrix_as_its_eigenvector():
    assert pca_weights(factor_data()[:, :2], names(2)).weights == pytest.approx([0.5, 0.5])
    # Correlations a between the first and both others, 0 between these: eigenvalue 1 + a sqrt 2, vector (sqrt 2, 1, 1) / 2.
    first, second = np.array([1, 1, 1, 1, -1, -1, -1, -1.0]), np.array([1, 1, -1, -1, 1, 1, -1, -1.0])
    values = np.column_stack(
        [0.5 * first + 0.5 * second + np.sqrt(0.5) * np.tile([1, -1.0], 4), first, second]
    )
    found = pca_weights(values, names(3))
    assert found.weights == pytest.approx([0.5, 0.25, 0.25])
    assert found.group_statistics["variance_share"] == pytest.approx((1 + np.sqrt(0.5)) / 3)


def test_pca_agrees_with_power_iteration():
    values = factor_data()
    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    vector = np.ones(4)
    for _ in range(2000):
        vector = standard.T @ (standard @ vector)
        vector /= np.sqrt((vector**2).sum())
    found = pca_weights(values, names(4))
    np.testing.assert_allclose(found.weights, vector**2, rtol=1e-10)
    component = standard @ vector
    loadings = [np.corrcoef(component, column)[0, 1] for column in standard.T]
    np.testing.assert_allclose(found.child_statistics["loading"], loadings, rtol=1e-10)


def test_pca_has_no_sign_and_names_what_loads_against_the_rest():
    values = factor_data()
    turned = values * [1, -1, 1, 1]
    np.testing.assert_allclose(
        pca_weights(turned, names(4)).weights, pca_weights(values, names(4)).weights, rtol=1e-10
    )
    assert pca_weights(values, names(4)).notes == ()
    found = pca_weights(turned, names(4))
    assert "c1 load(s) against the rest" in found.notes[0]
    assert (found.child_statistics["loading"] < 0).tolist() == [False, True, False, False]


# --- balanced


def importance(values, weights):
    score = values @ weights
    squares = np.array([np.corrcoef(score, column)[0, 1] ** 2 for column in values.T])
    return squares / squares.sum()


def test_balanced_weights_give_each_child_its_importance():
    values, target = (
        factor_data(loadings=(0.5, 0.4, 0.3, 0.2)) * [1, 5, 0.2, 3],
        np.array([0.3, 0.3, 0.2, 0.2]),
    )
    found = balanced_weights(values, names(4), target, seed=1)
    np.testing.assert_allclose(importance(values, found.weights), target, atol=1e-10)
    assert found.group_statistics["imbalance"] == pytest.approx(0, abs=1e-10)
    assert found.notes == ()


def test_balanced_weights_of_two_children_undo_their_spread():
    values = factor_data(loadings=(0.8, 0.8))
    spread = values.std(axis=0)
    found = balanced_weights(values * [1, 7], names(2), np.array([0.5, 0.5]), seed=1)
    expected = np.array([1 / spread[0], 1 / (7 * spread[1])])
    np.testing.assert_allclose(found.weights, expected / expected.sum(), rtol=1e-10)


def test_balanced_search_finds_the_exact_solution_where_there_is_one(monkeypatch):
    values, target = factor_data(loadings=(0.5, 0.4, 0.3, 0.2)), np.array([0.3, 0.3, 0.2, 0.2])
    exact = balanced_weights(values, names(4), target, seed=1).weights
    monkeypatch.setattr("gumflow.index.data_weights._exact_balance", lambda *_: None)
    searched = balanced_weights(values, names(4), target, seed=1)
    np.testing.assert_allclose(searched.weights, exact, atol=1e-4)
    assert searched.group_statistics["imbalance"] < 1e-4


def test_balanced_search_is_not_beaten_by_a_grid_of_weights():
    # The third repeats the first and second, so that it is important whatever its weight.
    values = factor_data(loadings=(0.1, 0.1, 0.1))
    values[:, 2] = values[:, 0] + values[:, 1] + values[:, 2] / 4
    target = np.array([0.45, 0.45, 0.1])
    found = balanced_weights(values, names(3), target, seed=1)
    off = ((importance(values, found.weights) - target) ** 2).sum()
    grid = [
        np.array([a, b, 50 - a - b]) / 50 for a, b in itertools.product(range(51), repeat=2) if a + b <= 50
    ]
    assert off <= min(((importance(values, w) - target) ** 2).sum() for w in grid) + 1e-9
    assert (found.weights >= 0).all()
    assert found.weights[2] == 0
    assert "c2" in found.notes[0]
    assert "without weight: c2" in found.notes[0]


def test_balanced_weights_name_what_goes_against_the_score():
    # Twelve units and ten children with a factor in common, on which the first is turned around.
    values = factor_data(n=12, loadings=(0.7,) * 10, seed=0) * np.r_[-1, np.ones(9)]
    found = balanced_weights(values, names(10), np.full(10, 0.1), seed=1)
    assert (found.child_statistics["correlation"] < 0).tolist() == [True] + [False] * 9
    assert found.child_statistics["importance"][0] < 0
    assert found.notes[1].startswith("c0 go(es) against the score")


def test_balanced_weights_do_not_depend_on_scale_and_repeat_with_their_seed():
    values = factor_data(loadings=(0.9, 0.9, 0.9, -0.5))
    target = np.full(4, 0.25)
    one, two = (balanced_weights(values, names(4), target, seed=3).weights for _ in range(2))
    assert one.tolist() == two.tolist()
    scaled = balanced_weights(values * [1, 10, 100, 0.1], names(4), target, seed=3).weights * [
        1,
        10,
        100,
        0.1,
    ]
    np.testing.assert_allclose(scaled / scaled.sum(), one, atol=1e-6)


def test_a_search_that_ends_nowhere_is_an_error(monkeypatch):
    monkeypatch.setattr("gumflow.index.data_weights._STILL", -1.0)
    values = factor_data(loadings=(0.9, 0.9, 0.9, -0.5))
    with pytest.raises(GumflowError, match="balanced weights of c0, c1, c2, c3 were not found"):
        balanced_weights(values, names(4), np.full(4, 0.25), seed=3)


# --- what all have in common


@every_method
def test_weights_are_shares_and_follow_their_columns(method):
    values = factor_data()
    found = FROM_DATA[method](values, names(4)).weights
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1)
    order, units = [2, 0, 3, 1], np.random.default_rng(1).permutation(len(values))
    shuffled = FROM_DATA[method](values[units][:, order], [names(4)[j] for j in order]).weights
    np.testing.assert_allclose(shuffled, found[order], rtol=1e-8)


@every_method
def test_rows_with_gaps_are_left_out_and_the_children_that_cost_them_are_named(method):
    values = factor_data()
    gaps = values.copy()
    gaps[[3, 4], 1] = gaps[5, 2] = NAN
    found = FROM_DATA[method](gaps, names(4))
    np.testing.assert_allclose(
        found.weights, FROM_DATA[method](np.delete(values, [3, 4, 5], axis=0), names(4)).weights, rtol=1e-10
    )
    assert "37 of 40 rows" in found.notes[0]
    assert "c1 (2), c2 (1)" in found.notes[0]


@every_method
def test_children_that_do_not_vary_are_refused_all_at_once(method):
    values = factor_data()
    values[:, 1], values[:, 3] = 7.0, 0.0
    with pytest.raises(GumflowError) as refused:
        FROM_DATA[method](values, names(4))
    first, second = str(refused.value).splitlines()
    assert first.startswith(
        f"c1 has the same value (7) in all 40 complete rows, so weights by {method} are undefined"
    )
    assert second.startswith("c3 has the same value (0)")


@every_method
def test_too_few_complete_rows_are_refused(method):
    values = factor_data(n=4)
    values[:2, 2] = NAN
    with pytest.raises(
        GumflowError, match=rf"by {method} need 3 rows .* there are 2; missing values: c2 \(2\)"
    ):
        FROM_DATA[method](values, names(4))


@every_method
def test_infinite_values_are_refused(method):
    values = factor_data()
    values[0, 2] = np.inf
    with pytest.raises(GumflowError, match="c2 has values without end"):
        FROM_DATA[method](values, names(4))


@every_method
def test_an_only_child_has_all_the_weight(method):
    assert FROM_DATA[method](factor_data()[:, :1], names(1)).weights == pytest.approx([1.0])


def test_what_is_undefined_is_refused():
    line = np.arange(10.0)
    with pytest.raises(GumflowError, match="critic are undefined: c0, c1 correlate perfectly"):
        critic_weights(np.column_stack([line, 2 * line + 1]), names(2))
    crossed = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1.0]])
    with pytest.raises(GumflowError, match="first two components of c0, c1 explain the same"):
        pca_weights(crossed, names(2))
