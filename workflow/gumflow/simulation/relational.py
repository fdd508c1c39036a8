"""What firms report of the true ties in the relational module: with known recall, false reports, noise and non-response.

Unit and item non-response, recall and false reports are independent of everything else. What a firm says of itself
(whom it names as rivals, watches or holds for influential, what its buyers decide) is the truth as far as it is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.instrument import Instrument, Item
from gumflow.simulation.bodies import Wave
from gumflow.simulation.naming import names_as_written
from gumflow.simulation.parameters import Parameters, pick, stream
from gumflow.simulation.tables import responding
from gumflow.simulation.ties import SOCIAL_KINDS, Matrix

COLUMNS = (
    "respondent",
    "instrument",
    "question",
    "alter",
    "option",
    "value",
    "text",
    "missing_reason",
    "named_as",
)
"""Columns of the answers; `named_as` is the alter's name as the firm wrote it, empty where it was picked from the roster."""

Reports = NDArray[np.int64]
"""Firms (rows) by alters: the reported value, 0 where the alter is not reported."""

# Item -> layer, for items that report no layer of their own name or only a part of one.
_LAYER_OF = {"R08.founder": "founder", "R15.watched": "watched"}
_OWN_VIEW = ("rivalry", "watched", "influence")
_DECISIONS = {"R10.design": "design", "R10.price": "price", "R10.inputs": "inputs"}
_ODDS = {
    "R11.board": "board_other",
    "R12.funds": "funds",
    "R12.consulted": "consulted",
    "R12.projects": "any_project",
}
_SHARE_OF = {"R03.buy": 70, "R03.sell": 60, "R10.share": 80}
"""Items answered in percent: together the partners make up this much."""


@dataclass(frozen=True)
class Respondents:
    """Who answers at a wave, and which questions each leaves empty (actors x questions, in the order of `questions`)."""

    responds: NDArray[np.bool_]
    questions: tuple[str, ...]
    empty: NDArray[np.bool_]

    def answers(self, question: str) -> NDArray[np.bool_]:
        """Return who answers a question."""
        return self.responds & ~self.empty[:, self.questions.index(question)]


