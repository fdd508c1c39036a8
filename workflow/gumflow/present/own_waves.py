"""Waves of a user's own edge list: each compared with the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.measures.waves import measure_change
from gumflow.networks.edges import network_of_edges
from gumflow.networks.graph import Network
from gumflow.present.own_files import OwnFiles, layer_and_path, read_own_files, read_tie_file


@dataclass(frozen=True, eq=False)
class OwnWaves:
    """What changed between waves, for networks and actors; the networks; `agreement` of reports (None if ties name no reporter); notes."""

    changes: pd.DataFrame
    actors: pd.DataFrame
    networks: list[Network]
    agreement: pd.DataFrame | None
    notes: tuple[str, ...]


def change_own_files(
    files: Sequence[str],
    actors: Path | None = None,
    *,
    ids: str | None = None,
    strength: str | None = None,
    layers: Sequence[str] | None = None,
    directed: bool | None = None,
    tie_rule: str | None = None,
    group: str = "",
    seed: int,
) -> OwnWaves:
    """Compare each wave of a file with a column `wave` with the one before.

    Waves follow one another in the order of their names (numbers by value). In a wave are the actors that the table of actors lists for it, if that has a column
    wave; all that it lists, if not; without a table, those with a tie in that wave. Raises `GumflowError` for fewer
    than two waves.
    """
    waves = _waves_in(files, strength)
    if len(waves) < 2:
        raise GumflowError(
            f"there {'is only one wave' if waves else 'are no waves'}; waves need a column wave with two values or more"
        )
    parts = [
        read_own_files(
            files, actors, ids=ids, strength=strength, wave=wave, directed=directed, tie_rule=tie_rule
        )
        for wave in waves
    ]
    networks = [
        network_of_edges(
            own.ties, own.actors, layers=_present(layers, own), directed=directed,
            group_by=group, unobserved=own.unobserved, seed=seed,
        )
        for own in parts
    ]  # fmt: skip
    found = [measure_change(a, b) for a, b in pairwise(networks)]
    changes, of_actors = (
        pd.concat(
            [
                _with_wave({"from_wave": a, "to_wave": b}, tables[at])
                for (a, b), tables in zip(pairwise(waves), found, strict=True)
            ],
            ignore_index=True,
        )
        for at in (0, 1)
    )
    agreements = [
        _with_wave({"wave": wave}, own.agreement)
        for wave, own in zip(waves, parts, strict=True)
        if own.agreement is not None
    ]
    agreement = pd.concat(agreements, ignore_index=True) if agreements else None
    return OwnWaves(changes, of_actors, networks, agreement, _notes(waves, parts))


def _notes(waves: Sequence[str], parts: Sequence[OwnFiles]) -> tuple[str, ...]:
    """Join the notes on reading: those of all waves once, others with the wave."""
    shared = [note for note in dict.fromkeys(parts[0].notes) if all(note in own.notes for own in parts)]
    own_notes = [
        f"wave {wave}: {note}"
        for wave, own in zip(waves, parts, strict=True)
        for note in own.notes
        if note not in shared
    ]
    return (*shared, *own_notes)


def _with_wave(waves: dict[str, str], table: pd.DataFrame) -> pd.DataFrame:
    columns = {name: pd.Series([wave] * len(table), dtype="str") for name, wave in waves.items()}
    return pd.concat([pd.DataFrame(columns), table], axis=1)


def _waves_in(files: Sequence[str], strength: str | None) -> list[str]:
    found: set[str] = set()
    for given in files:
        _, path = layer_and_path(given, several=len(files) > 1)
        table = read_tie_file(path, None, strength)[0].table
        found |= set(table["wave"]) if "wave" in table.columns else set()
    return sorted(found, key=lambda wave: (not wave.isdecimal(), int(wave) if wave.isdecimal() else 0, wave))


def _present(layers: Sequence[str] | None, own: OwnFiles) -> Sequence[str] | None:
    return layers and [layer for layer in layers if layer in own.layers]
