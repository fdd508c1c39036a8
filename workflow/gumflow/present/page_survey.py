"""The parts of a study's page on its questionnaires: who was asked and who answered, how answers came about, what they bear."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.present.answer_tables import TICKED
from gumflow.present.page_parts import DASH, Block, cell_name, grid
from gumflow.present.survey_tables import FIRMS, ITEM
from gumflow.present.wording import Words

MOST_ROWS = 10
NOT_RATED = ("relation", "text")
"""Types of items of which a blank is an answer too: there is nobody, or nothing, to name."""

SECTIONS = {
    "survey": Words("The survey", "问卷调查"),
    "survey_note": Words(
        "Who was asked, who answered, and how complete the answers are. A firm that gave at least one answer counts as having answered. All numbers "
        "are in tables.xlsx (sheet response).",
        "调查对象、应答情况与回答的完整程度。至少回答一题的企业计为已应答。全部数字见 tables.xlsx（response 表）。",
    ),
    "answers": Words("What the firms answered", "企业的回答"),
    "answers_note": Words(
        "Shares of the firms that answered each question, with n. What may be said: what those firms report of themselves, each counting once whatever its size. What may not: that all firms "
        "of the cluster are so, unless those that kept silent are like them; that what is reported is what is done, since nobody checked it; that a factor works because it is reported, or that one "
        "question's share is better than another's.",
        "各题作答企业中的占比，并列出n。可以说的：这些企业对自身情况的报告，无论规模大小各计一次。不能说的：集群全部企业都如此（除非未作答者与之相似）；所报告的就是所做的（未经核实）；"
        "某要素被提到就说明其起作用；不同题目的占比有高下之分。",
    ),
}
"""Titles of the two sections, and what stands below them."""

TEXT = {
    "drawn": Words("How the firms were chosen", "企业的选取"),
    "population": Words("Firms there are", "企业总数"),
    "asked": Words("asked", "询问"),
    "answered": Words("answered", "回答"),
    "rate": Words("rate", "应答率"),
    "margin": Words("± at a share of 50 %", "占比50%时的±"),
    "points": Words("{} points", "{}个百分点"),
    "margin_note": Words(
        "± says how far a share of one half among those that answered may be off for all firms of the kind, at 95 %, if those that "
        "answered are like those that did not. It shrinks with the number of answers, hardly with the share of all firms that were asked.",
        "±表示：若应答企业与未应答企业相似，应答者中50%的占比推及同类全部企业时，在95%水平上可能偏离多少。它取决于应答数，几乎不取决于调查占全部企业的比例。",
    ),
    "unrecorded_note": Words(
        "A dash: not recorded, or too few firms to be shown. Who was asked is told by roster.csv, the number of all firms by `population` in study.yaml.",
        "短横线：未记录，或企业数过少不予公开。调查对象由 roster.csv 说明，企业总数由 study.yaml 的 population 说明。",
    ),
    "named_inside": Words("named besides, taken as inside", "另被提名，按集群内"),
    "named_outside": Words("named besides, taken as outside", "另被提名，按集群外"),
    "named_note": Words(
        "Named besides: organizations that firms named and the study had not listed, by how they are treated. They were not asked themselves; who_is_who.csv is where they are decided on.",
        "另被提名：企业提到而研究名单中没有的机构，按其处理方式计数。它们本身未被调查；可在 who_is_who.csv 中逐一决定。",
    ),
    "came": Words(
        "Of {} answers that were asked for ({} items), {} were given; {} were left blank and {} could not be used. {} were not asked, because an earlier answer led past them: that is no missing answer, and no "
        "share counts it.",
        "共询问 {} 项次（{} 个题项），得到回答 {} 项次，{} 项次空缺，{} 项次无法使用。另有 {} 项次按跳题规则未询问：这不是缺失，不计入任何比例。",
    ),
    "absent": Words(
        " Items of the instruments that are in no column of the export: {}.",
        "调查工具中不在导出文件的题项：{} 个。",
    ),
    "kept_back": Words(
        " Items left out of these sums, as they would show too few firms: {}.",
        "另有 {} 个题项因涉及企业过少，未计入以上合计。",
    ),
    "weakest": Words("{}: items answered least", "{}：应答率最低的题项"),
    "weakest_note": Words(
        "Ten at most, of the items that some firm left open; items that ask for names or words are not rated, as a blank may be an answer there. What is said of "
        "such an item is said of the firms that answered it, and those that did not may differ.",
        "至多十项，仅列有企业未答的题项；要求填写名称或文字的题项不计应答率，因为空白也可能是回答。对这些题项的结论只涉及作答企业，未作答者可能不同。",
    ),
    "complete": Words("No item was left open by a firm that was asked.", "没有企业遗漏应答的题项。"),
    "item": Words("Item", "题项"),
    "text": Words("Asks for", "内容"),
    "blank": Words("blank", "空缺"),
    "unusable": Words("unusable", "无法使用"),
    "waves": Words(
        "Two waves stand side by side: a difference may be change, or may come from other firms having answered. Intervals that overlap widely do not bear a change.",
        "两期并列：差别可能是变化，也可能因作答企业不同。区间大幅重叠时不能说明发生了变化。",
    ),
    "ticked": Words(
        "{}: of questions marked * (in the tables: base `ticked`; items: {}), the tool cannot tell none ticked from left blank, so their shares are of the firms that ticked something and are upper "
        "bounds; the same counts over all that were asked are lower bounds, and neither is to be compared with shares from a tool that does tell.",
        "{}：对标有 * 的题目（表中 base 为 `ticked`，共 {} 个题项），工具无法区分“一项未选”与“空缺”，占比仅以至少勾选一项的企业为基数，因而是上限；"
        "同一计数除以全部被询问企业则为下限；两者都不宜与能够区分的工具所得占比比较。",
    ),
    "means": Words(
        "Means of the indicators that the model is fed with are in tables.xlsx (indicator_means), with n and interval; means: {}, withheld: {}.",
        "模型所用指标的均值、n与区间见 tables.xlsx（indicator_means 表）：共 {} 个均值，其中 {} 个未给出。",
    ),
}

DRAWN = {
    "census": Words("all of the cluster (census)", "集群全部企业（普查）"),
    "roster": Words("those on a list (roster)", "名单所列企业"),
    "sample": Words("a sample", "抽样"),
    "text": Words("as a text mentions them", "文本所提及者"),
}
BEARS = {
    "census": Words(
        "Census: all firms were to be asked, so what is not known is only what those that kept silent would have said.",
        "普查：原拟调查全部企业，未知的只是未应答者的情况。",
    ),
    "roster": Words(
        "Roster: firms off the list were not asked; the shares are of the list.",
        "名单：名单之外的企业未被调查；各占比只针对名单。",
    ),
    "sample": Words(
        "{}: {} firms answer for {}. If they were drawn by chance, shares hold for all within their intervals; firms count equally here, design weights are not used.",
        "{}：以 {} 家应答企业推及 {}。若为随机抽样，占比在区间内适用于全体；此处各企业权重相同，未使用抽样权重。",
    ),
    "text": Words(
        "Text: the firms are those that a text mentions, and stand for nobody else.",
        "文本：企业为文本所提及者，不代表其他企业。",
    ),
}
CLUSTER = Words("Cluster", "集群")
ALL_FIRMS = Words("all firms of the kind", "同类全部企业")
OF_ALL = Words("the {} there are", "全部 {} 家企业")

Tables = Mapping[str, pd.DataFrame]


def survey_blocks(tables: Tables, language: str) -> list[Block]:
    """Return who was asked and answered, cell by cell, and each cell's weakest items; nothing where there are no answers."""
    response = tables["response"]
    if response.empty:
        return []
    blocks = [_firms(response, tables["cells"], language)]
    for cell in tables["cells"].to_dict("records"):
        own = rows_of(response, cell)
        if len(own):
            blocks += _items(own, cell_name(cell, tables["cells"], language), language)
    for block in [b for b in blocks if b.get("table")][2:]:
        # What holds for every cell is said below the first.
        block["table"]["notes"] = [n for n in block["table"]["notes"] if n != TEXT["weakest_note"](language)]
    return blocks


