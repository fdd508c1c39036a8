"""The survey as it is published: who answered, means of indicators, what was asked, the figure and the parts of the page."""

import functools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from scipy import stats

from gumflow.contract.instrument import (
    Condition,
    Indicator,
    Instrument,
    Item,
    Option,
    Question,
    load_instrument,
)
from gumflow.contract.model import load_model
from gumflow.measures.registry import get_measure
from gumflow.present.catalog import CATALOG, planned_figures
from gumflow.present.compose import compose_figure
from gumflow.present.figures.answers import (
    HIDDEN_NOTE,
    OUTCOMES,
    chosen_answers,
    draw_answers,
)
from gumflow.present.gate_cells import table_findings
from gumflow.present.page_survey import BEARS, SECTIONS, answer_blocks, survey_blocks
from gumflow.present.page_survey import TEXT as PAGE
from gumflow.present.suppression import WITHHELD_FEW, WITHHELD_FURTHER
from gumflow.present.survey_tables import (
    INDICATOR_MEANS,
    QUESTIONS,
    RESPONSE,
    indicator_means,
    question_codebook,
    survey_tables,
)

MODEL = load_model()
both = pytest.mark.parametrize("language", ["en", "zh"])


@functools.cache
def shipped(name: str) -> Instrument:
    return load_instrument(name, MODEL)


def options(codes: str) -> tuple[Option, ...]:
    return tuple(Option(code, f"Option {code}", f"选项{code}", i + 1) for i, code in enumerate(codes))


LEARN, TRUST, DONE = ("learning_mode",), ("trust_norms",), ("product_upgrading",)
ITEMS = (
    Item("Q0", "Q0", "identity", "Name of the firm", "企业名", "identity"),
    Item("Q1", "Q1", "single", "Is help given", "是否帮助", "driver", options("yn"), constructs=TRUST),
    Item("Q2", "Q2", "several", "Kinds of help", "帮助种类", "driver", options("abc"), constructs=LEARN, asked_if=Condition("Q1", ("y",))),
    Item("Q3", "Q3", "number", "Jobs", "人数", "driver", constructs=LEARN),
    Item("Q4", "Q4", "single", "What was renewed", "更新内容", "outcome", options("abc"), constructs=DONE),
    Item("Q5", "Q5", "text", "Words", "文字", "context"),
    Item("Q6", "Q6", "single", "Kind of firm", "企业类型", "context", options("abc"), constructs=("cluster_base",)),
)  # fmt: skip
QUESTIONS_ASKED = tuple(
    Question(i.question, "s", n, i.en if i.id != "Q2" else "Help, and which", i.zh, (i,))
    for n, i in enumerate(ITEMS)
)


def indicator(name: str, kind: str, item: str = "", **more: object) -> Indicator:
    return Indicator(name, f"Indicator {name}", f"指标{name}", kind, "learning_mode", 1, item, **more)


INDICATORS = (
    indicator("gives", "tick", "Q1", options=("y",)),
    indicator("breadth", "ticks", "Q2", not_asked_as=0.0),
    indicator("jobs", "value", "Q3"),
    indicator("both", "formula", formula="gives + jobs"),
)
FORM = Instrument(
    "form", {}, {}, ("firm",), {"s": {"id": "s", "en": "Part", "zh": "部分"}}, QUESTIONS_ASKED, {i.id: i for i in ITEMS}, INDICATORS
)  # fmt: skip
CELL = {
    "study": "s", "cluster": "valley", "wave": "2007", "boundary": "roster", "grade": "survey", "cluster_en": "Valley",
    "cluster_zh": "山谷", "population": "900", "source_en": "the source", "source_zh": "资料", "group_by": "kind",
}  # fmt: skip
ANSWERED = ["respondent", "question", "option", "value", "missing_reason"]


