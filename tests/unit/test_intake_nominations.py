import math

import numpy as np
import pandas as pd
import pytest

from gumflow.contract.checks import typed
from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Instrument, Item, Option, Question, Relation, load_instrument
from gumflow.contract.reading import RawTable
from gumflow.contract.tables import table_contract
from gumflow.intake.nominations import nominated_ties, response_roster
from gumflow.measures.egos import measure_egos
from gumflow.networks.building import build_network
from gumflow.networks.observation import coverage
from gumflow.networks.reports import combine_reports
from gumflow.networks.roster import with_responses

BONDS = (
    Option("kin", "kin", "亲戚"),
    Option("friend", "friend", "朋友"),
    Option("nobody", "nobody", "无", excludes=True),
)
HELP = (Option("never", "never", "从不", score=0), Option("little", "little", "少", score=1), Option("much", "much", "多", score=3))  # fmt: skip


def relation(item: str, options: tuple[Option, ...] = (), **fields) -> Item:
    fields = {"layer": "", "flow": "mutual", "alters": "roster", "named_in": (), "kinds": ("firm",), "place": "inside", "most": 0, "fills": ""} | fields  # fmt: skip
    return Item(item, item, "relation", item, item, "driver", options, relation=Relation(**fields))


def module(*items: Item) -> Instrument:
    return Instrument(
        "m", {}, {}, ("firm",), {}, (Question("R", "", 0, "", "", items),), {i.id: i for i in items}, ()
    )


ADVICE = relation("advice", layer="knowledge", flow="to_respondent", fills="strength")
HELPED = relation("helped", layer="knowledge", flow="from_respondent", fills="strength")
BOND = relation("bond", BONDS, layer="social")
RELY = relation(
    "rely", layer="trust", flow="from_respondent", alters="named", named_in=("advice", "bond"), fills="trust"
)
YEARS = relation("years", alters="named", named_in=("advice", "bond"), fills="years")
CONTRACT = relation("contract", alters="named", named_in=("advice",), fills="formal")
RIVAL = relation("rival", layer="rivalry", flow="from_respondent", alters="names", most=2)
WATCHED = relation("watched", flow="to_respondent", alters="names")
MODULE = module(ADVICE, HELPED, BOND, RELY, YEARS, CONTRACT, RIVAL, WATCHED)
ACTORS = pd.DataFrame(
    {
        "actor": ["a", "b", "c", "d", "guild"],
        "kind": ["firm", "firm", "firm", "firm", "association"],
        "place": ["local", "local", "local", "abroad", "local"],
    }
)


def answers(*rows: tuple) -> pd.DataFrame:
    """Rows: respondent, question, alter, value, then if needed option and missing_reason; row numbers count from 2."""
    full = [(*row, *("", "")[len(row) - 4 :]) for row in rows]
    table = pd.DataFrame(
        full, columns=["respondent", "question", "alter", "value", "option", "missing_reason"]
    )
    table = table.astype({"value": "float64"}).assign(file="a.csv", sheet="", row=range(2, len(full) + 2))
    table["column"] = table["question"]
    return table.astype(
        dict.fromkeys(("respondent", "question", "alter", "option", "missing_reason"), "category")
    )


def made(*rows: tuple, instrument: Instrument = MODULE, year: int | None = None):
    ties, _, findings = nominated_ties(answers(*rows), [instrument], ACTORS, "text", year)
    for f in findings:
        assert "{" not in "".join(f.texts())
    return ties, findings


def shown(ties: pd.DataFrame, *columns: str) -> list[tuple]:
    columns = columns or ("source", "target", "layer", "directed", "strength", "reporter", "question")
    rows = ties[list(columns)].astype(object).where(ties[list(columns)].notna(), None)
    return [tuple(row) for row in rows.to_numpy()]


def told(findings) -> list[tuple]:
    return [(f.rule, f.severity, f.column, f.rows) for f in findings]


def test_direction_follows_what_flows():
    ties, findings = made(("a", "advice", "b", 3), ("a", "helped", "c", 2), ("a", "bond", "b", 1, "kin"))
    assert findings == []
    assert shown(ties) == [
        ("a", "b", "social", 0.0, 1.0, "a", "bond"),
        ("a", "c", "knowledge", 1.0, 2.0, "a", "helped"),
        ("b", "a", "knowledge", 1.0, 3.0, "a", "advice"),
    ]
    assert set(ties["state"]) == {"achieved"}


