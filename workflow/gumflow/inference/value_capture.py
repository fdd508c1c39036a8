"""Value capture: the printed export regression and prices of a case, set beside what they imply.

The book regresses ln M on ln Q (export value on export quantity, Ningbo, 1997-2008; 4.1.3) and reads a slope above 1 as bargaining power.
Nothing is re-estimated here, since the yearly figures are lost; everything follows by algebra from the printed figures:
in a regression on one variable t(slope)^2 = F, R2 = F / (F + n - 2), se = b / t, and the test of b = 1 is the test of a trend of the unit
value ln(M/Q) on ln Q, whose R2 is t^2 / (t^2 + n - 2) (Wooldridge 2013, Introductory Econometrics, ch. 4).
"""

import math
from dataclasses import dataclass

import pandas as pd

from gumflow.measures.registry import measure
from gumflow.networks.layers import BOUNDARIES

COLUMNS = [
    "study",
    "cluster",
    "wave",
    "item",
    "printed",
    "value",
    "low",
    "high",
    "verdict",
    "reading_en",
    "reading_zh",
    "grade",
]
VERDICTS = ("as_printed", "agrees", "differs", "derived", "not_supported")
# The central parity of 21 July 2005, the first day of the exchange-rate reform (People's Bank of China); not printed in the book.
USD_CNY_REFORM = 8.11


def value_capture_table(facts: pd.DataFrame) -> pd.DataFrame:
    """Return, per cluster, each printed figure on value capture with what it implies and how it should be read.

    Columns: item, printed (the figure as a number, NaN if derived), value (recomputed or derived), low and high (what the rounding of the
    printed figures allows, or a confidence interval where the item says so), verdict, reading in English and Chinese. A cluster without such figures has no row.
    """
    rows: list[dict] = []
    for (study, cluster, wave, grade), mine in facts.groupby(
        ["study", "cluster", "wave", "grade"], sort=True
    ):
        known = mine.set_index("fact")
        found = [*_regression(known), *_exchange_rate(known), *_lighters(known)]
        rows += [{"study": study, "cluster": cluster, "wave": wave, "grade": grade, **r} for r in found]
    table = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("printed", "value", "low", "high"):
        table[column] = table[column].astype("float64")
    for column in set(COLUMNS) - {"printed", "value", "low", "high"}:
        table[column] = table[column].astype("str")
    return table


def _item(
    item: str,
    printed: float,
    value: float,
    verdict: str,
    en: str,
    zh: str,
    low: float = math.nan,
    high: float = math.nan,
) -> dict:
    return {
        "item": item, "printed": printed, "value": value, "low": low, "high": high,
        "verdict": verdict, "reading_en": en, "reading_zh": zh,
    }  # fmt: skip


def _half_unit(printed: float) -> float:
    """Return half of the last printed digit: how far rounding may have moved a figure."""
    digits = f"{printed:.12g}".partition(".")[2]
    return 0.5 * 10.0 ** -len(digits)


@dataclass(frozen=True)
class PrintedRegression:
    """A regression of ln M on ln Q as printed, its t values told apart by F, and what follows from it by algebra."""

    intercept: float
    slope: float
    t_slope: float
    t_intercept: float
    swapped: bool
    r_squared: float
    f: float
    n: int

    @property
    def root_f(self) -> float:
        """Return sqrt(F), which the slope's t value equals."""
        return math.sqrt(self.f)

    @property
    def t_fits(self) -> bool:
        """Return whether the slope's t value equals sqrt(F) up to the rounding of both."""
        return abs(self.t_slope - self.root_f) <= _half_unit(self.t_slope) + _half_unit(self.f) / (
            2 * self.root_f
        )

    @property
    def df(self) -> int:
        """Return the residual degrees of freedom."""
        return self.n - 2

    @property
    def se(self) -> float:
        """Return the standard error of the slope."""
        return self.slope / self.t_slope

    @property
    def t_one(self) -> float:
        """Return t of the hypothesis that the slope is 1, which is t of the slope of ln(M/Q) on ln Q."""
        return (self.slope - 1) / self.se

    @property
    def r_squared_unit_value(self) -> float:
        """Return R2 of the regression of ln(M/Q) on ln Q."""
        return self.t_one**2 / (self.t_one**2 + self.df)

    @property
    def r_squared_from_f(self) -> float:
        """Return R2 as F implies it."""
        return self.f / (self.f + self.df)

    @property
    def p_from_f(self) -> float:
        """Return the p value of F with 1 and n - 2 degrees of freedom."""
        from scipy import special

        return float(special.fdtrc(1, self.df, self.f))

    def p_one(self) -> float:
        """Return the two-sided p of the hypothesis that the slope is 1."""
        from scipy import special

        return float(2 * special.stdtr(self.df, -abs(self.t_one)))

    def interval(self) -> tuple[float, float]:
        """Return the 95 % confidence interval of the slope (normal errors, no serial correlation)."""
        from scipy import special

        critical = float(special.stdtrit(self.df, 0.975))
        return self.slope - critical * self.se, self.slope + critical * self.se

    def t_one_band(self) -> tuple[float, float]:
        """Return the least and largest t of slope = 1 that the rounding of the printed slope allows."""
        half = _half_unit(self.slope)
        band = [(x - 1) / (x / self.t_slope) for x in (self.slope - half, self.slope + half)]
        return min(band), max(band)