def settled(firms: dict[str, dict[str, object]]) -> pd.DataFrame:
    """Make tidy answers: for each firm what it said of each item (codes, a number, or a reason); Q2 follows from Q1, the rest is blank."""
    rows = []
    for firm, said in firms.items():
        for item in ITEMS[1:]:
            given = said.get(item.id)
            if item.id == "Q2" and said.get("Q1") == "n":
                given = "not_asked"
            if given in (None, "not_asked", "unusable", "not_in_export"):
                rows.append((firm, item.id, "", math.nan, given or "not_answered"))
            elif isinstance(given, str) and item.options:
                rows += [(firm, item.id, code, 1.0, "") for code in given]
            else:
                rows.append((firm, item.id, "", float(given), ""))
    return pd.DataFrame(rows, columns=ANSWERED).assign(instrument="form", alter="", text="")


def study(firms: dict[str, dict[str, object]], **cell: str) -> dict[str, pd.DataFrame]:
    """Make the tidy tables of one cell, in which the firms of the answers and two that kept silent were asked."""
    head = CELL | cell
    names = [*firms, "silent_1", "silent_2"]
    actors = pd.DataFrame({"actor": names, "kind": "firm", "inside": True})
    made = {
        "cells": pd.DataFrame([head]),
        "answers": settled(firms),
        "indicators": pd.DataFrame(columns=["instrument", "indicator", "value", "role"]),
        "actors": actors,
        "roster": pd.DataFrame({"respondent": names, "alter": "", "asked": 1.0, "answered": 1.0}),
    }
    key = {c: head[c] for c in ("study", "cluster", "wave", "grade")}
    return {name: t if name == "cells" else t.assign(**key) for name, t in made.items()}


def published(tables: dict[str, pd.DataFrame], minimum: int = 3, listed: pd.DataFrame | None = None):
    cells = tables["cells"].to_dict("records")
    return survey_tables(
        tables,
        tables["actors"] if listed is None else listed,
        {(c["cluster"], c["wave"]): [FORM] for c in cells},
        minimum,
    )


def firms_that(counts: dict[str, int], item: str, start: int = 0, **more: object) -> dict[str, dict]:
    names = iter(range(start, 1000))
    return {f"f{next(names)}": {item: code, **more} for code, n in counts.items() for _ in range(n)}


def items_of(response: pd.DataFrame) -> pd.DataFrame:
    return response[response["unit"] == "item"].set_index("question")


def test_who_was_asked_and_who_answered_the_survey() -> None:
    """survey_response."""
    firms = firms_that({"y": 6}, "Q1") | {"blank": {}}
    response = published(study(firms))["response"]
    (row,) = response[response["unit"] == "firms"].to_dict("records")
    # Six answered; one handed in an empty form and two nothing at all.
    assert (row["asked"], row["answered"], row["not_answered"]) == (9, 6, 3)
    assert row["share"] == 6 / 9
    assert (row["population"], row["boundary"]) == (900, "roster")
    assert list(response.columns) == list(RESPONSE)


def test_counts_of_an_item_tell_blank_unusable_and_not_asked_apart() -> None:
    """item_response."""
    firms = firms_that({"y": 5}, "Q1", Q2="a") | firms_that({"n": 4}, "Q1", 10)
    firms |= {f"g{i}": {"Q1": "y"} for i in range(3)} | {"h": {"Q2": "unusable"}}
    row = items_of(published(study(firms))["response"]).loc["Q2"]
    assert row[["asked", "answered", "not_answered", "unusable", "not_asked"]].tolist() == [9, 5, 3, 1, 4]
    assert row["share"] == 5 / 9
    assert (row["question_en"], row["item_en"], row["section"]) == ("Help, and which", "Kinds of help", "s")


