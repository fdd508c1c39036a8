"""The tables of measures: complete, explained where a value is missing, and true to the boundary."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_networks import edge_network, random_arcs

from gumflow.contract.errors import GumflowError
from gumflow.contract.scores import SCORE_COLUMNS
from gumflow.measures import centrality, structure
from gumflow.measures.compute import Settings, measure_network, measure_networks
from gumflow.measures.counts import count_ties
from gumflow.measures.registry import Measure, get_measure, measures_at
from gumflow.networks.building import build_network
from gumflow.networks.imputation import impute_arcs
from gumflow.networks.layers import NETWORKS

PLAIN = Settings(draws=0)
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


def tables(boundary, ties=TIES, settings=PLAIN):
    networks = [build_network(ACTORS, ties, name, boundary) for name in NETWORKS]
    wide, _, scores = measure_networks(networks, settings, **CELL)
    return networks, wide, scores


def computed(level):
    return [m for m in measures_at(level) if not m.on_request]


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
    assert score(scores, "governance", "ei_index_group")["value"] == 0
    assert score(scores, "chain_network", "ei_index_place")["value"] == pytest.approx((1 - 2) / 3)
    assert score(scores, "chain_network", "actors")["n"] == 5
    assert score(scores, "firm", "reciprocity_arc")["withheld"] == ""


def test_the_wide_table_has_one_float_column_for_each_measure():
    _, wide, _ = tables("census")
    names = [m.name for m in computed("actor")]
    assert list(wide.columns[:5]) == ["study", "cluster", "wave", "layer", "actor"]
    assert wide.columns[-1] == "grade"
    assert sorted(wide.columns[5:-1]) == sorted(names)
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
    for m in computed("actor"):
        for layer, values in wide.groupby("layer")[m.name]:
            assert values.isna().any() == ((layer, m.name) in explained)
    for name in NETWORKS:
        listed = set(scores.loc[scores["layer"] == name, "measure"])
        assert {m.name for m in computed("network")} <= listed


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
    assert score(scores, "firm", "reciprocity_arc")["withheld"].startswith("undefined: there is no tie")


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
    networks, _, _ = tables("census")
    declared = next(m for m in measures_at("network") if m.name == "actors")
    broken = Measure(**{**vars(declared), "function": nothing})
    monkeypatch.setattr(
        "gumflow.measures.compute.measures_at", lambda level: (broken,) if level == "network" else ()
    )
    with pytest.raises(ValueError, match="'actors' has no value but declares no case"):
        measure_networks(networks, PLAIN, **CELL)


def nothing(network):
    return np.nan


nothing.__module__ = structure.__name__


def test_no_network_is_refused():
    with pytest.raises(GumflowError, match="no network is given"):
        measure_networks([], **CELL)


def test_measures_on_request_are_given_when_asked_for_and_not_otherwise():
    network = edge_network([(0, 1, 4.0), (1, 2, 2.0), (0, 2, 1.0)])
    plain, asked = (
        measure_network(network, Settings(draws=0, on_request=on)).actors for on in ((), ("weighted_paths",))
    )
    extra = set(asked.columns) - set(plain.columns)
    assert extra == {m.name for m in measures_at("actor") if m.on_request == "weighted_paths"}
    assert extra
    # The detour over actor 1 is 1/4 + 1/2 long, shorter than the tie of length 1.
    assert asked["betweenness_weighted"].tolist() == [0, 1, 0]
    assert plain["betweenness"].tolist() == [0, 0, 0]


def test_intervals_stand_beside_values_only_where_draws_are_asked_for_and_the_network_is_complete():
    arcs, size = random_arcs(2)
    network = edge_network(arcs, size)
    with_draws = pd.DataFrame(measure_network(network, Settings(draws=50)).rows).set_index("measure")
    without = pd.DataFrame(measure_network(network, PLAIN).rows).set_index("measure")
    given = with_draws[with_draws["low"].notna()]
    assert {"density", "reciprocity_arc", "transitivity_collapsed"} <= set(given.index)
    assert (given["interval_kind"] == "sampling").all()
    assert (given["low"] <= given["high"]).all()
    assert "low" not in without or without["low"].isna().all()
    pd.testing.assert_series_equal(with_draws["value"], without["value"])
    sample = replace(network, boundary="sample")
    rows = pd.DataFrame(measure_network(sample, Settings(draws=50)).rows)
    assert "low" not in rows or rows["low"].isna().all()


def partly_answered(mutual=False):
    arcs, size = random_arcs(4)
    arcs = (
        [*arcs, *((b, a, w) for a, b, w in arcs if (b, a) not in {x[:2] for x in arcs})] if mutual else arcs
    )
    answered = [i % 4 != 0 for i in range(size)]
    told = [a for a in arcs if answered[a[0]]]
    return edge_network(told, size, responded=answered, observed_by="sender", seed=3)


def test_imputed_values_are_means_over_the_completed_networks_and_coverage_is_of_what_was_answered():
    network = partly_answered()
    found = measure_network(network, Settings(draws=0, missing="impute", imputations=4))
    rows = pd.DataFrame(found.rows).set_index("measure")
    completed = impute_arcs(network, 4, seed=network.seed)
    densities = [one.arcs / (one.size * (one.size - 1)) for one in completed]
    assert rows.loc["density", "value"] == pytest.approx(np.mean(densities))
    assert rows.loc["density", "low"] < rows.loc["density", "value"] < rows.loc["density", "high"]
    assert rows.loc["density", "interval_kind"] == "imputation"
    in_degrees = np.mean([np.bincount(one.target, minlength=one.size) for one in completed], axis=0)
    np.testing.assert_allclose(found.actors["in_degree"], in_degrees)
    rate = network.responded.mean()
    assert rows.loc["response_rate", "value"] == pytest.approx(rate)
    assert rows.loc["coverage", "value"] == pytest.approx(rate)
    np.testing.assert_allclose(rows["coverage"], rate)
    assert "imputed 4 times" in rows.loc["density", "method"]


@pytest.mark.parametrize("rule", ["reciprocal", "absent", "drop"])
def test_every_other_rule_measures_one_network_and_says_so(rule):
    network = partly_answered(mutual=rule == "reciprocal")
    found = measure_network(network, Settings(draws=0, missing=rule))
    rows = pd.DataFrame(found.rows).set_index("measure")
    assert len(found.actors) == (int(network.responded.sum()) if rule == "drop" else network.size)
    said = {"reciprocal": "read from the other side", "absent": "read as absent", "drop": "left out"}[rule]
    assert said in rows.loc["density", "method"]
    inside = network.responded[network.source] & network.responded[network.target]
    ties = {"drop": int(inside.sum()), "absent": network.arcs}.get(rule, rows.loc["ties", "value"])
    assert rows.loc["ties", "value"] == ties
    assert rows.loc["response_rate", "value"] == pytest.approx(network.responded.mean())


def test_too_few_answers_withhold_what_would_read_silence_as_absence():
    network = partly_answered()
    for gate, given in ((0.7, True), (0.8, False)):
        rows = pd.DataFrame(measure_network(network, Settings(draws=0, withhold_below=gate)).rows)
        rows = rows.set_index("measure")
        assert ("of the actors answered" in rows.loc["reachable_share", "withheld"]) != given
        assert rows.loc["density", "withheld"] == ""
        assert "read with care" in rows.loc["density", "method"]


def test_a_rule_that_a_network_cannot_bear_leaves_it_as_observed_and_says_why():
    chain = build_network(
        ACTORS.assign(responded=[True, False, True, True, False]), TIES, "chain_network", "census"
    )
    _, _, scores = measure_networks([chain], Settings(draws=0, missing="impute"), **CELL)
    methods = set(scores["method"])
    assert all("the rule impute is not allowed here" in method for method in methods)
    _, _, plain = measure_networks([chain], PLAIN, **CELL)
    pd.testing.assert_series_equal(scores["value"], plain["value"])


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


def silent_network():
    arcs, size = random_arcs(2, 18)
    answered = [i % 4 != 3 for i in range(size)]
    return edge_network(
        [a for a in arcs if answered[a[0]]],
        size,
        responded=answered,
        groups=["ab"[i % 2] for i in range(size)],
    )


def test_under_imputation_a_label_has_no_mean_and_a_flag_is_a_share():
    measured = measure_network(silent_network(), Settings(draws=50, missing="impute", imputations=5))
    assert measured.actors["community"].isna().all()
    reasons = {row["measure"]: row["withheld"] for row in measured.rows if row["withheld"]}
    assert reasons["community"].startswith("withheld: the labels of one completed network say nothing")
    shares = measured.actors["core_member"]
    assert set(shares * 5) <= set(range(6))


def test_pooled_intervals_say_what_they_hold_and_end_where_the_measure_does():
    network = silent_network()
    measured = measure_network(network, Settings(draws=50, missing="impute", imputations=5))
    rows = {row["measure"]: row for row in measured.rows}
    assert rows["density"]["interval_kind"] == "sampling and imputation"
    assert rows["mean_distance"]["interval_kind"] == "imputation"
    assert "Rubin" in rows["mean_distance"]["method"]
    assert not any("no interval" in row["method"] for row in measured.rows if row.get("low") is not None)
    # What the listing says is no estimate.
    assert "low" not in rows["actors"]
    for name, row in rows.items():
        low, high = get_measure(name).bounds
        assert row.get("low", low) >= low, name
        assert row.get("high", high) <= high, name


def test_an_empty_network_is_empty_only_if_that_is_known():
    network = edge_network([], size=4)
    unknown = {row["measure"]: row for row in measure_network(network, Settings(draws=0)).rows}
    known = {
        row["measure"]: row for row in measure_network(network, Settings(draws=0, empty_is_known=True)).rows
    }
    assert unknown["density"]["withheld"].startswith("withheld: no achieved tie")
    assert (known["density"]["value"], known["isolates"]["value"]) == (0, 4)
    assert unknown["response_rate"]["value"] == known["response_rate"]["value"] == 1


def test_coverage_is_unknown_where_nobody_noted_who_answered():
    network = replace(edge_network([(0, 1), (1, 2), (2, 0)]), boundary="roster", response_known=False)
    rows = measure_network(network, Settings(draws=0)).rows
    assert np.isnan([row["coverage"] for row in rows]).all()
    assert next(row for row in rows if row["measure"] == "density")["withheld"].startswith("withheld: ")
