"""The parts of a study's page on networks: statistics, layers, roles, change between waves, answers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.measures.egos import ALTER_COLUMNS, EGO_COLUMNS
from gumflow.measures.registry import COMPLETE
from gumflow.measures.roles import ROLES
from gumflow.networks.layers import INSIDE_NETWORKS, LAYERS, NETWORKS
from gumflow.present import page_text
from gumflow.present.disclosure import WITHHELD, shows_actors
from gumflow.present.layer_pairs import LEVEL, layer_pairs
from gumflow.present.page_parts import (
    DASH,
    MARKS,
    Block,
    cell_name,
    grid,
    layer_label,
    measure_label,
    network_label,
    number,
    with_interval,
)
from gumflow.present.page_text import TEXT
from gumflow.present.wording import KINDS, STATES, Words

# What is counted, not set against what could be: true whatever the boundary.
STATED = ("actors", "ties", "loops_dropped")
NETWORK_MEASURES = (
    *STATED, "isolates", "components_weak", "largest_component_share", "density", "degree_mean", "reciprocity_arc",
    "transitivity_collapsed", "mean_distance", "centralization_in_degree", "centralization_out_degree", "centralization_betweenness",
    "modularity", "ei_index_group", "ei_index_group_expected", "ei_index_group_p", "ei_index_place", "multiplex_share",
)  # fmt: skip
EGO_MEANS = tuple(f"{name}_mean" for name in (*EGO_COLUMNS, *ALTER_COLUMNS))
CHANGES = (
    "actors_stayed", "actors_joined", "actors_left", "ties_persisted", "ties_formed", "ties_dissolved", "formation_rate",
    "dissolution_rate", "tie_jaccard",
)  # fmt: skip
SHOWN = frozenset(
    (*NETWORK_MEASURES, "in_degree", "out_degree", "response_rate", *(f"brokerage_{role}" for role in ROLES))
)  # fmt: skip
"""Measures of actors and networks that the page shows, and so explains."""
MOST_ROWS = 10
BROKERS_OF = "governance"

Tables = Mapping[str, pd.DataFrame]
Cell = Mapping[str, Any]
# By network and measure.
Found = Mapping[tuple[str, str], Mapping[str, Any]]


def network_blocks(tables: Tables, language: str) -> list[Block]:
    """Return for each cell the table of its networks and the actors with most ties."""
    blocks: list[Block] = []
    # What holds for every cluster is said below the first.
    once = {TEXT[name](language) for name in ("interval_note", "ei_note")}
    for cell in tables["cells"].to_dict("records"):
        of_cell = _statistics(tables, cell, language)
        table = of_cell.get("table")
        if table:
            said = {note for block in blocks if block.get("table") for note in block["table"]["notes"]}
            table["notes"] = [note for note in table["notes"] if note not in once & said]
        blocks += [of_cell, _central(tables, cell, language)]
    return blocks


def _statistics(tables: Tables, cell: Cell, language: str) -> Block:
    scores = rows_of(tables["scores"], cell)
    scores = scores[(scores["unit_kind"] == "network") & scores["layer"].isin(list(NETWORKS))]
    found = {(r["layer"], r["measure"]): r for r in scores.to_dict("records")}
    complete = cell["boundary"] in COMPLETE
    networks = [n for n in NETWORKS if not complete or _value(found, n, "ties") > 0]
    title = cell_name(cell, tables["cells"], language)
    if not networks:
        return {"title": title, "text": TEXT["no_ties"](language)}
    wanted = NETWORK_MEASURES if complete else (*STATED, *EGO_MEANS)
    given = [m for m in wanted if _is_given(found, networks, m)]
    reasons: dict[str, int] = {}
    rows = []
    for measure in given:
        cells = [_shown(found.get((n, measure)), reasons) for n in networks]
        rows.append([measure_label(measure, language), *cells])
    notes = [f"{MARKS[mark]} {page_text.WHY[why](language)}" for why, mark in reasons.items()]
    notes += _notes(found, networks, wanted, given, cell["boundary"], language)
    head = [TEXT["measure"](language), *(network_label(n, language) for n in networks)]
    return {"title": title, "table": grid(head, rows, range(1, len(head)), notes)}


def _value(found: Found, network: str, measure: str) -> float:
    return float(found[network, measure]["value"]) if (network, measure) in found else math.nan


def _is_given(found: Found, networks: Sequence[str], measure: str) -> bool:
    """Whether a row of the table says anything: ties inside a class only where there are some."""
    values = [_value(found, n, measure) for n in networks]
    return any(v > 0 if measure == "loops_dropped" else not math.isnan(v) for v in values)


def _shown(row: Mapping[str, Any] | None, reasons: dict[str, int]) -> str:
    if row is None:
        return DASH
    if row["withheld"]:
        return DASH + MARKS[reasons.setdefault(why(row["withheld"]), len(reasons))]
    if row["measure"].endswith("_p"):
        return number(float(row["value"]), 3)
    return with_interval(row)


def _notes(
    found: Found,
    networks: Sequence[str],
    wanted: Iterable[str],
    given: Sequence[str],
    boundary: str,
    language: str,
) -> list[str]:
    """Return what is said below a table: what its intervals mean, and what is not in it."""
    if boundary not in COMPLETE:
        notes = [page_text.ONLY_STATED[boundary](language)]
        return [TEXT["ego_note"](language), *notes] if set(given) & set(EGO_MEANS) else notes
    notes = []
    shown = [found[n, m] for n in networks for m in given if (n, m) in found]
    if any(row["interval_kind"] for row in shown):
        notes.append(TEXT["interval_note"](language))
    if any("imputation" in row["interval_kind"] for row in shown):
        notes.append(TEXT["imputed_note"](language))
    if "ei_index_group_p" in given:
        notes.append(TEXT["ei_note"](language))
    comma = TEXT["comma"](language)
    missing: dict[str, list[str]] = {}
    for measure in wanted:
        rows = [found[n, measure] for n in networks if (n, measure) in found]
        if measure not in given and rows and measure != "loops_dropped":
            # A chain network has its own reason for nearly everything; that of the others tells more.
            missing.setdefault(why(rows[0]["withheld"]), []).append(measure_label(measure, language))
    for reason, names in missing.items():
        notes.append(
            f"{TEXT['not_given'](language)}{comma.join(names)}{TEXT['colon'](language)}{page_text.WHY[reason](language)}"
        )
    untied = [network_label(n, language) for n in NETWORKS if n not in networks]
    if untied:
        notes.append(f"{TEXT['untied'](language)}{comma.join(untied)}{TEXT['stop'](language)}")
    return notes


def why(reason: str) -> str:
    """Return which of the page's explanations (`page_text.WHY`) a reason falls under; the scores hold the reason itself."""
    kind = reason.partition(":")[0]
    if kind != "withheld":
        return kind
    return next((name for name, phrase in page_text.PHRASES.items() if phrase in reason), "other")


