"""Layers, the five networks, and the graph made from tidy actors and ties."""

import gc

import numpy as np
import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.measures import structure
from gumflow.networks.building import build_network
from gumflow.networks.graph import Network, adjacency, once_per_network, to_igraph
from gumflow.networks.layers import INSIDE_NETWORKS, LAYERS, NETWORKS

ACTORS = pd.DataFrame(
    [
        ("f2", "firm", True),
        ("f1", "firm", True),
        ("f3", "firm", True),
        ("assoc", "association", True),
        ("bureau", "government", True),
        ("town", "place", True),
        ("buyer", "buyer", False),
        ("italy", "place", False),
        ("rival", "firm", False),
    ],
    columns=["actor", "kind", "inside"],
)


def tie(source, target, layer="transaction", directed=True, state="achieved", strength=np.nan):
    return {
        "source": source,
        "target": target,
        "layer": layer,
        "directed": directed,
        "state": state,
        "strength": strength,
    }


def ties(*rows):
    return pd.DataFrame(
        list(rows), columns=["source", "target", "layer", "directed", "state", "strength"]
    ).astype({"strength": "float64"})


def arcs(network: Network) -> dict[tuple[str, str], float]:
    ends = zip(network.actors[network.source], network.actors[network.target], strict=True)
    return {(str(a), str(b)): float(s) for (a, b), s in zip(ends, network.strength, strict=True)}


def test_every_layer_is_in_the_chain_network_or_says_why_it_is_in_none():
    for name, layer in LAYERS.items():
        assert (name in NETWORKS["chain_network"].layers) == (layer.why_in_none == "")
    assert {name for name, layer in LAYERS.items() if layer.why_in_none} == {
        "parent",
        "ownership",
        "conflict",
    }


def test_governance_joins_the_three_networks_and_influence_and_the_chain_adds_pipelines():
    three = {layer for name in ("firm", "association", "government") for layer in NETWORKS[name].layers}
    assert set(NETWORKS["governance"].layers) == three | {"influence"}
    assert set(NETWORKS["chain_network"].layers) == three | {"influence", "pipeline"}
    assert INSIDE_NETWORKS == ("firm", "association", "government", "governance")


@pytest.mark.parametrize("thing", [*LAYERS.values(), *NETWORKS.values()], ids=lambda thing: thing.name)
def test_labels_are_english_and_chinese(thing):
    assert thing.label_en.isascii()
    assert any("\u4e00" <= character <= "\u9fff" for character in thing.label_zh)


def test_an_undirected_tie_is_two_arcs_and_repeated_ties_are_added():
    network = build_network(
        ACTORS,
        ties(
            tie("f1", "f2", strength=2.0),
            tie("f1", "f2", "knowledge"),
            tie("f2", "f3", "social", directed=False, strength=0.5),
            tie("f3", "f2", "social", strength=3.0),
        ),
        "firm",
        "census",
    )
    assert arcs(network) == {("f1", "f2"): 3.0, ("f2", "f3"): 0.5, ("f3", "f2"): 3.5}
    assert network.merged_ties == 2
    stated = {
        pair: {layer for layer, there in zip(network.layers, mask, strict=True) if there}
        for pair, mask in zip(arcs(network), network.arc_layers, strict=True)
    }
    assert stated == {
        ("f1", "f2"): {"transaction", "knowledge"},
        ("f2", "f3"): {"social"},
        ("f3", "f2"): {"social"},
    }


def test_only_the_layers_of_the_network_and_the_asked_states_enter():
    table = ties(
        tie("f1", "f2"),
        tie("f1", "f3", state="lacking"),
        tie("assoc", "f1", "service"),
        tie("bureau", "assoc", "policy"),
        tie("f1", "bureau", "influence"),
        tie("f2", "f3", "conflict"),
        tie("f2", "f3", "ownership"),
        tie("f1", "assoc", "parent"),
    )
    pairs = {name: set(arcs(build_network(ACTORS, table, name, "census"))) for name in NETWORKS}
    assert pairs["firm"] == {("f1", "f2")}
    assert pairs["association"] == {("assoc", "f1")}
    assert pairs["government"] == {("bureau", "assoc")}
    assert pairs["governance"] == {("f1", "f2"), ("assoc", "f1"), ("bureau", "assoc"), ("f1", "bureau")}
    assert pairs["chain_network"] == pairs["governance"]
    lacking = build_network(ACTORS, table, "firm", "census", states=("achieved", "lacking"))
    assert set(arcs(lacking)) == {("f1", "f2"), ("f1", "f3")}


