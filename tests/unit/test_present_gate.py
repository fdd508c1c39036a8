"""The gate over a folder, and the release of what passes it."""

import hashlib
import os

import pandas as pd
import pytest
from planted_leaks import LATIN, NAME, PROTECTED, leaks, traces

from gumflow.contract.errors import GumflowError
from gumflow.contract.writing import write_table, write_text
from gumflow.present import gate as module
from gumflow.present.gate import COLUMNS, gate, release


@pytest.fixture
def draft(tmp_path):
    """A folder that may be published."""
    table = pd.DataFrame({"option": ["a", "b"], "firms": [50, 50], "share": [0.4, 0.6]})
    write_table(table, tmp_path / "draft" / "tables" / "shares.csv")
    write_text("<p>40 % of 50 firms</p>", tmp_path / "draft" / "report.html")
    return tmp_path / "draft"


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_a_folder_without_leaks_is_published_with_its_manifest(draft, tmp_path):
    public = tmp_path / "out" / "public"
    (draft / "tables" / ".snakemake_timestamp").touch()
    manifest = release(draft, public, PROTECTED, 3, True)
    published = contents(public)
    listed = published.pop("manifest.csv").decode("utf-8-sig")
    (draft / "tables" / ".snakemake_timestamp").unlink()
    assert published == contents(draft)
    expected = [(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in published.items()]
    assert sorted(manifest.itertuples(index=False, name=None)) == sorted(expected)
    assert listed.splitlines()[0] == "file,bytes,sha256"
    assert all(",".join(map(str, row)) in listed for row in expected)
    assert [p.name for p in public.parent.iterdir()] == ["public"]


def test_the_same_draft_gives_the_same_bytes_and_replaces_what_was_there(draft, tmp_path):
    public = tmp_path / "public"
    release(draft, public, PROTECTED, 3, True)
    first = contents(public)
    (public / "old.txt").write_text("of an earlier run")
    release(draft, public, PROTECTED, 3, True)
    assert contents(public) == first


def test_a_leak_keeps_everything_back_and_is_named(draft, tmp_path):
    public = tmp_path / "public"
    release(draft, public, PROTECTED, 3, True)
    before = contents(public)
    write_text(f"a\n{NAME}", draft / "tables" / "note.txt")
    write_text("new", draft / "new.txt")
    with pytest.raises(GumflowError) as refused:
        release(draft, public, PROTECTED, 3, True)
    said = str(refused.value)
    assert "tables/note.txt, line 2: protected text (entry 2 of the protected list)" in said
    assert "不得公开" in said
    assert NAME not in said
    assert contents(public) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["draft", "public"]


def test_a_first_release_that_fails_leaves_nothing(draft, tmp_path):
    write_text(LATIN, draft / "a.txt")
    with pytest.raises(GumflowError, match=r"a\.txt"):
        release(draft, tmp_path / "public", PROTECTED, 3, True)
    assert [p.name for p in tmp_path.iterdir()] == ["draft"]


def test_if_the_last_step_fails_what_was_public_is_public_again(draft, tmp_path, monkeypatch):
    public = tmp_path / "public"
    release(draft, public, PROTECTED, 3, True)
    before = contents(public)
    real = os.replace

    def replace(source, target):
        if os.fspath(source).endswith("new"):
            raise OSError("disk")
        real(source, target)

    monkeypatch.setattr(module.os, "replace", replace)
    with pytest.raises(OSError, match="disk"):
        release(draft, public, PROTECTED, 3, True)
    assert contents(public) == before


def test_every_planted_file_is_found_in_one_go(draft):
    for name, data in {**leaks(), **{n: d for n, (d, _) in traces().items()}}.items():
        (draft / name).write_bytes(data)
    found = gate(draft, PROTECTED, 3, True)
    assert list(found.columns) == list(COLUMNS)
    assert set(found["file"]) == set(leaks()) | set(traces())


def test_names_of_files_and_folders_are_looked_at_and_blacked_out(draft):
    write_text("x", draft / "acme_textiles" / f"{NAME}.txt")
    found = gate(draft, PROTECTED, 3, True)
    assert found["place"].tolist() == ["the file's name"]
    assert found["file"].tolist() == ["███/███.txt"]


def test_types_links_and_small_cells_are_findings_of_confidential_studies(draft):
    (draft / "a.docx").write_bytes(b"x")
    (draft / "plain").write_bytes(b"x")
    write_table(pd.DataFrame({"firms": [2], "share": [0.5]}), draft / "small.csv")
    found = gate(draft, PROTECTED, 3, True).set_index("file")["what"].to_dict()
    assert found.keys() == {"a.docx", "plain", "small.csv"}
    assert "type of file" in found["a.docx"]
    assert "fewer firms" in found["small.csv"]
    assert gate(draft, PROTECTED, 3, False).empty


def test_links_are_never_published(draft, tmp_path):
    (tmp_path / "secret").mkdir()
    (draft / "link.txt").symlink_to(tmp_path / "secret" / "x.txt")
    (draft / "folder").symlink_to(tmp_path / "secret")
    found = gate(draft, [], 3, False)
    assert found["file"].tolist() == ["folder", "link.txt"]
    with pytest.raises(GumflowError, match=r"link\.txt"):
        release(draft, tmp_path / "public", [], 3, False)


def test_wrong_calls_are_named(draft, tmp_path):
    with pytest.raises(GumflowError, match="no such folder"):
        gate(tmp_path / "nowhere", [], 3, True)
    with pytest.raises(GumflowError, match="cannot be copied"):
        release(tmp_path / "nowhere", tmp_path / "public", [], 3, True)
    write_text("", draft / "manifest.csv")
    with pytest.raises(GumflowError, match="kept for the list"):
        release(draft, tmp_path / "public", [], 3, True)


def test_a_long_list_of_findings_is_cut(draft, tmp_path):
    for i in range(30):
        write_text(NAME, draft / f"{i:02d}.txt")
    with pytest.raises(GumflowError, match="and 10 more"):
        release(draft, tmp_path / "public", PROTECTED, 3, True)


def test_with_nothing_to_look_for_no_file_is_unpacked_but_links_still_are_findings(draft, monkeypatch):
    (draft / "elsewhere").symlink_to("/")
    monkeypatch.setattr(module.Scanner, "leaks", lambda *_: pytest.fail("a file was unpacked"))
    assert gate(draft, [], 3, False)["file"].tolist() == ["elsewhere"]
