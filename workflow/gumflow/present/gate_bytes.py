"""Leaks in the bytes of files: protected texts in any form, and in confidential studies whatever looks like a person's trace.

A finding never repeats what it found: it says the file, the place, and which entry of the protected list stands there.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gumflow.contract.name_search import (
    BLOCK,
    Names,
    candidates,
    is_han,
    is_identity_number,
    is_social_credit_code,
    packed_hashes,
    plain,
)
from gumflow.present.gate_contents import Piece, pieces

LEAST_CHANCE_BYTES = 8
"""In packed data a text counts from so many bytes on (6 where they are Chinese): shorter ones stand there by chance."""

_CODECS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


@dataclass(frozen=True)
class Leak:
    """Something that must not be published: where in the file, what kind, how written, how often, and a masked excerpt."""

    place: str
    what: str
    excerpt: str
    times: int = 1


def _ipv4(match: re.Match[str]) -> bool:
    parts = match[0].split(".")
    # Section numbers such as 2.2.3.1 have one digit a part; an address has 255 at most and no leading zero.
    return all(int(p) < 256 and (p == "0" or p[0] != "0") for p in parts) and max(map(len, parts)) > 1


def _credit_code(match: re.Match[str]) -> bool:
    return is_social_credit_code(match[0]) or bool(re.search("[A-Z]", match[0]))


@dataclass(frozen=True)
class Pattern:
    """A kind of trace: `spots` finds quickly where it may be, `form` and `holds` decide."""

    what: str
    form: re.Pattern[str]
    spots: Callable[[str], np.ndarray]
    holds: Callable[[re.Match[str]], bool] = bool


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _places_of(*signs: str) -> Callable[[str], np.ndarray]:
    def spots(text: str) -> np.ndarray:
        return np.array(
            [m.start() for s in signs if s in text for m in re.finditer(re.escape(s), text)], dtype=np.int64
        )

    return spots


def _long_runs(codes: np.ndarray, member: np.ndarray, least: int) -> np.ndarray:
    """Return where runs of at least so many members begin; `member` tells for each of 128 codes."""
    inside = np.zeros(len(codes) + 2, dtype=np.int8)
    inside[1:-1] = member[np.minimum(codes, 127)]
    edges = np.diff(inside)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    starts = starts[ends - starts >= least]
    # What follows a point is a fraction.
    return starts[codes[np.maximum(starts - 1, 0)] != ord(".")]


def _members(characters: str) -> np.ndarray:
    out = np.zeros(128, dtype=bool)
    out[[ord(c) for c in characters]] = True
    return out


_DIGITS, _DIGITS_HYPHEN = _members("0123456789"), _members("0123456789-")
_CODE_CHARACTERS = _members("0123456789ABCDEFGHJKLMNPQRTUWXYx")


def _runs_of(member: np.ndarray, least: int) -> Callable[[str], np.ndarray]:
    return lambda text: _long_runs(_codes(text), member, least)


def _dotted(text: str) -> np.ndarray:
    """Return the first of three dots that stand 2 to 4 characters apart."""
    dots = np.flatnonzero(_codes(text) == ord("."))
    steps = np.diff(dots)
    near = (steps >= 2) & (steps <= 4)
    return dots[:-2][near[:-1] & near[1:]]


PATTERNS = (
    Pattern(
        "path of a user's folder",
        re.compile(
            r"(?<![\w.:-])/(?:home|Users|root)/[^\s/\"'<>]+"
            r"|(?<![A-Za-z])[A-Za-z]:[\\/]+(?:Users|Documents and Settings)[\\/]+[^\s\\/\"'<>]+|file:/{1,3}[^\s\"'<>]+"
        ),
        _places_of("/home/", "Users", "/root/", "Documents and Settings", "file:/"),
    ),
    Pattern(
        "e-mail address",
        re.compile(
            r"(?<![\w.+-])[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", re.ASCII
        ),
        _places_of("@"),
    ),
    Pattern(
        "IP address", re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)", re.ASCII), _dotted, _ipv4
    ),
    Pattern(
        "mobile phone",
        re.compile(
            r"(?<![0-9A-Za-z_.])(?:\+?86[- ]?)?1[3-9]\d(?:\d{8}|-\d{4}-\d{4})(?![0-9A-Za-z_]|\.\d)", re.ASCII
        ),
        _runs_of(_DIGITS_HYPHEN, 11),
    ),
    Pattern(
        "credit code",
        re.compile(
            r"(?<![0-9A-Za-z_.])[159ANY][1-9A-G](?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-2]|10)\d{4}"
            r"[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z_]|\.\d)",
            re.ASCII,
        ),
        _runs_of(_CODE_CHARACTERS, 18),
        _credit_code,
    ),
    Pattern(
        "identity number",
        re.compile(r"(?<![0-9A-Za-z_.])[1-8]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z_]|\.\d)", re.ASCII),
        _runs_of(_DIGITS, 17),
        lambda match: is_identity_number(match[0]),
    ),
)
_AROUND = 160
"""Characters before and after a spot in which a pattern is looked for."""


def _matches(pattern: Pattern, text: str) -> Iterator[re.Match[str]]:
    """Yield each match of a pattern once, by place."""
    end = 0
    for spot in np.unique(pattern.spots(text)).tolist():
        for match in pattern.form.finditer(text, max(spot - _AROUND, end), spot + _AROUND):
            end = match.end()
            if pattern.holds(match):
                yield match


class Scanner:
    """Protected texts made ready once, to look through many files. `confidential` adds the patterns."""

    def __init__(self, protected: Sequence[str], confidential: bool) -> None:
        self.names = Names(protected)
        self.confidential = confidential
        self._coded = _Coded(self.names)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to look for, so that no file need be unpacked."""
        return not self.confidential and not self.names.needles

    def leaks(self, data: bytes) -> list[Leak]:
        """Return every leak in a file's bytes, one for each text, place and form; `times` says how often."""
        seen: dict[tuple[str, str], int] = {}
        leaks = []
        for piece in pieces(data):
            if piece.problem:
                leaks.append(Leak(piece.place, f"cannot be looked through: {piece.problem}", ""))
                continue
            # The same text is met again in other readings of one place; it counts there only if it stands more often.
            for what, excerpt, lines in self._found(piece):
                key = (piece.place, excerpt if what == "protected text" else f"{what} {excerpt}")
                if len(lines) > seen.get(key, 0):
                    place = _shown(piece, lines)
                    leaks.append(Leak(place, what, excerpt, len(lines) - seen.get(key, 0)))
                    seen[key] = len(lines)
        return leaks

    def in_text(self, text: str) -> bool:
        """Return whether a protected text stands in a short text, such as a file's name."""
        return bool(self.names.find(text))

    def _found(self, piece: Piece) -> Iterator[tuple[str, str, list[int]]]:
        """Yield (what, masked excerpt, lines) of each different leak in a piece."""
        by_entry: dict[int, list[int]] = {}
        if piece.data:
            for entry in self._coded.find(piece.data):
                by_entry.setdefault(entry, []).append(0)
        text = plain(piece.text)
        for hit in self.names.find_in_plain(text):
            by_entry.setdefault(hit.entry, []).append(text.count("\n", 0, hit.start) + 1)
        for entry, lines in sorted(by_entry.items()):
            yield "protected text", f"entry {entry + 1} of the protected list", lines
        if not self.confidential or not text or piece.form == "across tags":
            return
        for pattern in PATTERNS:
            by_text: dict[str, list[int]] = {}
            for match in _matches(pattern, text):
                by_text.setdefault(match[0], []).append(text.count("\n", 0, match.start()) + 1)
            for number, (value, lines) in enumerate(by_text.items(), start=1):
                yield pattern.what, f"number {number}, {len(value)} characters", lines


