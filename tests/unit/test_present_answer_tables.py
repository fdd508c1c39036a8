"""The public table of answers: bases, shares, intervals, means, and what is withheld."""

import io
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gumflow.contract.instrument import Condition, Instrument, Item, Option, Question
from gumflow.present.answer_tables import ANSWERED, COLUMNS, TICKED, answer_shares, wilson
from gumflow.present.gate_cells import table_findings
from gumflow.present.suppression import WITHHELD_FEW, WITHHELD_FURTHER

CELLS = pd.DataFrame({"study": ["s"], "cluster": ["valley"], "wave": ["2007"]})


def options(codes):
    return tuple(Option(code, code.upper(), f"选项{code}", i + 1) for i, code in enumerate(codes))


ITEMS = (
    Item("Q1", "Q1", "single", "Owner", "所有制", "context", options("abcd")),
    Item("Q2", "Q2", "several", "Channels", "渠道", "driver", options("abc")),
    Item("Q3", "Q3", "number", "Jobs", "人数", "context"),
    Item("Q4", "Q4", "shares", "Sales", "销售", "driver", options("ab")),
    Item("Q5", "Q5", "rank", "Order", "排序", "driver", options("abc"), ranks="Q2"),
    Item("Q6", "Q6", "text", "Words", "文字", "context"),
    Item("Q7", "Q7", "scale", "Trust", "信任", "driver", minimum=0, maximum=5),
    Item("Q0", "Q0", "identity", "Name", "名称", "identity"),
)
QUESTIONS = tuple(Question(i.question, "s", n, i.en, i.zh, (i,)) for n, i in enumerate(ITEMS))
FORM = Instrument("form", {}, {}, ("firm",), {}, QUESTIONS, {i.id: i for i in ITEMS}, ())


def answers(rows, **cell):
    """Make tidy answers from (respondent, question, option, value, missing)."""
    table = pd.DataFrame(rows, columns=["respondent", "question", "option", "value", "missing_reason"])
    table = table.assign(study="s", cluster="valley", wave="2007", instrument="form", alter="", text="")
    return table.assign(**cell)


def chosen(question, counts, start=0):
    """Give each option to so many firms, each firm one option."""
    firms = iter(range(start, 10_000))
    return [(f"f{next(firms)}", question, option, 1.0, "") for option, n in counts.items() for _ in range(n)]


def shares(rows, minimum=3):
    return answer_shares(answers(rows), [FORM], CELLS, minimum)


def test_counts_shares_and_base_of_a_choice():
    rows = [
        *chosen("Q1", {"a": 12, "b": 8}),
        ("f90", "Q1", "", np.nan, "not_answered"),
        ("f91", "Q1", "", np.nan, "not_asked"),
    ]
    table = shares(rows)
    assert list(table.columns) == list(COLUMNS)
    assert table["option"].tolist() == ["a", "b", "c", "d"]
    assert table["firms"].tolist() == [20] * 4
    assert table["count"].tolist() == [12, 8, 0, 0]
    assert table["share"].tolist() == [0.6, 0.4, 0, 0]
    assert table["adds_up"].tolist() == [1] * 4
    assert table[["study", "cluster", "wave", "instrument", "question"]].iloc[0].tolist() == [
        "s",
        "valley",
        "2007",
        "form",
        "Q1",
    ]
    assert table.loc[0, ["label_en", "label_zh"]].tolist() == ["A", "选项a"]
    assert (table["withheld"] == "").all()


def test_the_interval_of_a_share_solves_its_equation():
    """The ends of Wilson's interval are the p for which |count / n - p| is 1.96 standard errors at p."""
    for count, n in [(12, 20), (1, 7), (0, 9), (9, 9), (500, 1000)]:
        low, high = (end.item() for end in wilson(np.array([count]), np.array([n])))
        for end in (low, high):
            if end not in (0.0, 1.0):
                distance = abs(count / n - end) / math.sqrt(end * (1 - end) / n)
                assert distance == pytest.approx(1.959963984540054, rel=1e-9)
        assert 0 <= low <= count / n <= high <= 1
    assert wilson(np.array([0]), np.array([9]))[0].item() == 0
    assert wilson(np.array([9]), np.array([9]))[1].item() == 1
    assert np.isnan(wilson(np.array([0]), np.array([0]))).all()