def _central(tables: Tables, cell: Cell, language: str) -> Block:
    if not shows_actors(cell["grade"]):
        return {"text": WITHHELD(language)}
    measures = rows_of(tables["actor_measures"], cell)
    chain = _highest(measures[measures["layer"] == "chain_network"], "degree")
    rows = [
        [*_who(tables, cell, r, language), *(number(r[c]) for c in ("in_degree", "out_degree"))]
        for r in chain
    ]
    head = [TEXT["actor"](language), TEXT["kind"](language), TEXT["in"](language), TEXT["out"](language)]
    note = TEXT["central_text" if cell["boundary"] == "text" else "central_census"](language)
    return {"title": TEXT["central"](language), "table": grid(head, rows, (2, 3), [note])}


def _highest(rows: pd.DataFrame, by: str) -> list[dict[str, Any]]:
    ordered = rows.sort_values([by, "actor"], ascending=[False, True])
    return ordered.head(MOST_ROWS).to_dict("records")


def _who(tables: Tables, cell: Cell, row: Mapping[str, Any], language: str) -> list[str]:
    actors = rows_of(tables["actors"], cell).set_index("actor")
    found = actors.loc[row["actor"]]
    return [found[f"label_{language}"], KINDS[found["kind"]](language)]


def layer_blocks(tables: Tables, language: str) -> list[Block]:
    """Return for each cell its ties by layer and state, and the layers that go together."""
    blocks: list[Block] = []
    for cell in tables["cells"].to_dict("records"):
        title = cell_name(cell, tables["cells"], language)
        ties = rows_of(tables["ties"], cell)
        if ties.empty:
            blocks.append({"title": title, "text": TEXT["none"](language)})
            continue
        counts = ties.groupby(["layer", "state"]).size().unstack(fill_value=0)
        rows = [
            [
                layer_label(layer, language),
                *(str(int(counts.at[layer, s])) if s in counts else "0" for s in STATES),
            ]
            for layer in LAYERS
            if layer in counts.index
        ]
        head = [TEXT["layer"](language), *(STATES[s](language) for s in STATES)]
        blocks.append({"title": title, "table": grid(head, rows, range(1, 5))})
        if cell["boundary"] in COMPLETE:
            blocks.append(_together(rows_of(tables["scores"], cell), language))
    return blocks


