"""Which relations and attributes explain a relation: multiple regression of dyads, tested by double semi-partialling.

Each predictor is tested by what it has apart from the others: its residual on them is permuted (actors, rows and columns together) and put
in its place, and the t statistic of the fit is compared with the observed one (Dekker, Krackhardt and Snijders 2007). Unlike
permuting y, this stays valid when predictors are correlated and the relations are autocorrelated.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.inference.dyadic_regression import (
    Array,
    Fit,
    Regression,
    center_within,
    fit_linear,
    fit_logistic,
    intercept_names,
    permuted_linear,
    permuted_logistic,
)
from gumflow.inference.qap import (
    Dyads,
    Matrices,
    as_matrices,
    check_permutations,
    distinct_orders,
    flatten,
    layout_dyads,
    permutation_p_values,
    same_sizes,
)

COLUMNS = ("term", "estimate", "se", "t", "p_two_sided", "p_lower", "p_upper")
# A predictor whose residual on the others is this small, relative to its own spread, is a combination of them.
_COLLINEAR = 1e-7


@dataclass(frozen=True)
class MRQAP:
    """A regression of dyads.

    table           one row a term: estimate; se and t, the classical ones, which take dyads for independent and are
                    not for inference (t is z in the logistic model); p_two_sided, p_lower, p_upper by permutation,
                    (1 + count) / (1 + permutations). Intercepts have none: permuting changes nothing about them
    n_dyads         observed in y and every predictor; `missing_dyads` are the others
    r_squared, adjusted_r_squared        of the linear model, else NaN
    log_likelihood, mcfadden_r_squared   of the logistic model, else NaN
    permutations    drawn; `failed` says of how many, at worst, the fit for a term gave no t: these were left out
    warnings        plain sentences on what limits the result
    """

    table: pd.DataFrame
    model: str
    n_networks: int
    n_dyads: int
    missing_dyads: int
    r_squared: float
    adjusted_r_squared: float
    log_likelihood: float
    mcfadden_r_squared: float
    permutations: int
    failed: int
    method: str
    warnings: tuple[str, ...]


def mrqap(
    y: Matrices,
    x: Mapping[str, Matrices],
    *,
    seed: int,
    permutations: int = 2000,
    directed: bool = True,
    network_intercepts: bool = False,
) -> MRQAP:
    """Regress the dyads of y on those of the named predictors by least squares, with double semi-partialling tests.

    `y` and each predictor are n x n matrices of the same actors in the same order, or lists with one matrix for each of several
    networks; these are pooled, with actors permuted inside their own network and, if `network_intercepts`, one intercept for each
    network. The diagonal is not read. Undirected matrices must be symmetric, and each pair counts once.

    Missing dyads: a dyad that is NaN in y or in any predictor is left out of the fit, so the residuals that are permuted
    are known for the other dyads only. In a permuted fit the dyads are those observed both before the permutation and where it
    takes the residual from; the whole model is fitted anew to them, with its own degrees of freedom.

    The same permutations serve all predictors, so that their order changes nothing.

    Raises `GumflowError` for matrices of different size or number, not square, or not symmetric as stated; fewer than four actors; a
    constant y or predictor; predictors that are combinations of one another (named); and fewer dyads than terms.
    """
    given = _prepare(y, x, permutations, directed, network_intercepts, binary=False)
    fit = fit_linear(given)
    drawn = permuted_linear(given, permutations, seed)
    return _result(given, "linear", fit, drawn)


def mrqap_logistic(
    y: Matrices,
    x: Mapping[str, Matrices],
    *,
    seed: int,
    permutations: int = 2000,
    directed: bool = True,
    network_intercepts: bool = False,
) -> MRQAP:
    """Regress a binary relation on the named predictors by logistic regression, with double semi-partialling tests.

    Arguments and missing dyads are those of `mrqap`. The residual of a predictor is that of its linear projection on the others, as
    in the linear model; it is permuted and takes the predictor's place in the logistic fit, whose z is compared. The fit is
    by Newton steps (iteratively reweighted least squares) from the fit without the predictor. Permuted fits that do not
    converge, as where the permuted residual separates ties from no ties, are left out and counted in `failed`.

    Raises `GumflowError` as `mrqap` does, for a y that is not 0 or 1, and if the predictors separate ties from no ties in
    the observed data, since no finite estimate exists then (Albert and Anderson 1984).
    """
    given = _prepare(y, x, permutations, directed, network_intercepts, binary=True)
    fit = fit_logistic(given)
    observed, drawn = permuted_logistic(given, permutations, seed)
    return _result(given, "logistic", fit, drawn, observed)


def _prepare(
    y: Matrices,
    x: Mapping[str, Matrices],
    permutations: int,
    directed: bool,
    network_intercepts: bool,
    binary: bool,
) -> Regression:
    check_permutations(permutations)
    if not x:
        raise GumflowError("x: no predictor given; name at least one")
    named = {"y": as_matrices(y, "y", directed)}
    named |= {
        f"predictor {name!r}": as_matrices(one, f"predictor {name!r}", directed) for name, one in x.items()
    }
    sizes = same_sizes(named)
    every = layout_dyads(sizes, directed)
    flat = np.stack([flatten(matrices) for matrices in named.values()])
    at_dyads = flat[:, every.place]
    seen: NDArray[np.bool_] = np.logical_not(np.isnan(at_dyads).any(axis=0))
    dyads, at_dyads = every.keep(seen), at_dyads[:, seen]
    groups = _groups(dyads, len(sizes)) if network_intercepts else (slice(0, dyads.count),)
    if dyads.count <= len(groups) + len(x):
        raise GumflowError(
            f"{dyads.count} dyads are observed in y and all predictors, too few for {len(groups) + len(x)} terms; "
            "take predictors out or look for missing values"
        )
    if binary and not np.isin(at_dyads[0], (0, 1)).all():
        raise GumflowError(
            "y: not all values are 0 or 1; the logistic model needs a binary relation, use mrqap"
        )
    for name, values in zip(named, at_dyads, strict=True):
        if np.ptp(values) == 0:
            raise GumflowError(
                f"{name}: the same value in all {dyads.count} dyads observed; it explains nothing, nor can be explained"
            )
    outcome, predictors = at_dyads[0], at_dyads[1:].T
    mean, scale = predictors.mean(axis=0), predictors.std(axis=0)
    design = (predictors - mean) / scale
    basis, triangle = np.linalg.qr(center_within(design, groups))
    direction = _residual_directions(triangle, design, tuple(x))
    residuals = np.full((len(x), flat.shape[1]), np.nan)
    residuals[:, dyads.place] = (basis @ direction.T).T
    if not directed:
        residuals = _mirrored(residuals, sizes)
    return Regression(
        names=tuple(x), sizes=tuple(sizes), dyads=dyads, missing=every.count - dyads.count, groups=groups,
        y=outcome, x=design, mean=mean, scale=scale,
        basis=basis, residuals=residuals, direction=direction, directed=directed,
    )  # fmt: skip


def _groups(dyads: Dyads, networks: int) -> tuple[slice, ...]:
    ends = np.searchsorted(dyads.network, np.arange(networks + 1))
    for number in np.flatnonzero(np.diff(ends) == 0):
        raise GumflowError(
            f"network {number + 1}: no dyad is observed in y and all predictors; leave the network out"
        )
    return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))


def _residual_directions(triangle: Array, design: Array, names: tuple[str, ...]) -> Array:
    """Return, one row a predictor, its residual on the others in the orthonormal basis, length 1.

    With X = QR, row k of the inverse of R is Q' of that residual up to its length.
    """
    # Judged by singular values first: the inverse of a singular triangle is noise.
    _, values, vectors = np.linalg.svd(triangle)
    null = values < _COLLINEAR * math.sqrt(len(design))
    if null.any():
        involved = np.abs(vectors[null]).max(axis=0) > 1e-4
        which = ", ".join(name for name, is_in in zip(names, involved, strict=True) if is_in)
        raise GumflowError(
            f"predictors that are combinations of one another or of the intercepts: {which}; their effects cannot be told apart, take one out"
        )
    inverse = np.linalg.inv(triangle)
    return inverse / np.linalg.norm(inverse, axis=1, keepdims=True)


def _mirrored(flat: Array, sizes: Sequence[int]) -> Array:
    """Copy the lower triangle of each network to its upper one: a permuted pair may stand in either."""
    mirrored = flat.copy()
    start = 0
    for size in sizes:
        block = mirrored[:, start : start + size * size].reshape(-1, size, size)
        row, column = np.tril_indices(size, -1)
        block[:, column, row] = block[:, row, column]
        start += size * size
    return mirrored


def _result(given: Regression, model: str, fit: Fit, drawn: Array, observed: Array | None = None) -> MRQAP:
    """Bring the coefficients back to the predictors' own scale, and set the p values beside them."""
    intercepts = len(given.groups)
    back = np.eye(len(fit.coefficients))
    back[:intercepts, intercepts:] = -given.mean / given.scale
    back[intercepts:, intercepts:] = np.diag(1 / given.scale)
    estimate = back @ fit.coefficients
    se = np.sqrt(np.maximum(np.diag(back @ fit.covariance @ back.T), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimate / se
    compared = t[intercepts:] if observed is None else observed
    none = [(math.nan, math.nan, math.nan)] * intercepts
    p = none + [
        permutation_p_values(float(one), column) for one, column in zip(compared, drawn.T, strict=True)
    ]
    columns = ([*intercept_names(given), *given.names], estimate, se, t, *zip(*p, strict=True))
    failed = int(np.isnan(drawn).sum(axis=0).max())
    linear = model == "linear"
    return MRQAP(
        table=pd.DataFrame(dict(zip(COLUMNS, columns, strict=True))),
        model=model,
        n_networks=len(given.sizes),
        n_dyads=given.dyads.count,
        missing_dyads=given.missing,
        r_squared=fit.goodness[0] if linear else math.nan,
        adjusted_r_squared=fit.goodness[1] if linear else math.nan,
        log_likelihood=math.nan if linear else fit.goodness[0],
        mcfadden_r_squared=math.nan if linear else fit.goodness[1],
        permutations=len(drawn),
        failed=failed,
        method=_method(given, model),
        warnings=_warnings(given, len(drawn), failed),
    )


def _method(given: Regression, model: str) -> str:
    kind = "directed" if given.directed else "undirected, each pair once"
    pooled = (
        f"; {len(given.sizes)} networks pooled, actors permuted inside each" if len(given.sizes) > 1 else ""
    )
    own = "; one intercept for each network" if len(given.groups) > 1 else ""
    return (
        f"MRQAP, {model}, double semi-partialling (Dekker, Krackhardt and Snijders 2007), {kind}{pooled}{own}; "
        "p = (1 + count) / (1 + permutations); se and t are the classical ones, not for inference"
    )


def _warnings(given: Regression, permutations: int, failed: int) -> tuple[str, ...]:
    found = []
    if failed:
        found.append(
            f"In up to {failed} of {permutations} permutations a term could not be fitted; they are left out of its p values."
        )
    orders = distinct_orders(given.sizes)
    if orders < permutations:
        found.append(
            f"The actors have only {orders} distinct orders, so that no p value can be much below {1 / orders:.3g}."
        )
    return tuple(found)
