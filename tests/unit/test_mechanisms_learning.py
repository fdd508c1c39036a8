"""Learning networks, division and ways of learning against loops and networkx; adversarial clusters; what is planted."""

import itertools
import warnings

import networkx as nx
import numpy as np
import pytest
from small_clusters import named, small_cluster
from small_networks import random_arcs

from gumflow.measures.registry import get_measure
from gumflow.mechanisms.absorptive import ITEMS
from gumflow.mechanisms.cluster import MechanismSettings
from gumflow.mechanisms.learning import measure_learning, measure_learning_division
from gumflow.mechanisms.learning_modes import INSIDE, OUTSIDE, measure_learning_modes, ways_of_learning
from gumflow.mechanisms.learning_network import BONDS, measure_learning_network
from gumflow.mechanisms.pair_draws import drawn_firms, gini


def row_of(found, measure, category=None):
    (row,) = [r for r in found.rows if r["measure"] == measure and r.get("category", "") == (category or "")]
    return row


def random_cluster(seed=5, silent=(), **more):
    knowledge, size = random_arcs(seed)
    social = sorted({(min(a, b), max(a, b)) for a, b, _ in random_arcs(seed + 1)[0]})
    joint = sorted({(min(a, b), max(a, b)) for a, b, _ in random_arcs(seed + 2)[0]})
    rng = np.random.default_rng(seed)
    formal = {("knowledge", a, b): float(rng.random() < 0.6) for a, b, _ in knowledge if rng.random() < 0.9}
    formal |= {("innovation", a, b): 1.0 for a, b in joint}
    layers = {
        "knowledge": knowledge,
        "social": social,
        "innovation": joint,
        "pipeline": [("x", 1), (2, "x"), ("y", 1)],
    }
    indicators = {name: rng.random(size) for name in ITEMS}
    return small_cluster(
        layers, size=size, formal=formal, indicators=indicators, outside={"x": "buyer", "y": "firm"},
        boundary="roster", responded=[i not in silent for i in range(size)], **more,
    ), layers, formal  # fmt: skip


def pairs_by_form(layers, formal):
    """Return unordered pairs of numbers of each form, by loops."""
    forms = {True: set(), False: {frozenset(p) for p in layers["social"]}}
    for layer in ("knowledge", "innovation"):
        for a, b, *_ in layers[layer]:
            if (layer, a, b) in formal:
                forms[formal[layer, a, b] == 1].add(frozenset((a, b)))
    return forms


@pytest.mark.parametrize("silent", [(), (1, 4, 7)])
def test_formal_and_informal_networks_by_loops(silent):
    cluster, layers, formal = random_cluster(silent=silent)
    forms = pairs_by_form(layers, formal)
    found = measure_learning_network(cluster)
    n = len(cluster.firms)
    seen = [frozenset(p) for p in itertools.combinations(range(n), 2) if not set(p) <= set(silent)]
    for name, form in (("formal_learning_density", True), ("informal_learning_density", False)):
        assert row_of(found, name)["value"] == pytest.approx(sum(p in forms[form] for p in seen) / len(seen))
    both, either = forms[True] & forms[False], forms[True] | forms[False]
    overlap = len(both & set(seen)) / len(either & set(seen))
    assert row_of(found, "formal_informal_overlap")["value"] == pytest.approx(overlap)
    told = [formal["knowledge", a, b] for a, b, _ in layers["knowledge"] if ("knowledge", a, b) in formal]
    assert row_of(found, "formal_advice_share")["value"] == pytest.approx(np.mean(told))
    for column, form in (("formal_learning_partners", True), ("informal_learning_partners", False)):
        graph = nx.Graph(tuple(p) for p in forms[form])
        expected = [np.nan if i in silent else graph.degree(i) if i in graph else 0 for i in range(n)]
        assert found.firms[column].to_numpy() == pytest.approx(np.array(expected, dtype=float), nan_ok=True)


def test_draws_of_pairs_are_those_of_repeated_firms():
    cluster, layers, formal = random_cluster(settings=MechanismSettings(draws=60))
    pairs = pairs_by_form(layers, formal)[True]
    draws = []
    for counts in drawn_firms(cluster):
        copies = np.repeat(np.arange(len(counts)), counts.astype(int))
        different = [frozenset((a, b)) for a, b in itertools.combinations(copies.tolist(), 2) if a != b]
        draws.append(np.mean([p in pairs for p in different]))
    from scipy.stats import t

    n = len(cluster.firms)
    half = t.ppf(0.975, n - 1) * np.std(draws, ddof=1) * np.sqrt(n / (n - 1))
    row = row_of(measure_learning_network(cluster), "formal_learning_density")
    assert row["high"] - row["value"] == pytest.approx(half)


