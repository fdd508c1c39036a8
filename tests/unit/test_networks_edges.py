"""Networks of a user's own edge list: what is dropped, merged and kept, and who is in them."""

import numpy as np
import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.networks.edges import network_of_edges


def edges(*rows, **columns):
    table = pd.DataFrame(
        [(*row, "tie", 1.0)[:4] if len(row) == 2 else (*row, 1.0)[:4] for row in rows],
        columns=["source", "target", "layer", "strength"],
    )
    return table.assign(**columns)


def arcs(network):
    a = network.actors
    return {(a[i], a[j]): w for i, j, w in zip(network.source, network.target, network.strength, strict=True)}


def test_repeated_rows_are_added_and_loops_dropped_and_both_are_counted():
    network = network_of_edges(edges(("b", "a", "x", 2.0), ("b", "a", "y", np.nan), ("a", "a", "x", 5.0)))
    assert arcs(network) == {("b", "a"): 3.0}
    assert (network.loops_dropped, network.merged_ties) == (1, 1)
    assert network.layers == ("x", "y")
    assert network.arc_layers.tolist() == [[True, True]]
    assert network.directed


def test_without_directions_repeats_in_a_layer_are_one_tie_of_the_largest_strength_and_layers_add_up():
    network = network_of_edges(
        edges(
            ("a", "b", "x", 2.0), ("b", "a", "x", 5.0), ("a", "b", "x", 3.0), ("b", "a", "y", 3.0),
            ("c", "b", "x", 1.0), ("b", "b", "x", 9.0),
        ),
        directed=False,
    )  # fmt: skip
    assert arcs(network) == {("a", "b"): 8.0, ("b", "a"): 8.0, ("b", "c"): 1.0, ("c", "b"): 1.0}
    assert network.arc_layers.tolist() == [[True, True], [True, True], [True, False], [True, False]]
    assert (network.merged_ties, network.loops_dropped) == (3, 1)
    assert not network.directed
    assert network.observed_by == "either"


def test_which_end_is_written_first_says_nothing_of_a_tie_without_direction():
    rows = [("a", "b", "x", 5.0), ("a", "b", "x", 3.0), ("c", "d", "x", 5.0), ("d", "c", "x", 3.0)]
    network = network_of_edges(edges(*rows), directed=False)
    assert set(arcs(network).values()) == {5.0}
    assert arcs(network_of_edges(edges(*rows))) == {("a", "b"): 8.0, ("c", "d"): 5.0, ("d", "c"): 3.0}
    mixed = network_of_edges(edges(*rows, ("a", "b", "x", 1.0), directed=[False] * 4 + [True]))
    assert mixed.directed
    assert arcs(mixed) == {("a", "b"): 6.0, ("b", "a"): 5.0, ("c", "d"): 5.0, ("d", "c"): 5.0}


def test_whose_answers_tell_of_a_tie_follows_from_the_layers():
    ties = edges(("a", "b", "x"), ("a", "c", "y")).assign(observed_by=["receiver", "either"])
    assert network_of_edges(ties).observed_by == "receiver"
    assert network_of_edges(ties, layers=["y"]).observed_by == "either"
    assert network_of_edges(ties, observed_by="sender").observed_by == "sender"


def test_the_column_says_which_ties_have_a_direction():
    both = network_of_edges(edges(("a", "b"), ("c", "a"), directed=[False, True]))
    assert arcs(both) == {("a", "b"): 1.0, ("b", "a"): 1.0, ("c", "a"): 1.0}
    assert both.directed
    assert not network_of_edges(edges(("a", "b"), directed=[False])).directed
    assert network_of_edges(edges(("a", "b"), directed=[False]), directed=True).directed


def test_a_list_without_ties_is_not_taken_for_one_without_directions():
    people = pd.DataFrame({"actor": ["a", "b"]})
    network = network_of_edges(edges(), people)
    assert network.directed
    assert (network.size, network.arcs, network.observed_by) == (2, 0, "sender")
    assert not network_of_edges(edges(), people, directed=False).directed


def test_isolates_come_from_the_table_of_actors_and_other_layers():
    ties = edges(("a", "b", "x"), ("c", "d", "y"))
    people = pd.DataFrame({"actor": ["e", "d", "c", "b", "a"], "town": ["1", "1", "", "2", "2"]})
    network = network_of_edges(ties, people, layers=["x"], group_by="town")
    assert network.actors.tolist() == ["a", "b", "c", "d", "e"]
    assert network.groups.tolist() == ["2", "2", "", "1", "1"]
    assert network_of_edges(ties, layers=["x"]).size == 4
    assert network_of_edges(ties, people, layers=["x"], boundary="text").actors.tolist() == ["a", "b"]


def test_answers_and_unobserved_pairs_are_carried_over():
    people = pd.DataFrame({"actor": ["a", "b", "c"], "responded": [True, False, True]})
    network = network_of_edges(
        edges(("a", "b")),
        people,
        unobserved=[("c", "a"), ("c", "nobody"), ("b", "b")],
        observed_by="receiver",
    )
    assert network.responded.tolist() == [True, False, True]
    assert [x.tolist() for x in network.unasked] == [[2], [0]]
    assert network.observed_by == "receiver"
    assert not network_of_edges(edges(("a", "b")), boundary="roster").response_known
    assert network_of_edges(edges(("a", "b")), people, boundary="roster").response_known


@pytest.mark.parametrize("directed", [True, False])
def test_the_order_of_rows_does_not_matter(directed):
    rng = np.random.default_rng(3)
    rows = [
        (f"n{rng.integers(8)}", f"n{rng.integers(8)}", "xy"[rng.integers(2)], float(rng.uniform(0.1, 5)))
        for _ in range(60)
    ]
    one = network_of_edges(edges(*rows), directed=directed)
    for _ in range(3):
        other = network_of_edges(edges(*[rows[i] for i in rng.permutation(60)]), directed=directed)
        for field in ("actors", "source", "target", "strength", "arc_layers"):
            assert getattr(one, field).tobytes() == getattr(other, field).tobytes()


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"layers": ["z"]}, "no tie has the layer 'z'; there are: 'tie'"),
        ({"actors": pd.DataFrame({"actor": ["a"]})}, "'b' of the ties not listed"),
        ({"actors": pd.DataFrame({"actor": ["a", "b", "a"]})}, "'a' stands more than once"),
        ({"group_by": "town"}, "needs a table of actors"),
        (
            {"actors": pd.DataFrame({"actor": ["a", "b"]}), "group_by": "town"},
            "no column 'town'; there are: actor",
        ),
    ],
)
def test_what_does_not_fit_is_refused(kwargs, message):
    with pytest.raises(GumflowError, match=message):
        network_of_edges(edges(("a", "b")), **kwargs)