def _firms(response: pd.DataFrame, cells: pd.DataFrame, language: str) -> Block:
    head = [TEXT[k](language) for k in ("drawn", "population", "asked", "answered", "rate", "margin")]
    firms = response[response["unit"] == FIRMS]
    named = [c for c in ("named_inside", "named_outside") if (firms[c] > 0).any()]
    rows, notes = [], []
    for cell in cells.to_dict("records"):
        for row in rows_of(firms, cell).to_dict("records"):
            name = cell_name(cell, cells, language)
            half = 98 / math.sqrt(row["answered"]) if row["answered"] > 0 else math.nan
            rows.append(
                [
                    name, DRAWN[row["boundary"]](language), *(_count(row[c]) for c in ("population", "asked", "answered")),
                    _percent(row["share"]), DASH if math.isnan(half) else TEXT["points"](language).format(f"±{half:.0f}"),
                    *(_count(row[c]) for c in named),
                ]
            )  # fmt: skip
            notes.append(_bears(row, name, language))
    notes = [*dict.fromkeys(notes), TEXT["margin_note"](language)]
    notes += [TEXT["named_note"](language)] if named else []
    if any(DASH in row for row in rows):
        notes.append(TEXT["unrecorded_note"](language))
    head += [TEXT[c](language) for c in named]
    return {"table": grid([CLUSTER(language), *head], rows, range(2, 7 + len(named)), notes)}


