"""All networks and measures of a whole study: every cluster and wave, one call."""

import pandas as pd

from gumflow.measures.compute import count_ties, measure_actors, measure_networks
from gumflow.networks.graph import build_network
from gumflow.networks.layers import NETWORKS


def measure_study(
    cells: pd.DataFrame, actors: pd.DataFrame, ties: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (`actor_measures`, `scores`) of every network of every cell.

    `cells` has study, cluster, wave, boundary and grade, one row for each cluster and wave; `actors` and `ties` are the tidy tables.
    `scores` also holds the counts of ties by layer and state and of actors by kind and place.
    """
    wide, long = [], []
    for cell in cells.to_dict("records"):
        head = {key: cell[key] for key in ("study", "cluster", "wave", "grade")}
        members, reported = _of(actors, cell), _of(ties, cell)
        networks = [build_network(members, reported, name, cell["boundary"]) for name in NETWORKS]
        wide.append(measure_actors(networks, **head))
        long.append(measure_networks(networks, wide[-1], **head))
        long.append(count_ties(members, reported, **head))
    return pd.concat(wide, ignore_index=True), pd.concat(long, ignore_index=True)


def _of(table: pd.DataFrame, cell: dict[str, str]) -> pd.DataFrame:
    return table[(table["cluster"] == cell["cluster"]) & (table["wave"] == cell["wave"])]
