"""What the figures of network statistics, layers and roles draw: the numbers of the scores, and what is said of those that are missing."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from small_scores import layer_scores, network_scores, role_scores, row

from gumflow.measures.roles import ROLES
from gumflow.networks.layers import LAYERS
from gumflow.present.figures.brokerage import draw_brokerage
from gumflow.present.figures.layers import draw_layers
from gumflow.present.figures.network_statistics import STATISTICS, draw_network_statistics, tied_networks
from gumflow.present.figures.panels import FINE_PT, nice_end, printed
from gumflow.present.layer_pairs import layer_pairs
from gumflow.present.sheet import SYNTHETIC
from gumflow.present.style import SMALL_PT

ROWS = {"firm": 0, "government": 1, "governance": 2}
everywhere = pytest.mark.parametrize("language", ["en", "zh"])


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def joined(figure: Figure) -> str:
    return "".join(texts(figure)).replace(" ", "")


def panel_of(figure: Figure, label: str) -> Axes:
    (axes,) = (a for a in figure.axes if a.get_label() == label)
    return axes


def marks(axes: Axes, marker: str) -> dict[int, float]:
    """The value drawn with a marker in each row."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return {round(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in lines}


def spans(axes: Axes) -> dict[int, tuple[float, float]]:
    lines = [line for line in axes.lines if len(line.get_xdata()) == 2]
    return {round(line.get_ydata()[0]): tuple(map(float, line.get_xdata())) for line in lines}


def statistics(language: str = "en", scores: pd.DataFrame | None = None, group_by: str = "kind") -> Figure:
    given = network_scores() if scores is None else scores
    return draw_network_statistics(given, "Alder", group_by, language=language, grade="official")


def test_each_panel_draws_the_values_and_intervals_of_the_scores() -> None:
    scores, figure = network_scores(), statistics()
    for statistic in STATISTICS:
        axes = panel_of(figure, statistic.measure)
        rows = scores[(scores["measure"] == statistic.measure) & scores["layer"].isin(ROWS)]
        known = rows[rows["value"].notna()]
        assert marks(axes, "o") == {ROWS[r.layer]: r.value for r in known.itertuples()}
        wanted = {ROWS[r.layer]: (r.low, r.high) for r in known.itertuples() if not math.isnan(r.low)}
        assert spans(axes) == wanted
        left, right = axes.get_xlim()
        assert left <= min(known["value"]) <= max(known["value"]) <= right
        for value in known["value"]:
            assert printed(value) in texts(figure)


def test_the_expectation_under_shuffled_groups_is_a_tick_beside_the_e_i_index_alone() -> None:
    figure = statistics()
    for statistic in STATISTICS:
        wanted = dict.fromkeys(range(3), -0.125) if statistic.measure == "ei_index_group" else {}
        assert marks(panel_of(figure, statistic.measure), "|") == wanted
    assert panel_of(figure, "ei_index_group").get_xlim() == (-1, 1)
    assert "Firmnetwork0.250,Governmentnetwork0.125,Governancenetwork0.083" in joined(figure)


@everywhere
def test_networks_without_ties_are_named_and_not_drawn(language: str) -> None:
    assert tied_networks(network_scores()) == list(ROWS)
    drawn = joined(statistics(language))
    wanted = {
        "en": "Withoutanachievedtie,andnotshown:Associationnetwork.",
        "zh": "没有已有关系、未列出：行业协会网络。",
    }
    assert wanted[language] in drawn
    assert "Chainandnetwork" not in drawn


@everywhere
def test_what_is_withheld_is_said_in_its_place_and_in_a_note(language: str) -> None:
    figure = statistics(language)
    assert {"en": "undefined", "zh": "无定义"}[language] in texts(figure)
    assert {"en": "withheld", "zh": "数据不足"}[language] in texts(figure)
    wanted = {
        "en": "Notgiven:Transitivity(Governmentnetwork,undefined);Modularity(Governmentnetwork,withheld).",
        "zh": "未给出：传递性(地方政府网络,无定义)；模块度(地方政府网络,数据不足)。",
    }
    assert wanted[language] in joined(figure)


def test_notes_follow_the_data() -> None:
    drawn = joined(statistics())
    assert "Pairsofactorsthatwereobserved:Governmentnetwork90%,Governancenetwork80%." in drawn
    assert "filledin" not in drawn
    assert "kindofactor" in drawn
    scores = network_scores().assign(coverage=1.0)
    scores.loc[scores["measure"] == "density", "interval_kind"] = "imputation"
    drawn = joined(statistics(scores=scores, group_by="ward"))
    assert "filledin" in drawn
    assert "wereobserved" not in drawn
    assert "allbetweengroups(ward)" in drawn


def test_scales_end_at_round_numbers() -> None:
    assert [nice_end(x) for x in (0.0, 0.1, 0.11, 0.5, 0.8, 1.0)] == [0.1, 0.1, 0.2, 0.5, 1.0, 1.0]
    assert [printed(x) for x in (-0.004, -0.25, 1.0)] == ["0.00", "−0.25", "1.00"]


def test_a_pair_of_layers_is_one_row_in_the_order_of_the_layers() -> None:
    pairs = layer_pairs(layer_scores())
    order = list(LAYERS)
    assert len(pairs) == 10
    assert all(order.index(a) < order.index(b) for a, b in zip(pairs["a"], pairs["b"], strict=True))
    first = pairs.set_index(["a", "b"]).loc[("transaction", "knowledge")]
    assert (first["r"], first["p"], first["n"], first["permutations"]) == (-0.9, 0.01, 72.0, 2000)
    assert pairs["r"].isna().sum() == pairs["p"].isna().sum() == 1
    assert layer_pairs(pd.DataFrame([row("firm", "density", 0.2)])).empty


