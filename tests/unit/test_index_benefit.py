"""Benefit of the doubt: by hand, against the program as published, its bounds, gaps and zeros."""

import numpy as np
import pytest
from scipy.optimize import linprog

from gumflow.contract.errors import GumflowError
from gumflow.index import benefit
from gumflow.index.benefit import benefit_of_the_doubt

NAN = float("nan")


def made_up(n=30, k=4, seed=1):
    rng = np.random.default_rng(seed)
    return 50 + 12 * (rng.normal(size=(n, 1)) + rng.normal(size=(n, k))).clip(-3, 3)


def published(values, low=0.0, high=1.0):
    """Scores from the program in weights with bounds on shares, as Cherchye et al. (2007) state it: one dense program for each unit."""
    n, k = values.shape
    scores = []
    for own in values:
        share = np.diag(own)
        total = np.tile(own, (k, 1))
        limits = np.vstack([values, low * total - share, share - high * total])
        ends = np.r_[np.ones(n), np.zeros(2 * k)]
        found = linprog(-own, A_ub=limits, b_ub=ends, bounds=(0, None), method="highs")
        scores.append(-found.fun)
    return np.array(scores)


def test_frontier_by_hand():
    # (2, 2) is on 2/3 of the line from (4, 2) to (2, 4); (1, 4) is beaten on the first by (2, 4) and equal on the second.
    values = np.array([[4.0, 2.0], [2.0, 4.0], [2.0, 2.0], [1.0, 4.0], [0.0, 0.0], [1.0, 0.0]])
    found = benefit_of_the_doubt(values)
    assert found.scores == pytest.approx([1, 1, 2 / 3, 1, 0, 0.25])
    assert found.shares[3] == pytest.approx([0, 1])
    assert found.shares[2] == pytest.approx([0.5, 0.5])
    assert found.shares[5] == pytest.approx([1, 0])
    assert np.isnan(found.shares[4]).all()


def test_shares_bound_by_hand():
    # Half and half is forced: the score is 1 / max of the mean ratios to the own values.
    values = np.array([[4.0, 2.0], [2.0, 4.0], [2.0, 2.0]])
    found = benefit_of_the_doubt(values, bounds=(0.5, 0.5))
    assert found.scores == pytest.approx([1 / 1.25, 1 / 1.25, 1 / 1.5])
    np.testing.assert_allclose(found.shares, 0.5)


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (0.1, 1.0), (0.0, 0.4), (0.15, 0.35)])
@pytest.mark.parametrize("seed", [1, 2])
def test_scores_agree_with_the_published_program(bounds, seed):
    values = made_up(seed=seed)
    found = benefit_of_the_doubt(values, bounds=bounds)
    np.testing.assert_allclose(found.scores, published(values, *bounds), rtol=1e-10)
    np.testing.assert_allclose(found.shares.sum(axis=1), 1, rtol=1e-12)
    assert found.shares.min() >= bounds[0] - 1e-12
    assert found.shares.max() <= bounds[1] + 1e-9


def test_scores_agree_with_the_published_program_where_children_are_many_and_zeros_frequent():
    values = made_up(25, 12)
    values[np.random.default_rng(3).random(values.shape) < 0.2] = 0
    np.testing.assert_allclose(benefit_of_the_doubt(values).scores, published(values), rtol=1e-9)


def test_shares_make_the_score():
    values = made_up()
    found = benefit_of_the_doubt(values)
    weights = found.scores[:, None] * found.shares / values
    reach = weights @ values.T
    np.testing.assert_allclose(np.diag(reach), found.scores, rtol=1e-10)
    assert reach.max() <= 1 + 1e-9


def test_scores_do_not_depend_on_units_of_measurement_or_order():
    values = made_up()
    found = benefit_of_the_doubt(values, bounds=(0.1, 0.5)).scores
    order = np.random.default_rng(2).permutation(len(values))
    changed = values[order][:, [2, 0, 3, 1]] * [1e-3, 1, 1e4, 7]
    np.testing.assert_allclose(
        benefit_of_the_doubt(changed, bounds=(0.1, 0.5)).scores, found[order], rtol=1e-9
    )


