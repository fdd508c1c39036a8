"""What the commands make of a user's own edge lists, without a study: networks, their measures, regressions of layers."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.inference.layer_pairs import as_matrix
from gumflow.inference.mrqap import MRQAP, mrqap, mrqap_logistic
from gumflow.inference.qap import ATTRIBUTE_EFFECTS, attribute_matrix
from gumflow.intake.actor_tables import ActorTable, read_actor_table
from gumflow.intake.edge_lists import LEAST_STRENGTH, MOST_STRENGTH, STRENGTH_RANGE, EdgeList
from gumflow.intake.graph_files import read_graph_file, write_graph_file, write_node_edge_csv
from gumflow.intake.matrices import read_ties, write_matrix
from gumflow.measures.compute import DEFAULTS, Settings, measure_network
from gumflow.measures.dyads import pair_table
from gumflow.measures.groups import coleman_homophily, mixing_table
from gumflow.measures.multiplex import layer_table
from gumflow.measures.registry import COMPLETE
from gumflow.measures.response import rank_stability
from gumflow.measures.study import STABILITY_REPLICATES
from gumflow.networks.edges import network_of_edges
from gumflow.networks.graph import Network
from gumflow.present.exports import measure_codebook
from gumflow.present.own_reports import combine_own_reports, tie_notes
from gumflow.present.own_tables import ego_tables, error_table, network_tests

ONLY_LAYER = "tie"
"""Name of the layer of ties whose file names none."""
_YES_NO = dict.fromkeys(("1", "true", "yes", "y", "是"), True) | dict.fromkeys(
    ("0", "false", "no", "n", "否"), False
)
COLUMNS = ("source", "target", "layer", "strength")
OPTIONAL: dict[str, object] = {"directed": True, "reporter": ""}
"""Columns that a file of ties may have besides, and what stands in them for a file that has not."""
GRAPH_SUFFIXES = (".graphml", ".gexf")
STATES = ("achieved", "partial", "lacking", "recommended")
LARGEST_STABILITY = 2000
"""Most actors for which respondents are dropped at random, again and again."""
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True, eq=False)
class OwnFiles:
    """What a user gave: `ties` (source, target, layer, strength), `actors` or None, pairs of which nothing is known, how it was read.

    Where ties name a reporter, `ties` are what a rule made of the reports, `reports` the ties as read, and `agreement` says by layer how
    far the two ends agree (`own_reports.combine_own_reports`); else both are None.
    """

    ties: pd.DataFrame
    actors: pd.DataFrame | None
    unobserved: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    reports: pd.DataFrame | None = None
    agreement: pd.DataFrame | None = None

    @property
    def layers(self) -> list[str]:
        """Return the layers that occur, sorted."""
        return sorted(set(self.ties["layer"]))


def read_own_files(
    files: Sequence[str],
    actors: Path | None = None,
    *,
    ids: str | None = None,
    strength: str | None = None,
    wave: str | None = None,
    directed: bool | None = None,
    tie_rule: str | None = None,
    boundary: str = "census",
) -> OwnFiles:
    """Read ties from one or more files, and attributes from another.

    A file may be given as LAYER=FILE; of several files that name no layer, each is a layer called by the file's name. A layer that the file
    says stands. Ties that a column `state` calls partial, lacking or recommended are left out, as in a study. `ids` is the column
    of ids in the table of actors, or `row` (`actor_tables.read_actor_table`); `wave` chooses the rows of one wave. A
    column `responded` of the actors (yes, no, or empty for those who were not asked) says who answered. Reports of ties with a
    column `reporter` are combined by `tie_rule` (`own_reports.combine_own_reports`). A list of ties may be empty where there is a table of
    actors. Raises `GumflowError` that names everything wrong in a file.
    """
    parts, notes, people, unobserved = [], [], [], []
    for given in files:
        layer, path = layer_and_path(given, several=len(files) > 1)
        found, listed = read_tie_file(path, layer, strength, may_be_empty=actors is not None)
        table, dropped = _achieved(_one_wave(found.table, path, wave))
        default = layer or ONLY_LAYER
        parts.append(table.assign(layer=table["layer"].where(table["layer"] != "", default)))
        notes += [f"{path.name}: {note}" for note in (*found.notes, *dropped)]
        people += [] if listed is None else [_with_answers(listed, path)]
        unobserved += list(found.unobserved)
    ties = _joined(parts)
    if actors is None:
        table = _everybody(people, ties)
    else:
        read = _read_actors(actors, ids, set(ties["source"]) | set(ties["target"]), wave)
        notes += [f"{actors.name}: {note}" for note in read.notes]
        table = _with_answers(read.table, actors)
    notes += tie_notes(ties, table, directed)
    own = OwnFiles(ties, table, tuple(unobserved), tuple(notes))
    return combine_own_reports(own, tie_rule, directed, boundary)


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join the ties of several files; where one says nothing of a direction ties have one, and nobody reported them."""
    optional = [name for name in OPTIONAL if any(name in part.columns for part in parts)]
    filled = [
        part.assign(
            **{name: value for name, value in OPTIONAL.items() if name in optional and name not in part}
        )
        for part in parts
    ]
    ties = pd.concat(filled, ignore_index=True)[[*COLUMNS, *optional]]
    return ties.assign(reporter=ties["reporter"].fillna("").astype("str")) if "reporter" in optional else ties


