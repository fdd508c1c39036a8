"""Files of the waves of one network for the R package RSiena, which models how networks and behavior change together."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.writing import write_table, write_text
from gumflow.networks.graph import Network
from gumflow.networks.observation import is_observed

LARGEST = 2_000
STRUCTURAL_ZERO = "10"
"""RSiena's code of a tie that could not exist, used for actors that are absent in a wave (manual, 4.3.1)."""

_RESERVED = ("network", "composition")
"""Names of the other parts of the data object."""

_UNFIT = {
    "text": "a text is silent on most ties, so a tie that it does not mention is not absent",
    "sample": "only a sample of the actors was asked, so most ties were not observed",
}


def write_rsiena(
    waves: Sequence[Network], folder: Path, attributes: pd.DataFrame | None = None
) -> list[Path]:
    """Write the waves of a network, oldest first, as files that RSiena reads, and return their paths.

    wave_1.txt, ...   the adjacency matrix of each wave over all actors of any wave, sorted by id, separated by spaces, no
                      header: 1 tied, 0 not, NA not observed, 10 if either actor is absent in the wave (structural zero)
    actors.csv        position (from 1), actor, and 1 or 0 for its presence in each wave
    composition.txt   only if actors came or went: for each actor the spans of time in which it is there, for the method of
                      joiners and leavers (Huisman and Snijders 2003); the moment of a change is not known and
                      is set midway between two waves
    covariates.csv    only with `attributes`: `actor` and its other columns, constant over waves; texts are
                      numbered in the order of their values, which covariate_codes.csv lists
    load_rsiena.R     loads all this into a data object of RSiena

    `attributes` has one row for each actor, with the column `actor`; a missing actor or cell is NA. Strengths are not written:
    RSiena models ties that are or are not. Equal inputs give equal bytes. Raises `GumflowError` for fewer than two
    waves, waves of different networks, more than 2,000 actors, a boundary under which absent ties are
    unknown, and attributes that RSiena cannot read.
    """
    _check(waves)
    actors = np.unique(np.concatenate([wave.actors for wave in waves]))
    if len(actors) > LARGEST:
        raise GumflowError(
            f"RSiena files are written for up to {LARGEST} actors and these waves have {len(actors)}"
        )
    present = np.column_stack([np.isin(actors, wave.actors) for wave in waves])
    covariates, codes = _covariates(actors, attributes)

    folder = Path(folder)
    written = []
    for k, wave in enumerate(waves, start=1):
        written.append(folder / f"wave_{k}.txt")
        write_text(_matrix_text(_matrix(wave, actors)), written[-1])
    table = pd.DataFrame({"position": np.arange(1, len(actors) + 1), "actor": pd.Series(actors, dtype="str")})
    for k in range(len(waves)):
        table[f"wave_{k + 1}"] = present[:, k].astype(np.int64)
    tables = {"actors.csv": table}
    if len(covariates.columns) > 1:
        tables["covariates.csv"] = covariates
    if len(codes):
        tables["covariate_codes.csv"] = codes
    for name, content in tables.items():
        written.append(folder / name)
        write_table(content, written[-1])
    if not present.all():
        written.append(folder / "composition.txt")
        write_text("".join(f"{_spans(row)}\n" for row in present), written[-1])
    written.append(folder / "load_rsiena.R")
    write_text(_script(waves[0], len(waves), list(covariates.columns[1:]), bool(present.all())), written[-1])
    return written


def _check(waves: Sequence[Network]) -> None:
    if len(waves) < 2:
        raise GumflowError(
            f"RSiena compares waves and {len(waves)} is given; give two or more waves of one network"
        )
    names, directions = {wave.name for wave in waves}, {wave.directed for wave in waves}
    if len(names) > 1:
        raise GumflowError(
            f"the waves are of the networks {', '.join(sorted(names))}; give waves of one network"
        )
    if len(directions) > 1:
        raise GumflowError(
            "some waves have directions and some do not; read all as directed or all as undirected"
        )
    for k, wave in enumerate(waves, start=1):
        why = _UNFIT.get(
            wave.boundary, "" if wave.response_known else "who answered the roster is not recorded"
        )
        if wave.leaves_cluster:
            why = "outside actors were not asked about one another; write the networks inside the cluster"
        if why:
            raise GumflowError(f"wave {k} of {wave.name} cannot be written for RSiena: {why}")


