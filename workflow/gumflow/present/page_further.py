"""What the page says of a cluster's chain, lead firms, policy and the cluster itself: numbers of a survey, or what a text states and where."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

import gumflow.mechanisms.study  # noqa: F401  (declares the measures, whose labels are printed)
from gumflow.contract.model import Model
from gumflow.present.page_parts import Block, grid, measure_label, number, with_interval
from gumflow.present.page_text import TEXT
from gumflow.present.wording import DRIVERS, GOVERNANCE_TYPES, Words

MODES = {
    "firm_led": Words("led by firms", "企业主导型"),
    "association_led": Words("led by associations", "行业协会主导型"),
    "government_led": Words("led by local government", "地方政府主导型"),
    "association_led_by_lead_firms": Words(
        "led by associations that lead firms lead", "主导企业主导的行业协会型"
    ),
    "mixed": Words("mixed", "混合型"),
}
CATEGORIES = (
    MODES
    | GOVERNANCE_TYPES
    | DRIVERS
    | {
        "unclassified": Words("no clear type", "类型不明"),
        "native": Words("native", "原生型"),
        "embedded": Words("embedded", "嵌入型"),
        "growing": Words("growing", "成长"),
        "mature": Words("mature", "成熟"),
        "shrinking": Words("shrinking", "萎缩"),
        "stable": Words("stable", "稳定"),
        "stable_or_shrinking": Words("stable or falling", "稳定或减少"),
        "mature or shrinking": Words("mature or shrinking", "成熟或萎缩"),
        "sales": Words("sales", "销售"),
        "making": Words("making", "生产"),
        "technical and innovative capability": Words("technical and innovative capability", "技术与创新能力"),
        "inside": Words("inside the cluster", "集群内"),
        "other_cluster": Words("to other clusters", "与其他集群"),
        "abroad": Words("abroad", "与境外"),
        "helped": Words("helped", "受促进"),
        "slowed": Words("slowed", "受减缓"),
        "blocked": Words("blocked", "受阻碍"),
        "open": Words("left open", "未定"),
        "environment": Words("environment", "环境营造"),
        "input_supply": Words("supply of inputs", "要素供给"),
        "intermediary_services": Words("intermediary services", "中介服务"),
        "cluster_governance": Words("cluster governance", "集群治理"),
        "regional_brand": Words("regional brand", "区域品牌"),
        "demonstration": Words("demonstration", "示范"),
        "spillover": Words("spillover", "溢出"),
        "talent": Words("talent", "人才"),
        "competition": Words("competition", "竞争"),
        "competition_for_business": Words("competition for business", "争夺业务"),
        "all": Words("all", "全部"),
    }
)
"""Words for what a row is about or what was found."""
YES_NO = {1.0: Words("done", "已有"), 0.0: Words("lacking", "缺乏")}

MEASURED = {
    "cluster": ("cluster_origin", "cluster_stage", "export_dependence", "local_supply_share", "firm_age_mean"),
    "mechanism": ("linkage_reach_share",),
    "part": ("gvc_governance_share", "ladder_place_mean"),
    "path": ("path_gate_share",),
    "factor": (
        "lead_firms_found", "lead_effect_ratio", "lead_firm_help", "policy_coverage", "policy_demand_unmet", "policy_implementation",
    ),
}  # fmt: skip
"""What is shown of a survey, by the kind of unit."""
STATED = {
    "cluster": (
        "cluster_age", "cluster_origin", "cluster_stage", "firm_count", "firm_count_direction", "export_dependence", "driven_firm_share", "linkage_ties_stated",
        "path_order", "path_order_stated",
    ),
    "path": ("path_gate",),
    "factor": ("governance_mode_stated", "governance_stated_ties", "policy_content_done"),
}  # fmt: skip
"""What is shown of a text, by the kind of unit."""
PLACE = Words("{} paragraph {}", "{} 第{}段")
OPPOSITE = Words(" (the source also says the opposite of this cluster)", "（资料对本集群另有相反说法）")
_OPPOSITE = "says the opposite"
GATES, EFFECTS = "path_gate_share", ("helped", "slowed", "blocked")
TWO_WAY = "cross_lagged_p"
SHOWN = frozenset(m for given in (MEASURED, STATED) for names in given.values() for m in names) | {TWO_WAY}

SECTIONS = {
    "further": Words("Chain, lead firms, policy and the cluster itself", "价值链、主导企业、政策与集群概况"),
    "stated": Words("What is stated of the cluster", "资料对集群的陈述"),
    "found": Words("Value (95 % interval)", "数值（95%区间）"),
    "stated_value": Words("As stated", "陈述内容"),
    "place": Words("Section", "所在章节"),
    "two_way": Words(
        "Two-way action: of {n} effects of one factor on the later score of another, {k} have p < .05 after Holm's adjustment; each is in the sheet scores of tables.xlsx.",
        "双向作用：在一要素对另一要素后期得分的 {n} 项效应中，经 Holm 校正后 p < .05 的有 {k} 项；逐项结果见 tables.xlsx 的 scores 表。",
    ),
    "gate_note": Words(
        "A path is helped or blocked by what is claimed in general of chains governed like this one; what is said of the cluster itself is in the evidence.",
        "升级路径受促进或阻碍，指对此类价值链治理模式的一般论断；对本集群自身的陈述见证据部分。",
    ),
    "stated_note": Words(
        "A text states what it states: what is missing here may well be there. Section: paragraphs of the source.",
        "文本只陈述其所陈述的内容：此处没有的未必不存在。所在章节指资料的章节与段落。",
    ),
    "not_stated": Words("Not stated, or too little for it: ", "未陈述或陈述不足："),
}

_PLACE = re.compile(r"\((\d+(?:\.\d+)+),? paragraphs? (\d[\d, ;]*)\)")


def further_block(scores: pd.DataFrame, model: Model, language: str) -> Block:
    """Return what was measured of chain, lead firms, policy and cluster; nothing where no row of it has a value."""
    rows = []
    for row in _chosen(scores, MEASURED):
        # Types that do nothing to a path, and shares of no firm, would only make the table long.
        if not _given(row) or (
            row["measure"] == GATES and (row["category"] not in EFFECTS or not row["value"])
        ):
            continue
        value = (
            category_words(row["category"], model, language)
            if math.isnan(row["value"])
            else with_interval(row)
        )
        about = "" if math.isnan(row["value"]) else str(row["category"])
        n = "" if math.isnan(row["n"]) else number(float(row["n"]), 0)
        rows.append([_name(row, about, model, language), value, n])
    notes = [SECTIONS["gate_note"](language)] * any(
        _given(r) for r in _chosen(scores, {"path": MEASURED["path"]})
    )
    tested = scores.loc[scores["measure"] == TWO_WAY, "value"].dropna()
    if len(tested):
        notes.append(SECTIONS["two_way"](language).format(n=len(tested), k=int((tested < 0.05).sum())))
    if not rows:
        return {}
    head = [TEXT["measure"](language), SECTIONS["found"](language), "n"]
    return {"title": SECTIONS["further"](language), "table": grid(head, rows, (1, 2), notes)}


def stated_block(scores: pd.DataFrame, model: Model, language: str) -> Block:
    """Return what a text states of a cluster, with the place in the source where the row tells it; nothing where it states nothing."""
    rows, missing = [], []
    partly = {row["measure"] for row in _chosen(scores, STATED) if _given(row)}
    for row in _chosen(scores, STATED):
        if not _given(row):
            label = measure_label(str(row["measure"]), language)
            named = row["measure"] in partly
            missing.append(_name(row, str(row["category"]), model, language) if named else label)
            continue
        found = math.isnan(row["value"])
        value = category_words(row["category"], model, language) if found else _printed(row, language)
        if _OPPOSITE in str(row["method"]):
            value += OPPOSITE(language)
        name = _name(row, "" if found else str(row["category"]), model, language)
        rows.append([name, value, _places(str(row["method"]), language)])
    if not rows:
        return {}
    notes = [SECTIONS["stated_note"](language)]
    if any(r["measure"] == "path_gate" and _given(r) for r in _chosen(scores, STATED)):
        notes.append(SECTIONS["gate_note"](language))
    if missing:
        names = ("、" if language == "zh" else ", ").join(dict.fromkeys(missing))
        notes.append(SECTIONS["not_stated"](language) + names + ("。" if language == "zh" else "."))
    head = [TEXT["measure"](language), SECTIONS["stated_value"](language), SECTIONS["place"](language)]
    return {"title": SECTIONS["stated"](language), "table": grid(head, rows, (), notes)}


def _places(method: str, language: str) -> str:
    """Return the places in the source that a row names, such as `4.1 paragraph 4`, each once."""
    found = dict.fromkeys(_PLACE.findall(method))
    return "; ".join(PLACE(language).format(section, paragraphs) for section, paragraphs in found)


def category_words(category: str, model: Model, language: str) -> str:
    """Return a category in words; an order of paths or stages joined by arrows; a year or what has no words as it is."""
    steps = [
        CATEGORIES[step](language) if step in CATEGORIES
        else model.paths[step].label(language) if step in model.paths
        else step.replace("_", " ")
        for step in str(category).split(" > ")
    ]  # fmt: skip
    return " → ".join(steps)


def _chosen(scores: pd.DataFrame, wanted: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Return the rows of the wanted measures in the order in which they are wanted; categories that only detail others are left out."""
    rows = scores[~scores["category"].astype(str).str.contains(".", regex=False)]
    chosen = []
    for kind, measures in wanted.items():
        of_kind = rows[(rows["unit_kind"] == kind) & rows["measure"].isin(list(measures))]
        for measure in measures:
            chosen += of_kind[of_kind["measure"] == measure].to_dict("records")
    return chosen


def _given(row: dict[str, Any]) -> bool:
    """Return whether a row holds a value, or what was found as its category."""
    return not row["withheld"] and not (math.isnan(row["value"]) and not row["category"])


def _name(row: dict[str, Any], about: str, model: Model, language: str) -> str:
    """Return what a row is called: its measure, the path it is of, and what of it."""
    more = [model.paths[row["unit"]].label(language)] if row["unit_kind"] == "path" else []
    more += [category_words(about, model, language)] if about else []
    label, comma = measure_label(str(row["measure"]), language), "、" if language == "zh" else ", "
    if not more:
        return label
    return f"{label}：{comma.join(more)}" if language == "zh" else f"{label}: {comma.join(more)}"


def _printed(row: dict[str, Any], language: str) -> str:
    value = float(row["value"])
    if row["measure"] == "policy_content_done" and value in YES_NO:
        return YES_NO[value](language)
    sign = next(
        (
            s
            for word, s in (("more than", "> "), ("less than", "< "), ("about this", "≈ "))
            if word in str(row["method"])
        ),
        "",
    )
    if row["measure"] in ("export_dependence", "driven_firm_share"):
        return f"{sign}{value:.0%}"
    return f"{sign}{value:,.0f}" if value == int(value) else sign + number(value)
