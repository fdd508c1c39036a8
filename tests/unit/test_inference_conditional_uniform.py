"""Conditional uniform graphs against enumeration of all graphs of four actors, and what each condition keeps."""

import itertools
import math
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from scipy import stats

from gumflow.contract.errors import GumflowError
from gumflow.inference.conditional_uniform import (
    CONDITIONS,
    conditional_uniform_test,
    draw_graphs,
    share_reciprocated,
    share_transitive,
)

PAIRS = [(i, j) for i in range(4) for j in range(4) if i != j]


def random_graph(seed, n=12, chance=0.25):
    rng = np.random.default_rng(seed)
    there = (rng.random((n, n)) < chance) & ~np.eye(n, dtype=bool)
    source, target = np.nonzero(there)
    return source, target, n


def as_set(source, target):
    return frozenset(zip(source.tolist(), target.tolist(), strict=True))


def feature(arcs, condition, n):
    """Compute what a condition keeps, from sets of pairs."""
    if condition == "density":
        return len(arcs)
    if condition == "dyad_census":
        mutual = sum((j, i) in arcs for i, j in arcs) // 2
        return mutual, len(arcs) - 2 * mutual
    out, into = Counter(i for i, _ in arcs), Counter(j for _, j in arcs)
    return tuple(out[i] for i in range(n)), tuple(into[i] for i in range(n))


def all_graphs():
    for chosen in itertools.product([False, True], repeat=12):
        yield frozenset(itertools.compress(PAIRS, chosen))


