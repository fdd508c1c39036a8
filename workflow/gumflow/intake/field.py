"""A study as it came from the field: its tables, surveys and registers together, checked and tidied, with pseudonyms where promised.

`check_inputs` and `tidy_inputs` are what the workflow and the commands call; `contract.study` knows the tables alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import Finding, gathered
from gumflow.contract.model import Model
from gumflow.contract.name_search import Names
from gumflow.contract.pseudonyms import secret_key
from gumflow.contract.reading import RawTable, read_raw
from gumflow.contract.study import Cell, Study, check_study, read_cell, tidy_study
from gumflow.contract.tables import table_contract
from gumflow.contract.writing import write_private_table
from gumflow.intake.confidential import protect, protected_texts, telling_columns
from gumflow.intake.registers import check_coordinates, join_registers
from gumflow.intake.review import FILE, joined_reviews, read_decisions
from gumflow.intake.statement_ties import stated_ties
from gumflow.intake.survey import Survey, survey_of, without_values

ANSWERS = {
    "respondent": "str", "instrument": "str", "question": "str", "alter": "str", "option": "str", "value": "float64",
    "text": "str", "missing_reason": "str", "adjusted": "str",
}  # fmt: skip
"""Columns of the tidy answers, beside study, cluster, wave, boundary and grade."""

INDICATORS = {
    "respondent": "str", "instrument": "str", "indicator": "str", "value": "float64", "construct": "str", "role": "str",
    "direction": "float64",
}  # fmt: skip
"""Columns of the tidy indicators, beside study, cluster, wave, boundary and grade."""

_IDENTITIES = {"respondent": "str", "question": "str", "text": "str"}
_SHOWN_ERRORS = 20


@dataclass(frozen=True, eq=False)
class Inputs:
    """A study's checked inputs. `surveys` has one entry for each cell with answers; `review` is the table of names to decide on."""

    findings: Sequence[Finding]
    surveys: Mapping[tuple[str, str], Survey]
    review: pd.DataFrame

    @property
    def errors(self) -> list[Finding]:
        """Return the findings that stop a study."""
        return [f for f in self.findings if f.severity == "error"]


def check_inputs(study: Study, model: Model) -> Inputs:
    """Return everything wrong in a study's tables, surveys and registers, one finding for one cause, with the surveys as read."""
    findings = check_study(study, model)
    decisions, more = read_decisions(study.folder / FILE, FILE)
    findings += more
    surveys: dict[tuple[str, str], Survey] = {}
    known = []
    for cell in study.cells:
        actors, aliases = _known_actors(study, cell)
        known.append(actors)
        raw = read_cell(study, cell)[0].get("actors")
        findings += check_coordinates(raw) if raw is not None else []
        if cell.answer_files:
            survey, more = survey_of(study, cell, model, actors, aliases, decisions)
            findings += more
            if survey is not None:
                surveys[cell.cluster, cell.wave] = survey
    if any(len(actors) for actors in known):
        every = pd.concat(known, ignore_index=True)
        findings += join_registers(every, study.registers, _reader(study))[1]
    findings += _protect_findings(study, known)
    review = joined_reviews([s.who.review for s in surveys.values()])
    inputs = Inputs(findings, surveys, review)
    if study.confidential:
        findings += _named_in_settings(study, known_names(study, inputs))
    return Inputs(gathered(findings), surveys, review)


def _protect_findings(study: Study, actors: Sequence[pd.DataFrame]) -> list[Finding]:
    """Return an error for each column under `protect` that no table of actors has: a misspelt one would protect nothing."""
    held = {column for table in actors for column in table.columns}
    return [
        Finding(
            "study.yaml",
            "study_file",
            value=column,
            detail=f"protect: no actors table has a column {column!r}",
            detail_zh=f"protect：行动者表中没有列 {column!r}",
        )
        for column in study.protect
        if held and column not in held
    ]


