"""What binds two tied actors: return, layers, third parties, and how far apart they were without the tie.

A dyad measure takes a `Network` and returns one float64 for each row of `tied_pairs(network)`: the unordered pairs with a tie in
any direction. "Collapsed" means that directions are disregarded: two actors are partners if either is tied to the other.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.measures.detours import bridges, common, longer_detours
from gumflow.measures.registry import (
    COMPLETE,
    OUTSIDE_NOT_ASKED,
    SHARE,
    measure,
    measures_at,
    withheld_reason,
)
from gumflow.networks.graph import Network, adjacency, once_per_network
from gumflow.networks.layers import BOUNDARIES
from gumflow.networks.observation import fully_observed, is_observed

if TYPE_CHECKING:
    from scipy import sparse

Values = NDArray[np.float64]
Indices = NDArray[np.int64]

PAIR_COLUMNS = ("actor_a", "actor_b", "a_to_b", "b_to_a", "strength_ab", "strength_ba", "tie_kind")
LARGEST_PAIR_TABLE = 500
LARGEST_DETOUR = 10_000


class _Pairs(NamedTuple):
    """Ends (a < b) of the tied pairs, sorted, and the arc of each direction (index, -1 if there is none)."""

    a: Indices
    b: Indices
    ab: Indices
    ba: Indices


def tied_pairs(network: Network) -> pd.DataFrame:
    """Return the pairs with a tie in any direction, one row each, sorted; actor_a stands before actor_b in `network.actors`.

    Columns: actor_a, actor_b; a_to_b and b_to_a, 1 tied, 0 not tied, NaN not observed; strength_ab and strength_ba, 0 where
    there is no tie, NaN where not observed; tie_kind `within` or `between` the groups of the network, empty if a
    group is unknown. In a network without directions both directions are the tie.
    """
    pairs = _pairs(network)
    there, back = _tied(network, pairs.a, pairs.b, pairs.ab), _tied(network, pairs.b, pairs.a, pairs.ba)
    strength = np.append(network.strength, 0.0)
    return pd.DataFrame(
        {
            "actor_a": pd.Series(network.actors[pairs.a], dtype="str"),
            "actor_b": pd.Series(network.actors[pairs.b], dtype="str"),
            "a_to_b": there,
            "b_to_a": back,
            "strength_ab": np.where(np.isnan(there), np.nan, strength[pairs.ab]),
            "strength_ba": np.where(np.isnan(back), np.nan, strength[pairs.ba]),
            "tie_kind": pd.Series(tie_kind(network, pairs.a, pairs.b), dtype="str"),
        }
    )


def measure_dyads(network: Network) -> pd.DataFrame:
    """Return `tied_pairs` with one float64 column for each declared dyad measure, in the order of declaration.

    A measure that the network cannot bear (`registry.withheld_reason`) is NaN throughout.
    """
    table = tied_pairs(network)
    for declared in measures_at("dyad"):
        given = withheld_reason(declared, network) is None
        table[declared.name] = declared.function(network) if given else np.full(len(table), np.nan)
    return table


def pair_table(network: Network) -> pd.DataFrame:
    """Return all ordered pairs of distinct actors, tied or not: how far apart, and through whom.

    Columns: source, target; observed; tied (1, 0, NaN if not observed); distance, the ties on the shortest directed path, NaN if there
    is none; shared_partners, actors that are partners of both, directions collapsed; brokers_between, actors x with
    source -> x -> target; tie_kind as in `tied_pairs`. Ties that were not observed are on no path.

    Raises `GumflowError` for more than 500 actors, whose pairs are more than a table can show.
    """
    n = network.size
    if n > LARGEST_PAIR_TABLE:
        raise GumflowError(
            f"the table of all pairs is made for up to {LARGEST_PAIR_TABLE} actors and this network has {n}; "
            "read the tied pairs, or take a part of the network"
        )
    source, target = np.nonzero(~np.eye(n, dtype=bool))
    matrix = adjacency(network)
    dense, partners = matrix.toarray(), _collapsed(network).toarray()
    observed = is_observed(network, source, target)
    length = _distances(matrix)[source, target] if n else np.empty(0)
    return pd.DataFrame(
        {
            "source": pd.Series(network.actors[source], dtype="str"),
            "target": pd.Series(network.actors[target], dtype="str"),
            "observed": observed,
            "tied": np.where(observed, dense[source, target], np.nan),
            "distance": np.where(np.isfinite(length), length, np.nan),
            "shared_partners": (partners @ partners)[source, target],
            "brokers_between": (dense @ dense)[source, target],
            "tie_kind": pd.Series(tie_kind(network, source, target), dtype="str"),
        }
    )


def tie_kind(network: Network, one: Indices, other: Indices) -> NDArray[np.str_]:
    """Say of pairs of actors, given as indices, whether they are `within` or `between` groups; empty if unknown."""
    first, second = network.groups[one], network.groups[other]
    kind = np.where(first == second, "within", "between")
    return np.where((first == "") | (second == ""), "", kind)


@measure(
    name="reciprocated",
    level="dyad",
    bounds=SHARE,
    scale="flag",
    label_en="Reciprocated",
    label_zh="互惠关系",
    definition=(
        "1 if the pair is tied in both directions, 0 if in one. Advice, orders or loans that run both ways are exchange between "
        "equals more often than those that run one way."
    ),
    formula="A[a,b] A[b,a]",
    source="Wasserman and Faust 1994, ch. 13",
    boundaries=COMPLETE,
    cost="linear",
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
    reads="observed",
    undefined="whether the tie is returned was not observed",
)
def reciprocated(network: Network) -> Values:
    """Say of each tied pair whether both directions are tied; NaN where one direction was not observed."""
    pairs = _pairs(network)
    return _tied(network, pairs.a, pairs.b, pairs.ab) * _tied(network, pairs.b, pairs.a, pairs.ba)


@measure(
    name="multiplexity",
    level="dyad",
    label_en="Multiplexity",
    label_zh="关系多重性",
    definition=(
        "Number of layers in which the pair is tied in any direction; firms that trade, share staff and meet socially are bound threefold."
    ),
    formula="#{l: A_l[a,b] + A_l[b,a] > 0}",
    source="Verbrugge 1979; Battiston, Nicosia and Latora 2014 (edge overlap), directions collapsed",
    boundaries=BOUNDARIES,
    cost="linear",
)
def multiplexity(network: Network) -> Values:
    """Count the layers in which each tied pair is tied in any direction."""
    return pair_layers(network).sum(axis=1).astype(np.float64)


@measure(
    name="shared_partners",
    level="dyad",
    label_en="Shared partners",
    label_zh="共同伙伴数",
    definition=(
        "Number of actors that are partners of both, directions collapsed; third parties before whom the two keep their word."
    ),
    formula="sum_x B[a,x] B[x,b], B = A or A'",
    source="Hunter 2007 (edgewise shared partners), directions collapsed",
    boundaries=COMPLETE,
    cost="quadratic",
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
)
@once_per_network
def shared_partners(network: Network) -> Values:
    """Count the partners that the two of each tied pair have in common, directions collapsed."""
    partners, pairs = _collapsed(network), _pairs(network)
    return _locked(common(partners, partners, pairs.a, pairs.b))


@measure(
    name="simmelian",
    level="dyad",
    bounds=SHARE,
    scale="flag",
    label_en="Simmelian tie",
    label_zh="齐美尔关系",
    definition=(
        "1 if the pair is tied in both directions and both are tied in both directions to a common third, 0 if not; without "
        "directions, 1 if the pair has a shared partner. A third party binds the two to the norms of a circle."
    ),
    formula="M[a,b] [sum_x M[a,x] M[x,b] > 0], M = A and A'",
    source="Krackhardt 1998; Krackhardt 1999",
    boundaries=COMPLETE,
    cost="quadratic",
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    undefined="whether the tie is returned was not observed",
)
def simmelian(network: Network) -> Values:
    """Say which pairs are reciprocated and in a clique of three reciprocated ties (Krackhardt 1998)."""
    return reciprocated(network) * (_mutual_thirds(network) > 0)


@measure(
    name="two_paths_ab",
    level="dyad",
    label_en="Two-paths from a to b",
    label_zh="经一个中间人从a到b的路径数",
    definition="Number of actors x through whom the first of the pair reaches the second in two steps, a -> x -> b.",
    formula="sum_x A[a,x] A[x,b]",
    source="Wasserman and Faust 1994, ch. 4; Gould and Fernandez 1989",
    boundaries=COMPLETE,
    cost="quadratic",
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
)
def two_paths_ab(network: Network) -> Values:
    """Count the actors x with a -> x -> b."""
    return _two_paths(network)[0]


@measure(
    name="two_paths_ba",
    level="dyad",
    label_en="Two-paths from b to a",
    label_zh="经一个中间人从b到a的路径数",
    definition="Number of actors x through whom the second of the pair reaches the first in two steps, b -> x -> a.",
    formula="sum_x A[b,x] A[x,a]",
    source="Wasserman and Faust 1994, ch. 4; Gould and Fernandez 1989",
    boundaries=COMPLETE,
    cost="quadratic",
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    directed_only=True,
)
def two_paths_ba(network: Network) -> Values:
    """Count the actors x with b -> x -> a."""
    return _two_paths(network)[1]


@measure(
    name="brokers_between",
    level="dyad",
    label_en="Brokers between",
    label_zh="居间者数",
    definition=(
        "Number of actors that stand between the two as the only intermediary in at least one direction, a -> x -> b or b -> x -> a; an actor "
        "that does in both counts once. Without directions these are the shared partners."
    ),
    formula="#{x: A[a,x] A[x,b] + A[b,x] A[x,a] > 0}",
    source="Gould and Fernandez 1989 (two-paths), for tied pairs too",
    boundaries=COMPLETE,
    cost="quadratic",
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
)
def brokers_between(network: Network) -> Values:
    """Count the distinct actors on a directed path of two ties from a to b or from b to a."""
    there, back = _two_paths(network)
    # An actor on both paths is tied to and from both, which is what a common reciprocated third is.
    return there + back - _mutual_thirds(network)


@measure(
    name="detour_length",
    level="dyad",
    label_en="Shortest detour",
    label_zh="最短绕行距离",
    definition=(
        "Number of ties between the two on the shortest path that does not use their own tie, directions collapsed: how far apart they would be if it were "
        "cut. 2 if they share a partner; from 3 on the tie is a local bridge of that span, and news that crosses it would travel far."
    ),
    formula="dist(a,b) in B without {a,b}, B = A or A'",
    source="Granovetter 1973 (local bridge of degree n)",
    boundaries=COMPLETE,
    cost="paths",
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    largest=LARGEST_DETOUR,
    undefined="the tie is a bridge: without it no path joins the two",
)
@once_per_network
def detour_length(network: Network) -> Values:
    """Measure the shortest collapsed path between the two of each tied pair without their tie; NaN for a bridge."""
    pairs = _pairs(network)
    lengths = np.where(shared_partners(network) > 0, 2.0, np.nan)
    rest = np.isnan(lengths) & ~bridges(network.size, pairs.a, pairs.b)
    if rest.any():
        lengths[rest] = longer_detours(_collapsed(network), pairs.a[rest], pairs.b[rest])
    return _locked(lengths)


@once_per_network
def pair_layers(network: Network) -> NDArray[np.bool_]:
    """Say of each tied pair (row of `tied_pairs`) in which layers it is tied in any direction; read-only."""
    pairs = _pairs(network)
    none = np.zeros((1, len(network.layers)), dtype=bool)
    layers = np.concatenate([network.arc_layers, none])
    joined = layers[pairs.ab] | layers[pairs.ba]
    joined.setflags(write=False)
    return joined


def pair_ends(network: Network) -> tuple[Indices, Indices]:
    """Return the indices into `network.actors` of the two ends of each row of `tied_pairs`."""
    pairs = _pairs(network)
    return pairs.a, pairs.b


@once_per_network
def _pairs(network: Network) -> _Pairs:
    n, forward = network.size, network.source < network.target
    code = np.where(forward, network.source * n + network.target, network.target * n + network.source)
    unordered, row = np.unique(code, return_inverse=True)
    ab, ba = np.full((2, len(unordered)), -1, dtype=np.int64)
    arcs = np.arange(network.arcs)
    ab[row[forward]] = arcs[forward]
    ba[row[~forward]] = arcs[~forward]
    pairs = _Pairs(unordered // max(n, 1), unordered % max(n, 1), ab, ba)
    for array in pairs:
        array.setflags(write=False)
    return pairs


def _tied(network: Network, source: Indices, target: Indices, arc: Indices) -> Values:
    """Say of ordered pairs with their arc (-1 if none) whether they are tied; NaN where not observed."""
    tied = (arc >= 0).astype(np.float64)
    if not fully_observed(network):
        none = np.flatnonzero(arc < 0)
        tied[none[~is_observed(network, source[none], target[none])]] = np.nan
    return tied


def _locked(values: Values) -> Values:
    values.setflags(write=False)
    return values


@once_per_network
def _collapsed(network: Network) -> "sparse.csr_array":
    """Return B = A or A', n x n, ones."""
    matrix = adjacency(network)
    both = (matrix + matrix.T).tocsr()
    both.data[:] = 1.0
    both.sort_indices()
    return both


@once_per_network
def _two_paths(network: Network) -> tuple[Values, Values]:
    pairs, out = _pairs(network), adjacency(network)
    into = out.T.tocsr()
    there, back = common(out, into, pairs.a, pairs.b), common(out, into, pairs.b, pairs.a)
    return _locked(there), _locked(back)


@once_per_network
def _mutual_thirds(network: Network) -> Values:
    """Count for each tied pair the actors tied in both directions to both."""
    pairs, out = _pairs(network), adjacency(network)
    mutual = out.multiply(out.T.tocsr()).tocsr()
    return _locked(common(mutual, mutual, pairs.a, pairs.b))


def _distances(matrix: "sparse.csr_array") -> Values:
    from scipy.sparse.csgraph import shortest_path

    lengths: Values = shortest_path(matrix, directed=True, unweighted=True)
    return lengths
