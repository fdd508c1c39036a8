"""What a study reports at all, counted as it stands: ties by layer and state, actors by kind and place."""

from collections.abc import Sequence

import pandas as pd

from gumflow.contract.scores import scores_table
from gumflow.measures.registry import measure
from gumflow.networks.layers import BOUNDARIES


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
