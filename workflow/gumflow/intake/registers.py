"""Registers (firms' registry, patents, customs): tables from elsewhere whose columns join the actors by an id; and where actors lie.

A register belongs to the actors table only where ids are equal: nothing is joined by likeness. Values stay text, as all further columns of
actors.csv do, so that no digit of a code is lost.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

import pandas as pd

from gumflow.contract.checks import RESERVED, plain_number
from gumflow.contract.findings import RULES, Finding
from gumflow.contract.reading import RawTable
from gumflow.contract.study import Register

Read = Callable[[str, set[str]], tuple[RawTable | None, list[Finding]]]
"""Reads the file of a register, given its name and the columns that it should have (as `contract.reading.read_raw` does)."""

RULES_REGISTERS: dict[str, tuple[str, str, str, str]] = {
    "register_key": (
        "actors.csv has no column {detail}, by which this register should join.",
        "actors.csv 没有用于连接此登记表的列 {detail}。",
        "Add the column to actors.csv, or correct key under registers in study.yaml.",
        "请在 actors.csv 中添加该列，或更正 study.yaml 中 registers 的 key。",
    ),
    "register_column_missing": (
        "The register has no column {detail}.",
        "登记表没有列 {detail}。",
        "Correct the name in the file, or key and columns under registers in study.yaml.",
        "请更正文件中的列名，或更正 study.yaml 中 registers 的 key 与 columns。",
    ),
    "register_column_taken": (
        "The actors already have a column of that name.",
        "行动者表中已有同名列。",
        "Rename it in the register, or leave it out of columns in study.yaml.",
        "请在登记表中更名，或从 study.yaml 的 columns 中去掉。",
    ),
    "register_id_unknown": (
        "Ids that no actor has: {detail}; these rows were not used.",
        "没有对应行动者的标识：{detail}；这些行未使用。",
        "If the register covers more firms than the study, leave them; if not, correct the ids.",
        "如登记表范围大于本研究，可保留；否则请更正标识。",
    ),
    "register_none_known": (
        "No id of the register is that of an actor.",
        "登记表中没有任何标识与行动者相符。",
        "Check that key in study.yaml names the right column, and how the ids are written.",
        "请检查 study.yaml 的 key 是否正确，以及标识的写法。",
    ),
    "register_id_twice": (
        "The id stands more than once (first in row {detail}).",
        "该标识重复出现（首次在第 {detail} 行）。",
        "Keep one row for each id; add up or choose beforehand.",
        "每个标识请只保留一行；请事先合并或取舍。",
    ),
    "actor_id_twice": (
        "Actors share the id by which a register joins: {detail}.",
        "多个行动者共用登记表所用的标识：{detail}。",
        "Correct the id in actors.csv.",
        "请在 actors.csv 中更正该标识。",
    ),
    "id_cut": (
        "The id was cut by a spreadsheet program: its last digits are lost.",
        "标识已被电子表格软件截断，末尾数字已丢失。",
        "Copy the ids again from the source into cells formatted as text.",
        "请从来源重新复制标识，并将单元格设为文本格式。",
    ),
    "id_perhaps_cut": (
        "The id has more than 15 digits and ends in zeros, as spreadsheet programs leave it when they cut ids.",
        "标识超过 15 位且以 0 结尾，可能已被电子表格软件截断。",
        "Compare it with the source; keep ids in cells formatted as text.",
        "请与来源核对；标识所在单元格应设为文本格式。",
    ),
    "coordinates_half": (
        "Of longitude and latitude only one is given.",
        "经度与纬度只填了一个。",
        "Fill {detail} too, or leave both empty.",
        "请补填 {detail}，或两者都留空。",
    ),
    "coordinates_swapped": (
        "The latitude is outside -90 to 90; longitude and latitude seem to be swapped.",
        "纬度超出 -90 至 90，经纬度似乎颠倒。",
        "Swap the two cells.",
        "请互换两个单元格。",
    ),
}
RULES.update(RULES_REGISTERS)

_CUT = re.compile(r"\d(\.\d+)?e\+?\d+")
# Spreadsheet programs keep 15 digits of a number and write zeros for the rest.
_PERHAPS_CUT = re.compile(r"\d{15}0+")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_LIMITS = {"longitude": 180.0, "latitude": 90.0}


def join_registers(
    actors: pd.DataFrame, registers: Sequence[Register], read: Read, actors_file: str = "actors.csv"
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the actors (of one or several clusters and waves) with the columns of the registers, and findings.

    `key` is a column of both tables (`actor`, `credit_code`, ...); where no columns are named, all are taken. Ids are equal after Unicode form (NFKC), case and white space; leading zeros
    count. Values are text, "" for actors that a register does not hold. Findings: a file that cannot be read; columns that are
    missing or that the actors already have; ids that no actor has (one line a register), that stand twice on either side, or that a
    spreadsheet program has cut. A register with an error adds no column.
    """
    findings: list[Finding] = []
    for register in registers:
        raw, more = read(register.file, {register.key, *register.columns})
        findings += more
        if raw is None:
            continue
        more = _column_findings(raw, register, actors)
        table = _by_id(raw, register)
        if not more:
            more = _id_findings(raw, register, table) + _match_findings(
                raw, register, table, actors, actors_file
            )
        findings += more
        if not any(f.severity == "error" for f in more):
            ids = actors[register.key].map(_id)
            joined = table.set_index("")[_taken(raw, register)].reindex(ids).fillna("")
            actors = actors.assign(**{name: joined[name].to_numpy() for name in joined.columns})
            actors = actors.astype(dict.fromkeys(joined.columns, "str"))
    return actors, findings


