"""A cluster's yearly exports, drawn from a known slope, a known shift of prices and a known change of mix."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gumflow.simulation.parameters import stream

COLUMNS = ("year", "product", "quantity", "unit", "value", "currency", "fx", "price_index")


def export_tables(
    cluster: str, own: Mapping[str, Any], waves: list[str], seed: int
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Return exports.csv for each wave (the years before it), and the truth: year, log_quantity, log_price, mix.

    `own` are the parameters of the cluster's `export_series`. ln Q grows by drawn steps; the price level common to all products is
    ln P = (slope - 1) (ln Q - ln Q of the first year) + shift from the break on + noise; shares of products in the quantity move in a straight line
    from `share` to `share_last`, and prices of products from the common level by a `trend` of their own; without trends the unit value is P times the
    mix (sum of shares times base prices). Later waves continue the same series.
    """
    years = np.arange(own["first_year"], int(waves[-1]))
    draws = stream(seed, cluster, "export series").standard_normal((len(years), 2))
    steps = own["growth"] + own["growth_sd"] * draws[1:, 0]
    log_quantity = np.log(own["quantity"]) + np.concatenate([[0.0], np.cumsum(steps)])
    shifted = years >= own["break_year"]
    log_price = (
        (own["slope"] - 1) * (log_quantity - log_quantity[0])
        + own["shift"] * shifted
        + own["noise"] * draws[:, 1]
    )
    shares, mix = _shares(own, len(years))
    truth = pd.DataFrame(
        {"year": years, "log_quantity": log_quantity, "log_price": log_price, "mix": mix / mix[0]}
    )
    table = _table(own, years, log_quantity, log_price, shares)
    return [table[table["year"] < int(wave)].reset_index(drop=True) for wave in waves], truth


def _shares(own: Mapping[str, Any], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return shares of products in the quantity, (n, products), and the mean base price that they give, (n,)."""
    products = list(own["products"].values())
    first, last, price = (np.array([p[k] for p in products]) for k in ("share", "share_last", "price"))
    way = np.linspace(0.0, 1.0, n)[:, None]
    shares = (1 - way) * first + way * last
    return shares, shares @ price


def _table(
    own: Mapping[str, Any],
    years: np.ndarray,
    log_quantity: np.ndarray,
    log_price: np.ndarray,
    shares: np.ndarray,
) -> pd.DataFrame:
    since = np.maximum(years - own["fx_year"] + 1, 0)
    fx = own["fx"] * (1 + own["fx_change"]) ** since
    index = 100 * (1 + own["inflation"]) ** (years - years[0])
    rows = []
    for at, year in enumerate(years):
        for k, (name, product) in enumerate(own["products"].items()):
            quantity = round(float(np.exp(log_quantity[at]) * shares[at, k]))
            price = product["price"] * np.exp(log_price[at] + product["trend"] * at)
            value = round(float(quantity * price))
            rows.append(
                (int(year), name, quantity, own["unit"], value, own["currency"], round(fx[at], 4), round(index[at], 2))
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
