"""Who is who: names that people wrote become actors, by exact match or by the decision of a person, never by likeness.

What matches no actor goes into a table for review (`who_is_who.csv`), in which the user decides: `same` (it is the actor in `actor`), `new` (a
new actor of that kind and place) or `drop` (left out). Undecided respondents are errors. Undecided alters are treated by the study's rule
`alters_outside` and listed.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import RULES, Finding
from gumflow.intake.mentions import PLACE_COLUMNS
from gumflow.intake.names import near_names
from gumflow.intake.review import DECISIONS, FILE, Decision, decisions_by_name, name_key, review_table

ALTERS_OUTSIDE = ("pipeline", "inside", "drop")
"""What undecided alters become: partners outside the cluster, actors inside it, or nothing."""
LIKELY = 0.6
"""Score from which an undecided alter has a finding of its own, as a likely misspelling."""

RULES_WHO_IS_WHO: dict[str, tuple[str, str, str, str]] = {
    "name_ambiguous": (
        "The name fits more than one actor: {detail}.",
        "该名称对应多个行动者：{detail}。",
        "Say in who_is_who.csv which one is meant (decision same), or tell the actors apart in actors.csv and aliases.csv.",
        "请在 who_is_who.csv 中注明所指（decision 填 same），或在 actors.csv、aliases.csv 中加以区分。",
    ),
    "respondent_unknown": (
        "The respondent is none of the actors{detail}.",
        "受访者不在行动者表中{detail}。",
        "Add the name to aliases.csv or the firm to actors.csv, or decide in who_is_who.csv.",
        "请将该名称加入 aliases.csv，或将该企业加入 actors.csv，或在 who_is_who.csv 中作出决定。",
    ),
    "alter_near": (
        "The name is none of the actors, and is near {detail}.",
        "该名称不在行动者表中，最接近的是 {detail}。",
        "If it is a misspelling, write same and the actor in who_is_who.csv; if it is another one, write new.",
        "如系误写，请在 who_is_who.csv 中填 same 及所指行动者；如为另一主体，请填 new。",
    ),
    "alters_undecided": (
        "Names that are none of the actors: {detail}.",
        "不在行动者表中的名称：{detail}。",
        "They are listed in who_is_who.csv; decide there (same, new or drop).",
        "已列入 who_is_who.csv；请在其中决定（same、new 或 drop）。",
    ),
    "name_none": (
        "This is no name of a firm or body; it was left out.",
        "这不是企业或机构名称，已略去。",
        "If it is one, decide in who_is_who.csv.",
        "如确为名称，请在 who_is_who.csv 中决定。",
    ),
    "name_several": (
        "The cell seems to hold several names; it was left out.",
        "该单元格似含多个名称，已略去。",
        "Give each name a cell or row of its own; if it is one name, decide in who_is_who.csv.",
        "请将每个名称单独填写；如为一个名称，请在 who_is_who.csv 中决定。",
    ),
}
RULES.update(RULES_WHO_IS_WHO)

_NO_NAMES = frozenset(
    ["无", "没有", "暂无", "不知道", "不清楚", "不了解", "不详", "未知", "不记得", "保密", "其他", "其它", "同上", "none", "no", "nobody", "noone", "na", "nil", "null", "nan", "unknown", "dontknow", "notsure", "confidential", "other", "others"]
)  # fmt: skip
_SEVERAL = re.compile(r"\S\s*[、；;|┋\n]\s*\S")
_TREATED = {
    "pipeline": ("until decided taken as outside the cluster", "在决定之前按集群外处理"),
    "inside": ("until decided taken as inside the cluster", "在决定之前按集群内处理"),
    "drop": ("until decided left out", "在决定之前略去"),
}
_PLACE = list(PLACE_COLUMNS)


@dataclass(frozen=True, eq=False)
class WhoIsWho:
    """What became of names.

    `resolved` maps each name as written to an actor's id, "" where it is left out. `actors` are new actors (actor, label_en, label_zh, kind,
    place), `aliases` the names decided to be an actor (name, actor), `review` the table `REVIEW_COLUMNS` to be written for the user.
    """

    resolved: Mapping[str, str]
    actors: pd.DataFrame
    aliases: pd.DataFrame
    review: pd.DataFrame
    findings: Sequence[Finding]


@dataclass
class _Name:
    """A name that matches no single actor: where it stands (file, sheet, row, column; sorted), and what is made of it.

    `nearest_reports` says that the nearest name is another open one, whose finding names this one.
    """

    key: str
    label: str
    times: int
    respondent: bool
    kind: str
    place: str
    where: tuple[tuple[str, str, int, str], ...]
    fits: tuple[str, ...]
    decided: Decision | None = None
    outcome: str = ""
    treated: str = ""
    nearest: str = ""
    nearest_actor: str = ""
    nearest_reports: bool = False
    score: float = float("nan")

    @property
    def id(self) -> str:
        """Return the id that the name has as a new actor: the same in every cluster and wave."""
        return f"named_{hashlib.sha256(self.key.encode()).hexdigest()[:8]}"

    @property
    def near(self) -> bool:
        """Say whether there is a known or another open name so near that this may be a misspelling."""
        return bool(self.nearest) and self.score >= LIKELY

    def finding(self, rule: str, severity: str, detail: str = "", detail_zh: str = "") -> Finding:
        """Return a finding at the first place of the name, with all its rows in that column."""
        file, sheet, _, column = self.where[0]
        rows = {row for f, s, row, c in self.where if (f, s, c) == (file, sheet, column) and row > 0}
        at = (file, rule, severity, sheet, tuple(sorted(rows)), column)
        return Finding(*at, self.label, detail, detail_zh)


def resolve_names(
    mentions: pd.DataFrame,
    actors: pd.DataFrame,
    aliases: pd.DataFrame,
    decisions: pd.DataFrame,
    alters_outside: str = "pipeline",
    file: str = FILE,
) -> WhoIsWho:
    """Say which actor each mentioned name means, for one cluster and wave.

    A name means an actor if it is its id, or if it equals its label in either language or one of its aliases after `normalized_name`. Only names that
    fit none, or more than one, are looked up in `decisions` (an earlier review table, as `read_decisions` returns it). What stays undecided:
    a respondent, and a name that fits several actors, is an error; what is plainly no name (无, n/a, a number) or holds several names is left
    out; another alter is treated by `alters_outside`, except that one asked for outside the cluster (`place` of the mention) is always a partner
    outside. All are listed in the review table.

    New actors have the id named_<8 hex digits of SHA-256 of the normalized name>, and the name as first written (by file, sheet, row, column)
    as label. `mentions` has `MENTION_COLUMNS`, `file` is the name of the review table in findings. Raises `GumflowError` for an unknown rule and for two names with one id.
    """
    if alters_outside not in ALTERS_OUTSIDE:
        raise GumflowError(
            f"alters_outside is {alters_outside!r}; allowed: {', '.join(ALTERS_OUTSIDE)} (study.yaml)"
        )
    written = {name: name.strip() for name in mentions["name"].unique()}
    keys = {name: name_key(text) for name, text in written.items()}
    fits = _fits(written, keys, actors, aliases)
    resolved = {name: found[0] for name, found in fits.items() if len(found) == 1}
    decided, findings = decisions_by_name(decisions, file)
    open_names = _open_names(mentions, written, keys, fits, resolved)
    _nearest(open_names, actors, aliases)
    for name in open_names:
        name.decided = decided.get(name.key)
    findings += _settle(open_names, set(actors["actor"]), alters_outside, file)
    outcome = {name.key: name.outcome for name in open_names}
    resolved |= {name: outcome[keys[name]] for name in written if name not in resolved}
    same = [n for n in open_names if n.decided and n.decided.decision == "same" and n.outcome]
    return WhoIsWho(
        resolved=resolved,
        actors=_new_actors(open_names),
        aliases=pd.DataFrame(
            {"name": [n.label for n in same], "actor": [n.outcome for n in same]}, dtype="str"
        ),
        review=_review(open_names, decided),
        findings=findings,
    )


def _id_key(text: str) -> str:
    return unicodedata.normalize("NFKC", text.strip()).casefold()


def _named_actors(actors: pd.DataFrame, aliases: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each name of an actor: name, actor."""
    columns = [c for c in ("label_en", "label_zh") if c in actors.columns]
    parts = [actors[["actor", c]].set_axis(["actor", "name"], axis=1) for c in columns]
    names = pd.concat([*parts, aliases[["actor", "name"]]], ignore_index=True)
    return names[(names["name"] != "") & names["actor"].isin(actors["actor"])].drop_duplicates()


