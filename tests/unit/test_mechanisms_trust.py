"""Trust: by hand, against a dense solve and scipy, on clusters that can bear little; and trust that was planted is found."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from small_clusters import _networks, named, small_cluster

from gumflow.mechanisms.rows import Rows, draw_counts, drawn_interval
from gumflow.mechanisms.trust import (
    add_means,
    composite,
    eigentrust_of,
    measure_trust,
    rank_correlation,
    ratings,
    standardized,
)


def rows_of(found, measure, **where):
    return [r for r in found.rows if r["measure"] == measure and all(r.get(k) == v for k, v in where.items())]


def row_of(found, measure, **where):
    (row,) = rows_of(found, measure, **where)
    return row


def trusting():
    """0, 1, 2 trust one another all around; 2 -> 3 is not returned; 4 named nobody and 5 did not answer but is rated."""
    trust = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1), (2, 3), (3, 5)]
    answers = [(i, "R06", j, "", 4) for i, j in trust] + [(0, "R06", 3, "", 0), (0, "R06", "bank", "", 5)]
    answers += [
        (0, "R07.years", 1, "", 2),
        (0, "R07.years", 2, "", 6),
        (1, "R07.years", 0, "", 2),
        (2, "R07.years", 3, "", 9),
    ]
    answers += [
        (0, "R07.frequency", 1, "", 4),
        (0, "R07.frequency", 2, "", 1),
        (2, "R07.frequency", 3, "", 3),
    ]
    answers += [(0, "R07.contract", 1, "", 0), (1, "R07.contract", 0, "", 1), (2, "R07.contract", 3, "", 1)]
    layers = {"trust": trust, "knowledge": [(0, 1), (1, 0), (1, 2)], "social": [(0, 1)], "rivalry": [(3, 4)]}
    cluster = small_cluster(
        layers, size=6, responded=[1, 1, 1, 1, 1, 0], answers=answers, bodies={"bank": "finance"},
        indicators={"perceived_spillover": [0, 1, 1, 0, 1, np.nan]},
    )  # fmt: skip
    return told_by_senders(cluster)


def told_by_senders(cluster):
    """Only the one who trusts can tell of its trust, as the relational module asks."""
    cluster.ties["observed_by"] = "sender"
    cluster.networks.update(_networks(cluster))
    return cluster


def test_trust_of_each_firm_by_hand():
    firms = measure_trust(trusting()).firms
    nan = np.nan
    expected = {
        # A rating of the bank, which is no firm, does not count; a rating of 0 does.
        "trust_given": [8 / 3, 4, 4, 4, nan, nan],
        "trust_received": [4, 4, 4, 2, nan, 4],
        # 3 -> 5 could not be returned, since 5 did not answer: it is out, not unreturned.
        "trust_reciprocity": [1, 1, 2 / 3, 0, nan, nan],
        "trust_closure": [1, 1, 2 / 3, 0, nan, nan],
        "dealing_years": [4, 2, 9, nan, nan, nan],
        "dealing_frequency": [2.5, nan, 3, nan, nan, nan],
        # 0 - 1 in knowledge and social, 1 - 2 in knowledge; trust alone and rivalry are no bonds.
        "dealing_layers": [2, 1.5, 1, nan, nan, nan],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(firms[name], values, err_msg=name)
    assert firms.index.tolist() == [named(i) for i in range(6)]


def test_trust_is_returned_only_among_firms_that_both_answered():
    """A pair that others report and a statement without direction would both pass for returned trust."""
    trust = [(0, 1), (1, 0), (0, 2), (1, 3), (3, 1), (2, 3), (3, 2)]
    cluster = small_cluster({"trust": trust}, size=4, boundary="roster", responded=[1, 1, 1, 0])
    found = measure_trust(cluster).firms
    np.testing.assert_allclose(found["trust_reciprocity"], [1 / 2, 1, 0, np.nan])
    nobody = measure_trust(small_cluster({"trust": trust}, size=4, boundary="roster", responded=[0] * 4))
    assert nobody.firms[["trust_reciprocity", "trust_closure"]].isna().all().all()
    assert row_of(nobody, "trust_reciprocity_mean")["withheld"].startswith("withheld: ")


def test_a_statement_that_two_firms_trust_each_other_is_no_returned_rating():
    trust = [(0, 1), (1, 0), (0, 2), (1, 2), (2, 3)]
    cluster = small_cluster({"trust": trust}, size=4)
    stated = cluster.ties["target"].isin([named(2), named(3)]) & (cluster.ties["source"] != named(0))
    cluster.ties.loc[stated, "directed"] = False
    cluster.networks.update(_networks(cluster))
    found = measure_trust(cluster).firms
    # 1 - 2 and 2 - 3 were stated without direction: 2 is rated by 0 alone, and 3 by nobody.
    np.testing.assert_allclose(found["trust_reciprocity"], [1 / 2, 1, 0, np.nan])
    np.testing.assert_allclose(found["trust_closure"], [0, 0, 0, np.nan])


def test_trust_score_is_the_mean_of_what_is_known_of_its_four_parts():
    firms = measure_trust(trusting()).firms
    parts = firms[["trust_given", "trust_received", "trust_reciprocity", "trust_closure"]]
    z = (parts - parts.mean()) / parts.std(ddof=0)
    expected = z.mean(axis=1).where(parts["trust_given"].notna())
    np.testing.assert_allclose(firms["trust_score"], expected)
    assert firms["trust_score"].isna().tolist() == [False] * 4 + [True, True]


def test_cluster_means_are_those_of_the_firms():
    found = measure_trust(trusting())
    for name in ("trust_given", "trust_received", "trust_reciprocity", "trust_closure"):
        row, known = row_of(found, f"{name}_mean"), found.firms[name].dropna()
        assert row["value"] == pytest.approx(known.mean())
        assert row["n"] == len(known)
        assert row["low"] <= row["value"] <= row["high"]
        assert row["unit"] == "social_capital.trust"
    assert {"trust_given_mean", "trust_received_mean", "trust_reciprocity_mean", "trust_closure_mean"} <= {
        r["measure"] for r in found.rows
    }
    # At most three of six firms told of them: less than the configuration asks for.
    for name in ("dealing_years_mean", "dealing_frequency_mean", "dealing_layers_mean"):
        assert row_of(found, name)["withheld"].startswith("withheld: ")


def test_eigentrust_is_the_solution_of_its_equation():
    rng = np.random.default_rng(4)
    n, a = 40, 0.15
    weights = rng.random((n, n)) * (rng.random((n, n)) < 0.1)
    np.fill_diagonal(weights, 0)
    weights[:3] = 0  # three trust nobody
    start = rng.random(n)
    start /= start.sum()
    shared = np.array([row / row.sum() if row.sum() else start for row in weights])
    exact = np.linalg.solve(np.eye(n) - (1 - a) * shared.T, a * start)
    found = eigentrust_of(sparse.csr_array(weights), start)
    np.testing.assert_allclose(found, exact, atol=1e-11)
    assert found.sum() == pytest.approx(1)
    # All trust starts at one firm that nobody is reached from: it stays there.
    alone = np.eye(n)[0]
    np.testing.assert_allclose(eigentrust_of(sparse.csr_array(weights), alone), alone, atol=1e-12)


def test_eigentrust_of_firms_is_pagerank_of_the_trust_ties_and_averages_one():
    ties = [(0, 1, 3), (1, 2, 5), (2, 0, 4), (3, 0, 5), (3, 1, 3), (4, 0, 4)]
    cluster = small_cluster({"trust": ties}, size=6)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(6))
    graph.add_weighted_edges_from(ties)
    expected = nx.pagerank(graph, alpha=0.85, tol=1e-13, max_iter=1000)
    found = measure_trust(cluster).firms["eigentrust"]
    np.testing.assert_allclose(found, [6 * expected[i] for i in range(6)], atol=1e-9)
    assert found.mean() == pytest.approx(1)
    assert found.idxmax() == named(0)


def test_rank_correlation_is_spearmans_and_its_draws_repeat_firms():
    rng = np.random.default_rng(8)
    firm, x = rng.integers(0, 12, 90), rng.integers(0, 6, 90).astype(float)
    y = x + rng.normal(0, 3, 90)
    counts = rng.multinomial(12, np.full(12, 1 / 12), size=5).astype(float)
    value, draws = rank_correlation(firm, x, y, counts)
    assert value == pytest.approx(stats.spearmanr(x, y).statistic)
    ranks = stats.rankdata(x), stats.rankdata(y)
    for times, draw in zip(counts.astype(int), draws, strict=True):
        rows = np.repeat(np.arange(90), times[firm])
        assert draw == pytest.approx(np.corrcoef(ranks[0][rows], ranks[1][rows])[0, 1])
    assert np.isnan(rank_correlation(firm, x, np.ones(90), counts)[0])


def test_trust_association_tells_of_years_frequency_and_contract():
    rng = np.random.default_rng(3)
    pairs = [
        (i, int(j)) for i in range(15) for j in rng.choice(np.delete(np.arange(15), i), 4, replace=False)
    ]
    years = rng.integers(1, 20, len(pairs))
    answers = [(i, "R07.years", j, "", y) for (i, j), y in zip(pairs, years, strict=True)]
    answers += [(i, "R06", j, "", min(5, y // 4 + 1)) for (i, j), y in zip(pairs, years, strict=True)]
    answers += [(i, "R07.contract", j, "", 1) for i, j in pairs]
    found = measure_trust(small_cluster(size=15, answers=answers))
    grows = row_of(found, "trust_association", category="years")
    assert grows["value"] > 0.9
    assert grows["low"] <= grows["value"] <= grows["high"] <= 1
    assert row_of(found, "trust_association", category="contract")["withheld"].startswith("undefined: ")
    assert "0 firm(s)" in row_of(found, "trust_association", category="frequency")["withheld"]


def test_trust_association_with_layers_and_with_trust_in_return():
    rng = np.random.default_rng(9)
    size = 12
    layers = {
        layer: [(int(i), int(j)) for i, j in np.argwhere(rng.random((size, size)) < 0.3) if i != j]
        for layer in ("knowledge", "transaction", "social", "rivalry", "trust")
    }
    named_pairs = sorted(set().union(*layers.values()))
    rated = {pair: int(rng.integers(0, 6)) for pair in named_pairs}
    found = measure_trust(
        small_cluster(layers, answers=[(i, "R06", j, "", v) for (i, j), v in rated.items()])
    )
    either = [{frozenset(p) for p in layers[layer]} for layer in ("knowledge", "transaction", "social")]
    count = [sum(frozenset(p) in ties for ties in either) for p in named_pairs]
    expected = stats.spearmanr([rated[p] for p in named_pairs], count).statistic
    assert row_of(found, "trust_association", category="layers")["value"] == pytest.approx(expected)
    both = [(v, rated[j, i]) for (i, j), v in rated.items() if (j, i) in rated]
    assert row_of(found, "trust_association", category="returned")["value"] == pytest.approx(
        stats.spearmanr(both).statistic
    )


def test_of_answers_on_one_firm_the_first_counts_and_only_firms_do():
    answers = [
        (0, "R06", 1, "", 5),
        (0, "R06", 1, "", 1),
        (0, "R06", 0, "", 3),
        (0, "R06", "bank", "", 4),
        (1, "R06", 2, "", np.nan),
    ]
    told = ratings(small_cluster(size=3, answers=answers, bodies={"bank": "finance"}), "R06")
    assert [x.tolist() for x in told] == [[0], [1], [5.0]]


def test_standardized_and_composite_leave_out_what_does_not_differ():
    assert np.isnan(standardized(np.array([0.3, 0.3, np.nan]))).all()
    np.testing.assert_allclose(standardized(np.array([1.0, 3.0, np.nan])), [-1, 1, np.nan])
    a, flat, b = np.array([1.0, 3.0, np.nan, 2.0]), np.full(4, 7.0), np.array([np.nan, 1.0, np.nan, 1.0])
    # `flat` and `b` do not differ, so `a` is all there is.
    np.testing.assert_allclose(composite([a, flat, b]), standardized(a))
    four = [
        np.array([0.0, 2.0, 0.0]),
        np.array([np.nan, 1.0, 3.0]),
        np.array([np.nan, 2.0, 1.0]),
        np.array([np.nan, 5.0, 6.0]),
    ]
    assert np.isnan(composite(four)).tolist() == [True, False, False], "one part of four is too few"
    assert composite([np.empty(0)]).shape == (0,)


@pytest.mark.parametrize("reverse", [False, True])
def test_trust_does_not_depend_on_the_order_of_answers(reverse):
    base = trusting()
    answers = base.tables["answers"]
    order = answers.iloc[::-1] if reverse else answers.sample(frac=1, random_state=1)
    again = told_by_senders(small_cluster(
        {"trust": [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1), (2, 3), (3, 5)], "knowledge": [(0, 1), (1, 0), (1, 2)], "social": [(0, 1)], "rivalry": [(3, 4)]},
        size=6, responded=[1, 1, 1, 1, 1, 0], bodies={"bank": "finance"}, indicators={"perceived_spillover": [0, 1, 1, 0, 1, np.nan]},
        tables={"answers": order},
    ))  # fmt: skip
    pd.testing.assert_frame_equal(measure_trust(base).firms, measure_trust(again).firms)


ALL = [(i, j) for i in range(5) for j in range(5) if i != j]
ADVERSE = {
    "no firm": small_cluster(size=0),
    "one firm": small_cluster(size=1, indicators={"rd": [1]}),
    "no tie": small_cluster(size=5, indicators={"rd": [1] * 5}),
    "all ties": small_cluster(dict.fromkeys(("trust", "knowledge", "social"), ALL), answers=[(i, "R06", j, "", 5) for i, j in ALL]),
    "trust missing": small_cluster({"knowledge": ALL}),
    "nobody answered": small_cluster({"trust": ALL, "knowledge": ALL}, boundary="roster", responded=[0] * 5),
    "response unknown": small_cluster({"trust": ALL}, boundary="roster"),
    "a sample": small_cluster({"trust": ALL}, boundary="sample", answers=[(i, "R06", j, "", i % 3) for i, j in ALL], indicators={"rd": [1] * 5}),
    "a text": small_cluster({"trust": [(0, 1)]}, size=4, boundary="text"),
}  # fmt: skip


@pytest.mark.parametrize("name", ADVERSE)
def test_clusters_that_bear_little_give_finite_values_or_reasons(name):
    cluster = ADVERSE[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure_trust(cluster)
    assert len(found.firms) == len(cluster.firms)
    assert not np.isinf(found.firms.to_numpy(dtype=float)).any()
    for row in found.rows:
        assert row.get("withheld") or np.isfinite(row["value"]), row
    if name in ("no firm", "one firm", "no tie", "nobody answered", "a text"):
        assert found.firms["trust_score"].isna().all()
    if name in ("no firm", "one firm", "no tie", "a text"):
        assert all(row.get("withheld") for row in found.rows)
    if name == "a text":
        assert [row["measure"] for row in found.rows] == ["trust_given_mean"], "the headline alone says why"
    if name == "a sample":
        assert row_of(found, "trust_given_mean")["value"] == pytest.approx(0.8)
        assert row_of(found, "trust_reciprocity_mean")["withheld"].startswith("withheld: only a sample")
        assert found.firms["trust_received"].isna().all()
    if name == "all ties":
        assert (found.firms[["trust_reciprocity", "trust_closure"]] == 1).all().all()
        np.testing.assert_allclose(found.firms["eigentrust"], 1)


def test_the_same_cluster_gives_the_same_numbers():
    one, two = measure_trust(trusting()), measure_trust(trusting())
    assert one.rows == two.rows or repr(one.rows) == repr(two.rows)


def test_means_are_given_of_what_the_data_can_bear():
    cluster = trusting()
    rows = Rows(cluster, "part", "social_capital.trust")
    add_means(rows, {"trust_given": np.array([1.0, 2, 3, 4, 5, np.nan])}, {"trust_given": ("credit",)})
    assert rows[0]["withheld"].startswith("withheld: no achieved tie of credit")
    assert draw_counts(cluster).shape == (200, 6)


def planted(seed, size=60, named_each=8):
    """Draw firms that lean to trust and firms that stand in good repute; ratings rest on both, ties are ratings of 3 or more."""
    rng = np.random.default_rng(seed)
    leaning, standing = rng.standard_normal((2, size))
    pairs = [
        (i, int(j))
        for i in range(size)
        for j in rng.choice(np.delete(np.arange(size), i), named_each, replace=False)
    ]
    i, j = np.array(pairs).T
    felt = np.clip(
        np.rint(2.5 + 0.8 * leaning[i] + 0.8 * standing[j] + 0.8 * rng.standard_normal(len(i))), 0, 5
    )
    answers = [(a, "R06", b, "", v) for (a, b), v in zip(pairs, felt, strict=True)]
    ties = [(a, b, v) for (a, b), v in zip(pairs, felt, strict=True) if v >= 3]
    return leaning, standing, told_by_senders(small_cluster({"trust": ties}, size=size, answers=answers))


@pytest.mark.parametrize("seed", range(4))
def test_planted_trust_is_found(seed):
    # Means over 25 seeds: 0.89, 0.87, 0.65 and 0.77.
    leaning, standing, cluster = planted(seed)
    firms = measure_trust(cluster).firms
    assert np.corrcoef(firms["trust_given"], leaning)[0, 1] > 0.8
    assert np.corrcoef(firms["trust_received"], standing)[0, 1] > 0.75
    assert np.corrcoef(firms["eigentrust"], standing)[0, 1] > 0.4
    known = firms["trust_score"].notna()
    assert np.corrcoef(firms["trust_score"][known], (leaning + standing)[known])[0, 1] > 0.65


def test_intervals_of_the_correlation_cover_none_at_the_nominal_rate():
    """Ratings of one firm hang together, and so do its years; without a tie between the two about one interval in twenty misses 0."""
    rng = np.random.default_rng(6)
    size, missed = 40, 0
    counts = rng.multinomial(size, np.full(size, 1 / size), size=150).astype(float)
    firm = np.repeat(np.arange(size), 6)
    for _ in range(200):
        x, y = (rng.standard_normal(size)[firm] + rng.standard_normal(len(firm)) for _ in range(2))
        low, high = drawn_interval(*rank_correlation(firm, x, y, counts), size)
        missed += not low <= 0 <= high
    assert 3 <= missed <= 22
