"""Associations of a cluster as judge and server, who sits on their boards, and what government leaves to them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gumflow.measures.registry import COMPLETE, SHARE, label_of, measure
from gumflow.mechanisms.cluster import Cluster, Flags, Values
from gumflow.mechanisms.governance_network import Counts
from gumflow.mechanisms.lead_firms import lead_firms
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, wilson

ASKED = ("census", "roster", "sample")
AGENCIES = ("government", "regulator")

_PRODUCT = "share of associations times share of seats; interval of the product of draws of both (bootstrap over firms; Jeffreys' beta distribution)"
_NO_SEATS = "withheld: {n} seat(s) on boards of associations are reported, and {least} are needed"
_NO_LEAD = "withheld: no lead firm is found"
_NOT_ASKED = (
    "withheld: nobody was asked about it or answered, or only those with something to tell did, so that those without cannot be told from "
    "those that left it out"
)


@dataclass(frozen=True)
class Seats:
    """Seats on boards of associations as firms report them: `held` by lead firms, of `total`; coverage of firms; or `why` no share is given."""

    held: float
    total: int
    coverage: float
    why: str = ""

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of the share that lead firms hold."""
        return wilson(self.held, self.total)


@measure(
    name="association_engagement",
    level="firm",
    label_en="Engagement in associations",
    label_zh="参与行业协会程度",
    definition=(
        "Share of four bonds with the associations of the cluster that the firm has: membership, a seat on a board, a service received, a dispute settled; "
        "over those that it was asked about."
    ),
    formula="mean of 1[member], 1[seat], 1[service], 1[dispute settled]",
    source="Huang Jianghua 2005 (tasks of associations), as the book (2.3.1) cites it; Schmitz 1999 (joint action through associations) [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm did not answer",
)
def association_engagement(cluster: Cluster) -> Values:
    """Return for each firm the share of bonds with associations that it has; NaN for firms that did not answer."""
    seats = board_seats(cluster)
    bonds = [
        served_by(cluster, "membership", ("association",)),
        np.where(np.isnan(seats), np.nan, seats > 0),
        served_by(cluster, "service", ("association",)),
        disputes_settled(cluster),
    ]
    table = np.column_stack(bonds)
    known = (~np.isnan(table)).sum(axis=1)
    total = np.where(np.isnan(table), 0.0, table).sum(axis=1)
    return np.divide(total, known, out=np.full(len(table), np.nan), where=known > 0)


def among(cluster: Cluster, actors: Sequence[str] | pd.Series) -> Flags:
    """Say of each firm whether it is one of these actors."""
    flags = np.zeros(len(cluster.firms), dtype=bool)
    at = cluster.place_of(actors)
    flags[at[at >= 0]] = True
    return flags


def served_by(cluster: Cluster, layer: str, kinds: tuple[str, ...]) -> Values:
    """Return 1 for firms with an achieved tie of the layer with an actor of these kinds inside the cluster, in either direction, else 0.

    NaN for firms that did not answer, for all if no tie of the layer is reported, and in a cluster known from text.
    """
    n = len(cluster.firms)
    network = cluster.network(layer)
    if network is None or cluster.boundary not in ASKED:
        return np.full(n, np.nan)
    of_kind = np.isin(network.kinds, kinds) & network.inside
    hit = np.zeros(network.size, dtype=bool)
    hit[network.target[of_kind[network.source]]] = True
    hit[network.source[of_kind[network.target]]] = True
    flags = np.where(network.responded, hit, np.nan)
    return np.asarray(flags[np.searchsorted(network.actors, cluster.firms)], dtype=np.float64)


def disputes_settled(cluster: Cluster) -> Values:
    """Return 1 for firms that say an association settled a dispute for them, 0 for those that say none did, NaN for the rest (R11.disputes)."""
    settled = by_firm(cluster, "R11.disputes", "max")
    return np.where(np.isnan(settled), np.nan, settled > 0)


