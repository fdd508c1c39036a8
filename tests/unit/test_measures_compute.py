"""The tables of measures: complete, explained where a value is missing, and true to the boundary."""

import numpy as np
import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.contract.scores import SCORE_COLUMNS
from gumflow.measures import centrality, structure
from gumflow.measures.compute import count_ties, measure_actors, measure_networks
from gumflow.measures.registry import Measure, measures_at
from gumflow.networks.graph import build_network
from gumflow.networks.layers import NETWORKS

CELL = {"study": "s", "cluster": "c", "wave": "2020", "grade": "synthetic"}
ACTORS = pd.DataFrame(
    [
        ("a", "firm", "local"),
        ("b", "firm", "local"),
        ("c", "association", "local"),
        ("d", "firm", "local"),
        ("x", "buyer", "abroad"),
    ],
    columns=["actor", "kind", "place"],
).assign(inside=lambda table: table["place"] == "local")
TIES = pd.DataFrame(
    [
        ("a", "b", "transaction", True, "achieved", 2.0),
        ("b", "a", "transaction", True, "achieved", np.nan),
        ("c", "a", "service", True, "achieved", np.nan),
        ("b", "x", "pipeline", True, "achieved", np.nan),
        ("a", "d", "knowledge", False, "lacking", np.nan),
        ("a", "b", "conflict", True, "achieved", np.nan),
    ],
    columns=["source", "target", "layer", "directed", "state", "strength"],
)


def tables(boundary, ties=TIES):
    networks = [build_network(ACTORS, ties, name, boundary) for name in NETWORKS]
    wide = measure_actors(networks, **CELL)
    return networks, wide, measure_networks(networks, wide, **CELL)


def score(scores, layer, measure):
    row = scores[(scores["layer"] == layer) & (scores["measure"] == measure)]
    assert len(row) == 1
    return row.iloc[0]


def test_a_census_gives_the_values_of_the_functions():
    networks, wide, scores = tables("census")
    firm = networks[0]
    rows = wide[wide["layer"] == "firm"]
    assert rows["actor"].tolist() == ["a", "b", "c", "d"]
    np.testing.assert_array_equal(rows["constraint"], centrality.constraint(firm))
    np.testing.assert_array_equal(rows["in_strength"], [1, 2, 0, 0])
    assert score(scores, "firm", "density")["value"] == structure.density(firm) == 2 / 12
    assert score(scores, "governance", "ei_index_kind")["value"] == 0
    assert score(scores, "chain_network", "ei_index_place")["value"] == pytest.approx((1 - 2) / 3)
    assert score(scores, "chain_network", "actors")["n"] == 5
    assert score(scores, "firm", "reciprocity_arc")["withheld"] == ""


def test_the_wide_table_has_one_float_column_for_each_measure():
    _, wide, _ = tables("census")
    names = [m.name for m in measures_at("actor")]
    assert list(wide.columns) == ["study", "cluster", "wave", "layer", "actor", *names, "grade"]
    assert all(wide[name].dtype == "float64" for name in names)
    assert all(wide[name].dtype == "str" for name in ("study", "cluster", "wave", "layer", "actor", "grade"))
    assert len(wide) == 4 * 4 + 5
    assert set(wide["grade"]) == {"synthetic"}


def test_scores_have_the_columns_of_the_contract_and_no_row_twice():
    _, _, scores = tables("census")
    counts = count_ties(ACTORS, TIES, **CELL)
    for table in (scores, counts):
        assert list(table.columns) == SCORE_COLUMNS
        assert not table.duplicated(["layer", "unit_kind", "unit", "measure", "category"]).any()
        assert table["value"].dtype == "float64"
        assert (table["n"] == table["n"].round()).all()
        assert table["withheld"].dtype == "str"
        pd.testing.assert_series_equal(table.dtypes, scores.dtypes)


@pytest.mark.parametrize("boundary", ["census", "roster", "sample", "text"])
def test_a_value_is_missing_exactly_where_a_reason_is_given(boundary):
    _, wide, scores = tables(boundary)
    assert ((scores["withheld"] != "") == scores["value"].isna()).all()
    explained = set(
        scores.loc[scores["withheld"] != "", ["layer", "measure"]].itertuples(index=False, name=None)
    )
    for m in measures_at("actor"):
        for layer, values in wide.groupby("layer")[m.name]:
            assert values.isna().any() == ((layer, m.name) in explained)
    for name in NETWORKS:
        listed = set(scores.loc[scores["layer"] == name, "measure"])
        assert {m.name for m in measures_at("network")} <= listed