def _id(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", str(text)).casefold().split())


def _taken(raw: RawTable, register: Register) -> list[str]:
    named = register.columns or tuple(name for name in raw.header if name)
    return [name for name in dict.fromkeys(named) if name != register.key]


def _column_findings(raw: RawTable, register: Register, actors: pd.DataFrame) -> list[Finding]:
    findings = [
        Finding(raw.file, "register_column_missing", sheet=raw.sheet, column=name, detail=name)
        for name in (register.key, *register.columns)
        if name not in raw.header
    ]
    if register.key not in actors.columns:
        findings.append(Finding(raw.file, "register_key", sheet=raw.sheet, detail=register.key))
    findings += [
        Finding(raw.file, "register_column_taken", sheet=raw.sheet, column=name)
        for name in _taken(raw, register)
        if name in actors.columns or name in RESERVED
    ]
    return findings


def _by_id(raw: RawTable, register: Register) -> pd.DataFrame:
    """Return the register as text with its ids in the column "" and row numbers in "row number"; without rows that have no id."""
    table = pd.DataFrame(list(raw.rows), columns=list(raw.header), dtype="str")
    if register.key not in table.columns or table.columns.duplicated().any():
        return table.iloc[:0].assign(**{"": "", "row number": 0})
    table = table.assign(**{"": table[register.key].map(_id), "row number": list(raw.row_numbers)})
    return table[table[""] != ""]


def _id_findings(raw: RawTable, register: Register, table: pd.DataFrame) -> list[Finding]:
    """Return findings on ids that were cut, or stand twice."""

    def found(rule: str, severity: str, rows: pd.DataFrame) -> list[Finding]:
        return [
            Finding(raw.file, rule, severity, raw.sheet, (int(number),), register.key, value)
            for number, value in zip(rows["row number"], rows[register.key], strict=True)
        ]

    cut = table[""].str.fullmatch(_CUT)
    perhaps = table[""].str.fullmatch(_PERHAPS_CUT)
    findings = found("id_cut", "error", table[cut]) + found("id_perhaps_cut", "warning", table[perhaps])
    first = table.drop_duplicates("").set_index("")["row number"]
    twice = table[table[""].duplicated() & ~cut]
    findings += [
        Finding(
            raw.file, "register_id_twice", "error", raw.sheet, (int(n),), register.key, value, str(first[key])
        )
        for n, value, key in zip(twice["row number"], twice[register.key], twice[""], strict=True)
    ]
    return findings


def _match_findings(
    raw: RawTable, register: Register, table: pd.DataFrame, actors: pd.DataFrame, actors_file: str
) -> list[Finding]:
    """Return findings on ids that no actor has, and on actors that share one."""
    own = actors.assign(id=actors[register.key].map(_id))
    # The same actor may stand there once for each wave.
    own = own[own["id"] != ""].drop_duplicates(["actor", "id"])
    shared = own[own["id"].duplicated(keep=False)]
    findings = [
        Finding(actors_file, "actor_id_twice", column=register.key, value=str(rows[register.key].iloc[0]), detail=", ".join(rows["actor"]))
        for _, rows in shared.groupby("id")
    ]  # fmt: skip
    known = table[""].isin(own["id"])
    if len(table) and not known.any():
        return [
            *findings,
            Finding(raw.file, "register_none_known", "warning", raw.sheet, column=register.key),
        ]
    unknown = table[~known]
    if len(unknown):
        rows, detail = tuple(int(n) for n in unknown["row number"]), f"{len(unknown)} / {len(table)}"
        at = (raw.file, "register_id_unknown", "warning", raw.sheet, rows, register.key)
        findings.append(Finding(*at, detail=detail))
    return findings


def check_coordinates(raw: RawTable) -> list[Finding]:
    """Return findings on the columns longitude and latitude of actors.csv (decimal degrees, WGS 84): numbers, in range, both or none.

    A table without the two columns has none; one of them alone is an error.
    """
    there = [name for name in _LIMITS if name in raw.header]
    if len(there) == 1:
        other = next(name for name in _LIMITS if name not in there)
        return [Finding(raw.file, "column_missing", sheet=raw.sheet, column=other, detail=other)]
    if not there:
        return []
    places = {name: raw.header.index(name) for name in _LIMITS}
    findings = []
    for number, row in zip(raw.row_numbers, raw.rows, strict=True):
        if any((number, name) in raw.unread for name in _LIMITS):
            continue
        cells = {name: row[at] for name, at in places.items()}
        findings += [
            Finding(raw.file, rule, "error", raw.sheet, (number,), column, cells[column], *detail)
            for rule, column, detail in _coordinate_problems({n: plain_number(c) for n, c in cells.items()})
        ]
    return findings


def _coordinate_problems(cells: dict[str, str]) -> list[tuple[str, str, tuple[str, str]]]:
    """Return rule, column and details for what is wrong with the coordinates of one actor, one for one cause."""
    empty = [name for name, cell in cells.items() if not cell]
    if len(empty) == len(cells):
        return []
    wrong = [name for name, cell in cells.items() if cell and not _DECIMAL.fullmatch(cell)]
    if wrong:
        return [("number", name, ("", "")) for name in wrong]
    if empty:
        return [("coordinates_half", empty[0], (empty[0], ""))]
    values = {name: float(cell) for name, cell in cells.items()}
    beyond = [name for name, value in values.items() if abs(value) > _LIMITS[name]]
    if (
        beyond == ["latitude"]
        and abs(values["longitude"]) <= _LIMITS["latitude"]
        and abs(values["latitude"]) <= 180
    ):
        return [("coordinates_swapped", "latitude", ("", ""))]
    limits = {
        name: (f"from {-most:g} up to {most:g}", f"不小于 {-most:g}，不大于 {most:g}")
        for name, most in _LIMITS.items()
    }
    return [("range", name, limits[name]) for name in beyond]
