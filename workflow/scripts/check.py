"""Check one study's inputs; write the findings and the names to decide on, and succeed."""

from pathlib import Path

from gumflow.contract.model import load_model
from gumflow.contract.study import find_study
from gumflow.intake.field import check_inputs
from gumflow.intake.input_report import write_input_report


def main(folder: Path, model: Path, table: Path, restricted: Path) -> None:
    study, tree = find_study(folder), load_model(model)
    write_input_report(study, check_inputs(study, tree), table.parent, restricted)


main(
    Path(snakemake.params.folder),
    Path(snakemake.input.model),
    Path(snakemake.output.table),
    Path(snakemake.params.restricted),
)
