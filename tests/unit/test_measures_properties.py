"""Every measure of actors, pairs and networks on bad and odd graphs, and what must not change when a graph is told otherwise."""

import math
from dataclasses import replace

import numpy as np
import pytest
from small_networks import edge_network, make_network, random_arcs

import gumflow.measures.compute  # noqa: F401 - importing declares the measures of networks
from gumflow.measures.dyads import tied_pairs
from gumflow.measures.registry import GRAPH_LEVELS, get_measure, measures_at, withheld_reason

MEASURES = [m for level in GRAPH_LEVELS for m in measures_at(level)]
RING = [(i, (i + 1) % 7) for i in range(7)]
STAR = [(0, i) for i in range(1, 8)]
TWO_PARTS = [(0, 1), (1, 2), (2, 0), (0, 3), (4, 5), (5, 6), (6, 4), (4, 7)]
COMPLETE_GRAPH = [(i, j) for i in range(6) for j in range(6) if i != j]
DAG = [(i, j) for i in range(8) for j in range(i + 1, 8) if (i + j) % 3]
SHAPES = {
    "empty": ([], 0),
    "one node": ([], 1),
    "two nodes": ([], 2),
    "two nodes, one tie": ([(0, 1)], 2),
    "two nodes, both ways": ([(0, 1), (1, 0)], 2),
    "three nodes, one tie": ([(0, 1)], 3),
    "all isolates": ([], 6),
    "complete": (COMPLETE_GRAPH, 6),
    "complete and isolates": (COMPLETE_GRAPH, 9),
    "ring": (RING, 7),
    "star out": (STAR, 8),
    "star in": ([(b, a) for a, b in STAR], 8),
    "acyclic": (DAG, 8),
    "two equal parts": (TWO_PARTS, 8),
    "pairs": ([(0, 1), (2, 3), (4, 5), (5, 4)], 7),
    "loops and repeats": ([(0, 0), (0, 1), (0, 1), (1, 0), (2, 2), (1, 3), (1, 3)], 5),
    "loops alone": ([(0, 0), (1, 1)], 3),
}
GROUPS = {
    "no groups": lambda n: [""] * n,
    "one group": lambda n: ["a"] * n,
    "each its own": lambda n: [f"g{i}" for i in range(n)],
    "some unknown": lambda n: [("a", "b", "")[i % 3] for i in range(n)],
}


def _built() -> dict[str, object]:
    networks = {}
    for name, (arcs, size) in SHAPES.items():
        for directed in (True, False):
            networks[f"{name}, {'directed' if directed else 'undirected'}"] = edge_network(
                arcs, size, directed=directed, groups=GROUPS["some unknown"](size)
            )
    arcs, size = random_arcs(1, 15)
    for name, groups in GROUPS.items():
        networks[name] = edge_network(arcs, size, groups=groups(size))
    for scale in (1e-150, 1e-300, 1e150, 1e300):
        networks[f"strengths of {scale}"] = edge_network([(a, b, w * scale) for a, b, w in arcs], size)
    apart = [(a, b, 1e-9 if k % 2 else 1e9) for k, (a, b, _) in enumerate(arcs)]
    networks["strengths far apart"] = edge_network(apart, size)
    for dtype in ("int64", "float32"):
        networks[f"strengths as {dtype}"] = make_network(arcs, size, dtype=dtype)
    some = [i % 3 == 0 for i in range(size)]
    for side in ("sender", "receiver", "either", "both"):
        for who, answers in (("nobody", [False] * size), ("some", some)):
            for directed in (True, False):
                if not directed and side in ("sender", "receiver"):
                    continue
                networks[f"{who} answered, told by {side}, {directed}"] = edge_network(
                    arcs, size, directed=directed, responded=answers, observed_by=side,
                    groups=GROUPS["some unknown"](size),
                )  # fmt: skip
    networks["nobody answered, no tie"] = edge_network([], 5, responded=[False] * 5)
    networks["layers without ties"] = make_network(arcs, size)
    networks["two layers"] = edge_network({"x": arcs[:9], "y": arcs[4:]}, size)
    outside = [i < 10 for i in range(size)]
    networks["with outside actors"] = make_network(
        arcs, size, inside=outside, kinds=["firm"] * 10 + ["buyer"] * (size - 10), network="chain_network"
    )
    unasked = (np.array([1, 2, 3]), np.array([4, 5, 6]))
    networks["pairs off the list"] = replace(edge_network(arcs, size), unasked=unasked)
    return networks


