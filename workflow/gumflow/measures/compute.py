"""All declared measures of networks, as tables, with an interval where there is one and a reason where there is no value.

The table of actors is wide (one row for each network and actor), `scores` is long (one row for each value or
reason). A missing cell of the wide table is always explained by a row of the long one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

import gumflow.measures.brokerage
import gumflow.measures.census
import gumflow.measures.centrality
import gumflow.measures.cohesion
import gumflow.measures.communities
import gumflow.measures.core_periphery
import gumflow.measures.distances
import gumflow.measures.groups
import gumflow.measures.hierarchy
import gumflow.measures.key_player
import gumflow.measures.multiplex
import gumflow.measures.prominence
import gumflow.measures.roles
import gumflow.measures.small_world
import gumflow.measures.structure  # noqa: F401 - importing declares the measures
from gumflow.contract.errors import GumflowError
from gumflow.contract.scores import scores_table
from gumflow.contract.seeding import seed_for
from gumflow.measures.dyads import measure_dyads
from gumflow.measures.intervals import Interval, network_intervals
from gumflow.measures.pooling import pool
from gumflow.measures.registry import COMPLETE, Level, Measure, measures_at, withheld_reason
from gumflow.measures.response import apply_missing_rule
from gumflow.networks.graph import Network
from gumflow.networks.observation import coverage

GRAPH_MODULES = tuple(
    f"gumflow.measures.{name}"
    for name in (
        "structure", "centrality", "response", "prominence", "census", "distances", "cohesion", "brokerage", "roles", "groups",
        "core_periphery", "communities", "key_player", "hierarchy", "small_world", "multiplex", "dyads",
    )
)  # fmt: skip
"""Modules that declare measures of networks, in the order of tables and codebooks; that of imports says nothing."""

RESPONSE = "gumflow.measures.response"

_NO_TIE = (
    "withheld: no achieved tie of this network is reported, and whether there is none or nobody was asked is "
    "not recorded; it would need one report of such a tie"
)

_LABEL = (
    "withheld: the labels of one completed network say nothing of those of another, so they have no mean; it would need the answers that "
    "are missing, or another rule for them"
)
_NO_INTERVAL = "no interval: the statistic, or this value of it, cannot be resampled by actors"


@dataclass(frozen=True)
class Settings:
    """How networks are measured.

    draws            bootstrap draws behind an interval; 0 for none
    withhold_below   response rate below which measures that would read unobserved ties as absent are withheld
    warn_below       response rate below which their `method` warns
    missing          what is done about unobserved ties (`response.MISSING_RULES`); `imputations` is for `impute`
    empty_is_known   whether a network without a tie is known to be empty, as a user's own list says, or perhaps was not asked
    on_request       sets of measures to compute that are not by default (`Measure.on_request`)
    """

    draws: int = 1000
    withhold_below: float = 0.6
    warn_below: float = 0.8
    missing: str = "observed"
    imputations: int = 20
    empty_is_known: bool = False
    on_request: tuple[str, ...] = ()


DEFAULTS = Settings()


@dataclass(frozen=True, eq=False)
class MeasuredNetwork:
    """What was found on one network: tables with a row for each actor, each tied pair, and each network measure."""

    network: Network
    actors: pd.DataFrame
    dyads: pd.DataFrame
    rows: list[dict[str, object]]


def measure_network(network: Network, settings: Settings = DEFAULTS) -> MeasuredNetwork:
    """Compute every measure of one network.

    Where answers are missing and the rule fills them in, an actor's value is the mean over the completed
    networks (of a flag, the share of them in which it is 1; a label has none), a network's value and interval are pooled by Rubin's rules (1987). Dyads are those reported.
    """
    rule = settings.missing if network.boundary in COMPLETE else "observed"
    versions, treated = apply_missing_rule(network, rule, imputations=settings.imputations, seed=network.seed)
    treated = "" if rule == "observed" else treated
    actors = _actor_values(versions, settings)
    rows = _network_rows(network, versions, treated, settings)
    rows += _gap_rows(network, versions, actors, treated, settings)
    return MeasuredNetwork(network, actors, measure_dyads(network), rows)


def _measure_as_allowed(network: Network, settings: Settings) -> MeasuredNetwork:
    """Measure a network of a study, on which a rule for missing reports that suits others may not be allowed."""
    try:
        return measure_network(network, settings)
    except GumflowError as error:
        measured = measure_network(network, replace(settings, missing="observed"))
        for row in measured.rows:
            row["method"] = f"{row['method']}; the rule {settings.missing} is not allowed here: {error}"
        return measured


def _declared(level: Level, settings: Settings) -> list[Measure]:
    wanted = [m for m in measures_at(level) if not m.on_request or m.on_request in settings.on_request]
    return sorted(wanted, key=lambda m: GRAPH_MODULES.index(m.function.__module__))


def measure_networks(
    networks: Sequence[Network],
    settings: Settings = DEFAULTS,
    *,
    study: str,
    cluster: str,
    wave: str,
    grade: str,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Compute every measure on every network of one cluster and wave.

    Returns three tables. `actor_measures`: study, cluster, wave, layer (name of the network), actor, one float64
    column for each measure in the order of the registry, grade. `dyad_measures`: the same for the tied pairs.
    `scores` (`contract.scores`): layer = name of the network, unit_kind = network, unit = cluster, n = actors,
    coverage = share of the ordered pairs that was observed. `withheld` holds a reason where there is no value: it
    starts with `withheld:` (the data cannot bear it), `undefined:` (it has no value by definition) or `not
    applicable:` (it is not defined on this network). An actor measure that is missing for some or all actors has
    one row without a value.
    """
    if not networks:
        raise GumflowError("no network is given; build at least one")
    cell = {"study": study, "cluster": cluster, "wave": wave}
    measured = [_measure_as_allowed(network, settings) for network in networks]
    rows: list[dict[str, object]] = []
    for one in measured:
        at = cell | {"layer": one.network.name, "unit_kind": "network", "unit": cluster, "grade": grade}
        rows += [at | row for row in one.rows]
    tables = [
        pd.concat([_placed(getattr(one, name), one.network.name) for one in measured], ignore_index=True)
        for name in ("actors", "dyads")
    ]
    for table in tables:
        for position, (name, value) in enumerate(cell.items()):
            table.insert(position, name, pd.Series([value] * len(table), dtype="str"))
        table["grade"] = pd.Series([grade] * len(table), dtype="str")
    return tables[0], tables[1], scores_table(rows)


