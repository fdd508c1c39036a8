"""All declared measures of all networks of one cluster and wave, as tables.

What the data cannot bear is withheld with a reason.

`actor_measures` is wide (one row for each network and actor), `scores` is long (one row for each value or
reason). A missing cell of the wide table is always explained by a row of the long one.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.scores import scores_table
from gumflow.measures import centrality, structure  # noqa: F401 - importing declares the measures
from gumflow.measures.registry import COMPLETE, Measure, measure, measures_at, withheld_reason
from gumflow.networks.graph import Network
from gumflow.networks.layers import BOUNDARIES

_NO_TIE = (
    "withheld: no achieved tie of this network is reported, and whether there is none or nobody was asked is "
    "not recorded; it would need one report of such a tie"
)


def measure_actors(
    networks: Sequence[Network], *, study: str, cluster: str, wave: str, grade: str
) -> pd.DataFrame:
    """Compute every actor measure on every network of one cluster and wave.

    Returns study, cluster, wave, layer (name of the network), actor, one float64 column for each measure in
    the order of the registry, grade. A measure that the network cannot bear is NaN for all its actors;
    `measure_networks` says why.
    """
    declared = measures_at("actor")
    columns = ["study", "cluster", "wave", "layer", "actor", *(m.name for m in declared), "grade"]
    parts = []
    for network in networks:
        values = {m.name: _actor_values(m, network) for m in declared}
        parts.append(
            pd.DataFrame({"layer": network.name, "actor": pd.Series(network.actors, dtype="str"), **values})
        )
    if not parts:
        raise GumflowError("no network is given; build at least one")
    table = pd.concat(parts, ignore_index=True)
    return table.assign(study=study, cluster=cluster, wave=wave, grade=grade)[columns].astype(
        {"layer": "str"}
    )


def measure_networks(
    networks: Sequence[Network],
    actor_measures: pd.DataFrame,
    *,
    study: str,
    cluster: str,
    wave: str,
    grade: str,
) -> pd.DataFrame:
    """Compute every network measure on every network, and explain what `actor_measures` lacks.

    Returns rows of `scores` (`contract.scores`): layer = name of the network, unit_kind = network, unit
    = cluster, n = actors of the network, method = its boundary. `withheld` holds a reason where there is no
    value and is empty otherwise; it starts with `withheld:` (the data cannot bear it), `undefined:` (it has
    no value by definition) or `not applicable:` (it is not defined on this network). An actor measure that is
    missing for some or all actors of a network has one row without a value.
    """
    rows = []
    for network in networks:
        found = [(m, *_network_value(m, network)) for m in measures_at("network")]
        of_actors = actor_measures[actor_measures["layer"] == network.name]
        gaps = [(m, math.nan, _gap(m, network, of_actors[m.name])) for m in measures_at("actor")]
        for m, value, withheld in found + [gap for gap in gaps if gap[2]]:
            rows.append(
                {
                    "layer": network.name,
                    "unit_kind": "network",
                    "unit": cluster,
                    "measure": m.name,
                    "value": value,
                    "interval_kind": m.interval_kind or "",
                    "n": network.size,
                    "withheld": withheld,
                    "method": f"boundary {network.boundary}",
                }
            )
    return _as_scores(rows, study, cluster, wave, grade)


def count_ties(
    actors: pd.DataFrame, ties: pd.DataFrame, *, study: str, cluster: str, wave: str, grade: str
) -> pd.DataFrame:
    """Count reported ties by layer and state, and actors by kind and place, as rows of `scores`.

    Ties: measure `ties_stated`, layer and unit = the layer, unit_kind = layer, category = state, n = ties of
    the layer. Rows of the table are counted as they stand, loops, ties that leave the cluster and the three
    layers that enter no network included; an undirected tie is one. Actors: measure `actors_listed`,
    unit_kind = kind, unit = kind, category = place, n = actors of the kind, no layer. Combinations that do
    not occur have no row.
    """
    rows = _counts(ties, "layer", "state", "ties_stated")
    for row in rows:
        row["layer"] = row["unit"]
    rows += _counts(actors, "kind", "place", "actors_listed")
    return _as_scores(rows, study, cluster, wave, grade)


def _counts(table: pd.DataFrame, unit: str, category: str, name: str) -> list[dict[str, object]]:
    totals = table.groupby(unit, observed=True).size()
    sizes = table.groupby([unit, category], observed=True).size().reset_index(name="value")
    return [
        {
            "unit_kind": unit,
            "unit": row[unit],
            "measure": name,
            "category": row[category],
            "value": float(row["value"]),
            "n": int(totals[row[unit]]),
            "method": "count of rows",
        }
        for row in sizes.to_dict("records")
    ]


def _reason(declared: Measure, network: Network) -> str:
    reason = withheld_reason(declared, network.boundary, network.name)
    # A count of no ties is true; anything that reads absent ties would pass "not asked" off as "absent".
    if reason is None and network.arcs == 0 and set(declared.boundaries) == set(COMPLETE):
        reason = _NO_TIE
    return reason or ""


def _actor_values(declared: Measure, network: Network) -> np.ndarray:
    if _reason(declared, network):
        return np.full(network.size, np.nan)
    return declared.function(network)


def _network_value(declared: Measure, network: Network) -> tuple[float, str]:
    reason = _reason(declared, network)
    if reason and reason != _NO_TIE:
        return math.nan, reason
    value = declared.function(network)
    if math.isnan(value):
        return value, _undefined(declared)
    return (math.nan, reason) if reason else (value, "")


def _gap(declared: Measure, network: Network, values: pd.Series) -> str:
    reason = _reason(declared, network)
    missing = int(values.isna().sum())
    if reason or not missing:
        return reason
    return f"{_undefined(declared)} ({missing} of {network.size} actors)"


def _undefined(declared: Measure) -> str:
    if not declared.undefined:
        raise ValueError(
            f"measure {declared.name!r} has no value but declares no case in which it is undefined"
        )
    return f"undefined: {declared.undefined}"


def _as_scores(
    rows: Sequence[dict[str, object]], study: str, cluster: str, wave: str, grade: str
) -> pd.DataFrame:
    cell = {"study": study, "cluster": cluster, "wave": wave, "grade": grade}
    return scores_table([row | cell for row in rows])


for _name, _en, _zh, _what in (
    ("ties_stated", "Ties reported", "已报告的关系数", "ties of a layer in a state"),
    ("actors_listed", "Actors listed", "已列出的行动者数", "actors of a kind at a place"),
):
    measure(
        name=_name,
        level="count",
        label_en=_en,
        label_zh=_zh,
        definition=f"Number of rows that give {_what}, as they stand in the study's table. A combination that does not occur has no row.",
        formula="count of rows",
        source="The study's own tables, docs/data_contract.md (2026)",
        boundaries=BOUNDARIES,
        cost="linear",
    )(count_ties)
