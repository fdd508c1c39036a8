"""The commands for the field, as a researcher calls them: a study from its empty folder to answers, agreement and the gate."""

import csv
import os
import stat
from pathlib import Path

import pandas as pd
import pytest
from small_exports import csv_bytes
from small_field import ACTORS, EXPORTS, STUDY_YAML, TOLD, WIDE, field_study

from gumflow.cli import main
from gumflow.contract.model import Model

STATEMENTS = (
    "statement,document,paragraphs,sentence,coder,ego,alter,layer,construct,factor,state,polarity,strength\n"
)


@pytest.fixture
def one_model(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the model once for all commands."""
    monkeypatch.setattr("gumflow.contract.model.load_model", lambda: model)


def statements() -> str:
    """Two coders on four sentences; they differ in the third, where one sees no tie."""
    rows = []
    for sentence in range(1, 5):
        for coder in ("anna", "bo"):
            tie = "hongda,mingfeng,knowledge" if (coder, sentence) != ("bo", 3) else ",,"
            construct = ("learning_network,learning", "trust_norms,social_capital")[sentence % 2]
            rows.append(f"{coder}{sentence},iv1,{sentence},1,{coder},{tie},{construct},achieved,1,2\n")
    return STATEMENTS + "".join(rows)


def mode(path: Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_new_makes_a_study_that_check_and_form_can_work_with(tmp_path: Path, capsys):
    study = tmp_path / "valley"
    call = ["new", str(study), "--title", "Valley", "--clusters", "east,west", "--instruments", "relational_module"]  # fmt: skip
    assert main([*call, "--boundary", "census"]) == 0
    assert capsys.readouterr().out.endswith("read README.md there for what to do next\n")
    assert main(["check", str(study)]) == 1
    assert "2 to mend" in capsys.readouterr().out.splitlines()[-1]
    for cluster in ("east", "west"):
        (study / cluster / "actors.csv").write_text(ACTORS, encoding="utf-8")
    assert main(["check", str(study)]) == 0
    capsys.readouterr()

    assert main(["form", str(study), "--cluster", "east"]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [p.name for p in written] == ["form.xlsx", "roster.csv", "paper_en.html", "paper_zh.html"]
    assert {p.parent for p in written} == {study / "east" / "form"}
    assert not (study / "west" / "form").exists()
    assert {row["name"] for row in rows_of(written[1])} == {"hongda", "mingfeng", "qianlong"}
    assert "玉环宏达阀门有限公司" in written[3].read_text(encoding="utf-8")


def test_new_says_everything_wrong_at_once_and_writes_nothing(tmp_path: Path, capsys):
    assert main(["new", str(tmp_path / "Bad Name"), "--instruments", "nope", "--clusters", "A B"]) == 1
    told = capsys.readouterr().err
    for part in ("'Bad Name'", "'nope'", "'A B'", "ningbo_apparel"):
        assert part in told
    assert list(tmp_path.iterdir()) == []


def test_a_form_for_several_cells_goes_to_their_folders_only(tmp_path: Path, capsys):
    yaml = STUDY_YAML.replace("folder: .", 'waves: {"2020": a, "2026": b}')
    files = {"study.yaml": yaml, "a/actors.csv": ACTORS, "b/actors.csv": ACTORS}
    study = field_study(tmp_path / "valves", files).folder
    assert main(["form", str(study), "--out", str(tmp_path / "out")]) == 1
    assert "--cluster and --wave" in capsys.readouterr().err
    assert main(["form", str(study), "--wave", "2026", "--out", str(tmp_path / "out")]) == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "form.xlsx", "paper_en.html", "paper_zh.html", "roster.csv",
    ]  # fmt: skip
    assert main(["form", str(study), "--wave", "1999"]) == 1
    assert "it has valves 2020, valves 2026" in capsys.readouterr().err


def test_map_counts_what_is_left_to_fill_in_and_keeps_a_mapping_that_is_there(tmp_path: Path, capsys):
    rows = [row.copy() for row in WIDE]
    rows[0].append("Remarks")
    rows[1].append("busy")
    rows[3][4] = "imitation"
    study = field_study(tmp_path / "valves", {"answers/export.csv": csv_bytes(rows)}).folder
    assert main(["map", str(study)]) == 0
    table = rows_of(study / "mapping.csv")
    assert (
        capsys.readouterr().out.splitlines()[-1]
        == f"{study / 'mapping.csv'}: {len(table)} rows, 2 to fill in"
    )
    said = {(row["source"], row["option"]): (row["question"], row["code"]) for row in table}
    assert said["respondent", ""] == ("@respondent", "")
    assert said["Q02", ""] == ("Q02", "")
    assert said["Q02", "imitation"] == ("Q02", "")
    assert said["Remarks", ""] == ("", "")

    before = (study / "mapping.csv").read_bytes()
    assert main(["map", str(study)]) == 1
    assert "may hold your decisions" in capsys.readouterr().err
    assert (study / "mapping.csv").read_bytes() == before
    assert main(["map", str(study), "--out", str(tmp_path / "other.csv")]) == 0
    assert (tmp_path / "other.csv").read_bytes() == before

    assert main(["check", str(study)]) == 1
    assert "value 'imitation'" in capsys.readouterr().out
    filled = before.decode("utf-8-sig").replace("Q02,imitation,Q02,,", "Q02,imitation,Q02,copy,")
    (study / "mapping.csv").write_text(filled, encoding="utf-8")
    assert main(["check", str(study)]) == 0


def test_map_without_answers_says_where_to_put_them(tmp_path: Path, capsys):
    study = field_study(tmp_path / "valves", {}).folder
    assert main(["map", str(study)]) == 1
    assert "answers.csv, answers.xlsx or a folder answers" in capsys.readouterr().err
    assert not (study / "mapping.csv").exists()


def test_map_of_an_export_that_cannot_be_read_fails_with_its_findings(tmp_path: Path, capsys):
    study = field_study(tmp_path / "valves", {"answers/export.xlsx": b"PK\x03\x04 no workbook"}).folder
    assert main(["map", str(study)]) == 1
    assert "answers/export.xlsx" in capsys.readouterr().out
    assert not (study / "mapping.csv").exists()


def test_what_check_writes_of_a_confidential_study_is_its_owner_s_alone(tmp_path: Path, capsys):
    rows = [row.copy() for row in WIDE]
    rows[0][6] = "Q03[宏达阀们]"
    export = {"answers/e.csv": csv_bytes(rows)}
    study = field_study(tmp_path / "valves", export).folder
    out = tmp_path / "out"
    out.mkdir(mode=0o755)
    names = out / "names.csv"
    assert main(["check", str(study), "--report", str(out / "r.csv"), "--names", str(names)]) == 0
    assert "2 names, 2 to decide on" in capsys.readouterr().out
    assert main(["check", str(study), "--report", str(out / "r.html")]) == 0
    for report in (out / "r.csv", out / "r.html"):
        assert "宏达阀们" in report.read_text(encoding="utf-8")
    assert {p.name: mode(p) for p in out.iterdir()} == dict.fromkeys(["names.csv", "r.csv", "r.html"], 0o600)
    assert mode(out) == 0o755

    yaml = STUDY_YAML + "confidential: false\n"
    study = field_study(tmp_path / "open", {"study.yaml": yaml, **export}).folder
    assert main(["check", str(study), "--report", str(out / "r.csv")]) == 0
    assert mode(out / "r.csv") == 0o666 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_names_that_check_lists_are_taken_up_once_decided(tmp_path: Path, capsys):
    study = field_study(tmp_path / "valves", EXPORTS["kobo"]).folder
    names = tmp_path / "names.csv"
    assert main(["check", str(study), "--names", str(names)]) == 0
    (row,) = rows_of(names)
    assert (row["name"], row["kind"], row["decision"]) == ("巴黎莫兰百货", "buyer", "")
    table = pd.read_csv(names, dtype="str", keep_default_na=False)
    table["decision"] = "drop"
    table.to_csv(study / "who_is_who.csv", index=False)
    capsys.readouterr()
    assert main(["check", str(study), "--names", str(names)]) == 0
    assert "1 names, 0 to decide on" in capsys.readouterr().out
    assert rows_of(names)[0]["decision"] == "drop"


def test_agreement_lists_how_far_and_where_coders_differ(tmp_path: Path, capsys):
    study = field_study(tmp_path / "valves", {"statements.csv": statements()}).folder
    out = tmp_path / "out"
    assert main(["agreement", str(study), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert f"1 places to settle: {out / 'disagreements.csv'}" in told
    kept = {
        (r["unit"], r["measure"]): r["value"] for r in rows_of(out / "agreement.csv") if not r["withheld"]
    }
    assert any(float(value) == 1 for value in kept.values())
    (place,) = rows_of(out / "disagreements.csv")
    said = [place[c] for c in ("document", "locator", "field", "coder_anna", "coder_bo")]
    assert said == ["iv1", "¶3 s1", "tie", "knowledge: hongda > mingfeng", "none"]
    assert mode(out / "disagreements.csv") == 0o600


def test_agreement_without_statements_is_refused(tmp_path: Path, capsys):
    study = field_study(tmp_path / "valves", {}).folder
    assert main(["agreement", str(study), "--out", str(tmp_path / "out")]) == 1
    assert "no statements.csv" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_gate_passes_what_names_nobody_and_finds_each_name_without_repeating_it(tmp_path: Path, capsys):
    study = field_study(tmp_path / "valves", EXPORTS["plain_wide"]).folder
    public = tmp_path / "public"
    public.mkdir()
    (public / "page.html").write_text("<p>Three firms answered. 三家企业作答。</p>", encoding="utf-8")
    call = ["gate", str(public), "--study", str(study)]
    assert main(call) == 0
    assert capsys.readouterr().out == f"{public}: nothing found that must not be published\n"
    for number, text in enumerate(("玉环明峰管件厂", "dragon taps", "1380 586 1236", "91331021MA2AAAAA1X")):
        (public / f"leak{number}.txt").write_text(f"Said {text}.", encoding="utf-8")
    report = tmp_path / "gate.csv"
    assert main([*call, "--report", str(report)]) == 1
    told = capsys.readouterr().out + report.read_text(encoding="utf-8")
    assert {row["file"] for row in rows_of(report)} == {f"leak{n}.txt" for n in range(4)}
    assert not [word for word in TOLD if word in told]


def test_gate_counts_the_firms_behind_numbers_by_the_least_that_is_asked(tmp_path: Path, capsys):
    study = field_study(tmp_path / "valves", {}).folder
    public = tmp_path / "public"
    public.mkdir()
    (public / "t.csv").write_text("question,firms,mean\nstaff,4,54.3\n", encoding="utf-8")
    call = ["gate", str(public), "--study", str(study)]
    assert main(call) == 0
    assert main([*call, "--minimum-firms", "5"]) == 1
    assert "t.csv, row 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (["simulate", "--parameters", "none.yaml", "--seed", "1", "--out", "x"], "none.yaml"),
        (["form", "none"], "study.yaml"),
        (["map", "none"], "study.yaml"),
        (["gate", ".", "--study", "none"], "study.yaml"),
    ],
)
def test_what_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, call: list[str], told: str
):
    monkeypatch.chdir(tmp_path)
    assert main(call) == 1
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
