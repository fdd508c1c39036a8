"""Which options an answer's words mean: by code, by label in either language, by printed number or by letter, never by likeness.

A survey tool writes several ticks into one cell; the words are told apart by the options that the item has.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gumflow.contract.instrument import Item

# In the order in which they are tried; a blank parts option codes only (Kobo), as labels hold blanks themselves.
_SEPARATORS = tuple(re.compile(p) for p in (r"[┋→；;|\n]+", "、+", "，+", ",+", r"\s+"))
_ONLY_NAMES = re.compile(r"[┋→；;|\n]+|、+|，+")
_FILL_IN = re.compile(r"(.*?)\s*〖(.*)〗", re.DOTALL)
_BESIDE = re.compile(r"(.+?)\s*[：:(（]\s*(.*?)\s*[)）]?", re.DOTALL)
_NUMBERED = re.compile(r"[(（]?([0-9]{1,2}|[A-Za-z])[)）、．.：:]\s*(.*)", re.DOTALL)
TICKED = frozenset({"1", "1.0", "true", "yes", "y", "是", "√", "✓", "✔", "x", "选中", "on"})
# What people also write for yes and no; read where an item has options of these codes.
_SAID = {"yes": ("是", "有", "会", "y", "true"), "no": ("否", "没有", "无", "不会", "不是", "n", "false")}
UNTICKED = frozenset({"0", "0.0", "false", "no", "n", "否", "off", "未选中", "-"})


def squeezed(text: str) -> str:
    """Return the letters and digits of a text in one width and case: what two spellings of a label share."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in text if c.isalnum())


def likeness(a: str, b: str) -> float:
    """Return the Dice coefficient of the character pairs of two texts (Dice 1945), 0 to 1, on their letters and digits alone."""
    return _dice(_pairs(squeezed(a)), _pairs(squeezed(b)))


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(max(len(text) - 1, 1)))


def _dice(a: frozenset[str], b: frozenset[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a and b and a != {""} else 0.0


def nearest(text: str, known: Mapping[str, Iterable[str]]) -> tuple[str, float]:
    """Return the name in `known` one of whose texts is most like `text`, and how like it is (two decimals)."""
    pairs = _pairs(squeezed(text))
    best, score = "", 0.0
    for name, texts in known.items():
        found = max((_dice(pairs, _pairs(squeezed(t))) for t in texts), default=0.0)
        if found > score:
            best, score = name, found
    return best, round(score, 2)


@dataclass
class OptionReader:
    """Reads the words of one item's answers in one source column; `mapped` are the user's own (source option -> option code)."""

    item: Item
    mapped: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Gather the spellings of each option; a spelling that two options share means neither."""
        options = self.item.options
        self._codes = {o.code for o in options}
        said = [(t, o.code) for o in options for t in (o.en, o.zh, *_SAID.get(o.code, ()))]
        self._labels = _unshared((squeezed(t), code) for t, code in said)
        printed = _unshared((str(o.printed), o.code) for o in options if o.printed)
        letters = _unshared((chr(ord("a") + i), o.code) for i, o in enumerate(options[:26]))
        self._numbers = printed | {k: c for k, c in letters.items() if k not in self._codes}
        self._fill_ins = {o.code for o in options if o.fill_in}
        self._own = {squeezed(k) or k: c for k, c in self.mapped.items()}
        self._tokens: dict[str, tuple[str, str]] = {}
        self._read: dict[str, tuple[tuple[tuple[str, str], ...], tuple[str, ...]]] = {}

    def code(self, token: str) -> str:
        """Return the code of the option that the token means, or ""."""
        token = token.strip()
        if token in self.mapped or (token in self._codes and not self.mapped):
            return self.mapped.get(token, token)
        low = squeezed(token)
        if low in self._own or token in self._codes:
            return self._own.get(low, token)
        number = unicodedata.normalize("NFKC", token).casefold()
        found = self._labels.get(low) or self._numbers.get(number)
        if found:
            return found
        numbered = _NUMBERED.fullmatch(token)
        # A number and a label must mean the same option.
        if numbered and numbered[2]:
            by_label = self._labels.get(squeezed(numbered[2]), "")
            by_number = self._numbers.get(numbered[1].casefold(), by_label)
            return by_label if by_label == by_number else ""
        return self._numbers.get(numbered[1].casefold(), "") if numbered else ""

    def token(self, token: str) -> tuple[str, str]:
        """Return the option's code and the words filled in beside it; code "" where the token means no option."""
        if token not in self._tokens:
            self._tokens[token] = self._token(token)
        return self._tokens[token]

    def _token(self, token: str) -> tuple[str, str]:
        code = self.code(token)
        if code:
            return code, ""
        for form in (_FILL_IN, _BESIDE):
            match = form.fullmatch(token.strip())
            code = self.code(match[1]) if match else ""
            if match and code and (code in self._fill_ins or form is _FILL_IN):
                return code, match[2].strip()
        return "", ""

    def read(self, value: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Return the (code, words) of each option in a cell, in its order, and the tokens that mean none.

        The cell is split at the separator under which most tokens are known.
        """
        if value not in self._read:
            self._read[value] = self._split(value)
        return self._read[value]

    def _split(self, value: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        whole = self.token(value)
        if whole[0]:
            return (whole,), ()
        best: tuple[tuple[tuple[str, str], ...], tuple[str, ...]] = ((), (value.strip(),))
        for separator in _SEPARATORS:
            tokens = [t.strip() for t in separator.split(value) if t.strip()]
            if len(tokens) < 2:
                continue
            pairs = [self.token(t) for t in tokens]
            known = tuple(dict.fromkeys(p for p in pairs if p[0]))
            unknown = tuple(t for t, p in zip(tokens, pairs, strict=True) if not p[0])
            if (len(known), -len(unknown)) > (len(best[0]), -len(best[1])) and known:
                best = known, unknown
            if known and not unknown:
                break
        return best

    @property
    def shown(self) -> str:
        """Return the codes of the options as a text for people."""
        return ", ".join(o.code for o in self.item.options)


def _unshared(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return name -> code for the names that stand for one code only."""
    found: dict[str, set[str]] = {}
    for name, code in pairs:
        if name:
            found.setdefault(name, set()).add(code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}


def split_names(value: str, blanks: bool) -> list[str]:
    """Return the names of alters in one cell; blanks part them only where the tool writes ids (Kobo)."""
    parts = value.split() if blanks else _ONLY_NAMES.split(value)
    return list(dict.fromkeys(p.strip() for p in parts if p.strip()))
