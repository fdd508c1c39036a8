"""The table in which the user decides who is who (`who_is_who.csv`): reading its decisions, and joining those of several waves.

`decision` is `same` (the name means the actor in `actor`), `new` (a new actor of `kind` at `place`), `drop` (left out), or empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gumflow.contract.findings import RULES, Finding
from gumflow.contract.reading import read_raw
from gumflow.intake.mentions import allowed_values
from gumflow.intake.names import normalized_name

FILE = "who_is_who.csv"
REVIEW_COLUMNS = (
    "name", "times", "first_seen", "nearest", "nearest_actor", "score", "decision", "actor", "kind", "place",
)  # fmt: skip
DECISIONS = ("same", "new", "drop")

RULES_REVIEW: dict[str, tuple[str, str, str, str]] = {
    "decision_actor": (
        "The decision is same, and the column actor names no actor that is known or made.",
        "decision 为 same，但 actor 列不是已知或新增的行动者。",
        "Write the id of an actor of actors.csv, or the id (named_...) of a name that is decided as new{detail}.",
        "请填写 actors.csv 中的行动者标识，或另一新增名称的标识（named_...）{detail}。",
    ),
    "decision_twice": (
        "The name has two different decisions.",
        "该名称有两个不同的决定。",
        "Keep one of the two rows (the other is row {detail}).",
        "请只保留其中一行（另一行为第 {detail} 行）。",
    ),
}
RULES.update(RULES_REVIEW)


@dataclass(frozen=True)
class Decision:
    """A row of the user's review table; `row` is its place in the file."""

    name: str
    decision: str
    actor: str
    kind: str
    place: str
    row: int


def empty_review() -> pd.DataFrame:
    """Return a review table without rows."""
    return review_table([])


def review_table(rows: Sequence[tuple]) -> pd.DataFrame:
    """Return rows in the order of `REVIEW_COLUMNS` as a review table: times whole numbers, score a number, all else text."""
    text = [c for c in REVIEW_COLUMNS if c not in ("times", "score")]
    types = dict.fromkeys(text, "str") | {"times": "int64", "score": "float64"}
    return pd.DataFrame(rows, columns=list(REVIEW_COLUMNS)).astype(types)


def read_decisions(path: Path, shown: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Read an earlier `who_is_who.csv` as text, with the column `row`; no rows if there is no such file."""
    empty = empty_review().assign(row=0)
    if not path.is_file():
        return empty, []
    raw, findings = read_raw(path, shown, set(REVIEW_COLUMNS))
    if raw is None:
        return empty, findings
    columns = {
        name: pd.Series(
            [row[raw.header.index(name)] if name in raw.header else "" for row in raw.rows], dtype="str"
        )
        for name in REVIEW_COLUMNS
    }
    findings += [
        Finding(shown, "column_missing", sheet=raw.sheet, column=name, detail=name)
        for name in ("name", "decision", "actor", "kind", "place")
        if name not in raw.header
    ]
    return pd.DataFrame(columns | {"row": pd.Series(raw.row_numbers, dtype="int64")}), findings


def name_key(text: str) -> str:
    """Return what a name is looked up by: the normalized name, or the text itself where nothing of it is a letter or digit."""
    return normalized_name(text) or text.strip()


def decisions_by_name(decisions: pd.DataFrame, file: str) -> tuple[dict[str, Decision], list[Finding]]:
    """Return the user's rows by normalized name, and findings on decisions that are none."""
    found: dict[str, Decision] = {}
    findings = []
    numbers = decisions["row"] if "row" in decisions.columns else pd.Series(range(2, len(decisions) + 2))
    fields = decisions[["name", "decision", "actor", "kind", "place"]].astype("str").fillna("")
    for values, number in zip(fields.itertuples(index=False, name=None), numbers, strict=True):
        name, decision, actor, kind, place = (v.strip() for v in values)
        row = Decision(name, decision.lower(), actor, kind.lower(), place.lower(), int(number))
        if not name:
            continue
        findings += _decision_findings(row, file)
        earlier = found.setdefault(name_key(name), row)
        if earlier is not row and row.decision and not earlier.decision:
            found[name_key(name)] = row
        elif earlier is not row and row.decision and _meaning(row) != _meaning(earlier):
            findings.append(
                Finding(
                    file,
                    "decision_twice",
                    rows=(row.row,),
                    column="decision",
                    value=name,
                    detail=str(earlier.row),
                )
            )
    return found, findings


def _meaning(row: Decision) -> tuple[str, ...]:
    return {"same": ("same", row.actor), "new": ("new", row.kind, row.place)}.get(
        row.decision, (row.decision,)
    )


def _decision_findings(row: Decision, file: str) -> list[Finding]:
    def wrong(column: str, value: str, allowed: Sequence[str]) -> Finding:
        return Finding(file, "enum", rows=(row.row,), column=column, value=value, detail=", ".join(allowed))

    if row.decision and row.decision not in DECISIONS:
        return [wrong("decision", row.decision, DECISIONS)]
    if row.decision != "new":
        return []
    pairs = (("kind", row.kind), ("place", row.place))
    return [
        wrong(column, value, allowed_values(column))
        for column, value in pairs
        if value not in allowed_values(column)
    ]


def joined_reviews(reviews: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join the review tables of several clusters and waves into the one of the study: each name once, undecided names first, times added up."""
    if not reviews:
        return empty_review()
    table = pd.concat(reviews, ignore_index=True)
    table = table.assign(key=[name_key(name) for name in table["name"]])
    times = table.groupby("key")["times"].sum()
    # A name that one wave lacks stands there with times 0 and no place.
    order = table.assign(unseen=table["times"] == 0).sort_values(["unseen", "score"], ascending=[True, False], kind="stable")  # fmt: skip
    joined = order.drop_duplicates("key").sort_index()
    joined = joined.assign(times=joined["key"].map(times), late=joined["decision"] != "")
    return joined.sort_values("late", kind="stable")[list(REVIEW_COLUMNS)].reset_index(drop=True)
