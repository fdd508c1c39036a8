"""A text is cut into sections, paragraphs, sentences and notes as the coding protocol counts them."""

import pytest

from gumflow.contract.errors import GumflowError
from gumflow.intake.book import read_book, sentences

TEXT = """\
某书前言

不属于任何一章。
01　山谷集群

章首一段。

1.1　形成与发展

山谷产业始于1987年。最初只有三家企业！

（1）模仿阶段

当时的做法是“先拿来，再改进。”后来呢？没有人说得清
〔1〕

 就这样过了十年。

新的一段在注号之后另起。
〔2〕

另起的一段不缩进。

1.1.1　市场，这是一个很长很长的句子而不是标题，因为它远远超过了标题应有的长度，所以它应当被当作正文的一个段落来处理，而不是新的一节。

1.1.2　渠道
两行文字
合成一段。
注　释

〔1〕
 甲厂有限公司，
 成立于1990年。

〔2〕
 乙厂。

02　第二章

2.1　山谷
第二章的文字。
附录一
不再计入。
"""


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text(TEXT, encoding="utf-8")
    return read_book(path)


def test_chapters_and_numbered_headings_open_sections_and_the_rest_is_left_out(book):
    assert set(book.sections) == {"1", "1.1", "1.1.2", "2", "2.1"}
    assert book.sections["1"] == ["章首一段。"]
    assert book.sections["2.1"] == ["第二章的文字。"]


def test_a_paragraph_is_a_block_and_sub_headings_are_blocks_too(book):
    assert book.sections["1.1"][0].startswith("山谷产业始于1987年")
    assert book.sections["1.1"][1] == "（1）模仿阶段"
    assert book.sections["1.1.2"] == ["两行文字合成一段。"]


def test_a_note_mark_ends_a_paragraph_only_if_the_text_after_it_is_not_indented(book):
    third, fourth, fifth = book.sections["1.1"][2:5]
    assert third.endswith("没有人说得清就这样过了十年。")
    assert fourth == "新的一段在注号之后另起。"
    assert fifth == "另起的一段不缩进。"


def test_a_line_that_opens_like_a_heading_but_is_a_long_sentence_is_text(book):
    assert book.sections["1.1"][5].startswith("1.1.1　市场")
    assert "1.1.1" not in book.sections


def test_notes_are_found_by_chapter_and_number(book):
    assert book.notes == {"1:1": "甲厂有限公司，成立于1990年。", "1:2": "乙厂。"}


def test_a_place_is_the_text_of_all_that_it_cites_or_nothing(book):
    assert book.place("1.1", "2", "") == "（1）模仿阶段"
    assert book.place("1.1", "2;4", "1:2") == "（1）模仿阶段\n新的一段在注号之后另起。\n乙厂。"
    assert book.place("", "", "1:2") == "乙厂。"
    for section, paragraphs, note in (
        ("1.1", "7", ""),
        ("1.1", "0", ""),
        ("1.9", "1", ""),
        ("", "", "1:3"),
        ("1.1", "1", "9:9"),
        ("1.1", "", ""),
    ):
        assert book.place(section, paragraphs, note) is None


def test_sentences_end_at_full_stops_with_their_closing_marks(book):
    assert sentences(book.sections["1.1"][2]) == [
        "当时的做法是“先拿来，再改进。”",
        "后来呢？",
        "没有人说得清就这样过了十年。",
    ]
    assert sentences("（真的吗？）是！") == ["（真的吗？）", "是！"]
    assert sentences("没有句号") == ["没有句号"]
    assert sentences("有句号。没有") == ["有句号。", "没有"]
    assert sentences("") == []


def test_sentences_lose_no_character(book):
    for paragraphs in book.sections.values():
        for paragraph in paragraphs:
            assert "".join(sentences(paragraph)) == paragraph


def test_a_file_that_is_no_numbered_text_is_refused(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text("01　只有一章\n没有节。\n", encoding="utf-8")
    with pytest.raises(GumflowError, match="no section such as"):
        read_book(path)
    path.write_bytes("01　山谷".encode("gb18030"))
    with pytest.raises(GumflowError, match="cannot be read as UTF-8"):
        read_book(path)
    with pytest.raises(GumflowError, match="cannot be read"):
        read_book(tmp_path / "nowhere.txt")


def test_a_text_saved_with_a_byte_order_mark_and_windows_line_ends_is_the_same(tmp_path, book):
    path = tmp_path / "windows.txt"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_book(path) == book
