"""Numbers and dates as people write them into survey tools: read rightly, or named as unreadable, never guessed.

A plain number may have full-width digits, thousands separators in groups of three, and the unit of its item. Words, ranges,
other units, Chinese numerals and dates are problems. Each problem is named by the rule whose texts say how to mend it.
"""

import datetime
import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from gumflow.contract.checks import plain_number
from gumflow.contract.findings import RULES

RULES_NUMERALS: dict[str, tuple[str, str, str, str]] = {
    "number_not_plain": (
        "The answer is not a plain number.",
        "答案不是纯数字。",
        "Write one plain number{detail}, without words, ranges or estimates; leave the cell empty if it is not known.",
        "请写一个纯数字{detail}，不带文字、区间或估计；未知则留空。",
    ),
    "number_comma": (
        "The comma in the number does not stand before groups of three digits.",
        "数字中的逗号不是三位分节。",
        "Write 1200 or 1,200 for one thousand two hundred, and 1.2 for a decimal.",
        "一千二百请写 1200 或 1,200，小数请写 1.2。",
    ),
    "number_unit": (
        "The number has a unit that is not the question's.",
        "数字的单位与题目不符。",
        "Convert it and write the number alone{detail}.",
        "请换算后只写数字{detail}。",
    ),
    "number_date": (
        "A date stands where a number is asked; spreadsheets turn entries such as 1-2 into dates.",
        "此处应为数字，却是日期；电子表格会把 1-2 之类的内容转成日期。",
        "Look up the answer and write it as a plain number{detail}.",
        "请核对原答案，写成纯数字{detail}。",
    ),
    "number_exponent": (
        "The number was shortened to a power of ten by a spreadsheet; its digits may be lost.",
        "数字被电子表格缩写为科学计数法，位数可能已丢失。",
        "Write all its digits.",
        "请写出全部数字。",
    ),
    "date_order": (
        "The date does not begin with the year, so day and month cannot be told apart.",
        "日期不以年份开头，无法分辨日和月。",
        "Write it as 2008-01-31.",
        "请写成 2008-01-31。",
    ),
    "date_unreadable": (
        "The value is not a date, or there is no such day.",
        "取值不是日期，或没有这一天。",
        "Write it as 2008-01-31.",
        "请写成 2008-01-31。",
    ),
}
RULES.update(RULES_NUMERALS)

# The words for a unit that may stand behind a number, besides the unit's own name.
UNIT_WORDS: dict[str, tuple[str, ...]] = {
    "persons": ("人", "名", "person", "people"),
    "percent": ("%",),
    "%": ("percent",),
    "projects": ("项", "个", "project"),
    "10k CNY": ("万元", "万元人民币", "万人民币"),
    "10k USD": ("万美元",),
    "CNY": ("元", "元人民币"),
    "USD": ("美元",),
    "years": ("年", "year"),
    "firms": ("家", "家企业", "firm"),
    "suppliers": ("家", "supplier"),
    "times": ("次", "time"),
    "items": ("项", "个", "item"),
    "10k pieces per month": ("万件", "万件/月"),
}
_PLAIN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_NUMBER = re.compile(_PLAIN)
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_EXPONENT = re.compile(_PLAIN + r"[eE][+-]?[0-9]+")
_WITH_WORD = re.compile(rf"(?:{_PLAIN}|{_GROUPED.pattern})\s*(\D+)")
_TIME = r"(?:[ T]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\s*(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_CHINESE_DATE = re.compile(rf"([0-9]{{4}})年([0-9]{{1,2}})月([0-9]{{1,2}})[日号]{_TIME}")
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(rf"[0-9]{{1,2}}([-/.])[0-9]{{1,2}}\1(?:[0-9]{{4}}|[0-9]{{2}}){_TIME}")
_DAY_AND_MONTH = re.compile(r"[0-9]{1,2}月[0-9]{1,2}[日号]?|[0-9]{1,2}-[A-Za-z]{3}|[A-Za-z]{3}-[0-9]{1,2}")


