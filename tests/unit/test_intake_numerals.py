"""Numbers and dates as they stand in exports: read rightly or reported."""

import math

import numpy as np
import pytest

from gumflow.contract.findings import RULES
from gumflow.intake.numerals import read_dates, read_numbers


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("12", "", 12), (" 0.5 ", "", 0.5), (".5", "", 0.5), ("7.", "", 7), ("-3", "", -3), ("+4", "", 4), ("１２０", "", 120), ("１２．５", "", 12.5),
        ("－３", "", -3), ("−3", "", -3), ("1,200", "", 1200), ("1，200", "", 1200), ("12,345,678.5", "", 12345678.5), ("30%", "percent", 30),
        ("30％", "percent", 30), ("30 %", "%", 30), ("30", "percent", 30), ("0.3", "percent", 0.3), ("50人", "persons", 50), ("1,200 人", "persons", 1200),
        ("50 Persons", "persons", 50), ("80万元", "10k CNY", 80), ("80 10k CNY", "10k CNY", 80), ("5 sheds", "sheds", 5), ("007", "", 7),
    ],
)  # fmt: skip
def test_plain_numbers_are_read(text, unit, value):
    values, problems = read_numbers([text], unit)
    assert problems[0] == ""
    assert values[0] == value


@pytest.mark.parametrize(
    ("text", "unit", "rule"),
    [
        ("约50人", "persons", "number_not_plain"), ("50多", "persons", "number_not_plain"), ("50-60", "", "number_not_plain"), ("几十", "", "number_not_plain"),
        ("一百", "", "number_not_plain"), ("10^2", "", "number_not_plain"), ("10²", "", "number_not_plain"), ("①", "", "number_not_plain"),
        ("inf", "", "number_not_plain"), ("nan", "", "number_not_plain"), ("1_000", "", "number_not_plain"), ("٣", "", "number_not_plain"),
        ("", "", "number_not_plain"), ("人", "persons", "number_not_plain"), ("9" * 400, "", "number_not_plain"), (">50", "", "number_not_plain"),
        ("1,20", "", "number_comma"), ("12,00,000", "", "number_comma"), ("0,300", "", "number_comma"), ("1.200,5", "", "number_comma"),
        ("30%", "persons", "number_unit"), ("50万", "persons", "number_unit"), ("50万元", "persons", "number_unit"), ("50万", "10k CNY", "number_unit"),
        ("3 years", "persons", "number_unit"), ("2008-01-02", "", "number_date"), ("2008年1月2日", "", "number_date"), ("1月2日", "", "number_date"),
        ("2-Jan", "", "number_date"), ("1/2/2008", "", "number_date"), ("1.2E+05", "", "number_exponent"), ("9.13303E+17", "", "number_exponent"),
    ],
)  # fmt: skip
def test_other_texts_are_reported_and_never_guessed(text, unit, rule):
    values, problems = read_numbers([text], unit)
    assert problems[0] == rule
    assert math.isnan(values[0])
    assert all(RULES[rule])


def test_columns_keep_their_order_and_repeat_what_repeats():
    values, problems = read_numbers(["5", "x", "5", "６", ""], "persons")
    np.testing.assert_array_equal(values, [5, np.nan, 5, 6, np.nan])
    assert list(problems) == ["", "number_not_plain", "", "", "number_not_plain"]
    assert read_numbers([])[0].shape == (0,)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2008-1-2", "2008-01-02"), ("2008/01/02", "2008-01-02"), ("2008.1.2", "2008-01-02"), ("2008年1月2日", "2008-01-02"), ("20080102", "2008-01-02"),
        ("2008/1/2 9:08:07", "2008-01-02"), ("2008-01-02T10:11:12.000+08:00", "2008-01-02"), ("２００８-１-２", "2008-01-02"), ("2008-02-29", "2008-02-29"),
    ],
)  # fmt: skip
def test_dates_with_the_year_first_are_read(text, date):
    dates, problems = read_dates([text])
    assert (dates[0], problems[0]) == (date, "")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("01/02/2008", "date_order"), ("13/02/2008", "date_order"), ("1-2-08", "date_order"), ("2008-02-30", "date_unreadable"), ("2008-1/2", "date_unreadable"),
        ("39449", "date_unreadable"), ("last May", "date_unreadable"), ("", "date_unreadable"), ("330302199001011234", "date_unreadable"),
    ],
)  # fmt: skip
def test_other_dates_are_reported(text, rule):
    dates, problems = read_dates([text])
    assert (dates[0], problems[0]) == ("", rule)
