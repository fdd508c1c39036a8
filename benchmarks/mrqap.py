"""Time MRQAP: 3 predictors, 2,000 permutations, by number of actors. Run by hand: ./run python benchmarks/mrqap.py [ACTORS...]

Prints CPU seconds of this process (imports excluded, median of 3, or of 1 from 500 actors) and the peak memory so far. Networks are
directed; in the rows "missing", 5 percent of dyads are unobserved in y.
"""

import resource
import statistics
import sys
import time

import numpy as np

from gumflow.inference.mrqap import mrqap, mrqap_logistic
from gumflow.inference.qap import attribute_matrix, qap_correlation

PERMUTATIONS = 2000


def made_up(actors: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return a random binary relation that depends on three predictors."""
    rng = np.random.default_rng(1)
    size = rng.normal(size=actors)
    x = {
        "trust": (rng.random((actors, actors)) < 0.1).astype(float),
        "same_group": attribute_matrix(rng.integers(0, 4, actors), "same"),
        "size_difference": attribute_matrix(size, "absolute_difference"),
    }
    linear = -3 + x["trust"] + 0.5 * x["same_group"] - 0.3 * x["size_difference"]
    return (rng.random((actors, actors)) < 1 / (1 + np.exp(-linear))).astype(float), x


def main(sizes: list[int]) -> None:
    """Print the table."""
    for actors in sizes:
        y, x = made_up(actors)
        holed = np.where(np.random.default_rng(2).random(y.shape) < 0.05, np.nan, y)
        calls = {
            "QAP correlation": lambda y=y, x=x: qap_correlation(
                y, x["trust"], seed=1, permutations=PERMUTATIONS
            ),
            "linear": lambda y=y, x=x: mrqap(y, x, seed=1, permutations=PERMUTATIONS),
            "linear, missing": lambda y=holed, x=x: mrqap(y, x, seed=1, permutations=PERMUTATIONS),
            "logistic": lambda y=y, x=x: mrqap_logistic(y, x, seed=1, permutations=PERMUTATIONS),
            "logistic, missing": lambda y=holed, x=x: mrqap_logistic(y, x, seed=1, permutations=PERMUTATIONS),
        }
        for name, call in calls.items():
            took = []
            for _ in range(3 if actors < 500 else 1):
                start = time.process_time()
                call()
                took.append(time.process_time() - start)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{actors:5d} actors  {name:18s} {statistics.median(took):8.3f} CPU s  peak {peak:5.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [20, 50, 100, 200, 500])
