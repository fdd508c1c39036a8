"""The two-way action of factors: does one factor at an earlier wave go with another at a later one, and the other way round?

With two waves, each of a pair of factors is regressed on both at the wave before (cross-lagged panel). With one, what can be asked is
whether the association of two factors differs with a third: policy as moderator, governance as binder. Neither shows a cause: what both
factors share and the model leaves out looks the same. The coupling coordination degree describes levels and shows no action at all.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gumflow.inference.firm_regressions import (
    FirmData,
    Matrix,
    complete_rows,
    drawn_correlations,
    least_squares,
    standardized,
    standardized_fits,
)
from gumflow.measures.registry import ANY_NUMBER, SHARE, measure
from gumflow.mechanisms.cluster import Row, Values
from gumflow.mechanisms.rows import Rows

UNIT_KIND, EVERY = "coupling", "all"
ONE_WAVE = "withheld: what one factor does to another over time needs a wave before this one"
_ANSWERED = ("census", "roster", "sample")
_LAGGED = "standardized least squares of the later score on both earlier ones, firms in both waves, bootstrap of firms"
_PRODUCT = "standardized coefficient of the product of two centered scores, bootstrap of firms"


def score_of(factor: str) -> str:
    """Return the column that holds the score of a factor."""
    return f"score_{factor}"


def couplings(data: FirmData) -> list[tuple[str, str]]:
    """Return the pairs of factors that act on each other by the model, in its order."""
    return [(link.source, link.target) for link in data.cluster.model.links if link.relation == "couple"]


def basic_factors(data: FirmData) -> list[str]:
    """Return the basic factors of the model, in its order."""
    return [f.id for f in data.cluster.model.factors.values() if f.get("kind") == "basic"]


@measure(
    name="cross_lagged_effect", level="cluster", label_en="Cross-lagged effect of a factor", label_zh="要素间交叉滞后效应",
    definition="Standardized coefficient of one factor at the wave before in the regression of another factor on both at the wave before; firms in both waves. The category says which on which.",
    formula="Y2 = b1 Y1 + b2 X1 + e, b2; interval b2 -+ t sd of bootstrap draws", source="Rogosa 1980, cross-lagged regression; Hamaker, Kuiper and Grasman 2015 on its limits [adapted]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="sampled", interval_kind="sampling", undefined="the two factors are collinear at the wave before",
)  # fmt: skip
@measure(
    name="cross_lagged_p", level="cluster", label_en="Cross-lagged effect of a factor, p", label_zh="要素间交叉滞后效应（p值）",
    definition="Two-sided p of a cross-lagged effect by Student's t, adjusted by Holm's method for all effects of the cluster and wave; an action is two-way where both directions are small.",
    formula="Holm-adjusted 2 P(t > |b2| / se)", source="Holm 1979 [as published]",
    boundaries=_ANSWERED, bounds=SHARE, cost="linear", undefined="the two factors are collinear at the wave before",
)  # fmt: skip
def cross_lagged(data: FirmData, earlier: FirmData | None) -> list[Row]:
    """Return cross-lagged effects and their p for both directions of every coupling of the model, from `earlier` to this wave.

    `earlier` holds the same cluster at the wave before, None if there is none. Coverage is of the firms that are listed in both waves.
    """
    rows = Rows(data.cluster, UNIT_KIND, EVERY)
    if earlier is None:
        rows.withhold("cross_lagged_effect", data.cluster.why_not("cross_lagged_effect") or ONE_WAVE)
        return rows
    # Where each firm of this wave stands in the one before; -1 for those that are new.
    place = earlier.cluster.place_of(data.cluster.firms)
    both = place >= 0
    withheld: list[tuple[str, str, str]] = []
    found: dict[tuple[tuple[str, str], str], tuple[float, Values, int, float]] = {}
    for pair in couplings(data):
        columns = [score_of(f) for f in pair]
        before = earlier.matrix(columns)
        lagged = np.full((len(place), 2), np.nan)
        lagged[both] = before[place[both]]
        values = np.hstack([lagged, data.matrix(columns)])
        names = [*(f"{c} at the wave before" for c in columns), *columns]
        why = data.why_not("cross_lagged_effect", names, values, possible=int(both.sum()) or 1)
        if why:
            withheld.append(("cross_lagged_effect", why, _unit(pair)))
            continue
        both_ways = _lagged_effects(data, values)
        found |= {(pair, f"{a} > {b}"): e for (a, b), e in zip((pair, pair[::-1]), both_ways, strict=True)}
    adjusted = holm(np.array([p for *_, p in found.values()]))
    for ((pair, category), (value, draws, n, _)), p in zip(found.items(), adjusted, strict=True):
        known: dict[str, Any] = {"coverage": n / int(both.sum()), "category": category, "unit": _unit(pair)}
        rows.drawn("cross_lagged_effect", value, draws, n, method=_LAGGED, **known)
        rows.value("cross_lagged_p", float(p), n=n, method="Student's t, Holm's adjustment", **known)
    _add_withheld(rows, withheld)
    return rows


def _lagged_effects(data: FirmData, values: Matrix) -> list[tuple[float, Values, int, float]]:
    """Return, for the first factor on the second and the second on the first: coefficient, its draws, number of firms, and p.

    Columns of `values`: both factors at the wave before, then both at this one.
    """
    complete = complete_rows(values)
    own = values[complete]
    correlations = drawn_correlations(np.vstack([np.ones((1, len(own))), data.counts[:, complete]]), own)
    effects = []
    for cause, effect in ((0, 1), (1, 0)):
        coefficients = standardized_fits(correlations, 2 + effect, (effect, cause))[0][:, 1]
        x = np.column_stack([np.ones(len(own)), own[:, [effect, cause]]])
        fit = least_squares(own[:, 2 + effect], x)
        p = math.nan if fit is None else float(fit.p_values()[2])
        effects.append((float(coefficients[0]), coefficients[1:], len(own), p))
    return effects


def _unit(pair: Sequence[str]) -> str:
    return ".".join(pair)


def holm(p: Values) -> Values:
    """Return p values adjusted by Holm's step-down method (1979); NaN stays NaN and is not counted."""
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = (len(order) - np.arange(len(order))) * p[order]
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


