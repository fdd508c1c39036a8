"""Changes of scores between waves: what the data did, and what a moved scale did.

When a wave is added the least and the greatest value of an indicator may move, and the score of a unit with it although nothing about the
unit changed. A published index that is made anew each year mixes the two; here they are told apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.aggregate import OWN_SCALE, Weights, aggregate, scale_of
from gumflow.index.choices import AggregateChoice, NormalizeChoice
from gumflow.index.decompose import group_methods
from gumflow.index.normalize import normalize
from gumflow.index.screen import time_order
from gumflow.index.tree import IndexNode, IndexTree

Floats = NDArray[np.float64]
D = TypeVar("D")
M = TypeVar("M")

CHANGE_COLUMNS = (
    "unit", "time_before", "time", "node", "before", "after", "change", "data_change", "method_change", "note",
)  # fmt: skip
RELATIVE = (*OWN_SCALE, "benefit_of_the_doubt")
_FIXED = ("goalposts", "scaled")
_SPLITTABLE = ("minmax", "zscore", *_FIXED)


@dataclass(frozen=True, eq=False)
class ChangeSplit:
    """Scores before (old data, old method) and after (new, new), and the change by data and by method, which add up to after - before."""

    before: Floats
    after: Floats
    data: Floats
    method: Floats


def split_change(score: Callable[[D, M], Floats], data: tuple[D, D], method: tuple[M, M]) -> ChangeSplit:
    """Return a change of scores split into what comes with the data and what with the method, each given before and after.

    Data: the mean of the change under the old method and of that under the new one. Method: the mean of the change of the old data and of that
    of the new. That is Shapley's value for two factors (Shorrocks 2013), which does not depend on which of the two moves first, as
    restating only the old or only the new data would.

    Args:
        score: returns scores of the same shape for data and a method.
    """
    old, new = score(data[0], method[0]), score(data[1], method[1])
    restated, early = score(data[0], method[1]), score(data[1], method[0])
    return ChangeSplit(
        old, new, ((early - old) + (new - restated)) / 2, ((restated - old) + (new - early)) / 2
    )


def normalize_against(
    values: Floats, reference: Floats, choice: NormalizeChoice, nodes: Sequence[IndexNode]
) -> Floats:
    """Return values (n, p) normalized by the least and greatest (minmax) or the mean and standard deviation (zscore) of other rows (m, p).

    Otherwise as `normalize`: with `reference` the same rows, the same result. Values beyond the reference's lie beyond the range: they are not
    cut. Goalposts and `scaled` have their bounds from the tree and the choice, and read no reference.

    Raises:
        GumflowError: names every indicator that has another method, or that does not vary in the reference.
    """
    out = np.full(values.shape, np.nan)
    faults = []
    low, high = choice.range
    for j, node in enumerate(nodes):
        method = choice.indicators.get(node.code, choice.method)
        known = reference[:, j][np.isfinite(reference[:, j])]
        if method not in _SPLITTABLE:
            faults.append(
                f"{node.code} is normalized by {method}, which has no bounds that could be held fixed"
            )
        elif method in _FIXED:
            one = replace(
                choice,
                indicators={node.code: method},
                bounds={k: v for k, v in choice.bounds.items() if k == node.code},
            )
            blank = np.full(len(values), "", dtype=np.str_)
            out[:, [j]] = normalize(values[:, [j]], one, nodes=[node], units=blank, times=blank)
        elif not len(known) or np.ptp(known) <= 1e-12 * np.abs(known).max():
            faults.append(f"{node.code} does not vary there")
        elif method == "minmax":
            least, most = known.min(), known.max()
            share = (values[:, j] - least) / (most - least)
            out[:, j] = low + (high - low) * (share if node.direction > 0 else 1 - share)
        else:
            out[:, j] = choice.mean + choice.sd * node.direction * (values[:, j] - known.mean()) / known.std(
                ddof=1
            )
    if faults:
        raise GumflowError("\n".join(faults))
    return out


def wave_changes(
    values: Floats,
    units: NDArray[np.str_],
    times: NDArray[np.str_],
    tree: IndexTree,
    normalize_choice: NormalizeChoice,
    weights: Weights,
    aggregate_choice: AggregateChoice,
) -> pd.DataFrame:
    """Return the change of every group's score between each two successive waves, split into data and method.

    `before` is the score as it stood when the earlier wave was the last (bounds of all waves up to it; of it alone under `by: time`), `after` as it
    stood with the later one; `data_change` and `method_change` as in `split_change`, method being the bounds. Weights are those given, in
    both. Units that are in both waves have rows. Where the two cannot be told apart all numbers are empty and `note` says why: an
    indicator that did not vary then, a normalization without bounds, or a score that depends on the other units (TOPSIS,
    Copeland, benefit of the doubt).

    Args:
        values: (n, p) treated values, before normalization.
        units, times: (n,); times are ordered by number if all are numbers, else by letters.

    Returns:
        Columns `CHANGE_COLUMNS`, by time, unit (in the order of the rows) and group (children before parents); no rows without two waves.
    """
    waves = list(dict.fromkeys(times[time_order(times)].tolist()))
    methods = group_methods(tree, aggregate_choice, weights)
    nodes = [tree.nodes[code] for code in tree.indicators]
    scale = scale_of(normalize_choice)

    def score(own: Floats, reference: Floats) -> Floats:
        normalized = normalize_against(own, reference, normalize_choice, nodes)
        table = aggregate(normalized, tree, weights, aggregate_choice, scale=scale)
        return table[list(tree.groups)].to_numpy(dtype=np.float64)

    found = []
    for at in range(1, len(waves)):
        before, after = _paired(units, times, waves[at - 1], waves[at])
        first = at if normalize_choice.by == "time" else 0
        bounds = (
            values[np.isin(times, waves[max(first - 1, 0) : at])],
            values[np.isin(times, waves[first : at + 1])],
        )
        split, notes = None, _relative_notes(tree, methods)
        try:
            split = split_change(score, (values[before], values[after]), bounds)
        except GumflowError as error:
            notes = dict.fromkeys(tree.groups, "not split: " + "; ".join(str(error).splitlines()))
        found += _change_rows(units[before], (waves[at - 1], waves[at]), split, notes, tree.groups)
    table = pd.DataFrame(found, columns=list(CHANGE_COLUMNS))
    text = ("unit", "time_before", "time", "node", "note")
    return table.astype({c: "str" if c in text else "float64" for c in CHANGE_COLUMNS})


def _paired(
    units: NDArray[np.str_], times: NDArray[np.str_], earlier: str, later: str
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows of the units that are in both waves, in each of them."""
    place = {str(units[i]): int(i) for i in np.flatnonzero(times == later)}
    before = [int(i) for i in np.flatnonzero(times == earlier) if str(units[i]) in place]
    return np.array(before, dtype=np.intp), np.array([place[str(units[i])] for i in before], dtype=np.intp)


def _relative_notes(tree: IndexTree, methods: Mapping[str, str]) -> dict[str, str]:
    """Return for each group whose score depends on the other units, itself or below, why its change is not split."""
    notes: dict[str, str] = {}
    for group in tree.groups:
        below = [notes[child] for child in tree.children(group) if child in notes]
        if methods[group] in RELATIVE:
            notes[group] = f"not split: {methods[group]} in {group} depends on the other units"
        elif below:
            notes[group] = below[0]
    return notes


def _change_rows(
    units: NDArray[np.str_],
    waves: tuple[str, str],
    split: ChangeSplit | None,
    notes: Mapping[str, str],
    groups: Sequence[str],
) -> list[dict[str, Any]]:
    rows = []
    for i, unit in enumerate(units):
        for j, group in enumerate(groups):
            row: dict[str, Any] = {
                "unit": str(unit),
                "time_before": waves[0],
                "time": waves[1],
                "node": group,
                "note": notes.get(group, ""),
            }
            if split is not None and group not in notes:
                old, new = split.before[i, j], split.after[i, j]
                row |= {
                    "before": old,
                    "after": new,
                    "change": new - old,
                    "data_change": split.data[i, j],
                    "method_change": split.method[i, j],
                }
            rows.append(row)
    return rows
