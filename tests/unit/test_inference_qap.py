"""QAP correlation and MRQAP against enumeration of all orders, refits of permuted data, and known truths."""

import itertools
import math

import numpy as np
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.inference.mrqap import COLUMNS, mrqap, mrqap_logistic
from gumflow.inference.qap import (
    attribute_matrix,
    layout_dyads,
    permutation_p_values,
    qap_correlation,
)


def off_diagonal(n, directed=True):
    return ~np.eye(n, dtype=bool) if directed else np.tri(n, k=-1, dtype=bool)


def random_matrices(seed, n, count, symmetric=False, missing=0.0):
    rng = np.random.default_rng(seed)
    actor = rng.normal(size=(count, n, 1))
    found = rng.normal(size=(count, n, n)) + actor + 0.5 * actor.swapaxes(1, 2)
    found[rng.random(found.shape) < missing] = np.nan
    if symmetric:
        found = np.tril(found) + np.tril(found, -1).swapaxes(1, 2)
    return list(found)


def ols(y, columns):
    """Fit by numpy's lstsq; return coefficients, classical se and t."""
    design = np.column_stack(columns)
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ beta
    variance = residual @ residual / (len(y) - design.shape[1])
    se = np.sqrt(np.diag(variance * np.linalg.pinv(design.T @ design)))
    return beta, se, beta / se


def logit(y, columns):
    """Maximize the likelihood with scipy; return coefficients, se from the Hessian, and the log likelihood."""
    from scipy import optimize

    design = np.column_stack(columns)

    def loss(beta):
        return np.logaddexp(0, design @ beta).sum() - y @ (design @ beta)

    def slope(beta):
        return design.T @ (1 / (1 + np.exp(-design @ beta)) - y)

    found = optimize.minimize(
        loss, np.zeros(design.shape[1]), jac=slope, method="BFGS", options={"gtol": 1e-9}
    )
    chance = 1 / (1 + np.exp(-design @ found.x))
    hessian = np.einsum("di,d,dj->ij", design, chance * (1 - chance), design)
    return found.x, np.sqrt(np.diag(np.linalg.inv(hessian))), -found.fun


def refitted(y, xs, orders, fit, directed=True):
    """Compute t of each predictor for orders (one tuple of orders a draw, one order a network) by refitting from scratch.

    Lists hold one matrix a network. Nothing is shared with the library but the definition.
    """
    masks = [off_diagonal(len(one), directed) for one in y]
    seen = [
        mask & ~np.isnan(np.stack([one, *(x[s] for x in xs)])).any(axis=0)
        for s, (mask, one) in enumerate(zip(masks, y, strict=True))
    ]

    def pooled(matrices, where):
        return np.concatenate([m[w] for m, w in zip(matrices, where, strict=True)])

    found = []
    for k, own in enumerate(xs):
        others = [x for i, x in enumerate(xs) if i != k]
        ones = np.ones(sum(w.sum() for w in seen))
        design = [ones, *(pooled(x, seen) for x in others)]
        beta, *_ = ols(pooled(own, seen), design)
        residual = []
        for s, mask in enumerate(seen):
            part = own[s] - beta[0] - sum(b * x[s] for b, x in zip(beta[1:], others, strict=True))
            part = np.where(mask, part, np.nan)
            if not directed:
                part = np.where(np.isnan(part), part.T, part)
            residual.append(part)
        column = []
        for order in orders:
            moved = [r[np.ix_(o, o)] for r, o in zip(residual, order, strict=True)]
            where = [w & ~np.isnan(m) for w, m in zip(seen, moved, strict=True)]
            beta, se, *_ = fit(
                pooled(y, where),
                [
                    np.ones(sum(w.sum() for w in where)),
                    *(pooled(x, where) for x in others),
                    pooled(moved, where),
                ],
            )
            column.append(beta[-1] / se[-1])
        found.append(column)
    return np.array(found).T