def _named_in_settings(study: Study, names: Sequence[str]) -> list[Finding]:
    """Return an error for each text of study.yaml that holds a protected name: titles and labels are printed everywhere."""
    known = Names(names)
    said = {f"title.{k}": v for k, v in study.title.items()} | {
        f"source.{k}": v for k, v in study.source.items()
    }
    said |= {f"clusters.{c}.{k}": v for c, labels in study.clusters.items() for k, v in labels.items()}
    return [
        Finding(
            "study.yaml",
            "study_file",
            detail=f"{key}: the text holds a name of this confidential study, and it is printed on every page",
            detail_zh=f"{key}：该文字含有本保密研究中的名称，且会印在每一页上",
        )
        for key, text in said.items()
        if known.find(text)
    ]


def _known_actors(study: Study, cell: Cell) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return actors and aliases of a cell as text, as far as they can be read: their own faults have their own findings."""
    tables, _ = read_cell(study, cell)
    actors = _as_text(tables.get("actors"), ["actor", "label_en", "label_zh", "kind", "place"])
    aliases = _as_text(tables.get("aliases"), ["name", "actor"])[["name", "actor"]]
    actors = actors[actors["actor"] != ""].drop_duplicates("actor")
    aliases = aliases[aliases["name"] != ""].drop_duplicates()
    return actors.reset_index(drop=True), aliases.reset_index(drop=True)


def _as_text(raw: RawTable | None, columns: list[str]) -> pd.DataFrame:
    if raw is None:
        return pd.DataFrame(columns=columns, dtype="str")
    held = pd.DataFrame(list(raw.rows), columns=list(raw.header), dtype="str")
    held = held.loc[:, ~held.columns.duplicated() & (held.columns != "")]
    return held.reindex(columns=[*columns, *held.columns.difference(columns, sort=False)], fill_value="")


def _reader(study: Study) -> Callable[[str, set[str]], tuple[RawTable | None, list[Finding]]]:
    """Return a reader of files that study.yaml names, by their path in the study's folder."""

    def read(file: str, known: set[str]) -> tuple[RawTable | None, list[Finding]]:
        return read_raw(study.folder / file, file, known)

    return read


def tidy_inputs(study: Study, model: Model, restricted: Path) -> dict[str, pd.DataFrame]:
    """Return a study's tables, typed, all cells in one table each: those of `contract.study.tidy_study`, answers and indicators.

    Ties and the roster of a survey come from its relational answers; a roster.csv of a cell stands in place of the derived one. Named
    alters that are new are actors. The tables of a confidential study hold pseudonyms; who is who, and the words that respondents wrote, go
    to `restricted`/<study>, with its key. Raises `GumflowError` if the study has errors.
    """
    inputs = check_inputs(study, model)
    if inputs.errors:
        lines = [f"study {study.name}: {len(inputs.errors)} things to mend:"]
        # What a job writes to its log lies outside restricted/.
        shown = (
            without_values(inputs.errors, known_names(study, inputs)) if study.confidential else inputs.errors
        )
        lines += [f.line() for f in shown[:_SHOWN_ERRORS]]
        more = len(inputs.errors) - _SHOWN_ERRORS
        raise GumflowError("\n".join(lines + [f"... and {more} more; gumflow check lists all"] * (more > 0)))
    tables, identities = _joined(study, model, inputs)
    if study.confidential:
        folder = restricted / study.name
        personal = personal_columns(study, tables["actors"])
        protection = protect(tables, identities, secret_key(folder), study.name, personal)
        write_private_table(protection.identities, folder / "identities.csv")
        write_private_table(protection.texts, folder / "texts.csv")
        tables = dict(protection.tables)
    return tables


def known_names(study: Study, inputs: Inputs) -> tuple[str, ...]:
    """Return the names in a study that is not accepted yet, as far as its files can be read: of actors, in aliases and in answers."""
    texts: set[str] = set()
    identities = [s.identities for s in inputs.surveys.values()]
    identities += [pd.DataFrame({"respondent": "", "question": "", "text": inputs.review["name"]})]
    for cell in study.cells:
        actors, aliases = _known_actors(study, cell)
        tables = {"actors": actors, "aliases": aliases}
        texts |= set(
            protected_texts(
                tables, pd.concat(identities, ignore_index=True), personal_columns(study, actors)
            ).texts
        )
    return tuple(sorted(texts))


