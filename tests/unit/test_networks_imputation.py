"""Filling unobserved pairs: what was observed never changes, hand cases, and recovery of known networks."""

from dataclasses import replace

import numpy as np
import pytest
from small_networks import edge_network

from gumflow.contract.errors import GumflowError
from gumflow.networks import imputation
from gumflow.networks.graph import adjacency
from gumflow.networks.imputation import (
    drop_nonrespondents,
    fill_reciprocal,
    impute_arcs,
    observed_reciprocity,
    read_as_absent,
)
from gumflow.networks.observation import fully_observed, is_observed


def arcs_of(network):
    return set(zip(network.source.tolist(), network.target.tolist(), strict=True))


def made_up(seed, size=30, returned=0.6, popular=True):
    """Ties with popular receivers and returned ties, as a matrix, and who answered."""
    rng = np.random.default_rng(seed)
    chance = np.clip(rng.gamma(2, 0.06, size) if popular else np.full(size, 0.1), 0, 0.8)
    tied = rng.random((size, size)) < chance[None, :]
    tied |= tied.T & (rng.random((size, size)) < returned)
    np.fill_diagonal(tied, False)
    return tied, rng.permutation(size) >= round(0.3 * size)


def reported(tied, responded, side="sender", directed=True, **more):
    told = {
        "sender": responded[:, None] | np.zeros_like(tied),
        "receiver": responded[None, :] | np.zeros_like(tied),
        "either": responded[:, None] | responded[None, :],
        "both": responded[:, None] & responded[None, :],
    }[side]
    shown = np.triu(tied) if not directed else tied
    arcs = [(int(i), int(j), float(1 + (i + j) % 3)) for i, j in np.argwhere(shown & told)]
    return edge_network(arcs, len(tied), responded=responded, observed_by=side, directed=directed, **more)


@pytest.mark.parametrize("side", ["sender", "receiver", "either", "both"])
@pytest.mark.parametrize("seed", range(3))
def test_observed_ties_and_absences_never_change_and_nothing_stays_unobserved(seed, side):
    tied, responded = made_up(seed)
    network = reported(tied, responded, side, groups=["a", "b", ""] * 10)
    rng = np.random.default_rng(seed)
    unasked = rng.integers(0, 30, (2, 20))
    unasked = unasked[:, unasked[0] != unasked[1]]
    network = replace(network, unasked=(unasked[0], unasked[1]))
    i, j = np.nonzero(~np.eye(30, dtype=bool))
    seen = is_observed(network, i, j)
    before = adjacency(network).toarray()[i, j]
    for one in impute_arcs(network, 3, seed=seed):
        after = adjacency(one).toarray()[i, j]
        assert after[seen].tolist() == before[seen].tolist()
        assert fully_observed(one)
        assert set(one.strength) <= set(network.strength)
        kept = dict(zip(zip(one.source, one.target, strict=True), one.strength, strict=True))
        assert all(kept[s, t] == w for s, t, w in zip(network.source, network.target, network.strength, strict=True))  # fmt: skip
        assert (np.diff(one.source * 30 + one.target) > 0).all()


@pytest.mark.parametrize("side", ["either", "both", "sender"])
def test_undirected_networks_stay_symmetric(side):
    tied, responded = made_up(5)
    network = reported(tied | tied.T, responded, side, directed=False)
    drawn = [adjacency(one).toarray() for one in impute_arcs(network, 4, seed=1)]
    for matrix in drawn:
        assert (matrix == matrix.T).all()
    silent = np.flatnonzero(~responded)
    assert any(matrix[np.ix_(silent, silent)].any() for matrix in drawn)
    one = impute_arcs(network, 1, seed=1)[0]
    weights = {(s, t): w for s, t, w in zip(one.source, one.target, one.strength, strict=True)}
    assert all(weights[t, s] == w for (s, t), w in weights.items())


def test_the_same_seed_gives_the_same_networks_whatever_the_order_of_ties():
    tied, responded = made_up(2)
    arcs = [(int(i), int(j)) for i, j in np.argwhere(tied & responded[:, None])]
    one = edge_network(arcs, 30, responded=responded, observed_by="sender")
    other = edge_network(arcs[::-1], 30, responded=responded, observed_by="sender")
    first = [arcs_of(n) for n in impute_arcs(one, 3, seed=4)]
    assert first == [arcs_of(n) for n in impute_arcs(other, 3, seed=4)]
    assert first[0] != first[1]
    assert first != [arcs_of(n) for n in impute_arcs(one, 3, seed=5)]
    assert first[:2] == [arcs_of(n) for n in impute_arcs(one, 2, seed=4)]


