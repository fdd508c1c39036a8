"""Rows of `scores` from values of firms: means, shares and other statistics with their interval, number of firms and coverage.

An interval says how far the number would move with other firms of the same kind: Student's t for a mean (with allowance for shared partners where
values rest on partners), Wilson's for a share, a bootstrap over firms for everything else. Coverage is the share of the firms of the cluster (those that were asked) that the number rests on.
"""

import math
from collections.abc import Callable
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import get_measure, label_of
from gumflow.mechanisms.cluster import Cluster, Found, Row, Values
from gumflow.mechanisms.partners import Shared, spread

FEWEST = 3
"""Fewest firms that a mean, share or other statistic over firms rests on."""
_FEW = "withheld: only {n} firm(s) have a value, and {label} needs {least}"
_COVERAGE = "withheld: {share:.0%} of the firms have a value, less than the {gate:.0%} that the configuration asks for"
SHARED_METHOD = "interval allows for shared partners"
NO_VALUE = "withheld: no firm has a value"


class Rows(list[Row]):
    """Rows of one cluster and wave about one unit of the model (`unit_kind`, `unit`), such as mechanism, learning."""

    def __init__(self, cluster: Cluster, unit_kind: str, unit: str) -> None:
        """Start with no row."""
        super().__init__()
        self.cluster = cluster
        self.place: Row = {**cluster.head, "unit_kind": unit_kind, "unit": unit}

    def value(self, measure: str, value: float, *, method: str = "", **more: object) -> None:
        """Add a value as it is; `more` may hold category, layer, low, high, interval_kind, n, coverage, unit_kind and unit.

        A value that is NaN is withheld as undefined by definition, unless `withheld` gives another reason.
        """
        declared = get_measure(measure)
        if value != value and not more.get("withheld"):
            more["withheld"] = f"undefined: {declared.undefined or 'no value'}"
            more = {k: v for k, v in more.items() if k not in ("low", "high", "interval_kind")}
        self.append({**self.place, "measure": measure, "value": value, "method": method, **more})

    def category(self, measure: str, category: str, *, method: str = "", **more: object) -> None:
        """Add a category (a mode, a type) that has no number."""
        self.append({**self.place, "measure": measure, "category": category, "method": method, **more})

    def withhold(self, measure: str, why: str, **more: object) -> None:
        """Add a row without value that says why there is none."""
        self.append({**self.place, "measure": measure, "withheld": why, **more})

    def mean(
        self,
        measure: str,
        values: Values,
        *,
        method: str = "mean over firms",
        shared: Shared | None = None,
        **more: object,
    ) -> None:
        """Add the mean of a value over the firms that have one, with Student's interval cut to the measure's bounds.

        `shared` is what partners do in the values, where these rest on partners; the interval then allows for partners that firms share.
        """
        known = values[~np.isnan(values)]
        if self._held_back(measure, len(known), more):
            return
        more |= {"n": len(known), "coverage": len(known) / len(values)}
        low, high = mean_interval(values, shared, get_measure(measure).bounds)
        if low != low:
            # That all are the same in these firms does not show that they would be in others.
            self.value(
                measure,
                float(known.mean()),
                method=f"{method}; all have the same value, so no interval",
                **more,
            )
            return
        method = method if shared is None else f"{method}; {SHARED_METHOD}"
        self.value(
            measure, float(known.mean()), method=method, low=low, high=high, interval_kind="sampling", **more
        )

    def share(self, measure: str, flags: Values, *, method: str = "share of firms", **more: object) -> None:
        """Add the share of firms with a flag (1, 0, NaN where unknown), with Wilson's interval (1927)."""
        known = flags[~np.isnan(flags)]
        if self._held_back(measure, len(known), more):
            return
        low, high = wilson(float(known.sum()), len(known))
        self.value(
            measure, float(known.mean()), method=method, low=low, high=high, interval_kind="sampling", n=len(known),
            coverage=len(known) / len(flags), **more,
        )  # fmt: skip

    def drawn(
        self,
        measure: str,
        value: float,
        draws: Values,
        n: int,
        *,
        coverage: float = math.nan,
        method: str = "",
        **more: object,
    ) -> None:
        """Add a statistic with the interval of its bootstrap draws (`drawn_interval`); withheld if it rests on fewer than `FEWEST`."""
        if n < FEWEST:
            label = label_of(measure)
            why = _FEW.format(n=n, label=label, least=FEWEST) if n else NO_VALUE
            self.withhold(measure, why, n=n, coverage=coverage, **more)
            return
        low, high = drawn_interval(value, draws, n, get_measure(measure).bounds)
        self.value(
            measure, value, method=method, low=low, high=high, interval_kind="sampling" if low == low else "", n=n,
            coverage=coverage, **more,
        )  # fmt: skip

    def _held_back(self, measure: str, n: int, more: Row) -> bool:
        label = label_of(measure)
        coverage = n / max(len(self.cluster.firms), 1)
        gate = self.cluster.settings.withhold_below
        why = ""
        if n == 0:
            why = NO_VALUE
        elif n < FEWEST:
            why = _FEW.format(n=n, label=label, least=FEWEST)
        elif self.cluster.boundary != "sample" and coverage < gate:
            why = _COVERAGE.format(share=coverage, gate=gate)
        if why:
            self.withhold(measure, why, n=n, coverage=coverage, **more)
        return bool(why)


