"""How far coders agree: Krippendorff's alpha, with a bootstrap interval over units."""

import numpy as np
import pandas as pd


def krippendorff_alpha_nominal(codes: np.ndarray) -> float:
    """Return Krippendorff's alpha for nominal codes.

    `codes` is coders x units; integers from 0, -1 where a coder did not code the unit. alpha = 1 - D_o / D_e with the
    coincidence matrix o_ck = sum over units of (pairs c, k) / (m_u - 1) (Krippendorff 2011, Computing Krippendorff's
    Alpha-Reliability, section C). Units with fewer than two codes do not count. NaN where all codes are the same category
    (no disagreement could be expected, so agreement cannot be told from chance).
    """
    pairs, times = _pairs_by_pattern(np.asarray(codes))
    return float(_alpha(times[None, :], pairs)[0])


def alpha_interval(codes: np.ndarray, replicates: int, seed: int, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile bootstrap interval of alpha over units (units drawn with replacement, seeded).

    NaN where in more than half of the draws all codes are the same category.
    """
    pairs, times = _pairs_by_pattern(np.asarray(codes))
    units = int(times.sum())
    if not units:
        return float("nan"), float("nan")
    # Units with the same codes are interchangeable, so a draw of units is a draw of how often each pattern comes.
    draws = _alpha(
        np.random.default_rng(seed).multinomial(units, times / units, size=replicates).astype(float), pairs
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


def _alpha(times: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return alpha for each row of `times` (draws x patterns): how often each pattern of codes comes."""
    coincidence = np.einsum("rp,pck->rck", times, pairs)
    totals = coincidence.sum(axis=2)
    n = totals.sum(axis=1)
    expected = n**2 - (totals**2).sum(axis=1)
    observed = n - np.trace(coincidence, axis1=1, axis2=2)
    usable = expected > 1e-9
    return np.where(usable, 1 - (n - 1) * observed / np.where(usable, expected, 1.0), np.nan)


def presence_codes(statements: pd.DataFrame, construct: str, coders: list[str]) -> np.ndarray:
    """Return coders x units, 1 where the coder gave the unit the construct, 0 where the unit was seen without it, -1 unseen.

    A unit is a sentence within a cluster (columns cluster, wave, document, section, paragraphs, sentence, note).
    """
    unit = ["cluster", "wave", "document", "section", "paragraphs", "sentence", "note"]
    table = statements[statements["coder"].isin(coders)]
    seen = (
        table.assign(has=(table["construct"] == construct).astype(int))
        .groupby([*unit, "coder"], dropna=False)["has"]
        .max()
    )
    wide = seen.unstack("coder").reindex(columns=coders)
    return wide.fillna(-1).to_numpy().astype(int).T
