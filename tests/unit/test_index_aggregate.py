"""Scores of groups from those of children: every mean, Mazziotta-Pareto, TOPSIS, Copeland, gaps, batches and the way up the tree."""

import itertools
import math

import numpy as np
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.index.aggregate import Weights, aggregate, combine, group_method, scale_of, score_groups
from gumflow.index.choices import AggregateChoice, NormalizeChoice
from gumflow.index.tree import IndexNode, tree_of

MEANS = ("arithmetic", "geometric", "harmonic", "power", "mazziotta_pareto")
METHODS = (*MEANS, "topsis", "copeland")
NAN = float("nan")


def made_up(n=9, k=4, gaps=False, seed=1):
    rng = np.random.default_rng(seed)
    values = rng.uniform(5, 100, (n, k))
    if gaps:
        values[rng.random((n, k)) < 0.25] = np.nan
    return values


# --- means by hand


def test_means_of_two_children_by_hand():
    values, weights = np.array([[4.0, 16.0]]), np.array([1.0, 1.0])
    assert combine(values, weights, "arithmetic") == pytest.approx([10.0])
    assert combine(values, weights, "geometric") == pytest.approx([8.0])
    assert combine(values, weights, "harmonic") == pytest.approx([6.4])
    assert combine(values, weights, "power", exponent=0.5) == pytest.approx([9.0])
    assert combine(values, weights, "power", exponent=2) == pytest.approx([math.sqrt(136)])


def test_weights_are_rescaled_inside_the_group():
    values = np.array([[10.0, 20.0, 40.0]])
    assert combine(values, np.array([2.0, 1.0, 1.0]), "arithmetic") == pytest.approx([20.0])
    assert combine(values, np.array([1.0, 1.0, 2.0]), "geometric") == pytest.approx(
        [(10 * 20 * 40 * 40) ** 0.25]
    )


def test_mazziotta_pareto_by_hand():
    # Mean 100, population sd 10 over the unit's children: penalty 100 / 100.
    values = np.array([[90.0, 110.0], [100.0, 100.0], [0.0, 0.0]])
    assert combine(values, np.ones(2), "mazziotta_pareto") == pytest.approx([99.0, 100.0, 0.0])
    assert combine(values, np.ones(2), "mazziotta_pareto", sign="+") == pytest.approx([101.0, 100.0, 0.0])
    # Weights 3 to 1: mean 95, variance 75.
    assert combine(values[:1], np.array([3.0, 1.0]), "mazziotta_pareto") == pytest.approx([95 - 75 / 95])


def plain(row, weights, method, least=0.5, exponent=0.3):
    """One unit's score in loops of plain Python."""
    known = [(x, w) for x, w in zip(row, weights, strict=True) if not math.isnan(x)]
    total = sum(w for _, w in known)
    if total <= 0 or total < least * sum(weights) - 1e-9:
        return NAN
    known = [(x, w / total) for x, w in known]
    if method == "geometric":
        return math.prod(x**w for x, w in known)
    if method == "mazziotta_pareto":
        mean = sum(w * x for x, w in known)
        return mean - sum(w * (x - mean) ** 2 for x, w in known) / mean
    p = {"arithmetic": 1.0, "harmonic": -1.0, "power": exponent}[method]
    return sum(w * x**p for x, w in known) ** (1 / p)


@pytest.mark.parametrize("method", MEANS)
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("exponent", [0.3, 3.0, -2.0])
def test_means_agree_with_loops(method, gaps, exponent):
    values, weights = made_up(30, 5, gaps), np.array([0.3, 0.1, 0.2, 0.25, 0.15])
    found = combine(values, weights, method, exponent=exponent)
    expected = [plain(row, weights, method, exponent=exponent) for row in values.tolist()]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_power_mean_goes_through_the_geometric_mean_at_zero():
    values, weights = made_up(), np.array([0.4, 0.3, 0.2, 0.1])
    middle = combine(values, weights, "geometric")
    np.testing.assert_allclose(combine(values, weights, "power", exponent=0), middle, rtol=1e-14)
    for exponent in (1e-9, -1e-9):
        np.testing.assert_allclose(combine(values, weights, "power", exponent=exponent), middle, rtol=1e-7)
    # The two ways of computing meet where one takes over from the other.
    below, above = (combine(values, weights, "power", exponent=p) for p in (0.01 - 1e-12, 0.01))
    np.testing.assert_allclose(below, above, rtol=1e-10)


