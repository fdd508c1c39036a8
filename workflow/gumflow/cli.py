"""The command `gumflow`: single stages on a user's own files, without Snakemake. Each command calls what the rules call."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gumflow.cli_diffuse import add_diffuse
from gumflow.cli_field import add_field_commands
from gumflow.cli_index import add_index
from gumflow.cli_value import add_value
from gumflow.contract.errors import GumflowError

if TYPE_CHECKING:
    import pandas as pd

    from gumflow.measures.compute import Settings
    from gumflow.present.own_files import OwnFiles

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

    add_field_commands(commands)
    _add_measure(commands)
    _add_qap(commands)
    _add_waves(commands)
    add_diffuse(commands)
    add_index(commands)
    _add_export(commands)
    add_value(commands)

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


def _add_measure(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    measure = commands.add_parser(
        "measure", help="measure a study's networks, or those of your own edge lists"
    )
    measure.add_argument("study", type=Path, nargs="?", help="the study's folder, which holds study.yaml")
    _add_own_files(measure)
    measure.add_argument(
        "--group",
        default="",
        metavar="COLUMN",
        help="column of the actors to read as groups (E-I, roles, mixing)",
    )
    measure.add_argument(
        "--missing",
        default="observed",
        choices=("observed", "reciprocal", "impute", "absent", "drop"),
        help="what is done about ties that nobody could report (default: observed)",
    )
    measure.add_argument(
        "--boundary",
        default="census",
        choices=("census", "roster", "sample", "text"),
        help="how the actors were chosen (default: census: a tie that is not listed is absent)",
    )
    measure.add_argument(
        "--weighted-paths", action="store_true", help="also measure paths whose length is 1/strength"
    )
    measure.add_argument(
        "--draws",
        type=_count,
        default=1000,
        help="bootstrap draws behind an interval, 0 for none (default: 1000)",
    )
    for name, text in _MORE.items():
        measure.add_argument(f"--{name}", action="store_true", help=text)
    measure.add_argument(
        "--restricted",
        type=Path,
        default=Path("restricted"),
        help="folder for the key and identities of a confidential study (default: restricted)",
    )
    measure.add_argument("--out", type=Path, required=True, help="folder for the tables")
    measure.set_defaults(run=_measure)


def _add_qap(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    qap = commands.add_parser("qap", help="regress a layer on other layers and on attributes (MRQAP)")
    _add_own_files(qap)
    qap.add_argument("--y", required=True, metavar="LAYER", help="the layer to explain")
    qap.add_argument(
        "--x",
        required=True,
        metavar="X[,X...]",
        help="layers, or EFFECT:COLUMN of the actors: same, difference, absolute_difference, sender, receiver",
    )
    qap.add_argument(
        "--logistic", action="store_true", help="explain whether there is a tie, not its strength"
    )
    qap.add_argument("--permutations", type=_count, default=2000, help="permutations (default: 2000)")
    qap.add_argument(
        "--out", type=Path, help="folder for qap.csv, or a .csv file; printed only, if not given"
    )
    qap.set_defaults(run=_qap)


def _add_waves(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    waves = commands.add_parser("waves", help="compare the waves of a network; with files for RSiena")
    _add_own_files(waves, wave=False)
    waves.add_argument("--group", default="", metavar="COLUMN", help="column of the actors to read as groups")
    waves.add_argument(
        "--out", type=Path, required=True, help="folder for changes.csv, actors.csv and rsiena/"
    )
    waves.set_defaults(run=_waves)


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = commands.add_parser("export", help="write a network for other programs")
    _add_own_files(export)
    export.add_argument(
        "--out",
        type=Path,
        required=True,
        help=".graphml or .gexf (all layers), .csv or .xlsx (a matrix), or a folder (nodes.csv and edges.csv for R)",
    )
    export.set_defaults(run=_export)


def _add_own_files(parser: argparse.ArgumentParser, wave: bool = True) -> None:
    parser.add_argument(
        "--ties",
        nargs="+",
        metavar="FILE",
        help="edge lists or matrices (CSV, XLSX), GraphML or GEXF; LAYER=FILE names the layer of a file",
    )
    parser.add_argument("--actors", type=Path, help="table of actors and their attributes, CSV or XLSX")
    parser.add_argument(
        "--id",
        metavar="COLUMN",
        help="column of ids in the table of actors; row if its rows are actors 1, 2, ...",
    )
    direction = parser.add_mutually_exclusive_group()
    direction.add_argument(
        "--directed",
        dest="directed",
        action="store_true",
        default=None,
        help="ties have a direction (default, unless the file says otherwise)",
    )
    direction.add_argument(
        "--undirected", dest="directed", action="store_false", default=None, help="ties have no direction"
    )
    parser.add_argument("--layer", metavar="NAME[,NAME...]", help="only these layers")
    if wave:
        parser.add_argument("--wave", help="only this wave of a file with a column wave")
    parser.add_argument(
        "--tie-rule",
        metavar="RULE",
        help="what the reports of both ends make of a tie (column reporter), as RULE or LAYER=RULE[,LAYER=RULE...]: "
        "union (default), intersection, sender, receiver, average",
    )
    parser.add_argument("--strength", metavar="COLUMN", help="column of the ties that holds their strength")
    parser.add_argument(
        "--seed", type=_count, default=2009, help="where random streams start (default: 2009)"
    )


_MORE = {
    "stability": "also drop respondents at random and see who stays central",
    "test": "also test reciprocity, transitivity and numeric attributes against chance",
    "errors": "also give standard errors by several methods, rough ones for measures of paths",
    "pairs": "also list all pairs of up to 500 actors: distance, shared partners, brokers between",
}
_OF_OWN_FILES = ("actors", "id", "layer", "wave", "strength", "tie_rule", "group", *_MORE)


def _names(text: str | None) -> list[str] | None:
    """Split a list of names at commas; None if there is none."""
    return [name.strip() for name in text.split(",") if name.strip()] if text else None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _measure(options: argparse.Namespace) -> int:
    if (options.study is None) == (options.ties is None):
        raise GumflowError("give either a study's folder, or --ties with your own edge list")
    if options.ties is not None:
        return _measure_own(options)
    unread = [f"--{name.replace('_', '-')}" for name in _OF_OWN_FILES if getattr(options, name)]
    if options.directed is not None:
        unread.append("--directed" if options.directed else "--undirected")
    if options.boundary != "census":
        unread.append("--boundary")
    if unread:
        raise GumflowError(
            f"{', '.join(unread)}: only with --ties; of a study, study.yaml and its tables say this"
        )
    return _measure_study(options)


def _measure_study(options: argparse.Namespace) -> int:
    from gumflow.contract.model import load_model
    from gumflow.contract.scores import SCORE_KEY
    from gumflow.contract.study import cells_table, find_study
    from gumflow.contract.writing import write_table
    from gumflow.intake.field import tidy_inputs
    from gumflow.measures.study import measure_study

    study = find_study(options.study.resolve())
    tables = tidy_inputs(study, load_model(), options.restricted)
    found = measure_study(
        cells_table(study),
        tables["actors"],
        tables["ties"],
        tables["roster"],
        _settings(options),
        seed=options.seed,
    )
    for name, table in found.items():
        write_table(table, options.out / f"{name}.csv", SCORE_KEY if name == "scores" else None)
        print(f"{options.out / name}.csv: {len(table)} rows")
    withheld = found["scores"]["withheld"].str.startswith("withheld").sum()
    print(f"{withheld} values are withheld, each with its reason in scores.csv")
    return 0


def _measure_own(options: argparse.Namespace) -> int:
    from gumflow.contract.writing import write_table
    from gumflow.present.own_files import measure_own_files

    own = _own_files(options)
    folders = measure_own_files(
        own,
        layers=_names(options.layer),
        directed=options.directed,
        group=options.group,
        boundary=options.boundary,
        settings=_settings(options),
        more=[name for name in _MORE if getattr(options, name)],
        seed=options.seed,
    )
    for folder, tables in folders.items():
        for name, table in tables.items():
            path = options.out / folder / f"{name}.csv"
            write_table(table, path)
            print(f"{path}: {len(table)} rows")
    withheld = folders[""]["network"]["withheld"].str.startswith("withheld").sum()
    if withheld:
        print(f"{withheld} measures are withheld, each with its reason in network.csv")
    return 0


def _qap(options: argparse.Namespace) -> int:
    from gumflow.contract.writing import write_table
    from gumflow.present.own_files import regress_own_files

    own = _own_files(options)
    result = regress_own_files(
        own,
        options.y,
        _names(options.x) or [],
        directed=options.directed,
        logistic=options.logistic,
        permutations=options.permutations,
        seed=options.seed,
    )
    print(result.table.to_string(index=False, float_format=lambda value: f"{value:.4f}"))
    explained = (
        f"pseudo R2 (McFadden) {result.mcfadden_r_squared:.4f}"
        if options.logistic
        else f"R2 {result.r_squared:.4f}"
    )
    print(f"{explained}; {result.n_dyads} pairs, {result.missing_dyads} missing; {result.method}")
    for warning in result.warnings:
        print(f"note: {warning}", file=sys.stderr)
    if options.out is not None:
        path = options.out if options.out.suffix == ".csv" else options.out / "qap.csv"
        write_table(result.table, path)
        print(path)
        if path != options.out:
            _write_agreement(own.agreement, options.out)
    return 0


def _waves(options: argparse.Namespace) -> int:
    from gumflow.contract.writing import write_table
    from gumflow.networks.rsiena import write_rsiena
    from gumflow.present.own_waves import change_own_files

    found = change_own_files(
        _tie_files(options),
        options.actors,
        ids=options.id,
        strength=options.strength,
        layers=_names(options.layer),
        directed=options.directed,
        tie_rule=options.tie_rule,
        group=options.group,
        seed=options.seed,
    )
    _print_notes(found.notes)
    for name, table in (("changes", found.changes), ("actors", found.actors)):
        write_table(table, options.out / f"{name}.csv")
        print(f"{options.out / name}.csv: {len(table)} rows")
    _write_agreement(found.agreement, options.out)
    write_rsiena(found.networks, options.out / "rsiena")
    print(f"{options.out / 'rsiena'}: files for the R package RSiena")
    return 0


def _export(options: argparse.Namespace) -> int:
    from gumflow.present.own_files import export_own_files

    own = _own_files(options)
    export_own_files(own, options.out, layers=_names(options.layer), directed=options.directed)
    print(options.out)
    if not options.out.suffix:
        _write_agreement(own.agreement, options.out)
    return 0


def _write_agreement(agreement: "pd.DataFrame | None", folder: Path) -> None:
    """Write how far the two ends of ties agree, if the ties name reporters."""
    from gumflow.contract.writing import write_table

    if agreement is not None:
        write_table(agreement, folder / "agreement.csv")
        print(f"{folder / 'agreement.csv'}: {len(agreement)} rows")


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


def _tie_files(options: argparse.Namespace) -> list[str]:
    if not options.ties:
        raise GumflowError("--ties is missing: give your edge list, such as --ties ties.csv")
    return list(options.ties)


def _settings(options: argparse.Namespace) -> "Settings":
    from gumflow.measures.compute import Settings

    on_request = ("weighted_paths",) if options.weighted_paths else ()
    return Settings(
        draws=options.draws,
        missing=options.missing,
        empty_is_known=options.ties is not None,
        on_request=on_request,
    )


def _own_files(options: argparse.Namespace) -> "OwnFiles":
    from gumflow.present.own_files import read_own_files

    own = read_own_files(
        _tie_files(options),
        options.actors,
        ids=options.id,
        strength=options.strength,
        wave=options.wave,
        directed=options.directed,
        tie_rule=options.tie_rule,
        boundary=getattr(options, "boundary", "census"),
    )
    _print_notes(own.notes)
    return own


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
    from gumflow.present.codebook import declared_measures, networks_of

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
    networks = f"; networks: {networks_of(m)}" if networks_of(m) else ""
    print(f"  boundaries: {', '.join(m.boundaries)}{networks}; cost: {m.cost}")
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
