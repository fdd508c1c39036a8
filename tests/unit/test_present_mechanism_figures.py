"""The diagrams of the mechanisms draw the numbers of the scores, dash what is not told from none, and say what is withheld."""

import math
from functools import cache
from itertools import pairwise

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from small_scores import CHAIN, RESTS_ON, evidence_scores, mechanism_scores, of_mechanism

from gumflow.contract.model import load_model
from gumflow.mechanisms.emergence import emergence_probability
from gumflow.present.catalog import CATALOG, planned_figures
from gumflow.present.compose import compose_figure
from gumflow.present.figures.boxes import (
    NONE,
    Box,
    Estimate,
    Findings,
    arrow_style,
    evidence_line,
    shown,
)
from gumflow.present.figures.governance_structure import draw_governance_structure
from gumflow.present.figures.learning_process import STAGES, draw_learning_process
from gumflow.present.figures.mechanism_diagram import draw_mechanisms
from gumflow.present.figures.network_emergence import draw_network_emergence, field_names
from gumflow.present.figures.social_capital_paths import draw_social_capital_paths
from gumflow.present.figures.technology_space import draw_technology_space
from gumflow.present.figures.upgrading_paths import draw_upgrading_paths
from gumflow.present.style import BLUE, GRAY, SMALL_PT, VERMILION

MODEL = load_model()
SCORES = mechanism_scores()
SAID = evidence_scores(MODEL)
NOTHING = SCORES.iloc[:0]
everywhere = pytest.mark.parametrize("language", ["en", "zh"])


def draw(
    name: str, language: str = "en", scores: pd.DataFrame | None = None, said: pd.DataFrame | None = None
) -> Figure | None:
    """Draw a figure; one of all scores and statements only once, as the tests only read it."""
    if scores is None and said is None:
        return full(name, language)
    return drawn_from(name, language, SCORES if scores is None else scores, SAID if said is None else said)


@cache
def full(name: str, language: str) -> Figure | None:
    return drawn_from(name, language, SCORES, SAID)


def drawn_from(name: str, language: str, scores: pd.DataFrame, said: pd.DataFrame) -> Figure | None:
    style = {"language": language, "grade": "synthetic", "source": "the source"}
    match name:
        case "mechanisms":
            return draw_mechanisms(MODEL, scores, said, "Alder", **style)
        case "governance_structure":
            return draw_governance_structure(scores, said, "Alder", **style)
        case "upgrading_paths":
            return draw_upgrading_paths(MODEL, scores, said, "Alder", **style)
        case "network_emergence":
            return draw_network_emergence(scores, "Alder", field_names(language), **style)
        case "learning_process":
            return draw_learning_process(scores, "Alder", **style)
        case "technology_space":
            return draw_technology_space(scores, "Alder", **style)
    return draw_social_capital_paths(scores, "Alder", **style)


FIGURES = tuple(name for name, entry in CATALOG.items() if entry.section == "mechanisms")
WITH_EVIDENCE = ("mechanisms", "governance_structure", "upgrading_paths")


def texts(figure: Figure | None) -> list[str]:
    assert figure is not None
    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def joined(figure: Figure | None) -> str:
    return "".join(texts(figure)).replace(" ", "")


def axes_of(figure: Figure | None, label: str) -> Axes:
    assert figure is not None
    (axes,) = (a for a in figure.axes if a.get_label() == label)
    return axes


def lines_of(figure: Figure | None) -> list[Line2D]:
    """The lines of the canvas: arrows and keys."""
    assert figure is not None
    return [line for line in figure.axes[0].get_children() if isinstance(line, Line2D)]


@everywhere
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_marked_fits_its_sheet_and_is_legible(name: str, language: str) -> None:
    figure = draw(name, language)
    assert figure is not None
    assert "SYNTHETIC DATA / 模拟数据" in texts(figure)
    assert {"en": "ofthebook", "zh": "本书图2-"}[language] in joined(figure)
    # The labels of axes find their place when they are drawn; the sheet itself has an axis that never is.
    figure.draw_without_rendering()
    inside = figure.bbox
    for text in (t for axes in figure.axes for t in (axes.findobj(Text) if axes.axison else axes.texts)):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip():
            assert text.get_fontsize() >= SMALL_PT
            box = text.get_window_extent()
            assert inside.x0 <= box.x0, text.get_text()
            assert box.x1 <= inside.x1, text.get_text()
            assert inside.y0 <= box.y0, text.get_text()
            assert box.y1 <= inside.y1, text.get_text()


