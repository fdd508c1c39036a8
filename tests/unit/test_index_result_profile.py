"""The tables that explain a computed index agree with its results, whatever the choices."""

import numpy as np
import pandas as pd
import pytest

from gumflow.index.chain import run_index
from gumflow.index.choices import load_choices
from gumflow.index.result_profile import (
    change_table,
    contribution_table,
    decomposition_of,
    profile_table,
    trace_table,
)
from gumflow.index.table import IndexData
from gumflow.index.tree import IndexNode, tree_of

TREE = tree_of(
    [
        IndexNode("index"), IndexNode("first", parent="index", weight=2), IndexNode("second", parent="index"),
        *(IndexNode(f"a{i}", parent="first", weight=i + 1, direction=1 - 2 * (i == 1)) for i in range(3)),
        *(IndexNode(f"b{i}", parent="second") for i in range(2)),
    ],
    "test",
)  # fmt: skip
CHOICES = {
    "default": {},
    "geometric": {"normalize": {"range": [1, 100]}, "aggregate": {"method": "geometric"}},
    "mixed": {"aggregate": {"groups": {"first": "topsis", "second": "mazziotta_pareto"}}},
    "benefit": {"weight": {"groups": {"first": "benefit_of_the_doubt"}, "bounds": [0, 1]}, "normalize": {"range": [1, 100]}},
    "multiple": {"impute": {"method": "multiple", "draws": 3}, "aggregate": {"levels": {"3": "harmonic"}}, "normalize": {"range": [1, 100]}},
    "own weights": {"impute": {"method": "multiple", "draws": 3}, "weight": {"method": "entropy"}},
    "by time": {"normalize": {"method": "zscore", "by": "time"}},
}  # fmt: skip


def result_of(choices, n=12, waves=2):
    rng = np.random.default_rng(7)
    values = np.exp(rng.normal(size=(n * waves, 5)))
    values[0, 2] = 60
    values[[1, 3], 0] = np.nan
    values[5, :3] = np.nan
    values[8, 1:] = np.nan
    data = IndexData(
        units=np.array([f"u{i}" for i in range(n)] * waves),
        times=np.repeat([str(2000 + 4 * w) for w in range(waves)], n),
        names=np.array([f"Unit {i}" for i in range(n)] * waves),
        groups=np.full(n * waves, ""),
        values=values,
        denominators=pd.DataFrame(index=range(n * waves)),
    )
    return run_index(data, TREE, load_choices(choices), seed=1)


@pytest.fixture(scope="module", params=list(CHOICES))
def result(request):
    return result_of(CHOICES[request.param])


def test_contributions_add_up_to_each_score_of_the_results(result):
    table = contribution_table(result)
    keys = pd.DataFrame({"unit": result.units, "time": result.times})
    for group in TREE.groups:
        parts = table[table["target"] == group].groupby(["unit", "time"])["contribution"].sum()
        scores = pd.Series(result.scores[group].to_numpy(), index=pd.MultiIndex.from_frame(keys)).dropna()
        assert set(parts.index) == set(scores.index)
        assert parts.loc[scores.index].to_numpy() == pytest.approx(scores.to_numpy(), abs=1e-8)


def test_withheld_scores_have_no_contributions(result):
    hidden = result.scores["index"].isna().to_numpy()
    assert decomposition_of(result).contributions[hidden].isna().all(axis=None)
    if result.choices.impute.method == "none":
        assert hidden.sum() >= 1


def test_profiles_have_the_ranks_of_the_results(result):
    table = profile_table(result).set_index(["unit", "time", "node"])
    for i, (unit, time) in enumerate(zip(result.units, result.times, strict=True)):
        for code in TREE.nodes:
            row = table.loc[(unit, time, code)]
            assert row["rank"] == pytest.approx(result.ranks[code][i], nan_ok=True)
            assert row["score"] == pytest.approx(result.scores[code][i], nan_ok=True)


def test_traces_hold_each_treated_and_imputed_cell(result):
    table = trace_table(result)
    assert len(table) == len(result.rows) * 5
    keys = ["unit", "time", "indicator"]
    treated = table[table["treatment"] != ""]
    expected = result.treated.sort_values(keys)
    assert treated.sort_values(keys)[keys].to_numpy().tolist() == expected[keys].to_numpy().tolist()
    assert treated.sort_values(keys)["treated"].to_numpy() == pytest.approx(expected["after"].to_numpy())
    imputed = table[table["imputed"] == 1].sort_values(keys)
    expected = result.imputed.sort_values(keys)
    assert imputed[keys].to_numpy().tolist() == expected[keys].to_numpy().tolist()
    assert imputed["completed"].to_numpy() == pytest.approx(expected["value"].to_numpy())
    assert imputed["raw"].isna().all()
    assert table["normalized"].to_numpy() == pytest.approx(result.normalized.ravel(), nan_ok=True)


def test_changes_end_at_the_scores_of_the_results():
    result = result_of(CHOICES["default"])
    table = change_table(result)
    index = table[table["node"] == "index"].set_index("unit")
    after = pd.Series(result.scores["index"].to_numpy(), index=result.units)[result.times == "2004"]
    both = index.index[index["after"].notna()]
    assert len(both) >= 9
    assert index.loc[both, "after"].to_numpy() == pytest.approx(after.loc[both].to_numpy())
    sums = index["data_change"] + index["method_change"]
    assert sums.to_numpy() == pytest.approx(index["change"].to_numpy(), nan_ok=True)
    assert change_table(result_of(CHOICES["default"], n=24, waves=1)).empty
