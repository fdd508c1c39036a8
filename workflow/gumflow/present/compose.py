"""From a study's tables to one figure: which rows it needs, under which labels, or a note that they cannot be shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.contract.errors import GumflowError
from gumflow.contract.model import Model
from gumflow.present.catalog import CATALOG, COMPLETE, NOT_COMPLETE, figure_parts, figure_texts
from gumflow.present.disclosure import WITHHELD, shows_actors

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Figures on which single actors can be told apart.
SHOWS_ACTORS = ("network", "timeline")


class _Given(NamedTuple):
    """What a figure is drawn from: tables of its cells alone, the cells, labels of clusters (and waves), and what stands around each drawing.

    `before` is the cell of the wave before, with its rows of the tables, where a figure of one cluster has one.
    """

    tables: Mapping[str, pd.DataFrame]
    cells: pd.DataFrame
    labels: dict[str, str]
    model: Model
    frame: dict[str, Any]
    before: tuple[Mapping[str, Any], Mapping[str, pd.DataFrame]] | None

    @property
    def cell(self) -> Mapping[str, Any]:
        """The one cell of a figure of one cluster."""
        (cell,) = self.cells.to_dict("records")
        return cell

    @property
    def label(self) -> str:
        """The label of the one cell."""
        (label,) = self.labels.values()
        return label


def compose_figure(
    figure: str, tables: Mapping[str, pd.DataFrame], model: Model, language: str, font: str = ""
) -> "Figure":
    """Draw one planned figure (`network.ningbo_apparel.2009`, `ladder`) of a study.

    `tables` holds `cells` and the tables that the catalog names for the figure. A figure that would show single actors of a
    confidential study, that rests on absent ties where only stated ones are known, or for which the study has no input, is a sheet that says so.
    """
    name, cluster, wave = figure_parts(figure)
    entry = CATALOG[name]
    every = cells = tables["cells"]
    first = cells.iloc[0]
    frame = {
        "language": language,
        "grade": first["grade"],
        "source": first[f"source_{language}"],
        "font": font or None,
    }
    title = figure_texts(figure, every, language)[0]
    if cluster:
        cells = every[(every["cluster"] == cluster) & (every["wave"] == wave)]
    if name in SHOWS_ACTORS and not shows_actors(first["grade"]):
        return _note(title, WITHHELD(language), frame)
    if entry.complete and cells["boundary"].iloc[0] not in COMPLETE:
        return _note(title, NOT_COMPLETE[cells["boundary"].iloc[0]](language), frame)
    needed = {n: _of_cells(tables[n], cells, every) for n in entry.tables}
    drawn = None
    if not all(t.empty for t in needed.values()):
        before = _before(entry.tables, tables, cells, every) if cluster else None
        drawn = _DRAW[name](_Given(needed, cells, _labels(cells, every, language), model, frame, before))
    return drawn or _note(title, entry.lacking(language), frame)


def _key(cell: Any, every: pd.DataFrame) -> str:
    several = (every["cluster"] == cell["cluster"]).sum() > 1
    return f"{cell['cluster']} {cell['wave']}" if several else cell["cluster"]


def _labels(cells: pd.DataFrame, every: pd.DataFrame, language: str) -> dict[str, str]:
    labels = {}
    for cell in cells.to_dict("records"):
        key = _key(cell, every)
        labels[key] = cell[f"cluster_{language}"] + (f" ({cell['wave']})" if key != cell["cluster"] else "")
    return labels


def _of_cells(table: pd.DataFrame, cells: pd.DataFrame, every: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the given cells; where a cluster has several waves, `cluster` names the wave too."""
    parts = []
    for cell in cells.to_dict("records"):
        rows = table[(table["cluster"] == cell["cluster"]) & (table["wave"] == cell["wave"])]
        parts.append(rows.assign(cluster=_key(cell, every)))
    return pd.concat(parts, ignore_index=True)


def _before(
    names: Sequence[str], tables: Mapping[str, pd.DataFrame], cells: pd.DataFrame, every: pd.DataFrame
) -> tuple[Mapping[str, Any], Mapping[str, pd.DataFrame]] | None:
    """Return the wave before the one of `cells`, with its rows of the tables; None for the first."""
    (cell,) = cells.to_dict("records")
    waves = every[every["cluster"] == cell["cluster"]].to_dict("records")
    at = [w["wave"] for w in waves].index(cell["wave"])
    if at == 0:
        return None
    return waves[at - 1], {n: rows_of(tables[n], waves[at - 1]) for n in names}


def _note(title: str, text: str, frame: Mapping[str, Any]) -> "Figure":
    from gumflow.present.figures.note import draw_note

    return draw_note(title, text, **frame)


def _model(given: _Given) -> "Figure":
    from gumflow.present.figures.model_diagram import draw_model

    return draw_model(given.model, given.tables["scores_evidence"], given.labels, **given.frame)


def _profiles(given: _Given) -> "Figure":
    from gumflow.present.figures.profiles import draw_profiles

    return draw_profiles(given.tables["scores_evidence"], given.model, given.labels, **given.frame)


def _constructs(given: _Given) -> "Figure":
    from gumflow.present.figures.profiles import draw_construct_matrix

    return draw_construct_matrix(given.tables["statements"], given.model, given.labels, **given.frame)


