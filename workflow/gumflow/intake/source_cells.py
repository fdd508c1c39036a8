"""The cells of a survey export as arrays, each with what the mapping says that it holds."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from gumflow.contract.findings import Finding
from gumflow.contract.instrument import Item
from gumflow.intake.mapping import targets_of
from gumflow.intake.option_words import OptionReader

PLACE = ["file", "sheet", "row", "column"]


class Exported(Protocol):
    """What is read here of `dialects.Export`: its dialect and its two tables, `cells` and `columns`."""

    @property
    def dialect(self) -> str:
        """Return the name of the dialect."""

    @property
    def cells(self) -> pd.DataFrame:
        """Return one row a source cell."""

    @property
    def columns(self) -> pd.DataFrame:
        """Return one row a source column."""


class OptionReaders:
    """One reader of option words for each source column and item, with the user's own codes for the column."""

    def __init__(self, mapping: pd.DataFrame, items: Mapping[str, Item]) -> None:
        self._items = items
        self._readers: dict[tuple[str, str], OptionReader] = {}
        self._own: dict[str, dict[str, str]] = {}
        for source, option, code in zip(mapping["source"], mapping["option"], mapping["code"], strict=True):
            if option and code:
                self._own.setdefault(source, {})[option] = code

    def reader(self, source: str, item: str) -> OptionReader:
        """Return the reader of an item's options in a source column."""
        key = (source, item)
        if key not in self._readers:
            self._readers[key] = OptionReader(self._items[item], self._own.get(source, {}))
        return self._readers[key]


class SourceCells:
    """The cells of an export as arrays, each with what the mapping says that it holds."""

    def __init__(self, export: Exported, mapping: pd.DataFrame, items: Mapping[str, Item]) -> None:
        cells = _once(export.cells)
        self.dialect, self.items, self.table = export.dialect, items, cells
        self.item_ids = list(items)
        self.records, record_names = pd.factorize(cells["record"])
        self.record_names = np.asarray(record_names, dtype=object)
        self.value_codes, values = pd.factorize(cells["value"])
        self.distinct = pd.Series(values, dtype="str")
        source, option = (cells[c].astype("category").cat for c in ("source", "option"))
        width = len(option.categories)
        pair, self.pair = np.unique(source.codes.astype("int64") * width + option.codes, return_inverse=True)
        self.pairs = [(source.categories[p // width], option.categories[p % width]) for p in pair]
        self.targets = targets_of(mapping, self.pairs, items)
        place = {item: i for i, item in enumerate(self.item_ids)}
        self._use = np.array([t.use for t in self.targets], dtype=object)
        self._item = np.array([place.get(t.item, -1) for t in self.targets], dtype="int64")
        self.missing = cells["missing"].to_numpy() != ""
        self.main = (cells["instance"] == "").to_numpy(dtype=bool)
        self._held = _held_items(cells[self.main], export.columns, mapping, items)

    def at(
        self, use: str, types: Sequence[str] = (), coded: bool | None = None, missing: bool = False
    ) -> np.ndarray:
        """Return where cells of that use (and types of items, with an option code or without) lie."""
        fits = [
            t.use == use
            and (not types or self.items[t.item].type in types)
            and (coded is None or bool(t.code) == coded)
            for t in self.targets
        ]
        return np.flatnonzero(np.array(fits, dtype=bool)[self.pair] & (self.missing == missing))

    def item(self, at: np.ndarray) -> np.ndarray:
        """Return the place of each cell's item among the items."""
        return self._item[self.pair[at]]

    def text(self, at: np.ndarray) -> pd.Series:
        """Return the texts of cells."""
        return self.distinct.take(self.value_codes[at]).reset_index(drop=True)

    def not_held(self, main_rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the (record, item) places of the items that no column of the record's file holds."""
        by_place, everywhere = self._held
        records, missing = [], []
        for (file, sheet), rows in main_rows.groupby(["file", "sheet"], observed=True, sort=False):
            held = by_place.get((file, sheet), set()) | everywhere
            absent = [
                i
                for i, item in enumerate(self.item_ids)
                if item not in held and self.items[item].type != "identity"
            ]
            records.append(np.repeat(rows["record"].to_numpy(), len(absent)))
            missing.append(np.tile(np.array(absent, dtype="int64"), len(rows)))
        empty = [np.empty(0, dtype="int64")]
        return np.concatenate(records or empty), np.concatenate(missing or empty)


def _once(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells without those that stand twice, which the reader has reported."""
    key = [pd.factorize(cells[c])[0].astype("int64") for c in ("record", "instance", "source", "option")]
    record, instance, source, option = key
    entry = record * (instance.max(initial=0) + 1) + instance
    pair = source * (option.max(initial=0) + 1) + option
    again = pd.Index(entry * (pair.max(initial=0) + 1) + pair).duplicated()
    return cells[~again] if again.any() else cells


def _held_items(
    main: pd.DataFrame, columns: pd.DataFrame, mapping: pd.DataFrame, items: Mapping[str, Item]
) -> tuple[dict[tuple[str, str], set[str]], set[str]]:
    """Return the items that the columns of each (file, sheet) of main rows hold, and those in the sheets of repeats."""
    places = set(main[["file", "sheet"]].drop_duplicates().itertuples(index=False, name=None))
    held: dict[tuple[str, str], set[str]] = {}
    everywhere: set[str] = set()
    for file, sheet, source, options in zip(
        *(columns[c] for c in ("file", "sheet", "source", "options")), strict=True
    ):
        found = targets_of(mapping, [(source, ""), *((source, o) for o in options)], items)
        ids = {t.item for t in found if t.item and t.use in ("value", "alter", "named", "count", "no_option")}
        if (file, sheet) in places:
            held.setdefault((file, sheet), set()).update(ids)
        else:
            everywhere |= ids
    return held, everywhere  # fmt: skip


def place_findings(
    table: pd.DataFrame,
    at: np.ndarray,
    rule: str | Sequence[str],
    values: Sequence[str],
    severity: str = "error",
    details: Sequence[tuple[str, str]] | None = None,
) -> list[Finding]:
    """Return findings on the rows `at` of a table that has file, sheet, row and column: one for each place, rule, value and detail."""
    if not len(at):
        return []
    rows = table.iloc[at][PLACE].reset_index(drop=True)
    rows["rule"] = rule
    rows["value"] = np.asarray(values, dtype=object)
    rows["en"] = [d[0] for d in details] if details is not None else ""
    rows["zh"] = [d[1] for d in details] if details is not None else ""
    by = ["file", "sheet", "column", "rule", "value", "en", "zh"]
    joined = rows.groupby(by, observed=True, sort=False)["row"].agg(list)
    return [
        Finding(file, rule, severity, sheet, tuple(sorted({int(n) for n in numbers if n})), column, value, en, zh)
        for (file, sheet, column, rule, value, en, zh), numbers in joined.items()
    ]  # fmt: skip
