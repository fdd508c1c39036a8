"""The form on paper: everything asked is on it, names stand on the first sheet alone, and the list fits the roster."""

import functools
import html
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import instrument_names, load_instrument
from gumflow.present.paper_form import BLANK_ROWS, NAME_ROWS, paper_form

SMALL = """\
instrument: small
title: {en: Small one, zh: 小问卷}
source: {en: Own, zh: 自编}
sections:
  - {id: who, en: Who, zh: 身份}
  - {id: main, en: Main part, zh: 主体}
questions:
  - {id: S0, section: who, en: Name of the firm, zh: 企业名称, items: [{id: S0.name, type: identity, role: identity}]}
  - id: S1
    section: main
    printed: 1
    en: Do you export?
    zh: 有出口吗？
    items:
      - {id: S1, type: single, role: context, options: [{code: "yes", en: Sure, zh: 有的}, {code: "no", en: Never, zh: 没有}]}
  - id: S2
    section: main
    printed: 2
    en: How do you learn?
    zh: 怎样学习？
    items:
      - id: S2.ways
        type: several
        role: context
        most: 2
        asked_if: {item: S1, options: ["yes"]}
        options: [{code: hire, en: Hiring, zh: 招人}, {code: other, en: Another way, zh: 别的办法, fill_in: true}]
      - {id: S2.rank, type: rank, role: context, ranks: S2.ways, most: 1, en: Order of these, zh: 排个顺序}
      - {id: S2.sales, type: shares, role: context, en: Shares of sales, zh: 销售比重, options: [{code: home, en: Home, zh: 内销}, {code: away, en: Away, zh: 外销}]}
      - {id: S2.bar, type: scale, role: context, minimum: 1, maximum: 4, en: How hard, zh: 难度}
      - {id: S2.staff, type: number, role: context, unit: persons, whole: true, en: Staff, zh: 员工}
      - {id: S2.words, type: text, role: context, en: In words, zh: 说明}
  - id: S3
    section: main
    printed: 3
    respondents: [firm, government]
    en: With whom do you work?
    zh: 和谁往来？
    items:
      - {id: S3.add, type: relation, role: context, en: Who is missing, zh: 还缺谁, relation: {alters: names, kinds: [firm]}}
      - {id: S3.help, type: relation, role: context, en: "Help (0 no, 2 much)", zh: 帮助（0 无，2 多）, minimum: 0, maximum: 2, whole: true, relation: {layer: knowledge, flow: to_respondent, alters: roster, kinds: [firm]}}
      - {id: S3.joint, type: relation, role: context, en: Joint work, zh: 合作, relation: {layer: innovation, alters: roster, kinds: [firm, university]}}
      - {id: S3.trust, type: relation, role: context, en: Trust, zh: 信赖, minimum: 0, maximum: 9, whole: true, relation: {alters: named, named_in: [S3.help], kinds: [firm]}}
      - {id: S3.office, type: relation, role: context, en: Office visits, zh: 走访, unit: "%", relation: {layer: policy, flow: to_respondent, alters: roster, kinds: [government]}}
      - {id: S3.buyers, type: relation, role: context, en: Large buyers, zh: 大买家, relation: {layer: pipeline, flow: from_respondent, alters: names, kinds: [buyer], place: outside, most: 3}}
      - {id: S3.design, type: relation, role: context, en: Who designs, zh: 谁设计, most: 1, options: [{code: we, en: ours, zh: 我方}, {code: they, en: theirs, zh: 对方}], relation: {alters: named, named_in: [S3.buyers], kinds: [buyer], place: outside}}
"""
ROSTER = pd.DataFrame(
    [
        ("office", "Trade office", "商务局", "government"),
        ("acme", "Acme <b>&", "甲厂", "firm"),
        ("uni", "", "理工大学", "university"),
        ("bolt", "Bolt", "乙厂", "firm"),
        ("bank", "A bank", "某银行", "finance"),
    ],
    columns=["actor", "label_en", "label_zh", "kind"],
)
VOID = {"meta", "br", "col", "wbr"}


class Tags(HTMLParser):
    """Checks that each tag is closed by its own, and keeps texts."""

    def __init__(self, page):
        super().__init__()
        self.open, self.texts, self.names = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def small(tmp_path_factory, model):
    folder = tmp_path_factory.mktemp("instruments")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    return load_instrument("small", model, folder)


@pytest.fixture(scope="module")
def shipped(model):
    return functools.cache(lambda name: load_instrument(name, model))


@pytest.fixture(scope="module")
def page(small):
    return paper_form([small], ROSTER, "en", "A survey")


