"""A COINr pair: what of iMeta and iData is taken over, and every fault of either, all at once."""

import numpy as np
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.index.coinr import load_coinr

META = """"Level","iCode","iName","Direction","Weight","Unit","Target","Denominator","Parent","Type"
1,"Roads","Road density",1,1,"km",5,"Area","Phys","Indicator"
1,"Tariff","Mean tariff",-1,2,"%",0.1,NA,"Trade","Indicator"
1,"Ports","Ports",1,3,"number",NA,NA,"Phys","Indicator"
2,"Phys","Physical",1,1,NA,NA,NA,"Index","Aggregate"
2,"Trade","Trade",-1,1,NA,NA,NA,"Index","Aggregate"
3,"Index","Connectivity",1,1,NA,NA,NA,NA,"Aggregate"
NA,"Area","Area",NA,NA,"km2",NA,NA,NA,"Denominator"
NA,"Size","Size",NA,NA,NA,NA,NA,NA,"Group"
NA,"Other1","Other",NA,NA,NA,NA,NA,NA,"Other"
"""
DATA = """"uName","uCode","Size","Time","Area","Roads","Tariff","Ports","Other1"
"Austria","AUT","S",2018,10,5,1.5,NA,1
"Belgium","BEL","L",2018,20,8,1.6,7,2
"Chile","CHL","L",2018,NA,9,1.7,4,3
"""


def pair(tmp_path, meta=META, data=DATA, **options):
    (tmp_path / "iMeta.csv").write_text(meta, encoding="utf-8")
    (tmp_path / "iData.csv").write_text(data, encoding="utf-8")
    return load_coinr(tmp_path / "iData.csv", tmp_path / "iMeta.csv", **options)


def faults(tmp_path, **tables):
    with pytest.raises(GumflowError) as caught:
        pair(tmp_path, **tables)
    return str(caught.value)


def test_the_structure_of_imeta_becomes_the_tree(tmp_path):
    tree, _ = pair(tmp_path)
    assert tree.root == "Index"
    assert tree.indicators == ("Roads", "Tariff", "Ports")
    assert tree.groups == ("Phys", "Trade", "Index")
    np.testing.assert_array_equal(tree.directions(), [1, -1, 1])
    np.testing.assert_allclose(tree.given_weights("Phys"), [0.25, 0.75])
    roads = tree.nodes["Roads"]
    assert (roads.name, roads.unit, roads.target, roads.denominator) == ("Road density", "km", 5.0, "Area")
    assert tree.nodes["Ports"].target is None
    assert [tree.level(code) for code in ("Roads", "Trade", "Index")] == [1, 2, 3]


def test_the_rows_of_idata_become_the_data(tmp_path):
    _, data = pair(tmp_path)
    assert data.units.tolist() == ["AUT", "BEL", "CHL"]
    assert data.names.tolist() == ["Austria", "Belgium", "Chile"]
    assert data.times.tolist() == ["2018"] * 3
    assert data.groups.tolist() == ["S", "L", "L"]
    np.testing.assert_array_equal(data.values, [[5, 1.5, np.nan], [8, 1.6, 7], [np.nan, 1.7, 4]])
    np.testing.assert_array_equal(data.denominators["Area"], [10, 20, np.nan])
    assert data.others["Other1"].tolist() == [1, 2, 3]


def test_what_is_read_otherwise_than_one_might_think_is_noted(tmp_path):
    _, data = pair(
        tmp_path,
        meta=META.replace('"Type"', '"Type","minmax_lower"', 1).replace('Indicator"\n', 'Indicator",1\n'),
    )
    assert data.notes == (
        "iMeta.csv: Direction -1 of Trade has no effect, as in COINr: direction counts at level 1 only.",
        "iMeta.csv: minmax_lower is not read; say it in the choices if it is to count.",
        "iData.csv: row 4, CHL: Roads (Area) counted as missing, since the denominator is missing.",
    )  # fmt: skip


def test_without_denominating_values_stay(tmp_path):
    _, data = pair(tmp_path, denominate=False)
    np.testing.assert_array_equal(data.values[:, 0], [5, 8, 9])


