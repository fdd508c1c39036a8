"""The command `gumflow index` on a user's own files: what it writes, and what it says of files that are wrong."""

import io

import numpy as np
import pandas as pd
import pytest
from small_studies import ROOT

from gumflow.cli import main

CODES = ("roads", "ports", "patents", "designs", "tariff")
TREE = """nodes:
  - {code: index, name: Upgrading}
  - {code: infra, parent: index, weight: 1}
  - {code: skill, parent: index, weight: 3}
  - {code: roads, parent: infra}
  - {code: ports, parent: infra, denominator: people}
  - {code: patents, parent: skill, weight: 2}
  - {code: designs, parent: skill}
  - {code: tariff, parent: skill, direction: -1}
"""
META = """Level,iCode,Parent,Direction,Weight,Type,Denominator
3,index,NA,1,1,Aggregate,NA
2,infra,index,1,1,Aggregate,NA
2,skill,index,1,3,Aggregate,NA
1,roads,infra,1,1,Indicator,NA
1,ports,infra,1,1,Indicator,people
1,patents,skill,1,2,Indicator,NA
1,designs,skill,1,1,Indicator,NA
1,tariff,skill,-1,1,Indicator,NA
NA,people,NA,NA,NA,Denominator,NA
"""
QUICK = "uncertainty: {replicates: 64, sobol_base: 16}\n"


def small_data(units=12, seed=3):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.uniform(1, 9, (units, 5)).round(3), columns=list(CODES))
    table.insert(0, "unit", [f"u{i:02d}" for i in range(units)])
    table["people"] = rng.uniform(1, 3, units).round(3)
    return table


def given(folder, tree=TREE, choices=QUICK, data=None):
    """Write the files and return the arguments that name them."""
    table = small_data() if data is None else data
    folder.mkdir(exist_ok=True)
    (folder / "tree.yaml").write_text(tree, encoding="utf-8")
    (folder / "choices.yaml").write_text(choices, encoding="utf-8")
    (folder / "data.csv").write_text(
        table if isinstance(table, str) else table.to_csv(index=False), encoding="utf-8"
    )
    files = {"data": "data.csv", "tree": "tree.yaml", "config": "choices.yaml"}
    return [part for option, name in files.items() for part in (f"--{option}", str(folder / name))]


def run(folder, *arguments, **files):
    """Run the command on written files; return its tables by name."""
    assert main(["index", *given(folder, **files), "--out", str(folder / "out"), *arguments]) == 0
    return tables_in(folder / "out")


