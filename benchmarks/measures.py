"""Time the measures of one network, and set them against networkx and igraph.

Run by hand: ./run python benchmarks/measures.py [ACTORS ...] [--weighted] [--no-peers]

A random directed network of mean degree 8 (each way), strengths 1 to 3, four kinds of actors, every measure of actors and of the
network that is not on request, without bootstrap; measures of dyads apart. Prints Markdown tables of CPU seconds of one process on
one core: imports and the making of the network are left out, of the peers also the making of their graphs. Medians of 5
runs below 10,000 actors and for calls of under 2 seconds, single runs else. Each size is measured in a new process, whose peak
memory is printed. `--weighted` adds betweenness and harmonic closeness along paths of length 1/strength, up to 10,000 actors.

A family's time holds what its measures share with one another and what they are the first to need, so families add up to the whole.
On our side of a comparison the first call for a network is timed, its igraph graphs made before.
"""

import argparse
import dataclasses
import multiprocessing
import os
import platform
import resource
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import igraph as ig
import networkx as nx
import numpy as np
import pandas as pd
import scipy.optimize
import scipy.sparse.csgraph
import scipy.sparse.linalg
import scipy.stats  # noqa: F401 - imports are not timed

from gumflow.measures.cohesion import collapsed_graph
from gumflow.measures.communities import FEWEST_STARTS, MOST_STARTS, START_ACTORS
from gumflow.measures.compute import GRAPH_MODULES, Settings, measure_network
from gumflow.measures.dyads import measure_dyads
from gumflow.measures.registry import Measure, get_measure, measures_at, withheld_reason
from gumflow.networks.building import build_network
from gumflow.networks.graph import Network, shared_graph

TIES_PER_ACTOR = 8
KINDS = {"firm": 0.7, "association": 0.1, "government": 0.1, "service": 0.1}
REPEATS = 5
REPEAT_BELOW = 10_000
REPEAT_UNDER = 2.0
"""Seconds from which a call is timed once."""
WEIGHTED = "weighted_paths"
WEIGHTED_UP_TO = 10_000
NETWORKX_UP_TO = 1_000
IGRAPH_UP_TO = 10_000
ERRORS_FROM = 100_000
SAMPLED_EGOS = 50
"""Actors whose effective size networkx is asked for; its time is scaled up to all."""
WORTH_COMPARING = 0.02
GOAL = 10.0

Call = Callable[[], object]


def made_up(actors: int) -> Network:
    """Return a random network in which every actor answered."""
    rng = np.random.default_rng(1)
    ids = np.array([f"a{i:06d}" for i in range(actors)])
    source, target = rng.integers(0, actors, (2, actors * TIES_PER_ACTOR))
    keep = source != target
    ties = pd.DataFrame({"source": ids[source[keep]], "target": ids[target[keep]], "layer": "knowledge"})
    ties = ties.drop_duplicates().assign(directed=True, state="achieved")
    ties["strength"] = rng.integers(1, 4, len(ties)).astype(float)
    kinds = rng.choice(list(KINDS), actors, p=list(KINDS.values()))
    people = pd.DataFrame({"actor": ids, "kind": kinds}).assign(inside=True)
    return build_network(people, ties, "governance", "census")


def anew(network: Network) -> Network:
    """Return the same network, of which nothing has been computed yet."""
    return dataclasses.replace(network)