def test_small_counts_are_withheld_with_the_next_smallest():
    table = shares(chosen("Q1", {"a": 30, "b": 18, "c": 2}))
    assert table["withheld"].tolist() == ["", WITHHELD_FURTHER, WITHHELD_FEW, ""]
    assert table["count"].isna().tolist() == [False, True, True, False]
    withheld = table[table["withheld"] != ""]
    assert withheld[["count", "share", "low", "high", "mean"]].isna().all().all()
    assert withheld["firms"].tolist() == [50, 50]


def test_where_all_but_two_agree_both_sides_are_withheld():
    table = shares(chosen("Q1", {"a": 48, "b": 2}))
    assert table["withheld"].tolist()[:2] == [WITHHELD_FEW, WITHHELD_FEW]


def test_ticks_of_several_options_are_each_withheld_by_themselves():
    firms = [f"f{i}" for i in range(20)]
    rows = [(f, "Q2", "a", 1.0, "") for f in firms[:10]] + [(f, "Q2", "b", 1.0, "") for f in firms[1:]]
    rows += [(f, "Q2", "c", 1.0, "") for f in firms[:2]]
    table = shares(rows)
    assert table["firms"].tolist() == [20] * 3
    assert table["adds_up"].tolist() == [0] * 3
    # b was ticked by all but one, c by two.
    assert table["withheld"].tolist() == ["", WITHHELD_FEW, WITHHELD_FEW]


def test_a_firm_that_said_none_counts_in_the_base():
    rows = [*chosen("Q2", {"a": 6}), *[(f"g{i}", "Q2", "", 0.0, "") for i in range(4)]]
    table = shares(rows)
    assert table["firms"].tolist() == [10] * 3
    assert table["share"].tolist() == [0.6, 0, 0]


BLANK = [(f"g{i}", "Q2", "", np.nan, "not_answered") for i in range(4)]


def test_where_a_blank_may_mean_none_the_base_is_those_who_ticked():
    """Ten firms of which six ticked a: told of the others that they ticked none, 60 %; left blank, at most 100 %."""
    ticked = chosen("Q2", {"a": 6})
    none = [(f"g{i}", "Q2", "", 0.0, "") for i in range(4)]
    table = shares([*ticked, *BLANK])
    assert table["base"].tolist() == [TICKED] * 3
    assert table.loc[0, ["count", "firms", "share"]].tolist() == [6, 6, 1]
    assert (table["withheld"] == "").all()
    # One row that says "none" shows that the tool tells; so does an option such as "none"; without blanks nothing is open.
    for rows in ([*ticked, *none], [*ticked, *none[:3], *BLANK[3:]], ticked):
        assert set(shares(rows)["base"]) == {ANSWERED}
    not_asked = [(*row[:4], "not_asked") for row in BLANK]
    assert set(shares([*ticked, *not_asked])["base"]) == {ANSWERED}
    excluding = replace(ITEMS[1], options=(*options("ab"), Option("c", "None", "无", 3, excludes=True)))
    form = replace(FORM, items={"Q2": excluding})
    assert set(answer_shares(answers([*ticked, *BLANK]), [form], CELLS, 3)["base"]) == {ANSWERED}


def test_the_base_is_of_each_cell_and_only_of_several_ticks():
    first = [
        *chosen("Q2", {"a": 6}),
        *BLANK,
        *chosen("Q1", {"a": 6}),
        ("g0", "Q1", "", np.nan, "not_answered"),
    ]
    second = [*chosen("Q2", {"a": 6}), ("g0", "Q2", "", 0.0, ""), *BLANK[1:], *chosen("Q1", {"a": 2})]
    both = pd.concat([answers(first), answers(second, wave="2009")])
    cells = pd.DataFrame({"study": ["s"] * 2, "cluster": ["valley"] * 2, "wave": ["2007", "2009"]})
    bases = answer_shares(both, [FORM], cells, 3).groupby(["wave", "question"])["base"].unique()
    assert {k: list(v) for k, v in bases.items()} == {
        ("2007", "Q1"): [ANSWERED],
        ("2007", "Q2"): [TICKED],
        ("2009", "Q1"): [""],  # Too few firms: nothing is said of them.
        ("2009", "Q2"): [ANSWERED],
    }


