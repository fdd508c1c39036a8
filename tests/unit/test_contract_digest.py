"""The digest of a script changes when gumflow code that it imports changes, and only then."""

from pathlib import Path

import pytest

from gumflow.contract import digest
from gumflow.contract.digest import code_digest, import_closure

FILES = {
    "gumflow/__init__.py": "",
    "gumflow/base/__init__.py": "from gumflow.base import shown\n",
    "gumflow/base/shown.py": "SHOWN = 1\n",
    "gumflow/base/errors.py": "import json\n\nimport pandas\n",
    "gumflow/base/tables.py": "from gumflow.base.errors import Wrong\n",
    "gumflow/base/late.py": "LATE = 1\n",
    "gumflow/jobs/__init__.py": "",
    "gumflow/jobs/steps.py": "from gumflow.base import tables\n\n\ndef run():\n    from gumflow.base.late import LATE\n\n    return LATE\n",
    "gumflow/jobs/apart.py": "import gumflow.base.errors\n",
    "scripts/steps.py": "from gumflow.jobs.steps import run\n\nrun()\n",
    "scripts/plain.py": "print(1)\n",
}


def package(folder: Path, **changes: str) -> Path:
    """Write the package (a name such as base_late stands for base/late.py) and return its folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, text in changes.items():
        (folder / "gumflow" / (name.replace("_", "/") + ".py")).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def digest_of(tmp_path, monkeypatch):
    """Return the digest of a script in a copy of the package with some modules changed."""
    count = iter(range(100))

    def of(script: str = "steps", **changes: str) -> str:
        folder = package(tmp_path / str(next(count)), **changes)
        monkeypatch.setattr(digest, "_PACKAGE", folder / "gumflow")
        return code_digest(folder / "scripts" / f"{script}.py")

    return of


def test_the_closure_holds_direct_indirect_and_late_imports_and_packages(tmp_path, monkeypatch):
    folder = package(tmp_path)
    monkeypatch.setattr(digest, "_PACKAGE", folder / "gumflow")
    names = {p.relative_to(folder).as_posix() for p in import_closure(folder / "scripts" / "steps.py")}
    assert names == set(FILES) - {"gumflow/jobs/apart.py", "scripts/plain.py"}
    assert import_closure(folder / "scripts" / "plain.py") == [folder / "scripts" / "plain.py"]


@pytest.mark.parametrize("module", ["jobs_steps", "base_tables", "base_errors", "base_late", "base_shown"])
def test_the_digest_changes_with_each_module_of_the_closure(digest_of, module):
    text = FILES["gumflow/" + module.replace("_", "/") + ".py"] + "# changed\n"
    assert digest_of(**{module: text}) != digest_of()


def test_the_digest_does_not_change_with_other_modules_or_the_place_of_the_checkout(digest_of):
    assert digest_of(jobs_apart="changed = True\n") == digest_of()
    assert digest_of("plain", base_errors="changed = True\n") == digest_of("plain")


def test_a_renamed_module_with_the_same_text_is_another_code(digest_of):
    moved = FILES["gumflow/jobs/steps.py"].replace("base.late", "base.later")
    assert digest_of(jobs_steps=moved, base_later="LATE = 1\n") != digest_of(
        jobs_steps=moved, base_later="LATE = 2\n"
    )


def test_the_code_of_a_real_rule_has_its_library_but_not_the_pictures():
    script = Path(__file__).parents[2] / "workflow" / "scripts" / "check.py"
    closure = import_closure(script)
    names = {p.name for p in closure}
    assert {"check.py", "study.py", "checks.py", "reading.py", "tables.py", "writing.py"} <= names
    assert not any("present" in p.parts or "measures" in p.parts for p in closure)
    assert len(code_digest(script)) == 16


def test_a_plain_import_counts_like_a_from_import(tmp_path, monkeypatch):
    folder = package(tmp_path)
    monkeypatch.setattr(digest, "_PACKAGE", folder / "gumflow")
    script = folder / "scripts" / "listing.py"
    script.write_text("import gumflow.jobs.apart\n", encoding="utf-8")
    digest._imports.cache_clear()
    names = {p.relative_to(folder).as_posix() for p in import_closure(script)}
    assert names == {
        "scripts/listing.py", "gumflow/__init__.py", "gumflow/jobs/__init__.py", "gumflow/jobs/apart.py",
        "gumflow/base/__init__.py", "gumflow/base/errors.py", "gumflow/base/shown.py",
    }  # fmt: skip