def seconds(function: Call) -> float:
    """Return the CPU seconds of one call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def median_seconds(prepare: Callable[[], Call]) -> float:
    """Return the median CPU seconds of calls, each prepared anew; of one call if it takes long."""
    took = [seconds(prepare())]
    while took[0] < REPEAT_UNDER and len(took) < REPEATS:
        took.append(seconds(prepare()))
    return float(np.median(took))


# Our side


def declared(network: Network, weighted: bool) -> list[Measure]:
    """List the measures of actors and network that are given, in the order in which they are computed."""
    found = []
    for level in ("actor", "network"):
        wanted = [
            m for m in measures_at(level) if not m.on_request or (weighted and m.on_request == WEIGHTED)
        ]
        wanted.sort(key=lambda m: GRAPH_MODULES.index(m.function.__module__))
        found += [m for m in wanted if withheld_reason(m, network) is None]
    return found


def by_family(network: Network, weighted: bool) -> dict[str, float]:
    """Return the CPU seconds of each family (module) of measures, those along weighted paths apart."""
    took: dict[str, float] = {}
    for m in declared(network, weighted):
        family = "weighted paths" if m.on_request else m.function.__module__.rsplit(".", 1)[1]
        took[family] = took.get(family, 0.0) + seconds(lambda m=m: m.function(network))
    return took


def family_table(network: Network, weighted: bool) -> pd.DataFrame:
    """Print the time of each family and of everything together; return the measures of the actors."""
    settings = Settings(draws=0, on_request=(WEIGHTED,) if weighted else ())
    repeats = REPEATS if network.size < REPEAT_BELOW else 1
    families = [by_family(anew(network), weighted) for _ in range(repeats)]
    measured: list[pd.DataFrame] = []
    whole = [
        seconds(lambda: measured.append(measure_network(anew(network), settings).actors))
        for _ in range(repeats)
    ]
    dyads = [seconds(lambda: measure_dyads(anew(network))) for _ in range(repeats)]
    names = sorted(families[0], key=lambda name: -families[0][name])
    middle = {name: float(np.median([run[name] for run in families])) for name in names}
    print(f"\n| {network.size:,} actors, {network.arcs:,} ties: family | CPU s |\n|---|---|")
    for name in names:
        print(f"| {name.replace('_', ' ')} | {middle[name]:.3f} |")
    print(
        f"| **all measures of actors and network** ({len(declared(network, weighted))}) | **{np.median([sum(run.values()) for run in families]):.2f}** |"
    )
    print(f"| measures of dyads, apart | {np.median(dyads):.2f} |")
    print(f"| `measure_network`: all of these, and the tables | {np.median(whole):.2f} |", flush=True)
    return measured[0]


def betweenness_errors(actors: pd.DataFrame) -> None:
    """Print how large the stated standard errors of the sampled betweenness are."""
    values, errors = (actors[name].to_numpy() for name in ("betweenness", "betweenness_error"))
    top = np.argsort(-values)[:100]
    print(
        f"\nBetweenness from a sample: standard error of the 100 highest {np.median(errors[top] / values[top]):.1%} of the value in the "
        f"median, of all actors with a value above 0 {np.median(errors[values > 0] / values[values > 0]):.1%}."
    )


# The peers' side


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Work that others do too: our measures, and the calls of networkx (times `scale`) and igraph for it."""

    work: str
    ours: tuple[str, ...]
    networkx: Call | None
    igraph: Call | None = None
    scale: float = 1.0


