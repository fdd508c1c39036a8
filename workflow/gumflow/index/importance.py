"""How much an indicator moves an index: the correlation ratio, which weights are often mistaken for.

A weight says what one point of an indicator adds to the score. How much of the differences between units an indicator accounts for depends as
well on its spread and on what it goes together with: an indicator of weight 0 has influence if it correlates with the others.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.index.small_n import LEAST_FOR_COHERENCE
from gumflow.index.tree import IndexTree

Floats = NDArray[np.float64]

SEGMENTS = 10
"""Equal segments between the least and the most of x, on which the cubic spline is built."""
FEW_VALUES = 5
"""With at most so many distinct values of x the conditional mean is the mean at each value."""
_GAMMA = 1.4
_PENALTIES = 10.0 ** np.arange(-6, 6.25, 0.25)
_FLAT = 1e-12


def correlation_ratios(x: Floats, y: Floats) -> Floats:
    """Return S = Var(E(y | x)) / Var(y) for each column of y: the first-order sensitivity index, or correlation ratio (Pearson 1905).

    Paruolo, Saisana and Saltelli 2013, eq. 4: "main effect" of an indicator on a composite. E(y | x) is a penalized cubic spline (Eilers
    and Marx 1996: `SEGMENTS` equal segments, penalty on second differences, so that the smoothest fit is a straight line) whose penalty
    has the least generalized cross-validation with degrees of freedom counted 1.4 times (Kim and Gu 2004), which keeps small samples from
    being overfitted; with at most `FEW_VALUES` distinct values of x, the means of y at each. S is 1 - (RSS / (n - df)) / (TSS / (n - 1)), cut
    to [0, 1]: like an adjusted R2, it does not count what so flexible a fit would explain by chance.

    Args:
        x: (n,) one indicator, no NaN.
        y: (n, m) scores, no NaN.

    Returns:
        (m,); NaN where a score or the indicator is constant, or where a fit leaves no degree of freedom.
    """
    n = len(x)
    centered = y - y.mean(axis=0)
    total = (centered**2).sum(axis=0)
    span = float(np.ptp(x)) if n else 0.0
    level = np.abs(y).max(axis=0, initial=0.0)
    flat = total <= n * (_FLAT * np.maximum(level, 1e-300)) ** 2
    if n < 3 or span <= _FLAT * float(np.abs(x).max()):
        return np.full(y.shape[1], np.nan)
    distinct, place = np.unique(x, return_inverse=True)
    if len(distinct) <= FEW_VALUES:
        residual, used = _around_means(place, len(distinct), centered)
    else:
        residual, used = _around_spline((x - x.min()) / span, centered)
    free = n - used
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 1 - (residual / free) / (total / (n - 1))
    return np.where(flat | (free <= 0), np.nan, np.clip(ratio, 0, 1))


def _around_means(place: NDArray[np.intp], values: int, y: Floats) -> tuple[Floats, Floats]:
    """Return the sum of squares around the mean at each distinct value, and the degrees of freedom, for each column."""
    counts = np.bincount(place, minlength=values).astype(np.float64)
    sums = np.zeros((values, y.shape[1]))
    np.add.at(sums, place, y)
    residual = ((y - (sums / counts[:, None])[place]) ** 2).sum(axis=0)
    return residual, np.full(y.shape[1], float(values))


def _around_spline(unit: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the sum of squares around the penalized spline on [0, 1], and its degrees of freedom, for each column."""
    from scipy.linalg import cho_factor, eigh, solve_triangular

    n = len(unit)
    basis = _spline_basis(unit)
    bends = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    gram, penalty = basis.T @ basis, bends.T @ bends
    penalty *= np.trace(gram) / np.trace(penalty)
    # The penalty leaves only straight lines free, which any two different x determine: the sum is positive definite, also
    # where a segment holds no unit. With its factor both become diagonal together, and all penalties cost no more than one.
    factor = cho_factor(gram + penalty, lower=True)[0]
    half = solve_triangular(factor, penalty, lower=True)
    bend, turn = eigh(solve_triangular(factor, half.T, lower=True))
    bend = np.clip(bend, 0, 1)
    coordinates = solve_triangular(factor, basis.T, lower=True)
    rotated = turn.T @ coordinates  # (k, n); rows have squared length 1 - bend
    scores = rotated @ y
    shrink = 1 / ((1 - bend) + _PENALTIES[:, None] * bend)  # (penalties, k)
    used = (shrink * (1 - bend)).sum(axis=1)
    # |y - fit|^2 = |y|^2 - 2 y'fit + |fit|^2, all in the diagonal coordinates
    squares = scores**2
    residual = (y**2).sum(axis=0) - (2 * shrink - shrink**2 * (1 - bend)) @ squares
    residual = np.maximum(residual, 0)
    left = np.maximum(n - _GAMMA * used, 0)
    with np.errstate(divide="ignore"):
        criterion = np.where(left[:, None] > 0, residual / left[:, None] ** 2, np.inf)
    best = np.argmin(criterion, axis=0)
    return residual[best, np.arange(y.shape[1])], used[best]