def test_a_pair_may_learn_formally_and_informally_and_bodies_are_partners():
    layers = {
        "knowledge": [(0, 1), (1, 0), (2, 0)],
        "innovation": [(0, "lab")],
        "social": [(0, 2), (0, "boss")],
    }
    formal = {("knowledge", 0, 1): 1, ("knowledge", 1, 0): 0, ("innovation", 0, "lab"): 1}
    cluster = small_cluster(layers, formal=formal, bodies={"lab": "research", "boss": "person"})
    found = measure_learning_network(cluster)
    # The friend who is a person is no organization; the advice of n02 of unknown form counts in no form, their bond does.
    assert found.firms["formal_learning_partners"].tolist() == [2, 1, 0]
    assert found.firms["informal_learning_partners"].tolist() == [2, 1, 1]
    assert row_of(found, "formal_informal_overlap")["value"] == pytest.approx(1 / 2)
    assert row_of(found, "formal_learning_density")["value"] == pytest.approx(1 / 3)


def test_without_any_form_and_any_bond_nothing_is_said_of_forms():
    cluster = small_cluster({"knowledge": [(0, 1), (1, 2)]}, size=5)
    found = measure_learning_network(cluster)
    assert all("contract" in row["withheld"] for row in found.rows)
    assert found.firms.isna().all(axis=None)


def test_informal_bond_kind_share_counts_kinds():
    answers = [
        (0, "R05", 1, "kin", 1),
        (0, "R05", 1, "friend", 1),
        (1, "R05", 2, "friend", 1),
        (2, "R05", "", "", 0),
    ]
    found = measure_learning_network(small_cluster({"social": [(0, 1), (1, 2)]}, size=3, answers=answers))
    shares = {kind: row_of(found, "informal_bond_kind_share", kind)["value"] for kind in BONDS}
    assert shares == pytest.approx(
        {"kin": 1 / 3, "friend": 2 / 3, "schoolmate": 0, "former_colleague": 0, "club": 0}
    )


def test_gini_is_that_of_all_pairwise_differences():
    rng = np.random.default_rng(2)
    values = rng.gamma(1, size=40)
    values[[3, 17]] = np.nan
    counts = rng.integers(0, 4, size=(20, 40)).astype(float)
    for weights, value in zip(counts, gini(values)(counts), strict=True):
        drawn = np.repeat(values, weights.astype(int))
        drawn = drawn[~np.isnan(drawn)]
        apart = np.abs(drawn[:, None] - drawn).mean() / (2 * drawn.mean())
        assert value == pytest.approx(apart)


@pytest.mark.parametrize("silent", [(), (2, 9)])
def test_division_of_learning_by_loops(silent):
    cluster, layers, _ = random_cluster(silent=silent)
    found = measure_learning_division(cluster)
    table = found.firms
    n = len(table)
    high = table["high_potential"].to_numpy()
    assert set(np.flatnonzero(np.isnan(high))) == set(silent)
    arcs = {(a, b): s for a, b, s in layers["knowledge"]}
    given = [
        np.mean([arcs.get((i, j), 0) for j in range(n) if j != i]) if i not in silent else np.nan
        for i in range(n)
    ]
    assert table["knowledge_given"].to_numpy() == pytest.approx(np.array(given), nan_ok=True)
    taken = [
        np.mean([arcs.get((j, i), 0) for j in range(n) if j != i]) if i not in silent else np.nan
        for i in range(n)
    ]
    assert table["knowledge_taken"].to_numpy() == pytest.approx(np.array(taken), nan_ok=True)
    capacity = table["absorptive_capacity_index"].to_numpy()
    known = ~np.isnan(high)
    stands = (capacity >= np.median(capacity[known])) & (np.array(given) >= np.array(taken))
    assert high[known].tolist() == stands[known].tolist()
    assert row_of(found, "high_potential_share")["value"] == pytest.approx(np.nanmean(high))
    flags = {"high": 1, "low": 0}
    for a, b in itertools.product(flags, flags):
        block = [
            (i, j) in arcs
            for i, j in itertools.permutations(range(n), 2)
            if high[i] == flags[a] and high[j] == flags[b]
        ]
        assert row_of(found, "advice_flow_density", f"{a} > {b}")["value"] == pytest.approx(np.mean(block))
    down = sum(s for (i, j), s in arcs.items() if high[i] == 1 and high[j] == 0)
    up = sum(s for (i, j), s in arcs.items() if high[i] == 0 and high[j] == 1)
    assert row_of(found, "feeding_ratio")["value"] == pytest.approx(down / (down + up))
    outside = np.zeros(n)
    outside[1], outside[2] = 2, 1
    for name, flag in flags.items():
        value = row_of(found, "outside_partners_of_class", name)["value"]
        assert value == pytest.approx(outside[high == flag].mean())


