"""Governance of a cluster read off its ties: between firms, associations and government, and in the three networks of the firms.

Ties of influence say who decides and ties of rivalry coordinate nothing: both are left out of the ties of coordination. Service
bodies (universities, platforms, banks, markets, fairs) belong to the network of the firms, as in the book (2.3.1).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import COMPLETE, SHARE, label_of, measure
from gumflow.mechanisms.cluster import Cluster, Values
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, wilson
from gumflow.networks.graph import Network, adjacency
from gumflow.networks.layers import NETWORKS
from gumflow.networks.parts import part_of

if TYPE_CHECKING:
    from scipy import sparse

MODES = ("firm_led", "association_led", "government_led")
HYBRID = "association_led_by_lead_firms"
"""Governance by associations that lead firms lead (2.3.1, 4.2.5): a kind of `association_led`."""
FIRM_KINDS = ("firm", "university", "research", "platform", "finance", "market", "fair")
MODE_OF_KIND = {
    **dict.fromkeys(FIRM_KINDS, "firm_led"),
    "association": "association_led",
    "government": "government_led",
    "regulator": "government_led",
}
"""On whose side of the governance of a cluster each kind of actor stands; other kinds (persons, places) on none."""
COORDINATION = tuple(
    layer for layer in NETWORKS["governance"].layers if layer not in ("influence", "rivalry")
)
BODY_LAYERS = ("membership", "service", "policy")
"""Ties of firms with associations and agencies: without any, nothing says whether these coordinate."""
FIRM_NETWORKS = ("transaction", "social", "knowledge")
WAYS = ("contract", "bond", "learning", "price")

Counts = NDArray[np.float64]
_NO_TIES = "withheld: no tie of coordination is reported"
_NO_BODY_TIES = (
    "withheld: no achieved tie of membership, service or policy is reported, so whether associations and agencies were asked about is not "
    "known, and {label} rests on their ties"
)
_NO_BODY = "withheld: the cluster has no {kinds}"
_NOT_ASKED = "withheld: associations and agencies were not asked, and no tie between them is reported"
_LEAST = "withheld: only {n} firm(s) have a value, and {least} are needed"
_LOWER = "share of pairs with a reported tie; bodies were not asked, so it is a lower bound"


@measure(
    name="firm_network_density",
    level="cluster",
    label_en="Density among firms",
    label_zh="企业间网络密度",
    definition="Share of the ordered pairs of firms observed that are tied in the layer: transaction, social or knowledge network of the firms.",
    formula="sum_ij a_ij / number of ordered pairs observed; interval by vertex bootstrap",
    source="Snijders and Borgatti 1999 (vertex bootstrap); the book, 2.3.1 (three networks of the firms) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no pair was observed",
    interval_kind="sampling",
)
@measure(
    name="firm_coordination",
    level="cluster",
    label_en="How trade between firms is coordinated",
    label_zh="企业间交易的协调方式",
    definition=(
        "Share of the trade ties among firms that go by written contract (contract), between firms with a personal bond (bond), along with advice in "
        "either direction (learning), or by none of these (price). The first three can go together."
    ),
    formula="sum over trade ties of the flag / number of trade ties where it is known; interval by vertex bootstrap",
    source="Powell 1990 (market, hierarchy and network forms); the book, 2.3.1 (contract and price, bonds, learning) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="it is known of no trade tie",
    interval_kind="sampling",
)
@measure(
    name="governance_block_ties",
    level="cluster",
    label_en="Ties between firms, associations and government",
    label_zh="企业、协会与政府间的联系密度",
    definition=(
        "Mean number of ties per possible pair of the two blocks, a pair that is tied in any layer of coordination counting once. Pairs of a firm and a body "
        "are observed if the firm answered; ties of bodies that were not asked give a lower bound."
    ),
    formula="number of tied pairs / number of pairs observed",
    source="Wasserman and Faust 1994, density of blocks; the book, figure 2-3 [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no pair was observed",
    interval_kind="sampling",
)
@measure(
    name="association_bridge",
    level="cluster",
    label_en="Association as a bridge",
    label_zh="行业协会的桥梁作用",
    definition=(
        "Share of the shortest paths between a firm and an agency of government that lead through an association, mean over agencies that the firm reaches "
        "and over firms that answered; ties of coordination, without direction. A firm that deals with the agency itself has 0."
    ),
    formula="mean_i mean_g (1 - paths_ig without associations / paths_ig), 0 associations kept only at the same distance",
    source="Freeman 1977 (betweenness of pairs); the book, 2.3.1 (bridge between government and firms) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
def add_network_rows(rows: Rows, counts: Counts) -> None:
    """Add density and coordination in the three networks of the firms, ties between blocks, and associations as bridges."""
    cluster = rows.cluster
    _densities(rows, counts)
    _ways_of_trade(rows, counts)
    why = cluster.why_not("governance_block_ties", "governance")
    network = None if why else coordination_network(cluster)
    if network is None or not network.arcs:
        for name in ("governance_block_ties", "association_bridge"):
            rows.withhold(name, cluster.why_not(name, "governance") or _NO_TIES)
        return
    _blocks(rows, network, counts)
    _bridge(rows, network)


def bodies_reported(cluster: Cluster) -> bool:
    """Say whether a tie of membership, service or policy is reported, so that ties with associations and agencies were asked about."""
    return any(cluster.is_tied(layer) for layer in BODY_LAYERS)


def coordination_network(cluster: Cluster) -> Network | None:
    """Return the ties of coordination among all actors inside the cluster, without direction; None if no tie at all is reported."""
    whole = cluster.network("governance")
    if whole is None:
        return None
    kept = whole.arc_layers[:, np.isin(np.array(whole.layers, dtype=str), COORDINATION)].any(axis=1)
    source = np.concatenate([whole.source[kept], whole.target[kept]])
    target = np.concatenate([whole.target[kept], whole.source[kept]])
    pairs = np.unique(source * max(whole.size, 1) + target)
    return replace(
        whole, source=pairs // max(whole.size, 1), target=pairs % max(whole.size, 1), strength=np.ones(len(pairs)),
        arc_layers=np.ones((len(pairs), 1), dtype=bool), layers=("coordination",), directed=False,
    )  # fmt: skip


def pair_sums(counts: Counts, matrix: "sparse.csr_array") -> Values:
    """Return sum_ij c_i c_j m_ij for each row c of counts."""
    if not matrix.nnz:
        return np.zeros(len(counts))
    return np.einsum("di,di->d", counts @ matrix, counts)


def observed_sums(counts: Counts, network: Network) -> Values:
    """Return sum over observed ordered pairs of distinct actors of c_i c_j, for each row c of counts (all 1: `observed_pairs`)."""
    answered = network.responded.astype(np.float64)
    own = counts**2 @ answered
    everyone, those = counts.sum(axis=1), counts @ answered
    if network.observed_by == "either":
        told = everyone**2 - (everyone - those) ** 2 - own
    elif network.observed_by == "both":
        told = those**2 - own
    else:
        told = those * everyone - own
    return told + pair_sums(counts, _corrections(network))


def _corrections(network: Network) -> "sparse.csr_array":
    """Return +1 for ties reported of pairs that nobody answered about, and -1 for pairs without tie that were not asked."""
    from scipy import sparse

    n = network.size

    def told(source: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.bool_]:
        a, b = network.responded[source], network.responded[target]
        return {"sender": a, "receiver": b, "either": a | b, "both": a & b}[network.observed_by]

    extra = ~told(network.source, network.target)
    left = told(*network.unasked) & ~np.isin(
        network.unasked[0] * n + network.unasked[1], network.source * n + network.target
    )
    source = np.concatenate([network.source[extra], network.unasked[0][left]])
    target = np.concatenate([network.target[extra], network.unasked[1][left]])
    signs = np.concatenate([np.ones(int(extra.sum())), -np.ones(int(left.sum()))])
    return sparse.csr_array((signs, (source, target)), shape=(n, n))


def _drawn_ratio(above: Values, below: Values) -> Values:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def _with_observed(counts: Counts) -> Counts:
    return np.vstack([np.ones((1, counts.shape[1])), counts])


def _densities(rows: Rows, counts: Counts) -> None:
    cluster = rows.cluster
    for layer in FIRM_NETWORKS:
        why = cluster.why_not("firm_network_density", layer)
        network = None if why else cluster.firm_network(layer)
        if network is None or network.size < FEWEST:
            rows.withhold(
                "firm_network_density",
                why or _LEAST.format(n=len(cluster.firms), least=FEWEST),
                category=layer,
            )
            continue
        both = _with_observed(counts)
        drawn = _drawn_ratio(pair_sums(both, adjacency(network)), observed_sums(both, network))
        rows.drawn(
            "firm_network_density", float(drawn[0]), drawn[1:], network.size, category=layer, coverage=float(network.responded.mean()),
            method="vertex bootstrap",
        )  # fmt: skip


def _ways_of_trade(rows: Rows, counts: Counts) -> None:
    from scipy import sparse

    cluster = rows.cluster
    why = cluster.why_not("firm_coordination", "transaction")
    trade = None if why else cluster.firm_network("transaction")
    if trade is None or trade.arcs < FEWEST:
        rows.withhold("firm_coordination", why or "withheld: too few ties of trade are reported")
        return
    flags = {
        "contract": _contracts(cluster, trade),
        "bond": _also_tied(cluster, trade, "social"),
        "learning": _also_tied(cluster, trade, "knowledge"),
    }
    none = sum(flags.values(), start=np.zeros(trade.arcs))
    flags["price"] = np.where(np.isnan(none), np.nan, none == 0)
    both = _with_observed(counts)
    shape = (trade.size, trade.size)
    for way in WAYS:
        known = ~np.isnan(flags[way])
        if known.sum() < FEWEST:
            rows.withhold(
                "firm_coordination",
                "withheld: it is known of too few ties of trade",
                category=way,
                n=int(known.sum()),
            )
            continue
        ends = trade.source[known], trade.target[known]
        part = sparse.csr_array((flags[way][known], ends), shape=shape)
        whole = sparse.csr_array((np.ones(int(known.sum())), ends), shape=shape)
        drawn = _drawn_ratio(pair_sums(both, part), pair_sums(both, whole))
        rows.drawn(
            "firm_coordination", float(drawn[0]), drawn[1:], int(known.sum()), category=way, coverage=float(known.mean()),
            method="share of trade ties; vertex bootstrap",
        )  # fmt: skip


def _contracts(cluster: Cluster, trade: Network) -> Values:
    """Return for each trade tie 1 if it goes by written contract, 0 if not, NaN if nobody said; ties within the cluster's firms."""
    ties = cluster.achieved("transaction")
    source, target = cluster.place_of(ties["source"]), cluster.place_of(ties["target"])
    formal = pd.to_numeric(ties["formal"], errors="coerce").to_numpy(dtype=np.float64)
    pairs = source * trade.size + target
    known = (source >= 0) & (target >= 0) & ~np.isnan(formal)
    highest = pd.Series(formal[known]).groupby(pairs[known]).max()
    return (
        highest.reindex(trade.source * trade.size + trade.target).gt(0).where(
            pd.Index(trade.source * trade.size + trade.target).isin(highest.index)
        ).to_numpy(dtype=np.float64)
    )  # fmt: skip


