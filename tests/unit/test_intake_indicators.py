"""Indicators against plain loops over the answers of a few respondents, and formulas."""

import math
from dataclasses import replace

import numpy as np
import pytest
from small_answers import small_instrument, wide

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Indicator
from gumflow.intake.answer_checks import settle_answers
from gumflow.intake.answers import apply_mapping
from gumflow.intake.formulas import read_formula
from gumflow.intake.indicators import indicator_values

RECORDS = {
    "f1": {
        "S02": "high", "S03_give": "yes", "S03_kinds": "quality funds", "S03_rank": "funds quality", "S04_home": "50", "S04_west": "30", "S04_east": "20",
        "S05_all": "200", "S05_oem": "120", "S05_own": "50", "S06": "40", "S07": "3",
    },
    "f2": {
        "S02": "low;middle", "S03_give": "no", "S04_home": "100", "S05_all": "0", "S05_oem": "0", "S05_own": "0", "S06": "1", "S07": "0",
    },
    "f3": {"S03_give": "yes", "S03_kinds": "speed", "S03_rank": "speed", "S04_home": "25.5", "S04_west": "25", "S04_east": "50", "S05_all": "10", "S05_oem": "3"},
    "f4": {"S03_give": "yes", "S06": "10", "S07": "5"},
}  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_instrument(tmp_path_factory.mktemp("instrument"))


@pytest.fixture(scope="module")
def settled(small):
    mapped = apply_mapping(wide(RECORDS), None, [small])
    assert mapped.findings == []
    return settle_answers(mapped.answers, [small], mapped.respondents)[0]


def values(table, name):
    return table[table["indicator"] == name].set_index("respondent")["value"]


def plain_shares(record):
    parts = {p: float(record[f"S04_{p}"]) for p in ("home", "west", "east") if f"S04_{p}" in record}
    total = sum(parts.values())
    return {p: parts.get(p, 0) / total for p in ("home", "west", "east")} if parts else None


def by_hand(name, record):
    """Compute an indicator from the cells themselves; None where it is missing."""
    ticked = record.get("S03_kinds", "").split()
    shares = plain_shares(record)
    if name == "size":
        return math.log(float(record["S06"])) if "S06" in record else None
    if name == "lean":
        return float(record["S07"]) / 5 if "S07" in record else None
    if name == "gives":
        return float(record["S03_give"] == "yes")
    if name == "breadth":
        if record["S03_give"] == "no":
            return 0.0
        return len(set(ticked) - {"nothing"}) / 3 if ticked else None
    if name == "hard":
        hits = [t for t in ticked if t in ("quality", "funds")]
        return hits.count("funds") / len(hits) if hits else None
    if name == "first":
        order = record.get("S03_rank", "").split()
        if not order:
            return None
        return (len(order) - order.index("quality")) / len(order) if "quality" in order else 0.0
    if shares is None:
        return None
    if name == "abroad":
        return shares["west"] + shares["east"]
    if name == "reach":
        return (2 * shares["west"] + shares["east"]) / 2
    if name == "focus":
        return sum(s * s for s in shares.values())
    return -sum(s * math.log(s, 3) for s in shares.values() if s)


@pytest.mark.parametrize(
    "name", ["size", "lean", "gives", "breadth", "hard", "first", "abroad", "reach", "focus", "spread"]
)
def test_indicators_are_what_plain_arithmetic_gives(small, settled, name):
    found = values(indicator_values(settled, [small]), name)
    expected = [by_hand(name, r) for r in RECORDS.values()]
    np.testing.assert_allclose(
        found[list(RECORDS)], [math.nan if e is None else e for e in expected], rtol=1e-12
    )
    assert any(e is not None for e in expected)


def test_scores_follow_the_rule_for_several_ticks(small, settled):
    np.testing.assert_array_equal(
        values(indicator_values(settled, [small]), "machines"), [1, 0.5, np.nan, np.nan]
    )


