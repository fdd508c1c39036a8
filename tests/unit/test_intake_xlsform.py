"""Forms for Kobo and ODK: pyxform converts them without a word, and their conditions hold where they should."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
from pyxform.xls2xform import convert

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Instrument, instrument_names, load_instrument
from gumflow.contract.model import Model, load_model
from gumflow.intake.xlsform import roster_csv, write_form, xlsform_sheets

H = "{http://www.w3.org/1999/xhtml}"
X = "{http://www.w3.org/2002/xforms}"
TITLE = {"en": "Firms", "zh": "企业"}
ROSTER = pd.DataFrame(
    [
        ("acme", "Acme, Ltd", "甲厂", "firm", "local"),
        ("bolt", "Bolt", "Bolt", "firm", "local"),
        ("cog", "Cog", "", "firm", "local"),
        ("guild", "Guild", "协会", "association", "local"),
        ("shop", "Shop", "商行", "buyer", "abroad"),
    ],
    columns=["actor", "label_en", "label_zh", "kind", "place"],
)
HEAD = """
instrument: small
title: {en: Small, zh: 小}
source: {en: own, zh: 自拟}
sections: [{id: one, en: One, zh: 一}, {id: two, en: Two, zh: 二}]
questions:
"""
QUESTIONS = """
  - {id: Q0, section: one, en: Who, zh: 谁, items: [{id: Q0.name, type: identity, role: identity, en: Name, zh: 名称}]}
  - id: Q1
    section: one
    printed: 1
    en: People
    zh: 人员
    items:
      - {id: Q1.number, type: number, role: context, en: How many, zh: 人数, unit: persons, minimum: 1, maximum: 2000000, whole: true}
      - {id: Q1.parts, type: shares, role: context, en: Parts, zh: 构成, options: [{code: a, en: A, zh: 甲}, {code: b, en: B, zh: 乙}, {code: other, en: Else, zh: 其他, fill_in: true}]}
      - {id: Q1.score, type: scale, role: context, en: Score, zh: 评分, minimum: 0, maximum: 5}
  - {id: Q2, section: one, printed: 2, en: Kind, zh: 类型, items: [{id: Q2, type: single, role: context, options: [{code: x, en: X, zh: 子}, {code: y, en: Y, zh: 丑, fill_in: true}]}]}
  - id: Q3
    section: one
    en: Barriers
    zh: 困难
    items:
      - {id: Q3.ticks, type: several, role: context, en: Which, zh: 哪些, most: 2, asked_if: {item: Q2, options: [x, y]}, options: [{code: p, en: P, zh: 寅}, {code: q, en: Q, zh: 卯}, {code: r, en: R, zh: 辰}, {code: none, en: None, zh: 无, excludes: true}]}
      - {id: Q3.order, type: rank, ranks: Q3.ticks, role: context, en: Order, zh: 排序}
      - {id: Q3.words, type: text, role: context, en: Words, zh: 说明, asked_if: {item: Q3.ticks, options: [r]}}
