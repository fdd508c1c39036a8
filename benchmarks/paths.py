"""Time the path engine against igraph and networkx. Run by hand: ./run python benchmarks/paths.py [ACTORS ...]

Random directed graphs of mean degree 8. Prints CPU seconds of this process (imports and building of the graphs excluded), medians of 3
runs below 10,000 actors and single runs from there on, and peak memory. What takes a peer over minutes at a size is left out on
its side. From 100,000 actors on, paths out of 2,048 sampled actors and into 2,048 are followed.
"""

import resource
import sys
import time
from collections.abc import Callable

import igraph as ig
import networkx as nx
import numpy as np

from gumflow.measures import breadth_first, shortest_paths

TIES_PER_ACTOR = 8
SAMPLES = 2048
TOP = 100
REPEAT_BELOW = 10_000
SAMPLE_FROM = 100_000
IGRAPH_UP_TO = 10_000
NETWORKX_UP_TO = 1_000
ACCURACY_AT = 10_000

Job = tuple[str, str, Callable[[], object]]


def made_up(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return source, target and length of a random graph; strengths 1 to 5."""
    rng = np.random.default_rng(1)
    source, target = rng.integers(0, size, (2, size * TIES_PER_ACTOR))
    arcs = np.unique((source * size + target)[source != target])
    return arcs // size, arcs % size, 1 / rng.integers(1, 6, len(arcs))


def seconds(function: Callable[[], object], repeats: int) -> float:
    """Return the median CPU seconds of a call."""
    took = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        took.append(time.process_time() - start)
    return float(np.median(took))


SWEEP = "harmonic in and out, mean distance"
BETWEENNESS = "betweenness"
WEIGHTED_BETWEENNESS = "betweenness, weighted"
WEIGHTED_HARMONIC = "harmonic in and out, weighted"


def own_jobs(size: int) -> list[Job]:
    """List our side of what is timed at one size: the work, whose it is, and the call."""
    source, target, length = made_up(size)
    graph = (size, source, target)
    if size >= SAMPLE_FROM:
        return [
            (SWEEP, "own", lambda: breadth_first.estimate_paths(*graph, SAMPLES, 1)),
            (BETWEENNESS, "own", lambda: shortest_paths.estimate_betweenness(*graph, SAMPLES, 1)),
        ]
    return [
        (SWEEP, "own", lambda: breadth_first.sweep_paths(*graph)),
        (BETWEENNESS, "own", lambda: shortest_paths.betweenness(*graph)),
        (WEIGHTED_BETWEENNESS, "own", lambda: shortest_paths.weighted_betweenness(*graph, length)),
        (WEIGHTED_HARMONIC, "own", lambda: shortest_paths.weighted_harmonic(*graph, length)),
    ]


def igraph_jobs(size: int) -> list[Job]:
    """List igraph's side."""
    source, target, length = made_up(size)
    graph = ig.Graph(n=size, edges=np.column_stack([source, target]).tolist(), directed=True)
    weights = length.tolist()

    def harmonic(weights: list[float] | None = None) -> None:
        for mode in ("in", "out"):
            graph.harmonic_centrality(mode=mode, weights=weights)

    return [
        (SWEEP, "igraph", lambda: (harmonic(), graph.average_path_length(), graph.diameter())),
        (BETWEENNESS, "igraph", graph.betweenness),
        (WEIGHTED_BETWEENNESS, "igraph", lambda: graph.betweenness(weights=weights)),
        (WEIGHTED_HARMONIC, "igraph", lambda: harmonic(weights)),
    ]


def networkx_jobs(size: int) -> list[Job]:
    """List networkx's side; of the sweep it does only the harmonic sums."""
    source, target, length = made_up(size)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(size))
    arcs = zip(source.tolist(), target.tolist(), length.tolist(), strict=True)
    graph.add_weighted_edges_from(arcs, weight="length")

    def harmonic(distance: str | None = None) -> None:
        for one_way in (graph, graph.reverse()):
            nx.harmonic_centrality(one_way, distance=distance)

    return [
        (SWEEP, "networkx", harmonic),
        (BETWEENNESS, "networkx", lambda: nx.betweenness_centrality(graph)),
        (WEIGHTED_BETWEENNESS, "networkx", lambda: nx.betweenness_centrality(graph, weight="length")),
        (WEIGHTED_HARMONIC, "networkx", lambda: harmonic("length")),
    ]


def accuracy(size: int) -> None:
    """Print how near betweenness from sampled sources comes to the exact at one size."""
    source, target, _ = made_up(size)
    exact = shortest_paths.betweenness(size, source, target)
    leaders = set(np.argsort(-exact)[:TOP].tolist())
    for samples in (SAMPLES // 16, SAMPLES // 4, SAMPLES):
        estimate = shortest_paths.estimate_betweenness(size, source, target, samples, 1)
        near = np.abs(estimate.values - exact) <= 2 * estimate.errors
        shared = len(leaders & set(np.argsort(-estimate.values)[:TOP].tolist()))
        print(
            f"  2 x {samples} actors: top-{TOP} overlap {shared / TOP:.0%}, within 2 standard errors {near.mean():.1%}, "
            f"median relative error {np.median(np.abs(estimate.values - exact)[exact > 0] / exact[exact > 0]):.1%}"
        )


def main(sizes: list[int]) -> None:
    """Print the table for the given sizes."""
    for size in sizes:
        print(f"{size} actors")
        jobs = own_jobs(size)
        jobs += igraph_jobs(size) if size <= IGRAPH_UP_TO else []
        jobs += networkx_jobs(size) if size <= NETWORKX_UP_TO else []
        for work, whose, call in jobs:
            took = seconds(call, 3 if size < REPEAT_BELOW else 1)
            print(f"  {work:36} {whose:9} {took:9.3f} CPU s", flush=True)
        if size == ACCURACY_AT:
            accuracy(size)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  peak memory of the process so far {peak:.0f} MB", flush=True)


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [1_000, 10_000])
