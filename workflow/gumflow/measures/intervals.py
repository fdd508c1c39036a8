"""Intervals of network statistics: how much they would move with other actors.

A census has no sampling error, so such an interval does not say how well a number was measured. It says how much the number would
move if the cluster had been made of other actors of the same kinds, tied by the same habits. A wide interval means that the
number hangs on a few actors; a difference between two clusters that is small beside it should not be explained.

Ratios of sums over pairs or triples: vertex bootstrap (Snijders and Borgatti 1999) without rebuilding networks (`count_form`).
Drawing actors shakes a pair by both its ends, so plain bootstrap errors are up to 1.7 times too large where pairs are
independent of one another. Draws c and their mirror images 2 - c part what single actors contribute (the odd part) from what
pairs do (the even part), and the variance is the one minus the other, which counts every pair and triple once, as in the
dyadic variance of Fafchamps and Gubert (2007). Spread and correlation of degrees: jackknife of Snijders and Borgatti (1999), since the
bootstrap makes degrees more unequal than they were. Centralization, which hangs on one actor: plain bootstrap error, rather too
wide. Intervals are made with Student's t (n - 1), on a scale without ends (logit, Fisher's z, logarithm) but for
centralization. `benchmarks/intervals.py` measures how often they hold the true value, and the alternatives.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import gumflow.measures.cohesion
import gumflow.measures.groups  # noqa: F401 - both declare measures that have an interval
from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for
from gumflow.measures.census import TRIADS, _triads
from gumflow.measures.count_form import Fractions, Values, centralization, dyadic, pairs_of, ratio, spread
from gumflow.measures.count_triads import CLOSED, clustering, triadic, triples_of
from gumflow.measures.registry import get_measure, withheld_reason
from gumflow.measures.structure import density
from gumflow.networks.graph import Network

Index = NDArray[np.int64]

LARGEST = 20_000
"""Most actors of a network with intervals: about a minute for 1,000 draws."""
MOST_TRIANGLES = 5_000_000
"""Most triangles of a network with intervals of triads and of closure."""
MOST_LEFT_OUT = 1_000
"""Most parts that the jackknife leaves out in turn: single actors, or random groups of them in larger networks."""
FEWEST = 5
"""Fewest pairs or triads of a kind for an interval of their number."""

"""Measures between 0 and 1 that only rebuilt networks give an interval of (first words of their names)."""
_CELLS = 4_000_000
_QUICK_CELLS = 100_000
_DRAWS_AT_ONCE = 50


@dataclass(frozen=True)
class Interval:
    """Standard error, ends of the 95 % interval, and how they were made."""

    se: float
    low: float
    high: float
    method: str


@dataclass(frozen=True)
class Form:
    """How the interval of a measure is made.

    method   corrected bootstrap of sums over `pairs` or `triples`, plain bootstrap of what rests on the `largest` degree, or `jackknife`
    scale    on which it is symmetric: logit (0 to 1), fisher (-1 to 1), log (0 or more), or that of the measure (plain, cut to 0 to 1)
    counts   it is a number of pairs or triads
    """

    method: Literal["pairs", "triples", "largest", "jackknife"]
    scale: Literal["logit", "fisher", "log", "plain"] = "logit"
    counts: bool = False


INTERVALS: Mapping[str, Form] = MappingProxyType(
    {
        "density": Form("pairs"),
        "degree_mean": Form("pairs", "log"),
        "dyads_mutual": Form("pairs", "log", counts=True),
        "dyads_asymmetric": Form("pairs", "log", counts=True),
        "dyads_null": Form("pairs", "log", counts=True),
        "reciprocity_arc": Form("pairs"),
        "reciprocity_dyad": Form("pairs"),
        "reciprocity_garlaschelli": Form("pairs", "fisher"),
        "ei_index_group": Form("pairs", "fisher"),
        "ei_index_place": Form("pairs", "fisher"),
        "transitivity_directed": Form("triples"),
        "transitivity_collapsed": Form("triples"),
        **{f"triad_{name}": Form("triples", "log", counts=True) for name in TRIADS},
        "clustering_mean": Form("jackknife"),
        "centralization_in_degree": Form("largest", "plain"),
        "centralization_out_degree": Form("largest", "plain"),
        "centralization_degree_collapsed": Form("largest", "plain"),
        "out_degree_sd": Form("jackknife", "log"),
        "in_degree_sd": Form("jackknife", "log"),
        "degree_assortativity_out_in": Form("jackknife", "fisher"),
        "degree_assortativity_collapsed": Form("jackknife", "fisher"),
    }
)
"""Measures of networks that have an interval, and how it is made."""


def network_intervals(network: Network, draws: int, seed: int) -> dict[str, Interval]:
    """Return the 95 % interval of each measure of `INTERVALS` that the network can bear (see the head of this module).

    Left out are statistics that are undefined or at an end of their range (nothing there shows how they would vary), numbers of
    fewer than `FEWEST` pairs or triads, triads of networks with more than `MOST_TRIANGLES`, and all of networks with fewer than
    three or more than `LARGEST` actors. The same seed gives the same bytes.

    Raises `GumflowError` for fewer than two draws.
    """
    if draws < 2:
        raise GumflowError(f"draws is {draws}; an interval needs at least 2, and about 1,000 to be steady")
    if not 3 <= network.size <= LARGEST or not network.arcs:
        return {}
    errors = bootstrap_errors(network, draws, seed)
    errors |= _plain_errors(network, draws, seed)
    errors |= _jackknife(network, _borne(network, "jackknife"), _left_out(network))
    left_out = min(network.size, MOST_LEFT_OUT)
    found = {}
    for name, form in INTERVALS.items():
        se = errors.get(name, math.nan)
        value = float(get_measure(name).function(network)) if se > 0 else math.nan
        if form.counts and value < FEWEST:
            continue
        ends = _ends(name, value, se, network)
        if ends:
            how = (
                f"jackknife, {left_out} parts"
                if form.method == "jackknife"
                else f"vertex bootstrap, {draws} draws"
            )
            found[name] = Interval(se, *ends, how)
    return found


def bootstrap_errors(network: Network, draws: int, seed: int) -> dict[str, float]:
    """Return the corrected bootstrap standard error of the ratios of sums over pairs and triples.

    The linear part of the ratio, (part - value whole) / (whole in the network), is a polynomial in the counts. Of 1 + d and 1 - d the
    odd part of a polynomial holds what single actors (and triples) contribute, the even part what pairs do. If pairs are
    independent, the even part of a sum over pairs has half the variance of the odd one: no estimate falls below that half.
    """
    names = _borne(network, "pairs", "triples")
    linear = _linear(network, names)
    found = [(linear(counts), linear(2 - counts)) for counts in _draws(network, draws, seed)]
    errors = {}
    for name in names:
        if name not in found[0][0]:  # nothing to divide by, such as no pair observed in both directions
            continue
        one = np.concatenate([drawn[name] for drawn, _ in found])
        other = np.concatenate([mirrored[name] for _, mirrored in found])
        odd, even = float(((one - other) / 2).var(ddof=1)), float(((one + other) / 2).var(ddof=1))
        errors[name] = math.sqrt(max(odd - even, odd / 2))
    return errors


def _plain_errors(network: Network, draws: int, seed: int) -> dict[str, float]:
    """Return the uncorrected bootstrap standard error of what rests on a largest degree, which is no polynomial."""
    names = _borne(network, "largest")
    found = [in_counts(network, names, counts) for counts in _draws(network, draws, seed)]
    values = {name: np.concatenate([batch[name] for batch in found]) for name in names}
    values = {name: drawn[~np.isnan(drawn)] for name, drawn in values.items()}
    return {name: float(v.std(ddof=1)) for name, v in values.items() if len(v) >= max(2, draws / 2)}


def jackknife_errors(network: Network) -> dict[str, float]:
    """Return the jackknife standard error (Snijders and Borgatti 1999) of every measure of `INTERVALS` that the network can bear.

    Each actor is left out in turn; of more than `MOST_LEFT_OUT` actors as many random groups. Right where pairs are independent,
    too small (down to 0.7 of it) where a few actors have most of the ties: half of the usual jackknife's variance.
    """
    if network.size < 3 or not network.arcs:
        return {}
    return _jackknife(
        network, _borne(network, "pairs", "triples", "largest", "jackknife"), _left_out(network)
    )


def rebuilt_intervals(
    network: Network, names: Sequence[str], draws: int = 50, seed: int = 0
) -> dict[str, Interval]:
    """Return rough intervals of any measures of networks, for those that no count form exists for (paths, components).

    The network is rebuilt for each draw of actors, copies of one actor being tied at random with the density of the network
    (Snijders and Borgatti 1999), and measured. Copies stand close to the same others, so such networks are more closed and more
    unequal than the network itself: only their spread is used, around the value of the network. No correction is
    made for pairs that are shaken by both ends; the intervals are rather too wide. They end where the measure does.

    Raises `GumflowError` for fewer than two draws, a measure that is unknown, not one of networks, or withheld on this network.
    """
    if draws < 2:
        raise GumflowError(f"draws is {draws}; an interval needs at least 2")
    for name in names:
        declared = get_measure(name)
        reason = withheld_reason(declared, network)
        if declared.level != "network" or reason:
            raise GumflowError(f"{name} has no interval: {reason or 'it is no measure of networks'}")
    drawn: dict[str, list[float]] = {name: [] for name in names}
    for draw in range(draws if network.size else 0):
        resample = rebuild(network, seed_for(seed, "rebuilt", str(draw)))
        for name in names:
            drawn[name].append(float(get_measure(name).function(resample)))
    found = {}
    for name in names:
        value = float(get_measure(name).function(network))
        values = np.array([v for v in drawn[name] if not math.isnan(v)])
        if math.isnan(value) or len(values) < max(2, draws / 2) or np.ptp(values) == 0:
            continue
        se = float(values.std(ddof=1))
        reach = _student(len(values)) * se
        low, high = get_measure(name).bounds
        found[name] = Interval(
            se, max(value - reach, low), min(value + reach, high), f"rebuilt from {len(values)} draws, rough"
        )
    return found


def rebuild(network: Network, seed: int) -> Network:
    """Return the network of as many actors drawn with replacement: ids get the number of the copy.

    Ties are copied; copies of one actor that answered are tied with the chance that is the density of the network, with
    strength and layers of a random tie. Pairs not asked stay so in all copies.
    """
    rng = np.random.default_rng(seed)
    origin = np.sort(rng.integers(0, network.size, network.size))
    counts = np.bincount(origin, minlength=network.size)
    first = np.cumsum(counts) - counts
    arc, source, target = _copied(network.source, network.target, counts, first)
    every = np.arange(network.size)
    _, one, other = _copied(every, every, counts, first)
    chosen = (one < other) if not network.directed else (one != other)
    tied = chosen & network.responded[origin[one]] & (rng.random(len(one)) < density(network))
    one, other = one[tied], other[tied]
    like = rng.integers(0, network.arcs, len(one)) if network.arcs else np.empty(0, dtype=np.int64)
    if not network.directed:
        one, other, like = np.concatenate([one, other]), np.concatenate([other, one]), np.tile(like, 2)
    source, target = np.concatenate([source, one]), np.concatenate([target, other])
    arc = np.concatenate([arc, like])
    order = np.lexsort((target, source))
    _, *unasked = _copied(*network.unasked, counts, first)
    copy = every - first[origin]
    return replace(
        network,
        actors=np.array(
            [f"{network.actors[i]}#{k + 1}" for i, k in zip(origin, copy, strict=True)], dtype=str
        ),
        kinds=network.kinds[origin],
        inside=network.inside[origin],
        source=source[order],
        target=target[order],
        strength=network.strength[arc[order]],
        arc_layers=network.arc_layers[arc[order]],
        groups=network.groups[origin],
        approached=network.approached[origin],
        responded=network.responded[origin],
        unasked=(unasked[0], unasked[1]),
        seed=seed,
    )


def _copied(source: Index, target: Index, counts: Index, first: Index) -> tuple[Index, Index, Index]:
    """Return each pair (its number, and the ends) once for every copy of its source and of its target."""
    many = counts[source] * counts[target]
    pair = np.repeat(np.arange(len(source)), many)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(many) - many, many)
    wide = np.maximum(counts[target][pair], 1)
    return pair, first[source][pair] + place // wide, first[target][pair] + place % wide


def _borne(network: Network, *methods: str) -> list[str]:
    """Name the measures with an interval by these methods that the network can bear and that are defined on it."""
    closed = sum(count for name, count in zip(TRIADS, _triads(network), strict=True) if name in CLOSED)
    names = []
    for name, form in INTERVALS.items():
        reads_triangles = form.method == "triples" or name == "clustering_mean"
        if (
            form.method not in methods
            or withheld_reason(name, network)
            or (reads_triangles and closed > MOST_TRIANGLES)
        ):
            continue
        if not math.isnan(get_measure(name).function(network)):
            names.append(name)
    return names


def _at_once(network: Network) -> int:
    """How many columns of counts are worked on at once: a rule of the network, never of the memory at hand."""
    cells = network.size + network.arcs
    # Small networks take many at once, since each step then costs more to call than to compute.
    return max(1, min(max(_DRAWS_AT_ONCE, _QUICK_CELLS // cells), _CELLS // cells))


def _draws(network: Network, draws: int, seed: int) -> Iterator[Values]:
    """Yield batches of counts: how often each actor (row) stands in each draw (column) of n actors."""
    rng = np.random.default_rng(seed)
    step = _at_once(network)
    for start in range(0, draws, step):
        many = min(step, draws - start)
        drawn = rng.multinomial(network.size, np.full(network.size, 1 / network.size), size=many)
        yield np.ascontiguousarray(drawn.T, dtype=np.float64)


def _linear(network: Network, names: Sequence[str]) -> Callable[[Values], dict[str, Values]]:
    """Return the function that gives the linear part of the ratios for counts; of a function of ratios, its own."""
    one = fractions(network, names, np.ones((network.size, 1)))
    value = {name: float(ratio(part, whole)[0]) for name, (part, whole) in one.items()}

    def linear(counts: Values) -> dict[str, Values]:
        found = {
            name: (part - value[name] * whole) / one[name][1][0]
            for name, (part, whole) in fractions(network, names, counts).items()
            if one[name][1][0]
        }
        if "reciprocity_garlaschelli" in names:
            # rho = (r - a) / (1 - a): its slopes in reciprocity r and density a, both over dyads observed both ways.
            r, a = value["reciprocity_arc"], value["density_both_ways"]
            slope = (1 - r) / (1 - a) ** 2
            found["reciprocity_garlaschelli"] = (
                found["reciprocity_arc"] / (1 - a) - slope * found["density_both_ways"]
            )
        return found

    return linear


def fractions(network: Network, names: Sequence[str], counts: Values) -> Fractions:
    """Return part and whole of the ratios for counts: of all pairs, and of all triples, if any of `names` is read off them."""
    found: Fractions = {}
    if any(INTERVALS[name].method == "pairs" for name in names):
        found |= dyadic(pairs_of(network), counts)
    if any(INTERVALS[name].method == "triples" for name in names):
        found |= triadic(triples_of(network), counts)
    return found


def in_counts(network: Network, names: Sequence[str], counts: Values) -> dict[str, Values]:
    """Return the value of each statistic for each column of counts (n x b): the plain resample, NaN where undefined."""
    pairs = pairs_of(network)
    found = {name: ratio(part, whole) for name, (part, whole) in fractions(network, names, counts).items()}
    if "reciprocity_garlaschelli" in names:
        returned, expected = found["reciprocity_arc"], found["density_both_ways"]
        found["reciprocity_garlaschelli"] = ratio(returned - expected, 1 - expected)
    if any(name.startswith("centralization") for name in names):
        found |= centralization(pairs, counts)
    if any(name.endswith("_sd") or name.startswith("degree_assortativity") for name in names):
        found |= spread(pairs, counts)
    if "clustering_mean" in names:
        found["clustering_mean"] = clustering(triples_of(network), counts)
    return {name: found[name] for name in names}


def _left_out(network: Network) -> Index:
    """Number for each actor the part that it is left out with: its own, or a random one of `MOST_LEFT_OUT`."""
    if network.size <= MOST_LEFT_OUT:
        return np.arange(network.size)
    rng = np.random.default_rng(seed_for(network.seed, "jackknife"))
    return rng.permutation(np.arange(network.size) % MOST_LEFT_OUT)


def _jackknife(network: Network, names: Sequence[str], part: Index) -> dict[str, float]:
    parts = int(part.max()) + 1
    step = _at_once(network)
    batches = []
    for start in range(0, parts, step):
        out = np.arange(start, min(start + step, parts))
        batches.append(in_counts(network, names, (part[:, None] != out).astype(np.float64)))
    errors = {}
    for name in names:
        values = np.concatenate([batch[name] for batch in batches])
        # Undefined without one actor: the statistic hangs on it, and no error can be told.
        if not np.isnan(values).any():
            errors[name] = math.sqrt((parts - 2) / 2 * float(values.var()))
    return errors


def _ends(name: str, value: float, se: float, network: Network) -> tuple[float, float] | None:
    """Return the ends of the interval on the scale of the measure; None at the ends of its range."""
    from scipy.special import expit, logit

    form = INTERVALS[name]
    low, top = get_measure(name).bounds
    # An error of rounding size is none.
    if math.isnan(value) or not se > 1e-12 * abs(value) or not low < value < top:
        return None
    reach = _student(network.size) * se
    if form.scale == "log":
        # Beyond e^700 floats end; what is above the largest possible number is cut to it anyway.
        factor = math.exp(min(reach / value, 700.0))
        return value / factor, min(value * factor, _most(name, network))
    if form.scale == "fisher":
        middle, reach = math.atanh(value), reach / (1 - value**2)
        return math.tanh(middle - reach), math.tanh(middle + reach)
    if form.scale == "plain":
        return max(value - reach, low), min(value + reach, top)
    middle, reach = float(logit(value)), reach / (value * (1 - value))
    return float(expit(middle - reach)), float(expit(middle + reach))


def _most(name: str, network: Network) -> float:
    """Return the largest number that a count of pairs or triads, or a mean of degrees, can be."""
    if name.startswith("triad_"):
        return float(math.comb(network.size, 3))
    if name.startswith("dyads_"):
        return float(get_measure("dyads_observed").function(network))
    return float(network.size - 1)


def _student(n: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 0.975))
