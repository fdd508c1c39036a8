"""Other weights: scores and ranks then and now, and the weight at which two units change places."""

import re
from itertools import pairwise

import numpy as np
import pytest
from small_index import as_array, plain_ranks, plain_scores, raw, small_data, small_tree

from gumflow.contract.errors import GumflowError
from gumflow.index.chain import IndexResult, run_index
from gumflow.index.choices import Choices, load_choices
from gumflow.index.what_if import break_even_weights, closest_swaps, reweigh

TREE = small_tree()


@pytest.fixture(scope="module")
def result() -> IndexResult:
    return run_index(small_data(20), TREE, Choices(), seed=1)


def test_the_same_weights_change_nothing(result):
    table = reweigh(result, {"people": 2 / 3, "trade": 1 / 3}).table
    np.testing.assert_allclose(table["score_now"], table["score_then"], rtol=1e-14)
    assert (table["shift"] == 0).all()


def test_the_others_of_the_group_keep_their_proportions(result):
    found = reweigh(result, {"s1": 0.5, "people": 0.2})
    np.testing.assert_allclose(found.weights["skills"], [0.5 / 5.5, 0.5, 1 / 5.5, 1.25 / 5.5])
    assert found.weights["index"].tolist() == pytest.approx([0.2, 0.8])
    given = {"people": 0.2, "trade": 0.8, "s0": 1 / 5.5, "s1": 1, "s2": 2 / 5.5, "s3": 2.5 / 5.5}
    expected = as_array(plain_scores(raw(small_data(20)), TREE, given=given)["index"])
    np.testing.assert_allclose(found.table["score_now"], expected, atol=1e-10)
    np.testing.assert_array_equal(found.table["rank_now"], plain_ranks(expected.tolist()))
    np.testing.assert_allclose(found.table["shift"], result.ranks["index"] - found.table["rank_now"])
    np.testing.assert_allclose(found.table["change"], expected - result.scores["index"], atol=1e-10)


def test_weights_of_all_children_are_made_to_add_up_to_one(result):
    assert reweigh(result, {"people": 0.3, "trade": 0.1}).weights["index"].tolist() == pytest.approx(
        [0.75, 0.25]
    )
    assert reweigh(result, {"h0": 1.0}).weights["health"].tolist() == [1, 0, 0]


def test_all_weights_that_cannot_be_taken_are_named(result):
    with pytest.raises(GumflowError) as error:
        reweigh(result, {"index": 0.5, "s9": 0.5, "s0": 1.2, "s1": -0.1})
    text = str(error.value)
    for fault in (
        "index is the index and has no weight",
        "'s9' is no node",
        "s0: 1.2 is no share",
        "s1: -0.1 is no share",
    ):
        assert fault in text
    with pytest.raises(GumflowError) as error:
        reweigh(result, {"s0": 0.8, "s1": 0.7, "people": 0.0, "trade": 0.0})
    text = str(error.value)
    assert "group skills: the shares of s0, s1 add up to 1.5, more than 1" in text
    assert "group index: the weights of people, trade add up to 0" in text
    with pytest.raises(GumflowError, match="no weight is given"):
        reweigh(result, {})
    alone = run_index(
        small_data(20), TREE, load_choices({"weight": {"method": "benefit_of_the_doubt"}}), seed=1
    )
    with pytest.raises(GumflowError, match="units choose their own weights in trade"):
        reweigh(alone, {"t0": 0.5})


def test_break_even_of_two_groups_is_where_their_differences_balance(result):
    scores = result.scores
    swaps = 0
    for first, second in pairwise(result.units):
        i, j = (result.units.tolist().index(unit) for unit in (first, second))
        table = break_even_weights(result, first, second).set_index("code")
        assert table.index.tolist() == [code for code in TREE.nodes if code != "index"]
        people, trade = (scores[code].iloc[i] - scores[code].iloc[j] for code in ("people", "trade"))
        swap = people * trade < 0
        swaps += swap
        expected = trade / (trade - people) if swap else np.nan
        np.testing.assert_allclose(table.loc["people", "break_even"], expected, atol=1e-12)
        np.testing.assert_allclose(table.loc["trade", "break_even"], 1 - expected, atol=1e-12)
        assert table.loc["people", "reason"] == ("" if swap else "no share from 0 to 1")
    assert 0 < swaps < 19


def test_at_the_break_even_weight_both_units_have_the_same_score(result):
    in_order = result.units[np.argsort(result.ranks["index"])]
    tried = set()
    for first, second in pairwise(in_order):
        i, j = (result.units.tolist().index(unit) for unit in (first, second))
        for swap in break_even_weights(result, first, second).dropna(subset="break_even").itertuples():
            assert swap.change == swap.break_even - swap.weight
            now = reweigh(result, {swap.code: swap.break_even}).table["score_now"]
            assert now.iloc[i] == pytest.approx(now.iloc[j], abs=1e-9)
            tried.add(swap.code)
    assert len(tried) > 8


def test_without_a_break_even_weight_the_order_is_the_same_at_both_ends(result):
    at = {unit: i for i, unit in enumerate(result.units)}
    ends = [reweigh(result, {"s0": share}).table["score_now"] for share in (0.0, 1.0)]
    reasons = []
    for first, second in pairwise(result.units):
        row = break_even_weights(result, first, second).set_index("code").loc["s0"]
        reasons.append(row["reason"])
        signs = {float(np.sign(end.iloc[at[first]] - end.iloc[at[second]])) for end in ends}
        assert len(signs) == (1 if row["reason"] == "no share from 0 to 1" else 2)
    assert set(reasons) == {"", "no share from 0 to 1"}


def test_nodes_below_means_that_are_not_arithmetic_have_no_break_even():
    choices = load_choices(
        {"normalize": {"range": [1, 100]}, "aggregate": {"groups": {"people": "geometric"}}}
    )
    result = run_index(small_data(20), TREE, choices, seed=1)
    table = break_even_weights(result, "u03", "u08").set_index("code")
    why = "a group on the way is no arithmetic mean of what is known of both units"
    assert {c for c, reason in table["reason"].items() if reason == why} == {
        "skills", "health", *(f"s{i}" for i in range(4)), *(f"h{i}" for i in range(3)),
    }  # fmt: skip
    people = break_even_weights(result, "u03", "u08", code="people")
    assert set(people["reason"]) == {why}
    assert (break_even_weights(result, "u03", "u08", code="skills")["code"].str.startswith("s")).all()


def test_units_with_gaps_have_no_break_even_where_it_matters():
    data = small_data(20)
    raw(data)[3, 8] = np.nan
    result = run_index(data, TREE, Choices(), seed=1)
    table = break_even_weights(result, "u03", "u08").set_index("code")
    assert table.loc["t0", "reason"].startswith("a group on the way is no arithmetic mean")
    assert not table.loc["people", "reason"].startswith("a group on the way")


def test_units_that_are_not_there_are_named(result):
    with pytest.raises(GumflowError) as error:
        break_even_weights(result, "u99", "nobody", time="2008")
    assert re.findall(r"'(\w+)' is no unit of the result at '2008'", str(error.value)) == ["u99", "nobody"]


def test_the_closest_swap_of_neighbours_is_the_least_change_of_any_weight(result):
    table = closest_swaps(result)
    assert table["rank"].tolist() == sorted(result.ranks["index"])[:-1]
    for swap in table.itertuples():
        every = break_even_weights(result, swap.unit, swap.other)["change"].abs()
        if every.isna().all():
            assert swap.code == ""
        else:
            assert abs(swap.change) == every.min()
    assert table["code"].ne("").any()
