"""The process of learning in a cluster: knowledge spills over, is converted, and is harvested (figure 2-5).

Spillover is the knowledge of those whom a firm asks, conversion what of it the firm can take in, harvest what it renewed. Tacit knowledge
goes by personal ties and with people who change firms, explicit knowledge by contract and certificate. None of the formulas is the book's, which gives none.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import ANY_NUMBER, COMPLETE, SHARE, measure
from gumflow.mechanisms.absorptive import absorptive_capacity, high_potential
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.fields import field_vectors
from gumflow.mechanisms.partners import Shared, shared_sum
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, draw_counts, firm_table
from gumflow.networks.graph import Network
from gumflow.networks.observation import observed_in

PART = ("part", "learning.process")
ANSWERED = ("census", "roster", "sample")
HARVESTED = ("process_upgrading", "product_upgrading")
CERTIFICATES = ("cert", "standards_n")
"""Indicators of codified knowledge: certificates held and standards met."""
STAGES = ("spillover", "conversion", "harvest")
_ARC = "knowledge ties among firms, from the one who is asked"
_NO_ZERO = (
    "withheld: no firm says that it holds no certificate and meets no standard, so those without cannot be told from those that "
    "did not answer; it would need an answer that says none"
)
_NO_STOCK = "withheld: absorptive capacity is known of no firm, and the learning process needs it"


def knowledge_stock(cluster: Cluster) -> Values:
    """Return what each firm knows: absorptive capacity from 0 (least in the cluster) to 1 (most); 0.5 if all are alike, NaN if unknown.

    A sum over neighbors needs numbers that are not negative, which standardized capacity is not.
    """
    capacity = absorptive_capacity(cluster)
    known = capacity[~np.isnan(capacity)]
    if not len(known):
        return capacity
    spread = float(np.ptp(known))
    # Rounding leaves equal answers apart by a few units of the last digit.
    if spread < 1e-9:
        return np.where(np.isnan(capacity), np.nan, 0.5)
    return (capacity - known.min()) / spread


@measure(
    name="knowledge_spillover",
    level="firm",
    label_en="Knowledge spillover received",
    label_zh="获得的知识溢出",
    definition=(
        "Knowledge of the firms that a firm asks for advice, weighted by the strength of the tie as a share of the strongest, where knowledge is absorptive "
        "capacity scaled from 0 to 1 within the cluster. It is divided by the share of pairs and of stocks that are known, so that missing answers do not lower it."
    ),
    formula=f"S_i = sum_j w_ij K_j / (share of j observed x share of K_j known); {_ARC}",
    source="Jaffe 1986 (pool of others' knowledge) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    undefined="the firm did not answer, or no knowledge tie or absorptive capacity is known",
)
def knowledge_spillover(cluster: Cluster) -> Values:
    """Return the knowledge that could reach each firm through those it asks; see the declaration."""
    network, stock = cluster.firm_network("knowledge"), knowledge_stock(cluster)
    if not _networked(cluster) or network is None or np.isnan(stock).all():
        return np.full(len(stock), np.nan)
    total, _ = _received(network, stock)
    seen = observed_in(network) / max(network.size - 1, 1)
    # How many of the other firms have a known stock.
    has = ~np.isnan(stock)
    stocks = (has.sum() - has) / max(network.size - 1, 1)
    share = seen * stocks
    return np.divide(total, share, out=np.full(len(stock), np.nan), where=(share > 0) & cluster.responded)


@measure(
    name="knowledge_exposure",
    level="firm",
    label_en="Exposure to knowledge",
    label_zh="知识暴露度",
    definition="Mean stock of knowledge (absorptive capacity scaled from 0 to 1) of the firms that a firm asks, weighted by the strength of the tie.",
    formula=f"E_i = sum_j w_ij K_j / sum_j w_ij over j with known K_j; {_ARC}",
    source="Valente 1995 (exposure); Vega Yon and Valente 2023, netdiffuseR (attribute-weighted form) [adapted]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="the firm did not answer or asks no firm whose stock is known",
)
def knowledge_exposure(cluster: Cluster) -> Values:
    """Return the mean stock of knowledge of those whom each firm asks; see the declaration."""
    network, stock = cluster.firm_network("knowledge"), knowledge_stock(cluster)
    if not _networked(cluster) or network is None:
        return np.full(len(stock), np.nan)
    total, weight = _received(network, stock)
    return np.divide(total, weight, out=np.full(len(stock), np.nan), where=(weight > 0) & cluster.responded)


def _networked(cluster: Cluster) -> bool:
    return cluster.boundary in COMPLETE


def _received(network: Network, stock: Values) -> tuple[Values, Values]:
    """Return for each firm the weighted stock of those it asks, and the sum of weights, over those with a known stock."""
    known = ~np.isnan(stock[network.source])
    weight = np.where(known, _weights(network), 0.0)
    flow = weight * np.nan_to_num(stock)[network.source]
    return _sums(network.target, flow, network.size), _sums(network.target, weight, network.size)


def _sums(places: NDArray[np.int64], values: Values, n: int) -> Values:
    """Add up values at each of n places."""
    return np.bincount(places, weights=values, minlength=n).astype(np.float64)


def _weights(network: Network) -> Values:
    return network.strength / network.strength.max() if network.arcs else network.strength


@measure(
    name="knowledge_conversion",
    level="firm",
    label_en="Knowledge conversion",
    label_zh="知识转化",
    definition="Knowledge spillover times the firm's own absorptive capacity, scaled from 0 to 1 within the cluster: what reaches it and it can take in.",
    formula="C_i = K_i S_i",
    source="Cohen and Levinthal 1990 (others' knowledge counts as far as it can be absorbed) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    undefined="spillover or absorptive capacity of the firm is unknown",
)
def knowledge_conversion(cluster: Cluster) -> Values:
    """Return spillover times own capacity for each firm."""
    return knowledge_spillover(cluster) * knowledge_stock(cluster)


@measure(
    name="knowledge_harvest",
    level="firm",
    label_en="Knowledge harvest",
    label_zh="知识收获",
    definition=(
        "Mean of the answers on renewals of process and product that the questionnaire asks for, each scaled from 0 to 1 over the firms of the cluster. It is an "
        "outcome: it says what was renewed, not that the spillover was its cause."
    ),
    formula="H_i = mean over k of (x_ik - min_k) / (max_k - min_k)",
    source="OECD and Eurostat 2005, Oslo Manual (kinds of innovation) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="the firm answered no question on renewals, or all firms answered alike",
)
def knowledge_harvest(cluster: Cluster) -> Values:
    """Return the share of possible renewals of process and product that each firm reports; NaN without an answer."""
    declared = cluster.declared
    chosen = declared[
        declared["construct"].isin(HARVESTED) & (declared["role"] == "outcome") & (declared["direction"] > 0)
    ]
    names = sorted(set(chosen["indicator"]) & set(cluster.indicators.columns))
    scaled = [column for name in names if (column := _from_0_to_1(cluster.indicator(name))) is not None]
    if not scaled or cluster.boundary not in ANSWERED:
        return np.full(len(cluster.firms), np.nan)
    return _mean_of_known(np.column_stack(scaled))


def _from_0_to_1(values: Values) -> Values | None:
    """Scale values by their range; None if they do not differ."""
    known = values[~np.isnan(values)]
    if not len(known) or np.ptp(known) == 0:
        return None
    return (values - known.min()) / np.ptp(known)


def _mean_of_known(table: NDArray[np.float64]) -> Values:
    known = ~np.isnan(table)
    return np.divide(
        np.where(known, table, 0).sum(axis=1),
        known.sum(axis=1),
        out=np.full(len(table), np.nan),
        where=known.any(axis=1),
    )


@measure(
    name="knowledge_change",
    level="firm",
    label_en="Change of absorptive capacity since the wave before",
    label_zh="吸收能力的跨期变化",
    definition="Absorptive capacity of this wave less that of the wave before; both are standardized within their wave, so it is a change of standing.",
    formula="AC_i(t) - AC_i(t - 1)",
    source="Cohen and Levinthal 1990 (concept) [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=ANY_NUMBER,
    undefined="there is no earlier wave, or the firm's capacity is unknown in one of the two",
)
def knowledge_change(cluster: Cluster) -> Values:
    """Return the change of each firm's absorptive capacity between two waves."""
    now = absorptive_capacity(cluster)
    if cluster.earlier is None:
        return np.full(len(now), np.nan)
    before = pd.Series(absorptive_capacity(cluster.earlier), index=cluster.earlier.firms)
    return now - before.reindex(cluster.firms).to_numpy(dtype=np.float64)