def test_the_tables_have_the_layout_of_the_contract():
    ties, roster, _ = nominated_ties(answers(("a", "advice", "b", 3)), [MODULE], ACTORS, "census")
    nothing, nobody, _ = nominated_ties(answers(), [MODULE], ACTORS, "census")
    for name, tables in (("ties", (ties, nothing)), ("roster", (roster, nobody))):
        contract = table_contract(name)
        empty = typed(RawTable("", "", tuple(f.name for f in contract.fields), (), ()), contract)
        for table in tables:
            assert table.dtypes.to_dict() == empty.dtypes.to_dict()
            assert table.columns.tolist() == empty.columns.tolist()
    assert (len(ties), len(nothing), len(nobody)) == (1, 0, 0)


def test_zero_and_none_are_asked_and_no_tie_but_an_unsaid_strength_is_a_tie():
    ties, findings = made(
        ("a", "advice", "b", 0),
        ("a", "advice", "c", np.nan),
        ("b", "bond", "c", 1, "nobody"),
        ("b", "advice", "", 0),
        ("c", "bond", "", 1, "nobody"),
        ("c", "advice", "a", np.nan, "", "not_answered"),
        ("c", "advice", "b", 2, "", "unusable"),
    )
    assert findings == []
    assert shown(ties) == [("c", "a", "knowledge", 1.0, None, "a", "advice")]


def test_strength_of_types_is_their_number_and_of_scores_the_highest():
    scored = module(
        relation("bond", BONDS, layer="social"),
        relation("help", HELP, layer="knowledge", flow="to_respondent"),
    )
    ties, findings = made(
        ("a", "bond", "b", 1, "kin"),
        ("a", "bond", "b", 1, "friend"),
        ("a", "bond", "c", 1, "kin"),
        ("a", "bond", "d", 0, "kin"),
        ("a", "help", "b", 1, "much"),
        ("a", "help", "b", 1, "little"),
        ("a", "help", "c", 1, "never"),
        instrument=scored,
    )
    assert findings == []
    assert shown(ties, "source", "target", "strength") == [("a", "b", 2.0), ("a", "c", 1.0), ("b", "a", 3.0)]


def test_an_alter_named_twice_counts_once_with_the_larger_answer():
    ties, findings = made(
        ("a", "advice", "b", 1),
        ("a", "advice", "b", 3),
        ("a", "advice", "b", 2),
        ("a", "bond", "c", 1, "kin"),
        ("a", "bond", "c", 1, "kin"),
    )
    assert shown(ties, "source", "target", "strength") == [("a", "c", 1.0), ("b", "a", 3.0)]
    assert told(findings) == [
        ("alter_twice", "warning", "advice", (3, 4)),
        ("alter_twice", "warning", "bond", (6,)),
    ]


def test_who_names_itself_or_nobody_is_reported_and_left_out():
    ties, findings = made(("a", "advice", "a", 3), ("b", "advice", "", 2), ("b", "advice", "a", 1))
    assert shown(ties, "source", "target") == [("a", "b")]
    assert told(findings) == [
        ("alter_missing", "warning", "advice", (3,)),
        ("self_nomination", "warning", "advice", (2,)),
    ]


def test_more_alters_than_asked_are_kept_and_reported():
    rows = [("a", "rival", x, np.nan) for x in ("b", "c", "d")] + [
        ("b", "rival", x, np.nan) for x in ("a", "c")
    ]
    ties, findings = made(*rows)
    assert len(ties) == 5
    assert told(findings) == [("alters_beyond", "warning", "rival", (2, 3, 4))]
    assert "2" in findings[0].texts()[0]


@pytest.mark.parametrize("value", [-1, math.inf])
def test_a_strength_that_no_tie_can_have_is_an_error(value):
    ties, findings = made(("a", "advice", "b", value), ("a", "advice", "c", 1))
    assert told(findings) == [("tie_value", "error", "advice", (2,))]
    assert shown(ties, "source") == [("c",)]


