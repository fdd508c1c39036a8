"""Structural holes around an actor: how many of its contacts are not redundant, and how far it is held by one of them.

Burt's measures read the collapsed network: two actors are in contact if a tie runs either way, and the strengths of
both directions are summed (z). They come in two versions. The whole-network version sets a contact's tie to another
contact against all ties of that contact; networkx, igraph and the whole-network model of UCINET give it. The
ego-network version (names in `_ego`) sets it against the contact's ties to ego and to ego's contacts only, as if
nothing else existed; Burt's own surveys and the ego-network model of UCINET give it. Constraint in the whole-network
version is in `centrality`.

All of them are sums over closed triangles, which are listed once from the end of lower degree: no matrix product,
which would grow with the square of the degree of a hub.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.registry import COMPLETE, SHARE, measure
from gumflow.networks.graph import Network, once_per_network
from gumflow.networks.layers import BOUNDARIES

Values = NDArray[np.float64]
Index = NDArray[np.int64]

_NO_CONTACT = "an actor without ties has no contacts"
_ONE_CONTACT = "an actor with fewer than two contacts has no pair of them"
_Z = "z_ij = W[i,j]+W[j,i], p_ij = z_ij / sum_k z_ik"
_WHOLE = "Contacts' ties to all actors count, as in networkx, igraph and UCINET's whole-network model."
_EGO = "Only ties among the actor and its contacts count, as in UCINET's ego-network model."

# Pairs of ties that are looked at together: bounds the memory of a dense network.
_WEDGES_AT_ONCE = 500_000
_LARGEST_TABLE = 2_000
"""Most actors for which a tie is looked up in a table of all pairs."""
_HASH = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads neighboring codes


@dataclass(frozen=True)
class Contacts:
    """The collapsed network, each pair of actors in contact listed from both ends and sorted.

    ego, contact   indices of the actors
    strength       z, summed over both directions
    tied           whether ego is tied to contact in this direction
    reverse        where the same pair is listed from its other end
    degree         number of contacts of each actor
    """

    ego: Index
    contact: Index
    strength: Values
    tied: NDArray[np.bool_]
    reverse: Index
    degree: Index


def contacts_of(source: Index, target: Index, strength: Values, size: int) -> Contacts:
    """Collapse distinct arcs without loops between `size` actors."""
    forth, back = source * size + target, target * size + source
    code, place = np.unique(np.concatenate([forth, back]), return_inverse=True)
    summed = np.bincount(place, weights=np.tile(strength, 2), minlength=len(code)).astype(np.float64)
    tied = np.zeros(len(code), dtype=bool)
    tied[place[: len(forth)]] = True
    ego, contact = code // max(size, 1), code % max(size, 1)
    reverse = np.lexsort((ego, contact))
    return Contacts(ego, contact, summed, tied, reverse, np.bincount(ego, minlength=size))


@once_per_network
def all_contacts(network: Network) -> Contacts:
    """Collapse the arcs of a network."""
    return contacts_of(network.source, network.target, network.strength, network.size)


def triangle_blocks(contacts: Contacts) -> Iterator[tuple[Index, Index, Index]]:
    """List all closed triples (i, j, q) of distinct actors in contact, in blocks of bounded memory.

    A block holds three arrays of positions in `contacts`: of i -> j, of i -> q and of j -> q. Each triangle is given
    in its six orders. Every triangle is found once, at its actor of lowest degree (Chiba and Nishizeki 1985), so
    the work grows with ties x sqrt(ties) at most.
    """
    degree, size = contacts.degree, len(contacts.degree)
    rank = np.empty(size, dtype=np.int64)
    rank[np.argsort(degree, kind="stable")] = np.arange(size)
    up = np.flatnonzero(rank[contacts.ego] < rank[contacts.contact])
    end = np.searchsorted(contacts.ego[up], contacts.ego[up], side="right")
    later = end - np.arange(len(up)) - 1
    find = _finder(contacts.ego * size + contacts.contact, size)
    for first, last in runs(later, _WEDGES_AT_ONCE):
        one = np.repeat(np.arange(first, last), later[first:last])
        start = np.cumsum(later[first:last]) - later[first:last]
        other = one + 1 + np.arange(len(one)) - np.repeat(start, later[first:last])
        uv, uw = up[one], up[other]
        vw = find(contacts.contact[uv] * size + contacts.contact[uw])
        uv, uw, vw = (positions[vw >= 0] for positions in (uv, uw, vw))
        vu, wu, wv = contacts.reverse[uv], contacts.reverse[uw], contacts.reverse[vw]
        yield (
            np.concatenate([uv, uw, vu, vw, wu, wv]),
            np.concatenate([uw, uv, vw, vu, wv, wu]),
            np.concatenate([vw, wv, uw, wu, uv, vu]),
        )


def runs(counts: Index, most: int) -> Iterator[tuple[int, int]]:
    """Cut positions into runs (first, last + 1) whose counts add up to about `most`, so that memory is bounded."""
    run = np.cumsum(counts) // most
    cuts = np.flatnonzero(np.diff(run)) + 1
    bounds = [0, *cuts.tolist(), len(counts)]
    for first, last in pairwise(bounds):
        if first < last:
            yield first, last


def _finder(code: Index, size: int) -> Callable[[Index], Index]:
    """Return a function that says where codes stand among the sorted `code`, -1 where they do not."""
    if size <= _LARGEST_TABLE:
        place = np.full(size * size, -1, dtype=np.int64)
        place[code] = np.arange(len(code))
        return lambda sought: place[sought]

    # Most sought pairs are not tied; a table of hashes tells that of nearly all at a fraction of the cost of a search.
    bits = np.uint64(64 - max(len(code) * 16, 2).bit_length())
    marked = np.zeros(1 << (64 - int(bits)), dtype=bool)
    marked[(code.astype(np.uint64) * _HASH) >> bits] = True

    def find(sought: Index) -> Index:
        place = np.full(len(sought), -1, dtype=np.int64)
        likely = np.flatnonzero(marked[(sought.astype(np.uint64) * _HASH) >> bits])
        near = np.minimum(np.searchsorted(code, sought[likely]), len(code) - 1)
        place[likely] = np.where(code[near] == sought[likely], near, -1)
        return place

    return find


@dataclass(frozen=True)
class _Holes:
    """What Burt's measures are made of: one value for each actor."""

    degree: Values
    links: Values
    redundancy: Values
    redundancy_ego: Values
    redundancy_binary: Values
    constraint_ego: Values
    hierarchy: Values
    hierarchy_ego: Values


