"""Barter of knowledge on the observed network: what the ties of a cluster let its firms know in the long run.

In the model of Cowan and Jonard (2004) two tied firms trade pieces of knowledge only if each has something to offer. The simulation asks
what the network is good for, and what it would lose with a gatekeeper or gain with ties out of the cluster; it is no forecast.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.measures.registry import ANY_NUMBER, COMPLETE, SHARE, get_measure, measure
from gumflow.mechanisms.cluster import Cluster, Flags, Found, Values
from gumflow.mechanisms.learning_process import PART, knowledge_stock
from gumflow.mechanisms.rows import Rows, firm_table
from gumflow.networks.graph import Network

Knowledge = NDArray[np.float32]
Ends = NDArray[np.int64]

MOST_CATEGORIES = 5
"""Most categories of knowledge: with up to five, the number of ways to choose some of them divides 60."""
_CHOICES = 60
_AT_ONCE = 2**17
"""Numbers that are handled at once: so few stay in a processor's cache, which halves the time."""
RATE = 0.25
ROUNDS = 40
REPLICATES = 8
GATEKEEPERS = 5
OUTSIDE_SHARES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
_SETTLED = 0.99
_MODEL = (
    f"In each of {ROUNDS} rounds each pair with a knowledge tie in either direction has its turn once, in random order; both swap as many of five categories "
    f"as the one with fewer advantages has, and the receiver closes {RATE:.0%} of the gap. Firms start with numbers drawn from 0 to their stock of knowledge."
)
_OUTSIDE = "Firms also have their turns with the outside partners that they named, who know of each category a number drawn from 0 to 1 and stay as they are."
_SOURCE = "Cowan and Jonard 2004 [adapted]"
_METHOD = f"mean of {REPLICATES} simulated barters; the interval is that of the simulation"


@dataclass(frozen=True, eq=False)
class Barter:
    """What a barter came to.

    knowledge   (actors x categories x runs) after the last round
    mean        (rounds + 1 x runs) mean over actors and categories, before the first round and after each
    variance    (rounds + 1 x runs) variance between actors of their mean over categories
    """

    knowledge: Knowledge
    mean: Values
    variance: Values


