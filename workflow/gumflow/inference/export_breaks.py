"""Does the line of ln export value on ln quantity change in time? Chow's tests at a declared year, a shift of level, and the largest F.

A date that was read off the same figures makes Chow's F too large; the largest F over all dates allows for the search, and its p value is
found by simulation for the very quantities of the series, since asymptotic critical values (Andrews 1993) find breaks in 14 % of series of 12 years
that have none. Numbers of breaks chosen by BIC (44 % false breaks there) and CUSUM tests (which find none) are not given. All p values stand
beside those under serially correlated errors: a test for a break also answers to drifting prices.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.inference.export_regression import (
    ERRORS,
    ErrorDraws,
    Line,
    Statistic,
    line_basis,
    monte_carlo_p,
    upper_p,
)
from gumflow.inference.export_series import Values, is_constant

SEGMENT = 3
"""Fewest years of a segment with a line of its own: two points always lie on one."""
LEVELS = (0.10, 0.05, 0.01)
OUTSIDE = "the year lies outside the series, or is its first"
EXACT = "all years lie on one line or on two, so that no residual is left to test with"


@dataclass(frozen=True)
class BreakTest:
    """One test: the first year of the new regime (as a place in the series), F with its degrees of freedom, and how errors are turned into F.

    `of_errors` takes errors (draws, n) to the F (draws,) that they give if there is no break; `p_of_f` is whether the F distribution holds.
    """

    name: str
    at: int
    f: float
    df: tuple[int, int]
    of_errors: Statistic
    p_of_f: bool = True


def chow(line: Line, at: int) -> BreakTest | str:
    """Return Chow's test (1960) that the years from place `at` on follow the same line as those before, or why there is none.

    Both segments of three years or more: F(2, n - 4) of two lines against one. A shorter segment: the predictive form, F(k, n - k - 2), whether
    its k years lie where the line of the others says. Segments in which quantity does not change have no line.
    """
    n, short = line.n, min(at, line.n - at)
    if at < 1 or at >= n:
        return OUTSIDE
    if line.exact:
        return EXACT
    longer = slice(0, at) if at >= n - at else slice(at, n)
    if short >= SEGMENT and not _flat(line.x, at):
        name, df, f_of = "chow", (2, n - 4), _lines_f(line.x, at)
    elif n - short >= SEGMENT and not is_constant(line.x[longer]):
        name, df, f_of = "chow_predictive", (short, n - short - 2), _predictive_f(line.x, longer)
    else:
        return "the longer segment is too short for a line, or quantity does not change in it"
    f = float(f_of(line.y[None])[0])
    return EXACT if math.isnan(f) else BreakTest(name, at, f, df, f_of)


def level_shift(line: Line, at: int) -> tuple[BreakTest, float, float, float] | str:
    """Return the test whether value at a given quantity is higher from place `at` on, with the shift in ln M and its 95 % interval, or why there is none.

    ln M = a + b ln Q + c D with D = 1 from `at` on; F = t(c)^2 with 1 and n - 3 degrees of freedom.
    """
    if at < 1 or at >= line.n:
        return OUTSIDE
    if line.exact:
        return EXACT
    basis = line_basis(line.x)
    step = np.zeros(line.n)
    step[at:] = 1
    rest = step - basis @ (basis.T @ step)
    length = float(rest @ rest)
    if length < 1e-9 or line.n < 4:
        return "quantity tells the two regimes apart by itself, so a shift of level cannot be told from its effect"

    def f_of(errors: NDArray[np.float64]) -> NDArray[np.float64]:
        along = errors @ basis
        shift = errors @ rest
        rss = (errors**2).sum(axis=1) - (along**2).sum(axis=1) - shift**2 / length
        return _ratio(shift**2 / length, rss / (line.n - 3))

    shift = float(line.residuals @ rest) / length
    f = float(f_of(line.residuals[None])[0])
    from scipy.special import stdtrit

    if math.isnan(f):
        return EXACT
    half = float(stdtrit(line.n - 3, 0.975)) * abs(shift) / math.sqrt(f) if f > 0 else math.nan
    return BreakTest("level_shift", at, f, (1, line.n - 3), f_of), shift, shift - half, shift + half


def sup_f(line: Line) -> BreakTest | str:
    """Return the largest Chow F over all dates with three years or more on either side, and its date, or why there is none.

    F is that of two lines against one, with 2 and n - 4 degrees of freedom at each date; that of the largest has no F distribution.
    """
    dates = candidate_dates(line.x)
    if not dates:
        return f"no date leaves {SEGMENT} years with changing quantity on either side"
    if line.exact:
        return EXACT

    def largest(errors: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.max([_lines_f(line.x, at)(errors) for at in dates], axis=0)

    each = [float(_lines_f(line.x, at)(line.y[None])[0]) for at in dates]
    if np.isnan(each).any():
        return EXACT
    best = int(np.argmax(each))
    return BreakTest("sup_f", dates[best], each[best], (2, line.n - 4), largest, p_of_f=False)


def candidate_dates(x: Values) -> list[int]:
    """Return the places that can begin a new regime: three points or more on either side, not all of one quantity, and n of 6 or more."""
    return [at for at in range(SEGMENT, len(x) - SEGMENT + 1) if not _flat(x, at)]


def _flat(x: Values, at: int) -> bool:
    return is_constant(x[:at]) or is_constant(x[at:])


def _rss(x: Values, errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return residual sums of squares, (draws,), of errors (draws, n) about their own lines in x."""
    # Means first: the sums of squares of logarithms of values are large beside those of residuals.
    errors = errors - errors.mean(axis=1, keepdims=True)
    residuals = errors - np.outer(errors @ (x - x.mean()), (x - x.mean()) / ((x - x.mean()) ** 2).sum())
    return np.asarray((residuals**2).sum(axis=1))


