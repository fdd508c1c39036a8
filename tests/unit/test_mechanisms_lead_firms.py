"""Lead firms: found from size and trade, their four effects, and concentration."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from small_clusters import named, small_cluster

from gumflow.mechanisms.cluster import MechanismSettings
from gumflow.mechanisms.lead_effects import lead_firm_exposure, watched
from gumflow.mechanisms.lead_firms import _cr4, _hhi, _kappa, lead_firm_score, lead_firms, measure_lead_firms

STAR = [(0, i, 2.0) for i in range(1, 6)] + [(6, 0, 1.0), (7, 8, 3.0), (8, 9, 1.0)]
EMPLOYEES = [900, 50, 40, 30, 20, 30, 60, 80, 25, 10]


def rows_of(found, measure):
    return {row.get("category", ""): row for row in found.rows if row["measure"] == measure}


def z(values):
    values = np.asarray(values, dtype=float)
    return (values - values.mean()) / values.std()


def test_the_score_is_the_mean_of_size_trade_and_betweenness():
    cluster = small_cluster({"transaction": STAR}, columns={"employees": EMPLOYEES})
    graph = nx.Graph([(s, t) for s, t, _ in STAR])
    between = nx.betweenness_centrality(graph, normalized=False)
    strength = [sum(w for s, t, w in STAR if i in (s, t)) for i in range(10)]
    expected = (z(np.log(EMPLOYEES)) + z(strength) + z([between[i] for i in range(10)])) / 3
    np.testing.assert_allclose(lead_firm_score(cluster), expected, atol=1e-12)
    assert lead_firms(cluster).tolist() == [1] + [0] * 9


def test_unknown_values_are_left_out_and_alike_firms_have_no_leader():
    sizes = small_cluster(columns={"employees": EMPLOYEES}, size=10)
    np.testing.assert_allclose(lead_firm_score(sizes), z(np.log(EMPLOYEES)))
    partly = small_cluster({"transaction": STAR}, columns={"employees": ["", *EMPLOYEES[1:]]})
    assert not np.isnan(lead_firm_score(partly)).any()
    assert lead_firms(partly)[0] == 1
    asked = small_cluster(indicators={"firm_size": np.log(EMPLOYEES)})
    np.testing.assert_allclose(lead_firm_score(asked), z(np.log(EMPLOYEES)))
    assert np.isnan(lead_firms(small_cluster(columns={"employees": [5] * 10}, size=10))).all()
    # Firms level with the last that is sought are in, unless they are more than as many again.
    assert lead_firms(small_cluster(columns={"employees": [9, 9] + [1] * 8}, size=10)).sum() == 2
    assert lead_firms(small_cluster(columns={"employees": [9] * 3 + [1] * 7}, size=10)).sum() != 3


def test_advice_staff_and_rivalry_do_not_make_a_lead_firm():
    plain = small_cluster({"transaction": STAR}, columns={"employees": EMPLOYEES})
    more = small_cluster(
        {
            "transaction": STAR,
            **{layer: [(9, i) for i in range(9)] for layer in ("knowledge", "mobility", "rivalry")},
        },
        columns={"employees": EMPLOYEES},
    )
    np.testing.assert_array_equal(lead_firm_score(plain), lead_firm_score(more))


def test_who_is_watched():
    answers = [
        (1, "R15.watched", 0, "", 1),
        (2, "R15.watched", 0, "", 1),
        (2, "R15.watched", 3, "", 1),
        (0, "R15.watched", 0, "", 1),
    ]
    shares = watched(small_cluster(size=4, answers=answers))
    # Firm 0 answered too and cannot name itself: two others could.
    np.testing.assert_allclose(shares, [1, 0, 0, 1 / 3])
    assert np.isnan(watched(small_cluster(size=3))).all()


def planted(seed, ratio, size=60, **changes):
    """Make a cluster in which staff of lead firms join others `ratio` times as often, and advice and rivals are drawn alike."""
    rng = np.random.default_rng(seed)
    leads = 6
    layers = {"transaction": [], "mobility": [], "knowledge": [], "rivalry": []}
    for i, j in itertools.permutations(range(size), 2):
        if rng.random() < (0.4 if i < leads else 0.05):
            layers["transaction"].append((i, j, 1.0))
        if rng.random() < 0.05 * (ratio if i < leads else 1):
            layers["mobility"].append((i, j))
        for name in ("knowledge", "rivalry"):
            if rng.random() < 0.06:
                layers[name].append((i, j))
    names = rng.integers(0, size, (size, 3))
    answers = [(i, "R15.watched", int(j), "", 1) for i in range(size) for j in set(names[i]) if i != j]
    employees = np.r_[rng.integers(500, 900, leads), rng.integers(5, 100, size - leads)]
    return small_cluster(
        layers, size=size, answers=answers, columns={"employees": employees, "lead_firm": [1] * leads + [0] * (size - leads)}, seed=seed,
        indicators={"lead_spillover": rng.integers(0, 4, size) / 3}, **changes,
    )  # fmt: skip


def test_planted_lead_firms_and_their_talent_effect_are_found_and_null_effects_are_not():
    null, covered = [], 0
    for seed in range(4):
        cluster = planted(seed, 4.0)
        found = measure_lead_firms(cluster)
        assert found.firms["lead_firm"].tolist() == [1] * 6 + [0] * 54
        ratio, p = rows_of(found, "lead_effect_ratio"), rows_of(found, "lead_effect_p")
        assert p["talent"]["value"] < 0.05
        covered += ratio["talent"]["low"] < 4 < ratio["talent"]["high"]
        null += [p[effect]["value"] for effect in ("spillover", "competition", "demonstration")]
    assert covered >= 3
    assert np.mean(np.array(null) < 0.05) <= 0.2
    kappa = rows_of(found, "lead_firm_kappa")[""]
    assert (kappa["value"], kappa["n"]) == (1.0, 60)
    assert rows_of(found, "lead_firms_found")[""]["value"] == 6


def test_ratio_and_p_against_counting():
    cluster = planted(3, 4.0, settings=MechanismSettings(draws=2000))
    found = measure_lead_firms(cluster)
    mobility = np.zeros((60, 60))
    ties = cluster.achieved("mobility")
    mobility[cluster.place_of(ties["source"]), cluster.place_of(ties["target"])] = 1
    rate = mobility.sum(axis=1) / 59
    assert rows_of(found, "lead_effect_ratio")["talent"]["value"] == pytest.approx(
        rate[:6].mean() / rate[6:].mean()
    )
    rivalry = np.zeros((60, 60))
    ties = cluster.achieved("rivalry")
    rivalry[cluster.place_of(ties["source"]), cluster.place_of(ties["target"])] = 1
    named_by = rivalry.sum(axis=0)
    observed = abs(named_by[:6].mean() - named_by[6:].mean())
    rng = np.random.default_rng(0)
    shuffled = [rng.permutation(named_by) for _ in range(4000)]
    exact = np.mean([abs(s[:6].mean() - s[6:].mean()) >= observed - 1e-9 for s in shuffled])
    assert rows_of(found, "lead_effect_p")["competition"]["value"] == pytest.approx(exact, abs=0.04)
    # Rivalry among those that do not lead, by whether they trade with a lead firm.
    trade = np.zeros((60, 60))
    ties = cluster.achieved("transaction")
    trade[cluster.place_of(ties["source"]), cluster.place_of(ties["target"])] = 1
    near = (trade + trade.T)[6:, :6].any(axis=1)
    among = rivalry[6:, 6:].sum(axis=0) + rivalry[6:, 6:].sum(axis=1)
    business = rows_of(found, "lead_effect_ratio").get("competition_for_business")
    if near.sum() >= 2 and (~near).sum() >= 3:
        assert business["value"] == pytest.approx(among[near].mean() / among[~near].mean())
    else:
        assert business["withheld"]
    assert rows_of(found, "lead_firm_linkage")["transaction"]["value"] == pytest.approx(near.mean())
    helped = cluster.indicator("lead_spillover")[6:]
    assert rows_of(found, "lead_firm_help")[""]["value"] == pytest.approx(helped.mean())


def test_competition_for_business_compares_those_who_trade_with_lead_firms():
    layers = {
        "transaction": [(i, 0, 5.0) for i in range(2, 7)] + [(i, 1, 5.0) for i in range(2, 7)],
        "rivalry": [(2, 3), (3, 4), (4, 5), (5, 6), (8, 9), (2, 0)],
    }
    cluster = small_cluster(layers, size=14, columns={"employees": [900, 800, *[10] * 12]})
    assert lead_firms(cluster).tolist() == [1, 1] + [0] * 12
    row = rows_of(measure_lead_firms(cluster), "lead_effect_ratio")["competition_for_business"]
    assert row["value"] == pytest.approx((8 / 5) / (2 / 7))
    assert row["n"] == 12


def test_exposure_is_the_share_of_lead_firms_that_a_firm_meets():
    layers = {
        "transaction": [(0, 2), (3, 1)],
        "knowledge": [(1, 2), (2, 1)],
        "rivalry": [(4, 0)],
        "social": [(0, 1)],
    }
    lead = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    cluster = small_cluster(layers, responded=[1, 1, 1, 1, 0])
    np.testing.assert_allclose(lead_firm_exposure(cluster, lead), [1, 1, 1, 0.5, np.nan])
    alone = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(lead_firm_exposure(cluster, alone), [np.nan, 1, 1, 0, np.nan])
    assert "lead_firm_exposure" in measure_lead_firms(cluster).firms


def test_concentration_by_hand_and_by_drawing_firms():
    values = np.array([50.0, 20, 10, 10, 5, 5])
    ones = np.ones((1, 6))
    assert _cr4(ones, values)[0] == pytest.approx(0.9)
    assert _hhi(ones, values)[0] == pytest.approx(0.25 + 0.04 + 0.01 + 0.01 + 0.0025 * 2)
    counts = np.random.default_rng(2).multinomial(6, np.full(6, 1 / 6), size=50)
    for row, c4, hhi in zip(counts, _cr4(counts, values), _hhi(counts, values), strict=True):
        drawn = np.sort(np.repeat(values, row))[::-1]
        assert c4 == pytest.approx(drawn[:4].sum() / drawn.sum())
        assert hhi == pytest.approx(((drawn / drawn.sum()) ** 2).sum())
    found = measure_lead_firms(small_cluster({"transaction": STAR}, columns={"employees": EMPLOYEES}))
    cr4 = rows_of(found, "concentration_cr4")
    assert cr4["employees"]["value"] == pytest.approx((900 + 80 + 60 + 50) / sum(EMPLOYEES))
    assert cr4["employees"]["low"] < cr4["employees"]["value"] < cr4["employees"]["high"]
    shares = np.array(EMPLOYEES) / sum(EMPLOYEES)
    assert rows_of(found, "concentration_hhi")["employees"]["value"] == pytest.approx((shares**2).sum())
    strength = sorted((sum(w for s, t, w in STAR if i in (s, t)) for i in range(10)), reverse=True)
    assert cr4["transaction"]["value"] == pytest.approx(sum(strength[:4]) / sum(strength))


def test_kappa_against_a_table():
    a = np.array([1.0] * 20 + [0.0] * 5 + [1.0] * 10 + [0.0] * 15)
    b = np.array([1.0] * 25 + [0.0] * 25)
    # Cohen's worked table: 20 and 15 agree of 50.
    assert _kappa(np.ones((1, 50)), np.ones(50), a, b)[0] == pytest.approx(0.4)
    assert math.isnan(_kappa(np.ones((1, 3)), np.ones(3), np.ones(3), np.ones(3))[0])


EVERY = ("transaction", "knowledge", "mobility", "rivalry", "social")
FULL = list(itertools.permutations(range(5), 2))
ODD = {
    "no firm": {"size": 0},
    "one firm": {"size": 1, "columns": {"employees": [3]}},
    "no ties": {"size": 30, "columns": {"employees": range(30)}},
    "all ties": {"layers": dict.fromkeys(EVERY, FULL)},
    "all alike": {"size": 12, "columns": {"employees": [7] * 12}},
    "trade only": {"layers": {"transaction": STAR}},
    "no trade": {"layers": {"rivalry": STAR}, "columns": {"employees": EMPLOYEES}},
    "nobody answered": {"layers": {"transaction": STAR}, "responded": [0] * 10, "boundary": "roster"},
    "sample": {"layers": {"transaction": STAR}, "boundary": "sample"},
    "text": {"layers": {"transaction": STAR}, "boundary": "text"},
    "broken size": {"size": 4, "columns": {"employees": ["", "x", "0", "-3"]}},
    "watched only": {
        "size": 30,
        "columns": {"employees": range(1, 31)},
        "answers": [(1, "R15.watched", 2, "", 1)],
    },
}


@pytest.mark.parametrize("case", ODD, ids=str)
def test_odd_clusters_give_finite_values_or_reasons(case):
    made = small_cluster(**{"layers": {}, **ODD[case]})
    found = measure_lead_firms(made)
    assert found.rows
    for row in found.rows:
        assert bool(row.get("withheld")) != math.isfinite(row.get("value", math.nan))
    keys = [(r["measure"], r.get("category", "")) for r in found.rows]
    assert len(set(keys)) == len(keys)
    assert found.firms.index.tolist() == [named(i) for i in range(len(found.firms))]
    if case in ("text", "sample"):
        assert found.firms.isna().all().all()
        assert all(row["withheld"].startswith("withheld: ") for row in found.rows)


def test_the_same_cluster_gives_the_same_rows():
    assert measure_lead_firms(planted(1, 2.0)).rows == measure_lead_firms(planted(1, 2.0)).rows
