"""Do firms do better whose sources know more, or do better themselves? Regressions of performance on exposure in the knowledge network.

By default exposure is tested by permutation, which holds at the size of a cluster. Network lag and error models are estimated on request:
with the 30 to 150 firms of a cluster they find little of what is there, and every row of theirs says so.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gumflow.inference.firm_regressions import (
    FEWEST_FIRMS,
    FirmData,
    Matrix,
    complete_rows,
    least_squares,
    standardized,
    student,
)
from gumflow.inference.spatial_models import (
    POWERED_FROM,
    error_model,
    identified,
    impacts,
    lag_model,
    two_stage,
)
from gumflow.measures.registry import ANY_NUMBER, COMPLETE, SHARE, measure
from gumflow.mechanisms.cluster import Flags, Row, Values
from gumflow.mechanisms.rows import Rows

if TYPE_CHECKING:
    from scipy import sparse

LAYER = "knowledge"
_OUTCOME, _KNOWLEDGE = "innovation_performance", "absorptive_capacity_index"
SOURCES_KNOWLEDGE, SOURCES_OUTCOME = "knowledge of sources", "performance of sources"
# Values (draws x firms) handled in one product. A constant, since the bytes of a product depend on its width.
_BATCH_VALUES = 2**18
_TIE = 1e-9
_NO_SOURCE = "withheld: {n} firm(s) with all values have a source whose value is known, and the regression on exposure needs {least}"
_METHOD = "innovation performance on exposure and own absorptive capacity"
_NOTHING_LEFT = "undefined: own absorptive capacity leaves nothing of performance open"
_NO_TOP = "undefined: the likelihood has no top between -0.999 and 0.999"
_PERFECT = 1 - 1e-12
_UNDERPOWERED = (
    "; underpowered: simulations with a true lag of 0.3 and 4 sources each found it by two-stage least squares in 4, 6, 10 and 21 % of "
    "clusters of 40, 80, 150 and 300 firms, and maximum likelihood gave 0.19, 0.24, 0.28 and 0.29 on average"
)


@dataclass(frozen=True, eq=False)
class Exposure:
    """Regression on exposure: standardized coefficient with Student's interval, permutation p, firms with exposure, permutations."""

    coefficient: float
    low: float
    high: float
    p: float
    n: int
    permutations: int


def exposure_weights(data: FirmData, known: Flags) -> "sparse.csr_array":
    """Return W (firms x firms): w[i, j] is the share of source j in the strength of the knowledge ties that bring i knowledge.

    Knowledge runs from source to target of a tie, so that row i is read from the ties into i. Sources without a value (`known`) are left
    out before rows are normalized; rows of firms that did not answer, and of firms without such a source, are 0.
    """
    from scipy import sparse

    n = len(data.cluster.firms)
    network = data.cluster.firm_network(LAYER)
    if network is None:
        return sparse.csr_array((n, n))
    kept = known[network.source] & data.cluster.responded[network.target]
    w = sparse.csr_array((network.strength[kept], (network.target[kept], network.source[kept])), shape=(n, n))
    total = np.asarray(w.sum(axis=1)).ravel()
    return sparse.csr_array(sparse.diags_array(np.divide(1.0, total, out=np.zeros(n), where=total > 0)) @ w)