def test_the_base_does_not_tell_how_many_were_led_past_a_question():
    """Of 12 firms 2 said b and were not asked Q2; that none of the 10 others left it blank would tell of the 2."""
    items = {**FORM.items, "Q2": replace(ITEMS[1], asked_if=Condition("Q1", ("a",)))}
    form = replace(FORM, items=items)
    for n, base in ((2, TICKED), (5, ANSWERED)):
        past = [(f"f{i}", "Q2", "", np.nan, "not_asked") for i in range(10, 10 + n)]
        rows = answers([*chosen("Q1", {"a": 10, "b": n}), *chosen("Q2", {"a": 5, "b": 5}), *past])
        table = answer_shares(rows, [form], CELLS, 3)
        assert set(table.loc[table["question"] == "Q2", "base"]) == {base}
        open_table = answer_shares(rows, [form], CELLS, 1)
        assert set(open_table["base"]) == {ANSWERED}


def test_too_small_a_base_withholds_all_of_a_question():
    table = shares([*chosen("Q1", {"a": 2}), *[(f"f{i}", "Q3", "", 5.0, "") for i in range(2)]])
    assert (table["withheld"] == WITHHELD_FEW).all()
    assert table[["firms", "count", "share", "low", "high", "mean"]].isna().all().all()


def test_means_of_numbers_scales_and_parts():
    rows = [(f"f{i}", "Q3", "", float(i), "") for i in range(5)]
    rows += [(f"f{i}", "Q7", "", v, "") for i, v in enumerate([5.0, 4, 0, 0])]
    rows += [(f"f{i}", "Q4", "a", 100.0, "") for i in range(3)]
    rows += [("f3", "Q4", "a", 40.0, ""), ("f3", "Q4", "b", 60.0, "")]
    table = shares(rows).set_index(["question", "option"])
    assert table.loc[("Q3", ""), ["firms", "mean"]].tolist() == [5, 2]
    assert table.loc[("Q7", ""), ["firms", "mean"]].tolist() == [4, 2.25]
    # Firms that gave no part count with 0, so that the parts sum to 100.
    assert table.loc[("Q4", "a"), "mean"] == 85
    assert table.loc[("Q4", "b"), "mean"] == 15
    assert table["count"].isna().all()


def test_ranks_have_the_share_that_ranked_and_their_mean_position():
    rows = [
        (f"f{i}", "Q5", option, float(p), "")
        for i in range(8)
        for p, option in enumerate("ab" if i < 4 else "ba", start=1)
    ]
    table = shares(rows).set_index("option")
    assert table.loc["a", ["count", "share", "mean"]].tolist() == [8, 1, 1.5]
    assert table.loc["c", "count"] == 0
    assert math.isnan(table.loc["c", "mean"])


def test_identity_text_and_relations_have_no_rows():
    rows = [(f"f{i}", q, "", 1.0, "") for i in range(9) for q in ("Q6", "Q0")]
    assert shares(rows).empty


def test_cells_are_kept_apart_and_in_order():
    one, two = chosen("Q1", {"a": 5, "b": 5}), chosen("Q1", {"a": 4})
    both = pd.concat([answers(one), answers(two, wave="2009")])
    cells = pd.DataFrame({"study": ["s", "s"], "cluster": ["valley"] * 2, "wave": ["2009", "2007"]})
    table = answer_shares(both, [FORM], cells, 3)
    assert table["wave"].tolist() == ["2009"] * 4 + ["2007"] * 4
    assert table["firms"].tolist() == [4] * 4 + [10] * 4


@pytest.mark.parametrize("seed", range(8))
def test_the_gate_passes_the_table_and_withholds_no_large_question_whole(seed):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(40):
        rows.append((f"f{i}", "Q1", rng.choice(list("abcd"), p=[0.6, 0.3, 0.06, 0.04]), 1.0, ""))
        rows += [
            (f"f{i}", "Q2", o, 1.0, "")
            for o, p in zip("abc", [0.5, 0.04, 0.97], strict=True)
            if rng.random() < p
        ]
    table = shares(rows)
    text = pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype="str", keep_default_na=False)
    assert table_findings(text, 3) == []
    small = table["count"].between(1, 2) | (table["firms"] - table["count"]).between(1, 2)
    assert not small.any()
    assert (table.loc[table["question"] == "Q1", "count"].notna()).any()
