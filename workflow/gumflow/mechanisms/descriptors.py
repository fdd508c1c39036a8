"""What kind of cluster it is: native or embedded, linked at home and to export, young or mature (1.2, 2.3, 4.x.1).

What a source states of the cluster comes first; answers of firms and published counts say it where nothing is stated.
"""

import math
import re

import numpy as np
import pandas as pd

from gumflow.measures.registry import ANY_NUMBER, COUNT, SHARE, measure
from gumflow.mechanisms.chain_items import stated_of
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, draw_counts, firm_table, wilson
from gumflow.networks.layers import BOUNDARIES

ANSWERED = ("census", "roster", "sample")
OUTSIDE_PLACES = ("other_cluster", "abroad")
MAJORITY = 0.5
"""Share of firms with foreign capital that makes a cluster embedded; export dependence and local supply are high from it on."""
STEADY = 0.02
"""Yearly change in the number of firms (ln) within which a cluster is called mature."""
YOUNG = 5
"""Greatest age in years of a young firm."""
_COUNTS = re.compile(r"firms_(?:after_|late_)?(\d{4})s?")
PATH_ORDERS = {
    "buyer": "process > product > functional > chain",
    "producer": "functional > product > process > chain",
}
"""Order in which the paths are usually gone, by who drives the chain (ch. 1, note 5)."""
STATED_ORDERS = {
    "sales_first": "sales > making > technical and innovative capability",
    "making_first": "making > sales",
}
"""Order in which a cluster itself upgraded, as the source tells it: in sales first, or first in making and then on to sales."""
STAGE_OF_NUMBERS = {
    "growing": "growing",
    "stable": "mature",
    "stable_or_shrinking": "mature or shrinking",
    "shrinking": "shrinking",
}
"""Stage by the direction that is stated of the number of firms, as by a change in published counts."""
QUALIFIED = {"over": ": more than this", "under": ": less than this", "about": ": about this"}
_NOT_ONE_ORDER = "withheld: the chain is driven by both, and an order of paths is stated only for chains driven by buyers or by producers"
_NO_DRIVER = "withheld: who drives the chain is not stated"
_NO_COUNTS = "withheld: neither the stage nor a direction of the number of firms is stated, and fewer than two counts of firms are exact or about"
_NO_ORIGIN = "withheld: no source states the origin, and no firm tells of its capital"
_EITHER = "withheld: {share:.0%} of the firms have foreign capital, and its interval holds one half"
_NO_QUADRANT = (
    "withheld: the place among the quadrants needs both local supply and export dependence, and {lacking}"
)


def measure_descriptors(cluster: Cluster) -> Found:
    """Return origin, local linkage by export dependence, numbers of firms, stage and age of a cluster, and the age of its firms."""
    rows = Rows(cluster, "cluster", cluster.head["cluster"])
    _origin(rows)
    _quadrant(rows)
    _stage(rows)
    _stated(rows)
    age = firm_ages(cluster)
    if cluster.boundary != "text":
        rows.mean("firm_age_mean", age)
        rows.share("young_firm_share", np.where(np.isnan(age), np.nan, age <= YOUNG))
    return Found(firm_table(cluster, {"firm_age": age}), list(rows))


def _stated(rows: Rows) -> None:
    """Add what is stated of the cluster: ties by level, the share of firms by driver, and the order of paths that goes with the driver."""
    cluster = rows.cluster
    if cluster.boundary == "text":
        for place, number in stated_ties(cluster).items():
            rows.value(
                "linkage_ties_stated",
                number,
                category=place,
                method="achieved ties that the source states; it is silent on others",
            )
    facts = cluster.tables["facts"]
    for driver in PATH_ORDERS:
        printed = facts[facts["fact"] == f"{driver}_driven_share"] if len(facts) else facts
        for _, fact in printed.iterrows():
            share = float(fact["value"]) / (100 if fact["unit"] == "percent" else 1)
            rows.value("driven_firm_share", share, category=driver, method=_as_printed(fact["qualifier"]))
    drivers = stated_of(cluster, "driver")
    for one in drivers:
        if one.category in PATH_ORDERS:
            method = f"from the driver that is stated: {one.category}{one.place}"
            rows.category("path_order", PATH_ORDERS[one.category], method=method)
        else:
            rows.withhold("path_order", _NOT_ONE_ORDER)
    if not drivers:
        rows.withhold("path_order", _NO_DRIVER)
    for one in stated_of(cluster, "path_order_stated"):
        rows.category("path_order_stated", STATED_ORDERS[one.category], method=f"as stated{one.place}")


