"""A study: its folder, what `study.yaml` says of it, its clusters and waves, its input files, and their check."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from gumflow.contract.checks import check_table, typed
from gumflow.contract.config import schema_problems
from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import Finding, gathered
from gumflow.contract.model import Model
from gumflow.contract.reading import RawTable, read_raw
from gumflow.contract.tables import TABLES, table_contract
from gumflow.contract.yaml_text import load_yaml

SUFFIXES = (".csv", ".xlsx")
ANSWERS = "answers"
"""Name of the file, or of the folder of files, that a survey tool exported."""

MAPPING = "mapping.csv"
"""Name of the file that ties columns and options of the export to questions; it lies beside the answers or beside study.yaml."""

CONFIDENTIAL_GRADES = ("survey", "interview")
"""Grades of studies whose firms and persons were promised that they are not named."""
# Files that may lie beside a table under its name.
_NOT_TABLES = (".md", ".yaml", ".yml", ".py", ".bak")


@dataclass(frozen=True)
class Cell:
    """One cluster at one wave: the unit for which networks are drawn.

    `break_year` is the year, declared beforehand, in which a new regime of its exports is held to begin.
    """

    cluster: str
    wave: str
    folder: Path
    boundary: str
    instruments: tuple[str, ...] = ()
    population: int | None = None
    break_year: int | None = None

    @property
    def answer_files(self) -> list[Path]:
        """Return the files that a survey tool exported for this cell, in a fixed order."""
        return answer_files(self.folder)


@dataclass(frozen=True)
class Register:
    """A file of further columns on actors (a registry, patents, customs): `key` is the column, of both, that says whose they are."""

    file: str
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Study:
    """A study as found on disk. `problems` are findings on study.yaml and on which files there are.

    `protect` are columns of actors that identify; `alters_outside` says what becomes of named alters that are no
    actor; empty is `inside` in a sample, where other firms are local as a rule, and `pipeline` elsewhere.
    """

    name: str
    folder: Path
    grade: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    group_by: str = "kind"
    tie_rules: Mapping[str, str] = field(default_factory=dict)
    confidential: bool = False
    protect: tuple[str, ...] = ()
    dialect: str = "auto"
    alters_outside: str = ""
    registers: tuple[Register, ...] = ()
    problems: tuple[Finding, ...] = ()

    @property
    def inputs(self) -> list[str]:
        """Return every input file that exists, study.yaml first, as paths in a fixed order."""
        files = [self.folder / "study.yaml"]
        files += [p for cell in self.cells for t in TABLES for p in table_files(cell.folder, t)]
        files += [p for cell in self.cells for p in (*cell.answer_files, cell.folder / MAPPING)]
        files += [
            self.folder / MAPPING,
            self.folder / "who_is_who.csv",
            *(self.folder / register.file for register in self.registers),
        ]
        files += sorted((self.folder / "instruments").glob("*.yaml"))
        return [str(p) for p in dict.fromkeys(files) if p.is_file()]

    def shown(self, path: Path) -> str:
        """Return a path as the user knows it, relative to the study's folder."""
        try:
            return path.relative_to(self.folder).as_posix()
        except ValueError:
            return path.as_posix()


def table_files(folder: Path, table: str) -> list[Path]:
    """Return the files in a folder that hold the table (none, one, or by mistake two)."""
    return [folder / f"{table}{suffix}" for suffix in SUFFIXES if (folder / f"{table}{suffix}").is_file()]


def answer_files(folder: Path) -> list[Path]:
    """Return the exported answers in a folder: `answers.csv`, `answers.xlsx`, and the files of a folder `answers`."""
    beside = [folder / f"{ANSWERS}{suffix}" for suffix in SUFFIXES]
    inside = [p for p in sorted((folder / ANSWERS).glob("*")) if p.suffix.lower() in (*SUFFIXES, ".xls")]
    return [p for p in (*beside, *inside) if p.is_file() and not p.name.startswith((".", "~"))]


