"""Who answered, how much of the network was observed, and how far results rest on those who happened to answer.

A pair of actors is tied, not tied, or unobserved (`networks.observation`). The measures here say how large the last part is and set
degrees against those who could report; `rank_stability` drops respondents at random and looks at who
stays central (Costenbader and Valente 2003; Borgatti, Carley and Krackhardt 2006); `apply_missing_rule` is the
one place where a rule for unobserved pairs is chosen by name.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for
from gumflow.measures.registry import COMPLETE, OUTSIDE_NOT_ASKED, SHARE, get_measure, measure
from gumflow.networks import imputation, observation
from gumflow.networks.graph import Network, once_per_network

MISSING_RULES = ("observed", "reciprocal", "impute", "absent", "drop")
TOP_SHARE = 0.1
STABILITY_COLUMNS = (
    "measure",
    "share_dropped",
    "replicates",
    "rank_correlation",
    "low",
    "high",
    "top_overlap",
)

_NOBODY_TOLD = "nobody who could tell of the actor's ties answered"


@measure(
    name="response_rate",
    level="network",
    bounds=SHARE,
    label_en="Response rate",
    label_zh="应答率",
    definition=(
        "Share of the actors of the cluster that were asked who answered; outside actors were not asked. Below 0.6 to 0.8, measures "
        "that read absent ties should not be trusted."
    ),
    formula="#{i inside: i answered} / #{i inside: i was asked}",
    source="Huisman 2009",
    boundaries=COMPLETE,
    reads="observed",
    undefined="a network without actors of the cluster has nobody to answer",
    cost="linear",
)
def response_rate(network: Network) -> float:
    """Divide the actors of the cluster that answered by those that were asked; 1 if nobody was, NaN without actors."""
    return network.response_rate if network.inside.any() else math.nan


@measure(
    name="coverage",
    level="network",
    bounds=SHARE,
    label_en="Coverage, share of pairs observed",
    label_zh="观测覆盖率（已观测的行为主体对）",
    definition=(
        "Share of the ordered pairs of actors of which it was observed whether they are tied. It falls short of "
        "the response rate where both ends must answer, or a roster left actors out, and exceeds it where the answer of one end is enough."
    ),
    formula="observed pairs / (n(n-1))",
    source="Huisman 2009",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    reads="observed",
    undefined="fewer than two actors have no pair to observe",
    cost="linear",
)
def coverage(network: Network) -> float:
    """Divide the observed ordered pairs by all; NaN for fewer than two actors."""
    return observation.coverage(network)


@measure(
    name="in_degree_share",
    level="actor",
    bounds=SHARE,
    label_en="In-degree, share of those who could tell",
    label_zh="点入度占可报告者的比例",
    definition=(
        "Ties to the actor as a share of the others of whom it was told whether they have one, so that actors whose possible "
        "partners did not answer are not read as unpopular. Ties known although nobody was asked about them do not count."
    ),
    formula="sum_i A[i,j] O[i,j] / sum_i O[i,j], O = told",
    source="Costenbader and Valente 2003; Huisman 2009",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    reads="observed",
    undefined=_NOBODY_TOLD,
    cost="linear",
)
def in_degree_share(network: Network) -> NDArray[np.float64]:
    """Divide told ties to each actor by the told pairs (i, actor); NaN where there are none."""
    return _share(network, network.target, observation.observed_in(_told(network)))


@measure(
    name="out_degree_share",
    level="actor",
    bounds=SHARE,
    label_en="Out-degree, share of those told about",
    label_zh="点出度占已报告对象的比例",
    definition=(
        "Ties from the actor as a share of the others of whom it was told whether it has one; not given for an actor that did "
        "not answer and of whose ties nobody else was asked. Ties known although nobody was asked about them do not count."
    ),
    formula="sum_j A[i,j] O[i,j] / sum_j O[i,j], O = told",
    source="Costenbader and Valente 2003; Huisman 2009",
    boundaries=COMPLETE,
    scope="inside",
    why_not_elsewhere=OUTSIDE_NOT_ASKED,
    reads="observed",
    undefined=_NOBODY_TOLD,
    cost="linear",
)
def out_degree_share(network: Network) -> NDArray[np.float64]:
    """Divide told ties from each actor by the told pairs (actor, j); NaN where there are none."""
    return _share(network, network.source, observation.observed_out(_told(network)))


_told = once_per_network(imputation.told_network)


def _share(network: Network, own: NDArray[np.int64], told: NDArray[np.int64]) -> NDArray[np.float64]:
    counted = observation.is_observed(_told(network), network.source, network.target)
    ties = np.bincount(own[counted], minlength=network.size).astype(np.float64)
    return np.divide(ties, told, out=np.full(network.size, np.nan), where=told > 0)


def apply_missing_rule(
    network: Network, rule: str, *, imputations: int = imputation.IMPUTATIONS, seed: int = 0
) -> tuple[list[Network], str]:
    """Treat unobserved pairs by a rule; returns the networks to measure (`imputations` of them under impute, else one) and a text that says what was done.

        observed    leave them unobserved: each measure leaves them out, or is withheld below the response gate
        reciprocal  read a missing report from the other side (`imputation.fill_reciprocal`)
        impute      draw them that many times (`imputation.impute_arcs`); pool the results with `pooling.pool`
        absent      read them as not tied
        drop        leave out the actors that did not answer

    A network in which every pair was observed comes back alone, as it is. Raises `GumflowError` for an unknown
    rule and where the rule is not allowed on this network.
    """
    if rule not in MISSING_RULES:
        raise GumflowError(f"the rule for missing reports is {rule!r}; allowed: {', '.join(MISSING_RULES)}")
    if observation.fully_observed(network):
        return [network], "every pair was observed"
    missing = 1 - observation.coverage(network)
    silent = int((~network.responded).sum())
    if rule == "observed":
        text = "unobserved pairs left out where a measure allows it"
        networks = [network]
    elif rule == "reciprocal":
        networks = [imputation.fill_reciprocal(network)]
        left = 1 - observation.coverage(networks[0])
        text = f"unobserved ties read from the other side ({left:.1%} of the pairs observed from neither)"
    elif rule == "impute":
        networks = imputation.impute_arcs(network, imputations, seed=seed)
        text = f"unobserved ties imputed {imputations} times by a logistic model of ties"
    elif rule == "absent":
        networks = [imputation.read_as_absent(network)]
        text = "unobserved ties read as absent"
    else:
        networks = [imputation.drop_nonrespondents(network)]
        text = "actors that did not answer left out"
    return (
        networks,
        f"{text}; {missing:.1%} of the pairs unobserved, {silent} of {network.size} actors without an answer",
    )


def rank_stability(
    network: Network,
    measure_names: Sequence[str],
    drop: Sequence[float] = (0.1, 0.2, 0.3),
    replicates: int = 100,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Say how far the ranking of actors by a measure holds when respondents are dropped at random.

    For each share in `drop` and each replicate, that share of the respondents (rounded, at least one) loses its
    answers: they stay as actors, their pairs become unobserved, and ties that nobody left could tell are taken
    out. The measure is computed again and compared with its values on the full network over the actors
    that have both: Spearman's rank correlation (ties by mean rank; a constant has none), and the overlap of the top
    tenths, intersection over union (Borgatti, Carley and Krackhardt 2006), actors equal to the last of the top being in it. All measures
    meet the same draws. Where either end can tell of a tie, it is taken to be told by the end that is left, so the
    result is the most favorable one.

    Returns `STABILITY_COLUMNS`, one row for each measure and share: mean rank correlation, its 5th and 95th
    percentile over the replicates, mean overlap. NaN where a correlation is undefined in every replicate. Raises `GumflowError` for a measure that is not of
    actors, a share not between 0 and 1, no replicate, and a network of which nobody answered.
    """
    functions = [_actor_function(name) for name in measure_names]
    wrong = [share for share in drop if not 0 < share < 1]
    if wrong or replicates < 1:
        raise GumflowError(
            "rank stability drops shares between 0 and 1 of the respondents in at least one replicate; "
            f"got the shares {', '.join(map(str, drop))} and {replicates} replicates"
        )
    answered = np.flatnonzero(network.responded)
    if not len(answered):
        raise GumflowError(f"network {network.name!r}: nobody answered, so no respondent can be dropped")
    full = [function(network) for function in functions]
    told = _is_told(network)
    rows = []
    for share in drop:
        rng = np.random.default_rng(seed_for(seed, "rank stability", str(share)))
        count = min(max(1, round(share * len(answered))), len(answered))
        found = np.empty((2, len(functions), replicates))
        for draw in range(replicates):
            reduced = _without_answers(network, told, rng.permutation(answered)[:count])
            for k, function in enumerate(functions):
                found[:, k, draw] = _agreement(full[k], function(reduced))
        for k, name in enumerate(measure_names):
            rows.append((name, share, replicates, *_summary(found[0, k]), _mean(found[1, k])))
    return pd.DataFrame(rows, columns=list(STABILITY_COLUMNS)).astype({"measure": "str"})


