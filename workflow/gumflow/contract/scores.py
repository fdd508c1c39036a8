"""The long table `scores`: everything said about a network, cluster, factor, way or path, one value a row."""

import math
from collections.abc import Iterable, Mapping

import pandas as pd

TEXT = (
    "study",
    "cluster",
    "wave",
    "layer",
    "unit_kind",
    "unit",
    "measure",
    "category",
    "interval_kind",
    "grade",
    "withheld",
    "method",
)
SCORE_COLUMNS = [
    "study", "cluster", "wave", "layer", "unit_kind", "unit", "measure", "value", "category", "low", "high", "interval_kind",
    "n", "coverage", "grade", "withheld", "method",
]  # fmt: skip
SCORE_KEY = ["study", "cluster", "wave", "layer", "unit_kind", "unit", "measure", "category"]


def scores_table(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Return rows as the scores table: every column there, texts empty and numbers NaN where a row has none, sorted by key."""
    rows = list(rows)
    records = [{c: r.get(c, "" if c in TEXT else math.nan) for c in SCORE_COLUMNS} for r in rows]
    unknown = {k for r in rows for k in r} - set(SCORE_COLUMNS)
    if unknown:
        raise KeyError(f"scores have no column {', '.join(sorted(unknown))}")
    table = pd.DataFrame(records, columns=SCORE_COLUMNS)
    for column in SCORE_COLUMNS:
        table[column] = table[column].astype("str" if column in TEXT else "float64")
    return table.sort_values(SCORE_KEY, kind="stable").reset_index(drop=True)