def read_numbers(texts: Sequence[str] | pd.Series, unit: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers in `texts` and the rule that each breaks ("" where it was read; its number is then not NaN).

    `unit` is the unit of the item: its words may stand behind the number (50人 for persons), and a percent sign where it is percent
    (30% is 30). Negative numbers are read: whether they are allowed is for the limits of the item. Read are ASCII and full-width
    digits with a point as decimal sign; 1,200 has its comma before three digits. All else is reported: 约50人, 50-60, 一百, 10^2, ①,
    inf, nan, 1.2E+05, dates.
    """
    codes, distinct = pd.factorize(pd.Series(texts, dtype="str"))
    words = pd.Series(distinct, dtype="str").str.strip()
    plain = words.str.fullmatch(_PLAIN).to_numpy(dtype=bool)
    values = np.full(len(words), np.nan)
    values[plain] = words[plain].astype("float64")
    # Digits without end overflow to infinity.
    plain = plain & np.isfinite(values)
    problems = np.full(len(words), "", dtype=object)
    for i in np.flatnonzero(~plain):
        values[i], problems[i] = _read_number(words[i], unit)
    return values[codes], problems[codes]


def _read_number(text: str, unit: str) -> tuple[float, str]:
    text = plain_number(text)
    number = _without_unit(text, unit)
    if _NUMBER.fullmatch(number) or _GROUPED.fullmatch(number):
        value = float(number.replace(",", ""))
        return (value, "") if np.isfinite(value) else (np.nan, "number_not_plain")
    return np.nan, _number_problem(text, number)


def _unit_words(unit: str) -> tuple[str, ...]:
    return (unit, *UNIT_WORDS.get(unit, ())) if unit else ()


def unit_in_chinese(unit: str) -> str:
    """Return the Chinese word for a unit, the unit itself where there is none."""
    return next((word for word in UNIT_WORDS.get(unit, ()) if not word.isascii()), unit)


def _without_unit(text: str, unit: str) -> str:
    low = text.casefold()
    for word in sorted((plain_number(w).casefold() for w in _unit_words(unit)), key=len, reverse=True):
        if low.endswith(word):
            return text[: -len(word)].rstrip()
    return text


def _number_problem(text: str, number: str) -> str:
    """Return the rule that says best why the text (without unit: `number`) is no plain number."""
    if any(p.fullmatch(text) for p in (_YEAR_FIRST, _CHINESE_DATE, _YEAR_LAST, _DAY_AND_MONTH)):
        return "number_date"
    if _EXPONENT.fullmatch(number):
        return "number_exponent"
    if re.fullmatch(r"[+-]?[0-9]+(?:[.,][0-9]+)*,[0-9]*(?:[.,][0-9]+)*", number):
        return "number_comma"
    known = {plain_number(w).casefold() for unit in UNIT_WORDS for w in _unit_words(unit)}
    word = _WITH_WORD.fullmatch(text)
    return (
        "number_unit"
        if word and word[1].strip().casefold() in known | {"万", "千", "百", "亿"}
        else "number_not_plain"
    )


def read_dates(texts: Sequence[str] | pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return dates as YYYY-MM-DD ("" where unread) and the rule that each text breaks ("" where read).

    Read are dates with the year first (2008-1-2, 2008/01/02, 2008.1.2, 20080102, 2008年1月2日), with or without a time of day, which
    is dropped. 01/02/2008 has two readings and is reported, and so is every date with the year last.
    """
    codes, distinct = pd.factorize(pd.Series(texts, dtype="str"))
    read = [_read_date(plain_number(text)) for text in distinct]
    dates = np.array([d for d, _ in read], dtype=object)
    problems = np.array([p for _, p in read], dtype=object)
    return dates[codes], problems[codes]


def _read_date(text: str) -> tuple[str, str]:
    if _YEAR_LAST.fullmatch(text):
        return "", "date_order"
    forms: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, ...]]], ...] = (
        (_YEAR_FIRST, lambda m: m.group(1, 3, 4)),
        (_CHINESE_DATE, lambda m: m.group(1, 2, 3)),
        (_COMPACT, lambda m: m.group(1, 2, 3)),
    )
    for form, parts in forms:
        match = form.fullmatch(text)
        if match:
            try:
                return datetime.date(*map(int, parts(match))).isoformat(), ""
            except ValueError:
                break
    return "", "date_unreadable"
