"""The evidence profile: what a study's coded statements say for and against each factor, way and path of the model.

Amount and balance of evidence describe a text, not a cluster: cases that are written to different plans (one lists
obstacles and remedies, another tells a history) must not be ranked by them. Recommendations are counted apart and never
enter a balance. Drivers feed factors, outcomes feed ways and paths; no construct feeds both.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gumflow.contract.model import Model
from gumflow.contract.scores import scores_table
from gumflow.contract.seeding import seed_for
from gumflow.intake.reliability import alpha_interval, krippendorff_alpha_nominal, presence_codes

STATES = ("achieved", "partial", "lacking", "recommended")
CELL = ("study", "cluster", "wave", "grade")
AGREED = "agreed"
NO_STATEMENT = "no statement bears on it"
METHOD_BALANCE = (
    "strength-weighted mean polarity of achieved, partial and lacking statements; range over coders"
)
METHOD_COUNT = "number of coded statements"
METHOD_ALPHA = "Krippendorff's alpha, nominal, presence of the construct in a sentence; percentile bootstrap over sentences"


def evidence_profile(statements: pd.DataFrame, model: Model, cells: pd.DataFrame) -> pd.DataFrame:
    """Return evidence scores per cell and factor, way, path and construct.

    `statements` is the tidy table; `cells` has one row for each study, cluster, wave and grade, so that a cell without
    statements is there too, withheld. Measures: `statements_achieved`, `_partial`, `_lacking`, `_recommended` (numbers of statements) and
    `evidence_balance` in [-1, 1] = sum(strength * polarity) / sum(strength) over achieved, partial and lacking statements, with
    low and high the range over the coders and the agreed coding (interval_kind `coders`), n the number of statements, and coverage the share of the
    unit's constructs that such a statement bears on. With an agreed coding, that is the value; without, the mean over coders.
    """
    rows: list[dict] = []
    for cell in cells.to_dict("records"):
        mine = statements[(statements["cluster"] == cell["cluster"]) & (statements["wave"] == cell["wave"])]
        # Who coded the cell at all: a coder who found nothing on a unit counts there with zero.
        coders = sorted(set(mine["coder"]))
        mine = mine[mine["construct"] != "none"]
        head = {key: cell[key] for key in CELL} | {"layer": "evidence"}
        for kind, unit, constructs in _units(model):
            rows += _unit_rows(
                {**head, "unit_kind": kind, "unit": unit},
                mine[mine["construct"].isin(constructs)],
                constructs,
                coders,
            )
    return scores_table(rows)


def _units(model: Model) -> Iterator[tuple[str, str, list[str]]]:
    for kind, nodes in (("factor", model.factors), ("way", model.ways), ("path", model.paths)):
        for unit in nodes:
            yield kind, unit, model.constructs_of(kind, unit)
    for construct in model.constructs:
        yield "construct", construct, [construct]


def _unit_rows(head: dict, table: pd.DataFrame, constructs: list[str], coders: list[str]) -> list[dict]:
    shown = [AGREED] if AGREED in coders else coders
    rows = []
    for state in STATES:
        counts = [int(((table["coder"] == c) & (table["state"] == state)).sum()) for c in coders]
        of = dict(zip(coders, counts, strict=True))
        value = float(np.mean([of[c] for c in shown])) if shown else 0.0
        row = {**head, "measure": f"statements_{state}", "value": value, "method": METHOD_COUNT}
        if len(coders) > 1:
            row |= {"low": min(counts), "high": max(counts), "interval_kind": "coders"}
        rows.append(row)
    facts = table[table["state"] != "recommended"]
    balances = {c: _balance(facts[facts["coder"] == c]) for c in coders}
    of_shown = facts[facts["coder"].isin(shown)]
    balance = {
        **head,
        "measure": "evidence_balance",
        "method": METHOD_BALANCE,
        "coverage": of_shown["construct"].nunique() / len(constructs),
    }
    if of_shown.empty:
        return [*rows, {**balance, "n": 0, "withheld": NO_STATEMENT}]
    known = [b for b in balances.values() if not math.isnan(b)]
    balance |= {
        "value": float(np.mean([balances[c] for c in shown if not math.isnan(balances[c])])),
        "n": len(of_shown) / len(shown),
    }
    # One coding alone has no range: that the others found nothing to weigh is no agreement.
    if len(known) > 1:
        balance |= {"low": min(known), "high": max(known), "interval_kind": "coders"}
    return [*rows, balance]


def _balance(table: pd.DataFrame) -> float:
    total = table["strength"].sum()
    return float((table["strength"] * table["polarity"]).sum() / total) if total > 0 else math.nan


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
