"""Rubin's rules: by hand, at their limits, and by how often the interval holds the truth."""

import math

import numpy as np
import pytest
from scipy import stats

from gumflow.contract.errors import GumflowError
from gumflow.measures.pooling import pool


def test_three_estimates_by_hand():
    # Mean 2, variance within 1, between 1: T = 1 + 4/3, r = 4/3, df = 2 (1 + 3/4)^2 = 6.125.
    pooled = pool([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    assert pooled.value == 2
    assert pooled.se == pytest.approx(math.sqrt(7 / 3))
    assert pooled.df == pytest.approx(6.125)
    assert pooled.missing_share == pytest.approx((4 / 3 + 2 / 9.125) / (7 / 3))
    half = stats.t.ppf(0.975, 6.125) * math.sqrt(7 / 3)
    assert (pooled.low, pooled.high) == pytest.approx((2 - half, 2 + half))
    assert "Rubin 1987" in pooled.method


def test_small_samples_have_the_degrees_of_freedom_of_barnard_and_rubin():
    # Share of the variance between 4/7: 21/23 * 20 * 3/7 = 7.8261, with 6.125 in harmony: 3.4359.
    pooled = pool([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], complete_df=20)
    assert pooled.df == pytest.approx(1 / (1 / 6.125 + 1 / (21 / 23 * 20 * 3 / 7)))
    assert pooled.df < pool([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]).df
    assert "Barnard and Rubin 1999" in pooled.method


def test_without_variances_the_interval_holds_imputation_only_and_says_so():
    pooled = pool([1.0, 2.0, 3.0], complete_df=20)
    assert pooled.se == pytest.approx(math.sqrt(4 / 3))
    assert pooled.df == 2
    assert math.isnan(pooled.missing_share)
    assert "imputation, not sampling" in pooled.method


def test_imputations_that_agree_leave_the_sampling_interval():
    pooled = pool([5.0, 5.0], [4.0, 4.0])
    assert (pooled.se, pooled.missing_share, pooled.df) == (2, 0, math.inf)
    assert pooled.high == pytest.approx(5 + 1.959964 * 2)
    constant = pool([5.0, 5.0])
    assert (constant.low, constant.high) == (5, 5)


def test_one_estimate_has_its_own_interval_or_none():
    assert pool([5.0], [4.0]).se == 2
    alone = pool([5.0])
    assert alone.value == 5
    assert math.isnan(alone.low)
    assert math.isnan(alone.df)


def test_undefined_estimates_are_left_out_and_counted():
    pooled = pool([1.0, math.nan, 3.0], [1.0, 1.0, 1.0])
    assert (pooled.value, pooled.imputations) == (2, 2)
    assert "undefined in 1 of 3" in pooled.method
    assert math.isnan(pool([math.nan, math.nan]).value)


def test_scaling_and_shifting_move_value_and_interval_along():
    rng = np.random.default_rng(3)
    values, variances = rng.normal(size=9), rng.uniform(1, 2, 9)
    one, other = pool(values, variances), pool(7 + 10 * values, 100 * variances)
    assert other.value == pytest.approx(7 + 10 * one.value)
    assert (other.low, other.high) == pytest.approx((7 + 10 * one.low, 7 + 10 * one.high))
    assert (other.df, other.missing_share) == pytest.approx((one.df, one.missing_share))


def test_intervals_hold_the_mean_of_a_sample_with_missing_values_as_often_as_they_say():
    # Half of 40 normal values missing at random; proper imputation: mean and variance drawn from their posterior.
    rng, held = np.random.default_rng(1), 0
    for _ in range(300):
        seen = rng.normal(size=20)
        spread = np.sqrt(seen.var(ddof=1) * 19 / rng.chisquare(19, 10))
        center = seen.mean() + spread * rng.normal(size=10) / math.sqrt(20)
        drawn = center[:, None] + spread[:, None] * rng.normal(size=(10, 20))
        complete = np.column_stack([np.tile(seen, (10, 1)), drawn])
        pooled = pool(complete.mean(axis=1), complete.var(axis=1, ddof=1) / 40, complete_df=39)
        held += pooled.low <= 0 <= pooled.high
    assert 0.92 <= held / 300 <= 0.98


def test_wrong_input_is_named():
    with pytest.raises(GumflowError, match="at least one estimate"):
        pool([])
    with pytest.raises(GumflowError, match="one variance for each"):
        pool([1.0, 2.0], [1.0])
    with pytest.raises(GumflowError, match="negative"):
        pool([1.0, 2.0], [1.0, -1.0])
    with pytest.raises(GumflowError, match=r"level is 95"):
        pool([1.0, 2.0], level=95)
