"""Commands for the field: a study's folder, its forms, the mapping of an export, agreement of coders, the gate, synthetic studies."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gumflow.contract.errors import GumflowError

if TYPE_CHECKING:
    import pandas as pd

    from gumflow.contract.instrument import Instrument
    from gumflow.contract.study import Cell, Study


def add_field_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add new, form, map, check, agreement, gate and simulate to the commands of `gumflow`."""
    _add_new(commands)
    _add_form(commands)

    check = commands.add_parser("check", help="check a study's input files and list everything to mend")
    check.add_argument("study", type=Path, help="the study's folder, which holds study.yaml")
    check.add_argument("--report", type=Path, help="also write the findings to this .csv or .html file")
    check.add_argument("--names", type=Path, help="also write the names to decide on to this .csv file")
    check.set_defaults(run=_check)

    mapping = commands.add_parser("map", help="propose which column of a survey export is which question")
    mapping.add_argument("study", type=Path, help="the study's folder, which holds study.yaml")
    mapping.add_argument(
        "--out", type=Path, help="file to write (default: mapping.csv in each folder with answers)"
    )
    mapping.set_defaults(run=_map)

    agreement = commands.add_parser(
        "agreement", help="say how far the coders of interviews agree, and list where not"
    )
    agreement.add_argument("study", type=Path, help="the study's folder, which holds study.yaml")
    agreement.add_argument(
        "--out", type=Path, required=True, help="folder for agreement.csv and disagreements.csv"
    )
    agreement.set_defaults(run=_agreement)

    gate = commands.add_parser(
        "gate", help="look through files for names and numbers that must not be published"
    )
    gate.add_argument("folder", type=Path, help="the folder that is to be published")
    gate.add_argument(
        "--study", type=Path, required=True, help="the study's folder, whose names are protected"
    )
    gate.add_argument("--minimum-firms", type=int, default=3, help="least firms behind a number (default: 3)")
    gate.add_argument("--report", type=Path, help="also write what was found to this .csv file")
    gate.set_defaults(run=_gate)

    simulate = commands.add_parser("simulate", help="make a synthetic study with known parameters")
    simulate.add_argument(
        "--parameters", type=Path, required=True, help="file such as config/simulation/demo.yaml"
    )
    simulate.add_argument("--seed", type=int, required=True, help="where random streams start")
    simulate.add_argument("--out", type=Path, required=True, help="folder of the study")
    simulate.add_argument(
        "--faulty", type=Path, help="also a folder for the same study with planted mistakes"
    )
    simulate.set_defaults(run=_simulate)


