"""The interview guide and the relational module as they ship: facts written down by hand, and agreement with the layers."""

import re

import pytest

from gumflow.contract.instrument import load_instrument
from gumflow.contract.tables import table_contract
from gumflow.networks.layers import LAYERS

# Layer and where what flows comes from, item by item, from the direction of each layer: the asked one gives knowledge, the
# seller goods, the former employer people, the body services; the respondent trusts, joins and names a rival.
TIED = {
    "R01": ("knowledge", "to_respondent"),
    "R02": ("knowledge", "from_respondent"),
    "R03.buy": ("transaction", "to_respondent"),
    "R03.sell": ("transaction", "from_respondent"),
    "R04.projects": ("innovation", "mutual"),
    "R05": ("social", "mutual"),
    "R06": ("trust", "from_respondent"),
    "R08.hired": ("mobility", "to_respondent"),
    "R08.founder": ("mobility", "to_respondent"),
    "R09.importance": ("pipeline", "to_respondent"),
    "R10.share": ("pipeline", "from_respondent"),
    "R11.member": ("membership", "from_respondent"),
    "R11.services": ("service", "to_respondent"),
    "R12.contact": ("policy", "to_respondent"),
    "R13": ("influence", "to_respondent"),
    "R14": ("credit", "mutual"),
    "R15.rivals": ("rivalry", "from_respondent"),
    "IV09.names": ("knowledge", "to_respondent"),
    "IV11.names": ("service", "to_respondent"),
    "IV18.names": ("credit", "mutual"),
    "IV24.technical": ("knowledge", "to_respondent"),
    "IV24.orders": ("transaction", "from_respondent"),
    "IV27.supplies_us": ("transaction", "to_respondent"),
    "IV27.buys_from_us": ("transaction", "from_respondent"),
    "IV27.develops": ("innovation", "mutual"),
    "IV27.guarantees": ("credit", "mutual"),
}
# What `networks/layers.py` says of each layer's source: who gives, in words that tell the flow of an item about it.
SOURCE_OF_LAYER = {
    "knowledge": "from the one who is asked",
    "transaction": "from seller",
    "innovation": "none if both",
    "social": "none",
    "trust": "from the one who trusts",
    "mobility": "from the employer they leave",
    "pipeline": "from the one who gives",
    "membership": "from the member",
    "service": "from the body",
    "policy": "from the agency",
    "influence": "from the one who shapes decisions",
    "credit": "from lender",
    "rivalry": "from the one who names a rival",
}
HOOKS = {"IV09", "IV10", "IV11", "IV18", "IV24", "IV27", "IV31"}


@pytest.fixture(scope="module")
def guide(model):
    return load_instrument("interview_guide", model)


@pytest.fixture(scope="module")
def module(model):
    return load_instrument("relational_module", model)


@pytest.fixture(scope="module")
def relations(guide, module):
    return {i.id: i.relation for x in (guide, module) for i in x.items.values() if i.relation}


def test_the_guide_has_the_32_questions_of_the_appendix_in_order(guide):
    assert [q.id for q in guide.questions] == [f"IV{n:02d}" for n in range(1, 33)]
    assert [q.printed for q in guide.questions] == list(range(1, 33))


def test_every_question_of_the_guide_is_answered_in_words(guide):
    assert all(any(i.type == "text" for i in q.items) for q in guide.questions)
    assert {i.type for i in guide.items.values()} == {"text", "relation"}


def test_names_are_asked_where_the_answers_name_others(guide):
    assert {i.question for i in guide.items.values() if i.type == "relation"} == HOOKS
    partners = guide.items["IV27.partners"].relation
    assert (partners.alters, partners.most) == ("names", 5)


def test_who_is_asked_is_firms_associations_or_government_and_said_to_be_our_choice(guide):
    assert {kind for q in guide.questions for kind in q.respondents} == {"firm", "association", "government"}
    assert all("Respondents are our choice" in q.note for q in guide.questions)
    asked = {q.id: q.respondents for q in guide.questions}
    # What is asked of "your firm" is asked of firms alone.
    assert {q for q, kinds in asked.items() if kinds == ("firm",)} == {
        "IV09", "IV11", "IV24", "IV25", "IV26", "IV27", "IV28",
    }  # fmt: skip
    assert asked["IV08"] == ("association",)
    assert asked["IV04"] == asked["IV05"] == ("government",)


def test_who_should_lead_is_marked_as_a_wish(guide):
    question = next(q for q in guide.questions if q.id == "IV19")
    assert "SHOULD" in question.note
    assert "recommended" in question.note


def test_the_module_has_its_16_questions(module):
    assert [q.id for q in module.questions] == [f"R{n:02d}" for n in range(16)]
    assert [q.printed for q in module.questions] == list(range(16))


