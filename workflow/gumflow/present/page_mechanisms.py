"""The part of a study's page on the mechanisms: their parts, the division of learning, who governs, and what the statements say of each."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.contract.model import Model
from gumflow.present import page_further
from gumflow.present.page_further import MODES, further_block, stated_block
from gumflow.present.page_parts import Block, cell_name, grid, number, span, with_interval
from gumflow.present.page_text import TEXT
from gumflow.present.wording import STATES, Words

Tables = Mapping[str, pd.DataFrame]


class Headline(NamedTuple):
    """One number that the page shows: unit of the model, measure, category, layer, and what it is called."""

    unit_kind: str
    unit: str
    measure: str
    category: str
    words: Words
    layer: str = ""


def _parts(
    unit: str, *rows: tuple[str, str, str] | tuple[str, str, str, str], layer: str = ""
) -> tuple[Headline, ...]:
    kind = "part" if "." in unit else "mechanism"
    return tuple(
        Headline(kind, unit, measure, more[0] if more else "", Words(en, zh), layer)
        for measure, en, zh, *more in rows
    )


_RENEWED = (
    ("social", "personal bonds", "私人关系"),
    ("knowledge", "knowledge ties", "知识关系"),
    ("trust", "trust ties", "信任关系"),
)
_SCORE = ("mechanism_score", "score of the mechanism (0: mean of all waves)", "机制得分（0为各期均值）")
FEW = 10
HEADLINES = (
    *_parts("learning", _SCORE),
    *_parts(
        "learning.network",
        ("formal_learning_density", "density of formal learning", "正式学习网络密度"),
        ("informal_learning_density", "density of informal learning", "非正式学习网络密度"),
        ("formal_informal_overlap", "overlap of the two", "二者重合程度"),
    ),
    *_parts(
        "learning.division",
        ("high_potential_share", "share of high-potential firms", "高位势企业占比"),
        (
            "feeding_ratio",
            "share of advice across the two classes that runs from high to low",
            "两类企业之间由高位势流向低位势的建议占比",
        ),
        (
            "gatekeepers_access_lost",
            "access to the outside lost without gatekeepers",
            "去掉守门人后失去的外部联系",
        ),
    ),
    *_parts(
        "learning.mode",
        ("learning_breadth_mean", "ways of learning inside", "内部学习方式的广度", "inside"),
        ("learning_breadth_mean", "ways of learning outside", "外部学习方式的广度", "outside"),
    ),
    *_parts(
        "learning.process",
        ("knowledge_spillover_mean", "spillover", "知识溢出", "all"),
        ("knowledge_conversion_mean", "conversion", "知识转化", "all"),
        ("knowledge_harvest_mean", "harvest", "知识收获", "all"),
    ),
    *_parts("learning.synergy", ("learning_synergy_mean", "synergy of learning", "学习协同程度")),
    *_parts("innovation", _SCORE),
    *_parts(
        "innovation.network_emergence",
        ("joint_work_share", "share of firms with joint projects", "有合作研发的企业占比"),
        ("knowledge_fields_mean", "fields of knowledge", "知识领域数"),
        ("network_emergence_probability", "probability of emergence", "创新网络出现概率", "all"),
    ),
    *_parts(
        "innovation.synergy",
        ("coopetition_share", "share of joint work that is among rivals", "合作中竞争对手之间所占比重"),
    ),
    *_parts("social_capital", _SCORE),
    *_parts(
        "social_capital.trust",
        ("trust_given_mean", "trust given", "给予的信任"),
        ("trust_reciprocity_mean", "trust returned", "信任的互惠程度"),
    ),
    *_parts(
        "social_capital.knowledge_sharing",
        ("knowledge_mutuality_mean", "mutual advice", "相互提供建议"),
    ),
    *_parts(
        "social_capital.cost_reduction",
        ("handshake_share_mean", "dealing without contract", "不订合同的交易"),
        ("long_relations_mean", "long relations", "长期关系"),
    ),
    *(
        headline
        for layer, en, zh in _RENEWED
        for headline in _parts(
            "social_capital.renewal",
            ("ties_copied_share", f"{en} copied from the wave before", f"上期延续的{zh}"),
            layer=layer,
        )
    ),
    *_parts("external_linkage", _SCORE),
    *_parts(
        "external_linkage.chain",
        ("openness_mean", "openness", "开放度"),
        ("power_asymmetry_mean", "power asymmetry in the chain", "价值链权力不对称"),
    ),
    *_parts(
        "external_linkage.network_inside",
        ("local_buzz_mean", "local buzz", "本地互动"),
        ("global_pipelines_mean", "global pipelines", "全球通道"),
    ),
    *_parts(
        "external_linkage.chain_network_interaction",
        ("chain_network_coupling_mean", "coupling of chain and network", "链网耦合度"),
    ),
)
ROLES = {
    "gatekeeper": Words("gatekeeper", "守门人"),
    "active_mutual_exchanger": Words("active mutual exchanger", "积极互惠者"),
    "weak_mutual_exchanger": Words("weak mutual exchanger", "弱互惠者"),
    "external_star": Words("external star", "外部明星"),
    "local_hub": Words("local hub", "本地枢纽"),
    "isolated": Words("isolated", "孤立者"),
}
LEADERS = {
    "firm_led": Words("firms", "企业"),
    "association_led": Words("associations", "行业协会"),
    "government_led": Words("local government", "地方政府"),
}
WISHES = LEADERS | {
    "association_led_by_lead_firms": Words("associations that lead firms lead", "主导企业主导的行业协会"),
}
SOURCES = {
    "influence": Words("influence", "影响力"),
    "convenes": Words("convening", "召集"),
    "coordination": Words("coordination", "协调"),
}
SHOWN = frozenset(h.measure for h in HEADLINES) | page_further.SHOWN | {
    "cognitive_role_share", "role_stability_mean", "governance_share", "governance_mode", "governance_margin", "governance_entropy",
    "governance_hybrid", "governance_should_lead", "governance_block_ties", "firm_network_density", "board_seats_lead_share",
    "association_bridge", "association_judge", "association_server", "government_delegation", "mechanism_way_association",
    "knowledge_spillover_high_share", "knowledge_conversion_high_share", "knowledge_harvest_high_share", "explicit_share",
    "technology_space_mean", "core_participants", "technology_life", "cost_condition_share", "path_coefficient", "indirect_effect",
    "path_r_squared", "upgrading_coefficient", "upgrading_r_squared", "governance_evidence", "ties_rebuilt_share", "ties_inflow_share",
}  # fmt: skip
"""Measures of mechanisms that the page and its figures show, and so explains."""
MARKS = ("[as published]", "[adapted]", "[reconstruction]")
"""How the source of a measure of mechanisms ends."""

SECTIONS = {
    "mechanisms": Words("The mechanisms", "运行机制"),
    "mechanisms_note": Words(
        "What was measured of the four mechanisms, for the firms that answered. What may be concluded: where the firms of one cluster stand on a part, how far that would move with other firms of the "
        "same kind (the interval), and whether waves of one cluster differ by more than that. What may not: that a mechanism brought upgrading about, that one part matters more than another (each has its own unit), that "
        "clusters asked different questions rank by these numbers, or that a number which rests on a reconstruction is the book's own. What a text says is counted, not measured.",
        "四个运行机制中就作答企业所能测度的内容。可以得出的结论：一个集群的企业在某一环节上处于什么水平、换成同类的其他企业会变动多少（区间）、同一集群各期之差是否超过这一范围。"
        "不能得出的结论：某机制带来了升级；某环节比另一环节更重要（单位各不相同）；所问题目不同的集群可据此排名；依据重构的数值就是本书原有的结论。文本所述只作计数，不是测度。",
    ),
    "mechanisms_note_text": Words(
        "What the text says of the four mechanisms: its statements are counted, and what it states of the cluster, its chain, who governs and what policy did is listed with its place. Nobody was asked, so no mechanism is measured: "
        "figures 2-5 to 2-8 of the book (learning process, technology space, emergence of networks, social-capital chain) are not made, as they rest on answers of firms and on ties that a text leaves out. What may be "
        "concluded: what is told of a mechanism, and whether it is told as helping, hindering or lacking. What may not: how strong a mechanism is, or that a cluster with more statements has more of it.",
        "文本对四个运行机制的陈述：对陈述计数，并列出其关于集群、价值链、治理主体与政策的陈述及其出处。没有询问企业，故不测度任何机制；书中图2-5至图2-8（学习过程、技术空间、创新网络出现、社会资本链条）依赖企业的回答和文本未提及的关系，因此不绘制。"
        "可以得出的结论：资料说了某机制的什么，以及说的是有利、不利还是缺乏。不能得出的结论：机制的强弱，或陈述较多的集群该机制较强。",
    ),
    "disagree": Words(
        "By source: {}. The three sources name different leaders, so read none of them as the one who governs.",
        "按依据：{}。三种依据指向的主导者不同，不宜据此认定由谁治理。",
    ),
    "agree": Words("By source: {}.", "按依据：{}。"),
    "not_given": Words("Withheld: ", "未给出："),
    "parts": Words("Parts of the mechanisms", "各机制的组成部分"),
    "said": Words("What the statements say of the mechanisms", "陈述对各机制的说明"),
    "part": Words("Mechanism, part", "机制、组成部分"),
    "value": Words("Value (95 % interval)", "数值（95%区间）"),
    "balance_range": Words("Range over coders", "编码者范围"),
    "division": Words("Cognitive roles of the firms", "企业的认知角色"),
    "role": Words("Role", "角色"),
    "share": Words("Share of firms (95 % interval)", "企业占比（95%区间）"),
    "stability": Words(
        "Mean stability of a firm's role over other cut-offs and other draws of firms: {}. Below about 0.7 read shares of roles, not the role of one firm.",
        "改变界限与重抽企业时，企业角色的平均稳定性：{}。低于约0.7时只宜看各角色占比，不宜看单个企业的角色。",
    ),
    "governance": Words("Who governs", "谁在治理"),
    "leader": Words("Led by", "主导者"),
    "weight": Words("Weight (95 % interval)", "权重（95%区间）"),
    "should": Words("Recommended by statements", "陈述中的建议"),
    "mode": Words("Mode: {}; lead over the second: {}.", "治理模式：{}；领先次位：{}。"),
    "should_note": Words(
        "Recommended: share of the statements on who should lead (n = {}); in brackets the range over coders; it stands beside the weights and is no part of them.",
        "建议：关于应由谁主导的陈述中的占比（n = {}），括号内为编码者范围，只与权重并列，不计入权重。",
    ),
    "only_said": Words(
        "Only what statements say can be given here; numbers of ties and answers are withheld for the reasons given.",
        "此处只能给出陈述所说的内容；关系与回答的数值因所列原因未给出。",
    ),
}

# Why a number is missing, by what its reason is known by.
_REASONS = (
    (
        "is silent on the rest",
        Words(
            "it rests on ties and answers that a text does not hold; it would need a census, or a roster that was well answered.",
            "依赖文本所没有的关系与回答；需要普查或应答良好的名单调查。",
        ),
    ),
    (
        "least number of firms",
        Words(
            "it would tell of fewer firms than may be shown in a study told in confidence.",
            "涉及的企业过少，保密研究不予公开。",
        ),
    ),
    (
        "sample of the actors",
        Words("only a sample of the actors was asked.", "仅抽样调查了部分行动者。"),
    ),
    ("no question", Words("no question asks it.", "没有题目问及。")),
    (
        "have a value",
        Words("too few firms answered what it takes.", "回答所需题目的企业过少。"),
    ),
    ("no firm has a value", Words("no firm answered what it takes.", "没有企业回答所需题目。")),
    ("undefined", Words("it has no value in this case.", "在此情形下没有取值。")),
)
_OTHER = Words(
    "the column withheld of the sheet scores in tables.xlsx says why.",
    "原因见 tables.xlsx 中 scores 表的 withheld 列。",
)


def mechanisms_note(cells: pd.DataFrame) -> str:
    """Return the name of the text that opens the section: nobody was asked where all cells are texts."""
    return "mechanisms_note_text" if (cells["boundary"] == "text").all() else "mechanisms_note"


def mechanism_blocks(tables: Tables, model: Model, language: str) -> list[Block]:
    """Return for each cell the parts of the mechanisms, the roles of firms, who governs, and what statements say; nothing for what has no row."""
    blocks: list[Block] = []
    for cell in tables["cells"].to_dict("records"):
        scores = rows_of(tables["scores"], cell)
        name = cell_name(cell, tables["cells"], language)
        asked = cell["boundary"] != "text"
        measured = _measured(scores, model, language)
        found = [_roles(scores, language), _governance(scores, language)]
        if asked:
            found = [
                *measured,
                *found,
                further_block(scores, model, language),
                _said(scores, model, language),
            ]
        else:
            # A list of what is withheld comes last.
            found += [_said(scores, model, language), stated_block(scores, model, language), *measured]
        shown = [block for block in found if block]
        for block in shown:
            block["title"] = f"{name}: {block['title']}"
        blocks += shown
    return blocks


def _rows_at(scores: pd.DataFrame, kind: str, measure: str, unit: str = "") -> list[dict[str, Any]]:
    rows = scores[(scores["unit_kind"] == kind) & (scores["measure"] == measure)]
    return (rows[rows["unit"] == unit] if unit else rows).to_dict("records")


def _measured(scores: pd.DataFrame, model: Model, language: str) -> list[Block]:
    rows, last = [], ""
    missing: dict[Words, list[Headline]] = {}
    wanted = scores[scores["unit_kind"].isin(["mechanism", "part"])]
    keys = ["unit_kind", "unit", "measure", "category", "layer"]
    by_key = {tuple(row[k] for k in keys): row for row in wanted.to_dict("records")}
    for headline in HEADLINES:
        row = by_key.get((*headline[:4], headline.layer)) or by_key.get((*headline[:3], "", ""))
        if row is None:
            continue
        if row["withheld"] or math.isnan(row["value"]):
            missing.setdefault(_reason(str(row["withheld"])), []).append(headline)
            continue
        name = _unit_label(headline.unit, model, language)
        rows.append(
            [name if name != last else "", headline.words(language), with_interval(row), _count(row["n"])]
        )
        last = name
    notes = [_not_given(reason, held, model, language) for reason, held in missing.items()]
    title = SECTIONS["parts"](language)
    if rows:
        head = [SECTIONS["part"](language), TEXT["measure"](language), SECTIONS["value"](language), "n"]
        return [{"title": title, "table": grid(head, rows, (2, 3), notes)}]
    return [{"title": title, "text": " ".join(notes)}] if notes else []


def _count(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.0f}"


def _reason(withheld: str) -> Words:
    return next((words for phrase, words in _REASONS if phrase in withheld), _OTHER)


def _not_given(reason: Words, held: Sequence[Headline], model: Model, language: str) -> str:
    comma, colon = ("、", "：") if language == "zh" else (", ", ": ")
    names = dict.fromkeys(
        f"{h.words(language)} ({_unit_label(h.unit, model, language)})" if h.measure == "mechanism_score" else h.words(language)
        for h in held
    )  # fmt: skip
    return f"{SECTIONS['not_given'](language)}{comma.join(names)}{colon}{reason(language)}"


def _unit_label(unit: str, model: Model, language: str) -> str:
    mechanism, _, part = unit.partition(".")
    label = model.mechanisms[mechanism].label(language)
    if not part:
        return label
    return f"{label}{'：' if language == 'zh' else ': '}{model.parts[part].label(language)}"


def _roles(scores: pd.DataFrame, language: str) -> Block:
    shares = {r["category"]: r for r in _rows_at(scores, "part", "cognitive_role_share")}
    rows = [
        [words(language), with_interval(shares[role]), _count(shares[role]["n"])]
        for role, words in ROLES.items()
        if role in shares and not shares[role]["withheld"]
    ]
    if not rows:
        return {}
    stable = [r for r in _rows_at(scores, "part", "role_stability_mean") if not r["withheld"]]
    notes = [SECTIONS["stability"](language).format(with_interval(r)) for r in stable[:1]]
    head = [SECTIONS["role"](language), SECTIONS["share"](language), "n"]
    return {"title": SECTIONS["division"](language), "table": grid(head, rows, (1, 2), notes)}


def _governance(scores: pd.DataFrame, language: str) -> Block:
    given = {
        measure: {r["category"]: r for r in _rows_at(scores, "factor", measure, "governance") if not r["withheld"]}
        for measure in (
            "governance_share", "governance_should_lead", "governance_mode", "governance_margin", "governance_evidence",
        )
    }  # fmt: skip
    shares, wishes = given["governance_share"], given["governance_should_lead"]
    if not shares and not wishes:
        return {}
    head = [SECTIONS["leader"](language)]
    head += [SECTIONS["weight"](language), "n"] * bool(shares) + [SECTIONS["should"](language)] * bool(wishes)
    rows = []
    for leader, words in WISHES.items():
        if leader not in LEADERS and leader not in wishes:
            continue
        row = [words(language)]
        if shares:
            share = shares.get(leader)
            row += [with_interval(share), _count(share["n"])] if share else ["", ""]
        if wishes:
            row.append(_of_statements(wishes[leader]) if leader in wishes else "")
        rows.append(row)
    notes = []
    mode = next((MODES[c](language) for c in given["governance_mode"] if c in MODES), "")
    margin = given["governance_margin"].get("")
    if mode:
        lead = with_interval(margin) if margin else "–"
        notes.append(SECTIONS["mode"](language).format(mode, lead))
    notes += _sources(given["governance_evidence"], language)
    if wishes:
        notes.append(SECTIONS["should_note"](language).format(_count(max(w["n"] for w in wishes.values()))))
    if not shares:
        notes.append(SECTIONS["only_said"](language))
    return {
        "title": SECTIONS["governance"](language),
        "table": grid(head, rows, range(1, len(head)), notes),
    }


def _of_statements(wish: Mapping[str, Any]) -> str:
    """Return a share of statements with the range over coders; of few statements how many of how many."""
    value, low, high, n = (float(wish[k]) for k in ("value", "low", "high", "n"))
    if n < FEW:
        return f"{number(value * n, 1)}/{number(n, 1)}"
    return f"{value:.0%}" + ("" if math.isnan(low) or low == high else f" ({low:.0%} … {high:.0%})")


def _sources(evidence: Mapping[str, Mapping[str, Any]], language: str) -> list[str]:
    """Return who leads by each source of evidence, and whether the sources disagree."""
    comma = "，" if language == "zh" else ", "
    said, first = [], set()
    for source, words in SOURCES.items():
        shares = {m: evidence[f"{source}: {m}"] for m in LEADERS if f"{source}: {m}" in evidence}
        if len(shares) == len(LEADERS):
            first.add(max(shares, key=lambda m: float(shares[m]["value"])))
            numbers = comma.join(f"{LEADERS[m](language)} {with_interval(r)}" for m, r in shares.items())
            said.append(f"{words(language)} – {numbers}")
    text = ("；" if language == "zh" else "; ").join(said)
    return [SECTIONS["disagree" if len(first) > 1 else "agree"](language).format(text)] if said else []


def _said(scores: pd.DataFrame, model: Model, language: str) -> Block:
    evidence = scores[(scores["layer"] == "evidence") & scores["unit_kind"].isin(["mechanism", "part"])]
    found = {(r["unit"], r["measure"]): r for r in evidence.to_dict("records")}
    if not any(r["value"] > 0 for (_, m), r in found.items() if m.startswith("statements_")):
        return {}
    columns = ("statements_helping", "statements_hindering", "statements_lacking", "statements_recommended")
    rows = []
    for mechanism in model.mechanisms.values():
        for unit in (mechanism.id, *(f"{mechanism.id}.{part}" for part in mechanism.get("parts"))):
            balance = found.get((unit, "evidence_balance"))
            if balance is None:
                continue
            counts = [number(float(found[unit, c]["value"]), 1) for c in columns]
            numbers = [number(float(balance["value"])), span(float(balance["low"]), float(balance["high"]))]
            rows.append([_unit_label(unit, model, language), *counts, *numbers])
    head = [SECTIONS["part"](language), TEXT["helping"](language), TEXT["hindering"](language)]
    head += [STATES["lacking"](language), STATES["recommended"](language), TEXT["balance"](language)]
    head.append(SECTIONS["balance_range"](language))
    return {"title": SECTIONS["said"](language), "table": grid(head, rows, range(1, 7))}
