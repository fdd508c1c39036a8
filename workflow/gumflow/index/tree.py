"""The hierarchy of a composite indicator: which indicators make which group, with which direction and weight.

A tree is a list of nodes, each of which names its parent, in a YAML file. Indicators are the nodes that are nobody's parent; the
one node without a parent is the index.
"""

import difflib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError

AGGREGATE_METHODS = (
    "arithmetic", "geometric", "harmonic", "power", "mazziotta_pareto", "topsis", "copeland",
)  # fmt: skip
"""How the children of a group become its score."""
WEIGHT_METHODS = (
    "given", "equal", "pca", "entropy", "critic", "budget", "ahp", "benefit_of_the_doubt", "balanced",
)  # fmt: skip
"""How the weights of a group's children come about."""
RESERVED = ("unit", "ucode", "time", "name", "uname", "group", "rank", "coverage", "imputed_share")
"""Names of columns in data and results, which no node may have, in any case of letters."""


@dataclass(frozen=True)
class IndexNode:
    """An indicator, a group of them, or the index itself (the root, whose parent is empty).

    `weight` is the given weight among the children of `parent`, rescaled there so that they add up to 1. Of indicators only:
    `direction` (1: more is better, -1: less is), `unit`, `goalposts` (least and most), `target`, `denominator` (a column of the data) and
    `log` (take logs before anything is compared). Of groups only: `aggregate` and `weigh`, the methods of this group where they are not
    those of its level.
    """

    code: str
    name: str = ""
    parent: str = ""
    weight: float = 1.0
    direction: int = 1
    unit: str = ""
    goalposts: tuple[float, float] | None = None
    target: float | None = None
    denominator: str = ""
    log: bool = False
    aggregate: str = ""
    weigh: str = ""


@dataclass(frozen=True)
class IndexTree:
    """Nodes by code in the order of their file; made by `tree_of` or `load_tree`, which check it."""

    nodes: Mapping[str, IndexNode]

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {code: [] for code in self.nodes}
        for node in self.nodes.values():
            if node.parent:
                found[node.parent].append(node.code)
        return {code: tuple(children) for code, children in found.items()}

    @cached_property
    def _levels(self) -> dict[str, int]:
        levels: dict[str, int] = {}

        def level(code: str) -> int:
            if code not in levels:
                levels[code] = 1 + max((level(child) for child in self._children[code]), default=0)
            return levels[code]

        for code in self.nodes:
            level(code)
        return levels

    @cached_property
    def _leaves(self) -> dict[str, tuple[str, ...]]:
        below: dict[str, tuple[str, ...]] = {code: (code,) for code in self.indicators}
        for code in self.groups:
            below[code] = tuple(leaf for child in self._children[code] for leaf in below[child])
        return below

    @cached_property
    def root(self) -> str:
        """The code of the index."""
        return next(node.code for node in self.nodes.values() if not node.parent)

    @cached_property
    def indicators(self) -> tuple[str, ...]:
        """Codes of the indicators, in the order of the file."""
        return tuple(code for code in self.nodes if not self._children[code])

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Codes of all groups, children before their parents and the index last; by level, then in the order of the file."""
        inner = [code for code in self.nodes if self._children[code]]
        return tuple(sorted(inner, key=self._levels.__getitem__))

    @cached_property
    def depth(self) -> int:
        """The level of the index."""
        return self._levels[self.root]

    def children(self, code: str) -> tuple[str, ...]:
        """Return the codes right below a node, in the order of the file; none below an indicator."""
        return self._children[code]

    def level(self, code: str) -> int:
        """Return 1 for an indicator, and for a group one more than the highest level among its children."""
        return self._levels[code]

    def leaves(self, code: str) -> tuple[str, ...]:
        """Return the indicators below a node, child by child; of an indicator, itself."""
        return self._leaves[code]

    def directions(self) -> NDArray[np.float64]:
        """Return 1 or -1 for each indicator, in their order: whether more of it is better or worse."""
        return np.array([self.nodes[code].direction for code in self.indicators], dtype=np.float64)

    def given_weights(self, code: str) -> NDArray[np.float64]:
        """Return the given weights of a group's children, which add up to 1."""
        weights = np.array([self.nodes[child].weight for child in self._children[code]], dtype=np.float64)
        return weights / weights.sum()


def load_tree(path: Path) -> IndexTree:
    """Read a tree from a YAML file with the key `nodes`; raise one `GumflowError` that lists all that is wrong in it."""
    nodes, faults, places = read_nodes(path)
    refuse_all(Path(path).name, faults + tree_faults(nodes, places))
    return IndexTree({node.code: node for node in nodes})


