"""One value and interval from the results of several imputed networks (Rubin's rules)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError

_RUBIN = "Rubin 1987"
_BARNARD_RUBIN = "Barnard and Rubin 1999"


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate.

    value, se          mean over the imputations; root of the total variance
    low, high          interval from Student's t with `df` degrees of freedom
    missing_share      fraction of missing information: 0 if the imputations agree; NaN without variances
    imputations        how many estimates entered
    method             which rules, and what the interval holds
    """

    value: float
    se: float
    low: float
    high: float
    df: float
    missing_share: float
    imputations: int
    method: str


def pool(
    estimates: Sequence[float] | NDArray[np.float64],
    variances: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    complete_df: float | None = None,
    level: float = 0.95,
) -> Pooled:
    """Pool m estimates, and the sampling variance (squared standard error) of each if there is one, by Rubin's rules.

    Total variance T = U + (1 + 1/m) B, with U the mean variance and B the variance between the estimates (Rubin
    1987, ch. 3.1). Degrees of freedom: (m - 1) (1 + 1/r)^2 with r = (1 + 1/m) B / U (Rubin 1987, ch. 3.1),
    or, if `complete_df` gives those of the complete data and there are variances, the smaller ones of Barnard and Rubin 1999.
    Fraction of missing information (r + 2 / (df + 3)) / (r + 1) (Rubin 1987, ch. 3.1). Without variances U is 0:
    the interval holds what is not known of the missing ties and nothing else, and `method` says so.

    Undefined estimates (NaN) are left out and counted in `method`; with none left all is NaN. One estimate has no
    variance between: with a variance it stands as the total, without one there is no interval (NaN). Raises
    `GumflowError` for no estimate, lengths that differ, and a variance that is negative.
    """
    values = np.asarray(estimates, dtype=np.float64)
    within = None if variances is None else np.asarray(variances, dtype=np.float64)
    if values.ndim != 1 or not len(values) or (within is not None and within.shape != values.shape):
        raise GumflowError(
            "pooling needs a list of at least one estimate, and one variance for each or none at all"
        )
    if within is not None and (within < 0).any():
        raise GumflowError("a sampling variance is negative; give squared standard errors")
    if not 0 < level < 1:
        raise GumflowError(f"level is {level}; it lies between 0 and 1, such as 0.95")
    given = len(values)
    defined = ~np.isnan(values) if within is None else ~(np.isnan(values) | np.isnan(within))
    values, within = values[defined], None if within is None else within[defined]
    method = _method(len(values), given, within is not None, within is not None and complete_df is not None)
    if not len(values):
        nan = math.nan
        return Pooled(nan, nan, nan, nan, nan, nan, 0, method)
    return _pooled(values, within, complete_df, level, method)


def _pooled(
    values: NDArray[np.float64],
    within: NDArray[np.float64] | None,
    complete_df: float | None,
    level: float,
    method: str,
) -> Pooled:
    from scipy.special import stdtrit

    m = len(values)
    value = float(values.mean())
    between = (1 + 1 / m) * float(values.var(ddof=1)) if m > 1 else 0.0 if within is not None else math.nan
    mean_variance = float(within.mean()) if within is not None else 0.0
    se = math.sqrt(mean_variance + between)
    share = between / se**2 if se > 0 else 0.0
    df = math.nan if math.isnan(se) else _degrees(m, share, complete_df if mean_variance > 0 else None)
    missing = math.nan
    if within is not None:
        # With r / (r + 1) = share; the second term vanishes where the imputations agree.
        missing = share + (1 - share) * 2 / (df + 3) if share > 0 else 0.0
    half = float(stdtrit(df, (1 + level) / 2)) * se if se > 0 else se
    return Pooled(value, se, value - half, value + half, df, missing, m, method)


def _degrees(m: int, share: float, complete_df: float | None) -> float:
    """Degrees of freedom from the share of the total variance that lies between the imputations."""
    rubin = (m - 1) / share**2 if share > 0 else math.inf
    if complete_df is None:
        return rubin
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    if math.isinf(rubin) or not observed:
        return min(rubin, observed)
    return rubin * observed / (rubin + observed)


def _method(used: int, given: int, with_variance: bool, small_sample: bool) -> str:
    parts = [f"mean of {used} imputation{'s' * (used != 1)}", _BARNARD_RUBIN if small_sample else _RUBIN]
    if not with_variance:
        parts.append("variance between imputations only: the interval holds imputation, not sampling")
    if used < given:
        parts.append(f"undefined in {given - used} of {given} imputations, which are left out")
    return "; ".join(parts)
