"""What is true of each firm of a synthetic study besides its ties: factors, constructs and outcomes, from known structural equations.

A factor or outcome is the sum of what comes before it times standardized coefficients, plus a normal remainder that brings the variance
to 1: y = b'x + sqrt(1 - b'Rb) e, R being the correlations of x among the firms of the wave; so R squared is b'Rb. A construct that
belongs to a factor is a f + sqrt(1 - a^2) e. Remainders last from wave to wave with a known correlation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from gumflow.contract.config import schema_problems
from gumflow.contract.errors import GumflowError
from gumflow.contract.model import Model
from gumflow.contract.yaml_text import load_yaml
from gumflow.simulation.actors import Population
from gumflow.simulation.bodies import Wave
from gumflow.simulation.parameters import stream

ItemParameters = Mapping[str, Any]

SIZE = "size"
"""What constructs of context show: the firm's size."""


@dataclass(frozen=True)
class Equation:
    """One true equation at one wave: standardized coefficients by predictor, and the R squared that they give."""

    outcome: str
    coefficients: Mapping[str, float]
    r_squared: float


@dataclass(frozen=True)
class Latents:
    """Scores of the firms of a wave: one row a firm (index: actor id), columns predictors, factors, constructs and outcomes, and the equations."""

    scores: pd.DataFrame
    equations: tuple[Equation, ...]


def load_item_parameters(path: Path) -> ItemParameters:
    """Read and check the file that says how firms answer; raise `GumflowError` that lists everything wrong in it."""
    try:
        raw = load_yaml(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GumflowError(f"{path}: the parameters of items cannot be read: {error}") from error
    problems = schema_problems(raw, "simulation_items") or _problems(raw)
    if problems:
        raise GumflowError(
            f"{path}: the parameters of items are wrong:\n" + "\n".join(f"  - {p}" for p in problems)
        )
    return raw


def _problems(raw: ItemParameters) -> list[str]:
    """Return items whose parts make up more than the whole, and equations that name what comes after them."""
    problems = []
    for name, own in raw["items"].items():
        total = sum(own.get("parts", {}).values())
        if total > 1 + 1e-9:
            problems.append(f"items.{name}.parts: sum to {total:g}, more than 1")
        if "scale" in own and abs(sum(own["scale"]) - 1) > 1e-9:
            problems.append(f"items.{name}.scale: the shares sum to {sum(own['scale']):g}, not to 1")
    if abs(sum(raw["defaults"]["scale"]) - 1) > 1e-9:
        problems.append("defaults.scale: the shares do not sum to 1")
    known = {*PREDICTORS}
    for part in ("factors", "outcomes"):
        for name, terms in raw["structure"][part].items():
            problems += [
                f"structure.{part}.{name}: {t} is neither a state of the firm nor stands before it"
                for t in terms
                if t not in known
            ]
            known.add(name)
    return problems


PREDICTORS = (
    "capability", SIZE, "advice", "acquaintance", "trust", "pipelines", "development", "agencies", "services", "lead_ties",
)  # fmt: skip
"""States of a firm that the equations may rest on, besides each other."""


def predictors(wave: Wave) -> pd.DataFrame:
    """Return the states of the firms of a wave in standard deviations from their mean (index: actor id, columns `PREDICTORS`).

    Counts of ties enter as ln(1 + count): advice = firms that advise it, acquaintance, pipelines (to and from), development,
    agencies (that deal with it), services (of bodies), lead_ties (lead firms among those that it sells to, buys from, is advised
    by or knows). trust = mean trust in those to whom it is tied, 0 without ties.
    """
    layers = {name: ties.strength > 0 for name, ties in wave.layers.items()}
    felt = wave.layers["trust"].strength.astype(float)
    named = (felt > 0).sum(axis=1)
    lead = wave.population.of("tier").astype(str) == "lead"
    any_lead = layers["transaction"] | layers["transaction"].T | layers["knowledge"].T | layers["social"]
    states: dict[str, NDArray[Any]] = {
        "capability": wave.population.capability[wave.wave],
        SIZE: wave.population.log_size[wave.wave],
        "advice": np.log1p(layers["knowledge"].sum(axis=0)),
        "acquaintance": np.log1p(layers["social"].sum(axis=1)),
        "trust": felt.sum(axis=1) / np.maximum(named, 1),
        "pipelines": np.log1p(layers["pipeline"].sum(axis=0) + layers["pipeline"].sum(axis=1)),
        "development": np.log1p(layers["innovation"].sum(axis=1)),
        "agencies": np.log1p(layers["policy"].sum(axis=0)),
        "services": np.log1p(layers["service"].sum(axis=0)),
        "lead_ties": np.log1p(any_lead[:, lead].sum(axis=1)),
    }
    table = pd.DataFrame(states, index=wave.population.of("actor"))[wave.firms]
    spread = table.std(ddof=0)
    return (table - table.mean()) / spread.where(spread > 0, 1.0)


def draw_latents(wave: Wave, model: Model, items: ItemParameters, seed: int) -> Latents:
    """Return the scores of the firms of a wave and the equations they were drawn from."""
    structure = items["structure"]
    scores = predictors(wave)
    equations = []
    for name, terms in {**structure["factors"], **structure["outcomes"]}.items():
        drawn, r_squared = _by_equation(scores, terms, _remainder(wave, items, seed, name), name)
        scores[name] = drawn
        equations.append(Equation(name, terms, r_squared))
    loading = structure["construct_loading"]
    for construct, node in model.constructs.items():
        factor = node.get("factor")
        if factor in structure["factors"]:
            remainder = _remainder(wave, items, seed, construct)
            scores[construct] = loading * scores[factor] + np.sqrt(1 - loading**2) * remainder
        elif node.get("role") == "context":
            scores[construct] = scores[SIZE]
    return Latents(scores.copy(), tuple(equations))


def _by_equation(
    scores: pd.DataFrame, terms: Mapping[str, float], remainder: NDArray[np.float64], name: str
) -> tuple[NDArray[np.float64], float]:
    x, b = scores[list(terms)].to_numpy(), np.array(list(terms.values()))
    explained = x @ b
    r_squared = float(np.var(explained))
    if r_squared >= 1:
        raise GumflowError(
            f"structure: the coefficients of {name} explain {r_squared:.2f} of its variance; make them smaller, so that it is below 1."
        )
    return explained + np.sqrt(1 - r_squared) * remainder, r_squared


def _remainder(wave: Wave, items: ItemParameters, seed: int, name: str) -> NDArray[np.float64]:
    return lasting_noise(wave, items, seed, "latent", name)[wave.firms, 0]


def lasting_noise(
    wave: Wave, items: ItemParameters, seed: int, *purpose: str, columns: int = 1
) -> NDArray[np.float64]:
    """Return standard normal draws, all actors x columns, correlated with those of the wave before by `structure.persistence`."""
    population: Population = wave.population
    size, rho = len(population.actors), items["structure"]["persistence"]
    noise = np.zeros((size, columns))
    for at in range(wave.wave + 1):
        fresh = stream(seed, population.cluster, "answers", *purpose, population.waves[at])
        drawn = fresh.standard_normal((size, columns))
        noise = drawn if at == 0 else rho * noise + np.sqrt(1 - rho**2) * drawn
    return noise
