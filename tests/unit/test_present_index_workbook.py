"""The workbook of an index calculates what the index is, also after a value, a weight or a bound is changed in it."""

import hashlib
import re
import zipfile
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from small_formulas import Workbook

from gumflow.index.chain import run_index
from gumflow.index.choices import load_choices
from gumflow.index.table import IndexData
from gumflow.index.tree import IndexNode, tree_of
from gumflow.present.index_workbook import HEAD, write_index_workbook

# Children stand in another order in the file than in their groups, and one group has an indicator and a group.
NODES = [
    IndexNode("index", "=HYPERLINK(1)"), IndexNode("b0", "+Second", parent="second", direction=-1), IndexNode("a0", parent="first", weight=3),
    IndexNode("b1", "-1", parent="second"), IndexNode("a1", parent="first", direction=-1), IndexNode("first", parent="index", weight=2),
    IndexNode("second", parent="index"), IndexNode("c", parent="index", weight=0.5), IndexNode("z", parent="first", weight=0),
]  # fmt: skip
TREE = tree_of(NODES, "test")
CHOICES = {
    "default": {},
    "zscore": {"normalize": {"method": "zscore", "mean": 100, "sd": 10}},
    "geometric": {"normalize": {"range": [1, 100]}, "aggregate": {"groups": {"first": "geometric", "index": "geometric"}}},
    "part by rank": {"normalize": {"indicators": {"a0": "rank"}, "range": [1, 100]}, "aggregate": {"groups": {"second": "harmonic"}}, "treat": {"method": "none"}},
    "multiple": {"impute": {"method": "multiple", "draws": 2}},
    "by time": {"normalize": {"by": "time"}},
    "data weights": {"weight": {"method": "critic"}, "impute": {"method": "mean"}},
}  # fmt: skip


def made_up(n=12, waves=2, gaps=True):
    rng = np.random.default_rng(11)
    values = np.exp(rng.normal(size=(n * waves, 6)))
    if waves > 1 or n > 10:
        values[2] = values[1]  # tied units
    if gaps:
        values[0, 1] = values[4, 3] = np.nan
        values[6, 1:] = np.nan
        values[7, [0, 2]] = np.nan
    values[3, 5] = 500
    return IndexData(
        units=np.array(["=cmd()", "@b", *(f"u{i}" for i in range(2, n))] * waves),
        times=np.repeat([str(2000 + w) for w in range(waves)] if waves > 1 else [""], n),
        names=np.array([f"Unit {i}" for i in range(n)] * waves),
        groups=np.full(n * waves, ""),
        values=values,
        denominators=pd.DataFrame(index=range(n * waves)),
    )


def written(folder, choices, **more):
    result = run_index(made_up(**more), TREE, load_choices(choices), seed=1)
    path = folder / "index.xlsx"
    write_index_workbook(result, path)
    return result, path


@pytest.fixture(scope="module", params=list(CHOICES))
def book(request, tmp_path_factory):
    result, path = written(tmp_path_factory.mktemp("book"), CHOICES[request.param])
    return request.param, result, Workbook(path)


def column_of(book, sheet, code):
    head = {book.cells[at]: at[2] for at in book.cells if at[0] == sheet and at[1] == 1}
    return head[code]


def shown(book, sheet, code, n):
    found = [book.value(sheet, HEAD + 1 + i, column_of(book, sheet, code)) for i in range(n)]
    return np.array([np.nan if v in (None, "") else v for v in found], dtype=float)


def agrees(book, result):
    n = len(result.rows)
    for code in TREE.indicators:
        assert shown(book, "Normalized", code, n) == pytest.approx(
            result.normalized[:, TREE.indicators.index(code)],
            rel=1e-9, abs=1e-9, nan_ok=True,
        )  # fmt: skip
    for group in TREE.groups:
        assert shown(book, "Scores", group, n) == pytest.approx(
            result.scores[group].to_numpy(), rel=1e-9, abs=1e-9, nan_ok=True
        )
        assert shown(book, "Rank", group, n) == pytest.approx(result.ranks[group].to_numpy(), nan_ok=True)


