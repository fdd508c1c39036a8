"""Profile the coded statements of one study, and say how far its coders agree."""

from pathlib import Path

import pandas as pd

from gumflow.contract.model import load_model
from gumflow.contract.writing import read_table, write_table
from gumflow.mechanisms.evidence import coding_agreement, evidence_profile


def main(cells: Path, statements: Path, model: Path, replicates: int, seed: int, scores: Path) -> None:
    tree, units, coded = load_model(model), read_table(cells), read_table(statements)
    parts = [evidence_profile(coded, tree, units), coding_agreement(coded, tree, units, replicates, seed)]
    write_table(pd.concat(parts, ignore_index=True), scores)


main(
    Path(snakemake.input.cells),
    Path(snakemake.input.statements),
    Path(snakemake.input.model),
    snakemake.params.replicates,
    snakemake.params.seed,
    Path(snakemake.output.scores),
)
