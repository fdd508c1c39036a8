"""The inverted U and coupling concentration: by hand, against the curve itself, a search for Fieller's ends, and what was put in."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_clusters import named, small_cluster

from gumflow.inference.firm_regressions import FirmData
from gumflow.inference.inverted_u import coupling_concentration, estimate_lock_in, inverted_u
from gumflow.measures.registry import label_of
from gumflow.mechanisms.cluster import MechanismSettings


def hump(seed, n=100, height=25.0):
    rng = np.random.default_rng(seed)
    e = rng.beta(2, 4, size=n)
    return -height * (e - 0.4) ** 2 + rng.normal(size=n), e


def test_an_exact_curve_is_found():
    e = np.linspace(0, 1, 21)
    found = inverted_u(3 + 4 * e - 5 * e**2 + 1e-9 * np.sin(97 * e), e)
    assert found.turning_point == pytest.approx(0.4)
    assert (found.slope_low[0], found.slope_high[0]) == pytest.approx((4, -6))
    assert found.p < 1e-6
    # Turned over, shifted and stretched: no inverted U, the same turning point moved along.
    over = inverted_u(-(4 * e - 5 * e**2) + 1e-9 * np.sin(97 * e), 10 * e + 2)
    assert over.turning_point == pytest.approx(6)
    assert over.p > 1 - 1e-6
    assert inverted_u(e, np.round(e)) is None
    assert inverted_u(np.arange(4.0), np.arange(4.0), np.arange(4.0)[:, None]) is None


def test_slopes_and_p_are_those_of_the_textbook():
    y, e = hump(1)
    other = np.random.default_rng(9).normal(size=100)
    found = inverted_u(y, e, other[:, None])
    x = np.column_stack([np.ones(100), e, e * e, other])
    b, (rss,), *_ = np.linalg.lstsq(x, y)
    covariance = np.linalg.inv(x.T @ x) * rss / 96
    p = []
    for end, slope, side in ((e.min(), found.slope_low, -1), (e.max(), found.slope_high, 1)):
        gradient = np.array([0, 1, 2 * end, 0])
        se = math.sqrt(gradient @ covariance @ gradient)
        assert slope[0] == pytest.approx(gradient @ b)
        assert slope[2] - slope[1] == pytest.approx(2 * stats.t.ppf(0.975, 96) * se)
        p.append(stats.t.cdf(side * gradient @ b / se, 96))
    assert found.p == pytest.approx(max(p))
    assert found.turning_point == pytest.approx(-b[1] / (2 * b[2]))


def test_fiellers_ends_are_where_the_slope_is_just_not_different_from_zero():
    y, e = hump(2)
    found = inverted_u(y, e)
    x = np.column_stack([np.ones(100), e, e * e])
    b, (rss,), *_ = np.linalg.lstsq(x, y)
    covariance = np.linalg.inv(x.T @ x) * rss / 97
    at = np.linspace(-1, 2, 300001)
    gradient = np.column_stack([np.zeros_like(at), np.ones_like(at), 2 * at])
    t = gradient @ b / np.sqrt((gradient @ covariance * gradient).sum(axis=1))
    inside = at[np.abs(t) <= stats.t.ppf(0.975, 97)]
    assert (found.turning_low, found.turning_high) == pytest.approx((inside.min(), inside.max()), abs=1e-4)
    assert found.turning_low < found.turning_point < found.turning_high
    line = inverted_u(2 * e + np.random.default_rng(3).normal(size=100), e)
    assert math.isnan(line.turning_low)
    assert line.p > 0.05


def test_a_hump_is_found_and_a_curve_that_flattens_is_not():
    rates = {"hump": [], "flat": [], "level": []}
    for seed in range(60):
        y, e = hump(seed)
        noise = np.random.default_rng(seed + 1000).normal(size=100)
        rates["hump"].append(inverted_u(y, e).p < 0.05)
        rates["flat"].append(inverted_u(1.5 * np.sqrt(e) + noise, e).p < 0.05)
        rates["level"].append(inverted_u(-4 * (e - e.max()) ** 2 + noise, e).p < 0.05)
    assert np.mean(rates["hump"]) > 0.8
    assert np.mean(rates["flat"]) <= 0.05
    assert np.mean(rates["level"]) <= 0.12  # the worst null: level at one end


def test_coupling_by_hand():
    ties = [(0, 1, 3), (2, 0, 1), (1, 2, 1), (1, 2, 1), (0, "buyer", 4), (3, 3, 9)]
    cluster = small_cluster(
        {"transaction": ties}, size=6, responded=[1, 1, 0, 1, 1, 1], outside={"buyer": "buyer"}
    )
    coupling = coupling_concentration(cluster)
    # n00: 3, 1 and 4 of 8; n01: 3 and 2 (stated twice) of 5; n02 did not answer; n03 is tied to itself alone.
    assert coupling[:2] == pytest.approx([(9 + 1 + 16) / 64, (9 + 4) / 25])
    assert np.isnan(coupling[2:]).all()
    assert np.isnan(coupling_concentration(small_cluster(size=3, responded=[1, 1, 1]))).all()


def traders(seed, n=90):
    """Draw firms with 1 to 8 equal partners, and performance that is best at a coupling near 0.4."""
    rng = np.random.default_rng(seed)
    partners = rng.integers(1, 9, n)
    bodies = {f"buyer{k}": "buyer" for k in range(8)}
    ties = [(i, f"buyer{k}") for i in range(n) for k in range(partners[i])]
    cluster = small_cluster(
        {"transaction": ties},
        size=n,
        responded=[1] * n,
        outside=bodies,
        settings=MechanismSettings(draws=100),
    )
    table = pd.DataFrame(index=[named(i) for i in range(n)])
    table["absorptive_capacity_index"] = rng.normal(size=n)
    table["innovation_performance"] = (
        -30 * (1 / partners - 0.45) ** 2 + 0.5 * table["absorptive_capacity_index"] + rng.normal(size=n)
    )
    return cluster, table, 1 / partners


def test_rows_of_a_cluster_that_is_locked_in():
    cluster, table, coupling = traders(4)
    rows = {(r["measure"], r.get("category", "")): r for r in estimate_lock_in(FirmData(cluster, table))}
    assert rows["coupling_concentration_mean", ""]["value"] == pytest.approx(coupling.mean())
    z = stats.zscore(table["innovation_performance"], ddof=1)
    own = table[["absorptive_capacity_index"]].to_numpy()
    by_hand = inverted_u(z, coupling, own)
    assert rows["lock_in_p", ""]["value"] == pytest.approx(by_hand.p)
    assert rows["lock_in_p", ""]["value"] < 0.05
    assert rows["lock_in_slope", "low end"]["low"] > 0 > rows["lock_in_slope", "high end"]["high"]
    turning = rows["lock_in_turning_point", ""]
    assert turning["low"] < 0.45 < turning["high"]
    assert (turning["n"], turning["coverage"]) == (90, 1.0)


def test_lock_in_is_withheld_with_the_reason():
    cluster, table, _ = traders(5)
    text = small_cluster({"transaction": [(0, 1)]}, size=40, boundary="text")
    alone = small_cluster(size=40, responded=[1] * 40)
    one_partner = small_cluster(
        {"transaction": [(i, "buyer") for i in range(90)]},
        size=90,
        responded=[1] * 90,
        outside={"buyer": "buyer"},
    )
    cases = {
        "a text states": FirmData(text, table),
        f"no firm has {label_of('innovation_performance')}": FirmData(
            cluster, table.drop(columns="innovation_performance")
        ),
        f"the same {label_of('innovation_performance')}": FirmData(
            cluster, table.assign(innovation_performance=1.0)
        ),
        "no achieved tie of transaction": FirmData(alone, table),
        "the same coupling concentration": FirmData(one_partner, table),
    }
    for words, data in cases.items():
        rows = {r["measure"]: r for r in estimate_lock_in(data)}
        assert words in rows["lock_in_p"]["withheld"]
        assert "lock_in_slope" not in rows
    two = [1.0 if i % 2 else 0.5 for i in range(90)]
    ties = [(i, f"b{k}") for i in range(90) for k in range(round(1 / two[i]))]
    halves = small_cluster(
        {"transaction": ties}, size=90, responded=[1] * 90, outside={"b0": "buyer", "b1": "buyer"}
    )
    rows = {r["measure"]: r for r in estimate_lock_in(FirmData(halves, table))}
    assert "fewer than three values" in rows["lock_in_p"]["withheld"]
