"""Small tables of scores, as the figures of networks read them."""

from itertools import combinations

import numpy as np
import pandas as pd

from gumflow.measures.roles import ROLES
from gumflow.networks.layers import LAYERS

SPANS = {"density": (0.1, 0.3), "reciprocity_arc": (0.5, 0.9), "centralization_in_degree": (0.2, 0.6)}


def row(
    layer: str, measure: str, value: float, low: float = np.nan, high: float = np.nan, **more: object
) -> dict:
    interval = "" if np.isnan(low) else "sampling"
    return {
        "layer": layer, "unit_kind": "network", "unit": "a", "measure": measure, "category": "", "value": value, "low": low, "high": high,
        "interval_kind": interval, "n": 9.0, "coverage": 1.0, "withheld": "", "method": "boundary census",
    } | more  # fmt: skip


def network_scores() -> pd.DataFrame:
    """Firm and governance network with all statistics, a government network with some, an association network without ties."""
    rows = []
    for place, layer in enumerate(("firm", "government", "governance")):
        rows.append(row(layer, "ties", 10.0 + place))
        for measure, (low, high) in SPANS.items():
            rows.append(
                row(layer, measure, (low + high) / 2 + place / 100, low, high, coverage=1 - place / 10)
            )
        rows.append(row(layer, "ei_index_group", 1.0 - place, *((-0.9, 0.4) if place else (np.nan, np.nan))))
        rows.append(row(layer, "ei_index_group_expected", -0.125))
        rows.append(row(layer, "ei_index_group_p", 0.25 / (place + 1)))
    for layer in ("firm", "governance"):
        rows.append(row(layer, "transitivity_collapsed", 0.375, 0.3, 0.45))
        rows.append(row(layer, "modularity", 0.21 if layer == "firm" else -0.05))
    rows.append(row("government", "transitivity_collapsed", np.nan, withheld="undefined: no two-path"))
    rows.append(row("government", "modularity", np.nan, withheld="withheld: too few answered"))
    rows += [
        row("association", "ties", 0.0),
        row("chain_network", "ties", 12.0),
        row("chain_network", "density", 0.7),
    ]
    return pd.DataFrame(rows)


def layer_scores(layers: int = 5) -> pd.DataFrame:
    """Correlations of the first layers; every second p is .01, the last pair is undefined, units in the order of the alphabet."""
    names = [name for name in LAYERS if name != "pipeline"][:layers]
    rows = []
    pairs = list(combinations(names, 2))
    for place, pair in enumerate(pairs):
        at = {
            "unit_kind": "layer_pair",
            "unit": " | ".join(sorted(pair)),
            "method": "QAP, 2000 permutations",
            "n": 72.0,
        }
        last = place == len(pairs) - 1
        value = np.nan if last else -0.9 + 1.8 * place / len(pairs)
        why = "undefined: one layer is tied nowhere" if last else ""
        rows.append(row("", "layer_qap_correlation", value, **at | {"withheld": why}))
        if not last:
            rows.append(row("", "layer_qap_p", 0.01 if place % 2 == 0 else 0.6, **at))
    rows.append(
        row(
            "firm",
            "layer_jaccard",
            0.5,
            unit_kind="layer_pair",
            unit=" | ".join(pairs[0]),
            method="boundary census",
        )
    )
    return pd.DataFrame(rows)


def role_scores() -> pd.DataFrame:
    """Sums of the five roles in the governance network; the liaison has no z, and the firm network has other numbers."""
    rows = []
    for place, role in enumerate(ROLES):
        rows.append(row("governance", f"brokerage_{role}_sum", 30.0 * place + 4))
        rows.append(row("governance", f"brokerage_{role}_sum_expected", 25.5 * place + 10))
        if role != "liaison":
            rows.append(row("governance", f"brokerage_{role}_sum_z", 1.5 * place - 2.5))
        rows.append(row("firm", f"brokerage_{role}_sum", 7777.0))
    rows.append(
        row("governance", "brokerage_liaison_sum_z", np.nan, withheld="undefined: shuffling cannot change it")
    )
    rows.append(row("governance", "brokerage_total_sum", 9999.0))
    return pd.DataFrame(rows)
