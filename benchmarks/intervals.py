"""How often 95 % intervals of network statistics hold the true value. Run by hand: ./run python benchmarks/intervals.py [REPLICATES]

Networks with about five ties out of each actor are drawn from known models: independent ties (iid), unequal senders and receivers (unequal), two
blocks (blocks), reciprocity (p1) and places in a plane (space), with 30, 60 and 120 actors; the actors are drawn anew each time. The true value
is the mean of the statistic over many such networks. Printed for each statistic and way of making an interval: the coverage over all models and sizes, and the
lowest in any (the column CHOSEN is what `network_intervals` gives). Statistics at an end of their range and
numbers of fewer than five have no interval and do not count. Then what is made of copies of one actor: the bias and the standard error
of closure with copies left out or tied by chance. Then the speed.
"""

import math
import sys
import time
import warnings
from collections import defaultdict
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures import intervals
from gumflow.measures.intervals import INTERVALS, in_counts, network_intervals, rebuilt_intervals
from gumflow.measures.registry import get_measure
from gumflow.networks.graph import Network

MODELS = ("iid", "unequal", "blocks", "p1", "space")
SIZES = (30, 60, 120)
DRAWS = 400
TIES = 5.0
NAMES = [name for name in INTERVALS if name != "ei_index_place"]


def made_up(model: str, actors: int, rng: np.random.Generator) -> Network:
    """Draw a network from a p1-like model with the given effects."""
    group = rng.integers(0, 2, actors)
    share = TIES / (actors - 1)
    effect = np.full((actors, actors), math.log(share / (1 - share)))
    mutuality = 0.0
    if model == "unequal":
        effect += rng.normal(0, 0.7, (actors, 1)) + rng.normal(0, 0.7, actors) - 0.4
    elif model == "blocks":
        effect += 1.0 * (group[:, None] == group) + 0.8 * ((group[:, None] == 1) & (group == 1)) - 0.5
    elif model == "p1":
        mutuality, effect = 2.5, effect - 0.25
    elif model == "space":
        place = rng.random((actors, 2))
        effect += 2.2 - 14 * ((place[:, None] - place) ** 2).sum(axis=2)
    i, j = np.triu_indices(actors, 1)
    there, back = effect[i, j], effect[j, i]
    weight = np.exp(np.stack([0 * there, there, back, there + back + mutuality]))
    state = (rng.random(len(i)) > (weight / weight.sum(axis=0)).cumsum(axis=0)).sum(axis=0)
    tied = np.zeros((actors, actors), dtype=bool)
    tied[i, j], tied[j, i] = np.isin(state, (1, 3)), np.isin(state, (2, 3))
    return of_matrix(*np.nonzero(tied), actors, group)


def of_matrix(
    source: NDArray[np.int64], target: NDArray[np.int64], actors: int, group: NDArray[np.int64]
) -> Network:
    """Return the network of arcs that are sorted and distinct."""
    return Network(
        name="made_up",
        boundary="census",
        actors=np.array([f"a{i:06d}" for i in range(actors)]),
        kinds=np.where(group == 0, "firm", "association"),
        inside=np.ones(actors, dtype=bool),
        source=source,
        target=target,
        strength=np.ones(len(source)),
        layers=("knowledge",),
        arc_layers=np.ones((len(source), 1), dtype=bool),
        loops_dropped=0,
        merged_ties=0,
    )