def test_knowledge_source_gini_is_one_short_of_a_share_if_one_feeds_all():
    star = [(0, j) for j in range(1, 10)]
    found = measure_learning_division(small_cluster({"knowledge": star}))
    assert row_of(found, "knowledge_source_gini")["value"] == pytest.approx(0.9)
    assert "absorptive capacity" in row_of(found, "high_potential_share")["withheld"]


def test_pairs_that_were_not_asked_are_left_out_of_flows():
    from dataclasses import replace

    cluster, layers, _ = random_cluster()
    high = measure_learning_division(cluster).firms["high_potential"].to_numpy()
    whole = cluster.networks["knowledge"]
    arcs = {(a, b) for a, b, _ in layers["knowledge"]}
    i, j = next(
        (i, j)
        for i, j in itertools.permutations(range(25), 2)
        if high[i] == 1 and high[j] == 0 and (i, j) not in arcs
    )
    left_out = tuple(np.array([int(np.flatnonzero(whole.actors == named(k))[0])]) for k in (i, j))
    before = row_of(measure_learning_division(cluster), "advice_flow_density", "high > low")["value"]
    fewer, *_ = random_cluster()
    fewer.networks["knowledge"] = replace(whole, unasked=left_out)
    after = row_of(measure_learning_division(fewer), "advice_flow_density", "high > low")["value"]
    pairs = (high == 1).sum() * (high == 0).sum()
    assert after == pytest.approx(before * pairs / (pairs - 1))


ANSWERS = [
    (0, "NB19", "", "peer_visits", 1), (0, "NB19", "", "hiring", 1), (1, "NB19", "", "", 0),
    (2, "R15.watched", 0, "", 1), (0, "NB20", "", "buyers", 1), (0, "NB20", "", "patents_foreign", 1),
    (1, "NB20", "", "joint_firms", 1), (1, "NB20", "", "hired_experts", 1), (2, "NB20", "", "own", 1),
    (0, "R08.founder", 2, "", 1), (1, "R08.founder", "", "", 0), (2, "R08.founder", "elsewhere", "", 1),
    (1, "R08.hired", 0, "", 1), (2, "R08.hired", "", "", 0),
    (0, "R04.projects", 2, "", 2), (1, "R04.projects", "", "", 0), (2, "R04.projects", 0, "", 2),
]  # fmt: skip


def test_ways_of_learning_by_hand():
    cluster = small_cluster(
        {"pipeline": [("x", 1)]}, size=4, answers=ANSWERS, outside={"x": "buyer"}, responded=[1, 1, 1, 0],
        indicators={"fdi": [0, 1, 0, np.nan], "buyer_know": [0.0, 0.5, np.nan, np.nan]},
    )  # fmt: skip
    ways = {name: values[:3].tolist() for name, values in ways_of_learning(cluster).items()}
    assert ways == {
        "imitation": [1, 0, 1], "mobility": [1, 1, 0], "cooperation": [1, 1, 1], "spin_off": [1, 0, 0], "buyers": [1, 1, 0],
        "bought_technology": [1, 0, 0], "hired_experts": [0, 1, 0], "pipelines": [0, 1, 0], "foreign_capital": [0, 1, 0],
    }  # fmt: skip
    found = measure_learning_modes(cluster)
    table = found.firms
    assert table["learning_breadth_inside"].tolist()[:3] == [1, 0.5, 0.5]
    assert table["learning_breadth_outside"].tolist()[:3] == pytest.approx([0.4, 0.8, 0])
    assert table["learning_mode_balance"].tolist()[:3] == pytest.approx([-0.6 / 1.4, 0.3 / 1.3, -1])
    assert table.iloc[3].isna().all()
    for name in (*INSIDE, *OUTSIDE):
        assert row_of(found, "learning_mode_share", name)["value"] == pytest.approx(np.mean(ways[name]))
    assert "no questionnaire asks" in row_of(found, "learning_mode_share", "attracted_firms")["withheld"]
    assert row_of(found, "learning_breadth_mean", "inside")["value"] == pytest.approx(2 / 3)
    assert row_of(found, "learning_breadth_mean", "outside")["value"] == pytest.approx(0.4)
    assert row_of(found, "learning_mode_balance_mean")["value"] == pytest.approx((-3 / 7 + 3 / 13 - 1) / 3)


