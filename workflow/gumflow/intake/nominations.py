"""From relational answers to ties: who named whom, in which layer, which way, how strongly, and who was asked at all.

An item of type relation with a layer makes ties; one that `fills` a column of the ties tells of ties that its `named_in` items made. The same
tie reported by both ends stays two rows, each with its reporter: `networks/reports.py` combines them by the rule of the study.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import RULES, Finding
from gumflow.contract.instrument import Instrument, Item, Relation
from gumflow.contract.tables import table_contract

BOUNDARIES_ASKED = ("census", "roster", "sample")
"""Boundaries under which somebody was asked; a text asks nobody."""

RULES_NOMINATIONS: dict[str, tuple[str, str, str, str]] = {
    "self_nomination": (
        "A respondent names itself; the answer was left out.",
        "受访者提名了自己，该项已略去。",
        "Correct the name, or leave it.",
        "请更正名称，或保留不动。",
    ),
    "alter_missing": (
        "A relation is answered without saying to whom; the answer was left out.",
        "关系题已作答但未注明对象，该项已略去。",
        "Write the name or id of the firm or body.",
        "请填写企业或机构的名称或标识。",
    ),
    "alter_twice": (
        "One respondent names the same firm or body twice in one question; the larger answer counts.",
        "同一受访者在同一题中两次提名同一主体，以较大者为准。",
        "Keep one of the rows.",
        "请只保留其中一项。",
    ),
    "alters_beyond": (
        "A respondent names more than the {detail} that are asked for; all are kept.",
        "受访者提名超过要求的 {detail} 个，已全部保留。",
        "Check whether all are meant; respondents who name more look better connected.",
        "请核对是否均属实；提名较多者会显得联系更广。",
    ),
    "tie_value": (
        "The value is outside what a tie can have ({detail}); it was left out.",
        "取值超出关系允许的范围（{detail}），已略去。",
        "Correct the answer.",
        "请更正该答案。",
    ),
    "alter_not_named": (
        "A detail of a relation is answered about someone that the respondent does not name in {detail}; it was left out.",
        "所答细节涉及的对象未在 {detail} 中被提名，已略去。",
        "Name it there too, or leave it.",
        "请在该题中补填，或保留不动。",
    ),
    "item_left_open": (
        "Respondents who answered other relations left this one blank: {detail}. They are read as naming nobody.",
        "部分受访者回答了其他关系题而未答此题：{detail}，视为未提名任何对象。",
        "Ask them again, or write that they named nobody; roster.csv cannot say who answered which question.",
        "请补问，或注明未提名；roster.csv 无法区分各题是否作答。",
    ),
}
RULES.update(RULES_NOMINATIONS)

_FILLED = {"trust": "trust", "formal": "formal", "years": "year_from", "strength": "strength"}
_KEY = ["respondent", "question", "alter"]
_PLACE = ["file", "sheet", "row", "column"]


def nominated_ties(
    answers: pd.DataFrame,
    instruments: Sequence[Instrument],
    actors: pd.DataFrame,
    boundary: str,
    wave_year: int | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Return (ties, roster, findings) from the settled answers of one cluster and wave, in the columns of ties.csv and roster.csv.

    `answers` hold actor ids in `respondent` and `alter`; `actors` are those of the study's own actors.csv (not those that were only named).

    Ties, one for each respondent, item with a layer, and alter:
    - direction by `flow`: to_respondent runs from the alter, from_respondent to it, mutual is undirected; state achieved;
    - strength = the value; of an item with options, the highest score of those ticked, or, where options have no scores, how many
      were ticked (a tie of two kinds, kin and friend, is multiplex); empty if no value was asked or said. A value of 0 or below the item's `least`, and an option that
      `excludes` others (such as none), is asked and no tie;
    - reporter = the respondent, question = the item;
    - trust, formal and year_from (`wave_year` - years, rounded down; empty without `wave_year`) from the items that fill them, on the ties
      of the same respondent and alter in their `named_in` items and their own; on all that the respondent reports if they name none. Where two items fill
      one cell, the first in printed order counts. An item without layer that fills strength does so where the tie has none.

    A respondent that names itself, and a detail about someone not named, are left out; the larger of two answers on one alter counts; more alters
    than `most` are kept; each with a finding. `roster`: see `response_roster`. What the respondents of the roster left blank in one item only cannot be told
    by roster.csv, which knows no items: such blanks read as naming nobody, and are a finding for each item.

    Raises `GumflowError` if options of an item that fills trust, formal or years have no scores.
    """
    items = _relational(instruments)
    _check_scores(items)
    rows = _relational_rows(answers, items)
    named, findings = _named(rows, items)
    values, more = _values(named, items)
    findings += more
    ties, more = _ties(values, items)
    findings += more + _beyond(values, items)
    for item in items.values():
        if item.relation and item.relation.fills:
            ties, more = _filled(ties, values, item, item.relation, wave_year)
            findings += more
    roster, more = response_roster(rows, instruments, actors, boundary)
    return _in_layout(ties, "ties"), roster, findings + more


