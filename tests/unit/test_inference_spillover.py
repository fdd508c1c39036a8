"""Exposure and network models: against enumeration, dense likelihoods searched by brute force, matrix algebra, and what was put in."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, sparse, stats
from small_clusters import named, small_cluster

from gumflow.inference.firm_regressions import FirmData, least_squares
from gumflow.inference.spatial_models import error_model, identified, impacts, lag_model, two_stage
from gumflow.inference.spillover import (
    SOURCES_KNOWLEDGE,
    SOURCES_OUTCOME,
    estimate_spillover,
    exposure_regression,
    exposure_weights,
    network_model_rows,
)
from gumflow.measures.registry import label_of
from gumflow.mechanisms.cluster import MechanismSettings
from gumflow.mechanisms.rows import Rows


def random_w(seed, n, degree=4, isolates=1):
    rng = np.random.default_rng(seed)
    there = (rng.random((n, n)) < degree / n) & ~np.eye(n, dtype=bool)
    there[:isolates] = False
    total = there.sum(axis=1, keepdims=True)
    return np.divide(there, total, out=np.zeros((n, n)), where=total > 0)


def lagged(seed, n=60, rho=0.4, error=False):
    rng = np.random.default_rng(seed)
    w, x = random_w(seed, n), np.column_stack([np.ones(n), rng.normal(size=n)])
    inverse = np.linalg.inv(np.eye(n) - rho * w)
    e = rng.normal(size=n)
    return (x @ [0.5, 1.0] + inverse @ e if error else inverse @ (x @ [0.5, 1.0] + e)), x, w


def dense_likelihood(kind, y, x, w):
    """Return minus the log-likelihood of (rho, b, log sigma) written out with dense matrices."""

    def value(p):
        a = np.eye(len(y)) - p[0] * w
        e = a @ y - x @ p[1:-1] if kind == "lag" else a @ (y - x @ p[1:-1])
        sign, logdet = np.linalg.slogdet(a)
        return -(sign * logdet + stats.norm.logpdf(e, scale=math.exp(p[-1])).sum())

    return value


@pytest.mark.parametrize(
    ("kind", "model", "seed"), [("lag", lag_model, 1), ("lag", lag_model, 2), ("error", error_model, 3)]
)
def test_the_likelihood_is_at_its_top(kind, model, seed):
    y, x, w = lagged(seed, n=40, error=kind == "error")
    found = model(y, x, w)
    likelihood = dense_likelihood(kind, y, x, w)
    start = np.array([0.0, *np.linalg.lstsq(x, y)[0], 0.0])
    best = optimize.minimize(likelihood, start, method="BFGS", options={"gtol": 1e-8})
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-6)
    assert found.rho == pytest.approx(best.x[0], abs=1e-4)
    assert found.coefficients == pytest.approx(best.x[1:-1], abs=1e-4)
    assert math.log(found.sigma2) / 2 == pytest.approx(best.x[-1], abs=1e-4)
    # The ends of the profile: likelihood falls short by half of chi-squared's 95 % point when all else is searched again.
    for end in (found.low, found.high):
        rest = optimize.minimize(lambda p, end=end: likelihood(np.append(end, p)), best.x[1:], method="BFGS")
        assert 2 * (rest.fun - best.fun) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-3)
    at_zero = optimize.minimize(lambda p: likelihood(np.append(0.0, p)), best.x[1:], method="BFGS").fun
    assert found.p == pytest.approx(stats.chi2.sf(2 * (at_zero - best.fun), 1), abs=1e-4)


@pytest.mark.parametrize(("kind", "model"), [("lag", lag_model), ("error", error_model)])
def test_the_covariance_is_the_inverse_of_the_curvature(kind, model):
    # Expected and observed information agree on average, so many firms are needed for one sample.
    y, x, w = lagged(4, n=400, error=kind == "error")
    found = model(y, x, w)
    likelihood = dense_likelihood(kind, y, x, w)
    at, step = np.array([found.rho, *found.coefficients, math.log(found.sigma2) / 2]), 1e-3
    units = np.eye(len(at)) * step
    hessian = np.array(
        [
            [
                likelihood(at + a + b)
                - likelihood(at + a - b)
                - likelihood(at - a + b)
                + likelihood(at - a - b)
                for a in units
            ]
            for b in units
        ]
    )
    observed = np.linalg.inv(hessian / (4 * step**2))[:-1, :-1]
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(np.sqrt(np.diag(observed)), rel=0.12)


def test_two_stages_done_by_matrices():
    y, x, w = lagged(5, n=50)
    found = two_stage(y, x, w)
    # W times the constant is 0 for the firm without sources alone, so that it is an instrument too.
    h = np.column_stack([x, w @ x, w @ w @ x])
    assert found.instruments == np.linalg.matrix_rank(h) - 2 == 4
    projection = h @ np.linalg.pinv(h)
    z = np.column_stack([w @ y, x])
    inverse = np.linalg.inv(z.T @ projection @ z)
    b = inverse @ z.T @ projection @ y
    assert (found.rho, *found.coefficients) == pytest.approx(tuple(b))
    assert found.se == pytest.approx(math.sqrt(inverse[0, 0] * np.sum((y - z @ b) ** 2) / 47))
    less = w @ y - x @ np.linalg.lstsq(x, w @ y)[0]
    more = w @ y - projection @ w @ y
    assert found.first_stage_f == pytest.approx((less @ less - more @ more) / 4 / (more @ more / 44))
    assert two_stage(y, x[:, :1], random_w(6, 50, degree=30, isolates=0)) is None
    assert two_stage(y, np.column_stack([x, x[:, 1]]), w) is None


def test_identification():
    path = np.array([[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]])
    assert identified(path)
    everyone = (np.ones((5, 5)) - np.eye(5)) / 4
    assert not identified(everyone)  # W^2 = I / 4 + 3 W / 4
    assert not identified(np.zeros((4, 4)))
    assert not identified(np.zeros((0, 0)))
    assert identified(random_w(7, 30))


def test_impacts_are_those_of_the_inverse():
    y, x, w = lagged(8)
    model = lag_model(y, x, w)
    found = impacts(model, w, 1, np.random.default_rng(1), 4000)
    s = np.linalg.inv(np.eye(60) - model.rho * w) * model.coefficients[1]
    assert found["direct"][0] == pytest.approx(np.trace(s) / 60)
    assert found["total"][0] == pytest.approx(s.sum() / 60)
    assert found["indirect"][0] == pytest.approx((s.sum() - np.trace(s)) / 60)
    # The interval by hand: draw, invert, take the points.
    rng = np.random.default_rng(2)
    drawn = rng.multivariate_normal(
        [model.rho, model.coefficients[1]], model.covariance[np.ix_([0, 2], [0, 2])], size=2000
    )
    totals = [
        np.linalg.solve(np.eye(60) - r * w, np.ones(60)).sum() * b / 60 for r, b in drawn if abs(r) < 0.999
    ]
    assert found["total"][1:] == pytest.approx(np.quantile(totals, [0.025, 0.975]), rel=0.06)


def test_planted_lags_and_errors_are_covered():
    covered = {"lag": [], "error": [], "two": []}
    for seed in range(20):
        y, x, w = lagged(seed, rho=0.3)
        model, staged = lag_model(y, x, w), two_stage(y, x, w)
        covered["lag"].append(model.low <= 0.3 <= model.high)
        covered["two"].append(abs(staged.rho - 0.3) < 2 * staged.se)
        y, x, w = lagged(seed, rho=0.0, error=True)
        model = error_model(y, x, w)
        covered["error"].append(model.low <= 0 <= model.high)
        assert (model.p > 0.05) == covered["error"][-1]
    assert all(sum(hits) >= 16 for hits in covered.values())


def test_exposure_by_hand():
    # 0 and 1 are asked by 2, 1 by 3; 4 asked 2 but did not answer, and 5 asks nobody.
    cluster = small_cluster(
        {"knowledge": [(0, 2, 1), (1, 2, 3), (1, 3), (2, 4)]}, size=6, responded=[1, 1, 1, 1, 0, 1]
    )
    data = FirmData(cluster, pd.DataFrame(index=cluster.firms))
    known = np.ones(6, dtype=bool)
    assert exposure_weights(data, known).toarray()[2].tolist() == [0.25, 0.75, 0, 0, 0, 0]
    assert exposure_weights(data, known).toarray().sum(axis=1).tolist() == [0, 0, 1, 1, 0, 0]
    known[1] = False
    assert exposure_weights(data, known).toarray()[2].tolist() == [1, 0, 0, 0, 0, 0]
    without = FirmData(small_cluster(size=3, responded=[1] * 3), pd.DataFrame())
    assert not exposure_weights(without, known[:3]).toarray().any()


def test_permutation_p_is_that_of_all_orders():
    rng = np.random.default_rng(9)
    w, y, own, k = random_w(9, 7, degree=3), rng.normal(size=7), rng.normal(size=(7, 1)), rng.normal(size=7)
    there = w.sum(axis=1) > 0
    x = np.column_stack([np.ones(7), own])
    rest = least_squares(y, x).residuals
    for sources in (k, None):

        def t_of(outcome, sources=sources):
            e = w @ (outcome if sources is None else sources)
            return least_squares(outcome[there], np.column_stack([x[there], e[there]])).t[-1]

        every = np.array([t_of(y - rest + rest[list(order)]) for order in itertools.permutations(range(7))])
        t = t_of(y)
        exact = 2 * min(np.mean(every >= t - 1e-9), np.mean(every <= t + 1e-9))
        found = exposure_regression(y, own, sparse.csr_array(w), np.random.default_rng(1), 8000, sources)
        assert found.p == pytest.approx(min(exact, 1), abs=0.03)
        assert found.n == there.sum()


def test_the_coefficient_is_the_standardized_one():
    y, x, w = lagged(10)
    k = np.random.default_rng(10).normal(size=60)
    found = exposure_regression(y, x[:, 1:], sparse.csr_array(w), np.random.default_rng(1), 99, k)
    there = w.sum(axis=1) > 0
    z = stats.zscore(np.column_stack([(w @ k)[there], x[there, 1], y[there]]))
    b, (rss,), *_ = np.linalg.lstsq(z[:, :2], z[:, 2])
    assert found.coefficient == pytest.approx(b[0])
    se = math.sqrt(np.linalg.inv(z[:, :2].T @ z[:, :2])[0, 0] * rss / (there.sum() - 3))
    assert found.high - found.low == pytest.approx(2 * stats.t.ppf(0.975, there.sum() - 3) * se)
    assert (
        exposure_regression(y, x[:, 1:], sparse.csr_array(w), np.random.default_rng(1), 9, np.ones(60))
        is None
    )


def test_exposure_is_found_where_it_is_and_not_elsewhere():
    false, true = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        w, own, k = sparse.csr_array(random_w(seed, 60)), rng.normal(size=(60, 1)), rng.normal(size=60)
        y = own[:, 0] + rng.normal(size=60)
        false.append(exposure_regression(y, own, w, rng, 199, k).p < 0.05)
        false.append(exposure_regression(y, own, w, rng, 199).p < 0.05)
        true.append(exposure_regression(y + 1.5 * (w @ k), own, w, rng, 199, k).p < 0.05)
    assert np.mean(false) < 0.12
    assert np.mean(true) > 0.8


def cluster_with(seed=11, n=50, **more):
    w = random_w(seed, n)
    ties = [(int(j), int(i)) for i, j in np.argwhere(w > 0)]  # knowledge runs from the source j to i
    cluster = small_cluster(
        {"knowledge": ties}, size=n, responded=[1] * n, settings=MechanismSettings(draws=199), **more
    )
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(index=[named(i) for i in range(n)])
    table["absorptive_capacity_index"] = rng.normal(size=n)
    exposure = w @ table["absorptive_capacity_index"].to_numpy()
    table["innovation_performance"] = (
        2 * exposure + table["absorptive_capacity_index"] + 0.5 * rng.normal(size=n)
    )
    return FirmData(cluster, table), w


def test_rows_of_a_cluster_with_spillovers():
    data, w = cluster_with()
    rows = {(r["measure"], r["category"]): r for r in estimate_spillover(data)}
    assert len(rows) == 4
    assert rows["spillover_exposure_p", SOURCES_KNOWLEDGE]["value"] == 0.01
    row = rows["spillover_exposure", SOURCES_KNOWLEDGE]
    assert 0 < row["low"] < row["value"] < row["high"]
    exposed = int((w.sum(axis=1) > 0).sum())
    assert (row["layer"], row["n"], row["coverage"]) == ("knowledge", exposed, exposed / 50)
    assert "low" not in rows["spillover_exposure", SOURCES_OUTCOME]
    # A source that did not report its performance still passes on what it knows.
    table = data.table.copy()
    table.iloc[5:10, 1] = math.nan
    fewer = {(r["measure"], r["category"]): r for r in estimate_spillover(FirmData(data.cluster, table))}
    assert fewer["spillover_exposure", SOURCES_KNOWLEDGE]["n"] == int(
        (np.delete(w, range(5, 10), 0).sum(axis=1) > 0).sum()
    )
    among = np.delete(np.delete(w, range(5, 10), 0), range(5, 10), 1)
    assert fewer["spillover_exposure", SOURCES_OUTCOME]["n"] == int((among.sum(axis=1) > 0).sum())


def test_network_models_come_on_request_and_say_how_weak_they_are():
    data, w = cluster_with(12)
    y, own = data.values("innovation_performance"), data.matrix(["absorptive_capacity_index"])
    rows = Rows(data.cluster, "part", "learning.process")
    network_model_rows(rows, data, y, own, w)
    found = {(r["measure"], r.get("category", "")): r for r in rows}
    x = np.column_stack([np.ones(50), own])
    lag, staged = lag_model(y, x, w), two_stage(y, x, w)
    assert found["spillover_lag", "maximum likelihood"]["value"] == lag.rho
    assert found["spillover_lag", "two-stage least squares"]["value"] == staged.rho
    assert found["spillover_error", "maximum likelihood"]["value"] == error_model(y, x, w).rho
    assert found["spillover_first_stage_f", ""]["value"] == staged.first_stage_f
    assert found["spillover_identified", ""]["value"] == 1.0
    parts = [found["spillover_impact", kind]["value"] for kind in ("direct", "indirect", "total")]
    assert parts[0] + parts[1] == pytest.approx(parts[2])
    assert all("underpowered" in r["method"] for r in rows if r["measure"] != "spillover_identified")
    asked = MechanismSettings(draws=199, spillover_models=True)
    with_models = FirmData(replace(data.cluster, settings=asked), data.table)
    assert {r["measure"] for r in estimate_spillover(with_models)} - {r["measure"] for r in estimate_spillover(data)} == {
        "spillover_lag", "spillover_error", "spillover_first_stage_f", "spillover_impact", "spillover_identified"
    }  # fmt: skip


def test_network_models_without_an_answer_say_why():
    data, w = cluster_with(14, n=24)
    y, own = data.values("innovation_performance"), data.matrix(["absorptive_capacity_index"])
    everyone = (np.ones((24, 24)) - np.eye(24)) / 23
    rows = Rows(data.cluster, "part", "learning.process")
    network_model_rows(rows, data, y, own, everyone)
    found = {r["measure"]: r for r in rows}
    assert found["spillover_identified"]["value"] == 0.0
    assert found["spillover_first_stage_f"]["withheld"] == "undefined: no instrument is left"
    assert found["spillover_lag"]["withheld"].startswith("undefined: the likelihood has no top")
    assert "spillover_impact" not in found
    exact = Rows(data.cluster, "part", "learning.process")
    network_model_rows(exact, data, 2 * own[:, 0] + 1, own, w)
    assert [r["withheld"] for r in exact] == [
        "undefined: own absorptive capacity leaves nothing of performance open"
    ]


def test_spillover_is_withheld_with_the_reason():
    data, _ = cluster_with(13)
    no_ties = FirmData(small_cluster(size=50, responded=[1] * 50), data.table)
    few = FirmData(small_cluster({"knowledge": [(0, 1)]}, size=50, responded=[1] * 50), data.table)
    text = FirmData(small_cluster({"knowledge": [(0, 1)]}, size=50, boundary="text"), data.table)
    sample = FirmData(small_cluster({"knowledge": [(0, 1)]}, size=50, boundary="sample"), data.table)
    reasons = {
        "a text states": text,
        "only a sample was asked": sample,
        "no achieved tie of knowledge": no_ties,
        "withheld: 1 firm(s) with all values have a source": few,
        f"the same {label_of('innovation_performance')}": FirmData(
            data.cluster, data.table.assign(innovation_performance=2.0)
        ),
        f"no firm has {label_of('absorptive_capacity_index')}": FirmData(
            data.cluster, data.table[["innovation_performance"]]
        ),
    }
    for words, one in reasons.items():
        rows = estimate_spillover(one)
        assert {r["measure"] for r in rows} == {"spillover_exposure"}
        assert all(words in r["withheld"] for r in rows)
