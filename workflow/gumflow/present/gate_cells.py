"""Numbers on too few firms in the tables that are to be published, directly or by subtraction.

A table says in its column `firms` on how many firms the numbers of each row rest. `count` is how many of them a row counts, `share` the
same as a part; what is not counted is a number of firms too. `adds_up` is 1 where the counts of all options of a question sum to `firms`.
A row with `total` in a dimension sums over the rows with its other values. A withheld row says why in `withheld`.
"""

import csv
import io
import zipfile
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gumflow.present.suppression import TOTAL, Margin, determined, margins_of

KEYS = ("study", "cluster", "wave", "instrument", "question", "option", "layer", "year", "unit")
"""Columns that say what a row is about, also where they hold numbers."""

_NOT_NUMBERS = ("firms", "adds_up", "withheld")
_HEADER_WITHIN = 12

FEW = "numbers rest on fewer firms than may be shown"
REST_FEW = "the firms that are not counted, which follow from firms and count, are fewer than may be shown"
SHOWN_THOUGH_WITHHELD = "the row is withheld, yet holds a number"
FOLLOWS = "the withheld count follows from the numbers shown"
BASE_FOLLOWS = "the withheld number of firms follows from the numbers shown"
MEAN_FOLLOWS = "the withheld mean follows from the means and totals shown"
UNREADABLE = "the table cannot be read"
NOT_A_NUMBER = "firms is not a number"


def file_findings(data: bytes, suffix: str, minimum: int) -> list[tuple[str, str]]:
    """Return (place, what) of each number in a CSV or XLSX file that rests on too few firms; other files have none."""
    found = []
    try:
        for sheet, table in _tables(data, suffix):
            found += [
                (f"{sheet}, {place}" if sheet else place, what)
                for place, what in table_findings(table, minimum)
            ]
    except (UnicodeDecodeError, csv.Error, zipfile.BadZipFile, KeyError, ValueError, OSError):
        found.append(("", UNREADABLE))
    return found


