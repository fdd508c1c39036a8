"""Absorptive capacity of firms, and which of them stand high in knowledge: what the division of learning rests on.

Capacity is what a firm brings to understand and use what it is told: schooling, technical staff, research and improving by its own
strength. The level of its technology is no part of it: that is what came of learning (2.3.3(1)), an outcome. The answers are made one number by their first principal component, or by equal weights where too few firms
answered for weights to be estimated.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.registry import ANY_NUMBER, BALANCE, COMPLETE, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Flags, Row, Values
from gumflow.mechanisms.pair_draws import drawn_firms
from gumflow.mechanisms.rows import Rows
from gumflow.networks.observation import observed_in, observed_out

ITEM_WORDS = {
    "ac_edu": "schooling",
    "ac_tech": "share of technical staff",
    "rd": "R&D department",
    "own_source": "improving by own strength",
}
ITEMS = tuple(ITEM_WORDS)
"""Indicators of capacity; the first that a questionnaire has fixes the sign of the component."""
FEWEST_ITEMS = 3
FEWEST_COMPLETE, PER_ITEM = 30, 5
"""Weights are estimated from at least 30 firms that answered every item, and five for each item; else they are equal."""
ANSWERED = ("census", "roster", "sample")
_TOO_FEW = "withheld: {n} of the indicators {items} are answered and differ between firms, and absorptive capacity needs {least}"


@dataclass(frozen=True, eq=False)
class Capacity:
    """Absorptive capacity of the firms of one cluster and how it was weighted.

    values    one for each firm, NaN where less than half of the items are answered
    items     the indicators it rests on; empty if there are too few
    weights   one for each item; none is below 0 and they add up to 1
    complete  z-scores of the firms that answered every item (firms x items), and `rows` where these are among the firms
    method    how the weights were found
    """

    values: Values
    items: tuple[str, ...]
    weights: Values
    complete: NDArray[np.float64]
    rows: NDArray[np.int64]
    method: str


@measure(
    name="absorptive_capacity_index",
    level="firm",
    label_en="Absorptive capacity",
    label_zh="吸收能力指数",
    definition=(
        "First principal component of schooling, share of technical staff, R&D department and improving by own strength, as far "
        "as asked (at least three), each standardized within the cluster; weights add up to 1, and are equal if fewer than 30 firms (or five for each "
        "item) answered all items, or if the component would count an item against capacity. A firm needs half of the items."
    ),
    formula="AC_i = sum_k w_k z_ik / sum_k w_k over the answered items k; w = first eigenvector of the correlation matrix, sign fixed on schooling",
    source="Cohen and Levinthal 1990 (concept); Giuliani and Bell 2005 (component of human resources and experimentation) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=ANY_NUMBER,
    undefined="fewer than three indicators are answered and differ between firms",
)
def absorptive_capacity(cluster: Cluster) -> Values:
    """Return absorptive capacity of each firm, in standard deviations of an item; NaN where less than half of the items are answered."""
    return capacity_of(cluster).values


@measure(
    name="high_potential",
    level="firm",
    label_en="High knowledge potential",
    label_zh="高位势企业",
    definition=(
        "1 if absorptive capacity is at the median of the cluster or above and the firm gives other firms of the cluster at least as much advice as it "
        "takes from them, per firm of which it was observed; else 0. A firm above the median that neither gives nor takes counts as high."
    ),
    formula="1[AC_i >= median AC and out-strength_i / observed_out_i >= in-strength_i / observed_in_i] on knowledge ties among firms",
    source="Cohen and Levinthal 1990; Giuliani and Bell 2005 (sources and absorbers of knowledge) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    scale="flag",
    undefined="absorptive capacity is unknown or no knowledge tie is reported",
)
def high_potential(cluster: Cluster) -> Values:
    """Return 1 for firms of high knowledge potential, 0 for those of low, NaN where capacity or knowledge ties are unknown."""
    capacity = absorptive_capacity(cluster)
    given, taken = advice_rates(cluster)
    known = ~(np.isnan(capacity) | np.isnan(given) | np.isnan(taken))
    if not known.any():
        return np.full(len(capacity), np.nan)
    high = capacity >= np.nanmedian(capacity)
    return np.where(known, high & (np.nan_to_num(given) >= np.nan_to_num(taken) - 1e-9), np.nan)


def advice_rates(cluster: Cluster) -> tuple[Values, Values]:
    """Return the strength of advice that each firm gives to and takes from the other firms, per firm of which it was observed.

    Knowledge runs from the one who is asked to the one who asks. NaN for firms that did not answer, since others tell only a part of their
    ties; all NaN if no knowledge tie is reported or the cluster is known from text.
    """
    network = cluster.firm_network("knowledge")
    n = len(cluster.firms)
    unknown = np.full(n, np.nan)
    if network is None or cluster.boundary not in ANSWERED:
        return unknown, unknown.copy()
    rates, heard = [], ties_known(cluster)
    for ends, seen in ((network.source, observed_out(network)), (network.target, observed_in(network))):
        total = np.bincount(ends, weights=network.strength, minlength=n)
        rates.append(np.divide(total, seen, out=unknown.copy(), where=(seen > 0) & heard))
    return rates[0], rates[1]


def ties_known(cluster: Cluster) -> Flags:
    """Return of which firms the own ties are known: those that answered, or all of a census or roster that records no answers."""
    if "responded" in cluster.members.columns or cluster.boundary not in COMPLETE:
        return cluster.responded
    return np.ones(len(cluster.firms), dtype=bool)


def partners_outside(cluster: Cluster) -> Values:
    """Return the number of partners outside the cluster; NaN for firms of which it is not known, and all NaN without any pipeline tie."""
    if cluster.network("pipeline") is None:
        return np.full(len(cluster.firms), np.nan)
    told = cluster.outside_partners
    return np.where(np.isnan(told) & ties_known(cluster), 0.0, np.where(ties_known(cluster), told, np.nan))


def capacity_of(cluster: Cluster) -> Capacity:
    """Return absorptive capacity with its items and weights (see `absorptive_capacity`)."""
    z = {name: _standardized(cluster.indicator(name)) for name in ITEMS}
    items = tuple(name for name, column in z.items() if not np.isnan(column).all())
    table = np.column_stack([z[name] for name in items]) if items else np.empty((len(cluster.firms), 0))
    known = ~np.isnan(table)
    rows = np.flatnonzero(known.all(axis=1))
    if len(items) < FEWEST_ITEMS or cluster.boundary not in ANSWERED:
        return Capacity(np.full(len(cluster.firms), np.nan), (), np.empty(0), np.empty((0, 0)), rows[:0], "")
    complete = table[rows]
    weights, method = _weights(complete)
    share = known @ weights
    enough = known.mean(axis=1) >= 0.5
    total = np.where(known, table, 0.0) @ weights
    values = np.divide(total, share, out=np.full(len(total), np.nan), where=enough & (share > 1e-9))
    return Capacity(values, items, weights, complete, rows, method)


@measure(
    name="absorptive_capacity_variance_share",
    level="cluster",
    label_en="Share of variance of the component of absorptive capacity",
    label_zh="吸收能力主成分的方差贡献率",
    definition=(
        "Share of the variance of the standardized items of absorptive capacity that their first principal component takes up, over the firms that "
        "answered all items; it is given whether or not the component serves as weights."
    ),
    formula="largest eigenvalue of the correlation matrix / number of items",
    source="Jolliffe 2002, ch. 2 and 6 [as published]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="an item does not differ between the firms that answered all",
    interval_kind="sampling",
)
@measure(
    name="absorptive_capacity_weight",
    level="cluster",
    label_en="Weight of an item in absorptive capacity",
    label_zh="吸收能力各项的权重",
    definition="Weight of each item (category) in the index of absorptive capacity; the weights of a cluster add up to 1.",
    formula="w_k = v_k / sum_l |v_l|, v = first eigenvector; 1 / K if equal",
    source="Jolliffe 2002, ch. 2; Giuliani and Bell 2005 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=BALANCE,
    interval_kind="sampling",
)
def capacity_rows(cluster: Cluster) -> list[Row]:
    """Return rows with the share of variance of the component and the weight of each item; one withheld row where there is no index."""
    rows = Rows(cluster, "part", "learning.division")
    capacity = capacity_of(cluster)
    why = cluster.why_not("absorptive_capacity_variance_share")
    if not capacity.items:
        n = sum(not np.isnan(_standardized(cluster.indicator(name))).all() for name in ITEMS)
        few = _TOO_FEW.format(n=n, items=", ".join(ITEM_WORDS.values()), least=FEWEST_ITEMS)
        rows.withhold("absorptive_capacity_variance_share", why or few)
        return rows
    n, coverage = len(capacity.rows), len(capacity.rows) / len(cluster.firms)
    share, _ = _component(_correlations(capacity.complete, np.ones((1, n))))
    counts = drawn_firms(cluster)[:, capacity.rows]
    shares, vectors = _component(_correlations(capacity.complete, counts), capacity.weights)
    method = "first principal component of the correlation matrix; firms with all items"
    rows.drawn(
        "absorptive_capacity_variance_share", float(share[0]), shares, n, coverage=coverage, method=method
    )
    estimated = capacity.method.startswith("first principal component")
    for k, item in enumerate(capacity.items):
        draws = vectors[:, k] if estimated else np.full(len(counts), np.nan)
        weight = float(capacity.weights[k])
        rows.drawn(
            "absorptive_capacity_weight",
            weight,
            draws,
            n,
            coverage=coverage,
            method=capacity.method,
            category=item,
        )
    return rows


def _standardized(values: Values) -> Values:
    """Return z-scores over the firms that answered; all NaN if fewer than three did or all are the same."""
    known = values[~np.isnan(values)]
    if len(known) < 3 or np.ptp(known) == 0:
        return np.full(len(values), np.nan)
    return np.asarray((values - known.mean()) / known.std(ddof=1))


def _weights(complete: NDArray[np.float64]) -> tuple[Values, str]:
    """Return weights of the items (they add up to 1) and how they were found, from z-scores of complete firms (firms x items)."""
    n, k = complete.shape
    equal = np.full(k, 1 / k)
    if n < max(FEWEST_COMPLETE, PER_ITEM * k):
        return equal, f"equal weights: {n} firm(s) answered all {k} items, too few for a component"
    _, vector = _component(_correlations(complete, np.ones((1, n))))
    if np.isnan(vector[0]).any():
        return equal, "equal weights: an item does not differ between the firms that answered all"
    if (vector[0] < 0).any():
        return equal, "equal weights: the first principal component would count an item against capacity"
    return vector[0], "first principal component of the correlation matrix, sign fixed on the first item"


def _correlations(z: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return correlation matrices (draws x items x items) of the rows of z, each counted `counts` (draws x rows) times; NaN if undefined."""
    k = z.shape[1]
    total = counts.sum(axis=1)[:, None]
    safe = np.maximum(total, 1.0)
    mean = counts @ z / safe
    square = (counts @ (z[:, :, None] * z[:, None, :]).reshape(len(z), k * k) / safe).reshape(-1, k, k)
    covariance = square - mean[:, :, None] * mean[:, None, :]
    spread = np.sqrt(np.maximum(np.einsum("dkk->dk", covariance), 0.0))
    scale = spread[:, :, None] * spread[:, None, :]
    return np.divide(covariance, scale, out=np.full_like(covariance, np.nan), where=scale > 1e-9)


def _component(
    correlations: NDArray[np.float64], like: Values | None = None
) -> tuple[Values, NDArray[np.float64]]:
    """Return share of variance and weights of the first component of each matrix; the sizes of the weights add up to 1.

    Its sign is that of the first item, or that which agrees with the weights `like` (so that draws do not flip about a component whose
    first item weighs little). NaN where a matrix is undefined.
    """
    draws, k = correlations.shape[:2]
    share, weights = np.full(draws, np.nan), np.full((draws, k), np.nan)
    good = ~np.isnan(correlations).any(axis=(1, 2))
    if good.any():
        values, vectors = np.linalg.eigh(correlations[good])
        first = vectors[:, :, -1]
        side = first[:, 0] if like is None else first @ like
        first = first * np.where(side < 0, -1.0, 1.0)[:, None]
        share[good] = np.minimum(values[:, -1] / k, 1.0)
        weights[good] = first / np.abs(first).sum(axis=1, keepdims=True)
    return share, weights