def _placed(table: pd.DataFrame, layer: str) -> pd.DataFrame:
    return pd.concat([pd.Series([layer] * len(table), dtype="str", name="layer"), table], axis=1)


def _actor_values(versions: Sequence[Network], settings: Settings) -> pd.DataFrame:
    table: dict[str, object] = {"actor": pd.Series(versions[0].actors, dtype="str")}
    for declared in _declared("actor", settings):
        values = np.stack(
            [_of_actors(declared, version, settings, len(versions) > 1) for version in versions]
        )
        known = ~np.isnan(values)
        total = np.where(known, values, 0.0).sum(axis=0)
        counted = known.sum(axis=0)
        table[declared.name] = np.divide(total, counted, out=np.full(len(total), np.nan), where=counted > 0)
    return pd.DataFrame(table)


def _of_actors(declared: Measure, network: Network, settings: Settings, filled_in: bool) -> np.ndarray:
    if _reason(declared, network, settings) or (filled_in and declared.scale == "label"):
        return np.full(network.size, np.nan)
    return declared.function(network)


def _network_rows(
    network: Network, versions: Sequence[Network], treated: str, settings: Settings
) -> list[dict[str, object]]:
    declared = _declared("network", settings)
    # How much was observed is a fact of the network as it was answered, whatever was filled in since.
    values = [
        [
            _network_value(m, network if m.function.__module__ == RESPONSE else version, settings)
            for m in declared
        ]
        for version in versions
    ]
    intervals = [_intervals(version, settings) for version in versions]
    rows = []
    for at, m in enumerate(declared):
        estimates = [of_version[at][0] for of_version in values]
        withheld = next((of_version[at][1] for of_version in values if of_version[at][1]), "")
        found = [of_version[m.name] for of_version in intervals if m.name in of_version]
        row = _row(m, network, treated, settings) | {"withheld": withheld}
        if not withheld and len(versions) > 1 and m.function.__module__ != RESPONSE:
            row |= _pooled(m, estimates, found)
            row["method"] = f"{row['method']}; {row.pop('pooled')}"
        elif not withheld:
            row |= _single(estimates[0], found)
            if intervals[0]:
                row["method"] = f"{row['method']}; {found[0].method if found else _NO_INTERVAL}"
        rows.append(row)
    return rows