def _also_tied(cluster: Cluster, trade: Network, layer: str) -> Values:
    """Return for each trade tie 1 if the two are tied in the layer, in either direction, else 0; NaN if the layer is not reported at all."""
    other = cluster.firm_network(layer)
    if other is None:
        return np.full(trade.arcs, np.nan)
    n = trade.size
    tied = np.concatenate([other.source * n + other.target, other.target * n + other.source])
    return np.isin(trade.source * n + trade.target, tied).astype(np.float64)


def _blocks(rows: Rows, network: Network, counts: Counts) -> None:
    cluster = rows.cluster
    firms = part_of(network, cluster.firms)
    if firms.size >= FEWEST:
        both = _with_observed(counts)
        drawn = _drawn_ratio(pair_sums(both, adjacency(firms)), observed_sums(both, firms))
        rows.drawn(
            "governance_block_ties", float(drawn[0]), drawn[1:], firms.size, category="firm_firm", coverage=float(firms.responded.mean()),
            method="vertex bootstrap",
        )  # fmt: skip
    if not bodies_reported(cluster):
        why = _NO_BODY_TIES.format(label=label_of("governance_block_ties"))
        for category in ("firm_association", "firm_government", "association_government"):
            rows.withhold("governance_block_ties", why, category=category)
        return
    bodies = {
        "association": of_kind(network, ("association",)),
        "government": of_kind(network, ("government", "regulator")),
    }
    place = pd.Index(network.actors).get_indexer(pd.Index(cluster.firms))
    matrix = adjacency(network)
    for kind, which in bodies.items():
        category = f"firm_{kind}"
        if not len(which):
            rows.withhold("governance_block_ties", _NO_BODY.format(kinds=kind), category=category)
            continue
        answered = network.responded[place]
        n = int(answered.sum())
        if n < FEWEST:
            rows.withhold("governance_block_ties", _LEAST.format(n=n, least=FEWEST), category=category, n=n)
            continue
        ties = np.full(len(place), np.nan)
        ties[answered] = matrix[place[answered]][:, which].sum(axis=1)
        whole = np.where(answered, float(len(which)), np.nan)
        rows.drawn(
            "governance_block_ties", float(ties[answered].sum() / whole[answered].sum()), bootstrap_ratio(counts, ties, whole), n,
            category=category, coverage=n / len(place), method="bootstrap over firms",
        )  # fmt: skip
    _between_bodies(rows, network, bodies["association"], bodies["government"], matrix)


