"""The main job gives the same bytes on one core, on two cores and on a Slurm of three nodes.

The Slurm is a real one, started on this machine's loopback for the length of a test. It needs root, Debian's
packages slurm-wlm and munge, and the environment with the plugin:

    GUMFLOW_EXTRA=slurm ./run pytest -n 0 -m slurm tests/slurm
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.slurm

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch")
DAEMONS = {"slurmctld", "slurmd", "slurmstepd", "munged"}
# Three runs of the main job: one language and fewer draws take the same code through the same jobs in half the time.
SHORTER = ("languages=[en]", "replicates=300")
DEADLINE = time.monotonic() + 1100  # a busy machine; an idle one needs about half of it


def reason_to_skip() -> str | None:
    """Say why no Slurm can be started here, if so."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if os.geteuid() != 0:
        return "a Slurm for tests is started as root"
    if missing:
        return f"needs Debian's packages slurm-wlm and munge ({', '.join(missing)} not found)"
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return "needs the environment with the plugin: GUMFLOW_EXTRA=slurm ./run pytest -n 0 -m slurm tests/slurm"
    configuration = Path("/etc/slurm/slurm.conf")
    if configuration.exists() and not configuration.is_symlink():
        return "this machine belongs to a Slurm cluster"
    return None


@pytest.fixture(scope="module", autouse=True)
def _can_start_slurm() -> Iterator[None]:
    """Skip where no Slurm can run; let SIGTERM end the tests as Ctrl-C does, so that Slurm is stopped."""
    if reason := reason_to_skip():
        pytest.skip(reason)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


def finish(command: list[str], **options) -> str:
    """Run a command to its end or to the deadline, with all that it starts, and return what it printed."""
    process = subprocess.Popen(
        command,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        **options,
    )
    try:
        printed, _ = process.communicate(timeout=max(1, DEADLINE - time.monotonic()))
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert process.returncode == 0, f"{' '.join(command)} failed:\n{printed}"
    return printed


@contextmanager
def running_slurm() -> Iterator[Path]:
    """Give the folder of a Slurm of three nodes, which is stopped whatever happens."""
    # Not below pytest's own folders: the path of a socket may have no more than 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="gumflow-slurm-"))
    try:
        # What it prints goes to a file, because the daemons would hold a pipe open.
        with tempfile.TemporaryFile("w+") as printed:
            start = subprocess.run(
                [HERE / "start_slurm.sh", folder], stdout=printed, stderr=printed, timeout=60
            )
            printed.seek(0)
            assert start.returncode == 0, printed.read()
        yield folder
    finally:
        subprocess.run([HERE / "stop_slurm.sh", folder], check=True, timeout=60)
        shutil.rmtree(folder)


def daemons() -> list[str]:
    """Name the processes of Slurm and munge that live on this machine."""
    alive = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:  # it has just ended
            continue
        if fields["Name"] in DAEMONS and not fields["State"].startswith("Z"):
            alive.append(f"{fields['Name']} ({fields['Pid']})")
    return alive


def main_job(folder: Path, *options: str, **environment: str) -> dict[str, str]:
    """Run the main job in a fresh copy of the checkout and return the SHA-256 of every result."""
    tracked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(tracked, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    finish(["snakemake", *options, "--config", *SHORTER], cwd=folder, env=os.environ | environment)
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "results").rglob("*"))
        if path.is_file()
    }


def finished_jobs(slurm: Path) -> list[dict[str, str]]:
    """Read Slurm's own record of the jobs that it has run."""
    record = (slurm / "log" / "jobs.txt").read_text()
    return [dict(re.findall(r"(\w+)=(\S*)", line)) for line in record.splitlines()]


def test_results_do_not_depend_on_cores_or_nodes(tmp_path):
    one_core = main_job(tmp_path / "one", "--cores", "1")
    two_cores = main_job(tmp_path / "two", "--cores", "2")
    with running_slurm() as slurm:
        profile = ("--profile", str(HERE / "profile"))
        on_slurm = main_job(tmp_path / "slurm", *profile, GUMFLOW_TEST_SLURM=str(slurm))
        jobs = finished_jobs(slurm)

    assert one_core
    assert two_cores == one_core
    assert on_slurm == one_core
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    assert len({job["NodeList"] for job in jobs}) >= 2, "all jobs ran on one node"
    assert daemons() == []


def test_stopping_slurm_ends_jobs_that_resist():
    with running_slurm():
        finish(["sbatch", "--output=/dev/null", "--mem=100", "--wrap", "trap '' TERM; sleep 601 & sleep 602"])
        while not finish(["squeue", "--noheader", "--states=RUNNING"]):
            time.sleep(0.2)
        assert daemons() != []
    assert daemons() == []
    assert finish(["sh", "-c", "ps -eo args | grep -c '^sleep 60[12]' || true"]).strip() == "0"
