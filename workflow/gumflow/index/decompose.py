"""Where a score comes from: contributions of indicators to a score, and to the difference between two scores.

Nothing is lost on the way: what no single indicator can be said to have brought, such as what a mean takes off for imbalance, stands as the
residual of its group, and contributions and residuals always add up to the score, or to the difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.aggregate import Weights, group_method
from gumflow.index.choices import AggregateChoice
from gumflow.index.tree import IndexTree

Floats = NDArray[np.float64]

_NEAR = 1e-9
"""Residuals below this share of the greatest score are rounding, and taken for 0."""


@dataclass(frozen=True, eq=False)
class Decomposition:
    """A score, or a difference of scores, of one node in n rows, and what it consists of.

    target         code of the node
    total          (n,) the score or the difference; NaN where it is not known
    contributions  n rows, a column for each indicator below the target, in its unit; NaN where the indicator is not known
    residuals      n rows, a column for each group up to the target: what the group's method adds or takes off beyond its parts
    rules          for each of these groups, how its parts were found
    """

    target: str
    total: Floats
    contributions: pd.DataFrame
    residuals: pd.DataFrame
    rules: Mapping[str, str]

    def table(self, keys: pd.DataFrame) -> pd.DataFrame:
        """Return one row for each row and part: the columns of `keys` (n rows), target, total, node, kind, contribution, share.

        kind is `indicator` or `residual`; share is of the total (NaN where that is 0). Rows without score and groups without any residual
        have no rows.
        """
        left = self.residuals.loc[:, (self.residuals.fillna(0.0) != 0).any(axis=0)]
        parts = pd.concat([self.contributions, left.add_prefix(_RESIDUAL)], axis=1)
        n, width = parts.shape
        codes = np.array([str(c).removeprefix(_RESIDUAL) for c in parts.columns], dtype=object)
        kinds = np.array(
            ["indicator"] * self.contributions.shape[1] + ["residual"] * left.shape[1], dtype=object
        )
        found = keys.loc[keys.index.repeat(width)].reset_index(drop=True)
        total = np.repeat(self.total, width)
        values = parts.to_numpy(dtype=np.float64).ravel()
        share = np.divide(values, total, out=np.full(len(values), np.nan), where=total != 0)
        found = found.assign(
            target=self.target, total=total, node=np.tile(codes, n), kind=np.tile(kinds, n), contribution=values, share=share
        )  # fmt: skip
        return (
            found[np.isfinite(total)]
            .astype({"target": "str", "node": "str", "kind": "str"})
            .reset_index(drop=True)
        )


_RESIDUAL = "residual of "


def group_methods(tree: IndexTree, choice: AggregateChoice, weights: Mapping[str, Floats]) -> dict[str, str]:
    """Return how each group is combined, `benefit_of_the_doubt` where its units choose their own weights."""
    benefit = weights.benefit if isinstance(weights, Weights) else {}
    return {
        group: "benefit_of_the_doubt" if group in benefit else group_method(tree, choice, group)
        for group in tree.groups
    }


def decompose_scores(
    scores: pd.DataFrame,
    tree: IndexTree,
    weights: Mapping[str, Floats],
    choice: AggregateChoice,
    *,
    target: str = "",
) -> Decomposition:
    """Return what each indicator contributes to the score of a node, row by row.

    From the top down a group's contribution is handed to its children, with weights rescaled over those that are known:

    - arithmetic: w x, exactly, no residual.
    - geometric: score x w ln x / sum(w ln x): shares of the logarithm, exactly, no residual. This has a meaning only where no child is below 1 (a
      range such as 1 to 100), since the logarithm of less is negative; where one is, as for the other means.
    - harmonic, power, mazziotta_pareto: w x, and the difference between the score and the arithmetic mean as residual: what is taken
      off (or added) for imbalance among the children.
    - benefit_of_the_doubt: score x the unit's own shares, which are contributions by construction; no residual.
    - topsis, copeland: no indicator has a part of its own in them; the whole score is residual.

    Args:
        scores: n rows with a column for every code, as `aggregate` returns them: what screening hides must not be missing here.
        weights: those that the scores were made with.
        target: a group; empty: the index.

    Raises:
        GumflowError: if the target is no group.
    """
    target = _target(tree, target)
    methods = group_methods(tree, choice, weights)
    values = {code: scores[code].to_numpy(dtype=np.float64) for code in (*tree.indicators, *tree.groups)}
    # What a point of a node's score brings to the target.
    factor: dict[str, Floats] = {target: np.where(np.isnan(values[target]), np.nan, 1.0)}
    residuals, rules = {}, {}
    for group in _downward(tree, target):
        children = tree.children(group)
        x, s, own = np.column_stack([values[c] for c in children]), values[group], weights[group]
        w = known_weights(x, own)
        filled = np.where(np.isnan(x), 0.0, x)
        parts, rules[group] = _level_parts(group, methods[group], filled, w, s, weights)
        rest = factor[group] * (s - (parts * filled).sum(axis=1))
        # A group that is not known has no weight in the one above.
        residuals[group] = _cleared(
            np.where(np.isnan(s) & ~np.isnan(values[target]), 0.0, rest), values[target]
        )
        for j, child in enumerate(children):
            factor[child] = np.where(np.isnan(s), factor[group], factor[group] * parts[:, j])
    leaves = tree.leaves(target)
    return Decomposition(
        target,
        values[target],
        pd.DataFrame({c: factor[c] * values[c] for c in leaves}),
        pd.DataFrame({g: residuals[g] for g in tree.groups if g in residuals}),
        rules,
    )


def mean_decomposition(parts: Sequence[Decomposition], total: Floats) -> Decomposition:
    """Return the mean of decompositions of one node over several completed tables, for a score that is their mean.

    `total` (n,) is that score, NaN where it is not to be shown. What the tables' own weights make it differ from the mean of the totals, where weights are
    read from each table, goes to the residual of the node itself.
    """
    first = parts[0]
    contributions = sum((part.contributions for part in parts[1:]), first.contributions) / len(parts)
    residuals = sum((part.residuals for part in parts[1:]), first.residuals) / len(parts)
    rest = total - contributions.sum(axis=1).to_numpy() - residuals.sum(axis=1).to_numpy()
    residuals[first.target] = _cleared(residuals[first.target].to_numpy() + rest, total)
    shown = ~np.isnan(total)
    return Decomposition(
        first.target,
        total,
        contributions[shown].reindex(contributions.index),
        residuals[shown].reindex(residuals.index),
        first.rules,
    )


def known_weights(values: Floats, weights: Floats) -> Floats:
    """Return the weights (n, k) of a group's children in each row: 0 for what is not known, the others rescaled to add up to 1.

    Where nothing is known all are 0.
    """
    own = ~np.isnan(values) * np.asarray(weights, dtype=np.float64)
    total = own.sum(axis=1, keepdims=True)
    return np.divide(own, total, out=np.zeros_like(own), where=total > 0)


def _target(tree: IndexTree, target: str) -> str:
    target = target or tree.root
    if target not in tree.groups:
        raise GumflowError(
            f"{target!r} is no group of the tree, and only groups can be decomposed; there are {', '.join(tree.groups)}"
        )
    return target


def _downward(tree: IndexTree, target: str) -> list[str]:
    """Return the target and the groups below it, parents before their children."""
    below = {target}
    found = []
    for group in reversed(tree.groups):
        if group in below:
            found.append(group)
            below.update(tree.children(group))
    return found


def _cleared(residual: Floats, total: Floats) -> Floats:
    """Return residuals with 0 in place of rounding."""
    size = float(np.nanmax(np.abs(total), initial=0.0))
    return np.where(np.abs(residual) <= _NEAR * size, 0.0, residual)


def _level_parts(
    group: str, method: str, x: Floats, w: Floats, s: Floats, weights: Mapping[str, Floats]
) -> tuple[Floats, str]:
    """Return what a point of each child brings to the group's score (n, k), and the rule by which this was found."""
    if method in ("topsis", "copeland"):
        return np.zeros_like(x), f"{method}: no parts"
    if method == "benefit_of_the_doubt":
        shares = weights.shares.get(group) if isinstance(weights, Weights) else None
        if shares is None or shares.shape != x.shape:
            return np.zeros_like(x), f"{method}: no shares at hand"
        part = np.nan_to_num(shares) * np.nan_to_num(s)[:, None]
        return np.divide(part, x, out=np.zeros_like(x), where=x != 0), f"{method}: the unit's own shares"
    if method == "arithmetic":
        return w, "arithmetic: weight x value"
    if method == "geometric" and not ((x < 1) & (w > 0)).any():
        return _log_parts(x, w, s), "geometric: shares of the logarithm"
    return w, f"{method}: weight x value, and the difference to the arithmetic mean"


