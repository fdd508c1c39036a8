"""The learning network of a cluster: formal learning under contract, informal learning among people who know each other.

The two are read as pairs of partners, since whoever teaches is told by the layer and not by how formal the tie is. A pair may learn both ways.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gumflow.measures.registry import COMPLETE, SHARE, measure
from gumflow.mechanisms.absorptive import ANSWERED, ties_known
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.pair_draws import Counts, Statistic, add_statistic, pair_matrix, pair_sum, ratio
from gumflow.mechanisms.rows import Rows, bootstrap_ratio, firm_table

TAUGHT = ("knowledge", "innovation")
"""Layers of exchange of knowledge, formal or not as their contract says."""
NO_ORGANIZATIONS = ("person", "place", "class")
BONDS = ("kin", "friend", "schoolmate", "former_colleague", "club")
"""Kinds of personal bond that the relational module asks for (R05)."""
_NO_FORM = "withheld: of no exchange of knowledge is it known whether it rests on a contract"


@dataclass(frozen=True, eq=False)
class Partners:
    """Who learns with whom: pairs (a, b, formal) of actors of the cluster, and of arcs of advice among firms (source, target, formal).

    `pairs` holds each unordered pair once for each form; `advice` the knowledge ties of which the form is known, ends as positions of firms.
    """

    pairs: pd.DataFrame
    advice: pd.DataFrame


def learning_partners(cluster: Cluster) -> Partners:
    """Return formal and informal partners in learning, among the firms and other organizations of the cluster."""
    ties = cluster.ties[
        (cluster.ties["state"] == "achieved") & cluster.ties["layer"].isin([*TAUGHT, "social"])
    ]
    organizations = cluster.members.index[
        cluster.members["inside"] & ~cluster.members["kind"].isin(NO_ORGANIZATIONS)
    ]
    ties = ties[
        ties["source"].isin(organizations)
        & ties["target"].isin(organizations)
        & (ties["source"] != ties["target"])
    ]
    form = pd.to_numeric(ties["formal"], errors="coerce")
    social = ties["layer"] == "social"
    known = social | form.notna()
    formal = (~social & (form >= 0.5))[known]
    ends = np.sort(ties.loc[known, ["source", "target"]].to_numpy(dtype=str), axis=1)
    pairs = pd.DataFrame({"a": ends[:, 0], "b": ends[:, 1], "formal": formal.to_numpy()}).drop_duplicates()
    told = ties[(ties["layer"] == "knowledge") & form.notna()]
    advice = pd.DataFrame(
        {
            "source": cluster.place_of(told["source"]),
            "target": cluster.place_of(told["target"]),
            "formal": (form[told.index] >= 0.5).to_numpy(dtype=np.float64),
        }
    )
    return Partners(pairs, advice[(advice["source"] >= 0) & (advice["target"] >= 0)])


@measure(
    name="formal_learning_partners",
    level="firm",
    label_en="Formal learning partners",
    label_zh="正式学习伙伴数",
    definition="Number of firms and other organizations of the cluster with which the firm exchanges knowledge or develops jointly under a written contract.",
    formula="number of distinct j with an achieved knowledge or innovation tie with i in either direction and formal = 1",
    source="Giuliani 2007 (knowledge against business and informal networks) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    undefined="the firm did not answer, or no tie says whether it rests on a contract",
)
@measure(
    name="informal_learning_partners",
    level="firm",
    label_en="Informal learning partners",
    label_zh="非正式学习伙伴数",
    definition=(
        "Number of firms and other organizations of the cluster with which the firm has a personal bond (kin, friend, schoolmate, former colleague, same "
        "club), or exchanges knowledge without a written contract."
    ),
    formula="number of distinct j with an achieved social tie with i, or a knowledge or innovation tie in either direction and formal = 0",
    source="Giuliani 2007 (knowledge against business and informal networks) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    undefined="the firm did not answer, or no personal bond and no form of a tie is reported",
)
def partner_numbers(cluster: Cluster) -> tuple[Values, Values]:
    """Return the number of formal and of informal learning partners of each firm."""
    pairs = learning_partners(cluster).pairs
    unknown = np.full(len(cluster.firms), np.nan)
    if cluster.boundary not in ANSWERED:
        return unknown, unknown.copy()
    told = _form_is_told(cluster)
    ends = pd.concat(
        [pairs[["a", "b", "formal"]], pairs[["b", "a", "formal"]].set_axis(["a", "b", "formal"], axis=1)]
    )
    numbers = []
    for formal, asked in ((True, told), (False, told or cluster.network("social") is not None)):
        count = (
            ends[ends["formal"] == formal]
            .groupby("a")
            .size()
            .reindex(cluster.firms, fill_value=0)
            .to_numpy(np.float64)
        )
        numbers.append(np.where(ties_known(cluster), count, np.nan) if asked else unknown.copy())
    return numbers[0], numbers[1]


def _form_is_told(cluster: Cluster) -> bool:
    taught = cluster.ties["layer"].isin(TAUGHT) & (cluster.ties["state"] == "achieved")
    return bool(pd.to_numeric(cluster.ties.loc[taught, "formal"], errors="coerce").notna().any())


@measure(
    name="formal_learning_density",
    level="cluster",
    label_en="Density of the formal learning network",
    label_zh="正式学习网络密度",
    definition="Share of the observed pairs of firms (at least one of the two answered) that exchange knowledge or develop jointly under a written contract.",
    formula="pairs with a formal = 1 knowledge or innovation tie / observed pairs",
    source="Wasserman and Faust 1994, ch. 4; Snijders and Borgatti 1999 (interval) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no pair was observed",
    interval_kind="sampling",
)
@measure(
    name="informal_learning_density",
    level="cluster",
    label_en="Density of the informal learning network",
    label_zh="非正式学习网络密度",
    definition="Share of the observed pairs of firms (at least one of the two answered) with a personal bond, or an exchange of knowledge without written contract.",
    formula="pairs with a social tie, or a formal = 0 knowledge or innovation tie / observed pairs",
    source="Wasserman and Faust 1994, ch. 4; Snijders and Borgatti 1999 (interval) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no pair was observed",
    interval_kind="sampling",
)
@measure(
    name="formal_informal_overlap",
    level="cluster",
    label_en="Overlap of formal and informal learning",
    label_zh="正式与非正式学习网络重合度",
    definition="Pairs of firms that learn both formally and informally among those that learn in either form (Jaccard).",
    formula="|F and I| / |F or I| over pairs of firms",
    source="Jaccard 1912 [as published]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no pair of firms learns in either form",
    interval_kind="sampling",
)
@measure(
    name="formal_advice_share",
    level="cluster",
    label_en="Share of advice under contract",
    label_zh="正式请教关系占比",
    definition="Share of the knowledge ties among firms, of which it is known, that rest on a written contract.",
    formula="knowledge arcs with formal = 1 / knowledge arcs with formal known",
    source="Giuliani 2007 (knowledge against business and informal networks) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="of no knowledge tie is the form known",
    interval_kind="sampling",
)
@measure(
    name="informal_bond_kind_share",
    level="cluster",
    label_en="Share of each kind of informal bond",
    label_zh="各类非正式联系占比",
    definition="Share of each kind (category) among the personal bonds that firms name; a bond of two kinds counts in both.",
    formula="named bonds of a kind / named bonds of all kinds",
    source="kinds after Saxenian 1994 and Marshall 1890 (informal exchange among people) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="no bond is named",
    interval_kind="sampling",
)
def measure_learning_network(cluster: Cluster) -> Found:
    """Return formal and informal partners of each firm, and densities, overlap and forms for the cluster."""
    formal, informal = partner_numbers(cluster)
    table = firm_table(cluster, {"formal_learning_partners": formal, "informal_learning_partners": informal})
    rows = Rows(cluster, "part", "learning.network")
    found = learning_partners(cluster)
    for name, form in (
        ("formal_learning_density", True),
        ("informal_learning_density", False),
        ("formal_informal_overlap", None),
    ):
        layer = "knowledge" if form is not False or cluster.network("social") is None else "social"
        why = cluster.why_not(name, layer)
        told = _form_is_told(cluster) or (form is False and cluster.network("social") is not None)
        if not why and not told:
            why = _NO_FORM
        if why:
            rows.withhold(name, why)
        else:
            add_statistic(
                rows, name, _pair_statistic(cluster, found.pairs, form), int(ties_known(cluster).sum())
            )
    _add_forms(rows, found)
    return Found(table, list(rows))


def _pair_statistic(cluster: Cluster, pairs: pd.DataFrame, form: bool | None) -> Statistic:
    """Return the density of one form, or (form None) the overlap of both, over observed pairs of firms."""
    n = len(cluster.firms)
    answered = ties_known(cluster)
    a, b = cluster.place_of(pairs["a"]), cluster.place_of(pairs["b"])
    kept = (a >= 0) & (b >= 0)
    # A pair of which neither answered is unobserved even if a third party tells of it.
    kept[kept] = answered[a[kept]] | answered[b[kept]]
    formal = pairs["formal"].to_numpy(dtype=bool)
    one = {f: pair_matrix(a[kept & (formal == f)], b[kept & (formal == f)], n) for f in (True, False)}
    if form is None:
        both = one[True].multiply(one[False]).tocsr()
        return lambda c: ratio(
            pair_sum(c, both), pair_sum(c, one[True]) + pair_sum(c, one[False]) - pair_sum(c, both)
        )

    def density(counts: Counts) -> Values:
        silent = counts[:, ~answered]
        return ratio(pair_sum(counts, one[form]), _own_pairs(counts) - _own_pairs(silent))

    return density


def _own_pairs(counts: Counts) -> Values:
    """Return the number of unordered pairs of different firms for each draw."""
    return np.asarray((counts.sum(axis=1) ** 2 - (counts**2).sum(axis=1)) / 2)


def _add_forms(rows: Rows, found: Partners) -> None:
    """Add the share of advice under contract and the share of each kind of bond."""
    cluster, n = rows.cluster, len(rows.cluster.firms)
    why = cluster.why_not("formal_advice_share", "knowledge") or ("" if len(found.advice) else _NO_FORM)
    if why:
        rows.withhold("formal_advice_share", why)
    else:
        source, target, form = (found.advice[c].to_numpy() for c in ("source", "target", "formal"))
        whole, part = pair_matrix(source, target, n), pair_matrix(source, target, n, form)
        answered = int(ties_known(cluster).sum())
        add_statistic(
            rows, "formal_advice_share", lambda c: ratio(pair_sum(c, part), pair_sum(c, whole)), answered
        )
    bonds = cluster.answers("R05")
    if bonds.empty or cluster.boundary not in ANSWERED:
        return
    named = bonds[bonds["option"].isin(BONDS) & (bonds["value"] > 0)]
    counts = named.groupby(["respondent", "option"]).size().unstack(fill_value=0)
    counts = counts.reindex(index=cluster.firms, columns=list(BONDS), fill_value=0).astype(np.float64)
    asked = pd.Index(cluster.firms).isin(bonds["respondent"])
    whole_by_firm = np.where(asked, counts.sum(axis=1), np.nan)
    for kind in BONDS:
        share = _ratio_of(np.where(asked, counts[kind], np.nan), whole_by_firm)
        add_statistic(rows, "informal_bond_kind_share", share, int(asked.sum()), category=kind)


def _ratio_of(part: Values, whole: Values) -> Statistic:
    return lambda counts: bootstrap_ratio(counts, part, whole)
