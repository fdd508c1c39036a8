"""Agreement of the coders of interviews: per construct, layer and field, and the list of disagreements."""

import math

import numpy as np
import pandas as pd
import pytest

from gumflow.contract.model import Model, load_model
from gumflow.measures.registry import get_measure
from gumflow.mechanisms.agreement import agreement_of_coders, disagreements
from gumflow.mechanisms.evidence import coding_agreement

CELLS = pd.DataFrame([{"study": "s", "cluster": "c", "wave": "1", "grade": "interview"}])
COLUMNS = ["coder", "sentence", "construct", "state", "polarity", "strength", "layer", "ego", "alter"]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


def statements(*rows: tuple) -> pd.DataFrame:
    """Rows of coder, sentence, construct, state, polarity, strength, and layer, ego, alter where a tie is stated."""
    full = [(*row, *("", "", "", math.nan, math.nan, "", "", "")[len(row) - 1 :]) for row in rows]
    table = pd.DataFrame(full, columns=COLUMNS).astype(
        {"sentence": "float64", "polarity": "float64", "strength": "float64"}
    )
    return table.assign(cluster="c", wave="1", document="d", section="1.1", paragraphs="2", note="")


def said(coder: str, sentence: int, construct: str, state: str, polarity: int, strength: int) -> tuple:
    return coder, sentence, construct, state, polarity, strength


def nothing(coder: str, sentence: int) -> tuple:
    return coder, sentence, "none", "", math.nan, math.nan


def tied(coder: str, sentence: int, layer: str, ego: str, alter: str) -> tuple:
    return coder, sentence, "none", "", math.nan, math.nan, layer, ego, alter


def scores(model: Model, *rows: tuple, replicates: int = 50) -> pd.DataFrame:
    table = agreement_of_coders(statements(*rows), CELLS, model, replicates, 7)
    return table.set_index(["measure", "unit", "category"]).sort_index()


# 50 sentences: both give the construct in 20, only a in 5, only b in 10, neither in 15.
KAPPA_CASE = [
    said(coder, i, "trust_norms", "achieved", 1, 2) if given else nothing(coder, i)
    for i in range(50)
    for coder, given in (("a", i < 25), ("b", i < 20 or 25 <= i < 35))
]


def test_kappa_and_alpha_of_a_construct(model: Model):
    table = scores(model, *KAPPA_CASE)
    kappa = table.loc[("cohen_kappa", "trust_norms", "a | b")]
    assert kappa["value"] == pytest.approx(0.4)
    assert (kappa["n"], kappa["unit_kind"], kappa["interval_kind"]) == (50, "construct", "sampling")
    assert kappa["low"] < 0.4 < kappa["high"]
    # 100 codes, 55 ones and 45 zeros; 15 sentences differ, each with two ordered pairs.
    alpha = table.loc[("krippendorff_alpha", "trust_norms", "")]
    assert alpha["value"] == pytest.approx(1 - 99 * 30 / (2 * 55 * 45))


def test_alpha_of_constructs_is_that_of_the_evidence(model: Model):
    rows = statements(*KAPPA_CASE)
    own = agreement_of_coders(rows, CELLS, model, 50, 7)
    expected = coding_agreement(rows, model, CELLS, 50, 7)
    mine = own[own["measure"] == "krippendorff_alpha"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, expected)


def test_kappa_stands_for_each_pair_of_three_coders(model: Model):
    more = [said("x", i, "trust_norms", "achieved", 1, 2) if i < 25 else nothing("x", i) for i in range(50)]
    table = scores(model, *KAPPA_CASE, *more).loc["cohen_kappa"].loc["trust_norms"]
    assert list(table.index) == ["a | b", "a | x", "b | x"]
    assert table["value"].tolist() == pytest.approx([0.4, 1.0, 0.4])


