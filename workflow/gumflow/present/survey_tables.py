"""The tables of a survey that may be published: how firms answered, who answered, what indicators average, and what was asked.

Where firms were promised that single answers stay unknown, numbers on fewer firms than the configured minimum are withheld, and so are
numbers of one table from which a withheld one of another follows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.contract.instrument import Indicator, Instrument, Item
from gumflow.intake.answer_checks import response_summary
from gumflow.intake.formulas import read_formula
from gumflow.measures.registry import ANY_NUMBER, SHARE, measure
from gumflow.networks.layers import BOUNDARIES
from gumflow.present.answer_tables import ANSWERED, TICKED, answer_shares, wilson
from gumflow.present.answer_tables import COLUMNS as SHARE_COLUMNS
from gumflow.present.suppression import SOLVABLE, WITHHELD_FEW, WITHHELD_FURTHER

ITEM_COLUMNS = {
    "section": "str", "question_en": "str", "question_zh": "str", "item_en": "str", "item_zh": "str", "type": "str", "role": "str",
    "constructs": "str",
}  # fmt: skip
"""What the tables say of an item beside its id; the texts of item and question are one where a question has one item."""

RESPONSE = {
    "study": "str", "cluster": "str", "wave": "str", "boundary": "str", "population": "float", "unit": "str", "instrument": "str",
    "question": "str", **ITEM_COLUMNS, "asked": "float", "answered": "float", "not_answered": "float", "not_asked": "float",
    "unusable": "float", "not_in_export": "float", "share": "float", "named_inside": "float", "named_outside": "float",
    "withheld": "str", "grade": "str",
}  # fmt: skip
INDICATOR_MEANS = {
    "study": "str", "cluster": "str", "wave": "str", "instrument": "str", "indicator": "str", "label_en": "str", "label_zh": "str",
    "kind": "str", "rests_on": "str", "construct": "str", "role": "str", "firms": "float", "mean": "float", "low": "float",
    "high": "float", "interval": "str", "base": "str", "withheld": "str", "grade": "str",
}  # fmt: skip
QUESTIONS = {
    "instrument": "str", "section_en": "str", "section_zh": "str", "question": "str", "printed": "float", **ITEM_COLUMNS,
    "direction": "float", "options_en": "str", "options_zh": "str", "asked_if": "str", "several_ticks": "str", "pools_with": "str",
}  # fmt: skip

FIRMS, ITEM = "firms", "item"
"""Units of the table of response: a row on all firms asked, and rows on single items."""
_COUNTS = ("asked", "answered", "not_answered", "not_asked", "unusable", "not_in_export")
_WITHIN_ONE = ("tick", "ticks", "ratio", "entropy", "herfindahl", "priority")
"""Kinds of indicators that run from 0 to 1."""

Cell = Mapping[str, Any]
InstrumentsOf = Mapping[tuple[str, str], Sequence[Instrument]]
"""The instruments of each cluster and wave."""


def survey_tables(
    tables: Mapping[str, pd.DataFrame],
    listed: pd.DataFrame,
    instruments_of: InstrumentsOf,
    minimum_firms: int,
) -> dict[str, pd.DataFrame]:
    """Return the tables `answer_shares`, `response`, `indicator_means` and `questions` of a study; without rows where it has no answers.

    `tables` holds the tidy cells, answers, indicators, actors and roster; `listed` are the actors of the study's own actors.csv (cluster,
    wave, kind, inside), so that those who were only named can be counted. `minimum_firms` is 1 where nothing is withheld.
    """
    shares = survey_shares(tables["answers"], instruments_of, tables["cells"], minimum_firms)
    response = response_table(tables, listed, instruments_of, shares, minimum_firms)
    means = indicator_means(tables["indicators"], instruments_of, tables["cells"], shares, minimum_firms)
    asked = [i for own in instruments_of.values() for i in own]
    return {
        "answer_shares": shares,
        "response": response,
        "indicator_means": means,
        "questions": question_codebook(asked),
    }


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    blank = {c: "" if kind == "str" else np.nan for c, kind in columns.items()}
    return pd.DataFrame([{**blank, **row} for row in rows], columns=list(columns)).astype(columns)


def _said_of(item: Item, instrument: Instrument) -> dict[str, str]:
    question = next(q for q in instrument.questions if q.id == item.question)
    return {
        "section": question.section, "question_en": question.en, "question_zh": question.zh, "item_en": item.en, "item_zh": item.zh,
        "type": item.type, "role": item.role, "constructs": " ".join(item.constructs),
    }  # fmt: skip


def _cells_with_answers(cells: pd.DataFrame, answers: pd.DataFrame) -> Iterator[tuple[Cell, pd.DataFrame]]:
    for cell in cells.to_dict("records"):
        own = rows_of(answers, cell)
        if len(own):
            yield cell, own


def question_codebook(instruments: Sequence[Instrument]) -> pd.DataFrame:
    """Return what was asked, one row an item in printed order: texts, type, options with their codes, role, constructs, direction.

    Items on who answers (identity) are left out.
    """
    rows = []
    for instrument in {i.name: i for i in instruments}.values():
        printed = {q.id: q.printed for q in instrument.questions}
        for item in instrument.items.values():
            if item.type == "identity":
                continue
            said = _said_of(item, instrument)
            section = instrument.sections[said["section"]]
            options = {
                f"options_{la}": "; ".join(f"{o.code}: {o.label(la)}" for o in item.options)
                for la in ("en", "zh")
            }
            condition = item.asked_if
            rows.append(
                {
                    "instrument": instrument.name, "section_en": section["en"], "section_zh": section["zh"], "question": item.id,
                    "printed": printed[item.question] or np.nan, **said, "direction": item.direction, **options,
                    "asked_if": f"{condition.item}: {' or '.join(condition.options)}" if condition else "",
                    "several_ticks": item.several_ticks if item.type == "single" else "",
                    "pools_with": item.pools_with.item if item.pools_with else "",
                }
            )  # fmt: skip
    return _table(rows, QUESTIONS)


measure(
    name="answer_share",
    level="cluster",
    bounds=SHARE,
    label_en="Share of the firms that gave an answer",
    label_zh="作出某一回答的企业占比",
    definition=(
        "Of the firms that answered an item, the share that ticked or ranked an option; firms of whom it was not asked are not among them. Each "
        "firm counts once. Base `ticked`: only firms that ticked something, as none ticked and blank look alike; the share is an upper bound. The interval (Wilson's score interval) says how far the share could be off as one of all firms of the kind if those "
        "that answered were drawn by chance; it knows nothing of firms that kept silent for a reason."
    ),
    formula="count / firms; (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), z = 1.96",
    source="Wilson 1927",
    boundaries=BOUNDARIES,
    undefined="nobody answered the item",
    cost="linear",
    interval_kind="sampling",
)(answer_shares)


def survey_shares(
    answers: pd.DataFrame, instruments_of: InstrumentsOf, cells: pd.DataFrame, minimum_firms: int
) -> pd.DataFrame:
    """Return `answer_tables.answer_shares` of all cells with each item's section, texts, type, role and constructs, and the grade."""
    parts = []
    for cell, own in _cells_with_answers(cells, answers):
        instruments = instruments_of[cell["cluster"], cell["wave"]]
        shares = answer_shares(own, instruments, pd.DataFrame([cell]), minimum_firms)
        shares = _without_telling_conditions(shares, own, instruments, minimum_firms)
        said = {item.id: _said_of(item, i) for i in instruments for item in i.items.values()}
        more = {
            c: pd.Series([said[q][c] for q in shares["question"]], shares.index, dtype="str")
            for c in ITEM_COLUMNS
        }
        parts.append(shares.assign(**more, grade=pd.Series(cell["grade"], shares.index, dtype="str")))
    columns = {**SHARE_COLUMNS, **ITEM_COLUMNS, "grade": "str"}
    if not parts:
        return _table([], columns)
    return pd.concat(parts, ignore_index=True)[list(columns)].astype(columns)


