"""The faulty study: each planted mistake is found once, in its place, by its rule, and nothing else is reported."""

import copy
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml
from small_studies import ROOT

from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import RULES
from gumflow.contract.instrument import load_instrument
from gumflow.contract.model import load_model
from gumflow.contract.study import find_study
from gumflow.intake import survey
from gumflow.intake.field import check_inputs
from gumflow.simulation.constructs import load_item_parameters
from gumflow.simulation.drawing import draw_study
from gumflow.simulation.faults import PLANTED, plant_faults
from gumflow.simulation.fieldwork import draw_fieldwork, truth_of_answers, write_fieldwork
from gumflow.simulation.parameters import load_parameters
from gumflow.simulation.write import write_study

FOLDER: Path = ROOT / "config" / "simulation"


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    """A small synthetic study with answers."""
    parameters = copy.deepcopy(dict(load_parameters(FOLDER / "demo.yaml")))
    parameters["clusters"]["apparel"]["firms"], parameters["clusters"]["hardware"]["firms"] = 50, 20
    work = draw_fieldwork(draw_study(parameters, 3), load_item_parameters(FOLDER / "items.yaml"))
    out = tmp_path_factory.mktemp("faults") / "sound"
    write_study(work.study, truth_of_answers(work)["calibration"], out)
    write_fieldwork(work, out)
    # The cells in which mistakes are planted are enough.
    content = yaml.safe_load((out / "study.yaml").read_text(encoding="utf-8"))
    for cluster, wave in (("apparel", "2009"), ("hardware", "2007")):
        del content["clusters"][cluster]["waves"][wave]
        shutil.rmtree(out / cluster / wave)
    (out / "study.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def planted(sound) -> tuple[Path, pd.DataFrame]:
    out = sound.parent / "faulty"
    return out, plant_faults(sound, out, 7)


@pytest.fixture(scope="module")
def reported(sound, planted) -> tuple[Counter, Counter]:
    """What the check says of the sound and of the faulty study: (file, rows, column, rule)."""
    names = ("ningbo_apparel", "yongkang_hardware", "relational_module")
    known = {name: load_instrument(name, load_model()) for name in names}
    with pytest.MonkeyPatch.context() as patch:
        # Reading an instrument takes longer than checking answers against it.
        patch.setattr(survey, "load_instrument", lambda name, *_: known[name])
        both = [check_inputs(find_study(folder), load_model()).findings for folder in (sound, planted[0])]
    return tuple(Counter((f.file, f.rows, f.column, f.rule) for f in findings) for findings in both)  # type: ignore[return-value]


def test_the_study_without_mistakes_has_nothing_to_mend(reported):
    sound, _ = reported
    assert {rule for *_, rule in sound} <= {
        "item_left_open",
        "alter_near",
        "alters_undecided",
        "personal_dropped",
    }


def test_each_mistake_is_found_once_and_nothing_else(reported, planted):
    sound, faulty = reported
    _, table = planted
    wanted = Counter()
    for row in table.itertuples():
        if row.rule:
            wanted[row.file, (row.row,) if row.row else (), row.column, row.rule] += 1
    found = faulty - sound
    # The column that no question has is reported once, without its rows.
    assert wanted - found == Counter()
    assert found - wanted == Counter()
    assert sound - faulty == Counter()


def test_there_are_many_kinds_of_mistakes_each_in_a_row_of_its_own(planted):
    _, table = planted
    rules = table.loc[table["rule"] != "", "rule"]
    assert rules.nunique() >= 30
    assert set(rules) <= set(RULES)
    assert (table["rule"] == "").sum() == 1
    assert not table.loc[table["row"] > 0, ["file", "row"]].duplicated().any()
    assert (table["what"] != "").all()


def test_the_list_lies_beside_the_study_which_is_otherwise_as_it_was(sound, planted):
    out, table = planted
    read = pd.read_csv(out / PLANTED, encoding="utf-8-sig", keep_default_na=False)
    key = ["file", "row", "column", "rule", "what"]
    assert read.sort_values(key)[key].to_numpy().tolist() == table.sort_values(key)[key].to_numpy().tolist()
    touched = set(table["file"]) | {PLANTED}
    for path in out.rglob("*"):
        name = path.relative_to(out).as_posix()
        if path.is_file() and name not in touched:
            assert path.read_bytes() == (sound / name).read_bytes()
    assert not (out / "truth").exists()
    # Outside its rows a touched table is what it was, too.
    before, after = (
        pd.read_csv(f / "apparel/2007/ties.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for f in (sound, out)
    )
    changed = {int(i) + 2 for i in (before != after).any(axis=1).to_numpy().nonzero()[0]}
    assert changed == set(table.loc[table["file"] == "apparel/2007/ties.csv", "row"])


def test_same_seed_same_mistakes_another_seed_others(sound, planted, tmp_path):
    out, table = planted
    again = plant_faults(sound, tmp_path / "again", 7)
    assert again.equals(table)
    for path in sorted(out.rglob("*.csv")):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(out)).read_bytes()
    # A folder with planted mistakes may be written again.
    other = plant_faults(sound, tmp_path / "again", 8)
    assert not other["row"].equals(table["row"])
    assert list(other["rule"].sort_values()) == list(table["rule"].sort_values())


def test_other_files_are_not_written_over(sound, tmp_path):
    (tmp_path / "mine.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(GumflowError, match="holds files"):
        plant_faults(sound, tmp_path, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.csv"]
