"""What a PDF file says: its page text through the fonts' maps, its metadata strings, its streams unpacked (ISO 32000-1)."""

import base64
import binascii
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MOST_BYTES = 1 << 28
"""No stream is unpacked beyond so many bytes."""

_OBJECT = re.compile(rb"(?<!\d)(\d+)\s+\d+\s+obj\b")
_STREAM = re.compile(rb"\bstream\r?\n")
_STRING = re.compile(
    rb"\((?:[^()\\]|\\[\s\S]|\((?:[^()\\]|\\[\s\S]|\((?:[^()\\]|\\[\s\S])*\))*\))*\)|<[0-9A-Fa-f\s]*>(?!>)"
)
_CONTENT = re.compile(
    rb"/([^\s/<>\[\]()]+)\s+[-+.\d]+\s+Tf|/([^\s/<>\[\]()]+)\s+Do\b|("
    + _STRING.pattern
    + rb")|\b(?:[-+.\d]+\s+([-+.\d]+)\s+T[dD]|(T\*|Tm|ET))"
)
# The outline of one glyph of a drawn font begins with its width.
_GLYPH = re.compile(rb"[-+.\d\s]+d[01]\s")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_PICTURES = ("DCTDecode", "JPXDecode", "CCITTFaxDecode", "JBIG2Decode")
_GLYPHS = {
    "space": " ", "period": ".", "comma": ",", "hyphen": "-", "ampersand": "&", "parenleft": "(", "parenright": ")", "at": "@",
    "slash": "/", "colon": ":", "underscore": "_", "quotesingle": "'", "plus": "+", "backslash": "\\",
    **{unicodedata.name(str(d)).split()[1].lower(): str(d) for d in range(10)},
}  # fmt: skip
_ACCENTED = re.compile(r"([A-Za-z])(acute|grave|circumflex|dieresis|tilde|caron|cedilla|ring)")
_ACCENTS = {"dieresis": "DIAERESIS", "ring": "RING ABOVE"}


@dataclass(frozen=True)
class PdfObject:
    """An object: what stands before its stream, and the stream unpacked; `problem` says why it could not be."""

    number: int
    head: bytes
    stream: bytes = b""
    problem: str = ""


@dataclass(frozen=True)
class PdfText:
    """A text, or (`data`) bytes to be looked through by themselves, and where it stands in the file."""

    place: str
    text: str = ""
    data: bytes = b""
    problem: str = ""


@dataclass(frozen=True)
class _Font:
    """How the bytes of a string become characters: codes of `width` bytes, each mapped; else by the `codec`."""

    width: int = 1
    codes: Mapping[int, str] = field(default_factory=dict)
    codec: str = "cp1252"


def pdf_texts(data: bytes) -> Iterator[PdfText]:
    """Yield everything in a PDF file that can hold words; a stream that cannot be unpacked yields a problem."""
    objects = {o.number: o for o in _objects(data)}
    for outer in list(objects.values()):
        if re.search(rb"/Type\s*/ObjStm\b", outer.head):
            objects |= {o.number: o for o in _inner_objects(outer)}
    if re.search(rb"/Encrypt\b", b"".join([_outside_streams(data), *(o.head for o in objects.values())])):
        yield PdfText("PDF", problem="the file is encrypted")
    outside = b"\n".join([_outside_streams(data), *(o.head for o in objects.values())])
    # Without the mark of its start it is not taken for another PDF.
    outside = outside.replace(b"%PDF-", b"%")
    yield PdfText("PDF objects", data=outside)
    yield PdfText("PDF strings", text="\n".join(_strings(outside)))
    fonts = _fonts(objects)
    glyphs = []
    for number, obj in sorted(objects.items()):
        place = f"PDF object {number}"
        if obj.problem:
            yield PdfText(place, problem=obj.problem)
        elif _GLYPH.match(obj.stream):
            glyphs.append(obj.stream)
        elif obj.stream and not _is_picture_or_font(obj):
            if re.search(rb"\bT[jJ]\b|\bDo\b|'|\"", obj.stream):
                for text in _page_texts(obj.stream, fonts):
                    yield PdfText(f"{place}, text", text=text)
            yield PdfText(place, data=obj.stream)
    yield PdfText("PDF glyphs", data=b"\n".join(glyphs))


def _objects(data: bytes) -> Iterator[PdfObject]:
    at = 0
    while match := _OBJECT.search(data, at):
        end = data.find(b"endobj", match.end())
        end = len(data) if end < 0 else end
        stream = _STREAM.search(data, match.end(), end)
        if stream is None:
            yield PdfObject(int(match[1]), data[match.end() : end])
            at = end
            continue
        stop = data.find(b"endstream", stream.end())
        stop = len(data) if stop < 0 else stop
        head = data[match.end() : stream.start()]
        content, problem = _unpacked(head, data[stream.end() : stop])
        yield PdfObject(int(match[1]), head, content, problem)
        at = stop


