"""Writing synthetic answers as survey tools export them: plain wide, plain long, KoboToolbox and 问卷星.

Written from what the tools are known to write, not from how gumflow reads it: a file read back gives the same answers, as far as the tool can
tell them. What tools cannot tell: all but 问卷星 write a blank both for what was not asked and for what was left empty; 问卷星 writes nothing
for several ticks where none was made (as texts), and no words beside options (as codes); Kobo nothing where nobody was picked from a roster. Firms' names,
addresses, numbers and network addresses (192.0.2.0/24, which is for documentation) are invented.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.instrument import CHOICES, Instrument, Item, Question
from gumflow.contract.writing import write_table, write_workbook

DIALECTS = ("plain_wide", "plain_long", "kobo", "wenjuanxing")
MAPPING_COLUMNS = ("source", "option", "question", "code", "note")

Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Returned:
    """The answers of one cluster and wave as they came back.

    `answers` are tidy; a column `named_as` holds names that were written in own words. `identities`: respondent, question, text. `year` is
    that of the submissions. `labels` are the names of actors, for tools that show names.
    """

    instruments: Sequence[Instrument]
    answers: pd.DataFrame
    identities: pd.DataFrame
    year: str
    labels: Mapping[str, str]

    @property
    def respondents(self) -> list[str]:
        """Return who answered, in the order of ids."""
        return sorted(set(self.answers["respondent"].astype("str")))

    def items(self) -> Iterator[tuple[Instrument, Question, Item]]:
        """Return the items of all instruments in printed order."""
        for instrument in self.instruments:
            for question in instrument.questions:
                for item in question.items:
                    yield instrument, question, item


@dataclass(frozen=True)
class Grid:
    """One item's answers, a row a respondent: `cells` and `words` by option (or alter), texts; `why` there is no answer, "" if there is one."""

    names: tuple[str, ...]
    cells: Texts
    words: Texts
    why: Texts


class _Grids:
    """The answers of all items as grids."""

    def __init__(self, returned: Returned) -> None:
        self.returned, self.who = returned, returned.respondents
        answers = returned.answers
        named = answers["named_as"] if "named_as" in answers else pd.Series("", index=answers.index)
        named = named.fillna("")
        self.answers = answers.assign(
            about=named.where(named != "", answers["alter"]),
            who=pd.Index(self.who).get_indexer(answers["respondent"]),
        )
        self.parts = dict(iter(self.answers.groupby("question", sort=False)))
        self.identities = returned.identities.set_index(["question", "respondent"])["text"].to_dict()

    def identity(self, item: Item) -> list[str]:
        """Return what each respondent said of who it is."""
        return [self.identities.get((item.id, r), "") for r in self.who]

    def part(self, item: Item) -> pd.DataFrame:
        """Return the rows of an item."""
        return self.parts.get(item.id, self.answers.iloc[:0])

    def grid(self, item: Item) -> Grid:
        """Return the answers to an item: ticks as 1 and 0, numbers as texts, texts; of relations numbers or joined codes by alter."""
        part = self.part(item)
        relation = item.type == "relation"
        if relation:
            names = tuple(sorted(set(part["about"]) - {""}))
        else:
            names = tuple(o.code for o in item.options) or ("",)
        shape = (len(self.who), len(names))
        cells, words = np.full(shape, "", dtype=object), np.full(shape, "", dtype=object)
        why = np.full(shape[0], "not_answered", dtype=object)
        why[part["who"]] = part["missing_reason"]
        if item.type in CHOICES:
            cells[why == ""] = "0"
        given = part[(part["missing_reason"] == "")]
        at = pd.Index(names).get_indexer(given["about" if relation else "option"])
        coded = relation and bool(item.options)
        told = (
            given["text"] if item.type == "text" else given["option"] if coded else given["value"].map(_plain)
        )
        for who, place, value, text in zip(given["who"], at, told, given["text"], strict=True):
            if place >= 0:
                before = cells[who, place]
                cells[who, place] = f"{before} {value}" if coded and before else value
                words[who, place] = text
        return Grid(names, cells, words, why)

    def count(self, item: Item) -> list[str]:
        """Return how many alters each respondent named; "" where the item was left empty."""
        grid = self.grid(item)
        counts = (grid.cells != "").sum(axis=1)
        return [str(n) if why == "" else "" for n, why in zip(counts, grid.why, strict=True)]


