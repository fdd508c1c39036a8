"""Brokerage between groups: the roles by their definition, and moments by all or many shufflings of the groups."""

import math
from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from small_networks import edge_network, random_arcs

from gumflow.measures import open_two_paths, roles
from gumflow.measures.registry import get_measure, measures_at, withheld_reason
from gumflow.measures.roles import ROLES

SEEDS = range(5)
MINE = [m for level in ("actor", "network") for m in measures_at(level) if m.name.startswith("brokerage_")]


def of(name, network):
    return get_measure(f"brokerage_{name}").function(network)


def role_of(i, k, j):
    if i == k == j:
        return "coordinator"
    if i == j:
        return "consultant"
    if k == j:
        return "gatekeeper"
    return "representative" if i == k else "liaison"


def open_paths(arcs, size, among=None):
    tied = {(a[0], a[1]) for a in arcs}
    among = range(size) if among is None else among
    return [
        (i, k, j)
        for k in among
        for i in among
        for j in among
        if i != j and (i, k) in tied and (k, j) in tied and (i, j) not in tied
    ]


def count_by_role(paths, groups, size):
    counts = {role: np.zeros(size) for role in ROLES}
    for i, k, j in paths:
        counts[role_of(groups[i], groups[k], groups[j])][k] += 1
    return counts


def small_case(seed, size=6):
    rng = np.random.default_rng(seed)
    there = rng.random((size, size)) < [0.25, 0.4, 0.6][seed % 3]
    np.fill_diagonal(there, False)
    groups = [["A", "A", "A", "B", "B", "C"], ["A", "A", "B", "B", "C", "D"], list("AAAAAB"), list("AABBBB")][
        seed % 4
    ]
    return [(int(a), int(b)) for a, b in np.argwhere(there)], list(rng.permutation(groups)), size


@pytest.mark.parametrize(
    "path",
    [
        ("AAA", "coordinator"),
        ("ABA", "consultant"),
        ("ABB", "gatekeeper"),
        ("AAB", "representative"),
        ("ABC", "liaison"),
    ],
)
def test_each_role_by_hand_on_one_two_path(path):
    groups, expected = path
    network = edge_network([(0, 1), (1, 2)], 5, groups=[*groups, "A", "C"])
    for role in ROLES:
        assert of(role, network).tolist() == [0, float(role == expected), 0, 0, 0]
        assert of(f"{role}_sum", network) == (role == expected)
    assert of("total", network).tolist() == [0, 1, 0, 0, 0]


def test_a_path_is_open_if_only_the_way_back_is_tied():
    closed = edge_network([(0, 1), (1, 2), (0, 2)], groups="ABC")
    back = edge_network([(0, 1), (1, 2), (2, 0)], groups="ABC")
    assert of("liaison", closed).tolist() == [0, 0, 0]
    assert of("liaison", back).tolist() == [1, 1, 1]
    assert of("total_sum", back) == 3


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("directed", [True, False])
def test_roles_agree_with_an_enumeration_of_triples(seed, directed):
    arcs, size = random_arcs(seed)
    rng = np.random.default_rng(seed)
    groups = rng.choice(["A", "B", "C", ""], size).tolist()
    network = edge_network(arcs, size, directed=directed, groups=groups)
    both = arcs if directed else arcs + [(b, a) for a, b, _ in arcs]
    known = [i for i in range(size) if groups[i]]
    expected = count_by_role(open_paths(both, size, known), groups, size)
    for role in ROLES:
        np.testing.assert_array_equal(of(role, network)[known], expected[role][known])
        assert np.isnan(of(role, network)[[i for i in range(size) if not groups[i]]]).all()
        assert of(f"{role}_sum", network) == expected[role].sum()
    total = Counter(k for _, k, _ in open_paths(both, size))
    assert of("total", network).tolist() == [total[k] for k in range(size)]
    assert of("total_sum", network) == sum(total.values())


