"""How an innovation network comes about: fields of knowledge, the space of their combinations, and the probability that firms join (2.4.2(1)).

The text states what the probability rises and falls with, but prints no formula, and none was found in the sources it names. What is
computed is therefore a reconstruction with the properties that the text states: it falls with technology life, rises with the number of
core participants, and is 0 where working together costs more than working alone. Its level rests on a declared scale; read the order of
fields, clusters and waves, not the level.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import COMPLETE, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Flags, Found, Values
from gumflow.mechanisms.emergence import (
    SCALE,
    SHORTEST_LIFE,
    SPACE_EXPONENT,
    emergence_probability,
    relative_space,
    technology_space,
)
from gumflow.mechanisms.innovation_network import ANSWERED, LAYER, joint_work
from gumflow.mechanisms.rows import Rows, bootstrap_ratio, draw_counts, firm_table

SOLO_BARRIERS = ("technology", "staff", "equipment", "channels", "finance")
JOINT_BARRIERS = ("partners", "universities")
BARRIERS = "NB26.barriers"
_BOOK = "Pyka and Saviotti 2002, as told by the book, 2.4.2(1)"
_NO_TAGS = "withheld: the fields of joint projects were not asked or not answered, and {label} rests on them"
_NO_COSTS = "withheld: what makes own design hard was not asked, and {label} rests on it"


@dataclass(frozen=True, eq=False)
class FieldWork:
    """In which technical fields the actors of a cluster develop jointly.

    fields   names of the fields in which there is a joint project, sorted
    actors   actors of the innovation network; `active` (actors x fields) says in which fields each has a joint project
    firms    the same for the cluster's firms (firms x fields)
    years    sum over the firm's own reports in a field of the years that the partners have dealt with each other (firms x fields)
    reports  how many reports these are
    """

    fields: tuple[str, ...]
    actors: NDArray[np.str_]
    active: Flags
    firms: Flags
    years: Values
    reports: Values


def field_work(cluster: Cluster) -> FieldWork | None:
    """Return in which fields the actors work jointly; None if no field of a joint project was answered."""
    work = joint_work(cluster)
    tags = cluster.answers("R04.fields")
    if work is None or tags.empty:
        return None
    tags = tags[(tags["value"] > 0) & tags["option"].ne("") & tags["alter"].isin(work.actors)]
    tags = tags[tags["respondent"].isin(work.actors)]
    if tags.empty:
        return None
    tags = tags.merge(_years(cluster), on=["respondent", "alter"], how="left")
    fields, field = np.unique(tags["option"].to_numpy(dtype=str), return_inverse=True)
    active = np.zeros((len(work.actors), len(fields)), dtype=bool)
    place = pd.Index(work.actors)
    for end in ("respondent", "alter"):
        active[place.get_indexer(tags[end]), field] = True
    firms = np.zeros((len(cluster.firms), len(fields)), dtype=bool)
    firms[work.as_firm[work.as_firm >= 0]] = active[work.as_firm >= 0]
    years, reports = np.zeros(firms.shape), np.zeros(firms.shape)
    own = cluster.place_of(tags["respondent"])
    span = tags["years"].to_numpy(dtype=np.float64)
    told = (own >= 0) & ~np.isnan(span)
    np.add.at(years, (own[told], field[told]), span[told])
    np.add.at(reports, (own[told], field[told]), 1.0)
    return FieldWork(tuple(map(str, fields)), work.actors, active, firms, years, reports)


def _years(cluster: Cluster) -> pd.DataFrame:
    """Return the years that a respondent says it has dealt with an alter."""
    told = cluster.answers("R07.years")
    if told.empty:
        return pd.DataFrame({"respondent": [], "alter": [], "years": []}).astype(
            {"respondent": "str", "alter": "str", "years": "float64"}
        )
    return (
        told.groupby(["respondent", "alter"], as_index=False)["value"]
        .mean()
        .rename(columns={"value": "years"})
    )


@measure(
    name="knowledge_fields",
    level="firm",
    label_en="Fields of knowledge",
    label_zh="知识领域数",
    definition=(
        "Number of technical fields in which the firm has a joint project, as either end tags it; 0 for a firm that answered and has no joint project. "
        "Fields in which a firm works alone, and patents, are not asked. `Other` counts as one field."
    ),
    formula="KB_i = sum_f 1[i has a joint project in field f]",
    source=f"{_BOOK} (fields of knowledge of an innovator) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    undefined="the firm did not answer, or no field of its joint projects is told",
)
def knowledge_fields(cluster: Cluster) -> Values:
    """Return the number of technical fields of each firm; NaN where it did not answer or none of its projects is tagged."""
    work, found = joint_work(cluster), field_work(cluster)
    if work is None or found is None:
        return np.full(len(cluster.firms), np.nan)
    count = found.firms.sum(axis=1).astype(np.float64)
    untold = (count == 0) & (np.nan_to_num(work.per_firm()) > 0)
    return np.where(work.known & ~untold, count, np.nan)


@measure(
    name="technology_space",
    level="firm",
    label_en="Technology space",
    label_zh="技术空间",
    definition=(
        "Number of ways to combine two or more of the firm's fields of knowledge; 0 with one field or none. Counting pairs alone is the other reading "
        "of the text and is drawn beside it."
    ),
    formula="Omega = 2^KB - KB - 1",
    source=f"{_BOOK} (possible combinations of fields) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    undefined="the firm's fields of knowledge are not known",
)
def firm_technology_space(cluster: Cluster) -> Values:
    """Return the number of combinations of fields of each firm; NaN where its fields are not known."""
    return technology_space(knowledge_fields(cluster))


@measure(
    name="innovation_cost_alone",
    level="firm",
    label_en="Cost of innovating alone",
    label_zh="单独创新成本",
    definition=(
        "Share of the difficulties of own design that lie in the firm's own means (technology, staff, equipment, sources of information, funds) which "
        "it ticks; it stands for a cost that nobody asked in money."
    ),
    formula="C_solo = ticks / 5",
    source=f"{_BOOK} (cost condition) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm was not asked or did not answer",
)
@measure(
    name="innovation_cost_joint",
    level="firm",
    label_en="Cost of innovating jointly",
    label_zh="合作创新成本",
    definition=(
        "What the firm lacks to find partners and the support of universities (share ticked), plus its part of the cost of innovating alone if that "
        "is shared equally with its partners of joint development; with one partner where it has none or did not say."
    ),
    formula="C_coop + C_shared = ticks / 2 + C_solo / (1 + max(partners, 1))",
    source=f"{_BOOK} (cost condition) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    undefined="the firm was not asked or did not answer",
)
@measure(
    name="cooperation_pays",
    level="firm",
    label_en="Cooperation costs no more than going alone",
    label_zh="合作不比单独创新昂贵",
    definition="1 if the cost of innovating jointly is not above that of innovating alone, else 0; a firm that feels no difficulty at all has 1.",
    formula="1[C_coop + C_shared <= C_solo]",
    source=f"{_BOOK} (cost condition) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    scale="flag",
    undefined="the firm was not asked or did not answer",
)
def innovation_costs(cluster: Cluster) -> dict[str, Values]:
    """Return innovation_cost_alone, innovation_cost_joint and cooperation_pays of each firm; NaN where it did not answer."""
    ticks = cluster.answers(BARRIERS)
    alone = np.full(len(cluster.firms), np.nan)
    if ticks.empty or cluster.boundary not in ANSWERED:
        return {
            "innovation_cost_alone": alone,
            "innovation_cost_joint": alone.copy(),
            "cooperation_pays": alone.copy(),
        }
    alone = ticked_share(cluster, (BARRIERS,), SOLO_BARRIERS)
    work = joint_work(cluster)
    partners = np.zeros(len(alone)) if work is None else np.nan_to_num(work.per_firm())
    joint = ticked_share(cluster, (BARRIERS,), JOINT_BARRIERS) + alone / (1 + np.maximum(partners, 1))
    return {
        "innovation_cost_alone": alone,
        "innovation_cost_joint": joint,
        "cooperation_pays": np.where(np.isnan(joint), np.nan, joint <= alone),
    }


def ticked_share(cluster: Cluster, questions: Sequence[str], options: Sequence[str]) -> Values:
    """Return which share of some options of a choice item each firm ticked; NaN for firms that answered none of the questions."""
    share = np.full(len(cluster.firms), np.nan)
    for question in questions:
        answers = cluster.answers(question)
        if answers.empty:
            continue
        own = cluster.place_of(answers["respondent"])
        hit = (answers["option"].isin(options) & (answers["value"] > 0)).to_numpy()
        hits = np.bincount(own[(own >= 0) & hit], minlength=len(share)) / len(options)
        asked = np.isin(np.arange(len(share)), own)
        share = np.where(asked, hits, share)
    return share


@measure(
    name="knowledge_fields_mean",
    level="cluster",
    label_en="Fields of knowledge, mean",
    label_zh="知识领域数均值",
    definition="Mean number of fields of knowledge of the firms that answered, firms without joint projects included.",
    formula="mean of KB_i",
    source=f"{_BOOK} [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    interval_kind="sampling",
)
@measure(
    name="technology_space_mean",
    level="cluster",
    label_en="Technology space, mean",
    label_zh="技术空间均值",
    definition="Mean technology space of the firms that answered; a few firms of many fields weigh much in it, as the space doubles with each field.",
    formula="mean of Omega_i",
    source=f"{_BOOK} [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    interval_kind="sampling",
)
@measure(
    name="cost_condition_share",
    level="cluster",
    label_en="Share of firms for which cooperation pays",
    label_zh="合作创新成本条件满足的企业占比",
    definition="Share of the firms for which innovating jointly costs no more than innovating alone, by the difficulties that they tick.",
    formula="mean of 1[C_coop + C_shared <= C_solo]",
    source=f"{_BOOK} (cost condition) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="core_participants",
    level="cluster",
    label_en="Core participants",
    label_zh="核心参与者数",
    definition=(
        "Number of firms with a joint project in a technical field (category; `all` in any field), as either end reports: the firms that are "
        "already in joint work, as nobody asked who works in the field alone."
    ),
    formula="M_t = number of firms active in the field",
    source=f"{_BOOK} (number of core participants) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    interval_kind="sampling",
)
@measure(
    name="field_complexity",
    level="cluster",
    label_en="Complexity of a field",
    label_zh="技术领域复杂度",
    definition="Mean number of fields of knowledge of the firms active in a technical field (category; `all` in any field): what its work is combined with.",
    formula="mean of KB_i over the core participants",
    source=f"{_BOOK} (complexity of technology) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    undefined="no firm that answered is active in the field",
    interval_kind="sampling",
)
@measure(
    name="technology_life",
    level="cluster",
    label_en="Years partners have dealt with each other (for technology life)",
    label_zh="合作双方往来年数（代替技术生命周期）",
    definition=(
        "Years that partners of joint work in a technical field (category; `all` in any field) have dealt with each other, mean over reports. It is not "
        "technology life: it stands for how far the technology is in its life, which nobody asked, and is at least one year."
    ),
    formula="TL = max(1, mean years of dealing over joint projects in the field)",
    source=f"{_BOOK} (technology life cycle) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=(SHORTEST_LIFE, float("inf")),
    undefined="no years of dealing are reported in the field",
    interval_kind="sampling",
)
@measure(
    name="network_emergence_probability",
    level="cluster",
    label_en="Probability that an innovation network emerges",
    label_zh="创新网络出现概率",
    definition=(
        "For a technical field (category), the mean over firms of a probability that rises with the core participants, falls with technology life (for "
        "which the years that partners have dealt with each other stand), and "
        "is 0 for firms whose cost of joint work is above that of working alone; `all` is the mean over the fields in use. Where costs were not "
        "asked the condition is taken as met. Core participants are counted from joint projects themselves, so it is high where there are such networks "
        "already and foretells none. The scale (0.1) is declared, not estimated, and technology space has no weight by default."
    ),
    formula="P_t = [1 - exp(-alpha M_t omega^gamma / TL)] x share[C_coop + C_shared <= C_solo]; alpha = 0.1, gamma = 0",
    source=f"{_BOOK}; closed form not found [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="technology life is not known in the field",
    interval_kind="sampling",
)
def measure_emergence(cluster: Cluster) -> Found:
    """Return fields, technology space and costs of firms, and of each field and the cluster how likely an innovation network emerges."""
    rows = Rows(cluster, "part", "innovation.network_emergence")
    fields, costs = knowledge_fields(cluster), innovation_costs(cluster)
    table = firm_table(
        cluster, {"knowledge_fields": fields, "technology_space": technology_space(fields), **costs}
    )
    found = field_work(cluster)
    for name, values in (
        ("knowledge_fields_mean", fields),
        ("technology_space_mean", technology_space(fields)),
    ):
        why = cluster.why_not(name, LAYER) or ("" if found else _NO_TAGS.format(label=name.replace("_", " ")))
        if why:
            rows.withhold(name, why)
        else:
            rows.mean(name, values)
    pays = costs["cooperation_pays"]
    why = cluster.why_not("cost_condition_share")
    if why or np.isnan(pays).all():
        rows.withhold("cost_condition_share", why or _NO_COSTS.format(label="the cost condition"))
    else:
        rows.share("cost_condition_share", pays)
    why = cluster.why_not("network_emergence_probability", LAYER)
    if why or found is None:
        rows.withhold("network_emergence_probability", why or _NO_TAGS.format(label="the probability"))
    else:
        _by_field(rows, found, fields, pays)
    return Found(table, list(rows))


def _by_field(rows: Rows, found: FieldWork, fields: Values, pays: Values) -> None:
    """Add core participants, complexity, technology life and probability of each field and of all, with bootstrap intervals over firms."""
    cluster = rows.cluster
    counts, one = draw_counts(cluster), np.ones((1, len(cluster.firms)))
    n = int((~np.isnan(fields)).sum())
    coverage = n / max(len(cluster.firms), 1)
    condition = "" if (~np.isnan(pays)).any() else "; cost condition not asked, taken as met"
    method = f"alpha {SCALE:g}, gamma {SPACE_EXPONENT:g}{condition}; bootstrap over firms"
    values, draws = [], []
    for field in (*found.fields, "all"):
        value = _weighed(found, field, fields, pays, one)
        drawn = _weighed(found, field, fields, pays, counts)
        for name in ("core_participants", "field_complexity", "technology_life"):
            rows.drawn(
                name, float(value[name][0]), drawn[name], n, coverage=coverage, category=field, method="bootstrap over firms"
            )  # fmt: skip
        if field != "all":
            values.append(_chance(value, value["technology_life"]))
            draws.append(_chance(drawn, value["technology_life"]))
    name = "network_emergence_probability"
    for field, at_field, of_draws in zip(found.fields, values, draws, strict=True):
        rows.drawn(name, float(at_field[0]), of_draws, n, coverage=coverage, category=field, method=method)
    known = [at for at, value in enumerate(values) if not np.isnan(value[0])]
    overall = float(np.mean([values[at] for at in known])) if known else math.nan
    drawn_overall = np.mean([draws[at] for at in known], axis=0) if known else np.full(len(counts), np.nan)
    rows.drawn(
        name, overall, drawn_overall, n, coverage=coverage, category="all",
        method=f"mean over the fields in use; {method}",
    )  # fmt: skip


def _weighed(found: FieldWork, field: str, fields: Values, pays: Values, by: Values) -> dict[str, Values]:
    """Return what the probability of one field (or all) rests on, for each row of firm weights `by` (draws x firms)."""
    chosen = [at for at, name in enumerate(found.fields) if field in (name, "all")]
    active: Flags = np.asarray(found.firms[:, chosen].any(axis=1), dtype=bool)
    years, reports = found.years[:, chosen].sum(axis=1), found.reports[:, chosen].sum(axis=1)
    one = np.ones(len(active))
    breadth = bootstrap_ratio(by, np.where(active, fields, np.nan), one)
    share = bootstrap_ratio(by, np.where(active, pays, np.nan), one)
    # Where no firm of the field told its costs, those of the cluster stand for them; where none was asked, the condition is taken as met.
    share = np.where(np.isnan(share), bootstrap_ratio(by, pays, one), share)
    return {
        "core_participants": by @ active.astype(np.float64),
        "field_complexity": breadth,
        "technology_life": np.maximum(bootstrap_ratio(by, years, reports), SHORTEST_LIFE),
        "space": relative_space(breadth, len(found.fields)),
        "pays": np.where(np.isnan(share), 1.0, share),
    }


def _chance(weighed: dict[str, Values], life: Values) -> Values:
    """Return the probability; `life` stands in where a draw holds no report of years, and a draw without participants has probability 0."""
    years = np.where(np.isnan(weighed["technology_life"]), life, weighed["technology_life"])
    chance = emergence_probability(weighed["core_participants"], years, weighed["space"], weighed["pays"])
    return np.where(weighed["core_participants"] == 0, 0.0, chance)
