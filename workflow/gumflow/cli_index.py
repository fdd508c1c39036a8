"""The command `gumflow index`: a composite indicator from a table and a tree, or from COINr's iData and iMeta."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gumflow.contract.errors import GumflowError

if TYPE_CHECKING:
    from gumflow.index.choices import Choices
    from gumflow.index.plan import Plan
    from gumflow.index.table import IndexData
    from gumflow.index.tree import IndexTree


def add_index(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add index to the commands of `gumflow`."""
    index = commands.add_parser(
        "index", help="make a composite indicator: scores, ranks, their uncertainty and an audit"
    )
    index.add_argument(
        "--data", type=Path, metavar="FILE", help="table with a row for each unit (CSV, XLSX); needs --tree"
    )
    index.add_argument("--tree", type=Path, metavar="FILE", help="indicators and groups of the index (YAML)")
    index.add_argument("--idata", type=Path, metavar="FILE", help="COINr's iData (CSV, XLSX); needs --imeta")
    index.add_argument("--imeta", type=Path, metavar="FILE", help="COINr's iMeta (CSV, XLSX)")
    index.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="choices from imputation to uncertainty (YAML; default: those of docs/indicators.md)",
    )
    index.add_argument(
        "--replicates",
        type=Path,
        metavar="FILE",
        help="table of choices and weights, a row for each replicate, to run instead of sampled ones",
    )
    index.add_argument(
        "--group",
        default="",
        metavar="COLUMN",
        help="column of the data with groups of units, for imputation",
    )
    index.add_argument(
        "--weight",
        nargs="+",
        default=[],
        type=_weight,
        metavar="CODE=SHARE",
        help="what if these nodes had these shares of their group? written to what_if.csv",
    )
    index.add_argument("--seed", type=_count, default=2009, help="where random streams start (default: 2009)")
    index.add_argument("--out", type=Path, required=True, help="folder for the tables and the workbook")
    index.set_defaults(run=_index)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _weight(text: str) -> tuple[str, float]:
    code, _, share = text.rpartition("=")
    try:
        value = float(share)
    except ValueError:
        value = -1.0
    if not code or not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a code and a share from 0 to 1, such as trade=0.4")
    return code, value


def _index(options: argparse.Namespace) -> int:
    from gumflow.contract.writing import write_table
    from gumflow.present.index_workbook import write_index_workbook
    from gumflow.present.own_index import index_own_files

    _check_call(options)
    choices, tree, data = _read(options)
    plan = _fitting(options, choices, tree, data)
    found = index_own_files(tree, data, choices, seed=options.seed, plan=plan, weights=dict(options.weight))
    workbook = options.out / "index.xlsx"
    write_index_workbook(found.result, workbook)
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    for line in found.summary:
        print(line)
    for name, table in found.tables.items():
        path = options.out / f"{name}.csv"
        write_table(table, path)
        print(f"{path}: {len(table)} rows")
    print(f"{workbook}: data, weights, scores and ranks as formulas")
    return 0


def _check_call(options: argparse.Namespace) -> None:
    """Raise `GumflowError` unless the files are one of the two pairs and the folder can be made."""
    own, foreign = (options.data, options.tree), (options.idata, options.imeta)
    if any(own) == any(foreign) or not (all(own) or all(foreign)):
        raise GumflowError("give --data and --tree, or COINr's --idata and --imeta")
    file = next((p for p in (options.out, *options.out.parents) if p.exists() and not p.is_dir()), None)
    if file is not None:
        raise GumflowError(f"--out {options.out}: {file} is a file; name a folder for the tables")


def _read(options: argparse.Namespace) -> "tuple[Choices, IndexTree, IndexData]":
    """Read choices, tree and data; raise one `GumflowError` with what is wrong in any of them."""
    from gumflow.index.choices import Choices, load_choices
    from gumflow.index.coinr import load_coinr
    from gumflow.index.table import load_index

    choices, pair, wrong = Choices(), None, []
    try:
        choices = load_choices(options.config)
    except GumflowError as error:
        wrong.append(str(error))
    how = {"denominate": choices.denominate.use, "group": options.group}
    try:
        if options.data:
            pair = load_index(options.tree, options.data, **how)
        else:
            pair = load_coinr(options.idata, options.imeta, **how)
    except GumflowError as error:
        wrong.append(str(error))
    if wrong or pair is None:
        raise GumflowError("\n".join(wrong))
    return choices, *pair


def _fitting(
    options: argparse.Namespace, choices: "Choices", tree: "IndexTree", data: "IndexData"
) -> "Plan | None":
    """Return the given replicates, if there are any; raise one `GumflowError` for all in which choices and replicates do not fit."""
    from gumflow.index.choice_checks import check_choices
    from gumflow.index.replicate_table import read_replicates

    plan, wrong = None, []
    try:
        check_choices(choices, tree, data, options.config.name if options.config else "choices")
    except GumflowError as error:
        wrong.append(str(error))
    try:
        plan = read_replicates(options.replicates, tree, choices) if options.replicates else None
    except GumflowError as error:
        wrong.append(str(error))
    if wrong:
        raise GumflowError("\n".join(wrong))
    return plan
