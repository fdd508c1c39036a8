"""Fits of a regression of dyads: as observed, and with the residual of each predictor permuted.

Linear and logistic. `mrqap` prepares the regression, compares what these return and says what it means; this is the arithmetic.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.inference.qap import Dyads

Array = NDArray[np.float64]
# From places (draws x dyads) to sums of products about the means of the groups, the arguments of `_t_values`.
Moments = Callable[[NDArray[np.intp]], tuple[Array, ...]]

_MOST_STEPS = 25
_STEP_TOLERANCE = 1e-8
# Permuted fits are only compared with one another: after a step this small they are as good as done.
_PERMUTED_STEP_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Regression:
    """The observed dyads, with predictors standardized and, made orthonormal, apart from the intercepts.

    groups      one slice of dyads for each intercept
    y           centered within the groups in the linear model, 0 or 1 in the logistic one
    x           dyads x predictors, mean 0 and variance 1; `mean` and `scale` lead back
    basis       orthonormal, spans x less its means within the groups
    residuals   predictors x places: the residual of each predictor on the others, length 1, NaN where missing
    direction   predictors x predictors: row k is residual k in the basis
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    dyads: Dyads
    missing: int
    groups: tuple[slice, ...]
    y: Array
    x: Array
    mean: Array
    scale: Array
    basis: Array
    residuals: Array
    direction: Array
    directed: bool


@dataclass(frozen=True)
class Fit:
    """Coefficients of the standardized design with their covariance; goodness is (R2, adjusted) or (log likelihood, McFadden)."""

    coefficients: Array
    covariance: Array
    goodness: tuple[float, float]


def center_within(values: Array, groups: tuple[slice, ...]) -> Array:
    """Subtract the mean of each group of dyads."""
    return np.concatenate([values[group] - values[group].mean(axis=0) for group in groups])


def _design(given: Regression) -> Array:
    """Return the intercepts of the groups and the standardized predictors as columns."""
    return np.column_stack([_intercepts(given), given.x])


def _intercepts(given: Regression) -> Array:
    columns = np.zeros((given.dyads.count, len(given.groups)))
    for number, group in enumerate(given.groups):
        columns[group, number] = 1.0
    return columns


def fit_linear(given: Regression) -> Fit:
    """Fit by least squares, with the classical covariance."""
    orthonormal, triangle = np.linalg.qr(_design(given))
    projection = orthonormal.T @ given.y
    residual = given.y - orthonormal @ projection
    df = len(given.y) - len(projection)
    unexplained = float(residual @ residual) / float(((given.y - given.y.mean()) ** 2).sum())
    inverse = np.linalg.inv(triangle)
    return Fit(
        coefficients=inverse @ projection,
        covariance=inverse @ inverse.T * (residual @ residual / df),
        goodness=(1 - unexplained, 1 - unexplained * (len(given.y) - 1) / df),
    )


def permuted_linear(given: Regression, permutations: int, seed: int) -> Array:
    """Return t of each predictor (columns) in each draw (rows)."""
    y = center_within(given.y, given.groups)
    find = _incomplete_moments(given, y) if given.missing else _complete_moments(given, y)
    batches = given.dyads.permuted_places(permutations, seed)
    parts = zip(*(find(places) for places in batches), strict=True)
    return _t_values(given.direction, *(np.concatenate(part) for part in parts))


def _complete_moments(given: Regression, y: Array) -> Moments:
    """Give what `_t_values` needs if no dyad is missing.

    Permuting changes neither the mean nor the length of a residual, only its products with the rest (Frisch and Waugh).
    """
    k, df = len(given.names), len(y) - len(given.groups) - len(given.names)
    columns = np.column_stack([given.basis, y])
    gram, basis_y, yy = np.eye(k), given.basis.T @ y, y @ y

    def moments(places: NDArray[np.intp]) -> tuple[Array, ...]:
        draws = len(places)
        moved = given.residuals.take(places, axis=1).reshape(-1, len(y))
        products = (moved @ columns).reshape(k, draws, k + 1).swapaxes(0, 1)
        constant = (np.broadcast_to(part, (draws, *part.shape)) for part in (gram, basis_y, yy))
        return *constant, products[..., :k], products[..., k], np.ones((draws, k)), np.full(draws, float(df))

    return moments


