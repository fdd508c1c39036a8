"""The external-linkage mechanism (2.2.3, 2.4.4): who is reached inside the cluster, in other clusters and abroad, and how chain and network go together.

Three levels are kept apart: firms of the own cluster, actors of other clusters of the country, and actors abroad, through whom the cluster
enters the global chain. Outside actors were not asked, so what leaves the cluster rests on the firms' own answers alone.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import BALANCE, COMPLETE, COUNT, SHARE, measure
from gumflow.mechanisms.chain_governance import measure_chain_governance
from gumflow.mechanisms.cluster import Cluster, Flags, Found, Values
from gumflow.mechanisms.ladder import measure_ladder
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, draw_counts, firm_table, joined

ANSWERED = ("census", "roster", "sample")
OUTSIDE_PLACES = ("other_cluster", "abroad")
BUZZ_LAYERS = ("knowledge", "social")
"""What goes around in a cluster by talk: advice and acquaintance."""
HEADLINES = (
    "ei_index_linkage",
    "openness_mean",
    "buzz_pipeline_balance_cluster",
    "chain_network_coordination_mean",
)
BUYER_SHARES, STAGE_SHARES = "R10.share", "NB04.shares"
_NO_ITEM = "withheld: no questionnaire of this cluster asks it"


@dataclass(frozen=True, eq=False)
class Reach:
    """Partners of each firm: inside the cluster (all firm layers, and by talk), in other clusters, and abroad; NaN where it did not answer.

    All are NaN at a level of whose layers no achieved tie is reported: nothing then says that anybody was asked.

    `pairs` is each firm's part of the tied pairs inside: a pair of two firms that answered counts half at each, so that pairs add up once.
    """

    inside: Values
    talk: Values
    pairs: Values
    outside: dict[str, Values]

    @property
    def partners_outside(self) -> Values:
        """Partners outside, wherever they are."""
        return sum((self.outside[place] for place in OUTSIDE_PLACES), np.zeros(len(self.inside)))


def measure_external_linkage(cluster: Cluster) -> Found:
    """Return external linkage of a cluster and its firms: levels, openness, buzz and pipelines, coupling, buyers, stages, chain, ladder."""
    reach = reach_of(cluster)
    pieces = [
        _levels(cluster, reach),
        _openness(cluster, reach),
        _balance(cluster, reach),
        _coupling(cluster, reach),
        _buyers(cluster),
    ]
    pieces += [_stages(cluster), measure_chain_governance(cluster), measure_ladder(cluster)]
    return joined(pieces, cluster)


def reach_of(cluster: Cluster) -> Reach:
    """Count the different partners of each firm, inside and outside; a tie in either direction and of any strength counts once.

    A level of whose layers nobody reported a tie is unknown, not empty.
    """
    n = len(cluster.firms)
    unknown = np.full(n, np.nan)
    if cluster.boundary not in ANSWERED:
        return Reach(unknown, unknown, unknown, dict.fromkeys(OUTSIDE_PLACES, unknown))
    answered = cluster.responded
    inside, pairs = _inside(cluster, ("firm",))
    talk, _ = _inside(cluster, BUZZ_LAYERS)
    outside = {place: np.where(answered, found, np.nan) for place, found in _outside(cluster).items()}
    inside, talk, pairs = (np.where(answered, values, np.nan) for values in (inside, talk, pairs))
    return Reach(inside, talk, pairs, outside)


def _inside(cluster: Cluster, layers: tuple[str, ...]) -> tuple[Values, Values]:
    """Return for each firm its tied firms in any of the networks, and its part of the tied pairs."""
    n = len(cluster.firms)
    tied = [layer for layer in layers if cluster.is_tied(layer)]
    networks = [network for layer in tied if (network := cluster.firm_network(layer)) is not None]
    if not networks or not n:
        return np.full(n, np.nan), np.full(n, np.nan)
    ends = np.hstack([np.vstack([network.source, network.target]) for network in networks])
    one, other = np.divmod(np.unique(ends.min(axis=0) * n + ends.max(axis=0)), n)
    told = np.maximum(cluster.responded[one].astype(np.int64) + cluster.responded[other], 1)
    both = np.concatenate([one, other])
    shared = np.bincount(both, weights=np.tile(1 / told, 2), minlength=n).astype(np.float64)
    return np.bincount(both, minlength=n).astype(np.float64), shared


def _outside(cluster: Cluster) -> dict[str, Values]:
    """Return for each firm its different partners by place outside the cluster; NaN for all if no achieved pipeline tie is reported."""
    ties, places = cluster.achieved("pipeline"), cluster.members["place"]
    if ties.empty:
        return dict.fromkeys(OUTSIDE_PLACES, np.full(len(cluster.firms), np.nan))
    firm = np.concatenate([cluster.place_of(ties["source"]), cluster.place_of(ties["target"])])
    other = pd.concat([ties["target"], ties["source"]]).astype("str")
    ends = pd.DataFrame({"firm": firm, "other": other.to_numpy(), "place": other.map(places).to_numpy()})
    ends = ends[ends["firm"] >= 0].drop_duplicates(["firm", "other"])
    n = len(cluster.firms)
    by_place = {p: ends.loc[ends["place"] == p, "firm"].to_numpy(dtype=np.int64) for p in OUTSIDE_PLACES}
    return {p: np.bincount(firms, minlength=n).astype(np.float64) for p, firms in by_place.items()}


def _levels(cluster: Cluster, reach: Reach) -> Found:
    """Return partners at the three levels, and the E-I index of partners outside against inside."""
    rows = Rows(cluster, "mechanism", "external_linkage")
    outward = reach.partners_outside
    ei = _ratio(outward - reach.inside, outward + reach.inside)
    columns = {
        "outside_partners": outward,
        "partners_abroad": reach.outside["abroad"],
        "partners_inside": reach.inside,
        "ei_index_partners": ei,
    }
    if not _held(rows, "linkage_partners_mean"):
        for place, values in {"inside": reach.inside, **reach.outside}.items():
            why = cluster.why_not("linkage_partners_mean", "firm" if place == "inside" else "pipeline")
            if why:
                rows.withhold("linkage_partners_mean", why, category=place)
                continue
            rows.mean("linkage_partners_mean", values, category=place)
            rows.share("linkage_reach_share", _flags(values), category=place)
    if not _held(rows, "ei_index_linkage", "firm", "pipeline"):
        part, whole = outward - reach.pairs, outward + reach.pairs
        counts = draw_counts(cluster)
        known = ~np.isnan(part)
        value = float(_ratio(np.array([part[known].sum()]), np.array([whole[known].sum()]))[0])
        rows.drawn(
            "ei_index_linkage", value, bootstrap_ratio(counts, part, whole), int(known.sum()), coverage=_coverage(known),
            method="tied pairs, each counted once; bootstrap over firms",
        )  # fmt: skip
    return Found(firm_table(cluster, columns), list(rows))


def _openness(cluster: Cluster, reach: Reach) -> Found:
    """Return how far firms sell, buy and look outside; the mean of the parts that are known, at least two."""
    rows = Rows(cluster, "part", "external_linkage.chain")
    outward = reach.partners_outside
    market, suppliers = cluster.indicator("open_mkt"), (1 + cluster.indicator("ei_sup")) / 2
    parts = np.vstack([market, suppliers, outward / (outward + 1)])
    known = ~np.isnan(parts)
    openness = _ratio(
        np.where(known, parts, 0).sum(axis=0), np.where(known.sum(axis=0) > 1, known.sum(axis=0), 0.0)
    )
    if not _held(rows, "openness_mean"):
        rows.mean("openness_mean", openness)
    for name, values in (
        ("market_openness_mean", market),
        ("market_concentration_mean", cluster.indicator("market_conc")),
    ):
        if not _held(rows, name):
            _mean_or_not_asked(rows, name, values)
    return Found(firm_table(cluster, {"openness": openness}), list(rows))


def _balance(cluster: Cluster, reach: Reach) -> Found:
    """Return local buzz against global pipelines: for firms on the scale of the cluster's means, for the cluster in partners for each firm."""
    rows = Rows(cluster, "part", "external_linkage.network_inside")
    talk, outward = reach.talk, reach.partners_outside
    buzz, pipes = _over_mean(talk), _over_mean(outward)
    columns = {"local_buzz": buzz, "global_pipelines": pipes, "buzz_pipeline_balance": _balanced(buzz, pipes)}
    # One of the layers of talk is enough.
    layers = [layer for layer in BUZZ_LAYERS if cluster.is_tied(layer)][:1] or [BUZZ_LAYERS[0]]
    if not _held(rows, "buzz_pipeline_balance_cluster", *layers, "pipeline"):
        for name, values in (("local_buzz_mean", talk), ("global_pipelines_mean", outward)):
            rows.mean(name, values)
        known = ~np.isnan(talk)
        counts = draw_counts(cluster)[:, known]
        value = _balanced(*(np.array([v[known].sum()]) for v in (talk, outward)))
        draws = _balanced(counts @ talk[known], counts @ outward[known])
        rows.drawn(
            "buzz_pipeline_balance_cluster", float(value[0]), draws, int(known.sum()), coverage=_coverage(known),
            method="partners for each firm; bootstrap over firms",
        )  # fmt: skip
    return Found(firm_table(cluster, columns), list(rows))


