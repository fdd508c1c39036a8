"""The survey of one cluster and wave: from the files that a survey tool exported to checked answers, ties and a roster.

Readers reshape (`dialects`), a mapping says which column is which question (`mapping`, `answers`), names become actors by exact match or by
the user's decision (`who_is_who`), the questionnaire's rules settle the answers (`answer_checks`), and relational answers become ties
(`nominations`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import RULES, Finding
from gumflow.contract.instrument import Instrument, load_instrument
from gumflow.contract.model import Model
from gumflow.contract.name_search import Names
from gumflow.contract.study import MAPPING, Cell, Study
from gumflow.intake.answer_checks import settle_answers
from gumflow.intake.answers import MappedAnswers, apply_mapping
from gumflow.intake.dialects import Export, read_answers
from gumflow.intake.indicators import indicator_values
from gumflow.intake.mapping import read_mapping
from gumflow.intake.mentions import MENTION_COLUMNS, mentions_of, with_actors
from gumflow.intake.nominations import nominated_ties
from gumflow.intake.who_is_who import WhoIsWho, resolve_names

RULES_SURVEY: dict[str, tuple[str, str, str, str]] = {
    "instruments_missing": (
        "There are answers, but study.yaml does not say which instruments were asked.",
        "有答卷，但 study.yaml 没有注明所用的调查工具。",
        "Write instruments: [...] in study.yaml; those that ship with gumflow are {detail}.",
        "请在 study.yaml 中填写 instruments: [...]；gumflow 自带的有 {detail}。",
    ),
    "instrument_unsound": (
        "An instrument of the study cannot be used: {detail}",
        "本研究的一个调查工具无法使用：{detail}",
        "Correct the name in study.yaml or the instrument's file.",
        "请更正 study.yaml 中的名称或该工具文件。",
    ),
}
RULES.update(RULES_SURVEY)


@dataclass(frozen=True, eq=False)
class Survey:
    """What the survey of a cell gave; every table is there, empty where nothing was read.

    `answers` are settled, with actor ids. `identities`: respondent, question, text; they stay in `restricted/`. `who` is what became of names.
    """

    answers: pd.DataFrame
    indicators: pd.DataFrame
    identities: pd.DataFrame
    ties: pd.DataFrame
    roster: pd.DataFrame
    who: WhoIsWho
    findings: Sequence[Finding]


def load_instruments(study: Study, cell: Cell, model: Model) -> tuple[list[Instrument], list[Finding]]:
    """Return the instruments of a cell, from the study's folder `instruments` or as shipped, and what is wrong with them."""
    from gumflow.contract.instrument import instrument_names

    if not cell.instruments:
        names = ", ".join(instrument_names())
        return [], [Finding("study.yaml", "instruments_missing", value=cell.cluster, detail=names)]
    instruments, findings = [], []
    for name in cell.instruments:
        try:
            instruments.append(load_instrument(name, model, study.folder / "instruments"))
        except GumflowError as error:
            detail = " ".join(str(error).split())
            findings.append(Finding("study.yaml", "instrument_unsound", value=name, detail=detail))
    return instruments, findings


def mapping_file(study: Study, cell: Cell) -> Path | None:
    """Return the mapping of a cell: beside its answers, else beside study.yaml; None if there is none."""
    places = (cell.folder / MAPPING, study.folder / MAPPING)
    return next((path for path in places if path.is_file()), None)


def read_export(study: Study, cell: Cell) -> tuple[Export | None, list[Finding]]:
    """Read the files that the survey tool exported for a cell."""
    return read_answers(cell.answer_files, study.shown, study.dialect)


def survey_of(
    study: Study,
    cell: Cell,
    model: Model,
    actors: pd.DataFrame,
    aliases: pd.DataFrame,
    decisions: pd.DataFrame,
) -> tuple[Survey | None, list[Finding]]:
    """Return the survey of a cell with what is wrong in it; None where the answers cannot be read at all, or there are none.

    `actors` (actor, label_en, label_zh, kind, place) and `aliases` (name, actor) are those of the cell, `decisions` what the user decided
    on names (`review.read_decisions`).
    """
    if not cell.answer_files:
        return None, []
    instruments, findings = load_instruments(study, cell, model)
    if findings:
        return None, findings
    export, more = read_export(study, cell)
    findings += more
    if export is None:
        return None, findings
    mapping, more = _mapping(study, cell)
    findings += more
    if any(f.severity == "error" for f in more):
        return None, findings
    mapped = apply_mapping(export, mapping, instruments)
    outside = study.alters_outside or ("inside" if cell.boundary == "sample" else "pipeline")
    who = _who(mapped, instruments, actors, aliases, decisions, outside)
    findings += _on_names(mapped, who)
    answers = with_actors(mapped.answers, who.resolved)
    settled, more = settle_answers(answers, instruments, _known(mapped.respondents, who))
    findings += more
    year = int(cell.wave) if cell.wave.isdecimal() and len(cell.wave) == 4 else None
    ties, roster, more = nominated_ties(settled, instruments, actors, cell.boundary, year)
    # What concerns a whole item has no place of its own: it is said of the cell's first file.
    named = study.shown(cell.answer_files[0])
    findings += [replace(f, file=named) if f.file == "answers" else f for f in more]
    survey = Survey(
        answers=settled,
        indicators=indicator_values(settled, instruments),
        identities=_known(mapped.identities, who),
        ties=ties,
        roster=roster,
        who=who,
        findings=findings,
    )
    return survey, findings


