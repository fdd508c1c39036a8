"""The sheet that a figure is drawn on: millimeters, a title, notes and source below, and the mark of synthetic data.

A figure is laid out by hand in millimeters from the top left corner of its body, so that nothing is clipped when it is
printed at its own size. Text is measured before it is placed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text

from gumflow.contract.errors import GumflowError
from gumflow.present.style import (
    GRAY,
    INK,
    LINE_SPACING,
    MM_PER_INCH,
    POINTS_PER_MM,
    SMALL_PT,
    TEXT_PT,
    TITLE_PT,
    VERMILION,
)
from gumflow.present.wording import SOURCE, SYNTHETIC, checked_grade, checked_language

MARGIN_MM = 2.0
MARK_WIDTH_MM = 34.0
RESOLUTION_DPI = 300
_NEVER_FIRST = frozenset("，。、；：？！）」』】》〉”’…％,.;:?!)]}%")
_NEVER_LAST = frozenset("（「『【《〈“‘([{")


@dataclass(frozen=True)
class Frame:
    """What stands around the drawing: title above; notes and source below; `grade` synthetic adds the mark."""

    title: str
    notes: tuple[str, ...]
    source: str
    language: str
    grade: str

    def __post_init__(self) -> None:
        checked_language(self.language)
        checked_grade(self.grade)


class Key(NamedTuple):
    """One entry of a legend: a line, a marker or a patch with its style, and its text."""

    text: str
    shape: Literal["line", "marker", "patch"]
    style: dict[str, Any]


class _Line(Text):
    """One line of text on its baseline.

    Where it begins at its point nothing depends on its width: matplotlib's own drawing, which measures each line anew for every
    format, is left out.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw the line as `Text` does."""
        plain = self.get_horizontalalignment() == "left" and self.get_bbox_patch() is None
        if not (plain and self.get_visible() and self.get_text()):
            super().draw(renderer)
            return
        renderer.open_group("text", self.get_gid())
        x, y = self.get_transform().transform(self.get_position())
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        gc = renderer.new_gc()
        gc.set_foreground(to_rgba(self.get_color()), isRGBA=True)
        gc.set_antialiased(self.get_antialiased())
        renderer.draw_text(
            gc, x, y, self.get_text(), self.get_fontproperties(), 0.0, ismath=False, mtext=self
        )
        gc.restore()
        renderer.close_group("text")
        self.stale = False


class Sheet:
    """A figure whose body is measured in millimeters, x to the right and y downward from the body's top left corner.

    Must be made and used inside `gumflow.present.style.styled`.
    """

    def __init__(self, width: float, body: float, frame: Frame) -> None:
        self.width, self.body, self.frame = width, body, frame
        marked = frame.grade == "synthetic"
        title_width = width - 2 * MARGIN_MM - (MARK_WIDTH_MM + 1 if marked else 0)
        self._title = wrap(frame.title, title_width, TITLE_PT, bold=True)
        self._notes = self._footer_lines()
        self.header = max(len(self._title) * line_mm(TITLE_PT), 5.0 if marked else 0) + 3.0
        self.footer = len(self._notes) * line_mm(SMALL_PT) + 3.5
        self.height = self.header + body + self.footer
        self.figure = Figure(figsize=(width / MM_PER_INCH, self.height / MM_PER_INCH), dpi=RESOLUTION_DPI)
        FigureCanvasAgg(self.figure)
        self.canvas = self.figure.add_axes((0, 0, 1, 1), label="canvas")
        self.canvas.set_xlim(0, width)
        self.canvas.set_ylim(body + self.footer, -self.header)
        self.canvas.set_axis_off()

    def _footer_lines(self) -> list[str]:
        texts = [*self.frame.notes]
        if self.frame.source:
            texts.append(SOURCE(self.frame.language) + self.frame.source)
        return [line for text in texts for line in wrap(text, self.width - 2 * MARGIN_MM, SMALL_PT)]

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return axes whose data area is the given rectangle of the body; the upper and right spines are off."""
        bottom = self.height - self.header - top - height
        axes = self.figure.add_axes(
            (left / self.width, bottom / self.height, width / self.width, height / self.height),
            label=f"axes {len(self.figure.axes)}",
        )
        axes.spines[["top", "right"]].set_visible(False)
        axes.patch.set_alpha(0)
        return axes

    def write(
        self,
        x: float,
        y: float,
        text: str | Sequence[str],
        *,
        size: float = TEXT_PT,
        bold: bool = False,
        color: str = INK,
        ha: Literal["left", "center", "right"] = "left",
        va: Literal["top", "center", "bottom"] = "center",
    ) -> Sequence[Text]:
        """Write one text, or lines below each other, at a point of the body; a block of n lines is n x `line_mm` high.

        Each line is placed by its baseline, so that neighbors stand level whatever letters they have.
        """
        texts = [text] if isinstance(text, str) else list(text)
        pitch = line_mm(size)
        top = y - {"top": 0.0, "center": 0.5, "bottom": 1.0}[va] * len(texts) * pitch
        style: dict[str, Any] = {
            "fontsize": size,
            "fontweight": 700 if bold else 400,
            "color": color,
            "ha": ha,
            "va": "baseline",
        }
        written = [_Line(x, top + (i + _BASELINE) * pitch, part, **style) for i, part in enumerate(texts)]
        for line in written:
            self.canvas.add_artist(line)
            line.set_clip_on(False)
        return written

    def add(self, shape: Patch | Line2D) -> None:
        """Draw a shape whose points are millimeters of the body."""
        self.canvas.add_artist(shape)
        # Everything is laid out inside the sheet; clip paths would only swell the SVG.
        shape.set_clip_on(False)

    def line(self, x: Sequence[float], y: Sequence[float], **style: Any) -> None:
        """Draw a line through points of the body."""
        self.add(Line2D(x, y, **style))

    def legend(self, left: float, top: float, width: float, keys: Sequence[Key]) -> float:
        """Draw keys in rows that fill `width`; return the height used (as `legend_height` foresees)."""
        for key, x, y in _flow(keys, width):
            self._draw_key(key, left + x, top + y)
        return legend_height(keys, width)

    def _draw_key(self, key: Key, x: float, y: float) -> None:
        middle = y + _ROW_MM / 2
        if key.shape == "line":
            self.line([x, x + _HANDLE_MM], [middle, middle], **key.style)
        elif key.shape == "marker":
            self.line([x + _HANDLE_MM / 2], [middle], linestyle="none", **key.style)
        else:
            self.add(Rectangle((x + 0.6, middle - 1), _HANDLE_MM - 1.2, 2.0, **key.style))
        self.write(x + _HANDLE_MM + 0.8, middle, key.text, size=SMALL_PT)

    def finish(self) -> Figure:
        """Write title, notes, source and mark; check that the fonts have every character; return the figure.

        Raises `GumflowError` that names each text with a character that no font has.
        """
        self.write(MARGIN_MM, 1.0 - self.header, self._title, size=TITLE_PT, bold=True, va="top")
        self.write(MARGIN_MM, self.body + 2.0, self._notes, size=SMALL_PT, color=GRAY, va="top")
        if self.frame.grade == "synthetic":
            self._mark()
        for axes in self.figure.axes[1:]:
            # Ticks come into being when they are first asked for; that must happen inside the style.
            axes.get_xticklabels()
            axes.get_yticklabels()
        refuse_missing_glyphs(self.figure)
        return self.figure

    def _mark(self) -> None:
        text = f"{SYNTHETIC.en} / {SYNTHETIC.zh}"
        left, top = self.width - MARGIN_MM - MARK_WIDTH_MM, 0.8 - self.header
        self.add(
            Rectangle((left, top), MARK_WIDTH_MM, 4.2, facecolor="white", edgecolor=VERMILION, linewidth=0.8)
        )
        mark = self.write(
            left + MARK_WIDTH_MM / 2, top + 2.1, text, size=SMALL_PT, bold=True, color=VERMILION, ha="center"
        )
        mark[0].set_label("synthetic mark")


