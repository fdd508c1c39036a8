"""Evidence profiles: counts, balances and ranges computed by hand, and the coders' agreement with its reasons."""

import math
from collections import Counter

import pandas as pd
import pytest
from small_studies import ROOT

from gumflow.contract.model import Model
from gumflow.contract.study import cells_table, find_study, tidy_study
from gumflow.mechanisms.evidence import coding_agreement, evidence_profile

CELLS = pd.DataFrame([{"study": "s", "cluster": "c", "wave": "1", "grade": "case"}])
KEY = ["unit_kind", "unit", "measure"]


def statements(*rows: tuple) -> pd.DataFrame:
    """Rows of coder, sentence, construct, state, polarity, strength."""
    columns = ["coder", "sentence", "construct", "state", "polarity", "strength"]
    types = {"sentence": "float64", "polarity": "float64", "strength": "float64"}
    table = pd.DataFrame(list(rows), columns=columns).astype(types)
    return table.assign(
        study="s", cluster="c", wave="1", document="d", section="1.1", paragraphs="1", note=""
    )


def profile(model: Model, *rows: tuple, cells: pd.DataFrame = CELLS) -> pd.DataFrame:
    return evidence_profile(statements(*rows), model, cells).set_index(KEY)


AGREED = (
    ("agreed", 1, "trust_norms", "achieved", 1, 3),
    ("agreed", 2, "trust_norms", "lacking", -1, 2),
    ("agreed", 3, "market_order", "partial", 1, 1),
    ("agreed", 4, "cluster_culture", "recommended", 1, 3),
    ("agreed", 5, "none", "", math.nan, math.nan),
)
CODER_A = (
    ("a", 1, "trust_norms", "achieved", 1, 2),
    ("a", 2, "trust_norms", "achieved", 1, 2),
    ("a", 3, "none", "", math.nan, math.nan),
)
CODER_B = (
    ("b", 1, "trust_norms", "lacking", -1, 1),
    ("b", 2, "none", "", math.nan, math.nan),
    ("b", 3, "technical_upgrading", "achieved", 1, 1),
)


def test_counts_and_balance_of_a_factor_are_those_of_the_agreed_coding_with_the_range_over_all(model: Model):
    table = profile(model, *AGREED, *CODER_A, *CODER_B)
    factor = table.loc[("factor", "social_capital")]
    assert {m: tuple(factor.loc[m, ["value", "low", "high"]]) for m in factor.index} == {
        "statements_achieved": (1, 0, 2),
        "statements_partial": (1, 0, 1),
        "statements_lacking": (1, 0, 1),
        "statements_recommended": (1, 0, 1),
        "statements_helping": (2, 0, 2),
        "statements_hindering": (0, 0, 0),
        "evidence_balance": (pytest.approx((3 - 2 + 1) / 6), -1, 1),
    }
    assert set(factor["interval_kind"]) == {"coders"}
    balance = factor.loc["evidence_balance"]
    assert (balance["n"], balance["withheld"]) == (3, "")
    # Two of the four constructs of social capital; the recommended one does not count.
    assert balance["coverage"] == 0.5


def test_a_recommendation_never_moves_the_balance(model: Model):
    without = profile(model, *AGREED[:3]).loc[("factor", "social_capital", "evidence_balance")]
    more = [("agreed", 10 + i, "trust_norms", "recommended", 1, 3) for i in range(20)]
    with_them = profile(model, *AGREED[:3], *more).loc[("factor", "social_capital", "evidence_balance")]
    assert with_them[["value", "n", "coverage"]].equals(without[["value", "n", "coverage"]])


def test_an_evil_that_is_there_hinders_and_a_good_that_is_missing_is_on_neither_side(model: Model):
    rows = (
        ("agreed", 1, "market_order", "achieved", -1, 2),
        ("agreed", 2, "market_order", "partial", -1, 1),
        ("agreed", 3, "trust_norms", "lacking", -1, 3),
        ("agreed", 4, "trust_norms", "recommended", 1, 3),
        ("agreed", 5, "trust_norms", "partial", 1, 1),
    )
    factor = profile(model, *rows).loc[("factor", "social_capital"), "value"]
    assert (factor["statements_helping"], factor["statements_hindering"]) == (1, 2)
    assert factor["evidence_balance"] == pytest.approx((-2 - 1 - 3 + 1) / 7)


def test_only_recommendations_leave_the_balance_withheld(model: Model):
    table = profile(model, AGREED[3])
    balance = table.loc[("factor", "social_capital", "evidence_balance")]
    assert math.isnan(balance["value"])
    assert balance["withheld"] == "no statement bears on it"
    assert table.loc[("factor", "social_capital", "statements_recommended"), "value"] == 1


def test_what_the_agreed_coding_dropped_is_not_brought_back_by_a_coder(model: Model):
    # Only coder b saw technical upgrading; the agreed coding settled that the sentence is about something else.
    table = profile(model, *AGREED, *CODER_A, *CODER_B)
    counts = table.loc[("way", "technical", "statements_achieved")]
    assert (counts["value"], counts["low"], counts["high"]) == (0, 0, 1)
    balance = table.loc[("way", "technical", "evidence_balance")]
    assert math.isnan(balance["value"])
    assert balance["withheld"] == "no statement bears on it"


