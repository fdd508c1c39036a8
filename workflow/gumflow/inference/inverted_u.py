"""Whether the bonds of a cluster lock it in: does performance rise with how concentrated a firm's trade ties are, and then fall?

A negative square is not yet an inverted U: where the curve merely flattens, its square is negative too. The test of Lind and Mehlum asks
for a slope up at the low end of the data and a slope down at the high end, both at once.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gumflow.inference.firm_regressions import (
    FirmData,
    Fit,
    Matrix,
    complete_rows,
    least_squares,
    standardized,
)
from gumflow.measures.registry import ANY_NUMBER, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Row, Values
from gumflow.mechanisms.rows import Rows

_ANSWERED = ("census", "roster", "sample")
_PERFORMANCE = "innovation_performance"
_METHOD = (
    "innovation performance (standardized) on coupling concentration, its square and absorptive capacity"
)


@dataclass(frozen=True, eq=False)
class InvertedU:
    """The test of an inverted U: y = a + b e + c e^2 + controls.

    fit             coefficients in the order a, b, c, controls
    slope_low       slope at the least e, with its interval; `slope_high` at the greatest
    turning_point   -b / (2 c), with Fieller's interval: NaN where it is unbounded
    p               one-sided p of both slopes at once: the larger of the two (intersection-union)
    """

    fit: Fit
    slope_low: tuple[float, float, float]
    slope_high: tuple[float, float, float]
    turning_point: float
    turning_low: float
    turning_high: float
    p: float


def inverted_u(y: Values, e: Values, controls: Matrix | None = None) -> InvertedU | None:
    """Test whether y rises and then falls with e (n each; controls n x k); None if e has fewer than three values or is collinear.

    H0: the slope is not positive at min(e) or not negative at max(e). Its p is the larger of the two one-sided p, which exceeds 0.5
    whenever the turning point is outside of the data (Lind and Mehlum 2010). The interval of the turning point is Fieller's (1954).
    """
    from scipy.special import stdtr

    if len(np.unique(e)) < 3:
        return None
    others = np.empty((len(y), 0)) if controls is None else controls
    # Around its middle, e and its square are not collinear by their size alone.
    middle = float(e.mean())
    x = e - middle
    fit = least_squares(y, np.column_stack([np.ones(len(y)), x, x * x, others]))
    if fit is None:
        return None
    ends = [_slope(fit, float(x.min())), _slope(fit, float(x.max()))]
    t_low, t_high = (
        value / se if se > 0 else math.copysign(math.inf, value) if value else 0.0 for value, se in ends
    )
    p = max(float(stdtr(fit.df, -t_low)), float(stdtr(fit.df, t_high)))
    low, high = [(v, v - fit.critical * se, v + fit.critical * se) for v, se in ends]
    b, c = float(fit.coefficients[1]), float(fit.coefficients[2])
    turning = -b / (2 * c) + middle if c else math.nan
    turning_low, turning_high = _fieller(fit)
    return InvertedU(fit, low, high, turning, turning_low + middle, turning_high + middle, p)


def _slope(fit: Fit, at: float) -> tuple[float, float]:
    """Return b + 2 c e and its standard error at a value of e."""
    weight = np.array([1.0, 2 * at])
    return float(weight @ fit.coefficients[1:3]), math.sqrt(
        max(float(weight @ fit.covariance[1:3, 1:3] @ weight), 0.0)
    )


def _fieller(fit: Fit) -> tuple[float, float]:
    """Return Fieller's interval of -b / (2 c): where the slope is not different from 0; NaN twice if c itself is not."""
    b, c = (float(v) for v in fit.coefficients[1:3])
    (vb, cov), (_, vc) = fit.covariance[1:3, 1:3]
    t2 = fit.critical**2
    # (b + 2 c e)^2 <= t^2 (vb + 4 e cov + 4 e^2 vc), a quadratic in e
    q2, q1, q0 = 4 * (c * c - t2 * vc), 4 * (b * c - t2 * cov), b * b - t2 * vb
    if q2 <= 0:
        return math.nan, math.nan
    root = math.sqrt(max(q1 * q1 - 4 * q2 * q0, 0.0))
    return (-q1 - root) / (2 * q2), (-q1 + root) / (2 * q2)


