"""The choices of an index: defaults, what is refused, and whether they fit tree and data."""

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
import yaml

from gumflow.contract.errors import GumflowError
from gumflow.contract.places import schema_folder
from gumflow.index.choice_checks import check_choices
from gumflow.index.choices import (
    DEFAULT_ASSUMPTIONS,
    STAGES,
    AggregateChoice,
    Choices,
    NormalizeChoice,
    WeightChoice,
    frozen,
    is_interval,
    load_choices,
    option_of,
    varied,
)
from gumflow.index.table import IndexData
from gumflow.index.tree import AGGREGATE_METHODS, WEIGHT_METHODS, IndexNode, tree_of

TREE = tree_of(
    [
        IndexNode("index"),
        IndexNode("g", parent="index"),
        IndexNode("a", parent="g", goalposts=(0.0, 1.0)),
        IndexNode("b", parent="g", target=3.0),
        IndexNode("c", parent="index"),
    ],
    "a tree",
)


def data(times=("", ""), groups=("", "")):
    return IndexData(
        units=np.array(["u", "v"]),
        times=np.array(times),
        names=np.array(["u", "v"]),
        groups=np.array(groups),
        values=np.ones((2, 3)),
        denominators=pd.DataFrame(),
        others=pd.DataFrame({"profit": [1.0, 2.0]}),
    )


def refused(choices, **about):
    with pytest.raises(GumflowError) as caught:
        check_choices(load_choices(choices), TREE, data(**about))
    return str(caught.value)


def unread(choices):
    with pytest.raises(GumflowError) as caught:
        load_choices(choices)
    return str(caught.value)


def test_schema_and_choices_have_the_same_names_and_defaults():
    schema = yaml.safe_load((schema_folder() / "index_choices.schema.yaml").read_text(encoding="utf-8"))
    assert set(schema["properties"]) == {*STAGES, "small_n"}
    assert Choices().small_n == schema["properties"]["small_n"]["default"]
    for stage in STAGES:
        properties = schema["properties"][stage]["properties"]
        choice = getattr(Choices(), stage)
        assert isinstance(choice, STAGES[stage])
        assert {name: frozen(p["default"]) for name, p in properties.items()} == {
            f.name: getattr(choice, f.name) for f in dataclasses.fields(choice)
        }
    properties = schema["properties"]
    assert tuple(properties["aggregate"]["properties"]["method"]["enum"]) == AGGREGATE_METHODS
    assert tuple(properties["weight"]["properties"]["method"]["enum"]) == WEIGHT_METHODS


def test_nothing_said_is_all_defaults(tmp_path):
    path = tmp_path / "choices.yaml"
    path.write_text("normalize:\nweight: {}\n", encoding="utf-8")
    assert load_choices() == load_choices({}) == load_choices(path) == Choices()


def test_a_file_says_what_differs(tmp_path):
    path = tmp_path / "choices.yaml"
    path.write_text(
        "normalize: {range: [1, 100], indicators: {a: rank}}\n"
        "aggregate:\n  levels: {2: geometric}\n  groups: {index: harmonic}\n"
        "uncertainty: {assumptions: {aggregate.exponent: [0.2, 0.8], normalize.range: [[0, 1], [1, 2], [2, 3]]}}\n",
        encoding="utf-8",
    )
    read = load_choices(path)
    assert read.normalize == NormalizeChoice(range=(1.0, 100.0), indicators={"a": "rank"})
    assert read.aggregate == AggregateChoice(levels={2: "geometric"}, groups={"index": "harmonic"})
    assert read.uncertainty.assumptions["normalize.range"] == ((0, 1), (1, 2), (2, 3))
    assert is_interval("aggregate.exponent", read.uncertainty.assumptions["aggregate.exponent"])
    assert not is_interval("normalize.method", ("minmax", "rank"))
    assert not is_interval("treat.most", (1, 5))


