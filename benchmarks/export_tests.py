"""How often the tests of export series reject, where nothing happened and where something did: sizes and power that docs/value.md reports.

    ./run python benchmarks/export_tests.py

Twelve years of trending quantity, errors of 0.066 in logarithms as the printed regression has them; 4,000 drawn series a row.
"""

import time

import numpy as np
from scipy import stats

from gumflow.inference.export_breaks import chow, level_shift, sup_f
from gumflow.inference.export_regression import ErrorDraws, fit_line, slope_t

SERIES, YEARS, SIGMA, AT = 4000, 12, 0.066, 9
SLOPES, SHIFTS, RHOS = (1.05, 1.15, 1.30), (0.10, 0.20, 0.30), (0.0, 0.3, 0.6, 1.0)


def quantity() -> np.ndarray:
    """Return ln quantity that grows by 11 % a year with small steps aside."""
    return 8 + 0.11 * np.arange(YEARS) + 0.02 * np.sin(3.0 * np.arange(YEARS))


def critical(reference: np.ndarray) -> float:
    """Return the value that a twentieth of the reference draws exceed."""
    return float(np.sort(reference)[round(0.95 * len(reference))])


def main() -> None:
    """Print the shares of rejections at 5 %, and how long the tables of one series take."""
    x = quantity()
    draws, reference = ErrorDraws(x, 1, SERIES), ErrorDraws(x, 2)
    line = fit_line(x, x + draws.errors()[0])
    tests = {"chow": chow(line, AT), "level shift": level_shift(line, AT)[0], "largest F": sup_f(line)}
    of_t, t_limit = slope_t(x), stats.t.ppf(0.975, YEARS - 2)
    print("no change, by serial correlation of errors:", *RHOS)
    row = [(of_t(draws.errors(rho)) > t_limit).mean() for rho in RHOS]
    print(f"{'b = 1, t':14}", *(f"{share:.2f}" for share in row))
    for name, test in tests.items():
        limit = critical(test.of_errors(reference.errors()))
        row = [(test.of_errors(draws.errors(rho)) > limit).mean() for rho in RHOS]
        print(f"{name:14}", *(f"{share:.2f}" for share in row))
    print("true slope:", *SLOPES)
    row = [(of_t(SIGMA * draws.errors() + (b - 1) * x) > t_limit).mean() for b in SLOPES]
    print(f"{'b = 1, t':14}", *(f"{share:.2f}" for share in row))
    print(f"prices up by {SHIFTS} in the last {YEARS - AT} years")
    for name, test in tests.items():
        limit = critical(test.of_errors(reference.errors()))
        step = np.arange(YEARS) >= AT
        row = [(test.of_errors(SIGMA * draws.errors() + np.log1p(s) * step) > limit).mean() for s in SHIFTS]
        print(f"{name:14}", *(f"{share:.2f}" for share in row))
    _timed(x)


def _timed(x: np.ndarray) -> None:
    """Print the CPU time of all tables of one series with three versions of its value."""
    import pandas as pd

    from gumflow.inference.export_estimates import estimate
    from gumflow.inference.export_series import export_series

    table = pd.DataFrame(
        {
            "year": np.arange(1997.0, 1997 + YEARS), "product": "", "quantity": np.exp(x), "unit": "", "value": np.exp(1.05 * x),
            "currency": "USD", "fx": np.linspace(8.3, 7, YEARS), "price_index": np.linspace(100, 120, YEARS),
        }
    )  # fmt: skip
    table["value"] *= np.exp(0.05 * np.cos(2.0 * np.arange(YEARS)))
    start = time.process_time()
    estimate(export_series(table), 1, 2006)
    print(f"all tables of one series: {time.process_time() - start:.2f} s of CPU")


if __name__ == "__main__":
    main()
