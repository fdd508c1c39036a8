"""Every declared measure: whoever lists the registry must first have imported the modules that declare."""

import gumflow.inference.value_capture
import gumflow.measures.compute
import gumflow.mechanisms.evidence
import gumflow.mechanisms.external_linkage  # noqa: F401 - importing declares the measures
from gumflow.measures.registry import Measure, all_measures


def declared_measures() -> tuple[Measure, ...]:
    """Return every measure of gumflow, in the order of declaration."""
    return all_measures()
