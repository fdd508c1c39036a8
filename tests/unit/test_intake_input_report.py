"""The report on a study's inputs: with values where it may hold them, and without where it may not."""

import csv
import os
import stat
from pathlib import Path

from small_exports import csv_bytes
from small_field import STUDY_YAML, WIDE, field_study

from gumflow.contract.model import Model
from gumflow.intake.field import check_inputs
from gumflow.intake.input_report import write_input_report


def faulty() -> dict[str, bytes]:
    rows = [row.copy() for row in WIDE]
    rows[0][6] = "Q03[宏达阀们]"
    rows[1][3], rows[2][4] = "约50人", "乾隆式"
    return {"answers/玉环宏达阀门有限公司.csv": csv_bytes(rows)}


def report(tmp_path: Path, model: Model, yaml: str, files: dict[str, bytes]) -> tuple[Path, Path]:
    study = field_study(tmp_path / "valves", {"study.yaml": yaml, **files})
    results, restricted = tmp_path / "results", tmp_path / "restricted"
    write_input_report(study, check_inputs(study, model), results, restricted)
    return results, restricted


def rules(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["rule"], row["value"]) for row in csv.DictReader(file)]


def test_a_confidential_report_tells_rules_and_rows_outside_and_values_to_its_owner_alone(
    tmp_path: Path, model: Model
):
    results, restricted = report(tmp_path, model, STUDY_YAML, faulty())
    private = restricted / "valves"
    inside, outside = rules(private / "check.csv"), rules(results / "check.csv")
    assert sorted(r for r, _ in inside) == sorted(r for r, _ in outside)
    assert {("number_not_plain", "约50人"), ("option_unknown", "乾隆式")} <= set(inside)
    assert {value for _, value in outside} == {""}
    for name in ("check.csv", "check.html"):
        public = (results / name).read_text(encoding="utf-8")
        assert not [word for word in ("约50人", "乾隆", "宏达", "hongda") if word in public], name
        assert "约50人" in (private / name).read_text(encoding="utf-8")
    page = (results / "check.html").read_text(encoding="utf-8")
    assert page.count("restricted/valves/check.html") == 2
    assert "因研究保密" in page
    assert "宏达阀们" in (private / "who_is_who.csv").read_text(encoding="utf-8")
    assert sorted(p.name for p in results.iterdir()) == ["check.csv", "check.html"]
    assert stat.S_IMODE(os.stat(private).st_mode) == 0o700
    modes = {p.name: stat.S_IMODE(os.stat(p).st_mode) for p in private.iterdir()}
    assert modes == dict.fromkeys(["check.csv", "check.html", "who_is_who.csv"], 0o600)


def test_a_public_study_has_all_values_in_its_results_and_nothing_restricted(tmp_path: Path, model: Model):
    results, restricted = report(tmp_path, model, STUDY_YAML + "confidential: false\n", faulty())
    assert ("option_unknown", "乾隆式") in rules(results / "check.csv")
    assert "宏达阀们" in (results / "who_is_who.csv").read_text(encoding="utf-8-sig")
    assert not restricted.exists()


def test_a_sound_study_says_so_in_both_languages_and_no_note_is_made(tmp_path: Path, model: Model):
    results, restricted = report(tmp_path, model, STUDY_YAML, {})
    page = (results / "check.html").read_text(encoding="utf-8")
    assert "Nothing to mend" in page
    assert "未发现问题" in page
    assert "restricted" not in page
    assert not (restricted / "valves" / "who_is_who.csv").exists()
