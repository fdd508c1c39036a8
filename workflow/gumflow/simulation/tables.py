"""The input tables of one synthetic cluster and wave, as a user would hand them in, and the truth behind them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gumflow.contract.tables import table_contract
from gumflow.simulation.actors import Population
from gumflow.simulation.bodies import Wave
from gumflow.simulation.parameters import Parameters, stream
from gumflow.simulation.ties import CLOSURE, MUTUAL, SOCIAL_KINDS

ACTOR_COLUMNS = (
    "actor", "label_en", "label_zh", "kind", "place", "town", "longitude", "latitude", "employees", "lead_firm", "founded",
    "product", "credit_code", "remark",
)  # fmt: skip
_NOT_OF_ANSWERS = {"platform": "client list", "market": "list of stalls", "fair": "list of exhibitors"}
# Part of a layer: layer, whether its matrix has who names in the rows and what runs comes from the one named.
_PARTS = {"founder": "mobility", "bank": "credit", "watched": "watched"}
_FROM_THE_NAMED = ("influence", "watched")


def actor_table(wave: Wave, parameters: Parameters) -> pd.DataFrame:
    """Return actors.csv: firms of the wave, bodies, listed organizations outside, and owners who own a firm that is there."""
    population = wave.population
    there = population.present[wave.wave] & (population.of("listed").astype(int) == 1)
    out = population.actors[there].copy()
    firm = population.is_firm[there]
    size = population.log_size[wave.wave][there]
    towns = {t: own["zh"] for t, own in parameters["clusters"][population.cluster]["towns"].items()}
    out["town"] = out["town"].map(towns).fillna("")
    out["employees"] = np.where(firm, employees(np.nan_to_num(size)).astype(str), "")
    out["lead_firm"] = np.where(firm, (out["tier"] == "lead").astype(int).astype(str), "")
    for column in ("longitude", "latitude", "founded"):
        form = ".0f" if column == "founded" else ".4f"
        out[column] = [
            format(v, form) if f else "" for v, f in zip(out[column].astype(float), firm, strict=True)
        ]
    owners = population.owners
    owners = owners[owners["firm"].isin(out["actor"])].drop_duplicates("actor").drop(columns="firm")
    out = pd.concat([out, owners.assign(kind="person", place="local")], ignore_index=True)
    out["remark"] = "synthetic"
    return out.reindex(columns=list(ACTOR_COLUMNS)).astype("str").fillna("").sort_values("actor")


def employees(log_size: np.ndarray) -> np.ndarray:
    """Return whole numbers of employees, at least 3, of ln(employees)."""
    return np.maximum(np.exp(log_size).round().astype(int), 3)


def alias_table(wave: Wave) -> pd.DataFrame:
    """Return aliases.csv: further names of actors that are there."""
    aliases, ids = wave.population.aliases, wave.population.of("actor")[wave.population.present[wave.wave]]
    return aliases[aliases["actor"].isin(ids)].sort_values(["name", "actor"])


def true_ties(wave: Wave) -> pd.DataFrame:
    """Return every true tie: layer, part, source, target, directed, strength, made_by (model, closure), carried from the wave before.

    `part` tells kinds of a layer apart: the kind of acquaintance, `founder` and `hired` of mobility, `bank` of credit.
    """
    population, parts = wave.population, []
    ids = population.of("actor").astype(str)
    for name, layer in wave.layers.items():
        mutual = name in MUTUAL
        row, column = np.nonzero(np.triu(layer.strength) if mutual else layer.strength)
        part = np.full(len(row), name if name in ("founder", "bank") else "", dtype=object)
        if name == "mobility":
            part[:] = "hired"
        if name == "social":
            part = np.array(SOCIAL_KINDS, dtype=object)[wave.pairs.social_kind[row, column]]
        ends = (column, row) if name in _FROM_THE_NAMED else (row, column)
        parts.append(
            pd.DataFrame(
                {
                    "layer": _PARTS.get(name, name),
                    "part": pd.Series(part, dtype="str"),
                    "source": ids[ends[0]],
                    "target": ids[ends[1]],
                    "directed": 0 if mutual else 1,
                    "strength": layer.strength[row, column].astype(int),
                    "made_by": np.where(layer.origin[row, column] == CLOSURE, "closure", "model"),
                    "carried": layer.carried[row, column].astype(int),
                }
            )
        )
    out = pd.concat(parts, ignore_index=True)
    return out.sort_values(["layer", "part", "source", "target"], kind="stable").reset_index(drop=True)


def document_ties(wave: Wave, parameters: Parameters) -> pd.DataFrame:
    """Return ties.csv: only what documents tell and firms are not asked.

    Owners, loans of the bank, clients of platform, market and fair, agencies and the association, and the ties written out in the
    parameters (parts of bodies, disputes, what is partial, lacking or recommended).
    """
    population, own = wave.population, parameters["clusters"][wave.population.cluster]
    true = true_ties(wave)
    listed = [f"{population.cluster}_{body['id']}" for body in own["organizations"]]
    clients = {f"{population.cluster}_{body['id']}": body["kind"] for body in own["organizations"]}
    rows: list[dict[str, Any]] = []
    services = true[true["source"].map(clients).isin(_NOT_OF_ANSWERS) & (true["layer"] == "service")]
    for tie in services.itertuples():
        note = _NOT_OF_ANSWERS[clients[str(tie.source)]]
        rows.append(_tie(tie.source, tie.target, "service", tie.strength, remark=note))
    for tie in true[true["part"] == "bank"].itertuples():
        rows.append(_tie(tie.source, tie.target, "credit", tie.strength, formal="1", remark="loan register"))
    ids = population.of("actor").astype(str)
    there = set(ids[population.present[wave.wave]])
    for owner in population.owners.itertuples():
        if owner.firm in there:
            rows.append(
                _tie(owner.actor, owner.firm, "ownership", 1, formal="1", remark="register of companies")
            )
    association = population.local("association")[0]
    for agency in population.local("government"):
        rows.append(
            _tie(ids[agency], ids[association], "policy", 2, formal="1", remark="yearbook of the association")
        )
    named = _by_name(population) | {body.removeprefix(f"{population.cluster}_"): body for body in listed}
    for written in own["documents"]:
        ends = {end: named[written[end]] for end in ("source", "target")}
        if set(ends.values()) <= there:
            rows.append({**dict.fromkeys(_tie("", "", "", 1), ""), **written, **ends})
    columns = [f.name for f in table_contract("ties").fields if f.name in rows[0]]
    out = pd.DataFrame(rows)[columns].astype("str")
    return out.sort_values(["source", "target", "layer", "state"], kind="stable").reset_index(drop=True)


def _tie(
    source: Any, target: Any, layer: str, strength: Any, formal: str = "", remark: str = ""
) -> dict[str, Any]:
    return {
        "source": source,
        "target": target,
        "layer": layer,
        "directed": 1,
        "state": "achieved",
        "strength": strength,
        "formal": formal,
        "remark": remark,
    }


def _by_name(population: Population) -> dict[str, str]:
    """Return the firms that the parameters call lead_1, core_2, ...: by size in the first wave."""
    named: dict[str, str] = {}
    size = np.nan_to_num(population.log_size[0])
    for tier in ("lead", "core"):
        places = np.flatnonzero(population.of("tier").astype(str) == tier)
        order = places[np.argsort(-size[places], kind="stable")]
        named |= {f"{tier}_{i + 1}": str(population.of("actor")[at]) for i, at in enumerate(order)}
    return named


def fact_table(waves: list[Wave], at: int, parameters: Parameters) -> pd.DataFrame:
    """Return facts.csv of a wave: published shares, numbers of firms in earlier years, and counts of what was drawn."""
    wave = waves[at]
    own = parameters["clusters"][wave.population.cluster]
    rows = [
        (name, f["en"], f["zh"], f["value"], "percent", "exact", int(wave.name) - 1)
        for name, f in own["figures"].items()
    ]
    firms = ("firms in the cluster", "集群企业数")
    rows += [(f"firms_{y}", *firms, n, "firms", "about", int(y)) for y, n in own["firm_counts"].items()]
    for earlier in waves[: at + 1]:
        year, size = int(earlier.name), earlier.population.log_size[earlier.wave][earlier.firms]
        rows.append((f"firms_{year}", *firms, len(size), "firms", "exact", year))
        people = int(employees(size).sum())
        rows.append(
            (f"employees_{year}", "employees of all firms", "从业人员数", people, "persons", "exact", year)
        )
    members = int((wave.layers["membership"].strength > 0).sum())
    what = ("members of the association", "协会会员数")
    rows.append(("association_members", *what, members, "members", "exact", int(wave.name)))
    columns = ["fact", "what_en", "what_zh", "value", "unit", "qualifier", "year"]
    out = pd.DataFrame(rows, columns=columns).astype("str")
    return out.assign(as_printed=out["value"]).sort_values("fact").reset_index(drop=True)


def event_table(wave: Wave, parameters: Parameters) -> pd.DataFrame:
    """Return events.csv: what had happened by the year of the wave."""
    population = wave.population
    cluster, named = population.cluster, _by_name(population)
    own = parameters["clusters"][cluster]
    rows = [
        {
            "event": event["id"],
            "date": event["date"],
            "date_to": event.get("date_to", ""),
            "kind": event["kind"],
            "label_en": event["en"],
            "label_zh": event["zh"],
            "actors": ";".join(named.get(a, f"{cluster}_{a}") for a in event["actors"]),
        }
        for event in own["events"]
        if event["date"][:4] <= wave.name
    ]
    return pd.DataFrame(rows, dtype="str").sort_values(["date", "event"], kind="stable")


def chain_table(own: Mapping[str, Any]) -> pd.DataFrame:
    """Return chain.csv: who drives the chain, how it is governed, and how hard its stages are to enter."""
    columns = ["item", "stage", "aspect", "category"]
    return pd.DataFrame(own["chain"]).reindex(columns=columns).fillna("").astype("str").sort_values(columns)


def true_firms(wave: Wave, parameters: Parameters, seed: int) -> pd.DataFrame:
    """Return every firm of a wave with its latent capability, ln(employees), tier, whether it is a gatekeeper and whether it responds."""
    population, firms = wave.population, wave.firms
    responds = responding(wave, parameters, seed)[firms]
    return pd.DataFrame(
        {
            "actor": population.of("actor")[firms].astype(str),
            "tier": population.of("tier")[firms].astype(str),
            "gatekeeper": population.of("gatekeeper")[firms].astype(int),
            "capability": population.capability[wave.wave][firms].round(6),
            "log_employees": population.log_size[wave.wave][firms].round(6),
            "responds": responds.astype(int),
        }
    ).sort_values("actor")


def responding(wave: Wave, parameters: Parameters, seed: int) -> np.ndarray:
    """Return which actors are firms that answer at all in a wave; the others are unit non-response."""
    lots = stream(seed, wave.population.cluster, "unit nonresponse", wave.name).random(
        len(wave.population.actors)
    )
    return wave.firms & (lots >= parameters["reports"]["unit_nonresponse"][wave.name])
