"""What a source says of a cluster's value chain, one item at a time, with its place in the source (chain.csv)."""

from dataclasses import dataclass

from gumflow.contract.errors import GumflowError
from gumflow.mechanisms.cluster import Cluster

CATEGORIES = {
    "driver": ("buyer", "producer", "mixed"),
    "governance_type": ("market", "modular", "relational", "captive", "hierarchy"),
    "governance_contrary": ("not_captive",),
    "origin": ("native", "embedded"),
    "maturity": ("growing", "mature", "shrinking"),
    "firm_numbers": ("growing", "stable", "stable_or_shrinking", "shrinking"),
    "path_order_stated": ("sales_first", "making_first"),
}
"""What each item may say; the table contract knows the categories of all items together."""


@dataclass(frozen=True)
class Stated:
    """One thing that is stated: its category, and ` (4.3.2 paragraph 1)` for its place, empty where none is given."""

    category: str
    place: str


def stated_of(cluster: Cluster, item: str) -> list[Stated]:
    """Return what chain.csv says of one item, such as driver, in its order; empty if it says nothing.

    Raises `GumflowError` for a category that the item cannot have.
    """
    chain = cluster.tables["chain"]
    if chain.empty:
        return []
    rows = chain[chain["item"] == item].to_dict("records")
    for row in rows:
        if row["category"] not in CATEGORIES[item]:
            allowed = ", ".join(CATEGORIES[item])
            raise GumflowError(f"chain.csv: {item} has the category {row['category']!r}; allowed: {allowed}")
    return [Stated(str(row["category"]), _place({k: str(v) for k, v in row.items()})) for row in rows]


def _place(row: dict[str, str]) -> str:
    if row.get("paragraphs"):
        several = "s" if ";" in row["paragraphs"] else ""
        return f" ({row['section']} paragraph{several} {row['paragraphs'].replace(';', ', ')})"
    return f" (note {row['note']})" if row.get("note") else ""