def _incomplete_moments(given: Regression, y: Array) -> Moments:
    """Give what `_t_values` needs if dyads are missing: sums over those observed before and after permuting."""
    k = len(given.names)
    columns = np.column_stack([np.ones_like(y), given.basis, y])
    first, second = np.triu_indices(k + 2)
    pairs = columns[:, first] * columns[:, second]
    seen = (~np.isnan(given.residuals[0])).astype(np.float64)
    residuals = np.nan_to_num(given.residuals)

    def moments(places: NDArray[np.intp]) -> tuple[Array, ...]:
        there, moved = seen.take(places), residuals.take(places, axis=1)
        total, with_residual = np.zeros((len(places), k + 2, k + 2)), np.zeros((len(places), k, k + 2))
        squares, df = np.zeros((len(places), k)), np.full(len(places), -float(k))
        for group in given.groups:
            sums = np.empty((len(places), k + 2, k + 2))
            sums[:, first, second] = sums[:, second, first] = there[:, group] @ pairs[group]
            crossed = (moved[:, :, group] @ columns[group]).swapaxes(0, 1)
            n = np.maximum(sums[:, 0, 0], 1.0)
            mean = sums[:, 0] / n[:, None]
            total += sums - sums[:, 0, :, None] * mean[:, None, :]
            with_residual += crossed - crossed[..., :1] * mean[:, None, :]
            squares += (moved[:, :, group] ** 2).sum(axis=2).T - crossed[..., 0] ** 2 / n[:, None]
            df += sums[:, 0, 0] - (sums[:, 0, 0] > 0)
        basis = slice(1, k + 1)
        return (
            total[:, basis, basis], total[:, basis, -1], total[:, -1, -1],
            with_residual[..., basis], with_residual[..., -1], squares, df,
        )  # fmt: skip

    return moments


def _t_values(
    direction: Array, gram: Array, basis_y: Array, yy: Array, basis_e: Array, ye: Array, ee: Array, df: Array
) -> Array:
    """Return t (draws x predictors) of each permuted residual e beside the other predictors, from products about the means.

    gram, basis_y and yy are of the basis and y (draws x ...); basis_e, ye and ee of each residual (draws x predictors x ...).
    NaN where the other predictors, or these with e, are combinations of one another.
    """
    drawn = []
    for k, own in enumerate(direction):
        # Columns that span the other predictors: the basis less the direction that only this one has.
        others = np.linalg.svd(own[None])[2][1:].T
        e, y = basis_e[:, k] @ others, basis_y @ others
        inner = others.T @ gram @ others
        singular = np.zeros(len(inner), dtype=bool)
        if len(own) > 1:
            spread = np.linalg.eigvalsh(inner)
            singular = spread[:, 0] <= 1e-10 * spread[:, -1]
            inner = np.where(singular[:, None, None], np.eye(len(own) - 1), inner)
        on_e, on_y = np.moveaxis(np.linalg.solve(inner, np.stack([e, y], axis=2)), 2, 0)
        ee_left, ey_left = ee[:, k] - (e * on_e).sum(axis=1), ye[:, k] - (e * on_y).sum(axis=1)
        yy_left = yy - (y * on_y).sum(axis=1)
        usable = ~singular & (df > 0) & (ee_left > 1e-12 * ee[:, k])
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = np.maximum(yy_left - ey_left**2 / ee_left, 0.0)
            t = ey_left / np.sqrt(ee_left) * np.sqrt(np.maximum(df, 0) / rest)
        drawn.append(np.where(usable, t, np.nan))
    return np.column_stack(drawn)


def fit_logistic(given: Regression) -> Fit:
    """Fit by maximum likelihood; McFadden's R2 is against one common intercept.

    Raises `GumflowError` if there are no finite estimates.
    """
    design, y = _design(given), given.y
    coefficients, covariance, converged = _newton(design, y)
    if not converged:
        terms = [*intercept_names(given), *given.names]
        largest = terms[int(np.abs(coefficients).argmax())]
        raise GumflowError(
            f"the logistic model has no finite estimates: predictors separate ties from no ties, most of all {largest!r}; "
            "take it out, or join it with another"
        )
    linear = design @ coefficients
    log_likelihood = float(y @ linear - np.logaddexp(0.0, linear).sum())
    share = y.mean()
    null = len(y) * (share * math.log(share) + (1 - share) * math.log(1 - share))
    return Fit(coefficients, covariance, (log_likelihood, 1 - log_likelihood / null))


