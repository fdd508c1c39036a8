"""A user's own edge lists through the commands: every format in and out, every option, and errors that say what to mend."""

import os

import igraph as ig
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from gumflow.cli import main
from gumflow.inference.autocorrelation import morans_i
from gumflow.networks.edges import network_of_edges
from gumflow.present.own_files import read_own_files

TIES = "source,target,layer,strength\n甲厂,乙厂,advice,2\n乙厂,甲厂,advice,1\n乙厂,丙厂,advice,3\n丙厂,丁厂,trust,1\n甲厂,丙厂,trust,4\n戊厂,甲厂,advice,1\n"
PEOPLE = "actor,town,age,responded\n甲厂,north,10,yes\n乙厂,north,20,yes\n丙厂,south,35,yes\n丁厂,south,41,no\n戊厂,north,15,yes\n己厂,,28,yes\n"
SHOPS = ["甲厂", "乙厂", "丙厂", "丁厂", "戊厂", "己厂"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "ties.csv").write_text(TIES, encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "plain.csv").write_text(
        "\n".join(line.rpartition(",")[0] for line in PEOPLE.split()), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, code=0):
    assert main([str(a) for a in arguments]) == code


def measure(*arguments, out="out", **options):
    run("measure", "--draws", "0", "--out", out, *arguments, **options)
    return {name[:-4]: table(f"{out}/{name}") for name in os.listdir(out) if name.endswith(".csv")}


def table(path):
    return pd.read_csv(
        path,
        dtype={"actor": "str", "actor_a": "str", "actor_b": "str", "withheld": "str"},
        keep_default_na=True,
    )


def network_value(tables, name):
    return tables["network"].set_index("measure").loc[name, "value"]


def random_edges(seed, size=14, directed=True):
    rng = np.random.default_rng(seed)
    pairs = [
        (i, j)
        for i in range(size)
        for j in range(size)
        if i != j and rng.random() < 0.2 and (directed or i < j)
    ]
    return [(f"v{i}", f"v{j}", int(rng.integers(1, 5))) for i, j in pairs]


def write_list(path, rows):
    path.write_text(
        "from,to,weight\n" + "\n".join(f"{a},{b},{w}" for a, b, w in rows) + "\n", encoding="utf-8"
    )


def test_a_list_is_measured_as_networkx_does(folder):
    rows = random_edges(1)
    write_list(folder / "net.csv", rows)
    tables = measure("--ties", "net.csv")
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(rows)
    actors = tables["actors"].set_index("actor")
    for name, expected in {
        "in_degree": dict(graph.in_degree()),
        "out_strength": dict(graph.out_degree(weight="weight")),
        "betweenness": nx.betweenness_centrality(graph, normalized=False),
        "pagerank": nx.pagerank(graph, tol=1e-12),
        "constraint": nx.constraint(graph, weight="weight"),
    }.items():
        assert actors[name].to_dict() == pytest.approx(expected, abs=1e-8), name
    assert network_value(tables, "density") == pytest.approx(nx.density(graph))
    assert network_value(tables, "reciprocity_arc") == pytest.approx(nx.reciprocity(graph))
    assert set(tables) == {"actors", "dyads", "network", "codebook"}
    assert set(tables["network"]["measure"]) <= set(tables["codebook"]["measure"])


def test_without_directions_it_is_measured_as_a_graph(folder):
    rows = random_edges(2, directed=False)
    write_list(folder / "net.csv", rows)
    tables = measure("--ties", "net.csv", "--undirected")
    graph = nx.Graph()
    graph.add_weighted_edges_from(rows)
    assert tables["actors"].set_index("actor")["betweenness"].to_dict() == pytest.approx(
        nx.betweenness_centrality(graph, normalized=False)
    )
    assert network_value(tables, "ties") == graph.number_of_edges()
    assert "in_degree" not in tables["actors"]
    assert (
        table("out/network.csv")
        .set_index("measure")
        .loc["reciprocity_arc", "withheld"]
        .startswith("not applicable")
    )


