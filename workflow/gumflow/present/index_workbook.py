"""An index as an Excel workbook that calculates: change a value, a weight or a bound, and scores and ranks follow.

The point estimate is written as formulas from the treated data on: least and greatest values, normalized values, weights, weighted values,
scores, ranks. What has no plain formula (ranks as a scale, TOPSIS and the like) is written as values, and the sheet Notes says which. Every
formula carries its value, so that programs that do not calculate show numbers as well.
"""

import datetime
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.writing import rounded, write_bytes
from gumflow.index.chain import IndexResult
from gumflow.index.decompose import group_methods
from gumflow.index.small_n import DATA_DRIVEN, LEAST_RANKED
from gumflow.index.tree import IndexTree

Floats = NDArray[np.float64]

HEAD = 3
"""Rows of heading on the sheets of units: code, name, and what the sheet says of the column."""
KEYS = 3
"""Columns of keys on these sheets: unit, time, name."""
_LIVE_SCALES = ("minmax", "zscore")
_LIVE_MEANS = ("arithmetic", "geometric")
_SLACK = "1E-9"
_TIED = "1E-12"
# A spreadsheet takes text that begins so for a formula when it is typed in again or comes back from a CSV file.
_RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, eq=False)
class _Plan:
    """What of a result can be written as formulas, and where everything stands.

    `blocks` are the columns of the sheet Weighted: children of each live group, side by side. `weight_rows` are the rows of the sheet
    Weights. `methods` say how each group is combined. `frozen` (n,) are rows that hold values
    because some of their scores are withheld. `reasons` say what is not live.
    """

    result: IndexResult
    live_indicators: frozenset[str]
    live_groups: tuple[str, ...]
    blocks: Mapping[str, int]
    weight_rows: Mapping[str, int]
    methods: Mapping[str, str]
    frozen: NDArray[np.bool_]
    reasons: tuple[str, ...]

    @property
    def tree(self) -> IndexTree:
        return self.result.tree

    @property
    def groups(self) -> list[str]:
        """The groups from the index down, as the sheets Scores and Rank show them."""
        return list(reversed(self.tree.groups))


def write_index_workbook(result: IndexResult, path: Path) -> None:
    """Write the workbook of an index: sheets Notes, Data, Weights, Bounds, Normalized, Weighted, Scores and Rank.

    Live are min-max and z-scores over all rows, given weights of any origin, arithmetic and geometric means, the rule on what is missing, and
    ranks among the rows of one time. A unit stands in the same row of all sheets. Equal results give equal bytes.
    """
    import xlsxwriter

    plan = _plan(result)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "nan_inf_to_errors": False, "strings_to_formulas": False}
    )
    # A fixed date, so that equal results give equal bytes.
    book.set_properties({"created": datetime.datetime(2000, 1, 1)})
    styles = _styles(book)
    sheets = {name: book.add_worksheet(name, worksheet_class=_plain_worksheet()) for name in _SHEETS}
    _notes(sheets["Notes"], plan, styles)
    _data(sheets["Data"], plan, styles)
    _weights(sheets["Weights"], plan, styles)
    _bounds(sheets["Bounds"], plan, styles)
    _normalized(sheets["Normalized"], plan, styles)
    _weighted(sheets["Weighted"], plan, styles)
    _scores(sheets["Scores"], plan, styles)
    _ranks(sheets["Rank"], plan, styles)
    book.close()
    write_bytes(buffer.getvalue(), path)


def _plain_worksheet() -> type:
    """Return a worksheet that takes formulas as they are: none here has a function newer than Excel 2007, which xlsxwriter looks for at great length."""
    from xlsxwriter.worksheet import Worksheet

    class PlainWorksheet(Worksheet):
        def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
            return formula.removeprefix("=")

    return PlainWorksheet


_SHEETS = {
    "Notes": "what each sheet holds, which choices were made, and what is not live",
    "Data": "indicators as they go into normalization: divided by their denominators, imputed (blue) and treated (orange); neither is done again when a value is changed",
    "Weights": "weights as they were given or found (column F: change them there), rescaled to add up to 1 in each group, and multiplied up to the index",
    "Bounds": "how each indicator is normalized: its method, direction and range (change them there), and what is read from Data",
    "Normalized": "indicators on one scale, on which more is better",
    "Weighted": "weight times value of every node in its group (times the logarithm under a geometric mean)",
    "Scores": "scores of the index and its groups: the weighted values over the weight of what is known",
    "Rank": "ranks of these scores among the units of the same time, 1 = best; tied units share the best rank",
}