@once_per_network
def _holes(network: Network) -> _Holes:
    contacts = all_contacts(network)
    z, ego, size = contacts.strength, contacts.ego, network.size
    strongest, near, nearest = np.zeros(size), z.copy(), z.copy()
    np.maximum.at(strongest, ego, z)
    links, closed = np.zeros(size), np.zeros(size)
    # How strongly contact j is tied within the ego network must be known before its share in it.
    for ij, _, jq in triangle_blocks(contacts):
        links += _sums(ego[ij], contacts.tied[jq], size)
        closed += _sums(ego[ij], np.ones(len(ij)), size)
        near += _sums(ij, z[jq], len(z))
        np.maximum.at(nearest, ij, z[jq])
    p = z / _sums(ego, z, size)[ego]
    indirect, indirect_ego = np.zeros(len(z)), np.zeros(len(z))
    redundancy, redundancy_ego = np.zeros(size), np.zeros(size)
    for ij, iq, jq in triangle_blocks(contacts):
        indirect += _sums(ij, p[iq] * p[contacts.reverse[jq]], len(z))
        indirect_ego += _sums(ij, p[iq] * z[jq] / near[iq], len(z))
        redundancy += _sums(ego[ij], p[iq] * z[jq] / strongest[ego[jq]], size)
        redundancy_ego += _sums(ego[ij], p[iq] * z[jq] / nearest[ij], size)
    held, held_ego = (p + indirect) ** 2, (p + indirect_ego) ** 2
    degree = contacts.degree.astype(np.float64)
    return _Holes(
        degree=degree,
        links=links,
        redundancy=redundancy,
        redundancy_ego=redundancy_ego,
        redundancy_binary=_ratio(closed, degree),
        constraint_ego=np.where(degree > 0, _sums(ego, held_ego, size), np.nan),
        hierarchy=_concentration(held, contacts),
        hierarchy_ego=_concentration(held_ego, contacts),
    )


def _concentration(held: Values, contacts: Contacts) -> Values:
    """Compute the Coleman-Theil index of contacts' constraint around each actor (Burt 1992, eq. 2.9)."""
    degree = contacts.degree.astype(np.float64)
    mean = _ratio(_sums(contacts.ego, held, len(degree)), degree)
    relative = held / mean[contacts.ego]
    # x ln x goes to 0 with x, which an underflow may reach.
    disorder = _sums(contacts.ego, relative * np.log(np.where(relative > 0, relative, 1.0)), len(degree))
    several = np.where(degree > 1, degree, np.nan)
    return disorder / (several * np.log(several))


def _sums(place: Index, values: NDArray[np.generic], size: int) -> Values:
    return np.bincount(place, weights=values, minlength=size).astype(np.float64)


def _ratio(above: Values, below: Values) -> Values:
    """Divide, NaN where there is nothing to divide by."""
    return above / np.where(below > 0, below, np.nan)


