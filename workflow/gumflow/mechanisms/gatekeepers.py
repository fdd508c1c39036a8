"""Gatekeepers: firms through which what is known outside reaches the cluster, and what the cluster would lose without each.

Knowledge is taken to enter with any pipeline tie and to run on along advice, from the one who is asked to the one who asks. The graph that all
measures here read has an arc from each outside actor to each of its partners in the cluster, and the arcs of advice among firms.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.breadth_first import sweep_paths
from gumflow.measures.registry import COMPLETE, SHARE, get_measure, measure
from gumflow.mechanisms.absorptive import partners_outside
from gumflow.mechanisms.cluster import Cluster, Flags, Found, Values
from gumflow.mechanisms.learning_roles import ROLES, drawn_roles, positions_of, roles_at
from gumflow.mechanisms.pair_draws import Counts, pair_matrix
from gumflow.mechanisms.rows import FEWEST, Rows, firm_table

if TYPE_CHECKING:
    from scipy import sparse

_GROUPS = 10
_FEW_KEEPERS = "withheld: without a tenth of the firms there is no value, so too few gatekeepers bear it"
_NONE = "withheld: no firm is a gatekeeper here, so nothing rests on one"
_UNDEFINED = "the firm did not answer, or no knowledge or no pipeline tie is reported"


@dataclass(frozen=True, eq=False)
class Inflow:
    """How knowledge can enter: arcs among firms (source, target), and ties of outside actors (outsider) to firms (partner), as numbers."""

    firms: int
    outsiders: int
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    outsider: NDArray[np.int64]
    partner: NDArray[np.int64]

    def partners(self) -> "sparse.csr_array":
        """Return firms x outside actors, 1 where tied."""
        matrix = pair_matrix(self.partner, self.outsider, max(self.firms, self.outsiders))
        return matrix[: self.firms, : self.outsiders]

    def advice(self) -> "sparse.csr_array":
        """Return firms x firms, 1 where the first advises the second."""
        return pair_matrix(self.source, self.target, self.firms)

    def without(self, removed: Flags) -> "Inflow":
        """Return the graph in which the removed firms have no tie."""
        stays = ~(removed[self.source] | removed[self.target])
        open_ = ~removed[self.partner]
        return Inflow(
            self.firms, self.outsiders, self.source[stays], self.target[stays], self.outsider[open_], self.partner[open_]
        )  # fmt: skip


def inflow_of(cluster: Cluster) -> Inflow | None:
    """Return how knowledge can enter the cluster; None if gatekeeping cannot be told here."""
    network = cluster.firm_network("knowledge")
    if cluster.why_not("external_reach", "knowledge", "pipeline") or network is None:
        return None
    ties = cluster.achieved("pipeline")
    outside = np.sort(cluster.members.index[~cluster.members["inside"]].to_numpy(dtype=str))
    a, b = ties["source"].to_numpy(dtype=str), ties["target"].to_numpy(dtype=str)
    firm = np.concatenate([cluster.place_of(list(a)), cluster.place_of(list(b))])
    other = np.concatenate([_places(outside, b), _places(outside, a)])
    kept = (firm >= 0) & (other >= 0)
    code = np.unique(other[kept] * max(len(cluster.firms), 1) + firm[kept])
    outsider, partner = np.divmod(code, max(len(cluster.firms), 1))
    return Inflow(len(cluster.firms), len(outside), network.source, network.target, outsider, partner)


def _places(names: NDArray[np.str_], wanted: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the place of each wanted name in sorted names, -1 where it is not among them."""
    if not len(names):
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(names, wanted), len(names) - 1)
    return np.where(names[place] == wanted, place, -1).astype(np.int64)


@measure(
    name="external_reach",
    level="firm",
    label_en="External reach",
    label_zh="外部知识可达度",
    definition=(
        "How near the firm is to the actors outside the cluster to whom anyone here is tied: sum of 1 / distance, where a partner of its own is at distance 1 "
        "and one of its adviser's at 2; 0 if nothing from outside reaches it."
    ),
    formula="sum_s 1 / d(s, i) over outside actors s; arcs outsider -> partner and adviser -> advised",
    source="Breschi and Lenzi 2013, ch. 14 of Knowledge and Networks (external reach of a city) [adapted]",
    boundaries=COMPLETE,
    cost="paths",
    undefined=_UNDEFINED,
)
def external_reach(inflow: Inflow) -> Values:
    """Return external reach of each firm."""
    size = inflow.firms + inflow.outsiders
    source = np.concatenate([inflow.source, inflow.firms + inflow.outsider])
    target = np.concatenate([inflow.target, inflow.partner])
    starts = np.unique(inflow.firms + inflow.outsider)
    if not len(starts):
        return np.zeros(inflow.firms)
    return np.asarray(sweep_paths(size, source, target, sources=starts).harmonic_in[: inflow.firms])


