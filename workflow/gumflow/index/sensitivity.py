"""Which assumption moves the ranks: Sobol' indices of first and total order, and what each indicator and each group does to the ranks.

The estimators are those of the field's standard programs (first order: Saltelli et al. 2010, their equation (b); total order: Jansen 1999), here
for all units at once. Each assumption is one factor, whether it is an option or the noise of all weights of a level: the
variables of a factor are drawn together and exchanged together (Sobol' indices of groups of variables).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for
from gumflow.index.chain import IndexResult, run_index
from gumflow.index.choices import Choices
from gumflow.index.plan import Factor, Plan, plan_of, saltelli_points
from gumflow.index.ranks import mean_rank_shift, unit_ranks
from gumflow.index.replicates import ranked_node, replicate_blocks, varied_factors
from gumflow.index.staged import StagedChain
from gumflow.index.table import IndexData
from gumflow.index.tree import IndexTree

Floats = NDArray[np.float64]
Outputs = NDArray[np.float64] | NDArray[np.float32]
RESAMPLES = 100
_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """Indices (factors, outputs) of first and total order with their standard errors; NaN for an output that never changes.

    First order: share of the output's variance that goes with the factor alone. Total order: share that goes if all other
    factors are held, the factor's part in interactions included. Estimates can be slightly below 0 or above 1.
    """

    first: Floats
    first_error: Floats
    total: Floats
    total_error: Floats


def sobol_indices(
    a: Outputs, b: Outputs, mixed: Outputs, *, resamples: int = RESAMPLES, seed: int = 0
) -> SobolIndices:
    """Return Sobol' indices of outputs, with bootstrap standard errors over the rows of the base sample.

    With y = a and b together, after the mean of all runs is taken off: S_j = mean(b (mixed_j - a)) / var(y) (Saltelli et al. 2010) and
    T_j = mean((a - mixed_j)^2) / (2 var(y)) (Jansen 1999).

    Args:
        a: (N, m) outputs at the points of the first sample.
        b: (N, m) outputs at those of the second.
        mixed: (d, N, m) outputs at points of the first in which factor j comes from the second.
        resamples: bootstrap samples of rows.
        seed: of these.

    Raises:
        GumflowError: if any output is not finite; one such run would make all indices NaN or, worse, 0.
    """
    bad = [int((~np.isfinite(part)).sum()) for part in (a, b, mixed)]
    if sum(bad):
        raise GumflowError(
            f"Sobol' indices need a finite output for every run, and {sum(bad)} of {a.size + b.size + mixed.size} are not; "
            "leave out units that some replicates cannot rank, or the options that do not rank them"
        )
    rows, outputs = a.shape
    counts = _counts(rows, resamples, seed)
    parts = [np.empty((len(mixed), outputs)) for _ in range(4)]
    size = max(1, _CELLS // (rows * (len(mixed) + 2)))
    for start in range(0, outputs, size):
        at = slice(start, start + size)
        found = _indices(a[:, at], b[:, at], mixed[:, :, at], counts)
        for part, values in zip(parts, found, strict=True):
            part[:, at] = values
    return SobolIndices(*parts)


def _counts(rows: int, resamples: int, seed: int) -> Floats:
    """Return how often each row is drawn: first all rows once, then the bootstrap samples."""
    draws = np.random.default_rng(seed).integers(rows, size=(resamples, rows))
    counts = np.ones((resamples + 1, rows))
    for r, drawn in enumerate(draws):
        counts[r + 1] = np.bincount(drawn, minlength=rows)
    return counts


def _indices(
    first: Outputs, second: Outputs, exchanged: Outputs, counts: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    rows, outputs = first.shape
    factors = len(exchanged)
    a, b, mixed = (np.asarray(part, dtype=np.float64) for part in (first, second, exchanged))
    same = (np.concatenate([a, b]) == a[0]).all(axis=0)
    center = (a.sum(axis=0) + b.sum(axis=0) + mixed.sum(axis=(0, 1))) / (rows * (factors + 2))
    a, b, mixed = a - center, b - center, mixed - center
    mean = counts @ (a + b) / (2 * rows)
    variance = counts @ (a**2 + b**2) / (2 * rows) - mean**2  # (samples, outputs)
    variance = np.where(same | (variance <= 0), np.nan, variance)[:, None, :]
    both = []
    for products in (b * (mixed - a), 0.5 * (a - mixed) ** 2):
        sums = counts @ products.transpose(1, 0, 2).reshape(rows, -1)
        both.append(sums.reshape(len(counts), factors, outputs) / rows / variance)
    errors = [np.full((factors, outputs), np.nan) for _ in both]
    for error, values in zip(errors, both, strict=True):
        error[:, ~same] = np.nanstd(values[1:, :, ~same], axis=0, ddof=1)
    return both[0][0], errors[0], both[1][0], errors[1]


def rank_sensitivity(
    data: IndexData, tree: IndexTree, choices: Choices, *, seed: int, code: str = ""
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return Sobol' indices of each unit's rank and of the mean rank shift, at a quarter, at half and at all of the base sample.

    Assumptions are those of `method_replicates`, in Saltelli's design with `choices.uncertainty.sobol_base` points A and as many B: base (d + 2)
    runs for d assumptions. The mean rank shift is that from the ranks of the point choices (Saisana, Saltelli and Tarantola 2005). The output is
    ranks, not scores, whose scale moves with the normalization. If indices at the three sizes differ by more than their
    intervals, the base is too small.

    Args:
        data: as for `run_index`, like `tree` and `choices`.
        seed: base seed.
        code: the node that is ranked; the index if empty.

    Returns:
        A table with output (`rank` or `mean_rank_shift`), unit, time ("" for the shift), assumption, base, runs, first, first_low, first_high, total,
        total_low, total_high, reason; and notes on default assumptions that were left out. Intervals are the index -+ z standard errors of a
        bootstrap of the design, to hold `choices.uncertainty.interval`. `reason` says why there are no indices: the output never changes, or a unit
        has no rank in some runs.

    Raises:
        GumflowError: as `method_replicates`; if the base sample is below 8 or no power of two.
    """
    base = choices.uncertainty.sobol_base
    if base < 8 or base & (base - 1):
        raise GumflowError(
            f"uncertainty.sobol_base is {base}; Sobol' indices need a power of two of at least 8, such as 1024"
        )
    result = run_index(data, tree, choices, seed=seed)
    chain = StagedChain(data, tree, seed=seed)
    code = ranked_node(tree, code)
    factors, notes = varied_factors(chain, choices, code)
    points = saltelli_points(base, factors, seed_for(seed, "index", "Sobol' indices"))
    ranks = _design_ranks(chain, choices, plan_of(factors, points), code)
    reference = unit_ranks(result.scores[code].to_numpy(), result.units, result.times)
    shift = _shifts(ranks, reference)
    ranks = ranks.reshape(len(factors) + 2, base, -1)
    # Without a column where no unit is ranked in some run.
    shift = shift.reshape(len(factors) + 2, base, 1)[:, :, : int(np.isfinite(shift).all())]
    known: NDArray[np.bool_] = np.asarray(np.isfinite(ranks).all(axis=(0, 1)))
    stream = seed_for(seed, "index", "bootstrap of the design")
    parts = []
    for size in (base // 4, base // 2, base):
        each = [
            sobol_indices(part[0], part[1], part[2:], seed=stream)
            for part in (ranks[:, :size][:, :, known], shift[:, :size])
        ]
        parts.append(_index_table(each, factors, known, result, size))
    return pd.concat(parts, ignore_index=True), notes


def _design_ranks(chain: StagedChain, choices: Choices, plan: Plan, code: str) -> NDArray[np.float32]:
    """Return ranks (runs, n), block by block, so that the scores of all runs are never held at once."""
    here = chain.prepared(choices).rows
    units, times = chain.data.units[here], chain.data.times[here]
    ranks = np.empty((len(plan.picks), len(here)), dtype=np.float32)
    for rows, scores in replicate_blocks(chain, choices, plan, code):
        ranks[rows] = unit_ranks(scores, units, times)
    return ranks


def _shifts(ranks: NDArray[np.float32], reference: Floats) -> Floats:
    """Return the mean rank shift of each run, block by block."""
    size = max(1, _CELLS // len(reference))
    parts = [
        mean_rank_shift(ranks[start : start + size].astype(np.float64), reference)
        for start in range(0, len(ranks), size)
    ]
    return np.concatenate(parts)


def _index_table(
    found: Sequence[SobolIndices],
    factors: Sequence[Factor],
    known: NDArray[np.bool_],
    result: IndexResult,
    base: int,
) -> pd.DataFrame:
    """Return a row for each output and factor; `found` has the ranks that are `known` in all runs, then the mean rank shift if it is."""
    from scipy.special import ndtri

    z = float(ndtri((1 + result.choices.uncertainty.interval) / 2))
    outputs, d = len(known) + 1, len(factors)
    places = np.r_[np.flatnonzero(known), np.full(found[1].total.shape[1], len(known))]
    table: dict[str, object] = {
        "output": np.repeat(["rank"] * len(known) + ["mean_rank_shift"], d),
        "unit": np.repeat([*result.units, ""], d),
        "time": np.repeat([*result.times, ""], d),
        "assumption": np.tile([factor.name for factor in factors], outputs),
        "base": base,
        "runs": base * (d + 2),
    }
    for name in ("first", "total"):
        value, error = np.full((outputs, d), np.nan), np.full((outputs, d), np.nan)
        value[places] = np.hstack([getattr(one, name) for one in found]).T
        error[places] = np.hstack([getattr(one, name + "_error") for one in found]).T
        table[name] = value.ravel()
        table[name + "_low"] = (value - z * error).ravel()
        table[name + "_high"] = (value + z * error).ravel()
    why = np.full(outputs, "not ranked in all runs")
    why[places] = "the same in all runs"
    table["reason"] = np.where(np.isnan(np.asarray(table["total"])), np.repeat(why, d), "")
    return pd.DataFrame(table)


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Ranks without a node: `ranks` (n rows, a column for each node that can be left out) and a `summary` with a row for each node.

    `summary`: code, level, mean_shift (mean absolute change of rank over units), most_shift, unit and time of the one that moves most, its
    rank and rank_without, and reason where the index cannot be made without the node.
    """

    ranks: pd.DataFrame
    summary: pd.DataFrame


def leave_one_out(result: IndexResult, *, code: str = "") -> LeftOut:
    """Return how ranks change if one indicator, or one group with all below it, is left out.

    What remains keeps its normalized values; weights are made anew, as the choices say: given weights of the remaining children are rescaled, those that
    are read from data are read again. A group that is left without children goes with its last one. Screening is not repeated, so
    that the same units are compared.

    Args:
        result: of `run_index`.
        code: the node that is ranked; the index if empty. Nodes that are not below it are not left out.
    """
    tree = result.tree
    code = ranked_node(tree, code)
    reference = unit_ranks(result.scores[code].to_numpy(), result.units, result.times)
    columns: dict[str, Floats] = {}
    rows = []
    for node in _below(tree, code):
        reduced = _without(tree, node, code)
        why = "" if reduced else "nothing would be left"
        ranks = np.full(len(reference), np.nan)
        if reduced:
            try:
                ranks = unit_ranks(_scores_on(result, reduced)[code], result.units, result.times)
                columns[node] = ranks
            except GumflowError as error:
                why = str(error)
        apart = np.abs(ranks - reference)
        known = np.isfinite(apart)
        at = int(np.argmax(np.where(known, apart, -1)))
        some = bool(known.any())
        rows.append(
            {
                "code": node,
                "level": tree.level(node),
                "mean_shift": float(apart[known].mean()) if some else np.nan,
                "most_shift": float(apart[at]) if some else np.nan,
                "unit": str(result.units[at]) if some else "",
                "time": str(result.times[at]) if some else "",
                "rank": float(reference[at]) if some else np.nan,
                "rank_without": float(ranks[at]) if some else np.nan,
                "reason": why,
            }
        )
    keys = {"unit": result.units, "time": result.times}
    return LeftOut(pd.DataFrame({**keys, **columns}), pd.DataFrame(rows))


def _below(tree: IndexTree, code: str) -> list[str]:
    """Return all nodes below one, in the order of the tree."""
    inside = {code}
    for group in reversed(tree.groups):
        if group in inside:
            inside |= set(tree.children(group))
    return [node for node in tree.nodes if node in inside and node != code]


def _without(tree: IndexTree, left_out: str, code: str) -> IndexTree | None:
    """Return the tree without a node, all below it and groups that are empty then; None if `code` is among these."""
    gone = {left_out, *_below(tree, left_out)}
    for group in tree.groups:
        if set(tree.children(group)) <= gone:
            gone.add(group)
    if code in gone:
        return None
    return IndexTree({node.code: node for node in tree.nodes.values() if node.code not in gone})


def _scores_on(result: IndexResult, tree: IndexTree) -> dict[str, Floats]:
    """Return the scores of the nodes of a smaller tree from the normalized values of a result."""
    columns = [result.tree.indicators.index(indicator) for indicator in tree.indicators]
    prepared = replace(result.prepared, normalized=result.prepared.normalized[:, :, columns])
    chain = StagedChain(result.data, tree, seed=result.seed)
    return chain.scores(result.choices, prepared, chain.weights(result.choices, prepared))
