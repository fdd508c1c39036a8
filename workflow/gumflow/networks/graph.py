"""From tidy actors and ties to one directed, valued network without loops or repeated ties.

The question answered: who is tied to whom in the cluster, and how strongly, when only achieved ties count.
Two numbers are kept apart on every tie because one cannot stand for the other: `strength` (more is closer;
PageRank and constraint read it) and `length` = 1 / strength (more is farther; weighted paths read it).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.networks.layers import BOUNDARIES, LAYERS, NETWORKS, NetworkKind

if TYPE_CHECKING:
    import igraph as ig
    from scipy import sparse

# igraph and scipy are imported where they are used: whoever only reads the declarations does not wait for them.
_T = TypeVar("_T")

ACTOR_COLUMNS = ("actor", "kind", "inside")
TIE_COLUMNS = ("source", "target", "layer", "directed", "state", "strength")


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
    outside_dropped: int
    places_dropped: int

    def __post_init__(self) -> None:
        """Lock the arrays, since results that rest on them are remembered."""
        arrays = (self.actors, self.kinds, self.inside, self.source, self.target, self.strength)
        for array in (*arrays, self.arc_layers):
            array.setflags(write=False)

    @property
    def size(self) -> int:
        """Number of actors."""
        return len(self.actors)

    @property
    def arcs(self) -> int:
        """Number of ordered pairs that are tied."""
        return len(self.source)


def build_network(
    actors: pd.DataFrame,
    ties: pd.DataFrame,
    network: str,
    boundary: str,
    states: Sequence[str] = ("achieved",),
) -> Network:
    """Build one of the five networks from the tidy actors and ties of one cluster and wave.

    An undirected tie becomes two arcs, each of its strength. Ties on one ordered pair are merged: strengths
    are added, a missing strength counting 1. Loops are dropped and counted. Places of the cluster are no
    actors; a place abroad stands for the unnamed partners there and may end a pipeline. Under a census,
    roster or sample every actor inside the cluster is in the network, tied or not; under `text` only actors
    with a tie are, since a text lists ties, not actors. Outside actors enter the chain network, with a tie in
    it, and no other.

    Raises `GumflowError` for an unknown network, boundary or layer, an actor that is repeated or unknown, a
    strength that is not positive, and tables of more than one cluster or wave.
    """
    kind = _network_kind(network)
    if boundary not in BOUNDARIES:
        raise GumflowError(f"boundary is {boundary!r}; allowed: {', '.join(BOUNDARIES)}")
    _check_tables(actors, ties, network)
    actors = actors.sort_values("actor", kind="stable")
    names = actors["actor"].to_numpy(dtype=str)
    inside = actors["inside"].to_numpy(dtype=bool)
    local_place = inside & (actors["kind"].to_numpy(dtype=str) == "place")

    chosen = ties[ties["layer"].isin(kind.layers) & ties["state"].isin(list(states))]
    index = pd.Index(names)
    source, target = index.get_indexer(chosen["source"]), index.get_indexer(chosen["target"])
    leaves = ~(inside[source] & inside[target])
    at_place = local_place[source] | local_place[target]
    loop = source == target
    outside_dropped = ~at_place & leaves & (not kind.leaves_cluster)
    keep = ~(at_place | outside_dropped | loop)

    arcs = _merge_arcs(chosen[keep], source[keep], target[keep], len(names), kind.layers)
    tied = np.zeros(len(names), dtype=bool)
    tied[arcs.source] = tied[arcs.target] = True
    member = tied if boundary == "text" else tied | (inside & ~local_place)
    position = np.cumsum(member) - 1
    return Network(
        name=network,
        boundary=boundary,
        actors=names[member],
        kinds=actors["kind"].to_numpy(dtype=str)[member],
        inside=inside[member],
        source=position[arcs.source].astype(np.int64),
        target=position[arcs.target].astype(np.int64),
        strength=arcs.strength,
        layers=kind.layers,
        arc_layers=arcs.layers,
        loops_dropped=int((loop & ~at_place & ~outside_dropped).sum()),
        merged_ties=arcs.merged,
        outside_dropped=int(outside_dropped.sum()),
        places_dropped=int(at_place.sum()),
    )


@dataclass(frozen=True)
class _Arcs:
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    strength: NDArray[np.float64]
    layers: NDArray[np.bool_]
    merged: int


def _merge_arcs(
    ties: pd.DataFrame,
    source: NDArray[np.intp],
    target: NDArray[np.intp],
    size: int,
    layers: tuple[str, ...],
) -> _Arcs:
    back = ~ties["directed"].to_numpy(dtype=bool)
    strength = ties["strength"].astype("float64").fillna(1.0).to_numpy()
    layer = pd.Index(layers).get_indexer(ties["layer"])
    code = np.concatenate([source * size + target, (target * size + source)[back]]).astype(np.int64)
    strength = np.concatenate([strength, strength[back]])
    layer = np.concatenate([layer, layer[back]])
    # Strength breaks ties in the order so that a sum of floats does not depend on the order of the rows.
    order = np.lexsort((strength, code))
    pair, start, place = np.unique(code[order], return_index=True, return_inverse=True)
    mask = np.zeros((len(pair), len(layers)), dtype=bool)
    mask[place, layer[order]] = True
    return _Arcs(
        source=pair // max(size, 1),
        target=pair % max(size, 1),
        strength=np.add.reduceat(strength[order], start) if len(pair) else np.empty(0),
        layers=mask,
        merged=len(code) - len(pair),
    )


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


def _network_kind(network: str) -> NetworkKind:
    if network not in NETWORKS:
        raise GumflowError(f"network is {network!r}; allowed: {', '.join(NETWORKS)}")
    return NETWORKS[network]


def _check_tables(actors: pd.DataFrame, ties: pd.DataFrame, network: str) -> None:
    for what, table, needed in (("actors", actors, ACTOR_COLUMNS), ("ties", ties, TIE_COLUMNS)):
        missing = [column for column in needed if column not in table.columns]
        if missing:
            raise GumflowError(
                f"{what}: the table lacks the columns {', '.join(missing)}; {network} cannot be built"
            )
        empty = [column for column in needed if column != "strength" and table[column].isna().any()]
        if empty:
            raise GumflowError(f"{what}: empty cells in {', '.join(empty)}; fill them in")
        for column in ("study", "cluster", "wave"):
            if column in table.columns and len(table[column].unique()) > 1:
                raise GumflowError(
                    f"{what}: rows of several values of {column}; give one cluster and wave at a time"
                )
    repeated = actors.loc[actors["actor"].duplicated(), "actor"]
    if len(repeated):
        raise GumflowError(f"actors: {_some(repeated)} stand more than once; keep one row for each actor")
    for end in ("source", "target"):
        unknown = ties.loc[~ties[end].isin(actors["actor"]), end]
        if len(unknown):
            raise GumflowError(
                f"ties: {end} {_some(unknown)} not among the actors; add a row to actors or mend the name"
            )
    strange = ties.loc[~ties["layer"].isin(list(LAYERS)), "layer"]
    if len(strange):
        raise GumflowError(f"ties: layer {_some(strange)} unknown; allowed: {', '.join(LAYERS)}")
    strength = ties["strength"].astype("float64")
    wrong = strength.notna() & ~((strength > 0) & np.isfinite(strength))
    if wrong.any():
        first = ties[wrong].iloc[0]
        raise GumflowError(
            f"ties: the strength of {first['source']} - {first['target']} ({first['layer']}) is "
            f"{first['strength']}; a strength is above 0, or empty if it was not said"
        )


def _some(values: pd.Series, most: int = 5) -> str:
    distinct = sorted({str(value) for value in values})
    more = f" and {len(distinct) - most} more" if len(distinct) > most else ""
    return ", ".join(repr(value) for value in distinct[:most]) + more
