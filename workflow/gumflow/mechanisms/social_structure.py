"""Social capital as structure: circles that close, bridges between them, credit, and bonds of persons, organizations and the whole cluster.

Closure and brokerage are two scores and are never added up: the one is a circle in which nobody can cheat unseen, the other a bridge to
circles that know something else, and a firm that has much of the one mostly has little of the other.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from gumflow.measures.brokerage import effective_size_binary
from gumflow.measures.cohesion import local_clustering
from gumflow.measures.dyads import pair_layers
from gumflow.measures.registry import COMPLETE, COUNT, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.means import add_means, declare_means
from gumflow.mechanisms.partners import Shared, both_ways, shared_clustering, shared_sum
from gumflow.mechanisms.rows import NO_VALUE, Rows, bootstrap_ratio, draw_counts, firm_table
from gumflow.mechanisms.trust import ANSWERED, BOND_LAYERS, borne, mean_by_firm, own, ratings
from gumflow.networks.graph import Network

ORGANIZATION_LAYERS = ("transaction", "innovation", "credit")
COLLECTIVE_LAYERS = ("membership", "service")
TRADE = ("R03.buy", "R03.sell")
BOND_KINDS = ("kin", "friend", "schoolmate", "former_colleague", "club")
_ASKED = "the firm did not answer"


def _bonded(network: Network) -> Network:
    """Return the network without arcs that are rivalry or trust alone: rivals are not bound, and trust was asked of the named only."""
    kept = network.arc_layers[:, [layer in BOND_LAYERS for layer in network.layers]].any(axis=1)
    return replace(
        network,
        source=network.source[kept],
        target=network.target[kept],
        strength=network.strength[kept],
        arc_layers=network.arc_layers[kept],
    )


def _bonds(cluster: Cluster, name: str, *layers: str) -> Values:
    """Return the number of firms with which each firm is tied in any of the layers, for firms that answered."""

    def partners(network: Network) -> Values:
        return np.bincount(_bound(network, layers).one, minlength=network.size).astype(np.float64)

    # A layer of which nobody reports a tie may not have been asked: its number is unknown, not 0.
    if not any(layer in cluster.networks for layer in layers):
        return np.full(len(cluster.firms), np.nan)
    return own(cluster, borne(cluster, name, "firm", partners))


def _bound(network: Network, layers: tuple[str, ...]) -> Shared:
    """Return the pairs of firms that are tied in any of the layers, in both orders, each adding one partner."""
    bound = pair_layers(network)[:, [layer in layers for layer in network.layers]].any(axis=1)
    one, other = (ends[np.tile(bound, 2)] for ends in both_ways(network))
    return shared_sum(one, other, np.ones(len(one)))


def measure_social_structure(cluster: Cluster) -> Found:
    """Return closure, brokerage, credit, bonds on three levels and coupling of the firms; unit mechanism, social_capital."""
    columns = {
        "closure_score": closure_score(cluster),
        "brokerage_score": brokerage_score(cluster),
        "credit_partners": credit_partners(cluster),
        "personal_bonds": personal_bonds(cluster),
        "organization_bonds": organization_bonds(cluster),
        "collective_bonds": collective_bonds(cluster),
        "coupling": coupling(cluster),
    }
    rows = Rows(cluster, "mechanism", "social_capital")
    shared = _shared(cluster)
    add_means(rows, columns, STRUCTURE_MEANS, shared)
    _add_levels(rows, columns, shared)
    _add_bond_kinds(rows)
    return Found(firm_table(cluster, columns), list(rows))


@measure(
    name="closure_score",
    level="firm",
    label_en="Closure around the firm",
    label_zh="企业周围的网络闭合",
    definition=(
        f"Share of the pairs of the firm's partners that are partners of each other, in the network of {', '.join(BOND_LAYERS)} among firms, directions "
        "collapsed. Only for firms that answered. A score beside brokerage, never added to it."
    ),
    formula="tied pairs of partners / (k(k-1)/2)",
    source="Coleman 1988 (closure); Watts and Strogatz 1998 (clustering) [adapted]",
    boundaries=COMPLETE,
    cost="quadratic",
    bounds=SHARE,
    undefined=f"the firm has fewer than two partners, or {_ASKED}",
)
def closure_score(cluster: Cluster) -> Values:
    """Return local clustering of each firm in the network of bonds."""
    return own(cluster, borne(cluster, "closure_score", "firm", lambda n: local_clustering(_bonded(n))))


@measure(
    name="brokerage_score",
    level="firm",
    label_en="Brokerage of the firm",
    label_zh="企业的结构洞（中介）得分",
    definition=(
        f"Effective size: number of the firm's partners less those that other partners already reach, in the network of {', '.join(BOND_LAYERS)} among "
        "firms; directions collapsed, strengths (of unlike units) not read. Only for firms that answered. A score beside closure, never added to it."
    ),
    formula="k - 2t/k, t pairs of partners that are tied",
    source="Burt 1992 (structural holes); Borgatti 1997 (binary form) [adapted]",
    boundaries=COMPLETE,
    cost="quadratic",
    bounds=COUNT,
    undefined=f"the firm has no partner, or {_ASKED}",
)
def brokerage_score(cluster: Cluster) -> Values:
    """Return the effective size of each firm in the network of bonds."""
    return own(
        cluster, borne(cluster, "brokerage_score", "firm", lambda n: effective_size_binary(_bonded(n)))
    )


def _declare_bonds(name: str, en: str, zh: str, what: str, source: str) -> Callable[[Callable], Callable]:
    return measure(
        name=name,
        level="firm",
        label_en=en,
        label_zh=zh,
        definition=f"Number of {what}, directions collapsed. Only for firms that answered.",
        formula="#{j: A_l[i,j] or A_l[j,i] in any layer l}",
        source=source,
        boundaries=COMPLETE,
        cost="linear",
        reads="observed",
        undefined=f"{_ASKED}, or no such tie is reported in the cluster",
    )


_LEVELS = "Grootaert and van Bastelaer 2002 (micro, meso and macro levels of social capital) [adapted]"


@_declare_bonds(
    "credit_partners", "Firms in credit with the firm", "资金互助伙伴数", "firms with which the firm lends, borrows or stands surety",
    "McMillan and Woodruff 1999 (credit between firms rests on trust) [adapted]",
)  # fmt: skip
def credit_partners(cluster: Cluster) -> Values:
    """Count the firms with which each firm is in credit."""
    return _bonds(cluster, "credit_partners", "credit")


@_declare_bonds(
    "personal_bonds", "Personal bonds", "个人层面联系数", "firms whose owners or engineers have a personal bond with those of the firm (individual level)", _LEVELS,
)  # fmt: skip
def personal_bonds(cluster: Cluster) -> Values:
    """Count the firms with which each firm's people have a personal bond."""
    return _bonds(cluster, "personal_bonds", "social")


