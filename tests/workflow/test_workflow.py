"""The workflow as a user meets it: small studies in a folder of their own, run through Snakemake."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUDY = (
    "title: {{en: {name}, zh: 研究}}\ngrade: {grade}\nboundary: census\nclusters: {{c1: {{en: C, zh: 集}}}}\n"
)
ACTORS = "actor,kind,place\na,firm,local\nb,firm,local\nc,association,local\nd,buyer,abroad\n"
TIES = (
    "source,target,layer,directed,state,strength\na,b,knowledge,1,achieved,2\nb,a,knowledge,1,achieved,1\n"
    "c,a,service,1,achieved,\na,d,pipeline,1,achieved,3\na,c,membership,1,lacking,\n"
)


def write_study(
    root: Path, name: str, grade: str = "synthetic", actors: str = ACTORS, ties: str | None = TIES
) -> Path:
    folder = root / "resources" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(STUDY.format(name=name, grade=grade), encoding="utf-8")
    (folder / "actors.csv").write_text(actors, encoding="utf-8")
    if ties is not None:
        (folder / "ties.csv").write_text(ties, encoding="utf-8")
    return folder


def project(root: Path, *studies: str, extra: str = "") -> Path:
    """Make a copy of the workflow with a configuration for the given studies."""
    for name in ("workflow", "profiles"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "config", root / "config")
    for name in ("Snakefile", "environment.yml"):
        shutil.copy(ROOT / name, root / name)
    text = f"studies: [{', '.join(studies)}]\nlanguages: [en]\nreplicates: 100\n{extra}"
    (root / "config" / "config.yaml").write_text(text, encoding="utf-8")
    return root


def snakemake(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake on a copy; its library is the copy's, not that of the checkout."""
    profile = root / "profiles" / "test"
    profile.mkdir(exist_ok=True)
    (profile / "profile.yaml").write_text(
        "keep-going: true\nscheduler: greedy\nrerun-incomplete: true\n", encoding="utf-8"
    )
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "snakemake",
            "--cores",
            "2",
            "--workflow-profile",
            "profiles/test",
            *arguments,
        ],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "workflow")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def rules_to_run(run: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """Return how many jobs of each rule a dry run announces."""
    assert run.returncode == 0, run.stderr
    output = run.stdout + run.stderr
    table = output[output.rindex("Job stats:") :] if "Job stats:" in output else ""
    counts = dict(re.findall(r"^(\w+) +(\d+)$", table, flags=re.MULTILINE))
    return {rule: int(n) for rule, n in counts.items() if rule not in ("total", "all", "count")}


def digests(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small study, run to the end."""
    root = project(tmp_path_factory.mktemp("finished"), "small")
    write_study(root, "small")
    run = snakemake(root)
    assert run.returncode == 0, run.stderr
    return root


def test_ties_alone_run_to_the_end_and_nothing_is_left_to_do(finished: Path) -> None:
    public = finished / "results" / "small" / "public"
    page = (public / "report_en.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" in page
    assert (public / "figures" / "networks" / "network.c1.1_en.pdf").stat().st_size > 1000
    report = (finished / "report.html").read_text(encoding="utf-8")
    assert "network.c1.1_en.svg" in report
    again = snakemake(finished)
    assert "Nothing to be done" in again.stdout + again.stderr
    assert again.returncode == 0


def test_a_fresh_checkout_can_be_asked_what_would_be_done(tmp_path: Path) -> None:
    root = project(tmp_path, "small")
    write_study(root, "small")
    assert rules_to_run(snakemake(root, "-n")).keys() >= {
        "check",
        "accept",
        "tidy",
        "measure",
        "figures",
        "page",
    }


def test_a_touched_input_with_the_same_content_reruns_nothing(finished: Path) -> None:
    (finished / "resources" / "small" / "ties.csv").touch()
    assert rules_to_run(snakemake(finished, "-n")) == {}


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("inference/value_capture.py", {"value"}),
        ("mechanisms/evidence.py", {"evidence", "mechanisms"}),
        ("measures/centrality.py", {"measure", "mechanisms"}),
        ("mechanisms/trust.py", {"mechanisms"}),
        ("networks/cells.py", {"measure", "relate", "mechanisms"}),
        ("present/figures/ladder.py", {"figures"}),
        (
            "contract/writing.py",
            {
                "check",
                "tidy",
                "survey",
                "measure",
                "relate",
                "evidence",
                "value",
                "mechanisms",
                "tables",
                "figures",
                "page",
            },
        ),
    ],
)
def test_an_edited_module_reruns_the_rules_that_rest_on_it(
    finished: Path, module: str, rules: set[str]
) -> None:
    path = finished / "workflow" / "gumflow" / module
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "\n# edited\n", encoding="utf-8")
    try:
        announced = snakemake(finished, "-n")
        jobs = rules_to_run(announced)
    finally:
        path.write_text(before, encoding="utf-8")
    named = re.search(r"Rules with provenance triggered jobs: (.*)", announced.stdout + announced.stderr)
    edited = set(re.split(r"[ ,]+", named.group(1).strip())) if named else set()
    assert edited, "no job is announced because its code changed"
    assert edited <= rules
    assert rules <= jobs.keys()


def test_a_module_that_nothing_imports_reruns_nothing(finished: Path) -> None:
    path = finished / "workflow" / "gumflow" / "intake" / "coding.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "\n# edited\n", encoding="utf-8")
    try:
        assert rules_to_run(snakemake(finished, "-n")) == {}
    finally:
        path.write_text(before, encoding="utf-8")


def test_a_faulty_study_fails_alone_each_time_and_keeps_its_report(tmp_path: Path) -> None:
    root = project(tmp_path, "good", "bad", "gone")
    write_study(root, "good")
    bad = write_study(root, "bad")
    targets = [f"results/{s}/public/manifest.csv" for s in ("good", "bad")]
    first = snakemake(root, *targets)
    assert first.returncode == 0, first.stderr
    kept = digests(root / "results" / "bad" / "public")

    (bad / "ties.csv").write_text(TIES + "a,zz,knowledge,1,achieved,x\n", encoding="utf-8")
    shutil.rmtree(root / "results" / "good")
    for attempt in (1, 2):
        run = snakemake(root, *targets, "results/gone/internal/scores.parquet")
        assert run.returncode != 0, f"call {attempt}"
        assert (root / "results" / "good" / "internal" / "scores.parquet").is_file()
        report = (root / "results" / "bad" / "internal" / "check.csv").read_text(encoding="utf-8-sig")
        assert "zz" in report
        assert "ties.csv" in report
        assert not (root / "results" / "bad" / "internal" / "accepted").exists()
        assert "study.yaml" in (root / "results" / "gone" / "internal" / "check.csv").read_text(
            encoding="utf-8-sig"
        )
        assert not (root / "results" / "gone" / "public").exists()
    mark = root / "results" / "bad" / "OUTDATED.txt"
    assert mark.is_file()
    assert digests(root / "results" / "bad" / "public") == kept

    (bad / "ties.csv").write_text(TIES, encoding="utf-8")
    mended = snakemake(root, *targets)
    assert mended.returncode == 0, mended.stderr
    assert not mark.exists()


def test_one_core_and_another_folder_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    root = project(tmp_path, "small")
    write_study(root, "small")
    run = snakemake(
        root,
        "--cores",
        "1",
        "results/small/public/tables.xlsx",
        "results/small/public/figures/evidence",
    )
    assert run.returncode == 0, run.stderr
    made, expected = digests(root / "results"), digests(finished / "results")
    assert len(made) > 25
    assert made == {name: expected[name] for name in made}


def test_a_confidential_study_shows_no_actor_in_public(tmp_path: Path) -> None:
    root = project(tmp_path, "secret")
    named = ACTORS.replace("actor,kind,place", "actor,label_en,kind,place").replace(
        "a,firm", "a,Acme Ltd,firm", 1
    )
    named = (
        named.replace("b,firm", "b,Bolt Ltd,firm")
        .replace("c,assoc", "c,Club,assoc")
        .replace("d,buyer", "d,Deal,buyer")
    )
    write_study(root, "secret", grade="survey", actors=named)
    run = snakemake(root, *(f"results/secret/public/{f}" for f in ("tables.xlsx", "figures/networks")))
    assert run.returncode == 0, run.stderr
    public = root / "results" / "secret" / "public"
    for path in public.rglob("*"):
        if path.suffix in (".csv", ".html"):
            assert "Acme" not in path.read_text(encoding="utf-8-sig"), path
    assert not (public / "tables" / "ties.csv").exists()


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("replicatess: 5\n", "did you mean 'replicates'"),
        ("languages: [fr]\n", "allowed: en, zh"),
        ("model: config/model/none.yaml\n", "there is no file 'config/model/none.yaml'"),
    ],
)
def test_a_wrong_configuration_names_the_key_and_what_is_allowed(
    tmp_path: Path, extra: str, expected: str
) -> None:
    root = project(tmp_path, "small")
    if extra.startswith("languages"):
        (root / "config" / "config.yaml").write_text(f"studies: [small]\n{extra}", encoding="utf-8")
    else:
        with (root / "config" / "config.yaml").open("a", encoding="utf-8") as file:
            file.write(extra)
    run = snakemake(root, "-n")
    assert run.returncode != 0
    assert expected in run.stderr


def test_every_rule_says_what_it_does_and_what_it_needs() -> None:
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for block in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name = block.partition(":")[0]
            for directive in ("message", "log", "benchmark", "threads", "resources", "script", "output"):
                assert re.search(rf"^    {directive}:", block, flags=re.MULTILINE), (
                    f"{name} has no {directive}"
                )
            assert "mem_mb=" in block, name
            assert "code=code(" in block, name
            assert not re.search(r"^    run:", block, flags=re.MULTILINE), name


def test_scripts_are_thin() -> None:
    for path in (ROOT / "workflow" / "scripts").glob("*.py"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        assert len(lines) <= 30, path.name
