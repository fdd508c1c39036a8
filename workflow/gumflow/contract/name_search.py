"""Find protected texts (names, aliases, credit codes, phones, addresses) in a text, however it is written there.

A text is compared by its letters and digits alone: width, case, white space and zero-width characters do not count. So that a short
name is not found inside another word, letters must not go on where the name ends, unless the name is long or Chinese. The search
takes all names at once: it hashes a window of each name, looks every place of the text up, and compares in full only where a
window fits. Time grows with the text, not with the number of names.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

WINDOWS = (2, 3, 4, 6)
"""Characters that are looked up first, the longest that the name has."""

SHORT = 5
"""Names below this weight (a Chinese character counts 2, others 1) count only as whole words."""

LONG = 12
"""Names in other letters of at least this length count also inside a word."""

LEAST_DIGITS = 7
"""A protected number (phone, code) has at least so many digits."""

BLOCK = 1 << 17
"""Characters that are compared at once; bounds memory."""

# Odd, so that powers have an inverse modulo 2^64: a window's hash is then a difference of running sums.
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_FILTER_BITS = 20
# Nothing crosses this between two texts that are searched together.
BARRIER = "\ue000" * 4
Hashes = dict[int, np.ndarray]
_MOST_MARKS = 3
_HYPHENATED = re.compile(r"[-\u2010\xad]\s*\n\s*")


@dataclass(frozen=True)
class Needle:
    """A protected text as compared: its letters and digits, and where others stood between them."""

    entry: int
    key: str
    gaps: frozenset[int]
    whole_word: bool


@dataclass(frozen=True)
class Hit:
    """Where a protected text stands: `entry` is its place in the list, `start` and `end` are in the text's plain form."""

    entry: int
    start: int
    end: int


def is_han(character: str) -> bool:
    """Return whether a character is a Chinese one."""
    code = ord(character)
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x3134F


def plain(text: str) -> str:
    """Return the text with one width for each character (NFKC); places of hits are in this form."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


@functools.cache
def _folds() -> np.ndarray:
    """Return for each code the code that it is compared as: letters in lower case, all that is no letter or digit 0."""
    table = np.zeros(0x110000, dtype=np.uint32)
    for code in range(0x20000):
        character = chr(code)
        if character.isalnum():
            low = character.lower()
            table[code] = ord(low) if len(low) == 1 else code
    table[0x20000:0x32000] = np.arange(0x20000, 0x32000)
    return table


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def letters_of(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a text as compared, and their places in its plain form."""
    folded = _folds()[_codes(plain(text))]
    places = np.flatnonzero(folded)
    return "".join(map(chr, folded[places])), places.tolist()


@functools.lru_cache(maxsize=100_000)
def key_of(text: str) -> str:
    """Return the letters and digits of a text as compared."""
    return letters_of(text)[0]


def weight(key: str) -> int:
    """Return how much a text tells: two for a Chinese character, one for any other letter or digit."""
    return len(key) + sum(is_han(c) for c in key)


def searchable(text: str) -> bool:
    """Return whether a text can be told from common words: 2 Chinese characters, 4 letters, or 7 digits at least."""
    key = key_of(text)
    return len(key) >= LEAST_DIGITS if key.isdecimal() else weight(key) >= SHORT - 1