@pytest.mark.parametrize(("boundary", "asked"), [("census", 8), ("roster", 8), ("sample", math.nan)])
def test_without_a_roster_those_listed_were_asked_unless_it_is_a_sample(boundary: str, asked: float) -> None:
    tables = study(firms_that({"y": 6}, "Q1"), boundary=boundary)
    tables["roster"] = tables["roster"].iloc[:0]
    row = published(tables)["response"].iloc[0]
    assert row["asked"] == pytest.approx(asked, nan_ok=True)
    assert row["share"] == pytest.approx(6 / asked, nan_ok=True)


def test_actors_that_were_only_named_are_counted_by_how_they_are_treated() -> None:
    tables = study(firms_that({"y": 6}, "Q1"))
    listed = tables["actors"]
    named = listed.iloc[:3].assign(actor=["n1", "n2", "n3"], inside=[True, False, False])
    tables["actors"] = pd.concat([listed, named], ignore_index=True)
    row = published(tables, listed=listed)["response"].iloc[0]
    assert (row["named_inside"], row["named_outside"]) == (1, 2)


def test_how_many_were_not_asked_does_not_tell_a_withheld_answer() -> None:
    # Two firms give no help, so both options of Q1 are withheld; that two were not asked of Q2 would tell it.
    secret = study(firms_that({"y": 10}, "Q1", Q2="a") | firms_that({"n": 2}, "Q1", 20))
    items = items_of(published(secret)["response"])
    assert items.loc["Q2", "withheld"] == WITHHELD_FURTHER
    counts = ["asked", "answered", "not_answered", "not_asked", "unusable", "not_in_export", "share"]
    assert items.loc["Q2", counts].isna().all()
    assert items.loc["Q1", "withheld"] == ""
    open_items = items_of(published(secret, minimum=1)["response"])
    assert open_items.loc["Q2", "not_asked"] == 2
    assert (open_items["withheld"] == "").all()


def test_a_row_on_too_few_answers_is_withheld() -> None:
    firms = firms_that({"y": 10}, "Q1") | {"one": {"Q3": 7}, "two": {"Q3": 9}}
    items = items_of(published(study(firms))["response"])
    assert items.loc["Q3", "withheld"] == WITHHELD_FEW
    few = published(study(firms_that({"y": 2}, "Q1")))["response"].iloc[0]
    assert few["withheld"] == WITHHELD_FEW
    assert math.isnan(few["answered"])


def with_indicators(tables: dict[str, pd.DataFrame], values: dict[str, list[float]]):
    rows = [("form", name, v, "driver") for name, given in values.items() for v in given]
    table = pd.DataFrame(rows, columns=["instrument", "indicator", "value", "role"])
    key = {c: CELL[c] for c in ("study", "cluster", "wave", "grade")}
    return tables | {"indicators": table.assign(respondent="f", **key)}


def test_means_have_the_intervals_of_other_programs() -> None:
    """indicator_mean."""
    rng = np.random.default_rng(4)
    jobs, gives = rng.gamma(2, 30, 25).tolist(), [1.0] * 19 + [0.0] * 6
    tables = with_indicators(study(firms_that({"y": 19, "n": 6}, "Q1", Q3=4)), {"jobs": [*jobs, math.nan], "gives": gives})  # fmt: skip
    means = published(tables)["indicator_means"].set_index("indicator")
    assert list(means.reset_index()[list(INDICATOR_MEANS)]) == list(INDICATOR_MEANS)
    by_t = stats.ttest_1samp(jobs, 0).confidence_interval(0.95)
    assert means.loc["jobs", ["firms", "mean", "low", "high"]].tolist() == pytest.approx(
        [25, np.mean(jobs), by_t.low, by_t.high]
    )
    by_wilson = stats.binomtest(19, 25).proportion_ci(method="wilson")
    assert means.loc["gives", ["mean", "low", "high"]].tolist() == pytest.approx([19 / 25, *by_wilson])
    assert means["interval"].to_dict() == {"gives": "Wilson", "jobs": "t"}


