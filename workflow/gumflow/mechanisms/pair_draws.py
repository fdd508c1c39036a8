"""Statistics of pairs and of firms under bootstrap draws of firms, and the row of `scores` that each becomes.

A draw of firms says how often each is drawn. A pair of firms that are drawn c_i and c_j times counts c_i c_j times, and a firm is no pair with its
own copies (the vertex bootstrap of Snijders and Borgatti 1999, without putting other ties in the place of these).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.registry import get_measure
from gumflow.mechanisms.cluster import Cluster, Values
from gumflow.mechanisms.rows import FEWEST, Rows, draw_counts

if TYPE_CHECKING:
    from scipy import sparse

Counts = NDArray[np.float64]
Statistic = Callable[[Counts], Values]
"""From counts (draws x firms) to one value for each draw."""

_DRAWN: WeakKeyDictionary[Cluster, Counts] = WeakKeyDictionary()


def drawn_firms(cluster: Cluster) -> Counts:
    """Return `draw_counts` of a cluster, drawn once for all statistics; do not change it."""
    if cluster not in _DRAWN:
        _DRAWN[cluster] = draw_counts(cluster)
    return _DRAWN[cluster]


def pair_matrix(
    source: NDArray[np.int64], target: NDArray[np.int64], size: int, values: Values | None = None
) -> "sparse.csr_array":
    """Return the matrix (size x size) of ordered pairs, 1 or the given value at each; repeated pairs are added up."""
    from scipy import sparse

    entries = np.ones(len(source)) if values is None else values
    return sparse.csr_array((entries, (source, target)), shape=(size, size), dtype=np.float64)


def pair_sum(counts: Counts, matrix: "sparse.csr_array", other: Counts | None = None) -> Values:
    """Return sum_ij c_i c'_j M_ij for each draw; c' = c unless `other` is given."""
    return np.asarray(((counts @ matrix) * (counts if other is None else other)).sum(axis=1))


def ratio(above: Values, below: Values) -> Values:
    """Return above / below, NaN where nothing is below."""
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def gini(values: Values) -> Statistic:
    """Return the statistic Gini coefficient of values that are not negative; NaN values are left out, NaN if all are 0."""
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    ordered = values[order]

    def of(counts: Counts) -> Values:
        drawn = counts[:, order]
        rank = 2 * np.cumsum(drawn, axis=1) - drawn
        return ratio((drawn * rank) @ ordered, drawn.sum(axis=1) * (drawn @ ordered)) - 1

    return of


def add_statistic(
    rows: Rows, measure: str, statistic: Statistic, n: int, *, method: str = "", category: str = ""
) -> None:
    """Add the row of a statistic of n firms, with the interval of its bootstrap; withheld if too few firms bear it."""
    firms = len(rows.cluster.firms)
    coverage = n / max(firms, 1)
    gate = rows.cluster.settings.withhold_below
    if n < FEWEST:
        label = get_measure(measure).label_en
        rows.withhold(
            measure,
            f"withheld: {n} firm(s) bear {label}, and it needs {FEWEST}",
            category=category,
            n=n,
            coverage=coverage,
        )
        return
    if rows.cluster.boundary != "sample" and coverage < gate:
        why = f"withheld: {coverage:.0%} of the firms have a value, less than the {gate:.0%} that the configuration asks for"
        rows.withhold(measure, why, category=category, n=n, coverage=coverage)
        return
    value = float(statistic(np.ones((1, firms)))[0])
    draws = statistic(drawn_firms(rows.cluster))
    rows.drawn(
        measure, value, draws, n, coverage=coverage, method=method or "bootstrap of firms", category=category
    )
