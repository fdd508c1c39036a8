"""What is varied, and what each replicate is: assumptions as factors of a unit cube, points of that cube, and the choices that a point stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.index.choices import (
    DEFAULT_ASSUMPTIONS,
    Choices,
    UncertaintyChoice,
    is_interval,
    option_problem,
    varied,
)
from gumflow.index.staged import StagedChain, in_stage_order
from gumflow.index.tree import IndexTree, refuse_all

Floats = NDArray[np.float64]
NOISE = "weight_noise"
"""Beginning of the name of a factor that is the noise of all weights of a level, such as `weight_noise.1` for those of indicators."""


@dataclass(frozen=True)
class Factor:
    """Something that is varied: a choice among its options or in its interval, or the noise of the weights of `nodes`.

    `default`: it was not asked for, so that it may be left out where it has no effect.
    """

    name: str
    options: tuple[Any, ...] = ()
    interval: tuple[float, float] | None = None
    nodes: tuple[str, ...] = ()
    default: bool = False

    @property
    def columns(self) -> int:
        """How many uniform numbers decide it: one, or for weights one a node."""
        return len(self.nodes) or 1


@dataclass(frozen=True, eq=False)
class Plan:
    """What each of R replicates is.

    `names` are choices in the order of their stages; `options` the options of each, or none for an interval; `picks` (R, names) which option, or
    which number of the interval. `multipliers` (R, noisy): by what the weights of the nodes `noisy` are multiplied before those of
    a group are made to add up to 1. `given`: group -> (R, k), weights that take the place of those that the choices lead to.
    """

    names: tuple[str, ...]
    options: tuple[tuple[Any, ...], ...]
    picks: Floats
    noisy: tuple[str, ...] = ()
    multipliers: Floats = field(default_factory=lambda: np.empty((0, 0)))
    given: Mapping[str, Floats] = field(default_factory=dict)

    def choice(self, picks: Sequence[float]) -> dict[str, Any]:
        """Return what a row of `picks` says, by dotted name."""
        return {
            name: options[int(pick)] if options else float(pick)
            for name, options, pick in zip(self.names, self.options, picks, strict=True)
        }

    def take(self, rows: slice | NDArray[np.intp]) -> "Plan":
        """Return the plan of some of the replicates."""
        multipliers = self.multipliers[rows] if self.noisy else self.multipliers
        given = {group: weights[rows] for group, weights in self.given.items()}
        return Plan(self.names, self.options, self.picks[rows], self.noisy, multipliers, given)


def factors_of(chain: StagedChain, choices: Choices) -> tuple[tuple[Factor, ...], tuple[str, ...]]:
    """Return the factors that `choices.uncertainty` names, choices in the order of their stages and then weights, with notes.

    Of default assumptions, the option that is chosen is added if it is missing, and an option that cannot be run with the other choices is
    left out with a note. Raises `GumflowError` for given assumptions that are no choices, have options that are not allowed, or one only.
    """
    uncertainty = choices.uncertainty
    faults: list[str] = []
    notes: list[str] = []
    factors: list[Factor] = []
    for name in in_stage_order(list(uncertainty.assumptions)):
        options = tuple(uncertainty.assumptions[name])
        problems = [problem for option in options if (problem := option_problem(name, option))]
        default = DEFAULT_ASSUMPTIONS.get(name) == options
        if not problems and default:
            options = _runnable(chain, choices, name, options, notes)
        if problems:
            faults += problems
        elif len(dict.fromkeys(options)) > 1:
            interval = (float(options[0]), float(options[1])) if is_interval(name, options) else None
            factors.append(
                Factor(name, () if interval else tuple(dict.fromkeys(options)), interval, (), default)
            )
        elif not default:
            faults.append(
                f"{name} has the option {options[0]!r} only, and cannot vary; give another, or take it out"
            )
    weights, more = _weight_factors(chain.tree, uncertainty)
    refuse_all("uncertainty.assumptions", [*faults, *more])
    return (*factors, *weights), tuple(notes)


def _runnable(
    chain: StagedChain, choices: Choices, name: str, options: tuple[Any, ...], notes: list[str]
) -> tuple[Any, ...]:
    stage, _, part = name.partition(".")
    chosen = getattr(getattr(choices, stage), part)
    kept = [chosen]
    for option in options:
        if option == chosen:
            continue
        other = varied(choices, {name: option})
        try:
            prepared = chain.prepared(other)
            chain.scores(other, prepared, chain.weights(other, prepared))
            kept.append(option)
        except GumflowError as error:
            notes.append(f"uncertainty: {name} {option} is left out, because it cannot be run: {error}")
    return tuple(kept)


def _weight_factors(tree: IndexTree, choice: UncertaintyChoice) -> tuple[list[Factor], list[str]]:
    """Return a factor for the weights of each level of children; a group with one child has no weights to vary."""
    if not choice.weight_noise:
        return [], []
    ends = (1 - choice.weight_noise, 1 + choice.weight_noise)
    default = choice.weight_noise == UncertaintyChoice.weight_noise and not choice.noise_levels
    several = [
        child for group in tree.groups if len(tree.children(group)) > 1 for child in tree.children(group)
    ]
    found, faults = [], []
    for level in sorted(set(choice.noise_levels)) or range(1, tree.depth):
        nodes = tuple(code for code in tree.nodes if code in several and tree.level(code) == level)
        if nodes:
            found.append(Factor(f"{NOISE}.{level}", (), ends, nodes, default))
        elif choice.noise_levels:
            faults.append(
                f"{NOISE}: no node of level {level} shares its group with another, so its weight cannot vary; take the level out"
            )
    return found, faults


def plan_of(factors: Sequence[Factor], points: Floats) -> Plan:
    """Return the replicates that points (R, columns of all factors) of the unit cube stand for.

    A number u picks option floor(u k) of k, the number low + u (high - low) of an interval, and so the multiplier of a weight.
    """
    starts = np.cumsum([0, *(factor.columns for factor in factors)])
    choice = [(f, start) for f, start in zip(factors, starts, strict=False) if not f.nodes]
    noise = [(f, start) for f, start in zip(factors, starts, strict=False) if f.nodes]
    picks = np.empty((len(points), len(choice)))
    for j, (factor, start) in enumerate(choice):
        u, k = points[:, start], len(factor.options)
        picks[:, j] = _between(u, factor) if factor.interval else np.minimum(np.floor(u * k), k - 1)
    multipliers = [_between(points[:, start : start + f.columns], f) for f, start in noise]
    return Plan(
        tuple(factor.name for factor, _ in choice),
        tuple(factor.options for factor, _ in choice),
        picks,
        tuple(node for factor, _ in noise for node in factor.nodes),
        np.hstack(multipliers) if multipliers else np.empty((len(points), 0)),
    )


def _between(u: Floats, factor: Factor) -> Floats:
    assert factor.interval is not None
    low, high = factor.interval
    return low + u * (high - low)


def sobol_points(count: int, columns: int, seed: int) -> Floats:
    """Return the first points (count, columns) of a scrambled Sobol' sequence (Sobol' 1967, Owen 1998) in the unit cube."""
    from scipy.stats import qmc

    # Whole powers of two are balanced; the first points of one fill the cube better than random ones all the same.
    power = max(count - 1, 0).bit_length()
    return np.asarray(
        qmc.Sobol(columns, scramble=True, rng=np.random.default_rng(seed)).random_base2(power)[:count]
    )


def saltelli_points(base: int, factors: Sequence[Factor], seed: int) -> Floats:
    """Return the points of Saltelli's design, (base (d + 2), columns): A, then B, then for each factor A with that factor from B.

    A and B are the two halves of one sequence of double width (Saltelli et al. 2010), factors of several columns change theirs together.
    """
    width = sum(factor.columns for factor in factors)
    both = sobol_points(base, 2 * width, seed)
    a, b = both[:, :width], both[:, width:]
    mixed = []
    start = 0
    for factor in factors:
        one = a.copy()
        one[:, start : start + factor.columns] = b[:, start : start + factor.columns]
        mixed.append(one)
        start += factor.columns
    return np.vstack([a, b, *mixed])
