"""The table exports: what its contract refuses, with file, row and column, and the series that it becomes."""

import math

import numpy as np
import pandas as pd
import pytest
from small_export_series import FX, QUANTITY, VALUE, YEARS, rows, series
from small_studies import STUDY, Check, MakeStudy

from gumflow.contract.model import Model
from gumflow.contract.study import cells_table, find_study, tidy_study
from gumflow.inference.export_series import columns_of, estimation_problems, export_series, log_values

HEAD = "year,product,quantity,unit,value,currency,fx,price_index\n"
SOUND = HEAD + "2000,,10,t,20,USD,8.3,100\n2001,,11,t,23,USD,8.2,101\n"


def errors(findings) -> list[tuple]:
    return [(f.rule, f.rows, f.column, f.value) for f in findings if f.severity == "error"]


def test_a_sound_table_is_read_with_its_types(make_study: MakeStudy, check: Check, model: Model):
    folder = make_study({"exports.csv": SOUND})
    assert errors(check(folder)) == []
    table = tidy_study(find_study(folder), model)["exports"]
    assert table[["year", "quantity", "value", "fx", "price_index"]].dtypes.eq("float64").all()
    assert table["value"].tolist() == [20, 23]
    assert table["currency"].tolist() == ["USD", "USD"]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("2000,,10", "2000,,0", ("range", (2,), "quantity", "0")),
        ("2000,,10", "2000,,-4", ("range", (2,), "quantity", "-4")),
        ("t,23", "t,0", ("range", (3,), "value", "0")),
        ("t,23", "t,much", ("number", (3,), "value", "much")),
        ("t,23", "t,", ("required", (3,), "value", "")),
        ("2001,", "2001.5,", ("integer", (3,), "year", "2001.5")),
        ("2001,", ",", ("required", (3,), "year", "")),
        ("USD,8.2", "USD,0", ("range", (3,), "fx", "0")),
        ("8.2,101", "8.2,-1", ("range", (3,), "price_index", "-1")),
        ("2001,,11", "2000,,11", ("unique", (3,), "year, product", "2000")),
        ("2001,,11,t,23,USD,8.2,101", "2000.0,,11,t,23,USD,8.3,100", ("unique", (3,), "year", "2000.0")),
        ("23,USD", "23,EUR", ("disagrees", (3,), "currency", "EUR")),
        ("11,t", "11,kg", ("disagrees", (3,), "unit", "kg")),
        ("2001,,", "2001,shirts,", ("product_mixed", (2,), "product", "")),
    ],
)  # fmt: skip
def test_each_fault_is_found_once_with_its_place(make_study: MakeStudy, check: Check, old, new, found):
    assert old in SOUND
    assert errors(check(make_study({"exports.csv": SOUND.replace(old, new)}))) == [found]


def test_rates_and_indices_of_one_year_agree_over_its_products(make_study: MakeStudy, check: Check):
    text = (
        HEAD
        + "2000,a,1,t,2,USD,8.3,100\n2000,b,1,kg,2,USD,8.30,100\n2001,a,1,t,2,USD,8,101\n2001,b,1,kg,2,USD,7.9,99\n"
    )
    found = check(make_study({"exports.csv": text}))
    assert errors(found) == [("disagrees", (5,), "fx", "7.9"), ("disagrees", (5,), "price_index", "99")]
    assert "row 4" in found[0].line()


def test_all_faults_are_reported_at_once_and_empty_optional_cells_are_none(
    make_study: MakeStudy, check: Check
):
    text = HEAD + "2000,,x,,20,,,\n2001,,0,,-1,,,\n1,,1,,1,,,\n"
    assert [e[0] for e in errors(check(make_study({"exports.csv": text})))] == ["number", "range", "range", "range", ]  # fmt: skip
    plain = "year,quantity,value\n2000,10,20\n2001,11,23\n"
    assert check(make_study({"exports.csv": plain})) == []


def test_a_case_cites_where_each_row_stands(make_study: MakeStudy, check: Check):
    case = STUDY.replace("interview", "case").replace("sample", "text")
    actors = "actor,label_en,kind,place,section,paragraphs\nacme,Acme,firm,local,1.1,1\n"
    found = check(make_study({"study.yaml": case, "actors.csv": actors, "exports.csv": SOUND}))
    assert [(f.rule, f.rows) for f in found] == [("locator", (2, 3))]