def _plain(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.12g}"


def _form_name(item: Item) -> str:
    return item.id.replace(".", "_")


def _asks_who(item: Item) -> bool:
    """Return whether the item itself asks who is meant."""
    return item.relation is not None and item.relation.alters != "named"


def _free(item: Item) -> bool:
    """Return whether alters are named in own words."""
    return item.relation is not None and item.relation.alters == "names"


def _has_value(item: Item) -> bool:
    """Return whether more is asked of an alter than to be named."""
    limits = (item.minimum, item.maximum)
    return bool(item.options or item.unit) or limits != (None, None)


def _ticked(grid: Grid, names: Sequence[str], mark: str, fill_in: bool = False) -> list[str]:
    """Return the names of the ticked options, joined; with `fill_in` the words beside them in 〖〗."""
    out = []
    for cells, words in zip(grid.cells, grid.words, strict=True):
        ticks = [
            f"{n}〖{w}〗" if fill_in and w else n
            for n, c, w in zip(names, cells, words, strict=True)
            if c == "1"
        ]
        out.append(mark.join(ticks))
    return out


def _submission_times(returned: Returned) -> list[str]:
    """Return a made-up time for each submission, in the order of respondents."""
    return [
        f"{returned.year}-10-{1 + n % 28:02d} {9 + n % 8:02d}:{7 * n % 60:02d}:00"
        for n in range(len(returned.respondents))
    ]


def _beside(item: Item, grid: Grid) -> dict[str, list[str]]:
    """Return columns of words beside options, called as gumflow's form calls them."""
    if item.type not in CHOICES:
        return {}
    return {
        f"{_form_name(item)}_{o.code}_text": list(grid.words[:, at])
        for at, o in enumerate(item.options)
        if o.fill_in
    }


def write_plain_wide(returned: Returned, path: Path) -> None:
    """Write a table with a row a respondent: X is one answer, X[option] one option, part or alter of X (CSV or XLSX)."""
    grids = _Grids(returned)
    columns: dict[str, list[str]] = {"respondent": grids.who, "submitted": [t[:10] for t in _submission_times(returned)]}  # fmt: skip
    for _, _, item in returned.items():
        if item.type == "identity":
            columns[item.id] = grids.identity(item)
            continue
        grid = grids.grid(item)
        if item.type == "single":
            columns[item.id] = _ticked(grid, grid.names, "; ")
        elif item.options or item.type == "relation":
            cells = {f"{item.id}[{n}]": list(grid.cells[:, at]) for at, n in enumerate(grid.names)}
            columns |= {h: [c.replace(" ", "; ") for c in column] for h, column in cells.items()}
        else:
            columns[item.id] = list(grid.cells[:, 0])
        columns |= _beside(item, grid)
        if _asks_who(item):
            columns[f"{_form_name(item)}_count"] = grids.count(item)
    write_table(pd.DataFrame(columns, dtype="str"), path)