@pytest.mark.parametrize("seed", range(8))
def test_moments_agree_with_all_shufflings_of_the_groups(seed):
    arcs, groups, size = small_case(seed)
    network = edge_network(arcs, size, groups=groups)
    paths = open_paths(arcs, size)
    shuffled = sorted(set(permutations(groups)))
    counts = [count_by_role(paths, labels, size) for labels in shuffled]
    for role in ROLES:
        observed = count_by_role(paths, groups, size)[role]
        of_all = np.array([c[role] for c in counts])
        assert of(f"{role}_sum_expected", network) == pytest.approx(of_all.sum(axis=1).mean(), abs=1e-12)
        sd = of_all.sum(axis=1).std()
        z = of(f"{role}_sum_z", network)
        assert (
            math.isnan(z)
            if sd < 1e-9
            else z == pytest.approx((observed.sum() - of_all.sum(axis=1).mean()) / sd)
        )
        for k in range(size):
            kept = of_all[[labels[k] == groups[k] for labels in shuffled], k]
            assert of(f"{role}_expected", network)[k] == pytest.approx(kept.mean(), abs=1e-12)
            z = of(f"{role}_z", network)[k]
            assert (
                math.isnan(z)
                if kept.std() < 1e-9
                else z == pytest.approx((observed[k] - kept.mean()) / kept.std())
            )


@pytest.mark.parametrize("directed", [True, False])
def test_moments_agree_with_many_shufflings_of_a_larger_network(directed):
    arcs, size = random_arcs(5, 30)
    rng = np.random.default_rng(1)
    groups = np.array(["A"] * 12 + ["B"] * 9 + ["C"] * 5 + ["D"] * 4)[rng.permutation(size)]
    network = edge_network(arcs, size, directed=directed, groups=groups)
    both = arcs if directed else arcs + [(b, a) for a, b, _ in arcs]
    i, k, j = np.array(open_paths(both, size)).T
    broker = int(np.bincount(k).argmax())
    draws = 4_000

    def counts(labels, at):
        a, b, c = labels[:, i[at]], labels[:, k[at]], labels[:, j[at]]
        kinds = {
            "coordinator": (a == b) & (b == c),
            "consultant": (a == c) & (a != b),
            "gatekeeper": (a != b) & (b == c),
            "representative": (a == b) & (b != c),
            "liaison": (a != b) & (b != c) & (a != c),
        }
        return {role: found.sum(axis=1) for role, found in kinds.items()}

    same = np.tile(groups, (draws, 1))
    kept = same.copy()
    others = np.arange(size) != broker
    kept[:, others] = rng.permuted(same[:, others], axis=1)
    whole, one = counts(rng.permuted(same, axis=1), slice(None)), counts(kept, k == broker)
    for role in ROLES:
        drawn = whole[role]
        error = drawn.std() / math.sqrt(draws)
        assert of(f"{role}_sum_expected", network) == pytest.approx(drawn.mean(), abs=5 * error)
        sd = (of(f"{role}_sum", network) - of(f"{role}_sum_expected", network)) / of(f"{role}_sum_z", network)
        assert sd == pytest.approx(drawn.std(), rel=0.07)
        drawn = one[role]
        expected = of(f"{role}_expected", network)[broker]
        assert expected == pytest.approx(drawn.mean(), abs=5 * drawn.std() / math.sqrt(draws))
        sd = (of(role, network)[broker] - expected) / of(f"{role}_z", network)[broker]
        assert sd == pytest.approx(drawn.std(), rel=0.07)


@pytest.mark.parametrize("seed", SEEDS)
def test_pairs_of_two_paths_agree_with_an_enumeration(seed):
    arcs, _, size = small_case(seed, 6)
    network = edge_network(arcs, size, groups="AAABBC")
    paths = open_paths(arcs, size)
    expected = Counter(
        frozenset((p, q) for p in range(3) for q in range(3) if one[p] == other[q])
        for one in paths
        for other in paths
    )
    counted = open_two_paths.pairs_anywhere(roles._grouped_paths(network)[0])
    assert {match: many for match, many in counted.items() if many} == dict(expected)
    assert sum(counted.values()) == len(paths) ** 2


@pytest.mark.parametrize("seed", SEEDS)
def test_an_actor_without_a_group_changes_no_chance(seed):
    arcs, size = random_arcs(seed)
    groups = np.random.default_rng(seed).choice(["A", "B", "C"], size).tolist()
    before = edge_network(arcs, size, groups=groups)
    after = edge_network([*arcs, (size, 1), (2, size), (size, 3)], size + 1, groups=[*groups, ""])
    for m in MINE:
        if "total" in m.name:
            continue
        value = m.function(after)
        if m.level == "actor":
            assert math.isnan(value[-1])
            value = value[:-1]
        np.testing.assert_array_equal(value, m.function(before), err_msg=m.name)


