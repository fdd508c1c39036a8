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
    "mean": "float", "base": "str", "withheld": "str",
}  # fmt: skip
ANSWERED, TICKED = "answered", "ticked"
"""What `firms` of an item are: those that answered it, or only those that ticked something, as a blank may mean that nothing applied."""
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
    left blank counts as 0. `adds_up` is 1 where every firm chose exactly one option. `base` says what `firms` are: all that answered, or,
    of ticks for several answers, only those that ticked something (`TICKED`), where a blank may as well mean that none applied. Then
    share is an upper bound, and count over all that were asked a lower one.

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
            asked = own[own["instrument"] == name]
            given = asked[asked["missing_reason"] == ""]
            by_item = dict(tuple(given.groupby(given["question"].astype("str"), sort=False)))
            blank = set(asked.loc[asked["missing_reason"] == "not_answered", "question"].astype("str"))
            for item in instrument.items.values():
                if item.id in by_item:
                    base = ANSWERED
                    if not _tells_none(item, by_item[item.id]) and (
                        item.id in blank or _tells_who_was_asked(item, instrument, by_item, minimum_firms)
                    ):
                        base = TICKED
                    head = {**cell, "instrument": name, "question": item.id, "withheld": ""}
                    for row in _item_rows(item, by_item[item.id], minimum_firms):
                        rows.append({**head, "base": base if "firms" in row else "", **row})
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _tells_none(item: Item, given: pd.DataFrame) -> bool:
    """Return whether the answers to an item show who ticked nothing: by a row that says so, or by an option such as "none"."""
    said = (given["option"] == "") & (given["value"] == 0)
    return item.type != "several" or any(o.excludes for o in item.options) or bool(said.any())


def _tells_who_was_asked(
    item: Item, instrument: Instrument, by_item: dict[str, pd.DataFrame], minimum: int
) -> bool:
    """Return whether that nobody left an item blank would tell a withheld number: how many were led past the item.

    With no blank, those asked are those that answered, whose number is shown. Such an item is taken as one with blanks.
    """
    condition = item.asked_if
    if condition is None or condition.item not in by_item:
        return False
    given = by_item[condition.item]
    met = given.loc[given["option"].isin(list(condition.options)), "respondent"].nunique()
    unmet = given["respondent"].nunique() - met
    shown = _item_rows(instrument.items[condition.item], given, minimum)
    return 0 < met < minimum or 0 < unmet < minimum or any("withheld" in row for row in shown)


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
