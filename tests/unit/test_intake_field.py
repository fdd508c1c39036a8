"""From a study's folder to tidy tables: every tool's export gives the same answers, and no name stays where it was promised to go."""

import dataclasses
import os
import stat
from pathlib import Path

import pandas as pd
import pytest
from small_exports import csv_bytes
from small_field import ACTORS, BUYER, EXPORTS, STUDY_YAML, TOLD, WIDE, field_study

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import Model
from gumflow.contract.study import Study
from gumflow.contract.writing import write_table
from gumflow.intake.field import check_inputs, known_names, protected_by, tidy_inputs
from gumflow.intake.input_report import write_input_report

OPEN = STUDY_YAML + "confidential: false\n"
WIDE_CSV = EXPORTS["plain_wide"]
TWO_WAVES = STUDY_YAML.replace("folder: .", 'waves: {"2020": a, "2026": b}')


@pytest.mark.parametrize("dialect", EXPORTS)
def test_every_tool_s_export_gives_the_same_answers_ties_and_roster(
    tmp_path: Path, model: Model, dialect: str
):
    study = field_study(tmp_path / "valves", {"study.yaml": OPEN, **EXPORTS[dialect]})
    assert check_inputs(study, model).errors == []
    tables = tidy_inputs(study, model, tmp_path / "restricted")
    assert not (tmp_path / "restricted").exists()

    answers = tables["answers"]
    staff = answers[answers["question"] == "Q01"].set_index("respondent")["value"]
    assert staff.to_dict() == {"hongda": 120, "mingfeng": 35, "qianlong": 8}
    ways = answers[(answers["question"] == "Q02") & (answers["value"] == 1)]
    assert sorted(zip(ways["respondent"], ways["option"], strict=True)) == [
        ("hongda", "copy"), ("hongda", "design"), ("mingfeng", "other"), ("qianlong", "copy"),
    ]  # fmt: skip
    assert set(ways["text"]) == {"", "跟林师傅学"}
    assert not answers["question"].str.startswith("Q00").any()

    actors = tables["actors"].set_index("actor")
    (buyer,) = actors.index[actors["label_zh"] == BUYER]
    assert (actors.loc[buyer, "kind"], actors.loc[buyer, "place"], actors.loc[buyer, "inside"]) == (
        "buyer", "other_cluster", False,
    )  # fmt: skip
    ties = tables["ties"]
    seen = zip(*(ties[c] for c in ("source", "target", "layer", "strength", "reporter")), strict=True)
    assert sorted(seen) == sorted([
        ("hongda", "mingfeng", "knowledge", 3, "mingfeng"), ("hongda", "qianlong", "knowledge", 1, "qianlong"),
        ("mingfeng", "hongda", "knowledge", 2, "hongda"), ("hongda", buyer, "pipeline", 40, "hongda"),
        ("qianlong", buyer, "pipeline", 5, "qianlong"),
    ])  # fmt: skip
    roster = tables["roster"]
    assert set(roster.loc[roster["answered"] == 1, "respondent"]) == {"hongda", "mingfeng", "qianlong"}
    assert tables["indicators"].set_index("respondent")["value"].to_dict() == staff.to_dict()


def everything_outside(folder: Path, *words: str) -> dict[str, list[str]]:
    """Return file -> which of the words stand in its bytes or cells, for all files of a folder."""
    found = {}
    for path in (p for p in sorted(folder.rglob("*")) if p.is_file()):
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += pd.read_parquet(path).to_csv().encode()
        if hits := [w for w in words if w.encode() in data or w.encode("unicode_escape") in data]:
            found[path.name] = hits
    return found


@dataclasses.dataclass(frozen=True)
class Written:
    """A confidential study, and what the steps check and tidy wrote of it."""

    study: Study
    tables: dict[str, pd.DataFrame]
    results: Path
    restricted: Path


# What is written is the same for all tools; the two differ in where names stand: in headers and cells, or in cells and sheets of repeats.
@pytest.fixture(scope="module", params=["plain_wide", "kobo"])
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, model: Model
) -> Written:
    root = tmp_path_factory.mktemp("written")
    study = field_study(root / "valves", EXPORTS[request.param])
    results, restricted = root / "results", root / "restricted"
    write_input_report(study, check_inputs(study, model), results, restricted)
    tables = tidy_inputs(study, model, restricted)
    for name, table in tables.items():
        write_table(table, results / f"{name}.parquet")
    return Written(study, tables, results, restricted)