@measure(
    name="gatekeeping",
    level="firm",
    label_en="Gatekeeping between outside and cluster",
    label_zh="集群内外守门中介度",
    definition=(
        "Number of pairs of an outside partner of the firm and a firm that it advises which are not tied themselves. Firms that did not answer count as not "
        "tied to the partner."
    ),
    formula="|{(s, j): s tied to i, i -> j, s not tied to j}|",
    source="Gould and Fernandez 1989 (gatekeeper; here with outside ties of either direction) [adapted]",
    boundaries=COMPLETE,
    cost="quadratic",
    undefined=_UNDEFINED,
)
def gatekeeping(inflow: Inflow) -> Values:
    """Return the number of pairs that each firm stands between, outside partner to advised firm."""
    partners, advice = inflow.partners(), inflow.advice()
    shared = np.asarray(advice.multiply(partners @ partners.T).sum(axis=1)).ravel()
    return np.asarray(partners.sum(axis=1)).ravel() * np.asarray(advice.sum(axis=1)).ravel() - shared


@measure(
    name="access_lost_without",
    level="firm",
    label_en="Firms that lose access to the outside without it",
    label_zh="移除后失去外部通道的企业占比",
    definition=(
        "Share of the other firms of the cluster to which knowledge from outside comes only through this firm, whatever the path: without it they would be "
        "cut off."
    ),
    formula="firms dominated by i in the graph from outside over partners and advice / (n - 1)",
    source="Lengauer and Tarjan 1979 (dominators); Breschi and Lenzi 2013 (removal of gatekeepers) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined=_UNDEFINED + ", or there is no other firm",
)
def access_lost_without(inflow: Inflow) -> Values:
    """Return the share of other firms that each firm cuts off from outside when it is removed, all from one tree of dominators."""
    import igraph as ig

    n = inflow.firms
    if n < 2:
        return np.full(n, np.nan)
    partners = np.unique(inflow.partner)
    arcs = np.concatenate(
        [
            np.column_stack([inflow.source, inflow.target]),
            np.column_stack([np.full(len(partners), n), partners]),
        ]
    )
    tree = ig.Graph(n=n + 1, edges=arcs.tolist(), directed=True).dominator(n, mode="out")
    above = np.nan_to_num(np.array(tree, dtype=np.float64), nan=-1.0).astype(np.int64)
    lost = np.zeros(n + 1)
    step = above[:n].copy()
    # Walk up the tree from every firm at once; the root and firms that are out of reach end a walk.
    while ((step >= 0) & (step < n)).any():
        going = (step >= 0) & (step < n)
        lost += np.bincount(step[going], minlength=n + 1)
        step = np.where(going, above[np.where(going, step, 0)], -1)
    return lost[:n] / (n - 1)


@measure(
    name="reach_lost_without",
    level="firm",
    label_en="Loss of external reach within two steps without it",
    label_zh="移除后两步外部可达度损失",
    definition=(
        "Share of the external reach of all other firms within two steps (an own partner 1, a partner of an adviser 1/2) that would be lost without this firm: "
        "the outside actors that others reach through it alone."
    ),
    formula="sum_j 1/2 |{s: i is the only adviser of j tied to s, j not tied to s}| / sum_(j != i) reach of j within two steps",
    source="Breschi and Lenzi 2013 (removal of gatekeepers) [adapted]",
    boundaries=COMPLETE,
    cost="quadratic",
    bounds=SHARE,
    undefined=_UNDEFINED + ", or no other firm reaches the outside within two steps",
)
def reach_lost_without(inflow: Inflow) -> Values:
    """Return the share of the two-step reach of the others that rests on each firm alone."""
    partners, advice = inflow.partners(), inflow.advice()
    ways = (advice.T @ partners).tocsr()
    indirect = ways - ways.multiply(partners)
    indirect.eliminate_zeros()
    only = indirect.copy()
    only.data = (only.data == 1).astype(np.float64)
    # A pair (j, s) with one way is lost with that adviser: sum over j advised by i and s tied to i.
    lost = np.asarray(advice.multiply((only @ partners.T).T).sum(axis=1)).ravel() / 2
    indirect.data = np.ones_like(indirect.data)
    reach = np.asarray(partners.sum(axis=1)).ravel() + np.asarray(indirect.sum(axis=1)).ravel() / 2
    others = reach.sum() - reach
    return np.divide(lost, others, out=np.full(inflow.firms, np.nan), where=others > 0)


