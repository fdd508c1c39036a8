"""Count the answers of one study for readers: shares, response, means of indicators, and what was asked."""

from pathlib import Path

from gumflow.contract.model import load_model
from gumflow.contract.study import find_study, tidy_study
from gumflow.contract.writing import read_table, write_table
from gumflow.intake.survey import load_instruments
from gumflow.present.survey_tables import survey_tables


def main(
    inputs: dict[str, str], folder: Path, model: Path, minimum_firms: int, outputs: dict[str, str]
) -> None:
    study, tree = find_study(folder), load_model(model)
    tables = {name: read_table(Path(path)) for name, path in inputs.items()}
    asked = {(c.cluster, c.wave): load_instruments(study, c, tree)[0] for c in study.cells if c.answer_files}
    listed = tidy_study(study, tree)["actors"]
    made = survey_tables(tables, listed, asked, minimum_firms if study.confidential else 1)
    for name, path in outputs.items():
        write_table(made[name], Path(path))


main(
    {name: snakemake.input[name] for name in ("cells", "answers", "indicators", "actors", "roster")},
    Path(snakemake.params.folder),
    Path(snakemake.input.model),
    snakemake.params.minimum_firms,
    dict(snakemake.output.items()),
)
