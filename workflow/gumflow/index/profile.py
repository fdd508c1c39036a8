"""The profile of each unit: its scores and ranks on every node, and the indicators in which it is among the best or the worst."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.importance import nominal_weights
from gumflow.index.ranks import competition_ranks, unit_ranks
from gumflow.index.small_n import LEAST_RANKED
from gumflow.index.tree import IndexTree

Floats = NDArray[np.float64]

SHARE = 0.2
"""A strength is an indicator in which the unit is among this share of the best; a weakness, among this share of the worst."""
MOST = 5
"""At most so many strengths and weaknesses are named of a unit."""
PROFILE_COLUMNS = (
    "unit", "time", "name", "node", "label", "level", "score", "rank", "ranked", "rank_low", "rank_high", "median", "weight", "standing",
    "place",
)  # fmt: skip
Intervals = Mapping[str, tuple[Floats, Floats]]


def unit_profiles(
    scores: pd.DataFrame,
    tree: IndexTree,
    weights: Mapping[str, Floats],
    *,
    units: NDArray[np.str_],
    times: NDArray[np.str_],
    names: NDArray[np.str_],
    intervals: Intervals | None = None,
    share: float = SHARE,
    most: int = MOST,
) -> pd.DataFrame:
    """Return one row for each unit (at a time) and node, from the index down to the indicators.

    Columns `PROFILE_COLUMNS`: score (of an indicator, its normalized value); rank among the `ranked` units of the same time, 1 = best, ties
    sharing the best rank; rank_low and rank_high, the interval of the rank where one is given; median of these units' scores;
    weight in the index; standing, `strength` or `weakness` of the unit, and place among them, 1 = the first to name.

    Strengths are indicators with weight above 0 in which no more than `share` of the ranked units, but at least one unit, are as good
    or better; weaknesses, in which no more are as bad or worse. Whoever shares a value with many others is so neither. They are named
    in the order of that share, then of the weight, then of the tree, and at most `most` of each. With fewer than
    `LEAST_RANKED` units there are no ranks, and no strengths and weaknesses in an indicator that so few units have at that time.

    Args:
        scores: n rows with a column for every code.
        intervals: code -> lowest and highest rank (n,) of its interval, such as of replicates.

    Raises:
        GumflowError: if share is not above 0 and at most 0.5, or most is below 1.
    """
    _check_limits(share, most)
    codes = [*reversed(tree.groups), *tree.leaves(tree.root)]
    values = scores[codes].to_numpy(dtype=np.float64)
    ranks = unit_ranks(values.T, units, times).T
    ranked, median = _among(values, times)
    inside = nominal_weights(tree, weights)
    weight = np.array([inside[code] for code in codes])
    eligible = np.array([tree.level(code) == 1 for code in codes]) & (weight > 0)
    limit = np.maximum(1, np.floor(share * ranked + 1e-9))
    best, worst = _as_good(values, times)
    standing = np.full(values.shape, "", dtype=object)
    place = np.full(values.shape, np.nan)
    for label, count in (("strength", best), ("weakness", worst)):
        chosen = eligible & (ranked >= LEAST_RANKED) & np.isfinite(values) & (count <= limit)
        _name_them(standing, place, label, chosen, count / np.maximum(ranked, 1), weight, most)
    low, high = _ends(codes, len(values), intervals or {})
    width = len(codes)
    columns = {
        "unit": np.repeat(units, width), "time": np.repeat(times, width), "name": np.repeat(names, width),
        "node": np.tile(np.array(codes, dtype=object), len(values)),
        "label": np.tile(np.array([tree.nodes[c].name or c for c in codes], dtype=object), len(values)),
        "level": np.tile([tree.level(c) for c in codes], len(values)),
        "score": values.ravel(), "rank": ranks.ravel(), "ranked": ranked.astype(np.int64).ravel(),
        "rank_low": low.ravel(), "rank_high": high.ravel(), "median": median.ravel(), "weight": np.tile(weight, len(values)),
        "standing": standing.ravel(), "place": place.ravel(),
    }  # fmt: skip
    text = ("unit", "time", "name", "node", "label", "standing")
    return pd.DataFrame({c: columns[c] for c in PROFILE_COLUMNS}).astype(dict.fromkeys(text, "str"))


def _check_limits(share: float, most: int) -> None:
    faults = (
        [] if 0 < share <= 0.5 else [f"share of strengths is {share:g}; give a share above 0 and at most 0.5"]
    )
    faults += [] if most >= 1 else [f"number of strengths is {most}; give 1 or more"]
    if faults:
        raise GumflowError("\n".join(faults))


def _among(values: Floats, times: NDArray[np.str_]) -> tuple[Floats, Floats]:
    """Return the number of units that have a score and their median, for each cell (n, codes) among the rows of its time."""
    ranked, median = np.zeros(values.shape), np.full(values.shape, np.nan)
    for time in np.unique(times):
        rows = times == time
        known = np.isfinite(values[rows])
        ranked[rows] = known.sum(axis=0)
        some = known.any(axis=0)
        center = np.full(values.shape[1], np.nan)
        center[some] = np.nanmedian(values[rows][:, some], axis=0)
        median[rows] = center
    return ranked, median


def _as_good(values: Floats, times: NDArray[np.str_]) -> tuple[Floats, Floats]:
    """Return how many units of the same time, itself among them, are as good or better, and as bad or worse, in each cell."""
    better = competition_ranks(values.T, times).T
    worse = competition_ranks(-values.T, times).T
    best, worst = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    for time in np.unique(times):
        rows = times == time
        known = np.isfinite(values[rows]).sum(axis=0)
        # Who is tied with the best of r units has a rank from the other side that counts those strictly worse.
        best[rows] = known - (worse[rows] - 1)
        worst[rows] = known - (better[rows] - 1)
    return best, worst


def _name_them(
    standing: NDArray[np.object_], place: Floats, label: str, chosen: NDArray[np.bool_], share: Floats, weight: Floats, most: int
) -> None:  # fmt: skip
    """Write the label and its place into the chosen cells of each row that come first."""
    for i in np.flatnonzero(chosen.any(axis=1)):
        at = np.flatnonzero(chosen[i])
        order = at[np.lexsort((at, -weight[at], np.round(share[i, at], 9)))][:most]
        standing[i, order] = label
        place[i, order] = np.arange(1.0, len(order) + 1)


def _ends(codes: list[str], n: int, intervals: Intervals) -> tuple[Floats, Floats]:
    low, high = np.full((n, len(codes)), np.nan), np.full((n, len(codes)), np.nan)
    for j, code in enumerate(codes):
        if code in intervals:
            low[:, j], high[:, j] = intervals[code]
    return low, high