@pytest.mark.parametrize("seed", SEEDS)
def test_relabelling_moves_values_and_reversing_swaps_gatekeeper_and_representative(seed):
    arcs, size = random_arcs(seed)
    rng = np.random.default_rng(seed)
    groups = rng.choice(["A", "B", "C"], size)
    new = rng.permutation(size)
    before = edge_network(arcs, size, groups=groups)
    after = edge_network(
        [(int(new[a]), int(new[b])) for a, b, _ in arcs], size, groups=groups[np.argsort(new)]
    )
    back = edge_network([(b, a) for a, b, _ in arcs], size, groups=groups)
    swapped = {"gatekeeper": "representative", "representative": "gatekeeper"}
    for m in MINE:
        value = m.function(before)
        moved = m.function(after)
        np.testing.assert_allclose(
            moved[new] if m.level == "actor" else moved, value, rtol=1e-9, err_msg=m.name
        )
        role = m.name.split("_")[1]
        reverse = get_measure(m.name.replace(role, swapped.get(role, role)))
        np.testing.assert_allclose(reverse.function(back), value, rtol=1e-9, err_msg=m.name)


def test_a_rare_kind_between_two_others_is_a_liaison_beyond_chance():
    # Actor 0, the only association, stands between ten firms and ten agencies that are not tied.
    arcs = [(i, 0) for i in range(1, 11)] + [(0, j) for j in range(11, 21)]
    network = edge_network(arcs, 21, groups=["association"] + ["firm"] * 10 + ["government"] * 10)
    assert of("liaison", network)[0] == 100
    assert of("liaison_expected", network)[0] == pytest.approx(100 * 10 / 19)
    assert of("liaison_z", network)[0] > 3
    assert np.isnan(of("coordinator_z", network)[0])


def test_shuffling_that_cannot_change_the_number_has_no_z():
    star = edge_network([(0, i) for i in range(1, 8)] + [(i, 0) for i in range(1, 8)], groups="ABBBCCAD")
    for role in ROLES:
        assert of(f"{role}_expected", star)[0] == pytest.approx(of(role, star)[0])
        assert np.isnan(of(f"{role}_z", star)[0])


@pytest.mark.parametrize(
    ("arcs", "size", "groups"),
    [([], 1, "A"), ([], 3, "AAB"), ([(0, 1), (1, 2)], 3, "AAA"), ([(0, 1)], 2, ["", ""])],
)
def test_small_and_ungrouped_networks_are_defined_or_declared(arcs, size, groups):
    network = edge_network(arcs, size, groups=groups)
    several = len(set(groups) - {""}) > 1
    for m in MINE:
        value = np.atleast_1d(m.function(network))
        if "total" in m.name:
            assert not np.isnan(value).any()
        elif not several or m.name.endswith("_z"):
            assert np.isnan(value).all()
            assert m.undefined
        else:
            assert (value == 0).all()


def test_a_complete_network_has_no_one_to_broker():
    arcs = [(i, j) for i in range(5) for j in range(5) if i != j]
    network = edge_network(arcs, groups="AABBC")
    for role in (*ROLES, "total"):
        assert (of(role, network) == 0).all()


def test_roles_are_for_networks_inside_the_cluster_and_can_be_declared_once():
    assert len({m.label_en for m in MINE}) == len({m.label_zh for m in MINE}) == len(MINE) == 32
    assert all(m.label_en.isascii() and m.definition.endswith(".") for m in MINE)
    network = edge_network([(0, 1)], groups="AB")
    assert all(withheld_reason(m, network) is None for m in MINE)
    assert all(m.scope == "inside" for m in MINE)


def test_a_network_without_actors_has_no_values():
    nobody = edge_network([])
    assert nobody.size == 0
    for m in MINE:
        value = m.function(nobody)
        assert len(value) == 0 if m.level == "actor" else math.isnan(value) or value == 0, m.name