def test_a_confidential_study_writes_no_name_outside_restricted(written: Written):
    assert len(list(written.results.iterdir())) > 10
    assert everything_outside(written.results, *TOLD) == {}
    private = everything_outside(written.restricted, *TOLD)
    assert {"宏达", "13805861234", BUYER} <= set(private["identities.csv"])
    assert "林师傅" in private["texts.csv"]


def test_restricted_files_are_their_owner_s_alone(written: Written):
    files = [p for p in written.restricted.rglob("*") if p.is_file()]
    assert {stat.S_IMODE(os.stat(p).st_mode) for p in files} == {0o600}
    assert {p.name for p in files} >= {"key", "check.csv", "check.html", "identities.csv", "texts.csv"}


@pytest.mark.parametrize("written", ["plain_wide"], indirect=True)
def test_the_same_key_gives_the_same_pseudonyms_and_another_key_others(
    written: Written, model: Model, tmp_path: Path
):
    again = tidy_inputs(written.study, model, written.restricted)
    other = tidy_inputs(written.study, model, tmp_path / "other")
    for name, table in written.tables.items():
        pd.testing.assert_frame_equal(table, again[name])
    assert not set(again["actors"]["actor"]) & set(other["actors"]["actor"])
    assert len(other["ties"]) == len(again["ties"])


def test_an_actor_has_one_pseudonym_in_all_waves_and_tables(tmp_path: Path, model: Model):
    files: dict[str, str | bytes | None] = {"study.yaml": TWO_WAVES}
    for wave in "ab":
        files |= {f"{wave}/actors.csv": ACTORS, f"{wave}/aliases.csv": "name,actor\n宏达,hongda\nDragon Taps,qianlong\n"}  # fmt: skip
        files[f"{wave}/answers/export.csv"] = WIDE_CSV["answers/export.csv"]
    study = field_study(tmp_path / "valves", files)  # type: ignore[arg-type]
    tables = tidy_inputs(study, model, tmp_path / "restricted")
    actors = tables["actors"]
    of_wave = {wave: set(part["actor"]) for wave, part in actors.groupby("wave")}
    assert of_wave["2020"] == of_wave["2026"]
    assert len(of_wave["2020"]) == 4
    identities = pd.read_csv(tmp_path / "restricted" / "valves" / "identities.csv", dtype="str")
    assert identities.groupby("actor")["pseudonym"].nunique().eq(1).all()
    assert set(tables["answers"]["respondent"]) < of_wave["2020"]
    assert {*tables["ties"]["source"], *tables["ties"]["target"]} <= of_wave["2020"]
    assert set(tables["ties"]["wave"]) == {"2020", "2026"}


def test_decisions_of_who_is_who_are_taken_up(tmp_path: Path, model: Model):
    wide = [row.copy() for row in WIDE]
    wide[0][6], wide[0][8] = "Q03[宏达阀们]", "Q04[明峰（上海）销售]"
    export = {"study.yaml": OPEN, "answers/export.csv": csv_bytes(wide)}
    undecided = check_inputs(field_study(tmp_path / "valves", export), model)
    assert set(undecided.review["name"]) == {"宏达阀们", "明峰（上海）销售"}
    decisions = "name,decision,actor,kind,place\n宏达阀们,same,hongda,,\n明峰（上海）销售,new,,firm,abroad\n"
    study = field_study(tmp_path / "valves", {**export, "who_is_who.csv": decisions})
    assert check_inputs(study, model).errors == []
    tables = tidy_inputs(study, model, tmp_path / "restricted")
    advice = tables["ties"][tables["ties"]["layer"] == "knowledge"]
    assert set(zip(advice["source"], advice["target"], strict=True)) == {
        ("hongda", "mingfeng"), ("hongda", "qianlong"), ("mingfeng", "hongda"),
    }  # fmt: skip
    (new,) = tables["actors"].loc[tables["actors"]["place"] == "abroad"].to_dict("records")
    assert (new["label_zh"], new["kind"]) == ("明峰（上海）销售", "firm")
    assert "宏达阀们" in set(tables["aliases"]["name"])


def test_an_unknown_respondent_stops_the_study_until_decided(tmp_path: Path, model: Model):
    wide = [row.copy() for row in WIDE]
    wide[3][0] = "乾隆水暖"
    export = {"answers/export.csv": csv_bytes(wide)}
    study = field_study(tmp_path / "valves", export)
    (error,) = check_inputs(study, model).errors
    assert (error.rule, error.rows, error.value) == ("respondent_unknown", (4,), "乾隆水暖")
    with pytest.raises(GumflowError, match="1 things to mend") as refused:
        tidy_inputs(study, model, tmp_path / "restricted")
    assert "乾隆" not in str(refused.value)
    assert not (tmp_path / "restricted").exists()


