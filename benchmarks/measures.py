"""Time the measures of one cluster against networkx, and the main job. Run by hand: ./run python benchmarks/measures.py [ACTORS]

Prints CPU seconds of this process (imports excluded) and the ratio to networkx in the same run. Measures that take networkx over
a minute at the given size are left out on its side.
"""

import sys
import time
from collections.abc import Callable

import networkx as nx
import numpy as np
import pandas as pd

from gumflow.measures.study import measure_study
from gumflow.networks.graph import build_network

TIES_PER_ACTOR = 8
NETWORKX_PATHS_UP_TO = 1000


def made_up(actors: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return cells, actors and ties of a random cluster: one firm layer, strengths 1 to 3."""
    rng = np.random.default_rng(1)
    ids = np.array([f"a{i:06d}" for i in range(actors)])
    head = {"study": "s", "cluster": "c", "wave": "1", "grade": "synthetic"}
    source, target = rng.integers(0, actors, (2, actors * TIES_PER_ACTOR))
    keep = source != target
    ties = pd.DataFrame({"source": ids[source[keep]], "target": ids[target[keep]], "layer": "knowledge"})
    ties = ties.drop_duplicates().assign(directed=True, state="achieved", **head)
    ties["strength"] = rng.integers(1, 4, len(ties)).astype(float)
    people = pd.DataFrame({"actor": ids, "kind": "firm", "place": "local"}).assign(inside=True, **head)
    return pd.DataFrame([head | {"boundary": "census"}]), people, ties


def seconds(function: Callable[[], object]) -> float:
    """Return the CPU seconds of one call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def main(actors: int) -> None:
    """Print the table for one size."""
    cells, people, ties = made_up(actors)
    network = build_network(people, ties, "firm", "census")
    graph = nx.DiGraph()
    graph.add_nodes_from(range(network.size))
    graph.add_weighted_edges_from(
        zip(network.source.tolist(), network.target.tolist(), network.strength.tolist(), strict=True)
    )
    ours = seconds(lambda: measure_study(cells, people, ties))
    print(f"{actors} actors, {len(ties)} ties: all networks, all measures: {ours:.2f} CPU s (five networks)")
    theirs = {
        "PageRank": lambda: nx.pagerank(graph, weight="weight"),
        "core number": lambda: nx.core_number(graph.to_undirected()),
    }
    if actors <= NETWORKX_PATHS_UP_TO:
        theirs |= {
            "betweenness": lambda: nx.betweenness_centrality(graph),
            "harmonic, in and out": lambda: (
                nx.harmonic_centrality(graph),
                nx.harmonic_centrality(graph.reverse()),
            ),
            "constraint": lambda: nx.constraint(graph, weight="weight"),
        }
    total = 0.0
    for name, call in theirs.items():
        took = seconds(call)
        total += took
        print(f"  networkx, one network, {name}: {took:.2f} CPU s")
    print(f"  networkx together: {total:.2f} CPU s for one network; ratio to all of ours: {total / ours:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