def _actor_function(name: str) -> Callable[[Network], NDArray[np.float64]]:
    declared = get_measure(name)
    if declared.level != "actor":
        raise GumflowError(
            f"{name!r} is a measure of the level {declared.level}; ranks need a measure of actors"
        )
    return declared.function


def _without_answers(network: Network, told: NDArray[np.bool_], silent: NDArray[np.int64]) -> Network:
    """Take away the answers of some actors, and of the ties that were `told` those that only they told."""
    responded = network.responded.copy()
    responded[silent] = False
    fewer = replace(network, responded=responded)
    keep = _is_told(fewer) | ~told
    return replace(
        fewer,
        source=network.source[keep],
        target=network.target[keep],
        strength=network.strength[keep],
        arc_layers=network.arc_layers[keep],
    )


def _is_told(network: Network) -> NDArray[np.bool_]:
    """Say of each arc whether it was asked and answered; of an undirected tie, in either direction."""
    told = imputation.told_network(network)
    there = observation.is_observed(told, network.source, network.target)
    return (
        there if network.directed else there | observation.is_observed(told, network.target, network.source)
    )


def _agreement(full: NDArray[np.float64], reduced: NDArray[np.float64]) -> tuple[float, float]:
    """Return Spearman's correlation and the overlap of the top tenths, over actors that have both values."""
    both = np.isfinite(full) & np.isfinite(reduced)
    if not both.any():
        return math.nan, math.nan
    one, other = full[both], reduced[both]
    a, b = _mean_ranks(one) - (len(one) + 1) / 2, _mean_ranks(other) - (len(one) + 1) / 2
    scale = math.sqrt(float(a @ a) * float(b @ b))
    top, top_after = _top(one), _top(other)
    overlap = (top & top_after).sum() / (top | top_after).sum()
    return (float(a @ b) / scale if scale > 0 else math.nan), float(overlap)


def _mean_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank from 1 up, equal values by the mean of their ranks; a tenth of the time that scipy's `rankdata` takes."""
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    new = np.concatenate([[True], ascending[1:] != ascending[:-1]])
    ends = np.append(np.flatnonzero(new), len(values))
    ranks = np.empty(len(values))
    ranks[order] = ((ends[:-1] + 1 + ends[1:]) / 2)[np.cumsum(new) - 1]
    return ranks


def _top(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    count = math.ceil(TOP_SHARE * len(values))
    return values >= np.partition(values, len(values) - count)[len(values) - count]


def _summary(values: NDArray[np.float64]) -> tuple[float, float, float]:
    known = values[np.isfinite(values)]
    if not len(known):
        return math.nan, math.nan, math.nan
    low, high = np.quantile(known, [0.05, 0.95])
    return float(known.mean()), float(low), float(high)


def _mean(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan
