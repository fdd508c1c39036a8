"""Ego networks of a sample: only what a respondent reports itself, and means with design weights."""

import itertools
import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gumflow.measures.egos import (
    ALTER_COLUMNS,
    EGO_COLUMNS,
    NO_ALTER_TIES,
    NO_RESPONDENTS,
    ONE_RESPONDENT,
    estimate_means,
    measure_egos,
    respondents,
)
from gumflow.measures.registry import get_measure

ACTORS = pd.DataFrame(
    [
        ("a", "firm", True), ("b", "firm", True), ("c", "bank", True), ("d", "", True), ("x", "buyer", False), ("z", "firm", True),
    ],
    columns=["actor", "kind", "inside"],
)  # fmt: skip


def ties(*rows, state="achieved"):
    table = pd.DataFrame(rows, columns=["source", "target", "reporter"])
    return table.assign(layer="knowledge", state=state)


def of(table, actor):
    return table.set_index("actor").loc[actor]


def test_a_respondents_own_ties_are_counted_by_partner():
    told = ties(
        ("a", "b", "a"), ("b", "a", "a"), ("a", "c", "a"), ("x", "a", "a"), ("d", "a", "a"), ("a", "a", "a")
    )
    more = ties(("a", "z", "a"), state="lacking")
    table = measure_egos(ACTORS, pd.concat([told, more]), ["knowledge"], "kind")
    assert table["actor"].tolist() == ["a"]
    ego = of(table, "a")
    assert ego["partners"] == 4
    assert ego["ego_ei_index"] == pytest.approx((2 - 1) / 3)
    assert ego["ego_heterogeneity"] == pytest.approx(1 - 3 * (1 / 3) ** 2)
    assert ego["ego_outside_share"] == 1 / 4
    assert table[list(ALTER_COLUMNS)].isna().all(axis=None)


def test_what_others_report_of_a_respondent_does_not_count():
    table = measure_egos(ACTORS, ties(("a", "b", "a"), ("c", "a", "c")), ["knowledge"], "kind")
    assert table.set_index("actor")["partners"].to_dict() == {"a": 1, "c": 1}
    unsaid = measure_egos(
        ACTORS.assign(responded=ACTORS["actor"].isin(["a", "b"])),
        ties(("a", "b", ""), ("c", "a", "")),
        ["knowledge"],
        "kind",
    )
    assert unsaid.set_index("actor")["partners"].to_dict() == {"a": 2, "b": 1}


def test_a_respondent_without_partners_is_there_with_zero():
    table = measure_egos(ACTORS.assign(responded=ACTORS["actor"] == "z"), ties(), ["knowledge"], "kind")
    assert table["actor"].tolist() == ["z"]
    assert table["partners"].tolist() == [0]
    assert table[list(EGO_COLUMNS[1:])].isna().all(axis=None)


def test_who_answered_is_recorded_or_read_from_the_reporters():
    told = ties(("a", "b", "b"), ("a", "c", ""), ("a", "c", "stranger"))
    assert respondents(ACTORS, told).tolist() == ["b"]
    assert respondents(ACTORS.assign(responded=ACTORS["actor"] == "d"), told).tolist() == ["d"]
    assert respondents(ACTORS, told.drop(columns="reporter")).tolist() == []


@pytest.mark.parametrize("seed", range(4))
def test_ties_between_partners_agree_with_networkx_on_each_ego_network(seed):
    rng = np.random.default_rng(seed)
    names = [f"p{i}" for i in range(9)]
    people = pd.DataFrame({"actor": names, "kind": "firm", "inside": True})
    rows, graphs = [], {}
    for ego in names[:4]:
        partners = [n for n in names if n != ego and rng.random() < 0.6]
        between = [pair for pair in itertools.combinations(partners, 2) if rng.random() < 0.5]
        rows += [(ego, p, ego) if rng.random() < 0.5 else (p, ego, ego) for p in partners]
        rows += [(a, b, ego) if rng.random() < 0.5 else (b, a, ego) for a, b in between]
        # Of actors that it did not name as partners nothing is used.
        rows += [
            (a, b, ego) for a, b in itertools.combinations([n for n in names if n not in (ego, *partners)], 2)
        ]
        graphs[ego] = nx.Graph([*((ego, p) for p in partners), *between])
    table = measure_egos(people, ties(*rows), ["knowledge"], "kind")
    for ego, graph in graphs.items():
        found, size = of(table, ego), graph.degree(ego)
        assert found["partners"] == size
        effective = nx.effective_size(graph, nodes=[ego])[ego]
        assert found["ego_alter_effective_size"] == pytest.approx(effective)
        assert found["ego_alter_efficiency"] == pytest.approx(effective / size)
        assert found["ego_alter_constraint"] == pytest.approx(nx.constraint(graph, nodes=[ego])[ego])
        among = graph.subgraph(set(graph) - {ego})
        assert found["ego_alter_density"] == pytest.approx(nx.density(among))


def means(values, weights=None, name="partners"):
    table = pd.DataFrame({"actor": [f"r{i}" for i in range(len(values))]})
    for column in (*EGO_COLUMNS, *ALTER_COLUMNS):
        table[column] = values if column == name else math.nan
    weight = None if weights is None else pd.Series(weights, index=table["actor"])
    return {row["measure"]: row for row in estimate_means(table, weight)}


def test_with_equal_weights_the_mean_has_its_t_interval():
    values = [1.0, 4.0, 2.0, 6.0, 3.0]
    row = means(values)["partners_mean"]
    low, high = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (row["value"], row["low"], row["high"]) == pytest.approx((3.2, low, high))
    assert (row["n"], row["interval_kind"]) == (5, "sampling")


def test_weights_count_as_repeated_respondents_in_the_mean_and_their_scale_does_not_matter():
    values, weights = [1.0, 4.0, 2.0], [1.0, 3.0, 2.0]
    row = means(values, weights)["partners_mean"]
    assert row["value"] == pytest.approx(np.mean([1, 4, 4, 4, 2, 2]))
    scaled = means(values, [w * 7 for w in weights])["partners_mean"]
    assert [scaled[k] for k in ("value", "low", "high")] == pytest.approx(
        [row[k] for k in ("value", "low", "high")]
    )
    assert "design weights" in row["method"]


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    population = rng.gamma(2, 3, 4000)
    chance = np.where(population > 6, 0.03, 0.01)
    hit = []
    for _ in range(100):
        drawn = rng.random(4000) < chance
        row = means(population[drawn].tolist(), (1 / chance[drawn]).tolist())["partners_mean"]
        hit.append(row["low"] <= population.mean() <= row["high"])
    assert 0.88 <= np.mean(hit) <= 0.99


def test_a_mean_that_the_respondents_cannot_bear_is_withheld():
    assert {row["withheld"] for row in means([]).values()} == {NO_RESPONDENTS}
    found = means([2.0])
    assert found["partners_mean"]["withheld"] == ONE_RESPONDENT
    assert found["ego_alter_density_mean"]["withheld"] == NO_ALTER_TIES
    for weights in ([1.0, np.nan], [1.0, 0.0], [1.0, -2.0]):
        row = means([2.0, 3.0], weights)["partners_mean"]
        assert row["withheld"].startswith("withheld: 1 of the respondents have no design weight")
        assert "value" not in row


def test_every_column_and_its_mean_is_declared():
    for name in (*EGO_COLUMNS, *ALTER_COLUMNS):
        assert get_measure(name).level == "ego"
        assert get_measure(f"{name}_mean").interval_kind == "sampling"
        assert set(get_measure(name).boundaries) >= {"sample", "text"}
