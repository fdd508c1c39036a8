"""Each cell on its way through the index: raw, divided, completed, treated, normalized, weighed, and what it contributes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.decompose import known_weights
from gumflow.index.tree import IndexTree

Floats = NDArray[np.float64]

TRACE_COLUMNS = (
    "unit", "time", "indicator", "raw", "denominated", "imputed", "completed", "treated", "treatment", "normalized", "weight",
    "contribution",
)  # fmt: skip
"""What a cell passes through, in order. imputed is 1 where the value was missing and is filled in; treatment names the rule that changed it."""


def effective_weights(scores: pd.DataFrame, tree: IndexTree, weights: Mapping[str, Floats]) -> pd.DataFrame:
    """Return each indicator's weight in the index row by row (n, p): the product of its weights on the way up.

    In each group the weights of what is not known in the row are shared out among the others, as the scores do; what is not known has weight 0. A
    row adds up to 1 if the index is known, and is NaN if not. Under benefit of the doubt the weights are the mean shares over units.

    Args:
        scores: n rows with a column for every code, as `aggregate` returns them.
    """
    inside = {tree.root: np.where(scores[tree.root].isna(), np.nan, 1.0)}
    for group in reversed(tree.groups):
        children = tree.children(group)
        shares = known_weights(scores[list(children)].to_numpy(dtype=np.float64), weights[group])
        for j, child in enumerate(children):
            inside[child] = inside[group] * shares[:, j]
    return pd.DataFrame({code: inside[code] for code in tree.indicators})


def trace_cells(
    scores: pd.DataFrame,
    tree: IndexTree,
    weights: Mapping[str, Floats],
    contributions: pd.DataFrame,
    *,
    units: NDArray[np.str_],
    times: NDArray[np.str_],
    raw: Floats,
    denominated: Floats,
    completed: Floats,
    imputed: NDArray[np.bool_],
    treated: Floats,
    cells: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row for each cell of the data, unit by unit and there in the order of the tree: all that was done to it.

    Columns `TRACE_COLUMNS`. With the residuals of the decomposition, which belong to groups and not to cells, the contributions of a unit add up
    to its score.

    Args:
        scores: n rows with a column for every code, as `aggregate` returns them; its indicators are the normalized values.
        contributions: (n, p) to the index, a column for each indicator, as in a `Decomposition`.
        raw, denominated, completed, imputed, treated: (n, p) after each stage, in the order of the tree's indicators.
        cells: the treated cells: row (position), column (code), rule.

    Raises:
        GumflowError: names every table that is not of the shape of the scores.
    """
    shape = (len(scores), len(tree.indicators))
    _check_shapes(
        shape,
        {
            "raw": raw,
            "denominated": denominated,
            "completed": completed,
            "imputed": imputed,
            "treated": treated,
        },
        {"units": units, "times": times},
    )
    weight = effective_weights(scores, tree, weights)
    columns = {
        "unit": np.repeat(units, shape[1]),
        "time": np.repeat(times, shape[1]),
        "indicator": np.tile(np.array(tree.indicators, dtype=object), shape[0]),
        "raw": raw.ravel(),
        "denominated": denominated.ravel(),
        "imputed": imputed.ravel().astype(np.int64),
        "completed": completed.ravel(),
        "treated": treated.ravel(),
        "treatment": _rules_of(cells, tree, shape).ravel(),
        "normalized": scores[list(tree.indicators)].to_numpy(dtype=np.float64).ravel(),
        "weight": weight.to_numpy(dtype=np.float64).ravel(),
        "contribution": contributions[list(tree.indicators)].to_numpy(dtype=np.float64).ravel(),
    }
    text = ("unit", "time", "indicator", "treatment")
    return pd.DataFrame({c: columns[c] for c in TRACE_COLUMNS}).astype(dict.fromkeys(text, "str"))


def _rules_of(cells: pd.DataFrame, tree: IndexTree, shape: tuple[int, int]) -> NDArray[np.object_]:
    rules = np.full(shape, "", dtype=object)
    place = {code: j for j, code in enumerate(tree.indicators)}
    for row, code, rule in zip(cells["row"], cells["column"], cells["rule"], strict=True):
        rules[int(row), place[str(code)]] = str(rule)
    return rules


def _check_shapes(
    shape: tuple[int, int],
    stages: Mapping[str, NDArray[Any]],
    labels: Mapping[str, NDArray[np.str_]],
) -> None:
    faults = [
        f"{name}: {values.shape[0]} x {values.shape[1]}, not {shape[0]} x {shape[1]}"
        for name, values in stages.items()
        if values.shape != shape
    ]
    faults += [
        f"{name}: {len(given)} for {shape[0]} rows"
        for name, given in labels.items()
        if len(given) != shape[0]
    ]
    if faults:
        raise GumflowError("\n".join(["cells cannot be traced:", *faults]))