def _mapping(study: Study, cell: Cell) -> tuple[pd.DataFrame | None, list[Finding]]:
    """Return the mapping of a cell; None where there is none, or one with headers alone, as `gumflow new` makes it."""
    path = mapping_file(study, cell)
    mapping, findings = (None, []) if path is None else read_mapping(path, study.shown)
    return (None if mapping is None or mapping.empty else mapping), findings


def _who(
    mapped: MappedAnswers,
    instruments: Sequence[Instrument],
    actors: pd.DataFrame,
    aliases: pd.DataFrame,
    decisions: pd.DataFrame,
    alters_outside: str,
) -> WhoIsWho:
    """Say who is meant by the names of alters and of respondents, those included who answered nothing."""
    respondents = mapped.respondents.assign(as_respondent=True, kind="firm", place="local", column="")
    silent = respondents.rename(columns={"respondent": "name"})[list(MENTION_COLUMNS)]
    mentions = pd.concat([silent, mentions_of(mapped.answers, instruments)], ignore_index=True)
    columns = ["name", "as_respondent", "file", "sheet", "row", "column"]
    mentions = mentions.astype({"file": "str", "sheet": "str", "column": "str"}).drop_duplicates(columns)
    return resolve_names(mentions, actors, aliases, decisions, alters_outside)


def _on_names(mapped: MappedAnswers, who: WhoIsWho) -> list[Finding]:
    """Return the findings on answers and names; where no column says who answered, that is the one error, not one for each submission."""
    unmapped = [f for f in mapped.findings if f.rule == "respondent_unmapped"]
    keys = set(mapped.respondents["respondent"])
    unknown = [f for f in who.findings if f.rule == "respondent_unknown" and f.value in keys]
    if not (unmapped and unknown):
        return [*mapped.findings, *who.findings]
    rest = [f for f in (*mapped.findings, *who.findings) if f not in unmapped and f not in unknown]
    return [*(replace(f, severity="error") for f in unmapped), *rest]


def _known(table: pd.DataFrame, who: WhoIsWho) -> pd.DataFrame:
    """Return the rows of respondents who are actors, with their ids."""
    ids: Mapping[str, str] = who.resolved
    table = table.assign(respondent=table["respondent"].astype("str").map(ids).fillna("").astype("str"))
    return table[table["respondent"] != ""].reset_index(drop=True)


def without_values(findings: Sequence[Finding], names: Sequence[str] = ()) -> list[Finding]:
    """Return findings as they may stand outside `restricted/`: without what was written in a cell, and without names in their texts.

    Texts of rules whose detail comes from the contract or the instrument keep it. A file, sheet or header may bear one of the `names`
    (`field.known_names`): they are put out there.
    """
    known = Names(names)
    shown: dict[str, str] = {}
    for text in {t for f in findings for t in (f.file, f.sheet, _without_alter(f.column))}:
        shown[text] = known.masked(text, _HIDDEN) if known.find(text) else text
    out = []
    for f in findings:
        # A detail that is a part of the sentence leaves a mark; one that is only added to it is left out.
        hidden = _HIDDEN if f.detail and f.detail[0] not in " (" else ""
        texts = (f.detail, f.detail_zh) if f.rule in _SAFE else (hidden, hidden)
        # A column that no question is tied to may be named anything.
        free = f.rule in _FREE_HEADERS and not _QUESTION.match(f.column)
        column = _HIDDEN if free else shown[_without_alter(f.column)]
        f = replace(f, file=shown[f.file], sheet=shown[f.sheet], column=column)
        out.append(replace(f, value="", detail=texts[0], detail_zh=texts[1]))
    return out


_HIDDEN = "…"
_FREE_HEADERS = ("column_unmapped", "column_unknown", "column_twice", "dialect_unknown", "sheet_unused")
_QUESTION = re.compile(r"[A-Z]{1,3}\d|第?\d+[、.:：题]|[a-z_]+$")


def _without_alter(header: str) -> str:
    """Return a header without what may be the name of an alter: R01[name], 第5题(name), R01/name."""
    return re.split(r"[\[(（/:：—]", header)[0]


# Rules whose detail never holds what a user wrote in a cell.
_SAFE = frozenset(
    [
        "study_file", "file_missing", "file_unknown", "file_empty", "file_unreadable", "column_missing", "required", "range", "pattern",
        "unique", "order", "encoding", "instruments_missing", "instrument_unsound", "option_unmapped", "mapping_code", "mapping_twice",
        "share_sum", "share_blank", "share_fractions", "rank_ticks", "too_many_ticks", "not_asked_answered", "parts_exceed",
        "tie_value", "alter_not_named", "alters_beyond", "alter_missing", "item_left_open", "alters_undecided", "enum",
        "option_unknown", "parts_needed", "several_ticks", "excluding_option", "decision_twice", "register_id_twice", "coordinates_half",
        "file_format", "file_too_large", "file_unsafe",
    ]
)  # fmt: skip
