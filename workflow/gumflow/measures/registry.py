"""The one declaration of each measure: what it is, where it comes from, and which data can bear it.

The command line, the codebook, the method reference and the tests read these declarations. A measure is
declared by the decorator `measure` on its function, and found again by `get_measure` or `measures_at`.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from gumflow.contract.errors import GumflowError
from gumflow.networks.layers import BOUNDARIES, NETWORKS

Level = Literal["actor", "dyad", "network", "unit", "cluster", "count"]
"""What a measure describes: an actor, a pair, a network; a unit of the model (factor, way, path, construct); a cluster; rows of a table."""
Cost = Literal["linear", "quadratic", "paths"]
IntervalKind = Literal["sampling", "method", "imputation", "coders"]
GRAPH_LEVELS = ("actor", "dyad", "network")
F = TypeVar("F", bound=Callable[..., Any])

COMPLETE = ("census", "roster")
"""Boundaries under which a tie that was not reported is absent."""

_WHY_NOT = {
    "sample": (
        "only a sample of the actors was asked, so the ties among all others are unobserved, and {label} "
        "rests on them; it would need a census of the cluster, or a roster on which every actor was asked "
        "about every other"
    ),
    "text": (
        "a text states some ties and is silent on the rest, so a tie it does not mention is not absent, and "
        "{label} rests on absent ties too; it would need a census of the cluster, or a roster on which every "
        "actor was asked about every other"
    ),
}


@dataclass(frozen=True)
class Measure:
    """The declaration of one measure.

    name, level        column or score name; what it describes (`Level`)
    label_en, label_zh labels for readers
    definition         one or two sentences, with the choice made where sources differ
    formula, source    plain text; author, year, and equation or page
    boundaries         boundaries of a study under which it may be given
    networks           networks on which it is defined; `why_not_elsewhere` if these are not all five; none for a
                       measure that is not read off a network
    undefined          when it has no value by definition; empty if it always has one
    cost               linear in the ties, quadratic in the degrees, or paths (actors x ties)
    interval_kind      the interval that comes with it, if any
    function           takes a `Network` and returns one float (network) or one for each actor (actor); at the other
                       levels the function whose table holds the measure
    """

    name: str
    level: Level
    label_en: str
    label_zh: str
    definition: str
    formula: str
    source: str
    boundaries: tuple[str, ...]
    networks: tuple[str, ...]
    why_not_elsewhere: str
    undefined: str
    cost: Cost
    interval_kind: IntervalKind | None
    function: Callable[..., Any]


_MEASURES: dict[str, Measure] = {}


def measure(
    *,
    name: str,
    level: Level,
    label_en: str,
    label_zh: str,
    definition: str,
    formula: str,
    source: str,
    boundaries: tuple[str, ...],
    cost: Cost,
    networks: tuple[str, ...] = tuple(NETWORKS),
    why_not_elsewhere: str = "",
    undefined: str = "",
    interval_kind: IntervalKind | None = None,
) -> Callable[[F], F]:
    """Declare the decorated function as a measure; `ValueError` if the declaration is unsound."""

    def declare(function: F) -> F:
        declaration = Measure(
            name=name,
            level=level,
            label_en=label_en,
            label_zh=label_zh,
            definition=definition,
            formula=formula,
            source=source,
            boundaries=boundaries,
            networks=networks if level in GRAPH_LEVELS else (),
            why_not_elsewhere=why_not_elsewhere,
            undefined=undefined,
            cost=cost,
            interval_kind=interval_kind,
            function=function,
        )
        _check(declaration)
        _MEASURES[name] = declaration
        return function

    return declare


def all_measures() -> tuple[Measure, ...]:
    """Return every declared measure in the order of declaration."""
    return tuple(_MEASURES.values())


def measures_at(level: Level) -> tuple[Measure, ...]:
    """Return the measures of one level (actor, dyad, network) in the order of declaration."""
    if level not in get_args(Level):
        raise GumflowError(f"level is {level!r}; allowed: {', '.join(get_args(Level))}")
    return tuple(declared for declared in _MEASURES.values() if declared.level == level)


def get_measure(name: str) -> Measure:
    """Return the measure of that name; `GumflowError` with the nearest names if there is none."""
    if name not in _MEASURES:
        near = difflib.get_close_matches(name, _MEASURES, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(_MEASURES)}"
        raise GumflowError(f"no measure is called {name!r}; {hint}")
    return _MEASURES[name]


def withheld_reason(measure: Measure | str, boundary: str, network: str | None = None) -> str | None:
    """Say in plain words why a measure cannot be given under a boundary (or on a network) and what it would
    need.

    Returns None if it may be given. A reason starts with `withheld:` (the data cannot bear it) or `not
    applicable:` (it is not defined on this network, whatever the data).
    """
    declared = get_measure(measure) if isinstance(measure, str) else measure
    if boundary not in BOUNDARIES:
        raise GumflowError(f"boundary is {boundary!r}; allowed: {', '.join(BOUNDARIES)}")
    if network is not None and network not in declared.networks:
        return f"not applicable: {declared.why_not_elsewhere}"
    if boundary not in declared.boundaries:
        label = declared.label_en[0].lower() + declared.label_en[1:]
        return f"withheld: {_WHY_NOT[boundary].format(label=label)}"
    return None


def _check(declared: Measure) -> None:
    texts = ("name", "label_en", "label_zh", "definition", "formula", "source")
    faults = [f"{text} is empty" for text in texts if not getattr(declared, text).strip()]
    if declared.name in _MEASURES:
        faults.append("the name is taken")
    if not declared.boundaries or not set(COMPLETE) <= set(declared.boundaries) <= set(BOUNDARIES):
        faults.append(f"boundaries hold {' and '.join(COMPLETE)} and otherwise only {', '.join(BOUNDARIES)}")
    of_graph = declared.level in GRAPH_LEVELS
    if of_graph and (not declared.networks or not set(declared.networks) <= set(NETWORKS)):
        faults.append(f"networks are some of {', '.join(NETWORKS)}")
    if of_graph and (set(declared.networks) != set(NETWORKS)) != bool(declared.why_not_elsewhere):
        faults.append("why_not_elsewhere goes with networks that are not all of them")
    if declared.level not in get_args(Level) or declared.cost not in get_args(Cost):
        faults.append("level or cost is none of the allowed words")
    if faults:
        raise ValueError(f"measure {declared.name!r}: {'; '.join(faults)}")
