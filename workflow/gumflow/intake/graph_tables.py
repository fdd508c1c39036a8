"""What GraphML and GEXF have in common: XML that is safe to parse, typed attributes, and ids that mean something."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.intake.edge_lists import LEAST_STRENGTH, MOST_STRENGTH, STRENGTH_RANGE
from gumflow.intake.spreadsheets import refuse

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_BYTES = 200_000_000
"""A larger file is refused: its tree would fill the memory of a laptop."""

NODE_COLUMNS = ("actor",)
EDGE_COLUMNS = ("source", "target", "directed")
_STRENGTHS = ("strength", "weight")

_RUNNING = re.compile(r"n\d+", re.ASCII)
_GB_ENCODING = re.compile(rb"""(<\?xml[^>]*?)\s+encoding\s*=\s*["'](gb[\w-]*)["']""", re.IGNORECASE)
# Not even as an entity may these stand in XML 1.0.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, eq=False)
class GraphTables:
    """A graph as two tables, and how it was read.

    `actors` has the column actor and the attributes. `ties` has source, target, layer (text, empty if not said), strength
    (float, missing if not said), directed (bool) and further attributes. Text that is missing is empty; a column of whole
    numbers or of truth values with missing cells has pandas' `Int64` or `boolean` type.
    """

    actors: pd.DataFrame
    ties: pd.DataFrame
    notes: tuple[str, ...]


@dataclass
class Attribute:
    """Texts of one attribute, by the place of the node or edge; `kinds` are boolean, integer, double, string."""

    kinds: set[str] = field(default_factory=set)
    texts: dict[int, str] = field(default_factory=dict)
    default: str | None = None


@dataclass
class RawGraph:
    """A graph as it stands in the file. `ids_are_meant`: the file says that its ids are those of the actors."""

    file: str
    ids: list[str] = field(default_factory=list)
    ends: list[tuple[str, str]] = field(default_factory=list)
    directed: list[bool] = field(default_factory=list)
    node_attributes: dict[str, Attribute] = field(default_factory=dict)
    edge_attributes: dict[str, Attribute] = field(default_factory=dict)
    ids_are_meant: bool = False
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def local(element: "Element") -> str:
    """Return an element's name without its namespace: programs write several for one format."""
    return str(element.tag).rpartition("}")[2]


def children(element: "Element", name: str) -> list["Element"]:
    """Return the children of that name, of whatever namespace."""
    return [child for child in element if local(child) == name]


def parse_xml(path: Path) -> "Element":
    """Return the root of an XML file.

    Raises `GumflowError` if the file cannot be read, is larger than `MOST_BYTES`, is no well-formed XML (with line and
    column), or has a document type: entities that it declares can blow a small file up, and no graph needs one.
    """
    from xml.etree import ElementTree
    from xml.parsers import expat

    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise GumflowError(
                f"{path.name}: the file has {size:,} bytes; at most {MOST_BYTES:,} are read. Give nodes and edges as CSV."
            )
        data = path.read_bytes()
    except OSError as error:
        raise GumflowError(f"{path}: the file cannot be read ({error.strerror or error}).") from error
    if not data.strip():
        raise GumflowError(f"{path.name}: the file is empty.")
    data = _known_encoding(data, path.name)
    try:
        _refuse_document_type(data, path.name)
        return ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise _malformed(path.name, line, column, str(error).partition(":")[0]) from error
    except expat.ExpatError as error:
        raise _malformed(path.name, error.lineno, error.offset, expat.ErrorString(error.code)) from error
    except (ValueError, LookupError) as error:
        raise GumflowError(f"{path.name}: the file cannot be read ({error}). Save it as UTF-8.") from error


def _malformed(file: str, line: int, column: int, why: str) -> GumflowError:
    return GumflowError(
        f"{file}, line {line}, column {column + 1}: the file is no whole XML ({why}). Export it again."
    )


def _known_encoding(data: bytes, file: str) -> bytes:
    """Return UTF-8 for a file that says it is of the GB family, which the parser does not know."""
    said = _GB_ENCODING.match(data)
    if not said:
        return data
    try:
        return said[1] + data[said.end() :].decode("gb18030").encode("utf-8")
    except UnicodeDecodeError as error:
        raise GumflowError(
            f"{file}: the file says {said[2].decode()}, and is not (byte {said.end() + error.start}). Save it as UTF-8."
        ) from error


def _refuse_document_type(data: bytes, file: str) -> None:
    """Raise `GumflowError` if the file has a document type; nothing after its start is parsed."""
    from xml.parsers import expat

    class Past(Exception):
        """The root has begun: a document type cannot come any more."""

    def refuse_type(*_: object) -> NoReturn:
        raise GumflowError(
            f"{file}: the file declares a document type (DOCTYPE), which may hide entities that fill the memory. "
            "Remove that declaration, or export the file again."
        )

    def stop(*_: object) -> NoReturn:
        raise Past

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_type
    parser.StartElementHandler = stop
    try:
        parser.Parse(data, True)
    except Past:
        return


def graph_tables(raw: RawGraph) -> GraphTables:
    """Return the tables of a graph; raise `GumflowError` that lists what is wrong with ids, ends and values.

    Ids that only count (n0, n1, ... or running numbers) are replaced by the attribute `name`, else `label`, if every node
    has one and no two have the same.
    """
    problems = list(raw.problems)
    seen: set[str] = set()
    for place, name in enumerate(raw.ids, start=1):
        if not name:
            problems.append(f"{raw.file}, node {place}: it has no id.")
        elif name in seen:
            problems.append(f"{raw.file}, node {place}: the id {name!r} stands twice.")
        seen.add(name)
    for place, ends in enumerate(raw.ends, start=1):
        problems += [
            f"{raw.file}, edge {place}: its end {end!r} is no node of the file."
            for end in dict.fromkeys(ends)
            if end not in seen
        ]
    refuse(problems, raw.file)
    ids = _meant_ids(raw)
    of = dict(zip(raw.ids, ids, strict=True))
    actors = {"actor": pd.Series(ids, dtype="str")}
    for name, attribute in raw.node_attributes.items():
        actors[_free(name, NODE_COLUMNS, raw)] = _column(
            attribute, raw.ids, f"node attribute {name}", raw, problems
        )
    places = [f"{of[a]} - {of[b]}" for a, b in raw.ends]
    edge = {
        name: _column(a, places, f"edge attribute {name}", raw, problems)
        for name, a in raw.edge_attributes.items()
    }
    refuse(problems, raw.file)
    ties = {
        "source": pd.Series([of[a] for a, _ in raw.ends], dtype="str"),
        "target": pd.Series([of[b] for _, b in raw.ends], dtype="str"),
        "layer": _layer(edge, len(places)),
        "strength": _strength(edge, places, raw),
        "directed": pd.Series(raw.directed, dtype="bool"),
    }
    for name, values in edge.items():
        ties[_free(name, EDGE_COLUMNS, raw)] = values
    return GraphTables(pd.DataFrame(actors), pd.DataFrame(ties), tuple(raw.notes))


def _meant_ids(raw: RawGraph) -> list[str]:
    """Return the ids of the actors, and drop the attribute that they were taken from."""
    numbers = {str(n) for n in range(len(raw.ids) + 1)}
    running = all(map(_RUNNING.fullmatch, raw.ids)) or set(raw.ids) <= numbers
    if raw.ids_are_meant or not raw.ids or not running:
        return raw.ids
    for wanted in ("name", "label"):
        name = next((n for n in raw.node_attributes if n.casefold() == wanted), None)
        if name is None:
            continue
        values = raw.node_attributes[name].texts
        texts = [" ".join(values.get(at, "").split()) for at in range(len(raw.ids))]
        if all(texts) and len(set(texts)) == len(texts):
            del raw.node_attributes[name]
            if texts != raw.ids:
                raw.notes.append(
                    f"The file's ids only count its nodes: the attribute {name} was taken as the id."
                )
            return texts
        raw.notes.append(
            f"The file's ids only count its nodes, and the attribute {name} cannot be the id: "
            f"{'not every node has one' if not all(texts) else 'two nodes have the same'}."
        )
    return raw.ids


def _free(name: str, taken: Sequence[str], raw: RawGraph) -> str:
    if name not in taken:
        return name
    raw.notes.append(f"The attribute {name} is called {name}_attribute in the table.")
    return f"{name}_attribute"


def _column(
    attribute: Attribute, places: Sequence[str], what: str, raw: RawGraph, problems: list[str]
) -> pd.Series:
    """Return the values of an attribute in their type; several types become the one that holds all."""
    n = len(places)
    kind = "string"
    if len(attribute.kinds) == 1:
        kind = next(iter(attribute.kinds))
    elif attribute.kinds == {"integer", "double"}:
        kind = "double"
    texts = [attribute.texts.get(at, attribute.default) for at in range(n)]
    if kind == "string":
        return pd.Series(["" if t is None else t for t in texts], dtype="str")
    values: list[float | int | bool | None] = []
    for place, text in zip(places, texts, strict=True):
        try:
            values.append(None if text is None or not text.strip() else _value(text.strip(), kind))
        except (ValueError, KeyError):
            words = {"boolean": "true nor false", "integer": "whole number", "double": "number"}[kind]
            problems.append(
                f"{raw.file}, {place}, {what}: {text!r} is {'neither' if kind == 'boolean' else 'no'} {words}."
            )
            values.append(None)
    complete = None not in values
    dtype = {
        "double": "float64",
        "integer": "int64" if complete else "Int64",
        "boolean": "bool" if complete else "boolean",
    }[kind]
    return pd.Series(values, dtype=dtype)


def _value(text: str, kind: str) -> float | int | bool | None:
    if kind == "boolean":
        return _TRUTH[text.lower()]
    if kind == "double":
        value = float(text)
        return None if math.isnan(value) else value
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError
    return number


def _layer(edge: dict[str, pd.Series], n: int) -> pd.Series:
    name = next((k for k in edge if k == "layer"), next((k for k in edge if k.casefold() == "layer"), None))
    if name is None:
        return pd.Series([""] * n, dtype="str")
    return pd.Series(["" if pd.isna(v) else str(v) for v in edge.pop(name)], dtype="str")


def _strength(edge: dict[str, pd.Series], places: Sequence[str], raw: RawGraph) -> pd.Series:
    """Return the attribute strength, else weight, as floats; raise `GumflowError` where it is no number in `STRENGTH_RANGE`."""
    name = next((k for wanted in _STRENGTHS for k in edge if k.casefold() == wanted), None)
    if name is None:
        return pd.Series([math.nan] * len(places), dtype="float64")
    given = edge.pop(name)
    values = pd.to_numeric(
        given.replace("", None) if given.dtype == "str" else given, errors="coerce"
    ).astype("float64")
    blank = given.isna() | (given.astype("str") == "")
    wrong = ~blank & ~values.between(LEAST_STRENGTH, MOST_STRENGTH)
    refuse(
        (
            f"{raw.file}, {places[at]}, edge attribute {name}: {given[at]!s} is no strength. Write a number {STRENGTH_RANGE[0]}."
            for at in wrong.index[wrong]
        ),
        raw.file,
    )
    if name.casefold() != "strength":
        raw.notes.append(f"The edge attribute {name} was read as the strength.")
    return values.rename(None)


def attributes_to_write(
    table: pd.DataFrame, skip: Sequence[str], file: str
) -> list[tuple[str, str, list[str | None]]]:
    """Return name, kind and texts of each further column; None where a value is missing or a text is empty.

    Columns of mixed values are written as the type that holds all of them. Raises `GumflowError` for a character that XML
    cannot hold, and for two columns of one name.
    """
    out = []
    names = [str(c) for c in table.columns]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise GumflowError(f"{file}: columns of one name: {', '.join(twice)}. Rename one of them.")
    for column in table.columns:
        if str(column) in skip:
            continue
        values = [None if pd.isna(v) else v for v in table[column].tolist()]
        kind = _kind(table[column], values)
        texts = [None if v is None else _text(v, kind) for v in values]
        for text in (str(column), *(t for t in texts if t)):
            checked(text, f"{file}, column {column}")
        out.append((str(column), kind, [t or None for t in texts]))
    return out


def _kind(column: pd.Series, values: list[object]) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    if pd.api.types.is_float_dtype(column):
        return "double"
    held = {type(v) for v in values if v is not None}
    if held and held <= {bool}:
        return "boolean"
    if held and held <= {int}:
        return "integer"
    return "double" if held and held <= {int, float} else "string"


def _text(value: object, kind: str) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "double":
        number = float(value)  # type: ignore[arg-type]
        # As XML Schema writes it; else the shortest text that gives the same number.
        return repr(number) if math.isfinite(number) else ("INF" if number > 0 else "-INF")
    return str(value)


def checked(text: str, where: str) -> str:
    """Return the text; raise `GumflowError` if it has a character that XML cannot hold."""
    wrong = _NOT_XML.search(text)
    if wrong:
        raise GumflowError(
            f"{where}: {text!r} has the character U+{ord(wrong[0]):04X}, which XML cannot hold. Remove it."
        )
    return text


def quoted(text: str) -> str:
    """Return the text as it stands in XML, in an element or between double quotation marks; line ends are kept."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\n", "&#10;"), ("\r", "&#13;"), ("\t", "&#9;")):  # fmt: skip
        text = text.replace(character, entity)
    return text


def check_to_write(actors: pd.DataFrame, ties: pd.DataFrame, file: str) -> None:
    """Raise `GumflowError` if the tables are no graph: columns missing, ids doubled or empty, ends that are no actors."""
    for what, table, needed in (("actors", actors, ("actor",)), ("ties", ties, ("source", "target"))):
        missing = [c for c in needed if c not in table.columns]
        if missing:
            raise GumflowError(f"{file}: the table of {what} lacks the columns {', '.join(missing)}.")
    ids = actors["actor"]
    problems = [
        f"{file}: the actor {name!r} stands more than once." for name in sorted(set(ids[ids.duplicated()]))
    ]
    if (ids.isna() | (ids == "")).any():
        problems.append(f"{file}: an actor has no id.")
    for end in ("source", "target"):
        strange = sorted({str(v) for v in ties[end][~ties[end].isin(ids)]})
        problems += [f"{file}: the {end} {name!r} is not among the actors." for name in strange]
    refuse(problems, file)
    for name in ids:
        checked(str(name), f"{file}, actor")


def directions(ties: pd.DataFrame) -> list[bool]:
    """Return whether each tie has a direction; without such a column all have."""
    return [bool(v) for v in ties["directed"]] if "directed" in ties else [True] * len(ties)
