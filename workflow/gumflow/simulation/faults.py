"""Mistakes planted into a copy of a synthetic study, each by itself in a known place, to see that the check finds each once and nothing else.

The mistakes are those of people who fill in, type in and edit tables: words in numbers, parts that do not sum, answers to what was not
asked, doubled rows, misspelt ids. `planted.csv` lists them with the rule that should report each; where it names no rule, the change is
unusual and right, and nothing should be reported.
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.writing import write_bytes, write_table, write_text
from gumflow.simulation.parameters import stream

PLANTED_COLUMNS = ("file", "row", "column", "rule", "what")
PLANTED = "planted.csv"
_MARK = b"\xef\xbb\xbf"

Row = dict[str, str]


@dataclass(frozen=True)
class Fault:
    """One mistake in a table of answers (a row a respondent), or in one row of another table.

    `fits` tells the rows in which it can be made, `changes` gives the new cells, `column` is where the rule reports it ({key} is the
    content of the row's first column).
    """

    rule: str
    column: str
    what: str
    fits: Callable[[Row], bool]
    changes: Callable[[Row], Mapping[str, str]]


def _always(_: Row) -> bool:
    return True


def _write(rule: str, column: str, text: str, what: str, fits: Callable[[Row], bool] = _always) -> Fault:
    """Return the mistake of writing a text into a cell."""
    return Fault(rule, column, what, lambda row: bool(row[column]) and fits(row), lambda _: {column: text})


def _shares(rule: str, item: str, parts: Mapping[str, str], what: str) -> Fault:
    """Return the mistake of writing these parts; it is reported at the first that is filled."""
    cells = {f"{item}[{part}]": text for part, text in parts.items()}
    first = next(cell for cell, text in cells.items() if text)
    return Fault(rule, first, what, lambda row: bool(row[first]), lambda _: cells)


def _set(row: Row, item: str) -> dict[str, str]:
    return {cell: text for cell, text in row.items() if cell.startswith(f"{item}[")}


def _same_rank(row: Row) -> Mapping[str, str]:
    return dict.fromkeys([c for c, t in _set(row, "NB33.rank").items() if t], "1")


def _other_rank(row: Row) -> Mapping[str, str]:
    """Rank an option that was not ticked in place of one that was."""
    ranks = _set(row, "NB36.rank")
    old = next(c for c, t in ranks.items() if t)
    new = next(c for c, t in ranks.items() if not t)
    return {old: "", new: ranks[old]}


def _ranked(item: str, least: int, most: int) -> Callable[[Row], bool]:
    return lambda row: least <= sum(t != "" for t in _set(row, item).values()) <= most


ANSWERS = (
    _write("", "NB01.employees", "５０", "full-width digits, which are read"),
    _write("option_unknown", "NB05.level", "world_class", "an answer that is no option"),
    _write("number_not_plain", "NB01.employees", "约50人", "an estimate in words"),
    _write("number_unit", "NB05.capacity", "50人", "a unit of another question"),
    _write("number_comma", "NB06.exports_y0", "12,00", "a comma in the wrong place"),
    _write("number_date", "NB07.foreign", "2009-03-04", "a number that a spreadsheet made a date"),
    _write("number_exponent", "NB06.exports_y2", "1.2E+05", "a number that a spreadsheet shortened"),
    _write("integer", "NB07.domestic", "12.5", "half a supplier"),
    _write("range", "NB07.foreign", "-3", "a negative number"),
    _write("range", "NB11", "7", "more than the scale has"),
    _write("several_ticks", "NB26.rd", "yes; no", "yes and no at once"),
    _write("tick_unreadable", "NB19[hiring]", "maybe", "a word in place of a tick"),
    _shares(
        "share_sum",
        "NB01.jobs",
        {"workers": "60", "managers": "10", "technicians": "10"},
        "parts that sum to 80",
    ),
    _shares(
        "share_fractions",
        "NB02",
        {"postgraduate": "0.1", "bachelor": "0.2", "secondary": "0.3", "junior": "0.4"},
        "fractions in place of percentages",
    ),
    _shares(
        "share_blank",
        "NB08",
        {"domestic": "", "developed": "30", "developing": "20"},
        "a part left blank, the others summing to 50",
    ),
    Fault("rank_positions", "NB33.rank", "two first places", _ranked("NB33.rank", 2, 7), _same_rank),
    Fault(
        "rank_ticks",
        "NB36.rank",
        "an option ranked that was not ticked",
        _ranked("NB36.rank", 2, 5),
        _other_rank,
    ),
    Fault(
        "not_asked_answered",
        "NB17[substitutable]",
        "reasons of a weakness that the firm does not have",
        lambda row: row["NB16"] == "own",
        lambda _: {"NB17[substitutable]": "1"},
    ),
    Fault(
        "parts_exceed",
        "NB06.exports_y1",
        "exports as OEM above all exports",
        lambda row: (
            row["NB06.exports_y1"] not in ("", "0") and row["NB06.oem_y1"] != "" and row["NB06.own_y1"] != ""
        ),
        lambda row: {"NB06.oem_y1": f"{3 * float(row['NB06.exports_y1']):.12g}"},
    ),
    Fault(
        "self_nomination",
        "R01[{key}]",
        "a firm that asks itself",
        lambda row: row.get(f"R01[{row['respondent']}]") == "",
        lambda row: {f"R01[{row['respondent']}]": "2"},
    ),
)
"""Mistakes in single rows of the answers."""

TABLES: Mapping[str, tuple[Fault, ...]] = {
    "actors.csv": (
        Fault(
            "enum",
            "place",
            "a place that is none of those allowed",
            lambda row: row["actor"].endswith("_fair"),
            lambda _: {"place": "nearby"},
        ),
    ),
    "aliases.csv": (),
    "ties.csv": (
        Fault(
            "reference",
            "target",
            "a tie to nobody",
            lambda row: row["layer"] == "service",
            lambda _: {"target": "no_such_firm"},
        ),
        Fault(
            "enum",
            "layer",
            "a layer that there is not",
            lambda row: row["layer"] == "service",
            lambda _: {"layer": "help"},
        ),
        Fault(
            "range",
            "strength",
            "a negative strength",
            lambda row: row["layer"] == "service",
            lambda _: {"strength": "-1"},
        ),
        Fault(
            "boolean",
            "directed",
            "a word where 1 or 0 belongs",
            lambda row: row["layer"] == "service",
            lambda _: {"directed": "yes"},
        ),
        Fault(
            "self_tie",
            "target",
            "a firm that lends to itself",
            lambda row: row["layer"] == "credit",
            lambda row: {"target": row["source"]},
        ),
        Fault(
            "required",
            "source",
            "a tie from nobody",
            lambda row: row["layer"] == "service",
            lambda _: {"source": ""},
        ),
    ),
    "events.csv": (
        Fault(
            "date",
            "date",
            "a season in place of a date",
            lambda row: row["date_to"] == "",
            lambda _: {"date": "spring 1994"},
        ),
        Fault(
            "order",
            "date_to",
            "an end before the start",
            lambda row: row["date_to"] != "",
            lambda _: {"date_to": "1990"},
        ),
    ),
    "exports.csv": (
        Fault(
            "range",
            "quantity",
            "a quantity that is no more than nothing",
            lambda row: row["year"] == "1999",
            lambda _: {"quantity": "0"},
        ),
        Fault(
            "disagrees",
            "currency",
            "another currency in one row",
            lambda row: row["year"] == "2001",
            lambda _: {"currency": "EUR"},
        ),
    ),
    "facts.csv": (Fault("number", "value", "a word in a number", _always, lambda _: {"value": "about 30"}),),
    "statements.csv": (
        Fault(
            "enum",
            "polarity",
            "a polarity that there is not",
            lambda row: row["polarity"] == "1" and row["state"] == "achieved",
            lambda _: {"polarity": "2"},
        ),
        Fault(
            "polarity_state",
            "polarity",
            "a recommendation that hinders",
            lambda row: row["state"] == "recommended",
            lambda _: {"polarity": "-1"},
        ),
        Fault(
            "range",
            "strength",
            "a strength above the scale",
            lambda row: row["strength"] == "3",
            lambda _: {"strength": "5"},
        ),
    ),
}
"""Mistakes in the other tables of the same folder."""

MAPPING = (
    Fault(
        "mapping_question",
        "question",
        "a question that there is not",
        lambda row: row["question"] == "YK08",
        lambda _: {"question": "YK80"},
    ),
    Fault(
        "mapping_undecided",
        "question",
        "a column left undecided",
        lambda row: row["question"] == "YK12",
        lambda _: {"question": ""},
    ),
)
"""Mistakes in mapping.csv of the other cluster's second wave."""


class _Sheet:
    """A CSV file that is being edited: rows as dictionaries, and what was planted."""

    def __init__(self, path: Path, shown: str, seed: int) -> None:
        text = path.read_bytes().removeprefix(_MARK).decode("utf-8")
        header, *rows = csv.reader(io.StringIO(text))
        self.path, self.shown, self.header = path, shown, header
        self.rows: list[Row] = [dict(zip(header, row, strict=True)) for row in rows]
        self.order = stream(seed, "faults", shown).permutation(len(rows))
        self.used: set[int] = set()
        self.planted: list[tuple[str, int, str, str, str]] = []

    def free(self, fits: Callable[[Row], bool], what: str) -> int:
        """Return a row that fits and holds no mistake yet, in random order."""
        for at in self.order:
            if int(at) not in self.used and fits(self.rows[at]):
                self.used.add(int(at))
                return int(at)
        raise GumflowError(f"{self.shown}: has no row in which this could be planted: {what}.")

    def plant(self, fault: Fault) -> None:
        """Make a mistake in a row of its own."""
        at = self.free(fault.fits, fault.what)
        row = self.rows[at]
        column = fault.column.format(key=row[self.header[0]])
        if column not in row:
            # A set of columns: what is wrong in it is reported at the first that is filled.
            column = next(c for c, text in _set(row | dict(fault.changes(row)), column).items() if text)
        row |= fault.changes(row)
        self.note(at, column, fault.rule, fault.what)

    def note(self, at: int, column: str, rule: str, what: str) -> None:
        """Write down what was planted; rows count as in a spreadsheet."""
        self.planted.append((self.shown, at + 2, column, rule, what))

    def append(self, row: Row, column: str, rule: str, what: str) -> None:
        """Add a row that is a mistake."""
        self.rows.append(row)
        self.note(len(self.rows) - 1, column, rule, what)

    def write(self) -> None:
        """Write the file back."""
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, self.header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_bytes(_MARK + buffer.getvalue().encode("utf-8"), self.path)


def plant_faults(study_folder: Path, out: Path, seed: int) -> pd.DataFrame:
    """Copy a synthetic study as `simulate` writes the demo, plant mistakes, and write and return the list of them (PLANTED_COLUMNS).

    The study needs a cluster `apparel` with answers of 2007 as a plain wide CSV, and `hardware` with a mapping.csv of 2009. `row` is 0 where
    a whole column or file is meant. Raises `GumflowError` if the study has no room for a mistake, or `out` holds other files.
    """
    if out.exists() and any(out.iterdir()) and not (out / PLANTED).is_file():
        raise GumflowError(f"{out}: holds files that are no study with planted mistakes; name a new folder.")
    _copy(study_folder, out)
    cell = "apparel/2007"
    planted = _plant_answers(_Sheet(out / cell / "answers.csv", f"{cell}/answers.csv", seed))
    for name, faults in TABLES.items():
        sheet = _Sheet(out / cell / name, f"{cell}/{name}", seed)
        for fault in faults:
            sheet.plant(fault)
        if name == "actors.csv":
            twin = sheet.rows[sheet.free(lambda row: row["kind"] == "finance", "a doubled actor")]
            sheet.append(dict(twin), "actor", "unique", "an actor that stands twice")
        if name == "aliases.csv":
            alias = {"name": "演示无主别名", "actor": "no_such_supplier"}
            sheet.append(alias, "actor", "reference", "an alias of nobody")
        sheet.write()
        planted += sheet.planted
    mapping = _Sheet(out / "hardware/2009/mapping.csv", "hardware/2009/mapping.csv", seed)
    for fault in MAPPING:
        mapping.plant(fault)
    mapping.write()
    planted += mapping.planted
    write_text("source,target\n", out / cell / "tie.csv")
    planted.append((f"{cell}/tie.csv", 0, "", "file_unknown", "a table under another name"))
    table = pd.DataFrame(planted, columns=list(PLANTED_COLUMNS))
    write_table(table, out / PLANTED, ["file", "row", "column"])
    return table.sort_values(["file", "row", "column"], kind="stable").reset_index(drop=True)


def _copy(study_folder: Path, out: Path) -> None:
    """Copy what a study is made of; the truth behind it stays where it is."""
    files = [p for p in sorted(study_folder.rglob("*")) if p.is_file()]
    for path in files:
        name = path.relative_to(study_folder)
        if name.parts[0] not in ("truth", "truth.yaml", "README.md"):
            write_bytes(path.read_bytes(), out / name)


def _plant_answers(sheet: _Sheet) -> list[tuple[str, int, str, str, str]]:
    """Plant the mistakes of single rows, then rows and a column that should not be there."""
    for fault in ANSWERS:
        sheet.plant(fault)

    def alone(row: Row) -> bool:
        # Names in own words have findings of their own.
        free = ("R09.", "R10.", "R08.founder")
        return not any(text for cell, text in row.items() if cell.startswith(free) and text)

    def copy(what: str) -> Row:
        return dict(sheet.rows[sheet.free(alone, what)])

    again, changed, named, unknown = (copy("a doubled respondent") for _ in range(4))
    changed["NB34"] = "not_felt" if changed["NB34"] != "not_felt" else "important"
    named["respondent"] = named["NB00.name"]
    unknown["respondent"] = "演示查无此厂"
    nobody = dict.fromkeys(sheet.header, "") | {"NB34": "important"}
    sheet.append(again, "", "record_repeated", "a row that stands twice")
    sheet.append(changed, "respondent", "record_twice", "a respondent with two different rows")
    sheet.append(named, "", "respondent_twice", "a respondent by id and by name")
    sheet.append(unknown, "", "respondent_unknown", "a respondent who is none of the actors")
    sheet.append(nobody, "respondent", "record_unnamed", "answers of nobody")
    sheet.header.append("impression")
    for at, row in enumerate(sheet.rows):
        row["impression"] = "good" if at == 0 else ""
    sheet.planted.append((sheet.shown, 0, "impression", "column_unmapped", "a column that no question has"))
    sheet.write()
    return sheet.planted
