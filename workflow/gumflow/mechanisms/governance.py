"""Who governs a cluster: its firms, its associations or its government, and the association as bridge, judge and server.

Three sources tell who does govern: whom firms name as shaping decisions, who calls them together, and who stands between others in the
ties of coordination. Each is shown by itself; shares are their mean with equal weights, since nothing says which is better, and there is
one mode only where they name the same leader. Seats on the boards of associations tell whether lead firms lead these. Who should govern
(interviews, state recommended) is a wish, and is shown beside, never instead.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures import shortest_paths
from gumflow.measures.registry import BALANCE, SHARE, measure
from gumflow.mechanisms.associations import (
    AGENCIES,
    Seats,
    add_association_rows,
    among,
    association_engagement,
    lead_seats,
)
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.governance_network import (
    HYBRID,
    MODE_OF_KIND,
    MODES,
    Counts,
    add_network_rows,
    bodies_reported,
    coordination_network,
    of_kind,
)
from gumflow.mechanisms.lead_firms import lead_firms
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, draw_counts, drawn_interval, firm_table
from gumflow.mechanisms.stated import add_stated_governance

ASKED = ("census", "roster", "sample")
MODE_OF_OPTION = {"lead_firm": "firm_led", "association": "association_led", "government": "government_led"}
"""Options of item R11.convenes."""
_NO_SOURCE = "withheld: no source says who governs (influence, who convenes, coordination), or fewer than {least} firms answered each"
_NOT_ASKED = "withheld: nobody was asked about it, or nobody answered"
_COMBINED = "mean of {sources}, equal weights; bootstrap over firms"
_NOT_COORDINATED = "; coordination is left out, as no tie of membership, service or policy is reported and betweenness would be of firms alone"


@dataclass(frozen=True, eq=False)
class Source:
    """What one source says of who governs: shares of the three modes (3), their bootstrap draws (draws x 3), firms it rests on."""

    name: str
    shares: Values
    draws: NDArray[np.float64]
    n: int
    coverage: float
    method: str


@measure(
    name="influence_share",
    level="firm",
    label_en="Share of influence",
    label_zh="影响力份额",
    definition="Share of the points that answering firms give to the organizations that most shape what is decided in the cluster which goes to the firm.",
    formula="sum_j w_ji / sum over all named, on influence ties from the one who shapes decisions to the one who names it",
    source="Laumann and Pappi 1976 (reputation for influence) [adapted]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    undefined="nobody is named",
)
def influence_share(cluster: Cluster) -> Values:
    """Return each firm's share of all points for influence; NaN if nobody is named or the cluster is known from text."""
    table = _named(cluster)
    total = float(table["strength"].sum())
    if cluster.boundary not in ASKED or total <= 0:
        return np.full(len(cluster.firms), np.nan)
    return np.asarray(
        table.groupby("source")["strength"].sum().reindex(cluster.firms).fillna(0.0) / total, dtype=np.float64
    )


