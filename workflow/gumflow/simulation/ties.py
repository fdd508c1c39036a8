"""The true ties among the firms of a synthetic cluster: advice, acquaintance, sales, development, staff, credit, rivals.

Every layer is drawn from a known model. Between waves each pair of actors (each list of names) stays as it was with the layer's
persistence and is else drawn anew, so that a tie of both waves' actors lasts with probability persistence + (1 - persistence) p
and arises with (1 - persistence) p, p being the model's probability.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gumflow.simulation.actors import Population
from gumflow.simulation.parameters import Parameters, logistic, pick, stream

Matrix = NDArray[np.float64]
MODEL, CLOSURE = 1, 2
"""How a tie arose: from the layer's model, or by closing a two-path."""

SOCIAL_KINDS = ("kin", "friend", "schoolmate", "former_colleague", "club")
MUTUAL = ("social", "innovation", "credit")
"""Layers whose ties have no direction; their matrices are symmetric."""


@dataclass(frozen=True)
class LayerTies:
    """One layer at one wave: `strength`, from row to column, 0 where there is no tie; `origin` (MODEL, CLOSURE); `carried` from before."""

    strength: NDArray[np.int8]
    origin: NDArray[np.int8]
    carried: NDArray[np.bool_]


@dataclass(frozen=True)
class Draw:
    """What every layer's draw needs: who there is at a wave, the parameters, and the streams."""

    population: Population
    parameters: Parameters
    wave: int
    seed: int

    def stream(self, *purpose: str) -> np.random.Generator:
        """Return the random stream of a purpose in this cluster and wave."""
        population = self.population
        return stream(self.seed, population.cluster, *purpose, population.waves[self.wave])

    def network(self, layer: str) -> Mapping[str, Any]:
        """Return the parameters of a layer."""
        numbers: Mapping[str, Any] = self.parameters["networks"][layer]
        return numbers

    @property
    def firms(self) -> NDArray[np.bool_]:
        """Return which actors are firms of this wave."""
        return self.population.is_firm & self.population.present[self.wave]

    def pairs(self, rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the ordered pairs of two groups, no one with itself."""
        pairs = rows[:, None] & columns[None, :]
        np.fill_diagonal(pairs, False)
        return pairs

    def tier(self, *names: str) -> NDArray[np.bool_]:
        """Return which firms of this wave are of these tiers."""
        return self.firms & np.isin(self.population.of("tier").astype(str), names)

    @property
    def firm_pairs(self) -> NDArray[np.bool_]:
        """Return the ordered pairs of firms of this wave."""
        return self.pairs(self.firms, self.firms)

    def same(self, column: str) -> Matrix:
        """Return 1 where two actors have one value in a column."""
        values = self.population.of(column).astype(str)
        return (values[:, None] == values[None, :]).astype(float)

    def capability(self) -> NDArray[np.float64]:
        """Return the capability of each actor, 0 for bodies."""
        return np.nan_to_num(self.population.capability[self.wave])

    def size_offset(self) -> float:
        """Return what log-odds change by so that mean degrees do not grow with the number of firms (Krivitsky, Handcock and Morris 2011)."""
        return -float(np.log(self.firms.sum() / 100))


def random_pairs(rng: np.random.Generator, probability: Matrix, mutual: bool = False) -> NDArray[np.bool_]:
    """Return ties drawn independently with the given probabilities; mutual ones by the upper triangle."""
    drawn = rng.random(probability.shape) < probability
    if mutual:
        drawn = np.triu(drawn, 1)
        drawn = drawn | drawn.T
    return drawn


def draw_knowledge(draw: Draw) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return arcs of advice before closure, and after it.

    A pair is in one of four states: none, i-j, j-i, both, with weights 1, exp(m_ij), exp(m_ji), exp(m_ij + m_ji + reciprocity); so
    the log-odds of an arc are m_ij + reciprocity if there is one back (the model p1 of Holland and Leinhardt 1981, with covariates).
    """
    numbers, rng = draw.network("knowledge"), draw.stream("knowledge")
    capability = draw.capability()
    log_odds = (
        numbers["base"]
        + draw.size_offset()
        + numbers["same_town"] * draw.same("town")
        + numbers["same_product"] * draw.same("product")
        + numbers["source_capability"] * capability[:, None]
        + numbers["seeker_capability"] * capability[None, :]
        + numbers["gatekeeper"] * draw.population.of("gatekeeper").astype(float)[:, None]
    )
    out, back = np.exp(log_odds), np.exp(log_odds.T)
    both = out * back * np.exp(numbers["reciprocity"])
    total = 1 + out + back + both
    lot = np.triu(rng.random(log_odds.shape), 1)
    lot = lot + lot.T
    upper = np.triu(np.ones_like(lot, dtype=bool), 1)
    # The states none, first, second, both lie one after the other on the unit interval; `first` is the arc above the diagonal.
    first = np.where(upper, out, back)
    has_first = ((lot >= 1 / total) & (lot < (1 + first) / total)) | (lot >= 1 - both / total)
    has_second = lot >= (1 + first) / total
    arcs = np.where(upper, has_first, has_second) & draw.firm_pairs
    paths = arcs.astype(int) @ arcs.astype(int)
    chance = 1 - (1 - numbers["closure"]) ** paths
    return arcs, arcs | (random_pairs(draw.stream("knowledge closure"), chance) & draw.firm_pairs)


def draw_social(draw: Draw) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return acquaintance before closure and after it: a logit with homophily, then one pass over all two-paths."""
    numbers = draw.network("social")
    log_odds = (
        numbers["base"]
        + draw.size_offset()
        + numbers["same_town"] * draw.same("town")
        + numbers["same_product"] * draw.same("product")
    )
    base = random_pairs(draw.stream("social"), logistic(log_odds) * draw.firm_pairs, mutual=True)
    paths = base.astype(int) @ base.astype(int)
    chance = (1 - (1 - numbers["closure"]) ** paths) * draw.firm_pairs
    return base, base | random_pairs(draw.stream("social closure"), chance, mutual=True)


def draw_transaction(draw: Draw) -> NDArray[np.bool_]:
    """Return sales of suppliers to makers."""
    numbers, stage = draw.network("transaction"), draw.population.of("stage").astype(str)
    log_odds = (
        numbers["base"]
        + draw.size_offset()
        + numbers["same_town"] * draw.same("town")
        + numbers["lead_buyer"] * draw.tier("lead").astype(float)[None, :]
    )
    pairs = draw.pairs(draw.firms & (stage == "supplier"), draw.firms & (stage == "maker"))
    return random_pairs(draw.stream("transaction"), logistic(log_odds) * pairs)


def draw_innovation(draw: Draw) -> NDArray[np.bool_]:
    """Return joint development: of firms by capability and product, of lead and core firms with university and platform."""
    numbers, capability, population = draw.network("innovation"), draw.capability(), draw.population
    log_odds = (
        numbers["base"]
        + draw.size_offset()
        + numbers["same_product"] * draw.same("product")
        + numbers["capability"] * (capability[:, None] + capability[None, :])
    )
    probability = logistic(log_odds) * draw.firm_pairs
    upper = draw.tier("lead", "core")
    for kind in ("university", "platform"):
        for body in population.local(kind):
            # Only the upper triangle counts, and bodies come after the firms.
            probability[upper, body] = numbers[f"with_{kind}"]
    return random_pairs(draw.stream("innovation"), probability, mutual=True)


def draw_mobility(draw: Draw) -> NDArray[np.bool_]:
    """Return where key staff came from: lead and core firms lose them to all others."""
    numbers = draw.network("mobility")
    probability = np.zeros(draw.firm_pairs.shape)
    probability[draw.tier("core")] = numbers["from_core"]
    probability[draw.tier("lead")] = numbers["from_lead"]
    return random_pairs(draw.stream("mobility"), probability * draw.firm_pairs)


def draw_founders(draw: Draw) -> NDArray[np.bool_]:
    """Return where founders came from: for a share of the firms one older lead or core firm."""
    rng, founded = draw.stream("founders"), draw.population.of("founded").astype(float)
    older = founded[:, None] < founded[None, :]
    able = draw.firm_pairs & draw.tier("lead", "core")[:, None] & older
    chosen = named(rng, able.T.astype(float), 1) > 0
    return chosen.T & (rng.random(len(founded)) < draw.network("mobility")["founder"])[None, :]


def draw_credit(draw: Draw, social: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return loans and guarantees among firms that are tied socially."""
    return random_pairs(draw.stream("credit"), social * draw.network("credit")["given_social"], mutual=True)


def draw_rivals(draw: Draw) -> NDArray[np.int8]:
    """Return whom each firm (row) names as rivals: firms of the same product, those of like size most."""
    numbers, size = draw.network("rivalry"), np.nan_to_num(draw.population.log_size[draw.wave])
    distance = np.abs(size[:, None] - size[None, :])
    weight = np.exp(-numbers["size_distance"] * distance) * draw.same("product") * draw.firm_pairs
    return named(draw.stream("rivalry"), weight, numbers["named"])


def draw_watched(draw: Draw) -> NDArray[np.int8]:
    """Return from whom each firm (row) learns by watching: capable firms most."""
    numbers = draw.network("rivalry")
    weight = np.exp(numbers["watched_capability"] * draw.capability())[None, :] * draw.firm_pairs
    return named(draw.stream("watched"), weight, numbers["watched"])


def named(rng: np.random.Generator, weight: Matrix, most: int) -> NDArray[np.int8]:
    """Return up to `most` names of each row, drawn one after the other by weight without repeats; the first named has the largest number.

    The smallest of exponential waiting times with rates `weight` come first (Efraimidis and Spirakis 2006).
    """
    # Exponential times by the inverse of their distribution; weight 0 waits forever.
    with np.errstate(divide="ignore"):
        times = -np.log1p(-rng.random(weight.shape)) / weight
    order = np.argsort(times, axis=1, kind="stable")[:, :most]
    out = np.zeros(weight.shape, dtype=np.int8)
    points = np.broadcast_to(np.arange(most, 0, -1, dtype=np.int8)[: order.shape[1]], order.shape)
    np.put_along_axis(out, order, points, axis=1)
    return np.where(weight > 0, out, 0).astype(np.int8)


def random_strengths(draw: Draw, layer: str, mutual: bool) -> NDArray[np.int8]:
    """Return a strength from 1 to 3 for every pair that might be tied."""
    numbers, size = draw.network("strengths"), len(draw.population.actors)
    lots = 1 + pick(draw.stream(layer, "strength"), (numbers["weak"], numbers["medium"]), size * size)
    drawn = lots.reshape(size, size).astype(np.int8)
    return np.triu(drawn) + np.triu(drawn, 1).T if mutual else drawn


def settled(
    draw: Draw,
    layer: str,
    ties: NDArray[Any],
    before: LayerTies | None,
    base: NDArray[np.bool_] | None = None,
    lists: bool = False,
) -> LayerTies:
    """Return a layer at a wave: fresh ties with strengths, and what is carried over from the wave before.

    `ties` are the fresh ones (numbers of their own, as ranks of names, are kept as strengths), `base` those before closure. `lists`:
    rows are lists of names, which are carried as a whole where all who are named are still there.
    """
    mutual = layer in MUTUAL
    strength = ties if ties.dtype == np.int8 else random_strengths(draw, layer, mutual) * ties
    closed = np.zeros(ties.shape, dtype=bool) if base is None else ~base
    origin = np.where(strength > 0, np.where(closed, CLOSURE, MODEL), 0)
    if before is None:
        return LayerTies(strength.astype(np.int8), origin.astype(np.int8), np.zeros(ties.shape, dtype=bool))
    keep = _kept(draw, layer, before, lists)
    return LayerTies(
        np.where(keep, before.strength, strength).astype(np.int8),
        np.where(keep, before.origin, origin).astype(np.int8),
        keep & (before.strength > 0),
    )


def _kept(draw: Draw, layer: str, before: LayerTies, lists: bool) -> NDArray[np.bool_]:
    """Return which pairs are as they were: by lot, and only where both were and are there."""
    population = draw.population
    stayed = population.present[draw.wave] & population.present[draw.wave - 1]
    share = draw.parameters["networks"]["persistence"][layer]
    rng, size = draw.stream(layer, "persistence"), len(stayed)
    if lists:
        whole = stayed & (rng.random(size) < share) & ~(before.strength[:, ~stayed] > 0).any(axis=1)
        return np.broadcast_to(whole[:, None], (size, size))
    lots = np.triu(rng.random((size, size)))
    return (lots + np.triu(lots, 1).T < share) & stayed[:, None] & stayed[None, :]
