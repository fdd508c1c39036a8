"""Exposure, thresholds, hazard, infection and susceptibility, against loops over pairs that follow the definitions word by word."""

import math

import numpy as np
import pytest
from scipy import sparse

from gumflow.contract.errors import GumflowError
from gumflow.mechanisms.contagion import facing, follow_adoption


def by_loops(ties, times, direction, weighted, lag, attribute):
    """Compute all of it from the definitions, pair by pair; `ties` holds one matrix for each period."""
    n = len(times)
    known = [t for t in times if t == t]
    first, last = int(min(known)), int(max(known))
    span = last - first + 1

    def weight(t, i, j):
        if i == j:
            return 0.0
        one, back = ties[t][i][j], ties[t][j][i]
        value = {"outgoing": one, "incoming": back, "both": max(one, back)}[direction]
        return float(value if weighted else value > 0)

    exposed = [[math.nan] * span for _ in range(n)]
    for i in range(n):
        for t in range(lag, span):
            whole = sum(weight(t, i, j) * attribute[j] for j in range(n))
            hit = sum(weight(t, i, j) * attribute[j] for j in range(n) if times[j] <= first + t - lag)
            if whole:
                exposed[i][t] = hit / whole
    infection, susceptibility, threshold = ([math.nan] * n for _ in range(3))
    for i in range(n):
        if times[i] != times[i]:
            continue
        at = int(times[i]) - first
        if at > 0:
            threshold[i] = exposed[i][at]
            named = [j for j in range(n) if weight(at, i, j) and times[j] <= times[i] - 1]
            if named:
                susceptibility[i] = sum(times[j] == times[i] - 1 for j in named) / len(named)
        if at + 1 < span:
            naming = [j for j in range(n) if weight(at + 1, j, i) and times[j] >= times[i] + 1]
            if naming:
                infection[i] = sum(times[j] == times[i] + 1 for j in naming) / len(naming)
    return exposed, threshold, infection, susceptibility


@pytest.mark.parametrize("seed", range(6))
def test_it_agrees_with_loops_over_pairs(seed):
    rng = np.random.default_rng(seed)
    n, span = 14, 5
    moving = seed % 2 == 1
    matrices = [
        rng.integers(0, 4, (n, n)) * (rng.random((n, n)) < 0.25) for _ in range(span if moving else 1)
    ]
    times = rng.integers(3, 3 + span, n).astype(float)
    times[:2] = 3, 3 + span - 1
    times[rng.random(n) < 0.2] = np.nan
    times[2], times[3] = 3, 3 + span - 1
    attribute = rng.random(n)
    for direction, weighted, lag in (("outgoing", False, 0), ("incoming", True, 1), ("both", True, 0)):
        given = [sparse.csr_array(m.astype(float)) for m in matrices]
        found = follow_adoption(
            given if moving else given[0], times, direction=direction, weighted=weighted, lag=lag, attribute=attribute
        )  # fmt: skip
        each = matrices if moving else matrices * span
        exposed, threshold, infection, susceptibility = by_loops(
            each, times, direction, weighted, lag, attribute
        )
        np.testing.assert_allclose(found.exposure, exposed)
        np.testing.assert_allclose(found.thresholds, threshold)
        np.testing.assert_allclose(found.infection, infection)
        np.testing.assert_allclose(found.susceptibility, susceptibility)


def test_a_star_by_hand():
    # n5, ..., n8 and n1, ..., n4 around a hub: the example of the authors of netdiffuseR.
    arcs = [(4, 0), (4, 1), (4, 2), (4, 3), (5, 4), (6, 4), (7, 4)]
    ties = np.zeros((8, 8))
    for i, j in arcs:
        ties[i, j] = 1
    times = np.array([1, 2, 5, 5, 3, 4, 5, 5], dtype=float)
    found = follow_adoption(sparse.csr_array(ties), times)
    # The hub adopts in 3; 4 and two in 5 follow it: one of three at once. It names one of 1 and one of 2: one of two just before.
    assert found.infection[4] == pytest.approx(1 / 3)
    assert found.susceptibility[4] == pytest.approx(1 / 2)
    assert found.thresholds[4] == pytest.approx(2 / 4)
    np.testing.assert_array_equal(found.new_adopters, [1, 1, 1, 1, 4])
    np.testing.assert_allclose(found.hazard, [np.nan, 1 / 7, 1 / 6, 1 / 5, 1])
    np.testing.assert_allclose(found.exposure[5], [0, 0, 1, 1, 1])
    assert np.isnan(found.exposure[0]).all()