def test_choices_can_be_keys_and_be_stored_whatever_the_order_of_their_mappings():
    one = WeightChoice(groups={"a": "equal", "b": "pca"}, budget={"x": {"a": 1}})
    two = WeightChoice(groups={"b": "pca", "a": "equal"}, budget={"x": {"a": 1}})
    assert one == two
    assert {one: 1}[two] == 1
    assert pickle.loads(pickle.dumps(one)) == one
    assert one != WeightChoice(groups={"a": "equal"})
    with pytest.raises(TypeError):
        one.groups["a"] = "pca"


def test_faults_are_listed_at_once_with_the_nearest_key_and_what_is_allowed():
    text = unread(
        {
            "normalise": {},
            "normalize": {"method": "minmx", "sd": 0},
            "weight": {"method": "given", "bounds": [0.9, 0.1]},
            "aggregate": {"levels": {1: "arithmetic", "two": "geometric"}},
            "uncertainty": {
                "sobol_base": 1000,
                "assumptions": {"aggregate.method": ["geo", "arithmetic"], "weight.metod": ["a", "b"]},
            },
        }
    )
    for part in (
        "unknown key 'normalise' at the top level (did you mean 'normalize'?)",
        "normalize.method: 'minmx' is not allowed; allowed: minmax, zscore",
        "normalize.sd: 0 is less than or equal to the minimum of 0",
        "weight.bounds: [0.9, 0.1] is not the least and the most share",
        "aggregate.levels: '1' is no level of groups",
        "aggregate.levels: 'two' is no level of groups",
        "sobol_base: 1000 is not a power of two; write 1024",
        "aggregate.method: 'geo' is not allowed",
        "'weight.metod' is no choice that can vary (did you mean 'weight.method'?)",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("choices", "part"),
    [
        ({"normalize": {"range": [5, 1]}}, "normalize.range: [5, 1] is not the lower and the upper end"),
        ({"normalize": {"bounds": {"a": [2, 2]}}}, "normalize.bounds.a: [2, 2]"),
        ({"uncertainty": {"assumptions": {"treat.method": ["jrc", "jrc"]}}}, "an option stands twice"),
        ({"uncertainty": {"assumptions": {"treat.indicators": ["jrc", "none"]}}}, "no choice that can vary"),
        ({"uncertainty": {"assumptions": {"uncertainty.replicates": [1, 2]}}}, "no choice that can vary"),
        ({"treat": {"method": True}}, "treat.method: True is not allowed"),
    ],
)
def test_single_faults_are_named(choices, part):
    assert part in unread(choices)


@pytest.mark.parametrize("text", ["a: [", "- a", "a: 1\na: 2"])
def test_a_file_that_holds_no_choices_is_refused(tmp_path, text):
    path = tmp_path / "choices.yaml"
    path.write_text(text, encoding="utf-8")
    assert "choices.yaml" in unread(path)


@pytest.mark.parametrize(
    ("path", "text", "option"),
    [
        ("normalize.method", "rank", "rank"),
        ("normalize.range", "[1, 100]", (1, 100)),
        ("denominate.use", "false", False),
        ("aggregate.exponent", "0.5", 0.5),
        ("treat.most", "3", 3),
        ("normalize.reference", "12", "12"),
    ],
)
def test_cells_of_a_table_become_options(path, text, option):
    assert option_of(path, text) == option
    assert type(option_of(path, text)) is type(option)


@pytest.mark.parametrize(
    ("path", "text"), [("normalize.method", "0.5"), ("treat.most", "2.5"), ("treat.mst", "1")]
)
def test_cells_that_are_no_options_are_refused(path, text):
    with pytest.raises(GumflowError, match=path):
        option_of(path, text)


def test_single_choices_are_replaced_by_their_dotted_names():
    changed = varied(Choices(), {"normalize.method": "rank", "normalize.mean": 5, "treat.method": "none"})
    assert changed.normalize == NormalizeChoice(method="rank", mean=5.0)
    assert changed.treat.method == "none"
    assert changed.weight == Choices().weight
    assert varied(Choices(), {}) == Choices()