BAD = _built()
SHARES = {
    "betweenness_normalized", "harmonic_closeness_in", "harmonic_closeness_out", "pagerank", "local_clustering", "articulation_point",
    "giant_component", "two_step_reach_in", "two_step_reach_out", "ego_density", "efficiency_binary", "eigenvector_collapsed", "hub",
    "authority", "same_group_share", "contact_heterogeneity", "core_member", "coreness", "community_participation", "key_player_neg",
    "key_player_pos", "participation_layers", "in_degree_share", "out_degree_share", "reciprocated", "simmelian", "density",
    "largest_component_share", "reachable_share", "global_efficiency", "centralization_in_degree", "centralization_out_degree",
    "centralization_degree_collapsed", "centralization_betweenness", "centralization_harmonic_in", "centralization_harmonic_out",
    "reciprocity_arc", "reciprocity_dyad", "transitivity_directed", "transitivity_collapsed", "clustering_mean", "simmelian_share",
    "ei_index_group_p", "community_within_share", "krackhardt_connectedness", "krackhardt_hierarchy", "krackhardt_efficiency",
    "krackhardt_upper_bound", "fragmentation", "fragmentation_distance_weighted", "key_player_fragmentation", "key_player_reach",
    "key_player_reach_two_steps", "multiplex_share", "global_overlap", "eigenvector_coverage", "clustering_giant", "clustering_random",
    "response_rate", "coverage", "hierarchy", "hierarchy_ego", "efficiency", "efficiency_ego",
}  # fmt: skip
BETWEEN_MINUS_ONE_AND_ONE = {
    "ei_index_collapsed", "ei_index_in", "ei_index_out", "ei_index_group", "ei_index_group_expected", "ei_index_place",
    "assortativity_group", "degree_assortativity_out_in", "degree_assortativity_collapsed", "modularity", "modularity_groups",
    "communities_groups_agreement", "core_periphery_fit_discrete", "core_periphery_fit_continuous", "reciprocity_garlaschelli",
}  # fmt: skip
MAY_BE_NEGATIVE = {m.name for m in MEASURES if m.name.endswith("_z")} | {"fragmentation_alone"}


def given(network):
    """Return the measures that a network may be given."""
    return [m for m in MEASURES if withheld_reason(m, network) is None]


def test_hierarchy_survives_strengths_three_hundred_orders_apart():
    network = edge_network([(0, 1, 1e-300), (0, 2, 1e300), (0, 3, 1e300)])
    # Constraint falls on two of three contacts alike: 3/2, 3/2 and 0 times the mean.
    expected = 2 * 1.5 * np.log(1.5) / (3 * np.log(3))
    assert get_measure("hierarchy").function(network)[0] == pytest.approx(expected)


def values_of(network):
    """Return every measure that the network may be given, as arrays: dyads and actors in their order, networks of one number."""
    return {
        m.name: np.atleast_1d(m.function(network)) for m in MEASURES if withheld_reason(m, network) is None
    }


def test_the_lists_name_measures_that_there_are():
    names = {m.name for m in MEASURES}
    assert names >= SHARES | BETWEEN_MINUS_ONE_AND_ONE | MAY_BE_NEGATIVE
    for m in MEASURES:
        bounds = (
            (0, 1) if m.name in SHARES else (-1, 1) if m.name in BETWEEN_MINUS_ONE_AND_ONE else (0, math.inf)
        )
        assert m.bounds == ((-math.inf, math.inf) if m.name in MAY_BE_NEGATIVE else bounds), m.name