def _newton(design: Array, y: Array) -> tuple[Array, Array, bool]:
    """Fit one logistic regression; return coefficients, covariance, and whether the steps came to an end."""
    coefficients = np.zeros(design.shape[1])
    covariance: Array = np.full((len(coefficients),) * 2, np.nan)
    for _ in range(_MOST_STEPS):
        chance = _logistic(design @ coefficients)
        information: Array = (design * (chance * (1 - chance))[:, None]).T @ design
        spread = np.linalg.eigvalsh(information)
        if spread[0] <= 1e-12 * spread[-1]:
            break
        covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
        step = covariance @ (design.T @ (y - chance))
        coefficients = coefficients + step
        if np.abs(step).max() < _STEP_TOLERANCE:
            return coefficients, covariance, True
    return coefficients, covariance, False


def _logistic(linear: Array) -> Array:
    return 1.0 / (1.0 + np.exp(np.minimum(-linear, 500.0)))


def permuted_logistic(given: Regression, permutations: int, seed: int) -> tuple[Array, Array]:
    """Return z of each predictor as observed, and in each draw (rows) by predictor (columns)."""
    seen = (~np.isnan(given.residuals[0])).astype(np.float64)
    length = math.sqrt(given.dyads.count)
    residuals = np.nan_to_num(given.residuals) * length
    fits = []
    for own in given.direction:
        others = given.basis @ np.linalg.svd(own[None])[2][1:].T * length
        fits.append(_PermutedLogit(np.column_stack([_intercepts(given), others]), given.y))

    def z_values(places: NDArray[np.intp]) -> Array:
        there = seen.take(places) if given.missing else None
        return np.column_stack([fit.z(residuals[k].take(places), there) for k, fit in enumerate(fits)])

    # The observed z comes from the same steps as the permuted ones, so that equal networks give equal values.
    observed = z_values(given.dyads.place[None])[0]
    batches = given.dyads.permuted_places(permutations, seed)
    return observed, np.concatenate([z_values(places) for places in batches])


class _PermutedLogit:
    """Logistic fits of y on fixed columns (dyads x columns) and one more that changes from draw to draw."""

    def __init__(self, columns: Array, y: Array) -> None:
        self.columns, self.y = columns, y
        self.first, self.second = np.triu_indices(columns.shape[1])
        self.pairs = columns[:, self.first] * columns[:, self.second]
        self.start = np.append(_newton(columns, y)[0], 0.0)

    def z(self, extra: Array, there: Array | None) -> Array:
        """Return z of `extra` (draws x dyads) over the dyads that are `there` (None: all); NaN if the fit does not converge."""
        z = np.full(len(extra), np.nan)
        going = np.arange(len(extra))
        coefficients = np.tile(self.start, (len(extra), 1))
        for _ in range(_MOST_STEPS):
            score, information = self._derivatives(coefficients, extra, there)
            spread = np.linalg.eigvalsh(information)
            sound = spread[:, 0] > 1e-12 * spread[:, -1]
            covariance = np.linalg.inv(np.where(sound[:, None, None], information, np.eye(len(self.start))))
            step = (covariance @ score[:, :, None])[:, :, 0]
            coefficients = coefficients + step
            done = sound & (np.abs(step).max(axis=1) < _PERMUTED_STEP_TOLERANCE)
            z[going[done]] = coefficients[done, -1] / np.sqrt(covariance[done, -1, -1])
            on = sound & ~done
            if not on.any():
                break
            if not on.all():
                going, coefficients, extra = going[on], coefficients[on], extra[on]
                there = None if there is None else there[on]
        return z

    def _derivatives(self, coefficients: Array, extra: Array, there: Array | None) -> tuple[Array, Array]:
        chance = _logistic(coefficients[:, :-1] @ self.columns.T + coefficients[:, -1:] * extra)
        weight, left = chance * (1 - chance), self.y - chance
        if there is not None:
            weight, left = weight * there, left * there
        weighted = weight * extra
        score = np.column_stack([left @ self.columns, (left * extra).sum(axis=1)])
        information = np.empty((len(extra), score.shape[1], score.shape[1]))
        information[:, self.first, self.second] = weight @ self.pairs
        information[:, self.second, self.first] = information[:, self.first, self.second]
        information[:, -1, :-1] = information[:, :-1, -1] = weighted @ self.columns
        information[:, -1, -1] = (weighted * extra).sum(axis=1)
        return score, information


def intercept_names(given: Regression) -> list[str]:
    """Return the terms that stand before the predictors."""
    if len(given.groups) == 1:
        return ["intercept"]
    return [f"intercept (network {number})" for number in range(1, len(given.groups) + 1)]
