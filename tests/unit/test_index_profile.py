"""Profiles, contributions, changes and traces: small cases by hand, and sums that must close whatever the data."""

import math

import numpy as np
import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.index.aggregate import Weights, aggregate
from gumflow.index.benefit import benefit_of_the_doubt
from gumflow.index.changes import CHANGE_COLUMNS, normalize_against, split_change, wave_changes
from gumflow.index.choices import AggregateChoice, NormalizeChoice
from gumflow.index.decompose import decompose_difference, decompose_scores
from gumflow.index.normalize import normalize
from gumflow.index.profile import PROFILE_COLUMNS, unit_profiles
from gumflow.index.trace import TRACE_COLUMNS, effective_weights, trace_cells
from gumflow.index.tree import IndexNode, tree_of

# Indicators stand in another order in the file than under their groups.
TREE = tree_of(
    [
        IndexNode("index", "The index"), IndexNode("b0", "Second, first", parent="second", direction=-1), IndexNode("a0", parent="first"),
        IndexNode("a1", parent="first"), IndexNode("b1", parent="second"), IndexNode("a2", parent="first"),
        IndexNode("first", parent="index"), IndexNode("second", parent="index"), IndexNode("c", parent="index"),
    ],
    "test",
)  # fmt: skip
WEIGHTS = Weights(
    {"first": np.array([0.5, 0.3, 0.2]), "second": np.array([0.25, 0.75]), "index": np.array([0.6, 0.3, 0.1])}
)
METHODS = ("arithmetic", "geometric", "harmonic", "power", "mazziotta_pareto", "topsis", "copeland")


def drawn(seed=1, n=12, gaps=0.0, low=1.0):
    rng = np.random.default_rng(seed)
    values = rng.uniform(low, 100, (n, len(TREE.indicators)))
    values[rng.random(values.shape) < gaps] = np.nan
    return values


def scored(values, choice, weights=WEIGHTS):
    return aggregate(values, TREE, weights, choice, scale=(0.0, 100.0))


def closes(parts, total):
    """Contributions and residuals add up to what is decomposed, and are missing where it is."""
    known = np.isfinite(total)
    sums = parts.contributions.sum(axis=1).to_numpy() + parts.residuals.sum(axis=1).to_numpy()
    assert sums[known] == pytest.approx(total[known], abs=1e-9)
    assert parts.contributions[~known].isna().all(axis=None)
    return int(known.sum())


# ---- contributions to a score


def test_contributions_to_an_arithmetic_score_are_weight_times_value():
    table = pd.DataFrame([[20.0, 10, 40, 60, 100, 50]], columns=[*TREE.indicators])
    scores = scored(table.to_numpy(), AggregateChoice())
    parts = decompose_scores(scores, TREE, WEIGHTS, AggregateChoice())
    row = dict(zip(TREE.indicators, table.iloc[0], strict=True))
    by_hand = {
        "a0": 0.6 * 0.5 * row["a0"], "a1": 0.6 * 0.3 * row["a1"], "a2": 0.6 * 0.2 * row["a2"],
        "b0": 0.3 * 0.25 * row["b0"], "b1": 0.3 * 0.75 * row["b1"], "c": 0.1 * row["c"],
    }  # fmt: skip
    assert parts.contributions.iloc[0].to_dict() == pytest.approx(by_hand, abs=1e-12)
    assert (parts.residuals == 0).all(axis=None)
    assert parts.total[0] == pytest.approx(sum(by_hand.values()))


def test_weights_of_what_is_missing_go_to_the_others():
    values = np.array([[20.0, np.nan, 40, 60, 100, 50]])
    at = {code: j for j, code in enumerate(TREE.indicators)}
    assert math.isnan(values[0, at["a0"]])
    scores = scored(values, AggregateChoice(least=0.4))
    parts = decompose_scores(scores, TREE, WEIGHTS, AggregateChoice(least=0.4))
    assert parts.contributions["a1"][0] == pytest.approx(0.6 * 0.6 * 40)
    assert math.isnan(parts.contributions["a0"][0])
    assert closes(parts, scores["index"].to_numpy()) == 1
    weights = effective_weights(scores, TREE, WEIGHTS).iloc[0]
    assert weights.to_dict() == pytest.approx(
        {"b0": 0.075, "a0": 0, "a1": 0.36, "b1": 0.225, "a2": 0.24, "c": 0.1}
    )


