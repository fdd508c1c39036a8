"""One tie from the reports of its two ends: which rule decides, how far the ends agree, and what a rule drops.

A tie may be reported by the actor that gives it and by the one that receives it, and the two need not agree
(Krackhardt 1987; Marsden 1990). The rules are those of UCINET's symmetrizing, read as reports on one tie: `union` takes the larger
report, `intersection` the smaller, `average` the mean, a "no" counting 0; `sender` and `receiver` believe one side.
"""

from collections.abc import Collection, Mapping
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.contract.errors import GumflowError

Rule = Literal["union", "intersection", "sender", "receiver", "average"]
RULES: tuple[Rule, ...] = get_args(Rule)

AGREEMENT_COLUMNS = (
    "layer", "directed", "state", "rule", "observed_by", "rows", "rows_of_others", "rows_dropped", "rows_merged", "ties",
    "pairs_both_answered", "both_yes", "only_sender", "only_receiver", "only_one", "agreement", "kappa",
)  # fmt: skip
TIE_ATTRIBUTES = {"year_from": "min", "year_to": "max", "formal": "max", "trust": "mean"}
"""What the reports on one tie say together: the earliest year, the latest, a contract if a side knows of one, the mean trust."""
_NEEDED = ("source", "target", "layer", "directed", "state", "strength", "reporter")
_PAIR = ["first", "second", "layer", "directed", "state"]
_GROUP = ["layer", "directed", "state"]
_SENDER, _RECEIVER, _OTHER = 0, 1, 2