GRAPHS = {
    "with a cyclic triad alone": [(0, 1), (1, 2), (2, 0)],
    "mixed": [(0, 1), (1, 0), (1, 2), (2, 3), (3, 0)],
    "dense": [pair for pair in PAIRS if pair not in [(0, 1), (1, 2), (2, 0), (3, 1)]],
    "two mutual pairs": [(0, 1), (1, 0), (2, 3), (3, 2)],
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_all_graphs_of_four_actors_are_equally_likely(condition, name):
    arcs = frozenset(GRAPHS[name])
    wanted = [g for g in all_graphs() if feature(g, condition, 4) == feature(arcs, condition, 4)]
    draws = max(200, 6 * len(wanted))
    source, target = np.array(sorted(arcs)).T
    drawn = Counter(
        as_set(*g) for g in draw_graphs(source, target, 4, condition=condition, seed=5, draws=draws)
    )
    assert set(drawn) <= set(wanted)
    if len(wanted) > 1:
        assert stats.chisquare([drawn[g] for g in wanted]).pvalue > 0.001
    assert drawn.total() == draws


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("chance", [0.02, 0.25, 0.8])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_draw_keeps_the_condition_and_is_a_simple_graph(condition, chance, seed):
    source, target, n = random_graph(seed, chance=chance)
    kept = feature(as_set(source, target), condition, n)
    seen = set()
    for a, b in draw_graphs(source, target, n, condition=condition, seed=seed, draws=25):
        assert len(as_set(a, b)) == len(a)
        assert (a != b).all()
        assert (np.diff(a * n + b) > 0).all()
        assert feature(as_set(a, b), condition, n) == kept
        seen.add(as_set(a, b))
    assert len(seen) > 20 or chance < 0.1


@pytest.mark.parametrize("condition", CONDITIONS)
def test_graphs_without_arcs_or_with_all_arcs_stay(condition):
    none = np.empty(0, dtype=int)
    full = np.nonzero(~np.eye(4, dtype=bool))
    for source, target, n in ((none, none, 0), (none, none, 1), (none, none, 5), (*full, 4)):
        for drawn in draw_graphs(source, target, n, condition=condition, seed=1, draws=3):
            assert as_set(*drawn) == as_set(source, target)


def test_many_arcs_that_share_actors_are_drawn_as_one_switch_at_a_time_would():
    # Mean reciprocity given degrees, against single switches of arcs done one after the other.
    source, target, n = random_graph(4, 9, 0.3)
    rng = np.random.default_rng(1)
    arcs = list(zip(source.tolist(), target.tolist(), strict=True))
    there, chain = set(arcs), []
    for step in range(60000):
        e, f = rng.integers(0, len(arcs), 2)
        (a, b), (c, d) = arcs[e], arcs[f]
        if a != d and c != b and (a, d) not in there and (c, b) not in there:
            there -= {arcs[e], arcs[f]}
            there |= {(a, d), (c, b)}
            arcs[e], arcs[f] = (a, d), (c, b)
        if step % 20 == 0:
            chain.append(sum((j, i) in there for i, j in there) / len(there))
    found = conditional_uniform_test(
        source, target, n, share_reciprocated, condition="degrees", seed=2, draws=1000
    )
    assert found.mean == pytest.approx(np.mean(chain), abs=0.015)
    assert found.sd == pytest.approx(np.std(chain), rel=0.1)


def test_moments_of_reciprocity_given_density_are_the_exact_ones():
    source, target, n = random_graph(2)
    found = conditional_uniform_test(
        source, target, n, share_reciprocated, condition="density", seed=1, draws=3000
    )
    # A given arc is returned with chance (m - 1) / (n (n - 1) - 1).
    exact = (len(source) - 1) / (n * (n - 1) - 1)
    assert abs(found.mean - exact) < 4 * found.mean_error
    assert found.mean_error == pytest.approx(found.sd / math.sqrt(3000))


@pytest.mark.parametrize("seed", range(4))
def test_shares_agree_with_networkx_and_counting(seed):
    source, target, n = random_graph(seed)
    graph = nx.DiGraph(list(zip(source.tolist(), target.tolist(), strict=True)))
    assert share_reciprocated(source, target, n) == pytest.approx(nx.overall_reciprocity(graph))
    paths = [(i, k) for i, j in graph.edges for k in graph.successors(j) if k != i]
    assert share_transitive(source, target, n) == pytest.approx(np.mean([graph.has_edge(*p) for p in paths]))


def test_result_by_counting_over_the_same_draws():
    source, target, n = random_graph(3)
    found = conditional_uniform_test(
        source, target, n, share_transitive, condition="dyad_census", seed=9, draws=200
    )
    values = [
        share_transitive(*g, n)
        for g in draw_graphs(source, target, n, condition="dyad_census", seed=9, draws=200)
    ]
    above = (1 + sum(v >= found.observed - 1e-12 for v in values)) / 201
    assert found.p_upper == pytest.approx(above)
    assert found.p_upper_error == pytest.approx(math.sqrt(above * (1 - above) / 200))
    assert (found.mean, found.sd) == pytest.approx((np.mean(values), np.std(values, ddof=1)))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_order_of_arcs_changes_nothing_and_the_seed_does(condition):
    source, target, n = random_graph(1)
    order = np.random.default_rng(0).permutation(len(source))

    def run(s, t, seed):
        return conditional_uniform_test(s, t, n, share_transitive, condition=condition, seed=seed, draws=50)

    assert run(source, target, 1) == run(source[order], target[order], 1)
    assert run(source, target, 1) != run(source, target, 2)


def test_reciprocity_is_found_given_density_and_explained_by_the_dyad_census():
    source, target, n = random_graph(5, 14, 0.1)
    both = np.unique(np.concatenate([source * n + target, target * n + source]))
    args = both // n, both % n, n, share_reciprocated
    given_density = conditional_uniform_test(*args, condition="density", seed=1, draws=200)
    assert given_density.p_upper == pytest.approx(1 / 201)
    given_census = conditional_uniform_test(*args, condition="dyad_census", seed=1, draws=200)
    assert (given_census.mean, given_census.sd, given_census.p_upper) == (1, 0, 1)


def test_undefined_statistics_are_counted():
    source, target = np.array([0]), np.array([1])
    found = conditional_uniform_test(
        source, target, 4, share_transitive, condition="density", seed=1, draws=10
    )
    assert (found.draws, found.undefined) == (0, 10)
    assert math.isnan(found.observed)
    assert math.isnan(found.p_upper)


def test_bad_input_is_named():
    cases = [
        ([0, 1], [1, 1], 3, "density", 10, "tied to itself"),
        ([0, 0], [1, 1], 3, "density", 10, "0 -> 1 stands more than once"),
        ([0], [3], 3, "density", 10, "not among 0 to 2"),
        ([0, 1], [2], 3, "density", 10, "2,"),
        ([0], [1], 3, "triads", 10, "allowed: density, dyad_census, degrees"),
        ([0], [1], 3, "density", 1, "draws is 1"),
    ]
    for source, target, n, condition, draws, message in cases:
        with pytest.raises(GumflowError, match=message):
            conditional_uniform_test(
                np.array(source), np.array(target), n, share_reciprocated,
                condition=condition, seed=1, draws=draws,
            )  # fmt: skip
