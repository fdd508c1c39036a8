"""Benefit of the doubt: each unit is scored with the weights that are best for it, so that none can blame the weights for its place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError

Floats = NDArray[np.float64]

# A peer that exceeds the bound by less than this share does not count as binding.
_TIGHT = 1e-9
_GAP = 1e-6
_ADDED = 12
_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Benefit:
    """Scores (n,) in [0, 1] and shares (n, k) of each child in a unit's score, NaN where there is none."""

    scores: Floats
    shares: Floats


def benefit_of_the_doubt(
    values: Floats,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    least: float = 0.5,
    group: str = "",
    children: Sequence[str] = (),
) -> Benefit:
    """Return the score of each unit under its own best weights (Melyn and Moesen 1991; Cherchye, Moesen, Rogge and Van Puyenbroeck 2007).

    For unit i: max sum_j w_j y_ij with w >= 0, sum_j w_j y_lj <= 1 for every unit l, and low <= w_j y_ij / sum_m w_m y_im <= high for every
    child j (bounds on shares: "pie shares" of Cherchye et al. 2007, section 4). Written in shares q (adding up to 1) the program is
    1 / score = min max_l sum_j q_j y_lj / y_ij with low <= q_j <= high, and is solved so; only peers that bind enter, one after another,
    and each optimum is checked by its dual. Multiplying a child by a positive number changes nothing.

    A score is 1 for a unit that no unit exceeds under its own weights, and 0 for one that is 0 on all it knows. Scores are
    unique; shares need not be (a unit at 1 mostly has several sets of best shares, one of which is returned).

    What is not known counts as 0, so that nobody is scored on it or outdone by it, and does not bind the shares: the highest share is
    divided by the share of children that are known (after Kuosmanen 2009). A unit that knows less than `least` of the children has no score.

    Args:
        values: (n, k), not negative, more is better, NaN = not known. All rows are peers, also other times of the same unit.
        bounds: least and most share of a child.
        least: least share of children that must be known.
        group, children: names for messages.

    Raises:
        GumflowError: lists children with negative or infinite values, bounds that no shares can keep, and, where the bounds ask a child
            to count or several to share, units whose zeros forbid it.
    """
    names = list(children) or [f"child {j + 1}" for j in range(values.shape[1])]
    faults = _faults(values, bounds, names)
    if not faults:
        known = ~np.isnan(values)
        covered = known.any(axis=1) & (known.mean(axis=1) >= least - _SLACK)
        outputs = np.where(known, values, 0.0)
        # Without scale: the greatest of each child is 1.
        top = outputs.max(axis=0, initial=0.0)
        outputs = outputs / np.where(top > 0, top, 1.0)
        low, high = _own_bounds(known, bounds)
        worthy = covered & (outputs > 0).any(axis=1)
        faults = _zero_faults(outputs, known, worthy, low, high, names)
    if faults:
        raise GumflowError("\n".join(f"group {group or '(unnamed)'}: {fault}" for fault in faults))
    scores = np.where(covered, 0.0, np.nan)
    shares = np.full(values.shape, np.nan)
    peers: list[int] = []
    for i in np.flatnonzero(worthy):
        scores[i], shares[i] = _best_shares(outputs, int(i), low[i], high[i], peers, group)
    return Benefit(scores, shares)


def _faults(values: Floats, bounds: tuple[float, float], names: Sequence[str]) -> list[str]:
    faults = []
    for j, name in enumerate(names):
        column = values[:, j]
        if np.isinf(column).any():
            faults.append(f"{name} has values without end; look for a division by 0 before")
        elif (column < 0).any():
            faults.append(
                f"{name} has {int((column < 0).sum())} negative value(s), the least {np.nanmin(column):g}, which benefit of the doubt "
                "cannot take; normalize to a range from 0 upward, such as 0 to 100"
            )
    low, high = bounds
    k = len(names)
    if not (0 <= low <= high <= 1 and low * k <= 1 + _SLACK and high * k >= 1 - _SLACK):
        faults.append(
            f"shares of {k} children cannot all be from {low:g} to {high:g} and add up to 1; "
            f"the least share can be at most {1 / k:.3g} and the most at least that"
        )
    return faults