@pytest.mark.parametrize("suffix", ["graphml", "gexf", "csv", "xlsx", "folder"])
def test_what_is_exported_is_measured_the_same_when_read_again(folder, suffix):
    out = "r" if suffix == "folder" else f"all.{suffix}"
    layer = ["--layer", "advice"] if suffix in ("csv", "xlsx") else []
    run("export", "--ties", "ties.csv", "--actors", "people.csv", *layer, "--out", out)
    again = ["r/edges.csv"] if suffix == "folder" else [out]
    one = measure("--ties", "ties.csv", "--actors", "people.csv", *layer, out="one")
    two = measure("--ties", *again, "--actors", "people.csv", out="two")
    if layer:
        two["network"]["value"] = two["network"]["value"].where(
            two["network"]["measure"] != "multiplexity_mean"
        )
    for name in ("actors", "dyads", "network"):
        pd.testing.assert_frame_equal(one[name], two[name])
    if suffix == "folder":
        nodes = pd.read_csv("r/nodes.csv", dtype="str", keep_default_na=False)
        assert sorted(nodes["id"]) == sorted(SHOPS)
    if suffix in ("graphml", "gexf"):
        alone = measure("--ties", out, out="three")
        assert sorted(alone["actors"]["actor"]) == sorted(SHOPS), "isolates and labels are in the file"


def test_a_symmetric_list_exported_without_directions_keeps_its_strengths(folder):
    write_list(folder / "net.csv", [("a", "b", 2), ("b", "a", 2), ("b", "c", 3)])
    run("export", "--ties", "net.csv", "--undirected", "--out", "m.csv")
    matrix = pd.read_csv("m.csv", index_col=0)
    assert matrix.to_numpy().tolist() == [[0, 2, 0], [2, 0, 3], [0, 3, 0]]
    run("export", "--ties", "net.csv", "--undirected", "--out", "g.graphml")
    graph = ig.Graph.Read_GraphML("g.graphml")
    assert (graph.is_directed(), graph.ecount()) == (False, 2)


def test_isolates_of_matrices_and_graphs_stay_when_several_files_are_read(folder):
    (folder / "m.csv").write_text(",a,b,z\na,0,1,0\nb,0,0,0\nz,0,0,NA\n", encoding="utf-8")
    run("export", "--ties", "ties.csv", "--actors", "people.csv", "--out", "g.gexf")
    own = read_own_files(["m.csv", "g.gexf"])
    assert sorted(own.actors["actor"]) == sorted([*SHOPS, "a", "b", "z"])
    assert own.layers == ["advice", "m", "trust"]
    tables = measure("--ties", "m.csv", "g.gexf")
    assert len(tables["actors"]) == 9
    assert os.path.isdir("out/layers/advice")


def test_layers_are_named_by_the_user_or_the_file(folder):
    write_list(folder / "one.csv", [("a", "b", 1)])
    write_list(folder / "two.csv", [("b", "c", 1)])
    assert read_own_files(["x=one.csv", "y=two.csv"]).layers == ["x", "y"]
    assert read_own_files(["one.csv", "two.csv"]).layers == ["one", "two"]
    assert read_own_files(["one.csv"]).layers == ["tie"]
    tables = measure("--ties", "x=one.csv", "y=two.csv", "--layer", "x, y")
    assert set(tables["layers"]["layer_a"]) == {"x", "y"}
    assert sorted(os.listdir("out/layers")) == ["x", "y"]


def test_ties_that_are_not_achieved_are_left_out_and_it_is_said(folder, capsys):
    (folder / "s.csv").write_text("source,target,state\na,b,achieved\nb,c,lacking\nc,a,\n", encoding="utf-8")
    tables = measure("--ties", "s.csv")
    assert network_value(tables, "ties") == 2
    assert "1 ties whose state is not achieved are left out" in capsys.readouterr().err
    (folder / "s.csv").write_text("source,target,state\na,b,Ohio\nb,c,Iowa\n", encoding="utf-8")
    assert network_value(measure("--ties", "s.csv", out="again"), "ties") == 2


def test_a_graph_takes_its_strength_from_the_attribute_that_is_named(folder, capsys):
    graph = nx.DiGraph()
    graph.add_edge("a", "b", sales=5.5, weight=1.0)
    graph.add_edge("b", "c", sales=2.0, weight=1.0)
    nx.write_graphml(graph, "g.graphml")
    tables = measure("--ties", "g.graphml", "--strength", "sales")
    assert tables["actors"].set_index("actor")["out_strength"].to_dict() == {"a": 5.5, "b": 2, "c": 0}
    run("measure", "--ties", "g.graphml", "--strength", "profit", "--out", "no", code=1)
    assert "g.graphml: ties have no attribute 'profit'" in capsys.readouterr().err


