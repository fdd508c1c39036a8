"""Names of firms and bodies: when two are the same, and which are near.

Two names are the same if they are equal after changes that carry no meaning: Unicode form (NFKC), case, spaces, punctuation and
brackets. Everything else is near at best. Different firms can be nearer than a slip of the pen (飞剑 and 飞鹰 against 杉杉 and 杉衫), so
nearness never merges: it only says where a person should look.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NEAR = 0.3
"""Least score at which a candidate is worth showing."""

# Marks that can be all that tells two names apart (A&B, 2#).
_MEANT = "&#%@"
_MARKS = re.compile(r"[\W_]+")
_FORMAL_ZH = re.compile(
    "(?:有限责任公司|股份有限公司|有限公司|分公司|总公司|公司|股份|集团|控股|实业|总厂|分厂|工厂|厂|企业|合作社|经营部|商行)$"
)
_FORMAL_EN = re.compile(
    "ab|ag|as|bv|co|company|coltd|corp|corporation|gmbh|group|holdings?|inc|incorporated|kft|kg|kk|limited|llc|llp|ltd|nv|oy|plc|pte|pty|"
    "sa|sarl|sas|spa|srl|sro"
)
_PLACES = (
    "北京|天津|上海|重庆|河北|山西|内蒙古|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|四川|贵州|云南|西藏|陕西|甘肃|"
    "青海|宁夏|新疆|香港|澳门|台湾|杭州|宁波|温州|嘉兴|湖州|绍兴|金华|衢州|舟山|台州|丽水|永康|义乌|广州|深圳|苏州"
)
_PLACE = re.compile(
    f"(?:中国|(?:{_PLACES})(?:省|市|自治区|特别行政区)?|[\u4e00-\u9fff]{{2,3}}(?:省|自治区|市|县|区|镇))"
)
# A name is compared by what is left of it, so something must be left.
_LEAST_CORE = 2
# Rows of the table of scores that are held at once.
_CHUNK = 256
# Parts of names that stand in more than one name in so many are multiplied as a dense block: as sparse rows they would be slow.
_COMMON = 40


def normalized_name(text: str) -> str:
    """Return the name without what carries no meaning; names that are then equal are the same.

    NFKC (full-width and compatibility forms become plain), case folded, without spaces, punctuation, brackets (what they enclose stays)
    and invisible characters. Punctuation and spaces between two digits stay, since they part numbers (1-5, 15), and so do &, #, % and @.
    Traditional and simplified characters stay apart. Applying it twice changes nothing.
    """
    plain = text if text.isprintable() else "".join(c for c in text if c.isspace() or _visible(c))
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())
    return unicodedata.normalize("NFKC", _MARKS.sub(_kept_marks, plain))


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf")


def _kept_marks(match: re.Match[str]) -> str:
    """Return what is kept of a run of characters that are neither letters nor digits."""
    text, (start, end) = match.string, match.span()
    marks = "".join(match.group().split())
    if start > 0 and end < len(text) and text[start - 1].isdecimal() and text[end].isdecimal():
        return marks or " "
    return "".join(c for c in marks if c in _MEANT or unicodedata.category(c)[0] not in "PZ")


def name_core(text: str) -> str:
    """Return what tells a firm from others: the normalized name without legal form (有限公司, Co., Ltd., GmbH) and leading place.

    For finding near names only: firms of two towns can share a core. At least two characters stay.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = re.sub(r"[^\w\s]", " ", plain.replace(".", "").replace("'", "")).split()
    while len(words) > 1 and _FORMAL_EN.fullmatch(words[-1]):
        words.pop()
    core = normalized_name("".join(words))
    while (shorter := _FORMAL_ZH.sub("", core)) != core and len(shorter) >= _LEAST_CORE:
        core = shorter
    while (place := _PLACE.match(core)) and len(core) - place.end() >= _LEAST_CORE:
        core = core[place.end() :]
    return core or normalized_name(text)


