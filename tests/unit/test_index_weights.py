"""Weights of all groups of a tree: which method each has, bottom up, what is reported, all faults at once."""

import numpy as np
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.index.aggregate import aggregate
from gumflow.index.choices import AggregateChoice, WeightChoice
from gumflow.index.data_weights import entropy_weights, pca_weights
from gumflow.index.tree import IndexNode, tree_of
from gumflow.index.weights import weigh, weigh_group, weights_table


def small_tree(**fields):
    return tree_of(
        [
            IndexNode("index", **fields.get("index", {})),
            IndexNode("econ", parent="index", weight=3, **fields.get("econ", {})),
            IndexNode("soc", parent="index", weight=1, **fields.get("soc", {})),
            IndexNode("gdp", parent="econ", weight=2),
            IndexNode("jobs", parent="econ"),
            IndexNode("pay", parent="econ"),
            IndexNode("trust", parent="soc"),
            IndexNode("health", parent="soc"),
        ],
        "test",
    )


def made_up(n=20, seed=1):
    rng = np.random.default_rng(seed)
    return 50 + 10 * (rng.normal(size=(n, 1)) + rng.normal(size=(n, 5)) * [1, 0.5, 2, 1, 1])


def test_given_and_equal():
    tree = small_tree(soc={"weigh": "equal"})
    found = weigh(made_up(), tree, WeightChoice(), AggregateChoice())
    assert found["econ"].tolist() == [0.5, 0.25, 0.25]
    assert found["soc"].tolist() == [0.5, 0.5]
    assert found["index"].tolist() == [0.75, 0.25]
    assert found.methods == {"econ": "given", "soc": "equal", "index": "given"}
    assert list(found) == ["econ", "soc", "index"]
    assert len(found) == 3


def test_method_of_a_group_comes_from_choices_then_tree_then_all():
    tree = small_tree(econ={"weigh": "pca"}, soc={"weigh": "entropy"})
    found = weigh(made_up(), tree, WeightChoice(method="equal", groups={"soc": "given"}), AggregateChoice())
    assert found.methods == {"econ": "pca", "soc": "given", "index": "equal"}
    assert found["econ"].tolist() == pca_weights(made_up()[:, :3], ["gdp", "jobs", "pay"]).weights.tolist()


def test_weights_of_groups_of_groups_rest_on_scores_below():
    tree, values = small_tree(), made_up()
    aggregation = AggregateChoice(levels={2: "geometric"})
    found = weigh(values, tree, WeightChoice(groups={"index": "entropy"}), aggregation)
    econ = np.exp(np.log(values[:, :3]) @ [0.5, 0.25, 0.25])
    soc = np.sqrt(values[:, 3] * values[:, 4])
    expected = entropy_weights(np.column_stack([econ, soc]), ["econ", "soc"]).weights
    np.testing.assert_allclose(found["index"], expected, rtol=1e-10)


def test_budget_and_pairs_go_to_their_groups():
    choice = WeightChoice(
        groups={"econ": "budget", "soc": "ahp"},
        budget={"ann": {"gdp": 50, "jobs": 30, "pay": 20}, "bo": {"gdp": 30, "jobs": 30, "pay": 40}},
        ahp={"soc": {"trust": {"health": 4}}},
    )
    found = weigh(made_up(), small_tree(), choice, AggregateChoice())
    assert found["econ"] == pytest.approx([0.4, 0.3, 0.3])
    assert found["soc"] == pytest.approx([0.8, 0.2])
    details = found.details.set_index(["group", "code", "statistic"])["value"]
    assert details["econ", "", "experts"] == 2
    assert details["econ", "pay", "spread"] == pytest.approx(np.sqrt(0.02))
    assert details["soc", "", "consistency_ratio"] == 0


def test_balanced_takes_the_given_weights_as_target():
    tree, values = small_tree(), made_up()
    found = weigh(values, tree, WeightChoice(groups={"econ": "balanced"}), AggregateChoice(), seed=4)
    score = values[:, :3] @ found["econ"]
    squares = np.array([np.corrcoef(score, values[:, j])[0, 1] ** 2 for j in range(3)])
    details = found.details.set_index(["group", "code", "statistic"])["value"]
    assert details["econ", "", "imbalance"] == pytest.approx(
        np.abs(squares / squares.sum() - [0.5, 0.25, 0.25]).max(), abs=1e-9
    )