def test_loops_and_ties_to_places_of_the_cluster_are_dropped_and_counted():
    table = ties(tie("f1", "f1"), tie("f2", "f2", directed=False), tie("f1", "town"), tie("f1", "f2"))
    network = build_network(ACTORS, table, "firm", "census")
    assert arcs(network) == {("f1", "f2"): 1.0}
    assert (network.loops_dropped, network.places_dropped, network.merged_ties) == (2, 1, 0)
    assert "town" not in network.actors


def test_an_owner_is_in_a_network_only_with_a_tie_in_it():
    actors = pd.concat([ACTORS, ACTORS.iloc[:1].assign(actor="owner", kind="person", inside=True)])
    owns = tie("owner", "f1", layer="ownership")
    assert "owner" not in build_network(actors, ties(owns, tie("f1", "f2")), "firm", "census").actors
    knows = tie("owner", "f2", layer="social")
    assert "owner" in build_network(actors, ties(owns, knows), "firm", "census").actors
    assert arcs(build_network(actors, ties(owns), "ownership", "census")) == {("owner", "f1"): 1.0}


def test_a_census_keeps_isolates_and_a_text_only_names_actors_with_a_tie():
    table = ties(tie("f1", "f2"), tie("f3", "f3"))
    census = build_network(ACTORS, table, "firm", "census")
    text = build_network(ACTORS, table, "firm", "text")
    assert census.actors.tolist() == ["assoc", "bureau", "f1", "f2", "f3"]
    assert text.actors.tolist() == ["f1", "f2"]
    assert arcs(census) == arcs(text)


def test_ties_that_leave_the_cluster_enter_only_the_chain_network():
    table = ties(
        tie("f1", "f2"),
        tie("f1", "rival", "rivalry"),
        tie("buyer", "f2", "pipeline"),
        tie("f3", "italy", "pipeline"),
    )
    firm = build_network(ACTORS, table, "firm", "census")
    chain = build_network(ACTORS, table, "chain_network", "census")
    assert set(arcs(firm)) == {("f1", "f2")}
    assert firm.outside_dropped == 1
    assert firm.inside.all()
    assert set(arcs(chain)) == {("f1", "f2"), ("f1", "rival"), ("buyer", "f2"), ("f3", "italy")}
    assert chain.outside_dropped == 0
    assert chain.actors[~chain.inside].tolist() == ["buyer", "italy", "rival"]
    assert chain.kinds[~chain.inside].tolist() == ["buyer", "place", "firm"]


def test_an_outside_actor_without_a_tie_is_not_in_the_chain_network():
    chain = build_network(ACTORS, ties(tie("f1", "f2")), "chain_network", "census")
    assert chain.actors.tolist() == ["assoc", "bureau", "f1", "f2", "f3"]


def test_the_order_of_rows_does_not_matter():
    rng = np.random.default_rng(7)
    rows = [
        tie(f"f{a}", f"f{b}", directed=bool(d), strength=s)
        for a, b, d, s in zip(
            rng.integers(1, 4, 60),
            rng.integers(1, 4, 60),
            rng.integers(0, 2, 60),
            rng.random(60),
            strict=True,
        )
    ]
    table = ties(*rows)
    first = build_network(ACTORS, table, "firm", "census")
    second = build_network(
        ACTORS.sample(frac=1, random_state=1), table.sample(frac=1, random_state=2), "firm", "census"
    )
    assert first.merged_ties > 0
    for field in ("actors", "kinds", "inside", "source", "target", "strength", "arc_layers"):
        np.testing.assert_array_equal(getattr(first, field), getattr(second, field))


