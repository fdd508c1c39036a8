"""Upgrading on its ways, mechanisms with their outcomes, and all estimates together: oracles, planted truth, adversarial clusters, same bytes."""

import math
import time

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_clusters import MODEL, named, small_cluster

from gumflow.contract.scores import SCORE_KEY, scores_table
from gumflow.inference.firm_regressions import FirmData
from gumflow.inference.mechanism_models import (
    estimate_associations,
    estimate_mechanisms,
    estimate_upgrading,
    rank_correlation,
)
from gumflow.measures.registry import get_measure
from gumflow.mechanisms.cluster import MechanismSettings

SCORES = [f"score_{f}" for f in MODEL.factors]
OUTCOMES = [
    f"outcome_{o}"
    for o in (
        "technical",
        "innovative",
        "linkage",
        "social",
        "process",
        "product",
        "functional",
        "value_capture",
    )
]
OTHERS = [
    "partner_trust", "partner_knowledge_share", "cost_reduction", "allocation_performance", "innovation_performance", "absorptive_capacity_index",
]  # fmt: skip
HEADLINES = {
    "spillover_exposure", "path_coefficient", "lock_in_p", "cross_lagged_effect", "policy_moderation", "governance_binding",
    "coupling_coordination", "upgrading_r_squared", "mechanism_way_association",
}  # fmt: skip


def table_of(n, seed=1, value=None):
    rng = np.random.default_rng(seed)
    columns = [*SCORES, *OUTCOMES, *OTHERS]
    numbers = rng.normal(size=(n, len(columns))) if value is None else np.full((n, len(columns)), value)
    return pd.DataFrame(numbers, index=pd.Index([named(i) for i in range(n)], name="actor"), columns=columns)


def cluster_of(n, ties=True, **more):
    rng = np.random.default_rng(n)
    arcs = [(i, int(j)) for i in range(n) for j in rng.choice(n, 3) if i != j] if ties else []
    layers = {"knowledge": arcs, "transaction": arcs[::2]} if ties else {}
    return small_cluster(
        **{
            "layers": layers,
            "size": n,
            "responded": [1] * n,
            "settings": MechanismSettings(draws=100),
            **more,
        }
    )


def test_upgrading_is_the_plain_regression():
    table = table_of(60)
    table["outcome_functional"] += table["score_external_linkage"]
    rows = {
        (r["measure"], r["unit"], r.get("category", "")): r
        for r in estimate_upgrading(FirmData(cluster_of(60), table))
    }
    ways = {
        "technical": "learning",
        "innovative": "innovation",
        "linkage": "external_linkage",
        "social": "social_capital",
    }
    rests = {
        "process": ["technical", "innovative", "social"],
        "product": ["technical", "innovative", "social"],
        "functional": ["social", "linkage"],
    }
    for path, own in rests.items():
        z = stats.zscore(table[[*(f"score_{ways[w]}" for w in own), f"outcome_{path}"]].to_numpy())
        b, (rss,), *_ = np.linalg.lstsq(z[:, :-1], z[:, -1])
        assert [rows["upgrading_coefficient", path, w]["value"] for w in own] == pytest.approx(b)
        row = rows["upgrading_r_squared", path, ""]
        assert (row["value"], row["n"], row["coverage"]) == (pytest.approx(1 - rss / 60), 60, 1.0)
    assert rows["upgrading_coefficient", "functional", "linkage"]["low"] > 0
    assert rows["upgrading_r_squared", "chain", ""]["withheld"].startswith(
        "withheld: no question asks for chain upgrading"
    )
    assert len(rows) == 4 + 3 + 3 + 2


def test_upgrading_finds_what_is_there_and_not_what_is_not():
    covered, false = [], []
    for seed in range(20):
        table = table_of(60, seed)
        table["outcome_process"] = 0.5 * table["score_learning"] + math.sqrt(0.75) * table["outcome_process"]
        rows = {
            (r["unit"], r.get("category", "")): r for r in estimate_upgrading(FirmData(cluster_of(60), table))
        }
        covered.append(rows["process", "technical"]["low"] <= 0.5 <= rows["process", "technical"]["high"])
        false += [r["low"] > 0 or r["high"] < 0 for k, r in rows.items() if k[0] == "product" and k[1]]
    assert np.mean(covered) > 0.8
    assert np.mean(false) < 0.12


def test_rank_correlation_and_its_interval():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=40), rng.integers(0, 4, 40).astype(float)
    r, low, high = rank_correlation(x, y)
    assert r == pytest.approx(stats.spearmanr(x, y).statistic)
    half = stats.norm.ppf(0.975) * math.sqrt((1 + r * r / 2) / 37)
    assert (low, high) == pytest.approx((math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)))
    assert rank_correlation(x, np.exp(x)) == pytest.approx((1, 1, 1))
    inside = []
    for seed in range(200):
        e = np.random.default_rng(seed).normal(size=(2, 50))
        _, low, high = rank_correlation(e[0], 0.5 * e[0] + math.sqrt(0.75) * e[1])
        inside.append(low <= 6 / math.pi * math.asin(0.25) <= high)
    assert 0.9 < np.mean(inside) < 0.99


