"""Shared cognition: whether the firms of a cluster see alike what the network, association, government, platforms and lead firms do for them."""

import math

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.dyads import pair_ends
from gumflow.measures.registry import COMPLETE, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.rows import FEWEST, Rows, draw_counts, firm_table
from gumflow.mechanisms.trust import ANSWERED

JUDGMENTS = (
    "perceived_spillover",
    "assoc_efficacy",
    "policy_efficacy",
    "platform_efficacy",
    "lead_spillover",
)
"""Indicators on one scale of four grades, from none (0) to much (1)."""
GRADES = 4
CHANCE = (GRADES**2 - 1) / 12 / (GRADES - 1) ** 2
"""Variance of answers that are spread evenly over the grades of 0 to 1: agreement is measured against it."""


def measure_shared_cognition(cluster: Cluster) -> Found:
    """Return agreement of the firms' judgments, and whether acquainted firms judge more alike; unit mechanism, social_capital."""
    rows = Rows(cluster, "mechanism", "social_capital")
    _add_agreement(rows)
    _add_similarity(rows)
    return Found(firm_table(cluster, {}), list(rows))


@measure(
    name="shared_cognition_rwg",
    level="cluster",
    label_en="Agreement of judgments (rwg)",
    label_zh="认知一致性（rwg）",
    definition=(
        "How far firms agree on a judgment (category: the indicator; all: mean over them), against answers spread evenly over the four grades: 1 if all "
        "say the same, 0 if they spread as evenly as by chance, below 0 if they fall into two camps. Negative values are kept."
    ),
    formula="1 - s^2 / ((A^2 - 1)/12), s^2 sample variance in grades, A = 4",
    source="James, Demaree and Wolf 1984 (rwg(1), uniform null); kept below 0 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=(-math.inf, 1.0),
    undefined="fewer than three firms answered",
    interval_kind="sampling",
)
def _add_agreement(rows: Rows) -> None:
    """Add rwg of each judgment and their mean, with bootstrap over firms."""
    cluster = rows.cluster
    why = cluster.why_not("shared_cognition_rwg")
    answers = np.array([cluster.indicator(name) for name in JUDGMENTS])
    enough = (~np.isnan(answers)).sum(axis=1) >= FEWEST
    if not why and not enough.any():
        why = f"withheld: no judgment was answered by {FEWEST} firms or more"
    if why:
        rows.withhold("shared_cognition_rwg", why, category="all")
        return
    counts, known = draw_counts(cluster), ~np.isnan(answers)
    found = [agreement(x, counts) for x in answers[enough]]
    method = "rwg(1) against an even spread over four grades; bootstrap over firms"
    for name, (value, draws), who in zip(np.array(JUDGMENTS)[enough], found, known[enough], strict=True):
        rows.drawn(
            "shared_cognition_rwg",
            value,
            draws,
            int(who.sum()),
            coverage=float(who.mean()),
            method=method,
            category=str(name),
        )
    value, draws = float(np.mean([f[0] for f in found])), np.mean([f[1] for f in found], axis=0)
    who = known[enough].any(axis=0)
    rows.drawn(
        "shared_cognition_rwg",
        value,
        draws,
        int(who.sum()),
        coverage=float(who.mean()),
        method=method,
        category="all",
    )


def agreement(values: Values, counts: NDArray[np.float64]) -> tuple[float, Values]:
    """Return rwg(1) of answers from 0 to 1 in four grades, and its value in each draw of firms; NaN in draws of fewer than two."""
    known = ~np.isnan(values)
    x = values[known]
    drawn = counts[:, known]
    n = drawn.sum(axis=1)
    mean = drawn @ x / np.maximum(n, 1)
    squares = np.maximum(drawn @ (x * x) - n * mean**2, 0.0)
    draws = np.where(n > 1, 1 - squares / np.maximum(n - 1, 1) / CHANCE, np.nan)
    return 1 - float(x.var(ddof=1)) / CHANCE, draws


