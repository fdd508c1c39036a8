"""Cognitive roles of firms in learning, and how far each role stands when the cut-offs and the firms change.

A role follows from three numbers of a firm: its advice ties inside (many or few), its partners outside (many or few) and whether it mainly gives or
mainly takes advice. Cut-offs move roles much, so no role is shown without its stability.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.registry import BALANCE, COMPLETE, COUNT, SHARE, measure
from gumflow.mechanisms.absorptive import advice_rates, partners_outside
from gumflow.mechanisms.cluster import Cluster, Flags, Found, Values
from gumflow.mechanisms.pair_draws import Counts, drawn_firms, pair_matrix, ratio
from gumflow.mechanisms.rows import FEWEST, Rows, drawn_interval, firm_table, wilson
from gumflow.networks.observation import observed_in, observed_out

ROLES = (
    "gatekeeper",
    "active_mutual_exchanger",
    "weak_mutual_exchanger",
    "external_star",
    "local_hub",
    "isolated",
)
CUTS = ("median", "mean", "q40", "q60")
"""Cut-offs that are tried on each side: median, mean, and the 40 and 60 % quantiles."""
BALANCES = (0.15, 0.25, 0.35)
STABLE = 0.75
"""Share of settings in which a firm keeps its role from which it counts as stable."""
_ROUNDING = 1e-9
_BLOCK = 250
"""Draws that are computed together, for memory."""
_QUANTILES = {"median": 0.5, "q40": 0.4, "q60": 0.6}
_SOURCE = "Giuliani and Bell 2005 (roles; cut-offs and the class local hub are our own) [reconstruction]"


@dataclass(frozen=True, eq=False)
class Positions:
    """What roles rest on, for the firms of which all is known (`rows`: their places among the firms).

    centrality  share of the other firms to which a firm gives or from which it takes advice: mean of both (n,) or (draws x n)
    openness    partners outside the cluster (n,)
    balance     (given - taken) / (given + taken) of the strength of advice, 0 without ties
    tied        has any advice tie
    """

    rows: NDArray[np.int64]
    centrality: Values
    openness: Values
    balance: Values
    tied: Flags


def positions_of(cluster: Cluster) -> Positions:
    """Return centrality, openness and balance of the firms that answered; empty if roles cannot be told here."""
    network = cluster.firm_network("knowledge")
    if cluster.why_not("cognitive_role", "knowledge", "pipeline") or network is None:
        none = np.empty(0)
        return Positions(np.empty(0, dtype=np.int64), none, none, none, none.astype(bool))
    n = len(cluster.firms)
    given, taken = advice_rates(cluster)
    openness = partners_outside(cluster)
    rows = np.flatnonzero(~(np.isnan(given) | np.isnan(taken) | np.isnan(openness)))
    out = np.bincount(network.source, minlength=n)[rows] / observed_out(network)[rows]
    into = np.bincount(network.target, minlength=n)[rows] / observed_in(network)[rows]
    total = given[rows] + taken[rows]
    balance = np.divide(given[rows] - taken[rows], total, out=np.zeros(len(rows)), where=total > 0)
    return Positions(rows, (out + into) / 2, openness[rows], balance, total > 0)


def assign_roles(at: Positions, cuts: tuple[Values, Values], least_balance: float) -> NDArray[np.int64]:
    """Return the place in ROLES of each firm: many ties inside or outside are those above `cuts` (inside, outside).

    Cuts broadcast against the positions, so that draws (draws x 1) give one row of roles each.
    """
    # A firm at a cut-off is not above it, however its shares were rounded.
    inside, outside = at.centrality > cuts[0] + _ROUNDING, at.openness > cuts[1] + _ROUNDING
    gives, takes = at.balance > least_balance + _ROUNDING, at.balance < -least_balance - _ROUNDING
    both = np.where(gives, ROLES.index("gatekeeper"), ROLES.index("active_mutual_exchanger"))
    out = np.where(takes | ~at.tied, ROLES.index("external_star"), ROLES.index("weak_mutual_exchanger"))
    alone = np.where(inside, ROLES.index("local_hub"), ROLES.index("isolated"))
    return np.where(outside, np.where(inside, both, out), alone).astype(np.int64)


def cut_of(values: Values, name: str) -> Values:
    """Return one cut-off of values, by its name in CUTS."""
    return np.atleast_1d(values.mean() if name == "mean" else np.quantile(values, _QUANTILES[name]))


def roles_at(at: Positions, inside: str, outside: str, least_balance: float) -> NDArray[np.int64]:
    """Return the place in ROLES of each firm under named cut-offs."""
    return assign_roles(at, (cut_of(at.centrality, inside), cut_of(at.openness, outside)), least_balance)


def drawn_roles(
    cluster: Cluster, at: Positions, draws: Counts
) -> Iterator[tuple[Counts, dict[str, NDArray[np.int64]]]]:
    """Yield, some draws (draws x firms) at a time, counts (draws x n) and roles (draws x n) under the median and the mean.

    Ties and cut-offs come from the drawn firms alone.
    """
    network = cluster.firm_network("knowledge")
    assert network is not None  # positions are empty without it, and nobody asks for draws
    n, rows = len(cluster.firms), at.rows
    arcs = pair_matrix(network.source, network.target, n)
    strengths = pair_matrix(network.source, network.target, n, network.strength)
    seen_out, seen_in = observed_out(network)[rows], observed_in(network)[rows]
    for first in range(0, len(draws), _BLOCK):
        counts = draws[first : first + _BLOCK]
        out, into = (counts @ arcs.T)[:, rows] / seen_out, (counts @ arcs)[:, rows] / seen_in
        given, taken = (counts @ strengths.T)[:, rows] / seen_out, (counts @ strengths)[:, rows] / seen_in
        total = given + taken
        balance = np.divide(given - taken, total, out=np.zeros_like(total), where=total > 0)
        here = replace(at, centrality=(out + into) / 2, balance=balance, tied=total > 0)
        mine = counts[:, rows]
        openness = np.broadcast_to(at.openness, mine.shape)
        least = cluster.settings.role_balance
        cuts = {
            name: (_drawn_cut(here.centrality, mine, name), _drawn_cut(openness, mine, name))
            for name in ("median", "mean")
        }
        yield mine, {name: assign_roles(here, cut, least) for name, cut in cuts.items()}


def _drawn_cut(values: Values, counts: Counts, name: str) -> Values:
    """Return the median or mean (draws x 1) of values that are each drawn `counts` times; the lower median of an even number is meant."""
    total = counts.sum(axis=1, keepdims=True)
    if name == "mean":
        return np.asarray((values * counts).sum(axis=1, keepdims=True) / np.maximum(total, 1))
    order = np.argsort(values, axis=1, kind="stable")
    reached = np.cumsum(np.take_along_axis(counts, order, axis=1), axis=1) >= total / 2
    place = np.take_along_axis(order, reached.argmax(axis=1)[:, None], axis=1)
    return np.take_along_axis(values, place, axis=1)


@measure(
    name="cognitive_role",
    level="firm",
    label_en="Cognitive role",
    label_zh="认知角色",
    definition=(
        "Role in learning, by advice ties inside and partners outside the cluster (many: above the cut-off, by default the median) and by whether the firm "
        "mainly gives or takes advice: gatekeeper (many in both, gives), active mutual exchanger (many in both otherwise), external star (few inside, many "
        "outside, mainly takes or no tie inside), weak mutual exchanger (few inside, many outside otherwise), local hub (many inside alone), isolated (few in both)."
    ),
    formula="many: IC > cut and EO > cut; b = (given - taken) / (given + taken), gives: b > 0.25, takes: b < -0.25; cut-offs are options",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="linear",
    scale="label",
    undefined="the firm did not answer, or no knowledge or no pipeline tie is reported",
)
@measure(
    name="learning_centrality",
    level="firm",
    label_en="Centrality in advice among firms",
    label_zh="集群内知识联系度",
    definition="Mean of the share of other firms that the firm advises and the share that advise it, over those of which it was observed.",
    formula="IC = (out_i / observed_out_i + in_i / observed_in_i) / 2",
    source="Giuliani and Bell 2005 (intra-cluster degree) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="the firm did not answer, or no knowledge or no pipeline tie is reported",
)
@measure(
    name="learning_outside_partners",
    level="firm",
    label_en="Partners outside the cluster, as roles count them",
    label_zh="集群外伙伴数（认知角色）",
    definition="Number of different actors outside the cluster with whom the firm has an achieved pipeline tie in either direction.",
    formula="EO = number of distinct outside actors s with i -> s or s -> i",
    source="Giuliani and Bell 2005 (external openness) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=COUNT,
    undefined="the firm did not answer, or no knowledge or no pipeline tie is reported",
)
@measure(
    name="advice_balance",
    level="firm",
    label_en="Advice given against taken",
    label_zh="知识给予与获取平衡",
    definition="From -1 (only takes advice) to 1 (only gives), by strength per firm that was observed; 0 if it has no advice tie.",
    formula="b = (given - taken) / (given + taken)",
    source="Giuliani and Bell 2005 (source against absorber) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=BALANCE,
    undefined="the firm did not answer, or no knowledge or no pipeline tie is reported",
)
@measure(
    name="role_stability_cuts",
    level="firm",
    label_en="Stability of the role over cut-offs",
    label_zh="角色对截断值的稳定性",
    definition=(
        "Share of 48 settings in which the firm keeps its role: cut-offs inside and outside each at the median, the mean and the 40 and 60 % quantiles, and the "
        "least balance of a giver or taker at 0.15, 0.25 and 0.35."
    ),
    formula="settings with the same role / 48",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="the firm has no role",
)
@measure(
    name="role_stability_draws",
    level="firm",
    label_en="Stability of the role over drawn firms",
    label_zh="角色对企业抽样的稳定性",
    definition="Share of bootstrap draws of firms in which the firm keeps its role when its ties and the cut-offs come from the drawn firms alone.",
    formula="draws with the same role / draws",
    source="Efron 1979 (bootstrap); Snijders and Borgatti 1999 (drawn actors) [adapted]",
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
    undefined="the firm has no role",
)
@measure(
    name="role_stability",
    level="firm",
    label_en="Stability of the role",
    label_zh="角色稳定性",
    definition="The lower of the stability over cut-offs and over drawn firms: how surely the firm has the role that is shown.",
    formula="min(role_stability_cuts, role_stability_draws)",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
    undefined="the firm has no role",
)
@measure(
    name="cognitive_role_share",
    level="cluster",
    label_en="Share of each cognitive role",
    label_zh="各认知角色占比",
    definition="Share of the firms with a role that have each role (category).",
    formula="firms of the role / firms with a role; interval from draws in which every role is told anew",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="role_stability_mean",
    level="cluster",
    label_en="Mean stability of roles",
    label_zh="平均角色稳定性",
    definition="Mean over firms of the stability of the role; the interval takes the cut-offs of the cluster as given.",
    formula="mean of role_stability",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="stable_role_share",
    level="cluster",
    label_en="Share of firms with a stable role",
    label_zh="角色稳定企业占比",
    definition=(
        "Share of the firms whose role is kept in three quarters of the cut-offs and of the draws; the interval takes the cut-offs of the cluster as given."
    ),
    formula="firms with role_stability >= 0.75 / firms with a role",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="role_agreement",
    level="cluster",
    label_en="Agreement of roles under median and mean",
    label_zh="中位数与均值截断的角色一致率",
    definition="Share of the firms that have the same role whether many ties are those above the median or above the mean.",
    formula="firms with equal role under both cut-offs / firms with a role",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
def measure_learning_roles(cluster: Cluster) -> Found:
    """Return role, what it rests on and stability of each firm; for the cluster shares of roles and how stable they are."""
    n = len(cluster.firms)
    at = positions_of(cluster)
    rows = Rows(cluster, "part", "learning.division")
    numbers = {name: np.full(n, np.nan) for name in _COLUMNS}
    labels = np.full(n, "", dtype=object)
    if not len(at.rows):
        why = (
            cluster.why_not("cognitive_role_share", "knowledge", "pipeline")
            or "withheld: no firm has a value"
        )
        rows.withhold("cognitive_role_share", why)
        return Found(firm_table(cluster, {"cognitive_role": labels, **numbers}), list(rows))
    settings = cluster.settings
    role = roles_at(at, settings.role_cut, settings.role_cut, settings.role_balance)
    labels[at.rows] = np.array(ROLES, dtype=object)[role]
    tried = [roles_at(at, *setting) == role for setting in product(CUTS, CUTS, BALANCES)]
    over_cuts = np.mean(tried, axis=0)
    over_draws, shares, agreement = _over_draws(cluster, at, role)
    found = (at.centrality, at.openness, at.balance, over_cuts, over_draws, np.minimum(over_cuts, over_draws))
    for name, values in zip(_COLUMNS, found, strict=True):
        numbers[name][at.rows] = values
    _add_shares(rows, role, shares)
    rows.mean("role_stability_mean", numbers["role_stability"])
    stable = np.where(np.isnan(numbers["role_stability"]), np.nan, numbers["role_stability"] >= STABLE)
    rows.share("stable_role_share", stable)
    if not rows[-1].get("withheld"):
        both = [roles_at(at, name, name, settings.role_balance) for name in ("median", "mean")]
        same, n_known = float((both[0] == both[1]).mean()), len(role)
        low, high = drawn_interval(same, agreement, n_known, SHARE)
        low, high = (low, high) if low == low else wilson(same * n_known, n_known)
        rows.value(
            "role_agreement", same, low=low, high=high, interval_kind="sampling", n=n_known, coverage=n_known / n,
            method="bootstrap of firms, each role told anew",
        )  # fmt: skip
    return Found(firm_table(cluster, {"cognitive_role": labels, **numbers}), list(rows))


_COLUMNS = (
    "learning_centrality", "learning_outside_partners", "advice_balance", "role_stability_cuts", "role_stability_draws", "role_stability",
)  # fmt: skip


def _over_draws(
    cluster: Cluster, at: Positions, role: NDArray[np.int64]
) -> tuple[Values, NDArray[np.float64], Values]:
    """Return for each firm the share of draws that keep its role, and for each draw the share of each role and of agreement of cut-offs."""
    kept, shares, agreement = np.zeros(len(role)), [], []
    for counts, drawn in drawn_roles(cluster, at, drawn_firms(cluster)):
        mine = drawn[cluster.settings.role_cut]
        kept += (mine == role).sum(axis=0)
        total = counts.sum(axis=1)
        shares.append(np.array([ratio((counts * (mine == r)).sum(axis=1), total) for r in range(len(ROLES))]))
        agreement.append(ratio((counts * (drawn["median"] == drawn["mean"])).sum(axis=1), total))
    return kept / cluster.settings.draws, np.concatenate(shares, axis=1), np.concatenate(agreement)


def _add_shares(rows: Rows, role: NDArray[np.int64], draws: NDArray[np.float64]) -> None:
    """Add the share of each role with the interval of its draws (roles x draws), or Wilson's if all draws agree."""
    n, coverage = len(role), len(role) / len(rows.cluster.firms)
    gate = rows.cluster.settings.withhold_below
    if n < FEWEST or coverage < gate:
        why = f"withheld: {n} firm(s) have a role, {coverage:.0%} of all; at least {FEWEST} and {gate:.0%} are needed"
        rows.withhold("cognitive_role_share", why, n=n, coverage=coverage)
        return
    for r, name in enumerate(ROLES):
        share = float((role == r).mean())
        low, high = drawn_interval(share, draws[r], n, SHARE)
        if low != low:
            low, high = wilson(float((role == r).sum()), n)
        rows.value(
            "cognitive_role_share", share, low=low, high=high, interval_kind="sampling", n=n, coverage=coverage, category=name,
            method="bootstrap of firms, each role told anew",
        )  # fmt: skip
