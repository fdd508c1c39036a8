"""What an innovator needs (five elements, 2.4.2(1)), and which of Schumpeter's five kinds of innovation firms have made (2.3.3(2)).

The elements are drivers: technical capability, technical knowledge base, economic knowledge base, investment, cooperation. Each is the
mean of what the questionnaires ask about it, in shares from 0 to 1. The questionnaires ask different things, so compare firms and waves of
one questionnaire, not levels across questionnaires. Kinds of innovation that happened are outcomes and enter no element.
"""

from collections.abc import Callable, Mapping

import numpy as np

from gumflow.measures.registry import SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.innovation_emergence import knowledge_fields, ticked_share
from gumflow.mechanisms.innovation_network import ANSWERED, joint_partners
from gumflow.mechanisms.rows import Rows, firm_table

FEWEST_ELEMENTS = 3
IMPROVES_BY = ("NB20", "YK32")
RENEWED = "NB24"
SCHUMPETER: Mapping[str, tuple[str, ...]] = {
    "new_product": ("own_design", "quality"),
    "new_method": ("equipment", "process"),
    "new_market": (),
    "new_source": (),
    "new_organization": (),
}
"""Schumpeter's kinds and the ticks that tell of each; the questionnaires ask of no new market, source of supply or organization."""
_NOT_ASKED = "withheld: no questionnaire asks whether firms made an innovation of this kind ({kind})"
_NOT_ASKED_HERE = "withheld: the questionnaire of this cluster does not ask what firms renewed in production"
_NO_ELEMENT = "withheld: the questionnaires were not answered, and the elements of an innovator rest on them"
_BOOK = "Pyka and Saviotti 2002, as told by the book, 2.4.2(1)"


def _saturating(count: Values) -> Values:
    """Return count / (1 + count): 0 for none, 1/2 for one, toward 1 for many."""
    return count / (1 + count)


def _plain(name: str) -> Callable[[Cluster], Values]:
    return lambda cluster: cluster.indicator(name)


def _reversed(name: str) -> Callable[[Cluster], Values]:
    return lambda cluster: 1 - cluster.indicator(name)


_ITEMS: Mapping[str, tuple[Callable[[Cluster], Values], ...]] = {
    "technical_capability": (_plain("ac_tech"), _reversed("deficit")),
    "technical_knowledge": (
        _plain("ac_edu"),
        _plain("source_breadth"),
        lambda cluster: _saturating(knowledge_fields(cluster)),
    ),
    "economic_knowledge": (
        _plain("buyer_market"),
        _reversed("info_gap"),
        _plain("market_spread"),
        _plain("fair_export"),
        _plain("foreign_office"),
    ),
    "investment": (
        _plain("rd"),
        _plain("own_source"),
        lambda cluster: ticked_share(cluster, IMPROVES_BY, ("patents_domestic", "patents_foreign")),
    ),
    "cooperation": (_plain("collab"), lambda cluster: _saturating(joint_partners(cluster))),
}


