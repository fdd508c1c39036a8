"""Build the networks of one study and measure them."""

from pathlib import Path

from gumflow.contract.writing import read_table, write_table
from gumflow.measures.study import measure_study


def main(cells: Path, actors: Path, ties: Path, actor_measures: Path, scores: Path) -> None:
    wide, long = measure_study(read_table(cells), read_table(actors), read_table(ties))
    write_table(wide, actor_measures)
    write_table(long, scores)


main(*(Path(p) for p in (*snakemake.input, *snakemake.output)))
