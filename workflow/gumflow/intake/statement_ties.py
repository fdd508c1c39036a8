"""Ties that coded interviews state: from statements with ego, alter and layer to rows of ties.

What the coders settled (coder `agreed`) counts; without a settled coding, what every coder of the sentence coded. A tie that ties.csv lists already,
in the same layer and state, is not added again.
"""

import pandas as pd

from gumflow.intake.reliability import UNIT

AGREED = "agreed"
"""The coder name of the settled coding."""

MUTUAL = frozenset({"social", "trust", "rivalry", "innovation"})
"""Layers in which a statement on ego and alter has no direction."""

_TIE = ["cluster", "wave", "ego", "alter", "layer", "state"]


def stated_ties(statements: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
    """Return the ties that statements bear and `ties` does not list, in the columns of the tidy ties.

    source = ego, target = alter; mutual layers are undirected. strength is the greatest of the statements on the tie; section, paragraphs and note
    are those of the first, reporter is empty, question the document. Both tables are tidy (study, cluster, wave).
    """
    stated = statements[(statements["layer"] != "") & (statements["ego"] != "") & (statements["alter"] != "")]
    stated = stated[(stated["ego"] != stated["alter"]) & (stated["state"] != "")]
    stated = _settled(statements, stated)
    if stated.empty:
        return ties.iloc[:0]
    order = [*_TIE, "document", "section", "paragraphs", "sentence", "note"]
    stated = stated.sort_values(order, kind="stable", na_position="first")
    # A mutual tie is one tie, whoever is named first.
    swap = stated["layer"].isin(MUTUAL) & (stated["ego"] > stated["alter"])
    stated = stated.assign(
        ego=stated["ego"].where(~swap, stated["alter"]), alter=stated["alter"].where(~swap, stated["ego"])
    )
    strongest = stated.groupby(_TIE)["strength"].transform("max")
    first = stated.assign(strength=strongest).drop_duplicates(_TIE)
    known = set(_keys(ties, "source", "target"))
    first = first[[key not in known for key in _keys(first, "ego", "alter")]]
    rows = first.rename(columns={"ego": "source", "alter": "target", "document": "question"})
    rows = rows.assign(directed=~rows["layer"].isin(MUTUAL), reporter="", remark="")
    return rows.reindex(columns=ties.columns).reset_index(drop=True)


def _settled(statements: pd.DataFrame, stated: pd.DataFrame) -> pd.DataFrame:
    """Keep the settled statements, and of documents without settled coding those ties that every coder of the sentence coded."""
    document = ["cluster", "wave", "document"]
    settled = pd.MultiIndex.from_frame(statements.loc[statements["coder"] == AGREED, document])
    is_settled = pd.MultiIndex.from_frame(stated[document]).isin(settled)
    agreed = stated[is_settled & (stated["coder"] == AGREED)]
    rest = stated[~is_settled]
    if rest.empty:
        return agreed
    seen = statements.groupby(UNIT, dropna=False)["coder"].nunique().rename("seen").reset_index()
    key = [*UNIT, "ego", "alter", "layer", "state"]
    coded = rest.groupby(key, dropna=False)["coder"].nunique().rename("coded").reset_index()
    both = rest.merge(coded, on=key, how="left").merge(seen, on=UNIT, how="left")
    return pd.concat([agreed, both[both["coded"] == both["seen"]]], ignore_index=True)


def _keys(table: pd.DataFrame, one: str, other: str) -> list[tuple[str, ...]]:
    """Return what tells one tie from another: cell, ends (in alphabetical order in mutual layers), layer, state."""
    columns = (table[c] for c in ("cluster", "wave", one, other, "layer", "state"))
    return [
        (cluster, wave, *(sorted((a, b)) if layer in MUTUAL else (a, b)), layer, state)
        for cluster, wave, a, b, layer, state in zip(*columns, strict=True)
    ]
