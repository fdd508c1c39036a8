"""The command `gumflow`: exit codes, what it prints, and that it starts without the heavy libraries."""

import os
import subprocess
import sys

import pytest
from small_studies import ROOT, MakeStudy

from gumflow.cli import main

TIES = "source,target,layer,directed,state\nacme,bolt,transaction,1,achieved\n"
ZHEJIANG = str(ROOT / "resources" / "zhejiang")


def test_help_loads_neither_pandas_nor_numpy():
    program = (
        "import sys\nfrom gumflow.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print('heavy:', sorted({m.partition('.')[0] for m in sys.modules} & {'pandas', 'numpy', 'scipy', 'matplotlib', 'igraph', 'yaml'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), check=True
    )
    for command in ("check", "measure", "qap", "waves", "export", "value", "verify-coding", "measures"):
        assert command in done.stdout
    assert done.stdout.endswith("heavy: []\n")


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT / "workflow")}


def test_check_of_a_sound_study_succeeds(make_study: MakeStudy, capsys):
    assert main(["check", str(make_study())]) == 0
    assert capsys.readouterr().out == "study: nothing to mend\n"


def test_check_lists_everything_and_fails_on_errors_only(make_study: MakeStudy, capsys):
    folder = make_study({"ties.csv": TIES + "acme,ghost,transaction,1,achieved\n", "tie.csv": TIES})
    assert main(["check", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(
        "error: ties.csv, row 3, column target, value 'ghost': The id is not in actors.csv."
    )
    assert lines[1].startswith("warning: tie.csv: ")
    assert lines[2:] == ["study: 1 to mend, 1 to look at"]
    assert main(["check", str(make_study({"tie.csv": TIES}))]) == 0


@pytest.mark.parametrize("suffix", ["csv", "html"])
def test_check_writes_its_findings_where_asked(make_study: MakeStudy, tmp_path, suffix, capsys):
    report = tmp_path / "new" / f"report.{suffix}"
    folder = make_study({"ties.csv": TIES + "acme,ghost,transaction,1,achieved\n"})
    assert main(["check", str(folder), "--report", str(report)]) == 1
    assert "ghost" in report.read_text(encoding="utf-8")


def test_a_report_of_another_kind_is_refused(make_study: MakeStudy, tmp_path, capsys):
    assert main(["check", str(make_study()), "--report", str(tmp_path / "r.txt")]) == 1
    assert "should end in .csv or .html" in capsys.readouterr().err
    assert not (tmp_path / "r.txt").exists()


def test_a_folder_that_is_no_study_is_told_without_a_traceback(tmp_path, capsys):
    assert main(["check", str(tmp_path / "nowhere")]) == 1
    assert "study.yaml" in capsys.readouterr().out
    assert main(["measure", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]) == 1
    assert "study.yaml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments", [[], ["meassure"], ["measure", "x"], ["check"], ["check", "x", "--rep"]]
)
def test_a_wrong_call_ends_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: gumflow" in capsys.readouterr().err


def test_measure_writes_its_tables_the_same_twice(make_study: MakeStudy, tmp_path, capsys):
    folder = make_study({"ties.csv": TIES})
    for run in ("one", "two"):
        assert main(["measure", str(folder), "--out", str(tmp_path / run)]) == 0
    names = sorted(os.listdir(tmp_path / "one"))
    assert names == [
        "actor_changes.csv", "actor_measures.csv", "dyad_measures.csv", "ego_measures.csv", "scores.csv",
    ]  # fmt: skip
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert "values are withheld, each with its reason" in capsys.readouterr().out


def test_a_place_that_cannot_be_written_is_told_without_a_traceback(make_study: MakeStudy, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["measure", str(make_study()), "--out", str(tmp_path / "file" / "x")]) == 1
    assert "file" in capsys.readouterr().err


def test_value_prints_each_figure_with_its_verdict(capsys):
    assert main(["value", ZHEJIANG]) == 0
    out = capsys.readouterr().out
    assert "wenzhou_lighters  unit_price  0.58 -> 0.6093  [differs]" in out
    assert "no evidence of bargaining power" in out


def test_value_of_a_study_without_figures_says_so(make_study: MakeStudy, capsys):
    assert main(["value", str(make_study())]) == 0
    assert "prints no figures" in capsys.readouterr().out


def test_verify_coding_names_the_rows_that_the_text_does_not_bear_out(tmp_path, capsys):
    book = tmp_path / "book.txt"
    book.write_text("04　案例\n4.1　宁波\n只有一句。\n", encoding="utf-8")
    assert main(["verify-coding", ZHEJIANG, "--book", str(book)]) == 1
    out = capsys.readouterr().out
    assert "there is no such place in the text" in out
    assert "rows are not borne out by the text" in out.splitlines()[-1]


def test_measures_are_listed_and_explained(capsys):
    assert main(["measures"]) == 0
    assert "density" in capsys.readouterr().out
    assert main(["measures", "density"]) == 0
    assert "formula:" in capsys.readouterr().out
    assert main(["measures", "densty"]) == 1
    assert "did you mean density" in capsys.readouterr().err


def test_a_reader_that_stops_early_is_no_error():
    program = "import sys; from gumflow.cli import main; sys.exit(main(['measures']))"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, env=environment()
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_measure_that_is_not_there_is_refused_with_the_nearest_or_the_way_to_all(capsys):
    assert main(["measures", "betweeness"]) == 1
    assert "did you mean betweenness" in capsys.readouterr().err
    assert main(["measures", "zzzz"]) == 1
    assert capsys.readouterr().err == "gumflow: no measure is called 'zzzz'; `gumflow measures` lists them\n"
