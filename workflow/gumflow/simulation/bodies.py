"""The true ties of firms with the bodies of their cluster and with organizations outside, and the whole of a wave's ties."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gumflow.simulation.actors import TIERS, Population
from gumflow.simulation.parameters import Parameters, pick, stream
from gumflow.simulation.ties import (
    Draw,
    LayerTies,
    Matrix,
    draw_credit,
    draw_founders,
    draw_innovation,
    draw_knowledge,
    draw_mobility,
    draw_rivals,
    draw_social,
    draw_transaction,
    draw_watched,
    random_pairs,
    settled,
)

PERSISTS_LIKE = {"watched": "rivalry", "bank": "credit"}
"""Layers that are parts of another, or drawn beside it: they last as that one does."""


@dataclass(frozen=True)
class PairFacts:
    """What two actors are to each other in any layer: symmetric but for trust, one draw for all waves.

    `years` of dealing at the first wave, `frequency` 1 to 4, `formal` (written contract), `social_kind` (place in SOCIAL_KINDS), and
    two lots of trust, 0 to 5, from row to column: as it is with a social tie and as it is without.
    """

    years: NDArray[np.int64]
    frequency: NDArray[np.int64]
    formal: NDArray[np.bool_]
    social_kind: NDArray[np.int64]
    trust_with_social: NDArray[np.int8]
    trust_without_social: NDArray[np.int8]


@dataclass(frozen=True)
class Wave:
    """The truth of one cluster and wave: layers by name, and facts of pairs.

    Besides the layers of the networks there are `founder` (a part of mobility), `bank` (a part of credit) and `watched`. Lists of names
    (`rivalry`, `watched`, `influence`) have who names in the rows. Layer `trust` is 0 to 5 where two actors are tied otherwise; `felt_trust` is what would be felt for anyone.
    """

    population: Population
    wave: int
    layers: Mapping[str, LayerTies]
    pairs: PairFacts
    felt_trust: NDArray[np.int8]

    @property
    def name(self) -> str:
        """Return the year of the wave."""
        return self.population.waves[self.wave]

    @property
    def firms(self) -> NDArray[np.bool_]:
        """Return which actors are firms of this wave."""
        return self.population.is_firm & self.population.present[self.wave]


def draw_waves(parameters: Parameters, population: Population, seed: int) -> list[Wave]:
    """Return the true ties of all waves of a cluster."""
    pairs = _pair_facts(parameters, population, seed)
    waves: list[Wave] = []
    for wave in range(len(population.waves)):
        draw = Draw(population, parameters, wave, seed)
        before = waves[-1].layers if waves else {}
        layers = _layers(draw, before)
        felt = np.where(
            layers["social"].strength > 0, pairs.trust_with_social, pairs.trust_without_social
        ).astype(np.int8)
        layers["trust"] = _trust(layers, felt)
        waves.append(Wave(population, wave, layers, pairs, felt))
    return waves


def _layers(draw: Draw, before: Mapping[str, LayerTies]) -> dict[str, LayerTies]:
    knowledge_base, knowledge = draw_knowledge(draw)
    social_base, social = draw_social(draw)
    layers = {
        "knowledge": settled(draw, "knowledge", knowledge, before.get("knowledge"), knowledge_base),
        "social": settled(draw, "social", social, before.get("social"), social_base),
    }
    now_social = layers["social"].strength > 0
    plain = {
        "transaction": draw_transaction(draw),
        "innovation": draw_innovation(draw),
        "mobility": draw_mobility(draw),
        "credit": draw_credit(draw, now_social),
        "membership": draw_membership(draw),
        "policy": draw_policy(draw),
        "pipeline": draw_pipeline(draw),
        "bank": draw_bank(draw),
    }
    layers |= {
        name: settled(draw, PERSISTS_LIKE.get(name, name), ties, before.get(name))
        for name, ties in plain.items()
    }
    layers["service"] = settled(
        draw, "service", draw_service(draw, layers["membership"].strength > 0), before.get("service")
    )
    # Founders do not change; a firm that is new brings its own.
    layers["founder"] = _founders(draw, before.get("founder"))
    lists = {"rivalry": draw_rivals(draw), "watched": draw_watched(draw), "influence": draw_influence(draw)}
    for name, names in lists.items():
        layers[name] = settled(draw, PERSISTS_LIKE.get(name, name), names, before.get(name), lists=True)
    return layers


def _founders(draw: Draw, before: LayerTies | None) -> LayerTies:
    founders = draw_founders(draw).astype(np.int8)
    if before is None:
        return LayerTies(founders, founders, np.zeros(founders.shape, dtype=bool))
    population = draw.population
    stayed = population.present[draw.wave] & population.present[draw.wave - 1]
    old = before.strength * population.present[draw.wave][:, None]
    now = np.where(stayed[None, :], old, founders).astype(np.int8)
    return LayerTies(now, now, stayed[None, :] & (now > 0))


def _trust(layers: Mapping[str, LayerTies], felt: NDArray[np.int8]) -> LayerTies:
    tied = np.zeros(felt.shape, dtype=bool)
    for name in ("knowledge", "transaction", "social", "innovation"):
        tied |= layers[name].strength > 0
    strength = (felt * (tied | tied.T)).astype(np.int8)
    return LayerTies(strength, (strength > 0).astype(np.int8), np.zeros(felt.shape, dtype=bool))


def draw_membership(draw: Draw) -> NDArray[np.bool_]:
    """Return which firms are members of the association."""
    numbers = draw.network("membership")
    probability = _empty(draw)
    body = draw.population.local("association")[0]
    probability[:, body] = draw.firms * numbers["other"]
    probability[draw.tier("lead"), body] = numbers["lead"]
    return random_pairs(draw.stream("membership"), probability)


def draw_service(draw: Draw, member: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whom association (its members), platform, market and fair serve."""
    numbers, probability = draw.network("service"), _empty(draw)
    for kind in ("association", "platform", "market", "fair"):
        body = draw.population.local(kind)[0]
        served = draw.firms & member[:, body] if kind == "association" else draw.firms
        probability[body] = served * numbers[kind]
    return random_pairs(draw.stream("service"), probability)


