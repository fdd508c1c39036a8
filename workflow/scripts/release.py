"""Make a study's drafts public if the disclosure gate finds nothing in them; fail, naming file and place, otherwise."""

import sys
from pathlib import Path

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import load_model
from gumflow.contract.study import find_study
from gumflow.intake.field import protected_by
from gumflow.present.gate import release


def main(folder: Path, model: Path, minimum_firms: int, public: Path, log: Path) -> None:
    study = find_study(folder)
    draft = public.parent / "internal" / "draft"
    try:
        release(draft, public, protected_by(study, load_model(model)), minimum_firms, study.confidential)
    except GumflowError as error:
        log.write_text(f"{error}\n", encoding="utf-8")
        sys.exit(str(error))


parameters = snakemake.params
manifest, log = Path(snakemake.output.manifest), Path(snakemake.log[0])
main(
    Path(parameters.folder),
    Path(snakemake.input.model),
    parameters.minimum_firms,
    manifest.parent,
    log,
)
