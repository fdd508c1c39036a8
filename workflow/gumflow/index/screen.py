"""Screening: how much of what a composite indicator needs is known, for each unit, group and indicator.

A unit of which too little is known has no score that could be compared with others. It is said which units these are and why; what becomes of
them is a choice. An indicator is never dropped by the program, since the index would then be another one: it is named.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.choices import ScreenChoice
from gumflow.index.tree import IndexTree

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Screened:
    """What is known, and which rows are sparse. Rows are those of the data, by their position.

    `keep_units` (n,): the rows that go on. `withheld` (n,): those among them that are computed, so that bounds and means count them, but whose
    scores and ranks are not shown. `coverage`: n rows, a column for each group and the index, the plain share of the indicators below it that
    are known. `held_groups`: the same rows, a column for each group but the index, true where a group's score is to be withheld because its coverage is below
    the limit (its parents go by their own coverage). `why`: a row for each unit that is below the limit: row, unit, time, coverage, limit,
    missing (codes), action. `indicators`: a row for each indicator: known, zero and unique shares, and whether too little is known of it.
    """

    keep_units: Mask
    withheld: Mask
    coverage: pd.DataFrame
    held_groups: pd.DataFrame
    why: pd.DataFrame
    indicators: pd.DataFrame

    def warnings(self) -> list[str]:
        """Return a sentence for each unit and indicator of which too little is known."""
        said = [
            f"{unit}{f' at {time}' if time else ''}: {share:.0%} of the indicators are known, less than {limit:.0%}; {action}"
            for unit, time, share, limit, action in zip(
                *(self.why[c] for c in ("unit", "time", "coverage", "limit", "action")), strict=True
            )
        ]
        sparse = self.indicators[self.indicators["sparse"]]
        said += [
            f"{code}: known for {share:.0%} of the units, less than {limit:.0%}; it stays in the index, so look whether it belongs there"
            for code, share, limit in zip(sparse["indicator"], sparse["known"], sparse["limit"], strict=True)
        ]
        return said


ACTIONS = {
    "withhold": "its scores and ranks are withheld",
    "drop": "left out before anything was computed",
    "keep": "scored in spite of it",
}
"""What `on_sparse` makes of a unit below the limit."""


def screen(
    values: Matrix,
    units: NDArray[np.str_],
    tree: IndexTree,
    choice: ScreenChoice,
    *,
    times: NDArray[np.str_] | None = None,
) -> Screened:
    """Return coverage for each node of the tree, the rows that go on, and a reason for each that does not.

    `values` (n, p) as read, in the order of `tree.indicators`, NaN where missing. A unit needs `least_unit` of all indicators, a group's score
    `least_group` of those below the group; an indicator known for less than `least_indicator` of the rows that go on is named. Shares
    are plain, not weighted, since weights may come from the data. Raises `GumflowError` if fewer than two units would have a score.
    """
    known = ~np.isnan(values)
    coverage = pd.DataFrame({code: _share(known, tree, code) for code in tree.groups})
    below = coverage[tree.root].to_numpy() < choice.least_unit
    keep = ~below if choice.on_sparse == "drop" else np.ones(len(values), dtype=bool)
    withheld = below & (choice.on_sparse == "withhold")
    when = times if times is not None else np.full(len(values), "")
    why = _reasons(known, below, coverage[tree.root].to_numpy(), units, when, tree, choice)
    shown = int((keep & ~withheld).sum())
    if shown < 2:
        lines = [
            f"  {u} {t}".rstrip() + f": {s:.0%}"
            for u, t, s in zip(why["unit"], why["time"], why["coverage"], strict=True)
        ]
        raise GumflowError(
            f"{shown} of {len(values)} units have the {choice.least_unit:.0%} of indicators that screening asks for, and an index compares "
            "at least 2. Complete the data, or lower screen.least_unit or set screen.on_sparse to keep. Known shares:\n" + "\n".join(lines)
        )  # fmt: skip
    groups = [code for code in tree.groups if code != tree.root]
    held = coverage[groups] < choice.least_group
    return Screened(keep, withheld, coverage, held, why, _indicator_table(values[keep], tree, choice))


def _share(known: Mask, tree: IndexTree, code: str) -> Matrix:
    at = [tree.indicators.index(leaf) for leaf in tree.leaves(code)]
    share: Matrix = known[:, at].mean(axis=1)
    return share


def _reasons(
    known: Mask,
    below: Mask,
    share: Matrix,
    units: NDArray[np.str_],
    times: NDArray[np.str_],
    tree: IndexTree,
    choice: ScreenChoice,
) -> pd.DataFrame:
    codes = np.array(tree.indicators)
    rows = np.flatnonzero(below)
    return pd.DataFrame(
        {
            "row": rows,
            "unit": [str(units[i]) for i in rows],
            "time": [str(times[i]) for i in rows],
            "coverage": share[rows],
            "limit": np.full(len(rows), float(choice.least_unit)),
            "missing": [" ".join(codes[~known[i]]) for i in rows],
            "action": [ACTIONS[choice.on_sparse]] * len(rows),
        }
    )


def _indicator_table(values: Matrix, tree: IndexTree, choice: ScreenChoice) -> pd.DataFrame:
    """Return shares of known, zero and distinct values of each indicator; zeros and distinct values among those known."""
    known = ~np.isnan(values)
    counts = known.sum(axis=0)
    zeros = (values == 0).sum(axis=0)
    distinct = np.array(
        [len(np.unique(column[flag])) for column, flag in zip(values.T, known.T, strict=True)]
    )
    some = np.maximum(counts, 1)
    return pd.DataFrame(
        {
            "indicator": tree.indicators,
            "known": counts / len(values),
            "zero": np.where(counts, zeros / some, np.nan),
            "unique": np.where(counts, distinct / some, np.nan),
            "limit": float(choice.least_indicator),
            "sparse": counts / len(values) < choice.least_indicator,
        }
    )


def constant_columns(values: Matrix) -> Mask:
    """Return (p,) which columns have no spread among their known values: fewer than two, or all the same up to rounding.

    Up to rounding means a range of at most 1e-12 of the largest absolute value, so that a ratio of constants counts as a constant.
    """
    known = ~np.isnan(values)
    few = known.sum(axis=0) < 2
    top = np.where(few, 0.0, np.where(known, values, -np.inf).max(axis=0, initial=-np.inf))
    low = np.where(few, 0.0, np.where(known, values, np.inf).min(axis=0, initial=np.inf))
    flags: Mask = top - low <= 1e-12 * np.maximum(np.abs(top), np.abs(low))
    return flags


def time_order(times: NDArray[np.str_]) -> NDArray[np.intp]:
    """Return the order of rows in time: by number where all times are numbers, else by their letters."""
    numbers = time_numbers(times)
    return np.argsort(times if numbers is None else numbers, kind="stable")


def time_numbers(times: NDArray[np.str_]) -> Matrix | None:
    """Return times as numbers, or None if one of them is none."""
    try:
        numbers = np.array([float(time) for time in times])
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None