def draw_bank(draw: Draw) -> NDArray[np.bool_]:
    """Return to which firms the bank lends."""
    numbers, probability = draw.network("credit"), _empty(draw)
    body = draw.population.local("finance")[0]
    probability[body] = draw.firms * numbers["bank_other"]
    probability[body, draw.tier("lead")] = numbers["bank_lead"]
    return random_pairs(draw.stream("bank"), probability)


def draw_policy(draw: Draw) -> NDArray[np.bool_]:
    """Return with which firms agencies deal."""
    numbers, probability = draw.network("policy"), _empty(draw)
    for tier in TIERS:
        probability[np.ix_(draw.population.local("government"), np.flatnonzero(draw.tier(tier)))] = numbers[
            tier
        ]
    return random_pairs(draw.stream("policy"), probability)


def draw_influence(draw: Draw) -> NDArray[np.int8]:
    """Return whom each firm (row) names as shaping decisions, the first with the largest number.

    Each name is first a group (lead firms, association, agencies) by its share, then one of the group; a name given before, or
    the firm itself, is no further name, so that a firm may name fewer.
    """
    numbers, population = draw.network("influence"), draw.population
    rng = draw.stream("influence")
    groups = (
        np.flatnonzero(draw.tier("lead")),
        population.local("association"),
        population.local("government"),
    )
    firms = np.flatnonzero(draw.firms)
    out = np.zeros(draw.firm_pairs.shape, dtype=np.int8)
    shares = (numbers["lead_firms"], numbers["association"])
    for points in range(numbers["named"], 0, -1):
        group = pick(rng, shares, len(firms))
        lot = rng.random(len(firms))
        for at, members in enumerate(groups):
            mine = firms[group == at]
            name = members[(lot[group == at] * len(members)).astype(int)]
            fresh = (name != mine) & (out[mine, name] == 0)
            out[mine[fresh], name[fresh]] = points
    return out


def draw_pipeline(draw: Draw) -> NDArray[np.bool_]:
    """Return ties out of the cluster: firms sell to buyers, half of which give knowledge back; suppliers sell to firms."""
    numbers, population = draw.network("pipeline"), draw.population
    reach = np.zeros(len(population.actors))
    for tier in ("lead", "core", "periphery"):
        reach[draw.tier(tier)] = numbers[tier]
    reach[draw.firms & population.of("gatekeeper").astype(bool)] = numbers["gatekeeper"]
    outside = population.of("place").astype(str) != "local"
    kinds = population.of("kind").astype(str)
    listed = np.where(population.of("listed").astype(int) == 1, 1.0, numbers["unlisted"])
    chance = reach[:, None] * listed[None, :]
    sales = random_pairs(draw.stream("pipeline"), chance * (outside & (kinds == "buyer"))[None, :])
    back = random_pairs(draw.stream("pipeline", "back"), np.full(sales.shape, numbers["both_ways"])) & sales.T
    supplies = random_pairs(
        draw.stream("pipeline", "supplies"), chance.T * (outside & (kinds != "buyer"))[:, None]
    )
    return sales | back | supplies


def _empty(draw: Draw) -> Matrix:
    return np.zeros(draw.firm_pairs.shape)


def _pair_facts(parameters: Parameters, population: Population, seed: int) -> PairFacts:
    rng, size = stream(seed, population.cluster, "pairs"), len(population.actors)
    networks = parameters["networks"]
    social, trust = networks["social"], networks["trust"]

    def lots() -> Matrix:
        drawn = np.triu(rng.random((size, size)))
        return drawn + np.triu(drawn, 1).T

    founded = population.actors["founded"].astype(float).fillna(0).to_numpy()
    oldest = np.maximum(int(population.waves[0]) - np.maximum(founded[:, None], founded[None, :]), 0)
    kinds = tuple(social[k] for k in ("kin", "friend", "schoolmate", "former_colleague"))
    five = rng.random((5, size, size))
    return PairFacts(
        # At most 15 years, and no longer than both are there.
        years=np.minimum(1 + (15 * lots()).astype(int), oldest.astype(int)),
        frequency=1 + (4 * lots()).astype(int),
        formal=lots() < networks["transaction"]["formal"],
        social_kind=np.searchsorted(np.cumsum(kinds), lots(), side="right"),
        trust_with_social=(five < trust["with_social"] / 5).sum(axis=0).astype(np.int8),
        trust_without_social=(five < trust["without_social"] / 5).sum(axis=0).astype(np.int8),
    )