@measure(
    name="governance_share",
    level="cluster",
    label_en="Share of governance",
    label_zh="治理主体份额",
    definition=(
        "Share of the governance of the cluster that firms, associations and government hold: mean, with equal weights, of the shares that the sources give "
        "(see Source of governance) as far as there are any. Service bodies count with the firms."
    ),
    formula="p_m = mean over sources of p_sm",
    source="Provan and Kenis 2008 (modes of network governance); the book, 2.3.1 (three modes) [reconstruction]",
    boundaries=ASKED,
    cost="paths",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="governance_evidence",
    level="cluster",
    label_en="Source of governance",
    label_zh="治理主体份额（分来源）",
    definition=(
        "Share that one source gives to each mode: influence (points for those in the cluster who shape decisions), convenes (who calls the firms together), "
        "coordination (betweenness in ties of coordination without direction, summed over those who can be the center: lead firms, associations, agencies; "
        "its draws resample the firms within the network). Seats on the boards of associations (board_seats_lead_share) split what associations have, and enter "
        "no mean."
    ),
    formula="influence, convenes: points of the mode / points of all three; coordination: sum of b_i of lead firms, associations or agencies / sum of all three",
    source="Laumann and Pappi 1976; Freeman 1977 (betweenness); the book, 2.3.1 [reconstruction]",
    boundaries=ASKED,
    cost="paths",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="governance_margin",
    level="cluster",
    label_en="Margin of the governance mode",
    label_zh="治理模式领先幅度",
    definition="Share of governance of the leading mode less that of the next.",
    formula="p_(1) - p_(2); interval of the difference between these two modes",
    source="Provan and Kenis 2008 [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=BALANCE,
    interval_kind="sampling",
)
@measure(
    name="governance_entropy",
    level="cluster",
    label_en="Evenness of governance",
    label_zh="治理分散度",
    definition="Entropy of the three shares of governance over that of equal shares: 0 if one governs alone, 1 if all three govern alike.",
    formula="-sum_m p_m ln p_m / ln 3",
    source="Shannon 1948 (entropy); Provan and Kenis 2008 (modes) [adapted]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="governance_mode",
    level="cluster",
    label_en="Governance mode",
    label_zh="治理模式",
    definition=(
        "The mode with the largest share of governance: firm_led, association_led or government_led; association_led_by_lead_firms instead of association_led if "
        "the interval of the share of board seats that lead firms hold is above one half; mixed if the sources name different leaders, or the interval of the "
        "margin over the next mode holds 0."
    ),
    formula="argmax_m p_m if it is argmax_m p_sm of every source s and the interval of p_(1) - p_(2) is above 0, else mixed",
    source="Provan and Kenis 2008; the book, 2.3.1 (three modes, and associations led by lead firms) [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    scale="label",
)
@measure(
    name="nobody_convenes_share",
    level="cluster",
    label_en="Firms that say nobody calls them together",
    label_zh="认为无人召集的企业占比",
    definition="Share of the answering firms that say nobody calls the firms together when something has to be settled in common.",
    formula="share of firms, Wilson interval",
    source="Relational module of the project 2026, item R11.convenes [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
def measure_governance(cluster: Cluster) -> Found:
    """Return `influence_share` and `association_engagement` of the firms, and rows on factor governance: mode, networks, association, wishes."""
    rows = Rows(cluster, "factor", "governance")
    counts = draw_counts(cluster)
    why = cluster.why_not("governance_share")
    if why:
        for name in ("governance_share", "governance_mode", "association_server", "government_delegation"):
            rows.withhold(name, cluster.why_not(name))
    else:
        seats = lead_seats(cluster)
        add_association_rows(rows, _mode(rows, counts, seats), seats, counts)
        _nobody(rows)
    add_network_rows(rows, counts)
    add_stated_governance(rows)
    columns = {
        "influence_share": influence_share(cluster),
        "association_engagement": association_engagement(cluster),
    }
    return Found(firm_table(cluster, columns), rows)


def _mode(rows: Rows, counts: Counts, seats: Seats) -> Values:
    """Add shares, margin, entropy and mode; return the share of associations and its draws, empty if nothing says who governs."""
    sources = [
        s
        for s in (
            _influence(rows.cluster, counts),
            _convenes(rows.cluster, counts),
            _coordination(rows.cluster, counts),
        )
        if s
    ]
    if not sources:
        for name in ("governance_share", "governance_mode"):
            rows.withhold(name, _NO_SOURCE.format(least=FEWEST))
        return np.empty(0)
    for source in sources:
        for k, mode in enumerate(MODES):
            rows.drawn(
                "governance_evidence", float(source.shares[k]), source.draws[:, k], source.n, coverage=source.coverage,
                category=f"{source.name}: {mode}", method=source.method,
            )  # fmt: skip
    shares = np.mean([s.shares for s in sources], axis=0)
    draws = np.mean([s.draws for s in sources], axis=0)
    n, coverage = min(s.n for s in sources), min(s.coverage for s in sources)
    at: dict[str, Any] = {
        "coverage": coverage,
        "method": _COMBINED.format(sources=", ".join(s.name for s in sources))
        + ("" if bodies_reported(rows.cluster) else _NOT_COORDINATED),
    }
    for k, mode in enumerate(MODES):
        rows.drawn("governance_share", float(shares[k]), draws[:, k], n, category=mode, **at)
    order = np.argsort(-shares, kind="stable")
    ahead = draws[:, order[0]] - draws[:, order[1]]
    margin = float(shares[order[0]] - shares[order[1]])
    rows.drawn("governance_margin", margin, ahead, n, **at)
    rows.drawn("governance_entropy", float(_entropy(shares[None, :])[0]), _entropy(draws), n, **at)
    low, _ = drawn_interval(margin, ahead, n)
    # Draws that are all alike (one mode named by everyone) leave no doubt; a margin of 0 does.
    clear = low > 0 if low == low else margin > 0
    mode, why = _leading(sources, MODES[order[0]], clear, seats)
    rows.category(
        "governance_mode",
        mode,
        n=n,
        coverage=coverage,
        method="; ".join([at["method"], *([why] if why else [])]),
    )
    of_associations = MODES.index("association_led")
    return np.append(shares[of_associations], draws[:, of_associations])


def _leading(sources: list[Source], first: str, clear: bool, seats: Seats) -> tuple[str, str]:
    """Return the mode, given the one with the largest mean share and whether it is clearly ahead, and what makes it mixed or the hybrid."""
    leaders = {
        s.name: [m for m, share in zip(MODES, s.shares, strict=True) if share >= s.shares.max() - 1e-12]
        for s in sources
    }
    if any(first not in named for named in leaders.values()):
        said = ", ".join(f"{name} {' and '.join(named)}" for name, named in leaders.items())
        return "mixed", f"the sources name different leaders: {said}"
    if not clear:
        return "mixed", "the interval of the margin holds 0"
    if first == "association_led" and not seats.why and seats.interval[0] > 0.5:
        return HYBRID, "lead firms hold most seats on boards of associations"
    return first, ""


def _entropy(shares: NDArray[np.float64]) -> Values:
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    # Rounding may leave -0 or a last digit above 1.
    return np.clip(-(shares * logs).sum(axis=1) / math.log(len(MODES)), 0.0, 1.0)


def _named(cluster: Cluster) -> pd.DataFrame:
    """Return influence as firms report it: source (who shapes decisions), target (the firm that says so), strength, mode if local; none of itself."""
    ties = cluster.achieved("influence")
    ties = ties[ties["target"].isin(cluster.firms) & (ties["source"] != ties["target"])]
    named = cluster.members.reindex(ties["source"])
    # Bodies of other places (a province, a foreign regulator) govern no cluster (2.3.1).
    modes = named["kind"].map(MODE_OF_KIND).where(named["inside"].eq(True))
    return ties.assign(mode=modes.to_numpy())


def _influence(cluster: Cluster, counts: Counts) -> Source | None:
    named = _named(cluster)
    answered = among(cluster, named["target"])
    named = named[named["mode"].notna()]
    points = named.pivot_table(
        index="target", columns="mode", values="strength", aggfunc="sum", fill_value=0.0
    )
    return _of_answers("influence", cluster, points, answered, counts)


def _convenes(cluster: Cluster, counts: Counts) -> Source | None:
    ticks = cluster.answers("R11.convenes")
    if ticks.empty:
        return None
    answered = among(cluster, ticks["respondent"])
    ticks = ticks.assign(mode=ticks["option"].map(MODE_OF_OPTION))
    ticks = ticks[ticks["mode"].notna()]
    points = ticks.pivot_table(
        index="respondent", columns="mode", values="value", aggfunc="max", fill_value=0.0
    )
    return _of_answers("convenes", cluster, points, answered, counts)


def _of_answers(
    name: str, cluster: Cluster, points: pd.DataFrame, answered: NDArray[np.bool_], counts: Counts
) -> Source | None:
    """Return the source that rests on points of respondents (index) for the modes (columns); None if too few answered or named any."""
    n = int(answered.sum())
    coverage = n / max(len(cluster.firms), 1)
    if n < FEWEST or (cluster.boundary != "sample" and coverage < cluster.settings.withhold_below):
        return None
    table = points.reindex(index=cluster.firms, columns=list(MODES)).fillna(0.0).to_numpy(dtype=np.float64)
    whole = table.sum(axis=1)
    if (whole > 0).sum() < FEWEST:
        return None
    draws = np.column_stack([bootstrap_ratio(counts, table[:, k], whole) for k in range(len(MODES))])
    return Source(
        name, table.sum(axis=0) / whole.sum(), draws, n, coverage, "share of points; bootstrap over firms"
    )


def _coordination(cluster: Cluster, counts: Counts) -> Source | None:
    """Return what betweenness says, of those who can be the center of governance: lead firms, associations, agencies.

    None if ties with associations and agencies are not reported: firms alone would then be between firms.
    """
    if cluster.why_not("governance_hybrid", "governance") or not bodies_reported(cluster):
        return None
    network, lead = coordination_network(cluster), lead_firms(cluster)
    if network is None or np.isnan(lead).all():
        return None
    between = shortest_paths.betweenness(network.size, network.source, network.target)
    at = pd.Index(network.actors).get_indexer(pd.Index(cluster.firms))
    of_firms = np.where(lead == 1, between[at], 0.0)
    bodies = [of_kind(network, kinds) for kinds in (("association",), AGENCIES)]
    held = np.array([0.0, *(between[body].sum() for body in bodies)])
    sums = held + np.array([of_firms.sum(), 0.0, 0.0])
    n = int(network.responded[at].sum())
    if sums.sum() <= 0 or n < FEWEST:
        return None
    parts = np.tile(held, (len(counts), 1))
    parts[:, 0] = counts @ of_firms
    totals = parts.sum(axis=1, keepdims=True)
    draws = np.divide(parts, totals, out=np.full(parts.shape, np.nan), where=totals > 0)
    return Source(
        "coordination",
        sums / sums.sum(),
        draws,
        n,
        n / len(at),
        "share of betweenness; bootstrap over firms, network held",
    )


def _nobody(rows: Rows) -> None:
    cluster = rows.cluster
    ticks = cluster.answers("R11.convenes")
    if ticks.empty:
        rows.withhold("nobody_convenes_share", _NOT_ASKED)
        return
    answered = among(cluster, ticks["respondent"])
    nobody = among(cluster, ticks.loc[ticks["option"] == "nobody", "respondent"])
    rows.share(
        "nobody_convenes_share", np.where(answered, nobody, np.nan), method="share of firms that answered"
    )
