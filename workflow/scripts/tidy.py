"""Read one accepted study into typed tables, all clusters and waves in one table each."""

from pathlib import Path

from gumflow.contract.model import load_model
from gumflow.contract.study import cells_table, find_study, tidy_study
from gumflow.contract.writing import write_table


def main(folder: Path, model: Path, outputs: dict[str, str]) -> None:
    study = find_study(folder)
    tables = {**tidy_study(study, load_model(model)), "cells": cells_table(study)}
    for name, path in outputs.items():
        write_table(tables[name], Path(path))


main(Path(snakemake.params.folder), Path(snakemake.input.model), dict(snakemake.output.items()))