@pytest.mark.parametrize("rule", ["observed", "impute", "reciprocal", "drop", "absent"])
def test_answers_that_are_missing_are_treated_as_asked(folder, rule, capsys):
    rows = [(f"v{i}", f"v{j}", 1) for i in range(9) for j in (i + 1, i + 2, i - 1) if 0 <= j < 9 and i != 4]
    rows += [(b, a, 1) for a, b, _ in rows if b != "v4" and (b, a, 1) not in rows]
    write_list(folder / "net.csv", rows)
    (folder / "p.csv").write_text(
        "id,responded\n" + "".join(f"v{i},{'no' if i == 4 else '是'}\n" for i in range(9)), encoding="utf-8"
    )
    tables = measure("--ties", "net.csv", "--actors", "p.csv", "--missing", rule)
    actors = tables["actors"].set_index("actor")
    assert len(actors) == (8 if rule == "drop" else 9)
    assert network_value(tables, "response_rate") == pytest.approx(8 / 9)
    if rule == "observed":
        assert np.isnan(actors.loc["v4", "out_degree"])
    elif rule == "absent":
        assert actors.loc["v4", "out_degree"] == 0
    elif rule != "drop":
        assert actors.loc["v4", "out_degree"] > 0
    assert tables["network"]["coverage"].iloc[0] == pytest.approx(8 / 9)


def test_groups_give_mixing_and_homophily_of_a_census_and_not_of_a_text(folder):
    tables = measure("--ties", "ties.csv", "--actors", "plain.csv", "--group", "town")
    groups = tables["groups"].set_index("group")
    assert groups["ties"].to_dict() == {"north": 5, "south": 1}
    assert groups["inside"].to_dict() == {"north": 3, "south": 1}
    assert tables["mixing"]["ties"].sum() == 6
    # Of the five ties of the north 2 of 4 possible partners with a town are its own.
    assert groups.loc["north", "homophily"] == pytest.approx((3 - 2.5) / (5 - 2.5))
    text = measure(
        "--ties", "ties.csv", "--actors", "plain.csv", "--group", "town", "--boundary", "text", out="text"
    )
    assert not {"groups", "mixing"} & set(text)
    assert text["network"].set_index("measure").loc["density", "withheld"].startswith("withheld: a text")


def test_a_sample_gives_ego_networks_and_means(folder):
    tables = measure("--ties", "ties.csv", "--actors", "plain.csv", "--boundary", "sample", "--group", "town")
    egos = tables["egos"].set_index("actor")
    assert egos["partners"].to_dict() == {"甲厂": 2, "乙厂": 2, "丙厂": 1, "戊厂": 1}
    assert egos.loc["甲厂", "ego_ei_index"] == 0
    network = tables["network"].set_index("measure")
    assert network.loc["partners_mean", "value"] == 1.5
    assert "whoever a tie starts from is taken to have been asked" in network.loc["partners_mean", "method"]
    assert "column inside" in network.loc["ego_outside_share_mean", "withheld"]
    assert network.loc["density", "withheld"].startswith("withheld: only a sample")
    assert {"partners", "ego_ei_index"} <= set(tables["codebook"]["measure"])
    known = measure("--ties", "ties.csv", "--actors", "people.csv", "--boundary", "sample", out="known")
    assert known["egos"].set_index("actor")["partners"].to_dict() == {
        "甲厂": 2,
        "乙厂": 2,
        "丙厂": 1,
        "戊厂": 1,
        "己厂": 0,
    }
    assert "--group" in known["network"].set_index("measure").loc["ego_ei_index_mean", "withheld"]


def test_weights_and_outside_partners_of_a_sample_are_read_from_the_actors(folder):
    (folder / "w.csv").write_text(
        "actor,weight,inside\n甲厂,3,1\n乙厂,1,1\n丙厂,1,no\n丁厂,,是\n戊厂,1,1\n", encoding="utf-8"
    )
    tables = measure("--ties", "ties.csv", "--actors", "w.csv", "--boundary", "sample")
    network = tables["network"].set_index("measure")
    assert network.loc["partners_mean", "value"] == pytest.approx((3 * 2 + 2 + 1 + 1) / 6)
    assert tables["egos"].set_index("actor")["ego_outside_share"].to_dict() == {
        "甲厂": 0.5,
        "乙厂": 0.5,
        "丙厂": 0,
        "戊厂": 0,
    }


def test_a_roster_needs_to_know_who_answered(folder):
    unknown = measure("--ties", "ties.csv", "--actors", "plain.csv", "--boundary", "roster")
    assert "who answered" in unknown["network"].set_index("measure").loc["density", "withheld"]
    known = measure("--ties", "ties.csv", "--actors", "people.csv", "--boundary", "roster", out="known")
    assert network_value(known, "density") == pytest.approx(6 / 25)


def test_stability_is_a_table_of_its_own(folder):
    tables = measure("--ties", "ties.csv", "--actors", "plain.csv", "--stability")
    assert set(tables["stability"]["measure"]) == {"in_degree", "betweenness"}
    assert (tables["stability"]["replicates"] == 100).all()
    undirected = measure("--ties", "ties.csv", "--undirected", "--stability", out="u")
    assert set(undirected["stability"]["measure"]) == {"degree", "betweenness"}