def drawn_orders(sizes, permutations, seed):
    """Recover the orders that a seed stands for from the places of a full layout."""
    dyads = layout_dyads(sizes, directed=True)
    places = np.concatenate(list(dyads.permuted_places(permutations, seed)))
    starts = np.concatenate([[0], np.cumsum(np.square(sizes))[:-1]])
    draws = []
    for row in places:
        order = []
        for s, n in enumerate(sizes):
            mine = row[dyads.network == s] - starts[s]
            order.append(mine.reshape(n, n - 1)[:, 0] // n)
        draws.append(order)
    return draws


def p_by_counting(observed, drawn):
    near = 1e-7 * abs(observed)
    b = len(drawn)
    return (
        (1 + sum(abs(d) >= abs(observed) - near for d in drawn)) / (1 + b),
        (1 + sum(d <= observed + near for d in drawn)) / (1 + b),
        (1 + sum(d >= observed - near for d in drawn)) / (1 + b),
    )


def test_correlation_of_a_case_done_by_hand():
    x = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0.0]])
    y = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0.0]])
    # 12 dyads, 4 ties in each, 3 in both: phi = (12*3 - 4*4) / (4*8) = 20/32
    found = qap_correlation(x, y, seed=1, permutations=50)
    assert found.correlation == pytest.approx(0.625)
    assert (found.n_dyads, found.missing_dyads, found.permutations, found.failed) == (12, 0, 50, 0)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_correlations_of_draws_agree_with_numpy(directed, missing):
    x, y = random_matrices(3, 7, 2, not directed, missing)
    found = qap_correlation(x, y, seed=5, permutations=60, directed=directed)
    mask = off_diagonal(7, directed)

    def r(order):
        moved = y[np.ix_(order, order)]
        both = mask & ~np.isnan(x) & ~np.isnan(moved)
        return np.corrcoef(x[both], moved[both])[0, 1]

    drawn = [r(order) for (order,) in drawn_orders([7], 60, 5)]
    assert found.correlation == pytest.approx(r(np.arange(7)), rel=1e-12)
    assert found.mean == pytest.approx(np.mean(drawn), rel=1e-10)
    assert found.sd == pytest.approx(np.std(drawn, ddof=1), rel=1e-10)
    assert (found.p_two_sided, found.p_lower, found.p_upper) == pytest.approx(
        p_by_counting(found.correlation, drawn)
    )


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize(
    ("tied", "missing"), [((0.2, 0.05), (0.0, 0.0)), ((0.05, 0.4), (0.3, 0.1)), ((0.08, 0.5), (0.5, 0.6))]
)
def test_counting_ties_gives_what_the_sums_over_all_dyads_give(tied, missing, directed):
    rng = np.random.default_rng(41)
    networks = []
    for share, lost in zip(tied, missing, strict=True):
        found = []
        for n in (12, 9):
            matrix = (rng.random((n, n)) < share).astype(float)
            matrix[rng.random((n, n)) < lost / 2] = np.nan
            matrix[rng.permutation(n)[: int(n * lost / 2)]] = np.nan
            if not directed:
                matrix = np.tril(matrix) + np.tril(matrix, -1).T
            found.append(matrix)
        networks.append(found)
    x, y = networks
    counted = qap_correlation(x, y, seed=5, permutations=300, directed=directed)
    # No correlation changes, but the matrices are no longer ones and zeros.
    summed = qap_correlation(
        [2 * m + 1 for m in x], [3 * m - 1 for m in y], seed=5, permutations=300, directed=directed
    )
    for name in ("p_two_sided", "p_lower", "p_upper", "permutations", "failed", "n_dyads", "missing_dyads"):
        assert getattr(counted, name) == getattr(summed, name), name
    for name in ("correlation", "mean", "sd"):
        assert getattr(counted, name) == pytest.approx(getattr(summed, name), rel=1e-10, abs=1e-13), name


def test_p_approaches_the_share_among_all_orders():
    x, y = ((m > 0).astype(float) for m in random_matrices(10, 5, 2))
    mask = off_diagonal(5)
    every = [np.corrcoef(x[mask], y[np.ix_(o, o)][mask])[0, 1] for o in itertools.permutations(range(5))]
    found = qap_correlation(x, y, seed=2, permutations=20000)
    share = np.mean(np.array(every) >= found.correlation - 1e-9)
    assert found.p_upper == pytest.approx(share, abs=5 * math.sqrt(share * (1 - share) / 20000))


