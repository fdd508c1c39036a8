"""What changed between two waves of one network: who came and went, which ties were formed, kept and dissolved.

An actor that is not in the network of a wave is absent, not an isolate: its pairs are out of comparison and counted apart. Over
the actors present in both waves only pairs observed in both are compared. The units of comparison are ordered pairs, or
unordered pairs in a network without directions.

A layer that has no tie at all in one of the waves is left out: whether there was none or nobody was asked is not recorded, and
its ties would pass for wholly formed or dissolved.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.measures.detours import among
from gumflow.measures.dyads import tie_kind
from gumflow.measures.registry import COMPLETE, get_measure, measure, withheld_reason
from gumflow.measures.wave_pairs import (
    Compared,
    SharedLayers,
    compare,
    compared_with,
    count_pairs,
    everybody,
    observed,
    shared_layers,
    tie_codes,
    tied_dyads,
)
from gumflow.networks.graph import Network, adjacency

Flags = NDArray[np.bool_]

CHANGE_COLUMNS = ("measure", "category", "value", "n", "coverage", "withheld", "note")
ACTOR_COLUMNS = (
    "actor",
    "presence",
    "partners_gained",
    "partners_lost",
    "partners_kept",
    "partners_kept_share",
)
GROUP_CATEGORIES = {"within": "within a group", "between": "between groups", "": "group unknown"}
CLOSURE_CATEGORIES = ("shared partner before", "no shared partner before")
MEMBERSHIP = ("actors_stayed", "actors_joined", "actors_left", "pairs_of_movers")
"""Changes that rest on who is in the network and not on its ties."""
DYAD_STATES = ("null", "asymmetric", "mutual")
_OUTSIDE = (
    "outside actors are in the chain network of a wave only if tied, so one that is missing need not have left; read it on the "
    "networks inside the cluster"
)


class _Row(NamedTuple):
    measure: str
    category: str
    value: float
    n: int
    note: str = ""
    withheld: str = ""


def measure_change(earlier: Network, later: Network) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare two waves of one network; return the changes of the network and those of each actor.

    The first table is long: measure; category (empty for all pairs; else a kind of pair or a transition, named
    "before -> after" in `dyad_transitions`); value; n, the pairs or actors that the value rests on; coverage, the share of the pairs of
    actors present in both waves that was observed in both; withheld, why there is no value; note.

    Only layers that have ties in both waves are compared; the note names those left out. If there are none, all is
    withheld but `MEMBERSHIP`.

    The second has a row for each actor of either wave: presence (stayed, joined, left); partners_gained, partners_lost and partners_kept over the
    pairs that were observed in both directions in both waves, directions collapsed; partners_kept_share, kept over kept, gained and lost.
    All are NaN for actors that joined or left, and throughout where the data cannot bear the measure.

    Groups and shared partners are those of the earlier wave. Raises `GumflowError` if the two are not waves of
    one network.
    """
    _check(earlier, later)
    layers = shared_layers(*_alike_in_direction(earlier, later))
    earlier, later = layers.earlier, layers.later
    compared = compare(earlier, later)
    n_pairs = count_pairs(compared, everybody(compared))
    possible = compared.earlier.size * (compared.earlier.size - 1) // (1 if earlier.directed else 2)
    rows = [
        *_membership(earlier, later, compared, n_pairs, possible),
        *_ties(compared, n_pairs),
        *_by_group(compared, n_pairs),
        *_by_closure(earlier, compared, n_pairs),
        *_transitions(compared),
    ]
    table = pd.DataFrame([_explained(layers, row) for row in rows], columns=list(_Row._fields))
    table["coverage"] = n_pairs / possible if possible else math.nan
    table = table[list(CHANGE_COLUMNS)]
    text = dict.fromkeys(("measure", "category", "withheld", "note"), "str")
    return table.astype(text | {"value": "float64", "n": "int64"}), _actor_change(layers, compared)


def no_tie_reason(lacking: Mapping[str, Sequence[str]]) -> str:
    """Say why changes are withheld, from the layers of which a wave, so named (such as "wave 2004"), reports no tie."""
    told = " and ".join(
        f"no tie of {', '.join(name or 'the layer without a name' for name in layers)} is reported in {wave}"
        for wave, layers in lacking.items()
        if layers
    )
    return (
        f"withheld: {told or 'no tie of this network is reported in either wave'}, and whether there is none or nobody was "
        "asked is not recorded; it would need one report of such a tie"
    )