def test_fields_are_compared_where_both_gave_the_construct(model: Model):
    rows = [
        said("a", 1, "trust_norms", "achieved", 1, 1), said("b", 1, "trust_norms", "achieved", 1, 2),
        said("a", 2, "trust_norms", "lacking", -1, 3), said("b", 2, "trust_norms", "achieved", 1, 3),
        said("a", 3, "market_order", "partial", 1, 2), said("b", 3, "market_order", "partial", 1, 2),
        said("a", 4, "market_order", "lacking", -1, 1), said("b", 4, "trust_norms", "lacking", -1, 1),
    ]  # fmt: skip
    table = scores(model, *rows).loc["krippendorff_alpha_fields"]
    assert set(table["n"]) == {3}
    assert set(table["unit_kind"]) == {"field"}
    # Polarity: pairs (1, 1), (-1, 1), (1, 1): five of 1 and one of -1, two ordered pairs differ.
    assert table.loc[("polarity", ""), "value"] == pytest.approx(1 - 5 * 2 / (2 * 5))
    # State: pairs (a, a), (l, a), (p, p): 3 achieved, 1 lacking, 2 partial.
    assert table.loc[("state", ""), "value"] == pytest.approx(1 - 5 * 2 / (36 - 9 - 1 - 4))
    # Strength: pairs (1, 2), (3, 3), (2, 2): 1, 3, 2 codes at mean ranks .5, 2.5, 5 of the six.
    observed = 2 * (2.5 - 0.5) ** 2
    expected = 2 * (1 * 3 * 4 + 1 * 2 * 4.5**2 + 3 * 2 * 2.5**2)
    assert table.loc[("strength", ""), "value"] == pytest.approx(1 - 5 * observed / expected)


def test_strength_has_a_kappa_with_quadratic_weights(model: Model):
    pairs = [(1, 1), (1, 2), (2, 2), (3, 1), (3, 3), (2, 3)]
    rows = [
        said(coder, i, "trust_norms", "achieved", 1, pair[k])
        for i, pair in enumerate(pairs)
        for k, coder in enumerate("ab")
    ]
    first, second = np.array(pairs).T
    chance = np.mean([(x - y) ** 2 for x in first for y in second])
    value = scores(model, *rows).loc[("cohen_kappa_fields", "strength", "a | b"), "value"]
    assert value == pytest.approx(1 - np.mean((first - second) ** 2) / chance)


def test_a_construct_given_twice_in_a_sentence_with_different_codes_is_not_compared(model: Model):
    rows = [said(c, i, "trust_norms", "achieved", 1, 2) for c in "ab" for i in (1, 2)]
    rows += [said("a", 2, "trust_norms", "lacking", -1, 2)]
    table = scores(model, *rows).loc["krippendorff_alpha_fields"]
    assert table["n"].to_dict() == {("polarity", ""): 1, ("state", ""): 1, ("strength", ""): 2}


def test_ties_are_compared_pair_by_pair_and_absence_counts(model: Model):
    rows = [
        tied("a", 1, "knowledge", "acme", "bolt"), tied("b", 1, "knowledge", "acme", "bolt"),
        tied("a", 2, "knowledge", "acme", "bolt"), tied("b", 2, "knowledge", "bolt", "acme"),
        nothing("a", 3), nothing("b", 3), nothing("a", 4), nothing("b", 4),
    ]  # fmt: skip
    table = scores(model, *rows)
    row = table.loc[("krippendorff_alpha_ties", "knowledge", "")]
    # Units: sentence 1 (1, 1), the two directions of sentence 2 (1, 0) and (0, 1), sentences 3 and 4 (0, 0).
    assert (row["n"], row["layer"], row["unit_kind"]) == (5, "knowledge", "layer")
    assert row["value"] == pytest.approx(1 - 9 * 4 / (2 * 4 * 6))
    # po = 3/5; each coder has 2 of 5 ones: pe = (2/5)^2 + (3/5)^2.
    assert table.loc[("cohen_kappa_ties", "knowledge", "a | b"), "value"] == pytest.approx(
        (0.6 - 0.52) / 0.48
    )
    assert set(table.loc["krippendorff_alpha_ties"].index) == {("knowledge", "")}


def test_a_bond_without_direction_is_one_pair(model: Model):
    rows = [
        tied("a", 1, "social", "acme", "bolt"),
        tied("b", 1, "social", "bolt", "acme"),
        nothing("a", 2),
        nothing("b", 2),
    ]
    row = scores(model, *rows).loc[("krippendorff_alpha_ties", "social", "")]
    assert (row["n"], row["value"]) == (2, 1)


def test_the_agreed_coding_is_no_coder(model: Model):
    agreed = [said("agreed", i, "trust_norms", "lacking", -1, 1) for i in range(50)]
    pd.testing.assert_frame_equal(scores(model, *KAPPA_CASE), scores(model, *KAPPA_CASE, *agreed))


