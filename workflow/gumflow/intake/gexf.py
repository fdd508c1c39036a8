"""GEXF: versions 1.1 to 1.3 as Gephi, networkx and R's rgexf write them, in; version 1.2, which all of them read, out.

The elements are read here and not through networkx, which refuses a graph with both kinds of ties and some of the
addresses that Gephi gives to version 1.3, and writes the date of the day into the file.
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

_INTEGERS = ("integer", "int", "long", "short", "byte", "biginteger")
_DOUBLES = ("double", "float", "bigdecimal")
_TYPES = {"boolean": "boolean", "integer": "long", "double": "double", "string": "string"}
_CREATOR = "gumflow"
# Tells a reader of gumflow's own files whether the labels are an attribute of the actors.
_LABELS_ARE_IDS = "The labels repeat the ids."
_VIZ = frozenset({"color", "position", "size", "shape", "thickness"})


def gexf_graph(root: "Element", file: str) -> RawGraph:
    """Return what stands in a GEXF file. A mutual edge is two ties; nodes within nodes are nodes like others.

    The label of a node becomes the attribute `label` unless it repeats the id everywhere. Colors, positions and spells of
    time are not read, which is noted.
    """
    raw = RawGraph(file)
    graphs = children(root, "graph")
    if not graphs:
        raw.problems.append(f"{file}: the file holds no graph.")
        return raw
    graph = graphs[0]
    meta = {local(e): (e.text or "").strip() for m in children(root, "meta") for e in m}
    raw.ids_are_meant = meta.get("creator") == _CREATOR
    keys: dict[str, dict[str, Attribute]] = {"node": {}, "edge": {}}
    for group in children(graph, "attributes"):
        scope = group.get("class", "node")
        if scope in keys:
            by_name = raw.node_attributes if scope == "node" else raw.edge_attributes
            _declare(group, keys[scope], by_name)
    labels, edge_labels = Attribute({"string"}), Attribute({"string"})
    weights = Attribute({"double"})
    default = graph.get("defaultedgetype", "undirected")
    seen: set[str] = set()
    for element in graph.iter():
        name = local(element)
        seen.add(name)
        if name == "node":
            raw.ids.append(element.get("id") or "")
            _keep(labels, len(raw.ids) - 1, element.get("label"))
            _values(element, len(raw.ids) - 1, keys["node"], raw)
        elif name == "edge":
            kind, ends = (
                element.get("type", default),
                (element.get("source") or "", element.get("target") or ""),
            )
            for tie in (ends, ends[::-1]) if kind == "mutual" else (ends,):
                raw.ends.append(tie)
                raw.directed.append(kind != "undirected")
                at = len(raw.ends) - 1
                _keep(weights, at, element.get("weight"))
                _keep(edge_labels, at, element.get("label"))
                _values(element, at, keys["edge"], raw)
    _add_builtin(raw, labels, edge_labels, weights, meta)
    if seen & _VIZ:
        raw.notes.append("Colors, sizes and positions were not read.")
    if seen & {"spell", "spells", "slice", "slices"} or graph.get("mode") == "dynamic":
        raw.notes.append(
            "The graph changes over time: times were not read, and of several values the last was."
        )
    raw.problems = list(dict.fromkeys(raw.problems))
    return raw


def _declare(group: "Element", keys: dict[str, Attribute], by_name: dict[str, Attribute]) -> None:
    for element in children(group, "attribute"):
        key = element.get("id") or ""
        kind = (element.get("type") or "string").lower()
        attribute = keys[key] = by_name.setdefault(element.get("title") or key, Attribute())
        attribute.kinds.add(
            "integer"
            if kind in _INTEGERS
            else "double"
            if kind in _DOUBLES
            else "boolean"
            if kind == "boolean"
            else "string"
        )
        for default in children(element, "default"):
            attribute.default = default.text or ""


def _keep(attribute: Attribute, at: int, text: str | None) -> None:
    if text is not None:
        attribute.texts[at] = text


def _values(element: "Element", at: int, keys: dict[str, Attribute], raw: RawGraph) -> None:
    for group in children(element, "attvalues"):
        for value in children(group, "attvalue"):
            key = value.get("for", value.get("id", ""))
            if key in keys:
                keys[key].texts[at] = value.get("value") or ""
            else:
                raw.problems.append(
                    f"{raw.file}: a value of the attribute {key!r}, which the file does not declare."
                )


def _add_builtin(
    raw: RawGraph, labels: Attribute, edge_labels: Attribute, weights: Attribute, meta: dict[str, str]
) -> None:
    """Add what GEXF keeps outside its attributes: labels and weight."""
    repeats = all(labels.texts.get(at, name) == name for at, name in enumerate(raw.ids))
    said = raw.ids_are_meant and meta.get("description") == _LABELS_ARE_IDS
    if (
        labels.texts
        and not said
        and (raw.ids_are_meant or not repeats)
        and "label" not in raw.node_attributes
    ):
        raw.node_attributes["label"] = labels
    if any(edge_labels.texts.values()) and "label" not in raw.edge_attributes:
        raw.edge_attributes["label"] = edge_labels
    if weights.texts or raw.ids_are_meant:
        # The built-in weight is the strength whatever else is called so.
        raw.edge_attributes["strength" if "strength" not in raw.edge_attributes else "weight"] = weights


def write_gexf(actors: pd.DataFrame, ties: pd.DataFrame, path: Path) -> None:
    """Write actors and ties as GEXF 1.2; see `graph_files.write_graph_file`."""
    file = Path(path).name
    check_to_write(actors, ties, file)
    nodes = attributes_to_write(actors, ("actor",), file)
    edges = attributes_to_write(ties, ("source", "target", "directed"), file)
    weights = next((texts for name, _, texts in edges if name == "strength"), [None] * len(ties))
    edges = [column for column in edges if column[0] != "strength"]
    directed = directions(ties)
    labels = next((texts for name, _, texts in nodes if name == "label"), None)
    default = "directed" if any(directed) or not directed else "undirected"
    meta = f"<creator>{_CREATOR}</creator>" + (
        f"<description>{_LABELS_ARE_IDS}</description>" if labels is None else ""
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n'
        f'  <meta>{meta}</meta>\n  <graph mode="static" defaultedgetype="{default}">\n'
    ]
    for scope, columns in (("node", nodes), ("edge", edges)):
        lines.append(f'    <attributes class="{scope}">\n')
        lines += [
            f'      <attribute id="{scope[0]}{at}" title="{quoted(name)}" type="{_TYPES[kind]}"/>\n'
            for at, (name, kind, _) in enumerate(columns)
        ]
        lines.append("    </attributes>\n")
    lines.append("    <nodes>\n")
    for row, actor in enumerate(actors["actor"].tolist()):
        name = quoted(actor)
        label = name if labels is None else quoted(labels[row] or "")
        lines.append(f'      <node id="{name}" label="{label}">{_attvalues("n", nodes, row)}</node>\n')
    lines.append("    </nodes>\n    <edges>\n")
    for row, (a, b) in enumerate(zip(ties["source"].tolist(), ties["target"].tolist(), strict=True)):
        kind = "directed" if directed[row] else "undirected"
        own = "" if kind == default else f' type="{kind}"'
        weight = weights[row]
        own += "" if weight is None else f' weight="{weight}"'
        values = _attvalues("e", edges, row)
        lines.append(
            f'      <edge id="{row}" source="{quoted(a)}" target="{quoted(b)}"{own}>{values}</edge>\n'
        )
    lines.append("    </edges>\n  </graph>\n</gexf>\n")
    write_text("".join(lines), path)


def _attvalues(letter: str, columns: list[tuple[str, str, list[str | None]]], row: int) -> str:
    values = "".join(
        f'<attvalue for="{letter}{at}" value="{quoted(text)}"/>'
        for at, (_, _, texts) in enumerate(columns)
        if (text := texts[row]) is not None
    )
    return f"<attvalues>{values}</attvalues>" if values else ""
