"""How far the mechanisms recover what a synthetic study was drawn from. Run by hand: ./run python benchmarks/mechanism_truth.py [SEEDS] [DRAWS]

For each seed the first wave of the demo's two clusters is drawn anew (firms, ties, answers, silence), read as a study is, and measured. Printed:
the correlation over firms of each score with the factor that was planted; how often planted gatekeepers are called so, and how often a
planted gatekeeper stands above another firm in the measures of gatekeeping (area under the curve); how often the 95 % intervals
hold the mean of the statistic over all seeds; what is found of the planted effect of each main factor on the outcome of its way; and how often
the intervals of estimates leave out 0 when the firms' outcomes were shuffled.
"""

import copy
import math
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

from gumflow.contract.model import load_model
from gumflow.contract.study import cells_table, find_study
from gumflow.inference.mechanism_models import estimate_mechanisms
from gumflow.intake.field import tidy_inputs
from gumflow.mechanisms.cluster import Cluster, MechanismSettings, clusters_of
from gumflow.mechanisms.study import measure_mechanisms
from gumflow.simulation.study import load_simulation, simulate

DEMO = Path(__file__).parents[1] / "config" / "simulation" / "demo.yaml"
OUTCOMES = ("outcome_", "allocation_performance", "innovation_performance")
"""First words of the columns that are shuffled over the firms, for estimates that should find nothing."""
RANKED_BY = ("gatekeeping", "gatekeeper_share", "openness")
NULLS = ("path_coefficient", "upgrading_coefficient", "indirect_effect", "mechanism_way_association")

MECHANISM_OF = {m.get("way"): m.id for m in load_model().mechanisms.values()}


def one_wave() -> tuple[dict, dict]:
    """Return the demo's parameters for its first wave alone."""
    parameters, items = load_simulation(DEMO)
    parameters = copy.deepcopy(dict(parameters))
    parameters["waves"] = parameters["waves"][:1]
    return parameters, items


def area_under_curve(values: np.ndarray, planted: np.ndarray) -> float:
    """Return the share of pairs of a planted and another firm in which the planted one stands above; ties count half."""
    known = ~np.isnan(values)
    own, others = values[known & planted], values[known & ~planted]
    if not len(own) or not len(others):
        return math.nan
    return float(((own[:, None] > others).mean() + (own[:, None] >= others).mean()) / 2)


class Tally:
    """What is gathered over the seeds."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.correlations: dict[str, list[float]] = defaultdict(list)
        self.gatekeepers: dict[str, list[float]] = defaultdict(list)
        self.ways: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        self.rows: list[pd.DataFrame] = []
        self.null: dict[tuple[str, str], list[bool]] = defaultdict(list)

    def add(self, seed: int, draws: int) -> None:
        """Draw a study, measure it, and hold it against its truth."""
        parameters, items = one_wave()
        with tempfile.TemporaryDirectory() as folder:
            study_folder = Path(folder) / "drawn"
            simulate(parameters, items, seed, study_folder)
            study, model = find_study(study_folder), load_model()
            tables = tidy_inputs(study, model, Path(folder) / "restricted")
            truth = {n: pd.read_csv(study_folder / "truth" / f"{n}.csv") for n in ("constructs", "firms")}
            tables = dict(tables) | {"cells": cells_table(study)}
        clusters = clusters_of(tables, model, MechanismSettings(draws=draws), seed=seed)
        found = measure_mechanisms(clusters)
        firms = [one.firms for one in found]
        estimates = estimate_mechanisms(clusters, firms)
        for cluster, table in zip(clusters, firms, strict=True):
            own = {n: t[t["cluster"] == cluster.head["cluster"]].set_index("actor") for n, t in truth.items()}
            self._correlate(table, own["constructs"].reindex(table.index))
            self._relate_ways(cluster, table, own["constructs"].reindex(table.index))
            self._find_gatekeepers(table, own["firms"]["gatekeeper"].reindex(table.index).to_numpy() == 1)
        self.rows.append(
            pd.DataFrame([*(r for one in found for r in one.rows), *estimates]).assign(seed=seed)
        )
        rng = np.random.default_rng(seed)
        for row in estimate_mechanisms(clusters, [shuffled(t, rng) for t in firms]):
            low, high = row.get("low", math.nan), row.get("high", math.nan)
            if row["measure"] in NULLS and low == low and _has_outcome(str(row.get("category", ""))):
                self.null[row["measure"], str(row.get("category", ""))].append(low > 0 or high < 0)

    def _correlate(self, table: pd.DataFrame, truth: pd.DataFrame) -> None:
        for column in table.columns:
            kind, _, name = column.partition("_")
            planted = {"score": name, "outcome": f"{name}_upgrading"}.get(kind, "")
            planted = "value_capture" if column == "outcome_value_capture" else planted
            known = table[column].notna() if planted in truth.columns else pd.Series(False, index=table.index)
            if known.sum() > 10:
                self.correlations[column].append(
                    float(np.corrcoef(table.loc[known, column], truth.loc[known, planted])[0, 1])
                )

    def _relate_ways(self, cluster: Cluster, table: pd.DataFrame, truth: pd.DataFrame) -> None:
        """Gather, for each way that is asked about, the rank correlation of main factor and outcome: as planted, and as scored."""
        for way in cluster.model.ways.values():
            main, outcome = way.get("main"), f"outcome_{way.id}"
            if table[outcome].notna().sum() > 10:
                planted = truth[main].corr(truth[f"{way.id}_upgrading"], method="spearman")
                scored = table[f"score_{main}"].corr(table[outcome], method="spearman")
                self.ways[way.id, str(cluster.head["cluster"])].append((planted, scored))

    def _find_gatekeepers(self, table: pd.DataFrame, planted: np.ndarray) -> None:
        called = (table["cognitive_role"] == "gatekeeper").to_numpy()
        answered = (table["cognitive_role"] != "").to_numpy()
        self.gatekeepers["planted gatekeepers called gatekeeper"].append(
            float(called[planted & answered].mean())
        )
        self.gatekeepers["other firms called gatekeeper"].append(float(called[~planted & answered].mean()))
        for column in RANKED_BY:
            if column in table:
                area = area_under_curve(table[column].to_numpy(dtype=float), planted)
                self.gatekeepers[f"area under the curve of {column}"].append(area)


def _has_outcome(category: str) -> bool:
    return "allocation" in category or "innovation" in category or ">" not in category


def shuffled(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the firms with their outcomes dealt out anew, all outcomes of a firm together."""
    own = [c for c in table.columns if c.startswith(OUTCOMES)]
    order = rng.permutation(len(table))
    return table.assign(**{c: table[c].to_numpy()[order] for c in own})


