"""Value capture on figures and page: what is drawn and printed of yearly exports, and that nothing is where none are given."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from small_export_series import FX, QUANTITY, VALUE, YEARS, rows

from gumflow.contract.model import load_model
from gumflow.inference.export_estimates import export_tables
from gumflow.inference.value_capture import value_capture_table
from gumflow.present.catalog import figure_section, planned_figures
from gumflow.present.compose import compose_figure
from gumflow.present.figures.export_slopes import draw_export_slopes
from gumflow.present.figures.unit_values import draw_unit_values
from gumflow.present.page_value import NO_SERIES, NOTES, capture_blocks
from gumflow.present.style import SMALL_PT

INDEX = np.linspace(100, 124, 12)
NAMES = {
    "study": "s",
    "grade": "synthetic",
    "title_en": "T",
    "title_zh": "题",
    "source_en": "made up",
    "source_zh": "虚构",
}
CELLS = pd.DataFrame(
    [
        NAMES
        | {
            "cluster": "c",
            "wave": "1",
            "break_year": "2006",
            "cluster_en": "Cedar",
            "cluster_zh": "丙地",
            "boundary": "roster",
        }
    ]
)
FACTS = pd.DataFrame(columns=["study", "cluster", "wave", "grade", "fact", "value", "year", "year_to"])
both = pytest.mark.parametrize("language", ["en", "zh"])


def by_product() -> pd.DataFrame:
    """Return the series split into two products, the dearer of which gains."""
    share = np.linspace(0.3, 0.5, 12)
    parts = [rows(quantity=QUANTITY * s, value=VALUE * v, product=name, fx=FX, price_index=INDEX, unit="pieces") for name, s, v in (("coat", share, 0.2 + share), ("shirt", 1 - share, 0.8 - share))]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def study(exports: pd.DataFrame, break_year: str = "2006") -> dict[str, pd.DataFrame]:
    cells = CELLS.assign(break_year=break_year)
    return {
        "cells": cells,
        "exports": exports,
        "value_capture": value_capture_table(FACTS),
        **export_tables(exports, cells, 2009),
    }


SERIES = {"plain": rows(), "money": rows(fx=FX, price_index=INDEX), "products": by_product()}
each = pytest.mark.parametrize("kind", list(SERIES))
TABLES = {kind: study(exports) for kind, exports in SERIES.items()}


def draw(name: str, kind: str, language: str, grade: str = "synthetic", **more) -> Figure | None:
    tables = TABLES[kind] | more
    frame = {"language": language, "grade": grade, "source": "made up"}
    label = {"en": "Cedar", "zh": "丙地"}[language]
    if name == "unit_values":
        return draw_unit_values(tables["exports"], tables["export_decomposition"], label, "2006", **frame)
    return draw_export_slopes(tables["exports"], tables["export_regression"], label, "2006", **frame)


FIGURES = ("unit_values", "export_slopes")
drawn = pytest.mark.parametrize("name", FIGURES)


def texts(figure: Figure) -> list[Text]:
    hidden = set()
    for axes in figure.axes:
        for labels, limits, at in (
            (axes.get_xticklabels(), axes.get_xlim(), 0),
            (axes.get_yticklabels(), axes.get_ylim(), 1),
        ):
            hidden |= {
                t for t in labels if not axes.axison or not min(limits) <= t.get_position()[at] <= max(limits)
            }
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in hidden]


def axes_of(figure: Figure, label: str):
    return next(a for a in figure.axes if a.get_label() == label)


# Figures ------------------------------------------------------------------------------------------------------------


@drawn
@each
@both
def test_texts_are_readable_inside_and_apart(name: str, kind: str, language: str) -> None:
    figure = draw(name, kind, language)
    # Names of axes find their place when they are drawn.
    figure.canvas.draw()
    assert math.isclose(figure.get_size_inches()[0] * 25.4, 180)
    width, height = figure.get_size_inches() * figure.dpi
    renderer = figure.canvas.get_renderer()
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in texts(figure)]
    assert len(boxes) > 20
    assert all(t.get_fontsize() >= SMALL_PT for t in texts(figure))
    slack = 0.6 / 25.4 * figure.dpi
    for i, (one, a) in enumerate(boxes):
        assert min(a.x0, a.y0) >= -1, one
        assert a.x1 <= width + 1, one
        assert a.y1 <= height + 1, one
        for other, b in boxes[i + 1 :]:
            over = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            assert min(over) <= slack, (one, other)


@drawn
def test_synthetic_data_are_marked_and_others_are_not(name: str) -> None:
    assert "SYNTHETIC DATA / 模拟数据" in [t.get_text() for t in texts(draw(name, "money", "en"))]
    assert "SYNTHETIC DATA / 模拟数据" not in [
        t.get_text() for t in texts(draw(name, "money", "en", "official"))
    ]


def test_the_unit_value_of_each_year_is_drawn() -> None:
    axes = axes_of(draw("unit_values", "money", "en"), "unit value")
    line = next(line for line in axes.lines if len(line.get_xdata()) == 12)
    assert line.get_xdata().tolist() == YEARS.tolist()
    assert line.get_ydata() == pytest.approx(VALUE / QUANTITY)


@pytest.mark.parametrize(("kind", "lines"), [("plain", 1), ("money", 3), ("products", 4)])
def test_other_money_and_prices_are_drawn_where_they_are_known(kind: str, lines: int) -> None:
    figure = draw("unit_values", kind, "en")
    found = [line.get_ydata() for line in axes_of(figure, "index").lines if len(line.get_xdata()) == 12]
    assert len(found) == lines
    assert all(y[0] == pytest.approx(100) for y in found)
    assert found[0] == pytest.approx(100 * (VALUE / QUANTITY) / (VALUE[0] / QUANTITY[0]))
    if kind == "products":
        links = TABLES[kind]["export_decomposition"]
        links = links[(links["version"] == "as_given") & (links["kind"] == "year")]
        assert found[-1][-1] == pytest.approx(100 * links["fisher"].prod())
        # Dearer products gained, so prices rose less than the unit value.
        assert found[-1][-1] < found[0][-1]
    said = " ".join(t.get_text() for t in texts(figure))
    assert ("One series only" in said) == (kind != "products")


def test_slopes_are_drawn_with_their_intervals_and_the_line_at_one() -> None:
    figure = draw("export_slopes", "money", "en")
    axes = axes_of(figure, "slopes")
    labels = [t.get_text() for t in axes.get_yticklabels()]
    assert labels == [
        "as given",
        "local currency",
        "deflated",
        "yearly changes",
        "before 2006",
        "from 2006 on",
    ]
    table = TABLES["money"]["export_regression"]
    first = table[(table["version"] == "as_given") & (table["model"] == "log_levels")].iloc[0]
    spans = [
        line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] == 0
    ]
    assert [list(s) for s in spans if s[0] != s[1]] == [pytest.approx([first["b_low"], first["b_high"]])]
    said = " ".join(t.get_text() for t in texts(figure))
    assert "ln M = 1.61 + 1.02 ln Q" in said
    assert "t = 0.42, p = 0.681" in said
    assert "n = 12: with fewer than 20 years" in said


def test_a_series_that_bears_nothing_is_not_drawn() -> None:
    short = study(rows(YEARS[:3], QUANTITY[:3], VALUE[:3]))
    assert draw("export_slopes", "plain", "en", **short) is None
    assert draw("unit_values", "plain", "en", **short) is not None
    one = study(rows(YEARS[:1], QUANTITY[:1], VALUE[:1]))
    assert draw("unit_values", "plain", "en", **one) is None
    mixed = study(by_product().assign(unit=["t"] * 12 + ["kg"] * 12))
    assert draw("unit_values", "plain", "en", **mixed) is None


def test_figures_of_exports_are_planned_where_there_are_exports_and_stand_in_the_section_on_the_chain() -> (
    None
):
    names = planned_figures([("a", "1", "text", False, True), ("b", "1", "text", False, False)])
    assert [n for n in names if n.partition(".")[0] in FIGURES] == ["unit_values.a.1", "export_slopes.a.1"]
    assert {figure_section(f"{name}.a.1") for name in FIGURES} == {"value_chain"}


@both
@drawn
def test_a_study_composes_them_or_a_sheet_with_the_reason(name: str, language: str) -> None:
    model = load_model()
    figure = compose_figure(f"{name}.c.1", TABLES["money"], model, language)
    assert len(figure.axes) > 2
    none = compose_figure(f"{name}.c.1", study(rows().iloc[:0]), model, language)
    assert any("exports.csv" in t.get_text() for t in none.findobj(Text))


# Page ---------------------------------------------------------------------------------------------------------------


def words(blocks: list[dict]) -> str:
    cells = [
        c
        for b in blocks
        if "table" in b
        for row in (b["table"]["head"], *b["table"]["rows"], b["table"]["notes"])
        for c in row
    ]
    return " ".join([*cells, *(b.get("text", "") for b in blocks), *(b.get("title", "") for b in blocks)])


@both
def test_a_study_without_exports_says_that_nothing_is_estimated(language: str) -> None:
    (block,) = capture_blocks(study(rows().iloc[:0]), language)
    assert block["text"] == NO_SERIES(language)


def test_the_printed_table_of_a_regression_is_shown() -> None:
    regression, breaks, parts = capture_blocks(TABLES["products"], "en")
    rows_ = regression["table"]["rows"]
    assert [r[0] for r in rows_] == [
        "ln M on ln Q", "ln(M/Q) on ln Q", "yearly changes", "before the declared year", "from the declared year on", "ln M on ln Q", "ln M on ln Q",
    ]  # fmt: skip
    first = dict(zip(regression["table"]["head"], rows_[0], strict=True))
    assert first["a (t)"] == "1.61 (4.01)"
    assert first["b (t)"] == "1.02 (21.52)"
    assert (first["R²"], first["F"], first["P"], first["n"]) == ("0.98", "463.2", "< 0.001", "12")
    assert (first["t of b = 1"], first["p"]) == ("0.42", "0.681")
    assert "with 12 years" in words([regression])
    tests = breaks["table"]["rows"]
    assert [r[0] for r in tests[:3]] == ["Chow, two lines", "shift of level", "largest F, any year"]
    assert tests[0][3] == "21.2"
    assert [r[2] for r in parts["table"]["rows"]] == ["direct", "chained"] * 3


@both
def test_notes_name_what_could_not_be_given(language: str) -> None:
    blocks = capture_blocks(study(rows(), break_year=""), language)
    said = words(blocks)
    assert NOTES["not_declared"](language) in said
    assert NOTES["one_series"](language) in said
    assert ("fx is missing" in said) == (language == "en")
    assert ("未给出" in said) == (language == "zh")


def test_a_series_that_bears_no_regression_says_why_in_words() -> None:
    blocks = capture_blocks(study(rows(YEARS[:3], QUANTITY[:3], VALUE[:3])), "en")
    assert "it has 3 years" in blocks[0]["text"]
    assert "table" not in blocks[0]
    assert blocks[-1]["table"]["rows"]