def _coupling(cluster: Cluster, reach: Reach) -> Found:
    """Return how far chain and network go together in firms: coupling coordination of their percentile ranks."""
    rows = Rows(cluster, "part", "external_linkage.chain_network_interaction")
    coupling, coordination = coupling_coordination(_ranks(reach.partners_outside), _ranks(reach.inside))
    for name, values in (("chain_network_coupling", coupling), ("chain_network_coordination", coordination)):
        if not _held(rows, f"{name}_mean", "firm", "pipeline"):
            rows.mean(
                f"{name}_mean", values, method="mean over firms; a description, no proof of interaction"
            )
    columns = {"chain_network_coupling": coupling, "chain_network_coordination": coordination}
    return Found(firm_table(cluster, columns), list(rows))


def coupling_coordination(first: Values, second: Values) -> tuple[Values, Values]:
    """Return coupling C = sqrt([1 - (U2 - U1)] U1 / U2), U2 the greater, and coordination D = sqrt(C (U1 + U2) / 2); both in [0, 1].

    `first` and `second` are levels in [0, 1]. NaN where one is NaN or both are 0. Source: the correction of Wang et al. 2021 [adapted].
    """
    low, high = np.minimum(first, second), np.maximum(first, second)
    coupling = np.sqrt((1 - (high - low)) * _ratio(low, high))
    return coupling, np.sqrt(coupling * (low + high) / 2)


