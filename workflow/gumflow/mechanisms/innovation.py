"""The innovation mechanism (2.4.2): how the innovation network emerges, what innovators bring, and how they work together.

This module holds the synergy of innovation: partners whose fields of knowledge complement each other, rivals that develop jointly, and
cooperation at one stage of the chain against cooperation across stages. `measure_innovation` joins it with the network, its emergence and
the elements of an innovator.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import COMPLETE, COUNT, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Flags, Found, Row, Values
from gumflow.mechanisms.innovation_elements import measure_elements
from gumflow.mechanisms.innovation_emergence import field_work, measure_emergence
from gumflow.mechanisms.innovation_network import (
    ANSWERED,
    LAYER,
    answered_share,
    few_answers,
    joint_work,
    mean_of_some,
    measure_network,
)
from gumflow.mechanisms.rows import Rows, bootstrap_ratio, draw_counts, drawn_interval, firm_table, joined

REVENUE, PRODUCTS = "NB04.shares", "YK07"
PLACES = ("parts", "assembled")
_NO_STAGES = "withheld: no joint work of two firms of known stage of the chain is reported"
_NO_FIRM_TIES = "withheld: no joint work of two firms that answered is reported"
_NO_FIELDS = "withheld: the fields of joint projects were not asked or not answered"
_CHUNK = 100


def measure_innovation(cluster: Cluster) -> Found:
    """Return everything on the innovation mechanism of a cluster: a row for each firm, and rows of scores."""
    fields = field_work(cluster)
    parts = [
        measure_network(cluster, None if fields is None else len(fields.fields)),
        measure_emergence(cluster),
        measure_synergy(cluster),
        measure_elements(cluster),
    ]
    return joined(parts, cluster)


@measure(
    name="partner_overlap",
    level="firm",
    label_en="Overlap of knowledge with partners",
    label_zh="与合作伙伴的知识重叠度",
    definition=(
        "Fields of knowledge that firm and partner share over the fields of the one that has fewer, mean over partners whose fields are known. A joint "
        "project is in a field of both, so the overlap of partners is above 0 by construction."
    ),
    formula="mean_j |a_i and a_j| / min(|a_i|, |a_j|)",
    source="Gilbert, Pyka and Ahrweiler 2001 (conservative choice of partners) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm has no partner whose fields are known, or did not answer",
)
@measure(
    name="partner_complementarity",
    level="firm",
    label_en="Complementarity of knowledge with partners",
    label_zh="与合作伙伴的知识互补性",
    definition=(
        "Fields of knowledge that only one of firm and partner has, over the sum of the fields of both, mean over partners whose fields are known; 0 for "
        "partners that share no field, as they have nothing to start from."
    ),
    formula="mean_j |a_i xor a_j| / (|a_i| + |a_j|) if |a_i and a_j| >= 1, else 0",
    source="Gilbert, Pyka and Ahrweiler 2001 (progressive choice of partners) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm has no partner whose fields are known, or did not answer",
)
def partner_complementarity(cluster: Cluster) -> dict[str, Values]:
    """Return partner_overlap and partner_complementarity of each firm; partners are firms and bodies."""
    work, found = joint_work(cluster), field_work(cluster)
    if work is None or found is None:
        unknown = np.full(len(cluster.firms), np.nan)
        return {"partner_overlap": unknown, "partner_complementarity": unknown.copy()}
    mine, theirs = found.firms[work.firm], found.active[work.partner]
    shared = (mine & theirs).sum(axis=1).astype(np.float64)
    sizes = mine.sum(axis=1), theirs.sum(axis=1)
    both = (sizes[0] > 0) & (sizes[1] > 0)
    overlap = np.divide(shared, np.minimum(*sizes), out=np.zeros(len(shared)), where=both)
    apart = np.divide((mine ^ theirs).sum(axis=1), sizes[0] + sizes[1], out=np.zeros(len(shared)), where=both)
    partners = work.per_firm(both.astype(np.float64))
    return {
        name: np.divide(
            work.per_firm(values),
            partners,
            out=np.full(len(partners), np.nan),
            where=np.nan_to_num(partners) > 0,
        )
        for name, values in (
            ("partner_overlap", overlap),
            ("partner_complementarity", np.where(shared >= 1, apart, 0.0)),
        )
    }


@dataclass(frozen=True, eq=False)
class FirmPairs:
    """Joint work of two firms that both answered: ends (a row for each direction), and whether they are rivals and at one stage (NaN unknown)."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    rivals: Values
    same_stage: Values
    known: Flags

    def share(self, values: Values) -> tuple[Values, Values, Values]:
        """Return for each firm the sum of a value over its partners for which it is known, their number, and the ratio (NaN for none)."""
        told = ~np.isnan(values)
        n = len(self.known)
        part = np.bincount(self.one[told], weights=values[told], minlength=n).astype(np.float64)
        whole = np.bincount(self.one[told], minlength=n).astype(np.float64)
        return part, whole, np.divide(part, whole, out=np.full(n, np.nan), where=whole > 0)


