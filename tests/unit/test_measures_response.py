"""Response, coverage, degrees against those who could tell, stability of ranks, and the rules for missing reports."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr
from small_networks import edge_network, random_arcs

from gumflow.contract.errors import GumflowError
from gumflow.measures import centrality, response
from gumflow.measures.registry import get_measure, withheld_reason
from gumflow.measures.response import (
    apply_missing_rule,
    coverage,
    in_degree_share,
    out_degree_share,
    rank_stability,
    response_rate,
)
from gumflow.networks.graph import adjacency
from gumflow.networks.observation import fully_observed

# 0, 1 and 2 answered, 3 did not; that 3 -> 0 is known from elsewhere.
ARCS = [(0, 1), (1, 0), (2, 1), (2, 3), (3, 0)]
NETWORK = edge_network(ARCS, 4, responded=[True, True, True, False], observed_by="sender")


def test_response_and_coverage_by_hand():
    assert response_rate(NETWORK) == 0.75
    # 3 x 3 pairs were told and 3 -> 0 is known: 10 of 12.
    assert coverage(NETWORK) == pytest.approx(10 / 12)
    assert math.isnan(coverage(edge_network([], 1)))
    outside = replace(NETWORK, inside=np.zeros(4, dtype=bool))
    assert math.isnan(response_rate(outside))


def test_degree_shares_by_hand():
    # 0 could be named by 1 and 2; 3 by 0, 1 and 2. Of 3 nobody told whom it names.
    assert in_degree_share(NETWORK) == pytest.approx([1 / 2, 2 / 2, 0 / 2, 1 / 3])
    assert out_degree_share(NETWORK) == pytest.approx([1 / 3, 1 / 3, 2 / 3, math.nan], nan_ok=True)


@pytest.mark.parametrize("side", ["sender", "receiver", "either", "both"])
@pytest.mark.parametrize("seed", range(3))
def test_degree_shares_agree_with_a_walk_over_pairs(seed, side):
    arcs, size = random_arcs(seed, 14)
    rng = np.random.default_rng(seed)
    answered = rng.random(size) < 0.6
    network = edge_network(arcs, size, responded=answered, observed_by=side)
    unasked = {(int(i), int(j)) for i, j in rng.integers(0, size, (15, 2)) if i != j}
    pairs = np.array(sorted(unasked))
    network = replace(network, unasked=(pairs[:, 0], pairs[:, 1]))
    rule = {"sender": lambda i, j: answered[i], "receiver": lambda i, j: answered[j]}
    rule |= {
        "either": lambda i, j: answered[i] or answered[j],
        "both": lambda i, j: answered[i] and answered[j],
    }
    told = [(i, j) for i in range(size) for j in range(size) if i != j and (i, j) not in unasked and rule[side](i, j)]  # fmt: skip
    tied = {(i, j) for i, j, _ in arcs}
    for k in range(size):
        of_in, of_out = [p for p in told if p[1] == k], [p for p in told if p[0] == k]
        for found, pairs_of in ((in_degree_share(network)[k], of_in), (out_degree_share(network)[k], of_out)):
            expected = sum(p in tied for p in pairs_of) / len(pairs_of) if pairs_of else math.nan
            assert found == pytest.approx(expected, nan_ok=True)


def test_degree_shares_move_with_the_actors_and_are_degrees_over_n_minus_1_when_all_answered():
    arcs, size = random_arcs(4)
    network = edge_network(arcs, size, observed_by="sender")
    assert in_degree_share(network) == pytest.approx(centrality.in_degree(network) / (size - 1))
    order = np.random.default_rng(0).permutation(size)
    moved = edge_network([(int(order[i]), int(order[j]), w) for i, j, w in arcs], size, observed_by="sender")
    assert in_degree_share(moved)[order] == pytest.approx(in_degree_share(network))


def test_low_response_does_not_withhold_what_reads_only_observed_pairs():
    for name in ("response_rate", "coverage", "in_degree_share", "out_degree_share"):
        assert get_measure(name).reads == "observed"
        assert withheld_reason(name, NETWORK, gate=0.9) is None
        assert withheld_reason(name, replace(NETWORK, boundary="text")).startswith("withheld:")


def test_each_rule_for_missing_reports():
    network = edge_network([(0, 1), (1, 0), (1, 2), (2, 1), (2, 3)], 5, responded=[True] * 3 + [False] * 2, observed_by="sender")  # fmt: skip
    kept, text = apply_missing_rule(network, "observed")
    assert kept == [network]
    assert "40.0% of the pairs unobserved, 2 of 5 actors without an answer" in text
    filled, text = apply_missing_rule(network, "reciprocal")
    assert adjacency(filled[0]).toarray()[3, 2] == 1
    assert "10.0% of the pairs observed from neither" in text
    drawn, text = apply_missing_rule(network, "impute", imputations=4, seed=1)
    assert len(drawn) == 4
    assert all(fully_observed(one) for one in drawn)
    assert "imputed 4 times" in text
    absent, _ = apply_missing_rule(network, "absent")
    assert fully_observed(absent[0])
    assert absent[0].arcs == network.arcs
    dropped, _ = apply_missing_rule(network, "drop")
    assert dropped[0].size == 3
    with pytest.raises(GumflowError, match="'ignore'; allowed: observed, reciprocal, impute, absent, drop"):
        apply_missing_rule(network, "ignore")


@pytest.mark.parametrize("rule", response.MISSING_RULES)
def test_a_fully_observed_network_comes_back_as_it_is(rule):
    network = edge_network([(0, 1), (1, 2)], 3, observed_by="sender")
    assert apply_missing_rule(network, rule) == ([network], "every pair was observed")


def test_rank_stability_agrees_with_dropping_rows_of_the_matrix():
    arcs, size = random_arcs(2, 20)
    network = edge_network(arcs, size, observed_by="sender")
    found = rank_stability(network, ["in_degree"], drop=(0.05,), replicates=400, seed=3)
    matrix = adjacency(network).toarray()
    every = []
    for silent in range(size):
        fewer = matrix.copy()
        fewer[silent] = 0
        every.append(spearmanr(matrix.sum(axis=0), fewer.sum(axis=0)).statistic)
    # One of 20 respondents is dropped, each as often as any other.
    assert found["rank_correlation"][0] == pytest.approx(np.mean(every), abs=0.01)
    assert min(every) <= found["low"][0] <= found["high"][0] <= max(every) + 1e-12


def test_ranks_hold_less_the_more_respondents_drop_out_and_measures_share_the_draws():
    arcs, size = random_arcs(6, 30)
    network = edge_network(arcs, size, observed_by="sender")
    names = ["in_degree", "betweenness", "out_degree_share"]
    found = rank_stability(network, names, replicates=40, seed=1)
    assert found[["measure", "share_dropped"]].to_numpy().tolist() == [[n, d] for d in (0.1, 0.2, 0.3) for n in names]  # fmt: skip
    of_in = found[found["measure"] == "in_degree"]
    assert (np.diff(of_in["rank_correlation"]) < 0).all()
    assert (np.diff(of_in["top_overlap"]) < 0).all()
    # Who is left has the out-degree it had.
    own = found[found["measure"] == "out_degree_share"]
    assert own["rank_correlation"].to_numpy() == pytest.approx(1)
    alone = rank_stability(network, ["in_degree"], replicates=40, seed=1)
    assert alone.to_numpy().tolist() == of_in.to_numpy().tolist()


def test_a_tie_that_the_other_end_still_tells_stays():
    network = edge_network([(0, 1), (1, 2), (2, 3)], 6, directed=False)
    assert rank_stability(network, ["degree"], drop=(0.1,), replicates=5)["rank_correlation"][0] == 1


def test_top_overlap_by_hand():
    full, after = np.arange(20.0), np.arange(20.0)
    after[[18, 0]] = after[[0, 18]]
    # The top two are 19 and 18, then 19 and 17: one of three.
    assert response._agreement(full, after)[1] == pytest.approx(1 / 3)
    assert response._agreement(full, full) == pytest.approx((1, 1))
    assert math.isnan(response._agreement(full, np.zeros(20))[0])


def test_wrong_requests_are_named():
    with pytest.raises(GumflowError, match="'coverage' is a measure of the level network"):
        rank_stability(edge_network(ARCS, 4), ["coverage"])
    with pytest.raises(GumflowError, match="shares between 0 and 1"):
        rank_stability(edge_network(ARCS, 4), ["in_degree"], drop=(10,))
    with pytest.raises(GumflowError, match="nobody answered"):
        rank_stability(edge_network(ARCS, 4, responded=[False] * 4), ["in_degree"])
