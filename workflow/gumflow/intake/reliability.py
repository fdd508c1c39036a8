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
    codes = np.asarray(codes)
    categories = int(codes.max(initial=-1)) + 1
    if categories < 2:
        return float("nan")
    counts = np.stack([(codes == c).sum(axis=0) for c in range(categories)]).astype(float)
    return _alpha(counts, np.ones(counts.shape[1]))


def _alpha(counts: np.ndarray, weights: np.ndarray) -> float:
    """Return alpha from category x unit counts, each unit taken `weights` times."""
    coders = counts.sum(axis=0)
    usable = coders >= 2
    counts, coders, weights = counts[:, usable], coders[usable], weights[usable]
    share = weights / (coders - 1) if len(coders) else weights
    coincidence = (counts * share) @ counts.T - np.diag((counts * share).sum(axis=1))
    totals = coincidence.sum(axis=1)
    n = totals.sum()
    expected = n**2 - (totals**2).sum()
    if n <= 1 or expected <= 0:
        return float("nan")
    observed = n - np.trace(coincidence)
    return float(1 - (n - 1) * observed / expected)


def alpha_interval(codes: np.ndarray, replicates: int, seed: int, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile bootstrap interval of alpha over units (units drawn with replacement, seeded)."""
    codes = np.asarray(codes)
    categories = int(codes.max(initial=-1)) + 1
    if categories < 2:
        return float("nan"), float("nan")
    counts = np.stack([(codes == c).sum(axis=0) for c in range(categories)]).astype(float)
    units = counts.shape[1]
    rng = np.random.default_rng(seed)
    draws = np.array(
        [
            _alpha(counts, rng.multinomial(units, np.full(units, 1 / units)).astype(float))
            for _ in range(replicates)
        ]
    )
    draws = draws[np.isfinite(draws)]
    if len(draws) < replicates / 2:
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


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
