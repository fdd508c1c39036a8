"""How a cluster learns: its learning networks, who leads learning and who follows, ways of learning, roles, gatekeepers and synergy.

Firms of high potential learn outside for the others, and what they learn runs on inside: the division of learning is in who stands high, how
far knowledge comes from few, who feeds whom, and who holds the ties to the outside.
"""

import numpy as np

from gumflow.measures.registry import COMPLETE, COUNT, SHARE, measure
from gumflow.mechanisms.absorptive import (
    ANSWERED,
    absorptive_capacity,
    advice_rates,
    capacity_rows,
    high_potential,
    partners_outside,
)
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.gatekeepers import measure_gatekeepers
from gumflow.mechanisms.learning_modes import measure_learning_modes
from gumflow.mechanisms.learning_network import measure_learning_network
from gumflow.mechanisms.learning_roles import measure_learning_roles
from gumflow.mechanisms.pair_draws import Counts, Statistic, add_statistic, gini, pair_matrix, pair_sum, ratio
from gumflow.mechanisms.rows import Rows, bootstrap_ratio, firm_table, joined
from gumflow.mechanisms.synergy import measure_learning_synergy

CLASSES = {"high": 1.0, "low": 0.0}
_NO_CLASS = "withheld: absorptive capacity or advice is known of no firm, so none can be called high or low"


def measure_learning(cluster: Cluster) -> Found:
    """Return everything on learning but its process: networks, division, ways, roles, gatekeepers and synergy."""
    parts = (
        measure_learning_network,
        measure_learning_division,
        measure_learning_modes,
        measure_learning_roles,
        measure_gatekeepers,
        measure_learning_synergy,
    )
    return joined([part(cluster) for part in parts], cluster)


@measure(
    name="knowledge_given",
    level="firm",
    label_en="Advice given",
    label_zh="知识给予强度",
    definition="Mean strength of the advice that the firm gives to another firm of the cluster, over those of which it was observed; no tie counts 0.",
    formula="sum of the strength of knowledge arcs i -> j / number of j observed",
    source="Giuliani and Bell 2005 (source of knowledge) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    undefined="the firm did not answer, or no knowledge tie is reported",
)
@measure(
    name="knowledge_taken",
    level="firm",
    label_en="Advice taken",
    label_zh="知识获取强度",
    definition="Mean strength of the advice that the firm takes from another firm of the cluster, over those of which it was observed; no tie counts 0.",
    formula="sum of the strength of knowledge arcs j -> i / number of j observed",
    source="Giuliani and Bell 2005 (absorber of knowledge) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    undefined="the firm did not answer, or no knowledge tie is reported",
)
@measure(
    name="high_potential_share",
    level="cluster",
    label_en="Share of firms of high potential",
    label_zh="高位势企业占比",
    definition="Share of the firms, of which it is known, that have high knowledge potential (`high_potential`).",
    formula="mean of high_potential over firms",
    source="Cohen and Levinthal 1990; Giuliani and Bell 2005 [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="knowledge_source_gini",
    level="cluster",
    label_en="Concentration of the sources of advice",
    label_zh="知识源集中度",
    definition="Gini coefficient of the advice that firms give: 0 if all give alike, near 1 if all advice comes from one firm.",
    formula="G = sum_i (2 i - n - 1) x_(i) / (n sum_i x_i), x = knowledge_given in ascending order",
    source="Gini 1912; Sen 1973, ch. 2 [as published]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="no firm gives advice",
    interval_kind="sampling",
)
@measure(
    name="advice_flow_density",
    level="cluster",
    label_en="Density of advice between classes of potential",
    label_zh="高低位势企业间知识流密度",
    definition=(
        "Share of the ordered pairs of firms, the first of one class of potential and the second of the other (category: from > to), in which the first "
        "advises the second; it says who feeds whom."
    ),
    formula="knowledge arcs from class a to class b / ordered pairs that were asked",
    source="Wasserman and Faust 1994, ch. 10 (block densities) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no pair of firms of the two classes",
    interval_kind="sampling",
)
@measure(
    name="feeding_ratio",
    level="cluster",
    label_en="High feed low against low feed high",
    label_zh="高位势对低位势知识输出比",
    definition=(
        "Share of the advice across the two classes of potential that runs from high to low: above one half, those who stand high feed the others. "
        "Firms that take more than they give are low by definition, so a half is no test of chance."
    ),
    formula="strength of arcs high > low / (strength of arcs high > low + low > high)",
    source="Giuliani and Bell 2005 (uneven distribution of knowledge in the cluster) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no advice runs between the two classes",
    interval_kind="sampling",
)
@measure(
    name="outside_partners_of_class",
    level="cluster",
    label_en="Partners outside the cluster by class of potential",
    label_zh="各位势企业的集群外伙伴数",
    definition="Mean number of partners outside the cluster of the firms of high and of low potential (category): who learns outside for the others.",
    formula="mean over the firms of a class of the number of outside actors with an achieved pipeline tie",
    source="Giuliani and Bell 2005 (external openness by capacity) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=COUNT,
    interval_kind="sampling",
)
def measure_learning_division(cluster: Cluster) -> Found:
    """Return capacity, potential and advice of each firm, and for the cluster how learning is divided between high and low."""
    high = high_potential(cluster)
    given, taken = advice_rates(cluster)
    table = firm_table(
        cluster,
        {
            "absorptive_capacity_index": absorptive_capacity(cluster),
            "high_potential": high,
            "knowledge_given": given,
            "knowledge_taken": taken,
        },
    )
    rows = Rows(cluster, "part", "learning.division")
    rows.extend(capacity_rows(cluster))
    known = int((~np.isnan(high)).sum())
    why = cluster.why_not("high_potential_share", "knowledge") or ("" if known else _NO_CLASS)
    if why:
        rows.withhold("high_potential_share", why)
    else:
        rows.share("high_potential_share", high)
        _add_outside(rows, high)
    why_gini = cluster.why_not("knowledge_source_gini", "knowledge")
    if why_gini:
        rows.withhold("knowledge_source_gini", why_gini)
    else:
        add_statistic(rows, "knowledge_source_gini", gini(given), int((~np.isnan(given)).sum()))
    _add_flows(rows, high, why)
    return Found(table, list(rows))


