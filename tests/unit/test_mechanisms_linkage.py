"""External linkage: levels, openness, buzz and pipelines, coupling, buyers and stages, against hand counts and networkx."""

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_clusters import small_cluster

from gumflow.measures.registry import all_measures, get_measure
from gumflow.mechanisms import chain_governance, descriptors, ladder, linkage
from gumflow.mechanisms.cluster import MechanismSettings
from gumflow.mechanisms.linkage import coupling_coordination, measure_external_linkage, reach_of

OUTSIDE = {"b1": "buyer", "b2": "buyer", "u1": "university"}
LAYERS = {
    "knowledge": [(0, 1), (1, 0), (1, 2)],
    "social": [(0, 1), (2, 3)],
    "transaction": [(0, 3)],
    "pipeline": [(0, "b1"), ("b1", 0), (0, "u1"), (1, "b1"), ("b2", 4)],
}
FIRM_COLUMNS = (
    "outside_partners", "partners_abroad", "partners_inside", "ei_index_partners", "openness", "local_buzz", "global_pipelines",
    "buzz_pipeline_balance", "chain_network_coupling", "chain_network_coordination", "buyer_concentration",
)  # fmt: skip


def valley(**changes):
    """Make five firms and three outside actors, of whom the university is in another cluster."""
    made = small_cluster(
        **({"layers": LAYERS, "size": 5, "outside": OUTSIDE, "responded": [1] * 5} | changes)
    )
    made.members.loc["u1", "place"] = "other_cluster"
    return made


def row(found, measure, category=None):
    rows = [r for r in found.rows if r["measure"] == measure and category in (None, r.get("category"))]
    assert len(rows) == 1, (measure, category, rows)
    return rows[0]


def random_valley(seed, size=30, responded=None, **changes):
    rng = np.random.default_rng(seed)
    responded = np.ones(size) if responded is None else responded
    layers = {
        layer: [(int(a), int(b)) for a, b in rng.integers(0, size, (40, 2)) if a != b]
        for layer in ("knowledge", "social", "transaction", "innovation")
    }
    layers["pipeline"] = [
        (int(a), f"x{b}") for a, b in zip(rng.integers(0, size, 25), rng.integers(0, 6, 25), strict=True)
    ]
    layers = {name: list(dict.fromkeys(arcs)) for name, arcs in layers.items()}
    outside = {f"x{i}": "buyer" for i in range(6)}
    return small_cluster(layers, size=size, outside=outside, responded=responded, **changes), layers


def test_partners_are_counted_once_whatever_the_layer_and_direction():
    found = measure_external_linkage(valley())
    firms = found.firms
    assert firms["outside_partners"].tolist() == [2, 1, 0, 0, 1]
    assert firms["partners_abroad"].tolist() == [1, 1, 0, 0, 1]
    assert firms["partners_inside"].tolist() == [2, 2, 2, 2, 0]
    assert firms["ei_index_partners"].tolist() == pytest.approx([0, -1 / 3, -1, -1, 1])
    # Four pairs inside, four pairs of a firm and an outside actor.
    assert row(found, "ei_index_linkage")["value"] == pytest.approx(0)
    means = {
        c: row(found, "linkage_partners_mean", c)["value"] for c in ("inside", "other_cluster", "abroad")
    }
    assert means == pytest.approx({"inside": 8 / 5, "other_cluster": 1 / 5, "abroad": 3 / 5})
    shares = {c: row(found, "linkage_reach_share", c)["value"] for c in ("inside", "other_cluster", "abroad")}
    assert shares == pytest.approx({"inside": 4 / 5, "other_cluster": 1 / 5, "abroad": 3 / 5})


OUTWARD = ["outside_partners", "partners_abroad", "global_pipelines"]
INWARD = ["partners_inside", "local_buzz"]
BOTH = ["ei_index_partners", "buzz_pipeline_balance", "chain_network_coupling", "chain_network_coordination"]


