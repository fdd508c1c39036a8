"""What the cells of answers say, by the type of their item: ticks, numbers, shares, ranks, words, and relations to alters."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from gumflow.contract.findings import RULES, Finding
from gumflow.contract.instrument import CHOICES, Item
from gumflow.intake.numerals import read_numbers, unit_in_chinese
from gumflow.intake.option_words import TICKED, UNTICKED, OptionReader, split_names
from gumflow.intake.source_cells import OptionReaders, SourceCells, place_findings

RULES_VALUES: dict[str, tuple[str, str, str, str]] = {
    "option_unknown": (
        "The answer is none of the question's options.",
        "答案不是该题的选项。",
        "Correct it, or give it a code in mapping.csv; allowed: {detail}.",
        "请更正，或在 mapping.csv 中为其指定代码；可用代码：{detail}。",
    ),
    "tick_unreadable": (
        "The cell should say whether this was ticked, and says something else.",
        "单元格应表示是否选中，实际内容不是。",
        "Write 1 for ticked and 0 for not ticked.",
        "选中请写 1，未选中请写 0。",
    ),
    "parts_needed": (
        "A question with shares has one column for each part; this column is tied to no part.",
        "占比题的每个部分应各占一列；该列没有对应的部分。",
        "Write the part's code into its row of mapping.csv; the parts are {detail}.",
        "请在 mapping.csv 该行的 code 中填写部分代码；各部分为：{detail}。",
    ),
    "value_without_alter": (
        "An answer about another actor does not say which actor.",
        "关于其他行动者的答案没有注明是哪一个。",
        "Fill in who is meant, or empty the answer.",
        "请补上所指行动者，或清空该答案。",
    ),
}
RULES.update(RULES_VALUES)

VALUE_COLUMNS = ["at", "code", "value", "text", "missing", "alter"]
"""Answers in the making: place of the cell, option code, value, words, missing_reason, alter."""
_UNREADABLE = ("", np.nan, "", "unusable")

Said = tuple[str, float, str, str]
"""Option code, value, words, missing_reason."""
Problem = tuple[str, str, str]
"""Rule, value, detail."""


def said_by_cells(cells: SourceCells, readers: OptionReaders) -> tuple[pd.DataFrame, list[Finding]]:
    """Return what the cells say, as a table with `VALUE_COLUMNS`, and findings on those that cannot be read."""
    findings: list[Finding] = []
    tables = [
        _numbers(cells, cells.at("value", ("number", "scale"), coded=False), findings),
        _numbers(cells, cells.at("value", ("shares",), coded=True), findings, unit="percent"),
        _said(cells, cells.at("value", CHOICES), _choice(cells, readers), findings),
        _said(cells, cells.at("value", ("rank",)), _rank(cells, readers), findings),
        _said(cells, cells.at("value", ("shares",), coded=False), _no_part(cells), findings),
        _texts(cells),
        _missing(cells),
        relations(cells, readers, findings),
    ]
    unknown = cells.at("no_option")
    unknown = unknown[~cells.text(unknown).str.casefold().isin(UNTICKED).to_numpy(dtype=bool)]
    tables.append(_table(unknown, missing="unusable"))
    return pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True), findings


def _table(
    at: np.ndarray,
    code: np.ndarray | str = "",
    value: np.ndarray | float = np.nan,
    text: np.ndarray | str = "",
    missing: np.ndarray | str = "",
    alter: np.ndarray | str = "",
) -> pd.DataFrame:
    given = (code, value, text, missing, alter)
    wide = [
        x if isinstance(x, np.ndarray) else np.full(len(at), x, dtype=None if x is value else object)
        for x in given
    ]
    columns = dict(zip(VALUE_COLUMNS, (at, *wide), strict=True))
    columns["value"] = columns["value"].astype("float64")
    return pd.DataFrame(
        {k: pd.Series(v, dtype=None if k in ("at", "value") else object) for k, v in columns.items()}
    )


def read_units(cells: SourceCells, at: np.ndarray, findings: list[Finding], unit: str = "") -> np.ndarray:
    """Return the numbers in the cells `at`, NaN where there is none (a finding says why); the units are their items'."""
    values = np.full(len(at), np.nan)
    items = cells.item(at)
    units = (
        np.array([unit or i.unit for i in cells.items.values()], dtype=object)[items]
        if len(at)
        else np.empty(0, dtype=object)
    )
    for name in dict.fromkeys(units):
        mine = np.flatnonzero(units == name)
        codes, back = np.unique(cells.value_codes[at[mine]], return_inverse=True)
        read, problems = read_numbers(cells.distinct.take(codes), name)
        values[mine] = read[back]
        wrong = mine[problems[back] != ""]
        detail = (f" (in {name})", f"（单位：{unit_in_chinese(name)}）") if name else ("", "")
        findings += place_findings(
            cells.table,
            at[wrong],
            list(problems[back][problems[back] != ""]),
            list(cells.text(at[wrong])),
            details=[detail] * len(wrong),
        )
    return values  # fmt: skip