def test_a_group_that_is_not_known_leaves_its_weight_to_the_others_and_its_indicators_add_nothing():
    values = drawn(n=1)
    values[0, TREE.indicators.index("b1")] = np.nan
    scores = scored(values, AggregateChoice())
    assert math.isnan(scores["second"][0])
    parts = decompose_scores(scores, TREE, WEIGHTS, AggregateChoice())
    assert parts.contributions["b0"][0] == 0
    assert parts.contributions["c"][0] == pytest.approx(values[0, TREE.indicators.index("c")] / 7)
    assert effective_weights(scores, TREE, WEIGHTS)["b0"][0] == 0
    assert closes(parts, scores["index"].to_numpy()) == 1


def test_contributions_to_a_geometric_score_share_its_logarithm():
    values = np.array([[10.0, 100, 10, 1, 1000, 10]])
    choice = AggregateChoice(method="geometric")
    scores = scored(values, choice)
    parts = decompose_scores(scores, TREE, WEIGHTS, choice)
    logs = {
        "a0": 0.3 * math.log(100), "a1": 0.18 * math.log(10), "a2": 0.12 * math.log(1000),
        "b0": 0.075 * math.log(10), "b1": 0.0, "c": 0.1 * math.log(10),
    }  # fmt: skip
    score = math.exp(sum(logs.values()))
    assert scores["index"][0] == pytest.approx(score)
    expected = {code: score * log / sum(logs.values()) for code, log in logs.items()}
    assert parts.contributions.iloc[0].to_dict() == pytest.approx(expected, abs=1e-9)
    assert set(parts.rules.values()) == {"geometric: shares of the logarithm"}


def test_a_geometric_score_of_ones_is_shared_by_weight():
    choice = AggregateChoice(method="geometric")
    parts = decompose_scores(scored(np.ones((1, 6)), choice), TREE, WEIGHTS, choice)
    assert parts.contributions["a0"][0] == pytest.approx(0.3)
    assert closes(parts, np.ones(1)) == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("target", ["", "first"])
def test_contributions_and_residuals_add_up_under_every_method(method, gaps, target):
    for low in (0.1, 1.0) if method != "mazziotta_pareto" else (60,):
        choice = AggregateChoice(method=method)
        scores = scored(drawn(gaps=gaps, low=low), choice)
        parts = decompose_scores(scores, TREE, WEIGHTS, choice, target=target)
        assert closes(parts, scores[target or "index"].to_numpy()) >= 5
        assert list(parts.contributions.columns) == list(TREE.leaves(target or "index"))


def test_what_a_mean_takes_off_for_imbalance_is_the_residual_of_its_group():
    choice = AggregateChoice(groups={"second": "harmonic"})
    scores = scored(drawn(), choice)
    parts = decompose_scores(scores, TREE, WEIGHTS, choice)
    plain = 0.25 * scores["b0"] + 0.75 * scores["b1"]
    assert parts.residuals["second"].to_numpy() == pytest.approx(
        (0.3 * (scores["second"] - plain)).to_numpy()
    )
    assert (parts.residuals["second"] < 0).all()
    assert (parts.residuals[["first", "index"]] == 0).all(axis=None)
    table = parts.table(pd.DataFrame({"unit": [f"u{i}" for i in range(12)]}))
    assert set(table.loc[table["kind"] == "residual", "node"]) == {"second"}
    assert table.groupby("unit")["contribution"].sum().to_numpy() == pytest.approx(
        scores["index"].to_numpy()[np.argsort([f"u{i}" for i in range(12)])]
    )
    assert table.groupby("unit")["share"].sum().to_numpy() == pytest.approx(np.ones(12))


def test_under_benefit_of_the_doubt_a_unit_s_own_shares_are_its_contributions():
    values = drawn(n=15)
    first = values[:, [1, 2, 4]]
    found = benefit_of_the_doubt(first, bounds=(0.1, 0.6), least=0.5)
    weights = Weights(
        {**WEIGHTS.groups, "first": found.shares.mean(axis=0)}, benefit={"first": (0.1, 0.6)}, shares={"first": found.shares}
    )  # fmt: skip
    scores = scored(values, AggregateChoice(), weights)
    parts = decompose_scores(scores, TREE, weights, AggregateChoice())
    assert parts.contributions["a0"].to_numpy() == pytest.approx(
        0.6 * found.scores * 100 * found.shares[:, 0]
    )
    assert closes(parts, scores["index"].to_numpy()) == 15
    assert (parts.residuals == 0).all(axis=None)


