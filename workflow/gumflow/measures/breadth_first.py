"""How far actors are from one another along directed ties, when every tie counts one step.

A breadth-first search from 1,024 actors at a time: an actor's row of 1,024 bits says which of them have reached
it, and one step of all the searches is an `or` of the rows of those with a tie to it. All results follow from how many bits are
set at each step, so harmonic closeness, reach, mean distance and diameter come from the same sweep.

Graphs are plain arrays: `size` actors numbered from 0, and arcs `source[k]` to `target[k]` without loops or
repetitions. An undirected tie is two arcs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bits = NDArray[np.uint64]

WORDS = 16
BLOCK = 64 * WORDS
"""Searches that run together; one bit each."""
NARROWEST_SLOT = 32
"""Below this many actors, one product over all remaining arcs is cheaper than one more pass over a slot."""
FEW = 1 / 16
"""Share of the arcs up to which following single arcs is cheaper than a pass over all of them."""


@dataclass(frozen=True)
class PathSums:
    """Sums over shortest paths from some sources, in order of `sources`, to all actors, and by actor.

    sources            actors from which the searches started (k)
    harmonic_out       sum of 1/d(i, j) over the actors j that source i reaches (k); `harmonic_in` sum of 1/d(i, j)
                       over the sources i that reach actor j (n); `harmonic_in_squares` of 1/d(i, j)^2 (n)
    reached_out        number of other actors that source i reaches (k); `reached_in` of other sources that
                       reach actor j (n)
    within_out         the same within the given number of steps (k); `within_in` (n)
    distances_out      sum of d(i, j) over the actors that source i reaches (k); `distances_in` over the sources that
                       reach actor j (n)
    pairs_by_distance  number of ordered pairs (source, actor) d steps apart, at index d; index 0 is 0
    """

    sources: Ints
    harmonic_out: Floats
    reached_out: Ints
    within_out: Ints
    distances_out: Ints
    harmonic_in: Floats
    harmonic_in_squares: Floats
    reached_in: Ints
    within_in: Ints
    distances_in: Ints
    pairs_by_distance: Ints

    @property
    def reachable_pairs(self) -> int:
        """Number of ordered pairs (source, other actor) with a path."""
        return int(self.pairs_by_distance.sum())

    @property
    def mean_distance(self) -> float:
        """Mean distance over the ordered pairs that have a path; NaN if none has."""
        if self.reachable_pairs == 0:
            return float("nan")
        steps = np.arange(len(self.pairs_by_distance))
        return int(steps @ self.pairs_by_distance) / self.reachable_pairs

    @property
    def diameter(self) -> int:
        """Longest distance between a source and an actor it reaches; 0 if no pair has a path."""
        return len(self.pairs_by_distance) - 1


@dataclass(frozen=True)
class PathEstimates:
    """What a sample of actors says about shortest paths, with standard errors.

    harmonic_in, harmonic_out    sums of 1/d(j, i) and 1/d(i, j) over all others, estimated (n), with
                                 `harmonic_in_error` and `harmonic_out_error`; errors are of sampling alone
    mean_distance                over ordered pairs that have a path, with `mean_distance_error`
    reachable_share              share of ordered pairs that have a path, with `reachable_share_error`
    longest_seen                 longest distance met; the diameter is this or more
    samples                      actors from which paths out, and as many from which paths in, were followed
    """

    harmonic_in: Floats
    harmonic_in_error: Floats
    harmonic_out: Floats
    harmonic_out_error: Floats
    mean_distance: float
    mean_distance_error: float
    reachable_share: float
    reachable_share_error: float
    longest_seen: int
    samples: int


def sweep_paths(
    size: int, source: Ints, target: Ints, sources: Ints | None = None, within: int = 2
) -> PathSums:
    """Follow shortest directed paths from `sources` (distinct; all actors if None) to everyone; exact.

    `within` is the number of steps that `within_out` and `within_in` count (2: two-step reach). Harmonic sums
    are those of Marchiori and Latora 2000, not yet divided by n - 1.
    """
    graph = _Graph(size, source, target)
    starts = np.arange(size) if sources is None else np.asarray(sources, dtype=np.int64)
    out = _Sums(len(starts), within)
    into = _Sums(size, within)
    pairs: list[int] = [0]
    for first in range(0, len(starts), BLOCK):
        block = slice(first, first + BLOCK)
        here = len(starts[block])
        for step, (rows, bits) in enumerate(_levels(graph, starts[block]), start=1):
            into.add(rows, _row_totals(bits), step)
            reached = _column_totals(bits)[:here]
            out.add(block, reached, step)
            if step == len(pairs):
                pairs.append(0)
            pairs[step] += int(reached.sum())
    into.rename(graph.position)
    return PathSums(
        sources=starts,
        harmonic_out=out.harmonic,
        reached_out=out.reached,
        within_out=out.near,
        distances_out=out.distances,
        harmonic_in=into.harmonic,
        harmonic_in_squares=into.squares,
        reached_in=into.reached,
        within_in=into.near,
        distances_in=into.distances,
        pairs_by_distance=np.array(pairs, dtype=np.int64),
    )


def estimate_paths(size: int, source: Ints, target: Ints, samples: int, seed: int) -> PathEstimates:
    """Estimate harmonic closeness, mean distance and reachability from `samples` actors each way.

    Actors are drawn without replacement, one draw for paths out of them, one for paths into them; estimates of
    sums are unbiased (Horvitz-Thompson). The mean distance is a ratio estimate from the paths out; its error is
    by linearization. All errors carry the finite population correction, and are 0 when everyone is drawn.

    Raises `GumflowError` unless 3 <= samples <= size.
    """
    draws = sample_actors(size, samples, seed, 2)
    forward = sweep_paths(size, source, target, draws[0])
    backward = sweep_paths(size, target, source, draws[1])
    harmonic_in, harmonic_in_error = scale_up(
        size, draws[0], forward.harmonic_in, forward.harmonic_in_squares
    )
    harmonic_out, harmonic_out_error = scale_up(
        size, draws[1], backward.harmonic_in, backward.harmonic_in_squares
    )
    correction = (1 - samples / size) / samples
    reached = forward.reached_out
    residuals = forward.distances_out - reached * np.nan_to_num(forward.mean_distance)
    spread = np.sqrt(correction * residuals.var(ddof=1))
    some = reached.mean() > 0
    return PathEstimates(
        harmonic_in=harmonic_in,
        harmonic_in_error=harmonic_in_error,
        harmonic_out=harmonic_out,
        harmonic_out_error=harmonic_out_error,
        mean_distance=forward.mean_distance,
        mean_distance_error=float(spread / reached.mean()) if some else float("nan"),
        reachable_share=float(reached.mean() / (size - 1)),
        reachable_share_error=float(np.sqrt(correction * reached.var(ddof=1)) / (size - 1)),
        longest_seen=max(forward.diameter, backward.diameter),
        samples=samples,
    )


def sample_actors(size: int, samples: int, seed: int, draws: int = 1) -> list[Ints]:
    """Draw `samples` of `size` actors without replacement, `draws` times over, each sorted.

    Raises `GumflowError` unless 3 <= samples <= size: an error needs the spread of two others at the least.
    """
    if not 3 <= samples <= size:
        raise GumflowError(
            f"{samples} actors are to be sampled out of {size}; give a number from 3 to the number of actors"
        )
    rng = np.random.default_rng(seed)
    return [np.sort(rng.choice(size, samples, replace=False)).astype(np.int64) for _ in range(draws)]


def scale_up(size: int, sampled: Ints, sums: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """Estimate each actor's sum over all others from the sum (and sum of squares) over those sampled.

    An actor adds nothing to its own sum, so whoever is in the sample has one draw fewer out of the n - 1 others:
    the estimate is sum (n-1)/s with s the others sampled, unbiased for simple random samples, and its standard
    error (n-1) sqrt((1 - s/(n-1)) v / s) with v their sample variance (Cochran 1977, eq. 2.20).
    """
    others = size - 1
    drawn = np.full(size, len(sampled), dtype=np.float64)
    drawn[sampled] -= 1
    # A variance of equal terms can come out as a negative rounding error.
    variance = np.maximum(squares - sums * sums / drawn, 0.0) / (drawn - 1)
    error = others * np.sqrt(np.maximum(1 - drawn / others, 0.0) * variance / drawn)
    return sums * (others / drawn), error


def distances_from(size: int, source: Ints, target: Ints, sources: Ints) -> NDArray[np.signedinteger]:
    """Return the distances from each of `sources` to every actor (k x n), -1 where there is no path.

    The type is the smallest signed integer that holds any distance among `size` actors.
    """
    graph = _Graph(size, source, target)
    starts = np.asarray(sources, dtype=np.int64)
    kind = np.min_scalar_type(-max(size, 1))
    distances = np.full((len(starts), size), -1, dtype=kind)
    for first in range(0, len(starts), BLOCK):
        block = starts[first : first + BLOCK]
        here = np.full((size, len(block)), -1, dtype=kind)
        here[graph.position[block], np.arange(len(block))] = 0
        for step, (rows, bits) in enumerate(_levels(graph, block), start=1):
            there = np.unpackbits(_bytes(bits), axis=1, count=len(block), bitorder="little")
            # These were -1 and are met once.
            here[rows] += there.astype(kind) * kind.type(step + 1)
        distances[first : first + BLOCK] = here[graph.position].T
    return distances


class _Sums:
    """Running sums over steps for sources or for actors."""

    def __init__(self, count: int, within: int) -> None:
        self.within = within
        self.harmonic = np.zeros(count)
        self.squares = np.zeros(count)
        self.reached = np.zeros(count, dtype=np.int64)
        self.near = np.zeros(count, dtype=np.int64)
        self.distances = np.zeros(count, dtype=np.int64)

    def add(self, where: Ints | slice, counts: Ints, step: int) -> None:
        self.harmonic[where] += counts / step
        self.squares[where] += counts / step**2
        self.reached[where] += counts
        self.distances[where] += counts * step
        if step <= self.within:
            self.near[where] += counts

    def rename(self, position: Ints) -> None:
        self.harmonic, self.squares = self.harmonic[position], self.squares[position]
        self.reached, self.near = self.reached[position], self.near[position]
        self.distances = self.distances[position]


class _Graph:
    """A graph renumbered by falling in-degree, with its arcs by source, by target, and by slot.

    Slot k holds the k-th arc into every actor that has so many. Those actors are the first rows, so one step of
    all searches is, for each slot, one gather of rows and one `or` onto a leading part of the array. It is
    several times faster than `bitwise_or.reduceat`, which calls an inner loop for each actor and word.

    position   new number of each actor
    out_start  arcs from actor i are out_start[i] to out_start[i+1] of `out_target`; `in_start`, `in_source` alike
    slots      for each slot the sources of its arcs, by rank of target
    rest       arcs beyond the slots: places in `in_source`; `rest_start` where the targets 0, 1, ... begin
    """

    def __init__(self, size: int, source: Ints, target: Ints) -> None:
        degree = np.bincount(target, minlength=size)
        order = np.argsort(-degree, kind="stable")
        self.size = size
        self.arcs = len(source)
        self.position = np.empty(size, dtype=np.int64)
        self.position[order] = np.arange(size)
        tail, head = self.position[source], self.position[target]
        self.in_degree = degree[order]
        self.in_start = np.concatenate([[0], np.cumsum(self.in_degree)])
        self.in_source = tail[np.argsort(head, kind="stable")]
        self.out_degree = np.bincount(tail, minlength=size)
        self.out_start = np.concatenate([[0], np.cumsum(self.out_degree)])
        self.out_target = head[np.argsort(tail, kind="stable")]
        # Actors with more than k arcs in, for k = 0, 1, ...
        widths = size - np.cumsum(np.bincount(self.in_degree))[:-1] if self.arcs else np.empty(0, np.int64)
        widths = widths[widths >= NARROWEST_SLOT]
        self.slots = [self.in_source[self.in_start[:width] + k] for k, width in enumerate(widths)]
        hubs = int((self.in_degree > len(widths)).sum())
        beyond = self.in_degree[:hubs] - len(widths)
        self.rest = _runs(self.in_start[:hubs] + len(widths), beyond)
        self.rest_start = np.cumsum(beyond) - beyond


def _runs(starts: Ints, lengths: Ints) -> Ints:
    """Return starts[0], starts[0]+1, ... (lengths[0] of them), starts[1], ..."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(total)


