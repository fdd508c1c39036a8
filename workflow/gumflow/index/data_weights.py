"""Weights of a group's children read from the data: principal component, entropy, CRITIC, balanced correlations; and equal weights.

None of them knows what matters: they know what varies, what goes together and what stands apart. Each takes the units (or units at times, all
waves together) for which every child of the group is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for

Floats = NDArray[np.float64]

FEWEST_ROWS = 3
"""Fewest complete rows from which weights can be computed at all; how many it takes to trust them is said in `small_n`."""
_FLAT = 1e-12
_STARTS = 8
# Differences of shares below this are none.
_BALANCED = 1e-6
# Weights below this are 0, and a step below this is none.
_NOTHING, _STILL = 1e-9, 1e-5


@dataclass(frozen=True, eq=False)
class GroupWeights:
    """Weights (k,) that are not negative and add up to 1, with what the method found out.

    `group_statistics` are numbers about the group (such as variance_share), `child_statistics` about each child (such as loading), `notes` what
    must be said.
    """

    weights: Floats
    group_statistics: dict[str, float] = field(default_factory=dict)
    child_statistics: dict[str, Floats] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def equal_weights(count: int) -> GroupWeights:
    """Return 1 / k for each of k children."""
    return GroupWeights(np.full(count, 1 / count))


def complete_rows(values: Floats, names: Sequence[str], method: str) -> tuple[Floats, tuple[str, ...]]:
    """Return the rows (m, k) in which every child is known, and a note that names the children which cost rows.

    Raises:
        GumflowError: lists what forbids weights from these data: fewer than `FEWEST_ROWS` complete rows, values without end, children that do not vary.
    """
    missing = np.isnan(values)
    rows = values[~missing.any(axis=1)]
    gaps = [f"{name} ({int(missing[:, j].sum())})" for j, name in enumerate(names) if missing[:, j].any()]
    if len(rows) < FEWEST_ROWS:
        why = f"; missing values: {', '.join(gaps)}; impute them, or" if gaps else ";"
        raise GumflowError(
            f"weights by {method} need {FEWEST_ROWS} rows in which every child is known, there are {len(rows)}{why} choose given or equal weights"
        )
    faults = []
    for j, name in enumerate(names):
        column = rows[:, j]
        if np.isinf(column).any():
            faults.append(f"{name} has values without end; look for a division by 0 before")
        elif np.ptp(column) <= _FLAT * np.abs(column).max():
            faults.append(
                f"{name} has the same value ({column[0]:g}) in all {len(rows)} complete rows, so weights by {method} are undefined; "
                "leave it out, or choose given or equal weights"
            )
    if faults:
        raise GumflowError("\n".join(faults))
    if not gaps:
        return rows, ()
    note = f"weights by {method} rest on the {len(rows)} of {len(values)} rows in which every child is known; missing values: {', '.join(gaps)}"
    return rows, (note,)


def _scaled(rows: Floats) -> Floats:
    """Return each child on a scale from 0 (least) to 1 (most)."""
    least = rows.min(axis=0)
    return (rows - least) / (rows.max(axis=0) - least)


def _correlations(rows: Floats) -> Floats:
    return np.atleast_2d(np.corrcoef(rows, rowvar=False))


def pca_weights(values: Floats, names: Sequence[str]) -> GroupWeights:
    """Return squared loadings on the first principal component of the correlations: w_j = v_j^2 with |v| = 1.

    They add up to 1, are never negative and do not depend on the sign of the component (OECD and JRC 2008, 6.1, with one component and without
    rotation; Nicoletti, Scarpetta and Boylaud 2000). A weight says how much of the component a child is, not in which direction: children
    that load against the rest are named in a note. `variance_share` is the component's part of all variance (first
    eigenvalue over k), `loading` the correlation of each child with it, signed so that most weight is positive.

    Args:
        values: (n, k), NaN = not known.
        names: of the children.

    Raises:
        GumflowError: see `complete_rows`; or two components explain the same, so that there is no first one.
    """
    rows, notes = complete_rows(values, names, "pca")
    found, vectors = np.linalg.eigh(_correlations(rows))
    if len(names) > 1 and found[-1] - found[-2] <= _FLAT * found[-1] * 1e3:
        raise GumflowError(
            f"weights by pca are undefined: the first two components of {', '.join(names)} explain the same; choose given or equal weights"
        )
    first = vectors[:, -1]
    weights = first**2 / (first**2).sum()
    first = first if (weights * np.sign(first)).sum() >= 0 else -first
    against = [name for name, v in zip(names, first, strict=True) if v < 0]
    if against:
        notes += (
            f"{', '.join(against)} load(s) against the rest on the first component; squared loadings do not show it: look at the direction",
        )
    share = float(found[-1] / len(names))
    return GroupWeights(weights, {"variance_share": share}, {"loading": first * np.sqrt(found[-1])}, notes)


def entropy_weights(values: Floats, names: Sequence[str]) -> GroupWeights:
    """Return entropy weights: w = d / sum d, d = 1 - e, e_j = -(1 / ln n) sum_i p_ij ln p_ij, p_ij = z_ij / sum_i z_ij, 0 ln 0 = 0.

    z is each child from 0 to 1 over all rows (min-max, all waves together), whatever scale it comes on: nothing is added to
    zeros, because that amount would be a parameter of its own, and no range above 0 can bring it in. The weight is about how unevenly a child is
    spread over units (skew and outliers raise it), not about its importance (Shannon 1948; Zeleny 1982; Hwang and Yoon 1981, 3.2).

    Args, errors: as `pca_weights`. `entropy` is e of each child.
    """
    rows, notes = complete_rows(values, names, "entropy")
    scaled = _scaled(rows)
    parts = scaled / scaled.sum(axis=0)
    logs = np.log(parts, out=np.zeros_like(parts), where=parts > 0)
    entropy = -(parts * logs).sum(axis=0) / np.log(len(rows))
    spread = 1 - entropy
    return GroupWeights(spread / spread.sum(), {}, {"entropy": entropy}, notes)


def critic_weights(values: Floats, names: Sequence[str]) -> GroupWeights:
    """Return CRITIC weights: w = C / sum C, C_j = s_j sum_m (1 - r_jm) (Diakoulaki, Mavrotas and Papayannakis 1995).

    s is the standard deviation of each child on a scale from 0 to 1 over all rows, r its Pearson correlations: a child has weight if it separates
    units and says what the others do not.

    Args, errors: as `pca_weights`; or all children correlate perfectly, so that nothing says anything of its own. `conflict`
    is sum (1 - r) of each child.
    """
    rows, notes = complete_rows(values, names, "critic")
    if len(names) == 1:
        return GroupWeights(np.ones(1), {}, {"conflict": np.zeros(1)}, notes)
    conflict = np.maximum((1 - _correlations(rows)).sum(axis=1), 0.0)
    content = _scaled(rows).std(axis=0, ddof=1) * conflict
    if content.sum() <= 1e-9:
        raise GumflowError(
            f"weights by critic are undefined: {', '.join(names)} correlate perfectly; leave all but one out, or choose given or equal weights"
        )
    return GroupWeights(content / content.sum(), {}, {"conflict": conflict}, notes)


def balanced_weights(values: Floats, names: Sequence[str], target: Floats, *, seed: int) -> GroupWeights:
    """Return the weights with which each child's squared correlation with the (arithmetic) score is proportional to a target importance.

    Minimizes sum_j (r_j |r_j| / sum_m r_m^2 - t_j)^2 over w >= 0, sum w = 1, where r_j is the Pearson correlation of child j with sum w x (Becker,
    Saisana, Paruolo and Vandecasteele 2017 with linear importance; Paruolo, Saisana and Saltelli 2013). r |r| instead of r^2 keeps a
    child that goes against the score from passing for an important one. If the exact solution w ~ R^-1 sqrt(t) / s, with R the correlations and s
    the standard deviations, has no negative weight it is returned; else sequential quadratic programming from the target, from equal weights and from
    seeded random points, of which the best end counts.

    Args:
        values: (n, k) on the scale on which they will be added, NaN = not known.
        names: of the children.
        target: (k,) wanted shares of importance, not negative, adding up to 1.
        seed: of the random starts.

    Returns:
        `imbalance` is the greatest |share - target| that is left (0 where an exact solution exists), `correlation` r of each child, `importance` its share. A
        remaining imbalance is said in a note.

    Raises:
        GumflowError: see `complete_rows`; or no start converged.
    """
    rows, notes = complete_rows(values, names, "balanced")
    spread = rows.std(axis=0, ddof=1)
    correlations = _correlations(rows)
    # In units of standard deviations all children have the same scale.
    standard = _exact_balance(correlations, target)
    if standard is None:
        standard = _searched_balance(correlations, target, names, seed)
    reach = correlations @ standard
    correlation = reach / np.sqrt(standard @ reach)
    share = correlation * np.abs(correlation) / (correlation**2).sum()
    off = np.abs(share - target)
    if off.max() > _BALANCED:
        worst = ", ".join(
            f"{names[j]} ({share[j]:.3f} instead of {target[j]:.3f})" for j in np.argsort(-off)[:3]
        )
        none = [name for name, weight in zip(names, standard, strict=True) if weight == 0]
        notes += (
            f"weights that are not negative cannot balance the {len(names)} children; importance farthest from the target: {worst}; "
            f"without weight: {', '.join(none) or 'none'}",
        )
    against = [name for name, r in zip(names, correlation, strict=True) if r < 0]
    if against:
        notes += (
            f"{', '.join(against)} go(es) against the score under balanced weights: look at the direction",
        )
    weights = standard / spread
    statistics = {"correlation": correlation, "importance": share}
    return GroupWeights(weights / weights.sum(), {"imbalance": float(off.max())}, statistics, notes)


def _exact_balance(correlations: Floats, target: Floats) -> Floats | None:
    """Return standardized weights whose correlations are proportional to the roots of the target; None if some are negative or they are not unique."""
    if np.linalg.cond(correlations) > 1e10:
        return None
    weights = np.linalg.solve(correlations, np.sqrt(target))
    if (weights < -_FLAT * np.abs(weights).max()).any():
        return None
    weights = np.maximum(weights, 0.0)
    return np.asarray(weights / weights.sum())


def _imbalance(correlations: Floats, target: Floats) -> Callable[[Floats], tuple[float, Floats]]:
    """Return the sum of squared differences from the target as a function of standardized weights, with its gradient.

    With c = R v the shares are c |c| / sum c^2: the variance of the score cancels.
    """

    def value(weights: Floats) -> tuple[float, Floats]:
        reach = correlations @ weights
        total = float(reach @ reach)
        share = reach * np.abs(reach) / total
        off = share - target
        by_reach = (4 * off * np.abs(reach) - 4 * float(off @ share) * reach) / total
        return float(off @ off), correlations @ by_reach

    return value


def _searched_balance(correlations: Floats, target: Floats, names: Sequence[str], seed: int) -> Floats:
    """Return the standardized weights with the least imbalance over all starts."""
    from scipy.optimize import minimize

    k = len(target)
    objective = _imbalance(correlations, target)
    stream = np.random.default_rng(seed_for(seed, "balanced weights", *names))
    ends: list[tuple[float, Floats]] = []
    for start in (target, np.full(k, 1 / k), *stream.dirichlet(np.ones(k), size=_STARTS)):
        end = minimize(
            objective,
            start,
            jac=True,
            method="SLSQP",
            bounds=[(0.0, 1.0)] * k,
            constraints={"type": "eq", "fun": lambda v: v.sum() - 1, "jac": np.ones_like},
            options={"maxiter": 1000, "ftol": 1e-14},
        ).x
        end = np.where(end < _NOTHING, 0.0, end)
        end /= end.sum()
        value, slope = objective(end)
        # The search's own word for success depends on rounding; that the slope leads nowhere allowed does not.
        if np.abs(end - _on_simplex(end - slope)).max() <= _STILL:
            ends.append((value, end))
    if not ends:
        raise GumflowError(
            f"balanced weights of {', '.join(names)} were not found: the search did not converge from any of {_STARTS + 2} starts; "
            "leave out children that nearly repeat others, or choose given or equal weights"
        )
    least = min(value for value, _ in ends)
    # Of starts that end equally well the first, so that rounding does not choose.
    return next(end for value, end in ends if value <= least + 1e-10)


def _on_simplex(point: Floats) -> Floats:
    """Return the nearest point with no negative entries that adds up to 1 (Held, Wolfe and Crowder 1974)."""
    falling = np.sort(point)[::-1]
    over = (np.cumsum(falling) - 1) / np.arange(1, len(point) + 1)
    return np.asarray(np.maximum(point - over[falling > over][-1], 0.0))
