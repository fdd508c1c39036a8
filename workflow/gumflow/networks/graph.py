"""From tidy actors and ties to one directed, valued network without loops or repeated ties.

The question answered: who is tied to whom in the cluster, and how strongly, when only achieved ties count.
Two numbers are kept apart on every tie because one cannot stand for the other: `strength` (more is closer;
PageRank and constraint read it) and `length` = 1 / strength (more is farther; weighted paths read it).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gumflow.networks.layers import ObservedBy

if TYPE_CHECKING:
    import igraph as ig
    from scipy import sparse

# igraph and scipy are imported where they are used: whoever only reads the declarations does not wait for them.
_T = TypeVar("_T")

_NO_TEXT, _NO_FLAG = np.empty(0, dtype=str), np.empty(0, dtype=bool)
NO_PAIRS = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Network:
    """One directed network of one cluster and wave.

    Arrays are read-only. An arc is an ordered pair of actors that is tied; arcs are sorted by both ends.

        name, boundary   the network (`layers.NETWORKS`); how its actors were chosen (`layers.BOUNDARIES`)
        actors           ids, sorted; with `kinds` and `inside` (belongs to the cluster), one for each actor
        source, target   indices into `actors`; with `strength` (summed), one for each arc
        layers           layers of the network; `arc_layers` masks (arcs x layers) where the arc was stated
        merged_ties      arcs that repeated an ordered pair and were added to it
        loops_dropped    ties from an actor (or a class of actors) to itself
        outside_dropped  ties with an end outside the cluster, which only the chain network holds
        places_dropped   ties with an end at a place of the cluster, which is no actor
        directed         whether ties have a direction; if not, each is two arcs of its strength
        leaves_cluster   whether outside actors may be in it
        groups, group_by a partition of the actors (empty where it is not known) and what it is by: kinds, if not given
        approached       which actors were asked; `responded` which of them answered; `response_known` is False
                         under a roster of which nobody noted who did
        observed_by      whose answer tells whether i -> j is tied: that of i (sender), of j (receiver), of either or of both
        unasked          (source, target) of the ordered pairs that were not asked although an answer was given
        seed             where the random streams of measures on this network start
    """

    name: str
    boundary: str
    actors: NDArray[np.str_]
    kinds: NDArray[np.str_]
    inside: NDArray[np.bool_]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    strength: NDArray[np.float64]
    layers: tuple[str, ...]
    arc_layers: NDArray[np.bool_]
    loops_dropped: int
    merged_ties: int
    outside_dropped: int = 0
    places_dropped: int = 0
    directed: bool = True
    leaves_cluster: bool = False
    groups: NDArray[np.str_] = field(default_factory=lambda: _NO_TEXT)
    group_by: str = "kind"
    approached: NDArray[np.bool_] = field(default_factory=lambda: _NO_FLAG)
    responded: NDArray[np.bool_] = field(default_factory=lambda: _NO_FLAG)
    response_known: bool = True
    observed_by: ObservedBy = "either"
    unasked: tuple[NDArray[np.int64], NDArray[np.int64]] = NO_PAIRS
    seed: int = 0

    def __post_init__(self) -> None:
        """Fill in what was left out, and lock the arrays, since results that rest on them are remembered."""
        if len(self.groups) != self.size:
            object.__setattr__(self, "groups", self.kinds.copy())
        for flag in ("approached", "responded"):
            if len(getattr(self, flag)) != self.size:
                object.__setattr__(self, flag, np.ones(self.size, dtype=bool))
        arrays = (self.actors, self.kinds, self.inside, self.source, self.target, self.strength)
        for array in (*arrays, self.arc_layers, self.groups, self.responded, self.approached, *self.unasked):
            array.setflags(write=False)

    @property
    def size(self) -> int:
        """Number of actors."""
        return len(self.actors)

    @property
    def arcs(self) -> int:
        """Number of ordered pairs that are tied."""
        return len(self.source)

    @property
    def response_rate(self) -> float:
        """Share of the actors that were asked who answered; 1 if none was asked."""
        asked = self.responded[self.inside & self.approached]
        return float(asked.mean()) if len(asked) else 1.0


@dataclass(frozen=True)
class Arcs:
    """Distinct ordered pairs, sorted, with summed strength, layers (arcs x layers), and how many were merged."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    strength: NDArray[np.float64]
    layers: NDArray[np.bool_]
    merged: int


def merge_arcs(
    source: NDArray[np.intp],
    target: NDArray[np.intp],
    strength: NDArray[np.float64],
    layer: NDArray[np.intp],
    size: int,
    layers: int,
) -> Arcs:
    """Merge arcs on one ordered pair: strengths are added, layers joined.

    The first four arrays give one arc each, ends as indices below `size`, layer as an index below `layers`.
    """
    code = (source * size + target).astype(np.int64)
    # Strength breaks ties in the order so that a sum of floats does not depend on the order of the rows.
    order = np.lexsort((strength, code))
    pair, start, place = np.unique(code[order], return_index=True, return_inverse=True)
    mask = np.zeros((len(pair), layers), dtype=bool)
    mask[place, layer[order]] = True
    return Arcs(
        source=pair // max(size, 1),
        target=pair % max(size, 1),
        strength=np.add.reduceat(strength[order], start) if len(pair) else np.empty(0),
        layers=mask,
        merged=len(code) - len(pair),
    )


def distinct(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each code once, sorted; `np.unique` hashes, which takes five to twenty times as long."""
    ordered = np.sort(codes)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def to_igraph(network: Network) -> "ig.Graph":
    """Return a new directed igraph graph: vertices carry `name`, edges carry `strength` and `length`.

    Both are Python floats: igraph 1.0 silently ignores an attribute of numpy integers or float32 in
    constraint and PageRank, and attributes keep the type they were given.
    """
    import igraph as ig

    graph = ig.Graph(
        n=network.size,
        edges=np.column_stack([network.source, network.target]).tolist(),
        directed=True,
    )
    strength = np.asarray(network.strength, dtype=np.float64)
    graph.vs["name"] = network.actors.tolist()
    graph.es["strength"] = strength.tolist()
    graph.es["length"] = (1.0 / strength).tolist()
    return graph


def adjacency(network: Network) -> "sparse.csr_array":
    """Return the binary matrix A (n x n, float64): A[i, j] = 1 if i is tied to j."""
    from scipy import sparse

    shape = (network.size, network.size)
    ones = np.ones(network.arcs)
    return sparse.csr_array((ones, (network.source, network.target)), shape=shape, dtype=np.float64)


def once_per_network(function: Callable[[Network], _T]) -> Callable[[Network], _T]:
    """Remember what `function` returned for a network while the network lives; do not change it."""
    remembered: WeakKeyDictionary[Network, _T] = WeakKeyDictionary()

    @wraps(function)
    def remembering(network: Network) -> _T:
        if network not in remembered:
            remembered[network] = function(network)
        return remembered[network]

    return remembering


@once_per_network
def shared_graph(network: Network) -> "ig.Graph":
    """Return `to_igraph` of a network, made once for all measures; do not change it."""
    return to_igraph(network)