def firm_pairs(cluster: Cluster) -> FirmPairs | None:
    """Return the joint work of two firms that both answered; None if joint work is not known."""
    work = joint_work(cluster)
    if work is None:
        return None
    one, other = work.firm[work.among_firms], work.as_firm[work.partner[work.among_firms]]
    rivals = rival_matrix(cluster)
    told = np.full(len(one), np.nan) if rivals is None else rivals[one, other].astype(np.float64)
    stages, _ = stages_of(cluster)
    placed: Flags = np.asarray(stages.any(axis=1), dtype=bool)
    same = (stages[one] & stages[other]).any(axis=1)
    return FirmPairs(one, other, told, np.where(placed[one] & placed[other], same, np.nan), work.known)


def rival_matrix(cluster: Cluster) -> NDArray[np.bool_] | None:
    """Return which firms are rivals (firms x firms, symmetric): either names the other; None if no rivalry is reported."""
    network = cluster.firm_network("rivalry")
    if network is None or len(network.actors) != len(cluster.firms):
        return None
    matrix = np.zeros((network.size, network.size), dtype=bool)
    matrix[network.source, network.target] = True
    return np.asarray(matrix | matrix.T, dtype=bool)


def stages_of(cluster: Cluster) -> tuple[Flags, str]:
    """Return at which stages of the chain each firm stands (firms x stages; a row without any is not known), and what tells it.

    The stage or stages of the largest share of revenue; parts or assembled products; or the product in actors.csv, where firms of one
    product stand for firms of one stage: the first that tells it of most firms that answered, else the one that tells it of the most.
    """
    shares = cluster.answers(REVENUE)
    if not shares.empty:
        largest = shares["value"] == shares.groupby("respondent")["value"].transform("max")
        shares = shares[largest & (shares["value"] > 0)]
    ticks = cluster.answers(PRODUCTS)
    if not ticks.empty:
        ticks = ticks[ticks["option"].isin(PLACES) & (ticks["value"] > 0)]
    options = {
        "stage of the largest share of revenue": _flags(cluster, shares),
        "parts or assembled products": _flags(cluster, ticks),
        "product": _products(cluster),
    }
    work = joint_work(cluster)
    known = np.ones(len(cluster.firms), dtype=bool) if work is None or not work.known.any() else work.known
    told = {name: flags[known].any(axis=1).mean() if known.any() else 0.0 for name, flags in options.items()}
    enough = [name for name, share in told.items() if share >= cluster.settings.withhold_below]
    best = enough[0] if enough else max(told, key=lambda name: told[name])
    return options[best], best


def _flags(cluster: Cluster, told: pd.DataFrame) -> Flags:
    """Return which options each firm gave (firms x options)."""
    if told.empty:
        return np.zeros((len(cluster.firms), 0), dtype=bool)
    own = cluster.place_of(told["respondent"])
    names, code = np.unique(told["option"].to_numpy(dtype=str), return_inverse=True)
    flags = np.zeros((len(cluster.firms), len(names)), dtype=bool)
    flags[own[own >= 0], code[own >= 0]] = True
    return flags


def _products(cluster: Cluster) -> Flags:
    """Return the product of each firm (firms x products)."""
    if "product" not in cluster.members.columns:
        return np.zeros((len(cluster.firms), 0), dtype=bool)
    product = cluster.members.loc[cluster.firms, "product"].astype("str").fillna("").to_numpy(dtype=str)
    names = np.unique(product[product != ""])
    return np.asarray(product[:, None] == names[None, :], dtype=bool)