def test_scores_rise_with_closer_peers_gone_and_fall_with_closer_bounds():
    values = made_up()
    free = benefit_of_the_doubt(values).scores
    bound = benefit_of_the_doubt(values, bounds=(0.1, 0.5)).scores
    closer = benefit_of_the_doubt(values, bounds=(0.2, 0.3)).scores
    assert (closer <= bound + 1e-9).all()
    assert (bound <= free + 1e-9).all()
    assert closer.sum() < bound.sum() < free.sum()
    best = int(np.argmax(values.sum(axis=1)))
    assert (
        benefit_of_the_doubt(np.delete(values, best, axis=0)).scores >= np.delete(free, best) - 1e-9
    ).all()


def test_same_input_same_bytes():
    one, two = (benefit_of_the_doubt(made_up()) for _ in range(2))
    assert one.scores.tobytes() == two.scores.tobytes()
    assert one.shares.tobytes() == two.shares.tobytes()


def test_what_is_not_known_neither_counts_nor_binds():
    values = made_up()
    gaps = values.copy()
    gaps[0, 1] = gaps[5, 2] = gaps[7, :3] = NAN
    found = benefit_of_the_doubt(gaps)
    assert np.isnan(found.scores[7])
    assert np.isnan(found.shares[7]).all()
    assert found.shares[0, 1] == 0
    # Kuosmanen 2009: blanks as 0; the unit without score is still a peer on what it knows.
    rest = np.delete(np.arange(30), 7)
    np.testing.assert_allclose(found.scores[rest], published(np.nan_to_num(gaps))[rest], rtol=1e-10)
    assert np.isfinite(benefit_of_the_doubt(gaps, least=0.25).scores).all()


def test_bounds_give_way_to_gaps():
    values = made_up()
    values[0, 1] = NAN
    found = benefit_of_the_doubt(values, bounds=(0.2, 0.3))
    # Three of four are known: the most is 0.3 / 0.75, the least stays for those known.
    assert found.shares[0, 1] == 0
    assert found.shares[0].max() <= 0.4 + 1e-9
    assert found.shares[0, [0, 2, 3]].min() >= 0.2 - 1e-9
    assert found.shares[1:].max() <= 0.3 + 1e-9


def test_zeros_under_bounds_are_refused_with_the_children_named():
    values = made_up()
    values[3, 1] = values[4, 1] = values[4, 2] = 0
    with pytest.raises(GumflowError) as refused:
        benefit_of_the_doubt(values, bounds=(0.1, 1.0), group="econ", children=("a", "b", "c", "d"))
    first, second = str(refused.value).splitlines()
    assert first.startswith("group econ: b is 0 for 2 unit(s), which then cannot have the least share of 0.1")
    assert second.startswith("group econ: c is 0 for 1 unit(s)")
    with pytest.raises(GumflowError, match=r"1 unit\(s\) \(row 5\) have so many zeros"):
        benefit_of_the_doubt(values, bounds=(0.0, 0.4))
    assert np.isfinite(benefit_of_the_doubt(values).scores).all()


@pytest.mark.parametrize(
    ("bounds", "message"),
    [((0.3, 1.0), "from 0.3 to 1"), ((0.0, 0.2), "from 0 to 0.2"), ((0.5, 0.4), "from 0.5 to 0.4")],
)
def test_bounds_that_no_shares_keep_are_refused(bounds, message):
    with pytest.raises(GumflowError, match=f"shares of 4 children cannot all be {message}"):
        benefit_of_the_doubt(made_up(), bounds=bounds)


def test_negative_and_infinite_values_are_refused_all_at_once():
    values = made_up()
    values[2, 0], values[3, 2] = -4, np.inf
    with pytest.raises(GumflowError) as refused:
        benefit_of_the_doubt(values, children=("a", "b", "c", "d"))
    assert "a has 1 negative value(s), the least -4" in str(refused.value)
    assert "c has values without end" in str(refused.value)


def test_an_optimum_that_its_dual_does_not_confirm_is_an_error(monkeypatch):
    def wrong(rows, low, high, group, unit):
        return np.full(rows.shape[1], 1 / rows.shape[1]), np.full(len(rows), 1 / len(rows))

    monkeypatch.setattr(benefit, "_solve", wrong)
    with pytest.raises(
        GumflowError, match=r"group econ: the best weights of the unit in row \d+ could not be found"
    ):
        benefit_of_the_doubt(made_up(), group="econ")


def test_values_far_apart_are_still_solved():
    values = made_up()
    values[:, 0] = np.geomspace(1e-6, 1e3, 30)
    np.testing.assert_allclose(
        benefit_of_the_doubt(values).scores, published(values / values.max(axis=0)), rtol=1e-7
    )