@measure(
    name="ego_size",
    level="actor",
    label_en="Contacts",
    label_zh="联系人数（个体网规模）",
    definition=(
        "Number of distinct actors in contact with the actor, whatever the direction of the ties: the size of its ego "
        "network without the actor itself. A mutual tie is one contact, unlike in the degree."
    ),
    formula="k(i) = #{j: A[i,j] or A[j,i]}",
    source="Burt 1992, ch. 2",
    boundaries=BOUNDARIES,
    cost="linear",
)
def ego_size(network: Network) -> Values:
    """Count the distinct contacts of each actor, directions collapsed."""
    return _holes(network).degree.copy()


@measure(
    name="ego_density",
    level="actor",
    bounds=SHARE,
    label_en="Ego network density",
    label_zh="个体网密度",
    definition=(
        "Ties among the contacts of the actor, itself left out, as a share of the possible ones. Contacts are tied to the actor in "
        "either direction; ties among them are counted by direction, so the share is of k(k-1) ordered pairs, as in UCINET."
    ),
    formula="sum_{j,q in N(i)} A[j,q] / (k(k-1))",
    source="Marsden 1987; Borgatti 2002 (UCINET)",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=(
        "outside actors enter the chain network only through a tie and were not asked about one another, so absent ties "
        "among contacts are unknown; read it on the networks inside the cluster"
    ),
    undefined=_ONE_CONTACT,
    cost="quadratic",
)
def ego_density(network: Network) -> Values:
    """Divide the arcs among each actor's contacts by k(k-1); NaN for fewer than two contacts."""
    holes = _holes(network)
    return _ratio(holes.links, holes.degree * (holes.degree - 1))


@measure(
    name="effective_size",
    level="actor",
    label_en="Effective size",
    label_zh="有效规模",
    definition=(
        "Number of contacts less their redundancy: how far the actor's other contacts, in proportion to what it invests in them, are "
        "tied to the same contact, next to that contact's strongest tie. A broker between firms that do not know one "
        f"another keeps all its contacts. {_WHOLE} Strengths of both directions are summed."
    ),
    formula=f"sum_j (1 - sum_{{q != i,j}} p_iq m_jq), {_Z}, m_jq = z_jq / max_k z_jk",
    source="Burt 1992, eq. 2.2, p. 52",
    boundaries=COMPLETE,
    undefined=_NO_CONTACT,
    cost="quadratic",
)
def effective_size(network: Network) -> Values:
    """Compute Burt's effective size (1992, eq. 2.2) from summed strengths; NaN for isolates."""
    holes = _holes(network)
    return _of_contacts(holes.degree - holes.redundancy, holes)


@measure(
    name="effective_size_ego",
    level="actor",
    label_en="Effective size, ego network",
    label_zh="有效规模（个体网）",
    definition=(
        "Effective size with the tie of a contact to another set against its strongest tie within the ego network. "
        f"{_EGO} Strengths of both directions are summed."
    ),
    formula=f"sum_j (1 - sum_{{q != i,j}} p_iq m_jq), {_Z}, m_jq = z_jq / max_{{k in i, N(i)}} z_jk",
    source="Burt 1992, eq. 2.2, p. 52; ego-network model of Borgatti 2002 (UCINET)",
    boundaries=COMPLETE,
    undefined=_NO_CONTACT,
    cost="quadratic",
)
def effective_size_ego(network: Network) -> Values:
    """Compute Burt's effective size within each ego network; NaN for isolates."""
    holes = _holes(network)
    return _of_contacts(holes.degree - holes.redundancy_ego, holes)


@measure(
    name="effective_size_binary",
    level="actor",
    label_en="Effective size, binary",
    label_zh="有效规模（二值）",
    definition=(
        "Number of contacts less the mean number of other contacts that a contact is tied to. Directions are collapsed "
        "and strengths are not read; both versions of Burt's measure then agree."
    ),
    formula="k - 2t/k, t pairs of contacts that are tied",
    source="Borgatti 1997",
    boundaries=COMPLETE,
    undefined=_NO_CONTACT,
    cost="quadratic",
)
def effective_size_binary(network: Network) -> Values:
    """Compute effective size on collapsed binary ties (Borgatti 1997); NaN for isolates."""
    holes = _holes(network)
    return _of_contacts(holes.degree - holes.redundancy_binary, holes)


@measure(
    name="efficiency",
    level="actor",
    bounds=SHARE,
    label_en="Efficiency",
    label_zh="网络效率（结构洞）",
    definition=f"Effective size as a share of the number of contacts: 1 where none is redundant. {_WHOLE}",
    formula="effective size / k",
    source="Burt 1992, p. 53",
    boundaries=COMPLETE,
    undefined=_NO_CONTACT,
    cost="quadratic",
)
def efficiency(network: Network) -> Values:
    """Divide effective size by the number of contacts (Burt 1992); NaN for isolates."""
    return _ratio(effective_size(network), _holes(network).degree)


