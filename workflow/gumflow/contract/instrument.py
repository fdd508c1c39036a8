"""Instruments as data: questionnaires, interview guides and relational modules, each a file in `config/instruments`.

A question is what is printed; an item is what is answered by itself (a question has one or more items). Each item has one role:
driver (what a mechanism does), outcome (upgrading that happened), context, or identity (who answered; never leaves `restricted/`).
Indicators say how answers become numbers that bear on a construct of the model.
"""

import ast
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gumflow.contract.config import schema_problems
from gumflow.contract.errors import GumflowError
from gumflow.contract.model import Model
from gumflow.contract.places import instrument_folder
from gumflow.contract.yaml_text import load_yaml

CHOICES = ("single", "several")
"""Types answered by ticks."""

WITH_OPTIONS = (*CHOICES, "shares", "rank")
"""Types that have options; a rank has those of the item that it ranks."""

FORMULA_FUNCTIONS = ("abs", "ln", "max", "min")
"""Functions that a formula may call, besides + - * / and parentheses."""

# Which types of items each kind of indicator reads, and what it must say besides its item.
_READS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "value": (("number", "scale"), ()),
    "score": (("single",), ()),
    "tick": (CHOICES, ("options",)),
    "ticks": (CHOICES, ("options",)),
    "ratio": ((*CHOICES, "shares"), ("options", "among")),
    "weighted": (("shares",), ("weights",)),
    "entropy": (("shares",), ()),
    "herfindahl": (("shares",), ()),
    "priority": (("rank",), ()),
}

_PLAIN = (
    "unit", "minimum", "maximum", "whole", "tolerance", "most", "several_ticks", "direction", "note", "ranks",
)  # fmt: skip


@dataclass(frozen=True)
class Option:
    """One answer that can be ticked, or one part of a share set.

    `printed` is its number on paper; `fill_in` says that words may be written beside it; `score` is its value on an ordered scale;
    `excludes` says that it cannot go with another (such as "none").
    """

    code: str
    en: str
    zh: str
    printed: int = 0
    fill_in: bool = False
    score: float | None = None
    excludes: bool = False

    def label(self, language: str) -> str:
        """Return the label in `en` or `zh`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Condition:
    """The item is asked only of those who ticked one of `options` of `item`."""

    item: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Pooling:
    """The item of another instrument with which this one may be pooled: the `same`, or after recoding (`recoded`)."""

    item: str
    how: str
    note: str = ""


@dataclass(frozen=True)
class Relation:
    """What an item of type `relation` asks about alters.

    `layer` is a network layer, or empty for attributes of ties. `flow` says where what flows comes from (`to_respondent`: from
    the alter). `alters` are on a printed `roster`, free `names`, or those `named` in the items `named_in`. `kinds` are actor kinds,
    `place` whether they are inside the cluster. `fills` is the column of the ties that the value fills; `most` limits the names; a value below `least`
    is an answer, and no tie.
    """

    layer: str
    flow: str
    alters: str
    named_in: tuple[str, ...]
    kinds: tuple[str, ...]
    place: str
    most: int
    fills: str
    least: float = 0.0


@dataclass(frozen=True)
class Item:
    """What is answered by itself.

    `type`: single, several (ticks), number, shares (parts that sum to 100), scale (minimum to maximum), rank (of the ticked options of
    the item `ranks`), text, relation (to alters) or identity. `several_ticks` is the rule where a single item was ticked more than once:
    highest, lowest or mean score; keep (all ticks stay); refuse (no answer, reported). `most` limits ticks.
    """

    id: str
    question: str
    type: str
    en: str
    zh: str
    role: str
    options: tuple[Option, ...] = ()
    ranks: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    tolerance: float = 2.0
    most: int | None = None
    several_ticks: str = "refuse"
    asked_if: Condition | None = None
    constructs: tuple[str, ...] = ()
    direction: int = 0
    pools_with: Pooling | None = None
    relation: Relation | None = None
    note: str = ""

    def label(self, language: str) -> str:
        """Return the text in `en` or `zh`."""
        return self.zh if language == "zh" else self.en

    def option(self, code: str) -> Option | None:
        """Return the option of that code, or None."""
        return next((o for o in self.options if o.code == code), None)


@dataclass(frozen=True)
class Question:
    """A question as printed: its number, its texts, who is asked, and its items."""

    id: str
    section: str
    printed: int
    en: str
    zh: str
    items: tuple[Item, ...]
    respondents: tuple[str, ...] = ()
    note: str = ""

    def label(self, language: str) -> str:
        """Return the text in `en` or `zh`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Indicator:
    """How answers become a number that bears on a construct.

    `kind`, with x the answer(s) of `item` and s its shares as parts of 1:
    value (x / divide, or ln(x / divide) if `log`); score (the ticked option's score, by the item's rule if several were ticked, / divide);
    tick (1 if one of `options` is ticked, else 0); ticks (ticked share of `options`); ratio (ticks or shares in `options` over those in
    `among`); weighted (sum of s * weight / divide); entropy (-sum s ln s / ln K of the K shares); herfindahl (sum s^2);
    priority (mean over `options`, default all, of (m - rank + 1) / m, m = number ranked, 0 if not ranked);
    formula (arithmetic on the ids of numeric items and of indicators above it). `not_asked_as` is the value where the item was not
    asked, because the item of its condition was answered otherwise. `direction` says whether more is more (1) or less (-1) of the
    construct; 0 is reported, but enters no score.
    """

    id: str
    en: str
    zh: str
    kind: str
    construct: str
    direction: int
    item: str = ""
    options: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    divide: float = 1.0
    log: bool = False
    formula: str = ""
    not_asked_as: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Instrument:
    """A questionnaire, guide or module; `items` maps item ids to items in printed order."""

    name: str
    title: Mapping[str, str]
    source: Mapping[str, str]
    respondents: tuple[str, ...]
    sections: Mapping[str, Mapping[str, str]]
    questions: tuple[Question, ...]
    items: Mapping[str, Item]
    indicators: tuple[Indicator, ...]


