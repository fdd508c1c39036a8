"""How far a mean over firms would move with other firms, where the value of a firm rests on its partners.

Firms share partners: one firm that all ask for advice stands in the values of all who ask it. Their values are then not independent, and Student's
interval is too short. What a firm does in the mean is its own value and what it does in the values of others. With firms as weights w (1 each),
that is its influence N dm/dw_k, m = sum_i w_i y_i(w) / sum_i w_i (infinitesimal jackknife, Efron 1982; vertices of networks: Snijders and Borgatti 1999).
The variance of the mean is the sum of squared influences over N (N - 1), less the square of what each pair of firms adds together: a pair is in the
influence of both its ends, and would count twice (Fafchamps and Gubert 2007; Aronow, Samii and Assenova 2015).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.dyads import pair_ends, reciprocated, simmelian
from gumflow.mechanisms.cluster import Values
from gumflow.networks.graph import Network, adjacency

Indices = NDArray[np.int64]


class Shared(NamedTuple):
    """What partners do in the values of firms: a row for each firm `one` and partner `other`, as positions among the firms of the cluster.

    `effect` is d y_one / d w_other, the change of the value with the weight of the partner. Partners that are no firms are left out: they would stay.
    """

    one: Indices
    other: Indices
    effect: Values


def shared_sum(one: Indices, other: Indices, values: Values) -> Shared:
    """Return what partners do in sums over partners, y_i = sum_j x_ij; `values` are the x_ij. NaN adds nothing."""
    return Shared(one, other, np.nan_to_num(values))


def shared_mean(one: Indices, other: Indices, values: Values, weights: Values | None = None) -> Shared:
    """Return what partners do in means over partners, y_i = sum_j a_ij x_ij / sum_j a_ij: a_ij (x_ij - y_i) / sum_j a_ij. NaN is left out."""
    known = ~np.isnan(values)
    one, other, values = one[known], other[known], values[known]
    weight = np.ones(len(values)) if weights is None else weights[known]
    size = int(one.max(initial=-1)) + 1
    whole = np.bincount(one, weights=weight, minlength=size)
    part = np.bincount(one, weights=weight * values, minlength=size)
    mean = np.divide(part, whole, out=np.zeros(size), where=whole > 0)
    above = np.divide(weight, whole[one], out=np.zeros(len(one)), where=whole[one] > 0)
    return Shared(one, other, above * (values - mean[one]))


def shared_clustering(network: Network) -> Shared:
    """Return what partners do in local clustering: (partners of both - y_i (k_i - 1)) / (k_i (k_i - 1) / 2)."""
    ties = adjacency(network)
    ties = ((ties + ties.T) > 0).astype(np.float64).tocsr()
    degree = np.asarray(ties.sum(axis=1), dtype=np.float64).ravel()
    one, other = (axis.astype(np.int64) for axis in ties.nonzero())
    # Indexing a sparse matrix by no pair gives no array.
    common = np.asarray((ties @ ties)[one, other], dtype=np.float64).ravel() if len(one) else np.empty(0)
    pairs = degree * (degree - 1) / 2
    clustering = np.divide(
        np.bincount(one, weights=common, minlength=len(degree)) / 2,
        pairs,
        out=np.zeros(len(degree)),
        where=pairs > 0,
    )
    effect = common - clustering[one] * (degree[one] - 1)
    at = pairs[one] > 0
    return Shared(one[at], other[at], effect[at] / pairs[one[at]])


def shared_simmelian(network: Network) -> Shared:
    """Return what partners do in trust closure: as one of the firm's pairs, and as the only third firm that holds up another."""
    from scipy import sparse

    size, (one, other) = network.size, both_ways(network)
    held = np.tile(simmelian(network), 2)
    mutual = np.tile(reciprocated(network) > 0, 2)
    matrix = sparse.csr_array((np.ones(mutual.sum()), (one[mutual], other[mutual])), shape=(size, size))
    # Where there is one third firm, the sum of the numbers of the third firms is its number.
    thirds = matrix.multiply(matrix @ matrix).tocsr()
    numbers = matrix.multiply(matrix @ sparse.diags_array(np.arange(1.0, size + 1)) @ matrix).tocsr()
    place = np.repeat(np.arange(size), np.diff(thirds.indptr))
    only = thirds.data == 1
    third = (numbers.data[only] - 1).astype(np.int64)
    pairs = np.bincount(one, minlength=size)
    base = shared_mean(one, other, held)
    return Shared(
        np.concatenate([base.one, place[only]]),
        np.concatenate([base.other, third]),
        np.concatenate([base.effect, 1 / pairs[place[only]]]),
    )


def both_ways(network: Network) -> tuple[Indices, Indices]:
    """Return the two ends of each tied pair, all pairs in the one order and then all in the other."""
    a, b = pair_ends(network)
    return np.concatenate([a, b]), np.concatenate([b, a])


def influence(values: Values, shared: Shared) -> Values:
    """Return what each firm does in the mean of the known values: N dm/dw_k, which adds up to 0.

    A firm without a value may still be a partner of others. A sum over partners is taken per firm that could be a partner (n - 1), so that the number of
    firms moves nothing.
    """
    known = ~np.isnan(values)
    base, per_pair = _effects(values, shared)
    own = np.where(known, values - values[known].mean(), 0.0)
    received = np.bincount(base.other, weights=base.effect, minlength=len(values))
    return np.asarray(own + received - (per_pair.sum() - per_pair))


def spread(values: Values, shared: Shared | None = None) -> float:
    """Return the standard deviation s of which s / sqrt(N) is the standard error of the mean of the N known values.

    Without `shared` it is that of the values. With it, that of the influences, each pair counted once; never below that of the values, since a variance
    that is a difference of two may come out too small by chance.
    """
    known = values[~np.isnan(values)]
    plain = float(known.std(ddof=1))
    if shared is None:
        return plain
    total = float((influence(values, shared) ** 2).sum()) - _counted_twice(values, shared)
    return math.sqrt(max(plain**2, total / (len(known) - 1)))


def _effects(values: Values, shared: Shared) -> tuple[Shared, Values]:
    """Return the effects in firms with a value, and for each firm the mean effect of a firm that could be its partner."""
    kept = ~np.isnan(values)[shared.one] & (shared.one != shared.other)
    base = Shared(shared.one[kept], shared.other[kept], shared.effect[kept])
    total = np.bincount(base.one, weights=base.effect, minlength=len(values))
    return base, total / max(len(values) - 1, 1)


def _counted_twice(values: Values, shared: Shared) -> float:
    """Return the sum over pairs of firms of (e_ij + e_ji)^2, e the effects less their mean over all that could be partners."""
    base, mean = _effects(values, shared)
    n = len(values)
    low, high = np.minimum(base.one, base.other), np.maximum(base.one, base.other)
    _, pair = np.unique(low * n + high, return_inverse=True)
    together = np.bincount(pair, weights=base.effect)
    # sum over pairs of (e - a_i - a_j)^2 without going through the pairs that have no effect
    crossed = float((base.effect * (mean[base.one] + mean[base.other])).sum())
    flat = (n - 2) * float((mean**2).sum()) + float(mean.sum()) ** 2
    return float((together**2).sum()) - 2 * crossed + flat
