import hashlib

import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Instrument, Item, Option, Question, Relation
from gumflow.contract.writing import write_table
from gumflow.intake.mentions import MENTION_COLUMNS, mentions_of, with_actors
from gumflow.intake.review import REVIEW_COLUMNS, empty_review, joined_reviews, read_decisions
from gumflow.intake.who_is_who import resolve_names

ACTORS = pd.DataFrame(
    [
        ("acme", "Acme", "甲厂", "firm", "local"),
        ("feijian", "Feijian", "浙江飞剑工贸有限公司", "firm", "local"),
        ("feiying", "Feiying", "飞鹰工贸", "firm", "local"),
        ("twin1", "Twin", "", "firm", "local"),
        ("twin2", "TWIN", "双子二厂", "firm", "local"),
    ],
    columns=["actor", "label_en", "label_zh", "kind", "place"],
    dtype="str",
)
ALIASES = pd.DataFrame({"name": ["老甲", "gone"], "actor": ["acme", "not_there"]}, dtype="str")


def alters(*names: str, kind: str = "firm", place: str = "local", column: str = "R01") -> pd.DataFrame:
    rows = [(n, False, kind, place, "a.csv", "", i, column) for i, n in enumerate(names, start=2)]
    return pd.DataFrame(rows, columns=list(MENTION_COLUMNS))


def respondents(*names: str) -> pd.DataFrame:
    return alters(*names, column="").assign(as_respondent=True)


def decided(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["name", "decision", "actor", "kind", "place"], dtype="str")
    return table.reindex(columns=list(REVIEW_COLUMNS), fill_value="").assign(row=range(2, len(rows) + 2))


def resolve(mentions, decisions=None, rule="pipeline"):
    decisions = empty_review().assign(row=0) if decisions is None else decisions
    who = resolve_names(mentions, ACTORS, ALIASES, decisions, rule)
    for f in who.findings:
        en, mend, zh, mend_zh = f.texts()
        assert "{" not in en + mend + zh + mend_zh
        assert zh != en
    return who


def named(name: str) -> str:
    """The id of a new actor; `name` is written as it is normalized."""
    return "named_" + hashlib.sha256(name.encode()).hexdigest()[:8]


def found(who) -> list[tuple]:
    return sorted((f.rule, f.severity, f.value) for f in who.findings)


def test_ids_labels_and_aliases_match_after_harmless_changes_only():
    who = resolve(alters("acme", "ＡＣＭＥ", "甲　厂", "老甲", "飞剑", "浙江飞剑工贸有限公司"))
    assert {n: a for n, a in who.resolved.items() if n != "飞剑"} == {
        "acme": "acme",
        "ＡＣＭＥ": "acme",
        "甲　厂": "acme",
        "老甲": "acme",
        "浙江飞剑工贸有限公司": "feijian",
    }
    assert who.resolved["飞剑"] == named("飞剑")
    assert who.review["name"].tolist() == ["飞剑"]


def test_a_near_name_is_never_merged_but_shown_with_its_nearest():
    who = resolve(alters("飞剑工贸"))
    assert who.resolved["飞剑工贸"] == named("飞剑工贸")
    row = who.review.iloc[0]
    assert (row["nearest"], row["nearest_actor"], row["score"]) == ("浙江飞剑工贸有限公司", "feijian", 1.0)
    assert found(who) == [("alter_near", "warning", "飞剑工贸")]


def test_a_name_that_fits_two_actors_is_an_error_that_names_both():
    who = resolve(alters("twin"))
    assert found(who) == [("name_ambiguous", "error", "twin")]
    assert "twin1, twin2" in who.findings[0].line()
    assert who.actors.empty
    who = resolve(alters("twin"), decided(("Twin", "same", "twin2", "", "")))
    assert who.findings == []
    assert who.resolved == {"twin": "twin2"}


def test_an_id_that_is_the_label_of_another_actor_is_ambiguous():
    actors = pd.concat([ACTORS, ACTORS.iloc[:1].assign(actor="twin", label_en="Other", label_zh="")])
    who = resolve_names(alters("TWIN1", "twin"), actors, ALIASES, empty_review())
    assert who.resolved["TWIN1"] == "twin1"
    assert [(f.rule, f.detail) for f in who.findings] == [("name_ambiguous", "twin, twin1, twin2")]


