"""The data of an index: what is read from a wide table, and every fault of it, all at once."""

import numpy as np
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.contract.writing import write_workbook
from gumflow.index.table import load_data, load_index
from gumflow.index.tree import IndexNode, tree_of

TREE = """nodes:
  - {code: index}
  - {code: a, parent: index}
  - {code: b, parent: index, denominator: firms}
"""


def tree():
    return tree_of(
        [IndexNode("index"), IndexNode("a", parent="index"), IndexNode("b", parent="index", denominator="firms")],
        "tree",
    )  # fmt: skip


def data(tmp_path, text, **options):
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    return load_data(path, tree(), **options)


def faults(tmp_path, text, **options):
    with pytest.raises(GumflowError) as caught:
        data(tmp_path, text, **options)
    return str(caught.value)


def test_columns_are_found_by_name_in_any_order_and_missing_words_are_missing(tmp_path):
    found = data(
        tmp_path,
        "b,name,unit,firms,a,group,Time\n4,Ningbo,N,2,1,x,2008\n3,,W,5,..,y,2008\n6,,N,3,-1.5e2,x,2009\n１２,,W,4,NA,y,2009\n",
    )
    assert found.units.tolist() == ["N", "W", "N", "W"]
    assert found.times.tolist() == ["2008", "2008", "2009", "2009"]
    assert found.names.tolist() == ["Ningbo", "W", "N", "W"]
    assert found.groups.tolist() == ["x", "y", "x", "y"]
    np.testing.assert_array_equal(found.values, [[1, 4], [np.nan, 3], [-150, 6], [np.nan, 12]])
    assert found.denominators["firms"].tolist() == [2, 5, 3, 4]
    assert found.notes == ()


def test_without_times_names_and_groups_there_are_none(tmp_path):
    found = data(tmp_path, "uCode,a,b,firms\nN,1,2,1\nW,2,3,1\n")
    assert found.times.tolist() == ["", ""]
    assert found.groups.tolist() == ["", ""]
    assert found.names.tolist() == ["N", "W"]


def test_a_workbook_is_read_as_the_same_csv(tmp_path):
    import pandas as pd

    sheet = pd.DataFrame({"unit": ["N", "W"], "a": [1.25, np.nan], "b": [4.0, 5.0], "firms": [2, 3]})
    write_workbook({"data": sheet, "notes": pd.DataFrame({"say": ["x"]})}, tmp_path / "data.xlsx")
    found = load_data(tmp_path / "data.xlsx", tree())
    np.testing.assert_array_equal(found.values, [[1.25, 4], [np.nan, 5]])
    assert found.notes == ("data.xlsx: only the sheet 'data' is read, the first with cells.",)


def test_columns_that_no_node_uses_are_noted_and_numbers_among_them_kept(tmp_path):
    found = data(tmp_path, "unit,a,b,firms,outcome,remark\nN,1,2,1,7,old\nW,2,3,1,,new\n")
    assert list(found.others.columns) == ["outcome"]
    np.testing.assert_array_equal(found.others["outcome"], [7, np.nan])
    assert found.notes == ("data.csv: outcome, remark are columns that no indicator of the tree uses.",)


def test_another_column_can_be_named_as_the_groups(tmp_path):
    text = "unit,a,b,firms,Region\nN,1,2,1,east\nW,2,3,1,south\n"
    assert data(tmp_path, text, group="region").groups.tolist() == ["east", "south"]
    assert "no column 'Regoin' of groups (did you mean 'Region'?)" in faults(tmp_path, text, group="Regoin")


def test_an_indicator_and_a_denominator_that_are_not_in_the_data_are_named(tmp_path):
    text = faults(tmp_path, "unit,A1,b\nN,1,2\n")
    assert "there is no column for the indicator 'a'" in text
    assert "there is no column for the denominator 'firms'" in text
    assert "did you mean" not in text
    assert "(did you mean 'firm'?)" in faults(tmp_path, "unit,a,b,firm\nN,1,2,1\n")


def test_cells_that_are_no_numbers_are_named_with_their_rows(tmp_path):
    text = faults(tmp_path, 'unit,a,b,firms\nN,1_000,2,1\nW,"1,500",3,1\nY,inf,3,1\nS,n.d.,3,1\n')
    assert "column a: no numbers: row 2 '1_000', row 3 '1,500', row 4 'inf', row 5 'n.d.'" in text


def test_decimal_commas_are_read_where_they_cannot_part_thousands(tmp_path):
    found = data(tmp_path, "unit;a;b;firms\nNA;1,5;1.234;1\nW;12,25;2;1\n")
    np.testing.assert_array_equal(found.values, [[1.5, 1.234], [12.25, 2]])
    assert found.units.tolist() == ["NA", "W"]
    assert found.notes == ("data.csv: a: decimal commas were read as points, 1,5 as 1.5.",)
    text = faults(tmp_path, "unit;a;b;firms\nN;1,234;1;1\nW;1.5;2,5;1\n")
    assert "column a: no numbers: row 2 '1,234'" in text
    assert "column b" not in text


def test_many_bad_cells_are_counted(tmp_path):
    rows = "".join(f"u{i},x{i},1,1\n" for i in range(12))
    text = faults(tmp_path, f"unit,a,b,firms\n{rows}")
    assert "row 9 'x7' and 4 more" in text