def _tables(data: bytes, suffix: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield sheet and table, all text, of each table with a column `firms`; its index is the row as a spreadsheet shows it."""
    if suffix == ".csv" and b"firms" in data.lower():
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        yield from (("", table) for table in _with_firms(rows))
    elif suffix == ".xlsx" and _mentions_firms(data):
        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = [["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)]
            yield from (
                (f"sheet {book.sheetnames.index(sheet.title) + 1}", table) for table in _with_firms(rows)
            )


def _mentions_firms(data: bytes) -> bool:
    """Return whether a workbook has the word at all: most have not, and opening one takes long."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(b"firms" in archive.read(n).lower() for n in archive.namelist() if n.endswith(".xml"))


def _with_firms(rows: list[list[str]]) -> Iterator[pd.DataFrame]:
    for at, header in enumerate(rows[:_HEADER_WITHIN]):
        names = [name.strip().lower() for name in header]
        if "firms" in names:
            body = [[*row, *[""] * (len(names) - len(row))][: len(names)] for row in rows[at + 1 :]]
            table = pd.DataFrame(body, columns=names, dtype="str")
            table.index = pd.RangeIndex(at + 2, at + 2 + len(table))
            yield table.loc[:, ~table.columns.duplicated()]
            return


def table_findings(table: pd.DataFrame, minimum: int) -> list[tuple[str, str]]:
    """Return (place, what) of each row of a table that says too much; cells are text, the index is the row as shown."""
    firms = pd.to_numeric(table["firms"].str.strip(), errors="coerce").to_numpy(dtype=float)
    # A column of that name without any number holds something else, such as who the firms are.
    if np.isnan(firms).all() and (table["firms"].str.strip() != "").any():
        return []
    columns = [c for c in table.columns if c not in (*KEYS, *_NOT_NUMBERS)]
    numbers = {c: values for c in columns if (values := _as_numbers(table[c])) is not None}
    any_number = np.zeros(len(table), dtype=bool)
    for values in numbers.values():
        any_number |= ~np.isnan(values)
    counts = _counts(table, numbers, firms)
    # Shares on paper have few digits: a count that follows from one is right to the firm.
    whole = np.round(counts)
    found: dict[str, np.ndarray] = {
        NOT_A_NUMBER: np.isnan(firms) & (table["firms"].str.strip() != "").to_numpy(),
        FEW: ((firms > 0) & (firms < minimum) & any_number) | ((whole > 0) & (whole < minimum)),
        REST_FEW: (firms >= minimum) & (firms - whole > 0) & (firms - whole < minimum),
    }
    if "withheld" in table:
        found[SHOWN_THOUGH_WITHHELD] = (table["withheld"].str.strip() != "").to_numpy() & any_number
    found |= _by_subtraction(table, numbers, firms, whole)
    return [(f"row {table.index[i]}", what) for what, rows in found.items() for i in np.flatnonzero(rows)]


def _as_numbers(column: pd.Series) -> np.ndarray | None:
    """Return a column as numbers (NaN where empty), or None if it holds anything else or nothing."""
    text = column.str.strip()
    values = pd.to_numeric(text.where(text != ""), errors="coerce").to_numpy(dtype=float)
    filled = (text != "").to_numpy()
    return values if filled.any() and not np.isnan(values[filled]).any() else None


def _counts(table: pd.DataFrame, numbers: dict[str, np.ndarray], firms: np.ndarray) -> np.ndarray:
    """Return how many firms each row counts, also where only the share is shown; NaN where neither is."""
    nothing = np.full(len(table), np.nan)
    counts = numbers.get("count", nothing)
    return np.where(np.isnan(counts), numbers.get("share", nothing) * firms, counts)


def _dimensions(table: pd.DataFrame, numbers: dict[str, np.ndarray]) -> list[str]:
    """Return the columns that say what a row is about: the known ones, and any other in which a row is a `total`."""
    others = [c for c in table.columns if c not in (*KEYS, *_NOT_NUMBERS, *numbers)]
    return [c for c in KEYS if c in table] + [c for c in others if (table[c] == TOTAL).any()]


def _by_subtraction(
    table: pd.DataFrame, numbers: dict[str, np.ndarray], firms: np.ndarray, counts: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the rows whose withheld count, number of firms or mean follows from what is shown."""
    size = len(table)
    dimensions = _dimensions(table, numbers)
    keys = table[dimensions].reset_index(drop=True)
    base, groups = _bases(keys, firms)
    totals = margins_of(keys, dimensions) if dimensions else []
    found = {}
    if "count" in table or "share" in table:
        # Cells: counts of the rows, then the firms not counted, then the firms.
        margins = [Margin(2 * size + i, (i, size + i)) for i in range(size)] + totals
        margins += [_moved(m, 2 * size) for m in totals if keys[dimensions].iloc[m.total].ne(TOTAL).any()]
        if "adds_up" in table:
            adds = (table["adds_up"].str.strip().isin(["1", "1.0", "True"])).to_numpy()
            margins += [Margin(2 * size + int(g[0]), tuple(map(int, g))) for g in groups if adds[g].all()]
        values = np.concatenate([counts, base - counts, base])
        told = determined(values, ~np.isnan(values), margins)
        found[FOLLOWS] = told[:size]
        found[BASE_FOLLOWS] = told[2 * size :]
    elif np.isnan(base).any():
        found[BASE_FOLLOWS] = determined(base, ~np.isnan(base), totals)
    if "mean" in numbers and totals:
        sums = numbers["mean"] * base
        found[MEAN_FOLLOWS] = determined(sums, ~np.isnan(numbers["mean"]), totals, whole=False)
    return found


def _moved(margin: Margin, by: int) -> Margin:
    return Margin(margin.total + by, tuple(part + by for part in margin.parts))


def _bases(keys: pd.DataFrame, firms: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the firms of each row, also where another option of its question tells them, and the rows of each question."""
    others = [c for c in keys.columns if c != "option"]
    if "option" not in keys or not others:
        return firms, []
    groups = [np.asarray(g) for g in keys.groupby(others, sort=False).indices.values()]
    base = firms.copy()
    for rows in groups:
        known = firms[rows][~np.isnan(firms[rows])]
        if len(known):
            base[rows] = np.where(np.isnan(firms[rows]), known[0], firms[rows])
    return base, groups