@measure(
    name="rival_partner_share",
    level="firm",
    label_en="Share of rivals among joint developers",
    label_zh="合作研发企业中竞争对手占比",
    definition="Share of the firms with which the firm develops jointly that are its rivals, as either names the other; partners that answered only.",
    formula="sum_j joint_ij rival_ij / sum_j joint_ij",
    source="Bengtsson and Kock 2000 (coopetition) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm has no firm that answered as a partner, or no rivalry is reported",
)
@measure(
    name="horizontal_partner_share",
    level="firm",
    label_en="Share of partners at the firm's own stage",
    label_zh="同环节合作研发企业占比",
    definition=(
        "Share of the firms with which the firm develops jointly that stand at a stage of the chain where it stands too: the stage of the largest share "
        "of revenue, or parts and assembled products, or else the product."
    ),
    formula="sum_j joint_ij same stage_ij / sum_j joint_ij",
    source="Malmberg and Maskell 2002 (horizontal and vertical dimension of a cluster) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm has no firm as a partner whose stage is known as its own is",
)
def partner_shares(cluster: Cluster) -> dict[str, Values]:
    """Return rival_partner_share and horizontal_partner_share of each firm; NaN where it has no such partner."""
    pairs = firm_pairs(cluster)
    if pairs is None:
        unknown = np.full(len(cluster.firms), np.nan)
        return {"rival_partner_share": unknown, "horizontal_partner_share": unknown.copy()}
    return {
        "rival_partner_share": pairs.share(pairs.rivals)[2],
        "horizontal_partner_share": pairs.share(pairs.same_stage)[2],
    }


