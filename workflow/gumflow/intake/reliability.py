"""How far coders agree: Krippendorff's alpha and Cohen's kappa, each with a bootstrap interval over units."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

Scale = Literal["nominal", "ordinal", "interval"]
"""What a difference between two codes means: they are not the same; how many codes lie between; how far apart the numbers are."""
Weights = Literal["none", "linear", "quadratic"]
"""How much a disagreement of two coders weighs: all alike, by the distance of the codes, or by its square."""

UNIT = ["cluster", "wave", "document", "section", "paragraphs", "sentence", "note"]
"""What tells one coded sentence from another; a sentence that bears on two clusters is a unit in each."""


def krippendorff_alpha(codes: np.ndarray, scale: Scale = "nominal") -> float:
    """Return Krippendorff's alpha.

    `codes` is coders x units; integers from 0, -1 where a coder did not code the unit. For an ordinal scale larger codes are higher
    ranks, for an interval scale they are the numbers themselves. alpha = 1 - D_o / D_e with the
    coincidence matrix o_ck = sum over units of (pairs c, k) / (m_u - 1) and the squared differences of the scale: 1 (nominal),
    (sum of n_g for g from c to k, less (n_c + n_k) / 2)^2 (ordinal), (c - k)^2 (interval); Krippendorff 2011, Computing Krippendorff's
    Alpha-Reliability, sections C to E. Units with fewer than two codes do not count. NaN where all codes are the same
    (no disagreement could be expected, so agreement cannot be told from chance).
    """
    pairs, times = _pairs_by_pattern(np.asarray(codes))
    return float(_alpha(times[None, :], pairs, scale)[0])


def krippendorff_alpha_nominal(codes: np.ndarray) -> float:
    """Return Krippendorff's alpha for codes without an order (see `krippendorff_alpha`)."""
    return krippendorff_alpha(codes, "nominal")