def test_a_matrix_with_itself_is_as_likely_as_its_symmetries():
    ring = np.zeros((6, 6))
    ring[np.arange(6), (np.arange(6) + 1) % 6] = 1
    found = qap_correlation(ring, ring, seed=4, permutations=20000)
    assert found.correlation == pytest.approx(1)
    assert found.p_upper == pytest.approx(6 / 720, abs=0.004)
    assert found.p_lower == 1


def test_correlation_of_several_networks_permutes_inside_each():
    a, b = random_matrices(1, 5, 2), random_matrices(2, 6, 2)
    found = qap_correlation([a[0], b[0]], [a[1], b[1]], seed=3, permutations=40)
    masks = [off_diagonal(5), off_diagonal(6)]
    x = np.concatenate([a[0][masks[0]], b[0][masks[1]]])
    drawn = [
        np.corrcoef(x, np.concatenate([a[1][np.ix_(o, o)][masks[0]], b[1][np.ix_(p, p)][masks[1]]]))[0, 1]
        for o, p in drawn_orders([5, 6], 40, 3)
    ]
    assert found.mean == pytest.approx(np.mean(drawn), rel=1e-10)
    assert (found.n_networks, found.n_dyads) == (2, 50)


def test_permutations_are_uniform_and_stay_inside_networks():
    orders = drawn_orders([4, 5], 6000, 8)
    assert all(sorted(a) == list(range(4)) and sorted(b) == list(range(5)) for a, b in orders)
    counts = np.unique([tuple(a) for a, _ in orders], axis=0, return_counts=True)[1]
    assert len(counts) == 24
    # chi-square with 23 degrees of freedom, 99.9 percent point 49.7
    assert ((counts - 250) ** 2 / 250).sum() < 49.7


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_linear_agrees_with_refits_of_the_permuted_residuals(directed, missing, count):
    y, *xs = random_matrices(count, 8, 4, not directed, missing)
    xs = xs[:count]
    found = mrqap(y, {f"x{i}": x for i, x in enumerate(xs)}, seed=7, permutations=40, directed=directed)
    seen = off_diagonal(8, directed) & ~np.isnan(np.stack([y, *xs])).any(axis=0)
    beta, se, t = ols(y[seen], [np.ones(seen.sum()), *(x[seen] for x in xs)])
    np.testing.assert_allclose(
        found.table[["estimate", "se", "t"]], np.column_stack([beta, se, t]), rtol=1e-9
    )
    drawn = refitted([y], [[x] for x in xs], drawn_orders([8], 40, 7), ols, directed)
    expected = [p_by_counting(t[1 + k], drawn[:, k]) for k in range(count)]
    np.testing.assert_allclose(found.table[["p_two_sided", "p_lower", "p_upper"]][1:], expected)
    assert found.table.loc[0, ["p_two_sided", "p_lower", "p_upper"]].isna().all()
    assert (found.n_dyads, found.missing_dyads) == (seen.sum(), off_diagonal(8, directed).sum() - seen.sum())
    assert tuple(found.table.columns) == COLUMNS


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("directed", [True, False])
def test_every_permuted_t_agrees_with_a_refit(missing, directed):
    from gumflow.inference import dyadic_regression
    from gumflow.inference import mrqap as module

    n = 8 if directed else 12
    y, *xs = random_matrices(5, n, 4, not directed, missing)
    named = {f"x{i}": x for i, x in enumerate(xs)}
    given = module._prepare(y, named, 30, directed, False, binary=False)
    expected = refitted([y], [[x] for x in xs], drawn_orders([n], 30, 3), ols, directed)
    np.testing.assert_allclose(dyadic_regression.permuted_linear(given, 30, 3), expected, rtol=1e-8)
    tie = np.where(np.isnan(y), np.nan, (y > 0.3).astype(float))
    given = module._prepare(tie, named, 5, directed, False, binary=True)
    observed, drawn = dyadic_regression.permuted_logistic(given, 5, 3)
    orders = [(np.arange(n),), *drawn_orders([n], 5, 3)]
    expected = refitted([tie], [[x] for x in xs], orders, logit, directed)
    np.testing.assert_allclose(np.vstack([observed, drawn]), expected, rtol=2e-4)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_intercepts_of_networks_agree_with_dummies(missing):
    from gumflow.inference import dyadic_regression
    from gumflow.inference import mrqap as module

    groups = [random_matrices(s, n, 3, missing=missing) for s, n in ((1, 6), (2, 7))]
    groups[1][0] += 3
    y, *xs = ([group[i] for group in groups] for i in range(3))
    named = {"a": xs[0], "b": xs[1]}
    found = mrqap(y, named, seed=3, permutations=20, network_intercepts=True)
    seen = [off_diagonal(len(g[0])) & ~np.isnan(np.stack(g)).any(axis=0) for g in groups]
    pool = [np.concatenate([m[w] for m, w in zip(part, seen, strict=True)]) for part in (y, *xs)]
    dummy = np.repeat([0, 1], [w.sum() for w in seen])
    beta, se, _ = ols(pool[0], [dummy == 0, dummy == 1, *pool[1:]])
    np.testing.assert_allclose(found.table["estimate"], beta, rtol=1e-9)
    np.testing.assert_allclose(found.table["se"], se, rtol=1e-9)
    assert found.table["term"].tolist() == ["intercept (network 1)", "intercept (network 2)", "a", "b"]
    # The residual of a predictor on the other one and the dummies, permuted and refitted with the dummies.
    given = module._prepare(y, named, 10, True, True, binary=False)
    drawn = dyadic_regression.permuted_linear(given, 10, 4)
    on = ols(pool[1], [dummy == 0, dummy == 1, pool[2]])[0]
    residual = [
        np.where(w, x - on[s] - on[2] * z, np.nan) for s, (w, x, z) in enumerate(zip(seen, *xs, strict=True))
    ]
    for row, order in zip(drawn, drawn_orders([6, 7], 10, 4), strict=True):
        moved = [r[np.ix_(o, o)] for r, o in zip(residual, order, strict=True)]
        both = [w & ~np.isnan(m) for w, m in zip(seen, moved, strict=True)]
        part = [np.concatenate([m[w] for m, w in zip(p, both, strict=True)]) for p in (y, xs[1], moved)]
        own = np.repeat([0, 1], [w.sum() for w in both])
        assert row[0] == pytest.approx(ols(part[0], [own == 0, own == 1, part[1], part[2]])[2][-1], rel=1e-8)


