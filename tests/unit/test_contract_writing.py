"""Files are whole or absent, equal inputs give equal bytes, and nothing of the day or the machine is in them."""

import io
import math
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from gumflow.contract.scores import SCORE_COLUMNS, scores_table
from gumflow.contract.seeding import seed_for
from gumflow.contract.writing import (
    read_table,
    replacing,
    rounded,
    settled,
    write_figure,
    write_table,
    write_text,
    write_workbook,
)

TABLE = pd.DataFrame(
    {
        "name": pd.Series(["乙", "甲", "=1+1", "a,b"], dtype="str"),
        "value": [0.1 + 0.2, -0.0, math.nan, 1e6],
        "flag": [True, False, True, False],
        "count": [3, 1, 2, 0],
    }
)
SUFFIXES = ("parquet", "csv", "xlsx")


class Boom(Exception):
    pass


def test_an_exception_leaves_the_old_file_and_no_temporary_one(tmp_path):
    path = tmp_path / "t.csv"
    write_text("old\n", path)

    def half():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise Boom

    with pytest.raises(Boom):
        half()
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["t.csv"]


def test_a_file_is_as_readable_as_any_other_and_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_text("甲\n", path)
    plain = tmp_path / "plain"
    plain.touch()
    assert path.read_bytes() == "甲\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    assert os.listdir(path.parent) == ["b.txt"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_that_cannot_be_written_leaves_the_old_file(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"t.{suffix}"
    write_table(TABLE, path)
    before = path.read_bytes()

    def fail(*args):
        raise Boom

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(Boom):
        write_table(TABLE.iloc[:1], path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_equal_tables_give_equal_bytes_whatever_the_order_of_rows(tmp_path, suffix, monkeypatch):
    one, two = tmp_path / f"t.{suffix}", tmp_path / "two" / f"t.{suffix}"
    write_table(TABLE, one, sort=["name"])
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setattr("time.time", lambda: 4e9)
    write_table(TABLE.iloc[::-1], two, sort=["name"])
    assert one.read_bytes() == two.read_bytes()


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.parquet, \.csv or \.xlsx"):
        write_table(TABLE, tmp_path / "t.txt")


def test_floats_carry_twelve_digits_and_no_minus_zero():
    values = np.array(
        [0.1 + 0.2, 1 / 3, 2e300 / 3, 5e-324, 123456789012345.0, -0.0, math.nan, math.inf, -math.inf]
    )
    out = rounded(values)
    assert out[:5].tolist() == [0.3, 0.333333333333, 6.66666666667e299, 5e-324, 123456789012000.0]
    assert math.copysign(1, out[5]) == 1
    assert np.isnan(out[6])
    assert out[7:].tolist() == [math.inf, -math.inf]


def test_rounding_is_what_printing_and_reading_back_gives_and_settles_at_once():
    rng = np.random.default_rng(1)
    values = rng.lognormal(0, 8, 20_000) * rng.choice([-1, 1], 20_000)
    out = rounded(values)
    assert out.tolist() == [float(f"{v:.12g}") for v in values]
    assert np.array_equal(rounded(out), out)
    assert np.abs(out / values - 1).max() < 5.1e-12


def test_the_same_numbers_stand_in_csv_parquet_and_xlsx(tmp_path):
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"x": np.append(rng.lognormal(0, 5, 500), [0.1 + 0.2, 0, 7])})
    for suffix in SUFFIXES:
        write_table(table, tmp_path / f"t.{suffix}")
    parquet = read_table(tmp_path / "t.parquet")["x"].tolist()
    text = [float(line) for line in (tmp_path / "t.csv").read_text().splitlines()[1:]]
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert parquet == text == [float(row[0]) for row in sheet.iter_rows(min_row=2, values_only=True)]


def test_csv_is_utf8_with_a_mark_and_plain_cells(tmp_path):
    write_table(TABLE, tmp_path / "t.csv")
    lines = ["name,value,flag,count", "乙,0.3,1,3", "甲,0,0,1", "=1+1,,1,2", '"a,b",1000000,0,0']
    assert (tmp_path / "t.csv").read_bytes() == "\ufeff".encode() + ("\n".join(lines) + "\n").encode()


