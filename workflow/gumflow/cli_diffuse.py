"""The command `gumflow diffuse`: how something spread through a network, from ties and times of adoption."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gumflow.contract.errors import GumflowError

if TYPE_CHECKING:
    from gumflow.intake.adoption import Adoption
    from gumflow.present.own_files import OwnFiles


def add_diffuse(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add diffuse to the commands of `gumflow`."""
    diffuse = commands.add_parser(
        "diffuse", help="follow an adoption through a network: exposure, thresholds, hazard, infection"
    )
    diffuse.add_argument(
        "--ties",
        nargs="+",
        required=True,
        metavar="FILE",
        help="edge lists or matrices (CSV, XLSX), GraphML or GEXF; LAYER=FILE names the layer of a file",
    )
    _add_adoption(diffuse)
    diffuse.add_argument(
        "--direction",
        default="outgoing",
        choices=("outgoing", "incoming", "both"),
        help="an actor is exposed to those it names as targets (outgoing, the default), to those who name it, or to both; "
        "for ties of a study's layer knowledge: incoming",
    )
    directed = diffuse.add_mutually_exclusive_group()
    directed.add_argument(
        "--directed", dest="directed", action="store_true", default=None, help="ties have a direction"
    )
    directed.add_argument(
        "--undirected", dest="directed", action="store_false", default=None, help="ties have no direction"
    )
    diffuse.add_argument("--layer", metavar="NAME[,NAME...]", help="only these layers")
    diffuse.add_argument("--wave", help="only this wave of a file with a column wave")
    diffuse.add_argument("--strength", metavar="COLUMN", help="column of the ties that holds their strength")
    diffuse.add_argument(
        "--weights", action="store_true", help="weight exposure by strength (default: every tie counts alike)"
    )
    diffuse.add_argument(
        "--lag",
        type=_count,
        default=0,
        help="periods after which an adoption is felt, fewer than there are (default: 0)",
    )
    diffuse.add_argument(
        "--seed", type=_count, default=2009, help="where random streams start (default: 2009)"
    )
    diffuse.add_argument("--out", type=Path, required=True, help="folder for the tables")
    diffuse.set_defaults(run=_diffuse)


def _add_adoption(diffuse: argparse.ArgumentParser) -> None:
    """Add what says who adopted when."""
    diffuse.add_argument(
        "--adoption",
        type=Path,
        required=True,
        metavar="FILE",
        help="table of actors and the period in which each adopted (a whole number), CSV or XLSX; empty for who never did",
    )
    diffuse.add_argument(
        "--id",
        dest="ids",
        metavar="COLUMN",
        help="its column of actors (default: one called actor, id, name or the like, else the first)",
    )
    diffuse.add_argument(
        "--period",
        metavar="COLUMN",
        help="its column of periods (default: one called toa, year_adopted, period, year or the like; of two columns the other one)",
    )
    diffuse.add_argument(
        "--never",
        metavar="CODE",
        help="what the file writes for who never adopted, such as a last period that stands for it",
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _diffuse(options: argparse.Namespace) -> int:
    from gumflow.contract.writing import write_table
    from gumflow.present.own_diffusion import diffuse_own_files

    _check_folder(options.out)
    own, adoption = _read(options)
    _say(own.notes)
    _say(adoption.notes)
    layers = [name.strip() for name in options.layer.split(",") if name.strip()] if options.layer else None
    found = diffuse_own_files(
        own,
        adoption,
        layers=layers,
        directed=options.directed,
        direction=options.direction,
        weighted=options.weights,
        lag=options.lag,
        seed=options.seed,
    )
    _say(found.notes)
    for name, table in found.tables.items():
        path = options.out / f"{name}.csv"
        write_table(table, path)
        print(f"{path}: {len(table)} rows")
    return 0


def _say(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


def _check_folder(out: Path) -> None:
    """Raise `GumflowError` if a file stands where the folder, or one above it, is to be."""
    file = next((path for path in (out, *out.parents) if path.exists() and not path.is_dir()), None)
    if file is not None:
        raise GumflowError(f"--out {out}: {file} is a file; name a folder for the tables")


def _read(options: argparse.Namespace) -> "tuple[OwnFiles, Adoption]":
    """Read both inputs; raise one `GumflowError` with what is wrong in either."""
    from gumflow.intake.adoption import read_adoption
    from gumflow.present.own_files import read_own_files

    own, adoption, wrong = None, None, []
    try:
        own = read_own_files(
            options.ties, strength=options.strength, wave=options.wave, directed=options.directed
        )
    except GumflowError as error:
        wrong.append(str(error))
    try:
        adoption = read_adoption(
            options.adoption, never=options.never, ids=options.ids, period=options.period
        )
    except GumflowError as error:
        wrong.append(str(error))
        if "wrong way round" not in str(error) and _are_times(options.ties):
            wrong.append(
                f"{options.ties[0]} reads as times of adoption: are --ties and --adoption the wrong way round?"
            )
    if own is None or adoption is None:
        raise GumflowError("\n".join(wrong))
    return own, adoption


def _are_times(files: list[str]) -> bool:
    """Say whether the one file of ties holds times of adoption instead."""
    from gumflow.intake.adoption import read_adoption
    from gumflow.intake.edge_lists import names_ends
    from gumflow.intake.spreadsheets import first_row, read_grids
    from gumflow.present.own_files import layer_and_path

    path = layer_and_path(files[0], several=False)[1]
    try:
        return (
            len(files) == 1
            and not names_ends(first_row(read_grids(path, ())[0]))
            and bool(read_adoption(path))
        )
    except GumflowError:
        return False
