"""The command `gumflow diffuse`: what it writes, and that it says everything that is wrong before it writes anything."""

import argparse

import numpy as np
import pandas as pd
import pytest

from gumflow.cli_diffuse import add_diffuse
from gumflow.contract.errors import GumflowError
from gumflow.inference.autocorrelation import morans_i
from gumflow.intake.adoption import read_adoption

TIES = "source,target,strength\na,b,2\na,c,1\nb,c,1\nc,d,1\nd,e,3\ne,a,1\n"
ADOPTION = "actor,period\na,2003\nb,2001\nc,2002\nd,\ne,2003\nlone,2001\n"


@pytest.fixture
def diffuse(tmp_path):
    def run(*more, ties=TIES, adoption=ADOPTION):
        (tmp_path / "ties.csv").write_text(ties, encoding="utf-8")
        (tmp_path / "toa.csv").write_text(adoption, encoding="utf-8")
        parser = argparse.ArgumentParser()
        add_diffuse(parser.add_subparsers())
        files = ["--ties", str(tmp_path / "ties.csv"), "--adoption", str(tmp_path / "toa.csv")]
        options = parser.parse_args(["diffuse", *files, "--out", str(tmp_path / "out"), *more])
        assert options.run(options) == 0
        return {path.stem: pd.read_csv(path, encoding="utf-8-sig") for path in (tmp_path / "out").iterdir()}

    return run


def test_it_writes_what_follows_by_hand(diffuse, capsys):
    tables = diffuse()
    assert sorted(tables) == ["actors", "codebook", "diffusion", "exposure"]
    period = tables["diffusion"].set_index("period")
    assert period.index.tolist() == [2001, 2002, 2003]
    assert period["new_adopters"].tolist() == [2, 1, 2]
    assert period["adopters"].tolist() == [2, 3, 5]
    np.testing.assert_allclose(period["share"], [2 / 6, 3 / 6, 5 / 6])
    np.testing.assert_allclose(period["hazard"], [np.nan, 1 / 4, 2 / 3])
    actors = tables["actors"].set_index("actor")
    np.testing.assert_allclose(actors["threshold"], [1, np.nan, 0, np.nan, 1, np.nan])
    np.testing.assert_allclose(actors["exposure"], [1, 0, 0, 1, 1, np.nan])
    # a follows c (just before) and b (earlier); b is named by a, which adopts later, not at once.
    assert actors.loc["a", "susceptibility"] == 0.5
    assert actors.loc["b", "infection"] == 0
    # c is named by a, who adopts at once, and by b, who had adopted; two adopt in that period.
    assert actors.loc["c", "infection"] == 1
    assert actors.loc["c", "infection_normalized"] == 0.5
    assert actors.loc["a", "susceptibility_normalized"] == 0.5
    assert len(tables["exposure"]) == 6 * 3
    assert "1 never" in capsys.readouterr().err


def test_the_codebook_names_every_column(diffuse):
    tables = diffuse()
    book = tables.pop("codebook")
    for name, table in tables.items():
        assert book.loc[book["table"] == name, "column"].tolist() == list(table.columns)


def test_morans_i_is_that_of_the_adopters(diffuse):
    period = diffuse()["diffusion"].set_index("period")
    ties = np.zeros((6, 6))
    for i, j in ("ab", "ac", "bc", "cd", "de", "ea"):
        ties["abcdel".index(i), "abcdel".index(j)] = 1
    adopted = np.array([0, 1, 1, 0, 0, 1.0])
    rows = ties / np.maximum(ties.sum(axis=1, keepdims=True), 1)
    z = adopted - adopted.mean()
    by_hand = 6 / rows.sum() * (z @ rows @ z) / (z @ z)
    assert period.loc[2002, "morans_i"] == pytest.approx(by_hand)
    assert period.loc[2002, "morans_i_expected"] == pytest.approx(-1 / 5)
    assert period.loc[2002, "morans_i_p"] == morans_i(adopted, ties, seed=2009, permutations=999).p_two_sided


def test_options_change_what_is_read(diffuse):
    plain = diffuse()["actors"].set_index("actor")["exposure"]
    weighted = diffuse("--weights")["exposure"].set_index(["actor", "period"])["exposure"]
    # By 2001 only b has adopted, to whom a's tie of strength 2 (of 3) leads.
    assert weighted["a", 2001] == pytest.approx(2 / 3)
    incoming = diffuse("--direction", "incoming")["actors"].set_index("actor")["exposure"]
    assert (incoming["c"], plain["c"]) == (0.5, 0)
    assert diffuse("--undirected")["actors"].set_index("actor")["exposure"]["c"] == pytest.approx(1 / 3)
    lagged = diffuse("--lag", "1")["exposure"].set_index(["actor", "period"])["exposure"]
    assert np.isnan(lagged["a", 2001])
    assert lagged["a", 2002] == 0.5


def test_a_coded_last_period_is_never(diffuse):
    plain = diffuse()
    coded = diffuse("--never", "2018", adoption=ADOPTION.replace("d,\n", "d,2018.0\n"))
    for name, table in plain.items():
        pd.testing.assert_frame_equal(coded[name], table)


def test_ties_of_strangers_are_left_out_and_noted(diffuse, capsys):
    plain = diffuse()["actors"]
    more = diffuse(ties=TIES + "a,zoe,1\nzoe,b,1\n")["actors"]
    pd.testing.assert_frame_equal(more, plain)
    assert "2 ties of actors whose time of adoption is not given are left out" in capsys.readouterr().err


def test_the_same_files_give_the_same_bytes(diffuse, tmp_path):
    diffuse()
    once = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    diffuse(ties="\n".join([TIES.split("\n")[0], *sorted(TIES.split("\n")[1:-1], reverse=True)]))
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == once


def test_everything_wrong_in_both_files_is_said_and_nothing_is_written(diffuse, tmp_path):
    with pytest.raises(GumflowError) as told:
        diffuse(
            ties="source,target,strength\na,b,much\n,c,1\n",
            adoption="actor,period\na,soon\nb,2001\nb,2002\n,2001\nc,1.5\n",
        )
    text = str(told.value)
    for part in ("ties.csv", "'much'", "toa.csv", "'soon'", "row 2", "row 4", "row 5", "'1.5'", "period"):
        assert part in text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("ties", "adoption", "more", "told"),
    [
        (TIES, "actor,period\na,\nb,\n", (), "nobody adopted"),
        (TIES, "actor,period\n", (), "toa.csv"),
        (TIES, "actor\na\n", (), "two columns"),
        (TIES, "actor,period\na,1\nb,900000\n", (), "more than 1000 periods"),
        (TIES, ADOPTION, ("--never", "18"), "no row has the period '18'"),
        (TIES, "actor,period\nx,1\ny,2\n", (), "no tie joins two actors"),
        (TIES, ADOPTION, ("--layer", "credit"), "credit"),
    ],
)
def test_what_cannot_be_followed_is_refused(diffuse, tmp_path, ties, adoption, more, told):
    with pytest.raises(GumflowError, match=told):
        diffuse(*more, ties=ties, adoption=adoption)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("header", ["id,toa", "编号,采纳时间", "toa,name", "firm,when"])
def test_columns_are_found_by_their_names(tmp_path, header):
    path = tmp_path / "toa.csv"
    row = "4,acme" if header.startswith("toa") else "acme,4"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    table = read_adoption(path).table
    assert table.to_dict("records") == [{"actor": "acme", "period": 4.0}]


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(GumflowError, match="cannot be read"):
        read_adoption(tmp_path / "none.csv")
