"""A table that says of each replicate what it is, so that exactly these are run: another program's Monte Carlo, or a design of one's own."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.checks import plain_number
from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import shown_rows
from gumflow.contract.reading import RawTable
from gumflow.index.choices import Choices, option_of, option_schema
from gumflow.index.plan import Plan
from gumflow.index.staged import in_stage_order
from gumflow.index.table import is_number, read_raw_table
from gumflow.index.tree import IndexTree, nearest, refuse_all

Floats = NDArray[np.float64]
LABEL = "replicate"
"""A column of this name holds whatever the replicates are called, and is not read."""
WEIGHT = "weight."
"""Beginning of the name of a column with the weight of a node, such as `weight.gdp`."""


def read_replicates(path: Path, tree: IndexTree, choices: Choices) -> Plan:
    """Read a CSV or XLSX file with a row for each replicate.

    Columns are choices by their dotted names (`normalize.method`, `treat.skew`, `aggregate.method`; an empty cell stands for the choice that holds
    without the table) and weights of nodes (`weight.CODE`). Weights are given for all children of a group or for none, on any scale: they are made
    to add up to 1 in each group and take the place of whatever method the choices name there. A column `replicate` may number the rows.

    Raises one `GumflowError` that lists every column that is neither, every cell that is no option or no weight, groups with weights for some of
    their children only or that add up to 0 in a row, and weighting methods that no group is left for.
    """
    raw, _, faults = read_raw_table(path)
    if not raw.rows:
        faults.append("there are no rows below the header; write one for each replicate")
    named = [name for name in raw.header if name and name != LABEL]
    chosen = [name for name in named if option_schema(name) is not None]
    weighed = {
        name: name.removeprefix(WEIGHT) for name in named if name.startswith(WEIGHT) and name not in chosen
    }
    faults += _column_faults([n for n in named if n not in chosen], weighed, tree)
    if not chosen and not weighed and not faults:
        faults.append(
            "no column is a choice, such as normalize.method, or a weight, such as weight.CODE; add one"
        )
    numbers: dict[str, Floats] = {}
    for name, code in weighed.items():
        numbers[code], wrong = _weights(raw, name)
        faults += wrong
    given, more = _groups(raw, numbers, tree)
    faults += more
    names = in_stage_order(chosen)
    options: list[tuple[object, ...]] = []
    picks = np.empty((len(raw.rows), len(names)))
    for j, name in enumerate(names):
        found, picks[:, j], wrong = _options(raw, name, choices)
        options.append(found)
        faults += wrong
        if name == "weight.method" and set(given) == set(tree.groups) and set(found) - {"given"}:
            faults.append(
                "column weight.method: the weights of all groups are given in columns of their own, so no other method can be meant; "
                "take the column out, or the weights"
            )
    refuse_all(raw.file, faults)
    return Plan(tuple(names), tuple(options), picks, given=given)


def _column_faults(named: list[str], weighed: Mapping[str, str], tree: IndexTree) -> list[str]:
    children = [code for code in tree.nodes if code != tree.root]
    faults = []
    for name in named:
        if name in weighed and weighed[name] not in children:
            what = "is the index itself" if weighed[name] == tree.root else "is no node of the tree"
            faults.append(
                f"column {name}: {weighed[name]!r} {what}{nearest(weighed[name], children)}; weights are of groups and indicators"
            )
        elif name not in weighed:
            faults.append(
                f"column {name!r} is no choice that can vary{nearest(name, ['normalize.method', 'aggregate.method', 'treat.method', 'weight.method', 'impute.method', LABEL])}"
                " and no weight; see docs/indicators.md for the names"
            )
    return faults


def _weights(raw: RawTable, name: str) -> tuple[Floats, list[str]]:
    """Return a column of weights, NaN where a cell is none, and a line that names these cells."""
    place = raw.header.index(name)
    out = np.full(len(raw.rows), np.nan)
    wrong = []
    for i, row in enumerate(raw.rows):
        if is_number(row[place]) and float(plain_number(row[place])) >= 0:
            out[i] = float(plain_number(row[place]))
        else:
            wrong.append(i)
    if not wrong:
        return out, []
    rows = shown_rows(tuple(raw.row_numbers[i] for i in wrong))
    seen = ", ".join(dict.fromkeys(repr(raw.rows[i][place]) for i in wrong[:5]))
    return out, [f"row {rows}, column {name}: {seen}: a weight is a number of 0 or more; write one"]


def _groups(
    raw: RawTable, numbers: Mapping[str, Floats], tree: IndexTree
) -> tuple[dict[str, Floats], list[str]]:
    """Return the given weights (R, k) of each group, which add up to 1, and what is wrong with them."""
    found: dict[str, Floats] = {}
    faults = []
    for group in tree.groups:
        children = tree.children(group)
        there = [child for child in children if child in numbers]
        if not there:
            continue
        lacking = [child for child in children if child not in numbers]
        if lacking:
            faults.append(
                f"group {group} has weights for {', '.join(there)} only; add columns for {', '.join(WEIGHT + c for c in lacking)}, or take the others out"
            )
            continue
        weights = np.column_stack([numbers[child] for child in children])
        sums = weights.sum(axis=1)
        if (sums == 0).any():
            rows = shown_rows(tuple(raw.row_numbers[i] for i in np.flatnonzero(sums == 0)))
            faults.append(
                f"row {rows}: the weights of {', '.join(children)} in group {group} add up to 0; give one of them more"
            )
        with np.errstate(invalid="ignore"):
            found[group] = weights / sums[:, None]
    return found, faults


def _options(raw: RawTable, name: str, choices: Choices) -> tuple[tuple[object, ...], Floats, list[str]]:
    """Return the options that stand in a column, which of them each row has, and what cannot be taken."""
    place = raw.header.index(name)
    stage, _, part = name.partition(".")
    cells = [row[place] for row in raw.rows]
    options: list[object] = []
    faults = []
    at: dict[str, int] = {}
    for cell in dict.fromkeys(cells):
        try:
            option = option_of(name, cell) if cell else getattr(getattr(choices, stage), part)
        except GumflowError as error:
            rows = shown_rows(tuple(n for n, c in zip(raw.row_numbers, cells, strict=True) if c == cell))
            faults.append(f"row {rows}, column {error}")
            continue
        if option not in options:
            options.append(option)
        at[cell] = options.index(option)
    return tuple(options), np.array([at.get(cell, 0) for cell in cells], dtype=np.float64), faults