@pytest.mark.parametrize("name", FIGURES)
def test_without_a_number_or_statement_there_is_no_figure(name: str) -> None:
    assert draw(name, scores=NOTHING, said=NOTHING) is None
    held = SCORES.assign(value=math.nan, low=math.nan, high=math.nan, withheld="withheld: a reason")
    assert draw(name, scores=held, said=NOTHING) is None
    assert (draw(name, scores=held) is None) == (name not in WITH_EVIDENCE)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("factor", [0.0, 1.0, -1.0, 50.0])
def test_any_numbers_are_drawn_with_or_without_intervals(name: str, factor: float) -> None:
    odd = SCORES.assign(value=SCORES["value"] * factor, low=math.nan, high=math.nan, n=math.nan)
    assert draw(name, "zh", odd, NOTHING) is not None


@everywhere
def test_the_structure_of_governance_has_shares_ties_tasks_and_the_wish_beside(language: str) -> None:
    figure = draw("governance_structure", language)
    axes = axes_of(figure, "governance_share")
    dots = {
        round(line.get_ydata()[0]): line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"
    }
    assert dots == {0: 0.44, 1: 0.31, 2: 0.25}
    to = {"en": "to", "zh": "至"}[language]
    drawn = joined(figure)
    # firm_firm, firm_association, firm_government, association_government, density of the transaction network, margin, delegation
    for value, low, high in (
        ("0.035", "0.015", "0.055"),
        ("0.24", "0.23", "0.27"),
        ("0.45", "0.43", "0.47"),
        ("0.67", "0.65", "0.69"),
        ("0.052", "0.048", "0.056"),
        ("0.13", "0.02", "0.24"),
        ("0.18", "0.07", "0.29"),
    ):
        assert f"{value}({low}{to}{high})" in drawn
    # Bridge, judge, server and the seats of lead firms have an interval too.
    for value, low, high in (("0.61", "0.50", "0.72"), ("0.22", "0.11", "0.33"), ("0.36", "0.25", "0.47")):
        assert f"{value}({low}{to}{high})" in drawn
    for number in (f"52%(41{to}63)", f"44%(37{to}51)", "72%", "n=72"):
        assert number in drawn
    assert {"en": "Mode:Ledbyfirms", "zh": "治理模式：企业主导"}[language] in drawn
    assert "disagree" not in drawn
    assert "三种依据不一致" not in drawn


@everywhere
def test_governance_of_a_text_holds_statements_and_no_weights(language: str) -> None:
    figure = draw("governance_structure", language, NOTHING)
    assert figure is not None
    assert [a.get_label() for a in figure.axes] == ["canvas"]
    found = Findings(SAID)
    for construct in ("firm_network_governance", "association_governance", "government_governance"):
        for line in evidence_line(found, "construct", construct, language):
            assert line.replace(" ", "") in joined(figure)
    assert {"en": "iswithheld", "zh": "故不给出各方权重"}[language] in joined(figure)


@everywhere
def test_who_is_recommended_is_told_of_a_text_too(language: str) -> None:
    wish = SCORES[SCORES["measure"] == "governance_should_lead"]
    drawn = joined(draw("governance_structure", language, wish))
    wanted = {
        "en": "Recommendedbystatements(n=72):Ledbytheassociation72%",
        "zh": "陈述中的建议（n=72）：行业协会主导72%",
    }
    assert wanted[language] in drawn


