"""Data and structure of an index as COINr (Becker et al. 2022) takes them: the tables iData and iMeta.

iMeta has a row for each indicator, aggregate, group of units, denominator and further column, with Level, iCode, Parent, Direction, Weight and
Type, and may have iName, Unit, Target, Denominator and goalpost_lower, goalpost_upper. iData has uCode, and may have uName and Time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gumflow.contract.checks import plain_number
from gumflow.contract.reading import RawTable
from gumflow.index.table import MISSING, IndexData, data_of, is_number, read_raw_table
from gumflow.index.tree import IndexNode, IndexTree, nearest, refuse_all, tree_faults

REQUIRED = ("Level", "iCode", "Parent", "Direction", "Weight", "Type")
TYPES = ("Indicator", "Aggregate", "Group", "Denominator", "Other")
_READ = (*REQUIRED, "iName", "Unit", "Target", "Denominator", "goalpost_lower", "goalpost_upper")
_NUMBERS = ("Level", "Direction", "Weight", "Target", "goalpost_lower", "goalpost_upper")


@dataclass(frozen=True)
class _Row:
    """A row of iMeta: its place, its cells by column ("" where missing), and those of them that are numbers."""

    place: str
    cells: Mapping[str, str]
    numbers: Mapping[str, float]

    @property
    def code(self) -> str:
        return self.cells["iCode"]

    @property
    def in_index(self) -> bool:
        return self.cells["Type"] in ("Indicator", "Aggregate")


def load_coinr(
    idata: Path, imeta: Path, *, denominate: bool = True, group: str = ""
) -> tuple[IndexTree, IndexData]:
    """Read a COINr pair from CSV or XLSX files; raise one `GumflowError` that lists all that is wrong in either.

    As in COINr, levels have no gaps, indicators are at level 1, and each parent is one level above; weights are rescaled inside groups. A
    Direction of -1 above level 1 has no effect in COINr, nor here, which is noted. Unlike COINr: codes may begin with a digit, rows may lack a Target,
    and indicators are divided by their Denominator unless `denominate` is false (COINr does so only when
    its function Denominate is called). The groups of units are the only column of Type Group, or the one that `group` names.
    """
    meta, notes, meta_wrong = read_raw_table(imeta)
    rows, more = _rows(meta)
    meta_wrong += more
    data_raw, data_notes, data_wrong = read_raw_table(idata)
    nodes = [_node(row) for row in rows if row.in_index]
    places = [row.place for row in rows if row.in_index]
    if rows:
        meta_wrong += _level_faults(rows) + tree_faults(nodes, places) + _denominator_faults(rows)
    groups = [row.code for row in rows if row.cells["Type"] == "Group" and row.code in data_raw.header]
    if not group and len(groups) == 1:
        group = groups[0]
    data, more = data_of(
        data_raw,
        nodes,
        denominate=denominate,
        group=group,
        passed=[row.code for row in rows if not row.in_index],
        notes=(*notes, *data_notes, *_notes(meta, rows, groups if not group else [])),
    )
    data_wrong += more if nodes else []
    refuse_all(
        f"{meta.file} and {data_raw.file}",
        [f"{meta.file}: {f}" for f in meta_wrong] + [f"{data_raw.file}: {f}" for f in data_wrong],
    )
    return IndexTree({node.code: node for node in nodes}), data


def _rows(raw: RawTable) -> tuple[list[_Row], list[str]]:
    """Return the rows of iMeta and what is wrong with their cells; no rows if a column that must be there is not."""
    at = {name: raw.header.index(name) for name in _READ if name in raw.header}
    lacking = [
        f"there is no column {name}{nearest(name, raw.header)}; iMeta needs {', '.join(REQUIRED)}"
        for name in REQUIRED
        if name not in at
    ]
    if lacking:
        return [], lacking
    if not raw.rows:
        return [], ["there are no rows below the header; add the indicators and aggregates"]
    rows, faults = [], []
    for number, cells in zip(raw.row_numbers, raw.rows, strict=True):
        text = dict.fromkeys(_READ, "")
        text |= {name: cells[i] if cells[i].casefold() not in MISSING else "" for name, i in at.items()}
        place = f"row {number}" + (f" ({text['iCode']})" if text["iCode"] else "")
        numbers = {name: float(plain_number(text[name])) for name in _NUMBERS if is_number(text[name])}
        row = _Row(place, text, numbers)
        faults += [f"{place}, {fault}" for fault in _row_faults(row)]
        rows.append(row)
    return rows, faults


def _row_faults(row: _Row) -> list[str]:
    faults = []
    if row.cells["Type"] not in TYPES:
        faults.append(f"column Type: {row.cells['Type']!r} is not allowed; allowed: {', '.join(TYPES)}")
    if not row.code and not row.in_index:  # those in the index are nodes, whose codes are checked there
        faults.append("column iCode: it is empty; give each row a code")
    for name in _NUMBERS:
        if row.cells[name] and name not in row.numbers:
            faults.append(f"column {name}: {row.cells[name]!r} is no number")
    if not row.in_index:
        return faults
    needed = ["Level", "Direction", "Weight"] if row.cells["Type"] == "Indicator" else ["Level"]
    needed += ["Weight"] if row.cells["Parent"] and "Weight" not in needed else []
    faults += [
        f"column {name}: it is empty; fill it in for each indicator and aggregate"
        for name in needed
        if not row.cells[name]
    ]
    level = row.numbers.get("Level", 1.0)
    if level < 1 or level != int(level):
        faults.append(f"column Level: {row.cells['Level']!r} is not a whole number from 1")
    elif "Level" in row.numbers and (level == 1) != (row.cells["Type"] == "Indicator"):
        faults.append(
            f"column Level: {level:g} does not go with Type {row.cells['Type']}: indicators are at level 1, aggregates above"
        )
    if ("goalpost_lower" in row.numbers) != ("goalpost_upper" in row.numbers):
        faults.append("columns goalpost_lower, goalpost_upper: only one of them is given; give both or none")
    return faults


def _node(row: _Row) -> IndexNode:
    """Return the node of a row; of an aggregate without direction and target, which mean nothing there."""
    number, is_indicator = row.numbers.get, row.cells["Type"] == "Indicator"
    low, high = number("goalpost_lower"), number("goalpost_upper")
    direction = number("Direction", 1.0) if is_indicator else 1.0
    return IndexNode(
        code=row.code,
        name=row.cells["iName"],
        parent=row.cells["Parent"],
        weight=number("Weight", 1.0),
        direction=int(direction) if direction in (1.0, -1.0) else direction,  # type: ignore[arg-type]
        unit=row.cells["Unit"],
        goalposts=(low, high) if is_indicator and low is not None and high is not None else None,
        target=number("Target") if is_indicator else None,
        denominator=row.cells["Denominator"] if is_indicator else "",
    )


def _level_faults(rows: Sequence[_Row]) -> list[str]:
    """Return gaps between levels, parents that are not one level above, and aggregates of nothing."""
    level = {row.code: row.numbers["Level"] for row in rows if row.in_index and "Level" in row.numbers}
    highest = max(level.values(), default=0.0)
    faults = []
    if highest == int(highest) and highest < 1000:
        gaps = [str(at) for at in range(1, int(highest)) if float(at) not in level.values()]
        if gaps:
            faults.append(
                f"column Level: there is nothing at level {', '.join(gaps)}, below {highest:g}; number levels without gaps"
            )
    parents = {row.cells["Parent"] for row in rows if row.in_index}
    for row in rows:
        if not row.in_index or row.code not in level:
            continue
        parent = row.cells["Parent"]
        if parent in level and level[parent] != level[row.code] + 1:
            faults.append(
                f"{row.place}, column Parent: {parent} is at level {level[parent]:g}, and {row.code} at level {level[row.code]:g}; "
                "a parent is one level above"
            )
        if row.cells["Type"] == "Aggregate" and row.code not in parents:
            faults.append(
                f"{row.place}: nothing has this aggregate as its parent; remove it, or name it as one"
            )
    return faults


def _denominator_faults(rows: Sequence[_Row]) -> list[str]:
    """Return denominators that are no row of Type Denominator or Indicator. Whether iData has them is checked with the data."""
    there = [row.code for row in rows if row.cells["Type"] in ("Denominator", "Indicator", "Other")]
    return [
        f"{row.place}, column Denominator: {row.cells['Denominator']!r} is the iCode of no denominator"
        f"{nearest(row.cells['Denominator'], there)}; add its row, or leave the cell empty"
        for row in rows
        if row.cells["Type"] == "Indicator"
        and row.cells["Denominator"]
        and row.cells["Denominator"] not in there
    ]


def _notes(meta: RawTable, rows: Sequence[_Row], groups: Sequence[str]) -> list[str]:
    notes = []
    turned = [
        row.code for row in rows if row.cells["Type"] == "Aggregate" and row.numbers.get("Direction") == -1
    ]
    if turned:
        notes.append(
            f"{meta.file}: Direction -1 of {', '.join(turned)} has no effect, as in COINr: direction counts at level 1 only."
        )
    unread = [name for name in meta.header if name and name not in _READ]
    if unread:
        notes.append(
            f"{meta.file}: {', '.join(unread)} {'is' if len(unread) == 1 else 'are'} not read; say it in the choices if it is to count."
        )
    if groups:
        notes.append(
            f"{meta.file}: there are several groupings of units ({', '.join(groups)}); name the one to use, if any, with --group."
        )
    return notes
