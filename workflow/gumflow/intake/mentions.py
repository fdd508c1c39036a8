"""Who is mentioned in answers: names of respondents and alters as written, and the answers with actors in their place."""

from collections.abc import Mapping, Sequence

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import Instrument, Item
from gumflow.contract.tables import table_contract

MENTION_COLUMNS = ("name", "as_respondent", "kind", "place", "file", "sheet", "row", "column")
"""What `who_is_who.resolve_names` needs to know of each mention of a name."""

PLACE_COLUMNS = ("file", "sheet", "row", "column")


def allowed_values(column: str) -> tuple[str, ...]:
    """Return the values that a column of actors.csv may have (kind, place)."""
    field = table_contract("actors").field_named(column)
    return field.enum if field else ()


def mentions_of(answers: pd.DataFrame, instruments: Sequence[Instrument]) -> pd.DataFrame:
    """Return who is mentioned in answers as they were read: `MENTION_COLUMNS`, one row for each answer row that names an alter, and for each row of a respondent.

    Before names are resolved, `respondent` and `alter` hold names or ids as written. `kind` and `place` (of actors.csv) are what the item asks
    for: the first of its kinds, and local or other_cluster; or what the respondent said of the alter in an item whose options are
    kinds or places.
    """
    items = {i.id: i for instrument in instruments for i in instrument.items.values() if i.relation}
    relations = {i: item.relation for i, item in items.items() if item.relation}
    kinds = {i: relation.kinds[0] for i, relation in relations.items()}
    places = {i: "local" if r.place == "inside" else "other_cluster" for i, r in relations.items()}
    text = ("respondent", "question", "alter", "option", "file", "sheet", "column")
    answers = answers.astype(dict.fromkeys(text, "str"))
    named = answers[(answers["alter"] != "") & answers["question"].isin(list(items))]
    asked = pd.DataFrame(
        {
            "name": named["alter"],
            "as_respondent": False,
            "kind": named["question"].map(kinds),
            "place": named["question"].map(places),
            **{c: named[c] for c in PLACE_COLUMNS},
        }
    )
    for column in ("kind", "place"):
        said = _said(named, items, column)
        if len(said):
            pairs = pd.MultiIndex.from_frame(named[["respondent", "alter"]])
            told = pd.Series(said.reindex(pairs).to_numpy(), index=asked.index)
            asked[column] = told.fillna(asked[column])
    rows = answers.drop_duplicates(["respondent", "file", "sheet", "row"])
    own = pd.DataFrame({"name": rows["respondent"], "as_respondent": True, "kind": "firm", "place": "local", **{c: rows[c] for c in PLACE_COLUMNS}})  # fmt: skip
    own["column"] = ""
    return pd.concat([own, asked], ignore_index=True)[list(MENTION_COLUMNS)]


def _said(named: pd.DataFrame, items: Mapping[str, Item], column: str) -> pd.Series:
    """Return what respondents said of alters in items whose options are all kinds, or all places, of actors."""
    allowed = set(allowed_values(column))
    telling = [i for i, item in items.items() if item.options and {o.code for o in item.options} <= allowed]
    rows = named[named["question"].isin(telling) & (named["option"] != "")]
    return rows.drop_duplicates(["respondent", "alter"]).set_index(["respondent", "alter"])["option"]


def with_actors(answers: pd.DataFrame, resolved: Mapping[str, str]) -> pd.DataFrame:
    """Return the answers with actor ids for the names in `respondent` and `alter` (`WhoIsWho.resolved`).

    Rows of respondents and alters that are left out are dropped; where all alters of a respondent in an item are, one row says that it named
    nobody who counts (alter and option empty, value 0): it did answer. Raises `GumflowError` for a name that was not resolved.
    """
    respondent, alter = answers["respondent"].astype("str"), answers["alter"].astype("str")
    ids = dict(resolved) | {"": ""}
    unknown = sorted({*respondent.unique(), *alter.unique()} - set(ids))
    if unknown:
        raise GumflowError(f"answers: names that were not resolved: {', '.join(unknown[:5])}")
    table = answers.assign(respondent=respondent.map(ids), alter=alter.map(ids))
    lost = (alter != "") & (table["alter"] == "")
    kept = table["respondent"] != ""
    if lost.any():
        alone = _first_of_pairs_all_lost(table, lost)
        kept &= ~lost | alone
        texts = {c: table[c].astype("str").mask(alone, "") for c in ("option", "text") if c in table.columns}
        table = table.assign(**texts, value=table["value"].mask(alone, 0.0))
    return table[kept].reset_index(drop=True)


def _first_of_pairs_all_lost(table: pd.DataFrame, lost: pd.Series) -> pd.Series:
    """Mark the first lost row of each respondent and item of which all rows are lost."""
    pair = table.assign(question=table["question"].astype("str")).groupby(["respondent", "question"]).ngroup()
    all_lost = lost & ~pair.isin(pair[~lost].unique())
    return all_lost & ~pair.where(all_lost).duplicated()
