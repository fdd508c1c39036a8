"""The tree of an index: what it says of itself, and every fault of it, all at once."""

import math

import numpy as np
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.index.tree import IndexNode, load_tree, tree_of

GOOD = """nodes:
  - {code: index, name: All}
  - {code: firm, parent: index, weight: 3, aggregate: geometric}
  - {code: patents, parent: firm, weight: 2, unit: per firm, denominator: firms, goalposts: [0, 10]}
  - {code: state, parent: index}
  - {code: lawsuits, parent: state, direction: -1, target: 0}
  - {code: trade, parent: index, log: true}
  - {code: designs, parent: firm, weight: 6}
"""


def written(tmp_path, text):
    path = tmp_path / "tree.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(nodes):
    with pytest.raises(GumflowError) as caught:
        tree_of(nodes, "a tree")
    return str(caught.value)


def root_and(*nodes):
    return [IndexNode("index"), *nodes]


def test_a_file_is_read_as_written(tmp_path):
    tree = load_tree(written(tmp_path, GOOD))
    assert tree.root == "index"
    assert tree.indicators == ("patents", "lawsuits", "trade", "designs")
    assert tree.groups == ("firm", "state", "index")
    assert tree.nodes["patents"] == IndexNode(
        "patents", parent="firm", weight=2.0, unit="per firm", denominator="firms", goalposts=(0.0, 10.0)
    )
    assert tree.nodes["lawsuits"].target == 0.0
    assert tree.nodes["trade"].log
    assert tree.nodes["firm"].aggregate == "geometric"


def test_levels_leaves_directions_and_given_weights_follow_the_hierarchy(tmp_path):
    tree = load_tree(written(tmp_path, GOOD))
    assert {code: tree.level(code) for code in tree.nodes} == {
        "index": 3, "firm": 2, "patents": 1, "state": 2, "lawsuits": 1, "trade": 1, "designs": 1,
    }  # fmt: skip
    assert tree.depth == 3
    assert tree.leaves("index") == ("patents", "designs", "lawsuits", "trade")
    assert tree.leaves("trade") == ("trade",)
    assert tree.children("index") == ("firm", "state", "trade")
    assert tree.children("trade") == ()
    np.testing.assert_array_equal(tree.directions(), [1, -1, 1, 1])
    np.testing.assert_allclose(tree.given_weights("firm"), [0.25, 0.75])
    np.testing.assert_allclose(tree.given_weights("index"), [0.6, 0.2, 0.2])


def test_children_come_before_their_parents_whatever_the_order_of_the_file():
    nodes = [
        IndexNode("a", parent="deep"),
        IndexNode("top"),
        IndexNode("deep", parent="mid"),
        IndexNode("mid", parent="top"),
        IndexNode("b", parent="top"),
    ]
    tree = tree_of(nodes, "a tree")
    assert tree.groups == ("deep", "mid", "top")
    assert tree_of(reversed(nodes), "a tree").groups == ("deep", "mid", "top")


def test_a_cycle_is_named_by_its_codes_and_once():
    text = faults(
        root_and(
            IndexNode("x", parent="index"),
            IndexNode("a", parent="b"),
            IndexNode("b", parent="c"),
            IndexNode("c", parent="a"),
            IndexNode("leaf", parent="b"),
        )
    )
    assert text.count("cycle") == 1
    assert "a -> b -> c -> a" in text
    assert "1 thing to mend" in text


def test_a_node_that_is_its_own_parent_is_a_cycle():
    assert "a -> a" in faults(root_and(IndexNode("x", parent="index"), IndexNode("a", parent="a")))


def test_an_orphan_is_named_with_the_nearest_code():
    text = faults(root_and(IndexNode("firms", parent="index"), IndexNode("a", parent="firm")))
    assert "orphan" in text
    assert "the parent 'firm' of a is no node (did you mean 'firms'?)" in text


def test_two_parents_and_a_doubled_code_are_told_apart():
    text = faults(
        root_and(
            IndexNode("g", parent="index"),
            IndexNode("a", parent="g"),
            IndexNode("a", parent="index"),
            IndexNode("b", parent="g"),
            IndexNode("b", parent="g"),
        )
    )
    assert "a has two parents, g and index" in text
    assert "code 'b' stands 2 times" in text