def _buyers(cluster: Cluster) -> Found:
    """Return how far the sales of firms are tied to few buyers, as far as they name buyers outside."""
    rows = Rows(cluster, "part", "external_linkage.chain")
    n = len(cluster.firms)
    named = cluster.answers(BUYER_SHARES)
    hhi, asked = np.full(n, np.nan), np.zeros(n, dtype=bool)
    if len(named):
        named = named.assign(firm=cluster.place_of(named["respondent"]))
        named = named[named["firm"] >= 0]
        asked[named["firm"].to_numpy()] = True
        named = named[(named["alter"] != "") & (named["value"] > 0)]
        firm, share = (
            named["firm"].to_numpy(),
            np.minimum(named["value"].to_numpy(dtype=np.float64) / 100, 1.0),
        )
        sums = np.bincount(firm, weights=share**2, minlength=n)
        hhi = np.where(np.bincount(firm, minlength=n) > 0, np.minimum(sums, 1.0), np.nan)
    if not _held(rows, "buyer_concentration_mean"):
        known = ~np.isnan(hhi)
        if known.sum() < FEWEST:
            why = (
                f"withheld: only {known.sum()} firm(s) name a buyer outside the cluster"
                if asked.any()
                else _NO_ITEM
            )
            rows.withhold("buyer_concentration_mean", why, n=int(known.sum()))
        else:
            # A firm without buyers outside has no concentration: the mean is of those that have one, coverage of those that were asked.
            draws = bootstrap_ratio(draw_counts(cluster), hhi, known.astype(np.float64))
            rows.drawn(
                "buyer_concentration_mean", float(hhi[known].mean()), draws, int(known.sum()), coverage=_coverage(asked),
                method="mean over firms that name a buyer outside; bootstrap over firms",
            )  # fmt: skip
    return Found(firm_table(cluster, {"buyer_concentration": hhi}), list(rows))