@pytest.mark.parametrize("boundary", ["sample", "text"])
def test_a_text_and_a_sample_yield_counts_of_stated_ties_only(boundary):
    _, wide, scores = tables(boundary)
    given = set(scores.loc[scores["withheld"] == "", "measure"])
    assert {"actors", "ties"} <= given
    assert given.isdisjoint({"density", "components_weak", "isolates", "reciprocity_arc", "ei_index_place"})
    counts = ["in_degree", "out_degree", "degree", "in_strength", "out_strength", "strength"]
    assert wide[counts].notna().all(axis=None)
    paths = ["betweenness", "harmonic_closeness_in", "pagerank", "core_number_collapsed", "constraint"]
    assert wide[paths].isna().all(axis=None)
    reason = score(scores, "firm", "betweenness")["withheld"]
    assert reason.startswith("withheld: ")
    assert "it would need a census" in reason
    assert score(scores, "firm", "ties")["value"] == 2


def test_what_is_undefined_says_why_and_for_how_many():
    _, _, scores = tables("census")
    constraint = score(scores, "firm", "constraint")
    assert constraint["withheld"] == (
        "undefined: an actor without ties has no contacts that could constrain it (2 of 4 actors)"
    )
    one_way = TIES[TIES["layer"] == "service"]
    _, _, scores = tables("census", one_way)
    assert score(scores, "association", "reciprocity_arc")["value"] == 0
    assert score(scores, "firm", "reciprocity_arc")["withheld"].startswith(
        "undefined: a network without ties"
    )


def test_a_network_of_which_nothing_is_reported_is_not_called_empty():
    _, wide, scores = tables("census", TIES[TIES["layer"] == "service"])
    assert score(scores, "firm", "ties")["value"] == 0
    for name in ("density", "isolates", "components_weak", "betweenness"):
        assert score(scores, "firm", name)["withheld"].startswith("withheld: no achieved tie of this network")
    firm = wide[wide["layer"] == "firm"]
    assert firm["degree"].tolist() == [0, 0, 0, 0]
    assert firm["pagerank"].isna().all()


def test_a_measure_outside_its_networks_is_not_applicable():
    _, _, scores = tables("census")
    assert score(scores, "firm", "ei_index_place")["withheld"].startswith("not applicable: every tie")
    assert score(scores, "chain_network", "density")["withheld"].startswith("not applicable: outside actors")


def test_a_missing_value_that_no_declaration_foresees_is_a_fault(monkeypatch):
    networks, wide, _ = tables("census")
    broken = Measure(**{**vars(measures_at("network")[0]), "function": lambda network: np.nan})
    monkeypatch.setattr("gumflow.measures.compute.measures_at", lambda level: (broken,))
    with pytest.raises(ValueError, match="'actors' has no value but declares no case"):
        measure_networks(networks, wide, **CELL)


def test_no_network_is_refused():
    with pytest.raises(GumflowError, match="no network is given"):
        measure_actors([], **CELL)


def test_ties_are_counted_by_layer_and_state_and_actors_by_kind_and_place():
    counts = count_ties(ACTORS, TIES, **CELL)
    found = {
        (row.measure, row.layer, row.unit, row.category): (row.value, row.n) for row in counts.itertuples()
    }
    assert found == {
        ("ties_stated", "conflict", "conflict", "achieved"): (1, 1),
        ("ties_stated", "knowledge", "knowledge", "lacking"): (1, 1),
        ("ties_stated", "pipeline", "pipeline", "achieved"): (1, 1),
        ("ties_stated", "service", "service", "achieved"): (1, 1),
        ("ties_stated", "transaction", "transaction", "achieved"): (2, 2),
        ("actors_listed", "", "association", "local"): (1, 1),
        ("actors_listed", "", "buyer", "abroad"): (1, 1),
        ("actors_listed", "", "firm", "local"): (3, 3),
    }
    assert set(counts["unit_kind"]) == {"layer", "kind"}
    assert count_ties(ACTORS.head(0), TIES.head(0), **CELL).empty