@pytest.mark.parametrize("left_out", [("pipeline",), ("knowledge", "social", "transaction"), tuple(LAYERS)])
def test_a_level_of_which_nobody_reported_a_tie_is_unknown_and_not_empty(left_out):
    layers = {name: arcs for name, arcs in LAYERS.items() if name not in left_out}
    indicators = {"open_mkt": [0.2, 0.4, 0.6, 0.8, 1.0], "ei_sup": [-1, 0, 0, 0, 1]}
    cluster = valley(layers=layers, indicators=indicators)
    found = measure_external_linkage(cluster)
    firms = found.firms
    assert firms[BOTH].isna().all().all()
    for name in ("ei_index_linkage", "chain_network_coordination_mean", "buzz_pipeline_balance_cluster"):
        assert row(found, name)["withheld"].startswith("withheld: no achieved tie of ")
    assert np.isnan(cluster.outside_partners).all() == ("pipeline" in left_out)
    if "pipeline" in left_out:
        assert firms[OUTWARD].isna().all().all()
        # Partners outside are no part of openness, instead of a part of 0.
        assert firms["openness"].tolist() == pytest.approx([0.1, 0.45, 0.55, 0.65, 1.0])
        for place in ("other_cluster", "abroad"):
            why = row(found, "linkage_partners_mean", place)["withheld"]
            assert (
                why
                == "withheld: no achieved tie of pipeline is reported, so mean number of partners by level has nothing to rest on"
            )
    if "transaction" in left_out:
        assert firms[INWARD].isna().all().all()
        why = row(found, "linkage_partners_mean", "inside")["withheld"]
        assert why.startswith("withheld: no achieved tie of the firm network is reported, so mean number")
    given = {r["category"] for r in found.rows if r["measure"] == "linkage_reach_share"}
    assert given == {
        *(() if "transaction" in left_out else ("inside",)),
        *(() if "pipeline" in left_out else ("other_cluster", "abroad")),
    }


def test_buzz_and_pipelines_are_set_against_the_means_of_the_cluster():
    found = measure_external_linkage(valley())
    talk, outside = np.array([1, 2, 2, 1, 0]), np.array([2, 1, 0, 0, 1])
    assert found.firms["local_buzz"].tolist() == pytest.approx((talk / 1.2).tolist())
    assert found.firms["global_pipelines"].tolist() == pytest.approx((outside / 0.8).tolist())
    one, other = talk / 1.2, outside / 0.8
    expected = [1 - abs(a - b) / (a + b) for a, b in zip(one, other, strict=True)]
    assert found.firms["buzz_pipeline_balance"].tolist() == pytest.approx(expected)
    assert row(found, "local_buzz_mean")["value"] == pytest.approx(1.2)
    assert row(found, "global_pipelines_mean")["value"] == pytest.approx(0.8)
    assert row(found, "buzz_pipeline_balance_cluster")["value"] == pytest.approx(1 - 0.4 / 2.0)


@pytest.mark.parametrize("seed", range(5))
def test_partners_and_the_ei_index_agree_with_networkx(seed):
    rng = np.random.default_rng(seed)
    responded = rng.random(30) < 0.8
    made, layers = random_valley(seed, responded=responded)
    graph = nx.Graph()
    graph.add_nodes_from(range(30))
    graph.add_edges_from(arc for arcs in layers.values() for arc in arcs)
    found = measure_external_linkage(made).firms
    for i in range(30):
        ends = list(graph[i])
        outside = sum(isinstance(e, str) for e in ends)
        if responded[i]:
            assert found["outside_partners"].iloc[i] == outside
            assert found["partners_inside"].iloc[i] == len(ends) - outside
        else:
            assert found.iloc[i][list(FIRM_COLUMNS)].isna().all()
    told = [(a, b) for a, b in graph.edges if any(not isinstance(e, str) and responded[e] for e in (a, b))]
    told = [
        (a, b)
        for a, b in told
        if not (isinstance(a, str) or isinstance(b, str))
        or any(isinstance(e, int) and responded[e] for e in (a, b))
    ]
    crossing = sum(isinstance(a, str) or isinstance(b, str) for a, b in told)
    inside = len(told) - crossing
    assert row(measure_external_linkage(made), "ei_index_linkage")["value"] == pytest.approx(
        (crossing - inside) / (crossing + inside)
    )