def _stages(cluster: Cluster) -> Found:
    """Return where on the chain firms earn: the share of each stage in revenue, and the place on the smile curve."""
    rows = Rows(cluster, "part", "external_linkage.chain")
    if not _held(rows, "smile_mean"):
        _mean_or_not_asked(rows, "smile_mean", cluster.indicator("smile"))
    answers = cluster.answers(STAGE_SHARES)
    if len(answers):
        wide = answers.pivot_table(
            index="respondent", columns="option", values="value", aggfunc="sum", sort=True
        )
        wide = wide.reindex(cluster.firms)
        total = wide.sum(axis=1, min_count=1)
        shares = wide.fillna(0.0).div(total.where(total > 0), axis=0)
        for stage in shares.columns:
            rows.mean("stage_income_share", shares[stage].to_numpy(dtype=np.float64), category=str(stage))
    return Found(firm_table(cluster, {}), list(rows))


def _held(rows: Rows, name: str, *layers: str) -> bool:
    """Say whether a measure cannot be given; of a text only the headline measures are withheld one by one."""
    why = rows.cluster.why_not(name, *layers)
    if why and (rows.cluster.boundary != "text" or name in HEADLINES):
        rows.withhold(name, why)
    return bool(why)


def _mean_or_not_asked(rows: Rows, name: str, values: Values) -> None:
    if len(values) and np.isnan(values).all():
        rows.withhold(name, _NO_ITEM)
    else:
        rows.mean(name, values)


def _ratio(above: Values, below: Values) -> Values:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.nan_to_num(below) > 0)


def _flags(values: Values) -> Values:
    return np.where(np.isnan(values), np.nan, values > 0)


def _coverage(known: Flags) -> float:
    return float(known.mean()) if len(known) else math.nan


def _over_mean(values: Values) -> Values:
    known = values[~np.isnan(values)]
    return _ratio(values, np.full(len(values), known.mean() if len(known) else 0.0))


def _balanced(one: Values, other: Values) -> Values:
    return 1 - np.abs(_ratio(one - other, one + other))


def _ranks(values: Values) -> NDArray[np.float64]:
    """Return percentile ranks (rank - 1/2) / n of the known values, ties at their mean rank."""
    known = ~np.isnan(values)
    return pd.Series(values).rank().to_numpy(dtype=np.float64) / max(int(known.sum()), 1) - 0.5 / max(
        int(known.sum()), 1
    )