def ways(network: Network, seed: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Return the intervals of each statistic by each way of making them."""
    rng = np.random.default_rng(seed)
    n = network.size
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=DRAWS).T.astype(np.float64)
    plain = in_counts(network, NAMES, drawn)
    corrected = intervals.bootstrap_errors(network, DRAWS, seed)
    jackknife = intervals.jackknife_errors(network)
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for name in NAMES:
        value = get_measure(name).function(network)
        values = plain[name][~np.isnan(plain[name])]
        if (
            math.isnan(value)
            or len(values) < DRAWS / 2
            or (INTERVALS[name].counts and value < intervals.FEWEST)
        ):
            continue
        se = float(values.std())
        low, high = np.quantile(values, [0.025, 0.975])
        error = jackknife.get(name, math.nan)
        tries = {
            "boot": (value - 1.96 * se, value + 1.96 * se),
            "boot scale": intervals._ends(name, value, se, network),
            "percentile": (low, high),
            "basic": (2 * value - high, 2 * value - low),
            "BC": tuple(np.quantile(values, corrected_levels(values, value))),
            "corrected": (
                value - 1.96 * corrected.get(name, math.nan),
                value + 1.96 * corrected.get(name, math.nan),
            ),
            "corr. scale": intervals._ends(name, value, corrected.get(name, math.nan), network),
            "jackknife": (value - 1.96 * error, value + 1.96 * error),
            "jack. scale": intervals._ends(name, value, error, network),
        }
        chosen = {"jackknife": "jack. scale", "largest": "boot scale"}.get(
            INTERVALS[name].method, "corr. scale"
        )
        tries["CHOSEN"] = tries[chosen]
        if tries["boot scale"]:
            found[name] = {way: ends for way, ends in tries.items() if ends and not math.isnan(ends[0])}
    return found


def corrected_levels(values: NDArray[np.float64], value: float) -> NDArray[np.float64]:
    """Return the levels of the bias-corrected percentile interval (Efron 1981)."""
    from scipy.special import ndtr, ndtri

    below = np.clip((values < value).mean() + (values == value).mean() / 2, 0.001, 0.999)
    return np.asarray(ndtr(2 * ndtri(below) + np.array([-1.96, 1.96])))


def cover(replicates: int) -> pd.DataFrame:
    """Count how often each interval holds the true value, by statistic, model and size."""
    held = defaultdict(list)
    for model in MODELS:
        for actors in SIZES:
            rng = np.random.default_rng([2, actors, MODELS.index(model)])
            one = np.ones((actors, 1))
            many = [in_counts(made_up(model, actors, rng), NAMES, one) for _ in range(4 * replicates)]
            truth = {name: float(np.nanmean([values[name][0] for values in many])) for name in NAMES}
            for seed in range(replicates):
                for name, tries in ways(made_up(model, actors, rng), seed).items():
                    for way, (low, high) in tries.items():
                        held[name, model, actors, way].append(low <= truth[name] <= high)
    rows = [(*key, float(np.mean(hits)), len(hits)) for key, hits in held.items()]
    return pd.DataFrame(rows, columns=["measure", "model", "actors", "way", "coverage", "networks"])


def copies(replicates: int) -> None:
    """Print the bias and error of resampled statistics with copies of one actor left out, or tied by chance."""
    names = ["density", "reciprocity_arc", "transitivity_collapsed", "transitivity_directed"]
    for model in MODELS:
        rng = np.random.default_rng(MODELS.index(model))
        networks = [made_up(model, 60, rng) for _ in range(replicates)]
        for name in names:
            value = np.array([get_measure(name).function(network) for network in networks])
            out, filled = [], []
            for network in networks:
                drawn = rng.multinomial(60, np.full(60, 1 / 60), size=50).T.astype(np.float64)
                out.append(in_counts(network, [name], drawn)[name])
                rebuilt = [intervals.rebuild(network, int(rng.integers(2**31))) for _ in range(50)]
                filled.append([get_measure(name).function(network) for network in rebuilt])
            text = [
                f"bias {(np.mean(v, axis=1) - value).mean():+.4f} se {np.std(v, axis=1).mean():.4f}"
                for v in (out, filled)
            ]
            print(
                f"{model:8} {name:24} true se {value.std():.4f}; left out: {text[0]}; tied by chance: {text[1]}"
            )


def speed() -> None:
    """Print the CPU seconds of all intervals."""
    for actors in (1_000, 10_000):
        rng = np.random.default_rng(1)
        source, target = rng.integers(0, actors, (2, 8 * actors))
        code = np.unique((source * actors + target)[source != target])
        network = of_matrix(code // actors, code % actors, actors, np.arange(actors) % 2)
        for label, call in (
            ("all intervals, 1,000 draws", partial(network_intervals, network, 1_000, 1)),
            ("jackknife of all", partial(intervals.jackknife_errors, network)),
            ("mean distance rebuilt, 10 draws", partial(rebuilt_intervals, network, ["mean_distance"], 10)),
        ):
            start = time.process_time()
            call()
            print(f"{actors} actors, {network.arcs} ties, {label}: {time.process_time() - start:.2f} CPU s")


def main(replicates: int) -> None:
    """Print coverage, what copies do, and speed."""
    import gumflow.measures.compute  # noqa: F401 - declares all measures

    warnings.simplefilter("ignore")
    speed()
    copies(max(10, replicates // 5))
    table = cover(replicates)
    enough = table[table["networks"] >= replicates / 2]
    for what in ("mean", "min"):
        print(f"coverage, {what} over models and sizes")
        wide = enough.groupby(["measure", "way"])["coverage"].agg(what).unstack()
        print(wide.reindex(NAMES).round(2).to_string(na_rep=""))
    print("coverage of the chosen interval by model and by size, mean over the other")
    chosen = enough[enough["way"] == "CHOSEN"]
    parts = [chosen.groupby(["measure", by])["coverage"].mean().unstack() for by in ("actors", "model")]
    print(pd.concat(parts, axis=1).reindex(NAMES).round(2).to_string(na_rep=""))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
