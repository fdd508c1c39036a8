"""Times of adoption as they come from a spreadsheet: one row an actor, with the period in which it adopted."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gumflow.contract.checks import plain_number
from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import Finding
from gumflow.contract.reading import RawTable
from gumflow.intake.actor_tables import ID_NAMES
from gumflow.intake.edge_lists import names_ends
from gumflow.intake.spreadsheets import Grid, read_grids, refuse, table_of

TIME_NAMES = (
    "toa", "time_of_adoption", "year_adopted", "adoption_year", "year_of_adoption", "采纳时间", "采用时间", "采纳年份", "采用年份",
)  # fmt: skip
"""Names that a column of times of adoption alone has; upper and lower case, blank and underscore are the same."""
PERIOD_NAMES = (
    "period",
    "adoption",
    "adopted",
    "time",
    "year",
    "month",
    "wave",
    "时期",
    "时间",
    "年份",
    "年",
    "月",
)
"""Names of the column of periods where no column has one of `TIME_NAMES`; other columns may have them too."""
MOST_PERIODS = 1000
_MOST_COLUMNS = 12
_PERIOD = (
    "a whole number such as 3 or 2008, or nothing if the actor never adopted",
    "整数，如 3 或 2008；从未采纳则留空",
)
_WHOLE = re.compile(r"[+-]?\d{1,9}(\.0+)?", re.ASCII)
# 2008-01, 2008/1/5, 2008年1月5日, a date cell of a spreadsheet (2008-01-05T10:00:00), 5.1.2008, 5/1/2008.
_DATE = re.compile(
    r"\d{4}[-/年]\d{1,2}(\D.*)?|\d{4}\.\d{1,2}\.\d{1,2}(\D.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}(\D.*)?", re.ASCII
)


@dataclass(frozen=True, eq=False)
class Adoption:
    """`table` has the columns actor and period (a whole number as float, NaN for who never adopted); `notes` say how it was read.

    `file` and `column` are the file and the column in which the ids of the actors stand.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]
    file: str
    column: str


def read_adoption(
    path: Path, *, never: str | None = None, ids: str | None = None, period: str | None = None
) -> Adoption:
    """Read times of adoption from a CSV or XLSX file.

    The actor stands in the column `ids`, else in the first of `actor_tables.ID_NAMES` that is there, else in the first that is left. The period stands in
    the column `period`, else in the only one of `TIME_NAMES`, else in the only one of `PERIOD_NAMES`; of a file with two columns it is the other one. An
    empty period means that the actor never adopted, and so does `never`, a code that the file writes for it (such as a last
    period that stands for all later ones).

    Raises `GumflowError` that names every problem with file, row, column and value: no column or several that could hold the periods, an
    actor that is empty or stands twice, a period that is no whole number, no adopter, no row, more than 1,000 periods from the first to the last.
    """
    grid = _grid(path)
    raw, findings = table_of(grid)
    problems: list[Finding | str] = list(findings)
    if raw is None or len(raw.header) < 2:
        problems.append(f"{grid.name}: times of adoption need two columns, such as actor and period.")
        refuse(problems, grid.file)
    assert raw is not None  # refused otherwise
    actor_at, period_at = _columns(raw, grid.name, ids, period, problems)
    if not raw.rows:
        problems.append(Finding(raw.file, "no_rows", sheet=raw.sheet))
    if any(isinstance(p, str) for p in problems) or not raw.rows:
        refuse(problems, grid.file)  # which column holds what is not known
    times, wrong, coded = _times(raw, period_at, never, grid.name)
    problems += _actor_problems(raw, actor_at) + wrong
    known = times[~np.isnan(times)]
    if not wrong:
        problems += _span_problems(known, grid.name, raw.header[period_at])
    if never is not None and not never.strip():
        problems.append(f"{grid.name}: empty periods mean never anyway; leave --never out.")
    elif never is not None and not coded and not wrong:
        problems.append(
            f"{grid.name}: no row has the period {never!r} that --never declares; correct it, or leave it out."
        )
    refuse(problems, grid.file)
    actors = pd.Series([row[actor_at] for row in raw.rows], dtype="str")
    column = _shown(raw, actor_at)
    notes = [
        *grid.notes,
        f"Read as actor: {column}, period: {_shown(raw, period_at)}; {len(known)} adopted, {int(np.isnan(times).sum())} never.",
    ]
    if never is None:
        notes += _late_code(known)
    return Adoption(pd.DataFrame({"actor": actors, "period": times}), tuple(notes), grid.file, column)


def _grid(path: Path) -> Grid:
    """Return the first sheet that holds anything."""
    if Path(path).suffix.lower() in (".graphml", ".gexf"):
        raise GumflowError(
            f"{Path(path).name}: a graph holds ties, and --adoption takes a table of actors and periods (CSV or XLSX). "
            "Are --ties and --adoption the wrong way round?"
        )
    try:
        return read_grids(path, (*ID_NAMES, *TIME_NAMES, *PERIOD_NAMES))[0]
    except GumflowError as error:
        # An empty file of ties could be meant as a matrix; this one could not.
        raise GumflowError(str(error).replace(", or a matrix.", ", such as actor,period.")) from error


