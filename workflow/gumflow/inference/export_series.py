"""A yearly series of exports: quantities and values in the currency they are given in, in local currency and deflated.

What the estimates need is said here once, so that everything that is refused is refused with all reasons at once.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = NDArray[np.float64]

VERSIONS = ("as_given", "local_currency", "deflated")
"""How the value is counted: in the currency of the table; times `fx`; times `fx` over `price_index`, in local prices of the first year."""

FEWEST_YEARS = 5
"""Fewest years of a regression: with four, two coefficients leave two degrees of freedom and t(0.975) is 4.3."""
UNDERPOWERED = 20
"""Below so many years a test that finds nothing says little: with 12 years a shift of 10 % is found in one of five series."""
_SAME = 1e-9
_UNKNOWN = "withheld: {column} is missing{years}"


@dataclass(frozen=True, eq=False)
class ExportSeries:
    """Exports by year, in the order of years.

    years             (n,) whole numbers
    quantity, value   (n,) sums over products; `quantity` is NaN where products are counted in different units
    fx, price_index   (n,) as in exports.csv, NaN where not given
    products          names of products; empty where the table has none
    by_product        quantity and value, each (n, products), NaN where a product was not exported
    currency, unit    as in exports.csv; `unit` is empty where it is not given or products differ
    notes             what a reader of the totals must know of how they were added up
    """

    years: NDArray[np.int64]
    quantity: Values
    value: Values
    fx: Values
    price_index: Values
    products: tuple[str, ...]
    by_product: tuple[Values, Values]
    currency: str
    unit: str
    units: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def log_quantity(self) -> Values:
        """Return ln Q, (n,)."""
        return np.log(self.quantity)


def export_series(rows: pd.DataFrame) -> ExportSeries:
    """Return the series in the rows of the table exports of one cluster and wave (at least one), as its contract checks them."""
    years = np.unique(rows["year"].to_numpy(dtype=np.int64))
    names = tuple(sorted(set(rows["product"]) - {""}))
    shape = (len(years), max(len(names), 1))
    quantity, value = np.full(shape, np.nan), np.full(shape, np.nan)
    at = np.searchsorted(years, rows["year"].to_numpy(dtype=np.int64))
    column = np.searchsorted(names, rows["product"].to_numpy(dtype=object)) if names else 0
    quantity[at, column] = rows["quantity"].to_numpy(dtype=float)
    value[at, column] = rows["value"].to_numpy(dtype=float)
    units = tuple(sorted(set(rows["unit"]) - {""}))
    total = np.nansum(quantity, axis=1) if len(units) < 2 else np.full(len(years), np.nan)
    return ExportSeries(
        years=years,
        quantity=total,
        value=np.nansum(value, axis=1),
        fx=_of_years(rows, "fx", at, len(years)),
        price_index=_of_years(rows, "price_index", at, len(years)),
        products=names,
        by_product=(quantity, value) if names else (quantity[:, :0], value[:, :0]),
        currency=max(rows["currency"]),
        unit=units[0] if len(units) == 1 else "",
        units=units,
        notes=_notes(rows, names, value, units),
    )


def _notes(rows: pd.DataFrame, names: Sequence[str], value: Values, units: Sequence[str]) -> tuple[str, ...]:
    """Return what was taken for granted in adding up: products without a row in some years, a unit or currency not written everywhere."""
    found = []
    absent = [name for name, gaps in zip(names, np.isnan(value).T, strict=False) if gaps.any()]
    if absent:
        found.append(
            f"not all products are in all years ({listed(absent)}): totals count them as not exported there"
        )
    with_unit = set(rows.loc[rows["unit"] != "", "product"])
    if len(units) == 1 and with_unit != set(rows["product"]):
        found.append(f"the unit is given for some products only and taken to be that of all ({units[0]})")
    currency = max(rows["currency"])
    if currency and (rows["currency"] == "").any():
        found.append(f"the currency is given in some rows only and taken to be that of all ({currency})")
    return tuple(found)


def _of_years(rows: pd.DataFrame, column: str, at: NDArray[np.int64], n: int) -> Values:
    """Return one number for each year from the rows that give it; rows of one year agree."""
    given = rows[column].to_numpy(dtype=float)
    out = np.full(n, np.nan)
    known = ~np.isnan(given)
    out[at[known]] = given[known]
    return out


def log_values(series: ExportSeries) -> dict[str, Values | str]:
    """Return ln M (n,) of each version (`VERSIONS`), or the reason why it is withheld.

    Without any `fx` the values are taken to be in local currency already, and deflated as they are.
    """
    given = np.log(series.value)
    no_fx = _gap(series, "fx", series.fx)
    out: dict[str, Values | str] = {"as_given": given}
    out["local_currency"] = no_fx or given + np.log(series.fx)
    without = np.isnan(series.fx).all()
    reason = _gap(series, "price_index", series.price_index) or ("" if without else no_fx)
    if reason:
        out["deflated"] = reason
    else:
        local = given if without else given + np.log(series.fx)
        out["deflated"] = local - np.log(series.price_index / series.price_index[0])
    return out


def _gap(series: ExportSeries, column: str, given: Values) -> str:
    """Return why a column cannot be used; empty if every year has it."""
    missing = np.isnan(given)
    if not missing.any():
        return ""
    years = "" if missing.all() else " in " + listed(series.years[missing].tolist())
    return _UNKNOWN.format(column=column, years=years)


def listed(named: Sequence[int | str], most: int = 8) -> str:
    """Return years or products as text, the first eight of them named."""
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return ", ".join(str(one) for one in named[:most]) + more


def estimation_problems(series: ExportSeries) -> list[str]:
    """Return every reason why ln M cannot be regressed on ln Q; none if it can."""
    problems = []
    if len(series.units) > 1:
        problems.append(
            f"the quantities of its products are in different units ({', '.join(series.units)}) and cannot be added up"
        )
    n = len(series.years)
    if n < FEWEST_YEARS:
        problems.append(f"it has {n} year{'s' * (n != 1)}, and a regression needs at least {FEWEST_YEARS}")
    held = set(series.years.tolist())
    gaps = [y for y in range(int(series.years[0]), int(series.years[-1])) if y not in held]
    if gaps:
        problems.append(f"years are missing: {listed(gaps)}; a series in time needs every year between")
    if len(series.units) < 2 and n > 1 and is_constant(series.log_quantity):
        problems.append(
            "the quantity is the same in all years, so nothing can be said of what goes with quantity"
        )
    return problems


def is_constant(x: Values) -> bool:
    """Return whether logarithms differ by no more than rounding."""
    return bool(np.ptp(x) < _SAME)


def columns_of(records: Sequence[Mapping[str, object]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return records as a table of these columns and types; texts are empty and numbers NaN where a record has none."""
    filled = [
        {c: record.get(c, "" if kind == "str" else math.nan) for c, kind in columns.items()}
        for record in records
    ]
    unknown = {key for record in records for key in record} - set(columns)
    if unknown:
        raise KeyError(f"the table has no column {', '.join(sorted(unknown))}")
    return pd.DataFrame(filled, columns=list(columns)).astype(dict(columns))
