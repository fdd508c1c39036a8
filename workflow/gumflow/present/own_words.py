"""Protected texts that are also words of gumflow's own: a firm called Deal cannot be told from the word in a definition.

Pages, tables and figures print definitions, questions and labels, and the titles of study.yaml. A protected text that occurs in these would
keep back every release, so it is not searched for; how many there are is said. Its firm is still hidden: tables hold pseudonyms.
"""

from collections.abc import Sequence
from pathlib import Path

from gumflow.contract.name_search import Names
from gumflow.contract.places import instrument_folder, model_file, schema_folder
from gumflow.contract.study import Study

_PACKAGE = Path(__file__).resolve().parent.parent


def searched_for(protected: Sequence[str], study: Study) -> tuple[tuple[str, ...], int]:
    """Return the protected texts that can be told from what gumflow and study.yaml say, and how many cannot."""
    if not protected:
        return (), 0
    names = Names(protected)
    said = {hit.entry for text in _own_texts(study) for hit in names.find(text)}
    kept = tuple(text for place, text in enumerate(protected) if place not in said)
    return kept, len(protected) - len(kept)


def words_note(count: int) -> str:
    """Return what to say of protected texts that are not searched for; "" if there are none."""
    if not count:
        return ""
    return (
        f"{count} protected texts are also words of gumflow's own texts or of study.yaml and were not searched for; "
        "look through the files for them yourself."
    )


def _own_texts(study: Study) -> list[str]:
    """Return the texts from which pages, tables and figures are made: code, templates, contracts, model, instruments, study.yaml."""
    files = [p for p in sorted(_PACKAGE.rglob("*")) if p.suffix in (".py", ".j2")]
    files += [
        *sorted(schema_folder().rglob("*.*")),
        model_file(),
        *sorted(instrument_folder().glob("*.yaml")),
    ]
    files += sorted((study.folder / "instruments").glob("*.yaml"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    labels = [label for cluster in study.clusters.values() for label in cluster.values()]
    return [*texts, *study.title.values(), *study.source.values(), *labels, *study.clusters]