def find_study(folder: Path) -> Study:
    """Read `study.yaml` and look which files there are. Never raises: what is wrong is in `problems`."""
    name, file = folder.name, "study.yaml"
    path = folder / file
    if not path.is_file():
        return Study(
            name, folder, problems=(Finding(file, "file_missing", detail=f"{file} ({folder.as_posix()})"),)
        )
    try:
        raw = load_yaml(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())
        return Study(
            name, folder, problems=(Finding(file, "study_file", detail=f"cannot be read: {detail}"),)
        )
    wrong = schema_problems(raw, "study")
    if wrong:
        return Study(name, folder, problems=tuple(Finding(file, "study_file", detail=w) for w in wrong))
    study = Study(
        name=name,
        folder=folder,
        grade=raw["grade"],
        title=raw["title"],
        source=raw.get("source", {"en": "", "zh": ""}),
        clusters={c: {"en": v["en"], "zh": v["zh"]} for c, v in raw["clusters"].items()},
        cells=tuple(_cells(folder, raw)),
        group_by=raw.get("group_by", "kind"),
        tie_rules=raw.get("tie_rules", {}),
        confidential=raw.get("confidential", raw["grade"] in CONFIDENTIAL_GRADES),
        protect=tuple(raw.get("protect", ())),
        dialect=raw.get("dialect", "auto"),
        alters_outside=raw.get("alters_outside", ""),
        registers=tuple(Register(r["file"], r["key"], tuple(r["columns"])) for r in raw.get("registers", ())),
    )
    problems = _file_problems(study)
    if raw.get("confidential") and study.grade not in CONFIDENTIAL_GRADES:
        detail = f"confidential: true goes with grade {' or '.join(CONFIDENTIAL_GRADES)}; a study of grade {study.grade} shows its actors"
        zh = f"confidential: true 须与 grade {' 或 '.join(CONFIDENTIAL_GRADES)} 同用；grade 为 {study.grade} 的研究会公开其行动者"
        problems.append(Finding(file, "study_file", detail=detail, detail_zh=zh))
    return replace(study, problems=tuple(problems))


def _cells(folder: Path, raw: Mapping[str, Any]) -> list[Cell]:
    cells = []
    for cluster, entry in raw["clusters"].items():
        # The tables of a single cluster may lie beside study.yaml; those of several need a folder each.
        beside = len(raw["clusters"]) == 1 and not (folder / cluster).is_dir()
        waves = entry.get("waves") or {"1": entry.get("folder", "." if beside else cluster)}
        for wave, place in waves.items():
            boundary = entry.get("boundary", raw["boundary"])
            instruments = tuple(entry.get("instruments", raw.get("instruments", ())))
            more = (entry.get("population"), entry.get("break_year"))
            cells.append(Cell(cluster, wave, folder / place, boundary, instruments, *more))
    return cells


def _file_problems(study: Study) -> list[Finding]:
    findings, inputs = [], set(study.inputs)
    for cell in study.cells:
        for path in sorted(cell.folder.glob("*")):
            used = str(path) in inputs or path.name.startswith((".", "~")) or path.name.endswith("~")
            findings += [] if used else _unused(path, study.shown(path))
        for name in TABLES:
            files = table_files(cell.folder, name)
            where = study.shown(cell.folder / f"{name}.csv")
            if not files and table_contract(name).required:
                findings.append(
                    Finding(
                        where,
                        "file_missing",
                        detail=f"{name}.csv or {name}.xlsx",
                        detail_zh=f"{name}.csv 或 {name}.xlsx",
                    )
                )
            if len(files) > 1:
                findings.append(Finding(where, "file_twice"))
    return findings


def _unused(path: Path, shown: str) -> list[Finding]:
    """Return a warning on a file that looks like a table and is not read."""
    suffix = path.suffix.lower()
    named = (*TABLES, ANSWERS)
    if (path.stem in named and path.suffix in SUFFIXES) or suffix in _NOT_TABLES or path.name == MAPPING:
        return []
    near = difflib.get_close_matches(path.stem.lower(), TABLES, n=1, cutoff=0.75)
    if suffix in SUFFIXES:
        name = f"{near[0]}{suffix}" if near else ""
        en, zh = (f"as {name}", f"另存为 {name}") if near else ("under the name of a table", "以表名另存")
    elif near and path.is_file():
        names = [near[0] + s for s in SUFFIXES]
        en = f"as {' or '.join(names)} (only {' and '.join(SUFFIXES)} files are read)"
        zh = f"另存为 {' 或 '.join(names)}（只读取 {' 和 '.join(SUFFIXES)} 文件）"
    else:
        return []
    return [Finding(shown, "file_unknown", "warning", detail=en, detail_zh=zh)]


def read_cell(study: Study, cell: Cell) -> tuple[dict[str, RawTable], list[Finding]]:
    """Read the tables of one cell as text."""
    tables, findings = {}, []
    for name in TABLES:
        for path in table_files(cell.folder, name)[:1]:
            raw, more = read_raw(path, study.shown(path), set(table_contract(name).names))
            findings += more
            if raw is not None:
                tables[name] = raw
    return tables, findings


def check_study(study: Study, model: Model) -> list[Finding]:
    """Return everything wrong in a study, one finding for one cause; nothing is changed and nothing written."""
    findings = list(study.problems)
    for cell in study.cells:
        tables, more = read_cell(study, cell)
        findings += more
        ids, named = _known_ids(tables, model)
        kinds = _kinds(tables.get("actors"))
        findings += _group_problems(study, tables.get("actors"))
        for name, raw in tables.items():
            findings += check_table(raw, name, ids, named, kinds, locator=study.grade == "case")
    return gathered(findings)


