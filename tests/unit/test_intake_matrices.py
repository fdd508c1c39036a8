"""Matrices are read with their labels, what is not known is kept apart, and what is no square of numbers is refused."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_intake_edge_lists import ODD_IDS, book, error, outcome, put, said

from gumflow.contract.errors import GumflowError
from gumflow.intake.matrices import read_matrix, read_ties, write_matrix


def ties(read) -> set[tuple[str, str, float]]:
    return set(zip(read.table["source"], read.table["target"], read.table["strength"], strict=True))


def matrix(tmp_path: Path, data: str | bytes, name: str = "m.csv", **options):
    return read_matrix(put(tmp_path, data, name), **options)


def refused(tmp_path: Path, data: str | bytes, name: str = "m.csv", **options) -> str:
    with pytest.raises(GumflowError) as caught:
        matrix(tmp_path, data, name, **options)
    return str(caught.value)


ABC = {("a", "b", 1.0), ("b", "c", 2.5), ("c", "a", 1.0), ("c", "c", 4.0)}


@pytest.mark.parametrize(
    "text",
    [
        ",a,b,c\na,0,1,0\nb,0,0,2.5\nc,1,0,4\n",
        ",a,b,c\nc,1,,4\na,,1,\nb,,,2.5\n",
        "firm,a,b,c,\na,0,1,0,\nb,0,0,2.5,\nc,1,0,4,\n,,,,\n",
        '"a"\t"b"\t"c"\n"a"\t0\t1\t0\n"b"\t0\t0\t2.5\n"c"\t1\t0\t4\n',
        "a;b;c\n0;1;0\n0;0;2.5\n1;0;4\n",
        "sep=;\n;a;b;c\na;0;1;0\n\nb;0;0;２.５\nc;1;0;4\n",
    ],
    ids=[
        "labels both ways",
        "other order and empty cells",
        "corner and empty margin",
        "R",
        "first row only",
        "sep and blank row",
    ],
)
def test_one_matrix_written_in_many_ways(tmp_path, text):
    read = matrix(tmp_path, text, layer="trust")
    assert ties(read) == ABC
    assert read.actors == ("a", "b", "c")
    assert read.unobserved == ()
    assert set(read.table["layer"]) == {"trust"}
    assert said(read, "1 cells of the diagonal")


def test_the_row_of_a_tie_is_that_of_the_spreadsheet(tmp_path):
    read = matrix(tmp_path, "\n,a,b\nb,1,0\na,0,1\n")
    assert read.table[["source", "row"]].to_numpy().tolist() == [["a", 4], ["b", 3]]


def test_a_matrix_of_numbers_counts_its_actors(tmp_path):
    read = matrix(tmp_path, "0,1,0,0\n0,0,3,0\n0,0,0,0\n1,0,0,0\n")
    assert ties(read) == {("1", "2", 1), ("2", "3", 3), ("4", "1", 1)}
    assert read.actors == ("1", "2", "3", "4")
    assert said(read, "no labels")
    hollow = matrix(tmp_path, ",1,0,1\n1,,0,1\n0,0,,\n1,1,,\n")
    assert ties(hollow) == {
        ("1", "2", 1),
        ("2", "1", 1),
        ("1", "4", 1),
        ("4", "1", 1),
        ("2", "4", 1),
        ("4", "2", 1),
    }
    assert said(hollow, "symmetric")


def test_numbers_as_labels_are_told_from_strengths(tmp_path):
    assert ties(matrix(tmp_path, ",1,2\n1,0,1\n2,0,0\n")) == {("1", "2", 1)}
    assert ties(matrix(tmp_path, ",1,2\n1,,1\n2,3,\n")) == {("1", "2", 1), ("2", "1", 3)}
    assert ties(matrix(tmp_path, ",901,17\n901,,1\n17,3,\n")) == {("901", "17", 1), ("17", "901", 3)}
    text = ",5,3\n5,,9\n3,9,\n"
    assert "can be ids or strengths" in refused(tmp_path, text)
    assert ties(matrix(tmp_path, text, labels=True)) == {("5", "3", 9), ("3", "5", 9)}
    assert len(matrix(tmp_path, text, labels=False).table) == 6


@pytest.mark.parametrize("mark", ["NA", ".", "n/a", "NaN"])
def test_what_is_not_known_is_kept_apart_from_no_tie(tmp_path, mark):
    read = matrix(tmp_path, f",a,b,c\na,0,{mark},\nb,1,0,{mark}\nc,0,0,0\n")
    assert ties(read) == {("b", "a", 1)}
    assert read.unobserved == (("a", "b"), ("b", "c"))
    assert said(read, "2 cells are NA")


def test_half_a_matrix_is_noted(tmp_path):
    assert said(matrix(tmp_path, ",a,b\na,,\nb,1,\n"), "only below the diagonal")
    assert said(matrix(tmp_path, ",a,b\na,,1\nb,,\n"), "only above the diagonal")


def test_xlsx_matrices(tmp_path):
    data = book({"m": [[None, 1.0, 2.0], [1.0, 0, 2], [2.0, None, 0]], "notes": [["x"]]})
    read = matrix(tmp_path, data, "m.xlsx")
    assert ties(read) == {("1", "2", 2)}
    assert said(read, "Of 2 sheets, 'm' was read")
    formula = book({"m": [[None, "a", "b"], ["a", 0, "=1+1"], ["b", 0, 0]]})
    assert "row 2, column C" in refused(tmp_path, formula, "m.xlsx")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (",a,b\na,0,x\nb,-1,0\n", ["row 2, column C (b), value 'x'", "row 3, column B (a), value '-1'"]),
        ("0,1,x\n0,0,1\n1,inf,0\n", ["row 1, column C, value 'x'", "row 3, column B, value 'inf'"]),
        (",a,b,c\na,0,1,0\nb,0,0,0\n", ["not square: 2 rows and 3 columns", "column D: 'c' has no row"]),
        (",a,b\na,0,1\nB,0,0\n", ["row 3: 'B' has no column", "column C: 'b' has no row"]),
        (",a,a\na,0,1\na,0,0\n", ["row 3: the label 'a' stands in row 2 too", "column C: the label 'a'"]),
        (",a,,c\na,0,1,0\n,0,0,1\nc,0,0,0\n", ["column C: the label is empty", "row 3: the label is empty"]),
        (",a,b\na,0,1,1\nb,0,0\n", ["row 2: cells beyond"]),
        ("0,1,1\n0,0,1\n", ["not square: 2 rows and 3 columns"]),
        (",a,b\na,#N/A,1\nb,0,0\n", ["row 2, column B, value '#N/A'"]),
        ("", ["empty"]),
        (",a,b\n", ["no row of cells"]),
    ],
)  # fmt: skip
def test_everything_wrong_is_named_by_row_and_column(tmp_path, text, words):
    message = refused(tmp_path, text)
    for expected in words:
        assert expected in message


def random_graph(seed: int) -> tuple[list[str], pd.DataFrame, list[tuple[str, str]]]:
    rng = np.random.default_rng(seed)
    ids = [str(i) for i in rng.permutation(ODD_IDS)[: rng.integers(1, len(ODD_IDS))] if i != "=1+1"] or ["0"]
    n = len(ids)
    kind = rng.integers(0, 4, (n, n))
    table = pd.DataFrame(
        [
            (ids[i], ids[j], float(rng.integers(1, 9)) / 4)
            for i, j in zip(*np.nonzero(kind == 1), strict=True)
        ],
        columns=["source", "target", "strength"],
    ).astype({"source": "str", "target": "str", "strength": "float64"})
    return ids, table, [(ids[i], ids[j]) for i, j in zip(*np.nonzero(kind == 2), strict=True)]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_written_is_read_again(tmp_path, seed, suffix):
    ids, table, unobserved = random_graph(seed)
    path = tmp_path / f"m{suffix}"
    write_matrix(ids, table, path, unobserved)
    for read in (read_matrix(path), read_ties(path)):
        assert ties(read) == set(table.itertuples(index=False, name=None))
        assert read.actors == tuple(ids)
        assert set(read.unobserved) == set(unobserved)
    again = tmp_path / f"again{suffix}"
    write_matrix(ids, table.sample(frac=1, random_state=seed), again, unobserved[::-1])
    if suffix == ".csv":
        assert again.read_bytes() == path.read_bytes()


def test_strengths_of_a_pair_are_added_and_undirected_ties_fill_both_cells(tmp_path):
    table = pd.DataFrame(
        {
            "source": ["a", "a", "b", "b"],
            "target": ["b", "b", "c", "b"],
            "strength": [1, np.nan, 2, 5],
            "directed": [True, True, False, False],
        }
    )
    write_matrix(["a", "b", "c"], table, tmp_path / "m.csv", [("a", "b"), ("c", "a")])
    rows = (tmp_path / "m.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows == [",a,b,c", "a,0,2,0", "b,0,5,2", "c,NA,2,0"]
    with pytest.raises(GumflowError, match="'c'"):
        write_matrix(["a", "b"], table, tmp_path / "x.csv")
    with pytest.raises(GumflowError, match="more than once: 'a'"):
        write_matrix(["a", "a"], table, tmp_path / "x.csv")
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(
    ("text", "is_matrix"),
    [
        (",a,b\na,0,1\nb,1,0\n", True),
        ("firm,a,b\na,0,1\nb,1,0\n", True),
        ("a\tb\na\t0\t1\nb\t1\t0\n", True),
        ("0,1,0,0\n0,0,3,0\n0,0,0,0\n1,0,0,0\n", True),
        (",1,0\n1,,0\n0,0,\n", None),
        ("source,target\na,b\n", False),
        ("source,target,weight\n1,2,1\n2,1,1\n", False),
        ("1,2,1\n2,3,1\n3,1,1\n", None),
        ("1,2\n2,3\n3,1\n", False),
        ("firm,partner\na,b\nb,a\n", False),
        ("a,b\nb,c\nc,a\n", False),
    ],
)
def test_a_matrix_is_told_from_a_list(tmp_path, text, is_matrix):
    path = put(tmp_path, text, "t.csv")
    if is_matrix is None:
        with pytest.raises(GumflowError, match="can be"):
            read_ties(path)
    else:
        assert bool(read_ties(path).actors) == is_matrix


def test_a_label_spelt_in_two_ways_is_an_error_and_not_a_list(tmp_path):
    with pytest.raises(GumflowError, match="'Acme' has no column"):
        read_ties(put(tmp_path, ",acme,b,c\nAcme,0,1,0\nb,1,0,0\nc,0,0,0\n"))


def test_the_form_can_be_told(tmp_path):
    path = put(tmp_path, "1,2,1\n2,3,1\n3,1,1\n", "t.csv")
    assert len(read_ties(path, form="edges").table) == 3
    assert len(read_ties(path, form="matrix").table) == 9
    assert read_ties(path, form="edges", layer="trust").table["layer"].tolist() == ["trust"] * 3
    with pytest.raises(GumflowError, match="allowed: edges, matrix"):
        read_ties(path, form="cube")


@pytest.mark.parametrize("seed", range(100))
def test_damaged_matrices_give_ties_or_a_named_error(tmp_path, seed):
    rng = random.Random(seed)
    data = bytearray(
        rng.choice([b",a,b,c\na,0,1,0\nb,0,0,2\nc,1,NA,\n", b"0,1,2\n1,0,0\n,1,0\n", b"a b\na 0 1\nb 1 0\n"])
    )
    for _ in range(rng.randint(1, 6)):
        data[rng.randrange(len(data))] = rng.choice(b'\x00\n\r\t,;"\xffA10- .')
    path = put(tmp_path, bytes(data), "t.csv")
    for reader in (read_matrix, read_ties):
        read, message = outcome(reader, path)
        assert "t.csv" in message if read is None else (read.table["strength"] > 0).all()


def test_a_list_is_no_matrix(tmp_path):
    assert "not square" in refused(tmp_path, "source,target,weight\na,b,1\n")
    assert "needs two columns" in error(tmp_path, "a\n")


def test_a_matrix_with_decimal_commas_is_read_and_one_with_thousands_refused(tmp_path):
    read = matrix(tmp_path, ";a;b\na;0;1,5\nb;2;0\n")
    assert ties(read) == {("a", "b", 1.5), ("b", "a", 2.0)}
    assert any("1 numbers of the matrix have a decimal comma" in note for note in read.notes)
    assert "such as 1.5 or 1500" in refused(tmp_path, ";a;b\na;0;1,500\nb;2;0\n")


@pytest.mark.parametrize("cell", ["1e101", "1e-101", "1e300"])
def test_a_cell_beyond_the_range_of_a_strength_is_refused(tmp_path, cell):
    message = refused(tmp_path, f",a,b\na,0,{cell}\nb,0.0,0\n")
    assert f"row 2, column C (b), value '{cell}'" in message
    assert "choose another unit" in message


def test_a_list_may_be_empty_where_it_is_said(tmp_path):
    path = put(tmp_path, "source,target\n", "t.csv")
    assert read_ties(path, may_be_empty=True).table.empty
    assert read_ties(path, form="edges", may_be_empty=True).table.empty
    with pytest.raises(GumflowError, match="no rows"):
        read_ties(path)
