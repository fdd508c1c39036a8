"""Read the printed figures and exports of one study: the ladder, the chain, what the printed figures imply, what the yearly exports say."""

from pathlib import Path

import pandas as pd

from gumflow.contract.writing import read_table, write_table
from gumflow.inference.export_estimates import export_tables
from gumflow.inference.export_scores import export_scores
from gumflow.inference.value_capture import value_capture_table
from gumflow.mechanisms.external_linkage import chain_scores, ladder_scores


def main(inputs: dict[str, str], seed: int, outputs: dict[str, str]) -> None:
    given = {name: read_table(Path(path)) for name, path in inputs.items()}
    cells, facts = given["cells"], given["facts"]
    estimated = export_tables(given["exports"], cells, seed)
    parts = [
        ladder_scores(facts, cells),
        chain_scores(given["chain"], cells),
        export_scores(estimated, cells),
    ]
    made = {"scores": pd.concat(parts, ignore_index=True), "value_capture": value_capture_table(facts)}
    for name, table in (made | estimated).items():
        write_table(table, Path(outputs[name]))


main(dict(snakemake.input.items()), snakemake.params.seed, dict(snakemake.output.items()))
