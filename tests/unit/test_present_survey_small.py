"""Numbers of a survey from which a count below the least number of firms would follow are withheld."""

import numpy as np
import pandas as pd

from gumflow.contract.instrument import Condition, Indicator, Instrument, Item, Option, Question
from gumflow.present.suppression import WITHHELD_FEW, WITHHELD_FURTHER
from gumflow.present.survey_tables import indicator_means, survey_shares

YES_NO = (Option("yes", "Yes", "是", 1), Option("no", "No", "否", 2))
ITEMS = (
    Item("Q1", "Q1", "single", "Gate", "筛选", "driver", YES_NO, constructs=("learning_mode",)),
    Item("Q2", "Q2", "single", "If so", "若是", "driver", YES_NO, asked_if=Condition("Q1", ("yes",))),
    Item("Q3", "Q3", "single", "If that", "若如此", "driver", YES_NO, asked_if=Condition("Q2", ("yes",))),
    Item("Q4", "Q4", "number", "Staff", "人员", "driver"),
)
INDICATORS = (
    Indicator("union", "Either", "任一", "tick", "learning_mode", 1, "Q1", options=("yes", "no")),
    Indicator("staff", "Staff", "人员", "value", "learning_mode", 1, "Q4"),
    Indicator("ln_staff", "ln staff", "人员对数", "value", "learning_mode", 1, "Q4", log=True),
)
FORM = Instrument(
    "form", {}, {}, ("firm",), {"s": {"id": "s", "en": "Part", "zh": "部分"}},
    tuple(Question(i.question, "s", n, i.en, i.zh, (i,)) for n, i in enumerate(ITEMS)), {i.id: i for i in ITEMS}, INDICATORS,
)  # fmt: skip
CELLS = pd.DataFrame([{"study": "s", "cluster": "valley", "wave": "1", "grade": "survey"}])
OF = {("valley", "1"): [FORM]}


def answers(met: int, unmet: int) -> pd.DataFrame:
    """Q1 was answered yes by some and no by others; who said yes was asked Q2 and said yes, and so Q3."""
    rows = []
    for i in range(met + unmet):
        yes = i < met
        rows.append((f"f{i}", "Q1", "yes" if yes else "no", 1.0, ""))
        for item in ("Q2", "Q3"):
            rows.append((f"f{i}", item, "yes", 1.0, "") if yes else (f"f{i}", item, "", np.nan, "not_asked"))
    table = pd.DataFrame(rows, columns=["respondent", "question", "option", "value", "missing_reason"])
    return table.assign(study="s", cluster="valley", wave="1", instrument="form", alter="", text="")


def means(values: dict[str, list[float]], minimum: int = 3) -> pd.DataFrame:
    rows = [
        (f"f{i}", "form", name, v, "driver") for name, given in values.items() for i, v in enumerate(given)
    ]
    table = pd.DataFrame(rows, columns=["respondent", "instrument", "indicator", "value", "role"])
    table = table.assign(study="s", cluster="valley", wave="1", grade="survey")
    shares = survey_shares(answers(10, 10), OF, CELLS, minimum)
    return indicator_means(table, OF, CELLS, shares, minimum).set_index("indicator")


def test_the_base_of_a_conditional_question_does_not_tell_how_few_missed_its_condition():
    shares = survey_shares(answers(18, 2), OF, CELLS, 3).set_index(["question", "option"])
    for item in ("Q2", "Q3"):
        rows = shares.loc[item]
        assert rows[["firms", "count", "share", "low", "high"]].isna().all(axis=None), item
        assert set(rows["withheld"]) == {WITHHELD_FURTHER}
    open_shares = survey_shares(answers(18, 2), OF, CELLS, 1).set_index(["question", "option"])
    assert open_shares.loc[("Q2", "yes"), "firms"] == 18
    enough = survey_shares(answers(15, 5), OF, CELLS, 3).set_index(["question", "option"])
    assert enough.loc[("Q2", "yes"), "firms"] == 15


def test_a_mean_of_zeros_and_ones_that_leaves_one_firm_apart_is_withheld():
    assert means({"union": [1.0] * 19 + [0.0]}).loc["union", "withheld"] == WITHHELD_FEW
    assert means({"union": [0.0] * 18 + [1.0] * 2}).loc["union", "withheld"] == WITHHELD_FEW
    shown = means({"union": [1.0] * 17 + [0.0] * 3}).loc["union"]
    assert shown["withheld"] == ""
    assert shown["mean"] == 0.85


def test_of_a_few_firms_no_interval_and_no_mean_of_logarithms_is_shown_beside_the_mean():
    sizes = [17.0, 230.0, 1200.0]
    few = means({"staff": sizes, "ln_staff": list(np.log(sizes))})
    assert few.loc["staff", "mean"] == sum(sizes) / 3
    assert few.loc["staff", ["low", "high"]].isna().all()
    assert few.loc["ln_staff", "withheld"] == WITHHELD_FEW
    many = means({"staff": sizes * 4, "ln_staff": list(np.log(sizes * 4))})
    assert many[["mean", "low", "high"]].notna().all(axis=None)