"""
RELATIONS = """
  - {id: T1, section: two, en: Advice, zh: 请教, items: [{id: T1, type: relation, role: context, minimum: 0, maximum: 3, whole: true, relation: {alters: roster, kinds: [firm], most: 2}}]}
  - id: T2
    section: two
    en: Guilds
    zh: 协会
    items:
      - {id: T2.member, type: relation, role: context, en: Member, zh: 会员, relation: {alters: roster, kinds: [association, firm]}}
      - {id: T2.board, type: relation, role: context, en: Board, zh: 理事, relation: {alters: named, named_in: [T2.member], kinds: [association]}}
  - id: T3
    section: two
    en: About them
    zh: 关于各方
    items:
      - {id: T3.trust, type: relation, role: context, en: Trust, zh: 信任, minimum: 0, maximum: 5, whole: true, relation: {alters: named, named_in: [T1, T2.member], kinds: [firm]}}
      - {id: T3.types, type: relation, role: context, en: Bonds, zh: 关系, options: [{code: kin, en: kin, zh: 亲戚}, {code: club, en: club, zh: 社团}], relation: {alters: named, named_in: [T1, T2.member], kinds: [firm]}}
  - id: T4
    section: two
    en: Buyers
    zh: 买家
    items:
      - {id: T4.share, type: relation, role: context, en: Share, zh: 占比, unit: "%", minimum: 0, maximum: 100, relation: {alters: names, kinds: [buyer], place: outside, most: 3}}
      - {id: T4.price, type: relation, role: context, en: Price, zh: 定价, most: 1, options: [{code: us, en: us, zh: 我方}, {code: them, en: them, zh: 对方}], relation: {alters: named, named_in: [T4.share], kinds: [buyer], place: outside}}
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def small(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    return made(tmp_path_factory.mktemp("small"), model, QUESTIONS + RELATIONS)


def made(folder: Path, model: Model, questions: str, name: str = "small") -> Instrument:
    text = (HEAD + questions).replace("instrument: small", f"instrument: {name}")
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_instrument(name, model, folder)


class Converted:
    """An XForm made by pyxform from the written files."""

    def __init__(self, folder: Path, *instruments: Instrument, roster: pd.DataFrame = ROSTER) -> None:
        paths = write_form(folder, instruments, roster, title=TITLE, form_id="firms_form")
        result = convert(paths[0])
        self.warnings = result.warnings
        self.root = ET.fromstring(result.xform)
        self.binds: dict[str, dict[str, str]] = {}
        for bind in self.root.iter(f"{X}bind"):
            self.binds.setdefault(bind.attrib["nodeset"].rsplit("/", 1)[-1], {}).update(bind.attrib)

    def condition(self, name: str, kind: str, **answers: object) -> bool:
        """Evaluate a condition of the bind of `name` with these answers; `at` is the answer itself, all others are blank."""
        return bool(evaluated(self.binds[name][kind], answers))

    def elements(self, tag: str, name: str) -> list[ET.Element]:
        return [
            e
            for e in self.root.iter(tag)
            if e.attrib.get("ref", e.attrib.get("nodeset", "")).endswith(f"/{name}")
        ]

    def texts(self) -> dict[str, set[str]]:
        return {
            t.attrib["lang"]: {"".join(v.itertext()) for v in t.iter(f"{X}value")}
            for t in self.root.iter(f"{X}translation")
        }


TOKENS = re.compile(
    r"(?P<text>'[^']*')|(?P<path>(?:/|\.\./)[\w./]*\w)|(?P<call>[a-z]+(?:-[a-z]+)*)(?=\()|(?P<dot>\.(?!\d))|(?P<is>!=|>=|<=|=)"
)
CALLS = {
    "selected": lambda ticks, code: code in str(ticks).split(),
    "count_selected": lambda ticks: len(str(ticks).split()),
    "coalesce": lambda first, second: second if first == "" else first,
    "not": lambda truth: not truth,
}


def evaluated(expression: str, answers: dict[str, object]) -> object:
    """Evaluate the XPath that the conditions use, as Python, with a path standing for its last name."""

    def put(match: re.Match[str]) -> str:
        kind, word = match.lastgroup, match.group()
        if kind == "path":
            return f"answer({word.rsplit('/', 1)[-1]!r})"
        if kind == "call":
            return "calls['" + word.replace("-", "_") + "']" if word not in ("and", "or") else word
        return {"dot": "answer('at')", "is": "==" if word == "=" else word}.get(kind or "", word)

    return eval(TOKENS.sub(put, expression), {"answer": lambda n: answers.get(n, ""), "calls": CALLS})


@pytest.fixture(scope="module")
def form(small: Instrument, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    return Converted(tmp_path_factory.mktemp("form"), small)


FIRMS = [n for n in instrument_names() if n in ("ningbo_apparel", "yongkang_hardware")]
SETS = [([n], with_roster) for n in instrument_names() for with_roster in (True, False)]
SETS += [([n, "relational_module"], True) for n in FIRMS]


@pytest.mark.parametrize(("names", "with_roster"), SETS)
def test_the_shipped_instruments_convert_without_a_warning(names, with_roster, model, tmp_path):
    instruments = [load_instrument(name, model) for name in names]
    form = Converted(tmp_path, *instruments, roster=ROSTER if with_roster else ROSTER[:0])
    assert form.warnings == []
    texts = form.texts()
    assert set(texts) == {"English (en)", "中文 (zh)"}
    paths = " ".join(e.attrib["nodeset"] for e in form.root.iter(f"{X}bind"))
    for item in (i for instrument in instruments for i in instrument.items.values()):
        assert re.search(rf"/{item.id.replace('.', '_')}(_\w+)?( |$)", paths), item.id
        assert any(item.en in text for text in texts["English (en)"]), item.id
        assert any(item.zh in text for text in texts["中文 (zh)"]), item.id
    for bind in form.root.iter(f"{X}bind"):
        for kind in ("constraint", "relevant", "required"):
            # Parentheses with nothing in them are no expression, and pyxform does not look.
            assert not re.search(r"(?<![\w)])\( *\)", bind.attrib.get(kind, "")), bind.attrib


@pytest.mark.parametrize("name", instrument_names())
def test_units_are_shown_in_both_languages(name, model):
    instrument = load_instrument(name, model)
    survey = xlsform_sheets([instrument], ROSTER, title=TITLE, form_id="f")["survey"].set_index("name")
    for item in instrument.items.values():
        row = item.id.replace(".", "_") + ("_value" if item.relation else "")
        if item.unit and item.type != "shares" and survey.at[row, "type"] in ("integer", "decimal"):
            assert survey.at[row, "hint::English (en)"] == item.unit
            assert not re.search("[a-z]", survey.at[row, "hint::中文 (zh)"]), item.id


def test_the_small_instrument_converts_without_a_warning(form):
    assert form.warnings == []


@pytest.mark.parametrize(
    ("last", "others", "holds"),
    [
        (40, {"Q1_parts_a": 60}, True), (30, {"Q1_parts_a": 60}, False), (38, {"Q1_parts_a": 60}, True),
        (43, {"Q1_parts_a": 60}, False), (0, {"Q1_parts_a": 60, "Q1_parts_b": 40}, True), (100, {}, True), (-5, {"Q1_parts_a": 105}, False),
    ],
)  # fmt: skip
def test_a_share_set_sums_to_100_within_its_tolerance(form, last, others, holds):
    assert form.condition("Q1_parts_other", "constraint", at=last, **others) is holds


def test_a_share_set_may_be_blank_but_not_half_filled(form):
    assert not form.condition("Q1_parts_other", "required")
    assert form.condition("Q1_parts_other", "required", Q1_parts_b=70)
    assert form.condition("Q1_parts_a", "constraint", at=100)
    assert not form.condition("Q1_parts_a", "constraint", at=101)
    total = form.binds["Q1_parts_sum"]["calculate"]
    assert evaluated(total, {"Q1_parts_a": 20, "Q1_parts_other": 30}) == 50


def test_words_are_asked_beside_the_options_that_want_them(form):
    assert form.condition("Q1_parts_other_text", "relevant", Q1_parts_other=5)
    assert not form.condition("Q1_parts_other_text", "relevant", Q1_parts_other=0)
    assert form.condition("Q2_y_text", "relevant", Q2="y")
    assert not form.condition("Q2_y_text", "relevant", Q2="x")
    assert "Q2_x_text" not in form.binds


def test_numbers_keep_to_their_limits(form):
    assert form.binds["Q1_number"]["type"] == "int"
    assert [form.condition("Q1_number", "constraint", at=v) for v in (0, 1, 2000000, 2000001)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_scale_is_tapped(form):
    (control,) = form.elements(f"{X}select1", "Q1_score")
    instance = next(i for i in form.root.iter(f"{X}instance") if i.attrib.get("id") == "scale_0_5")
    assert [n.text for n in instance.iter(f"{X}name")] == ["0", "1", "2", "3", "4", "5"]
    assert "scale_0_5" in control.find(f"{X}itemset").attrib["nodeset"]


def test_ticks_have_a_most_and_options_that_stand_alone(form):
    holds = {
        ticks: form.condition("Q3_ticks", "constraint", at=ticks)
        for ticks in ("p", "p q", "p q r", "none", "none p")
    }
    assert holds == {"p": True, "p q": True, "p q r": False, "none": True, "none p": False}


def test_items_are_asked_where_the_skip_logic_says(form):
    assert [form.condition("Q3_ticks", "relevant", Q2=kind) for kind in ("x", "y", "")] == [True, True, False]
    assert [form.condition("Q3_words", "relevant", Q3_ticks=t) for t in ("p r", "p")] == [True, False]
    assert "relevant" not in form.binds["Q2"]


def test_a_rank_orders_exactly_what_was_ticked(form):
    assert [form.condition("Q3_order", "relevant", Q3_ticks=t) for t in ("p q", "p", "", "none")] == [
        True,
        True,
        False,
        False,
    ]
    assert [form.condition("Q3_order", "constraint", at=a, Q3_ticks="r p") for a in ("p r", "r p", "r", "r p q")] == [
        True, True, False, False,
    ]  # fmt: skip
    (control,) = form.elements("{http://www.opendatakit.org/xforms}rank", "Q3_order")
    assert re.search(r"selected\( ?\S*/Q3_ticks ?, ?name\)", control.find(f"{X}itemset").attrib["nodeset"])


def test_who_answers_is_apart_from_the_answers(form):
    assert form.binds["Q0_name"]["nodeset"].endswith("/identity/Q0_name")
    assert not [n for n, b in form.binds.items() if "/identity/" in b["nodeset"] and n != "Q0_name"]


def test_nothing_is_asked_without_consent(form):
    assert form.binds["consent"]["required"] == "true()"
    for group in ("identity", "small_one", "small_two", "respondent"):
        assert form.condition(group, "relevant", consent="yes")
        assert not form.condition(group, "relevant", consent="no")
    top = {b["nodeset"].split("/")[2] for b in form.binds.values()}
    assert top == {
        "submitted",
        "about",
        "consent",
        "respondent",
        "identity",
        "small_one",
        "small_two",
        "meta",
    }


def listed(form: Converted, name: str, tag: str = "select", **answers: object) -> list[str]:
    """The actors of the roster that a question offers."""
    (control,) = form.elements(f"{X}{tag}", name)
    nodeset = control.find(f"{X}itemset").attrib["nodeset"]
    condition = re.fullmatch(r"instance\('roster'\)/root/item\[(.*)\]", nodeset).group(1)
    column = re.compile(r"(?<![\w/])(name|kind|place)(?=\s*!?=)")
    return [
        actor.name
        for actor in roster_csv(ROSTER).itertuples()
        if evaluated(column.sub(lambda m, a=actor: f"'{getattr(a, m.group())}'", condition), answers)
    ]


def test_alters_are_picked_from_the_roster_by_kind_and_place_and_never_oneself(form):
    assert listed(form, "respondent", "select1") == ["acme", "bolt", "cog"]
    assert listed(form, "T1", respondent="bolt") == ["acme", "cog"]
    assert listed(form, "T2_member", respondent="bolt") == ["acme", "cog", "guild"]
    assert [form.condition("T1", "constraint", at=picked) for picked in ("acme cog", "acme cog bolt")] == [
        True,
        False,
    ]
    (instance,) = [i for i in form.root.iter(f"{X}instance") if i.attrib.get("id") == "roster"]
    assert instance.attrib["src"] == "jr://file-csv/roster.csv"


def repeat(form: Converted, name: str) -> ET.Element:
    (found,) = form.elements(f"{X}repeat", name)
    return found


def asked_in(form: Converted, name: str) -> list[str]:
    return [e.attrib["ref"].rsplit("/", 1)[-1] for e in repeat(form, name) if "ref" in e.attrib]


def test_each_alter_has_an_entry_with_its_id_and_its_value(form):
    assert asked_in(form, "T1_each") == ["T1_value"]
    assert form.binds["T1_each_count"]["calculate"].replace(" ", "").startswith("count-selected(/")
    assert re.search(r"selected-at\(.*T1 *, position\(\.\.\) - 1\)", form.binds["T1_shown"]["calculate"])
    assert "/T1_each/" in form.binds["T1_alter"]["nodeset"]


def test_the_id_is_written_down_with_the_value_and_a_moved_entry_is_refused(form):
    (value,) = [e for e in repeat(form, "T1_each") if e.attrib.get("ref", "").endswith("/T1_value")]
    (noted,) = value.iter(f"{X}setvalue")
    assert noted.attrib["event"] == "xforms-value-changed"
    assert noted.attrib["ref"].endswith("/T1_alter")
    assert noted.attrib["value"].strip().endswith("/T1_shown")
    entry = {"at": 2, "T1_shown": "cog"}
    assert form.condition("T1_value", "constraint", **entry)
    assert form.condition("T1_value", "constraint", **entry, T1_alter="cog")
    assert not form.condition("T1_value", "constraint", **entry, T1_alter="acme")


def test_what_is_about_alters_of_one_item_is_asked_in_its_entries(form):
    assert asked_in(form, "T2_member_each") == ["T2_board_value"]
    assert [
        o.text
        for o in next(i for i in form.root.iter(f"{X}instance") if i.attrib.get("id") == "tick").iter(
            f"{X}name"
        )
    ] == ["1", "0"]
    assert asked_in(form, "T4_share_each") == ["T4_share_alter", "T4_share_value", "T4_price_value"]
    assert form.binds["T4_price_alter"]["calculate"].strip().endswith("/T4_share_alter")


def test_what_is_about_alters_of_several_items_is_asked_once_for_each_alter(form):
    assert asked_in(form, "T3_trust_each") == ["T3_trust_value", "T3_types_value"]
    union = form.binds["T3_trust_named"]["calculate"]
    inner = re.fullmatch(
        r"join\(' ', instance\('roster'\)/root/item\[selected\(concat\((.*)\), name\)\]/name\)", union
    ).group(1)
    assert [part.strip().rsplit("/", 1)[-1] for part in inner.split(",")] == ["T1", "' '", "T2_member"]
    assert form.elements(f"{X}select", "T3_types_value")
    assert "/T3_trust_each/" in form.binds["T3_types_alter"]["nodeset"]


def test_free_names_are_counted_first(form):
    assert [form.condition("T4_share_count", "constraint", at=n) for n in (-1, 0, 3, 4)] == [
        False,
        True,
        True,
        False,
    ]
    assert (
        repeat(form, "T4_share_each")
        .attrib["{http://openrosa.org/javarosa}count"]
        .strip()
        .endswith("/T4_share_count")
    )
    assert [form.condition("T4_share_each", "relevant", T4_share_count=n) for n in (2, 0)] == [True, False]


def test_without_a_roster_items_ask_for_names(small, tmp_path):
    form = Converted(tmp_path, small, roster=ROSTER[:0])
    assert form.warnings == []
    assert asked_in(form, "T1_each") == ["T1_alter", "T1_value", "T3_trust_value", "T3_types_value"]
    assert asked_in(form, "T2_member_each") == [
        "T2_member_alter",
        "T2_board_value",
        "T3_trust_value",
        "T3_types_value",
    ]
    assert form.elements(f"{X}input", "respondent")
    assert [p.name for p in tmp_path.iterdir()] == ["form.xlsx"]


def test_a_roster_without_anyone_who_could_answer_leaves_the_respondent_to_be_written(small, tmp_path):
    form = Converted(tmp_path, small, roster=ROSTER[3:])
    assert form.warnings == []
    assert form.elements(f"{X}input", "respondent")


def test_items_whose_alters_are_taken_up_together_all_ask_for_names_if_one_must(small, tmp_path):
    """The guild is listed, but no firm: the question on trust would have names and ids."""
    form = Converted(tmp_path, small, roster=ROSTER[3:])
    for item in ("T1", "T2_member"):
        assert f"{item}_count" in form.binds
        assert item not in form.binds
        assert "T3_trust_value" in asked_in(form, f"{item}_each")


def test_a_tick_in_an_entry_opens_what_follows_from_it(model, tmp_path):
    more = """
      - {id: T2.years, type: relation, role: context, en: Years, zh: 年数, minimum: 0, relation: {alters: named, named_in: [T2.board], kinds: [association]}}
  - id: T3
"""
    form = Converted(
        tmp_path, made(tmp_path, model, (QUESTIONS + RELATIONS).replace("  - id: T3\n", more.lstrip("\n")))
    )
    assert asked_in(form, "T2_member_each") == ["T2_board_value", "T2_years_value"]
    assert [form.condition("T2_years_value", "relevant", T2_board_value=v) for v in (1, 0)] == [True, False]


def test_questions_go_to_the_kinds_of_respondents_that_they_are_for(model, tmp_path):
    questions = """
  - {id: A1, section: one, en: First, zh: 第一题, respondents: [firm], items: [{id: A1, type: text, role: context}]}
  - {id: A2, section: two, en: Second, zh: 第二题, respondents: [firm, association], items: [{id: A2, type: text, role: context}]}
"""
    instrument = made(tmp_path, model, questions)
    form = Converted(tmp_path / "listed", instrument)
    assert listed(form, "respondent", "select1") == ["acme", "bolt", "cog", "guild"]
    assert [form.condition("A1", "relevant", respondent_kind=k) for k in ("firm", "association")] == [
        True,
        False,
    ]
    assert "relevant" not in form.binds["A2"]
    assert form.binds["respondent_kind"]["calculate"].endswith("/kind")
    assert Converted(tmp_path / "free", instrument, roster=ROSTER[:0]).elements(
        f"{X}select1", "respondent_kind"
    )


def test_the_roster_file_has_plain_headers_and_both_names(small, tmp_path):
    write_form(tmp_path, [small], ROSTER, title=TITLE, form_id="f")
    assert (tmp_path / "roster.csv").read_bytes().decode("utf-8").splitlines() == [
        "name,label,kind,place",
        'acme,"甲厂 Acme, Ltd",firm,local',
        "bolt,Bolt,firm,local",
        "cog,Cog,firm,local",
        "guild,协会 Guild,association,local",
        "shop,商行 Shop,buyer,abroad",
    ]


def test_same_input_gives_same_bytes_and_a_changed_form_another_version(small, model, tmp_path):
    for folder in ("one", "two"):
        write_form(tmp_path / folder, [small], ROSTER, title=TITLE, form_id="f")
    assert (tmp_path / "one" / "form.xlsx").read_bytes() == (tmp_path / "two" / "form.xlsx").read_bytes()
    changed = made(tmp_path, model, QUESTIONS.replace("en: People", "en: Persons"))
    versions = {
        xlsform_sheets([i], ROSTER, title=TITLE, form_id="f")["settings"].at[0, "version"]
        for i in (small, changed, made(tmp_path, model, QUESTIONS))
    }
    assert len(versions) == 3
    settings = xlsform_sheets([small], ROSTER, title=TITLE, form_id="f")["settings"].iloc[0]
    assert (settings["form_title"], settings["form_id"], settings["default_language"]) == (
        "Firms / 企业",
        "f",
        "中文 (zh)",
    )


@pytest.mark.parametrize("form_id", ["", "1form", "my form", "表单"])
def test_a_bad_form_id_is_refused(form_id, small):
    with pytest.raises(GumflowError, match="ASCII letters"):
        xlsform_sheets([small], ROSTER, title=TITLE, form_id=form_id)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (None, "two questions called E1_a"),
        ("{id: E1.a, type: relation, role: context, relation: {alters: named, named_in: [T9], kinds: [firm]}}", "'T9'"),
        ("{id: E1.a, type: relation, role: context, relation: {alters: named, named_in: [E1.a], kinds: [firm]}}", "'E1.a'"),
        ("{id: E1.a, type: relation, role: context, relation: {alters: named, named_in: [T1, T4.share], kinds: [firm]}}", "free names"),
    ],
)  # fmt: skip
def test_instruments_that_cannot_stand_in_one_form_are_refused(item, message, model, small, tmp_path):
    question = f"  - {{id: E1, section: one, en: E, zh: 戊, items: [{item}]}}\n"
    if item is None:
        question = """
  - {id: E1, section: one, en: E, zh: 戊, items: [{id: E1.a, type: text, role: context}]}
  - {id: E1_a, section: one, en: E, zh: 戊, items: [{id: E1_a, type: text, role: context}]}
"""
    other = made(tmp_path, model, question, "other")
    with pytest.raises(GumflowError, match=re.escape(message)):
        xlsform_sheets([small, other], ROSTER, title=TITLE, form_id="f")