def near_names(
    names: Iterable[str], known: Iterable[str], most: int = 3, cutoff: float = NEAR
) -> pd.DataFrame:
    """Return for each name the known names that are nearest, as rows name, candidate, score, best first.

    Score: Dice's coefficient 2 |a and b| / (|a| + |b|) over the sets of parts of the two cores (`name_core`): pairs of neighboring
    characters, each Chinese character, and the first and last letter; 1 if the cores have the same parts. Candidates below `cutoff` and the
    name itself are left out. Among equal scores, the one whose whole name is nearer comes first, then by text. Names keep their order; each is
    looked up once. Memory grows with len(known), not with len(names) x len(known).
    """
    asked, among = list(dict.fromkeys(names)), sorted(set(known))
    if not asked or not among:
        return _candidates([], [], [])
    parts = [_parts(name_core(name)) for name in (*asked, *among)]
    table = _part_table(parts)
    left, right = table[: len(asked)], table[len(asked) :]
    sizes = np.array([len(p) for p in parts], dtype=np.float32)
    same = {name: place for place, name in enumerate(among)}
    itself = np.array([same.get(name, -1) for name in asked])
    row, column, score = _best(left, right, sizes[: len(asked)], sizes[len(asked) :], itself, most, cutoff)
    found = _candidates([asked[i] for i in row], [among[i] for i in column], score)
    whole = [_dice(_parts(normalized_name(a)), _parts(normalized_name(b))) for a, b in zip(found["name"], found["candidate"], strict=True)]  # fmt: skip
    order = np.lexsort((column, -np.array(whole, dtype=float), -score, row))
    return found.iloc[order].reset_index(drop=True)


def _candidates(names: Sequence[str], candidates: Sequence[str], scores: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": pd.Series(names, dtype="str"),
            "candidate": pd.Series(candidates, dtype="str"),
            "score": np.asarray(scores, dtype=float),
        }
    )


def _parts(core: str) -> set[str]:
    """Return the parts by which cores are compared."""
    pairs = {core[i : i + 2] for i in range(len(core) - 1)}
    single = {c for c in core if "\u2e80" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" or c > "\uffff"}
    ends = {f"^{core[:1]}", f"{core[-1:]}$"} if core and not single else set()
    return pairs | single | ends


def _dice(one: Collection[str], other: Collection[str]) -> float:
    total = len(one) + len(other)
    return 2 * len(set(one) & set(other)) / total if total else 0.0


def _part_table(parts: Sequence[Collection[str]]) -> Any:
    """Return names x parts as a sparse table of ones."""
    from scipy.sparse import csr_array

    numbers: dict[str, int] = {}
    columns = [numbers.setdefault(part, len(numbers)) for of_name in parts for part in sorted(of_name)]
    starts = np.concatenate([[0], np.cumsum([len(of_name) for of_name in parts])])
    return csr_array(
        (np.ones(len(columns), dtype=np.float32), np.array(columns, dtype=np.int32), starts),
        shape=(len(parts), max(len(numbers), 1)),
    )


def _best(
    left: Any,
    right: Any,
    left_sizes: NDArray[np.float32],
    right_sizes: NDArray[np.float32],
    itself: NDArray[np.int64],
    most: int,
    cutoff: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return row, column and score of the `most` best pairs of each row, best first; `itself` is the column that a row leaves out."""
    common = np.asarray(right.sum(axis=0)).ravel() > right.shape[0] / _COMMON
    dense_left, dense_right = left[:, common].toarray(), right[:, common].toarray().T
    rare_left, rare_right = left[:, ~common], right[:, ~common].T.tocsr()
    found = []
    for start in range(0, left.shape[0], _CHUNK):
        at = slice(start, start + _CHUNK)
        shared = dense_left[at] @ dense_right + (rare_left[at] @ rare_right).toarray()
        scores = 2 * shared / np.maximum(left_sizes[at, None] + right_sizes[None, :], 1)
        own = itself[at]
        scores[np.flatnonzero(own >= 0), own[own >= 0]] = 0
        rows, columns = np.nonzero(scores >= np.maximum(_threshold(scores, most), cutoff)[:, None])
        chosen = _first(rows, columns, scores[rows, columns], most)
        found.append((rows[chosen] + start, columns[chosen], scores[rows, columns][chosen]))
    row, column, score = (np.concatenate(piece) for piece in zip(*found, strict=True))
    return row, column, score.astype(np.float64)


def _first(
    rows: NDArray[np.int64], columns: NDArray[np.int64], scores: NDArray[np.float32], most: int
) -> NDArray[np.int64]:
    """Return the places of the `most` best of each row, best first, equal scores in the order of columns."""
    order = np.lexsort((columns, -scores, rows))
    rank = np.arange(len(order)) - np.searchsorted(rows[order], rows[order])
    return order[rank < most]


def _threshold(scores: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """Return the `most`-th largest score of each row."""
    if scores.shape[1] <= most:
        return np.full(scores.shape[0], -np.inf, dtype=np.float32)
    place = scores.shape[1] - most
    return np.partition(scores, place, axis=1)[:, place]
