"""Where things go when they must not cover each other: components side by side, boxes apart, labels in lanes."""

from collections.abc import Sequence

import numpy as np

Box = tuple[float, float, float, float]


def pack_components(components: Sequence[tuple[list[int], np.ndarray]], n: int, box: Box) -> np.ndarray:
    """Place the layouts of components into a box, each in a share of the area that grows with its nodes.

    Args:
        components: for each component the numbers of its nodes and their layout (any unit).
        n: number of all nodes.
        box: left, top, right, bottom.

    Returns:
        An n x 2 array. The largest component stands at the left, the others in columns to its right.
    """
    left, top, right, bottom = box
    ordered = sorted(components, key=lambda c: (-len(c[0]), c[0][0]))
    out = np.zeros((n, 2))
    rest = ordered[1:]
    small = sum(len(c[0]) + 1 for c in rest)
    share = 1.0 if not rest else max(len(ordered[0][0]) / (len(ordered[0][0]) + small), 0.35)
    split = left + (right - left) * share
    _fill(out, ordered[0], (left, top, split, bottom))
    if not rest:
        return out
    columns = max(1, min(len(rest), round(np.sqrt(len(rest) * (right - split) / (bottom - top)))))
    rows = int(np.ceil(len(rest) / columns))
    for i, component in enumerate(rest):
        row, column = divmod(i, columns)
        x = split + (right - split) * column / columns
        y = top + (bottom - top) * row / rows
        _fill(out, component, (x, y, x + (right - split) / columns, y + (bottom - top) / rows))
    return out


def _fill(out: np.ndarray, component: tuple[list[int], np.ndarray], box: Box) -> None:
    members, points = component
    left, top, right, bottom = box
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    room = np.array([right - left, bottom - top]) * 0.92
    unit = np.where(span > 1e-9, (points - low) / np.where(span > 1e-9, span, 1.0), 0.5)
    # A line of two nodes must not become a bar across the whole box.
    room = np.minimum(room, 22.0 * max(len(members) - 1, 1))
    out[members] = np.array([(left + right) / 2, (top + bottom) / 2]) + (unit - 0.5) * room


def spread_evenly(points: np.ndarray, share: float = 0.5) -> np.ndarray:
    """Mix each coordinate with its rank, so that a crowded middle takes more of the room; `share` is the rank's part."""
    if len(points) < 3:
        return points
    out = np.empty_like(points)
    for j in range(points.shape[1]):
        column = points[:, j]
        span = np.ptp(column)
        # Equal coordinates share one rank.
        rank = np.searchsorted(np.sort(column), column, side="left") + np.searchsorted(
            np.sort(column), column, side="right"
        )
        out[:, j] = (1 - share) * (column - column.min()) / (span if span > 0 else 1.0) + share * (
            rank - 1
        ) / (2 * len(column) - 2)
    return out


def spread_apart(
    points: np.ndarray, half: np.ndarray, above: np.ndarray, below: np.ndarray, box: Box, rounds: int = 1500
) -> tuple[np.ndarray, bool]:
    """Move boxes apart until none overlaps, each pair along the direction in which they overlap least.

    Args:
        points: n x 2 anchor points.
        half: half the width of each box, to both sides of its point.
        above: how far each box reaches above its point (toward smaller y).
        below: how far it reaches below.
        box: left, top, right, bottom that the boxes must stay in.
        rounds: how many sweeps at most.

    Returns:
        The moved points, and whether no overlap is left.
    """
    left, top, right, bottom = box
    centers = points + np.column_stack([np.zeros(len(points)), (below - above) / 2])
    tall = (above + below) / 2
    i, j = np.triu_indices(len(points), k=1)
    wide, high = half[i] + half[j], tall[i] + tall[j]
    for turn in range(rounds):
        centers[:, 0] = np.clip(centers[:, 0], left + half, right - half)
        centers[:, 1] = np.clip(centers[:, 1], top + tall, bottom - tall)
        x, y = centers[:, 0].copy(), centers[:, 1].copy()
        over_x = wide - np.abs(x[j] - x[i])
        over_y = high - np.abs(y[j] - y[i])
        hit = np.flatnonzero((over_x > 1e-6) & (over_y > 1e-6))
        if not len(hit):
            return centers - np.column_stack([np.zeros(len(points)), (below - above) / 2]), True
        # Boxes are wider than tall and pile up against the upper and lower edge: later rounds push them sideways.
        one, other, over_x, over_y = i[hit], j[hit], over_x[hit], over_y[hit]
        sideways = over_x < over_y * (1 + turn / 100)
        sign = np.where(centers[other] - centers[one] >= 0, 1.0, -1.0)
        push = np.zeros((len(hit), 2))
        push[:, 0] = np.where(sideways, sign[:, 0] * (over_x / 2 + 0.05), 0.0)
        push[:, 1] = np.where(~sideways, sign[:, 1] * (over_y / 2 + 0.05), 0.0)
        np.add.at(centers, other, push * 0.6)
        np.add.at(centers, one, -push * 0.6)
    return centers - np.column_stack([np.zeros(len(points)), (below - above) / 2]), False


def staircase(
    at: Sequence[float],
    widths: Sequence[float],
    heights: Sequence[float],
    least: Sequence[float] | None = None,
) -> list[float]:
    """Stack labels above an axis so that neither labels nor the lines that lead to them cross.

    Each label stands to the right of its line at `at`. From right to left, a label is put just above all labels whose lines
    it would cross or that it would cover.

    Args:
        at: positions of the lines, ascending.
        widths: widths of the labels.
        heights: heights of the labels.
        least: how high the foot of each label stands at least; 0 if left out.

    Returns:
        For each label, how high its foot stands above the axis.
    """
    ups = list(least) if least is not None else [0.0] * len(at)
    for i in reversed(range(len(at))):
        reach = at[i] + widths[i]
        ups[i] = max([ups[i]] + [ups[j] + heights[j] for j in range(i + 1, len(at)) if at[j] < reach])
    return ups
