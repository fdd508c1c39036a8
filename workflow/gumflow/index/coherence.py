"""Whether the parts of a group go together: correlations, Cronbach's alpha, the Kaiser-Meyer-Olkin measure, the first principal component.

All of them take columns in which more is better (`normalize` has applied the directions). On raw data an indicator of which less is better
correlates negatively with its group, and alpha then says nothing of the group.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FLAT = 1e-12


@dataclass(frozen=True, eq=False)
class Correlations:
    """Pearson correlations between columns of two tables, the rows known in both, and two-sided p-values (Student's t)."""

    r: Floats
    n: NDArray[np.int64]
    p: Floats


def pairwise_correlations(left: Floats, right: Floats, independent: float = 1.0) -> Correlations:
    """Return Pearson's r of each column of `left` with each of `right`, over the rows known in both (pairwise complete).

    NaN where fewer than three rows are known in both or one column is constant in them. `independent` is the share of rows that count as
    independent in the p-values: units / rows in a panel, because the waves of a unit are no further evidence.

    Args:
        left: (n, a), NaN = missing.
        right: (n, b), NaN = missing.

    Returns:
        Arrays (a, b).
    """
    known_left, known_right = np.isfinite(left), np.isfinite(right)
    n = known_left.T.astype(np.int64) @ known_right.astype(np.int64)
    # Centered and scaled first, so that sums of squares keep their digits whatever the unit of a column.
    x, y = _scaled(left, known_left), _scaled(right, known_right)
    u, v = known_left.astype(np.float64), known_right.astype(np.float64)
    count = np.maximum(n, 1)
    mean_x, mean_y = x.T @ v / count, u.T @ y / count
    var_x, var_y = (x**2).T @ v / count - mean_x**2, u.T @ y**2 / count - mean_y**2
    cov = x.T @ y / count - mean_x * mean_y
    good = (n >= 3) & (var_x > _FLAT) & (var_y > _FLAT)
    r = np.full(n.shape, np.nan)
    r[good] = np.clip(cov[good] / np.sqrt(var_x[good] * var_y[good]), -1, 1)
    return Correlations(r, n, correlation_p(r, (n * independent).astype(np.float64)))


def _scaled(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return columns with mean 0 and standard deviation 1 over their known rows, 0 where missing or constant."""
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    centered = np.where(known, filled - filled.sum(axis=0) / count, 0.0)
    spread = np.sqrt((centered**2).sum(axis=0) / count)
    level = np.abs(filled).max(axis=0, initial=0.0)
    varies = spread > _FLAT * level
    return np.asarray(np.where(varies, centered / np.where(varies, spread, 1.0), 0.0))


def correlation_p(r: Floats, n: Floats) -> Floats:
    """Return the two-sided p-value of correlations of n independent pairs: Student's t with n - 2 degrees of freedom."""
    from scipy.special import stdtr

    free = np.maximum(n - 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(r) * np.sqrt(free / (1 - r**2))
        return np.where(free > 0, 2 * stdtr(np.maximum(free, 1e-9), -t), np.nan)


@dataclass(frozen=True)
class Alpha:
    """Cronbach's alpha of a group of k columns over n complete rows; NaN where it is undefined."""

    raw: float
    standardized: float
    n: int


def cronbach_alpha(values: Floats) -> Alpha:
    """Return Cronbach's alpha (1951), raw and standardized, over the rows without a gap.

    Raw: k / (k - 1) (1 - sum of variances / variance of the sum), of the columns as they are. Standardized: k r / (1 + (k - 1) r) with r
    the mean correlation, which is what the raw form gives for columns of equal variance. NaN for fewer than two columns or three
    complete rows, or where a column is constant. It is negative where the columns oppose each other.

    Args:
        values: (n, k), more is better in every column, NaN = missing.
    """
    complete = values[np.isfinite(values).all(axis=1)]
    n, k = complete.shape
    if k < 2 or n < 3 or not _varies(complete).all():
        return Alpha(np.nan, np.nan, n)
    cov = np.cov(complete, rowvar=False)
    spread = np.sqrt(np.diag(cov))
    r = cov / np.outer(spread, spread)
    mean_r = (r.sum() - k) / (k * (k - 1))
    whole = float(cov.sum())
    raw = k / (k - 1) * (1 - np.trace(cov) / whole) if whole > _FLAT * np.trace(cov) else np.nan
    below = 1 + (k - 1) * mean_r
    return Alpha(float(raw), float(k * mean_r / below) if below > _FLAT else np.nan, n)


@dataclass(frozen=True, eq=False)
class SamplingAdequacy:
    """Kaiser-Meyer-Olkin measure overall and of each column; `singular` where the inverse was a pseudo-inverse."""

    overall: float
    columns: Floats
    singular: bool
    n: int


def kaiser_meyer_olkin(values: Floats) -> SamplingAdequacy:
    """Return the Kaiser-Meyer-Olkin measure of sampling adequacy over the rows without a gap.

    Sum of r^2 / (sum of r^2 + sum of q^2) over pairs, with q the partial correlations given all other columns (Kaiser 1974; Dziuban and
    Shirkey 1974 for each column). Where the correlation matrix is singular (a column is a combination of others, or there are no more rows
    than columns) partial correlations come from the Moore-Penrose inverse, and `singular` says so: the value is then no evidence. Two columns
    always have 0.5. NaN for fewer than two columns or three rows, or where a column is constant.

    Args:
        values: (n, k), NaN = missing.
    """
    complete = values[np.isfinite(values).all(axis=1)]
    n, k = complete.shape
    if k < 2 or n < 3 or not _varies(complete).all():
        return SamplingAdequacy(np.nan, np.full(k, np.nan), False, n)
    r = np.corrcoef(complete, rowvar=False)
    levels, axes = np.linalg.eigh(r)
    kept = levels > 1e-10 * levels[-1]
    inverse = (axes[:, kept] / levels[kept]) @ axes[:, kept].T
    scale = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(scale, scale)
    squares, partials = np.asarray(r**2), np.asarray(partial**2)
    np.fill_diagonal(squares, 0)
    np.fill_diagonal(partials, 0)
    with np.errstate(invalid="ignore"):
        columns = squares.sum(axis=0) / (squares.sum(axis=0) + partials.sum(axis=0))
        overall = squares.sum() / (squares.sum() + partials.sum())
    return SamplingAdequacy(float(overall), columns, not bool(kept.all()), n)


@dataclass(frozen=True, eq=False)
class FirstComponent:
    """First principal component of standardized columns: its share of variance, the second eigenvalue, and loadings with positive sum."""

    share: float
    second: float
    loadings: Floats
    n: int


def first_component(values: Floats) -> FirstComponent:
    """Return the first principal component of the correlation matrix over the rows without a gap.

    The share is the first eigenvalue / k; a second eigenvalue above 1 speaks for a second dimension (Kaiser 1960). Loadings are correlations
    of the columns with the component, whose sign is chosen so that they add up to something positive.

    Args:
        values: (n, k), NaN = missing.
    """
    complete = values[np.isfinite(values).all(axis=1)]
    n, k = complete.shape
    if k < 2 or n < 3 or not _varies(complete).all():
        return FirstComponent(np.nan, np.nan, np.full(k, np.nan), n)
    levels, axes = np.linalg.eigh(np.corrcoef(complete, rowvar=False))
    loadings = axes[:, -1] * np.sqrt(levels[-1])
    loadings = loadings if loadings.sum() >= 0 else -loadings
    return FirstComponent(float(levels[-1] / k), float(levels[-2]), loadings, n)


def _varies(values: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.ptp(values, axis=0) > _FLAT * np.abs(values).max(axis=0))