def test_details_fill_the_ties_of_the_items_in_which_the_alter_was_named():
    ties, findings = made(
        ("a", "advice", "b", 2),
        ("a", "helped", "b", 1),
        ("a", "bond", "b", 1, "kin"),
        ("b", "advice", "a", 1),
        ("a", "rely", "b", 4),
        ("a", "years", "b", 2.5),
        ("a", "contract", "b", 0),
        year=2009,
    )
    assert findings == []
    filled = shown(ties, "reporter", "question", "trust", "year_from", "formal", "strength")
    assert sorted(filled, key=lambda row: row[:2]) == [
        ("a", "advice", 4.0, 2006.0, 0.0, 2.0),
        ("a", "bond", 4.0, 2006.0, None, 1.0),
        ("a", "helped", None, None, None, 1.0),
        ("a", "rely", 4.0, None, None, 4.0),
        ("b", "advice", None, None, None, 1.0),
    ]


def test_trust_of_zero_is_no_tie_of_trust_and_a_value_on_the_others():
    ties, findings = made(("a", "advice", "b", 2), ("a", "rely", "b", 0))
    assert findings == []
    assert shown(ties, "question", "trust") == [("advice", 0.0)]


def test_without_a_year_of_the_wave_there_is_no_first_year():
    ties, findings = made(("a", "advice", "b", 2), ("a", "years", "b", 3))
    assert findings == []
    assert ties["year_from"].isna().all()


@pytest.mark.parametrize(("item", "value"), [("years", 2003), ("years", -2), ("contract", 2), ("rely", 7)])
def test_a_detail_that_a_tie_cannot_have_is_an_error_and_left_empty(item, value):
    ties, findings = made(("a", "advice", "b", 2), ("a", item, "b", value), year=2009)
    assert told(findings) == [("tie_value", "error", item, (3,))]
    assert ties.loc[ties["question"] == "advice", ["year_from", "formal", "trust"]].isna().all(axis=None)


def test_a_detail_about_someone_not_named_is_reported():
    ties, findings = made(("a", "advice", "b", 2), ("a", "helped", "c", 1), ("a", "years", "c", 5), year=2009)
    assert told(findings) == [("alter_not_named", "warning", "years", (4,))]
    assert ties["year_from"].isna().all()


def test_the_first_of_two_items_that_fill_one_cell_counts():
    two = module(
        ADVICE,
        relation("first", alters="named", fills="trust"),
        relation("second", alters="named", fills="trust"),
    )
    ties, _ = made(
        ("a", "advice", "b", 1), ("a", "advice", "c", 1), ("a", "second", "b", 1), ("a", "first", "b", 5), ("a", "second", "c", 2),
        instrument=two,
    )  # fmt: skip
    assert shown(ties, "source", "trust") == [("b", 5.0), ("c", 2.0)]


def test_strength_can_come_from_another_item():
    shares = module(
        relation("buyers", layer="pipeline", flow="from_respondent", alters="names"),
        relation("share", alters="named", named_in=("buyers",), fills="strength"),
    )
    ties, _ = made(("a", "buyers", "d", np.nan), ("a", "share", "d", 40), instrument=shares)
    assert shown(ties, "source", "target", "strength") == [("a", "d", 40.0)]


def test_options_that_fill_a_column_need_scores():
    with pytest.raises(GumflowError, match="contract fills formal"):
        made(("a", "advice", "b", 1), instrument=module(ADVICE, relation("contract", BONDS, fills="formal")))


def test_both_ends_of_a_tie_stay_two_rows_that_the_tie_rules_combine():
    ties, roster, _ = nominated_ties(
        answers(("a", "advice", "b", 3), ("b", "helped", "a", 1), ("c", "advice", "", 0)),
        [MODULE],
        ACTORS,
        "census",
    )
    assert shown(ties, "source", "target", "reporter", "strength") == [
        ("b", "a", "a", 3.0),
        ("b", "a", "b", 1.0),
    ]
    responded = roster.loc[roster["answered"] == 1, "respondent"]
    combined, table = combine_reports(ties.assign(directed=ties["directed"] == 1), {}, set(responded))
    assert combined[["source", "target", "strength"]].to_numpy().tolist() == [["b", "a", 3.0]]
    assert table[["both_yes", "only_sender", "only_receiver"]].to_numpy().tolist() == [[1, 0, 0]]


