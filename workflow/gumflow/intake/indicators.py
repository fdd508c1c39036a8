"""From answers to indicators: the numbers that bear on the constructs of the model, as each instrument declares them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Indicator, Instrument, Item
from gumflow.intake.answer_states import ANSWERED, NOT_ASKED, REASONS, places_in
from gumflow.intake.formulas import read_formula

INDICATOR_COLUMNS = ["respondent", "instrument", "indicator", "value", "construct", "role", "direction"]


def indicator_values(answers: pd.DataFrame, instruments: Sequence[Instrument]) -> pd.DataFrame:
    """Return one row for each respondent and indicator of the instruments: `INDICATOR_COLUMNS`; value is NaN where it is missing.

    `answers` are settled (every respondent and item, `settle_answers`). The kinds are those of `contract.instrument.Indicator`. Shares
    count as parts of 1: a weighted indicator is sum(weight * share / 100) / divide, the entropy and the Herfindahl index rest on shares that
    sum to 1. Shares and ticks are over the options that the indicator names (default: all). An item that was not asked gives `not_asked_as`,
    every other missing answer NaN. `role` is that of the items that an indicator rests on. Raises `GumflowError` for formulas that name
    nothing known, or themselves.
    """
    names = pd.Index(answers["respondent"].unique().astype("str"))
    tables = []
    for instrument in instruments:
        held = AnswerMatrices(answers, instrument, names)
        computed = _Computed(instrument, held)
        for indicator in instrument.indicators:
            values = computed.of(indicator.id)
            tables.append(
                pd.DataFrame(
                    {
                        "respondent": names,
                        "instrument": instrument.name,
                        "indicator": indicator.id,
                        "value": values,
                        "construct": indicator.construct,
                        "role": computed.role(indicator.id),
                        "direction": indicator.direction,
                    }
                )
            )
    if not tables:
        return pd.DataFrame(
            {
                c: pd.Series([], dtype="float64" if c in ("value", "direction") else "str")
                for c in INDICATOR_COLUMNS
            }
        )
    return pd.concat(tables, ignore_index=True)  # fmt: skip


class AnswerMatrices:
    """The settled answers of one instrument as a respondents x options matrix for each item."""

    def __init__(self, answers: pd.DataFrame, instrument: Instrument, respondents: pd.Index) -> None:
        ids = list(instrument.items)
        item = places_in(answers["question"], pd.Index(ids))
        mine = np.flatnonzero(item >= 0)
        self._who = places_in(answers["respondent"], respondents)[mine]
        self._reason = places_in(answers["missing_reason"], pd.Index(REASONS))[mine]
        self._value = answers["value"].to_numpy(dtype=float)[mine]
        self._codes = pd.Index(
            dict.fromkeys(o.code for i in instrument.items.values() for o in i.options), dtype="str"
        )
        self._option = places_in(answers["option"], self._codes)[mine]
        order = np.argsort(item[mine], kind="stable")
        bounds = np.searchsorted(item[mine][order], np.arange(len(ids) + 1))
        self._rows = {i: order[a:b] for i, (a, b) in zip(ids, pairwise(bounds), strict=True)}
        self.items = instrument.items
        self.size = len(respondents)

    def not_asked(self, item: str) -> np.ndarray:
        """Return for whom the item was structurally missing."""
        rows = self._rows[item]
        return self._flag(rows[self._reason[rows] == NOT_ASKED])

    def answered(self, item: str) -> np.ndarray:
        """Return who answered the item."""
        rows = self._rows[item]
        return self._flag(rows[self._reason[rows] == ANSWERED])

    def _flag(self, rows: np.ndarray) -> np.ndarray:
        flags = np.zeros(self.size, dtype=bool)
        flags[self._who[rows]] = True
        return flags

    def number(self, item: str) -> np.ndarray:
        """Return the number given to an item without options, NaN where there is none."""
        values = np.full(self.size, np.nan)
        rows = self._rows[item]
        rows = rows[self._reason[rows] == ANSWERED]
        values[self._who[rows]] = self._value[rows]
        return values

    def options(self, item: str) -> np.ndarray:
        """Return ticks (1, 0), shares (percent) or ranks (0 for unranked) by option; a row of NaN where there is no answer."""
        options = self.items[item].options
        matrix = np.where(self.answered(item)[:, None], 0.0, np.nan) * np.ones(len(options))
        rows = self._rows[item]
        place = np.full(len(self._codes) + 1, -1)
        place[self._codes.get_indexer([o.code for o in options])] = np.arange(len(options))
        at = place[self._option[rows]]
        rows, at = rows[at >= 0], at[at >= 0]
        matrix[self._who[rows], at] = self._value[rows]
        return matrix


class _Computed:
    """The indicators of one instrument, each computed once, when it is first asked for."""

    def __init__(self, instrument: Instrument, held: AnswerMatrices) -> None:
        self._indicators = {i.id: i for i in instrument.indicators}
        self._held = held
        self._values: dict[str, np.ndarray] = {}
        self._under_way: list[str] = []

    def of(self, name: str) -> np.ndarray:
        """Return the values of an indicator."""
        if name in self._under_way:
            raise GumflowError(
                f"indicator {name}: its formula leads back to itself ({' > '.join([*self._under_way, name])})."
            )
        if name not in self._values:
            self._under_way.append(name)
            indicator = self._indicators[name]
            if indicator.kind == "formula":
                values, asked_by = self._formula(indicator)
            else:
                values, asked_by = _KINDS[indicator.kind](self._held, indicator), (indicator.item,)
            if indicator.not_asked_as is not None:
                structural = np.any([self._held.not_asked(i) for i in asked_by], axis=0)
                values = np.where(structural & np.isnan(values), indicator.not_asked_as, values)
            self._values[name] = values
            self._under_way.pop()
        return self._values[name]  # fmt: skip

    def _formula(self, indicator: Indicator) -> tuple[np.ndarray, tuple[str, ...]]:
        formula = read_formula(indicator.formula)
        values = {}
        for name in formula.names:
            if name in self._indicators:
                values[name] = self.of(name)
            elif name in self._held.items and self._held.items[name].type in ("number", "scale"):
                values[name] = self._held.number(name)
            else:
                raise GumflowError(
                    f"indicator {indicator.id}: its formula names {name!r}, which is neither a numeric item nor an indicator."
                )
        result = np.broadcast_to(formula.compute(values), (self._held.size,)).copy()
        return result, tuple(self.items(indicator.id))

    def items(self, name: str) -> list[str]:
        """Return the items that an indicator rests on."""
        indicator = self._indicators[name]
        if indicator.kind != "formula":
            return [indicator.item]
        parts = read_formula(indicator.formula).names
        return [i for p in parts for i in (self.items(p) if p in self._indicators else [p])]

    def role(self, name: str) -> str:
        """Return the role of the items that an indicator rests on; the first one's where they differ."""
        items = self.items(name)
        return self._held.items[items[0]].role if items else ""


