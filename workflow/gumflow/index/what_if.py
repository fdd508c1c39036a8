"""What other weights would do: scores and ranks under changed weights, and the weight at which two units change places."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.aggregate import Weights, group_method
from gumflow.index.chain import IndexResult
from gumflow.index.ranks import unit_ranks
from gumflow.index.replicates import ranked_node
from gumflow.index.staged import StagedChain, mean_weights
from gumflow.index.tree import IndexTree, nearest, refuse_all

Floats = NDArray[np.float64]
_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Reweighed:
    """Scores and ranks under changed weights beside those of the result, and the weights of each group that changed.

    `table`: unit, time, name, score_then, score_now, change, rank_then, rank_now, shift (positive: ranks better now).
    """

    table: pd.DataFrame
    weights: Weights


def reweigh(result: IndexResult, weights: Mapping[str, float], *, code: str = "") -> Reweighed:
    """Return what happens to a node if some nodes have other weights, all else as in the result.

    A weight is the share of a node in its group, from 0 to 1. The other children of the group keep their proportions and share what is left of
    1; where all children are named, they are made to add up to 1. Weights that were read from data are not read again.

    Args:
        result: of `run_index`.
        weights: code -> share.
        code: the node whose scores and ranks are compared; the index if empty.

    Raises:
        GumflowError: lists codes that are no nodes or the index itself, shares that are not from 0 to 1, groups where they exceed 1 or leave
            something that nobody else can take, and groups whose units choose their own weights.
    """
    tree = result.tree
    code = ranked_node(tree, code)
    faults = _share_faults(tree, weights)
    chain = StagedChain(result.data, tree, seed=result.seed)
    each = chain.weights(result.choices, result.prepared)
    changed = []
    for own in each if not faults else ():
        found, wrong = _changed(tree, own, weights)
        changed.append(replace(own, groups=found))
        faults += wrong
    refuse_all("weights", list(dict.fromkeys(faults)))
    now = chain.scores(result.choices, result.prepared, changed)[code]
    then = result.scores[code].to_numpy()
    ranks = unit_ranks(np.stack([then, now]), result.units, result.times)
    table = pd.DataFrame(
        {
            "unit": result.units,
            "time": result.times,
            "name": result.names,
            "score_then": then,
            "score_now": now,
            "change": now - then,
            "rank_then": ranks[0],
            "rank_now": ranks[1],
            "shift": ranks[0] - ranks[1],
        }
    )
    return Reweighed(table, mean_weights(tuple(changed)))


def _share_faults(tree: IndexTree, weights: Mapping[str, float]) -> list[str]:
    faults = []
    for code, share in weights.items():
        if code not in tree.nodes:
            faults.append(f"{code!r} is no node of the tree{nearest(code, tree.nodes)}")
        elif code == tree.root:
            faults.append(f"{code} is the index and has no weight; name groups or indicators")
        if not 0 <= share <= 1:
            faults.append(f"{code}: {share!r} is no share from 0 to 1 of its group")
    return faults if weights else ["no weight is given; name a group or an indicator with its share"]


def _changed(
    tree: IndexTree, own: Weights, weights: Mapping[str, float]
) -> tuple[dict[str, Floats], list[str]]:
    """Return the weights of all groups with those that are asked for, and what is wrong with these."""
    found, faults = dict(own.groups), []
    for group in tree.groups:
        named = [child for child in tree.children(group) if child in weights]
        if named and group in own.benefit:
            faults.append(
                f"{', '.join(named)}: units choose their own weights in {group} (benefit_of_the_doubt); choose another method to set them"
            )
        elif named:
            try:
                found[group] = _shared(tree, group, own[group], weights)
            except GumflowError as error:
                faults.append(str(error))
    return found, faults


def _shared(tree: IndexTree, group: str, own: Floats, weights: Mapping[str, float]) -> Floats:
    children = tree.children(group)
    named = np.array([child in weights for child in children])
    asked = np.array([weights.get(child, 0.0) for child in children], dtype=np.float64)
    total, rest = float(asked.sum()), float(own[~named].sum())
    names = ", ".join(child for child in children if child in weights)
    if named.all():
        if total == 0:
            raise GumflowError(f"group {group}: the weights of {names} add up to 0; give one of them more")
        return asked / total
    if total > 1 + _SLACK:
        raise GumflowError(
            f"group {group}: the shares of {names} add up to {total:g}, more than 1; lower them"
        )
    if rest == 0 and total < 1 - _SLACK:
        raise GumflowError(
            f"group {group}: {names} leave {1 - total:g} of the weight, and the other children have weight 0; let the shares add up to 1"
        )
    return np.where(named, asked, own * (1 - total) / rest if rest else 0.0)


def break_even_weights(
    result: IndexResult, first: str, second: str, *, time: str = "", code: str = ""
) -> pd.DataFrame:
    """Return, for each node, the weight in its group at which two units have the same score, the others of the group keeping their proportions.

    With arithmetic means, the difference of two units' scores is linear in the share w of a node in its group: D(w) = D + e (s - r) (w - w0), with s the
    difference on the node, r that on the rest of its group, e the product of the weights above the group, and D the difference now; so
    w* = w0 - D / (e (s - r)).

    Args:
        result: of `run_index`.
        first: a unit, like `second`.
        time: of both, where there are times.
        code: the node whose scores are compared; the index if empty.

    Returns:
        code, group, weight, break_even (NaN if no share from 0 to 1 makes them equal), change, reason (why it is NaN).

    Raises:
        GumflowError: if a unit is not in the result at that time, or has no score.
    """
    code = ranked_node(result.tree, code)
    places = []
    faults = []
    for unit in (first, second):
        at = np.flatnonzero((result.units == unit) & (result.times == time))
        when = f" at {time!r}" if time else ""
        if not len(at):
            faults.append(f"{unit!r} is no unit of the result{when}{nearest(unit, result.units.tolist())}")
        elif np.isnan(result.scores[code].iloc[at[0]]):
            faults.append(f"{unit}{when} has no score of {code}")
        places += at[:1].tolist()
    refuse_all("units", faults)
    return _break_even(result, code, places[0], places[1])


def closest_swaps(result: IndexResult, *, code: str = "") -> pd.DataFrame:
    """Return, for each two units that follow each other in rank at a time, the node whose weight has to change least for them to be equal.

    Columns: time, rank, unit, other (the next), code, group, weight, break_even, change; NaN and "" where no single weight can make them
    equal. A small change means that the order of the two rests on a weight more exact than any weight is known.
    """
    code = ranked_node(result.tree, code)
    scores = result.scores[code].to_numpy()
    ranks = unit_ranks(scores, result.units, result.times)
    rows = []
    for time in dict.fromkeys(result.times.tolist()):
        order = np.flatnonzero((result.times == time) & np.isfinite(ranks))
        order = order[np.argsort(-scores[order], kind="stable")]
        for one, other in pairwise(order):
            head = {
                "time": time,
                "rank": ranks[one],
                "unit": str(result.units[one]),
                "other": str(result.units[other]),
            }
            table = _break_even(result, code, int(one), int(other))
            nearest_swap = table["change"].abs().fillna(np.inf).to_numpy()
            if np.isfinite(nearest_swap).any():
                body = table.drop(columns="reason").iloc[int(nearest_swap.argmin())].to_dict()
            else:
                body = {"code": "", "group": "", "weight": np.nan, "break_even": np.nan, "change": np.nan}
            rows.append({**head, **body})
    columns = ["time", "rank", "unit", "other", "code", "group", "weight", "break_even", "change"]
    return pd.DataFrame(rows, columns=columns)


def _break_even(result: IndexResult, code: str, one: int, other: int) -> pd.DataFrame:
    tree, weights = result.tree, result.weights
    codes = list(tree.nodes)
    table = result.scores[codes].to_numpy()
    apart = dict(zip(codes, (table[one] - table[other]).tolist(), strict=True))
    # What a point of a group adds to the node that is compared; None where a group on the way is no arithmetic mean of both units.
    worth: dict[str, float | None] = {code: 1.0}
    rows = []
    for group in reversed(tree.groups):
        if group not in worth:
            continue
        own, children = weights[group], tree.children(group)
        gaps = np.array([apart[child] for child in children])
        # Where weights differ between completed tables, the mean score is not made with the mean weights.
        mean = float(own[own > 0] @ gaps[own > 0])
        plain = (
            group_method(tree, result.choices.aggregate, group) == "arithmetic"
            and group not in weights.benefit
            and abs(mean - apart[group]) <= _SLACK * max(1.0, float(np.nanmax(np.abs(gaps), initial=0.0)))
        )
        above = worth[group] if plain else None
        for child, weight, gap in zip(children, own, gaps, strict=True):
            worth[child] = None if above is None else above * float(weight)
            rows.append(
                (
                    child,
                    group,
                    float(weight),
                    *_swap(float(weight), float(gap), mean, above, apart[code]),
                )
            )
    places = {node: i for i, node in enumerate(codes)}
    rows.sort(key=lambda row: places[row[0]])
    found = pd.DataFrame(rows, columns=["code", "group", "weight", "break_even", "reason"])
    found.insert(4, "change", found["break_even"] - found["weight"])
    return found


def _swap(weight: float, gap: float, mean: float, above: float | None, apart: float) -> tuple[float, str]:
    """Return the break-even weight of one child, or NaN and why there is none."""
    if above is None:
        return np.nan, "a group on the way is no arithmetic mean of what is known of both units"
    if above == 0:
        return np.nan, "a group above has weight 0"
    if np.isnan(gap):
        return np.nan, "not known of both units"
    if weight >= 1 - _SLACK:
        return np.nan, "no other child of the group has weight"
    rest = (mean - weight * gap) / (1 - weight)
    if abs(gap - rest) <= _SLACK * max(abs(gap), abs(rest)):
        return np.nan, "both units differ as much on it as on the rest of its group"
    found = weight - apart / (above * (gap - rest))
    if not -_SLACK <= found <= 1 + _SLACK:
        return np.nan, "no share from 0 to 1"
    return min(max(found, 0.0), 1.0), ""
