"""What firms say of public policy: dealings with agencies, contents of policy that they got, and those that they ask for."""

from collections.abc import Mapping

import numpy as np

from gumflow.measures.registry import SHARE, measure
from gumflow.mechanisms.associations import among, by_firm, served_by
from gumflow.mechanisms.cluster import Cluster, Values

ASKED = ("census", "roster", "sample")
SUPPORTS = ("NB33.kinds", "YK33.kinds")
"""Policy supports that a firm got and that matter to it."""
IMPROVEMENTS = ("NB35", "YK35")
"""What a firm asks the government to do better."""
GOT: Mapping[str, tuple[str, ...]] = {
    "environment": ("tax", "export"),
    "input_supply": ("finance", "training", "talent"),
    "input_supply.capital": ("finance",),
    "input_supply.labor": ("training", "talent"),
    "intermediary_services": ("information",),
}
ASKED_FOR: Mapping[str, tuple[str, ...]] = {
    "environment": ("incentives", "efficiency", "infrastructure"),
    "cluster_governance": ("cooperation",),
}
BARRIERS = {"input_supply": "brand_finance_barrier", "regional_brand": "brand_policy_barrier"}
"""Indicators that say a firm lacks a content; asked of firms with a brand only."""
SERVICE_KINDS = ("platform", "research", "university", "market", "fair", "association")
INTERMEDIARIES = ("platform", "research", "university")


@measure(
    name="government_contact",
    level="firm",
    label_en="Dealings with government",
    label_zh="与政府部门的往来",
    definition="Share of three dealings with agencies of the cluster that the firm had in the last year: any contact, a joint project, being asked for its opinion.",
    formula="mean of 1[contact], 1[joint project], 1[consulted], over those that it was asked about",
    source="The book, 3.2.2 (policy made with firms); Evans 1995 (embedded autonomy) [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm did not answer, or only firms that dealt with an agency did",
)
def government_contact(cluster: Cluster) -> Values:
    """Return the share of dealings with agencies that each firm had; NaN for firms that did not answer."""
    table = np.column_stack(
        [contact(cluster), _of_contact(cluster, "R12.projects"), _of_contact(cluster, "R12.consulted")]
    )
    known = (~np.isnan(table)).sum(axis=1)
    total = np.where(np.isnan(table), 0.0, table).sum(axis=1)
    return np.divide(total, known, out=np.full(len(table), np.nan), where=known > 0)


@measure(
    name="public_funds",
    level="firm",
    label_en="Received public funds",
    label_zh="获得政府资金",
    definition="1 if the firm received funds from an agency of the cluster, 0 if it did not or dealt with none.",
    formula="max over agencies of R12.funds",
    source="Relational module of the project 2026, item R12.funds; the book, 3.3.2 (supply of capital) [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    scale="flag",
    undefined="the firm did not answer, or only firms that dealt with an agency did",
)
def public_funds(cluster: Cluster) -> Values:
    """Return 1 for firms that received funds from an agency, 0 for others, NaN for firms that did not answer."""
    return _of_contact(cluster, "R12.funds")


@measure(
    name="service_reach",
    level="firm",
    label_en="Reach of service bodies",
    label_zh="中介服务覆盖度",
    definition=(
        "Share of the kinds of service bodies in the cluster (platform, research institute, university, market, fair, association) of which one serves the firm."
    ),
    formula="number of kinds with a service tie to the firm / number of kinds in the cluster",
    source="The book, 3.3.5 (intermediary services), after Liu and Chen 2004 [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm did not answer, or no service is reported",
)
def service_reach(cluster: Cluster) -> Values:
    """Return the share of the kinds of service bodies that serve each firm; NaN for firms that did not answer."""
    inside = set(cluster.members.loc[cluster.members["inside"], "kind"])
    kinds = [kind for kind in SERVICE_KINDS if kind in inside]
    if not kinds:
        return np.full(len(cluster.firms), np.nan)
    return np.mean([served_by(cluster, "service", (kind,)) for kind in kinds], axis=0)


