"""Time the barter of knowledge and the following of an adoption. Run by hand: ./run python benchmarks/diffusion.py [ACTORS ...]

Random graphs of mean degree 6. Barter: 100 rounds (a round = every tie once), 50 replicates, 5 categories. Adoption: 20 periods. Prints CPU seconds
of this process (imports and building of the graphs excluded), medians of 3 runs, and peak memory. Then the long-run mean knowledge of
a ring of 500 actors of degree 10 by its share of long links, as Cowan and Jonard (2004) drew it.
"""

import resource
import sys
import time
from collections.abc import Callable

import networkx as nx
import numpy as np
from scipy import sparse

from gumflow.mechanisms.barter import barter
from gumflow.mechanisms.contagion import follow_adoption

MEAN_DEGREE = 6
ROUNDS, REPLICATES, CATEGORIES = 100, 50, 5
PERIODS = 20
SHARES = (0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.5, 1.0)


def made_up(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return both ends of the ties of a random graph, each tie once."""
    rng = np.random.default_rng(1)
    drawn = rng.integers(0, size, (2, size * MEAN_DEGREE // 2 + size))
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    codes = rng.permutation(np.unique((low * size + high)[low < high]))[: size * MEAN_DEGREE // 2]
    return codes // size, codes % size


def seconds(function: Callable[[], object]) -> float:
    """Return the median CPU seconds of three calls."""
    took = []
    for _ in range(3):
        start = time.process_time()
        function()
        took.append(time.process_time() - start)
    return float(np.median(took))


def time_barter(size: int) -> float:
    """Return the CPU seconds of a barter."""
    ends = made_up(size)
    start = np.random.default_rng(2).random((size, CATEGORIES, REPLICATES), dtype=np.float32)
    return seconds(lambda: barter(ends, start, rate=0.1, rounds=ROUNDS, rng=np.random.default_rng(3)))


def time_contagion(size: int) -> float:
    """Return the CPU seconds of following an adoption."""
    first, second = made_up(size)
    ties = sparse.csr_array((np.ones(len(first)), (first, second)), shape=(size, size))
    times = np.random.default_rng(4).integers(0, PERIODS, size).astype(float)
    return seconds(lambda: follow_adoption(ties, times, direction="both"))


def long_run_by_long_links() -> None:
    """Print the long-run mean by the share of long links; a twentieth of the actors are experts who know 10 of one category."""
    size, replicates = 500, 10
    for share in SHARES:
        levels = []
        for seed in range(3):
            rng = np.random.default_rng(seed)
            start = rng.random((size, CATEGORIES, replicates), dtype=np.float32)
            for run in range(replicates):
                experts = rng.choice(size, size // 20, replace=False)
                start[experts, rng.integers(0, CATEGORIES, size // 20), run] = 10
            pairs = np.array(nx.watts_strogatz_graph(size, 10, share, seed=seed).edges, dtype=np.int64)
            found = barter((pairs[:, 0], pairs[:, 1]), start, rate=0.1, rounds=ROUNDS, rng=rng)
            levels.append(found.mean[-1].mean())
        print(f"  {share:5.2f} long links: mean knowledge {np.mean(levels):.3f}", flush=True)


def main(sizes: list[int]) -> None:
    """Print the tables for the given sizes."""
    for size in sizes:
        print(
            f"{size} actors: barter {time_barter(size):7.3f} CPU s, adoption {time_contagion(size):7.3f} CPU s", flush=True
        )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process so far {peak:.0f} MB")
    long_run_by_long_links()


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [100, 2_000])