def write_plain_long(returned: Returned, path: Path) -> None:
    """Write a table with a row an answer: respondent, question, option, alter, value (CSV or XLSX)."""
    grids = _Grids(returned)
    rows: list[tuple[int, int, str, str, str, str]] = []
    for at, (_, _, item) in enumerate(returned.items()):
        if item.type == "identity":
            rows += [(n, at, item.id, "", "", text) for n, text in enumerate(grids.identity(item))]
            continue
        grid, part = grids.grid(item), grids.part(item)
        if item.type == "relation":
            given = part[(part["missing_reason"] == "") & (part["about"] != "")]
            rows += [
                (who, at, item.id, option, about, "1" if option else _plain(value))
                for who, option, about, value in zip(*(given[c] for c in ("who", "option", "about", "value")), strict=True)
            ]  # fmt: skip
            if _asks_who(item):
                rows += [
                    (n, at, f"{_form_name(item)}_count", "", "", c) for n, c in enumerate(grids.count(item))
                ]
            continue
        if item.type == "single":
            rows += [(n, at, item.id, "", "", c) for n, c in enumerate(_ticked(grid, grid.names, "; "))]
        else:
            for who, place in np.argwhere(grid.cells != ""):
                rows.append((who, at, item.id, grid.names[place], "", grid.cells[who, place]))
        for name, words in _beside(item, grid).items():
            rows += [(n, at, name, "", "", text) for n, text in enumerate(words)]
    table = pd.DataFrame(rows, columns=["who", "at", "question", "option", "alter", "value"])
    table = table[table["value"] != ""].sort_values(["who", "at"], kind="stable")
    table["respondent"] = np.array(grids.who, dtype=object)[table["who"].to_numpy(dtype=int)]
    write_table(table[["respondent", "question", "option", "alter", "value"]].astype("str"), path)


def write_kobo(returned: Returned, path: Path) -> None:
    """Write the XLSX that KoboToolbox exports with XML names: the form's sheet, and a sheet for each repeat.

    Groups are parted by `/`, several ticks stand joined and in columns of their own, and names are those of gumflow's form.
    """
    grids = _Grids(returned)
    times = [t.replace(" ", "T") for t in _submission_times(returned)]
    columns: dict[str, list[Any]] = {
        "start": [f"{t}.000+08:00" for t in times],
        "end": [f"{t[:-2]}59.000+08:00" for t in times],
        "submitted": [t[:10] for t in times],
        "consent": ["yes"] * len(times),
        "respondent": grids.who,
    }
    for instrument, question, item in returned.items():
        columns |= _kobo_columns(grids, instrument, question, item)
    numbers = list(range(1, len(times) + 1))
    uuids = [_uuid(f"{returned.year} {r}") for r in grids.who]
    columns |= {
        "_id": [100000 + n for n in numbers],
        "_uuid": uuids,
        "_submission_time": times,
        "_validation_status": [""] * len(times),
        "_notes": [""] * len(times),
        "_status": ["submitted_via_web"] * len(times),
        "_submitted_by": [""] * len(times),
        "__version__": ["vDemo"] * len(times),
        "_tags": [""] * len(times),
        "_index": numbers,
    }
    title = "demo_form"
    sheets = {title: pd.DataFrame(columns)}
    for name, table in _kobo_repeats(grids).items():
        table["_index"] = np.arange(1, len(table) + 1)
        table["_parent_table_name"] = title
        table["_parent_index"] = table["who"] + 1
        table["_submission__id"] = 100001 + table["who"]
        table["_submission__uuid"] = np.array(uuids, dtype=object)[table["who"].to_numpy(dtype=int)]
        sheets[name] = table.drop(columns="who")
    write_workbook(sheets, path)


def _uuid(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], "4" + digest[13:16], "8" + digest[17:20], digest[20:32]))


def _kobo_group(instrument: Instrument, question: Question, item: Item) -> str:
    """Return the path of the groups in which gumflow's form asks an item."""
    if item.type == "identity":
        return "identity/"
    path = f"{instrument.name}_{question.section}/"
    if sum(i.type != "identity" for i in question.items) > 1:
        path += f"{question.id}_question/".replace(".", "_")
    return path + f"{_form_name(item)}_parts/" if item.type == "shares" else path