def roster_of(boundary: str, *rows: tuple, actors=ACTORS, instrument=MODULE):
    return response_roster(answers(*rows), [instrument], actors, boundary)


def test_a_census_asks_every_local_firm_and_silence_is_no_answer():
    roster, findings = roster_of(
        "census",
        ("a", "advice", "b", 3),
        ("a", "helped", "b", 1),
        ("a", "bond", "b", 1, "kin"),
        ("b", "advice", "", np.nan, "", "not_answered"),
        ("b", "helped", "", np.nan, "", "unusable"),
        ("guild", "advice", "", np.nan, "", "not_asked"),
    )
    assert shown(roster, "respondent", "alter", "asked", "answered") == [
        ("a", "", 1.0, 1.0),
        ("b", "", 1.0, 0.0),
        ("c", "", 1.0, 0.0),
    ]
    assert findings == []


def test_to_say_that_there_is_nobody_is_an_answer():
    roster, _ = roster_of("roster", ("a", "advice", "", 0), ("b", "rival", "a", np.nan))
    assert roster.set_index("respondent")["answered"].to_dict() == {"a": 1.0, "b": 0.0, "c": 0.0}


def test_without_items_on_a_roster_any_item_with_a_layer_counts():
    roster, _ = roster_of(
        "roster",
        ("a", "rival", "b", np.nan),
        ("b", "watched", "a", np.nan),
        instrument=module(RIVAL, WATCHED),
    )
    assert roster.set_index("respondent")["answered"].to_dict() == {"a": 1.0, "b": 0.0, "c": 0.0}


def test_no_relations_in_the_export_make_no_roster_and_neither_does_a_text():
    rows = [("a", "advice", "", np.nan, "", "not_in_export"), ("b", "NB01", "", 1, "x")]
    assert roster_of("census", *rows)[0].empty
    assert roster_of("text", ("a", "advice", "b", 1))[0].empty
    with pytest.raises(GumflowError, match="boundary"):
        roster_of("everyone", ("a", "advice", "b", 1))


def test_a_blank_item_of_one_who_answered_others_is_a_finding_for_each_item():
    rows = [(who, "advice", "b" if who != "b" else "a", 1) for who in "abc"]
    rows += [
        ("a", "helped", "b", 1),
        ("b", "helped", "", np.nan, "", "not_answered"),
        ("c", "helped", "", np.nan, "", "not_answered"),
    ]
    _, findings = roster_of("census", *rows)
    assert told(findings) == [("item_left_open", "warning", "helped", (6, 7))]
    assert findings[0].detail == "2 / 3"


def test_a_sample_has_only_the_drawn_firms_and_is_an_ego_network_design():
    actors = ACTORS.assign(weight=["10", "10", "", "", ""], inside=ACTORS["place"] == "local")
    table = answers(("a", "advice", "b", 3), ("a", "advice", "c", 2), ("a", "bond", "c", 1, "kin"))
    ties, roster, _ = nominated_ties(table, [MODULE], actors, "sample")
    assert shown(roster, "respondent", "answered") == [("a", 1.0), ("b", 0.0)]
    members = with_responses(actors, roster)
    egos = measure_egos(members, ties.assign(directed=ties["directed"] == 1), ("knowledge", "social"), "kind")
    assert egos[["actor", "partners"]].to_numpy().tolist() == [["a", 2.0]]
    without = nominated_ties(table, [MODULE], ACTORS, "sample")[1]
    assert shown(without, "respondent", "answered") == [("a", 1.0)]


def test_pairs_that_nobody_could_report_are_unobserved_in_the_network():
    actors = ACTORS[ACTORS["actor"] != "guild"].assign(inside=lambda t: t["place"] == "local")
    ties, roster, _ = nominated_ties(answers(("a", "advice", "b", 3)), [MODULE], actors, "roster")
    combined, _ = combine_reports(ties.assign(directed=ties["directed"] == 1), {}, {"a"})
    network = build_network(actors, combined, "knowledge", "roster", roster=roster)
    # Advice is told by who receives it: of the six pairs of a, b, c only those into a were.
    assert coverage(network) == pytest.approx(2 / 6)