# Where the baseline runs in the height of a line: capitals and Chinese characters then stand in its middle.
_BASELINE = 0.805
_HANDLE_MM = 6.0
_ROW_MM = 3.4
_GAP_MM = 3.0


def _flow(keys: Sequence[Key], width: float) -> list[tuple[Key, float, float]]:
    placed, x, y = [], 0.0, 0.0
    for key in keys:
        need = _HANDLE_MM + 0.8 + text_width(key.text, SMALL_PT)
        if x > 0 and x + need > width:
            x, y = 0.0, y + _ROW_MM
        placed.append((key, x, y))
        x += need + _GAP_MM
    return placed


def legend_height(keys: Sequence[Key], width: float) -> float:
    """Return the height in millimeters of a legend of this width."""
    return max((y for _, _, y in _flow(keys, width)), default=-_ROW_MM) + _ROW_MM


def line_mm(size: float) -> float:
    """Return the height in millimeters of one line of text of `size` points in a block of lines."""
    return size * LINE_SPACING / POINTS_PER_MM


def text_width(text: str, size: float = TEXT_PT, *, bold: bool = False) -> float:
    """Return the width in millimeters of one line of text: the sum of its characters, without kerning, which only narrows it."""
    weight, families = 700 if bold else 400, tuple(mpl.rcParams["font.family"])
    return sum(_advance(char, weight, families) for char in text) * size / POINTS_PER_MM