def _between_bodies(
    rows: Rows, network: Network, a: NDArray[np.int64], g: NDArray[np.int64], matrix: "sparse.csr_array"
) -> None:
    at = {"category": "association_government"}
    if not len(a) or not len(g):
        rows.withhold("governance_block_ties", _NO_BODY.format(kinds="association or no agency"), **at)
        return
    tied, pairs = float(matrix[a][:, g].sum()), len(a) * len(g)
    if network.responded[np.concatenate([a, g])].all():
        low, high = wilson(tied, pairs)
        more: dict[str, Any] = {"method": "share of pairs", "interval_kind": "sampling", "coverage": 1.0}
    elif tied == 0:
        rows.withhold("governance_block_ties", _NOT_ASKED, **at)
        return
    else:
        low, high = tied / pairs, 1.0
        more = {"method": _LOWER, "interval_kind": "method"}
    rows.value("governance_block_ties", tied / pairs, low=low, high=high, n=pairs, **more, **at)


def of_kind(network: Network, kinds: Sequence[str]) -> NDArray[np.int64]:
    """Return the positions of the actors of these kinds inside the cluster."""
    return np.flatnonzero(np.isin(network.kinds, kinds) & network.inside)


def _bridge(rows: Rows, network: Network) -> None:
    cluster = rows.cluster
    if not bodies_reported(cluster):
        rows.withhold("association_bridge", _NO_BODY_TIES.format(label=label_of("association_bridge")))
        return
    agencies, bodies = of_kind(network, ("government", "regulator")), of_kind(network, ("association",))
    if not len(agencies) or not len(bodies):
        rows.withhold("association_bridge", _NO_BODY.format(kinds="association or no agency"))
        return
    through = through_bodies(network, agencies, bodies)
    place = pd.Index(network.actors).get_indexer(pd.Index(cluster.firms))
    rows.mean(
        "association_bridge", np.where(network.responded[place], through[place], np.nan), method="mean over firms that answered"
    )  # fmt: skip