def _lines_f(x: Values, at: int) -> Statistic:
    def f_of(errors: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = _rss(x, errors)
        parts = _rss(x[:at], errors[:, :at]) + _rss(x[at:], errors[:, at:])
        return _ratio((whole - parts) / 2, parts / (len(x) - 4))

    return f_of


def _predictive_f(x: Values, longer: slice) -> Statistic:
    k = len(x) - len(x[longer])

    def f_of(errors: NDArray[np.float64]) -> NDArray[np.float64]:
        whole, own = _rss(x, errors), _rss(x[longer], errors[:, longer])
        return _ratio((whole - own) / k, own / (len(x) - k - 2))

    return f_of


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ratio; NaN where both are rounding, as then nothing is left to compare."""
    nothing = below < 1e-20
    return np.where(nothing, np.nan, np.maximum(above, 0) / np.where(nothing, 1.0, below))


def break_record(test: BreakTest, draws: ErrorDraws) -> dict[str, float]:
    """Return statistic, degrees of freedom and p values of a test; of the largest F also its critical values under independent errors.

    `p` is that of the F distribution where it holds, and simulated for the largest F; `p_ar_03`, `p_ar_06` and `p_walk` are simulated.
    """
    record = {"statistic": test.f, "df1": float(test.df[0]), "df2": float(test.df[1])}
    # The largest F searches all dates: in draws it is one statistic, wherever it stands in the data.
    at = test.at if test.p_of_f else 0
    drawn = {rho: draws.drawn(test.name, at, test.of_errors, rho) for rho in (0.0, *ERRORS.values())}
    if test.p_of_f:
        record["p"] = upper_p(test.f, *test.df)
    else:
        record["p"] = monte_carlo_p(test.f, drawn[0.0])
        for level in LEVELS:
            record[f"critical_{round(100 * level)}"] = critical_value(drawn[0.0], level)
    return record | {f"p_{name}": monte_carlo_p(test.f, drawn[rho]) for name, rho in ERRORS.items()}


def critical_value(drawn: NDArray[np.float64], level: float) -> float:
    """Return the value that a share `level` of the draws reaches: of R draws the ((R + 1)(1 - level))-th in order."""
    place = math.ceil((len(drawn) + 1) * (1 - level) - 1e-9)
    return float(np.sort(drawn)[min(place, len(drawn)) - 1])
