"""A sheet in the place of a figure that cannot be shown: its title and the reason."""

from pathlib import Path

from matplotlib.figure import Figure

from gumflow.present.sheet import Frame, Sheet
from gumflow.present.style import WIDTH_SINGLE_MM, styled


def draw_note(
    title: str,
    text: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw a small sheet (88 mm wide) with the title and, in the place of the drawing, why there is none."""
    with styled(font):
        return Sheet(WIDTH_SINGLE_MM, 2.0, Frame(title, (text,), source, language, grade)).finish()
