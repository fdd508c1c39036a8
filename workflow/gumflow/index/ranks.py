"""Ranks of units and what many replicates say of them: intervals, who beats whom, how often a unit takes each rank."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.index.small_n import LEAST_RANKED

Floats = NDArray[np.float64]
# Scores nearer than this share of their size are tied: sums in another order may differ in the last digits, units may not.
TIED = 1e-12
_CELLS = 8_000_000


def competition_ranks(scores: Floats, times: NDArray[np.str_] | None = None) -> Floats:
    """Return ranks by score along the last axis, 1 = highest; NaN where the score is not known.

    Tied units share the best rank and the next one is as many lower (1, 2, 2, 4: standard competition, as tables of published
    indices print it). Scores that differ by less than 1e-12 of their size are tied with the next higher one.

    Args:
        scores: (..., n), in any unit; higher is better.
        times: (n,); units are ranked among those of their own time. None: all together.
    """
    if times is not None:
        ranks = np.full(np.shape(scores), np.nan)
        for time in np.unique(times):
            ranks[..., times == time] = competition_ranks(scores[..., times == time])
        return ranks
    falling = np.negative(scores, dtype=np.float64)
    order = np.argsort(falling, axis=-1)
    in_order = np.take_along_axis(falling, order, axis=-1)
    begins = np.ones(in_order.shape, dtype=bool)
    step = in_order[..., 1:] - in_order[..., :-1]
    begins[..., 1:] = ~(step <= TIED * np.abs(in_order[..., 1:]))
    place = np.where(begins, np.arange(1.0, in_order.shape[-1] + 1), 0.0)
    place = np.maximum.accumulate(place, axis=-1)
    place[np.isnan(in_order)] = np.nan
    ranks = np.empty_like(place)
    np.put_along_axis(ranks, order, place, axis=-1)
    return ranks


def unit_ranks(scores: Floats, units: NDArray[np.str_], times: NDArray[np.str_]) -> Floats:
    """Return competition ranks (..., n) of rows among those of their time; all NaN with fewer distinct units than can be ranked."""
    if len(set(units.tolist())) < LEAST_RANKED:
        return np.full(np.shape(scores), np.nan)
    return competition_ranks(scores, times)


def rank_intervals(ranks: Floats, level: float = 0.9) -> pd.DataFrame:
    """Return low, median, high and mean rank of each unit over replicates, and the share of replicates that rank it.

    The ends hold `level` of the replicates. They and the median are ranks that occurred (the smallest r that at least the asked share of
    replicates reach: inverse of the distribution function, Hyndman and Fan 1996, type 1), never a rank between two. NaN where no
    replicate ranks the unit.

    Args:
        ranks: (replicates, units), 1 = best, NaN = not ranked in that replicate.
        level: share of replicates inside the interval, such as 0.9.
    """
    known = np.isfinite(ranks)
    counts = known.sum(axis=0)
    in_order = np.sort(ranks, axis=0)  # NaN last
    tail = (1 - level) / 2

    def at(share: float) -> Floats:
        # 1e-9: 0.05 * 1000 is a hair above 50 in floating point
        place = np.maximum(np.ceil(share * counts - 1e-9).astype(int) - 1, 0)
        return np.asarray(np.take_along_axis(in_order, place[None, :], axis=0)[0])

    sums = np.where(known, ranks, 0).sum(axis=0)
    return pd.DataFrame(
        {
            "low": at(tail),
            "median": at(0.5),
            "high": at(1 - tail),
            "mean": np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0),
            "ranked_share": counts / len(ranks),
        }
    )


def probability_beats(ranks: Floats) -> Floats:
    """Return P[i, j], the share of replicates in which unit i ranks strictly better than unit j, of those that rank both.

    P[i, j] + P[j, i] is below 1 by the share of ties. The diagonal, and pairs that no replicate ranks together, are NaN.

    Args:
        ranks: (replicates, units), 1 = best, NaN = not ranked.

    Returns:
        (units, units).
    """
    replicates, units = ranks.shape
    known = np.isfinite(ranks)
    filled = np.where(known, ranks, np.inf)
    wins = np.zeros((units, units))
    for start in range(0, replicates, size := max(1, _CELLS // max(units**2, 1))):
        block = filled[start : start + size]
        # A unit that is not ranked loses to none: its infinity counts only against known ranks, taken off below.
        wins += np.count_nonzero(block[:, :, None] < block[:, None, :], axis=0)
    seen = known.astype(np.float64)
    both = seen.T @ seen
    wins -= seen.sum(axis=0)[:, None] - both
    np.fill_diagonal(both, 0)
    return np.divide(wins, both, out=np.full((units, units), np.nan), where=both > 0)


def rank_acceptability(ranks: Floats) -> Floats:
    """Return A[i, r - 1], the share of all replicates in which unit i takes rank r (Lahdelma, Hokkanen and Salminen 1998).

    A row sums to the share of replicates that rank the unit; a column need not sum to 1, because tied units share a rank.

    Args:
        ranks: (replicates, units), 1 = best, NaN = not ranked.

    Returns:
        (units, units).
    """
    replicates, units = ranks.shape
    row, unit = np.nonzero(np.isfinite(ranks))
    place = ranks[row, unit].astype(int) - 1
    counts = np.bincount(unit * units + place, minlength=units * units)
    return counts.reshape(units, units) / replicates


def mean_rank_shift(ranks: Floats, reference: Floats) -> Floats:
    """Return the mean absolute difference between ranks and reference ranks, over the units that both rank.

    Saisana, Saltelli and Tarantola 2005, R_S: the summary of a ranking's robustness.

    Args:
        ranks: (..., units).
        reference: (units,).

    Returns:
        (...,), NaN where no unit is ranked in both.
    """
    apart = np.abs(ranks - reference)
    counts = np.isfinite(apart).sum(axis=-1)
    sums = np.nansum(apart, axis=-1)
    return np.asarray(np.divide(sums, counts, out=np.full(np.shape(sums), np.nan), where=counts > 0))


def sampling_ranks(draws: Floats, times: NDArray[np.str_] | None = None) -> Floats:
    """Return the ranks of units in each draw of what the units consist of (firms, respondents, networks).

    The units themselves are fixed: to draw them again would say nothing of their ranks. What is drawn is one level below, by whoever
    knows it, and only the units' scores come here.

    Args:
        draws: (draws, units) scores of units in each draw.
        times: as in `competition_ranks`.

    Returns:
        (draws, units) ranks, to be summarized like those of other sources.
    """
    return competition_ranks(draws, times)