def jaccard_note(jaccard: float) -> str:
    """Say in words what a Jaccard index of two waves means for models of gradual change (Snijders et al. 2010)."""
    if math.isnan(jaccard):
        return ""
    if jaccard >= 0.3:
        return "stable enough to be read as gradual change (Jaccard of 0.3 or more)"
    if jaccard >= 0.2:
        return "much change between the waves (Jaccard below 0.3); models of gradual change may be hard to estimate"
    return (
        "so much change that the waves can hardly be read as one network evolving gradually (Jaccard below 0.2), unless the network "
        "grew strongly from few ties"
    )


def _check(earlier: Network, later: Network) -> None:
    if earlier.name != later.name:
        raise GumflowError(
            f"the earlier wave is of the network {earlier.name} and the later of {later.name}; compare two waves of one network"
        )
    if earlier.directed != later.directed and earlier.arcs and later.arcs:
        which = "earlier" if earlier.directed else "later"
        raise GumflowError(
            f"only the {which} wave of {earlier.name} has directions; read both waves as directed or both as undirected"
        )


def _alike_in_direction(earlier: Network, later: Network) -> tuple[Network, Network]:
    """Read a wave without ties, of which nothing says whether they have a direction, as the other."""
    if earlier.directed == later.directed:
        return earlier, later
    directed = earlier.directed if earlier.arcs else later.directed
    return replace(earlier, directed=directed), replace(later, directed=directed)


def _membership(
    earlier: Network, later: Network, compared: Compared, n_pairs: int, possible: int
) -> list[_Row]:
    stayed = compared.earlier.size
    joined, left = later.size - stayed, earlier.size - stayed
    all_actors = stayed + joined + left
    with_movers = all_actors * (all_actors - 1) // (1 if earlier.directed else 2) - possible
    inner = len(tie_codes(compared.earlier)), len(tie_codes(compared.later))
    counts = {
        "actors_stayed": (stayed, all_actors),
        "actors_joined": (joined, all_actors),
        "actors_left": (left, all_actors),
        "pairs_compared": (n_pairs, n_pairs),
        "pairs_of_movers": (with_movers, with_movers),
        "pairs_unobserved": (possible - n_pairs, possible),
        "ties_of_leavers": (len(tie_codes(earlier)) - inner[0], len(tie_codes(earlier))),
        "ties_of_joiners": (len(tie_codes(later)) - inner[1], len(tie_codes(later))),
        "ties_uncompared": (sum(inner) - len(compared.before) - len(compared.after), sum(inner)),
    }
    return [_Row(name, "", float(value), n) for name, (value, n) in counts.items()]


def _ties(compared: Compared, n_pairs: int) -> list[_Row]:
    before, after = compared.before, compared.after
    kept = len(np.intersect1d(before, after, assume_unique=True))
    either = len(before) + len(after) - kept
    jaccard = _share(kept, either)
    changed = either - kept
    return [
        *_tie_rows("", n_pairs, len(before), len(after), kept),
        _Row("ties_persisted", "", float(kept), len(before)),
        _Row("pairs_untied", "", float(n_pairs - either), n_pairs),
        _Row("tie_jaccard", "", jaccard, either, jaccard_note(jaccard)),
        _Row("tie_hamming", "", float(changed), n_pairs),
        _Row("tie_hamming_share", "", _share(changed, n_pairs), n_pairs),
    ]


def _tie_rows(category: str, pairs: int, before: int, after: int, kept: int) -> list[_Row]:
    """Return what was formed and dissolved among some compared pairs, and as shares of those that could be."""
    untied = pairs - before
    return [
        _Row("ties_formed", category, float(after - kept), untied),
        _Row("ties_dissolved", category, float(before - kept), before),
        _Row("formation_rate", category, _share(after - kept, untied), untied),
        _Row("dissolution_rate", category, _share(before - kept, before), before),
    ]


