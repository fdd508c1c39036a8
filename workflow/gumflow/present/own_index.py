"""What the command `index` makes of a user's table and tree: scores and ranks, how they came about, and how far they can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.audit import AUDIT_COLUMNS, audit_index
from gumflow.index.chain import IndexResult, run_index
from gumflow.index.choices import Choices, UncertaintyChoice
from gumflow.index.plan import Plan
from gumflow.index.profile import Intervals
from gumflow.index.replicates import (
    Replicates,
    acceptability_table,
    beats_table,
    imputation_ranks,
    method_replicates,
    planned_replicates,
    uncertainty_table,
)
from gumflow.index.result_profile import change_table, contribution_table, profile_table, trace_table
from gumflow.index.screen import time_order
from gumflow.index.sensitivity import leave_one_out, rank_sensitivity
from gumflow.index.small_n import LEAST_RANKED
from gumflow.index.table import IndexData
from gumflow.index.tree import IndexTree
from gumflow.index.weights import weights_table
from gumflow.index.what_if import closest_swaps, reweigh
from gumflow.present.index_codebook import CODEBOOK

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OwnIndex:
    """Tables by the name of their file, the result they were made from, what was found in a few lines, and what is to be warned of."""

    tables: dict[str, pd.DataFrame]
    result: IndexResult
    summary: tuple[str, ...]
    notes: tuple[str, ...]


def index_own_files(
    tree: IndexTree,
    data: IndexData,
    choices: Choices,
    *,
    seed: int,
    plan: Plan | None = None,
    weights: Mapping[str, float] | None = None,
) -> OwnIndex:
    """Compute an index with its uncertainty, sensitivity and audit.

    Args:
        tree: the hierarchy.
        data: its indicators.
        choices: which `check_choices` has passed.
        seed: where random streams start.
        plan: replicates to be run instead of sampled ones.
        weights: other weights of some nodes, for the table what_if.

    Raises:
        GumflowError: of the first stage that cannot go on, with all that is wrong there. Where nothing is said of uncertainty, what cannot be
            varied is left out with a note instead.
    """
    result = run_index(data, tree, choices, seed=seed)
    panel = len(set(data.times.tolist())) > 1
    tables = {
        "results": results_table(result),
        "coverage": _coverage(result),
        "indicators": _indicators(result),
        "treated": result.treated,
        "imputed": result.imputed,
        "weights": weights_table(result.weights, tree),
        "weight_statistics": result.weights.details,
        "audit": _audit(result),
    }
    uncertain, notes, replicates = _uncertainty(result, plan)
    tables |= uncertain
    tables |= {
        "profiles": profile_table(result, _intervals(result, uncertain["uncertainty"])),
        "contributions": contribution_table(result),
        "trace": trace_table(result),
    }
    if panel:
        tables["changes"] = change_table(result)
    if weights:
        tables["what_if"] = reweigh(result, weights).table
    if not panel:
        tables = {name: table.drop(columns="time", errors="ignore") for name, table in tables.items()}
    tables["codebook"] = CODEBOOK[CODEBOOK["table"].isin(list(tables))]
    said = (*data.notes, *result.warnings, *notes)
    return OwnIndex(tables, result, _summary(result, tables, replicates), tuple(dict.fromkeys(said)))


def results_table(result: IndexResult) -> pd.DataFrame:
    """Return unit, time, rank, then the index, every group from the top down and every indicator under their codes, coverage, imputed_share.

    Rows are in the order of time and rank; those without a rank stand last. Indicators are normalized: more is better.
    """
    tree = result.tree
    codes = [*reversed(_by_level(tree)), *tree.indicators]
    table = pd.DataFrame(
        {"unit": result.units, "time": result.times, "rank": result.ranks[tree.root].to_numpy()}
        | {code: result.scores[code].to_numpy() for code in codes}
        | {"coverage": result.coverage[tree.root].to_numpy(), "imputed_share": result.imputed_share}
    )
    place = np.empty(len(table))
    place[time_order(result.times)] = np.arange(len(table))
    times = {time: place[result.times == time].min() for time in set(result.times.tolist())}
    order = np.lexsort((-result.scores[tree.root].fillna(-np.inf), [times[t] for t in result.times.tolist()]))
    return table.iloc[order].reset_index(drop=True)


def _by_level(tree: IndexTree) -> list[str]:
    """Return the groups so that, read backwards, they go from the index down and inside a level in the order of the file."""
    levels = sorted({tree.level(group) for group in tree.groups})
    return [group for at in levels for group in reversed([g for g in tree.groups if tree.level(g) == at])]


def _coverage(result: IndexResult) -> pd.DataFrame:
    """Return for each row of the data, dropped ones too, the known share of indicators of the index and of each group, and what came of it."""
    data, screened = result.data, result.prepared.screened
    action = pd.Series("", index=range(len(data.units)), dtype="str")
    action.loc[screened.why["row"]] = screened.why["action"].to_numpy()
    codes = list(reversed(_by_level(result.tree)))
    keys = {"unit": data.units, "time": data.times, "name": data.names}
    return pd.DataFrame(
        keys | {code: screened.coverage[code].to_numpy() for code in codes} | {"action": action}
    )


def _indicators(result: IndexResult) -> pd.DataFrame:
    """Return for each indicator how much of it is known and imputed, and its skew and kurtosis before and after treatment."""
    prepared = result.prepared
    table = prepared.screened.indicators.drop(columns="sparse")
    nodes = [result.tree.nodes[code] for code in table["indicator"]]
    table.insert(1, "name", [node.name for node in nodes])
    table.insert(2, "direction", [node.direction for node in nodes])
    filled = prepared.imputed.columns.drop(columns="missing")
    treated = prepared.treated.columns.drop(columns="known").rename(columns={"cells": "treated_cells"})
    treated["passed"] = treated["passed"].map({True: "yes", False: "no"}, na_action="ignore").fillna("")
    return table.merge(filled, on="indicator").merge(treated, on="indicator")


def _audit(result: IndexResult) -> pd.DataFrame:
    outcome = result.choices.audit.outcome
    outcomes = {outcome: result.data.others[outcome].to_numpy()[result.rows]} if outcome else None
    if not len(result.rows):
        return pd.DataFrame(columns=list(AUDIT_COLUMNS))
    return audit_index(result.scores, result.tree, result.weights, units=result.units, outcomes=outcomes)


def _uncertainty(
    result: IndexResult, plan: Plan | None
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...], Replicates | None]:
    """Return the tables of ranks under other choices, notes on what was left out, and the replicates of the method."""
    tables = {
        "leave_one_out": leave_one_out(result).summary,
        "swaps": closest_swaps(result),
    }
    drawn, notes = _method(result, plan)
    ranks = {"method": drawn.ranks} if drawn is not None else {}
    if len(imputed := imputation_ranks(result)):
        ranks["imputation"] = imputed
    root = result.tree.root
    scores = {"imputation": result.imputation_scores[root]} if "imputation" in ranks else None
    if ranks and np.isfinite(result.ranks[root]).any():
        tables["uncertainty"] = uncertainty_table(result, ranks, scores)
    else:
        tables["uncertainty"] = pd.DataFrame(columns=_UNCERTAINTY)
        if ranks:
            notes += (f"uncertainty.csv is empty: no ranks are given to fewer than {LEAST_RANKED} units",)
    if drawn is not None:
        tables["beats"] = beats_table(result, drawn.ranks)
        tables["acceptability"] = acceptability_table(result, drawn.ranks)
        if plan is not None:
            tables["replicates"] = _each_replicate(result, drawn)
    found, more = _sobol(result)
    tables["sensitivity"] = found
    return tables, (*notes, *more), drawn


def _intervals(result: IndexResult, uncertainty: pd.DataFrame) -> Intervals:
    """Return the rank intervals of the index over replicates of the method."""
    method = uncertainty[uncertainty["source"] == "method"]
    if not len(method):
        return {}
    return {result.tree.root: (method["low"].to_numpy(), method["high"].to_numpy())}


def _method(result: IndexResult, plan: Plan | None) -> tuple[Replicates | None, tuple[str, ...]]:
    choices, common = result.choices, (result.data, result.tree, result.choices)
    if plan is not None:
        drawn = planned_replicates(*common, plan, seed=result.seed)
        return drawn, drawn.notes
    if not choices.uncertainty.replicates:
        return None, ()
    try:
        drawn = method_replicates(*common, seed=result.seed)
        return drawn, drawn.notes
    except GumflowError as error:
        if not _by_default(choices.uncertainty):
            raise
        return None, (f"the uncertainty of ranks is left out: {error}",)


def _sobol(result: IndexResult) -> tuple[pd.DataFrame, tuple[str, ...]]:
    empty = pd.DataFrame(columns=_SENSITIVITY)
    if not result.choices.uncertainty.sobol_base:
        return empty, ()
    try:
        return rank_sensitivity(result.data, result.tree, result.choices, seed=result.seed)
    except GumflowError as error:
        if not _by_default(result.choices.uncertainty):
            raise
        return empty, (f"Sobol' indices are left out: {error}",)


def _by_default(choice: UncertaintyChoice) -> bool:
    """Say whether nobody asked for what is varied, so that it may be left out where it cannot be run."""
    default = UncertaintyChoice()
    return (choice.assumptions, choice.weight_noise) == (default.assumptions, default.weight_noise)


def _each_replicate(result: IndexResult, drawn: Replicates) -> pd.DataFrame:
    """Return score and rank of each unit in each replicate, numbered from 1 in the order of their table."""
    count, rows = drawn.scores.shape
    return pd.DataFrame(
        {
            "replicate": np.repeat(np.arange(1, count + 1), rows),
            "unit": np.tile(result.units, count),
            "time": np.tile(result.times, count),
            "score": drawn.scores.ravel(),
            "rank": drawn.ranks.ravel(),
        }
    )


_UNCERTAINTY = (
    "unit", "time", "name", "source", "replicates", "rank", "low", "median", "high", "mean", "same", "ranked_share",
    "score", "score_low", "score_high",
)  # fmt: skip
_SENSITIVITY = (
    "output", "unit", "time", "assumption", "base", "runs", "first", "first_low", "first_high", "total", "total_low",
    "total_high", "reason",
)  # fmt: skip


def _summary(
    result: IndexResult, tables: Mapping[str, pd.DataFrame], drawn: Replicates | None
) -> tuple[str, ...]:
    data, tree = result.data, result.tree
    units, times = len(set(data.units.tolist())), len(set(data.times.tolist()))
    size = f"{units} units" + (f" at {times} times" if times > 1 else "")
    groups = f"{len(tree.groups) - 1} groups, " if len(tree.groups) > 1 else ""
    lines = [
        f"{size}, {len(tree.indicators)} indicators, {groups}{tree.depth} levels",
        f"cells treated: {len(result.treated)} (indicators: {result.treated['indicator'].nunique()}); imputed: {len(result.imputed)}; "
        f"left missing: {int(np.isnan(result.normalized).sum())}",
    ]
    if drawn is not None and len(tables["uncertainty"]):
        method = tables["uncertainty"].query("source == 'method'")
        width = float((method["high"] - method["low"]).median())
        level = result.choices.uncertainty.interval
        lines.append(
            f"rank intervals, {level:.0%} of {len(drawn.ranks)} replicates of the method: {width:g} ranks from end to end at the median unit"
        )
    verdicts = tables["audit"]["verdict"].value_counts()
    counts = ", ".join(
        f"{int(verdicts[v])} {v}" for v in ("pass", "warn", "fail", "not_tested") if v in verdicts
    )
    return (*lines, f"audit: {counts or 'nothing to check'}")
