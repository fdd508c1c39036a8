"""Everything that a file holds, unpacked: members of archives, packed streams, metadata, escapes and embedded data, as texts."""

import base64
import binascii
import html
import io
import re
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gumflow.present.gate_pdf import MOST_BYTES, pdf_texts

DEEPEST = 6
"""Containers inside containers are opened so many times."""

_PNG = b"\x89PNG\r\n\x1a\n"
LONG_DATA = 2_000
"""Characters of base 64 from which embedded data are searched decoded alone."""
_BLANK = "\ue000" * 4
_DATA_URI = re.compile(r"data:[^,;\"'\s]*(?:;[^,;\"'\s]*)*;base64,\s*([A-Za-z0-9+/=_\s%-]{4,})")
_LONG_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{40,}={0,2}")
_ESCAPE = re.compile(
    r"\\+u\{([0-9A-Fa-f]{1,6})\}|\\+u([0-9A-Fa-f]{4})|\\+U([0-9A-Fa-f]{8})|((?:\\+x[0-9A-Fa-f]{2})+)"
    r"|((?:\\+[0-3][0-7]{2})+)|\\([0-9A-Fa-f]{4,6})[ \t]?"
)
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_PAIRS = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_URL_SAFE = str.maketrans("-_", "+/")
_TAG = re.compile(r"<[^<>]*>")
_RUN = re.compile(rb"(?:[\x09\x0a\x0d\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2})+")


@dataclass(frozen=True)
class Piece:
    """A part of a file: its text, or `data` (bytes as they are), where it stands, and how it is written.

    `packed` marks bytes in which letters stand by chance. `problem` says why a part could not be looked through.
    """

    place: str
    text: str = ""
    data: bytes = b""
    form: str = ""
    packed: bool = False
    problem: str = ""


Reader = Callable[[bytes, str, int], Iterator[Piece]]


def pieces(data: bytes, place: str = "", depth: int = 0) -> Iterator[Piece]:
    """Yield everything that bytes hold, unpacked again and again; what cannot be unpacked is a problem, never an error."""
    if not data:
        return
    if depth > DEEPEST:
        yield Piece(place, problem="containers inside containers go deeper than is looked into")
        return
    reader = _reader(data)
    if reader is None:
        yield from _text_pieces(data, place, depth)
        yield Piece(place, data=data)
        return
    yield Piece(place, data=data, packed=True)
    try:
        yield from reader(data, place, depth)
    except (
        zlib.error, zipfile.BadZipFile, struct.error, ValueError, EOFError, OSError, NotImplementedError, RuntimeError, KeyError,
    ) as error:  # fmt: skip
        yield Piece(place, problem=f"the file cannot be unpacked ({type(error).__name__})")


def _reader(data: bytes) -> Reader | None:
    """Return the function that opens a container, by the mark at its start."""
    if data.startswith(_PNG):
        return _png
    if b"%PDF-" in data[:1024]:
        return _pdf
    if data.startswith(b"PAR1") and data.endswith(b"PAR1"):
        return _parquet
    if data.startswith(b"\x1f\x8b"):
        return _gzip
    if data.startswith(b"PK") and zipfile.is_zipfile(io.BytesIO(data)):
        return _zip
    if data[:1] == b"\x78" and len(data) > 2 and int.from_bytes(data[:2], "big") % 31 == 0:
        return _zlib if _unpacks(data) else None
    return None


def _joined(place: str, part: str) -> str:
    return f"{place}, {part}" if place else part


def _unpacks(data: bytes) -> bool:
    try:
        zlib.decompressobj().decompress(data, 64)
    except zlib.error:
        return False
    return True


