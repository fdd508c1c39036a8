"""What four files say of the dependencies agrees, and ./run makes one sound environment from it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ("requirements.lock", "requirements-slurm.lock")
CONDA_NAMES = {
    "igraph": "python-igraph",
    "matplotlib": "matplotlib-base",
    "seaborn": "seaborn-base",
    "snakemake": "snakemake-minimal",
}


def requirements(lines: list[str]) -> dict[str, SpecifierSet]:
    return {canonicalize_name(r.name): r.specifier for r in map(Requirement, lines)}


RUNTIME = requirements(PROJECT["dependencies"])
DEV = requirements(PROJECT["optional-dependencies"]["dev"])
SLURM = requirements(PROJECT["optional-dependencies"]["slurm"])


def locked(name: str) -> dict[str, str]:
    """Return the version of each package in a lock, without regard to the system that it is for."""
    entries = re.findall(r"^(\S+)==([^\s;]+)", (ROOT / name).read_text(), flags=re.MULTILINE)
    assert len(dict(entries)) == len(entries), f"{name} has a package in two versions"
    return dict(entries)


def test_conda_environment_has_the_same_packages_and_ranges():
    lines = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = {name: SpecifierSet(ranges) for name, ranges in (line.split(" ", 1) for line in lines)}
    assert conda.pop("python") == SpecifierSet(PROJECT["requires-python"])
    assert conda == {CONDA_NAMES.get(name, name): ranges for name, ranges in RUNTIME.items()}


@pytest.mark.parametrize(
    ("lock", "wanted"), [(LOCKS[0], RUNTIME | DEV), (LOCKS[1], RUNTIME | DEV | SLURM)], ids=LOCKS
)
def test_lock_holds_every_requirement_in_its_range(lock, wanted):
    versions = locked(lock)
    assert {name for name in wanted if versions.get(name) not in wanted[name]} == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=\S+==)", text)[1:]
    assert [entry.split(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"\S*://\S*|^--\S+|^\S+ @ .*", text, flags=re.MULTILINE) == []


def test_slurm_lock_adds_to_the_main_lock_and_changes_nothing():
    main, slurm = map(locked, LOCKS)
    assert main.items() <= slurm.items()
    assert {name for name in slurm if name not in main} >= set(SLURM)


# ./run, in a small tree of its own. The stub of uv makes an empty environment, slowly, or fails when told to.
STUB_OF_UV = """#!/bin/sh
echo "$1" >>"$STUB/calls"
if [ "$1" = venv ]; then
    for folder; do :; done
    sleep 0.5
    exec "$GUMFLOW_PYTHON" -m venv --without-pip "$folder"