@_declare_bonds(
    "organization_bonds", "Bonds of the organization", "组织层面联系数", "firms with which the firm trades, develops jointly or is in credit (organization level)", _LEVELS,
)  # fmt: skip
def organization_bonds(cluster: Cluster) -> Values:
    """Count the firms with which each firm works as an organization."""
    return _bonds(cluster, "organization_bonds", *ORGANIZATION_LAYERS)


@_declare_bonds(
    "collective_bonds", "Bonds to joint bodies", "集群层面联系数", "bodies of the cluster other than firms of which the firm is a member or takes services (cluster level)", _LEVELS,
)  # fmt: skip
def collective_bonds(cluster: Cluster) -> Values:
    """Count the bodies of the cluster to which each firm is tied by membership or service."""
    layers = [layer for layer in COLLECTIVE_LAYERS if layer in cluster.networks]
    if not layers or cluster.why_not("collective_bonds", layers[0]):
        return np.full(len(cluster.firms), np.nan)
    ties = cluster.ties[cluster.ties["layer"].isin(layers) & (cluster.ties["state"] == "achieved")]
    pairs = [
        ties[[a, b]].set_axis(["firm", "body"], axis=1)
        for a, b in (("source", "target"), ("target", "source"))
    ]
    both = pd.concat(pairs).drop_duplicates()
    inside = cluster.members.index[
        cluster.members["inside"] & ~cluster.members["kind"].isin(["firm", "person", "place"])
    ]
    at = cluster.place_of(both.loc[both["body"].isin(inside), "firm"])
    return own(cluster, np.bincount(at[at >= 0], minlength=len(cluster.firms)).astype(np.float64))


@measure(
    name="coupling",
    level="firm",
    label_en="Concentration of business on few partners",
    label_zh="业务嵌入集中度",
    definition=(
        "How far the firm's trade inside the cluster is bound to few partners: sum of squared shares of its partners, of purchases and of sales; the mean "
        "of the two where both are known. 1 if all trade is with one partner, 1/k with k equal partners. Too much of it is the start of lock-in."
    ),
    formula="sum_j p_ij^2, p_ij = R03[i,j] / sum_k R03[i,k]; mean over buy and sell",
    source="Uzzi 1996 (network coupling) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm named no share of purchases or sales",
)
def coupling(cluster: Cluster) -> Values:
    """Return the concentration of each firm's purchases and sales on partners inside the cluster."""
    size, sides = len(cluster.firms), []
    for question in TRADE:
        told = ratings(cluster, question)
        total = np.bincount(told.one, weights=told.value, minlength=size)
        squares = np.bincount(told.one, weights=told.value**2, minlength=size)
        sides.append(np.divide(squares, total**2, out=np.full(size, np.nan), where=total > 0))
    return mean_by_firm(np.tile(np.arange(size), 2), np.concatenate(sides), size)


