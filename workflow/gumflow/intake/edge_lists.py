"""Lists of ties as they come from a spreadsheet: one row a tie, columns under the names that other programs use.

What is read is said in sentences (`EdgeList.notes`), because a column taken for another gives wrong numbers without an
error. Ids are text: `001` stays `001`, and `NA` is an id like any other.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gumflow.contract.checks import _NUMBER, plain_number
from gumflow.contract.findings import Finding
from gumflow.contract.reading import RawTable
from gumflow.intake.spreadsheets import Grid, first_row, read_grids, refuse, table_of

ENDS = (
    ("source", "target"), ("from", "to"), ("sender", "receiver"), ("ego", "alter"), ("respondent", "alter"), ("tail", "head"),
    ("起点", "终点"), ("来源", "目标"), ("源", "目标"), ("源节点", "目标节点"), ("发送者", "接收者"), ("发出者", "接收者"), ("从", "到"),
)  # fmt: skip
"""Names of the two ends, in the order in which they are looked for; upper and lower case are the same."""

LAYER_NAMES = ("layer", "relation", "relationship", "type", "关系", "关系类型", "层", "层次")
STRENGTH_NAMES = ("strength", "weight", "value", "w", "强度", "权重")
OTHER_NAMES = {
    "wave": ("wave", "轮次", "波次"),
    "reporter": ("reporter", "respondent", "informant", "报告人", "受访者"),
    "state": ("state", "状态"),
    "directed": ("directed", "有向"),
}
LEAST_STRENGTH, MOST_STRENGTH = 1e-100, 1e100
"""Limits of a strength: sums, squares and inverses of such numbers stay numbers."""
STRENGTH_RANGE = ("from 1e-100 to 1e100; choose another unit", "1e-100 至 1e100；请换用其他单位")
_KNOWN = {name for pair in ENDS for name in pair}.union(LAYER_NAMES, STRENGTH_NAMES, *OTHER_NAMES.values())
_DIRECTED = dict.fromkeys(("1", "true", "yes", "directed", "是", "有向"), True) | dict.fromkeys(
    ("0", "false", "no", "undirected", "否", "无向"), False
)
_COMMA = re.compile(r"[+-]?\d+(,\d+)+(\.\d*)?", re.ASCII)
_COMMA_FORM = (
    "a decimal point and nothing between thousands, such as 1.5 or 1500 (a decimal comma is read only where it cannot part thousands)",
    "小数点，且不用千位分隔符，如 1.5 或 1500（逗号只有在不可能是千位分隔符时才读作小数点）",
)
# Three digits after a comma can be thousands, unless nothing but 0 is before it.
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+,(\d{1,2}|\d{4,})|0,\d+)", re.ASCII)
# What a spreadsheet program leaves of a number of more than 11 or 15 digits.
_SHORTENED = re.compile(r"\d(\.\d+)?[eE]\+\d{2}", re.ASCII)


@dataclass(frozen=True, eq=False)
class EdgeList:
    """Ties as read, and how they were read.

    `table` has the columns source, target, layer (text, empty if not said), strength (float), where the file has them
    wave, reporter, state (text) and directed (bool), and last `row`, the row of the file as a spreadsheet shows it.
    `actors` and `unobserved` (ordered pairs about which nothing is known) are filled by a matrix only, which names actors
    without a tie too.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]
    actors: tuple[str, ...] = ()
    unobserved: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Columns:
    """Which column of the file holds what (place in the header; None if none does)."""

    source: int
    target: int
    layer: int | None
    strength: int | None
    others: dict[str, int]


