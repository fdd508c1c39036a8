"""Every figure, in both languages: nothing clipped, nothing under 6 pt, equal input gives equal bytes, synthetic data marked."""

import io
import math

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from small_scores import layer_scores, network_scores, role_scores

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import load_model
from gumflow.present.evidence import factor_evidence
from gumflow.present.figures.brokerage import draw_brokerage
from gumflow.present.figures.chain import draw_chain
from gumflow.present.figures.evidence_bars import bar_scale, draw_bars
from gumflow.present.figures.governance_network import draw_governance_network
from gumflow.present.figures.ladder import draw_ladder
from gumflow.present.figures.layers import draw_layers
from gumflow.present.figures.model_diagram import draw_model
from gumflow.present.figures.network_statistics import draw_network_statistics
from gumflow.present.figures.note import draw_note
from gumflow.present.figures.profiles import draw_construct_matrix, draw_profiles
from gumflow.present.figures.timeline import _decimal_year, draw_timeline
from gumflow.present.sheet import Frame, Sheet
from gumflow.present.style import BLUE, SMALL_PT, VERMILION, styled, tint

MODEL = load_model()
CLUSTERS = {
    "en": {"a": "Alder apparel", "b": "Birch hardware and machine parts", "c": "Cedar"},
    "zh": {"a": "甲地服装", "b": "乙地五金与机械零部件", "c": "丙地纺织"},
}


def evidence() -> pd.DataFrame:
    """Three clusters; the third has no statement at all, and one factor of the second only recommendations."""
    rows = []
    for i, cluster in enumerate("ab"):
        for j, factor in enumerate(MODEL.factors):
            counts = {"helping": 3 * j + i, "hindering": j % 3, "lacking": (5 * j) % 7, "recommended": 4 * i}
            for state, count in counts.items():
                rows.append((cluster, factor, f"statements_{state}", float(count), np.nan, np.nan))
            known = not (i == 1 and j == 0)
            balance = (j - 3) / 3
            rows.append(
                (
                    cluster,
                    factor,
                    "evidence_balance",
                    balance if known else np.nan,
                    max(balance - 0.3, -1),
                    balance,
                )
            )
    table = pd.DataFrame(rows, columns=["cluster", "unit", "measure", "value", "low", "high"])
    return table.assign(layer="evidence", unit_kind="factor", n=5)


def ladder() -> pd.DataFrame:
    rows = [
        ("a", "ladder_position", np.nan, 0.27, 0.47, "only bounds"),
        ("a", "share_oem", 0.8, 0.8, 0.8, ""),
        ("a", "share_odm", np.nan, 0.0, 0.2, "only bounds"),
        ("a", "share_obm", np.nan, 0.0, 0.2, "only bounds"),
        ("b", "ladder_position", 1.0, 1.0, 1.0, ""),
        ("c", "ladder_position", np.nan, np.nan, np.nan, "not stated"),
    ]
    return pd.DataFrame(rows, columns=["cluster", "measure", "value", "low", "high", "withheld"])


def chain() -> pd.DataFrame:
    rows = [
        ("a", "barrier", "design", "talent", "high", ""),
        ("a", "barrier", "making", "capital", "low", ""),
        ("a", "barrier", "brand", "technology", "medium", ""),
        ("a", "driver", "", "", "buyer", ""),
        ("b", "driver", "", "", "mixed", "the text says two things"),
        ("b", "governance_type", "", "", "captive", ""),
    ]
    return pd.DataFrame(rows, columns=["cluster", "item", "stage", "aspect", "category", "remark"])


def events() -> pd.DataFrame:
    long_en, long_zh = (
        "A convention on rights that the whole trade has to keep",
        "全行业必须共同遵守的维权公约正式出台并付诸实施",
    )
    rows = [
        ("e1", "1987", "", "founding", "First maker", "首家企业"),
        ("e2", "1993", "", "rule", long_en, long_zh),
        ("e3", "1993", "", "shakeout", "Shakeout", "洗牌"),
        ("e4", "1993-05", "1994-02", "shock", "Orders fall", "订单下降"),
        ("e5", "2001", "2006", "policy", "Program of the province", "省级规划"),
        ("e6", "2009-12-31", "", "milestone", long_en, long_zh),
        ("e7", "", "", "milestone", "Not dated", "未注明日期"),
    ]
    return pd.DataFrame(rows, columns=["event", "date", "date_to", "kind", "label_en", "label_zh"])


