"""Who governs a cluster: firms and their networks, the association, local government, and the weight of each (the book's figure 2-3).

Where nobody was asked, the boxes hold what the coded statements say of each kind of governance instead.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from gumflow.present.figures.boxes import (
    FEW,
    NONE,
    Box,
    Estimate,
    Findings,
    draw_arrow,
    draw_box,
    evidence_line,
    label,
    shown,
    shown_share,
    write_in,
)
from gumflow.present.figures.panels import FINE_PT, draw_dot, panel
from gumflow.present.sheet import Frame, Key, Sheet, legend_height, line_mm, wrap, wrap_evenly
from gumflow.present.style import GRAY, GROUP_COLORS, TEXT_PT, WIDTH_DOUBLE_MM, styled
from gumflow.present.wording import Words

TITLE = Words("Structure of cluster governance: {}", "集群治理结构：{}")
NOTES = (
    Words(
        "Structure after figure 2-3 of the book. Arrows: ties between two kinds of actors per possible pair, the wider the more. In brackets: 95 % interval. Bridge and server: means, judge: a share of firms.",
        "结构据本书图2-3。箭头：两类主体之间每一可能的主体对平均有多少关系，越宽越多。括号内为95%区间。桥梁与服务为均值，裁判为企业占比。",
    ),
    Words(
        "Weight joins, equally, who is named as influential, who convenes and who stands between others; shares add up to one, and small marks show each of the three alone. It does not say whether that is good for the cluster.",
        "权重由谁被认为有影响、谁召集、谁居于他人之间三者等权合成，占比合计为1，小标记为三者各自的占比；不说明这对集群是否有利。",
    ),
)
TEXT_NOTES = (
    Words(
        "Structure after figure 2-3 of the book. Balance of helping against hindering and lacking statements on each kind of governance (−1 to 1), in brackets the range over coders, and "
        "numbers of statements, with general ones that are coded alike for several clusters, which who governs as told leaves out. Stated ties: achieved ties in which local ones lead, make policy, serve or have members; the text may leave others out. A text does not count ties, so how much weight each has is withheld.",
        "结构据本书图2-3。各类治理有利与不利（含缺乏）陈述的平衡度（−1至1），括号内为编码者范围，并列陈述条数，含对多个集群同样编码的一般性陈述（据其判断的主导者不含此类）。陈述的关系指文本所述当地主体施加影响、施策、服务或吸纳成员的关系，可能不全。文本不计量关系，故不给出各方权重。",
    ),
)
FIRMS = Words("Firm networks", "企业网络")
ASSOCIATION = Words("Industry association", "行业协会")
GOVERNMENT = Words("Local government", "地方政府")
NETWORKS = {
    "transaction": (Words("Transaction", "交易网络"), Words("prices, contracts", "价格与契约")),
    "social": (Words("Social", "社会网络"), Words("bonds of owners", "企业家协调")),
    "knowledge": (Words("Technical", "技术网络"), Words("learning", "技术学习")),
}
DENSITY = Words("density", "密度")
TASKS = (
    ("association_bridge", Words("bridge", "桥梁")),
    ("association_judge", Words("judge", "裁判")),
    ("association_server", Words("server", "服务")),
    ("board_seats_lead_share", Words("board seats of lead firms", "主导企业占理事席位")),
)
DELEGATES = Words("tasks with the association rather than government", "由协会而非政府承担的职能占比")
AMONG = Words("ties per pair of firms:", "每对企业的平均关系数：")
SHARES = Words("Weight in governance", "治理权重占比")
SHOULD = Words("should (n = {})", "应当（n = {}）")
SHOULD_NOTE = Words(
    "Should: who the statements recommend as leading, of n statements; in brackets the range over coders.",
    "应当：陈述中建议由谁主导，n为陈述条数，括号内为编码者范围。",
)
NOT_CODED = Words("no statement coded on its governance", "没有关于其治理的编码陈述")
STATED_TIES = Words("stated ties: {:.0f}", "陈述的关系：{:.0f}")
TOLD = Words("As told: {} (n = {})", "据陈述：{}（n = {}）")
PAIRS = Words("{} pairs", "{}对")
DISAGREE = Words("the three sources disagree", "三种依据不一致")
RECOMMENDED = Words("Recommended by statements (n = {}): {}", "陈述中的建议（n = {}）：{}")
LEADERS = {
    "firm_led": Words("Led by firms", "企业主导"),
    "association_led": Words("Led by the association", "行业协会主导"),
    "government_led": Words("Led by government", "地方政府主导"),
}
HYBRIDS = {
    "association_led_by_lead_firms": Words("Association led by lead firms", "主导企业主导的行业协会型"),
}
WISHES = LEADERS | HYBRIDS
MODES = WISHES | {"mixed": Words("Mixed", "混合")}
SOURCES = {
    "influence": (Words("named as influential", "被认为有影响"), "^"),
    "convenes": (Words("convenes", "召集"), "s"),
    "coordination": (Words("stands between others", "居于他人之间"), "D"),
}
MODE = Words("Mode: {}", "治理模式：{}")
MARGIN = Words("lead over the second", "领先次位")
ENTROPY = Words("evenness", "分散度")
HYBRID = Words("association led by lead firms, at least", "主导企业主导的行业协会，至少")
COLORS = {"firm_led": "firm", "association_led": "association", "government_led": "government"}
EVIDENCE = {
    "firm": "firm_network_governance", "association": "association_governance", "government": "government_governance",
}  # fmt: skip

_FIRM = Box(4.0, 2.0, 86.0, 46.0)
_ASSOCIATION = Box(126.0, 2.0, 51.0, 21.0)
_GOVERNMENT = Box(126.0, 33.0, 51.0, 15.0)
# Left, top and width of the panel of weights.
_PANEL = (38.0, 58.0, 42.0)


def draw_governance_structure(
    scores: pd.DataFrame,
    evidence: pd.DataFrame,
    cluster_label: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure | None:
    """Draw who governs one cluster, 180 mm wide; None where neither the networks and answers nor statements say anything.

    Args:
        scores: rows of the mechanisms of one cluster and wave (unit_kind factor, unit governance).
        evidence: rows of the coded evidence on the same cluster and wave.
        cluster_label: the cluster's name in `language`.
        language: `en` or `zh`.
        grade: where the numbers come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    found, said = Findings(scores), Findings(evidence)
    measured = found.any_of("governance_share", "firm_network_density", "governance_block_ties")
    spoken = any(said.estimate("construct", c, "evidence_balance").known for c in EVIDENCE.values())
    if not measured and not spoken:
        return None
    with styled(font):
        recommended = _recommended(found, language)
        notes = tuple(n(language) for n in (NOTES if measured else TEXT_NOTES))
        notes += (SHOULD_NOTE(language),) * bool(recommended and measured)
        frame = Frame(TITLE(language).format(cluster_label), notes, source, language, grade)
        wished = any(_governance(found, "governance_should_lead", h).known for h in HYBRIDS)
        leaders = WISHES if wished else LEADERS
        keys = _source_keys(found, language) if measured else []
        below = 64.0 + 5.0 * len(leaders)
        words = [text for text in (_told(found, language), recommended) if text]
        body = below + legend_height(keys, WIDTH_DOUBLE_MM - 6) if measured else 50.0 + 4.0 * len(words)
        sheet = Sheet(WIDTH_DOUBLE_MM, body, frame)
        _draw_actors(sheet, found, said, measured)
        _draw_ties(sheet, found, measured)
        if measured:
            _draw_shares(sheet, found, leaders)
            sheet.legend(3.0, below - 0.5, WIDTH_DOUBLE_MM - 6, keys)
        else:
            for i, text in enumerate(words):
                sheet.write(_FIRM.left, 52.0 + 4.0 * i, text)
        return sheet.finish()


