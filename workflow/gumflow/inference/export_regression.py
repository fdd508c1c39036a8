"""Export value on export quantity, ln M = a + b ln Q, with the test b = 1 that an argument on bargaining power needs.

The regression holds quantity on both sides (M is unit value times Q), so its R2 is high whatever prices do; written for the unit value,
ln(M/Q) = a + (b - 1) ln Q, it has the same residuals, and b = 1 says that prices do not move with quantity. A yearly series is short and its
errors follow one another: besides Student's test stand the p values that the same statistic has when the errors are autoregressive or a random
walk, found by simulation, which is exact for the assumed law since the statistic is free of a, b and the variance (Dufour 2006). Heteroskedasticity-
and autocorrelation-consistent errors are not given: with a dozen years they reject a true b = 1 more often than plain ones.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gumflow.inference.export_series import UNDERPOWERED, Values, is_constant

DRAWS = 9999
"""Simulated series behind a p value; with 9,999 the level 5 % is met exactly."""

ERRORS: Mapping[str, float] = {"ar_03": 0.3, "ar_06": 0.6, "walk": 1.0}
"""Serial correlation of errors under which p values are also given: autoregressive ones with this coefficient, 1 a random walk."""

FEWEST_IN_WINDOW = 5
NEVER_COINTEGRATION = 30
_EXACT = 1e-10
"""Root mean square of residuals, in logarithms, that is rounding and not variation."""

SHORT = f"fewer than {UNDERPOWERED} years: a test that finds nothing says little"
NO_RESIDUALS = "all years lie on the line: standard errors and tests are undefined"
NO_LEVERAGE = "one year alone fixes the line: HC3 is undefined"
BOTH_SIDES = "R2 is high by construction, as quantity is on both sides"
NO_COINTEGRATION = (
    f"fewer than {NEVER_COINTEGRATION} years: whether both series share a trend cannot be tested"
)


@dataclass(frozen=True, eq=False)
class Line:
    """A least-squares line y = a + b x with its residuals; `x` is not constant."""

    x: Values
    y: Values
    a: float
    b: float
    residuals: Values

    @property
    def n(self) -> int:
        """Return the number of points."""
        return len(self.x)

    @property
    def df(self) -> int:
        """Return the residual degrees of freedom."""
        return self.n - 2

    @cached_property
    def sxx(self) -> float:
        """Return the sum of squares of x about its mean."""
        return float(((self.x - self.x.mean()) ** 2).sum())

    @cached_property
    def rss(self) -> float:
        """Return the residual sum of squares."""
        return float(self.residuals @ self.residuals)

    @property
    def exact(self) -> bool:
        """Return whether the residuals are rounding alone, or no degree of freedom is left, so that nothing can be tested."""
        return self.df < 1 or self.rss <= self.n * _EXACT**2

    @property
    def se_b(self) -> float:
        """Return the standard error of the slope; NaN if the line is exact."""
        return math.nan if self.exact else math.sqrt(self.rss / self.df / self.sxx)

    @property
    def se_a(self) -> float:
        """Return the standard error of the intercept; NaN if the line is exact."""
        return self.se_b * math.sqrt(float((self.x**2).mean()))

    @property
    def r_squared(self) -> float:
        """Return R2; NaN if y is constant."""
        tss = float(((self.y - self.y.mean()) ** 2).sum())
        return math.nan if tss <= self.n * _EXACT**2 else 1 - self.rss / tss

    @property
    def durbin_watson(self) -> float:
        """Return Durbin and Watson's d (1950); NaN if the line is exact."""
        return math.nan if self.exact else float((np.diff(self.residuals) ** 2).sum()) / self.rss

    @property
    def se_b_hc3(self) -> float:
        """Return the slope's standard error that allows for unequal variances, HC3 (MacKinnon and White 1985); NaN if undefined."""
        far = self.x - self.x.mean()
        rest = 1 - 1 / self.n - far**2 / self.sxx
        if self.exact or (rest < _EXACT).any():
            return math.nan
        return math.sqrt(float((far**2 * (self.residuals / rest) ** 2).sum())) / self.sxx

    def t_of(self, slope: float) -> float:
        """Return t of the hypothesis that the slope has this value; NaN if the line is exact."""
        return (self.b - slope) / self.se_b

    def interval(self) -> tuple[float, float]:
        """Return the 95 % confidence interval of the slope (normal errors, independent from year to year)."""
        from scipy.special import stdtrit

        half = float(stdtrit(self.df, 0.975)) * self.se_b if self.df > 0 else math.nan
        return self.b - half, self.b + half


def fit_line(x: Values, y: Values) -> Line:
    """Return the least-squares line of y on x, both (n,) with n of 2 or more; `ValueError` if x is constant."""
    if is_constant(x):
        raise ValueError("x is constant: no line can be fitted")
    far = x - x.mean()
    b = float(far @ (y - y.mean())) / float(far @ far)
    a = float(y.mean() - b * x.mean())
    return Line(x, y, a, b, y - a - b * x)


def two_sided_p(t: float, df: int) -> float:
    """Return the two-sided p of Student's t; NaN if t is."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t))) if t == t else math.nan


def upper_p(f: float, df1: int, df2: int) -> float:
    """Return P(F > f); NaN if f is."""
    from scipy.special import fdtrc

    return float(fdtrc(df1, df2, f)) if f == f else math.nan


Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Takes errors (draws, n) to the statistics (draws,) that they give."""