@measure(
    name="jaffe_pool",
    level="firm",
    label_en="Pool of related knowledge",
    label_zh="相关知识池",
    definition=(
        "Mean over the other firms of their stock of knowledge times the cosine between the fields of both. Fields are those of joint projects, of both partners; if "
        "none are tagged, the kinds of certificate that are held. The published pool is a sum; a mean lets clusters of different size be compared."
    ),
    formula="P_i = mean over j != i of cos(f_i, f_j) K_j, over j with known fields and stock",
    source="Jaffe 1986 [adapted]",
    boundaries=ANSWERED,
    cost="quadratic",
    bounds=SHARE,
    undefined="the fields of the firm, or of all others, are unknown",
)
def jaffe_pool(cluster: Cluster) -> Values:
    """Return the mean knowledge of the other firms, weighted by nearness of fields; NaN for firms without fields."""
    fields, stock = field_vectors(cluster), knowledge_stock(cluster)
    length = np.sqrt((fields**2).sum(axis=1))
    placed = length > 0
    unit = fields / np.where(placed, length, 1)[:, None]
    giving = placed & ~np.isnan(stock)
    weight = np.where(giving, np.nan_to_num(stock), 0.0)
    own = np.where(giving, weight, 0.0)
    total = unit @ (unit.T @ weight) - own
    others = giving.sum() - giving
    pool = np.divide(total, others, out=np.full(len(stock), np.nan), where=placed & (others > 0))
    return np.clip(pool, 0, 1)