def test_only_groups_can_be_decomposed():
    scores = scored(drawn(), AggregateChoice())
    with pytest.raises(GumflowError, match="'a0' is no group"):
        decompose_scores(scores, TREE, WEIGHTS, AggregateChoice(), target="a0")


# ---- contributions to a difference


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_differences_are_decomposed_without_loss(method, gaps):
    choice = AggregateChoice(method=method)
    scores = scored(drawn(gaps=gaps, low=60 if method == "mazziotta_pareto" else 1), choice)
    before, after = np.arange(6), np.arange(6, 12)
    parts = decompose_difference(scores, before, after, TREE, WEIGHTS, choice)
    difference = scores["index"].to_numpy()[after] - scores["index"].to_numpy()[before]
    assert closes(parts, difference) >= 3
    if not gaps and method in ("arithmetic", "geometric", "harmonic", "power"):
        assert (parts.residuals == 0).all(axis=None)
    back = decompose_difference(scores, after, before, TREE, WEIGHTS, choice)
    assert back.contributions.to_numpy() == pytest.approx(
        -parts.contributions.to_numpy(), abs=1e-9, nan_ok=True
    )


def test_the_difference_of_geometric_means_is_shared_by_logarithmic_means():
    """Ang 2004: the part of factor k is L(s1, s0) w_k ln(x1 / x0)."""
    tree = tree_of(
        [IndexNode("index"), IndexNode("a", parent="index"), IndexNode("b", parent="index")], "test"
    )
    weights = {"index": np.array([0.3, 0.7])}
    choice = AggregateChoice(method="geometric")
    values = np.array([[2.0, 8.0], [6.0, 8.0], [3.0, 1.0]])
    scores = aggregate(values, tree, weights, choice)
    parts = decompose_difference(scores, np.array([0, 0]), np.array([1, 2]), tree, weights, choice)
    s = 2**0.3 * 8**0.7, 6**0.3 * 8**0.7, 3**0.3
    for k, end in ((0, s[1]), (1, s[2])):
        middle = (end - s[0]) / math.log(end / s[0])
        by_hand = [
            middle * 0.3 * math.log(values[k + 1, 0] / 2),
            middle * 0.7 * math.log(values[k + 1, 1] / 8),
        ]
        assert parts.contributions.iloc[k].tolist() == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize("method", ["geometric", "harmonic", "power"])
def test_a_tiny_difference_has_the_derivative_for_its_factor(method):
    choice = AggregateChoice(method=method)
    base = drawn(n=1)
    moved = base.copy()
    moved[0, 1] *= 1 + 1e-10
    scores = scored(np.vstack([base, moved, base]), choice)
    step = decompose_difference(scores, np.array([0]), np.array([1]), TREE, WEIGHTS, choice)
    still = decompose_difference(scores, np.array([0]), np.array([2]), TREE, WEIGHTS, choice)
    assert (still.contributions == 0).all(axis=None)
    wide = base.copy()
    wide[0, 1] *= 1 + 1e-6
    derivative = (scored(wide, choice)["index"][0] - scores["index"][0]) / (base[0, 1] * 1e-6)
    assert step.contributions["a0"][0] / (base[0, 1] * 1e-10) == pytest.approx(derivative, rel=1e-4)


def test_the_power_mean_may_begin_at_zero():
    choice = AggregateChoice(method="power", exponent=0.5)
    values = drawn(n=2)
    values[0, [1, 3]] = 0
    scores = scored(values, choice)
    parts = decompose_difference(scores, np.array([0]), np.array([1]), TREE, WEIGHTS, choice)
    assert closes(parts, (scores["index"].diff()[1:]).to_numpy()) == 1
    assert (parts.residuals == 0).all(axis=None)


def test_what_is_known_in_one_of_two_waves_only_is_residual():
    values = drawn(n=2)
    values[1, 1] = np.nan
    scores = scored(values, AggregateChoice(least=0.4))
    parts = decompose_difference(
        scores, np.array([0]), np.array([1]), TREE, WEIGHTS, AggregateChoice(least=0.4)
    )
    assert math.isnan(parts.contributions["a0"][0])
    assert parts.residuals["first"][0] != 0
    # The weight of a1 rises from .3 to .6: its own change counts with the mean, .45.
    assert parts.contributions["a1"][0] == pytest.approx(0.6 * 0.45 * (values[1, 2] - values[0, 2]))
    with pytest.raises(GumflowError, match="1 rows before and 2 after"):
        decompose_difference(scores, np.array([0]), np.array([0, 1]), TREE, WEIGHTS, AggregateChoice())


