"""All mechanisms together: every row declared, within its bounds or with a reason, the same whatever the order of the input."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_clusters import MODEL, named, small_cluster

from gumflow.contract.instrument import load_instrument
from gumflow.inference.mechanism_models import estimate_mechanisms
from gumflow.measures.registry import get_measure
from gumflow.mechanisms.cluster import Cluster
from gumflow.mechanisms.study import measure_mechanisms, mechanism_tables

KEY = ["study", "cluster", "wave", "layer", "unit_kind", "unit", "measure", "category"]
LAYERS = ("knowledge", "transaction", "social", "innovation", "mobility", "credit", "rivalry", "trust")
BODIES = {"club": "association", "bureau": "government", "lab": "university"}
OUTSIDE = {"buyer": "buyer", "supplier": "supplier"}
APPAREL = load_instrument("ningbo_apparel", MODEL)


def arcs(rng, size, degree=3):
    pairs = {(int(a), int(b)) for a, b in rng.integers(0, size, (size * degree, 2)) if a != b}
    return [(a, b, float(rng.integers(1, 4))) for a, b in sorted(pairs)]


def answered(size=36, seed=0, wave="2009", earlier=None, constant=False, **more) -> Cluster:
    """A cluster with ties in every layer, bodies, outside actors and answers to the Ningbo questionnaire's indicators."""
    rng = np.random.default_rng(seed)
    layers = {layer: arcs(rng, size) for layer in LAYERS}
    layers["membership"] = [(i, "club") for i in range(0, size, 2)]
    layers["service"] = [("club", i) for i in range(0, size, 3)]
    layers["policy"] = [("bureau", i) for i in range(0, size, 4)] + [("bureau", "club")]
    layers["influence"] = [(int(rng.integers(size)), i, 3) for i in range(1, size)] + [
        ("club", 0, 2),
        ("bureau", 1, 1),
    ]
    layers["pipeline"] = [(i, "buyer") for i in range(0, size, 3)] + [
        ("supplier", i) for i in range(0, size, 5)
    ]
    values = {i.id: np.full(size, 0.5) if constant else rng.random(size) for i in APPAREL.indicators}
    kinds = {
        i.id: (i.construct, "outcome" if MODEL.constructs[i.construct].get("role") == "outcome" else "driver", i.direction)
        for i in APPAREL.indicators
    }  # fmt: skip
    fields = [
        (a, "R04.fields", b, rng.choice(["process", "materials", "digital"]), 1)
        for a, b, _ in layers["innovation"]
    ]
    told = [
        (a, q, b, "", v)
        for a, b in sorted({arc[:2] for layer in ("knowledge", "transaction") for arc in layers[layer]})
        for q, v in (("R06", int(rng.integers(6))), ("R07.years", 6), ("R07.contract", 1))
    ]
    return small_cluster(
        layers, size=size, bodies=BODIES, outside=OUTSIDE, indicators=values, declared=kinds, answers=fields + told, wave=wave,
        columns={"employees": rng.integers(5, 500, size)}, earlier=earlier, **more,
    )  # fmt: skip


def alone(layers=None, **more):
    return small_cluster(layers, **more)


EVERY = [(a, b) for a in range(8) for b in range(8) if a != b]
CASES = {
    "no firm": lambda: alone(size=0),
    "no firm, bodies only": lambda: alone({"policy": [("bureau", "club")]}, size=0, bodies=BODIES),
    "one firm": lambda: alone(size=1, indicators={"ac_edu": [0.2]}, declared={"ac_edu": ("absorptive_capacity", "driver", 1)}),
    "two firms and a tie": lambda: alone({"knowledge": [(0, 1)]}),
    "no ties": lambda: answered_without_ties(),
    "all ties": lambda: alone(dict.fromkeys(LAYERS, EVERY)),
    "one layer": lambda: alone({"knowledge": [(0, 1), (1, 2), (2, 0), (3, 1)]}, size=6),
    "all answers equal": lambda: answered(constant=True),
    "nobody answered": lambda: answered(responded=[0] * 36, boundary="roster"),
    "a sample": lambda: answered(boundary="sample", responded=[i % 2 for i in range(36)]),
    "a text": lambda: a_text(),
    "two waves": lambda: answered(wave="2", seed=2, earlier=answered(wave="1", seed=1)),
    "an earlier wave of one firm": lambda: answered(wave="2", earlier=alone(size=1, wave="1")),
}  # fmt: skip


