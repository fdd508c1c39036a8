"""The governance network of one cluster: who is tied to whom, by which group of layers, and what the text only asks for.

Answers to the book's 2.3.1: firms, associations and local government govern a cluster together. Nodes are placed by
Kamada and Kawai's (1989) springs, component by component, and then moved apart until no label covers another.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import igraph
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.patheffects import withStroke

from gumflow.contract.errors import GumflowError
from gumflow.present.placing import pack_components, spread_apart, spread_evenly
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
from gumflow.present.wording import GROUPS, KINDS, LAYER_GROUPS, STATES, Words

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
    "Only the {} actors with the most ties are named.",
    "只标出关系最多的{}个行为主体。",
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

LABEL_ALL_UP_TO = 70
LABELS_BEYOND = 60
# With more lines than this, lines and heads become thinner.
FULL_WIDTH_UP_TO = 80
LABEL_WIDTH_MM = 24.0
MIN_HEIGHT_MM, MAX_HEIGHT_MM = 55.0, 190.0
NODE_PT = 6.0
CLASS_PT = 9.0
SEED = 20100401


class _Arc(NamedTuple):
    """One line of the drawing: all layers of one group and state on one pair."""

    source: int
    target: int
    group: str
    state: str
    directed: bool
    bend: float


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
        known, arcs, left_out = _select(actors, ties)
        nodes = _nodes(known, arcs, language)
        keys = _keys(nodes, arcs, language)
        notes = _notes(boundary, nodes, left_out, language)
        frame = Frame(title, notes, source, language, grade)
        width = WIDTH_DOUBLE_MM
        if nodes.empty:
            sheet = Sheet(width, 20.0, frame)
            sheet.write(width / 2, 10.0, NO_TIES(language), color=GRAY, ha="center")
            return sheet.finish()
        positions, height = _place(nodes, arcs, width)
        blocks = [legend_height(k, width - 4) for k in keys]
        sheet = Sheet(width, height + sum(blocks) + 3.0, frame)
        thin = float(np.clip(np.sqrt(FULL_WIDTH_UP_TO / max(len(arcs), 1)), 0.4, 1.0))
        for arc in arcs:
            _draw_arc(sheet, arc, positions, nodes, thin)
        _draw_nodes(sheet, nodes, positions)
        y = height + 2.0
        for block, used in zip(keys, blocks, strict=True):
            sheet.legend(2.0, y, width - 4, block)
            y += used
        return sheet.finish()


def _select(actors: pd.DataFrame, ties: pd.DataFrame) -> tuple[pd.DataFrame, list[_Arc], int]:
    """Return the actors that have a drawn tie, the lines between them, and how many ties were left out."""
    unknown = sorted(set(ties["state"]) - STATES.keys())
    if unknown:
        raise GumflowError(f"ties have the state {unknown[0]!r}; allowed: {', '.join(STATES)}")
    group = ties["layer"].map(LAYER_GROUPS)
    ids = set(actors["actor"])
    drawn = group.notna() & ties["source"].isin(ids) & ties["target"].isin(ids)
    kept = ties[drawn].assign(group=group[drawn])
    named = actors[actors["actor"].isin({*kept["source"], *kept["target"]})]
    named = named.drop_duplicates("actor").sort_values("actor", kind="stable").reset_index(drop=True)
    number = {actor: i for i, actor in enumerate(named["actor"])}
    lines: dict[tuple[int, int, str, str, bool], None] = {}
    for row in kept.itertuples():
        ends = number[row.source], number[row.target]
        directed = bool(int(row.directed))
        if not directed:
            ends = min(ends), max(ends)
        lines[(ends[0], ends[1], row.group, row.state, directed)] = None
    return named, _bend(sorted(lines)), int((~drawn).sum())


def _bend(lines: Sequence[tuple[int, int, str, str, bool]]) -> list[_Arc]:
    """Fan out the lines of one pair, so that none lies on another."""
    pairs: dict[tuple[int, int], list[tuple[int, int, str, str, bool]]] = {}
    for line in lines:
        pairs.setdefault((min(line[:2]), max(line[:2])), []).append(line)
    arcs = []
    for (low, high), members in pairs.items():
        for i, (source, target, group, state, directed) in enumerate(members):
            side = (i - (len(members) - 1) / 2) * 0.22 if low != high else float(i)
            arcs.append(_Arc(source, target, group, state, directed, side if source <= target else -side))
    return arcs


def _nodes(actors: pd.DataFrame, arcs: Sequence[_Arc], language: str) -> pd.DataFrame:
    """Return kind, place, degree, size (points), label lines and label box (mm) of each actor."""
    neighbors: list[set[int]] = [set() for _ in range(len(actors))]
    for arc in arcs:
        neighbors[arc.source].add(arc.target)
        neighbors[arc.target].add(arc.source)
    degree = [len(n - {i}) for i, n in enumerate(neighbors)]
    nodes = pd.DataFrame({"kind": actors["kind"], "place": actors["place"], "degree": degree})
    named = set(nodes.index)
    if len(nodes) > LABEL_ALL_UP_TO:
        named = set(nodes.sort_values("degree", ascending=False, kind="stable").index[:LABELS_BEYOND])
    labels = [str(label) for label in actors[f"label_{language}"]]
    lines = [
        wrap_evenly(text, LABEL_WIDTH_MM, SMALL_PT) if i in named else [] for i, text in enumerate(labels)
    ]
    nodes["lines"] = pd.Series(lines, dtype=object)
    nodes["size"] = np.where(nodes["kind"] == "class", CLASS_PT, NODE_PT)
    nodes["label_width"] = [max((text_width(t, SMALL_PT) for t in ls), default=0.0) for ls in lines]
    nodes["label_height"] = [len(ls) * line_mm(SMALL_PT) for ls in lines]
    return nodes


def _place(nodes: pd.DataFrame, arcs: Sequence[_Arc], width: float) -> tuple[np.ndarray, float]:
    """Return node positions (mm) without overlaps of labels, and the height of the drawing."""
    radius = _radius_mm(nodes)
    label = nodes["label_height"].to_numpy(dtype=float)
    half = np.maximum(nodes["label_width"].to_numpy(dtype=float) / 2, radius) + 0.8
    area = float((2 * half * (2 * radius + label + 1.4)).sum())
    height = float(
        np.clip(max(area / (0.3 * width), 16.0 * np.sqrt(len(nodes))), MIN_HEIGHT_MM, MAX_HEIGHT_MM)
    )
    edges = sorted({(min(a.source, a.target), max(a.source, a.target)) for a in arcs if a.source != a.target})
    graph = igraph.Graph(n=len(nodes), edges=edges)
    igraph.set_random_number_generator(random.Random(SEED))
    try:
        shape = [
            _layout(graph.induced_subgraph(members), members) for members in graph.connected_components()
        ]
    finally:
        igraph.set_random_number_generator(random)
    while True:
        box = (2.0, 1.0, width - 2.0, height - 1.0)
        start = pack_components(shape, len(nodes), box)
        nodes["label_up"] = up = _labels_up(start, edges)
        above = radius + 0.6 + np.where(up, label, 0.0)
        below = radius + 0.8 + np.where(up, 0.0, label)
        positions, settled = spread_apart(start, half, above, below, box)
        if settled or height >= MAX_HEIGHT_MM:
            break
        height = min(height * 1.15, MAX_HEIGHT_MM)
    top = float((positions[:, 1] - above).min()) - 1.0
    positions[:, 1] -= top
    return positions, float((positions[:, 1] + below).max()) + 1.0


def _labels_up(points: np.ndarray, edges: Sequence[tuple[int, int]]) -> np.ndarray:
    """Tell whose neighbors lie below: its label stands above, out of the way of its lines."""
    pull, count = np.zeros(len(points)), np.zeros(len(points))
    for i, j in edges:
        length = max(float(np.hypot(*(points[j] - points[i]))), 1e-9)
        pull[i] += (points[j, 1] - points[i, 1]) / length
        pull[j] -= (points[j, 1] - points[i, 1]) / length
        count[[i, j]] += 1
    return pull > 0.15 * count


def _radius_mm(nodes: pd.DataFrame) -> np.ndarray:
    return nodes["size"].to_numpy(dtype=float) / 2 / POINTS_PER_MM


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


def _stroke(state: str, group: str) -> dict[str, Any]:
    color = GROUP_COLORS[group]
    return {
        "achieved": {"color": color, "linewidth": 1.1, "linestyle": "-"},
        "partial": {"color": GRAY, "linewidth": 0.6, "linestyle": "-"},
        "lacking": {"color": INK, "linewidth": 0.9, "linestyle": (0, (0.8, 2.0))},
        "recommended": {"color": tint(color, 0.55), "linewidth": 0.8, "linestyle": (0, (4, 2))},
    }[state]


def _draw_arc(sheet: Sheet, arc: _Arc, positions: np.ndarray, nodes: pd.DataFrame, thin: float) -> None:
    style = _stroke(arc.state, arc.group)
    style["linewidth"] *= thin
    radius = _radius_mm(nodes)
    if arc.source == arc.target:
        # The ring stands at the side away from the label.
        side = 1 if nodes["label_up"].iloc[arc.source] else -1
        x, y = positions[arc.source]
        reach = radius[arc.source] * 0.7 + (1.5 + 0.6 * arc.bend) * 0.7
        sheet.add(Circle((x + reach, y + side * reach), 1.5 + 0.6 * arc.bend, fill=False, **style))
        return
    ends = tuple(positions[arc.source]), tuple(positions[arc.target])
    gap = 0.8
    shape: dict[str, Any] = {
        "connectionstyle": f"arc3,rad={arc.bend:.3f}",
        "shrinkA": radius[arc.source] * POINTS_PER_MM + gap,
        "zorder": 2 if arc.state in ("achieved", "partial") else 1.5,
    }
    stop = radius[arc.target] * POINTS_PER_MM + gap
    sheet.add(
        FancyArrowPatch(
            ends[0], ends[1], arrowstyle="-", shrinkB=stop + (2.5 if arc.directed else 0), **shape, **style
        )
    )
    if arc.directed:
        # Apart from the line, whose dots or dashes would fray the head.
        head = "-|>,head_length=0.5,head_width=0.22"
        sheet.add(
            FancyArrowPatch(
                ends[0],
                ends[1],
                arrowstyle=head,
                mutation_scale=4 + 3 * thin,
                shrinkB=stop,
                color=style["color"],
                linewidth=0,
                **shape,
            )
        )


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
    for i, node in enumerate(nodes.itertuples()):
        x, y = positions[i]
        style = _node_style(node.kind, node.place != "local", node.size)
        sheet.line([x], [y], linestyle="none", zorder=3, **style)
        if node.lines:
            reach = (node.size / 2 / POINTS_PER_MM + 0.5) * (-1 if node.label_up else 1)
            va: Literal["top", "bottom"] = "bottom" if node.label_up else "top"
            for text in sheet.write(x, y + reach, node.lines, size=SMALL_PT, ha="center", va=va):
                text.set_label(f"label {i}")
                text.set_zorder(4)
                text.set_path_effects([withStroke(linewidth=1.6, foreground="white", alpha=0.85)])


def _keys(nodes: pd.DataFrame, arcs: Sequence[_Arc], language: str) -> list[list[Key]]:
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
        if g in {a.group for a in arcs}
    ]
    states = [
        Key(
            STATES[s](language),
            "line",
            _stroke(s, "influence") | ({"color": INK} if s == "achieved" else {"color": GRAY}),
        )
        for s in STATES
        if s in {a.state for a in arcs}
    ]
    return [block for block in (kinds, groups, states) if block]


def _notes(boundary: str, nodes: pd.DataFrame, left_out: int, language: str) -> tuple[str, ...]:
    notes = [(TEXT_NOTE if boundary == "text" else ROSTER_NOTE)(language)]
    if not nodes.empty:
        notes.append(DIRECTION_NOTE(language))
    if len(nodes) > LABEL_ALL_UP_TO:
        notes.append(UNLABELED_NOTE(language).format(LABELS_BEYOND))
    if left_out:
        notes.append(LEFT_OUT_NOTE(language).format(left_out))
    joint = "" if language == "zh" else " "
    return (joint.join(notes),)
