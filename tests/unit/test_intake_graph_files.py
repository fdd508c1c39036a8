"""GraphML and GEXF of other programs are read right; what is written loses nothing and is the same to the byte."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_intake_edge_lists import ODD_IDS, outcome

from gumflow.contract.errors import GumflowError
from gumflow.intake import graph_tables
from gumflow.intake.graph_files import read_graph_file, write_graph_file, write_node_edge_csv

GRAPHML = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{}</graphml>'
SUFFIXES = pytest.mark.parametrize("suffix", [".graphml", ".gexf"])


def put(tmp_path: Path, text: str | bytes, name: str = "g.graphml") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def random_tables(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return actors and ties with odd ids, attributes of every type, missing cells, parallel ties and loops."""
    rng = np.random.default_rng(seed)
    ids = [str(i) for i in rng.permutation(ODD_IDS)[: rng.integers(0 if seed else 1, len(ODD_IDS))]]
    n, m = len(ids), int(rng.integers(0, 40)) if ids else 0
    names = pd.Series([str(v) for v in rng.choice(["", "甲 & <乙>", " x ", "a\r\nb", '"'], n)], dtype="str")
    actors = pd.DataFrame(
        {
            "actor": pd.Series(ids, dtype="str"),
            "name": names,
            "label": names[::-1].reset_index(drop=True),
            "size": pd.Series(rng.integers(-5, 10**15, n), dtype="int64"),
            "share": pd.Series(
                np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n) * 1e-7), dtype="float64"
            ),
            "exports": pd.Series(rng.random(n) < 0.5, dtype="bool"),
            "nothing": pd.Series([""] * n, dtype="str"),
            "id": pd.Series([str(v) for v in range(n)], dtype="str"),
        }
    )
    ties = pd.DataFrame(
        {
            "source": pd.Series([ids[i] for i in rng.integers(0, max(n, 1), m)], dtype="str"),
            "target": pd.Series([ids[i] for i in rng.integers(0, max(n, 1), m)], dtype="str"),
            "layer": pd.Series([str(v) for v in rng.choice(["trust", "知识", ""], m)], dtype="str"),
            "strength": pd.Series(
                np.where(rng.random(m) < 0.3, np.nan, rng.random(m) + 0.1), dtype="float64"
            ),
            "directed": pd.Series(rng.random(m) < (seed % 3) / 2, dtype="bool"),
            "weight": pd.Series(rng.random(m), dtype="float64"),
            "label": pd.Series([str(v) for v in rng.choice(["", "x>y"], m)], dtype="str"),
            "wave": pd.Series(rng.integers(1990, 2020, m), dtype="int64"),
            "type": pd.Series(["t"] * m, dtype="str"),
        }
    )
    return actors, ties


def some_graph() -> tuple[pd.DataFrame, pd.DataFrame]:
    actors = pd.DataFrame(
        {
            "actor": ["甲厂", "b", "c"],
            "kind": ["firm", "firm", "bank"],
            "staff": [5, 70, 3],
            "open": [True, False, True],
        }
    )
    ties = pd.DataFrame(
        {
            "source": ["甲厂", "甲厂", "b"], "target": ["b", "b", "c"], "layer": ["trust", "credit", "trust"],
            "strength": [1.5, 2.0, 4.0], "directed": [True] * 3,
        }
    )  # fmt: skip
    return actors, ties


@SUFFIXES
@pytest.mark.parametrize("seed", range(15))
def test_tables_survive_the_round_trip(tmp_path, suffix, seed):
    actors, ties = random_tables(seed)
    path = tmp_path / f"g{suffix}"
    write_graph_file(actors, ties, path)
    read = read_graph_file(path)
    pd.testing.assert_frame_equal(read.actors, actors)
    pd.testing.assert_frame_equal(read.ties, ties)
    first = path.read_bytes()
    write_graph_file(read.actors, read.ties, path)
    assert path.read_bytes() == first


@SUFFIXES
def test_nullable_and_mixed_columns_keep_what_they_hold(tmp_path, suffix):
    actors, ties = some_graph()
    actors["year"] = pd.array([1990, None, 2**62], dtype="Int64")
    actors["member"] = pd.array([True, None, False], dtype="boolean")
    mixed = actors.assign(
        mix=pd.Series([1, "x", None], dtype="object"), amount=pd.Series([1, 2.5, None], dtype="object")
    )
    write_graph_file(mixed, ties, tmp_path / f"g{suffix}")
    read = read_graph_file(tmp_path / f"g{suffix}").actors
    pd.testing.assert_frame_equal(read[actors.columns], actors)
    assert read["mix"].tolist() == ["1", "x", ""]
    assert read["amount"].tolist()[:2] == [1.0, 2.5]
    assert np.isnan(read["amount"][2])