def _group_problems(study: Study, actors: RawTable | None) -> list[Finding]:
    if actors is None or study.group_by in actors.header:
        return []
    detail = f"group_by: {actors.file} has no column {study.group_by!r}; it has {', '.join(actors.header)}"
    return [Finding("study.yaml", "study_file", detail=detail)]


def _known_ids(tables: Mapping[str, RawTable], model: Model) -> tuple[dict[str, set[str]], dict[str, str]]:
    ids = {"model.constructs": {*model.constructs, "none"}, "model.factors": set(model.factors)}
    named = {reference: reference for reference in ids}
    actors = tables.get("actors")
    at = actors.header.index("actor") if actors is not None and "actor" in actors.header else -1
    # An id that could not be read has its own finding; what refers to it is not reported again.
    if actors is not None and at >= 0 and all(actors.rows[i][at] for i in _unread(actors, "actor")):
        ids["actors.actor"] = {row[at] for row in actors.rows}
        named["actors.actor"] = actors.file
    return ids, named


def _unread(raw: RawTable, column: str) -> list[int]:
    return [i for i, number in enumerate(raw.row_numbers) if (number, column) in raw.unread]


def _kinds(actors: RawTable | None) -> dict[str, str]:
    if actors is None or not {"actor", "kind"} <= set(actors.header):
        return {}
    a, k = actors.header.index("actor"), actors.header.index("kind")
    kind = table_contract("actors").field_named("kind")
    # A misspelt kind has its own finding; what follows from it is not reported again.
    return {row[a]: row[k] for row in actors.rows if kind is not None and row[k] in kind.enum}


def tidy_study(study: Study, model: Model) -> dict[str, pd.DataFrame]:
    """Return a study's tables, typed, all cells in one table each, with study, cluster, wave, boundary and grade.

    Every table is there, empty where the study has no such file. Raises `GumflowError` if the study has errors.
    """
    errors = [f for f in check_study(study, model) if f.severity == "error"]
    if errors:
        lines = [f"study {study.name}: {len(errors)} things to mend:", *(f.line() for f in errors[:20])]
        lines += [f"... and {len(errors) - 20} more; gumflow check lists all"] * (len(errors) > 20)
        raise GumflowError("\n".join(lines))
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    for cell in study.cells:
        tables, _ = read_cell(study, cell)
        for name in TABLES:
            contract = table_contract(name)
            raw = tables.get(name) or RawTable("", "", tuple(f.name for f in contract.fields), (), ())
            table = typed(raw, contract)
            head = {"study": study.name, "cluster": cell.cluster, "wave": cell.wave}
            for at, (column, value) in enumerate(head.items()):
                table.insert(at, column, pd.Series([value] * len(table), dtype="str"))
            table["boundary"] = pd.Series([cell.boundary] * len(table), dtype="str")
            table["grade"] = pd.Series([study.grade] * len(table), dtype="str")
            parts[name].append(_settled_values(name, table))
    joined = {name: pd.concat(p, ignore_index=True) for name, p in parts.items()}
    for name, table in joined.items():
        sort = ["cluster", "wave", *table_contract(name).sort]
        text = [c for c in table.columns if table[c].dtype == "str"]
        table[text] = table[text].fillna("")
        joined[name] = table.sort_values(sort, kind="stable").reset_index(drop=True)
    return joined


def _settled_values(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Fill what follows from other columns: labels from each other, whether an actor is inside, directed as a boolean."""
    if name == "actors":
        for mine, other in (("label_en", "label_zh"), ("label_zh", "label_en")):
            table[mine] = table[mine].where(table[mine] != "", table[other])
            table[mine] = table[mine].where(table[mine] != "", table["actor"])
        table["inside"] = table["place"] == "local"
    if name == "ties":
        table["directed"] = table["directed"] == 1
    return table


def cells_table(study: Study) -> pd.DataFrame:
    """Return one row for each cluster and wave: labels, boundary, grade and the study's title and source line, in the order of study.yaml."""
    rows = [
        {
            "study": study.name,
            "cluster": cell.cluster,
            "wave": cell.wave,
            "boundary": cell.boundary,
            "grade": study.grade,
            "cluster_en": study.clusters[cell.cluster]["en"],
            "cluster_zh": study.clusters[cell.cluster]["zh"],
            "title_en": study.title["en"],
            "title_zh": study.title["zh"],
            "source_en": study.source["en"],
            "source_zh": study.source["zh"],
            "group_by": study.group_by,
            "tie_rules": " ".join(f"{layer}:{rule}" for layer, rule in sorted(study.tie_rules.items())),
            "instruments": " ".join(cell.instruments),
            "population": str(cell.population or ""),
            "break_year": str(cell.break_year or ""),
        }
        for cell in study.cells
    ]
    return pd.DataFrame(rows, dtype="str")
