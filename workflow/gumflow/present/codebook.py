"""Every declared measure: whoever lists the registry must first have imported the modules that declare."""

from typing import get_args

import gumflow.inference.export_scores
import gumflow.inference.layer_pairs
import gumflow.inference.mechanism_models
import gumflow.inference.value_capture
import gumflow.measures.study
import gumflow.mechanisms.agreement
import gumflow.mechanisms.contagion
import gumflow.mechanisms.evidence
import gumflow.mechanisms.external_linkage
import gumflow.mechanisms.study
import gumflow.present.survey_tables  # noqa: F401 - importing declares the measures
from gumflow.measures.compute import GRAPH_MODULES
from gumflow.measures.registry import GRAPH_LEVELS, Level, Measure, all_measures

# The order of pages and codebooks; that of imports differs from program to program.
_MODULES = (
    *GRAPH_MODULES,
    "gumflow.measures.egos",
    "gumflow.measures.waves",
    "gumflow.measures.study",
    "gumflow.measures.counts",
    "gumflow.mechanisms.evidence",
    "gumflow.mechanisms.agreement",
    "gumflow.mechanisms.external_linkage",
    "gumflow.mechanisms.factor_scores",
    "gumflow.mechanisms.learning_network",
    "gumflow.mechanisms.absorptive",
    "gumflow.mechanisms.learning",
    "gumflow.mechanisms.learning_modes",
    "gumflow.mechanisms.learning_roles",
    "gumflow.mechanisms.gatekeepers",
    "gumflow.mechanisms.synergy",
    "gumflow.mechanisms.learning_process",
    "gumflow.mechanisms.barter",
    "gumflow.mechanisms.contagion",
    "gumflow.mechanisms.innovation_network",
    "gumflow.mechanisms.innovation_emergence",
    "gumflow.mechanisms.innovation",
    "gumflow.mechanisms.innovation_elements",
    "gumflow.mechanisms.trust",
    "gumflow.mechanisms.social_structure",
    "gumflow.mechanisms.social_capital",
    "gumflow.mechanisms.shared_cognition",
    "gumflow.mechanisms.renewal",
    "gumflow.mechanisms.linkage",
    "gumflow.mechanisms.chain_governance",
    "gumflow.mechanisms.ladder",
    "gumflow.mechanisms.governance",
    "gumflow.mechanisms.governance_network",
    "gumflow.mechanisms.associations",
    "gumflow.mechanisms.stated",
    "gumflow.mechanisms.public_policy",
    "gumflow.mechanisms.policy_answers",
    "gumflow.mechanisms.policy_principles",
    "gumflow.mechanisms.lead_firms",
    "gumflow.mechanisms.lead_effects",
    "gumflow.mechanisms.descriptors",
    "gumflow.inference.spillover",
    "gumflow.inference.path_model",
    "gumflow.inference.inverted_u",
    "gumflow.inference.mechanism_models",
    "gumflow.inference.two_way",
    "gumflow.inference.layer_pairs",
    "gumflow.inference.value_capture",
    "gumflow.inference.export_scores",
    "gumflow.present.answer_tables",
    "gumflow.intake.answer_checks",
    "gumflow.present.survey_tables",
)


def declared_measures() -> tuple[Measure, ...]:
    """Return every measure of gumflow by level (actor, dyad, network, unit, cluster, count), then by module and declaration."""
    levels = get_args(Level)
    found = [m for m in all_measures() if m.function.__module__ in _MODULES]
    return tuple(sorted(found, key=lambda m: (levels.index(m.level), _MODULES.index(m.function.__module__))))


def networks_of(declared: Measure) -> str:
    """Say in words on which networks a measure is defined; empty if it is not read off a network."""
    if declared.level not in GRAPH_LEVELS:
        return ""
    where = {
        "any": "all",
        "inside": "those that stay inside the cluster",
        "chain": "those that leave the cluster",
    }[declared.scope]
    return where + (", with directed ties" if declared.directed_only else "")
