"""Draw one figure of one study in every configured language, as SVG, PDF and PNG."""

from pathlib import Path

from gumflow.contract.model import load_model
from gumflow.contract.writing import read_table, write_figure
from gumflow.present.compose import compose_figure


def main(
    figure: str, inputs: list[str], model: Path, languages: list[str], font: str, svgs: list[str]
) -> None:
    tables = {Path(path).stem: read_table(Path(path)) for path in inputs}
    tree = load_model(model)
    for language, svg in zip(languages, svgs, strict=True):
        write_figure(compose_figure(figure, tables, tree, language, font), Path(svg).with_suffix(""))


main(
    snakemake.wildcards.figure,
    list(snakemake.input.tables),
    Path(snakemake.input.model),
    snakemake.params.languages,
    snakemake.params.font,
    [snakemake.output[f"svg_{language}"] for language in snakemake.params.languages],
)