def _log_parts(x: Floats, w: Floats, s: Floats) -> Floats:
    logs = w * np.log(np.where(w > 0, x, 1.0))
    whole = logs.sum(axis=1, keepdims=True)
    # With 1 everywhere all logarithms are 0, and only the weights are left to share by.
    share = np.divide(logs, whole, out=w.copy(), where=whole > 0)
    return np.asarray(np.divide(share * np.nan_to_num(s)[:, None], x, out=np.zeros_like(x), where=w > 0))


def decompose_difference(
    scores: pd.DataFrame,
    before: NDArray[np.intp],
    after: NDArray[np.intp],
    tree: IndexTree,
    weights: Mapping[str, Floats],
    choice: AggregateChoice,
    *,
    target: str = "",
) -> Decomposition:
    """Return what each indicator contributes to the difference between two rows of one index: two times of a unit, or two units.

    For means that are arithmetic on some scale f (f(s) = sum w f(x): arithmetic, geometric, harmonic, power) the difference is handed down
    exactly: to a child goes w (f(x1) - f(x0)) / (x1 - x0) / ((f(s1) - f(s0)) / (s1 - s0)) times its own difference. For the geometric
    mean that is the logarithmic mean of Ang 2004 (LMDI), for the arithmetic one w. Weights are the mean of those before and after (they differ
    where something is known in one of the two only); what comes with such gaps, with imbalance under mazziotta_pareto,
    and with topsis, copeland and benefit_of_the_doubt, whose scores depend on the other units, is residual.

    Args:
        scores: as in `decompose_scores`; both rows belong to one normalization.
        before, after: positions (m,) of the rows that are compared, pair by pair.

    Returns:
        A decomposition with m rows whose total is score after - score before; NaN where one of the two is not known.

    Raises:
        GumflowError: if the target is no group, or there are not as many rows before as after.
    """
    target = _target(tree, target)
    if len(before) != len(after):
        raise GumflowError(f"{len(before)} rows before and {len(after)} after cannot be paired")
    methods = group_methods(tree, choice, weights)
    all_scores = {code: scores[code].to_numpy(dtype=np.float64) for code in (*tree.indicators, *tree.groups)}
    old = {code: column[before] for code, column in all_scores.items()}
    new = {code: column[after] for code, column in all_scores.items()}
    change = {code: new[code] - old[code] for code in old}
    factor: dict[str, Floats] = {target: np.where(np.isnan(change[target]), np.nan, 1.0)}
    residuals, rules = {}, {}
    for group in _downward(tree, target):
        children = tree.children(group)
        x0, x1 = (np.column_stack([side[c] for c in children]) for side in (old, new))
        w = (known_weights(x0, weights[group]) + known_weights(x1, weights[group])) / 2
        both = ~np.isnan(x0 + x1)
        parts, rules[group] = _change_parts(
            methods[group], choice.exponent, np.where(both, x0, 1.0), np.where(both, x1, 1.0), w * both, old[group], new[group]
        )  # fmt: skip
        step = np.nan_to_num(np.column_stack([change[c] for c in children]))
        rest = factor[group] * (change[group] - (parts * step).sum(axis=1))
        unknown = np.isnan(change[group]) & ~np.isnan(change[target])
        residuals[group] = _cleared(np.where(unknown, 0.0, rest), all_scores[target])
        for j, child in enumerate(children):
            factor[child] = factor[group] * np.where(np.isnan(change[group]), 0.0, parts[:, j])
    return Decomposition(
        target,
        change[target],
        pd.DataFrame({c: factor[c] * change[c] for c in tree.leaves(target)}),
        pd.DataFrame({g: residuals[g] for g in tree.groups if g in residuals}),
        rules,
    )


