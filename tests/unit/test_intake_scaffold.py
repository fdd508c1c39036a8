"""The folder of a new study: complete, checked, private where it must be, and whole or absent."""

import shutil
import stat
import subprocess

import pandas as pd
import pytest
import yaml

from gumflow.contract.errors import GumflowError
from gumflow.contract.places import schema_folder
from gumflow.contract.study import check_study, find_study
from gumflow.contract.tables import TABLES, table_contract
from gumflow.intake import scaffold
from gumflow.intake.scaffold import new_study

ROWS = {
    "actors": "shirt_firm,Shirt firm,衬衫厂,firm,local,\n",
    "aliases": "Shirts Ltd,shirt_firm\n",
    "roster": "shirt_firm,,1,1\n",
}


def make(folder, **changes):
    given = {
        "name": "Shirts of the valley",
        "grade": "survey",
        "clusters": ["valley", "hills"],
        "instruments": ["relational_module"],
        "boundary": "roster",
    }
    return new_study(folder, **(given | changes))


def test_it_holds_every_table_with_its_header_and_no_row(tmp_path):
    files = make(tmp_path / "shirts")
    assert files == sorted(p for p in (tmp_path / "shirts").rglob("*") if p.is_file())
    for cluster in ("valley", "hills"):
        for name in TABLES:
            table = pd.read_csv(tmp_path / "shirts" / cluster / f"{name}.csv", encoding="utf-8-sig")
            assert len(table) == 0
            contract = table_contract(name)
            assert {f.name for f in contract.fields if f.required} <= set(table.columns) <= contract.names
        assert (tmp_path / "shirts" / cluster / "answers").is_dir()
    mapping = (tmp_path / "shirts" / "mapping.csv").read_text(encoding="utf-8-sig")
    assert mapping == "source,option,question,code,note\n"


def test_places_in_a_book_are_asked_for_only_where_texts_are_coded(tmp_path):
    make(tmp_path / "survey")
    make(tmp_path / "book", grade="case", boundary="text", instruments=[])
    headers = {
        study: (tmp_path / study / "valley" / "ties.csv").read_text(encoding="utf-8-sig").strip().split(",")
        for study in ("survey", "book")
    }
    assert set(headers["book"]) - set(headers["survey"]) == {"section", "paragraphs", "note"}


def test_study_yaml_says_what_was_asked_for(tmp_path):
    name = '衬衫 "A": #1 {b}'
    make(tmp_path / "shirts", name=name, clusters=["valley", "2020"])
    study = find_study(tmp_path / "shirts")
    assert study.problems == ()
    assert study.title == {"en": name, "zh": name}
    assert (study.grade, study.confidential, list(study.clusters)) == ("survey", True, ["valley", "2020"])
    assert {(c.cluster, c.boundary, c.instruments) for c in study.cells} == {
        ("valley", "roster", ("relational_module",)),
        ("2020", "roster", ("relational_module",)),
    }
    assert {c.folder.name for c in study.cells} == {"valley", "2020"}


def test_study_yaml_explains_every_key_there_is(tmp_path):
    make(tmp_path / "shirts")
    text = (tmp_path / "shirts" / "study.yaml").read_text(encoding="utf-8")
    schema = yaml.safe_load((schema_folder() / "study.schema.yaml").read_text(encoding="utf-8"))
    of_cluster = schema["properties"]["clusters"]["additionalProperties"]["properties"]
    assert {key for key in (*schema["properties"], *of_cluster) if f"{key}:" not in text} == set()
    for key in ("grade", "boundary"):
        allowed = schema["properties"][key].get("enum") or schema["$defs"]["boundary"]["enum"]
        assert tuple(allowed) == {"grade": scaffold.GRADES, "boundary": scaffold.BOUNDARIES}[key]
        assert all(value in text for value in allowed)


def test_commented_keys_can_be_used_as_they_stand(tmp_path):
    make(tmp_path / "shirts", clusters=["valley"])
    path = tmp_path / "shirts" / "study.yaml"
    keys = ("source:", "dialect:", "alters_outside:", "confidential:", "protect:", "group_by:", "tie_rules:")
    lines = path.read_text(encoding="utf-8").split("\n")
    used = [line[2:] if line.startswith(tuple(f"# {k}" for k in keys)) else line for line in lines]
    assert sum(a != b for a, b in zip(lines, used, strict=True)) == len(keys)
    path.write_text("\n".join(used), encoding="utf-8")
    study = find_study(tmp_path / "shirts")
    assert study.problems == ()
    assert study.protect == ("legal_person", "website")


def test_the_example_is_sound_synthetic_and_no_part_of_the_study(tmp_path, model):
    make(tmp_path / "shirts")
    example = find_study(tmp_path / "shirts" / "example")
    assert check_study(example, model) == []
    assert example.grade == "synthetic"
    assert {path.rsplit("/", 1)[-1] for path in example.inputs} >= {f"{t}.csv" for t in TABLES}
    assert not any("/example/" in path for path in find_study(tmp_path / "shirts").inputs)


