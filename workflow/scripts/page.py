"""Write the page of one study in one language."""

from pathlib import Path

from gumflow.contract.model import load_model
from gumflow.contract.writing import read_table, write_text
from gumflow.present.catalog import figure_section, figure_texts
from gumflow.present.page import study_page


def main(
    inputs: dict[str, str], folders: list[str], names: list[str], model: Path, language: str, page: Path
) -> None:
    tables = {name: read_table(Path(path)) for name, path in inputs.items()}
    folder = {Path(path).name: Path(path) for path in folders}
    shown = [
        (theme, *figure_texts(name, tables["cells"], language), folder[theme] / f"{name}_{language}.svg")
        for name in names
        for theme in [figure_section(name)]
    ]
    write_text(study_page(tables, load_model(model), shown, language), page)


given = {k: v for k, v in snakemake.input.items() if k not in ("figures", "model", "template")}
main(
    given,
    list(snakemake.input.figures),
    snakemake.params.figures,
    Path(snakemake.input.model),
    snakemake.wildcards.language,
    Path(snakemake.output[0]),
)
