"""What the firms' scores say together: upgrading on the ways it rests on, mechanisms with the outcome of their way, and all other estimates.

`estimate_mechanisms` is the one entry: it takes every cluster and wave with the table of its firms and returns rows of `scores`.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gumflow.inference.firm_regressions import FirmData, complete_rows, drawn_correlations, standardized_fits
from gumflow.inference.inverted_u import estimate_lock_in
from gumflow.inference.path_model import estimate_path_model
from gumflow.inference.spillover import estimate_spillover
from gumflow.inference.two_way import estimate_two_way, score_of
from gumflow.measures.registry import ANY_NUMBER, BALANCE, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Row, Values
from gumflow.mechanisms.rows import Rows

_ANSWERED = ("census", "roster", "sample")
_NOT_ASKED = "withheld: no question asks for the upgrading of the {way} way, so that the {mechanism} mechanism cannot be set beside it"
_PATH_NOT_ASKED = (
    "withheld: no question asks for {path} upgrading, so that it cannot be set beside the ways it rests on"
)
_Z = 1.959963984540054


def estimate_mechanisms(clusters: Sequence[Cluster], firms: Sequence[pd.DataFrame]) -> list[Row]:
    """Return all estimates of all clusters and waves as rows of `scores`.

    `firms` holds the table of each cluster's firms (index: actor) in the order of `clusters`, with the measures of level firm, the scores
    `score_<factor>` and the outcomes `outcome_<path or way>`; columns may be missing, and what rests on them is withheld with the reason.
    """
    data = [FirmData(c, t) for c, t in zip(clusters, firms, strict=True)]
    rows: list[Row] = []
    for one in data:
        rows += [
            *estimate_spillover(one),
            *estimate_path_model(one),
            *estimate_lock_in(one),
            *estimate_two_way(one, data),
            *estimate_upgrading(one),
            *estimate_associations(one),
        ]
    return rows


@measure(
    name="upgrading_coefficient", level="cluster", label_en="Upgrading on a way", label_zh="升级方式对升级路径的系数",
    definition="Standardized least-squares coefficient of the mechanism behind one way in the regression of an upgrading path, as firms report it, on the mechanisms of all ways that the path rests on; complete firms. An association among firms at one time.",
    formula="b = R_xx^-1 r_xy; interval b -+ t sd of bootstrap draws", source="Cohen, Cohen, West and Aiken 2003, ch. 3; which ways is the model's claim [adapted]",
    boundaries=_ANSWERED, bounds=ANY_NUMBER, cost="sampled", interval_kind="sampling", undefined="the mechanisms are collinear",
)  # fmt: skip
@measure(
    name="upgrading_r_squared", level="cluster", label_en="Variance of upgrading explained", label_zh="升级路径解释方差",
    definition="Share of the variance of an upgrading path, as firms report it, that the mechanisms of the ways it rests on explain together.",
    formula="R2 = b' r_xy; interval R2 -+ t sd of bootstrap draws", source="Cohen, Cohen, West and Aiken 2003, ch. 3; which ways is the model's claim [adapted]",
    boundaries=_ANSWERED, bounds=SHARE, cost="sampled", interval_kind="sampling", undefined="the mechanisms are collinear",
)  # fmt: skip
def estimate_upgrading(data: FirmData) -> list[Row]:
    """Return, per path, the coefficients of the ways it rests on and R2; a path without outcome or scores has one row with the reason."""
    rows = Rows(data.cluster, "path", "")
    model = data.cluster.model
    for path in model.paths.values():
        ways = list(path.get("rests_on"))
        columns = [*(score_of(model.ways[w].get("main")) for w in ways), f"outcome_{path.id}"]
        values = data.matrix(columns)
        why = data.why_not("upgrading_r_squared", columns, values)
        if why and not data.cluster.why_not("upgrading_r_squared") and np.isnan(values[:, -1]).all():
            why = _PATH_NOT_ASKED.format(path=path.id)
        if why:
            rows.withhold("upgrading_r_squared", why, unit=path.id)
            continue
        complete = complete_rows(values)
        n, k = int(complete.sum()), len(ways)
        counts = np.vstack([np.ones((1, n)), data.counts[:, complete]])
        coefficients, r_squared = standardized_fits(drawn_correlations(counts, values[complete]), k, range(k))
        known: dict[str, Any] = {
            "coverage": float(complete.mean()),
            "unit": path.id,
            "method": "standardized least squares, bootstrap of firms",
        }
        for place, way in enumerate(ways):
            drawn = coefficients[:, place]
            rows.drawn("upgrading_coefficient", float(drawn[0]), drawn[1:], n, category=way, **known)
        rows.drawn("upgrading_r_squared", float(r_squared[0]), r_squared[1:], n, **known)
    return rows


@measure(
    name="mechanism_way_association", level="cluster", label_en="Mechanism and outcome of its way", label_zh="运行机制与对应升级方式的相关",
    definition="Spearman's rank correlation over firms of the score of a mechanism with the upgrading of its way, as firms report it; given where a question asks for that upgrading.",
    formula="Pearson r of midranks; interval tanh(atanh r -+ z sqrt((1 + r^2 / 2) / (n - 3)))", source="Spearman 1904; Bonett and Wright 2000 for the interval [as published]",
    boundaries=_ANSWERED, bounds=BALANCE, cost="linear", interval_kind="sampling", undefined="all firms have the same score or outcome",
)  # fmt: skip
def estimate_associations(data: FirmData) -> list[Row]:
    """Return, per mechanism, the rank correlation of its score with the outcome of its way."""
    rows = Rows(data.cluster, "mechanism", "")
    for mechanism in data.cluster.model.mechanisms.values():
        way = mechanism.get("way")
        columns = [score_of(mechanism.get("factor")), f"outcome_{way}"]
        values = data.matrix(columns)
        why = data.why_not("mechanism_way_association", columns, values)
        if why and not data.cluster.why_not("mechanism_way_association") and np.isnan(values[:, 1]).all():
            why = _NOT_ASKED.format(way=way, mechanism=mechanism.id)
        if why:
            rows.withhold("mechanism_way_association", why, unit=mechanism.id)
            continue
        complete = values[complete_rows(values)]
        value, low, high = rank_correlation(complete[:, 0], complete[:, 1])
        rows.value(
            "mechanism_way_association", value, low=low, high=high, interval_kind="sampling", unit=mechanism.id, n=len(complete),
            coverage=len(complete) / len(values), method="Spearman's rank correlation with the interval of Bonett and Wright",
        )  # fmt: skip
    return rows


def rank_correlation(x: Values, y: Values) -> tuple[float, float, float]:
    """Return Spearman's rank correlation of x and y (n > 3 each, neither constant) with the interval of Bonett and Wright (2000)."""
    from scipy.stats import rankdata

    r = float(np.clip(np.corrcoef(rankdata(x), rankdata(y))[0, 1], -1, 1))
    if abs(r) == 1:
        return r, r, r
    half = _Z * math.sqrt((1 + r * r / 2) / (len(x) - 3))
    return r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)