def _outside_streams(data: bytes) -> bytes:
    """Return the file without its objects: header, comments, cross references, trailer."""
    parts, at = [], 0
    while match := _OBJECT.search(data, at):
        parts.append(data[at : match.start()])
        stop = data.find(b"endobj", match.end())
        stream = _STREAM.search(data, match.end(), stop if stop >= 0 else len(data))
        if stream is not None:
            stop = data.find(b"endobj", max(data.find(b"endstream", stream.end()), stream.end()))
        if stop < 0:
            return b"".join(parts)
        at = stop + len(b"endobj")
    return b"".join([*parts, data[at:]])


def _unpacked(head: bytes, raw: bytes) -> tuple[bytes, str]:
    """Return a stream with its filters undone, or why that cannot be."""
    found = re.search(rb"/Filter\s*(\[[^\]]*\]|/\w+)", head)
    for name in re.findall(r"/(\w+)", found[1].decode("latin-1")) if found else ():
        try:
            if name in ("FlateDecode", "Fl"):
                raw = zlib.decompressobj().decompress(raw, MOST_BYTES)
                if len(raw) == MOST_BYTES:
                    return b"", "a stream is too large to be looked through"
            elif name in ("ASCIIHexDecode", "AHx"):
                raw = _from_hex(raw.split(b">")[0])
            elif name in ("ASCII85Decode", "A85"):
                raw = base64.a85decode(raw.strip().removesuffix(b"~>").removeprefix(b"<~"))
            elif name in _PICTURES:
                return raw, ""
            else:
                return b"", f"a stream is packed by {name}, which is not read"
        except (zlib.error, ValueError, binascii.Error):
            return b"", f"a stream cannot be unpacked ({name})"
    return raw, ""


def _from_hex(digits: bytes) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", digits)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _inner_objects(outer: PdfObject) -> Iterator[PdfObject]:
    """Yield the objects that an object stream holds (ISO 32000-1, 7.5.7)."""
    count, first = (re.search(rb"/%s\s+(\d+)" % key, outer.head) for key in (b"N", b"First"))
    if count is None or first is None:
        return
    numbers = [int(n) for n in outer.stream[: int(first[1])].split() if n.isdigit()][: 2 * int(count[1])]
    starts = [*numbers[1::2], len(outer.stream) - int(first[1])]
    for number, start, end in zip(numbers[::2], starts, starts[1:], strict=False):
        yield PdfObject(number, outer.stream[int(first[1]) + start : int(first[1]) + end])


def _is_picture_or_font(obj: PdfObject) -> bool:
    return bool(re.search(rb"/Subtype\s*/(Image|CIDFontType0C|Type1C|OpenType)\b|/Length1\b", obj.head))


def _strings(data: bytes) -> Iterator[str]:
    """Yield the text of each literal or hexadecimal string, read as metadata are: UTF-16 or UTF-8 by mark, else Latin."""
    for match in _STRING.finditer(data):
        raw = _string_bytes(match[0])
        if raw[:2] in (b"\xfe\xff", b"\xff\xfe"):
            yield raw.decode("utf-16", "replace")
        else:
            # Without a mark PDF means a Latin encoding; some programs write UTF-8 or GBK all the same.
            for codec in ("utf-8", "gb18030", "cp1252"):
                yield raw.decode(codec, "ignore")
                if raw.isascii():
                    break


def _string_bytes(token: bytes) -> bytes:
    if token.startswith(b"<"):
        return _from_hex(token)
    return re.sub(rb"\\(?:([0-7]{1,3})|(\r\n|[\s\S]))", _unescaped, token[1:-1])


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 8) & 255])
    return b"" if match[2] in (b"\n", b"\r", b"\r\n") else _ESCAPES.get(match[2], match[2])


def _fonts(objects: Mapping[int, PdfObject]) -> dict[str, list[_Font]]:
    """Return the fonts by the names that content streams use; a name may mean other fonts on other pages."""
    fonts: dict[str, list[_Font]] = {}
    made: dict[int, _Font] = {}
    for obj in objects.values():
        for name, number in re.findall(rb"/([^\s/<>\[\]()]+)\s+(\d+)\s+\d+\s+R", obj.head):
            target = objects.get(int(number))
            if target is None or not re.search(rb"/Type\s*/Font\b", target.head):
                continue
            if target.number not in made:
                made[target.number] = _font(target, objects)
            known = fonts.setdefault(name.decode("latin-1"), [])
            if made[target.number] not in known:
                known.append(made[target.number])
    return fonts


