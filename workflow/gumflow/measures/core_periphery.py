"""Whether a network has one core whose ties hold it together, and who belongs to it (Borgatti and Everett 1999).

A network has a core and a periphery as far as its ties correlate with an ideal pattern over all ordered pairs of
distinct actors. Discrete: a pair is tied if at least one of its ends is in the core, so only pairs of two actors of the
periphery are not. Continuous: pairs are tied in proportion to the product of the corenesses of their ends. Both
patterns are symmetric, so a directed network is read in both directions and an actor has one coreness for the ties it
sends and receives. Strength is not read.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.seeding import seed_for
from gumflow.measures.registry import BALANCE, COMPLETE, OUTSIDE_NOT_ASKED, SHARE, measure
from gumflow.networks.graph import Network, adjacency, once_per_network

if TYPE_CHECKING:
    from scipy import sparse

Values = NDArray[np.float64]
Ints = NDArray[np.int64]

STARTS = 12
WIDEST_NOISE = 1.0
"""Standard deviation of the noise on log degree in the last start; the first has none."""
LARGEST_DISCRETE = 20_000
RANDOM_STARTS = 2
"""Starts of the continuous model besides that near the eigenvector."""
_NO_GAIN = 1e-12
_FAR = np.int32(2**30)

_NO_PATTERN = "no ties, all possible ties or fewer than three actors leave no pattern to compare"
_NO_CORE = f"{_NO_PATTERN}; where no core correlates with the ties nobody stands out"
_ALL_ALIKE = f"{_NO_PATTERN}; if all actors have the same coreness nothing correlates with the ties"


@dataclass(frozen=True)
class CoreFit:
    """Coreness of each actor (0 or 1, or continuous; NaN where there is no core) and its correlation with the ties."""

    coreness: Values
    fit: float


@once_per_network
def summed_adjacency(network: Network) -> "sparse.csr_array":
    """Return A + A' (n x n, float64): 1 for a tie in one direction, 2 for a tie in both."""
    matrix = adjacency(network)
    return (matrix + matrix.T).tocsr()


@measure(
    name="core_member",
    level="actor",
    bounds=SHARE,
    scale="flag",
    label_en="Member of the core",
    label_zh="核心成员",
    definition=(
        "1 if the actor is in the core, 0 if it is in the periphery: the split whose ideal pattern (a pair is tied if "
        "at least one end is in the core) correlates best with the ties of all ordered pairs, strength not read. "
        "Best of 12 starts by degree and noise, each improved by single moves and swaps; among equally good cores the "
        "smallest, then that of most ties, then the first by actor, so of two actors with the same ties the earlier "
        "may be taken. The core of a cluster is the set of actors through whom almost every tie runs."
    ),
    formula="x in {0,1}^n that maximizes corr(A[i,j], x_i + x_j - x_i x_j) over i != j",
    source="Borgatti and Everett 1999, discrete model with tied core-periphery pairs",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST_DISCRETE,
    undefined=_NO_CORE,
    cost="sampled",
)
def core_member(network: Network) -> Values:
    """Say who is in the core of the discrete model (Borgatti and Everett 1999)."""
    return _discrete(network).coreness.copy()


@measure(
    name="coreness",
    level="actor",
    bounds=SHARE,
    label_en="Coreness, continuous",
    label_zh="核心度（连续）",
    definition=(
        "Nearness to the core: the non-negative scores whose products come closest to the ties of all ordered pairs "
        f"(least squares, diagonal left out, strength not read), scaled to a sum of squares of 1; best of {1 + RANDOM_STARTS} starts. The "
        "eigenvector is what the same fit gives if the empty diagonal counts as absent ties, which keeps hubs down. "
        "Where fit grows with the center's score without end, as in a star, a score stops at root n before it is scaled."
    ),
    formula="c / |c|, c in [0, sqrt(n)]^n that minimizes sum_{i != j} (A[i,j] - c_i c_j)^2",
    source="Borgatti and Everett 1999, continuous model; MINRES as in Boyd, Fitzgerald, Mahutga and Smith 2010",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined=_NO_PATTERN,
    cost="sampled",
)
def coreness(network: Network) -> Values:
    """Compute the coreness of the continuous model (Borgatti and Everett 1999), of Euclidean length 1.

    Least squares, not the greatest correlation: scores that are almost equal let the products vary like sums, so the
    correlation often has no maximum but grows towards equal scores.
    """
    return _continuous(network).coreness.copy()


