"""What both ends of a tie report in a user's own edge list: combined by a rule before anything is measured."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.networks.reports import RULES, Rule, combine_reports

if TYPE_CHECKING:
    from gumflow.present.own_files import OwnFiles

_STATE = "achieved"
_MOST_NAMES = 5


def combine_own_reports(
    own: "OwnFiles", rule: str | None = None, directed: bool | None = None, boundary: str = "census"
) -> "OwnFiles":
    """Return the files with one tie from the reports of its two ends, if the ties have a column `reporter`; else as they are.

    `rule` is a rule of `reports.combine_reports`, or LAYER=RULE[,LAYER=RULE...]; `union` where none is given. Who answered is said by the
    column responded of the actors; without one it is everyone under a census, and otherwise those who reported a tie. Of the rows
    in which one reporter repeats a tie without direction the strongest stands. The result has the `agreement` of the two ends by layer
    and, as `reports`, the ties as they were read. A layer without any reporter is observed as in a file without that column.

    Raises `GumflowError` for a rule without a column reporter, an unknown rule or layer, and what `combine_reports` raises.
    """
    if "reporter" not in own.ties.columns or not (own.ties["reporter"] != "").any():
        if rule is not None:
            raise GumflowError(
                f"--tie-rule {rule}: the ties name no reporter; add a column reporter (who told of the tie), or leave the rule out"
            )
        return own
    said = own.ties.assign(directed=_directions(own.ties, directed), state=_STATE)
    ties, agreement = combine_reports(_strongest(said), _rules(rule, own.layers), _answered(own, boundary))
    reported = set(said.loc[said["reporter"] != "", "layer"])
    sole = ties["directed"] & ~ties["layer"].isin(reported)
    ties["observed_by"] = ties["observed_by"].where(~sole, "sender").astype("str")
    ties = ties.drop(columns=["state", *([] if "directed" in own.ties.columns else ["directed"])])
    agreement = agreement[agreement["layer"].isin(reported)].drop(columns="state").reset_index(drop=True)
    notes = [_said(row) for row in agreement.to_dict("records")]
    return replace(own, ties=ties, reports=own.ties, agreement=agreement, notes=(*own.notes, *notes))


def tie_notes(ties: pd.DataFrame, actors: pd.DataFrame | None, directed: bool | None) -> list[str]:
    """Say which ties as read repeat others, and which come from actors that did not answer."""
    directions = _directions(ties, directed)
    ties = ties[ties["source"] != ties["target"]]
    one_way = directions[ties.index]
    notes = []
    repeated = int(ties[one_way].duplicated(_key(ties)).sum())
    if repeated:
        notes.append(
            f"{repeated} ties repeat an ordered pair in one layer; a network adds their strengths to one tie."
        )
    repeated = int(_ends_in_order(ties[~one_way]).duplicated(_key(ties)).sum())
    if repeated:
        notes.append(
            f"{repeated} ties without direction repeat a pair in one layer, from either end; the larger strength stands."
        )
    if actors is not None and "responded" in actors.columns and "reporter" not in ties.columns:
        silent = set(actors.loc[actors["approached"] & ~actors["responded"], "actor"])
        sent = ties.loc[one_way & ties["source"].isin(silent), "source"]
        if len(sent):
            names = sorted(set(sent))
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            notes.append(
                f"{len(sent)} ties are sent by actors that did not answer ({', '.join(names[:_MOST_NAMES])}{more}); "
                "they are kept as observed."
            )
    return notes


def _rules(text: str | None, layers: Sequence[str]) -> dict[str, Rule]:
    """Return the rule of each layer that `text` names: of all, if it is one rule."""
    if text is None:
        return {}
    if "=" not in text:
        return {layer: _rule(text, text) for layer in layers}
    rules: dict[str, Rule] = {}
    for part in text.split(","):
        layer, _, rule = (word.strip() for word in part.rpartition("="))
        if layer not in layers:
            raise GumflowError(
                f"--tie-rule {text}: no tie has the layer {layer!r}; there are: {', '.join(map(repr, layers))}"
            )
        if layer in rules:
            raise GumflowError(f"--tie-rule {text}: the layer {layer!r} has two rules; give it one")
        rules[layer] = _rule(rule, text)
    return rules


def _rule(word: str, text: str) -> Rule:
    if word.strip() not in RULES:
        raise GumflowError(f"--tie-rule {text}: {word.strip()!r} is no rule; allowed: {', '.join(RULES)}")
    return cast(Rule, word.strip())


def _directions(ties: pd.DataFrame, directed: bool | None) -> pd.Series:
    if directed is None and "directed" in ties.columns:
        return ties["directed"].astype(bool)
    return pd.Series(directed is not False, index=ties.index, dtype=bool)


def _answered(own: "OwnFiles", boundary: str) -> set[str] | None:
    if own.actors is not None and "responded" in own.actors.columns:
        return set(own.actors.loc[own.actors["responded"], "actor"])
    if boundary != "census":
        return set(own.ties["reporter"]) - {""}
    return set(own.actors["actor"]) if own.actors is not None else None


def _strongest(ties: pd.DataFrame) -> pd.DataFrame:
    """Leave out rows that repeat what a reporter says of a pair without direction in a layer, but for the strongest."""
    strength = ties["strength"].astype("float64").fillna(1.0)
    order = strength.sort_values(ascending=False, kind="stable").index
    again = _ends_in_order(ties.loc[order]).duplicated(_key(ties)) & ~ties.loc[order, "directed"]
    return ties[~again.reindex(ties.index)].reset_index(drop=True)


def _key(ties: pd.DataFrame) -> list[str]:
    return [name for name in ("source", "target", "layer", "reporter") if name in ties.columns]


def _ends_in_order(ties: pd.DataFrame) -> pd.DataFrame:
    ends = np.sort(ties[["source", "target"]].to_numpy(dtype=str), axis=1)
    both = {
        name: pd.Series(ends[:, at], index=ties.index, dtype="str")
        for at, name in enumerate(("source", "target"))
    }
    return ties.assign(**both)


def _said(row: dict) -> str:
    if row["agreement"] == row["agreement"]:
        apart = f"; where both ends answered, they agree on {row['agreement']:.0%} of the ties that either reports"
    else:
        apart = "; no tie was reported on which both ends answered"
    return f"Layer {row['layer']}: {row['rows']} reports were combined to {row['ties']} ties by the rule {row['rule']}{apart}."
