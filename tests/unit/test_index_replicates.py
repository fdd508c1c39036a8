"""Replicates of method in batches against the same replicates one by one in plain Python; tables that say what each replicate is."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_index import as_array, plain_ranks, plain_scores, raw, small_data, small_tree

from gumflow.contract.errors import GumflowError
from gumflow.index import replicates as module
from gumflow.index.chain import run_index
from gumflow.index.choices import Choices, UncertaintyChoice, load_choices, varied
from gumflow.index.plan import Factor, factors_of, plan_of, saltelli_points, sobol_points
from gumflow.index.replicate_table import read_replicates
from gumflow.index.replicates import (
    Replicates,
    acceptability_table,
    beats_table,
    imputation_ranks,
    method_replicates,
    planned_replicates,
    uncertainty_table,
)
from gumflow.index.staged import StagedChain
from gumflow.index.tree import IndexTree

TREE = small_tree()
ASSUMPTIONS = {
    "treat.method": ["jrc", "none"],
    "normalize.method": ["minmax", "percentile", "rank"],
    "aggregate.method": ["arithmetic", "geometric"],
    "weight.method": ["given", "equal"],
}


def choices_with(assumptions: dict, **others) -> Choices:
    return load_choices(
        {
            "normalize": {"range": [1, 100]},
            "screen": {"least_group": 0, "least_unit": 0},
            "uncertainty": {"assumptions": assumptions, "replicates": 60, **others},
        }
    )


def one_by_one(found: Replicates, data, tree: IndexTree, row: int) -> np.ndarray:
    said = found.plan.choice(found.plan.picks[row])
    multipliers = (
        dict(zip(found.plan.noisy, found.plan.multipliers[row], strict=True)) if found.plan.noisy else {}
    )
    scores = plain_scores(
        raw(data),
        tree,
        treat=said.get("treat.method", "jrc"),
        normalize=said.get("normalize.method", "minmax"),
        ends=(1, 100),
        aggregate=said.get("aggregate.method", "arithmetic"),
        weigh=said.get("weight.method", "given"),
        least=said.get("aggregate.least", 0.5),
        multipliers=multipliers,
    )
    return as_array(scores[found.code])


@pytest.mark.parametrize(("gaps", "code"), [(0.0, ""), (0.1, ""), (0.0, "people")])
def test_a_batch_agrees_with_its_replicates_one_by_one(gaps, code):
    data = small_data(20, gaps=gaps, waves=("1", "2"))
    found = method_replicates(data, TREE, choices_with(ASSUMPTIONS), seed=4, code=code)
    assert found.scores.shape == found.ranks.shape == (60, 40)
    assert len(np.unique(found.plan.picks, axis=0)) == 24
    for row in range(0, 60, 6):
        expected = one_by_one(found, data, TREE, row)
        np.testing.assert_allclose(found.scores[row], expected, rtol=0, atol=1e-10)
        ranks = plain_ranks(expected.tolist(), data.times.tolist())
        np.testing.assert_array_equal(found.ranks[row], ranks)


def test_small_blocks_give_the_same_scores(monkeypatch):
    data, choices = small_data(gaps=0.1), choices_with(ASSUMPTIONS)
    whole = method_replicates(data, TREE, choices, seed=4)
    monkeypatch.setattr(module, "_CELLS", 150)
    parts = method_replicates(data, TREE, choices, seed=4)
    np.testing.assert_allclose(parts.scores, whole.scores, rtol=1e-14)
    np.testing.assert_array_equal(parts.ranks, whole.ranks)


def test_replicates_depend_on_the_seed_alone():
    data, choices = small_data(), choices_with(ASSUMPTIONS)
    first, again, other = (method_replicates(data, TREE, choices, seed=seed) for seed in (1, 1, 2))
    assert first.scores.tobytes() == again.scores.tobytes()
    assert first.scores.tobytes() != other.scores.tobytes()


def test_options_are_equally_likely_and_numbers_fill_their_interval():
    factors = (Factor("treat.method", ("jrc", "none", "log")), Factor("aggregate.exponent", (), (0.5, 2.5)))
    plan = plan_of(factors, sobol_points(3 * 1024, 2, seed=1))
    assert np.abs(np.bincount(plan.picks[:, 0].astype(int)) - 1024).max() <= 8
    assert (plan.picks[:, 1] > 0.5).all()
    assert np.histogram(plan.picks[:, 1], 8, (0.5, 2.5))[0].tolist() == pytest.approx([384] * 8, abs=4)
    assert plan.choice([2, 0.75]) == {"treat.method": "log", "aggregate.exponent": 0.75}


def test_weights_vary_by_the_noise_and_add_up_to_one():
    choices = choices_with({}, weight_noise=0.4, noise_levels=[1])
    found = method_replicates(small_data(), TREE, choices, seed=4)
    assert set(found.plan.noisy) == set(TREE.indicators)
    assert found.plan.multipliers.min() > 0.6
    assert found.plan.multipliers.max() < 1.4
    assert np.ptp(found.plan.multipliers, axis=0).min() > 0.7
    np.testing.assert_allclose(found.scores[7], one_by_one(found, small_data(), TREE, 7), atol=1e-10)


def test_an_interval_varies_a_number():
    choices = choices_with({"aggregate.least": [0.3, 0.95]}, weight_noise=0)
    data = small_data(30, gaps=0.3)
    found = method_replicates(
        data, TREE, replace(choices, screen=replace(choices.screen, on_sparse="keep")), seed=4
    )
    assert np.unique(found.plan.picks).size == 60
    assert np.isnan(found.scores).any()
    for row in range(0, 60, 9):
        np.testing.assert_allclose(found.scores[row], one_by_one(found, data, TREE, row), atol=1e-10)


def test_weights_read_from_data_are_read_for_each_set_of_choices():
    data = small_data(30)
    choices = choices_with(
        {"weight.method": ["entropy", "critic"], "treat.method": ["jrc", "none"]}, weight_noise=0
    )
    choices = replace(choices, normalize=replace(choices.normalize, range=(0.0, 1.0)))
    found = method_replicates(data, TREE, choices, seed=4)
    for row in (0, 1, 2, 3, 4, 5):
        own = varied(choices, found.plan.choice(found.plan.picks[row]))
        expected = run_index(data, TREE, own, seed=4).scores["index"]
        np.testing.assert_allclose(found.scores[row], expected, atol=1e-10)


def test_replicates_under_multiple_imputation_are_means_over_its_tables():
    data = small_data(40, gaps=0.05)
    choices = choices_with({"normalize.method": ["minmax", "rank"]})
    choices = replace(choices, impute=replace(choices.impute, method="multiple", draws=3))
    found = method_replicates(data, TREE, choices, seed=4)
    draws = run_index(data, TREE, choices, seed=4).prepared.imputed.draws
    each = [one_by_one(found, replace(data, values=draw), TREE, 11) for draw in draws]
    np.testing.assert_allclose(found.scores[11], np.mean(each, axis=0), atol=1e-10)


def test_units_that_a_replicate_drops_are_not_ranked_there():
    data = small_data(20)
    raw(data)[3, [0, 1, 5, 8]] = np.nan
    choices = choices_with({"screen.least_unit": [0.5, 0.55, 0.7]}, weight_noise=0)
    choices = replace(choices, screen=replace(choices.screen, on_sparse="drop"))
    found = method_replicates(data, TREE, choices, seed=4)
    strict = found.plan.picks[:, 0] == 2
    assert 15 < strict.sum() < 25
    assert np.isnan(found.scores[strict, 3]).all()
    assert np.isfinite(found.scores[~strict]).all()
    assert found.ranks[strict][:, np.arange(20) != 3].max() == 19
    others = np.arange(20) != 3
    expected = as_array(plain_scores(raw(data)[others], TREE, ends=(1, 100))["index"])
    np.testing.assert_allclose(
        found.scores[strict][:, others], expected[None].repeat(strict.sum(), 0), atol=1e-10
    )


def test_given_assumptions_that_change_nothing_are_all_named():
    choices = choices_with(
        {
            "aggregate.exponent": [0.2, 0.5, 0.9],
            "impute.method": ["none", "mean"],
            "normalize.method": ["minmax", "rank"],
        }
    )
    with pytest.raises(GumflowError) as error:
        method_replicates(small_data(), TREE, choices, seed=4)
    lines = str(error.value).splitlines()
    assert [line.split()[1] for line in lines] == ["impute.method", "aggregate.exponent"]
    power = choices_with({"aggregate.exponent": [0.2, 0.5, 0.9], "aggregate.method": ["arithmetic", "power"]})
    assert np.ptp(method_replicates(small_data(), TREE, power, seed=4).scores, axis=0).min() > 0


def test_default_assumptions_that_change_nothing_or_cannot_run_are_left_out_with_a_note():
    data = small_data(9)  # too few for a test of skew, so that treatment does nothing
    choices = load_choices({"normalize": {"range": [1, 100]}, "aggregate": {"method": "geometric"}})
    found = method_replicates(
        data, TREE, replace(choices, uncertainty=UncertaintyChoice(replicates=16)), seed=4
    )
    assert found.plan.names == ("normalize.method",)
    assert found.plan.options == (("minmax", "percentile"),)
    said = "\n".join(found.notes)
    assert "normalize.method zscore is left out, because it cannot be run" in said
    assert "treat.method is left out, because it changes no score" in said


def test_a_chosen_option_that_the_defaults_lack_is_among_them():
    choices = load_choices({"normalize": {"method": "rank"}})
    factors, _ = factors_of(StagedChain(small_data(), TREE, seed=1), choices)
    assert {f.name: f.options for f in factors if f.options} == {
        "treat.method": ("jrc", "none"),
        "normalize.method": ("rank", "minmax", "zscore", "percentile"),
    }


def test_every_combination_that_cannot_be_run_is_named_once():
    choices = choices_with(
        {
            "normalize.method": ["minmax", "zscore"],
            "aggregate.method": ["arithmetic", "geometric", "harmonic"],
        }
    )
    with pytest.raises(GumflowError) as error:
        method_replicates(small_data(), TREE, choices, seed=4)
    text = str(error.value)
    assert "with normalize.method zscore, aggregate.method geometric: group trade: t0 has" in text
    assert "with normalize.method zscore, aggregate.method harmonic: group trade: t0 has" in text
    assert "minmax, aggregate.method geometric" not in text


@pytest.mark.parametrize(
    ("uncertainty", "message"),
    [
        (
            UncertaintyChoice(assumptions={"treat.method": ("jrc",)}),
            r"treat.method has the option 'jrc' only",
        ),
        (
            UncertaintyChoice(assumptions={"treat.metod": ("jrc", "none")}),
            r"'treat.metod' is no choice .* 'treat.method'",
        ),
        (
            UncertaintyChoice(assumptions={"treat.method": ("jrc", "jcr")}),
            r"treat.method: 'jcr' is not allowed",
        ),
        (UncertaintyChoice(assumptions={}, weight_noise=0), r"nothing is varied"),
        (UncertaintyChoice(replicates=0), r"uncertainty.replicates is 0"),
    ],
)
def test_assumptions_that_cannot_vary_are_refused(uncertainty, message):
    with pytest.raises(GumflowError, match=message):
        method_replicates(small_data(), TREE, replace(Choices(), uncertainty=uncertainty), seed=1)


def test_a_level_whose_nodes_have_no_siblings_cannot_have_noise():
    nodes = {
        code: node for code, node in TREE.nodes.items() if code not in ("health", "h0", "h1", "h2", "skills")
    }
    nodes |= {f"s{i}": replace(nodes[f"s{i}"], parent="people") for i in range(4)}
    tree = IndexTree(nodes)
    data = small_data(tree=tree)
    choices = replace(Choices(), uncertainty=UncertaintyChoice(noise_levels=(1, 2), replicates=16))
    assert {f.nodes for f in factors_of(StagedChain(data, tree, seed=1), choices)[0] if f.nodes} == {
        tree.indicators,
        ("people", "trade"),
    }
    lone = IndexTree({code: node for code, node in nodes.items() if code not in ("trade", "t0", "t1", "t2")})
    with pytest.raises(GumflowError, match=r"no node of level 2 shares its group"):
        method_replicates(small_data(tree=lone), lone, choices, seed=1)


def test_ranks_of_an_unknown_group_are_refused_with_a_hint():
    with pytest.raises(GumflowError, match=r"'peple' is no group of the tree \(did you mean 'people'\?\)"):
        method_replicates(small_data(), TREE, Choices(), seed=1, code="peple")


def test_points_of_the_design_exchange_one_factor_at_a_time():
    factors = (
        Factor("treat.method", ("jrc", "none")),
        Factor("weight_noise.1", (), (0.5, 1.5), ("s0", "s1", "s2")),
    )
    points = saltelli_points(16, factors, seed=3).reshape(4, 16, 4)
    a, b, first, second = points
    np.testing.assert_array_equal(first, np.column_stack([b[:, 0], a[:, 1:]]))
    np.testing.assert_array_equal(second, np.column_stack([a[:, 0], b[:, 1:]]))
    assert (a != b).all()


TABLE = """\
replicate,normalize.method,normalize.range,aggregate.method,weight.people,weight.trade,weight.h0,weight.h1,weight.h2,treat.method
1,minmax,"[1, 100]",geometric,1,3,1,2,5,jrc
2,rank,,arithmetic,4,4,0,1,1,none
3,,,,1,1,1,1,1,
4,percentile,"[1, 100]",geometric,0.1,0.9,0.2,0.2,0.6,jrc
"""


def test_replicates_of_a_table_are_exactly_those(tmp_path: Path):
    path = tmp_path / "replicates.csv"
    path.write_text(TABLE, encoding="utf-8")
    data, choices = small_data(40), load_choices({"screen": {"least_group": 0}})
    found = planned_replicates(data, TREE, choices, read_replicates(path, TREE, choices), seed=1)
    said = [
        {"normalize": "minmax", "ends": (1, 100), "aggregate": "geometric", "treat": "jrc"},
        {"normalize": "rank", "ends": (0, 100), "aggregate": "arithmetic", "treat": "none"},
        {"normalize": "minmax", "ends": (0, 100), "aggregate": "arithmetic", "treat": "jrc"},
        {"normalize": "percentile", "ends": (1, 100), "aggregate": "geometric", "treat": "jrc"},
    ]
    weights = [(1, 3, 1, 2, 5), (4, 4, 0, 1, 1), (1, 1, 1, 1, 1), (0.1, 0.9, 0.2, 0.2, 0.6)]
    for row, (own, w) in enumerate(zip(said, weights, strict=True)):
        given = dict(zip(("people", "trade", "h0", "h1", "h2"), w, strict=True))
        expected = as_array(plain_scores(raw(data), TREE, given=given, **own)["index"])
        np.testing.assert_allclose(found.scores[row], expected, rtol=0, atol=1e-10)
        np.testing.assert_array_equal(found.ranks[row], plain_ranks(expected.tolist()))
    assert found.notes == ()


def test_a_table_can_hold_weights_alone_or_choices_alone(tmp_path: Path):
    path = tmp_path / "replicates.csv"
    data, choices = small_data(), load_choices()
    path.write_text("weight.trade;weight.people\n1;2\n3;1\n", encoding="utf-8")
    plan = read_replicates(path, TREE, choices)
    assert plan.given["index"].tolist() == [[2 / 3, 1 / 3], [0.25, 0.75]]
    expected = plain_scores(raw(data), TREE, given={"people": 1, "trade": 3})["index"]
    np.testing.assert_allclose(
        planned_replicates(data, TREE, choices, plan, seed=1).scores[1], as_array(expected), atol=1e-10
    )
    path.write_text("treat.most\n5\n1\n", encoding="utf-8")
    assert read_replicates(path, TREE, choices).options == ((5, 1),)


def test_choices_of_a_table_that_make_no_difference_are_noted(tmp_path: Path):
    path = tmp_path / "replicates.csv"
    path.write_text("aggregate.exponent,normalize.method\n0.5,minmax\n0.7,rank\n", encoding="utf-8")
    plan = read_replicates(path, TREE, load_choices())
    found = planned_replicates(small_data(), TREE, load_choices(), plan, seed=1)
    assert found.notes == (
        "replicates: aggregate.exponent makes no difference to the scores, whichever of its options is taken",
    )


def test_all_that_is_wrong_in_a_table_is_listed_at_once(tmp_path: Path):
    path = tmp_path / "replicates.csv"
    path.write_text(
        "normalise.method,normalize.method,normalize.range,weight.s0,weight.x,weight.index,treat.skew,weight.people,weight.trade,weight.h0,weight.h1,weight.h2\n"
        ",minmaxx,[1],1,1,1,high,0,0,1,1,\n,rank,,1,1,1,2,1,-1,1,1,x\n",
        encoding="utf-8",
    )
    with pytest.raises(GumflowError) as error:
        read_replicates(path, TREE, load_choices())
    text = str(error.value)
    for fault in (
        "column 'normalise.method' is no choice that can vary (did you mean 'normalize.method'?)",
        "column weight.x: 'x' is no node of the tree",
        "column weight.index: 'index' is the index itself",
        "row 3, column weight.trade: '-1': a weight is a number of 0 or more",
        "row 2; 3, column weight.h2: '', 'x': a weight is a number of 0 or more",
        "group skills has weights for s0 only; add columns for weight.s1, weight.s2, weight.s3",
        "row 2: the weights of people, trade in group index add up to 0",
        "row 2, column normalize.method: 'minmaxx' is not allowed; allowed: minmax, zscore",
        "row 2, column normalize.range: ",
        "row 2, column treat.skew: 'high' is not allowed",
    ):
        assert fault in text
    assert text.startswith("replicates.csv: 10 things to mend:")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("normalize.method\n", "there are no rows"),
        ("replicate\n1\n", "no column is a choice"),
        (
            "weight.method,"
            + ",".join(f"weight.{c}" for c in TREE.nodes if c != "index")
            + "\nequal"
            + ",1" * 14
            + "\n",
            "the weights of all groups are given in columns of their own",
        ),
    ],
)
def test_tables_that_say_nothing_are_refused(tmp_path: Path, text, message):
    path = tmp_path / "replicates.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GumflowError, match=re.escape(message)):
        read_replicates(path, TREE, load_choices())


def test_a_combination_of_a_table_that_cannot_be_run_is_named(tmp_path: Path):
    path = tmp_path / "replicates.csv"
    path.write_text(
        "normalize.method,aggregate.method\nminmax,arithmetic\nzscore,geometric\n", encoding="utf-8"
    )
    plan = read_replicates(path, TREE, load_choices())
    with pytest.raises(
        GumflowError, match=r"with normalize.method zscore, aggregate.method geometric: group"
    ):
        planned_replicates(small_data(), TREE, load_choices(), plan, seed=1)


def test_the_table_of_uncertainty_keeps_the_sources_apart():
    data = small_data(40, gaps=0.05)
    choices = choices_with({"normalize.method": ["minmax", "rank"]})
    choices = replace(choices, impute=replace(choices.impute, method="multiple", draws=6))
    result = run_index(data, TREE, choices, seed=4)
    method = method_replicates(data, TREE, choices, seed=4)
    drawn = result.imputation_scores["index"]
    ranks = {"method": method.ranks, "imputation": imputation_ranks(result)}
    table = uncertainty_table(result, ranks, {"imputation": drawn})
    assert table["source"].tolist() == ["method"] * 40 + ["imputation"] * 40
    assert table["replicates"].tolist() == [60] * 40 + [6] * 40
    np.testing.assert_array_equal(table["rank"], np.tile(result.ranks["index"], 2))
    assert (table["low"] <= table["median"]).all()
    assert (table["median"] <= table["high"]).all()
    for i in (0, 7):
        assert table["same"].iloc[i] == np.mean(method.ranks[:, i] == result.ranks["index"].iloc[i])
        np.testing.assert_array_equal(
            ranks["imputation"][:, i], [plain_ranks(row.tolist())[i] for row in drawn]
        )
        assert table["score_low"].iloc[40 + i] == np.quantile(drawn[:, i], 0.05)
    assert table["score_low"].iloc[:40].isna().all()


def test_without_multiple_imputation_there_are_no_ranks_of_it():
    result = run_index(small_data(), TREE, Choices(), seed=1)
    assert imputation_ranks(result).shape == (0, 14)


def test_pairs_and_acceptability_are_of_units_of_one_time():
    data = small_data(5, waves=("1", "2"))
    result = run_index(data, TREE, Choices(), seed=1)
    scores = np.random.default_rng(0).normal(size=(30, 10))
    ranks = np.array([plain_ranks(row.tolist(), data.times.tolist()) for row in scores])
    pairs = beats_table(result, ranks)
    assert len(pairs) == 2 * 5 * 4
    row = pairs[(pairs["unit"] == "u01") & (pairs["other"] == "u04") & (pairs["time"] == "2")]
    assert row["probability"].tolist() == [np.mean(scores[:, 6] > scores[:, 9])]
    shares = acceptability_table(result, ranks)
    assert shares["rank"].between(1, 5).all()
    pd.testing.assert_series_equal(
        shares.groupby(["unit", "time"])["share"].sum(),
        pd.Series(1.0, index=shares.groupby(["unit", "time"]).size().index, name="share"),
    )
