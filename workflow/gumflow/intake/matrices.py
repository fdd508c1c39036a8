"""Adjacency matrices as they come from a spreadsheet: a row gives, a column receives, a cell is the strength.

Three kinds of cell are kept apart: a number above 0 is a tie, 0 or nothing is no tie, and NA is a pair about which
nothing is known; to read NA as no tie would make those who did not answer into isolates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from gumflow.contract.checks import _NUMBER, plain_number
from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import Finding
from gumflow.contract.reading import _broken_cells
from gumflow.contract.writing import SIGNIFICANT_DIGITS, write_table
from gumflow.intake.edge_lists import (
    EdgeList,
    broken_strength,
    decimal_points,
    edge_list_of,
    has_header,
    names_ends,
    shortened_note,
    strength_of,
)
from gumflow.intake.spreadsheets import Grid, first_row, read_grids, refuse

NOT_KNOWN = frozenset({"NA", "na", "N/A", "n/a", "NaN", "nan", "."})
"""Cells that say that nothing is known about the pair."""


@dataclass(frozen=True)
class _Block:
    """The cells of a matrix with what names them: labels, and rows and columns as a spreadsheet shows them."""

    cells: list[list[str]]
    row_labels: list[str]
    column_labels: list[str]
    row_numbers: list[int]
    columns: list[str]


def read_matrix(path: Path, *, labels: bool | None = None, layer: str = "") -> EdgeList:
    """Read the ties in a square matrix from a CSV or XLSX file (the first sheet that holds anything).

    Ids stand in the first row and the first column; the order of the rows may differ from that of the columns. Where they
    stand in the first row only (no first column, or R's table whose first row is one cell shorter), the rows are in the order of the columns.
    A matrix of numbers alone has the ids 1, 2, ...; `labels` says whether there are labels if the cells do not tell.
    A cell is the strength of the tie from its row to its column; 0 and an empty cell are no tie; NA is not known.

    The result has the columns source, target, layer (as given), strength and row, all ids in `actors` (in the order of the
    columns) and pairs not known in `unobserved`. Raises `GumflowError` that names every problem by row and column: cells
    that are neither 0 nor a strength (`edge_lists.STRENGTH_RANGE`), labels that are empty, doubled or not the same in rows and columns, a matrix that is
    not square.
    """
    return _matrix_of(read_grids(path, ()), labels, layer)


def read_ties(
    path: Path,
    *,
    form: Literal["edges", "matrix"] | None = None,
    layer: str | None = None,
    strength: str | None = None,
    may_be_empty: bool = False,
) -> EdgeList:
    """Read ties from a CSV or XLSX file that holds a list of ties or a matrix.

    `form` says which; by default the cells do: a matrix names the same ids in its first row as in its first column, or is
    a square of numbers; whatever names the ends of a tie is a list, which `may_be_empty`. Raises `GumflowError` where both readings are
    possible, and what `read_edge_list` and `read_matrix` raise.
    """
    if form not in (None, "edges", "matrix"):
        raise GumflowError(f"form is {form!r}; allowed: edges, matrix")
    if form == "matrix":
        return read_matrix(path, layer=layer or "")
    if form == "edges":
        return edge_list_of(
            read_grids(path, _edge_names()), layer=layer, strength=strength, may_be_empty=may_be_empty
        )
    grids = read_grids(path, _edge_names())
    if any(names_ends(first_row(g)) for g in grids) or not _looks_like_matrix(grids[0]):
        return edge_list_of(grids, layer=layer, strength=strength, may_be_empty=may_be_empty)
    return _matrix_of(grids, None, layer or "")


def _edge_names() -> set[str]:
    from gumflow.intake.edge_lists import ENDS

    return {name for pair in ENDS for name in pair}


def _looks_like_matrix(grid: Grid) -> bool:
    rows, _ = _rows(grid)
    first = [c for c in rows[0] if c]
    column = [row[0] for row in rows[1:] if row and row[0]]
    shared = len(set(first) & set(column))
    # A label that is spelt in two ways is named when the matrix is read.
    if not rows[0][0] and shared and 2 * shared >= max(len(first), len(column)):
        return True
    if not _is_cell(rows[0][0]) and len(first) > 2 and sorted(first[1:]) == sorted(column):
        return True  # a text stands in the corner
    if len(rows) > 1 and len(rows[1]) == len(rows[0]) + 1 and [row[0] for row in rows[1:] if row] == rows[0]:
        return True  # R's table: the first row has no corner
    square = len(rows) == max(len(row) for row in rows)
    if not square or not all(_is_cell(c) for row in rows for c in row):
        return False
    # Two or three columns of numbers, and as many rows, are a list of ties as well.
    if len(rows) in (2, 3) and not has_header(grid):
        raise GumflowError(
            f"{grid.name}: {len(rows)} rows of {len(rows)} numbers can be a matrix or a list of ties; say which it is."
        )
    return len(rows) > 1


def _is_cell(cell: str) -> bool:
    return not cell or cell in NOT_KNOWN or bool(_NUMBER.fullmatch(plain_number(cell)))


def _rows(grid: Grid) -> tuple[list[list[str]], list[int]]:
    """Return the trimmed rows from the first to the last that hold a cell, and their numbers; broken cells are refused."""
    rows = [[c.strip() for c in record] for record in grid.records]
    broken = [
        Finding(grid.file, rule, "error", grid.sheet, (number,), _letters(at), cells[at])
        for number, cells in enumerate(rows, start=1)
        for at, rule in _broken_cells(cells, grid.unsaved.get(number, set())).items()
    ]
    refuse(broken, grid.file)
    held = [at for at, row in enumerate(rows) if any(row)]
    # What a spreadsheet program writes beyond the last column is cut; how wide a row is meant, the widest tells.
    width = max(at + 1 for row in rows for at, c in enumerate(row) if c)
    span = range(held[0], held[-1] + 1)
    count = len(span)
    kept = [rows[at][: max(width, min(len(rows[at]), count))] for at in span]
    return kept, [at + 1 for at in span]


def _matrix_of(grids: list[Grid], labels: bool | None, layer: str) -> EdgeList:
    grid = grids[0]
    notes = list(grid.notes)
    if len(grids) > 1:
        notes.append(f"Of {len(grids)} sheets, {grid.sheet!r} was read.")
    block = _block(grid, labels, notes)
    problems: list[Finding | str] = []
    cells = _aligned(block, grid, problems)
    refuse(problems, grid.file)
    values, unobserved = _values(block, _with_points(cells, notes), grid, problems)
    refuse(problems, grid.file)
    ids = block.column_labels
    row_of = dict(zip(block.row_labels, block.row_numbers, strict=True))
    source, target = np.nonzero(values)
    table = pd.DataFrame(
        {
            "source": pd.Series([ids[i] for i in source], dtype="str"),
            "target": pd.Series([ids[j] for j in target], dtype="str"),
            "layer": pd.Series([layer] * len(source), dtype="str"),
            "strength": pd.Series(values[source, target], dtype="float64"),
            "row": pd.Series([row_of[ids[i]] for i in source], dtype="int64"),
        }
    )
    notes += _notes(values, unobserved) + shortened_note(ids)
    pairs = tuple((ids[i], ids[j]) for i, j in zip(*np.nonzero(unobserved), strict=True))
    return EdgeList(table, tuple(notes), tuple(ids), pairs)


def _block(grid: Grid, labels: bool | None, notes: list[str]) -> _Block:
    """Tell labels from cells; see `read_matrix`."""
    rows, numbers = _rows(grid)
    first = rows[0]
    if (
        len(rows) > 1
        and labels is not False
        and len(first)
        and {len(r) for r in rows[1:]} == {len(first) + 1}
    ):
        first = rows[0] = ["", *first]  # R's table: no corner
    if labels is None:
        labels = _has_labels(rows, grid)
    if not labels:
        width = max(len(row) for row in rows)
        names = [str(n) for n in range(1, len(rows) + 1)]
        notes.append("The matrix has no labels: actors are called 1, 2, ... in its order.")
        across = [str(n) for n in range(1, width + 1)]
        return _Block(rows, names, across, numbers, [_letters(at) for at in range(width)])
    while first and not first[-1]:
        first = first[:-1]
    below = [(n, row) for n, row in zip(numbers[1:], rows[1:], strict=True) if any(row)]
    if not below:
        raise GumflowError(f"{grid.name}: the matrix has a row of labels and no row of cells.")
    held = [n for n, _ in below]
    body = [row for _, row in below]
    down = {row[0] for row in body}
    if len(first) == len(body) and first[0] and all(map(_is_cell, down)) and not set(first[1:]) <= down:
        notes.append("Only the first row names actors: the rows were taken in the order of the columns.")
        return _Block(body, list(first), list(first), held, [_letters(at) for at in range(len(first))])
    columns = [_letters(at) for at in range(1, len(first))]
    return _Block(
        [row[1:] for row in body], [row[0] if row else "" for row in body], first[1:], held, columns
    )


def _has_labels(rows: list[list[str]], grid: Grid) -> bool:
    """Return whether the first row and column hold labels; raise `GumflowError` if numbers there can be both."""
    words = sum(not _is_cell(c) for c in rows[0])
    if words:
        # One word among numbers, with a number in the corner, is a wrong cell.
        return not (rows[0][0] and _is_cell(rows[0][0]) and 2 * words < len(rows[0]))
    down = [row[0] if row else "" for row in rows[1:]]
    across = rows[0][1:]
    if not all(_is_cell(c) for c in down):
        return True
    if rows[0][0] or len(set(across)) < len(across) or not across or "" in across or set(down) != set(across):
        return False
    diagonal = [row[at] if at < len(row) else "" for at, row in enumerate(rows)]
    if any(diagonal) or len(rows) != max(len(row) for row in rows):
        return True
    # A matrix of numbers whose diagonal is empty, and whose first row is as its first column: labels, or ties both ways.
    inner = [strength_of(plain_number(c)) or 0.0 for row in rows[1:] for c in row[1:]]
    marks = [strength_of(plain_number(c)) or 0.0 for c in across]
    steps = {b - a for a, b in pairwise(marks)}
    if steps == {1.0} or min(marks) > max(inner, default=0.0):
        return True
    raise GumflowError(
        f"{grid.name}: the numbers of the first row and column can be ids or strengths. Write 0 into the diagonal, or say "
        "whether the matrix has labels."
    )


def _aligned(block: _Block, grid: Grid, problems: list[Finding | str]) -> list[list[str]]:
    """Return the rows in the order of the columns, all as long; note what is wrong with the labels or the shape."""
    rows, columns = block.row_labels, block.column_labels
    width = len(columns)
    for what, names, places in (
        ("row", rows, [str(n) for n in block.row_numbers]), ("column", columns, block.columns),
    ):  # fmt: skip
        seen: dict[str, str] = {}
        for name, place in zip(names, places, strict=True):
            if not name:
                problems.append(
                    f"{grid.name}, {what} {place}: the label is empty. Write the id of the actor."
                )
            elif name in seen:
                problems.append(
                    f"{grid.name}, {what} {place}: the label {name!r} stands in {what} {seen[name]} too. Give each actor one {what}."
                )
            seen.setdefault(name, place)
    for number, row in zip(block.row_numbers, block.cells, strict=True):
        beyond = [_letters(at) for at, c in enumerate(row) if c and at >= width]
        if beyond:
            problems.append(f"{grid.name}, row {number}: cells beyond the last labelled column.")
    if not problems and set(rows) != set(columns):
        problems.append(
            f"{grid.name}: the matrix is not square: {len(rows)} rows and {width} columns that name not the same actors."
        )
        problems += [
            f"{grid.name}, row {n}: {name!r} has no column. Add it, or remove the row."
            for n, name in zip(block.row_numbers, rows, strict=True)
            if name not in set(columns)
        ]
        problems += [
            f"{grid.name}, column {c}: {name!r} has no row. Add it, with NA if nothing is known."
            for c, name in zip(block.columns, columns, strict=True)
            if name not in set(rows)
        ]
    if problems:
        return []
    of = dict(zip(rows, block.cells, strict=True))
    return [(of[name] + [""] * width)[:width] for name in columns]


def _with_points(cells: list[list[str]], notes: list[str]) -> list[list[str]]:
    """Return the rows with decimal points where the matrix has decimal commas."""
    if not any("," in plain_number(cell) for row in cells for cell in row):
        return cells
    flat = iter(decimal_points([plain_number(cell) for row in cells for cell in row], "the matrix", notes))
    return [[next(flat) for _ in row] for row in cells]


def _values(
    block: _Block, cells: list[list[str]], grid: Grid, problems: list[Finding | str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return strengths (0 where there is no tie) and which pairs are not known, n x n."""
    n = len(cells)
    values, unobserved = np.zeros((n, n)), np.zeros((n, n), dtype=bool)
    row_of = dict(zip(block.row_labels, block.row_numbers, strict=True))
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            if not cell or cell == "0":
                continue
            if cell in NOT_KNOWN:
                unobserved[i, j] = True
                continue
            plain = plain_number(cell)
            value = strength_of(plain)
            broken = None if value == 0 else broken_strength(plain, value)
            if broken:
                rule, detail, zh = ("range", "0 and above", "不小于 0") if value and value < 0 else broken
                label = block.column_labels[j]
                column = block.columns[j] if label == str(j + 1) else f"{block.columns[j]} ({label})"
                number = (row_of[block.column_labels[i]],)
                problems.append(
                    Finding(grid.file, rule, "error", grid.sheet, number, column, cell, detail, zh)
                )
            elif value:
                values[i, j] = value
    return values, unobserved


def _notes(values: np.ndarray, unobserved: np.ndarray) -> list[str]:
    notes = []
    loops = int(np.count_nonzero(np.diag(values)))
    if loops:
        notes.append(f"{loops} cells of the diagonal hold a tie from an actor to itself; networks drop them.")
    if unobserved.any():
        notes.append(f"{int(unobserved.sum())} cells are NA: nothing is known about these pairs.")
    upper, lower = np.triu(values, 1).any(), np.tril(values, -1).any()
    if upper != lower:
        half = "above" if upper else "below"
        notes.append(
            f"Ties stand only {half} the diagonal and were read one way. If they have no direction, fill both halves."
        )
    elif upper and np.array_equal(values, values.T):
        notes.append("The matrix is symmetric: every tie was read both ways.")
    return notes


def _letters(at: int) -> str:
    """Return the letters that a spreadsheet program shows for the column at this place (0 is A)."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def write_matrix(
    actors: Iterable[str], ties: pd.DataFrame, path: Path, unobserved: Iterable[tuple[str, str]] = ()
) -> None:
    """Write ties as a labelled matrix, as CSV or XLSX by the suffix of `path`.

    Rows and columns are `actors` in their order. `ties` has source, target and, if there are such columns, strength (1 if
    missing) and directed (a tie that is not directed fills both cells). Strengths of one ordered pair are added, whatever
    their layers: choose the rows of one layer first. No tie is 0, an unobserved pair NA unless it is tied.

    Raises `GumflowError` for an actor that is doubled, and an end that is not among the actors.
    """
    ids = [str(a) for a in actors]
    index = pd.Index(ids, dtype="str")
    if not index.is_unique:
        twice = sorted(set(index[index.duplicated()]))
        raise GumflowError(
            f"{Path(path).name}: actors stand more than once: {', '.join(map(repr, twice[:5]))}."
        )
    source, target = index.get_indexer(ties["source"]), index.get_indexer(ties["target"])
    strange = sorted(set(ties["source"][source < 0]) | set(ties["target"][target < 0]))
    if strange:
        raise GumflowError(
            f"{Path(path).name}: ends of ties are not among the actors: {', '.join(map(repr, strange[:5]))}."
        )
    strength = np.ones(len(ties))
    if "strength" in ties:
        strength = ties["strength"].astype("float64").fillna(1.0).to_numpy()
    both = np.zeros(len(ties), dtype=bool)
    if "directed" in ties:
        both = ~ties["directed"].to_numpy(dtype=bool) & (source != target)
    # In one order, so that a sum of floats does not depend on the order of the rows.
    row, column = np.concatenate([source, target[both]]), np.concatenate([target, source[both]])
    amount = np.concatenate([strength, strength[both]])
    order = np.lexsort((amount, column, row))
    values = np.zeros((len(ids), len(ids)))
    np.add.at(values, (row[order], column[order]), amount[order])
    as_text = Path(path).suffix != ".xlsx"
    cells = np.full(values.shape, "0" if as_text else 0, dtype=object)
    for i, j in zip(*np.nonzero(values), strict=True):
        number = _number(values[i, j])
        cells[i, j] = str(number) if as_text else number
    for a, b in unobserved:
        i, j = index.get_loc(a), index.get_loc(b)
        if values[i, j] == 0:
            cells[i, j] = "NA"
    body = pd.DataFrame(cells, columns=index, dtype=object)
    body.insert(0, "", pd.Series(ids, dtype="str"))
    write_table(body, path)


def _number(value: float) -> int | float:
    value = float(format(value, f".{SIGNIFICANT_DIGITS}g"))
    return int(value) if value.is_integer() and abs(value) < 1e15 else value