def test_formulas_give_the_index_and_carry_its_values(book):
    _, result, sheets = book
    agrees(sheets, result)
    for at in sheets.formulas:
        value = sheets.value(*at)
        if value == "":
            assert sheets.saved.get(at, "") == ""
        else:
            assert sheets.saved[at] == pytest.approx(value, rel=1e-9, abs=1e-9), at


def test_what_is_live_is_a_formula_and_what_is_not_is_said(book):
    name, result, sheets = book
    notes = " ".join(str(v) for at, v in sheets.cells.items() if at[0] == "Notes")
    row = HEAD + 2

    def live(sheet, code):
        return (sheet, row, column_of(sheets, sheet, code)) in sheets.formulas

    if name in ("default", "zscore", "geometric", "data weights"):
        assert all(live("Normalized", c) for c in TREE.indicators)
        assert all(live("Scores", g) for g in TREE.groups)
    if name == "part by rank":
        assert [
            live("Normalized", "a0"),
            live("Normalized", "a1"),
            live("Scores", "second"),
            live("Scores", "index"),
        ] == [0, 1, 0, 1]
        assert "Normalized values by rank are values (1 indicators)" in notes
        assert "Scores of second by harmonic are values" in notes
    if name == "by time":
        assert not live("Normalized", "a0")
        assert live("Scores", "index")
        assert "by minmax by time are values" in notes
    if name == "multiple":
        assert not live("Scores", "index")
        assert "means over completed tables" in notes
    if name == "data weights":
        assert "Weights by critic are values" in notes
    assert live("Rank", "index")
    if result.choices.impute.method == "none":
        assert "are values, because some of them are withheld" in notes


def test_a_changed_weight_changes_scores_and_ranks_as_the_index_does(tmp_path):
    result, path = written(tmp_path, CHOICES["geometric"], gaps=False)
    sheets = Workbook(path)
    rows = {sheets.cells[at]: at[1] for at in sheets.cells if at[0] == "Weights" and at[2] == 2}
    sheets.put("Weights", rows["first"], 6, 0.1)
    sheets.put("Weights", rows["z"], 6, 1.5)
    sheets.put("Weights", rows["a0"], 6, 0)
    given = {"a0": 0, "a1": 0.25, "z": 1.5, "first": 0.1, "second": 1 / 3.5, "c": 0.5 / 3.5}
    changed = tree_of([replace(n, weight=given.get(n.code, n.weight)) for n in NODES], "test")
    again = run_index(made_up(gaps=False), changed, result.choices, seed=1)
    assert not np.allclose(again.scores["index"], result.scores["index"])
    agrees(sheets, again)
    inside = {c: sheets.value("Weights", rows[c], 8) for c in TREE.indicators}
    assert sum(inside.values()) == pytest.approx(1)


def test_a_changed_and_a_new_value_and_an_emptied_one_move_bounds_scores_and_ranks(tmp_path):
    choices = {"treat": {"method": "none"}, "normalize": {"range": [1, 50]}}
    data = made_up(n=14, waves=1)
    result = run_index(data, TREE, load_choices(choices), seed=1)
    path = tmp_path / "index.xlsx"
    write_index_workbook(result, path)
    sheets = Workbook(path)
    values = data.values.copy()  # noqa: PD011
    for row, code, value in (
        (0, "a0", 2.5),
        (5, "b0", 9.0),
        (8, "a1", np.nan),
        (9, "b0", np.nan),
        (9, "b1", np.nan),
    ):
        values[row, TREE.indicators.index(code)] = value
        sheets.put(
            "Data", HEAD + 1 + row, column_of(sheets, "Data", code), None if np.isnan(value) else value
        )
    again = run_index(replace(data, values=values), TREE, result.choices, seed=1)
    frozen = {6, 7, *np.flatnonzero(again.prepared.screened.held_groups.to_numpy().any(axis=1)).tolist()}
    free = [i for i in range(14) if i not in frozen]
    assert len(free) >= 10
    for group in TREE.groups:
        assert shown(sheets, "Scores", group, 14)[free] == pytest.approx(
            again.scores[group].to_numpy()[free], nan_ok=True
        )
    # A unit without anything known in a group has no score there, and its index rests on the others.
    assert sheets.value("Scores", HEAD + 1 + 9, column_of(sheets, "Scores", "second")) == ""
    assert isinstance(sheets.value("Scores", HEAD + 1 + 9, column_of(sheets, "Scores", "index")), float)