@pytest.mark.parametrize("direction", [0, 2, -2, 0.5, math.nan])
def test_a_direction_that_is_not_one_or_minus_one_is_named(direction):
    text = faults(root_and(IndexNode("a", parent="index", direction=direction)))
    assert f"a: direction {direction!r} is not 1 (more is better) or -1" in text


@pytest.mark.parametrize("weight", [-0.1, math.nan, math.inf])
def test_a_weight_that_is_negative_or_no_number_is_named(weight):
    assert f"a: weight {weight!r}" in faults(root_and(IndexNode("a", parent="index", weight=weight)))


def test_weights_of_a_group_that_add_up_to_zero_are_named_and_a_single_zero_is_not():
    zero = [IndexNode("a", parent="g", weight=0.0), IndexNode("b", parent="g", weight=0.0)]
    text = faults(root_and(IndexNode("g", parent="index"), *zero))
    assert "g: the weights of its children (a, b) add up to zero" in text
    tree = tree_of(root_and(IndexNode("a", parent="index"), IndexNode("b", parent="index", weight=0)), "t")
    np.testing.assert_array_equal(tree.given_weights("index"), [1.0, 0.0])


def test_no_root_several_roots_and_a_bare_root_are_named():
    assert "no node is the index" in faults([IndexNode("a", parent="b"), IndexNode("b", parent="a")])
    two = [IndexNode("one"), IndexNode("two"), IndexNode("a", parent="one")]
    assert "several nodes have no parent: one, two" in faults(two)
    assert "the index alone has no indicators" in faults([IndexNode("alone")])
    assert "there are no nodes" in faults([])


@pytest.mark.parametrize("code", ["unit", "Rank", "coverage", "uCode", "", " a"])
def test_codes_that_are_taken_or_blank_are_refused(code):
    assert f"code {code!r}" in faults(
        root_and(IndexNode(code, parent="index"), IndexNode("a", parent="index"))
    )


def test_what_is_of_indicators_or_groups_only_is_refused_elsewhere():
    text = faults(
        root_and(
            IndexNode("g", parent="index", direction=-1, target=1.0, weigh="equl"),
            IndexNode("a", parent="g", aggregate="geometric", goalposts=(3.0, 3.0)),
        )
    )
    assert "target, direction are of indicators only, and g is a group" in text
    assert "weigh 'equl' is not known (did you mean 'equal'?)" in text
    assert "aggregate is of groups only, and a is an indicator" in text
    assert "goalposts [3.0, 3.0] are not the least and the most" in text


BAD = """nodes:
  - {code: index}
  - {code: g, parent: index, weigt: 2}
  - code: a
    parent: g
    direction: 3
  - {code: b, parent: nowhere}
  - {code: c, parent: d}
  - {code: d, parent: c}
  - {code: e, parent: g, weight: much}
  - {code: a, parent: index}
  - {code: z, parent: index, weight: -1}
  - {parent: index}
"""


def test_all_faults_of_a_file_are_listed_at_once_with_their_lines(tmp_path):
    with pytest.raises(GumflowError) as caught:
        load_tree(written(tmp_path, BAD))
    text = str(caught.value)
    assert text.startswith("tree.yaml: 8 things to mend:")
    for part in (
        "unknown key 'weigt' at line 3 (g) (did you mean 'weight'?)",
        "line 4 (a): direction 3 is not 1",
        "line 7 (b): orphan: the parent 'nowhere'",
        "cycle: c -> d -> c",
        "line 10 (e): weight: 'much' is not of type number",
        "a has two parents, g and index (line 4 (a), line 11 (a))",
        "line 12 (z): weight -1.0",
        "line 13: missing 'code'",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("nodes: [", "cannot be read"),
        ("nodes: [{code: a, code: b}]", "stands twice"),
        ("- a\n- b", "a tree is a key `nodes`"),
        ("nodes: []", "a tree is a key `nodes`"),
        ("", "a tree is a key `nodes`"),
    ],
)
def test_a_file_that_is_no_list_of_nodes_is_refused(tmp_path, text, part):
    with pytest.raises(GumflowError, match=part):
        load_tree(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(GumflowError, match=r"none\.yaml: the tree cannot be read"):
        load_tree(tmp_path / "none.yaml")