class ErrorDraws:
    """Simulated errors of a regression on one x (n,), the same standard normal shocks under every law.

    A statistic that does not change when errors are scaled and a line in x is added has, in these draws, the distribution that
    it has in the data if the hypothesis is true; its Monte Carlo p value is exact (Dufour 2006; Davison and Hinkley 1997, 4.2.1).
    """

    def __init__(self, x: Values, seed: int, draws: int = DRAWS) -> None:
        """Draw the shocks of `draws` series."""
        self.x = x
        self._shocks = np.random.default_rng(seed).standard_normal((draws, len(x)))
        self._errors: dict[float, NDArray[np.float64]] = {}
        self._drawn: dict[tuple[str, int, float], NDArray[np.float64]] = {}

    def errors(self, rho: float = 0.0) -> NDArray[np.float64]:
        """Return errors (draws, n) with e_t = rho e_(t-1) + shock: stationary for rho < 1, a random walk for 1."""
        if rho not in self._errors:
            errors = self._shocks.copy()
            if rho:
                errors[:, 0] /= math.sqrt(1 - rho**2) if rho < 1 else 1.0
                for t in range(1, errors.shape[1]):
                    errors[:, t] += rho * errors[:, t - 1]
            self._errors[rho] = errors
        return self._errors[rho]

    def drawn(self, name: str, at: int, statistic: Statistic, rho: float = 0.0) -> NDArray[np.float64]:
        """Return the statistics of the errors, computed once: every version of the value has the same x."""
        key = (name, at, rho)
        if key not in self._drawn:
            self._drawn[key] = statistic(self.errors(rho))
        return self._drawn[key]


def monte_carlo_p(statistic: float, drawn: NDArray[np.float64]) -> float:
    """Return (1 + number of draws that reach the statistic) / (1 + draws); NaN if the statistic is."""
    if statistic != statistic:
        return math.nan
    # A draw that equals the statistic but for rounding has reached it.
    reached = drawn >= statistic - 1e-12 * abs(statistic)
    return float(1 + reached.sum()) / (1 + len(drawn))


def line_basis(x: Values) -> NDArray[np.float64]:
    """Return an orthonormal basis (n, 2) of all lines in x."""
    ones = np.full(len(x), 1 / math.sqrt(len(x)))
    far = x - x.mean()
    return np.column_stack([ones, far / math.sqrt(float(far @ far))])


def slope_t(x: Values) -> Statistic:
    """Return |t| of a slope whose true value is tested, as a function of the errors."""
    basis = line_basis(x)

    def t_of(errors: NDArray[np.float64]) -> NDArray[np.float64]:
        along = errors @ basis
        rss = (errors**2).sum(axis=1) - (along**2).sum(axis=1)
        return np.asarray(np.abs(along[:, 1]) / np.sqrt(rss / (len(x) - 2)))

    return t_of


def minus_durbin_watson(x: Values) -> Statistic:
    """Return -d of Durbin and Watson, which positive serial correlation makes large, as a function of the errors."""
    basis = line_basis(x)

    def d_of(errors: NDArray[np.float64]) -> NDArray[np.float64]:
        residuals = errors - (errors @ basis) @ basis.T
        return np.asarray(-(np.diff(residuals, axis=1) ** 2).sum(axis=1) / (residuals**2).sum(axis=1))

    return d_of


def line_record(line: Line, *, tests_one: bool) -> dict[str, float]:
    """Return the table of a regression as printed: a, b, their standard errors and t, R2, F, P, n, the interval of b and, if asked, the test b = 1."""
    low, high = line.interval()
    t = line.t_of(0.0)
    f = t * t
    record = {
        "n": line.n, "a": line.a, "b": line.b, "se_a": line.se_a, "se_b": line.se_b,
        "t_a": line.a / line.se_a, "t_b": t, "r_squared": line.r_squared, "f": f, "p": upper_p(f, 1, line.df),
        "b_low": low, "b_high": high, "durbin_watson": line.durbin_watson, "se_b_hc3": line.se_b_hc3,
        "underpowered": float(line.n < UNDERPOWERED),
    }  # fmt: skip
    if tests_one:
        record |= {
            "t_one": line.t_of(1.0),
            "p_one": two_sided_p(line.t_of(1.0), line.df),
            "p_one_hc3": two_sided_p((line.b - 1) / line.se_b_hc3, line.df),
        }
    return record


def simulated_record(line: Line, draws: ErrorDraws) -> dict[str, float]:
    """Return p of b = 1 under each law of `ERRORS`, and p of a Durbin-Watson as low as that of the line under independent errors."""
    if line.exact:
        return {}
    t, of_t = abs(line.t_of(1.0)), slope_t(line.x)
    record = {
        f"p_one_{name}": monte_carlo_p(t, draws.drawn("slope", 0, of_t, rho)) for name, rho in ERRORS.items()
    }
    low = draws.drawn("durbin_watson", 0, minus_durbin_watson(line.x))
    return record | {"p_durbin_watson": monte_carlo_p(-line.durbin_watson, low)}


def cautions(line: Line, *parts: str) -> str:
    """Return what a reader must know of an estimate, joined: why standard errors are missing, and how short the series is."""
    own = [*parts]
    if line.exact:
        own.append(NO_RESIDUALS)
    elif math.isnan(line.se_b_hc3):
        own.append(NO_LEVERAGE)
    if line.n < UNDERPOWERED:
        own.append(SHORT)
    return "; ".join(own)