def print_ways(tally: Tally) -> None:
    """Print how far the effect of a main factor on the outcome of its way is found, and how often its interval lies above 0."""
    rows = pd.concat(tally.rows, ignore_index=True)
    rows = rows[(rows["measure"] == "mechanism_way_association") & rows["low"].notna()]
    print(
        "\nMain factor and outcome of its way: rank correlation\nway, cluster | planted | scored | intervals above 0"
    )
    for (way, cluster), found in sorted(tally.ways.items()):
        planted, scored = np.mean(found, axis=0)
        own = rows[(rows["cluster"] == cluster) & (rows["unit"] == MECHANISM_OF[way])]
        print(f"{way}, {cluster} | {planted:.2f} | {scored:.2f} | {(own['low'] > 0).mean():.2f}")


def print_coverage(rows: pd.DataFrame) -> None:
    """Print how often the intervals of each measure hold the mean over all seeds: median and lowest over clusters, units and categories."""
    key = ["cluster", "layer", "unit_kind", "unit", "measure", "category"]
    rows = rows.reindex(columns=[*key, "value", "low", "high", "interval_kind", "seed"])
    rows[key] = rows[key].fillna("")
    rows = rows[(rows["interval_kind"] == "sampling") & rows["low"].notna()]
    center = rows.groupby(key)["value"].transform("mean")
    held = rows.assign(held=(rows["low"] <= center) & (center <= rows["high"]))
    by_row = held.groupby(key)["held"].agg(["mean", "size"]).query("size >= 0.8 * size.max()").reset_index()
    print("\nCoverage of 95 % intervals (mean over seeds as the truth)\nmeasure | rows | median | lowest")
    for name, of in by_row.groupby("measure"):
        print(f"{name} | {len(of)} | {of['mean'].median():.2f} | {of['mean'].min():.2f}")
    print(f"all | {len(by_row)} | {by_row['mean'].median():.2f} | {by_row['mean'].min():.2f}")


def main(seeds: int, draws: int) -> None:
    """Print what is said at the head of this file."""
    tally, start = Tally(), time.process_time()
    for seed in range(seeds):
        tally.add(seed, draws)
    print(f"{seeds} seeds, {draws} draws, {(time.process_time() - start) / seeds:.1f} CPU s a seed")
    print("\nCorrelation of scores with what was planted (two clusters a seed)\nscore | mean | 5 % | 95 %")
    for name, found in sorted(tally.correlations.items()):
        print(
            f"{name} | {np.mean(found):.2f} | {np.quantile(found, 0.05):.2f} | {np.quantile(found, 0.95):.2f}"
        )
    print_ways(tally)
    print("\nGatekeepers\nwhat | mean")
    for name, found in tally.gatekeepers.items():
        print(f"{name} | {np.nanmean(found):.2f}")
    print_coverage(pd.concat(tally.rows, ignore_index=True))
    print("\nShuffled outcomes: share of 95 % intervals without 0\nestimate | share | number")
    for (measure, category), left_out in sorted(tally.null.items()):
        print(f"{measure}, {category} | {np.mean(left_out):.3f} | {len(left_out)}")


if __name__ == "__main__":
    given = [int(a) for a in sys.argv[1:]]
    main(*(given + [100, 500][len(given) :]))