def _printed_regression(f: pd.DataFrame) -> PrintedRegression | None:
    """Return the regression if all its figures are printed and can be those of a regression; the sample is the slope's years."""
    names = ("intercept", "slope", "t_first", "t_second", "r2", "f")
    if not {f"regression_{n}" for n in names} <= set(f.index):
        return None
    a, b, first, second, r2, f_value = (float(f.at[f"regression_{n}", "value"]) for n in names)
    years = f.at["regression_slope", "year_to"] - f.at["regression_slope", "year"]
    if math.isnan(years) or years < 2 or f_value <= 0 or 0 in (b, first, second):
        return None
    swapped = abs(first - math.sqrt(f_value)) < abs(second - math.sqrt(f_value))
    t_slope, t_intercept = (first, second) if swapped else (second, first)
    return PrintedRegression(a, b, t_slope, t_intercept, swapped, r2, f_value, int(years) + 1)


def _regression(f: pd.DataFrame) -> list[dict]:
    r = _printed_regression(f)
    if r is None:
        return []
    a, b = r.intercept, r.slope
    return [
        _item("slope", b, b, "as_printed", f"ln M on ln Q, n = {r.n}: 1 % more quantity goes with {b:g} % more value.",
              f"ln M 对 ln Q 回归，n = {r.n}：数量增加 1%，金额增加 {b:g}%。"),
        _item("intercept", a, a, "as_printed", "Constant of the regression.", "回归常数项。"),
        *_t_items(r),
        _item("r_squared", r.r_squared, r.r_squared_from_f,
              "agrees" if abs(r.r_squared - r.r_squared_from_f) <= _half_unit(r.r_squared) else "differs",
              "R2 = F / (F + n - 2). High by construction: quantity is on both sides.", "R² = F /(F + n − 2)。因两侧都含数量，必然很高。"),
        _item("f_of_regression", r.f, r.f, "as_printed", "F of the regression; with one variable it is the square of the slope's t value.",
              "回归的 F 值；一元回归中等于斜率 t 值的平方。"),
        *_p_item(f, r),
        _item("se_slope", math.nan, r.se, "derived", "Standard error of the slope, b / t.", "斜率标准误 b / t。"),
        _item("slope_interval", math.nan, b, "derived", "95 % confidence interval of the slope (normal errors, no serial correlation assumed).",
              "斜率的 95% 置信区间（假定正态误差、无序列相关）。", *r.interval()),
        *_slope_one_items(r),
        *_early_slope(f, b),
    ]  # fmt: skip


def _p_item(f: pd.DataFrame, r: PrintedRegression) -> list[dict]:
    if "regression_p" not in f.index:
        return []
    printed, p = float(f.at["regression_p", "value"]), r.p_from_f
    # A P value is printed with two decimals, of which a number that is read keeps none where they are 0.
    verdict = "agrees" if abs(printed - p) <= 0.005 else "differs"
    return [
        _item("p_of_regression", printed, p, verdict, f"P of F = {r.f:g} with 1 and {r.df} degrees of freedom is {p:.2g}.",
              f"F = {r.f:g}（自由度 1 与 {r.df}）的 P 值为 {p:.2g}。")
    ]  # fmt: skip