def contact(cluster: Cluster) -> Values:
    """Return 1 for firms that dealt with an agency in the last year, 0 for others, NaN where unknown (R12.contact; policy ties if nobody was asked)."""
    said = by_firm(cluster, "R12.contact", "max")
    if cluster.answers("R12.contact").empty:
        return served_by(cluster, "policy", ("government", "regulator"))
    return np.where(np.isnan(said), np.nan, said > 0)


def _of_contact(cluster: Cluster, question: str) -> Values:
    """Return 1 if the answer on any agency is above 0, else 0; who dealt with none was not asked, and has 0.

    NaN for all if it is not known who dealt with none: those that did are no part of the firms that stands for all.
    """
    met = contact(cluster)
    said = by_firm(cluster, question, "max", met == 1)
    if np.isnan(met).all() or np.isnan(said).all():
        return np.full(len(met), np.nan)
    return np.where(np.isnan(said), np.where(met == 0, 0.0, np.nan), said > 0)


def _ticked(cluster: Cluster, questions: tuple[str, ...], options: tuple[str, ...]) -> Values:
    """Return 1 for firms that ticked one of the options in one of the items, 0 for those that answered without, NaN for the rest."""
    answered, hit = np.zeros(len(cluster.firms), dtype=bool), np.zeros(len(cluster.firms), dtype=bool)
    for question in questions:
        answers = cluster.answers(question)
        if answers.empty:
            continue
        answered |= among(cluster, answers["respondent"])
        chosen = answers["option"].isin(options) & (answers["value"] > 0)
        hit |= among(cluster, answers.loc[chosen, "respondent"])
    return np.where(answered, hit, np.nan)


def either(*flags: Values) -> Values:
    """Return 1 where one of the flags is 1, 0 where all that are known are 0, NaN where none is known."""
    table = np.column_stack(flags)
    known = ~np.isnan(table)
    return np.where(known.any(axis=1), (np.where(known, table, 0.0) > 0).any(axis=1), np.nan)


def received(cluster: Cluster) -> dict[str, Values]:
    """Return for each content (and part of it) of policy that firms were asked about which of them got it: 1, 0, NaN."""
    got = {content: _ticked(cluster, SUPPORTS, options) for content, options in GOT.items()}
    for content in ("input_supply", "input_supply.capital"):
        got[content] = either(got[content], public_funds(cluster))
    got["cluster_governance"] = either(
        _of_contact(cluster, "R12.projects"), _of_contact(cluster, "R12.consulted")
    )
    got["intermediary_services"] = either(
        got["intermediary_services"], served_by(cluster, "service", INTERMEDIARIES)
    )
    return {content: flags for content, flags in got.items() if not np.isnan(flags).all()}


def demanded(cluster: Cluster) -> dict[str, Values]:
    """Return for each content of policy which firms ask for it or lack it: 1, 0, NaN."""
    asked = {content: _ticked(cluster, IMPROVEMENTS, options) for content, options in ASKED_FOR.items()}
    for content, indicator in BARRIERS.items():
        lacking = cluster.indicator(indicator)
        asked[content] = np.where(np.isnan(lacking), np.nan, lacking > 0)
    return {content: flags for content, flags in asked.items() if not np.isnan(flags).all()}


def unmet(cluster: Cluster) -> dict[str, Values]:
    """Return for each content which firms ask for it and did not get it: 1, 0, NaN where either is unknown."""
    got, asked = received(cluster), demanded(cluster)
    return {
        content: np.where(
            np.isnan(asked[content]) | np.isnan(got[content]),
            np.nan,
            (asked[content] > 0) & (got[content] == 0),
        )
        for content in asked
        if content in got
    }


def consulted(cluster: Cluster) -> Values:
    """Return for firms in touch with an agency 1 if one asked for their opinion, else 0; NaN for all others."""
    return np.where(contact(cluster) == 1, _of_contact(cluster, "R12.consulted"), np.nan)