@measure(
    name="efficiency_ego",
    level="actor",
    bounds=SHARE,
    label_en="Efficiency, ego network",
    label_zh="网络效率（个体网）",
    definition=f"Effective size in the ego network as a share of the number of contacts. {_EGO}",
    formula="effective size (ego network) / k",
    source="Burt 1992, p. 53; ego-network model of Borgatti 2002 (UCINET)",
    boundaries=COMPLETE,
    undefined=_NO_CONTACT,
    cost="quadratic",
)
def efficiency_ego(network: Network) -> Values:
    """Divide effective size within the ego network by the number of contacts; NaN for isolates."""
    return _ratio(effective_size_ego(network), _holes(network).degree)


@measure(
    name="efficiency_binary",
    level="actor",
    bounds=SHARE,
    label_en="Efficiency, binary",
    label_zh="网络效率（二值）",
    definition="Binary effective size as a share of the number of contacts; directions collapsed, strengths not read.",
    formula="effective size (binary) / k",
    source="Burt 1992, p. 53; Borgatti 1997",
    boundaries=COMPLETE,
    undefined=_NO_CONTACT,
    cost="quadratic",
)
def efficiency_binary(network: Network) -> Values:
    """Divide binary effective size by the number of contacts; NaN for isolates."""
    return _ratio(effective_size_binary(network), _holes(network).degree)


@measure(
    name="constraint_ego",
    level="actor",
    label_en="Constraint, ego network",
    label_zh="结构洞限制度（个体网）",
    definition=(
        "How far an actor's investment is concentrated in contacts that are tied to one another, where a contact divides its "
        f"own investment among the actor and the actor's contacts. {_EGO} It is never smaller than constraint in the "
        "whole network. Strengths of both directions are summed."
    ),
    formula=(
        f"sum_j (p_ij + sum_{{q != i,j}} p_iq r_qj)^2, {_Z}, r_qj = z_qj / (z_qi + sum_{{k in N(i)}} z_qk)"
    ),
    source="Burt 1992, eq. 2.4, p. 55; ego-network model of Borgatti 2002 (UCINET)",
    boundaries=COMPLETE,
    undefined=_NO_CONTACT,
    cost="quadratic",
)
def constraint_ego(network: Network) -> Values:
    """Compute Burt's constraint (1992, eq. 2.4) within each ego network; NaN for isolates."""
    return _holes(network).constraint_ego.copy()


@measure(
    name="hierarchy",
    level="actor",
    bounds=SHARE,
    label_en="Hierarchy of constraint",
    label_zh="结构洞等级度",
    definition=(
        "How far the constraint on an actor comes from a single contact: the Coleman-Theil index of disorder of its contacts' constraint, 0 where all "
        f"constrain alike, toward 1 where one does all of it. Set against the number of contacts, so the unit of strength does not matter. {_WHOLE}"
    ),
    formula=f"sum_j x_j ln x_j / (k ln k), x_j = c_ij / (sum_j c_ij / k), c_ij = (p_ij + sum_{{q != i,j}} p_iq p_qj)^2, {_Z}",
    source="Burt 1992, eq. 2.9, p. 71",
    boundaries=COMPLETE,
    undefined=_ONE_CONTACT,
    cost="quadratic",
)
def hierarchy(network: Network) -> Values:
    """Compute Burt's hierarchy (1992, eq. 2.9); NaN for fewer than two contacts."""
    return _holes(network).hierarchy.copy()


@measure(
    name="hierarchy_ego",
    level="actor",
    bounds=SHARE,
    label_en="Hierarchy of constraint, ego network",
    label_zh="结构洞等级度（个体网）",
    definition=(
        "How far the constraint on an actor within its ego network comes from a single contact: 0 where all contacts "
        f"constrain alike, toward 1 where one does all of it. {_EGO}"
    ),
    formula=(
        "sum_j x_j ln x_j / (k ln k), x_j = c_ij / (sum_j c_ij / k), c_ij the parts of constraint in the ego network"
    ),
    source="Burt 1992, eq. 2.9, p. 71; ego-network model of Borgatti 2002 (UCINET)",
    boundaries=COMPLETE,
    undefined=_ONE_CONTACT,
    cost="quadratic",
)
def hierarchy_ego(network: Network) -> Values:
    """Compute Burt's hierarchy within each ego network; NaN for fewer than two contacts."""
    return _holes(network).hierarchy_ego.copy()


def _of_contacts(values: Values, holes: _Holes) -> Values:
    return np.where(holes.degree > 0, values, np.nan)