def test_errors_by_several_methods_are_a_table_of_their_own(folder):
    tables = measure("--ties", "ties.csv", "--actors", "plain.csv", "--errors", "--draws", "200")
    errors, network = tables["errors"].set_index("measure"), tables["network"].set_index("measure")
    given = network.index[network["interval_kind"] == "sampling"]
    assert set(given) <= set(errors.index)
    for name in given:
        assert (
            errors.loc[name, ["value", "low", "high"]].tolist()
            == network.loc[name, ["value", "low", "high"]].tolist()
        )
        assert errors.loc[name, "se_jackknife"] > 0
    assert errors.loc["mean_distance", "method"] == "rebuilt from 50 draws, rough"
    assert errors.loc["mean_distance", "se"] > 0
    assert np.isnan(errors.loc["mean_distance", "se_jackknife"])


def test_all_pairs_are_listed_on_request(folder):
    pairs = pd.DataFrame(measure("--ties", "ties.csv", "--actors", "plain.csv", "--pairs")["pairs"])
    assert len(pairs) == len(SHOPS) * (len(SHOPS) - 1)
    distance = pairs.set_index(["source", "target"])["distance"]
    # 戊 -> 甲 -> 丙 -> 丁 is the shortest way; nobody names 己.
    assert distance["戊厂", "丁厂"] == 3
    assert np.isnan(distance["己厂", "甲厂"])


def test_errors_of_a_text_are_refused(folder, capsys):
    run("measure", "--ties", "ties.csv", "--boundary", "text", "--errors", "--out", "out", code=1)
    assert "--errors resamples the actors of a census" in capsys.readouterr().err
    assert not os.path.exists("out")


def test_tests_against_chance_are_a_table_of_their_own(folder):
    rows = random_edges(3)
    write_list(folder / "net.csv", rows)
    names = sorted({a for r in rows for a in r[:2]})
    (folder / "p.csv").write_text(
        "id,size,town\n" + "".join(f"{n},{k * k},t{k}\n" for k, n in enumerate(names)), encoding="utf-8"
    )
    found = measure("--ties", "net.csv", "--actors", "p.csv", "--test")["tests"]
    assert not found.duplicated(["test", "statistic"]).any()
    at = found.set_index(["test", "statistic"])
    graph = nx.DiGraph([r[:2] for r in rows])
    reciprocity = at.loc[("conditional_uniform_density", "reciprocity_arc")]
    assert reciprocity["value"] == pytest.approx(nx.reciprocity(graph))
    # Under a given density each arc is returned with the chance (m - 1) / (n (n - 1) - 1).
    n, m = len(graph), graph.number_of_edges()
    assert reciprocity["expected"] == pytest.approx(
        (m - 1) / (n * (n - 1) - 1), abs=5 * reciprocity["sd"] / np.sqrt(1000)
    )
    assert reciprocity["p_two_sided"] == pytest.approx(
        min(1, 2 * min(reciprocity["p_lower"], reciprocity["p_upper"]))
    )
    assert "fixes reciprocity" in at.loc[("conditional_uniform_dyad_census", "reciprocity_arc"), "withheld"]
    sizes = [k * k for k in range(len(names))]
    matrix = nx.to_numpy_array(graph, nodelist=names)
    moran = morans_i(np.array(sizes), matrix, seed=1, permutations=99)
    row = at.loc[("autocorrelation", "morans_i:size")]
    assert (row["value"], row["expected"], row["sd"] ** 2) == pytest.approx(
        (moran.value, -1 / (n - 1), moran.variance)
    )
    assert not any("town" in statistic for _, statistic in at.index)
    undirected = measure("--ties", "net.csv", "--undirected", "--test", out="u")["tests"]
    given = undirected[undirected["withheld"].isna()]
    assert given[["test", "statistic"]].to_numpy().tolist() == [
        ["conditional_uniform_dyad_census", "transitivity_directed"]
    ]
    assert given["value"].item() == pytest.approx(nx.transitivity(graph.to_undirected()))


def test_tests_are_withheld_where_answers_are_missing_or_the_boundary_is_a_text(folder):
    for extra, reason in (
        (["people.csv"], "some ties were not observed"),
        (["plain.csv", "--boundary", "text"], "absent ties are not known"),
    ):
        tests = measure("--ties", "ties.csv", "--actors", *extra, "--test", out=f"of_{extra[0]}")["tests"]
        assert tests["withheld"].str.contains(reason).all()
        assert tests["value"].isna().all()


