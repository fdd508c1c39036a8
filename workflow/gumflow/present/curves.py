"""Curved lines between two points, cut where they reach a node, and the heads of their arrows, as plain paths.

matplotlib's own arrows are cut anew at every drawing, which takes most of the time of a figure with hundreds of them.
"""

from typing import NamedTuple

import numpy as np
from matplotlib.path import Path

Point = tuple[float, float]
_MOVE, _LINE, _CURVE, _CLOSE = (int(c) for c in (Path.MOVETO, Path.LINETO, Path.CURVE3, Path.CLOSEPOLY))
# Tried in this order; none is the distance between two lines of one pair.
TURNS = (0.0, 0.1, -0.1, 0.16, -0.16, 0.3, -0.3)
HEAD_WIDTH = 0.88  # of a head, as a share of its length


class Curve(NamedTuple):
    """A quadratic Bézier curve: start, control point, end."""

    start: Point
    control: Point
    end: Point

    def at(self, t: float) -> Point:
        """Return the point at t from 0 to 1."""
        return self._blossom(t, t)

    def _blossom(self, s: float, t: float) -> Point:
        a, b, c = (1 - s) * (1 - t), s * (1 - t) + t * (1 - s), s * t
        return (
            a * self.start[0] + b * self.control[0] + c * self.end[0],
            a * self.start[1] + b * self.control[1] + c * self.end[1],
        )

    def between(self, s: float, t: float) -> "Curve":
        """Return the part from s to t."""
        return Curve(self.at(s), self._blossom(s, t), self.at(t))

    def leaves(self, reach: float, *, at_end: bool) -> float:
        """Return the t at which the curve is `reach` away from its start, or from its end (by halving)."""
        inside, outside = (1.0, 0.5) if at_end else (0.0, 0.5)
        (x0, y0), (x1, y1), (x2, y2) = self
        home_x, home_y = self.end if at_end else self.start
        square = reach**2
        # `at`, written out: a figure with hundreds of lines comes here a million times.
        for _ in range(30):
            middle = (inside + outside) / 2
            rest = 1 - middle
            a, b, c = rest * rest, middle * rest + middle * rest, middle * middle
            x, y = a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2
            if (x - home_x) ** 2 + (y - home_y) ** 2 < square:
                inside = middle
            else:
                outside = middle
        return (inside + outside) / 2


def bent(start: Point, end: Point, bend: float) -> Curve:
    """Return a curve whose control point stands `bend` lengths beside the middle, to the right where y points down."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    return Curve(start, ((start[0] + end[0]) / 2 - bend * dy, (start[1] + end[1]) / 2 + bend * dx), end)


def cut(curve: Curve, at_start: float, at_end: float) -> Curve:
    """Return the part of the curve that is farther than these lengths from its start and its end."""
    first = curve.leaves(at_start, at_end=False) if at_start > 0 else 0.0
    last = curve.leaves(at_end, at_end=True) if at_end > 0 else 1.0
    return curve.between(first, last)


def passing(start: Point, end: Point, bend: float, obstacles: np.ndarray, clearance: np.ndarray) -> float:
    """Return a bend near the given one with which the line passes by as many obstacles as it can.

    Args:
        start: where the line begins.
        end: where it ends.
        bend: the bend that is wanted (see `bent`).
        obstacles: n x 2 points.
        clearance: how far the line should stay away from each; 0 for the two ends, if they are among them.
    """
    t = np.linspace(0.04, 0.96, 24)[:, None]
    best, fewest = bend, np.inf
    for turn in TURNS:
        curve = np.array(bent(start, end, bend + turn))
        points = (1 - t) ** 2 * curve[0] + 2 * t * (1 - t) * curve[1] + t**2 * curve[2]
        aside, along = points[:, :1] - obstacles[:, 0], points[:, 1:] - obstacles[:, 1]
        hits = int(((aside**2 + along**2).min(axis=0) < clearance**2).sum())
        if hits < fewest:
            best, fewest = bend + turn, hits
        if not hits:
            break
    return best


def arrow_head(curve: Curve, reach: float, length: float, *, at_end: bool) -> list[Point]:
    """Return the corners of a head of the given length whose tip is `reach` away from the end (or start) of the curve."""
    tip = curve.at(curve.leaves(reach, at_end=at_end))
    back = curve.at(curve.leaves(reach + length, at_end=at_end))
    dx, dy = back[0] - tip[0], back[1] - tip[1]
    wide = HEAD_WIDTH / 2
    return [tip, (back[0] - wide * dy, back[1] + wide * dx), (back[0] + wide * dy, back[1] - wide * dx)]


def curves_path(curves: list[Curve]) -> Path:
    """Return the curves as one path."""
    corners: list[Point] = [point for curve in curves for point in curve]
    return Path(np.array(corners), [_MOVE, _CURVE, _CURVE] * len(curves))


def polygons_path(polygons: list[list[Point]]) -> Path:
    """Return closed polygons as one path."""
    corners: list[Point] = []
    codes: list[int] = []
    for polygon in polygons:
        corners += [*polygon, polygon[0]]
        codes += [_MOVE, *[_LINE] * (len(polygon) - 1), _CLOSE]
    return Path(np.array(corners), codes)