_RECONSTRUCTION = "The book, 2.2.3 and 2.4.4 (concept); Bathelt, Malmberg and Maskell 2004 (partners outside) [reconstruction]"
_BATHELT = "Bathelt, Malmberg and Maskell 2004 (concept) [reconstruction]"
_WANG = "Wang et al. 2021 (correction of the coupling coordination degree); the book, 2.4.4, for chain and network [adapted]"
_KRACKHARDT = "Krackhardt and Stern 1988 [adapted]"
_NO = "the firm did not answer"
_NO_OUTSIDE = f"{_NO}, or no tie out of the cluster is reported"
for _name, _en, _zh, _definition, _formula, _source, _bounds, _boundaries, _undefined in (
    (
        "outside_partners", "Partners outside the cluster", "集群外伙伴数",
        "Number of different actors outside the cluster with whom the firm has an achieved pipeline tie, in either direction; 0 if it answered and "
        "named none.",
        "number of outside actors tied to i", _RECONSTRUCTION, COUNT, ANSWERED, _NO_OUTSIDE,
    ),
    (
        "partners_abroad", "Partners abroad", "境外伙伴数",
        "Those partners outside the cluster that are abroad, through whom the firm is in the global chain.",
        "number of outside actors abroad tied to i", _RECONSTRUCTION, COUNT, ANSWERED, _NO_OUTSIDE,
    ),
    (
        "partners_inside", "Partners inside the cluster", "集群内伙伴数",
        "Number of different firms of the cluster with whom the firm is tied in any layer of the firm network, in either direction.",
        "number of firms of the cluster tied to i", _RECONSTRUCTION, COUNT, COMPLETE, f"{_NO}, or no tie among firms is reported",
    ),
    (
        "ei_index_partners", "E-I index of partners outside against inside", "E-I 指数（集群外与内伙伴）",
        "Partners outside minus partners inside the cluster, over both, each partner counted once: -1 is closed, 1 is wholly outward.",
        "(E_i - I_i) / (E_i + I_i)", _KRACKHARDT, BALANCE, COMPLETE,
        "the firm did not answer or has no partner, or nobody reported a tie inside or outside",
    ),
    (
        "openness", "Openness", "开放度",
        "Mean of the share of markets abroad, the share of suppliers outside the cluster, and p / (p + 1) of the p partners outside, over the parts"
        " that are known; at least two.",
        "mean of open_mkt, (1 + ei_sup) / 2 and p / (p + 1)", _RECONSTRUCTION, SHARE, ANSWERED, "fewer than two parts are known",
    ),
    (
        "local_buzz", "Local buzz", "本地蜂鸣",
        "Number of firms of the cluster with whom the firm exchanges advice or is acquainted, over the mean of the cluster.",
        "l_i / mean of l", _BATHELT, COUNT, COMPLETE, "the firm did not answer or no firm has such a tie",
    ),
    (
        "global_pipelines", "Global pipelines", "全球通道",
        "Number of partners outside the cluster over the mean of the cluster.",
        "g_i / mean of g", _BATHELT, COUNT, ANSWERED, "the firm did not answer or no firm has a partner outside",
    ),
    (
        "buzz_pipeline_balance", "Balance of buzz and pipelines", "蜂鸣与通道的平衡度",
        "How even local buzz and global pipelines are, each over the mean of the cluster: 1 if a firm has as much of one as of the other, 0 if it "
        "has only one. No point of it is called best.",
        "1 - |l - g| / (l + g)", _BATHELT, SHARE, COMPLETE, "the firm did not answer or has neither",
    ),
    (
        "chain_network_coupling", "Coupling of chain and network", "链网耦合度",
        "Evenness of the firm's percentile ranks in partners outside (chain) and in partners inside (network) within its cluster.",
        "C = sqrt([1 - (U2 - U1)] U1 / U2), U2 the greater", _WANG, SHARE, COMPLETE, "the firm did not answer",
    ),
    (
        "chain_network_coordination", "Coupling coordination of chain and network", "链网耦合协调度",
        "Coupling times level: high only where a firm ranks high in both partners outside and partners inside. It describes, and is no proof that "
        "one acts on the other.",
        "D = sqrt(C (U1 + U2) / 2)", _WANG, SHARE, COMPLETE, "the firm did not answer",
    ),
    (
        "buyer_concentration", "Concentration of buyers", "采购商集中度",
        "Sum of squared shares in sales of the largest buyers outside that the firm names (at most three): a lower bound of the Herfindahl index "
        "over all buyers.",
        "sum_b s_b^2 over the named buyers", "Herfindahl 1950; Gereffi, Humphrey and Sturgeon 2005 (dependence on buyers) [adapted]", SHARE, ANSWERED,
        "the firm names no buyer outside",
    ),
):  # fmt: skip
    measure(
        name=_name, level="firm", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula, source=_source,
        boundaries=_boundaries, cost="linear", bounds=_bounds, undefined=_undefined,
    )(measure_external_linkage)  # fmt: skip