def test_weighted_paths_are_given_on_request(folder):
    assert "betweenness_weighted" in measure("--ties", "ties.csv", "--weighted-paths")["actors"]
    assert "betweenness_weighted" not in measure("--ties", "ties.csv", out="plain")["actors"]


def test_qap_on_layers_and_attributes(folder, capsys):
    rows = [(a, b, layer) for layer, seed in (("y", 1), ("x", 2)) for a, b, _ in random_edges(seed, 10)]
    (folder / "l.csv").write_text(
        "source,target,layer\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows), encoding="utf-8"
    )
    names = [f"v{i}" for i in range(10)]
    (folder / "p.csv").write_text(
        "id,town,age\n" + "".join(f"v{i},{'ab'[i % 2]},{i * i}\n" for i in range(10)), encoding="utf-8"
    )
    run(
        "qap",
        "--ties",
        "l.csv",
        "--actors",
        "p.csv",
        "--y",
        "y",
        "--x",
        "x,same:town, absolute_difference:age",
        "--permutations",
        99,
        "--out",
        "q",
    )
    found = pd.read_csv("q/qap.csv").set_index("term")["estimate"]
    own = read_own_files(["l.csv"], folder / "p.csv")
    off = ~np.eye(10, dtype=bool)

    def flat(layer):
        network = network_of_edges(own.ties, own.actors, layers=[layer])
        matrix = np.zeros((10, 10))
        matrix[network.source, network.target] = 1
        return matrix[off]

    i = np.arange(10)
    town, age = (i[:, None] % 2 == i[None, :] % 2)[off], np.abs((i**2)[:, None] - (i**2)[None, :])[off]
    design = np.column_stack([np.ones(90), flat("x"), town, age])
    expected = np.linalg.lstsq(design, flat("y"), rcond=None)[0]
    assert found.tolist() == pytest.approx(expected)
    assert names == network_of_edges(own.ties, own.actors).actors.tolist()
    run(
        "qap",
        "--ties",
        "l.csv",
        "--actors",
        "p.csv",
        "--y",
        "y",
        "--x",
        "x",
        "--logistic",
        "--undirected",
        "--permutations",
        99,
        "--out",
        "logit.csv",
    )
    assert "45 pairs" in capsys.readouterr().out
    assert len(pd.read_csv("logit.csv")) == 2


def test_waves_are_compared_and_written_for_rsiena(folder):
    rows = [(a, b, w) for w, seed in ((9, 1), (10, 2)) for a, b, _ in random_edges(seed, 8)]
    (folder / "w.csv").write_text(
        "source,target,wave\n" + "".join(f"{a},{b},{w}\n" for a, b, w in rows), encoding="utf-8"
    )
    people = "actor\n" + "".join(f"v{i}\n" for i in range(8))
    (folder / "p.csv").write_text(people, encoding="utf-8")
    run("waves", "--ties", "w.csv", "--actors", "p.csv", "--out", "out")
    one, two = ({(a, b) for a, b, w in rows if w == wave} for wave in (9, 10))
    changes = pd.read_csv("out/changes.csv")
    assert changes[["from_wave", "to_wave"]].drop_duplicates().to_numpy().tolist() == [[9, 10]]
    first = changes.drop_duplicates("measure").set_index("measure")["value"]
    assert first["tie_jaccard"] == pytest.approx(len(one & two) / len(one | two))
    assert first["tie_hamming"] == len(one ^ two)
    assert any(name.endswith(".R") for name in os.listdir("out/rsiena"))
    assert len(pd.read_csv("out/actors.csv")) == 8