def _without_telling_conditions(
    shares: pd.DataFrame, answers: pd.DataFrame, instruments: Sequence[Instrument], minimum: int
) -> pd.DataFrame:
    """Withhold items whose number of firms tells a withheld count: how many were led to a question is a count of its condition."""
    hidden, told = _hidden_items(shares), set[str]()
    for instrument in instruments:
        for item in instrument.items.values():
            if _telling_condition(item, answers, hidden, minimum):
                told.add(item.id)
                hidden.add(item.id)
    if not told:
        return shares
    rows = shares["question"].isin(told)
    numbers = shares.select_dtypes("number").columns.difference(["adds_up"])
    shares = shares.assign(**{c: shares[c].astype("float64").mask(rows) for c in numbers})
    return shares.assign(withheld=shares["withheld"].mask(rows, WITHHELD_FURTHER))


measure(
    name="item_response",
    level="cluster",
    bounds=SHARE,
    label_en="Response to an item",
    label_zh="题目应答率",
    definition=(
        "Of the firms of whom an item was asked, the share whose answer could be used. Firms that skip logic leads past the item were not "
        "asked; where the answer that the skip depends on is missing, they count as asked."
    ),
    formula="answered / (answered + not answered + unusable)",
    source="de Leeuw, Hox and Huisman 2003",
    boundaries=BOUNDARIES,
    undefined="the item was asked of nobody, or is in no column of the export",
    cost="linear",
)(response_summary)


