"""The governance network: who is drawn, which lines, and that names can be read at every size."""

import random

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from gumflow.contract.errors import GumflowError
from gumflow.present.curves import arrow_head, bent, cut, passing
from gumflow.present.figures.governance_network import MOST_LABELS, draw_governance_network
from gumflow.present.figures.network_content import network_content

NAMES = [
    ("Dahua Lighter", "大华打火机"),
    ("Association of tobacco ware of the city", "市烟具行业协会"),
    ("Municipal government", "市政府"),
    ("Inspection and quarantine bureau", "出入境检验检疫局"),
    ("Polytechnic", "职业技术学院"),
]
LAYERS = ["transaction", "knowledge", "membership", "service", "policy", "influence", "pipeline", "parent"]
STATES = ["achieved", "achieved", "partial", "lacking", "recommended"]


def made_up(n: int, m: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A network whose first actors are hubs, with some pairs apart from the rest."""
    draw = random.Random(n)
    kinds = ["firm", "firm", "association", "government", "class", "university", "buyer", "place", "market"]
    actors, ties = [], []
    for i in range(n):
        en, zh = NAMES[i % len(NAMES)]
        kind = kinds[draw.randrange(len(kinds))]
        actors.append((f"a{i:03}", f"{en} {i}", f"{zh}{i}", kind, "abroad" if kind == "buyer" else "local"))
    for _ in range(m):
        source, target = min(int(draw.expovariate(1) * n / 6), n - 1), draw.randrange(n)
        layer, state = LAYERS[draw.randrange(len(LAYERS))], STATES[draw.randrange(len(STATES))]
        ties.append((f"a{source:03}", f"a{target:03}", layer, layer != "pipeline", state))
    return (
        pd.DataFrame(actors, columns=["actor", "label_en", "label_zh", "kind", "place"]),
        pd.DataFrame(ties, columns=["source", "target", "layer", "directed", "state"]),
    )


def labels(figure: Figure) -> dict[str, tuple[str, Bbox]]:
    """The text and the box of each node's label, all lines together."""
    renderer = figure.canvas.get_renderer()
    lines: dict[str, list[Text]] = {}
    for text in figure.findobj(Text):
        if str(text.get_label()).startswith("label "):
            lines.setdefault(str(text.get_label()), []).append(text)
    return {
        key: (" ".join(t.get_text() for t in ts), Bbox.union([t.get_window_extent(renderer) for t in ts]))
        for key, ts in lines.items()
    }


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("n", "m"), [(5, 6), (12, 14), (25, 40), (45, 60), (64, 120), (120, 300)])
def test_labels_do_not_overlap_and_stay_on_the_sheet(n: int, m: int, language: str) -> None:
    figure = draw_governance_network(*made_up(n, m), "A", "roster", language=language, grade="synthetic")
    boxes = list(labels(figure).values())
    assert len(boxes) >= min(n, MOST_LABELS) // 2
    slack = 0.3 / 25.4 * figure.dpi
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[i + 1 :]:
            over = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            assert min(over) <= slack, (one, other)
        assert a.x0 >= 0
        assert a.x1 <= figure.bbox.x1


