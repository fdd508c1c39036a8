"""The governance network: who is drawn, which lines, and that names can be read at every size."""

import random

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from gumflow.contract.errors import GumflowError
from gumflow.present.figures.governance_network import LABELS_BEYOND, _select, draw_governance_network

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
    assert len(boxes) >= min(n, LABELS_BEYOND) // 2
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
    named, arcs, left_out = _select(actors, ties)
    assert named["actor"].tolist() == ["a000", "a001", "a004"]
    assert left_out == 2
    assert [(a.source, a.target, a.group, a.state) for a in arcs] == [
        (0, 1, "association", "achieved"),
        (2, 2, "firm", "lacking"),
    ]


def test_layers_of_one_group_are_one_line_and_lines_of_one_pair_fan_out() -> None:
    actors, _ = made_up(2, 0)
    rows = [
        ("a000", "a001", "trust", 0, "achieved"),
        ("a001", "a000", "social", 0, "achieved"),
        ("a000", "a001", "policy", 1, "achieved"),
        ("a001", "a000", "policy", 1, "achieved"),
    ]
    _, arcs, _ = _select(
        actors, pd.DataFrame(rows, columns=["source", "target", "layer", "directed", "state"])
    )
    assert len(arcs) == 3
    # Seen from the lower node, all bends differ: no line lies on another.
    sides = {round(a.bend if a.source < a.target else -a.bend, 6) for a in arcs}
    assert len(sides) == 3


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