def test_withheld_scores_are_empty_and_take_no_rank(tmp_path):
    result, path = written(tmp_path, CHOICES["default"])
    sheets = Workbook(path)
    hidden = np.flatnonzero(~result.prepared.shown)
    assert hidden.tolist() == [6]
    for code in TREE.groups:
        assert sheets.value("Scores", HEAD + 7, column_of(sheets, "Scores", code)) is None
        assert sheets.value("Rank", HEAD + 7, column_of(sheets, "Rank", code)) == ""
    # Of the unit after it one group is withheld: its index is there, as a value.
    assert sheets.value("Scores", HEAD + 8, column_of(sheets, "Scores", "second")) is None
    at = ("Scores", HEAD + 8, column_of(sheets, "Scores", "index"))
    assert at not in sheets.formulas
    assert sheets.value(*at) == pytest.approx(result.scores["index"][7], rel=1e-11)


def test_two_units_have_no_ranks(tmp_path):
    tree = tree_of(
        [IndexNode("index"), IndexNode("a", parent="index"), IndexNode("b", parent="index")], "test"
    )
    data = IndexData(
        units=np.array(["u", "v"]), times=np.full(2, ""), names=np.array(["U", "V"]), groups=np.full(2, ""),
        values=np.array([[1.0, 5], [2, 3]]), denominators=pd.DataFrame(index=range(2)),
    )  # fmt: skip
    path = tmp_path / "index.xlsx"
    write_index_workbook(run_index(data, tree, load_choices({}), seed=1), path)
    sheets = Workbook(path)
    assert not [at for at in sheets.formulas if at[0] == "Rank"]
    assert any("No ranks are given" in str(v) for at, v in sheets.cells.items() if at[0] == "Notes")


def test_texts_that_look_like_formulas_stay_texts(tmp_path):
    _, path = written(tmp_path, {})
    book = openpyxl.load_workbook(path)
    for text in ("=cmd()", "@b", "=HYPERLINK(1)", "+Second", "-1"):
        found = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value == text]
        assert found, text
        assert {c.data_type for c in found} == {"s"}
        assert all(c.quotePrefix for c in found)
    with zipfile.ZipFile(path) as archive:
        formulas = [
            f
            for name in archive.namelist()
            if name.startswith("xl/worksheets/sheet")
            for f in re.findall(r"<f>(.*?)</f>", archive.read(name).decode())
        ]
    assert len(formulas) > 300
    assert not [f for f in formulas if "cmd" in f or "HYPERLINK" in f]


def test_treated_and_imputed_cells_are_marked(tmp_path):
    result, path = written(tmp_path, CHOICES["data weights"])
    data = openpyxl.load_workbook(path)["Data"]
    colors = {"treated": "FFF8CBAD", "imputed": "FFBDD7EE"}
    heads = {c.value: c.column for c in data[1]}
    assert len(result.treated)
    for _, cell in result.treated.iterrows():
        row = HEAD + 1 + next(
            i for i, key in enumerate(zip(result.units, result.times, strict=True)) if key == (cell["unit"], cell["time"])
        )  # fmt: skip
        assert data.cell(row, heads[cell["indicator"]]).fill.start_color.rgb == colors["treated"]
    marked = sum(
        cell.fill.start_color.rgb == colors["imputed"]
        for row in data.iter_rows(min_row=HEAD + 1)
        for cell in row
    )
    overlap = len(result.imputed.merge(result.treated, on=["unit", "time", "indicator"]))
    assert marked == len(result.imputed) - overlap


def test_equal_results_give_equal_bytes(tmp_path):
    digests = set()
    for name in ("one", "two"):
        _, path = written(tmp_path / name, CHOICES["default"])
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1
