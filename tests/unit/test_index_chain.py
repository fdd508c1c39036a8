"""The whole chain, against plain Python and cases by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_index import as_array, plain_ranks, plain_scores, raw, small_data, small_tree

from gumflow.contract.errors import GumflowError
from gumflow.index.chain import run_index
from gumflow.index.choices import load_choices
from gumflow.index.staged import StagedChain, in_stage_order
from gumflow.index.table import IndexData
from gumflow.index.tree import IndexNode, tree_of

NAN = np.nan
TREE = small_tree()


def by_hand(values: list[list[float]], times: list[str] | None = None) -> IndexData:
    units = np.array([f"u{i}" for i in range(len(values))])
    blank = np.full(len(values), "")
    when = blank if times is None else np.array(times)
    return IndexData(units, when, units, blank, np.array(values), pd.DataFrame(index=range(len(values))))


def two_indicators() -> list[IndexNode]:
    return [IndexNode("i"), IndexNode("x", parent="i", weight=3), IndexNode("y", parent="i", direction=-1)]


def test_three_units_by_hand():
    tree = tree_of(two_indicators(), "by hand")
    result = run_index(by_hand([[0, 4], [5, 2], [10, 0]]), tree, load_choices(), seed=1)
    assert result.scores["x"].tolist() == [0, 50, 100]
    assert result.scores["y"].tolist() == [0, 50, 100]
    result = run_index(by_hand([[0, 0], [5, 2], [10, 4]]), tree, load_choices(), seed=1)
    assert result.scores["i"].tolist() == [25, 50, 75]
    assert result.ranks["i"].tolist() == [3, 2, 1]
    assert result.ranks["y"].tolist() == [1, 2, 3]
    assert list(result.scores.columns) == ["i", "x", "y"]
    assert result.weights["i"].tolist() == [0.75, 0.25]
    assert any("3 units are few" in warning for warning in result.warnings)


@pytest.mark.parametrize("gaps", [0.0, 0.12])
@pytest.mark.parametrize(
    ("treat", "normalize", "ends", "aggregate", "weigh"),
    [
        ("jrc", "minmax", (0, 100), "arithmetic", "given"),
        ("jrc", "percentile", (1, 100), "geometric", "equal"),
        ("none", "zscore", (0, 100), "arithmetic", "equal"),
        ("none", "minmax", (1, 100), "geometric", "given"),
        ("jrc", "rank", (0, 100), "geometric", "given"),
    ],
)
def test_all_nodes_agree_with_plain_python(gaps, treat, normalize, ends, aggregate, weigh):
    data = small_data(64, gaps=gaps)
    choices = load_choices(
        {
            "treat": {"method": treat},
            "normalize": {"method": normalize, "range": list(ends)},
            "aggregate": {"method": aggregate},
            "weight": {"method": weigh},
            "screen": {"least_group": 0},
        }
    )
    result = run_index(data, TREE, choices, seed=1)
    expected = plain_scores(
        raw(data), TREE, treat=treat, normalize=normalize, ends=ends, aggregate=aggregate, weigh=weigh
    )
    for code in TREE.nodes:
        np.testing.assert_allclose(
            result.scores[code], as_array(expected[code]), rtol=0, atol=1e-10, err_msg=code
        )
    np.testing.assert_array_equal(result.ranks["index"], plain_ranks(expected["index"]))


def test_the_data_for_these_tests_are_winsorized_and_logged():
    treated = run_index(small_data(64), TREE, load_choices(), seed=1).treated
    assert {"winsorized down", "log"} <= set(treated["rule"])
    assert {"unit", "time", "name", "indicator", "before", "after", "rule"} == set(treated.columns)


def test_each_treated_cell_leads_back_to_its_value_in_the_data():
    data = small_data()
    for cell in run_index(data, TREE, load_choices(), seed=1).treated.itertuples():
        row = data.units.tolist().index(cell.unit)
        assert raw(data)[row, TREE.indicators.index(cell.indicator)] == cell.before != cell.after


def test_the_order_of_units_and_the_scale_of_an_indicator_change_nothing():
    data = small_data(gaps=0.05)
    result = run_index(data, TREE, load_choices(), seed=1)
    order = np.random.default_rng(2).permutation(14)
    values = raw(data)[order] * np.linspace(0.1, 900, raw(data).shape[1])
    moved = replace(data, units=data.units[order], names=data.names[order], values=values)
    other = run_index(moved, TREE, load_choices(), seed=1)
    np.testing.assert_allclose(other.scores["index"], result.scores["index"].to_numpy()[order], rtol=1e-12)
    np.testing.assert_array_equal(other.ranks, result.ranks.to_numpy()[order])


def sparse_data() -> IndexData:
    data = small_data()
    values = raw(data).copy()
    values[3, :7] = NAN
    values[5, 4:7] = NAN
    return replace(data, values=values)


def test_a_sparse_unit_is_withheld_but_counts_for_the_scale_of_the_others():
    data = sparse_data()
    result = run_index(data, TREE, load_choices({"treat": {"method": "none"}}), seed=1)
    assert result.scores.iloc[3].isna().all()
    assert result.ranks.iloc[3].isna().all()
    assert result.ranks["index"].max() == 13
    expected = plain_scores(raw(data), TREE, treat="none")
    others = np.arange(14) != 3
    np.testing.assert_allclose(
        result.scores["index"][others], as_array(expected["index"])[others], atol=1e-10
    )
    assert result.coverage["index"].iloc[3] == pytest.approx(0.3)
    assert any("u03" in warning for warning in result.warnings)


def test_a_sparse_unit_can_be_dropped_before_anything_is_computed():
    data = sparse_data()
    choices = load_choices({"screen": {"on_sparse": "drop"}})
    result = run_index(data, TREE, choices, seed=1)
    assert "u03" not in result.units
    assert len(result.scores) == 13
    others = np.arange(14) != 3
    expected = as_array(plain_scores(raw(data)[others], TREE)["index"])
    np.testing.assert_allclose(result.scores["index"], expected, atol=1e-10)
    assert result.rows.tolist() == np.flatnonzero(others).tolist()


def test_a_group_of_which_too_little_is_known_has_no_score_and_it_is_said_who_is_scored_on_less():
    result = run_index(sparse_data(), TREE, load_choices(), seed=1)
    assert np.isnan(result.scores["health"].iloc[5])
    assert np.isfinite(result.scores["index"].iloc[5])
    said = [w for w in result.warnings if "whose weights are rescaled" in w]
    assert said == [
        "1 unit(s) lack indicators and are scored on those they have, whose weights are rescaled: u05; impute.method fills them in"
    ]


def test_imputed_cells_are_listed_and_counted():
    data = small_data(gaps=0.1)
    result = run_index(data, TREE, load_choices({"impute": {"method": "median"}}), seed=1)
    missing = np.isnan(raw(data))
    assert len(result.imputed) == missing.sum() > 0
    np.testing.assert_allclose(result.imputed_share, missing.mean(axis=1))
    for cell in result.imputed.itertuples():
        j = TREE.indicators.index(cell.indicator)
        assert cell.value == cell.least == cell.most == np.nanmedian(raw(data)[:, j])
        assert np.isnan(raw(data)[data.units.tolist().index(cell.unit), j])
    filled = np.where(missing, np.nanmedian(raw(data), axis=0), raw(data))
    np.testing.assert_allclose(
        result.scores["index"], as_array(plain_scores(filled, TREE)["index"]), atol=1e-10
    )


def test_scores_under_multiple_imputation_are_means_over_completed_tables():
    data = small_data(40, gaps=0.05)
    choices = load_choices({"impute": {"method": "multiple", "draws": 4}})
    result = run_index(data, TREE, choices, seed=1)
    draws = result.prepared.imputed.draws
    expected = np.array([as_array(plain_scores(table, TREE)["index"]) for table in draws])
    np.testing.assert_allclose(result.imputation_scores["index"], expected, atol=1e-10)
    np.testing.assert_allclose(result.scores["index"], expected.mean(axis=0), atol=1e-10)
    assert (result.imputed["least"] < result.imputed["most"]).all()
    again = run_index(data, TREE, choices, seed=1)
    other = run_index(data, TREE, choices, seed=2)
    assert again.scores.equals(result.scores)
    assert not other.scores.equals(result.scores)


def test_without_gaps_multiple_imputation_is_one_table():
    choices = load_choices({"impute": {"method": "multiple"}})
    result = run_index(small_data(), TREE, choices, seed=1)
    assert result.imputation_scores == {}
    assert result.scores.equals(run_index(small_data(), TREE, load_choices(), seed=1).scores)


def test_waves_share_one_scale_and_are_ranked_each_by_itself():
    data = small_data(12, waves=("2005", "2008"))
    result = run_index(data, TREE, load_choices(), seed=1)
    expected = plain_scores(raw(data), TREE)["index"]
    np.testing.assert_allclose(result.scores["index"], as_array(expected), atol=1e-10)
    np.testing.assert_array_equal(result.ranks["index"], plain_ranks(expected, data.times.tolist()))
    assert result.ranks["index"].max() == 12


def test_two_units_have_scores_and_no_ranks():
    tree = tree_of(two_indicators(), "by hand")
    result = run_index(by_hand([[0, 4], [5, 2]]), tree, load_choices(), seed=1)
    assert result.scores["i"].tolist() == [0, 100]
    assert result.ranks.isna().all().all()
    assert any("ranks are withheld" in warning for warning in result.warnings)


def test_weights_from_data_are_refused_with_few_units_unless_allowed():
    data = small_data(7)
    with pytest.raises(GumflowError, match=r"pca of group .* rest on 7 unit"):
        run_index(data, TREE, load_choices({"weight": {"method": "pca"}}), seed=1)
    allowed = load_choices({"weight": {"method": "pca"}, "small_n": "allow"})
    assert any("rest on 7 unit" in w for w in run_index(data, TREE, allowed, seed=1).warnings)


def test_values_beyond_goalposts_are_counted():
    nodes = [
        IndexNode("i"),
        IndexNode("x", parent="i", goalposts=(0, 8)),
        IndexNode("y", parent="i", goalposts=(1, 4)),
    ]
    choices = load_choices({"normalize": {"method": "goalposts"}})
    result = run_index(by_hand([[0, 4], [9, 2], [10, 0]]), tree_of(nodes, "by hand"), choices, seed=1)
    assert result.scores["i"].tolist() == pytest.approx([50, (100 + 100 / 3) / 2, 50])
    assert "x: 2 value(s) beyond the ends of its scale are set to the ends" in result.warnings
    assert "y: 1 value(s) beyond the ends of its scale are set to the ends" in result.warnings


def test_a_unit_that_knows_too_little_weight_has_no_index():
    tree = tree_of(two_indicators(), "by hand")
    result = run_index(by_hand([[0, 4], [NAN, 2], [10, 0], [3, 3]]), tree, load_choices(), seed=1)
    assert np.isnan(result.scores["i"].iloc[1])
    assert any("u1" in w and "aggregate.least" in w for w in result.warnings)


def test_a_stage_is_computed_again_only_if_it_or_one_before_has_other_choices():
    chain = StagedChain(small_data(), TREE, seed=1)
    first = chain.prepared(load_choices())
    second = chain.prepared(load_choices({"normalize": {"method": "rank"}}))
    third = chain.prepared(load_choices({"treat": {"method": "none"}, "normalize": {"method": "rank"}}))
    assert second.treated is first.treated
    assert second.normalized is not first.normalized
    assert third.treated is not first.treated
    assert third.imputed is first.imputed
    assert not np.array_equal(third.normalized, first.normalized)


def test_choices_stand_in_the_order_of_their_stages():
    names = [
        "weight.method",
        "aggregate.method",
        "normalize.range",
        "normalize.method",
        "impute.method",
        "screen.least_unit",
    ]
    assert in_stage_order(names) == [
        "screen.least_unit", "impute.method", "normalize.method", "normalize.range", "weight.method", "aggregate.method",
    ]  # fmt: skip
