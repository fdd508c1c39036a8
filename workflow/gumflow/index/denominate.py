"""Denominators: indicators that grow with the size of a unit are divided by its size, so that large units are not better for being large."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.index.choices import DenominateChoice
from gumflow.index.tree import IndexNode, refuse_all

Matrix = NDArray[np.float64]
_SHOWN = 20


def denominate(
    values: Matrix,
    denominators: pd.DataFrame,
    choice: DenominateChoice,
    *,
    nodes: Sequence[IndexNode],
    units: NDArray[np.str_] | None = None,
    times: NDArray[np.str_] | None = None,
) -> Matrix:
    """Return x / d * scale for each indicator that names a denominator, and the others as they are, (n, p).

    `nodes` are the indicators in the order of the columns; `denominators` has n rows and a column for each denominator. `choice.scale`
    says by code of the indicator what to multiply by (1000 makes a rate per thousand). Raises one `GumflowError` that lists every denominator that is
    no column, and every unit whose denominator is missing, zero, negative or not finite while its indicator is known; and
    every scale that is not above zero or belongs to no indicator with a denominator.
    """
    if not choice.use:
        return values
    with_one = [(j, node) for j, node in enumerate(nodes) if node.denominator]
    faults = _scale_faults(choice, [node.code for _, node in with_one])
    out = values.copy()
    for j, node in with_one:
        if node.denominator not in denominators.columns:
            have = ", ".join(map(str, denominators.columns)) or "none"
            faults.append(
                f"{node.code}: the denominator {node.denominator!r} is no column of the data (denominators there: {have}); add it, or correct the tree"
            )
            continue
        size = denominators[node.denominator].to_numpy(dtype=np.float64)
        bad = ~np.isnan(values[:, j]) & ~((size > 0) & np.isfinite(size))
        faults += _size_faults(node, size, np.flatnonzero(bad), units, times)
        safe = np.where((size > 0) & np.isfinite(size), size, np.nan)
        out[:, j] = values[:, j] / safe * choice.scale.get(node.code, 1.0)
    refuse_all("denominators", faults)
    return out


def _scale_faults(choice: DenominateChoice, codes: list[str]) -> list[str]:
    faults = []
    for code, factor in choice.scale.items():
        if code not in codes:
            faults.append(
                f"denominate.scale: {code!r} is no indicator with a denominator; these are: {', '.join(codes) or 'none'}"
            )
        if not (np.isfinite(factor) and factor > 0):
            faults.append(f"denominate.scale: {code} has {factor!r}; write a number above 0, such as 1000")
    return faults


def _size_faults(
    node: IndexNode,
    size: Matrix,
    rows: NDArray[np.intp],
    units: NDArray[np.str_] | None,
    times: NDArray[np.str_] | None,
) -> list[str]:
    faults = []
    for i in rows[:_SHOWN]:
        who = str(units[i]) if units is not None else f"row {i + 1}"
        when = f" at {times[i]}" if times is not None and times[i] else ""
        seen = "missing" if np.isnan(size[i]) else f"{size[i]:g}"
        faults.append(
            f"{who}{when}: {node.code} cannot be divided by {node.denominator}, which is {seen}; give a size above 0, or leave the indicator empty"
        )
    if len(rows) > _SHOWN:
        faults.append(f"{node.code}: and {len(rows) - _SHOWN} more units like these with {node.denominator}")
    return faults
