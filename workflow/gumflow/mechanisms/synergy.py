"""Synergy of learning on four sides: who learns, what, from whom and how.

On each side two kinds of learning should go together: organizations and persons (who), management and technology (what), sources inside and outside
the cluster (whom), building up and activating (how). A side is in balance if both have the same weight.
"""

import numpy as np

from gumflow.measures.registry import SHARE, measure
from gumflow.mechanisms.absorptive import ANSWERED, partners_outside, ties_known
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.learning_network import partner_numbers
from gumflow.mechanisms.rows import Rows, firm_table
from gumflow.networks.observation import observed_in

AXES = ("who", "what", "whom", "how")
FEWEST_AXES = 2
_NOT_ASKED = (
    "withheld: no question of the instruments asks what a firm learns of management, so it cannot be set against technology; "
    "it would need an item on the contents of learning"
)
_NOTHING = "withheld: what this side of synergy rests on was not asked or not answered"
_SOURCE = "Nonaka and Takeuchi 1995 (persons and organizations); March 1991 (building on what is known and exploring); index our own [reconstruction]"


def balance(first: Values, second: Values) -> Values:
    """Return 1 - |p - q| / (p + q): 1 if both are equal, 0 if one is missing; NaN if both are 0, or one is unknown or below 0."""
    total = first + second
    defined = (np.nan_to_num(total) > 0) & (np.nan_to_num(first) >= 0) & (np.nan_to_num(second) >= 0)
    gap = np.divide(np.abs(first - second), total, out=np.full(len(first), np.nan), where=defined)
    return np.asarray(1 - gap)


def synergy_axes(cluster: Cluster) -> dict[str, Values]:
    """Return the balance on each side for each firm; all NaN on sides that were not asked."""
    n = len(cluster.firms)
    formal, informal = partner_numbers(cluster)
    own = _mean_of(cluster.indicator("own_source"), cluster.indicator("rd"))
    joint = _mean_of(cluster.indicator("collab"), cluster.indicator("ext"))
    return {
        "who": balance(formal, informal),
        "what": np.full(n, np.nan),
        "whom": balance(_advisers(cluster), partners_outside(cluster)),
        "how": balance(own, joint),
    }


def _advisers(cluster: Cluster) -> Values:
    """Return the number of firms of the cluster from which each firm takes advice; NaN where it did not answer."""
    network = cluster.firm_network("knowledge")
    n = len(cluster.firms)
    if network is None or cluster.boundary not in ANSWERED:
        return np.full(n, np.nan)
    seen = (observed_in(network) > 0) & ties_known(cluster)
    return np.where(seen, np.bincount(network.target, minlength=n).astype(np.float64), np.nan)


def _mean_of(first: Values, second: Values) -> Values:
    return np.asarray((first + second) / 2)


@measure(
    name="learning_synergy_who",
    level="firm",
    label_en="Synergy of who learns",
    label_zh="学习主体协同",
    definition=(
        "Balance of learning between organizations and between persons: formal learning partners (contracts) against informal ones (personal bonds, no contract)."
    ),
    formula="1 - |p - q| / (p + q), p = formal_learning_partners, q = informal_learning_partners",
    source=_SOURCE,
    undefined="neither kind of learning is reported, or one is unknown",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
)
@measure(
    name="learning_synergy_whom",
    level="firm",
    label_en="Synergy of whom one learns from",
    label_zh="学习源协同",
    definition=(
        "Balance of learning from inside and outside: firms of the cluster that advise it against partners outside."
    ),
    formula="1 - |p - q| / (p + q), p = number of advisers inside, q = number of partners outside",
    source=_SOURCE,
    undefined="neither kind of learning is reported, or one is unknown",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
)
@measure(
    name="learning_synergy_how",
    level="firm",
    label_en="Synergy of how one learns",
    label_zh="学习方式协同",
    definition=(
        "Balance of building up what the firm has (own technical strength, R&D department) and of activating it by what is new to it (joint work with firms and institutes, buyers and patents from abroad)."
    ),
    formula="1 - |p - q| / (p + q), p = mean(own_source, rd), q = mean(collab, ext)",
    source=_SOURCE,
    undefined="neither kind of learning is reported, or one is unknown",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
)
@measure(
    name="learning_synergy",
    level="firm",
    label_en="Synergy of learning",
    label_zh="学习协同度",
    definition=(
        "Geometric mean of the balances of the sides of learning that are known (who, whom, how; what is not asked), if at least two are; 0 if one kind of "
        "learning is missing on a side."
    ),
    formula="(prod_a s_a)^(1 / number of known sides)",
    source=_SOURCE,
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="fewer than two sides are known",
)
@measure(
    name="learning_synergy_axis",
    level="cluster",
    label_en="Mean synergy on each side of learning",
    label_zh="各维度学习协同均值",
    definition="Mean over firms of the balance on a side of learning (category: who, what, whom, how), among the firms for which it is defined.",
    formula="mean of 1 - |p - q| / (p + q)",
    source=_SOURCE,
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="learning_synergy_mean",
    level="cluster",
    label_en="Mean synergy of learning",
    label_zh="学习协同均值",
    definition="Mean over firms of the synergy of learning over the sides that are known.",
    formula="mean of learning_synergy",
    source=_SOURCE,
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
def measure_learning_synergy(cluster: Cluster) -> Found:
    """Return the balance of each firm on the sides of learning that are asked, their geometric mean, and the means of the cluster."""
    axes = synergy_axes(cluster)
    table = np.array([axes[name] for name in AXES])
    known = ~np.isnan(table)
    number = known.sum(axis=0)
    product = np.where(known, table, 1.0).prod(axis=0)
    enough = number >= FEWEST_AXES
    whole = np.where(enough, product ** (1 / np.maximum(number, 1)), np.nan)
    columns = {f"learning_synergy_{name}": axes[name] for name in AXES if name != "what"}
    rows = Rows(cluster, "part", "learning.synergy")
    why = cluster.why_not("learning_synergy_mean")
    if why:
        rows.withhold("learning_synergy_mean", why)
        return Found(firm_table(cluster, {**columns, "learning_synergy": whole}), list(rows))
    for name in AXES:
        if name == "what":
            rows.withhold("learning_synergy_axis", _NOT_ASKED, category=name)
        elif not known[AXES.index(name)].any():
            rows.withhold("learning_synergy_axis", _NOTHING, category=name)
        else:
            rows.mean("learning_synergy_axis", axes[name], category=name)
    rows.mean("learning_synergy_mean", whole)
    return Found(firm_table(cluster, {**columns, "learning_synergy": whole}), list(rows))
