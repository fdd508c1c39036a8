"""The gate's look into tables: small numbers, shown or to be had by subtraction."""

import io

import pandas as pd
import pytest

from gumflow.contract.writing import write_table, write_workbook
from gumflow.present import gate_cells as g
from gumflow.present.gate_cells import file_findings, table_findings


def findings(text: str, minimum: int = 3) -> list[tuple[str, str]]:
    table = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)
    table.index = pd.RangeIndex(2, 2 + len(table))
    return table_findings(table, minimum)


def test_numbers_on_enough_firms_pass():
    assert (
        findings("wave,measure,firms,value\n2007,density,3,0.5\n2009,density,80,0.25\n2011,density,0,\n")
        == []
    )


def test_a_number_on_one_or_two_firms_is_named_by_row():
    text = "wave,measure,firms,value,low\n2007,density,2,0.5,\n2007,degree,2,,\n2009,degree,1,,0.1\n2009,x,0,0.5,\n"
    assert findings(text) == [("row 2", g.FEW), ("row 4", g.FEW)]
    assert findings(text, minimum=2) == [("row 4", g.FEW)]


def test_a_small_count_and_a_small_rest_are_found_also_from_shares():
    text = "option,firms,count\na,50,2\nb,50,49\nc,50,0\nd,50,50\ne,50,25\n"
    assert findings(text) == [("row 2", g.FEW), ("row 3", g.REST_FEW)]
    text = "option,firms,share\na,50,0.04\nb,50,98e-2\nc,50,0.5\n"
    assert findings(text) == [("row 2", g.FEW), ("row 3", g.REST_FEW)]


def test_a_withheld_row_shows_no_number():
    text = "option,firms,count,share,withheld\na,50,,0.4,few\nb,50,,,few\n"
    assert findings(text) == [("row 2", g.SHOWN_THOUGH_WITHHELD)]


def test_a_withheld_count_follows_from_the_sum_of_a_question():
    text = "question,option,firms,adds_up,count,withheld\nq,a,50,1,20,\nq,b,50,1,28,\nq,c,50,1,,few\n"
    assert findings(text) == [("row 4", g.FOLLOWS)]
    assert findings(text.replace(",1,", ",0,")) == []
    assert findings(text.replace("28,", ",further")) == []


def test_a_withheld_count_follows_from_a_total_over_clusters():
    text = "cluster,option,firms,count,withheld\nx,a,20,5,\ny,a,30,,few\ntotal,a,50,7,\n"
    assert ("row 3", g.FOLLOWS) in findings(text)
    two = "cluster,option,firms,count,withheld\nx,a,20,,few\ny,a,30,,few\ntotal,a,50,7,\n"
    assert findings(two) == []


def test_bounds_give_a_count_away():
    # Of 4 firms in x and 30 in y, 34 counted in all: every firm of both.
    text = "cluster,option,firms,count,withheld\nx,a,4,,few\ny,a,30,,few\ntotal,a,34,34,\n"
    assert [row for row, what in findings(text) if what == g.FOLLOWS] == ["row 2", "row 3"]


def test_a_withheld_mean_follows_from_the_others():
    text = "cluster,question,firms,mean,withheld\nx,q,20,5,\ny,q,10,,few\ntotal,q,30,7,\n"
    assert ("row 3", g.MEAN_FOLLOWS) in findings(text)
    text = "cluster,question,firms,mean,withheld\nx,q,20,,few\ny,q,10,,few\ntotal,q,30,7,\n"
    assert findings(text) == []


def test_a_withheld_number_of_firms_follows_from_the_total():
    text = "cluster,question,firms,mean,withheld\nx,q,20,5,\ny,q,,,few\ntotal,q,22,,few\n"
    assert ("row 3", g.BASE_FOLLOWS) in findings(text)


def test_a_total_over_a_dimension_of_the_users_own_is_seen():
    text = "size,option,firms,count,withheld\nlarge,a,20,5,\nsmall,a,30,,few\ntotal,a,50,7,\n"
    assert ("row 3", g.FOLLOWS) in findings(text)


def test_firms_must_be_a_number():
    assert findings("option,firms,count\na,many,4\nb,9,4\n") == [("row 2", g.NOT_A_NUMBER)]
    assert findings("option,firms,count\na,Firm x,2\nb,Firm y,1\n") == []


def test_tables_are_found_in_csv_and_xlsx_by_row_and_sheet(tmp_path):
    table = pd.DataFrame({"option": ["a", "b"], "firms": [2, 9], "share": [0.5, 0.5]})
    write_table(table, tmp_path / "t.csv")
    assert file_findings((tmp_path / "t.csv").read_bytes(), ".csv", 3) == [("row 2", g.FEW)]
    write_workbook({"first": pd.DataFrame({"a": [1]}), "second": table}, tmp_path / "t.xlsx")
    data = (tmp_path / "t.xlsx").read_bytes()
    assert file_findings(data, ".xlsx", 3) == [("sheet 2, row 2", g.FEW)]
    titled = b"Answers of firms\n\noption,firms,share\na,2,0.5\n"
    assert file_findings(titled, ".csv", 3) == [("row 4", g.FEW)]


@pytest.mark.parametrize(
    ("data", "suffix"), [(b"a,b\n1,2\n", ".csv"), (b"firms", ".svg"), (b"firms\n", ".csv"), (b"", ".csv")]
)
def test_other_files_have_no_findings(data, suffix):
    assert file_findings(data, suffix, 3) == []


@pytest.mark.parametrize(("data", "suffix"), [(b"\xfffirms", ".csv"), (b"PK\x03\x04no", ".xlsx")])
def test_a_table_that_cannot_be_read_is_a_finding(data, suffix):
    assert file_findings(data, suffix, 3) == [("", g.UNREADABLE)]