class _Field:
    """One wave in the field: draws the reports of each item, in printed order, since later items build on earlier ones."""

    def __init__(self, wave: Wave, instrument: Instrument, parameters: Parameters, seed: int) -> None:
        self.wave, self.instrument, self.parameters, self.seed = wave, instrument, parameters, seed
        self.numbers: Mapping[str, Any] = parameters["reports"]
        self.people = draw_respondents(wave, instrument, parameters, seed)
        self.reports: dict[str, Reports] = {}

    def stream(self, *purpose: str) -> np.random.Generator:
        return stream(self.seed, self.wave.population.cluster, "reports", *purpose, self.wave.name)

    def lots(self, *purpose: str) -> Matrix:
        size = len(self.wave.population.actors)
        return self.stream(*purpose).random((size, size))

    def may_name(self, item: Item) -> NDArray[np.bool_]:
        """Return the alters of which an item asks: by kind and place, those there at the wave, no firm of itself."""
        population, relation = self.wave.population, item.relation
        assert relation is not None
        local = population.of("place").astype(str) == "local"
        alters = (local if relation.place == "inside" else ~local) & population.present[self.wave.wave]
        alters &= np.isin(population.of("kind").astype(str), relation.kinds)
        pairs = self.people.answers(item.question)[:, None] & alters[None, :]
        np.fill_diagonal(pairs, False)
        return pairs

    def draw(self, item: Item) -> Reports:
        """Return the reports of an item and remember them."""
        relation = item.relation
        assert relation is not None
        if relation.alters == "named":
            asked = np.any([self.reports[i] > 0 for i in relation.named_in], axis=0)
            reports = self._of_named(item, asked & self.may_name(item))
        elif item.id == "R11.disputes":
            chance = self.numbers["any_dispute"]
            reports = (self.lots(item.id) < chance) * self.may_name(item).astype(np.int64)
        elif relation.layer or item.id in _LAYER_OF:
            reports = self._of_layer(item)
        else:  # additions to the roster: nobody of the study's population is missing from it
            reports = np.zeros(self.may_name(item).shape, dtype=np.int64)
        self.reports[item.id] = reports
        return reports

    def _of_layer(self, item: Item) -> Reports:
        """Return who is reported of a layer: true ties by recall, others by mistake, with values on the item's scale."""
        relation, may = item.relation, self.may_name(item)
        assert relation is not None
        layer = _LAYER_OF.get(item.id, relation.layer)
        true = self.wave.layers[layer].strength.astype(np.int64)
        if layer in _OWN_VIEW:
            return self._of_own_view(item, np.where(may, true, 0))
        seen = true.T if relation.flow == "to_respondent" else true
        reported = (seen > 0) & (self.lots(item.id, "recall") < self._recall(item)[None, :]) & may
        if relation.alters == "roster":
            reported |= (seen == 0) & (self.lots(item.id, "false") < self.numbers["false_report"]) & may
        # Someone who is reported by mistake is said to be the weakest tie.
        values = np.where(reported, np.maximum(seen, 1), 0)
        if item.id in _SHARE_OF:
            return _shares(values, _SHARE_OF[item.id], relation.most)
        return self._shifted(item, values) if relation.fills == "strength" else np.minimum(values, 1)

    def _of_own_view(self, item: Item, true: Reports) -> Reports:
        """Return the names that a firm gives; where they carry points the first has most, without gaps."""
        relation = item.relation
        assert relation is not None
        most = relation.most or true.shape[1]
        rank = np.argsort(np.argsort(-true, axis=1, kind="stable"), axis=1, kind="stable")
        named = (true > 0) & (rank < most)
        return np.where(named, most - rank if item.maximum is not None else 1, 0)

    def _recall(self, item: Item) -> NDArray[np.float64]:
        """Return the probability that a true tie is reported, by alter: firms by the end that reports, others the same."""
        relation = item.relation
        assert relation is not None
        ends = {
            "to_respondent": "recall_receiver",
            "from_respondent": "recall_giver",
            "mutual": "recall_mutual",
        }
        return np.where(
            self.wave.population.is_firm, self.numbers[ends[relation.flow]], self.numbers["recall_body"]
        )

    def _shifted(self, item: Item, values: Reports, lowest: int = 1) -> Reports:
        """Return values of which a share is one higher or lower, within the item's scale."""
        lots, share = self.lots(item.id, "shift"), self.numbers["strength_shift"]
        shift = (lots < share / 2).astype(np.int64) - (lots > 1 - share / 2)
        return np.where(values >= lowest, np.clip(values + shift, lowest, int(item.maximum or 99)), 0)

    def _of_named(self, item: Item, asked: NDArray[np.bool_]) -> Reports:
        """Return what is said of those named before; 1 is added, so that an answer of 0 is told from no answer."""
        wave, numbers = self.wave, self.numbers
        if item.id == "R06":
            felt = self._shifted(item, wave.felt_trust.astype(np.int64), lowest=0)
            return np.where(asked, felt + 1, 0)
        facts: dict[str, NDArray[Any]] = {
            "years": wave.pairs.years + int(wave.name) - int(wave.population.waves[0]),
            "frequency": wave.pairs.frequency,
            "contract": wave.pairs.formal,
        }
        fact = item.id.split(".")[-1]
        if fact in facts:
            return np.where(asked, facts[fact] + 1, 0)
        if item.id in _DECISIONS:
            shares = [numbers[f"{_DECISIONS[item.id]}_{who}"] for who in ("own_firm", "joint")]
            size = len(asked)
            return np.where(asked, pick(self.stream(item.id), shares, size * size).reshape(size, size) + 1, 0)
        if item.id in _ODDS:
            chance = np.full(len(asked), float(numbers[_ODDS[item.id]]))
            if item.id == "R11.board":
                chance[wave.population.of("tier").astype(str) == "lead"] = numbers["board_lead"]
            return np.where(asked, (self.lots(item.id) < chance[:, None]) + 1, 0)
        return asked.astype(np.int64)


def draw_respondents(wave: Wave, instrument: Instrument, parameters: Parameters, seed: int) -> Respondents:
    """Return who answers: firms of the wave, less unit non-response, and which relational questions they leave empty."""
    numbers, population = parameters["reports"], wave.population
    size, questions = len(population.actors), tuple(q.id for q in instrument.questions)
    item = stream(seed, population.cluster, "item nonresponse", wave.name).random((size, len(questions)))
    return Respondents(responding(wave, parameters, seed), questions, item < numbers["item_nonresponse"])


@dataclass(frozen=True)
class _Rows:
    """Answers to one item: places of firms and alters (-1 for none), options, values, and why there is none."""

    firm: NDArray[np.int64]
    alter: NDArray[np.int64]
    option: NDArray[np.object_]
    value: NDArray[np.float64]
    missing: NDArray[np.object_]