def test_power_means_of_high_order_near_the_extremes_without_overflow():
    values = np.array([[1e-3, 20.0, 90.0]])
    assert combine(values, np.ones(3), "power", exponent=500) == pytest.approx([90.0], rel=0.01)
    assert combine(values, np.ones(3), "power", exponent=-500) == pytest.approx([1e-3], rel=0.01)
    assert combine(np.zeros((1, 3)), np.ones(3), "power", exponent=0.5) == pytest.approx([0.0])


def test_means_are_ordered_and_lie_between_least_and_most():
    values, weights = made_up(40, 4), np.array([0.1, 0.2, 0.3, 0.4])
    low, middle, high = (combine(values, weights, m) for m in ("harmonic", "geometric", "arithmetic"))
    assert (values.min(axis=1) < low).all()
    assert (low < middle).all()
    assert (middle < high).all()
    assert (high < values.max(axis=1)).all()
    assert (combine(values, weights, "mazziotta_pareto") < high).all()


# --- TOPSIS


def test_topsis_gives_the_published_closeness_of_four_aircraft():
    """The fighter aircraft of Hwang and Yoon (1981): speed, range, payload, cost, reliability, maneuverability."""
    aircraft = np.array(
        [[2.0, 1500, 20000, 5.5, 5, 9], [2.5, 2700, 18000, 6.5, 3, 5], [1.8, 2000, 21000, 4.5, 7, 7], [2.2, 1800, 20000, 5.0, 5, 5]]
    )  # fmt: skip
    normalized = aircraft / np.sqrt((aircraft**2).sum(axis=0)) * [1, 1, 1, -1, 1, 1]
    found = combine(normalized, np.array([0.2, 0.1, 0.1, 0.1, 0.2, 0.3]), "topsis")
    assert found == pytest.approx([0.643, 0.268, 0.613, 0.312], abs=6e-4)


def test_topsis_by_hand_applies_weights_once():
    values = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]])
    found = combine(values, np.array([3.0, 1.0]), "topsis")
    # Distances of (3, 1) / 4: the first is 3 from the best and 1 from the worst.
    assert found == pytest.approx([0.25, 0.75, 0.5])


def plain_topsis(values, weights):
    n, k = values.shape
    best = [max(v for v in values[:, j] if v == v) for j in range(k)]
    worst = [min(v for v in values[:, j] if v == v) for j in range(k)]
    found = []
    for i in range(n):
        known = [j for j in range(k) if values[i, j] == values[i, j]]
        up = math.sqrt(sum((weights[j] * (values[i, j] - best[j])) ** 2 for j in known))
        down = math.sqrt(sum((weights[j] * (values[i, j] - worst[j])) ** 2 for j in known))
        found.append(down / (up + down) if sum(weights[j] for j in known) >= 0.5 - 1e-9 else NAN)
    return found


