"""The audit of an index: do its parts go together, does each count as much as its weight says, and does it go with an outcome?

It reads scores in which more is better everywhere: normalized indicators and the groups above them. One row is one check of one node, with its
value, its limits, a verdict and what it means. Nothing is changed by it: whether an indicator stays is for its author to decide.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.audit_checks import (
    CHECKS,
    IMPORTANCE_RANGE,
    LEAST_ALPHA,
    LEAST_KMO,
    LEAST_OWN,
    REDUNDANT,
    SIGNIFICANT,
    WORST_KMO,
    WORST_PAIR,
    Verdict,
)
from gumflow.index.coherence import (
    Correlations,
    cronbach_alpha,
    first_component,
    kaiser_meyer_olkin,
    pairwise_correlations,
)
from gumflow.index.importance import importance_table
from gumflow.index.small_n import LEAST_FOR_COHERENCE, coherence_finding
from gumflow.index.tree import IndexTree

Floats = NDArray[np.float64]
Row = dict[str, Any]

AUDIT_COLUMNS = (
    "check", "node", "other", "value", "low", "high", "p", "n", "verdict", "reading", "reading_zh",
)  # fmt: skip
_TEXT = ("check", "node", "other", "verdict", "reading", "reading_zh")
_CONSTANT = ("it does not vary", "数值没有变化")


@dataclass(frozen=True, eq=False)
class _Audited:
    """What all checks read: scores of n rows by code, the tree, the weights, and the share of rows that are different units."""

    scores: pd.DataFrame
    tree: IndexTree
    weights: Mapping[str, Floats]
    independent: float

    def columns(self, codes: tuple[str, ...]) -> Floats:
        return self.scores[list(codes)].to_numpy(dtype=np.float64)

    def correlations(self, left: tuple[str, ...], right: tuple[str, ...]) -> Correlations:
        return pairwise_correlations(self.columns(left), self.columns(right), self.independent)


def audit_index(
    scores: pd.DataFrame,
    tree: IndexTree,
    weights: Mapping[str, Floats],
    *,
    units: NDArray[np.str_] | None = None,
    outcomes: Mapping[str, Floats] | None = None,
) -> pd.DataFrame:
    """Return the audit: one row a check (see `CHECKS` for definitions, limits and sources), in the order of `CHECKS` and of the tree.

    Columns: check, node, other (the group, pair or outcome that the node is set against), value, low and high (the limits; the one that does not
    exist is empty), p (where the verdict asks for one), n (rows used), verdict (pass, warn, fail, not_tested), reading and
    reading_zh. With fewer than `LEAST_FOR_COHERENCE` different units every check is one row `not_tested` with the reason; a part with so few
    known rows, or a constant one, has such rows of its own. Parts are the children right below a group. In a panel p-values count
    each unit once. Groups of one child are not checked: they are the child.

    Args:
        scores: n rows, a column for every code of the tree; indicators normalized, more is better; NaN = not known.
        weights: (k,) for each group, in the order of its children.
        units: (n,) which unit a row is of; None: every row is a unit of its own.
        outcomes: columns (n,) that are no part of the index and of which more is better.

    Raises:
        GumflowError: names every code of the tree that has no column, and outcomes of another length.
    """
    outcomes = outcomes or {}
    _check_input(scores, tree, weights, units, outcomes)
    rows = len(scores)
    different = rows if units is None else len(np.unique(units))
    few = coherence_finding(different)
    kept = [c for c in CHECKS if outcomes or not c.startswith("outcome_")]
    if few is not None:
        found = [_untested(check, tree.root, "", few.text, few.text_zh, n=rows) for check in kept]
        return _table(found)
    audited = _Audited(scores, tree, weights, different / rows)
    found = [
        *_own_and_other(audited), *_pairs(audited), *_redundant(audited), *_shared(audited),
        *_important(audited), *_outcomes(audited, outcomes),
    ]  # fmt: skip
    order = {check: place for place, check in enumerate(CHECKS)}
    return _table(sorted(found, key=lambda row: order[row["check"]]))


def _check_input(
    scores: pd.DataFrame, tree: IndexTree, weights: Mapping[str, Floats],
    units: NDArray[np.str_] | None, outcomes: Mapping[str, Floats],
) -> None:  # fmt: skip
    faults = [f"the scores have no column {code}" for code in tree.nodes if code not in scores.columns]
    faults += [
        f"group {g}: {len(weights.get(g, ()))} weights for {len(tree.children(g))} children"
        for g in tree.groups
        if len(weights.get(g, ())) != len(tree.children(g))
    ]
    lengths = {"units": units, **{f"outcome {name}": column for name, column in outcomes.items()}}
    faults += [
        f"{name}: {len(column)} values for {len(scores)} rows of scores"
        for name, column in lengths.items()
        if column is not None and len(column) != len(scores)
    ]
    if faults:
        raise GumflowError("\n".join(["the index cannot be audited:", *faults]))


def _table(rows: list[Row]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(AUDIT_COLUMNS))
    for column in AUDIT_COLUMNS:
        kind = "str" if column in _TEXT else "int64" if column == "n" else "float64"
        table[column] = table[column].astype(kind)
    return table


def _row(
    check: str, node: str, other: str, value: float, verdict: Verdict, n: int, *,
    low: float = np.nan, high: float = np.nan, p: float = np.nan, detail: tuple[str, str] = ("", ""),
) -> Row:  # fmt: skip
    english, chinese = CHECKS[check].readings[verdict]
    return {
        "check": check, "node": node, "other": other, "value": value, "low": low, "high": high, "p": p, "n": n, "verdict": verdict,
        "reading": english.format(node=node, other=other, detail=detail[0]),
        "reading_zh": chinese.format(node=node, other=other, detail=detail[1]),
    }  # fmt: skip


def _untested(
    check: str, node: str, other: str, why: str, why_zh: str, *, n: int, value: float = np.nan
) -> Row:
    return {
        "check": check, "node": node, "other": other, "value": value, "low": np.nan, "high": np.nan, "p": np.nan, "n": n,
        "verdict": "not_tested", "reading": f"not tested: {why}", "reading_zh": f"未检验：{why_zh}",
    }  # fmt: skip


def _reason(value: float, n: int) -> tuple[str, str] | None:
    """Return why a value of n rows is not judged, or None if it is."""
    if n < LEAST_FOR_COHERENCE:
        return (
            f"known together in {n} row(s), {LEAST_FOR_COHERENCE} are needed",
            f"同时已知的只有 {n} 行，至少需要 {LEAST_FOR_COHERENCE} 行",
        )
    return None if np.isfinite(value) else _CONSTANT


def _judged(check: str, node: str, other: str, value: float, verdict: Verdict, n: int, **more: Any) -> Row:
    """Return the row of a check, or why it could not be made."""
    why = _reason(value, n)
    return (
        _untested(check, node, other, *why, n=n)
        if why
        else _row(check, node, other, value, verdict, n, **more)
    )


def _own_and_other(a: _Audited) -> Iterator[Row]:
    """Yield each node's correlation with its group, with the rest of it, and with the nearest other group of that level."""
    for group in a.tree.groups:
        children = a.tree.children(group)
        if len(children) < 2:
            continue
        level = a.tree.level(group)
        others = tuple(g for g in a.tree.groups if a.tree.level(g) == level and g != group)
        own = a.correlations(children, (group,))
        rest = _rest_correlations(a, group)
        far = a.correlations(children, others) if others else None
        for i, node in enumerate(children):
            r, n, p = (float(x[i, 0]) for x in (own.r, own.n, own.p))
            verdict: Verdict = "pass" if r >= LEAST_OWN else "fail" if r < 0 and p < SIGNIFICANT else "warn"
            yield _judged("group_correlation", node, group, r, verdict, int(n), low=LEAST_OWN, p=p)
            left, m, q = (float(x[i]) for x in rest)
            yield _judged(
                "rest_correlation", node, group, left, "warn" if left < 0 and q < SIGNIFICANT else "pass", int(m), low=0.0, p=q
            )  # fmt: skip
            if far is not None:
                yield _nearest_other(node, others, far, i, r)