def barter(
    ends: tuple[Ends, Ends],
    knowledge: Knowledge,
    *,
    rate: float,
    rounds: int,
    rng: np.random.Generator,
    present: Flags | None = None,
    constant: Flags | None = None,
    variants: int = 1,
) -> Barter:
    """Let tied actors barter knowledge; return how much they know after each round.

    `ends` are the two ends of each tie, once for each pair; `knowledge` is (actors x categories x runs). In a round every tie has its turn
    once, in a random order that all runs share. At the turn of i - j, the actor with fewer categories in which it knows more gives
    them all, and gets as many of the other's, chosen at random: min(n_ij, n_ji) categories each way. Who receives moves by
    `rate` of the gap: v_j += rate (v_i - v_j).

    `present` (actors x runs) leaves actors and their ties out of some runs; `constant` (actors) are actors who give and take but do not
    change. Runs may be `variants` of the same replicates, one variant after the other: then run r of each variant makes the same random choices.
    Raises `GumflowError` for more than five categories and a rate outside 0 to 1.

    Source: Cowan and Jonard (2004); a round is a round of ties here, so that it means the same in networks of any size.
    """
    actors, categories, runs = knowledge.shape
    if categories > MOST_CATEGORIES or not 0 < rate <= 1:
        raise GumflowError(
            f"barter: {categories} categories and rate {rate}; give up to {MOST_CATEGORIES} and a rate above 0 up to 1"
        )
    state = knowledge.astype(np.float32, copy=True)
    first, second = ends
    tied = len(first)
    few = max(1, _AT_ONCE // max(1, categories * runs))
    counted = np.ones((actors, runs), dtype=bool) if present is None else present
    if constant is not None:
        counted = counted & ~constant[:, None]
    progress = [_moments(state, counted)]
    for _ in range(rounds):
        order = rng.permutation(tied)
        drawn = rng.integers(_CHOICES, size=(tied, runs // variants), dtype=np.uint8)
        choice = np.tile(drawn, (1, variants)) if variants > 1 else drawn
        for turn in turns(first, second, order, actors):
            for start in range(0, len(turn), few):
                some = turn[start : start + few]
                _trade(state, first[some], second[some], choice[some], rate, present, constant)
        progress.append(_moments(state, counted))
    mean, variance = (np.array(part) for part in zip(*progress, strict=True))
    return Barter(state, mean, variance)


def turns(first: Ends, second: Ends, order: NDArray[np.int64], actors: int) -> list[NDArray[np.int64]]:
    """Split ties that have their turn in `order` into batches of ties without a common end, with the same result as one by one.

    A tie is in the first batch after all ties that share an end with it and come before it.
    """
    batches = []
    left = order[::-1]
    earliest = np.empty(actors, dtype=np.int64)
    while len(left):
        place = np.arange(len(left), 0, -1)
        ends = np.column_stack([first[left], second[left]]).ravel()
        # Of several writes to one place the last stays: that of the tie whose turn is first.
        earliest[ends] = np.repeat(place, 2)
        ready = (earliest[first[left]] == place) & (earliest[second[left]] == place)
        batches.append(left[ready])
        left = left[~ready]
    return batches


@cache
def _chosen(categories: int) -> NDArray[np.uint8]:
    """Return the categories that are traded (bits), by who knows more of each (`_trade`) and a number below 60."""
    table = np.zeros((3**categories, _CHOICES), dtype=np.uint8)
    for code in range(3**categories):
        digits = [code // 3**c % 3 for c in range(categories)]
        mine = [c for c in range(categories) if digits[c] == 2]
        yours = [c for c in range(categories) if digits[c] == 0]
        fewer, more = sorted((mine, yours), key=len)
        ways = [sum(1 << c for c in (*fewer, *some)) for some in combinations(more, len(fewer))]
        table[code] = [ways[number % len(ways)] for number in range(_CHOICES)]
    return table.ravel()


def _trade(
    state: Knowledge,
    first: Ends,
    second: Ends,
    choice: NDArray[np.uint8],
    rate: float,
    present: Flags | None,
    constant: Flags | None,
) -> None:
    """Let ties without a common end trade, in place."""
    categories = state.shape[1]
    mine, yours = state.take(first, axis=0), state.take(second, axis=0)
    gap = mine - yours
    ahead = (gap > 0).view(np.int8) - (gap < 0).view(np.int8)
    code = np.full(choice.shape, (3**categories - 1) // 2, dtype=np.uint8)
    for c in range(categories):
        code += (ahead[:, c] * np.int8(3**c)).view(np.uint8)
    traded = _chosen(categories).take(code.astype(np.intp) * _CHOICES + choice)
    if present is not None:
        traded *= present[first] & present[second]
    bits = (traded[:, None] >> np.arange(categories, dtype=np.uint8)[:, None]) & np.uint8(1)
    gap *= bits.astype(np.float32)
    gap *= np.float32(rate / 2)
    # Half the absolute gap more or less half the gap: what one gains, and 0 for the other; faster than a maximum.
    size = np.abs(gap)
    yours += size + gap
    mine += size - gap
    if constant is None:
        state[first], state[second] = mine, yours
    else:
        moves, moves_too = ~constant[first], ~constant[second]
        state[first[moves]], state[second[moves_too]] = mine[moves], yours[moves_too]


def _moments(state: Knowledge, counted: Flags) -> tuple[Values, Values]:
    """Return mean and variance over the counted actors of their mean knowledge, for each run; NaN where none is counted."""
    level = state.mean(axis=1, dtype=np.float64)
    n = counted.sum(axis=0)
    mean = np.divide(np.where(counted, level, 0).sum(axis=0), n, out=np.full(len(n), np.nan), where=n > 0)
    squares = np.where(counted, (level - mean) ** 2, 0).sum(axis=0)
    return mean, np.divide(squares, n, out=np.full(len(n), np.nan), where=n > 0)


def rounds_to_settle(mean: Values) -> Values:
    """Return for each run the first round in which 99 % of all that is gained is gained; 0 where nothing is."""
    gained = mean - mean[0]
    return (gained >= _SETTLED * gained[-1]).argmax(axis=0).astype(np.float64)


def tied_pairs(network: Network) -> tuple[Ends, Ends]:
    """Return both ends of each pair that is tied in either direction, once."""
    low, high = np.minimum(network.source, network.target), np.maximum(network.source, network.target)
    codes = np.unique(low * network.size + high)
    return codes // max(network.size, 1), codes % max(network.size, 1)


def removal_losses(
    ends: tuple[Ends, Ends],
    knowledge: Knowledge,
    removed: NDArray[np.int64],
    *,
    rate: float,
    rounds: int,
    rng: np.random.Generator,
    constant: Flags | None = None,
) -> tuple[Barter, Values]:
    """Return the barter of all actors, and what all others lose in the long run when each of `removed` is gone (removed x replicates).

    A loss is the mean knowledge of the others, without those who are `constant`, with the actor there less that without it; the runs make
    the same random choices.
    """
    actors, _, replicates = knowledge.shape
    variants = len(removed) + 1
    present = np.ones((actors, variants * replicates), dtype=bool)
    for place, actor in enumerate(removed, 1):
        present[actor, place * replicates : (place + 1) * replicates] = False
    found = barter(
        ends, np.tile(knowledge, (1, 1, variants)), rate=rate, rounds=rounds, rng=rng, present=present,
        constant=constant, variants=variants,
    )  # fmt: skip
    level = found.knowledge.mean(axis=1, dtype=np.float64)
    losses = np.empty((len(removed), replicates))
    counted = np.arange(actors) if constant is None else np.flatnonzero(~constant)
    for place, actor in enumerate(removed, 1):
        others = np.setdiff1d(counted, [actor])
        with_it = level[others, :replicates].mean(axis=0)
        losses[place - 1] = with_it - level[others, place * replicates : (place + 1) * replicates].mean(
            axis=0
        )
    whole = Barter(
        found.knowledge[:, :, :replicates], found.mean[:, :replicates], found.variance[:, :replicates]
    )
    return whole, losses


def knowledge_by_outside_share(
    ends: tuple[Ends, Ends],
    knowledge: Knowledge,
    shares: tuple[float, ...],
    *,
    rate: float,
    rounds: int,
    rng: np.random.Generator,
) -> Values:
    """Return the mean long-run knowledge of the actors (shares x replicates) if a share of their ties led outside instead.

    Each share gets its own copy of the network, in which randomly chosen ties are cut at a random end and given a partner outside
    of their own. An outside partner knows of each category a number drawn evenly from 0 to 1 and is renewed from the chain, so that it does not change.
    """
    actors, categories, replicates = knowledge.shape
    first, second = ends
    tied = len(first)
    counts = [round(share * tied) for share in shares]
    inside = len(shares) * actors
    one, two = (np.concatenate([end + k * actors for k in range(len(shares))]) for end in (first, second))
    cut = np.concatenate([k * tied + rng.permutation(tied)[:count] for k, count in enumerate(counts)]).astype(
        np.int64
    )
    keeps_first = rng.random(len(cut)) < 0.5
    one[cut] = np.where(keeps_first, one[cut], two[cut])
    two[cut] = inside + np.arange(len(cut))
    strangers = rng.random((len(cut), categories, replicates), dtype=np.float32)
    found = barter(
        (one, two),
        np.concatenate([*[knowledge] * len(shares), strangers]),
        rate=rate,
        rounds=rounds,
        rng=rng,
        constant=np.arange(inside + len(cut)) >= inside,
    )
    level = found.knowledge[:inside].mean(axis=1, dtype=np.float64)
    return level.reshape(len(shares), actors, replicates).mean(axis=1)


def first_knowledge(levels: Values, replicates: int, rng: np.random.Generator) -> Knowledge:
    """Return knowledge (actors x categories x replicates) drawn evenly from 0 to the actor's level in each category.

    A level is a number from 0 to 1; those that are unknown are the median of the others.
    """
    filled = np.where(np.isnan(levels), np.nanmedian(levels), levels)
    drawn = rng.random((len(levels), MOST_CATEGORIES, replicates), dtype=np.float32)
    return drawn * filled[:, None, None].astype(np.float32)


def gatekeepers(cluster: Cluster) -> NDArray[np.int64]:
    """Return the places of up to five firms that stand most between the outside and the cluster.

    These are the largest products of outside partners and number of firms that are given knowledge, above 0; ties go by the order of firms.
    """
    network = cluster.firm_network("knowledge")
    if network is None:
        return np.empty(0, dtype=np.int64)
    given = np.bincount(network.source, minlength=network.size)
    score = np.nan_to_num(cluster.outside_partners) * given
    order = np.argsort(-score, kind="stable")[:GATEKEEPERS]
    return order[score[order] > 0].astype(np.int64)


@measure(
    name="gatekeeper_removal_loss",
    level="firm",
    label_en="Loss of knowledge without this gatekeeper",
    label_zh="移除该守门企业后的知识损失",
    definition=(
        "Mean long-run knowledge of all other firms in a simulated barter with the firm less that without it, for the five firms with the most outside "
        f"partners times firms that they give knowledge to. {_MODEL} {_OUTSIDE} A loss can be below 0: who knows more of everything has nobody to swap with."
    ),
    formula="mean of v_j over j != g, with g, less the same without g",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="sampled",
    bounds=ANY_NUMBER,
    undefined="the firm is not among the five, or the barter cannot be simulated",
)
@measure(
    name="gatekeeper_removal_loss_largest",
    level="cluster",
    label_en="Largest loss of knowledge when one gatekeeper goes",
    label_zh="移除单个守门企业的最大知识损失",
    definition=f"The largest loss among the five gatekeepers whose removal is simulated. {_MODEL} {_OUTSIDE}",
    formula="max over g of (mean of v_j over j != g, with g, less the same without g)",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="sampled",
    bounds=ANY_NUMBER,
    undefined="no firm that gives knowledge has a partner outside",
    interval_kind="method",
)
@measure(
    name="barter_knowledge",
    level="cluster",
    label_en="Mean knowledge in the simulated barter",
    label_zh="知识交换模拟的平均知识水平",
    definition=f"Mean over firms and categories before the first round (start) and after the last (long_run). {_MODEL} {_OUTSIDE}",
    formula="mean over i and c of v_ic; at a turn v_jc += a (v_ic - v_jc) in min(n_ij, n_ji) categories each way",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
    interval_kind="method",
)
@measure(
    name="barter_knowledge_variance",
    level="cluster",
    label_en="Variance of knowledge between firms in the simulated barter",
    label_zh="知识交换模拟的企业间知识方差",
    definition=f"Variance between firms of their mean knowledge before the first round (start) and after the last (long_run). {_MODEL} {_OUTSIDE}",
    formula="variance over i of the mean over c of v_ic",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="sampled",
    interval_kind="method",
)
@measure(
    name="barter_rounds_to_settle",
    level="cluster",
    label_en="Rounds until the simulated barter settles",
    label_zh="知识交换模拟趋稳所需轮数",
    definition=f"First round in which 99 % of what is gained in all rounds is gained. {_MODEL} {_OUTSIDE}",
    formula="min t: mean_t - mean_0 >= 0.99 (mean_T - mean_0)",
    source=_SOURCE,
    boundaries=COMPLETE,
    cost="sampled",
    interval_kind="method",
)
@measure(
    name="barter_outside_knowledge",
    level="cluster",
    label_en="Long-run knowledge by share of outside ties",
    label_zh="按集群外联系比例的长期知识水平",
    definition=(
        "Mean long-run knowledge if a share of the ties (the category) were cut at one end and led to outside partners of their own instead, whose knowledge "
        f"of each category is drawn from 0 to 1 and stays as it is. {_MODEL}"
    ),
    formula="mean over i and c of v_ic after the last round",
    source="Cowan and Jonard 2004 (share of long links) [reconstruction]",
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
    interval_kind="method",
)
@measure(
    name="barter_best_outside_share",
    level="cluster",
    label_en="Share of outside ties with the most knowledge in the long run",
    label_zh="长期知识水平最高的集群外联系比例",
    definition=f"Share of outside ties, of those simulated, at which the mean long-run knowledge is highest. {_MODEL}",
    formula="argmax over s of the mean of v_ic",
    source="Cowan and Jonard 2004 (share of long links) [reconstruction]",
    boundaries=COMPLETE,
    cost="sampled",
    bounds=SHARE,
    interval_kind="method",
)
def measure_barter(cluster: Cluster) -> Found:
    """Simulate barter of knowledge on a cluster's knowledge ties; without them, or without stocks of knowledge, say why not."""
    rows = Rows(cluster, *PART)
    firms = len(cluster.firms)
    why = cluster.why_not("barter_knowledge", "knowledge")
    network, stock = cluster.firm_network("knowledge"), knowledge_stock(cluster)
    if not why and (network is None or not network.arcs or np.isnan(stock).all()):
        why = "withheld: no firm has both a knowledge tie and a known absorptive capacity, and a barter needs both"
    column = np.full(firms, np.nan)
    if why or network is None:
        for name in ("barter_knowledge", "gatekeeper_removal_loss_largest"):
            rows.withhold(name, why)
        return Found(firm_table(cluster, {"gatekeeper_removal_loss": column}), list(rows))
    ends, start = tied_pairs(network), first_knowledge(stock, REPLICATES, cluster.stream("barter", "start"))
    removed = gatekeepers(cluster)
    whole, losses = _with_outside_partners(cluster, ends, start, removed)
    column[removed] = losses.mean(axis=1)
    coverage = float((~np.isnan(stock)).mean())
    for name, course in (("barter_knowledge", whole.mean), ("barter_knowledge_variance", whole.variance)):
        _simulated(rows, name, course[0], firms, coverage, category="start")
        _simulated(rows, name, course[-1], firms, coverage, category="long_run")
    _simulated(rows, "barter_rounds_to_settle", rounds_to_settle(whole.mean), firms, coverage)
    if len(removed):
        _simulated(rows, "gatekeeper_removal_loss_largest", losses[column[removed].argmax()], firms, coverage)
    else:
        rows.value("gatekeeper_removal_loss_largest", np.nan)
    rng = cluster.stream("barter", "outside ties")
    levels = knowledge_by_outside_share(ends, start, OUTSIDE_SHARES, rate=RATE, rounds=ROUNDS, rng=rng)
    for share, level in zip(OUTSIDE_SHARES, levels, strict=True):
        _simulated(rows, "barter_outside_knowledge", level, firms, coverage, category=f"{share:g}")
    best = np.array(OUTSIDE_SHARES)[[int(levels.mean(axis=1).argmax()), *levels.argmax(axis=0)]]
    rows.value(
        "barter_best_outside_share", float(best[0]), method=f"{_METHOD}, the range over its replicates", n=firms, coverage=coverage,
        low=float(min(best)), high=float(max(best)), interval_kind="method",
    )  # fmt: skip
    return Found(firm_table(cluster, {"gatekeeper_removal_loss": column}), list(rows))


def _with_outside_partners(
    cluster: Cluster, ends: tuple[Ends, Ends], start: Knowledge, removed: NDArray[np.int64]
) -> tuple[Barter, Values]:
    """Return `removal_losses` on the firms and the outside partners that they have, who know of each category a number from 0 to 1."""
    firms, outside = outside_pairs(cluster)
    rng = cluster.stream("barter", "removal")
    partners = int(outside.max(initial=-1)) + 1
    strangers = rng.random((partners, MOST_CATEGORIES, REPLICATES), dtype=np.float32)
    both = np.concatenate([ends[0], firms]), np.concatenate([ends[1], len(start) + outside])
    return removal_losses(
        both, np.concatenate([start, strangers]), removed, rate=RATE, rounds=ROUNDS, rng=rng,
        constant=np.arange(len(start) + partners) >= len(start),
    )  # fmt: skip


def outside_pairs(cluster: Cluster) -> tuple[Ends, Ends]:
    """Return the place of the firm and the number of the outside partner of each pair with an achieved pipeline tie, once."""
    ties = cluster.achieved("pipeline")
    outsiders = pd.Index(np.sort(cluster.members.index[~cluster.members["inside"]].to_numpy(dtype=str)))
    found = []
    for firm, other in (("source", "target"), ("target", "source")):
        place, partner = cluster.place_of(ties[firm]), outsiders.get_indexer(pd.Index(ties[other]))
        known = (place >= 0) & (partner >= 0)
        found.append(place[known] * max(len(outsiders), 1) + partner[known])
    codes = np.unique(np.concatenate(found)).astype(np.int64)
    return codes // max(len(outsiders), 1), codes % max(len(outsiders), 1)


def _simulated(rows: Rows, name: str, values: Values, n: int, coverage: float, **more: object) -> None:
    """Add the mean over replicates with Student's interval of that mean."""
    from scipy.special import stdtrit

    center = float(values.mean())
    half = float(stdtrit(len(values) - 1, 0.975)) * float(values.std(ddof=1)) / len(values) ** 0.5
    low, high = get_measure(name).bounds
    rows.value(
        name, center, method=_METHOD, low=max(low, center - half), high=min(high, center + half), interval_kind="method", n=n,
        coverage=coverage, **more,
    )  # fmt: skip