def test_networkx_and_igraph_read_what_is_written(tmp_path):
    import igraph
    import networkx as nx

    actors, ties = some_graph()
    for suffix, reader in ((".graphml", nx.read_graphml), (".gexf", nx.read_gexf)):
        path = tmp_path / f"g{suffix}"
        write_graph_file(actors, ties, path)
        graph = reader(path)
        assert graph.is_directed()
        assert list(graph) == actors["actor"].tolist()
        assert [graph.nodes[a]["staff"] for a in graph] == [5, 70, 3]
        assert [graph.nodes[a]["open"] for a in graph] == [True, False, True]
        key = "strength" if suffix == ".graphml" else "weight"
        found = [(a, b, d["layer"], d[key]) for a, b, d in graph.edges(data=True)]
        assert found == list(ties.drop(columns="directed").itertuples(index=False, name=None))
    graph = igraph.Graph.Read_GraphML(str(tmp_path / "g.graphml"))
    assert graph.vs["name"] == actors["actor"].tolist()
    assert graph.es["strength"] == ties["strength"].tolist()
    assert [(graph.vs[e.source]["name"], graph.vs[e.target]["name"]) for e in graph.es] == list(
        zip(ties["source"], ties["target"], strict=True)
    )
    undirected = ties.assign(directed=False)
    for suffix, reader in ((".graphml", nx.read_graphml), (".gexf", nx.read_gexf)):
        write_graph_file(actors, undirected, tmp_path / f"u{suffix}")
        assert not reader(tmp_path / f"u{suffix}").is_directed()


@SUFFIXES
@pytest.mark.parametrize("directed", [True, False])
def test_what_networkx_writes_is_read(tmp_path, suffix, directed):
    import networkx as nx

    graph = nx.MultiDiGraph() if directed else nx.MultiGraph()
    graph.add_node("甲", staff=5, open=True, share=0.25, note="x")
    graph.add_node("n7", staff=7)
    graph.add_edge("甲", "n7", layer="trust", weight=2.5)
    graph.add_edge("甲", "n7", layer="credit", weight=1.0)
    path = tmp_path / f"g{suffix}"
    (nx.write_graphml_xml if suffix == ".graphml" else nx.write_gexf)(graph, path)
    read = read_graph_file(path)
    assert read.actors["actor"].tolist() == ["甲", "n7"]
    assert read.actors["staff"].tolist() == [5, 7]
    assert read.actors["open"].dtype == "boolean"
    assert read.actors["share"].tolist()[0] == 0.25
    assert read.actors["note"].tolist() == ["x", ""]
    assert read.ties["layer"].tolist() == ["trust", "credit"]
    assert read.ties["strength"].tolist() == [2.5, 1.0]
    assert read.ties["directed"].tolist() == [directed] * 2


@pytest.mark.parametrize("directed", [True, False])
def test_igraphs_names_are_the_ids(tmp_path, directed):
    import igraph

    graph = igraph.Graph([(0, 1), (1, 2), (1, 2)], directed=directed)
    path = tmp_path / "g.graphml"
    graph.write_graphml(str(path))
    assert read_graph_file(path).actors["actor"].tolist() == ["n0", "n1", "n2"]
    graph.vs["name"] = ["甲厂", "001", "NA"]
    graph.vs["size"] = [1.5, 2.0, 3.0]
    graph.vs["open"] = [True, False, True]
    graph.es["weight"] = [1.0, 2.0, 0.5]
    graph.write_graphml(str(path))
    read = read_graph_file(path)
    assert read.actors.to_dict("list") == {
        "actor": ["甲厂", "001", "NA"],
        "size": [1.5, 2.0, 3.0],
        "open": [True, False, True],
    }
    assert list(zip(read.ties["source"], read.ties["target"], strict=True)) == [
        ("甲厂", "001"),
        ("001", "NA"),
        ("001", "NA"),
    ]
    assert read.ties["strength"].tolist() == [1.0, 2.0, 0.5]
    assert read.ties["directed"].tolist() == [directed] * 3
    assert any("attribute name was taken as the id" in note for note in read.notes)
    graph.vs["name"] = ["a", "a", "b"]
    graph.write_graphml(str(path))
    read = read_graph_file(path)
    assert read.actors["actor"].tolist() == ["n0", "n1", "n2"]
    assert read.actors["name"].tolist() == ["a", "a", "b"]
    assert any("two nodes have the same" in note for note in read.notes)


