"""Public policy for upgrading: which of its five contents there are, what firms got, what they ask for and did not get, and five principles.

Contents and principles are those of the book's chapter 3. What firms got is read off their answers, what exists off coded statements too:
a text may say what no firm was asked, and is silent on the rest.
"""

from collections.abc import Mapping

import numpy as np

from gumflow.measures.registry import BOUNDARIES, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.policy_answers import (
    consulted,
    contact,
    demanded,
    either,
    government_contact,
    public_funds,
    received,
    service_reach,
    unmet,
)
from gumflow.mechanisms.policy_principles import CONTENTS, add_principles, add_responsive
from gumflow.mechanisms.rows import FEWEST, Rows, firm_table, wilson
from gumflow.mechanisms.stated import EXISTS, Coded, coded

ASKED = ("census", "roster", "sample")
CONTENT_OF_CONSTRUCT = {
    "enabling_environment": "environment",
    "factor_supply": "input_supply",
    "regional_brand": "regional_brand",
    "association_governance": "cluster_governance",
    "government_governance": "cluster_governance",
    "market_order": "cluster_governance",
    "intermediary_services": "intermediary_services",
}
"""Content of policy (3.3.1 to 3.3.5) to which statements on a construct belong; 3.3.4 holds order of competition and associations."""
ORDER = "market_order"
"""The construct of which a hindering statement says that it is lacking: disorder that exists is order that does not."""
REACHED = 0.1
"""A content of policy is there if the interval of the share of firms that got it is above this, and is not if it is below."""
_NOT_ASKED = (
    "withheld: no item asks about it or no firm answered, or only those with something to tell did, so that those without cannot be told "
    "from those that left it out"
)
_SILENT = "withheld: neither firms nor statements say anything of it"
_ONLY_RECOMMENDED = (
    "withheld: only recommended; no statement says that it is there or lacking, and no firm was asked"
)
_OPEN = f"withheld: the interval of the share of firms that got it holds {REACHED:.0%}, or too few were asked"
_UNKNOWN = "withheld: of no content it is known whether it is there"