def through_bodies(network: Network, agencies: NDArray[np.int64], bodies: NDArray[np.int64]) -> Values:
    """Return for each actor the share of its shortest paths to agencies that lead through one of the bodies, mean over agencies it reaches.

    NaN for actors that reach no agency, and meaningless for agencies and bodies themselves.
    """
    from scipy import sparse

    matrix = adjacency(network)
    kept = np.ones(network.size)
    kept[bodies] = 0
    without = sparse.diags_array(kept) @ matrix @ sparse.diags_array(kept)
    steps, paths = _paths(matrix, agencies)
    other_steps, other_paths = _paths(without, agencies)
    around = np.where(other_steps == steps, other_paths, 0.0)
    share = 1 - np.divide(around, paths, out=np.ones_like(paths), where=paths > 0)
    reached = (paths > 0) & (steps > 0)
    total = reached.sum(axis=1)
    return np.divide(
        np.where(reached, share, 0.0).sum(axis=1), total, out=np.full(network.size, np.nan), where=total > 0
    )


def _paths(matrix: "sparse.csr_array", sources: NDArray[np.int64]) -> tuple[NDArray[np.int64], Values]:
    """Return distance (-1 if not reached) and number of shortest paths from each source to every actor (actors x sources)."""
    n = matrix.shape[0]
    steps = np.full((n, len(sources)), -1, dtype=np.int64)
    paths = np.zeros((n, len(sources)))
    steps[sources, np.arange(len(sources))] = 0
    paths[sources, np.arange(len(sources))] = 1
    level, front = 0, paths.copy()
    while front.any():
        level += 1
        front = np.where(steps < 0, matrix @ front, 0.0)
        steps[front > 0] = level
        paths += front
    return steps, paths
