"""Loading an instrument: what is written is what is loaded, and whatever is unsound is named."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Condition, Instrument, Pooling, instrument_names, load_instrument
from gumflow.contract.model import Model

YES_NO = [{"code": "yes", "en": "Yes", "zh": "是"}, {"code": "no", "en": "No", "zh": "否"}]
GRADES = [
    {"code": "low", "en": "Low", "zh": "低", "score": 1, "printed": 1},
    {"code": "high", "en": "High", "zh": "高", "score": 2, "printed": 2, "fill_in": True},
]
SMALL: dict[str, Any] = {
    "instrument": "small",
    "title": {"en": "Small", "zh": "小问卷"},
    "source": {"en": "Made up", "zh": "虚构"},
    "sections": [{"id": "main", "en": "Main", "zh": "主体"}],
    "questions": [
        {"id": "Q1", "section": "main", "printed": 1, "en": "Brand?", "zh": "品牌？",
         "items": [{"id": "Q1", "type": "single", "role": "outcome", "options": YES_NO, "constructs": ["functional_upgrading"]}]},
        {"id": "Q2", "section": "main", "printed": 2, "en": "Help?", "zh": "帮助？", "respondents": ["association"],
         "items": [
             {"id": "Q2.kinds", "type": "several", "role": "driver", "en": "Kinds", "zh": "种类", "options": GRADES, "most": 1},
             {"id": "Q2.rank", "type": "rank", "role": "driver", "ranks": "Q2.kinds"},
             {"id": "Q2.level", "type": "single", "role": "driver", "options": GRADES, "several_ticks": "highest",
              "asked_if": {"item": "Q1", "options": ["yes"]}, "constructs": ["learning_mode"], "direction": -1,
              "pools_with": {"item": "Z9", "how": "recoded", "note": "nearly"}},
         ]},
        {"id": "Q3", "section": "main", "en": "How many?", "zh": "多少？",
         "items": [
             {"id": "Q3.n", "type": "number", "role": "driver", "minimum": 1, "maximum": 9, "unit": "persons", "whole": True},
             {"id": "Q3.parts", "type": "shares", "role": "driver", "options": GRADES},
             {"id": "Q3.scale", "type": "scale", "role": "driver", "minimum": 0, "maximum": 5},
             {"id": "Q3.name", "type": "identity", "role": "identity"},
             {"id": "Q3.alters", "type": "relation", "role": "driver",
              "relation": {"alters": "names", "kinds": ["firm"], "layer": "knowledge", "flow": "to_respondent"}},
         ]},
    ],
    "indicators": [
        {"id": "size", "en": "Size", "zh": "规模", "kind": "value", "item": "Q3.n", "log": True, "construct": "learning_mode", "direction": 1},
        {"id": "mix", "en": "Mix", "zh": "组合", "kind": "formula", "formula": "max(size, 0) + Q3.scale / 2", "construct": "learning_mode", "direction": 0},
        {"id": "grade", "en": "Grade", "zh": "等级", "kind": "score", "item": "Q2.level", "construct": "learning_mode", "direction": 1, "not_asked_as": 0},
    ],
}  # fmt: skip
Load = Callable[[dict[str, Any]], Instrument]


@pytest.fixture
def load(tmp_path: Path, model: Model) -> Load:
    def load_raw(raw: dict[str, Any]) -> Instrument:
        (tmp_path / "small.yaml").write_text(
            yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        return load_instrument("small", model, tmp_path)

    return load_raw


def item(raw: dict[str, Any], item_id: str) -> dict[str, Any]:
    return next(i for q in raw["questions"] for i in q["items"] if i["id"] == item_id)


def indicator(raw: dict[str, Any], name: str) -> dict[str, Any]:
    return next(i for i in raw["indicators"] if i["id"] == name)


def test_what_is_written_is_loaded(load: Load) -> None:
    small = load(SMALL)
    assert [q.id for q in small.questions] == ["Q1", "Q2", "Q3"]
    assert list(small.items) == [
        "Q1", "Q2.kinds", "Q2.rank", "Q2.level", "Q3.n", "Q3.parts", "Q3.scale", "Q3.name", "Q3.alters",
    ]  # fmt: skip
    level = small.items["Q2.level"]
    assert level.asked_if == Condition("Q1", ("yes",))
    assert level.pools_with == Pooling("Z9", "recoded", "nearly")
    assert (level.several_ticks, level.direction, level.question) == ("highest", -1, "Q2")
    assert [(o.code, o.score, o.printed, o.fill_in) for o in level.options] == [
        ("low", 1, 1, False), ("high", 2, 2, True),
    ]  # fmt: skip
    assert small.items["Q2.kinds"].most == 1
    relation = small.items["Q3.alters"].relation
    assert relation is not None
    assert (relation.layer, relation.flow, relation.kinds) == ("knowledge", "to_respondent", ("firm",))
    assert [q.respondents for q in small.questions] == [("firm",), ("association",), ("firm",)]
    assert small.indicators[2].not_asked_as == 0
    assert small.indicators[0].not_asked_as is None


def test_an_item_without_a_text_has_that_of_its_question_and_a_rank_the_options_that_it_ranks(
    load: Load,
) -> None:
    small = load(SMALL)
    assert (small.items["Q1"].label("en"), small.items["Q1"].label("zh")) == ("Brand?", "品牌？")
    assert small.items["Q2.kinds"].label("zh") == "种类"
    assert small.items["Q2.rank"].options == small.items["Q2.kinds"].options
    high = small.items["Q2.kinds"].option("high")
    assert high is not None
    assert high.label("zh") == "高"
    assert small.items["Q2.kinds"].option("middle") is None


Change = Callable[[dict[str, Any]], object]
UNSOUND: dict[str, tuple[Change, str]] = {
    "unknown key": (lambda r: item(r, "Q1").update(optoins=[]), "unknown key 'optoins' at questions.0.items.0"),
    "wrong type": (lambda r: item(r, "Q1").update(type="choice"), "'choice' is not allowed"),
    "no section": (lambda r: r["questions"][0].update(section="other"), "Q1: there is no section 'other'"),
    "question twice": (lambda r: r["questions"].append({"id": "Q2", "section": "main", "en": "x", "zh": "x", "items": [{"id": "Q2.x", "type": "text", "role": "driver"}]}),
                       "Q2: two questions have this id"),
    "item twice": (lambda r: item(r, "Q2.rank").update(id="Q2.kinds"), "Q2.kinds: the id stands twice"),
    "foreign item id": (lambda r: item(r, "Q3.n").update(id="Q4.n"), "Q4.n: the id of an item starts with its question's, Q3"),
    "option twice": (lambda r: item(r, "Q2.kinds").update(options=[GRADES[0], GRADES[0]]), "Q2.kinds: two options have one code"),
    "no options": (lambda r: item(r, "Q3.parts").pop("options"), "Q3.parts: an item of type shares needs options"),
    "options too many": (lambda r: item(r, "Q3.n").update(options=GRADES), "Q3.n: an item of type number has no options"),
    "rank of nothing": (lambda r: item(r, "Q2.rank").update(ranks="Q1"), "Q2.rank: a rank names in `ranks` the item, of type several"),
    "scale without ends": (lambda r: item(r, "Q3.scale").pop("maximum"), "Q3.scale: a scale needs minimum and maximum"),
    "ends crossed": (lambda r: item(r, "Q3.n").update(minimum=9), "Q3.n: the minimum is not below the maximum"),
    "relation missing": (lambda r: item(r, "Q3.alters").pop("relation"), "Q3.alters: `relation` belongs to items of type relation"),
    "relation elsewhere": (lambda r: item(r, "Q3.n").update(relation={"alters": "names", "kinds": ["firm"]}), "Q3.n: `relation` belongs to items of type relation"),
    "rule without scores": (lambda r: item(r, "Q1").update(several_ticks="mean"), "Q1: several_ticks: mean needs a score for yes, no"),
    "condition unknown": (lambda r: item(r, "Q2.level").update(asked_if={"item": "Q9", "options": ["yes"]}), "Q2.level: asked_if: names an item of ticks and options of it"),
    "condition on a number": (lambda r: item(r, "Q3.scale").update(asked_if={"item": "Q3.n", "options": ["yes"]}), "Q3.scale: asked_if: names an item of ticks"),
    "condition's option unknown": (lambda r: item(r, "Q2.level").update(asked_if={"item": "Q1", "options": ["maybe"]}), "Q2.level: asked_if: names an item of ticks and options of it"),
    "condition on itself": (lambda r: item(r, "Q2.level").update(asked_if={"item": "Q2.level", "options": ["low"]}), "Q2.level: asked_if: Q2.level does not stand before it"),
    "condition later": (lambda r: item(r, "Q1").update(asked_if={"item": "Q2.level", "options": ["low"]}), "Q1: asked_if: Q2.level does not stand before it"),
    "identity by role": (lambda r: item(r, "Q3.n").update(role="identity"), "Q3.n: identity is a type and a role at once"),
    "identity by type": (lambda r: item(r, "Q3.name").update(role="context"), "Q3.name: identity is a type and a role at once"),
    "construct unknown": (lambda r: item(r, "Q1").update(constructs=["brands"]), "Q1: the model has no construct 'brands'"),
    "two roles": (lambda r: item(r, "Q1").update(constructs=["learning_mode"]), "Q1: the item's role is outcome, that of its construct learning_mode driver; an item has one role"),
    "indicator twice": (lambda r: indicator(r, "grade").update(id="size"), "indicator size: the id stands twice"),
    "indicator's construct": (lambda r: indicator(r, "grade").update(construct="brands"), "indicator grade: the model has no construct 'brands'"),
    "indicator's item": (lambda r: indicator(r, "grade").update(item="Q9"), "indicator grade: there is no item 'Q9'"),
    "indicator's role": (lambda r: indicator(r, "grade").update(construct="value_capture"), "indicator grade: the role of Q2.level is driver, that of the construct value_capture outcome"),
    "indicator's option": (lambda r: indicator(r, "grade").update(kind="tick", options=["middle"]), "indicator grade: item Q2.level has no option 'middle'"),
    "indicator's weight": (lambda r: indicator(r, "size").update(item="Q3.parts", kind="weighted", weights={"middle": 1}), "indicator size: item Q3.parts has no option 'middle'"),
    "kind needs options": (lambda r: indicator(r, "grade").update(kind="ticks"), "indicator grade: kind ticks needs options"),
    "kind needs among": (lambda r: indicator(r, "grade").update(kind="ratio", options=["low"]), "indicator grade: kind ratio needs among"),
    "kind of another type": (lambda r: indicator(r, "size").update(kind="entropy"), "indicator size: kind entropy reads items of type shares; Q3.n is of type number"),
    "score of no scores": (lambda r: item(r, "Q2.level").update(options=YES_NO, several_ticks="keep"), "indicator grade: item Q2.level has no score for yes, no"),
    "no formula": (lambda r: indicator(r, "mix").pop("formula"), "indicator mix: the formula '' is no arithmetic"),
    "formula broken": (lambda r: indicator(r, "mix").update(formula="size +"), "indicator mix: the formula 'size +' is no arithmetic"),
    "formula with a power": (lambda r: indicator(r, "mix").update(formula="size ** 2"), "indicator mix: the formula 'size ** 2' is no arithmetic"),
    "formula with a strange call": (lambda r: indicator(r, "mix").update(formula="open(size)"), "indicator mix: the formula 'open(size)' is no arithmetic"),
    "formula with text": (lambda r: indicator(r, "mix").update(formula="size + 'a'"), "is no arithmetic"),
    "formula names nothing": (lambda r: indicator(r, "mix").update(formula="size + Q3.m"), "indicator mix: the formula names Q3.m, which is neither a numeric item nor an indicator above it"),
    "formula names ticks": (lambda r: indicator(r, "mix").update(formula="Q2.level"), "indicator mix: the formula names Q2.level, which is neither"),
    "formula names itself": (lambda r: indicator(r, "mix").update(formula="mix + size"), "indicator mix: the formula names mix, which is neither"),
    "formula names what comes later": (lambda r: indicator(r, "mix").update(formula="grade + size"), "indicator mix: the formula names grade, which is neither"),
    "formula mixes roles": (lambda r: indicator(r, "mix").update(construct="value_capture"), "indicator mix: the role of size is driver, that of the construct value_capture outcome; they do not mix"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNSOUND)
def test_each_unsound_instrument_gives_its_line(what: str, load: Load) -> None:
    change, line = UNSOUND[what]
    raw = copy.deepcopy(SMALL)
    change(raw)
    with pytest.raises(GumflowError, match="the instrument is not sound") as error:
        load(raw)
    assert any(line in written for written in str(error.value).splitlines()), str(error.value)


def test_everything_wrong_is_said_at_once(load: Load) -> None:
    raw = copy.deepcopy(SMALL)
    item(raw, "Q1").update(constructs=["brands"])
    item(raw, "Q3.scale").pop("maximum")
    indicator(raw, "grade").update(item="Q9")
    with pytest.raises(GumflowError) as error:
        load(raw)
    assert len(str(error.value).splitlines()) == 4


def test_context_may_scale_an_outcome(load: Load) -> None:
    raw = copy.deepcopy(SMALL)
    item(raw, "Q3.n").update(role="context")
    indicator(raw, "size").update(construct="cluster_base")
    indicator(raw, "mix").update(formula="1 / size", construct="value_capture")
    assert load(raw).indicators[1].construct == "value_capture"


def test_an_unknown_name_lists_the_instruments(model: Model) -> None:
    with pytest.raises(GumflowError, match=r"no instrument 'nothing'.*ningbo_apparel.*yongkang_hardware"):
        load_instrument("nothing", model)
    assert instrument_names() == sorted(instrument_names())


def test_an_unreadable_file_is_an_error_that_names_it(tmp_path: Path, model: Model) -> None:
    for content in (b"instrument: [", b"\xff\xfe\x00", b"a: 1\na: 2\n"):
        (tmp_path / "small.yaml").write_bytes(content)
        with pytest.raises(GumflowError, match=r"small\.yaml: the instrument cannot be read"):
            load_instrument("small", model, tmp_path)


def test_a_studys_own_instrument_comes_first(tmp_path: Path, model: Model) -> None:
    raw = copy.deepcopy(SMALL)
    raw["instrument"] = "ningbo_apparel"
    (tmp_path / "ningbo_apparel.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    assert len(load_instrument("ningbo_apparel", model, tmp_path).questions) == 3
    assert len(load_instrument("yongkang_hardware", model, tmp_path).questions) > 3
