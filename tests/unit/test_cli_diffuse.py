"""The command `gumflow diffuse`: what it writes, and that it says everything that is wrong before it writes anything."""

import argparse
import datetime

import numpy as np
import pandas as pd
import pytest
from small_exports import xlsx_bytes

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
    assert (
        "2 ties of actors whose time of adoption is not given are left out: zoe." in capsys.readouterr().err
    )


def test_up_to_five_actors_without_a_time_or_without_a_tie_are_named(diffuse, capsys):
    many = "".join(f"s{at},a,1\n" for at in range(7))
    alone = "".join(f"n{at},2002\n" for at in range(6))
    diffuse(ties=TIES + many, adoption=ADOPTION + alone)
    said = capsys.readouterr().err
    assert (
        "7 ties of actors whose time of adoption is not given are left out: s0, s1, s2, s3, s4 and 2 more."
        in said
    )
    assert (
        "7 actors have a time of adoption and no tie, so no exposure: lone, n0, n1, n2, n3 and 2 more."
        in said
    )
    diffuse(ties=TIES + "zoe,a,1\n")
    said = capsys.readouterr().err
    assert "1 tie of actors whose time of adoption is not given is left out: zoe." in said
    assert "1 actor has a time of adoption and no tie, so no exposure: lone." in said


def test_actors_of_a_matrix_without_a_time_are_named_without_ties_too(diffuse, capsys):
    diffuse(ties=",a,b,zoe\na,0,1,0\nb,1,0,0\nzoe,0,0,0\n", adoption="id,toa\na,1\nb,2\n")
    assert (
        "1 actor of the ties whose time of adoption is not given is left out: zoe." in capsys.readouterr().err
    )


def test_ties_of_other_layers_are_not_counted(diffuse, capsys):
    ties = "source,target,layer\na,b,advice\nb,zoe,trade\nc,a,advice\n"
    diffuse("--layer", "advice", ties=ties, adoption="id,toa\na,1\nb,2\nc,2\n")
    assert "left out" not in capsys.readouterr().err
    with pytest.raises(GumflowError, match="no tie has the layer 'trade'"):
        diffuse("--layer", "trade", ties=ties, adoption="id,toa\na,1\nb,2\nc,2\n")
    with pytest.raises(GumflowError, match="no tie joins two actors"):
        diffuse("--layer", "trade", ties=ties + "a,a,trade\n", adoption="id,toa\na,1\nb,2\nc,2\n")


def test_a_late_last_period_of_several_may_stand_for_never(diffuse, capsys):
    adoption = "id,toa\na,2001\nb,2002\nc,2005\nd,2005\n"
    note = "2 actors adopt in 2005, 3 periods after all others; if that stands for never, say --never 2005."
    diffuse(adoption=adoption)
    assert note in capsys.readouterr().err
    diffuse("--never", "2005", adoption=adoption)
    assert "stands for never" not in capsys.readouterr().err
    for other in (
        adoption.replace("d,2005", "d,2002"),
        adoption.replace("2005", "2003"),
        "id,toa\na,1\nb,1\n",
    ):
        diffuse(adoption=other)
        assert "stands for never" not in capsys.readouterr().err


def test_whom_actors_are_exposed_to_is_said(diffuse, capsys):
    diffuse()
    assert "by the tie a -> b, a is exposed to b (--direction outgoing).\n" in capsys.readouterr().err
    diffuse("--direction", "incoming")
    assert "by the tie a -> b, b is exposed to a (--direction incoming).\n" in capsys.readouterr().err
    diffuse("--direction", "both")
    assert "those it names and to those who name it (--direction both).\n" in capsys.readouterr().err
    diffuse("--undirected", "--direction", "incoming")
    assert "Ties have no direction: each actor is exposed to all it is tied to." in capsys.readouterr().err
    knowledge = "source,target,layer\na,b,knowledge\n"
    diffuse(ties=knowledge)
    assert "there, say --direction incoming." in capsys.readouterr().err
    diffuse("--direction", "incoming", ties=knowledge)
    assert "there, say" not in capsys.readouterr().err


