"""The whole chain of a composite indicator, from a table of raw data to scores and ranks, with what each stage did on the way."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.index.aggregate import Weights
from gumflow.index.choices import Choices
from gumflow.index.normalize import clipped
from gumflow.index.ranks import unit_ranks
from gumflow.index.small_n import SizeFinding
from gumflow.index.staged import Prepared, StagedChain, mean_weights
from gumflow.index.table import IndexData
from gumflow.index.tree import IndexTree

Floats = NDArray[np.float64]
_SHOWN = 12


@dataclass(frozen=True, eq=False)
class IndexResult:
    """Scores and ranks of n rows (a unit, or a unit at a time), and how they came about. All tables keep the order of the data.

    `rows`: positions in the data of the n rows; units that screening drops have none. `scores`: a column for each code, in the order of the tree; indicators
    are normalized values, groups what their children make. `ranks`: the same columns, 1 = best, among the rows of the same time. Rows that
    screening withholds are NaN in both.

    `prepared` has the output of each stage; `normalized` (n, p) is, under multiple imputation, the mean over completed tables. `imputed_flags` (n, p)
    mark cells that were filled in, `imputed_share` (n,) is their share of a unit's indicators, `coverage` has the share of a unit's
    indicators that were known, for each group. `treated` lists each cell that treatment changed and `imputed` each that was
    filled in, both with unit and time.

    `imputation_scores`: by code of a group (draws, n), the scores of each completed table; empty without multiple imputation.
    `findings`: what the number of units forbids or makes doubtful. `warnings`: sentences for the reader.
    """

    data: IndexData
    tree: IndexTree
    choices: Choices
    seed: int
    rows: NDArray[np.intp]
    scores: pd.DataFrame
    ranks: pd.DataFrame
    weights: Weights
    prepared: Prepared
    normalized: Floats
    treated: pd.DataFrame
    imputed: pd.DataFrame
    imputed_flags: NDArray[np.bool_]
    imputed_share: Floats
    coverage: pd.DataFrame
    imputation_scores: Mapping[str, Floats]
    findings: tuple[SizeFinding, ...]
    warnings: tuple[str, ...]

    @property
    def units(self) -> NDArray[np.str_]:
        """Units of the n rows."""
        return self.data.units[self.rows]

    @property
    def times(self) -> NDArray[np.str_]:
        """Times of the n rows, "" where there are none."""
        return self.data.times[self.rows]

    @property
    def names(self) -> NDArray[np.str_]:
        """Names of the n rows."""
        return self.data.names[self.rows]


def run_index(data: IndexData, tree: IndexTree, choices: Choices, *, seed: int) -> IndexResult:
    """Return scores and ranks: screen, denominate, impute, treat, normalize, weigh, aggregate, rank.

    Under multiple imputation each completed table goes through all later stages, and a score is the mean of its scores (Rubin 1987); ranks are those of
    the mean scores. With fewer than three units no ranks are given.

    Args:
        data: with the tree's indicators as columns.
        tree: see `tree_of`.
        choices: see `load_choices`; whether they fit tree and data is for `check_choices` to say before.
        seed: of multiple imputation and of the starts of balanced weights.

    Raises:
        GumflowError: of the first stage that cannot go on, with all that is wrong there; for weights that so few units do not allow.
    """
    chain = StagedChain(data, tree, seed=seed)
    findings = chain.size_findings(choices)
    prepared = chain.prepared(choices)
    each_weights = chain.weights(choices, prepared)
    tables = list(chain.table_scores(choices, prepared, each_weights))
    scores = pd.DataFrame({code: np.mean([one[code] for one in tables], axis=0) for code in tree.nodes})
    weights = mean_weights(each_weights)
    several = len(tables) > 1
    return IndexResult(
        data=data,
        tree=tree,
        choices=choices,
        seed=seed,
        rows=prepared.rows,
        scores=scores,
        ranks=_ranks(scores, data.units[prepared.rows], data.times[prepared.rows]),
        weights=weights,
        prepared=prepared,
        normalized=prepared.normalized.mean(axis=0) if several else prepared.normalized[0],
        treated=_treated_cells(prepared, data),
        imputed=_imputed_cells(prepared, data, tree),
        imputed_flags=prepared.imputed.flags,
        imputed_share=prepared.imputed.flags.mean(axis=1),
        coverage=prepared.screened.coverage.iloc[prepared.rows].reset_index(drop=True),
        imputation_scores={c: np.array([one[c] for one in tables]) for c in tree.groups} if several else {},
        findings=findings,
        warnings=tuple(_warnings(chain, choices, prepared, weights, scores, findings)),
    )


def _ranks(scores: pd.DataFrame, units: NDArray[np.str_], times: NDArray[np.str_]) -> pd.DataFrame:
    return pd.DataFrame(unit_ranks(scores.to_numpy().T, units, times).T, columns=scores.columns)


def _where(prepared: Prepared, data: IndexData, at: NDArray[np.intp]) -> dict[str, NDArray[np.str_]]:
    rows = prepared.rows[at]
    return {"unit": data.units[rows], "time": data.times[rows], "name": data.names[rows]}


def _treated_cells(prepared: Prepared, data: IndexData) -> pd.DataFrame:
    cells = prepared.treated.cells
    where = _where(prepared, data, cells["row"].to_numpy(dtype=np.intp))
    named = {
        "indicator": cells["column"],
        "before": cells["before"],
        "after": cells["after"],
        "rule": cells["rule"],
    }
    return pd.DataFrame({**where, **named})


def _imputed_cells(prepared: Prepared, data: IndexData, tree: IndexTree) -> pd.DataFrame:
    """Return unit, time, name, indicator, value, and over completed tables least and most of each cell that was filled in."""
    imputed = prepared.imputed
    values = imputed.values  # noqa: PD011
    columns, rows = np.nonzero(imputed.flags.T)
    low = imputed.draws.min(axis=0) if len(imputed.draws) else values
    high = imputed.draws.max(axis=0) if len(imputed.draws) else values
    return pd.DataFrame(
        {
            **_where(prepared, data, rows),
            "indicator": np.array(tree.indicators, dtype=np.str_)[columns],
            "value": values[rows, columns],
            "least": low[rows, columns],
            "most": high[rows, columns],
        }
    )


def _warnings(
    chain: StagedChain,
    choices: Choices,
    prepared: Prepared,
    weights: Weights,
    scores: pd.DataFrame,
    findings: tuple[SizeFinding, ...],
) -> list[str]:
    data, tree, rows = chain.data, chain.tree, prepared.rows
    said = [finding.text for finding in findings]
    said += prepared.screened.warnings()
    said += prepared.imputed.warnings() if choices.impute.method != "none" else []
    said += prepared.treated.warnings()
    if len(prepared.normalized) > 1:
        said.append(
            f"scores are means over {len(prepared.normalized)} completed tables; treated cells are listed for the mean of these tables"
        )
    cut = clipped(
        prepared.treated.values, choices.normalize, nodes=chain.nodes, units=data.units[rows], times=data.times[rows]
    )  # fmt: skip
    for code, count in cut["column"].value_counts(sort=False).items():
        said.append(f"{code}: {count} value(s) beyond the ends of its scale are set to the ends")
    said += weights.notes
    gaps = np.isnan(prepared.imputed.values).any(axis=1) & prepared.shown
    labels = _labels(data, rows)
    root = scores[tree.root].isna().to_numpy()
    if (gaps & ~root).any():
        said.append(
            f"{int((gaps & ~root).sum())} unit(s) lack indicators and are scored on those they have, whose weights are rescaled: "
            f"{_some(labels[gaps & ~root])}; impute.method fills them in"
        )
    if (root & prepared.shown).any():
        said.append(
            f"{int((root & prepared.shown).sum())} unit(s) know less weight than aggregate.least asks for and have no index: "
            f"{_some(labels[root & prepared.shown])}"
        )
    return list(dict.fromkeys(said))


def _labels(data: IndexData, rows: NDArray[np.intp]) -> NDArray[np.object_]:
    pairs = zip(data.units[rows], data.times[rows], strict=True)
    return np.array([f"{unit} {time}".rstrip() for unit, time in pairs], dtype=object)


def _some(labels: NDArray[np.object_]) -> str:
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return ", ".join(labels[:_SHOWN]) + more