def _add_new(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    new = commands.add_parser("new", help="make the folder of a new study")
    new.add_argument("study", type=Path, help="the folder to make; its name is the study's id")
    new.add_argument("--title", help="the study's title (default: its id)")
    new.add_argument(
        "--grade",
        default="survey",
        choices=("case", "survey", "interview", "official", "synthetic"),
        help="where the data come from (default: survey, which is confidential)",
    )
    new.add_argument(
        "--clusters", default="cluster", metavar="ID[,ID...]", help="ids of the clusters (default: cluster)"
    )
    new.add_argument(
        "--instruments", default="", metavar="NAME[,NAME...]", help="what is asked, such as ningbo_apparel"
    )
    new.add_argument(
        "--boundary",
        default="roster",
        choices=("census", "roster", "sample", "text"),
        help="how the actors are chosen (default: roster)",
    )
    new.set_defaults(run=_new)


def _add_form(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    form = commands.add_parser("form", help="write a study's questionnaire as XLSForm and on paper")
    form.add_argument("study", type=Path, help="the study's folder, which holds study.yaml")
    form.add_argument("--cluster", help="only this cluster")
    form.add_argument("--wave", help="only this wave")
    form.add_argument("--out", type=Path, help="folder (default: form in the folder of the cluster and wave)")
    form.set_defaults(run=_form)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _new(options: argparse.Namespace) -> int:
    from gumflow.intake.scaffold import new_study

    files = new_study(
        options.study,
        name=options.title or options.study.name,
        grade=options.grade,
        clusters=_listed(options.clusters),
        instruments=_listed(options.instruments),
        boundary=options.boundary,
    )
    print(f"{options.study}: {len(files)} files; read README.md there for what to do next")
    return 0


def _cells(options: argparse.Namespace, study: "Study") -> "list[Cell]":
    """Return the chosen clusters and waves; raise `GumflowError` where study.yaml is wrong or has no such cell."""
    if not study.cells:
        raise GumflowError("\n".join(f.line() for f in study.problems))
    cluster, wave = getattr(options, "cluster", None), getattr(options, "wave", None)
    cells = [c for c in study.cells if cluster in (None, c.cluster) and wave in (None, c.wave)]
    if not cells:
        known = ", ".join(f"{c.cluster} {c.wave}" for c in study.cells)
        raise GumflowError(f"study {study.name} has no such cluster and wave; it has {known}")
    return cells


def _instruments(study: "Study", cell: "Cell") -> "list[Instrument]":
    from gumflow.contract.model import load_model
    from gumflow.intake.survey import load_instruments

    instruments, findings = load_instruments(study, cell, load_model())
    if findings:
        raise GumflowError("\n".join(f.line() for f in findings))
    return instruments


def _roster(study: "Study", cell: "Cell") -> "pd.DataFrame":
    """Return the actors of a cell as a form lists them; raise `GumflowError` for a faulty table."""
    import pandas as pd

    from gumflow.contract.checks import check_cells, check_columns, check_keys, typed
    from gumflow.contract.study import read_cell
    from gumflow.contract.tables import table_contract

    raw = read_cell(study, cell)[0].get("actors")
    contract = table_contract("actors")
    if raw is None or not raw.rows:
        return pd.DataFrame(columns=["actor", "label_en", "label_zh", "kind", "place"], dtype="str")
    wrong = [*check_columns(raw, contract), *check_cells(raw, contract), *check_keys(raw, contract)]
    wrong = [f for f in wrong if f.severity == "error"]
    if wrong:
        raise GumflowError("\n".join(f.line() for f in wrong))
    actors = typed(raw, contract)
    for mine, other in (
        ("label_en", "label_zh"),
        ("label_zh", "label_en"),
        ("label_en", "actor"),
        ("label_zh", "actor"),
    ):
        actors[mine] = actors[mine].where(actors[mine] != "", actors[other])
    listed = ~actors["kind"].isin(["class", "place", "person"])
    return actors[listed].sort_values(["kind", "label_zh", "actor"], kind="stable").reset_index(drop=True)


def _form(options: argparse.Namespace) -> int:
    from gumflow.contract.study import find_study
    from gumflow.contract.writing import write_text
    from gumflow.intake.xlsform import write_form
    from gumflow.present.paper_form import paper_form

    study = find_study(options.study.resolve())
    cells = _cells(options, study)
    if options.out is not None and len(cells) > 1:
        raise GumflowError(
            "--out takes the form of one cluster and wave; choose it with --cluster and --wave"
        )
    for cell in cells:
        instruments, roster = _instruments(study, cell), _roster(study, cell)
        folder = options.out or cell.folder / "form"
        named = study.clusters[cell.cluster]
        title = {language: f"{study.title[language]} · {named[language]}" for language in ("en", "zh")}
        form_id = f"{study.name}_{cell.cluster}_{cell.wave}".replace("-", "_")
        files = write_form(folder, instruments, roster, title=title, form_id=form_id)
        for language in ("en", "zh"):
            path = folder / f"paper_{language}.html"
            write_text(paper_form(instruments, roster, language, title[language]), path)
            files.append(path)
        for path in files:
            print(path)
    return 0


def _map(options: argparse.Namespace) -> int:
    from gumflow.contract.study import MAPPING, find_study
    from gumflow.contract.writing import write_table
    from gumflow.intake.mapping_proposals import propose_mapping
    from gumflow.intake.survey import read_export

    study = find_study(options.study.resolve())
    cells = [cell for cell in _cells(options, study) if cell.answer_files]
    if not cells:
        raise GumflowError(
            f"study {study.name} has no answers: put the export into answers.csv, answers.xlsx or a folder answers"
        )
    if options.out is not None and len(cells) > 1:
        raise GumflowError(
            "--out takes one mapping, and there are answers of several clusters and waves; leave it out"
        )
    failed = False
    for cell in cells:
        path = options.out or cell.folder / MAPPING
        if path.exists():
            raise GumflowError(
                f"{path} exists, and may hold your decisions; move it away, or name another file with --out"
            )
        export, findings = read_export(study, cell)
        for finding in findings:
            print(finding.line())
        if export is None:
            failed = True
            continue
        mapping = propose_mapping(export, _instruments(study, cell))
        write_table(mapping, path)
        print(f"{path}: {len(mapping)} rows, {_undecided(mapping)} to fill in")
    return 1 if failed else 0


def _undecided(mapping: "pd.DataFrame") -> int:
    """Count the rows of a proposed mapping that say nothing: no question, or no code for an option of a column that has its question."""
    columns = mapping[mapping["option"] == ""].set_index("source")["question"]
    of_column = mapping["source"].map(columns).fillna("")
    same = (mapping["option"] != "") & (mapping["question"] == of_column)
    return int(((mapping["code"] == "") & ((mapping["question"] == "") | same)).sum())


def _check(options: argparse.Namespace) -> int:
    from gumflow.contract.findings import findings_page, findings_table
    from gumflow.contract.model import load_model
    from gumflow.contract.study import find_study
    from gumflow.intake.field import check_inputs

    study = find_study(options.study.resolve())
    inputs = check_inputs(study, load_model())
    for finding in inputs.findings:
        print(finding.line())
    errors, report = len(inputs.errors), options.report
    if report is not None and report.suffix == ".html":
        page = findings_page(f"Check of study {study.name}", inputs.findings)
        _write(page, report, private=study.confidential)
    elif report is not None and report.suffix == ".csv":
        _write(findings_table(inputs.findings), report, private=study.confidential)
    elif report is not None:
        raise GumflowError(f"--report {report}: the file should end in .csv or .html")
    if options.names is not None:
        _write(inputs.review, options.names, private=True)
        undecided = int((inputs.review["decision"] == "").sum())
        print(
            f"{options.names}: {len(inputs.review)} names, {undecided} to decide on; it goes into the study's folder as who_is_who.csv"
        )
    rest = len(inputs.findings) - errors
    print(
        f"{study.name}: {errors} to mend, {rest} to look at"
        if errors + rest
        else f"{study.name}: nothing to mend"
    )
    return 1 if errors else 0


def _write(content: "pd.DataFrame | str", path: Path, private: bool) -> None:
    """Write a table or a page; what holds names is for its owner alone (mode 0600)."""
    from gumflow.contract.writing import write_private_table, write_private_text, write_table, write_text

    if isinstance(content, str):
        (write_private_text if private else write_text)(content, path)
    else:
        (write_private_table if private else write_table)(content, path)


def _agreement(options: argparse.Namespace) -> int:
    from gumflow.contract.model import load_model
    from gumflow.contract.study import cells_table, find_study, tidy_study
    from gumflow.contract.writing import write_table
    from gumflow.mechanisms.agreement import agreement_of_coders, disagreements

    study, model = find_study(options.study.resolve()), load_model()
    statements = tidy_study(study, model)["statements"]
    if statements.empty:
        raise GumflowError(f"study {study.name} has no statements.csv to compare coders by")
    scores = agreement_of_coders(statements, cells_table(study), model, replicates=2000, seed=2009)
    differ = disagreements(statements)
    write_table(scores, options.out / "agreement.csv")
    _write(differ, options.out / "disagreements.csv", private=study.confidential)
    shown = scores[scores["withheld"] == ""]
    for row in shown.to_dict("records"):
        interval = f" [{row['low']:.2f}, {row['high']:.2f}]" if row["low"] == row["low"] else ""
        print(
            f"{row['unit']:28} {row['measure']:28} {row['category']:10} {row['value']:6.2f}{interval}  n={row['n']:g}"
        )
    print(f"{len(differ)} places to settle: {options.out / 'disagreements.csv'}")
    return 0


def _gate(options: argparse.Namespace) -> int:
    from gumflow.contract.model import load_model
    from gumflow.contract.study import find_study
    from gumflow.contract.writing import write_table
    from gumflow.intake.field import protected_by
    from gumflow.present.gate import gate, refusal
    from gumflow.present.own_words import searched_for, words_note

    study = find_study(options.study.resolve())
    _cells(options, study)
    protected, common = searched_for(protected_by(study, load_model()), study)
    found = gate(options.folder, protected, options.minimum_firms, study.confidential)
    if options.report is not None:
        write_table(found, options.report)
    print(refusal(found) if len(found) else f"{options.folder}: nothing found that must not be published")
    if common:
        print(words_note(common))
    return 1 if len(found) else 0


def _simulate(options: argparse.Namespace) -> int:
    from gumflow.simulation.faults import plant_faults
    from gumflow.simulation.study import load_simulation, simulate

    simulate(*load_simulation(options.parameters), options.seed, options.out)
    print(f"{options.out}: a synthetic study; truth.yaml holds what it was drawn from")
    if options.faulty is not None:
        planted = plant_faults(options.out, options.faulty, options.seed)
        print(f"{options.faulty}: the same with {len(planted)} planted mistakes; planted.csv lists them")
    return 0