def test_an_empty_table_is_an_error_only_where_it_is_required_and_rows_make_the_study_sound(tmp_path, model):
    make(tmp_path / "shirts", clusters=["valley"])
    folder = tmp_path / "shirts"
    found = {(f.file, f.rule, f.severity) for f in check_study(find_study(folder), model)}
    assert found >= {("valley/actors.csv", "no_rows", "error")}
    assert {rule for _, rule, _ in found} == {"no_rows"}
    assert {file for file, _, severity in found if severity == "error"} == {"valley/actors.csv"}
    for name in TABLES:
        path = folder / "valley" / f"{name}.csv"
        if name in ROWS:
            with path.open("a", encoding="utf-8") as file:
                file.write(ROWS[name])
        else:
            path.unlink()
    assert check_study(find_study(folder), model) == []


def test_the_readme_tells_files_and_order_of_work_in_both_languages(tmp_path):
    make(tmp_path / "shirts")
    text = (tmp_path / "shirts" / "README.md").read_text(encoding="utf-8")
    english, chinese = text.split("## 工作顺序")
    for part in (english, chinese):
        places = [
            part.index(step) for step in ("`actors.csv`", "gumflow form", "gumflow map", "gumflow check")
        ]
        assert places == sorted(places)
        assert all(f"`{name}.csv`" in part for name in TABLES)
        assert "docs/data_contract.md" in part
        assert ".gitignore" in part


@pytest.mark.parametrize("grade", ["case", "official", "synthetic"])
def test_a_study_that_nobody_was_promised_silence_for_has_no_gitignore(tmp_path, grade):
    make(tmp_path / "shirts", grade=grade)
    assert not (tmp_path / "shirts" / ".gitignore").exists()
    assert ".gitignore" not in (tmp_path / "shirts" / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is asked what it would see")
@pytest.mark.parametrize("grade", ["survey", "interview"])
def test_git_sees_of_a_confidential_study_only_what_names_nobody(tmp_path, grade):
    folder = tmp_path / "shirts"
    make(folder, grade=grade, clusters=["valley"])
    secret = [
        "valley/answers.csv",
        "valley/answers/export.xlsx",
        "valley/notes.txt",
        "who.csv",
        "example/x.xlsx",
    ]
    for name in (*secret, "instruments/own.yaml", "valley/mapping.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x", encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files", "-o", "--exclude-standard"],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    outer = {name.removeprefix("shirts/") for name in listed}
    assert {name for name in outer if not name.startswith("example/")} == {
        ".gitignore", "README.md", "study.yaml", "instruments/own.yaml",
    }  # fmt: skip
    assert {n for n in outer if n.startswith("example/")} == {
        f"example/{n}" for n in ("README.md", "study.yaml", "mapping.csv", *(f"{t}.csv" for t in TABLES))
    }


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path):
    folder = tmp_path / "shirts"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(GumflowError, match="not empty"):
        make(folder)
    assert [p.name for p in tmp_path.rglob("*")] == ["shirts", "mine.txt"]


def test_an_empty_folder_is_filled_and_missing_ones_above_are_made(tmp_path):
    (tmp_path / "shirts").mkdir()
    assert make(tmp_path / "shirts")
    assert make(tmp_path / "a" / "b" / "shirts")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "shirts"]
    other = tmp_path / "other"
    other.mkdir()
    assert stat.S_IMODE((tmp_path / "shirts").stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"grade": "poll"}, "no grade 'poll'; it is one of case, survey"),
        ({"boundary": "all"}, "no boundary 'all'"),
        ({"instruments": ["nb"]}, "no instrument 'nb'; it is one of interview_guide"),
        ({"instruments": ["relational_module"] * 2}, "instrument 'relational_module' is named twice"),
        ({"clusters": []}, "no cluster"),
        ({"clusters": ["../up"]}, "cluster '../up'"),
        ({"clusters": ["Valley"]}, "cluster 'Valley'"),
        ({"clusters": ["example"]}, "folder is used"),
        ({"clusters": ["valley", "valley"]}, "named twice"),
        ({"name": " "}, "name of the study"),
        ({"name": "two\nlines"}, "name of the study"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path, changes, said):
    with pytest.raises(GumflowError, match=said):
        make(tmp_path / "shirts", **changes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Shirts", "my shirts", ".shirts", "衬衫"])
def test_a_folder_whose_name_is_no_study_is_refused(tmp_path, name):
    with pytest.raises(GumflowError, match="no study's"):
        make(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    with pytest.raises(GumflowError) as error:
        make(tmp_path / "Shirts", grade="poll", clusters=[], boundary="all", instruments=["nb", "yk"])
    assert str(error.value).count("\n  - ") == 6


def test_nothing_is_left_of_a_study_that_could_not_be_written(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scaffold, "_write_example", full)
    with pytest.raises(GumflowError, match="No space left"):
        make(tmp_path / "shirts")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "shirts").write_text("x", encoding="utf-8")
    with pytest.raises(GumflowError, match="is no folder"):
        make(tmp_path / "shirts")
    with pytest.raises(GumflowError, match="cannot be made"):
        make(tmp_path / "shirts" / "inside")


def test_the_same_call_gives_the_same_bytes(tmp_path):
    first, second = (make(tmp_path / n / "shirts") for n in ("a", "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