def stated_ties(cluster: Cluster) -> dict[str, float]:
    """Count the pairs of actors that a source ties, by the place of the end outside; inside if both are of the cluster."""
    ties = cluster.ties[cluster.ties["state"] == "achieved"]
    inside, places = cluster.members["inside"], cluster.members["place"]
    pairs = pd.DataFrame(
        {"one": ties[["source", "target"]].min(axis=1), "other": ties[["source", "target"]].max(axis=1)}
    ).drop_duplicates()
    one, other = (pairs[end].map(inside).fillna(False).to_numpy(dtype=bool) for end in ("one", "other"))
    found = {"inside": float((one & other).sum())}
    outer = pairs["other"].where(one, pairs["one"]).map(places).to_numpy()
    for place in OUTSIDE_PLACES:
        found[place] = float(((one ^ other) & (outer == place)).sum())
    return found


def firm_ages(cluster: Cluster) -> Values:
    """Return the age of each firm in years at the wave; NaN if the wave is no year or the firm's year is unknown or later."""
    year = re.match(r"\d{4}", cluster.head["wave"])
    founded = cluster.number("founded")
    if year is None or cluster.boundary == "text":
        return np.full(len(founded), np.nan)
    age = int(year.group()) - founded
    return np.where(age >= 0, age, np.nan)


def _origin(rows: Rows) -> None:
    """Add the share of firms with foreign capital, and native or embedded: as stated, else by that share."""
    cluster = rows.cluster
    foreign = cluster.indicator("fdi")
    known = foreign[~np.isnan(foreign)]
    if cluster.boundary != "text":
        rows.share("foreign_capital_share", foreign)
    stated = stated_of(cluster, "origin")
    if stated:
        rows.category("cluster_origin", stated[0].category, method=f"as stated{stated[0].place}")
        return
    if (
        cluster.boundary == "text"
        or len(known) < FEWEST
        or len(known) < cluster.settings.withhold_below * len(foreign)
    ):
        rows.withhold("cluster_origin", _NO_ORIGIN, n=len(known))
        return
    low, high = wilson(float(known.sum()), len(known))
    if low < MAJORITY < high:
        rows.withhold("cluster_origin", _EITHER.format(share=known.mean()), n=len(known))
    else:
        origin = "embedded" if low >= MAJORITY else "native"
        rows.category(
            "cluster_origin",
            origin,
            n=len(known),
            coverage=len(known) / len(foreign),
            method="by today's foreign capital, not by how the cluster came about",
        )


def _quadrant(rows: Rows) -> None:
    """Add local supply, export dependence, and which of them are high, with the share of bootstrap draws in which both stay so."""
    cluster = rows.cluster
    local, export = (1 - cluster.indicator("ei_sup")) / 2, cluster.indicator("open_mkt")
    printed, qualifier = _fact(cluster, "external_dependence")
    if cluster.boundary == "text":
        local, export = (np.full(len(cluster.firms), np.nan) for _ in range(2))
        if printed == printed:
            rows.value(
                "export_dependence", printed, method=f"dependence on foreign trade, {_as_printed(qualifier)}"
            )
        else:
            rows.withhold("export_dependence", "withheld: the source prints no dependence on foreign trade")
    else:
        rows.mean("export_dependence", export, method="mean over firms of the share of markets abroad")
        rows.mean("local_supply_share", local)
    means = (
        [float(v[~np.isnan(v)].mean()) if not np.isnan(v).all() else math.nan for v in (local, export)]
        if len(local)
        else [math.nan] * 2
    )
    lacking = [
        name
        for name, mean in zip(("local supply", "export dependence"), (means[0], means[1]), strict=True)
        if mean != mean
    ]
    if cluster.boundary == "text" and printed == printed:
        lacking.remove("export dependence")
    both = ~np.isnan(local) & ~np.isnan(export)
    gap = 1 - both.mean() if len(both) else 1.0
    if lacking or 1 - gap < cluster.settings.withhold_below:
        few = f"one of them is unknown for {gap:.0%} of the firms"
        known_of_none = f"{' and '.join(lacking)} {'are' if len(lacking) > 1 else 'is'} unknown"
        rows.withhold(
            "linkage_quadrant",
            _NO_QUADRANT.format(lacking=known_of_none if lacking else few),
            n=int(both.sum()),
        )
        return
    counts = draw_counts(cluster)
    stays = np.ones(len(counts), dtype=bool)
    for values, mean in zip((local, export), means, strict=True):
        drawn = bootstrap_ratio(counts, values, np.where(np.isnan(values), np.nan, 1.0))
        stays &= (drawn >= MAJORITY) == (mean >= MAJORITY)
    words = ["high" if mean >= MAJORITY else "low" for mean in means]
    rows.value(
        "linkage_quadrant", float(stays.mean()), category=f"{words[0]} local linkage, {words[1]} export dependence", n=int(both.sum()),
        coverage=float(both.mean()), method="share of bootstrap draws of firms in the same quadrant",
    )  # fmt: skip