def test_of_several_groupings_one_has_to_be_named(tmp_path):
    meta = META.replace('"Other1","Other"', '"Other1","Zone"').replace('"Other"\n', '"Group"\n')
    _, data = pair(tmp_path, meta=meta)
    assert data.groups.tolist() == ["", "", ""]
    assert any("several groupings of units (Size, Other1)" in note for note in data.notes)
    _, data = pair(tmp_path, meta=meta, group="Other1")
    assert data.groups.tolist() == ["1", "2", "3"]
    assert not any("groupings" in note for note in data.notes)


def test_goalposts_are_taken_over(tmp_path):
    meta = META.replace('"Type"', '"Type","goalpost_lower","goalpost_upper"', 1)
    meta = meta.replace('"Indicator"\n', '"Indicator",1,9\n')
    tree, _ = pair(tmp_path, meta=meta)
    assert tree.nodes["Tariff"].goalposts == (1.0, 9.0)
    assert tree.nodes["Phys"].goalposts is None
    text = faults(tmp_path, meta=meta.replace('"Indicator",1,9', '"Indicator",,9', 1))
    assert "row 2 (Roads), columns goalpost_lower, goalpost_upper: only one of them is given" in text


def test_columns_that_imeta_must_have_are_named(tmp_path):
    text = faults(tmp_path, meta=META.replace('"Direction"', '"direction"').replace('"Parent"', '"Group"', 1))
    assert "there is no column Direction (did you mean 'direction'?)" in text
    assert "there is no column Parent" in text


BAD_META = """Level,iCode,Parent,Direction,Weight,Type
1,a,g,2,1,Indicator
1,b,g,1,,Indicator
1,c,top,1,1,Indicator
2,d,g,1,1,Indicator
2,g,top,1,1,Aggregate
2,empty,top,1,1,Aggregate
4,top,,1,1,Aggregate
x,e,g,1,1,Indicatr
1,f,lost,1,-1,Indicator
1,a,g,1,1,Indicator
"""


def test_all_faults_of_a_pair_are_listed_at_once_with_rows_and_columns(tmp_path):
    text = faults(tmp_path, meta=BAD_META, data="uCode,a,b,c,d\nN,1,1,1,1\nN,2,x,1,1\n")
    for part in (
        "iMeta.csv: row 2 (a): direction 2.0 is not 1",
        "iMeta.csv: row 3 (b), column Weight: it is empty",
        "iMeta.csv: row 4 (c), column Parent: top is at level 4, and c at level 1",
        "iMeta.csv: row 5 (d), column Level: 2 does not go with Type Indicator",
        "iMeta.csv: row 7 (empty): nothing has this aggregate as its parent",
        "iMeta.csv: column Level: there is nothing at level 3, below 4",
        "iMeta.csv: row 9 (e), column Type: 'Indicatr' is not allowed",
        "iMeta.csv: row 9 (e), column Level: 'x' is no number",
        "iMeta.csv: row 10 (f): orphan: the parent 'lost' of f is no node",
        "iMeta.csv: row 10 (f): weight -1.0",
        "iMeta.csv: code 'a' stands 2 times (row 2 (a), row 11 (a))",
        "iData.csv: row 2; 3: the unit 'N' stands 2 times",
        "iData.csv: column b: no numbers: row 3 'x'",
        "iData.csv: there is no column for the indicator 'f'",
    ):
        assert part in text, part


def test_a_denominator_without_a_row_is_named(tmp_path):
    text = faults(tmp_path, meta=META.replace('5,"Area"', '5,"Areas"'))
    assert (
        "row 2 (Roads), column Denominator: 'Areas' is the iCode of no denominator (did you mean 'Area'?)"
        in text
    )


def test_a_level_that_is_no_whole_number_is_named(tmp_path):
    text = faults(tmp_path, meta=META.replace('2,"Trade"', '2.5,"Trade"'))
    assert "row 6 (Trade), column Level: '2.5' is not a whole number from 1" in text


def test_a_cycle_is_named(tmp_path):
    text = faults(
        tmp_path, meta=META.replace('"Connectivity",1,1,NA,NA,NA,NA', '"Connectivity",1,1,NA,NA,NA,"Phys"')
    )
    assert "cycle: Phys -> Index -> Phys" in text
    assert "row 7 (Index), column Parent: Phys is at level 2, and Index at level 3" in text
    assert "no node is the index" in text


def test_imeta_without_rows_is_refused(tmp_path):
    assert "there are no rows below the header" in faults(tmp_path, meta=META.split("\n")[0] + "\n")