# ---- data against method

NODES = [TREE.nodes[code] for code in TREE.indicators]


def test_a_change_is_split_evenly_between_the_two_orders():
    split = split_change(lambda d, m: np.array([d * m]), (2.0, 5.0), (10.0, 20.0))
    # Data first: (5 - 2) 10 = 30, then 5 (20 - 10) = 50. Method first: 2 (20 - 10) = 20, then (5 - 2) 20 = 60.
    assert (split.data[0], split.method[0]) == (45, 35)
    assert split.after[0] - split.before[0] == 80


@pytest.mark.parametrize("method", ["minmax", "zscore", "goalposts", "scaled"])
def test_against_the_same_rows_normalization_is_the_usual_one(method):
    values = drawn(gaps=0.1) * 3 - 20
    posted = [
        IndexNode(n.code, parent=n.parent, direction=n.direction, goalposts=(-30.0, 200.0)) for n in NODES
    ]
    choice = NormalizeChoice(
        method=method, mean=100, sd=10, bounds={n.code: (-50.0, 300.0) for n in NODES}, indicators={"c": "minmax"}
    )  # fmt: skip
    blank = np.full(len(values), "")
    usual = normalize(values, choice, nodes=posted, units=blank, times=blank)
    assert normalize_against(values, values, choice, posted) == pytest.approx(usual, abs=1e-10, nan_ok=True)


def test_what_has_no_bounds_is_refused_by_name():
    values = drawn()
    values[:, 0] = 3
    with pytest.raises(GumflowError) as error:
        normalize_against(values, values, NormalizeChoice(indicators={"a0": "rank"}), NODES)
    assert "a0 is normalized by rank" in str(error.value)
    assert f"{TREE.indicators[0]} does not vary" in str(error.value)


def panel(n=8):
    values = np.vstack([drawn(2, n), drawn(3, n)])
    units = np.array([f"u{i}" for i in range(n)] * 2)
    times = np.array(["9"] * n + ["10"] * n)
    return values, units, times


def test_without_new_extremes_all_change_is_of_the_data():
    values, units, times = panel()
    values[8:] = np.clip(values[8:], values[:8].min(axis=0), values[:8].max(axis=0))
    table = wave_changes(values, units, times, TREE, NormalizeChoice(), WEIGHTS, AggregateChoice())
    assert list(table.columns) == list(CHANGE_COLUMNS)
    assert set(zip(table["time_before"], table["time"], strict=True)) == {("9", "10")}
    assert table["method_change"].to_numpy() == pytest.approx(np.zeros(len(table)), abs=1e-12)
    assert table["data_change"].to_numpy() == pytest.approx(table["change"].to_numpy())
    assert len(table) == 8 * 3


def test_a_unit_that_stays_as_it_was_changes_by_method_alone():
    values, units, times = panel()
    values[8:] = values[:8]
    values[9, 1] = 500
    table = wave_changes(values, units, times, TREE, NormalizeChoice(), WEIGHTS, AggregateChoice())
    same = table[(table["unit"] != "u1") & (table["node"] == "index")]
    assert same["data_change"].to_numpy() == pytest.approx(np.zeros(7), abs=1e-12)
    least, most = values[:8, 1].min(), values[:8, 1].max()
    # a0 has weight .3 in the index, and its range is now up to 500.
    old = 100 * (values[[0, 2, 3, 4, 5, 6, 7], 1] - least)
    assert same["method_change"].to_numpy() == pytest.approx(
        0.3 * (old / (500 - least) - old / (most - least))
    )


def test_a_change_is_the_difference_of_the_two_editions_and_only_of_units_in_both():
    values, units, times = panel()
    units[15] = "new"
    choice = NormalizeChoice(range=(1.0, 100.0))
    plain = wave_changes(values, units, times, TREE, choice, WEIGHTS, AggregateChoice())
    assert set(plain["unit"]) == {f"u{i}" for i in range(7)}
    blank = np.full(16, "")
    last = scored(normalize(values, choice, nodes=NODES, units=units, times=blank), AggregateChoice())
    first = scored(
        normalize(values[:8], choice, nodes=NODES, units=units[:8], times=blank[:8]), AggregateChoice()
    )
    index = plain[plain["node"] == "index"]
    assert index["after"].to_numpy() == pytest.approx(last["index"][8:15].to_numpy())
    assert index["before"].to_numpy() == pytest.approx(first["index"][:7].to_numpy())
    assert (plain["data_change"] + plain["method_change"]).to_numpy() == pytest.approx(
        plain["change"].to_numpy()
    )