def _kobo_columns(
    grids: _Grids, instrument: Instrument, question: Question, item: Item
) -> dict[str, list[Any]]:
    path, name = _kobo_group(instrument, question, item), _form_name(item)
    if item.type == "identity":
        return {path + name: grids.identity(item)}
    grid = grids.grid(item)
    if item.type == "relation":
        if not _asks_who(item):
            return {}
        picked = [" ".join(n for n, c in zip(grid.names, row, strict=True) if c) for row in grid.cells]
        return {f"{path}{name}_count": _numbers(grids.count(item))} if _free(item) else {path + name: picked}
    if item.type == "shares":
        cells = {f"{path}{name}_{n}": _numbers(grid.cells[:, at]) for at, n in enumerate(grid.names)}
        total = [sum(int(c) for c in row if c) for row in grid.cells]
        return cells | {f"{path}{name}_sum": total}
    if item.type == "rank":
        return {path + name: [_in_order(row, grid.names, " ") for row in grid.cells]}
    if item.type not in CHOICES:
        return {path + name: _numbers(grid.cells[:, 0]) if item.type != "text" else list(grid.cells[:, 0])}
    columns: dict[str, list[Any]] = {path + name: _ticked(grid, grid.names, " ")}
    if item.type == "several":
        columns |= {f"{path}{name}/{n}": _numbers(grid.cells[:, at]) for at, n in enumerate(grid.names)}
    return columns | {path + header: words for header, words in _beside(item, grid).items()}


def _numbers(cells: Iterable[str]) -> list[Any]:
    """Return texts of numbers as numbers, blanks as None."""
    return [None if c == "" else int(c) if c.isdigit() else float(c) for c in cells]


def _in_order(cells: Sequence[str], names: Sequence[str], mark: str) -> str:
    return mark.join(n for _, n in sorted((int(c), n) for c, n in zip(cells, names, strict=True) if c))


def _kobo_repeats(grids: _Grids) -> dict[str, pd.DataFrame]:
    """Return a table for each repeat: who (place of the respondent), and for each item asked in it the alter and the value."""
    items = list(grids.returned.items())
    hosts: dict[str, list[Item]] = {}
    paths: dict[str, str] = {}
    for instrument, question, item in items:
        # Who is only picked from a roster has no entry of its own.
        if item.type == "relation" and (_has_value(item) or _free(item)):
            host = _host(question, item)
            hosts.setdefault(host, []).append(item)
            paths.setdefault(host, _kobo_group(instrument, question, item))
    tables = {}
    for host, inside in hosts.items():
        name = host.replace(".", "_") + "_each"
        columns = []
        for item in inside:
            part = grids.part(item)
            part = part[(part["missing_reason"] == "") & (part["about"] != "")]
            part = part.assign(told=part["option"].where(part["option"] != "", part["value"].map(_plain)))
            told = part.groupby(["who", "about"], sort=False)["told"].agg(" ".join)
            head = f"{paths[host]}{name}/{_form_name(item)}"
            alter = pd.Series(told.index.get_level_values("about"), index=told.index, dtype=object)
            entry = pd.DataFrame({f"{head}_alter": alter, f"{head}_value": told.astype(object)})
            columns.append(entry if _has_value(item) else entry[[f"{head}_alter"]])
        table = pd.concat(columns, axis=1).sort_index()
        if len(table):
            table.insert(0, "who", table.index.get_level_values("who"))
            tables[name] = table.reset_index(drop=True).fillna("")
    return tables


def _host(question: Question, item: Item) -> str:
    """Return the item in whose repeat an item is asked: its own, that which names the alters, or the first of those that share them."""
    relation = item.relation
    assert relation is not None
    if relation.alters != "named":
        return item.id
    if len(relation.named_in) == 1:
        return relation.named_in[0]
    shared = [i.id for i in question.items if i.relation and i.relation.named_in == relation.named_in]
    return shared[0]