@measure(
    name="gatekeeper_reach_share",
    level="cluster",
    label_en="Share of external reach that rests on gatekeepers",
    label_zh="守门企业承载的外部可达度占比",
    definition=(
        "Share of the external reach of all firms that would be gone if all gatekeepers were removed: their own reach and what others reach through them alone "
        "or more nearly through them."
    ),
    formula="1 - sum of external reach without gatekeepers / sum of external reach",
    source="Breschi and Lenzi 2013, eq. 14.4 (gatekeepers' share) [adapted]",
    boundaries=COMPLETE,
    cost="paths",
    bounds=SHARE,
    undefined="nothing from outside reaches a firm",
    interval_kind="sampling",
)
@measure(
    name="gatekeepers_access_lost",
    level="cluster",
    label_en="Firms that lose access without all gatekeepers",
    label_zh="移除全部守门企业后失去外部通道的企业占比",
    definition="Share of the other firms that something from outside reaches which nothing would reach if all gatekeepers were removed.",
    formula="other firms with reach > 0 that have none without gatekeepers / other firms with reach > 0",
    source="Breschi and Lenzi 2013 (removal of gatekeepers) [adapted]",
    boundaries=COMPLETE,
    cost="paths",
    bounds=SHARE,
    undefined="nothing from outside reaches a firm that is no gatekeeper",
    interval_kind="sampling",
)
@measure(
    name="gatekeeper_access_lost_mean",
    level="cluster",
    label_en="Firms that lose access without one gatekeeper",
    label_zh="移除单个守门企业后失去外部通道的企业占比均值",
    definition="Mean over gatekeepers of the share of other firms that would lose all access to the outside without it.",
    formula="mean of access_lost_without over gatekeepers",
    source="Breschi and Lenzi 2013 (removal of gatekeepers) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no firm is a gatekeeper",
    interval_kind="sampling",
)
@measure(
    name="gatekeeper_reach_lost_mean",
    level="cluster",
    label_en="Loss of external reach without one gatekeeper",
    label_zh="移除单个守门企业的外部可达度损失均值",
    definition="Mean over gatekeepers of the share of the two-step external reach of the others that would be lost without it.",
    formula="mean of reach_lost_without over gatekeepers",
    source="Breschi and Lenzi 2013 (removal of gatekeepers) [adapted]",
    boundaries=COMPLETE,
    cost="quadratic",
    bounds=SHARE,
    undefined="no firm is a gatekeeper",
    interval_kind="sampling",
)
@measure(
    name="external_reach_mean",
    level="cluster",
    label_en="Mean external reach",
    label_zh="平均外部知识可达度",
    definition="Mean over firms of the external reach.",
    formula="mean of external_reach",
    source="Breschi and Lenzi 2013 [adapted]",
    boundaries=COMPLETE,
    cost="paths",
    interval_kind="sampling",
)
def measure_gatekeepers(cluster: Cluster) -> Found:
    """Return reach, gatekeeping and what would be lost without it for each firm, and for the cluster what rests on gatekeepers."""
    n = len(cluster.firms)
    rows = Rows(cluster, "part", "learning.division")
    inflow = inflow_of(cluster)
    if inflow is None or n == 0:
        unknown = dict.fromkeys(_COLUMNS, np.full(n, np.nan))
        why = (
            cluster.why_not("external_reach_mean", "knowledge", "pipeline")
            or "withheld: the cluster has no firm"
        )
        rows.withhold("external_reach_mean", why)
        rows.withhold("gatekeeper_reach_share", why)
        return Found(firm_table(cluster, unknown), list(rows))
    # Whoever did not answer may have partners outside that nobody else tells of.
    known = ~np.isnan(partners_outside(cluster))
    measures = (external_reach, gatekeeping, access_lost_without, reach_lost_without)
    found = {name: np.where(known, of(inflow), np.nan) for name, of in zip(_COLUMNS, measures, strict=True)}
    _add_rows(rows, inflow, known)
    return Found(firm_table(cluster, found), list(rows))


