"""From the children of a group to its score: means of every order, Mazziotta-Pareto, TOPSIS and Copeland, up the tree.

Scores and weights may have leading axes, so that many replicates cost one product of matrices. All values are taken as they come out of
the normalization, where more is better: no direction is applied here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.benefit import benefit_of_the_doubt
from gumflow.index.outrank import copeland, topsis
from gumflow.index.tree import IndexTree

if TYPE_CHECKING:
    from gumflow.index.choices import AggregateChoice, NormalizeChoice, WeightChoice

Floats = NDArray[np.float64]

LEAST = 0.5
"""Least share of weight whose values must be known, where nothing else is said."""
OWN_SCALE = ("topsis", "copeland")
"""Methods whose scores run from 0 to 1 whatever the scale of the children."""
# Methods of normalization that choice.range says nothing of.
_WITHOUT_RANGE = ("zscore", "rank", "borda")
_POSITIVE = {"geometric": "geometric mean", "harmonic": "harmonic mean"}
# Below this exponent x ** p is so near 1 that a mean of powers loses its digits.
_SMALL_EXPONENT = 0.01
_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Weights(Mapping[str, Floats]):
    """Weights of each group's children (k,), which add up to 1, by the code of the group.

    `benefit` has the least and most share of each group whose units choose their own weights (benefit of the doubt): for them the weights are
    the mean shares over units, for the record, and scores come from the linear programs.
    """

    groups: Mapping[str, Floats]
    benefit: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    details: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["group", "code", "statistic", "value"])
    )
    shares: Mapping[str, Floats] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __getitem__(self, group: str) -> Floats:
        return self.groups[group]

    def __iter__(self) -> Iterator[str]:
        return iter(self.groups)

    def __len__(self) -> int:
        return len(self.groups)


def combine(
    values: Floats,
    weights: Floats,
    method: str,
    *,
    least: float = LEAST,
    exponent: float = 1.0,
    sign: str = "-",
    group: str = "",
    children: Sequence[str] = (),
) -> Floats:
    """Return the scores of one group from those of its children.

    arithmetic: sum w x. geometric: exp(sum w ln x). harmonic: 1 / sum(w / x). power: (sum w x^p)^(1/p), the geometric mean at p = 0 (OECD
    and JRC 2008, 6.4 and the generalized mean). mazziotta_pareto: M -+ S^2 / M with M and S the weighted mean and (population) standard
    deviation over a unit's children (Mazziotta and Pareto 2016; weighted: 2022): with z-scores of mean 100 and sd 10 it is their
    MPI, with min-max or goalposts from 70 to 130 their adjusted MPI. topsis and copeland: see `outrank`, from 0 to 1.

    What is not known: the weights of the known children are rescaled to 1 if they are at least `least` of the weight, else the score
    is NaN. A child of weight 0 changes nothing.

    Args:
        values: (..., n, k) of n units and k children, NaN = not known.
        weights: (..., k), not negative, rescaled to add up to 1. Leading axes are broadcast against those of `values`.
        exponent: p of the power mean.
        sign: "-" lowers the Mazziotta-Pareto score of the unbalanced, "+" raises it (where more of the index is worse).
        group, children: names for messages.

    Returns:
        (..., n).

    Raises:
        GumflowError: lists weights that are negative, not known or add up to 0, and each child with values that the method cannot
            take (not positive under the geometric, harmonic and power mean of negative order, negative under that of positive order
            and Mazziotta-Pareto).
    """
    values, weights = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    names = list(children) or [f"child {j + 1}" for j in range(values.shape[-1])]
    faults = _weight_faults(weights, names) or _value_faults(values, weights, method, exponent, names)
    if faults:
        raise GumflowError("\n".join(f"group {group or '(unnamed)'}: {fault}" for fault in faults))
    # A child without weight in any replicate may hold what the method cannot take.
    known = ~np.isnan(values) & _heavy(weights)
    every = bool(known.all())
    filled = values if every else np.where(known, values, 1.0)
    seen = known.astype(np.float64)
    whole = weights.sum(axis=-1)[..., None]
    total = whole if every else weighted_sum(weights, seen)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "topsis":
            score = topsis(values, weights, group or "(unnamed)")
        elif method == "copeland":
            score = copeland(values, weights, total >= least * whole - _SLACK)
        else:
            score = _mean(filled, seen, weights, total, _order(method, exponent), sign)
        if every:
            return score
        return np.where((total > 0) & (total >= least * whole - _SLACK), score, np.nan)


def _order(method: str, exponent: float) -> float | None:
    """Return the order of a mean, None for Mazziotta-Pareto."""
    orders = {
        "arithmetic": 1.0,
        "geometric": 0.0,
        "harmonic": -1.0,
        "power": exponent,
        "mazziotta_pareto": None,
    }
    if method not in orders:
        raise GumflowError(f"aggregation {method!r} is not known; known: {', '.join([*orders, *OWN_SCALE])}")
    return orders[method]


def weighted_sum(weights: Floats, terms: Floats) -> Floats:
    """Return the sums over children of weights (..., k) times terms (..., n, k), as products of matrices: (..., n)."""
    if terms.ndim == 2:
        return weights @ terms.T
    return np.matmul(terms, weights[..., None])[..., 0]


def _mean(
    filled: Floats, seen: Floats, weights: Floats, total: Floats, order: float | None, sign: str
) -> Floats:
    """Return means of one order over what is known; `filled` holds 1 where it is not, `seen` 0."""
    if order is None:
        mean = weighted_sum(weights, seen * filled) / total
        spread = np.maximum(weighted_sum(weights, seen * filled**2) / total - mean**2, 0)
        # Only a unit with 0 everywhere has mean 0, and no spread then.
        penalty = np.divide(spread, mean, out=np.zeros_like(mean), where=mean > 0)
        return np.where(total > 0, mean - penalty if sign == "-" else mean + penalty, np.nan)
    if order == 1:
        return weighted_sum(weights, seen * filled) / total
    if order == 0:
        return np.exp(weighted_sum(weights, seen * np.log(filled)) / total)
    if order == -1:
        return total / weighted_sum(weights, seen / filled)
    # Powers of values over the unit's greatest (least, for negative orders) are at most 1 and do not overflow.
    end = (
        np.max(np.where(seen > 0, filled, 0), axis=-1)
        if order > 0
        else np.min(np.where(seen > 0, filled, np.inf), axis=-1)
    )
    end = np.where(np.isfinite(end) & (end > 0), end, 1.0)
    ratio = filled / end[..., None]
    if abs(order) < _SMALL_EXPONENT:
        return end * np.exp(
            np.log1p(weighted_sum(weights, seen * np.expm1(order * np.log(ratio))) / total) / order
        )
    return end * (weighted_sum(weights, seen * ratio**order) / total) ** (1 / order)


def _weight_faults(weights: Floats, names: Sequence[str]) -> list[str]:
    faults = []
    if weights.shape[-1] != len(names):
        return [f"{weights.shape[-1]} weights for {len(names)} children ({', '.join(names)}); give one each"]
    for j, name in enumerate(names):
        column = weights[..., j]
        if not np.isfinite(column).all():
            faults.append(f"the weight of {name} is not a number; give one, or 0 to leave it out")
        elif (column < 0).any():
            faults.append(
                f"the weight of {name} is {column.min():g}; a weight cannot be negative, turn its direction instead"
            )
    if not faults and (weights.sum(axis=-1) <= 0).any():
        faults.append(f"the weights of {', '.join(names)} add up to 0; give at least one of them more")
    return faults


def _heavy(weights: Floats) -> NDArray[np.bool_]:
    """Return which children have weight in any replicate."""
    return np.asarray((weights > 0).reshape(-1, weights.shape[-1]).any(axis=0))


def _value_faults(
    values: Floats, weights: Floats, method: str, exponent: float, names: Sequence[str]
) -> list[str]:
    if method == "power" and not np.isfinite(exponent):
        return [f"the exponent of the power mean is {exponent}; give a number"]
    faults = []
    label = _POSITIVE.get(method, "")
    strict = bool(label)
    if method == "power":
        strict = exponent <= 0
        label = f"power mean of exponent {exponent:g}"
    elif method == "mazziotta_pareto":
        label = "Mazziotta-Pareto index"
    heavy = _heavy(weights)
    for j, name in enumerate(names):
        column = values[..., j]
        if np.isinf(column).any():
            faults.append(f"{name} has values without end; look for a division by 0 before")
            continue
        bad = column <= 0 if strict else column < 0
        if label and heavy[j] and bad.any():
            kind, remedy = _WRONG[strict]
            if method == "mazziotta_pareto":
                remedy = "normalize as z-scores of mean 100 and sd 10, or as min-max from 70 to 130"
            faults.append(
                f"{name} has {int(bad.sum())} {kind} value(s), the least {np.nanmin(column):g}, which the {label} cannot take; {remedy}"
            )
    return faults


_WRONG = {
    True: ("zero or negative", "normalize to a range above 0, such as 1 to 100, or take the arithmetic mean"),
    False: ("negative", "normalize to a range from 0 upward, such as 0 to 100, or take the arithmetic mean"),
}


def group_method(tree: IndexTree, choice: "AggregateChoice", group: str) -> str:
    """Return how a group's children are combined: as the choices say of the group, else the tree, else the choices of its level, else of all."""
    return (
        choice.groups.get(group)
        or tree.nodes[group].aggregate
        or choice.levels.get(tree.level(group))
        or choice.method
    )