def _spline_basis(unit: Floats) -> Floats:
    """Return the cubic B-splines on equal segments of [0, 1] at each point, (n, SEGMENTS + 3)."""
    from scipy.interpolate import BSpline

    knots = np.arange(-3, SEGMENTS + 4) / SEGMENTS
    # Rounding may carry the greatest x a hair past the last segment.
    inside = np.clip(unit, 0, 1)
    return np.asarray(BSpline.design_matrix(inside, knots, 3).toarray())


def importance_shares(ratios: Floats) -> Floats:
    """Return correlation ratios as shares that add up to 1, to be set beside weights (Becker, Saisana, Paruolo and Vandecasteele 2017)."""
    total = float(np.nansum(ratios))
    return ratios / total if total > 0 else np.full(len(ratios), np.nan)


def importance_table(scores: pd.DataFrame, tree: IndexTree, weights: Mapping[str, Floats]) -> pd.DataFrame:
    """Return how much each part counts in its group, and each indicator in the index, beside its weight.

    Columns: scope (`group`: a part in its group, `index`: an indicator in the index), group, node, correlation_ratio (S, see `correlation_ratios`), importance (S as a share of the sum over the parts), weight (of the
    part in the group; of an indicator in the index the product of the weights on its way up), ratio (importance / weight; NaN at weight 0) and n
    (rows in which the part and the score are known). Rows of indicators in the index come last; there are none
    if they are right below it. S is NaN with fewer than `LEAST_FOR_COHERENCE` rows.
    """
    found = []
    for group in tree.groups:
        if len(tree.children(group)) > 1:
            found += _importances(
                scores, "group", group, tree.children(group), np.asarray(weights[group], dtype=np.float64)
            )
    if len(tree.groups) > 1:
        inside = nominal_weights(tree, weights)
        found += _importances(
            scores, "index", tree.root, tree.indicators, np.array([inside[c] for c in tree.indicators])
        )
    return pd.DataFrame(
        found, columns=["scope", "group", "node", "correlation_ratio", "importance", "weight", "ratio", "n"]
    )


def nominal_weights(tree: IndexTree, weights: Mapping[str, Floats]) -> dict[str, float]:
    """Return each node's weight in the index: the product of the weights on its way up, 1 for the index itself."""
    inside = {tree.root: 1.0}
    for group in reversed(tree.groups):
        for child, weight in zip(tree.children(group), weights[group], strict=True):
            inside[child] = inside[group] * float(weight)
    return inside


def _importances(
    scores: pd.DataFrame, scope: str, group: str, nodes: tuple[str, ...], weights: Floats
) -> list[dict[str, Any]]:
    ratios, counts = np.full(len(nodes), np.nan), np.zeros(len(nodes), dtype=np.int64)
    y = scores[group].to_numpy(dtype=np.float64)
    for i, node in enumerate(nodes):
        x = scores[node].to_numpy(dtype=np.float64)
        known = np.isfinite(x) & np.isfinite(y)
        counts[i] = known.sum()
        if counts[i] >= LEAST_FOR_COHERENCE:
            ratios[i] = correlation_ratios(x[known], y[known, None])[0]
    shares = importance_shares(ratios)
    quotient = np.divide(shares, weights, out=np.full(len(nodes), np.nan), where=weights > 0)
    columns = zip(nodes, ratios, shares, weights, quotient, counts, strict=True)
    names = ("node", "correlation_ratio", "importance", "weight", "ratio", "n")
    return [{"scope": scope, "group": group, **dict(zip(names, values, strict=True))} for values in columns]