for _name, _en, _zh, _definition, _formula, _source, _bounds, _valid, _undefined in (
    (
        "linkage_partners_mean", "Mean number of partners by level", "各层面平均伙伴数",
        "Mean number of partners of a firm at each of three levels: inside the cluster, in other clusters, abroad.",
        "mean over firms of the number of partners; a category for each level", _RECONSTRUCTION, COUNT, COMPLETE, "",
    ),
    (
        "linkage_reach_share", "Share of firms with a partner, by level", "各层面有伙伴企业的比重",
        "Share of firms with at least one partner inside the cluster, in other clusters, or abroad.",
        "share of firms; a category for each level", _RECONSTRUCTION, SHARE, COMPLETE, "",
    ),
    (
        "ei_index_linkage", "E-I index of the cluster's firms, outside against inside", "E-I 指数（企业对外与对内联系）",
        "Pairs of a firm and an actor outside minus pairs of firms inside, over both; each pair counts once, of whatever layer. Pairs of firms that"
        " both did not answer are unknown and left out.",
        "(E - I) / (E + I)", _KRACKHARDT, BALANCE, COMPLETE, "no firm has a partner",
    ),
    (
        "openness_mean", "Mean openness", "平均开放度",
        "Mean openness of the firms.",
        "mean over firms", _RECONSTRUCTION, SHARE, ANSWERED, "",
    ),
    (
        "market_openness_mean", "Mean share of markets abroad", "市场开放度均值",
        "Mean over firms of the share of sales abroad, or of the regions ticked that are abroad, as the questionnaire asks.",
        "mean of open_mkt", _RECONSTRUCTION, SHARE, ANSWERED, "",
    ),
    (
        "market_concentration_mean", "Mean concentration of markets", "市场集中度均值",
        "Mean over firms of the Herfindahl index of the kinds of markets sold to.",
        "mean of market_conc", "Herfindahl 1950 [adapted]", SHARE, ANSWERED, "",
    ),
    (
        "local_buzz_mean", "Local partners for advice or acquaintance for each firm", "平均本地交流伙伴数",
        "Mean number of firms of the cluster with whom a firm exchanges advice or is acquainted.",
        "mean over firms", _BATHELT, COUNT, COMPLETE, "",
    ),
    (
        "global_pipelines_mean", "Partners outside for each firm", "平均对外通道数",
        "Mean number of partners outside the cluster.",
        "mean over firms", _BATHELT, COUNT, ANSWERED, "",
    ),
    (
        "buzz_pipeline_balance_cluster", "Balance of buzz and pipelines in the cluster", "集群蜂鸣与通道的平衡度",
        "How even the numbers of local partners (advice or acquaintance) and of partners outside are, in partners for each firm. The text asks for "
        "a best point of balance and does not give it.",
        "1 - |l - g| / (l + g) of the means l and g", _BATHELT, SHARE, COMPLETE, "no firm has a partner of either kind",
    ),
    (
        "chain_network_coupling_mean", "Mean coupling of chain and network", "链网耦合度均值",
        "Mean over firms of the coupling of their ranks in partners outside and inside.",
        "mean over firms of C", _WANG, SHARE, COMPLETE, "",
    ),
    (
        "chain_network_coordination_mean", "Mean coupling coordination of chain and network", "链网耦合协调度均值",
        "Mean over firms of coupling coordination. Ranks are within the cluster, so it says how far the two go together, not how high either is.",
        "mean over firms of D", _WANG, SHARE, COMPLETE, "",
    ),
    (
        "buyer_concentration_mean", "Mean concentration of buyers", "采购商集中度均值",
        "Mean concentration of buyers of the firms that name a buyer outside.",
        "mean over firms", "Herfindahl 1950 [adapted]", SHARE, ANSWERED, "",
    ),
    (
        "smile_mean", "Mean place on the smile curve", "微笑曲线平均位置",
        "Mean over firms of the revenue earned at the ends of the chain: design and brand marketing count 1, trade 1/2, fabric 1/4, spinning and "
        "making 0.",
        "mean of smile", "The book, 1.2 and 2.5 (concept); Shih 1996 (smile curve); weights are our choice [reconstruction]", SHARE, ANSWERED, "",
    ),
    (
        "stage_income_share", "Share of a stage in revenue", "环节收入比重",
        "Mean over firms of the share of each stage of the chain in revenue; shares that a firm gives are rescaled to add up to 1.",
        "mean over firms of the stage's share; a category for each stage", "The book, appendix 2, question 4 (survey of 2008) [as published]", SHARE, ANSWERED, "",
    ),
):  # fmt: skip
    measure(
        name=_name, level="cluster", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula, source=_source,
        boundaries=_valid, cost="linear", bounds=_bounds, undefined=_undefined, interval_kind="sampling",
    )(measure_external_linkage)  # fmt: skip