def test_fit_of_the_linear_model_is_that_of_least_squares():
    y, a, b = random_matrices(4, 9, 3)
    found = mrqap(y, {"a": a, "b": b}, seed=1, permutations=5)
    mask = off_diagonal(9)
    beta, *_ = ols(y[mask], [np.ones(72), a[mask], b[mask]])
    fitted = beta[0] + beta[1] * a[mask] + beta[2] * b[mask]
    r2 = np.corrcoef(fitted, y[mask])[0, 1] ** 2
    assert found.r_squared == pytest.approx(r2)
    assert found.adjusted_r_squared == pytest.approx(1 - (1 - r2) * 71 / 69)
    assert math.isnan(found.log_likelihood)


@pytest.mark.parametrize("intercepts", [False, True])
def test_logistic_agrees_with_maximum_likelihood(intercepts):
    groups = [random_matrices(s, n, 3) for s, n in ((1, 7), (2, 8))]
    y = [(g[0] + 0.8 * g[1] > 0.5).astype(float) for g in groups]
    xs = [[g[i] * 10 + 3 for g in groups] for i in (1, 2)]
    found = mrqap_logistic(y, {"a": xs[0], "b": xs[1]}, seed=1, permutations=5, network_intercepts=intercepts)
    masks = [off_diagonal(7), off_diagonal(8)]
    pool = [np.concatenate([m[w] for m, w in zip(part, masks, strict=True)]) for part in (y, *xs)]
    dummy = np.repeat([0, 1], [42, 56])
    first = [dummy == 0, dummy == 1] if intercepts else [np.ones(98)]
    beta, se, likelihood = logit(pool[0], [*first, *pool[1:]])
    np.testing.assert_allclose(found.table["estimate"], beta, rtol=1e-4)
    np.testing.assert_allclose(found.table["se"], se, rtol=1e-4)
    assert found.log_likelihood == pytest.approx(likelihood, rel=1e-8)
    share = pool[0].mean()
    null = 98 * (share * math.log(share) + (1 - share) * math.log(1 - share))
    assert found.mcfadden_r_squared == pytest.approx(1 - likelihood / null, rel=1e-6)


