"""Holding answers against the questionnaire: limits, shares, ticks that conflict, ranks, skip logic, and who left what out.

A structurally missing answer (not asked) is told from one that was not given. What a rule of the instrument settles is a warning; what only
the one who collected the answers can settle is an error, and the answer is unusable until then.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gumflow.contract.findings import RULES, Finding
from gumflow.contract.instrument import CHOICES, WITH_OPTIONS, Instrument, Item
from gumflow.intake.answer_states import (
    ADJUSTED,
    ANSWERED,
    NOT_ANSWERED,
    NOT_ASKED,
    NOT_IN_EXPORT,
    REASONS,
    UNUSABLE,
    AnswerStates,
    places_in,
)
from gumflow.intake.formulas import read_formula

RULES_CHECKS: dict[str, tuple[str, str, str, str]] = {
    "item_twice": (
        "The question is answered more than once by the same respondent.",
        "同一作答者对该题有多个答案。",
        "Keep one of the answers.",
        "请只保留一个答案。",
    ),
    "respondent_twice": (
        "The respondent stands more than once; only the first submission is looked at.",
        "该作答者出现多次；只查看第一份答卷。",
        "Keep one submission of each respondent, or correct the id (first seen in {detail}).",
        "每位作答者请只保留一份答卷，或更正编号（首次出现：{detail}）。",
    ),
    "respondent_silent": (
        "The respondent answered nothing.",
        "该作答者没有回答任何题目。",
        "If the form was returned empty, delete the row; the firm then counts as not responding.",
        "如为空白答卷，请删除该行；该企业将计为未作答。",
    ),
    "several_ticks": (
        "Several options are ticked where one is asked.",
        "单选题选了多项。",
        "{detail} Correct the answer if it is a slip.",
        "{detail}如系笔误请更正。",
    ),
    "too_many_ticks": (
        "More options are ticked than may be.",
        "所选项数超过上限。",
        "Allowed: {detail}. All ticks were kept.",
        "上限为 {detail} 项。所选各项均已保留。",
    ),
    "excluding_option": (
        "An option that stands alone is ticked with others, so the answer is not used.",
        "排他选项与其他选项同时选中，该答案不予使用。",
        "Untick {detail}, or the others.",
        "请取消 {detail}，或取消其他选项。",
    ),
    "not_asked_answered": (
        "The question was answered though it is not asked of this respondent; the answer is not used.",
        "该作答者不应回答此题却作了回答；该答案不予使用。",
        "It is asked only {detail}. Correct this answer or that one.",
        "仅在 {detail} 时询问。请更正其中一个答案。",
    ),
    "share_sum": (
        "The parts do not sum to 100.",
        "各部分之和不等于 100。",
        "Correct the parts of {detail}; the value shown is their sum.",
        "请更正 {detail} 的各部分；所示数值为其总和。",
    ),
    "share_blank": (
        "Some parts are blank, and the others do not sum to 100.",
        "有部分未填，其余部分之和不等于 100。",
        "Fill in all parts of {detail} (0 where there is none); the value shown is the sum of those filled in.",
        "请填写 {detail} 的全部部分（没有的填 0）；所示数值为已填部分之和。",
    ),
    "share_fractions": (
        "The parts sum to 1: they are fractions, and percentages are asked.",
        "各部分之和为 1：填写的是小数，而题目要求百分数。",
        "Write 30 for 0.3 in all parts of {detail}.",
        "{detail} 的各部分请将 0.3 写成 30。",
    ),
    "rank_positions": (
        "The ranks are not 1, 2, 3 ... each once; the ranking is not used.",
        "排序不是从 1 开始各一次的连续名次；该排序不予使用。",
        "Give each ranked option a place of its own.",
        "请为每个参与排序的选项给出不同的名次。",
    ),
    "rank_ticks": (
        "The ranked options are not those that were ticked in {detail}; the ranking is not used.",
        "参与排序的选项与 {detail} 中所选的不一致；该排序不予使用。",
        "Rank exactly the options that were ticked.",
        "请只对所选的选项排序，不多也不少。",
    ),
    "parts_exceed": (
        "Parts are larger than their total.",
        "各部分之和大于总数。",
        "Check the figures: {detail}.",
        "请核对：{detail}。",
    ),
}
RULES.update(RULES_CHECKS)

FRACTIONS = 0.02
"""How far from 1 a set of fractions may sum and still be told as such."""
SLACK = 0.02
"""How far parts may exceed their total: figures are rounded by those who answer."""
_DONE = {
    "refuse": ("The answer is not used.", "该答案不予使用。"),
    "highest": ("The highest was taken.", "已取最高项。"),
    "lowest": ("The lowest was taken.", "已取最低项。"),
    "mean": ("Their mean counts.", "按平均值计算。"),
    "keep": ("All were kept.", "各项均已保留。"),
}


def settle_answers(
    answers: pd.DataFrame, instruments: Sequence[Instrument], respondents: pd.DataFrame
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the answers of one cluster and wave, every respondent by every item, and what is wrong in them.

    `answers` has the columns respondent, question, alter, option, value, text, missing_reason, and, where known, record, file, sheet, row,
    column; `respondents` has respondent and, where known, record, file, sheet, row (`MappedAnswers`, after names became actors). The result
    has respondent, instrument, question, alter, option, value, text, missing_reason, adjusted, file, sheet, row, column. `adjusted` says
    what a rule did: renormalized (shares within tolerance of 100 made to sum to it), blank_as_zero (a blank part of a set that sums to
    100), rule (a tick taken out of several).

    Limits: a number without a stated minimum starts at 0. Shares: from 0 to 100, summing to 100 within the item's tolerance. Skip
    logic: who did not tick what the item depends on was not asked; where that answer itself is missing, the item counts as asked.
    """
    answers, findings = _one_submission(answers, respondents)
    states = AnswerStates(answers, instruments, respondents["respondent"].astype("str"))
    _known_options(states)
    _answered_once(states)
    for items in _levels(states.items):
        for item in items:
            _skip(states, item)
        for item in items:
            if item.type in CHOICES:
                _ticks(states, item)
    _limits(states)
    for item in states.items:
        if item.type == "shares":
            _shares(states, item)
        if item.type == "rank" and item.ranks in states.place:
            _rank(states, item)
    for total, parts in _totals(instruments):
        _parts_of(states, total, parts)
    findings += states.findings + _silent(states, respondents)
    return states.settled(), findings