def _plan(result: IndexResult) -> _Plan:
    tree, choices = result.tree, result.choices
    reasons = []
    several = len(result.prepared.normalized) > 1
    scale = choices.normalize
    waves = len(set(result.times.tolist()))
    if several:
        reasons.append(
            "scores are means over completed tables (multiple imputation), so all are values; Data has the mean of these tables"
        )
    methods = {code: scale.indicators.get(code, scale.method) for code in tree.indicators}
    plain = {c for c, m in methods.items() if m in _LIVE_SCALES and not (scale.by == "time" and waves > 1)}
    indicators = frozenset() if several else frozenset(plain)
    others = sorted({methods[c] for c in tree.indicators if c not in plain})
    if others and not several:
        by = " by time" if scale.by == "time" and waves > 1 else ""
        reasons.append(
            f"normalized values by {', '.join(others)}{by} are values ({len(methods) - len(plain)} indicators)"
        )
    combined = group_methods(tree, choices.aggregate, result.weights)
    live = [] if several else [g for g in tree.groups if combined[g] in _LIVE_MEANS]
    blocks = [child for group in live for child in tree.children(group)]
    if not several:
        reasons += [f"scores of {g} by {combined[g]} are values" for g in tree.groups if g not in live]
    found = sorted({m for g, m in result.weights.methods.items() if m in DATA_DRIVEN and g in live})
    if found:
        reasons.append(f"weights by {', '.join(found)} are values: they do not follow the data")
    if all(result.ranks[g].isna().all() for g in tree.groups):
        reasons.append(f"no ranks are given to fewer than {LEAST_RANKED} units")
    frozen = _withheld(result)
    if frozen.any() and not several:
        reasons.append(
            f"scores of {_some(result.units[frozen])} are values, because some of them are withheld for lack of coverage"
        )
    order = (child for group in reversed(tree.groups) for child in tree.children(group))
    return _Plan(
        result,
        indicators,
        tuple(live),
        {child: column for column, child in enumerate(blocks, start=KEYS)},
        {child: row for row, child in enumerate(order, start=1)},
        combined,
        frozen,
        tuple(reasons),
    )


def _withheld(result: IndexResult) -> NDArray[np.bool_]:
    """Return the rows in which screening hides the score of a unit or of a group."""
    prepared = result.prepared
    held = prepared.screened.held_groups.iloc[prepared.rows]
    any_group = (
        held.to_numpy(dtype=bool).any(axis=1) if held.shape[1] else np.zeros(len(result.rows), dtype=bool)
    )
    return np.asarray(~prepared.shown | any_group)


def _some(names: NDArray[np.str_], most: int = 10) -> str:
    distinct = list(dict.fromkeys(names.tolist()))
    return ", ".join(distinct[:most]) + (f" and {len(distinct) - most} more" if len(distinct) > most else "")


# ---- cells


def _styles(book: Any) -> dict[str, Any]:
    number = {"num_format": "0.0000"}
    return {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "head_quoted": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "quote_prefix": True}),
        "text": None,
        "text_quoted": book.add_format({"quote_prefix": True}),
        "number": book.add_format(number),
        "treated": book.add_format({"bg_color": "#F8CBAD"}),
        "imputed": book.add_format({"bg_color": "#BDD7EE"}),
        "input": book.add_format({"bg_color": "#FFF2CC"}),
        "wrapped": book.add_format({"text_wrap": True, "valign": "top"}),
        "wrapped_quoted": book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True}),
    }  # fmt: skip


def _text(
    sheet: Any, row: int, column: int, value: str, styles: Mapping[str, Any], style: str = "text"
) -> None:
    """Write text as text, with the mark that keeps it text when it looks like a formula."""
    sheet.write_string(row, column, value, styles[f"{style}_quoted" if value.startswith(_RISKY) else style])


def _number(sheet: Any, row: int, column: int, value: float, style: Any = None) -> None:
    if value == value:
        sheet.write_number(row, column, value, style)