@measure(
    name="policy_moderation", level="cluster", label_en="Policy as moderator of linkage and social capital", label_zh="公共政策对外向关联与社会资本的调节",
    definition="How much the slope of social capital on external linkage differs with public policy: standardized coefficient of the product of both, each centered; positive where policy strengthens it.",
    formula="social capital = a + b1 linkage + b2 policy + b3 linkage policy + e, b3 sd(linkage) sd(policy) / sd(social capital)", source="Aiken and West 1991; which factors is the model's claim [adapted]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="sampled", interval_kind="sampling", undefined="the product is collinear with its parts",
)  # fmt: skip
@measure(
    name="governance_binding", level="cluster", label_en="Governance as binder of two factors", label_zh="治理对要素间联系的粘合作用",
    definition="How much the association of two basic factors differs with governance: standardized coefficient of the product of the first factor and governance, each centered, in the regression of the second; positive where governance binds.",
    formula="Y = a + b1 X + b2 G + b3 X G + e, b3 sd(X) sd(G) / sd(Y)", source="Aiken and West 1991; governance as binder is the model's claim [adapted]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="sampled", interval_kind="sampling", undefined="the product is collinear with its parts",
)  # fmt: skip
def moderation(data: FirmData) -> list[Row]:
    """Return the interaction terms: policy on linkage and social capital, and governance on each pair of basic factors."""
    rows = Rows(data.cluster, UNIT_KIND, EVERY)
    basic = set(basic_factors(data))
    claims = [("policy_moderation", ("external_linkage", "social_capital"), "public_policy")]
    claims += [("governance_binding", p, "governance") for p in couplings(data) if basic.issuperset(p)]
    withheld: list[tuple[str, str, str]] = []
    for name, pair, third in claims:
        columns = [score_of(f) for f in (*pair, third)]
        values = data.matrix(columns)
        why = data.why_not(name, columns, values)
        if why:
            withheld.append((name, why, _unit(pair)))
            continue
        complete = complete_rows(values)
        x, y, m = values[complete].T
        drawn = interactions(np.vstack([np.ones((1, len(x))), data.counts[:, complete]]), y, x, m)
        rows.drawn(
            name, float(drawn[0]), drawn[1:], len(x), coverage=float(complete.mean()), unit=_unit(pair), category=third,
            method=_PRODUCT,
        )  # fmt: skip
    _add_withheld(rows, withheld)
    return rows