def test_a_network_without_ties_and_one_without_actors_can_be_built():
    alone = build_network(ACTORS, ties(), "firm", "census")
    nobody = build_network(ACTORS, ties(), "firm", "text")
    assert (alone.size, alone.arcs) == (5, 0)
    assert (nobody.size, nobody.arcs) == (0, 0)
    assert to_igraph(alone).vcount() == 5
    assert adjacency(nobody).shape == (0, 0)


def test_strength_may_be_integer_and_ends_up_as_float():
    table = ties(tie("f1", "f2", strength=3)).astype({"strength": "int64"})
    network = build_network(ACTORS, table, "firm", "census")
    assert network.strength.dtype == np.float64
    graph = to_igraph(network)
    assert graph.is_directed()
    assert graph.vs["name"] == network.actors.tolist()
    assert graph.es["strength"] == [3.0]
    assert graph.es["length"] == [1 / 3]
    assert all(type(value) is float for value in graph.es["strength"] + graph.es["length"])


def test_the_matrices_hold_arcs_from_row_to_column():
    network = build_network(ACTORS, ties(tie("f2", "f1", strength=2.5)), "firm", "text")
    np.testing.assert_array_equal(adjacency(network).toarray(), [[0, 0], [1, 0]])
    assert network.strength.tolist() == [2.5]


def test_arrays_are_locked():
    network = build_network(ACTORS, ties(tie("f1", "f2")), "firm", "census")
    with pytest.raises(ValueError, match="read-only"):
        network.strength[0] = 2.0


def test_what_is_remembered_of_a_network_goes_with_it():
    calls = []

    @once_per_network
    def count(network: Network) -> int:
        calls.append(network.name)
        return network.arcs

    network = build_network(ACTORS, ties(tie("f1", "f2")), "firm", "census")
    other = build_network(ACTORS, ties(tie("f1", "f2"), tie("f2", "f1")), "firm", "census")
    assert (count(network), count(network), count(other)) == (1, 1, 2)
    assert calls == ["firm", "firm"]
    memory = count.__closure__
    del network, other
    gc.collect()
    assert [len(cell.cell_contents) for cell in memory if hasattr(cell.cell_contents, "data")] == [0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ties": ties(tie("f1", "f9"))}, r"target 'f9' not among the actors"),
        ({"ties": ties(tie("f9", "f1", state="lacking"))}, r"source 'f9' not among the actors"),
        ({"ties": ties(tie("f1", "f2", "tranaction"))}, r"layer 'tranaction' unknown; allowed: transaction"),
        ({"ties": ties(tie("f1", "f2", strength=0.0))}, r"strength of f1 - f2 \(transaction\) is 0\.0"),
        ({"ties": ties(tie("f1", "f2", strength=np.inf))}, r"is inf"),
        ({"ties": ties(tie("f1", "f2")).drop(columns="state")}, r"ties: the table lacks the columns state"),
        ({"ties": ties(tie("f1", "f2", state=None))}, r"ties: empty cells in state"),
        ({"actors": pd.concat([ACTORS, ACTORS.head(1)])}, r"actors: 'f2' stand more than once"),
        ({"actors": ACTORS.assign(cluster=list("abbbbbbbb"))}, r"several values of cluster"),
        ({"network": "firms"}, r"network is 'firms'; allowed: firm, association"),
        ({"boundary": "all"}, r"boundary is 'all'; allowed: census"),
    ],
)
def test_what_cannot_be_built_says_what_where_and_how_to_mend_it(change, message):
    arguments = {"actors": ACTORS, "ties": ties(), "network": "firm", "boundary": "census"} | change
    with pytest.raises(GumflowError, match=message):
        build_network(**arguments)


def test_ties_inside_a_class_are_left_out_of_the_graph_and_counted_by_a_measure():
    inside = ties(tie("f1", "f1"), tie("f1", "f1", layer="trust", directed=False), tie("f2", "f1"))
    network = build_network(ACTORS, inside, "firm", "text")
    assert (network.arcs, structure.loops_dropped(network)) == (1, 2.0)
