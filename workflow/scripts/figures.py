"""Draw the figures of one theme of one study in every configured language, as SVG, PDF and PNG.

A figure shows no score that the public tables withhold.
"""

from pathlib import Path

from gumflow.contract.model import load_model
from gumflow.contract.writing import read_table, write_figure
from gumflow.present.compose import compose_figure
from gumflow.present.small_scores import withhold_small_scores


def main(
    figures: list[str],
    inputs: list[str],
    model: Path,
    least: int,
    languages: list[str],
    font: str,
    folder: Path,
) -> None:
    tables = withhold_small_scores({Path(path).stem: read_table(Path(path)) for path in inputs}, least)
    tree = load_model(model)
    for figure in figures:
        for language in languages:
            drawn = compose_figure(figure, tables, tree, language, font)
            write_figure(drawn, folder / f"{figure}_{language}")


given, p = snakemake.input, snakemake.params
folder = Path(snakemake.output[0])
main(p.figures, list(given.tables), Path(given.model), p.minimum_firms, p.languages, p.font, folder)