def test_by_time_each_edition_has_the_bounds_of_its_own_wave():
    values, units, times = panel()
    choice = NormalizeChoice(method="zscore", by="time")
    table = wave_changes(values, units, times, TREE, choice, WEIGHTS, AggregateChoice())
    own = scored(normalize(values, choice, nodes=NODES, units=units, times=times), AggregateChoice())
    for node in TREE.groups:
        rows = table[table["node"] == node]
        assert rows["before"].to_numpy() == pytest.approx(own[node][:8].to_numpy())
        assert rows["after"].to_numpy() == pytest.approx(own[node][8:].to_numpy())


def test_the_split_closes_for_geometric_scores_unless_an_old_bound_takes_a_value_below_zero():
    values, units, times = panel()
    geometric = AggregateChoice(method="geometric")
    far = NormalizeChoice(range=(1000.0, 1100.0))
    table = wave_changes(values, units, times, TREE, far, WEIGHTS, geometric)
    sums = (table["data_change"] + table["method_change"]).to_numpy()
    assert sums == pytest.approx(table["change"].to_numpy(), abs=1e-9)
    assert (table["method_change"].abs() > 0.01).any()
    values[8, 1] = -1000
    near = wave_changes(values, units, times, TREE, NormalizeChoice(range=(1.0, 100.0)), WEIGHTS, geometric)
    assert near["note"].str.contains("not split: group first: a0 has").all()


def test_what_cannot_be_split_says_why():
    values, units, times = panel()
    topsis = AggregateChoice(groups={"first": "topsis"})
    table = wave_changes(values, units, times, TREE, NormalizeChoice(), WEIGHTS, topsis).set_index("node")
    assert table.loc["first", "note"].iloc[0] == "not split: topsis in first depends on the other units"
    assert table.loc["index", "note"].iloc[0] == table.loc["first", "note"].iloc[0]
    assert table.loc["index", "change"].isna().all()
    assert table.loc["second", "note"].eq("").all()
    values[:8, 0] = 4
    table = wave_changes(values, units, times, TREE, NormalizeChoice(), WEIGHTS, AggregateChoice())
    assert table["note"].eq("not split: b0 does not vary there").all()
    assert wave_changes(
        values[:8], units[:8], times[:8], TREE, NormalizeChoice(), WEIGHTS, AggregateChoice()
    ).empty


# ---- profiles


def profiles(values, weights=WEIGHTS, times=None, **more):
    n = len(values)
    units = np.array([f"u{i}" for i in range(n)])
    times = np.full(n, "") if times is None else times
    scores = scored(values, AggregateChoice())
    return unit_profiles(
        scores, TREE, weights, units=units, times=times, names=np.char.upper(units), **more
    ), scores


def test_a_profile_has_each_node_with_its_rank_among_the_units_of_its_time():
    times = np.array(["1"] * 6 + ["2"] * 6)
    table, scores = profiles(drawn(), times=times)
    assert list(table.columns) == list(PROFILE_COLUMNS)
    assert list(table["node"][:9]) == ["index", "second", "first", *TREE.leaves("index")]
    assert len(table) == 12 * 9
    for _, row in table.iterrows():
        i = int(row["unit"][1:])
        others = [scores[row["node"]][k] for k in range(12) if times[k] == times[i]]
        assert row["score"] == scores[row["node"]][i]
        assert row["rank"] == 1 + sum(x > row["score"] for x in others)
        assert row["median"] == pytest.approx(np.median(others))
        assert row["ranked"] == 6
    assert table.loc[table["node"] == "b0", "label"].iloc[0] == "Second, first"
    assert table.loc[table["node"] == "b0", "weight"].iloc[0] == pytest.approx(0.075)


def test_strengths_and_weaknesses_follow_the_rule():
    table, scores = profiles(drawn(5, n=20), share=0.15, most=2)
    for unit, rows in table.groupby("unit"):
        i = int(unit[1:])
        for label, sign in (("strength", 1), ("weakness", -1)):
            found = []
            for j, code in enumerate(TREE.leaves("index")):
                share = (sign * scores[code] >= sign * scores[code][i]).sum() / 20
                weight = rows.set_index("node")["weight"][code]
                if share <= 0.15 + 1e-9:
                    found.append((round(share, 9), -weight, j, code))
            named = rows[rows["standing"] == label].sort_values("place")
            assert list(named["node"]) == [code for *_, code in sorted(found)[:2]]
    assert {"strength", "weakness"} <= set(table["standing"])


