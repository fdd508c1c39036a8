"""Ways of learning: inside the cluster (imitation, mobility, cooperation, spin-off) and outside (buyers, bought technology, experts, pipelines, foreign capital).

A firm uses a way if an answer or a tie says so, and does not if it answered what asks for the way without saying so.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gumflow.measures.registry import BALANCE, SHARE, measure
from gumflow.mechanisms.absorptive import ANSWERED, partners_outside, ties_known
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.rows import NO_VALUE, Rows, firm_table

INSIDE = ("imitation", "mobility", "cooperation", "spin_off")
OUTSIDE = ("buyers", "bought_technology", "hired_experts", "pipelines", "foreign_capital")
NOT_ASKED = (
    "withheld: no questionnaire asks whether advanced firms from elsewhere were drawn into the cluster"
)
_WAYS, _SOURCES = ("NB19", "YK31"), ("NB20", "YK32")
"""The item on ways of learning and the item on sources of improvement, in each questionnaire."""


def ways_of_learning(cluster: Cluster) -> dict[str, Values]:
    """Return for each way 1 for firms that use it, 0 for those that do not, NaN where nothing that asks for it was answered."""
    watches = _given(cluster, _WAYS, ("peer_information", "peer_visits"))
    # R15 asks for three names, so nearly all who answer give one; it counts where the questionnaire is silent.
    watches = np.where(np.isnan(watches), _named(cluster, "R15.watched"), watches)
    hires = _either(_given(cluster, _WAYS, ("hiring",)), _tied(cluster, "mobility", "R08.hired"))
    ways = {
        "imitation": watches,
        "mobility": hires,
        "cooperation": _either(
            _given(cluster, _SOURCES, ("joint_firms",)), _tied(cluster, "innovation", "R04.projects")
        ),
        "spin_off": _named(cluster, "R08.founder"),
        "buyers": _either(_given(cluster, _SOURCES, ("buyers",)), _positive(cluster.indicator("buyer_know"))),
        "bought_technology": _given(cluster, _SOURCES, ("patents_domestic", "patents_foreign")),
        "hired_experts": _given(cluster, _SOURCES, ("hired_experts",)),
        "pipelines": _positive(partners_outside(cluster)),
        "foreign_capital": _positive(cluster.indicator("fdi")),
    }
    return {name: ways[name] for name in (*INSIDE, *OUTSIDE)}


def breadth(ways: dict[str, Values], names: Sequence[str]) -> Values:
    """Return the share of the named ways that each firm uses, among those that are known of it; NaN if less than half are known."""
    table = np.array([ways[name] for name in names])
    known = ~np.isnan(table)
    used = np.where(known, table, 0.0).sum(axis=0)
    number = known.sum(axis=0)
    return np.divide(used, number, out=np.full(table.shape[1], np.nan), where=2 * number >= len(names))


@measure(
    name="learning_breadth_inside",
    level="firm",
    label_en="Breadth of learning inside the cluster",
    label_zh="集群内部学习方式广度",
    definition=(
        "Share of four ways of learning inside the cluster that the firm uses, among those known of it (at least half): imitation (it watches or visits "
        "other firms), mobility (it hires from them), cooperation (joint development) and spin-off (its founder worked in one)."
    ),
    formula="ways used / ways known, over imitation, mobility, cooperation, spin-off",
    source="Keeble and Wilkinson 1999 (mobility, cooperation, spin-offs as channels of collective learning) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="fewer than half of the ways were asked and answered",
)
@measure(
    name="learning_breadth_outside",
    level="firm",
    label_en="Breadth of learning outside the cluster",
    label_zh="集群外部学习方式广度",
    definition=(
        "Share of five ways of learning outside the cluster that the firm uses, among those known of it (at least half): buyers, bought technology, hired "
        "experts, pipelines (partners outside) and foreign capital in the firm. Experts may come from inside too: the question does not say. Whether "
        "advanced firms from elsewhere were drawn into the cluster is not asked."
    ),
    formula="ways used / ways known, over buyers, bought technology, hired experts, pipelines, foreign capital",
    source="Bathelt, Malmberg and Maskell 2004 (pipelines); Humphrey and Schmitz 2002 (buyers) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="fewer than half of the ways were asked and answered",
)
@measure(
    name="learning_mode_balance",
    level="firm",
    label_en="Learning outside against inside",
    label_zh="内外部学习方式平衡",
    definition="From -1 (learns only inside the cluster) to 1 (only outside); 0 if it uses equal shares of the ways inside and outside.",
    formula="(o - i) / (o + i); i, o = breadth of learning inside and outside",
    source="Krackhardt and Stern 1988 (E-I index) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=BALANCE,
    undefined="the firm uses no way of learning, or its breadth is unknown",
)
@measure(
    name="learning_mode_share",
    level="cluster",
    label_en="Share of firms that use a way of learning",
    label_zh="各学习方式使用企业占比",
    definition=(
        "Share of the firms that use a way of learning (category), among those of which it is known. Drawing in advanced firms from elsewhere "
        "(attracted_firms), a way that the text names, is not asked and withheld."
    ),
    formula="firms that use the way / firms that answered what asks for it",
    source="Keeble and Wilkinson 1999; Bathelt, Malmberg and Maskell 2004 [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="learning_breadth_mean",
    level="cluster",
    label_en="Mean breadth of learning",
    label_zh="平均学习方式广度",
    definition="Mean over firms of the breadth of learning inside and outside the cluster (category).",
    formula="mean of learning_breadth_inside or learning_breadth_outside",
    source="Keeble and Wilkinson 1999; Bathelt, Malmberg and Maskell 2004 [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="learning_mode_balance_mean",
    level="cluster",
    label_en="Mean of learning outside against inside",
    label_zh="内外部学习方式平衡均值",
    definition="Mean over firms of the balance of ways of learning, -1 all inside and 1 all outside.",
    formula="mean of learning_mode_balance",
    source="Krackhardt and Stern 1988 (E-I index) [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=BALANCE,
    interval_kind="sampling",
)
def measure_learning_modes(cluster: Cluster) -> Found:
    """Return breadth and balance of ways of learning of each firm, and the share of firms that use each way."""
    n = len(cluster.firms)
    held_back = cluster.why_not("learning_mode_share")
    ways = {} if held_back else ways_of_learning(cluster)
    inside = breadth(ways, INSIDE) if ways else np.full(n, np.nan)
    outside = breadth(ways, OUTSIDE) if ways else np.full(n, np.nan)
    total = inside + outside
    balance = np.divide(outside - inside, total, out=np.full(n, np.nan), where=np.nan_to_num(total) > 0)
    table = firm_table(
        cluster,
        {
            "learning_breadth_inside": inside,
            "learning_breadth_outside": outside,
            "learning_mode_balance": balance,
        },
    )
    rows = Rows(cluster, "part", "learning.mode")
    if held_back:
        rows.withhold("learning_mode_share", held_back)
        return Found(table, list(rows))
    if not any((~np.isnan(used)).any() for used in ways.values()):
        rows.withhold("learning_mode_share", NO_VALUE)
        return Found(table, list(rows))
    for name, used in ways.items():
        rows.share("learning_mode_share", used, category=name)
    rows.withhold("learning_mode_share", NOT_ASKED, category="attracted_firms")
    rows.mean("learning_breadth_mean", inside, category="inside")
    rows.mean("learning_breadth_mean", outside, category="outside")
    rows.mean("learning_mode_balance_mean", balance)
    return Found(table, list(rows))


def _given(cluster: Cluster, questions: Sequence[str], options: Sequence[str]) -> Values:
    """Return 1 for firms that ticked one of the options in one of the questions, 0 for those that answered without, else NaN."""
    answers = pd.concat([cluster.answers(question) for question in questions])
    if answers.empty:
        return np.full(len(cluster.firms), np.nan)
    ticked = answers[answers["option"].isin(options) & (answers["value"] > 0)]
    return _flags(cluster, answers["respondent"], ticked["respondent"])


def _named(cluster: Cluster, question: str) -> Values:
    """Return 1 for firms that named a firm of the cluster, 0 for those that answered and named none, else NaN."""
    answers = cluster.answers(question)
    if answers.empty:
        return np.full(len(cluster.firms), np.nan)
    named = answers[(cluster.place_of(answers["alter"]) >= 0) & (answers["value"] > 0)]
    return _flags(cluster, answers["respondent"], named["respondent"])


def _flags(cluster: Cluster, answered: pd.Series, yes: pd.Series) -> Values:
    firms = pd.Index(cluster.firms)
    return np.where(firms.isin(answered), firms.isin(yes).astype(np.float64), np.nan)


def _tied(cluster: Cluster, layer: str, question: str) -> Values:
    """Return whether a firm takes part in the layer; from its answer to the question, else from the ties if these alone are given.

    In the mobility layer the firm takes part if staff comes to it; the answers of others do not tell that of a firm that did not answer.
    """
    answers = cluster.answers(question)
    if not answers.empty:
        return _flags(cluster, answers["respondent"], answers.loc[answers["value"] > 0, "respondent"])
    network = cluster.firm_network(layer)
    if network is None:
        return np.full(len(cluster.firms), np.nan)
    there = np.bincount(network.target, minlength=len(cluster.firms)) > 0
    return np.where(ties_known(cluster), there.astype(np.float64), np.nan)


def _positive(values: Values) -> Values:
    return np.where(np.isnan(values), np.nan, (np.nan_to_num(values) > 0).astype(np.float64))


def _either(first: Values, second: Values) -> Values:
    """Return 1 where one of two flags is 1, 0 where all that is known is 0, NaN where neither is known."""
    return np.fmax(first, second)