@measure(
    name="survey_response",
    level="cluster",
    bounds=SHARE,
    label_en="Response to the survey",
    label_zh="问卷应答率",
    definition=(
        "Of the firms that were asked, the share that gave at least one answer. Asked are the firms of the roster; without one, the firms of "
        "actors.csv under a census or roster. Of a sample it is the share of those drawn, where the roster or a design weight says who they were."
    ),
    formula="firms with an answer / firms asked",
    source="AAPOR 2023, response rate 2 (partial answers count)",
    boundaries=BOUNDARIES,
    undefined="who was asked is not recorded",
    cost="linear",
)
def response_table(
    tables: Mapping[str, pd.DataFrame],
    listed: pd.DataFrame,
    instruments_of: InstrumentsOf,
    shares: pd.DataFrame,
    minimum_firms: int,
) -> pd.DataFrame:
    """Return who answered: for each cell with answers a row on the firms (unit `firms`), then one an item (unit `item`).

    Columns: `RESPONSE`. Counts are of firms. `named_inside` and `named_outside` count the actors that firms named and the study had not
    listed, by how they are treated. That a firm left an item blank is no answer that it was promised silence on; but how many were not
    asked tells how many ticked the option that leads past the item. So a conditional row is withheld where an option of the item that it
    depends on is, or where fewer than `minimum_firms` firms meet, or do not meet, the condition; and so is a row with so few answers.
    """
    rows: list[dict[str, Any]] = []
    for cell, own in _cells_with_answers(tables["cells"], tables["answers"]):
        instruments = instruments_of[cell["cluster"], cell["wave"]]
        head = {c: cell[c] for c in ("study", "cluster", "wave", "boundary", "grade")}
        head["population"] = float(cell["population"] or "nan")
        roster, actors = rows_of(tables["roster"], cell), rows_of(tables["actors"], cell)
        firms = _firms(own, roster, actors, rows_of(listed, cell), cell["boundary"])
        few = 0 < firms["answered"] < minimum_firms
        rows.append({**head, "unit": FIRMS, **({"withheld": WITHHELD_FEW} if few else firms)})
        hidden = _hidden_items(rows_of(shares, cell))
        for row in response_summary(own, instruments).to_dict("records"):
            instrument = next(i for i in instruments if i.name == row["instrument"])
            item = instrument.items[row["question"]]
            row |= _said_of(item, instrument)
            why = _why_withheld(item, row, own, hidden, minimum_firms)
            blank = dict.fromkeys((*_COUNTS, "share"), np.nan) if why else {}
            rows.append({**head, "unit": ITEM, **row, **blank, "withheld": why})
    return _table(rows, RESPONSE)


