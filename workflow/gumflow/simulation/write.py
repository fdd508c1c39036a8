"""Writing a synthetic study: the folder as a user would hand it in, and beside it the truth that tests compare with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from gumflow.contract.errors import GumflowError
from gumflow.contract.writing import write_table, write_text
from gumflow.simulation.drawing import SyntheticStudy
from gumflow.simulation.export_series import export_tables
from gumflow.simulation.interviews import draw_statements
from gumflow.simulation.parameters import meanings
from gumflow.simulation.readme import readme_text
from gumflow.simulation.tables import (
    actor_table,
    alias_table,
    chain_table,
    document_ties,
    event_table,
    fact_table,
    true_firms,
    true_ties,
)

MARK = "# SYNTHETIC:"
"""First words of truth.yaml; a folder without it is not written into."""


def write_study(study: SyntheticStudy, calibration: pd.DataFrame, out: Path) -> None:
    """Write study.yaml, the tables of each cluster and wave, README.md, truth.yaml and the folder truth; answers come from `fieldwork`.

    `calibration` (aims and what was obtained) is shown in README.md.
    Files of an earlier synthetic study of the same clusters and waves are replaced; `check_folder` says where one may be written.
    """
    parameters = study.parameters
    # First of all, so that a folder that was not finished is still known as a synthetic study's.
    write_text(truth_text(study), out / "truth.yaml")
    for cluster, waves in study.waves.items():
        for at, wave in enumerate(waves):
            folder = out / cluster / wave.name
            tables = {
                "actors": actor_table(wave, parameters),
                "aliases": alias_table(wave),
                "ties": document_ties(wave, parameters),
                "statements": draw_statements(wave, study.model, parameters, study.seed),
                "facts": fact_table(waves, at, parameters),
                "events": event_table(wave, parameters),
                "chain": chain_table(parameters["clusters"][cluster]),
            }
            for name, table in tables.items():
                write_table(table, folder / f"{name}.csv")
    _write_exports(study, out)
    for name, table in truth_tables(study).items():
        write_table(table, out / "truth" / f"{name}.csv")
    write_text(study_text(study), out / "study.yaml")
    write_text(readme_text(study, calibration), out / "README.md")


def _write_exports(study: SyntheticStudy, out: Path) -> None:
    """Write exports.csv of each wave of the clusters that have a series, and truth/exports.csv."""
    truths = []
    names = list(study.parameters["waves"])
    for cluster, own in study.parameters["clusters"].items():
        if "export_series" not in own:
            continue
        tables, truth = export_tables(cluster, own["export_series"], names, study.seed)
        for wave, table in zip(names, tables, strict=True):
            write_table(table, out / cluster / wave / "exports.csv")
        truths.append(_headed(truth, {"cluster": cluster}))
    if truths:
        write_table(pd.concat(truths, ignore_index=True), out / "truth" / "exports.csv")


def check_folder(out: Path) -> None:
    """Raise `GumflowError` if `out` is a file, or a folder that holds files and no synthetic study."""
    if not out.exists():
        return
    if not out.is_dir():
        raise GumflowError(f"{out}: is a file; name a new folder for the synthetic study.")
    truth = out / "truth.yaml"
    own = truth.is_file() and truth.read_text(encoding="utf-8", errors="replace").startswith(MARK)
    if not own and any(out.iterdir()):
        raise GumflowError(f"{out}: holds files that are no synthetic study; name a new or empty folder.")


def truth_tables(study: SyntheticStudy) -> dict[str, pd.DataFrame]:
    """Return the tables of the folder truth: firms (latents, who responds), ties, names (as written, and who is meant), outside."""
    firms, ties, names, outside = [], [], [], []
    for cluster, waves in study.waves.items():
        for wave in waves:
            head = {"cluster": cluster, "wave": wave.name}
            firms.append(_headed(true_firms(wave, study.parameters, study.seed), head))
            ties.append(_headed(true_ties(wave), head))
        names.append(_headed(used_names(study, cluster), {"cluster": cluster}))
        actors = study.populations[cluster].actors
        unlisted = actors.loc[actors["listed"] == 0, ["actor", "label_en", "label_zh", "kind", "place"]]
        outside.append(_headed(unlisted, {"cluster": cluster}))
    parts = {"firms": firms, "ties": ties, "names": names, "outside": outside}
    return {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}


def used_names(study: SyntheticStudy, cluster: str) -> pd.DataFrame:
    """Return every name that firms wrote in own words: name, actor that is meant, form (label, alias, misspelt)."""
    answers = pd.concat(study.relational[cluster], ignore_index=True)
    used = set(answers["named_as"]) - {""}
    names = study.names[cluster][["name", "actor", "form"]].drop_duplicates()
    return names[names["name"].isin(used)].sort_values(["name", "actor"]).reset_index(drop=True)


def _headed(table: pd.DataFrame, head: dict[str, str]) -> pd.DataFrame:
    out = table.copy()
    for at, (column, value) in enumerate(head.items()):
        out.insert(at, column, value)
    return out


def study_text(study: SyntheticStudy) -> str:
    """Return study.yaml."""
    parameters = study.parameters
    content: dict[str, Any] = {
        "title": dict(parameters["title"]),
        "source": dict(parameters["source"]),
        "grade": "synthetic",
        "boundary": "roster",
        "alters_outside": "pipeline",
        "clusters": {
            cluster: {
                "en": own["en"],
                "zh": own["zh"],
                "instruments": list(own["instruments"]),
                "waves": {wave: f"{cluster}/{wave}" for wave in parameters["waves"]},
                **_declared_break(own),
            }
            for cluster, own in parameters["clusters"].items()
        },
    }
    head = f"{MARK} made by gumflow simulate. No firm answered, no place is meant; README.md tells how it is made.\n"
    return head + _yaml(content)


def _declared_break(own: Mapping[str, Any]) -> dict[str, int]:
    return {"break_year": own["export_series"]["break_year"]} if "export_series" in own else {}


def truth_text(study: SyntheticStudy) -> str:
    """Return truth.yaml: the seed, every parameter with its value and meaning, and the named gatekeepers and lead firms."""
    content = {
        "seed": study.seed,
        "parameters": {m.name: {"value": m.value, "meaning": m.meaning} for m in meanings(study.parameters)},
        "clusters": {
            cluster: {
                "gatekeepers": sorted(actors.loc[actors["gatekeeper"].astype(bool), "actor"]),
                "lead_firms": sorted(actors.loc[actors["tier"] == "lead", "actor"]),
            }
            for cluster, actors in ((c, p.actors) for c, p in study.populations.items())
        },
        "withheld": list(study.parameters["interviews"]["unsaid"]),
    }
    head = f"{MARK} what the study was drawn from. Made by gumflow simulate; tables of the truth are in truth/.\n"
    return head + _yaml(content)


def _yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
