"""Lists of ties and attributes of actors are read as their users meant them, or refused with everything that is wrong."""

import io
import random
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.intake.actor_tables import read_actor_table
from gumflow.intake.edge_lists import ENDS, read_edge_list

ODD_IDS = (
    "甲厂", "乙, 丙", '说"好"', "001", "1", "NA", "None", "nan", "a;b", "tab\there", "330201199001011234", "O'Neil", "𠮷野家",
    "line\nbreak", "=1+1", "é", "-", "0", "x" * 300,
)  # fmt: skip


def put(tmp_path: Path, data: str | bytes, name: str = "ties.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def book(sheets: dict[str, list[list[object]]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def pairs(read) -> list[tuple[str, str]]:
    return list(zip(read.table["source"], read.table["target"], strict=True))


def said(read, words: str) -> bool:
    return any(words in note for note in read.notes)


def error(tmp_path: Path, data: str | bytes, name: str = "ties.csv", **options) -> str:
    with pytest.raises(GumflowError) as caught:
        read_edge_list(put(tmp_path, data, name), **options)
    return str(caught.value)


def outcome(reader, path: Path) -> tuple[Any, str]:
    """Return what was read, or None and the message of the named error; any other exception is a fault."""
    try:
        return reader(path), ""
    except GumflowError as caught:
        return None, str(caught)


@pytest.mark.parametrize("ends", ENDS, ids=lambda e: e[0])
@pytest.mark.parametrize("shout", [str.lower, str.upper, lambda s: f"  {s.title()} "])
def test_the_ends_are_found_by_their_names_wherever_they_stand(tmp_path, ends, shout):
    header = f"note,{shout(ends[1])},{shout(ends[0])}"
    read = read_edge_list(put(tmp_path, f"{header}\nx,b,a\ny,c,b\n"))
    assert pairs(read) == [("a", "b"), ("b", "c")]
    assert said(read, "Columns not used: note")


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_usual_way_of_saving_gives_the_same_ties(tmp_path, separator, encoding):
    lines = ["起点,终点,强度,关系", "甲厂,乙厂,2,交易", "乙厂,丙厂,0.5,知识"]
    data = "\r\n".join(lines).replace(",", separator).encode(encoding)
    read = read_edge_list(put(tmp_path, data))
    assert pairs(read) == [("甲厂", "乙厂"), ("乙厂", "丙厂")]
    assert read.table["strength"].tolist() == [2.0, 0.5]
    assert read.table["layer"].tolist() == ["交易", "知识"]
    assert read.table["row"].tolist() == [2, 3]
    assert said(read, "GB18030") == (encoding == "gb18030")


def test_excels_line_that_names_the_separator_is_obeyed_and_counted(tmp_path):
    read = read_edge_list(put(tmp_path, "sep=;\r\nsource;target;note\r\na, b;c;1,5\r\n"))
    assert pairs(read) == [("a, b", "c")]
    assert read.table["row"].tolist() == [3]
    assert "'|'" in error(tmp_path, "sep=|\nsource|target\na|b\n")


def test_a_comma_within_names_does_not_pass_for_the_separator(tmp_path):
    read = read_edge_list(put(tmp_path, "giver;taker\nAcme, Ltd;Bolt, Inc\nBolt, Inc;Coil\n"))
    assert pairs(read) == [("Acme, Ltd", "Bolt, Inc"), ("Bolt, Inc", "Coil")]
    assert said(read, "'giver' and 'taker'")


@pytest.mark.parametrize(
    ("text", "expected", "strengths"),
    [
        ("1,2\n2,3\n", [("1", "2"), ("2", "3")], [1, 1]),
        ("0 1\n1 2\n", [("0", "1"), ("1", "2")], [1, 1]),
        ("1 2 5\n2 3 .5\n".replace(" .5", " 0.5"), [("1", "2"), ("2", "3")], [5, 0.5]),
        ("a,b,3\nb,c,4\nc,a,1\n", [("a", "b"), ("b", "c"), ("c", "a")], [3, 4, 1]),
        ("1,1\n1,2\n", [("1", "1"), ("1", "2")], [1, 1]),
    ],
    ids=["numbers", "blanks", "blanks and strength", "ids that return", "loop in the first row"],
)
def test_a_file_without_a_header_loses_no_tie(tmp_path, text, expected, strengths):
    read = read_edge_list(put(tmp_path, text))
    assert pairs(read) == expected
    assert read.table["strength"].tolist() == strengths
    assert read.table["row"].tolist() == list(range(1, len(expected) + 1))
    assert said(read, "no header")


@pytest.mark.parametrize("text", ["source,target\n1,2\n", "firm,partner\na,b\nb,a\n", "von,nach\n1,2\n"])
def test_a_header_of_words_is_a_header(tmp_path, text):
    read = read_edge_list(put(tmp_path, text))
    assert read.table["row"].iloc[0] == 2
    assert not said(read, "no header")


def test_further_columns_are_typed(tmp_path):
    text = "ego,alter,Wave,Respondent,State,Directed,Layer\na,b,2001,a,achieved,yes,trust\nb,a,2002,b,lacking,0,credit\n"
    read = read_edge_list(put(tmp_path, text))
    assert list(read.table) == [
        "source",
        "target",
        "layer",
        "strength",
        "wave",
        "reporter",
        "state",
        "directed",
        "row",
    ]
    assert read.table["directed"].tolist() == [True, False]
    assert read.table["wave"].tolist() == ["2001", "2002"]
    assert read.table["reporter"].tolist() == ["a", "b"]
    assert read.table["layer"].tolist() == ["trust", "credit"]


def test_gephis_type_is_the_direction_and_not_the_layer(tmp_path):
    read = read_edge_list(
        put(tmp_path, "Source,Target,Type,Id,Label,Weight\n1,2,Directed,0,,2\n2,3,Undirected,1,,1\n")
    )
    assert read.table["directed"].tolist() == [True, False]
    assert read.table["layer"].tolist() == ["", ""]
    read = read_edge_list(put(tmp_path, "from,to,type\na,b,trust\n"), layer="credit")
    assert read.table["layer"].tolist() == ["trust"]


def test_the_layer_of_the_call_fills_what_the_file_leaves_open(tmp_path):
    read = read_edge_list(put(tmp_path, "from,to,layer\na,b,trust\nb,c,\n"), layer="credit")
    assert read.table["layer"].tolist() == ["trust", "credit"]
    assert said(read_edge_list(put(tmp_path, "from,to,layer\na,b,trust\nb,c,\n")), "1 ties have no layer")
    assert not said(read_edge_list(put(tmp_path, "from,to\na,b\n")), "no layer")


def test_of_two_columns_of_strength_one_must_be_named(tmp_path):
    text = "from,to,weight,value,price\na,b,2,30,7\n"
    assert "several columns could be the strength: weight, value" in error(tmp_path, text)
    for column, value in (("Value", 30), ("weight", 2), ("price", 7)):
        assert read_edge_list(put(tmp_path, text), strength=column).table["strength"].tolist() == [value]
    assert "no column 'force'" in error(tmp_path, text, strength="force")
    assert "no column 'to'" in error(tmp_path, text, strength="to")


def test_a_strength_that_is_not_said_is_one(tmp_path):
    read = read_edge_list(put(tmp_path, "from,to,weight\na,b,\nb,c,３．５\n"))
    assert read.table["strength"].tolist() == [1.0, 3.5]
    assert said(read, "1 ties have no strength")


@pytest.mark.parametrize("text", ["from;to;w\na;b;1,5\nb;c;2\nc;a;0,125\n", 'from,to,w\na,b,"1,5"\nb,c,2\nc,a,"0,125"\n'])  # fmt: skip
def test_a_decimal_comma_is_read_where_it_is_nothing_else(tmp_path, text):
    read = read_edge_list(put(tmp_path, text))
    assert read.table["strength"].tolist() == [1.5, 2.0, 0.125]
    assert said(read, "2 numbers of w have a decimal comma")


@pytest.mark.parametrize(
    "rows", ["a;b;1,500\n", "a;b;1,500\nb;c;2,5\n", "a;b;1,5\nb;c;2.5\n", "a;b;1,500,000\n"]
)
def test_a_comma_that_can_part_thousands_is_refused(tmp_path, rows):
    message = error(tmp_path, "from;to;weight\n" + rows)
    assert "row 2, column weight, value '1,5" in message
    assert "such as 1.5 or 1500" in message
    assert "column weight, value '2" not in message


def test_a_strength_so_large_or_small_that_sums_or_inverses_fail_is_refused(tmp_path):
    rows = ("1e100", "1e-100", "1e101", "9e-101", "1e308", "1e999")
    message = error(tmp_path, "from,to,weight\n" + "".join(f"a,b{w},{w}\n" for w in rows))
    for row, value in zip((4, 5, 6, 7), rows[2:], strict=True):
        assert f"row {row}, column weight, value '{value}'" in message
    assert "from 1e-100 to 1e100; choose another unit" in message
    assert "value '1e100'" not in message
    assert "value '1e-100'" not in message


def test_a_list_without_rows_is_read_only_where_it_may_be_empty_and_names_its_ends(tmp_path):
    assert "no rows" in error(tmp_path, "from,to,weight\n")
    read = read_edge_list(put(tmp_path, "from,to,weight\n"), may_be_empty=True)
    assert read.table.empty
    assert read.table["strength"].dtype == "float64"
    assert "no rows" in error(tmp_path, "anna,berta\n", may_be_empty=True), "this can be a tie"


def test_loops_and_repeated_ties_are_kept_and_counted(tmp_path):
    read = read_edge_list(put(tmp_path, "from,to,layer\na,a,x\na,b,x\na,b,x\na,b,y\nb,a,x\na,b,x\n"))
    assert len(read.table) == 6
    assert said(read, "1 ties lead from an actor to itself")


def test_xlsx_numbers_are_ids_and_the_sheet_with_the_ends_is_read(tmp_path):
    data = book(
        {"cover": [["About"], ["x"]], "ties": [["From", "To", "Weight"], [1.0, 2, 2.5], ["003", 1.0, None]]}
    )
    read = read_edge_list(put(tmp_path, data, "ties.xlsx"))
    assert pairs(read) == [("1", "2"), ("003", "1")]
    assert read.table["strength"].tolist() == [2.5, 1.0]
    assert read.table["row"].tolist() == [2, 3]
    assert said(read, "Of 2 sheets, 'ties' was read")


def test_the_names_of_rows_that_r_writes_are_noted_once(tmp_path):
    read = read_edge_list(put(tmp_path, '"","from","to"\n"1","a","b"\n"2","b","c"\n'))
    assert pairs(read) == [("a", "b"), ("b", "c")]
    assert sum("has no name in the header" in note for note in read.notes) == 1


def test_ids_that_a_spreadsheet_shortened_are_noted(tmp_path):
    assert said(
        read_edge_list(put(tmp_path, "from,to\n1.23457E+17,b\n")), "spreadsheet program has shortened"
    )
    data = book({"a": [["from", "to"], [123456789012345678.0, "b"]]})
    assert said(read_edge_list(put(tmp_path, data, "t.xlsx")), "shortened")
    assert not said(read_edge_list(put(tmp_path, "from,to\n123456789012345678,b\n")), "shortened")


def test_all_that_is_wrong_is_named_at_once(tmp_path):
    text = "from,to,weight,directed\na,,1,1\n,b,1,1\na,b,much,1\na,b,0,1\na,b,-2,1\n\na,b,inf,1\na,b,1e999,1\na,b,1,maybe\na,b,nan,1\n"
    message = error(tmp_path, text)
    assert message.startswith("ties.csv: 9 things to mend:")
    for place in (
        "row 2, column to:", "row 3, column from:", "row 4, column weight, value 'much'", "row 5, column weight, value '0'",
        "row 6, column weight, value '-2'", "row 8, column weight, value 'inf'", "row 9, column weight, value '1e999'",
        "row 10, column directed, value 'maybe'", "row 11, column weight, value 'nan'",
    ):  # fmt: skip
        assert place in message


def test_one_cause_is_one_line_and_the_list_ends_after_twenty(tmp_path):
    same = error(tmp_path, "from,to,weight\n" + "a,b,x\n" * 50)
    assert same.count("\n") == 1
    assert "row 2; 3; 4; 5; 6; 7; 8; 9 and 42 more" in same
    many = error(tmp_path, "from,to,weight\n" + "".join(f"a,b,x{n}\n" for n in range(50)))
    assert many.splitlines()[-1] == "... and 30 more"
    assert len(many.splitlines()) == 22


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "empty"),
        ("\n , ,\n", "empty"),
        ("source,target\n", "no rows"),
        ("source\na\n", "needs two columns"),
        ("source,partner_x,target_y\n", "no rows"),
        ("x,source\na,b\n", "one end of the ties"),
        ("A,B,3\nC,D,2\n", "names of columns or a tie (A, B, 3)"),
        ("Source,target,source\na,b,c\n", "several columns are called source"),
        ("source,target,source\na,b,c\n", "twice"),
        ("source,target\na,b,c\n", "more cells than the header"),
        ('source,target\n"a,b\n', "quotation mark"),
        ("source,target\n#REF!,b\n", "error of a spreadsheet"),
        (b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
        (b"PK\x03\x04", "named .csv"),
    ],
)
def test_what_is_no_list_of_ties_is_refused_by_name(tmp_path, data, words):
    message = error(tmp_path, data)
    assert words in message
    assert "ties.csv" in message