YED = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">
  <key attr.name="url" attr.type="string" for="node" id="d4"/><key for="node" id="d6" yfiles.type="nodegraphics"/>
  <key attr.name="staff" attr.type="int" for="node" id="d7"><default>9</default></key>
  <key for="port" id="d1" yfiles.type="portgraphics"/><key for="edge" id="d10" yfiles.type="edgegraphics"/>
  <graph edgedefault="directed" id="G"><data key="d0x"/>
    <node id="n0"><data key="d6"><y:ShapeNode><y:Geometry x="1"/><y:NodeLabel hasText="false"/><y:NodeLabel>Acme
      Works<y:LabelModel/></y:NodeLabel></y:ShapeNode></data></node>
    <node id="n1" yfiles.foldertype="group"><data key="d6"><y:GroupNode><y:NodeLabel>Group</y:NodeLabel></y:GroupNode></data>
      <graph edgedefault="directed" id="n1:"><node id="n1::n0"><data key="d7">4</data>
        <data key="d6"><y:ShapeNode><y:NodeLabel>乙厂</y:NodeLabel></y:ShapeNode></data></node></graph></node>
    <edge id="e0" source="n0" target="n1::n0"><data key="d10"><y:PolyLineEdge><y:EdgeLabel>sells</y:EdgeLabel></y:PolyLineEdge></data></edge>
    <edge id="e0" source="n0" target="n1::n0" directed="false"/>
  </graph></graphml>"""


def test_yeds_labels_groups_and_defaults(tmp_path):
    read = read_graph_file(put(tmp_path, YED.replace('<data key="d0x"/>', "")))
    assert read.actors["actor"].tolist() == ["n0", "n1", "n1::n0"]
    assert read.actors["label"].tolist()[1:] == ["Group", "乙厂"]
    flat = (
        YED.replace('<data key="d0x"/>', "")
        .replace("n1::n0", "n2")
        .replace('<graph edgedefault="directed" id="n1:">', "")
    )
    flat = flat.replace("</data></node></graph></node>", "</data></node>").replace(
        "</y:GroupNode></data>", "</y:GroupNode></data></node>"
    )
    read = read_graph_file(put(tmp_path, flat))
    assert read.actors["actor"].tolist() == ["Acme Works", "Group", "乙厂"]
    assert read.actors["staff"].tolist() == [9, 9, 4]
    assert read.ties[["source", "target", "label", "directed"]].to_numpy().tolist() == [
        ["Acme Works", "乙厂", "sells", True],
        ["Acme Works", "乙厂", "", False],
    ]


@pytest.mark.parametrize(
    "address", ["http://www.gexf.net/1.1draft", "http://gexf.net/1.3", "http://www.gexf.net/1.3"]
)
def test_gephis_files_of_every_version(tmp_path, address):
    text = f"""<?xml version='1.0' encoding='UTF-8'?>
