"""Two methods that set units against each other instead of adding up: nearness to the best (TOPSIS) and pairwise majorities (Copeland)."""

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError

Floats = NDArray[np.float64]

# Cells of the largest array inside; keeps a comparison of 500 units on 200 children under 100 MB.
_CELLS = 4_000_000
# Sums of weights that should be equal differ by rounding alone.
_TIED = 1e-12


def topsis(values: Floats, weights: Floats, group: str) -> Floats:
    """Return nearness to the best: D- / (D+ + D-), from 0 (worst on all children) to 1 (best on all) (Hwang and Yoon 1981).

    D+ and D- are Euclidean distances, of values times weights, to the best and to the worst value of each child among the units; the weights
    come in once, before squaring. Values are those of the normalization, which takes the place of the original's division by the
    length of the column. Children that a unit does not know are left out of its distances, which is the same as rescaling the weights of the
    others, since the ratio does not depend on their sum.

    Args:
        values: (..., n, k), NaN = not known.
        weights: (..., k), not negative; leading axes are broadcast.
        group: name for messages.

    Returns:
        (..., n); NaN for a unit that knows nothing of weight.

    Raises:
        GumflowError: if best and worst are the same on all that a unit knows, so that no unit is nearer to either.
    """
    known = ~np.isnan(values)
    best = np.max(np.where(known, values, -np.inf), axis=-2, keepdims=True)
    worst = np.min(np.where(known, values, np.inf), axis=-2, keepdims=True)
    with np.errstate(invalid="ignore"):
        to_best = np.sqrt(_products(np.where(known, values - best, 0.0) ** 2, weights**2))
        to_worst = np.sqrt(_products(np.where(known, values - worst, 0.0) ** 2, weights**2))
    seen = _products(known.astype(np.float64), weights) > 0
    both = to_best + to_worst
    if (seen & (both == 0)).any():
        raise GumflowError(
            f"group {group}: TOPSIS is undefined, because units have the same values on all children that they know; take another aggregation"
        )
    return np.where(seen, to_worst / np.where(both == 0, 1.0, both), np.nan)


def _products(terms: Floats, weights: Floats) -> Floats:
    return weights @ terms.T if terms.ndim == 2 else np.matmul(terms, weights[..., None])[..., 0]


def copeland(values: Floats, weights: Floats, ranked: NDArray[np.bool_]) -> Floats:
    """Return Copeland scores as (1 + (wins - losses) / opponents) / 2: 1 beats all others, 0 loses to all (Copeland 1951).

    A unit beats another if the children on which it is better weigh more than those on which it is worse (Munda and Nardo 2009);
    children on which both are equal count for neither, and equal weight on both sides is a tie. Each pair is compared on the children that
    both know. The published score, wins - losses, is (2 score - 1) times the number of opponents.

    Args:
        values: (..., n, k), NaN = not known.
        weights: (..., k), not negative; leading axes are broadcast.
        ranked: (..., n), units that know enough to take part; the others are nobody's opponents.

    Returns:
        (..., n); NaN for a unit without opponents with whom it shares a known child of weight, and for units that take no part.
    """
    n, k = values.shape[-2:]
    lead = np.broadcast_shapes(values.shape[:-2], weights.shape[:-1])
    if values.ndim == 2:
        batch = weights.reshape(-1, k)
        taking = np.broadcast_to(ranked, (*lead, n)).reshape(-1, n)
        return _majorities(values, batch, taking).reshape(*lead, n)
    each_value = np.broadcast_to(values, (*lead, n, k)).reshape(-1, n, k)
    each_weight = np.broadcast_to(weights, (*lead, k)).reshape(-1, k)
    taking = np.broadcast_to(ranked, (*lead, n)).reshape(-1, n)
    found = [_majorities(v, each_weight[r : r + 1], taking[r : r + 1]) for r, v in enumerate(each_value)]
    return np.concatenate(found).reshape(*lead, n)


def _majorities(values: Floats, weights: Floats, ranked: NDArray[np.bool_]) -> Floats:
    """Return Copeland scores (R, n) of units (n, k) under R sets of weights; each pair is compared once, block by block."""
    n, k = values.shape
    known = ~np.isnan(values)
    gaps = not known.all()
    filled = np.where(known, values, 0.0)
    shares = (weights / weights.sum(axis=1, keepdims=True)).T  # (k, R)
    taking = ranked.T.astype(np.float64)  # (n, R)
    net, met = np.zeros(taking.shape), np.zeros(taking.shape)
    block = max(1, _CELLS // (n * max(k, taking.shape[1])))
    for begin in range(0, n, block):
        end = min(begin + block, n)
        rows, others = slice(begin, end), slice(begin, n)
        better = np.sign(filled[rows, None, :] - filled[None, others, :])
        if gaps:
            both = (known[rows, None, :] & known[None, others, :]).astype(np.float64)
            better *= both
            compared = (both @ shares > _TIED).astype(np.float64)
        else:
            compared = np.ones((end - begin, n - begin, taking.shape[1]))
        compared *= taking[rows, None, :] * taking[None, others, :]
        # A unit is not its own opponent.
        compared[np.arange(end - begin), np.arange(end - begin)] = 0
        won = better @ shares
        won = np.where(np.abs(won) <= _TIED, 0.0, np.sign(won)) * compared
        net[rows] += won.sum(axis=1)
        met[rows] += compared.sum(axis=1)
        # Pairs inside the block were seen from both sides; the rest from the first only.
        net[end:] -= won[:, end - begin :].sum(axis=0)
        met[end:] += compared[:, end - begin :].sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((met > 0) & (taking > 0), 0.5 * (1 + net / met), np.nan).T
