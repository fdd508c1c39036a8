"""RSiena files, read back as R would read them."""

import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from small_networks import edge_network, make_network

from gumflow.contract.errors import GumflowError
from gumflow.networks import rsiena
from gumflow.networks.edges import network_of_edges
from gumflow.networks.rsiena import write_rsiena


def wave(arcs, actors, responded=None, directed=True):
    ties = pd.DataFrame(
        [(a, b, "tie", 1.0) for a, b in arcs], columns=["source", "target", "layer", "strength"]
    )
    table = pd.DataFrame({"actor": pd.Series(list(actors), dtype="str")})
    if responded is not None:
        table["responded"] = [a in responded for a in actors]
    return network_of_edges(ties, table, directed=directed)


def three_waves():
    return [
        wave(["ab", "bc"], "abc", responded="ab"),
        wave(["ab", "cd"], "acdb"),
        wave(["ad", "da"], "ade"),
    ]  # fmt: skip


def cells(folder, k):
    return [line.split(" ") for line in (folder / f"wave_{k}.txt").read_text(encoding="utf-8").splitlines()]


def test_matrices_hold_ties_unobserved_pairs_and_absent_actors(tmp_path):
    paths = write_rsiena(three_waves(), tmp_path)
    assert sorted(paths) == sorted(tmp_path.iterdir())
    assert cells(tmp_path, 1) == [
        ["0", "1", "0", "10", "10"],
        ["0", "0", "1", "10", "10"],
        ["NA", "NA", "0", "10", "10"],
        ["10"] * 5,
        ["10"] * 5,
    ]
    assert cells(tmp_path, 3)[0] == ["0", "10", "10", "1", "0"]
    assert cells(tmp_path, 3)[1] == ["10"] * 5
    actors = pd.read_csv(tmp_path / "actors.csv", encoding="utf-8-sig")
    assert actors.position.tolist() == [1, 2, 3, 4, 5]
    assert actors.actor.tolist() == list("abcde")
    assert actors[["wave_1", "wave_2", "wave_3"]].to_numpy().tolist() == [
        [1, 1, 1], [1, 1, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1],
    ]  # fmt: skip


def test_spans_of_presence_are_pairs_of_times_that_cover_the_waves(tmp_path):
    write_rsiena([*three_waves(), wave(["ab"], "ab")], tmp_path)
    lines = (tmp_path / "composition.txt").read_text(encoding="utf-8").splitlines()
    assert lines == ["1 4", "1 2.5 3.5 4", "1 2.5", "1.5 3.5", "2.5 3.5"]
    actors = pd.read_csv(tmp_path / "actors.csv", encoding="utf-8-sig")
    for line, here in zip(lines, actors.filter(like="wave_").to_numpy(), strict=True):
        times = [float(time) for time in line.split(" ")]
        spans = list(zip(times[::2], times[1::2], strict=True))
        assert [any(a <= k <= b for a, b in spans) for k in range(1, 5)] == here.astype(bool).tolist()


def test_random_waves_read_back_as_they_were(tmp_path):
    rng = np.random.default_rng(0)
    waves = []
    for _ in range(3):
        arcs = [(i, j) for i in range(12) for j in range(12) if i != j and rng.random() < 0.2]
        waves.append(edge_network(arcs, 12, responded=rng.random(12) < 0.7, observed_by="sender"))
    write_rsiena(waves, tmp_path)
    for k, network in enumerate(waves, start=1):
        read = pd.read_csv(tmp_path / f"wave_{k}.txt", sep=" ", header=None, na_values="NA").to_numpy(float)
        expected = np.where(network.responded[:, None], 0.0, np.nan) * np.ones((12, 12))
        expected[network.source, network.target] = 1
        np.fill_diagonal(expected, 0)
        np.testing.assert_array_equal(read, expected)
    assert not (tmp_path / "composition.txt").exists()
    assert "joiners_and_leavers" not in (tmp_path / "load_rsiena.R").read_text(encoding="utf-8")


def test_undirected_waves_are_symmetric(tmp_path):
    write_rsiena([wave(["ab", "bc"], "abcd", "ab", False), wave(["ab"], "abcd", "ac", False)], tmp_path)
    for k in (1, 2):
        matrix = np.array(cells(tmp_path, k))
        assert (matrix == matrix.T).all()
    assert np.array(cells(tmp_path, 1))[2].tolist() == ["0", "1", "0", "NA"]


