"""A user's own table of yearly exports: read, checked, estimated and drawn, as `gumflow value --exports` writes it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gumflow.contract.checks import check_table, typed
from gumflow.contract.errors import GumflowError
from gumflow.contract.reading import read_raw
from gumflow.contract.seeding import seed_for
from gumflow.contract.tables import table_contract
from gumflow.inference.export_estimates import Estimates, estimate
from gumflow.inference.export_series import estimation_problems, export_series
from gumflow.present.wording import LANGUAGES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 20


class OwnExports(NamedTuple):
    """A table of exports with the contract's columns, what is estimated from it, and notes for the user."""

    exports: pd.DataFrame
    estimates: Estimates
    break_year: int | None
    notes: tuple[str, ...]


def read_own_exports(path: Path, seed: int, break_year: int | None = None) -> OwnExports:
    """Read a CSV or XLSX file with the columns of the table exports (year, quantity, value; currency, fx, price_index, product, unit) and estimate.

    Raises `GumflowError` that lists everything wrong: rows that break the contract, or else every reason why the series bears no regression, and a
    declared year that does not lie inside it.
    """
    contract = table_contract("exports")
    raw, findings = read_raw(path, path.name, set(contract.names))
    if raw is not None:
        findings = [*findings, *check_table(raw, "exports", {}, {}, {}, locator=False)]
    # An empty table is only a warning in a study, where it may be left empty.
    wrong = [f.line() for f in findings if f.severity == "error" or f.rule == "no_rows"]
    if raw is None or wrong:
        more = [f"... and {len(wrong) - _MOST} more"] * (len(wrong) > _MOST)
        raise GumflowError("\n".join([f"{path.name} cannot be used:", *wrong[:_MOST], *more]))
    exports = typed(raw, contract)
    series = export_series(exports)
    problems = estimation_problems(series)
    first, last = int(series.years[0]), int(series.years[-1])
    if break_year is not None and not first < break_year <= last:
        problems.append(
            f"--break {break_year}: the first year of the new regime lies after {first} and up to {last}"
        )
    if problems:
        raise GumflowError("\n".join([f"{path.name}: no regression can be given:", *problems]))
    found = estimate(series, seed_for(seed, "export errors", "own file"), break_year)
    warnings = [f.line() for f in findings]
    cautions = dict.fromkeys(c for text in found.regression["caution"] for c in text.split("; ") if c)
    return OwnExports(exports, found, break_year, (*warnings, *cautions))


def own_export_figures(own: OwnExports, label: str, grade: str) -> Iterator[tuple[str, "Figure"]]:
    """Yield (name, figure) of the unit values and of the slopes, in each language; none that the series does not bear."""
    from gumflow.present.figures.export_slopes import draw_export_slopes
    from gumflow.present.figures.unit_values import draw_unit_values

    declared = str(own.break_year or "")
    for language in LANGUAGES:
        frame: Mapping[str, str] = {"language": language, "grade": grade, "source": label}
        values = draw_unit_values(own.exports, own.estimates.decomposition, label, declared, **frame)
        slopes = draw_export_slopes(own.exports, own.estimates.regression, label, declared, **frame)
        for name, figure in (("unit_values", values), ("export_slopes", slopes)):
            if figure is not None:
                yield f"{name}_{language}", figure