def _shown(piece: Piece, lines: list[int]) -> str:
    """Return the place as reported, with the line of the first hit where lines mean something."""
    line = f"line {lines[0]}" if lines[0] and not piece.form and "\n" in piece.text.strip() else ""
    return ", ".join(part for part in (piece.place, line, piece.form) if part)


class _Coded:
    """Protected texts as bytes in each encoding, for data that are no text as a whole."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.known: dict[bytes, tuple[int, str]] = {}
        for key, needle in names.needles.items():
            for codec in _CODECS:
                raw = key.encode(codec, "ignore")
                chinese = any(is_han(c) for c in key)
                if len(raw) >= (6 if chinese and len(key) > 2 else LEAST_CHANCE_BYTES):
                    self.known.setdefault(raw.lower(), (needle.entry, codec))
        self.longest = max(map(len, self.known), default=0)
        self.hashes = packed_hashes(self.known)

    def find(self, data: bytes) -> list[int]:
        """Return the entry of each text that stands in `data` byte by byte, in capital or small letters."""
        if not self.known:
            return []
        low = data.lower()
        codes = np.frombuffer(low, dtype=np.uint8)
        found: dict[tuple[int, int], None] = {}
        for start in range(0, len(codes), BLOCK):
            block = codes[start : start + BLOCK + self.longest - 1].astype(np.uint64)
            for at, length in candidates(block, *self.hashes):
                begin = start + at
                entry, codec = self.known.get(low[begin : begin + length], (-1, ""))
                if entry >= 0 and self._stands(data, begin, begin + length, entry, codec):
                    found[begin, entry] = None
        return [entry for _, entry in found]

    def _stands(self, data: bytes, start: int, end: int, entry: int, codec: str) -> bool:
        """Return whether the text stands there also as words do, with the characters beside it looked at."""
        wide = codec.startswith("utf-16")
        # Two characters on each side tell words and decimals apart; UTF-16 is cut at whole characters.
        before = min(4, start // 2 * 2) if wide else min(2, start)
        window = data[start - before : end + (4 if wide else 2)].decode(codec, "ignore")
        return any(hit.entry == entry for hit in self.names.find(window))
