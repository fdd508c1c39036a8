"""Network statistics as functions of how often each actor is drawn, for resampling without rebuilding a network.

A resample of n actors is a vector c of counts. Each pair of distinct actors i, j then stands in it c_i c_j times, each triple
c_i c_j c_k times, so sums over pairs and triples are polynomials in c (Snijders and Borgatti 1999 for the resampling). Pairs of
copies of one actor are left out, like pairs that were not observed: nothing was seen of them, and tying them by chance would move
closure away from that of the network (`benchmarks/intervals.py`). Counts of pairs and
triads are therefore shares of the pairs or triples left, times their number in the network itself.

Every function takes counts C (n x b, one column for each draw) and returns one value for each draw. With all counts 1 a statistic
equals the declared measure of its name.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from gumflow.networks.graph import Network, adjacency, once_per_network
from gumflow.networks.layers import ObservedBy
from gumflow.networks.observation import is_observed

if TYPE_CHECKING:
    from scipy import sparse

Values = NDArray[np.float64]
Fractions = dict[str, tuple[Values, Values]]
"""Statistics that are one sum over pairs or triples divided by another: part and whole by name."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which pairs are what, as sparse matrices (n x n), and who answered.

    arcs, mutual     A; A where the reverse is tied too
    asked            A where it was observed whether the reverse is tied
    partners         A or A'
    told_tied        partners, of pairs observed in both directions
    grouped, alike   partners with known groups; those of one group
    inside, crossing partners both inside the cluster; one of them inside
    mended           +1 for arcs reported without the answer needed, -1 for pairs not asked though answered
    both_mended      the same for pairs observed in both directions
    """

    network: Network
    arcs: "sparse.csr_array"
    back: "sparse.csr_array"
    mutual: "sparse.csr_array"
    asked: "sparse.csr_array"
    partners: "sparse.csr_array"
    told_tied: "sparse.csr_array"
    grouped: "sparse.csr_array"
    alike: "sparse.csr_array"
    inside: "sparse.csr_array"
    crossing: "sparse.csr_array"
    mended: "sparse.csr_array"
    both_mended: "sparse.csr_array"


@once_per_network
def pairs_of(network: Network) -> Pairs:
    """Sort the pairs of a network into the matrices that its statistics read."""
    arcs = adjacency(network)
    back = arcs.T.tocsr()
    partners = ((arcs + back) > 0).astype(np.float64).tocsr()
    one, other = partners.nonzero()
    told = is_observed(network, one, other) & is_observed(network, other, one)
    known = (network.groups[one] != "") & (network.groups[other] != "")
    alike = known & (network.groups[one] == network.groups[other])
    here, there = network.inside[one], network.inside[other]
    asked = is_observed(network, network.target, network.source)
    return Pairs(
        network=network,
        arcs=arcs,
        back=back,
        mutual=arcs.multiply(back).tocsr(),
        asked=_matrix(network, network.source[asked], network.target[asked]),
        partners=partners,
        told_tied=_matrix(network, one[told], other[told]),
        grouped=_matrix(network, one[known], other[known]),
        alike=_matrix(network, one[alike], other[alike]),
        inside=_matrix(network, one[here & there], other[here & there]),
        crossing=_matrix(network, one[here ^ there], other[here ^ there]),
        mended=_mended(network, network.observed_by, both=False),
        both_mended=_mended(network, _both_by(network), both=True),
    )


def _matrix(
    network: Network, source: NDArray[np.int64], target: NDArray[np.int64], values: Values | None = None
) -> "sparse.csr_array":
    from scipy import sparse

    values = np.ones(len(source)) if values is None else values
    return sparse.csr_array((values, (source, target)), shape=(network.size, network.size))


def _both_by(network: Network) -> ObservedBy:
    return "either" if network.observed_by == "either" else "both"


def _mended(network: Network, by: ObservedBy, *, both: bool) -> "sparse.csr_array":
    """Return what observation differs by from what the answers alone would give: only reported and unasked pairs can."""
    n = max(network.size, 1)
    ends = [(network.source, network.target), network.unasked]
    if both:
        ends += [(target, source) for source, target in ends]
    code = np.unique(np.concatenate([source * n + target for source, target in ends]))
    one, other = code // n, code % n
    a, b = network.responded[one], network.responded[other]
    told = {"sender": a, "receiver": b, "either": a | b, "both": a & b}[by]
    observed = is_observed(network, one, other)
    if both:
        observed &= is_observed(network, other, one)
    differs = observed != told
    gap = observed[differs].astype(np.float64) - told[differs]
    return _matrix(network, one[differs], other[differs], gap)


def observed_sums(pairs: Pairs, c: Values, side: Literal["sender", "receiver"]) -> Values:
    """Sum c_j over the others j of whom it was observed whether i -> j (sender) or j -> i (receiver) is tied; n x b."""
    mended = pairs.mended if side == "sender" else pairs.mended.T
    return _told_sums(pairs, c, pairs.network.observed_by, side) + mended @ c


def observed_both_sums(pairs: Pairs, c: Values) -> Values:
    """Sum c_j over the others j with whom both directions were observed; n x b."""
    return _told_sums(pairs, c, _both_by(pairs.network), "sender") + pairs.both_mended @ c


def _told_sums(pairs: Pairs, c: Values, by: ObservedBy, side: str) -> Values:
    answered = pairs.network.responded[:, None]
    every = c.sum(axis=0)
    told = np.where(answered, c, 0.0)
    others = told.sum(axis=0) - told
    if by == "either":
        return np.where(answered, every - c, others)
    if by == "both":
        return np.where(answered, others, 0.0)
    return np.where(answered, every - c, 0.0) if by == side else others


def within(matrix: "sparse.csr_array", c: Values, other: Values | None = None) -> Values:
    """Sum c_i c_j over the entries of a matrix, weighted by them; c_i other_j if `other` is given."""
    return np.asarray((c * (matrix @ (c if other is None else other))).sum(axis=0))


def ratio(part: Values, whole: Values) -> Values:
    """Divide; NaN where there is nothing to divide by."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole != 0)