def firm_counts(cluster: Cluster) -> pd.Series:
    """Return published numbers of firms by year, ascending; only those that are stated as exact or about."""
    facts = cluster.tables["facts"]
    if facts.empty:
        return pd.Series(dtype="float64")
    sure = facts[(facts["unit"] == "firms") & facts["qualifier"].isin(["exact", "about"])]
    years = sure["fact"].map(lambda name: match.group(1) if (match := _COUNTS.fullmatch(name)) else "")
    chosen = sure[years != ""]
    counts = pd.Series(
        chosen["value"].to_numpy(dtype=np.float64), index=years[years != ""].astype(int).to_numpy()
    )
    return counts[counts > 0].groupby(level=0).first().sort_index()


def _stage(rows: Rows) -> None:
    """Add numbers of firms, their yearly growth, the stage that is stated or follows from it, and the age of the cluster."""
    cluster = rows.cluster
    counts = firm_counts(cluster)
    for year, count in counts.items():
        rows.value("firm_count", float(count), category=str(year), method="as published")
    growth = math.nan
    if len(counts) > 1:
        growth = float(np.log(counts.iloc[-1] / counts.iloc[-2])) / (counts.index[-1] - counts.index[-2])
        rows.value(
            "firm_count_growth",
            growth,
            category=f"{counts.index[-2]} to {counts.index[-1]}",
            method="ln of the ratio for each year",
        )
    by_counts = "growing" if growth > STEADY else "shrinking" if growth < -STEADY else "mature"
    change = "by the last yearly change in the number of firms"
    stated, numbers = stated_of(cluster, "maturity"), stated_of(cluster, "firm_numbers")
    for one in numbers:
        rows.category("firm_count_direction", one.category, method=f"as stated{one.place}")
    if stated:
        beside = f"; {change}: {by_counts}" if growth == growth else ""
        rows.category("cluster_stage", stated[0].category, method=f"as stated{stated[0].place}{beside}")
    elif growth == growth:
        rows.category("cluster_stage", by_counts, method=change)
    elif numbers:
        method = f"by the direction of the number of firms, as stated{numbers[0].place}"
        rows.category("cluster_stage", STAGE_OF_NUMBERS[numbers[0].category], method=method)
    else:
        rows.withhold("cluster_stage", _NO_COUNTS)
    age, qualifier = _fact(cluster, "cluster_age")
    if age == age:
        rows.value("cluster_age", age, method=_as_printed(qualifier))


def _fact(cluster: Cluster, name: str) -> tuple[float, str]:
    """Return a published figure, shares of percent as shares, and its qualifier; NaN and no qualifier if there is none."""
    facts = cluster.tables["facts"]
    found = facts[facts["fact"] == name] if len(facts) else facts
    if found.empty:
        return math.nan, ""
    value = float(found["value"].iloc[0]) / (100 if found["unit"].iloc[0] == "percent" else 1)
    return value, str(found["qualifier"].iloc[0])


def _as_printed(qualifier: str) -> str:
    """Return that a figure is as printed, with what the source says before it: over, under or about."""
    return "as printed" + QUALIFIED.get(qualifier, "")


