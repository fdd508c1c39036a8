"""The one declaration of each measure: what it is, where it comes from, and which data can bear it.

The command line, the codebook, the method reference and the tests read these declarations. A measure is
declared by the decorator `measure` on its function, and found again by `get_measure` or `measures_at`.
"""

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError
from gumflow.networks.graph import Network
from gumflow.networks.layers import BOUNDARIES

Level = Literal["actor", "dyad", "network", "ego", "firm", "unit", "cluster", "count"]
"""What a measure describes: an actor, a pair, a network; the surroundings of a respondent as it reports them; a firm, from its answers and ties (mechanisms); a unit of the model (factor, way, path, construct); a cluster; rows of a table."""
Cost = Literal["linear", "quadratic", "paths", "sampled"]
Scope = Literal["any", "inside", "chain"]
"""Networks on which a measure is defined: any; those that stay inside the cluster; those that leave it."""
Reads = Literal["observed", "complete"]
"""Whether a measure leaves unobserved pairs of actors out, or would read them as not tied."""
IntervalKind = Literal["sampling", "method", "imputation", "sampling and imputation", "coders"]
GRAPH_LEVELS = ("actor", "dyad", "network")
Values = NDArray[np.float64]
Scale = Literal["number", "flag", "label"]
COUNT = (0.0, math.inf)
SHARE = (0.0, 1.0)
BALANCE = (-1.0, 1.0)
ANY_NUMBER = (-math.inf, math.inf)
"""Usual bounds of measures."""
F = TypeVar("F", bound=Callable[..., Any])

COMPLETE = ("census", "roster")
"""Boundaries under which a tie that was not reported is absent."""

OUTSIDE_NOT_ASKED = (
    "outside actors enter the chain network only through a tie and were not asked about one another, so "
    "their absent ties are unknown; read it on the networks inside the cluster"
)
"""Why measures that set ties against possible ones are not defined on networks that leave the cluster."""

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

_NO_RECORD = (
    "the actors were listed on a roster, but who answered it is not recorded, so whether a tie that nobody reported is absent "
    "cannot be told, and {label} rests on absent ties too; it would need roster.csv, or a column `responded` in actors.csv"
)
_FEW_ANSWERS = (
    "{rate:.0%} of the actors answered, less than the {gate:.0%} that the configuration asks for, and {label} would read the ties of all "
    "others as absent; it would need more answers, or imputation"
)
_TOO_LARGE = "{label} is computed for up to {largest} actors and this network has {size}; it would need a part of the network"


@dataclass(frozen=True)
class Measure:
    """The declaration of one measure.

    name, level        column or score name; what it describes (`Level`)
    label_en, label_zh labels for readers
    definition         one or two sentences, with the choice made where sources differ
    formula, source    plain text; author, year, and equation or page
    boundaries         boundaries of a study under which it may be given
    scope              networks on which it is defined (`Scope`); `why_not_elsewhere` if these are not all
    directed_only      it compares directions, and is not defined where ties have none
    reads              what it makes of pairs of actors that were not observed (`Reads`)
    on_request         name of the set it belongs to if it is computed only when asked for; empty otherwise
    largest            most actors for which it is computed, if that is limited
    bounds             least and greatest value that it can have
    scale              a number; a flag (1 or 0); or a label, whose number says nothing but which actors share it
    undefined          when it has no value by definition; empty if it always has one
    cost               linear in the ties, quadratic in the degrees, paths (actors x ties), or sampled (many random
                       graphs, starts or orders)
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
    scope: Scope
    why_not_elsewhere: str
    directed_only: bool
    reads: Reads
    on_request: str
    largest: int | None
    bounds: tuple[float, float]
    scale: Scale
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
    scope: Scope = "any",
    why_not_elsewhere: str = "",
    directed_only: bool = False,
    reads: Reads = "complete",
    on_request: str = "",
    largest: int | None = None,
    bounds: tuple[float, float] = COUNT,
    scale: Scale = "number",
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
            scope=scope,
            why_not_elsewhere=why_not_elsewhere,
            directed_only=directed_only,
            reads=reads,
            on_request=on_request,
            largest=largest,
            bounds=bounds,
            scale=scale,
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
        hint = f"did you mean {' or '.join(near)}?" if near else "`gumflow measures` lists them"
        raise GumflowError(f"no measure is called {name!r}; {hint}")
    return _MEASURES[name]


def in_sentence(label: str) -> str:
    """Return an English label as it stands within a sentence: the first letter small, unless its first word is an acronym or a name."""
    first = label.split(" ", 1)[0]
    return label if first[1:] != first[1:].lower() else label[:1].lower() + label[1:]


def label_of(name: str) -> str:
    """Return the English label of a measure for use within a sentence; of a name that is not declared its words."""
    if name not in _MEASURES:
        return name.replace("_", " ")
    return ": ".join(in_sentence(words) for words in _MEASURES[name].label_en.split(": "))


def withheld_reason(measure: Measure | str, network: Network, gate: float = 0.0) -> str | None:
    """Say in plain words why a measure cannot be given on a network, and what it would need.

    `gate` is the response rate below which measures that would read unobserved ties as absent are withheld. Returns None if the measure may
    be given. A reason starts with `withheld:` (the data cannot bear it) or `not applicable:` (it is not defined
    on this network, whatever the data).
    """
    declared = get_measure(measure) if isinstance(measure, str) else measure
    label = in_sentence(declared.label_en)
    if declared.scope != "any" and (declared.scope == "chain") != network.leaves_cluster:
        return f"not applicable: {declared.why_not_elsewhere}"
    if declared.directed_only and not network.directed:
        return f"not applicable: {label} compares directions, and the ties of this network have none"
    if network.boundary not in declared.boundaries:
        return f"withheld: {_WHY_NOT[network.boundary].format(label=label)}"
    if set(declared.boundaries) == set(COMPLETE):
        if not network.response_known:
            return f"withheld: {_NO_RECORD.format(label=label)}"
        if declared.reads == "complete" and network.response_rate < gate:
            return "withheld: " + _FEW_ANSWERS.format(label=label, rate=network.response_rate, gate=gate)
    if declared.largest is not None and network.size > declared.largest:
        return f"withheld: {_TOO_LARGE.format(label=label, largest=declared.largest, size=network.size)}"
    return None


def _check(declared: Measure) -> None:
    texts = ("name", "label_en", "label_zh", "definition", "formula", "source")
    faults = [f"{text} is empty" for text in texts if not getattr(declared, text).strip()]
    if declared.name in _MEASURES:
        faults.append("the name is taken")
    if not declared.boundaries or not set(COMPLETE) <= set(declared.boundaries) <= set(BOUNDARIES):
        faults.append(f"boundaries hold {' and '.join(COMPLETE)} and otherwise only {', '.join(BOUNDARIES)}")
    if (declared.scope != "any") != bool(declared.why_not_elsewhere):
        faults.append("why_not_elsewhere goes with a scope that is not any")
    for word, allowed in (
        ("level", Level),
        ("cost", Cost),
        ("scope", Scope),
        ("reads", Reads),
        ("scale", Scale),
    ):
        if getattr(declared, word) not in get_args(allowed):
            faults.append(f"{word} is none of {', '.join(get_args(allowed))}")
    if faults:
        raise ValueError(f"measure {declared.name!r}: {'; '.join(faults)}")