class Names:
    """Protected texts made ready for searching. Texts that cannot be searched (`searchable`) are left out.

    `entry` in needles and hits is the place of the text in the sequence given.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.size = len(texts)
        self.needles: dict[str, Needle] = {}
        for entry, text in enumerate(texts):
            key, places = letters_of(text)
            if not searchable(text) or key in self.needles:
                continue
            gaps = frozenset(i + 1 for i in range(len(places) - 1) if places[i + 1] > places[i] + 1)
            self.needles[key] = Needle(entry, key, gaps, weight(key) < SHORT and not key.isdecimal())
        self.longest = max(map(len, self.needles), default=0)
        self._hashes = packed_hashes(self.needles)

    def find(self, text: str) -> list[Hit]:
        """Return every place where a protected text stands in `text`, by place; longer texts before those inside them."""
        return self.find_in_plain(plain(text))

    def find_in_plain(self, text: str) -> list[Hit]:
        """Return the same for a text that is in its plain form."""
        if not self.needles or not text:
            return []
        folded = _folds()[_codes(text)]
        places = np.flatnonzero(folded)
        letters = folded[places].astype(np.uint64)
        found: list[Hit] = []
        for start in range(0, len(letters), BLOCK):
            block = letters[start : start + BLOCK + self.longest - 1]
            found += self._in_block(block, places[start : start + len(block)], text)
        unique = {(h.start, h.end): h for h in found}
        return sorted(unique.values(), key=lambda h: (h.start, -h.end))

    def _in_block(self, letters: np.ndarray, places: np.ndarray, text: str) -> list[Hit]:
        found = []
        for at, length in candidates(letters, *self._hashes):
            key = "".join(map(chr, letters[at : at + length].tolist()))
            needle = self.needles.get(key)
            if needle is not None and stands(needle, text, places[at : at + length]):
                found.append(Hit(needle.entry, int(places[at]), int(places[at + length - 1]) + 1))
        return found

    def masked(self, text: str, word: str) -> str:
        """Return the plain form of a text with `word` in the place of each protected text, the longest first."""
        text = plain(text)
        parts, end = [], 0
        for hit in _apart(self.find(text)):
            parts += [text[end : hit.start], word]
            end = hit.end
        return "".join([*parts, text[end:]])


def _apart(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits that do not overlap, longer ones first, in order of place."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
        if all(hit.end <= k.start or hit.start >= k.end for k in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def packed_hashes(keys: Iterable[str] | Iterable[bytes]) -> tuple[Hashes, Hashes, dict[int, Hashes]]:
    """Return for each window the sorted hashes of the first characters, a filter of them, and the hashes of whole keys by length."""
    groups: dict[int, list[str | bytes]] = {}
    for key in keys:
        groups.setdefault(max(w for w in WINDOWS if w <= len(key)), []).append(key)
    first, filters, whole = {}, {}, {}
    for window, group in groups.items():
        first[window] = np.unique([_hash(k[:window]) for k in group])
        filters[window] = np.zeros(1 << _FILTER_BITS, dtype=bool)
        filters[window][_slots(first[window])] = True
        lengths = sorted({len(k) for k in group})
        whole[window] = {n: np.unique([_hash(k) for k in group if len(k) == n]) for n in lengths}
    return first, filters, whole


def _hash(key: str | bytes) -> np.uint64:
    codes = np.frombuffer(key, dtype=np.uint8) if isinstance(key, bytes) else _codes(key)
    return np.sum(
        (codes.astype(np.uint64) + np.uint64(1)) * _powers(2 * BLOCK, _BASE)[: len(codes)], dtype=np.uint64
    )


def _slots(hashes: np.ndarray) -> np.ndarray:
    return (hashes >> np.uint64(64 - _FILTER_BITS)).astype(np.int64)


@functools.cache
def _powers(size: int, base: int) -> np.ndarray:
    """Return base^0, base^1, ... modulo 2^64."""
    steps = np.full(size, base, dtype=np.uint64)
    steps[0] = 1
    return np.multiply.accumulate(steps)


def candidates(
    letters: np.ndarray,
    first: Hashes,
    filters: Hashes,
    whole: dict[int, Hashes],
) -> list[tuple[int, int]]:
    """Return (place, length) wherever the hash of a needle fits; `letters` are codes as uint64, at most 2 * BLOCK of them."""
    count = len(letters)
    if not count:
        return []
    up, down = _powers(2 * BLOCK, _BASE)[:count], _powers(2 * BLOCK, _INVERSE)
    sums = np.zeros(count + 1, dtype=np.uint64)
    np.cumsum((letters + np.uint64(1)) * up, out=sums[1:])
    found = []
    for window, known in first.items():
        if count < window:
            continue
        hashes = (sums[window:] - sums[:-window]) * down[: count - window + 1]
        at = np.flatnonzero(filters[window][_slots(hashes)])
        at = at[_among(hashes[at], known)]
        if not len(at):
            continue
        for length, exact in whole[window].items():
            fits = at[at + length <= count]
            hashes_here = (sums[fits + length] - sums[fits]) * down[fits]
            found += [(int(a), length) for a in fits[_among(hashes_here, exact)]]
    return found


def _among(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return which values are among the sorted `known` ones."""
    at = np.searchsorted(known, values)
    return known[np.minimum(at, len(known) - 1)] == values


