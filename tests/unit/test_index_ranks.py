"""Ranks and their summaries against cases by hand and against plain loops."""

import numpy as np
import pytest

from gumflow.index.ranks import (
    competition_ranks,
    mean_rank_shift,
    probability_beats,
    rank_acceptability,
    rank_intervals,
    sampling_ranks,
    unit_ranks,
)

NAN = np.nan


@pytest.fixture
def ranks() -> np.ndarray:
    """Ranks of six units in 40 replicates, with ties and units that are not ranked."""
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 5, size=(40, 6)).astype(float)
    scores[rng.random(scores.shape) < 0.1] = NAN
    scores[:, 5] = NAN
    return competition_ranks(scores)


def test_tied_units_share_the_best_rank_and_the_next_is_as_many_lower():
    assert competition_ranks(np.array([5.0, 7, 5, 9, 1])).tolist() == [3, 2, 3, 1, 5]


def test_unknown_scores_have_no_rank_and_take_no_place():
    np.testing.assert_array_equal(competition_ranks(np.array([NAN, 2.0, 3.0, NAN])), [NAN, 2, 1, NAN])


def test_scores_that_differ_in_the_last_digits_are_tied():
    third = 0.1 + 0.2
    assert third != 0.3
    assert competition_ranks(np.array([third, 0.3, 0.4])).tolist() == [2, 2, 1]
    assert competition_ranks(np.array([0.3 + 1e-9, 0.3, 0.4])).tolist() == [2, 3, 1]


def test_negative_and_zero_scores_are_ranked():
    assert competition_ranks(np.array([0.0, -1.0, 0.0, -2.0, 1e-300])).tolist() == [2, 4, 2, 5, 1]


def test_units_are_ranked_among_those_of_their_time():
    scores = np.array([[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 1.0, 1.0]])
    times = np.array(["a", "b", "a", "b"])
    assert competition_ranks(scores, times).tolist() == [[2, 2, 1, 1], [1, 1, 2, 2]]


def test_ranks_of_a_batch_are_those_of_its_rows_whatever_the_order_of_units():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 9, size=(3, 5, 20)).astype(float)
    ranks = competition_ranks(scores)
    expected = [[[1 + (row > v).sum() for v in row] for row in block] for block in scores]
    np.testing.assert_array_equal(ranks, expected)
    order = rng.permutation(20)
    np.testing.assert_array_equal(competition_ranks(scores[..., order]), ranks[..., order])


def test_two_units_are_not_ranked():
    times = np.array(["1", "1", "2", "2"])
    two = unit_ranks(np.arange(4.0), np.array(["a", "b", "a", "b"]), times)
    assert np.isnan(two).all()
    assert unit_ranks(np.arange(3.0), np.array(["a", "b", "c"]), times[:3]).tolist() == [2, 1, 1]


def test_ends_and_median_are_ranks_that_occurred():
    # Nine times 1, then 2 ... 12: of 20, the 5 % point is the first value, the median the tenth, the 95 % point the nineteenth.
    column = np.array([1.0] * 9 + list(range(2, 13)))[:, None]
    table = rank_intervals(column, 0.9)
    assert table[["low", "median", "high"]].to_numpy().tolist() == [[1, 2, 11]]
    assert table["mean"].tolist() == [pytest.approx((9 + 77) / 20)]


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_ends_agree_with_the_inverse_distribution_function(ranks, level):
    table = rank_intervals(ranks[:, :5], level)
    for j in range(5):
        known = ranks[:, j][np.isfinite(ranks[:, j])]
        ends = np.quantile(known, [(1 - level) / 2, 0.5, (1 + level) / 2], method="inverted_cdf")
        assert table.loc[j, ["low", "median", "high"]].tolist() == ends.tolist()
        assert table.loc[j, "mean"] == pytest.approx(known.mean(), abs=1e-12)
        assert table.loc[j, "ranked_share"] == len(known) / 40


def test_a_unit_that_is_never_ranked_has_no_interval(ranks):
    last = rank_intervals(ranks).iloc[5]
    assert last.isna().tolist() == [True, True, True, True, False]
    assert last["ranked_share"] == 0


def test_probability_of_ranking_higher_agrees_with_loops(ranks):
    shares = probability_beats(ranks)
    for i in range(6):
        for j in range(6):
            both = [row for row in ranks if np.isfinite(row[i]) and np.isfinite(row[j])]
            if i == j or not both:
                assert np.isnan(shares[i, j])
            else:
                assert shares[i, j] == pytest.approx(sum(r[i] < r[j] for r in both) / len(both), abs=1e-12)
    ties = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 2.0], [2.0, 1.0]])
    np.testing.assert_allclose(probability_beats(ties), [[NAN, 0.5], [0.25, NAN]])


def test_many_units_are_compared_block_by_block():
    scores = np.random.default_rng(1).normal(size=(70, 400))
    ranks = competition_ranks(scores)
    shares = probability_beats(ranks)
    assert shares[3, 4] == np.mean(scores[:, 3] > scores[:, 4])
    off = ~np.eye(400, dtype=bool)
    np.testing.assert_allclose((shares + shares.T)[off], 1)


def test_acceptability_counts_how_often_each_rank_is_taken(ranks):
    shares = rank_acceptability(ranks)
    for i in range(6):
        for r in range(6):
            assert shares[i, r] == pytest.approx(np.mean(ranks[:, i] == r + 1), abs=1e-12)
    np.testing.assert_allclose(shares.sum(axis=1), np.isfinite(ranks).mean(axis=0))


def test_mean_rank_shift_is_over_units_that_both_rank():
    reference = np.array([1.0, 2.0, 3.0, NAN])
    drawn = np.array([[3.0, 2.0, 1.0, 4.0], [1.0, NAN, 2.0, 3.0], [NAN, NAN, NAN, 1.0]])
    np.testing.assert_allclose(mean_rank_shift(drawn, reference), [4 / 3, 0.5, NAN])


def test_ranks_of_draws_of_firms_are_ranks_of_the_scores_of_each_draw():
    draws = np.array([[0.1, 0.3, 0.2], [0.5, 0.5, 0.9]])
    assert sampling_ranks(draws).tolist() == [[3, 1, 2], [2, 2, 1]]