def test_an_unknown_respondent_is_an_error_whatever_the_rule():
    for rule in ("pipeline", "inside", "drop"):
        who = resolve(pd.concat([respondents("飞剑工贸"), alters("飞剑工贸")]), rule=rule)
        assert found(who) == [("respondent_unknown", "error", "飞剑工贸")]
        assert "feijian" in who.findings[0].line()
        assert who.resolved == {"飞剑工贸": ""}
        assert who.actors.empty


@pytest.mark.parametrize(("rule", "place"), [("pipeline", "other_cluster"), ("inside", "local")])
def test_undecided_alters_become_actors_by_the_rule(rule, place):
    who = resolve(alters("远方公司", "海外厂", "远方公司", kind="supplier"), rule=rule)
    assert who.actors.set_index("label_zh")[["kind", "place"]].to_dict("index") == {
        "远方公司": {"kind": "supplier", "place": place},
        "海外厂": {"kind": "supplier", "place": place},
    }
    assert who.actors["actor"].tolist() == sorted([named("远方公司"), named("海外厂")])
    assert [(f.rule, f.rows) for f in who.findings] == [("alters_undecided", (2, 3))]
    assert who.review.set_index("name")["times"].to_dict() == {"远方公司": 2, "海外厂": 1}


def test_dropped_alters_are_listed_and_those_asked_for_outside_are_never_dropped():
    mentions = pd.concat(
        [alters("远方公司"), alters("Big Buyer", kind="buyer", place="abroad", column="R10")]
    )
    who = resolve(mentions, rule="drop")
    assert who.resolved == {"远方公司": "", "Big Buyer": named("bigbuyer")}
    assert who.actors[["label_en", "kind", "place"]].to_numpy().tolist() == [["Big Buyer", "buyer", "abroad"]]
    assert {f.column: f.detail.split(", ")[0] for f in who.findings} == {"R01": "1", "R10": "1"}
    assert sorted(who.review["name"]) == ["Big Buyer", "远方公司"]


def test_an_alter_named_inside_and_outside_is_outside():
    mentions = pd.concat([alters("Far"), alters("FAR", kind="buyer", place="abroad", column="R10")])
    who = resolve(mentions, rule="inside")
    assert who.actors[["label_en", "kind", "place"]].to_numpy().tolist() == [["Far", "buyer", "abroad"]]
    assert set(who.resolved.values()) == {named("far")}


@pytest.mark.parametrize("word", ["无", "没有", "N/A", "不知道", "-", "。", "12", "None"])
def test_what_is_no_name_makes_no_actor(word):
    who = resolve(alters(word, word))
    assert who.resolved == {word: ""}
    assert found(who) == [("name_none", "warning", word)]
    assert who.findings[0].rows == (2, 3)
    assert who.actors.empty


@pytest.mark.parametrize("cell", ["甲公司、乙公司", "Red; Blue", "红┋蓝", "红\n蓝"])
def test_several_names_in_a_cell_make_no_actor(cell):
    who = resolve(alters(cell))
    assert [(f.rule, f.severity) for f in who.findings] == [("name_several", "warning")]
    assert who.resolved == {cell: ""}


def test_decisions_same_new_and_drop_are_followed():
    decisions = decided(
        ("飞剑工贸", "same", "feijian", "", ""),
        ("远方", "NEW", "", "supplier", "abroad"),
        ("试填", "drop", "", "", ""),
        ("无", "new", "", "firm", "local"),
        ("Respondent X", "same", "acme", "", ""),
    )
    mentions = pd.concat([respondents("Respondent X"), alters("飞剑工贸", "远方", "试填", "无")])
    who = resolve(mentions, decisions)
    assert who.findings == []
    assert who.resolved == {
        "Respondent X": "acme",
        "飞剑工贸": "feijian",
        "远方": named("远方"),
        "试填": "",
        "无": named("无"),
    }
    assert sorted(map(tuple, who.aliases.to_numpy())) == [("Respondent X", "acme"), ("飞剑工贸", "feijian")]
    assert who.actors.set_index("label_en").loc["远方", ["kind", "place"]].tolist() == ["supplier", "abroad"]


def test_a_decision_does_not_overrule_an_exact_match():
    who = resolve(alters("Acme"), decided(("Acme", "same", "feijian", "", "")))
    assert who.resolved == {"Acme": "acme"}


