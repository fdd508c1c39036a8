"""The section of a study's page on value capture: printed figures beside what they imply, and what yearly exports say where they are given."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.inference.export_series import VERSIONS
from gumflow.present import page_text
from gumflow.present.page_parts import DASH, Block, cell_name, grid, number, span
from gumflow.present.page_text import TEXT
from gumflow.present.wording import Words

SECTIONS = {
    "capture_note": Words(
        "The book regresses ln export value M on ln quantity Q and reads a slope above 1 as bargaining power (4.1.3). Since M is unit value times Q, R² is high whatever prices do; the slope differs from 1 only if unit values move with quantity, and that they do may have "
        "many causes: exchange rates, inflation, dearer products, trends that have nothing to do with one another.",
        "书中以出口金额对数对数量对数回归，并将斜率大于1视为议价能力（4.1.3）。金额等于单价乘以数量，因此无论价格如何R²都很高；斜率不等于1仅表示单价随数量变动，"
        "原因可以很多：汇率、通货膨胀、产品结构、互不相关的趋势。",
    ),
}
NO_SERIES = Words(
    "Nothing is estimated: the study gives no yearly series of export quantities and values (exports.csv). None is inferred from printed results, since many different series fit them.",
    "未作任何估计：本研究没有逐年出口数量与金额（exports.csv）。不由已公布的结果反推序列，因为许多不同的序列都与之相符。",
)
PRINTED = Words("Printed figures", "已公布的数字")
REGRESSION = Words("{}: value on quantity", "{}：金额对数量的回归")
BREAKS = Words("{}: did the line change?", "{}：关系是否改变")
PARTS = Words("{}: quantity, price and mix", "{}：数量、价格与结构")
MONEY = {
    "as_given": Words("as given", "原币"),
    "local_currency": Words("local currency", "本币"),
    "deflated": Words("local currency, deflated", "本币，剔除物价"),
}
MODELS = {
    "log_levels": Words("ln M on ln Q", "ln M 对 ln Q"),
    "unit_value": Words("ln(M/Q) on ln Q", "ln(M/Q) 对 ln Q"),
    "first_differences": Words("yearly changes", "逐年变动"),
    "before_break": Words("before the declared year", "设定年份之前"),
    "after_break": Words("from the declared year on", "设定年份起"),
}
TESTS = {
    "chow": Words("Chow, two lines", "Chow检验（两条线）"),
    "chow_predictive": Words("Chow, prediction", "Chow预测检验"),
    "level_shift": Words("shift of level", "水平变动"),
    "sup_f": Words("largest F, any year", "任意年份最大F"),
}
KINDS = {"whole": Words("direct", "直接"), "chained": Words("chained", "链式")}
HEADS = {
    "what": Words("Regression", "回归"),
    "money": Words("Money", "货币口径"),
    "years": Words("Years", "年份"),
    "interval": Words("b, 95 %", "b 的95%区间"),
    "one": Words("t of b = 1", "b=1 的 t"),
    "p_one": Words("p", "p"),
    "p_ar": Words("p, errors AR(0.6)", "p（误差AR(0.6)）"),
    "p_walk": Words("p, random walk", "p（随机游走）"),
    "test": Words("Test", "检验"),
    "year": Words("First year", "起始年"),
    "shift": Words("Shift of ln M (95 %)", "ln M 的变动（95%）"),
    "kind": Words("Index", "指数"),
    "value": Words("ln value", "ln 金额"),
    "quantity": Words("ln quantity", "ln 数量"),
    "unit_value": Words("ln unit value", "ln 单价"),
    "laspeyres": Words("Laspeyres", "拉氏"),
    "paasche": Words("Paasche", "帕氏"),
    "fisher": Words("Fisher", "费雪"),
    "tornqvist": Words("Törnqvist", "滕奎斯特"),
    "index": Words("unit value", "单价指数"),
    "mix": Words("mix", "结构"),
}
NOTES = {
    "regression": Words(
        "In brackets t values. p of b = 1 assumes errors that are independent from year to year; the next columns give the same p if they are autoregressive (0.6) or a random walk, by simulation. Where the three differ, rely on the larger ones.",
        "括号内为t值。b=1的p值假定各年误差独立；其后两列为误差自回归（0.6）或随机游走时的p值（模拟）。三者不同时应以较大者为准。",
    ),
    "short": Words(
        "Underpowered: with {} years a test that finds nothing says little, and whether value and quantity share a trend (cointegration) cannot be tested.",
        "检验力不足：只有{}年，检验不显著说明不了什么，也无法检验金额与数量是否有共同趋势（协整）。",
    ),
    "breaks": Words(
        "The declared year counts only if it was chosen before the figures were seen; a year read off them is what the largest F allows for. A break says that the line changed, not why.",
        "设定年份须在看到数据之前选定；由数据看出的年份应看最大F。断点只说明关系改变，不说明原因。",
    ),
    "not_declared": Words(
        "No year was declared (break_year in study.yaml), so only the search over all years is given.",
        "未事先设定年份（study.yaml 中的 break_year），故只给出对所有年份的搜索。",
    ),
    "parts": Words(
        "Changes of logarithms from the first year to the last: value = quantity + unit value. Index numbers of prices (first year 1) are of products exported in both years; mix is unit value over Fisher, above 1 where dearer products gained. ",
        "首年至末年对数的变动：金额 = 数量 + 单价。价格指数（首年=1）取两年均出口的产品；结构为单价指数除以费雪指数，大于1表示高价产品占比上升。",
    ),
    "one_series": Words(
        "One series alone: price, mix and quality cannot be told apart.",
        "只有一个总序列：无法区分价格、结构与品质。",
    ),
    "not_given": Words("{}: {}.", "{}：未给出，原因见 tables.xlsx 中各 export 表的 withheld 列。"),
}


def capture_blocks(tables: Mapping[str, pd.DataFrame], language: str) -> list[Block]:
    """Return the blocks of the section; `tables` holds cells, value_capture, export_regression, export_breaks and export_decomposition."""
    cells = tables["cells"]
    blocks: list[Block] = []
    if not tables["value_capture"].empty:
        blocks.append(
            {"title": PRINTED(language), "table": _printed(tables["value_capture"], cells, language)}
        )
    if tables["export_regression"].empty:
        return [*blocks, {"text": NO_SERIES(language)}]
    for cell in cells.to_dict("records"):
        own = {name: rows_of(tables[name], cell) for name in tables if name.startswith("export_")}
        if len(own["export_regression"]):
            name = cell_name(cell, cells, language)
            for title, make, table in _PARTS:
                found = make(own[table], language)
                block = {"table": found} if found["rows"] else {"text": " ".join(found["notes"])}
                blocks += [{"title": title(language).format(name)} | block] if found["notes"] else []
    return blocks


def _printed(capture: pd.DataFrame, cells: pd.DataFrame, language: str) -> dict[str, Any]:
    names = {c["cluster"]: c[f"cluster_{language}"] for c in cells.to_dict("records")}
    head = [
        TEXT[k](language) for k in ("cluster", "item", "printed", "implied", "bounds", "verdict", "reading")
    ]
    rows = [
        [
            names[r["cluster"]], r["item"], _figure(r["printed"]), _figure(r["value"]),
            DASH if math.isnan(r["low"]) else f"{_figure(r['low'])} … {_figure(r['high'])}",
            page_text.VERDICTS[r["verdict"]](language), r[f"reading_{language}"],
        ]
        for r in capture.to_dict("records")
    ]  # fmt: skip
    return grid(head, rows, (2, 3, 4))


def _figure(value: float) -> str:
    return DASH if math.isnan(value) else f"{value:.4g}".replace("-", "−")


def _heads(names: Sequence[str], language: str) -> list[str]:
    return [HEADS[name](language) if name in HEADS else name for name in names]


def _regression(table: pd.DataFrame, language: str) -> dict[str, Any]:
    head = _heads(("what", "money", "years", "a (t)", "b (t)", "interval", "R²", "F", "P", "n", "one", "p_one", "p_ar", "p_walk", "DW"), language)  # fmt: skip
    rows, missing = [], []
    shown = table[table["model"].isin(list(MODELS))]
    for r in shown.to_dict("records"):
        if r["withheld"]:
            missing.append(_reason(f"{MODELS[r['model']](language)}, {MONEY[r['version']](language)}", r["withheld"], language))  # fmt: skip
            continue
        if r["version"] != VERSIONS[0] and r["model"] != "log_levels":
            continue
        rows.append(
            [
                MODELS[r["model"]](language), MONEY[r["version"]](language), _years(r), _with_t(r["a"], r["t_a"]), _with_t(r["b"], r["t_b"]),
                span(r["b_low"], r["b_high"]), number(r["r_squared"]), _rounded(r["f"]), _p(r["p"]), number(r["n"]), number(r["t_one"]),
                _p(r["p_one"]), _p(r["p_one_ar_06"]), _p(r["p_one_walk"]), number(r["durbin_watson"]),
            ]
        )  # fmt: skip
    notes = [NOTES["regression"](language)] if rows else []
    short = shown[(shown["model"] == "log_levels") & (shown["underpowered"] == 1)]
    if len(short):
        notes.append(NOTES["short"](language).format(number(float(short["n"].iloc[0]))))
    return grid(head, rows, range(3, 15), [*notes, *dict.fromkeys(missing)])


def _breaks(table: pd.DataFrame, language: str) -> dict[str, Any]:
    head = _heads(("test", "money", "year", "F", "df", "p_one", "p_ar", "p_walk", "shift"), language)
    rows, missing = [], []
    undeclared = False
    for r in table.to_dict("records"):
        if r["withheld"]:
            if math.isnan(r["year"]) and r["test"] == "chow":
                undeclared = True
            else:
                missing.append(_reason(f"{TESTS[r['test']](language)}, {MONEY[r['version']](language)}", r["withheld"], language))  # fmt: skip
            continue
        shift = (
            DASH if math.isnan(r["estimate"]) else f"{number(r['estimate'])} ({span(r['low'], r['high'])})"
        )
        rows.append(
            [
                TESTS[r["test"]](language), MONEY[r["version"]](language), number(r["year"]), _rounded(r["statistic"]),
                f"{number(r['df1'])}, {number(r['df2'])}", _p(r["p"]), _p(r["p_ar_06"]), _p(r["p_walk"]), shift,
            ]
        )  # fmt: skip
    notes = [NOTES["breaks"](language)] if rows else []
    notes += [NOTES["not_declared"](language)] if undeclared else []
    return grid(head, rows, range(2, 9), [*notes, *dict.fromkeys(missing)])


def _parts(table: pd.DataFrame, language: str) -> dict[str, Any]:
    names = ("laspeyres", "paasche", "fisher", "tornqvist")
    head = _heads(("money", "years", "kind", "value", "quantity", "unit_value", *names, "index", "mix"), language)  # fmt: skip
    rows, missing = [], []
    for r in table[table["kind"] != "year"].to_dict("records"):
        if r["withheld"]:
            missing.append(_reason(MONEY[r["version"]](language), r["withheld"], language))
        rows.append(
            [
                MONEY[r["version"]](language), _years(r), KINDS[r["kind"]](language), number(r["log_value"]), number(r["log_quantity"]),
                number(r["log_unit_value"]), *(number(r[n], 3) for n in names), number(r["unit_value_index"], 3), number(r["mix"], 3),
            ]
        )  # fmt: skip
    one = table["fisher"].isna().all() and not missing
    notes = [NOTES["parts"](language)] if rows else []
    notes += [NOTES["one_series"](language)] if one and rows else []
    return grid(head, rows, range(3, 12), [*notes, *dict.fromkeys(missing)])


def _reason(what: str, withheld: str, language: str) -> str:
    return NOTES["not_given"](language).format(what, withheld)


def _years(row: Mapping[str, Any]) -> str:
    return f"{number(row['year_from'])}–{number(row['year_to'])}"


def _with_t(value: float, t: float) -> str:
    return number(value) + ("" if math.isnan(t) else f" ({number(t)})")


def _rounded(value: float) -> str:
    return number(value, 1 if abs(value) >= 10 else 2)


def _p(value: float) -> str:
    if math.isnan(value):
        return DASH
    return number(value, 3) if value >= 0.001 else "< 0.001"


_PARTS = (
    (REGRESSION, _regression, "export_regression"),
    (BREAKS, _breaks, "export_breaks"),
    (PARTS, _parts, "export_decomposition"),
)