def test_defaults_fit_any_tree_and_data():
    check_choices(Choices(), TREE, data())
    assert set(DEFAULT_ASSUMPTIONS) == {"treat.method", "normalize.method"}


def test_codes_that_are_not_in_the_tree_are_named_at_once():
    text = refused(
        {
            "denominate": {"scale": {"x1": 2}},
            "treat": {"indicators": {"g": "none"}},
            "normalize": {"indicators": {"aa": "rank"}, "bounds": {"index": [0, 1]}},
            "weight": {"groups": {"a": "equal"}, "ahp": {"g": {"a": {"c": 2}}}, "budget": {"Li": {"z": 1}}},
            "aggregate": {"groups": {"gg": "geometric"}, "levels": {4: "geometric"}},
            "uncertainty": {"noise_levels": [3]},
            "audit": {"outcome": "profits"},
        }
    )
    for part in (
        "denominate.scale: 'x1' is no indicator of the tree",
        "treat.indicators: 'g' is no indicator",
        "normalize.indicators: 'aa' is no indicator of the tree (did you mean 'a'?)",
        "normalize.bounds: 'index' is no indicator",
        "weight.groups: 'a' is no group",
        "weight.ahp.g: 'c' is no child of g",
        "weight.budget.Li: 'z' is no node",
        "aggregate.groups: 'gg' is no group of the tree (did you mean 'g'?)",
        "aggregate.levels: the tree has no groups at level 4; its levels of groups are 2 to 3",
        "uncertainty.noise_levels: [3]: weights are of levels 1 to 2",
        "audit.outcome: 'profits' is no column of numbers in the data that the tree leaves free (did you mean 'profit'?)",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("choices", "part"),
    [
        ({"normalize": {"method": "goalposts"}}, "goalposts needs goalposts in the tree for b, c"),
        ({"normalize": {"indicators": {"a": "distance_to_target"}}}, "needs a target in the tree for a"),
        ({"normalize": {"method": "scaled", "bounds": {"a": [0, 1]}}}, "needs normalize.bounds for b, c"),
        ({"normalize": {"method": "distance_to_reference"}}, "normalize.reference: '' is no unit"),
        ({"normalize": {"by": "time"}}, "normalize.by time needs a column time"),
        ({"impute": {"method": "panel_latest"}}, "panel_latest needs a column time"),
        ({"impute": {"method": "group_mean"}}, "group_mean needs a column group"),
        ({"weight": {"method": "budget"}}, "there are no points of experts for g"),
        ({"weight": {"groups": {"g": "budget"}, "budget": {"Li": {"a": 3}}}}, "no points for b in g"),
        ({"weight": {"groups": {"g": "ahp"}}}, "weight.ahp.g: there is no judgment of a and b"),
        (
            {"weight": {"groups": {"g": "ahp"}, "ahp": {"g": {"a": {"b": 2}, "b": {"a": 0.5}}}}},
            "a and b are judged both ways",
        ),
        (
            {"uncertainty": {"assumptions": {"normalize.method": ["minmax", "goalposts"]}}},
            "goalposts needs goalposts in the tree for b, c",
        ),
    ],
)
def test_what_a_method_needs_and_is_not_given_is_named(choices, part):
    assert part in refused(choices)


def test_what_a_method_needs_and_is_given_is_accepted():
    times = ("2008", "2009")
    for choices in (
        {"normalize": {"indicators": {"a": "goalposts", "b": "distance_to_target"}}},
        {"normalize": {"method": "distance_to_reference", "reference": "v"}},
        {"normalize": {"by": "time"}, "impute": {"method": "panel_linear"}},
        {"weight": {"groups": {"g": "ahp"}, "ahp": {"g": {"b": {"a": 3}}}}},
        {"weight": {"method": "budget", "budget": {"Li": {"a": 3, "b": 7, "g": 5, "c": 5}}}},
        {"impute": {"method": "group_median"}},
        {"audit": {"outcome": "profit"}},
    ):
        check_choices(load_choices(choices), TREE, data(times, ("x", "y")))