def _together(scores: pd.DataFrame, language: str) -> Block:
    """Return the layers whose correlation is told from chance, the highest first, with the share of ties that they have in common."""
    title = TEXT["together"](language)
    pairs = layer_pairs(scores)
    pairs = pairs[pairs["p"] < LEVEL]
    if pairs.empty:
        return {"title": title, "text": TEXT["together_none"](language)}
    common = scores[scores["measure"] == "layer_jaccard"].drop_duplicates("unit").set_index("unit")["value"]
    shared = {frozenset(unit.split(" | ")): float(value) for unit, value in common.items()}
    pairs = pairs.reindex(pairs["r"].abs().sort_values(ascending=False, kind="stable").index).head(MOST_ROWS)
    rows = [
        [
            f"{layer_label(r['a'], language)} – {layer_label(r['b'], language)}",
            number(r["r"]),
            number(r["p"], 4),
            number(shared.get(frozenset((r["a"], r["b"])), math.nan)),
        ]
        for r in pairs.to_dict("records")
    ]
    head = [TEXT["layers_two"](language), "r", "p (QAP)", TEXT["jaccard"](language)]
    return {"title": title, "table": grid(head, rows, (1, 2, 3), [TEXT["together_note"](language)])}


def role_blocks(tables: Tables, language: str) -> list[Block]:
    """Return for each census or roster the actors that broker most in the governance network."""
    blocks: list[Block] = []
    columns = ["brokerage_total", *(f"brokerage_{role}" for role in ROLES)]
    for cell in tables["cells"].to_dict("records"):
        if cell["boundary"] not in COMPLETE:
            continue
        title = cell_name(cell, tables["cells"], language)
        if not shows_actors(cell["grade"]):
            blocks.append({"title": title, "text": WITHHELD(language)})
            continue
        measures = rows_of(tables["actor_measures"], cell)
        measures = measures[(measures["layer"] == BROKERS_OF) & (measures["brokerage_total"] > 0)]
        if measures.empty:
            blocks.append({"title": title, "text": TEXT["brokers_none"](language)})
            continue
        rows = [
            [*_who(tables, cell, r, language), *(number(r[c]) for c in columns)]
            for r in _highest(measures, "brokerage_total")
        ]
        roles = [
            (r.label_zh.partition("（")[0] if language == "zh" else r.label_en.partition(" (")[0])
            for r in ROLES.values()
        ]
        head = [TEXT["actor"](language), TEXT["kind"](language), TEXT["all_roles"](language), *roles]
        notes = [TEXT["brokers_note"](language)]
        blocks.append({"title": title, "table": grid(head, rows, range(2, len(head)), notes)})
    return blocks