def _chosen(held: AnswerMatrices, item: str, codes: Sequence[str]) -> np.ndarray:
    matrix = held.options(item)
    options = [o.code for o in held.items[item].options]
    return matrix[:, [options.index(c) for c in codes or options]]


def _value(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    values = held.number(indicator.item) / indicator.divide
    return np.log(np.where(values > 0, values, np.nan)) if indicator.log else values


def _score(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    """Return the score of the ticked option: with several ticks by the item's rule (mean where the ticks were kept)."""
    item = held.items[indicator.item]
    ticks = held.options(item.id) == 1
    scores = np.array([np.nan if o.score is None else o.score for o in item.options])
    scored = ticks & ~np.isnan(scores)
    n = scored.sum(axis=1)
    best = {
        "highest": np.where(scored, scores, -np.inf).max(axis=1),
        "lowest": np.where(scored, scores, np.inf).min(axis=1),
    }.get(item.several_ticks, np.where(scored, scores, 0.0).sum(axis=1) / np.maximum(n, 1))
    refused = (n > 1) & (item.several_ticks == "refuse") & (item.type == "single")
    return np.where((n > 0) & ~refused, best, np.nan) / indicator.divide


def _tick(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    chosen = _chosen(held, indicator.item, indicator.options)
    return np.where(held.answered(indicator.item), (chosen == 1).any(axis=1), np.nan)


def _ticks(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    chosen = _chosen(held, indicator.item, indicator.options)
    return np.where(held.answered(indicator.item), (chosen == 1).mean(axis=1), np.nan)


def _ratio(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    part = _chosen(held, indicator.item, indicator.options).sum(axis=1)
    whole = _chosen(held, indicator.item, indicator.among).sum(axis=1)
    return part / np.where(whole == 0, np.nan, whole)


def _weighted(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    item = held.items[indicator.item]
    weights = np.array([indicator.weights.get(o.code, 0.0) for o in item.options])
    return held.options(item.id) @ weights / _whole(item) / indicator.divide


def _whole(item: Item) -> float:
    return 100.0 if item.type == "shares" else 1.0


def _shares(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    chosen = _chosen(held, indicator.item, indicator.options)
    whole = chosen.sum(axis=1, keepdims=True)
    return chosen / np.where(whole == 0, np.nan, whole)


def _entropy(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    shares = _shares(held, indicator)
    terms = shares * np.log(np.where(shares > 0, shares, 1.0))
    return -terms.sum(axis=1) / np.log(shares.shape[1]) + 0.0


def _herfindahl(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    return (_shares(held, indicator) ** 2).sum(axis=1)


def _priority(held: AnswerMatrices, indicator: Indicator) -> np.ndarray:
    """Return the mean over the options of (m - rank + 1) / m (Borda 1781), m options being ranked; 0 for an option not ranked."""
    ranked = (held.options(indicator.item) > 0).sum(axis=1, keepdims=True)
    ranks = _chosen(held, indicator.item, indicator.options)
    points = np.where(ranks > 0, (ranked - ranks + 1) / np.maximum(ranked, 1), 0.0)
    return np.where(held.answered(indicator.item), points.mean(axis=1), np.nan)


_KINDS = {
    "value": _value, "score": _score, "tick": _tick, "ticks": _ticks, "ratio": _ratio, "weighted": _weighted,
    "entropy": _entropy, "herfindahl": _herfindahl, "priority": _priority,
}  # fmt: skip
