"""The reference pages in docs/ are what the declarations say today."""

from pathlib import Path

import pytest

from gumflow.contract.model import load_model
from gumflow.present.codebook import declared_measures
from gumflow.present.reference import reference_pages

DOCS = Path(__file__).parents[2] / "docs"
PAGES = reference_pages(load_model())


@pytest.mark.parametrize("name", list(PAGES))
def test_the_committed_page_is_what_gumflow_reference_writes(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name], (
        "write it again: ./run gumflow reference --out docs"
    )


def test_every_measure_is_on_its_page_with_formula_and_source() -> None:
    for measure in declared_measures():
        section = PAGES["measures.md"].partition(f"### {measure.name}\n")[2].partition("\n### ")[0]
        assert measure.formula in section
        assert measure.source in section
