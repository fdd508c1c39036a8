"""The social-capital mechanism: trust, the knowledge shared and the costs saved on its ground, and the performance that these serve.

What a firm does (drivers) and what came of it (outcomes) are kept apart: performance rests on outcome answers alone. Costs of transactions
are not asked; what saves them is.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.dyads import reciprocated
from gumflow.measures.registry import ANY_NUMBER, COMPLETE, SHARE, measure
from gumflow.mechanisms.absorptive import advice_rates
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.means import add_means, declare_means
from gumflow.mechanisms.partners import Shared, both_ways, shared_mean
from gumflow.mechanisms.renewal import measure_renewal
from gumflow.mechanisms.rows import Rows, firm_table, joined
from gumflow.mechanisms.shared_cognition import measure_shared_cognition
from gumflow.mechanisms.social_structure import measure_social_structure
from gumflow.mechanisms.trust import (
    ANSWERED,
    Ratings,
    borne,
    composite,
    mean_by_firm,
    measure_trust,
    own,
    ratings,
)
from gumflow.networks.graph import Network

TRUSTED = 3
"""Least rating that is trust: the one from which a rating makes a tie (`least` of item R06)."""
LONG = 5
"""Years of dealing from which a relation counts as long."""
ALLOCATION = ("value_capture", "linkage_upgrading")
INNOVATION = ("technical_upgrading", "innovative_upgrading", "process_upgrading", "product_upgrading")
DESIGN = ("design_own",)
"""Who designs, which the model counts to functional upgrading, tells of something new all the same."""

_ASKED = "the firm did not answer"


def measure_social_capital(cluster: Cluster) -> Found:
    """Return trust, closure and brokerage, levels, knowledge sharing, cost reduction, performance, shared cognition and renewal of a cluster."""
    columns = {**_sharing(cluster), **_costs(cluster), **_performance(cluster)}
    sharing = Rows(cluster, "part", "social_capital.knowledge_sharing")
    shared = _shared(cluster)
    add_means(sharing, columns, SHARING_MEANS, shared)
    costs = Rows(cluster, "part", "social_capital.cost_reduction")
    add_means(costs, columns, COST_MEANS, shared)
    mine = Found(firm_table(cluster, columns), [*sharing, *costs])
    parts = [
        measure_trust(cluster),
        measure_social_structure(cluster),
        mine,
        measure_shared_cognition(cluster),
        measure_renewal(cluster),
    ]
    return joined(parts, cluster)


def _sharing(cluster: Cluster) -> dict[str, Values]:
    mutual = knowledge_mutuality(cluster)
    return {
        "knowledge_mutuality": mutual,
        "knowledge_sharing": knowledge_sharing(cluster, mutual),
        "partner_trust": partner_trust(cluster),
        "partner_knowledge_share": partner_knowledge_share(cluster),
    }


@measure(
    name="knowledge_mutuality",
    level="firm",
    label_en="Mutual advice",
    label_zh="知识互惠度",
    definition="Share of the firms with which the firm exchanges advice that both give it advice and take advice from it. Only for firms that answered.",
    formula="#{j: A[i,j] and A[j,i]} / #{j: A[i,j] or A[j,i]}, A = knowledge layer",
    source="Schrader 1991 (trading of know-how between firms) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    reads="observed",
    undefined=f"the firm neither gives nor takes advice, or {_ASKED}",
)
def knowledge_mutuality(cluster: Cluster) -> Values:
    """Return for each firm the share of its advice relations that run both ways."""

    def share(network: Network) -> Values:
        return mean_by_firm(both_ways(network)[0], np.tile(reciprocated(network), 2), network.size)

    return own(cluster, borne(cluster, "knowledge_mutuality", "knowledge", share))


@measure(
    name="knowledge_sharing",
    level="firm",
    label_en="Knowledge sharing",
    label_zh="知识共享得分",
    definition=(
        "Mean of the strength of advice that the firm gives to and takes from other firms (per firm of which it was observed) and of the share of its "
        "advice relations that run both ways, each standardized within the cluster and wave, with equal weights; a firm needs two of the three."
    ),
    formula="mean of z(advice given), z(advice taken), z(knowledge_mutuality)",
    source="Dyer and Singh 1998 (knowledge-sharing routines); Zhang and Xu 2007 (the chain from trust), as the book cites it [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=ANY_NUMBER,
    reads="observed",
    undefined=f"the firm has no advice relation, or {_ASKED}",
)
def knowledge_sharing(cluster: Cluster, mutual: Values) -> Values:
    """Average giving, taking and mutuality of advice of each firm, standardized."""
    return borne(
        cluster, "knowledge_sharing", "knowledge", lambda _: composite([*advice_rates(cluster), mutual])
    )


PARTNER_LAYERS = ("transaction", "social", "innovation")
"""Layers whose partners were rated whether or not knowledge is shared with them."""


def _rated_partners(cluster: Cluster) -> tuple[Ratings, NDArray[np.bool_]]:
    """Return the trust ratings of partners of `PARTNER_LAYERS`, and whether advice runs between the two in either direction.

    A firm that asks many for advice has rated many that it hardly knows, so its mean trust in all whom it named falls with the number of its advisers
    by the way the question was put. Partners of other layers do not depend on whether knowledge is shared.
    """
    told = ratings(cluster, "R06")
    size = len(cluster.firms)
    partners = np.zeros(0, dtype=np.int64)
    for layer in PARTNER_LAYERS:
        partners = np.union1d(partners, _pair_codes(cluster.firm_network(layer), size))
    code = np.minimum(told.one, told.other) * size + np.maximum(told.one, told.other)
    kept = np.isin(code, partners)
    advised = np.isin(code[kept], _pair_codes(cluster.firm_network("knowledge"), size))
    return Ratings(told.one[kept], told.other[kept], told.value[kept]), advised


def _pair_codes(network: Network | None, size: int) -> NDArray[np.int64]:
    if network is None or network.size != size:
        return np.zeros(0, dtype=np.int64)
    low, high = np.minimum(network.source, network.target), np.maximum(network.source, network.target)
    return np.unique(low * size + high)


@measure(
    name="partner_trust",
    level="firm",
    label_en="Trust in partners of trade, joint work and acquaintance",
    label_zh="对交易、合作与熟识伙伴的信任",
    definition=(
        "Mean of the firm's trust ratings (0 to 5) of its partners in trade, joint development and personal acquaintance, whether or not "
        "advice runs between them; for the chain from trust to sharing, which needs trust and sharing on the same partners."
    ),
    formula="mean over rated partners j of R06[i,j]",
    source="Zaheer, McEvily and Perrone 1998 (interorganizational trust) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=(0.0, 5.0),
    undefined="the firm rated no such partner",
)
def partner_trust(cluster: Cluster) -> Values:
    """Average the trust ratings of each firm over its partners outside the knowledge layer."""
    if cluster.why_not("partner_trust", "knowledge"):
        return np.full(len(cluster.firms), np.nan)
    told, _ = _rated_partners(cluster)
    return mean_by_firm(told.one, told.value, len(cluster.firms))


@measure(
    name="partner_knowledge_share",
    level="firm",
    label_en="Partners with whom knowledge is shared",
    label_zh="共享知识的伙伴比重",
    definition="Share of the firm's rated partners in trade, joint development and acquaintance with whom advice runs too, in either direction.",
    formula="#{rated partners j: A[i,j] or A[j,i]} / #{rated partners}, A = knowledge layer",
    source="Dyer and Singh 1998 (knowledge-sharing routines) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    reads="observed",
    undefined="the firm rated no such partner",
)
def partner_knowledge_share(cluster: Cluster) -> Values:
    """Return for each firm the share of its rated partners with whom advice runs."""
    if cluster.why_not("partner_knowledge_share", "knowledge"):
        return np.full(len(cluster.firms), np.nan)
    told, advised = _rated_partners(cluster)
    return mean_by_firm(told.one, advised.astype(np.float64), len(cluster.firms))


SHARING_MEANS = {"knowledge_mutuality": ("knowledge",)}
declare_means(SHARING_MEANS, measure_social_capital)


def _costs(cluster: Cluster) -> dict[str, Values]:
    parts = {
        "handshake_share": handshake_share(cluster),
        "long_relations": long_relations(cluster),
        "cooperation_norm": cooperation_norm(cluster),
    }
    return {**parts, "cost_reduction": cost_reduction(cluster, parts)}


@measure(
    name="handshake_share",
    level="firm",
    label_en="Dealing without contract among trusted partners",
    label_zh="可信伙伴中无合同往来占比",
    definition=f"Share of the firms that the firm trusts (rating of {TRUSTED} or more) with which it deals without a written contract.",
    formula=f"#{{j: R06[i,j] >= {TRUSTED}, R07.contract[i,j] = 0}} / #{{j: R06[i,j] >= {TRUSTED}}}",
    source="Macaulay 1963 (business without contract); Uzzi 1997 (trust saves on contracts) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm trusts no firm that it named, or did not say whether there is a contract",
)
def handshake_share(cluster: Cluster) -> Values:
    """Return for each firm the share of trusted partners without a written contract."""
    told = _handshakes(cluster)
    return mean_by_firm(told.one, told.value, len(cluster.firms))


def _handshakes(cluster: Cluster) -> Ratings:
    """Return whether firms deal with those they trust without a written contract (1) or with one (0)."""
    size, trust, contract = len(cluster.firms), ratings(cluster, "R06"), ratings(cluster, "R07.contract")
    chosen = trust.value >= TRUSTED
    trusted = trust.one[chosen] * size + trust.other[chosen]
    at = np.isin(contract.one * size + contract.other, trusted)
    return Ratings(contract.one[at], contract.other[at], 1.0 - contract.value[at])


@measure(
    name="long_relations",
    level="firm",
    label_en="Long relations",
    label_zh="长期往来占比",
    definition=f"Share of the firms that the firm named as partners with which it has dealt for {LONG} years or more; whom one knows one need not search for and test.",
    formula=f"#{{j: R07.years[i,j] >= {LONG}}} / #{{j named}}",
    source="Gulati 1995 (repeated ties save on safeguards); the cut is our choice [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm named no other firm",
)
def long_relations(cluster: Cluster) -> Values:
    """Return for each firm the share of its partners of five years or more."""
    told = _long(cluster)
    return mean_by_firm(told.one, told.value, len(cluster.firms))


def _long(cluster: Cluster) -> Ratings:
    told = ratings(cluster, "R07.years")
    return told._replace(value=(told.value >= LONG).astype(np.float64))


@measure(
    name="cooperation_norm",
    level="firm",
    label_en="Norm of cooperation",
    label_zh="合作规范",
    definition=(
        "Whether the firm works with small firms nearby by cooperation (1) rather than by outsourcing (0), and plans with its suppliers, as far as asked: "
        "the mean of what it answered."
    ),
    formula="mean of cooperation and joint_planning",
    source="Heide and John 1992 (norms in relations of supply); the items are those of the questionnaires [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm answered neither",
)
def cooperation_norm(cluster: Cluster) -> Values:
    """Average what each firm answered on cooperation and joint planning."""
    size = len(cluster.firms)
    answers = np.concatenate([cluster.indicator(name) for name in ("cooperation", "joint_planning")])
    return mean_by_firm(np.tile(np.arange(size), 2), answers, size)


@measure(
    name="cost_reduction",
    level="firm",
    label_en="Lower transaction cost",
    label_zh="交易费用降低得分",
    definition=(
        "Mean of dealing without contract among trusted partners, long relations, the norm of cooperation and (reversed) being held back by rivals, each "
        "standardized within the cluster and wave, with equal weights; a firm needs half of those in which firms differ. Costs themselves are not asked."
    ),
    formula="mean of z(handshake_share), z(long_relations), z(cooperation_norm), -z(brand_rivals)",
    source="Williamson 1985 (safeguards and opportunism); Zhang and Xu 2007 (the chain from trust), as the book cites it [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=ANY_NUMBER,
    undefined="fewer than half of the parts are known",
)
def cost_reduction(cluster: Cluster, parts: dict[str, Values]) -> Values:
    """Average the parts of lower transaction cost of each firm, standardized."""
    return composite([*parts.values(), -cluster.indicator("brand_rivals")])


COST_MEANS: Mapping[str, tuple[str, ...]] = {
    "handshake_share": (),
    "long_relations": (),
    "cooperation_norm": (),
}
declare_means(COST_MEANS, measure_social_capital)


def _shared(cluster: Cluster) -> dict[str, Shared]:
    """Return what partners do in the columns of which means are given, where all firms were asked."""
    if cluster.boundary not in COMPLETE:
        return {}
    found = {
        "handshake_share": shared_mean(*_handshakes(cluster)),
        "long_relations": shared_mean(*_long(cluster)),
    }
    network = cluster.firm_network("knowledge")
    if network is not None:
        found["knowledge_mutuality"] = shared_mean(*both_ways(network), np.tile(reciprocated(network), 2))
    return found


def _performance(cluster: Cluster) -> dict[str, Values]:
    return {
        "allocation_performance": allocation_performance(cluster),
        "innovation_performance": innovation_performance(cluster),
    }


def _outcome(cluster: Cluster, constructs: tuple[str, ...], names: tuple[str, ...] = ()) -> Values:
    """Average the outcome indicators of some constructs or names that count in a score, each standardized and turned by its direction."""
    d = cluster.declared
    chosen = d[
        (d["role"] == "outcome")
        & (d["direction"] != 0)
        & (d["construct"].isin(constructs) | d["indicator"].isin(names))
    ]
    chosen = chosen.drop_duplicates("indicator").sort_values("indicator")
    parts = [
        cluster.indicator(name) * sign
        for name, sign in zip(chosen["indicator"], chosen["direction"], strict=True)
    ]
    return composite(parts) if parts else np.full(len(cluster.firms), np.nan)


def _declare_performance(name: str, en: str, zh: str, what: str) -> Callable[[Callable], Callable]:
    return measure(
        name=name,
        level="firm",
        label_en=en,
        label_zh=zh,
        definition=(
            f"Mean of the firm's outcome answers on {what}, as far as its questionnaire asks, each standardized within the cluster and wave and turned so "
            "that more is better; a firm needs half of those in which firms differ. No driver enters."
        ),
        formula="mean over outcome indicators k of direction_k z_ik",
        source="Zhang and Xu 2007 (performance at the end of the chain from trust), as the book cites it; the items are those of the questionnaires [reconstruction]",
        boundaries=ANSWERED,
        cost="linear",
        bounds=ANY_NUMBER,
        undefined="fewer than half of the answers are known",
    )


@_declare_performance(
    "allocation_performance",
    "Performance in allocation",
    "资源配置绩效",
    "value captured (growth of exports, trend of prices) and upgraded linkage",
)
def allocation_performance(cluster: Cluster) -> Values:
    """Average the outcome answers of each firm on value capture and linkage."""
    return _outcome(cluster, ALLOCATION)


@_declare_performance(
    "innovation_performance",
    "Performance in innovation",
    "创新绩效",
    "improved process and product, technical and innovative upgrading, and own design",
)
def innovation_performance(cluster: Cluster) -> Values:
    """Average the outcome answers of each firm on process, product and own design."""
    return _outcome(cluster, INNOVATION, DESIGN)