def _levels(graph: _Graph, starts: Ints, most: int | None = None) -> Iterator[tuple[Ints, Bits]]:
    """Search from at most `BLOCK` actors; for step 1, 2, ... yield the actors met first then, and by whom.

    Actors are rows of the renumbered graph, without repetition; row r of the bits belongs to the r-th of them, bit
    b of a row to the b-th start. Stops after `most` steps.
    """
    unseen = np.full((graph.size, WORDS), ~np.uint64(0))
    rows = graph.position[starts]
    bits = np.zeros((len(starts), WORDS), dtype=np.uint64)
    number = np.arange(len(starts))
    bits[number, number >> 6] = np.uint64(1) << (number & 63).astype(np.uint64)
    unseen[rows] ^= bits
    frontier = np.zeros_like(unseen)
    met, gathered = np.empty_like(unseen), np.empty_like(unseen)
    step = 0
    while len(rows) and (most is None or step < most):
        if graph.out_degree[rows].sum() <= FEW * graph.arcs:
            rows, bits = _push(graph, rows, bits)
            bits &= unseen[rows]
        else:
            frontier[rows] = bits
            _pull(graph, frontier, met, gathered)
            frontier[rows] = 0
            met &= unseen
            rows, bits = np.arange(graph.size), met
        some = bits.any(axis=1)
        rows, bits = rows[some], bits[some]
        if len(rows):
            unseen[rows] ^= bits
            yield rows, bits
        step += 1


