"""Index numbers against a worked example and plain loops, their known properties, and decompositions that add up."""

import math

import numpy as np
import pandas as pd
import pytest
from small_export_series import FX, QUANTITY, VALUE, YEARS, rows

from gumflow.inference.export_series import export_series, log_values
from gumflow.inference.price_indices import (
    DIFFERENT_UNITS,
    NO_MATCH,
    NO_PRODUCTS,
    decomposition_records,
    price_indices,
)

P0, P1 = np.array([1, 2, 5.0]), np.array([1.2, 1.8, 6])
Q0, Q1 = np.array([10, 8, 3.0]), np.array([9, 12, 2.5])


def of(p0, p1, q0, q1):
    return price_indices((q0, q1), (p0 * q0, p1 * q1))


def drawn(seed: int, n: int = 6):
    rng = np.random.default_rng(seed)
    return [np.exp(rng.normal(1, 0.7, n)) for _ in range(4)]


def test_a_worked_example():
    found = of(P0, P1, Q0, Q1)
    assert found.laspeyres == pytest.approx(1.0829268, abs=1e-7)
    assert found.paasche == pytest.approx(1.0417582, abs=1e-7)
    assert found.fisher == pytest.approx(1.0621431, abs=1e-7)
    assert found.tornqvist == pytest.approx(1.0625170, abs=1e-7)
    assert found.fisher * found.quantity_fisher == pytest.approx(1.1560976, abs=1e-7)
    assert found.unit_value == pytest.approx(1.0331085, abs=1e-7)
    # Prices rise by 6 %, the unit value by 3 %: cheaper products gained.
    assert found.mix == pytest.approx(1.0331085 / 1.0621431, abs=1e-7)


