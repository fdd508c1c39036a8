"""Yearly exports that tests estimate from: a made-up series with the printed statistics of the book, and drawn ones."""

import numpy as np
import pandas as pd

from gumflow.inference.export_series import ExportSeries, export_series

# SYNTHETIC: integers whose regression gives the figures printed in 4.1.3; one of infinitely many such series, not the lost table.
YEARS = np.arange(1997, 2009)
QUANTITY = np.array([2312, 2693, 3133, 3632, 4183, 4770, 5372, 5963, 6522, 7043, 7549, 8069], dtype=float)
VALUE = np.array(
    [14648, 16400, 18399, 20720, 23410, 26440, 29659, 33538, 37903, 42639, 48036, 54215], dtype=float
)
FX = np.array(
    [8.3193, 8.3008, 8.2783, 8.2784, 8.2770, 8.2771, 8.2772, 8.2768, 8.1936, 7.9723, 7.6058, 6.9477]
)


def rows(years=YEARS, quantity=QUANTITY, value=VALUE, **more) -> pd.DataFrame:
    """Return rows of the table exports of one cluster and wave; `more` are further columns, of one value or one for each row."""
    columns = {
        "study": "s", "cluster": "c", "wave": "1", "year": np.asarray(years, dtype=float), "product": "", "quantity": quantity, "unit": "",
        "value": value, "currency": "USD", "fx": np.nan, "price_index": np.nan, "grade": "synthetic",
    }  # fmt: skip
    table = pd.DataFrame(columns | more)
    text = ["study", "cluster", "wave", "product", "unit", "currency", "grade"]
    return table.astype(dict.fromkeys(text, "str"))


def series(**more) -> ExportSeries:
    """Return the series of `rows`."""
    return export_series(rows(**more))


def drawn(seed: int, n: int = 12, slope: float = 1.05, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Return ln quantity with a trend, and ln value."""
    rng = np.random.default_rng(seed)
    x = 8 + np.cumsum(rng.normal(0.1, 0.08, n))
    return x, 1.5 + slope * x + rng.normal(0, noise, n)