def measure_own_files(
    own: OwnFiles,
    *,
    layers: Sequence[str] | None = None,
    directed: bool | None = None,
    group: str = "",
    boundary: str = "census",
    settings: Settings = DEFAULTS,
    more: Collection[str] = (),
    seed: int,
) -> dict[str, Tables]:
    """Measure the network of the given layers (all merged, if None) and, where these are several, each by itself.

    Returns folders of tables: "" holds actors, dyads, network and codebook, with `layers` where there are several and `agreement` where ties name reporters;
    "layers/NAME" the first three of one layer. Under a census or roster `mixing` and `groups` are added where groups are given,
    and what `more` asks for (stability, test, errors, pairs); of a sample `egos`, whose means stand in network. Raises `GumflowError` for what the boundary
    cannot bear.
    """

    def network(name: str, chosen: Sequence[str] | None) -> Network:
        return network_of_edges(
            own.ties, own.actors, name=name, layers=chosen, directed=directed, boundary=boundary,
            group_by=group, unobserved=own.unobserved, seed=seed,
        )  # fmt: skip

    whole = network("all", layers)
    folders = {"": _tables(whole, settings)}
    folders[""]["codebook"] = measure_codebook(("actor", "dyad", "network"))
    if own.agreement is not None:
        folders[""]["agreement"] = own.agreement
    if boundary == "sample":
        egos, means = ego_tables(own, whole, group)
        folders[""]["egos"] = egos
        folders[""]["network"] = pd.concat([folders[""]["network"], means], ignore_index=True)
        folders[""]["codebook"] = measure_codebook(("actor", "dyad", "network", "ego"))
    if group and whole.boundary in COMPLETE and whole.response_known:
        folders[""] |= {"mixing": mixing_table(whole), "groups": coleman_homophily(whole)}
    if "stability" in more:
        folders[""]["stability"] = _stability(whole)
    if "test" in more:
        folders[""]["tests"] = network_tests(whole, own.actors)
    if "errors" in more:
        folders[""]["errors"] = _errors(whole, settings)
    if "pairs" in more:
        folders[""]["pairs"] = pair_table(whole)
    if len(whole.layers) > 1:
        folders[""]["layers"] = layer_table(whole)
        for layer in whole.layers:
            folders[f"layers/{_file_name(layer)}"] = _tables(network(layer, [layer]), settings)
    return folders


def _errors(network: Network, settings: Settings) -> pd.DataFrame:
    if network.boundary not in COMPLETE or not network.response_known or settings.draws < 2:
        raise GumflowError(
            "--errors resamples the actors of a census or an answered roster, with two --draws or more"
        )
    return error_table(network, settings.draws, network.seed)


