"""Draw the figures of one theme of one study in every configured language, as SVG, PDF and PNG."""

from pathlib import Path

from gumflow.contract.model import load_model
from gumflow.contract.writing import read_table, write_figure
from gumflow.present.compose import compose_figure


def main(
    figures: list[str], inputs: list[str], model: Path, languages: list[str], font: str, folder: Path
) -> None:
    tables = {Path(path).stem: read_table(Path(path)) for path in inputs}
    tree = load_model(model)
    for figure in figures:
        for language in languages:
            drawn = compose_figure(figure, tables, tree, language, font)
            write_figure(drawn, folder / f"{figure}_{language}")


main(
    snakemake.params.figures,
    list(snakemake.input.tables),
    Path(snakemake.input.model),
    snakemake.params.languages,
    snakemake.params.font,
    Path(snakemake.output[0]),
)