def _columns(
    raw: RawTable, name: str, ids: str | None, period: str | None, problems: list[Finding | str]
) -> tuple[int, int]:
    """Return the places of actor and period; where they are not known, add what is wrong to the problems."""
    names = [_spelt(cell) for cell in raw.header]
    there = ", ".join(_shown(raw, at) for at in range(min(len(names), _MOST_COLUMNS)))
    if len(names) > _MOST_COLUMNS:
        there += f" and {len(names) - _MOST_COLUMNS} more"
    for option, given in (("--id", ids), ("--period", period)):
        if given is not None and _spelt(given) not in names:
            problems.append(f"{name}: there is no column {given!r} for {option}; the columns are {there}.")
    if any(isinstance(p, str) for p in problems):
        return 0, 1
    at = None if period is None else _place(raw, period)
    actor = None if ids is None else _place(raw, ids)
    if actor is None:
        actor = next((names.index(n) for n in ID_NAMES if n in names and names.index(n) != at), None)
    if at is not None and at == actor:
        problems.append(f"{name}: {raw.header[at]} is both --id and --period; name two columns.")
    if at is None:
        at = _period_place(raw, name, there, actor, problems)
    return (next(place for place in range(len(names)) if place != at) if actor is None else actor), at


def _period_place(
    raw: RawTable, name: str, there: str, actor: int | None, problems: list[Finding | str]
) -> int:
    """Return the place of the periods by the names of the columns; of two columns it is the one that does not hold the actors."""
    names = [_spelt(cell) for cell in raw.header]
    for known in (TIME_NAMES, PERIOD_NAMES):
        fitting = [at for at, spelt in enumerate(names) if spelt in known and at != actor]
        if len(fitting) > 1:
            several = ", ".join(raw.header[at] for at in fitting)
            problems.append(
                f"{name}: several columns could be the period: {several}. Choose one with --period."
            )
        if fitting:
            return fitting[0]
    other = next(at for at in reversed(range(len(names))) if at != actor)
    if len(names) > 2 or names_ends(raw.header):
        problems.append(_no_period(raw, name, there))
    elif _is_period(raw.header[other]):
        problems.append(
            f"{name}: the first row ({there}) looks like data, not names of columns. Write a header row such as actor,period above it."
        )
    return other


def _place(raw: RawTable, name: str) -> int:
    """Return the place of the column of that name, as it is written if two differ by capitals alone."""
    if name in raw.header:
        return raw.header.index(name)
    return [_spelt(cell) for cell in raw.header].index(_spelt(name))


def _shown(raw: RawTable, at: int) -> str:
    return raw.header[at] or f"column {at + 1} (without a name)"


def _no_period(raw: RawTable, name: str, there: str) -> str:
    """Say that no column is named as the period, and why that might be."""
    text = (
        f"{name}: no column is named as the period; the columns are {there}. Choose one with --period COLUMN."
    )
    if names_ends(raw.header):
        return f"{text} These are columns of a list of ties: are --ties and --adoption the wrong way round?"
    if any(map(_is_period, raw.header)):
        return f"{text} If these are data, write a header row such as actor,period above them."
    return text


def _spelt(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().casefold())


def _is_period(cell: str) -> bool:
    plain = _plain(cell)
    return bool(_WHOLE.fullmatch(plain) or _DATE.fullmatch(plain))


def _times(
    raw: RawTable, at: int, never: str | None, name: str
) -> tuple[np.ndarray, list[Finding | str], int]:
    """Return the period of each row, what is wrong with some, and how many rows hold the code of non-adopters."""
    times, coded = np.full(len(raw.rows), np.nan), 0
    wrong: list[Finding | str] = []
    dates: list[tuple[int, str]] = []
    code = None if never is None else _plain(never)
    for place, (number, row) in enumerate(zip(raw.row_numbers, raw.rows, strict=True)):
        cell = _plain(row[at])
        if (number, raw.header[at]) in raw.unread or not cell:
            continue
        if code is not None and cell == code:
            coded += 1
        elif _WHOLE.fullmatch(cell):
            times[place] = float(cell)
        elif _DATE.fullmatch(cell):
            dates.append((number, row[at]))
        else:
            wrong.append(
                Finding(raw.file, "pattern", "error", raw.sheet, (number,), raw.header[at], row[at], *_PERIOD)
            )
    if dates:
        number, first = dates[0]
        cells = "1 cell" if len(dates) == 1 else f"{len(dates)} cells"
        wrong.append(
            f"{name}: column {raw.header[at]} holds dates ({cells}, such as {first!r} in row {number}); write the year, or months "
            "counted through, as 24097 for 2008-01 (12 x 2008 + 1)."
        )
    return times, wrong, coded


def _plain(cell: str) -> str:
    """Return a cell in plain digits, `18.0` as `18`."""
    text = plain_number(cell.strip())
    return re.sub(r"\.0+$", "", text) if _WHOLE.fullmatch(text) else text


def _span_problems(known: np.ndarray, name: str, column: str) -> list[Finding | str]:
    if not len(known):
        return [f"{name}: nobody adopted; write the period of those who did."]
    first, last = known.min(), known.max()
    if last - first < MOST_PERIODS:
        return []
    return [
        f"{name}: column {column} goes from {first:.0f} to {last:.0f}, more than {MOST_PERIODS} periods; write wider periods, such as "
        f"years, or --never {last:.0f} if that stands for never."
    ]


def _late_code(known: np.ndarray) -> list[str]:
    """Note a last period, far from the others, in which several adopt: it may be how the file writes never."""
    periods, actors = np.unique(known, return_counts=True)
    if len(periods) < 2 or actors[-1] < 2 or periods[-1] - periods[-2] <= 1:
        return []
    last, gap = f"{periods[-1]:.0f}", f"{periods[-1] - periods[-2]:.0f}"
    return [
        f"{actors[-1]} actors adopt in {last}, {gap} periods after all others; if that stands for never, say --never {last}."
    ]


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
