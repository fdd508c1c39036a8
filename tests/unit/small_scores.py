"""Small tables of scores, as the figures of networks read them."""

from itertools import combinations

import numpy as np
import pandas as pd

from gumflow.contract.model import Model
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


def of_mechanism(
    unit_kind: str, unit: str, measure: str, value: float, half: float = np.nan, category: str = ""
) -> dict:
    """A row about a unit of the model, `half` an interval's half-width."""
    more = {"unit_kind": unit_kind, "unit": unit, "category": category, "n": 72.0}
    return row("", measure, value, value - half, value + half, **more)


def mechanism_scores() -> pd.DataFrame:
    """Every number that the figures of the mechanisms read, each another one."""
    rows = [*_governance_rows(), *_learning_rows(), *_emergence_rows(), *_path_rows()]
    for place, unit in enumerate(("learning", "innovation", "social_capital", "external_linkage")):
        way = ("technical", "innovative", "social", "linkage")[place]
        rows.append(of_mechanism("mechanism", unit, "mechanism_score", 0.41 + place / 100, 0.06))
        held = {"withheld": "withheld: no question asks it"} if way != "linkage" else {}
        value = np.nan if held else 0.27
        rows.append(of_mechanism("mechanism", unit, "mechanism_way_association", value, 0.2) | held)
        rows.append(of_mechanism("part", f"{unit}.synergy", "mechanism_score", 0.61 + place / 100, 0.1))
    return pd.DataFrame(rows)


def _governance_rows() -> list[dict]:
    at = ("factor", "governance")
    rows = [
        of_mechanism(*at, "governance_share", value, 0.07, leader)
        for leader, value in (("firm_led", 0.44), ("association_led", 0.31), ("government_led", 0.25))
    ]
    rows.append(of_mechanism(*at, "governance_mode", np.nan, category="firm_led"))
    for measure, value in (
        ("governance_margin", 0.13), ("governance_entropy", 0.97), ("governance_hybrid", 0.33), ("board_seats_lead_share", 0.52), ("association_bridge", 0.61),
        ("association_judge", 0.22), ("association_server", 0.36), ("government_delegation", 0.18),
    ):  # fmt: skip
        rows.append(of_mechanism(*at, measure, value, 0.11))
    blocks = ("firm_firm", "firm_association", "firm_government", "association_government")
    rows += [
        of_mechanism(*at, "governance_block_ties", 0.035 + 0.21 * i, 0.02, b) for i, b in enumerate(blocks)
    ]
    rows += [
        of_mechanism(*at, "firm_network_density", 0.052 + 0.01 * i, 0.004, n)
        for i, n in enumerate(("transaction", "social", "knowledge"))
    ]
    rows.append(of_mechanism(*at, "governance_should_lead", 0.72, category="association_led"))
    return rows


def _learning_rows() -> list[dict]:
    rows = []
    at = ("part", "learning.process")
    for place, stage in enumerate(("spillover", "conversion", "harvest")):
        for shift, group in enumerate(("all", "high", "low")):
            value = 1.3 - place / 3 + (0, 0.4, -0.35)[shift]
            rows.append(of_mechanism(*at, f"knowledge_{stage}_mean", value, 0.15, group))
        rows.append(of_mechanism(*at, f"knowledge_{stage}_high_share", 0.55 + place / 10, 0.08))
        if stage != "harvest":
            rows.append(of_mechanism(*at, "explicit_share", 0.38 + place / 10, 0.05, stage))
    return rows


FIELDS = {"process": (12, 0.11), "equipment": (5, 0.07), "dyeing": (2, 0.03)}


def _emergence_rows() -> list[dict]:
    at = ("part", "innovation.network_emergence")
    rows = [
        of_mechanism(*at, "knowledge_fields_mean", 2.4, 0.3),
        of_mechanism(*at, "technology_space_mean", 4.6, 1.2),
        of_mechanism(*at, "network_emergence_probability", 0.08, 0.01, "all"),
        of_mechanism(*at, "core_participants", 19.0, category="all"),
        of_mechanism(*at, "technology_life", 6.0, category="all"),
        of_mechanism(*at, "cost_condition_share", 0.57, 0.09),
    ]
    for field, (core, chance) in FIELDS.items():
        rows.append(of_mechanism(*at, "network_emergence_probability", chance, 0.02, field))
        rows.append(of_mechanism(*at, "core_participants", float(core), category=field))
        rows.append(of_mechanism(*at, "technology_life", 10.0 - core / 4, category=field))
    return rows


CHAIN = (
    ("trust", "knowledge_sharing"), ("trust", "cost_reduction"), ("knowledge_sharing", "allocation"), ("cost_reduction", "allocation"),
    ("knowledge_sharing", "innovation"), ("cost_reduction", "innovation"),
)  # fmt: skip
RESTS_ON = {
    "process": ("technical", "innovative", "social"), "product": ("technical", "innovative", "social"), "functional": ("social", "linkage"),
    "chain": ("technical", "innovative", "linkage", "social"),
}  # fmt: skip


def _path_rows() -> list[dict]:
    at = ("path_model", "social_capital")
    rows = []
    for place, (cause, effect) in enumerate(CHAIN):
        value = (0.62, 0.41, 0.08, 0.33, 0.51, -0.29)[place]
        rows.append(of_mechanism(*at, "path_coefficient", value, 0.17, f"{cause} > {effect}"))
    for outcome in ("knowledge_sharing", "cost_reduction", "allocation", "innovation"):
        rows.append(of_mechanism(*at, "path_r_squared", 0.2 + len(outcome) / 100, 0.05, outcome))
    for middle in ("knowledge_sharing", "cost_reduction"):
        for end in ("allocation", "innovation"):
            name = f"trust > {middle} > {end}"
            rows.append(of_mechanism(*at, "indirect_effect", (len(end) - 9) / 10 + 0.05, 0.09, name))
    for path, ways in RESTS_ON.items():
        for place, way in enumerate(ways):
            value = (0.35, 0.12, -0.22, 0.48)[place]
            rows.append(of_mechanism("path", path, "upgrading_coefficient", value, 0.15, way))
        rows.append(of_mechanism("path", path, "upgrading_r_squared", 0.2 + len(path) / 100, 0.06))
    return rows


def evidence_scores(model: Model) -> pd.DataFrame:
    """Counts and balances of statements on every mechanism, part, way, path and on the constructs of governance."""
    units = [
        *(("mechanism", m) for m in model.mechanisms), *(("part", p) for p in model.constructs_of_parts()), *(("way", w) for w in model.ways),
        *(("path", p) for p in model.paths), *(("construct", c) for c in model.constructs if c.endswith("governance")),
    ]  # fmt: skip
    rows = []
    for place, (kind, unit) in enumerate(units):
        at = {"unit_kind": kind, "unit": unit, "n": 7.0}
        balance = (place % 9 - 4) / 5
        rows.append(row("evidence", "evidence_balance", balance, balance - 0.05, balance + 0.05, **at))
        for shift, state in enumerate(("helping", "hindering", "lacking", "recommended")):
            rows.append(row("evidence", f"statements_{state}", float((place + shift) % 6), **at))
    return pd.DataFrame(rows)