def _rest_correlations(a: _Audited, group: str) -> tuple[Floats, Floats, Floats]:
    """Return r, n and p of each child with the weighted mean of the other children that are known in the row."""
    children = a.tree.children(group)
    values, weights = a.columns(children), np.asarray(a.weights[group], dtype=np.float64)
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    out = np.full((3, len(children)), np.nan)
    for i in range(len(children)):
        w = np.where(np.arange(len(children)) == i, 0.0, weights)
        if not w.sum() > 0:
            # The others have no weight at all; they are then taken alike.
            w = np.where(np.arange(len(children)) == i, 0.0, 1.0)
        total = known @ w
        rest = np.divide(filled @ w, total, out=np.full(len(values), np.nan), where=total > 0)
        found = pairwise_correlations(values[:, [i]], rest[:, None], a.independent)
        out[:, i] = found.r[0, 0], found.n[0, 0], found.p[0, 0]
    return out[0], out[1], out[2]


def _nearest_other(node: str, others: tuple[str, ...], far: Correlations, i: int, own: float) -> Row:
    r = np.where(far.n[i] >= LEAST_FOR_COHERENCE, far.r[i], np.nan)
    if np.isnan(r).all():
        n = int(far.n[i].max())
        why = _reason(np.nan, n) or _CONSTANT
        return _untested("other_group_correlation", node, "", *why, n=n)
    j = int(np.nanargmax(r))
    verdict: Verdict = "warn" if r[j] > own else "pass"
    return _judged(
        "other_group_correlation", node, others[j], float(r[j]), verdict, int(far.n[i, j]), high=own
    )