def _relational(instruments: Sequence[Instrument]) -> dict[str, Item]:
    return {i.id: i for instrument in instruments for i in instrument.items.values() if i.relation}


def _check_scores(items: Mapping[str, Item]) -> None:
    for item in items.values():
        fills = item.relation.fills if item.relation else ""
        if fills in ("trust", "formal", "years") and any(o.score is None for o in item.options):
            raise GumflowError(
                f"item {item.id} fills {fills}, so each of its options needs a score (instrument)"
            )


def _relational_rows(answers: pd.DataFrame, items: Mapping[str, Item]) -> pd.DataFrame:
    """Return the rows of relational items with ids as categories that share their codes, and a place."""
    rows = answers[answers["question"].isin(list(items))].reset_index(drop=True)
    rows = rows.astype(
        dict.fromkeys(("respondent", "question", "alter", "option", "missing_reason"), "category")
    )
    used = {column: rows[column].cat.remove_unused_categories() for column in ("respondent", "alter")}
    ids = pd.Index(sorted({*used["respondent"].cat.categories, *used["alter"].cat.categories}))
    table = {
        "respondent": used["respondent"].cat.set_categories(ids),
        "question": rows["question"].cat.set_categories(list(items)),
        "alter": used["alter"].cat.set_categories(ids),
        "option": rows["option"],
        "value": rows["value"].astype("float64"),
        "missing_reason": rows["missing_reason"],
    }
    for column in _PLACE:
        blank = 0 if column == "row" else ""
        table[column] = rows[column] if column in rows.columns else pd.Series(blank, index=rows.index)
    return pd.DataFrame(table)


def _at_places(rows: pd.DataFrame, rule: str, severity: str = "warning", **more: str) -> list[Finding]:
    """Return one finding for each file, sheet and column in which the rows stand."""
    if rows.empty:
        return []
    column = rows["column"].astype("str")
    rows = rows.assign(column=column.where(column != "", rows["question"].astype("str")))
    findings = []
    for (file, sheet, name), at in rows.groupby(["file", "sheet", "column"], observed=True, sort=True):
        numbers = tuple(int(n) for n in np.unique(at["row"]) if n > 0)
        findings.append(
            Finding(str(file) or "answers", rule, severity, str(sheet), numbers, str(name), **more)
        )
    return findings


