"""Intervals of means over firms whose values rest on partners: derivatives by small weights, jackknife, and what is left as it was."""

import numpy as np
import pytest
from small_clusters import small_cluster

from gumflow.mechanisms import social_structure  # noqa: F401 (declares credit_partners_mean)
from gumflow.mechanisms.partners import Shared, influence, shared_clustering, shared_mean, shared_sum, spread
from gumflow.mechanisms.rows import Rows, mean_interval

N = 9
STEP = 1e-6


def pairs(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ordered pairs of firms and a value of each."""
    rng = np.random.default_rng(seed)
    one, other = np.nonzero((rng.random((N, N)) < 0.4) & ~np.eye(N, dtype=bool))
    return one, other, rng.random(len(one)) * 3


def means(one: np.ndarray, other: np.ndarray, value: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return each firm's weighted mean over partners, in plain Python."""
    found = []
    for i in range(N):
        own = [(weights[j], x) for k, j, x in zip(one, other, value, strict=True) if k == i]
        found.append(sum(w * x for w, x in own) / sum(w for w, _ in own) if own else np.nan)
    return np.array(found)


@pytest.mark.parametrize("seed", range(4))
def test_influence_of_means_over_partners_is_the_derivative_by_the_weight_of_a_firm(seed: int) -> None:
    one, other, value = pairs(seed)

    def mean(weights: np.ndarray) -> float:
        y = means(one, other, value, weights)
        known = ~np.isnan(y)
        return float((weights[known] * y[known]).sum() / weights[known].sum())

    y = means(one, other, value, np.ones(N))
    slopes = []
    for k in range(N):
        up, down = np.ones(N), np.ones(N)
        up[k] += STEP
        down[k] -= STEP
        slopes.append((mean(up) - mean(down)) / (2 * STEP))
    known = int((~np.isnan(y)).sum())
    np.testing.assert_allclose(
        influence(y, shared_mean(one, other, value)), known * np.array(slopes), atol=1e-6
    )


@pytest.mark.parametrize("seed", range(4))
def test_influence_of_sums_over_partners_is_the_derivative_where_pairs_are_averaged(seed: int) -> None:
    """A sum over partners is n - 1 times a mean over all that could be partners, and is moved as that is."""
    one, other, value = pairs(seed)
    table = np.zeros((N, N))
    table[one, other] = value

    def mean(w: np.ndarray) -> float:
        others = w.sum() - w
        y = (N - 1) * (table @ w) / others
        return float((w * y).sum() / w.sum())

    slopes = []
    for k in range(N):
        up, down = np.ones(N), np.ones(N)
        up[k] += STEP
        down[k] -= STEP
        slopes.append((mean(up) - mean(down)) / (2 * STEP))
    found = influence(table.sum(axis=1), shared_sum(one, other, value))
    np.testing.assert_allclose(found, N * np.array(slopes), atol=1e-6)


def test_clustering_moves_with_the_weight_of_a_partner_as_its_closed_form_says() -> None:
    """Firms 0, 1 and 2 know each other, and 3 knows 0: y_0 = 1/3, over the pairs of partners 12, 13 and 23."""
    cluster = small_cluster({"social": [(0, 1), (0, 2), (1, 2), (0, 3)]})
    network = cluster.firm_network("social")
    assert network is not None
    found = shared_clustering(network)
    of_first = {
        int(k): float(e) for i, k, e in zip(found.one, found.other, found.effect, strict=True) if i == 0
    }
    # d/dw of (w1 w2) / (w1 w2 + w1 w3 + w2 w3) at 1
    assert of_first == pytest.approx({1: 1 / 3 - 2 / 9, 2: 1 / 3 - 2 / 9, 3: -2 / 9})


def test_firms_that_share_one_source_have_a_wider_interval() -> None:
    """All firms ask the first one; what it knows is in the values of all."""
    values = np.array([0.0, 1.0, 1.1, 0.9, 1.0, 1.2, 0.8, 1.0, 1.0])
    one, other = np.arange(1, N), np.zeros(N - 1, dtype=np.int64)
    low, high = mean_interval(values, shared_sum(one, other, values[1:]))
    plain_low, plain_high = mean_interval(values)
    assert high - low > 2 * (plain_high - plain_low)
    assert spread(values) == pytest.approx(values.std(ddof=1))


def test_without_partners_the_interval_is_that_of_student() -> None:
    values = np.array([1.0, 2.0, 4.0, np.nan, 3.0])
    none = Shared(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    assert mean_interval(values, none) == pytest.approx(mean_interval(values))


def test_a_row_says_that_its_interval_allows_for_shared_partners() -> None:
    cluster = small_cluster(size=N)
    values = np.linspace(0, 1, N)
    rows = Rows(cluster, "mechanism", "social_capital")
    rows.mean("credit_partners_mean", values)
    rows.mean("credit_partners_mean", values, shared=shared_sum(*pairs(1)))
    assert "shared partners" not in str(rows[0]["method"])
    assert "shared partners" in str(rows[1]["method"])
    assert rows[0]["value"] == rows[1]["value"]
