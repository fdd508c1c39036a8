"""What coded statements say of a unit: numbers of statements with the range over coders, and who governs a cluster as a text has it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from gumflow.intake.statement_ties import AGREED
from gumflow.measures.registry import BOUNDARIES, COUNT, SHARE, measure
from gumflow.mechanisms.cluster import Cluster
from gumflow.mechanisms.governance_network import MODE_OF_KIND, MODES
from gumflow.mechanisms.rows import Rows

EXISTS = ("achieved", "partial")
MODE_OF_CONSTRUCT = {
    "firm_network_governance": "firm_led",
    "association_governance": "association_led",
    "government_governance": "government_led",
}
STATED_LAYERS = {"influence": "source", "service": "source", "policy": "source", "membership": "target"}
"""Layers whose stated ties say who governs, and the end at which it stands."""

_NO_STATEMENT = "withheld: no statement says who governs"
_NO_WISH = "withheld: no statement says who should govern"
_METHOD = "share of statements; range over coders"


@dataclass(frozen=True)
class Coded:
    """Number of statements of each group: the agreed coding, or the mean over coders; and that of each coding."""

    value: Mapping[str, float]
    by_coder: Sequence[Mapping[str, float]]

    @property
    def total(self) -> float:
        """Number of statements of all groups."""
        return sum(self.value.values())

    def share(self, group: str) -> tuple[float, float, float]:
        """Return the share of a group, with the least and greatest that any coding with a statement gives; NaN without statement."""
        shares = [c[group] / sum(c.values()) for c in self.by_coder if sum(c.values())]
        if not self.total or not shares:
            return (float("nan"),) * 3
        own = self.value[group] / self.total
        return own, min(own, *shares), max(own, *shares)


def coded(
    cluster: Cluster, groups: Mapping[str, str], states: Collection[str], *, helping: bool = False
) -> Coded:
    """Count a cluster's statements in these states by group (`groups`: group of each construct); `helping`: those of positive polarity."""
    names = list(dict.fromkeys(groups.values()))
    table = cluster.tables["statements"]
    if table.empty:
        return Coded(dict.fromkeys(names, 0.0), [])
    coders = sorted(set(table["coder"]))
    chosen = table[table["state"].isin(list(states)) & table["construct"].isin(list(groups))]
    if helping:
        chosen = chosen[chosen["polarity"] > 0]
    counts = chosen.groupby(["coder", chosen["construct"].map(groups)]).size()
    found = {c: {g: float(counts.get((c, g), 0)) for g in names} for c in coders}
    if AGREED in found:
        return Coded(found[AGREED], list(found.values()))
    means = pd.DataFrame(list(found.values())).mean()
    return Coded({g: float(means[g]) for g in names}, list(found.values()))


@measure(
    name="governance_stated_share",
    level="cluster",
    label_en="Statements on who governs",
    label_zh="关于治理主体的陈述占比",
    definition=(
        "Share of the statements on governance of what exists (achieved or partial) that are about each mode, in the agreed coding or as the mean over coders. "
        "It describes the text and ranks nothing."
    ),
    formula="statements of the mode / statements of the three modes; low and high: range over coders",
    source="Coding protocol, docs/coding.md, section 3 (2026) [reconstruction]",
    boundaries=BOUNDARIES,
    cost="linear",
    bounds=SHARE,
    interval_kind="coders",
)
@measure(
    name="governance_mode_stated",
    level="cluster",
    label_en="Governance mode as stated",
    label_zh="文本所述治理模式",
    definition="The mode on which most statements of what exists (achieved or partial) bear; mixed if two have as many. Evidence of a text, not a measurement.",
    formula="argmax of governance_stated_share",
    source="Coding protocol, docs/coding.md, section 3 (2026) [reconstruction]",
    boundaries=BOUNDARIES,
    cost="linear",
    scale="label",
)
@measure(
    name="governance_should_lead",
    level="cluster",
    label_en="Statements on who should govern",
    label_zh="关于应由谁主导治理的陈述占比",
    definition="Share of the statements on governance of what should be done (state recommended) that are about each mode. A wish, not the mode there is.",
    formula="recommended statements of the mode / recommended statements of the three modes; low and high: range over coders",
    source="Coding protocol, docs/coding.md, section 3 (2026); interview item IV19 [reconstruction]",
    boundaries=BOUNDARIES,
    cost="linear",
    bounds=SHARE,
    interval_kind="coders",
)
@measure(
    name="governance_stated_ties",
    level="cluster",
    label_en="Stated ties of those who govern",
    label_zh="文本所述治理关系数",
    definition=(
        "Number of achieved ties of influence, policy, service and membership that a text states, by the mode of the actor that leads, deals, serves or is "
        "joined. A tie that is not stated is not absent."
    ),
    formula="count of ties",
    source="Coding protocol, docs/coding.md, section 3 (2026) [reconstruction]",
    boundaries=BOUNDARIES,
    cost="linear",
    bounds=COUNT,
)
def add_stated_governance(rows: Rows) -> None:
    """Add who governs and who should govern as statements have it, and for a text the ties that it states."""
    cluster = rows.cluster
    now, wished = (
        coded(cluster, MODE_OF_CONSTRUCT, EXISTS),
        coded(cluster, MODE_OF_CONSTRUCT, ("recommended",)),
    )
    for name, found, why in (
        ("governance_stated_share", now, _NO_STATEMENT),
        ("governance_should_lead", wished, _NO_WISH),
    ):
        if not found.total:
            rows.withhold(name, why)
            continue
        for mode in MODES:
            add_share(rows, name, found, mode)
    if now.total:
        leading = sorted(MODES, key=lambda m: -now.value[m])
        clear = now.value[leading[0]] > now.value[leading[1]]
        rows.category(
            "governance_mode_stated",
            leading[0] if clear else "mixed",
            n=now.total,
            method="largest share of statements",
        )
    else:
        rows.withhold("governance_mode_stated", _NO_STATEMENT)
    if cluster.boundary == "text":
        _stated_ties(rows)


def add_share(rows: Rows, name: str, found: Coded, group: str) -> None:
    """Add the share of a group among statements, with the range over coders where more than one coding has any."""
    value, low, high = found.share(group)
    several = sum(1 for c in found.by_coder if sum(c.values())) > 1
    ends = {"low": low, "high": high, "interval_kind": "coders"} if several else {}
    rows.value(name, value, category=group, n=found.total, method=_METHOD, **ends)


def _stated_ties(rows: Rows) -> None:
    cluster = rows.cluster
    kinds = cluster.members["kind"]
    modes = [
        kinds.reindex(cluster.achieved(layer)[end]).map(MODE_OF_KIND) for layer, end in STATED_LAYERS.items()
    ]
    found = pd.concat([m.reset_index(drop=True) for m in modes]).value_counts()
    for mode in MODES:
        rows.value(
            "governance_stated_ties",
            float(found.get(mode, 0)),
            category=mode,
            n=float(found.sum()),
            method="number of stated ties",
        )
