"""All mechanisms of a study: every cluster and wave, its firms and itself, in two tables."""

from collections.abc import Mapping, Sequence

import pandas as pd

from gumflow.contract.scores import scores_table
from gumflow.mechanisms.barter import measure_barter
from gumflow.mechanisms.cluster import Cluster, Found, Row
from gumflow.mechanisms.descriptors import measure_descriptors
from gumflow.mechanisms.factor_scores import score_firms
from gumflow.mechanisms.governance import measure_governance
from gumflow.mechanisms.innovation import measure_innovation
from gumflow.mechanisms.lead_firms import measure_lead_firms
from gumflow.mechanisms.learning import measure_learning
from gumflow.mechanisms.learning_process import measure_learning_process
from gumflow.mechanisms.linkage import measure_external_linkage
from gumflow.mechanisms.public_policy import measure_public_policy
from gumflow.mechanisms.rows import Mechanism, joined
from gumflow.mechanisms.social_capital import measure_social_capital

MECHANISMS: tuple[Mechanism, ...] = (
    measure_learning,
    measure_learning_process,
    measure_barter,
    measure_innovation,
    measure_social_capital,
    measure_external_linkage,
    measure_governance,
    measure_public_policy,
    measure_lead_firms,
    measure_descriptors,
)


def measure_mechanisms(clusters: Sequence[Cluster]) -> list[Found]:
    """Measure every mechanism of every cluster and wave, and score the firms; findings in the order of the clusters."""
    found = [joined([mechanism(cluster) for mechanism in MECHANISMS], cluster) for cluster in clusters]
    for name in dict.fromkeys(c.head["cluster"] for c in clusters):
        waves = [at for at, c in enumerate(clusters) if c.head["cluster"] == name]
        scored = score_firms([clusters[at] for at in waves], [found[at].firms for at in waves])
        for at, more in zip(waves, scored, strict=True):
            found[at] = joined([found[at], more], clusters[at])
    return found


def mechanism_tables(
    clusters: Sequence[Cluster], found: Sequence[Found], more: Sequence[Row] = ()
) -> Mapping[str, pd.DataFrame]:
    """Return `firm_scores` (study, cluster, wave, actor, one column for each measure of firms, grade) and `scores`.

    `more` are further rows on the same clusters, such as estimates.
    """
    tables = []
    for cluster, one in zip(clusters, found, strict=True):
        table = one.firms.reset_index(names="actor")
        for place, key in enumerate(("study", "cluster", "wave")):
            table.insert(place, key, pd.Series([cluster.head[key]] * len(table), dtype="str"))
        table["grade"] = pd.Series([cluster.head["grade"]] * len(table), dtype="str")
        tables.append(table.astype({"actor": "str"}))
    rows = [*(row for one in found for row in one.rows), *more]
    return {"firms": pd.concat(tables, ignore_index=True), "scores": scores_table(rows)}
