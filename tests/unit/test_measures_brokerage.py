"""Structural holes: Burt's definitions by hand and by loops, networkx, and ego networks cut out one by one."""

import math

import networkx as nx
import numpy as np
import pytest
from small_networks import as_networkx, edge_network, make_network, random_arcs

from gumflow.measures import brokerage, centrality
from gumflow.measures.registry import get_measure, measures_at, withheld_reason

SEEDS = range(5)
MINE = [m for m in measures_at("actor") if m.function.__module__ == brokerage.__name__]
# Networks up to this size look ties up in a table; tests drive both ways of looking up.
WAYS = pytest.mark.parametrize("table", [0, 2_000])


def of(name, network):
    return get_measure(name).function(network)


def burt_by_loops(arcs, size, ego, among=None):
    """Return contacts' constraint, effective size and contacts of one actor, by Burt's sums over dictionaries."""
    z = {}
    for a, b, s in arcs:
        if among is None or (a in among and b in among):
            z.setdefault(a, {}).setdefault(b, 0.0)
            z.setdefault(b, {}).setdefault(a, 0.0)
            z[a][b] += s
            z[b][a] += s
    contacts = sorted(z.get(ego, {}))
    p = {i: {j: value / sum(row.values()) for j, value in row.items()} for i, row in z.items()}
    held = {
        j: (p[ego][j] + sum(p[ego][q] * p[q].get(j, 0) for q in contacts if q != j)) ** 2 for j in contacts
    }
    size_of = sum(
        1 - sum(p[ego][q] * z[j].get(q, 0) / max(z[j].values()) for q in contacts if q != j) for j in contacts
    )
    return held, size_of, contacts


def effective_size_by_networkx(graph, actors):
    """Compute it actor by actor and for actors that send ties: networkx 3.6 gives others NaN.

    For all actors at once it divides the tie of j to q by the strongest tie of q, where Burt has that of j.
    """
    return nx.effective_size(graph, [i for i in actors if graph.out_degree(i)], weight="strength")


def coleman_theil(held):
    n, mean = len(held), sum(held.values()) / len(held)
    return sum(c / mean * math.log(c / mean) for c in held.values()) / (n * math.log(n))


@WAYS
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("directed", [True, False])
def test_both_versions_agree_with_burts_sums_on_cut_out_ego_networks(monkeypatch, table, seed, directed):
    monkeypatch.setattr(brokerage, "_LARGEST_TABLE", table)
    monkeypatch.setattr(brokerage, "_WEDGES_AT_ONCE", [25, 500_000][seed % 2])
    arcs, size = random_arcs(seed)
    network = edge_network(arcs, size, directed=directed)
    graph = as_networkx(arcs, size).to_undirected()
    if not directed:
        # A tie listed from both sides is one, of the larger strength, and is told both ways.
        larger: dict[tuple[int, int], float] = {}
        for a, b, w in arcs:
            larger[min(a, b), max(a, b)] = max(w, larger.get((min(a, b), max(a, b)), 0.0))
        arcs = [(*ends, w) for (a, b), w in larger.items() for ends in ((a, b), (b, a))]
    values = {m.name: m.function(network) for m in MINE}
    for i in range(size):
        around = {i, *graph.neighbors(i)}
        for suffix, among in (("", None), ("_ego", around)):
            held, effective, contacts = burt_by_loops(arcs, size, i, among)
            assert values["ego_size"][i] == len(contacts)
            expected = {
                f"effective_size{suffix}": effective,
                f"efficiency{suffix}": effective / max(len(contacts), 1),
            }
            expected[f"constraint{suffix}"] = sum(held.values())
            if len(contacts) > 1:
                expected[f"hierarchy{suffix}"] = coleman_theil(held)
            else:
                assert math.isnan(values[f"hierarchy{suffix}"][i])
            got = values | {"constraint": centrality.constraint(network)}
            for name, value in expected.items():
                assert got[name][i] == pytest.approx(
                    value if contacts else math.nan, nan_ok=True, abs=1e-12
                ), name


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_network_version_agrees_with_networkx(seed):
    arcs, size = random_arcs(seed)
    network, graph = make_network(arcs, size), as_networkx(arcs, size)
    expected = effective_size_by_networkx(graph, graph)
    np.testing.assert_allclose([of("effective_size", network)[i] for i in expected], list(expected.values()))
    binary = nx.effective_size(graph.to_undirected())
    np.testing.assert_allclose(of("effective_size_binary", network), [binary[i] for i in graph])
    for i in graph:
        held = {j: nx.local_constraint(graph, i, j, "strength") for j in graph.to_undirected().neighbors(i)}
        if len(held) > 1:
            assert of("hierarchy", network)[i] == pytest.approx(coleman_theil(held))