def test_parquet_holds_no_trace_of_pandas_and_reads_back_as_str(tmp_path):
    path = tmp_path / "t.parquet"
    write_table(TABLE, path)
    assert pq.read_schema(path).metadata is None
    assert not pq.ParquetFile(path).metadata.metadata
    table = read_table(path)
    assert [str(t) for t in table.dtypes] == ["str", "float64", "bool", "int64"]
    assert table["name"].tolist() == TABLE["name"].tolist()
    assert table["value"].isna().tolist() == [False, False, True, False]


def test_an_empty_table_keeps_its_types_through_parquet(tmp_path):
    write_table(TABLE.iloc[:0], tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert len(table) == 0
    assert [str(t) for t in table.dtypes] == ["str", "float64", "bool", "int64"]


def test_settling_leaves_the_callers_table_as_it_is():
    table = TABLE.copy()
    assert settled(table, ["count"])["value"].tolist()[1:] == [0.0, pytest.approx(math.nan, nan_ok=True), 0.3]
    pd.testing.assert_frame_equal(table, TABLE)


def test_a_workbook_has_no_date_of_today_and_texts_stay_texts(tmp_path):
    path = tmp_path / "t.xlsx"
    write_workbook({"first": TABLE, "empty": TABLE.iloc[:0]}, path)
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert {i.date_time[0] for i in archive.infolist()} == {1980}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2000-01-01T00:00:00Z") == 2
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["first", "empty"]
    sheet = book["first"]
    assert [c.value for c in sheet[4]] == ["=1+1", None, 1, 2]
    assert sheet["A4"].data_type == "s"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D5"


def drawing():
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(2, 2))
    ax.plot([0, 1], [1, 0], marker="o", clip_on=True)
    ax.set_title("Title")
    plt.close(fig)
    return fig


def test_a_figure_has_equal_bytes_in_every_format_on_another_day(tmp_path, monkeypatch):
    write_figure(drawing(), tmp_path / "one" / "f")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "4000000000")
    monkeypatch.setattr("time.time", lambda: 4e9)
    write_figure(drawing(), tmp_path / "two" / "f")
    assert sorted(os.listdir(tmp_path / "one")) == ["f.pdf", "f.png", "f.svg"]
    for name in os.listdir(tmp_path / "one"):
        data = (tmp_path / "one" / name).read_bytes()
        assert data == (tmp_path / "two" / name).read_bytes(), name
        assert b"Matplotlib v" not in data
        assert b"CreationDate" not in data


def test_only_the_formats_asked_for_are_written(tmp_path):
    write_figure(drawing(), Path(tmp_path, "f"), ("svg",))
    assert os.listdir(tmp_path) == ["f.svg"]


def test_scores_have_every_column_sorted_and_typed():
    rows = ({"study": "s", "unit": u, "measure": "m", "value": v} for u, v in (("b", 2), ("a", 1)))
    table = scores_table(rows)
    assert list(table.columns) == SCORE_COLUMNS
    assert table["unit"].tolist() == ["a", "b"]
    assert table["withheld"].tolist() == ["", ""]
    assert table["low"].isna().all()
    assert str(scores_table([])["unit"].dtype) == "str"
    assert str(scores_table([])["value"].dtype) == "float64"


@pytest.mark.parametrize("make", [list, iter], ids=["list", "generator"])
def test_scores_refuse_a_column_that_they_do_not_have(make):
    with pytest.raises(KeyError, match="vlaue"):
        scores_table(make([{"study": "s", "vlaue": 1.0}]))


def test_seeds_depend_on_purpose_alone():
    assert seed_for(2009, "alpha", "x") == seed_for(2009, "alpha", "x")
    others = [
        seed_for(2010, "alpha", "x"),
        seed_for(2009, "alpha", "y"),
        seed_for(2009, "alphax"),
        seed_for(2009, "x", "alpha"),
    ]
    assert len({seed_for(2009, "alpha", "x"), *others}) == 5
    assert all(0 <= s < 2**63 for s in others)
