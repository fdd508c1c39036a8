"""What the command `diffuse` makes of a user's ties and times of adoption: tables of the diffusion, its actors and their exposure."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.inference.autocorrelation import morans_i
from gumflow.intake.adoption import Adoption
from gumflow.mechanisms.contagion import Contagion, Direction, facing, follow_adoption
from gumflow.networks.edges import network_of_edges
from gumflow.networks.graph import Network
from gumflow.networks.observation import is_observed
from gumflow.present.own_files import OwnFiles

PERMUTATIONS = 999
MOST_NAMES = 5
"""So many actors are named in a note; the rest are counted."""
_COLUMNS = (
    ("diffusion", "period", "the period", ""),
    ("diffusion", "new_adopters", "actors that adopt in the period", ""),
    ("diffusion", "adopters", "actors that have adopted by the end of the period", ""),
    ("diffusion", "share", "adopters as a share of all actors whose time of adoption is given", ""),
    (
        "diffusion", "hazard", "new adopters as a share of those who had not adopted before; empty in the first period",
        "Valente 1995; Vega Yon and Valente, netdiffuseR (0 in the first period there)",
    ),
    ("diffusion", "mean_exposure", "mean exposure of the actors that have one", "Valente 1995"),
    (
        "diffusion", "morans_i", "Moran's I of having adopted, with ties as exposure reads them and rows that add up to 1; empty while all are alike",
        "Cliff and Ord 1981",
    ),
    ("diffusion", "morans_i_expected", "what Moran's I would be if adopters were spread by chance: -1 / (n - 1)", "Cliff and Ord 1981"),
    ("diffusion", "morans_i_z", "its distance from that in standard deviations under randomization", "Cliff and Ord 1981"),
    ("diffusion", "morans_i_p", f"share of {PERMUTATIONS} random orders of the actors that is as far from it, two-sided", ""),
    ("actors", "actor", "the actor", ""),
    ("actors", "period", "period of adoption; empty if never", ""),
    (
        "actors", "exposure", "exposure in the period of adoption, in the last period for who never adopted: share of those it is exposed to that have adopted, of known ties; empty without such ties",
        "Valente 1995; netdiffuseR: E = (S (x o A)) / (S x) (0 without ties there)",
    ),
    ("actors", "threshold", "exposure in the period of adoption; empty for who adopted in the first period or never", "Valente 1996"),
    (
        "actors", "infection", "of those who are exposed to the actor and adopt after it, the share that adopts in the very next period; empty if there are none",
        "Myers 2000; Valente, Dyal, Chu, Wipfli and Fujimoto 2015; netdiffuseR with K = 1, not normalized",
    ),
    (
        "actors", "susceptibility", "of those to whom the actor is exposed and who adopted before it, the share that did so in the period just before; empty if there are none",
        "Myers 2000; Valente, Dyal, Chu, Wipfli and Fujimoto 2015; netdiffuseR with K = 1, not normalized",
    ),
    ("actors", "infection_normalized", "infection divided by the number of actors that adopt in that next period", "netdiffuseR, normalized"),
    ("actors", "susceptibility_normalized", "susceptibility divided by the number of actors that adopted in that period before", "netdiffuseR, normalized"),
    ("exposure", "actor", "the actor", ""),
    ("exposure", "period", "the period", ""),
    ("exposure", "adopted", "1 if the actor has adopted by the end of the period, else 0", ""),
    ("exposure", "exposure", "share of those the actor is exposed to that have adopted, of known ties; empty without such ties", "Valente 1995"),
)  # fmt: skip
CODEBOOK = pd.DataFrame(_COLUMNS, columns=["table", "column", "meaning", "source"], dtype="str")


@dataclass(frozen=True, eq=False)
class OwnDiffusion:
    """Tables by the name of their file, and what is to be said of the input."""

    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...]


def diffuse_own_files(
    own: OwnFiles,
    adoption: Adoption,
    *,
    layers: list[str] | None = None,
    directed: bool | None = None,
    direction: Direction = "outgoing",
    weighted: bool = False,
    lag: int = 0,
    seed: int,
) -> OwnDiffusion:
    """Follow an adoption through a network; return diffusion (by period), actors, exposure (actor by period) and codebook.

    The actors are those whose time of adoption is given, with or without ties; ties of anybody else are left out, and noted, since whether those
    adopted is not known. Shares of ties are of known ties: pairs that nobody could report are in no denominator. Raises `GumflowError` if no tie is left,
    or for what `follow_adoption` refuses.
    """
    listed = adoption.table[["actor"]].sort_values("actor", ignore_index=True)
    known = own.ties["source"].isin(listed["actor"]) & own.ties["target"].isin(listed["actor"])
    _check_joined(own.ties, known, adoption)
    unobserved = [pair for pair in own.unobserved if set(pair) <= set(listed["actor"])]
    network = network_of_edges(
        own.ties[known], listed, layers=layers, directed=directed, unobserved=unobserved, seed=seed
    )
    chosen = own.ties["layer"].isin(network.layers)
    _check_joined(own.ties, known & chosen, adoption)
    times = adoption.table.set_index("actor")["period"].reindex(network.actors).to_numpy(dtype=np.float64)
    from scipy import sparse

    ties = sparse.csr_array(
        (network.strength, (network.source, network.target)), shape=(network.size, network.size)
    )
    found = follow_adoption(ties, times, direction=direction, weighted=weighted, lag=lag)
    tables = {
        "diffusion": _by_period(found, facing(ties, direction, weighted), seed),
        "actors": _by_actor(found, network.actors, times),
        "exposure": _by_actor_and_period(found, network.actors),
        "codebook": CODEBOOK,
    }
    notes = [
        _direction_note(network, direction),
        *_stranger_notes(own, chosen & ~known, listed["actor"]),
        *_tie_notes(network, direction),
    ]
    return OwnDiffusion(tables, tuple(notes))


def _check_joined(ties: pd.DataFrame, known: pd.Series, adoption: Adoption) -> None:
    """Raise `GumflowError` if no tie joins two different actors of the table, with an id of each file."""
    if (known & (ties["source"] != ties["target"])).any():
        return
    text = "no tie joins two actors whose time of adoption is given"
    if not len(ties):
        raise GumflowError(f"{text}: the ties are empty; add them")
    shared = sorted((set(ties["source"]) | set(ties["target"])) & set(adoption.table["actor"]))
    if shared:
        raise GumflowError(
            f"{text}: of the actors with ties, {adoption.file} holds {_some(shared)}; add the others, or write ids alike in both files"
        )
    first = adoption.table["actor"].iloc[0]
    raise GumflowError(
        f"{text}: {adoption.file} has ids such as {first!r} (column {adoption.column}) against {ties['source'].iloc[0]!r} in the ties; "
        "write ids alike in both files, or choose another column with --id"
    )


def _direction_note(network: Network, direction: Direction) -> str:
    """Say whom actors are exposed to, with a tie as an example."""
    if not network.directed:
        return "Ties have no direction: each actor is exposed to all it is tied to."
    source, target = network.actors[network.source[0]], network.actors[network.target[0]]
    who = {
        "outgoing": f"those it names: by the tie {source} -> {target}, {source} is exposed to {target}",
        "incoming": f"those who name it: by the tie {source} -> {target}, {target} is exposed to {source}",
        "both": "those it names and to those who name it",
    }[direction]
    note = f"Each actor is exposed to {who} (--direction {direction})."
    if direction != "outgoing" or "knowledge" not in network.layers:
        return note
    return f"{note} In a study's layer knowledge ties run from the one who is asked to the one who asks: there, say --direction incoming."


def _stranger_notes(own: OwnFiles, left_out: pd.Series, listed: pd.Series) -> list[str]:
    """Name actors of the ties whose time of adoption is not given: some may be misspelled."""
    ties = own.ties[left_out]
    people = set(ties["source"]) | set(ties["target"])
    if own.actors is not None:
        people |= set(own.actors["actor"])
    strangers = sorted(people - set(listed))
    if not strangers:
        return []
    what, many = ("tie", len(ties)) if len(ties) else ("actor", len(strangers))
    counted = f"1 {what}" if many == 1 else f"{many} {what}s"
    of = "of actors" if len(ties) else "of the ties"
    return [
        f"{counted} {of} whose time of adoption is not given {'is' if many == 1 else 'are'} left out: {_some(strangers)}."
    ]


def _tie_notes(network: Network, direction: Direction) -> list[str]:
    """Name actors without any tie, and what is not known of the ties of others."""
    hidden = np.stack(network.unasked)[:, ~is_observed(network, *network.unasked)]
    tied = np.isin(np.arange(network.size), np.concatenate([network.source, network.target]))
    unknown = np.isin(np.arange(network.size), hidden)
    notes = []
    alone = network.actors[~tied & ~unknown].tolist()
    if alone:
        has = "1 actor has" if len(alone) == 1 else f"{len(alone)} actors have"
        notes.append(f"{has} a time of adoption and no tie, so no exposure: {_some(alone)}.")
    if hidden.size:
        ends = {"outgoing": (hidden[0], network.source), "incoming": (hidden[1], network.target)}
        asked, told = ends.get(direction if network.directed else "both", (hidden, np.flatnonzero(tied)))
        silent = network.actors[np.setdiff1d(asked, told)].tolist()
        pairs = "1 pair is" if hidden.shape[1] == 1 else f"{hidden.shape[1]} pairs are"
        notes.append(
            f"{pairs} not known (NA): exposure, infection and susceptibility are shares of the known ties, Moran's I reads these pairs as absent."
            + (f" No tie is known that would expose {_some(silent)}: exposure is empty." if silent else "")
        )
    return notes


def _some(names: list[str]) -> str:
    """Name the first five, and count the others."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _by_period(found: Contagion, weights: object, seed: int) -> pd.DataFrame:
    adopters = found.adopted.sum(axis=0)
    exposed = found.exposure
    tied = ~np.isnan(exposed)
    means = np.divide(
        np.where(tied, exposed, 0).sum(axis=0),
        tied.sum(axis=0),
        out=np.full(len(adopters), np.nan),
        where=tied.any(axis=0),
    )
    table = pd.DataFrame(
        {
            "period": found.periods,
            "new_adopters": found.new_adopters.astype(np.int64),
            "adopters": adopters.astype(np.int64),
            "share": adopters / len(found.adopted),
            "hazard": found.hazard,
            "mean_exposure": means,
        }
    )
    moran = [_moran(column, weights, seed) for column in found.adopted.T]
    names = ("morans_i", "morans_i_expected", "morans_i_z", "morans_i_p")
    return table.assign(**{name: [row[at] for row in moran] for at, name in enumerate(names)})


