"""Small networks that tests of measures share."""

import networkx as nx
import numpy as np
import pandas as pd

from gumflow.networks.building import build_network
from gumflow.networks.edges import network_of_edges


def make_network(arcs, size=None, kinds=None, inside=None, network="firm", directed=True, dtype="float64"):
    """Build a census network of actors n00, n01, ... from (source, target[, strength]) tuples of numbers."""
    size = size or max((max(arc[:2]) for arc in arcs), default=-1) + 1
    actors = pd.DataFrame(
        {
            "actor": [f"n{i:02d}" for i in range(size)],
            "kind": kinds or ["firm"] * size,
            "inside": inside or [True] * size,
        }
    )
    ties = pd.DataFrame(
        {
            "source": [f"n{arc[0]:02d}" for arc in arcs],
            "target": [f"n{arc[1]:02d}" for arc in arcs],
            "layer": "transaction",
            "directed": directed,
            "state": "achieved",
            "strength": np.array([arc[2] if len(arc) > 2 else 1 for arc in arcs], dtype=dtype),
        }
    )
    return build_network(actors, ties, network, "census")


def random_arcs(seed, size=25):
    """Draw a graph with mutual ties, isolates, sinks and several parts."""
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.02, 0.12)
    there = rng.random((size, size)) < chance
    there |= there.T & (rng.random((size, size)) < 0.4)
    np.fill_diagonal(there, False)
    there[: 1 + seed % 3] = False
    there[:, 0] = False
    return [(int(i), int(j), float(rng.integers(1, 6))) for i, j in np.argwhere(there)], size


def as_networkx(arcs, size):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_weighted_edges_from(arcs, weight="strength")
    return graph


def edge_network(
    arcs, size=None, *, directed=True, groups=None, responded=None, observed_by=None, layers=None, seed=0
):
    """Build the network of an edge list: (source, target[, strength]) tuples of numbers, or {layer: tuples}."""
    by_layer = arcs if isinstance(arcs, dict) else {"tie": arcs}
    rows = [
        (f"n{a[0]:02d}", f"n{a[1]:02d}", layer, float(a[2]) if len(a) > 2 else 1.0)
        for layer, some in by_layer.items()
        for a in some
    ]
    size = size or max((max(a[:2]) for some in by_layer.values() for a in some), default=-1) + 1
    actors = pd.DataFrame({"actor": [f"n{i:02d}" for i in range(size)]})
    if groups is not None:
        actors["group"] = list(groups)
    if responded is not None:
        actors["responded"] = list(responded)
    ties = pd.DataFrame(rows, columns=["source", "target", "layer", "strength"])
    return network_of_edges(
        ties,
        actors,
        layers=layers,
        directed=directed,
        group_by="group" if groups is not None else "",
        observed_by=observed_by,
        seed=seed,
    )