def test_an_actor_that_the_table_does_not_list_for_a_wave_is_absent_from_it(folder):
    (folder / "w.csv").write_text("source,target,wave\na,b,1\nb,a,1\na,b,2\n", encoding="utf-8")
    (folder / "p.csv").write_text("actor,wave\na,1\nb,1\nc,1\na,2\nb,2\nd,2\n", encoding="utf-8")
    run("waves", "--ties", "w.csv", "--actors", "p.csv", "--out", "out")
    changes = table("out/changes.csv")
    values = changes[changes["category"].isna()].set_index("measure")["value"]
    assert values[["actors_stayed", "actors_joined", "actors_left"]].tolist() == [2, 1, 1]
    assert values[["ties_dissolved", "ties_persisted", "ties_formed"]].tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({}, ["--ties", "nowhere.csv"], "nowhere.csv"),
        ({}, ["--ties", "ties.csv", "--layer", "love"], "no tie has the layer 'love'; there are: 'advice', 'trust'"),
        ({}, ["--ties", "ties.csv", "--actors", "people.csv", "--group", "village"], "no column 'village'"),
        ({}, ["--ties", "ties.csv", "--group", "town"], "needs a table of actors"),
        ({}, ["--ties", "ties.csv", "--wave", "2"], "no column wave"),
        ({}, ["--ties", "ties.csv", "--strength", "volume"], "no column 'volume'"),
        ({}, ["--ties", "ties.csv", "--boundary", "sample", "--stability"], "--stability drops respondents of a census or roster"),
        ({}, ["--ties", "ties.csv", "--actors", "plain.csv", "--boundary", "roster", "--stability"], "add a column responded"),
        ({"bad.csv": "source,target,strength\na,b,1\nb,c,-2\nc,a,much\n"}, ["--ties", "bad.csv"], "row 3, column strength, value '-2'"),
        ({"empty.csv": ""}, ["--ties", "empty.csv"], "empty.csv"),
        ({"head.csv": "source,target\n"}, ["--ties", "head.csv"], "head.csv"),
        ({"short.csv": "actor\n甲厂\n"}, ["--ties", "ties.csv", "--actors", "short.csv"], "of the ties not listed"),
        ({"odd.csv": PEOPLE.replace("41,no", "41,perhaps")}, ["--ties", "ties.csv", "--actors", "odd.csv"], "'perhaps' of '丁厂'; write yes or no"),
        ({"ids.csv": "town,age\nn,1\nn,2\n"}, ["--ties", "ties.csv", "--actors", "ids.csv"], "--id row says that the n-th row is the actor n"),
        ({"w.csv": "source,target,wave\na,b,1\na,b,2\n"}, ["--ties", "w.csv"], "holds 2 waves (1, 2); choose one with --wave"),
        ({}, ["resources", "--ties", "ties.csv"], "give either a study's folder, or --ties"),
        ({}, ["study", "--group", "town", "--undirected", "--test"], "--group, --test, --undirected: only with --ties"),
        ({}, [], "give either a study's folder, or --ties"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_written(folder, capsys, files, arguments, message):
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    run("measure", *arguments, "--out", "out", code=1)
    assert message in capsys.readouterr().err
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["qap", "--y", "love", "--x", "trust"], "no tie has the layer 'love'"),
        (["qap", "--y", "advice", "--x", "near:town"], "effect 'near' is none of same"),
        (["qap", "--y", "advice", "--x", "same:village"], "no column 'village'"),
        (
            ["qap", "--y", "advice", "--x", "difference:town"],
            "in column town is no number; same:town compares words",
        ),
        (["qap", "--y", "advice", "--x", "trust,trust"], "names a predictor twice"),
        (["qap", "--y", "advice", "--x", "trust,advice"], "--x names the layer 'advice', which --y explains"),
        (["waves"], "there are no waves"),
        (["export", "--tie-rule", "union"], "the ties name no reporter; add a column reporter"),
        (["export"], "end it in .graphml"),
    ],
)
def test_other_commands_say_what_is_wrong_and_write_nothing(folder, capsys, arguments, message):
    out = "out.doc" if arguments[0] == "export" else "out"
    run(*arguments, "--ties", "ties.csv", "--actors", "people.csv", "--out", out, code=1)
    assert message in capsys.readouterr().err
    assert not (folder / out).exists()


def test_loops_are_dropped_and_counted(folder, capsys):
    write_list(folder / "net.csv", [("a", "a", 1), ("a", "b", 1), ("b", "b", 2)])
    tables = measure("--ties", "net.csv")
    assert network_value(tables, "loops_dropped") == 2
    assert network_value(tables, "ties") == 1
    assert "2 ties lead from an actor to itself" in capsys.readouterr().err


REPORTS = """source,target,layer,strength,reporter
a,b,advice,5,a
a,b,advice,3,b
b,c,advice,2,b
c,a,advice,1,a
d,a,trust,4,d
b,d,trust,2,
"""
ASKED = "actor,responded\na,yes\nb,yes\nc,yes\nd,no\n"


def strengths(path):
    arcs = pd.read_csv(path, index_col=0)
    return {(a, b): arcs.loc[a, b] for a in arcs for b in arcs if arcs.loc[a, b] not in (0, "NA")}


