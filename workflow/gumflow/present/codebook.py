"""Every declared measure: whoever lists the registry must first have imported the modules that declare."""

from typing import get_args

import gumflow.inference.value_capture
import gumflow.measures.compute
import gumflow.mechanisms.evidence
import gumflow.mechanisms.external_linkage  # noqa: F401 - importing declares the measures
from gumflow.measures.registry import Level, Measure, all_measures


def declared_measures() -> tuple[Measure, ...]:
    """Return every measure of gumflow, by level (actor, dyad, network, unit, cluster, count), then in the order of declaration."""
    return tuple(m for level in get_args(Level) for m in all_measures() if m.level == level)