def test_without_an_agreed_coding_the_mean_over_coders_is_given(model: Model):
    table = profile(model, *CODER_A, *CODER_B)
    factor = table.loc[("factor", "social_capital")]
    assert factor.loc["statements_achieved", ["value", "low", "high"]].tolist() == [1, 0, 2]
    assert factor.loc["statements_lacking", ["value", "low", "high"]].tolist() == [0.5, 0, 1]
    assert factor.loc["evidence_balance", ["value", "low", "high", "n"]].tolist() == [0, -1, 1, 1.5]


def test_one_coder_alone_has_no_range(model: Model):
    table = profile(model, *CODER_A)
    assert table["low"].isna().all()
    assert set(table["interval_kind"]) == {""}
    both = profile(model, *CODER_A, ("b", 1, "none", "", math.nan, math.nan))
    balance = both.loc[("factor", "social_capital", "evidence_balance")]
    assert balance["value"] == 1
    assert math.isnan(balance["low"])


def test_a_cell_without_statements_is_there_and_withheld(model: Model):
    cells = pd.concat([CELLS, CELLS.assign(wave="2")], ignore_index=True)
    table = profile(model, *AGREED, cells=cells).reset_index()
    second = table[(table["wave"] == "2") & (table["measure"] == "evidence_balance")]
    units = sum(map(len, (model.factors, model.mechanisms, model.ways, model.paths, model.constructs))) + len(
        model.constructs_of_parts()
    )
    assert len(second) == units
    assert set(second["withheld"]) == {"no statement bears on it"}
    assert second["value"].isna().all()


@pytest.mark.parametrize(
    ("role", "kinds"),
    [("driver", {"factor", "mechanism", "part"}), ("outcome", {"way", "path"}), ("context", set())],
)
def test_drivers_move_factors_and_outcomes_move_ways_and_paths_only(model: Model, role, kinds):
    chosen = [c for c in model.constructs.values() if c.get("role") == role]
    table = profile(model, *(("agreed", i, c.id, "achieved", 1, 2) for i, c in enumerate(chosen)))
    counts = table.xs("statements_achieved", level="measure")["value"]
    moved = {key: n for key, n in counts.items() if n and key[0] != "construct"}
    kinds_fed = ("factor", "mechanism", "way", "path")
    fed = Counter((kind, c.get(kind)) for c in chosen for kind in kinds_fed if c.get(kind))
    fed += Counter(("part", f"{c.get('mechanism')}.{c.get('part')}") for c in chosen if c.get("part"))
    assert moved == fed
    assert {kind for kind, _ in moved} == kinds


def test_every_balance_lies_within_its_range_and_from_minus_one_to_one(model: Model):
    study = find_study(ROOT / "resources" / "zhejiang")
    scores = evidence_profile(tidy_study(study, model)["statements"], model, cells_table(study))
    balances = scores[(scores["measure"] == "evidence_balance") & scores["value"].notna()]
    assert len(balances) > 60
    assert balances["value"].between(-1, 1).all()
    ranged = balances.dropna(subset=["low"])
    assert (ranged["low"] <= ranged["value"]).all()
    assert (ranged["value"] <= ranged["high"]).all()
    assert balances["coverage"].between(0.01, 1).all()


def agreement(model: Model, *rows: tuple) -> pd.DataFrame:
    return coding_agreement(statements(*rows), model, CELLS, 200, 2009).set_index("unit")


def test_the_agreed_coding_is_no_coder(model: Model):
    table = agreement(model, *AGREED, *CODER_A)
    assert set(table["withheld"]) == {"needs two independent coders"}
    assert table["value"].isna().all()


def test_agreement_is_given_per_construct_with_its_sentences(model: Model):
    table = agreement(model, *AGREED, *CODER_A, *CODER_B)
    # a: 1, 1, 0 and b: 1, 0, 0 on three sentences: alpha = 1 - (6 - 1) * 2 / (2 * 3 * 3).
    trust = table.loc["trust_norms"]
    assert trust["measure"] == "krippendorff_alpha"
    assert trust["value"] == pytest.approx(1 - 5 * 2 / 18)
    assert (trust["n"], trust["interval_kind"], trust["withheld"]) == (3, "sampling", "")
    assert trust["low"] <= trust["value"] <= trust["high"]
    assert table.loc["market_order", "withheld"] == "no coder used the construct"


def test_coders_who_shared_no_sentence_are_told_so(model: Model):
    table = agreement(
        model, ("a", 1, "trust_norms", "achieved", 1, 2), ("b", 2, "trust_norms", "achieved", 1, 2)
    )
    assert set(table["withheld"]) == {"no sentence was coded by two coders"}
    assert set(table["n"]) == {0}


def test_a_construct_on_every_sentence_leaves_nothing_to_disagree_on(model: Model):
    rows = [(coder, i, "trust_norms", "achieved", 1, 2) for coder in "ab" for i in range(4)]
    assert (
        agreement(model, *rows).loc["trust_norms", "withheld"]
        == "every coder gave the construct to every sentence"
    )


def test_no_statements_at_all_are_withheld_not_a_crash(model: Model):
    empty = statements()
    assert evidence_profile(empty, model, CELLS)["value"].fillna(0).eq(0).all()
    assert set(coding_agreement(empty, model, CELLS, 200, 1)["withheld"]) == {"needs two independent coders"}


def test_coverage_is_that_of_the_agreed_coding_alone(model: Model):
    agreed = ("agreed", 1, "trust_norms", "achieved", 1, 2)
    table = profile(
        model,
        agreed,
        ("a", 1, "market_order", "achieved", 1, 2),
        ("b", 1, "cluster_culture", "lacking", -1, 1),
    )
    assert table.loc[("factor", "social_capital", "evidence_balance"), "coverage"] == 0.25
