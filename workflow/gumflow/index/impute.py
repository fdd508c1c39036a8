"""Filling in missing values: by averages of an indicator or of a group of units, from a unit's other times, or by a multivariate normal.

Every filled cell is flagged, and what is left missing by rule is counted; nothing falls back silently on another method.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for
from gumflow.index.choices import ImputeChoice
from gumflow.index.multivariate_normal import em_normal, impute_by_normal
from gumflow.index.screen import time_numbers, time_order
from gumflow.index.tree import IndexNode, refuse_all

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]
Names = NDArray[np.str_]

METHODS = (
    "none", "mean", "median", "group_mean", "group_median", "panel_latest", "panel_linear", "em", "multiple",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Imputed:
    """Values with fewer gaps (n, p), and flags (n, p) of the cells that were filled in.

    Under `multiple`, `draws` (m, n, p) are the completed tables and `values` their mean; otherwise there are none. `columns` has a row for each
    indicator: missing, imputed, left (still missing), outside (imputed cells beyond the known values, which only a normal model makes).
    """

    values: Matrix
    flags: Mask
    draws: Matrix
    columns: pd.DataFrame

    def warnings(self) -> list[str]:
        """Return a sentence for each indicator that still has gaps, and for those filled beyond their known values."""
        table = self.columns
        gaps, far = table[table["left"] > 0], table[table["outside"] > 0]
        return [
            f"{code}: {left} of {missing} missing values could not be filled in by this method and stay missing"
            for code, left, missing in zip(gaps["indicator"], gaps["left"], gaps["missing"], strict=True)
        ] + [
            f"{code}: {outside} of {imputed} imputed values lie beyond all known ones"
            for code, outside, imputed in zip(far["indicator"], far["outside"], far["imputed"], strict=True)
        ]


def impute(
    values: Matrix,
    choice: ImputeChoice,
    *,
    nodes: Sequence[IndexNode],
    groups: Names,
    units: Names,
    times: Names,
    seed: int,
) -> Imputed:
    """Return values (n, p) with what is missing filled in as `choice.method` says; known values never change.

    - `none`: nothing is filled in.
    - `mean`, `median`: of the indicator's known values, over all rows.
    - `group_mean`, `group_median`: of those in the same group of units, at the same time in a panel. A group without a known value is an error
      that names it: another average would not be that of the group.
    - `panel_latest`: the last known earlier value of the unit; `panel_linear`: a straight line in time between the known values before and after,
      never beyond them. What has none stays missing, and is counted.
    - `em`: the mean given the unit's known values, under a multivariate normal fitted by EM (Little and Rubin 2002, ch. 8; Schafer 1997).
    - `multiple`: `choice.draws` tables, each drawn from a normal fitted to a bootstrap of the units (Honaker, King and Blackwell 2011), so that the
      spread between tables holds both what the model does not know and what it leaves open.

    `nodes` are the indicators in the order of the columns; `groups`, `units` and `times` (n,) are "" where there are none; `seed` is
    the base seed. Raises one `GumflowError` that lists all that a method lacks.
    """
    missing = np.isnan(values)
    codes = [node.code for node in nodes]
    draws = np.empty((0, *values.shape))
    if choice.method not in METHODS:
        raise GumflowError(f"impute.method is {choice.method!r}; allowed: {', '.join(METHODS)}")
    if choice.method == "none" or not missing.any():
        out = values
        if choice.method == "multiple":
            draws = np.broadcast_to(values, (choice.draws, *values.shape))
    elif choice.method in ("mean", "median"):
        out = _by_average(values, codes, choice.method)
    elif choice.method in ("group_mean", "group_median"):
        out = _by_group(values, codes, groups, times, choice.method.removeprefix("group_"))
    elif choice.method in ("panel_latest", "panel_linear"):
        out = _by_panel(values, units, times, linear=choice.method == "panel_linear")
    elif choice.method == "em":
        _check_normal(values, codes)
        out = impute_by_normal(values, em_normal(values))
    else:
        _check_normal(values, codes)
        draws = multiple_imputations(values, units, choice.draws, seed)
        out = np.where(missing, draws.mean(axis=0), values)
    flags = missing & ~np.isnan(out)
    return Imputed(out, flags, draws, _column_table(values, out, flags, codes))


def _column_table(values: Matrix, out: Matrix, flags: Mask, codes: Sequence[str]) -> pd.DataFrame:
    missing = np.isnan(values)
    top = np.where(missing, -np.inf, values).max(axis=0, initial=-np.inf)
    low = np.where(missing, np.inf, values).min(axis=0, initial=np.inf)
    # A mean of equal numbers may differ from them in the last digit.
    slack = 1e-9 * np.where(np.isfinite(top), np.maximum(np.abs(top), np.abs(low)), 0.0)
    outside = flags & ((out > top + slack) | (out < low - slack))
    return pd.DataFrame(
        {
            "indicator": list(codes),
            "missing": missing.sum(axis=0),
            "imputed": flags.sum(axis=0),
            "left": np.isnan(out).sum(axis=0),
            "outside": outside.sum(axis=0),
        }
    )


def _by_average(values: Matrix, codes: Sequence[str], kind: str) -> Matrix:
    missing = np.isnan(values)
    refuse_all(
        f"imputation by the {kind}",
        [f"{c}: no value is known, so there is no {kind}; take it out of the tree" for c, m in zip(codes, missing.T, strict=True) if m.all()],
    )  # fmt: skip
    center = np.nanmean(values, axis=0) if kind == "mean" else np.nanmedian(values, axis=0)
    return np.where(missing, center, values)


def _by_group(values: Matrix, codes: Sequence[str], groups: Names, times: Names, kind: str) -> Matrix:
    center: Callable[[Matrix], np.floating] = np.mean if kind == "mean" else np.median
    gaps = np.isnan(values)
    faults = []
    if (groups[gaps.any(axis=1)] == "").any():
        without = int((groups[gaps.any(axis=1)] == "").sum())
        faults.append(
            f"{without} unit(s) with missing values have no group; fill in the column group, or choose another impute.method"
        )
    out = values.copy()
    for group, time in sorted(set(zip(groups.tolist(), times.tolist(), strict=True))):
        rows = np.flatnonzero((groups == group) & (times == time))
        for j in np.flatnonzero(gaps[rows].any(axis=0)).tolist() if group else ():
            known = values[rows, j][~gaps[rows, j]]
            if len(known):
                out[rows[gaps[rows, j]], j] = center(known)
            else:
                when = f" at {time}" if time else ""
                faults.append(
                    f"{codes[j]}: nobody in the group {group!r}{when} has a value; complete one, merge the group, or choose another impute.method"
                )
    refuse_all(f"imputation by the {kind} of the group", faults)
    return out


def _by_panel(values: Matrix, units: Names, times: Names, *, linear: bool) -> Matrix:
    if (times == "").all():
        raise GumflowError(
            "imputation from other times needs a panel: add a column time, or choose another impute.method"
        )
    years = time_numbers(times)
    if years is None and linear:
        odd = sorted({str(t) for t in times if time_numbers(np.array([t])) is None})
        raise GumflowError(
            f"panel_linear needs times that are numbers, such as 2008, and these are none: {', '.join(odd)}; rename them, or choose panel_latest"
        )
    out = values.copy()
    for unit in dict.fromkeys(units.tolist()):
        rows = np.flatnonzero(units == unit)
        rows = rows[time_order(times[rows])]
        for j in np.flatnonzero(np.isnan(values[rows]).any(axis=0)):
            known = ~np.isnan(values[rows, j])
            if years is not None and linear and known.any():
                when, gap = years[rows], rows[~known]
                out[gap, j] = np.interp(
                    years[gap], when[known], values[rows[known], j], left=np.nan, right=np.nan
                )
            elif known.any():
                last = np.maximum.accumulate(np.where(known, np.arange(len(rows)), -1))
                fill = ~known & (last >= 0)
                out[rows[fill], j] = values[rows[last[fill]], j]
    return out


def _check_normal(values: Matrix, codes: Sequence[str]) -> None:
    """Refuse indicators without two known values: a normal needs a mean and a variance of each."""
    known = (~np.isnan(values)).sum(axis=0)
    refuse_all(
        "imputation by a multivariate normal",
        [f"{c}: {n} known value(s), and at least 2 are needed; take it out of the tree or choose another impute.method" for c, n in zip(codes, known, strict=True) if n < 2],
    )  # fmt: skip


def multiple_imputations(values: Matrix, units: Names, draws: int, seed: int) -> Matrix:
    """Return completed tables (draws, n, p), each drawn from a normal that was fitted to a bootstrap of the units.

    The units of a panel are drawn with all their times, which are not independent. Each table has a random stream of its own, so
    that more draws leave the first ones as they are.
    """
    start = em_normal(values)
    _, of_unit = np.unique(units, return_inverse=True)
    size = int(of_unit.max()) + 1
    tables = np.empty((draws, *values.shape))
    for m in range(draws):
        stream = np.random.default_rng(seed_for(seed, "index", "multiple imputation", str(m)))
        counts = np.bincount(stream.integers(size, size=size), minlength=size)
        fit = em_normal(values, counts=counts[of_unit].astype(np.float64), start=start, tolerance=1e-4)
        tables[m] = impute_by_normal(values, fit, stream)
    return tables
