"""A network from any edge list, whatever its layers are called: what `gumflow measure --ties` and `gumflow qap` read."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.networks.building import actor_fields, joint_observer
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
    boolean) and `observed_by` (on whose answer the ties of the layer rest, as `reports.combine_reports` writes it); `actors`, if given, has `actor` and perhaps `kind`, `approached` and `responded` (booleans) and the
    column `group_by`. `layers` are those to take, in their order; all, sorted, if None. `unobserved` are ordered
    pairs of ids of which nothing is known.

    Loops are dropped and counted. `directed` says of all ties whether they have a direction; if None, the column says it
    of each, and without one all have. Rows on one ordered pair are merged, strengths added. The order in which the ends of
    a tie without direction are written says nothing: its rows in one layer, from either side, are one tie of the largest
    strength, and different layers are added. In a network that has both kinds such a tie is two arcs.

    Without a table of actors only those with a tie (in any layer) are known, so an isolate of all layers is not in
    the network. Under the boundary text only actors with a tie in these layers are. Raises `GumflowError` for a
    layer that does not occur and a tie of an actor that the table does not list.
    """
    layers = _known_layers(ties, layers)
    table = _actor_table(ties, actors, group_by)
    chosen = ties[ties["layer"].isin(list(layers))]
    arcs, directed, loops = _arcs_of(chosen, pd.Index(table["actor"]), layers, directed)
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
        observed_by=observed_by or _observer(chosen, directed),
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
    source, target = (
        np.where(back, np.minimum(source, target), source),
        np.where(back, np.maximum(source, target), target),
    )
    once = ~_listed_again((source * len(index) + target) * len(layers) + layer, strength, back)
    repeats = int((~once).sum())
    source, target, strength, layer, back = (
        source[once],
        target[once],
        strength[once],
        layer[once],
        back[once],
    )
    if directed:
        source, target = np.concatenate([source, target[back]]), np.concatenate([target, source[back]])
        strength, layer = np.concatenate([strength, strength[back]]), np.concatenate([layer, layer[back]])
    arcs = merge_arcs(source, target, strength, layer, len(index), len(layers))
    arcs = replace(arcs, merged=arcs.merged + repeats)
    return arcs if directed else _both_ways(arcs), directed, int((~keep).sum())


def _listed_again(
    code: NDArray[np.int64], strength: NDArray[np.float64], back: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mark ties without direction of a pair and layer (`code`) that another one, stronger or as strong, stands for."""
    code = 2 * code + back
    order = np.lexsort((-strength, code))
    again = np.zeros(len(code), dtype=bool)
    again[order[1:]] = code[order[1:]] == code[order[:-1]]
    return again & back


def _observer(ties: pd.DataFrame, directed: bool) -> ObservedBy:
    if "observed_by" in ties.columns and len(ties):
        return joint_observer(ties)
    return "sender" if directed else "either"


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


def _both_ways(arcs: Arcs) -> Arcs:
    """Make each tie two arcs, sorted."""
    source, target = np.concatenate([arcs.source, arcs.target]), np.concatenate([arcs.target, arcs.source])
    order = np.lexsort((target, source))
    strength, layers = np.tile(arcs.strength, 2), np.tile(arcs.layers, (2, 1))
    return Arcs(source[order], target[order], strength[order], layers[order], arcs.merged)


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
