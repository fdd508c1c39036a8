"""The one style of every figure: fonts that hold Chinese, sizes for print, and fixed colors.

Widths are those of journals (88 mm for one column, 180 mm for two), text is 7 pt and never under 6 pt, colors follow Okabe
and Ito (2008) so that readers with a color-vision deficiency can tell them apart. Text becomes outlines in SVG, so that a
figure looks the same where the font is missing. Nothing here touches matplotlib's global state beyond adding the fonts.
"""

import contextlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.colors import to_rgb

from gumflow.contract.errors import GumflowError

MM_PER_INCH = 25.4
POINTS_PER_MM = 72 / MM_PER_INCH
WIDTH_SINGLE_MM = 88.0
WIDTH_DOUBLE_MM = 180.0
TEXT_PT = 7.0
SMALL_PT = 6.0
TITLE_PT = 8.0
LINE_SPACING = 1.2

FAMILY = "gumflow Noto Sans SC"
FONT_FILES = {400: "NotoSansSC-Regular-subset.otf", 700: "NotoSansSC-Bold-subset.otf"}

INK = "#1A1A1A"
GRAY = "#6E6E6E"
PALE = "#D9D9D9"
BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, VERMILION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"

FACTOR_COLORS = {
    "learning": BLUE,
    "innovation": VERMILION,
    "social_capital": GREEN,
    "external_linkage": PURPLE,
    "lead_firms": ORANGE,
    "public_policy": SKY,
    "governance": GRAY,
}
GROUP_COLORS = {
    "firm": BLUE,
    "association": ORANGE,
    "government": VERMILION,
    "influence": PURPLE,
    "pipeline": GREEN,
}
LEVEL_COLORS = {"low": "#DCE9F2", "medium": "#7FB2D3", "high": "#1F5F8B"}


class Marker(NamedTuple):
    """How actors of one kind are drawn: matplotlib marker and fill color (None = hollow)."""

    shape: str
    color: str | None


KIND_MARKERS = {
    "firm": Marker("o", BLUE),
    "association": Marker("D", ORANGE),
    "government": Marker("s", VERMILION),
    "regulator": Marker("p", VERMILION),
    "university": Marker("^", GREEN),
    "research": Marker("v", GREEN),
    "platform": Marker("P", GREEN),
    "finance": Marker("*", YELLOW),
    "market": Marker("h", PURPLE),
    "fair": Marker("X", PURPLE),
    "buyer": Marker(">", SKY),
    "supplier": Marker("<", SKY),
    "place": Marker("8", GRAY),
    "class": Marker("o", None),
    "person": Marker("o", INK),
    "other": Marker("d", GRAY),
}

EVENT_MARKERS = {
    "founding": Marker("^", GREEN),
    "milestone": Marker("o", BLUE),
    "policy": Marker("s", ORANGE),
    "rule": Marker("D", PURPLE),
    "shock": Marker("v", VERMILION),
    "shakeout": Marker("X", INK),
}


def _rc(families: list[str]) -> dict[Any, Any]:
    return {
        "font.family": families,
        "font.size": TEXT_PT,
        "font.weight": 400,
        "axes.titlesize": TEXT_PT,
        "axes.labelsize": TEXT_PT,
        "axes.labelcolor": INK,
        "axes.edgecolor": GRAY,
        "axes.linewidth": 0.5,
        "axes.unicode_minus": True,
        "axes.axisbelow": True,
        "text.color": INK,
        # A dollar sign in a firm's name is a dollar sign.
        "text.parse_math": False,
        # Layout is measured without hinting, so that it does not depend on the resolution.
        "text.hinting": "none",
        "xtick.labelsize": SMALL_PT,
        "ytick.labelsize": TEXT_PT,
        "xtick.color": GRAY,
        "ytick.color": GRAY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.width": 0.5,
        "ytick.major.width": 0.5,
        "xtick.major.size": 2.0,
        "ytick.major.size": 2.0,
        "hatch.linewidth": 0.4,
        "patch.linewidth": 0.5,
        "lines.linewidth": 0.8,
        "svg.fonttype": "path",
        "svg.hashsalt": "gumflow",
    }


@contextlib.contextmanager
def styled(font: str | Path | None = None) -> Iterator[None]:
    """Draw inside the style: `font` (a file, or the name of an installed family) first, then the shipped subset.

    Raises `GumflowError` if the font is neither a file nor an installed family. matplotlib's settings are as before
    afterwards.
    """
    _register_shipped_fonts()
    families = [_register_named_font(str(font)), FAMILY] if font else [FAMILY]
    # Whatever the user's own matplotlibrc says is set aside, so that equal data give equal figures.
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_rc(families))
        yield


@cache
def _register_shipped_fonts() -> None:
    folder = Path(__file__).resolve().parent / "fonts"
    for weight, name in FONT_FILES.items():
        _add_entry(folder / name, FAMILY, weight)


@cache
def _register_named_font(font: str) -> str:
    """Return the family name under which the configured font is known to matplotlib."""
    path = Path(font).expanduser()
    if path.is_file():
        family = f"gumflow {path.stem}"
        for weight in FONT_FILES:
            _add_entry(path, family, weight)
        return family
    if font in font_manager.get_font_names():
        return font
    raise GumflowError(
        f"The font {font!r} is neither a font file nor an installed font family. Give the path of an .otf, .ttf or .ttc file, "
        "or leave the font out to use the one that ships with gumflow."
    )


def _add_entry(path: Path, family: str, weight: int) -> None:
    # An own family name: the same font installed on the machine, in another version, must not be picked instead.
    if not path.is_file():
        raise GumflowError(f"{path}: the font file is missing. Reinstall gumflow.")
    entry = font_manager.FontEntry(
        fname=str(path),
        name=family,
        style="normal",
        variant="normal",
        weight=weight,
        stretch="normal",
        size="scalable",
    )
    font_manager.fontManager.ttflist.append(entry)


def tint(color: str, share: float) -> tuple[float, float, float]:
    """Mix a color with white; `share` 1 keeps the color, 0 gives white."""
    red, green, blue = to_rgb(color)
    return (1 - share * (1 - red), 1 - share * (1 - green), 1 - share * (1 - blue))