def test_what_cannot_be_given_says_why(model: Model):
    alone = scores(model, said("a", 1, "trust_norms", "achieved", 1, 2))
    assert set(alone["withheld"]) == {"needs two independent coders"}
    apart = scores(
        model, said("a", 1, "trust_norms", "achieved", 1, 2), said("b", 2, "trust_norms", "achieved", 1, 2)
    )
    assert apart.loc[("cohen_kappa", "trust_norms", "a | b"), "withheld"] == "nothing was coded by two coders"
    assert (
        apart.loc[("krippendorff_alpha_fields", "state", ""), "withheld"] == "nothing was coded by two coders"
    )
    same = scores(model, *(said(c, i, "trust_norms", "achieved", 1, 2) for c in "ab" for i in (1, 2)))
    for unit in ("state", "polarity", "strength"):
        row = same.loc[("krippendorff_alpha_fields", unit, "")]
        assert row["withheld"] == "all codes are the same, so agreement cannot be told from chance"
        assert math.isnan(row["value"])
        assert row["n"] == 2


def test_no_statements_are_withheld_not_a_crash(model: Model):
    table = agreement_of_coders(statements(), CELLS, model, 10, 1)
    assert set(table["withheld"]) == {"needs two independent coders"}
    assert disagreements(statements()).empty


def test_every_measure_that_is_given_is_declared(model: Model):
    rows = [*KAPPA_CASE, tied("a", 60, "trust", "acme", "bolt"), nothing("b", 60)]
    for name in set(scores(model, *rows).index.get_level_values("measure")):
        assert get_measure(name).level == "unit"


def test_disagreements_are_listed_with_their_place_and_the_agreed_code():
    rows = [
        said("a", 1, "trust_norms", "achieved", 1, 1), said("b", 1, "trust_norms", "achieved", 1, 3), said("agreed", 1, "trust_norms", "achieved", 1, 2),
        said("a", 2, "trust_norms", "lacking", -1, 2), said("b", 2, "market_order", "lacking", -1, 2), said("agreed", 2, "market_order", "lacking", -1, 2),
        said("a", 3, "trust_norms", "achieved", 1, 2), nothing("b", 3),
        nothing("a", 4), nothing("b", 4),
        said("a", 5, "trust_norms", "achieved", 1, 2),
    ]  # fmt: skip
    table = disagreements(statements(*rows))
    shown = ["locator", "construct", "field", "coder_a", "coder_b", "agreed"]
    assert table[shown].to_numpy().tolist() == [
        ["1.1 ¶2 s1", "trust_norms", "strength", "1", "3", "2"],
        ["1.1 ¶2 s2", "", "construct", "trust_norms", "market_order", "market_order"],
        ["1.1 ¶2 s3", "", "construct", "trust_norms", "none", ""],
        ["1.1 ¶2 s5", "", "seen", "yes", "", ""],
    ]
    assert set(table["document"]) == {"d"}


def test_disagreements_on_ties_show_what_each_coder_stated():
    rows = [
        tied("a", 1, "knowledge", "acme", "bolt"), tied("a", 1, "trust", "bolt", "acme"), tied("b", 1, "trust", "acme", "bolt"),
        tied("a", 2, "social", "bolt", "acme"), tied("b", 2, "social", "acme", "bolt"),
        tied("a", 3, "service", "guild", "acme"), nothing("b", 3),
    ]  # fmt: skip
    table = disagreements(statements(*rows))
    assert table[["locator", "field", "coder_a", "coder_b"]].to_numpy().tolist() == [
        ["1.1 ¶2 s1", "tie", "knowledge: acme > bolt; trust: acme - bolt", "trust: acme - bolt"],
        ["1.1 ¶2 s3", "tie", "service: guild > acme", "none"],
    ]


def test_one_coder_has_no_disagreements_and_notes_are_places():
    assert disagreements(statements(said("a", 1, "trust_norms", "achieved", 1, 2))).empty
    rows = statements(said("a", 1, "trust_norms", "achieved", 1, 2), nothing("b", 1))
    noted = rows.assign(section="", paragraphs="", note="4:15", sentence=math.nan)
    assert disagreements(noted)["locator"].tolist() == ["note 4:15"]
