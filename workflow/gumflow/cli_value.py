"""The command `gumflow value`: printed export figures beside what they imply, and what yearly exports say of value capture."""

import argparse
import sys
from pathlib import Path

from gumflow.contract.errors import GumflowError


def add_value(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add value to the commands of `gumflow`."""
    value = commands.add_parser(
        "value", help="value capture: printed export figures with what they imply, or your own yearly exports"
    )
    value.add_argument("study", type=Path, nargs="?", help="the study's folder, which holds study.yaml")
    value.add_argument(
        "--exports",
        type=Path,
        metavar="FILE",
        help="table of yearly exports (CSV, XLSX): year, quantity, value; also currency, fx, price_index, product, unit",
    )
    value.add_argument(
        "--break",
        dest="break_year",
        type=_year,
        metavar="YEAR",
        help="first year of a new regime, declared before the figures were seen",
    )
    value.add_argument("--out", type=Path, help="folder for the tables and figures of --exports")
    value.add_argument(
        "--synthetic", action="store_true", help="the exports are made up: mark tables and figures so"
    )
    value.add_argument("--seed", type=_year, default=2009, help="where random streams start (default: 2009)")
    value.set_defaults(run=_value)


def _year(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _value(options: argparse.Namespace) -> int:
    if (options.study is None) == (options.exports is None):
        raise GumflowError("give either a study's folder, or --exports with your own table of yearly exports")
    if options.exports is not None:
        return _value_of_file(options)
    unread = {"--break": options.break_year is not None, "--out": options.out, "--synthetic": options.synthetic}  # fmt: skip
    given = [name for name, there in unread.items() if there]
    if given:
        raise GumflowError(f"{', '.join(given)}: only with --exports; of a study, study.yaml says this")
    return _value_of_study(options)


def _value_of_study(options: argparse.Namespace) -> int:
    from gumflow.contract.model import load_model
    from gumflow.contract.study import cells_table, find_study, tidy_study
    from gumflow.inference.export_estimates import export_tables
    from gumflow.inference.export_scores import export_scores
    from gumflow.inference.value_capture import value_capture_table

    study = find_study(options.study.resolve())
    tables = tidy_study(study, load_model())
    table = value_capture_table(tables["facts"])
    if table.empty:
        print("The study prints no figures on exports and prices that could be set side by side.")
    for r in table.to_dict("records"):
        numbers = " -> ".join(f"{v:.4g}" for v in (r["printed"], r["value"]) if v == v)
        print(f"{r['cluster']}  {r['item']}  {numbers}  [{r['verdict']}]\n    {r['reading_en']}")
    if tables["exports"].empty:
        print("Nothing is estimated: the study gives no yearly exports (exports.csv).")
        return 0
    cells = cells_table(study)
    scores = export_scores(export_tables(tables["exports"], cells, options.seed), cells)
    for r in scores.to_dict("records"):
        about = f" ({r['category'].replace('_', ' ')})" if r["category"] else ""
        bounds = f" [{r['low']:.3g}, {r['high']:.3g}]" if r["low"] == r["low"] else ""
        found = f"{r['value']:.3g}{bounds}, n = {r['n']:.0f}" if r["value"] == r["value"] else r["withheld"]
        print(f"{r['cluster']} {r['wave']}  {r['measure']}{about}  {found}")
    return 0


def _value_of_file(options: argparse.Namespace) -> int:
    from gumflow.contract.writing import write_figure, write_table
    from gumflow.present.own_exports import own_export_figures, read_own_exports

    if options.out is None:
        raise GumflowError("--out is missing: name a folder for the tables and figures")
    if options.out.exists() and not options.out.is_dir():
        raise GumflowError(f"--out {options.out}: is a file; name a folder")
    own = read_own_exports(options.exports, options.seed, options.break_year)
    grade = "synthetic" if options.synthetic else "official"
    for name in ("regression", "breaks", "decomposition"):
        table = getattr(own.estimates, name)
        path = options.out / f"{name}.csv"
        write_table(table.assign(grade=grade) if options.synthetic else table, path)
        print(f"{path}: {len(table)} rows")
    for name, figure in own_export_figures(own, options.exports.stem, grade):
        write_figure(figure, options.out / name)
        print(f"{options.out / name}: svg, pdf, png")
    for note in own.notes:
        print(f"note: {note}", file=sys.stderr)
    return 0