@pytest.mark.parametrize("fit", [mrqap, mrqap_logistic])
def test_a_true_effect_is_found_and_an_absent_one_is_not(fit):
    rng = np.random.default_rng(11)
    x, other = (rng.random((2, 25, 25)) < 0.3).astype(float)
    y = (rng.random((25, 25)) < 0.1 + 0.4 * x).astype(float)
    table = fit(y, {"x": x, "other": other}, seed=1, permutations=300).table.set_index("term")
    assert table.loc["x", "p_upper"] == pytest.approx(1 / 301)
    assert table.loc["other", "p_two_sided"] > 0.05


def test_tests_keep_their_level_with_dependent_dyads():
    # y and x both have strong sender effects, unrelated: classical t rejects far too often.
    p, classical = [], []
    for seed in range(100):
        y, x, z = random_matrices(seed, 10, 3)
        row = mrqap(y, {"x": x, "z": z}, seed=seed, permutations=99).table.iloc[1]
        p.append(row["p_two_sided"])
        classical.append(abs(row["t"]) > 1.96)
    assert np.mean(classical) > 0.2
    assert np.mean(np.array(p) <= 0.1) < 0.1 + 4 * math.sqrt(0.1 * 0.9 / 100)


@pytest.mark.parametrize("fit", [mrqap, mrqap_logistic])
def test_scaling_and_the_order_of_predictors_change_no_test(fit):
    y, a, b = random_matrices(6, 9, 3)
    y = (y > 0).astype(float)
    first = fit(y, {"a": a, "b": b}, seed=2, permutations=50).table.set_index("term")
    second = fit(y, {"b": b, "a": 100 * a - 7}, seed=2, permutations=50).table.set_index("term")
    tests = ["t", "p_two_sided", "p_lower", "p_upper"]
    np.testing.assert_allclose(first.loc[["a", "b"], tests], second.loc[["a", "b"], tests], rtol=1e-6)
    assert second.loc["a", "estimate"] == pytest.approx(first.loc["a", "estimate"] / 100, rel=1e-6)


def test_same_seed_same_bytes_and_the_diagonal_is_not_read():
    y, a = random_matrices(1, 8, 2)
    first = mrqap(y, {"a": a}, seed=2, permutations=50).table
    np.fill_diagonal(y, np.nan)
    np.fill_diagonal(a, np.inf)
    assert mrqap(y, {"a": a}, seed=2, permutations=50).table.equals(first)
    assert not mrqap(y, {"a": a}, seed=3, permutations=50).table.equals(first)


def test_undirected_is_directed_on_half_the_dyads():
    y, a, b = random_matrices(8, 8, 3, symmetric=True)
    once = mrqap(y, {"a": a, "b": b}, seed=5, permutations=80, directed=False)
    twice = mrqap(y, {"a": a, "b": b}, seed=5, permutations=80)
    np.testing.assert_allclose(once.table["estimate"], twice.table["estimate"], rtol=1e-9)
    np.testing.assert_array_equal(once.table["p_two_sided"], twice.table["p_two_sided"])
    assert once.n_dyads == 28
    r = [qap_correlation(y, a, seed=1, permutations=80, directed=d) for d in (True, False)]
    assert r[0].correlation == pytest.approx(r[1].correlation)
    assert r[0].p_upper == r[1].p_upper


def test_attribute_matrices_by_hand():
    values = np.array([1.0, 3.0, np.nan])
    nan = np.nan
    expected = {
        "difference": [[0, -2, nan], [2, 0, nan], [nan, nan, 0]],
        "absolute_difference": [[0, 2, nan], [2, 0, nan], [nan, nan, 0]],
        "sender": [[0, 1, 1], [3, 0, 3], [nan, nan, 0]],
        "receiver": [[0, 3, nan], [1, 0, nan], [1, 3, 0]],
        "same": [[0, 0, nan], [0, 0, nan], [nan, nan, 0]],
    }
    for effect, matrix in expected.items():
        np.testing.assert_array_equal(attribute_matrix(values, effect), matrix)
    groups = np.array(["a", "b", "a", None], dtype=object)
    np.testing.assert_array_equal(attribute_matrix(groups, "same")[:3, :3], [[0, 0, 1], [0, 0, 0], [1, 0, 0]])
    assert np.isnan(attribute_matrix(groups, "same")[3, :3]).all()
    with pytest.raises(GumflowError, match="not numbers"):
        attribute_matrix(groups, "sender")
    with pytest.raises(GumflowError, match="allowed: same"):
        attribute_matrix(values, "ratio")