def _inflated(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    out = stream.decompress(data, MOST_BYTES)
    if not stream.eof:
        raise ValueError("too large or cut off")
    return out


def _zlib(data: bytes, place: str, depth: int) -> Iterator[Piece]:
    yield from pieces(_inflated(data), _joined(place, "zlib stream"), depth + 1)


def _gzip(data: bytes, place: str, depth: int) -> Iterator[Piece]:
    """Yield the name, the comment and the content of each gzip member (RFC 1952), and what follows the last."""
    number = 0
    while data.startswith(b"\x1f\x8b"):
        number += 1
        where = _joined(place, f"gzip member {number}")
        yield from pieces(_gzip_header(data), f"{where} header", depth + 1)
        stream = zlib.decompressobj(31)
        out = stream.decompress(data, MOST_BYTES)
        if not stream.eof:
            raise ValueError("too large or cut off")
        yield from pieces(out, where, depth + 1)
        data = stream.unused_data
    if data.strip(b"\0"):
        yield from pieces(data, _joined(place, "after gzip"), depth + 1)


def _gzip_header(data: bytes) -> bytes:
    flags, at = data[3], 10
    start = at
    if flags & 4:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for bit in (8, 16):
        if flags & bit:
            at = data.index(b"\0", at) + 1
    return data[start:at]


def _zip(data: bytes, place: str, depth: int) -> Iterator[Piece]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield from pieces(archive.comment, _joined(place, "archive comment"), depth + 1)
        for info in archive.infolist():
            where = _joined(place, f"member {member_name(info.filename)}")
            yield Piece(_joined(place, "member name"), text=info.filename)
            yield from pieces(info.comment + b"\n" + info.extra, f"{where} comment", depth + 1)
            if info.flag_bits & 1:
                yield Piece(where, problem="the member is encrypted")
            elif info.file_size >= MOST_BYTES:
                yield Piece(where, problem="the member is too large to be looked through")
            else:
                yield from pieces(archive.read(info), where, depth + 1)


def member_name(name: str) -> str:
    """Return a member's name if it is of the usual kind, else its length: a report must not repeat what a name tells."""
    usual = re.fullmatch(
        r"(?:(?:xl|word|ppt|docProps|_rels|customXml|worksheets|theme|comments|drawings|media)/)*(?:_rels/)?"
        r"(?:sheet|comments|drawing|vmlDrawing|image|chart|table|theme|item|header|footer|styles|sharedStrings|workbook|document|core|app"
        r"|custom|settings|fontTable|webSettings|numbering|footnotes|endnotes|calcChain|persons?|threadedComment|\[Content_Types\])?"
        r"\d*\.[a-z]{2,5}(?:\.rels)?",
        name,
    )
    return name if usual else f"(name of {len(name)} characters)"


def _png(data: bytes, place: str, depth: int) -> Iterator[Piece]:
    """Yield the text, profile, EXIF and unknown chunks of a PNG, and whatever follows its end (PNG specification, 11.3)."""
    at = len(_PNG)
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise ValueError("cut off")
        at += 12 + length
        if kind == b"IEND":
            break
        if kind in (b"IDAT", b"IHDR", b"PLTE", b"fdAT"):
            continue
        where = _joined(place, f"PNG chunk {kind.decode('latin-1') if kind.isalpha() else 'unknown'}")
        if kind == b"tEXt":
            yield Piece(where, text=body.decode("latin-1"))
        keyword, _, rest = body.partition(b"\0")
        if kind in (b"zTXt", b"iCCP"):
            body = keyword + b"\n" + _inflated(rest[1:])
            yield Piece(where, text=body.decode("latin-1"))
        elif kind == b"iTXt":
            packed, (language, title, text) = rest[:1] == b"\1", rest[2:].split(b"\0", 2)
            body = b"\n".join([keyword, language, title, _inflated(text) if packed else text])
        yield from pieces(body, where, depth + 1)
    if data[at:]:
        yield from pieces(data[at:], _joined(place, "after the PNG's end"), depth + 1)


def _pdf(data: bytes, place: str, depth: int) -> Iterator[Piece]:
    for found in pdf_texts(data):
        where = _joined(place, found.place)
        if found.problem:
            yield Piece(where, problem=found.problem)
        elif found.text:
            yield Piece(where, text=found.text)
        else:
            yield from pieces(found.data, where, depth + 1)


def _parquet(data: bytes, place: str, depth: int) -> Iterator[Piece]:
    """Yield names and metadata of a Parquet file and the distinct values of each column."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    facts = [*table.schema.names, *(table.schema.metadata or {}).items()]
    facts += [field.metadata for field in table.schema if field.metadata]
    yield Piece(_joined(place, "column names and metadata"), text="\n".join(map(_shown_fact, facts)))
    for number, column in enumerate(table.columns, start=1):
        where = _joined(place, f"column {number}")
        if pa.types.is_floating(column.type) or pa.types.is_boolean(column.type):
            continue
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            for value in pc.unique(column).to_pylist():
                yield from pieces(value or b"", where, depth + 1)
            continue
        values = column.to_pylist() if pa.types.is_nested(column.type) else pc.unique(column).to_pylist()
        text = "\n".join(str(v) for v in values if v is not None)
        yield Piece(where, text=text)
        yield from _forms(text, where, depth)


def _shown_fact(fact: object) -> str:
    if isinstance(fact, tuple):
        return " ".join(part.decode("utf-8", "replace") for part in fact)
    return str(fact)


def _text_pieces(data: bytes, place: str, depth: int) -> Iterator[Piece]:
    """Yield the readings of bytes that are no container: by mark, as UTF-8, GB18030 or UTF-16, or the words in binary data."""
    for text in _decodings(data):
        yield Piece(place, text=_without_embedded(text))
        yield from _forms(text, place, depth)


def _without_embedded(text: str) -> str:
    """Return a text without the long data that it embeds in base 64, which is searched decoded: among its many letters any short name turns up by chance."""
    if "base64," not in text:
        return text
    return _DATA_URI.sub(lambda m: m[0] if len(m[1]) < LONG_DATA else _BLANK + "\n" * m[0].count("\n"), text)


def _decodings(data: bytes) -> list[str]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return [data.decode("utf-16", "replace")]
    found = []
    nul = (data[:4096:2].count(0), data[1:4096:2].count(0))
    if max(nul) * 20 > min(len(data), 4096):
        found.append(data.decode("utf-16-le" if nul[1] >= nul[0] else "utf-16-be", "replace"))
    try:
        return [data.decode("utf-8-sig"), *found]
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("gb18030")
        # Chance bytes often are valid GB18030; text has no control characters.
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return [text, *found]
    except UnicodeDecodeError:
        pass
    runs = [run for run in _RUN.findall(data) if len(run) >= 4]
    return [b"\n\x01\x01\x01\x01\n".join(runs).decode("utf-8", "ignore").replace("\x01", "\ue000"), *found]


def _forms(text: str, place: str, depth: int) -> Iterator[Piece]:
    """Yield a text with its escapes undone, without its tags, and the data embedded in it."""
    current = Piece(place, text=_without_embedded(text))
    for _ in range(3):
        undone = _undone(current)
        if undone is None:
            break
        yield undone
        current = undone
    if "<" in text and ">" in text:
        # A zero-width space: words on both sides stay apart, yet a name whose letters are tagged one by one is found.
        yield Piece(place, text=_TAG.sub("\u200b", current.text), form="across tags")
    for number, run in enumerate(_base64_runs(text), start=1):
        yield from pieces(run, _joined(place, f"base64 data {number}"), depth + 1)


def _undone(piece: Piece) -> Piece | None:
    """Return a text with one layer of escapes undone, or None if it has none."""
    text = piece.text
    forms: list[str] = []
    if "&" in text and (new := html.unescape(text)) != text:
        text, forms = new, [*forms, "entities"]
    if "%" in text and (new := _PERCENT.sub(_from_percent, text)) != text:
        text, forms = new, [*forms, "percent-encoding"]
    if "\\" in text and (new := _ESCAPE.sub(_from_escape, text)) != text:
        new = _PAIRS.sub(lambda m: m[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), new)
        text, forms = new, [*forms, "backslash escapes"]
    if not forms:
        return None
    return replace(piece, text=text, form=f"written with {' and '.join(forms)}")


def _from_percent(match: re.Match[str]) -> str:
    return _from_bytes(urllib.parse.unquote_to_bytes(match[0]))


def _from_bytes(raw: bytes) -> str:
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _from_escape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3] or match[6]
    if code:
        return chr(int(code, 16)) if int(code, 16) < 0x110000 else match[0]
    if match[4]:
        return _from_bytes(bytes.fromhex(re.sub(r"\\+x", "", match[4])))
    return _from_bytes(bytes(int(octal, 8) for octal in re.findall(r"[0-7]{3}", match[5])))


def _base64_runs(text: str) -> Iterator[bytes]:
    """Yield what data: URIs and long runs of base 64 hold."""
    uris = [m.span(1) for m in _DATA_URI.finditer(text)] if "base64," in text else []
    spans = uris + [
        m.span() for m in _LONG_BASE64.finditer(text) if not any(a <= m.start() < b for a, b in uris)
    ]
    for start, end in spans:
        run = re.sub(r"[^A-Za-z0-9+/]", "", urllib.parse.unquote(text[start:end]).translate(_URL_SAFE))
        try:
            run = run[: len(run) - (len(run) % 4 == 1)]
            yield base64.b64decode(run + "=" * (-len(run) % 4))
        except (binascii.Error, ValueError):
            continue
