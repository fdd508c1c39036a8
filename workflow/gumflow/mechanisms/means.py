"""Means over firms of the measures of social capital: their rows and their declarations."""

from collections.abc import Callable, Mapping

from gumflow.measures.registry import get_measure, measure
from gumflow.mechanisms.cluster import Cluster, Found, Values
from gumflow.mechanisms.partners import Shared
from gumflow.mechanisms.rows import Rows


def add_means(
    rows: Rows,
    columns: Mapping[str, Values],
    means: Mapping[str, tuple[str, ...]],
    shared: Mapping[str, Shared] | None = None,
) -> None:
    """Add the row `<column>_mean` of each column, or the reason why the data cannot bear it; of a text the reason for the first alone.

    `shared` says what partners do in the columns that rest on partners.
    """
    for at, (name, layers) in enumerate(means.items()):
        if at and rows.cluster.boundary == "text":
            break
        why = rows.cluster.why_not(f"{name}_mean", *layers)
        if why:
            rows.withhold(f"{name}_mean", why)
        else:
            rows.mean(f"{name}_mean", columns[name], shared=(shared or {}).get(name))


def declare_means(means: Mapping[str, tuple[str, ...]], function: Callable[[Cluster], Found]) -> None:
    """Declare `<column>_mean` for columns that are declared, computed by `function`."""
    for name in means:
        of = get_measure(name)
        measure(
            name=f"{name}_mean",
            level="cluster",
            label_en=f"{of.label_en}, mean of firms",
            label_zh=f"{of.label_zh}（企业均值）",
            definition=f"Mean over the firms that have a value, each firm counting once. {of.definition}",
            formula=f"mean over firms i of {of.formula}",
            source=of.source,
            boundaries=of.boundaries,
            cost=of.cost,
            bounds=of.bounds,
            reads=of.reads,
            undefined=of.undefined,
            interval_kind="sampling",
        )(function)