def _explicit_ties(cluster: Cluster, network: Network) -> Values:
    """Return for each knowledge tie how explicit it is: 1 by contract, 0 without, 0.5 by contract and a personal tie; NaN if not known.

    A tie is personal if the two firms also have a social tie, or staff moved between them. The formal reports of a pair count as one
    contract if any says so.
    """
    n = max(network.size, 1)
    ties = cluster.achieved("knowledge")
    contracts = pd.DataFrame(
        {
            "code": cluster.place_of(ties["source"]) * n + cluster.place_of(ties["target"]),
            "formal": ties["formal"].to_numpy(dtype=np.float64),
        }
    )[(cluster.place_of(ties["source"]) >= 0) & (cluster.place_of(ties["target"]) >= 0)]
    formal = contracts.groupby("code")["formal"].max()
    stated = formal.reindex(network.source * n + network.target).to_numpy(dtype=np.float64)
    personal = np.zeros(network.arcs, dtype=bool)
    for layer in ("social", "mobility"):
        other = cluster.firm_network(layer)
        if other is not None:
            codes = np.concatenate([other.source * n + other.target, other.target * n + other.source])
            personal |= np.isin(network.source * n + network.target, codes)
    return np.where(np.isnan(stated), np.nan, stated / (1 + personal))


@measure(
    name="knowledge_spillover_mean",
    level="cluster",
    label_en="Mean knowledge spillover",
    label_zh="平均知识溢出",
    definition="Mean of the knowledge spillover over all firms, and over those of high and of low knowledge potential (category).",
    formula="mean of S_i",
    source="Jaffe 1986 [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    interval_kind="sampling",
)
@measure(
    name="knowledge_conversion_mean",
    level="cluster",
    label_en="Mean knowledge conversion",
    label_zh="平均知识转化",
    definition="Mean of the knowledge conversion over all firms, and over those of high and of low knowledge potential (category).",
    formula="mean of C_i",
    source="Cohen and Levinthal 1990 [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    interval_kind="sampling",
)
@measure(
    name="knowledge_harvest_mean",
    level="cluster",
    label_en="Mean knowledge harvest",
    label_zh="平均知识收获",
    definition="Mean of the knowledge harvest over all firms, and over those of high and of low knowledge potential (category).",
    formula="mean of H_i",
    source="OECD and Eurostat 2005 [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="knowledge_spillover_high_share",
    level="cluster",
    label_en="Share of high-potential firms in knowledge spillover",
    label_zh="高位势企业在知识溢出中的份额",
    definition="Share of the sum of spillover that goes to firms of high knowledge potential, over the firms whose potential is known.",
    formula="sum of S_i over high / sum of S_i over high and low",
    source="Cohen and Levinthal 1990 [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="nothing spills over to a firm whose potential is known",
    interval_kind="sampling",
)
@measure(
    name="knowledge_conversion_high_share",
    level="cluster",
    label_en="Share of high-potential firms in knowledge conversion",
    label_zh="高位势企业在知识转化中的份额",
    definition="Share of the sum of conversion that firms of high knowledge potential do, over the firms whose potential is known.",
    formula="sum of C_i over high / sum of C_i over high and low",
    source="Cohen and Levinthal 1990 [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="nothing is converted by a firm whose potential is known",
    interval_kind="sampling",
)
@measure(
    name="knowledge_harvest_high_share",
    level="cluster",
    label_en="Share of high-potential firms in knowledge harvest",
    label_zh="高位势企业在知识收获中的份额",
    definition="Share of the sum of harvest that firms of high knowledge potential report, over the firms whose potential is known.",
    formula="sum of H_i over high / sum of H_i over high and low",
    source="OECD and Eurostat 2005 [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="no firm whose potential is known reports a renewal",
    interval_kind="sampling",
)
@measure(
    name="explicit_share",
    level="cluster",
    label_en="Share of explicit knowledge",
    label_zh="显性知识占比",
    definition=(
        "Of the spillover (category), the part by ties with a written contract; such a tie counts half if there is also a personal tie or a move of staff between the two. Of "
        "conversion and harvest, the part in firms that hold a certificate or meet a standard. The rest is tacit."
    ),
    formula="sum of explicit part / sum, over ties and firms where it is known",
    source="Nonaka and Takeuchi 1995 (tacit and explicit knowledge) [reconstruction]",
    boundaries=COMPLETE,
    cost="linear",
    bounds=SHARE,
    undefined="the sum is 0, or it is not known what is explicit",
    interval_kind="sampling",
)
def measure_learning_process(cluster: Cluster) -> Found:
    """Measure spillover, conversion and harvest per firm and for the cluster, with the share of high- and low-potential firms in each."""
    values = {
        "knowledge_spillover": knowledge_spillover(cluster),
        "knowledge_conversion": knowledge_conversion(cluster),
        "knowledge_harvest": knowledge_harvest(cluster),
        "knowledge_exposure": knowledge_exposure(cluster),
        "knowledge_change": knowledge_change(cluster),
        "jaffe_pool": jaffe_pool(cluster),
    }
    rows = Rows(cluster, *PART)
    high, counts, shared = high_potential(cluster), draw_counts(cluster), _shared(cluster, values)
    for stage in STAGES:
        mean, share = f"knowledge_{stage}_mean", f"knowledge_{stage}_high_share"
        why = _why_not(cluster, mean)
        if why:
            rows.withhold(mean, why)
            continue
        column, from_partners = values[f"knowledge_{stage}"], shared.get(stage)
        rows.mean(mean, column, shared=from_partners, category="all")
        known = np.where(np.isnan(high), np.nan, column)
        for name, group in (("high", high), ("low", 1 - high)):
            members = np.where(np.isnan(known), np.nan, group)
            size = int(np.nansum(members))
            given = _given(from_partners, members)
            _ratio(rows, mean, known * group, members, counts, size=size, given=given, category=name)
        given = _given(from_partners, np.where(np.isnan(known), np.nan, high))
        everyone = _given(from_partners, np.where(np.isnan(known), np.nan, 1.0))
        _ratio(rows, share, known * high, known, counts, given=given, given_all=everyone)
    _explicit_rows(rows, cluster, values, counts)
    return Found(firm_table(cluster, values), list(rows))