def test_units_without_any_value_and_indicators_without_any_are_named(tmp_path):
    text = faults(tmp_path, "unit,a,b,firms\nN,1,,1\nW,,NA,1\n")
    assert "row 3: the unit 'W' has no value in any indicator" in text
    assert "column b: the indicator has no value for any unit" in text


def test_units_that_are_empty_or_stand_twice_are_named(tmp_path):
    text = faults(tmp_path, "unit,a,b,firms\nN,1,2,1\n,2,2,1\nN,3,4,1\n")
    assert "row 3, column unit: it is empty" in text
    assert "row 2; 4: the unit 'N' stands 2 times; keep one row, or add a column time" in text


def test_with_times_a_unit_may_stand_once_a_time(tmp_path):
    rows = "N,1,2,1,2008\nN,2,2,1,2009\n"
    assert len(data(tmp_path, f"unit,a,b,firms,time\n{rows}").units) == 2
    text = faults(tmp_path, f"unit,a,b,firms,time\n{rows}N,3,2,1,2009\nW,3,3,1,\n")
    assert "row 3; 4: the unit 'N' stands 2 times at the time '2009'; keep one row" in text
    assert "row 5, column time: it is empty" in text


def test_a_denominator_that_is_zero_or_negative_is_an_error_where_it_has_to_divide(tmp_path):
    text = faults(tmp_path, "unit,a,b,firms\nN,1,2,0\nW,1,2,-3\nY,1,,0\n")
    assert "row 2, column firms: the denominator of b is zero" in text
    assert "row 3, column firms: the denominator of b is negative" in text
    assert "row 4" not in text


def test_an_indicator_without_its_denominator_counts_as_missing_and_is_noted(tmp_path):
    found = data(tmp_path, "unit,a,b,firms\nN,1,2,\nW,1,2,3\n")
    np.testing.assert_array_equal(found.values, [[1, np.nan], [1, 2]])
    assert found.notes == (
        "data.csv: row 2, N: b (firms) counted as missing, since the denominator is missing.",
    )


def test_denominators_are_left_alone_where_nothing_is_divided(tmp_path):
    found = data(tmp_path, "unit,a,b,firms\nN,1,2,\nW,1,2,0\n", denominate=False)
    np.testing.assert_array_equal(found.values, [[1, 2], [1, 2]])
    assert len(data(tmp_path, "unit,a,b\nN,1,2\n", denominate=False).denominators.columns) == 0


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "the file is empty"),
        ("unit,a,b,firms\n", "there are no rows below the header"),
        ("a,b,firms\n1,2,3\n", "there is no column unit"),
        ("unit,a,b,firms,a\nN,1,2,3,4\n", "column a"),
        ("unit,a,b,firms\nN,1,2,3,4,5\n", "row 2"),
    ],
)
def test_tables_that_cannot_be_read_as_such_are_refused(tmp_path, text, part):
    assert part in faults(tmp_path, text)


def test_faults_of_tree_and_data_are_listed_together(tmp_path):
    (tmp_path / "tree.yaml").write_text(
        TREE
        + "  - {code: c, parent: lost}\n  - {code: d, parent: e, direction: 5}\n  - {code: e, parent: d}\n"
        + "  - {code: g, parent: index}\n  - {code: h, parent: g, weight: 0}\n  - {code: h, parent: index}\n",
        encoding="utf-8",
    )
    (tmp_path / "data.csv").write_text("unit,a,b,firms\nN,1,2,1\nW,,,1\n", encoding="utf-8")
    with pytest.raises(GumflowError) as caught:
        load_index(tmp_path / "tree.yaml", tmp_path / "data.csv")
    text = str(caught.value)
    assert text.startswith("tree.yaml and data.csv: 8 things to mend:")
    for part in (
        "tree.yaml: line 5 (c): orphan",
        "tree.yaml: cycle: d -> e -> d",
        "tree.yaml: line 6 (d): direction 5 is not 1",
        "tree.yaml: h has two parents, g and index",
        "tree.yaml: g: the weights of its children (h) add up to zero",
        "data.csv: there is no column for the indicator 'c'",
        "data.csv: there is no column for the indicator 'h'",
        "data.csv: row 3: the unit 'W' has no value in any indicator",
    ):
        assert part in text, part


def test_without_denominators_and_further_columns_their_tables_still_have_a_row_for_each_unit(tmp_path):
    (tmp_path / "tree.yaml").write_text("nodes: [{code: index}, {code: a, parent: index}]", encoding="utf-8")
    (tmp_path / "data.csv").write_text("unit,a\nN,1\nW,4\n", encoding="utf-8")
    _, found = load_index(tmp_path / "tree.yaml", tmp_path / "data.csv")
    assert found.denominators.shape == found.others.shape == (2, 0)


def test_a_good_pair_is_read_as_by_itself(tmp_path):
    (tmp_path / "tree.yaml").write_text(TREE, encoding="utf-8")
    (tmp_path / "data.csv").write_text("unit,a,b,firms\nN,1,2,1\nW,4,,1\n", encoding="utf-8")
    read, found = load_index(tmp_path / "tree.yaml", tmp_path / "data.csv")
    assert read == tree()
    np.testing.assert_array_equal(found.values, [[1, 2], [4, np.nan]])
