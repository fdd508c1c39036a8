"""Accept a study whose check found no error; fail, naming the errors, otherwise."""

import sys
from pathlib import Path

from gumflow.contract.acceptance import refusal
from gumflow.contract.writing import write_text


def main(table: Path, accepted: Path, log: Path) -> None:
    reason = refusal(table)
    if reason:
        log.write_text(reason, encoding="utf-8")
        sys.exit(reason)
    write_text("", accepted)


main(Path(snakemake.input.table), Path(snakemake.output[0]), Path(snakemake.log[0]))