@pytest.mark.parametrize("seed", SEEDS)
def test_ego_network_version_agrees_with_networkx_on_each_ego_network(seed):
    arcs, size = random_arcs(seed)
    network, graph = make_network(arcs, size), as_networkx(arcs, size)
    for i in graph:
        near = set(graph.to_undirected().neighbors(i))
        cut = graph.subgraph({i, *near})
        if near:
            assert of("constraint_ego", network)[i] == pytest.approx(nx.constraint(cut, weight="strength")[i])
            for value in effective_size_by_networkx(cut, [i]).values():
                assert of("effective_size_ego", network)[i] == pytest.approx(value)
        if len(near) > 1:
            assert of("ego_density", network)[i] == pytest.approx(nx.density(graph.subgraph(near)))


@pytest.mark.parametrize("seed", SEEDS)
def test_without_directions_and_strengths_all_versions_of_effective_size_agree(seed):
    arcs, size = random_arcs(seed)
    network = edge_network([(a, b) for a, b, _ in arcs if a < b], size, directed=False)
    graph = nx.Graph([(a, b) for a, b, _ in arcs if a < b])
    graph.add_nodes_from(range(size))
    expected = [nx.effective_size(graph)[i] for i in range(size)]
    for name in ("effective_size", "effective_size_ego", "effective_size_binary"):
        np.testing.assert_allclose(of(name, network), expected, err_msg=name)


def test_a_valued_network_by_hand():
    # Contacts of 0: 1 (z = 3) and 2 (z = 1), tied (z = 1); 1 is tied to 3 outside (z = 6).
    network = make_network([(0, 1, 2.0), (1, 0, 1.0), (0, 2, 1.0), (1, 2, 1.0), (1, 3, 6.0)])
    # The tie 1-2 is a sixth of contact 1's strongest tie, a third within the ego network, and all of contact 2's.
    whole = 2 - (1 / 4 * 1 / 6 + 3 / 4 * 1)
    within = 2 - (1 / 4 * 1 / 3 + 3 / 4 * 1)
    assert of("effective_size", network)[0] == pytest.approx(whole)
    assert of("effective_size_ego", network)[0] == pytest.approx(within)
    assert of("efficiency", network)[0] == pytest.approx(whole / 2)
    assert of("efficiency_ego", network)[0] == pytest.approx(within / 2)
    held = {1: (3 / 4 + 1 / 4 * 1 / 2) ** 2, 2: (1 / 4 + 3 / 4 * 1 / 4) ** 2}
    assert of("constraint_ego", network)[0] == pytest.approx(sum(held.values()))
    assert of("hierarchy_ego", network)[0] == pytest.approx(coleman_theil(held))
    outside = {1: held[1], 2: (1 / 4 + 3 / 4 * 1 / 10) ** 2}
    assert centrality.constraint(network)[0] == pytest.approx(sum(outside.values()))
    assert of("hierarchy", network)[0] == pytest.approx(coleman_theil(outside))


def test_burts_limits_a_star_has_no_redundancy_and_a_clique_one_contact():
    star = edge_network([(0, i) for i in range(1, 6)], directed=False)
    clique = edge_network([(i, j) for i in range(6) for j in range(i)], directed=False)
    for suffix in ("", "_ego", "_binary"):
        assert of(f"effective_size{suffix}", star).tolist() == pytest.approx([5, 1, 1, 1, 1, 1])
        assert of(f"efficiency{suffix}", star).tolist() == [1] * 6
        assert of(f"effective_size{suffix}", clique).tolist() == pytest.approx([1] * 6)
        assert of(f"efficiency{suffix}", clique).tolist() == pytest.approx([0.2] * 6)
    for suffix in ("", "_ego"):
        assert of(f"hierarchy{suffix}", star)[0] == pytest.approx(0)
        assert of(f"hierarchy{suffix}", clique) == pytest.approx([0] * 6)
    assert of("ego_density", star)[0] == 0
    assert of("ego_density", clique).tolist() == [1] * 6


def test_hierarchy_nears_one_where_one_contact_holds_all():
    weak = [(0, 1, 1000.0)] + [(0, i, 0.001) for i in range(2, 6)] + [(1, i, 1000.0) for i in range(2, 6)]
    values = of("hierarchy", make_network(weak))
    assert 0.6 < values[0] <= 1