def test_the_help_says_which_way_a_study_s_knowledge_runs():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    add_diffuse(commands)
    told = " ".join(commands.choices["diffuse"].format_help().split())
    assert "for ties of a study's layer knowledge: incoming" in told


def test_notes_are_said_before_ids_that_match_nowhere(diffuse, capsys):
    with pytest.raises(GumflowError) as told:
        diffuse(adoption="id,company,toa\n1,a,2001\n2,b,2002\n")
    assert "toa.csv has ids such as '1' (column id) against 'a' in the ties" in str(told.value)
    said = capsys.readouterr().err
    assert "Read as source: source" in said
    assert "Read as actor: id, period: toa" in said
    tables = diffuse("--id", "company", adoption="id,company,toa\n1,a,2001\n2,b,2002\n")
    assert tables["actors"]["actor"].tolist() == ["a", "b"]
    with pytest.raises(GumflowError, match=r"no tie joins .* toa\.csv holds a, d; add the others"):
        diffuse(adoption="id,toa\na,2001\nd,2002\n")


def test_pairs_not_known_are_in_no_denominator_and_said(diffuse, capsys):
    # What b names is not known at all, of c it is not known whether it names a.
    ties = ",a,b,c,d\na,0,1,1,0\nb,NA,NA,NA,NA\nc,NA,1,0,1\nd,0,0,0,0\n"
    adoption = "id,toa\na,1\nb,2\nc,3\nd,\n"
    actors = diffuse(ties=ties, adoption=adoption)["actors"].set_index("actor")
    np.testing.assert_allclose(actors["exposure"], [0, np.nan, 1 / 2, np.nan])
    np.testing.assert_allclose(actors["susceptibility"], [np.nan, np.nan, 1, np.nan])
    said = capsys.readouterr().err
    assert (
        "4 pairs are not known (NA): exposure, infection and susceptibility are shares of the known ties"
        in said
    )
    assert (
        "Moran's I reads these pairs as absent. No tie is known that would expose b: exposure is empty."
        in said
    )
    diffuse("--direction", "incoming", ties=ties, adoption=adoption)
    assert "No tie is known that would expose a: exposure is empty." in capsys.readouterr().err
    # Both of its directions are unknown: it is no actor without ties.
    diffuse(ties=",a,b,c\na,0,NA,1\nb,NA,0,NA\nc,0,NA,0\n", adoption=adoption.replace("d,\n", ""))
    assert "and no tie" not in capsys.readouterr().err
    diffuse()
    assert "not known" not in capsys.readouterr().err


def test_the_codebook_holds_for_every_direction(diffuse):
    tables = diffuse("--direction", "incoming")
    book = tables["codebook"].set_index(["table", "column"])["meaning"]
    assert book["actors", "infection"].startswith("of those who are exposed to the actor and adopt after it")
    assert book["actors", "susceptibility"].startswith("of those to whom the actor is exposed")
    assert not book.str.contains("names|ties that lead").any()
    # b adopts first; c, named by b and so exposed to it, follows at once, and so does nobody else.
    assert tables["actors"].set_index("actor").loc["b", "infection"] == 1
    assert tables["actors"].set_index("actor").loc["c", "susceptibility"] == 1


@pytest.mark.parametrize("at", ["out", "out/tables"])
def test_a_file_in_the_place_of_the_folder_is_told_first(diffuse, tmp_path, at):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(GumflowError, match="out is a file; name a folder"):
        diffuse("--out", str(tmp_path / at), ties="nothing", adoption="nothing")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_files_the_wrong_way_round_are_suspected(diffuse):
    for ties in (TIES, "x,y,z\na,b,2\nb,c,1\n", "x,y\na,b\nb,c\n", ",a,b\na,0,1\nb,1,0\n"):
        with pytest.raises(GumflowError) as told:
            diffuse(ties=ADOPTION.replace("d,\n", ""), adoption=ties)
        assert str(told.value).count("are --ties and --adoption the wrong way round?") == 1
    with pytest.raises(GumflowError) as told:
        diffuse(adoption="actor,period\na,soon\nb,2001\n")
    assert "wrong way round" not in str(told.value)