<gexf xmlns="{address}" version="1.3" xmlns:viz="{address}/viz"><meta lastmodifieddate="2024-01-01"><creator>Gephi 0.10</creator></meta>
<graph defaultedgetype="directed" mode="static">
<attributes class="node" mode="static"><attribute id="staff" title="Staff" type="integer"><default>2</default></attribute>
<attribute id="open" title="open" type="boolean"/></attributes>
<attributes class="edge"><attribute id="l" title="Layer" type="string"/></attributes>
<nodes><node id="101" label="甲厂"><attvalues><attvalue for="staff" value="5"/><attvalue for="open" value="true"/></attvalues>
<viz:size value="10.0"/><viz:position x="1" y="2"/><viz:color r="1" g="2" b="3"/></node><node id="102" label="Bolt"/></nodes>
<edges><edge id="0" source="101" target="102" weight="2.0"><attvalues><attvalue for="l" value="trust"/></attvalues></edge>
<edge id="1" source="102" target="101" type="undirected"/><edge id="2" source="101" target="102" type="mutual" weight="3"/></edges></graph></gexf>"""
    read = read_graph_file(put(tmp_path, text, "g.gexf"))
    assert read.actors["actor"].tolist() == ["101", "102"]
    assert read.actors["label"].tolist() == ["甲厂", "Bolt"]
    assert read.actors["Staff"].tolist() == [5, 2]
    assert read.ties["layer"].tolist() == ["trust", "", "", ""]
    assert read.ties["strength"].fillna(-1).tolist() == [2, -1, 3, 3]
    assert read.ties[["source", "directed"]].to_numpy().tolist() == [
        ["101", True],
        ["102", False],
        ["101", True],
        ["102", True],
    ]
    assert any("positions were not read" in note for note in read.notes)
    counted = text.replace("101", "0").replace("102", "1")
    assert read_graph_file(put(tmp_path, counted, "g.gexf")).actors["actor"].tolist() == ["甲厂", "Bolt"]


@pytest.mark.parametrize("silent", [True, False])
def test_a_column_named_like_one_of_the_tables_is_renamed(tmp_path, silent):
    text = GRAPHML.format(
        '<key id="a" for="node" attr.name="actor" attr.type="string"/><key id="d" attr.name="directed" attr.type="string"/>'
        '<graph edgedefault="undirected"><node id="x"><data key="a">A</data></node><edge source="x" target="x"/></graph>'
    )
    text = text.replace(' edgedefault="undirected"', "") if silent else text
    read = read_graph_file(put(tmp_path, text))
    assert any("does not say whether" in note for note in read.notes) == silent
    assert read.actors["actor_attribute"].tolist() == ["A"]
    assert read.ties["directed"].tolist() == [False]
    assert read.ties["directed_attribute"].tolist() == [""]


def test_chinese_encodings_that_the_file_declares(tmp_path):
    text = '<?xml version="1.0" encoding="GBK"?>' + GRAPHML.format(
        '<graph edgedefault="directed"><node id="甲厂"/></graph>'
    )
    for data in (text.encode("gbk"), text.replace("GBK", "utf-16").encode("utf-16")):
        assert read_graph_file(put(tmp_path, data)).actors["actor"].tolist() == ["甲厂"]
    with pytest.raises(GumflowError, match="says GBK, and is not"):
        read_graph_file(put(tmp_path, text.encode("gbk") + b"\xff\xff"))


BOMB = '<!DOCTYPE lolz [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY a{i} "{f"&a{i - 1 if i > 1 else str()};" * 10}">' for i in range(1, 10)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB + GRAPHML.format("&a9;"), "DOCTYPE"),
        ('<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><graphml/>', "DOCTYPE"),
        ("<graphml><graph>", "line 1, column 17"),
        ("<graphml>\n<graph>\n</graphml>", "line 3"),
        ("", "empty"),
        ("source,target\na,b\n", "no whole XML"),
        ("<html/>", "neither GraphML nor GEXF"),
        ("<graphml/>", "holds no graph"),
        ("<gexf/>", "holds no graph"),
        ('<?xml version="1.0" encoding="klingon"?><graphml/>', "g.graphml"),
        (GRAPHML.format('<graph><node id="a"/><node id="a"/><node/><edge source="a" target="z"/></graph>'),
         ["3 things", "node 2: the id 'a' stands twice", "node 3: it has no id", "edge 1: its end 'z'"]),
        (GRAPHML.format('<graph><node id="a"><data key="k">1</data></node></graph>'), "key 'k'"),
        (GRAPHML.format('<graph><node id="a"/><hyperedge/></graph>'), "hyperedges"),
        (GRAPHML.format('<key id="k" for="node" attr.name="staff" attr.type="int"/><key id="b" for="node" attr.name="open" attr.type="boolean"/>'
                        '<graph><node id="a"><data key="k">many</data><data key="b">perhaps</data></node></graph>'),
         ["a, node attribute staff: 'many' is no whole number", "'perhaps' is neither true nor false"]),
        (GRAPHML.format('<key id="k" for="edge" attr.name="weight" attr.type="double"/><graph><node id="a"/>'
                        + "".join(f'<edge source="a" target="a"><data key="k">{v}</data></edge>' for v in ("0", "-1", "INF", "2")) + "</graph>"),
         ["3 things", "a - a, edge attribute weight: 0.0 is no strength", "-1.0", "inf"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(tmp_path, text, words):
    read, message = outcome(read_graph_file, put(tmp_path, text))
    assert read is None
    for expected in [words] if isinstance(words, str) else words:
        assert expected in message
    assert "g.graphml" in message


def test_files_that_are_too_large_too_deep_or_missing(tmp_path, monkeypatch):
    deep = "<graphml>" + "<graph>" * 50_000 + "</graph>" * 50_000 + "</graphml>"
    read, message = outcome(read_graph_file, put(tmp_path, deep))
    assert message == "" if read is not None else "g.graphml" in message
    monkeypatch.setattr(graph_tables, "MOST_BYTES", 100)
    with pytest.raises(GumflowError, match=r"has 750,019 bytes; at most 100"):
        read_graph_file(tmp_path / "g.graphml")
    with pytest.raises(GumflowError, match="cannot be read"):
        read_graph_file(tmp_path / "none.graphml")


@SUFFIXES
@pytest.mark.parametrize("seed", range(60))
def test_damaged_files_give_tables_or_a_named_error(tmp_path, suffix, seed):
    rng = random.Random(seed)
    path = tmp_path / f"g{suffix}"
    write_graph_file(*some_graph(), path)
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        data[at : at + rng.choice([1, 1, 5, 40])] = rng.choice(
            [b"", b"<", b"&", b'"', b"\xff", b"node", b"1", b"x"]
        )
    path.write_bytes(bytes(data))
    read, message = outcome(read_graph_file, path)
    assert path.name in message if read is None else read.ties["source"].isin(read.actors["actor"]).all()


@SUFFIXES
def test_tables_that_are_no_graph_are_not_written(tmp_path, suffix):
    actors, ties = some_graph()
    path = tmp_path / f"g{suffix}"
    for wrong_actors, wrong_ties, words in (
        (actors, ties.assign(target=["b", "z", "c"]), "the target 'z' is not among the actors"),
        (pd.concat([actors, actors[:1]]), ties, "'甲厂' stands more than once"),
        (actors.assign(actor=["", "b", "c"]), ties[2:], "no id"),
        (actors.assign(kind=["a\x01", "", ""]), ties, r"column kind: .* U\+0001"),
        (actors.assign(actor=["\ufffe", "b", "c"]), ties[2:], r"U\+FFFE"),
        (actors.drop(columns="actor"), ties, "lacks the columns actor"),
        (pd.concat([actors, actors[["kind"]]], axis=1), ties, "columns of one name: kind"),
    ):
        with pytest.raises(GumflowError, match=words):
            write_graph_file(wrong_actors, wrong_ties, path)
    assert not path.exists()
    with pytest.raises(GumflowError, match=r"\.graphml or \.gexf"):
        write_graph_file(actors, ties, tmp_path / "g.net")


def test_csv_for_r_has_ids_first_and_no_mark(tmp_path):
    actors, ties = some_graph()
    actors = actors.assign(name=["x", 'y"', "z, w"], share=[0.1, np.nan, 2])[
        ["kind", "name", "actor", "open", "share"]
    ]
    write_node_edge_csv(
        actors, ties.assign(to=[1, 2, 3])[["layer", "target", "source", "to", "strength"]], tmp_path / "r"
    )
    assert (tmp_path / "r" / "nodes.csv").read_text(encoding="utf-8").splitlines() == [
        '"id","kind","name_attribute","open","share"',
        '"甲厂","firm","x","TRUE",0.1',
        '"b","firm","y""","FALSE",""',
        '"c","bank","z, w","TRUE",2.0',
    ]
    assert (tmp_path / "r" / "edges.csv").read_text(encoding="utf-8").splitlines() == [
        '"from","to","layer","to_attribute","strength"',
        '"甲厂","b","trust",1,1.5',
        '"甲厂","b","credit",2,2.0',
        '"b","c","trust",3,4.0',
    ]
    with pytest.raises(GumflowError, match="not among the actors"):
        write_node_edge_csv(actors[:1], ties, tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("seed", range(6))
def test_csv_for_r_keeps_every_id(tmp_path, seed):
    actors, ties = random_tables(seed + 1)
    write_node_edge_csv(actors, ties, tmp_path)
    nodes = pd.read_csv(tmp_path / "nodes.csv", dtype="str", keep_default_na=False)
    edges = pd.read_csv(tmp_path / "edges.csv", dtype="str", keep_default_na=False)
    assert nodes["id"].tolist() == actors["actor"].tolist()
    assert nodes.columns[0] == "id"
    assert list(edges.columns[:2]) == ["from", "to"]
    assert edges[["from", "to"]].to_numpy().tolist() == ties[["source", "target"]].to_numpy().tolist()


@pytest.mark.parametrize("value", ["1e101", "1e-101"])
def test_a_strength_beyond_its_range_is_refused(tmp_path, value):
    graph = GRAPHML.format(
        '<key id="w" for="edge" attr.name="weight" attr.type="double"/><graph edgedefault="directed">'
        f'<node id="a"/><node id="b"/><edge source="a" target="b"><data key="w">{value}</data></edge></graph>'
    )
    with pytest.raises(GumflowError, match="choose another unit"):
        read_graph_file(put(tmp_path, graph))