def test_intervals_of_the_ei_index_are_those_of_a_bootstrap_by_loops():
    made, _ = random_valley(3, settings=MechanismSettings(draws=400))
    reach = reach_of(made)
    part, whole = reach.partners_outside - reach.pairs, reach.partners_outside + reach.pairs
    rng = np.random.default_rng(7)
    draws = []
    for _ in range(4000):
        at = rng.integers(0, 30, 30)
        draws.append(part[at].sum() / whole[at].sum())
    half = stats.t.ppf(0.975, 29) * np.std(draws, ddof=1) * math.sqrt(30 / 29)
    found = row(measure_external_linkage(made), "ei_index_linkage")
    assert found["interval_kind"] == "sampling"
    assert found["high"] - found["value"] == pytest.approx(half, rel=0.12)


def test_openness_is_the_mean_of_at_least_two_known_parts():
    nan = math.nan
    given = {
        "open_mkt": [0.8, nan, 0.5, nan, 0.2],
        "ei_sup": [0.0, 0.5, nan, nan, -1.0],
        "market_conc": [0.5, 0.6, 0.7, nan, 0.4],
    }
    found = measure_external_linkage(valley(indicators=given, responded=[1, 1, 1, 1, 0]))
    # Partners outside: 2, 1, 0, 0, unknown.
    expected = [(0.8 + 0.5 + 2 / 3) / 3, (0.75 + 0.5) / 2, (0.5 + 0) / 2, nan, (0.2 + 0) / 2]
    assert found.firms["openness"].tolist() == pytest.approx(expected, nan_ok=True)
    mean = row(found, "openness_mean")
    known = np.array([e for e in expected if e == e])
    assert mean["value"] == pytest.approx(known.mean())
    low, high = stats.t.interval(0.95, 3, known.mean(), stats.sem(known))
    assert (mean["low"], mean["high"]) == pytest.approx((max(low, 0), min(high, 1)))
    assert row(found, "market_openness_mean")["value"] == pytest.approx(0.5)
    assert row(found, "market_concentration_mean")["value"] == pytest.approx(0.55)


def test_coupling_is_one_where_levels_are_equal_and_falls_with_their_gap():
    level = np.linspace(0.1, 1, 10)
    coupling, coordination = coupling_coordination(level, level)
    assert coupling == pytest.approx(np.ones(10))
    assert coordination == pytest.approx(np.sqrt(level))
    coupling, coordination = coupling_coordination(np.full(10, 0.1), level)
    assert (np.diff(coupling) < 0).all()
    assert coupling[-1] == pytest.approx(math.sqrt(0.1 * 0.1))
    assert coordination[-1] == pytest.approx(math.sqrt(0.1 * 0.55))
    assert np.isnan(coupling_coordination(np.zeros(1), np.zeros(1))[0]).all()
    same = coupling_coordination(level, np.full(10, 0.1))
    assert same[0] == pytest.approx(coupling)


def test_chain_and_network_are_coupled_by_percentile_ranks():
    made, _ = random_valley(5)
    found = measure_external_linkage(made)
    chain = (stats.rankdata(found.firms["outside_partners"]) - 0.5) / 30
    net = (stats.rankdata(found.firms["partners_inside"]) - 0.5) / 30
    for i, (u, v) in enumerate(zip(chain, net, strict=True)):
        c = math.sqrt((1 - abs(u - v)) * min(u, v) / max(u, v))
        assert found.firms["chain_network_coupling"].iloc[i] == pytest.approx(c)
        assert found.firms["chain_network_coordination"].iloc[i] == pytest.approx(math.sqrt(c * (u + v) / 2))
    means = (
        row(found, "chain_network_coupling_mean")["value"],
        row(found, "chain_network_coordination_mean")["value"],
    )
    assert means == pytest.approx(
        tuple(found.firms[["chain_network_coupling", "chain_network_coordination"]].mean())
    )