def exposure_regression(
    y: Values,
    own: Matrix,
    w: "sparse.csr_array",
    rng: np.random.Generator,
    permutations: int,
    sources: Values | None = None,
) -> Exposure | None:
    """Regress y on exposure E and on `own` (n x k) over the firms with sources, and test E by permutation.

    E = W sources, or E = W y where no values of the sources are given. Residuals of y on `own` are dealt anew to the firms (Freedman and
    Lane 1983), which is what relabeling the network would do to what the firm's own values leave open; exposure to y is computed anew from
    each. p is twice the smaller tail of Student's t over the permutations, observed order included. Under a null of alike errors among
    tied firms p is too small; `spatial_models` tells these apart where the network is large. None if E is collinear with `own`.
    """
    there = np.asarray(w.sum(axis=1)).ravel() > 0
    constant = np.column_stack([np.ones(len(y)), own])
    reduced = least_squares(y, constant)
    exposure = w @ (y if sources is None else sources)
    fit = least_squares(y[there], np.column_stack([constant[there], exposure[there]]))
    if reduced is None or fit is None:
        return None
    base = np.linalg.qr(constant[there])[0]

    def left_over(values: Matrix) -> Matrix:
        return values - (values @ base) @ base.T

    fitted = y - reduced.residuals
    fixed = left_over(exposure[there][None, :])

    def statistics(residuals: Matrix) -> Values:
        drawn = fitted + residuals
        outcome = left_over(drawn[:, there])
        e = fixed if sources is not None else left_over((w @ drawn.T).T[:, there])
        ee, ey, yy = (e * e).sum(axis=1), (e * outcome).sum(axis=1), (outcome * outcome).sum(axis=1)
        rest = np.maximum(yy * ee - ey * ey, 0.0)
        return np.divide(ey * math.sqrt(fit.df), np.sqrt(rest), out=np.zeros(len(drawn)), where=rest > 0)

    t = statistics(reduced.residuals[None, :])[0]
    p = _two_sided(t, _permuted(statistics, reduced.residuals, rng, permutations))
    spread = y[there].std()
    scale = exposure[there].std() / spread if spread > 0 else 0.0
    value, half = float(fit.coefficients[-1]) * scale, fit.critical * float(fit.se[-1]) * scale
    return Exposure(value, value - half, value + half, p, int(there.sum()), permutations)