def _fits(
    written: Mapping[str, str], keys: Mapping[str, str], actors: pd.DataFrame, aliases: pd.DataFrame
) -> dict[str, tuple[str, ...]]:
    """Return for each name as written the actors that it fits, sorted."""
    known: dict[str, set[str]] = {}
    table = _named_actors(actors, aliases)
    for name, actor in zip(table["name"], table["actor"], strict=True):
        known.setdefault(name_key(name), set()).add(actor)
    ids = {_id_key(actor): actor for actor in actors["actor"]}
    found = {}
    for name, text in written.items():
        by_id = ids.get(_id_key(text))
        found[name] = tuple(sorted(known.get(keys[name], set()) | ({by_id} if by_id else set())))
    return found


def _open_names(
    mentions: pd.DataFrame,
    written: Mapping[str, str],
    keys: Mapping[str, str],
    fits: Mapping[str, tuple[str, ...]],
    resolved: Mapping[str, str],
) -> list[_Name]:
    """Return the names that fit no single actor, spellings that differ harmlessly as one, most frequent first."""
    rows = mentions[~mentions["name"].isin(list(resolved))]
    rows = rows[["name", "as_respondent", "kind", "place", *_PLACE]].sort_values(
        [*_PLACE, "name"], kind="stable"
    )
    of_key: dict[str, list[tuple]] = {}
    for row in rows.itertuples(index=False, name=None):
        of_key.setdefault(keys[row[0]], []).append(row)
    names = []
    for key, of_name in of_key.items():
        # A partner that someone named outside the cluster is outside wherever it is named.
        first = next((row for row in of_name if row[3] != "local"), of_name[0])
        names.append(
            _Name(
                key=key,
                label=written[of_name[0][0]],
                times=len({row[4:7] for row in of_name}),
                respondent=any(row[1] for row in of_name),
                kind=first[2],
                place=first[3],
                where=tuple((row[4], row[5], int(row[6]), row[7]) for row in of_name),
                fits=tuple(sorted({actor for row in of_name for actor in fits[row[0]]})),
            )
        )
    counts = Counter(name.id for name in names)
    if twice := sorted(name.label for name in names if counts[name.id] > 1):
        raise GumflowError(f"two names have one id: {', '.join(twice)}; put one of them into actors.csv")
    return sorted(names, key=lambda n: (-n.times, n.key))


