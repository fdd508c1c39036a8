"""Correlation of every two layers of a cluster, tested by QAP: against numpy by hand, and withheld where ties are not known."""

import itertools

import numpy as np
import pandas as pd
import pytest
from small_networks import edge_network

from gumflow.contract.scores import SCORE_COLUMNS
from gumflow.inference.layer_pairs import as_matrix, relate_layers
from gumflow.measures.registry import get_measure

NAMES = [f"f{i}" for i in range(9)]
CELL = {
    "study": "s", "cluster": "c", "wave": "1", "boundary": "census", "grade": "survey", "group_by": "kind", "tie_rules": "",
}  # fmt: skip
ROSTER = pd.DataFrame(columns=["cluster", "wave", "respondent", "alter", "asked", "answered"], dtype="str")


def tables(layers, boundary="census", size=9):
    actors = pd.DataFrame(
        {"cluster": "c", "wave": "1", "actor": NAMES[:size], "kind": "firm", "inside": True}
    )
    rows = [(NAMES[i], NAMES[j], layer) for layer, arcs in layers.items() for i, j in arcs]
    ties = pd.DataFrame(rows, columns=["source", "target", "layer"]).astype("str")
    ties = ties.assign(cluster="c", wave="1", directed=True, state="achieved", strength=1.0, reporter="")
    return pd.DataFrame([CELL | {"boundary": boundary}]), actors, ties


def random_layers(seed, names=("knowledge", "social", "trust")):
    rng = np.random.default_rng(seed)
    there = [rng.random((9, 9)) < 0.3 for _ in names]
    there[1] |= there[0]
    return {
        name: [(i, j) for i, j in itertools.permutations(range(9), 2) if there[k][i, j]]
        for k, name in enumerate(names)
    }


def matrix(arcs):
    full = np.zeros((9, 9))
    for i, j in arcs:
        full[i, j] = 1
    return full


@pytest.mark.parametrize("seed", range(3))
def test_each_pair_of_layers_has_the_correlation_of_its_matrices_and_a_p_value_by_permutation(seed):
    layers = random_layers(seed)
    scores = relate_layers(*tables(layers), ROSTER, permutations=199, seed=4)
    assert list(scores.columns) == SCORE_COLUMNS
    assert set(scores["measure"]) == {"layer_qap_correlation", "layer_qap_p"}
    off = ~np.eye(9, dtype=bool)
    rng = np.random.default_rng(seed)
    for a, b in itertools.combinations(layers, 2):
        rows = scores[scores["unit"] == f"{a} | {b}"].set_index("measure")
        one, other = matrix(layers[a]), matrix(layers[b])
        r = np.corrcoef(one[off], other[off])[0, 1]
        assert rows.loc["layer_qap_correlation", "value"] == pytest.approx(r)
        assert (rows["n"] == 72).all()
        orders = [rng.permutation(9) for _ in range(400)]
        drawn = np.array([np.corrcoef(one[np.ix_(o, o)][off], other[off])[0, 1] for o in orders])
        by_hand = (1 + (np.abs(drawn) >= abs(r) - 1e-12).sum()) / 401
        assert rows.loc["layer_qap_p", "value"] == pytest.approx(
            by_hand, abs=4 * np.sqrt(0.25 / 199 + 0.25 / 400)
        )
    assert scores.query("unit == 'knowledge | social' and measure == 'layer_qap_p'")["value"].item() <= 0.02


def test_the_same_seed_gives_the_same_rows_in_any_order_of_ties():
    cells, actors, ties = tables(random_layers(1))
    one = relate_layers(cells, actors, ties, ROSTER, permutations=99, seed=4)
    other = relate_layers(cells, actors, ties.sample(frac=1, random_state=2), ROSTER, permutations=99, seed=4)
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_layer_tied_everywhere_is_undefined_and_the_others_stand():
    layers = random_layers(2) | {"credit": list(itertools.permutations(range(9), 2))}
    scores = relate_layers(*tables(layers), ROSTER, permutations=99, seed=4)
    held = scores["unit"].str.contains("credit")
    assert scores.loc[held, "withheld"].str.startswith("undefined: ").all()
    assert scores.loc[held, "value"].isna().all()
    assert (scores.loc[~held, "withheld"] == "").all()
    assert (~held).sum() == 6


@pytest.mark.parametrize(
    ("boundary", "layers", "size", "reason"),
    [
        ("text", random_layers(0), 9, "withheld: a text states some ties"),
        ("sample", random_layers(0), 9, "withheld: only a sample of the actors was asked"),
        ("roster", random_layers(0), 9, "withheld: the actors were listed on a roster, but who answered"),
        ("census", {"knowledge": [(0, 1)]}, 9, "undefined: fewer than two layers"),
        ("census", {}, 9, "undefined: fewer than two layers"),
        ("census", {"knowledge": [(0, 1)], "trust": [(1, 0)]}, 3, "undefined: fewer than 4 actors"),
    ],
)
def test_a_cluster_whose_layers_cannot_be_compared_has_one_row_with_the_reason(
    boundary, layers, size, reason
):
    scores = relate_layers(*tables(layers, boundary, size), ROSTER, permutations=99, seed=4)
    assert len(scores) == 1
    row = scores.iloc[0]
    assert row["withheld"].startswith(reason)
    assert (row["unit_kind"], row["unit"], row["measure"]) == ("network", "c", "layer_qap_correlation")


def test_silent_actors_leave_pairs_out_that_nobody_told_of():
    cells, actors, ties = tables(random_layers(0))
    ties = ties.assign(reporter=ties["source"])
    ties = ties[ties["source"] != "f8"]
    roster = pd.DataFrame({"cluster": "c", "wave": "1", "respondent": NAMES, "alter": "", "asked": np.nan})
    roster["answered"] = (roster["respondent"] != "f8").astype(float)
    scores = relate_layers(cells.assign(boundary="roster"), actors, ties, roster, permutations=99, seed=4)
    assert (scores["withheld"] == "").all()
    assert (scores["n"] == 72 - 8).all()


def test_a_matrix_holds_strengths_if_asked_and_nan_where_nothing_was_observed():
    network = edge_network([(0, 1, 3.0), (1, 2, 2.0)], responded=[True, True, False], observed_by="sender")
    np.testing.assert_array_equal(as_matrix(network), [[0, 1, 0], [0, 0, 1], [np.nan, np.nan, 0]])
    np.testing.assert_array_equal(as_matrix(network, strength=True)[0], [0, 3, 0])


def test_its_measures_are_declared_for_complete_boundaries():
    for name in ("layer_qap_correlation", "layer_qap_p"):
        assert get_measure(name).boundaries == ("census", "roster")