@lru_cache(maxsize=20_000)
def _advance(char: str, weight: int, families: tuple[str, ...]) -> float:
    """Return how far a character moves the pen, in units of the font's size. Lines are measured by it hundreds of times."""
    family = next((f for f in families if char in _charset(f, weight)), families[0])
    font = get_font(_font_file(family, weight))
    return float(font.load_char(ord(char), flags=LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM)


def wrap_evenly(text: str, width: float, size: float = TEXT_PT, *, bold: bool = False) -> list[str]:
    """Break a text as `wrap` does into as few lines, made as equal in length as they can be."""
    lines = wrap(text, width, size, bold=bold)
    narrower = width
    while len(lines) > 1 and narrower > width / 2:
        narrower -= 0.5
        tried = wrap(text, narrower, size, bold=bold)
        if len(tried) > len(lines) or max(text_width(t, size, bold=bold) for t in tried) > narrower:
            break
        lines = tried
    return lines


def wrap(text: str, width: float, size: float = TEXT_PT, *, bold: bool = False) -> list[str]:
    """Break a text into lines of at most `width` millimeters: between words, or between Chinese characters.

    A closing mark never begins a line and an opening one never ends it. A single word that is wider than `width` keeps its
    own line, unbroken.
    """
    lines: list[str] = []
    current = ""
    for piece in _pieces(text):
        if current and text_width((current + piece).rstrip(), size, bold=bold) > width:
            lines.append(current.rstrip())
            current = piece.lstrip()
        else:
            current += piece
    if current.strip():
        lines.append(current.rstrip())
    return lines


def _pieces(text: str) -> list[str]:
    """Split into the smallest pieces that a line may end after; a space belongs to the piece before it."""
    pieces: list[str] = []
    for char in text:
        if pieces and _stays_with(pieces[-1], char):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _stays_with(piece: str, char: str) -> bool:
    last = piece[-1]
    if char == " " or char in _NEVER_FIRST or last in _NEVER_LAST:
        return True
    if _is_wide(char) or _is_wide(last) or last in " /":
        return False
    # A line may end after the hyphen of a compound, not inside a date.
    return not (last == "-" and char.isalpha() and piece[-2:-1].isalpha())


def _is_wide(char: str) -> bool:
    return ord(char) > 0x2E7F


def refuse_missing_glyphs(figure: Figure) -> None:
    """Raise `GumflowError` for the texts of a figure with characters that none of their fonts has.

    matplotlib only warns, and only the first time that it meets a text; a box in place of a name must not be printed.
    """
    problems = []
    # An axis that is off has ticks with texts that are never drawn, and asking for them makes them.
    texts = [t for axes in figure.axes for t in (axes.findobj(Text) if axes.axison else axes.texts)]
    for text in texts:
        assert isinstance(text, Text)
        content = text.get_text()
        if not text.get_visible() or not content.strip():
            continue
        missing = sorted(set(content) - _characters(text.get_fontproperties()) - {"\n"})
        if missing:
            names = ", ".join(f"{c} (U+{ord(c):04X})" for c in missing)
            problems.append(f"  - {content!r} has {names}")
    if problems:
        raise GumflowError(
            "The figure has characters that its font lacks:\n"
            + "\n".join(dict.fromkeys(problems))
            + "\nName a font file that has them as the font of the configuration, or write the text otherwise."
        )


def _characters(properties: FontProperties) -> frozenset[str]:
    return _charset_of(tuple(properties.get_family()), properties.get_weight())


@lru_cache(maxsize=64)
def _charset_of(families: tuple[str, ...], weight: Any) -> frozenset[str]:
    return frozenset().union(*(_charset(f, weight) for f in families))


@lru_cache(maxsize=64)
def _charset(family: str, weight: Any) -> frozenset[str]:
    return frozenset(map(chr, get_font(_font_file(family, weight)).get_charmap()))


@lru_cache(maxsize=64)
def _font_file(family: str, weight: Any) -> str:
    properties = FontProperties(family=family, weight=weight)
    return str(fontManager.findfont(properties, fallback_to_default=False))
