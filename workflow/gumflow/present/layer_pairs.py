"""The comparisons of layers in the scores, one row for every two: for the figure and for the page."""

import math
import re
from typing import Any

import pandas as pd

from gumflow.networks.layers import LAYERS

LEVEL = 0.05
"""Below this p a correlation is told from chance."""


def layer_pairs(scores: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every two layers: a before b in the order of `LAYERS`, r, p, n, permutations (NaN where unknown)."""
    rows = scores[
        (scores["unit_kind"] == "layer_pair")
        & scores["measure"].isin(["layer_qap_correlation", "layer_qap_p"])
    ]
    order = {name: place for place, name in enumerate(LAYERS)}
    by_unit: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows[["unit", "measure", "value", "n", "method"]].to_dict("records"):
        by_unit.setdefault(row["unit"], {})[row["measure"]] = row
    found = []
    for unit, values in by_unit.items():
        a, b = sorted(unit.split(" | "), key=order.__getitem__)
        r = values["layer_qap_correlation"]
        p = values["layer_qap_p"]["value"] if "layer_qap_p" in values else math.nan
        drawn = re.search(r"(\d+) permutations", str(r["method"]))
        found.append(
            {
                "a": a, "b": b, "r": float(r["value"]), "p": float(p),
                "n": float(r["n"]), "permutations": int(drawn.group(1)) if drawn else 0,
            }
        )  # fmt: skip
    return pd.DataFrame(found, columns=["a", "b", "r", "p", "n", "permutations"])