def test_broken_xlsx_files_are_refused_by_name(tmp_path):
    assert "no whole XLSX" in error(tmp_path, b"PK\x03\x04rest", "t.xlsx")
    whole = book({"a": [["from", "to"], ["a", "b"]]})
    assert "no whole XLSX" in error(tmp_path, whole[: len(whole) // 2], "t.xlsx")
    formula = error(tmp_path, book({"a": [["from", "to"], ["a", "=B1"]]}), "t.xlsx")
    assert "row 2, column to: The cell holds a formula without a saved value" in formula
    second = book({"cover": [["x"]], "a": [["from", "to"], ["a", "=B1"]]})
    assert "[a], row 2" in error(tmp_path, second, "t.xlsx")
    with pytest.raises(GumflowError, match="cannot be read"):
        read_edge_list(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("seed", range(6))
def test_odd_ids_survive_csv_and_xlsx(tmp_path, seed):
    rng = random.Random(seed)
    ends = [(rng.choice(ODD_IDS), rng.choice(ODD_IDS)) for _ in range(30)]
    padded = pd.DataFrame([(f" {a}\n", f"\t{b} ") for a, b in ends], columns=["source", "target"])
    separator = rng.choice([",", ";", "\t"])
    padded.to_csv(tmp_path / "t.csv", index=False, sep=separator)
    assert pairs(read_edge_list(tmp_path / "t.csv")) == ends
    # A text that begins with = is a formula to the library that writes this fixture.
    plain = [(a, b) for a, b in ends if "=1+1" not in (a, b)]
    data = book({"s": [["source", "target"], *(list(pair) for pair in plain)]})
    assert pairs(read_edge_list(put(tmp_path, data, "t.xlsx"))) == plain


@pytest.mark.parametrize("seed", range(100))
def test_damaged_files_give_ties_or_a_named_error(tmp_path, seed):
    rng = random.Random(seed)
    whole = 'source;target,weight\n甲,"b",1\n1;2;3\n,,\n=x\t0\n'.encode(
        rng.choice(["utf-8", "gb18030", "utf-16"])
    )
    data = bytearray(whole)
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.choice(b"\x00\n\r\t,;\"'\xff\xfeA1 =")
    path = put(tmp_path, bytes(data[: rng.randint(1, len(data))]), rng.choice(["t.csv", "t.xlsx"]))
    read, message = outcome(read_edge_list, path)
    assert path.name in message if read is None else (read.table[["source", "target"]] != "").all(axis=None)


def test_attributes_are_read_as_text_under_the_id(tmp_path):
    text = "Firm size,编号,label\n 010,001,甲\n,NA,乙\n"
    read = read_actor_table(put(tmp_path, text, "actors.csv"))
    assert list(read.table) == ["actor", "Firm size", "label"]
    assert read.table["actor"].tolist() == ["001", "NA"]
    assert read.table["Firm size"].tolist() == ["010", ""]
    assert (read.table.dtypes == "str").all()
    assert said(read, "column 编号")


def test_the_id_is_the_first_column_or_the_one_named_or_the_row(tmp_path):
    path = put(tmp_path, "code,name,age\nx1,Ann,3\nx2,Bo,4\n", "actors.csv")
    assert read_actor_table(path).table["actor"].tolist() == ["Ann", "Bo"]
    assert read_actor_table(path, ids="Code").table["actor"].tolist() == ["x1", "x2"]
    numbered = read_actor_table(path, ids="row").table
    assert numbered["actor"].tolist() == ["1", "2"]
    assert list(numbered) == ["actor", "code", "name", "age"]
    first = put(tmp_path, "code,age\nx1,3\nx2,4\n", "actors.csv")
    assert read_actor_table(first).table["actor"].tolist() == ["x1", "x2"]
    by_r = put(tmp_path, '"","age"\n"x1",3\n"x2",4\n', "by_r.csv")
    assert read_actor_table(by_r).table.to_dict("list") == {"actor": ["x1", "x2"], "age": ["3", "4"]}
    clash = put(tmp_path, "actor,age\nAnn,3\n", "clash.csv")
    assert list(read_actor_table(clash, ids="row").table) == ["actor", "actor_in_file", "age"]
    with pytest.raises(GumflowError, match=r"no column 'firm'.*code, age.*or row"):
        read_actor_table(first, ids="firm")


def test_doubled_and_empty_ids_are_named_with_their_rows(tmp_path):
    with pytest.raises(GumflowError) as caught:
        read_actor_table(put(tmp_path, "id,x\na,1\nb,2\na,3\n,4\n\na,5\n", "actors.csv"))
    message = str(caught.value)
    assert "row 4; 7, column id, value 'a'" in message
    assert "first seen in row 2" in message
    assert "row 5, column id" in message


def test_ids_that_fit_no_tie_say_which_column_would(tmp_path):
    path = put(tmp_path, "id,firm,age\n901,a,1\n902,b,2\n903,c,1\n", "actors.csv")
    for known, words in (
        ({"a", "b", "z"}, "column firm holds them: choose firm"),
        ({"3", "2", "1"}, "choose row"),
        ({"q"}, "No column"),
    ):
        with pytest.raises(GumflowError, match="column id holds none of the ids of the ties") as caught:
            read_actor_table(path, known=known)
        assert words in str(caught.value)
    assert len(read_actor_table(path, known={"901", "q"}).table) == 3
    with pytest.raises(GumflowError, match=r"the number of the row holds none.*column firm"):
        read_actor_table(path, ids="row", known={"a"})
    with pytest.raises(GumflowError, match="no rows"):
        read_actor_table(put(tmp_path, "id,x\n", "actors.csv"))