def test_layers_and_flows_are_those_written_down_by_hand(relations):
    assert {name: (r.layer, r.flow) for name, r in relations.items() if r.layer} == TIED


def test_the_flows_written_down_rest_on_what_the_layers_say():
    assert set(SOURCE_OF_LAYER) == {layer for layer, _ in TIED.values()}
    for layer, words in SOURCE_OF_LAYER.items():
        assert words in LAYERS[layer].flow_en
    # A layer without a direction of its own is mutual, and no other but credit, which is asked as an exchange.
    undirected = {
        name for name in SOURCE_OF_LAYER if LAYERS[name].flow_en.startswith("none") and name != "rivalry"
    }
    assert {layer for layer, flow in TIED.values() if flow == "mutual"} == undirected | {"credit"}


def test_giver_and_receiver_report_one_direction_of_a_layer(relations):
    assert relations["R01"].layer == relations["R02"].layer
    assert {relations["R01"].flow, relations["R02"].flow} == {"to_respondent", "from_respondent"}
    assert {relations["R03.buy"].flow, relations["R03.sell"].flow} == {"to_respondent", "from_respondent"}


def test_watching_a_firm_is_no_tie_of_advice(relations):
    watched = relations["R15.watched"]
    assert (watched.layer, watched.flow, watched.most) == ("", "to_respondent", 3)


def test_kinds_of_alters_are_kinds_of_actors(relations):
    kinds = table_contract("actors").field_named("kind").enum
    assert {kind for r in relations.values() for kind in r.kinds} <= set(kinds)


def test_only_pipelines_leave_the_cluster(relations):
    outside = {name for name, r in relations.items() if r.place == "outside"}
    assert {relations[name].layer for name in outside} == {"pipeline", ""}
    assert {name for name, r in relations.items() if r.layer == "pipeline"} <= outside


def test_named_alters_are_named_in_relations_of_the_same_instrument(guide, module):
    for instrument in (guide, module):
        for item in instrument.items.values():
            if item.relation is None:
                continue
            assert bool(item.relation.named_in) == (item.relation.alters == "named"), item.id
            for name in item.relation.named_in:
                assert instrument.items[name].relation is not None


def test_trust_and_attributes_are_asked_of_all_who_were_named_in_R01_to_R05(relations):
    named = {"R01", "R02", "R03.buy", "R03.sell", "R04.projects", "R05"}
    for name in ("R06", "R07.years", "R07.frequency", "R07.contract"):
        assert set(relations[name].named_in) == named
    fills = {name: r.fills for name, r in relations.items() if r.fills and r.fills != "strength"}
    assert fills == {
        "R06": "trust", "R07.years": "years", "R07.contract": "formal", "R10.years": "years", "R14.years": "years", "IV27.years": "years",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("item", "low", "high"),
    [("R01", 0, 3), ("R02", 0, 3), ("R03.buy", 0, 100), ("R06", 0, 5), ("R07.frequency", 1, 4),
     ("R07.contract", 0, 1), ("R09.importance", 0, 3), ("R13", 1, 3)],
)  # fmt: skip
def test_scales_run_as_the_module_says(module, item, low, high):
    assert (module.items[item].minimum, module.items[item].maximum) == (low, high)


def test_types_and_limits_of_names(module):
    codes = [o.code for o in module.items["R05"].options]
    assert codes == ["kin", "friend", "schoolmate", "former_colleague", "club"]
    most = {i.id: i.relation.most for i in module.items.values() if i.relation and i.relation.most}
    assert most == {
        "R08.founder": 3,
        "R09.importance": 10,
        "R10.share": 3,
        "R13": 3,
        "R15.rivals": 3,
        "R15.watched": 3,
    }
    # Kinds and places of outside organizations are the codes of actors.csv, so that they need no translation.
    for item, column in (("R09.kind", "kind"), ("R09.place", "place")):
        allowed = table_contract("actors").field_named(column).enum
        assert {o.code for o in module.items[item].options} <= set(allowed)
        assert module.items[item].most == 1


def test_both_instruments_are_written_in_both_languages(guide, module):
    han = re.compile("[一-鿿]")
    for instrument in (guide, module):
        texts = [(x.en, x.zh) for x in (*instrument.questions, *instrument.items.values())]
        texts += [(o.en, o.zh) for i in instrument.items.values() for o in i.options]
        assert all(han.search(zh) and not han.search(en) for en, zh in texts)


def test_every_driver_of_the_guide_bears_on_a_construct_and_context_on_none(guide):
    for item in guide.items.values():
        assert bool(item.constructs) == (item.role != "context"), item.id
    assert [i.id for i in guide.items.values() if i.role == "outcome"] == ["IV25"]
