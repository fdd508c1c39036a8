"""A small index, and its whole chain in plain Python: no arrays, one replicate after the other, nothing shared with what is tested."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gumflow.index.table import IndexData
from gumflow.index.tree import IndexNode, IndexTree, tree_of


def small_tree() -> IndexTree:
    nodes = [
        IndexNode("index"),
        IndexNode("people", parent="index", weight=2),
        IndexNode("trade", parent="index"),
        IndexNode("skills", parent="people", weight=3),
        IndexNode("health", parent="people"),
        *(
            IndexNode(f"s{i}", parent="skills", weight=1 + i / 2, direction=-1 if i == 1 else 1)
            for i in range(4)
        ),
        *(IndexNode(f"h{i}", parent="health", direction=-1 if i == 0 else 1) for i in range(3)),
        *(IndexNode(f"t{i}", parent="trade", weight=2 - i / 2) for i in range(3)),
    ]
    return tree_of(nodes, "small tree")


def small_data(
    units: int = 14,
    *,
    gaps: float = 0.0,
    waves: Sequence[str] = ("",),
    seed: int = 5,
    tree: IndexTree | None = None,
) -> IndexData:
    """Return skewed data, some of which has to be winsorized and some logged."""
    columns = len((tree or small_tree()).indicators)
    rng = np.random.default_rng(seed)
    rows = units * len(waves)
    values = np.exp(rng.normal(size=(rows, columns)) * np.linspace(0.2, 4, columns))
    values[rng.random(values.shape) < gaps] = np.nan
    names = np.array([f"u{i:02d}" for i in range(units)] * len(waves))
    return IndexData(
        units=names,
        times=np.repeat(np.array(waves, dtype=np.str_), units),
        names=names,
        groups=np.full(rows, ""),
        values=values,
        denominators=pd.DataFrame(index=range(rows)),
    )


def raw(data: IndexData) -> np.ndarray:
    return data.values  # noqa: PD011


def plain_table(values: np.ndarray) -> list[list[float | None]]:
    """Return columns of numbers, None where nothing is known."""
    return [[None if math.isnan(v) else float(v) for v in column] for column in values.T]


def plain_moments(x: Sequence[float]) -> tuple[float, float]:
    """Skew and excess kurtosis as spreadsheets have them."""
    n = len(x)
    mean = math.fsum(x) / n
    sd = math.sqrt(math.fsum((v - mean) ** 2 for v in x) / (n - 1))
    skew = n / ((n - 1) * (n - 2)) * math.fsum(((v - mean) / sd) ** 3 for v in x)
    kurt = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * math.fsum(((v - mean) / sd) ** 4 for v in x)
    return skew, kurt - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


def plain_treated(
    column: list[float | None], limits: tuple[float, float] = (2.0, 3.5), most: int = 5
) -> list[float | None]:
    def passes(x: Sequence[float]) -> bool:
        skew, kurtosis = plain_moments(x)
        return abs(skew) < limits[0] or kurtosis < limits[1]

    known = [v for v in column if v is not None]
    if len(known) < 10 or len(set(known)) < 3 or passes(known):
        return column
    now = list(known)
    while True:
        high = plain_moments(now)[0] >= 0
        end = max(now) if high else min(now)
        others = [v for v in now if v != end]
        following = max(others) if high else min(others)
        moved = [following if v == end else v for v in now]
        if sum(a != b for a, b in zip(moved, known, strict=True)) > most or len(set(moved)) < 2:
            break
        now = moved
        if passes(now):
            return _refilled(column, now)
    low, top = min(known), max(known)
    shift = 0.01 * (top - low)
    if plain_moments(known)[0] < 0:
        return _refilled(column, [-math.log(top - v + shift) for v in known])
    return _refilled(column, [math.log(v - low + shift) for v in known])


def _refilled(column: list[float | None], known: Sequence[float]) -> list[float | None]:
    waiting = iter(known)
    return [None if v is None else next(waiting) for v in column]


def plain_normalized(
    column: list[float | None], method: str, direction: int, ends: tuple[float, float]
) -> list[float | None]:
    known = [v for v in column if v is not None]
    low, top, n = min(known), max(known), len(known)
    mean = math.fsum(known) / n
    sd = math.sqrt(math.fsum((v - mean) ** 2 for v in known) / (n - 1))

    def one(v: float) -> float:
        worse = sum(direction * o < direction * v for o in known)
        same = sum(o == v for o in known)
        if method == "minmax":
            share = (v - low) / (top - low) if direction > 0 else (top - v) / (top - low)
        elif method == "percentile":
            share = (worse + (same + 1) / 2 - 0.5) / n
        elif method == "rank":
            return worse + (same + 1) / 2
        else:
            assert method == "zscore"
            return direction * (v - mean) / sd
        return ends[0] + share * (ends[1] - ends[0])

    return [None if v is None else one(v) for v in column]


def plain_mean(
    values: Sequence[float | None], weights: Sequence[float], method: str, least: float
) -> float | None:
    pairs = [(v, w) for v, w in zip(values, weights, strict=True) if v is not None]
    total = math.fsum(w for _, w in pairs)
    if not total or total < least * math.fsum(weights) - 1e-12:
        return None
    if method == "arithmetic":
        return math.fsum(v * w for v, w in pairs) / total
    assert method == "geometric"
    return math.prod(v ** (w / total) for v, w in pairs)


def plain_scores(
    values: np.ndarray,
    tree: IndexTree,
    *,
    treat: str = "jrc",
    normalize: str = "minmax",
    ends: tuple[float, float] = (0.0, 100.0),
    aggregate: str = "arithmetic",
    weigh: str = "given",
    multipliers: Mapping[str, float] | None = None,
    given: Mapping[str, float] | None = None,
    least: float = 0.5,
) -> dict[str, list[float | None]]:
    """Return the scores of all nodes, from raw values (n, p) in the order of the tree's indicators."""
    factors = multipliers or {}
    scores: dict[str, list[float | None]] = {}
    for code, column in zip(tree.indicators, plain_table(values), strict=True):
        column = plain_treated(column) if treat == "jrc" else column
        scores[code] = plain_normalized(column, normalize, int(tree.nodes[code].direction), ends)
    for group in tree.groups:
        children = tree.children(group)
        weights = [tree.nodes[child].weight if weigh == "given" else 1.0 for child in children]
        weights = [w * factors.get(child, 1.0) for w, child in zip(weights, children, strict=True)]
        if given and children[0] in given:
            weights = [given[child] for child in children]
        total = math.fsum(weights)
        weights = [w / total for w in weights]
        scores[group] = [
            plain_mean([scores[child][i] for child in children], weights, aggregate, least)
            for i in range(len(values))
        ]
    return scores


def plain_ranks(scores: Sequence[float | None], times: Sequence[str] | None = None) -> list[float]:
    """Return 1 plus the number of units of the same time that are better."""
    when = times if times is not None else [""] * len(scores)
    scores = [None if v is None or math.isnan(v) else v for v in scores]
    return [
        math.nan
        if v is None
        else 1.0
        + sum(o is not None and o > v + 1e-12 * abs(v) and t == s for o, s in zip(scores, when, strict=True))
        for v, t in zip(scores, when, strict=True)
    ]


def as_array(scores: Sequence[float | None]) -> np.ndarray:
    return np.array([math.nan if v is None else v for v in scores])