def tables_in(out):
    return {path.stem: pd.read_csv(path, encoding="utf-8-sig") for path in sorted(out.glob("*.csv"))}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The folder of a run on the small data, with its output in `out`."""
    folder = tmp_path_factory.mktemp("plain")
    run(folder)
    return folder


def refused(capsys, *arguments):
    assert main(["index", *map(str, arguments)]) == 1
    return capsys.readouterr().err


def scores_by_hand(table, designs_weight=1.0):
    """Min-max from 0 to 100 and weighted means, cell by cell; nothing in these data is skewed."""
    x = {code: table[code].tolist() for code in CODES}
    x["ports"] = [a / b for a, b in zip(x["ports"], table["people"], strict=True)]
    z = {}
    for code, column in x.items():
        low, high = min(column), max(column)
        z[code] = [100 * (v - low) / (high - low) for v in column]
    z["tariff"] = [100 - v for v in z["tariff"]]
    out = []
    for i in range(len(table)):
        infra = (z["roads"][i] + z["ports"][i]) / 2
        total = 3 + designs_weight
        skill = (2 * z["patents"][i] + designs_weight * z["designs"][i] + z["tariff"][i]) / total
        out.append(0.25 * infra + 0.75 * skill)
    return np.array(out)


def test_results_are_those_of_a_computation_by_hand(plain):
    tables = tables_in(plain / "out")
    results = tables["results"]
    assert list(results.columns) == [
        "unit", "rank", "index", "infra", "skill", "roads", "ports", "patents", "designs", "tariff",
        "coverage", "imputed_share",
    ]  # fmt: skip
    scores = scores_by_hand(small_data())
    order = np.argsort(-scores)
    assert results["unit"].tolist() == [f"u{i:02d}" for i in order]
    assert results["rank"].tolist() == list(range(1, 13))
    np.testing.assert_allclose(results["index"], scores[order], rtol=1e-10)
    assert (results["coverage"] == 1).all()
    assert (results["imputed_share"] == 0).all()
    assert len(tables["treated"]) == len(tables["imputed"]) == 0
    weights = tables["weights"].set_index("code")
    np.testing.assert_allclose(weights.loc[["infra", "patents"], "weight_in_index"], [0.25, 0.375])


def test_all_tables_of_the_guide_are_written_and_every_column_is_explained(tmp_path):
    replicates = tmp_path / "replicates.csv"
    replicates.write_text("replicate,normalize.method\n1,minmax\n2,rank\n", encoding="utf-8")
    tables = run(tmp_path, "--replicates", str(replicates), "--weight", "infra=0.5")
    names = set(tables)
    assert {"results", "treated", "imputed", "weights", "uncertainty", "sensitivity", "audit"} <= names
    explained(tables)


def explained(tables):
    """Assert that the codebook has every table and column, and nothing else but the time of a panel."""
    codebook = tables["codebook"]
    assert set(codebook["table"]) == set(tables) - {"codebook"}
    assert codebook["meaning"].notna().all()
    defined = codebook["column"].str.removeprefix("check: ")[codebook["column"].str.startswith("check: ")]
    assert set(tables["audit"]["check"]) <= set(defined)
    codebook = codebook.drop(defined.index)
    codes = {"index", "infra", "skill", *CODES}
    for name in set(tables) - {"codebook"}:
        said = set(codebook.loc[codebook["table"] == name, "column"])
        columns = {"CODE" if column in codes else column for column in tables[name].columns}
        assert columns <= said, name
        assert said - columns <= {"time"}, name


def test_a_coinr_pair_gives_the_same_results_as_the_same_tree(plain, tmp_path):
    data = small_data().rename(columns={"unit": "uCode"})
    (tmp_path / "iData.csv").write_text(data.to_csv(index=False), encoding="utf-8")
    (tmp_path / "iMeta.csv").write_text(META, encoding="utf-8")
    out = tmp_path / "coinr"
    pair = ["--idata", str(tmp_path / "iData.csv"), "--imeta", str(tmp_path / "iMeta.csv")]
    config = ["--config", str(plain / "choices.yaml")]
    assert main(["index", *pair, *config, "--out", str(out)]) == 0
    for name in ("results", "weights", "uncertainty", "sensitivity", "audit"):
        own = (plain / "out" / f"{name}.csv").read_bytes()
        assert (out / f"{name}.csv").read_bytes() == own, name


def test_equal_inputs_give_equal_bytes(plain, tmp_path):
    run(tmp_path)
    one, two = plain / "out", tmp_path / "out"
    assert [p.name for p in sorted(one.iterdir())] == [p.name for p in sorted(two.iterdir())]
    assert all(path.read_bytes() == (two / path.name).read_bytes() for path in one.iterdir())


def test_given_replicates_are_run_as_they_are(tmp_path):
    rows = [("minmax", "arithmetic", 1), ("minmax", "arithmetic", 5), ("rank", "arithmetic", 1)]
    text = "normalize.method,aggregate.method,weight.patents,weight.designs,weight.tariff\n"
    text += "".join(f"{norm},{how},2,{w},1\n" for norm, how, w in rows)
    (tmp_path / "replicates.csv").write_text(text, encoding="utf-8")
    tables = run(tmp_path, "--replicates", str(tmp_path / "replicates.csv"))
    found = tables["replicates"]
    assert len(found) == 3 * 12
    by_unit = found.pivot(index="unit", columns="replicate", values="score")
    np.testing.assert_allclose(by_unit[1], scores_by_hand(small_data()), rtol=1e-10)
    np.testing.assert_allclose(by_unit[2], scores_by_hand(small_data(), designs_weight=5.0), rtol=1e-10)
    assert found.groupby("replicate")["rank"].min().tolist() == [1, 1, 1]
    method = tables["uncertainty"].set_index("unit")
    assert (method["replicates"] == 3).all()
    ranks = found.pivot(index="unit", columns="replicate", values="rank")
    np.testing.assert_array_equal(method["median"][ranks.index], np.sort(ranks, axis=1)[:, 1])


def test_other_weights_are_set_beside_the_given_ones(tmp_path):
    tables = run(tmp_path, "--weight", "infra=1", "patents=0.5")
    what_if = tables["what_if"].set_index("unit")
    results = tables["results"].set_index("unit")
    np.testing.assert_allclose(what_if["score_now"], results["infra"][what_if.index], rtol=1e-9)
    np.testing.assert_allclose(what_if["score_then"], results["index"][what_if.index], rtol=1e-9)


def test_a_panel_has_times_and_ranks_inside_them(tmp_path):
    first, second = small_data(), small_data(seed=4)
    panel = pd.concat([second.assign(time="2010"), first.assign(time="2009")])
    tables = run(tmp_path, data=panel)
    explained(tables)
    results = tables["results"]
    assert list(results.columns[:3]) == ["unit", "time", "rank"]
    assert results["time"].tolist() == [2009] * 12 + [2010] * 12
    assert results["rank"].tolist() == [*range(1, 13), *range(1, 13)]
    changes = tables["changes"].query("node == 'index'")
    assert len(changes) == 12
    np.testing.assert_allclose(changes["change"], changes["after"] - changes["before"], atol=1e-9)
    np.testing.assert_allclose(
        changes["change"], changes["data_change"] + changes["method_change"], atol=1e-9
    )


def test_a_single_time_is_no_panel(tmp_path):
    results = run(tmp_path, data=small_data().assign(time=2018))["results"]
    assert list(results.columns[:3]) == ["unit", "rank", "index"]


def test_contributions_and_traced_cells_add_up_to_the_index(plain):
    tables = tables_in(plain / "out")
    index = tables["results"].set_index("unit")["index"].sort_index()
    parts = tables["contributions"].query("target == 'index'").groupby("unit")["contribution"].sum()
    np.testing.assert_allclose(parts, index, rtol=1e-9)
    trace = tables["trace"]
    np.testing.assert_allclose(trace.groupby("unit")["contribution"].sum(), index, rtol=1e-9)
    assert trace["raw"].tolist() == small_data()[list(CODES)].to_numpy().ravel().tolist()
    profile = tables["profiles"].query("node == 'index'").set_index("unit")
    uncertain = tables["uncertainty"].set_index("unit")
    assert profile["rank_low"].tolist() == uncertain["low"].tolist()
    assert profile["rank_high"].tolist() == uncertain["high"].tolist()


def test_the_workbook_holds_the_scores_as_formulas(plain):
    import openpyxl

    results = tables_in(plain / "out")["results"].set_index("unit")
    path = plain / "out" / "index.xlsx"
    values = openpyxl.load_workbook(path, data_only=True)["Scores"]
    formulas = openpyxl.load_workbook(path)["Scores"]
    header = next(i for i, row in enumerate(values.iter_rows(values_only=True), 1) if "index" in row)
    column = [cell.value for cell in values[header]].index("index") + 1
    found = {
        row[0].value: row[column - 1].value
        for row in values.iter_rows(min_row=header + 1)
        if row[0].value in results.index
    }
    np.testing.assert_allclose([found[unit] for unit in results.index], results["index"], rtol=1e-9)
    cells = [
        row[column - 1].value
        for row in formulas.iter_rows(min_row=header + 1)
        if row[0].value in results.index
    ]
    assert len(cells) == 12
    assert all(str(cell).startswith("=") for cell in cells)


def test_gaps_are_filled_in_and_listed(tmp_path):
    data = small_data()
    data.loc[4, "designs"] = np.nan
    tables = run(tmp_path, data=data, choices=QUICK + "impute: {method: mean}\n")
    imputed = tables["imputed"]
    assert imputed[["unit", "indicator"]].to_numpy().tolist() == [["u04", "designs"]]
    np.testing.assert_allclose(imputed["value"], [data["designs"].mean()])
    row = tables["results"].set_index("unit").loc["u04"]
    assert (row["coverage"], row["imputed_share"]) == (0.8, 0.2)


def test_an_outlier_is_treated_and_listed(tmp_path):
    data = small_data()
    data.loc[7, "roads"] = 500.0
    treated = run(tmp_path, data=data)["treated"]
    assert treated[["unit", "indicator", "before"]].to_numpy().tolist() == [["u07", "roads", 500.0]]
    assert treated["after"].tolist() == [data["roads"].drop(7).max()]


def test_a_sparse_unit_is_said_and_withheld(tmp_path, capsys):
    data = small_data()
    data.loc[2, ["roads", "ports", "patents"]] = np.nan
    tables = run(tmp_path, data=data)
    assert "u02: 40% of the indicators are known, less than 50%" in capsys.readouterr().err
    last = tables["results"].iloc[-1]
    assert last["unit"] == "u02"
    assert np.isnan(last["rank"])
    assert np.isnan(last["index"])
    coverage = tables["coverage"].set_index("unit")
    assert coverage.loc["u02", ["index", "infra"]].tolist() == [0.4, 0.0]
    assert "withheld" in coverage.loc["u02", "action"]


def test_two_units_have_scores_and_no_ranks(tmp_path, capsys):
    tables = run(tmp_path, data=small_data(2))
    assert tables["results"]["rank"].isna().all()
    assert tables["results"]["index"].notna().all()
    assert len(tables["uncertainty"]) == 0
    assert "ranks are withheld: 2 unit(s) are too few to rank" in capsys.readouterr().err


def test_the_outcome_of_the_choices_is_audited(tmp_path):
    data = small_data()
    data["profit"] = scores_by_hand(data) * 2 + 1
    audit = run(tmp_path, data=data, choices=QUICK + "audit: {outcome: profit}\n")["audit"]
    outcome = audit[(audit["other"] == "profit") & (audit["node"] == "index")]
    assert len(outcome) >= 1
    assert (outcome["verdict"] == "pass").all()


def test_the_command_says_what_it_did(tmp_path, capsys):
    data = small_data().assign(remark="old")
    run(tmp_path, data=data)
    said = capsys.readouterr()
    assert said.out.startswith(
        "12 units, 5 indicators, 2 groups, 3 levels\ncells treated: 0 (indicators: 0); imputed: 0; left missing: 0"
    )
    assert "90% of 64 replicates of the method" in said.out
    assert f"{tmp_path / 'out' / 'results.csv'}: 12 rows" in said.out
    assert "note: data.csv: remark is a column that no indicator of the tree uses." in said.err  # fmt: skip


def test_faults_of_choices_tree_and_data_are_listed_together_and_nothing_is_written(tmp_path, capsys):
    tree = TREE + "  - {code: lost, parent: nowhere}\n  - {code: a, parent: b}\n  - {code: b, parent: a}\n"
    tree = tree.replace("direction: -1", "direction: 2").replace("weight: 2}", "weight: 0}")
    tree += "  - {code: patents, parent: infra}\n  - {code: empty, parent: index}\n  - {code: designs2, parent: empty, weight: 0}\n"
    data = small_data()
    data.loc[3, list(CODES)] = np.nan
    files = given(tmp_path, tree=tree, data=data, choices="normalize: {metod: rank}\n")
    text = refused(capsys, *files, "--out", tmp_path / "out")
    for part in (
        "unknown key 'metod' at normalize (did you mean 'method'?)",
        "orphan: the parent 'nowhere' of lost is no node",
        "cycle: a -> b -> a",
        "direction 2 is not 1 (more is better) or -1 (less is better)",
        "patents has two parents, skill and infra",
        "empty: the weights of its children (designs2) add up to zero",
        "there is no column for the indicator 'lost'",
        "there is no column for the indicator 'designs2'",
        "row 5: the unit 'u03' has no value in any indicator",
    ):
        assert part in text, part
    assert not (tmp_path / "out").exists()


def test_choices_and_replicates_that_do_not_fit_are_listed_together(tmp_path, capsys):
    (tmp_path / "replicates.csv").write_text("weight.road\n1\n", encoding="utf-8")
    files = given(tmp_path, choices="weight: {groups: {skil: equal}}\nimpute: {method: panel_latest}\n")
    text = refused(capsys, *files, "--replicates", tmp_path / "replicates.csv", "--out", tmp_path / "out")
    for part in (
        "weight.groups: 'skil' is no group of the tree (did you mean 'skill'?)",
        "impute.method panel_latest needs a column time",
        "weight.road: 'road' is no node of the tree (did you mean 'roads'?)",
    ):
        assert part in text, part


def test_a_constant_indicator_stops_the_run_before_anything_is_written(tmp_path, capsys):
    files = given(tmp_path, data=small_data().assign(roads=2.0))
    assert "roads" in refused(capsys, *files, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments", [(), ("--data", "a.csv"), ("--idata", "a.csv", "--tree", "t.yaml"), ("--imeta", "m.csv")]
)
def test_a_call_without_one_of_the_two_pairs_is_refused(tmp_path, capsys, arguments):
    text = refused(capsys, *arguments, "--out", tmp_path / "out")
    assert "give --data and --tree, or COINr's --idata and --imeta" in text


def test_a_folder_that_is_a_file_is_refused(tmp_path, capsys):
    files = given(tmp_path)
    (tmp_path / "out").write_text("x", encoding="utf-8")
    assert "is a file; name a folder" in refused(capsys, *files, "--out", tmp_path / "out" / "deep")


@pytest.mark.parametrize("weight", ["infra", "infra=2", "=0.3", "infra=x", "infra=nan"])
def test_a_weight_that_is_no_share_is_a_wrong_call(tmp_path, weight):
    with pytest.raises(SystemExit) as caught:
        main(["index", *given(tmp_path), "--weight", weight, "--out", str(tmp_path / "out")])
    assert caught.value.code == 2


def test_numbers_are_written_with_twelve_digits_and_no_negative_zero(plain):
    text = (plain / "out" / "results.csv").read_text(encoding="utf-8-sig")
    table = pd.read_csv(io.StringIO(text), dtype=str)
    assert not (table == "-0").any(axis=None)
    digits = table["index"].str.replace(".", "", regex=False).str.lstrip("0").str.len()
    assert digits.max() <= 12


def blocks_of_the_guide():
    """Return the blocks of code in the guide, in order."""
    parts = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8").split("```")
    return [part.partition("\n")[2] for part in parts[1::2]]


def test_the_example_of_the_guide_gives_what_the_guide_prints(tmp_path, capsys):
    table, tree, call, said, results, *_ = blocks_of_the_guide()
    (tmp_path / "towns.csv").write_text(table, encoding="utf-8")
    (tmp_path / "tree.yaml").write_text(tree, encoding="utf-8")
    names = {"towns.csv", "tree.yaml", "out"}
    words = [str(tmp_path / word) if word in names else word for word in call.split()[1:]]
    assert words[0] == "gumflow"
    assert main(words[1:]) == 0
    heard = capsys.readouterr()
    assert heard.err + "".join(heard.out.splitlines(keepends=True)[:4]) == said
    written = (tmp_path / "out" / "results.csv").read_text(encoding="utf-8-sig").splitlines()
    for line, shown in zip(written, results.splitlines(), strict=False):
        assert line.startswith(shown.removesuffix("..."))
    guide = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    for path in (tmp_path / "out").iterdir():
        assert f"`{path.name}`" in guide, path.name


def test_choices_and_replicates_of_the_guide_can_be_run_on_its_example(tmp_path):
    table, tree, _, _, _, choices, replicates, *_ = blocks_of_the_guide()
    quick = choices + "  replicates: 16\n  sobol_base: 8\n"
    files = given(tmp_path, tree=tree, data=table, choices=quick)
    (tmp_path / "runs.csv").write_text(replicates, encoding="utf-8")
    more = ["--replicates", str(tmp_path / "runs.csv"), "--out", str(tmp_path / "out")]
    assert main(["index", *files, *more]) == 0
    found = pd.read_csv(tmp_path / "out" / "replicates.csv", encoding="utf-8-sig")
    assert found["replicate"].nunique() == 3