def test_buyers_are_concentrated_where_one_takes_nearly_all():
    answers = [
        (0, "R10.share", "b1", "", 90),
        (1, "R10.share", "b1", "", 20),
        (1, "R10.share", "b2", "", 20),
        (2, "R10.share", "", "", 0),
    ]
    answers += [(3, "R10.share", "b2", "", 50)]
    found = measure_external_linkage(valley(answers=answers))
    assert found.firms["buyer_concentration"].tolist() == pytest.approx(
        [0.81, 0.08, math.nan, 0.25, math.nan], nan_ok=True
    )
    mean = row(found, "buyer_concentration_mean")
    assert mean["value"] == pytest.approx((0.81 + 0.08 + 0.25) / 3)
    # Four of five firms were asked; three name a buyer.
    assert (mean["n"], mean["coverage"]) == (3, 0.8)
    none = row(measure_external_linkage(valley(answers=answers[3:4])), "buyer_concentration_mean")
    assert none["withheld"] == "withheld: only 0 firm(s) name a buyer outside the cluster"


def test_income_by_stage_adds_up_to_one():
    rows = [
        (i, "NB04.shares", "", s, v)
        for i, shares in enumerate(((50, 50), (0, 100), (30, 90), (25, 75)))
        for s, v in zip(("design", "garment"), shares, strict=True)
    ]
    found = measure_external_linkage(
        valley(answers=rows, indicators={"smile": [0.5, 0, 0.25, 0.25, math.nan]})
    )
    parts = {s: row(found, "stage_income_share", s)["value"] for s in ("design", "garment")}
    assert parts == pytest.approx({"design": 0.25, "garment": 0.75})
    assert row(found, "smile_mean")["value"] == pytest.approx(0.25)


ADVERSARIAL = {
    "no firm": {"size": 0},
    "one firm": {"size": 1},
    "no ties": {"size": 6},
    "all ties": {"layers": {x: [(i, j) for i in range(6) for j in range(6) if i != j] for x in ("knowledge", "social")} | {"pipeline": [(i, "b1") for i in range(6)]}, "size": 6, "outside": {"b1": "buyer"}},
    "no pipeline": {"layers": {"knowledge": LAYERS["knowledge"]}, "size": 5},
    "only pipelines": {"layers": {"pipeline": [(0, "b1"), (1, "b1")]}, "size": 5, "outside": {"b1": "buyer"}},
    "nobody answered": {"layers": LAYERS, "size": 5, "outside": OUTSIDE, "responded": [0] * 5},
    "all the same": {"layers": LAYERS, "size": 5, "outside": OUTSIDE, "indicators": {n: [1.0] * 5 for n in ("open_mkt", "ei_sup", "complexity", "codif", "tech_level", "rd", "retaliation", "lock", "bargaining", "fix", "ladder", "fdi", "smile", "s_oem")}},
    "a text": {"layers": LAYERS, "size": 5, "outside": OUTSIDE, "boundary": "text"},
    "a sample": {"layers": LAYERS, "size": 5, "outside": OUTSIDE, "boundary": "sample"},
}  # fmt: skip