@measure(
    name="partner_overlap_mean",
    level="cluster",
    label_en="Overlap of knowledge with partners, mean",
    label_zh="与合作伙伴的知识重叠度均值",
    definition="Mean over the firms with a partner whose fields are known of their overlap of knowledge with partners.",
    formula="mean of partner_overlap",
    source="Gilbert, Pyka and Ahrweiler 2001 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="partner_complementarity_mean",
    level="cluster",
    label_en="Complementarity of knowledge with partners, mean",
    label_zh="与合作伙伴的知识互补性均值",
    definition="Mean over the firms with a partner whose fields are known of their complementarity of knowledge with partners.",
    formula="mean of partner_complementarity",
    source="Gilbert, Pyka and Ahrweiler 2001 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="coopetition_share",
    level="cluster",
    label_en="Co-opetition, share of joint work among rivals",
    label_zh="竞合：竞争对手间合作研发占比",
    definition="Share of the pairs of firms that develop jointly which are rivals, as either names the other; pairs of which both answered.",
    formula="pairs joint and rival / pairs joint",
    source="Bengtsson and Kock 2000 (coopetition) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="coopetition_odds_ratio",
    level="cluster",
    label_en="Co-opetition, odds ratio",
    label_zh="竞合优势比",
    definition=(
        "Odds of joint work among rivals over the odds among firms that are none, over pairs of which both answered, with 1/2 added to each cell; above "
        "1, rivals work together more than others. Firms name three rivals, so rivalry is understated for the rest."
    ),
    formula="(n11 + 1/2)(n00 + 1/2) / ((n10 + 1/2)(n01 + 1/2))",
    source="Haldane 1956 (odds ratio with 1/2); Bengtsson and Kock 2000 [adapted]",
    boundaries=COMPLETE,
    cost="quadratic",
    bounds=COUNT,
    interval_kind="sampling",
)
@measure(
    name="coopetition_p_value",
    level="cluster",
    label_en="Co-opetition, p by relabelling",
    label_zh="竞合置换检验p值",
    definition=(
        "Two-sided p of the number of pairs that develop jointly and are rivals when the firms of the network of rivals are relabelled at random, both "
        "networks kept as they are (twice the smaller tail, the observed number counted as a draw)."
    ),
    formula="min(1, 2 min(1 + #[x* >= x], 1 + #[x* <= x]) / (1 + draws))",
    source="Hubert and Schultz 1976 (quadratic assignment); two-sided with the observed draw counted [adapted]",
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
)
@measure(
    name="cooperation_direction_share",
    level="cluster",
    label_en="Horizontal and vertical cooperation",
    label_zh="横向与纵向合作占比",
    definition=(
        "Share of the pairs of firms that develop jointly which stand at one stage of the chain (category `horizontal`) or at different stages "
        "(`vertical`); pairs of which both answered and both stages are known."
    ),
    formula="pairs joint and at one stage / pairs joint; vertical = 1 - horizontal",
    source="Malmberg and Maskell 2002 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="horizontal_cooperation_expected",
    level="cluster",
    label_en="Horizontal cooperation expected by chance",
    label_zh="随机条件下的横向合作占比",
    definition="Share of all pairs of firms of known stage that stand at one stage: what horizontal cooperation would be if firms chose partners at random.",
    formula="pairs at one stage / pairs of firms of known stage",
    source="Malmberg and Maskell 2002 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
def measure_synergy(cluster: Cluster) -> Found:
    """Return complementarity, co-opetition and direction of joint work, of firms and of the cluster."""
    rows = Rows(cluster, "part", "innovation.synergy")
    complementary, shares = partner_complementarity(cluster), partner_shares(cluster)
    table = firm_table(cluster, {**complementary, **shares})
    why = cluster.why_not("partner_complementarity_mean", LAYER)
    if not why and all(np.isnan(values).all() for values in complementary.values()):
        why = _NO_FIELDS
    if why:
        rows.withhold("partner_complementarity_mean", why)
    else:
        for name, values in complementary.items():
            mean_of_some(
                rows,
                f"{name}_mean",
                values,
                answered_share(cluster),
                "firms with a partner whose fields are known",
            )
    pairs = firm_pairs(cluster)
    why = cluster.why_not("coopetition_share", LAYER, "rivalry")
    if why or pairs is None or not len(pairs.one) or np.isnan(pairs.rivals).all():
        rows.withhold("coopetition_share", why or _NO_FIRM_TIES)
        return Found(table, [*rows, *_directions(cluster, pairs)])
    counts, coverage = draw_counts(cluster), float(pairs.known.mean())
    part, whole, _ = pairs.share(pairs.rivals)
    n = int((whole > 0).sum())
    rows.drawn(
        "coopetition_share", float(part.sum() / whole.sum()), bootstrap_ratio(counts, part, whole), n, coverage=coverage,
        method="share of pairs; bootstrap over firms",
    )  # fmt: skip
    rivals = rival_matrix(cluster)
    assert rivals is not None
    ratio, drawn = odds_ratio(pairs, rivals, counts)
    low, high = drawn_interval(math.log(ratio), np.log(drawn), int(pairs.known.sum()))
    about: Row = {"n": int(pairs.known.sum()), "coverage": coverage}
    rows.value(
        "coopetition_odds_ratio", ratio, method="bootstrap over firms, on the logarithm", **about,
        **({"low": math.exp(low), "high": math.exp(high), "interval_kind": "sampling"} if low == low else {}),
    )  # fmt: skip
    p = relabelled_p(pairs, rivals, cluster.settings.draws, cluster.stream("coopetition"))
    rows.value("coopetition_p_value", p, method=f"{cluster.settings.draws} relabellings of firms", **about)
    return Found(table, [*rows, *_directions(cluster, pairs)])


def odds_ratio(pairs: FirmPairs, rivals: NDArray[np.bool_], counts: Values) -> tuple[float, Values]:
    """Return the odds ratio of joint work and rivalry over pairs of firms that answered, and that of each bootstrap draw of firms.

    In a draw a pair weighs as often as its two firms were drawn together; pairs of a firm with itself are left out.
    """
    upper = pairs.one < pairs.other
    joint = pairs.one[upper], pairs.other[upper]
    both = pairs.rivals[upper] > 0
    seen = np.where(pairs.known, 1.0, 0.0)
    r = np.nonzero(np.triu(rivals & pairs.known[:, None] & pairs.known[None, :], 1))
    ratios = []
    # The first row is the sample itself: each firm once.
    every = np.vstack([np.ones((1, len(seen))), counts]) * seen
    for start in range(0, len(every), _CHUNK):
        weights = every[start : start + _CHUNK]
        total = (weights.sum(axis=1) ** 2 - (weights**2).sum(axis=1)) / 2
        products = weights[:, joint[0]] * weights[:, joint[1]]
        n11, n1 = products[:, both].sum(axis=1), products.sum(axis=1)
        n_1 = (weights[:, r[0]] * weights[:, r[1]]).sum(axis=1)
        cells = np.maximum([n11, n1 - n11, n_1 - n11, total - n1 - n_1 + n11], 0) + 0.5
        ratios.append(cells[0] * cells[3] / (cells[1] * cells[2]))
    values = np.concatenate(ratios)
    return float(values[0]), values[1:]


def relabelled_p(pairs: FirmPairs, rivals: NDArray[np.bool_], draws: int, rng: np.random.Generator) -> float:
    """Return the two-sided p of joint work among rivals under random relabelling of the firms that answered."""
    chosen = np.flatnonzero(pairs.known)
    place = np.full(len(pairs.known), -1)
    place[chosen] = np.arange(len(chosen))
    inner = np.ascontiguousarray(rivals[np.ix_(chosen, chosen)])
    upper = pairs.one < pairs.other
    one, other = place[pairs.one[upper]], place[pairs.other[upper]]
    observed = int(inner[one, other].sum())
    drawn = np.empty(draws)
    for draw in range(draws):
        names = rng.permutation(len(chosen))
        drawn[draw] = inner[names[one], names[other]].sum()
    tail = min(1 + (drawn >= observed).sum(), 1 + (drawn <= observed).sum())
    return float(min(1.0, 2 * tail / (1 + draws)))


def _directions(cluster: Cluster, pairs: FirmPairs | None) -> list[Row]:
    """Return the rows of horizontal and vertical cooperation."""
    rows = Rows(cluster, "part", "innovation.synergy")
    why = cluster.why_not("cooperation_direction_share", LAYER)
    if why or pairs is None or np.isnan(pairs.same_stage).all():
        rows.withhold("cooperation_direction_share", why or _NO_STAGES)
        return list(rows)
    stages, told_by = stages_of(cluster)
    part, whole, _ = pairs.share(pairs.same_stage)
    counts, n = draw_counts(cluster), int((whole > 0).sum())
    coverage = float((~np.isnan(pairs.same_stage)).mean()) * float(pairs.known.mean())
    why = few_answers(cluster, float((~np.isnan(pairs.same_stage)).mean()))
    if why:
        rows.withhold("cooperation_direction_share", why, n=n, coverage=coverage)
        return list(rows)
    for category, hits in (("horizontal", part), ("vertical", whole - part)):
        rows.drawn(
            "cooperation_direction_share", float(hits.sum() / whole.sum()), bootstrap_ratio(counts, hits, whole), n,
            coverage=coverage, category=category, method=f"by {told_by}; bootstrap over firms",
        )  # fmt: skip
    value, drawn = expected_horizontal(stages, counts)
    placed = int(stages.any(axis=1).sum())
    rows.drawn(
        "horizontal_cooperation_expected", value, drawn, placed, coverage=placed / len(stages),
        method=f"by {told_by}; bootstrap over firms",
    )  # fmt: skip
    return list(rows)


def expected_horizontal(stages: Flags, counts: Values) -> tuple[float, Values]:
    """Return the share of all pairs of firms of known stage that have a stage in common, and that of each bootstrap draw of firms.

    Firms of the same stages are counted together, so that no pair of firms is gone through.
    """
    placed = stages.any(axis=1)
    patterns, code = np.unique(stages[placed], axis=0, return_inverse=True)
    membership = np.eye(len(patterns))[code.ravel()]
    common = ((patterns.astype(np.float64) @ patterns.T.astype(np.float64)) > 0).astype(np.float64)
    weights = np.vstack([np.ones((1, len(stages))), counts])[:, placed]
    itself = (weights**2).sum(axis=1)
    by_pattern = weights @ membership
    together = ((by_pattern @ common) * by_pattern).sum(axis=1) - itself
    possible = by_pattern.sum(axis=1) ** 2 - itself
    share = np.divide(together, possible, out=np.full(len(together), np.nan), where=possible > 0)
    return float(share[0]), share[1:]