def protected_by(study: Study, model: Model) -> tuple[str, ...]:
    """Return the texts of a study that its public files must not hold; none if it is not confidential."""
    if not study.confidential:
        return ()
    tables, identities = _joined(study, model, check_inputs(study, model))
    return protected_texts(tables, identities, personal_columns(study, tables["actors"])).texts


def personal_columns(study: Study, actors: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns of actors that are kept out of a confidential study: those it names, and others that may tell who is who."""
    return (*study.protect, *telling_columns(actors, (study.group_by,)))


def _joined(study: Study, model: Model, inputs: Inputs) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the tables of all cells, with what their surveys and registers add, and the identities that respondents gave."""
    tables = tidy_study(study, model)
    parts: dict[str, list[pd.DataFrame]] = {name: [table] for name, table in tables.items()}
    parts |= {"answers": [_empty(tables, ANSWERS)], "indicators": [_empty(tables, INDICATORS)]}
    identities = [pd.DataFrame({c: pd.Series(dtype=t) for c, t in _IDENTITIES.items()})]
    for cell in study.cells:
        survey = inputs.surveys.get((cell.cluster, cell.wave))
        if survey is None:
            continue
        head = {"study": study.name, "cluster": cell.cluster, "wave": cell.wave}
        tail = {"boundary": cell.boundary, "grade": study.grade}
        own = tables["roster"]
        has_roster = ((own["cluster"] == cell.cluster) & (own["wave"] == cell.wave)).any()
        added = {
            "actors": survey.who.actors.assign(inside=survey.who.actors["place"] == "local"),
            "aliases": survey.who.aliases,
            "ties": survey.ties.assign(directed=survey.ties["directed"] == 1),
            "roster": survey.roster.iloc[:0] if has_roster else survey.roster,
            "answers": survey.answers,
            "indicators": survey.indicators,
        }
        for name, rows in added.items():
            if len(rows):
                parts[name].append(_like(rows.assign(**head, **tail), parts[name][0]))
        identities.append(survey.identities[list(_IDENTITIES)].astype(_IDENTITIES))
    parts["ties"].append(stated_ties(tables["statements"], tables["ties"]))
    joined = {name: _sorted(name, pd.concat(p, ignore_index=True)) for name, p in parts.items()}
    joined["actors"] = join_registers(joined["actors"], study.registers, _reader(study))[0]
    return joined, pd.concat(identities, ignore_index=True)


def _empty(tables: Mapping[str, pd.DataFrame], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return a table without rows: study, cluster, wave, the columns, boundary, grade."""
    head, tail = (
        tables["ties"].iloc[:0][["study", "cluster", "wave"]],
        tables["ties"].iloc[:0][["boundary", "grade"]],
    )
    return pd.concat([head, pd.DataFrame({c: pd.Series(dtype=t) for c, t in columns.items()}), tail], axis=1)  # fmt: skip


def _like(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the columns and types of a table; texts that rows do not have are empty, numbers missing."""
    # Column by column, and only where something is to be done: answers have hundreds of thousands of rows.
    columns = {}
    for column, kind in table.dtypes.items():
        values = rows[column] if column in rows else pd.Series(np.nan, index=rows.index, dtype="float64")
        if kind == "str" and isinstance(values.dtype, pd.CategoricalDtype):
            words = pd.array([*values.cat.categories.astype("str"), ""], dtype="str")
            values = pd.Series(words.take(values.cat.codes.to_numpy()), index=rows.index)
        elif kind == "str" and (values.dtype != "str" or values.hasnans):
            values = values.astype("str").where(values.notna(), "")
        columns[column] = values if values.dtype == kind else values.astype(kind)
    return pd.DataFrame(columns)


def _sorted(name: str, table: pd.DataFrame) -> pd.DataFrame:
    own = {"answers": ["respondent"], "indicators": ["respondent", "indicator"]}
    sort = ["cluster", "wave", *(own[name] if name in own else table_contract(name).sort)]
    # Words become codes to sort by: comparing half a million texts takes long.
    keys = [
        table[column].astype("category").cat.codes if table[column].dtype == "str" else table[column]
        for column in reversed(sort)
    ]
    return table.take(np.lexsort(keys)).reset_index(drop=True)