@everywhere
def test_correlations_are_printed_where_their_layers_meet_and_starred_below_five_in_a_hundred(
    language: str,
) -> None:
    figure = draw_layers(layer_scores(), "Alder", language=language, grade="official")
    pairs = layer_pairs(layer_scores())
    layers = [name for name in LAYERS if name in {*pairs["a"], *pairs["b"]}]
    labels = [LAYERS[n].label_zh if language == "zh" else LAYERS[n].label_en for n in layers]
    found = {t.get_text(): t for t in figure.findobj(Text) if t.get_text().strip()}
    rows = {
        label: {round(t.get_position()[1], 3) for t in figure.findobj(Text) if t.get_text() == label}
        for label in labels
    }
    for pair in pairs.to_dict("records"):
        starred = pair["p"] < 0.05
        text = "–" if math.isnan(pair["r"]) else printed(pair["r"]) + ("*" if starred else "")
        assert found[text].get_fontweight() == (700 if starred else 400)
        assert found[text].get_fontsize() == FINE_PT
        # Each number stands level with the name of its lower layer, give or take the smaller type.
        (level,) = rows[labels[layers.index(pair["b"])]]
        assert abs(found[text].get_position()[1] - level) < 0.2
    assert sum(text.endswith("*") and text[0] in "−0" for text in found) == 5
    drawn = joined(figure)
    assert "2,000" in drawn
    assert {"en": "(72pairs)", "zh": "（72对）"}[language] in drawn
    assert {"en": "undefined,since", "zh": "无定义"}[language] in drawn


@pytest.mark.parametrize(("layers", "width"), [(2, 88), (5, 88), (15, 180)])
@everywhere
def test_any_number_of_layers_fits_the_sheet(layers: int, width: int, language: str) -> None:
    figure = draw_layers(layer_scores(layers), "Alder", language=language, grade="official")
    assert math.isclose(figure.get_size_inches()[0] * 25.4, width)
    renderer = figure.canvas.get_renderer()
    boxes = [
        t.get_window_extent(renderer)
        for t in figure.findobj(Text)
        if t.get_text().strip() and t.get_visible()
    ]
    assert max(box.x1 for box in boxes if box.width) <= figure.get_size_inches()[0] * figure.dpi + 1


@everywhere
def test_roles_are_drawn_with_their_counts_expectations_and_distances(language: str) -> None:
    figure = draw_brokerage(role_scores(), "Alder", "kind", language=language, grade="official")
    counts, distances = panel_of(figure, "counts"), panel_of(figure, "z")
    assert marks(counts, "o") == {i: 30.0 * i + 4 for i in range(5)}
    assert marks(counts, "|") == {i: 25.5 * i + 10 for i in range(5)}
    bars = {
        round(p.get_y() + p.get_height() / 2): p.get_width()
        for p in distances.patches
        if p.get_height() < 0.9
    }
    assert bars == pytest.approx({i: 1.5 * i - 2.5 for i in range(4)})
    shown = texts(figure)
    assert {"4 (10)", "34 (36)", "124 (112)", "−2.5", "2.0", "–"} <= set(shown)
    assert not any("7777" in t or "7,777" in t or "9,999" in t for t in shown)
    for role in ROLES.values():
        name = role.label_zh.partition("（")[0] if language == "zh" else role.label_en.partition(" (")[0]
        assert name in shown
    assert {"en": "Nozwhereshufflingcannotchangethenumber.", "zh": "没有z值"}[language] in joined(figure)


def test_bars_beyond_the_band_alone_are_colored() -> None:
    figure = draw_brokerage(role_scores(), "Alder", "kind", language="en", grade="official")
    patches = [p for p in panel_of(figure, "z").patches if p.get_height() < 0.9]
    colors = {round(p.get_width(), 1): p.get_facecolor() for p in patches}
    assert colors[-2.5] == colors[2.0] != colors[0.5] == colors[-1.0]


def test_small_type_is_in_the_footer_and_the_mark_alone() -> None:
    drawings = (
        draw_network_statistics(network_scores(), "A", "kind", language="en", grade="synthetic"),
        draw_layers(layer_scores(), "A", language="en", grade="synthetic"),
        draw_brokerage(role_scores(), "A", "kind", language="en", grade="synthetic"),
    )
    for figure in drawings:
        small = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_fontsize() < FINE_PT]
        height = figure.axes[0].get_ylim()[0]
        lowest = max(t.get_position()[1] for t in small)
        others = [t for t in figure.axes[0].texts if t.get_fontsize() >= FINE_PT]
        assert {t.get_fontsize() for t in small} == {SMALL_PT}
        assert lowest <= height
        below = max(t.get_position()[1] for t in others)
        assert all(t.get_position()[1] > below or SYNTHETIC.en in t.get_text() for t in small)


def test_a_network_that_has_no_number_at_all_is_still_a_drawing() -> None:
    scores = pd.DataFrame(
        [row("firm", "ties", 3.0), row("firm", "density", np.nan, withheld="withheld: not recorded")]
    )
    shown = texts(statistics(scores=scores))
    assert shown.count("withheld") == len(STATISTICS)
