"""The GUM model as data: factors, mechanisms, ways, paths, constructs and their links (the book's 2.1-2.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gumflow.contract.errors import GumflowError
from gumflow.contract.places import model_file
from gumflow.contract.yaml_text import load_yaml

_SECTIONS = {
    "factors": {"kind"},
    "governance_modes": set(),
    "mechanisms": {"factor", "way", "parts"},
    "parts": set(),
    "ways": {"main"},
    "paths": {"rests_on"},
    "constructs": {"role", "factor", "mechanism", "part", "way", "path", "note"},
}
_MEASURE_KEYS = {"construct", "direction"}
_LABELS = {"en", "zh", "section"}
_ROLES = ("driver", "outcome", "context")
_KINDS = ("basic", "auxiliary", "glue")


@dataclass(frozen=True)
class Node:
    """One element of the model: its id, its two labels, the book section, and what else its list declares."""

    id: str
    en: str
    zh: str
    section: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def label(self, language: str) -> str:
        """Return the label in `en` or `zh`."""
        return self.zh if language == "zh" else self.en

    def get(self, key: str) -> Any:
        """Return a further entry of the node (kind, factor, role, way, note, ...), or None."""
        return self.more.get(key)


@dataclass(frozen=True)
class Link:
    """A link of the model: `relation` is main, support, assist, bind, couple or rests_on."""

    source: str
    target: str
    relation: str


@dataclass(frozen=True)
class Bearing:
    """What a measure of firms (from ties and mechanisms) bears on: a construct, and in which direction (1 or -1)."""

    construct: str
    direction: int


@dataclass(frozen=True)
class Model:
    """The whole model; each list is a mapping from id to `Node`, in the order of the file.

    `measures` are the measures of firms that feed constructs beside the questionnaires' indicators.
    """

    title: Node
    factors: Mapping[str, Node]
    governance_modes: Mapping[str, Node]
    mechanisms: Mapping[str, Node]
    parts: Mapping[str, Node]
    ways: Mapping[str, Node]
    paths: Mapping[str, Node]
    constructs: Mapping[str, Node]
    links: tuple[Link, ...]
    measures: Mapping[str, Bearing] = field(default_factory=dict)

    def constructs_of(self, kind: str, unit: str) -> list[str]:
        """Return the ids of the constructs that feed a `factor`, `mechanism`, `way` or `path`."""
        return [c.id for c in self.constructs.values() if c.get(kind) == unit]

    def constructs_of_parts(self) -> dict[str, list[str]]:
        """Return the constructs of each part of a mechanism, by `<mechanism>.<part>`; parts that no construct belongs to are left out."""
        found: dict[str, list[str]] = {}
        for mechanism in self.mechanisms.values():
            for part in mechanism.get("parts"):
                own = self.constructs_of("mechanism", mechanism.id)
                fed = [c for c in own if self.constructs[c].get("part") == part]
                if fed:
                    found[f"{mechanism.id}.{part}"] = fed
        return found


def load_model(path: Path | None = None) -> Model:
    """Read and check a model file; raise `GumflowError` that lists everything wrong in it.

    Checked: unknown, doubled and missing keys, references to nodes that do not exist, roles (a driver has a factor and neither way
    nor path; an outcome has no factor), and that each factor, way and path is fed by at least one construct.
    """
    path = path or model_file()
    try:
        raw = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GumflowError(f"{path}: the model file cannot be read: {error}") from error
    if not isinstance(raw, dict):
        raise GumflowError(f"{path}: the model file is not a mapping of lists.")
    problems = _heading_problems(raw)
    lists = {name: _nodes(name, raw.get(name), problems) for name in _SECTIONS}
    couplings = raw.get("couplings") or []
    if not problems:
        problems += _broken_references(lists) + _coupling_problems(lists, couplings) + _unfed(lists)
        problems += _measure_problems(raw.get("measures") or {}, lists["constructs"])
    if problems:
        raise GumflowError(f"{path}: the model is not sound:\n" + "\n".join(f"  - {p}" for p in problems))
    title = Node(str(raw["model"]), raw["title"]["en"], raw["title"]["zh"], str(raw["section"]))
    measures = {
        str(k): Bearing(v["construct"], v["direction"]) for k, v in (raw.get("measures") or {}).items()
    }
    return Model(title=title, links=_links(lists, couplings), measures=measures, **lists)


def _heading_problems(raw: Mapping[str, Any]) -> list[str]:
    heading = ("model", "title", "section")
    allowed = (*heading, *_SECTIONS, "couplings", "measures")
    problems = [f"unknown key {key!r}; allowed: {', '.join(allowed)}" for key in raw if key not in allowed]
    problems += [f"{key} is missing" for key in heading if raw.get(key) is None]
    title = raw.get("title")
    if title is not None and not (isinstance(title, dict) and {"en", "zh"} <= title.keys()):
        problems.append("title: en and zh are needed")
    return problems


def _nodes(name: str, entries: Any, problems: list[str]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    if not isinstance(entries, dict) or not entries:
        problems.append(f"{name}: missing or not a mapping")
        return nodes
    for key, entry in entries.items():
        if not isinstance(entry, dict):
            problems.append(f"{name}.{key}: not a mapping")
            continue
        for missing in sorted(label for label in _LABELS if entry.get(label) is None):
            problems.append(f"{name}.{key}: {missing} is missing")
        for unknown in sorted(entry.keys() - _LABELS - _SECTIONS[name]):
            problems.append(
                f"{name}.{key}: unknown key {unknown!r}; allowed: {', '.join(sorted(_LABELS | _SECTIONS[name]))}"
            )
        if not isinstance(entry.get("note", ""), str):
            problems.append(f"{name}.{key}.note: {entry['note']!r} is not text")
        more = {k: v for k, v in entry.items() if k not in _LABELS}
        nodes[key] = Node(key, str(entry.get("en")), str(entry.get("zh")), str(entry.get("section")), more)
    return nodes


# List -> entry -> the list that it refers to, and whether it must be there.
_REFERENCES: dict[str, dict[str, tuple[str, bool]]] = {
    "mechanisms": {"factor": ("factors", True), "way": ("ways", True), "parts": ("parts", True)},
    "ways": {"main": ("factors", True)},
    "paths": {"rests_on": ("ways", True)},
    "constructs": {
        "factor": ("factors", False),
        "mechanism": ("mechanisms", False),
        "part": ("parts", False),
        "way": ("ways", False),
        "path": ("paths", False),
    },
}
_LISTS = ("parts", "rests_on")


def _broken_references(lists: Mapping[str, Mapping[str, Node]]) -> list[str]:
    problems = []
    for name, entries in _REFERENCES.items():
        for node in lists[name].values():
            for key, (target, required) in entries.items():
                value, where = node.get(key), f"{name}.{node.id}.{key}"
                if not value:
                    problems += [f"{where} is missing"] * required
                elif (key in _LISTS) != isinstance(value, list):
                    problems.append(f"{where}: {value!r} is {'not ' * (key in _LISTS)}a list")
                else:
                    problems += _unknown(where, value if key in _LISTS else [value], target, lists)
    for f in lists["factors"].values():
        if f.get("kind") not in _KINDS:
            problems.append(f"factors.{f.id}: kind is {f.get('kind')!r}; allowed: {', '.join(_KINDS)}")
    for c in lists["constructs"].values():
        problems += _role_problems(c)
    return problems


def _unknown(
    where: str, values: list[Any], target: str, lists: Mapping[str, Mapping[str, Node]]
) -> list[str]:
    return [
        f"{where}: {value!r} is none of the {target} ({', '.join(lists[target])})"
        for value in values
        if not isinstance(value, str) or value not in lists[target]
    ]


def _coupling_problems(lists: Mapping[str, Mapping[str, Node]], couplings: Any) -> list[str]:
    if not isinstance(couplings, list):
        return ["couplings: not a list of pairs of factors"]
    problems = []
    for pair in couplings:
        if not isinstance(pair, list) or len(pair) != 2:
            problems.append(f"couplings: {pair!r} is not a pair of factors")
        else:
            problems += _unknown("couplings", pair, "factors", lists)
    return problems


def _measure_problems(measures: Any, constructs: Mapping[str, Node]) -> list[str]:
    """Whether a measure of that name exists is asked where mechanisms are measured: the contract knows no measures."""
    if not isinstance(measures, dict):
        return ["measures: not a mapping of measures of firms"]
    problems = []
    for name, entry in measures.items():
        where = f"measures.{name}"
        if not isinstance(entry, dict) or entry.keys() != _MEASURE_KEYS:
            problems.append(f"{where}: needs construct and direction, and nothing else")
            continue
        known = constructs.get(entry["construct"]) if isinstance(entry["construct"], str) else None
        if known is None:
            problems.append(
                f"{where}.construct: {entry['construct']!r} is none of the constructs ({', '.join(constructs)})"
            )
        elif known.get("role") == "context":
            problems.append(f"{where}.construct: {known.id} is context and feeds nothing")
        if entry["direction"] not in (1, -1) or isinstance(entry["direction"], bool):
            problems.append(f"{where}.direction: {entry['direction']!r}; allowed: 1, -1")
    return problems


def _role_problems(c: Node) -> list[str]:
    role, outcome = c.get("role"), c.get("way") or c.get("path")
    if role not in _ROLES:
        return [f"constructs.{c.id}: role is {role!r}; allowed: {', '.join(_ROLES)}"]
    if role == "driver" and (not c.get("factor") or outcome):
        return [f"constructs.{c.id}: a driver belongs to one factor, and to no way or path"]
    if role == "outcome" and c.get("factor"):
        return [
            f"constructs.{c.id}: an outcome belongs to a way or path, not to a factor; no item has two roles"
        ]
    if role == "context" and (c.get("factor") or outcome):
        return [f"constructs.{c.id}: a context construct feeds nothing"]
    return []


def _unfed(lists: Mapping[str, Mapping[str, Node]]) -> list[str]:
    problems = []
    for name, key in (("factors", "factor"), ("ways", "way"), ("paths", "path")):
        fed = [c.get(key) for c in lists["constructs"].values()]
        problems += [f"{name}.{unit}: no construct feeds it" for unit in lists[name] if unit not in fed]
    return problems


def _links(lists: Mapping[str, Mapping[str, Node]], couplings: list[list[str]]) -> tuple[Link, ...]:
    links = [Link(a, b, "couple") for a, b in couplings]
    for way in lists["ways"].values():
        for f in lists["factors"].values():
            relation = {"basic": "support", "auxiliary": "assist", "glue": "bind"}[f.get("kind")]
            links.append(Link(f.id, way.id, "main" if f.id == way.get("main") else relation))
    for path in lists["paths"].values():
        links += [Link(way, path.id, "rests_on") for way in path.get("rests_on")]
    return tuple(links)