def instrument_names() -> list[str]:
    """Return the names of the instruments that ship with gumflow."""
    return sorted(path.stem for path in instrument_folder().glob("*.yaml"))


def load_instrument(name: str, model: Model, folder: Path | None = None) -> Instrument:
    """Read and check one instrument; raise `GumflowError` that lists everything wrong in it.

    `name` is the name of a file in `config/instruments`, or of one `NAME.yaml` in `folder`, which comes first.
    """
    own = folder / f"{name}.yaml" if folder is not None else None
    path = own if own is not None and own.is_file() else instrument_folder() / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(instrument_names())
        raise GumflowError(f"There is no instrument {name!r}; the instruments are {known}.")
    try:
        instrument, problems = _read_text(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GumflowError(f"{path}: the instrument cannot be read: {error}") from error
    if instrument is not None:
        problems = tuple(_problems(instrument, model))
    if instrument is None or problems:
        raise GumflowError(
            f"{path}: the instrument is not sound:\n" + "\n".join(f"  - {p}" for p in problems)
        )
    return instrument


@functools.lru_cache(maxsize=32)
def _read_text(text: str) -> tuple[Instrument | None, tuple[str, ...]]:
    """Return the instrument in a text, or why it is none. Every cluster and wave asks for it again, and parsing is slow."""
    raw = load_yaml(text)
    problems = tuple(schema_problems(raw, "instrument"))
    return (None, problems) if problems else (_instrument(raw), ())


def _instrument(raw: Mapping[str, Any]) -> Instrument:
    questions = tuple(_question(q, raw) for q in raw["questions"])
    return Instrument(
        name=raw["instrument"],
        title=raw["title"],
        source=raw["source"],
        respondents=tuple(raw.get("respondents", ("firm",))),
        sections={s["id"]: s for s in raw["sections"]},
        questions=questions,
        items={i.id: i for q in questions for i in q.items},
        indicators=tuple(_indicator(entry) for entry in raw.get("indicators", ())),
    )


def _indicator(raw: Mapping[str, Any]) -> Indicator:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
    return Indicator(**fields)


def _question(raw: Mapping[str, Any], instrument: Mapping[str, Any]) -> Question:
    return Question(
        id=raw["id"],
        section=raw["section"],
        printed=raw.get("printed", 0),
        en=raw["en"],
        zh=raw["zh"],
        items=tuple(_item(i, raw) for i in raw["items"]),
        respondents=tuple(raw.get("respondents", instrument.get("respondents", ("firm",)))),
        note=raw.get("note", ""),
    )


def _item(raw: Mapping[str, Any], question: Mapping[str, Any]) -> Item:
    # Ranks share the options of what they rank, and an item without a text of its own is the question itself.
    ranked = next((i for i in question["items"] if i["id"] == raw.get("ranks")), raw)
    relation = raw.get("relation")
    more: dict[str, Any] = {key: raw[key] for key in _PLAIN if key in raw}
    return Item(
        id=raw["id"],
        question=question["id"],
        type=raw["type"],
        en=raw.get("en", question["en"]),
        zh=raw.get("zh", question["zh"]),
        role=raw["role"],
        options=tuple(Option(**o) for o in ranked.get("options", ())),
        asked_if=Condition(raw["asked_if"]["item"], tuple(raw["asked_if"]["options"]))
        if "asked_if" in raw
        else None,
        constructs=tuple(raw.get("constructs", ())),
        pools_with=Pooling(**raw["pools_with"]) if "pools_with" in raw else None,
        relation=_relation(relation) if relation else None,
        **more,
    )


def _relation(raw: Mapping[str, Any]) -> Relation:
    return Relation(
        layer=raw.get("layer", ""),
        flow=raw.get("flow", "mutual"),
        alters=raw["alters"],
        named_in=tuple(raw.get("named_in", ())),
        kinds=tuple(raw["kinds"]),
        place=raw.get("place", "inside"),
        most=raw.get("most", 0),
        fills=raw.get("fills", ""),
        least=raw.get("least", 0.0),
    )


def _doubled(ids: list[str]) -> list[str]:
    return sorted({i for i in ids if ids.count(i) > 1})


def _problems(instrument: Instrument, model: Model) -> list[str]:
    own = [i.id for q in instrument.questions for i in q.items]
    problems = [f"{i}: the id stands twice" for i in _doubled(own)]
    problems += [f"{i}: two questions have this id" for i in _doubled([q.id for q in instrument.questions])]
    problems += [
        f"{q.id}: there is no section {q.section!r}"
        for q in instrument.questions
        if q.section not in instrument.sections
    ]
    for q in instrument.questions:
        problems += [
            f"{i.id}: the id of an item starts with its question's, {q.id}"
            for i in q.items
            if i.id != q.id and not i.id.startswith(f"{q.id}.")
        ]
    for item in instrument.items.values():
        problems += [f"{item.id}: {p}" for p in _item_problems(item, instrument.items, model)]
    problems += [
        f"indicator {i}: the id stands twice" for i in _doubled([i.id for i in instrument.indicators])
    ]
    for ind in instrument.indicators:
        problems += [f"indicator {ind.id}: {p}" for p in _indicator_problems(ind, instrument, model)]
    return problems


def _item_problems(item: Item, items: Mapping[str, Item], model: Model) -> Iterable[str]:
    codes = [o.code for o in item.options]
    if len(set(codes)) < len(codes):
        yield "two options have one code"
    if (item.type in WITH_OPTIONS) != bool(codes) and item.type != "relation":
        yield f"an item of type {item.type} {'needs' if not codes else 'has no'} options"
    if item.type == "rank" and (item.ranks not in items or items[item.ranks].type != "several"):
        yield "a rank names in `ranks` the item, of type several, whose options it ranks"
    if item.type == "scale" and (item.minimum is None or item.maximum is None):
        yield "a scale needs minimum and maximum"
    if item.minimum is not None and item.maximum is not None and item.minimum >= item.maximum:
        yield "the minimum is not below the maximum"
    if (item.type == "relation") != (item.relation is not None):
        yield "`relation` belongs to items of type relation, and they need it"
    if item.type == "single" and item.several_ticks in ("highest", "lowest", "mean"):
        missing = [o.code for o in item.options if o.score is None]
        if missing:
            yield f"several_ticks: {item.several_ticks} needs a score for {', '.join(missing)}"
    if item.asked_if is not None:
        asked = items.get(item.asked_if.item)
        known = {o.code for o in asked.options} if asked else set()
        if asked is None or asked.type not in CHOICES or not set(item.asked_if.options) <= known:
            yield "asked_if: names an item of ticks and options of it"
        elif list(items).index(asked.id) >= list(items).index(item.id):
            yield f"asked_if: {asked.id} does not stand before it"
    if (item.type == "identity") != (item.role == "identity"):
        yield "identity is a type and a role at once"
    yield from _role_problems(item, model)


def _role_problems(item: Item, model: Model) -> Iterable[str]:
    for construct in item.constructs:
        node = model.constructs.get(construct)
        if node is None:
            yield f"the model has no construct {construct!r}"
        elif node.get("role") != item.role:
            yield f"the item's role is {item.role}, that of its construct {construct} {node.get('role')}; an item has one role"


def _indicator_problems(ind: Indicator, instrument: Instrument, model: Model) -> Iterable[str]:
    node = model.constructs.get(ind.construct)
    if node is None:
        yield f"the model has no construct {ind.construct!r}"
        return
    if ind.kind == "formula":
        yield from _formula_problems(ind, instrument, model)
        return
    item = instrument.items.get(ind.item)
    if item is None:
        yield f"there is no item {ind.item!r}"
        return
    types, needed = _READS[ind.kind]
    if item.type not in types:
        yield f"kind {ind.kind} reads items of type {' or '.join(types)}; {item.id} is of type {item.type}"
    yield from (f"kind {ind.kind} needs {key}" for key in needed if not getattr(ind, key))
    known = {o.code for o in item.options}
    unknown = [c for c in (*ind.options, *ind.among, *ind.weights) if c not in known]
    yield from (f"item {item.id} has no option {c!r}" for c in unknown)
    if ind.kind == "score":
        missing = [o.code for o in item.options if o.score is None]
        if missing:
            yield f"item {item.id} has no score for {', '.join(missing)}"
    if node.get("role") != item.role:
        yield f"the role of {item.id} is {item.role}, that of the construct {ind.construct} {node.get('role')}"


def _formula_problems(ind: Indicator, instrument: Instrument, model: Model) -> Iterable[str]:
    try:
        names = _names(ast.parse(ind.formula, mode="eval").body)
    except (SyntaxError, ValueError):
        yield f"the formula {ind.formula!r} is no arithmetic"
        return
    ids = [i.id for i in instrument.indicators]
    above = {i.id: i for i in instrument.indicators[: ids.index(ind.id)]}
    role = model.constructs[ind.construct].get("role")
    for name in sorted(names):
        item = instrument.items.get(name)
        if name in above:
            part = model.constructs.get(above[name].construct)
            of = part.get("role") if part else None
        elif item is not None and item.type in ("number", "scale"):
            of = item.role
        else:
            yield f"the formula names {name}, which is neither a numeric item nor an indicator above it"
            continue
        if of not in (None, role, "context"):
            yield f"the role of {name} is {of}, that of the construct {ind.construct} {role}; they do not mix"


def _names(node: ast.expr) -> set[str]:
    """Return the names in an arithmetic expression (an id with a dot parses as an attribute); raise `ValueError` for anything else."""
    if isinstance(node, ast.Name | ast.Attribute):
        return {ast.unparse(node)}
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return set()
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return _names(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
        return _names(node.left) | _names(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id not in FORMULA_FUNCTIONS:
            raise ValueError(node.func.id)
        return set().union(*(_names(a) for a in node.args))
    raise ValueError(ast.dump(node))