def _named(rows: pd.DataFrame, items: Mapping[str, Item]) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the answers that name another actor."""
    given = rows[rows["missing_reason"] == ""]
    nobody = given["alter"] == ""
    lone = given[nobody & (given["value"] != 0) & ~_is_none(given, items)]
    itself = given["alter"].cat.codes == given["respondent"].cat.codes
    findings = _at_places(lone, "alter_missing") + _at_places(given[itself & ~nobody], "self_nomination")
    return given[~nobody & ~itself], findings


def _is_none(rows: pd.DataFrame, items: Mapping[str, Item]) -> pd.Series:
    """Say which rows tick an option that excludes the others, such as none."""
    none = {(i.id, o.code) for i in items.values() for o in i.options if o.excludes}
    is_none = pd.Series(False, index=rows.index)
    for question, option in sorted(none):
        is_none |= (rows["question"] == question) & (rows["option"] == option)
    return is_none


def _values(named: pd.DataFrame, items: Mapping[str, Item]) -> tuple[pd.DataFrame, list[Finding]]:
    """Return one row for each respondent, item and alter with its value, at the place of its first row."""
    scores = {(i.id, o.code): o.score for i in items.values() for o in i.options if o.score is not None}
    typed = {i.id for i in items.values() if i.options and all(o.score is None for o in i.options)}
    value = named["value"].mask(_is_none(named, items) & (named["value"] != 0), 0.0)
    for (question, option), score in scores.items():
        ticked = (named["question"] == question) & (named["option"] == option) & (value != 0)
        value = value.mask(ticked, score)
    named = named.assign(value=value)
    twice = named.duplicated([*_KEY, "option"])
    findings = _at_places(named[twice], "alter_twice")
    types = named["question"].isin(list(typed)) & (named["option"] != "")
    # Of an item that asks for types each counts once, however often it stands there.
    named = named.assign(value=named["value"].mask(types, (named["value"] != 0).astype("float64")))[
        ~(twice & types)
    ]
    group = pd.factorize(_pair(named) * len(items) + named["question"].cat.codes)[0]
    first = named[~pd.Series(group, index=named.index).duplicated()]
    groups = named["value"].groupby(group)
    together = first["question"].isin(list(typed)).to_numpy()
    total = np.where(together, groups.sum(min_count=1).to_numpy(), groups.max().to_numpy())
    return first.assign(value=total), findings


def _ties(values: pd.DataFrame, items: Mapping[str, Item]) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the ties that items with a layer make, with respondent and alter, before other items fill columns."""
    relations = [i.relation for i in items.values() if i.relation]
    # The codes of `question` count the items in their order.
    of = {name: np.array([getattr(r, name) for r in relations]) for name in ("layer", "flow", "fills")}
    rows = values[(of["layer"] != "")[values["question"].cat.codes]]
    # Years or a contract of 0 are told of a tie; a strength of 0 says that there is none.
    detail = np.isin(of["fills"], ["years", "formal"])[rows["question"].cat.codes]
    wrong = ~detail & ((rows["value"] < 0) | np.isinf(rows["value"]))
    findings = _at_places(rows[wrong], "tie_value", "error", detail="> 0")
    least = np.array([r.least for r in relations])[rows["question"].cat.codes]
    tied = (detail | rows["value"].isna() | ((rows["value"] > 0) & (rows["value"] >= least))) & ~wrong
    rows, detail = rows[tied], detail[tied]
    question = rows["question"].cat.codes.to_numpy()
    respondent, alter = rows["respondent"].cat.codes.to_numpy(), rows["alter"].cat.codes.to_numpy()
    ids, given = rows["respondent"].cat.categories, of["flow"][question] == "to_respondent"
    ties = pd.DataFrame(
        {
            "source": pd.Categorical.from_codes(np.where(given, alter, respondent), categories=ids),
            "target": pd.Categorical.from_codes(np.where(given, respondent, alter), categories=ids),
            "layer": pd.Categorical(of["layer"][question]),
            "directed": (of["flow"][question] != "mutual").astype("float64"),
            "state": "achieved",
            "strength": rows["value"].where(~detail).to_numpy(),
            "reporter": rows["respondent"].array,
            "question": rows["question"].cat.reorder_categories(sorted(items)).array,
            "pair": _pair(rows).to_numpy(),
        }
    )
    return ties.assign(trust=np.nan, formal=np.nan, year_from=np.nan), findings


def _pair(rows: pd.DataFrame) -> pd.Series:
    """Return one number for each respondent and alter."""
    alters = len(rows["alter"].cat.categories)
    return rows["respondent"].cat.codes.astype("int64") * alters + rows["alter"].cat.codes


def _beyond(values: pd.DataFrame, items: Mapping[str, Item]) -> list[Finding]:
    """Return findings on respondents that name more alters in an item than it asks for."""
    findings = []
    named = values[values["value"].isna() | (values["value"] > 0)]
    for item in items.values():
        most = item.relation.most if item.relation else 0
        if most:
            rows = named[named["question"] == item.id]
            counts = rows["respondent"].astype("str").value_counts()
            many = rows["respondent"].isin(counts.index[counts > most])
            findings += _at_places(rows[many], "alters_beyond", detail=str(most))
    return findings