def _governance(found: Findings, measure: str, category: str = "") -> Estimate:
    return found.estimate("factor", "governance", measure, category)


def _recommended(found: Findings, language: str) -> str:
    """Return who is recommended as leading, in words; empty where no statement says it."""
    wishes = {leader: _governance(found, "governance_should_lead", leader) for leader in WISHES}
    known = {leader: wish for leader, wish in wishes.items() if wish.known}
    if not known:
        return ""
    shares = [
        f"{WISHES[leader](language)} {shown_share(wish, language)}"
        for leader, wish in known.items()
        if wish.value or leader in LEADERS
    ]
    statements = max(wish.n for wish in known.values())
    return RECOMMENDED(language).format(
        f"{statements:.0f}", ("，" if language == "zh" else ", ").join(shares)
    )


def _told(found: Findings, language: str) -> str:
    """Return how the statements say that the cluster is governed, in words; empty where they do not."""
    for mode in found.categories("factor", "governance", "governance_mode_stated"):
        if mode in MODES:
            statements = _governance(found, "governance_mode_stated", mode).n
            n = f"{statements:.0f}" if statements == statements else "?"
            return TOLD(language).format(MODES[mode](language), n)
    return ""


def _by_source(found: Findings) -> dict[str, dict[str, Estimate]]:
    """Return the share of each kind of leader by each source of evidence that has all of them."""
    shares = {
        source: {
            leader: _governance(found, "governance_evidence", f"{source}: {leader}") for leader in LEADERS
        }
        for source in SOURCES
    }
    return {source: given for source, given in shares.items() if all(e.known for e in given.values())}


