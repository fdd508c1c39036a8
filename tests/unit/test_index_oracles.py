"""The index engine beside independent programs: pymcdm, SALib, statsmodels, scipy."""

import numpy as np
import pytest
from pymcdm.methods import TOPSIS
from pymcdm.weights import critic_weights as critic_of_pymcdm
from pymcdm.weights.subjective import AHP
from SALib.analyze import sobol as salib_sobol
from scipy import stats
from statsmodels.multivariate.pca import PCA

from gumflow.index.aggregate import combine
from gumflow.index.data_weights import critic_weights, pca_weights
from gumflow.index.judged_weights import ahp_weights
from gumflow.index.sensitivity import sobol_indices
from gumflow.index.treat import moments

NAMES = ("a", "b", "c", "d")


def table(seed: int, rows: int = 24) -> np.ndarray:
    """Return positive values of four indicators that go together."""
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(size=(rows, 4)) + rng.normal(size=(rows, 1)))


@pytest.mark.parametrize("seed", range(5))
def test_topsis_is_that_of_pymcdm(seed: int) -> None:
    values = table(seed)
    scaled = (values - values.min(axis=0)) / np.ptp(values, axis=0)
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    theirs = TOPSIS()(values, weights, np.ones(4))
    np.testing.assert_allclose(combine(scaled, weights, "topsis"), theirs, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_critic_weights_are_those_of_pymcdm(seed: int) -> None:
    values = table(seed)
    np.testing.assert_allclose(critic_weights(values, NAMES).weights, critic_of_pymcdm(values), atol=1e-12)


def test_ahp_weights_are_those_of_pymcdm() -> None:
    matrix = np.array([[1, 3, 5, 2], [1 / 3, 1, 2, 1 / 2], [1 / 5, 1 / 2, 1, 1 / 3], [1 / 2, 2, 3, 1]])
    pairs = {
        NAMES[i]: {NAMES[j]: float(matrix[i, j]) for j in range(4) if matrix[i, j] > 1} for i in range(4)
    }
    np.testing.assert_allclose(ahp_weights(pairs, NAMES).weights, AHP(matrix=matrix)(), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_pca_weights_are_squared_loadings_of_statsmodels(seed: int) -> None:
    values = table(seed)
    found = PCA(values, standardize=True)
    np.testing.assert_allclose(pca_weights(values, NAMES).weights, found.eigenvecs[:, 0] ** 2, atol=1e-10)
    share = found.eigenvals[0] / found.eigenvals.sum()
    assert pca_weights(values, NAMES).group_statistics["variance_share"] == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_skew_and_kurtosis_are_those_of_scipy(seed: int) -> None:
    values = table(seed)
    values[3, 1] = values[7, 2] = np.nan
    skew, kurtosis = moments(values)
    options = {"axis": 0, "bias": False, "nan_policy": "omit"}
    np.testing.assert_allclose(skew, stats.skew(values, **options), atol=1e-10)
    np.testing.assert_allclose(kurtosis, stats.kurtosis(values, **options), atol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_sobol_indices_are_those_of_salib(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d, base = 3, 256
    a, b = rng.random((base, d)), rng.random((base, d))

    def model(x: np.ndarray) -> np.ndarray:
        return np.sin(3 * x[:, 0]) + 2 * x[:, 1] ** 2 * x[:, 2] + 0.1 * x[:, 2]

    mixed = np.stack([model(np.where(np.arange(d) == j, b, a)) for j in range(d)])
    one, other = model(a), model(b)
    assert np.isfinite(mixed).all()
    # SALib takes its runs row by row of the base sample: A, then A with each factor from B, then B.
    runs = np.column_stack([one, *mixed, other]).ravel()
    names = {"num_vars": d, "names": list("xyz"), "bounds": [[0, 1]] * d}
    theirs = salib_sobol.analyze(names, runs, calc_second_order=False, seed=1)
    ours = sobol_indices(one[:, None], other[:, None], mixed[:, :, None])
    np.testing.assert_allclose(ours.first[:, 0], theirs["S1"], atol=1e-10)
    np.testing.assert_allclose(ours.total[:, 0], theirs["ST"], atol=1e-10)