def item_part(page, item):
    """Return the HTML of the item of a question, from its text to the end."""
    blocks = re.split(r'<div class="(?:item|list)">', page)
    return next(b for b in blocks if f'<span class="id">{item}</span>' in b)


def lists(page):
    """Return the lists of the page, each as rows of cells (HTML), the head first."""
    found = re.findall(r'<div class="list">.*?</table>', page, re.DOTALL)
    return [
        [
            re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)
            for row in re.findall(r"<tr.*?</tr>", one, re.DOTALL)
        ]
        for one in found
    ]


@pytest.mark.parametrize("language", ["en", "zh", "both"])
@pytest.mark.parametrize("name", instrument_names())
def test_every_item_and_option_of_each_instrument_is_on_the_form(shipped, name, language):
    instrument = shipped(name)
    page = paper_form([instrument], ROSTER, language, "Title")
    tags = Tags(page)
    assert tags.open == []
    assert tags.names[:3] == ["html", "head", "meta"]
    text = html.unescape(re.sub(r"<[^>]*>", "", page))
    for item in instrument.items.values():
        assert f'<span class="id">{item.id}</span>' in page
        for spoken in ("en", "zh") if language == "both" else (language,):
            assert all(o.label(spoken) in text for o in item.options)
    for question in instrument.questions:
        if any(i.type != "identity" for i in question.items):
            assert (question.zh if language == "zh" else question.en) in text


def test_one_language_shows_no_other(small):
    english, chinese = (paper_form([small], ROSTER, language, "T") for language in ("en", "zh"))
    body = english.split("<body>")[1]
    # What has no English name is shown by the Chinese one.
    assert re.findall("[一-鿿]+", body) == ["理工大学"]
    assert "Sure" not in chinese
    assert '<html lang="zh-CN">' in chinese
    both = paper_form([small], ROSTER, "both", "T")
    assert re.search(r'有的<span class="second" lang="en">Sure</span>', both)


def test_it_needs_no_other_file(page):
    for word in ("http", "src=", "url(", "<link", "<script", "@import"):
        assert word not in page


def test_who_answers_stands_on_the_first_sheet_alone(page):
    cover, rest = page.split("</section>")
    assert "S0.name" in cover
    assert "Name of the firm" in cover
    assert "Respondent number" in cover
    assert "S0.name" not in rest
    assert "Name of the firm" not in rest
    assert "Do you export?" not in cover
    # The number is at the head of every other sheet, so that the two can be put together again.
    assert '@top-right { content: "Respondent number' in page
    assert "No name and no single answer" in cover


def test_two_instruments_that_ask_the_same_of_who_answers_ask_it_once(small, shipped):
    both = paper_form([small, small], ROSTER, "en", "T")
    assert both.split("</section>")[0].count("Name of the firm") == 1
    module = shipped("relational_module")
    assert (
        "Name of the firm or organization" in paper_form([module], ROSTER, "en", "T").split("</section>")[0]
    )


def test_ticks_words_and_limits(page):
    single = item_part(page, "S1")
    assert single.count('class="tick"') == 2
    assert "Tick one." in single
    several = item_part(page, "S2.ways")
    assert "Tick at most 2." in several
    assert several.count('class="fill"') == 1


def test_skip_says_which_tick_of_which_question(page, small):
    assert "Only if this is ticked in question 1: Sure" in item_part(page, "S2.ways")
    assert "Only if" not in item_part(page, "S1")
    assert "仅当第 1 题选了：有的" in paper_form([small], ROSTER, "zh", "T")


def test_ranks_shares_scales_numbers_and_words(page, small):
    rank = item_part(page, "S2.rank")
    assert rank.count('class="rankbox"') == 2
    assert "up to 1" in rank
    shares = item_part(page, "S2.sales")
    assert shares.count('class="blank"') == 2
    assert "Together = 100 %" in shares
    assert re.findall(r"<span>(\d)</span>", item_part(page, "S2.bar")) == ["1", "2", "3", "4"]
    number = item_part(page, "S2.staff")
    assert "persons" in number
    assert "whole number" in number
    assert "<span>人</span>" in re.sub(
        ' class="inline"', "", item_part(paper_form([small], ROSTER, "zh", "T"), "S2.staff")
    )
    assert 'class="lines"' in item_part(page, "S2.words")


def test_a_question_for_others_than_firms_says_for_whom(page):
    assert page.count("For: ") == 1
    assert "For: firm, government" in page


def test_free_names_have_a_table_of_their_own_with_what_is_said_of_each(page):
    buyers = item_part(page, "S3.buyers")
    rows = re.findall(r"<tr>.*?</tr>", buyers, re.DOTALL)
    assert len(rows) == 1 + 3
    assert all(row.count("<b>") == 2 for row in rows[1:])
    assert "1 ours, 2 theirs" in buyers
    assert "at most 3" in buyers


