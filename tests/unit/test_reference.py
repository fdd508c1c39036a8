"""The reference pages in docs/ are what the declarations say today."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gumflow.contract.model import load_model
from gumflow.measures.registry import all_measures
from gumflow.present.codebook import declared_measures
from gumflow.present.reference import reference_pages

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
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


def test_the_order_of_the_codebook_is_not_that_of_imports() -> None:
    first = "import gumflow.inference.value_capture, gumflow.mechanisms.external_linkage"
    for start in ("pass", first):
        code = f"{start}\nfrom gumflow.present.codebook import declared_measures\nprint([m.name for m in declared_measures()])"
        printed = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        assert printed.strip() == str([m.name for m in declared_measures()])


def test_every_declaring_module_is_in_the_codebook() -> None:
    declaring = {
        m.function.__module__ for m in all_measures() if m.function.__module__.startswith("gumflow.")
    }
    assert declaring == {m.function.__module__ for m in declared_measures()}


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT).as_posix() for p in (*ROOT.glob("*.md"), *DOCS.glob("*.md")))
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"