def _add_withheld(rows: Rows, withheld: Sequence[tuple[str, str, str]]) -> None:
    """Add a row for each (measure, reason, unit); one row with the first reason for a measure that has no value at all."""
    given = {row["measure"] for row in rows}
    for name, why, unit in withheld:
        if name not in given:
            rows.withhold(name, why)
            given.add(name)
        elif any(row["measure"] == name and not row.get("withheld") for row in rows):
            rows.withhold(name, why, unit=unit)


def interactions(counts: Matrix, y: Values, x: Values, m: Values) -> Values:
    """Return the standardized coefficient of x m in y ~ x + m + x m for each draw (draws x firms); NaN where singular.

    The coefficient does not depend on where x and m are centered, so that one centering serves all draws.
    """
    z = standardized(np.column_stack([x, m, y]))
    x, m = z[:, 0], z[:, 1]
    columns = np.column_stack([x, m, x * m, z[:, 2]])
    coefficient = standardized_fits(drawn_correlations(counts, columns), 3, (0, 1, 2))[0][:, 2]
    total = counts.sum(axis=1)

    def spread(column: Values) -> Values:
        mean = counts @ column / np.where(total > 0, total, np.nan)
        return np.sqrt(
            np.clip(counts @ (column * column) / np.where(total > 0, total, np.nan) - mean**2, 0, None)
        )

    # `coefficient` counts in standard deviations of the product; the effect counts in those of x and of m.
    product = spread(x * m)
    return np.divide(
        coefficient * spread(x) * spread(m), product, out=np.full(len(counts), np.nan), where=product > 0
    )


@measure(
    name="coupling_coordination", level="cluster", label_en="Coupling coordination degree of two factors", label_zh="要素耦合协调度",
    definition="Coupling coordination of two factors within firms, each factor as the rank of the firm in its cluster between 0 and 1: mean over firms. It describes how even and how high the two stand together and proves no action of one on the other; ranks that have nothing to do with each other give about 0.51, the same ranks 0.67.",
    formula="D = sqrt(C T), C = sqrt((1 - |U2 - U1|) min / max), T = (U1 + U2) / 2, U = (rank - 0.5) / n", source="Wang, Kong, Ren, Dong and Zhao 2021, corrected form; ranks as levels are a choice [adapted]",
    boundaries=_ANSWERED, bounds=SHARE, cost="linear", interval_kind="sampling", undefined="no firm has both scores",
)  # fmt: skip
def coordination(data: FirmData) -> list[Row]:
    """Return the mean coupling coordination degree of every coupling of the model."""
    rows = Rows(data.cluster, UNIT_KIND, EVERY)
    withheld: list[tuple[str, str, str]] = []
    for pair in couplings(data):
        columns = [score_of(f) for f in pair]
        values = data.matrix(columns)
        why = data.why_not("coupling_coordination", columns, values)
        if why:
            withheld.append(("coupling_coordination", why, _unit(pair)))
            continue
        rows.mean(
            "coupling_coordination",
            coordination_degrees(ranked(values)),
            unit=_unit(pair),
            method="ranks of firms; a description",
        )
    _add_withheld(rows, withheld)
    return rows


def ranked(values: Matrix) -> Matrix:
    """Return each column as (midrank - 0.5) / n over the rows that are complete; NaN in the others."""
    from scipy.stats import rankdata

    complete = complete_rows(values)
    levels = np.full(values.shape, np.nan)
    if complete.any():
        levels[complete] = (rankdata(values[complete], axis=0) - 0.5) / complete.sum()
    return levels


def coordination_degrees(levels: Matrix) -> Values:
    """Return the coupling coordination degree of two levels in (0, 1] (n x 2) in the corrected form of Wang et al. (2021)."""
    low, high = levels.min(axis=1), levels.max(axis=1)
    coupling = np.sqrt((1 - (high - low)) * low / high)
    return np.sqrt(coupling * levels.mean(axis=1))


def wave_before(data: FirmData, all_data: Sequence[FirmData]) -> FirmData | None:
    """Return the data of the wave before, if it is among those given."""
    if data.cluster.earlier is None:
        return None
    return next((d for d in all_data if d.cluster.cell == data.cluster.earlier.cell), None)


def estimate_two_way(data: FirmData, all_data: Sequence[FirmData]) -> list[Row]:
    """Return cross-lagged effects, interaction terms and coupling coordination of one cluster and wave."""
    return [*cross_lagged(data, wave_before(data, all_data)), *moderation(data), *coordination(data)]