def _nearest(names: Sequence[_Name], actors: pd.DataFrame, aliases: pd.DataFrame) -> None:
    """Fill the nearest known name of each, or the nearest other open name where that is nearer."""
    table = _named_actors(actors, aliases).sort_values(["name", "actor"])
    owner = dict(zip(table["name"], table["actor"], strict=True))
    own = {name.label: name for name in names}
    found = near_names(own, {*owner, *own}, most=2)
    found = found.assign(own=~found["candidate"].isin(list(owner)))
    found = found.sort_values(["score", "own"], ascending=[False, True], kind="stable").drop_duplicates(
        "name"
    )
    for label, candidate, score, is_own in found.itertuples(index=False, name=None):
        name = own[label]
        name.nearest, name.score = candidate, round(score, 2)
        name.nearest_actor = own[candidate].id if is_own else owner[candidate]
    reported: set[tuple[str, str]] = set()
    for name in names:
        name.nearest_reports = (name.nearest, name.label) in reported
        reported.add((name.label, name.nearest))


def _settle(names: Sequence[_Name], known: set[str], alters_outside: str, file: str) -> list[Finding]:
    """Fill the outcome of each name, and return what is wrong or undecided."""
    findings: list[Finding] = []
    for name in names:
        decision = name.decided.decision if name.decided else ""
        if decision == "new" and name.decided:
            name.kind, name.place, name.outcome = name.decided.kind, name.decided.place, name.id
        elif decision not in DECISIONS:
            findings += _undecided(name, alters_outside)
    made = {name.id for name in names if name.outcome}
    for name in names:
        if name.decided and name.decided.decision == "same":
            target = name.decided.actor
            if target in known or target in made - {name.id}:
                name.outcome = target
            else:
                near = f" (nearest: {name.nearest_actor})" if name.nearest_actor else ""
                zh = f"（最接近：{name.nearest_actor}）" if name.nearest_actor else ""
                at = (file, "decision_actor", "error", "", (name.decided.row,), "actor", target)
                findings.append(Finding(*at, near, zh))
    return findings + _listed(names)