def _numbers(cells: SourceCells, at: np.ndarray, findings: list[Finding], unit: str = "") -> pd.DataFrame:
    values = read_units(cells, at, findings, unit)
    codes = np.array([t.code for t in cells.targets], dtype=object)[cells.pair[at]]
    missing = np.where(np.isnan(values), "unusable", "").astype(object)
    return _table(at, code=codes, value=values, missing=missing)


def _said(
    cells: SourceCells,
    at: np.ndarray,
    read: Callable[[int, str], tuple[list[Said], list[Problem]]],
    findings: list[Finding],
    alters: np.ndarray | str = "",
) -> pd.DataFrame:
    """Read cells of words: each distinct text of a source column once. `read` takes the place of (source, option) and the text."""
    combined = cells.pair[at].astype("int64") * max(len(cells.distinct), 1) + cells.value_codes[at]
    distinct, back = np.unique(combined, return_inverse=True)
    pairs, texts = np.divmod(distinct, max(len(cells.distinct), 1))
    outcomes = [read(p, t) for p, t in zip(pairs.tolist(), cells.distinct.take(texts).tolist(), strict=True)]
    counts = np.array([len(said) for said, _ in outcomes], dtype="int64")
    starts = np.cumsum(counts) - counts
    n = counts[back]
    which = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n) + np.repeat(starts[back], n)
    flat = [
        np.array(column, dtype=object)[which]
        for column in zip(*(s for said, _ in outcomes for s in said), strict=True)
    ]
    wrong = np.array([bool(problems) for _, problems in outcomes], dtype=bool)
    told = [(place, *p) for place in np.flatnonzero(wrong[back]) for p in outcomes[back[place]][1]]
    if told:
        places, rules, values, details = zip(*told, strict=True)
        findings += place_findings(
            cells.table, at[list(places)], rules, values, details=[(d, d) for d in details]
        )
    if not flat:
        return _table(np.empty(0, dtype="int64"))
    code, value, text, missing = flat
    who = np.repeat(alters, n) if isinstance(alters, np.ndarray) else alters
    return _table(np.repeat(at, n), code, value.astype("float64"), text, missing, who)


def _choice(
    cells: SourceCells, readers: OptionReaders
) -> Callable[[int, str], tuple[list[Said], list[Problem]]]:
    def read(pair: int, text: str) -> tuple[list[Said], list[Problem]]:
        target, (source, _) = cells.targets[pair], cells.pairs[pair]
        reader = readers.reader(source, target.item)
        return _one_tick(reader, target.code, text) if target.code else read_ticks(reader, text)

    return read


def _one_tick(reader: OptionReader, code: str, text: str) -> tuple[list[Said], list[Problem]]:
    """Read a column that is one option's: 1 or 0, the option's own words, or the words filled in beside it."""
    low = text.strip().casefold()
    if low in UNTICKED:
        return [("", 0.0, "", "")], []
    if low in TICKED:
        return [(code, 1.0, "", "")], []
    meant, words = reader.token(text)
    if meant == code:
        return [(code, 1.0, words, "")], []
    option = reader.item.option(code)
    if option is not None and option.fill_in:
        return [(code, 1.0, text.strip(), "")], []
    return [_UNREADABLE], [("tick_unreadable", text, "")]


def read_ticks(reader: OptionReader, text: str) -> tuple[list[Said], list[Problem]]:
    """Read a cell that names the ticked options."""
    known, unknown = reader.read(text)
    said: list[Said] = [(code, 1.0, words, "") for code, words in known]
    problems = [("option_unknown", token, reader.shown) for token in unknown]
    # An answer of which a part is unknown is not known.
    return ([*said, _UNREADABLE] if unknown else said), problems