@measure(
    name="policy_implementation",
    level="cluster",
    label_en="Firms that got a content of policy",
    label_zh="获得政策内容的企业占比",
    definition=(
        "Share of the answering firms that got a content of policy: environment (taxes, export), input_supply (funds, training, talent; capital and labor apart), "
        "cluster_governance (consulted by an agency or in a project with it), intermediary_services (information, service of a platform, "
        "institute or university). No item asks about the regional brand or about entrepreneurs."
    ),
    formula="share of firms, Wilson interval",
    source="The book, 3.3 (five contents of policy), after Liu and Chen 2004 and Tian 2004; questionnaire items NB33, YK33 and module items R12, R11 [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="policy_demand",
    level="cluster",
    label_en="Firms that ask for a content of policy",
    label_zh="提出政策需求的企业占比",
    definition=(
        "Share of the answering firms that ask for a content of policy: environment (incentives, efficiency, infrastructure), cluster_governance (conditions for "
        "cooperation), or that lack it for their brand: input_supply (funds), regional_brand (support of government)."
    ),
    formula="share of firms, Wilson interval",
    source="The book, 3.3, after Liu and Chen 2004 and Tian 2004; questionnaire items NB35, YK35, NB29 [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="policy_demand_unmet",
    level="cluster",
    label_en="Policy asked for and not got",
    label_zh="未满足的政策需求",
    definition="Share of the firms that ask for a content of policy (or lack it) and did not get it, among firms of which both are known; all: any content.",
    formula="mean of 1[asks and did not get], Wilson interval",
    source="The book, 3.3, after Liu and Chen 2004 and Tian 2004; questionnaire items NB33, NB35, YK33, YK35 [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="policy_statements_done",
    level="cluster",
    label_en="Policy done, of what is said of it",
    label_zh="政策陈述中已有占比",
    definition=(
        "Of the statements on a content of policy, the share that say it exists at least in part (achieved or partial) and helps, against those that say it hinders, is "
        "lacking or should be. It describes the text and ranks nothing."
    ),
    formula="helping (achieved + partial) / all four states; low and high: range over coders",
    source="Coding protocol, docs/coding.md, section 3 (2026) [reconstruction]",
    boundaries=BOUNDARIES,
    cost="linear",
    bounds=SHARE,
    interval_kind="coders",
)
@measure(
    name="policy_content_done",
    level="cluster",
    label_en="Content of policy is there",
    label_zh="政策内容是否存在",
    definition=(
        "1 if the interval of the share of firms that got the content of policy is above one tenth, or a statement on this cluster alone says that it exists at "
        "least in part, even if it hinders; 0 if that interval is below one tenth, or statements only say that it is lacking (hindering statements on market "
        "order say so too). Withheld if it is only recommended or the interval holds one tenth: a recommendation does not say that a thing is not there."
    ),
    formula="1 if low of the share of firms > 0.1 or achieved + partial > 0; 0 if high < 0.1, or lacking > 0 and no firm was asked",
    source="The book, 3.3 (five contents of policy), after Liu and Chen 2004 and Tian 2004; Wilson 1927 (interval) [reconstruction]",
    boundaries=BOUNDARIES,
    cost="linear",
    bounds=SHARE,
)
@measure(
    name="policy_coverage",
    level="cluster",
    label_en="Contents of policy covered",
    label_zh="政策内容覆盖率",
    definition=(
        "Share of the five contents of policy that are there, among those of which anything is known; low counts the unknown ones as missing, high as there."
    ),
    formula="number there / number known; coverage = number known / 5",
    source="The book, 3.3 (five contents of policy), after Liu and Chen 2004 and Tian 2004 [reconstruction]",
    boundaries=BOUNDARIES,
    cost="linear",
    bounds=SHARE,
    interval_kind="method",
)
@measure(
    name="policy_contact_share",
    level="cluster",
    label_en="Firms that deal with agencies",
    label_zh="与政府部门有往来的企业占比",
    definition="Share of the answering firms that dealt with an agency in the last year.",
    formula="share of firms, Wilson interval",
    source="Relational module of the project 2026, item R12.contact [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="policy_consulted_share",
    level="cluster",
    label_en="Firms asked for their opinion",
    label_zh="被征询意见的企业占比",
    definition="Share of the firms in touch with an agency that an agency asked for their opinion.",
    formula="share of firms in touch, Wilson interval",
    source="Relational module of the project 2026, item R12.consulted; the book, 3.2.2 (from below) [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
def measure_public_policy(cluster: Cluster) -> Found:
    """Return dealings, funds and services of the firms, and rows on factor public_policy: contents, demand, coverage, principles."""
    rows = Rows(cluster, "factor", "public_policy")
    got, asked = received(cluster), demanded(cluster)
    why = cluster.why_not("policy_implementation")
    if why:
        for name in ("policy_implementation", "policy_demand_unmet"):
            rows.withhold(name, cluster.why_not(name))
    else:
        _shares(rows, got, asked)
        _dealings(rows)
    there = _contents(rows, {} if why else got)
    add_principles(rows, there)
    if not why:
        add_responsive(rows, got, asked)
    columns = {
        "government_contact": government_contact(cluster),
        "public_funds": public_funds(cluster),
        "service_reach": service_reach(cluster),
    }
    return Found(firm_table(cluster, columns), rows)


def _shares(rows: Rows, got: Mapping[str, Values], asked: Mapping[str, Values]) -> None:
    lacking = unmet(rows.cluster)
    for name, flags in (
        ("policy_implementation", got),
        ("policy_demand", asked),
        ("policy_demand_unmet", lacking),
    ):
        if not flags:
            rows.withhold(name, _NOT_ASKED)
        for content, values in flags.items():
            rows.share(name, values, category=content, method="share of firms that answered")
    if lacking:
        rows.share(
            "policy_demand_unmet",
            either(*lacking.values()),
            category="all",
            method="share of firms that answered",
        )


def _dealings(rows: Rows) -> None:
    cluster = rows.cluster
    met = contact(cluster)
    if np.isnan(met).all():
        rows.withhold("policy_contact_share", _NOT_ASKED)
        return
    rows.share("policy_contact_share", met, method="share of firms that answered")
    flags = consulted(cluster)
    known = flags[~np.isnan(flags)]
    if len(known) < FEWEST:
        rows.withhold("policy_consulted_share", _NOT_ASKED, n=len(known))
        return
    low, high = wilson(float(known.sum()), len(known))
    # Only firms in touch are asked, so coverage is of these.
    rows.value(
        "policy_consulted_share", float(known.mean()), low=low, high=high, interval_kind="sampling", n=len(known),
        coverage=len(known) / max(int(np.nansum(met)), len(known)), method="share of firms in touch",
    )  # fmt: skip


def _contents(rows: Rows, got: Mapping[str, Values]) -> dict[str, bool]:
    """Add what is said and known of each content and the coverage; return for each content of which it is known whether it is there."""
    cluster = rows.cluster
    helps, all_said = (
        coded(cluster, CONTENT_OF_CONSTRUCT, EXISTS, helping=True),
        coded(cluster, CONTENT_OF_CONSTRUCT, (*EXISTS, "lacking", "recommended")),
    )
    said = _said_there(cluster)
    there: dict[str, bool] = {}
    for content in CONTENTS:
        if all_said.value[content]:
            _said(rows, content, helps, all_said)
        flags = got.get(content)
        there_said, lacking = said[content]
        verdict = _known(flags, there_said, lacking)
        if verdict is None:
            silent = _ONLY_RECOMMENDED if all_said.value[content] else _SILENT
            rows.withhold("policy_content_done", silent if flags is None else _OPEN, category=content)
            continue
        there[content] = verdict
        n = there_said + lacking if flags is None else float((~np.isnan(flags)).sum())
        words = f"statements: {there_said:g} there, {lacking:g} lacking"
        method = words if flags is None else f"firms; {words}"
        rows.value("policy_content_done", float(verdict), category=content, n=n, method=method)
    if not there:
        rows.withhold("policy_coverage", _UNKNOWN)
        return there
    done, known_n = sum(there.values()), len(there)
    rows.value(
        "policy_coverage", done / known_n, low=done / len(CONTENTS), high=(done + len(CONTENTS) - known_n) / len(CONTENTS),
        interval_kind="method", n=known_n, coverage=known_n / len(CONTENTS), method="contents there among those known",
    )  # fmt: skip
    return there


def _said_there(cluster: Cluster) -> dict[str, tuple[float, float]]:
    """Return for each content the number of statements that it is there (achieved or partial, helping or not) and that it is lacking."""
    others = {c: content for c, content in CONTENT_OF_CONSTRUCT.items() if c != ORDER}
    exists, lacking = (
        dict(coded(cluster, others, EXISTS).value),
        dict(coded(cluster, CONTENT_OF_CONSTRUCT, ("lacking",)).value),
    )
    content = CONTENT_OF_CONSTRUCT[ORDER]
    order = {ORDER: content}
    kept = coded(cluster, order, EXISTS, helping=True).total
    exists[content] += kept
    lacking[content] += coded(cluster, order, EXISTS).total - kept
    return {content: (exists[content], lacking[content]) for content in CONTENTS}


def _known(flags: Values | None, there: float, lacking: float) -> bool | None:
    """Say whether a content is there, given which firms got it (None if none was asked) and what statements say; None if it is open."""
    if flags is None:
        return there > 0 if there or lacking else None
    known = flags[~np.isnan(flags)]
    low, high = wilson(float(known.sum()), len(known)) if len(known) >= FEWEST else (0.0, 1.0)
    if there or low > REACHED:
        return True
    return False if high < REACHED else None


def _said(rows: Rows, content: str, exists: Coded, all_said: Coded) -> None:
    value = exists.value[content] / all_said.value[content]
    shares = [
        e[content] / a[content] for e, a in zip(exists.by_coder, all_said.by_coder, strict=True) if a[content]
    ]
    ends = (
        {"low": min(value, *shares), "high": max(value, *shares), "interval_kind": "coders"}
        if len(shares) > 1
        else {}
    )
    rows.value(
        "policy_statements_done",
        value,
        category=content,
        n=all_said.value[content],
        method="share of statements",
        **ends,
    )