def _no_name(name: _Name) -> bool:
    return name.key in _NO_NAMES or not any(c.isalpha() for c in name.key)


def _several(name: _Name) -> bool:
    return bool(_SEVERAL.search(name.label))


def _undecided(name: _Name, alters_outside: str) -> list[Finding]:
    """Treat an undecided name by the rules; return its own finding, if it has one."""
    if name.fits:
        return [name.finding("name_ambiguous", "error", ", ".join(name.fits))]
    if name.respondent:
        en = f" (nearest: {name.nearest}, {name.nearest_actor})" if name.nearest else ""
        zh = f"（最接近：{name.nearest}，{name.nearest_actor}）" if name.nearest else ""
        return [name.finding("respondent_unknown", "error", en, zh)]
    if _no_name(name):
        return [name.finding("name_none", "warning")]
    if _several(name):
        return [name.finding("name_several", "warning")]
    name.treated = "pipeline" if name.place != "local" else alters_outside
    name.outcome = "" if name.treated == "drop" else name.id
    if name.treated == "pipeline" and name.place == "local":
        name.place = "other_cluster"
    if not name.near or name.nearest_reports:
        return []
    en, zh = _TREATED[name.treated]
    near = f"{name.nearest} ({name.nearest_actor}, {name.score:.2f})"
    return [name.finding("alter_near", "warning", f"{near}; {en}", f"{near}；{zh}")]


def _listed(names: Sequence[_Name]) -> list[Finding]:
    """Return one finding for each column and treatment with undecided alters that are near to nothing."""
    found: dict[tuple[str, str, str, str], list[int]] = {}
    for name in names:
        if name.treated and not name.near:
            file, sheet, row, column = name.where[0]
            found.setdefault((file, sheet, column, name.treated), []).append(row)
    findings = []
    for (file, sheet, column, treated), rows in sorted(found.items()):
        en, zh = _TREATED[treated]
        numbers = tuple(sorted({row for row in rows if row > 0}))
        at = (file, "alters_undecided", "warning", sheet, numbers, column, "")
        findings.append(Finding(*at, f"{len(rows)}, {en}", f"{len(rows)} 个，{zh}"))
    return findings


def _new_actors(names: Sequence[_Name]) -> pd.DataFrame:
    made = sorted((n for n in names if n.outcome == n.id), key=lambda n: n.id)
    columns = {
        "actor": [n.id for n in made],
        "label_en": [n.label for n in made],
        "label_zh": [n.label for n in made],
        "kind": [n.kind for n in made],
        "place": [n.place for n in made],
    }
    return pd.DataFrame(columns, dtype="str")


def _review(names: Sequence[_Name], decided: Mapping[str, Decision]) -> pd.DataFrame:
    """Return the table for the user: undecided names first, respondents before alters; then what was decided, also of names no longer mentioned."""
    rows = []
    for n in sorted(names, key=lambda n: (bool(n.decided and n.decided.decision), not n.respondent)):
        d = n.decided if n.decided and n.decided.decision else None
        file, sheet, row, column = n.where[0]
        seen = f"{file}{f' [{sheet}]' if sheet else ''} {row} {column}".strip()
        own = (d.decision, d.actor, d.kind, d.place) if d else ("", "", n.kind, n.place)
        rows.append((n.label, n.times, seen, n.nearest, n.nearest_actor, n.score, *own))
    mentioned = {n.key for n in names}
    rows += [
        (d.name, 0, "", "", "", float("nan"), d.decision, d.actor, d.kind, d.place)
        for key, d in sorted(decided.items())
        if key not in mentioned and d.decision
    ]
    return review_table(rows)
