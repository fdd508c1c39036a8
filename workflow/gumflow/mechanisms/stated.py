"""What coded statements say of a unit: numbers of statements with the range over coders, and who governs a cluster as a text has it.

Sentences that are coded alike for several clusters of a study are general claims: they say nothing of who governs one of them, and are left out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from gumflow.intake.statement_ties import AGREED
from gumflow.measures.registry import BOUNDARIES, COUNT, SHARE, measure
from gumflow.mechanisms.cluster import Cluster
from gumflow.mechanisms.governance_network import HYBRID, MODES
from gumflow.mechanisms.rows import FEWEST, Rows

EXISTS = ("achieved", "partial")
MODE_OF_CONSTRUCT = {
    "firm_network_governance": "firm_led",
    "association_governance": "association_led",
    "government_governance": "government_led",
}
STATED_LAYERS = {"influence": "source", "service": "source", "policy": "source", "membership": "target"}
"""Layers whose stated ties say who governs, and the end at which it stands."""
LEAD_CLASSES = ("class_lead_firms", "class_large_firms")
MODE_OF_STATED_KIND = {
    "firm": "firm_led",
    "association": "association_led",
    "government": "government_led",
    "regulator": "government_led",
}
MODE_OF_CLASS = {
    **dict.fromkeys((*LEAD_CLASSES, "class_owners"), "firm_led"),
    "class_associations": "association_led",
}
"""Mode of the classes of actors (kind class) that govern, by their id in the coding of texts; other classes govern nothing."""
_OF_HYBRID = {c: HYBRID if c != "government_governance" else mode for c, mode in MODE_OF_CONSTRUCT.items()}

_NO_STATEMENT = (
    "withheld: what is said of this cluster alone names nobody who governs it, or says that it is lacking"
)
_FEW = "withheld: {n:g} statement(s) on this cluster alone say who governs it, net of those that it is lacking, and {least} are needed"
_NO_WISH = "withheld: no statement on this cluster alone says who should govern"
_NO_TIE = "withheld: no achieved tie of a local body that governs is stated"
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
    """Count statements on this cluster alone in these states by group (`groups`: group of each construct); `helping`: of positive polarity."""
    names = list(dict.fromkeys(groups.values()))
    table = cluster.tables["statements"]
    if table.empty:
        return Coded(dict.fromkeys(names, 0.0), [])
    coders = sorted(set(table["coder"]))
    if "general" in table.columns:
        table = table[~table["general"].to_numpy(dtype=bool)]
    chosen = table[table["state"].isin(list(states)) & table["construct"].isin(list(groups))]
    if helping:
        chosen = chosen[chosen["polarity"] > 0]
    counts = chosen.groupby(["coder", chosen["construct"].map(groups)]).size()
    found = {c: {g: float(counts.get((c, g), 0)) for g in names} for c in coders}
    if AGREED in found:
        return Coded(found[AGREED], list(found.values()))
    means = pd.DataFrame(list(found.values())).mean()
    return Coded({g: float(means[g]) for g in names}, list(found.values()))


def less(found: Coded, taken: Coded) -> Coded:
    """Return the statements of each group less those of another count of the same groups and coders, at least 0."""
    by_coder = [
        {g: max(0.0, a[g] - b[g]) for g in a} for a, b in zip(found.by_coder, taken.by_coder, strict=True)
    ]
    return Coded({g: max(0.0, n - taken.value[g]) for g, n in found.value.items()}, by_coder)


@measure(
    name="governance_stated_share",
    level="cluster",
    label_en="Statements on who governs",
    label_zh="关于治理主体的陈述占比",
    definition=(
        "Share of the statements on governance of what exists (achieved or partial, less those that say it is lacking, at least 0) that are about each mode, "
        "in the agreed coding or as the mean over coders. Sentences coded alike for several clusters are left out; three statements are needed. "
        "It describes the text and ranks nothing."
    ),
    formula="max(0, exists_m - lacking_m) / sum over the three modes; low and high: range over coders",
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
    definition=(
        "The mode with the largest share of statements on who governs; mixed if two have as many. association_led_by_lead_firms if it is association_led and "
        "a tie of influence from lead firms to an association is stated as achieved. Evidence of a text, not a measurement."
    ),
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
    definition=(
        "Share of the statements on governance of what should be done (state recommended) that are about each mode. Where a tie of influence from lead firms to "
        "an association is recommended too, statements on firms and on associations count together as association_led_by_lead_firms. "
        "A wish, not the mode there is."
    ),
    formula="recommended statements of the mode / recommended statements of all modes; low and high: range over coders",
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
        "Number of achieved ties of influence, policy, service and membership that a text states, by the mode of the local actor that leads, deals, serves or is "
        "joined: firms (also lead firms, large firms and owners as classes), associations, government. Service bodies and bodies of other places count nowhere. "
        "A tie that is not stated is not absent."
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
    exists = coded(cluster, MODE_OF_CONSTRUCT, EXISTS)
    now = less(exists, coded(cluster, MODE_OF_CONSTRUCT, ("lacking",)))
    if now.total >= FEWEST:
        for mode in MODES:
            add_share(rows, "governance_stated_share", now, mode)
        _stated_mode(rows, now)
    else:
        why = _FEW.format(n=now.total, least=FEWEST) if now.total else _NO_STATEMENT
        for name in ("governance_stated_share", "governance_mode_stated"):
            rows.withhold(name, why)
    _wishes(rows)
    if cluster.boundary == "text":
        _stated_ties(rows)


def add_share(rows: Rows, name: str, found: Coded, group: str, method: str = _METHOD) -> None:
    """Add the share of a group among statements, with the range over coders where more than one coding has any."""
    value, low, high = found.share(group)
    several = sum(1 for c in found.by_coder if sum(c.values())) > 1
    ends = {"low": low, "high": high, "interval_kind": "coders"} if several else {}
    rows.value(name, value, category=group, n=found.total, method=method, **ends)


def _stated_mode(rows: Rows, now: Coded) -> None:
    leading = sorted(MODES, key=lambda m: -now.value[m])
    mode = leading[0] if now.value[leading[0]] > now.value[leading[1]] else "mixed"
    method = "largest share of statements"
    led = _led_by_lead_firms(rows.cluster, "achieved")
    if mode == "association_led" and led is not None:
        mode, method = HYBRID, f"{method}; lead firms are said to lead the association{led}"
    rows.category("governance_mode_stated", mode, n=now.total, method=method)


def _wishes(rows: Rows) -> None:
    led = _led_by_lead_firms(rows.cluster, "recommended")
    groups = MODE_OF_CONSTRUCT if led is None else _OF_HYBRID
    found = coded(rows.cluster, groups, ("recommended",))
    if not found.total:
        rows.withhold("governance_should_lead", _NO_WISH)
        return
    method = f"{_METHOD}; firms and associations together, as lead firms should lead the association{led}"
    for group in dict.fromkeys(groups.values()):
        add_share(rows, "governance_should_lead", found, group, _METHOD if led is None else method)


def _led_by_lead_firms(cluster: Cluster, state: str) -> str | None:
    """Return where a tie of influence in this state from lead firms to a local association is stated, as " (section, paragraph)"; None if nowhere."""
    ties = cluster.ties
    if cluster.boundary != "text" or ties.empty:
        return None
    of_mode = _modes_of(cluster, ties["target"])
    chosen = ties[
        (ties["layer"] == "influence")
        & (ties["state"] == state)
        & ties["source"].isin(LEAD_CLASSES)
        & (of_mode == "association_led").to_numpy()
    ]
    if chosen.empty:
        return None
    columns = [c for c in ("section", "paragraphs") if c in chosen.columns]
    return f" ({', paragraph '.join(str(chosen.iloc[0][c]) for c in columns)})" if columns else ""


def _modes_of(cluster: Cluster, actors: pd.Series) -> pd.Series:
    """Return on whose side of governance each actor stands, as a text is coded; NaN for bodies that serve, other classes, and other places."""
    members = cluster.members.reindex(actors)
    kinds = members["kind"].map(MODE_OF_STATED_KIND).to_numpy()
    classes = pd.Series(members.index).map(MODE_OF_CLASS).to_numpy()
    modes = pd.Series(kinds, dtype=object).where(
        (members["kind"] != "class").to_numpy(), pd.Series(classes, dtype=object)
    )
    return modes.where(members["inside"].eq(True).to_numpy())


def _stated_ties(rows: Rows) -> None:
    cluster = rows.cluster
    modes = [_modes_of(cluster, cluster.achieved(layer)[end]) for layer, end in STATED_LAYERS.items()]
    found = pd.concat(modes, ignore_index=True).value_counts()
    if found.empty:
        rows.withhold("governance_stated_ties", _NO_TIE)
        return
    for mode in MODES:
        rows.value(
            "governance_stated_ties",
            float(found.get(mode, 0)),
            category=mode,
            n=float(found.sum()),
            method="number of stated ties",
        )
