"""Attributes of actors as they come from a spreadsheet: one row an actor, with an id in a column or by its place."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import Finding
from gumflow.contract.reading import RawTable
from gumflow.intake.edge_lists import shortened_note
from gumflow.intake.spreadsheets import read_grids, refuse, table_of

ID_NAMES = (
    "actor", "id", "actor_id", "node", "node_id", "vertex", "ego", "respondent", "name",
    "编号", "行动者", "节点", "序号", "代码", "企业编号", "名称", "企业名称", "企业",
)  # fmt: skip
"""Names of the column of ids, in the order in which they are looked for; upper and lower case are the same."""

ROW = "row"


@dataclass(frozen=True, eq=False)
class ActorTable:
    """Actors as read: `table` has the column actor and then the file's other columns, all text; `notes` say how it was read."""

    table: pd.DataFrame
    notes: tuple[str, ...]


def read_actor_table(
    path: Path, *, ids: str | None = None, known: Collection[str] | None = None, wave: str | None = None
) -> ActorTable:
    """Read attributes of actors from a CSV or XLSX file (the first sheet that holds anything).

    `ids` names the column of ids; `row` means that the n-th row is the actor `n` (1, 2, ...), as in published data sets
    whose attributes come without an id. By default it is the first column of `ID_NAMES` that is there, else the first
    column. `known` are the ids that stand in the ties: if not one of them is in the chosen column, the error names what
    would fit. In a file with a column wave, `wave` chooses the rows of one. An attribute called actor beside another column of ids becomes `actor_in_file`.

    Raises `GumflowError` for an id that is empty or stands twice (naming the rows), a column that is not there, no row.
    """
    grid = read_grids(path, ID_NAMES)[0]
    raw, findings = table_of(grid)
    problems: list[Finding | str] = list(findings)
    if raw is None:
        refuse(problems, grid.file)
    assert raw is not None  # refused otherwise
    if not raw.rows:
        problems.append(Finding(raw.file, "no_rows", sheet=raw.sheet))
        refuse(problems, grid.file)
    raw = _of_wave(raw, wave)
    at = _id_place(raw, ids)
    values = _ids_at(raw, at)
    problems += _id_problems(raw, at, values)
    refuse(problems, grid.file)
    if known:
        _check_known(raw, at, set(values), set(known))
    name = "the number of the row" if at is None else f"column {raw.header[at] or '1 (without a name)'}"
    notes = [*grid.notes, f"The id of an actor is {name}.", *shortened_note(values)]
    columns = {"actor": pd.Series(values, dtype="str")}
    unnamed = 0
    for place, header in enumerate(raw.header):
        if place == at:
            continue
        cells = [row[place] for row in raw.rows]
        if not header:
            unnamed += any(cells)
            continue
        columns["actor_in_file" if header == "actor" else header] = pd.Series(cells, dtype="str")
    if unnamed:
        notes.append(f"Columns without a name are not used: {unnamed}.")
    return ActorTable(pd.DataFrame(columns), tuple(notes))


def _of_wave(raw: RawTable, wave: str | None) -> RawTable:
    if wave is None or "wave" not in raw.header:
        return raw
    at = raw.header.index("wave")
    here = [row[at].strip() == wave for row in raw.rows]
    if not any(here):
        raise GumflowError(
            f"{raw.file}: no row has the wave {wave!r}; add its actors, or leave the column wave out"
        )
    rows = [row for row, kept in zip(raw.rows, here, strict=True) if kept]
    numbers = [number for number, kept in zip(raw.row_numbers, here, strict=True) if kept]
    return replace(raw, rows=tuple(rows), row_numbers=tuple(numbers))


def _id_place(raw: RawTable, ids: str | None) -> int | None:
    """Return the place of the column of ids, None if the row's number is the id."""
    names = [name.casefold() for name in raw.header]
    if ids is not None and ids.strip().casefold() == ROW:
        return None
    if ids is not None:
        if ids.strip().casefold() not in names:
            raise GumflowError(
                f"{raw.file}: there is no column {ids!r} for the ids; the columns are {', '.join(raw.header)}. "
                f"Name one of them, or {ROW} if the number of the row is the id."
            )
        return names.index(ids.strip().casefold())
    # R's write.csv puts the names of the rows under an empty header.
    return next((names.index(name) for name in ID_NAMES if name in names), 0)


def _ids_at(raw: RawTable, at: int | None) -> list[str]:
    if at is None:
        return [str(number) for number in range(1, len(raw.rows) + 1)]
    return [row[at] for row in raw.rows]


def _id_problems(raw: RawTable, at: int | None, values: list[str]) -> list[Finding]:
    if at is None:
        return []
    column = raw.header[at]
    first: dict[str, int] = {}
    findings = []
    for number, value in zip(raw.row_numbers, values, strict=True):
        if (number, column) in raw.unread:
            continue
        if not value:
            detail, zh = "the id of the actor", "行动者的标识"
            findings.append(
                Finding(raw.file, "required", "error", raw.sheet, (number,), column, "", detail, zh)
            )
        elif value in first:
            detail = str(first[value])
            findings.append(Finding(raw.file, "unique", "error", raw.sheet, (number,), column, value, detail))
        else:
            first[value] = number
    return findings


def _check_known(raw: RawTable, at: int | None, values: set[str], known: set[str]) -> None:
    if values & known:
        return
    chosen = "the number of the row" if at is None else f"column {raw.header[at]}"
    hits = {name: len(known & {row[p] for row in raw.rows}) for p, name in enumerate(raw.header) if name}
    if at is not None:
        hits[ROW] = len(known & {str(n) for n in range(1, len(raw.rows) + 1)})
    best = max(hits, key=lambda name: hits[name], default="")
    if best and hits[best]:
        what = (
            "the number of the row is an id"
            if best == ROW and best not in raw.header
            else f"column {best} holds them"
        )
        remedy = f"For {hits[best]} of {len(known)}, {what}: choose {best} as the ids."
    else:
        remedy = f"No column holds one of them. Correct the file, or choose {ROW} if ties count the actors."
    some = ", ".join(repr(i) for i in sorted(known)[:3])
    raise GumflowError(f"{raw.file}: {chosen} holds none of the ids of the ties ({some}, ...). {remedy}")
