"""Index numbers of prices and quantities between two years, and what part of a change of value is price, quantity and mix.

A unit value (value over quantity of everything) rises when prices rise and when dearer products sell more; only with products can the two be told
apart. Indices are of the products that are exported in both years: Laspeyres weighs price changes by the values of the first year, Paasche by those of the
second, Fisher is their geometric mean, Tornqvist weighs logarithms by the mean of both shares (Diewert 1976; ILO and others 2004, Producer
Price Index Manual, ch. 15-16).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.inference.export_series import ExportSeries, Values

_STILL = 1e-9
"""A change of ln value that is rounding: shares of it are undefined."""

NO_MATCH = "withheld: no product is exported in both years, so their prices cannot be compared"
NO_PRODUCTS = "one series: price cannot be told from mix and quality"
DIFFERENT_UNITS = "products are in different units, so there is no unit value"
LARGE_SHARE = "the share is of a sum of parts of opposite signs"


@dataclass(frozen=True)
class Indices:
    """Indices of the second year, the first 1. `unit_value` is of all products together, and means something if they share a unit."""

    laspeyres: float
    paasche: float
    fisher: float
    tornqvist: float
    quantity_fisher: float
    unit_value: float

    @property
    def mix(self) -> float:
        """Return the part of the unit value that is no price: unit value over Fisher, above 1 if dearer products gained."""
        return self.unit_value / self.fisher


def price_indices(quantities: tuple[Values, Values], values: tuple[Values, Values]) -> Indices:
    """Return the indices of products in two years from their quantities and values, each (products,) and above 0.

    L = sum s0 r, P = 1 / sum(s1 / r), F = sqrt(L P), ln T = sum (s0 + s1) / 2 ln r, with r = p1 / p0 and s the shares of value. Fisher's quantity index
    is the ratio of values over F, since Fisher passes the factor reversal test.
    """
    (q0, q1), (v0, v1) = quantities, values
    s0, s1 = v0 / v0.sum(), v1 / v1.sum()
    log_ratio = np.log(v1) - np.log(q1) - np.log(v0) + np.log(q0)
    ratio = np.exp(log_ratio)
    laspeyres, paasche = float(s0 @ ratio), 1 / float(s1 @ (1 / ratio))
    fisher = math.sqrt(laspeyres * paasche)
    total = float(v1.sum() / v0.sum())
    return Indices(
        laspeyres=laspeyres,
        paasche=paasche,
        fisher=fisher,
        tornqvist=math.exp(float((s0 + s1) @ log_ratio) / 2),
        quantity_fisher=total / fisher,
        unit_value=total / float(q1.sum() / q0.sum()),
    )


DECOMPOSITION = {
    "version": "str", "kind": "str", "year_from": "float64", "year_to": "float64", "log_value": "float64",
    "log_quantity": "float64", "log_unit_value": "float64", "unit_value_share": "float64", "laspeyres": "float64",
    "paasche": "float64", "fisher": "float64", "tornqvist": "float64", "quantity_fisher": "float64",
    "unit_value_index": "float64", "mix": "float64", "entry_exit": "float64", "matched_from": "float64", "matched_to": "float64",
    "caution": "str", "withheld": "str",
}  # fmt: skip
"""Columns of the table of price and quantity.

log_value = log_quantity + log_unit_value is the change of ln M, ln Q and ln(M/Q); unit_value_share the part of the first that is the last. Of
products that both years export: index numbers of prices, Fisher's of quantities, of the unit value, and mix (unit value over Fisher); `entry_exit` is
the change of value that the other products make, so that the ratio of values is fisher x quantity_fisher x entry_exit. matched_from and
matched_to: their share in the value of each year. `kind`: year (from one year of the table to the next), whole (first to last), chained
(the links of all years multiplied; first to last).
"""


def decomposition_records(series: ExportSeries, version: str, log_value: Values) -> list[dict[str, object]]:
    """Return the rows of one version (`DECOMPOSITION`): year by year, first to last, and first to last chained if there are products."""
    last = len(series.years) - 1
    if last < 1:
        return []
    factor = np.exp(log_value - np.log(series.value))
    links = [_indices(series, at, at + 1) for at in range(last)]
    rows = [_row(series, version, "year", at, at + 1, log_value, links[at], factor) for at in range(last)]
    rows.append(
        _row(series, version, "whole", 0, last, log_value, links[0] if last == 1 else _indices(series, 0, last), factor)
    )  # fmt: skip
    if series.products and last > 1:
        rows.append(_row(series, version, "chained", 0, last, log_value, _chained(links), factor))
    return rows


@dataclass(frozen=True)
class _Link:
    """Indices between two years in the currency of the table, the shares of value that they cover, and what entry and exit do."""

    indices: Indices
    matched: tuple[float, float]
    entry_exit: float


def _indices(series: ExportSeries, start: int, end: int) -> _Link | None:
    quantity, value = series.by_product
    both = ~(np.isnan(value[start]) | np.isnan(value[end]))
    if not both.any():
        return None
    q, v = quantity[:, both], value[:, both]
    matched = [float(v[at].sum() / np.nansum(value[at])) for at in (start, end)]
    return _Link(
        price_indices((q[start], q[end]), (v[start], v[end])),
        (matched[0], matched[1]),
        matched[0] / matched[1],
    )


def _chained(links: list[_Link | None]) -> _Link | None:
    known = [link for link in links if link is not None]
    if len(known) < len(links):
        return None
    names = ("laspeyres", "paasche", "fisher", "tornqvist", "quantity_fisher", "unit_value")
    product = {name: math.prod(getattr(link.indices, name) for link in known) for name in names}
    least = [min(link.matched[i] for link in known) for i in range(2)]
    return _Link(Indices(**product), (least[0], least[1]), math.prod(link.entry_exit for link in known))


def _row(
    series: ExportSeries,
    version: str,
    kind: str,
    start: int,
    end: int,
    log_value: Values,
    link: _Link | None,
    factor: NDArray[np.float64],
) -> dict[str, object]:
    comparable = len(series.units) < 2
    change = float(log_value[end] - log_value[start])
    quantity = float(np.log(series.quantity[end] / series.quantity[start])) if comparable else math.nan
    row: dict[str, object] = {
        "version": version, "kind": kind, "year_from": series.years[start], "year_to": series.years[end],
        "log_value": change, "log_quantity": quantity, "log_unit_value": change - quantity,
        "unit_value_share": math.nan if abs(change) < _STILL else (change - quantity) / change,
    }  # fmt: skip
    cautions = [] if comparable else [DIFFERENT_UNITS]
    if comparable and quantity * (change - quantity) < 0:
        cautions.append(LARGE_SHARE)
    if not series.products:
        cautions.append(NO_PRODUCTS)
    elif link is None:
        row["withheld"] = NO_MATCH
    else:
        row |= _index_columns(link, float(factor[end] / factor[start]), comparable)
    return row | {"caution": "; ".join(cautions)}


def _index_columns(link: _Link, rate: float, comparable: bool) -> dict[str, object]:
    """Return the columns of the indices; `rate` turns prices of the table's currency into those of the version."""
    i = link.indices
    return {
        "laspeyres": i.laspeyres * rate, "paasche": i.paasche * rate, "fisher": i.fisher * rate, "tornqvist": i.tornqvist * rate,
        "quantity_fisher": i.quantity_fisher, "unit_value_index": i.unit_value * rate if comparable else math.nan,
        "mix": i.mix if comparable else math.nan, "entry_exit": link.entry_exit, "matched_from": link.matched[0], "matched_to": link.matched[1],
    }  # fmt: skip