def test_mechanisms_beside_the_outcome_of_their_way():
    table = table_of(50, 3).drop(columns="outcome_social")
    rows = {r["unit"]: r for r in estimate_associations(FirmData(cluster_of(50), table))}
    ways = {"learning": "technical", "innovation": "innovative", "external_linkage": "linkage"}
    for unit, way in ways.items():
        assert rows[unit]["measure"] == "mechanism_way_association"
        assert rows[unit]["value"] == pytest.approx(
            stats.spearmanr(table[f"score_{unit}"], table[f"outcome_{way}"]).statistic
        )
    assert rows["social_capital"]["withheld"].startswith(
        "withheld: no question asks for the upgrading of the social way"
    )
    few = {r["unit"]: r for r in estimate_associations(FirmData(cluster_of(12), table_of(12)))}
    assert few["external_linkage"]["withheld"].startswith("withheld: 12 firm(s) have all of")


ADVERSARIAL = {
    "no firm": (cluster_of(0, ties=False), table_of(0)),
    "one firm": (cluster_of(1, ties=False), table_of(1)),
    "no ties": (cluster_of(30, ties=False), table_of(30)),
    "all ties": (
        small_cluster({layer: [(i, j) for i in range(24) for j in range(24) if i != j] for layer in ("knowledge", "transaction")}, responded=[1] * 24),
        table_of(24),
    ),
    "one layer missing": (small_cluster({"transaction": [(i, i + 1) for i in range(29)]}, responded=[1] * 30), table_of(30)),
    "all answers equal": (cluster_of(30), table_of(30, value=3.0)),
    "no column": (cluster_of(30), table_of(30)[[]]),
    "nobody answered": (cluster_of(30, responded=[0] * 30), table_of(30, value=math.nan)),
    "two values": (cluster_of(30), (table_of(30) > 0).astype(float)),
    "one firm unlike all others": (cluster_of(30), table_of(30, value=0.0).assign(**{c: [1.0] + [0.0] * 29 for c in table_of(1).columns})),
    "text": (cluster_of(30, boundary="text"), table_of(30)),
    "sample": (cluster_of(30, boundary="sample"), table_of(30)),
}  # fmt: skip


@pytest.mark.parametrize("case", ADVERSARIAL)
def test_adversarial_clusters_give_finite_values_or_a_reason(case):
    cluster, table = ADVERSARIAL[case]
    rows = estimate_mechanisms([cluster], [table])
    scores = scores_table(rows)
    assert not scores.duplicated(SCORE_KEY).any()
    given = scores["withheld"] == ""
    assert np.isfinite(scores.loc[given, "value"]).all()
    assert scores.loc[~given, "value"].isna().all()
    assert scores.loc[~given, "withheld"].str.match("withheld: |undefined: ").all()
    for row in scores[given].to_dict("records"):
        low, high = get_measure(row["measure"]).bounds
        assert low <= row["value"] <= high
        assert math.isnan(row["low"]) or low <= row["low"] <= row["high"] <= high
    assert set(scores["measure"]) >= HEADLINES - {"governance_binding"}
    if case in ("no firm", "one firm", "no column", "nobody answered", "text"):
        # How concentrated trade is rests on ties alone.
        assert set(scores.loc[given, "measure"]) <= {"coupling_concentration_mean"}
        assert set(scores["measure"]) - {"coupling_concentration_mean"} == HEADLINES
        assert len(scores) <= 20


def test_values_that_are_all_there_are_all_given():
    scores = scores_table(estimate_mechanisms([cluster_of(40)], [table_of(40)]))
    withheld = scores[scores["withheld"] != ""]
    # One wave has no cross-lags, and nobody is asked about chain upgrading.
    assert sorted(withheld["measure"]) == ["cross_lagged_effect", "upgrading_r_squared"]


def test_the_order_of_rows_does_not_matter_and_bytes_are_the_same():
    cluster, table = cluster_of(40), table_of(40)
    one = scores_table(estimate_mechanisms([cluster], [table]))
    two = scores_table(estimate_mechanisms([cluster_of(40)], [table.sample(frac=1, random_state=1)]))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_waves_are_tied_to_the_ones_before():
    first = cluster_of(40, wave="2007")
    later = cluster_of(40, wave="2009", earlier=first)
    scores = scores_table(estimate_mechanisms([first, later], [table_of(40), table_of(40, 2)]))
    lagged = scores[(scores["measure"] == "cross_lagged_effect") & (scores["withheld"] == "")]
    assert set(lagged["wave"]) == {"2009"}
    assert len(lagged) == 28
    with pytest.raises(ValueError, match="zip"):
        estimate_mechanisms([first, later], [table_of(40)])


def test_a_cluster_is_quick():
    cluster = cluster_of(100, settings=MechanismSettings(draws=2000))
    table = table_of(100)
    estimate_mechanisms([cluster], [table])
    start = time.process_time()
    estimate_mechanisms([cluster], [table])
    assert time.process_time() - start < 2
