"""Every choice on the way from raw data to ranks, with its default; read from a YAML file or a mapping and checked.

The default chain is: no denominators but those of the tree, no imputation, outliers treated by the JRC rule, min-max from 0 to 100, the weights
of the tree, arithmetic means.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from gumflow.contract.errors import GumflowError
from gumflow.index.tree import nearest, refuse_all

K = TypeVar("K")
V = TypeVar("V")


class FrozenMap(Mapping[K, V]):
    """A mapping that cannot be changed and can be hashed, so that choices can be keys of a cache; order does not matter."""

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


def frozen(value: Any) -> Any:
    """Return lists as tuples and mappings as `FrozenMap`, all the way down."""
    if isinstance(value, Mapping):
        return FrozenMap({key: frozen(part) for key, part in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(part) for part in value)
    return value


class _Choice:
    """What all choices share: lists and mappings that are given are frozen, whole numbers where floats belong become floats."""

    def __post_init__(self) -> None:
        for part in fields(self):  # type: ignore[arg-type]
            value = frozen(getattr(self, part.name))
            if part.type is float and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
            object.__setattr__(self, part.name, value)


@dataclass(frozen=True)
class ScreenChoice(_Choice):
    """Least shares of known values: of a unit over all indicators, of an indicator over units, of a unit in each group.

    `on_sparse` says what becomes of a unit below `least_unit`: `withhold` its scores and rank (it still counts for bounds), `drop` it
    before anything is computed, or `keep` it.
    """

    least_unit: float = 0.5
    least_indicator: float = 0.5
    least_group: float = 0.5
    on_sparse: str = "withhold"


@dataclass(frozen=True)
class DenominateChoice(_Choice):
    """Whether indicators are divided by the denominators of the tree; `scale` multiplies an indicator afterwards (per 1,000, say)."""

    use: bool = True
    scale: Mapping[str, float] = field(default_factory=FrozenMap)


@dataclass(frozen=True)
class ImputeChoice(_Choice):
    """How missing values are filled in: none, mean, median, group_mean, group_median, panel_latest, panel_linear, em or multiple.

    `draws` is the number of completed tables under `multiple`.
    """

    method: str = "none"
    draws: int = 20


@dataclass(frozen=True)
class TreatChoice(_Choice):
    """How outliers are treated: jrc (winsorize, then log, where both |skew| and kurtosis are too high), winsorize, log or none.

    `skew` and `kurtosis` are the limits of the JRC rule, `most` the most cells of an indicator that are winsorized;
    `indicators` has the method of single indicators.
    """

    method: str = "jrc"
    skew: float = 2.0
    kurtosis: float = 3.5
    most: int = 5
    indicators: Mapping[str, str] = field(default_factory=FrozenMap)


@dataclass(frozen=True)
class NormalizeChoice(_Choice):
    """How indicators are put on one scale.

    Methods: minmax, zscore, rank, percentile, borda, distance_to_best, distance_to_reference, distance_to_target, goalposts, scaled. `range` is the
    scale of minmax, goalposts and scaled; `mean` and `sd` are those of zscore; `reference` is the unit of
    distance_to_reference; `cap` cuts distance_to_target at the target; `bounds` are the two values of an indicator that `scaled` maps to the
    ends of `range`; `by` is all (bounds over all times) or time; `indicators` has the method of single indicators.
    """

    method: str = "minmax"
    range: tuple[float, float] = (0.0, 100.0)
    mean: float = 0.0
    sd: float = 1.0
    by: str = "all"
    reference: str = ""
    cap: bool = False
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=FrozenMap)
    indicators: Mapping[str, str] = field(default_factory=FrozenMap)


@dataclass(frozen=True)
class WeightChoice(_Choice):
    """How weights come about, in all groups or (`groups`) in single ones.

    `budget` has the points of each expert: expert -> code -> points. `ahp` has judgments of pairs by group: group -> code -> other code -> how many
    times as important (the reverse pair is 1 over it and is left out). `bounds` are the least and most share of a child in
    a unit's score under benefit_of_the_doubt.
    """

    method: str = "given"
    groups: Mapping[str, str] = field(default_factory=FrozenMap)
    budget: Mapping[str, Mapping[str, float]] = field(default_factory=FrozenMap)
    ahp: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=FrozenMap)
    bounds: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class AggregateChoice(_Choice):
    """How children become the score of their group: everywhere, at single levels (2: groups of indicators) or in single groups.

    A group's own method goes before that of its level. `exponent` is that of the power mean; `sign` is - or + for mazziotta_pareto
    (- punishes imbalance); `least` is the least weight of known children under which a group has a score.
    """

    method: str = "arithmetic"
    levels: Mapping[int, str] = field(default_factory=FrozenMap)
    groups: Mapping[str, str] = field(default_factory=FrozenMap)
    exponent: float = 0.5
    sign: str = "-"
    least: float = 0.5


DEFAULT_ASSUMPTIONS: Mapping[str, tuple[Any, ...]] = FrozenMap(
    {"treat.method": ("jrc", "none"), "normalize.method": ("minmax", "zscore", "percentile")}
)


@dataclass(frozen=True)
class UncertaintyChoice(_Choice):
    """What is varied to see how much scores and ranks rest on method, and how often.

    `assumptions`: a choice by its dotted name, such as normalize.method, with its options; a pair of numbers under a number, such as
    aggregate.exponent, is an interval. An assumption that changes nothing is an error if it was given, and left out with a note if it
    is one of the defaults. `weight_noise` is the share by which each weight varies to either side (0: none), at the levels
    `noise_levels` of children (none: all). `replicates` is the number of method replicates (0: none); `sobol_base` the base sample of the
    Sobol' indices (0: none); `interval` the share of replicates that an interval holds.
    """

    replicates: int = 1000
    assumptions: Mapping[str, tuple[Any, ...]] = DEFAULT_ASSUMPTIONS
    weight_noise: float = 0.25
    noise_levels: tuple[int, ...] = ()
    sobol_base: int = 1024
    interval: float = 0.9


@dataclass(frozen=True)
class AuditChoice(_Choice):
    """`outcome` is a column of the data that no node uses, against which index and groups are set."""

    outcome: str = ""


@dataclass(frozen=True)
class Choices:
    """All choices, stage by stage; `small_n` is refuse or allow: whether methods that need more units than there are still run."""

    screen: ScreenChoice = ScreenChoice()
    denominate: DenominateChoice = DenominateChoice()
    impute: ImputeChoice = ImputeChoice()
    treat: TreatChoice = TreatChoice()
    normalize: NormalizeChoice = NormalizeChoice()
    weight: WeightChoice = WeightChoice()
    aggregate: AggregateChoice = AggregateChoice()
    uncertainty: UncertaintyChoice = UncertaintyChoice()
    audit: AuditChoice = AuditChoice()
    small_n: str = "refuse"


STAGES: Mapping[str, type[_Choice]] = FrozenMap(
    {
        "screen": ScreenChoice,
        "denominate": DenominateChoice,
        "impute": ImputeChoice,
        "treat": TreatChoice,
        "normalize": NormalizeChoice,
        "weight": WeightChoice,
        "aggregate": AggregateChoice,
        "uncertainty": UncertaintyChoice,
        "audit": AuditChoice,
    }
)
VARIED = ("screen", "denominate", "impute", "treat", "normalize", "weight", "aggregate")
"""Stages whose choices can be assumptions or differ between replicates."""


def load_choices(source: Path | Mapping[str, Any] | None = None) -> Choices:
    """Read choices from a YAML file or a mapping; what is not said has its default.

    Raises one `GumflowError` that names every unknown key (with the nearest known one), every value that is not allowed with what is, ranges
    and bounds the wrong way round, and assumptions that are no choices or whose options are not allowed. What depends
    on tree and data is checked by `check_choices`.
    """
    from gumflow.contract.config import schema_problems

    if source is None:
        return Choices()
    name, raw = ("choices", dict(source)) if isinstance(source, Mapping) else _read_yaml(Path(source))
    raw = {stage: {} if part is None else part for stage, part in _text_keys(raw).items()}
    faults = schema_problems(raw, "index_choices")
    # Of stages that are right in themselves, what the schema cannot say is said as well.
    sound = raw
    if faults:
        sound = {
            stage: part for stage, part in raw.items() if not schema_problems({stage: part}, "index_choices")
        }
    refuse_all(name, faults + _range_faults(sound) + _assumption_faults(sound))
    stages: dict[str, Any] = {stage: kind(**_arguments(raw.get(stage, {}))) for stage, kind in STAGES.items()}
    return Choices(**stages, small_n=raw.get("small_n", "refuse"))


def _read_yaml(path: Path) -> tuple[str, dict[str, Any]]:
    from gumflow.contract.yaml_text import load_yaml

    try:
        raw = load_yaml(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise GumflowError(f"{path}: the choices cannot be read: {reason}. Write YAML in UTF-8.") from error
    if raw is not None and not isinstance(raw, Mapping):
        raise GumflowError(
            f"{path.name}: choices are keys such as normalize and weight, each with choices below; see docs/indicators.md"
        )
    return path.name, dict(raw or {})


def _text_keys(value: Any) -> Any:
    """Return mappings with text keys, as a YAML file has them."""
    if isinstance(value, Mapping):
        return {str(key): _text_keys(part) for key, part in value.items()}
    return [_text_keys(part) for part in value] if isinstance(value, list | tuple) else value


def _arguments(raw: Mapping[str, Any]) -> dict[str, Any]:
    if "levels" in raw:
        return {**raw, "levels": {int(level): method for level, method in raw["levels"].items()}}
    return dict(raw)


def _range_faults(raw: Mapping[str, Any]) -> list[str]:
    faults = []
    pairs = [("normalize.range", raw.get("normalize", {}).get("range"))]
    pairs += [
        (f"normalize.bounds.{code}", pair)
        for code, pair in raw.get("normalize", {}).get("bounds", {}).items()
    ]
    for place, pair in pairs:
        if pair is not None and not pair[0] < pair[1]:
            faults.append(f"{place}: {pair} is not the lower and the upper end; write the lower first")
    low, high = raw.get("weight", {}).get("bounds", (0, 1))
    if low > high:
        faults.append(f"weight.bounds: {[low, high]} is not the least and the most share")
    base = raw.get("uncertainty", {}).get("sobol_base", 0)
    if base & (base - 1):
        faults.append(f"uncertainty.sobol_base: {base} is not a power of two; write {1 << base.bit_length()}")
    for level in raw.get("aggregate", {}).get("levels", {}):
        if not level.isdecimal() or int(level) < 2:
            faults.append(
                f"aggregate.levels: {level!r} is no level of groups; write 2 for groups of indicators, 3 for those above"
            )
    return faults


def _assumption_faults(raw: Mapping[str, Any]) -> list[str]:
    faults = []
    for path, options in raw.get("uncertainty", {}).get("assumptions", {}).items():
        wrong = [problem for option in options if (problem := option_problem(path, option))]
        faults += [f"uncertainty.assumptions: {problem}" for problem in dict.fromkeys(wrong)]
        if not wrong and len({repr(option) for option in options}) < len(options):
            faults.append(
                f"uncertainty.assumptions: {path}: an option stands twice in {options}; write each once"
            )
    return faults


@functools.cache
def _schema() -> dict[str, Any]:
    from gumflow.contract.places import schema_folder

    text = (schema_folder() / "index_choices.schema.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)["properties"])


def option_schema(path: str) -> dict[str, Any] | None:
    """Return what the choice of a dotted name may be (JSON schema), or None if it is none that can vary."""
    stage, _, name = path.partition(".")
    if stage not in VARIED:
        return None
    found = _schema()[stage]["properties"].get(name)
    return None if found is None or found.get("type") == "object" else dict(found)


def is_interval(path: str, options: Sequence[Any]) -> bool:
    """Say whether the options of an assumption are the ends of an interval: two numbers for a choice that is a number, not a whole one."""
    return len(options) == 2 and (option_schema(path) or {}).get("type") == "number"


def option_problem(path: str, option: Any) -> str | None:
    """Return why an option cannot be taken for the choice of a dotted name, or None if it can."""
    import jsonschema

    schema = option_schema(path)
    if schema is None:
        return f"{path!r} is no choice that can vary{nearest(path, _options())}; these can: {', '.join(_options())}"
    try:
        jsonschema.validate(_listed(option), schema)
    except jsonschema.ValidationError as error:
        allowed = f"; allowed: {', '.join(map(str, schema['enum']))}" if "enum" in schema else ""
        return f"{path}: {option!r} is not allowed{allowed or f' ({error.message})'}"
    return None


def _listed(value: Any) -> Any:
    return [_listed(part) for part in value] if isinstance(value, tuple) else value


def _options() -> list[str]:
    schema = _schema()
    return [
        f"{stage}.{name}"
        for stage in VARIED
        for name, part in schema[stage]["properties"].items()
        if part.get("type") != "object"
    ]


def option_of(path: str, text: str) -> Any:
    """Return the option that a cell of a table names, such as `rank`, `0.5`, `false` or `[1, 100]`; raise `GumflowError` if it cannot be taken."""
    schema = option_schema(path) or {}
    option: Any = text
    if "enum" not in schema and schema.get("type") != "string":
        try:
            option = frozen(yaml.safe_load(text))
        except yaml.YAMLError:
            option = text
    problem = option_problem(path, option)
    if problem:
        raise GumflowError(problem)
    return option


def varied(choices: Choices, options: Mapping[str, Any]) -> Choices:
    """Return choices in which those of the dotted names are replaced, such as `{"normalize.method": "rank"}`."""
    changes: dict[str, dict[str, Any]] = {}
    for path, option in options.items():
        stage, _, name = path.partition(".")
        changes.setdefault(stage, {})[name] = option
    return replace(
        choices,
        **{stage: replace(getattr(choices, stage), **names) for stage, names in changes.items()},
    )