def test_a_star_with_many_leaves_can_be_read() -> None:
    actors, _ = made_up(40, 0)
    ties = pd.DataFrame(
        {
            "source": "a000",
            "target": actors["actor"][1:],
            "layer": "service",
            "directed": 1,
            "state": "achieved",
        }
    )
    figure = draw_governance_network(actors, ties, "A", "census", language="en", grade="survey")
    boxes = [box for _, box in labels(figure).values()]
    assert len(boxes) == 40
    covered = sum(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    assert covered == 0


def test_only_actors_with_a_drawn_tie_are_there() -> None:
    actors, _ = made_up(6, 0)
    ties = pd.DataFrame(
        [
            ("a000", "a001", "service", 1, "achieved"),
            ("a002", "a003", "parent", 1, "achieved"),
            ("a000", "gone", "service", 1, "achieved"),
            ("a004", "a004", "trust", 0, "lacking"),
        ],
        columns=["source", "target", "layer", "directed", "state"],
    )
    content = network_content(actors, ties)
    assert content.nodes["actor"].tolist() == ["a000", "a001", "a004"]
    assert content.left_out == 2
    assert [(e.source, e.target, e.group, e.state, e.to_source, e.to_target) for e in content.lines] == [
        (0, 1, "association", "achieved", False, True),
        (2, 2, "firm", "lacking", False, False),
    ]


def test_ties_of_one_group_and_state_are_one_line_and_lines_of_one_pair_fan_out() -> None:
    actors, _ = made_up(2, 0)
    rows = [
        ("a000", "a001", "trust", 0, "achieved"),
        ("a001", "a000", "social", 0, "achieved"),
        ("a001", "a000", "membership", 1, "achieved"),
        ("a000", "a001", "policy", 1, "achieved"),
        ("a001", "a000", "policy", 1, "achieved"),
        ("a001", "a000", "influence", 1, "partial"),
        ("a001", "a000", "influence", 0, "partial"),
        ("a001", "a000", "policy", 1, "lacking"),
    ]
    ties = pd.DataFrame(rows, columns=["source", "target", "layer", "directed", "state"])
    lines = network_content(actors, ties).lines
    heads = {(e.group, e.state): (e.to_source, e.to_target) for e in lines}
    assert heads == {
        ("firm", "achieved"): (False, False),
        ("association", "achieved"): (True, False),
        ("government", "achieved"): (True, True),
        # An undirected tie runs both ways, so beside a directed one the line does.
        ("influence", "partial"): (True, True),
        ("government", "lacking"): (True, False),
    }
    assert len({round(e.bend, 6) for e in lines}) == len(lines)


def test_places_outside_share_a_node_only_if_all_their_ties_are_equal() -> None:
    kinds = {"f": "firm", "p": "place", "q": "place", "r": "place", "s": "place", "h": "place", "b": "buyer"}
    actors = pd.DataFrame(
        [(a, f"Name {a}", f"名{a}", k, "local" if a in "fh" else "abroad") for a, k in kinds.items()],
        columns=["actor", "label_en", "label_zh", "kind", "place"],
    )
    rows = [("f", to, "rivalry", 0, "achieved") for to in "pqrshb"] + [
        ("r", "f", "pipeline", 1, "recommended"),
        ("q", "f", "rivalry", 0, "achieved"),
    ]
    ties = pd.DataFrame(rows, columns=["source", "target", "layer", "directed", "state"])
    content = network_content(actors, ties)
    # Neither the place inside nor the buyer, which is a named body, nor r, which has one tie more.
    assert sorted(content.nodes["members"]) == [["b"], ["f"], ["h"], ["p", "q", "s"], ["r"]]
    assert len(content.lines) == 5
    shown = {
        text
        for text, _ in labels(
            draw_governance_network(actors, ties, "A", "text", language="en", grade="case")
        ).values()
    }
    assert "Name p; Name q; Name s" in shown


def test_named_bodies_are_labeled_before_classes_and_places() -> None:
    actors, ties = made_up(120, 300)
    content = network_content(actors, ties)
    vague = content.nodes["kind"].isin(["class", "place"])
    assert len(content.nodes) > MOST_LABELS
    figure = draw_governance_network(actors, ties, "A", "roster", language="en", grade="survey")
    labeled = {int(key.removeprefix("label ")) for key in labels(figure)}
    dropped = set(content.nodes.index) - labeled
    note = " ".join(t.get_text() for t in figure.findobj(Text))
    assert f"{len(dropped)} of {len(content.nodes)} actors are not named" in note
    # A class or place is labeled only when every named body is.
    assert not labeled & set(content.nodes.index[vague]) or not dropped - set(content.nodes.index[vague])


def test_a_cut_line_ends_at_the_circles_around_its_ends_and_its_head_points_there() -> None:
    curve = bent((0.0, 0.0), (20.0, 0.0), 0.22)
    part = cut(curve, 2.0, 3.0)
    assert (part.start[0] ** 2 + part.start[1] ** 2) ** 0.5 == pytest.approx(2.0, abs=1e-6)
    assert ((part.end[0] - 20) ** 2 + part.end[1] ** 2) ** 0.5 == pytest.approx(3.0, abs=1e-6)
    assert part.at(0.5)[1] == pytest.approx(curve.at(0.5)[1], abs=0.1)
    tip, left, right = arrow_head(curve, 3.0, 1.2, at_end=True)
    assert tip == pytest.approx(part.end)
    assert ((left[0] - right[0]) ** 2 + (left[1] - right[1]) ** 2) ** 0.5 == pytest.approx(
        0.88 * 1.2, rel=0.01
    )


def test_a_line_bends_round_a_node_that_is_not_its_own() -> None:
    ends = (0.0, 0.0), (40.0, 0.0)
    free = np.array([[20.0, 10.0]])
    assert passing(*ends, 0.0, free, np.array([1.5])) == 0.0
    in_the_way = np.array([[20.0, 0.0]])
    bend = passing(*ends, 0.0, in_the_way, np.array([1.5]))
    nearest = min(abs(bent(*ends, bend).at(t / 100)[1]) for t in range(40, 61))
    assert nearest > 1.5


def test_row_order_does_not_matter() -> None:
    actors, ties = made_up(20, 30)
    one = labels(draw_governance_network(actors, ties, "A", "roster", language="en", grade="survey"))
    other = labels(
        draw_governance_network(actors[::-1], ties[::-1], "A", "roster", language="en", grade="survey")
    )
    assert {k: (t, b.bounds) for k, (t, b) in one.items()} == {
        k: (t, b.bounds) for k, (t, b) in other.items()
    }


def test_the_state_of_the_random_generator_does_not_matter() -> None:
    actors, ties = made_up(20, 30)
    random.seed(1)
    one = labels(draw_governance_network(actors, ties, "A", "roster", language="en", grade="survey"))
    random.seed(2)
    other = labels(draw_governance_network(actors, ties, "A", "roster", language="en", grade="survey"))
    assert [b.bounds for _, b in one.values()] == [b.bounds for _, b in other.values()]


def test_a_study_from_text_says_what_a_missing_line_is_not() -> None:
    def shown(boundary: str) -> str:
        figure = draw_governance_network(*made_up(5, 6), "A", boundary, language="en", grade="case")
        return " ".join(t.get_text() for t in figure.findobj(Text))

    assert "a missing line is not a missing tie" in shown("text")
    assert "a missing line is not a missing tie" not in shown("census")


def test_an_unknown_state_is_refused() -> None:
    actors, ties = made_up(5, 6)
    with pytest.raises(GumflowError, match="hoped for"):
        draw_governance_network(
            actors, ties.assign(state="hoped for"), "A", "text", language="en", grade="case"
        )


def test_rings_touch_no_other_node_and_no_label() -> None:
    actors, ties = made_up(30, 50)
    rings = [
        (a, a, layer, 0, "achieved") for a in actors["actor"][:12] for layer in ("trust", "policy", "service")
    ]
    ties = pd.concat([ties, pd.DataFrame(rings, columns=ties.columns)])
    figure = draw_governance_network(actors, ties, "A", "roster", language="en", grade="survey")
    circles = [p for p in figure.axes[0].patches if isinstance(p, Circle)]
    circles += [c for c in figure.axes[0].artists if isinstance(c, Circle)]
    assert len(circles) >= 36
    to_mm = figure.axes[0].transData.inverted()
    boxes = [box.transformed(to_mm) for _, box in labels(figure).values()]
    points = [xy for line in figure.axes[0].lines if line.get_zorder() == 3 for xy in line.get_xydata()]
    for circle in circles:
        (x, y), size = circle.center, circle.radius
        # The ring's own node touches it from outside, and every other one stays away from it.
        near = [((x - px) ** 2 + (y - py) ** 2) ** 0.5 for px, py in points]
        assert sum(d < size + 0.9 for d in near) <= 1
        for box in boxes:
            dx = max(min(box.x0, box.x1) - x, 0, x - max(box.x0, box.x1))
            dy = max(min(box.y0, box.y1) - y, 0, y - max(box.y0, box.y1))
            assert (dx**2 + dy**2) ** 0.5 >= size - 0.3