def read_edge_list(
    path: Path, *, layer: str | None = None, strength: str | None = None, may_be_empty: bool = False
) -> EdgeList:
    """Read ties from a CSV or XLSX file, one row a tie.

    The ends are found by the names of their columns (`ENDS`), else they are the first two columns; a file without a
    header (its first row holds two numbers, or two ids that stand as ids below too) is read from its first row. Of an
    XLSX file the first sheet whose header names both ends is read, else the first that holds anything. `layer` is the
    layer of ties for which the file says none. `strength` names the column of the strength; else it is the one column of
    `STRENGTH_NAMES`. A strength that is not said is 1; 1,5 is 1.5 where the column has no decimal point.

    Ties of an actor to itself and repeated ties are kept; the former are counted in the notes. A file of a header that names both ends and no row
    is no error if it `may_be_empty`. Raises `GumflowError` that names
    every problem with file, row, column and value: an end that is empty, a strength that is no number in `STRENGTH_RANGE`, a
    `directed` that is neither yes nor no, broken cells, no row, fewer than two columns, several columns that could be
    the strength.
    """
    return edge_list_of(read_grids(path, _KNOWN), layer=layer, strength=strength, may_be_empty=may_be_empty)


def edge_list_of(
    grids: list[Grid], *, layer: str | None = None, strength: str | None = None, may_be_empty: bool = False
) -> EdgeList:
    """Return the ties in the sheets of a file; see `read_edge_list`."""
    grid = next((g for g in grids if names_ends(first_row(g))), grids[0])
    header = has_header(grid)
    raw, findings = table_of(grid, header)
    if raw is None or len(raw.header) < 2:
        one_column = f"{grid.name}: a list of ties needs two columns, such as source and target, separated by comma, semicolon or tab."
        refuse([*findings, *([one_column] if raw is not None else [])], grid.file)
    assert raw is not None  # refused otherwise
    warned = (f"{f.file}: {' '.join(f.texts()[:2])}" for f in findings if f.severity != "error")
    notes = [*grid.notes, *dict.fromkeys(warned)]
    if len(grids) > 1:
        notes.append(f"Of {len(grids)} sheets, {grid.sheet!r} was read.")
    problems: list[Finding | str] = list(findings)
    columns = _find_columns(raw, header, strength, problems, notes)
    if not raw.rows and not (may_be_empty and names_ends(first_row(grid))):
        problems.append(Finding(raw.file, "no_rows", sheet=raw.sheet))
    if any(isinstance(p, str) for p in problems):
        refuse(problems, grid.file)  # which column holds what is not known
    table = _ties(raw, columns, layer, problems, notes)
    refuse(problems, grid.file)
    return EdgeList(table, tuple(notes + _count_notes(table)))


def names_ends(header: tuple[str, ...]) -> bool:
    """Return whether the header names both ends of a tie."""
    names = {cell.casefold() for cell in header}
    return any(a in names and b in names for a, b in ENDS)


def has_header(grid: Grid) -> bool:
    """Return whether the first row holds names of columns, not a tie.

    It is a tie if it holds no known name, and its first two cells are both numbers; or both stand as ids in rows below;
    or one does and a further cell is a number.
    """
    first = first_row(grid)
    if len(first) < 2 or any(cell.casefold() in _KNOWN for cell in first):
        return True
    ends, rest = first[:2], first[2:]
    if all(_NUMBER.fullmatch(end) for end in ends):
        return False
    rows = [r for r in grid.records if any(c.strip() for c in r)][1:]
    below = {c.strip() for r in rows for c in r[:2]}
    again = sum(end in below for end in ends)
    return not (again == 2 or (again == 1 and any(_NUMBER.fullmatch(c) for c in rest)))