def _shared(cluster: Cluster, values: dict[str, Values]) -> dict[str, Shared]:
    """Return what the firms that are asked do in the spillover and conversion of those that ask them."""
    network, stock = cluster.firm_network("knowledge"), knowledge_stock(cluster)
    if not _networked(cluster) or network is None or np.isnan(stock).all():
        return {}
    flow = _weights(network) * np.nan_to_num(stock)[network.source]
    total, _ = _received(network, stock)
    whole = values["knowledge_spillover"]
    # Of firms of whose pairs only a part was observed, spillover is scaled up to all.
    scale = np.divide(whole, total, out=np.ones(len(total)), where=(total > 0) & ~np.isnan(whole))
    spillover = flow * scale[network.target]
    return {
        "spillover": shared_sum(network.target, network.source, spillover),
        "conversion": shared_sum(network.target, network.source, spillover * stock[network.target]),
    }


def _given(shared: Shared | None, group: Values) -> Values:
    """Return what each firm gives to the sum of a group's values: `group` is 1 for its members, 0 for others, NaN for firms left out."""
    if shared is None:
        return np.zeros(len(group))
    return _sums(shared.other, shared.effect * np.nan_to_num(group)[shared.one], len(group))


def _why_not(cluster: Cluster, name: str) -> str:
    if name == "knowledge_harvest_mean":
        return cluster.why_not(name)
    stocks = not np.isnan(knowledge_stock(cluster)).all()
    return cluster.why_not(name, "knowledge") or ("" if stocks else _NO_STOCK)