@pytest.mark.parametrize("returned", [0.0, 0.9])
def test_density_reciprocity_and_popularity_are_recovered_where_reading_absent_is_not_near(returned):
    errors = []
    for seed in range(8):
        tied, responded = made_up(seed, size=60, returned=returned)
        network = reported(tied, responded)
        drawn = [adjacency(one).toarray() > 0 for one in impute_arcs(network, 5, seed=seed)]
        silent, answered = np.flatnonzero(~responded), np.flatnonzero(responded)
        total = tied.sum()
        back = (tied & tied.T).sum()
        within = np.ix_(silent, silent)
        errors.append(
            [
                np.mean([a.sum() for a in drawn]) / total - 1,
                np.mean([(a & a.T).sum() / a.sum() for a in drawn]) - back / total,
                np.mean([a[within].sum() for a in drawn]) - tied[within].sum(),
                np.corrcoef(np.mean([a[silent].sum(axis=0) for a in drawn], axis=0)[answered], tied[silent][:, answered].sum(axis=0))[0, 1],
            ]
        )  # fmt: skip
    density, reciprocity, between_silent, popularity = np.mean(errors, axis=0)
    assert abs(density) < 0.05  # read as absent: -0.3
    assert abs(reciprocity) < 0.05
    assert abs(between_silent) < 10
    assert popularity > 0.5


def test_who_did_not_answer_gets_out_degrees_like_those_who_did():
    tied, responded = made_up(3, size=60, popular=False)
    drawn = impute_arcs(reported(tied, responded), 20, seed=1)
    out = np.array([np.bincount(one.source, minlength=60) for one in drawn])
    assert out[:, ~responded].mean() == pytest.approx(tied[responded].sum(axis=1).mean(), rel=0.2)
    assert (out[:, responded] == tied[responded].sum(axis=1)).all()


def test_the_drawn_model_agrees_with_a_logistic_fit_by_a_general_optimizer():
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    design = np.column_stack([rng.normal(size=400), rng.random(400) < 0.3])
    tied = rng.random(400) < 1 / (1 + np.exp(1 - design @ [0.8, 2.0]))
    fitted = imputation._fit(design, tied, None)
    full = fitted.standardize(design)
    weights = np.array([1 / 100, 1 / 6.25, 1 / 6.25])

    def loss(b):
        return np.logaddexp(0, full @ b).sum() - (full @ b)[tied].sum() + (weights * b**2).sum() / 2

    best = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-6})
    assert fitted.mode == pytest.approx(best.x, abs=1e-3)
    step = 1e-3 * np.eye(3)
    bend = [
        [
            (loss(best.x + a + b) - loss(best.x + a - b) - loss(best.x - a + b) + loss(best.x - a - b)) / 4e-6
            for b in step
        ]
        for a in step
    ]
    drawn = np.array([fitted.draw(rng) for _ in range(20_000)])
    assert np.cov(drawn.T) == pytest.approx(np.linalg.inv(bend), abs=0.001)


def test_a_tie_that_explains_ties_wholly_does_not_run_away():
    # Every observed tie is returned and nothing else: a plain logistic fit would be infinite.
    tied = np.zeros((12, 12), dtype=bool)
    for k in range(0, 12, 2):
        tied[k, k + 1] = tied[k + 1, k] = True
    responded = np.arange(12) < 10
    for one in impute_arcs(reported(tied, responded), 5, seed=2):
        assert one.arcs < 60


def test_nothing_to_impute_from_or_to_impute():
    full = edge_network([(0, 1), (1, 2)], 4, observed_by="sender")
    assert [arcs_of(one) for one in impute_arcs(full, 2)] == [{(0, 1), (1, 2)}] * 2
    empty = edge_network([], 6, responded=[True] * 4 + [False] * 2, observed_by="sender")
    assert impute_arcs(empty, 1)[0].arcs == 0
    complete = [(i, j) for i in range(4) for j in range(6) if i != j]
    dense = edge_network(complete, 6, responded=[True] * 4 + [False] * 2, observed_by="sender")
    assert impute_arcs(dense, 1)[0].arcs > 25
    nobody = edge_network([(0, 1)], 3, responded=[False] * 3, observed_by="sender")
    with pytest.raises(GumflowError, match="nobody answered"):
        impute_arcs(nobody)
    with pytest.raises(GumflowError, match="leaves the cluster"):
        impute_arcs(replace(empty, leaves_cluster=True))
    with pytest.raises(GumflowError, match="0 imputations"):
        impute_arcs(empty, 0)