def facts() -> pd.DataFrame:
    rows = [
        ("firms at first", "起初企业数", "500", "firms", "over", "1989"),
        ("firms at the peak", "鼎盛时企业数", "2000", "firms", "over", ""),
        ("firms left", "剩余企业数", "600", "firms", "exact", "2006"),
        ("firms with an office abroad", "设有境外机构的企业数", "90", "firms", "under", "2009"),
        ("members of the association", "协会会员企业数", "80", "firms", "about", "2009"),
        ("output", "产量", "8", "pieces", "exact", "2009"),
    ]
    return pd.DataFrame(rows, columns=["what_en", "what_zh", "value", "unit", "qualifier", "year"])


def network() -> tuple[pd.DataFrame, pd.DataFrame]:
    actors = [
        ("f1", "Alder Valves", "赤杨阀门有限公司", "firm", "local"),
        ("f2", "Firms of the cluster", "集群企业", "class", "local"),
        ("as", "Association of the valve trade", "阀门行业协会", "association", "local"),
        ("go", "City government", "市政府", "government", "local"),
        ("bu", "Global buyers", "全球采购商", "buyer", "abroad"),
        ("is", "Alone", "独处者", "firm", "local"),
    ]
    ties = [
        ("f1", "as", "membership", 1, "achieved"),
        ("f1", "as", "influence", 1, "achieved"),
        ("as", "f1", "service", 1, "partial"),
        ("f2", "f2", "rivalry", 0, "achieved"),
        ("f2", "f2", "trust", 0, "lacking"),
        ("go", "as", "policy", 1, "recommended"),
        ("f2", "bu", "pipeline", 1, "achieved"),
        ("f1", "f2", "transaction", 1, "lacking"),
        ("f1", "go", "ownership", 1, "achieved"),
    ]
    return (
        pd.DataFrame(actors, columns=["actor", "label_en", "label_zh", "kind", "place"]),
        pd.DataFrame(ties, columns=["source", "target", "layer", "directed", "state"]),
    )


def statements() -> pd.DataFrame:
    rows = [("a", "agreed", "learning_network")] * 12 + [
        ("b", "agreed", "value_capture"),
        ("b", "x", "trust_norms"),
    ]
    return pd.DataFrame(rows, columns=["cluster", "coder", "construct"])


def inputs(name: str, language: str) -> tuple:
    clusters = CLUSTERS[language]
    return {
        "model": (MODEL, evidence(), clusters),
        "network": (*network(), clusters["a"], "text"),
        "network_statistics": (network_scores(), clusters["a"], "kind"),
        "layers": (layer_scores(), clusters["a"]),
        "brokerage": (role_scores(), clusters["a"], "kind"),
        "profiles": (evidence(), MODEL, clusters),
        "constructs": (statements(), MODEL, clusters),
        "ladder": (ladder(), clusters),
        "chain": (chain(), clusters),
        "timeline": (events(), facts(), clusters["a"]),
    }[name]


DRAW = {
    "model": draw_model,
    "network": draw_governance_network,
    "network_statistics": draw_network_statistics,
    "layers": draw_layers,
    "brokerage": draw_brokerage,
    "profiles": draw_profiles,
    "constructs": draw_construct_matrix,
    "ladder": draw_ladder,
    "chain": draw_chain,
    "timeline": draw_timeline,
}


def draw(name: str, language: str, grade: str = "case") -> Figure:
    source = "据公开文本编码" if language == "zh" else "coded from published text"
    return DRAW[name](*inputs(name, language), language=language, grade=grade, source=source)


def texts(figure: Figure) -> list[Text]:
    """The texts that are drawn: a canvas without axes, and ticks out of view, still have labels."""
    hidden = set()
    for axes in figure.axes:
        low, high = axes.get_xlim()
        labels = [*axes.get_xticklabels(), *axes.get_yticklabels()]
        ticks = axes.get_xticklabels() if axes.axison else labels
        hidden |= {t for t in ticks if not axes.axison or not low <= t.get_position()[0] <= high}
    found = figure.findobj(Text)
    return [t for t in found if t.get_visible() and t.get_text().strip() and t not in hidden]


