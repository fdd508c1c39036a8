"""Absorptive capacity against a singular value decomposition and loops; high potential by hand."""

import numpy as np
import pytest
from small_clusters import small_cluster

from gumflow.mechanisms.absorptive import (
    ITEMS,
    absorptive_capacity,
    advice_rates,
    capacity_of,
    capacity_rows,
    high_potential,
    partners_outside,
    ties_known,
)
from gumflow.mechanisms.pair_draws import drawn_firms


def answered(size=60, items=ITEMS, loadings=None, seed=3):
    """Draw items that one factor drives, some answers missing."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=size)
    loadings = loadings or [0.6, 0.8, 0.7, 0.5, 0.75][: len(items)]
    table = {
        k: w * factor + np.sqrt(1 - w * w) * rng.normal(size=size)
        for k, w in zip(items, loadings, strict=True)
    }
    for j, name in enumerate(items):
        table[name][rng.choice(size, 2 + j, replace=False)] = np.nan
    return table, factor


def standardized(table):
    values = np.column_stack(list(table.values()))
    return (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0, ddof=1)


def by_svd(z):
    """First component of complete rows by a singular value decomposition of re-standardized columns."""
    complete = z[~np.isnan(z).any(axis=1)]
    again = (complete - complete.mean(axis=0)) / complete.std(axis=0)
    _, sizes, axes = np.linalg.svd(again, full_matrices=False)
    vector = axes[0] * np.sign(axes[0, 0])
    return vector / np.abs(vector).sum(), sizes[0] ** 2 / (sizes**2).sum()


def test_absorptive_capacity_index_is_the_first_component_of_what_is_known():
    table, factor = answered()
    cluster = small_cluster(indicators=table)
    z = standardized(table)
    weights, share = by_svd(z)
    found = capacity_of(cluster)
    assert found.items == ITEMS
    assert found.weights == pytest.approx(weights)
    expected = []
    for row in z:
        known = ~np.isnan(row)
        enough = known.sum() * 2 >= len(row)
        expected.append((weights[known] @ row[known]) / weights[known].sum() if enough else np.nan)
    assert absorptive_capacity(cluster) == pytest.approx(np.array(expected), nan_ok=True)
    assert np.corrcoef(np.array(expected), factor)[0, 1] > 0.85
    row = capacity_rows(cluster)[0]
    assert row["measure"] == "absorptive_capacity_variance_share"
    assert row["value"] == pytest.approx(share)
    assert row["low"] < share < row["high"]


def test_the_sign_does_not_depend_on_how_items_are_coded():
    table, _ = answered()
    moved = {k: 5 + 3 * v for k, v in table.items()}
    assert absorptive_capacity(small_cluster(indicators=moved)) == pytest.approx(
        absorptive_capacity(small_cluster(indicators=table)), nan_ok=True
    )


def test_draws_are_components_of_repeated_firms():
    table, _ = answered(items=ITEMS[:4])
    cluster = small_cluster(indicators=table)
    capacity = capacity_of(cluster)
    shares, loadings = [], []
    for counts in drawn_firms(cluster)[:, capacity.rows]:
        z = np.repeat(capacity.complete, counts.astype(int), axis=0)
        correlations = np.corrcoef(z, rowvar=False)
        values, vectors = np.linalg.eigh(correlations)
        vector = vectors[:, -1] * np.sign(vectors[:, -1] @ capacity.weights)
        shares.append(values[-1] / 4)
        loadings.append(vector[1] / np.abs(vector).sum())
    rows = capacity_rows(cluster)
    n = len(capacity.rows)
    from scipy.stats import t

    for row, draws in ((rows[0], shares), (rows[2], loadings)):
        half = t.ppf(0.975, n - 1) * np.std(draws, ddof=1) * np.sqrt(n / (n - 1))
        assert row["high"] - row["value"] == pytest.approx(half)
    assert [r["measure"] for r in rows[1:]] == ["absorptive_capacity_weight"] * 4
    assert sum(r["value"] for r in rows[1:]) == pytest.approx(1)


def test_weights_are_equal_if_few_answered_or_an_item_would_count_against_capacity():
    few, _ = answered(size=29)
    found = capacity_of(small_cluster(indicators=few))
    assert found.weights == pytest.approx(np.full(4, 0.25))
    assert "too few" in found.method
    against, _ = answered(loadings=[0.8, 0.8, 0.8, -0.8])
    found = capacity_of(small_cluster(indicators=against))
    assert found.weights == pytest.approx(np.full(4, 0.25))
    assert "against capacity" in found.method


def test_the_level_of_technology_which_is_an_outcome_moves_no_capacity():
    table, factor = answered()
    assert capacity_of(small_cluster(indicators={**table, "tech_level": -factor})).items == ITEMS
    assert absorptive_capacity(small_cluster(indicators={**table, "tech_level": -factor})) == pytest.approx(
        absorptive_capacity(small_cluster(indicators=table)), nan_ok=True
    )


def test_items_that_do_not_differ_or_are_too_few_give_no_index():
    table, _ = answered(items=ITEMS[:3])
    cluster = small_cluster(indicators={**table, "rd": np.ones(60)})
    assert np.isnan(absorptive_capacity(cluster)).all()
    (row,) = capacity_rows(cluster)
    assert row["withheld"].startswith(
        "withheld: 2 of the indicators schooling, share of technical staff, R&D"
    )
    alike = small_cluster(indicators={name: np.ones(8) for name in ITEMS})
    assert np.isnan(high_potential(alike)).all()


def four_firms(**more):
    # Capacity rises from n00 to n05; n05 gives 3 and takes 1, n04 takes alone, n03 neither gives nor takes.
    items = {name: np.arange(6.0) for name in ITEMS[:3]}
    return small_cluster(
        {"knowledge": [(5, 0, 3), (1, 5, 1), (5, 4, 1), (0, 2, 2)]}, indicators=items, **more
    )


def test_high_potential_stands_high_and_gives_at_least_what_it_takes():
    assert high_potential(four_firms()).tolist() == [0, 0, 0, 1, 0, 1]
    given, taken = advice_rates(four_firms())
    assert given == pytest.approx(np.array([2, 1, 0, 0, 0, 4]) / 5)
    assert taken == pytest.approx(np.array([3, 0, 2, 0, 1, 1]) / 5)


def test_who_did_not_answer_is_unknown_and_not_low():
    flags = [1, 1, 1, 1, 1, 0]
    assert np.isnan(high_potential(four_firms(boundary="roster", responded=flags))).tolist() == [
        False
    ] * 5 + [True]
    # Pairs of a silent firm with firms that answered are observed by these.
    given, _ = advice_rates(four_firms(boundary="roster", responded=flags))
    assert given[0] == pytest.approx(2 / 5)


def test_capacity_can_be_told_of_a_sample_and_not_from_text():
    assert high_potential(four_firms(boundary="sample")).tolist() == [0, 0, 0, 1, 0, 1]
    for values in (absorptive_capacity, high_potential):
        assert np.isnan(values(four_firms(boundary="text"))).all()
    assert capacity_rows(four_firms(boundary="text"))[0]["withheld"].startswith("withheld: a text states")


def test_partners_outside_of_a_census_of_ties_alone_are_known():
    cluster = small_cluster({"knowledge": [(0, 1)], "pipeline": [("x", 0)]}, size=3, outside={"x": "buyer"})
    assert ties_known(cluster).all()
    assert partners_outside(cluster).tolist() == [1, 0, 0]
    silent = small_cluster(
        {"pipeline": [("x", 0)]}, size=3, outside={"x": "buyer"}, boundary="roster", responded=[0, 1, 1]
    )
    assert np.isnan(partners_outside(silent)).tolist() == [True, False, False]
    assert np.isnan(partners_outside(small_cluster({"knowledge": [(0, 1)]}))).all()


def test_no_firm_and_one_firm():
    for size in (0, 1):
        cluster = small_cluster(size=size)
        assert len(absorptive_capacity(cluster)) == size
        assert np.isnan(high_potential(cluster)).all()
        assert all(row["withheld"] for row in capacity_rows(cluster))