def _formula(sheet: Any, row: int, column: int, formula: str, value: float, style: Any) -> None:
    """Write a formula with its value, empty text where it is not known."""
    sheet.write_formula(row, column, formula, style, value if value == value else "")


def _letters(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))


def _head(sheet: Any, plan: _Plan, codes: list[str], third: list[str], styles: Mapping[str, Any]) -> None:
    """Write the heading and the keys of a sheet of units."""
    result, tree = plan.result, plan.tree
    for column, label in enumerate(("unit", "time", "name")):
        _text(sheet, 0, column, label, styles, "head")
    for column, (code, more) in enumerate(zip(codes, third, strict=True), start=KEYS):
        for row, value in enumerate((code, tree.nodes[code].name, more)):
            _text(sheet, row, column, value, styles, "head")
    for i, keys in enumerate(zip(result.units, result.times, result.names, strict=True)):
        for column, value in enumerate(keys):
            _text(sheet, HEAD + i, column, str(value), styles)
    sheet.freeze_panes(HEAD, KEYS)
    sheet.set_column(0, 0, 14)
    sheet.set_column(2, 2, 22)
    if len(codes):
        sheet.set_column(KEYS, KEYS + len(codes) - 1, 13)


def _last(plan: _Plan) -> int:
    """Return the last row of units, as a spreadsheet counts."""
    return HEAD + len(plan.result.rows)


# ---- sheets


def _notes(sheet: Any, plan: _Plan, styles: Mapping[str, Any]) -> None:
    result = plan.result
    choices = result.choices
    lines = [
        (
            "head",
            f"Index {plan.tree.root}" + (f": {n}" if (n := plan.tree.nodes[plan.tree.root].name) else ""),
        )
    ]
    lines += [("wrapped", f"{name}: {what}.") for name, what in _SHEETS.items()]
    lines += [
        ("wrapped", "Yellow cells are meant to be changed. A unit stands in the same row of all sheets.")
    ]
    lines += [("head", "Choices")]
    chosen = {
        "impute": choices.impute.method, "treat": choices.treat.method, "normalize": choices.normalize.method,
        "weight": choices.weight.method, "aggregate": choices.aggregate.method,
    }  # fmt: skip
    lines += [("wrapped", f"{stage}: {method}") for stage, method in chosen.items()]
    lines += [("wrapped", "The point estimate only: intervals of ranks are in uncertainty.csv.")]
    lines += [("head", "Not live")]
    reasons = plan.reasons or ("nothing: all scores are formulas",)
    lines += [("wrapped", f"{reason[0].upper()}{reason[1:]}.") for reason in reasons]
    if result.warnings:
        lines += [("head", "Warnings"), *(("wrapped", text) for text in result.warnings)]
    sheet.set_column(0, 0, 110)
    for row, (style, text) in enumerate(lines):
        _text(sheet, row, 0, text, styles, style)


def _data(sheet: Any, plan: _Plan, styles: Mapping[str, Any]) -> None:
    result, tree = plan.result, plan.tree
    codes = list(tree.indicators)
    _head(sheet, plan, codes, [tree.nodes[c].unit for c in codes], styles)
    values = rounded(result.prepared.treated.values)
    marks: NDArray[np.object_] = np.where(result.imputed_flags, "imputed", "text").astype(object)
    cells = result.prepared.treated.cells
    place = {code: j for j, code in enumerate(codes)}
    for row, code in zip(cells["row"], cells["column"], strict=True):
        marks[int(row), place[str(code)]] = "treated"
    for i, j in np.ndindex(values.shape):
        _number(sheet, HEAD + i, KEYS + j, float(values[i, j]), styles[str(marks[i, j])])


