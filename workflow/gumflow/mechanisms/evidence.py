"""The evidence profile: what a study's coded statements say for and against each factor, way and path of the model.

Amount and balance of evidence describe a text, not a cluster: cases that are written to different plans (one lists
obstacles and remedies, another tells a history) must not be ranked by them. Recommendations are counted apart and never
enter a balance. Drivers feed factors, outcomes feed ways and paths; no construct feeds both.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gumflow.contract.model import Model
from gumflow.contract.scores import scores_table
from gumflow.contract.seeding import seed_for
from gumflow.intake.reliability import alpha_interval, krippendorff_alpha_nominal, presence_codes
from gumflow.intake.statement_ties import AGREED
from gumflow.measures.registry import measure
from gumflow.networks.layers import BOUNDARIES

STATES = ("achieved", "partial", "lacking", "recommended")
PRESENT = ("achieved", "partial")
SIDES = ("helping", "hindering")  # of what is present: an achieved evil (a price war) is not an achievement
BALANCED = ("achieved", "partial", "lacking")
CELL = ("study", "cluster", "wave", "grade")
NO_STATEMENT = "no statement bears on it"
METHOD_BALANCE = (
    "strength-weighted mean polarity of achieved, partial and lacking statements; range over coders"
)
METHOD_COUNT = "number of coded statements"
METHOD_ALPHA = "Krippendorff's alpha, nominal, presence of the construct in a sentence; percentile bootstrap over sentences"


def evidence_profile(statements: pd.DataFrame, model: Model, cells: pd.DataFrame) -> pd.DataFrame:
    """Return evidence scores per cell and factor, mechanism, part of a mechanism, way, path and construct.

    `statements` is the tidy table; `cells` has one row for each study, cluster, wave and grade, so that a cell without
    statements is there too, withheld. Measures: `statements_achieved`, `_partial`, `_lacking`, `_recommended` (numbers of
    statements), `statements_helping` and `statements_hindering` (of the achieved and partial ones, by polarity), and
    `evidence_balance` in [-1, 1] = sum(strength * polarity) / sum(strength) over achieved, partial and lacking statements, with
    low and high the range over the coders and the agreed coding (interval_kind `coders`), n the number of statements, and coverage the share of the
    unit's constructs that such a statement bears on. With an agreed coding, that is the value; without, the mean over coders.
    """
    rows: list[dict] = []
    for cell in cells.to_dict("records"):
        mine = statements[(statements["cluster"] == cell["cluster"]) & (statements["wave"] == cell["wave"])]
        evidence = _Evidence.of(mine)
        head = {key: cell[key] for key in CELL} | {"layer": "evidence"}
        for kind, unit, constructs in _units(model):
            rows += _unit_rows({**head, "unit_kind": kind, "unit": unit}, evidence, constructs)
    return scores_table(rows)


@dataclass(frozen=True)
class _Evidence:
    """The statements of one cell, added up by (construct, coder, state): their number, strength, and strength times polarity."""

    sums: Mapping[tuple[str, str, str], tuple[int, float, float]]
    coders: tuple[str, ...]

    @classmethod
    def of(cls, statements: pd.DataFrame) -> "_Evidence":
        present = statements[statements["state"].isin(PRESENT)]
        sided = present.assign(state=np.where(present["polarity"] > 0, "helping", "hindering"))
        added = (
            pd.concat([statements, sided])
            .assign(number=1, weight=lambda t: t["strength"], signed=lambda t: t["strength"] * t["polarity"])
            .groupby(["construct", "coder", "state"])[["number", "weight", "signed"]]
            .sum()
        )
        sums = dict(zip(added.index, added.itertuples(index=False, name=None), strict=True))
        # Who coded the cell at all: a coder who found nothing on a unit counts there with zero.
        return cls(sums, tuple(sorted(set(statements["coder"]))))

    @property
    def shown(self) -> tuple[str, ...]:
        """Return whose coding is the value: the agreed one if there is one, else all coders."""
        return (AGREED,) if AGREED in self.coders else self.coders

    def total(self, constructs: list[str], coder: str, *states: str) -> tuple[int, float, float]:
        """Return number, strength and signed strength of a coder's statements on the constructs in the states."""
        found = [self.sums.get((c, coder, s), (0, 0.0, 0.0)) for c in constructs for s in states]
        return sum(f[0] for f in found), sum(f[1] for f in found), sum(f[2] for f in found)


def _units(model: Model) -> Iterator[tuple[str, str, list[str]]]:
    for kind, nodes in (
        ("factor", model.factors),
        ("mechanism", model.mechanisms),
        ("way", model.ways),
        ("path", model.paths),
    ):
        for unit in nodes:
            yield kind, unit, model.constructs_of(kind, unit)
    for part, constructs in model.constructs_of_parts().items():
        yield "part", part, constructs
    for construct in model.constructs:
        yield "construct", construct, [construct]