@measure(
    name="core_periphery_fit_discrete",
    level="network",
    bounds=BALANCE,
    label_en="Core-periphery fit, discrete",
    label_zh="核心-边缘拟合度（离散）",
    definition=(
        "Correlation, over all ordered pairs, of the ties with the best pattern of one core and one periphery in which "
        "a pair is tied if at least one end is in the core. Near 1 the cluster hangs on a few actors."
    ),
    formula="max over x in {0,1}^n of corr(A[i,j], x_i + x_j - x_i x_j), i != j",
    source="Borgatti and Everett 1999, discrete model with tied core-periphery pairs",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST_DISCRETE,
    undefined=_NO_PATTERN,
    cost="sampled",
)
def core_periphery_fit_discrete(network: Network) -> float:
    """Correlate the ties with the best discrete core (Borgatti and Everett 1999)."""
    return _discrete(network).fit


@measure(
    name="core_periphery_fit_continuous",
    level="network",
    bounds=BALANCE,
    label_en="Core-periphery fit, continuous",
    label_zh="核心-边缘拟合度（连续）",
    definition=(
        "Correlation, over all ordered pairs, of the ties with the products of the continuous corenesses. Above the "
        "discrete fit if the way from core to periphery is gradual."
    ),
    formula="corr(A[i,j], c_i c_j) over i != j, c the coreness",
    source="Borgatti and Everett 1999, continuous model; MINRES as in Boyd, Fitzgerald, Mahutga and Smith 2010",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined=_ALL_ALIKE,
    cost="sampled",
)
def core_periphery_fit_continuous(network: Network) -> float:
    """Correlate the ties with the products of the corenesses (Borgatti and Everett 1999)."""
    return _continuous(network).fit


@measure(
    name="core_size",
    level="network",
    label_en="Size of the core",
    label_zh="核心规模",
    definition="Number of actors in the core of the discrete core-periphery model.",
    formula="sum_i x_i",
    source="Borgatti and Everett 1999, discrete model with tied core-periphery pairs",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST_DISCRETE,
    undefined=_NO_CORE,
    cost="sampled",
)
def core_size(network: Network) -> float:
    """Count the actors in the core; NaN where there is none."""
    return float(_discrete(network).coreness.sum()) if network.size else math.nan


def _without_pattern(network: Network) -> bool:
    return network.size < 3 or network.arcs in (0, network.size * (network.size - 1))


def _no_core(network: Network, fit: float) -> CoreFit:
    return CoreFit(np.full(network.size, np.nan), fit)


# The discrete model


@once_per_network
def _discrete(network: Network) -> CoreFit:
    """Search the best core: its fit depends only on how many actors it has and how many arcs touch it."""
    if _without_pattern(network):
        return _no_core(network, math.nan)
    search = _CoreSearch(summed_adjacency(network), network.arcs)
    rng = np.random.default_rng(seed_for(network.seed, "core_periphery"))
    inside, fits = search.run(rng)
    if fits.max() < _NO_GAIN:
        return _no_core(network, 0.0)
    degree = search.degree
    best = np.flatnonzero(fits > fits.max() - _NO_GAIN)
    core = min(
        (inside[k] for k in best), key=lambda x: (x.sum(), -degree[x].sum(), np.flatnonzero(x).tolist())
    )
    return CoreFit(core.astype(np.float64), float(fits.max()))


