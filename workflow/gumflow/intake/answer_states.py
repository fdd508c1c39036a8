"""Answers while they are checked: one state for each respondent and item, and the rows that still stand."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from gumflow.contract.findings import Finding
from gumflow.contract.instrument import Instrument, Item
from gumflow.intake.mapping import items_of
from gumflow.intake.source_cells import PLACE, place_findings

REASONS = ("", "not_answered", "not_asked", "unusable", "not_in_export")
"""Why there is no answer; "" where there is one."""
ADJUSTED = ("", "renormalized", "blank_as_zero", "rule")
"""How a rule changed an answer: see `settle_answers`."""
ANSWERED, NOT_ANSWERED, NOT_ASKED, UNUSABLE, NOT_IN_EXPORT = range(5)


class AnswerStates:
    """The answers of some respondents to some instruments.

    `state` is a respondents x items matrix of places in `REASONS`. `standing` says which rows of `table` still count, `amounts` are
    their values (checks may change them), `adjusted` how a rule changed a row.
    """

    def __init__(
        self, answers: pd.DataFrame, instruments: Sequence[Instrument], respondents: Iterable[str]
    ) -> None:
        self.instruments = instruments
        self.items: list[Item] = [i for i in items_of(instruments).values() if i.type != "identity"]
        self.place = {item.id: n for n, item in enumerate(self.items)}
        self.names = pd.Index(list(dict.fromkeys(respondents)), dtype="str")
        who = places_in(answers["respondent"], self.names)
        item = places_in(answers["question"], pd.Index([i.id for i in self.items]))
        known = (who >= 0) & (item >= 0)
        self.table = (answers if known.all() else answers[known]).reset_index(drop=True)
        for column in PLACE:
            if column not in self.table:
                self.table[column] = 0 if column == "row" else ""
        self.who, self.item = who[known], item[known]
        self.key = self.who.astype("int64") * len(self.items) + self.item
        printed = (o.code for i in self.items for o in i.options)
        # The first of the codes and of the alters is the empty one.
        self.codes = pd.Index(dict.fromkeys(["", *printed, *_distinct(self.table["option"])]), dtype="str")
        self.alters = pd.Index(dict.fromkeys(["", *sorted(_distinct(self.table["alter"]))]), dtype="str")
        self.option = places_in(self.table["option"], self.codes)
        self.alter = places_in(self.table["alter"], self.alters)
        self.amounts = self.table["value"].to_numpy(dtype=float).copy()
        self.reason = places_in(self.table["missing_reason"], pd.Index(REASONS))
        self.standing = np.ones(len(self.table), dtype=bool)
        self.adjusted = np.zeros(len(self.table), dtype="int8")
        self.findings: list[Finding] = []
        self._zeros: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.state = np.full((len(self.names), len(self.items)), NOT_ANSWERED, dtype="int8")
        relation = np.array([i.type == "relation" for i in self.items], dtype=bool)[self.item]
        # What could not be read outweighs what could: half an answer is none.
        for reason in (NOT_IN_EXPORT, NOT_ASKED, ANSWERED, UNUSABLE):
            self._set(self.key[(self.reason == reason) & ~(relation & (reason == UNUSABLE))], reason)
        order = np.argsort(self.item, kind="stable")
        bounds = np.searchsorted(self.item[order], np.arange(len(self.items) + 1))
        self._rows = [order[a:b] for a, b in pairwise(bounds)]

    def _set(self, keys: np.ndarray, reason: int) -> None:
        self.state.reshape(-1)[keys] = reason

    def rows(self, item: str) -> np.ndarray:
        """Return the standing rows of answers to an item."""
        n = self.place[item]
        rows = self._rows[n]
        answered = self.state[self.who[rows], n] == ANSWERED
        return rows[answered & self.standing[rows] & (self.reason[rows] == ANSWERED)]

    def rows_of(self, types: Sequence[str]) -> np.ndarray:
        """Return the standing rows of answers to items of those types."""
        parts = [self.rows(i.id) for i in self.items if i.type in types]
        return np.concatenate(parts) if parts else np.empty(0, dtype="int64")

    def of(self, item: str) -> np.ndarray:
        """Return the states of one item by respondent (a view)."""
        return self.state[:, self.place[item]]

    def matrix(self, item: Item) -> np.ndarray:
        """Return the values of an item by respondent and option, 0 where there is none."""
        rows = self.rows(item.id)
        at = self.column(item, rows)
        matrix = np.zeros((len(self.names), len(item.options)))
        matrix[self.who[rows[at >= 0]], at[at >= 0]] = self.amounts[rows[at >= 0]]
        return matrix

    def column(self, item: Item, rows: np.ndarray) -> np.ndarray:
        """Return the place of each row's option among the item's, -1 where it is none of them."""
        place = np.full(len(self.codes), -1)
        place[self.codes.get_indexer([o.code for o in item.options])] = np.arange(len(item.options))
        return place[self.option[rows]]

    def add_zeros(self, item: Item, who: np.ndarray, column: np.ndarray) -> None:
        """Add answers of 0: of respondents, to options by their place among the item's."""
        codes = self.codes.get_indexer([o.code for o in item.options])
        self._zeros.append((who, np.full(len(who), self.place[item.id]), codes[column]))

    def unusable(self, rows: np.ndarray) -> None:
        """Make whole answers unusable; of relations only the rows themselves, as each is an answer about another alter."""
        if not len(rows):
            return
        relation = np.array([i.type == "relation" for i in self.items], dtype=bool)[self.item[rows]]
        self._set(self.key[rows[~relation]], UNUSABLE)
        self.reason[rows[relation]] = UNUSABLE
        self.amounts[rows[relation]] = np.nan

    def report(
        self,
        rows: np.ndarray,
        rule: str,
        values: Sequence[str],
        severity: str = "error",
        details: Sequence[tuple[str, str]] | None = None,
    ) -> None:
        """Add findings on rows, one for each column, value and detail."""
        self.findings += place_findings(self.table, rows, rule, values, severity, details)  # fmt: skip

    def firsts(self, rows: np.ndarray) -> np.ndarray:
        """Return the first row of each respondent among rows of one item."""
        return rows[~pd.Index(self.key[rows]).duplicated()]

    def settled(self) -> pd.DataFrame:
        """Return the standing answers and a row for each respondent and item without one, by respondent, item and option as printed."""
        relation = np.array([i.type == "relation" for i in self.items], dtype=bool)[self.item]
        answered = self.state.reshape(-1)[self.key] == ANSWERED
        stands = (self.reason == ANSWERED) | (relation & (self.alter > 0))
        kept = np.flatnonzero(self.standing & answered & stands)
        blank_who, blank_item = np.nonzero(self.state != ANSWERED)
        nothing = np.empty((3, 0), dtype="int64")
        zero_who, zero_item, zero_option = np.concatenate(
            [nothing, *(np.array(z) for z in self._zeros)], axis=1
        )
        zeros, blanks = len(zero_who), len(blank_who)
        parts = {
            "who": (self.who[kept], zero_who, blank_who),
            "item": (self.item[kept], zero_item, blank_item),
            "option": (self.option[kept], zero_option, np.zeros(blanks)),
            "alter": (self.alter[kept], np.zeros(zeros + blanks)),
            "value": (self.amounts[kept], np.zeros(zeros), np.full(blanks, np.nan)),
            "reason": (self.reason[kept], np.full(zeros, ANSWERED), self.state[blank_who, blank_item]),
            "adjusted": (
                self.adjusted[kept],
                np.full(zeros, ADJUSTED.index("blank_as_zero")),
                np.zeros(blanks),
            ),
            "source": (kept, np.full(zeros + blanks, -1)),
        }
        kinds = {name: "float64" if name == "value" else "int32" for name in parts}
        return self._arranged(
            {name: np.concatenate(part, dtype=kinds[name], casting="unsafe") for name, part in parts.items()}
        )

    def _arranged(self, columns: dict[str, np.ndarray]) -> pd.DataFrame:
        """Return the table of answers in order, from places in the lists of respondents, items, options, alters and reasons."""
        position = np.zeros((len(self.items), len(self.codes)), dtype="int16")
        for n, item in enumerate(self.items):
            position[n, self.codes.get_indexer([o.code for o in item.options])] = range(len(item.options))
        own = position[columns["item"], columns["option"]]
        order = np.lexsort((own, columns["alter"], columns["item"], columns["who"]))
        c = {name: values[order] for name, values in columns.items()}
        owner = {i: n for n, instrument in enumerate(self.instruments) for i in instrument.items}
        of_item = np.array([owner[i.id] for i in self.items], dtype="int8")
        text = self.table["text"].astype("str").array
        table = {
            "respondent": pd.Categorical.from_codes(c["who"], self.names),
            "instrument": pd.Categorical.from_codes(of_item[c["item"]], [i.name for i in self.instruments]),
            "question": pd.Categorical.from_codes(c["item"], [i.id for i in self.items]),
            "alter": pd.Categorical.from_codes(c["alter"], self.alters),
            "option": pd.Categorical.from_codes(c["option"], self.codes),
            "value": c["value"],
            "text": text.take(c["source"], allow_fill=True, fill_value=""),
            "missing_reason": pd.Categorical.from_codes(c["reason"], REASONS),
            "adjusted": pd.Categorical.from_codes(c["adjusted"], ADJUSTED),
        }
        for column in ("file", "sheet", "column"):
            names = pd.Index(dict.fromkeys(["", *_distinct(self.table[column])]), dtype="str")
            places = np.append(places_in(self.table[column], names), 0)
            table[column] = pd.Categorical.from_codes(places[c["source"]], names)
        table["row"] = np.append(self.table["row"].to_numpy(dtype="int32"), np.int32(0))[c["source"]]
        return pd.DataFrame(table)


def _distinct(column: pd.Series) -> list[str]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories.astype("str"))
    return list(column.astype("str").unique())


def places_in(column: pd.Series, names: pd.Index) -> np.ndarray:
    """Return the place of each cell in `names`, -1 where it is not there."""
    cells = (
        column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("str").astype("category")
    )
    return names.get_indexer(cells.cat.categories.astype("str"))[cells.cat.codes.to_numpy()]
