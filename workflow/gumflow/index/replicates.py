"""Replicates of method: the chain run many times under varied choices and weights, to see how much ranks rest on them.

Three sources of uncertainty are kept apart: method (here), sampling (draws of what units consist of, see `ranks.sampling_ranks`) and
imputation (the completed tables of `run_index`). Method replicates are points of a Sobol' sequence, or the rows of a table that says of
each replicate what it is (`replicate_table`), so that another program's replicates can be run again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.contract.seeding import seed_for
from gumflow.index.aggregate import Weights
from gumflow.index.chain import IndexResult
from gumflow.index.choices import Choices, varied
from gumflow.index.plan import Factor, Plan, factors_of, plan_of, saltelli_points, sobol_points
from gumflow.index.ranks import probability_beats, rank_acceptability, rank_intervals, unit_ranks
from gumflow.index.staged import StagedChain
from gumflow.index.table import IndexData
from gumflow.index.tree import IndexTree, nearest

Floats = NDArray[np.float64]
PROBES = 64
"""Points at which each assumption is changed by itself, to see whether it has any effect."""
# Cells of the largest array of a block of replicates: 32 MB.
_CELLS = 4_000_000
_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Replicates:
    """Scores and ranks (R, n) of a node in each replicate of `plan`; n rows as in the result with the same choices.

    `notes`: which of the default assumptions were left out, and why.
    """

    code: str
    scores: Floats
    ranks: Floats
    plan: Plan
    notes: tuple[str, ...] = ()


def method_replicates(
    data: IndexData, tree: IndexTree, choices: Choices, *, seed: int, code: str = ""
) -> Replicates:
    """Return scores and ranks of a node under `choices.uncertainty.replicates` draws of all assumptions together.

    Options of an assumption are equally likely, numbers uniform in their interval. Each weight is multiplied by a uniform number from 1 - noise
    to 1 + noise and those of a group are made to add up to 1 again (Saisana, Saltelli and Tarantola 2005 move weights by 25 %). Weights
    that are read from data are read once for each distinct set of choices, before the noise.

    Args:
        data: as for `run_index`, like `tree` and `choices`.
        seed: base seed.
        code: the node that is ranked; the index if empty.

    Raises:
        GumflowError: names each given assumption that has one option or changes nothing, and each combination of options that cannot be run.
    """
    chain = StagedChain(data, tree, seed=seed)
    code = ranked_node(tree, code)
    count = choices.uncertainty.replicates
    if count < 1:
        raise GumflowError(f"uncertainty.replicates is {count}; give 1 or more, such as 1000")
    factors, notes = varied_factors(chain, choices, code)
    columns = sum(factor.columns for factor in factors)
    points = sobol_points(count, columns, seed_for(seed, "index", "method replicates"))
    plan = plan_of(factors, points)
    scores = replicate_scores(chain, choices, plan, code)
    return Replicates(code, scores, _ranks(chain, choices, scores), plan, notes)


def _ranks(chain: StagedChain, choices: Choices, scores: Floats) -> Floats:
    rows = chain.prepared(choices).rows
    return unit_ranks(scores, chain.data.units[rows], chain.data.times[rows])


def ranked_node(tree: IndexTree, code: str) -> str:
    """Return the code of the node whose ranks are asked for, the index if it is empty; raise `GumflowError` if it is no group."""
    if code and code not in tree.groups:
        raise GumflowError(
            f"{code!r} is no group of the tree{nearest(code, tree.groups)}; groups are {', '.join(tree.groups)}"
        )
    return code or tree.root


def varied_factors(
    chain: StagedChain, choices: Choices, code: str
) -> tuple[tuple[Factor, ...], tuple[str, ...]]:
    """Return the factors that change the scores of a node, and notes on default ones that do not or cannot be run.

    Each is changed by itself at `PROBES` points that are spread over all assumptions. Raises `GumflowError` that names each given assumption that has
    one option or changes no score at any point, and where nothing is left to vary.
    """
    chain.size_findings(choices)
    factors, notes = factors_of(chain, choices)
    if factors:
        points = saltelli_points(PROBES, factors, seed_for(chain.seed, "index", "probes of assumptions"))
        scores = replicate_scores(chain, choices, plan_of(factors, points), code)
        parts = scores.reshape(len(factors) + 2, PROBES, -1)
        idle = [f for f, mixed in zip(factors, parts[2:], strict=True) if _same(mixed, parts[0])]
        if any(not factor.default for factor in idle):
            given = [factor.name for factor in idle if not factor.default]
            raise GumflowError(
                "\n".join(
                    f"uncertainty: {name} changes no score of {code}, whatever the other assumptions; take it out"
                    for name in given
                )
            )
        notes += tuple(
            f"uncertainty: {f.name} is left out, because it changes no score of {code}" for f in idle
        )
        factors = tuple(factor for factor in factors if factor not in idle)
    if not factors:
        raise GumflowError(
            "\n".join(["uncertainty: nothing is varied; give assumptions or weight_noise", *notes])
        )
    return factors, notes


def planned_replicates(
    data: IndexData, tree: IndexTree, choices: Choices, plan: Plan, *, seed: int, code: str = ""
) -> Replicates:
    """Return scores and ranks of a node in exactly the replicates of a plan, such as that of `read_replicates`.

    `notes` name the choices whose options make no difference to any of the first replicates. Raises `GumflowError` for each combination of options
    that cannot be run.
    """
    chain = StagedChain(data, tree, seed=seed)
    chain.size_findings(choices)
    code = ranked_node(tree, code)
    scores = replicate_scores(chain, choices, plan, code)
    notes = tuple(
        f"replicates: {name} makes no difference to the scores, whichever of its options is taken"
        for name in _idle_choices(chain, choices, plan, code, scores)
    )
    return Replicates(code, scores, _ranks(chain, choices, scores), plan, notes)


def _same(one: Floats, other: Floats) -> bool:
    return bool(np.isclose(one, other, rtol=1e-12, atol=0, equal_nan=True).all())


def _idle_choices(chain: StagedChain, choices: Choices, plan: Plan, code: str, scores: Floats) -> list[str]:
    some = np.arange(min(len(plan.picks), PROBES))
    idle = []
    for j, options in enumerate(plan.options):
        if len(options) < 2:
            continue
        picks = plan.picks[some].copy()
        picks[:, j] = (picks[:, j] + 1) % len(options)
        try:
            other = replicate_scores(chain, choices, replace(plan.take(some), picks=picks), code)
        except GumflowError:  # a combination that the plan does not have: the choice makes a difference
            continue
        if _same(other, scores[some]):
            idle.append(plan.names[j])
    return idle


def replicate_scores(chain: StagedChain, choices: Choices, plan: Plan, code: str) -> Floats:
    """Return the scores (R, n) of a node in each replicate; see `replicate_blocks`."""
    found = np.empty((len(plan.picks), len(chain.prepared(choices).rows)))
    for rows, scores in replicate_blocks(chain, choices, plan, code):
        found[rows] = scores
    return found


def replicate_blocks(
    chain: StagedChain, choices: Choices, plan: Plan, code: str
) -> Iterator[tuple[NDArray[np.intp], Floats]]:
    """Yield which replicates, and their scores (r, n) of a node, block by block; each distinct set of choices is prepared once.

    The n rows are those of the point choices, NaN where a replicate has no score. Raises, after the last block, one `GumflowError` that
    names each combination of options that cannot be run.
    """
    reference = chain.prepared(choices).rows
    whole = np.full(len(chain.data.units), -1)
    faults: dict[str, str] = {}
    for picks, members in _distinct(plan.picks):
        said = plan.choice(picks.tolist())
        chosen = varied(choices, said)
        try:
            chain.size_findings(chosen)
            prepared = chain.prepared(chosen)
            weights = chain.weights(chosen, prepared)
            whole[:] = len(prepared.rows)
            whole[prepared.rows] = np.arange(len(prepared.rows))
            columns = whole[reference]
            for rows in _blocks(members, plan, chain.tree, len(reference)):
                own = [_own_weights(one, plan, rows, chain.tree) for one in weights]
                scores = chain.scores(chosen, prepared, own)[code]
                if not np.array_equal(prepared.rows, reference):
                    scores = np.concatenate([scores, np.full((*scores.shape[:-1], 1), np.nan)], axis=-1)[
                        ..., columns
                    ]
                yield rows, np.broadcast_to(scores, (len(rows), len(reference)))
        except GumflowError as error:
            words = ", ".join(f"{name} {option}" for name, option in said.items())
            faults.setdefault(str(error), f"with {words}" if words else "with the choices")
    if faults:
        lines = [f"{where}: {fault}" for fault, where in faults.items()]
        more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        raise GumflowError("\n".join(["replicates that cannot be run:", *lines[:_SHOWN], *more]))


def _distinct(picks: Floats) -> Iterator[tuple[Floats, NDArray[np.intp]]]:
    """Yield the distinct rows of picks in order, each with the places at which it stands."""
    if not picks.shape[1]:
        yield picks[0], np.arange(len(picks))
        return
    order = np.lexsort(picks.T[::-1])
    ordered = picks[order]
    starts = np.flatnonzero(np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)])
    for start, members in zip(starts, np.split(order, starts[1:]), strict=True):
        yield ordered[start], members


def _blocks(members: NDArray[np.intp], plan: Plan, tree: IndexTree, units: int) -> Iterator[NDArray[np.intp]]:
    """Yield places in blocks whose arrays are of bounded size; all at once where weights do not vary."""
    if not plan.noisy and not plan.given:
        yield members
        return
    widest = max(len(tree.children(group)) for group in tree.groups)
    size = max(1, _CELLS // (units * widest))
    for start in range(0, len(members), size):
        yield members[start : start + size]


def _own_weights(weights: Weights, plan: Plan, rows: NDArray[np.intp], tree: IndexTree) -> Weights:
    """Return the weights (r, k) of some replicates: those given, else those of the choices with their noise."""
    if not plan.noisy and not plan.given:
        return weights
    at = {node: j for j, node in enumerate(plan.noisy)}
    found: dict[str, Floats] = {}
    for group in tree.groups:
        own = weights[group]
        columns = [(i, at[child]) for i, child in enumerate(tree.children(group)) if child in at]
        if group in plan.given:
            own = plan.given[group][rows]
        elif columns:
            own = np.repeat(own[None, :], len(rows), axis=0)
            here, there = zip(*columns, strict=True)
            own[:, here] *= plan.multipliers[np.ix_(rows, there)]
            own /= own.sum(axis=1, keepdims=True)
        found[group] = own
    benefit = {group: bounds for group, bounds in weights.benefit.items() if group not in plan.given}
    return Weights(found, benefit)


def uncertainty_table(
    result: IndexResult,
    ranks: Mapping[str, Floats],
    scores: Mapping[str, Floats] | None = None,
    *,
    code: str = "",
) -> pd.DataFrame:
    """Return a row for each unit and source of uncertainty: the rank and what replicates say of it.

    Columns: unit, time, name, source, replicates, rank, low, median, high, mean (see `rank_intervals`), same (share of replicates with the rank of
    the result), ranked_share, score, score_low, score_high. Ends of scores are given for the sources named in `scores` only:
    replicates of method may each have a scale of their own.

    Args:
        result: of `run_index`, whose rows the others have.
        ranks: source (such as method, sampling, imputation) -> (replicates, n).
        scores: source -> (replicates, n).
        code: the node; the index if empty.
    """
    code = code or result.tree.root
    level = result.choices.uncertainty.interval
    reference = result.ranks[code].to_numpy()
    parts = []
    for source, drawn in ranks.items():
        table = rank_intervals(drawn, level)
        counts = np.isfinite(drawn).sum(axis=0)
        same = (drawn == reference).sum(axis=0) / np.where(counts > 0, counts, np.nan)
        low = high = np.full(len(reference), np.nan)
        if scores and source in scores:
            low, high = np.quantile(scores[source], [(1 - level) / 2, (1 + level) / 2], axis=0)
        head = {"unit": result.units, "time": result.times, "name": result.names, "source": source}
        body = {
            "replicates": len(drawn),
            "rank": reference,
            **{c: table[c] for c in ("low", "median", "high", "mean")},
        }
        tail = {
            "same": same,
            "ranked_share": table["ranked_share"],
            "score": result.scores[code],
            "score_low": low,
        }
        parts.append(pd.DataFrame({**head, **body, **tail, "score_high": high}))
    return pd.concat(parts, ignore_index=True)


def imputation_ranks(result: IndexResult, code: str = "") -> Floats:
    """Return the ranks (draws, n) of a node in each completed table of multiple imputation; (0, n) without it."""
    drawn = result.imputation_scores.get(code or result.tree.root)
    if drawn is None:
        return np.empty((0, len(result.rows)))
    return unit_ranks(drawn, result.units, result.times)


def beats_table(result: IndexResult, ranks: Floats) -> pd.DataFrame:
    """Return unit, time, other, probability: the share of replicates (replicates, n) in which a unit ranks strictly above another of its time."""
    shares = probability_beats(ranks)
    shares[result.times[:, None] != result.times[None, :]] = np.nan
    one, other = np.nonzero(np.isfinite(shares))
    return pd.DataFrame(
        {
            "unit": result.units[one],
            "time": result.times[one],
            "other": result.units[other],
            "probability": shares[one, other],
        }
    )


def acceptability_table(result: IndexResult, ranks: Floats) -> pd.DataFrame:
    """Return unit, time, rank, share: how often a unit takes each rank that it takes at all in replicates (replicates, n)."""
    shares = rank_acceptability(ranks)
    unit, place = np.nonzero(shares)
    return pd.DataFrame(
        {
            "unit": result.units[unit],
            "time": result.times[unit],
            "rank": place + 1,
            "share": shares[unit, place],
        }
    )
