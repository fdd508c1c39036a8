"""Cells of a table that rest on few firms: withheld, with further cells so that none can be computed from those shown.

A margin is an equation: a total is the sum of its parts. A withheld cell is determined if the equations leave it one value, either by
elimination (its unit vector lies in the row space of the equations) or because whole numbers from 0 up allow one only. See Hundepool
et al. (2012), Statistical Disclosure Control, chapter 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

TOTAL = "total"
"""The value of a dimension in rows that sum over its other values."""

SOLVABLE = 10
"""Of fewer firms, mean and interval of one number leave so few possibilities that single values can be found."""

WITHHELD_FEW = "fewer firms than may be shown"
WITHHELD_FURTHER = "would give a withheld number away"


@dataclass(frozen=True)
class Margin:
    """An equation between cells, named by their positions: the cell `total` is the sum of the cells `parts`."""

    total: int
    parts: tuple[int, ...]


def margins_of(table: pd.DataFrame, dimensions: Sequence[str]) -> list[Margin]:
    """Return the equations that rows with the value `total` in a dimension make with the rows that they sum over."""
    found = []
    keys = table[list(dimensions)].astype("str").reset_index(drop=True)
    for dimension in dimensions:
        others = [d for d in dimensions if d != dimension]
        groups = keys.groupby(others, sort=False).indices.values() if others else [np.arange(len(keys))]
        for rows in groups:
            is_total = (keys[dimension].to_numpy()[rows] == TOTAL).astype(bool)
            if is_total.sum() == 1 and len(rows) > 1:
                found.append(Margin(int(rows[is_total][0]), tuple(map(int, rows[~is_total]))))
    return found


def determined(
    counts: np.ndarray, shown: np.ndarray, margins: Sequence[Margin], whole: bool = True
) -> np.ndarray:
    """Return which cells that are not shown have one possible value.

    `counts` are read only where `shown`. With `whole` the cells are known to be whole numbers from 0 up (counts of firms); without,
    any numbers (sums behind means).
    """
    out = np.zeros(len(counts), dtype=bool)
    for cells, equations in _components(counts, shown, margins):
        fixed = _by_elimination(len(cells), equations)
        if whole and not fixed.all():
            fixed |= _by_bounds(len(cells), equations)
        out[np.array(cells)[fixed]] = True
    return out


Equation = tuple[dict[int, int], float]


def _components(
    counts: np.ndarray, shown: np.ndarray, margins: Sequence[Margin]
) -> list[tuple[list[int], list[Equation]]]:
    """Return the groups of hidden cells that equations connect, with their equations (coefficients by place, right side)."""
    import scipy.sparse as sp

    raw: list[tuple[dict[int, int], float]] = []
    for margin in margins:
        coefficients: dict[int, int] = {}
        right = 0.0
        for cell, factor in [(margin.total, -1), *((part, 1) for part in margin.parts)]:
            if shown[cell]:
                right -= factor * counts[cell]
            else:
                coefficients[cell] = coefficients.get(cell, 0) + factor
        if coefficients:
            raw.append((coefficients, right))
    if not raw:
        return []
    pairs = np.array([(i, cell) for i, (c, _) in enumerate(raw) for cell in c])
    size = len(raw) + len(counts)
    graph = sp.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1] + len(raw))), shape=(size, size))
    _, label = sp.csgraph.connected_components(graph, directed=False)
    groups = []
    for component in dict.fromkeys(label[: len(raw)].tolist()):
        rows = [raw[i] for i in np.flatnonzero(label[: len(raw)] == component)]
        cells = sorted({cell for c, _ in rows for cell in c})
        place = {cell: i for i, cell in enumerate(cells)}
        groups.append((cells, [({place[cell]: f for cell, f in c.items()}, r) for c, r in rows]))
    return groups


def _by_elimination(size: int, equations: Sequence[Equation]) -> np.ndarray:
    """Return the cells that the equations fix by themselves: rows of one cell after exact elimination."""
    rows: list[dict[int, Fraction]] = []
    for coefficients, _ in equations:
        row = {cell: Fraction(f) for cell, f in coefficients.items() if f}
        for known in rows:
            _clear(row, known)
        if not row:
            continue
        pivot = min(row)
        row = {cell: f / row[pivot] for cell, f in row.items()}
        for known in rows:
            _clear(known, row)
        rows.append(row)
    fixed = np.zeros(size, dtype=bool)
    fixed[[min(row) for row in rows if len(row) == 1]] = True
    return fixed


def _clear(row: dict[int, Fraction], by: dict[int, Fraction]) -> None:
    """Take `by` off `row` so often that the leading cell of `by` vanishes from it."""
    factor = row.get(min(by), Fraction(0))
    if not factor:
        return
    for cell, f in by.items():
        value = row.get(cell, Fraction(0)) - factor * f
        if value:
            row[cell] = value
        else:
            row.pop(cell, None)


def _by_bounds(size: int, equations: Sequence[Equation]) -> np.ndarray:
    """Return the cells that have one value in all solutions in whole numbers from 0 up."""
    from scipy.optimize import LinearConstraint, milp

    matrix = np.zeros((len(equations), size))
    for i, (coefficients, _) in enumerate(equations):
        matrix[i, list(coefficients)] = list(coefficients.values())
    right = np.array([r for _, r in equations])
    constraint = LinearConstraint(matrix, right, right)
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    fixed = np.zeros(size, dtype=bool)
    for cell in range(size):
        for sign in (1, -1):
            # Any two solutions that differ in a cell show that it is free; each solution found serves all cells.
            if low[cell] < high[cell]:
                break
            goal = np.zeros(size)
            goal[cell] = sign
            found = milp(goal, constraints=constraint, integrality=np.ones(size))
            if found.x is None:
                # No least value: the table contradicts itself. No greatest one: the cell has no bound.
                high[cell] = np.inf
                break
            solution = np.round(found.x)
            low, high = np.minimum(low, solution), np.maximum(high, solution)
        fixed[cell] = low[cell] == high[cell]
    return fixed


def hidden_cells(
    counts: np.ndarray,
    margins: Sequence[Margin],
    minimum: int,
    kept: Sequence[int] = (),
    twins: np.ndarray | None = None,
) -> np.ndarray:
    """Return which cells to withhold: those with 1 to `minimum` - 1 firms, and further ones until none is determined.

    Further cells are the smallest of a margin that tells a withheld one, cells of 0 after all others, the total last. The cells `kept`
    are shown in any case. `twins` gives for each cell the one that is withheld with it (itself where there is none): a count and the
    firms that it does not count are told by one number.
    """
    counts = np.asarray(counts, dtype=float)
    hidden = (counts > 0) & (counts < minimum)
    open_cells = np.ones(len(counts), dtype=bool)
    open_cells[list(kept)] = False
    hidden &= open_cells
    while True:
        if twins is not None:
            hidden |= hidden[twins]
        told = determined(counts, ~hidden, margins) & hidden
        choice = _further(counts, open_cells & ~hidden, [m for m in margins if _tells(m, told)])
        if choice is None and told.any():
            choice = _further(counts, open_cells & ~hidden, [m for m in margins if _tells(m, hidden)])
        if choice is None:
            return hidden
        hidden[choice] = True


def _tells(margin: Margin, told: np.ndarray) -> bool:
    return bool(told[margin.total] or told[list(margin.parts)].any())


def _further(counts: np.ndarray, shown: np.ndarray, margins: Sequence[Margin]) -> int | None:
    """Return the cell to withhold next: the smallest shown one of the margins, a total only where no part is left; or None."""
    cells = {p for m in margins for p in m.parts if shown[p]} or {m.total for m in margins if shown[m.total]}
    return min(cells, key=lambda cell: (counts[cell] == 0, counts[cell], cell), default=None)
