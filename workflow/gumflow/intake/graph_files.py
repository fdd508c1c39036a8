"""Graphs as files of other programs: GraphML and GEXF in and out, and CSV of nodes and edges for R."""

from pathlib import Path

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.writing import write_text
from gumflow.intake.gexf import gexf_graph, write_gexf
from gumflow.intake.graph_tables import GraphTables, check_to_write, graph_tables, local, parse_xml
from gumflow.intake.graphml import graphml_graph, write_graphml


def read_graph_file(path: Path) -> GraphTables:
    """Read a GraphML or GEXF file; its first element, not its suffix, says which it is.

    Ids are the nodes' ids. Where these only count (n0, n1, ... of igraph and yEd, running numbers of Gephi), they are the
    attribute `name`, else the label, if each node has one of its own. The edge attribute `strength`, else `weight` is the
    strength; `layer` is the layer. Parallel ties stay apart. A file of `write_graph_file` gives the same tables again.

    Raises `GumflowError` for a file that is not whole, has a document type, is too large, or is another kind of XML, and
    one that names every doubled id, unknown end, value of a wrong type, and strength that is no finite number above 0.
    """
    root = parse_xml(path)
    kind = local(root)
    if kind == "graphml":
        return graph_tables(graphml_graph(root, Path(path).name))
    if kind == "gexf":
        return graph_tables(gexf_graph(root, Path(path).name))
    raise GumflowError(f"{Path(path).name}: the file is neither GraphML nor GEXF: it begins with <{kind}>.")


def write_graph_file(actors: pd.DataFrame, ties: pd.DataFrame, path: Path) -> None:
    """Write a graph as GraphML or GEXF, by the suffix of `path`; equal tables give equal bytes.

    `actors` has the column actor, `ties` source and target and, if it likes, directed (bool; all ties have a direction
    without it); every further column is an attribute, and every row of ties an edge of its own. In GEXF, strength is
    the built-in weight. Text that is missing or empty is left out, and read as empty; numbers keep all their digits.

    networkx refuses, and igraph levels, a graph that has ties with and without direction.

    Raises `GumflowError` for ids that are doubled or empty, ends that are no actors, and characters that XML cannot hold.
    """
    writers = {".graphml": write_graphml, ".gexf": write_gexf}
    suffix = Path(path).suffix.lower()
    if suffix not in writers:
        raise GumflowError(f"{Path(path).name}: a graph is written as {' or '.join(writers)}.")
    writers[suffix](actors, ties, path)


def write_node_edge_csv(actors: pd.DataFrame, ties: pd.DataFrame, folder: Path) -> None:
    """Write `nodes.csv` (id, then attributes) and `edges.csv` (from, to, then attributes) into the folder, for R.

    igraph takes them as `graph_from_data_frame(edges, directed, nodes)`. UTF-8 without byte-order mark, text between
    quotation marks, truth values as TRUE and FALSE, missing cells empty. So that R keeps ids such as 001 and NA, read with
    `read.csv(file, colClasses = c(id = "character"), na.strings = "", fileEncoding = "UTF-8")`, and `from` and `to` alike.
    An attribute called name, which would replace the ids in igraph, is written as `name_attribute`; id, from and to alike.

    Raises `GumflowError` for ids that are doubled or empty, and ends that are no actors.
    """
    folder = Path(folder)
    check_to_write(actors, ties, folder.name)
    nodes = _first(actors, {"actor": "id"}, ("id", "name"))
    edges = _first(ties, {"source": "from", "target": "to"}, ("from", "to"))
    for name, table in (("nodes.csv", nodes), ("edges.csv", edges)):
        # 2: quotation marks round everything that is no number.
        write_text(table.to_csv(index=False, lineterminator="\n", quoting=2), folder / name)


def _first(table: pd.DataFrame, renamed: dict[str, str], taken: tuple[str, ...]) -> pd.DataFrame:
    clash = {name: f"{name}_attribute" for name in table.columns if name in taken}
    table = table.rename(columns={**clash, **renamed})
    table = table[[*renamed.values(), *(c for c in table.columns if c not in renamed.values())]].copy()
    for column in table.columns:
        if pd.api.types.is_bool_dtype(table[column]):
            table[column] = table[column].map({True: "TRUE", False: "FALSE"})
    return table
