"""The model as data: the shipped tree is the book's, and whatever is wrong in a tree is named."""

import copy
import json

import pytest
import yaml

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import Model, load_model
from gumflow.contract.places import model_file

RAW = yaml.safe_load(model_file().read_text(encoding="utf-8"))
BASIC = {"learning", "innovation", "external_linkage", "social_capital"}
AUXILIARY = {"public_policy", "lead_firms"}


def links(model: Model, relation: str) -> list[tuple[str, str]]:
    return [(link.source, link.target) for link in model.links if link.relation == relation]


def test_the_shipped_model_has_the_books_parts(model: Model):
    kinds = {f.id: f.get("kind") for f in model.factors.values()}
    assert {f for f, kind in kinds.items() if kind == "basic"} == BASIC
    assert {f for f, kind in kinds.items() if kind == "auxiliary"} == AUXILIARY
    assert {f for f, kind in kinds.items() if kind == "glue"} == {"governance"}
    assert set(model.governance_modes) == {"firm_led", "association_led", "government_led"}
    assert model.title.label("zh") == "全球价值链视角下地方产业集群升级机理"


def test_each_way_has_one_main_factor_three_support_two_assist_and_one_binds(model: Model):
    assert dict(links(model, "main")) == {
        "learning": "technical",
        "innovation": "innovative",
        "external_linkage": "linkage",
        "social_capital": "social",
    }
    for way in model.ways:
        by = {r: {s for s, t in links(model, r) if t == way} for r in ("main", "support", "assist", "bind")}
        assert len(by["main"]) == 1
        assert by["support"] == BASIC - by["main"]
        assert by["assist"] == AUXILIARY
        assert by["bind"] == {"governance"}


def test_paths_rest_on_the_ways_that_the_book_names(model: Model):
    rests = {path: {s for s, t in links(model, "rests_on") if t == path} for path in model.paths}
    assert rests == {
        "process": {"technical", "innovative", "social"},
        "product": {"technical", "innovative", "social"},
        "functional": {"social", "linkage"},
        "chain": {"technical", "innovative", "linkage", "social"},
    }


def test_the_couplings_are_the_pairs_of_basic_factors_and_of_each_auxiliary_with_each(model: Model):
    pairs = {frozenset(pair) for pair in links(model, "couple")}
    basic = {frozenset((a, b)) for a in BASIC for b in BASIC if a != b}
    assert len(links(model, "couple")) == 14
    assert pairs == basic | {frozenset((a, b)) for a in AUXILIARY for b in BASIC}


def test_each_mechanism_runs_from_the_main_factor_of_its_way(model: Model):
    for mechanism in model.mechanisms.values():
        assert model.ways[mechanism.get("way")].get("main") == mechanism.get("factor")
    for construct in model.constructs.values():
        if construct.get("mechanism"):
            mechanism = model.mechanisms[construct.get("mechanism")]
            assert construct.get("factor") == mechanism.get("factor")
            assert construct.get("part") in {None, *mechanism.get("parts")}


def test_no_construct_feeds_a_factor_and_also_a_way_or_path(model: Model):
    feeds = [
        (kind, unit)
        for kind, units in (("factor", model.factors), ("way", model.ways), ("path", model.paths))
        for unit in units
    ]
    fed = [c for kind, unit in feeds for c in model.constructs_of(kind, unit)]
    assert len(fed) == len(set(fed))
    free = set(model.constructs) - set(fed)
    assert free == {"value_capture", "cluster_base", "external_shock"}


def problems(tmp_path, change) -> str:
    raw = copy.deepcopy(RAW)
    change(raw)
    path = tmp_path / "model.yaml"
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(GumflowError) as raised:
        load_model(path)
    assert str(path) in str(raised.value)
    return str(raised.value)


def put(*keys, value):
    def change(raw):
        for key in keys[:-1]:
            raw = raw[key]
        raw[keys[-1]] = value

    return change


