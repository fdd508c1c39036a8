"""All networks and measures of a whole study: every cluster and wave, one call."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.contract.scores import scores_table
from gumflow.measures import egos
from gumflow.measures.compute import DEFAULTS, Settings, measure_networks
from gumflow.measures.counts import count_ties
from gumflow.measures.groups import mixing_table
from gumflow.measures.multiplex import layer_table
from gumflow.measures.registry import COMPLETE, measure, withheld_reason
from gumflow.measures.response import rank_stability
from gumflow.measures.waves import measure_change, no_tie_reason
from gumflow.networks.cells import CellTables, cell_tables
from gumflow.networks.graph import Network
from gumflow.networks.layers import BOUNDARIES, NETWORKS

STABILITY_OF = ("in_degree", "betweenness")
STABILITY_REPLICATES = 100
LARGEST_STABILITY = 300
_LISTED_ONCE = "withheld: no tie is reported by both of its sides, as in data that list each tie once; it would need the answers of both"
Row = dict[str, object]


def measure_study(
    cells: pd.DataFrame,
    actors: pd.DataFrame,
    ties: pd.DataFrame,
    roster: pd.DataFrame,
    settings: Settings = DEFAULTS,
    *,
    seed: int,
    single_layers: bool = True,
) -> dict[str, pd.DataFrame]:
    """Measure every network of every cell: the five networks and, if `single_layers`, each layer that has achieved ties.

    `cells` has study, cluster, wave, boundary, grade, group_by and tie_rules, one row for each cluster and wave, in the order of
    the waves; the others are the tidy tables. Returns `actor_measures`, `dyad_measures`, `ego_measures` (respondents of a sample),
    `actor_changes` (between waves) and `scores`, which besides the networks hold the agreement of reports, comparisons of
    layers and of groups, rank stability, changes between waves, and counts of ties and actors.
    """
    parts: dict[str, list[pd.DataFrame]] = {
        name: [] for name in ("actors", "dyads", "egos", "changes", "scores")
    }
    earlier: dict[str, CellTables] = {}
    for cell in cells.to_dict("records"):
        at = cell_tables(cell, actors, ties, roster, seed, single_layers)
        wide, dyads, scores = measure_networks(at.networks, settings, **at.head)
        parts["actors"].append(wide)
        parts["dyads"].append(dyads)
        parts["scores"] += [scores, count_ties(rows_of(actors, cell), rows_of(ties, cell), **at.head)]
        rows = _agreement_rows(at) + [row for n in at.networks for row in _table_rows(n, at)]
        if at.boundary == "sample":
            found, more = _ego_tables(at)
            parts["egos"].append(found)
            rows += more
        if cell["cluster"] in earlier:
            changed, more = _change_tables(earlier[cell["cluster"]], at)
            parts["changes"].append(changed)
            rows += more
        parts["scores"].append(scores_table([{**at.head, **row} for row in rows]))
        earlier[cell["cluster"]] = at
    joined = {
        name: pd.concat(tables, ignore_index=True) if tables else None for name, tables in parts.items()
    }
    return {
        "actor_measures": joined["actors"],
        "dyad_measures": joined["dyads"],
        "ego_measures": joined["egos"]
        if joined["egos"] is not None
        else _no_rows(egos.EGO_COLUMNS + egos.ALTER_COLUMNS),
        "actor_changes": joined["changes"] if joined["changes"] is not None else _no_rows(),
        "scores": joined["scores"],
    }


def settings_of(networks: Mapping[str, Any], draws: int) -> Settings:
    """Return how networks are measured, from the section `networks` of the configuration."""
    return Settings(
        draws=draws,
        withhold_below=networks["withhold_below"],
        warn_below=networks["warn_below"],
        missing=networks["missing"],
        imputations=networks["imputations"],
        on_request=("weighted_paths",) if networks["weighted_paths"] else (),
    )


def _agreement_rows(at: CellTables) -> list[Row]:
    rows: list[Row] = []
    for found in at.agreement.to_dict("records"):
        if found["state"] != "achieved" or not found["pairs_both_answered"]:
            continue
        sided = "directed" if found["directed"] else "undirected"
        for name, column in (("report_agreement", "agreement"), ("report_kappa", "kappa")):
            # Data that list each tie once look as if the two sides never agreed.
            value = found[column] if found["both_yes"] else math.nan
            rows.append(
                {
                    "layer": found["layer"], "unit_kind": "layer", "unit": found["layer"], "measure": name, "category": sided,
                    "value": value, "n": found["pairs_both_answered"], "method": f"rule {found['rule']}",
                    "withheld": "" if value == value else _LISTED_ONCE,
                }
            )  # fmt: skip
    return rows


def _table_rows(network: Network, at: CellTables) -> list[Row]:
    """Return what compares layers, groups and dropped respondents on one of the five networks."""
    if network.name not in NETWORKS or at.boundary not in COMPLETE or not network.arcs:
        return []
    rows: list[Row] = [
        {
            "layer": network.name, "unit_kind": "layer_pair", "unit": f"{r['layer_a']} | {r['layer_b']}", "measure": r["measure"],
            "value": r["value"], "n": r["n"], "withheld": r["withheld"], "method": f"boundary {at.boundary}",
        }
        for r in layer_table(_with_stated_layers(network)).to_dict("records")
    ]  # fmt: skip
    if network.leaves_cluster or not network.response_known:
        return rows
    for r in mixing_table(network).to_dict("records"):
        unit = f"{r['group_from']} -> {r['group_to']}"
        for name, value in (
            ("mixing_ties", r["ties"]),
            ("mixing_density", r["density"]),
            ("mixing_ratio", r["ratio"]),
        ):
            why = (
                ""
                if value == value
                else "undefined: there is no observed pair of these groups, or no tie at all"
            )
            rows.append(
                {
                    "layer": network.name, "unit_kind": "group_pair", "unit": unit, "measure": name, "value": value,
                    "n": r["possible"], "withheld": why, "method": f"groups by {network.group_by}",
                }
            )  # fmt: skip
    return rows + _stability_rows(network)


def _with_stated_layers(network: Network) -> Network:
    stated = np.asarray(network.arc_layers.any(axis=0))
    names = tuple(name for name, there in zip(network.layers, stated, strict=True) if there)
    return replace(network, layers=names, arc_layers=network.arc_layers[:, stated])


def _stability_rows(network: Network) -> list[Row]:
    if network.size > LARGEST_STABILITY or not network.responded.any():
        return []
    found = rank_stability(network, STABILITY_OF, replicates=STABILITY_REPLICATES, seed=network.seed)
    return [
        {
            "layer": network.name, "unit_kind": "measure", "unit": r["measure"], "measure": "rank_stability",
            "category": f"{r['share_dropped']:.0%} dropped", "value": r["rank_correlation"], "low": r["low"], "high": r["high"],
            "interval_kind": "method", "n": network.size, "method": f"{r['replicates']} random drops of respondents",
            "withheld": "" if r["rank_correlation"] == r["rank_correlation"] else "undefined: all actors have the same value",
        }
        for r in found.to_dict("records")
    ]  # fmt: skip


def _ego_tables(at: CellTables) -> tuple[pd.DataFrame, list[Row]]:
    tables, rows = [], []
    weights = None
    if "weight" in at.members.columns:
        # A column that the contract does not know comes as text.
        weights = pd.to_numeric(at.members.set_index("actor")["weight"], errors="coerce")
    for network in at.networks:
        table = egos.measure_egos(at.members, at.ties, network.layers, at.group_by)
        head = {key: at.head[key] for key in ("study", "cluster", "wave")} | {"layer": network.name}
        for place, (name, value) in enumerate(head.items()):
            table.insert(place, name, pd.Series([value] * len(table), dtype="str"))
        tables.append(table.assign(grade=pd.Series([at.head["grade"]] * len(table), dtype="str")))
        place_of = {"layer": network.name, "unit_kind": "network", "unit": at.head["cluster"]}
        rows += [place_of | row for row in egos.estimate_means(table, weights)]
    return pd.concat(tables, ignore_index=True), rows


def _change_tables(before: CellTables, after: CellTables) -> tuple[pd.DataFrame, list[Row]]:
    of_waves = f"from wave {before.head['wave']} to {after.head['wave']}"
    tables, rows = [], _one_wave_rows(before, after, of_waves)
    earlier = {network.name: network for network in before.networks}
    for later in after.networks:
        if later.name not in NETWORKS:
            continue
        changes, actors = measure_change(earlier[later.name], later)
        for r in changes.to_dict("records"):
            note = r.pop("note")
            method = f"{of_waves}; {note}" if note else of_waves
            rows.append(
                {
                    "layer": later.name,
                    "unit_kind": "network",
                    "unit": after.head["cluster"],
                    "method": method,
                    **r,
                }
            )
        for place, name in enumerate(("study", "cluster", "wave")):
            actors.insert(place, name, pd.Series([after.head[name]] * len(actors), dtype="str"))
        actors.insert(3, "layer", pd.Series([later.name] * len(actors), dtype="str"))
        tables.append(actors.assign(grade=pd.Series([after.head["grade"]] * len(actors), dtype="str")))
    return pd.concat(tables, ignore_index=True), rows


def _one_wave_rows(before: CellTables, after: CellTables, of_waves: str) -> list[Row]:
    """Say of each single layer with ties in one of the waves only why neither loss nor gain is told of it."""
    rows: list[Row] = []
    for name, here, other in (("ties_dissolved", before, after), ("ties_formed", after, before)):
        known = {network.name for network in other.networks}
        for network in here.networks:
            if network.name not in known:
                lacking = no_tie_reason({f"wave {other.head['wave']}": [network.name]})
                rows.append(
                    {
                        "layer": network.name, "unit_kind": "network", "unit": after.head["cluster"], "measure": name,
                        "withheld": withheld_reason(name, network) or lacking, "method": of_waves,
                    }
                )  # fmt: skip
    return rows


def _no_rows(numbers: Sequence[str] = ()) -> pd.DataFrame:
    text = {name: pd.Series(dtype="str") for name in ("study", "cluster", "wave", "layer", "actor")}
    return pd.DataFrame(
        text | {name: pd.Series(dtype="float64") for name in numbers} | {"grade": pd.Series(dtype="str")}
    )


for _name, _en, _zh, _definition, _formula, _source in (
    (
        "report_agreement", "Agreement of reports", "双方报告一致率",
        "Share of the ties that one side reports which the other side reports too, where both answered.",
        "both / (both + only one)", "Marsden 1990, pp. 448-450",
    ),
    (
        "report_kappa", "Agreement of reports, kappa", "双方报告一致性 kappa",
        "Agreement of the two sides beyond chance over all pairs where both answered; with exchangeable ends if ties have no direction.",
        "(p_o - p_e) / (1 - p_e)", "Cohen 1960; Scott 1955",
    ),
    (
        "rank_stability", "Rank stability", "排序稳定性",
        "Mean rank correlation of an actor measure (the unit) with its values after a share of the respondents was dropped at random; low and high are the middle 90 % of the drops.",
        "Spearman rho over draws", "Costenbader and Valente 2003; Borgatti, Carley and Krackhardt 2006",
    ),
    (
        "mixing_ties", "Ties between groups", "组间关系数", "Number of ties from actors of one group to actors of another.", "m_gh",
        "Newman 2003",
    ),
    (
        "mixing_density", "Density between groups", "组间密度", "Ties from one group to another as a share of the observed pairs.",
        "m_gh / pairs_gh", "Wasserman and Faust 1994, ch. 10",
    ),
    (
        "mixing_ratio", "Ties between groups, observed over expected", "组间关系（实际/期望）",
        "Density from one group to another over that of the whole network: above 1, more than by chance.",
        "density_gh / density", "Wasserman and Faust 1994, ch. 10",
    ),
):  # fmt: skip
    measure(
        name=_name, level="cluster", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula, source=_source,
        boundaries=BOUNDARIES, cost="linear", undefined="no observed pair or tie that it could rest on",
    )(measure_study)  # fmt: skip
