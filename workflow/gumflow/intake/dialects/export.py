"""What every reader of an export returns, and the steps that all of them share."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from gumflow.contract.findings import Finding
from gumflow.intake.dialects.sheets import Sheet

RESPONDENT = "respondent"
"""The source of the column of a plain table that says who answered."""
SUBMITTED = "submitted"
"""The source of the column in which a tool says when the answers came in."""

MISSING = ("", "skipped", "no_answer")
"""Why a cell holds no answer, as far as the tool says: it was not shown, or shown and left."""

CELL_COLUMNS = (
    "record", "instance", "file", "sheet", "row", "column", "source", "option", "value", "missing",
)  # fmt: skip
COLUMN_COLUMNS = ("file", "sheet", "source", "shown", "kind", "options")
_CATEGORIES = ("file", "sheet", "column", "source", "option", "missing")

_PERSONAL = frozenset((
    "ip", "ip地址", "来自ip", "ipaddress", "昵称", "nickname", "微信昵称", "头像", "微信头像", "openid", "微信openid",
    "unionid", "用户id", "userid", "device", "deviceid", "设备", "设备号", "设备id", "设备编号", "imei", "simid",
    "simserial", "simserialnumber", "subscriberid", "phone", "phonenumber", "telephone", "mobile", "tel",
    "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "email", "emailaddress", "邮箱", "电子邮箱", "wechat", "微信", "微信号",
    "qq", "qq号", "username", "用户名", "submittedby", "submittername", "submitterid", "gps", "geolocation",
    "geopoint", "startgeopoint", "latitude", "longitude", "经度", "纬度", "地理位置", "身份证", "身份证号", "身份证号码",
))  # fmt: skip


@dataclass(frozen=True)
class Export:
    """The answers of one survey as its tool wrote them, one row a cell.

    `cells`: record (the submission's key, unique over files), instance ("" for the main row, else which repeat entry; entries inside
    entries as `outer/inner`), file, sheet, row, column (the header), source (the key that mapping.csv refers to), option (of a set of
    columns; else ""), value (text as written; ticks are "1" and "0", ranks the position), missing (one of `MISSING`). Blank cells give
    no row. `columns`: one row for each source of each sheet: file, sheet, source, shown (its header), kind (scalar, ticks, rank, matrix
    or alter), options (tuple of the source options). Personal columns are in neither.
    """

    dialect: str
    cells: pd.DataFrame
    columns: pd.DataFrame


@dataclass(frozen=True)
class Source:
    """How one column of a sheet is read: its place from 0, its source and option, the kind and header of its source."""

    place: int
    source: str
    option: str = ""
    kind: str = "scalar"
    shown: str = ""


def plain_name(header: str) -> str:
    """Return a header in lower case and one width, without blanks and joints: what two ways of writing a name share."""
    text = unicodedata.normalize("NFKC", header).casefold()
    return "".join(c for c in text if not c.isspace() and c not in "_-")


def one_line(header: str) -> str:
    """Return a header with line breaks and runs of blanks as one blank."""
    return " ".join(header.split())


def is_personal(name: str) -> bool:
    """Say whether a column of that name holds data on the person or the device that answered, which no result needs."""
    return plain_name(name) in _PERSONAL


def personal_finding(sheet: Sheet, place: int) -> list[Finding]:
    """Return the finding that a column was dropped, if it holds anything."""
    if not (sheet.rows[:, place] != "").any() and all(j != place for _, j in sheet.unread):
        return []
    return [Finding(sheet.file, "personal_dropped", "warning", sheet.sheet, column=sheet.header[place])]


def numbered(headers: Sequence[str]) -> list[str]:
    """Return the headers with `#2`, `#3`, ... behind those that stood before."""
    seen: Counter[str] = Counter()
    out = []
    for header in headers:
        seen[header] += 1
        out.append(header if seen[header] == 1 else f"{header}#{seen[header]}")
    return out


def twice_findings(sheet: Sheet) -> list[Finding]:
    """Return a warning for each header that several columns have."""
    return [
        Finding(sheet.file, "header_twice", "warning", sheet.sheet, column=name, detail=f"{one_line(name)}#2")
        for name, times in Counter(sheet.header).items()
        if name and times > 1
    ]


def cells_of(
    sheet: Sheet,
    sources: Sequence[Source],
    records: NDArray[np.object_],
    instances: NDArray[np.object_] | None = None,
    values: NDArray[np.object_] | None = None,
    missing: NDArray[np.int8] | None = None,
) -> pd.DataFrame:
    """Return the cells of a sheet, row by row; a row without record ("") gives none.

    `records` and `instances` (default "") are one for each row of the sheet; `values` (default the cells as written) and `missing`
    (places in `MISSING`, default 0) have a column for each of `sources`. Cells that are blank and not missing give no row.
    """
    if values is None:
        values = sheet.rows[:, [s.place for s in sources]]
    if missing is None:
        missing = np.zeros(values.shape, dtype=np.int8)
    kept = ((values != "") | (missing > 0)) & (records != "")[:, None]
    row, column = np.nonzero(kept)
    if instances is None:
        instances = np.full(len(records), "", dtype=object)

    def coded(names: Sequence[str]) -> pd.Categorical:
        codes, categories = pd.factorize(np.array([*names], dtype=object))
        return pd.Categorical.from_codes(codes[column], pd.Index(categories, dtype="str"))

    return pd.DataFrame(
        {
            "record": pd.array(records[row], dtype="str"),
            "instance": pd.array(instances[row], dtype="str"),
            "file": _constant(sheet.file, len(row)),
            "sheet": _constant(sheet.sheet, len(row)),
            "row": sheet.row_numbers[row].astype(np.int32),
            "column": coded([sheet.header[s.place] for s in sources]),
            "source": coded([s.source for s in sources]),
            "option": coded([s.option for s in sources]),
            "value": pd.array(values[row, column], dtype="str"),
            "missing": pd.Categorical.from_codes(missing[row, column], pd.Index(MISSING, dtype="str")),
        }
    )


def _constant(text: str, times: int) -> pd.Categorical:
    return pd.Categorical.from_codes(np.zeros(times, dtype=np.int8), pd.Index([text], dtype="str"))


def columns_of(sheet: Sheet, sources: Iterable[Source]) -> pd.DataFrame:
    """Return one row for each source of a sheet, in the order of its first column."""
    sets: dict[str, list[Source]] = {}
    for source in sources:
        sets.setdefault(source.source, []).append(source)
    rows = [
        (sheet.file, sheet.sheet, name, one_line(members[0].shown), members[-1].kind, options_of(members))
        for name, members in sets.items()
    ]
    return columns_table(rows)


def columns_table(rows: Sequence[tuple[str, str, str, str, str, tuple[str, ...]]]) -> pd.DataFrame:
    """Return rows of `COLUMN_COLUMNS` as a table; options stay tuples."""
    table = {
        name: pd.array([row[i] for row in rows], dtype="str") for i, name in enumerate(COLUMN_COLUMNS[:-1])
    }
    options = pd.Series([row[-1] for row in rows], dtype=object)
    return pd.DataFrame(table).assign(options=options)


def options_of(members: Iterable[Source]) -> tuple[str, ...]:
    """Return the options of a set of columns, each once, in their order."""
    return tuple(dict.fromkeys(m.option for m in members if m.option))


def export_of(dialect: str, cells: Sequence[pd.DataFrame], columns: Sequence[pd.DataFrame]) -> Export:
    """Join what was read from each sheet."""
    joined = {}
    for name in CELL_COLUMNS:
        parts = [part[name] for part in cells]
        if name in _CATEGORIES:
            joined[name] = (
                pd.Series(union_categoricals([p.array for p in parts]))
                if parts
                else pd.Series(pd.Categorical([], categories=pd.Index([], dtype="str")))
            )
        elif parts:
            joined[name] = pd.concat(parts, ignore_index=True)
        else:
            joined[name] = pd.Series([], dtype=np.int32 if name == "row" else "str")
    table = pd.DataFrame(joined)
    return Export(dialect, table, pd.concat(columns, ignore_index=True) if columns else columns_table([]))


def unique_rows(
    sheet: Sheet, keys: NDArray[np.object_], key: str, seen: dict[str, tuple[Sheet, int]]
) -> tuple[NDArray[np.object_], list[Finding]]:
    """Return the keys of a sheet's rows with "" for rows that are not read: without a key, or with one that stood before.

    `key` is the header of the keys' column; `seen` holds the place of each key read so far, of this and earlier sheets, and is added to.
    A row that repeats an earlier one is a warning, one that differs from it an error; `_index` only counts rows and may differ.
    """
    findings = []
    keys = keys.copy()
    unnamed = sheet.row_numbers[(keys == "") & ~_unread_keys(sheet, key)]
    if len(unnamed):
        rows = tuple(int(n) for n in unnamed)
        findings.append(Finding(sheet.file, "record_unnamed", "error", sheet.sheet, rows, key, detail=key))
    repeated: dict[tuple[str, str], list[int]] = {}
    for i in np.flatnonzero(keys != "").tolist():
        name, number = keys[i], int(sheet.row_numbers[i])
        first, at = seen.setdefault(name, (sheet, i))
        if first is sheet and at == i:
            continue
        where = (first.file, first.sheet)
        if _content(first, at) == _content(sheet, i):
            repeated.setdefault(where, []).append(number)
        else:
            en, zh = _first_place(sheet, first, int(first.row_numbers[at]))
            findings.append(
                Finding(sheet.file, "record_twice", "error", sheet.sheet, (number,), key, name, en, zh)
            )
        keys[i] = ""
    for (file, title), numbers in repeated.items():
        other = (file, title) != (sheet.file, sheet.sheet)
        en, zh = (f", first in {file} {title}".rstrip(), f"（另见 {file} {title}）") if other else ("", "")
        findings.append(
            Finding(
                sheet.file, "record_repeated", "warning", sheet.sheet, tuple(numbers), detail=en, detail_zh=zh
            )
        )
    return keys, findings


def _first_place(sheet: Sheet, first: Sheet, row: int) -> tuple[str, str]:
    if first is sheet:
        return f" (the other is row {row})", f"（另一行为第 {row} 行）"
    name = f"{first.file} {first.sheet}".rstrip()
    return f" (the other is in {name}, row {row})", f"（另一行在 {name} 第 {row} 行）"


def _unread_keys(sheet: Sheet, key: str) -> NDArray[np.bool_]:
    """Return the rows whose key could not be read, and has its finding."""
    unread = np.zeros(len(sheet.rows), dtype=bool)
    at = sheet.header.index(key) if key in sheet.header else -1
    unread[[i for i, j in sheet.unread if j == at]] = True
    return unread


def _content(sheet: Sheet, row: int) -> dict[str, str]:
    names = numbered(sheet.header)
    return {n: c for n, c in zip(names, sheet.rows[row], strict=True) if c and n != "_index"}


def same_answers(cells: pd.DataFrame) -> list[Finding]:
    """Return an error for answers that stand more than once: the same record, entry, source and option."""
    keys = pd.DataFrame(
        {
            n: cells[n] if n not in _CATEGORIES else cells[n].cat.codes
            for n in ("record", "instance", "source", "option")
        }
    )
    again = cells[keys.duplicated().to_numpy()]
    findings = []
    for (file, sheet, column), rows in again.groupby(["file", "sheet", "column"], observed=True)["row"]:
        findings.append(
            Finding(str(file), "answer_twice", "error", str(sheet), tuple(int(r) for r in rows), str(column))
        )
    return findings


def without_dropped(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out what is wrong with numbers in columns that were dropped."""
    findings = list(findings)
    dropped = {(f.file, f.sheet, f.column) for f in findings if f.rule == "personal_dropped"}
    return [f for f in findings if f.rule != "digits_lost" or (f.file, f.sheet, f.column) not in dropped]


def with_names_below(sheet: Sheet) -> tuple[Sheet, tuple[str, ...], list[Finding]]:
    """Return the sheet with the row under the header as its header, the header that stood above, and a warning."""
    row = int(sheet.row_numbers[0])
    names = tuple(below or above for below, above in zip(sheet.rows[0], sheet.header, strict=True))
    finding = Finding(sheet.file, "header_second", "warning", sheet.sheet, (row,))
    return replace(sheet.without_row(0), header=names), sheet.header, [finding]