def stands(needle: Needle, text: str, places: np.ndarray) -> bool:
    """Return whether the letters at `places` of a text are the protected text, not parts of other words or numbers."""
    start, end = int(places[0]), int(places[-1]) + 1
    before, after = text[start - 1 : start], text[end : end + 1]
    if needle.key.isdecimal():
        return _is_number(text, start, end)
    if needle.whole_word and ((before and before.isalnum()) or (after and after.isalnum())):
        return False
    if len(needle.key) < LONG and not (_opens(before, text[start]) and _closes(text[end - 1], after)):
        return False
    return _gaps_fit(needle, text, places)


def _opens(before: str, first: str) -> bool:
    """Return whether a word may begin here: after no letter, or with a capital after a small one (`idAcme`)."""
    if not before or is_han(first) or is_han(before):
        return True
    if first.isdecimal():
        return not before.isdecimal()
    return not before.isalpha() or (first.isupper() and before.islower())


def _closes(last: str, after: str) -> bool:
    """Return whether a word may end here: before no letter, or before a capital after a small one (`AcmeId`)."""
    if not after or is_han(last) or is_han(after):
        return True
    if last.isdecimal():
        return not after.isdecimal()
    return not after.isalpha() or (last.islower() and after.isupper())


def _is_number(text: str, start: int, end: int) -> bool:
    """Return whether the digits are a number by themselves, not a part of a longer one or of a decimal fraction."""
    if re.search(r"[^\d\s()\-]", text[start:end]) or re.search(r"\s{2}|\n", text[start:end]):
        return False
    return not re.search(r"\d\.?\Z", text[max(start - 2, 0) : start]) and not re.match(
        r"\d|\.\d", text[end : end + 2]
    )


def _gaps_fit(needle: Needle, text: str, places: np.ndarray) -> bool:
    """Return whether what stands between the letters is only spacing.

    White space and zero-width characters may stand between any two, up to three marks besides. Inside a word of other than Chinese
    letters white space counts only if each of its letters is spaced (`A c m e`), so that `to one` is not the firm Toone.
    """
    steps = np.flatnonzero(np.diff(places) > 1) + 1
    inside: list[int] = []
    for step in steps.tolist():
        gap = text[places[step - 1] + 1 : places[step]]
        seen = [c for c in gap if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")]
        if len(seen) > _MOST_MARKS:
            return False
        spacing = bool(seen) or any(c.isspace() for c in gap)
        if spacing and _inside_word(needle, step) and not _HYPHENATED.fullmatch(gap):
            inside.append(step)
    every = [step for step in range(1, len(needle.key)) if _inside_word(needle, step)]
    return not inside or inside == every


def _inside_word(needle: Needle, step: int) -> bool:
    """Return whether the letters before and after a step belong to one word that is not Chinese."""
    return step not in needle.gaps and not is_han(needle.key[step - 1]) and not is_han(needle.key[step])


_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_IDENTITY_WEIGHTS = [pow(2, 17 - i, 11) for i in range(17)]


def is_social_credit_code(text: str) -> bool:
    """Return whether 18 characters are a unified social credit code with the right check character (GB 32100-2015)."""
    if len(text) != 18 or any(c not in _CREDIT for c in text):
        return False
    total = sum(_CREDIT.index(c) * w for c, w in zip(text, _CREDIT_WEIGHTS, strict=False))
    return _CREDIT[(31 - total % 31) % 31] == text[17]


def is_identity_number(text: str) -> bool:
    """Return whether 18 characters are a citizen's identity number with the right check character (GB 11643-1999)."""
    if len(text) != 18 or not text[:17].isdecimal():
        return False
    total = sum(int(c) * w for c, w in zip(text, _IDENTITY_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == text[17].upper()