@pytest.mark.parametrize("case", list(BAD))
def test_on_every_bad_graph_a_measure_is_within_its_bounds_or_undefined_as_declared(case):
    network = BAD[case]
    rows = {"actor": network.size, "dyad": len(tied_pairs(network)), "network": 1}
    for m in given(network):
        found = m.function(network)
        values = np.atleast_1d(found)
        assert values.dtype == np.float64, m.name
        assert values.shape == (rows[m.level],), m.name
        assert not np.isinf(values).any(), m.name
        if m.level == "network":
            assert isinstance(found, float), m.name
        if not m.undefined:
            assert not np.isnan(values).any(), m.name
        known = values[~np.isnan(values)]
        low, high = m.bounds
        assert (known >= low - 1e-12).all(), (m.name, known.min())
        assert (known <= high + 1e-12).all(), (m.name, known.max())


@pytest.mark.parametrize("case", list(BAD))
def test_a_second_call_gives_the_same_bytes(case):
    again = replace(BAD[case])
    for m in given(BAD[case]):
        one, two = (np.atleast_1d(m.function(network)) for network in (BAD[case], again))
        assert one.tobytes() == two.tobytes(), m.name


def _cases(directed):
    for seed in range(3):
        arcs, size = random_arcs(seed, 20)
        groups = [("a", "b", "", "c")[(i * 7 + seed) % 4] for i in range(size)]
        layers = {"x": arcs[::2], "y": arcs[1::2]}
        yield arcs, size, groups, edge_network(layers, size, directed=directed, groups=groups, seed=seed)


def by_name(network, names=None):
    """Return every value under the names of whom it describes, so that renamed actors can be looked up."""
    names = dict(zip(network.actors, names or network.actors, strict=True))
    found = {}
    pairs = tied_pairs(network)
    for m in MEASURES:
        if withheld_reason(m, network) is not None:
            continue
        values = np.atleast_1d(m.function(network))
        if m.level == "network":
            found[m.name] = {"": values[0]}
        elif m.level == "actor":
            found[m.name] = {names[a]: v for a, v in zip(network.actors, values, strict=True)}
        elif m.name in ("two_paths_ab", "two_paths_ba"):
            ends = zip(pairs["actor_a"], pairs["actor_b"], values, strict=True)
            turned = m.name == "two_paths_ba"
            where = {((b, a) if turned else (a, b)): v for a, b, v in ends}
            found.setdefault("two_paths", {}).update({(names[a], names[b]): v for (a, b), v in where.items()})
        else:
            ends = zip(pairs["actor_a"], pairs["actor_b"], values, strict=True)
            found[m.name] = {frozenset((names[a], names[b])): v for a, b, v in ends}
    return found


BY_CHANCE = {
    # They draw random networks or shuffle groups from the seed, by the numbers of actors.
    "clustering_random", "distance_random", "small_world_clustering_ratio", "small_world_distance_ratio", "small_world_sigma",
    "ei_index_group_p",
    # They search from random starts; of partitions or sets that are equally good any may be found.
    "community", "communities", "community_participation", "community_within_z", "modularity", "community_within_share",
    "communities_groups_agreement", "core_member", "core_size", "core_periphery_fit_discrete",
    # Of sets of key players that are equally good the one that comes first is given.
    "key_player_neg", "key_player_pos", "key_player_reach_two_steps",
}  # fmt: skip
"""Measures that renaming or reordering actors may move, and why; each by its definition."""