def test_a_declared_year_is_kept_with_its_cluster(make_study: MakeStudy):
    study = find_study(make_study({"study.yaml": STUDY.replace("山谷}", "山谷, break_year: 2006}")}))
    assert study.problems == ()
    assert cells_table(study)["break_year"].tolist() == ["2006"]
    wrong = find_study(make_study({"study.yaml": STUDY.replace("山谷}", "山谷, break_year: soon}")}))
    assert "break_year" in wrong.problems[0].line()


# The series ---------------------------------------------------------------------------------------------------------


def test_rows_in_any_order_are_one_series():
    table = rows(fx=FX)
    one, other = export_series(table), export_series(table.sample(frac=1, random_state=3))
    assert one.years.tolist() == list(range(1997, 2009))
    for name in ("years", "quantity", "value", "fx"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_products_are_added_up_and_kept():
    table = rows(
        [2000, 2000, 2001], [1.0, 2.0, 4.0], [10.0, 6.0, 12.0], product=["b", "a", "a"], unit="pieces"
    )
    found = export_series(table)
    assert found.products == ("a", "b")
    assert found.quantity.tolist() == [3, 4]
    assert found.value.tolist() == [16, 12]
    assert np.array_equal(found.by_product[0], [[2, 1], [4, np.nan]], equal_nan=True)
    assert (found.currency, found.unit) == ("USD", "pieces")


def test_local_currency_is_value_times_rate_and_deflated_is_in_prices_of_the_first_year():
    index = np.linspace(110, 132, 12)
    found = log_values(series(fx=FX, price_index=index))
    assert np.exp(found["local_currency"]) == pytest.approx(VALUE * FX)
    assert np.exp(found["deflated"]) == pytest.approx(VALUE * FX / (index / 110))
    assert np.exp(found["as_given"]) == pytest.approx(VALUE)


def test_what_a_version_lacks_is_said_with_the_years():
    some = FX.copy()
    some[[2, 5]] = math.nan
    found = log_values(series(fx=some, price_index=np.full(12, 100.0)))
    assert found["local_currency"] == found["deflated"] == "withheld: fx is missing in 1999, 2002"
    none = log_values(series(price_index=np.full(12, 100.0)))
    assert none["local_currency"] == "withheld: fx is missing"
    # Without any rate the values are in local currency already.
    assert np.exp(none["deflated"]) == pytest.approx(VALUE)
    assert log_values(series())["deflated"] == "withheld: price_index is missing"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"years": YEARS[:4], "quantity": QUANTITY[:4], "value": VALUE[:4]}, ["it has 4 years"]),
        ({"years": [*YEARS[:-1], 2010]}, ["years are missing: 2008, 2009"]),
        ({"quantity": np.full(12, 5.0)}, ["the quantity is the same in all years"]),
        ({"years": [2000, 2003], "quantity": [5.0, 5.0], "value": [1.0, 2.0]}, ["it has 2 years", "years are missing: 2001, 2002", "the same in all years"]),
        ({"years": [2000], "quantity": [5.0], "value": [1.0]}, ["it has 1 year,"]),
        ({}, []),
    ],
)  # fmt: skip
def test_what_bears_no_regression_is_said_with_every_reason(more, said):
    problems = estimation_problems(series(**more))
    assert len(problems) == len(said)
    for part, problem in zip(said, problems, strict=True):
        assert part in problem


def test_products_in_different_units_bear_no_regression():
    table = rows(
        np.repeat(YEARS, 2),
        np.repeat(QUANTITY, 2),
        np.repeat(VALUE, 2),
        product=["a", "b"] * 12,
        unit=["t", "kg"] * 12,
    )
    (problem,) = estimation_problems(export_series(table))
    assert "different units (kg, t)" in problem


def test_a_column_that_a_table_has_not_is_an_error():
    assert columns_of([{"a": 1}], {"a": "float64", "b": "str"}).to_dict("records") == [{"a": 1.0, "b": ""}]
    with pytest.raises(KeyError, match="no column c"):
        columns_of([{"c": 1}], {"a": "float64"})
    assert isinstance(columns_of([], {"a": "float64"}), pd.DataFrame)
