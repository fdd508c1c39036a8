"""Finding protected texts in a text: spelling, words, numbers, many names at once."""

import random
import re
import unicodedata

import pytest

from gumflow.contract.name_search import (
    BARRIER,
    BLOCK,
    Names,
    is_identity_number,
    is_social_credit_code,
    searchable,
)

NAMES = ["Acme Textiles", "甲乙纺织", "Toone", "王伟", "13812345678", "Bolt", "Nestlé", "TCL集团"]


def found(text):
    return [NAMES[h.entry] for h in Names(NAMES).find(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("of Acme Textiles here", "Acme Textiles"),
        ("ACME TEXTILES", "Acme Textiles"),
        ("ＡｃｍｅＴｅｘｔｉｌｅｓ", "Acme Textiles"),
        ("acme_textiles.svg", "Acme Textiles"),
        ("Acme\n      Textiles", "Acme Textiles"),
        ("A c m e T e x t i l e s", "Acme Textiles"),
        ("A\u200bc\u200bm\u200be Textiles", "Acme Textiles"),
        ("AcmeTex-\ntiles", "Acme Textiles"),
        ("idAcmeTextilesX2", "Acme Textiles"),
        ("由甲乙纺织供货", "甲乙纺织"),
        ("甲 乙\u200b纺\n织", "甲乙纺织"),
        ("“甲乙”纺织", "甲乙纺织"),
        ("联系人：王伟，电话", "王伟"),
        ("tel 138-1234-5678.", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("bolt, nut", "Bolt"),
        ("Nestle\u0301", "Nestlé"),
        ("ＴＣＬ集团", "TCL集团"),
        ("the Toone mill", "Toone"),
    ],
)
def test_a_name_is_found_however_it_is_written(text, name):
    assert found(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "to one",
        "untooned",
        "acme",
        "textiles",
        "bolted",
        "thunderbolt",
        "帝王伟业",
        "王 力",
        "0.13812345678",
        "138123456789",
        "13812345678.5",
        "1381 2345\n678",
        "甲乙针织",
        "甲,1,2,3,4,乙纺织",
        "",
    ],
)
def test_other_words_and_numbers_are_not_taken_for_names(text):
    assert found(text) == []


def test_places_are_those_of_the_plain_form_and_longer_names_come_first():
    names = Names(["Acme", "Acme Textiles"])
    hits = names.find("x Acme Textiles, Acme")
    assert [(h.entry, h.start, h.end) for h in hits] == [(1, 2, 15), (0, 2, 6), (0, 17, 21)]


def test_masking_puts_the_longest_name_out_first():
    names = Names(["Acme", "Acme Textiles"])
    assert names.masked("x Acme Textiles, ACME!", "#") == "x #, #!"
    assert names.masked("nothing", "#") == "nothing"


def test_nothing_is_found_across_a_barrier():
    assert found("甲乙" + BARRIER + "纺织") == []
    assert found("acme" + BARRIER + "textiles") == []


def test_names_too_short_to_be_told_from_words_are_left_out():
    assert [searchable(t) for t in ("Bob", "Bolt", "王", "王伟", "123456", "1234567", "", "——")] == [
        False, True, False, True, False, True, False, False,
    ]  # fmt: skip
    assert Names(["王", "x", ""]).find("王 x") == []


def test_many_names_are_found_where_a_plain_search_finds_them():
    """Compared with a search name by name in long words, over the edge of a block."""
    rng = random.Random(7)
    letters = "abcde甲乙丙丁"
    names = sorted({"".join(rng.choices(letters, k=rng.randint(12, 15))) for _ in range(40)})
    text = "".join(rng.choices(letters, k=BLOCK - 300))
    for name in names:
        text += rng.choice("zyx") * rng.randint(0, 5) + name
    text += "".join(rng.choices(letters, k=3000))
    expected = {(m.start(), name) for name in names for m in re.finditer(f"(?={name})", text)}
    assert {(h.start, names[h.entry]) for h in Names(names).find(text)} == expected
    assert len(expected) >= 40


def test_letters_compare_as_unicode_normalizes_them():
    """Every assigned letter of the basic plane is found in a text that spells it in its compatibility form."""
    rng = random.Random(1)
    codes = [
        c
        for c in range(0x250, 0xD7A4)
        if chr(c).isalpha() and unicodedata.normalize("NFKC", chr(c)).isalpha()
    ]
    for code in rng.sample(codes, 200):
        assert Names([chr(code) * 12]).find("- " + unicodedata.normalize("NFKD", chr(code) * 12))


def test_check_characters():
    # GB 32100's own example of a code, and one with a character changed.
    assert is_social_credit_code("91350100M000100Y43")
    assert not is_social_credit_code("91350100M000100Y44")
    assert not is_social_credit_code("91350100M000100Y4")
    # GB 11643's own examples.
    assert is_identity_number("11010519491231002X")
    assert is_identity_number("440524188001010014")
    assert not is_identity_number("110105194912310021")
