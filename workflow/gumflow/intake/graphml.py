"""GraphML: as yEd, Gephi, igraph and networkx write it, in; one plain form that all of them read, out.

The elements are read here and not through networkx, which refuses a graph with both kinds of ties, keeps one of two
parallel ties of one id, and loses attributes that are declared and nowhere set, and the defaults of those that are.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gumflow.contract.writing import write_text
from gumflow.intake.graph_tables import (
    Attribute,
    RawGraph,
    attributes_to_write,
    check_to_write,
    children,
    directions,
    local,
    quoted,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_KINDS = {"boolean": "boolean", "int": "integer", "integer": "integer", "long": "integer", "short": "integer",
          "float": "double", "double": "double"}  # fmt: skip
_TYPES = {"boolean": "boolean", "integer": "long", "double": "double", "string": "string"}
# The key of the copy of the id under a name, for programs (igraph, yEd) that do not show ids.
_OWN_KEY = "gumflow_actor"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns '
    'http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)


def graphml_graph(root: "Element", file: str) -> RawGraph:
    """Return what stands in the first graph of a GraphML file; nodes within nodes (groups of yEd) are nodes like others."""
    raw = RawGraph(file)
    graphs = children(root, "graph")
    if not graphs:
        raw.problems.append(f"{file}: the file holds no graph.")
        return raw
    if len(graphs) > 1:
        raw.notes.append(f"The file holds {len(graphs)} graphs: the first was read.")
    keys = {key.get("id", ""): key for key in children(root, "key")}
    raw.ids_are_meant = _OWN_KEY in keys
    attributes = {
        "node": _declared(keys, "node", raw.node_attributes),
        "edge": _declared(keys, "edge", raw.edge_attributes),
    }
    graph = graphs[0]
    directed = graph.get("edgedefault") == "directed"
    if graph.get("edgedefault") is None:
        raw.notes.append(
            "The file does not say whether its ties have a direction: they were read as having none."
        )
    for element in graph.iter():
        name = local(element)
        if name == "node" and element is not graph:
            raw.ids.append(element.get("id") or "")
            _values(element, len(raw.ids) - 1, attributes["node"], keys, raw.node_attributes, raw)
        elif name == "edge":
            raw.ends.append((element.get("source") or "", element.get("target") or ""))
            own = element.get("directed")
            raw.directed.append(own.strip() in ("true", "1") if own is not None else directed)
            _values(element, len(raw.ends) - 1, attributes["edge"], keys, raw.edge_attributes, raw)
        elif name == "hyperedge":
            raw.problems.append(
                f"{file}: the graph has hyperedges, which tie more than two nodes. Export ties of two."
            )
    raw.problems = list(dict.fromkeys(raw.problems))
    if any(element is not graph and local(element) == "graph" for element in graph.iter()):
        raw.notes.append(
            "The file has nodes within nodes: groups and their members were read as actors alike."
        )
    return raw


def _declared(keys: dict[str, "Element"], scope: str, into: dict[str, Attribute]) -> dict[str, Attribute]:
    """Return the attributes by key; keys of one name (one for each type) are one attribute."""
    by_key = {}
    for key, element in keys.items():
        name = element.get("attr.name")
        if key == _OWN_KEY or name is None or element.get("for", "all") not in (scope, "all"):
            continue
        attribute = by_key[key] = into.setdefault(name, Attribute())
        attribute.kinds.add(_KINDS.get(element.get("attr.type", "string"), "string"))
        for default in children(element, "default"):
            attribute.default = default.text or ""
    return by_key


def _values(
    element: "Element",
    at: int,
    attributes: dict[str, Attribute],
    keys: dict[str, "Element"],
    by_name: dict[str, Attribute],
    raw: RawGraph,
) -> None:
    for data in children(element, "data"):
        key = data.get("key", "")
        if key in attributes and not len(data):
            attributes[key].texts[at] = data.text or ""
        elif key not in keys:
            raw.problems.append(f"{raw.file}: data of the key {key!r}, which the file does not declare.")
        elif len(data):
            # What yEd draws: of it, only the label says something of the actor or tie.
            labels = (e.text for e in data.iter() if local(e) in ("NodeLabel", "EdgeLabel"))
            label = next((t.strip() for t in labels if t and t.strip()), None)
            if label is not None:
                attribute = by_name.setdefault("label", Attribute({"string"}))
                attribute.texts.setdefault(at, label)


def write_graphml(actors: pd.DataFrame, ties: pd.DataFrame, path: Path) -> None:
    """Write actors and ties as GraphML; see `graph_files.write_graph_file`."""
    file = Path(path).name
    check_to_write(actors, ties, file)
    nodes = attributes_to_write(actors, ("actor",), file)
    edges = attributes_to_write(ties, ("source", "target", "directed"), file)
    directed = directions(ties)
    both = any(directed) or not directed
    shown = "name"
    while shown in {name for name, _, _ in nodes}:
        shown += "_"
    lines = [_HEAD, f'  <key id="{_OWN_KEY}" for="node" attr.name="{shown}" attr.type="string"/>\n']
    for scope, columns in (("node", nodes), ("edge", edges)):
        lines += [
            f'  <key id="{scope[0]}{at}" for="{scope}" attr.name="{quoted(name)}" attr.type="{_TYPES[kind]}"/>\n'
            for at, (name, kind, _) in enumerate(columns)
        ]
    lines.append(f'  <graph id="G" edgedefault="{"directed" if both else "undirected"}">\n')
    for row, actor in enumerate(actors["actor"].tolist()):
        name = quoted(actor)
        lines.append(
            f'    <node id="{name}"><data key="{_OWN_KEY}">{name}</data>{_data("n", nodes, row)}</node>\n'
        )
    for row, (a, b) in enumerate(zip(ties["source"].tolist(), ties["target"].tolist(), strict=True)):
        own = "" if directed[row] == both else f' directed="{"true" if directed[row] else "false"}"'
        lines.append(
            f'    <edge source="{quoted(a)}" target="{quoted(b)}"{own}>{_data("e", edges, row)}</edge>\n'
        )
    lines.append("  </graph>\n</graphml>\n")
    write_text("".join(lines), path)


def _data(letter: str, columns: list[tuple[str, str, list[str | None]]], row: int) -> str:
    return "".join(
        f'<data key="{letter}{at}">{quoted(text)}</data>'
        for at, (_, _, texts) in enumerate(columns)
        if (text := texts[row]) is not None
    )