def test_two_open_names_can_be_decided_to_be_one():
    mentions = alters("Wal-Mart Inc.", "Walmart", "Walmart", kind="buyer", place="other_cluster")
    who = resolve(mentions)
    # The pair is one cause: only the more frequent name has a finding, which names the other.
    assert found(who) == [("alter_near", "warning", "Walmart")]
    assert who.review.set_index("name")["nearest_actor"].to_dict() == {
        "Walmart": named("walmartinc"),
        "Wal-Mart Inc.": named("walmart"),
    }
    who = resolve(mentions, decided(("Wal-Mart Inc.", "same", named("walmart"), "", "")))
    assert set(who.resolved.values()) == {named("walmart")}
    assert who.actors["actor"].tolist() == [named("walmart")]


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [
        (("远方", "maybe", "", "", ""), "enum", "decision"),
        (("远方", "same", "", "", ""), "decision_actor", "actor"),
        (("远方", "same", "nobody", "", ""), "decision_actor", "actor"),
        (("远方", "same", named("远方"), "", ""), "decision_actor", "actor"),
        (("远方", "new", "", "company", "local"), "enum", "kind"),
        (("远方", "new", "", "firm", ""), "enum", "place"),
    ],
)
def test_a_wrong_decision_is_an_error_at_its_row(row, rule, column):
    who = resolve(alters("远方"), decided(("else", "drop", "", "", ""), row))
    errors = [f for f in who.findings if f.severity == "error"]
    assert [(f.file, f.rule, f.column, f.rows) for f in errors] == [("who_is_who.csv", rule, column, (3,))]


def test_two_different_decisions_on_one_name_are_an_error_and_the_same_twice_is_none():
    rows = (("远方", "drop", "", "", ""), ("远 方", "new", "", "firm", "local"))
    who = resolve(alters("远方"), decided(*rows))
    assert [(f.rule, f.rows, f.detail) for f in who.findings] == [("decision_twice", (3,), "2")]
    who = resolve(alters("远方"), decided(rows[0], rows[0], ("远方", "", "", "", "")))
    assert who.findings == []


def test_decisions_survive_rewriting_and_reading(tmp_path):
    mentions = alters("飞剑工贸", "远方", "新来的")
    decisions = decided(
        ("飞剑工贸", "same", "feijian", "", ""),
        ("不再提", "new", "", "firm", "abroad"),
        ("远方", "", "", "", ""),
    )
    first = resolve(mentions, decisions).review
    path = tmp_path / "who_is_who.csv"
    write_table(first, path)
    again, findings = read_decisions(path, "who_is_who.csv")
    assert findings == []
    second = resolve(mentions, again).review
    pd.testing.assert_frame_equal(first, second)
    assert second["name"].tolist()[-2:] == ["飞剑工贸", "不再提"]
    assert second.set_index("name").loc["不再提", ["times", "decision", "kind"]].tolist() == [
        0,
        "new",
        "firm",
    ]
    assert again["row"].tolist() == [2, 3, 4, 5]


def test_no_file_has_no_decisions_and_a_damaged_one_is_a_finding(tmp_path):
    table, findings = read_decisions(tmp_path / "who_is_who.csv", "who_is_who.csv")
    assert (len(table), findings) == (0, [])
    (tmp_path / "who_is_who.csv").write_text("name,decision\nx,drop\n", encoding="utf-8")
    table, findings = read_decisions(tmp_path / "who_is_who.csv", "who_is_who.csv")
    assert {(f.rule, f.column) for f in findings} == {
        ("column_missing", c) for c in ("actor", "kind", "place")
    }


def test_the_order_of_mentions_does_not_matter():
    mentions = pd.concat([alters("远方", "飞剑工贸", "无", "ZZ"), respondents("谁")], ignore_index=True)
    one, other = resolve(mentions), resolve(mentions.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.review, other.review)
    pd.testing.assert_frame_equal(one.actors, other.actors)
    assert list(one.findings) == list(other.findings)


def test_an_unknown_rule_is_refused():
    with pytest.raises(GumflowError, match="pipeline, inside, drop"):
        resolve(alters("x"), rule="outside")