def test_a_mechanism_has_its_score_its_evidence_and_the_arrow_to_its_way() -> None:
    drawn = joined(draw("mechanisms"))
    for place, mechanism in enumerate(MODEL.mechanisms.values()):
        value = of_mechanism("", "", "", 0.41 + place / 100, 0.06)
        assert mechanism.label("en").replace(" ", "") in drawn
        assert f"score{value['value']:.2f}({value['low']:.2f}to{value['high']:.2f})" in drawn
        for line in evidence_line(Findings(SAID), "mechanism", mechanism.id, "en"):
            assert line.replace(" ", "").split("(")[0] in drawn
    assert drawn.count("withheld") == 3
    assert "notneighborsalone" in drawn
    assert "Adash:notscored" in drawn
    assert "0.27(0.07to0.47)" in drawn
    # Of the parts only those of synergy have a score here, for two of the mechanisms.
    assert [t for t in texts(draw("mechanisms")) if t.startswith("0.6") and "(" in t] == [
        "0.61 (0.51 to 0.71)", "0.62 (0.52 to 0.72)",
    ]  # fmt: skip


def test_without_scores_the_parts_have_the_balance_of_their_statements() -> None:
    figure = draw("mechanisms", scores=NOTHING)
    balances = SAID[(SAID["unit_kind"] == "part") & (SAID["measure"] == "evidence_balance")]["value"]
    alone = [t.replace("−", "-") for t in texts(figure)]
    for value in balances:
        assert any(t.startswith(f"{value:.2f} (".replace("-0.00", "0.00")) for t in alone)
    # Arrows that were not estimated have no color that would make them look like findings.
    ways = [line for line in lines_of(figure) if min(line.get_xdata()) >= 99 and max(line.get_xdata()) <= 124]
    assert len(ways) == 4
    assert {line.get_color() for line in ways} == {GRAY}
    assert "score" not in joined(figure)
    assert "withheld" not in joined(figure)