@pytest.mark.parametrize(
    ("rule", "score"), [("mean", 1.0), ("lowest", 0.0), ("keep", 1.0), ("highest", 2.0), ("refuse", math.nan)]
)
def test_each_rule_for_several_ticks(small, rule, score):
    item = replace(small.items["S02"], several_ticks=rule)
    questions = tuple(replace(q, items=(item,)) if q.id == "S02" else q for q in small.questions)
    changed = replace(small, questions=questions, items={**small.items, "S02": item})
    mapped = apply_mapping(wide({"f1": {"S02": "low;high"}}), None, [changed])
    answers, _ = settle_answers(mapped.answers, [changed], mapped.respondents)
    np.testing.assert_array_equal(values(indicator_values(answers, [changed]), "machines"), [score / 2])


def test_formulas_are_computed_from_items_and_indicators(small, settled):
    table = indicator_values(settled, [small])
    np.testing.assert_allclose(values(table, "oem"), [0.6, np.nan, 0.3, np.nan])
    np.testing.assert_allclose(values(table, "rest"), [max(0, 1 - 0.6 - 0.25) + 1.5, np.nan, np.nan, np.nan])


def test_each_row_says_what_the_indicator_bears_on(small, settled):
    table = indicator_values(settled, [small])
    assert len(table) == 4 * len(small.indicators)
    assert set(table["construct"]) == {"absorptive_capacity"}
    assert set(table["role"]) == {"driver"}
    assert table.loc[table["indicator"] == "lean", "direction"].tolist() == [-1] * 4


def test_not_asked_counts_in_formulas_as_the_indicator_says(small, settled):
    extra = Indicator(
        "twice", "twice", "两倍", "formula", "absorptive_capacity", 1, formula="hard * 2", not_asked_as=-1
    )
    changed = replace(small, indicators=(*small.indicators, extra))
    np.testing.assert_allclose(values(indicator_values(settled, [changed]), "twice"), [1, -1, np.nan, np.nan])


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("S99 * 2", "S99"),
        ("S02 + 1", "S02"),
        ("loop + 1", "leads back to itself"),
        ("S06 ** 2", "arithmetic"),
        ("S06 +", "formula"),
    ],
)
def test_formulas_that_cannot_be_computed_are_refused(small, settled, formula, words):
    loop = Indicator("loop", "loop", "循环", "formula", "absorptive_capacity", 1, formula=formula)
    with pytest.raises(GumflowError, match=words):
        indicator_values(settled, [replace(small, indicators=(loop,))])


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("A.x_2 + 2 * B", 11), ("-(A.x_2 - B) / 4", 0.25), ("min(A.x_2, B, 9)", 3), ("max(A.x_2, B)", 4), ("ln(1e2) - ln(100)", 0), ("abs(A.x_2 - B)", 1),
        ("B / 0", math.nan), ("ln(A.x_2 - 3)", math.nan), ("M + 1", math.nan), ("max(0, M)", math.nan), ("2.5", 2.5),
    ],
)  # fmt: skip
def test_arithmetic(formula, value):
    read = read_formula(formula)
    known = {"A.x_2": np.array([3.0]), "B": np.array([4.0]), "M": np.array([np.nan])}
    np.testing.assert_allclose(read.compute({n: known[n] for n in read.names}), value)


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os')",
        "A.x()",
        "A[0]",
        "'a'",
        "A if B else 1",
        "ln(1, 2)",
        "min()",
        "min(a=1)",
        "A == B",
        "exp(A)",
        "(1,",
    ],
)
def test_nothing_but_arithmetic_is_read(formula):
    with pytest.raises(GumflowError, match="only"):
        read_formula(formula)


def test_quotients_tell_part_and_total():
    assert read_formula("S05.oem / S05.all").quotient == ("S05.oem", "S05.all")
    assert read_formula("S05.oem / 2").quotient is None
    assert read_formula("ln(A / B)").quotient is None