def coupling_concentration(cluster: Cluster) -> Values:
    """Return how concentrated the trade of each firm is on few partners: sum over partners of the squared share of its ties' strength.

    1 with one partner; 1/k with k equal ones. Partners inside and outside of the cluster count. NaN for firms that did not answer,
    whose ties others stated in part only, and for firms without trade ties.
    """
    ties = cluster.achieved("transaction")
    ends = [
        ties[list(pair)].set_axis(["firm", "partner", "strength"], axis=1)
        for pair in (("source", "target", "strength"), ("target", "source", "strength"))
    ]
    both = pd.concat(ends)
    both = both[(both["firm"] != both["partner"]) & (both["strength"] > 0)]
    strength = both.groupby(["firm", "partner"])["strength"].sum()
    totals = strength.groupby("firm").transform("sum")
    concentration = (
        ((strength / totals) ** 2).groupby("firm").sum().reindex(cluster.firms).to_numpy(dtype=np.float64)
    )
    return np.where(cluster.responded, concentration, np.nan)


@measure(
    name="coupling_concentration_mean", level="cluster", label_en="Mean coupling concentration of trade", label_zh="交易关系集中度均值",
    definition="How concentrated the trade ties of a firm are on few partners, 1 with a single one: mean over the firms that answered and trade; partners outside of the cluster count.",
    formula="mean_i sum_j p_ij^2, p_ij the share of partner j in the strength of i's ties", source="Uzzi 1996, first-order network coupling [adapted]",
    boundaries=_ANSWERED, bounds=SHARE, cost="linear", interval_kind="sampling", undefined="no firm trades",
)  # fmt: skip
@measure(
    name="lock_in_p", level="cluster", label_en="Inverted U of coupling, p", label_zh="锁定效应（倒U形检验p值）",
    definition="p of the hypothesis that innovation performance does not first rise and then fall with coupling concentration: the larger of the one-sided p of a slope up at the least and a slope down at the greatest concentration.",
    formula="max(P(t > b + 2 c min e), P(t < b + 2 c max e)), each over its standard error", source="Lind and Mehlum 2010; Uzzi 1997 for the question [adapted]",
    boundaries=_ANSWERED, bounds=SHARE, cost="linear", undefined="concentration takes fewer than three values",
)  # fmt: skip
@measure(
    name="lock_in_slope", level="cluster", label_en="Slope of performance on coupling at an end", label_zh="关系集中度两端的绩效斜率",
    definition="Slope of standardized innovation performance on coupling concentration where concentration is least or greatest among the firms, from a regression with its square and absorptive capacity; an inverted U needs up and down.",
    formula="b + 2 c e at min e and max e", source="Lind and Mehlum 2010 [adapted]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="linear", interval_kind="sampling", undefined="concentration takes fewer than three values",
)  # fmt: skip
@measure(
    name="lock_in_turning_point", level="cluster", label_en="Turning point of performance in coupling", label_zh="关系集中度的绩效转折点",
    definition="Coupling concentration at which fitted innovation performance turns; the interval is Fieller's, and is left out where it is unbounded, as the square is not different from zero.",
    formula="-b / (2 c)", source="Fieller 1954; Lind and Mehlum 2010 [adapted]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="linear", interval_kind="sampling", undefined="the fitted curve is a line",
)  # fmt: skip
def estimate_lock_in(data: FirmData) -> list[Row]:
    """Return the mean coupling concentration of trade and the test of an inverted U of innovation performance in it."""
    rows = Rows(data.cluster, "mechanism", "social_capital")
    why = data.cluster.why_not("lock_in_p", "transaction")
    if why:
        rows.withhold("lock_in_p", why)
        return rows
    coupling = coupling_concentration(data.cluster)
    rows.mean("coupling_concentration_mean", coupling, layer="transaction")
    values = np.column_stack([data.matrix([_PERFORMANCE, "absorptive_capacity_index"]), coupling])
    why = data.why_not(
        "lock_in_p", [_PERFORMANCE, "absorptive_capacity_index", "coupling_concentration"], values
    )
    if why:
        rows.withhold("lock_in_p", why)
        return rows
    complete = values[complete_rows(values)]
    found = inverted_u(standardized(complete[:, :1])[:, 0], complete[:, 2], standardized(complete[:, 1:2]))
    if found is None:
        rows.withhold(
            "lock_in_p",
            "undefined: concentration takes fewer than three values, or goes with absorptive capacity alone",
        )
        return rows
    known: dict[str, Any] = {"n": len(complete), "coverage": len(complete) / len(values), "method": _METHOD}
    rows.value("lock_in_p", found.p, **{**known, "method": _METHOD + "; test of Lind and Mehlum"})
    for end, (value, low, high) in (("low end", found.slope_low), ("high end", found.slope_high)):
        rows.value(
            "lock_in_slope", value, low=low, high=high, interval_kind="sampling", category=end, **known
        )
    bounded = found.turning_low == found.turning_low
    rows.value(
        "lock_in_turning_point", found.turning_point, low=found.turning_low, high=found.turning_high,
        interval_kind="sampling" if bounded else "", **{**known, "method": _METHOD + "; Fieller's interval" + ("" if bounded else " is unbounded")},
    )  # fmt: skip
    return rows