everywhere = pytest.mark.parametrize("language", ["en", "zh"])
each = pytest.mark.parametrize("name", list(DRAW))


@each
@everywhere
def test_text_lies_inside_the_canvas_and_is_not_too_small(name: str, language: str) -> None:
    figure = draw(name, language, "synthetic")
    width, height = figure.get_size_inches() * figure.dpi
    renderer = figure.canvas.get_renderer()
    assert len(texts(figure)) > 8
    for text in texts(figure):
        box = text.get_window_extent(renderer)
        assert text.get_fontsize() >= SMALL_PT, text.get_text()
        assert min(box.x0, box.y0) >= -1, text.get_text()
        assert box.x1 <= width + 1, text.get_text()
        assert box.y1 <= height + 1, text.get_text()


@each
@everywhere
def test_texts_do_not_cover_each_other(name: str, language: str) -> None:
    figure = draw(name, language)
    renderer = figure.canvas.get_renderer()
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in texts(figure)]
    slack = 0.6 / 25.4 * figure.dpi
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[i + 1 :]:
            over = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            assert min(over) <= slack, (one, other)


@each
def test_width_is_that_of_a_column_or_a_page(name: str) -> None:
    width = draw(name, "en").get_size_inches()[0] * 25.4
    assert math.isclose(width, 88) or math.isclose(width, 180)


@each
@everywhere
def test_equal_input_gives_equal_bytes(name: str, language: str) -> None:
    def bytes_of(form: str) -> bytes:
        buffer = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {"CreationDate": None}
        with mpl.rc_context({"svg.hashsalt": "gumflow"}):
            draw(name, language).savefig(buffer, format=form, metadata=metadata)
        return buffer.getvalue()

    assert bytes_of("svg") == bytes_of("svg")
    assert bytes_of("pdf") == bytes_of("pdf")


@each
@everywhere
def test_synthetic_data_are_marked_and_real_ones_are_not(name: str, language: str) -> None:
    mark = "SYNTHETIC DATA / 模拟数据"
    assert mark in [t.get_text() for t in texts(draw(name, language, "synthetic"))]
    assert mark not in [t.get_text() for t in texts(draw(name, language, "survey"))]


@each
@everywhere
def test_the_source_is_written(name: str, language: str) -> None:
    wanted = {"en": "Source: coded from published text", "zh": "来源：据公开文本编码"}[language]
    assert wanted in [t.get_text() for t in texts(draw(name, language))]


@each
def test_unknown_language_and_grade_are_refused(name: str) -> None:
    with pytest.raises(GumflowError, match="allowed: en, zh"):
        DRAW[name](*inputs(name, "en"), language="fr", grade="case")
    with pytest.raises(GumflowError, match="allowed: case"):
        DRAW[name](*inputs(name, "en"), language="en", grade="guess")


def test_drawing_leaves_matplotlibs_settings_alone() -> None:
    before = dict(mpl.rcParams)
    draw("profiles", "zh")
    assert dict(mpl.rcParams) == before


def test_evidence_counts_nothing_where_nothing_is_stated() -> None:
    table = factor_evidence(evidence(), MODEL.factors, ["a", "c"])
    counts = ["helping", "hindering", "lacking", "recommended"]
    assert table.loc[("c", "learning"), counts].tolist() == [0, 0, 0, 0]
    assert math.isnan(table.loc[("c", "learning"), "balance"])
    assert table.loc[("a", "innovation"), "helping"] == 3


def test_evidence_of_two_waves_at_once_is_refused() -> None:
    with pytest.raises(GumflowError, match="more than once"):
        factor_evidence(pd.concat([evidence(), evidence()]), MODEL.factors, ["a"])


