"""The networks of one cluster and wave of a study: its rows, its reports combined, the five networks and each layer by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.contract.seeding import seed_for
from gumflow.networks.building import build_network
from gumflow.networks.graph import Network
from gumflow.networks.layers import NETWORKS
from gumflow.networks.reports import combine_reports
from gumflow.networks.roster import with_responses


@dataclass(frozen=True, eq=False)
class CellTables:
    """One cluster and wave: who and where it is, its members with who answered, its ties as combined from reports, its networks."""

    head: Mapping[str, str]
    boundary: str
    group_by: str
    members: pd.DataFrame
    ties: pd.DataFrame
    agreement: pd.DataFrame
    networks: Sequence[Network]


def cell_tables(
    cell: Mapping[str, str],
    actors: pd.DataFrame,
    ties: pd.DataFrame,
    roster: pd.DataFrame,
    seed: int,
    single_layers: bool,
) -> CellTables:
    """Take one cluster and wave out of the tidy tables, combine the reports on its ties, and build its networks."""
    actors, ties, roster = (rows_of(table, cell) for table in (actors, ties, roster))
    members = with_responses(actors, roster)
    rules: dict[str, Any] = dict(pair.split(":") for pair in cell["tie_rules"].split())
    answered = set(members.loc[members["responded"], "actor"]) if "responded" in members.columns else None
    combined, agreement = combine_reports(ties, rules, answered)
    achieved = combined.loc[combined["state"] == "achieved", "layer"]
    names = [*NETWORKS, *sorted(set(achieved))] if single_layers else list(NETWORKS)
    networks = [
        build_network(
            members,
            combined,
            name,
            cell["boundary"],
            roster=roster,
            group_by=cell["group_by"],
            seed=seed_for(seed, "network", cell["study"], cell["cluster"], cell["wave"], name),
        )
        for name in names
    ]
    head = {key: cell[key] for key in ("study", "cluster", "wave", "grade")}
    return CellTables(head, cell["boundary"], cell["group_by"], members, combined, agreement, networks)