def _matrix(wave: Network, actors: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return the cells of the matrix of one wave; without directions a pair is observed if either order was."""
    place = pd.Index(actors).get_indexer(pd.Index(wave.actors))
    cells = np.full((len(actors), len(actors)), STRUCTURAL_ZERO, dtype="<U2")
    one, other = (side.ravel() for side in np.indices((wave.size, wave.size)))
    seen = is_observed(wave, one, other).reshape(wave.size, wave.size)
    if not wave.directed:
        seen |= seen.T
    inner = np.where(seen, "0", "NA")
    inner[wave.source, wave.target] = "1"
    np.fill_diagonal(inner, "0")
    cells[np.ix_(place, place)] = inner
    return cells


def _matrix_text(cells: NDArray[np.str_]) -> str:
    return "".join(" ".join(row) + "\n" for row in cells.tolist())


def _spans(present: NDArray[np.bool_]) -> str:
    """Return the start and end of each run of waves in which an actor is there, in time counted in waves from 1."""
    waves = len(present)
    steps = np.diff(np.concatenate([[False], present, [False]]).astype(int))
    starts, ends = np.flatnonzero(steps == 1) + 1, np.flatnonzero(steps == -1)
    times = [
        f"{max(1.0, start - 0.5):g} {min(float(waves), end + 0.5):g}"
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    return " ".join(times)


def _covariates(
    actors: NDArray[np.str_], attributes: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the numbers of each attribute by actor, under names that R can read, and what numbers of texts stand for."""
    table = pd.DataFrame({"actor": pd.Series(actors, dtype="str")})
    codes = []
    if attributes is not None:
        if "actor" not in attributes.columns:
            raise GumflowError("attributes: the table lacks the column actor")
        if attributes["actor"].duplicated().any():
            twice = sorted(attributes.loc[attributes["actor"].duplicated(), "actor"])
            raise GumflowError(f"attributes: {twice[0]!r} stands more than once; keep one row for each actor")
        mine = attributes.set_index("actor").reindex(actors)
        for column in mine.columns:
            name, values = _r_name(str(column), [*table.columns, *_RESERVED]), mine[column]
            if values.isna().all():
                raise GumflowError(
                    f"attributes: {column!r} has no value for any actor of the waves, which RSiena refuses; leave it out"
                )
            if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
                labels = sorted({str(value) for value in values.dropna()})
                numbers = {label: k for k, label in enumerate(labels, start=1)}
                codes += [(name, str(column), number, label) for label, number in numbers.items()]
                values = values.map(lambda value, numbers=numbers: numbers[str(value)], na_action="ignore")
            table[name] = values.to_numpy(dtype="float64", na_value=np.nan)
    return table, pd.DataFrame(codes, columns=["covariate", "column", "code", "label"])


def _r_name(column: str, taken: list[str]) -> str:
    """Return a name that R takes in any locale, distinct from those taken."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", column).strip("_")
    plain = plain if re.match(r"[A-Za-z]", plain) else f"covariate_{plain}".rstrip("_")
    name, k = plain, 2
    while name in taken:
        name, k = f"{plain}_{k}", k + 1
    return name


def _script(network: Network, waves: int, covariates: list[str], constant: bool) -> str:
    """Return the R script; every object has a prefix, so that no covariate hides a function of R."""
    files = ", ".join(f'"wave_{k}.txt"' for k in range(1, waves + 1))
    kind = "directed" if network.directed else "undirected (the matrices are symmetric, which RSiena sees)"
    parts = [
        f"# Loads {waves} waves of one {kind} network into RSiena. Run it in the folder of these files.",
        "# Rows and columns are the actors of actors.csv. 1 tied, 0 not tied, NA not observed,",
        "# 10 structural zero: an actor is absent in that wave.",
        "library(RSiena)",
        'actors <- read.csv("actors.csv", fileEncoding = "UTF-8-BOM", colClasses = c(actor = "character"))',
        f"wave_files <- c({files})",
        "wave_matrices <- lapply(wave_files, function(f) unname(as.matrix(read.table(f))))",
    ]
    if not constant:
        parts += [
            "",
            "# Actors came or went. FALSE: they are held by structural zeros. TRUE: by the method of joiners and leavers",
            "# (Huisman and Snijders 2003), which wants NA in their place. Use one of the two, not both.",
            "joiners_and_leavers <- FALSE",
            "if (joiners_and_leavers) {",
            "  wave_matrices <- lapply(wave_matrices, function(m) { m[m %in% 10] <- NA; m })",
            "}",
        ]
    parts += [
        "",
        "network <- sienaDependent(array(unlist(wave_matrices), dim = c(nrow(actors), nrow(actors), length(wave_files))))",
        "parts <- list(network = network)",
    ]
    if covariates:
        parts += [
            "",
            "# Covariates, the same in all waves, centered by RSiena; covariate_codes.csv says what numbers of texts mean.",
            'covariates <- read.csv("covariates.csv", fileEncoding = "UTF-8-BOM", colClasses = c(actor = "character"))',
            "stopifnot(identical(covariates$actor, actors$actor))",
            *(f'parts[["{name}"]] <- coCovar(as.numeric(covariates[["{name}"]]))' for name in covariates),
        ]
    if not constant:
        parts += [
            "",
            "# Spans of presence: changes are set midway between two waves, since their moment is not known.",
            "if (joiners_and_leavers) {",
            '  parts[["composition"]] <- sienaCompositionChangeFromFile("composition.txt")',
            "}",
        ]
    parts += [
        "",
        "siena_data <- do.call(sienaDataCreate, parts)",
        "siena_effects <- getEffects(siena_data)",
        'print01Report(siena_data, modelname = "siena_report")',
    ]
    return "\n".join(parts) + "\n"
