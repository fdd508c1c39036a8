"""Scores of each firm on the factors, mechanisms, their parts and the outcomes: one standardized mean a level of the model's tree.

A firm's score is relative: it says where the firm stands among the firms of its cluster, of all waves together, in standard deviations.
So a mean of a wave above 0 says that the wave stands above the other, never that the cluster stands high; clusters are set beside
each other by the indicators in their own units and by the index. Drivers and outcomes are scored apart.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import Bearing, Model, load_model
from gumflow.measures.registry import COMPLETE, measure, measures_at
from gumflow.mechanisms.cluster import Cluster, Found, Row
from gumflow.mechanisms.rows import Rows, firm_table

LEAST_KNOWN = 0.5
"""Least share of what a score rests on that a firm needs a value of."""
SAMPLE_TOO = (*COMPLETE, "sample")
ONE_WAVE_HAS_IT = "withheld: only one wave has it, so its mean is 0 by construction"
ONLY_WAVE = "withheld: it compares the waves of a cluster, and with one wave every mean over its firms is 0 by construction"
METHOD = "mean over firms of scores standardized over the firms of all waves"
_OUTCOMES = {
    "technical": "technical_upgrading", "innovative": "innovative_upgrading", "linkage": "linkage_upgrading",
    "social": "social_upgrading", "process": "process_upgrading", "product": "product_upgrading",
    "functional": "functional_upgrading", "value_capture": "value_capture",
}  # fmt: skip
"""Outcomes of the ways, of the paths that the questionnaires ask about, and value captured, with the construct of each."""


def score_firms(clusters: Sequence[Cluster], firms: Sequence[pd.DataFrame]) -> list[Found]:
    """Score the firms of the waves of one cluster on constructs, parts, mechanisms, factors and outcomes.

    `firms` has for each wave the table of measures of firms (index: the wave's firms). A construct is the mean of its indicators (direction
    other than 0) and measures (`measures` of the model), each standardized over the firms of all waves and turned by its
    direction; a part the mean of its constructs; a factor, mechanism or outcome the mean of its constructs. Each mean is standardized again,
    so that every construct weighs the same whatever the number of its items. A firm has a score if it has at least `LEAST_KNOWN` of what it rests on that
    anyone has. Weights are equal: the index sets others.

    The row of a score that only one wave has (as when the cluster has one wave) is withheld: its mean is 0 by construction.

    Returns for each wave `score_<factor>`, `score_<mechanism>_<part>` and `outcome_<outcome>` of each firm, and rows: mean, interval, n and coverage of each
    mechanism, part and factor. Raises `GumflowError` for a measure of the model that no mechanism computes.
    """
    model = clusters[0].model
    _check_measures(model, firms)
    index = [(at, firm) for at, cluster in enumerate(clusters) for firm in cluster.firms]
    items = _items(clusters, firms, model)
    table = (
        pd.DataFrame(items, index=pd.MultiIndex.from_tuples(index, names=["at", "firm"]))
        if index
        else pd.DataFrame()
    )
    constructs = _constructs(table, clusters, model)
    scores = _scores(constructs, model)
    return [_of_wave(cluster, at, scores, len(clusters)) for at, cluster in enumerate(clusters)]


def _check_measures(model: Model, firms: Sequence[pd.DataFrame]) -> None:
    missing = [name for name in model.measures if not any(name in table.columns for table in firms)]
    if missing and any(table.shape[1] for table in firms):
        raise GumflowError(
            f"the model's measures {', '.join(missing)} are computed by no mechanism; see docs/measures.md for measures of firms"
        )


def _bearings(clusters: Sequence[Cluster], model: Model) -> dict[str, Bearing]:
    """Return construct and direction of every indicator (`i:`) and measure of firms (`m:`) that bears on one."""
    found = {f"m:{name}": bearing for name, bearing in model.measures.items()}
    for cluster in clusters:
        for row in cluster.declared.to_dict("records"):
            if row["direction"] and row["construct"] in model.constructs:
                found.setdefault(f"i:{row['indicator']}", Bearing(row["construct"], int(row["direction"])))
    return found


def _items(clusters: Sequence[Cluster], firms: Sequence[pd.DataFrame], model: Model) -> dict[str, np.ndarray]:
    items = {}
    for name, bearing in _bearings(clusters, model).items():
        kind, _, own = name.partition(":")
        waves = [
            c.indicator(own) if kind == "i" else t[own].to_numpy(dtype=np.float64) if own in t.columns else np.full(len(c.firms), np.nan)
            for c, t in zip(clusters, firms, strict=True)
        ]  # fmt: skip
        items[name] = bearing.direction * _standardized(np.concatenate(waves))
    return items


def _standardized(values: np.ndarray) -> np.ndarray:
    """Return standard deviations from the mean; all NaN where fewer than two values differ."""
    known = values[~np.isnan(values)]
    spread = known.std() if len(known) > 1 else 0.0
    if not spread > 1e-12 * max(1.0, float(np.abs(known).max(initial=0.0))):
        return np.full(len(values), np.nan)
    return (values - known.mean()) / spread


def _mean_of(table: pd.DataFrame) -> np.ndarray:
    """Return the standardized mean over the columns that anyone has, for rows with at least `LEAST_KNOWN` of them."""
    values = table.to_numpy(dtype=np.float64)
    values = values[:, ~np.isnan(values).all(axis=0)]
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    enough = count >= np.maximum(1, LEAST_KNOWN * values.shape[1])
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    return _standardized(np.where(enough, mean, np.nan))


def _constructs(table: pd.DataFrame, clusters: Sequence[Cluster], model: Model) -> pd.DataFrame:
    bearings = _bearings(clusters, model)
    found = {}
    for construct in model.constructs:
        own = [name for name in table.columns if bearings[name].construct == construct]
        if own:
            found[construct] = _mean_of(table[own])
    return pd.DataFrame(found, index=table.index)


def _scores(constructs: pd.DataFrame, model: Model) -> dict[str, tuple[str, str, pd.Series]]:
    """Return by column name: unit kind, unit and the scores of all firms of all waves."""
    plan: dict[str, tuple[str, str, list[str]]] = {}
    for factor in model.factors:
        plan[f"score_{factor}"] = ("factor", factor, model.constructs_of("factor", factor))
    for part, own in model.constructs_of_parts().items():
        plan[f"score_{part.replace('.', '_')}"] = ("part", part, own)
    for outcome, construct in _OUTCOMES.items():
        plan[f"outcome_{outcome}"] = ("outcome", outcome, [construct])
    found = {}
    for name, (kind, unit, own) in plan.items():
        present = [c for c in own if c in constructs.columns]
        values = (
            _mean_of(constructs[present]) if present and len(constructs) else np.full(len(constructs), np.nan)
        )
        found[name] = (kind, unit, pd.Series(values, index=constructs.index))
    return found


def _of_wave(
    cluster: Cluster, at: int, scores: Mapping[str, tuple[str, str, pd.Series]], waves: int
) -> Found:
    columns, rows = {}, []
    for name, (kind, unit, series) in scores.items():
        values = series.loc[at].to_numpy(dtype=np.float64) if len(cluster.firms) else np.empty(0)
        columns[name] = values
        rows += _rows(cluster, kind, unit, values, _nothing_to_compare(series, waves))
    return Found(firm_table(cluster, columns), rows)


def _nothing_to_compare(series: pd.Series, waves: int) -> str:
    """Say why a score, which compares waves, has no mean worth telling: only one of the waves has firms with a value; empty if several have."""
    if waves == 1:
        return ONLY_WAVE
    return ONE_WAVE_HAS_IT if len({at for at, _ in series.dropna().index}) == 1 else ""


def _rows(cluster: Cluster, kind: str, unit: str, values: np.ndarray, why_none: str) -> list[Row]:
    """Return the mean of one score: of a basic factor as its mechanism's, since each mechanism is the working of one factor (2.4).

    `why_none` withholds the mean of a score that the wave's firms have.
    """
    mechanisms = [
        m.id for m in cluster.model.mechanisms.values() if kind == "factor" and m.get("factor") == unit
    ]
    places = [("mechanism", m) for m in mechanisms] or [(kind, unit)]
    found: list[Row] = []
    for place, name in places:
        rows = Rows(cluster, place, name)
        why = cluster.why_not("mechanism_score")
        known = int((~np.isnan(values)).sum())
        if why:
            rows.withhold("mechanism_score", why)
        elif why_none and known:
            rows.withhold("mechanism_score", why_none, n=known, coverage=known / len(values))
        else:
            rows.mean("mechanism_score", values, method=METHOD)
        found += rows
    return found


_SOURCE = "The book, 2.2-2.5, for what belongs to what; equal weights after Nardo et al. 2008, step 6 [reconstruction]"
measure(
    name="mechanism_score", level="cluster", label_en="Score of the mechanism, part, factor or outcome",
    label_zh="机制、环节、要素或表现得分",
    definition="Mean over the firms of one wave of their scores, which are standardized over the firms of all waves of the cluster: 0 is the mean "
    "of all waves, so it compares waves of one cluster, not clusters, and is withheld where only one wave has it.",
    formula="mean_i s_i; s = z(mean of z(constructs)); construct = z(mean of direction x z(indicator))", source=_SOURCE,
    boundaries=SAMPLE_TOO, cost="linear", bounds=(-np.inf, np.inf), undefined="no firm differs from another on it, or only one wave has it",
    interval_kind="sampling",
)(score_firms)  # fmt: skip


def declare_scores(model: Model) -> None:
    """Declare the score of firms on each factor and part of a model and on each outcome; those that are declared stay as they are."""
    plan = [(f"score_{f.id}", f.en, f.zh) for f in model.factors.values()]
    for part in model.constructs_of_parts():
        mechanism, _, own = part.partition(".")
        m, p = model.mechanisms[mechanism], model.parts[own]
        plan.append((f"score_{part.replace('.', '_')}", f"{m.en}, {p.en.lower()}", f"{m.zh}：{p.zh}"))
    plan += [(f"outcome_{o}", model.constructs[c].en, model.constructs[c].zh) for o, c in _OUTCOMES.items()]
    declared = {m.name for m in measures_at("firm")}
    for name, en, zh in plan:
        if name in declared:
            continue
        measure(
            name=name, level="firm", label_en=f"Score: {en}", label_zh=f"得分：{zh}",
            definition="Where the firm stands among the firms of its cluster, of all waves together, in standard deviations: mean of its constructs with equal weights.",
            formula="z(mean of z(constructs))", source=_SOURCE, boundaries=SAMPLE_TOO, cost="linear",
            bounds=(-np.inf, np.inf), undefined=f"the firm has fewer than {LEAST_KNOWN:.0%} of what it rests on",
        )(score_firms)  # fmt: skip


# The codebook of a study with another model declares that model's scores too.
declare_scores(load_model())