def _bears(row: Mapping[str, Any], name: str, language: str) -> str:
    """Say what the answers of a cell stand for, by how its firms were chosen."""
    known = not math.isnan(row["population"])
    of = OF_ALL(language).format(_count(row["population"])) if known else ALL_FIRMS(language)
    return BEARS[row["boundary"]](language).format(name, _count(row["answered"]), of)


def _items(response: pd.DataFrame, name: str, language: str) -> list[Block]:
    items = response[response["unit"] == ITEM]
    rated = items[~items["type"].isin(NOT_RATED)]
    # An item that is in no column was asked of nobody.
    absent = (rated["asked"] == 0) & (rated["not_in_export"] > 0)
    given = rated[(rated["withheld"] == "") & ~absent]
    if given.empty:
        return []
    sums = (given["asked"], given["answered"], given["not_answered"], given["unusable"], given["not_asked"])
    asked, answered, blank, unusable, skipped = (_count(s.sum()) for s in sums)
    text = TEXT["came"](language).format(asked, len(given), answered, blank, unusable, skipped)
    if absent.any():
        text += TEXT["absent"](language).format(int(absent.sum()))
    if (rated["withheld"] != "").any():
        text += TEXT["kept_back"](language).format(int((rated["withheld"] != "").sum()))
    weak = given[given["share"] < 1].sort_values("share", kind="stable").head(MOST_ROWS)
    if weak.empty:
        return [
            {"title": TEXT["weakest"](language).format(name), "text": f"{text} {TEXT['complete'](language)}"}
        ]
    rows = [
        [r["question"], r[f"item_{language}"], *(_count(r[c]) for c in ("asked", "answered", "not_answered", "unusable")), _percent(r["share"])]
        for r in weak.to_dict("records")
    ]  # fmt: skip
    head = [TEXT[k](language) for k in ("item", "text", "asked", "answered", "blank", "unusable", "rate")]
    table = grid(head, rows, range(2, 7), [text, TEXT["weakest_note"](language)])
    return [{"title": TEXT["weakest"](language).format(name), "table": table}]


def answer_blocks(tables: Tables, language: str) -> list[Block]:
    """Return what stands below the figures of answers: how to read two waves, shares of those who ticked, and where the indicators are."""
    shares, means = tables["answer_shares"], tables["indicator_means"]
    if shares.empty:
        return []
    texts = []
    if shares.groupby("cluster")["wave"].nunique().max() > 1:
        texts.append(TEXT["waves"](language))
    ticked = shares[shares["base"] == TICKED]
    for cell in tables["cells"].to_dict("records"):
        if items := rows_of(ticked, cell)["question"].nunique():
            texts.append(TEXT["ticked"](language).format(cell_name(cell, tables["cells"], language), items))
    if len(means):
        withheld = int((means["withheld"] != "").sum())
        texts.append(TEXT["means"](language).format(len(means), withheld))
    return [{"text": t} for t in texts]


def _count(value: float) -> str:
    return DASH if math.isnan(value) else f"{value:,.0f}"


def _percent(share: float) -> str:
    return DASH if math.isnan(share) else f"{share:.0%}"
