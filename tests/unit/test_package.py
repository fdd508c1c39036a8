"""The package that pip installs has all that the library needs, as a checkout has."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "workflow/gumflow": "gumflow",
    "workflow/schemas": "gumflow/schemas",
    "config/model": "gumflow/model",
    "config/instruments": "gumflow/instruments",
}


def test_wheel_holds_every_module_and_data_file(tmp_path):
    wanted = set()
    for source, installed in FOLDERS.items():
        shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
        files = (path for path in (tmp_path / source).rglob("*") if path.is_file())
        wanted |= {f"{installed}/{path.relative_to(tmp_path / source)}" for path in files}
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)

    build = "import setuptools.build_meta as backend; print(backend.build_wheel('.'))"
    result = subprocess.run([sys.executable, "-c", build], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("gumflow/")}
        script = archive.read(f"{wheel.name.split('-py3')[0]}.dist-info/entry_points.txt").decode()
    assert held == wanted
    assert "gumflow = gumflow.cli:main" in script
