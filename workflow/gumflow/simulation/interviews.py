"""The coded interviews of a synthetic cluster and wave: an agreed coding, and two coders who differ at known rates."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from gumflow.contract.model import Model
from gumflow.simulation.bodies import Wave
from gumflow.simulation.parameters import Parameters, stream

SENTENCES_OF = {"driver": 2, "outcome": 1, "context": 1}
"""Agreed sentences of each construct, by its role; sentences that are left bear on none."""

STRENGTHS, STRENGTH_SHARES = (1, 2, 3), (0.3, 0.45, 0.25)
SUPPORTING_STATES, HINDERING_STATES = ("achieved", "partial"), ("lacking", "achieved")


@dataclass(frozen=True)
class Coded:
    """What one coder makes of a sentence; a sentence of construct none has no factor, state, polarity or strength."""

    construct: str = "none"
    factor: str = ""
    state: str = ""
    polarity: str = ""
    strength: str = ""
    alter: str = ""
    layer: str = ""


def draw_statements(wave: Wave, model: Model, parameters: Parameters, seed: int) -> pd.DataFrame:
    """Return the rows of statements.csv: every sentence as coded by `a`, by `b` and as agreed."""
    numbers, population = parameters["interviews"], wave.population

    def rng(purpose: str) -> np.random.Generator:
        return stream(seed, population.cluster, "interviews", purpose, wave.name)

    speakers = _speakers(wave)
    documents, sentences = numbers["documents"], numbers["sentences"]
    agreed = _agreed(model, numbers, documents * sentences, rng("codes"))
    ties, chance = rng("ties"), rng("ties chance").random(len(agreed))
    egos = [speakers[i // sentences % len(speakers)] for i in range(len(agreed))]
    agreed = [
        _with_tie(code, ego, wave, numbers["layers"], ties) if lot < numbers["ties"] else code
        for code, ego, lot in zip(agreed, egos, chance, strict=True)
    ]
    names = sorted({c.construct for c in agreed})
    a, b = _coders(agreed, names, model, numbers, rng("coders"))
    rows = []
    for coder, coding in (("a", a), ("agreed", agreed), ("b", b)):
        for i, code in enumerate(coding):
            document = f"{population.cluster}_{wave.name}_interview_{i // sentences + 1}"
            sentence = i % sentences + 1
            rows.append((f"{coder}_{document}_s{sentence:02d}", document, sentence, coder, egos[i], code))
    head = pd.DataFrame(rows, columns=["statement", "document", "sentence", "coder", "ego", "code"])
    codes = pd.DataFrame([astuple(c) for c in head["code"]], columns=[f.name for f in fields(Coded)])
    return pd.concat([head.drop(columns="code"), codes], axis=1)


def _speakers(wave: Wave) -> list[str]:
    """Return who is interviewed: the largest lead, core and other firm, then association, an agency and the university."""
    population = wave.population
    ids, tier = population.of("actor").astype(str), population.of("tier").astype(str)
    size = np.where(wave.firms, np.nan_to_num(population.log_size[wave.wave], nan=-np.inf), -np.inf)
    firms = [int(np.argmax(np.where(tier == t, size, -np.inf))) for t in ("lead", "core", "periphery")]
    bodies = [int(population.local(kind)[0]) for kind in ("association", "government", "university")]
    return [str(ids[i]) for i in firms + bodies]


def _agreed(model: Model, numbers: Mapping[str, Any], size: int, rng: np.random.Generator) -> list[Coded]:
    """Return the agreed codes in random order. In each factor the shares that recommend and that help are met up to rounding."""
    groups: dict[str, list[str]] = {}
    for node in model.constructs.values():
        if node.id not in numbers["unsaid"]:
            own = groups.setdefault(node.get("factor") or "outcomes", [])
            own += [node.id] * SENTENCES_OF[node.get("role")]
    codes: list[Coded] = []
    for group, constructs in groups.items():
        asks = _quota(rng, len(constructs), numbers["recommended"])
        helps = iter(_quota(rng, int((~asks).sum()), numbers["supporting"][group]))
        factor = "" if group == "outcomes" else group
        for construct, recommends in zip(constructs, asks, strict=True):
            supports = True if recommends else bool(next(helps))
            states = SUPPORTING_STATES if supports else HINDERING_STATES
            state = "recommended" if recommends else states[int(rng.random() > 0.7)]
            strength = str(STRENGTHS[int(np.searchsorted(np.cumsum(STRENGTH_SHARES), rng.random()))])
            codes.append(Coded(construct, factor, state, "1" if supports else "-1", strength))
    # A short interview has no room for all: what is over the size is left unsaid at random.
    codes += [Coded()] * (size - len(codes))
    return [codes[i] for i in rng.permutation(len(codes))][:size]


def _quota(rng: np.random.Generator, size: int, share: float) -> np.ndarray:
    """Return `size` truth values in random order, the share of them true: exact up to rounding, so that small groups show it."""
    return rng.permutation(size) < int(size * share + 0.5)


def _with_tie(
    code: Coded, ego: str, wave: Wave, layers: Mapping[str, str], rng: np.random.Generator
) -> Coded:
    """Return the code with one of the ego's true ties, if the construct has a layer and the ego such a tie to a listed actor."""
    layer = layers.get(code.construct, "")
    if not layer:
        return code
    ids = wave.population.of("actor").astype(str)
    at = int(np.flatnonzero(ids == ego)[0])
    strength = wave.layers[layer].strength
    listed = wave.population.of("listed").astype(int) == 1
    others = np.flatnonzero(((strength[at] > 0) | (strength[:, at] > 0)) & listed)
    if not len(others):
        return code
    return replace(code, alter=str(ids[others[int(rng.random() * len(others))]]), layer=layer)


def _coders(
    agreed: Sequence[Coded],
    names: Sequence[str],
    model: Model,
    numbers: Mapping[str, Any],
    rng: np.random.Generator,
) -> tuple[list[Coded], list[Coded]]:
    """Return what coders a and b make of the sentences.

    On the true share of sentences they give different constructs: one of the two, by a toss, departs from the agreed code to any
    other construct. Apart from that each coder changes a strength and overlooks a tie at the known rates.
    """
    codings: tuple[list[Coded], list[Coded]] = ([], [])
    for code in agreed:
        departs = int(rng.random() < 0.5) if rng.random() < numbers["coder_construct"] else -1
        for coder, coding in enumerate(codings):
            own = code
            if own.strength and rng.random() < numbers["coder_strength"]:
                others = [str(s) for s in STRENGTHS if str(s) != own.strength]
                own = replace(own, strength=others[int(rng.random() * 2)])
            if own.layer and rng.random() < numbers["coder_tie"]:
                own = replace(own, layer="", alter="")
            if coder == departs:
                own = _departing(own, names, model, rng)
            coding.append(own)
    return codings


def _departing(code: Coded, names: Sequence[str], model: Model, rng: np.random.Generator) -> Coded:
    others = [n for n in names if n != code.construct]
    construct = others[int(rng.random() * len(others))]
    if construct == "none":
        return Coded(alter=code.alter, layer=code.layer)
    factor = model.constructs[construct].get("factor") or ""
    if code.construct == "none":
        return Coded(construct, factor, "achieved", "1", "1")
    return replace(code, construct=construct, factor=factor)
