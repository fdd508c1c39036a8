"""The evidence of coded statements on the seven factors, as figures read it from the table `scores`."""

from collections.abc import Collection, Sequence

import pandas as pd

from gumflow.contract.errors import GumflowError

COUNTS = {
    "helping": "statements_helping",
    "hindering": "statements_hindering",
    "lacking": "statements_lacking",
    "recommended": "statements_recommended",
}
BALANCE = "evidence_balance"


def factor_evidence(scores: pd.DataFrame, factors: Collection[str], clusters: Sequence[str]) -> pd.DataFrame:
    """Return one row per (cluster, factor): counts by side and state, and the balance with the coders' range.

    Columns: helping and hindering (of what is achieved or achieved in part, by polarity), lacking, recommended (numbers of
    statements, 0 where there is no row), balance (-1 to 1, NaN where withheld), low, high, n. Raises `GumflowError` if a cluster has two values of one measure (two waves, say).
    """
    rows = scores[
        (scores["layer"] == "evidence")
        & (scores["unit_kind"] == "factor")
        & scores["unit"].isin(list(factors))
        & scores["cluster"].isin(list(clusters))
        & scores["measure"].isin([*COUNTS.values(), BALANCE])
    ]
    double = rows[rows.duplicated(["cluster", "unit", "measure"])]
    if len(double):
        first = double.iloc[0]
        raise GumflowError(
            f"The scores have {first['measure']} of {first['unit']} in {first['cluster']} more than once. "
            "Give the rows of one study and one wave."
        )
    index = pd.MultiIndex.from_product([list(clusters), list(factors)], names=["cluster", "unit"])
    keyed = rows.set_index(["cluster", "unit"])
    table = pd.DataFrame(index=index)
    for name, measure in COUNTS.items():
        values = keyed.loc[keyed["measure"] == measure, "value"].astype(float)
        table[name] = values.reindex(index).fillna(0.0)
    balance = keyed[keyed["measure"] == BALANCE]
    for name, column in (("balance", "value"), ("low", "low"), ("high", "high"), ("n", "n")):
        table[name] = balance[column].astype(float).reindex(index)
    return table
