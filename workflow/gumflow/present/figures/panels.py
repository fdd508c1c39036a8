"""What figures of numbers share: panels with one scale, dots with intervals, keys, and numbers as they are printed."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from gumflow.present.sheet import Key, Sheet, text_width
from gumflow.present.style import GRAY, PALE

FINE_PT = 6.5
"""Size of what is small in a drawing."""
KEY_MM = 7.0
_NICE = (0.1, 0.2, 0.5, 1.0)


def panel(
    sheet: Sheet, box: tuple[float, float, float, float], limits: tuple[float, float], rows: int
) -> Axes:
    """Return axes for `rows` rows, the first on top at 0, with a scale below, a pale line for each row and one at zero.

    Args:
        sheet: the sheet to draw on.
        box: left, top, width, height (mm).
        limits: the ends of the scale.
        rows: number of rows.
    """
    axes = sheet.axes(*box)
    axes.set_xlim(*limits)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="x", labelsize=FINE_PT, pad=1.5)
    axes.hlines(range(rows), *limits, color=PALE, linewidth=0.4, zorder=1)
    if limits[0] <= 0 <= limits[1]:
        axes.vlines([0], -0.5, rows - 0.5, color=GRAY, linewidth=0.5, zorder=1)
    return axes


def draw_dot(axes: Axes, row: int, value: float, interval: tuple[float, float] | None, color: str) -> None:
    """Draw a value as a dot and its interval as a line."""
    if interval:
        axes.plot(
            interval, [row, row], color=color, linewidth=1.3, solid_capstyle="butt", zorder=3, clip_on=False
        )
    style: dict[str, Any] = {
        "markeredgecolor": "white",
        "markeredgewidth": 0.3,
        "zorder": 4,
        "clip_on": False,
    }
    axes.plot([value], [row], marker="o", markersize=4.2, color=color, **style)


def draw_tick(axes: Axes, row: int, value: float) -> None:
    """Draw what chance would give as an upright tick."""
    axes.plot([value], [row], zorder=5, clip_on=False, **TICK)


TICK: dict[str, Any] = {
    "marker": "|", "markersize": 7.0, "markeredgewidth": 1.2, "color": GRAY, "linestyle": "none",
}  # fmt: skip


def nice_end(largest: float) -> float:
    """Return a round end of a scale of shares that holds the largest number."""
    return next((end for end in _NICE if largest <= end), 1.0)


def draw_keys(sheet: Sheet, left: float, y: float, keys: Sequence[Key]) -> None:
    """Draw keys in one row, centered at the height y, as `Sheet.legend` does but in the size of the drawing."""
    x = left
    for key in keys:
        ends = [x, x + KEY_MM - 1.5] if key.shape == "line" else [x + (KEY_MM - 1.5) / 2]
        sheet.line(ends, [y] * len(ends), **key.style)
        sheet.write(x + KEY_MM, y, key.text, size=FINE_PT)
        x += KEY_MM + text_width(key.text, FINE_PT) + 5.0


def dot_key(text: str, color: str) -> Key:
    """Return the key of a dot."""
    return Key(text, "marker", {"marker": "o", "markersize": 4.2, "color": color, "linestyle": "none"})


def printed(value: float, digits: int = 2) -> str:
    """Return a number with a true minus sign; a negative nothing has none."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")
