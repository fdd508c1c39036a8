"""What a drawing of a governance network holds: which actors, which lines between them, and what is drawn as one.

The text names a dozen countries as rivals of one cluster; drawn one by one they would hide the bodies that govern it. Places outside that
have the very same ties share a node whose label names them all, and ties of one group and state on one pair share a line.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.present.wording import LAYER_GROUPS, STATES

# Between two lines of one pair: how much more the next one bends.
BEND_STEP = 0.22


class Line(NamedTuple):
    """One line of the drawing: all ties of one group and state on one pair (numbers of nodes), whichever way they run.

    `to_source` and `to_target` tell which ends have an arrow head; an undirected tie alone has none.
    """

    source: int
    target: int
    group: str
    state: str
    to_source: bool
    to_target: bool
    bend: float


class Content(NamedTuple):
    """The nodes (actor, kind, place, members: the actors of one node), the lines, and how many ties are not drawn."""

    nodes: pd.DataFrame
    lines: list[Line]
    left_out: int


def network_content(actors: pd.DataFrame, ties: pd.DataFrame) -> Content:
    """Return what is drawn of one cluster; raise `GumflowError` for an unknown state.

    Ties of layers of no governance group and ties without two known actors are left out and counted. The order of the rows does not
    matter.
    """
    unknown = sorted(set(ties["state"]) - STATES.keys())
    if unknown:
        raise GumflowError(f"ties have the state {unknown[0]!r}; allowed: {', '.join(STATES)}")
    group = ties["layer"].map(LAYER_GROUPS)
    ids = set(actors["actor"])
    drawn = group.notna() & ties["source"].isin(ids) & ties["target"].isin(ids)
    kept = ties[drawn].assign(group=group[drawn])
    named = actors[actors["actor"].isin({*kept["source"], *kept["target"]})]
    named = named.drop_duplicates("actor").sort_values("actor", kind="stable").reset_index(drop=True)
    rows = [
        (str(r.source), str(r.target), str(r.group), str(r.state), bool(int(r.directed)))
        for r in kept.itertuples()
    ]
    shared = _share_places(named, rows)
    firsts = [actor for actor in named["actor"] if shared[actor] == actor]
    number = {actor: firsts.index(first) for actor, first in shared.items()}
    members: list[list[int]] = [[] for _ in firsts]
    for i, actor in enumerate(named["actor"]):
        members[number[actor]].append(i)
    nodes = named[named["actor"].isin(firsts)].reset_index(drop=True)
    nodes["members"] = pd.Series([named.loc[m, "actor"].tolist() for m in members], dtype=object)
    return Content(nodes, _lines(rows, number), int((~drawn).sum()))


def _share_places(named: pd.DataFrame, rows: Sequence[tuple[str, str, str, str, bool]]) -> dict[str, str]:
    """Return for each actor the one whose node it shares: the first of the outside places with equal ties, else itself."""
    outside = set(named.loc[(named["kind"] == "place") & (named["place"] != "local"), "actor"])
    ties: dict[str, set[tuple[str, str, str, int]]] = {actor: set() for actor in outside}
    for source, target, group, state, directed in rows:
        if source in outside:
            ties[source].add((target, group, state, 1 if directed else 0))
        if target in outside:
            ties[target].add((source, group, state, -1 if directed else 0))
    first: dict[frozenset[tuple[str, str, str, int]], str] = {}
    return {
        actor: first.setdefault(frozenset(ties[actor]), actor) if actor in outside else actor
        for actor in named["actor"]
    }


def _lines(rows: Sequence[tuple[str, str, str, str, bool]], number: Mapping[str, int]) -> list[Line]:
    """Merge the ties of one pair, group and state into one line, and fan out the lines of one pair."""
    heads: dict[tuple[int, int, str, str], set[int]] = {}
    open_ended = set()
    for source, target, group, state, directed in rows:
        low, high = sorted((number[source], number[target]))
        key = (low, high, group, state)
        heads.setdefault(key, set())
        if directed:
            heads[key].add(number[target])
        else:
            open_ended.add(key)
    pairs: dict[tuple[int, int], list[tuple[int, int, str, str]]] = {}
    for key in sorted(heads):
        pairs.setdefault(key[:2], []).append(key)
    lines = []
    for (low, high), keys in pairs.items():
        for i, key in enumerate(keys):
            bend = (i - (len(keys) - 1) / 2) * BEND_STEP if low != high else float(i)
            # An undirected tie runs both ways: beside a directed one it has to show.
            both = key in open_ended and bool(heads[key])
            ends = (both or low in heads[key], both or high in heads[key])
            lines.append(Line(low, high, *key[2:], *ends, bend))
    return lines
