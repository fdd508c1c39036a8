"""Krippendorff's alpha and Cohen's kappa: published examples, independent slow computations, and the intervals."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from gumflow.intake.reliability import (
    alpha_interval,
    cohen_kappa,
    kappa_interval,
    krippendorff_alpha,
    krippendorff_alpha_nominal,
    presence_codes,
)

# Krippendorff 2011, section C: four observers, twelve units, gaps.
PUBLISHED = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""


def codes_of(text: str) -> np.ndarray:
    return np.array(
        [[-1 if c == "." else int(c) for c in line.split()] for line in text.strip().splitlines()]
    )


def slow_alpha(codes: np.ndarray) -> float:
    """Go through every pair of codes in every unit, and through every pair of all pairable codes."""
    units = [[c for c in unit if c >= 0] for unit in codes.T]
    units = [unit for unit in units if len(unit) >= 2]
    pairable = [c for unit in units for c in unit]
    n = len(pairable)
    observed = (
        sum(sum(a != b for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in units) / n
    )
    expected = sum(a != b for a, b in itertools.permutations(pairable, 2)) / (n * (n - 1))
    return 1 - observed / expected


def random_codes(seed: int, coders: int = 3, units: int = 40, categories: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, categories, units)
    codes = np.where(rng.random((coders, units)) < 0.7, truth, rng.integers(0, categories, (coders, units)))
    return np.where(rng.random((coders, units)) < 0.25, -1, codes)


def test_the_published_example_is_reproduced():
    assert krippendorff_alpha_nominal(codes_of(PUBLISHED)) == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize("seed", range(8))
def test_pairwise_counting_gives_the_same_alpha(seed):
    codes = random_codes(seed, coders=2 + seed % 4, categories=2 + seed % 3)
    assert krippendorff_alpha_nominal(codes) == pytest.approx(slow_alpha(codes), rel=1e-12)


def test_alpha_is_one_for_full_agreement_and_below_zero_for_systematic_disagreement():
    same = np.array([[0, 1, 2, 1], [0, 1, 2, 1], [0, -1, 2, 1]])
    assert krippendorff_alpha_nominal(same) == 1
    assert krippendorff_alpha_nominal(np.array([[0, 1, 0, 1], [1, 0, 1, 0]])) < 0


def test_alpha_does_not_hang_on_the_order_of_coders_units_or_categories():
    codes = random_codes(3)
    rng = np.random.default_rng(0)
    alpha = krippendorff_alpha_nominal(codes)
    assert krippendorff_alpha_nominal(codes[::-1]) == pytest.approx(alpha)
    assert krippendorff_alpha_nominal(codes[:, rng.permutation(40)]) == pytest.approx(alpha)
    renamed = np.array([2, 0, 1, -1])[codes]
    assert krippendorff_alpha_nominal(renamed) == pytest.approx(alpha)


def test_units_with_one_code_or_none_do_not_count():
    codes = random_codes(4)
    alone = np.array([[0, -1], [-1, -1], [-1, -1]])
    assert krippendorff_alpha_nominal(np.hstack([codes, alone])) == pytest.approx(
        krippendorff_alpha_nominal(codes)
    )


@pytest.mark.parametrize(
    "codes", [[[0, 0], [0, 0]], [[1, -1], [-1, 1]], [[-1], [-1]], [[1, 1], [1, 1]], np.empty((2, 0), int)]
)
def test_alpha_is_undefined_where_no_disagreement_could_be(codes):
    assert math.isnan(krippendorff_alpha_nominal(np.asarray(codes)))
    assert all(map(math.isnan, alpha_interval(np.asarray(codes), 100, 1)))


def test_the_interval_holds_the_estimate_and_follows_its_seed():
    codes = random_codes(5, units=120)
    alpha = krippendorff_alpha_nominal(codes)
    low, high = alpha_interval(codes, 500, seed=1)
    assert low < alpha < high
    assert alpha_interval(codes, 500, seed=1) == (low, high)
    assert alpha_interval(codes, 500, seed=2) != (low, high)
    narrow = alpha_interval(codes, 500, seed=1, level=0.5)
    assert low < narrow[0] < narrow[1] < high


def test_the_interval_resamples_units():
    """Drawing units one by one and computing alpha slowly gives the same spread."""
    codes = random_codes(6, units=30)
    rng = np.random.default_rng(0)
    draws = [slow_alpha(codes[:, rng.integers(0, 30, 30)]) for _ in range(200)]
    low, high = alpha_interval(codes, 2000, seed=3)
    assert low == pytest.approx(np.quantile(draws, 0.025), abs=0.06)
    assert high == pytest.approx(np.quantile(draws, 0.975), abs=0.06)


def statements(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=["coder", "section", "sentence", "construct"])
    return table.assign(cluster="c", wave="1", document="d", paragraphs="1", note="").astype(
        {"sentence": float}
    )


def test_presence_is_one_zero_or_unseen_per_sentence_and_coder():
    table = statements(
        ("a", "1.1", 1, "trust_norms"),
        ("a", "1.1", 1, "market_order"),
        ("a", "1.1", 2, "none"),
        ("a", "1.1", 3, "trust_norms"),
        ("b", "1.1", 1, "trust_norms"),
        ("b", "1.1", 2, "trust_norms"),
        ("agreed", "1.1", 4, "trust_norms"),
    )
    assert presence_codes(table, "trust_norms", ["a", "b"]).tolist() == [[1, 0, 1], [1, 1, -1]]
    assert presence_codes(table, "market_order", ["a", "b"]).tolist() == [[1, 0, 0], [0, 0, -1]]


def test_a_sentence_that_bears_on_two_clusters_is_a_unit_in_each():
    table = statements(("a", "5.1", 1, "trust_norms"), ("b", "5.1", 1, "none"))
    both = pd.concat([table, table.assign(cluster="d", construct="none")], ignore_index=True)
    assert presence_codes(both, "trust_norms", ["a", "b"]).tolist() == [[1, 0], [0, 0]]


def apart(c: int, k: int, pairable: list[int], scale: str) -> float:
    """The squared difference of two codes, counted code by code."""
    if scale == "nominal":
        return float(c != k)
    if scale == "interval":
        return float((c - k) ** 2)
    low, high = min(c, k), max(c, k)
    between = sum(low <= g <= high for g in pairable)
    return (between - (pairable.count(c) + pairable.count(k)) / 2) ** 2


def slow_alpha_of_scale(codes: np.ndarray, scale: str) -> float:
    units = [[int(c) for c in unit if c >= 0] for unit in codes.T]
    units = [unit for unit in units if len(unit) >= 2]
    pairable = [c for unit in units for c in unit]
    n = len(pairable)
    differ = {pair: apart(*pair, pairable, scale) for pair in itertools.product(set(pairable), repeat=2)}
    observed = sum(
        sum(differ[pair] for pair in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in units
    )
    expected = sum(differ[pair] for pair in itertools.permutations(pairable, 2))
    return 1 - (observed / n) / (expected / (n * (n - 1)))


@pytest.mark.parametrize(("scale", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_example_is_reproduced_on_each_scale(scale, alpha):
    assert krippendorff_alpha(codes_of(PUBLISHED), scale) == pytest.approx(alpha, abs=5e-4)


@pytest.mark.parametrize("scale", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("seed", range(4))
def test_pairwise_counting_gives_the_same_alpha_on_each_scale(scale, seed):
    codes = random_codes(seed, coders=2 + seed % 3, units=25, categories=3 + seed % 3)
    assert krippendorff_alpha(codes, scale) == pytest.approx(slow_alpha_of_scale(codes, scale), rel=1e-12)


def test_scales_ask_what_differences_mean():
    """Codes that no one gave move numbers apart but not ranks; an order reversed changes neither."""
    codes = random_codes(2, units=60, categories=4)
    spread = np.where(codes >= 2, codes + 3, codes)
    reversed_codes = np.where(codes >= 0, 3 - codes, -1)
    assert krippendorff_alpha(spread, "ordinal") == pytest.approx(krippendorff_alpha(codes, "ordinal"))
    assert krippendorff_alpha(spread, "interval") != pytest.approx(
        krippendorff_alpha(codes, "interval"), abs=1e-3
    )
    for scale in ("ordinal", "interval"):
        assert krippendorff_alpha(reversed_codes, scale) == pytest.approx(krippendorff_alpha(codes, scale))


def test_the_interval_of_an_ordinal_alpha_resamples_units_and_ranks():
    codes = random_codes(8, units=30, categories=4)
    rng = np.random.default_rng(1)
    draws = [slow_alpha_of_scale(codes[:, rng.integers(0, 30, 30)], "ordinal") for _ in range(120)]
    low, high = alpha_interval(codes, 2000, seed=3, scale="ordinal")
    assert low < krippendorff_alpha(codes, "ordinal") < high
    assert low == pytest.approx(np.quantile(draws, 0.025), abs=0.12)
    assert high == pytest.approx(np.quantile(draws, 0.975), abs=0.12)
    assert alpha_interval(codes, 2000, seed=3) != (low, high)


def two_coders(table: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Codes of two coders with so many units of each combination."""
    pairs = [(i, j) for i, row in enumerate(table) for j, times in enumerate(row) for _ in range(times)]
    return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])


