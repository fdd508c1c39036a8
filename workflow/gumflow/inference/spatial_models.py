"""Network lag and error models of one attribute of firms: maximum likelihood, two-stage least squares, identification and impacts.

    lag     y = rho W y + X b + e        firms follow the mean of those they are tied to
    error   y = X b + u, u = lambda W u + e   what the model leaves out is alike among tied firms

W (n x n) is row-normalized or has rows of zeros (firms without sources), so that I - rho W has an inverse for |rho| < 1.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.inference.firm_regressions import Fit, Matrix, least_squares, percentile_interval
from gumflow.mechanisms.cluster import Values

LIMIT = 0.999
"""Greatest |rho| that is searched."""
POWERED_FROM = 300
"""Fewest firms from which a model is not flagged as underpowered."""
_TERMS = 400
_HALF_CHI2 = 1.920729410347062  # half of the 95 % point of chi-squared with one degree of freedom
_TOLERANCE = 1e-10
_EDGE = 1e-4


@dataclass(frozen=True, eq=False)
class NetworkModel:
    """A lag or error model by maximum likelihood.

    rho             the network coefficient (lambda in the error model), with the interval of its likelihood profile
    coefficients    of the columns of X
    covariance      of (rho, coefficients): inverse of the information matrix, with the variance of e concentrated out
    log_likelihood  at the maximum; `sigma2` the variance of e (divided by n)
    p               of rho = 0, by the likelihood ratio
    """

    rho: float
    low: float
    high: float
    coefficients: Values
    covariance: Matrix
    sigma2: float
    log_likelihood: float
    p: float


@dataclass(frozen=True, eq=False)
class TwoStage:
    """The lag model by two-stage least squares: rho and its standard error, coefficients of X, first-stage F, instruments that entered."""

    rho: float
    se: float
    coefficients: Values
    first_stage_f: float
    instruments: int
    df: int


def lag_model(y: Values, x: Matrix, w: Matrix) -> NetworkModel | None:
    """Fit y = rho W y + X b + e by maximum likelihood (Ord 1975; Anselin 1988, ch. 6).

    None if X has not full rank, or the likelihood has its top at an end of the search.
    ln|I - rho W| = sum ln(1 - rho lambda_i) over the eigenvalues of W; b and the variance are concentrated out, and rho is searched on
    (-0.999, 0.999). `x` (n x k) holds the constant.
    """
    first, second = least_squares(y, x), least_squares(w @ y, x)
    if first is None or second is None:
        return None
    e, d = first.residuals, second.residuals

    def variance(rho: float) -> float:
        return float(((e - rho * d) ** 2).mean())

    found = _maximize(variance, np.linalg.eigvals(w), len(y))
    if found is None:
        return None
    rho, sigma2 = found[0], variance(found[0])
    b = first.coefficients - rho * second.coefficients
    g = w @ np.linalg.inv(np.eye(len(y)) - rho * w)
    gxb = g @ (x @ b)
    information = np.zeros((x.shape[1] + 1,) * 2)
    # The variance's own row is concentrated out: I_rr - I_rs^2 / I_ss (Anselin 1988, eq. 6.5.1 and following).
    information[0, 0] = np.sum(g * g.T) + np.sum(g * g) + gxb @ gxb / sigma2 - 2 * np.trace(g) ** 2 / len(y)
    information[0, 1:] = information[1:, 0] = x.T @ gxb / sigma2
    information[1:, 1:] = x.T @ x / sigma2
    return NetworkModel(*found[:3], b, np.linalg.inv(information), sigma2, *found[3:])


def error_model(y: Values, x: Matrix, w: Matrix) -> NetworkModel | None:
    """Fit y = X b + u, u = lambda W u + e by maximum likelihood (Ord 1975; Anselin 1988, ch. 6).

    None if X has not full rank, or the likelihood has its top at an end of the search.
    """
    if least_squares(y, x) is None:
        return None
    wy, wx = w @ y, w @ x

    def filtered(rho: float) -> Fit | None:
        return least_squares(y - rho * wy, x - rho * wx)

    def variance(rho: float) -> float:
        fit = filtered(rho)
        return math.inf if fit is None else float((fit.residuals**2).mean())

    found = _maximize(variance, np.linalg.eigvals(w), len(y))
    fit = None if found is None else filtered(found[0])
    if found is None or fit is None:
        return None
    rho = found[0]
    sigma2 = variance(rho)
    g = w @ np.linalg.inv(np.eye(len(y)) - rho * w)
    covariance = np.zeros((x.shape[1] + 1,) * 2)
    covariance[0, 0] = 1 / (np.sum(g * g.T) + np.sum(g * g) - 2 * np.trace(g) ** 2 / len(y))
    b_filtered = x - rho * wx
    covariance[1:, 1:] = np.linalg.inv(b_filtered.T @ b_filtered) * sigma2
    return NetworkModel(*found[:3], fit.coefficients, covariance, sigma2, *found[3:])


def _maximize(
    variance: Callable[[float], float], eigenvalues: NDArray, n: int
) -> tuple[float, float, float, float, float] | None:
    """Return rho of greatest likelihood, both ends of its profile interval, the log-likelihood, and p of rho = 0; None for no top."""
    from scipy.optimize import brentq, minimize_scalar
    from scipy.special import chdtrc

    def likelihood(rho: float) -> float:
        logdet = float(np.log(np.abs(1 - rho * eigenvalues)).sum())
        return logdet - n / 2 * (math.log(2 * math.pi) + 1 + math.log(max(variance(rho), 1e-300)))

    # The profile may have more than one hill: start from the highest of a grid.
    grid = np.linspace(-LIMIT, LIMIT, 41)
    top = int(np.argmax([likelihood(r) for r in grid]))
    bounds = grid[max(top - 1, 0)], grid[min(top + 1, len(grid) - 1)]
    rho = float(
        minimize_scalar(lambda r: -likelihood(r), bounds=bounds, method="bounded", options={"xatol": 1e-10}).x
    )
    if abs(rho) > LIMIT - _EDGE:
        return None
    best = likelihood(rho)

    def short(r: float) -> float:
        return likelihood(r) - best + _HALF_CHI2

    low = float(brentq(short, -LIMIT, rho)) if short(-LIMIT) < 0 < short(rho) else -LIMIT
    high = float(brentq(short, rho, LIMIT)) if short(LIMIT) < 0 < short(rho) else LIMIT
    return rho, low, high, best, float(chdtrc(1, max(2 * (best - likelihood(0.0)), 0.0)))


def two_stage(y: Values, x: Matrix, w: Matrix) -> TwoStage | None:
    """Fit y = rho W y + X b + e by two-stage least squares with instruments W X and W^2 X (Kelejian and Prucha 1998).

    The constant is the first column of `x`; instruments that X and the ones before them determine are left out. First-stage F is of the
    instruments beyond X in the regression of W y. None if no instrument is left or X has not full rank.
    """
    candidates = np.column_stack([w @ x, w @ (w @ x)])
    kept = x
    for column in candidates.T:
        wider = np.column_stack([kept, column])
        kept = (
            wider
            if np.linalg.matrix_rank(wider / np.maximum(np.abs(wider).max(axis=0), 1e-300)) == wider.shape[1]
            else kept
        )
    added = kept.shape[1] - x.shape[1]
    wy = w @ y
    restricted, whole = least_squares(wy, x), least_squares(wy, kept)
    if restricted is None or whole is None or not added:
        return None
    rss_less, rss = (
        float(restricted.residuals @ restricted.residuals),
        float(whole.residuals @ whole.residuals),
    )
    f = (rss_less - rss) / added / (rss / whole.df) if rss > 0 else math.inf
    z, fitted = np.column_stack([wy, x]), np.column_stack([wy - whole.residuals, x])
    second = least_squares(y, fitted)
    if second is None:
        return None
    residuals = y - z @ second.coefficients
    inverse = np.linalg.inv(fitted.T @ fitted)
    se = math.sqrt(float(residuals @ residuals) / second.df * inverse[0, 0])
    return TwoStage(float(second.coefficients[0]), se, second.coefficients[1:], f, added, second.df)


def identified(w: Matrix) -> bool:
    """Return whether I, W and W^2 are linearly independent, so that a peer effect can be told from effects of peers' traits.

    Bramoullé, Djebbari and Fortin (2009), proposition 1. It fails where all firms are tied to all others of a group of one size.
    """
    n = len(w)
    if n == 0:
        return False
    three = np.stack([np.eye(n).ravel(), w.ravel(), (w @ w).ravel()])
    norms = np.linalg.norm(three, axis=1)
    if (norms == 0).any():
        return False
    three /= norms[:, None]
    return bool(np.linalg.eigvalsh(three @ three.T)[0] > _TOLERANCE)


def impacts(
    model: NetworkModel, w: Matrix, column: int, rng: np.random.Generator, draws: int
) -> dict[str, tuple[float, float, float]]:
    """Return direct, indirect and total impact of one column of X in a lag model, each with its 95 % interval.

    Impacts are those of S = (I - rho W)^-1 b: direct the mean of its diagonal, total the mean of its row sums, indirect the rest (LeSage
    and Pace 2009, ch. 2.7). The interval is of draws from the normal distribution of (rho, b) with the model's covariance; draws with
    |rho| >= 0.999 are drawn again from the others.
    """
    eigenvalues = np.linalg.eigvals(w)
    sums, reach = np.empty(_TERMS + 1), np.ones(len(w))
    for k in range(_TERMS + 1):  # sums[k] is the mean row sum of W^k
        sums[k] = reach.mean()
        reach = w @ reach
    place = [0, 1 + column]
    drawn = rng.multivariate_normal(
        np.array([model.rho, model.coefficients[column]]),
        model.covariance[np.ix_(place, place)],
        size=draws,
        method="eigh",
    )
    drawn = drawn[np.abs(drawn[:, 0]) < LIMIT]
    rho = np.append(model.rho, drawn[:, 0])
    b = np.append(model.coefficients[column], drawn[:, 1])
    direct = b * (1 / (1 - rho[:, None] * eigenvalues)).real.mean(axis=1)
    # What lies beyond the last term goes on with its row sum: exact for row-normalized W, negligible otherwise.
    series = np.polynomial.polynomial.polyval(rho, sums) + sums[-1] * rho ** (_TERMS + 1) / (1 - rho)
    total = b * series
    kinds = {"direct": direct, "indirect": total - direct, "total": total}
    return {k: (float(v[0]), *percentile_interval(v[1:])) for k, v in kinds.items()}