_JIN = "Jin and Zhu 2002 (native and embedded clusters, by how they formed), as told in the book, 1.2; foreign capital stands for it [reconstruction]"
_CHEN = "Chen 2008 (local linkage by export dependence), as told in the book, 1.2 [adapted]"
_LIFE = "Klepper 1997 (shakeouts); Menzel and Fornahl 2010 (stages of a cluster) [adapted]"
_BOOK = "The book, 2008 survey and ch. 4 (published figures) [as published]"
measure(
    name="firm_age", level="firm", label_en="Age of the firm", label_zh="企业年龄", definition="Years from the founding of the firm to the wave.",
    formula="wave - founded", source="OECD and Eurostat 2008 (age of enterprises) [as published]", boundaries=ANSWERED, cost="linear",
    bounds=COUNT, undefined="the year of founding is unknown or later than the wave, or the wave is no year",
)(measure_descriptors)  # fmt: skip
for _name, _en, _zh, _definition, _formula, _source, _bounds, _boundaries, _drawn in (
    (
        "linkage_ties_stated", "Stated ties by level", "陈述的各层面联系数",
        "Number of pairs of actors that the source ties, by where the actor outside is (inside: both are of the cluster). A count of what is "
        "stated, not of what there is.",
        "number of pairs; a category for each level", "The book, 2.2.3 (levels of linkage); Bathelt, Malmberg and Maskell 2004 (partners outside) [reconstruction]", COUNT, BOUNDARIES, False,
    ),
    (
        "driven_firm_share", "Share of firms by driver of the chain", "各驱动类型企业比重",
        "Share of firms in chains driven by buyers or by producers, as the source prints it.",
        "printed share", "Gereffi 1999 (kinds of drivers) [as published]", SHARE, BOUNDARIES, False,
    ),
    (
        "path_order", "Usual order of the paths", "升级路径的一般次序",
        "Order in which the four paths are usually gone in a chain of the driver that is stated: buyers and producers reverse it. What the source "
        "tells of the cluster itself is `path_order_stated`. A category, not a number.",
        "category from the driver in chain.csv", "The book, ch. 1, note 5; Gereffi 1999 (drivers) [as published]", SHARE, BOUNDARIES, False,
    ),
    (
        "path_order_stated", "Order in which the cluster upgraded, as told", "文中所述本集群升级次序",
        "Order in which the source says that this cluster itself upgraded: in sales first and then in making and capability, or first in making "
        "and then in sales, which it calls the usual way. A category, not a number.",
        "category of chain.csv", "The book, 4.2.3 (order of upgrading of one of its cases of 2009) [as published]", SHARE, BOUNDARIES, False,
    ),
    (
        "firm_count_direction", "Stated direction of the number of firms", "文中所述企业数变动方向",
        "Whether the source says that the number of firms grows, is stable or shrinks, where it prints no two counts. A category, not a number.",
        "category of chain.csv", _BOOK, SHARE, BOUNDARIES, False,
    ),
    (
        "foreign_capital_share", "Share of firms with foreign capital", "有外资企业比重",
        "Share of firms that are joint ventures with foreign partners or foreign-invested.", "share of firms", _JIN, SHARE, ANSWERED, True,
    ),
    (
        "cluster_origin", "Origin of the cluster", "集群类型（原生型或嵌入型）",
        "Native (grown from the place's own firms) or embedded (brought by capital from outside): as the source states it; else embedded if most "
        "firms have foreign capital today and native if most have not, withheld if the interval holds one half: who owns the firms now stands for "
        "how the cluster came about, which nobody asked. A category, not a number.",
        "category stated; else by Wilson's interval of the share with foreign capital against 1/2", _JIN, SHARE, BOUNDARIES, False,
    ),
    (
        "local_supply_share", "Share of local suppliers", "本地供应商比重",
        "Mean over firms of the share of suppliers that are in the cluster.", "mean of (1 - ei_sup) / 2", _CHEN, SHARE, ANSWERED, True,
    ),
    (
        "export_dependence", "Dependence on export", "外向度",
        "Mean over firms of the share of markets abroad; for a text the dependence on foreign trade that it prints.",
        "mean of open_mkt, or the printed share", _CHEN, COUNT, BOUNDARIES, True,
    ),
    (
        "linkage_quadrant", "Local linkage by export dependence", "本地关联与外向度类型",
        "Whether local supply and export dependence are high (one half or more) or low; the value is the share of bootstrap draws of firms in which "
        "both stay on their side of one half. The cut is our choice.",
        "category of two means against 1/2; share of draws with the same category", _CHEN, SHARE, BOUNDARIES, False,
    ),
    (
        "firm_count", "Published number of firms", "公布的企业数", "Number of firms of the cluster as published, by year; only figures that are stated "
        "as exact or about.", "printed figure; a category for each year", _BOOK, COUNT, BOUNDARIES, False,
    ),
    (
        "firm_count_growth", "Yearly change in the number of firms", "企业数年均变化",
        "Logarithm of the ratio of the last two published numbers of firms, for each year between them.", "ln(N_t / N_s) / (t - s)", _LIFE,
        ANY_NUMBER, BOUNDARIES, False,
    ),
    (
        "cluster_stage", "Stage of the cluster", "集群发展阶段",
        "Growing, mature or shrinking: as the source states it; else by the last yearly change in the number of firms, mature within 2 % a year "
        "(our choice), or by the direction that is stated of it. Fewer firms may also mean larger ones. A category, not a number.",
        "category stated; else by firm_count_growth against -0.02 and 0.02", _LIFE, SHARE, BOUNDARIES, False,
    ),
    (
        "cluster_age", "Age of the cluster", "集群年龄", "Years that the cluster has developed, as the source prints it.", "printed figure", _BOOK, COUNT,
        BOUNDARIES, False,
    ),
    (
        "firm_age_mean", "Mean age of the firms", "企业平均年龄", "Mean over firms of their age in years; only firms that are alive at the wave.",
        "mean over firms", _LIFE, COUNT, ANSWERED, True,
    ),
    (
        "young_firm_share", "Share of young firms", "年轻企业比重", "Share of firms that are at most five years old.", "share of firms", _LIFE, SHARE,
        ANSWERED, True,
    ),
):  # fmt: skip
    measure(
        name=_name, level="cluster", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula, source=_source,
        boundaries=_boundaries, cost="linear", bounds=_bounds, interval_kind="sampling" if _drawn else None,
    )(measure_descriptors)  # fmt: skip