def _find_columns(
    raw: RawTable, header: bool, strength: str | None, problems: list[Finding | str], notes: list[str]
) -> _Columns:
    names = [name.casefold() for name in raw.header]
    spelt = [name.casefold() for name in set(raw.header)]  # one name twice has its finding
    for name in sorted({n for n in spelt if n in _KNOWN and spelt.count(n) > 1}):
        problems.append(
            f"{raw.file}: several columns are called {name}, in capitals or not. Rename or remove one."
        )

    def place(of: tuple[str, ...], taken: tuple[int, ...]) -> int | None:
        return next((names.index(n) for n in of if n in names and names.index(n) not in taken), None)

    source, target = _find_ends(raw, names, header, problems, notes)
    at_type = names.index("type") if "type" in names else None
    others = {what: at for what, of in OTHER_NAMES.items() if (at := place(of, (source, target))) is not None}
    if at_type is not None and "directed" not in others:
        kinds = {row[at_type].casefold() for row in raw.rows}
        if kinds and kinds <= {"directed", "undirected"}:
            others["directed"] = at_type  # as Gephi writes it
    at_layer = place(LAYER_NAMES, (source, target, *others.values()))
    at_strength = _find_strength(raw, names, strength, (source, target), problems)
    if at_strength is None and not header and len(names) > 2:
        cells = [plain_number(row[2]) for row in raw.rows]
        if any(cells) and all(not c or _NUMBER.fullmatch(c) for c in cells):
            at_strength = 2
    used = {source, target, at_layer, at_strength, *others.values()}
    notes.append(
        "Read as "
        + ", ".join(
            f"{what}: {raw.header[at]}"
            for what, at in (
                ("source", source), ("target", target), ("layer", at_layer), ("strength", at_strength), *others.items(),
            )
            if at is not None and at < len(raw.header)
        )
        + "."
    )  # fmt: skip
    unused = [name for at, name in enumerate(raw.header) if at not in used and name]
    if unused:
        notes.append(f"Columns not used: {', '.join(unused)}.")
    if at_strength is None:
        notes.append("There is no column of strength: every tie has strength 1.")
    return _Columns(source, target, at_layer, at_strength, others)


def _find_ends(
    raw: RawTable, names: list[str], header: bool, problems: list[Finding | str], notes: list[str]
) -> tuple[int, int]:
    for a, b in ENDS:
        if a in names and b in names:
            return names.index(a), names.index(b)
    if not header:
        notes.append(
            "The file has no header: its first row was read as a tie, its first two columns as the ends."
        )
        return 0, 1
    for end in (0, 1):
        # One end by name and the other not: to take the first two columns might turn ties round.
        known = [names.index(pair[end]) for pair in ENDS if pair[end] in names]
        if known and end not in known:
            found, other = raw.header[known[0]], ("source", "target")[1 - end]
            problems.append(
                f"{raw.file}: column {found} is one end of the ties, and no column is named as the other. "
                f"Rename that column to {other}."
            )
            return 0, 1
    numbers = [cell for cell in raw.header[2:] if _NUMBER.fullmatch(cell)]
    if numbers:
        problems.append(
            f"{raw.file}: the first row can be names of columns or a tie ({', '.join(raw.header)}). "
            "Write a header row with source and target."
        )
    notes.append(
        f"No column is named as an end: the first two columns, {raw.header[0]!r} and {raw.header[1]!r}, "
        "were read as source and target, and the first row as their names."
    )
    return 0, 1


def _find_strength(
    raw: RawTable,
    names: list[str],
    strength: str | None,
    ends: tuple[int, int],
    problems: list[Finding | str],
) -> int | None:
    if strength is not None:
        wanted = strength.strip().casefold()
        if wanted in names and names.index(wanted) not in ends:
            return names.index(wanted)
        problems.append(
            f"{raw.file}: there is no column {strength!r} for the strength; the columns are {', '.join(raw.header)}."
        )
        return None
    found = [at for at, name in enumerate(names) if name in STRENGTH_NAMES and at not in ends]
    if len(found) > 1:
        candidates = ", ".join(raw.header[at] for at in found)
        problems.append(f"{raw.file}: several columns could be the strength: {candidates}. Say which one is.")
        return None
    return found[0] if found else None


def _ties(
    raw: RawTable, columns: _Columns, layer: str | None, problems: list[Finding | str], notes: list[str]
) -> pd.DataFrame:
    def cells(at: int) -> list[str]:
        return [row[at] for row in raw.rows]

    data: dict[str, pd.Series] = {}
    for what, at in (("source", columns.source), ("target", columns.target)):
        data[what] = pd.Series(cells(at), dtype="str")
        detail, detail_zh = f"the id of the tie's {what}", "关系的起点" if what == "source" else "关系的终点"
        problems += _broken(raw, at, lambda c: not c, "required", detail, detail_zh)
    said = cells(columns.layer) if columns.layer is not None else [""] * len(raw.rows)
    data["layer"] = pd.Series([value or (layer or "").strip() for value in said], dtype="str")
    unsaid = int((data["layer"] == "").sum())
    if unsaid and columns.layer is not None:
        notes.append(f"{unsaid} ties have no layer.")
    data["strength"] = _strengths(raw, columns.strength, problems, notes)
    for what, at in columns.others.items():
        if what == "directed":
            problems += _broken(raw, at, lambda c: c.casefold() not in _DIRECTED, "boolean")
            data[what] = pd.Series([_DIRECTED.get(c.casefold(), False) for c in cells(at)], dtype="bool")
        else:
            data[what] = pd.Series(cells(at), dtype="str")
    data["row"] = pd.Series(raw.row_numbers, dtype="int64")
    return pd.DataFrame(data)