def _add_outside(rows: Rows, high: Values) -> None:
    """Add mean outside partners of each class; firms of unknown class are left out."""
    outside = partners_outside(rows.cluster)
    if np.isnan(outside).all():
        return
    for name, flag in CLASSES.items():
        here = np.where(np.isnan(high) | np.isnan(outside), np.nan, high == flag)
        above = here * np.nan_to_num(outside)
        if not np.nansum(here):
            continue
        n = int((~np.isnan(here)).sum())
        add_statistic(rows, "outside_partners_of_class", _share_of(above, here), n, category=name)


def _share_of(part: Values, whole: Values) -> Statistic:
    return lambda counts: bootstrap_ratio(counts, part, whole)


def _add_flows(rows: Rows, high: Values, why: str) -> None:
    """Add who feeds whom: densities between the classes, and the share of what crosses that runs down."""
    cluster = rows.cluster
    network = cluster.firm_network("knowledge")
    why = why or cluster.why_not("advice_flow_density", "knowledge")
    if why or network is None:
        rows.withhold("advice_flow_density", why or _NO_CLASS)
        rows.withhold("feeding_ratio", why or _NO_CLASS)
        return
    n, known = len(cluster.firms), int((~np.isnan(high)).sum())
    arcs = pair_matrix(network.source, network.target, n)
    tied = network.source * n + network.target
    unasked = ~np.isin(network.unasked[0] * n + network.unasked[1], tied)
    left_out = pair_matrix(network.unasked[0][unasked], network.unasked[1][unasked], n)
    inside = {name: high == flag for name, flag in CLASSES.items()}
    for a in CLASSES:
        for b in CLASSES:

            def density(counts: Counts, a: str = a, b: str = b) -> Values:
                first, second = counts * inside[a], counts * inside[b]
                possible = first.sum(axis=1) * second.sum(axis=1) - (first * second).sum(axis=1)
                return ratio(pair_sum(first, arcs, second), possible - pair_sum(first, left_out, second))

            if inside[a].any() and inside[b].any():
                add_statistic(rows, "advice_flow_density", density, known, category=f"{a} > {b}")
    strengths = pair_matrix(network.source, network.target, n, network.strength)

    def feeding(counts: Counts) -> Values:
        upper, lower = counts * inside["high"], counts * inside["low"]
        down, up = pair_sum(upper, strengths, lower), pair_sum(lower, strengths, upper)
        return ratio(down, down + up)

    add_statistic(rows, "feeding_ratio", feeding, known)