def comparisons(network: Network) -> list[Comparison]:
    """List what networkx or igraph computes of that which we compute."""
    d, u = networkx_graphs(network) if network.size <= NETWORKX_UP_TO else (nx.DiGraph(), nx.Graph())
    g, c = shared_graph(network), collapsed_graph(network)
    rng = np.random.default_rng(2)
    egos = rng.choice(network.size, min(SAMPLED_EGOS, network.size), replace=False).tolist()
    all_egos = network.size / len(egos)
    runs = 1 + min(max(START_ACTORS // network.size, FEWEST_STARTS), MOST_STARTS)
    triads = tuple(m.name for m in measures_at("network") if m.name.startswith("triad_"))
    return [
        Comparison("in-degree, out-degree", ("in_degree", "out_degree"), lambda: (dict(d.in_degree), dict(d.out_degree)), lambda: (g.indegree(), g.outdegree())),
        Comparison("strength", ("in_strength", "out_strength"), lambda: (dict(d.in_degree(weight="strength")), dict(d.out_degree(weight="strength"))), lambda: (g.strength(mode="in", weights="strength"), g.strength(mode="out", weights="strength"))),
        Comparison("betweenness", ("betweenness",), lambda: nx.betweenness_centrality(d, normalized=False), lambda: g.betweenness()),
        Comparison("harmonic closeness, in and out", ("harmonic_closeness_in", "harmonic_closeness_out"), lambda: (nx.harmonic_centrality(d), nx.harmonic_centrality(d.reverse(copy=False))), lambda: (g.harmonic_centrality(mode="in"), g.harmonic_centrality(mode="out"))),
        Comparison("mean distance, diameter, reachable pairs", ("mean_distance", "diameter", "reachable_share"), lambda: networkx_distances(d), lambda: (g.average_path_length(), g.diameter())),
        Comparison("efficiency without directions", ("fragmentation_distance_weighted",), lambda: nx.global_efficiency(u)),
        Comparison("PageRank", ("pagerank",), lambda: nx.pagerank(d, weight="strength"), lambda: g.pagerank(weights="strength")),
        Comparison("hubs and authorities", ("hub", "authority"), lambda: nx.hits(d), lambda: (g.hub_score(), g.authority_score())),
        Comparison("eigenvector", ("eigenvector_collapsed",), lambda: nx.eigenvector_centrality(u, max_iter=1000), lambda: c.eigenvector_centrality()),
        Comparison("constraint", ("constraint",), lambda: nx.constraint(d, weight="strength"), lambda: g.constraint(weights="strength")),
        Comparison(f"effective size ({len(egos)} actors, scaled up)", ("effective_size",), lambda: nx.effective_size(d, nodes=egos, weight="strength"), scale=all_egos),
        Comparison("density of ego networks", ("ego_density",), lambda: [nx.density(u.subgraph(u[v])) for v in u]),
        Comparison("core numbers", ("core_number_collapsed", "core_number_directed"), lambda: (nx.core_number(u), nx.core_number(d)), lambda: (c.coreness(), g.coreness())),
        Comparison("local clustering", ("local_clustering",), lambda: nx.clustering(u), lambda: c.transitivity_local_undirected()),
        Comparison("triad census, transitivity (read off it by us)", ("transitivity_collapsed", *triads), lambda: (nx.triadic_census(d), nx.transitivity(u)), lambda: (g.triad_census(), c.transitivity_undirected())),
        Comparison("arc reciprocity", ("reciprocity_arc",), lambda: nx.overall_reciprocity(d), lambda: g.reciprocity()),
        Comparison("degree assortativity", ("degree_assortativity_out_in", "degree_assortativity_collapsed"), lambda: (nx.degree_assortativity_coefficient(d), nx.degree_assortativity_coefficient(u)), lambda: (g.assortativity_degree(), c.assortativity_degree())),
        Comparison("assortativity by kind", ("assortativity_group",), lambda: nx.attribute_assortativity_coefficient(d, "kind")),
        Comparison("articulation points, bridges", ("articulation_point", "bridges"), lambda: (list(nx.articulation_points(u)), list(nx.bridges(u))), lambda: (c.articulation_points(), c.bridges())),
        Comparison("components, weak and strong", ("components_weak", "components_strong"), lambda: (nx.number_weakly_connected_components(d), nx.number_strongly_connected_components(d)), lambda: (g.connected_components(mode="weak"), g.connected_components(mode="strong"))),
        Comparison(f"communities and modularity (networkx: Louvain, {runs} runs; igraph: Leiden, 1)", ("community", "modularity"), lambda: [nx.community.modularity(u, nx.community.louvain_communities(u, weight=None, seed=seed), weight=None) for seed in range(runs)], lambda: c.community_leiden(objective_function="modularity")),
        Comparison("two-step reach, in and out", ("two_step_reach_in", "two_step_reach_out"), lambda: [nx.single_source_shortest_path_length(way, v, cutoff=2) for way in (d, d.reverse(copy=False)) for v in d]),
    ]  # fmt: skip


def networkx_graphs(network: Network) -> tuple[nx.DiGraph, nx.Graph]:
    """Return the network with and without directions as networkx keeps it."""
    graph = nx.DiGraph()
    graph.add_nodes_from((i, {"kind": kind}) for i, kind in enumerate(network.groups.tolist()))
    arcs = zip(network.source.tolist(), network.target.tolist(), network.strength.tolist(), strict=True)
    graph.add_weighted_edges_from(arcs, weight="strength")
    return graph, graph.to_undirected()


def networkx_distances(graph: nx.DiGraph) -> tuple[float, int]:
    """Average the distances of reachable pairs and find the longest, which networkx has no function for."""
    found = [d for _, of in nx.all_pairs_shortest_path_length(graph) for d in of.values() if d]
    return sum(found) / len(found), max(found)


def prepared(network: Network, names: tuple[str, ...]) -> Call:
    """Return the call of some of our measures on the network as new, with its igraph graphs."""
    new = anew(network)
    shared_graph(new)
    collapsed_graph(new)
    functions: list[Callable[[Network], Any]] = [get_measure(name).function for name in names]
    return lambda: [function(new) for function in functions]


def peer_table(network: Network) -> None:
    """Print our time for each piece of work, that of networkx and igraph, and where we miss the goal."""
    missed = []
    print(
        f"\n| {network.size:,} actors: work | ours | networkx | ratio | igraph | ratio |\n|---|---|---|---|---|---|"
    )
    for each in comparisons(network):
        if network.size > NETWORKX_UP_TO and each.igraph is None:
            continue
        ours = median_seconds(lambda each=each: prepared(network, each.ours))
        cells = [f"{ours:.4f}"]
        for call, scale in (
            (each.networkx if network.size <= NETWORKX_UP_TO else None, each.scale),
            (each.igraph, 1.0),
        ):
            if call is None:
                cells += ["", ""]
                continue
            theirs = scale * median_seconds(lambda call=call: call)
            cells += [f"{theirs:.4f}", f"{theirs / ours:.1f}"]
            if call is each.networkx and theirs > WORTH_COMPARING and theirs < GOAL * ours:
                missed.append(f"{each.work} ({theirs / ours:.1f})")
        print(f"| {each.work} | {' | '.join(cells)} |", flush=True)
    if network.size <= NETWORKX_UP_TO:
        print(
            f"\nCosts networkx more than {1000 * WORTH_COMPARING:.0f} ms and us more than a tenth of that: {'; '.join(missed) or 'none'}."
        )


def one_size(actors: int, weighted: bool, peers: bool) -> None:
    """Print everything for one size."""
    # Said of the sparse vectors that igraph's hub and authority scores may be.
    warnings.filterwarnings("ignore", message="More than 30% of hub or authority scores")
    measure_network(made_up(60), Settings(draws=0))
    network = made_up(actors)
    measured = family_table(network, weighted and actors <= WEIGHTED_UP_TO)
    if actors >= ERRORS_FROM:
        betweenness_errors(measured)
    print(f"\nPeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB.", flush=True)
    if peers and actors <= IGRAPH_UP_TO:
        peer_table(network)


def main() -> None:
    """Print the tables for the sizes asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("actors", nargs="*", type=int, default=[1_000])
    parser.add_argument("--weighted", action="store_true", help="also the measures along weighted paths")
    parser.add_argument("--no-peers", action="store_true", help="only our side")
    asked = parser.parse_args()
    print(
        f"Python {platform.python_version()}, igraph {ig.__version__}, networkx {nx.__version__}; load of the last minute at the start "
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
        flush=True,
    )
    for actors in asked.actors:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as alone:
            alone.submit(one_size, actors, asked.weighted, not asked.no_peers).result()


if __name__ == "__main__":
    main()
