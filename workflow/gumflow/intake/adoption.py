"""Times of adoption as they come from a spreadsheet: one row an actor, with the period in which it adopted."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gumflow.contract.checks import plain_number
from gumflow.contract.findings import Finding
from gumflow.contract.reading import RawTable
from gumflow.intake.actor_tables import ID_NAMES
from gumflow.intake.spreadsheets import read_grids, refuse, table_of

PERIOD_NAMES = (
    "period", "toa", "time_of_adoption", "adoption", "adopted", "time", "year", "month", "wave", "采纳时间", "采用时间", "时期", "时间", "年份", "年", "月",
)  # fmt: skip
"""Names of the column of periods, in the order in which they are looked for; upper and lower case are the same."""
MOST_PERIODS = 1000
_PERIOD = (
    "a whole number such as 3 or 2008, or nothing if the actor never adopted",
    "整数，如 3 或 2008；从未采纳则留空",
)
_WHOLE = re.compile(r"[+-]?\d{1,9}(\.0+)?", re.ASCII)


@dataclass(frozen=True, eq=False)
class Adoption:
    """`table` has the columns actor and period (a whole number as float, NaN for who never adopted); `notes` say how it was read."""

    table: pd.DataFrame
    notes: tuple[str, ...]


def read_adoption(path: Path, *, never: str | None = None) -> Adoption:
    """Read times of adoption from a CSV or XLSX file.

    The actor stands in the first column of `actor_tables.ID_NAMES` that is there, the period in the first of `PERIOD_NAMES`; else they are the
    first two columns. An empty period means that the actor never adopted, and so does `never`, a code that the file writes for it (such
    as a last period that stands for all later ones).

    Raises `GumflowError` that names every problem with file, row, column and value: an actor that is empty or stands twice, a period
    that is no whole number, no adopter, no row, more than 1,000 periods from the first to the last.
    """
    grid = read_grids(path, (*ID_NAMES, *PERIOD_NAMES))[0]
    raw, findings = table_of(grid)
    problems: list[Finding | str] = list(findings)
    if raw is None or len(raw.header) < 2:
        problems.append(f"{grid.name}: times of adoption need two columns, such as actor and period.")
        refuse(problems, grid.file)
    assert raw is not None  # refused otherwise
    if not raw.rows:
        problems.append(Finding(raw.file, "no_rows", sheet=raw.sheet))
        refuse(problems, grid.file)
    actor, period = _columns(raw)
    times, wrong, coded = _times(raw, period, never)
    problems += _actor_problems(raw, actor) + wrong
    known = times[~np.isnan(times)]
    if not wrong and not len(known):
        problems.append(f"{grid.name}: nobody adopted; write the period of those who did.")
    elif len(known) and np.ptp(known) >= MOST_PERIODS:
        problems.append(
            f"{grid.name}: column {raw.header[period]} goes from {known.min():.0f} to {known.max():.0f}, more than {MOST_PERIODS} periods; "
            "write wider periods, such as years."
        )
    if never is not None and not coded and not wrong:
        problems.append(
            f"{grid.name}: no row has the period {never!r} that --never declares; correct it, or leave it out."
        )
    refuse(problems, grid.file)
    ids = pd.Series([row[actor] for row in raw.rows], dtype="str")
    table = pd.DataFrame({"actor": ids, "period": times})
    left_out = int(np.isnan(times).sum())
    notes = (
        *grid.notes,
        f"Read as actor: {raw.header[actor]}, period: {raw.header[period]}; {len(known)} adopted, {left_out} never.",
    )
    return Adoption(table, notes)


def _columns(raw: RawTable) -> tuple[int, int]:
    names = [name.casefold() for name in raw.header]
    actor = next((names.index(name) for name in ID_NAMES if name in names), None)
    period = next((names.index(n) for n in PERIOD_NAMES if n in names and names.index(n) != actor), None)
    if actor is None:
        actor = next(at for at in range(len(names)) if at != period)
    if period is None:
        period = next(at for at in range(len(names)) if at != actor)
    return actor, period


def _times(raw: RawTable, at: int, never: str | None) -> tuple[np.ndarray, list[Finding | str], int]:
    """Return the period of each row, what is wrong with some, and how many rows hold the code of non-adopters."""
    times, coded = np.full(len(raw.rows), np.nan), 0
    wrong: list[Finding | str] = []
    code = None if never is None else _plain(never)
    for place, (number, row) in enumerate(zip(raw.row_numbers, raw.rows, strict=True)):
        cell = _plain(row[at])
        if (number, raw.header[at]) in raw.unread or not cell:
            continue
        if code is not None and cell == code:
            coded += 1
        elif _WHOLE.fullmatch(cell):
            times[place] = float(cell)
        else:
            wrong.append(
                Finding(raw.file, "pattern", "error", raw.sheet, (number,), raw.header[at], row[at], *_PERIOD)
            )
    return times, wrong, coded


def _plain(cell: str) -> str:
    """Return a cell in plain digits, `18.0` as `18`."""
    text = plain_number(cell.strip())
    return re.sub(r"\.0+$", "", text) if _WHOLE.fullmatch(text) else text


def _actor_problems(raw: RawTable, at: int) -> list[Finding | str]:
    column = raw.header[at]
    first: dict[str, int] = {}
    problems: list[Finding | str] = []
    for number, row in zip(raw.row_numbers, raw.rows, strict=True):
        value = row[at]
        if (number, column) in raw.unread:
            continue
        if not value:
            detail, zh = "the id of the actor", "行动者的标识"
            problems.append(
                Finding(raw.file, "required", "error", raw.sheet, (number,), column, "", detail, zh)
            )
        elif value in first:
            problems.append(
                Finding(raw.file, "unique", "error", raw.sheet, (number,), column, value, str(first[value]))
            )
        else:
            first[value] = number
    return problems