def _by_group(compared: Compared, n_pairs: int) -> list[_Row]:
    earlier, n = compared.earlier, max(compared.earlier.size, 1)
    known = earlier.groups != ""
    group = np.where(known, pd.factorize(earlier.groups)[0], -1)
    inner = count_pairs(compared, group)
    among_known = count_pairs(compared, np.where(known, 0, -1))
    pairs = {"within": inner, "between": among_known - inner, "": n_pairs - among_known}
    ties = (
        compared.before,
        compared.after,
        np.intersect1d(compared.before, compared.after, assume_unique=True),
    )
    kinds = [tie_kind(earlier, codes // n, codes % n) for codes in ties]
    rows = []
    for kind, label in GROUP_CATEGORIES.items():
        before, after, kept = (int((found == kind).sum()) for found in kinds)
        if pairs[kind]:
            rows += _tie_rows(label, pairs[kind], before, after, kept)
    return rows


def _by_closure(earlier: Network, compared: Compared, n_pairs: int) -> list[_Row]:
    """Compare pairs that shared a partner in the earlier wave, also one that left since, with pairs that did not."""
    part, n = compared.earlier, max(compared.earlier.size, 1)
    matrix = adjacency(earlier)
    partners = ((matrix + matrix.T) > 0).astype(np.float64)
    place = pd.Index(part.actors).get_indexer(pd.Index(earlier.actors))
    stayed = partners[np.flatnonzero(place >= 0)[np.argsort(place[place >= 0])]]
    shared = (stayed @ stayed.T).tocoo()
    one, other = shared.row.astype(np.int64), shared.col.astype(np.int64)
    unit = (one != other) & (part.directed | (one < other))
    one, other = one[unit], other[unit]
    seen = observed(part, one, other) & observed(compared.later, one, other)
    close = np.sort(one[seen] * n + other[seen])
    ties = (
        compared.before,
        compared.after,
        np.intersect1d(compared.before, compared.after, assume_unique=True),
    )
    near = [int(among(codes, close).sum()) for codes in ties]
    far = [len(codes) - count for codes, count in zip(ties, near, strict=True)]
    with_partner, without = CLOSURE_CATEGORIES
    return [*_tie_rows(with_partner, len(close), *near), *_tie_rows(without, n_pairs - len(close), *far)]


def _transitions(compared: Compared) -> list[_Row]:
    if not compared.earlier.directed:
        return [_Row("dyad_transitions", "", math.nan, 0)]
    dyads = tied_dyads(compared)
    total = count_pairs(compared, everybody(compared), dyads=True)
    state_before, state_after = (ab.astype(int) + ba for ab, ba in (dyads.before, dyads.after))
    turned = (state_before == 1) & (state_after == 1) & (dyads.before[0] != dyads.after[0])
    rows = []
    for i, first in enumerate(DYAD_STATES):
        for j, second in enumerate(DYAD_STATES):
            moved = (state_before == i) & (state_after == j) & ~turned
            count = int(moved.sum()) if i or j else total - len(dyads.one)
            rows.append(_Row("dyad_transitions", f"{first} -> {second}", float(count), total))
    rows.append(_Row("dyad_transitions", "asymmetric -> reversed", float(turned.sum()), total))
    return rows


def _actor_change(layers: SharedLayers, compared: Compared) -> pd.DataFrame:
    earlier, later = layers.earlier, layers.later
    names = np.union1d(earlier.actors, later.actors)
    here = np.isin(names, earlier.actors), np.isin(names, later.actors)
    presence = np.where(here[0] & here[1], "stayed", np.where(here[1], "joined", "left"))
    table = pd.DataFrame(
        {"actor": pd.Series(names, dtype="str"), "presence": pd.Series(presence, dtype="str")}
    ).reindex(columns=list(ACTOR_COLUMNS))
    changes = _partner_changes(compared)
    for name in ACTOR_COLUMNS[2:]:
        values = np.full(len(names), np.nan)
        if not _reason(layers, name):
            values[here[0] & here[1]] = changes[name]
        table[name] = values
    return table


def _partner_changes(compared: Compared) -> dict[str, NDArray[np.float64]]:
    dyads, n = tied_dyads(compared), compared.earlier.size
    before, after = dyads.before[0] | dyads.before[1], dyads.after[0] | dyads.after[1]
    seen = compared_with(compared, everybody(compared), dyads=True) > 0
    ends = np.concatenate([dyads.one, dyads.other])

    def count(which: Flags) -> NDArray[np.float64]:
        found = np.bincount(ends, weights=np.tile(which, 2), minlength=n)
        return np.where(seen, found, np.nan)

    gained, lost, kept = count(after & ~before), count(before & ~after), count(before & after)
    ever = gained + lost + kept
    share = np.divide(kept, ever, out=np.full(n, np.nan), where=ever > 0)
    return {
        "partners_gained": gained,
        "partners_lost": lost,
        "partners_kept": kept,
        "partners_kept_share": share,
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _reason(layers: SharedLayers, name: str) -> str:
    for wave, network in (("earlier", layers.earlier), ("later", layers.later)):
        reason = withheld_reason(name, network)
        if reason:
            return f"{reason} ({wave} wave)"
    if layers.shared or name in MEMBERSHIP:
        return ""
    return no_tie_reason({"the earlier wave": layers.only_later, "the later wave": layers.only_earlier})


def _explained(layers: SharedLayers, row: _Row) -> _Row:
    reason = _reason(layers, row.measure)
    if reason:
        return row._replace(value=math.nan, note="", withheld=reason)
    left_out = sorted({*layers.only_earlier, *layers.only_later})
    if left_out and row.measure not in MEMBERSHIP:
        said = f"layers left out, of which one of the waves reports no tie: {', '.join(left_out)}"
        row = row._replace(note="; ".join(filter(None, (row.note, said))))
    if math.isnan(row.value):
        return row._replace(withheld=f"undefined: {get_measure(row.measure).undefined}")
    return row


_SOURCE = "Snijders, van de Bunt and Steglich 2010"
_COMPOSITION = "Huisman and Snijders 2003 (composition change)"
_UNITS = "Ties are arcs, or pairs if ties have no direction."
_EACH = "Given for all pairs; within, between and outside known groups of the earlier wave; and by whether the two shared a partner in it."
_LAYERS = "Only layers that have ties in both waves are read."
_NO_UNTIED = "every compared pair was tied in the earlier wave"
_NO_TIE = "no compared pair was tied in the earlier wave"
_CHANGES: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("actors_stayed", "Actors in both waves", "两期均在的主体数", "Number of actors in the network in both waves.",
     "|V1 and V2|", _COMPOSITION, ""),
    ("actors_joined", "Actors that joined", "新进入的主体数", "Number of actors in the later wave only; entry of firms, not of ties.",
     "|V2 - V1|", _COMPOSITION, ""),
    ("actors_left", "Actors that left", "退出的主体数", "Number of actors in the earlier wave only; exit of firms, not of ties.",
     "|V1 - V2|", _COMPOSITION, ""),
    ("pairs_compared", "Pairs compared", "可比较的主体对数",
     f"Number of pairs of actors in both waves that were observed in both. {_UNITS}", "N", _SOURCE, ""),
    ("pairs_of_movers", "Pairs with an absent actor", "含进入或退出主体的对数",
     "Number of pairs of all actors of either wave in which at least one joined or left; they are not compared.",
     "u(u-1) - s(s-1), u all actors, s stayed; half of it without directions", _COMPOSITION, ""),
    ("pairs_unobserved", "Pairs not observed in both waves", "至少一期未观测的主体对数",
     "Number of pairs of actors in both waves that were not observed in one of them; they are not compared.", "s(s-1) - N", _SOURCE, ""),
    ("ties_of_leavers", "Ties of actors that left", "退出主体的原有关系数",
     f"Number of ties of the earlier wave with an actor that left: lost by exit, not dissolved. {_UNITS}", "#{ij in X1: i or j left}", _COMPOSITION, ""),
    ("ties_of_joiners", "Ties of actors that joined", "新进入主体的关系数",
     f"Number of ties of the later wave with an actor that joined: gained by entry, not formed by others. {_UNITS}",
     "#{ij in X2: i or j joined}", _COMPOSITION, ""),
    ("ties_uncompared", "Ties not observed in the other wave", "另一期未观测的关系数",
     f"Number of ties between actors of both waves, in one wave, whose pair was not observed in the other. {_UNITS}", "#{ij in X1 or X2: not in N}", _SOURCE, ""),
    ("ties_formed", "Ties formed", "新建立的关系数", f"Number of compared pairs that were untied and are tied. {_EACH}", "n01", _SOURCE, ""),
    ("ties_dissolved", "Ties dissolved", "消失的关系数", f"Number of compared pairs that were tied and are not. {_EACH}", "n10", _SOURCE, ""),
    ("formation_rate", "Formation rate", "关系形成率", f"Ties formed as a share of the compared pairs untied in the earlier wave. {_EACH}",
     "n01 / (n00 + n01)", _SOURCE, _NO_UNTIED),
    ("dissolution_rate", "Dissolution rate", "关系消失率", f"Ties dissolved as a share of the compared pairs tied in the earlier wave. {_EACH}",
     "n10 / (n10 + n11)", _SOURCE, _NO_TIE),
    ("ties_persisted", "Ties persisted", "延续的关系数", "Number of compared pairs that are tied in both waves.", "n11", _SOURCE, ""),
    ("pairs_untied", "Pairs untied in both waves", "两期均无关系的对数", "Number of compared pairs that are tied in neither wave.", "n00", _SOURCE, ""),
    ("tie_jaccard", "Jaccard index of two waves", "两期关系的Jaccard指数",
     "Ties persisted as a share of the ties of either wave, over compared pairs. Models of gradual change want .3 or more; below .2 the change is "
     "hardly gradual, unless the network grew strongly.", "n11 / (n01 + n10 + n11)", _SOURCE, "no compared pair is tied in either wave"),
    ("tie_hamming", "Hamming distance of two waves", "两期关系的汉明距离", "Number of compared pairs whose tie was formed or dissolved.",
     "n01 + n10", f"Hamming 1950; {_SOURCE}", ""),
    ("tie_hamming_share", "Hamming distance, share of pairs", "两期关系的汉明距离（占比）",
     "Hamming distance as a share of the compared pairs.", "(n01 + n10) / N", f"Hamming 1950; {_SOURCE}", "no pair can be compared"),
    ("dyad_transitions", "Dyad transitions", "二元关系状态转移",
     "Number of dyads observed both ways in both waves by their state (null, asymmetric, mutual) before and after; an asymmetric dyad that turned round is "
     "counted as reversed.", "#{dyads: state 1 -> state 2}", "Wasserman and Faust 1994, ch. 13; Snijders 2005", ""),
)  # fmt: skip
_ACTOR_CHANGES = (
    ("partners_gained", "Partners gained", "新增伙伴数", "Number of actors present in both waves that became partners.", ""),
    ("partners_lost", "Partners lost", "失去伙伴数", "Number of actors present in both waves that ceased to be partners.", ""),
    ("partners_kept", "Partners kept", "保持伙伴数", "Number of actors that are partners in both waves.", ""),
    ("partners_kept_share", "Share of partners kept", "伙伴保持率", "Partners kept as a share of those kept, gained and lost.",
     "; it had no partner in either wave"),
)  # fmt: skip
for _name, _en, _zh, _definition, _formula, _from, _undefined in _CHANGES:
    measure(
        name=_name,
        level="cluster",
        label_en=_en,
        label_zh=_zh,
        definition=_definition if _name in MEMBERSHIP else f"{_definition} {_LAYERS}",
        formula=_formula,
        source=_from,
        boundaries=COMPLETE,
        cost="quadratic" if _definition.endswith(_EACH) else "linear",
        scope="inside",
        why_not_elsewhere=_OUTSIDE,
        directed_only=_name == "dyad_transitions",
        reads="observed",
        undefined=_undefined,
    )(measure_change)
for _name, _en, _zh, _definition, _undefined in _ACTOR_CHANGES:
    measure(
        name=_name,
        level="count",
        label_en=_en,
        label_zh=_zh,
        definition=f"{_definition} Over dyads observed both ways in both waves, directions collapsed. {_LAYERS}",
        formula="kept / (kept + gained + lost)"
        if _name.endswith("share")
        else "#{j: B1[i,j], B2[i,j]}, B = A or A'",
        source=_SOURCE,
        boundaries=COMPLETE,
        cost="linear",
        scope="inside",
        why_not_elsewhere=_OUTSIDE,
        reads="observed",
        undefined=f"the actor joined or left, or none of its pairs can be compared{_undefined}",
    )(measure_change)