def test_covariates_are_numbers_with_a_key_to_their_texts(tmp_path):
    attributes = pd.DataFrame(
        {
            "actor": ["d", "b", "a", "x"],
            "size": [10.5, np.nan, 3, 7],
            "企业类型": ["民营", "国有", "民营", "外资"],
            "network": [True, False, True, True],
        }
    )
    write_rsiena(three_waves(), tmp_path, attributes)
    table = pd.read_csv(tmp_path / "covariates.csv", encoding="utf-8-sig")
    assert list(table.columns) == ["actor", "size", "covariate", "network_2"]
    np.testing.assert_array_equal(table["size"], [3, np.nan, np.nan, 10.5, np.nan])
    codes = pd.read_csv(tmp_path / "covariate_codes.csv", encoding="utf-8-sig")
    key = dict(zip(codes[codes.covariate == "covariate"].label, codes.code, strict=False))
    assert set(codes["column"]) == {"企业类型", "network"}
    np.testing.assert_array_equal(table["covariate"], [key["民营"], key["国有"], np.nan, key["民营"], np.nan])
    script = (tmp_path / "load_rsiena.R").read_text(encoding="utf-8")
    assert re.findall(r'parts\[\["(\w+)"\]\] <- coCovar', script) == ["size", "covariate", "network_2"]


def test_the_script_names_the_files_and_is_balanced(tmp_path):
    write_rsiena(three_waves(), tmp_path, pd.DataFrame({"actor": ["a", "b"], "size": [1, 2]}))
    script = (tmp_path / "load_rsiena.R").read_text(encoding="utf-8")
    files = set(re.findall(r'"(\w+\.(?:txt|csv))"', script))
    assert files == {path.name for path in tmp_path.iterdir()} - {"load_rsiena.R"}
    code = re.sub(r'"[^"\n]*"|#.*', "", script)
    assert '"' not in code
    open_brackets = []
    for character in code:
        if character in "([{":
            open_brackets.append(character)
        elif character in ")]}":
            assert open_brackets.pop() + character in ("()", "[]", "{}")
    assert not open_brackets
    for function in ("sienaDependent", "coCovar", "sienaCompositionChangeFromFile", "sienaDataCreate"):
        assert f"{function}(" in code or f"{function}," in code


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_can_parse_the_script(tmp_path):
    write_rsiena(three_waves(), tmp_path, pd.DataFrame({"actor": ["a", "b"], "size": [1, 2]}))
    call = ["Rscript", "-e", "invisible(parse('load_rsiena.R'))"]
    assert subprocess.run(call, cwd=tmp_path, check=False).returncode == 0


def test_equal_waves_give_equal_bytes_whatever_the_order_of_actors(tmp_path):
    write_rsiena([wave(["ab", "bc"], "abcd"), wave(["cd"], "abc" + "d")], tmp_path / "one")
    write_rsiena([wave(["bc", "ab"], "dcba"), wave(["cd"], "dbca")], tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_what_rsiena_cannot_use_is_refused_before_a_file_is_written(tmp_path, monkeypatch):
    waves = three_waves()
    text = wave(["ab"], "ab")
    object.__setattr__(text, "boundary", "text")
    chain = make_network([(0, 1)], network="chain_network")
    cases = [
        (([waves[0]],), "two or more waves"),
        (([waves[0], wave(["ab"], "ab", directed=False)],), "all as directed"),
        (([chain, make_network([(0, 1)])],), "the networks chain_network, firm"),
        (([waves[0], text],), "wave 2 of all cannot be written for RSiena: a text is silent"),
        (([chain, chain],), "inside the cluster"),
        ((waves, pd.DataFrame({"name": ["a"]})), "lacks the column actor"),
        ((waves, pd.DataFrame({"actor": ["a", "a"], "x": [1, 2]})), "'a' stands more than once"),
        ((waves, pd.DataFrame({"actor": ["q"], "x": [1]})), "'x' has no value"),
    ]
    for (given, *attributes), message in cases:
        with pytest.raises(GumflowError, match=message):
            write_rsiena(given, tmp_path / "out", *attributes)
    monkeypatch.setattr(rsiena, "LARGEST", 4)
    with pytest.raises(GumflowError, match="up to 4 actors and these waves have 5"):
        write_rsiena(waves, tmp_path / "out")
    assert not (tmp_path / "out").exists()