def _stability(network: Network) -> pd.DataFrame:
    if network.boundary not in COMPLETE or not network.response_known:
        raise GumflowError(
            f"--stability drops respondents of a census or roster, and the boundary is {network.boundary}"
            + (
                ", of which nobody noted who answered; add a column responded to the actors"
                if network.boundary in COMPLETE
                else ""
            )
        )
    if network.size > LARGEST_STABILITY:
        raise GumflowError(
            f"--stability is for up to {LARGEST_STABILITY} actors, and there are {network.size}; leave it out"
        )
    ranked = ("in_degree" if network.directed else "degree", "betweenness")
    return rank_stability(network, ranked, replicates=STABILITY_REPLICATES, seed=network.seed)


def regress_own_files(
    own: OwnFiles,
    y: str,
    x: Sequence[str],
    *,
    directed: bool | None = None,
    logistic: bool = False,
    permutations: int = 2000,
    seed: int,
) -> MRQAP:
    """Regress the layer y on layers and attributes of actors by MRQAP.

    A predictor is a layer or EFFECT:COLUMN, such as `same:town` or `absolute_difference:age` (`qap.ATTRIBUTE_EFFECTS`).
    Ties of y are 1 or 0 in the logistic model, else their strength, which is that of layers as predictors too. Pairs that nobody
    could report are missing. Raises `GumflowError` for an unknown layer, effect or column.
    """
    if directed is None:
        directed = "directed" not in own.ties.columns or bool(own.ties["directed"].any())
    outcome = _matrix(own, y, directed)
    predictors = {name: _predictor(own, name, directed) for name in x}
    if y in predictors:
        raise GumflowError(f"--x names the layer {y!r}, which --y explains; leave it out of --x")
    if len(predictors) < len(x):
        raise GumflowError(f"--x names a predictor twice: {', '.join(x)}")
    if logistic:
        outcome = np.where(np.isnan(outcome), np.nan, outcome > 0)
    fit = mrqap_logistic if logistic else mrqap
    return fit(outcome, predictors, seed=seed, permutations=permutations, directed=directed)


def export_own_files(
    own: OwnFiles, out: Path, *, layers: Sequence[str] | None = None, directed: bool | None = None
) -> None:
    """Write the ties of some layers (all, if None) for other programs, by the suffix of `out`.

    .graphml and .gexf hold all layers, with the attributes of actors; .csv and .xlsx a matrix of one layer, or of all added up; a
    folder gets nodes.csv and edges.csv for R. Ties are those that are measured: one for each pair and layer, without loops; if some
    have no direction and some have, the former are written both ways. Raises `GumflowError` for another suffix and an unknown layer.
    """
    whole = network_of_edges(own.ties, own.actors, layers=layers, directed=directed)
    if out.suffix not in (*GRAPH_SUFFIXES, ".csv", ".xlsx", ""):
        raise GumflowError(f"--out {out}: end it in .graphml, .gexf, .csv or .xlsx, or name a folder")
    actors = own.actors
    if actors is None:
        actors = pd.DataFrame({"actor": pd.Series(whole.actors, dtype="str")})
    if out.suffix in (".csv", ".xlsx"):
        write_matrix(actors["actor"], _arc_rows(whole).assign(directed=whole.directed), out, own.unobserved)
        return
    parts = [
        network_of_edges(own.ties, own.actors, layers=[layer], directed=whole.directed)
        for layer in whole.layers
    ]
    rows = [
        _arc_rows(part).assign(layer=layer, directed=part.directed)
        for layer, part in zip(whole.layers, parts, strict=True)
    ]
    ties = pd.concat(rows, ignore_index=True) if rows else _arc_rows(whole)
    write = write_graph_file if out.suffix else write_node_edge_csv
    write(actors, ties, out)


def _arc_rows(network: Network) -> pd.DataFrame:
    """Return one row for each tie: source, target, strength; of a tie without direction the end that comes first is the source."""
    table = pd.DataFrame(
        {
            "source": pd.Series(network.actors[network.source], dtype="str"),
            "target": pd.Series(network.actors[network.target], dtype="str"),
            "strength": network.strength,
        }
    )
    return table if network.directed else table[network.source < network.target]