def mean_interval(
    values: Values, shared: Shared | None = None, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> tuple[float, float]:
    """Return Student's 95 % interval of the mean of the known values, of which there are two or more; NaN twice if all are the same.

    With `shared` (what partners do in the values) the spread is that of what each firm does in the mean: `partners.spread`.
    """
    known = values[~np.isnan(values)]
    center, deviation = float(known.mean()), spread(values, shared)
    if not float(known.std(ddof=1)) > 1e-12 * max(1.0, abs(center)):
        return math.nan, math.nan
    half = _student(len(known)) * deviation / math.sqrt(len(known))
    return max(bounds[0], center - half), min(bounds[1], center + half)


def wilson(hits: float, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (1927)."""
    z = 1.959963984540054
    share = hits / n
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, center - half), min(1.0, center + half)


def drawn_interval(
    value: float, draws: Values, n: int, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> tuple[float, float]:
    """Return the 95 % interval of a statistic of n firms from its bootstrap draws: value -+ t(n - 1) sd sqrt(n / (n - 1)).

    NaN twice where the value is undefined, fewer than three firms bear it, more than a tenth of the draws are undefined, or all draws are the same.
    """
    known = draws[~np.isnan(draws)]
    if value != value or n < FEWEST or len(known) < max(2, 0.9 * len(draws)) or np.ptp(known) == 0:
        return math.nan, math.nan
    half = _student(n) * float(known.std(ddof=1)) * math.sqrt(n / (n - 1))
    return max(bounds[0], value - half), min(bounds[1], value + half)


def _student(n: int) -> float:
    """Return Student's t of n - 1 degrees of freedom at 97.5 %."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 0.975))


def draw_counts(cluster: Cluster) -> NDArray[np.float64]:
    """Return bootstrap counts (draws x firms): how often each firm is drawn; every mechanism uses the same draws of a cluster."""
    if cluster not in _DRAWN:
        n, draws = len(cluster.firms), cluster.settings.draws
        stream = cluster.stream("bootstrap of firms")
        counts = stream.multinomial(n, np.full(n, 1 / n), size=draws) if n else np.zeros((draws, 0))
        counts = counts.astype(np.float64)
        counts.setflags(write=False)
        _DRAWN[cluster] = counts
    return _DRAWN[cluster]


_DRAWN: WeakKeyDictionary[Cluster, NDArray[np.float64]] = WeakKeyDictionary()


def bootstrap_ratio(counts: NDArray[np.float64], part: Values, whole: Values) -> Values:
    """Return sum(part) / sum(whole) over firms for each draw; firms with NaN in either are left out."""
    known = ~(np.isnan(part) | np.isnan(whole))
    above, below = counts @ np.where(known, part, 0.0), counts @ np.where(known, whole, 0.0)
    return np.divide(above, below, out=np.full(len(counts), np.nan), where=below != 0)


def firm_table(cluster: Cluster, columns: dict[str, NDArray]) -> pd.DataFrame:
    """Return values of firms as a table with the cluster's firms as index."""
    return pd.DataFrame(columns, index=pd.Index(cluster.firms, name="actor"))


def joined(parts: list[Found], cluster: Cluster) -> Found:
    """Return several findings on one cluster as one."""
    tables = [p.firms for p in parts if p.firms.shape[1]]
    firms = pd.concat(tables, axis=1) if tables else firm_table(cluster, {})
    return Found(firms, [row for p in parts for row in p.rows])


Mechanism = Callable[[Cluster], Found]
"""What each mechanism's module offers under `measure_<name>`."""