def _broken(
    raw: RawTable, at: int, wrong: Callable[[str], bool], rule: str, detail: str = "", detail_zh: str = ""
) -> list[Finding]:
    column = raw.header[at]
    return [
        Finding(raw.file, rule, "error", raw.sheet, (number,), column, row[at], detail, detail_zh)
        for number, row in zip(raw.row_numbers, raw.rows, strict=True)
        if wrong(row[at]) and (number, column) not in raw.unread
    ]


def _strengths(raw: RawTable, at: int | None, problems: list[Finding | str], notes: list[str]) -> pd.Series:
    if at is None:
        return pd.Series([1.0] * len(raw.rows), dtype="float64")
    plain = decimal_points([plain_number(row[at]) for row in raw.rows], raw.header[at], notes)
    values = [strength_of(cell) for cell in plain]
    column = raw.header[at]
    for number, row, cell, value in zip(raw.row_numbers, raw.rows, plain, values, strict=True):
        if not cell or (number, column) in raw.unread:
            continue
        if broken := broken_strength(cell, value):
            problems.append(
                Finding(raw.file, broken[0], "error", raw.sheet, (number,), column, row[at], *broken[1:])
            )
    empty = sum(not cell for cell in plain)
    if empty:
        notes.append(f"{empty} ties have no strength: each counts 1.")
    return pd.Series([1.0 if not c else v for c, v in zip(plain, values, strict=True)], dtype="float64")


def strength_of(cell: str) -> float | None:
    """Return the number in a trimmed cell of plain digits, None if it holds no finite number."""
    if not _NUMBER.fullmatch(cell):
        return None
    value = float(cell)
    return value if math.isfinite(value) else None


def broken_strength(cell: str, value: float | None) -> tuple[str, str, str] | None:
    """Return the rule that a strength breaks, with the details of its texts in English and Chinese; None if it breaks none.

    `value` is what `strength_of` made of the cell.
    """
    if value is None and _COMMA.fullmatch(cell):
        return "pattern", *_COMMA_FORM
    if value is None and not _NUMBER.fullmatch(cell):
        return "number", "", ""
    if value is not None and value <= 0:
        return "range", "above 0", "大于 0"
    if value is None or not LEAST_STRENGTH <= value <= MOST_STRENGTH:
        return "range", *STRENGTH_RANGE
    return None


def decimal_points(cells: list[str], what: str, notes: list[str]) -> list[str]:
    """Return the cells with a decimal comma as with a point, and note it; unchanged if one of them has a point.

    A comma with three digits after it stays, since it can part thousands.
    """
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell)]
    commas = sum(bool(_DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
    if not commas or any("." in cell for cell in numbers):
        return cells
    notes.append(f"{commas} numbers of {what} have a decimal comma: 1,5 was read as 1.5.")
    return [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in cells]


def _count_notes(table: pd.DataFrame) -> list[str]:
    notes = []
    loops = int((table["source"] == table["target"]).sum())
    if loops:
        notes.append(f"{loops} ties lead from an actor to itself; networks drop them.")
    ids = pd.unique(pd.concat([table["source"], table["target"]], ignore_index=True))
    notes += shortened_note([str(i) for i in ids])
    return notes


def shortened_note(ids: list[str]) -> list[str]:
    """Return a note if ids look like long numbers that a spreadsheet program has shortened."""
    short = [i for i in ids if _SHORTENED.fullmatch(i)]
    if not short:
        return []
    return [
        f"{len(short)} ids look like long numbers that a spreadsheet program has shortened ({short[0]}): different "
        "actors may have become one. Format the column as text where the file was made."
    ]