def _push(graph: _Graph, rows: Ints, bits: Bits) -> tuple[Ints, Bits]:
    """Follow the arcs out of few actors: the actors they lead to, and the bits that arrive there."""
    lengths = graph.out_degree[rows]
    heads = graph.out_target[_runs(graph.out_start[rows], lengths)]
    if len(heads) == 0:
        return rows[:0], bits[:0]
    order = np.argsort(heads, kind="stable")
    heads = heads[order]
    first = np.flatnonzero(np.concatenate([[True], heads[1:] != heads[:-1]]))
    arriving = bits[np.repeat(np.arange(len(rows)), lengths)[order]]
    return heads[first], np.bitwise_or.reduceat(arriving, first, axis=0)


def _pull(graph: _Graph, frontier: Bits, met: Bits, gathered: Bits) -> None:
    """Write to `met` the bits that arrive at every actor; `gathered` is room to work in."""
    met[:] = 0
    for tails in graph.slots:
        width = len(tails)
        # Any mode but "raise" writes straight into `out`.
        np.take(frontier, tails, axis=0, out=gathered[:width], mode="clip")
        met[:width] |= gathered[:width]
    if len(graph.rest):
        arriving = frontier[graph.in_source[graph.rest]]
        met[: len(graph.rest_start)] |= np.bitwise_or.reduceat(arriving, graph.rest_start, axis=0)