def test_ego_density_counts_directions_and_ego_size_does_not():
    network = make_network([(0, 1), (1, 0), (2, 0), (1, 2)], size=4)
    assert of("ego_size", network).tolist() == [2, 2, 2, 0]
    np.testing.assert_array_equal(of("ego_density", network), [0.5, 0.5, 1, math.nan])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_unit_of_strength_directions_and_isolates_change_nothing_and_relabelling_moves(seed):
    arcs, size = random_arcs(seed)
    new = np.random.default_rng(seed).permutation(size)
    before = make_network(arcs, size)
    same = {
        "scaled": make_network([(a, b, 10 * s) for a, b, s in arcs], size),
        "reversed": make_network([(b, a, s) for a, b, s in arcs], size),
        "isolate": make_network(arcs, size + 1),
    }
    moved = make_network([(int(new[a]), int(new[b]), s) for a, b, s in arcs], size)
    for m in MINE:
        value = m.function(before)
        for what, network in same.items():
            after = m.function(network)[:size]
            np.testing.assert_allclose(after, value, rtol=1e-9, atol=1e-12, err_msg=f"{m.name} {what}")
        np.testing.assert_allclose(m.function(moved)[new], value, rtol=1e-9, atol=1e-12, err_msg=m.name)


@pytest.mark.parametrize("seed", SEEDS)
def test_strength_is_read_and_constraint_within_the_ego_network_is_never_smaller(seed):
    arcs, size = random_arcs(seed)
    valued, flat = make_network(arcs, size), make_network([(a, b) for a, b, _ in arcs], size)
    triangles = sum(nx.triangles(as_networkx(arcs, size).to_undirected()).values())
    for name in ("effective_size", "effective_size_ego", "constraint_ego", "hierarchy") if triangles else ():
        assert np.nanmax(np.abs(of(name, valued) - of(name, flat))) > 1e-3
    tied = ~np.isnan(centrality.constraint(valued))
    assert (of("constraint_ego", valued)[tied] >= centrality.constraint(valued)[tied] - 1e-12).all()
    np.testing.assert_array_equal(of("effective_size_binary", valued), of("effective_size_binary", flat))


@WAYS
@pytest.mark.parametrize("seed", SEEDS)
def test_every_triangle_is_listed_once_in_each_order(monkeypatch, table, seed):
    monkeypatch.setattr(brokerage, "_LARGEST_TABLE", table)
    monkeypatch.setattr(brokerage, "_WEDGES_AT_ONCE", 4)
    arcs, size = random_arcs(seed)
    contacts = brokerage.all_contacts(edge_network(arcs, size))
    listed = []
    for ij, iq, jq in brokerage.triangle_blocks(contacts):
        assert (contacts.ego[ij] == contacts.ego[iq]).all()
        assert (contacts.contact[ij] == contacts.ego[jq]).all()
        assert (contacts.contact[iq] == contacts.contact[jq]).all()
        listed += zip(contacts.ego[ij], contacts.contact[ij], contacts.contact[iq], strict=True)
    graph = as_networkx(arcs, size).to_undirected()
    assert len(listed) == len(set(listed)) == 2 * sum(nx.triangles(graph).values())


@WAYS
@pytest.mark.parametrize(("arcs", "size"), [([], 1), ([], 3), ([(0, 1)], 2), ([(0, 1)], 3)])
def test_what_is_undefined_is_nan_and_declared(monkeypatch, table, arcs, size):
    monkeypatch.setattr(brokerage, "_LARGEST_TABLE", table)
    network = edge_network(arcs, size)
    for m in MINE:
        value = m.function(network)
        if m.name == "ego_size":
            assert value.tolist() == [float(bool(arcs) and i < 2) for i in range(size)]
        elif m.name.startswith(("hierarchy", "ego_density")):
            assert np.isnan(value).all()
            assert m.undefined
        else:
            assert np.isnan(value).tolist() == [not arcs or i > 1 for i in range(size)]
            assert m.undefined


def test_declarations():
    assert len({m.label_en for m in MINE}) == len({m.label_zh for m in MINE}) == len(MINE) == 11
    assert all(m.label_en.isascii() and m.definition.endswith(".") for m in MINE)
    chain = make_network([(0, 1)], inside=[True, False], network="chain_network")
    assert {m.name for m in MINE if withheld_reason(m, chain)} == {"ego_density"}


def test_a_network_without_actors_has_no_values():
    nobody = edge_network([])
    assert nobody.size == 0
    for m in MINE:
        value = m.function(nobody)
        assert len(value) == 0 if m.level == "actor" else math.isnan(value) or value == 0, m.name
