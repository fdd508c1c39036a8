"""Changes between waves against hand computation and a comparison pair by pair."""

from dataclasses import replace
from itertools import permutations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from small_networks import edge_network, make_network

from gumflow.contract.errors import GumflowError
from gumflow.measures import waves
from gumflow.measures.registry import all_measures
from gumflow.measures.waves import jaccard_note, measure_change
from gumflow.networks.edges import network_of_edges

TOTALS = (
    "actors_stayed", "actors_joined", "actors_left", "pairs_compared", "pairs_of_movers", "pairs_unobserved", "ties_of_leavers",
    "ties_of_joiners", "ties_uncompared", "ties_persisted", "pairs_untied", "tie_jaccard", "tie_hamming", "tie_hamming_share",
)  # fmt: skip
BY_KIND = ("ties_formed", "ties_dissolved", "formation_rate", "dissolution_rate")
OF_ACTORS = ("partners_gained", "partners_lost", "partners_kept", "partners_kept_share")


def get(table, measure, category=""):
    row = table[(table.measure == measure) & (table.category == category)]
    assert len(row) == 1, (measure, category)
    return row.value.iloc[0]


def random_wave(seed, actors, directed, observed_by, full=False):
    rng = np.random.default_rng(seed)
    names = sorted(rng.choice(actors, 13, replace=False).tolist())
    rows = [
        (a, b, "tie", np.nan)
        for a, b in permutations(names, 2)
        if rng.random() < 0.18
    ]  # fmt: skip
    table = pd.DataFrame({"actor": names, "responded": True if full else rng.random(13) < 0.75})
    table["group"] = rng.choice(["x", "y", ""], 13, p=[0.4, 0.4, 0.2])
    ties = pd.DataFrame(rows, columns=["source", "target", "layer", "strength"])
    network = network_of_edges(ties, table, directed=directed, group_by="group", observed_by=observed_by)
    if full:
        return network
    some = rng.choice(13 * 13, 12, replace=False)
    some = some[some // 13 != some % 13]
    return replace(network, unasked=(some // 13, some % 13))


def as_sets(network):
    """Return ties, observed ordered pairs and groups by name, from the rule in words."""
    names = network.actors.tolist()
    ties = {
        (names[i], names[j]) for i, j in zip(network.source.tolist(), network.target.tolist(), strict=True)
    }
    answered = dict(zip(names, network.responded.tolist(), strict=True))
    unasked = {(names[i], names[j]) for i, j in zip(*(u.tolist() for u in network.unasked), strict=True)}
    told = {
        "sender": lambda a, b: answered[a],
        "receiver": lambda a, b: answered[b],
        "either": lambda a, b: answered[a] or answered[b],
        "both": lambda a, b: answered[a] and answered[b],
    }[network.observed_by]
    seen = {p for p in permutations(names, 2) if p in ties or (told(*p) and p not in unasked)}
    return set(names), ties, seen, dict(zip(names, network.groups.tolist(), strict=True))


def pair_by_pair(earlier, later):
    """Count everything over all pairs, with sets."""
    (v1, x1, s1, group), (v2, x2, s2, _) = as_sets(earlier), as_sets(later)
    directed = earlier.directed
    if not directed:
        s1, s2 = ({p for p in permutations(v, 2) if p in s or p[::-1] in s} for v, s in ((v1, s1), (v2, s2)))

    def units(actors):
        return [p for p in permutations(sorted(actors), 2) if directed or p[0] < p[1]]

    stay = v1 & v2
    compared = [p for p in units(stay) if p in s1 and p in s2]
    flat = nx.Graph(x1)
    flat.add_nodes_from(v1)
    share = {p: bool(set(flat[p[0]]) & set(flat[p[1]])) for p in compared}
    circle = {
        p: "group unknown" if "" in (group[p[0]], group[p[1]])
        else "within a group" if group[p[0]] == group[p[1]] else "between groups"
        for p in compared
    }  # fmt: skip
    kinds = {"": compared}
    for label in ("within a group", "between groups", "group unknown"):
        kinds[label] = [p for p in compared if circle[p] == label]
    kinds["shared partner before"] = [p for p in compared if share[p]]
    kinds["no shared partner before"] = [p for p in compared if not share[p]]
    found = {}
    for label, pairs in kinds.items():
        if not pairs and "partner" not in label and label:
            continue
        formed = sum(p in x2 and p not in x1 for p in pairs)
        gone = sum(p in x1 and p not in x2 for p in pairs)
        before = sum(p in x1 for p in pairs)
        found["ties_formed", label] = formed
        found["ties_dissolved", label] = gone
        found["formation_rate", label] = formed / (len(pairs) - before) if len(pairs) > before else np.nan
        found["dissolution_rate", label] = gone / before if before else np.nan
    kept = sum(p in x1 and p in x2 for p in compared)
    changed = sum((p in x1) != (p in x2) for p in compared)
    totals = {
        "actors_stayed": len(stay), "actors_joined": len(v2 - v1), "actors_left": len(v1 - v2),
        "pairs_compared": len(compared),
        "pairs_of_movers": sum(not set(p) <= stay for p in units(v1 | v2)),
        "pairs_unobserved": sum(p not in s1 or p not in s2 for p in units(stay)),
        "ties_of_leavers": sum(p in x1 and not set(p) <= stay for p in units(v1)),
        "ties_of_joiners": sum(p in x2 and not set(p) <= stay for p in units(v2)),
        "ties_uncompared": sum((p in x1) + (p in x2) for p in units(stay) if p not in compared),
        "ties_persisted": kept, "pairs_untied": len(compared) - kept - changed,
        "tie_jaccard": kept / (kept + changed), "tie_hamming": changed, "tie_hamming_share": changed / len(compared),
    }  # fmt: skip
    found |= {(name, ""): total for name, total in totals.items()}
    dyads = [p for p in permutations(sorted(stay), 2) if p[0] < p[1] and {p, p[::-1]} <= s1 & s2]
    states = ("null", "asymmetric", "mutual")
    for p in dyads if directed else ():
        a, b = ({q for q in (p, p[::-1]) if q in x} for x in (x1, x2))
        turned = len(a) == len(b) == 1 and a != b
        name = f"{states[len(a)]} -> {'reversed' if turned else states[len(b)]}"
        found["dyad_transitions", name] = found.get(("dyad_transitions", name), 0) + 1
    partners = {i: np.zeros(3) if any(i in p for p in dyads) else np.full(3, np.nan) for i in stay}
    for p in dyads:
        a, b = (p in x or p[::-1] in x for x in (x1, x2))
        for i in p:
            partners[i] += (b and not a, a and not b, a and b)
    return found, partners


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("observed_by", ["sender", "receiver", "either", "both"])
def test_changes_agree_with_a_comparison_pair_by_pair(seed, directed, observed_by):
    actors = [f"f{i:02d}" for i in range(17)]
    full = seed % 3 == 0
    earlier = random_wave(seed, actors, directed, observed_by, full)
    later = random_wave(100 + seed, actors, directed, observed_by, full)
    table, changes = measure_change(earlier, later)
    expected, partners = pair_by_pair(earlier, later)
    for (name, category), total in expected.items():
        np.testing.assert_allclose(get(table, name, category), total, err_msg=f"{name} {category}")
    counted = {(row.measure, row.category) for row in table.itertuples() if row.value > 0}
    assert counted <= set(expected)
    possible = expected["pairs_compared", ""] + expected["pairs_unobserved", ""]
    np.testing.assert_allclose(table.coverage, expected["pairs_compared", ""] / possible)
    rows = changes.set_index("actor")
    assert set(rows.index) == set(earlier.actors) | set(later.actors)
    for actor, row in rows.iterrows():
        values = partners.get(actor, np.full(3, np.nan))
        np.testing.assert_array_equal(row[list(OF_ACTORS[:3])].astype(float), values)
        ever = values.sum()
        np.testing.assert_allclose(row.partners_kept_share, values[2] / ever if ever > 0 else np.nan)


def test_two_waves_by_hand():
    earlier = edge_network([(0, 1), (1, 0), (1, 2), (2, 3), (4, 0)], 5)
    later = edge_network([(0, 1), (1, 2), (2, 1), (3, 2)], 4)
    table, changes = measure_change(earlier, later)
    assert get(table, "actors_left") == 1
    assert get(table, "actors_joined") == 0
    assert get(table, "ties_of_leavers") == 1
    assert get(table, "pairs_compared") == 12
    assert get(table, "pairs_of_movers") == 8
    assert get(table, "ties_formed") == 2
    assert get(table, "ties_dissolved") == 2
    assert get(table, "ties_persisted") == 2
    assert get(table, "tie_jaccard") == 1 / 3
    assert get(table, "tie_hamming") == 4
    assert get(table, "formation_rate") == 2 / 8
    assert get(table, "dissolution_rate") == 1 / 2
    assert get(table, "dyad_transitions", "mutual -> asymmetric") == 1
    assert get(table, "dyad_transitions", "asymmetric -> mutual") == 1
    assert get(table, "dyad_transitions", "asymmetric -> reversed") == 1
    assert get(table, "dyad_transitions", "null -> null") == 3
    assert changes.presence.tolist() == ["stayed"] * 4 + ["left"]
    assert changes.partners_kept.tolist()[:4] == [1, 2, 2, 1]
    assert changes[list(OF_ACTORS)].iloc[4].isna().all()


def test_a_network_set_beside_itself_has_not_changed():
    network = random_wave(3, [f"f{i:02d}" for i in range(13)], True, "sender")
    table, changes = measure_change(network, network)
    assert get(table, "tie_jaccard") == 1
    assert get(table, "tie_hamming") == get(table, "ties_formed") == get(table, "ties_dissolved") == 0
    assert changes[["partners_gained", "partners_lost"]].fillna(0).eq(0).all(axis=None)


@pytest.mark.parametrize("seed", range(3))
def test_turning_time_round_swaps_formation_and_dissolution(seed):
    actors = [f"f{i:02d}" for i in range(17)]
    one, other = (random_wave(seed + k, actors, True, "sender") for k in (0, 50))
    there, back = measure_change(one, other)[0], measure_change(other, one)[0]
    assert get(there, "ties_formed") == get(back, "ties_dissolved")
    assert get(there, "tie_jaccard") == get(back, "tie_jaccard")
    for way in ("null -> mutual", "mutual -> asymmetric"):
        assert get(there, "dyad_transitions", way) == get(
            back, "dyad_transitions", " -> ".join(way.split(" -> ")[::-1])
        )


def test_waves_without_a_common_actor_or_tie_are_undefined_not_zero():
    apart = [
        network_of_edges(pd.DataFrame({"source": [a], "target": [b], "layer": "l", "strength": 1.0}))
        for a, b in ("ab", "cd")
    ]
    table, changes = measure_change(*apart)
    assert get(table, "actors_stayed") == get(table, "pairs_compared") == 0
    assert np.isnan(get(table, "tie_jaccard"))
    row = table[table.measure == "tie_jaccard"].iloc[0]
    assert row.withheld == "undefined: no compared pair is tied in either wave"
    assert row.note == ""
    assert changes.presence.tolist() == ["left", "left", "joined", "joined"]


def of_layers(ties, size=5, **given):
    return edge_network(ties, size, **given)


def withheld(table):
    """Return the reasons by measure, and check that they stand where there is no value."""
    assert ((table.withheld != "") == table.value.isna()).all()
    return dict(zip(table.measure, table.withheld, strict=True))


def test_a_layer_without_ties_in_one_wave_is_left_out_and_named():
    advice, later_advice = [(0, 1), (1, 2), (2, 3)], [(0, 1), (3, 2)]
    both = of_layers({"advice": advice, "trust": [(1, 0), (0, 1), (3, 4)]})
    only = of_layers({"advice": later_advice})
    for waves_of, plain in (
        ((both, only), (of_layers({"advice": advice}), only)),
        ((only, both), (only, of_layers({"advice": advice}))),
    ):
        table, changes = measure_change(*waves_of)
        expected, expected_changes = measure_change(*plain)
        # Only ties that are stated in the layer left out are dropped: 0 -> 1 is in both.
        pd.testing.assert_frame_equal(table.drop(columns="note"), expected.drop(columns="note"))
        pd.testing.assert_frame_equal(changes, expected_changes)
        said = "layers left out, of which one of the waves reports no tie: trust"
        for row, plain_row in zip(table.itertuples(), expected.itertuples(), strict=True):
            if row.measure in waves.MEMBERSHIP:
                assert row.note == ""
            else:
                assert row.note == (f"{plain_row.note}; {said}" if plain_row.note else said)


def test_a_pair_that_only_the_tie_of_a_left_out_layer_showed_is_not_compared():
    answers = [True, True, False, True, True]
    with_trust = of_layers({"advice": [(0, 1)], "trust": [(2, 3)]}, responded=answers)
    without = of_layers({"advice": [(0, 1)]}, responded=answers)
    assert get(measure_change(with_trust, with_trust)[0], "pairs_compared") == 17
    assert get(measure_change(with_trust, without)[0], "pairs_compared") == 16


@pytest.mark.parametrize("seed", range(3))
def test_comparing_layers_of_two_waves_is_comparing_the_shared_ones(seed):
    rng = np.random.default_rng(seed)
    pairs = list(permutations(range(8), 2))

    def some():
        return [pairs[k] for k in np.flatnonzero(rng.random(len(pairs)) < 0.25)]

    first, second = ({"a": some(), "b": some(), "c": some()} for _ in range(2))
    one = of_layers({"a": first["a"], "b": first["b"]}, 8, layers=["b", "a"])
    other = of_layers({"a": second["a"], "c": second["c"], "b": second["b"]}, 8)
    table, _ = measure_change(one, other)
    expected, _ = pair_by_pair(one, of_layers({"a": second["a"], "b": second["b"]}, 8))
    for (name, category), total in expected.items():
        np.testing.assert_allclose(get(table, name, category), total, err_msg=f"{name} {category}")
    assert table.loc[table.measure == "ties_formed", "note"].str.endswith("reports no tie: c").all()


@pytest.mark.parametrize("directed", [True, False])
def test_a_layer_with_ties_in_one_wave_only_is_neither_dissolved_nor_formed(directed):
    some, none = (
        of_layers({"trust": arcs}, layers=layers, directed=directed)
        for arcs, layers in (([(0, 1), (1, 2)], None), ([], []))
    )
    end = "whether there is none or nobody was asked is not recorded; it would need one report of such a tie"
    for earlier, later, wave in ((some, none, "later"), (none, some, "earlier")):
        table, changes = measure_change(earlier, later)
        for name, reason in withheld(table).items():
            if name in waves.MEMBERSHIP:
                assert reason == ""
            elif name == "dyad_transitions" and not directed:
                assert reason.startswith("not applicable")
            else:
                assert reason == f"withheld: no tie of trust is reported in the {wave} wave, and {end}"
        assert get(table, "actors_stayed") == 5
        assert (table.note == "").all()
        assert changes.presence.eq("stayed").all()
        assert changes[list(OF_ACTORS)].isna().all(axis=None)


def test_layers_that_follow_one_another_are_not_compared():
    table, _ = measure_change(of_layers({"trust": [(0, 1)]}), of_layers({"advice": [(0, 1)], "": [(1, 2)]}))
    assert withheld(table)["tie_jaccard"].startswith(
        "withheld: no tie of the layer without a name, advice is reported in the earlier wave and no tie of trust is "
        "reported in the later wave, and"
    )


def test_waves_without_any_tie_tell_of_their_actors_only():
    for size in (0, 1, 3):
        empty = edge_network([], size)
        table, changes = measure_change(empty, empty)
        assert get(table, "actors_stayed") == len(changes) == size
        reason = withheld(table)["ties_formed"]
        assert reason.startswith("withheld: no tie of this network is reported in either wave, and whether")


def test_a_wave_without_ties_has_the_directions_of_the_other():
    """Of an empty wave nothing says that its ties would have no direction."""
    flat = of_layers({"trust": [(0, 1), (1, 2)]}, 4, directed=False)
    table, _ = measure_change(of_layers({}, 3, layers=[]), flat)
    assert get(table, "pairs_of_movers") == 3
    assert withheld(table)["dyad_transitions"].startswith("not applicable")


def test_what_waves_cannot_bear_is_withheld_and_said():
    flat = edge_network([(0, 1), (1, 2)], directed=False)
    table, _ = measure_change(flat, flat)
    assert (
        table[table.measure == "dyad_transitions"]
        .withheld.iloc[0]
        .startswith("not applicable: dyad transitions")
    )
    text = edge_network([(0, 1), (1, 2)])
    object.__setattr__(text, "boundary", "text")
    table, changes = measure_change(edge_network([(0, 1)], 3), text)
    assert table.value.isna().all()
    assert table.withheld.str.startswith("withheld: a text").all()
    assert table.withheld.str.endswith("(later wave)").all()
    assert changes[list(OF_ACTORS)].isna().all(axis=None)
    chain = make_network([(0, 1)], network="chain_network")
    assert measure_change(chain, chain)[0].withheld.str.startswith("not applicable: outside").all()


def test_networks_that_are_no_waves_of_one_network_are_refused():
    arcs = [(0, 1), (1, 2)]
    with pytest.raises(GumflowError, match="only the earlier wave of all has directions"):
        measure_change(edge_network(arcs), edge_network(arcs, directed=False))
    with pytest.raises(GumflowError, match="earlier wave is of the network firm and the later of knowledge"):
        measure_change(make_network(arcs), make_network(arcs, network="knowledge"))


def test_the_advice_follows_the_jaccard_index():
    assert jaccard_note(np.nan) == ""
    assert jaccard_note(0.3).startswith("stable enough")
    assert jaccard_note(0.2).startswith("much change")
    assert "hardly" in jaccard_note(0.19)


def test_every_declared_change_has_a_row_or_column():
    declared = {m.name for m in all_measures() if m.function.__module__ == waves.__name__}
    assert declared == {*TOTALS, *BY_KIND, "dyad_transitions", *OF_ACTORS}
    table, changes = measure_change(edge_network([(0, 1)]), edge_network([(0, 1)]))
    assert set(table.measure) | (set(changes.columns) - {"actor", "presence"}) == declared
    assert list(table.columns) == list(waves.CHANGE_COLUMNS)
    assert list(changes.columns) == list(waves.ACTOR_COLUMNS)