def _own_bounds(known: NDArray[np.bool_], bounds: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the bounds of each unit's shares (n, k): 0 where a child is not known, the highest divided by the share known."""
    share = np.maximum(known.mean(axis=1, keepdims=True), 1 / known.shape[1])
    return np.where(known, bounds[0], 0.0), np.where(known, np.minimum(bounds[1] / share, 1.0), 0.0)


def _zero_faults(
    outputs: Floats,
    known: NDArray[np.bool_],
    worthy: NDArray[np.bool_],
    low: Floats,
    high: Floats,
    names: Sequence[str],
) -> list[str]:
    """Return what zeros make impossible: a 0 has no share of a score, so it cannot have a least share, nor leave enough to the others."""
    remedy = "normalize to a range above 0, such as 1 to 100, or widen the bounds of shares"
    zero = known & (outputs == 0)
    asked = zero & (low > 0) & worthy[:, None]
    faults = [
        f"{name} is 0 for {int(asked[:, j].sum())} unit(s), which then cannot have the least share of {low.max():g}; {remedy}"
        for j, name in enumerate(names)
        if asked[:, j].any()
    ]
    room = np.where(outputs > 0, high, 0.0).sum(axis=1)
    short = np.flatnonzero(worthy & (room < 1 - _SLACK))
    if len(short) and not faults:
        rows = ", ".join(str(i + 1) for i in short[:10]) + (" and more" if len(short) > 10 else "")
        faults.append(
            f"{len(short)} unit(s) (row {rows}) have so many zeros that the rest cannot make up a score with the given most share; {remedy}"
        )
    return faults


def _best_shares(
    outputs: Floats, unit: int, low: Floats, high: Floats, peers: list[int], group: str
) -> tuple[float, Floats]:
    """Return score and shares of one unit; `peers` are rows that bound units before, and grows.

    Rows enter as they are exceeded, until none is: mostly a few efficient units bind, and the same ones bind many units.
    """
    worth = np.flatnonzero(outputs[unit] > 0)
    with np.errstate(over="ignore"):
        ratios = outputs[:, worth] / outputs[unit, worth]
    # The unit itself is never exceeded: its ratios are 1, so its row asks t >= 1, which is a bound of t.
    used = [row for row in peers if row != unit]
    if not used:
        used = [int(np.argmax(ratios.sum(axis=1)))]
    while True:
        shares, duals = _solve(ratios[used], low[worth], high[worth], group, unit)
        reach = ratios @ shares
        found = max(float(reach[used].max()), 1.0)
        over = np.flatnonzero(reach > found * (1 + _TIGHT))
        if not len(over):
            break
        worst = over[np.argsort(-reach[over], kind="stable")[:_ADDED]]
        used += [int(row) for row in worst]
    found = max(float(reach.max()), 1.0)
    least = _dual_bound(ratios[used], duals, low[worth], high[worth])
    if found - least > _GAP * found:
        raise GumflowError(
            f"group {group or '(unnamed)'}: the best weights of the unit in row {unit + 1} could not be found to 6 digits "
            f"(1 / score between {least:.8g} and {found:.8g}); its values lie too far apart, normalize them to a range such as 1 to 100"
        )
    binding = [row for row, dual in zip(used, duals, strict=True) if dual > _TIGHT]
    peers += [row for row in binding if row not in peers]
    full = np.zeros(outputs.shape[1])
    full[worth] = shares
    return 1 / found, full


def _solve(rows: Floats, low: Floats, high: Floats, group: str, unit: int) -> tuple[Floats, Floats]:
    """Return the shares q in [low, high], adding up to 1, with the least max(rows @ q, 1), and the dual weight of each row."""
    from scipy.optimize import linprog

    m, k = rows.shape
    found = linprog(
        np.r_[np.zeros(k), 1.0],
        A_ub=np.c_[rows, -np.ones(m)],
        b_ub=np.zeros(m),
        A_eq=np.r_[np.ones(k), 0.0][None, :],
        b_eq=[1.0],
        bounds=np.c_[np.r_[low, 1.0], np.r_[high, np.inf]],
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if found.status != 0:
        raise GumflowError(
            f"group {group or '(unnamed)'}: the best weights of the unit in row {unit + 1} could not be found ({found.message}); "
            "normalize to a range such as 1 to 100"
        )
    shares = np.clip(found.x[:k], low, high)
    return shares / shares.sum(), np.maximum(-found.ineqlin.marginals, 0.0)


def _dual_bound(rows: Floats, duals: Floats, low: Floats, high: Floats) -> float:
    """Return a number that 1 / score cannot be below, by weak duality: the least of (duals @ rows) @ q over all shares q.

    The dual weights and that of the bound t >= 1 add up to 1.
    """
    total = duals.sum()
    weights = duals / max(total, 1.0)
    costs = weights @ rows
    shares = low.copy()
    for j in np.argsort(costs, kind="stable"):
        shares[j] += min(high[j] - low[j], 1 - shares.sum())
    return float(costs @ shares) + max(1 - float(weights.sum()), 0.0)
