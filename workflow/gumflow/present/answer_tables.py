"""The public table of a survey: how many firms gave each answer, in each cluster and wave, with small numbers withheld."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gumflow.contract.instrument import CHOICES, Instrument, Item
from gumflow.present.suppression import WITHHELD_FEW, WITHHELD_FURTHER, Margin, hidden_cells

Z_95 = 1.959963984540054
"""97.5 % point of the standard normal distribution."""

COLUMNS = {
    "study": "str", "cluster": "str", "wave": "str", "instrument": "str", "question": "str", "option": "str", "label_en": "str",
    "label_zh": "str", "firms": "float", "adds_up": "float", "count": "float", "share": "float", "low": "float", "high": "float",
    "mean": "float", "withheld": "str",
}  # fmt: skip
_WITH_MEAN = ("number", "scale", "shares", "rank")


def wilson(count: np.ndarray, firms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the 95 % score interval of a share (Wilson 1927); NaN where there are no firms."""
    count, n = np.asarray(count, dtype=float), np.asarray(firms, dtype=float)
    n = np.where(n > 0, n, np.nan)
    p, z2 = count / n, Z_95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2))
    # At 0 and all of n the ends are 0 and 1 exactly; rounding must not move them.
    low = np.where(count == 0, 0.0, np.maximum(middle - half, 0))
    high = np.where(count == n, 1.0, np.minimum(middle + half, 1))
    return np.where(np.isnan(n), np.nan, low), np.where(np.isnan(n), np.nan, high)


def answer_shares(
    answers: pd.DataFrame, instruments: Sequence[Instrument], cells: pd.DataFrame, minimum_firms: int
) -> pd.DataFrame:
    """Return how the firms answered, one row an option (choices, parts of a share set, ranks) or an item (numbers, scales).

    `answers` are tidy ones with study, cluster and wave; `cells` (study, cluster, wave) says which to report, in this order. `firms` is
    how many answered the item. Of these `count` ticked or ranked the option, `share` is count / firms with its 95 % Wilson interval.
    `mean` is over the firms that gave a number, the mean position of those that ranked the option; a part of a share set that a firm
    left blank counts as 0. `adds_up` is 1 where every firm chose exactly one option.

    A number on 1 to `minimum_firms` - 1 firms is withheld, as is one whose complement is so small, and further ones until none
    follows from the rest; `withheld` says why. Identity, text and relational items have no rows.
    """
    rows: list[dict[str, Any]] = []
    named = {i.name: i for i in instruments}
    for cell in cells[["study", "cluster", "wave"]].drop_duplicates().to_dict("records"):
        own = answers
        for key, value in cell.items():
            own = own[own[key].astype("str") == str(value)]
        for name, instrument in named.items():
            given = own[(own["instrument"] == name) & (own["missing_reason"] == "")]
            by_item = dict(tuple(given.groupby(given["question"].astype("str"), sort=False)))
            for item in instrument.items.values():
                if item.id in by_item:
                    for row in _item_rows(item, by_item[item.id], minimum_firms):
                        rows.append({**cell, "instrument": name, "question": item.id, "withheld": "", **row})
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _item_rows(item: Item, given: pd.DataFrame, minimum: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of one item in one cluster and wave; `given` are its answers that are not missing."""
    if item.type in CHOICES or item.type == "rank":
        yield from _counted(item, given, minimum)
    elif item.type in _WITH_MEAN:
        firms = given["respondent"].nunique()
        labels = {o.code: (o.en, o.zh) for o in item.options} or {"": (item.en, item.zh)}
        sums = given.groupby(given["option"].astype("str"))["value"].sum()
        for option, (en, zh) in labels.items():
            row = {"option": option, "label_en": en, "label_zh": zh}
            if firms < minimum:
                yield {**row, "withheld": WITHHELD_FEW}
            else:
                yield {**row, "firms": firms, "mean": sums.get(option, 0.0) / firms}


def _counted(item: Item, given: pd.DataFrame, minimum: int) -> Iterator[dict[str, Any]]:
    firms = given["respondent"].nunique()
    chosen = given[given["option"] != ""].drop_duplicates(["respondent", "option"])
    codes = [o.code for o in item.options]
    counts = chosen["option"].astype("str").value_counts().reindex(codes, fill_value=0).to_numpy()
    positions = chosen.groupby(chosen["option"].astype("str"))["value"].mean()
    adds_up = bool(len(chosen) == firms == chosen["respondent"].nunique())
    hidden = _hidden(counts, firms, adds_up, minimum)
    low, high = wilson(counts, np.full(len(counts), firms))
    for i, option in enumerate(item.options):
        row: dict[str, Any] = {"option": option.code, "label_en": option.en, "label_zh": option.zh}
        small = 0 < counts[i] < minimum or 0 < firms - counts[i] < minimum
        if firms < minimum:
            yield {**row, "withheld": WITHHELD_FEW}
            continue
        row |= {"firms": firms, "adds_up": float(adds_up)}
        if hidden[i]:
            yield {**row, "withheld": WITHHELD_FEW if small else WITHHELD_FURTHER}
            continue
        row |= {"count": counts[i], "share": counts[i] / firms, "low": low[i], "high": high[i]}
        if item.type == "rank" and counts[i]:
            row["mean"] = positions[option.code]
        yield row


def _hidden(counts: np.ndarray, firms: int, adds_up: bool, minimum: int) -> np.ndarray:
    """Return which options' counts to withhold, given that `firms` is shown.

    The firms that did not choose an option are a cell too, which count and firms give away.
    """
    size = len(counts)
    margins = [Margin(2 * size, (i, size + i)) for i in range(size)]
    if adds_up:
        margins.append(Margin(2 * size, tuple(range(size))))
    values = np.concatenate([counts, firms - counts, [firms]])
    twins = np.concatenate([np.arange(size, 2 * size), np.arange(size), [2 * size]])
    return hidden_cells(values, margins, minimum, kept=[2 * size], twins=twins)[:size]