def _pairs(a: _Audited) -> Iterator[Row]:
    """Yield the pairs inside each group that trade off, or the lowest pair."""
    for group in a.tree.groups:
        children = a.tree.children(group)
        if len(children) < 2:
            continue
        found = a.correlations(children, children)
        judged = _upper(found, children)
        if judged is None:
            yield _untested("pair_correlation", group, "", *_no_pair(found), n=int(found.n.min()))
            continue
        i, j, r = judged
        p = found.p[i, j]
        flagged = (r < 0) & (p < SIGNIFICANT)
        shown = np.flatnonzero(flagged) if flagged.any() else np.array([int(np.argmin(r))])
        for k in shown:
            verdict: Verdict = "pass" if not flagged[k] else "fail" if r[k] < WORST_PAIR else "warn"
            yield _row(
                "pair_correlation", children[i[k]], children[j[k]], float(r[k]), verdict, int(found.n[i[k], j[k]]), low=WORST_PAIR, p=float(p[k])
            )  # fmt: skip


def _redundant(a: _Audited) -> Iterator[Row]:
    """Yield the pairs of indicators, and of groups with one parent, that are nearly the same, or the nearest pair of each set."""
    sets = [a.tree.indicators]
    sets += [tuple(c for c in a.tree.children(g) if a.tree.level(c) > 1) for g in a.tree.groups]
    for codes in sets:
        if len(codes) < 2:
            continue
        found = a.correlations(codes, codes)
        judged = _upper(found, codes)
        if judged is None:
            yield _untested("redundancy", a.tree.root, "", *_no_pair(found), n=int(found.n.min()))
            continue
        i, j, r = judged
        near = np.abs(r) > REDUNDANT
        for k in np.flatnonzero(near) if near.any() else [int(np.argmax(np.abs(r)))]:
            yield _row(
                "redundancy", codes[i[k]], codes[j[k]], float(r[k]), "warn" if near[k] else "pass", int(found.n[i[k], j[k]]),
                low=-REDUNDANT, high=REDUNDANT,
            )  # fmt: skip


def _upper(
    found: Correlations, codes: tuple[str, ...]
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats] | None:
    """Return both places and r of the pairs that can be judged; None if none can."""
    i, j = np.triu_indices(len(codes), k=1)
    good = np.isfinite(found.r[i, j]) & (found.n[i, j] >= LEAST_FOR_COHERENCE)
    return (i[good], j[good], found.r[i, j][good]) if good.any() else None


def _no_pair(found: Correlations) -> tuple[str, str]:
    n = found.n[np.triu_indices(len(found.n), k=1)]
    return _reason(np.nan, int(n.max())) or _CONSTANT


def _shared(a: _Audited) -> Iterator[Row]:
    """Yield alpha, KMO and the first component of each group's children."""
    for group in a.tree.groups:
        children = a.tree.children(group)
        if len(children) < 2:
            continue
        values = a.columns(children)
        alpha = cronbach_alpha(values)
        for check, value in (("alpha", alpha.standardized), ("alpha_raw", alpha.raw)):
            verdict: Verdict = "pass" if value >= LEAST_ALPHA else "fail" if value < 0 else "warn"
            yield _judged(check, group, "", value, verdict, alpha.n, low=LEAST_ALPHA)
        yield from _adequacy(group, children, values)
        one = first_component(values)
        negative = [c for c, loading in zip(children, one.loadings, strict=True) if loading < 0]
        joined = ", ".join(negative)
        detail = (
            f"second eigenvalue {one.second:.2f}" + (f", negative: {joined}" if negative else ""),
            f"第二特征值 {one.second:.2f}" + (f"，负载荷：{joined}" if negative else ""),
        )
        doubt = one.second > 1 or bool(negative)
        yield _judged(
            "first_component", group, "", one.share, "warn" if doubt else "pass", one.n, detail=detail
        )