def test_an_interval_stays_where_the_indicator_can_be_and_equal_firms_have_none() -> None:
    tables = study(firms_that({"y": 5, "n": 5}, "Q1", Q3=4))
    tables = with_indicators(tables, {"breadth": [0, 0, 0, 0, 1 / 3, 1.0], "jobs": [4.0] * 6})
    means = published(tables, minimum=1)["indicator_means"].set_index("indicator")
    assert means.loc["breadth", "low"] == 0
    assert 0 < means.loc["breadth", "high"] < 1
    assert math.isnan(means.loc["jobs", "low"])
    assert means.loc["jobs", "mean"] == 4


def test_means_from_which_a_withheld_answer_follows_are_withheld() -> None:
    tables = study(firms_that({"y": 10, "n": 2}, "Q1", Q2="a", Q3=5))
    values = {"gives": [1.0] * 10 + [0.0] * 2, "breadth": [0.3] * 10 + [0.0] * 2, "jobs": [5.0, 6.0] * 6, "both": [6.0] * 12}  # fmt: skip
    means = published(with_indicators(tables, values))["indicator_means"].set_index("indicator")
    # The tick tells Q1, the formula rests on it, and the breadth has as many zeros as were not asked.
    assert means["withheld"].to_dict() == {
        "gives": WITHHELD_FURTHER, "breadth": WITHHELD_FURTHER, "jobs": "", "both": WITHHELD_FURTHER,
    }  # fmt: skip
    assert means.drop("jobs")[["firms", "mean", "low", "high"]].isna().all(axis=None)
    few = with_indicators(tables, {"jobs": [1.0, 2.0]})
    assert published(few)["indicator_means"]["withheld"].tolist() == [WITHHELD_FEW]


@pytest.mark.parametrize("seed", range(6))
def test_the_gate_finds_nothing_in_what_is_published(seed: int) -> None:
    rng = np.random.default_rng(seed)
    firms = {}
    for i in range(30):
        firms[f"f{i}"] = {
            "Q1": rng.choice(["y", "n"], p=[0.9, 0.1]),
            "Q2": "".join(o for o in "abc" if rng.random() < 0.4) or "a",
            "Q4": rng.choice(list("abc"), p=[0.8, 0.15, 0.05]),
            "Q3": 5,
        }
    values = {"gives": [float(f["Q1"] == "y") for f in firms.values()], "jobs": [5.0, 6.0, 8.0] * 10}
    made = published(with_indicators(study(firms), values))
    for name in ("answer_shares", "indicator_means"):
        text = made[name].map(lambda v: "" if v != v else str(v))
        assert table_findings(text, 3) == []
    assert (made["answer_shares"]["withheld"] != "").any()


def test_a_study_without_answers_has_empty_tables_of_the_same_columns() -> None:
    tables = study(firms_that({"y": 6}, "Q1"))
    bare = {name: t if name in ("cells", "actors") else t.iloc[:0] for name, t in tables.items()}
    made = survey_tables(bare, bare["actors"], {}, 3)
    full = published(tables)
    for name, table in made.items():
        assert table.empty
        assert list(table.columns) == list(full[name].columns)
        assert table.dtypes.tolist() == full[name].dtypes.tolist()


def test_the_codebook_of_questions_has_every_item_but_who_answers() -> None:
    named = [shipped(name) for name in ("ningbo_apparel", "relational_module")]
    book = question_codebook([*named, *named])
    wanted = [i.id for instrument in named for i in instrument.items.values() if i.role != "identity"]
    assert book["question"].tolist() == wanted
    assert list(book.columns) == list(QUESTIONS)
    row = book.set_index("question").loc["NB17"]
    assert row["asked_if"] == "NB16: buyer"
    assert row["options_en"].count("; ") == row["options_zh"].count("; ") == 3
    assert (book[["question_en", "question_zh", "item_en", "item_zh", "section_en"]] != "").all(axis=None)


