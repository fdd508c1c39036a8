"""Read the printed figures of one study: the ladder, the chain and what the export figures imply."""

from pathlib import Path

import pandas as pd

from gumflow.contract.writing import read_table, write_table
from gumflow.inference.value_capture import value_capture_table
from gumflow.mechanisms.external_linkage import chain_scores, ladder_scores


def main(cells: Path, facts: Path, chain: Path, scores: Path, capture: Path) -> None:
    units, printed = read_table(cells), read_table(facts)
    parts = [ladder_scores(printed, units), chain_scores(read_table(chain), units)]
    write_table(pd.concat(parts, ignore_index=True), scores)
    write_table(value_capture_table(printed), capture)


main(*(Path(p) for p in (*snakemake.input, *snakemake.output)))
