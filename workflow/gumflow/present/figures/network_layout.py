"""Where the nodes of a network stand: Kamada and Kawai's (1989) springs, component by component, then moved until no label
covers another label or another node.
"""

import random
from collections.abc import Sequence

import igraph
import numpy as np
import pandas as pd

from gumflow.present.placing import pack_components, spread_apart, spread_evenly
from gumflow.present.style import POINTS_PER_MM

MIN_HEIGHT_MM, MAX_HEIGHT_MM = 55.0, 190.0
SEED = 20100401
# How far the middle of a ring stands beside and above its node, as a share of both radii: they touch.
RING_OFFSET = 0.7


def radius_mm(nodes: pd.DataFrame) -> np.ndarray:
    """Return the radius of each node (its column `size` is the diameter in points)."""
    return nodes["size"].to_numpy(dtype=float) / 2 / POINTS_PER_MM


def place_nodes(
    nodes: pd.DataFrame, pairs: Sequence[tuple[int, int]], width: float
) -> tuple[np.ndarray, np.ndarray, float, bool]:
    """Place nodes and labels on a sheet of the given width (mm).

    Args:
        nodes: size (points), label_width and label_height (mm; 0 without a label) of each node, and the radius of its ring
            (mm; 0 without one), which stands at the right and away from the label.
        pairs: the pairs of numbers of nodes that a line joins, without loops.
        width: of the sheet.

    Returns:
        Positions (n x 2, mm), whether each label stands above its node, the height that is used, and whether all labels are
        free of each other.
    """
    radius = radius_mm(nodes)
    label = nodes["label_height"].to_numpy(dtype=float)
    ring = nodes["ring"].to_numpy(dtype=float)
    reach = np.where(ring > 0, (radius + ring) * RING_OFFSET + ring, radius)
    half = np.maximum(nodes["label_width"].to_numpy(dtype=float) / 2, reach) + 0.8
    area = float((2 * half * (radius + reach + label + 1.4)).sum())
    height = float(
        np.clip(max(area / (0.3 * width), 16.0 * np.sqrt(len(nodes))), MIN_HEIGHT_MM, MAX_HEIGHT_MM)
    )
    shapes = _shapes(len(nodes), pairs)
    while True:
        box = (2.0, 1.0, width - 2.0, height - 1.0)
        start = pack_components(shapes, len(nodes), box)
        up = _labels_up(start, pairs)
        above = np.where(up, radius + label, reach) + 0.6
        below = np.where(up, reach, radius + label) + 0.8
        positions, settled = spread_apart(start, half, above, below, box)
        if settled or height >= MAX_HEIGHT_MM:
            break
        height = min(height * 1.15, MAX_HEIGHT_MM)
    positions[:, 1] -= float((positions[:, 1] - above).min()) - 1.0
    return positions, up, float((positions[:, 1] + below).max()) + 1.0, settled


def _shapes(n: int, pairs: Sequence[tuple[int, int]]) -> list[tuple[list[int], np.ndarray]]:
    graph = igraph.Graph(n=n, edges=pairs)
    igraph.set_random_number_generator(random.Random(SEED))
    try:
        return [_layout(graph.induced_subgraph(members), members) for members in graph.connected_components()]
    finally:
        igraph.set_random_number_generator(random)


def _layout(graph: igraph.Graph, members: list[int]) -> tuple[list[int], np.ndarray]:
    """Kamada-Kawai from a circle; turned so that the longest axis lies flat, and always the same way round."""
    if len(members) == 1:
        return members, np.zeros((1, 2))
    start = graph.layout_circle()
    points = (
        np.array(graph.layout_kamada_kawai(seed=start).coords) if len(members) > 2 else np.array(start.coords)
    )
    points = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(points, full_matrices=False)
    turned = points @ axes.T
    for j in range(2):
        if turned[np.argmax(np.abs(turned[:, j].round(6))), j] < 0:
            turned[:, j] *= -1
    return members, spread_evenly(turned.round(6))


def _labels_up(points: np.ndarray, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Tell whose neighbors lie below: its label stands above, out of the way of its lines."""
    pull, count = np.zeros(len(points)), np.zeros(len(points))
    for i, j in pairs:
        length = max(float(np.hypot(*(points[j] - points[i]))), 1e-9)
        pull[i] += (points[j, 1] - points[i, 1]) / length
        pull[j] -= (points[j, 1] - points[i, 1]) / length
        count[[i, j]] += 1
    return pull > 0.15 * count