def _source_keys(found: Findings, language: str) -> list[Key]:
    return [Key(SOURCES[source][0](language), "marker", _mark(source)) for source in _by_source(found)]


def _mark(source: str) -> dict[str, Any]:
    style = {"marker": SOURCES[source][1], "markersize": 3.2, "color": GRAY}
    return style | {"markerfacecolor": "none", "markeredgewidth": 0.6}


def _draw_actors(sheet: Sheet, found: Findings, said: Findings, measured: bool) -> None:
    language = sheet.frame.language
    lines: dict[str, list[str]] = {"firm": [], "association": [], "government": []}
    if not measured:
        lines = {who: evidence_line(said, "construct", c, language, NOT_CODED) for who, c in EVIDENCE.items()}
        for leader, who in COLORS.items():
            stated = _governance(found, "governance_stated_ties", leader)
            if stated.known:
                lines[who].append(STATED_TIES(language).format(stated.value))
    else:
        lines["association"] = [
            f"{words(language)} {_task(_governance(found, m), m, language)}" for m, words in TASKS
        ]
        delegated = shown(_governance(found, "government_delegation"), language)
        lines["government"] = [f"{DELEGATES(language)} {delegated}"]
    for box, who, words in (
        (_FIRM, "firm", FIRMS),
        (_ASSOCIATION, "association", ASSOCIATION),
        (_GOVERNMENT, "government", GOVERNMENT),
    ):
        draw_box(sheet, box, GROUP_COLORS[who])
        write_in(sheet, box, words(language), lines[who], top=who == "firm")
    for i, (network, (words, how)) in enumerate(NETWORKS.items()):
        inner = Box(_FIRM.left + 3 + i * 27.0, _FIRM.top + 18.0, 26.0, 25.0)
        draw_box(sheet, inner, GROUP_COLORS["firm"], strength=0.04, line=0.6)
        density = _governance(found, "firm_network_density", network)
        texts = [how(language)] + ([DENSITY(language), shown(density, language)] if measured else [])
        write_in(sheet, inner, words(language), texts)
    if measured:
        ties = shown(_governance(found, "governance_block_ties", "firm_firm"), language)
        sheet.write(_FIRM.middle[0], _FIRM.top + 9.0, f"{AMONG(language)} {ties}", size=FINE_PT, ha="center")


def _task(estimate: Estimate, measure: str, language: str) -> str:
    """Return a bond of the association as printed; of few seats how many."""
    if measure == "board_seats_lead_share":
        return shown_share(estimate, language)
    return shown(estimate, language)