def _network(given: _Given) -> "Figure":
    from gumflow.present.figures.governance_network import draw_governance_network

    tables, boundary = given.tables, given.cell["boundary"]
    return draw_governance_network(tables["actors"], tables["ties"], given.label, boundary, **given.frame)


def _network_statistics(given: _Given) -> "Figure | None":
    from gumflow.present.figures.network_statistics import draw_network_statistics, tied_networks

    scores = given.tables["scores_networks"]
    if not tied_networks(scores):
        return None
    return draw_network_statistics(scores, given.label, given.cell["group_by"], **given.frame)


def _layers(given: _Given) -> "Figure | None":
    from gumflow.present.figures.layers import draw_layers
    from gumflow.present.layer_pairs import layer_pairs

    scores = given.tables["scores_layers"]
    return None if layer_pairs(scores).empty else draw_layers(scores, given.label, **given.frame)


def _brokerage(given: _Given) -> "Figure | None":
    from gumflow.present.figures.brokerage import draw_brokerage, role_sums

    scores = given.tables["scores_networks"]
    if not role_sums(scores):
        return None
    return draw_brokerage(scores, given.label, given.cell["group_by"], **given.frame)


def _answers(given: _Given) -> "Figure | None":
    from gumflow.present.figures.answers import draw_answers

    shares = given.tables["answer_shares"]
    cell, earlier = given.before or ({}, {"answer_shares": shares.iloc[:0]})
    waves = (cell["wave"], given.cell["wave"]) if cell else ()
    return draw_answers(shares, earlier["answer_shares"], given.model, given.label, waves, **given.frame)


def _ladder(given: _Given) -> "Figure":
    from gumflow.present.figures.ladder import draw_ladder

    return draw_ladder(given.tables["scores_chain"], given.labels, **given.frame)


def _chain(given: _Given) -> "Figure":
    from gumflow.present.figures.chain import draw_chain

    return draw_chain(given.tables["chain"], given.labels, **given.frame)


def _timeline(given: _Given) -> "Figure":
    from gumflow.present.figures.timeline import draw_timeline

    return draw_timeline(given.tables["events"], given.tables["facts"], given.label, **given.frame)


def _unit_values(given: _Given) -> "Figure | None":
    from gumflow.present.figures.unit_values import draw_unit_values

    tables, declared = given.tables, given.cell["break_year"]
    return draw_unit_values(
        tables["exports"], tables["export_decomposition"], given.label, declared, **given.frame
    )


def _export_slopes(given: _Given) -> "Figure | None":
    from gumflow.present.figures.export_slopes import draw_export_slopes

    tables, declared = given.tables, given.cell["break_year"]
    return draw_export_slopes(
        tables["exports"], tables["export_regression"], given.label, declared, **given.frame
    )


def _mechanisms(given: _Given) -> "Figure | None":
    from gumflow.present.figures.mechanism_diagram import draw_mechanisms

    tables = given.tables
    return draw_mechanisms(
        given.model, tables["scores_mechanisms"], tables["scores_evidence"], given.label, **given.frame
    )


def _governance_structure(given: _Given) -> "Figure | None":
    from gumflow.present.figures.governance_structure import draw_governance_structure

    tables = given.tables
    return draw_governance_structure(
        tables["scores_mechanisms"], tables["scores_evidence"], given.label, **given.frame
    )


def _learning_process(given: _Given) -> "Figure | None":
    from gumflow.present.figures.learning_process import draw_learning_process

    return draw_learning_process(given.tables["scores_mechanisms"], given.label, **given.frame)


def _technology_space(given: _Given) -> "Figure | None":
    from gumflow.present.figures.technology_space import draw_technology_space

    return draw_technology_space(given.tables["scores_mechanisms"], given.label, **given.frame)


def _network_emergence(given: _Given) -> "Figure | None":
    from gumflow.present.figures.network_emergence import draw_network_emergence, field_names

    fields = field_names(given.frame["language"])
    return draw_network_emergence(given.tables["scores_mechanisms"], given.label, fields, **given.frame)


def _social_capital_paths(given: _Given) -> "Figure | None":
    from gumflow.present.figures.social_capital_paths import draw_social_capital_paths

    return draw_social_capital_paths(given.tables["scores_mechanisms"], given.label, **given.frame)


def _upgrading_paths(given: _Given) -> "Figure | None":
    from gumflow.present.figures.upgrading_paths import draw_upgrading_paths

    tables = given.tables
    return draw_upgrading_paths(
        given.model, tables["scores_mechanisms"], tables["scores_evidence"], given.label, **given.frame
    )


_DRAW: dict[str, Callable[[_Given], "Figure | None"]] = {
    "model": _model,
    "profiles": _profiles,
    "constructs": _constructs,
    "network": _network,
    "network_statistics": _network_statistics,
    "layers": _layers,
    "brokerage": _brokerage,
    "answers": _answers,
    "ladder": _ladder,
    "chain": _chain,
    "timeline": _timeline,
    "unit_values": _unit_values,
    "export_slopes": _export_slopes,
    "mechanisms": _mechanisms,
    "governance_structure": _governance_structure,
    "learning_process": _learning_process,
    "technology_space": _technology_space,
    "network_emergence": _network_emergence,
    "social_capital_paths": _social_capital_paths,
    "upgrading_paths": _upgrading_paths,
}
if set(_DRAW) != set(CATALOG):
    raise GumflowError("the catalog of figures and the functions that draw them differ")