@pytest.mark.parametrize("gaps", [False, True])
def test_topsis_agrees_with_loops(gaps):
    values, weights = made_up(20, 4, gaps), np.array([0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(combine(values, weights, "topsis"), plain_topsis(values, weights), rtol=1e-12)


def test_topsis_of_equal_units_is_refused_and_a_unit_that_knows_nothing_has_no_score():
    with pytest.raises(GumflowError, match="group econ: TOPSIS is undefined"):
        combine(np.full((3, 2), 7.0), np.ones(2), "topsis", group="econ")
    found = combine(np.array([[0.0, 1.0], [1.0, 0.0], [NAN, NAN]]), np.ones(2), "topsis")
    assert found[:2] == pytest.approx([0.5, 0.5])
    assert math.isnan(found[2])


# --- Copeland


def plain_copeland(values, weights, least=0.5):
    n, k = values.shape
    total = sum(weights)
    ranked = [
        sum(weights[j] for j in range(k) if values[i, j] == values[i, j]) >= least * total - 1e-9
        for i in range(n)
    ]
    found = []
    for i in range(n):
        score = opponents = 0
        for o in range(n):
            both = [j for j in range(k) if values[i, j] == values[i, j] and values[o, j] == values[o, j]]
            if o == i or not (ranked[i] and ranked[o]) or sum(weights[j] for j in both) <= 0:
                continue
            better = sum(weights[j] for j in both if values[i, j] > values[o, j])
            worse = sum(weights[j] for j in both if values[i, j] < values[o, j])
            opponents += 1
            score += 0 if abs(better - worse) < 1e-12 else (1 if better > worse else -1)
        found.append(0.5 * (1 + score / opponents) if opponents else NAN)
    return found


def test_copeland_by_hand():
    # First beats second on two of three children, second beats third, third beats first: nobody leads.
    circle = np.array([[3.0, 2.0, 1.0], [2.0, 1.0, 3.0], [1.0, 3.0, 2.0]])
    assert combine(circle, np.ones(3), "copeland") == pytest.approx([0.5, 0.5, 0.5])
    # A heavy first child decides alone.
    assert combine(circle, np.array([3.0, 1.0, 1.0]), "copeland") == pytest.approx([1.0, 0.5, 0.0])


def test_copeland_ties_are_ties_although_weights_are_rounded():
    # 0.1 + 0.2 is not 0.3 in floating point.
    values = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert combine(values, np.array([0.1, 0.2, 0.3]), "copeland") == pytest.approx([0.5, 0.5])
    assert combine(np.ones((3, 2)), np.ones(2), "copeland") == pytest.approx([0.5] * 3)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_copeland_agrees_with_loops(gaps, seed):
    # Whole numbers make ties.
    values = np.round(made_up(25, 5, gaps, seed) / 20)
    weights = np.array([0.3, 0.1, 0.2, 0.25, 0.15])
    np.testing.assert_allclose(
        combine(values, weights, "copeland"), plain_copeland(values, weights), rtol=1e-12
    )


def test_copeland_in_blocks_is_the_same(monkeypatch):
    values, weights = np.round(made_up(25, 5, True) / 20), np.random.default_rng(3).dirichlet(np.ones(5), 6)
    whole = combine(values, weights, "copeland")
    monkeypatch.setattr("gumflow.index.outrank._CELLS", 7 * 25 * 6)
    np.testing.assert_array_equal(combine(values, weights, "copeland"), whole)


def test_copeland_depends_on_order_only():
    values, weights = made_up(12, 4), np.array([0.4, 0.3, 0.2, 0.1])
    np.testing.assert_array_equal(
        combine(values, weights, "copeland"), combine(np.log(values) * [1, 2, 3, 4], weights, "copeland")
    )


def test_copeland_units_without_common_children_do_not_meet():
    values = np.array([[1.0, NAN], [NAN, 5.0], [2.0, 4.0]])
    # The third beats the first and loses to the second, who have nothing in common.
    assert combine(values, np.ones(2), "copeland") == pytest.approx([0.0, 1.0, 0.5])


# --- gaps, batches, invariances


def test_least_share_of_weight_decides_whether_there_is_a_score():
    values = np.array([[10.0, NAN, NAN], [10.0, 20.0, NAN], [NAN, NAN, NAN]])
    weights = np.array([0.4, 0.2, 0.4])
    found = combine(values, weights, "arithmetic", least=0.5)
    assert math.isnan(found[0])
    assert found[1] == pytest.approx(40 / 3 * 1.0)
    assert combine(values, weights, "arithmetic", least=0.4)[0] == pytest.approx(10)
    assert np.isnan(combine(values, weights, "arithmetic", least=0.0)[2])
    # Exactly the least is enough, however it rounds: 0.1 + 0.2 of 0.6.
    edge = combine(np.array([[1.0, 1.0, NAN]]), np.array([0.1, 0.2, 0.3]), "arithmetic", least=0.5)
    assert edge == pytest.approx([1.0])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gaps", [False, True])
def test_batches_are_what_single_replicates_are(method, gaps):
    values = np.stack([made_up(11, 4, gaps, seed) for seed in (1, 2, 3)])
    weights = np.random.default_rng(2).dirichlet(np.ones(4), 3)
    for given, drawn in ((values, weights), (values[0], weights), (values, weights[0])):
        found = combine(given, drawn, method, exponent=0.4)
        for r in range(3):
            one = combine(
                given if given.ndim == 2 else given[r],
                drawn if drawn.ndim == 1 else drawn[r],
                method,
                exponent=0.4,
            )
            np.testing.assert_allclose(found[r], one, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_order_of_units_and_children_and_scale_of_weights_change_nothing(method):
    values, weights = made_up(15, 4, True), np.array([0.4, 0.3, 0.2, 0.1])
    found = combine(values, weights, method, exponent=2)
    units, children = np.random.default_rng(5).permutation(15), [2, 0, 3, 1]
    shuffled = combine(values[units][:, children], 7 * weights[children], method, exponent=2)
    np.testing.assert_allclose(shuffled, found[units], rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_child_without_weight_changes_nothing(method):
    values, weights = made_up(9, 3), np.array([0.5, 0.3, 0.2])
    more = np.column_stack([values, np.linspace(-9, 9, 9)])
    np.testing.assert_allclose(
        combine(more, np.r_[weights, 0.0], method, exponent=-1.5),
        combine(values, weights, method, exponent=-1.5),
        rtol=1e-12,
    )


@pytest.mark.parametrize("method", ["arithmetic", "geometric", "harmonic", "power", "mazziotta_pareto"])
def test_means_scale_with_their_children(method):
    values, weights = made_up(9, 4), np.array([0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(
        combine(3 * values, weights, method, exponent=-3),
        3 * combine(values, weights, method, exponent=-3),
        rtol=1e-12,
    )


# --- what cannot be combined


@pytest.mark.parametrize(
    ("method", "exponent"), [("geometric", 1), ("harmonic", 1), ("power", -1), ("power", 0)]
)
def test_zeros_are_refused_where_they_have_no_mean(method, exponent):
    values = np.array([[0.0, 5.0, -1.0], [3.0, 5.0, 0.0]])
    with pytest.raises(GumflowError) as refused:
        combine(values, np.ones(3), method, exponent=exponent, group="econ", children=("gdp", "jobs", "debt"))
    first, second = str(refused.value).splitlines()
    assert "group econ: gdp has 1 zero or negative value(s), the least 0" in first
    assert "group econ: debt has 2 zero or negative value(s), the least -1" in second
    assert "1 to 100" in first


@pytest.mark.parametrize(("method", "exponent"), [("mazziotta_pareto", 1), ("power", 0.5)])
def test_negative_values_are_refused_where_zeros_are_not(method, exponent):
    assert np.isfinite(combine(np.array([[0.0, 5.0]]), np.ones(2), method, exponent=exponent)).all()
    with pytest.raises(GumflowError, match=r"econ: gdp has 1 negative value\(s\), the least -2"):
        combine(
            np.array([[-2.0, 5.0]]),
            np.ones(2),
            method,
            exponent=exponent,
            group="econ",
            children=("gdp", "jobs"),
        )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, -0.5], "the weight of jobs is -0.5"),
        ([0, 0], "the weights of gdp, jobs add up to 0"),
        ([1, NAN], "the weight of jobs is not a number"),
        ([1, 1, 1], "3 weights for 2 children"),
    ],
)
def test_impossible_weights_are_refused(weights, message):
    with pytest.raises(GumflowError, match=message):
        combine(np.ones((3, 2)), np.array(weights, dtype=float), "arithmetic", children=("gdp", "jobs"))


def test_infinite_values_unknown_methods_and_exponents_are_refused():
    with pytest.raises(GumflowError, match="gdp has values without end"):
        combine(np.array([[np.inf, 1.0]]), np.ones(2), "arithmetic", children=("gdp", "jobs"))
    with pytest.raises(GumflowError, match="'median' is not known"):
        combine(np.ones((1, 2)), np.ones(2), "median")
    with pytest.raises(GumflowError, match="exponent of the power mean is inf"):
        combine(np.ones((1, 2)), np.ones(2), "power", exponent=np.inf)


# --- up the tree


def small_tree(**fields):
    return tree_of(
        [
            IndexNode("index", **fields.get("index", {})),
            IndexNode("econ", parent="index", weight=3, **fields.get("econ", {})),
            IndexNode("soc", parent="index", weight=1, **fields.get("soc", {})),
            IndexNode("gdp", parent="econ", weight=2),
            IndexNode("jobs", parent="econ"),
            IndexNode("trust", parent="soc"),
            IndexNode("health", parent="soc"),
        ],
        "test",
    )


def given(tree):
    return {group: tree.given_weights(group) for group in tree.groups}


def test_tree_is_scored_bottom_up_by_hand():
    tree = small_tree()
    found = aggregate(np.array([[30.0, 60.0, 10.0, 20.0]]), tree, given(tree), AggregateChoice())
    assert list(found.columns) == ["gdp", "jobs", "trust", "health", "econ", "soc", "index"]
    assert found.loc[0].tolist() == pytest.approx([30, 60, 10, 20, 40, 15, 0.75 * 40 + 0.25 * 15])


def test_methods_by_level_and_group():
    tree = small_tree(soc={"aggregate": "harmonic"})
    choice = AggregateChoice(
        method="arithmetic", levels={2: "geometric"}, groups={"index": "mazziotta_pareto"}
    )
    assert [group_method(tree, choice, g) for g in tree.groups] == [
        "geometric",
        "harmonic",
        "mazziotta_pareto",
    ]
    found = aggregate(np.array([[8.0, 64.0, 10.0, 40.0]]), tree, given(tree), choice).loc[0]
    assert found["econ"] == pytest.approx(16)
    assert found["soc"] == pytest.approx(16)
    assert found["index"] == pytest.approx(16)
    assert group_method(tree, AggregateChoice(groups={"soc": "power"}), "soc") == "power"


def test_batches_of_weights_go_up_the_tree():
    tree = small_tree()
    values, draws = made_up(6, 4, True), np.random.default_rng(4)
    weights = {group: draws.dirichlet(np.ones(2), 5) for group in tree.groups}
    batch = score_groups(values, tree, weights, AggregateChoice(levels={3: "geometric"}))
    for r in range(5):
        one = score_groups(
            values, tree, {g: w[r] for g, w in weights.items()}, AggregateChoice(levels={3: "geometric"})
        )
        np.testing.assert_allclose(batch["index"][r], one["index"], rtol=1e-12)


def test_scores_from_0_to_1_are_brought_to_the_scale_of_the_others():
    tree = small_tree()
    values = np.array([[0.0, 100.0, 50.0, 50.0], [100.0, 0.0, 10.0, 30.0], [50.0, 50.0, 90.0, 70.0]])
    choice = AggregateChoice(groups={"econ": "copeland"})
    found = aggregate(values, tree, given(tree), choice, scale=(1, 101))
    # Two thirds of the weight of econ are on the first child.
    assert found["econ"].tolist() == pytest.approx([1, 101, 51])
    assert found["index"][0] == pytest.approx(0.75 * 1 + 0.25 * 50)
    with pytest.raises(GumflowError, match="group index: econ run from 0 to 1 and the other children do not"):
        aggregate(values, tree, given(tree), choice)
    both = aggregate(values, tree, given(tree), AggregateChoice(levels={2: "copeland"}))
    assert both["index"].between(0, 1).all()
    above = aggregate(
        values, tree, given(tree), AggregateChoice(groups={"econ": "topsis", "index": "copeland"})
    )
    assert above["index"].tolist() == pytest.approx([0.0, 1.0, 0.5])


def test_scale_of_a_normalization_is_its_range_if_all_indicators_share_one():
    assert scale_of(NormalizeChoice(range=(1, 100))) == (1, 100)
    assert scale_of(NormalizeChoice(method="goalposts")) == (0, 100)
    assert scale_of(NormalizeChoice(method="zscore")) is None
    assert scale_of(NormalizeChoice(indicators={"gdp": "rank"})) is None


def test_all_groups_that_cannot_be_scored_are_named_at_once():
    tree = small_tree()
    values = np.array([[0.0, 100.0, 50.0, 0.0], [100.0, 0.0, 10.0, 30.0]])
    with pytest.raises(GumflowError) as refused:
        aggregate(values, tree, given(tree), AggregateChoice(method="geometric"))
    lines = str(refused.value).splitlines()
    assert [line.split(" has")[0] for line in lines] == [
        "group econ: gdp",
        "group econ: jobs",
        "group soc: health",
    ]


def test_groups_under_benefit_of_the_doubt_are_scored_by_their_programs():
    tree = small_tree()
    values = np.array([[100.0, 20.0, 10.0, 30.0], [20.0, 100.0, 20.0, 20.0], [50.0, 50.0, 5.0, 5.0]])
    weights = Weights(given(tree), benefit={"econ": (0.0, 1.0)})
    found = aggregate(values, tree, weights, AggregateChoice(), scale=(0, 100))
    # The third is 5/6 of the line between the first two.
    assert found["econ"].tolist() == pytest.approx([100, 100, 100 * 50 / 60])
    assert found["index"][2] == pytest.approx(0.75 * 100 * 50 / 60 + 0.25 * 5)
    batch = score_groups(np.stack([values, values[::-1]]), tree, weights, AggregateChoice(), scale=(0, 100))
    np.testing.assert_allclose(batch["index"][1], found["index"][::-1], rtol=1e-9)


def test_every_pair_of_methods_works_on_a_panel_of_gaps():
    tree = small_tree()
    values = made_up(12, 4, True)
    for below, above in itertools.product(METHODS, METHODS):
        choice = AggregateChoice(levels={2: below, 3: above}, least=0.4)
        index = aggregate(values, tree, given(tree), choice, scale=(1, 100))["index"]
        assert index.notna().sum() >= 8, (below, above)
