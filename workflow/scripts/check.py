"""Check one study's inputs against the table contracts; write the findings and succeed."""

from pathlib import Path

from gumflow.contract.findings import findings_page, findings_table
from gumflow.contract.model import load_model
from gumflow.contract.study import check_study, find_study
from gumflow.contract.writing import write_table, write_text


def main(folder: Path, model: Path, table: Path, page: Path) -> None:
    study = find_study(folder)
    findings = check_study(study, load_model(model))
    write_table(findings_table(findings), table)
    write_text(findings_page(f"Check of study {study.name}", findings), page)


main(
    Path(snakemake.params.folder),
    Path(snakemake.input.model),
    Path(snakemake.output.table),
    Path(snakemake.output.page),
)
