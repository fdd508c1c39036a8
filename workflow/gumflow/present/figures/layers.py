"""Which layers of one cluster go together: the correlation of every two, tested by permuting actors (QAP)."""

import math
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gumflow.networks.layers import LAYERS
from gumflow.present.figures.panels import FINE_PT, printed
from gumflow.present.layer_pairs import LEVEL, layer_pairs
from gumflow.present.sheet import Frame, Sheet, text_width
from gumflow.present.style import (
    BLUE,
    GRAY,
    INK,
    PALE,
    VERMILION,
    WIDTH_DOUBLE_MM,
    WIDTH_SINGLE_MM,
    styled,
    tint,
)
from gumflow.present.wording import Words

TITLE = Words("Which layers go together: {}", "各层关系之间的相关：{}")
TEST_NOTE = Words(
    "Pearson correlation of the ties of two layers (there or not) over the ordered pairs of actors that were observed in both ({} pairs). Bold with "
    "a star: p < .05, two-sided, by QAP with {} permutations of the actors, since pairs that share an actor are not independent.",
    "数值为两层关系（有或无）在共同观测到的有序主体对（{}对）上的皮尔逊相关。加粗并带星号：双侧p < .05，QAP检验，对主体作{}次置换，因为有共同主体的各对并不独立。",
)
CHANCE_NOTE = Words(
    "Of {} correlations about {} would be starred by chance alone. Layers that go together may have one cause; which comes first is not told.",
    "{}个相关中，仅因偶然就约有{}个带星号。两层相关可能出于同一原因，也不说明先后。",
)
UNKNOWN_NOTE = Words(
    "–: undefined, since a layer is tied everywhere or nowhere among the pairs observed in both.",
    "–：无定义，某一层在共同观测的主体对中全有或全无关系。",
)
COLUMN_MM, ROW_MM = 9.6, 5.2
# From this correlation on the ground is so dark that the number is white.
DARK = 0.6


def draw_layers(
    scores: pd.DataFrame,
    cluster_label: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw the correlations as the lower triangle of a table, 88 or 180 mm wide.

    Args:
        scores: rows of the scores table of one cluster and wave; those with unit_kind layer_pair and measure
            `layer_qap_correlation` or `layer_qap_p` are read.
        cluster_label: the cluster's name in `language`.
        language: `en` or `zh`.
        grade: where the ties come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        pairs = layer_pairs(scores)
        layers = [name for name in LAYERS if name in {*pairs["a"], *pairs["b"]}]
        names = [LAYERS[n].label_zh if language == "zh" else LAYERS[n].label_en for n in layers]
        label = max(text_width(name) for name in names) + 3.0
        gaps = max(len(layers) - 2, 1)
        needed = 2 * label + gaps * COLUMN_MM
        width = WIDTH_SINGLE_MM if needed <= WIDTH_SINGLE_MM - 4.0 else WIDTH_DOUBLE_MM
        cell = min(COLUMN_MM, (width - 4.0 - 2 * label) / gaps)
        frame = Frame(TITLE(language).format(cluster_label), _notes(pairs, language), source, language, grade)
        sheet = Sheet(width, ROW_MM * len(layers) + 2.0, frame)
        left = 2.0 + label
        for i, name in enumerate(names):
            y = (i + 0.5) * ROW_MM + 0.5
            if i:
                sheet.write(left - 1.5, y, name, ha="right")
            if i < len(names) - 1:
                # The name stands where the column begins, on the diagonal, and runs into the empty triangle.
                sheet.write(left + i * cell + 1.5, y, name, color=GRAY)
        place = {name: i for i, name in enumerate(layers)}
        for pair in pairs.to_dict("records"):
            column, row = place[pair["a"]], place[pair["b"]]
            box = (left + column * cell, row * ROW_MM + 0.5, cell, ROW_MM)
            _draw_cell(sheet, box, pair["r"], pair["p"])
        return sheet.finish()


def _draw_cell(sheet: Sheet, box: tuple[float, float, float, float], r: float, p: float) -> None:
    left, top, wide, tall = box
    known, starred = not math.isnan(r), p < LEVEL
    ground = tint(BLUE if r > 0 else VERMILION, min(abs(r), 1.0)) if known else "white"
    sheet.add(
        Rectangle(
            (left + 0.2, top + 0.2),
            wide - 0.4,
            tall - 0.4,
            facecolor=ground,
            edgecolor=PALE,
            linewidth=0.3,
        )
    )
    text = printed(r) + ("*" if starred else "") if known else "–"
    color = "white" if known and abs(r) >= DARK else INK
    sheet.write(left + wide / 2, top + tall / 2, text, size=FINE_PT, bold=starred, color=color, ha="center")


def _notes(pairs: pd.DataFrame, language: str) -> tuple[str, ...]:
    low, high = (f"{int(n):,}" for n in (pairs["n"].min(), pairs["n"].max()))
    known = int(pairs["p"].notna().sum())
    notes = [
        TEST_NOTE(language).format(
            low if low == high else f"{low}–{high}", f"{pairs['permutations'].max():,}"
        ),
        CHANCE_NOTE(language).format(known, round(LEVEL * known)),
    ]
    if pairs["r"].isna().any():
        notes.append(UNKNOWN_NOTE(language))
    return tuple(notes)