def _moran(adopted: np.ndarray, weights: object, seed: int) -> tuple[float, float, float, float]:
    """Return Moran's I of one period with its expectation, z and p; NaN while nobody or everybody has adopted, or fewer than four are there."""
    if np.ptp(adopted) == 0 or len(adopted) < 4:
        return (np.nan,) * 4
    test = morans_i(adopted, weights, seed=seed, permutations=PERMUTATIONS)
    return test.value, test.expected, test.z, test.p_two_sided


def _by_actor(found: Contagion, actors: np.ndarray, times: np.ndarray) -> pd.DataFrame:
    last = len(found.periods) - 1
    when = np.where(np.isnan(times), last, times - found.periods[0]).astype(np.int64)
    adopting = found.new_adopters

    def normalized(values: np.ndarray, step: int) -> np.ndarray:
        counted = adopting[np.clip(when + step, 0, last)]
        return np.divide(values, counted, out=np.full(len(values), np.nan), where=counted > 0)

    return pd.DataFrame(
        {
            "actor": pd.Series(actors, dtype="str"),
            "period": times,
            "exposure": found.exposure[np.arange(len(actors)), when],
            "threshold": found.thresholds,
            "infection": found.infection,
            "susceptibility": found.susceptibility,
            "infection_normalized": normalized(found.infection, 1),
            "susceptibility_normalized": normalized(found.susceptibility, -1),
        }
    )


def _by_actor_and_period(found: Contagion, actors: np.ndarray) -> pd.DataFrame:
    n, periods = found.exposure.shape
    return pd.DataFrame(
        {
            "actor": pd.Series(np.repeat(actors, periods), dtype="str"),
            "period": np.tile(found.periods, n),
            "adopted": found.adopted.ravel().astype(np.int64),
            "exposure": found.exposure.ravel(),
        }
    )