def _permuted(
    statistics: Callable[[Matrix], Values], residuals: Values, rng: np.random.Generator, permutations: int
) -> Values:
    batch = max(1, _BATCH_VALUES // len(residuals))
    parts = []
    for start in range(0, permutations, batch):
        rows = np.tile(residuals, (min(batch, permutations - start), 1))
        parts.append(statistics(rng.permuted(rows, axis=1)))
    return np.concatenate(parts)


def _two_sided(t: float, drawn: Values) -> float:
    """Return twice the smaller tail, the observed value counted; equal but for rounding counts as equal."""
    slack = _TIE * max(abs(t), 1.0)
    above, below = np.sum(drawn >= t - slack), np.sum(drawn <= t + slack)
    return float(min(1.0, 2 * (1 + min(above, below)) / (1 + len(drawn))))


@measure(
    name="spillover_exposure", level="cluster", label_en="Performance on exposure to sources", label_zh="知识来源暴露对绩效的系数",
    definition="Standardized coefficient of exposure in the regression of a firm's innovation performance on it and on the firm's own absorptive capacity. Exposure is the mean, weighted by strength of ties, of the absorptive capacity of those whose knowledge reaches the firm (knowledge of sources), or of their performance (performance of sources: no interval, as firms that act on each other at once bias it).",
    formula="y = a + b W K + c K + e, b sd(W K) / sd(y), W the knowledge ties by target with rows of sum 1", source="Manski 1993 on exposure and its limits; Leenders 2002 for W [adapted]",
    boundaries=COMPLETE, reads="observed", bounds=ANY_NUMBER, cost="sampled", interval_kind="sampling", undefined="exposure is collinear with own absorptive capacity",
)  # fmt: skip
@measure(
    name="spillover_exposure_p", level="cluster", label_en="Performance on exposure to sources, p", label_zh="知识来源暴露对绩效的系数（置换检验p值）",
    definition="Two-sided p of exposure by permuting among firms what their own absorptive capacity leaves open of performance; small: performance goes with the sources more than dealing it out at random would give.",
    formula="2 min(#{t* >= t}, #{t* <= t}) / (1 + permutations), the observed t among them", source="Freedman and Lane 1983 [adapted]",
    boundaries=COMPLETE, reads="observed", bounds=SHARE, cost="sampled", undefined="exposure is collinear with own absorptive capacity",
)  # fmt: skip
def estimate_spillover(data: FirmData) -> list[Row]:
    """Return the regressions on exposure to the knowledge and to the performance of sources, and on request the network models."""
    rows = Rows(data.cluster, "part", "learning.process")
    why = data.cluster.why_not("spillover_exposure", LAYER)
    columns = [_OUTCOME, _KNOWLEDGE]
    values = data.matrix(columns)
    why = why or data.why_not("spillover_exposure", columns, values)
    if why:
        rows.withhold("spillover_exposure", why, layer=LAYER)
        return rows
    complete = complete_rows(values)
    z = standardized(values[complete])
    y, own = z[:, 0], z[:, 1:]
    # Performance of sources is read among complete firms alone, since it is permuted; their knowledge is known of more firms.
    knows = ~np.isnan(values[:, 1])
    capacity = np.where(knows, values[:, 1], 0.0)
    among = exposure_weights(data, complete)[complete][:, complete]
    reach = exposure_weights(data, knows)[complete]
    _exposure_rows(rows, data, y, own, (among, None, SOURCES_OUTCOME))
    _exposure_rows(rows, data, y, own, (reach, capacity, SOURCES_KNOWLEDGE))
    if data.cluster.settings.spillover_models:
        network_model_rows(rows, data, y, own, among.toarray())
    return rows


def _exposure_rows(
    rows: Rows, data: FirmData, y: Values, own: Matrix, exposed: tuple["sparse.csr_array", Values | None, str]
) -> None:
    w, sources, category = exposed
    n = int((np.asarray(w.sum(axis=1)).ravel() > 0).sum())
    if n < FEWEST_FIRMS:
        rows.withhold(
            "spillover_exposure",
            _NO_SOURCE.format(n=n, least=FEWEST_FIRMS),
            layer=LAYER,
            category=category,
            n=n,
        )
        return
    draws = data.cluster.settings.draws
    found = exposure_regression(y, own, w, data.cluster.stream("exposure", category), draws, sources)
    if found is None:
        rows.withhold(
            "spillover_exposure",
            "undefined: exposure is collinear with own absorptive capacity",
            layer=LAYER,
            category=category,
            n=n,
        )
        return
    known: dict[str, Any] = {
        "layer": LAYER,
        "category": category,
        "n": found.n,
        "coverage": found.n / len(data.cluster.firms),
    }
    interval = (
        {"low": found.low, "high": found.high, "interval_kind": "sampling"} if sources is not None else {}
    )
    rows.value("spillover_exposure", found.coefficient, method=_METHOD, **known, **interval)
    rows.value(
        "spillover_exposure_p", found.p, method=f"{_METHOD}; Freedman-Lane, {draws} permutations", **known
    )


@measure(
    name="spillover_lag", level="cluster", label_en="Network lag of performance", label_zh="绩效的网络滞后系数",
    definition="How much a firm's innovation performance follows the mean of its sources' in a network lag model with own absorptive capacity, by maximum likelihood (interval of the likelihood profile) or two-stage least squares; on request, and weak at the size of a cluster.",
    formula="y = rho W y + X b + e", source="Ord 1975; Kelejian and Prucha 1998 [as published]",
    boundaries=COMPLETE, reads="observed", on_request="spillover_models", bounds=ANY_NUMBER, cost="quadratic", interval_kind="sampling", undefined="no instrument is left",
)  # fmt: skip
@measure(
    name="spillover_error", level="cluster", label_en="Network error of performance", label_zh="绩效的网络误差系数",
    definition="How alike what the model leaves out is among tied firms, in a network error model of innovation performance with own absorptive capacity, by maximum likelihood; on request.",
    formula="y = X b + u, u = lambda W u + e", source="Ord 1975; Anselin 1988 [as published]",
    boundaries=COMPLETE, reads="observed", on_request="spillover_models", bounds=(-1.0, 1.0), cost="quadratic", interval_kind="sampling", undefined="the regressors are collinear",
)  # fmt: skip
@measure(
    name="spillover_first_stage_f", level="cluster", label_en="First-stage F of the network lag", label_zh="网络滞后模型第一阶段F值",
    definition="F of the instruments (what sources and their sources know) in the first stage of two-stage least squares; below about 10 the estimate is not to be trusted.",
    formula="F of W X and W^2 X in W y on X, W X, W^2 X", source="Staiger and Stock 1997 [as published]",
    boundaries=COMPLETE, reads="observed", on_request="spillover_models", cost="quadratic", undefined="no instrument is left",
)  # fmt: skip
@measure(
    name="spillover_impact", level="cluster", label_en="Impact of absorptive capacity through the network", label_zh="吸收能力的网络影响",
    definition="What one standard deviation more of absorptive capacity does to innovation performance in the network lag model: to the firm itself (direct), to all others (indirect) and together (total); interval by simulation from the estimates' normal distribution.",
    formula="S = (I - rho W)^-1 b: tr(S) / n, 1'S1 / n, and their difference", source="LeSage and Pace 2009, ch. 2.7 [as published]",
    boundaries=COMPLETE, reads="observed", on_request="spillover_models", bounds=ANY_NUMBER, cost="quadratic", interval_kind="sampling", undefined="the regressors are collinear",
)  # fmt: skip
@measure(
    name="spillover_identified", level="cluster", label_en="Peer effect identified by the network", label_zh="同伴效应可识别性",
    definition="1 if the network can tell a peer effect from effects of peers' traits: I, W and W^2 are linearly independent; 0 otherwise.",
    formula="rank of (vec I, vec W, vec W^2) is 3", source="Bramoulle, Djebbari and Fortin 2009, proposition 1 [as published]",
    boundaries=COMPLETE, reads="observed", on_request="spillover_models", bounds=SHARE, scale="flag", cost="quadratic",
)  # fmt: skip
def network_model_rows(rows: Rows, data: FirmData, y: Values, own: Matrix, w: Matrix) -> None:
    """Add network lag and error models, their first-stage F, impacts and identification, each flagged where underpowered."""
    n = len(y)
    flag = _UNDERPOWERED if n < POWERED_FROM else ""
    known: dict[str, Any] = {"layer": LAYER, "n": n, "coverage": n / len(data.cluster.firms)}
    x = np.column_stack([np.ones(n), own])
    plain = least_squares(y, x)
    if plain is None or plain.r_squared > _PERFECT:
        rows.withhold("spillover_lag", _NOTHING_LEFT, **known)
        return
    rows.value("spillover_identified", float(identified(w)), method="I, W and W^2", **known)
    lag, error, staged = lag_model(y, x, w), error_model(y, x, w), two_stage(y, x, w)
    for name, model in (("spillover_lag", lag), ("spillover_error", error)):
        if model is None:
            rows.withhold(name, _NO_TOP, category="maximum likelihood", **known)
        else:
            rows.value(
                name, model.rho, low=model.low, high=model.high, interval_kind="sampling", category="maximum likelihood",
                method=f"maximum likelihood, profile interval{flag}", **known,
            )  # fmt: skip
    if staged is None:
        rows.withhold("spillover_first_stage_f", "undefined: no instrument is left", **known)
    else:
        half = student(staged.df) * staged.se
        rows.value(
            "spillover_lag", staged.rho, low=staged.rho - half, high=staged.rho + half, interval_kind="sampling",
            category="two-stage least squares", method=f"two-stage least squares{flag}", **known,
        )  # fmt: skip
        rows.value(
            "spillover_first_stage_f",
            staged.first_stage_f,
            method=f"{staged.instruments} instruments{flag}",
            **known,
        )
    if lag is not None:
        drawn = impacts(lag, w, 1, data.cluster.stream("impacts"), data.cluster.settings.draws)
        for kind, (value, low, high) in drawn.items():
            rows.value(
                "spillover_impact", value, low=low, high=high, interval_kind="sampling", category=kind,
                method=f"network lag model, simulation{flag}", **known,
            )  # fmt: skip
