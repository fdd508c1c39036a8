"""The true parameters of a synthetic study: their file, what each number means, and the random streams drawn by purpose."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from gumflow.contract.config import schema_problems
from gumflow.contract.errors import GumflowError
from gumflow.contract.places import schema_folder
from gumflow.contract.seeding import seed_for
from gumflow.contract.yaml_text import load_yaml

Parameters = Mapping[str, Any]

SHARES = (
    ("networks", "social", ("kin", "friend", "schoolmate", "former_colleague")),
    ("networks", "influence", ("lead_firms", "association", "government")),
    ("networks", "strengths", ("weak", "medium")),
    ("population", "", ("lead_share", "core_share")),
    ("reports", "", ("written_label_zh", "written_label_en", "written_alias")),
    ("reports", "", ("design_own_firm", "design_joint")),
    ("reports", "", ("price_own_firm", "price_joint")),
    ("reports", "", ("inputs_own_firm", "inputs_joint")),
)
"""Shares of one whole: together they are at most 1."""


@dataclass(frozen=True)
class Meaning:
    """One number of the parameters: its place (`networks.social.base`), its value and what it means."""

    name: str
    value: float
    meaning: str


def load_parameters(path: Path) -> Parameters:
    """Read and check a file of parameters; raise `GumflowError` that lists everything wrong in it."""
    try:
        raw = load_yaml(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GumflowError(f"{path}: the parameters cannot be read: {error}") from error
    problems = parameter_problems(raw)
    if problems:
        raise GumflowError(f"{path}: the parameters are wrong:\n" + "\n".join(f"  - {p}" for p in problems))
    return raw


def parameter_problems(raw: Any) -> list[str]:
    """Return what is wrong in parameters, one plain line each."""
    problems = schema_problems(raw, "simulation")
    if problems:
        return problems
    for section, part, names in SHARES:
        numbers = raw[section][part] if part else raw[section]
        total = sum(numbers[name] for name in names)
        if total > 1 + 1e-9:
            place = f"{section}.{part}" if part else section
            problems.append(f"{place}: {', '.join(names)} are shares of one whole; they sum to {total:g}")
    if list(raw["waves"]) != sorted(set(raw["waves"])):
        problems.append("waves: years that differ, the first one first")
    missing = [w for w in raw["waves"] if w not in raw["reports"]["unit_nonresponse"]]
    problems += [f"reports.unit_nonresponse: wave {w} is missing" for w in missing]
    for cluster, own in raw["clusters"].items():
        problems += [f"clusters.{cluster}.{p}" for p in _cluster_problems(own)]
        if "export_series" in own:
            exports = _export_problems(own["export_series"], list(raw["waves"]))
            problems += [f"clusters.{cluster}.{p}" for p in exports]
    brands = len(raw["brands"]["first"]) * len(raw["brands"]["second"])
    growth = 1 + raw["population"]["entries"] * (len(raw["waves"]) - 1)
    firms = sum(own["firms"] * growth + 1 for own in raw["clusters"].values())
    if firms > brands:
        problems.append(f"brands: {brands} pairs of characters are too few for {firms:.0f} firms")
    return problems


def _cluster_problems(own: Mapping[str, Any]) -> Iterator[str]:
    for part in ("towns", "products"):
        total = sum(entry["share"] for entry in own[part].values())
        if abs(total - 1) > 1e-9:
            yield f"{part}: the shares sum to {total:g}, not to 1"
    if {p["stage"] for p in own["products"].values()} != {"maker", "supplier"}:
        yield "products: both stages, maker and supplier, are needed"
    ids = [body["id"] for body in own["organizations"]]
    if len(set(ids)) < len(ids):
        yield "organizations: an id stands twice"
    for kind in ("association", "government", "university", "platform", "market", "fair", "finance"):
        count = sum(body["kind"] == kind and body["place"] == "local" for body in own["organizations"])
        if count == 0 or (count > 1 and kind != "government"):
            yield f"organizations: one local body of kind {kind} is needed, there are {count}"
    if not any(body["kind"] == "buyer" and body["place"] == "abroad" for body in own["organizations"]):
        yield "organizations: a buyer abroad is needed"


def _export_problems(own: Mapping[str, Any], waves: list[str]) -> Iterator[str]:
    """Yield what is wrong in the parameters of a cluster's `export_series`, one plain line each."""
    for key in ("share", "share_last"):
        total = sum(p[key] for p in own["products"].values())
        if abs(total - 1) > 1e-9:
            yield f"export_series.products: {key} sums to {total:g}, not to 1"
    last = int(waves[-1]) - 1
    if own["first_year"] > int(waves[0]) - 2:
        yield f"export_series.first_year: {own['first_year']} leaves fewer than two years before the first wave"
    for key in ("break_year", "fx_year"):
        if not own["first_year"] < own[key] <= last:
            yield f"export_series.{key}: {own[key]} is not after the first year and up to {last}"


def meanings(parameters: Parameters) -> list[Meaning]:
    """Return every number of the parameters that is not a label's, with what the schema says that it means, in the order of the file."""
    return list(_meanings(parameters, _schema(), "", ""))


@functools.cache
def _schema() -> Mapping[str, Any]:
    schema: Mapping[str, Any] = yaml.safe_load(
        (schema_folder() / "simulation.schema.yaml").read_text(encoding="utf-8")
    )
    return schema


def _meanings(given: Any, schema: Mapping[str, Any], at: str, group: str) -> Iterator[Meaning]:
    told = schema.get("description", "")
    meaning = f"{group}: {told[:1].lower()}{told[1:]}" if group and told else told or group
    if isinstance(given, Mapping):
        for key, value in given.items():
            part = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
            if isinstance(part, Mapping):
                yield from _meanings(value, part, f"{at}.{key}" if at else key, meaning)
    elif isinstance(given, int | float) and told:
        yield Meaning(at, given, meaning)


def stream(seed: int, *purpose: str) -> np.random.Generator:
    """Return the random stream of one purpose, such as `stream(2009, "apparel", "knowledge", "2007")`."""
    return np.random.default_rng(seed_for(seed, "simulation", *purpose))


def logistic(log_odds: np.ndarray) -> np.ndarray:
    """Return probabilities of log-odds."""
    return 1.0 / (1.0 + np.exp(-log_odds))


def pick(rng: np.random.Generator, shares: Any, size: int) -> np.ndarray:
    """Return `size` places in `shares`, drawn by share; what the shares lack of 1 is one place more, after the last."""
    bounds = np.cumsum(np.asarray(shares, dtype=float))
    return np.searchsorted(bounds, rng.random(size), side="right")