def dyadic(pairs: Pairs, c: Values) -> Fractions:
    """Sum over pairs what the statistics of pairs divide: for each its part and its whole.

    `density_both_ways`, no measure itself, is the density among the pairs observed in both directions, on which
    `reciprocity_garlaschelli` rests.
    """
    n = pairs.network.size
    ties, possible = within(pairs.arcs, c), (c * observed_sums(pairs, c, "sender")).sum(axis=0)
    mutual, tied = within(pairs.mutual, c) / 2, within(pairs.told_tied, c) / 2
    asked = within(pairs.asked, c)
    observed = (c * observed_both_sums(pairs, c)).sum(axis=0) / 2
    dyads = observed_both_sums(pairs, np.ones((n, 1))).sum() / 2
    inside, crossing = within(pairs.inside, c) / 2, within(pairs.crossing, c) / 2
    grouped = within(pairs.grouped, c)
    return {
        "density": (ties, possible),
        "degree_mean": (ties * (n - 1), possible),
        "dyads_mutual": (mutual * dyads, observed),
        "dyads_asymmetric": ((tied - mutual) * dyads, observed),
        "dyads_null": ((observed - tied) * dyads, observed),
        "density_both_ways": (asked, 2 * observed),
        "reciprocity_arc": (2 * mutual, asked),
        "reciprocity_dyad": (mutual, tied),
        "ei_index_group": (grouped - 2 * within(pairs.alike, c), grouped),
        "ei_index_place": (crossing - inside, crossing + inside),
    }


def centralization(pairs: Pairs, c: Values) -> dict[str, Values]:
    """Compute the centralizations of degree; an actor counts for the largest degree only if it was drawn."""
    n = pairs.network.size
    others = c.sum(axis=0) - c
    partners = _gaps(pairs.partners @ c, others, c)
    return {
        "centralization_in_degree": _gaps(pairs.back @ c, observed_sums(pairs, c, "receiver"), c) / (n - 1),
        "centralization_out_degree": _gaps(pairs.arcs @ c, observed_sums(pairs, c, "sender"), c) / (n - 1),
        "centralization_degree_collapsed": partners / (n - 2) if n > 2 else np.full(c.shape[1], np.nan),
    }


def _gaps(degrees: Values, observed: Values, c: Values) -> Values:
    """Sum the gaps of degrees, as shares of observed pairs, to the largest, scaled up to n actors."""
    drawn = (c > 0) & (observed > 0)
    shares = np.divide(degrees, observed, out=np.zeros_like(degrees), where=drawn)
    weight = np.where(drawn, c, 0.0)
    mean = ratio((shares * weight).sum(axis=0), weight.sum(axis=0))
    return (np.where(drawn, shares, 0.0).max(axis=0) - mean) * len(c)


def spread(pairs: Pairs, c: Values) -> dict[str, Values]:
    """Compute the spread of degrees and their correlation over ties."""
    n = pairs.network.size
    out, into, partners = pairs.arcs @ c, pairs.back @ c, pairs.partners @ c
    return {
        "out_degree_sd": _deviation(out, observed_sums(pairs, c, "sender"), c) * (n - 1),
        "in_degree_sd": _deviation(into, observed_sums(pairs, c, "receiver"), c) * (n - 1),
        "degree_assortativity_out_in": _correlation(out, into, c, pairs.arcs),
        "degree_assortativity_collapsed": _correlation(partners, partners, c, pairs.partners),
    }


def _deviation(degrees: Values, observed: Values, c: Values) -> Values:
    told = observed > 0
    shares = np.divide(degrees, observed, out=np.zeros_like(degrees), where=told)
    weight = np.where(told, c, 0.0)
    whole = weight.sum(axis=0)
    mean = ratio((weight * shares).sum(axis=0), whole)
    return _root(ratio((weight * (shares - mean) ** 2).sum(axis=0), whole))


def _root(square: Values) -> Values:
    return np.sqrt(np.where(square > 0, square, np.where(square == 0, 0.0, np.nan)))


def _correlation(one: Values, other: Values, c: Values, ties: "sparse.csr_array") -> Values:
    """Correlate a value of the source with one of the target over ties i -> j, each counted c_i c_j times."""
    as_source, as_target = c * (ties @ c), c * (ties.T @ c)
    whole = as_source.sum(axis=0)
    mean_one = ratio((as_source * one).sum(axis=0), whole)
    mean_other = ratio((as_target * other).sum(axis=0), whole)
    one, other = one - mean_one, other - mean_other
    product = within(ties, c * one, c * other)
    variances = (as_source * one**2).sum(axis=0) * (as_target * other**2).sum(axis=0)
    # Where all degrees are equal, only the rounding of the mean is left.
    varies = variances > 1e-20 * np.abs(whole) ** 2
    return ratio(product, np.where(varies, _root(variances), 0.0))
