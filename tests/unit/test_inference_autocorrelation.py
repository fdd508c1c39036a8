"""Moran's I and Geary's C against double sums, enumeration of all orders, and what must not change them."""

import itertools
import math

import numpy as np
import pytest
from scipy import sparse, stats

from gumflow.contract.errors import GumflowError
from gumflow.inference.autocorrelation import gearys_c, morans_i

BOTH = {"moran": morans_i, "geary": gearys_c}


def random_case(seed, n=8):
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 5, (n, n)) * (rng.random((n, n)) < 0.35)
    weights[-1] = 0
    return rng.exponential(size=n), weights.astype(float)


def standardized(weights):
    weights = weights * ~np.eye(len(weights), dtype=bool)
    return np.array([row / row.sum() if row.sum() else row for row in weights])


def by_double_sum(kind, x, w):
    n, mean, total = len(x), np.mean(x), w.sum()
    square = sum((v - mean) ** 2 for v in x)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    if kind == "moran":
        return n / total * sum(w[i, j] * (x[i] - mean) * (x[j] - mean) for i, j in pairs) / square
    return (n - 1) / (2 * total) * sum(w[i, j] * (x[i] - x[j]) ** 2 for i, j in pairs) / square


def test_cases_done_by_hand():
    # A path a - b - c - d with values 1 2 3 4: deviations -1.5 -.5 .5 1.5, squares add to 5.
    path = np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1)
    values = np.array([1, 2, 3, 4])
    moran = morans_i(values, path, seed=1, permutations=10, row_standardize=False)
    assert moran.value == pytest.approx(4 / 6 * 2 * (0.75 - 0.25 + 0.75) / 5)
    assert moran.expected == pytest.approx(-1 / 3)
    geary = gearys_c(values, path, seed=1, permutations=10, row_standardize=False)
    assert geary.value == pytest.approx(3 / 12 * 6 / 5)
    assert geary.expected == 1


@pytest.mark.parametrize("row_standardize", [True, False])
@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("seed", range(4))
def test_values_and_moments_agree_with_all_orders(kind, seed, row_standardize):
    x, weights = random_case(seed, 6)
    w = standardized(weights) if row_standardize else weights * ~np.eye(6, dtype=bool)
    found = BOTH[kind](x, weights, seed=1, permutations=20, row_standardize=row_standardize)
    assert found.value == pytest.approx(by_double_sum(kind, x, w), rel=1e-12)
    every = [by_double_sum(kind, x[list(o)], w) for o in itertools.permutations(range(6))]
    assert found.expected == pytest.approx(np.mean(every), rel=1e-10)
    assert found.variance == pytest.approx(np.var(every), rel=1e-9)
    assert found.z == pytest.approx((found.value - np.mean(every)) / np.std(every), rel=1e-8)
    assert found.p_normal == pytest.approx(2 * stats.norm.sf(abs(found.z)), rel=1e-8)


@pytest.mark.parametrize("kind", BOTH)
def test_permutation_p_approaches_the_share_among_all_orders(kind):
    x, weights = random_case(3, 6)
    w = standardized(weights)
    found = BOTH[kind](x, weights, seed=2, permutations=20000)
    every = np.array([by_double_sum(kind, x[list(o)], w) for o in itertools.permutations(range(6))])
    shares = {
        "p_lower": np.mean(every <= found.value + 1e-9),
        "p_upper": np.mean(every >= found.value - 1e-9),
        "p_two_sided": np.mean(abs(every - found.expected) >= abs(found.value - found.expected) - 1e-9),
    }
    for name, share in shares.items():
        assert getattr(found, name) == pytest.approx(
            share, abs=5 * math.sqrt(share * (1 - share) / 20000) + 1e-4
        )


@pytest.mark.parametrize("kind", BOTH)
def test_form_scale_and_order_change_nothing(kind):
    x, weights = random_case(1, 20)
    test = BOTH[kind]
    first = test(x, weights, seed=1, permutations=99)
    assert test(x, sparse.csr_array(weights), seed=1, permutations=99) == first
    with_loops = weights + np.diag(np.arange(20.0))
    assert test(x, with_loops, seed=1, permutations=99) == first
    scaled = test(5 - 3 * x, 7 * weights, seed=1, permutations=99)
    order = np.random.default_rng(0).permutation(20)
    relabeled = test(x[order], weights[np.ix_(order, order)], seed=1, permutations=99)
    for other in (scaled, relabeled):
        for name in ("value", "variance", "z"):
            assert getattr(other, name) == pytest.approx(getattr(first, name), rel=1e-9)
    plain, turned = (test(x, w, seed=1, permutations=9, row_standardize=False) for w in (weights, weights.T))
    assert plain.value == pytest.approx(turned.value, rel=1e-12)


@pytest.mark.parametrize("kind", BOTH)
def test_missing_values_drop_actors_and_isolates_stay(kind):
    x, weights = random_case(5, 12)
    weights[:, -1] = 0
    holed = x.copy()
    holed[[2, 7]] = np.nan
    keep = ~np.isnan(holed)
    found = BOTH[kind](holed, weights, seed=1, permutations=50)
    left = BOTH[kind](x[keep], weights[np.ix_(keep, keep)], seed=1, permutations=50)
    assert found.value == left.value
    assert (found.n_actors, found.dropped) == (10, 2)
    w = weights[np.ix_(keep, keep)] * ~np.eye(10, dtype=bool)
    assert found.isolates == ((w.sum(0) == 0) & (w.sum(1) == 0)).sum() >= 1
    assert found.no_ties_out == (w.sum(1) == 0).sum()
    assert found.value == pytest.approx(by_double_sum(kind, x[keep], standardized(w)))


def test_alike_neighbors_are_found():
    ring = np.roll(np.eye(30), 1, axis=1)
    x = np.sin(np.arange(30) / 30 * 2 * np.pi)
    moran, geary = (test(x, ring, seed=1, permutations=199) for test in BOTH.values())
    assert moran.p_upper == geary.p_lower == moran.p_two_sided == 1 / 200
    assert moran.value > 0.9
    assert geary.value < 0.1


@pytest.mark.parametrize("kind", BOTH)
def test_a_complete_network_has_no_variance(kind):
    x, _ = random_case(2, 7)
    found = BOTH[kind](x, np.ones((7, 7)), seed=1, permutations=30)
    assert found.value == pytest.approx(found.expected)
    assert math.isnan(found.z)
    assert found.p_two_sided == found.p_lower == found.p_upper == 1


def test_bad_input_is_named():
    x, weights = random_case(1)
    nan = np.full(8, np.nan)
    cases = [
        (x[:5], weights, "shape"),
        (x, -weights, "negative"),
        (x, np.where(weights > 0, np.nan, 0), "missing"),
        (np.where(np.arange(8) < 3, x, nan), weights, "3 actors"),
        (np.ones(8), weights, "same value"),
        (x, np.zeros((8, 8)), "no tie"),
        (x, np.eye(8), "no tie"),
        (np.where(np.arange(8) < 1, np.inf, x), weights, "infinite"),
    ]
    for values, w, message in cases:
        with pytest.raises(GumflowError, match=message):
            morans_i(values, w, seed=1, permutations=9)
    with pytest.raises(GumflowError, match="permutations is 0"):
        gearys_c(x, weights, seed=1, permutations=0)