def test_names_without_a_limit_have_some_rows(shipped):
    guide = shipped("interview_guide")
    part = item_part(paper_form([guide], ROSTER, "zh", "T"), "IV09.names")
    assert len(re.findall(r"<tr>", part)) == 1 + NAME_ROWS


def test_those_missing_from_the_list_are_written_at_its_end(page):
    assert "blank rows at the end of the list" in item_part(page, "S3.add")
    assert "<table" not in item_part(page, "S3.add")


def test_the_list_has_a_row_for_each_actor_asked_about_and_a_column_for_each_item(page):
    firms, offices = lists(page)
    assert [
        re.sub("<wbr>", "", re.findall(r'class="id">(.*?)</span>', cell)[0]) for cell in firms[0][2:]
    ] == ["S3.help", "S3.joint", "S3.trust"]
    named = [re.sub("<[^>]*>", "", row[1]) for row in firms[1:] if len(row) == 5]
    # Firms first, in the order of the roster; then universities; a bank is asked about nowhere.
    assert named == ["Acme &lt;b&gt;&amp;", "Bolt", "理工大学"] + [""] * BLANK_ROWS
    headings = [re.sub("<[^>]*>", "", row[0]) for row in firms[1:] if len(row) == 1]
    assert headings == ["firm", "university, school", "Missing from the list"]
    assert [re.sub("<[^>]*>", "", row[1]) for row in offices[1:] if len(row) == 3][:2] == ["Trade office", ""]
    assert "某银行" not in page
    assert "A bank" not in page


def test_cells_are_to_circle_to_tick_to_write_or_gray(page):
    firms, offices = lists(page)
    acme = next(row for row in firms if len(row) == 5 and "Acme" in row[1])
    assert re.findall(r"<b>(\d)</b>", acme[2]) == ["0", "1", "2"]
    assert 'class="tick"' in acme[3]
    # Ten figures are too many to circle.
    assert re.sub("<[^>]*>", "", acme[4]) == ""
    uni = next(row for row in firms if len(row) == 5 and "理工大学" in row[1])
    assert ['class="not"' in cell for cell in uni[2:]] == [True, False, True]
    assert "%" in offices[2][2]


def test_the_key_says_what_figures_mean_and_the_head_is_short(page):
    assert "Help (0 no, 2 much) [circle]" in page
    assert re.search(r"<th><span>Help</span>", page)
    assert "Trust [write]" in page
    assert "Joint work [tick]" in page


def test_heads_of_lists_are_repeated_and_rows_are_not_torn(page):
    assert page.count("<thead>") == 3
    style = page.split("</style>")[0]
    assert "thead { display: table-header-group; }" in style
    assert "tr { break-inside: avoid; }" in style


def test_columns_fill_the_width_of_the_sheet(shipped):
    page = paper_form([shipped("relational_module")], ROSTER, "both", "T")
    for part in re.findall(r"<colgroup>.*?</colgroup>", page):
        widths = [float(w) for w in re.findall(r"width: ([\d.]+)mm", part)]
        assert sum(widths) == pytest.approx(277, abs=1)
        assert min(widths) >= 8


def test_a_roster_of_nobody_leaves_blank_rows(small):
    firms, _ = lists(paper_form([small], ROSTER.iloc[:0], "en", "T"))
    assert sum(len(row) == 5 for row in firms[1:]) == BLANK_ROWS


def test_120_actors_have_a_row_each(shipped):
    roster = pd.DataFrame(
        [(f"f{n}", f"Firm {n}", f"企业{n}", "firm") for n in range(120)], columns=ROSTER.columns
    )
    first, *_ = lists(paper_form([shipped("relational_module")], roster, "zh", "T"))
    numbers = [re.sub("<[^>]*>", "", row[0]) for row in first[1:] if len(row) > 1]
    assert numbers == [str(n) for n in range(1, 121)] + [f"+{n}" for n in range(1, BLANK_ROWS + 1)]


def test_names_from_outside_are_escaped(small):
    page = paper_form([small], ROSTER, "en", "<script>alert(1)</script>")
    assert "<script>" not in page
    assert Tags(page).open == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"language": "fr"}, "no language 'fr'"),
        ({"instruments": []}, "needs an instrument"),
        ({"roster": ROSTER.drop(columns=["kind", "label_zh"])}, "lacks the column label_zh, kind"),
    ],
)
def test_wrong_calls_are_said(small, change, said):
    given = {"instruments": [small], "roster": ROSTER, "language": "en", "title": "T"} | change
    with pytest.raises(GumflowError, match=said):
        paper_form(**given)
