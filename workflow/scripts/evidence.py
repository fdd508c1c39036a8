"""Profile the coded statements of one study, say how far its coders agree, and list where they do not."""

from pathlib import Path

import pandas as pd

from gumflow.contract.model import load_model
from gumflow.contract.writing import read_table, write_table
from gumflow.mechanisms.agreement import agreement_of_coders, disagreements
from gumflow.mechanisms.evidence import evidence_profile


def main(inputs: list[Path], replicates: int, seed: int, scores: Path, differences: Path) -> None:
    units, coded, tree = read_table(inputs[0]), read_table(inputs[1]), load_model(inputs[2])
    parts = [evidence_profile(coded, tree, units), agreement_of_coders(coded, units, tree, replicates, seed)]
    write_table(pd.concat(parts, ignore_index=True), scores)
    write_table(disagreements(coded), differences)


given, parameters, made = snakemake.input, snakemake.params, snakemake.output
inputs = [Path(given.cells), Path(given.statements), Path(given.model)]
main(inputs, parameters.replicates, parameters.seed, Path(made.scores), Path(made.differences))