def _firms(
    answers: pd.DataFrame, roster: pd.DataFrame, actors: pd.DataFrame, listed: pd.DataFrame, boundary: str
) -> dict[str, float]:
    """Return how many firms were asked and answered, and how many actors were named that were not listed."""
    respondents = set(answers["respondent"].astype("str"))
    answered = answers.loc[answers["missing_reason"].astype("str") == "", "respondent"].nunique()
    if len(roster):
        asked = float(len(respondents | set(roster["respondent"])))
    elif boundary in ("census", "roster"):
        own = listed["inside"].to_numpy(dtype=bool) & (listed["kind"] == "firm").to_numpy()
        # Who answered and is not on the list was asked as well.
        asked = float(max(own.sum(), len(respondents)))
    else:
        asked = np.nan
    inside = actors["inside"].to_numpy(dtype=bool).sum() - listed["inside"].to_numpy(dtype=bool).sum()
    return {
        "asked": asked,
        "answered": answered,
        "not_answered": asked - answered,
        "share": answered / asked,
        "named_inside": inside,
        "named_outside": len(actors) - len(listed) - inside,
    }


def _hidden_items(shares: pd.DataFrame) -> set[str]:
    """Return the items of a cell with a withheld row in the table of answers."""
    return set(shares.loc[shares["withheld"] != "", "question"])


def _why_withheld(
    item: Item, row: Mapping[str, Any], answers: pd.DataFrame, hidden: set[str], minimum: int
) -> str:
    if 0 < row["answered"] < minimum:
        return WITHHELD_FEW
    return _telling_condition(item, answers, hidden, minimum)


def _telling_condition(item: Item, answers: pd.DataFrame, hidden: set[str], minimum: int) -> str:
    """Return why numbers of a conditional item are withheld: they would tell how few met, or did not meet, its condition."""
    if item.asked_if is None or minimum <= 1:
        return ""
    if item.asked_if.item in hidden:
        return WITHHELD_FURTHER
    given = answers[(answers["question"] == item.asked_if.item) & (answers["missing_reason"] == "")]
    met = given.loc[given["option"].isin(list(item.asked_if.options)), "respondent"].nunique()
    unmet = given["respondent"].nunique() - met
    return WITHHELD_FEW if 0 < met < minimum or 0 < unmet < minimum else ""


