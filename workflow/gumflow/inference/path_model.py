"""Trust, knowledge sharing, transaction cost and performance: the chain of the social-capital mechanism as an estimated path model.

Trust goes to knowledge sharing and to lower cost of transactions, and these two go to allocation and to innovation performance (2.4.3).
Each arrow is a standardized least-squares coefficient; what trust does through an intermediate is the product of two arrows. The paths
are associations among firms at one time: the model assumes the order of the arrows, it does not show it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gumflow.inference.firm_regressions import (
    FirmData,
    Matrix,
    bca_interval,
    complete_rows,
    drawn_correlations,
    percentile_interval,
    standardized_fits,
    with_jackknife,
)
from gumflow.measures.registry import ANY_NUMBER, SHARE, measure
from gumflow.mechanisms.cluster import Flags, Row, Values
from gumflow.mechanisms.rows import Rows

UNIT_KIND, UNIT = "path_model", "social_capital"
# Trust and sharing are read on the same partners: mean trust in all whom a firm named falls with the number of its advisers by the way it was asked.
COLUMNS = {
    "trust": "partner_trust",
    "knowledge_sharing": "partner_knowledge_share",
    "cost_reduction": "cost_reduction",
    "allocation": "allocation_performance",
    "innovation": "innovation_performance",
}
EQUATIONS = {
    "knowledge_sharing": ("trust",),
    "cost_reduction": ("trust",),
    "allocation": ("knowledge_sharing", "cost_reduction"),
    "innovation": ("knowledge_sharing", "cost_reduction"),
}
_ANSWERED = ("census", "roster", "sample")
_MODEL = "trust > {knowledge sharing, lower cost} > {allocation, innovation}; "
_BOOTSTRAP = "bootstrap of firms"


@dataclass(frozen=True, eq=False)
class Equation:
    """One equation: its coefficients and R2 with all firms (first), in each draw, and with each firm left out."""

    coefficients: Matrix
    r_squared: Values
    complete: Flags


@measure(
    name="path_coefficient", level="cluster", label_en="Path coefficient, social capital", label_zh="社会资本路径系数",
    definition="Standardized least-squares coefficient of one arrow of the social-capital chain: of an intermediate on trust, or of performance on both intermediates together; complete firms of the equation.",
    formula="b = R_xx^-1 r_xy; interval b -+ t sd of bootstrap draws", source="Wright 1934; Baron and Kenny 1986; equations as figure 2-8 orders them [adapted]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="sampled", interval_kind="sampling", undefined="predictors are collinear",
)  # fmt: skip
@measure(
    name="path_r_squared", level="cluster", label_en="Variance explained, path model of social capital", label_zh="社会资本路径模型解释方差",
    definition="Share of the variance of one outcome of the social-capital chain that the variables before it explain in its equation.",
    formula="R2 = b' r_xy; interval R2 -+ t sd of bootstrap draws", source="Wright 1934; equations as figure 2-8 orders them [adapted]",
    boundaries=_ANSWERED, bounds=SHARE, cost="sampled", interval_kind="sampling", undefined="predictors are collinear",
)  # fmt: skip
@measure(
    name="indirect_effect", level="cluster", label_en="Indirect effect of trust", label_zh="信任的间接效应",
    definition="What trust does to performance through an intermediate: the product of the two standardized arrows; with the name of no intermediate, the sum over both. The interval is the expanded percentile bootstrap, whose test keeps its level better than the corrected one (see indirect_effect_bca).",
    formula="a b; interval: Phi(-+ sqrt(n / (n - 1)) t) points of a* b*", source="Shrout and Bolger 2002; Hesterberg 2015 for the interval [adapted]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="sampled", interval_kind="sampling", undefined="predictors are collinear",
)  # fmt: skip
@measure(
    name="indirect_effect_bca", level="cluster", label_en="Indirect effect of trust, corrected interval", label_zh="信任的间接效应（偏差校正区间）",
    definition="The indirect effect with the bias-corrected and accelerated bootstrap interval, which covers large effects more evenly and is too short near zero.",
    formula="a b; ends at Phi(z0 + (z0 -+ z) / (1 - k (z0 -+ z))) of the draws", source="Efron 1987; MacKinnon, Lockwood and Williams 2004 [as published]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="sampled", interval_kind="sampling", undefined="predictors are collinear",
)  # fmt: skip
@measure(
    name="direct_effect_left_out", level="cluster", label_en="Direct effect of trust that the path model leaves out", label_zh="路径模型未含的信任直接效应",
    definition="Standardized coefficient of trust when it is added to the equation of a performance; far from zero, the intermediates do not carry all that trust does and the chain is not the whole story.",
    formula="coefficient of trust in performance ~ knowledge sharing + lower cost + trust", source="Baron and Kenny 1986 [adapted]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="sampled", interval_kind="sampling", undefined="predictors are collinear",
)  # fmt: skip
def estimate_path_model(data: FirmData) -> list[Row]:
    """Return path coefficients, R2, indirect effects and the direct effects left out, with bootstrap intervals.

    Each equation has its own complete firms, so that an outcome few answered does not cost the others theirs; an indirect effect rests on
    the firms complete in both of its equations. An equation that cannot be estimated has one `path_r_squared` row that says why; if none can, one
    `path_coefficient` row does.
    """
    rows = Rows(data.cluster, UNIT_KIND, UNIT)
    reasons = {o: _why_not(data, "path_r_squared", (*before, o)) for o, before in EQUATIONS.items()}
    if all(reasons.values()):
        rows.withhold("path_coefficient", _why_not(data, "path_coefficient", ("trust", "knowledge_sharing")))
        return rows
    for outcome, why in reasons.items():
        if why:
            rows.withhold("path_r_squared", why, category=outcome)
        else:
            _equation_rows(rows, data, outcome)
    for outcome in ("allocation", "innovation"):
        _outcome_rows(rows, data, outcome)
    return rows


def _why_not(data: FirmData, name: str, variables: tuple[str, ...]) -> str:
    columns = [COLUMNS[v] for v in variables]
    return data.why_not(name, columns, data.matrix(columns))


def _equation(data: FirmData, outcome: str, predictors: tuple[str, ...]) -> Equation:
    """Fit one equation on its complete firms, on every draw of them, and without each of them."""
    values = data.matrix([COLUMNS[v] for v in (*predictors, outcome)])
    complete = complete_rows(values)
    correlations = drawn_correlations(with_jackknife(data.counts, complete), values[complete])
    k = len(predictors)
    return Equation(*standardized_fits(correlations, k, range(k)), complete)


def _equation_rows(rows: Rows, data: FirmData, outcome: str) -> None:
    predictors = EQUATIONS[outcome]
    fit = _equation(data, outcome, predictors)
    n, draws = int(fit.complete.sum()), len(data.counts)
    known: dict[str, Any] = {
        "coverage": float(fit.complete.mean()),
        "method": _MODEL + "standardized least squares, " + _BOOTSTRAP,
    }
    for k, predictor in enumerate(predictors):
        drawn = fit.coefficients[:, k]
        rows.drawn(
            "path_coefficient",
            drawn[0],
            drawn[1 : 1 + draws],
            n,
            category=f"{predictor} > {outcome}",
            **known,
        )
    rows.drawn("path_r_squared", fit.r_squared[0], fit.r_squared[1 : 1 + draws], n, category=outcome, **known)


def _outcome_rows(rows: Rows, data: FirmData, outcome: str) -> None:
    """Add what trust does to one outcome: through each intermediate, through both, and past them."""
    between = EQUATIONS[outcome]
    variables = ("trust", *between, outcome)
    why = _why_not(data, "indirect_effect", variables)
    if why:
        rows.withhold("indirect_effect", why, category=f"trust > {outcome}")
        return
    values = data.matrix([COLUMNS[v] for v in variables])
    complete = complete_rows(values)
    correlations = drawn_correlations(with_jackknife(data.counts, complete), values[complete])
    effects = indirect_effects(correlations)
    n, draws = int(complete.sum()), len(data.counts)
    known: dict[str, Any] = {"n": n, "coverage": float(complete.mean())}
    chains = {f"trust > {m} > {outcome}": effects[:, k] for k, m in enumerate(between)}
    for chain, drawn in {**chains, f"trust > {outcome}": effects.sum(axis=1)}.items():
        value, left_out = float(drawn[0]), drawn[1 + draws :]
        intervals = {
            "indirect_effect": ("expanded percentile", percentile_interval(drawn[1 : 1 + draws], n)),
            "indirect_effect_bca": ("BCa", bca_interval(value, drawn[1 : 1 + draws], left_out)),
        }
        for name, (kind, (low, high)) in intervals.items():
            rows.value(
                name, value, low=low, high=high, interval_kind="sampling" if low == low else "", category=chain,
                method=f"{_MODEL}product of standardized coefficients, {kind} {_BOOTSTRAP}", **known,
            )  # fmt: skip
    last = len(variables) - 1
    past = standardized_fits(correlations[: 1 + draws], last, range(last))[0][:, 0]
    rows.drawn(
        "direct_effect_left_out", past[0], past[1:], n, coverage=float(complete.mean()), category=f"trust > {outcome}",
        method=f"trust added to the equation, {_BOOTSTRAP}",
    )  # fmt: skip


def indirect_effects(correlations: NDArray[np.float64]) -> Matrix:
    """Return the products of arrows (draws x intermediates) from correlations of trust, the intermediates and one outcome, in this order."""
    last = correlations.shape[1] - 1
    first = correlations[:, 0, 1:last]
    return first * standardized_fits(correlations, last, range(1, last))[0]