@measure(
    name="innovator_technical_capability",
    level="firm",
    label_en="Innovator's technical capability",
    label_zh="创新主体的技术能力",
    definition="Mean of share of technical staff and of lacks in making for export (reversed), as far as asked; half of them are needed. The level of technology is an outcome.",
    formula="mean of ac_tech, 1 - deficit",
    source=f"{_BOOK} [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="less than half of what is asked is answered",
)
@measure(
    name="innovator_technical_knowledge",
    level="firm",
    label_en="Innovator's technical knowledge base",
    label_zh="创新主体的技术知识库",
    definition=(
        "Mean of schooling, breadth of sources of improvement, and fields of knowledge (KB / (1 + KB)), as far as asked; half of them are needed."
    ),
    formula="mean of ac_edu, source_breadth, KB / (1 + KB)",
    source=f"{_BOOK} [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="less than half of what is asked is answered",
)
@measure(
    name="innovator_economic_knowledge",
    level="firm",
    label_en="Innovator's economic knowledge base",
    label_zh="创新主体的经济知识库",
    definition=(
        "Mean of what tells of knowing markets: help of buyers with markets, exchange with buyers (lack of it reversed), breadth of markets abroad, the "
        "export fair, offices abroad; as far as asked; half of them are needed."
    ),
    formula="mean of buyer_market, 1 - info_gap, market_spread, fair_export, foreign_office",
    source=f"{_BOOK} [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="less than half of what is asked is answered",
)
@measure(
    name="innovator_investment",
    level="firm",
    label_en="Innovator's investment",
    label_zh="创新主体的创新投入",
    definition=(
        "Mean of R&D department, improving by own strength, and share of two kinds of patents bought (at home, abroad); spending in money is not asked."
    ),
    formula="mean of rd, own_source, patents bought / 2",
    source=f"{_BOOK} [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="less than half of what is asked is answered",
)
@measure(
    name="innovator_cooperation",
    level="firm",
    label_en="Innovator's cooperation",
    label_zh="创新主体间的合作",
    definition="Mean of improving by cooperation (share of two ways ticked) and of partners of joint development (k / (1 + k)); half of them are needed.",
    formula="mean of collab, k / (1 + k)",
    source=f"{_BOOK} [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="less than half of what is asked is answered",
)
@measure(
    name="innovator_score",
    level="firm",
    label_en="Innovator's elements together",
    label_zh="创新主体要素综合得分",
    definition="Mean of the five elements of an innovator, equal weights; at least three must be known.",
    formula="mean of the elements known",
    source=f"{_BOOK} [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    undefined="fewer than three elements are known",
)
def innovator_elements(cluster: Cluster) -> dict[str, Values]:
    """Return the five elements of each firm by the name of its measure, and `innovator_score`; NaN where too little is answered."""
    unknown = np.full(len(cluster.firms), np.nan)
    if cluster.boundary not in ANSWERED:
        return {name: unknown.copy() for name in (*(f"innovator_{e}" for e in _ITEMS), "innovator_score")}
    found = {}
    for element, items in _ITEMS.items():
        table = np.column_stack([item(cluster) for item in items])
        asked = ~np.isnan(table).all(axis=0)
        found[f"innovator_{element}"] = _mean_known(table[:, asked], max(1, (int(asked.sum()) + 1) // 2))
    found["innovator_score"] = _mean_known(np.column_stack(list(found.values())), FEWEST_ELEMENTS)
    return found


def _mean_known(table: Values, least: int) -> Values:
    """Return the mean of the known values of each row; NaN where fewer than `least` are known."""
    known = ~np.isnan(table)
    count = known.sum(axis=1)
    total = np.where(known, table, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(len(table), np.nan), where=count >= least)


@measure(
    name="innovation_kinds",
    level="firm",
    label_en="Kinds of innovation made",
    label_zh="熊彼特创新种类数",
    definition=(
        "How many of Schumpeter's five kinds of innovation the firm says it has made, of the two that are asked: a new or better product, a new method. "
        "An outcome, no driver."
    ),
    formula="1[own design or better quality] + 1[newer equipment or process]",
    source="Schumpeter 1912, ch. 2 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=(0.0, 5.0),
    undefined="the firm was not asked or did not answer",
)
def innovation_kinds(cluster: Cluster) -> Values:
    """Return the number of kinds of innovation that each firm has made; NaN where it was not asked or did not answer."""
    made = [kind_made(cluster, kind) for kind, options in SCHUMPETER.items() if options]
    return np.sum(made, axis=0)


def kind_made(cluster: Cluster, kind: str) -> Values:
    """Return 1 for firms that made an innovation of one of Schumpeter's kinds that are asked, 0 for others, NaN where it is not known."""
    if cluster.boundary not in ANSWERED:
        return np.full(len(cluster.firms), np.nan)
    share = ticked_share(cluster, (RENEWED,), SCHUMPETER[kind])
    return np.where(np.isnan(share), np.nan, share > 0)


@measure(
    name="innovator_element_mean",
    level="cluster",
    label_en="Elements of an innovator, mean",
    label_zh="创新主体要素均值",
    definition="Mean over firms of one element of an innovator (category; `all` their mean), from 0 to 1; comparable between waves of one questionnaire only.",
    formula="mean of innovator_<element>",
    source=f"{_BOOK} [reconstruction]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
@measure(
    name="schumpeter_innovation_share",
    level="cluster",
    label_en="Share of firms that made a kind of innovation",
    label_zh="各类熊彼特创新的企业占比",
    definition=(
        "Share of the firms that made one of Schumpeter's kinds of innovation (category): new_product, new_method; new_market, new_source and "
        "new_organization are not asked."
    ),
    formula="firms that ticked an option of the kind / firms that answered the item",
    source="Schumpeter 1912, ch. 2 [adapted]",
    boundaries=ANSWERED,
    cost="linear",
    bounds=SHARE,
    interval_kind="sampling",
)
def measure_elements(cluster: Cluster) -> Found:
    """Return the elements of an innovator and the kinds of innovation made, of firms and of the cluster."""
    rows = Rows(cluster, "mechanism", "innovation")
    elements = innovator_elements(cluster)
    why = cluster.why_not("innovator_element_mean")
    known = any((~np.isnan(values)).any() for values in elements.values())
    if why or not known:
        rows.withhold("innovator_element_mean", why or _NO_ELEMENT)
    else:
        for name, values in elements.items():
            category = "all" if name == "innovator_score" else name.removeprefix("innovator_")
            rows.mean("innovator_element_mean", values, category=category)
    kinds = innovation_kinds(cluster)
    why = cluster.why_not("schumpeter_innovation_share")
    if why or np.isnan(kinds).all():
        rows.withhold("schumpeter_innovation_share", why or _NOT_ASKED_HERE)
    else:
        for kind, options in SCHUMPETER.items():
            if options:
                rows.share("schumpeter_innovation_share", kind_made(cluster, kind), category=kind)
            else:
                rows.withhold(
                    "schumpeter_innovation_share",
                    _NOT_ASKED.format(kind=kind.replace("_", " ")),
                    category=kind,
                )
    return Found(firm_table(cluster, {**elements, "innovation_kinds": kinds}), list(rows))
