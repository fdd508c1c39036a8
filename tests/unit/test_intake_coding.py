"""A coded row that its cited place does not bear out is found; what the text says is not."""

import pandas as pd
import pytest
from small_studies import STUDY, MakeStudy

from gumflow.contract.model import Model
from gumflow.contract.study import find_study, tidy_study
from gumflow.intake.book import Book
from gumflow.intake.coding import verify_coding

BOOK = Book(
    {
        "1.1": [
            "甲厂向乙 厂供货。约三百家企业在1993年关门。",
            "90年代以来，企业之间很少往来。链主是购买者驱动。",
            "大老虎集团也在山谷。",
            "1993年出口1,200万件，金额5.5亿元。",
        ]
    },
    {"1:1": "甲厂即甲厂有限公司。"},
)
CASE = STUDY.replace("interview", "case").replace("sample", "text")
SOUND = {
    "study.yaml": CASE,
    "actors.csv": "actor,label_en,label_zh,kind,place,section,paragraphs,note\n"
    "acme,Acme,甲厂,firm,local,1.1,1,\n"
    "bolt,Bolt,乙厂,firm,local,1.1,1,1:1\n"
    "tiger,Tiger,老虎股份有限公司,firm,local,1.1,3,\n"
    "small_firms,Small firms,小企业,class,local,1.1,1,\n",
    "aliases.csv": "name,actor\n大老虎,tiger\n三百家企业,small_firms\n企业之间,small_firms\n",
    "ties.csv": "source,target,layer,directed,state,section,paragraphs\n"
    "acme,bolt,transaction,1,achieved,1.1,1\n"
    "small_firms,small_firms,knowledge,0,lacking,1.1,2\n",
    "facts.csv": "fact,what_en,value,unit,qualifier,as_printed,section,paragraphs\nclosed,Firms closed,300,firms,about,三百家,1.1,1\n",
    "events.csv": "event,date,kind,label_en,section,paragraphs\ne1,1993-05,shakeout,Closing,1.1,1\ne2,1990,milestone,Decade,1.1,2\n",
    "chain.csv": "item,category,section,paragraphs\ndriver,buyer,1.1,2\n",
    "exports.csv": "year,quantity,value,section,paragraphs\n1993,1200,5.5,1.1,4\n",
    "statements.csv": "statement,document,section,paragraphs,sentence,coder,construct,state,polarity,strength\n"
    "s1,book,1.1,1,2,a,none,,,\n",
}


@pytest.fixture
def verify(make_study: MakeStudy, model: Model):
    """Verify the sound study with one text replaced by another in one file."""

    def of(file: str = "actors.csv", old: str = "", new: str = "") -> pd.DataFrame:
        assert old in SOUND[file]
        folder = make_study(SOUND | {file: SOUND[file].replace(old, new, 1)})
        return verify_coding(tidy_study(find_study(folder), model), BOOK)

    return of


def test_what_the_text_says_is_clean(verify):
    assert verify().empty


@pytest.mark.parametrize(
    ("file", "old", "new", "table", "what", "problem"),
    [
        ("actors.csv", "local,1.1,1,\n", "local,1.1,2,\n", "actors", "acme", "none of its names occurs there: 甲厂, Acme"),
        ("actors.csv", "local,1.1,1,\n", "local,1.1,9,\n", "actors", "", "there is no such place"),
        ("actors.csv", "local,1.1,1,\n", "local,9.9,1,\n", "actors", "", "there is no such place"),
        ("actors.csv", "local,1.1,1,1:1\n", "local,,,1:2\n", "actors", "", "there is no such place"),
        ("aliases.csv", "大老虎", "小老虎", "actors", "tiger", "none of its names occurs there"),
        ("ties.csv", "acme,bolt,transaction,1,achieved,1.1,1", "acme,tiger,transaction,1,achieved,1.1,1", "ties", "tiger", "none of its names"),
        ("ties.csv", "achieved,1.1,1", "achieved,1.1,2", "ties", "acme", "none of its names"),
        ("facts.csv", "三百家", "四百家", "facts", "四百家", "the figure is not printed there"),
        ("facts.csv", "三百家", "", "facts", "", "as_printed is empty"),
        ("exports.csv", "1993,", "1994,", "exports", "1994", "the year is not printed there"),
        ("exports.csv", "1200,", "1300,", "exports", "1300", "the quantity is not printed there"),
        ("exports.csv", ",5.5,", ",55,", "exports", "55", "the value is not printed there"),
        ("events.csv", "1993-05", "1994-05", "events", "1994-05", "the year is not printed there"),
        ("events.csv", "e2,1990", "e2,1980", "events", "1980", "the year is not printed there"),
        ("events.csv", "e2,1990", "e2,1995", "events", "1995", "the year is not printed there"),
        ("chain.csv", "buyer", "producer", "chain", "producer", "the text does not print 生产者 there"),
        ("statements.csv", "1.1,1,2,a", "1.1,1,3,a", "statements", "3", "the place has 2 sentences"),
        ("statements.csv", "1.1,1,2,a", "1.1,1,,a", "statements", "nan", "the place has 2 sentences"),
    ],
)  # fmt: skip
def test_each_row_that_the_text_does_not_bear_out_is_found(verify, file, old, new, table, what, problem):
    found = verify(file, old, new)
    assert set(found["table"]) == {table}
    assert (what, True) in [(w, problem in p) for w, p in zip(found["what"], found["problem"], strict=True)]


@pytest.mark.parametrize(
    ("category", "word"),
    [("stable", "稳定"), ("shrinking", "衰退 or 减少 or 萎缩"), ("not_captive", "没有被控制 or 没有被俘获"), ("sales_first", "销售环节")],
)  # fmt: skip
def test_what_is_said_of_the_chain_needs_one_of_its_words(verify, category, word):
    (problem,) = verify("chain.csv", "buyer", category)["problem"]
    assert problem == f"the text does not print {word} there"


def test_a_tie_of_which_neither_end_is_named_gives_a_line_for_each(verify):
    found = verify("ties.csv", "achieved,1.1,1", "achieved,1.1,3")
    assert found[["row", "place", "what"]].to_numpy().tolist() == [
        ["acme > bolt (transaction, achieved)", "1.1 ¶3", "acme"],
        ["acme > bolt (transaction, achieved)", "1.1 ¶3", "bolt"],
    ]


def test_the_first_and_last_year_of_a_decade_may_stand_for_the_decade(verify):
    assert verify("events.csv", "e2,1990", "e2,1999").empty


def test_a_word_for_any_firm_is_no_name(verify):
    found = verify("aliases.csv", "三百家企业", "企业")
    assert found["row"].tolist() == ["small_firms"]
    assert found["problem"].tolist() == ["none of its names occurs there: 小企业, Smallfirms, 企业之间"]


def test_blanks_in_the_text_do_not_hide_a_name(verify):
    # The text prints 乙 厂 with a blank.
    assert verify().empty


def test_a_note_may_bear_out_an_actor(verify):
    assert verify("actors.csv", "local,1.1,1,\n", "local,,,1:1\n").empty