def _change_parts(
    method: str, exponent: float, x0: Floats, x1: Floats, w: Floats, s0: Floats, s1: Floats
) -> tuple[Floats, str]:
    """Return what a point of each child's difference brings to the group's (m, k), and the rule by which this was found."""
    orders = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0, "power": exponent}
    if method == "mazziotta_pareto":
        return w, f"{method}: weight x difference, and the change of imbalance"
    if method not in orders:
        return np.zeros_like(x0), f"{method}: no parts"
    order = orders[method]
    if order == 1:
        return w, f"{method}: weight x difference"
    below = _slope(np.nan_to_num(s0, nan=1.0), np.nan_to_num(s1, nan=1.0), order)[:, None]
    own = _slope(np.where(w > 0, x0, 1.0), np.where(w > 0, x1, 1.0), order)
    parts = np.divide(w * own, below, out=np.zeros_like(own), where=below > 0)
    return parts, f"{method}: weight x difference on the scale of the mean"


def _slope(a: Floats, b: Floats, order: float) -> Floats:
    """Return |f(b) - f(a)| / |b - a| for f = x^order (ln x at order 0), and f' where a = b; 0 where both are 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (b - a) / a
        # On the logarithm of 1 + step small differences keep their digits.
        log = np.log1p(step)
        plain = log if order == 0 else np.expm1(order * log) / order
        ratio = np.where(np.abs(step) < 1e-12, 1.0, plain / np.where(step == 0, 1.0, step))
        slope = ratio * a ** (order - 1)
        from_zero = b ** (order - 1) / (order or 1.0)
    return np.where((a == 0) & (b == 0), 0.0, np.where(a == 0, from_zero, slope))