def _t_items(r: PrintedRegression) -> list[dict]:
    root, t = r.root_f, r.t_slope
    if not r.t_fits:
        verdict, en, zh = "differs", "and neither printed t value equals it", "两个 t 值均与之不符"
    elif r.swapped:
        verdict = "differs"
        en = f"the t value {t:g} is printed under the intercept, but it is the slope's"
        zh = f"t 值 {t:g} 印在截距之下，实为斜率的 t 值"
    else:
        verdict, en, zh = (
            "agrees",
            f"the t value {t:g} is the slope's, as printed",
            f"t 值 {t:g} 印在斜率之下，正确",
        )
    return [
        _item("t_slope", t, root, verdict, f"Square root of F = {root:.2f}: {en}.", f"F 的平方根为 {root:.2f}：{zh}。"),
        _item("t_intercept", r.t_intercept, r.t_intercept, "differs" if r.swapped and r.t_fits else "as_printed",
              f"The other t value, {r.t_intercept:g}, belongs to the intercept.", f"另一个 t 值 {r.t_intercept:g} 属于截距。"),
    ]  # fmt: skip


def _slope_one_items(r: PrintedRegression) -> list[dict]:
    p = r.p_one()
    side = "exceeds" if r.slope > 1 else "is not above"
    side_zh = "大于" if r.slope > 1 else "不大于"
    told, told_zh = ("no evidence of bargaining power", "不能证明有议价能力")
    if p < 0.05:
        told, told_zh = "told apart from 1 by this test", "该检验可将其与 1 区分"
    return [
        _item("t_of_slope_one", math.nan, r.t_one, "not_supported" if p >= 0.05 else "derived",
              f"Test of slope = 1: t = {r.t_one:.2f}, p = {p:.2f}. That {r.slope:g} {side} 1 is {told}; low and high are what rounding allows.",
              f"检验斜率 = 1：t = {r.t_one:.2f}，p = {p:.2f}。“{r.slope:g} {side_zh} 1”{told_zh}；上下限为四舍五入允许的范围。",
              *r.t_one_band()),
        _item("p_of_slope_one", math.nan, p, "derived", "Two-sided p of that test.", "上述检验的双侧 p 值。"),
        _item("r_squared_unit_value", math.nan, r.r_squared_unit_value, "derived",
              "R2 of the same regression written for the unit value, ln(M/Q) on ln Q: the share of its variation that goes with quantity.",
              "同一回归改写为单价形式 ln(M/Q) 对 ln Q 的 R²：单价变动中随数量而变的比例。"),
    ]  # fmt: skip


def _early_slope(f: pd.DataFrame, slope: float) -> list[dict]:
    if "regression_slope_1997_2005" not in f.index:
        return []
    early = float(f.at["regression_slope_1997_2005", "value"])
    return [
        _item("slope_1997_2005", early, early, "not_supported",
              f"The slope for 1997-2005. Its distance from {slope:g} is set against the exchange rate in the text; a slope and a rate of change cannot be "
              "compared, and no test of a break is printed.",
              f"1997—2005 年的斜率。原文将其与 {slope:g} 之差同汇率变动相比；斜率与变动率不可比，且未报告断点检验。")
    ]  # fmt: skip


def _exchange_rate(f: pd.DataFrame) -> list[dict]:
    if not {"rmb_appreciation", "usd_cny_2008_04_10"} <= set(f.index):
        return []
    printed, rate = float(f.at["rmb_appreciation", "value"]), float(f.at["usd_cny_2008_04_10", "value"])
    if rate <= 0:
        return []
    fall, rise = 100 * (1 - rate / USD_CNY_REFORM), 100 * (USD_CNY_REFORM / rate - 1)
    half = _half_unit(printed)
    if abs(printed - rise) <= half:
        verdict, en, zh = "agrees", "as printed", "与原文一致"
    elif abs(printed - fall) <= half:
        verdict, en, zh = (
            "differs",
            f"the printed {printed:g} % is the fall of the dollar",
            f"原文 {printed:g}% 是美元的跌幅",
        )
    else:
        verdict, en, zh = (
            "differs",
            f"the printed {printed:g} % is neither",
            f"原文 {printed:g}% 与两者均不符",
        )
    move = f"From {USD_CNY_REFORM:g} to {rate:g} the dollar fell by {fall:.1f} % and the renminbi rose by {rise:.1f} %"
    move_zh = f"由 {USD_CNY_REFORM:g} 至 {rate:g}，美元下跌 {fall:.1f}%，人民币升值 {rise:.1f}%"
    return [_item("rmb_appreciation", printed, rise, verdict, f"{move}; {en}.", f"{move_zh}；{zh}。")]  # fmt: skip


