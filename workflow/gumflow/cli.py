"""The command `gumflow`: single stages on a user's own files, without Snakemake. Each command calls what the rules call."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gumflow.contract.errors import GumflowError

# Heavy libraries are imported inside the commands, so that `gumflow --help` answers at once.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 if all is well, 1 if the user's input has something to mend, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader of a pipe (head, less) has seen enough; what is left goes nowhere, or Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (GumflowError, OSError) as error:
        print(f"gumflow: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gumflow",
        description="Networks, mechanisms and upgrading indicators of local industrial clusters.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="check a study's input files and list everything to mend")
    check.add_argument("study", type=Path, help="the study's folder, which holds study.yaml")
    check.add_argument("--report", type=Path, help="also write the findings to this .csv or .html file")
    check.set_defaults(run=_check)

    measure = commands.add_parser("measure", help="build a study's networks and measure them")
    measure.add_argument("study", type=Path, help="the study's folder, which holds study.yaml")
    measure.add_argument(
        "--out", type=Path, required=True, help="folder for actor_measures.csv and scores.csv"
    )
    measure.set_defaults(run=_measure)

    value = commands.add_parser("value", help="set printed export figures beside what they imply")
    value.add_argument("study", type=Path, help="the study's folder, which holds study.yaml")
    value.set_defaults(run=_value)

    verify = commands.add_parser(
        "verify-coding", help="hold a coded study against the text it was coded from"
    )
    verify.add_argument("study", type=Path, help="the study's folder, which holds study.yaml")
    verify.add_argument(
        "--book", type=Path, required=True, help="the text as a UTF-8 file with numbered sections"
    )
    verify.set_defaults(run=_verify)

    measures = commands.add_parser("measures", help="list the measures, or say what one of them is")
    measures.add_argument("name", nargs="?", help="a measure, for its definition, formula and source")
    measures.set_defaults(run=_measures)

    reference = commands.add_parser("reference", help="write the reference pages: tables, measures, model")
    reference.add_argument("--out", type=Path, required=True, help="folder for the Markdown files")
    reference.set_defaults(run=_reference)
    return parser


def _check(options: argparse.Namespace) -> int:
    from gumflow.contract.findings import findings_page, findings_table
    from gumflow.contract.model import load_model
    from gumflow.contract.study import check_study, find_study
    from gumflow.contract.writing import write_table, write_text

    study = find_study(options.study.resolve())
    findings = check_study(study, load_model())
    for finding in findings:
        print(finding.line())
    errors = sum(f.severity == "error" for f in findings)
    if options.report is not None:
        if options.report.suffix == ".html":
            write_text(findings_page(f"Check of study {study.name}", findings), options.report)
        elif options.report.suffix == ".csv":
            write_table(findings_table(findings), options.report)
        else:
            raise GumflowError(f"--report {options.report}: the file should end in .csv or .html")
    rest = len(findings) - errors
    print(
        f"{study.name}: {errors} to mend, {rest} to look at" if findings else f"{study.name}: nothing to mend"
    )
    return 1 if errors else 0


def _measure(options: argparse.Namespace) -> int:
    from gumflow.contract.model import load_model
    from gumflow.contract.scores import SCORE_KEY
    from gumflow.contract.study import cells_table, find_study, tidy_study
    from gumflow.contract.writing import write_table
    from gumflow.measures.study import measure_study

    study = find_study(options.study.resolve())
    tables = tidy_study(study, load_model())
    wide, long = measure_study(cells_table(study), tables["actors"], tables["ties"])
    write_table(wide, options.out / "actor_measures.csv")
    write_table(long, options.out / "scores.csv", SCORE_KEY)
    withheld = long[long["withheld"].str.startswith("withheld")]
    print(f"{options.out / 'actor_measures.csv'}: {len(wide)} rows")
    print(f"{options.out / 'scores.csv'}: {len(long)} rows, {len(withheld)} of them withheld with a reason")
    return 0


def _value(options: argparse.Namespace) -> int:
    from gumflow.contract.model import load_model
    from gumflow.contract.study import find_study, tidy_study
    from gumflow.inference.value_capture import value_capture_table

    table = value_capture_table(tidy_study(find_study(options.study.resolve()), load_model())["facts"])
    if table.empty:
        print("The study prints no figures on exports and prices that could be set side by side.")
    for r in table.to_dict("records"):
        numbers = " -> ".join(f"{v:.4g}" for v in (r["printed"], r["value"]) if v == v)
        print(f"{r['cluster']}  {r['item']}  {numbers}  [{r['verdict']}]\n    {r['reading_en']}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from gumflow.contract.model import load_model
    from gumflow.contract.study import find_study, tidy_study
    from gumflow.intake.book import read_book
    from gumflow.intake.coding import verify_coding

    tables = tidy_study(find_study(options.study.resolve()), load_model())
    problems = verify_coding(tables, read_book(options.book))
    for r in problems.to_dict("records"):
        print(f"{r['cluster']}/{r['table']}: {r['row']}, {r['place']}: {r['what']}: {r['problem']}")
    names = ("actors", "ties", "statements", "facts", "events", "chain")
    held = ", ".join(f"{len(tables[n])} {n}" for n in names)
    print(
        f"{len(problems)} rows are not borne out by the text"
        if len(problems)
        else f"clean: {held} are borne out by the text"
    )
    return 1 if len(problems) else 0


def _measures(options: argparse.Namespace) -> int:
    from gumflow.measures.registry import get_measure
    from gumflow.present.codebook import declared_measures

    declared = declared_measures()

    if options.name is None:
        width = max(len(m.name) for m in declared)
        for m in declared:
            print(f"{m.level:8} {m.name:{width}}  {m.label_en}")
        return 0
    m = get_measure(options.name)
    print(
        f"{m.name} ({m.level}): {m.label_en} / {m.label_zh}\n  {m.definition}\n  formula: {m.formula}\n  source: {m.source}"
    )
    print(f"  boundaries: {', '.join(m.boundaries)}; networks: {', '.join(m.networks)}; cost: {m.cost}")
    if m.undefined:
        print(f"  undefined when: {m.undefined}")
    return 0


def _reference(options: argparse.Namespace) -> int:
    from gumflow.contract.model import load_model
    from gumflow.contract.writing import write_text
    from gumflow.present.reference import reference_pages

    for name, text in reference_pages(load_model()).items():
        write_text(text, options.out / name)
        print(options.out / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
