"""Small studies on disk, for the tests of what reads them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from small_studies import ACTORS, STUDY, Check, MakeStudy

from gumflow.contract.model import Model, load_model
from gumflow.contract.study import check_study, find_study


@pytest.fixture(scope="session")
def model() -> Model:
    return load_model()


@pytest.fixture
def make_study(tmp_path: Path) -> MakeStudy:
    """Write a sound study of one cluster, with the given files (text or bytes) besides or instead; None leaves one out."""

    def make(files: Mapping[str, str | bytes | None] | None = None, name: str = "study") -> Path:
        folder = tmp_path / name
        shutil.rmtree(folder, ignore_errors=True)
        for file, content in ({"study.yaml": STUDY, "actors.csv": ACTORS} | dict(files or {})).items():
            if content is None:
                continue
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return folder

    return make


@pytest.fixture
def check(model: Model) -> Check:
    """Check a study's folder and return its findings."""
    return lambda folder: check_study(find_study(folder), model)