_COLUMNS = ("external_reach", "gatekeeping", "access_lost_without", "reach_lost_without")


_ROWS = (
    "external_reach_mean", "gatekeeper_reach_share", "gatekeepers_access_lost", "gatekeeper_access_lost_mean",
    "gatekeeper_reach_lost_mean",
)  # fmt: skip


def gatekeepers_of(cluster: Cluster, draws: Counts | None = None) -> Flags:
    """Return which firms have the role gatekeeper under the cluster's settings; draws x firms if drawn firms alone are to count."""
    at = positions_of(cluster)
    counts = np.ones((1, len(cluster.firms))) if draws is None else draws
    flags = np.zeros(counts.shape, dtype=bool)
    if len(at.rows):
        cut = cluster.settings.role_cut
        if draws is None:
            role = roles_at(at, cut, cut, cluster.settings.role_balance)[None]
        else:
            role = np.concatenate([roles[cut] for _, roles in drawn_roles(cluster, at, draws)])
        flags[:, at.rows] = role == ROLES.index("gatekeeper")
    return flags[0] if draws is None else flags


def _add_rows(rows: Rows, inflow: Inflow, known: Flags) -> None:
    """Add mean reach, what rests on all gatekeepers and on the mean one, with intervals from leaving out groups of firms.

    Paths cannot be weighted by how often a firm is drawn, so a tenth of the firms at a time is left out (delete-a-group jackknife).
    """
    cluster, n = rows.cluster, int(known.sum())
    coverage, gate = n / inflow.firms, cluster.settings.withhold_below
    if n < FEWEST or coverage < gate:
        why = f"withheld: of {n} firm(s), {coverage:.0%} of all, are the ties known; at least {FEWEST} and {gate:.0%} are needed"
        rows.withhold(_ROWS[0], why, n=n, coverage=coverage)
        return
    keepers = gatekeepers_of(cluster)
    values = _summary(inflow, keepers, known)
    groups = min(_GROUPS, inflow.firms)
    group = cluster.stream("groups of firms").permutation(inflow.firms) % groups
    stays = (group[None, :] != np.arange(groups)[:, None]).astype(np.float64)
    among = gatekeepers_of(cluster, stays)
    parts = np.array(
        [
            _summary(inflow.without(stay == 0), g & (stay > 0), known & (stay > 0))
            for stay, g in zip(stays, among, strict=True)
        ]
    )
    for k, name in enumerate(_ROWS if keepers.any() else _ROWS[:1]):
        _add_row(rows, name, values[k], parts[:, k], n, coverage)
    if not keepers.any():
        rows.withhold("gatekeeper_reach_share", _NONE)


def _add_row(rows: Rows, name: str, value: float, parts: Values, n: int, coverage: float) -> None:
    """Add one row with the interval of its values with groups left out; withheld if one of these has none."""
    from scipy.special import stdtrit

    groups = len(parts)
    if value == value and np.isnan(parts).any():
        rows.withhold(name, _FEW_KEEPERS, n=n, coverage=coverage)
        return
    half = float(stdtrit(groups - 1, 0.975)) * math.sqrt((groups - 1) * float(np.var(parts)))
    low, high = get_measure(name).bounds
    rows.value(
        name, value, low=max(low, value - half), high=min(high, value + half), interval_kind="sampling", n=n, coverage=coverage,
        method="jackknife over ten groups of firms",
    )  # fmt: skip


def _summary(inflow: Inflow, keepers: Flags, known: Flags) -> Values:
    """Return the values of `_ROWS` over the known firms; NaN where undefined."""
    reach = external_reach(inflow)
    left = external_reach(inflow.without(keepers)) if keepers.any() else reach
    others = known & ~keepers & (reach > 0)
    mine = known & keepers
    access, two_steps = access_lost_without(inflow)[mine], reach_lost_without(inflow)[mine]
    total = reach[known].sum()
    return np.array(
        [
            reach[known].mean() if known.any() else np.nan,
            (reach - left)[known].sum() / total if total > 0 else np.nan,
            (left[others] == 0).mean() if others.any() else np.nan,
            access.mean() if mine.any() else np.nan,
            two_steps.mean() if mine.any() else np.nan,
        ]
    )
