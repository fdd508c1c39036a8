"""Truth tests of the estimates on mechanisms: how often intervals cover what was put in, and tests find what is not there.

Run by hand: ./run python benchmarks/mechanism_estimates.py [SEEDS] [FIRMS...]. Prints one row for each estimate and number of firms: the share of
seeds in which the 95 % interval covers the truth, and the share in which p < 0.05 (or an interval without 0), where nothing is there and
where something is. With 400 seeds a rate of 5 % has a standard error of 1.1 points.
"""

import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from scipy import sparse

from gumflow.inference.firm_regressions import (
    bca_interval,
    drawn_correlations,
    least_squares,
    percentile_interval,
    standardized_fits,
    with_jackknife,
)
from gumflow.inference.inverted_u import inverted_u
from gumflow.inference.mechanism_models import rank_correlation
from gumflow.inference.path_model import indirect_effects
from gumflow.inference.spatial_models import error_model, impacts, lag_model, two_stage
from gumflow.inference.spillover import exposure_regression
from gumflow.inference.two_way import interactions
from gumflow.mechanisms.rows import drawn_interval

DRAWS = 1000
Finding = tuple[str, float, tuple[float, float], float]
"""What is estimated, its true value, its interval (or NaN twice), and p (or NaN: then the interval tells)."""
NONE = (np.nan, np.nan)


