"""The coded interviews of the demo study: an agreed coding, and two coders who differ at a known rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import demo_rows
import numpy as np
from demo_truth import STRENGTH_WEIGHTS, STRENGTHS, chance, pick, quota, shuffled, stream, true, whole

from gumflow.contract.model import load_model

# The construct that nothing is said of, so that a score is withheld.
UNSAID = "chain_upgrading"
SENTENCES_OF = {"driver": 3, "outcome": 3, "context": 2}
SENTENCES_PER_INTERVIEW = 20


@dataclass(frozen=True)
class Statement:
    """One row of statements.csv; a sentence of construct none has no factor, state, polarity or strength."""

    statement: str
    document: str
    sentence: int
    coder: str
    ego: str
    construct: str
    factor: str = ""
    state: str = ""
    polarity: int | str = ""
    strength: int | str = ""


Code = tuple[str, str, int | str, int | str]  # construct, state, polarity, strength
NOTHING: Code = ("none", "", "", "")


def draw_codes() -> list[Code]:
    """Draw the agreed codes of all sentences: by factor a share recommends, of the rest a share helps."""
    model, rng = load_model(), stream("codes")
    groups: dict[str, list[str]] = {}
    for node in model.constructs.values():
        if node.id != UNSAID:
            own = groups.setdefault(node.get("factor") or "outcomes", [])
            own += [node.id] * SENTENCES_OF[node.get("role")]
    codes: list[Code] = []
    for group, constructs in groups.items():
        asks = quota(rng, len(constructs), true("recommended_share"))
        helps = iter(quota(rng, asks.count(False), true(f"supporting_{group}")))
        for construct, recommends in zip(constructs, asks, strict=True):
            strength = pick(rng, STRENGTHS, STRENGTH_WEIGHTS)
            if recommends:
                codes.append((construct, "recommended", 1, strength))
            elif next(helps):
                codes.append((construct, pick(rng, ("achieved", "partial"), (0.75, 0.25)), 1, strength))
            else:
                codes.append((construct, pick(rng, ("lacking", "achieved"), (0.7, 0.3)), -1, strength))
    codes += [NOTHING] * (SENTENCES_PER_INTERVIEW * len(demo_rows.INTERVIEWED) - len(codes))
    return shuffled(rng, codes)


def draw_codings(rng: np.random.Generator, codes: Sequence[Code]) -> tuple[list[Code], list[Code]]:
    """Return what coders a and b make of the sentences.

    On the true share of sentences they give different constructs: one of the two, by a toss, departs from the
    agreed code to any other construct. Apart from that each coder changes a strength now and then.
    """
    constructs = sorted({c[0] for c in codes})
    codings: tuple[list[Code], list[Code]] = ([], [])
    for code in codes:
        departs = whole(rng, 0, 1) if chance(rng, true("coder_disagreement")) else None
        for coder, coding in enumerate(codings):
            own = code
            if own != NOTHING and chance(rng, true("coder_strength_change")):
                own = (*own[:3], pick(rng, [s for s in STRENGTHS if s != own[3]]))
            if coder == departs:
                construct = pick(rng, [c for c in constructs if c != code[0]])
                rest = own[1:] if own != NOTHING else ("achieved", 1, 1)
                own = NOTHING if construct == "none" else (construct, *rest)
            coding.append(own)
    return codings


def draw_statements() -> list[Statement]:
    """Draw the coded interviews; return the rows of statements.csv, each sentence for a, agreed and b."""
    model, codes = load_model(), draw_codes()
    a, b = draw_codings(stream("coders"), codes)
    rows = []
    for coder, coding in (("a", a), ("agreed", codes), ("b", b)):
        for i, (construct, state, polarity, strength) in enumerate(coding):
            interview, sentence = divmod(i, SENTENCES_PER_INTERVIEW)
            document = f"interview_{interview + 1}"
            name = f"{coder}_{document}_s{sentence + 1:02d}"
            factor = "" if construct == "none" else model.constructs[construct].get("factor") or ""
            ego = demo_rows.INTERVIEWED[interview]
            rows.append(
                Statement(
                    name, document, sentence + 1, coder, ego, construct, factor, state, polarity, strength
                )
            )
    return rows
