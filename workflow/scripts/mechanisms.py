"""Measure the mechanisms of one study, and estimate what goes with what."""

from pathlib import Path

from gumflow.contract.model import load_model
from gumflow.contract.writing import read_table, write_table
from gumflow.inference.mechanism_models import estimate_mechanisms
from gumflow.mechanisms.cluster import MechanismSettings, clusters_of
from gumflow.mechanisms.study import measure_mechanisms, mechanism_tables


def main(
    inputs: dict[str, str], model: Path, settings: MechanismSettings, seed: int, outputs: dict[str, str]
) -> None:
    tables = {name: read_table(Path(path)) for name, path in inputs.items()}
    clusters = clusters_of(tables, load_model(model), settings, seed=seed)
    found = measure_mechanisms(clusters)
    estimates = estimate_mechanisms(clusters, [one.firms for one in found])
    made = mechanism_tables(clusters, found, estimates)
    for name, path in outputs.items():
        write_table(made[name], Path(path))


p = snakemake.params
chosen = MechanismSettings(draws=p.draws, withhold_below=p.withhold_below, **p.mechanisms)
given = dict(snakemake.input.items())
main(given, Path(given.pop("model")), chosen, p.seed, dict(snakemake.output.items()))
