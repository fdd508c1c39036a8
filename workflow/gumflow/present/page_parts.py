"""What all parts of a study's page are made of: tables, numbers and names as they are printed there."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gumflow.measures.registry import get_measure
from gumflow.networks.layers import LAYERS, NETWORKS

DASH = "–"
# Letters, since a dash with a figure would read as a negative number.
MARKS = "ᵃᵇᶜᵈᵉᶠᵍ"
Block = dict[str, Any]


def grid(
    head: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = (), notes: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a table: `numeric` columns stand at the right, notes below."""
    return {
        "head": list(head),
        "rows": [list(r) for r in rows],
        "numeric": set(numeric),
        "notes": list(notes),
    }


def number(value: float, digits: int = 2) -> str:
    """Return a number as printed; a dash for NaN."""
    if math.isnan(value):
        return DASH
    whole = value == int(value)
    # A bound of -0.0004 is shown as 0.00, not as a negative nothing.
    text = str(int(value)) if whole else f"{round(value, digits) + 0.0:.{digits}f}"
    return text.replace("-", "−")


def span(low: float, high: float, digits: int = 2) -> str:
    """Return an interval as printed; a dash if it is not known."""
    return DASH if math.isnan(low) else f"{number(low, digits)} … {number(high, digits)}"


def with_interval(row: Mapping[str, Any]) -> str:
    """Return the value of a score, with its interval if it has one; small numbers with a third digit."""
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    digits = 3 if abs(value) < 0.1 else 2
    without = math.isnan(low) or low == high == value
    return number(value, digits) + ("" if without else f" ({span(low, high, digits)})")


def cell_name(cell: Mapping[str, Any], cells: pd.DataFrame, language: str) -> str:
    """Return the label of a cluster, with the wave if it has several."""
    several = (cells["cluster"] == cell["cluster"]).sum() > 1
    return cell[f"cluster_{language}"] + (f" ({cell['wave']})" if several else "")


def measure_label(measure: str, language: str) -> str:
    """Return the label of a declared measure."""
    declared = get_measure(measure)
    return declared.label_zh if language == "zh" else declared.label_en


def network_label(name: str, language: str) -> str:
    """Return the label of one of the five networks."""
    return NETWORKS[name].label_zh if language == "zh" else NETWORKS[name].label_en


def layer_label(name: str, language: str) -> str:
    """Return the label of a layer."""
    return LAYERS[name].label_zh if language == "zh" else LAYERS[name].label_en