def _adequacy(group: str, children: tuple[str, ...], values: Floats) -> Iterator[Row]:
    found = kaiser_meyer_olkin(values)
    if len(children) < 3:
        why = ("two parts always have 0.5", "两个部分时恒为 0.5")
        yield _untested("kmo", group, "", *why, n=found.n)
        return
    if found.singular and _reason(found.overall, found.n) is None:
        why = (
            "the correlations are singular (a part is a combination of others, or there are no more rows than parts); the value is from the pseudo-inverse",
            "相关矩阵奇异（某部分是其他部分的组合，或行数不多于部分数）；数值由伪逆得出",
        )
        yield _untested("kmo", group, "", *why, n=found.n, value=found.overall)
        return
    for check, node, other, value in (
        ("kmo", group, "", found.overall),
        *(("kmo_part", c, group, float(v)) for c, v in zip(children, found.columns, strict=True)),
    ):
        verdict: Verdict = "pass" if value >= LEAST_KMO else "fail" if value < WORST_KMO else "warn"
        yield _judged(check, node, other, value, verdict, found.n, low=LEAST_KMO)


def _important(a: _Audited) -> Iterator[Row]:
    low, high = IMPORTANCE_RANGE
    for part in importance_table(a.scores, a.tree, a.weights).to_dict("records"):
        group, node, ratio, n = str(part["group"]), str(part["node"]), float(part["ratio"]), int(part["n"])
        check = f"importance_in_{part['scope']}"
        why = _reason(float(part["correlation_ratio"]), n)
        if why is None and part["weight"] == 0:
            why = ("it has no weight", "权重为零")
        if why is None and not np.isfinite(ratio):
            why = ("no part accounts for any of the score", "没有任何部分能解释该得分")
        if why is not None:
            yield _untested(check, node, group, *why, n=n)
            continue
        verdict: Verdict = "pass" if low <= ratio <= high else "warn"
        yield _row(
            check, node, group, ratio, verdict, n, low=low, high=high,
            detail=("more", "大于") if ratio > high else ("less", "小于"),
        )  # fmt: skip


def _outcomes(a: _Audited, outcomes: Mapping[str, Floats]) -> Iterator[Row]:
    """Yield slope, R2 and Spearman's correlation of each outcome on the index and on the groups right below it."""
    below = tuple(c for c in a.tree.children(a.tree.root) if a.tree.level(c) > 1)
    for name, outcome in outcomes.items():
        for node in (a.tree.root, *below):
            x, y = a.scores[node].to_numpy(dtype=np.float64), np.asarray(outcome, dtype=np.float64)
            known = np.isfinite(x) & np.isfinite(y)
            yield from _outcome(node, name, x[known], y[known], a.independent)


def _outcome(node: str, name: str, x: Floats, y: Floats, independent: float) -> Iterator[Row]:
    from scipy.stats import rankdata

    n = len(x)
    # The slope's t and p are those of the correlation.
    plain = pairwise_correlations(x[:, None], y[:, None], independent)
    r, p = float(plain.r[0, 0]), float(plain.p[0, 0])
    slope = r * float(y.std() / x.std()) if np.isfinite(r) else np.nan
    ranked = pairwise_correlations(rankdata(x)[:, None], rankdata(y)[:, None], independent)
    rho, q = float(ranked.r[0, 0]), float(ranked.p[0, 0])
    yield _judged("outcome_slope", node, name, slope, _direction(r, p), n, low=0.0, p=p)
    yield _judged("outcome_r_squared", node, name, r * r, _direction(r, p), n, p=p)
    yield _judged("outcome_spearman", node, name, rho, _direction(rho, q), n, low=0.0, p=q)


def _direction(r: float, p: float) -> Verdict:
    return "warn" if not p < SIGNIFICANT else "pass" if r > 0 else "fail"