def drop(*keys):
    def change(raw):
        for key in keys[:-1]:
            raw = raw[key]
        del raw[keys[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop("constructs", "technical_upgrading"), "ways.technical: no construct feeds it"),
        (drop("constructs", "chain_upgrading"), "paths.chain: no construct feeds it"),
        (put("factors", "luck", value={"kind": "basic", "en": "L", "zh": "运", "section": "9"}), "factors.luck: no construct feeds it"),
        (put("constructs", "trust_norms", "way", value="social"), "constructs.trust_norms: a driver belongs to one factor"),
        (drop("constructs", "trust_norms", "factor"), "constructs.trust_norms: a driver belongs to one factor"),
        (put("constructs", "chain_upgrading", "factor", value="learning"), "constructs.chain_upgrading: an outcome belongs to a way or path"),
        (put("constructs", "cluster_base", "factor", value="learning"), "constructs.cluster_base: a context construct feeds nothing"),
        (put("constructs", "trust_norms", "role", value="cause"), "role is 'cause'; allowed: driver, outcome, context"),
        (put("constructs", "trust_norms", "factor", value="trust"), "constructs.trust_norms.factor: 'trust' is none of the factors"),
        (put("constructs", "trust_norms", "factor", value=["learning"]), "constructs.trust_norms.factor: ['learning'] is a list"),
        (put("constructs", "trust_norms", "faktor", value="x"), "constructs.trust_norms: unknown key 'faktor'; allowed: en, factor"),
        (put("constructs", "trust_norms", "note", value=["why"]), "constructs.trust_norms.note: ['why'] is not text"),
        (put("constructs", "trust_norms", value="text"), "constructs.trust_norms: not a mapping"),
        (put("constructs", "trust_norms", "zh", value=None), "constructs.trust_norms: zh is missing"),
        (put("factors", "learning", "kind", value="main"), "factors.learning: kind is 'main'; allowed: basic, auxiliary, glue"),
        (put("mechanisms", "learning", "parts", value="network"), "mechanisms.learning.parts: 'network' is not a list"),
        (put("mechanisms", "learning", "parts", value=["nets"]), "mechanisms.learning.parts: 'nets' is none of the parts"),
        (drop("mechanisms", "learning", "parts"), "mechanisms.learning.parts is missing"),
        (drop("mechanisms", "learning", "factor"), "mechanisms.learning.factor is missing"),
        (drop("ways", "technical", "main"), "ways.technical.main is missing"),
        (put("paths", "chain", "rests_on", value=[]), "paths.chain.rests_on is missing"),
        (put("paths", "chain", "rests_on", value=["luck"]), "paths.chain.rests_on: 'luck' is none of the ways"),
        (put("couplings", value=[["learning"]]), "couplings: ['learning'] is not a pair"),
        (put("couplings", value=[["learning", "luck"]]), "couplings: 'luck' is none of the factors"),
        (put("couplings", value="learning"), "couplings: not a list"),
        (drop("paths"), "paths: missing or not a mapping"),
        (drop("title"), "title is missing"),
        (put("title", value="GUM"), "title: en and zh are needed"),
        (put("ideas", value=1), "unknown key 'ideas'; allowed: model, title"),
    ],
)  # fmt: skip
def test_each_fault_of_a_tree_is_named(tmp_path, change, said):
    assert said in problems(tmp_path, change)


def test_a_construct_may_be_taken_out_as_long_as_another_feeds_its_factor(tmp_path):
    raw = copy.deepcopy(RAW)
    del raw["constructs"]["lead_firm_effect"]
    raw["measures"] = {k: v for k, v in raw["measures"].items() if v["construct"] != "lead_firm_effect"}
    path = tmp_path / "model.yaml"
    path.write_text(json.dumps(raw), encoding="utf-8")
    assert load_model(path).constructs_of("factor", "lead_firms") == ["firm_scale"]


def test_all_faults_are_listed_at_once(tmp_path):
    def change(raw):
        put("ways", "technical", "main", value="luck")(raw)
        put("paths", "chain", "rests_on", value=["nowhere"])(raw)
        drop("constructs", "social_upgrading")(raw)

    said = problems(tmp_path, change)
    assert said.count("\n  - ") == 3


def test_a_doubled_node_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(
        model_file().read_text(encoding="utf-8").replace("  trust_norms:", "  ip_protection:"),
        encoding="utf-8",
    )
    with pytest.raises(GumflowError, match="key 'ip_protection' stands twice"):
        load_model(path)


def test_without_couplings_a_tree_is_sound(tmp_path):
    raw = {k: v for k, v in RAW.items() if k != "couplings"}
    path = tmp_path / "model.yaml"
    path.write_text(json.dumps(raw), encoding="utf-8")
    assert links(load_model(path), "couple") == []


@pytest.mark.parametrize(
    "data", [b"- a\n", b"\xff\xfe\xff", b"a: {", None], ids=["list", "bytes", "syntax", "missing"]
)
def test_a_file_that_is_no_tree_is_named(tmp_path, data):
    path = tmp_path / "model.yaml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(GumflowError, match=r"model\.yaml"):
        load_model(path)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"x": {"construct": "trust", "direction": 1}}, "measures.x.construct: 'trust' is none of the constructs"),
        ({"x": {"construct": "cluster_base", "direction": 1}}, "measures.x.construct: cluster_base is context and feeds nothing"),
        ({"x": {"construct": "trust_norms", "direction": 2}}, "measures.x.direction: 2; allowed: 1, -1"),
        ({"x": {"construct": "trust_norms", "direction": True}}, "measures.x.direction: True; allowed: 1, -1"),
        ({"x": {"construct": "trust_norms"}}, "measures.x: needs construct and direction, and nothing else"),
        (["x"], "measures: not a mapping of measures of firms"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_measures_of_firms_is_named(tmp_path, entry, said):
    path = tmp_path / "model.yaml"
    path.write_text(json.dumps({**RAW, "measures": entry}), encoding="utf-8")
    with pytest.raises(GumflowError) as raised:
        load_model(path)
    assert said in str(raised.value)


def test_parts_hold_the_constructs_of_their_mechanism_alone(model: Model):
    parts = model.constructs_of_parts()
    assert parts["social_capital.trust"] == ["trust_norms"]
    assert "innovation.synergy" not in parts
    assert sum(map(len, parts.values())) == sum(bool(c.get("part")) for c in model.constructs.values())
