"""Normalization: all indicators on one scale, on which more is better; directions are applied here and nowhere else."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.index.choices import NormalizeChoice
from gumflow.index.screen import constant_columns, time_order
from gumflow.index.tree import IndexNode, nearest, refuse_all

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]
Names = NDArray[np.str_]

SPREAD = ("minmax", "zscore", "rank", "percentile", "borda")
"""Methods that need indicators with a spread: on them a constant has no place."""
RATIO = ("distance_to_best", "distance_to_reference")
"""Methods that divide values, which have to be above zero."""
ANCHORED = ("distance_to_target", "goalposts", "scaled")
"""Methods that compare with numbers in the unit of the indicator."""
METHODS = (*SPREAD, *RATIO, *ANCHORED)


def normalize(
    values: Matrix,
    choice: NormalizeChoice,
    *,
    nodes: Sequence[IndexNode],
    units: Names,
    times: Names,
    logged: Mask | None = None,
) -> Matrix:
    """Return values (n, p) on one scale with more always better; what is missing stays missing.

    With x, its extremes and a direction of 1 (for -1 best and worst change places; ranks and z-scores change sides), and f set on `choice.range` as
    least + f (most - least):

    - `minmax`: f = (x - min) / (max - min). `zscore`: `mean` + `sd` (x - average) / standard deviation (n - 1); no range.
    - `rank`: 1 for the worst, the number of known values for the best, ties the average; `borda`: rank - 1, how many are beaten; no range.
      `percentile`: f = (rank - 0.5) / known (Hazen 1914), so that nobody has 0.
    - `distance_to_best`: f = x / max, and min / x where less is better. `distance_to_reference`: the same with the value of the unit `reference` in
      the place of the best, in a panel its value at the first time it has one (OECD 2008, 5.4), or under `by: time` at the same time.
    - `distance_to_target`: f = (x - worst) / (target - worst); beyond 1 where the target is surpassed, unless `cap`.
    - `goalposts`: f = (x - least) / (most - least) with the node's goalposts, cut at 0 and 1 (`clipped` lists where).
      `scaled`: the same with `choice.bounds`, not cut.

    Extremes, averages and ranks are over all rows, or under `by: time` over those of the same time. Where the node says `log`, values are logs already and its
    target, goalposts and bounds are logged here. `nodes` are the indicators in the order of the columns; `logged` (p,) are the columns that
    treatment put on a shifted log. Raises one `GumflowError` that names every indicator that is constant under a method of `SPREAD`,
    has values of zero or less under one of `RATIO`, or lacks a target beyond its worst value, goalposts, bounds, or a value
    of the reference unit.
    """
    methods = _methods_of(choice, nodes)
    anchors, faults = _anchors(choice, nodes, methods, logged)
    waves = _waves(choice, times)
    references, more = _references(values, choice, nodes, methods, units, times, waves)
    faults += more
    for rows, when in waves:
        faults += _value_faults(values[rows], nodes, methods, anchors, when)
    refuse_all("normalization", faults)
    out = np.full(values.shape, np.nan)
    directions = np.array([node.direction for node in nodes], dtype=np.float64)
    for method in dict.fromkeys(methods.tolist()):
        at = np.flatnonzero(methods == method)
        for (rows, _), reference in zip(waves, references, strict=True):
            x = values[np.ix_(rows, at)]
            out[np.ix_(rows, at)] = _on_scale(x, method, choice, directions[at], anchors[at], reference[at])
    return out


def clipped(
    values: Matrix, choice: NormalizeChoice, *, nodes: Sequence[IndexNode], units: Names, times: Names
) -> pd.DataFrame:
    """Return the cells that `normalize` cuts, at goalposts or (with `cap`) at a target: row, column (code), value, limit (0 worst, 1 best)."""
    methods = _methods_of(choice, nodes)
    cut = (methods == "goalposts") | ((methods == "distance_to_target") & choice.cap)
    at = np.flatnonzero(cut)
    own = [nodes[j] for j in at.tolist()]
    posts = {n.code: n.goalposts for n in own if n.goalposts is not None}
    ways = {
        n.code: "scaled" if methods[j] == "goalposts" else "distance_to_target"
        for n, j in zip(own, at, strict=True)
    }
    uncut = replace(choice, range=(0.0, 1.0), cap=False, bounds=posts, indicators=ways, reference="")
    share = normalize(values[:, at], uncut, nodes=own, units=units, times=times) if own else values[:, at]
    beyond = (share > 1) | ((share < 0) & (methods[at] == "goalposts"))
    columns, rows = np.nonzero(beyond.T)
    return pd.DataFrame(
        {
            "row": rows,
            "column": np.array([own[k].code for k in columns], dtype=str),
            "value": values[rows, at[columns]],
            "limit": np.where(share[rows, columns] > 1, 1, 0),
        }
    )


def average_ranks(values: Matrix) -> Matrix:
    """Return ranks in each column (n, p), 1 for the least; ties share the average of their ranks, what is missing has none."""
    n = len(values)
    order = np.argsort(values, axis=0, kind="stable")  # NaN comes last
    ordered = np.take_along_axis(values, order, axis=0)
    place = np.arange(n)[:, None]
    starts = np.ones(values.shape, dtype=bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    first = np.maximum.accumulate(np.where(starts, place, 0), axis=0)
    ends = np.ones(values.shape, dtype=bool)
    ends[:-1] = starts[1:]
    last = np.minimum.accumulate(np.where(ends, place, n)[::-1], axis=0)[::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=0)
    ranks[np.isnan(values)] = np.nan
    return ranks


def _methods_of(choice: NormalizeChoice, nodes: Sequence[IndexNode]) -> NDArray[np.str_]:
    """Return the method of each column; raise `GumflowError` for choices that are wrong whatever the data."""
    codes = [node.code for node in nodes]
    faults = []
    for name in ("indicators", "bounds"):
        faults += [
            f"normalize.{name}: {code!r} is no indicator{nearest(code, codes)}"
            for code in getattr(choice, name)
            if code not in codes
        ]
    given = [("normalize.method", choice.method)]
    given += [(f"normalize.indicators.{code}", method) for code, method in choice.indicators.items()]
    faults += [
        f"{where} is {method!r}{nearest(method, METHODS)}; allowed: {', '.join(METHODS)}"
        for where, method in given
        if method not in METHODS
    ]
    if choice.by not in ("all", "time"):
        faults.append(f"normalize.by is {choice.by!r}; allowed: all, time")
    if not choice.range[0] < choice.range[1]:
        faults.append(f"normalize.range is {list(choice.range)}; write [least, most]")
    if not choice.sd > 0:
        faults.append(f"normalize.sd is {choice.sd:g}; write a number above 0")
    refuse_all("normalization", faults)
    return np.array([choice.indicators.get(code, choice.method) for code in codes], dtype=np.str_)


def _anchors(
    choice: NormalizeChoice, nodes: Sequence[IndexNode], methods: NDArray[np.str_], logged: Mask | None
) -> tuple[Matrix, list[str]]:
    """Return (p, 2) the two numbers that an anchored method compares with (of a target the second), and what is wrong with them."""
    anchors = np.full((len(nodes), 2), np.nan)
    faults = []
    for j, (node, method) in enumerate(zip(nodes, methods, strict=True)):
        if method not in ANCHORED:
            continue
        if logged is not None and logged[j]:
            faults.append(
                f"{node.code}: treatment put it on a shifted log, on which {method} has no meaning; set treat.indicators.{node.code} to winsorize or none, or `log: true` on its node"
            )
        given: tuple[float, ...] | None = choice.bounds.get(node.code)
        if method != "scaled":
            target = None if node.target is None else (node.target,)
            given = node.goalposts if method == "goalposts" else target
        where = {"distance_to_target": "a target in the tree", "goalposts": "goalposts in the tree"}.get(
            method, f"normalize.bounds.{node.code}"
        )
        if given is None:
            faults.append(
                f"{node.code}: {method} needs {where}; give it, or choose another method for it under normalize.indicators"
            )
        elif len(given) == 2 and not given[0] < given[1]:
            faults.append(f"{node.code}: {where} are {list(given)}; write [least, most]")
        elif node.log and given[0] <= 0:
            faults.append(
                f"{node.code}: {where} has {given[0]:g}, and the node asks for logs; give numbers above 0"
            )
        else:
            anchors[j, 2 - len(given) :] = np.log(given) if node.log else given
    return anchors, faults


def _waves(choice: NormalizeChoice, times: Names) -> list[tuple[NDArray[np.intp], str]]:
    """Return the rows that are normalized together, and their time where that is not all."""
    if choice.by == "all":
        return [(np.arange(len(times)), "")]
    return [(np.flatnonzero(times == time), str(time)) for time in np.unique(times)]


def _references(
    values: Matrix,
    choice: NormalizeChoice,
    nodes: Sequence[IndexNode],
    methods: NDArray[np.str_],
    units: Names,
    times: Names,
    waves: Sequence[tuple[NDArray[np.intp], str]],
) -> tuple[Matrix, list[str]]:
    """Return (waves, p) the values of the reference unit, and where it has none."""
    out = np.full((len(waves), len(nodes)), np.nan)
    at = np.flatnonzero(methods == "distance_to_reference")
    if not len(at):
        return out, []
    if choice.reference not in units:
        seen = choice.reference or "empty"
        return out, [
            f"normalize.reference is {seen}, and no unit is called so{nearest(choice.reference, units.tolist())}; name one of the units"
        ]
    faults = []
    for k, (rows, when) in enumerate(waves):
        own = rows[units[rows] == choice.reference]
        own = own[time_order(times[own])]
        for j in at.tolist():
            known = values[own, j][~np.isnan(values[own, j])]
            if len(known):
                out[k, j] = known[0]
            else:
                faults.append(
                    f"{nodes[j].code}: the reference unit {choice.reference!r} has no value{f' at {when}' if when else ''}; complete it, or choose another"
                )
    return out, faults


def _value_faults(
    x: Matrix, nodes: Sequence[IndexNode], methods: NDArray[np.str_], anchors: Matrix, when: str
) -> list[str]:
    """Return what keeps the values of one wave from being normalized, one line for each indicator."""
    constant = constant_columns(x) & np.isin(methods, SPREAD)
    known = ~np.isnan(x)
    low = np.where(known, x, np.inf).min(axis=0, initial=np.inf)
    top = np.where(known, x, -np.inf).max(axis=0, initial=-np.inf)
    suffix = f" at {when}" if when else ""
    faults = []
    for j in np.flatnonzero(constant).tolist():
        count = int(known[:, j].sum())
        what = {0: "no value is known", 1: "only one value is known"}.get(
            count, f"all {count} known values are {low[j]:g}"
        )
        faults.append(
            f"{nodes[j].code}: {what}{suffix}, so {methods[j]} cannot tell units apart; take it out of the tree, or use goalposts"
        )
    for j in np.flatnonzero(np.isin(methods, RATIO) & (low <= 0)).tolist():
        faults.append(
            f"{nodes[j].code}: its least value{suffix} is {low[j]:g}, and {methods[j]} divides values, which must be above 0; choose another method for it under normalize.indicators"
        )
    for j in np.flatnonzero((methods == "distance_to_target") & known.any(axis=0)).tolist():
        sign, worst = nodes[j].direction, low[j] if nodes[j].direction == 1 else top[j]
        if sign * anchors[j, 1] <= sign * worst:
            faults.append(
                f"{nodes[j].code}: its target ({anchors[j, 1]:g}) is no better than the worst value{suffix} ({worst:g}); correct the target or the direction"
            )
    return faults


def _on_scale(
    x: Matrix, method: str, choice: NormalizeChoice, directions: Matrix, anchors: Matrix, reference: Matrix
) -> Matrix:
    """Return checked values of columns that share a method and of rows that are normalized together."""
    y = x * directions
    known = ~np.isnan(x)
    low = np.where(known, y, np.inf).min(axis=0, initial=np.inf)
    top = np.where(known, y, -np.inf).max(axis=0, initial=-np.inf)
    if method == "zscore":
        return choice.mean + choice.sd * (y - np.nanmean(y, axis=0)) / np.nanstd(y, axis=0, ddof=1)
    if method in ("rank", "borda"):
        return average_ranks(y) - (method == "borda")
    if method == "minmax":
        share = (y - low) / (top - low)
    elif method == "percentile":
        share = (average_ranks(y) - 0.5) / known.sum(axis=0)
    elif method in RATIO:
        against = np.abs(top) if method == "distance_to_best" else reference
        share = np.where(directions > 0, x / against, against / x)
    elif method == "distance_to_target":
        share = (y - low) / (directions * anchors[:, 1] - low)
        share = np.minimum(share, 1.0) if choice.cap else share
    else:
        share = (x - anchors[:, 0]) / (anchors[:, 1] - anchors[:, 0])
        share = np.where(directions > 0, share, 1 - share)
        share = np.clip(share, 0.0, 1.0) if method == "goalposts" else share
    least, most = choice.range
    return least + share * (most - least)