def test_a_value_that_many_share_is_no_strength_and_an_indicator_without_weight_is_none():
    values = drawn(n=10)
    values[:6, 1] = 100  # a0
    weights = Weights({**WEIGHTS.groups, "index": np.array([0.6, 0.4, 0.0])})
    table, _ = profiles(values, weights)
    named = table[table["standing"] != ""]
    assert not set(named[named["node"] == "a0"]["standing"]) & {"strength"}
    assert "c" not in set(named["node"])
    assert set(named["node"]) <= set(TREE.indicators)


def test_three_units_have_ranks_and_two_have_none():
    table, _ = profiles(drawn(n=3))
    assert set(table.loc[table["node"] == "index", "rank"]) == {1, 2, 3}
    assert (table["standing"] == "strength").sum() == 6
    table, _ = profiles(drawn(n=2))
    assert table["rank"].isna().all()
    assert set(table["standing"]) == {""}


def test_intervals_of_ranks_are_shown_where_they_are_given():
    low, high = np.arange(1.0, 13), np.arange(2.0, 14)
    table, _ = profiles(drawn(), intervals={"index": (low, high)})
    index = table[table["node"] == "index"]
    assert index["rank_low"].tolist() == low.tolist()
    assert index["rank_high"].tolist() == high.tolist()
    assert table[table["node"] != "index"]["rank_low"].isna().all()


def test_a_unit_without_score_has_no_rank_and_no_standing():
    values = drawn()
    values[4] = np.nan
    table, _ = profiles(values)
    mine = table[table["unit"] == "u4"]
    assert mine[["score", "rank"]].isna().all(axis=None)
    assert set(mine["standing"]) == {""}
    assert set(table["ranked"]) == {11}


def test_a_rule_for_strengths_that_makes_no_sense_is_refused():
    with pytest.raises(GumflowError) as error:
        profiles(drawn(), share=0.7, most=0)
    assert "0.7" in str(error.value)
    assert "number of strengths is 0" in str(error.value)


# ---- traces


def traced(**changes):
    values = drawn(n=4, gaps=0.2)
    raw, missing = values / 3, np.isnan(values)
    completed = np.where(missing, 50, values)
    treated = completed.copy()
    treated[2, 3] = 77
    scores = scored(treated, AggregateChoice())
    stages = {
        "units": np.array(["u", "v", "w", "x"]), "times": np.full(4, "2008"), "raw": raw, "denominated": values, "completed": completed,
        "imputed": missing, "treated": treated,
        "cells": pd.DataFrame({"row": [2], "column": [TREE.indicators[3]], "rule": ["winsorized down"]}),
    }  # fmt: skip
    parts = decompose_scores(scores, TREE, WEIGHTS, AggregateChoice()).contributions
    return trace_cells(scores, TREE, WEIGHTS, parts, **(stages | changes)), stages, scores


def test_each_cell_is_traced_from_the_raw_value_to_its_contribution():
    table, stages, scores = traced()
    assert list(table.columns) == list(TRACE_COLUMNS)
    assert len(table) == 4 * 6
    for place, row in table.iterrows():
        i, j = divmod(place, 6)
        assert (row["unit"], row["indicator"]) == ("uvwx"[i], TREE.indicators[j])
        for stage in ("raw", "denominated", "completed", "treated"):
            assert row[stage] == pytest.approx(stages[stage][i, j], nan_ok=True)
        assert row["imputed"] == int(stages["imputed"][i, j])
        assert row["contribution"] == pytest.approx(row["weight"] * row["normalized"])
    assert table[table["treatment"] != ""][["unit", "indicator", "treatment"]].to_numpy().tolist() == [
        ["w", TREE.indicators[3], "winsorized down"]
    ]
    sums = table.groupby("unit")[["weight", "contribution"]].sum()
    assert sums["weight"].tolist() == pytest.approx([1] * 4)
    assert sums["contribution"].tolist() == pytest.approx(scores["index"].tolist())


def test_tables_of_another_shape_are_named_at_once():
    with pytest.raises(GumflowError) as error:
        traced(raw=np.ones((3, 6)), times=np.full(2, ""))
    assert "raw: 3 x 6, not 4 x 6" in str(error.value)
    assert "times: 2 for 4 rows" in str(error.value)