def alpha_interval(
    codes: np.ndarray, replicates: int, seed: int, level: float = 0.95, scale: Scale = "nominal"
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of alpha over units (units drawn with replacement, seeded).

    NaN where in more than half of the draws all codes are the same.
    """
    pairs, times = _pairs_by_pattern(np.asarray(codes))
    # Units with the same codes are interchangeable, so a draw of units is a draw of how often each pattern comes.
    return _percentiles(lambda drawn: _alpha(drawn, pairs, scale), times, replicates, seed, level)


def cohen_kappa(first: np.ndarray, second: np.ndarray, weights: Weights = "none") -> float:
    """Return Cohen's kappa of two coders.

    `first` and `second` are the codes of the same units; integers from 0, -1 where not coded, and then the unit does not count.
    kappa = 1 - sum w_ij o_ij / sum w_ij e_ij, with o the shares of units coded i by the one and j by the other, e what chance gives
    with each coder's own shares, and w = 1 for i != j (Cohen 1960, Educational and Psychological Measurement 20), |i - j| or
    (i - j)^2 (Cohen 1968, Psychological Bulletin 70). NaN where no disagreement could be expected.
    """
    table = _cross_table(first, second)
    return float(_kappa(table[None], weights)[0])


def kappa_interval(
    first: np.ndarray,
    second: np.ndarray,
    replicates: int,
    seed: int,
    weights: Weights = "none",
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of kappa over units; NaN as in `alpha_interval`."""
    table = _cross_table(first, second)
    return _percentiles(
        lambda drawn: _kappa(drawn.reshape(-1, *table.shape), weights), table.ravel(), replicates, seed, level
    )


def _percentiles(
    statistic: Callable[[np.ndarray], np.ndarray], times: np.ndarray, replicates: int, seed: int, level: float
) -> tuple[float, float]:
    units = int(times.sum())
    if not units:
        return float("nan"), float("nan")
    draws = statistic(
        np.random.default_rng(seed).multinomial(units, times / units, size=replicates).astype(float)
    )
    draws = draws[np.isfinite(draws)]
    if len(draws) < replicates / 2:
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def _pairs_by_pattern(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each distinct way in which a unit is coded, its coincidences (patterns x categories x categories), and how many units have it."""
    categories = max(int(codes.max(initial=-1)) + 1, 1)
    counts = np.stack([(codes == c).sum(axis=0) for c in range(categories)]).astype(float)
    patterns, times = np.unique(counts[:, counts.sum(axis=0) >= 2], axis=1, return_counts=True)
    ordered = np.einsum("cp,kp->pck", patterns, patterns) - np.einsum(
        "cp,ck->pck", patterns, np.eye(categories)
    )
    return ordered / (patterns.sum(axis=0) - 1)[:, None, None], times.astype(float)


def _alpha(times: np.ndarray, pairs: np.ndarray, scale: Scale) -> np.ndarray:
    """Return alpha for each row of `times` (draws x patterns): how often each pattern of codes comes."""
    coincidence = np.einsum("rp,pck->rck", times, pairs)
    totals = coincidence.sum(axis=2)
    n = totals.sum(axis=1)
    apart = _squared_differences(totals, scale)
    observed = (coincidence * apart).sum(axis=(1, 2))
    expected = np.einsum("rc,rk,rck->r", totals, totals, apart)
    usable = expected > 1e-9
    return np.where(usable, 1 - (n - 1) * observed / np.where(usable, expected, 1.0), np.nan)


def _squared_differences(totals: np.ndarray, scale: Scale) -> np.ndarray:
    """Return how far apart two codes are, squared (draws x categories x categories), given how often each comes (draws x categories)."""
    categories = np.arange(totals.shape[1])
    if scale == "nominal":
        apart = (categories[:, None] != categories[None, :]).astype(float)
        return np.broadcast_to(apart, (len(totals), *apart.shape))
    if scale == "interval":
        apart = (categories[:, None] - categories[None, :]).astype(float) ** 2
        return np.broadcast_to(apart, (len(totals), *apart.shape))
    # The rank of a category is the middle of the places that its codes take, so ranks differ by the sum of the definition.
    ranks = totals.cumsum(axis=1) - totals / 2
    return (ranks[:, :, None] - ranks[:, None, :]) ** 2


def _cross_table(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return how many units the one coded i and the other j."""
    first, second = np.asarray(first), np.asarray(second)
    both = (first >= 0) & (second >= 0)
    size = max(int(np.concatenate([first, second]).max(initial=-1)) + 1, 1)
    cells = first[both] * size + second[both]
    return np.bincount(cells, minlength=size * size).reshape(size, size).astype(float)


def _kappa(tables: np.ndarray, weights: Weights) -> np.ndarray:
    """Return kappa for each cross table (draws x codes x codes)."""
    codes = np.arange(tables.shape[1])
    distance = np.abs(codes[:, None] - codes[None, :]).astype(float)
    weight = {"none": (distance > 0).astype(float), "linear": distance, "quadratic": distance**2}[weights]
    n = tables.sum(axis=(1, 2))
    expected = np.einsum("ri,rj,ij->r", tables.sum(axis=2), tables.sum(axis=1), weight)
    observed = (tables * weight).sum(axis=(1, 2))
    usable = expected > 1e-9
    return np.where(usable, 1 - n * observed / np.where(usable, expected, 1.0), np.nan)


def presence_codes(statements: pd.DataFrame, construct: str, coders: list[str]) -> np.ndarray:
    """Return coders x units, 1 where the coder gave the unit the construct, 0 where the unit was seen without it, -1 unseen.

    A unit is a sentence within a cluster (`UNIT`).
    """
    table = statements[statements["coder"].isin(coders)]
    seen = (
        table.assign(has=(table["construct"] == construct).astype(int))
        .groupby([*UNIT, "coder"], dropna=False)["has"]
        .max()
    )
    wide = seen.unstack("coder").reindex(columns=coders)
    return wide.fillna(-1).to_numpy().astype(int).T
