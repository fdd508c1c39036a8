"""Read one accepted study into typed tables, all clusters and waves in one table each; pseudonyms where they were promised."""

from pathlib import Path

from gumflow.contract.model import load_model
from gumflow.contract.study import cells_table, find_study
from gumflow.contract.writing import write_table
from gumflow.intake.field import tidy_inputs


def main(folder: Path, model: Path, restricted: Path, outputs: dict[str, str]) -> None:
    study = find_study(folder)
    tables = {**tidy_inputs(study, load_model(model), restricted), "cells": cells_table(study)}
    for name, path in outputs.items():
        write_table(tables[name], Path(path))


parameters = snakemake.params
main(
    Path(parameters.folder),
    Path(snakemake.input.model),
    Path(parameters.restricted),
    dict(snakemake.output.items()),
)