def test_bars_of_what_hinders_or_lacks_stand_left_of_zero_and_do_not_overlap() -> None:
    counts = {"helping": [4.0], "hindering": [3.0], "lacking": [2.0], "recommended": [6.0]}
    table = pd.DataFrame(counts)
    with styled():
        sheet = Sheet(88.0, 20.0, Frame("Title", (), "", "en", "case"))
        scale = bar_scale(table, 10.0, 56.0)
        draw_bars(sheet, [(5.0, table.iloc[0])], scale, 2.0)
    # Five left and six right of zero, in 55 mm: 5 mm each.
    assert scale.unit == pytest.approx(5.0)
    assert scale.zero == pytest.approx(35.0)
    spans = {
        mpl.colors.to_hex(p.get_facecolor()): (p.get_path().get_extents().x0, p.get_path().get_extents().x1)
        for p in sheet.canvas.patches
    }
    assert spans == {
        BLUE.lower(): pytest.approx((35.0, 55.0)),
        VERMILION.lower(): pytest.approx((20.0, 35.0)),
        mpl.colors.to_hex(tint(VERMILION, 0.2)): pytest.approx((10.0, 20.0)),
    }
    (diamond,) = sheet.canvas.lines
    assert diamond.get_xdata() == pytest.approx([65.0])


@everywhere
def test_a_note_has_title_reason_source_and_mark(language: str) -> None:
    figure = draw_note(
        "Ladder 梯", "No input 无", language=language, grade="synthetic", source="the source 资料"
    )
    shown = " ".join(t.get_text() for t in texts(figure))
    for part in ("Ladder 梯", "No input 无", "the source 资料", "SYNTHETIC DATA / 模拟数据"):
        assert part in shown
    assert math.isclose(figure.get_size_inches()[0] * 25.4, 88)


def test_ladder_does_not_call_every_share_one_of_output() -> None:
    shown = " ".join(t.get_text() for t in texts(draw("ladder", "en")))
    assert "of output" not in shown
    assert "as the source defines them" in shown


def test_ladder_says_not_stated_where_no_bounds_are_known() -> None:
    shown = [t.get_text() for t in texts(draw("ladder", "en"))]
    # Cluster b has a position but no shares, c has nothing: 3 + 4 cells.
    assert shown.count("not stated") == 7
    assert "0.27–0.47" in shown


def test_chain_shows_a_grid_only_where_barriers_are_stated() -> None:
    shown = [t.get_text() for t in texts(draw("chain", "en"))]
    heading = "Barriers to entry, as told in the case of Alder apparel"
    assert [s for s in shown if s.startswith("Barriers to entry,")] == [heading]
    assert {"buyer-driven", "mixed*", "captive"} <= set(shown)
    wrong = chain().replace("high", "steep")
    with pytest.raises(GumflowError, match="steep"):
        draw_chain(wrong, CLUSTERS["en"], language="en", grade="case")


@pytest.mark.parametrize(
    ("date", "last", "year"),
    [
        ("1993", False, 1993),
        ("1993", True, 1994),
        ("1993-07", False, 1993.5),
        ("1993-06", True, 1993.5),
        ("2001-01-01", False, 2001),
    ],
)
def test_dates_become_years(date: str, last: bool, year: float) -> None:
    assert _decimal_year(date, last=last) == pytest.approx(year)


def test_timeline_leaves_out_what_is_not_dated_and_refuses_a_wrong_date() -> None:
    joined = " ".join(t.get_text() for t in texts(draw("timeline", "en")))
    assert "Not dated" not in joined
    assert "1993-05–1994-02" in joined
    with pytest.raises(GumflowError, match="about 1990"):
        draw_timeline(events().replace("1987", "about 1990"), facts(), "A", language="en", grade="case")


def test_timeline_prints_numbers_with_their_qualifier() -> None:
    joined = " ".join(t.get_text() for t in texts(draw("timeline", "en")))
    for number in (">500", "600", "<90", "≈80", ">2,000 firms at the peak"):
        assert number in joined
    assert "output" not in joined


def test_timeline_and_network_without_rows_say_so() -> None:
    figure = draw_timeline(events().iloc[:0], facts(), "A", language="en", grade="case")
    assert "No dated event is stated." in [t.get_text() for t in texts(figure)]
    actors, ties = network()
    figure = draw_governance_network(actors, ties.iloc[:0], "A", "text", language="zh", grade="case")
    assert "没有可画的治理关系。" in [t.get_text() for t in texts(figure)]