def test_benefit_of_the_doubt_reports_mean_shares_and_scores_by_programs():
    tree, values = small_tree(), made_up()
    choice = WeightChoice(groups={"econ": "benefit_of_the_doubt"}, bounds=(0.2, 0.5))
    found = weigh(values, tree, choice, AggregateChoice(), scale=(0, 100))
    assert found.benefit == {"econ": (0.2, 0.5)}
    assert found.shares["econ"].shape == (20, 3)
    np.testing.assert_allclose(found["econ"], found.shares["econ"].mean(axis=0))
    scores = aggregate(values, tree, found, AggregateChoice(), scale=(0, 100))
    assert scores["econ"].max() == pytest.approx(100)
    np.testing.assert_allclose(scores["index"], 0.75 * scores["econ"] + 0.25 * scores["soc"])


def test_weights_above_benefit_of_the_doubt_rest_on_its_scores():
    tree, values = small_tree(), made_up()
    choice = WeightChoice(groups={"econ": "benefit_of_the_doubt", "index": "entropy"})
    found = weigh(values, tree, choice, AggregateChoice(), scale=(0, 100))
    scores = aggregate(values, tree, found, AggregateChoice(), scale=(0, 100))
    expected = entropy_weights(scores[["econ", "soc"]].to_numpy(), ["econ", "soc"]).weights
    np.testing.assert_allclose(found["index"], expected, rtol=1e-8)


def test_a_benefit_of_the_doubt_that_tells_few_units_apart_says_so():
    values = made_up()
    # Best on one child, and so at 1 with all weight there.
    values[:, 0] = values[:, 0].max()
    found = weigh(
        values, small_tree(), WeightChoice(groups={"econ": "benefit_of_the_doubt"}), AggregateChoice()
    )
    assert "units score 1 with their own best weights" in found.notes[0]
    assert found.notes[0].startswith("group econ: ")


def test_an_aggregation_that_benefit_of_the_doubt_leaves_unused_is_said():
    choice = WeightChoice(groups={"econ": "benefit_of_the_doubt"})
    found = weigh(made_up(), small_tree(), choice, AggregateChoice(method="geometric"))
    assert [note for note in found.notes if "aggregation geometric is not used" in note] == [
        "group econ: aggregation geometric is not used, since under benefit of the doubt units are scored by the weights that they choose"
    ]
    assert not any(
        "not used" in note for note in weigh(made_up(), small_tree(), choice, AggregateChoice()).notes
    )


def test_notes_name_their_group():
    values = made_up()
    values[2, 3] = np.nan
    found = weigh(values, small_tree(), WeightChoice(groups={"soc": "critic"}), AggregateChoice())
    assert found.notes == (
        "group soc: weights by critic rest on the 19 of 20 rows in which every child is known; missing values: trust (1)",
    )


def test_faults_of_all_groups_are_named_at_once():
    values = made_up()
    values[:, 1] = 5.0
    choice = WeightChoice(groups={"econ": "entropy", "soc": "ahp", "index": "budget"})
    with pytest.raises(GumflowError) as refused:
        weigh(values, small_tree(), choice, AggregateChoice())
    lines = str(refused.value).splitlines()
    assert lines[0].startswith("group econ: jobs has the same value (5)")
    assert lines[1].startswith("group soc: trust against health is not judged")
    assert lines[2].startswith("group index: there is no budget")


def test_a_group_that_cannot_be_scored_stops_weights_that_need_its_scores_only():
    values = made_up()
    values[0, 0] = 0.0
    geometric = AggregateChoice(method="geometric")
    assert weigh(values, small_tree(), WeightChoice(), geometric)["econ"].tolist() == [0.5, 0.25, 0.25]
    with pytest.raises(GumflowError, match="group econ: gdp has 1 zero or negative"):
        weigh(values, small_tree(), WeightChoice(groups={"index": "pca"}), geometric)


def test_table_of_weights_multiplies_down_the_tree():
    tree = small_tree()
    table = weights_table(weigh(made_up(), tree, WeightChoice(), AggregateChoice()), tree).set_index("code")
    assert list(table.index) == ["econ", "soc", "gdp", "jobs", "pay", "trust", "health"]
    assert table.loc["gdp"].tolist() == ["econ", 1, "given", 0.5, 0.375]
    assert table.loc["soc", "weight_in_index"] == 0.25
    assert table.loc[table["level"] == 1, "weight_in_index"].sum() == pytest.approx(1)


def test_unknown_methods_are_refused():
    with pytest.raises(GumflowError, match="weighting 'magic' is not known; known: given"):
        weigh_group(made_up(), "magic", ["a", "b", "c", "d", "e"])