def test_never_adopting_is_no_time():
    ties = sparse.csr_array(np.ones((4, 4)))
    found = follow_adoption(ties, np.array([2000, 2002, np.nan, np.nan]))
    np.testing.assert_array_equal(found.periods, [2000, 2001, 2002])
    assert np.isnan([found.thresholds[2], found.infection[3], found.susceptibility[2]]).all()
    np.testing.assert_allclose(found.hazard, [np.nan, 0, 1 / 3])
    # Nobody adopts right after the first, but one does later.
    assert found.infection[0] == 0


def test_relabelling_and_scaling_weights_change_nothing():
    rng = np.random.default_rng(5)
    ties = rng.random((12, 12)) * (rng.random((12, 12)) < 0.4)
    times = rng.integers(0, 4, 12).astype(float)
    found = follow_adoption(sparse.csr_array(ties), times, weighted=True)
    order = rng.permutation(12)
    turned = follow_adoption(sparse.csr_array(7 * ties[np.ix_(order, order)]), times[order], weighted=True)
    np.testing.assert_allclose(turned.exposure, found.exposure[order])
    np.testing.assert_allclose(turned.infection, found.infection[order])


@pytest.mark.parametrize("ties", [np.zeros((3, 3)), np.ones((3, 3))])
def test_no_ties_and_all_ties(ties):
    found = follow_adoption(sparse.csr_array(ties), np.array([1.0, 1.0, 1.0]))
    assert found.exposure.shape == (3, 1)
    assert np.isnan(found.exposure).all() if not ties.any() else (found.exposure == 1).all()
    assert np.isnan(found.infection).all()


@pytest.mark.parametrize("times", [[np.nan, np.nan], [1.5, 2.0]])
def test_times_that_are_none_are_refused(times):
    with pytest.raises(GumflowError, match="times of adoption"):
        follow_adoption(sparse.csr_array((2, 2)), np.array(times))


def test_matrices_are_one_or_one_for_each_period():
    one = sparse.csr_array(np.ones((3, 3)))
    with pytest.raises(GumflowError, match="2 matrices for 3 periods"):
        follow_adoption([one, one], np.array([1.0, 2.0, 3.0]))


def test_facing_leaves_what_it_is_given_as_it_is():
    ties = sparse.csr_array(np.array([[5.0, 2.0], [0.0, 0.0]]))
    np.testing.assert_array_equal(facing(ties, "outgoing", False).toarray(), [[0, 1], [0, 0]])
    np.testing.assert_array_equal(facing(ties, "incoming", True).toarray(), [[0, 0], [2, 0]])
    np.testing.assert_array_equal(facing(ties, "both", True).toarray(), [[0, 2], [2, 0]])
    np.testing.assert_array_equal(ties.toarray(), [[5, 2], [0, 0]])


@pytest.mark.parametrize(
    ("lag", "times"), [(3, [1.0, 2.0, 3.0]), (7, [1.0, 2.0, 3.0]), (1, [4.0, 4.0, np.nan])]
)
def test_a_lag_that_leaves_no_period_is_refused(lag, times):
    ties = sparse.csr_array(np.ones((3, 3)))
    with pytest.raises(
        GumflowError, match=f"lag: {lag}, and .* choose {int(np.nanmax(times) - np.nanmin(times))} or less"
    ):
        follow_adoption(ties, np.array(times), lag=lag)
    assert np.isfinite(follow_adoption(ties, np.array([1.0, 2.0, 3.0]), lag=2).exposure[:, 2]).all()
