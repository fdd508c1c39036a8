"""The data of an index: a wide table with a row for each unit (or unit and time) and a column for each indicator."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.checks import plain_number
from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import gathered, shown_rows
from gumflow.contract.reading import RawTable
from gumflow.index.tree import IndexNode, IndexTree, nearest, read_nodes, refuse_all, tree_faults
from gumflow.intake.edge_lists import decimal_points
from gumflow.intake.spreadsheets import read_grids, table_of

MISSING = ("", "na", "n/a", "nan", "..")
"""What stands for a missing value, in any case of letters: an empty cell, R's and Excel's NA, the World Bank's two dots."""
UNIT_NAMES = ("unit", "ucode")
TIME_NAMES = ("time",)
NAME_NAMES = ("name", "uname")
GROUP_NAMES = ("group", "ugroup")
MOST_VALUES = 8
"""So many values of one column are named in a line; the rest are counted."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, eq=False)
class IndexData:
    """Data of n rows, each a unit or a unit at a time, and the indicators of a tree in its order.

    `times`, `groups` are "" where there are none; `values` (n, p) and `denominators` (n rows) have NaN where nothing is known. `others` are
    columns of numbers that no node uses, such as an outcome. `notes` say what was found on reading.
    """

    units: NDArray[np.str_]
    times: NDArray[np.str_]
    names: NDArray[np.str_]
    groups: NDArray[np.str_]
    values: NDArray[np.float64]
    denominators: pd.DataFrame
    others: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()


def load_data(path: Path, tree: IndexTree, *, denominate: bool = True, group: str = "") -> IndexData:
    """Read the indicators of a tree from a CSV or XLSX file (its first sheet with cells); see `load_index` for columns and errors."""
    raw, notes, faults = read_raw_table(path)
    data, more = data_of(raw, list(tree.nodes.values()), denominate=denominate, group=group, notes=notes)
    refuse_all(raw.file, faults + more)
    return data


def load_index(
    tree_path: Path, data_path: Path, *, denominate: bool = True, group: str = ""
) -> tuple[IndexTree, IndexData]:
    """Read a tree and its data; raise one `GumflowError` that lists all that is wrong in either.

    The data have a column `unit` (or `uCode`), each indicator and each denominator under its code, and may have `time`, `name` (`uName`)
    and `group` (or the column that `group` names). Cells are plain numbers, with a point or with a comma that cannot part thousands; one of `MISSING` is a missing value. Wrong are: no unit, a unit
    (at a time) that stands twice, an indicator that is not in the data, cells that are no numbers, a unit or an indicator without any value,
    and, unless `denominate` is false, a denominator that is not in the data, or zero or negative where it has to divide. Where it is
    missing the indicator counts as missing, which is noted; so is a column that no node uses.
    """
    nodes, tree_wrong, places = read_nodes(tree_path)
    tree_wrong += tree_faults(nodes, places)
    raw, notes, faults = read_raw_table(data_path)
    data, more = data_of(raw, nodes, denominate=denominate, group=group, notes=notes)
    tree_name = Path(tree_path).name
    refuse_all(
        f"{tree_name} and {raw.file}",
        [f"{tree_name}: {fault}" for fault in tree_wrong] + [f"{raw.file}: {f}" for f in faults + more],
    )
    return IndexTree({node.code: node for node in nodes}), data


def read_raw_table(path: Path) -> tuple[RawTable, list[str], list[str]]:
    """Return the cells of a file, what is to be said of it, and what is wrong with it; raise `GumflowError` if there are none."""
    try:
        grids = read_grids(path, (*UNIT_NAMES, *TIME_NAMES, *NAME_NAMES, *GROUP_NAMES))
    except GumflowError as error:
        raise GumflowError(str(error).replace(", or a matrix.", ".")) from error
    raw, findings = table_of(grids[0])
    errors = [f.line().removeprefix("error: ") for f in gathered(findings) if f.severity == "error"]
    if raw is None:
        raise GumflowError("\n".join(errors))
    errors = [line.removeprefix(f"{raw.file}: ").removeprefix(f"{raw.file}, ") for line in errors]
    notes = list(grids[0].notes)
    notes += [f.line() for f in gathered(findings) if f.severity != "error"]
    if len(grids) > 1:
        notes.append(f"{raw.file}: only the sheet {raw.sheet!r} is read, the first with cells.")
    return raw, notes, errors


def data_of(
    raw: RawTable,
    nodes: Sequence[IndexNode],
    *,
    denominate: bool = True,
    group: str = "",
    passed: Collection[str] = (),
    notes: Iterable[str] = (),
) -> tuple[IndexData, list[str]]:
    """Return the data in a table of text, and what is wrong with them, one line each.

    The nodes may be wrong as a tree: indicators are those that are nobody's parent. `group` is the column of groups if it is not called so;
    `passed` are columns that are known to be of no indicator, and not noted.
    """
    at = _places(raw, group)
    keys = [role for role in ("unit", "time", "name", "group") if role in at]
    text = {role: [row[at[role]] for row in raw.rows] for role in keys}
    blank = [""] * len(raw.rows)
    units, times = text.get("unit", blank), text.get("time", blank)
    faults = _key_faults(raw, units, times, "unit" in at, "time" in at)
    if group and "group" not in at:
        faults.append(
            f"there is no column {group!r} of groups{nearest(group, raw.header)}; name one that is there"
        )
    parents = {node.parent for node in nodes}
    indicators = list(dict.fromkeys(node.code for node in nodes if node.code not in parents))
    divisors = {node.code: node.denominator for node in nodes if node.code in indicators and node.denominator}
    known = dict.fromkeys([*indicators, *(divisors.values() if denominate else ())])
    numbers, wrong, more = _known_columns(raw, list(known), indicators)
    faults += wrong
    notes = [*notes, *more]
    values = (
        np.column_stack([numbers[code] for code in indicators])
        if indicators
        else np.empty((len(raw.rows), 0))
    )
    faults += _empty_faults(raw, units, times, indicators, values)
    if denominate:
        faults += _divisor_faults(raw, divisors, numbers)
        notes += _undivided(raw, units, divisors, numbers, values, indicators)
    others, unused = _others(raw, set(at.values()), set(known), passed)
    data = IndexData(
        units=np.array(units, dtype=np.str_),
        times=np.array(times, dtype=np.str_),
        names=np.array([n or u for n, u in zip(text.get("name", blank), units, strict=True)], dtype=np.str_),
        groups=np.array(text.get("group", blank), dtype=np.str_),
        values=values,
        denominators=pd.DataFrame(
            {code: numbers[code] for code in dict.fromkeys(divisors.values()) if code in numbers},
            index=range(len(raw.rows)),
        ),
        others=others,
        notes=(*notes, *unused),
    )
    return data, faults


def _known_columns(
    raw: RawTable, codes: Sequence[str], indicators: Sequence[str]
) -> tuple[dict[str, NDArray[np.float64]], list[str], list[str]]:
    """Return indicators and denominators as numbers, without any value where a column is not there, what is wrong, and what is to be noted."""
    numbers: dict[str, NDArray[np.float64]] = {}
    faults, commas = [], []
    for code in codes:
        if code in raw.header:
            numbers[code], wrong, with_commas = _numbers(raw, code)
            faults += wrong
            commas += [code] if with_commas else []
        else:
            what = "indicator" if code in indicators else "denominator"
            faults.append(
                f"there is no column for the {what} {code!r}{nearest(code, raw.header)}; add it, or take it out of the tree"
            )
            numbers[code] = np.full(len(raw.rows), np.nan)
    notes = (
        [f"{raw.file}: {', '.join(commas)}: decimal commas were read as points, 1,5 as 1.5."]
        if commas
        else []
    )
    return numbers, faults, notes


def _places(raw: RawTable, group: str) -> dict[str, int]:
    """Return where units, times, names and groups stand, as far as they do."""
    spelt = [cell.casefold() for cell in raw.header]
    groups = (group.casefold(),) if group else GROUP_NAMES
    roles = (("unit", UNIT_NAMES), ("time", TIME_NAMES), ("name", NAME_NAMES), ("group", groups))
    found = {role: next((spelt.index(n) for n in names if n in spelt), None) for role, names in roles}
    return {role: place for role, place in found.items() if place is not None}


def _key_faults(
    raw: RawTable, units: Sequence[str], times: Sequence[str], has_unit: bool, has_time: bool
) -> list[str]:
    if not raw.rows:
        return ["there are no rows below the header; add the units"]
    if not has_unit:
        there = ", ".join(cell or "(empty)" for cell in raw.header[:12])
        return [f"there is no column unit (or uCode) that names the units; the columns are {there}"]
    faults = []
    for what, cells, used in (("unit", units, True), ("time", times, has_time)):
        rows = tuple(n for n, cell in zip(raw.row_numbers, cells, strict=True) if used and not cell)
        if rows:
            faults.append(f"row {shown_rows(rows)}, column {what}: it is empty; fill it in")
    seen: dict[tuple[str, str], list[int]] = {}
    for number, key in zip(raw.row_numbers, zip(units, times, strict=True), strict=True):
        seen.setdefault(key, []).append(number)
    for (unit, time), at in seen.items():
        if unit and len(at) > 1:
            when = f" at the time {time!r}" if time else ""
            hint = "" if has_time else ", or add a column time"
            faults.append(
                f"row {shown_rows(tuple(at))}: the unit {unit!r} stands {len(at)} times{when}; keep one row{hint}"
            )
    return faults


def is_number(cell: str) -> bool:
    """Say whether a cell holds a finite number as it is written in programs: digits, a point, an exponent."""
    plain = plain_number(cell)
    return _NUMBER.fullmatch(plain) is not None and math.isfinite(float(plain))


def _numbers(raw: RawTable, column: str) -> tuple[NDArray[np.float64], list[str], bool]:
    """Return a column as numbers, NaN where nothing is known, a line that names the cells that are no numbers, and whether commas were read as points."""
    place = raw.header.index(column)
    written = [plain_number(row[place]) for row in raw.rows]
    cells = decimal_points(written, column, [])
    out = np.full(len(raw.rows), np.nan)
    wrong: list[tuple[int, str]] = []
    for i, cell in enumerate(cells):
        if cell.casefold() in MISSING:
            continue
        if is_number(cell):
            out[i] = float(cell)
        else:
            wrong.append((raw.row_numbers[i], raw.rows[i][place]))
    commas = cells != written
    if not wrong:
        return out, [], commas
    shown = ", ".join(f"row {number} {cell!r}" for number, cell in wrong[:MOST_VALUES])
    more = f" and {len(wrong) - MOST_VALUES} more" if len(wrong) > MOST_VALUES else ""
    line = f"column {column}: no numbers: {shown}{more}; write numbers such as 1234.5, and leave empty what is not known"
    return out, [line], commas


def _empty_faults(
    raw: RawTable,
    units: Sequence[str],
    times: Sequence[str],
    indicators: Sequence[str],
    values: NDArray[np.float64],
) -> list[str]:
    """Return units and indicators without any value. A column that is not there is not held against the units."""
    there = [code in raw.header for code in indicators]
    known = ~np.isnan(values)
    some_unit, some_indicator = np.asarray(known.any(axis=1)), np.asarray(known.any(axis=0))
    faults = []
    if any(there):
        for i in np.flatnonzero(~some_unit).tolist():
            when = f" at the time {times[i]!r}" if times[i] else ""
            faults.append(
                f"row {raw.row_numbers[i]}: the unit {units[i]!r}{when} has no value in any indicator; fill one in, or remove the row"
            )
    if raw.rows:
        faults += [
            f"column {code}: the indicator has no value for any unit; fill some in, or take it out of the tree"
            for j, code in enumerate(indicators)
            if there[j] and not some_indicator[j]
        ]
    return faults


def _divisor_faults(
    raw: RawTable, divisors: Mapping[str, str], numbers: Mapping[str, NDArray[np.float64]]
) -> list[str]:
    """Return denominators that are zero or negative where an indicator has a value."""
    faults = []
    for denominator in dict.fromkeys(divisors.values()):
        codes = [code for code, used in divisors.items() if used == denominator]
        needed = np.any([~np.isnan(numbers[code]) for code in codes], axis=0)
        below = numbers[denominator]
        for what, bad in (("zero", below == 0), ("negative", below < 0)):
            rows = tuple(raw.row_numbers[i] for i in np.flatnonzero(bad & needed))
            if rows:
                faults.append(
                    f"row {shown_rows(rows)}, column {denominator}: the denominator of {', '.join(codes)} is {what}; "
                    "correct it, or leave those indicators empty there"
                )
    return faults


def _undivided(
    raw: RawTable,
    units: Sequence[str],
    divisors: Mapping[str, str],
    numbers: Mapping[str, NDArray[np.float64]],
    values: NDArray[np.float64],
    indicators: Sequence[str],
) -> list[str]:
    """Set to missing (in place) what has no known denominator, and return a note for each unit of which that is so."""
    lost: dict[int, list[str]] = {}
    for code, denominator in divisors.items():
        column = values[:, indicators.index(code)]
        for i in np.flatnonzero(~np.isnan(column) & np.isnan(numbers[denominator])).tolist():
            if denominator in raw.header:
                column[i] = np.nan
                lost.setdefault(i, []).append(f"{code} ({denominator})")
    return [
        f"{raw.file}: row {raw.row_numbers[i]}, {units[i]}: {', '.join(codes)} counted as missing, since the denominator is missing."
        for i, codes in sorted(lost.items())
    ]


def _others(
    raw: RawTable, keys: set[int], used: set[str], passed: Collection[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Return columns of numbers that no node uses, and a note that names all columns that none uses and that are not passed over."""
    names = dict.fromkeys(
        cell for i, cell in enumerate(raw.header) if cell and i not in keys and cell not in used
    )
    read = {name: _numbers(raw, name) for name in names}
    others = pd.DataFrame(
        {name: numbers for name, (numbers, wrong, _) in read.items() if not wrong}, index=range(len(raw.rows))
    )
    noted = [name for name in names if name not in passed]
    if not noted:
        return others, []
    verb = "is a column" if len(noted) == 1 else "are columns"
    return others, [f"{raw.file}: {', '.join(noted)} {verb} that no indicator of the tree uses."]