def test_reviews_of_waves_are_joined_by_name():
    decisions = decided(("远方", "drop", "", "", ""))
    first = resolve(alters("远 方", "ZZ"), decisions).review
    second = resolve(alters("ZZ", "YY"), decisions).review
    joined = joined_reviews([first, second])
    assert joined.set_index("name")["times"].to_dict() == {"ZZ": 2, "YY": 1, "远 方": 1}
    assert joined["decision"].tolist() == ["", "", "drop"]
    assert joined_reviews([]).columns.tolist() == list(REVIEW_COLUMNS)


def relation(item: str, options: tuple[Option, ...] = (), **fields) -> Item:
    fields = {"layer": "", "flow": "mutual", "alters": "names", "named_in": (), "kinds": ("firm",), "place": "inside", "most": 0, "fills": ""} | fields  # fmt: skip
    return Item(item, item, "relation", item, item, "driver", options, relation=Relation(**fields))


KINDS = (Option("buyer", "b", "b"), Option("finance", "f", "f"))
PLACES = (Option("other_cluster", "o", "o"), Option("abroad", "a", "a"))
ITEMS = (
    relation("R01", layer="knowledge"),
    relation("R09", layer="pipeline", kinds=("supplier", "buyer"), place="outside"),
    relation("R09.kind", KINDS, alters="named", named_in=("R09",), kinds=("supplier",), place="outside"),
    relation("R09.place", PLACES, alters="named", named_in=("R09",), kinds=("supplier",), place="outside"),
)
MODULE = Instrument("m", {}, {}, ("firm",), {}, (Question("R", "", 0, "", "", ITEMS),), {i.id: i for i in ITEMS}, ())  # fmt: skip


def answers(*rows: tuple) -> pd.DataFrame:
    columns = ["respondent", "question", "alter", "option", "value", "row"]
    table = pd.DataFrame(rows, columns=columns).assign(file="a.csv", sheet="", text="", missing_reason="")
    table = table.assign(column=table["question"])
    return table.astype(dict.fromkeys(("respondent", "question", "alter", "option"), "category"))


def test_mentions_take_kind_and_place_from_the_item_or_from_what_was_said():
    table = answers(
        ("acme", "R01", "Bolt", "", 2.0, 2),
        ("acme", "R09", "Bank", "", 3.0, 2),
        ("acme", "R09.kind", "Bank", "finance", 1.0, 2),
        ("acme", "R09.place", "Bank", "abroad", 1.0, 2),
        ("acme", "R09", "Mill", "", 3.0, 2),
        ("acme", "NB01", "", "x", 1.0, 2),
    )
    mentions = mentions_of(table, [MODULE])
    assert mentions.columns.tolist() == list(MENTION_COLUMNS)
    own = mentions[mentions["as_respondent"]]
    assert own[["name", "row", "column"]].to_numpy().tolist() == [["acme", 2, ""]]
    kinds = mentions[~mentions["as_respondent"]].drop_duplicates(["name", "column"])
    asked = {(r["name"], r["column"]): (r["kind"], r["place"]) for r in kinds.to_dict("records")}
    assert asked[("Bolt", "R01")] == ("firm", "local")
    assert asked[("Bank", "R09")] == ("finance", "abroad")
    assert asked[("Mill", "R09")] == ("supplier", "other_cluster")


def test_answers_get_ids_and_who_names_only_dropped_alters_still_answered():
    table = answers(
        ("Acme", "R01", "Bolt", "", 2.0, 2),
        ("Acme", "R01", "X", "", 3.0, 2),
        ("Acme", "R09", "X", "", 3.0, 2),
        ("Acme", "R09", "Y", "", 1.0, 2),
        ("Nobody", "R01", "Bolt", "", 1.0, 3),
        ("Acme", "NB01", "", "a", 1.0, 2),
    )
    resolved = {"Acme": "acme", "Bolt": "bolt", "X": "", "Y": "", "Nobody": ""}
    out = with_actors(table, resolved)
    assert out[["respondent", "question", "alter", "option", "value"]].to_numpy().tolist() == [
        ["acme", "R01", "bolt", "", 2.0],
        ["acme", "R09", "", "", 0.0],
        ["acme", "NB01", "", "a", 1.0],
    ]
    with pytest.raises(GumflowError, match="Bolt"):
        with_actors(table, {"Acme": "acme"})