def _weights(sheet: Any, plan: _Plan, styles: Mapping[str, Any]) -> None:
    tree, weights = plan.tree, plan.result.weights
    heads = ("group", "code", "name", "level", "method", "weight", "weight_used", "weight_in_index")
    for column, label in enumerate(heads):
        _text(sheet, 0, column, label, styles, "head")
    _text(sheet, 0, 9, "least share of known weight", styles, "head")
    sheet.write_number(1, 9, plan.result.choices.aggregate.least, styles["input"])
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 9, 14)
    inside = {tree.root: 1.0}
    for group in reversed(tree.groups):
        given = rounded(np.asarray(weights[group], dtype=np.float64))
        # The children of a group stand one below the other.
        first = plan.weight_rows[tree.children(group)[0]] + 1
        for child, weight in zip(tree.children(group), given.tolist(), strict=True):
            row = plan.weight_rows[child]
            at = row + 1
            inside[child] = inside[group] * weight / given.sum()
            texts = (group, child, tree.nodes[child].name)
            for column, value in enumerate(texts):
                _text(sheet, row, column, value, styles)
            sheet.write_number(row, 3, tree.level(child))
            _text(sheet, row, 4, str(weights.methods.get(group, "")), styles)
            sheet.write_number(row, 5, weight, styles["input"])
            used = f"=F{at}/SUM(F${first}:F${first + len(given) - 1})"
            _formula(sheet, row, 6, used, float(weight / given.sum()), styles["number"])
            above = "" if group == tree.root else f"*H{plan.weight_rows[group] + 1}"
            _formula(sheet, row, 7, f"=G{at}{above}", inside[child], styles["number"])


def _bounds(sheet: Any, plan: _Plan, styles: Mapping[str, Any]) -> None:
    tree, scale = plan.tree, plan.result.choices.normalize
    heads = (
        "code", "name", "method", "direction", "range_low", "range_high", "least", "greatest", "mean", "sd", "new_mean", "new_sd",
    )  # fmt: skip
    for column, label in enumerate(heads):
        _text(sheet, 0, column, label, styles, "head")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) - 1, 12)
    values = rounded(plan.result.prepared.treated.values)
    for j, code in enumerate(tree.indicators):
        row, known = j + 1, values[:, j][~np.isnan(values[:, j])]
        _text(sheet, row, 0, code, styles)
        _text(sheet, row, 1, tree.nodes[code].name, styles)
        method = scale.indicators.get(code, scale.method)
        _text(sheet, row, 2, method, styles)
        if code not in plan.live_indicators:
            continue
        sheet.write_number(row, 3, tree.nodes[code].direction, styles["input"])
        read = f"Data!{_letters(KEYS + j)}${HEAD + 1}:{_letters(KEYS + j)}${_last(plan)}"
        if method == "minmax":
            parts = ((4, scale.range[0]), (5, scale.range[1]))
            reads = ((6, "MIN", known.min()), (7, "MAX", known.max()))
        else:
            parts = ((10, scale.mean), (11, scale.sd))
            reads = ((8, "AVERAGE", known.mean()), (9, "STDEV", known.std(ddof=1)))
        for at, given in parts:
            sheet.write_number(row, at, given, styles["input"])
        for at, function, found in reads:
            _formula(
                sheet,
                row,
                at,
                f"={function}({read})",
                float(rounded(np.array([found]))[0]),
                styles["number"],
            )


def _normalized(sheet: Any, plan: _Plan, styles: Mapping[str, Any]) -> None:
    result, tree = plan.result, plan.tree
    codes = list(tree.indicators)
    scale = result.choices.normalize
    _head(sheet, plan, codes, [scale.indicators.get(c, scale.method) for c in codes], styles)
    values = rounded(result.normalized)
    for j, code in enumerate(codes):
        formula = ""
        if code in plan.live_indicators:
            formula = _scale_formula(j + 2, _letters(KEYS + j), scale.indicators.get(code, scale.method))
        for i in range(len(values)):
            value = float(values[i, j])
            if formula:
                _formula(
                    sheet,
                    HEAD + i,
                    KEYS + j,
                    formula.replace("#", str(HEAD + i + 1)),
                    value,
                    styles["number"],
                )
            else:
                _number(sheet, HEAD + i, KEYS + j, value, styles["number"])


def _scale_formula(at: int, column: str, method: str) -> str:
    """Return the formula of a normalized value, with # for its row."""
    x = f"Data!{column}#"
    b = {letter: f"Bounds!${letter}${at}" for letter in "DEFGHIJKL"}
    if method == "minmax":
        share = f"IF({b['D']}=1,{x}-{b['G']},{b['H']}-{x})/({b['H']}-{b['G']})"
        return f'=IF(ISNUMBER({x}),{b["E"]}+({b["F"]}-{b["E"]})*{share},"")'
    return f'=IF(ISNUMBER({x}),{b["K"]}+{b["L"]}*{b["D"]}*({x}-{b["I"]})/{b["J"]},"")'


