"""Whether a network is as reciprocal, transitive or the like as chance alone would make it, given simpler features.

A conditional uniform graph test compares a statistic with its values over all directed graphs, each as likely, that share a feature with
the observed one: the number of ties, the dyad census (U|MAN) or both degree sequences (Holland and Leinhardt 1976; Snijders 1991;
Wasserman and Faust 1994, ch. 13.7 and 14). What is left over cannot come from that feature.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.inference.qap import permutation_p_values

Indices = NDArray[np.int64]
Statistic = Callable[[Indices, Indices, int], float]

CONDITIONS = ("density", "dyad_census", "degrees")
# Rounds of switching from the observed graph to a draw; each proposes one switch to every arc.
_ROUNDS = 50
# Chance that a possible switch is carried out: below 1, lest graphs that can always switch be reached in even rounds only.
_CARRIED_OUT = 0.8
# Arcs handled at once, over chains. A constant, since draws depend on how they are batched.
_BATCH_ARCS = 2**15


@dataclass(frozen=True)
class ConditionalUniformTest:
    """A conditional uniform graph test.

    observed, mean, sd   the statistic, and its mean and standard deviation over the draws
    p_lower, p_upper     share of draws as low, as high; (1 + count) / (1 + draws)
    mean_error           Monte Carlo standard error of the mean, sd / sqrt(draws); of the p values, p_lower_error
                         and p_upper_error, sqrt(p (1 - p) / draws)
    draws                that gave a value; in the `undefined` ones the statistic was NaN
    """

    condition: str
    observed: float
    mean: float
    sd: float
    p_lower: float
    p_upper: float
    mean_error: float
    p_lower_error: float
    p_upper_error: float
    draws: int
    undefined: int


def conditional_uniform_test(
    source: NDArray,
    target: NDArray,
    size: int,
    statistic: Statistic,
    *,
    condition: str,
    seed: int,
    draws: int = 1000,
) -> ConditionalUniformTest:
    """Test a statistic of a directed graph against uniform random graphs that share `condition` with it.

    The graph has `size` actors and arcs from source[k] to target[k], numbered from 0, in any order. `statistic(source, target, size)`
    takes arcs in this form, sorted, and may return NaN where it is not defined. See `draw_graphs` for the conditions. In an
    undirected network give both arcs of each tie and the condition `dyad_census`, which keeps ties mutual.

    Raises `GumflowError` for loops, repeated arcs, actors out of range, an unknown condition, or fewer than two draws.
    """
    if draws < 2:
        raise GumflowError(f"draws is {draws}; give at least 2 (1000 is usual)")
    source, target = _sorted_arcs(source, target, size)
    observed = float(statistic(source, target, size))
    graphs = draw_graphs(source, target, size, condition=condition, seed=seed, draws=draws)
    values = np.array([float(statistic(*arcs, size)) for arcs in graphs])
    valid = values[~np.isnan(values)]
    count = len(valid)
    _, lower, upper = permutation_p_values(observed, valid)
    sd = float(valid.std(ddof=1)) if count > 1 else math.nan
    return ConditionalUniformTest(
        condition=condition,
        observed=observed,
        mean=float(valid.mean()) if count else math.nan,
        sd=sd,
        p_lower=lower,
        p_upper=upper,
        mean_error=sd / math.sqrt(count) if count else math.nan,
        p_lower_error=math.sqrt(lower * (1 - lower) / count) if count else math.nan,
        p_upper_error=math.sqrt(upper * (1 - upper) / count) if count else math.nan,
        draws=count,
        undefined=draws - count,
    )


def draw_graphs(
    source: NDArray, target: NDArray, size: int, *, condition: str, seed: int, draws: int
) -> Iterator[tuple[Indices, Indices]]:
    """Draw directed graphs uniformly from those that share `condition` with the given one; yield their arcs, sorted.

        density       the number of arcs
        dyad_census   the numbers of mutual, asymmetric and null dyads (U|MAN; Holland and Leinhardt 1976)
        degrees       the in-degree and the out-degree of every actor

    The first two are drawn directly. Degrees are kept by a Markov chain for each draw, from the given graph: random pairs of arcs
    swap targets where this makes no loop or repeated arc, and cyclic triads are turned round, without which some graphs
    could not be reached (Rao, Jana and Bandyopadhyay 1996). Every arc is proposed 50 switches; a possible
    one is carried out with chance 0.8.

    Raises `GumflowError` as `conditional_uniform_test` does.
    """
    source, target = _sorted_arcs(source, target, size)
    if condition not in CONDITIONS:
        raise GumflowError(f"condition is {condition!r}; allowed: {', '.join(CONDITIONS)}")
    draw = {"density": _given_density, "dyad_census": _given_dyad_census, "degrees": _given_degrees}[
        condition
    ]
    return draw(source, target, size, np.random.default_rng(seed), draws)


def share_reciprocated(source: Indices, target: Indices, size: int) -> float:
    """Return the share of arcs that are returned (arc reciprocity); NaN without arcs."""
    if not len(source):
        return math.nan
    return float(np.isin(target * size + source, source * size + target).mean())


def share_transitive(source: Indices, target: Indices, size: int) -> float:
    """Return the share of two-paths i -> j -> k with i != k that the arc i -> k closes; NaN without two-paths.

    Wasserman and Faust 1994, ch. 6.5: transitive ordered triads among those where transitivity could hold.
    """
    from scipy import sparse

    matrix = sparse.csr_array((np.ones(len(source)), (source, target)), shape=(size, size))
    paths = matrix @ matrix
    possible = paths.sum() - paths.trace()
    return float(paths.multiply(matrix).sum() / possible) if possible else math.nan


def _sorted_arcs(source: NDArray, target: NDArray, size: int) -> tuple[Indices, Indices]:
    source, target = np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64)
    if source.shape != target.shape or source.ndim != 1:
        raise GumflowError(
            f"arcs: {source.shape} sources and {target.shape} targets; give one of each an arc"
        )
    ends = np.concatenate([source, target])
    if len(ends) and (ends.min() < 0 or ends.max() >= size):
        raise GumflowError(f"arcs: an actor is not among 0 to {size - 1}; number the actors from 0")
    if (source == target).any():
        raise GumflowError(f"arcs: actor {source[source == target][0]} is tied to itself; take loops out")
    codes = np.sort(source * size + target)
    repeated = codes[1:][codes[1:] == codes[:-1]]
    if len(repeated):
        raise GumflowError(
            f"arcs: {repeated[0] // size} -> {repeated[0] % size} stands more than once; merge repeated arcs"
        )
    return codes // max(size, 1), codes % max(size, 1)


def _given_density(
    source: Indices, target: Indices, size: int, rng: np.random.Generator, draws: int
) -> Iterator[tuple[Indices, Indices]]:
    for _ in range(draws):
        pairs = (
            np.sort(rng.choice(size * (size - 1), len(source), replace=False, shuffle=False))
            if len(source)
            else source
        )
        row, column = pairs // max(size - 1, 1), pairs % max(size - 1, 1)
        yield row, column + (column >= row)  # the diagonal is left out of the numbering


def _given_dyad_census(
    source: Indices, target: Indices, size: int, rng: np.random.Generator, draws: int
) -> Iterator[tuple[Indices, Indices]]:
    returned = np.isin(target * size + source, source * size + target)
    mutual, asymmetric = int(returned.sum()) // 2, int((~returned).sum())
    for _ in range(draws):
        count = mutual + asymmetric
        dyads = rng.choice(size * (size - 1) // 2, count, replace=False) if count else source
        high, low = _dyad_ends(dyads)
        turned = rng.random(asymmetric) < 0.5
        first = np.concatenate([high[:mutual], low[:mutual], np.where(turned, high[mutual:], low[mutual:])])
        second = np.concatenate([low[:mutual], high[:mutual], np.where(turned, low[mutual:], high[mutual:])])
        codes = np.sort(first * size + second)
        yield codes // max(size, 1), codes % max(size, 1)


def _dyad_ends(dyads: Indices) -> tuple[Indices, Indices]:
    """Return the ends i > j of dyads numbered i (i - 1) / 2 + j."""
    high = ((1 + np.sqrt(1 + 8 * dyads.astype(np.float64))) / 2).astype(np.int64)
    # The root may be off by one unit once numbers are large.
    high += dyads >= high * (high + 1) // 2
    high -= dyads < high * (high - 1) // 2
    return high, dyads - high * (high - 1) // 2


def _given_degrees(
    source: Indices, target: Indices, size: int, rng: np.random.Generator, draws: int
) -> Iterator[tuple[Indices, Indices]]:
    # A graph and its complement fix each other's degrees; in the sparser one more switches are possible.
    dense = 2 * len(source) > size * (size - 1)
    if dense:
        source, target = _complement(source, target, size)
    batch = max(1, _BATCH_ARCS // max(len(source), 1))
    for first in range(0, draws, batch):
        chains = np.tile(target, (min(batch, draws - first), 1))
        for _ in range(_ROUNDS):
            _switch(source, chains, size, rng)
            _turn_cycles(source, chains, size, rng)
        for codes in np.sort(source * size + chains, axis=1):
            arcs = codes // max(size, 1), codes % max(size, 1)
            yield _complement(*arcs, size) if dense else arcs


def _complement(source: Indices, target: Indices, size: int) -> tuple[Indices, Indices]:
    there = ~np.eye(size, dtype=bool)
    there[source, target] = False
    row, column = np.nonzero(there)
    return row.astype(np.int64), column.astype(np.int64)


def _switch(source: Indices, chains: Indices, size: int, rng: np.random.Generator) -> None:
    """Pair the arcs of each chain at random, and let pairs swap targets, all at once, where no other pair is touched.

    `chains` (chains x arcs) holds the targets. A pair swaps if its two new arcs and its two old ones each occur once among all
    old and all proposed arcs. This rule reads the same before and after the swaps, so that each set of swaps is as likely
    as its reverse, and all graphs stay equally likely. The chance to carry a swap out does not depend on the graph.
    """
    count, arcs = chains.shape
    if arcs < 2:
        return
    half = arcs // 2
    order = rng.permuted(np.tile(np.arange(arcs), (count, 1)), axis=1)
    left, right = order[:, :half], order[:, half : 2 * half]
    old = source * size + chains
    ends_left, ends_right = (
        np.take_along_axis(chains, left, axis=1),
        np.take_along_axis(chains, right, axis=1),
    )
    new_left, new_right = source[left] * size + ends_right, source[right] * size + ends_left
    single = _occur_once(np.concatenate([old, new_left, new_right], axis=1))
    old_single, new_single = single[:, :arcs], single[:, arcs:]
    swap = new_single[:, :half] & new_single[:, half:]
    swap &= np.take_along_axis(old_single, left, axis=1) & np.take_along_axis(old_single, right, axis=1)
    swap &= rng.random(swap.shape) < _CARRIED_OUT
    swap &= (source[left] != ends_right) & (source[right] != ends_left)
    chain, pair = np.nonzero(swap)
    chains[chain, left[chain, pair]] = ends_right[chain, pair]
    chains[chain, right[chain, pair]] = ends_left[chain, pair]


def _occur_once(codes: Indices) -> NDArray[np.bool_]:
    """Say of each code whether no other in its row equals it."""
    order = np.argsort(codes, axis=1)
    ranked = np.take_along_axis(codes, order, axis=1)
    same = np.zeros((len(codes), codes.shape[1] + 1), dtype=bool)
    same[:, 1:-1] = ranked[:, 1:] == ranked[:, :-1]
    single = np.empty(codes.shape, dtype=bool)
    np.put_along_axis(single, order, ~(same[:, :-1] | same[:, 1:]), axis=1)
    return single


def _turn_cycles(source: Indices, chains: Indices, size: int, rng: np.random.Generator) -> None:
    """In each chain follow a random walk of three arcs; if it closes a triad, i -> j -> k -> i, turn it round where possible.

    Out-degrees do not change, so that the walk finds the turned triad with the same chance.
    """
    count, arcs = chains.shape
    if not arcs:
        return
    out = np.bincount(source, minlength=size)
    start = np.cumsum(out) - out
    chain = np.arange(count)
    first: Indices = np.asarray(rng.integers(0, arcs, size=count))
    steps = rng.random((2, count))
    i: Indices = source[first]
    j: Indices = chains[chain, first]
    second = np.minimum(start[j] + (steps[0] * out[j]).astype(np.int64), arcs - 1)
    k: Indices = chains[chain, second]
    third = np.minimum(start[k] + (steps[1] * out[k]).astype(np.int64), arcs - 1)
    closed = (source[second] == j) & (source[third] == k) & (chains[chain, third] == i)
    closed &= rng.random(count) < _CARRIED_OUT
    turned = np.stack([i * size + k, k * size + j, j * size + i], axis=1)[closed]
    codes = source * size + chains[closed]
    free = ~(codes[:, None, :] == turned[:, :, None]).any(axis=(1, 2))
    c = chain[closed][free]
    chains[c, first[c]], chains[c, third[c]], chains[c, second[c]] = k[c], j[c], i[c]