def relational_answers(wave: Wave, instrument: Instrument, parameters: Parameters, seed: int) -> pd.DataFrame:
    """Return the tidy answers of a wave's firms to the relational module (columns COLUMNS, in order of respondent, item, alter).

    One row for each alter (and option) that is reported. An item that was answered and names nobody has one row with value 0; one
    left empty a row with `not_answered`; one on those named before, where nobody was named, a row with `not_asked`.
    """
    field = _Field(wave, instrument, parameters, seed)
    items = list(instrument.items.values())
    parts = [part for item in items for part in _parts(field, item)]
    ids = np.append(wave.population.of("actor").astype(str), "")
    sizes = [len(part.firm) for part in parts]
    # Each item has two parts: what was reported, and who has nothing to report.
    at = np.repeat(np.repeat(np.arange(len(items)), 2), sizes)
    answers = pd.DataFrame(
        {
            "respondent": ids[np.concatenate([p.firm for p in parts])],
            "instrument": instrument.name,
            "question": np.array([item.id for item in items])[at],
            "alter": ids[np.concatenate([p.alter for p in parts])],
            "option": np.concatenate([p.option for p in parts]).astype(str),
            "value": np.concatenate([p.value for p in parts]),
            "text": "",
            "missing_reason": np.concatenate([p.missing for p in parts]).astype(str),
            "at": at,
        }
    )
    names = names_as_written(wave.population, parameters, seed)
    written = pd.Series(names["name"].to_numpy(), index=names["respondent"] + "/" + names["actor"])
    free = np.array([_in_own_words(instrument, item) for item in items])[at] & (answers["alter"] != "")
    key = answers["respondent"] + "/" + answers["alter"]
    answers["named_as"] = key.map(written).where(free, "")
    answers = answers.sort_values(["respondent", "at", "alter", "option"], kind="stable")
    return answers[list(COLUMNS)].reset_index(drop=True)


def _in_own_words(instrument: Instrument, item: Item) -> bool:
    """Return whether alters of the item are named in own words, there or in the items that name them."""
    relation = item.relation
    if relation is None or relation.alters != "named":
        return relation is not None and relation.alters == "names"
    return any(_in_own_words(instrument, instrument.items[i]) for i in relation.named_in)


def _parts(field: _Field, item: Item) -> tuple[_Rows, _Rows]:
    """Return the answers to one item, and a row for each responding firm that has none."""
    people, relation = field.people, item.relation
    reported = _own_answers(field, item) if relation is None else _reported(field, item)
    silent = np.flatnonzero(people.responds)
    silent = silent[~np.isin(silent, reported.firm)]
    # Texts stay empty.
    answered = people.answers(item.question)[silent] & (item.type != "text")
    nothing = "not_asked" if relation is not None and relation.alters == "named" else ""
    missing = np.where(answered, nothing, "not_answered").astype(object)
    none = np.full(len(silent), "", dtype=object)
    value = np.where(missing == "", 0.0, np.nan)
    return reported, _Rows(silent, np.full(len(silent), -1), none, value, missing)


def _reported(field: _Field, item: Item) -> _Rows:
    """Return rows of reported alters: options where types are asked, numbers where a scale or count is, else ticks."""
    reports, relation = field.draw(item), item.relation
    assert relation is not None
    row, column = np.nonzero(reports)
    given, option = reports[row, column], np.full(len(row), "", dtype=object)
    value = np.ones(len(row))
    codes = [o.code for o in item.options]
    if item.id == "R05":
        option = np.array(SOCIAL_KINDS, dtype=object)[field.wave.pairs.social_kind[row, column]]
    elif item.id in _DECISIONS:
        option = np.array(codes, dtype=object)[given - 1]
    elif item.id in ("R09.kind", "R09.place"):
        option = field.wave.population.of(item.id.removeprefix("R09."))[column].astype(object)
    elif codes:
        lots = field.lots(item.id, "option")[row, column]
        option = np.array(codes, dtype=object)[(lots * len(codes)).astype(int)]
    else:
        value = (given - 1 if relation.alters == "named" else given).astype(float)
    return _Rows(row, column, option, value, np.full(len(row), "", dtype=object))


def _own_answers(field: _Field, item: Item) -> _Rows:
    """Return answers that name no one: who calls the firms together, each tick by its share, and nobody where none is ticked."""
    codes = [o.code for o in item.options]
    answering = np.flatnonzero(field.people.answers(item.question))
    shares = np.array([field.numbers.get(f"convenes_{code}", 0.0) for code in codes])
    ticked = field.stream(item.id).random((len(answering), len(codes))) < shares
    if "nobody" in codes:
        ticked[:, codes.index("nobody")] = ~ticked.any(axis=1)
    row, column = np.nonzero(ticked)
    option = np.array([*codes, ""], dtype=object)[column]
    none = np.full(len(row), -1)
    return _Rows(answering[row], none, option, np.ones(len(row)), np.full(len(row), "", dtype=object))


def _shares(values: Reports, together: float, most: int) -> Reports:
    """Return whole percentages in proportion to strength, at least 1; only the `most` largest partners if there is a limit."""
    if most:
        rank = np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1, kind="stable")
        values = np.where(rank < most, values, 0)
    total = np.maximum(values.sum(axis=1, keepdims=True), 3)
    return np.where(values > 0, np.maximum((together * values / total).astype(np.int64), 1), 0)
