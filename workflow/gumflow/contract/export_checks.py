"""Checks of exports.csv that need several rows: one currency, one rate a year, one unit a product, products in all rows or in none."""

from collections.abc import Callable, Sequence

from gumflow.contract.findings import Finding
from gumflow.contract.reading import RawTable

Row = dict[str, str]


def check_exports(raw: RawTable, number: Callable[[str], str]) -> list[Finding]:
    """Return findings on rows that do not fit together; `number` puts the text of a number into its plain form.

    A cell that is empty agrees with every other: what is missing has its own finding, or is not needed.
    """
    rows = [
        (at, dict(zip(raw.header, cells, strict=True)))
        for at, cells in zip(raw.row_numbers, raw.rows, strict=True)
        if not any((at, column) in raw.unread for column in raw.header)
    ]
    # A year that stands twice is one cause: what its second row says of the rate is not reported as well.
    firsts = {(_value(row.get("year", ""), number), row.get("product", "")): at for at, row in reversed(rows)}
    known = set(firsts.values())
    single = [(at, row) for at, row in rows if at in known and row.get("year")]
    findings = _disagreeing(raw, rows, "currency", lambda row: "", str)
    for column in ("fx", "price_index"):
        findings += _disagreeing(
            raw, single, column, lambda row: _value(row["year"], number), lambda t: _value(t, number)
        )
    findings += _disagreeing(raw, single, "unit", lambda row: row.get("product", ""), str)
    return findings + _repeated_years(raw, rows, number) + _mixed_products(raw, rows)


def _value(text: str, number: Callable[[str], str]) -> str:
    """Return a number as text that equal numbers share (2000 and 2000.0); other text as it is, since it has its own finding."""
    plain = number(text)
    try:
        return f"{float(plain):.12g}"
    except ValueError:
        return plain


def _disagreeing(
    raw: RawTable,
    rows: Sequence[tuple[int, Row]],
    column: str,
    group: Callable[[Row], str],
    form: Callable[[str], str],
) -> list[Finding]:
    """Return a finding for each cell that differs from the first filled one of its group."""
    if column not in raw.header:
        return []
    first: dict[str, tuple[int, str]] = {}
    findings = []
    for at, row in rows:
        if not row[column]:
            continue
        known = first.setdefault(group(row), (at, form(row[column])))
        if form(row[column]) != known[1]:
            findings.append(
                Finding(raw.file, "disagrees", "error", raw.sheet, (at,), column, row[column], str(known[0]))
            )
    return findings


def _repeated_years(
    raw: RawTable, rows: Sequence[tuple[int, Row]], number: Callable[[str], str]
) -> list[Finding]:
    """Return a finding for each year that stands again in another spelling; the same spelling is a doubled key."""
    if "year" not in raw.header:
        return []
    first: dict[tuple[str, str], tuple[int, str]] = {}
    findings = []
    for at, row in rows:
        key = (_value(row["year"], number), row.get("product", ""))
        known = first.setdefault(key, (at, row["year"]))
        if known[0] != at and known[1] != row["year"]:
            findings.append(
                Finding(raw.file, "unique", "error", raw.sheet, (at,), "year", row["year"], str(known[0]))
            )
    return findings


def _mixed_products(raw: RawTable, rows: Sequence[tuple[int, Row]]) -> list[Finding]:
    if "product" not in raw.header:
        return []
    without = tuple(at for at, row in rows if not row["product"])
    if not without or len(without) == len(rows):
        return []
    return [Finding(raw.file, "product_mixed", "error", raw.sheet, without, "product")]