@measure(
    name="indicator_mean",
    level="cluster",
    bounds=ANY_NUMBER,
    label_en="Mean of an indicator over the firms",
    label_zh="指标的企业均值",
    definition=(
        "Mean of an indicator over the firms that it could be computed for, each counting once, with a 95 % interval: Wilson's where every "
        "firm has 0 or 1, Student's t elsewhere, cut at 0 and 1 where the indicator cannot leave them. The interval is that of a sample drawn by chance. "
        "Base `ticked`: the indicator rests on ticks of which none ticked and blank look alike, and the mean is of firms that ticked something."
    ),
    formula="sum x / n ± t(0.975, n−1) s / √n",
    source="Student 1908; Wilson 1927",
    boundaries=BOUNDARIES,
    undefined="no firm has the indicator",
    cost="linear",
    interval_kind="sampling",
)
def indicator_means(
    indicators: pd.DataFrame,
    instruments_of: InstrumentsOf,
    cells: pd.DataFrame,
    shares: pd.DataFrame,
    minimum_firms: int,
) -> pd.DataFrame:
    """Return one row for each cell and indicator: firms, mean and 95 % interval; columns `INDICATOR_MEANS`.

    A mean over fewer than `minimum_firms` firms is withheld, and so is one of an indicator that rests on an item with withheld options
    (or on one that decides who is asked): with the counts shown, its mean could tell them. So are means of 0 and 1 that fewer than
    `minimum_firms` firms have, and, of a few firms, intervals and means of logarithms, from which single values can be solved.
    `base` is `ticked` where one of these items has that base in `shares`.
    """
    rows: list[dict[str, Any]] = []
    for cell, own in _cells_with_answers(cells, indicators):
        answered = rows_of(shares, cell)
        hidden, ticked = _hidden_items(answered), set(answered.loc[answered["base"] == TICKED, "question"])
        by_name = dict(list(own.groupby(["instrument", "indicator"], sort=False)))
        for instrument in instruments_of[cell["cluster"], cell["wave"]]:
            known = {i.id: i for i in instrument.indicators}
            for indicator in instrument.indicators:
                part = by_name.get((instrument.name, indicator.id))
                values = part["value"].dropna().to_numpy(dtype=float) if part is not None else np.empty(0)
                if part is None or not len(values):
                    continue
                head = {c: cell[c] for c in ("study", "cluster", "wave", "grade")} | _described(indicator)
                head |= {"instrument": instrument.name, "role": part["role"].iloc[0]}
                behind = _items_behind(indicator, known, instrument.items)
                solvable = minimum_firms > 1 and len(values) < SOLVABLE
                if hidden & behind and len(values) >= minimum_firms:
                    rows.append({**head, "withheld": WITHHELD_FURTHER})
                elif (
                    len(values) < minimum_firms
                    or _few_alike(values, minimum_firms)
                    or (indicator.log and solvable)
                ):
                    rows.append({**head, "withheld": WITHHELD_FEW})
                else:
                    base = TICKED if ticked & behind else ANSWERED
                    mean = _mean(values, indicator)
                    if solvable and mean.get("interval") == "t":
                        mean |= {"low": np.nan, "high": np.nan, "interval": ""}
                    rows.append({**head, **mean, "base": base})
    return _table(rows, INDICATOR_MEANS)


def _few_alike(values: np.ndarray, minimum: int) -> bool:
    """Return whether an indicator of 0 and 1 splits the firms so that one side has fewer than the least number."""
    if not np.isin(values, (0, 1)).all():
        return False
    ones = values.sum()
    return bool(0 < ones < minimum or 0 < len(values) - ones < minimum)


def _described(indicator: Indicator) -> dict[str, str]:
    return {
        "indicator": indicator.id, "label_en": indicator.en, "label_zh": indicator.zh, "kind": indicator.kind,
        "rests_on": indicator.formula or indicator.item, "construct": indicator.construct,
    }  # fmt: skip


def _items_behind(
    indicator: Indicator, known: Mapping[str, Indicator], items: Mapping[str, Item]
) -> set[str]:
    """Return the items that an indicator rests on, with those that decide who is asked."""
    names = read_formula(indicator.formula).names if indicator.kind == "formula" else (indicator.item,)
    behind: set[str] = set()
    for name in names:
        behind |= _items_behind(known[name], known, items) if name in known else {name}
    waiting = list(behind)
    while waiting:
        condition = items[waiting.pop()].asked_if
        if condition is not None and condition.item not in behind:
            behind.add(condition.item)
            waiting.append(condition.item)
    return behind


def _mean(values: np.ndarray, indicator: Indicator) -> dict[str, Any]:
    from scipy.special import stdtrit

    n, mean = len(values), float(values.mean())
    out: dict[str, Any] = {"firms": n, "mean": mean}
    if indicator.kind in ("tick", "score", "ticks", "ratio") and np.isin(values, (0, 1)).all():
        low, high = wilson(np.array([values.sum()]), np.array([n]))
        return out | {"low": low[0], "high": high[0], "interval": "Wilson"}
    spread = float(values.std(ddof=1)) if n > 1 else 0.0
    # Firms that are all alike do not say how far others may be.
    if spread == 0:
        return out
    half = float(stdtrit(n - 1, 0.975)) * spread / np.sqrt(n)
    low_end, high_end = mean - half, mean + half
    if indicator.kind in _WITHIN_ONE:
        low_end, high_end = max(low_end, 0.0), min(high_end, 1.0)
    return out | {"low": low_end, "high": high_end, "interval": "t"}
