"""From a study's tables to one figure: which rows it needs, under which labels, or a note that they cannot be shown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import Model
from gumflow.present.catalog import CATALOG, figure_parts, figure_texts
from gumflow.present.disclosure import WITHHELD, shows_actors

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Figures on which single actors can be told apart.
SHOWS_ACTORS = ("network", "timeline")


def compose_figure(
    figure: str, tables: Mapping[str, pd.DataFrame], model: Model, language: str, font: str = ""
) -> "Figure":
    """Draw one planned figure (`network.ningbo_apparel.2009`, `ladder`) of a study.

    `tables` holds `cells` and the tables that the catalog names for the figure. A figure that would show single actors of a
    confidential study, or for which the study has no input, is a sheet that says so.
    """
    name, cluster, wave = figure_parts(figure)
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
    needed = {n: _of_cells(tables[n], cells, every) for n in CATALOG[name].tables}
    if all(t.empty for t in needed.values()):
        return _note(title, CATALOG[name].lacking(language), frame)
    return _DRAW[name](needed, cells, _labels(cells, every, language), model, frame)


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


def _note(title: str, text: str, frame: Mapping[str, Any]) -> "Figure":
    from gumflow.present.figures.note import draw_note

    return draw_note(title, text, **frame)


def _model(
    t: Mapping[str, pd.DataFrame], cells: pd.DataFrame, labels: dict[str, str], model: Model, frame: Any
) -> "Figure":
    from gumflow.present.figures.model_diagram import draw_model

    return draw_model(model, t["scores_evidence"], labels, **frame)


def _profiles(
    t: Mapping[str, pd.DataFrame], cells: pd.DataFrame, labels: dict[str, str], model: Model, frame: Any
) -> "Figure":
    from gumflow.present.figures.profiles import draw_profiles

    return draw_profiles(t["scores_evidence"], model, labels, **frame)


def _constructs(
    t: Mapping[str, pd.DataFrame], cells: pd.DataFrame, labels: dict[str, str], model: Model, frame: Any
) -> "Figure":
    from gumflow.present.figures.profiles import draw_construct_matrix

    return draw_construct_matrix(t["statements"], model, labels, **frame)


def _network(
    t: Mapping[str, pd.DataFrame], cells: pd.DataFrame, labels: dict[str, str], model: Model, frame: Any
) -> "Figure":
    from gumflow.present.figures.governance_network import draw_governance_network

    (label,) = labels.values()
    return draw_governance_network(t["actors"], t["ties"], label, cells.iloc[0]["boundary"], **frame)


def _ladder(
    t: Mapping[str, pd.DataFrame], cells: pd.DataFrame, labels: dict[str, str], model: Model, frame: Any
) -> "Figure":
    from gumflow.present.figures.ladder import draw_ladder

    return draw_ladder(t["scores_chain"], labels, **frame)


def _chain(
    t: Mapping[str, pd.DataFrame], cells: pd.DataFrame, labels: dict[str, str], model: Model, frame: Any
) -> "Figure":
    from gumflow.present.figures.chain import draw_chain

    return draw_chain(t["chain"], labels, **frame)


def _timeline(
    t: Mapping[str, pd.DataFrame], cells: pd.DataFrame, labels: dict[str, str], model: Model, frame: Any
) -> "Figure":
    from gumflow.present.figures.timeline import draw_timeline

    (label,) = labels.values()
    return draw_timeline(t["events"], t["facts"], label, **frame)


_DRAW = {
    "model": _model,
    "profiles": _profiles,
    "constructs": _constructs,
    "network": _network,
    "ladder": _ladder,
    "chain": _chain,
    "timeline": _timeline,
}
if set(_DRAW) != set(CATALOG):
    raise GumflowError("the catalog of figures and the functions that draw them differ")
