"""Build the networks of one study and measure them."""

from pathlib import Path
from typing import Any

from gumflow.contract.writing import read_table, write_table
from gumflow.measures.study import measure_study, settings_of


def main(
    inputs: dict[str, str], networks: dict[str, Any], draws: int, seed: int, outputs: dict[str, str]
) -> None:
    tables = {name: read_table(Path(path)) for name, path in inputs.items()}
    single = networks["single_layers"]
    found = measure_study(**tables, settings=settings_of(networks, draws), seed=seed, single_layers=single)
    for name, path in outputs.items():
        write_table(found[name], Path(path))


given, parameters = dict(snakemake.input.items()), snakemake.params
main(given, parameters.networks, parameters.draws, parameters.seed, dict(snakemake.output.items()))