def wave_blocks(tables: Tables, language: str) -> list[Block]:
    """Return for each cell with an earlier wave how its networks changed."""
    blocks: list[Block] = []
    for cell in tables["cells"].to_dict("records"):
        scores = rows_of(tables["scores"], cell)
        rows_all = scores[scores["measure"].isin(CHANGES) & (scores["category"] == "")]
        if rows_all.empty:
            continue
        found = {(r["layer"], r["measure"]): r for r in rows_all.to_dict("records")}
        title = cell_name(cell, tables["cells"], language)
        networks = [
            n
            for n in INSIDE_NETWORKS
            if any(_value(found, n, m) > 0 for m in CHANGES if m.startswith("ties_"))
        ]
        if not networks or cell["boundary"] not in COMPLETE:
            blocks.append({"title": title, "text": TEXT["changes_none"](language)})
            continue
        reasons: dict[str, int] = {}
        rows = [
            [
                measure_label(m, language),
                *(_shown(found.get((n, m)), reasons) for n in networks),
            ]
            for m in CHANGES
            if _is_given(found, networks, m)
        ]
        notes = [f"{MARKS[mark]} {page_text.WHY[reason](language)}" for reason, mark in reasons.items()]
        head = [TEXT["measure"](language), *(network_label(n, language) for n in networks)]
        blocks.append({"title": title, "table": grid(head, rows, range(1, len(head)), notes)})
    return blocks


def response_blocks(tables: Tables, language: str) -> list[Block]:
    """Return for each census or roster who answered, whether the two sides agree, and what missing answers would change."""
    blocks: list[Block] = []
    for cell in tables["cells"].to_dict("records"):
        if cell["boundary"] not in COMPLETE:
            continue
        scores = rows_of(tables["scores"], cell)
        rates = scores[(scores["unit_kind"] == "network") & (scores["layer"] == BROKERS_OF)].set_index(
            "measure"
        )
        answered, observed = (
            float(rates["value"].get(name, math.nan)) for name in ("response_rate", "coverage")
        )
        text = TEXT["no_record" if math.isnan(answered) else "answered"](language)
        known = "" if math.isnan(answered) else text.format(f"{answered:.0%}", _percent(observed))
        blocks.append({"title": cell_name(cell, tables["cells"], language), "text": known or text})
        blocks += _stability(scores, language) + _agreement(scores, language)
    return blocks


def _percent(share: float) -> str:
    return DASH if math.isnan(share) else f"{share:.0%}"


def _stability(scores: pd.DataFrame, language: str) -> list[Block]:
    rows = scores[scores["measure"] == "rank_stability"]
    if rows["value"].isna().all():
        return []
    shares = sorted(set(rows["category"]))
    found = {(r["layer"], r["unit"], r["category"]): r for r in rows.to_dict("records")}
    lines = []
    for network in INSIDE_NETWORKS:
        for unit in dict.fromkeys(rows["unit"].sort_values(ascending=False)):
            values = [found.get((network, unit, share)) for share in shares]
            if any(v is not None and not math.isnan(v["value"]) for v in values):
                shown = [DASH if v is None else with_interval(v) for v in values]
                lines.append([network_label(network, language), measure_label(unit, language), *shown])
    head = [TEXT["network"](language), TEXT["measure"](language)]
    head += [TEXT["dropped"](language).format(share.partition(" ")[0]) for share in shares]
    table = grid(head, lines, range(2, len(head)), [TEXT["stability_note"](language)])
    return [{"title": TEXT["stability"](language), "table": table}]


def _agreement(scores: pd.DataFrame, language: str) -> list[Block]:
    rows = scores[scores["measure"] == "report_agreement"]
    if rows.empty:
        return []
    rows = rows[rows["value"].notna()]
    if rows.empty:
        return [{"title": TEXT["agreement_title"](language), "text": TEXT["listed_once"](language)}]
    kappas = scores[scores["measure"] == "report_kappa"].set_index(["layer", "category"])["value"]
    lines = [
        [
            layer_label(r["layer"], language), SIDED[r["category"]](language), number(r["value"]),
            number(float(kappas.get((r["layer"], r["category"]), math.nan))), f"{r['n']:,.0f}",
        ]
        for r in rows.to_dict("records")
    ]  # fmt: skip
    lines.sort(key=lambda line: [layer_label(name, language) for name in LAYERS].index(line[0]))
    head = [TEXT[k](language) for k in ("layer", "direction", "agreement", "kappa", "pairs_both")]
    table = grid(head, lines, (2, 3, 4), [TEXT["agreement_note"](language)])
    return [{"title": TEXT["agreement_title"](language), "table": table}]


SIDED = {"directed": Words("directed", "有方向"), "undirected": Words("undirected", "无方向")}