def _ratio(
    rows: Rows,
    name: str,
    part: Values,
    whole: Values,
    counts: NDArray[np.float64],
    *,
    size: int | None = None,
    given: Values | None = None,
    given_all: Values | None = None,
    **more: object,
) -> None:
    """Add sum(part) / sum(whole) over firms with its bootstrap interval: a share of a sum, or the mean of a group of `size` (`whole` 1 or 0).

    `given` and `given_all` are what each firm gives as a partner to the two sums: a draw without it lacks that, too (to first order).
    """
    both = ~(np.isnan(part) | np.isnan(whole))
    coverage = float(both.mean()) if len(part) else 0.0
    n = int(both.sum()) if size is None else size
    settings = rows.cluster.settings
    why = rows.cluster.why_not(name)
    if not why and n < FEWEST:
        why = f"withheld: of only {n} firm(s) all that it rests on is known, and it needs {FEWEST}"
    elif not why and coverage < settings.withhold_below:
        why = f"withheld: of {coverage:.0%} of the firms all that it rests on is known, less than the {settings.withhold_below:.0%} asked for"
    if why:
        rows.withhold(name, why, n=n, coverage=coverage, **more)
        return
    total = float(whole[both].sum())
    value = float(part[both].sum()) / total if total > 0 else np.nan
    draws = bootstrap_ratio(counts, part, whole)
    if given is not None and total > 0:
        draws = draws + (counts - 1) @ (given - value * (0.0 if given_all is None else given_all)) / total
    rows.drawn(name, value, draws, n, coverage=coverage, method="ratio of sums over firms", **more)


def _explicit_rows(
    rows: Rows, cluster: Cluster, values: dict[str, Values], counts: NDArray[np.float64]
) -> None:
    if cluster.why_not("explicit_share", "knowledge"):
        return
    network, stock = cluster.firm_network("knowledge"), knowledge_stock(cluster)
    if network is not None:
        explicit = _explicit_ties(cluster, network)
        known = ~np.isnan(explicit) & ~np.isnan(stock[network.source])
        flow = np.where(known, _weights(network) * np.nan_to_num(stock)[network.source], 0.0)
        n = len(cluster.firms)
        whole, part = (
            _sums(network.target, flow, n),
            _sums(network.target, flow * np.nan_to_num(explicit), n),
        )
        asked = ~np.isnan(values["knowledge_spillover"])
        whole, part = np.where(asked, whole, np.nan), np.where(asked, part, np.nan)
        _ratio(rows, "explicit_share", part, whole, counts, category="spillover")
    certified = codified(cluster)
    if not (certified == 0).any():
        for stage in ("conversion", "harvest"):
            rows.withhold("explicit_share", _NO_ZERO, category=stage)
        return
    for stage in ("conversion", "harvest"):
        column = np.where(np.isnan(certified), np.nan, values[f"knowledge_{stage}"])
        _ratio(rows, "explicit_share", column * certified, column, counts, category=stage)


def codified(cluster: Cluster) -> Values:
    """Return 1 for firms that hold a certificate or meet a standard, 0 for those that answered and do not, NaN for the rest."""
    found = np.full(len(cluster.firms), np.nan)
    for name in CERTIFICATES:
        found = np.fmax(found, cluster.indicator(name))
    return np.where(np.isnan(found), np.nan, found > 0)