def test_a_roster_of_the_user_stands_in_place_of_the_derived_one(tmp_path: Path, model: Model):
    files = {"study.yaml": OPEN, "roster.csv": "respondent,alter,asked,answered\nhongda,,1,1\n", **WIDE_CSV}
    roster = tidy_inputs(field_study(tmp_path / "valves", files), model, tmp_path / "r")["roster"]
    assert list(roster["respondent"]) == ["hongda"]


def test_registers_join_by_id_and_personal_columns_of_them_are_taken_out(tmp_path: Path, model: Model):
    register = "credit_code,patents,contact\n91331021ma2aaaaa1x,12,宏达王经理\n91331021MA2AAAAA3Z,0,\n"
    yaml = "registers:\n  - {file: patents.csv, key: credit_code, columns: [patents, contact]}\n"
    files = {"study.yaml": STUDY_YAML + yaml, "patents.csv": register, **WIDE_CSV}
    study = field_study(tmp_path / "valves", files)
    assert check_inputs(study, model).errors == []
    tables = tidy_inputs(study, model, tmp_path / "restricted")
    actors = tables["actors"]
    assert sorted(actors["patents"]) == ["", "", "0", "12"]
    assert not {"contact", "credit_code", "phone"} & set(actors.columns)
    identities = pd.read_csv(tmp_path / "restricted" / "valves" / "identities.csv", dtype="str")
    assert "宏达王经理" in set(identities["value"])


def test_everything_wrong_in_tables_registers_and_answers_is_said_at_once(tmp_path: Path, model: Model):
    wide = [row.copy() for row in WIDE]
    wide[1][3], wide[2][4] = "约50人", "magic"
    files = {
        "study.yaml": STUDY_YAML + "registers:\n  - {file: p.csv, key: code, columns: [patents]}\n",
        "actors.csv": ACTORS.replace("管件厂,firm", "管件厂,frim"),
        "ties.csv": "source,target,layer,directed,state\nhongda,ghost,knowledge,1,achieved\n",
        "p.csv": "code,patents\n1,2\n",
        "answers/export.csv": csv_bytes(wide),
    }
    found = {(f.file, f.rule) for f in check_inputs(field_study(tmp_path / "valves", files), model).errors}
    assert found == {
        ("actors.csv", "enum"), ("ties.csv", "reference"), ("p.csv", "register_key"),
        ("answers/export.csv", "number_not_plain"), ("answers/export.csv", "option_unknown"),
    }  # fmt: skip


def test_answers_without_instruments_and_unsound_instruments_are_findings(tmp_path: Path, model: Model):
    none = field_study(
        tmp_path / "a", {"study.yaml": STUDY_YAML.replace("instruments: [short]\n", ""), **WIDE_CSV}
    )
    assert [f.rule for f in check_inputs(none, model).errors] == ["instruments_missing"]
    other = field_study(tmp_path / "b", {"study.yaml": STUDY_YAML.replace("short", "long"), **WIDE_CSV})
    (finding,) = check_inputs(other, model).errors
    assert (finding.rule, finding.value) == ("instrument_unsound", "long")
    assert "ningbo_apparel" in finding.detail


def test_a_study_without_answers_has_empty_answers_of_the_same_columns(tmp_path: Path, model: Model):
    with_answers = tidy_inputs(
        field_study(tmp_path / "a", {"study.yaml": OPEN, **WIDE_CSV}), model, tmp_path / "r"
    )
    without = tidy_inputs(field_study(tmp_path / "b", {"study.yaml": OPEN}), model, tmp_path / "r")
    for name in ("answers", "indicators"):
        assert without[name].empty
        assert without[name].dtypes.to_dict() == with_answers[name].dtypes.to_dict()


def test_public_studies_protect_nothing_and_confidential_ones_names_contacts_and_aliases(
    tmp_path: Path, model: Model
):
    study = field_study(tmp_path / "valves", WIDE_CSV)
    protected = protected_by(study, model)
    assert {"玉环宏达阀门有限公司", "Dragon Taps", "13805861234", "91331021MA2AAAAA1X", BUYER} <= set(
        protected
    )
    assert protected_by(dataclasses.replace(study, confidential=False), model) == ()
    assert set(known_names(study, check_inputs(study, model))) >= {
        "玉环宏达阀门有限公司",
        BUYER,
        "Dragon Taps",
    }