def _rank(
    cells: SourceCells, readers: OptionReaders
) -> Callable[[int, str], tuple[list[Said], list[Problem]]]:
    def read(pair: int, text: str) -> tuple[list[Said], list[Problem]]:
        target, (source, _) = cells.targets[pair], cells.pairs[pair]
        if target.code:
            values, problems = read_numbers([text])
            if problems[0]:
                return [_UNREADABLE], [(problems[0], text, "")]
            return [(target.code, float(values[0]), "", "")], []
        reader = readers.reader(source, target.item)
        known, unknown = reader.read(text)
        said: list[Said] = [(code, float(i), words, "") for i, (code, words) in enumerate(known, start=1)]
        return (said if not unknown else [_UNREADABLE]), [
            ("option_unknown", t, reader.shown) for t in unknown
        ]

    return read


def _no_part(cells: SourceCells) -> Callable[[int, str], tuple[list[Said], list[Problem]]]:
    def read(pair: int, text: str) -> tuple[list[Said], list[Problem]]:
        item = cells.items[cells.targets[pair].item]
        return [_UNREADABLE], [("parts_needed", "", ", ".join(o.code for o in item.options))]

    return read


def _texts(cells: SourceCells) -> pd.DataFrame:
    at = cells.at("value", ("text",))
    return _table(at, text=cells.text(at).str.strip().to_numpy(dtype=object))


def _missing(cells: SourceCells) -> pd.DataFrame:
    """Return the cells that the tool itself marks as not shown, or as shown and left."""
    at = np.concatenate([cells.at(use, missing=True) for use in ("value", "no_option")])
    skipped = (cells.table["missing"].iloc[at] == "skipped").to_numpy(dtype=bool)
    return _table(at, missing=np.where(skipped, "not_asked", "not_answered").astype(object))


def has_value(item: Item) -> bool:
    """Return whether a relation asks more of an alter than to be named."""
    return bool(item.options or item.unit or item.minimum is not None or item.maximum is not None)


def relations(cells: SourceCells, readers: OptionReaders, findings: list[Finding]) -> pd.DataFrame:
    """Return what is said of alters: `alter` is the id or name as written.

    An alter stands in the header (a matrix), in its own cell of a repeat, or is one of the names in a cell. Who is named without the
    value that the item asks has a row that is `not_answered`.
    """
    at = cells.at("value", ("relation",))
    alter_at = cells.at("alter")
    entries = pd.Series(
        cells.text(alter_at).str.strip().to_numpy(dtype=object), index=_entries(cells, alter_at), dtype=object
    )
    entries = entries[~entries.index.duplicated()]
    whose = entries.reindex(_entries(cells, at)).to_numpy(dtype=object)
    has_entry = ~pd.isna(whose)
    option = cells.table["option"].astype("str").to_numpy(dtype=object)[at]
    in_repeat = ~cells.main[at] & ~has_entry & (option == "")
    findings += place_findings(
        cells.table, at[in_repeat], "value_without_alter", list(cells.text(at[in_repeat]))
    )
    listed = cells.main[at] & ~has_entry & (option == "")
    stated = ~in_repeat & ~listed
    alters = np.where(has_entry, whose, option)[stated]
    named_at = np.concatenate([at[listed], cells.at("named", ("relation",))])
    names = _names(cells, named_at)
    # Names of items that ask a value, and entries of repeats without one, wait for their value.
    tables = [_stated(cells, readers, at[stated], alters, findings), names]
    used = pd.Index(_entries(cells, at[stated]))
    left = ~pd.Index(_entries(cells, alter_at)).isin(used)
    left_names = cells.text(alter_at).str.strip().to_numpy(dtype=object)[left]
    tables.append(_only_named(cells, alter_at[left], left_names))
    tables.append(_none_named(cells))
    out = pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)
    key = pd.DataFrame(
        {"record": cells.records[out["at"]], "item": cells.item(out["at"].to_numpy()), "alter": out["alter"]}
    )
    # A bare name is kept only where nothing else is said of the alter.
    bare = (out["missing"] == "not_answered").to_numpy(dtype=bool)
    twin = pd.MultiIndex.from_frame(key[bare]).isin(pd.MultiIndex.from_frame(key[~bare]))
    keep = np.ones(len(out), dtype=bool)
    keep[np.flatnonzero(bare)[twin | key[bare].duplicated().to_numpy()]] = False
    return out[keep].reset_index(drop=True)  # fmt: skip