def _font(obj: PdfObject, objects: Mapping[int, PdfObject]) -> _Font:
    reference = re.search(rb"/ToUnicode\s+(\d+)", obj.head)
    if reference and int(reference[1]) in objects:
        return _mapped_font(objects[int(reference[1])].stream)
    if re.search(rb"/Subtype\s*/Type0\b", obj.head):
        gbk = re.search(rb"/Encoding\s*/GBK", obj.head)
        return _Font(codec="gb18030" if gbk else "utf-16-be")
    head = obj.head
    encoding = re.search(rb"/Encoding\s+(\d+)\s+\d+\s+R", head)
    if encoding and int(encoding[1]) in objects:
        head += objects[int(encoding[1])].head
    differences = re.search(rb"/Differences\s*\[([^\]]*)\]", head)
    codes: dict[int, str] = {}
    code = 0
    for number, name in re.findall(
        rb"(\d+)(?=[\s/\]]|$)|/([^\s/\[\]]+)", differences[1] if differences else b""
    ):
        if number:
            code = int(number)
        else:
            codes[code] = _glyph(name.decode("latin-1"))
            code += 1
    return _Font(codes=codes)


def _glyph(name: str) -> str:
    """Return the character of a glyph by its name (a letter, a common mark, uniXXXX, uXXXXX), or nothing."""
    code = re.fullmatch(r"uni([0-9A-Fa-f]{4})|u([0-9A-Fa-f]{4,6})", name)
    if code:
        value = int(code[1] or code[2], 16)
        return chr(value) if value < 0x110000 else ""
    accented = _ACCENTED.fullmatch(name)
    if accented:
        letter, mark = accented[1], _ACCENTS.get(accented[2], accented[2].upper())
        return unicodedata.normalize(
            "NFC", letter + unicodedata.lookup(f"COMBINING {mark}" + _accent_end(mark))
        )
    return name if len(name) == 1 else _GLYPHS.get(name, "")


def _accent_end(mark: str) -> str:
    return " ACCENT" if mark in ("ACUTE", "GRAVE", "CIRCUMFLEX") else ""


def _mapped_font(cmap: bytes) -> _Font:
    """Read a ToUnicode map: single codes and ranges (ISO 32000-1, 9.10.3)."""
    codes: dict[int, str] = {}
    space = re.search(rb"begincodespacerange\s*<([0-9A-Fa-f]+)>", cmap)
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.S):
        for source, target in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f\s]*)>", block):
            codes[int(source, 16)] = _from_hex(target).decode("utf-16-be", "ignore")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.S):
        ranges = re.findall(
            rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f\s]+)>|\[([^\]]*)\])", block
        )
        for low, high, target, several in ranges:
            start, end = int(low, 16), min(int(high, 16), int(low, 16) + 0xFFFF)
            if target:
                first = _from_hex(target).decode("utf-16-be", "ignore") or "\0"
                last = ord(first[-1])
                codes |= {
                    c: first[:-1] + chr(last + c - start)
                    for c in range(start, end + 1)
                    if last + c - start < 0x110000
                }
            else:
                texts = re.findall(rb"<([0-9A-Fa-f\s]*)>", several)
                codes |= {start + i: _from_hex(t).decode("utf-16-be", "ignore") for i, t in enumerate(texts)}
    return _Font(width=len(space[1]) // 2 if space else 2, codes=codes)


def _page_texts(content: bytes, fonts: Mapping[str, list[_Font]]) -> Iterator[str]:
    """Yield the text that a content stream draws, once for each reading that its font names allow."""
    most = max([1, *map(len, fonts.values())])
    for reading in range(min(most, 8)):
        parts: list[str] = []
        font = _Font()
        for match in _CONTENT.finditer(content):
            name, drawn, string, down, move = match.groups()
            if name is not None:
                known = fonts.get(name.decode("latin-1"), [font])
                font = known[min(reading, len(known) - 1)]
            elif drawn is not None:
                # Glyphs beyond a font's 256 codes may be drawn as objects that carry the glyph's name.
                parts.append(_glyph(drawn.decode("latin-1").rsplit("-", 1)[-1]))
            elif string is not None:
                parts.append(_decoded(_string_bytes(string), font))
            elif move or float(down or 0):
                parts.append("\n")
        yield "".join(parts)


def _decoded(raw: bytes, font: _Font) -> str:
    if not font.codes:
        return raw.decode(font.codec, "ignore")
    width = font.width
    codes = [int.from_bytes(raw[i : i + width], "big") for i in range(0, len(raw), width)]
    return "".join(font.codes.get(c, chr(c) if width == 1 else "") for c in codes)