def board_seats(cluster: Cluster) -> Values:
    """Return on how many boards of associations each firm has a seat (R11.board); 0 for firms that are no member, NaN for those that did not answer."""
    # Who named no association was not asked about its board.
    member = served_by(cluster, "membership", ("association",))
    seats = by_firm(cluster, "R11.board", "sum", None if np.isnan(member).all() else member == 1)
    if np.isnan(seats).all():
        return seats
    return np.where(np.isnan(seats) & (member == 0), 0.0, seats)


def by_firm(cluster: Cluster, question: str, how: str, asked: Flags | None = None) -> Values:
    """Return the answers of each firm to one item put together (`how`: max or sum); NaN for firms without one.

    NaN for all firms if no answer is 0 and fewer of those who were asked (all that answered, if not given) have one than the configuration
    asks for: the item was then filled in by those with something to say, and those without cannot be told from those that left it out.
    """
    answers = cluster.answers(question)
    if answers.empty:
        return np.full(len(cluster.firms), np.nan)
    values = answers.groupby("respondent")["value"].agg(how)
    found = values.reindex(cluster.firms).to_numpy(dtype=np.float64)
    known, base = ~np.isnan(found), cluster.responded if asked is None else asked
    coverage = float(known[base].mean()) if base.any() else 1.0
    no_zero = not (answers["value"] == 0).any()
    return np.full(len(found), np.nan) if no_zero and coverage < cluster.settings.withhold_below else found


@measure(
    name="governance_hybrid",
    level="cluster",
    label_en="Associations led by lead firms",
    label_zh="主导企业主导的行业协会治理份额",
    definition=(
        "Share of governance held by associations times the share of their board seats that lead firms hold: the hybrid mode that the book prefers. "
        "Its interval takes the two shares as independent."
    ),
    formula="p_association x share of seats of lead firms; interval: 2.5 and 97.5 % of the product of their draws (seats: beta(held + 1/2, others + 1/2))",
    source="Yang Shuwang et al. 2008 (structure of governance) and the book, 2.3.1 (associations led by lead firms) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="board_seats_lead_share",
    level="cluster",
    label_en="Board seats held by lead firms",
    label_zh="主导企业占协会理事会席位比重",
    definition="Share of the seats on boards of associations, as far as firms report them, that lead firms (found from size and trade) hold; n is seats.",
    formula="seats of lead firms / seats of firms, Wilson interval",
    source="Yang Shuwang et al. 2008 (structure of governance) and the book, 2.3.1 (associations led by lead firms); Mizruchi 1996 (board seats) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="association_judge",
    level="cluster",
    label_en="Association as a judge",
    label_zh="行业协会的裁判作用",
    definition="Share of the answering firms for which an association settled at least one dispute.",
    formula="share of firms, Wilson interval",
    source="Huang Jianghua 2005 (associations settle disputes), as the book (2.3.1) cites it [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="association_server",
    level="cluster",
    label_en="Association as a server",
    label_zh="行业协会的服务作用",
    definition="Share of the answering firms that used a service of an association.",
    formula="share of firms, Wilson interval",
    source="Huang Jianghua 2005 (associations serve firms), as the book (2.3.1) cites it [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="association_membership",
    level="cluster",
    label_en="Members of associations",
    label_zh="行业协会会员占比",
    definition="Share of the answering firms that are members of an association of the cluster.",
    formula="share of firms, Wilson interval",
    source="Schmitz 1999 (associations and joint action) [adapted]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="government_delegation",
    level="cluster",
    label_en="Tasks with associations rather than government",
    label_zh="由协会承担的职能占比",
    definition=(
        "Of the tasks done for firms by associations or by agencies (served or dealt with, called together), the share that associations do. It is how tasks "
        "are split at present, not how many government handed over."
    ),
    formula="sum_i (service_i + convened by association_i) / sum_i (these + policy contact_i + convened by government_i), each 1 or 0",
    source="Yang Shuwang et al. 2008 (government hands functions to associations), as the book (2.3.1) cites it [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    undefined="firms have none of them from either",
    interval_kind="sampling",
)
def add_association_rows(rows: Rows, association: Values, seats: Seats, counts: Counts) -> None:
    """Add boards and the hybrid mode, judge, server, members and tasks.

    `association` holds the share of governance of associations and then its draws; it is empty if nothing says who governs.
    """
    cluster = rows.cluster
    _boards(rows, association, seats)
    for name, flags in (
        ("association_judge", disputes_settled(cluster)),
        ("association_server", served_by(cluster, "service", ("association",))),
        ("association_membership", served_by(cluster, "membership", ("association",))),
    ):
        if np.isnan(flags).all():
            rows.withhold(name, _NOT_ASKED)
        else:
            rows.share(name, flags, method="share of firms that answered")
    _delegation(rows, counts)