def write_wenjuanxing(returned: Returned, path: Path, text: bool = True) -> pd.DataFrame:
    """Write what 问卷星 exports, as texts or as codes, and return the mapping.csv that ties it to the instruments.

    Questions are numbered as the tool does, one an item. As texts, ticks and orders stand joined, `(跳过)` is a question that was not shown and
    `(空)` one that was left. As codes, options have columns of 1 and 0 or of places, words beside them are missing, and the two marks are -3
    and -2. The firm's name says who answered. There are no columns for alters that nobody named.
    """
    grids, times = _Grids(returned), _submission_times(returned)
    columns: dict[str, list[str]] = {
        "序号": [str(n) for n in range(1, len(times) + 1)],
        "提交答卷时间": [t.replace("-", "/") for t in times],
        "所用时间": [f"{600 + 17 * n % 900}秒" for n in range(len(times))],
        "来源": ["链接"] * len(times),
        "来源详情": ["直接访问"] * len(times),
        "来自IP": [f"192.0.2.{1 + n % 254}" for n in range(len(times))],
    }
    mapping = [("submitted", "", "@submitted", "", "")]
    number = 0
    blank = {"not_asked": "(跳过)" if text else "-3", "not_answered": "(空)" if text else "-2"}
    for _, question, item in returned.items():
        number += 1
        source, title = f"Q{number}", item.zh if item.zh == question.zh else f"{question.zh}{item.zh}"
        if item.type == "identity":
            columns[f"{number}、{item.zh}"] = grids.identity(item)
            first = item.id.endswith(".name") and not any(m[2] == "@respondent" for m in mapping)
            mapping.append((source, "", "@respondent" if first else item.id, "", ""))
            continue
        if _asks_who(item):
            counts = [c or blank["not_answered"] for c in grids.count(item)]
            columns[f"{number}、{title}（个数）"] = counts
            mapping.append((source, "", f"{item.id}@count", "", ""))
            number += 1
            source = f"Q{number}"
        told = _wenjuanxing_columns(item, grids.grid(item), number, title, text, blank, returned.labels)
        columns |= told
        if told:
            mapping.append((source, "", item.id, "", ""))
    write_table(pd.DataFrame(columns, dtype="str"), path)
    return pd.DataFrame(mapping, columns=list(MAPPING_COLUMNS), dtype="str")


def _wenjuanxing_columns(
    item: Item,
    grid: Grid,
    number: int,
    title: str,
    text: bool,
    blank: Mapping[str, str],
    labels: Mapping[str, str],
) -> dict[str, list[str]]:
    reasons = [blank.get(why, "") for why in grid.why]

    def of_parts(names: Iterable[str], cells: Texts, otherwise: str = "") -> dict[str, list[str]]:
        return {
            f"第{number}题({name})": [c or b or otherwise for c, b in zip(cells[:, at], reasons, strict=True)]
            for at, name in enumerate(names)
        }

    if item.type == "relation":
        shown = {o.code: o.zh if text else str(o.printed) for o in item.options}
        mark = "┋" if text else ","
        cells = [[mark.join(shown.get(c, c) for c in cell.split()) for cell in row] for row in grid.cells]
        about = [labels.get(n, n) for n in grid.names]
        return of_parts(about, np.array(cells, dtype=object).reshape(grid.cells.shape))
    options = [o.zh for o in item.options]
    if item.type == "shares" or (not text and item.type in ("several", "rank")):
        return of_parts(options, grid.cells, "0" if item.type == "rank" else "")
    if item.type in CHOICES:
        names = options if text else [str(o.printed) for o in item.options]
        told = _ticked(grid, names, "┋", fill_in=text)
    elif item.type == "rank":
        told = [_in_order(row, options, "→") for row in grid.cells]
    else:
        told = list(grid.cells[:, 0])
    return {
        f"{number}、{title}": [t or b or blank["not_answered"] for t, b in zip(told, reasons, strict=True)]
    }


def write_answers(returned: Returned, dialect: str, folder: Path) -> list[Path]:
    """Write the answers of one cluster and wave into its folder in a dialect, with mapping.csv where the dialect needs one."""
    path = folder / ("answers.xlsx" if dialect == "kobo" else "answers.csv")
    if dialect == "wenjuanxing":
        mapping = write_wenjuanxing(returned, path)
        write_table(mapping, folder / "mapping.csv")
        return [path, folder / "mapping.csv"]
    writers: dict[str, Callable[[Returned, Path], None]] = {
        "plain_wide": write_plain_wide, "plain_long": write_plain_long, "kobo": write_kobo,
    }  # fmt: skip
    writers[dialect](returned, path)
    return [path]