def test_too_many_pairs_or_actors_are_refused(monkeypatch):
    network = edge_network([(0, 1)], 6, responded=[True] * 4 + [False] * 2, observed_by="sender")
    monkeypatch.setattr(imputation, "MOST_UNOBSERVED", 9)
    with pytest.raises(GumflowError, match="has 10 unobserved pairs; up to 9"):
        impute_arcs(network)
    monkeypatch.setattr(imputation, "MOST_ACTORS", 5)
    with pytest.raises(GumflowError, match="has 6 actors"):
        impute_arcs(network)


# 0, 1 and 2 answered, 3 and 4 did not: 0 <-> 1 and 2 -> 3 are returned or may be.
HALF = [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3, 4.0), (0, 3, 2.0)]


def test_a_tie_is_read_from_the_other_side_and_pairs_of_silent_actors_stay_unobserved():
    network = edge_network(HALF, 5, responded=[True] * 3 + [False] * 2, observed_by="sender")
    assert observed_reciprocity(network) == 1
    filled = fill_reciprocal(network)
    assert arcs_of(filled) == arcs_of(network) | {(3, 2), (3, 0)}
    assert dict(zip(zip(filled.source.tolist(), filled.target.tolist(), strict=True), filled.strength, strict=True))[3, 2] == 4  # fmt: skip
    i, j = np.nonzero(~np.eye(5, dtype=bool))
    unseen = ~is_observed(filled, i, j)
    assert set(zip(i[unseen].tolist(), j[unseen].tolist(), strict=True)) == {(3, 4), (4, 3)}


def test_a_pair_that_was_not_asked_is_read_from_the_other_side_if_that_was_asked():
    pair = np.array([0, 2, 4]), np.array([4, 1, 1])
    network = edge_network(HALF, 5, responded=[True] * 3 + [False] * 2, observed_by="sender")
    filled = fill_reciprocal(replace(network, unasked=pair))
    i, j = np.nonzero(~np.eye(5, dtype=bool))
    unseen = ~is_observed(filled, i, j)
    # 0 was not asked about 4, who did not answer; 2 -> 1 is tied; 1 was asked about 4, so 4 -> 1 is read from it.
    expected = {(3, 4), (4, 3), (0, 4), (4, 0)}
    assert set(zip(i[unseen].tolist(), j[unseen].tolist(), strict=True)) == expected


@pytest.mark.parametrize("seed", range(4))
def test_filling_agrees_with_a_walk_over_pairs(seed):
    tied, responded = made_up(seed, size=12)
    network = reported(tied, responded)
    expected = {(i, j) for i in range(12) for j in range(12) if tied[i, j] and responded[i]}
    expected |= {(j, i) for i, j in expected if not responded[j]}
    assert arcs_of(fill_reciprocal(network, 0)) == expected


def test_filling_is_refused_where_ties_are_seldom_returned():
    network = edge_network([(0, 1), (1, 2), (2, 1), (0, 3)], 4, responded=[True] * 3 + [False], observed_by="sender")  # fmt: skip
    assert observed_reciprocity(network) == pytest.approx(2 / 3)
    with pytest.raises(GumflowError, match=r"at least 90% of the observed ties are returned, and 67% are"):
        fill_reciprocal(network, 0.9)
    alone = edge_network([(0, 1)], 2, responded=[True, False], observed_by="sender")
    with pytest.raises(GumflowError, match="no pair was observed in both directions"):
        fill_reciprocal(alone)
    undirected = edge_network([(0, 1)], 3, responded=[True, False, False], directed=False)
    assert arcs_of(fill_reciprocal(undirected)) == {(0, 1), (1, 0)}


def test_read_as_absent_and_drop():
    network = edge_network(HALF, 5, responded=[True] * 3 + [False] * 2, observed_by="sender", groups="abcde")
    absent = read_as_absent(network)
    assert fully_observed(absent)
    assert arcs_of(absent) == arcs_of(network)
    fewer = drop_nonrespondents(network)
    assert fewer.actors.tolist() == ["n00", "n01", "n02"]
    assert arcs_of(fewer) == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert fewer.groups.tolist() == ["a", "b", "c"]
    assert fully_observed(fewer)
    first_out = edge_network([(1, 2, 3.0), (2, 0)], 3, responded=[False, True, True], observed_by="sender")
    assert arcs_of(drop_nonrespondents(first_out)) == {(0, 1)}