def _delegation(rows: Rows, counts: Counts) -> None:
    cluster = rows.cluster
    ticks = cluster.answers("R11.convenes")
    convened = {
        option: among(cluster, ticks.loc[ticks["option"] == option, "respondent"])
        if len(ticks)
        else np.zeros(len(cluster.firms))
        for option in ("association", "government")
    }
    association = served_by(cluster, "service", ("association",))
    government = served_by(cluster, "policy", AGENCIES)
    known = ~(np.isnan(association) | np.isnan(government))
    n = int(known.sum())
    if n < FEWEST:
        rows.withhold("government_delegation", _NOT_ASKED, n=n)
        return
    part = np.where(known, association + convened["association"], np.nan)
    whole = part + government + convened["government"]
    total = float(np.nansum(whole))
    rows.drawn(
        "government_delegation", float(np.nansum(part)) / total if total else math.nan, bootstrap_ratio(counts, part, whole), n,
        coverage=n / len(known), method="share of functions; bootstrap over firms",
    )  # fmt: skip


def lead_seats(cluster: Cluster) -> Seats:
    """Count the seats on boards of associations that firms report and that lead firms hold."""
    seats = board_seats(cluster)
    lead = lead_firms(cluster)
    counted = np.where(np.isnan(lead), 0.0, np.nan_to_num(seats))
    total = int(counted.sum())
    why = cluster.why_not("board_seats_lead_share")
    if not why and np.isnan(seats).all():
        why = _NOT_ASKED
    if not why and 0 < (counted > 0).sum() < FEWEST:
        why = f"withheld: only {(counted > 0).sum()} firm(s) hold a seat, and {label_of('board_seats_lead_share')} needs {FEWEST}"
    if not why and np.isnan(lead).all():
        why = _NO_LEAD
    if not why and total < FEWEST:
        why = _NO_SEATS.format(n=total, least=FEWEST)
    holders = int((counted > 0).sum())
    if not why and holders < FEWEST:
        why = f"withheld: only {holders} firm(s) hold these seats, and {label_of('board_seats_lead_share')} needs {FEWEST}"
    coverage = float((~np.isnan(seats)).mean()) if len(seats) else 0.0
    return Seats(float((counted * (lead == 1)).sum()), total, coverage, why)


def _boards(rows: Rows, association: Values, seats: Seats) -> None:
    """Add the share of board seats that lead firms hold, and the hybrid mode."""
    if seats.why:
        for name in ("board_seats_lead_share", "governance_hybrid"):
            rows.withhold(name, seats.why)
        return
    low, high = seats.interval
    share = seats.held / seats.total
    at = {"n": seats.total, "coverage": seats.coverage, "interval_kind": "sampling"}
    rows.value("board_seats_lead_share", share, low=low, high=high, method="share of seats", **at)
    if not len(association):
        return
    stream = rows.cluster.stream("board seats")
    drawn = association[1:] * stream.beta(
        seats.held + 0.5, seats.total - seats.held + 0.5, len(association) - 1
    )
    value = float(association[0] * share)
    ends = np.quantile(np.append(drawn[~np.isnan(drawn)], value), (0.025, 0.975))
    rows.value(
        "governance_hybrid", value, low=min(float(ends[0]), value), high=max(float(ends[1]), value), method=_PRODUCT, **at
    )  # fmt: skip
