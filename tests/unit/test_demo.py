"""The shipped synthetic study is what `gumflow simulate` makes, sound, and a copy with mistakes has each of them found."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from gumflow.contract.findings import shown_rows
from gumflow.contract.model import Model
from gumflow.contract.study import find_study
from gumflow.intake.field import Inputs, check_inputs, tidy_inputs
from gumflow.simulation.faults import PLANTED, plant_faults
from gumflow.simulation.study import load_simulation, simulate

ROOT = Path(__file__).parents[2]
DEMO, FAULTY = ROOT / "resources" / "demo", ROOT / "resources" / "demo_faulty"
CELLS = [("apparel", "2007"), ("apparel", "2009"), ("hardware", "2007"), ("hardware", "2009")]
REMARKS = {"alter_near", "alters_undecided", "item_left_open", "personal_dropped"}


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


@pytest.fixture(scope="module")
def inputs(model: Model) -> Inputs:
    return check_inputs(find_study(DEMO), model)


@pytest.fixture(scope="module")
def tables(model: Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return tidy_inputs(find_study(DEMO), model, tmp_path_factory.mktemp("restricted"))


def test_the_shipped_studies_are_what_the_command_makes(tmp_path: Path):
    simulate(*load_simulation(ROOT / "config" / "simulation" / "demo.yaml"), 2009, tmp_path / "demo")
    plant_faults(tmp_path / "demo", tmp_path / "demo_faulty", 2009)
    for folder in (DEMO, FAULTY):
        made, shipped = files(tmp_path / folder.name), files(folder)
        assert made.keys() == shipped.keys()
        assert [name for name in made if made[name] != shipped[name]] == []


def test_the_demo_says_that_it_is_synthetic():
    assert find_study(DEMO).grade == "synthetic"
    for name in ("README.md", "study.yaml", "truth.yaml"):
        assert "SYNTHETIC" in (DEMO / name).read_text(encoding="utf-8").splitlines()[0]


def test_the_demo_is_sound_and_its_remarks_are_those_of_a_survey(inputs: Inputs):
    assert inputs.errors == []
    assert {f.rule for f in inputs.findings} == REMARKS
    assert set(inputs.surveys) == set(CELLS)


def test_misspelt_partners_are_listed_for_a_decision_and_never_merged(inputs: Inputs):
    names = pd.read_csv(DEMO / "truth" / "names.csv", dtype="str", keep_default_na=False)
    misspelt = names[names["form"] == "misspelt"].set_index("name")["actor"]
    listed = inputs.review.set_index("name")
    seen = [name for name in misspelt.index if name in listed.index]
    assert len(seen) >= 10
    for survey in inputs.surveys.values():
        for name in seen:
            assert survey.who.resolved.get(name, "named_").startswith("named_")
    # The one that is meant is shown beside it, for the user to decide.
    near = [listed.loc[name, "nearest_actor"] == misspelt[name] for name in seen]
    assert sum(near) > 0.6 * len(near)


def test_every_firm_that_responds_is_in_the_answers_with_both_instruments(tables):
    firms = pd.read_csv(DEMO / "truth" / "firms.csv", dtype="str", keep_default_na=False)
    answers = tables["answers"]
    for cluster, wave in CELLS:
        mine = answers[(answers["cluster"] == cluster) & (answers["wave"] == wave)]
        here = firms[(firms["cluster"] == cluster) & (firms["wave"] == wave)]
        assert set(mine["respondent"]) == set(here.loc[here["responds"] == "1", "actor"])
        assert len(mine["instrument"].unique()) == 2
        roster = tables["roster"]
        asked = roster[(roster["cluster"] == cluster) & (roster["wave"] == wave)]
        assert set(here["actor"]) <= set(asked["respondent"])


def test_reported_advice_is_mostly_true_advice(tables):
    true = pd.read_csv(DEMO / "truth" / "ties.csv", dtype="str", keep_default_na=False)
    known = set(true.loc[true["layer"] == "knowledge", ["cluster", "wave", "source", "target"]].itertuples(index=False, name=None))  # fmt: skip
    ties = tables["ties"].query("layer == 'knowledge' and question in ('R01', 'R02')")
    told = set(ties[["cluster", "wave", "source", "target"]].itertuples(index=False, name=None))
    assert len(told & known) > 0.85 * len(told)
    assert len(told & known) > 0.75 * len(known)
    reversed_ = {(c, w, b, a) for c, w, a, b in told}
    assert len(told & known) > 1.5 * len(reversed_ & known), "knowledge runs from the one who is asked"


def test_calibrated_shares_are_met(tables):
    table = pd.read_csv(DEMO / "truth" / "calibration.csv")
    met = table.dropna(subset=["obtained"])
    assert len(met) >= 16
    assert ((met["obtained"] - met["aimed"]).abs() <= 3 * met["standard_error"].clip(lower=0.5)).all()


def test_each_planted_mistake_is_found_once_and_nothing_else(model: Model, inputs: Inputs):
    planted = pd.read_csv(FAULTY / PLANTED, dtype="str", keep_default_na=False)
    assert len(planted) >= 25
    assert planted["rule"].nunique() >= 20
    wanted = planted.loc[planted["rule"] != "", ["file", "row", "column", "rule"]].replace({"row": {"0": ""}})
    before = {(f.file, f.rule, f.column, f.rows, f.value) for f in inputs.findings}
    found = check_inputs(find_study(FAULTY), model).findings
    new = [
        f
        for f in found
        if (f.file, f.rule, f.column, f.rows, f.value) not in before and f.rule not in REMARKS
    ]
    got = sorted((f.file, shown_rows(f.rows), f.column, f.rule) for f in new)
    assert got == sorted(wanted.itertuples(index=False, name=None))


def test_the_parameters_of_the_truth_are_those_of_the_configuration():
    truth = yaml.safe_load((DEMO / "truth.yaml").read_text(encoding="utf-8"))
    assert truth["seed"] == 2009
    parameters, _ = load_simulation(ROOT / "config" / "simulation" / "demo.yaml")
    for name, entry in truth["parameters"].items():
        value = parameters
        for part in name.split("."):
            value = value[part]
        assert value == entry["value"], name
