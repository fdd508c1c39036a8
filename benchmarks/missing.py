"""What missing respondents do to a network's numbers under each rule. Run by hand: ./run python benchmarks/missing.py [REPLICATES]

Networks of 80 firms with known ties are drawn from a p2 model (unequal senders and receivers, two groups, a reciprocity
parameter); 30 % of the firms, at random, lose their answers. Printed for each level of reciprocity: mean relative error of
density, arc reciprocity and in-degree centralization, mean Spearman correlation of in-degree with the truth, and how often the 95 %
interval of the imputations holds the value of the complete network. Then the reciprocity at which reading a tie from
the other side begins to order actors better than leaving it out, from which `imputation.RECIPROCITY_NEEDED` is set; and the speed.
"""

import sys
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from gumflow.measures.pooling import pool
from gumflow.measures.response import in_degree_share
from gumflow.networks.graph import Network
from gumflow.networks.imputation import fill_reciprocal, impute_arcs, observed_reciprocity, read_as_absent
from gumflow.networks.observation import coverage

FIRMS, SILENT = 80, 0.3
MUTUALITY = (0.0, 2.0, 3.5, 5.0)
MUTUALITY_FOR_CUT = (0.5, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)


def made_up(
    rng: np.random.Generator, mutuality: float, firms: int = FIRMS, partners: float = 6.0
) -> NDArray[np.bool_]:
    """Draw a network from a p2 model with about `partners` ties out of each firm."""
    sender, receiver = rng.normal(0, 0.6, firms), rng.normal(0, 0.8, firms)
    group = np.arange(firms) % 2
    base = sender[:, None] + receiver[None, :] + 0.8 * (group[:, None] == group[None, :])
    i, j = np.triu_indices(firms, 1)
    low, high = -20.0, 5.0
    for _ in range(40):
        middle = (low + high) / 2
        there, back = base[i, j] + middle, base[j, i] + middle
        weight = np.exp(np.column_stack([0 * there, there, back, there + back + mutuality]))
        chance = weight / weight.sum(axis=1, keepdims=True)
        mean = (chance[:, 1] + chance[:, 2] + 2 * chance[:, 3]).sum() / firms
        low, high = (middle, high) if mean < partners else (low, middle)
    state = (rng.random(len(i))[:, None] > chance.cumsum(axis=1)).sum(axis=1)
    tied = np.zeros((firms, firms), dtype=bool)
    tied[i, j], tied[j, i] = (state == 1) | (state == 3), state >= 2
    return tied


def as_network(tied: NDArray[np.bool_], responded: NDArray[np.bool_]) -> Network:
    """Make a directed network in which each firm reported its own ties, if it answered."""
    source, target = np.nonzero(tied & responded[:, None])
    names = np.array([f"f{k:05d}" for k in range(len(tied))])
    return Network(
        name="firm", boundary="census", actors=names, kinds=np.full(len(names), "firm"), inside=np.ones(len(names), dtype=bool),
        source=source, target=target, strength=np.ones(len(source)), layers=("tie",), arc_layers=np.ones((len(source), 1), dtype=bool),
        loops_dropped=0, merged_ties=0, groups=np.where(np.arange(len(names)) % 2, "a", "b"), responded=responded, observed_by="sender",
    )  # fmt: skip


def totals(network: Network) -> NDArray[np.float64]:
    """Density, arc reciprocity and in-degree centralization on what was told."""
    share = in_degree_share(network)
    share = share[~np.isnan(share)]
    told_pairs = coverage(replace(network, source=network.source[:0], target=network.target[:0], strength=network.strength[:0], arc_layers=network.arc_layers[:0])) * network.size * (network.size - 1)  # fmt: skip
    return np.array(
        [
            network.arcs / told_pairs,
            observed_reciprocity(network),
            (share.max() - share).sum() / (network.size - 1),
        ]
    )


def rank_correlation(network: Network, tied: NDArray[np.bool_]) -> float:
    """Spearman's correlation of the in-degree, as far as it was told, with the true one."""
    return float(spearmanr(in_degree_share(network), tied.sum(axis=0)).statistic)