def _tables(network: Network, settings: Settings) -> Tables:
    measured = measure_network(network, settings)
    rows = pd.DataFrame(measured.rows)
    for column in ("low", "high"):
        rows[column] = rows[column] if column in rows.columns else np.nan
    for column in ("interval_kind", "withheld"):
        rows[column] = (rows[column] if column in rows.columns else pd.Series([""] * len(rows))).fillna("")
    if not network.groups.astype(bool).any():
        rows["withheld"] = rows["withheld"].map(_asking_for_groups)
    columns = ["measure", "value", "low", "high", "interval_kind", "n", "coverage", "withheld", "method"]
    return {
        "actors": _with_values(measured.actors),
        "dyads": _with_values(measured.dyads),
        "network": rows[columns],
    }


def _asking_for_groups(reason: str) -> str:
    """Say how groups are given, where a measure is undefined for want of them."""
    return f"{reason}; give --group COLUMN" if re.match(r"undefined: .*\bgroups?\b", reason) else reason


def _with_values(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out measures that no row has; the table of the network says why each is missing."""
    empty = [name for name in table.columns if table[name].isna().all() and len(table)]
    return table.drop(columns=empty)


def read_tie_file(
    path: Path, layer: str | None, strength: str | None, may_be_empty: bool = False
) -> tuple[EdgeList, pd.DataFrame | None]:
    """Read the ties of a file, and the actors that it lists besides (a matrix or a graph; None of a list of ties)."""
    if path.suffix.lower() not in GRAPH_SUFFIXES:
        found = read_ties(path, layer=layer, strength=strength, may_be_empty=may_be_empty)
        listed = pd.DataFrame({"actor": pd.Series(found.actors, dtype="str")}) if found.actors else None
        return found, listed
    graph = read_graph_file(path)
    ties = graph.ties.copy()
    if "layer" not in ties.columns:
        ties["layer"] = pd.Series([""] * len(ties), dtype="str")
    if strength is not None:
        ties["strength"] = _strength_of_graph(ties, path, strength)
    elif "strength" not in ties.columns:
        ties["strength"] = 1.0
    return EdgeList(ties, graph.notes), graph.actors.astype("str")


def _read_actors(path: Path, ids: str | None, known: set[str], wave: str | None) -> ActorTable:
    try:
        return read_actor_table(path, ids=ids, known=known, wave=wave)
    except GumflowError as error:
        if ids is not None:
            raise
        raise GumflowError(
            f"{error}\nThe ids are looked for in a column such as actor or id, else in the first one; --id COLUMN names another, and "
            "--id row says that the n-th row is the actor n."
        ) from error


def _strength_of_graph(ties: pd.DataFrame, path: Path, name: str) -> pd.Series:
    if name not in ties.columns:
        raise GumflowError(
            f"{path.name}: ties have no attribute {name!r} for the strength; they have {', '.join(ties.columns)}"
        )
    numbers = pd.to_numeric(ties[name], errors="coerce").astype("float64")
    unsaid = ties[name].isna() | (ties[name].astype("str") == "")
    wrong = ties[~unsaid & ~numbers.between(LEAST_STRENGTH, MOST_STRENGTH)]
    if len(wrong):
        first = wrong.iloc[0]
        raise GumflowError(
            f"{path.name}: attribute {name} of {first['source']} - {first['target']} is {first[name]!r}; "
            f"a strength is a number {STRENGTH_RANGE[0]}, or empty if it was not said"
        )
    return numbers.fillna(1.0)


def _achieved(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out ties that are not there (yet), if the column state speaks the language of a study."""
    if "state" not in table.columns or not set(table["state"]) - {""} <= set(STATES):
        return table, []
    kept = table[table["state"].isin(["", "achieved"])]
    dropped = len(table) - len(kept)
    return kept, [f"{dropped} ties whose state is not achieved are left out."] if dropped else []


def _everybody(listed: Sequence[pd.DataFrame], ties: pd.DataFrame) -> pd.DataFrame | None:
    """Join the actors that files list to those with a tie; None if no file lists any."""
    if not listed:
        return None
    tied = pd.DataFrame({"actor": pd.Series(sorted(set(ties["source"]) | set(ties["target"])), dtype="str")})
    table = pd.concat([*listed, tied], ignore_index=True).drop_duplicates("actor", ignore_index=True)
    text = [name for name in table.columns if name not in ("approached", "responded")]
    table[text] = table[text].fillna("").astype("str")
    for name in ("approached", "responded"):
        if name in table.columns:
            table[name] = table[name].fillna(False).astype(bool)
    return table


def layer_and_path(given: str, several: bool) -> tuple[str | None, Path]:
    """Split LAYER=FILE; of several files one that names no layer is a layer called by the file's name."""
    name, sign, rest = given.partition("=")
    if sign and name and not Path(given).exists():
        return name.strip(), Path(rest)
    return (Path(given).stem if several else None), Path(given)


def _one_wave(table: pd.DataFrame, path: Path, wave: str | None) -> pd.DataFrame:
    if "wave" not in table.columns:
        if wave is not None:
            raise GumflowError(
                f"{path.name} has no column wave, so there is no wave {wave!r}; leave --wave out"
            )
        return table
    waves = sorted(set(table["wave"]))
    if wave is None and len(waves) > 1:
        raise GumflowError(
            f"{path.name} holds {len(waves)} waves ({', '.join(waves)}); choose one with --wave"
        )
    if wave is not None and wave not in waves:
        raise GumflowError(f"{path.name} has no wave {wave!r}; there are: {', '.join(waves)}")
    return table if wave is None else table[table["wave"] == wave]


def _with_answers(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    if "responded" not in table.columns:
        return table
    words = table["responded"].str.strip().str.lower()
    strange = table.loc[~words.isin(["", *_YES_NO]), ["actor", "responded"]]
    if len(strange):
        first = strange.iloc[0]
        raise GumflowError(
            f"{path.name}, column responded: {first['responded']!r} of {first['actor']!r}"
            + (f" and {len(strange) - 1} more" if len(strange) > 1 else "")
            + "; write yes or no, or leave it empty for an actor that was not asked"
        )
    return table.assign(approached=words != "", responded=[_YES_NO.get(word, False) for word in words])


def _matrix(own: OwnFiles, layer: str, directed: bool) -> np.ndarray:
    network = network_of_edges(
        own.ties, own.actors, name=layer, layers=[layer], directed=directed, unobserved=own.unobserved
    )
    return as_matrix(network, strength=True)


def _predictor(own: OwnFiles, name: str, directed: bool) -> np.ndarray:
    effect, sign, column = name.partition(":")
    if not sign or name in own.layers:
        return _matrix(own, name, directed)
    if effect not in ATTRIBUTE_EFFECTS:
        raise GumflowError(f"--x {name}: effect {effect!r} is none of {', '.join(ATTRIBUTE_EFFECTS)}")
    if own.actors is None or column not in own.actors.columns:
        has = (
            "no table of actors is given (--actors)"
            if own.actors is None
            else f"there are: {', '.join(own.actors.columns)}"
        )
        raise GumflowError(f"--x {name}: there is no column {column!r} of actors; {has}")
    values = own.actors.sort_values("actor", kind="stable")[column]
    if effect == "same":
        return attribute_matrix(values.where(values != "").to_numpy(dtype=object), effect)
    numbers = pd.to_numeric(values.where(values != ""), errors="coerce")
    strange = values[(values != "") & numbers.isna()]
    if len(strange):
        raise GumflowError(
            f"--x {name}: {strange.iloc[0]!r} in column {column} is no number; same:{column} compares words"
        )
    return attribute_matrix(numbers.to_numpy(dtype=np.float64), effect)


def _file_name(layer: str) -> str:
    return re.sub(r'[\\/:*?"<>|\s]+', "_", layer).strip("._") or "layer"