@pytest.fixture
def reports(folder):
    (folder / "r.csv").write_text(REPORTS, encoding="utf-8")
    (folder / "asked.csv").write_text(ASKED, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (None, {("a", "b"): 5, ("b", "c"): 2, ("c", "a"): 1}),
        ("union", {("a", "b"): 5, ("b", "c"): 2, ("c", "a"): 1}),
        ("intersection", {("a", "b"): 3}),
        ("advice=sender", {("a", "b"): 5, ("b", "c"): 2}),
        ("advice=receiver,trust=union", {("a", "b"): 3, ("c", "a"): 1}),
        ("average", {("a", "b"): 4, ("b", "c"): 1, ("c", "a"): 0.5}),
    ],
)
def test_the_reports_of_both_ends_are_combined_by_a_rule(reports, rule, expected):
    options = ["--ties", "r.csv", "--actors", "asked.csv", *(["--tie-rule", rule] if rule else [])]
    run("export", *options, "--layer", "advice", "--out", "m.csv")
    assert strengths("m.csv") == expected
    found = measure(*options)
    alone = pd.read_csv("out/layers/advice/dyads.csv")
    assert alone["a_to_b"].sum() + alone["b_to_a"].sum() == len(expected)
    agreement = found["agreement"].set_index("layer")
    # Of the three pairs that a, b and c report as tied they agree on one.
    assert agreement.loc["advice", "agreement"] == pytest.approx(1 / 3)
    assert agreement.loc["advice", "rows"] == 4
    assert agreement.loc["trust", "rows_of_others"] == 1
    assert set(agreement["rule"]) <= {"union", (rule or "union").split(",")[0].rpartition("=")[2]}


def test_whose_reports_count_says_what_was_observed(reports):
    options = ["r.csv"], reports / "asked.csv"
    observed = {
        (rule, layer): network_of_edges(own.ties, own.actors, layers=[layer]).observed_by
        for rule in ("union", "advice=receiver")
        for own in [read_own_files(*options, tie_rule=rule)]
        for layer in own.layers
    }
    assert observed == {
        ("union", "advice"): "either",
        ("union", "trust"): "sender",
        ("advice=receiver", "advice"): "receiver",
        ("advice=receiver", "trust"): "sender",
    }


@pytest.mark.parametrize("directed", [None, False])
def test_the_order_of_reports_does_not_matter(reports, directed):
    header, *rows = REPORTS.split()
    rows += ["b,a,advice,7,a", "b,a,advice,9,a", "a,b,advice,2,a"]
    found = []
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(rows))
        (reports / "r.csv").write_text("\n".join([header, *(rows[i] for i in order)]), encoding="utf-8")
        own = read_own_files(["r.csv"], directed=directed)
        network = network_of_edges(own.ties, own.actors, directed=directed)
        found.append((network.source.tolist(), network.target.tolist(), network.strength.tolist()))
    assert found.count(found[0]) == 4
    if directed is False:
        assert found[0][2][0] == 9, "what one reporter repeats is one tie of the largest strength"