def _draw_ties(sheet: Sheet, found: Findings, measured: bool) -> None:
    """Draw the three two-way arrows between the kinds of actors."""
    language = sheet.frame.language
    government = _FIRM.side("right", (_GOVERNMENT.middle[1] - _FIRM.top) / _FIRM.height)
    association = _FIRM.side("right", (_ASSOCIATION.middle[1] - _FIRM.top) / _FIRM.height)
    between = (
        ("firm_association", association, _ASSOCIATION.side("left")),
        ("firm_government", government, _GOVERNMENT.side("left")),
        ("association_government", _ASSOCIATION.side("bottom"), _GOVERNMENT.side("top")),
    )
    values = {name: _governance(found, "governance_block_ties", name) for name, _, _ in between}
    largest = max((v.value for v in values.values() if v.known), default=1.0) or 1.0
    for name, start, end in between:
        estimate = values[name] if measured else NONE
        width = 0.6 + 2.4 * estimate.value / largest if estimate.known else 0.6
        draw_arrow(sheet, start, end, color=GRAY, width=width, both=True)
        if measured:
            middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
            few = estimate.known and estimate.n < FEW
            # Of a few pairs, all known, there is nothing to draw anew.
            of = shown_share(estimate._replace(low=math.nan), language)
            label(sheet, middle, PAIRS(language).format(of) if few else shown(estimate, language))


def _draw_shares(sheet: Sheet, found: Findings, leaders: Mapping[str, Words]) -> None:
    language = sheet.frame.language
    left, top, width, pitch = *_PANEL, 5.0
    axes = panel(sheet, (left, top, width, pitch * len(leaders)), (0.0, 1.0), len(leaders))
    axes.set_label("governance_share")
    axes.set_xticks([0, 0.5, 1], ["0", "50%", "100%"])
    sheet.write(left, top - 3.0, SHARES(language), bold=True)
    number, wish = left + width + 20.0, left + width + 45.0
    wishes = {leader: _governance(found, "governance_should_lead", leader) for leader in leaders}
    statements = max((w.n for w in wishes.values() if w.known), default=0.0)
    if statements:
        head = SHOULD(language).format(f"{statements:.0f}")
        sheet.write(wish, top - 3.0, head, size=FINE_PT, ha="right", color=GRAY)
    for row, (leader, words) in enumerate(leaders.items()):
        y = top + (row + 0.5) * pitch
        lines = wrap_evenly(words(language), left - 4.0, FINE_PT if leader in HYBRIDS else TEXT_PT)
        sheet.write(left - 2.0, y, lines, size=FINE_PT if leader in HYBRIDS else TEXT_PT, ha="right")
        share = _governance(found, "governance_share", leader)
        if share.known:
            interval = (share.low, share.high) if share.bounded else None
            draw_dot(axes, row, share.value, interval, GROUP_COLORS[COLORS[leader]])
        if leader in LEADERS:
            sheet.write(number, y, shown(share, language, percent=True), size=FINE_PT, ha="right")
        if wishes[leader].known:
            sheet.write(wish, y, shown_share(wishes[leader], language), size=FINE_PT, ha="right", color=GRAY)
    for source, given in _by_source(found).items():
        axes.plot(
            [e.value for e in given.values()], range(len(given)), linestyle="none", zorder=2, **_mark(source)
        )
    _draw_mode(sheet, found, wish + 5.0, top)


def _draw_mode(sheet: Sheet, found: Findings, left: float, top: float) -> None:
    language = sheet.frame.language
    named = [c for c in found.categories("factor", "governance", "governance_mode") if c]
    words: Mapping[str, Words] = MODES
    mode = ", ".join(words[c](language) for c in named)
    y = top - 3.0
    if mode:
        lines = wrap(MODE(language).format(mode), WIDTH_DOUBLE_MM - left - 3.0, bold=True)
        sheet.write(left, y - 1.4, lines, bold=True, va="top")
        y += line_mm(TEXT_PT) * len(lines)
    sources = [max(given, key=lambda leader: given[leader].value) for given in _by_source(found).values()]
    if len(set(sources)) > 1:
        sheet.write(left, y, DISAGREE(language), size=FINE_PT, va="top")
        y += line_mm(FINE_PT) + 0.4
    for measure, said in (
        ("governance_margin", MARGIN),
        ("governance_entropy", ENTROPY),
        ("governance_hybrid", HYBRID),
    ):
        estimate = _governance(found, measure)
        if not estimate.known:
            continue
        lines = wrap(f"{said(language)} {shown(estimate, language)}", WIDTH_DOUBLE_MM - left - 3.0, FINE_PT)
        sheet.write(left, y, lines, size=FINE_PT, va="top")
        y += line_mm(FINE_PT) * len(lines) + 0.4