fi
test ! -e "$STUB/fails"
"""


@pytest.fixture
def tree(tmp_path) -> Path:
    """A tree with ./run, two locks and a gumflow that says where it is and what it was asked."""
    root = tmp_path / "a tree"
    package = root / "workflow" / "gumflow"
    package.mkdir(parents=True)
    shutil.copy(ROOT / "run", root)
    for lock in LOCKS:
        (root / lock).touch()
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(
        "import os, sys\n\ndef main():\n    print(os.getcwd(), *sys.argv)\n    return 3\n"
    )
    executable(tmp_path / "bin" / "uv", STUB_OF_UV)
    return root


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def start(tree: Path, *command: str, **environment: str) -> subprocess.Popen:
    """Start ./run from a folder that is not the project's."""
    stub = tree.parent / "bin"
    environment = {
        "PATH": f"{stub}:{os.defpath}",
        "STUB": str(stub),
        "GUMFLOW_PYTHON": sys.executable,
    } | environment
    return subprocess.Popen(
        [tree / "run", *command],
        cwd=tree.parent,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(tree: Path, *command: str, **environment: str) -> tuple[int, str, str]:
    process = start(tree, *command, **environment)
    out, err = process.communicate(timeout=60)
    return process.returncode, out.strip(), err.strip()


def builds(tree: Path) -> int:
    return (tree.parent / "bin" / "calls").read_text().split().count("venv")


def test_two_first_calls_at_once_make_one_environment(tree):
    both = [start(tree, "python", "-c", "import gumflow, sys; print(sys.prefix)") for _ in range(2)]
    printed = [process.communicate(timeout=60)[0].strip() for process in both]
    assert printed == [str(tree / ".venv")] * 2
    assert builds(tree) == 1


def test_environment_is_made_anew_only_when_its_lock_changes(tree):
    assert run(tree, "true")[2].startswith("run: making the environment .venv ")
    assert run(tree, "true") == (0, "", "")
    (tree / "requirements.lock").write_text("# another\n")
    run(tree, "true")
    assert builds(tree) == 2
    assert run(tree, "python", "-c", "import sys; print(sys.prefix)", GUMFLOW_EXTRA="slurm")[1] == str(
        tree / ".venv-slurm"
    )
    assert run(tree, "true") == (0, "", "")


def test_half_made_environment_is_never_used(tree):
    fails = tree.parent / "bin" / "fails"
    fails.touch()
    assert run(tree, "echo", "used")[:2] == (1, "")
    assert run(tree, "echo", "used")[:2] == (1, "")
    fails.unlink()
    assert run(tree, "echo", "used")[:2] == (0, "used")


def test_moved_tree_gets_an_environment_of_its_own(tree):
    run(tree, "true")
    moved = tree.rename(tree.with_name("moved"))
    assert run(moved, "python", "-c", "import sys; print(sys.prefix)")[1] == str(moved / ".venv")


def test_commands_run_in_the_project_and_gumflow_where_you_are(tree):
    assert run(tree, "pwd")[1] == str(tree)
    (tree.parent / "os.py").write_text("raise RuntimeError('a file of the user was imported')")
    assert run(tree, "gumflow", "check", "a b")[:2] == (3, f"{tree.parent} gumflow check a b")


def test_threads_and_hash_seed_are_fixed(tree):
    names = [f"{library}_NUM_THREADS" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")]
    assert run(tree, "printenv", *names, "PYTHONHASHSEED", OMP_NUM_THREADS="8")[1].split() == list("11110")


def test_old_python_is_refused_in_one_line(tree):
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        executable(tree.parent / "bin" / name, "#!/bin/sh\necho 3.9\n")
    code, out, err = run(tree, "true", GUMFLOW_PYTHON="")
    assert (code, out) == (2, "")
    assert re.fullmatch(r"run: gumflow needs Python 3\.11 or newer, found: .*python3 \(3\.9\); .*", err)


def test_unknown_environment_is_refused(tree):
    assert run(tree, "true", GUMFLOW_EXTRA="no")[::2] == (
        2,
        "run: GUMFLOW_EXTRA is 'no', but may only be empty or slurm",
    )


def test_snakemake_is_refused_where_its_paths_would_break(tree):
    code, _, said = run(tree, "snakemake", "--cores", "1")
    assert code == 2
    assert "a space, quote or dollar sign" in said
    assert str(tree) in said


def test_a_link_to_run_works(tree):
    run(tree, "true")
    (tree.parent / "linked").mkdir()
    (tree.parent / "linked" / "run").symlink_to(tree / "run")
    assert run(tree.parent / "linked", "pwd")[:2] == (0, str(tree))


def test_lock_of_a_killed_snakemake_is_explained(tree):
    tree = tree.rename(tree.with_name("tree"))
    executable(tree.parent / "bin" / "snakemake", "#!/bin/sh\nexit 1\n")
    (tree / ".snakemake" / "locks").mkdir(parents=True)
    run(tree, "true")
    assert run(tree, "snakemake") == (1, "", "")
    (tree / ".snakemake" / "locks" / "0.output.lock").touch()
    assert "./run snakemake --unlock" in run(tree, "snakemake", "--cores", "1")[2]
    assert run(tree, "snakemake", "--unlock") == (1, "", "")