def _one_submission(answers: pd.DataFrame, respondents: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Keep the first submission of each respondent, and report the others."""
    again = respondents["respondent"].duplicated().to_numpy(dtype=bool)
    if not again.any():
        return answers, []
    first = respondents[~again].set_index("respondent")
    findings = []
    for row in respondents[again].to_dict("records"):
        kept = first.loc[row["respondent"]]
        place = f"{kept.get('file', '')} {kept.get('row', '')}".strip()
        rows = (int(row["row"]),) if row.get("row") else ()
        findings.append(
            Finding(
                str(row.get("file", "")),
                "respondent_twice",
                "error",
                str(row.get("sheet", "")),
                rows,
                "",
                str(row["respondent"]),
                place,
            )
        )
    if "record" in answers and "record" in respondents:
        names = pd.Index(respondents["record"][again].astype("str"))
        answers = answers[~answers["record"].astype("str").isin(names).to_numpy(dtype=bool)]
    return answers, findings  # fmt: skip


def _known_options(states: AnswerStates) -> None:
    for item in states.items:
        codes = [o.code for o in item.options]
        rows = states.rows(item.id) if item.type in WITH_OPTIONS else np.empty(0, dtype="int64")
        plain = item.type in CHOICES
        unknown = rows[(states.column(item, rows) < 0) & ~(plain & (states.option[rows] == 0))]
        details = [(", ".join(codes),) * 2] * len(unknown)
        states.report(unknown, "option_unknown", list(states.codes[states.option[unknown]]), details=details)
        states.unusable(unknown)


def _answered_once(states: AnswerStates) -> None:
    rows = states.rows_of(("number", "scale", "shares", "rank", "text", "relation"))
    # Two statements about one alter are for the step that makes ties of them.
    rows = rows[states.alter[rows] == 0]
    again = rows[pd.Index(states.key[rows] * len(states.codes) + states.option[rows]).duplicated()]
    states.report(again, "item_twice", [_shown(v) for v in states.amounts[again]])
    states.unusable(again)


def _shown(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6g}"


def _levels(items: Sequence[Item]) -> list[list[Item]]:
    """Return the items in steps, each after those that its skip logic looks at."""
    known, waiting, levels = {i.id for i in items}, list(items), []
    done: set[str] = set()
    while waiting:
        ready = [
            i
            for i in waiting
            if i.asked_if is None or i.asked_if.item in done or i.asked_if.item not in known
        ]
        # Conditions in a circle say nothing; such items count as asked.
        ready = ready or waiting
        levels.append(ready)
        done |= {i.id for i in ready}
        waiting = [i for i in waiting if i.id not in done]
    return levels


def _skip(states: AnswerStates, item: Item) -> None:
    condition = item.asked_if
    if condition is None or condition.item not in states.place:
        return
    rows = states.rows(condition.item)
    asked = np.zeros(len(states.names), dtype=bool)
    wanted = states.codes.get_indexer(list(condition.options))
    fits = np.isin(states.option[rows], wanted) & (states.amounts[rows] == 1)
    asked[states.who[rows[fits]]] = True
    gate, own = states.of(condition.item), states.of(item.id)
    left_out = ((gate == ANSWERED) & ~asked) | (gate == NOT_ASKED)
    mine = states.rows(item.id)
    mine = mine[left_out[states.who[mine]]]
    # An explicit "none" or zero on a question that is not asked is no contradiction.
    spoken = mine[(states.amounts[mine] != 0) | (states.alter[mine] != 0)]
    options = ", ".join(condition.options)
    detail = (f"if {condition.item} is {options}", f"{condition.item} 为 {options}")
    states.report(spoken, "not_asked_answered", [""] * len(spoken), "warning", [detail] * len(spoken))
    own[left_out & (own != NOT_IN_EXPORT)] = NOT_ASKED


def _ticks(states: AnswerStates, item: Item) -> None:
    codes = [o.code for o in item.options]
    matrix = states.matrix(item) == 1
    n = matrix.sum(axis=1)
    alone = [o.code for o in item.options if o.excludes]
    broken = matrix[:, [o.excludes for o in item.options]].any(axis=1) & (n > 1)
    ruled = item.type == "single" and item.several_ticks in ("highest", "lowest", "mean", "refuse")
    if not ruled and broken.any():
        first = _first_of(states, item, broken)
        states.report(
            first,
            "excluding_option",
            _joined(matrix, codes, states.who[first]),
            "warning",
            [(", ".join(alone),) * 2] * len(first),
        )
        states.unusable(first)
        n = np.where(broken, 0, n)
    if item.type == "single" and (n > 1).any():
        _settle_several(states, item, matrix, n > 1)
    elif item.most is not None and (n > item.most).any():
        first = _first_of(states, item, n > item.most)
        shown = _joined(matrix, codes, states.who[first])
        states.report(first, "too_many_ticks", shown, "warning", [(str(item.most),) * 2] * len(first))


def _first_of(states: AnswerStates, item: Item, who: np.ndarray) -> np.ndarray:
    rows = states.rows(item.id)
    return states.firsts(rows[who[states.who[rows]]])


def _joined(matrix: np.ndarray, codes: Sequence[str], who: np.ndarray) -> list[str]:
    return [", ".join(c for c, ticked in zip(codes, matrix[w], strict=True) if ticked) for w in who]


def _settle_several(states: AnswerStates, item: Item, matrix: np.ndarray, several: np.ndarray) -> None:
    first = _first_of(states, item, several)
    shown = _joined(matrix, [o.code for o in item.options], states.who[first])
    states.report(first, "several_ticks", shown, "warning", [_DONE[item.several_ticks]] * len(first))
    if item.several_ticks == "refuse":
        states.unusable(first)
    elif item.several_ticks in ("highest", "lowest"):
        sign = 1.0 if item.several_ticks == "highest" else -1.0
        scores = np.array([-np.inf if o.score is None else sign * o.score for o in item.options])
        best = np.where(matrix, scores, -np.inf).argmax(axis=1)
        rows = states.rows(item.id)
        rows = rows[several[states.who[rows]]]
        taken = states.column(item, rows) == best[states.who[rows]]
        states.standing[rows[~taken]] = False
        states.adjusted[rows[taken]] = ADJUSTED.index("rule")


def _limits(states: AnswerStates) -> None:
    """Report numbers outside the limits of their item and broken numbers where whole ones are asked."""
    rows = states.rows_of(("number", "scale", "relation", "shares"))
    rows = rows[~np.isnan(states.amounts[rows])]
    # A respondent that names nobody has one row without alter, worth 0 whatever the least value of a tie is.
    relational = np.array([i.type == "relation" for i in states.items], dtype=bool)
    nobody = relational[states.item[rows]] & (states.alter[rows] == 0) & (states.amounts[rows] == 0)
    rows = rows[~nobody]
    low, high = (np.array(side) for side in zip(*(_limits_of(i) for i in states.items), strict=True))
    values, item = states.amounts[rows], states.item[rows]
    outside = (values < low[item]) | (values > high[item])
    details = [_range(low[i], high[i]) for i in item[outside]]
    states.report(rows[outside], "range", [_shown(v) for v in values[outside]], details=details)
    whole = np.array([i.whole for i in states.items], dtype=bool)[item]
    broken = ~outside & whole & (values != np.round(values))
    states.report(rows[broken], "integer", [_shown(v) for v in values[broken]])
    states.unusable(rows[outside | broken])


def _limits_of(item: Item) -> tuple[float, float]:
    if item.type == "shares":
        return 0.0, 100.0
    return (0.0 if item.minimum is None else item.minimum), (np.inf if item.maximum is None else item.maximum)


def _range(low: float, high: float) -> tuple[str, str]:
    if np.isinf(high):
        return f"from {low:g}", f"不小于 {low:g}"
    return f"from {low:g} up to {high:g}", f"不小于 {low:g}，不大于 {high:g}"


def _shares(states: AnswerStates, item: Item) -> None:
    rows = states.rows(item.id)
    n = len(states.names)
    total = np.bincount(states.who[rows], weights=states.amounts[rows], minlength=n)
    largest = np.zeros(n)
    np.maximum.at(largest, states.who[rows], states.amounts[rows])
    count = np.bincount(states.who[rows], minlength=n)
    given = count > 0
    sound = given & (np.abs(total - 100) <= item.tolerance + 1e-9)
    fractions = given & ~sound & (np.abs(total - 1) <= FRACTIONS) & (largest <= 1) & (count > 1)
    blank = given & ~sound & ~fractions & (count < len(item.options))
    wrong = given & ~sound & ~fractions & ~blank
    for rule, who in (("share_fractions", fractions), ("share_blank", blank), ("share_sum", wrong)):
        first = _first_of(states, item, who)
        states.report(
            first, rule, [_shown(t) for t in total[states.who[first]]], details=[(item.id,) * 2] * len(first)
        )
        states.unusable(first)
    scaled = sound & (np.abs(total - 100) > 1e-9)
    mine = rows[scaled[states.who[rows]]]
    states.amounts[mine] *= 100 / total[states.who[mine]]
    states.adjusted[mine] = ADJUSTED.index("renormalized")
    filled = np.zeros((n, len(item.options)), dtype=bool)
    filled[states.who[rows], states.column(item, rows)] = True
    without, part = np.nonzero(sound[:, None] & ~filled)
    states.add_zeros(item, without, part)


def _rank(states: AnswerStates, item: Item) -> None:
    base = next(i for i in states.items if i.id == item.ranks)
    own, gate = states.of(item.id), states.of(base.id)
    ranks, ticks = states.matrix(item), states.matrix(base) == 1
    given = own == ANSWERED
    m = (ranks != 0).sum(axis=1)
    places = np.sort(np.where(ranks != 0, ranks, np.inf), axis=1)
    wanted = np.where(np.arange(places.shape[1]) < m[:, None], np.arange(1.0, places.shape[1] + 1), np.inf)
    jumbled = given & ((places != wanted).any(axis=1) | (m == 0))
    other = given & ~jumbled & (gate == ANSWERED) & ((ranks > 0) != ticks).any(axis=1)
    for rule, who in (("rank_positions", jumbled), ("rank_ticks", other)):
        first = _first_of(states, item, who)
        shown = _ranked(ranks, [o.code for o in item.options], states.who[first])
        states.report(first, rule, shown, "warning", [(base.id,) * 2] * len(first))
        states.unusable(first)
    # Where nothing was ticked there is nothing to rank.
    nothing: np.ndarray = (gate == NOT_ASKED) | (
        (gate == ANSWERED) & ~ticks[:, [not o.excludes for o in item.options]].any(axis=1)
    )
    own[nothing & (own == NOT_ANSWERED)] = NOT_ASKED


def _ranked(ranks: np.ndarray, codes: Sequence[str], who: np.ndarray) -> list[str]:
    return [", ".join(f"{c} {r:g}" for c, r in zip(codes, ranks[w], strict=True) if r) for w in who]


def _totals(instruments: Sequence[Instrument]) -> list[tuple[str, list[str]]]:
    """Return each item that is the total of others, with them: formulas that are one amount over another in the same unit say so."""
    found: dict[str, list[str]] = {}
    for instrument in instruments:
        for indicator in instrument.indicators:
            quotient = read_formula(indicator.formula).quotient if indicator.kind == "formula" else None
            part, total = (instrument.items.get(name) for name in quotient or ("", ""))
            if part and total and part.unit == total.unit and part.question == total.question:
                found.setdefault(total.id, []).append(part.id)
    return [(total, list(dict.fromkeys(parts))) for total, parts in found.items()]


def _parts_of(states: AnswerStates, total: str, parts: Sequence[str]) -> None:
    whole, rows = states.rows(total), np.concatenate([states.rows(p) for p in parts])
    amount = np.full(len(states.names), np.nan)
    amount[states.who[whole]] = states.amounts[whole]
    together = np.bincount(states.who[rows], weights=states.amounts[rows], minlength=len(states.names))
    over = together > amount * (1 + SLACK)
    first = states.firsts(whole[over[states.who[whole]]])
    detail = f"{' + '.join(parts)} <= {total}"
    states.report(first, "parts_exceed", [""] * len(first), "warning", [(detail, detail)] * len(first))


def _silent(states: AnswerStates, respondents: pd.DataFrame) -> list[Finding]:
    silent = ~np.isin(states.state, (ANSWERED, UNUSABLE)).any(axis=1)
    rows = respondents.drop_duplicates("respondent")[silent] if len(respondents) else respondents
    return [
        Finding(str(row.get("file", "")), "respondent_silent", "warning", str(row.get("sheet", "")), (int(row["row"]),) if row.get("row") else (), "", str(row["respondent"]))
        for row in rows.to_dict("records")
    ]  # fmt: skip


def response_summary(answers: pd.DataFrame, instruments: Sequence[Instrument]) -> pd.DataFrame:
    """Return for each item of the instruments: asked, answered, not_answered, not_asked, unusable, not_in_export, share.

    Counts are of respondents in settled answers. `asked` = answered + not_answered + unusable; `share` = answered / asked, NaN where no one
    was asked. Columns: instrument, question and these, in printed order.
    """
    ids = [(i.name, item.id) for i in instruments for item in i.items.values() if item.type != "identity"]
    item = places_in(answers["question"], pd.Index([i for _, i in ids]))
    reason = places_in(answers["missing_reason"], pd.Index(REASONS))
    # Of a relation, what is missing about one alter does not make the item missing.
    reason = np.where(places_in(answers["alter"], pd.Index([""])) < 0, ANSWERED, reason)
    who = pd.factorize(answers["respondent"])[0]
    best = np.full((who.max(initial=-1) + 1, len(ids)), len(REASONS))
    np.minimum.at(best, (who[item >= 0], item[item >= 0]), reason[item >= 0])
    counts = [(best == n).sum(axis=0) for n in (ANSWERED, NOT_ANSWERED, NOT_ASKED, UNUSABLE, NOT_IN_EXPORT)]
    answered, left, skipped, unusable, absent = counts
    asked = answered + left + unusable
    return pd.DataFrame(
        {
            "instrument": [name for name, _ in ids], "question": [i for _, i in ids], "asked": asked, "answered": answered,
            "not_answered": left, "not_asked": skipped, "unusable": unusable, "not_in_export": absent,
            "share": answered / np.where(asked > 0, asked, np.nan),
        }
    )  # fmt: skip