def test_measures_of_the_survey_are_declared() -> None:
    for name in ("answer_share", "item_response", "survey_response", "indicator_mean"):
        assert get_measure(name).level == "cluster"
    assert get_measure("answer_share").interval_kind == "sampling"


FIRMS = (
    firms_that({"y": 12, "n": 8}, "Q1", Q2="ab", Q4="b", Q6="a")
    | firms_that({"y": 4}, "Q1", 30, Q2="bc", Q4="a")
    | firms_that({"y": 4}, "Q1", 40, Q2="c", Q4="b", Q3=9)
)  # fmt: skip
LATER = {k: v for k, v in FIRMS.items() if k != "f0"} | firms_that({"y": 6}, "Q1", 60, Q2="ca", Q4="c")


def waves() -> dict[str, pd.DataFrame]:
    """The tables of one cluster in two waves."""
    parts = [study(FIRMS, grade="synthetic"), study(LATER, wave="2009", grade="synthetic")]
    return {name: pd.concat([p[name] for p in parts], ignore_index=True) for name in parts[0]}


def test_the_figure_shows_the_first_of_two_options_and_the_most_chosen_of_others() -> None:
    shares = published(study(FIRMS), minimum=1)["answer_shares"]
    shown = chosen_answers(shares, shares.iloc[:0], MODEL, "en")
    # By factor in the model's order, outcomes last; what describes the firm (Q6) is not drawn.
    assert [(a.group, a.text, a.firms) for a in shown] == [
        ("learning", "Kinds of help", (20,)),
        ("social_capital", "Is help given", (28,)),
        ("outcome", "What was renewed", (28,)),
    ]
    assert [[a.label for a in asked.answers] for asked in shown] == [
        ["Option b", "Option a"], ["Option y"], ["Option b"],
    ]  # fmt: skip
    assert shown[0].answers[0].now[0] == 16 / 20
    assert all(answer.before is None for asked in shown for answer in asked.answers)


def test_the_wave_before_stands_beside_and_withheld_options_are_left_out() -> None:
    made = published(waves())["answer_shares"]
    now, then = (made[made["wave"] == wave] for wave in ("2009", "2007"))
    shown = {a.text: a for a in chosen_answers(now, then, MODEL, "zh")}
    help_given = shown["是否帮助"]
    assert help_given.firms == (28, 33)
    (answer,) = help_given.answers
    assert (answer.now[0], answer.before and answer.before[0]) == (25 / 33, 20 / 28)
    hidden = now.assign(withheld=WITHHELD_FEW, share=math.nan)
    assert chosen_answers(hidden, then, MODEL, "zh") == []
    assert draw_answers(hidden, then, MODEL, "Valley", language="zh", grade="survey") is None


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.findobj(Text) if t.get_text().strip()]


@both
def test_the_figure_speaks_both_languages_and_names_the_waves(language: str) -> None:
    tables = waves()
    tables["answer_shares"] = published(tables)["answer_shares"]
    later = texts(compose_figure("answers.valley.2009", tables, MODEL, language))
    first = texts(compose_figure("answers.valley.2007", tables, MODEL, language))
    assert {"2007", "2009"} <= set(later)
    assert not {"2007", "2009"} & set(first)
    for shown in (later, first):
        assert OUTCOMES(language) in shown
        assert {"en": "Option y", "zh": "选项y"}[language] in shown
        assert "SYNTHETIC DATA / 模拟数据" in shown
    assert "n = 28, 33" in later
    assert "n = 28" in first


def test_the_figure_says_that_options_are_withheld_and_where_there_is_nothing_to_draw() -> None:
    tables = study(FIRMS | firms_that({"y": 1}, "Q1", 90, Q2="a", Q4="c"))
    tables["answer_shares"] = published(tables)["answer_shares"]
    shown = "".join(texts(compose_figure("answers.valley.2007", tables, MODEL, "en"))).replace(" ", "")
    assert HIDDEN_NOTE.en.replace(" ", "") in shown
    few = study(firms_that({"y": 2}, "Q1"))
    few["answer_shares"] = published(few)["answer_shares"]
    note = "".join(texts(compose_figure("answers.valley.2007", few, MODEL, "en"))).replace(" ", "")
    assert CATALOG["answers"].lacking.en.replace(" ", "") in note