def scale_of(choice: "NormalizeChoice") -> tuple[float, float] | None:
    """Return the range on which all indicators are put, to which scores from 0 to 1 can be brought; None if some have no range."""
    methods = {choice.method, *choice.indicators.values()}
    return None if methods & set(_WITHOUT_RANGE) else choice.range


class Climb:
    """The way up a tree: scores of nodes by code, and what forbids scores of groups, which is collected until the top."""

    def __init__(
        self,
        normalized: Floats,
        tree: IndexTree,
        choice: "AggregateChoice",
        scale: tuple[float, float] | None,
        benefit: Mapping[str, tuple[float, float]],
    ) -> None:
        """Start at the indicators."""
        self.tree, self.choice, self.scale, self.benefit = tree, choice, scale, benefit
        self.scores: dict[str, Floats] = {code: normalized[..., j] for j, code in enumerate(tree.indicators)}
        self.faults: list[str] = []
        self._own_scale = dict.fromkeys(tree.indicators, False)

    def values(self, group: str) -> Floats:
        """Return the scores of a group's children side by side, (..., n, k)."""
        return stacked([self.scores[child] for child in self.tree.children(group)])

    def score(self, group: str, weights: Floats) -> None:
        """Score a group whose children have scores; where it cannot be scored, what forbids it is kept and its scores are NaN."""
        children, choice = self.tree.children(group), self.choice
        values = self.values(group)
        try:
            if group in self.benefit:
                score = _benefit_scores(values, self.benefit[group], choice.least, group, children)
            else:
                score = combine(
                    values, weights, group_method(self.tree, choice, group), least=choice.least, exponent=choice.exponent,
                    sign=choice.sign, group=group, children=children,
                )  # fmt: skip
        except GumflowError as error:
            self.faults += str(error).splitlines()
            score = np.full(values.shape[:-1], np.nan)
        self.put(group, score)

    def put(self, group: str, score: Floats) -> None:
        """Enter the scores of a group; those that run from 0 to 1 by themselves are brought to the scale, if there is one."""
        method = (
            "benefit_of_the_doubt" if group in self.benefit else group_method(self.tree, self.choice, group)
        )
        children = self.tree.children(group)
        inner = [child for child in children if self._own_scale[child]]
        if inner and len(inner) < len(children) and method != "copeland":
            self.faults.append(
                f"group {group}: {', '.join(inner)} run from 0 to 1 and the other children do not, so they cannot be combined; choose a "
                "normalization with a range, such as minmax, or combine the group by copeland"
            )
        own_scale = method in (*OWN_SCALE, "benefit_of_the_doubt")
        if own_scale and self.scale is not None:
            score = self.scale[0] + score * (self.scale[1] - self.scale[0])
        self._own_scale[group] = self.scale is None and (own_scale or bool(inner))
        self.scores[group] = score