def _single(value: float, found: Sequence[Interval]) -> dict[str, object]:
    if not found:
        return {"value": value}
    return {"value": value, "low": found[0].low, "high": found[0].high, "interval_kind": "sampling"}


def _pooled(declared: Measure, values: Sequence[float], found: Sequence[Interval]) -> dict[str, object]:
    """Pool the completed networks; an interval ends where the measure does."""
    errors = np.array([i.se**2 for i in found]) if len(found) == len(values) else None
    pooled = pool(np.array(values), errors)
    row: dict[str, object] = {"value": pooled.value, "pooled": pooled.method}
    if pooled.low == pooled.high:
        return row  # equal in all: what was filled in does not touch it
    low, high = max(pooled.low, declared.bounds[0]), min(pooled.high, declared.bounds[1])
    kind = "imputation" if errors is None else "sampling and imputation"
    return row | {"low": low, "high": high, "interval_kind": kind}


def _intervals(network: Network, settings: Settings) -> dict[str, Interval]:
    if not settings.draws or network.boundary not in COMPLETE or not network.arcs:
        return {}
    return network_intervals(network, settings.draws, seed_for(network.seed, "vertex bootstrap"))


def _gap_rows(
    network: Network, versions: Sequence[Network], actors: pd.DataFrame, treated: str, settings: Settings
) -> list[dict[str, object]]:
    """Explain each measure that is missing for some or all actors by a row without a value."""
    rows, filled_in = [], len(versions) > 1
    for m in _declared("actor", settings):
        reason = _reason(m, versions[0], settings)
        missing = int(actors[m.name].isna().sum())
        if not reason and filled_in and m.scale == "label":
            reason = _LABEL
        if not reason and missing:
            reason = f"{_undefined(m)} ({missing} of {len(actors)} actors)"
        if reason:
            rows.append(_row(m, network, treated, settings) | {"withheld": reason})
    return rows


def _row(declared: Measure, network: Network, treated: str, settings: Settings) -> dict[str, object]:
    method = f"boundary {network.boundary}"
    observed = math.nan
    if network.boundary in COMPLETE and network.response_known:
        observed = coverage(network)
        if observed < 1:
            method += f"; {network.response_rate:.0%} answered; {_treatment(declared, treated)}"
            if network.response_rate < settings.warn_below:
                method += f"; fewer than {settings.warn_below:.0%} answered, read with care"
    return {
        "measure": declared.name,
        "value": math.nan,
        "n": network.size,
        "coverage": observed,
        "method": method,
    }


def _treatment(declared: Measure, treated: str) -> str:
    if treated:
        return treated
    return "unobserved ties left out" if declared.reads == "observed" else "unobserved ties read as absent"


def _reason(declared: Measure, network: Network, settings: Settings) -> str:
    reason = withheld_reason(declared, network, settings.withhold_below)
    # A count of no ties is true; anything that reads absent ties would pass "not asked" off as "absent".
    silent = network.arcs == 0 and not settings.empty_is_known and declared.function.__module__ != RESPONSE
    if reason is None and silent and set(declared.boundaries) == set(COMPLETE):
        reason = _NO_TIE
    return reason or ""


def _network_value(declared: Measure, network: Network, settings: Settings) -> tuple[float, str]:
    reason = _reason(declared, network, settings)
    if reason and reason != _NO_TIE:
        return math.nan, reason
    value = declared.function(network)
    if math.isnan(value):
        return value, _undefined(declared)
    return (math.nan, reason) if reason else (value, "")


def _undefined(declared: Measure) -> str:
    if not declared.undefined:
        raise ValueError(
            f"measure {declared.name!r} has no value but declares no case in which it is undefined"
        )
    return f"undefined: {declared.undefined}"