def tree_of(nodes: Iterable[IndexNode], source: str) -> IndexTree:
    """Make a tree of nodes; raise one `GumflowError` that lists all that is wrong with it.

    Wrong are: a code that is empty, reserved or stands twice (with two parents, or with one), a parent that is no node, a
    cycle, no root or several, a root without indicators, a direction that is not 1 or -1, a weight that is negative or no number, the
    weights of a group that add up to zero, goalposts the wrong way round, an unknown method, and what is of
    indicators only on a group, or of groups only on an indicator. `source` names the origin in messages.
    """
    listed = list(nodes)
    refuse_all(source, tree_faults(listed))
    return IndexTree({node.code: node for node in listed})


def refuse_all(source: str, faults: Sequence[str]) -> None:
    """Raise `GumflowError` with one line for each fault, if there are any."""
    if faults:
        count = f"{len(faults)} thing{'s' if len(faults) > 1 else ''} to mend"
        raise GumflowError("\n".join([f"{source}: {count}:", *(f"  - {fault}" for fault in faults)]))


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a hint at the name that is most like another, or nothing if none is."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def read_nodes(path: Path) -> tuple[list[IndexNode], list[str], list[str]]:
    """Return the nodes of a file as far as they can be read, what cannot, and where each node stands.

    Where the file is no list of nodes at all, a `GumflowError` says so: nothing else can be found out then.
    """
    from gumflow.contract.config import schema_problems
    from gumflow.contract.yaml_text import load_yaml

    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw = load_yaml(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise GumflowError(
            f"{path}: the tree cannot be read: {reason}. Write it as YAML in UTF-8."
        ) from error
    if not isinstance(raw, Mapping) or not isinstance(raw.get("nodes"), list) or not raw["nodes"]:
        raise GumflowError(
            f"{path.name}: a tree is a key `nodes` with a list under it, such as\n"
            "nodes:\n  - {code: index}\n  - {code: patents, parent: index, weight: 1, direction: 1}"
        )
    lines = _lines(text)
    entries = raw["nodes"]
    places = [
        f"line {line}" + (f" ({entry['code']})" if isinstance(entry, Mapping) and "code" in entry else "")
        for line, entry in zip(lines, entries, strict=True)
    ]
    faults = [_placed(problem, places) for problem in schema_problems(raw, "index_tree")]
    read = [(_node(entry), place) for entry, place in zip(entries, places, strict=True)]
    kept = [(node, place) for node, place in read if node is not None]
    return [node for node, _ in kept], faults, [place for _, place in kept]


def _lines(text: str) -> list[int]:
    """Return the line on which each entry under `nodes` begins."""
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(document, yaml.MappingNode)
    entries = next(value for key, value in document.value if key.value == "nodes")
    return [entry.start_mark.line + 1 for entry in entries.value]


def _placed(problem: str, places: Sequence[str]) -> str:
    """Replace the place `nodes.3` of a problem with the schema by the line and code of that node."""
    for at, place in reversed(list(enumerate(places))):
        problem = problem.replace(f"nodes.{at}.", f"{place}: ").replace(f"nodes.{at}", place)
    return problem


def _node(entry: Any) -> IndexNode | None:
    """Return the node that an entry describes; fields of a wrong type, which the schema reports, have their defaults."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("code"), str) or not entry["code"].strip():
        return None
    taken: dict[str, Any] = {}
    for field in fields(IndexNode):
        value = entry.get(field.name)
        if field.name == "goalposts":
            if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)):
                taken["goalposts"] = (float(value[0]), float(value[1]))
        elif field.name == "log":
            taken["log"] = value is True
        elif field.name in ("weight", "target", "direction"):
            if value is not None and _is_number(value):
                taken[field.name] = value if field.name == "direction" else float(value)
        elif isinstance(value, str):
            taken[field.name] = value.strip()
    return IndexNode(**taken)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def tree_faults(nodes: Sequence[IndexNode], places: Sequence[str] = ()) -> list[str]:
    """Return what is wrong with a list of nodes, one line each; `places` say where each node was read."""
    if not nodes:
        return ["there are no nodes; write at least an index and one indicator"]
    at = list(places) or [node.code for node in nodes]
    where: dict[str, str] = {}
    for node, place in zip(nodes, at, strict=True):
        where.setdefault(node.code, place)
    parents = {node.parent for node in nodes} - {""}
    faults = _code_faults(nodes, at)
    for node, place in zip(nodes, at, strict=True):
        faults += [f"{place}: {fault}" for fault in _node_faults(node, node.code in parents)]
    return faults + _shape_faults(nodes, where) + _sum_faults(nodes)


def _code_faults(nodes: Sequence[IndexNode], places: Sequence[str]) -> list[str]:
    faults = []
    for code, times in Counter(node.code for node in nodes).items():
        if not code.strip() or code != code.strip():
            faults.append(f"code {code!r} is empty or begins or ends with a blank; give each node a code")
        elif code.casefold() in RESERVED:
            faults.append(f"code {code!r} is the name of a column of the results; choose another")
        if times == 1:
            continue
        same = [(node, place) for node, place in zip(nodes, places, strict=True) if node.code == code]
        above = list(dict.fromkeys(node.parent or "none" for node, _ in same))
        at = ", ".join(place for _, place in same)
        if len(above) > 1:
            faults.append(
                f"{code} has {'two' if len(above) == 2 else len(above)} parents, {' and '.join(above)} ({at}); "
                "a node has one: keep one, or give the other a code of its own"
            )
        else:
            faults.append(f"code {code!r} stands {times} times ({at}); give each node a code of its own")
    return faults


def _node_faults(node: IndexNode, is_group: bool) -> list[str]:
    faults = []
    if node.direction not in (1, -1):
        faults.append(f"direction {node.direction!r} is not 1 (more is better) or -1 (less is better)")
    if not math.isfinite(node.weight) or node.weight < 0:
        faults.append(f"weight {node.weight!r} is not a number of 0 or more")
    if node.goalposts is not None and not (
        all(map(math.isfinite, node.goalposts)) and node.goalposts[0] < node.goalposts[1]
    ):
        faults.append(f"goalposts {list(node.goalposts)} are not the least and the most; write [least, most]")
    if node.target is not None and not math.isfinite(node.target):
        faults.append(f"target {node.target!r} is not a number")
    for field, known in (("aggregate", AGGREGATE_METHODS), ("weigh", WEIGHT_METHODS)):
        value = getattr(node, field)
        if value and value not in known:
            faults.append(
                f"{field} {value!r} is not known{nearest(value, known)}; allowed: {', '.join(known)}"
            )
        if value and not is_group:
            faults.append(f"{field} is of groups only, and {node.code} is an indicator; remove it")
    if is_group:
        given = [f for f in ("goalposts", "target", "denominator", "log") if getattr(node, f)]
        given += ["direction"] if node.direction == -1 else []
        if given:
            faults.append(f"{', '.join(given)} are of indicators only, and {node.code} is a group; remove")
    return faults


def _shape_faults(nodes: Sequence[IndexNode], where: Mapping[str, str]) -> list[str]:
    """Return orphans, cycles, and roots that are none, several or bare."""
    above = {node.code: node.parent for node in reversed(nodes)}
    faults = []
    for node in nodes:
        if node.parent and node.parent not in above:
            faults.append(
                f"{where[node.code]}: orphan: the parent {node.parent!r} of {node.code} is no node{nearest(node.parent, above)}; "
                "add it, or name another parent"
            )
    faults += [
        f"cycle: {' -> '.join([*loop, loop[0]])} (each names the next as its parent); name a parent outside for one of them"
        for loop in _loops(above)
    ]
    roots = [code for code, parent in above.items() if not parent][::-1]
    if not roots:
        faults.append("no node is the index: leave out the parent of the one that stands above all others")
    elif len(roots) > 1:
        faults.append(
            f"several nodes have no parent: {', '.join(roots)}; one is the index, give the others a parent"
        )
    elif roots[0] not in set(above.values()):
        faults.append(f"the index {roots[0]} has no indicators; name it as the parent of nodes")
    return faults


def _loops(above: Mapping[str, str]) -> list[list[str]]:
    """Return each cycle of parents once, from the code that stands first in the file."""
    loops: list[list[str]] = []
    done: set[str] = set()
    for start in reversed(list(above)):
        path: list[str] = []
        code = start
        while code in above and code not in done:
            done.add(code)
            path.append(code)
            code = above[code]
        if code in path:
            loops.append(path[path.index(code) :])
    return loops


def _sum_faults(nodes: Sequence[IndexNode]) -> list[str]:
    groups: dict[str, list[IndexNode]] = {}
    for node in nodes:
        if node.parent:
            groups.setdefault(node.parent, []).append(node)
    return [
        f"{parent}: the weights of its children ({', '.join(c.code for c in children)}) add up to zero; give one of them a weight above 0"
        for parent, children in groups.items()
        if all(child.weight == 0 for child in children)
    ]