@both
def test_no_two_texts_of_a_full_figure_overlap(language: str) -> None:
    """Every choice item of a shipped questionnaire, with all options: the longest texts there are."""
    instrument = shipped("ningbo_apparel")
    rows = [
        (f"f{n}", item.id, option.code, 1.0, "")
        for item in instrument.items.values()
        if item.type in ("single", "several")
        for n, option in enumerate(item.options * 3)
    ]
    answers = pd.DataFrame(rows, columns=ANSWERED).assign(instrument=instrument.name, alter="", text="", **CELL)  # fmt: skip
    tables = study({}) | {"answers": answers}
    made = survey_tables(tables, tables["actors"], {("valley", "2007"): [instrument]}, 1)["answer_shares"]
    figure = draw_answers(made, made, MODEL, "V", ("a", "b"), language=language, grade="survey")
    assert figure is not None
    boxes = [t.get_window_extent() for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    assert len(boxes) > 150
    ends = np.array([(b.x0, b.y0, b.x1, b.y1) for b in boxes])
    # A hair's breadth may be shared: lines of one text touch.
    wide = np.minimum(ends[:, None, 2], ends[None, :, 2]) - np.maximum(ends[:, None, 0], ends[None, :, 0])
    tall = np.minimum(ends[:, None, 3], ends[None, :, 3]) - np.maximum(ends[:, None, 1], ends[None, :, 1])
    overlap = (wide > 1) & (tall > 0.3 * 6 / 72 * figure.dpi) & ~np.eye(len(ends), dtype=bool)
    assert not overlap.any()
    assert ends.min() >= 0
    assert (ends[:, 2] <= figure.bbox.width).all()


def test_figures_of_answers_are_planned_where_there_are_answers() -> None:
    names = planned_figures([("a", "1", "roster", True), ("b", "1", "sample", False), ("c", "1")])
    assert [n for n in names if n.startswith("answers")] == ["answers.a.1", "answers.c.1"]


def words(blocks: list[dict]) -> str:
    grids = [b["table"] for b in blocks if b.get("table")]
    cells = [c for g in grids for row in (g["head"], *g["rows"], g["notes"]) for c in row]
    return " ".join([*cells, *(b.get("text", "") for b in blocks), *(b.get("title", "") for b in blocks)])


@both
def test_the_page_says_who_was_asked_and_what_they_stand_for(language: str) -> None:
    tables = study(FIRMS, boundary="sample")
    blocks = survey_blocks(tables | published(tables), language)
    (row,) = blocks[0]["table"]["rows"]
    # 28 answered, 30 were asked; half width of a share of one half: 0.98 / sqrt(28).
    assert row[2:6] == ["900", "30", "28", "93%"]
    assert "±19" in row[6]
    assert {"en": "28 firms answer for the 900 there are", "zh": "28 家应答企业推及全部 900 家企业"}[language] in words(blocks).replace("及 ", "及")  # fmt: skip


@both
def test_the_page_lists_the_items_answered_least_and_counts_the_others(language: str) -> None:
    tables = study(FIRMS)
    response = published(tables)["response"]
    weakest = survey_blocks(tables | published(tables), language)[1]["table"]
    # Words (Q5) are not rated. Of Q6 and Q3 20 and 4 of 28 answered.
    assert [row[0] for row in weakest["rows"]] == ["Q3", "Q6"]
    assert weakest["rows"][0][2:] == ["28", "4", "24", "0", "14%"]
    rated = response[(response["unit"] == "item") & (response["type"] != "text")]
    numbers = [int(rated[c].sum()) for c in ("asked", "answered", "not_answered", "not_asked")]
    assert numbers == [28 * 4 + 20, 28 + 20 + 4 + 28 + 20, 24 + 8, 8]
    for number in numbers:
        assert f"{number}" in weakest["notes"][0]


def test_items_in_no_column_are_counted_apart_and_withheld_ones_are_not_summed() -> None:
    absent = {k: {**v, "Q3": "not_in_export"} for k, v in FIRMS.items()}
    blocks = survey_blocks((t := study(absent)) | published(t), "en")
    assert "in no column of the export: 1." in words(blocks)
    secret = study(firms_that({"y": 10}, "Q1", Q2="a", Q4="a") | firms_that({"n": 2}, "Q1", 20, Q4="a"))
    blocks = survey_blocks(secret | published(secret), "en")
    assert "they would show too few firms: 1." in words(blocks)


@both
def test_a_study_without_answers_has_neither_part(language: str) -> None:
    tables = study(FIRMS)
    bare = {name: t.iloc[:0] for name, t in published(tables).items()} | {"cells": tables["cells"]}
    assert survey_blocks(bare, language) == answer_blocks(bare, language) == []


@both
def test_below_the_figures_stands_how_two_waves_are_read_and_where_the_means_are(language: str) -> None:
    tables = waves()
    made = tables | published(with_indicators(tables, {"jobs": [1.0, 2.0, 3.0, 4.0]}))
    one, two = answer_blocks(made, language)
    assert {"en": "Two waves", "zh": "两期"}[language] in one["text"]
    assert {"en": "means: 1, withheld: 0", "zh": "共 1 个均值，其中 0 个"}[language] in two["text"]
    first = {name: t[t["wave"] == "2007"] if "wave" in t else t for name, t in made.items()}
    assert len(answer_blocks(first, language)) == 1


def test_words_of_the_two_parts_are_in_both_languages() -> None:
    for name in ("survey", "survey_note", "answers", "answers_note"):
        assert SECTIONS[name].en.isascii()
        assert any(ord(c) > 0x2E7F for c in SECTIONS[name].zh)


def test_an_indicator_on_an_item_that_is_hidden_deeper_down_is_withheld() -> None:
    """Q9 is asked of those who ticked in Q2, which is asked of those who ticked in Q1."""
    deep = replace(ITEMS[2], id="Q9", question="Q9", asked_if=Condition("Q2", ("a",)))
    form = replace(FORM, items={**FORM.items, "Q9": deep}, indicators=(indicator("deep", "ticks", "Q9", not_asked_as=0.0),))  # fmt: skip
    tables = with_indicators(study(FIRMS), {"deep": [0.0, 0.5, 1.0, 0.0]})
    shares = pd.DataFrame({"cluster": ["valley"], "wave": ["2007"], "question": ["Q1"], "base": ["answered"], "withheld": [WITHHELD_FEW]})  # fmt: skip
    means = indicator_means(tables["indicators"], {("valley", "2007"): [form]}, tables["cells"], shares, 3)
    assert means["withheld"].tolist() == [WITHHELD_FURTHER]


@both
def test_the_page_tells_of_actors_that_were_only_named_and_says_once_what_holds_for_all(
    language: str,
) -> None:
    tables = waves()
    listed = tables["actors"]
    named = listed[listed["wave"] == "2009"].iloc[:3].assign(inside=[True, False, False])
    tables["actors"] = pd.concat([listed, named], ignore_index=True)
    blocks = survey_blocks(tables | published(tables, listed=listed), language)
    assert [row[7:] for row in blocks[0]["table"]["rows"]] == [["0", "0"], ["1", "2"]]
    for name in ("named_note", "weakest_note"):
        assert words(blocks).count(PAGE[name](language)) == 1
    assert words(blocks).count(BEARS["roster"](language)) == 1
