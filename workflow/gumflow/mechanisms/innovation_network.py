"""The innovation network: which firms develop jointly with whom, how much, and with which kinds of organizations (2.4.2).

Joint work is what the layer `innovation` holds: projects of a firm with other firms and with bodies of the cluster. A tie counts whoever of
its ends reported it, but what is said of a firm as a whole rests on its own answer, so a firm that did not answer has no value.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import COMPLETE, COUNT, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Flags, Found, Row, Values
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, draw_counts, firm_table

LAYER = "innovation"
ANSWERED = ("census", "roster", "sample")
_NO_ORGANIZATIONS = ("person", "place", "class")


@dataclass(frozen=True, eq=False)
class JointWork:
    """Joint projects of the firms of a cluster; a row for each firm and partner, so two firms have two rows.

    firm, partner  positions among the cluster's firms, and among `actors`
    projects       number of joint projects, one for each row
    actors, kinds  ids and kinds of the organizations in the network, tied or not
    as_firm        position of each of these among the cluster's firms, -1 for bodies
    known          firms that answered
    """

    firm: NDArray[np.int64]
    partner: NDArray[np.int64]
    projects: Values
    actors: NDArray[np.str_]
    kinds: NDArray[np.str_]
    as_firm: NDArray[np.int64]
    known: Flags

    def per_firm(self, weights: Values | None = None) -> Values:
        """Return the sum of a weight (default 1) over the partners of each firm; NaN for firms that did not answer."""
        total = np.bincount(self.firm, weights=weights, minlength=len(self.known)).astype(np.float64)
        return np.where(self.known, total, np.nan)

    @property
    def among_firms(self) -> Flags:
        """Rows whose two ends are firms that answered."""
        other = self.as_firm[self.partner]
        return (other >= 0) & self.known[other] & self.known[self.firm]


def joint_work(cluster: Cluster) -> JointWork | None:
    """Return the joint projects of a cluster; None if none is reported, or if it is known from text, which is silent on the rest."""
    network = cluster.network(LAYER)
    if network is None or cluster.boundary not in ANSWERED:
        return None
    as_firm = cluster.place_of(pd.Series(network.actors, dtype="str"))
    organization = ~np.isin(network.kinds, _NO_ORGANIZATIONS)
    kept = (as_firm[network.source] >= 0) & organization[network.target]
    known = np.zeros(len(cluster.firms), dtype=bool)
    inside = as_firm >= 0
    known[as_firm[inside]] = network.responded[inside]
    # Without a record of who answered, only a census is taken as answered by all; else those who gave an answer did.
    if cluster.boundary != "census" and "responded" not in cluster.members.columns:
        known = cluster.responded
    return JointWork(
        firm=as_firm[network.source[kept]],
        partner=network.target[kept],
        projects=network.strength[kept],
        actors=network.actors,
        kinds=network.kinds,
        as_firm=as_firm,
        known=known,
    )


@measure(
    name="joint_partners",
    level="firm",
    label_en="Partners of joint development",
    label_zh="合作研发伙伴数",
    definition="Number of different firms and bodies of the cluster with which the firm developed something jointly, as either end reports.",
    formula="sum_j 1[projects_ij > 0]",
    source="Powell, Koput and Smith-Doerr 1996 (number of R&D ties) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=COUNT,
    undefined="the firm did not answer or no joint work is reported in the cluster",
)
def joint_partners(cluster: Cluster) -> Values:
    """Return the number of partners of joint development of each firm; NaN where it did not answer."""
    work = joint_work(cluster)
    return np.full(len(cluster.firms), np.nan) if work is None else work.per_firm()


@measure(
    name="joint_projects",
    level="firm",
    label_en="Joint development projects",
    label_zh="合作研发项目数",
    definition="Number of joint development projects of the firm with firms and bodies of the cluster, over all partners, in the years asked about.",
    formula="sum_j projects_ij",
    source="Powell, Koput and Smith-Doerr 1996 (count of R&D ties, here of projects) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=COUNT,
    undefined="the firm did not answer or no joint work is reported in the cluster",
)
def joint_projects(cluster: Cluster) -> Values:
    """Return the number of joint projects of each firm; NaN where it did not answer."""
    work = joint_work(cluster)
    return np.full(len(cluster.firms), np.nan) if work is None else work.per_firm(work.projects)


@measure(
    name="collaboration_intensity",
    level="firm",
    label_en="Intensity of collaboration",
    label_zh="合作创新强度",
    definition="Natural logarithm of one plus the firm's joint projects, so that a first project counts more than a tenth; 0 for a firm without any.",
    formula="ln(1 + sum_j projects_ij)",
    source="Powell, Koput and Smith-Doerr 1996 (R&D ties), in logarithms [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=COUNT,
    undefined="the firm did not answer or no joint work is reported in the cluster",
)
def collaboration_intensity(cluster: Cluster) -> Values:
    """Return ln(1 + joint projects) of each firm; NaN where it did not answer."""
    return np.log1p(joint_projects(cluster))


@measure(
    name="joint_partner_diversity",
    level="firm",
    label_en="Diversity of kinds of partners",
    label_zh="合作伙伴类型多样性",
    definition="Blau index of the kinds (firm, university, platform and so on) of the firm's partners of joint development; 0 if all are of one kind.",
    formula="1 - sum_k p_k^2, p_k = share of the partners that are of kind k",
    source="Blau 1977 (index of heterogeneity) [as published]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm has no partner or did not answer",
)
def joint_partner_diversity(cluster: Cluster) -> Values:
    """Return the Blau index of the kinds of partners of each firm; NaN where it has none or did not answer."""
    work = joint_work(cluster)
    if work is None:
        return np.full(len(cluster.firms), np.nan)
    by_kind = _partners_by_kind(work)[0]
    total = by_kind.sum(axis=1)
    squares = (by_kind**2).sum(axis=1)
    share = np.divide(squares, total**2, out=np.full(len(total), np.nan), where=(total > 0) & work.known)
    return 1 - share


def _partners_by_kind(work: JointWork) -> tuple[Values, list[str]]:
    """Return the number of partners of each firm by kind (firms x kinds) and the kinds, sorted."""
    kinds, code = np.unique(work.kinds[work.partner], return_inverse=True)
    counts = np.zeros((len(work.known), len(kinds)))
    np.add.at(counts, (work.firm, code), 1.0)
    return counts, [str(kind) for kind in kinds]


@measure(
    name="joint_work_share",
    level="cluster",
    label_en="Share of firms in the innovation network",
    label_zh="创新网络参与企业占比",
    definition="Share of the firms that answered which developed something jointly with a firm or body of the cluster.",
    formula="firms with joint_partners > 0 / firms that answered",
    source="Powell, Koput and Smith-Doerr 1996 (participation in R&D networks) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="joint_partners_mean",
    level="cluster",
    label_en="Partners of joint development, mean",
    label_zh="合作研发伙伴数均值",
    definition="Mean over the firms that answered of the number of their partners of joint development, firms without any included.",
    formula="mean of joint_partners",
    source="Powell, Koput and Smith-Doerr 1996 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    interval_kind="sampling",
)
@measure(
    name="joint_projects_mean",
    level="cluster",
    label_en="Joint development projects, mean",
    label_zh="合作研发项目数均值",
    definition="Mean over the firms that answered of the number of their joint development projects, firms without any included.",
    formula="mean of joint_projects",
    source="Powell, Koput and Smith-Doerr 1996 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    interval_kind="sampling",
)
@measure(
    name="joint_partner_diversity_mean",
    level="cluster",
    label_en="Diversity of kinds of partners, mean",
    label_zh="合作伙伴类型多样性均值",
    definition="Mean over the firms with a partner of joint development of the Blau index of the kinds of their partners.",
    formula="mean of joint_partner_diversity",
    source="Blau 1977 [as published]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="joint_partner_kind_share",
    level="cluster",
    label_en="Share of a kind among partners of joint development",
    label_zh="各类合作研发伙伴占比",
    definition="Share of the partners that firms name which are of one kind (category), summed over the firms that answered.",
    formula="sum_i partners of kind k / sum_i partners",
    source="Etzkowitz and Leydesdorff 2000 (firms, universities and government in innovation) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="entity_nodes",
    level="cluster",
    label_en="Entity nodes of the innovation network",
    label_zh="创新网络实体结点数",
    definition=(
        "Number of organizations of one kind (category; `all` of all kinds) that are in a joint project; a count of what was reported, so that firms "
        "which did not answer may be missing."
    ),
    formula="sum_i 1[i has a joint project]",
    source="Freeman 1991 (networks of innovators); organizations as nodes after the book, 2.4.2(1) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
)
@measure(
    name="functional_nodes",
    level="cluster",
    label_en="Functional nodes of the innovation network",
    label_zh="创新网络功能结点数",
    definition=(
        "Number of joint projects, each counted once (category `projects`), and of technical fields in which there is one (category `fields`): what "
        "exchange between organizations brings forth, as far as it is asked."
    ),
    formula="sum over pairs of their projects; number of fields with a project",
    source="Freeman 1991 (networks of innovators); results of joint research as nodes after the book, 2.4.2(1) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
)
def measure_network(cluster: Cluster, fields: int | None = None) -> Found:
    """Return joint work of firms, and of the cluster the partners, their kinds, and the nodes of its innovation network.

    `fields` is the number of technical fields in which there is a joint project, None if that is not known.
    """
    rows = Rows(cluster, "part", "innovation.network_emergence")
    firms = {
        "joint_partners": joint_partners(cluster),
        "joint_projects": joint_projects(cluster),
        "collaboration_intensity": collaboration_intensity(cluster),
        "joint_partner_diversity": joint_partner_diversity(cluster),
    }
    table = firm_table(cluster, firms)
    why = cluster.why_not("joint_partners_mean", LAYER)
    if why:
        rows.withhold("joint_partners_mean", why)
        return Found(table, list(rows))
    tied = np.where(np.isnan(firms["joint_partners"]), np.nan, firms["joint_partners"] > 0)
    rows.share("joint_work_share", tied)
    rows.mean("joint_partners_mean", firms["joint_partners"])
    rows.mean("joint_projects_mean", firms["joint_projects"])
    diversity = firms["joint_partner_diversity"]
    mean_of_some(
        rows, "joint_partner_diversity_mean", diversity, answered_share(cluster), "firms with a partner"
    )
    return Found(table, [*rows, *_kinds_and_nodes(cluster, fields)])


def answered_share(cluster: Cluster) -> float:
    """Return the share of the firms whose joint work is known; 0 if that of none is."""
    work = joint_work(cluster)
    return 0.0 if work is None or not len(work.known) else float(work.known.mean())


def few_answers(cluster: Cluster, coverage: float) -> str:
    """Say why a number is withheld that rests on this share of the firms or ties; empty if it is enough."""
    gate = cluster.settings.withhold_below
    if cluster.boundary == "sample" or coverage >= gate:
        return ""
    return f"withheld: it is known for {coverage:.0%} only, less than the {gate:.0%} that the configuration asks for"


def mean_of_some(rows: Rows, name: str, values: Values, coverage: float, whose: str) -> None:
    """Add the mean over the firms for which a value is defined, such as those with a partner, with its bootstrap interval.

    `coverage` is the share of the firms that answered: those for which the value is not defined are no gap.
    """
    n = int((~np.isnan(values)).sum())
    why = f"withheld: it is defined for {n} firm(s) and needs {FEWEST}" if n < FEWEST else ""
    why = why or few_answers(rows.cluster, coverage)
    if why:
        rows.withhold(name, why, n=n, coverage=coverage)
        return
    drawn = bootstrap_ratio(draw_counts(rows.cluster), values, np.ones(len(values)))
    rows.drawn(
        name,
        float(np.nanmean(values)),
        drawn,
        n,
        coverage=coverage,
        method=f"mean over {whose}; bootstrap over firms",
    )


def _kinds_and_nodes(cluster: Cluster, fields: int | None) -> list[Row]:
    """Return the rows of the kinds of partners, and of the nodes where the boundary bears them."""
    rows = Rows(cluster, "part", "innovation.network_emergence")
    work = joint_work(cluster)
    assert work is not None
    answered = int(work.known.sum())
    coverage = answered / max(len(work.known), 1)
    by_kind, kinds = _partners_by_kind(work)
    by_kind = np.where(work.known[:, None], by_kind, np.nan)
    total = by_kind.sum(axis=1)
    why = few_answers(cluster, coverage)
    if why:
        rows.withhold("joint_partner_kind_share", why, n=answered, coverage=coverage)
    elif np.nansum(total) > 0:
        counts = draw_counts(cluster)
        for at, kind in enumerate(kinds):
            rows.drawn(
                "joint_partner_kind_share", float(np.nansum(by_kind[:, at]) / np.nansum(total)),
                bootstrap_ratio(counts, by_kind[:, at], total), answered, coverage=coverage, category=kind,
                method="share of the partners that firms name; bootstrap over firms",
            )  # fmt: skip
    why = cluster.why_not("entity_nodes", LAYER)
    if why:
        rows.withhold("entity_nodes", why)
        return list(rows)
    both_firms = work.as_firm[work.partner] >= 0
    # A project of two firms stands in two rows.
    projects = float((work.projects * np.where(both_firms, 0.5, 1.0)).sum())
    nodes = np.unique(np.concatenate([work.partner, np.flatnonzero(np.isin(work.as_firm, work.firm))]))
    node_kinds = work.kinds[nodes]
    about: Row = {"n": answered, "coverage": coverage}
    counted = "count of what was reported"
    rows.value("entity_nodes", float(len(nodes)), category="all", method=counted, **about)
    for kind in np.unique(node_kinds):
        rows.value(
            "entity_nodes", float((node_kinds == kind).sum()), category=str(kind), method=counted, **about
        )
    rows.value("functional_nodes", projects, category="projects", method=counted, **about)
    if fields is not None:
        rows.value("functional_nodes", float(fields), category="fields", method=counted, **about)
    return list(rows)