def combine_reports(
    ties: pd.DataFrame,
    rules: Mapping[str, Rule] | None = None,
    responded: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Combine the reports on each tie of one cluster and wave by the rule of its layer; `union` where none is named.

    `ties` has source, target, layer, directed, state, strength and reporter, and any other columns. The reporter of
    a directed tie is its source (sender) or its target (receiver), of an undirected one either end. Rows without a
    reporter, of a third party, and from an actor to itself are documents or observations: every rule keeps them.
    `responded` holds the actors that answered, all if None; who reported a tie has answered about it.

    A side was asked about a layer if one of its ties was reported from that side; both ends of an undirected layer
    are asked alike. Each state is combined by itself. Strengths that one reporter gave to one tie in several rows
    are added, an empty one counting 1, as everywhere. Then
        union         tie if a side says so; the larger strength
        intersection  tie if all sides that answered say so; the smaller strength
        average       mean over the sides that answered, a "no" counting 0; tie if above 0
        sender, receiver  what that side says; the report of the other side is never taken in its place
    Where one side was not asked or did not answer, union, intersection and average take the report that there is,
    so a pair is observed by `either`.

    Returns (ties, table). The ties have one row for each reported (source, target, layer, directed, state) that the
    rule keeps, with year_from, year_to, formal and trust of its reports together (`TIE_ATTRIBUTES`; empty ones left out), the other columns of the
    first report (of the sender, if there is one; of an undirected tie, of the end that comes first), and `observed_by` as `Network` needs it. A document on a kept tie is folded into it:
    the larger strength stands. All other documents stay as they are, so ties without any reporter come back
    unchanged, in their order.

    The table (`AGREEMENT_COLUMNS`) has a row for each layer, direction and state. rows = ties + rows_merged +
    rows_dropped: a row is dropped if the rule does not keep its tie, and merged if its tie has one row already. Over the pairs on which
    both sides answered (`pairs_both_answered`; ordered if directed): both_yes, only_sender, only_receiver (empty
    if undirected), only_one (their sum), agreement = both_yes / (both_yes + only_one), and Cohen's kappa, for
    undirected ties with the ends exchangeable (Scott 1955). Agreement is NaN where nobody said yes, kappa where it is 0/0.

    Raises `GumflowError` for missing columns, several clusters or waves, an unknown rule, sender or receiver for
    undirected ties, and a rule that believes a side that was not asked.
    """
    rules = dict(rules or {})
    _check(ties, rules)
    rows = _rows(ties)
    if responded is None:
        responded = set(rows["first"]) | set(rows["second"])
    plan = _plan(rows, rules)
    pairs = _pairs(rows, plan, set(responded))
    kept = _decide(pairs)
    rows = rows.merge(kept[[*_PAIR, "combined"]], on=_PAIR, how="left", sort=False)
    return _combined_ties(ties, rows, plan), _table(rows, pairs, plan, len(set(responded)))


def _check(ties: pd.DataFrame, rules: Mapping[str, str]) -> None:
    missing = [column for column in _NEEDED if column not in ties.columns]
    if missing:
        raise GumflowError(
            f"ties: the table lacks the columns {', '.join(missing)}; reports cannot be combined"
        )
    for column in ("study", "cluster", "wave"):
        if column in ties.columns and len(ties[column].unique()) > 1:
            raise GumflowError(
                f"ties: rows of several values of {column}; give one cluster and wave at a time"
            )
    for layer, rule in rules.items():
        if rule not in RULES:
            raise GumflowError(f"rule of the layer {layer!r} is {rule!r}; allowed: {', '.join(RULES)}")
    undirected = set(ties.loc[~ties["directed"].to_numpy(dtype=bool), "layer"])
    for layer in sorted(undirected):
        if rules.get(layer) in ("sender", "receiver"):
            raise GumflowError(
                f"layer {layer!r}: the rule {rules[layer]!r} needs a direction, and some of its ties have none; "
                "use union, intersection or average"
            )


def _rows(ties: pd.DataFrame) -> pd.DataFrame:
    """One row for each of `ties`: its pair (sorted ends if undirected), who reported it, its strength, its rank among equals."""
    source, target = ties["source"].to_numpy(dtype=str), ties["target"].to_numpy(dtype=str)
    directed = ties["directed"].to_numpy(dtype=bool)
    turned = ~directed & (target < source)
    first, second = np.where(turned, target, source), np.where(turned, source, target)
    reporter = ties["reporter"].fillna("").to_numpy(dtype=str)
    by = np.select([reporter == first, reporter == second], [_SENDER, _RECEIVER], _OTHER)
    text = ties.astype("str").to_numpy(dtype=str)
    rank = np.lexsort(text.T[::-1]) if len(ties) else np.empty(0, dtype=np.int64)
    order = np.empty(len(ties), dtype=np.int64)
    order[rank] = np.arange(len(ties))
    return pd.DataFrame(
        {
            "first": pd.Series(first, dtype="str"),
            "second": pd.Series(second, dtype="str"),
            "layer": ties["layer"].astype("str").to_numpy(),
            "directed": directed,
            "state": ties["state"].astype("str").to_numpy(),
            "by": np.where(first == second, _OTHER, by),
            "strength": ties["strength"].astype("float64").to_numpy(),
            "order": order,
        }
    )


def _plan(rows: pd.DataFrame, rules: Mapping[str, str]) -> pd.DataFrame:
    """Say for each layer and direction the rule, which sides were asked, and whose answer tells whether a pair is tied."""
    found = rows.groupby(["layer", "directed"], sort=True)["by"].agg(
        by_sender=lambda by: (by == _SENDER).any(), by_receiver=lambda by: (by == _RECEIVER).any()
    )
    plan = found.astype(bool).reset_index()
    one_side = plan["by_sender"] | plan["by_receiver"]
    plan["asks_first"] = plan["by_sender"] | (one_side & ~plan["directed"])
    plan["asks_second"] = plan["by_receiver"] | (one_side & ~plan["directed"])
    plan["rule"] = [rules.get(layer, "union") for layer in plan["layer"]]
    for row in plan[one_side].itertuples():
        if {"sender": not row.asks_first, "receiver": not row.asks_second}.get(row.rule, False):
            raise GumflowError(
                f"layer {row.layer!r}: the rule {row.rule!r} believes the {row.rule}, and no tie of this layer is "
                f"reported by its {row.rule}; use union, or check the column reporter"
            )
    sides = np.select([plan["asks_first"] == plan["asks_second"], plan["asks_first"]], ["either", "sender"], "receiver")  # fmt: skip
    believed = plan["rule"].isin(["sender", "receiver"]) & one_side
    plan["observed_by"] = np.where(believed, plan["rule"], sides)
    return plan[["layer", "directed", "rule", "asks_first", "asks_second", "observed_by"]]


def _pairs(rows: pd.DataFrame, plan: pd.DataFrame, responded: set[str]) -> pd.DataFrame:
    """One row for each reported tie: strength by side (NaN for no), and whether each side answered about the pair."""
    reports = rows[rows["by"] != _OTHER].assign(strength=lambda table: table["strength"].fillna(1.0))
    # Strength is in the order so that a sum of floats does not depend on the order of the rows.
    given = reports.sort_values([*_PAIR, "by", "strength"]).groupby([*_PAIR, "by"])["strength"].sum()
    wide = given.unstack("by").reindex(columns=[_SENDER, _RECEIVER]).reset_index()
    wide.columns = [*_PAIR, "of_first", "of_second"]
    wide = wide.merge(plan, on=["layer", "directed"], how="left")
    for end in ("first", "second"):
        answered = wide[end].isin(responded) & wide[f"asks_{end}"].astype(bool)
        wide[f"{end}_answered"] = wide[f"of_{end}"].notna() | answered
    wide["both_answered"] = wide["first_answered"] & wide["second_answered"]
    # Who is not among the respondents and reported a tie has answered about this one pair.
    listed = wide["first"].isin(responded) & wide["second"].isin(responded)
    wide["beyond_respondents"] = wide["both_answered"] & ~listed
    return wide


def _decide(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the reported ties that the rule of their layer keeps, with the `combined` strength."""
    one, other = pairs["of_first"].to_numpy(dtype=float), pairs["of_second"].to_numpy(dtype=float)
    said_one, said_other = ~np.isnan(one), ~np.isnan(other)
    answers = pairs["first_answered"].to_numpy(dtype=int) + pairs["second_answered"].to_numpy(dtype=int)
    agreed = answers == said_one.astype(int) + said_other
    by_rule: dict[str, tuple[NDArray[np.bool_], NDArray[np.float64]]] = {
        "union": (said_one | said_other, np.fmax(one, other)),
        "intersection": (agreed, np.fmin(one, other)),
        "sender": (said_one, one),
        "receiver": (said_other, other),
        "average": (
            said_one | said_other,
            (np.nan_to_num(one) + np.nan_to_num(other)) / np.maximum(answers, 1),
        ),
    }
    rule = pairs["rule"].to_numpy(dtype=str)
    keep = np.select([rule == name for name in RULES], [by_rule[name][0] for name in RULES], False)
    strength = np.select([rule == name for name in RULES], [by_rule[name][1] for name in RULES], np.nan)
    return pairs.assign(combined=strength)[keep.astype(bool)]


def _combined_ties(ties: pd.DataFrame, rows: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """Pick the row that stands for each tie, and put in the combined strength and who was asked."""
    kept, other = rows["combined"].notna(), rows["by"] == _OTHER
    folded = rows[kept & other].assign(strength=lambda table: table["strength"].fillna(1.0))
    documents = folded.sort_values([*_PAIR, "strength"]).groupby(_PAIR)["strength"].sum()
    stands = rows[kept & ~other].sort_values(["by", "order"]).drop_duplicates(_PAIR)
    pair = pd.MultiIndex.from_frame(stands[_PAIR])
    documented = (
        documents.reindex(pair).to_numpy(dtype=float) if len(documents) else np.full(len(stands), np.nan)
    )
    ties = _with_attributes(ties, rows[kept & ~other], stands)
    strength = ties["strength"].astype("float64").to_numpy().copy()
    strength[stands.index] = np.fmax(stands["combined"].to_numpy(dtype=float), documented)
    asked = rows[["layer", "directed"]].merge(plan, on=["layer", "directed"], how="left")["observed_by"]
    result = ties.assign(strength=strength, observed_by=asked.astype("str").to_numpy())
    place = np.sort(np.concatenate([stands.index.to_numpy(), rows.index[other & ~kept].to_numpy()]))
    return result.iloc[place.astype(np.int64)].reset_index(drop=True)


def _with_attributes(ties: pd.DataFrame, reports: pd.DataFrame, stands: pd.DataFrame) -> pd.DataFrame:
    """Give the row that stands for a tie what its reports say of it together, so that nothing hangs on whose name comes first."""
    there = {column: how for column, how in TIE_ATTRIBUTES.items() if column in ties.columns}
    if not there or stands.empty:
        return ties
    told = reports[_PAIR].join(ties[list(there)].astype("float64")).groupby(_PAIR, sort=False).agg(there)
    together = told.reindex(pd.MultiIndex.from_frame(stands[_PAIR]))
    changed = ties.copy()
    for column in there:
        values = changed[column].astype("float64").to_numpy().copy()
        values[stands.index] = together[column].to_numpy(dtype=float)
        changed[column] = values
    return changed


def _table(rows: pd.DataFrame, pairs: pd.DataFrame, plan: pd.DataFrame, respondents: int) -> pd.DataFrame:
    other, kept = rows["by"] == _OTHER, rows["combined"].notna()
    standing = kept & ~other & ~rows.sort_values(["by", "order"]).duplicated(_PAIR).reindex(rows.index)
    counts = (
        rows.assign(
            rows=1,
            rows_of_others=other,
            rows_dropped=~other & ~kept,
            rows_merged=kept & ~standing,
            ties=standing | (other & ~kept),
        )
        .groupby(_GROUP, sort=True)[["rows", "rows_of_others", "rows_dropped", "rows_merged", "ties"]]
        .sum()
        .astype("int64")
    )
    said_one, said_other, both = pairs["of_first"].notna(), pairs["of_second"].notna(), pairs["both_answered"]
    said = pairs.assign(
        both_yes=both & said_one & said_other,
        only_sender=both & said_one & ~said_other,
        only_receiver=both & ~said_one & said_other,
    )
    columns = ["both_yes", "only_sender", "only_receiver", "beyond_respondents"]
    sums = said.groupby(_GROUP)[columns].sum().reindex(counts.index).fillna(0).astype("int64")
    table = counts.join(sums).reset_index().merge(plan, on=["layer", "directed"], how="left")
    return _with_agreement(table, respondents)


def _with_agreement(table: pd.DataFrame, respondents: int) -> pd.DataFrame:
    directed = table["directed"].to_numpy(dtype=bool)
    asked_both = (table["asks_first"] & table["asks_second"]).to_numpy(dtype=bool)
    possible = respondents * (respondents - 1) // np.where(directed, 1, 2)
    pairs = np.where(asked_both, possible + table["beyond_respondents"], 0)
    yes = table["both_yes"].to_numpy(dtype=float)
    one, other = table["only_sender"].to_numpy(dtype=float), table["only_receiver"].to_numpy(dtype=float)
    apart = one + other
    one, other = np.where(directed, one, apart / 2), np.where(directed, other, apart / 2)
    no = pairs - yes - apart
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = ((yes + one) * (yes + other) + (no + one) * (no + other)) / pairs**2
        kappa = ((yes + no) / pairs - expected) / (1 - expected)
        agreement = yes / (yes + apart)
    table = table.assign(
        pairs_both_answered=pairs.astype("int64"),
        only_sender=np.where(directed, one, np.nan),
        only_receiver=np.where(directed, other, np.nan),
        only_one=apart.astype("int64"),
        agreement=agreement,
        kappa=np.where(np.isfinite(kappa), kappa, np.nan),
    )
    return table[list(AGREEMENT_COLUMNS)]