def slow_kappa(first: np.ndarray, second: np.ndarray, power: int | None) -> float:
    """Disagreement of the pairs as they are, over that of every code of the one with every code of the other."""
    pairs = [(int(a), int(b)) for a, b in zip(first, second, strict=True) if a >= 0 and b >= 0]

    def weight(a: int, b: int) -> float:
        return float(a != b) if power is None else float(abs(a - b) ** power)

    chance = np.mean([weight(a, b) for a, _ in pairs for _, b in pairs])
    return 1 - float(np.mean([weight(a, b) for a, b in pairs]) / chance)


def test_kappa_of_the_textbook_table():
    # po = 35 / 50, pe = .5 * .6 + .5 * .4.
    assert cohen_kappa(*two_coders([[20, 5], [10, 15]])) == pytest.approx(0.4)


@pytest.mark.parametrize(("weights", "power"), [("none", None), ("linear", 1), ("quadratic", 2)])
@pytest.mark.parametrize("seed", range(3))
def test_kappa_is_one_less_observed_over_chance_disagreement(weights, power, seed):
    first, second = random_codes(seed, coders=2, units=60, categories=4)
    assert cohen_kappa(first, second, weights) == pytest.approx(slow_kappa(first, second, power), rel=1e-12)


def test_kappa_is_symmetric_one_for_agreement_and_the_same_with_any_weights_on_two_codes():
    first, second = random_codes(5, coders=2, categories=2)
    kappa = cohen_kappa(first, second)
    assert cohen_kappa(second, first) == pytest.approx(kappa)
    assert cohen_kappa(first, second, "linear") == pytest.approx(kappa)
    assert cohen_kappa(first, second, "quadratic") == pytest.approx(kappa)
    assert cohen_kappa(first, first) == 1
    assert cohen_kappa(*two_coders([[0, 5], [5, 0]])) == pytest.approx(-1)


def test_kappa_is_undefined_without_units_or_chance_of_disagreement():
    for first, second in (([0, 0], [0, 0]), ([0, -1], [-1, 1]), ([], [])):
        codes = np.array(first, dtype=int), np.array(second, dtype=int)
        assert math.isnan(cohen_kappa(*codes))
        assert all(map(math.isnan, kappa_interval(*codes, 100, 1)))


def test_the_interval_of_kappa_resamples_units():
    first, second = two_coders([[20, 5], [10, 15]])
    low, high = kappa_interval(first, second, 3000, seed=4)
    rng = np.random.default_rng(2)
    drawn = [rng.integers(0, 50, 50) for _ in range(250)]
    draws = [slow_kappa(first[units], second[units], None) for units in drawn]
    assert low == pytest.approx(np.quantile(draws, 0.025), abs=0.06)
    assert high == pytest.approx(np.quantile(draws, 0.975), abs=0.06)
    assert kappa_interval(first, second, 3000, seed=4) == (low, high)
    half = kappa_interval(first, second, 3000, seed=4, level=0.5)
    assert low < half[0] < 0.4 < half[1] < high
