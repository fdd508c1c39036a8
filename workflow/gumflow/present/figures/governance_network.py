"""The governance network of one cluster: who is tied to whom, by which group of layers, and what the text only asks for.

Answers to the book's 2.3.1: firms, associations and local government govern a cluster together.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch

from gumflow.present.curves import arrow_head, bent, curves_path, cut, passing, polygons_path
from gumflow.present.figures.network_content import Content, Line, network_content
from gumflow.present.figures.network_layout import RING_OFFSET, place_nodes, radius_mm
from gumflow.present.sheet import Frame, Key, Sheet, legend_height, line_mm, text_width, wrap_evenly
from gumflow.present.style import (
    GRAY,
    GROUP_COLORS,
    INK,
    KIND_MARKERS,
    POINTS_PER_MM,
    SMALL_PT,
    WIDTH_DOUBLE_MM,
    YELLOW,
    styled,
    tint,
)
from gumflow.present.wording import GROUPS, KINDS, STATES, Words

TITLE = Words("Governance network: {}", "治理网络：{}")
TEXT_NOTE = Words(
    "The actors and ties are those that the text names: a missing line is not a missing tie.",
    "图中行为主体和关系均出自文本所述：没有连线并不表示没有关系。",
)
ROSTER_NOTE = Words(
    "Actors without any tie are not drawn. Distances and positions have no meaning.",
    "未画出没有任何关系的行为主体。位置与距离没有含义。",
)
UNLABELED_NOTE = Words(
    "{} of {} actors are not named, for want of room: classes and places before named bodies, those with few ties first.",
    "{1}个行为主体中有{0}个因版面所限未标名称：先略类别与地区，后略具名主体，关系少者先略。",
)
SHARED_NOTE = Words(
    "Places outside the cluster with the very same ties share one node.",
    "关系完全相同的集群外地区合为一个节点。",
)
LEFT_OUT_NOTE = Words(
    "Ties not drawn (belonging, ownership, conflict, or without two known actors): {}.",
    "未画出的关系（隶属、所有权、纠纷或两端不全）：{}条。",
)
DIRECTION_NOTE = Words(
    "An arrow runs from giver to receiver; a ring is a tie inside one class.",
    "箭头由给予方指向接受方；小圆环为同一类主体内部的关系。",
)
OUTSIDE = Words("outside the cluster (pale)", "集群之外（浅色）")
NO_TIES = Words("No governance tie is stated.", "没有可画的治理关系。")
SHARED = Words("{} places: {}", "{}地：{}")

MOST_LABELS = 70
# With more lines than this, lines and heads become thinner.
FULL_WIDTH_UP_TO = 80
LABEL_WIDTH_MM = 24.0
SHARED_LABEL_WIDTH_MM = 36.0
NODE_PT = 6.0
CLASS_PT = 9.0
# What a line keeps from a node, and how long a head is at full width.
GAP_MM = 0.3
HEAD_MM = 1.25


def draw_governance_network(
    actors: pd.DataFrame,
    ties: pd.DataFrame,
    cluster_label: str,
    boundary: str,
    *,
    language: str,
    grade: str,
    source: str = "",
    font: str | Path | None = None,
) -> Figure:
    """Draw the governance network of one cluster, 180 mm wide, with the ties of all four states.

    Args:
        actors: rows of the table actors of one cluster (actor, label_en, label_zh, kind, place).
        ties: rows of the table ties of the same cluster (source, target, layer, directed, state). Layers of no governance
            group (parent, ownership, conflict) are counted in a note; leave pipeline ties out for the inside alone.
        cluster_label: the cluster's name in `language`.
        boundary: census, roster, sample or text; text adds the note on missing lines.
        language: `en` or `zh`.
        grade: where the ties come from; `synthetic` marks the figure.
        source: a line that names the source.
        font: a font to use before the shipped one.
    """
    with styled(font):
        title = TITLE(language).format(cluster_label)
        content = network_content(actors, ties)
        width = WIDTH_DOUBLE_MM
        if content.nodes.empty:
            notes = _notes(boundary, content, 0, language)
            sheet = Sheet(width, 20.0, Frame(title, notes, source, language, grade))
            sheet.write(width / 2, 10.0, NO_TIES(language), color=GRAY, ha="center")
            return sheet.finish()
        nodes, positions, height = _placed(content, _labels(actors, content, language), width)
        unnamed = sum(not lines for lines in nodes["lines"])
        keys = _keys(nodes, content.lines, language)
        blocks = [legend_height(k, width - 4) for k in keys]
        frame = Frame(title, _notes(boundary, content, unnamed, language), source, language, grade)
        sheet = Sheet(width, height + sum(blocks) + 3.0, frame)
        _draw_lines(sheet, content.lines, positions, nodes)
        _draw_nodes(sheet, nodes, positions)
        _draw_labels(sheet, nodes, positions)
        y = height + 2.0
        for block, used in zip(keys, blocks, strict=True):
            sheet.legend(2.0, y, width - 4, block)
            y += used
        return sheet.finish()


def _labels(actors: pd.DataFrame, content: Content, language: str) -> list[list[str]]:
    """Return the label of each node, broken into lines; the label of a shared node names all its places."""
    names = actors.drop_duplicates("actor").set_index("actor")[f"label_{language}"].astype(str)
    labels = []
    for members in content.nodes["members"]:
        text, room = names[members[0]], LABEL_WIDTH_MM
        if len(members) > 1:
            text = ("、" if language == "zh" else "; ").join(names[members])
        if len(members) > 3:
            text, room = SHARED(language).format(len(members), text), SHARED_LABEL_WIDTH_MM
        labels.append(wrap_evenly(text, room, SMALL_PT))
    return labels


def _placed(
    content: Content, labels: Sequence[list[str]], width: float
) -> tuple[pd.DataFrame, np.ndarray, float]:
    """Return the nodes with their labels, their positions and the height; labels are dropped until none covers another."""
    lines = content.lines
    neighbors: list[set[int]] = [set() for _ in labels]
    for line in lines:
        neighbors[line.source].add(line.target)
        neighbors[line.target].add(line.source)
    nodes = content.nodes[["kind", "place"]].copy()
    nodes["size"] = np.where(nodes["kind"] == "class", CLASS_PT, NODE_PT)
    # Named bodies are labeled before classes and places, then those with more neighbors.
    ranked = sorted(
        nodes.index, key=lambda i: (nodes.at[i, "kind"] in ("class", "place"), -len(neighbors[i] - {i}), i)
    )
    nodes["ring"] = _ring_sizes(lines, len(nodes))
    pairs = sorted({(line.source, line.target) for line in lines if line.source != line.target})
    count = min(len(nodes), MOST_LABELS)
    while True:
        named = set(ranked[:count])
        shown = [label if i in named else [] for i, label in enumerate(labels)]
        nodes["lines"] = pd.Series(shown, dtype=object)
        nodes["label_width"] = [max((text_width(t, SMALL_PT) for t in ls), default=0.0) for ls in shown]
        nodes["label_height"] = [len(ls) * line_mm(SMALL_PT) for ls in shown]
        positions, nodes["label_up"], height, settled = place_nodes(nodes, pairs, width)
        if settled or count == 0:
            return nodes, positions, height
        count = int(count * 0.85)


def _stroke(state: str, group: str) -> dict[str, Any]:
    color = GROUP_COLORS[group]
    return {
        "achieved": {"color": color, "linewidth": 1.1, "linestyle": "-"},
        "partial": {"color": GRAY, "linewidth": 0.6, "linestyle": "-"},
        "lacking": {"color": INK, "linewidth": 0.9, "linestyle": (0, (0.8, 2.0))},
        "recommended": {"color": tint(color, 0.55), "linewidth": 0.8, "linestyle": (0, (4, 2))},
    }[state]


def _draw_lines(sheet: Sheet, lines: Sequence[Line], positions: np.ndarray, nodes: pd.DataFrame) -> None:
    """Draw lines and heads; those of one look are one path, which keeps the files small."""
    thin = float(np.clip(np.sqrt(FULL_WIDTH_UP_TO / max(len(lines), 1)), 0.4, 1.0))
    radius = radius_mm(nodes) + GAP_MM
    points: list[tuple[float, float]] = [(float(x), float(y)) for x, y in positions]
    head = HEAD_MM * (4 + 3 * thin) / 7
    for group, state in sorted({(line.group, line.state) for line in lines}):
        style = _stroke(state, group)
        style["linewidth"] *= thin
        order = 2.0 if state in ("achieved", "partial") else 1.5
        curves, heads = [], []
        for line in lines:
            if (line.group, line.state) != (group, state):
                continue
            if line.source == line.target:
                sheet.add(_ring(line, points[line.source], radius[line.source], nodes, style))
                continue
            clear = radius.copy()
            clear[[line.source, line.target]] = 0.0
            ways = points[line.source], points[line.target]
            curve = bent(*ways, passing(*ways, line.bend, positions, clear))
            ends = float(radius[line.source]), float(radius[line.target])
            # A line ends inside its head, whose tip it would blunt.
            room = [
                e + (0.7 * head if h else 0.0)
                for e, h in zip(ends, (line.to_source, line.to_target), strict=True)
            ]
            curves.append(cut(curve, room[0], room[1]))
            if line.to_source:
                heads.append(arrow_head(curve, ends[0], head, at_end=False))
            if line.to_target:
                heads.append(arrow_head(curve, ends[1], head, at_end=True))
        if curves:
            sheet.add(PathPatch(curves_path(curves), fill=False, capstyle="butt", zorder=order, **style))
        if heads:
            # Above the white behind the labels: a head that is half hidden misleads.
            sheet.add(PathPatch(polygons_path(heads), color=style["color"], linewidth=0, zorder=2.8))


def _ring_size(line: Line) -> float:
    return 1.5 + 0.6 * line.bend


def _ring_sizes(lines: Sequence[Line], n: int) -> list[float]:
    """Return the radius (mm) of the largest ring of each node; 0 without one."""
    sizes = [0.0] * n
    for line in lines:
        if line.source == line.target:
            sizes[line.source] = max(sizes[line.source], _ring_size(line))
    return sizes


def _ring(
    line: Line, at: tuple[float, float], radius: float, nodes: pd.DataFrame, style: dict[str, Any]
) -> Circle:
    # The ring stands at the side away from the label.
    side = 1 if nodes["label_up"].iloc[line.source] else -1
    size = _ring_size(line)
    reach = (radius - GAP_MM + size) * RING_OFFSET
    return Circle((at[0] + reach, at[1] + side * reach), size, fill=False, **style)


def _node_style(kind: str, outside: bool, size: float) -> dict[str, Any]:
    marker = KIND_MARKERS.get(kind, KIND_MARKERS["other"])
    color = marker.color
    face: Any = "white" if color is None else tint(color, 0.4) if outside else color
    if color is None:
        edge = GRAY if outside else INK
    elif color == YELLOW:
        # Yellow does not stand out from white by itself.
        edge = GRAY
    else:
        edge = color if outside else "white"
    scale = {"D": 0.85, "*": 1.4, "P": 1.1, "X": 1.1}.get(marker.shape, 1.0)
    return {
        "marker": marker.shape,
        "markersize": size * scale,
        "markerfacecolor": face,
        "markeredgecolor": edge,
        "markeredgewidth": 1.0 if color is None else 0.5,
    }


def _draw_nodes(sheet: Sheet, nodes: pd.DataFrame, positions: np.ndarray) -> None:
    outside = nodes["place"] != "local"
    for (kind, out), rows in nodes.groupby([nodes["kind"], outside], sort=True):
        style = _node_style(str(kind), bool(out), float(rows["size"].iloc[0]))
        at = positions[rows.index.to_numpy()]
        sheet.line(at[:, 0].tolist(), at[:, 1].tolist(), linestyle="none", zorder=3, **style)


def _draw_labels(sheet: Sheet, nodes: pd.DataFrame, positions: np.ndarray) -> None:
    """Write the labels on white, through which the lines below still show a little."""
    backs: list[list[tuple[float, float]]] = []
    pitch = line_mm(SMALL_PT)
    for i, node in enumerate(nodes.itertuples()):
        x, y = (float(v) for v in positions[i])
        reach = (node.size / 2 / POINTS_PER_MM + 0.5) * (-1 if node.label_up else 1)
        va: Literal["top", "bottom"] = "bottom" if node.label_up else "top"
        for text in sheet.write(x, y + reach, node.lines, size=SMALL_PT, ha="center", va=va):
            text.set_label(f"label {i}")
            text.set_zorder(4)
        top = y + reach - (len(node.lines) * pitch if node.label_up else 0.0)
        for j, line in enumerate(node.lines):
            half, above = text_width(line, SMALL_PT) / 2 + 0.25, top + j * pitch
            backs.append(
                [(x - half, above), (x + half, above), (x + half, above + pitch), (x - half, above + pitch)]
            )
    if backs:
        sheet.add(PathPatch(polygons_path(backs), facecolor="white", edgecolor="none", alpha=0.8, zorder=2.6))


def _keys(nodes: pd.DataFrame, lines: Sequence[Line], language: str) -> list[list[Key]]:
    """The legend in blocks: kinds of actors, groups of ties, states of ties; only what is drawn."""
    kinds = [
        Key(KINDS[k](language), "marker", _node_style(k, False, CLASS_PT * 0.8 if k == "class" else NODE_PT))
        for k in KINDS
        if k in set(nodes["kind"])
    ]
    if (nodes["place"] != "local").any():
        kinds.append(
            Key(
                OUTSIDE(language),
                "marker",
                _node_style("firm", True, NODE_PT)
                | {"markerfacecolor": tint(GRAY, 0.4), "markeredgecolor": GRAY},
            )
        )
    groups = [
        Key(GROUPS[g](language), "line", _stroke("achieved", g))
        for g in GROUPS
        if g in {a.group for a in lines}
    ]
    states = [
        Key(
            STATES[s](language),
            "line",
            _stroke(s, "influence") | ({"color": INK} if s == "achieved" else {"color": GRAY}),
        )
        for s in STATES
        if s in {a.state for a in lines}
    ]
    return [block for block in (kinds, groups, states) if block]


def _notes(boundary: str, content: Content, unnamed: int, language: str) -> tuple[str, ...]:
    notes = [(TEXT_NOTE if boundary == "text" else ROSTER_NOTE)(language)]
    if not content.nodes.empty:
        notes.append(DIRECTION_NOTE(language))
        if (content.nodes["members"].map(len) > 1).any():
            notes.append(SHARED_NOTE(language))
    if unnamed:
        notes.append(UNLABELED_NOTE(language).format(unnamed, len(content.nodes)))
    if content.left_out:
        notes.append(LEFT_OUT_NOTE(language).format(content.left_out))
    joint = "" if language == "zh" else " "
    return (joint.join(notes),)