def _filled(
    ties: pd.DataFrame, values: pd.DataFrame, item: Item, relation: Relation, wave_year: int | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Put the values of one item into the column that it fills, where that is still empty."""
    column = _FILLED[relation.fills]
    if column == "strength" and relation.layer:
        return ties, []
    rows = values[(values["question"] == item.id) & values["value"].notna()]
    told = rows["value"]
    if column == "year_from":
        told = np.floor((np.nan if wave_year is None else wave_year) - told)
    wrong = _outside(column, told) | (rows["value"] < 0)
    findings = _at_places(rows[wrong], "tie_value", "error", detail=_allowed(column))
    about = pd.Series(told[~wrong].to_numpy(), index=_pair(rows)[~wrong].to_numpy())
    mine = (
        ties["question"].isin([item.id, *relation.named_in]) if relation.named_in else ties["question"] != ""
    )
    if not relation.layer:
        lost = ~_pair(rows).isin(ties.loc[mine, "pair"])
        findings += _at_places(
            rows[lost], "alter_not_named", detail=", ".join(relation.named_in) or "any item"
        )
    empty = mine & ties[column].isna()
    values_there = about.reindex(ties.loc[empty, "pair"]).to_numpy()
    filled = ties[column].to_numpy(dtype=float, copy=True)
    filled[empty.to_numpy()] = values_there
    return ties.assign(**{column: filled}), findings


def _outside(column: str, values: pd.Series) -> pd.Series:
    """Say which values the column of ties.csv cannot have."""
    field = table_contract("ties").field_named(column)
    if field is None or field.type == "boolean":
        return values.notna() & ~values.isin([0.0, 1.0])
    low = values <= field.minimum if field.exclusive_minimum else values < field.minimum
    high = values > field.maximum if field.maximum is not None else np.isinf(values)
    return low | high


def _allowed(column: str) -> str:
    field = table_contract("ties").field_named(column)
    if field is None or field.type == "boolean":
        return "0, 1"
    if field.maximum is None:
        return f"> {field.minimum:g}"
    return f"{column} {field.minimum:g}–{field.maximum:g}"


def response_roster(
    answers: pd.DataFrame, instruments: Sequence[Instrument], actors: pd.DataFrame, boundary: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return (roster, findings): who was asked for its relations, and who answered, in the columns of roster.csv.

    Each row asks about everyone (alter empty, asked 1). A respondent answered (1) if it answered at least one item with a layer whose alters
    are a printed roster; where the instruments have no such items, one with a layer at all. Saying that there is nobody is an answer; blank, not
    asked and unusable are none.
    - census, roster: asked are the firms inside the cluster (kind firm, place local in `actors`) and all that were asked a relational item;
    - sample: only the firms that were drawn are asked: those that were asked a relational item, and actors with a design weight above 0 (column `weight`). Their alters are not
      in the roster, so every later stage reads an ego network design;
    - text: nobody was asked, no rows. Nor are there rows if no relational item was in the export.
    Raises `GumflowError` for another boundary.
    """
    if boundary not in (*BOUNDARIES_ASKED, "text"):
        raise GumflowError(f"boundary is {boundary!r}; allowed: {', '.join(BOUNDARIES_ASKED)}, text")
    with_layer = {
        i.id: i.relation for i in _relational(instruments).values() if i.relation and i.relation.layer
    }
    of_roster = [i for i, relation in with_layer.items() if relation.alters == "roster"]
    left_out = answers["missing_reason"].isin(["not_in_export", "not_asked"])
    asked = answers[answers["question"].isin(list(with_layer)) & ~left_out]
    if boundary == "text" or asked.empty:
        return _in_layout(pd.DataFrame(), "roster"), []
    counted = of_roster if asked["question"].isin(of_roster).any() else list(with_layer)
    given = asked[asked["missing_reason"] == ""]
    answered = set(given.loc[given["question"].isin(counted), "respondent"].unique())
    approached = set(asked["respondent"].unique()) | _drawn(actors, boundary)
    names = sorted(approached)
    roster = pd.DataFrame(
        {
            "respondent": pd.Series(names, dtype="str"),
            "asked": 1.0,
            "answered": [float(name in answered) for name in names],
        }
    )
    return _in_layout(roster, "roster"), _left_open(asked, given, counted, answered)


def _drawn(actors: pd.DataFrame, boundary: str) -> set[str]:
    """Return the firms that were to be asked, as far as the table of actors tells."""
    if boundary == "sample":
        if "weight" not in actors.columns:
            return set()
        weight = pd.to_numeric(actors["weight"], errors="coerce")
        return set(actors.loc[weight > 0, "actor"])
    return set(actors.loc[(actors["kind"] == "firm") & (actors["place"] == "local"), "actor"])


def _left_open(
    asked: pd.DataFrame, given: pd.DataFrame, counted: Sequence[str], answered: set[str]
) -> list[Finding]:
    """Return one finding for each item that respondents left blank who answered others."""
    findings = []
    n = len(answered)
    for question in counted:
        rows = asked[asked["question"] == question]
        blank = rows[(rows["missing_reason"] == "not_answered") & rows["respondent"].isin(answered)]
        # A respondent can name some and leave other rows of a list blank: that one answered.
        said = set(given.loc[given["question"] == question, "respondent"].unique())
        blank = blank[~blank["respondent"].isin(said)]
        count = blank["respondent"].nunique()
        if count:
            at = blank.assign(**{c: 0 if c == "row" else "" for c in _PLACE if c not in blank.columns}).assign(column=question)  # fmt: skip
            findings += _at_places(at, "item_left_open", detail=f"{count} / {n}")
    return findings


def _in_layout(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with the columns of its contract, typed and sorted as `contract.checks.typed` and the study's tables are."""
    contract = table_contract(name)
    sort = [c for c in (*contract.sort, "reporter", "question") if c in table.columns]
    # Sorted before ids become text, which is slower to sort; their categories are in the order of the text.
    table = table.sort_values(sort, kind="stable").reset_index(drop=True) if sort else table
    blank, unknown = pd.Series("", table.index, dtype="str"), pd.Series(np.nan, table.index)
    columns = {}
    for field in contract.fields:
        kind = "float64" if field.type in ("number", "integer", "boolean") else "str"
        empty = unknown if kind == "float64" else blank
        columns[field.name] = table[field.name].astype(kind) if field.name in table.columns else empty
    return pd.DataFrame(columns)