def counts_of(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return bootstrap counts with the sample itself first."""
    return np.vstack([np.ones((1, n)), rng.multinomial(n, np.full(n, 1 / n), size=DRAWS)])


def drawn(values: np.ndarray, n: int) -> tuple[float, float]:
    """Return the interval that rows of `scores` carry."""
    return drawn_interval(float(values[0]), values[1:], n)


def paths(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Paths and indirect effects: arrows 0.5 and 0.4 into one chain; none into the other; one of both in the third."""
    for name, a, b in (("large", 0.5, 0.4), ("b is 0", 0.5, 0.0), ("a and b are 0", 0.0, 0.0)):
        trust = rng.normal(size=n)
        m1 = a * trust + np.sqrt(1 - a * a) * rng.normal(size=n)
        m2 = 0.3 * trust + np.sqrt(1 - 0.09) * rng.normal(size=n)
        y = b * m1 + 0.3 * m2
        y += np.sqrt(1 - (b * b + 0.09 + 2 * b * 0.3 * a * 0.3)) * rng.normal(size=n)
        jack = with_jackknife(counts_of(rng, n)[1:], np.ones(n, dtype=bool))
        r = drawn_correlations(jack, np.column_stack([trust, m1, m2, y]))
        effect = indirect_effects(r)[:, 0]
        coefficients, r2 = standardized_fits(r[: 1 + DRAWS], 3, (1, 2))
        yield f"path coefficient, {name}", b, drawn(coefficients[:, 0], n), np.nan
        yield f"R2, {name}", b * b + 0.09 + 2 * b * 0.3 * a * 0.3, drawn(r2, n), 1.0
        yield f"indirect, percentile, {name}", a * b, percentile_interval(effect[1 : 1 + DRAWS], n), np.nan
        yield (
            f"indirect, BCa, {name}",
            a * b,
            bca_interval(effect[0], effect[1 : 1 + DRAWS], effect[1 + DRAWS :]),
            np.nan,
        )
        yield f"indirect, sd, {name}", a * b, drawn(effect[: 1 + DRAWS], n), np.nan


def two_way(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Cross-lagged effects 0.3 and 0, and interactions 0.3 and 0."""
    x1 = rng.normal(size=n)
    y1 = 0.4 * x1 + np.sqrt(0.84) * rng.normal(size=n)
    for true in (0.3, 0.0):
        y2 = 0.5 * y1 + true * x1 + np.sqrt(1 - 0.25 - true**2 - true * 0.4) * rng.normal(size=n)
        r = drawn_correlations(counts_of(rng, n), np.column_stack([x1, y1, y2]))
        fit = least_squares(y2, np.column_stack([np.ones(n), y1, x1]))
        interval = drawn(standardized_fits(r, 2, (1, 0))[0][:, 1], n)
        yield f"cross-lagged, Student's t, {true}", true, NONE, fit.p_values()[2]
        yield f"cross-lagged, interval, {true}", true, interval, np.nan
        y = 0.3 * x1 + true * x1 * y1
        y += np.sqrt(1 - 0.09 - true**2 * (1 + 0.16)) * rng.normal(size=n)
        yield f"interaction, {true}", true, drawn(interactions(counts_of(rng, n), y, x1, y1), n), np.nan


def lock_in(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """The inverted U: a straight line, a curve that flattens, a slope of 0 at one end (the worst null), and an inverted U."""
    e = rng.beta(2, 4, size=n)
    curves = {
        "straight": 2 * e, "flattens": 1.5 * np.sqrt(e), "level at the high end": -4 * (e - e.max()) ** 2, "there": -25 * (e - 0.4) ** 2,
    }  # fmt: skip
    for name, curve in curves.items():
        found = inverted_u(curve + rng.normal(size=n), e)
        yield f"inverted U, {name}", np.nan, NONE, found.p
    yield "turning point, there", 0.4, (found.turning_low, found.turning_high), 1.0


def spillover(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Exposure and network models on a random network of mean degree 4: effects 0.3, and none."""
    there = rng.random((n, n)) < 4 / n
    np.fill_diagonal(there, False)
    degree = there.sum(axis=1, keepdims=True)
    w = np.divide(there, degree, out=np.zeros((n, n)), where=degree > 0)
    k, own = rng.normal(size=n), rng.normal(size=(n, 1))
    x = np.column_stack([np.ones(n), own])
    for name, true in (("there", 0.3), ("nothing", 0.0)):
        y = 0.5 * own[:, 0] + rng.normal(size=n) + true / (w @ k).std() * (w @ k)
        e = exposure_regression(y, own, sparse.csr_array(w), rng, 999, k)
        scale = y[degree[:, 0] > 0].std() / (w @ k)[degree[:, 0] > 0].std()
        raw = true / (w @ k).std()
        yield f"exposure to knowledge, {name}", raw, (e.low * scale, e.high * scale), e.p
        y = np.linalg.solve(np.eye(n) - true * w, 0.5 * own[:, 0] + rng.normal(size=n))
        e = exposure_regression(y, own, sparse.csr_array(w), rng, 999)
        yield f"exposure to performance, {name}", np.nan, NONE, e.p
        lag, staged = lag_model(y, x, w), two_stage(y, x, w)
        yield f"lag, likelihood, {name}", true, (lag.low, lag.high), lag.p
        yield (
            f"lag, two-stage, {name}",
            true,
            (staged.rho - 2 * staged.se, staged.rho + 2 * staged.se),
            np.nan,
        )
        yield f"  first-stage F above 10, {name}", np.nan, NONE, 0.0 if staged.first_stage_f > 10 else 1.0
        s = np.linalg.inv(np.eye(n) - true * w) * 0.5
        for kind, (_, low, high) in impacts(lag, w, 1, rng, DRAWS).items():
            truth = {
                "direct": np.trace(s) / n,
                "total": s.sum() / n,
                "indirect": (s.sum() - np.trace(s)) / n,
            }[kind]
            yield f"impact, {kind}, {name}", truth, (low, high), np.nan
        u = np.linalg.solve(np.eye(n) - true * w, rng.normal(size=n))
        error = error_model(0.5 * own[:, 0] + u, x, w)
        yield f"error, likelihood, {name}", true, (error.low, error.high), error.p


def ranks(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Spearman's correlation of normal variables: 6 / pi arcsin(r / 2)."""
    for r in (0.5, 0.0):
        x = rng.normal(size=n)
        y = r * x + np.sqrt(1 - r * r) * rng.normal(size=n)
        _, low, high = rank_correlation(x, y)
        yield f"rank correlation, {r}", 6 / np.pi * np.arcsin(r / 2), (low, high), np.nan


def main(seeds: int, sizes: list[int]) -> None:
    """Print the tables."""
    for n in sizes:
        covered, found = defaultdict(list), defaultdict(list)
        start = time.process_time()
        for seed in range(seeds):
            rng = np.random.default_rng([seed, n])
            for part in (paths, two_way, lock_in, spillover, ranks):
                for name, true, (low, high), p in part(rng, n):
                    if low == low and true == true:
                        covered[name].append(low <= true <= high)
                    found[name].append(p < 0.05 if p == p else low == low and (low > 0 or high < 0))
        print(f"{n} firms, {seeds} seeds, {time.process_time() - start:.0f} CPU s")
        for name, hits in found.items():
            cover = f"{np.mean(covered[name]):7.3f} ({len(covered[name])})" if covered[name] else " " * 13
            print(f"  {name:42s} covers {cover:14s}  found {np.mean(hits):6.3f}", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400, [int(a) for a in sys.argv[2:]] or [60, 100])
