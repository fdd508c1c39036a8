"""The stages from raw data to normalized indicators, weights and scores; each is computed again only when choices that it rests on change.

A chain of replicates that is run in the order of its stages (`in_stage_order`) computes each distinct beginning once and holds one at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.index.aggregate import Weights, scale_of, score_groups, weight_method
from gumflow.index.choices import VARIED, Choices
from gumflow.index.denominate import denominate
from gumflow.index.impute import Imputed, impute
from gumflow.index.normalize import normalize
from gumflow.index.screen import Screened, screen
from gumflow.index.small_n import DATA_DRIVEN, SizeFinding, refuse_small_weights, size_findings
from gumflow.index.table import IndexData
from gumflow.index.treat import Treated, treat
from gumflow.index.tree import IndexNode, IndexTree
from gumflow.index.weights import weigh

Floats = NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Prepared:
    """Data after normalization, and what each stage before has to tell.

    `rows` are the positions in the data of the n rows that are computed; `shown` (n,) says which of them have scores. `tables` are the
    completed tables that the stages after imputation ran on: one, or under multiple imputation one for each draw. `normalized` (tables, n, p)
    has more is better in all columns. `treated` belongs to the imputed values, under multiple imputation to their mean.
    """

    screened: Screened
    rows: NDArray[np.intp]
    shown: NDArray[np.bool_]
    divided: Floats
    imputed: Imputed
    treated: Treated
    treated_tables: tuple[Treated, ...]
    normalized: Floats


class StagedChain:
    """One data table and one tree, and the last result of each stage.

    A stage is computed again if its own choices or those of a stage before are not those of its last result.
    """

    def __init__(self, data: IndexData, tree: IndexTree, *, seed: int) -> None:
        """Take the data whose columns are the indicators of the tree."""
        self.data, self.tree, self.seed = data, tree, seed
        self.nodes: tuple[IndexNode, ...] = tuple(tree.nodes[code] for code in tree.indicators)
        self._held: dict[str, tuple[Any, Any]] = {}

    def _stage(self, name: str, key: tuple[Any, ...], compute: Callable[[], T]) -> T:
        held = self._held.get(name)
        if held is None or held[0] != key:
            held = self._held[name] = (key, compute())
        found: T = held[1]
        return found

    def prepared(self, choices: Choices) -> Prepared:
        """Return the data after screening, denominators, imputation, treatment and normalization."""
        key = (choices.screen, choices.denominate, choices.impute, choices.treat, choices.normalize)
        data, tree, nodes = self.data, self.tree, self.nodes
        values = data.values  # noqa: PD011
        screened = self._stage(
            "screen",
            key[:1],
            lambda: screen(values, data.units, tree, choices.screen, times=data.times),
        )
        rows = np.flatnonzero(screened.keep_units)
        units, times, groups = data.units[rows], data.times[rows], data.groups[rows]
        divided = self._stage(
            "denominate",
            key[:2],
            lambda: denominate(
                values[rows], data.denominators.iloc[rows], choices.denominate, nodes=nodes, units=units, times=times
            ),
        )  # fmt: skip
        imputed = self._stage(
            "impute",
            key[:3],
            lambda: impute(
                divided, choices.impute, nodes=nodes, groups=groups, units=units, times=times, seed=self.seed
            ),
        )
        completed = imputed.values  # noqa: PD011
        # Under multiple imputation without gaps all tables are the same one.
        tables = imputed.draws if len(imputed.draws) and imputed.flags.any() else completed[None]
        treated = self._stage(
            "treat",
            key[:4],
            lambda: tuple(treat(table, choices.treat, nodes=nodes) for table in tables),
        )
        normalized = self._stage(
            "normalize",
            key,
            lambda: np.array([self._normalize(one, choices, units, times) for one in treated]),
        )
        shown = ~screened.withheld[rows]
        of_mean = treated[0] if len(tables) == 1 else treat(completed, choices.treat, nodes=nodes)
        return Prepared(screened, rows, shown, divided, imputed, of_mean, treated, normalized)

    def _normalize(
        self, treated: Treated, choices: Choices, units: NDArray[np.str_], times: NDArray[np.str_]
    ) -> Floats:
        return normalize(
            treated.values, choices.normalize, nodes=self.nodes, units=units, times=times, logged=treated.logged
        )  # fmt: skip

    def weights(self, choices: Choices, prepared: Prepared) -> tuple[Weights, ...]:
        """Return the weights of each completed table: of one, or of each draw of multiple imputation if they are read from data."""
        tree = self.tree
        from_data = any(weight_method(tree, choices.weight, group) in DATA_DRIVEN for group in tree.groups)
        tables = prepared.normalized if from_data else prepared.normalized[:1]
        scale = scale_of(choices.normalize)
        found = [
            weigh(table, tree, choices.weight, choices.aggregate, seed=self.seed, scale=scale)
            for table in tables
        ]
        return tuple(found) if from_data else tuple(found * len(prepared.normalized))

    def size_findings(self, choices: Choices) -> tuple[SizeFinding, ...]:
        """Return what the number of units forbids or makes doubtful; raise `GumflowError` for weights that it forbids."""
        tree = self.tree
        methods = {group: weight_method(tree, choices.weight, group) for group in tree.groups}
        found = size_findings(len(set(self.data.units.tolist())), methods, allow=choices.small_n == "allow")
        refuse_small_weights(found)
        return found

    def scores(
        self, choices: Choices, prepared: Prepared, weights: Sequence[Mapping[str, Floats]]
    ) -> dict[str, Floats]:
        """Return scores (..., n) of all nodes, the mean over completed tables; weights (..., k) may have a leading axis of replicates.

        A row that screening withholds is NaN, and so is a group's score of a row with too little coverage there.
        """
        found: dict[str, Floats] = {}
        for one in self.table_scores(choices, prepared, weights):
            found = {code: found[code] + one[code] for code in one} if found else one
        tables = len(prepared.normalized)
        return found if tables == 1 else {code: score / tables for code, score in found.items()}

    def table_scores(
        self, choices: Choices, prepared: Prepared, weights: Sequence[Mapping[str, Floats]]
    ) -> Iterator[dict[str, Floats]]:
        """Yield the scores of each completed table, as `scores` has them."""
        scale = scale_of(choices.normalize)
        held = prepared.screened.held_groups.iloc[prepared.rows]
        hidden = {
            code: ~prepared.shown | (held[code].to_numpy() if code in held else False)
            for code in self.tree.nodes
        }
        for table, own in zip(prepared.normalized, weights, strict=True):
            one = score_groups(table, self.tree, own, choices.aggregate, scale=scale)
            yield {
                code: np.where(hidden[code], np.nan, one[code]) if hidden[code].any() else one[code]
                for code in self.tree.nodes
            }


def in_stage_order(names: list[str]) -> list[str]:
    """Return dotted names of choices in the order of the stages that they belong to."""
    return sorted(names, key=lambda name: (VARIED.index(name.partition(".")[0]), name))


def mean_weights(weights: tuple[Weights, ...]) -> Weights:
    """Return the mean of the weights of several tables, with the details and notes of all; those of one as they are."""
    if all(one is weights[0] for one in weights):
        return weights[0]
    details = pd.concat([one.details for one in weights])
    keys = ["group", "code", "statistic"]
    return replace(
        weights[0],
        groups={group: np.mean([one[group] for one in weights], axis=0) for group in weights[0]},
        details=details.groupby(keys, sort=False, as_index=False)["value"].mean(),
        shares={code: np.mean([one.shares[code] for one in weights], axis=0) for code in weights[0].shares},
        notes=tuple(dict.fromkeys(note for one in weights for note in one.notes)),
    )