@pytest.mark.parametrize("seed", range(5))
def test_plain_loops_give_the_same(seed):
    p0, p1, q0, q1 = drawn(seed)
    n = range(len(p0))
    laspeyres = sum(p1[i] * q0[i] for i in n) / sum(p0[i] * q0[i] for i in n)
    paasche = sum(p1[i] * q1[i] for i in n) / sum(p0[i] * q1[i] for i in n)
    value0, value1 = sum(p0[i] * q0[i] for i in n), sum(p1[i] * q1[i] for i in n)
    tornqvist = math.prod(
        (p1[i] / p0[i]) ** ((p0[i] * q0[i] / value0 + p1[i] * q1[i] / value1) / 2) for i in n
    )
    by_quantity = math.sqrt(sum(p0[i] * q1[i] for i in n) / value0 * value1 / sum(p1[i] * q0[i] for i in n))
    found = of(p0, p1, q0, q1)
    wanted = (laspeyres, paasche, math.sqrt(laspeyres * paasche), tornqvist, by_quantity)
    assert (
        found.laspeyres,
        found.paasche,
        found.fisher,
        found.tornqvist,
        found.quantity_fisher,
    ) == pytest.approx(wanted, rel=1e-10)
    assert found.unit_value == pytest.approx(value1 / value0 / (sum(q1) / sum(q0)), rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_known_properties(seed):
    p0, p1, q0, q1 = drawn(seed)
    found, back = of(p0, p1, q0, q1), of(p1, p0, q1, q0)
    # Time reversal holds for Fisher and Tornqvist; Laspeyres back is one over Paasche.
    assert found.fisher * back.fisher == pytest.approx(1, rel=1e-12)
    assert found.tornqvist * back.tornqvist == pytest.approx(1, rel=1e-12)
    assert found.laspeyres * back.paasche == pytest.approx(1, rel=1e-12)
    # Units of a product and the order of products do not matter to prices, but units do to the unit value.
    units = np.exp(np.arange(6.0))
    other = of(p0 / units, p1 / units, q0 * units, q1 * units)
    assert (other.fisher, other.tornqvist) == pytest.approx((found.fisher, found.tornqvist), rel=1e-10)
    assert abs(other.unit_value - found.unit_value) > 1e-3
    turned = of(p0[::-1], p1[::-1], q0[::-1], q1[::-1])
    assert turned.fisher == pytest.approx(found.fisher, rel=1e-12)
    # Equal price changes: every index is that change, whatever the quantities do.
    even = of(p0, 1.3 * p0, q0, q1)
    assert (even.laspeyres, even.paasche, even.fisher, even.tornqvist) == pytest.approx((1.3,) * 4, rel=1e-12)


def products(quantity, value, years=(2000, 2001, 2002), names=("a", "b", "c"), **more) -> pd.DataFrame:
    """Return rows by product; a quantity of 0 is a product that was not exported and has no row."""
    quantity, value = np.asarray(quantity, dtype=float), np.asarray(value, dtype=float)
    at = [(t, k) for t in range(len(quantity)) for k in range(quantity.shape[1]) if quantity[t, k] > 0]
    t, k = (np.array(x) for x in zip(*at, strict=True))
    columns = {"product": np.array(names)[k]} | {name: np.asarray(v)[k] for name, v in more.items()}
    return rows(np.array(years)[t], quantity[t, k], value[t, k], **columns)


def records(table: pd.DataFrame, version: str = "as_given") -> pd.DataFrame:
    series = export_series(table)
    return pd.DataFrame(decomposition_records(series, version, log_values(series)[version]))


QUANTITIES = [Q0, Q1, [8, 14, 2]]
VALUES = [Q0 * P0, Q1 * P1, np.array([8, 14, 2]) * np.array([1.3, 1.9, 7])]


def test_value_is_quantity_and_unit_value_year_by_year_and_over_all_years():
    table = records(rows())
    assert (table["log_quantity"] + table["log_unit_value"]).tolist() == pytest.approx(
        table["log_value"].tolist()
    )
    links, (whole,) = table[table["kind"] == "year"], table[table["kind"] == "whole"].to_dict("records")
    assert len(links) == 11
    assert links["log_unit_value"].sum() == pytest.approx(whole["log_unit_value"])
    assert whole["log_value"] == pytest.approx(math.log(54215 / 14648))
    assert whole["unit_value_share"] == pytest.approx(whole["log_unit_value"] / whole["log_value"])
    assert 0.04 < whole["unit_value_share"] < 0.05
    assert set(table["kind"]) == {"year", "whole"}
    assert table["caution"].str.contains(NO_PRODUCTS).all()


def test_other_money_moves_the_price_part_alone():
    given = records(rows(fx=FX, price_index=np.linspace(100, 125, 12)))
    local = records(rows(fx=FX, price_index=np.linspace(100, 125, 12)), "local_currency")
    deflated = records(rows(fx=FX, price_index=np.linspace(100, 125, 12)), "deflated")
    assert local["log_quantity"].tolist() == given["log_quantity"].tolist()
    last = -1
    rate = math.log(6.9477 / 8.3193)
    assert local["log_value"].iloc[last] - given["log_value"].iloc[last] == pytest.approx(rate)
    assert deflated["log_unit_value"].iloc[last] - local["log_unit_value"].iloc[last] == pytest.approx(
        -math.log(1.25)
    )


def test_products_tell_price_from_mix_and_links_multiply():
    table = records(products(QUANTITIES, VALUES)).set_index("kind")
    first = table.loc["year"].iloc[0]
    assert (first["fisher"], first["unit_value_index"]) == pytest.approx((1.0621431, 1.0331085), abs=1e-7)
    assert math.log(first["fisher"] * first["mix"]) == pytest.approx(first["log_unit_value"])
    for kind in ("whole", "chained"):
        row = table.loc[kind]
        assert row["fisher"] * row["quantity_fisher"] == pytest.approx(math.exp(row["log_value"]))
        assert (row["matched_from"], row["matched_to"], row["entry_exit"]) == pytest.approx((1, 1, 1))
    links = table.loc["year"]
    for name in ("laspeyres", "paasche", "fisher", "tornqvist", "unit_value_index"):
        assert table.at["chained", name] == pytest.approx(links[name].prod())
    direct = of(
        np.array(VALUES[0]) / QUANTITIES[0],
        VALUES[2] / np.array(QUANTITIES[2]),
        Q0,
        np.array(QUANTITIES[2], dtype=float),
    )
    assert table.at["whole", "laspeyres"] == pytest.approx(direct.laspeyres)
    assert (table["caution"] == "").all()


def test_products_of_one_year_alone_are_entry_and_exit_and_not_price():
    quantities = [[10, 8, 3], [9, 12, 0], [8, 14, 2]]
    table = records(products(quantities, VALUES)).set_index("kind")
    first = table.loc["year"].iloc[0]
    two = of(P0[:2], P1[:2], Q0[:2], Q1[:2])
    assert first["fisher"] == pytest.approx(two.fisher)
    assert first["matched_from"] == pytest.approx(26 / 41)
    assert first["matched_to"] == 1
    parts = first["fisher"] * first["quantity_fisher"] * first["entry_exit"]
    assert parts == pytest.approx(math.exp(first["log_value"]))
    assert table.at["chained", "matched_from"] == pytest.approx(26 / 41)


def test_without_a_product_in_both_years_prices_are_withheld_and_said_so():
    table = records(products([[5, 0], [0, 4], [3, 4]], [[5, 0], [0, 8], [4, 8]], names=("a", "b"))).set_index(
        "kind"
    )
    assert table.loc["year", "withheld"].fillna("").tolist() == [NO_MATCH, ""]
    assert table.at["chained", "withheld"] == NO_MATCH
    assert table.loc["whole", "fisher"] == pytest.approx(4 / 3)
    assert table.loc["year", "log_value"].notna().all()


def test_products_in_different_units_have_prices_and_no_unit_value():
    table = records(products(QUANTITIES, VALUES, unit=["pieces", "pieces", "tons"]))
    assert table["log_unit_value"].isna().all()
    assert table["mix"].isna().all()
    assert table["fisher"].iloc[0] == pytest.approx(1.0621431, abs=1e-7)
    assert (table["caution"] == DIFFERENT_UNITS).all()


def test_one_year_has_nothing_to_compare_and_two_have_one_change():
    assert records(rows(YEARS[:1], QUANTITY[:1], VALUE[:1])).empty
    two = records(rows(YEARS[:2], QUANTITY[:2], VALUE[:2]))
    assert two["kind"].tolist() == ["year", "whole"]


def test_a_value_that_did_not_change_has_no_share_of_growth():
    table = records(rows([2000, 2001], [10.0, 8.0], [20.0, 20.0]))
    assert table["unit_value_share"].isna().all()
    assert table["log_unit_value"].iloc[0] == pytest.approx(math.log(1.25))
