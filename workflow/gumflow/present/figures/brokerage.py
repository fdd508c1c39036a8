"""Who stands between whom: the brokerage roles of Gould and Fernandez (1989) in one network, against chance."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gumflow.measures.roles import ROLES
from gumflow.present.figures.panels import (
    FINE_PT,
    TICK,
    dot_key,
    draw_dot,
    draw_keys,
    draw_tick,
    panel,
    printed,
)
from gumflow.present.sheet import Frame, Key, Sheet, text_width
from gumflow.present.style import BLUE, GRAY, GREEN, INK, ORANGE, PALE, WIDTH_DOUBLE_MM, styled
from gumflow.present.wording import Words, group_words

NETWORK = "governance"
TITLE = Words("Brokerage roles in the governance network: {}", "治理网络中的中介角色：{}")
ROLE_NOTE = Words(
    "Counted are open two-paths: the middle actor has a tie from the first and one to the last, and the first has none to the last. Colors tell the groups "
    "apart ({}).",
    "统计开放的二步路径：前者有关系到中间者，中间者有关系到后者，而前者到后者没有直接关系。颜色区分组别（按{}）。",
)
CHANCE_NOTE = Words(
    "Expected and z: groups shuffled over the actors, ties as they are (exact mean and standard deviation). Beyond the gray band (±1.96) a role is "
    "rarer or more common than some 95 % of shufflings would have it. Roles that actors of few kinds can play depend on how many there are of each kind.",
    "期望值与z值：关系不变，将组别在主体间随机重排（均值与标准差为精确值）。超出灰色带（±1.96）表示该角色比约95%的重排结果更少或更多。"
    "各角色的次数取决于各类主体的数量。",
)
UNKNOWN_NOTE = Words("No z where shuffling cannot change the number.", "重排不改变次数时没有z值。")
OBSERVED = Words("observed", "实际")
EXPECTED = Words("expected if the groups were shuffled", "组别随机重排时的期望值")
COUNT = Words("Two-paths brokered", "中介的二步路径数")
DISTANCE = Words("Observed against expected, z", "实际与期望之差（z值）")
BETWEEN = {
    "coordinator": Words("within its own group", "本组内部"),
    "consultant": Words("between two of another group", "另一组的两者之间"),
    "gatekeeper": Words("from another group into its own", "由他组引入本组"),
    "representative": Words("from its own group to another", "由本组通向他组"),
    "liaison": Words("between two other groups", "两个他组之间"),
}
ROW_MM, HEAD_MM, SCALE_MM, GLYPH_MM, NUMBER_MM = 7.4, 6.0, 8.0, 17.0, 20.0
LETTER_COLORS = {"A": BLUE, "B": ORANGE, "C": GREEN}
BAND = 1.96

Values = Mapping[str, float]


def role_sums(scores: pd.DataFrame) -> dict[str, float]:
    """Return the sums over the governance network by measure (`brokerage_liaison_sum`, its `_expected` and `_z`), if known."""
    rows = scores[(scores["unit_kind"] == "network") & (scores["layer"] == NETWORK) & scores["value"].notna()]
    rows = rows[rows["measure"].str.match(r"brokerage_\w+_sum")]
    return dict(zip(rows["measure"].astype(str), rows["value"].astype(float), strict=True))


def draw_brokerage(
    scores: pd.DataFrame,
    cluster_label: str,
    group_by: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw how often each role is played in the governance network of one cluster, and by chance, 180 mm wide.

    Args:
        scores: rows of the scores table of one cluster and wave; those named in `role_sums` are read.
        cluster_label: the cluster's name in `language`.
        group_by: the column of actors that the groups come from.
        language: `en` or `zh`.
        grade: where the ties come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        values = role_sums(scores)
        notes = [ROLE_NOTE(language).format(group_words(group_by)(language)), CHANCE_NOTE(language)]
        if any(f"brokerage_{role}_sum_z" not in values for role in ROLES):
            notes.append(UNKNOWN_NOTE(language))
        frame = Frame(TITLE(language).format(cluster_label), tuple(notes), source, language, grade)
        tall = ROW_MM * len(ROLES)
        sheet = Sheet(WIDTH_DOUBLE_MM, HEAD_MM + tall + SCALE_MM + 4.5, frame)
        label = max(text_width(words(language), FINE_PT) for words in BETWEEN.values()) + 3.0
        for row, role in enumerate(ROLES):
            _draw_role(sheet, role, HEAD_MM + (row + 0.5) * ROW_MM)
        first = 2.0 + GLYPH_MM + label + 2.0
        room = WIDTH_DOUBLE_MM - 2.0 - first
        counts = (first, room * 0.56 - NUMBER_MM)
        distances = (first + room * 0.56 + 4.0, room * 0.44 - 4.0 - 10.0)
        _draw_counts(sheet, values, counts)
        _draw_distances(sheet, values, distances)
        tick = Key(EXPECTED(language), "marker", TICK)
        draw_keys(sheet, first, HEAD_MM + tall + SCALE_MM + 1.8, (dot_key(OBSERVED(language), BLUE), tick))
        return sheet.finish()


def _draw_role(sheet: Sheet, role: str, y: float) -> None:
    """Draw the three actors in the colors of their groups, the broker larger, and say what the role is."""
    declared, language = ROLES[role], sheet.frame.language
    letters = declared.path.split("-")
    for place in range(len(letters) - 1):
        start, end = 3.5 + place * 5.5 + 1.5, 3.5 + (place + 1) * 5.5 - 1.8
        sheet.line([start, end], [y, y], color=GRAY, linewidth=0.7)
        sheet.line([end], [y], color=GRAY, marker=">", markersize=2.6, markeredgewidth=0.0)
    for place, letter in enumerate(letters):
        style = {"marker": "o", "markersize": 6.4 if place == 1 else 4.4, "markeredgewidth": 0.0}
        sheet.line([3.5 + place * 5.5], [y], color=LETTER_COLORS[letter], **style)
    name = declared.label_zh if language == "zh" else declared.label_en.partition(" (")[0]
    sheet.write(2.0 + GLYPH_MM, y - 1.5, name.partition("（")[0], bold=True)
    sheet.write(2.0 + GLYPH_MM, y + 1.5, BETWEEN[role](language), size=FINE_PT, color=GRAY)


def _draw_counts(sheet: Sheet, values: Values, place: tuple[float, float]) -> None:
    left, wide = place
    language = sheet.frame.language
    largest = max(
        (v for name, v in values.items() if name.endswith(("_sum", "_expected")) and "total" not in name),
        default=1.0,
    )
    axes = panel(
        sheet, (left, HEAD_MM, wide, ROW_MM * len(ROLES)), (0.0, max(largest, 1.0) * 1.04), len(ROLES)
    )
    axes.set_label("counts")
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    sheet.write(left + wide / 2, HEAD_MM / 2 - 0.5, COUNT(language), bold=True, ha="center")
    for row, role in enumerate(ROLES):
        observed, expected = (values.get(f"brokerage_{role}_sum{end}") for end in ("", "_expected"))
        text = "–"
        if observed is not None:
            draw_dot(axes, row, observed, None, BLUE)
            text = f"{observed:,.0f}"
        if expected is not None:
            draw_tick(axes, row, expected)
            text += f" ({expected:,.0f})"
        y = HEAD_MM + (row + 0.5) * ROW_MM
        sheet.write(left + wide + NUMBER_MM - 1.0, y, text, size=FINE_PT, ha="right")


def _draw_distances(sheet: Sheet, values: Values, place: tuple[float, float]) -> None:
    left, wide = place
    language = sheet.frame.language
    distances = {role: values.get(f"brokerage_{role}_sum_z") for role in ROLES}
    end = max([3.0, *(abs(z) * 1.06 for z in distances.values() if z is not None)])
    axes = panel(sheet, (left, HEAD_MM, wide, ROW_MM * len(ROLES)), (-end, end), len(ROLES))
    axes.set_label("z")
    axes.axvspan(-BAND, BAND, color=PALE, alpha=0.5, linewidth=0, zorder=0.5)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}".replace("-", "−"))
    sheet.write(left + wide / 2, HEAD_MM / 2 - 0.5, DISTANCE(language), bold=True, ha="center")
    for row, z in enumerate(distances.values()):
        y = HEAD_MM + (row + 0.5) * ROW_MM
        if z is not None:
            axes.barh([row], [z], height=0.36, color=BLUE if abs(z) > BAND else GRAY, zorder=3)
        sheet.write(
            left + wide + 10.0, y, "–" if z is None else printed(z, 1), size=FINE_PT, color=INK, ha="right"
        )