@pytest.mark.parametrize("directed", [True, False])
def test_values_move_along_when_actors_are_renamed(directed):
    moved = set()
    for seed, (arcs, size, groups, network) in enumerate(_cases(directed)):
        new = np.random.default_rng(seed).permutation(size)
        renamed = {f"n{new[i]:02d}": f"n{i:02d}" for i in range(size)}
        layers = {
            layer: [(new[a], new[b], w) for a, b, w in some]
            for layer, some in (("x", arcs[::2]), ("y", arcs[1::2]))
        }
        turned = [groups[i] for i in np.argsort(new)]
        other = edge_network(layers, size, directed=directed, groups=turned, seed=seed)
        one, two = by_name(network), by_name(other, [renamed[a] for a in other.actors])
        assert one.keys() == two.keys()
        for name, values in one.items():
            if name in BY_CHANCE:
                moved |= {name} if values != pytest.approx(two[name], nan_ok=True) else set()
                continue
            assert values == pytest.approx(two[name], nan_ok=True, rel=1e-8, abs=1e-9), name
    assert moved <= BY_CHANCE


@pytest.mark.parametrize("directed", [True, False])
def test_the_order_of_rows_changes_no_byte(directed):
    for seed, (arcs, size, groups, network) in enumerate(_cases(directed)):
        order = np.random.default_rng(seed).permutation(len(arcs))
        rows = [(arcs[i], "x" if i % 2 == 0 else "y") for i in order]
        layers = {layer: [arc for arc, own in rows if own == layer] for layer in ("y", "x")}
        other = edge_network(layers, size, directed=directed, groups=groups, seed=seed)
        one, two = values_of(network), values_of(other)
        for name, values in one.items():
            assert values.tobytes() == two[name].tobytes(), name


SCALED = {
    "in_strength": 10,
    "out_strength": 10,
    "strength": 10,
    "harmonic_closeness_in_weighted": 10,
    "harmonic_closeness_out_weighted": 10,
}


@pytest.mark.parametrize("directed", [True, False])
def test_strengths_times_ten_scale_sums_of_strength_and_nearness_and_nothing_else(directed):
    for _, _, _, network in _cases(directed):
        tenfold = replace(network, strength=network.strength * 10)
        one, two = values_of(network), values_of(tenfold)
        for name, values in one.items():
            expected = values * SCALED.get(name, 1)
            assert two[name] == pytest.approx(expected, nan_ok=True, rel=1e-8, abs=1e-9), name
            if name in SCALED:
                assert np.nansum(values) > 0


def reversed_network(network):
    order = np.lexsort((network.source, network.target))
    return replace(
        network, source=network.target[order], target=network.source[order],
        strength=network.strength[order], arc_layers=network.arc_layers[order],
        observed_by="receiver",
    )  # fmt: skip


TURNED = {
    "in_degree": "out_degree", "in_strength": "out_strength", "harmonic_closeness_in": "harmonic_closeness_out",
    "harmonic_closeness_in_weighted": "harmonic_closeness_out_weighted", "two_step_reach_in": "two_step_reach_out",
    "ei_index_in": "ei_index_out", "hub": "authority", "in_degree_share": "out_degree_share",
    "centralization_in_degree": "centralization_out_degree", "in_degree_sd": "out_degree_sd",
    "centralization_harmonic_in": "centralization_harmonic_out", "two_paths_ab": "two_paths_ba",
    "triad_021D": "triad_021U", "triad_111D": "triad_111U", "triad_120D": "triad_120U",
    **{f"brokerage_gatekeeper{end}": f"brokerage_representative{end}"
       for end in ("", "_expected", "_z", "_sum", "_sum_expected", "_sum_z")},
}  # fmt: skip
TURNED |= {other: name for name, other in TURNED.items()}
ONE_WAY = {
    # They follow arcs one way.
    "pagerank", "krackhardt_upper_bound", "key_player_reach",
}  # fmt: skip


def test_reversing_all_ties_exchanges_in_and_out_and_changes_nothing_else():
    changed = set()
    for _, _, _, network in _cases(directed=True):
        one, two = values_of(network), values_of(reversed_network(network))
        for name, values in one.items():
            found = two[TURNED.get(name, name)]
            if name in ONE_WAY | BY_CHANCE:
                changed |= set() if found == pytest.approx(values, nan_ok=True) else {name}
                continue
            assert found == pytest.approx(values, nan_ok=True, rel=1e-8, abs=1e-9), name
    assert changed >= ONE_WAY