def a_text():
    made = answered(boundary="text")
    unasked = dict(made.tables) | {"answers": made.tables["answers"].iloc[:0]}
    return replace(
        made, indicators=made.indicators.iloc[:, :0], declared=made.declared.iloc[:0], tables=unasked
    )


def answered_without_ties():
    made = answered()
    bare = small_cluster(size=36)
    return replace(bare, indicators=made.indicators, declared=made.declared, members=made.members)


def tables(cluster: Cluster):
    """Measure a cluster with the waves before it, as a study does."""
    clusters = []
    while cluster is not None:
        clusters.insert(0, cluster)
        cluster = cluster.earlier
    found = measure_mechanisms(clusters)
    return mechanism_tables(clusters, found, estimate_mechanisms(clusters, [one.firms for one in found]))


@pytest.mark.parametrize("case", CASES)
def test_every_row_has_a_value_within_its_bounds_or_a_reason(case):
    made = tables(CASES[case]())
    scores = made["scores"]
    assert not scores.duplicated(KEY).any()
    for row in scores.to_dict("records"):
        declared = get_measure(row["measure"])
        assert declared.level in ("cluster", "firm"), row
        if row["withheld"]:
            assert math.isnan(row["value"]), row
            assert row["withheld"].startswith(
                ("withheld: ", "undefined: ", "not applicable: ", "only bounds")
            ), row
            continue
        assert math.isfinite(row["value"]) or row["category"], row
        if not math.isnan(row["value"]):
            assert declared.bounds[0] - 1e-9 <= row["value"] <= declared.bounds[1] + 1e-9, row
        if not math.isnan(row["low"]):
            assert row["low"] <= row["value"] + 1e-9, row
            assert row["value"] <= row["high"] + 1e-9, row
            assert row["interval_kind"] in ("sampling", "method", "coders"), row
    for column in made["firms"].columns.drop(["study", "cluster", "wave", "actor", "grade"]):
        declared, values = get_measure(column), made["firms"][column]
        assert declared.level == "firm", column
        if declared.scale != "label":
            known = values.dropna()
            assert np.isfinite(known).all(), column
            assert known.between(declared.bounds[0] - 1e-9, declared.bounds[1] + 1e-9).all(), column


def test_a_full_cluster_gives_nearly_everything():
    scores = tables(CASES["two waves"]())["scores"]
    later = scores[scores["wave"] == "2"]
    given = later[later["withheld"] == ""]
    assert len(given) > 300
    assert given["measure"].nunique() > 140
    assert {"mechanism", "part", "factor", "cluster", "path", "path_model", "coupling"} <= set(
        given["unit_kind"]
    )


def test_a_text_gives_no_number_of_firms_and_says_why():
    made = tables(CASES["a text"]())
    numbers = (
        made["firms"].drop(columns=["study", "cluster", "wave", "actor", "grade"]).select_dtypes("number")
    )
    assert numbers.isna().all().all()
    withheld = made["scores"].query("withheld != ''")
    assert withheld["withheld"].str.contains("text").mean() > 0.5


def test_equal_inputs_give_equal_tables_whatever_the_order_of_the_rows():
    first = answered(seed=3)
    rng = np.random.default_rng(9)
    turned = replace(
        first,
        ties=first.ties.sample(frac=1, random_state=1),
        members=first.members.sample(frac=1, random_state=2),
        tables=dict(first.tables) | {"answers": first.tables["answers"].iloc[rng.permutation(len(first.tables["answers"]))]},
    )  # fmt: skip
    one, again, other = tables(first), tables(answered(seed=3)), tables(turned)
    for name in ("firms", "scores"):
        pd.testing.assert_frame_equal(one[name], again[name], check_exact=True)
        pd.testing.assert_frame_equal(one[name], other[name], rtol=1e-9)


def test_firms_that_did_not_answer_have_no_value_that_rests_on_their_answer():
    silent = [4, 9]
    responded = [i not in silent for i in range(36)]
    made = answered(seed=5, boundary="roster", responded=responded)
    blank = made.indicators.copy()
    blank.loc[[named(i) for i in silent]] = np.nan
    firms = tables(replace(made, indicators=blank))["firms"].set_index("actor")
    own = ["absorptive_capacity_index", "openness", "power_asymmetry", "innovator_score", "retaliation_risk"]
    assert firms.loc[[named(i) for i in silent], own].isna().all().all()
    assert firms.loc[[named(i) for i in range(36) if i not in silent], own].notna().mean().min() > 0.5