def test_ties_tell_of_mobility_and_cooperation_where_nothing_was_asked():
    cluster = small_cluster({"mobility": [(0, 1)], "innovation": [(1, 2)]}, size=4)
    ways = ways_of_learning(cluster)
    assert ways["mobility"].tolist() == [0, 1, 0, 0]
    assert ways["cooperation"].tolist() == [0, 1, 1, 0]
    assert np.isnan(ways["imitation"]).all()


EVERY = [(i, j) for i in range(6) for j in range(6) if i != j]
HALF = [a for a in EVERY if a[0] < a[1]]
ALIKE = {k: [1.0] * 6 for k in (*ITEMS, "collab", "ext", "fdi", "buyer_know")}
OUT = {"x": "buyer"}
HARD = {
    "no firm": {},
    "one firm": {"size": 1},
    "one firm with ties": {
        "layers": {"pipeline": [("x", 0)], "knowledge": [("u", 0)]}, "size": 1, "outside": OUT, "bodies": {"u": "university"},
    },
    "two firms": {"layers": {"pipeline": [("x", 0)], "knowledge": [(0, 1)]}, "outside": OUT},
    "no ties": {"size": 6, "indicators": ALIKE},
    "all ties": {
        "layers": {"knowledge": EVERY, "social": HALF, "innovation": HALF, "pipeline": [("x", i) for i in range(6)]},
        "outside": OUT, "indicators": ALIKE,
    },
    "no knowledge layer": {"layers": {"social": [(0, 1)], "pipeline": [("x", 0)]}, "size": 6, "outside": OUT},
    "no pipeline layer": {"layers": {"knowledge": [(0, 1), (1, 2)]}, "size": 6},
    "nobody answered": {
        "layers": {"knowledge": [(0, 1)], "pipeline": [("x", 0)]}, "size": 6, "outside": OUT, "responded": [0] * 6,
        "boundary": "roster",
    },
    "bodies alone": {
        "layers": {"knowledge": [("u", 0)], "innovation": [("u", 1)], "pipeline": [("x", "u")]}, "size": 4,
        "bodies": {"u": "university"}, "outside": OUT,
    },
    "text": {"layers": {"knowledge": [(0, 1)], "pipeline": [("x", 0)]}, "outside": OUT, "boundary": "text"},
    "sample": {
        "layers": {"knowledge": EVERY, "pipeline": [("x", 0)]}, "outside": OUT, "boundary": "sample", "indicators": ALIKE,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_hard_clusters_give_finite_values_or_a_reason(name):
    cluster = small_cluster(**HARD[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure_learning(cluster)
    assert list(found.firms.index) == list(cluster.firms)
    keys = [(r["unit_kind"], r["unit"], r["measure"], r.get("category", "")) for r in found.rows]
    assert len(set(keys)) == len(keys)
    for row in found.rows:
        low, high = get_measure(row["measure"]).bounds
        assert (
            row.get("withheld", "").startswith(("withheld: ", "undefined: ")) or low <= row["value"] <= high
        )
    for column in found.firms:
        declared = get_measure(column)
        assert declared.level == "firm"
        if declared.scale != "label":
            values = found.firms[column].dropna()
            assert values.between(*declared.bounds).all()
    if name == "text":
        assert all(row["withheld"] for row in found.rows)


def test_equal_inputs_give_equal_rows():
    first, second = (measure_learning(random_cluster()[0]) for _ in range(2))
    assert first.rows == second.rows
    assert first.firms.equals(second.firms)