def one_replicate(
    seed: int, mutuality: float
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]], NDArray[np.bool_]]:
    """Return the truth, (density, reciprocity, centralization, rank correlation) by rule, and which intervals hold the truth."""
    rng = np.random.default_rng([seed, int(10 * mutuality)])
    tied = made_up(rng, mutuality)
    responded = np.ones(FIRMS, dtype=bool)
    responded[rng.permutation(FIRMS)[: round(SILENT * FIRMS)]] = False
    truth = totals(as_network(tied, np.ones(FIRMS, dtype=bool)))
    network = as_network(tied, responded)
    rules = {
        "observed": network,
        "absent": read_as_absent(network),
        "reciprocal": fill_reciprocal(network, 0.0),
    }
    found = {name: np.append(totals(one), rank_correlation(one, tied)) for name, one in rules.items()}
    imputed = impute_arcs(network, seed=seed)
    values = np.array([totals(one) for one in imputed])
    ranks = np.mean([in_degree_share(one) for one in imputed], axis=0)
    found["impute"] = np.append(values.mean(axis=0), spearmanr(ranks, tied.sum(axis=0)).statistic)
    pooled = [pool(column) for column in values.T]
    return truth, found, np.array([p.low <= t <= p.high for p, t in zip(pooled, truth, strict=True)])


def compare_rules(replicates: int) -> None:
    """Print the table of errors."""
    for mutuality in MUTUALITY:
        runs = [one_replicate(seed, mutuality) for seed in range(replicates)]
        truth = np.array([run[0] for run in runs])
        print(
            f"true reciprocity {truth[:, 1].mean():.2f}, density {truth[:, 0].mean():.3f}, {replicates} networks"
        )
        for rule in runs[0][1]:
            found = np.array([run[1][rule] for run in runs])
            error = found[:, :3].mean(axis=0) / truth.mean(axis=0) - 1
            print(f"  {rule:10s} density {error[0]:+7.1%}  reciprocity {error[1]:+7.1%}  in-centralization {error[2]:+7.1%}  rank of in-degree {found[:, 3].mean():.3f}")  # fmt: skip
        held = np.mean([run[2] for run in runs], axis=0)
        print(f"  intervals of the imputations hold the truth: density {held[0]:.0%}, reciprocity {held[1]:.0%}, in-centralization {held[2]:.0%}")  # fmt: skip


def find_cut(replicates: int) -> None:
    """Print the gain in rank correlation of reading ties from the other side, by reciprocity."""
    for mutuality in MUTUALITY_FOR_CUT:
        gain, reciprocity = [], []
        for seed in range(replicates):
            rng = np.random.default_rng([seed, 7, int(10 * mutuality)])
            tied = made_up(rng, mutuality)
            responded = np.ones(FIRMS, dtype=bool)
            responded[rng.permutation(FIRMS)[: round(SILENT * FIRMS)]] = False
            network = as_network(tied, responded)
            gain.append(
                rank_correlation(fill_reciprocal(network, 0.0), tied) - rank_correlation(network, tied)
            )
            reciprocity.append((tied & tied.T).sum() / tied.sum())
        error = np.std(gain) / len(gain) ** 0.5
        print(
            f"  reciprocity {np.mean(reciprocity):.2f}: gain in rank correlation {np.mean(gain):+.4f} (+-{error:.4f})"
        )


def speed() -> None:
    """Print the CPU seconds of 20 imputations."""
    for firms, partners, silent in ((80, 6.0, 0.3), (1000, 8.0, 0.2)):
        rng = np.random.default_rng(1)
        tied = made_up(rng, 2.0, firms, partners)
        network = as_network(tied, rng.random(firms) > silent)
        impute_arcs(network, 1)
        start = time.process_time()
        impute_arcs(network)
        print(
            f"  {firms} firms, {silent:.0%} without an answer, 20 imputations: {time.process_time() - start:.2f} CPU s"
        )


if __name__ == "__main__":
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    compare_rules(replicates)
    find_cut(2 * replicates)
    speed()
