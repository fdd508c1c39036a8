"""What every regression over the firms of a cluster shares: its complete cases, its fit, and the fits of all bootstrap draws at once.

Bootstrap draws are counts (draws x firms): how often each firm is drawn. A fit needs sums over firms only, so that one product of
counts and values gives the sums of all draws, and no draw is fitted by itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import label_of
from gumflow.mechanisms.cluster import Cluster, Flags, Values
from gumflow.mechanisms.rows import draw_counts

Matrix = NDArray[np.float64]

FEWEST_FIRMS = 20
"""Fewest complete firms on which a regression is estimated. A choice: below it intervals are wider than most effects of the field."""
LEVEL_TAIL = 0.975
_SINGULAR = 1e-10
_FEW = "withheld: {n} firm(s) have all of {columns}, and {label} needs {least}"
_NONE = "withheld: no firm has {columns}, on which {label} rests"
_SAME = "undefined: all firms have the same {columns}, so {label} has nothing to go by"
_COVERAGE = "withheld: {share:.0%} of the firms have all of {columns}, less than the {gate:.0%} that the configuration asks for"


@dataclass(frozen=True, eq=False)
class FirmData:
    """A cluster with the values of its firms (rows in the order of `cluster.firms`), as regressions read them."""

    cluster: Cluster
    table: pd.DataFrame

    @cached_property
    def counts(self) -> Matrix:
        """Bootstrap counts (draws x firms), the same that every mechanism of the cluster uses."""
        return draw_counts(self.cluster)

    def values(self, column: str) -> Values:
        """Return a column for each firm; all NaN if the table does not have it."""
        firms = self.cluster.firms
        if column not in self.table.columns:
            return np.full(len(firms), np.nan)
        return self.table[column].reindex(firms).to_numpy(dtype=np.float64)

    def matrix(self, columns: Sequence[str]) -> Matrix:
        """Return columns as firms x columns."""
        return np.column_stack([self.values(c) for c in columns])

    def why_not(
        self, measure: str, columns: Sequence[str], values: Matrix, *, possible: int | None = None
    ) -> str:
        """Say why a regression on `values` (firms x columns, called `columns`) cannot be estimated; empty if it can.

        `possible` is the number of firms that could have all values, if not every firm of the cluster. The reason calls columns by the labels
        of their measures.
        """
        why = self.cluster.why_not(measure)
        if why:
            return why
        label, called = label_of(measure), [_called(c) for c in columns]
        lacking = [c for c, own in zip(called, values.T, strict=True) if np.isnan(own).all()]
        if lacking:
            return _NONE.format(columns="; ".join(lacking), label=label)
        complete = values[complete_rows(values)]
        n = len(complete)
        if n < FEWEST_FIRMS:
            return _FEW.format(n=n, columns="; ".join(called), label=label, least=FEWEST_FIRMS)
        share, gate = n / (possible or len(values)), self.cluster.settings.withhold_below
        if self.cluster.boundary != "sample" and share < gate:
            return _COVERAGE.format(share=share, columns="; ".join(called), gate=gate)
        same = [c for c, spread in zip(called, np.ptp(complete, axis=0), strict=True) if spread == 0]
        if same:
            return _SAME.format(columns="; ".join(same), label=label)
        return ""


def _called(column: str) -> str:
    """Return the label of a column; words after its name, such as "at the wave before", are kept."""
    name, *more = column.split(" ")
    return " ".join([label_of(name), *more])


@dataclass(frozen=True, eq=False)
class Fit:
    """An ordinary least-squares fit: coefficients, their covariance, residuals, residual degrees of freedom, R2."""

    coefficients: Values
    covariance: Matrix
    residuals: Values
    df: int
    r_squared: float

    @property
    def se(self) -> Values:
        """Standard errors under equal variances."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def t(self) -> Values:
        """Student's t of each coefficient; 0 where a coefficient and its error are both 0."""
        return np.divide(self.coefficients, self.se, out=np.zeros(len(self.se)), where=self.se > 0)

    @property
    def critical(self) -> float:
        """Student's t at 97.5 %."""
        return student(self.df)

    def p_values(self) -> Values:
        """Return two-sided p of each coefficient."""
        from scipy.special import stdtr

        return np.asarray(2 * stdtr(self.df, -np.abs(self.t)))


def complete_rows(values: Matrix) -> Flags:
    """Return which firms have all values (firms x columns)."""
    return np.asarray(~np.isnan(values).any(axis=1), dtype=bool)


def student(df: float) -> float:
    """Return Student's t of `df` degrees of freedom at 97.5 %."""
    from scipy.special import stdtrit

    return float(stdtrit(df, LEVEL_TAIL))


