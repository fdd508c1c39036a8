"""How long replicates and Sobol' indices of an index take. Run by hand: ./run python benchmarks/index.py [SOBOL_BASE]

Made-up data of 51 units and 49 indicators (8 groups in 2 of a higher level), of 500 and 200, and of 51 and 49 with 5 % missing. Printed, in CPU seconds
of one process (the shorter of two runs): the point estimate with all its tables; 1,000 method replicates from raw data to ranks, among them the checks of
assumptions; Sobol' indices of every unit's rank and of the mean rank shift, base 8,192 (500 units: 1,024); each indicator and group
left out; the closest swap of weights for neighbours in rank. Then the largest memory of the process.

Varied are treatment (2 options), normalization (3), aggregation (2) and the noise of all weights at each level, all at once.
"""

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from gumflow.index.chain import run_index
from gumflow.index.choices import load_choices
from gumflow.index.replicates import method_replicates
from gumflow.index.sensitivity import leave_one_out, rank_sensitivity
from gumflow.index.table import IndexData
from gumflow.index.tree import IndexNode, IndexTree, tree_of
from gumflow.index.what_if import closest_swaps

CHOICES = {
    "normalize": {"method": "minmax", "range": [1, 100]},
    "uncertainty": {
        "replicates": 1000,
        "assumptions": {
            "treat.method": ["jrc", "none"],
            "normalize.method": ["minmax", "rank", "percentile"],
            "aggregate.method": ["arithmetic", "geometric"],
        },
    },
}


def made_up(units: int, groups: list[int], gaps: float) -> tuple[IndexTree, IndexData]:
    """Return a tree with so many indicators in each group, and skewed data that have a common factor."""
    nodes = [IndexNode("index"), IndexNode("upper0", parent="index"), IndexNode("upper1", parent="index")]
    for g, size in enumerate(groups):
        nodes.append(IndexNode(f"group{g}", parent=f"upper{g % 2}"))
        nodes += [
            IndexNode(f"x{g}_{i}", parent=f"group{g}", direction=-1 if i == 0 else 1) for i in range(size)
        ]
    rng = np.random.default_rng(9)
    indicators = sum(groups)
    values = np.exp(
        rng.normal(size=(units, indicators)) * np.linspace(0.2, 1.6, indicators)
        + rng.normal(size=(units, 1)) / 2
    )
    values[rng.random(values.shape) < gaps] = np.nan
    names = np.array([f"u{i:03d}" for i in range(units)])
    blank = np.full(units, "")
    data = IndexData(names, blank, names, blank, values, pd.DataFrame(index=range(units)))
    return tree_of(nodes, "benchmark"), data


def timed(label: str, call: Callable[[], Any]) -> None:
    """Print the CPU seconds of the shorter of two calls."""
    took = []
    for _ in range(2):
        start = time.process_time()
        call()
        took.append(time.process_time() - start)
    print(f"  {label}: {min(took):.2f} CPU s")


def main(base: int) -> None:
    """Print the times of each size of data."""
    sizes = (
        (51, [6] * 7 + [7], 0.0, base),
        (51, [6] * 7 + [7], 0.05, base),
        (500, [20] * 10, 0.0, base // 8),
    )
    for units, groups, gaps, own in sizes:
        tree, data = made_up(units, groups, gaps)
        choices = load_choices(CHOICES | {"uncertainty": {**CHOICES["uncertainty"], "sobol_base": own}})
        print(f"{units} units, {sum(groups)} indicators, {gaps:.0%} missing")
        timed("point estimate", lambda d=data, t=tree, c=choices: run_index(d, t, c, seed=1))
        timed("1,000 method replicates", lambda d=data, t=tree, c=choices: method_replicates(d, t, c, seed=1))
        label = f"Sobol' indices, base {own:,}, {own * 8:,} runs"
        timed(label, lambda d=data, t=tree, c=choices: rank_sensitivity(d, t, c, seed=1))
        result = run_index(data, tree, choices, seed=1)
        timed("each node left out", lambda r=result: leave_one_out(r))
        timed("closest swaps of weights", lambda r=result: closest_swaps(r))
        print(f"  memory so far: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8192)
