"""The gate's look into files: every planted leak is found, at its place, and nothing else."""

import base64

import pandas as pd
import pytest
from planted_leaks import (
    LATIN,
    NAME,
    PROTECTED,
    html,
    leaks,
    parquet,
    pdf,
    png,
    stream,
    svg,
    traces,
    workbook,
    zipped,
)

from gumflow.contract.writing import write_table, write_text
from gumflow.present.gate_bytes import Scanner

LEAKS = leaks()
TRACES = traces()
SCANNER = Scanner(PROTECTED, True)


@pytest.mark.parametrize("name", LEAKS)
def test_each_planted_name_is_found_and_nothing_besides(name):
    found = Scanner(PROTECTED, False).leaks(LEAKS[name])
    assert {leak.what for leak in found} == {"protected text"}
    entries = {leak.excerpt for leak in found}
    assert len(entries) == 1
    entry = int(entries.pop().split()[1]) - 1
    assert PROTECTED[entry] != "别的企业"


@pytest.mark.parametrize("name", LEAKS)
def test_without_the_name_in_the_list_nothing_is_found(name):
    assert Scanner(["别的企业", "Other Mills"], False).leaks(LEAKS[name]) == []


@pytest.mark.parametrize("name", TRACES)
def test_each_trace_is_found_by_its_pattern_in_a_confidential_study_only(name):
    data, what = TRACES[name]
    assert {leak.what for leak in Scanner([], True).leaks(data)} == {what}
    assert Scanner([], False).leaks(data) == []


def test_no_finding_repeats_what_it_found():
    said = [f"{k.place} {k.what} {k.excerpt}" for data in LEAKS.values() for k in SCANNER.leaks(data)]
    said += [f"{k.place} {k.what} {k.excerpt}" for data, _ in TRACES.values() for k in SCANNER.leaks(data)]
    assert not [text for text in said if Scanner([*PROTECTED, "wang"], True).leaks(text.encode())]


def place_of(name):
    return [leak.place for leak in SCANNER.leaks(LEAKS[name])]


def test_the_place_is_said():
    assert place_of("utf8.csv") == ["line 2"]
    assert place_of("comment.xlsx") == ["member xl/comments1.xml, line 2"]
    assert place_of("property.xlsx") == ["member docProps/core.xml, line 2"]
    assert place_of("text.png") == ["PNG chunk tEXt"]
    assert place_of("column.parquet") == ["column names and metadata, line 1"]
    assert place_of("value.parquet")[-1] == "column 1, line 2"
    assert place_of("base64.html") == ["base64 data 1"]
    assert place_of("json.json") == ["written with backslash escapes"]
    assert place_of("hex_string.pdf") == ["PDF strings"]
    assert "PDF object 9, text" in place_of("type3.pdf")[0]


def test_a_text_is_counted_and_each_form_of_it_is_told():
    both = SCANNER.leaks(f"{NAME}, {NAME} and {LATIN}".encode())
    assert [(k.excerpt, k.times) for k in both] == [
        ("entry 2 of the protected list", 2),
        ("entry 3 of the protected list", 1),
    ]
    mixed = SCANNER.leaks(html(NAME + " &#x7532;&#x4e59;&#x7eba;&#x7ec7;"))
    assert [(k.place, k.times) for k in mixed] == [("", 1), ("written with entities", 1)]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped({"a.txt": b"x"})[:-30] + b"PK\x05\x06" + b"\0" * 18, ""),
        (b"\x1f\x8b\x08\0" + b"\0" * 30, "cannot be unpacked"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x08zTXtabcdefgh1234", "cannot be unpacked"),
        (b"PAR1" + b"\0" * 40 + b"PAR1", "cannot be unpacked"),
        (pdf([b"<< /Filter /LZWDecode >>\nstream\nabc\nendstream"]), "LZWDecode"),
        (pdf([b"<< /Filter /FlateDecode >>\nstream\nabc\nendstream"]), "cannot be unpacked"),
        (pdf([b"<< >>"], b"<< /Encrypt 3 0 R >>"), "encrypted"),
    ],
)
def test_what_cannot_be_looked_through_is_a_finding(data, why):
    found = [k for k in SCANNER.leaks(data) if "cannot be looked through" in k.what]
    assert bool(found) == bool(why)
    assert all(why in k.what for k in found)


def test_boxes_in_boxes_end():
    data = b"x"
    for _ in range(12):
        data = zipped({"a.zip": data})
    assert {k.what for k in SCANNER.leaks(data)} == {
        "cannot be looked through: containers inside containers go deeper than is looked into"
    }


def test_a_member_that_is_too_large_is_a_finding(monkeypatch):
    monkeypatch.setattr("gumflow.present.gate_contents.MOST_BYTES", 1000)
    monkeypatch.setattr("gumflow.present.gate_pdf.MOST_BYTES", 1000)
    bomb = zipped({"a.txt": b"0" * 5000})
    assert any("too large" in k.what for k in SCANNER.leaks(bomb))
    assert any("too large" in k.what for k in SCANNER.leaks(pdf([stream(b"0" * 5000)])))


CLEAN = {
    "sections": b"section 2.2.3.1 and 5.1.2.3, version 1.0.2.3",
    "numbers": b"0.13912345678,1139123456789,139123456789,13912345678.25,-0.13700001111\n",
    "hash": b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "web": b"https://example.org/home/page and https://example.org/Users/list",
    "coordinates": svg("<path d='M 139 1234 L 5678 91.5 1.5.2.3 10.25.30.45.5'/>"),
    "cells": workbook(lambda book, sheet: sheet.write_row(1, 1, [139, 12345678, 1, 39, 123, 45678])),
    "words": "企业与协会 firms and associations, 乙甲纺织, acme 1 textiles".encode(),
    "random": bytes((i * 7919 + i // 251 * 31) % 256 for i in range(40000)),
    "pixels": png(b"tEXt", b"Software\0x"),
    "decimals": parquet(pd.DataFrame({"a": [139.12345678, 0.5], "b": ["x", "y"]})),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_what_only_looks_like_a_leak_is_passed(name):
    assert SCANNER.leaks(CLEAN[name]) == []


def test_what_the_one_writer_writes_is_passed(tmp_path):
    table = pd.DataFrame(
        {"cluster": ["valley"] * 50, "share": [1 / (i + 3) for i in range(50)], "n": range(50)}
    )
    for suffix in ("csv", "xlsx", "parquet"):
        write_table(table, tmp_path / f"t.{suffix}")
    write_text("<html><body>" + "&amp; &#215; 企业 " * 200 + "</body></html>", tmp_path / "p.html")
    for path in sorted(tmp_path.iterdir()):
        assert SCANNER.leaks(path.read_bytes()) == [], path.name


def test_a_short_name_among_the_letters_of_embedded_data_is_chance_and_one_in_the_data_is_found():
    scanner = Scanner(["yunda"], False)
    noise = base64.b64encode(bytes(range(256)) * 12).decode()
    chance = (
        f'<p>line</p>\n<img src="data:image/svg+xml;base64,{noise[:1200]}/yunda/{noise[1207:]}"/>\n<p>end</p>'
    )
    assert scanner.leaks(chance.encode()) == []
    drawn = base64.b64encode(b"<svg><text>yunda</text>" + b"<g/>" * 900 + b"</svg>").decode()
    for text in (
        f'<img src="data:image/svg+xml;base64,{drawn}"/>',
        chance + "<p>yunda</p>",
        '<a href="data:;base64,yunda">',
    ):
        assert scanner.leaks(text.encode()), text[:60]