class _CoreSearch:
    """Several cores improved at once, one for each row of the arrays (starts x actors).

    inside    whether the actor is in the core
    outer     number of arcs between the actor and actors of the periphery: what taking it into the core gains; far
              below 0 for those in the core, so that the greatest is found at once
    inner     the same number, which is what taking it out loses; far above for those in the periphery
    count, touched   actors in the core, and arcs that touch it
    """

    def __init__(self, summed: "sparse.csr_array", arcs: int) -> None:
        self.size = summed.shape[0]
        self.arcs = arcs
        self.first = summed.indptr.astype(np.int64)
        self.partner = summed.indices.astype(np.int64)
        self.weight = summed.data.astype(np.int32)
        self.actor = np.repeat(np.arange(self.size), np.diff(self.first))
        self.degree = np.bincount(self.actor, weights=self.weight, minlength=self.size).astype(np.int64)

    def run(self, rng: np.random.Generator) -> tuple[NDArray[np.bool_], Values]:
        """Start from actors of high degree, with more and more noise; return the cores and their fits."""
        self._start(rng)
        moving = np.arange(STARTS)
        while len(moving):
            stuck = moving[~self._move(moving)]
            if len(stuck):
                moving = np.setdiff1d(moving, stuck[~self._swap(stuck)])
        return self.inside, self._fit(self.count, self.touched)

    def _fit(self, count: Ints, touched: Ints) -> Values:
        """Correlate ties and pattern over ordered pairs; -1 for cores that leave no pair of the periphery."""
        allowed = (count >= 1) & (count <= self.size - 2)
        pairs = float(self.size * (self.size - 1))
        periphery = np.where(allowed, self.size - count, 2).astype(np.float64)
        pattern = pairs - periphery * (periphery - 1)
        spread = np.sqrt(self.arcs * (pairs - self.arcs)) * np.sqrt(pattern * (pairs - pattern))
        spread[~allowed] = 1.0
        return np.where(allowed, (touched * pairs - self.arcs * pattern) / spread, -1.0)

    def _start(self, rng: np.random.Generator) -> None:
        """Take the first actors by degree and noise, then by their ties to the periphery as long as that fits better."""
        noise = rng.standard_normal((STARTS, self.size)) * np.linspace(0, WIDEST_NOISE, STARTS)[:, None]
        self.inside, self.count, self.touched, loose = self._first(np.log1p(self.degree) + noise)
        rows = np.arange(STARTS)
        # Many single moves at once, which may go too far and is then not done.
        while len(rows):
            inside, count, touched, anew = self._first(loose[rows])
            better = self._fit(count, touched) > self._fit(self.count[rows], self.touched[rows]) + _NO_GAIN
            rows = rows[better]
            self.inside[rows], self.count[rows], self.touched[rows] = (
                inside[better],
                count[better],
                touched[better],
            )
            loose[rows] = anew[better]
        self.outer = loose - _FAR * self.inside
        self.inner = loose + _FAR * ~self.inside

    def _first(self, scores: NDArray[Any]) -> tuple[NDArray[np.bool_], Ints, Ints, NDArray[np.int32]]:
        """Order actors by falling scores (one row for each start) and take as many of the first as fit best.

        Returns who is taken, how many, the arcs they touch, and each actor's arcs with those not taken.
        """
        rank = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1)
        # An arc is touched as soon as the earlier of its ends is taken; each tied pair is met twice.
        once = self.actor < self.partner
        earlier = np.minimum(rank[:, self.actor[once]], rank[:, self.partner[once]])
        gained = np.stack(
            [np.bincount(row, weights=self.weight[once], minlength=self.size) for row in earlier]
        )
        touched = np.cumsum(gained, axis=1)
        counts = np.broadcast_to(np.arange(1, self.size + 1), touched.shape)
        count = 1 + np.argmax(self._fit(counts, touched), axis=1)
        inside = rank < count[:, None]
        ties = self.weight * ~inside[:, self.partner]
        loose = np.stack([np.bincount(self.actor, weights=row, minlength=self.size) for row in ties])
        reached = np.take_along_axis(touched, count[:, None] - 1, axis=1)[:, 0]
        return inside, count, reached.astype(np.int64), loose.astype(np.int32)

    def _move(self, rows: Ints) -> NDArray[np.bool_]:
        """Move the actor that raises the fit most into or out of the core of each row; say where one was found."""
        gain, loss, comer, goer = self._candidates(rows)
        count, touched = self.count[rows], self.touched[rows]
        taken, given, present = self._fit(
            np.stack([count + 1, count - 1, count]), np.stack([touched + gain, touched - loss, touched])
        )
        better = np.maximum(taken, given) > present + _NO_GAIN
        chosen = np.where(taken >= given, comer, goer)
        self._flip(rows[better], chosen[better])
        return better

    def _swap(self, rows: Ints) -> NDArray[np.bool_]:
        """Exchange one actor of the core against one of the periphery where that touches more arcs."""
        gain, loss, comer, goer = self._candidates(rows)
        # Taking i for j gains the arcs of i to the periphery, which j then belongs to, and loses those of j.
        hopeful = (gain - loss + int(self.weight.max()) > 0) & (self.count[rows] < self.size)
        swapped = np.zeros(len(rows), dtype=bool)
        at = np.flatnonzero(hopeful)
        if not len(at):
            return swapped
        inside = self.inside[rows[at]]
        loose = np.where(inside, self.inner[rows[at]], self.outer[rows[at]])
        across = ~inside[:, self.actor] & inside[:, self.partner]
        tied = np.where(across, loose[:, self.actor] - loose[:, self.partner] + self.weight, -1)
        best = np.argmax(tied, axis=1)
        tied_gain = tied[np.arange(len(at)), best]
        use_tied = tied_gain >= (gain - loss)[at]
        into = np.where(use_tied, self.actor[best], comer[at])
        out = np.where(use_tied, self.partner[best], goer[at])
        good = np.maximum(tied_gain, (gain - loss)[at]) > 0
        self._flip(rows[at[good]], out[good])
        self._flip(rows[at[good]], into[good])
        swapped[at[good]] = True
        return swapped

    def _candidates(self, rows: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Return what the best comer gains, what the best goer loses, and who they are."""
        # Most of the time all rows move, and need no copy.
        every = len(rows) == STARTS
        outer, inner = (self.outer, self.inner) if every else (self.outer[rows], self.inner[rows])
        comer, goer = np.argmax(outer, axis=1), np.argmin(inner, axis=1)
        here = np.arange(len(rows))
        return outer[here, comer].astype(np.int64), inner[here, goer].astype(np.int64), comer, goer

    def _flip(self, rows: Ints, actors: Ints) -> None:
        """Move one actor of each row to the other side."""
        leaving = self.inside[rows, actors]
        sign = np.where(leaving, -1, 1).astype(np.int32)
        loose = np.where(leaving, self.inner[rows, actors], self.outer[rows, actors])
        self.touched[rows] += sign * loose
        self.count[rows] += sign
        self.inside[rows, actors] = ~leaving
        self.outer[rows, actors] -= sign * _FAR
        self.inner[rows, actors] -= sign * _FAR
        length = self.first[actors + 1] - self.first[actors]
        arc = np.arange(length.sum()) + np.repeat(self.first[actors] - np.cumsum(length) + length, length)
        # Partners of one actor are distinct, so no cell is met twice.
        cell = np.repeat(rows, length), self.partner[arc]
        change = np.repeat(sign, length) * self.weight[arc]
        self.outer[cell] -= change
        self.inner[cell] -= change


# The continuous model


@once_per_network
def _continuous(network: Network) -> CoreFit:
    """Minimize the residuals by quasi-Newton steps within bounds, from several starts."""
    if _without_pattern(network):
        return _no_core(network, math.nan)
    summed = summed_adjacency(network)
    rng = np.random.default_rng(seed_for(network.seed, "coreness"))
    found = [_minimize(summed, start) for start in _continuous_starts(summed, rng)]
    least = min(residuals for _, residuals in found)
    # The first start that gets there, so that noise in the last digits does not choose.
    scores = next(c for c, residuals in found if residuals <= least + 1e-9 * abs(least))
    scores = scores / np.linalg.norm(scores)
    return CoreFit(scores, _product_fit(summed, network.arcs, scores))


def _continuous_starts(summed: "sparse.csr_array", rng: np.random.Generator) -> list[Values]:
    """A start on the way from degree to the eigenvector, which needs no names; then chance.

    Starts differ where parts of the network are alike: from equal scores the search does not choose among them.
    """
    degree = np.asarray(summed.sum(axis=1))
    vector = degree
    for _ in range(10):
        # A part stays in place, or the vector would swing between the two sides of a star.
        vector = vector * degree.mean() + summed @ vector
        vector = vector / np.linalg.norm(vector)
    return [vector, *rng.random((RANDOM_STARTS, len(degree)))]


def _minimize(summed: "sparse.csr_array", start: Values) -> tuple[Values, float]:
    """Minimize sum_{i != j} (A[i,j] - c_i c_j)^2 less its constant; return the scores and that sum."""
    from scipy.optimize import fmin_l_bfgs_b

    def residuals(c: Values) -> tuple[float, Values]:
        squares, met = c @ c, summed @ c
        value = squares * squares - (c**4).sum() - c @ met
        return float(value), 4 * squares * c - 4 * c**3 - 2 * met

    squares = start @ start
    scale = 0.5 * (start @ (summed @ start)) / (squares * squares - (start**4).sum())
    # Not `minimize`: it checks the bounds of every actor again and again, which takes longer than the search.
    scores, value, _ = fmin_l_bfgs_b(
        residuals,
        start * math.sqrt(scale),
        bounds=[(0.0, math.sqrt(len(start)))] * len(start),
        maxiter=2000,
        maxfun=4000,
        factr=1e-15 / np.finfo(np.float64).eps,
        pgtol=1e-9,
    )
    return scores, float(value)


def _product_fit(summed: "sparse.csr_array", arcs: int, c: Values) -> float:
    """Correlate ties with products of scores over ordered pairs; NaN if all products are alike."""
    pairs = c.size * (c.size - 1.0)
    density = arcs / pairs
    # Products vary by these sums over ordered pairs, found without building the pairs.
    total, squares = c.sum(), c @ c
    product_sum = total * total - squares
    spread = squares * squares - (c**4).sum() - product_sum**2 / pairs
    if spread <= 1e-9 * squares * squares:
        return math.nan
    covariance = 0.5 * (c @ (summed @ c)) - density * product_sum
    return float(covariance / math.sqrt(pairs * density * (1 - density) * spread))