@pytest.mark.parametrize("case", ADVERSARIAL)
def test_hard_cases_give_values_within_bounds_or_say_why_not(case):
    given = ADVERSARIAL[case]
    made = small_cluster(**({"responded": [1] * given["size"]} | given))
    for mechanism in (measure_external_linkage, descriptors.measure_descriptors):
        found = mechanism(made)
        assert found.firms.index.tolist() == made.firms.tolist()
        keys = [
            tuple(str(r.get(k, "")) for k in ("unit_kind", "unit", "measure", "category")) for r in found.rows
        ]
        assert len(set(keys)) == len(keys)
        for r in found.rows:
            low, high = get_measure(r["measure"]).bounds
            value = r.get("value", math.nan)
            assert r.get("withheld") or r.get("category") or value == value
            assert value != value or low <= value <= high
            assert get_measure(r["measure"]).level == "cluster"
        for name in found.firms.columns:
            declared = get_measure(name)
            assert declared.level == "firm"
            if declared.scale != "label":
                known = found.firms[name].dropna()
                assert known.between(*declared.bounds).all()
    if case == "all ties":
        assert measure_external_linkage(made).firms["partners_inside"].tolist() == [5] * 6
    if case in ("nobody answered", "a text"):
        assert measure_external_linkage(made).firms.drop(columns="gvc_governance").isna().all(axis=None)


def test_of_a_text_only_headlines_are_withheld():
    found = measure_external_linkage(valley(boundary="text"))
    held = [r for r in found.rows if r.get("withheld")]
    assert {r["measure"] for r in held} >= set(linkage.HEADLINES)
    assert len(held) < 12
    assert all("a text states some ties" in r["withheld"] for r in held if r["unit_kind"] != "path")
    assert not any(r.get("value", math.nan) == r.get("value", math.nan) for r in found.rows)


def test_names_of_firms_do_not_matter_and_the_same_inputs_give_the_same_rows():
    first, again = (measure_external_linkage(random_valley(4)[0]) for _ in range(2))
    pd.testing.assert_frame_equal(first.firms, again.firms)
    assert str(first.rows) == str(again.rows)
    swap = {i: 29 - i for i in range(30)}
    _, layers = random_valley(4)
    turned = {k: [tuple(swap.get(e, e) for e in arc) for arc in arcs] for k, arcs in layers.items()}
    other = measure_external_linkage(
        small_cluster(turned, size=30, outside={f"x{i}": "buyer" for i in range(6)}, responded=[1] * 30)
    )
    for name in FIRM_COLUMNS:
        assert other.firms[name].to_numpy() == pytest.approx(first.firms[name].to_numpy()[::-1], nan_ok=True)


def test_every_measure_of_external_linkage_says_where_it_comes_from():
    modules = {m.__name__ for m in (linkage, chain_governance, ladder, descriptors)}
    own = [m for m in all_measures() if m.function.__module__ in modules]
    assert len(own) > 50
    for declared in own:
        assert declared.source.rstrip().endswith(("[as published]", "[adapted]", "[reconstruction]")), (
            declared.name
        )
    assert set(measure_external_linkage(valley()).firms.columns) <= {m.name for m in own}


@pytest.mark.parametrize("seed", range(4))
def test_planted_linkage_is_found_in_openness_and_pipelines(seed):
    rng = np.random.default_rng(seed)
    size = 80
    linkage_of = rng.normal(size=size)
    arcs = [
        (i, f"x{b}")
        for i in range(size)
        for b in rng.choice(12, min(12, rng.poisson(np.exp(0.7 * linkage_of[i] - 0.3))), replace=False)
    ]
    share = 1 / (1 + np.exp(-linkage_of - rng.normal(size=size)))
    inside = [(int(a), int(b)) for a, b in rng.integers(0, size, (150, 2)) if a != b]
    made = small_cluster(
        {"pipeline": arcs, "knowledge": list(dict.fromkeys(inside))}, size=size, outside={f"x{b}": "buyer" for b in range(12)},
        indicators={"open_mkt": share, "ei_sup": rng.uniform(-1, 1, size)},
    )  # fmt: skip
    firms = measure_external_linkage(made).firms
    assert np.corrcoef(firms["global_pipelines"], linkage_of)[0, 1] > 0.3
    assert np.corrcoef(firms["openness"], linkage_of)[0, 1] > 0.4
    assert abs(np.corrcoef(firms["local_buzz"], linkage_of)[0, 1]) < 0.3