def _entries(cells: SourceCells, at: np.ndarray) -> np.ndarray:
    """Return one number for each (submission, entry of a repeat, item)."""
    instance = cells.table["instance"].astype("category").cat
    key = cells.records[at].astype("int64") * len(instance.categories) + instance.codes.to_numpy()[at]
    return key * len(cells.items) + cells.item(at)


def _stated(
    cells: SourceCells, readers: OptionReaders, at: np.ndarray, alters: np.ndarray, findings: list[Finding]
) -> pd.DataFrame:
    """Read the values that are said of alters: a number, options, or a tick."""
    items = [cells.items[i] for i in cells.item_ids]
    optional = np.array([bool(i.options) for i in items], dtype=bool)[cells.item(at)]
    numeric = np.array([has_value(i) and not i.options for i in items], dtype=bool)[cells.item(at)]
    values = read_units(cells, at[numeric], findings)
    missing = np.where(np.isnan(values), "unusable", "").astype(object)
    rest = ~numeric & ~optional
    return pd.concat(
        [
            _table(at[numeric], value=values, missing=missing, alter=alters[numeric]),
            _said(cells, at[optional], _types(cells, readers), findings, alters[optional]),
            _said(cells, at[rest], _nomination, findings, alters[rest]),
        ],
        ignore_index=True,
    )


def _types(
    cells: SourceCells, readers: OptionReaders
) -> Callable[[int, str], tuple[list[Said], list[Problem]]]:
    def read(pair: int, text: str) -> tuple[list[Said], list[Problem]]:
        source, option = cells.pairs[pair]
        reader = readers.reader(source, cells.targets[pair].item)
        # In a long table the option may stand apart from its tick.
        code = reader.code(option) if option and text.strip().casefold() in TICKED | UNTICKED else ""
        return _one_tick(reader, code, text) if code else read_ticks(reader, text)

    return read


def _nomination(_: int, text: str) -> tuple[list[Said], list[Problem]]:
    low = text.strip().casefold()
    if low in TICKED or low in UNTICKED:
        return [("", float(low in TICKED), "", "")], []
    values, problems = read_numbers([text])
    return (
        ([_UNREADABLE], [("tick_unreadable", text, "")])
        if problems[0]
        else ([("", float(values[0]), "", "")], [])
    )


def _names(cells: SourceCells, at: np.ndarray) -> pd.DataFrame:
    """Return one row for each name in cells that list alters."""
    blanks = cells.dialect == "kobo"
    lists = [
        split_names(text, blanks and _by_id(cells, i)) for i, text in zip(at, cells.text(at), strict=True)
    ]
    names = np.array([n for names in lists for n in names], dtype=object)
    return _only_named(cells, np.repeat(at, [len(names) for names in lists]), names)


def _by_id(cells: SourceCells, at: int) -> bool:
    relation = cells.items[cells.item_ids[cells.item(np.array([at]))[0]]].relation
    return relation is not None and relation.alters != "names"


def _only_named(cells: SourceCells, at: np.ndarray, names: np.ndarray) -> pd.DataFrame:
    asks = np.array([has_value(i) for i in cells.items.values()], dtype=bool)[cells.item(at)]
    missing = np.where(asks, "not_answered", "").astype(object)
    return _table(at, value=np.where(asks, np.nan, 1.0), missing=missing, alter=names)


def _none_named(cells: SourceCells) -> pd.DataFrame:
    """Return the items to which the answer is that there is no one to name."""
    at = cells.at("count", ("relation",))
    values, _ = read_numbers(cells.text(at))
    return _table(at[values == 0], value=0.0)


def texts_beside(cells: SourceCells) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the cells that hold words beside an option: their places, the option codes and the words."""
    at = cells.at("text", coded=True)
    codes = np.array([t.code for t in cells.targets], dtype=object)[cells.pair[at]]
    return at, codes, cells.text(at).str.strip().to_numpy(dtype=object)


def identities_in(cells: SourceCells) -> tuple[np.ndarray, Sequence[str]]:
    """Return the cells that hold items of identity, and their texts."""
    at = cells.at("value", ("identity",))
    return at, list(cells.text(at).str.strip())
