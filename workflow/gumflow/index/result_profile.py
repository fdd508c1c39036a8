"""The tables that explain a computed index: profiles of units, contributions, changes between waves, and every cell on its way."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.index.aggregate import aggregate, scale_of
from gumflow.index.chain import IndexResult
from gumflow.index.changes import wave_changes
from gumflow.index.decompose import Decomposition, decompose_scores, mean_decomposition
from gumflow.index.profile import Intervals, unit_profiles
from gumflow.index.trace import trace_cells

Floats = NDArray[np.float64]


def profile_table(result: IndexResult, intervals: Intervals | None = None) -> pd.DataFrame:
    """Return the profile of each unit, see `unit_profiles`; intervals are of ranks: code -> lowest and highest (n,)."""
    return unit_profiles(
        result.scores, result.tree, result.weights, units=result.units, times=result.times, names=result.names, intervals=intervals
    )  # fmt: skip


def decomposition_of(result: IndexResult, target: str = "") -> Decomposition:
    """Return what each indicator contributes to the score of a group (empty: the index), see `decompose_scores`.

    Under multiple imputation the mean over the completed tables. Rows whose score is withheld are NaN.
    """
    target = target or result.tree.root
    parts = [
        decompose_scores(_all_scores(result, table), result.tree, result.weights, result.choices.aggregate, target=target)
        for table in result.prepared.normalized
    ]  # fmt: skip
    return mean_decomposition(parts, result.scores[target].to_numpy(dtype=np.float64))


def _all_scores(result: IndexResult, normalized: Floats) -> pd.DataFrame:
    """Return the scores of one table with nothing hidden, as sums need them."""
    scale = scale_of(result.choices.normalize)
    return aggregate(normalized, result.tree, result.weights, result.choices.aggregate, scale=scale)


def contribution_table(result: IndexResult) -> pd.DataFrame:
    """Return the contributions to the score of each group, the index first: unit, time, and the columns of `Decomposition.table`."""
    keys = pd.DataFrame({"unit": result.units, "time": result.times})
    tables = [decomposition_of(result, group).table(keys) for group in reversed(result.tree.groups)]
    return pd.concat(tables, ignore_index=True)


def change_table(result: IndexResult) -> pd.DataFrame:
    """Return the change of scores between successive waves, split into data and method, see `wave_changes`; no rows without waves.

    Under multiple imputation it rests on the mean of the completed tables.
    """
    return wave_changes(
        result.prepared.treated.values, result.units, result.times, result.tree, result.choices.normalize, result.weights,
        result.choices.aggregate,
    )  # fmt: skip


def trace_table(result: IndexResult) -> pd.DataFrame:
    """Return each cell from the raw value to its contribution to the index, see `trace_cells`.

    Under multiple imputation completed, treated and normalized values are means over the completed tables.
    """
    prepared = result.prepared
    return trace_cells(
        _all_scores(result, result.normalized),
        result.tree,
        result.weights,
        decomposition_of(result).contributions,
        units=result.units,
        times=result.times,
        raw=result.data.values[result.rows],  # noqa: PD011
        denominated=prepared.divided,
        completed=prepared.imputed.values,
        imputed=result.imputed_flags,
        treated=prepared.treated.values,
        cells=prepared.treated.cells,
    )
