"""A network from any edge list, whatever its layers are called: what `gumflow measure --ties` and `gumflow qap` read."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.networks.building import actor_fields
from gumflow.networks.graph import Arcs, Network, merge_arcs
from gumflow.networks.layers import ObservedBy


def network_of_edges(
    ties: pd.DataFrame,
    actors: pd.DataFrame | None = None,
    *,
    name: str = "all",
    layers: Sequence[str] | None = None,
    directed: bool | None = None,
    boundary: str = "census",
    group_by: str = "",
    observed_by: ObservedBy | None = None,
    unobserved: Sequence[tuple[str, str]] = (),
    seed: int = 0,
) -> Network:
    """Build the network of some layers of an edge list; every actor of the list or of the actor table is in it.

    `ties` has source, target (text), layer (text), strength (a number; empty counts 1) and perhaps `directed` (a
    boolean); `actors`, if given, has `actor` and perhaps `kind`, `approached` and `responded` (booleans) and the
    column `group_by`. `layers` are those to take, in their order; all, sorted, if None. `unobserved` are ordered
    pairs of ids of which nothing is known.

    Loops are dropped and counted; rows on one ordered pair are merged, strengths added. `directed` says of all ties
    whether they have a direction; if None, the column says it of each, and without one all have. A tie without
    direction is two arcs. In a network without directions a - b and b - a are the same tie, listed from both
    sides: the larger strength stands.

    Without a table of actors only those with a tie (in any layer) are known, so an isolate of all layers is not in
    the network. Under the boundary text only actors with a tie in these layers are. Raises `GumflowError` for a
    layer that does not occur and a tie of an actor that the table does not list.
    """
    layers = _known_layers(ties, layers)
    table = _actor_table(ties, actors, group_by)
    arcs, directed, loops = _arcs_of(
        ties[ties["layer"].isin(list(layers))], pd.Index(table["actor"]), layers, directed
    )
    member = np.full(len(table), boundary != "text")
    member[arcs.source] = member[arcs.target] = True
    position = np.cumsum(member) - 1
    size = int(member.sum())
    return Network(
        name=name,
        boundary=boundary,
        actors=table["actor"].to_numpy(dtype=str)[member],
        kinds=table["kind"].fillna("").to_numpy(dtype=str)[member],
        inside=np.ones(size, dtype=bool),
        source=position[arcs.source].astype(np.int64),
        target=position[arcs.target].astype(np.int64),
        strength=arcs.strength,
        layers=layers,
        arc_layers=arcs.layers,
        loops_dropped=loops,
        merged_ties=arcs.merged,
        directed=directed,
        **actor_fields(table, member, group_by or "kind", boundary),
        observed_by=observed_by or ("sender" if directed else "either"),
        unasked=_pairs(unobserved, table["actor"].to_numpy(dtype=str)[member]),
        seed=seed,
    )


def _arcs_of(
    ties: pd.DataFrame, index: pd.Index, layers: tuple[str, ...], directed: bool | None
) -> tuple[Arcs, bool, int]:
    """Return the arcs of ties, whether they have directions, and how many loops were dropped."""
    back = ~_directed(ties, directed)
    if directed is None:
        # Without ties nothing says that they have no direction.
        directed = not len(back) or not back.all()
    source, target = index.get_indexer(ties["source"]), index.get_indexer(ties["target"])
    keep = source != target
    source, target, ties, back = source[keep], target[keep], ties[keep], back[keep]
    strength = ties["strength"].astype("float64").fillna(1.0).to_numpy()
    layer = pd.Index(layers).get_indexer(ties["layer"])
    if directed:
        source, target = np.concatenate([source, target[back]]), np.concatenate([target, source[back]])
        strength, layer = np.concatenate([strength, strength[back]]), np.concatenate([layer, layer[back]])
    arcs = merge_arcs(source, target, strength, layer, len(index), len(layers))
    return arcs if directed else _without_direction(arcs, len(index)), directed, int((~keep).sum())


def _known_layers(ties: pd.DataFrame, layers: Sequence[str] | None) -> tuple[str, ...]:
    present = sorted(set(ties["layer"]))
    unknown = [layer for layer in layers or () if layer not in present]
    if unknown:
        raise GumflowError(
            f"no tie has the layer {', '.join(map(repr, unknown))}; there are: {', '.join(map(repr, present))}"
        )
    return tuple(layers if layers is not None else present)


def _directed(ties: pd.DataFrame, directed: bool | None) -> NDArray[np.bool_]:
    if directed is None and "directed" in ties.columns:
        return ties["directed"].to_numpy(dtype=bool)
    return np.full(len(ties), directed is not False)


def _without_direction(arcs: Arcs, size: int) -> Arcs:
    """Make each arc two, of the larger strength and all layers of the two directions."""
    code = np.concatenate([arcs.source * size + arcs.target, arcs.target * size + arcs.source])
    pair, place = np.unique(code, return_inverse=True)
    strength = np.zeros(len(pair))
    np.maximum.at(strength, place, np.tile(arcs.strength, 2))
    layers = np.zeros((len(pair), arcs.layers.shape[1]), dtype=bool)
    np.logical_or.at(layers, place, np.tile(arcs.layers, (2, 1)))
    return Arcs(pair // max(size, 1), pair % max(size, 1), strength, layers, arcs.merged)


def _pairs(
    pairs: Sequence[tuple[str, str]], names: NDArray[np.str_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    index = pd.Index(names)
    ends = [index.get_indexer(pd.Index([pair[side] for pair in pairs], dtype="str")) for side in (0, 1)]
    known = (ends[0] >= 0) & (ends[1] >= 0) & (ends[0] != ends[1])
    distinct = np.unique(np.stack(ends)[:, known], axis=1).astype(np.int64)
    return distinct[0], distinct[1]


def _actor_table(ties: pd.DataFrame, actors: pd.DataFrame | None, group_by: str) -> pd.DataFrame:
    tied = sorted(set(ties["source"]) | set(ties["target"]))
    if actors is None:
        if group_by:
            raise GumflowError(f"the group {group_by!r} needs a table of actors that has this column")
        table = pd.DataFrame({"actor": pd.Series(tied, dtype="str")})
    else:
        missing = sorted(set(tied) - set(actors["actor"]))
        if missing:
            some = ", ".join(repr(name) for name in missing[:5]) + (
                f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            )
            raise GumflowError(f"actors: {some} of the ties not listed; add a row for each, or mend the ids")
        if group_by and group_by not in actors.columns:
            raise GumflowError(
                f"actors: there is no column {group_by!r}; there are: {', '.join(actors.columns)}"
            )
        repeated = sorted(set(actors.loc[actors["actor"].duplicated(), "actor"]))
        if repeated:
            raise GumflowError(f"actors: {repeated[0]!r} stands more than once; keep one row for each actor")
        table = actors.sort_values("actor", kind="stable").reset_index(drop=True)
    return (
        table if "kind" in table.columns else table.assign(kind=pd.Series("", index=table.index, dtype="str"))
    )