def _lighters(f: pd.DataFrame) -> list[dict]:
    quantity, value = "lighters_export_quantity_2008h1", "lighters_export_value_2008h1"
    price, growth = "lighters_unit_price_2008h1", "lighters_unit_price_growth_2008h1"
    dq, dv = "lighters_quantity_growth_2008h1", "lighters_value_growth_2008h1"
    if not {quantity, value, price, growth, dq, dv} <= set(f.index):
        return []
    q, m, p, g, gq, gm = (float(f.at[n, "value"]) for n in (quantity, value, price, growth, dq, dv))
    if q <= 0 or gq <= -100:
        return []
    implied = m / q
    change = 100 * ((1 + gm / 100) / (1 + gq / 100) - 1)
    same, grown = abs(implied - p) <= _half_unit(p), abs(change - g) <= _half_unit(g)
    return [
        _item("unit_price", p, implied, "agrees" if same else "differs",
              f"Value over quantity gives {implied:.3f} dollars a piece" + (", as printed." if same else f", not {p:g}."),
              f"金额除以数量为每只 {implied:.3f} 美元，" + ("与原文一致。" if same else f"而非 {p:g}。")),
        _item("unit_price_growth", g, change, "agrees" if grown else "differs",
              f"The printed growth of value and quantity imply {change:.1f} % for the price" + (", as printed." if grown else f", not {g:g} %."),
              f"由金额与数量的增幅推算，单价增幅为 {change:.1f}%，" + ("与原文一致。" if grown else f"而非 {g:g}%。")),
    ]  # fmt: skip


_ALGEBRA = "Wooldridge 2013, Introductory Econometrics, ch. 4 and appendix 6"
for _name, _en, _zh, _formula, _source in (
    ("slope", "Slope of ln value on ln quantity", "ln 金额对 ln 数量的斜率", "as printed", "The book, 4.1.3 (data of 1997-2008)"),
    ("intercept", "Constant of that regression", "该回归的常数项", "as printed", "The book, 4.1.3 (data of 1997-2008)"),
    ("t_slope", "t value of the slope", "斜率的 t 值", "sqrt(F)", _ALGEBRA),
    ("t_intercept", "t value of the constant", "常数项的 t 值", "the printed t value that is not sqrt(F)", _ALGEBRA),
    ("r_squared", "R2 of the regression", "回归的 R²", "F / (F + n - 2)", _ALGEBRA),
    ("f_of_regression", "F of the regression", "回归的 F 值", "as printed", "The book, 4.1.3 (data of 1997-2008)"),
    ("p_of_regression", "P of the regression", "回归的 P 值", "P(F(1, n - 2) > F)", _ALGEBRA),
    ("se_slope", "Standard error of the slope", "斜率的标准误", "b / t", _ALGEBRA),
    ("slope_interval", "95 % interval of the slope", "斜率的 95% 置信区间", "b -+ t(0.975, n - 2) b / t", _ALGEBRA),
    ("t_of_slope_one", "t value of slope = 1", "斜率等于 1 的 t 检验", "(b - 1) / se", _ALGEBRA),
    ("p_of_slope_one", "p of slope = 1", "斜率等于 1 的 p 值", "2 P(T > |t|), n - 2 degrees of freedom", _ALGEBRA),
    ("r_squared_unit_value", "R2 of the unit-value form", "单价形式的 R²", "t1^2 / (t1^2 + n - 2), t1 of slope = 1", _ALGEBRA),
    ("slope_1997_2005", "Slope for 1997-2005", "1997—2005 年的斜率", "as printed", "The book, 4.1.3 (data of 1997-2008)"),
    ("rmb_appreciation", "Rise of the renminbi, %", "人民币升值幅度（%）", "100 (8.11 / rate - 1)", "People's Bank of China, central parity of 21 July 2005"),
    ("unit_price", "Unit price", "单价", "value / quantity", _ALGEBRA),
    ("unit_price_growth", "Growth of the unit price, %", "单价增幅（%）", "100 ((1 + g_value) / (1 + g_quantity) - 1)", _ALGEBRA),
):  # fmt: skip
    measure(
        name=_name,
        level="cluster",
        label_en=_en,
        label_zh=_zh,
        definition="An item of the table value_capture: the printed figure beside what the other printed figures imply, with a reading of each.",
        formula=_formula,
        source=_source,
        boundaries=BOUNDARIES,
        cost="linear",
        undefined="the source does not print the figures that it needs",
    )(value_capture_table)
