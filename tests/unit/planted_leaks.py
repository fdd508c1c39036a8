"""Files with one leak each, as programs write them, for the tests of the gate."""

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from gumflow.present.style import styled

NAME = "甲乙纺织"
LATIN = "Acme Textiles"
PROTECTED = ["别的企业", NAME, LATIN, "91330200X12345678Y", "13912345678"]


def escaped(text: str, form: str) -> str:
    return "".join(form.format(ord(c)) for c in text)


def workbook(write: Callable) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("data")
    sheet.write_string(0, 0, "value")
    write(book, sheet)
    book.close()
    return buffer.getvalue()


def rich_text(book, sheet) -> None:
    sheet.write_rich_string(1, 1, NAME[:2], book.add_format({"bold": True}), NAME[2:])


def zipped(members: dict[str, bytes], comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
        archive.comment = comment
    return buffer.getvalue()


def document(text: str) -> bytes:
    runs = "".join(f"<w:r><w:t>{c}</w:t></w:r>" for c in text)
    body = f"<?xml version='1.0'?><w:document xmlns:w='w'><w:body><w:p>{runs}</w:p></w:body></w:document>"
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": body.encode()})


def figure(form: str, text: str = "", rc: dict | None = None, gid: str | None = None, **options) -> bytes:
    with styled(), matplotlib.rc_context(rc or {}):
        fig = Figure(figsize=(2, 2))
        axes = fig.add_subplot()
        axes.plot([1, 2], [3, 4], gid=gid)
        axes.set_title(text)
        buffer = io.BytesIO()
        fig.savefig(buffer, format=form, **options)
    return buffer.getvalue()


def png(kind: bytes, body: bytes, after: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(kind, body) + pixels + chunk(b"IEND", b"") + after


def pdf(objects: list[bytes], trailer: bytes = b"<< /Root 1 0 R >>") -> bytes:
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (i, o) for i, o in enumerate(objects, start=1))
    return b"%PDF-1.5\n" + body + b"trailer\n" + trailer + b"\n%%EOF\n"


def stream(data: bytes, head: bytes = b"") -> bytes:
    packed = zlib.compress(data)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (len(packed), head, packed)


def object_stream() -> bytes:
    inner = b"<< /Title <" + (b"\xfe\xff" + NAME.encode("utf-16-be")).hex().encode() + b"> >>"
    first = b"7 0 "
    return stream(first + inner, b"/Type /ObjStm /N 1 /First %d" % len(first))


def unmapped_font() -> bytes:
    """A font without a Unicode map whose codes are named glyphs."""
    names = b" ".join(b"/uni%04X" % ord(c) for c in NAME)
    font = b"<< /Type /Font /Subtype /Type3 /Encoding << /Differences [ 65 " + names + b" ] >> >>"
    return pdf(
        [b"<< /Font << /F1 2 0 R >> >>", font, stream(b"BT /F1 10 Tf [ (A) 3 (B) -2 (C) ] TJ (D) Tj ET")]
    )


def parquet(table: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.to_parquet(buffer)
    return buffer.getvalue()


def svg(inside: str) -> bytes:
    return f"<svg xmlns='http://www.w3.org/2000/svg'>{inside}</svg>".encode()


def html(inside: str) -> bytes:
    return f"<!doctype html><html><body>{inside}</body></html>".encode()


def leaks() -> dict[str, bytes]:
    """Return files by name, each with one protected text in it, and nothing else that may not be published."""
    inner_svg = svg(f"<title>{NAME}</title>")
    uri = base64.b64encode(inner_svg).decode()
    return {
        **_plain(),
        **_markup(inner_svg, uri),
        "comment.xlsx": workbook(lambda book, sheet: sheet.write_comment("A1", f"of {NAME}")),
        "property.xlsx": workbook(lambda book, sheet: book.set_properties({"author": LATIN})),
        "custom.xlsx": workbook(lambda book, sheet: book.set_custom_property("owner", NAME)),
        "defined_name.xlsx": workbook(lambda book, sheet: book.define_name("Acme_Textiles", "=data!$A$1")),
        "sheet_name.xlsx": workbook(lambda book, sheet: book.add_worksheet(NAME)),
        "cell.xlsx": workbook(lambda book, sheet: sheet.write_string("B2", NAME)),
        "rich_text.xlsx": workbook(rich_text),
        "header.xlsx": workbook(lambda book, sheet: sheet.set_header(f"&C{NAME}")),
        "document.docx": document(NAME),
        "nested.zip": zipped({"a.zip": zipped({"b.xlsx": workbook(lambda b, s: s.write_string("B2", NAME))})}),
        "comment.zip": zipped({"a.txt": b"x"}, NAME.encode("gb18030")),
        "member_name.zip": zipped({f"{NAME}.txt": b"x"}),
        "packed.svgz": gzip.compress(inner_svg),
        "packed_twice.gz": gzip.compress(zlib.compress(NAME.encode("gb18030"))),
        "title.svg": figure("svg", NAME, {"svg.fonttype": "none"}),
        "outline.svg": figure("svg", NAME, {"svg.fonttype": "path"}),
        "id.svg": figure("svg", gid="acme-textiles"),
        "metadata.svg": figure("svg", metadata={"Creator": NAME}),
        "type3.pdf": figure("pdf", NAME, {"pdf.fonttype": 3}),
        "type42.pdf": figure("pdf", NAME, {"pdf.fonttype": 42}),
        "latin.pdf": figure("pdf", f"of {LATIN}"),
        "metadata.pdf": figure("pdf", metadata={"Author": NAME}),
        "hex_string.pdf": pdf([b"<< /Title <FEFF" + NAME.encode("utf-16-be").hex().encode() + b"> >>"]),
        "octal.pdf": pdf([b"<< /Title (" + b"".join(b"\\%03o" % c for c in b"\xfe\xff" + NAME.encode("utf-16-be")) + b") >>"]),
        "xmp.pdf": pdf([stream(f"<x:xmpmeta><dc:creator>{NAME}</dc:creator></x:xmpmeta>".encode())]),
        "object_stream.pdf": pdf([object_stream()]),
        "glyph_names.pdf": unmapped_font(),
        "attachment.pdf": pdf([stream(gzip.compress(NAME.encode()))]),
        "metadata.png": figure("png", metadata={"Title": LATIN}),
        "text.png": png(b"tEXt", b"Title\0" + LATIN.encode()),
        "packed_text.png": png(b"zTXt", b"Title\0\0" + zlib.compress(LATIN.encode())),
        "unicode.png": png(b"iTXt", b"Title\0\1\0zh\0\0" + zlib.compress(NAME.encode())),
        "exif.png": png(b"eXIf", b"II*\0\x08\0\0\0\x01\0" + NAME.encode("utf-16-le") + b"\0\0"),
        "after.png": png(b"tEXt", b"Title\0x", gzip.compress(NAME.encode())),
        "value.parquet": parquet(pd.DataFrame({"a": ["x", NAME]})),
        "column.parquet": parquet(pd.DataFrame({LATIN: [1]})),
        "number.parquet": parquet(pd.DataFrame({"a": [1, 13912345678]})),
    }  # fmt: skip


def _plain() -> dict[str, bytes]:
    gapped = "\u200b".join(NAME)
    return {
        "utf8.csv": f"\ufeffa,b\n1,{NAME}\n".encode(),
        "gb18030.csv": f"列,值\n1,{NAME}\n".encode("gb18030"),
        "utf16.csv": f"a,b\n1,{NAME}\n".encode("utf-16"),
        "utf16_be.txt": f"a,b\n1,{NAME}\n".encode("utf-16-be"),
        "utf16_le.txt": f"a\t{LATIN}\n".encode("utf-16-le"),
        "pieces.txt": b"\xff\x00\x01" + NAME.encode("utf-16-be") + b"\xff\xfe\xff",
        "full_width.txt": "ＡＣＭＥ　ＴＥＸＴＩＬＥＳ".encode(),
        "case.md": b"# on aCME tEXTILES",
        "spaces.txt": "甲 乙\n纺  织".encode(),
        "zero_width.txt": gapped.encode(),
        "credit_code.txt": b"code 91330200x12345678y",
        "phone.csv": b"a\n+86 139-1234-5678\n",
        "json.json": json.dumps({"name": NAME}).encode(),
        "twice_escaped.json": json.dumps(json.dumps({"name": NAME})).encode(),
        "python.txt": escaped(NAME, "\\U{:08x}").encode(),
        "utf8_escapes.txt": "".join(f"\\x{b:02x}" for b in NAME.encode()).encode(),
        "octal_escapes.txt": "".join(f"\\{b:o}" for b in NAME.encode()).encode(),
    }


def _markup(inner_svg: bytes, uri: str) -> dict[str, bytes]:
    return {
        "decimal.html": html(escaped(NAME, "&#{};")),
        "hexadecimal.html": html(escaped(NAME, "&#x{:x};")),
        "named.html": html("Acme&nbsp;Textiles"),
        "percent.html": html("<a href='x?q=" + "".join(f"%{b:02X}" for b in NAME.encode()) + "'>"),
        "percent_gbk.html": html("<a href='x?q=" + "".join(f"%{b:02X}" for b in NAME.encode("gb18030")) + "'>"),
        "script.html": html(f"<script>var a='{escaped(NAME, chr(92) + 'u{:04x}')}'</script>"),
        "script_braces.html": html(f"<script>var a='{escaped(NAME, chr(92) + 'u{{{:x}}}')}'</script>"),
        "script_bytes.html": html(f"<script>var a='{escaped('Acme', chr(92) + 'x{:02x}')} Textiles'</script>"),
        "style.html": html(f"<style>p{{content:'{escaped(NAME, chr(92) + '{:x} ')}'}}</style>"),
        "base64.html": html(f"<img src='data:image/svg+xml;base64,{uri}'>"),
        "base64_gzip.html": html(
            f"<img src='data:x/y;base64,{base64.b64encode(gzip.compress(inner_svg)).decode()}'>"
        ),
        "base64_long.json": json.dumps({"d": base64.b64encode(b"." * 40 + inner_svg).decode()}).encode(),
        "uri.html": html("<img src='data:image/svg+xml," + escaped(LATIN, "%{:02x}") + "'>"),
        "tags.html": html("".join(f"<b>{c}</b>" for c in NAME)),
        "comment.svg": svg(f"<!-- {NAME} -->"),
        "tspan.svg": svg("<text>" + "".join(f"<tspan x='{i}.5'>{c}</tspan>" for i, c in enumerate(NAME)) + "</text>"),
    }  # fmt: skip


def traces() -> dict[str, tuple[bytes, str]]:
    """Return files with what is found by pattern in confidential studies, and what it is."""
    return {
        "home.svg": (svg("<!-- /home/wang/study/a.csv -->"), "path of a user's folder"),
        "mac.json": (b'{"a": "/Users/wang/study"}', "path of a user's folder"),
        "windows.json": (b'{"a": "C:\\\\Users\\\\wang\\\\study"}', "path of a user's folder"),
        "file.html": (html("<a href='file:///srv/x'>"), "path of a user's folder"),
        "mail.txt": (b"ask wang.wei@mill.com.cn", "e-mail address"),
        "ip.csv": (b"a\n192.168.31.7\n", "IP address"),
        "phone.txt": ("电话13700001111。".encode(), "mobile phone"),
        "phone_hyphens.txt": (b"137-0000-1111", "mobile phone"),
        "code.txt": (b"91350100M000100Y43", "credit code"),
        "code_invented.txt": (b"91330200MA2AXXXX9K", "credit code"),
        "identity.txt": (b"11010519491231002X", "identity number"),
        "pdf_mail.pdf": (figure("pdf", "wang@mill.cn"), "e-mail address"),
        "png_path.png": (png(b"tEXt", b"Source\0/home/wang/x.py"), "path of a user's folder"),
    }
