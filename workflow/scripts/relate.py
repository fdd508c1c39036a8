"""Test which layers of one study go together."""

from pathlib import Path

from gumflow.contract.writing import read_table, write_table
from gumflow.inference.layer_pairs import relate_layers


def main(inputs: dict[str, str], permutations: int, seed: int, scores: Path) -> None:
    tables = {name: read_table(Path(path)) for name, path in inputs.items()}
    write_table(relate_layers(**tables, permutations=permutations, seed=seed), scores)


given, parameters = dict(snakemake.input.items()), snakemake.params
main(given, parameters.permutations, parameters.seed, Path(snakemake.output.scores))
