"""One cluster at one wave as the mechanisms read it: its firms, their ties, answers and indicators, and what is said of the cluster.

Every mechanism is a function of a `Cluster`, and returns `Found`: a table with a row for each firm, and rows for `scores`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.cells import rows_of
from gumflow.contract.model import Model
from gumflow.contract.seeding import seed_for
from gumflow.measures.registry import COMPLETE, get_measure, in_sentence, withheld_reason
from gumflow.networks.cells import cell_tables
from gumflow.networks.graph import Network
from gumflow.networks.layers import NETWORKS
from gumflow.networks.parts import part_of

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Row = dict[str, object]

_LONG = ("answers", "statements", "facts", "chain", "events")
_SENTENCE = ("study", "document", "section", "paragraphs", "sentence")
_CODING = ("coder", "construct", "state", "polarity")


@dataclass(frozen=True)
class MechanismSettings:
    """How mechanisms are measured; the section `mechanisms` of the configuration.

    draws           bootstrap draws and permutations
    withhold_below  coverage below which a score is withheld
    role_cut        where a firm's ties are many: above the `median` or the `mean` of the cluster
    role_balance    least |given - taken| / (given + taken) of a firm that mainly gives or mainly takes
    spillover_models  also fit network lag and error models and two-stage least squares, which small clusters cannot bear
    """

    draws: int = 1000
    withhold_below: float = 0.6
    role_cut: str = "median"
    role_balance: float = 0.25
    spillover_models: bool = False


@dataclass(frozen=True, eq=False)
class Cluster:
    """One cluster at one wave.

    head        study, cluster, wave, grade
    boundary    how its actors were chosen (`networks.layers.BOUNDARIES`)
    members     its actors (index: actor): kind, place, inside, perhaps approached and responded, and the other columns of actors.csv
    ties        its ties of all states, reports combined
    networks    by name: the five networks, and each layer that has achieved ties
    indicators  firms x indicators of the questionnaires, in their own units; NaN where there is no answer
    declared    indicator, instrument, construct, role, direction: one row for each indicator
    tables      the tidy tables answers, statements, facts, chain and events of this cluster and wave; `general` statements are
                coded alike for other clusters of the study
    earlier     the wave before, if there is one
    """

    head: Mapping[str, str]
    boundary: str
    members: pd.DataFrame
    ties: pd.DataFrame
    networks: Mapping[str, Network]
    indicators: pd.DataFrame
    declared: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    model: Model
    settings: MechanismSettings = field(default_factory=MechanismSettings)
    seed: int = 0
    earlier: "Cluster | None" = None

    @cached_property
    def firms(self) -> NDArray[np.str_]:
        """Ids of the firms of the cluster, sorted: the rows of every table of firms."""
        chosen = self.members.index[(self.members["kind"] == "firm") & self.members["inside"]]
        return np.sort(chosen.to_numpy(dtype=str))

    @cached_property
    def responded(self) -> Flags:
        """Which firms answered: as the roster or actors.csv says, else those with an answer to a questionnaire; in a census without one, all."""
        if "responded" in self.members.columns:
            return self.members.loc[self.firms, "responded"].to_numpy(dtype=bool)
        answered = self.indicators.notna().any(axis=1).to_numpy(dtype=bool)
        return (
            np.ones(len(self.firms), dtype=bool)
            if self.boundary == "census" and not answered.any()
            else answered
        )

    def indicator(self, name: str) -> Values:
        """Return an indicator of the questionnaires for each firm; all NaN if no questionnaire has it."""
        if name not in self.indicators.columns:
            return np.full(len(self.firms), np.nan)
        return self.indicators[name].to_numpy(dtype=np.float64)

    def number(self, column: str) -> Values:
        """Return a numeric column of actors.csv for each firm; NaN where it is empty, no number, or not there."""
        if column not in self.members.columns:
            return np.full(len(self.firms), np.nan)
        return pd.to_numeric(self.members.loc[self.firms, column], errors="coerce").to_numpy(dtype=np.float64)

    def answers(self, question: str) -> pd.DataFrame:
        """Return the answers to one item: respondent, alter, option, value, text; without those that are missing."""
        table = self.tables["answers"]
        if table.empty:
            return table
        return self._answers_by_question.get(question, table.iloc[:0])

    @cached_property
    def _answers_by_question(self) -> dict[str, pd.DataFrame]:
        table = self.tables["answers"]
        given = table[table["missing_reason"] == ""]
        return {str(name): rows for name, rows in given.groupby("question", sort=False)}

    def network(self, layer: str) -> Network | None:
        """Return a network or single layer with all actors; None if no achieved tie of the layer is reported."""
        return self.networks.get(layer)

    def firm_network(self, layer: str) -> Network | None:
        """Return a network or layer among the firms alone, actors in the order of `firms`; None if it has no tie at all."""
        if layer not in self._firm_networks:
            whole = self.networks.get(layer)
            self._firm_networks[layer] = None if whole is None else part_of(whole, self.firms)
        return self._firm_networks[layer]

    @cached_property
    def _firm_networks(self) -> dict[str, Network | None]:
        return {}

    def achieved(self, layer: str) -> pd.DataFrame:
        """Return the achieved ties of one layer: source, target, directed, strength, year_from, formal, trust and so on."""
        return self.ties[(self.ties["layer"] == layer) & (self.ties["state"] == "achieved")]

    @cached_property
    def outside_partners(self) -> Values:
        """Number of different actors outside the cluster with whom each firm has an achieved pipeline tie, in either direction.

        NaN for firms that did not answer and that nobody else ties to the outside, as outside actors were not asked; and for all firms
        if no achieved pipeline tie is reported, since nothing then says that anybody was asked.
        """
        ties = self.achieved("pipeline")
        if ties.empty:
            return np.full(len(self.firms), np.nan)
        outside = set(self.members.index[~self.members["inside"]])
        ends = pd.concat(
            [
                ties[["source", "target"]].set_axis(["firm", "other"], axis=1),
                ties[["target", "source"]].set_axis(["firm", "other"], axis=1),
            ]
        )
        ends = ends[ends["other"].isin(outside)].drop_duplicates()
        counts = ends.groupby("firm").size().reindex(self.firms).to_numpy(dtype=np.float64)
        return np.where(np.isnan(counts), np.where(self.responded, 0.0, np.nan), counts)

    def place_of(self, actors: Sequence[str] | pd.Series) -> NDArray[np.int64]:
        """Return the position of each actor among `firms`; -1 for those that are no firm of the cluster."""
        return pd.Index(self.firms).get_indexer(pd.Index(actors)).astype(np.int64)

    def stream(self, *purpose: str) -> np.random.Generator:
        """Return the random stream of a purpose; it depends on study, cluster, wave and the purpose alone."""
        return np.random.default_rng(seed_for(self.seed, "mechanisms", *self.cell, *purpose))

    @property
    def cell(self) -> tuple[str, str, str]:
        """Study, cluster and wave."""
        return self.head["study"], self.head["cluster"], self.head["wave"]

    def is_tied(self, layer: str) -> bool:
        """Say whether an achieved tie of a layer is reported; the five networks are there even without one."""
        return layer in self.networks and (layer not in NETWORKS or self.networks[layer].arcs > 0)

    def why_not(self, measure: str, *layers: str) -> str:
        """Say why a measure cannot be given here, if it rests on these layers (all are needed); empty if it can."""
        declared = get_measure(measure)
        label = in_sentence(declared.label_en)
        if self.boundary not in declared.boundaries:
            why = (
                "a text states some ties and answers and is silent on the rest"
                if self.boundary == "text"
                else "only a sample was asked"
            )
            return f"withheld: {why}, and {label} rests on all of them; it would need a census, or a roster that was well answered"
        lacking = [
            f"the {NETWORKS[layer].label_en.lower()}" if layer in NETWORKS else layer
            for layer in layers
            if not self.is_tied(layer)
        ]
        if lacking:
            return f"withheld: no achieved tie of {', '.join(lacking)} is reported, so {label} has nothing to rest on"
        for layer in layers:
            if set(declared.boundaries) == set(COMPLETE):
                reason = withheld_reason(declared, self.networks[layer], self.settings.withhold_below)
                # Scope and direction are of networks as measured by themselves; mechanisms read them as they need.
                if reason and reason.startswith("withheld"):
                    return reason
        return ""


@dataclass(frozen=True, eq=False)
class Found:
    """What a mechanism found: `firms` (index: the cluster's firms, a column for each measure of level firm) and rows of `scores`."""

    firms: pd.DataFrame
    rows: list[Row]


def clusters_of(
    tables: Mapping[str, pd.DataFrame], model: Model, settings: MechanismSettings, *, seed: int
) -> list[Cluster]:
    """Return every cluster and wave of a study, each with the wave before it.

    `tables` holds the tidy tables cells, actors, ties, roster, indicators, answers, statements, facts, chain and events.
    """
    found: list[Cluster] = []
    earlier: dict[str, Cluster] = {}
    tables = {**tables, "statements": marked_general(tables["statements"])}
    for cell in tables["cells"].to_dict("records"):
        at = cell_tables(cell, tables["actors"], tables["ties"], tables["roster"], seed, single_layers=True)
        members = at.members.set_index("actor")
        wide, declared = _wide_indicators(rows_of(tables["indicators"], cell), members)
        one = Cluster(
            head=at.head,
            boundary=at.boundary,
            members=members,
            ties=at.ties,
            networks={n.name: n for n in at.networks},
            indicators=wide,
            declared=declared,
            tables={name: rows_of(tables[name], cell) for name in _LONG},
            model=model,
            settings=settings,
            seed=seed,
            earlier=earlier.get(cell["cluster"]),
        )
        found.append(one)
        earlier[cell["cluster"]] = one
    return found


def marked_general(statements: pd.DataFrame) -> pd.DataFrame:
    """Add `general`: whether the same sentence of a section is coded alike for another cluster too, so tells nothing of this one.

    Statements without a section are of interviews, whose numbers of sentences may agree by chance.
    """
    if statements.empty:
        return statements
    clusters = statements.groupby([*_SENTENCE, *_CODING], dropna=False)["cluster"].transform("nunique")
    return statements.assign(general=(clusters > 1) & (statements["section"] != ""))


def _wide_indicators(indicators: pd.DataFrame, members: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    firms = np.sort(members.index[(members["kind"] == "firm") & members["inside"]].to_numpy(dtype=str))
    declared = indicators[["indicator", "instrument", "construct", "role", "direction"]].drop_duplicates()
    wide = indicators.pivot_table(
        index="respondent", columns="indicator", values="value", aggfunc="first", sort=True
    )
    return wide.reindex(firms), declared.reset_index(drop=True)


def as_flags(values: Any) -> Flags:
    """Return numbers as flags: above 0, and NaN as False."""
    return np.nan_to_num(np.asarray(values, dtype=np.float64)) > 0
