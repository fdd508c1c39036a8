"""Ties from coded statements, on hand-made cases: what counts, once, and in which direction."""

import pandas as pd
import pytest

from gumflow.contract.checks import typed
from gumflow.contract.reading import RawTable
from gumflow.contract.tables import table_contract
from gumflow.intake.statement_ties import MUTUAL, stated_ties

HEAD = ["study", "cluster", "wave"]


def table(name: str, rows: list[dict[str, str]]) -> pd.DataFrame:
    """Return a tidy table of one cluster and wave, with the columns and types of its contract."""
    contract = table_contract(name)
    columns = [f.name for f in contract.fields]
    cells = tuple(tuple(row.get(c, "") for c in columns) for row in rows)
    out = typed(RawTable("", "", tuple(columns), cells, tuple(range(2, len(cells) + 2))), contract)
    text = [c for c in out.columns if out[c].dtype == "str"]
    out[text] = out[text].fillna("")
    for at, (column, value) in enumerate({"study": "s", "cluster": "c", "wave": "1"}.items()):
        out.insert(at, column, pd.Series([value] * len(out), dtype="str"))
    if name == "ties":
        out["directed"] = out["directed"] == 1
    for at, row in enumerate(rows):
        for column in HEAD:
            if column in row:
                out.loc[at, column] = row[column]
    return out


def statement(number: int, coder: str = "agreed", sentence: str = "1", **more: str) -> dict[str, str]:
    usual = {
        "statement": f"s{number}", "document": "iv1", "paragraphs": "4", "sentence": sentence, "coder": coder, "ego": "a", "alter": "b",
        "layer": "knowledge", "construct": "learning_network", "state": "achieved", "polarity": "1", "strength": "2",
    }  # fmt: skip
    return usual | more


def ties(*statements: dict[str, str], listed: list[dict[str, str]] | None = None) -> pd.DataFrame:
    return stated_ties(table("statements", list(statements)), table("ties", listed or []))


def pairs(result: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(zip(result["source"], result["target"], result["layer"], strict=True))


def test_a_settled_statement_is_one_tie_with_its_place():
    (tie,) = ties(statement(1, strength="3", remark="B asks A")).to_dict("records")
    assert (tie["source"], tie["target"], tie["layer"], tie["state"]) == ("a", "b", "knowledge", "achieved")
    assert (tie["strength"], tie["directed"], tie["reporter"], tie["question"]) == (3, True, "", "iv1")
    assert (tie["paragraphs"], tie["remark"], tie["cluster"]) == ("4", "", "c")


def test_single_coders_do_not_count_where_the_document_is_settled():
    found = ties(
        statement(1, "agreed", "1"),
        statement(2, "anna", "2", alter="c"),
        statement(3, "bo", "2", alter="c"),
    )
    assert pairs(found) == [("a", "b", "knowledge")]


def test_without_a_settled_coding_a_tie_needs_every_coder_of_its_sentence():
    both = [statement(1, "anna", "1"), statement(2, "bo", "1")]
    one = [
        statement(3, "anna", "2", alter="c"),
        statement(4, "bo", "2", ego="", alter="", layer="", construct="none"),
    ]
    alone = [statement(5, "anna", "3", alter="d")]
    assert pairs(ties(*both, *one, *alone)) == [("a", "b", "knowledge"), ("a", "d", "knowledge")]


def test_coders_who_differ_in_layer_direction_or_state_do_not_agree():
    for other in ({"layer": "trust"}, {"ego": "b", "alter": "a"}, {"state": "lacking"}):
        assert ties(statement(1, "anna"), statement(2, "bo", **other)).empty


def test_several_statements_on_a_tie_are_one_with_the_greatest_strength_and_the_first_place():
    found = ties(
        statement(1, sentence="7", strength="1"),
        statement(2, sentence="2", strength="2"),
        statement(3, sentence="9", strength="3", paragraphs="5"),
    )
    (tie,) = found.to_dict("records")
    assert (tie["strength"], tie["paragraphs"]) == (3, "4")


@pytest.mark.parametrize("layer", sorted(MUTUAL))
def test_a_mutual_layer_has_one_undirected_tie_whoever_is_named_first(layer: str):
    found = ties(
        statement(1, sentence="1", layer=layer, ego="b", alter="a", strength="1"),
        statement(2, sentence="2", layer=layer, ego="a", alter="b", strength="3"),
    )
    assert pairs(found) == [("a", "b", layer)]
    assert list(found["directed"]) == [False]
    assert list(found["strength"]) == [3]


def test_a_directed_layer_keeps_both_directions_and_states_stay_apart():
    found = ties(
        statement(1),
        statement(2, sentence="2", ego="b", alter="a"),
        statement(3, sentence="3", state="recommended"),
    )
    assert sorted(zip(found["source"], found["target"], found["state"], strict=True)) == [
        ("a", "b", "achieved"), ("a", "b", "recommended"), ("b", "a", "achieved"),
    ]  # fmt: skip


def test_a_tie_that_is_listed_is_not_added_again_but_in_another_cell_or_state_it_is():
    listed = {
        "source": "a", "target": "b", "layer": "knowledge", "directed": "1", "state": "achieved", "strength": "1",
    }  # fmt: skip
    assert ties(statement(1), listed=[listed]).empty
    assert len(ties(statement(1), listed=[{**listed, "source": "b", "target": "a"}])) == 1
    assert len(ties(statement(1), listed=[{**listed, "state": "lacking"}])) == 1
    assert len(ties(statement(1), listed=[{**listed, "wave": "2"}])) == 1
    mutual = {**listed, "layer": "trust", "source": "b", "target": "a"}
    assert ties(statement(1, layer="trust"), listed=[mutual]).empty


@pytest.mark.parametrize("missing", [{"ego": ""}, {"alter": ""}, {"layer": ""}, {"alter": "a"}])
def test_a_statement_without_two_ends_or_a_layer_is_no_tie(missing: dict[str, str]):
    assert ties(statement(1, **missing)).empty


def test_no_statements_give_an_empty_table_of_ties():
    found = ties()
    assert found.empty
    assert list(found.columns) == list(table("ties", []).columns)
