"""What the firms of a synthetic study answer in a questionnaire: items from their constructs by known loadings and shares.

Behind each answer is y = l x + sqrt(1 - l^2) e, x the construct that the item names first (or that `shows` names for an option of an item
with several ticks) and l the loading, with the sign of the item's direction. Ticks: y lies above a threshold (probit). Single items: y lies between cuts (ordered probit), by score; yes lies above no; options
without order do not depend on x. Scales likewise. Numbers: ln = ln median + spread y. Shares: logistic-normal. Ranks: the ticked options in
the order of y + g, g standard Gumbel (Plackett-Luce with weights exp y). Thresholds are solved for the shares among the firms that are asked.

Nobody is asked what the skip logic leaves out. Firms that do not respond are those of the relational answers; a responding firm leaves
an item empty at random. What hangs on an item left empty is left empty too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import CHOICES, Instrument, Item
from gumflow.simulation.bodies import Wave
from gumflow.simulation.calibration import Floats, cut_points, parts_with_means
from gumflow.simulation.constructs import ItemParameters, Latents, lasting_noise
from gumflow.simulation.parameters import Parameters, stream
from gumflow.simulation.tables import employees, responding

COLUMNS = ("respondent", "instrument", "question", "alter", "option", "value", "text", "missing_reason")
ANSWERED, NOT_ANSWERED, NOT_ASKED = range(3)
_REASONS = np.array(["", "not_answered", "not_asked"], dtype=object)


@dataclass(frozen=True)
class Truth:
    """What each firm of a wave would answer, respond it or not.

    `firms` are places among the actors; all else has a row for each. `asked` by item. `told` by item: firms x options (ticks 1 and 0,
    parts in percent, ranks, 0 for what is not ranked), or firms x 1 (numbers, scales); NaN where nothing fits. `words` by item.
    """

    firms: NDArray[np.int64]
    asked: Mapping[str, NDArray[np.bool_]]
    told: Mapping[str, Floats]
    words: Mapping[str, NDArray[np.object_]]


class _Draw:
    """Draws the items of an instrument in printed order, as later ones hang on earlier ones."""

    def __init__(
        self, wave: Wave, latents: Latents, instrument: Instrument, items: ItemParameters, seed: int
    ) -> None:
        self.wave, self.latents, self.instrument, self.items, self.seed = (
            wave,
            latents,
            instrument,
            items,
            seed,
        )
        self.firms = np.flatnonzero(wave.firms)
        self.asked: dict[str, NDArray[np.bool_]] = {}
        self.values: dict[str, Floats] = {}
        self.words: dict[str, NDArray[np.object_]] = {}
        # What lies behind the ticks of an item, for those that rank them.
        self.behind: dict[str, Floats] = {}

    def own(self, item: Item) -> Mapping[str, Any]:
        """Return what the parameters say of an item."""
        own: Mapping[str, Any] = self.items["items"].get(item.id, {})
        return own

    def default(self, item: Item, name: str) -> Any:
        """Return a parameter of an item, or what holds for all."""
        return self.own(item).get(name, self.items["defaults"].get(name))

    def construct(self, item: Item) -> Floats:
        """Return the scores of the construct that an item shows; 0 where it shows none."""
        name = item.constructs[0] if item.constructs else ""
        scores = self.latents.scores
        return scores[name].to_numpy() if name in scores else np.zeros(len(self.firms))

    def constructs(self, item: Item) -> Floats:
        """Return, firms x options, the scores of the construct that each tick of an item shows."""
        shows = self.own(item).get("shows", {})
        known = {o.code for o in item.options}
        wrong = [f"the item has no option {code}" for code in shows if code not in known]
        wrong += [
            f"{code}: there is no score of {c}" for code, c in shows.items() if c not in self.latents.scores
        ]
        if wrong:
            raise GumflowError(f"items.{item.id}.shows: " + "; ".join(wrong) + ".")
        first = self.construct(item)
        scores = self.latents.scores
        each = [scores[shows[o.code]].to_numpy() if o.code in shows else first for o in item.options]
        return np.column_stack(each)

    def noise(self, item: Item, *purpose: str, columns: int = 1) -> Floats:
        """Return lasting random draws of the firms for an item."""
        return lasting_noise(
            self.wave, self.items, self.seed, "item", item.id, *purpose, columns=columns
        )[self.firms]  # fmt: skip

    def loadings(self, item: Item) -> Floats:
        """Return the loading of each option of an item (one if it has none)."""
        given = self.default(item, "loading")
        each, rest = (given, self.items["defaults"]["loading"]) if isinstance(given, Mapping) else ({}, given)
        codes = [o.code for o in item.options] or [""]
        sign = -1.0 if item.direction < 0 else 1.0
        return sign * np.array([each.get(code, rest) for code in codes])

    def draw(self) -> Truth:
        """Draw all items."""
        for item in self.instrument.items.values():
            if item.type == "identity":
                continue
            self.asked[item.id] = self._asked(item)
            if item.id not in self.values:
                self._item(item)
        return Truth(self.firms, self.asked, self.values, self.words)

    def _asked(self, item: Item) -> NDArray[np.bool_]:
        if item.asked_if is None:
            return np.ones(len(self.firms), dtype=bool)
        gate = self.instrument.items[item.asked_if.item]
        wanted = [o.code in item.asked_if.options for o in gate.options]
        return self.asked[gate.id] & (self.values[gate.id][:, wanted] == 1).any(axis=1)

    def _item(self, item: Item) -> None:
        if item.type == "relation":
            raise GumflowError(f"{item.id}: relations are drawn from true ties, not from a questionnaire.")
        if "shows" in self.own(item) and item.type != "several":
            raise GumflowError(
                f"items.{item.id}.shows: the item is of type {item.type}; only the options of an item with several ticks show constructs of their own."
            )
        if item.type == "number":
            self._number(item)
            return
        if item.type == "text":
            self.values[item.id] = np.zeros((len(self.firms), 1))
            self._pick_words(item)
            return
        draws = {
            "single": self._single, "several": self._several, "scale": self._scale, "shares": self._shares, "rank": self._rank,
        }  # fmt: skip
        self.values[item.id] = draws[item.type](item)
        if any(o.fill_in for o in item.options):
            self._pick_words(item)

    def _pick_words(self, item: Item) -> None:
        words = np.array(self.default(item, "words"), dtype=object)
        rng = stream(self.seed, self.wave.population.cluster, "answers", "words", item.id, self.wave.name)
        size = len(self.wave.population.actors)
        self.words[item.id] = words[rng.integers(0, len(words), size)][self.firms]

    def _given_shares(self, item: Item, otherwise: float) -> Floats:
        given = self.own(item).get("shares", {})
        unknown = set(given) - {o.code for o in item.options}
        if unknown:
            raise GumflowError(
                f"items.{item.id}.shares: the item has no option {', '.join(sorted(unknown))}."
            )
        return np.array([given.get(o.code, 0.0 if given else otherwise) for o in item.options])

    def _single(self, item: Item) -> Floats:
        shares = self._given_shares(item, 1 / len(item.options))
        codes = [o.code for o in item.options]
        scored = all(o.score is not None for o in item.options)
        order = np.arange(len(codes))
        loading = float(self.loadings(item)[0])
        if scored:
            order = np.argsort([o.score or 0.0 for o in item.options], kind="stable")
        elif set(codes) == {"yes", "no"}:
            order = np.array([codes.index("no"), codes.index("yes")])
            if "shares" not in self.own(item):
                shares = np.where(order == order[1], self.items["defaults"]["yes"], 1 - self.items["defaults"]["yes"])[order]  # fmt: skip
        else:
            loading = 0.0
        blank = max(1 - shares.sum(), 0.0)
        cuts, y = self._cuts(item, loading, [blank, *shares[order]])
        place = np.searchsorted(cuts, y)
        out = np.zeros((len(y), len(codes)))
        fits = place > 0
        out[np.flatnonzero(fits), order[place[fits] - 1]] = 1
        out[~fits] = np.nan
        return out

    def _cuts(self, item: Item, loading: float, shares: list[float]) -> tuple[Floats, Floats]:
        """Return cuts with these shares among those asked, and what is cut."""
        signal, rest = loading * self.construct(item), np.sqrt(1 - loading**2)
        asked = self.asked[item.id]
        wanted = np.array(shares) / np.sum(shares)
        cuts = cut_points(signal[asked] if asked.any() else signal, rest, wanted)
        return cuts, signal + rest * self.noise(item)[:, 0]

    def _scale(self, item: Item) -> Floats:
        assert item.minimum is not None
        assert item.maximum is not None
        shares = self.default(item, "scale")
        if len(shares) != item.maximum - item.minimum + 1:
            raise GumflowError(f"items.{item.id}.scale: {len(shares)} shares do not fit the item's values.")
        cuts, y = self._cuts(item, float(self.loadings(item)[0]), list(shares))
        return (item.minimum + np.searchsorted(cuts, y)).astype(float)[:, None]

    def _several(self, item: Item) -> Floats:
        shares, loadings = self._given_shares(item, self.items["defaults"]["ticked"]), self.loadings(item)
        noise, asked = self.noise(item, columns=len(shares)), self.asked[item.id]
        rest = np.sqrt(1 - loadings**2)
        signal = loadings * self.constructs(item)
        y = signal + rest * noise
        thresholds = [
            cut_points(own[asked] if asked.any() else own, left, [1 - share, share])[0]
            for own, left, share in zip(signal.T, rest, shares, strict=True)
        ]
        self.behind[item.id] = y
        ticked = y > np.array(thresholds)
        alone = np.array([o.excludes for o in item.options])
        # Options that stand alone are for those who tick nothing else.
        ticked[:, alone] &= ~ticked[:, ~alone].any(axis=1, keepdims=True)
        if item.most is not None:
            place = np.argsort(np.argsort(-np.where(ticked, y, -np.inf), axis=1), axis=1)
            ticked &= place < item.most
        return ticked.astype(float)

    def _shares(self, item: Item) -> Floats:
        means = self._given_shares(item, 1 / len(item.options))
        tilt = self.own(item).get("tilt", {})
        slope = np.array([tilt.get(o.code, 0.0) for o in item.options])
        spread = self.own(item).get("part_spread", self.items["defaults"]["spread"])
        log_parts = slope * self.construct(item)[:, None] + spread * self.noise(item, columns=len(slope))
        return _whole_percent(parts_with_means(log_parts, means / means.sum()))

    def _rank(self, item: Item) -> Floats:
        base = item.ranks
        size = (len(self.wave.population.actors), len(item.options))
        rng = stream(self.seed, self.wave.population.cluster, "answers", "rank", item.id, self.wave.name)
        gumbel = -np.log(-np.log(rng.random(size)))[self.firms]
        ticked = self.values[base] == 1
        weight = np.where(ticked, self.behind[base] + gumbel, -np.inf)
        place = np.argsort(np.argsort(-weight, axis=1, kind="stable"), axis=1, kind="stable") + 1
        return np.where(ticked, place, 0).astype(float)

    def _number(self, item: Item) -> None:
        own = self.own(item)
        if own.get("known"):
            self.values[item.id] = employees(self.wave.population.log_size[self.wave.wave][self.firms])[:, None].astype(float)  # fmt: skip
            return
        loading, noise = float(self.loadings(item)[0]), self.noise(item)[:, 0]
        if "ratio_to" in own:
            # A change over time is not what the construct shows.
            loading = 0.0
        y = loading * self.construct(item) + np.sqrt(1 - loading**2) * noise
        number = self.default(item, "median") * np.exp(self.default(item, "spread") * y)
        if "ratio_to" in own:
            number *= self.values[own["ratio_to"]][:, 0]
        elif own.get("none"):
            none = cut_points(np.zeros(1), 1.0, [own["none"], 1 - own["none"]])[0]
            number = np.where(self.noise(item, "none")[:, 0] < none, 0.0, np.maximum(number, 1.0))
        number = np.maximum(_as_told(number, item.whole), item.minimum or 0.0)
        self.values[item.id] = number[:, None]
        if "parts" in own:
            self._parts(item, own, number)

    def _parts(self, item: Item, own: Mapping[str, Any], total: Floats) -> None:
        """Draw the items that are parts of a number; what is left of it is no item."""
        names, means = list(own["parts"]), np.array(list(own["parts"].values()))
        like = self.instrument.items[own.get("parts_like", item.id)]
        slope = np.array([own.get("tilt", {}).get(name, 0.0) for name in [*names, ""]])
        spread = own.get("part_spread", self.items["defaults"]["spread"])
        noise = self.noise(like, "parts", columns=len(slope))
        log_parts = slope * self.construct(item)[:, None] + spread * noise
        some = total > 0
        parts = np.zeros_like(log_parts)
        if some.any():
            parts[some] = parts_with_means(log_parts[some], np.append(means, 1 - means.sum()))
        for at, name in enumerate(names):
            part = total * parts[:, at]
            # Rounded down, so that parts together are never more than the whole.
            small = 1.0 if self.instrument.items[name].whole else 10.0
            told = np.where(part >= 20, np.floor(part), np.floor(small * part) / small)
            self.values[name] = told[:, None]


def _as_told(number: Floats, whole: bool) -> Floats:
    """Return numbers as people write them: whole from 20 up, below with one decimal."""
    return np.where((number >= 20) | whole, np.round(number), np.round(number, 1))


def _whole_percent(parts: Floats) -> Floats:
    """Return parts of 1 as whole percentages that sum to 100: rounded down, the largest remainders up."""
    low = np.floor(100 * parts)
    left = (100 - low.sum(axis=1)).astype(int)
    place = np.argsort(np.argsort(-(100 * parts - low), axis=1, kind="stable"), axis=1, kind="stable")
    return low + (place < left[:, None])


def draw_truth(
    wave: Wave, latents: Latents, instrument: Instrument, items: ItemParameters, seed: int
) -> Truth:
    """Return what every firm of a wave would answer to a questionnaire."""
    return _Draw(wave, latents, instrument, items, seed).draw()


def questionnaire_answers(
    wave: Wave, truth: Truth, instrument: Instrument, items: ItemParameters, parameters: Parameters, seed: int
) -> pd.DataFrame:
    """Return the tidy answers of the responding firms (columns COLUMNS, in order of respondent, item and option as printed)."""
    ids = wave.population.of("actor").astype(str)[truth.firms]
    responds = responding(wave, parameters, seed)[truth.firms]
    states: dict[str, NDArray[np.int8]] = {}
    parts: list[pd.DataFrame] = []
    asked_items = [i for i in instrument.items.values() if i.type != "identity"]
    rng = stream(seed, wave.population.cluster, "answers", "empty", instrument.name, wave.name)
    lots = rng.random((len(wave.population.actors), len(asked_items)))[truth.firms]
    for at, item in enumerate(asked_items):
        rate = items["items"].get(item.id, {}).get("nonresponse", items["defaults"]["nonresponse"][item.type])
        states[item.id] = _state(instrument, item, truth, states, lots[:, at] < rate)
        parts.append(_item_rows(item, truth, states[item.id], responds).assign(at=at, question=item.id))
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values(["firm", "at", "place"], kind="stable").reset_index(drop=True)
    table["respondent"] = ids[table["firm"]]
    table["instrument"], table["alter"] = instrument.name, ""
    text = [c for c in COLUMNS if c != "value"]
    return table[list(COLUMNS)].astype(dict.fromkeys(text, "str"))


def _state(
    instrument: Instrument,
    item: Item,
    truth: Truth,
    states: Mapping[str, NDArray[np.int8]],
    empty: NDArray[np.bool_],
) -> NDArray[np.int8]:
    """Return whether each firm answers an item, leaves it empty, or is not asked."""
    state = np.where(empty | np.isnan(truth.told[item.id]).any(axis=1), NOT_ANSWERED, ANSWERED)
    gates = [] if item.asked_if is None else [item.asked_if.item]
    if item.type == "rank":
        gates.append(item.ranks)
        ticked = (truth.told[item.ranks] == 1).any(axis=1)
        state[~ticked & (states[item.ranks] == ANSWERED)] = NOT_ASKED
    for gate in gates:
        state[states[gate] == NOT_ANSWERED] = NOT_ANSWERED
        state[states[gate] == NOT_ASKED] = NOT_ASKED
    if item.asked_if is not None:
        state[~truth.asked[item.id] & (states[item.asked_if.item] == ANSWERED)] = NOT_ASKED
    return state.astype(np.int8)


def _item_rows(
    item: Item, truth: Truth, state: NDArray[np.int8], responds: NDArray[np.bool_]
) -> pd.DataFrame:
    """Return rows firm, place (of the option), option, value, text, missing_reason of one item."""
    values, answered = truth.told[item.id], responds & (state == ANSWERED)
    codes = np.array([o.code for o in item.options] or [""], dtype=object)
    kept = answered[:, None] & ((values != 0) if item.type in (*CHOICES, "rank") else np.ones_like(values, dtype=bool))  # fmt: skip
    firm, place = np.nonzero(kept)
    table = pd.DataFrame(
        {
            "firm": firm,
            "place": place,
            "option": codes[place],
            "value": values[firm, place] if item.type != "text" else np.nan,
            "text": _texts(item, truth, firm, place),
            "missing_reason": "",
        }
    )
    silent = np.flatnonzero(responds & ~np.isin(np.arange(len(state)), firm))
    rest = pd.DataFrame(
        {
            "firm": silent,
            "place": 0,
            "option": "",
            # Nothing was ticked, and that is an answer.
            "value": np.where(state[silent] == ANSWERED, 0.0, np.nan),
            "text": "",
            "missing_reason": _REASONS[state[silent]],
        }
    )
    return pd.concat([t for t in (table, rest) if len(t)] or [rest], ignore_index=True)


def _texts(
    item: Item, truth: Truth, firm: NDArray[np.int64], place: NDArray[np.int64]
) -> NDArray[np.object_]:
    if item.id not in truth.words or item.type not in (*CHOICES, "text"):
        return np.full(len(firm), "", dtype=object)
    fill_in = np.array([o.fill_in for o in item.options] or [True])
    return np.where(fill_in[place], truth.words[item.id][firm], "").astype(object)