def _unit_rows(head: dict, evidence: _Evidence, constructs: list[str]) -> list[dict]:
    coders, shown = evidence.coders, evidence.shown
    rows = []
    for state in (*STATES, *SIDES):
        counts = {c: evidence.total(constructs, c, state)[0] for c in coders}
        value = _mean([counts[c] for c in shown]) if shown else 0.0
        row = {**head, "measure": f"statements_{state}", "value": value, "method": METHOD_COUNT}
        if len(coders) > 1:
            row |= {"low": min(counts.values()), "high": max(counts.values()), "interval_kind": "coders"}
        rows.append(row)
    totals = {c: evidence.total(constructs, c, *BALANCED) for c in coders}
    balances = {c: signed / weight for c, (_, weight, signed) in totals.items() if weight > 0}
    covered = [k for k in constructs if any(evidence.total([k], c, *BALANCED)[0] for c in shown)]
    balance = {
        **head,
        "measure": "evidence_balance",
        "method": METHOD_BALANCE,
        "coverage": len(covered) / len(constructs),
    }
    of_shown = [balances[c] for c in shown if c in balances]
    if not of_shown:
        return [*rows, {**balance, "n": 0, "withheld": NO_STATEMENT}]
    balance |= {"value": _mean(of_shown), "n": _mean([totals[c][0] for c in shown])}
    # One coding alone has no range: that the others found nothing to weigh is no agreement.
    if len(balances) > 1:
        balance |= {
            "low": min(balances.values()),
            "high": max(balances.values()),
            "interval_kind": "coders",
        }
    return [*rows, balance]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def coding_agreement(
    statements: pd.DataFrame, model: Model, cells: pd.DataFrame, replicates: int, seed: int
) -> pd.DataFrame:
    """Return Krippendorff's alpha per construct over all clusters of the study, with n = sentences seen by two coders or more.

    The agreed coding is no coder. Withheld, with the reason, where fewer than two coders coded, where no sentence was coded twice, or
    where all codes agree because the construct is on none of those sentences or on all.
    """
    coders = sorted(set(statements["coder"]) - {AGREED})
    study, grade = cells["study"].iloc[0], cells["grade"].iloc[0]
    rows = []
    for construct in model.constructs:
        row = {"study": study, "grade": grade, "layer": "coding", "unit_kind": "construct", "unit": construct}
        row |= {"measure": "krippendorff_alpha", "method": METHOD_ALPHA}
        if len(coders) < 2:
            rows.append({**row, "withheld": "needs two independent coders"})
            continue
        codes = presence_codes(statements, construct, coders)
        alpha = krippendorff_alpha_nominal(codes)
        row["n"] = int(((codes >= 0).sum(axis=0) >= 2).sum())
        if math.isnan(alpha):
            rows.append({**row, "withheld": _why_no_alpha(codes)})
            continue
        low, high = alpha_interval(codes, replicates, seed_for(seed, "alpha", study, construct))
        rows.append({**row, "value": alpha, "low": low, "high": high, "interval_kind": "sampling"})
    return scores_table(rows)


def _why_no_alpha(codes: np.ndarray) -> str:
    twice = codes[:, (codes >= 0).sum(axis=0) >= 2]
    if not twice.size:
        return "no sentence was coded by two coders"
    if twice.max() > 0:
        return "every coder gave the construct to every sentence"
    return "no coder used the construct"


_CODED = "Coding protocol, docs/coding.md, section 3 (2026) [reconstruction]"
_STATE_WORDS = {
    "achieved": ("exists or has happened", "已有"),
    "partial": ("exists in part", "部分"),
    "lacking": ("is missing or insufficient", "缺乏"),
    "recommended": ("should be done", "建议"),
    "helping": ("is present (achieved or partial) and helps upgrading", "现有且有利"),
    "hindering": ("is present (achieved or partial) and hinders upgrading", "现有但不利"),
}
for _state, (_says, _zh) in _STATE_WORDS.items():
    measure(
        name=f"statements_{_state}",
        level="unit",
        label_en=f"Statements, {_state}",
        label_zh=f"陈述条数（{_zh}）",
        definition=f"Number of coded sentences that say of the unit's constructs that something {_says}. Low and high are the least and most "
        "that any coding counts.",
        formula="count of rows of the agreed coding; without one, the mean over coders",
        source=_CODED,
        boundaries=BOUNDARIES,
        cost="linear",
        interval_kind="coders",
    )(evidence_profile)
measure(
    name="evidence_balance",
    level="unit",
    label_en="Balance of evidence",
    label_zh="证据平衡度",
    definition="Strength-weighted mean polarity of the achieved, partial and lacking statements on the unit's constructs; recommendations do "
    "not enter. It describes the text, not the cluster, and ranks nothing.",
    formula="sum(strength * polarity) / sum(strength)",
    source=_CODED,
    boundaries=BOUNDARIES,
    cost="linear",
    interval_kind="coders",
    undefined=NO_STATEMENT,
)(evidence_profile)
measure(
    name="krippendorff_alpha",
    level="unit",
    label_en="Krippendorff's alpha",
    label_zh="Krippendorff α 系数",
    definition="Agreement of the coders on the presence of the construct in a sentence, beyond chance; the agreed coding is no coder.",
    formula="alpha = 1 - D_o / D_e, nominal; interval by bootstrap over sentences",
    source="Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C",
    boundaries=BOUNDARIES,
    cost="linear",
    interval_kind="sampling",
    undefined="fewer than two coders coded, or no coder used the construct",
)(coding_agreement)