def test_p_values_are_never_zero_and_count_near_equals():
    assert permutation_p_values(2.0, np.array([0.0, 1.0, -1.0])) == (0.25, 1.0, 0.25)
    assert permutation_p_values(1.0, np.array([1 - 1e-13, -1.0, 0.5, np.nan])) == (0.75, 1.0, 0.5)
    assert all(math.isnan(p) for p in permutation_p_values(math.nan, np.array([1.0])))


def test_separated_draws_are_left_out_and_said():
    rng = np.random.default_rng(0)
    x = np.zeros((5, 5))
    x[0, 1] = x[1, 0] = 1
    y = (rng.random((5, 5)) < 0.5).astype(float)
    y[0, 1], y[1, 0] = 1, 0
    found = mrqap_logistic(y, {"rare": x}, seed=1, permutations=100)
    assert 0 < found.failed < 100
    assert "could not be fitted" in found.warnings[0]
    assert found.table.loc[1, "p_two_sided"] >= 1 / (101 - found.failed)


def test_few_actors_are_warned_of():
    y, x = random_matrices(1, 4, 2)
    assert "24 distinct orders" in mrqap(y, {"x": x}, seed=1, permutations=100).warnings[0]
    y, x = random_matrices(1, 9, 2)
    assert mrqap(y, {"x": x}, seed=1, permutations=9).warnings == ()


def test_bad_input_is_named():
    y, a, b = random_matrices(1, 6, 3)
    tie = (y > 0).astype(float)
    cases = [
        (lambda: mrqap(y, {"a": a, "b": b, "sum": a + 2 * b}, seed=1), "combinations.*a, b, sum"),
        (lambda: mrqap(y, {"a": a, "b": b, "twice": 2 * a + 1}, seed=1), "intercepts: a, twice;"),
        (lambda: mrqap(y, {"flat": np.ones((6, 6))}, seed=1), "predictor 'flat': the same value"),
        (lambda: mrqap(np.ones((6, 6)), {"a": a}, seed=1), "y: the same value"),
        (lambda: mrqap(y, {"a": a[:5, :5]}, seed=1), r"predictor 'a': networks of \[5\]"),
        (lambda: mrqap(y, {"a": a[:5]}, seed=1), "shape"),
        (lambda: mrqap(y[:3, :3], {"a": a[:3, :3]}, seed=1), "y: 3 actors"),
        (lambda: mrqap(y, {"a": a}, seed=1, directed=False), "y: the value in row 1, column 2 differs"),
        (lambda: mrqap(np.where(np.tri(6), np.nan, np.inf), {"a": a}, seed=1), "infinite"),
        (lambda: mrqap(np.full((6, 6), np.nan), {"a": a}, seed=1), "0 dyads are observed"),
        (
            lambda: mrqap([y, y * np.nan], {"a": [a, a]}, seed=1, network_intercepts=True),
            "network 2: no dyad",
        ),
        (lambda: mrqap(y, {}, seed=1), "no predictor"),
        (lambda: mrqap([], {"a": a}, seed=1), "no network"),
        (lambda: mrqap(y, {"a": a}, seed=1, permutations=0), "permutations is 0"),
        (lambda: mrqap_logistic(y, {"a": a}, seed=1), "not all values are 0 or 1"),
        (
            lambda: mrqap_logistic(tie, {"a": tie + 0.0}, seed=1),
            "separate ties from no ties, most of all 'a'",
        ),
        (lambda: qap_correlation(np.ones((5, 5)), a[:5, :5], seed=1), "x: the same value in all 20"),
    ]
    for call, message in cases:
        with pytest.raises(GumflowError, match=message):
            call()
