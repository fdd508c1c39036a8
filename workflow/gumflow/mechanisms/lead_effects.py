"""What lead firms do to the other firms of a cluster: demonstration, spillover, talent and competition (four effects).

Each is a comparison of lead firms with others, with a permutation test: lead firms are few, and a ratio of few firms says little by itself.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.registry import COMPLETE, COUNT, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Values
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, drawn_interval
from gumflow.networks.graph import Network
from gumflow.networks.observation import observed_in, observed_out

ASKED = ("census", "roster", "sample")
REACH = ("transaction", "knowledge", "social", "innovation", "mobility")
"""Layers by which a firm is near a lead firm."""

_TOO_FEW = "withheld: {n} lead firm(s) and {m} other(s) have a value; a comparison needs 2 lead firms and {least} others"
_NOBODY_WATCHES = "withheld: nobody was asked whom they watch"


@measure(
    name="lead_firm_exposure",
    level="firm",
    label_en="Exposure to lead firms",
    label_zh="与主导企业的接触度",
    definition=(
        "Share of the lead firms of the cluster (itself left out) with which the firm has a tie of trade, advice, acquaintance, joint development or staff, "
        "in either direction."
    ),
    formula="E_i = number of lead firms j != i tied to i / number of lead firms j != i",
    source="The book, 2.2.5 (linkages with lead firms); Burt 1987 (exposure to others) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no lead firm is found, the firm did not answer, or none of these ties is reported",
)
def lead_firm_exposure(cluster: Cluster, lead: Values) -> Values:
    """Return the share of lead firms (`lead`: 1, 0, NaN) to which each firm is tied; NaN for firms that did not answer."""
    n = len(cluster.firms)
    is_lead = lead == 1
    others = is_lead.sum() - is_lead
    networks = [k for k in (cluster.firm_network(layer) for layer in REACH) if k is not None]
    pairs = [np.concatenate([k.source * n + k.target, k.target * n + k.source]) for k in networks]
    if not pairs or not is_lead.any() or cluster.boundary not in COMPLETE:
        return np.full(n, np.nan)
    tied = np.unique(np.concatenate(pairs))
    near = np.bincount(tied[is_lead[tied % n]] // n, minlength=n)
    return np.divide(near, others, out=np.full(n, np.nan), where=(others > 0) & networks[0].responded)


@measure(
    name="lead_effect_ratio",
    level="cluster",
    label_en="Effect of lead firms (ratio)",
    label_zh="主导企业效应（比值）",
    definition=(
        "How many times as much a lead firm has of it as another firm: demonstration (named by other firms as one they learn from by watching), "
        "spillover (strength of advice given to other firms), talent (firms of the cluster that its former staff joined), competition (named as a rival), "
        "each per firm that could say so; competition_for_business compares rivalry among the others, "
        "firms that trade with a lead firm against those that do not."
    ),
    formula="mean over lead firms / mean over other firms; interval by bootstrap over firms of the logarithm",
    source="Saxenian 1994 (talent); Zhao Wei and Chen Wenzhi 2008 (four effects), as the book (2.2.5) cites it [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=COUNT,
    undefined="the other firms have none of it",
    interval_kind="sampling",
)
@measure(
    name="lead_effect_p",
    level="cluster",
    label_en="Effect of lead firms (p)",
    label_zh="主导企业效应（置换检验 p 值）",
    definition=(
        "Share of random assignments of who is a lead firm under which the difference of the means is as far from zero as it is, or farther, "
        "the observed one counted in."
    ),
    formula="(1 + #{|d*| >= |d|}) / (1 + permutations)",
    source="Phipson and Smyth 2010 (permutation p-values are never zero) [as published]",
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
)
@measure(
    name="lead_firm_linkage",
    level="cluster",
    label_en="Firms linked to a lead firm",
    label_zh="与主导企业有联系的企业占比",
    definition="Share of the other firms that have a tie of the layer with at least one lead firm, in either direction.",
    formula="mean over others of 1[tied to a lead firm]",
    source="The book, 2.2.5 (backward and forward linkages); Markusen 1996 (hub and spoke) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="lead_firm_help",
    level="cluster",
    label_en="Help of lead firms as felt by others",
    label_zh="其他企业感受到的主导企业帮助",
    definition="Mean answer of the firms that are no lead firms on how much lead firms help them in business and technology (0 to 1).",
    formula="mean over others of lead_spillover",
    source="The book, appendices 2 and 3 (survey of 2008), items NB40 and YK40 [as published]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
def add_effects(rows: Rows, lead: Values, counts: NDArray[np.float64]) -> None:
    """Add the four effects: what lead firms have of each against the others, with interval and permutation p."""
    cluster = rows.cluster
    for category, layer, values in _effect_values(cluster):
        why = cluster.why_not("lead_effect_ratio", layer) if layer else ""
        if not layer and np.isnan(values).all():
            why = _NOBODY_WATCHES
        _compared(rows, category, lead, values, counts, why)
    partners = _tied_to_lead(cluster, "transaction", lead)
    others = np.where(lead == 0, partners, np.nan)
    _compared(
        rows, "competition_for_business", others, _rivalry_among(cluster, lead), counts,
        cluster.why_not("lead_effect_ratio", "rivalry", "transaction"),
    )  # fmt: skip
    for layer in ("transaction", "knowledge", "mobility"):
        why = cluster.why_not("lead_firm_linkage", layer)
        if why:
            rows.withhold("lead_firm_linkage", why, category=layer)
        else:
            _share_of_others(rows, layer, lead)
    helped = np.where(lead == 0, cluster.indicator("lead_spillover"), np.nan)
    if not np.isnan(helped).all():
        rows.mean("lead_firm_help", helped, method="mean over firms that do not lead")


def _share_of_others(rows: Rows, layer: str, lead: Values) -> None:
    tied = _tied_to_lead(rows.cluster, layer, lead)
    others = np.where(lead == 0, tied, np.nan)
    rows.share("lead_firm_linkage", others, category=layer, method="share of the firms that do not lead")


def _effect_values(cluster: Cluster) -> list[tuple[str, str, Values]]:
    """Return category, layer and value for each firm of the effects that are read off what firms say of one another."""
    given: list[tuple[str, str, Callable[[Network], Values]]] = [
        ("spillover", "knowledge", _given),
        ("talent", "mobility", _given),
        ("competition", "rivalry", _taken),
    ]
    found = [("demonstration", "", watched(cluster))]
    for category, layer, rate in given:
        network = cluster.firm_network(layer)
        found.append(
            (category, layer, np.full(len(cluster.firms), np.nan) if network is None else rate(network))
        )
    return found


def _given(network: Network) -> Values:
    return _rate(
        np.bincount(network.source, weights=network.strength, minlength=network.size), observed_out(network)
    )


def _taken(network: Network) -> Values:
    return _rate(np.bincount(network.target, minlength=network.size).astype(float), observed_in(network))


def _rate(total: NDArray[Any], seen: NDArray[np.int64]) -> Values:
    return np.divide(total, seen, out=np.full(len(total), np.nan), where=seen > 0)


def watched(cluster: Cluster) -> Values:
    """Return the share of the other firms that answered which name the firm as one they learn from by watching; NaN if nobody answered."""
    answers = cluster.answers("R15.watched")
    n = len(cluster.firms)
    if answers.empty:
        return np.full(n, np.nan)
    who, whom = cluster.place_of(answers["respondent"]), cluster.place_of(answers["alter"])
    asked = np.zeros(n, dtype=bool)
    asked[who[who >= 0]] = True
    named = (who >= 0) & (whom >= 0) & (who != whom) & (answers["value"].to_numpy() > 0)
    pairs = np.unique(who[named] * max(n, 1) + whom[named])
    return _rate(np.bincount(pairs % max(n, 1), minlength=n).astype(float), asked.sum() - asked)


def _tied_to_lead(cluster: Cluster, layer: str, lead: Values) -> Values:
    """Return 1 for firms with a tie of the layer with a lead firm, 0 for those without; NaN where the firm did not answer and nobody said so."""
    network = cluster.firm_network(layer)
    n = len(cluster.firms)
    if network is None:
        return np.full(n, np.nan)
    is_lead = lead == 1
    tied = np.zeros(n, dtype=bool)
    tied[network.target[is_lead[network.source]]] = True
    tied[network.source[is_lead[network.target]]] = True
    return np.where(tied | network.responded, tied, np.nan)


def _rivalry_among(cluster: Cluster, lead: Values) -> Values:
    """Return rivals named by or naming each firm that does not lead, lead firms left out; NaN where it did not answer."""
    network = cluster.firm_network("rivalry")
    n = len(cluster.firms)
    if network is None:
        return np.full(n, np.nan)
    other = lead == 0
    among = other[network.source] & other[network.target]
    ties = np.bincount(network.source[among], minlength=n) + np.bincount(network.target[among], minlength=n)
    return np.where(other & network.responded, ties, np.nan)


def _compared(
    rows: Rows, category: str, flags: Values, values: Values, counts: NDArray[np.float64], why: str
) -> None:
    """Add ratio and permutation p of the mean of `values` between flag 1 and flag 0."""
    known = ~(np.isnan(flags) | np.isnan(values))
    one, zero = known & (flags == 1), known & (flags == 0)
    if not why and (one.sum() < 2 or zero.sum() < FEWEST):
        why = _TOO_FEW.format(n=int(one.sum()), m=int(zero.sum()), least=FEWEST)
    if why:
        rows.withhold("lead_effect_ratio", why, category=category)
        return
    values = np.where(known, values, 0.0)
    n, coverage = int(known.sum()), float(known.mean())
    means = [values[part].mean() for part in (one, zero)]
    ratio = means[0] / means[1] if means[1] > 0 else math.nan
    drawn = [bootstrap_ratio(counts, values * part, part.astype(np.float64)) for part in (one, zero)]
    sound = (drawn[0] > 0) & (drawn[1] > 0)
    logs = np.full(len(counts), np.nan)
    logs[sound] = np.log(drawn[0][sound] / drawn[1][sound])
    low, high = drawn_interval(math.log(ratio), logs, n) if ratio > 0 else (math.nan, math.nan)
    given = low == low
    rows.value(
        "lead_effect_ratio", ratio, category=category, low=math.exp(low) if given else math.nan, high=math.exp(high) if given else math.nan,
        interval_kind="sampling" if given else "", n=n, coverage=coverage, method="ratio of means; bootstrap over firms",
    )  # fmt: skip
    p = _permutation_p(rows.cluster, category, values[known], int(one.sum()), means[0] - means[1])
    rows.value(
        "lead_effect_p",
        p,
        category=category,
        n=n,
        coverage=coverage,
        method=f"{rows.cluster.settings.draws} permutations",
    )


def _permutation_p(cluster: Cluster, category: str, values: Values, leads: int, difference: float) -> float:
    """Return how often a random choice of as many lead firms gives a difference as far from zero."""
    stream = cluster.stream("lead firms", category)
    total, n = float(values.sum()), len(values)
    sums = np.array(
        [
            values[stream.choice(n, leads, replace=False, shuffle=False)].sum()
            for _ in range(cluster.settings.draws)
        ]
    )
    differences = sums / leads - (total - sums) / (n - leads)
    # Sums in another order differ in the last digit.
    tolerance = 1e-12 * max(abs(difference), abs(total))
    return float((1 + (np.abs(differences) >= abs(difference) - tolerance).sum()) / (1 + len(sums)))