def test_a_file_without_reporters_beside_one_with_them_is_read_as_alone(reports):
    own = read_own_files(["r.csv", "ties.csv"])
    plain = read_own_files(["ties.csv"])
    both = network_of_edges(own.ties, layers=["advice", "trust"])
    alone = network_of_edges(plain.ties)
    shops = {
        (both.actors[i], both.actors[j]): w
        for i, j, w in zip(both.source, both.target, both.strength, strict=True)
    }
    for i, j, w in zip(alone.source, alone.target, alone.strength, strict=True):
        assert shops[alone.actors[i], alone.actors[j]] == w


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("first", "'first' is no rule; allowed: union"),
        ("love=union", "no tie has the layer 'love'; there are: 'advice', 'trust'"),
        ("advice=most", "'most' is no rule"),
        ("advice=union,advice=sender", "the layer 'advice' has two rules"),
        ("trust=receiver", "believes the receiver"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(reports, capsys, rule, message):
    run("measure", "--ties", "r.csv", "--tie-rule", rule, "--out", "no", code=1)
    assert message in capsys.readouterr().err
    assert not (reports / "no").exists()


def test_all_commands_write_how_far_reports_agree(reports):
    run("qap", "--ties", "r.csv", "--y", "advice", "--x", "trust", "--permutations", 20, "--out", "q")
    run("export", "--ties", "r.csv", "--out", "e")
    lines = REPORTS.split()
    text = "\n".join([lines[0] + ",wave", *(f"{line},{w}" for w in (1, 2) for line in lines[1:])])
    (reports / "w.csv").write_text(text, encoding="utf-8")
    run("waves", "--ties", "w.csv", "--tie-rule", "advice=intersection", "--out", "w")
    assert pd.read_csv("q/agreement.csv")["layer"].tolist() == ["advice", "trust"]
    assert pd.read_csv("e/agreement.csv")["layer"].tolist() == ["advice", "trust"]
    agreement = pd.read_csv("w/agreement.csv")
    assert agreement[["wave", "layer"]].to_numpy().tolist() == [
        [w, x] for w in (1, 2) for x in ("advice", "trust")
    ]
    assert agreement.loc[agreement["layer"] == "advice", "ties"].tolist() == [1, 1]


def test_of_a_sample_each_respondent_keeps_its_own_view(reports):
    egos = measure("--ties", "r.csv", "--boundary", "sample")["egos"].set_index("actor")
    assert egos["partners"].to_dict() == {"a": 2, "b": 3, "d": 2}


def test_repeats_are_counted_as_they_are_merged(folder, capsys):
    write_list(
        folder / "net.csv", [("a", "b", 5), ("a", "b", 3), ("c", "d", 5), ("d", "c", 3), ("a", "a", 1)]
    )
    for option, sums, note in (
        ("--directed", [8, 5, 3], "1 ties repeat an ordered pair in one layer; a network adds"),
        (
            "--undirected",
            [5, 5],
            "2 ties without direction repeat a pair in one layer, from either end; the larger",
        ),
    ):
        run("export", "--ties", "net.csv", option, "--out", "e")
        assert pd.read_csv("e/edges.csv")["strength"].tolist() == sums
        said = capsys.readouterr().err
        assert note in said
        assert said.count("repeat") == 1


def test_a_list_without_ties_is_a_network_of_isolates(folder, capsys):
    (folder / "none.csv").write_text("source,target\n", encoding="utf-8")
    tables = measure("--ties", "none.csv", "--actors", "plain.csv")
    assert network_value(tables, "density") == 0
    assert network_value(tables, "isolates") == 6
    run("measure", "--ties", "none.csv", "--out", "no", code=1)
    assert "none.csv" in capsys.readouterr().err


def test_ties_of_those_who_did_not_answer_are_counted(folder, capsys):
    (folder / "t.csv").write_text("source,target\na,b\nc,a\nc,b\nd,a\n", encoding="utf-8")
    (folder / "p.csv").write_text("actor,responded\na,yes\nb,yes\nc,no\nd,\n", encoding="utf-8")
    run("export", "--ties", "t.csv", "--actors", "p.csv", "--out", "e")
    assert (
        "2 ties are sent by actors that did not answer (c); they are kept as observed"
        in capsys.readouterr().err
    )
    run("export", "--ties", "t.csv", "--actors", "p.csv", "--undirected", "--out", "e")
    assert "did not answer" not in capsys.readouterr().err


def test_waves_say_how_files_were_read(folder, capsys):
    (folder / "w.csv").write_text("source,target,wave\na,b,1\na,a,1\na,b,1\nb,a,2\na,b,2\n", encoding="utf-8")
    run("waves", "--ties", "w.csv", "--out", "out")
    lines = capsys.readouterr().err.splitlines()
    assert lines.count("note: w.csv: Read as source: source, target: target, wave: wave.") == 1
    assert any("1 ties lead from an actor to itself" in line for line in lines)
    assert [line for line in lines if "repeat" in line] == [
        "note: wave 1: 1 ties repeat an ordered pair in one layer; a network adds their strengths to one tie."
    ]


def test_what_needs_groups_asks_for_them(folder):
    reason = measure("--ties", "ties.csv", "--actors", "plain.csv")["network"].set_index("measure")[
        "withheld"
    ]
    asking = set(reason.index[reason.str.endswith("; give --group COLUMN", na=False)])
    assert {"ei_index_group", "assortativity_group", "modularity_groups", "brokerage_gatekeeper"} <= asking
    assert all(
        "group" in name or name.startswith(("brokerage_", "ei_index_", "contact_heterogeneity"))
        for name in asking
    )
    given = measure("--ties", "ties.csv", "--actors", "plain.csv", "--group", "town", out="g")["network"]
    assert not given["withheld"].str.contains("--group", na=False).any()


@pytest.mark.parametrize("weight", ["much", "-1", "0", "inf"])
def test_a_weight_that_is_none_is_refused(folder, capsys, weight):
    (folder / "w.csv").write_text(
        PEOPLE.replace("age", "weight").replace("41,no", f"{weight},no"), encoding="utf-8"
    )
    run("measure", "--ties", "ties.csv", "--actors", "w.csv", "--boundary", "sample", "--out", "no", code=1)
    assert f"column weight: '{weight}' of '丁厂'; write a number above 0" in capsys.readouterr().err
    assert not (folder / "no").exists()


def test_strengths_at_the_ends_of_their_range_are_measured_in_full(folder):
    write_list(
        folder / "net.csv", [(a, b, f"1e{100 * (-1) ** k}") for k, (a, b, _) in enumerate(random_edges(4))]
    )
    tables = measure("--ties", "net.csv", "--weighted-paths", "--test")
    assert np.isfinite(tables["actors"]["betweenness_weighted"]).all()
    assert np.isfinite(tables["network"]["value"].dropna()).all()
