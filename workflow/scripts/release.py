"""Make a study's drafts public if the disclosure gate finds nothing in them; fail, naming file and place, otherwise."""

import sys
from pathlib import Path

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import load_model
from gumflow.contract.study import find_study
from gumflow.intake.field import protected_by
from gumflow.present.gate import release
from gumflow.present.own_words import searched_for, words_note


def main(folder: Path, model: Path, minimum_firms: int, public: Path, log: Path) -> None:
    study = find_study(folder)
    draft = public.parent / "internal" / "draft"
    try:
        protected, common = searched_for(protected_by(study, load_model(model)), study)
        release(draft, public, protected, minimum_firms, study.confidential)
        log.write_text(words_note(common), encoding="utf-8")
    except GumflowError as error:
        log.write_text(f"{error}\n", encoding="utf-8")
        sys.exit(str(error))


given, parameters = snakemake.input, snakemake.params
public = Path(snakemake.output.manifest).parent
main(Path(parameters.folder), Path(given.model), parameters.minimum_firms, public, Path(snakemake.log[0]))
