"""How long benefit-of-the-doubt weights and Copeland scores take. Run by hand: ./run python benchmarks/index_weights.py

Made-up scores with a common factor: 51 units and 49 children in one group, 500 and 20, 500 and 200. Printed, in CPU seconds of one process (the
shorter of two runs, libraries already loaded): benefit of the doubt without bounds and with shares from a tenth to five times 1 / k; the
same as one dense linear program in weights for each unit, as it is published (only where it takes less than a minute or so), with the
largest difference between scores; Copeland under one set of weights, under 1,000 sets, and under one with 5 % of values missing. Then the
largest memory of the process.
"""

import resource
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import linprog

from gumflow.index.aggregate import combine
from gumflow.index.benefit import benefit_of_the_doubt

SIZES = ((51, 49), (500, 20), (500, 200))
SETS = 1000
DENSE_CELLS = 20_000


def made_up(units: int, children: int) -> np.ndarray:
    """Return scores from 1 to 100 whose correlations are about a half."""
    rng = np.random.default_rng(1)
    drawn = rng.normal(size=(units, 1)) + rng.normal(size=(units, children))
    return 1 + 99 * (drawn - drawn.min(axis=0)) / np.ptp(drawn, axis=0)


def seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return the shorter CPU time of two calls, and what the last one returned."""
    took, found = [], None
    for _ in range(2):
        start = time.process_time()
        found = function()
        took.append(time.process_time() - start)
    return min(took), found


def dense(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return benefit-of-the-doubt scores from one dense program for each unit, in weights, with all peers and bounds as rows."""
    n, k = values.shape
    scores = []
    for own in values:
        share, total = np.diag(own), np.tile(own, (k, 1))
        limits = np.vstack([values, *([low * total - share, share - high * total] if high < 1 else [])])
        ends = np.r_[np.ones(n), np.zeros(len(limits) - n)]
        scores.append(-linprog(-own, A_ub=limits, b_ub=ends, bounds=(0, None), method="highs").fun)
    return np.array(scores)


def main() -> None:
    """Print the table."""
    benefit_of_the_doubt(made_up(5, 3))
    for units, children in SIZES:
        values = made_up(units, children)
        print(f"{units} units, {children} children")
        for bounds in ((0.0, 1.0), (0.1 / children, min(5 / children, 1.0))):
            took, found = seconds(partial(benefit_of_the_doubt, values, bounds=bounds))
            at_one = int((found.scores > 1 - 1e-8).sum())
            line = f"  benefit of the doubt, shares {bounds[0]:.3f} to {bounds[1]:.3f}: {took:.2f} s ({at_one} units at 1)"
            if units * children <= DENSE_CELLS:
                slow, scores = seconds(partial(dense, values, *bounds))
                line += f"; dense programs {slow:.2f} s, largest difference {np.abs(scores - found.scores).max():.1e}"
            print(line, flush=True)
        equal = np.ones(children)
        sets = np.random.default_rng(2).dirichlet(np.full(children, 4.0), SETS)
        gaps = values.copy()
        gaps[np.random.default_rng(3).random(values.shape) < 0.05] = np.nan
        for label, scores, weights in (
            ("one set of weights", values, equal),
            (f"{SETS:,} sets", values, sets),
            ("one set, 5 % missing", gaps, equal),
        ):
            took, _ = seconds(partial(combine, scores, weights, "copeland"))
            print(f"  Copeland, {label}: {took:.3f} s", flush=True)
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