def _source(plan: _Plan, code: str) -> str:
    """Return where the value of a node stands, with # for the row."""
    if plan.tree.level(code) == 1:
        return f"Normalized!{_letters(KEYS + plan.tree.indicators.index(code))}#"
    return f"Scores!{_letters(KEYS + plan.groups.index(code))}#"


def _weighted(sheet: Any, plan: _Plan, styles: Mapping[str, Any]) -> None:
    result, tree = plan.result, plan.tree
    codes = list(plan.blocks)
    _head(sheet, plan, codes, [""] * len(codes), styles)
    for code, column in plan.blocks.items():
        group = tree.nodes[code].parent
        weight = float(rounded(np.asarray(result.weights[group]))[tree.children(group).index(code)])
        letter, row = _letters(column), plan.weight_rows[code] + 1
        _formula(sheet, HEAD - 1, column, f"=Weights!$G${row}", weight, styles["number"])
        values = _values(plan, code)
        geometric = plan.methods[group] == "geometric"
        source = _source(plan, code)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = weight * (np.log(values) if geometric else values)
        terms = rounded(np.where(weight > 0, terms, np.nan))
        term = f"{letter}${HEAD}*" + (f"LN({source})" if geometric else source)
        formula = f'=IF(AND(ISNUMBER({source}),{letter}${HEAD}>0),{term},"")'
        for i in np.flatnonzero(~plan.frozen).tolist():
            _formula(
                sheet,
                HEAD + i,
                column,
                formula.replace("#", str(HEAD + i + 1)),
                float(terms[i]),
                styles["number"],
            )


def _values(plan: _Plan, code: str) -> Floats:
    return plan.result.scores[code].to_numpy(dtype=np.float64)


def _scores(sheet: Any, plan: _Plan, styles: Mapping[str, Any]) -> None:
    _head(sheet, plan, plan.groups, [plan.methods[g] for g in plan.groups], styles)
    for column, group in enumerate(plan.groups, start=KEYS):
        values = rounded(_values(plan, group))
        formula = _mean_formula(plan, group) if group in plan.live_groups else ""
        for i in range(len(values)):
            if formula and not plan.frozen[i]:
                _formula(
                    sheet,
                    HEAD + i,
                    column,
                    formula.replace("#", str(HEAD + i + 1)),
                    float(values[i]),
                    styles["number"],
                )
            else:
                _number(sheet, HEAD + i, column, float(values[i]), styles["number"])


def _mean_formula(plan: _Plan, group: str) -> str:
    """Return the formula of a group's score, with # for its row: the weighted values over the weight of what is known, if that is enough."""
    children = plan.tree.children(group)
    first, last = _letters(plan.blocks[children[0]]), _letters(plan.blocks[children[-1]])
    terms = f"Weighted!{first}#:{last}#"
    known = f"SUMPRODUCT(ISNUMBER({terms})*Weighted!{first}${HEAD}:{last}${HEAD})"
    mean = f"SUM({terms})/{known}"
    mean = f"EXP({mean})" if plan.methods[group] == "geometric" else mean
    return f'=IF({known}>=MAX(Weights!$J$2-{_SLACK},{_SLACK}),{mean},"")'


def _ranks(sheet: Any, plan: _Plan, styles: Mapping[str, Any]) -> None:
    result = plan.result
    _head(sheet, plan, plan.groups, [""] * len(plan.groups), styles)
    first, last = HEAD + 1, _last(plan)
    times = f"$B${first}:$B${last}"
    for column, group in enumerate(plan.groups, start=KEYS):
        letter = _letters(column)
        scores = f"Scores!{letter}${first}:{letter}${last}"
        own = f"Scores!{letter}#"
        # Text counts as greater than any number, so that ISNUMBER has to take out the units without score.
        above = f"ISNUMBER({scores})*({times}=$B#)*({scores}>{own}+{_TIED}*ABS({own}))"
        formula = f'=IF(ISNUMBER({own}),1+SUMPRODUCT({above}),"")'
        ranks = result.ranks[group].to_numpy(dtype=np.float64)
        if np.isnan(ranks).all():
            continue
        for i in range(len(ranks)):
            _formula(sheet, HEAD + i, column, formula.replace("#", str(HEAD + i + 1)), float(ranks[i]), None)