def _row_totals(bits: Bits) -> Ints:
    """Count the set bits of each row."""
    counts = np.bitwise_count(bits).view(np.uint64)
    # Eight counts of at most 64 in each word: to four of at most 128, then their sum in the top 16 bits.
    low = np.uint64(0x00FF00FF00FF00FF)
    fours = (counts & low) + ((counts >> np.uint64(8)) & low)
    eights = (fours * np.uint64(0x0001000100010001)) >> np.uint64(48)
    total = eights[:, 0]
    for column in range(1, eights.shape[1]):
        total = total + eights[:, column]
    return total.astype(np.int64)


def _column_totals(bits: Bits) -> Ints:
    """Count the set bits of each column.

    Rows are added three at a time, bit by bit, into a sum and a carry of twice the weight (carry-save adders),
    until few are left to be unpacked.
    """
    totals = np.zeros(64 * bits.shape[1], dtype=np.int64)
    weight = 1
    while len(bits):
        carries = []
        while len(bits) > 128:
            third = len(bits) // 3
            one, two, three = bits[:third], bits[third : 2 * third], bits[2 * third : 3 * third]
            odd = one ^ two
            carries.append((one & two) | (odd & three))
            bits = np.concatenate([odd ^ three, bits[3 * third :]])
        totals += weight * np.unpackbits(_bytes(bits), axis=1, bitorder="little").sum(axis=0, dtype=np.int64)
        bits = np.concatenate(carries) if carries else bits[:0]
        weight *= 2
    return totals


def _bytes(bits: Bits) -> NDArray[np.uint8]:
    """View words as bytes, the lowest bits first on every machine."""
    return np.ascontiguousarray(bits, dtype="<u8").view(np.uint8)