KEPT_WITH_AN_ISOLATE = {
    # Sums, counts and ratios over ties and paths; an actor without ties is on none of them.
    "in_degree", "out_degree", "degree", "in_strength", "out_strength", "strength", "betweenness", "betweenness_error", "betweenness_weighted",
    "core_number_collapsed", "core_number_directed", "constraint", "constraint_ego", "eigenvector_collapsed", "hub", "authority",
    "local_clustering", "articulation_point", "giant_component", "ego_size", "ego_density", "effective_size", "effective_size_ego",
    "effective_size_binary", "efficiency", "efficiency_ego", "efficiency_binary", "hierarchy", "hierarchy_ego", "brokerage_total",
    *(f"brokerage_{role}" for role in ("coordinator", "consultant", "gatekeeper", "representative", "liaison")),
    *(f"brokerage_{role}_sum" for role in ("total", "coordinator", "consultant", "gatekeeper", "representative", "liaison")),
    "ei_index_collapsed", "ei_index_in", "ei_index_out", "same_group_share", "contact_heterogeneity", "multiplex_degree",
    "overlapping_degree", "layers_active", "participation_layers", "reciprocated", "multiplexity", "shared_partners", "simmelian",
    "two_paths_ab", "two_paths_ba", "brokers_between", "detour_length", "degree_assortativity_out_in", "degree_assortativity_collapsed",
    "k_core_max", "k_core_max_size", "articulation_points", "bridges", "diameter", "mean_distance", "ei_index_group", "assortativity_group",
    "modularity_groups", "multiplexity_mean", "multiplex_share", "global_overlap", "ties", "loops_dropped", "reciprocity_arc", "dyads_mutual",
    "dyads_asymmetric", "reciprocity_dyad", "transitivity_directed", "transitivity_collapsed", "clustering_mean", "simmelian_ties",
    "simmelian_share", *(f"triad_{name}" for name in ("021D", "021U", "021C", "111D", "111U", "030T", "030C", "201", "120D", "120U", "120C",
    "210", "300")), "krackhardt_hierarchy", "krackhardt_efficiency", "krackhardt_upper_bound", "clustering_giant", "distance_giant",
    "response_rate", "coverage",
}  # fmt: skip
GROWN = {"actors": 1, "components_weak": 1, "components_strong": 1, "isolates": 1}
"""Everything else is a share of possible ties or of actors, which an isolate changes, or drawn by chance."""


@pytest.mark.parametrize("directed", [True, False])
def test_an_isolate_changes_only_shares_of_what_is_possible(directed):
    for seed, (arcs, size, groups, network) in enumerate(_cases(directed)):
        layers = {"x": arcs[::2], "y": arcs[1::2]}
        larger = edge_network(layers, size + 1, directed=directed, groups=[*groups, ""], seed=seed)
        one, two = values_of(network), values_of(larger)
        for name, values in one.items():
            found = two[name][: len(values)]
            if name in KEPT_WITH_AN_ISOLATE:
                assert found == pytest.approx(values, nan_ok=True, rel=1e-8, abs=1e-9), name
            if name in GROWN:
                assert found == pytest.approx(values + GROWN[name]), name
        n = network.size
        shrunk = (n * (n - 1)) / ((n + 1) * n)
        for name in ("density", "reachable_share", "global_efficiency", "krackhardt_connectedness"):
            assert two[name] == pytest.approx(one[name] * shrunk), name
        for name in ("harmonic_closeness_out", "two_step_reach_out"):
            assert two[name][:n] == pytest.approx(one[name] * (n - 1) / n), name
        assert two["largest_component_share"] == pytest.approx(one["largest_component_share"] * n / (n + 1))
        assert two["degree_mean"] == pytest.approx(one["degree_mean"] * n / (n + 1))