@measure(
    name="cognition_similarity_gap",
    level="cluster",
    label_en="Likeness of judgments of acquainted firms",
    label_zh="相识企业认知相似度差",
    definition=(
        "Mean likeness of judgments of firms with a personal bond less that of all other pairs of firms that answered: above 0 if those who know each other see "
        "things alike. Likeness is 1 less the mean distance of their answers (0 to 1)."
    ),
    formula="mean over untied pairs and items of |x_ik - x_jk| less that over tied pairs and items",
    source="Coleman, Katz and Menzel 1957 (acquaintance and judgment); Friedkin 1998 (influence in networks) [reconstruction]",
    boundaries=COMPLETE,
    cost="quadratic",
    bounds=(-1.0, 1.0),
    reads="observed",
    undefined="no tied or no untied pair answered the same item",
)
def similarity_gap(answers: NDArray[np.float64], a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Return the gap for answers (firms x items, NaN unknown) and the tied pairs a, b."""
    total, number = _all_distances(answers)
    tied, count = _tied_distances(answers, a, b)
    if not count or number <= count:
        return math.nan
    return (total - tied) / (number - count) - tied / count


@measure(
    name="cognition_similarity_p",
    level="cluster",
    label_en="Likeness of judgments of acquainted firms, p",
    label_zh="相识企业认知相似度差的置换检验 p 值",
    definition="Share of random exchanges of whole sets of answers among the firms that answered in which the gap in likeness is as large or larger; one-sided.",
    formula="(1 + #{draws with gap >= observed}) / (1 + draws)",
    source="Krackhardt 1988 (permutation of actors) [adapted]",
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
    reads="observed",
    undefined="there is no gap",
)
def similarity_p(
    answers: NDArray[np.float64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    draws: int,
    rng: np.random.Generator,
) -> float:
    """Return the permutation p of the gap; firms without any answer stay where they are, since nothing of theirs can be exchanged."""
    observed = similarity_gap(answers, a, b)
    if observed != observed:
        return math.nan
    total, number = _all_distances(answers)
    moving = np.flatnonzero(~np.isnan(answers).all(axis=1))
    at, as_large = np.arange(len(answers)), 0
    for _ in range(draws):
        at[moving] = rng.permutation(moving)
        tied, count = _tied_distances(answers[at], a, b)
        rest = number - count
        gap = (total - tied) / rest - tied / count if count and rest > 0 else -math.inf
        as_large += gap >= observed - 1e-12
    return (1 + as_large) / (1 + draws)


def _tied_distances(
    answers: NDArray[np.float64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> tuple[float, int]:
    distance = np.abs(answers[a] - answers[b])
    known = ~np.isnan(distance)
    return float(distance[known].sum()), int(known.sum())


def _all_distances(answers: NDArray[np.float64]) -> tuple[float, int]:
    """Add up distances over all pairs and items, by sorting instead of by pairs."""
    total, number = 0.0, 0
    for column in answers.T:
        x = np.sort(column[~np.isnan(column)])
        n = len(x)
        total += float(x @ (2 * np.arange(n) - n + 1))
        number += n * (n - 1) // 2
    return total, number


def _add_similarity(rows: Rows) -> None:
    cluster = rows.cluster
    why = cluster.why_not("cognition_similarity_gap", "social")
    network = None if why else cluster.firm_network("social")
    if network is None:
        if cluster.boundary != "text":
            rows.withhold("cognition_similarity_gap", why)
        return
    answers = np.array([cluster.indicator(name) for name in JUDGMENTS]).T
    n = int((~np.isnan(answers).all(axis=1)).sum())
    if n < FEWEST:
        rows.withhold(
            "cognition_similarity_gap",
            f"withheld: only {n} firm(s) gave a judgment, and {FEWEST} are needed",
            n=n,
        )
        return
    a, b = pair_ends(network)
    more = {"n": n, "coverage": n / len(answers), "layer": "social"}
    method = "personal bonds against other pairs; permutation of firms"
    rows.value("cognition_similarity_gap", similarity_gap(answers, a, b), method=method, **more)
    p = similarity_p(answers, a, b, cluster.settings.draws, cluster.stream("likeness of judgments"))
    rows.value("cognition_similarity_p", p, method=method, **more)
