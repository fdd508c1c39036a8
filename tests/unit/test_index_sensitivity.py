"""Sobol' indices against functions with known ones, another library and plain loops; indicators and groups left out."""

from dataclasses import replace

import numpy as np
import pytest
from small_index import as_array, plain_ranks, plain_scores, raw, small_data, small_tree

from gumflow.contract.errors import GumflowError
from gumflow.index import sensitivity as module
from gumflow.index.chain import run_index
from gumflow.index.choices import Choices, UncertaintyChoice, load_choices
from gumflow.index.plan import Factor, plan_of, saltelli_points, sobol_points
from gumflow.index.sensitivity import leave_one_out, rank_sensitivity, sobol_indices
from gumflow.index.staged import StagedChain
from gumflow.index.tree import IndexTree

TREE = small_tree()
CHOICES = load_choices(
    {
        "normalize": {"range": [1, 100]},
        "uncertainty": {
            "assumptions": {
                "treat.method": ["jrc", "none"],
                "normalize.method": ["minmax", "percentile"],
                "aggregate.method": ["arithmetic", "geometric"],
            },
            "sobol_base": 64,
            "noise_levels": [1],
        },
    }
)


def ishigami(x: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * x - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def three(x: np.ndarray) -> np.ndarray:
    """Three outputs at points (N, 3)."""
    return np.column_stack([ishigami(x), x[:, 0] + 2 * x[:, 1] + 5, 3 * x[:, 2] ** 2])


def design(base: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    factors = [Factor(f"x{j}", (), (0.0, 1.0)) for j in range(3)]
    outputs = three(plan_of(factors, saltelli_points(base, factors, seed)).picks).reshape(5, base, 3)
    return outputs[0], outputs[1], outputs[2:]


def test_indices_approach_those_that_are_known():
    # Ishigami and Homma 1990 with a = 7, b = 0.1.
    v1, v2, v13 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 49 / 8, 8 * 0.01 * np.pi**8 / 225
    v = v1 + v2 + v13
    found = sobol_indices(*design(2**14))
    np.testing.assert_allclose(found.first[:, 0], [v1 / v, v2 / v, 0], atol=0.01)
    np.testing.assert_allclose(found.total[:, 0], [(v1 + v13) / v, v2 / v, v13 / v], atol=0.01)
    np.testing.assert_allclose(found.first[:, 1], [0.2, 0.8, 0], atol=0.005)
    np.testing.assert_allclose(found.total[:, 1], [0.2, 0.8, 0], atol=0.005)
    np.testing.assert_allclose(found.first[:, 2], [0, 0, 1], atol=0.005)


def test_indices_agree_with_the_estimators_as_they_are_published():
    a, b, mixed = design(256)
    found = sobol_indices(a, b, mixed)
    for m in range(3):
        runs = [*a[:, m], *b[:, m], *mixed[:, :, m].ravel()]
        mean = sum(runs) / len(runs)
        both = [y - mean for y in (*a[:, m], *b[:, m])]
        center = sum(both) / 512
        variance = sum((y - center) ** 2 for y in both) / 512
        for j in range(3):
            rows = list(zip(a[:, m] - mean, b[:, m] - mean, mixed[j, :, m] - mean, strict=True))
            first = sum(y_b * (y_ab - y_a) for y_a, y_b, y_ab in rows) / 256 / variance
            total = sum((y_a - y_ab) ** 2 for y_a, y_b, y_ab in rows) / 512 / variance
            assert found.first[j, m] == pytest.approx(first, abs=1e-10)
            assert found.total[j, m] == pytest.approx(total, abs=1e-10)


def test_indices_agree_with_another_library():
    from scipy import stats

    a, b, mixed = design(512)
    # That library takes off the mean of a and b, this one that of all runs: with that mean 0, both are the same.
    both = np.concatenate([a, b])
    a, b, mixed = (part - both.mean(axis=0) for part in (a, b, mixed))
    theirs = stats.sobol_indices(func={"f_A": a.T, "f_B": b.T, "f_AB": mixed.transpose(0, 2, 1)}, n=512)
    ours = sobol_indices(a, b, mixed)
    variance = np.concatenate([a, b]).var(axis=0)
    center = (a.sum(axis=0) + b.sum(axis=0) + mixed.sum(axis=(0, 1))) / (5 * 512)
    shifted = center * (mixed - a).mean(axis=1) / variance
    np.testing.assert_allclose(ours.first, theirs.first_order.T - shifted, rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours.total, theirs.total_order.T, rtol=0, atol=1e-10)


def test_indices_do_not_depend_on_where_outputs_are_cut_into_blocks(monkeypatch):
    whole = sobol_indices(*design(128), seed=5)
    monkeypatch.setattr(module, "_CELLS", 1)
    parts = sobol_indices(*design(128), seed=5)
    for name in ("first", "first_error", "total", "total_error"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-12, atol=1e-14)


def test_standard_errors_are_those_of_repeated_designs():
    each = [sobol_indices(*design(256, seed), seed=seed) for seed in range(40)]
    # Independent rows, so that the bootstrap of rows is the right one; Sobol' points only make the truth better.
    rng = np.random.default_rng(0)
    plain = []
    for _ in range(60):
        a, b = rng.random((2, 256, 3))
        mixed = np.array([np.where(np.arange(3) == j, b, a) for j in range(3)])
        plain.append(sobol_indices(three(a), three(b), np.array([three(x) for x in mixed])))
    for name in ("first", "total"):
        spread = np.std([getattr(one, name) for one in plain], axis=0)
        said = np.mean([getattr(one, name + "_error") for one in plain], axis=0)
        moved = spread > 1e-3
        assert moved.sum() > 5
        assert 0.6 < np.median(said[moved] / spread[moved]) < 1.5
        better = np.std([getattr(one, name) for one in each], axis=0)
        assert np.median(better[moved] / spread[moved]) < 1


def test_variables_of_one_factor_are_exchanged_together():
    factors = [Factor("x0", (), (0.0, 1.0)), Factor("rest", (), (0.0, 1.0), ("x1", "x2"))]
    points = saltelli_points(2**12, factors, seed=1)
    outputs = (points[:, 0] + points[:, 1] * points[:, 2]).reshape(4, -1, 1)
    found = sobol_indices(outputs[0], outputs[1], outputs[2:])
    product = 1 / 9 - 1 / 16
    share = product / (product + 1 / 12)
    np.testing.assert_allclose(found.first[:, 0], [1 - share, share], atol=0.005)
    np.testing.assert_allclose(found.total[:, 0], [1 - share, share], atol=0.005)


def test_an_output_that_never_changes_has_no_indices():
    a, b, mixed = design(64)
    constant = np.full((64, 1), 3.0)
    found = sobol_indices(
        np.hstack([a, constant]),
        np.hstack([b, constant]),
        np.concatenate([mixed, np.full((3, 64, 1), 3.0)], axis=2),
    )
    assert np.isnan(found.first[:, 3]).all()
    assert np.isnan(found.total_error[:, 3]).all()
    assert np.isfinite(found.total[:, :3]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_one_run_that_is_not_finite_is_refused(value):
    a, b, mixed = design(64)
    mixed[1, 7, 2] = value
    with pytest.raises(GumflowError, match="1 of 960 are not"):
        sobol_indices(a, b, mixed)


def test_each_unit_and_the_mean_shift_have_indices_at_three_sizes():
    data = small_data(20)
    table, notes = rank_sensitivity(data, TREE, CHOICES, seed=3)
    assert notes == ()
    names = ["treat.method", "normalize.method", "aggregate.method", "weight_noise.1"]
    assert table["assumption"].unique().tolist() == names
    assert table["base"].unique().tolist() == [16, 32, 64]
    assert (table["runs"] == table["base"] * 6).all()
    assert len(table) == 3 * 4 * 21
    known = table[table["reason"] == ""]
    assert np.isfinite(known[["first", "total", "first_low", "total_high"]]).all().all()
    assert (known["total"] >= 0).all()
    assert set(table.loc[table["reason"] != "", "reason"]) <= {"the same in all runs"}
    shift = known[known["output"] == "mean_rank_shift"]
    assert len(shift) == 12
    again, _ = rank_sensitivity(data, TREE, CHOICES, seed=3)
    assert again.equals(table)


def test_indices_of_ranks_rest_on_the_runs_of_the_design():
    data = small_data(20)
    choices = replace(
        CHOICES, uncertainty=replace(CHOICES.uncertainty, weight_noise=0.0, noise_levels=(), sobol_base=16)
    )
    table, _ = rank_sensitivity(data, TREE, choices, seed=3)
    from gumflow.contract.seeding import seed_for
    from gumflow.index.plan import factors_of

    factors, _ = factors_of(StagedChain(data, TREE, seed=3), choices)
    points = saltelli_points(16, factors, seed_for(3, "index", "Sobol' indices"))
    plan = plan_of(factors, points)
    ranks = []
    for row in plan.picks:
        said = plan.choice(row)
        scores = plain_scores(
            raw(data), TREE, treat=said["treat.method"], normalize=said["normalize.method"], ends=(1, 100),
            aggregate=said["aggregate.method"],
        )["index"]  # fmt: skip
        ranks.append(plain_ranks(scores))
    reference = np.array(plain_ranks(plain_scores(raw(data), TREE, ends=(1, 100))["index"]))
    runs = np.array(ranks)
    shift = np.abs(runs - reference).mean(axis=1)
    outputs = np.column_stack([runs, shift]).reshape(5, 16, 21)
    expected = sobol_indices(outputs[0], outputs[1], outputs[2:])
    at_all = table[table["base"] == 16]
    np.testing.assert_allclose(at_all["total"].to_numpy().reshape(21, 3).T, expected.total, atol=1e-10)
    np.testing.assert_allclose(at_all["first"].to_numpy().reshape(21, 3).T, expected.first, atol=1e-10)


def test_intervals_become_narrower_with_the_base():
    choices = replace(CHOICES, uncertainty=replace(CHOICES.uncertainty, sobol_base=1024))
    table, _ = rank_sensitivity(small_data(20), TREE, choices, seed=3)
    shift = table[table["output"] == "mean_rank_shift"]
    wide = (shift["total_high"] - shift["total_low"]).to_numpy().reshape(3, 4)
    assert (wide[2] < wide[0]).all()
    assert np.abs(np.diff(shift["total"].to_numpy().reshape(3, 4), axis=0)[-1]).max() < 0.05


def test_a_unit_that_is_not_ranked_has_no_indices_and_the_reason():
    data = small_data(20)
    raw(data)[4, :8] = np.nan
    table, _ = rank_sensitivity(data, TREE, CHOICES, seed=3)
    own = table[table["unit"] == "u04"]
    assert own["total"].isna().all()
    assert set(own["reason"]) == {"not ranked in all runs"}
    assert (table.loc[table["output"] == "mean_rank_shift", "reason"] == "").all()


@pytest.mark.parametrize("base", [0, 4, 100])
def test_the_base_is_a_power_of_two(base):
    choices = replace(CHOICES, uncertainty=replace(CHOICES.uncertainty, sobol_base=base))
    with pytest.raises(GumflowError, match=f"sobol_base is {base}; .* power of two"):
        rank_sensitivity(small_data(), TREE, choices, seed=1)


def test_points_are_the_same_ones_however_many_are_asked_for():
    np.testing.assert_array_equal(sobol_points(100, 3, seed=2), sobol_points(1000, 3, seed=2)[:100])


def without(*codes: str) -> IndexTree:
    return IndexTree({code: node for code, node in TREE.nodes.items() if code not in codes})


@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_leaving_out_a_node_is_the_index_without_it(gaps):
    data = small_data(20, gaps=gaps)
    choices = load_choices({"screen": {"least_unit": 0, "least_group": 0}})
    result = run_index(data, TREE, choices, seed=1)
    found = leave_one_out(result)
    assert found.summary["code"].tolist() == [code for code in TREE.nodes if code != "index"]
    assert found.ranks.columns.tolist() == ["unit", "time", *found.summary["code"]]
    cases = {
        "s1": ("s1",),
        "h2": ("h2",),
        "health": ("health", "h0", "h1", "h2"),
        "trade": ("trade", "t0", "t1", "t2"),
    }
    for code, gone in cases.items():
        tree = without(*gone)
        columns = [TREE.indicators.index(indicator) for indicator in tree.indicators]
        expected = plain_ranks(plain_scores(raw(data)[:, columns], tree)["index"])
        np.testing.assert_array_equal(found.ranks[code], expected)
        row = found.summary.set_index("code").loc[code]
        apart = np.abs(np.array(expected) - result.ranks["index"])
        assert row["mean_shift"] == pytest.approx(np.nanmean(apart), abs=1e-12)
        assert row["most_shift"] == np.nanmax(apart)
        at = result.units.tolist().index(row["unit"])
        assert abs(row["rank"] - row["rank_without"]) == row["most_shift"] == apart[at]
    assert (found.summary["reason"] == "").all()


def test_what_is_left_out_below_a_group_concerns_this_group():
    result = run_index(small_data(), TREE, Choices(), seed=1)
    found = leave_one_out(result, code="people")
    assert found.summary["code"].tolist() == [
        "skills",
        "health",
        *(f"s{i}" for i in range(4)),
        *(f"h{i}" for i in range(3)),
    ]
    one = leave_one_out(result, code="health")
    assert one.summary["code"].tolist() == ["h0", "h1", "h2"]
    expected = plain_scores(np.delete(raw(small_data()), 4, axis=1), without("h0"))["health"]
    np.testing.assert_array_equal(one.ranks["h0"], plain_ranks(expected))


def test_the_last_indicator_cannot_be_left_out():
    nodes = {code: TREE.nodes[code] for code in ("index", "trade", "t0")}
    tree = IndexTree(nodes)
    found = leave_one_out(run_index(small_data(tree=tree), tree, Choices(), seed=1))
    assert found.summary["reason"].tolist() == ["nothing would be left"] * 2
    assert found.ranks.columns.tolist() == ["unit", "time"]


def test_weights_read_from_data_are_read_again_without_the_node():
    data = small_data(30)
    choices = load_choices({"weight": {"method": "entropy"}, "normalize": {"range": [0, 1]}})
    found = leave_one_out(run_index(data, TREE, choices, seed=1))
    tree = without("s2")
    columns = [TREE.indicators.index(indicator) for indicator in tree.indicators]
    expected = run_index(replace(data, values=raw(data)[:, columns]), tree, choices, seed=1)
    np.testing.assert_array_equal(found.ranks["s2"], expected.ranks["index"])


def test_ranks_of_waves_stay_apart_when_nodes_are_left_out():
    data = small_data(10, waves=("1", "2"))
    found = leave_one_out(run_index(data, TREE, Choices(), seed=1))
    scores = as_array(plain_scores(np.delete(raw(data), 0, axis=1), without("s0"))["index"])
    np.testing.assert_array_equal(found.ranks["s0"], plain_ranks(scores.tolist(), data.times.tolist()))


def test_default_assumptions_without_effect_are_noted():
    uncertainty = UncertaintyChoice(sobol_base=16)
    _, notes = rank_sensitivity(small_data(9), TREE, replace(Choices(), uncertainty=uncertainty), seed=1)
    assert notes == ("uncertainty: treat.method is left out, because it changes no score of index",)