def score_groups(
    normalized: Floats,
    tree: IndexTree,
    weights: Mapping[str, Floats],
    choice: "AggregateChoice",
    *,
    scale: tuple[float, float] | None = None,
    benefit: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, Floats]:
    """Return the scores of all nodes, bottom up; replicates are leading axes.

    Args:
        normalized: (..., n, p) in the order of the tree's indicators, more is better.
        weights: (..., k) for each group, in the order of its children.
        scale: low and high to which scores that run from 0 to 1 by themselves (TOPSIS, Copeland, benefit of the doubt) are brought, as
            low + score (high - low), so that they can stand beside other scores; None: they stay, and such scores beside others in one
            group are an error (unless the group is combined by Copeland, which only compares). See `scale_of`.
        benefit: groups whose units choose their own weights, with the least and most share; None: those of `weights`.

    Returns:
        code -> (..., n) for indicators and groups; a node has the leading axes of what went into it.

    Raises:
        GumflowError: one for all groups, each fault naming group and child.
    """
    if benefit is None:
        benefit = weights.benefit if isinstance(weights, Weights) else {}
    climb = Climb(normalized, tree, choice, scale, benefit)
    for group in tree.groups:
        climb.score(group, weights[group])
    if climb.faults:
        raise GumflowError("\n".join(dict.fromkeys(climb.faults)))
    return climb.scores


def stacked(columns: Sequence[Floats]) -> Floats:
    """Return scores of children (..., n) side by side as (..., n, k), their leading axes broadcast."""
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def _benefit_scores(
    values: Floats, bounds: tuple[float, float], least: float, group: str, children: Sequence[str]
) -> Floats:
    flat = values.reshape(-1, *values.shape[-2:])
    found = [
        benefit_of_the_doubt(one, bounds=bounds, least=least, group=group, children=children).scores
        for one in flat
    ]
    return np.array(found).reshape(values.shape[:-1])


def aggregate(
    normalized: Floats,
    tree: IndexTree,
    weights: Mapping[str, Floats],
    choice: "AggregateChoice",
    *,
    scale: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Return the scores of all nodes as a table of n rows with one column for each code: indicators, then groups up to the index.

    As `score_groups`, whose arguments it takes, without leading axes.
    """
    scores = score_groups(normalized, tree, weights, choice, scale=scale)
    return pd.DataFrame({code: scores[code] for code in (*tree.indicators, *tree.groups)})


def benefit_groups(tree: IndexTree, choice: "WeightChoice") -> dict[str, tuple[float, float]]:
    """Return the groups whose units choose their own weights, with the least and most share of a child."""
    return {
        group: choice.bounds
        for group in tree.groups
        if weight_method(tree, choice, group) == "benefit_of_the_doubt"
    }


def weight_method(tree: IndexTree, choice: "WeightChoice", group: str) -> str:
    """Return how a group's weights come about: as the choices say of the group, else the tree, else the choices of all."""
    return choice.groups.get(group) or tree.nodes[group].weigh or choice.method
