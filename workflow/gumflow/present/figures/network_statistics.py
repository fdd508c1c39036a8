"""The networks of one cluster side by side: statistics of the whole network with intervals, and E-I against chance."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from gumflow.networks.layers import INSIDE_NETWORKS, NETWORKS
from gumflow.present.figures.panels import (
    FINE_PT,
    TICK,
    dot_key,
    draw_dot,
    draw_keys,
    draw_tick,
    nice_end,
    panel,
    printed,
)
from gumflow.present.sheet import Frame, Key, Sheet, text_width
from gumflow.present.style import GRAY, GROUP_COLORS, INK, WIDTH_DOUBLE_MM, styled
from gumflow.present.wording import Words, group_words

TITLE = Words("Statistics of the networks: {}", "各网络的整体指标：{}")
INTERVAL_NOTE = Words(
    "Line: 95 % interval. The actors are no sample, so it does not say how well a number was measured, but how far it would move with other "
    "actors of the same kinds, tied by the same habits; no line: the number has no such interval. Each panel has its own scale.",
    "线段：95%区间。主体并非抽样所得，区间并不反映测量精度，而是说明若换成同类、以同样方式建立关系的其他主体，数值会变动多少；没有线段即没有此类区间。各小图刻度不同。",
)
IMPUTED_NOTE = Words(
    "Missing answers were filled in several times; the intervals hold what that adds.",
    "缺失的回答经多重插补，区间包含由此带来的不确定性。",
)
TEST_NOTE = Words(
    "E-I: −1 all ties within a group, 1 all between groups ({}). Share of shufflings of the groups that are as far from their mean (p): {}.",
    "E-I指数：−1表示关系全在同组之内，1表示全在组间（按{}分组）。随机重排组别时偏离均值不小于观测值的比例（p）：{}。",
)
MODULARITY_NOTE = Words(
    "Modularity is that of the best division found; random networks have some too.",
    "模块度取所找到的最优划分，随机网络的模块度也大于0。",
)
OBSERVED_NOTE = Words("Pairs of actors that were observed: {}.", "已观测的主体对占比：{}。")
MISSING_NOTE = Words("Not given: {}.", "未给出：{}。")
UNTIED_NOTE = Words("Without an achieved tie, and not shown: {}.", "没有已有关系、未列出：{}。")
VALUE = Words("value", "取值")
SPAN = Words("95 % interval", "95%区间")
EXPECTED = Words("expected if the groups were shuffled", "组别随机重排时的期望值")
REASONS = {
    "withheld": Words("withheld", "数据不足"),
    "undefined": Words("undefined", "无定义"),
    "not applicable": Words("not applicable", "不适用"),
}


class Statistic(NamedTuple):
    """One panel: a measure, its heading, and whether its scale runs from -1 to 1 (else from 0)."""

    measure: str
    words: Words
    signed: bool = False


STATISTICS = (
    Statistic("density", Words("Density", "密度")),
    Statistic("reciprocity_arc", Words("Reciprocity of ties", "互惠性")),
    Statistic("transitivity_collapsed", Words("Transitivity", "传递性")),
    Statistic("centralization_in_degree", Words("Centralization, in-degree", "入度中心势")),
    Statistic("ei_index_group", Words("E-I index", "E-I指数"), signed=True),
    Statistic("modularity", Words("Modularity", "模块度")),
)
COLORS = {
    "firm": GROUP_COLORS["firm"],
    "association": GROUP_COLORS["association"],
    "government": GROUP_COLORS["government"],
}
COLUMNS = 3
ROW_MM, HEAD_MM, SCALE_MM, NUMBER_MM = 4.8, 5.5, 7.5, 9.0

# By network and measure.
Table = Mapping[tuple[str, str], Mapping[str, object]]


def tied_networks(scores: pd.DataFrame) -> list[str]:
    """Name the networks inside the cluster that have achieved ties."""
    ties = scores[(scores["unit_kind"] == "network") & (scores["measure"] == "ties")].set_index("layer")[
        "value"
    ]
    return [name for name in INSIDE_NETWORKS if name in ties.index and ties[name] > 0]


def draw_network_statistics(
    scores: pd.DataFrame,
    cluster_label: str,
    group_by: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw six statistics of each network of one cluster that has ties, one panel each, 180 mm wide.

    Args:
        scores: rows of the scores table of one cluster and wave with unit_kind network; those of the measures in `STATISTICS`,
            of `ei_index_group_expected`, `ei_index_group_p` and `ties` are read, for the networks inside the cluster.
        cluster_label: the cluster's name in `language`.
        group_by: the column of actors that the groups of the E-I index come from.
        language: `en` or `zh`.
        grade: where the ties come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        networks = tied_networks(scores)
        table = _table(scores)
        names = {name: _network_label(name, language) for name in networks}
        label = max(text_width(text) for text in names.values()) + 3.0
        notes = _notes(table, networks, group_by, language)
        rows_of_panels = -(-len(STATISTICS) // COLUMNS)
        tall = HEAD_MM + ROW_MM * len(networks) + SCALE_MM
        frame = Frame(TITLE(language).format(cluster_label), notes, source, language, grade)
        sheet = Sheet(WIDTH_DOUBLE_MM, rows_of_panels * tall + 4.5, frame)
        slot = (WIDTH_DOUBLE_MM - 4.0 - label) / COLUMNS
        for i, statistic in enumerate(STATISTICS):
            line, column = divmod(i, COLUMNS)
            left, top = 2.0 + label + column * slot, line * tall
            _draw_panel(sheet, statistic, networks, table, (left, top, slot))
            if column == 0:
                for row, name in enumerate(names.values()):
                    sheet.write(2.0 + label - 2.0, top + HEAD_MM + (row + 0.5) * ROW_MM, name, ha="right")
        span = Key(SPAN(language), "line", {"color": INK, "linewidth": 1.3})
        tick = Key(EXPECTED(language), "marker", TICK)
        draw_keys(
            sheet, 2.0 + label, rows_of_panels * tall + 1.8, (dot_key(VALUE(language), INK), span, tick)
        )
        return sheet.finish()


def _table(scores: pd.DataFrame) -> Table:
    rows = scores[(scores["unit_kind"] == "network") & scores["layer"].isin(INSIDE_NETWORKS)]
    return {(str(r["layer"]), str(r["measure"])): r for r in rows.to_dict("records")}


def _network_label(name: str, language: str) -> str:
    return NETWORKS[name].label_zh if language == "zh" else NETWORKS[name].label_en


def _known(table: Table, network: str, measure: str, column: str = "value") -> float | None:
    row = table.get((network, measure))
    return None if row is None or pd.isna(row[column]) else float(row[column])  # type: ignore[arg-type]


def _draw_panel(
    sheet: Sheet,
    statistic: Statistic,
    networks: Sequence[str],
    table: Table,
    place: tuple[float, float, float],
) -> None:
    left, top, slot = place
    wide, language = slot - NUMBER_MM - 4.0, sheet.frame.language
    found = [_known(table, n, statistic.measure, c) for n in networks for c in ("value", "low", "high")]
    numbers = [abs(number) for number in found if number is not None]
    end = 1.0 if statistic.signed else nice_end(max(numbers, default=1.0))
    below = any(number is not None and number < 0 for number in found)
    limits = (-end if below or statistic.signed else 0.0, end)
    axes = panel(sheet, (left, top + HEAD_MM, wide, ROW_MM * len(networks)), limits, len(networks))
    axes.set_label(statistic.measure)
    marks = [limits[0], (limits[0] + end) / 2, end]
    axes.set_xticks(marks, [_short(mark) for mark in marks])
    sheet.write(left + wide / 2, top + HEAD_MM / 2, statistic.words(language), bold=True, ha="center")
    for row, network in enumerate(networks):
        y = top + HEAD_MM + (row + 0.5) * ROW_MM
        value, low, high = (_known(table, network, statistic.measure, c) for c in ("value", "low", "high"))
        if value is None:
            reason = REASONS[_reason(table, network, statistic.measure)](language)
            sheet.write(left + wide + 1.5, y, reason, size=FINE_PT, color=GRAY)
            continue
        draw_dot(
            axes,
            row,
            value,
            (low, high) if low is not None and high is not None else None,
            COLORS.get(network, INK),
        )
        expected = _known(table, network, f"{statistic.measure}_expected")
        if expected is not None:
            draw_tick(axes, row, expected)
        sheet.write(left + wide + NUMBER_MM, y, printed(value), size=FINE_PT, ha="right")


def _short(mark: float) -> str:
    return f"{mark:g}".replace("-", "−")


def _reason(table: Table, network: str, measure: str) -> str:
    kind = str(table.get((network, measure), {}).get("withheld", "")).partition(":")[0]
    return kind if kind in REASONS else "withheld"


def _notes(table: Table, networks: Sequence[str], group_by: str, language: str) -> tuple[str, ...]:
    comma = "、" if language == "zh" else ", "
    notes = [INTERVAL_NOTE(language)]
    rows = [table[n, s.measure] for n in networks for s in STATISTICS if (n, s.measure) in table]
    if any(row["interval_kind"] == "imputation" for row in rows):
        notes.append(IMPUTED_NOTE(language))
    tests = {n: _known(table, n, "ei_index_group_p") for n in networks}
    shown = [f"{_network_label(n, language)} {_p(p)}" for n, p in tests.items() if p is not None]
    if shown:
        notes.append(TEST_NOTE(language).format(group_words(group_by)(language), comma.join(shown)))
    if any(_known(table, n, "modularity") is not None for n in networks):
        notes.append(MODULARITY_NOTE(language))
    observed = {n: _known(table, n, "density", "coverage") for n in networks}
    partly = [
        f"{_network_label(n, language)} {share:.0%}"
        for n, share in observed.items()
        if share is not None and share < 1
    ]
    if partly:
        notes.append(OBSERVED_NOTE(language).format(comma.join(partly)))
    missing = [
        f"{s.words(language)} ({_network_label(n, language)}, {REASONS[_reason(table, n, s.measure)](language)})"
        for s in STATISTICS
        for n in networks
        if _known(table, n, s.measure) is None
    ]
    if missing:
        notes.append(MISSING_NOTE(language).format(("；" if language == "zh" else "; ").join(missing)))
    untied = [_network_label(n, language) for n in INSIDE_NETWORKS if n not in networks]
    if untied:
        notes.append(UNTIED_NOTE(language).format(comma.join(untied)))
    return tuple(notes)


def _p(value: float) -> str:
    return f"{value:.3f}"
