"""From the tidy actors and ties of one cluster and wave to one of its networks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.networks.graph import NO_PAIRS, Arcs, Network, merge_arcs
from gumflow.networks.layers import BOUNDARIES, LAYERS, NETWORKS, PIPELINE_LAYERS, NetworkKind, ObservedBy
from gumflow.networks.roster import unasked_pairs, with_responses

ACTOR_COLUMNS = ("actor", "kind", "inside")
TIE_COLUMNS = ("source", "target", "layer", "directed", "state", "strength")


def build_network(
    actors: pd.DataFrame,
    ties: pd.DataFrame,
    network: str,
    boundary: str,
    states: Sequence[str] = ("achieved",),
    *,
    roster: pd.DataFrame | None = None,
    group_by: str = "kind",
    seed: int = 0,
) -> Network:
    """Build one of the five networks, or that of a single layer, from the tidy actors and ties of one cluster and wave.

    An undirected tie becomes two arcs, each of its strength. Ties on one ordered pair are merged: strengths
    are added, a missing strength counting 1. Loops are dropped and counted. Places of the cluster are no
    actors; a place abroad stands for the unnamed partners there and may end a pipeline. Under a census,
    roster or sample every actor inside the cluster is in the network, tied or not; under `text` only actors
    with a tie are, since a text lists ties, not actors. Outside actors enter the chain network, with a tie in
    it, and no other. `group_by` names the column of actors that group measures read. `roster` says who was asked and
    answered; without it a census is taken as answered by all, and of a roster it is not known. A column
    `observed_by` of the ties says on whose answer they rest (`layers.ObservedBy`).

    Raises `GumflowError` for an unknown network, boundary or layer, an actor that is repeated or unknown, a
    strength that is not positive, and tables of more than one cluster or wave.
    """
    kind = _network_kind(network)
    _check(actors, ties, network, boundary)
    if roster is not None:
        actors = with_responses(actors, roster)
    actors = actors.sort_values("actor", kind="stable")
    names = actors["actor"].to_numpy(dtype=str)
    inside = actors["inside"].to_numpy(dtype=bool)
    kinds = actors["kind"].to_numpy(dtype=str)
    local_place = inside & (kinds == "place")
    chosen = ties[ties["layer"].isin(kind.layers) & ties["state"].isin(list(states))]
    arcs, dropped = _entering(chosen, names, inside, local_place, kind)
    tied = np.zeros(len(names), dtype=bool)
    tied[arcs.source] = tied[arcs.target] = True
    member = tied if boundary == "text" else tied | (inside & ~np.isin(kinds, ["place", "person"]))
    position = np.cumsum(member) - 1
    observed_by = joint_observer(chosen)
    return Network(
        name=network,
        boundary=boundary,
        actors=names[member],
        kinds=kinds[member],
        inside=inside[member],
        source=position[arcs.source].astype(np.int64),
        target=position[arcs.target].astype(np.int64),
        strength=arcs.strength,
        layers=kind.layers,
        arc_layers=arcs.layers,
        merged_ties=arcs.merged,
        **dropped,
        leaves_cluster=kind.leaves_cluster,
        **actor_fields(actors, member, group_by, boundary),
        observed_by=observed_by,
        unasked=unasked_pairs(roster, names[member], observed_by) if roster is not None else NO_PAIRS,
        seed=seed,
    )


def _entering(
    ties: pd.DataFrame,
    names: NDArray[np.str_],
    inside: NDArray[np.bool_],
    local_place: NDArray[np.bool_],
    kind: NetworkKind,
) -> tuple[Arcs, dict[str, Any]]:
    """Return the arcs of the network and count the ties left out, each by one reason: a place, an end outside, a loop."""
    index = pd.Index(names)
    source, target = index.get_indexer(ties["source"]), index.get_indexer(ties["target"])
    place = local_place[source] | local_place[target]
    outside = ~place & ~(inside[source] & inside[target]) & (not kind.leaves_cluster)
    loop = (source == target) & ~place & ~outside
    keep = ~(place | outside | loop)
    arcs = _arcs_of(ties[keep], source[keep], target[keep], len(names), kind.layers)
    counts = {"places_dropped": place, "outside_dropped": outside, "loops_dropped": loop}
    return arcs, {name: int(which.sum()) for name, which in counts.items()}


def actor_fields(
    actors: pd.DataFrame, member: NDArray[np.bool_], group_by: str, boundary: str
) -> dict[str, Any]:
    """Return the fields of `Network` on groups and answers for the rows of `actors` that are members."""

    def flag(column: str) -> NDArray[np.bool_]:
        if column not in actors.columns:
            return np.ones(int(member.sum()), dtype=bool)
        return actors[column].to_numpy(dtype=bool)[member]

    return {
        "groups": actors[group_by].astype("str").fillna("").to_numpy(dtype=str)[member],
        "group_by": group_by,
        "approached": flag("approached"),
        "responded": flag("responded"),
        "response_known": boundary != "roster" or "responded" in actors.columns,
    }


def joint_observer(ties: pd.DataFrame) -> ObservedBy:
    """Join the layers: that a pair is tied in none of them is told by all whose answers tell it of each.

    Where one layer was asked of senders and another of receivers it takes both; where either end tells of one layer, the
    end that tells of the other is enough.
    """
    sides = set(ties["observed_by"]) - {"either"} if "observed_by" in ties.columns else set()
    return sides.pop() if len(sides) == 1 else "both" if sides else "either"


def _arcs_of(
    ties: pd.DataFrame, source: NDArray[np.intp], target: NDArray[np.intp], size: int, layers: tuple[str, ...]
) -> Arcs:
    back = ~ties["directed"].to_numpy(dtype=bool)
    strength = ties["strength"].astype("float64").fillna(1.0).to_numpy()
    layer = pd.Index(layers).get_indexer(ties["layer"])
    return merge_arcs(
        np.concatenate([source, target[back]]),
        np.concatenate([target, source[back]]),
        np.concatenate([strength, strength[back]]),
        np.concatenate([layer, layer[back]]),
        size,
        len(layers),
    )


def _network_kind(network: str) -> NetworkKind:
    if network in NETWORKS:
        return NETWORKS[network]
    if network not in LAYERS:
        raise GumflowError(f"network is {network!r}; allowed: {', '.join((*NETWORKS, *LAYERS))}")
    layer = LAYERS[network]
    return NetworkKind(layer.name, layer.label_en, layer.label_zh, (layer.name,), network in PIPELINE_LAYERS)


def _check(actors: pd.DataFrame, ties: pd.DataFrame, network: str, boundary: str) -> None:
    if boundary not in BOUNDARIES:
        raise GumflowError(f"boundary is {boundary!r}; allowed: {', '.join(BOUNDARIES)}")
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