@pytest.mark.parametrize("place", range(3))
def test_each_stage_of_learning_draws_the_means_of_its_own(place: int) -> None:
    stage = list(STAGES)[place]
    axes = axes_of(draw("learning_process"), stage)
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    spans = [tuple(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2]
    middle = 1.3 - place / 3
    assert dots == pytest.approx([middle, middle + 0.4, middle - 0.35])
    assert spans == [pytest.approx((d - 0.15, d + 0.15)) for d in dots]
    left, right = axes.get_xlim()
    assert left <= min(0, *(s[0] for s in spans))
    assert right >= max(s[1] for s in spans)


def test_the_process_says_which_share_falls_to_high_potential_firms_and_how_much_is_explicit() -> None:
    drawn = joined(draw("learning_process"))
    for part in ("55%(47to63)", "65%(57to73)", "75%(67to83)", "38%(33to43)", "48%(43to53)"):
        assert part in drawn
    assert drawn.count("explicitknowledge:") == 1
    assert drawn.count("atfirmswithacertificate:") == 1
    assert "bydefinitiontheytakenomorethantheygive" in drawn


@everywhere
def test_the_share_of_high_potential_firms_stands_beside_their_share_of_firms(language: str) -> None:
    scores = SCORES.copy()
    scores.loc[(scores["measure"] == "knowledge_spillover_mean") & (scores["category"] == "high"), "n"] = 18.0
    drawn = joined(draw("learning_process", language, scores))
    assert {"en": "whoare25%offirms(18of72)", "zh": "其在企业中占25%（18/72）"}[language] in drawn


def test_the_technology_space_runs_through_its_points_and_holds_the_mean() -> None:
    axes = axes_of(draw("technology_space"), "space")
    pairs, whole, mean = axes.lines
    # Fields are counted: nothing lies between their numbers.
    assert {line.get_linestyle() for line in axes.lines} == {"None"} | {mean.get_linestyle()}
    assert whole.get_marker() == pairs.get_marker() == "o"
    assert list(whole.get_ydata()) == [0, 0, 1, 4, 11, 26]
    assert list(pairs.get_ydata()) == [0, 0, 1, 3, 6, 10]
    assert (mean.get_xdata()[0], mean.get_ydata()[0]) == (2.4, 4.6)
    (area,) = axes.patches
    assert area.get_bbox().extents == pytest.approx((2.1, 3.4, 2.7, 5.8))


def test_fields_stand_at_their_participants_and_life_and_curves_follow_the_formula() -> None:
    figure = draw("network_emergence")
    core, life = axes_of(figure, "core"), axes_of(figure, "life")
    points = {
        name: [(a.get_xdata()[0], a.get_ydata()[0]) for a in axes.lines if a.get_marker() == "o"]
        for name, axes in (("core", core), ("life", life))
    }
    assert points["core"] == [(12, 0.11), (5, 0.07), (2, 0.03)]
    assert points["life"] == [(7, 0.11), (8.75, 0.07), (9.5, 0.03)]
    for axes, held in ((core, (7, 8.75, 9.5)), (life, (2, 5, 12))):
        curves = [line for line in axes.lines if len(line.get_xdata()) > 2]
        assert len(curves) == len(held)
        for line, value in zip(curves, held, strict=True):
            x = line.get_xdata()
            wanted = emergence_probability(x, value) if axes is core else emergence_probability(value, x)
            assert line.get_ydata() == pytest.approx(wanted * 0.57)
    drawn = texts(figure)
    assert "tools" in drawn[drawn.index("2  equipment and") + 1]
    assert "0.07 (0.05 to 0.09)" in drawn
    assert "3  dyeing" in drawn


@everywhere
def test_names_of_fields_are_whole_and_where_costs_are_not_known_it_is_said(language: str) -> None:
    codes = list(field_names(language))
    at = ("part", "innovation.network_emergence")
    rows = [of_mechanism(*at, "network_emergence_probability", 0.2, 0.05, code) for code in codes]
    rows += [of_mechanism(*at, "core_participants", 11.0, category=code) for code in codes]
    rows += [of_mechanism(*at, "technology_life", 6.0, category=code) for code in codes]
    figure = draw("network_emergence", language, pd.DataFrame(rows))
    for name in field_names(language).values():
        assert name.replace(" ", "") in joined(figure)
    assert {"en": "Costsarenotknownhere", "zh": "此处成本未知"}[language] in joined(figure)
    assert {"en": "Costsarenotknownhere", "zh": "此处成本未知"}[language] not in joined(
        draw("network_emergence", language)
    )
    # Fields at the same place stand beside each other: no two numbers cover each other.
    for label in ("core", "life"):
        axes = axes_of(figure, label)
        figure.canvas.draw_idle()
        places = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
        pixels = sorted(axes.transData.transform([(x, 0.2) for x in places])[:, 0])
        size = 6.0 / 72 * figure.dpi
        assert min(b - a for a, b in pairwise(pixels)) >= size
    assert {"en": "yearspartnershavedealt(forTL)", "zh": "合作双方往来年数（代替TL）"}[language] in joined(
        figure
    )


def test_the_source_of_trust_holds_what_is_copied_rebuilt_and_new_and_the_range_of_n() -> None:
    renewed = [
        of_mechanism("part", "social_capital.renewal", f"ties_{kind}_share", value, 0.05) | {"layer": layer}
        for kind, value in (("copied", 0.69), ("rebuilt", 0.23), ("inflow", 0.08))
        for layer, value in (("knowledge", 0.11), ("social", value))
    ]
    scores = pd.concat([SCORES, pd.DataFrame(renewed)], ignore_index=True)
    scores.loc[scores["category"] == "trust > cost_reduction", "n"] = 54.0
    drawn = joined(draw("social_capital_paths", scores=scores))
    for text in ("copied69%(64to74)", "rebuilt23%(18to28)", "flowingin8%(3to13)", "n=54to72firms"):
        assert text in drawn
    assert "n=72firms" in joined(draw("social_capital_paths"))


@everywhere
def test_a_coefficient_whose_interval_holds_zero_is_dashed_and_gray(language: str) -> None:
    figure = draw("social_capital_paths", language)
    arrows = [line for line in lines_of(figure) if line.get_linewidth() != 0.8][: len(CHAIN)]
    solid = [line.get_linestyle() == "-" for line in arrows]
    assert sorted(solid) == [False, *[True] * 5]
    (dashed,) = (line for line in arrows if line.get_linestyle() != "-")
    assert dashed.get_color() == GRAY
    widths = {round(line.get_linewidth(), 3) for line in arrows}
    assert max(widths) == round(arrow_style(Estimate(0.62, 0.45, 0.79))["width"], 3)
    drawn = joined(figure)
    to = {"en": "to", "zh": "至"}[language]
    assert f"0.08(−0.09{to}0.25)" in drawn
    assert f"−0.29(−0.46{to}−0.12)" in drawn
    assert drawn.count("R²") == 5  # four outcomes, and the note


def test_a_path_lists_the_coefficient_of_every_way_that_it_rests_on() -> None:
    figure = draw("upgrading_paths")
    arrows = lines_of(figure)
    estimated = sum(len(ways) for ways in RESTS_ON.values())
    # Four arrows of the model and the four keys stand beside those that were estimated.
    assert len(arrows) == 4 + estimated + 4
    drawn = joined(figure)
    assert drawn.count("0.35(0.20to0.50)") == 4
    assert drawn.count("0.12(−0.03to0.27)") == 4
    assert drawn.count("−0.22(−0.37to−0.07)") == 3
    assert drawn.count("0.48(0.33to0.63)") == 1
    assert "n=72" in drawn
    # What goes with a path are scores of mechanisms, and its share explained has an interval.
    assert drawn.count("External-linkagemechanism") == 3
    assert "R²0.27(0.21to0.33)" in drawn
    assert "technologychain" in drawn


def test_a_coefficient_that_was_withheld_is_said_to_be() -> None:
    scores = SCORES.copy()
    at = (scores["measure"] == "upgrading_coefficient") & (scores["unit"] == "functional")
    scores.loc[at, ["value", "low", "high"]] = math.nan
    scores.loc[at, "withheld"] = "withheld: too few"
    assert joined(draw("upgrading_paths", scores=scores)).count("withheld") == 2
    assert "withheld" not in joined(draw("upgrading_paths"))


def test_without_estimates_the_paths_hold_statements() -> None:
    drawn = joined(draw("upgrading_paths", scores=NOTHING))
    for path in MODEL.paths:
        for line in evidence_line(Findings(SAID), "path", path, "en"):
            assert line.replace(" ", "") in drawn
    assert "R²" not in drawn
    assert "positive" not in drawn


def test_the_style_of_an_arrow_follows_its_estimate() -> None:
    small, large = arrow_style(Estimate(0.2, 0.1, 0.3)), arrow_style(Estimate(0.9, 0.8, 1.0))
    assert small["width"] < large["width"]
    assert arrow_style(Estimate(7.0, 6.0, 8.0))["width"] == arrow_style(Estimate(1.0, 0.9, 1.1))["width"]
    assert arrow_style(Estimate(1.0, 0.9, 1.1))["color"] == pytest.approx(to_rgb(BLUE))
    assert arrow_style(Estimate(-1.0, -1.1, -0.9))["color"] == pytest.approx(to_rgb(VERMILION))
    assert arrow_style(Estimate(0.9))["color"] == GRAY
    assert arrow_style(Estimate(0.9))["style"] != "-"
    assert arrow_style(NONE)["style"] != arrow_style(Estimate(0.9))["style"]


@pytest.mark.parametrize(
    ("estimate", "options", "text"),
    [
        (Estimate(0.5, 0.25, 0.754), {}, "0.50 (0.25 to 0.75)"),
        (Estimate(0.5, 0.25, 0.75), {"interval": False}, "0.50"),
        (Estimate(0.0512, 0.04, 0.06), {}, "0.051 (0.040 to 0.060)"),
        (Estimate(0.05, -0.5, 0.6), {}, "0.05 (−0.50 to 0.60)"),
        (Estimate(0.0), {}, "0.00"),
        (Estimate(0.0, -0.05, 0.05), {"digits": 2}, "0.00 (−0.05 to 0.05)"),
        (Estimate(12.34, 11.0, 13.0), {}, "12.3 (11.0 to 13.0)"),
        (Estimate(0.446, 0.4, 0.5), {"percent": True}, "45% (40 to 50)"),
        (NONE, {}, "withheld"),
    ],
)
def test_numbers_are_printed_with_as_many_digits_as_they_need(
    estimate: Estimate, options: dict, text: str
) -> None:
    assert shown(estimate, "en", **options) == text


def found_said(unit: str, state: str) -> float:
    rows = SAID[(SAID["unit"] == unit) & (SAID["measure"] == f"statements_{state}")]
    return float(rows["value"].iloc[0])


def test_findings_give_what_a_row_holds() -> None:
    found = Findings(SCORES)
    trust = found.estimate("path_model", "social_capital", "path_coefficient", "trust > knowledge_sharing")
    assert trust == (0.62, pytest.approx(0.45), pytest.approx(0.79), 72.0)
    assert not found.estimate("path", "process", "upgrading_coefficient", "linkage").known
    assert found.categories("path", "functional", "upgrading_coefficient") == ["social", "linkage"]
    assert found.any_of("path_coefficient", "no_such_measure")
    assert not found.any_of("no_such_measure")
    first = next(iter(MODEL.mechanisms))
    space = "\N{NO-BREAK SPACE}"
    numbers = [found_said(first, state) for state in ("helping", "hindering", "lacking", "recommended")]
    assert evidence_line(Findings(SAID), "mechanism", first, "en")[1] == (
        f"helping{space}{numbers[0]:.0f}, hindering{space}{numbers[1]:.0f}, lacking{space}{numbers[2]:.0f}, recommended{space}{numbers[3]:.0f}"
    )
    silent = SAID.assign(value=0.0)
    assert evidence_line(Findings(silent), "path", "process", "en") == ["no statement"]


def test_a_box_knows_its_sides() -> None:
    box = Box(10.0, 20.0, 40.0, 8.0)
    assert box.middle == (30.0, 24.0)
    assert box.side("left") == (10.0, 24.0)
    assert box.side("right", 0.25) == (50.0, 22.0)
    assert box.side("top", 0.75) == (40.0, 20.0)
    assert box.side("bottom") == (30.0, 28.0)


def tables() -> dict[str, pd.DataFrame]:
    cell = {
        "study": "s", "cluster": "alder", "wave": "1", "boundary": "roster", "group_by": "kind", "grade": "case", "cluster_en": "Alder",
        "cluster_zh": "赤杨", "source_en": "the source", "source_zh": "资料",
    }  # fmt: skip
    at = {"cluster": "alder", "wave": "1"}
    return {
        "cells": pd.DataFrame([cell]),
        "scores_mechanisms": SCORES.assign(**at),
        "scores_evidence": SAID.assign(**at),
    }


@pytest.mark.parametrize(("place", "name"), list(enumerate(FIGURES)))
def test_compose_draws_a_figure_of_the_catalog_or_says_what_it_lacks(place: int, name: str) -> None:
    language = ("en", "zh")[place % 2]
    given = tables()
    assert set(CATALOG[name].tables) <= set(given)
    title = CATALOG[name].title(language).replace(" ", "")
    drawn = joined(compose_figure(f"{name}.alder.1", given, MODEL, language))
    assert title in drawn
    empty = {n: t if n == "cells" else t.assign(value=math.nan) for n, t in given.items()}
    lacking = CATALOG[name].lacking(language).replace(" ", "")
    assert lacking in joined(compose_figure(f"{name}.alder.1", empty, MODEL, language))
    assert lacking not in drawn


def test_figures_that_need_answers_are_not_planned_for_a_text() -> None:
    of_text = {f.partition(".")[0] for f in planned_figures([("a", "1", "text", False)])}
    assert set(FIGURES) & of_text == set(WITH_EVIDENCE)
    asked = {f.partition(".")[0] for f in planned_figures([("a", "1", "sample", True)])}
    assert set(FIGURES) <= asked
    for name in FIGURES:
        assert "structure after figure 2-" in CATALOG[name].caption.en
        assert "结构据本书图2-" in CATALOG[name].caption.zh
