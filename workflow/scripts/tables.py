"""Join a study's scores, and write its public tables as CSV files and one workbook."""

from pathlib import Path

import pandas as pd

from gumflow.contract.model import load_model
from gumflow.contract.scores import SCORE_KEY
from gumflow.contract.writing import read_table, settled, write_table, write_workbook
from gumflow.present.exports import public_tables
from gumflow.present.small_scores import withhold_small


def main(
    inputs: dict[str, str],
    parts: list[str],
    model: Path,
    least: int,
    scores: Path,
    workbook: Path,
    folder: Path,
) -> None:
    tables = {name: read_table(Path(path)) for name, path in inputs.items()}
    grade = tables.pop("cells")["grade"].iloc[0]
    joined = settled(pd.concat([read_table(Path(p)) for p in parts], ignore_index=True), SCORE_KEY)
    tables["scores"] = withhold_small(joined, grade, least)
    write_table(tables["scores"], scores)
    shown = public_tables(tables, load_model(model), grade)
    for name, table in shown.items():
        write_table(table, folder / f"{name}.csv")
    write_workbook({name: settled(table) for name, table in shown.items()}, workbook)


given = {k: v for k, v in snakemake.input.items() if k not in ("parts", "model")}
out = snakemake.output
places = (Path(out.scores), Path(out.workbook), Path(out.folder))
main(given, list(snakemake.input.parts), Path(snakemake.input.model), snakemake.params.minimum_firms, *places)