def least_squares(y: Values, x: Matrix) -> Fit | None:
    """Regress y (n) on the columns of x (n x k, its constant among them); None if x has not full rank or n <= k."""
    n, k = x.shape
    scale = np.sqrt((x * x).sum(axis=0))
    if n <= k or not np.all(scale > 0):
        return None
    q, r = np.linalg.qr(x / scale)
    if np.abs(np.diag(r)).min() < _SINGULAR:
        return None
    inverse = np.linalg.inv(r) / scale[:, None]
    coefficients = inverse @ (q.T @ y)
    residuals = y - x @ coefficients
    rss, total = float(residuals @ residuals), float(((y - y.mean()) ** 2).sum())
    r_squared = 1 - rss / total if total > 0 else math.nan
    return Fit(coefficients, inverse @ inverse.T * rss / (n - k), residuals, n - k, r_squared)


def standardized(values: Matrix) -> Matrix:
    """Return columns with mean 0 and standard deviation 1 (divided by n - 1); a column that does not vary becomes 0."""
    centered = values - values.mean(axis=0)
    spread = values.std(axis=0, ddof=1)
    return np.divide(centered, spread, out=np.zeros_like(centered), where=spread > 0)


def drawn_correlations(counts: Matrix, values: Matrix) -> NDArray[np.float64]:
    """Return the correlations of the columns of `values` (firms x p) in each draw: draws x p x p; NaN where one does not vary."""
    z = standardized(values)  # sums of squares of small numbers keep their digits
    p = z.shape[1]
    total = counts.sum(axis=1, keepdims=True)
    total = np.where(total > 0, total, np.nan)
    one, two = np.triu_indices(p)
    means = counts @ z / total
    products = counts @ (z[:, one] * z[:, two]) / total - means[:, one] * means[:, two]
    covariances = np.empty((len(counts), p, p))
    covariances[:, one, two] = covariances[:, two, one] = products
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    # NaN compares as False without a warning.
    spread = np.sqrt(np.where(variances > _SINGULAR, variances, np.nan))
    return covariances / (spread[:, :, None] * spread[:, None, :])


def standardized_fits(correlations: NDArray[np.float64], y: int, xs: Sequence[int]) -> tuple[Matrix, Values]:
    """Return standardized coefficients (draws x len(xs)) and R2 (draws) of column y on columns xs; NaN where singular."""
    among = correlations[:, list(xs)][:, :, list(xs)]
    with_y = correlations[:, list(xs), y]
    k = len(xs)
    sound = np.asarray(~np.isnan(among).any(axis=(1, 2)) & ~np.isnan(with_y).any(axis=1))
    among = np.where(sound[:, None, None], among, np.eye(k))
    sound &= np.linalg.det(among) > _SINGULAR
    among = np.where(sound[:, None, None], among, np.eye(k))
    solved = np.linalg.solve(among, np.where(sound[:, None], with_y, 0.0)[:, :, None])[:, :, 0]
    solved = np.where(sound[:, None], solved, np.nan)
    return np.asarray(solved, dtype=np.float64), np.asarray((solved * with_y).sum(axis=1), dtype=np.float64)


def with_jackknife(counts: Matrix, complete: Flags) -> Matrix:
    """Return counts of the complete firms: all firms once, each draw, then each firm left out once ((1 + draws + n) x n)."""
    n = int(complete.sum())
    return np.vstack([np.ones((1, n)), counts[:, complete], 1.0 - np.eye(n)])


def percentile_interval(draws: Values, n: int | None = None) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % points of the draws; NaN twice if more than a tenth is undefined.

    With the number of firms `n`, the points are those of the expanded percentile interval (Hesterberg 2015, section 3.2), which is as wide
    as Student's t and the divisor n - 1 would have it: plain points are too narrow for few firms.
    """
    from scipy.special import ndtr

    known = draws[~np.isnan(draws)]
    if len(known) < max(2, 0.9 * len(draws)):
        return math.nan, math.nan
    tail = 1 - LEVEL_TAIL if n is None else float(ndtr(-math.sqrt(n / (n - 1)) * student(n - 1)))
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def bca_interval(value: float, draws: Values, left_out: Values) -> tuple[float, float]:
    """Return the bias-corrected and accelerated interval (Efron 1987): `left_out` are the values with each firm left out.

    NaN twice if value, draws or left-out values are undefined, or all draws lie on one side of the value.
    """
    from scipy.special import ndtr, ndtri

    known = draws[~np.isnan(draws)]
    if value != value or len(known) < max(2, 0.9 * len(draws)) or np.isnan(left_out).any():
        return math.nan, math.nan
    below = (np.sum(known < value) + 0.5 * np.sum(known == value)) / len(known)
    if not 0 < below < 1:
        return math.nan, math.nan
    deviation = left_out.mean() - left_out
    squares = float((deviation**2).sum())
    acceleration = float((deviation**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0
    bias, z = float(ndtri(below)), float(ndtri(LEVEL_TAIL))
    ends = [float(ndtr(bias + (bias + s) / (1 - acceleration * (bias + s)))) for s in (-z, z)]
    low, high = np.quantile(known, ends)
    return float(low), float(high)