def slow_ties(table: pd.DataFrame, items: dict[str, Item], year: int) -> set[tuple]:
    """The ties by plain loops over dictionaries."""
    given: dict[tuple, list] = {}
    for row in table.to_dict("records"):
        if row["missing_reason"] == "" and row["alter"] not in ("", row["respondent"]):
            given.setdefault((row["respondent"], row["question"], row["alter"]), []).append(row)
    values = {}
    for key, rows in given.items():
        if items[key[1]].options:
            values[key] = float(len({r["option"] for r in rows if r["value"] == 1}))
        else:
            said = [r["value"] for r in rows if r["value"] == r["value"]]
            values[key] = max(said) if said else None
    out = set()
    for (who, question, alter), value in values.items():
        about = items[question].relation
        if not about.layer or value == 0:
            continue
        ends = (alter, who) if about.flow == "to_respondent" else (who, alter)
        detail = {}
        for item, column in (("rely", "trust"), ("years", "years"), ("contract", "formal")):
            if question == item or question in items[item].relation.named_in:
                detail[column] = values.get((who, item, alter))
        first = detail.get("years")
        out.add((*ends, about.layer, value, detail.get("trust"), None if first is None else float(math.floor(year - first)), detail.get("formal"), who, question))  # fmt: skip
    return out


def test_many_answers_give_the_ties_of_a_direct_computation():
    rng = np.random.default_rng(5)
    items = MODULE.items
    top = {"advice": 4, "helped": 4, "rely": 6, "years": 20, "contract": 2}
    rows = []
    for _ in range(4000):
        question = str(rng.choice(list(items)))
        who, alter = (f"f{i}" for i in rng.integers(0, 25, 2))
        option = str(rng.choice(["kin", "friend"])) if items[question].options else ""
        value = float(rng.integers(0, top[question])) if question in top else 1.0
        missing = "unusable" if rng.random() < 0.05 else ""
        rows.append(
            (who, question, alter, value if rng.random() > 0.1 or option else np.nan, option, missing)
        )
    table = answers(*rows)
    ties, _, _ = nominated_ties(table, [MODULE], ACTORS, "text", 2009)
    got = shown(
        ties, "source", "target", "layer", "strength", "trust", "year_from", "formal", "reporter", "question"
    )
    assert len(got) == len(set(got))
    assert set(got) == slow_ties(table, dict(items), 2009)
    again = nominated_ties(table.sample(frac=1, random_state=3), [MODULE], ACTORS, "text", 2009)[0]
    pd.testing.assert_frame_equal(ties, again)


def test_the_shipped_module_gives_two_mode_ties_as_its_layers_say(model):
    instrument = load_instrument("relational_module", model)
    table = answers(
        ("a", "R11.member", "guild", 1), ("a", "R11.services", "guild", 3), ("a", "R12.contact", "bureau", 2),
        ("a", "R03.buy", "b", 30), ("a", "R03.sell", "c", 20), ("a", "R10.share", "d", 60), ("a", "R10.years", "d", 4),
        ("a", "R14", "b", 1),
    )  # fmt: skip
    ties, _, findings = nominated_ties(table, [instrument], ACTORS, "text", 2009)
    assert findings == []
    assert set(shown(ties, "source", "target", "layer", "directed", "strength", "year_from")) == {
        ("a", "guild", "membership", 1.0, 1.0, None),
        ("guild", "a", "service", 1.0, 3.0, None),
        ("bureau", "a", "policy", 1.0, 2.0, None),
        ("b", "a", "transaction", 1.0, 30.0, None),
        ("a", "c", "transaction", 1.0, 20.0, None),
        ("a", "d", "pipeline", 1.0, 60.0, 2005.0),
        ("a", "b", "credit", 0.0, 1.0, None),
    }


def test_a_value_below_the_least_is_an_answer_and_no_tie_but_fills_the_column():
    rely = relation("rely", layer="trust", flow="from_respondent", fills="trust", least=3.0)
    ties, findings = made(
        ("a", "advice", "b", 2), ("a", "rely", "b", 1), ("a", "rely", "c", 3), instrument=module(ADVICE, rely)
    )
    assert sorted(shown(ties, "layer", "source", "target")) == [("knowledge", "b", "a"), ("trust", "a", "c")]
    assert ties.set_index("layer")["trust"].to_dict() == {"knowledge": 1.0, "trust": 3.0}
    assert findings == []