def _shared_coupling(cluster: Cluster) -> Shared:
    """Return what partners do in coupling: b_ij^2 / t_i^2 - 2 h_i b_ij / t_i of each side, b trade, t its sum and h the sum of squared shares."""
    size, sides = len(cluster.firms), [ratings(cluster, question) for question in TRADE]
    totals = [np.bincount(told.one, weights=told.value, minlength=size) for told in sides]
    known: Values = np.array([total > 0 for total in totals], dtype=np.float64).sum(axis=0)
    parts = []
    for told, total in zip(sides, totals, strict=True):
        at = total[told.one] > 0
        one, share = told.one[at], told.value[at] / total[told.one[at]]
        squares = np.bincount(one, weights=share**2, minlength=size)
        parts.append(Shared(one, told.other[at], (share**2 - 2 * squares[one] * share) / known[one]))
    return Shared(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _shared(cluster: Cluster) -> dict[str, Shared]:
    """Return what partners do in the columns of which means are given; bodies, which all firms share, are taken as given."""
    if cluster.boundary not in COMPLETE:
        return {}
    found, network = {"coupling": _shared_coupling(cluster)}, cluster.firm_network("firm")
    if network is None:
        return found
    bonds = {
        "credit_partners": ("credit",),
        "personal_bonds": ("social",),
        "organization_bonds": ORGANIZATION_LAYERS,
    }
    found |= {name: _bound(network, layers) for name, layers in bonds.items()}
    return found | {"closure_score": shared_clustering(_bonded(network))}


STRUCTURE_MEANS = {
    "closure_score": ("firm",),
    "brokerage_score": ("firm",),
    "credit_partners": ("credit",),
    "coupling": (),
}
declare_means(STRUCTURE_MEANS, measure_social_structure)


@measure(
    name="social_bonds_mean",
    level="cluster",
    label_en="Bonds by level of social capital",
    label_zh="各层面社会资本联系均值",
    definition=(
        "Mean number of bonds a firm on each level of social capital: personal bonds of its people (category individual), firms that it works with "
        "(organization), and joint bodies that it belongs to or uses (cluster). The three count unlike things and are not added up."
    ),
    formula="mean of personal_bonds, organization_bonds, collective_bonds",
    source=_LEVELS,
    boundaries=COMPLETE,
    cost="linear",
    reads="observed",
    interval_kind="sampling",
)
def _add_levels(rows: Rows, columns: dict[str, Values], shared: dict[str, Shared]) -> None:
    """Add the mean number of bonds on the levels individual, organization and cluster."""
    cluster = rows.cluster
    for category, name in (
        ("individual", "personal_bonds"),
        ("organization", "organization_bonds"),
        ("cluster", "collective_bonds"),
    ):
        why = cluster.why_not("social_bonds_mean")
        if why:
            rows.withhold("social_bonds_mean", why)
            return
        rows.mean("social_bonds_mean", columns[name], category=category, shared=shared.get(name))


@measure(
    name="bond_kind_share",
    level="cluster",
    label_en="Kinds of personal bonds",
    label_zh="个人联系类型占比",
    definition="Share of the personal bonds that firms stated which are of each kind (category kin, friend, schoolmate, former_colleague, club); a bond may be of several.",
    formula="bonds of the kind / bonds stated with a kind; bootstrap over the firms that stated them",
    source="Granovetter 1973 (kinds of ties) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="no firm stated a personal bond",
    interval_kind="sampling",
)
def _add_bond_kinds(rows: Rows) -> None:
    """Add the share of each kind among the personal bonds that firms stated."""
    cluster, told = rows.cluster, rows.cluster.answers("R05")
    if cluster.boundary not in ANSWERED or told.empty:
        return
    told = told[(told["value"] > 0) & (told["option"] != "")]
    one = cluster.place_of(told["respondent"])
    told, one = told[one >= 0], one[one >= 0]
    if told.empty:
        rows.withhold("bond_kind_share", NO_VALUE)
        return
    size = len(cluster.firms)
    bonds = told["alter"].groupby(one).nunique().reindex(range(size), fill_value=0).to_numpy(dtype=np.float64)
    counts, firms = draw_counts(cluster), int((bonds > 0).sum())
    for kind in BOND_KINDS:
        of = np.bincount(one[(told["option"] == kind).to_numpy()], minlength=size).astype(np.float64)
        draws = bootstrap_ratio(counts, of, bonds)
        rows.drawn(
            "bond_kind_share", float(of.sum() / bonds.sum()), draws, firms, coverage=firms / size,
            method="share of stated bonds; bootstrap over firms", category=kind,
        )  # fmt: skip