def test_a_graph_is_no_table_of_times(tmp_path):
    with pytest.raises(GumflowError, match="wrong way round"):
        read_adoption(tmp_path / "toa.graphml")


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
        (TIES, "actor,period\na,1\nb,9999\n", (), "or --never 9999 if that stands for never"),
        (TIES, ADOPTION, ("--never", ""), "empty periods mean never anyway"),
        (TIES, ADOPTION, ("--lag", "3"), "it is 3 periods, so nobody is ever exposed; choose 2 or less"),
        (
            TIES,
            "",
            (),
            r"the file is empty\. Write a header row and at least one row, such as actor,period\.",
        ),
        (TIES, "hongda,2001\na,2002\n", (), r"the first row \(hongda, 2001\) looks like data"),
        (TIES, "hongda,3,2001\na,4,2002\n", (), "If these are data, write a header row"),
        (TIES, ADOPTION, ("--id", "firm"), "no column 'firm' for --id; the columns are actor, period"),
        (TIES, ADOPTION, ("--period", "toa"), "no column 'toa' for --period; the columns are actor, period"),
        (TIES, ADOPTION, ("--id", "actor", "--period", "actor"), "actor is both --id and --period"),
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


@pytest.mark.parametrize(
    "name", ["year_adopted", "Year adopted", "adoption_year", "year-of-adoption", "采用年份", "采纳年份"]
)
def test_a_column_of_times_goes_before_others(tmp_path, name):
    path = tmp_path / "toa.csv"
    path.write_text(f"company,employees,year,{name}\nacme,40,1990,2004\n", encoding="utf-8")
    found = read_adoption(path)
    assert found.table.to_dict("records") == [{"actor": "acme", "period": 2004.0}]
    assert (found.file, found.column) == ("toa.csv", "company")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (
            "company,employees,took_up",
            "the columns are company, employees, took_up. Choose one with --period",
        ),
        ("company,,took_up", r"company, column 2 \(without a name\), took_up"),
        ("company,year,adopted", "several columns could be the period: year, adopted. Choose one"),
        (",".join(f"c{at}" for at in range(20)), "c10, c11 and 8 more"),
    ],
)
def test_a_column_of_periods_is_not_guessed_among_several(tmp_path, header, told):
    path = tmp_path / "toa.csv"
    cells = ["acme", *["4"] * header.count(",")]
    path.write_text(f"{header}\n{','.join(cells)}\n", encoding="utf-8")
    with pytest.raises(GumflowError, match=told):
        read_adoption(path)


def test_columns_can_be_chosen(tmp_path):
    path = tmp_path / "toa.csv"
    path.write_text("id,Company,year,Took up,took up\n1,acme,1990,4,5\n", encoding="utf-8")
    found = read_adoption(path, ids="company", period="took up")
    assert found.table.to_dict("records") == [{"actor": "acme", "period": 5.0}]
    assert "Read as actor: Company, period: took up;" in found.notes[-1]
    assert read_adoption(path, period="Took up").table.to_dict("records") == [{"actor": "1", "period": 4.0}]


@pytest.mark.parametrize(
    "date", ["2008-01-05", "2008-01", "2008/1/5", "2008年1月5日", "5.1.2008", "1/5/2008"]
)
def test_dates_are_one_thing_to_mend(tmp_path, date):
    path = tmp_path / "toa.csv"
    path.write_text(f"id,toa\na,2007\nb,{date}\nc,2009-11-30\nd,2001-02-03\n", encoding="utf-8")
    with pytest.raises(GumflowError) as told:
        read_adoption(path)
    text = str(told.value)
    assert "1 thing to mend" in text
    assert f"column toa holds dates (3 cells, such as {date!r} in row 3); write the year, or months" in text


def test_date_cells_of_a_spreadsheet_are_one_thing_to_mend(tmp_path):
    path = tmp_path / "toa.xlsx"
    rows = [["id", "toa"], ["a", datetime.date(2008, 1, 5)], ["b", datetime.datetime(2009, 3, 1, 10, 30)]]
    path.write_bytes(xlsx_bytes({"adoption": rows}))
    with pytest.raises(
        GumflowError, match=r"1 thing to mend:\n.*holds dates \(2 cells, such as '2008-01-05' in row 2\)"
    ):
        read_adoption(path)
