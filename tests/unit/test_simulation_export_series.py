"""Synthetic exports: the estimates find the slope, the shift, the prices and the mix that they were drawn with."""

import copy
import math

import numpy as np
import pytest
from small_studies import ROOT

from gumflow.inference.export_breaks import level_shift
from gumflow.inference.export_regression import fit_line
from gumflow.inference.export_series import export_series, log_values
from gumflow.inference.price_indices import decomposition_records
from gumflow.simulation.export_series import export_tables
from gumflow.simulation.parameters import load_parameters, meanings, parameter_problems

PARAMETERS = load_parameters(ROOT / "config" / "simulation" / "demo.yaml")
OWN = PARAMETERS["clusters"]["apparel"]["export_series"]
WAVES = list(PARAMETERS["waves"])


EVEN = {name: product | {"trend": 0.0} for name, product in OWN["products"].items()}


def made(seed: int = 2009, **changes):
    tables, truth = export_tables("apparel", OWN | changes, WAVES, seed)
    return [table.assign(unit=OWN["unit"]) for table in tables], truth


def test_a_wave_has_the_years_before_it_and_the_next_one_continues_them():
    (first, last), truth = made()
    assert (first["year"].max(), last["year"].max()) == (2006, 2008)
    assert last[last["year"] <= 2006].reset_index(drop=True).equals(first)
    assert truth["year"].tolist() == list(range(1997, 2009))
    assert (last[["quantity", "value"]] > 0).all().all()
    assert made()[1].equals(truth)
    assert not made(seed=1)[1].equals(truth)


def test_prices_of_products_and_the_mix_are_the_true_ones():
    (_, table), truth = made(products=EVEN)
    series = export_series(table)
    rows = decomposition_records(series, "as_given", log_values(series)["as_given"])
    # Every product's price moves with the common level, so all indices are that level but for rounding.
    for row, before, after in zip(
        rows, truth.to_dict("records")[:-1], truth.to_dict("records")[1:], strict=False
    ):
        step = math.exp(after["log_price"] - before["log_price"])
        indices = [row[name] for name in ("laspeyres", "paasche", "fisher", "tornqvist")]
        assert indices == pytest.approx([step] * 4, rel=1e-6)
        assert row["mix"] == pytest.approx(after["mix"] / before["mix"], rel=1e-6)
    assert series.log_quantity == pytest.approx(truth["log_quantity"].to_numpy(), abs=1e-6)


def test_products_with_trends_of_their_own_tell_the_indices_apart():
    (_, table), truth = made()
    series = export_series(table)
    rows = decomposition_records(series, "as_given", log_values(series)["as_given"])
    whole = next(row for row in rows if row["kind"] == "whole")
    common = math.exp(truth["log_price"].iloc[-1] - truth["log_price"].iloc[0])
    steps = [common * math.exp(11 * OWN["products"][name]["trend"]) for name in ("knitwear", "menswear")]
    assert steps[0] < whole["laspeyres"] < whole["fisher"] < whole["paasche"] < steps[1]


def test_slope_and_shift_are_found_on_average_over_many_draws():
    slopes, shifts = [], []
    for seed in range(300):
        _, truth = made(seed)
        x, price = truth["log_quantity"].to_numpy(), truth["log_price"].to_numpy()
        at = int((truth["year"] < OWN["break_year"]).sum())
        _, shift, _, _ = level_shift(fit_line(x, x + price), at)
        shifts.append(shift)
        step = np.arange(len(x)) >= at
        slopes.append(fit_line(x, x + price - OWN["shift"] * step).b)
    for values, true in ((slopes, OWN["slope"]), (shifts, OWN["shift"])):
        error = np.std(values) / math.sqrt(len(values))
        assert abs(np.mean(values) - true) < 4 * error
        assert error < 0.01


def test_intervals_hold_the_true_slope_as_often_as_they_say():
    hits = []
    for seed in range(400):
        _, truth = made(seed, shift=0.0)
        x = truth["log_quantity"].to_numpy()
        low, high = fit_line(x, x + truth["log_price"].to_numpy()).interval()
        hits.append(low <= OWN["slope"] <= high)
    assert np.mean(hits) == pytest.approx(0.95, abs=0.035)


def test_without_noise_the_numbers_follow_the_parameters_to_the_unit():
    (_, table), truth = made(noise=0.0, growth_sd=0.0)
    steps = np.diff(truth["log_quantity"])
    assert steps == pytest.approx(np.full(11, OWN["growth"]))
    price = truth.set_index("year")["log_price"]
    assert price[2005] - price[2004] == pytest.approx(OWN["shift"] + (OWN["slope"] - 1) * OWN["growth"])
    rates = table.groupby("year")["fx"].first()
    assert (rates[2004], rates[2005]) == (8.3, pytest.approx(8.3 * 0.96, abs=1e-4))
    assert table["price_index"].iloc[0] == 100
    first = table[table["year"] == 1997].set_index("product")
    assert first.at["menswear", "quantity"] == 0.4 * OWN["quantity"]
    assert first.at["menswear", "value"] == pytest.approx(8.5 * 0.4 * OWN["quantity"], abs=1)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("break_year", 1997, "break_year: 1997 is not after the first year"),
        ("fx_year", 2009, "fx_year: 2009 is not after the first year and up to 2008"),
        ("first_year", 2006, "first_year: 2006 leaves fewer than two years"),
        ("noise", -1, "noise"),
        ("products", {"menswear": {"price": 1, "trend": 0, "share": 0.5, "share_last": 1}}, "products: share sums to 0.5, not to 1"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_named(key, value, said):
    wrong = copy.deepcopy(dict(PARAMETERS))
    wrong["clusters"]["apparel"]["export_series"][key] = value
    assert any(said in p for p in parameter_problems(wrong))


def test_every_number_has_a_meaning():
    told = {
        m.name.rpartition("export_series.")[2]: m.meaning
        for m in meanings(PARAMETERS)
        if "export_series" in m.name
    }
    assert {"slope", "shift", "break_year", "products.menswear.price"} <= set(told)
    assert all(told.values())
