"""Ticks of which "none" and "left blank" look alike: what the figure, the page and the means say of them."""

import math

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from gumflow.contract.instrument import Indicator, Instrument, Item, Option, Question
from gumflow.contract.model import load_model
from gumflow.present.figures.answers import APART_NOTE, TICKED_NOTE, chosen_answers, draw_answers
from gumflow.present.page_survey import answer_blocks
from gumflow.present.suppression import WITHHELD_FURTHER
from gumflow.present.survey_tables import indicator_means, survey_shares

MODEL = load_model()
LEARN = ("learning_mode",)
OPTIONS = tuple(Option(c, f"Option {c}", f"选项{c}", i + 1) for i, c in enumerate("abc"))
ITEMS = (
    Item("Q1", "Q1", "several", "Kinds of help", "帮助种类", "driver", OPTIONS, constructs=LEARN),
    Item("Q2", "Q2", "single", "Who helps", "由谁帮助", "driver", OPTIONS, constructs=LEARN),
)
INDICATORS = (
    Indicator("breadth", "Breadth", "广度", "ticks", "learning_mode", 1, "Q1"),
    Indicator("helped", "Helped", "受助", "tick", "learning_mode", 1, "Q2", options=("a",)),
    Indicator("sum", "Sum", "合计", "formula", "learning_mode", 1, formula="breadth + helped"),
)
FORM = Instrument(
    "form", {}, {}, ("firm",), {"s": {"id": "s", "en": "Part", "zh": "部分"}},
    tuple(Question(i.question, "s", n, i.en, i.zh, (i,)) for n, i in enumerate(ITEMS)), {i.id: i for i in ITEMS}, INDICATORS,
)  # fmt: skip
both = pytest.mark.parametrize("language", ["en", "zh"])


def cells(*waves: str) -> pd.DataFrame:
    rows = [
        {"study": "s", "cluster": "valley", "wave": w, "grade": "survey", "cluster_en": "Valley", "cluster_zh": "山谷"}
        for w in waves
    ]  # fmt: skip
    return pd.DataFrame(rows)


def wave(name: str, tells: bool) -> pd.DataFrame:
    """Answers of 20 firms of which 12 ticked a and 8 ticked nothing: said so, or left blank. All answered Q2."""
    rest = (0.0, "") if tells else (math.nan, "not_answered")
    rows = [(f"f{i}", "Q1", "a", 1.0, "") for i in range(12)]
    rows += [(f"f{i}", "Q1", "", *rest) for i in range(12, 20)]
    rows += [(f"f{i}", "Q2", "b", 1.0, "") for i in range(20)]
    table = pd.DataFrame(rows, columns=["respondent", "question", "option", "value", "missing_reason"])
    return table.assign(study="s", cluster="valley", wave=name, instrument="form", alter="", text="")


def shares(first_tells: bool, second_tells: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the shares of the second wave and of the first."""
    of = {("valley", w): [FORM] for w in ("2007", "2009")}
    answers = pd.concat([wave("2007", first_tells), wave("2009", second_tells)], ignore_index=True)
    made = survey_shares(answers, of, cells("2007", "2009"), 3)
    return made[made["wave"] == "2009"], made[made["wave"] == "2007"]


def texts(figure: Figure | None) -> str:
    assert figure is not None
    return " ".join(t.get_text() for t in figure.findobj(Text)).replace(" ", "").replace("\n", "")


@pytest.mark.parametrize(
    ("first", "second", "firms", "share", "before", "ticked", "apart"),
    [
        (True, True, (20, 20), 0.6, 0.6, False, False),
        (False, False, (12, 12), 1.0, 1.0, True, False),
        (True, False, (12,), 1.0, None, True, True),
        (False, True, (20,), 0.6, None, False, True),
    ],
)
def test_the_wave_before_stands_beside_only_on_the_same_base(
    first, second, firms, share, before, ticked, apart
):
    help_kinds, who = chosen_answers(*shares(first, second), MODEL, "en")
    answer = help_kinds.answers[0]
    assert help_kinds.firms == firms
    assert (help_kinds.ticked, help_kinds.apart) == (ticked, apart)
    assert answer.now[0] == share
    assert (answer.before and answer.before[0]) == before
    # The other item is as it was.
    assert (who.firms, who.ticked, who.apart) == ((20, 20), False, False)
    assert who.answers[0].before is not None


@both
def test_the_figure_marks_a_base_of_those_who_ticked_and_explains_it(language: str) -> None:
    def drawn(first: bool, second: bool) -> str:
        now, then = shares(first, second)
        return texts(draw_answers(now, then, MODEL, "V", ("2007", "2009"), language=language, grade="survey"))

    note, apart = (n(language).replace(" ", "") for n in (TICKED_NOTE, APART_NOTE))
    plain, alike, later, earlier = (
        drawn(True, True),
        drawn(False, False),
        drawn(True, False),
        drawn(False, True),
    )
    assert "n=20,20" in plain
    assert "*" not in plain
    assert apart not in plain
    assert "n=12*,12*" in alike
    assert note in alike
    assert apart not in alike
    assert "n=12*" in later
    assert note in later
    assert apart in later
    assert "*" not in earlier
    assert apart in earlier
    assert "n=20,20" in later
    assert "n=20,20" in earlier


@both
def test_the_page_says_in_which_cell_shares_are_of_those_who_ticked(language: str) -> None:
    tables = {"cells": cells("2007", "2009"), "indicator_means": pd.DataFrame(columns=["withheld"])}
    head = {"en": "upper bounds", "zh": "上限"}[language]

    def said(first: bool, second: bool) -> list[str]:
        made = {"answer_shares": pd.concat(shares(first, second))}
        return [b["text"] for b in answer_blocks(tables | made, language) if head in b["text"]]

    assert said(True, True) == []
    (one,) = said(True, False)
    assert "2009" in one
    assert "2007" not in one
    assert {"en": "items: 1)", "zh": "共 1 个题项"}[language] in one
    assert len(said(False, False)) == 2


def test_means_that_rest_on_such_ticks_say_so() -> None:
    rows = [("form", i.id, v, "driver") for i in INDICATORS for v in (0.0, 1.0, 0.5)]
    indicators = pd.DataFrame(rows, columns=["instrument", "indicator", "value", "role"])
    indicators = indicators.assign(study="s", cluster="valley", wave="2009", respondent="f")
    of = {("valley", "2009"): [FORM]}

    def bases(made: pd.DataFrame) -> dict[str, str]:
        means = indicator_means(indicators, of, cells("2009"), made, 3)
        return means.set_index("indicator")["base"].to_dict()

    blank, told = shares(True, False)[0], shares(True, True)[0]
    assert bases(blank) == {"breadth": "ticked", "helped": "answered", "sum": "ticked"}
    assert set(bases(told).values()) == {"answered"}
    hidden = blank.assign(withheld=blank["withheld"].where(blank["question"] != "Q1", WITHHELD_FURTHER))
    assert bases(hidden) == {"breadth": "", "helped": "answered", "sum": ""}
