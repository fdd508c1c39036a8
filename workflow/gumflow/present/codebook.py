"""Every declared measure: whoever lists the registry must first have imported the modules that declare."""

from typing import get_args

import gumflow.inference.value_capture
import gumflow.measures.compute
import gumflow.mechanisms.evidence
import gumflow.mechanisms.external_linkage  # noqa: F401 - importing declares the measures
from gumflow.measures.registry import Level, Measure, all_measures

# The order of pages and codebooks; that of imports differs from program to program.
_MODULES = (
    "gumflow.measures.centrality",
    "gumflow.measures.structure",
    "gumflow.measures.compute",
    "gumflow.mechanisms.evidence",
    "gumflow.mechanisms.external_linkage",
    "gumflow.inference.value_capture",
)


def declared_measures() -> tuple[Measure, ...]:
    """Return every measure of gumflow by level (actor, dyad, network, unit, cluster, count), then by module and declaration."""
    levels = get_args(Level)
    found = [m for m in all_measures() if m.function.__module__ in _MODULES]
    return tuple(sorted(found, key=lambda m: (levels.index(m.level), _MODULES.index(m.function.__module__))))
