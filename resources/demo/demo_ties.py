"""The drawn relations of the demo study, layer by layer, each from a random stream of its own."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

import demo_rows
import numpy as np
from demo_truth import (
    AGENCIES,
    BUYERS,
    CENSUS_YEAR,
    CORE,
    FIRM_IDS,
    LEADS,
    MAKERS,
    PLACE,
    SCHOOLS,
    STRENGTH_WEIGHTS,
    STRENGTHS,
    SUPPLIERS,
    TIER,
    TRADE,
    chance,
    local_bodies,
    pick,
    stream,
    true,
    whole,
)


@dataclass(frozen=True)
class Tie:
    """One row of ties.csv; empty text where nothing is said. `question` is that of the relational module."""

    source: str
    target: str
    layer: str
    directed: int
    state: str = "achieved"
    strength: int | str = ""
    year_from: int | str = ""
    formal: int | str = ""
    trust: int | str = ""
    reporter: str = ""
    question: str = ""
    remark: str = ""


def among(
    rng: np.random.Generator, pairs: Iterable[tuple[str, str]], probability: float
) -> list[tuple[str, str]]:
    """Return the pairs that are drawn, each with the probability; no actor is paired with itself."""
    return [(a, b) for a, b in pairs if a != b and chance(rng, probability)]


def knowledge_density(one: str, other: str) -> float:
    """Return the true arc density of knowledge between two firms, which their tiers decide."""
    tiers = {TIER[one], TIER[other]}
    if "lead" in tiers:
        return true(
            "knowledge_density_lead_periphery" if "periphery" in tiers else "knowledge_density_lead_core"
        )
    if tiers == {"core"}:
        return true("knowledge_density_core_core")
    return true("knowledge_density_core_periphery" if "core" in tiers else "knowledge_density_periphery")


def draw_knowledge(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw who of the firms teaches whom: density by tiers, lead firms as hubs, returned arcs by reciprocity.

    With arc density d and arc reciprocity r, a pair is tied with probability d(2 - r), and a tied pair is
    mutual with probability m = r / (2 - r), so that 2m / (1 + m) = r of the arcs are returned.
    """
    reciprocity = true("knowledge_reciprocity_arc")
    mutual = reciprocity / (2 - reciprocity)
    arcs = []
    for one, other in itertools.combinations(FIRM_IDS, 2):
        if not chance(rng, knowledge_density(one, other) * (2 - reciprocity)):
            continue
        if chance(rng, mutual):
            arcs += [(one, other), (other, one)]
            continue
        first = 0.5
        if (one in LEADS) != (other in LEADS):
            first = true("knowledge_lead_gives") if one in LEADS else 1 - true("knowledge_lead_gives")
        arcs.append((one, other) if chance(rng, first) else (other, one))
    return arcs


def draw_social(rng: np.random.Generator, closure: float) -> list[tuple[str, str]]:
    """Draw kin, friends, schoolmates: random pairs, then one pass that closes open two-paths."""
    base = set(among(rng, itertools.combinations(FIRM_IDS, 2), true("social_base")))

    def tied(a: str, b: str) -> bool:
        return (min(a, b), max(a, b)) in base

    closed = set()
    for one, other in itertools.combinations(FIRM_IDS, 2):
        paths = sum(tied(one, via) and tied(via, other) for via in FIRM_IDS)
        if (one, other) not in base and chance(rng, 1 - (1 - closure) ** paths):
            closed.add((one, other))
    return sorted(base | closed)


def draw_influence(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw whom each firm names as the one that most shapes decisions; return (named, naming)."""
    groups = (LEADS, local_bodies("association"), AGENCIES)
    weights = [true(f"influence_share_{group}") for group in ("leads", "association", "government")]
    return [(pick(rng, [b for b in pick(rng, groups, weights) if b != firm]), firm) for firm in FIRM_IDS]


def draw_pipelines(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw the ties that leave the cluster: to buyers, from suppliers, from the foreign university."""
    others = [f for f in MAKERS if f not in LEADS]
    heavy = [f for f in SUPPLIERS if TRADE[f] in ("castings", "forgings")]
    return [
        *among(rng, itertools.product(LEADS, BUYERS), true("pipeline_lead_buyer")),
        *among(rng, itertools.product(BUYERS, LEADS), true("pipeline_buyer_lead")),
        *among(rng, itertools.product(others, BUYERS), true("pipeline_maker_buyer")),
        *among(rng, itertools.product(MAKERS, ["wholesaler"]), true("pipeline_maker_wholesaler")),
        *among(rng, itertools.product(["steel_supplier"], heavy), true("pipeline_steel")),
        *among(
            rng,
            itertools.product(["foreign_university"], LEADS + local_bodies("research")),
            true("pipeline_foreign_university"),
        ),
    ]


def draw_policy(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw whom agencies and the inspectorate deal with; all of them deal with the association."""
    officials = AGENCIES + local_bodies("regulator")
    bodies = SCHOOLS + local_bodies("platform", "market", "fair")
    others = [f for f in FIRM_IDS if f not in LEADS]
    return [
        *itertools.product(officials, local_bodies("association")),
        *among(rng, itertools.product(AGENCIES, LEADS), true("policy_lead")),
        *among(rng, itertools.product(officials, others), true("policy_other_firm")),
        *among(rng, itertools.product(AGENCIES, bodies), true("policy_body")),
    ]


def draw_membership(rng: np.random.Generator) -> list[str]:
    """Draw the members of the association: all lead firms and a share of the others."""
    return [f for f in FIRM_IDS if f in LEADS or chance(rng, true("membership_others"))]


def draw_ties() -> list[Tie]:
    """Draw every layer, add what the ties are like and the fixed ties; return the rows of ties.csv."""
    upper = LEADS + CORE
    other_firms = [f for f in FIRM_IDS if f not in LEADS]
    other_makers = [f for f in MAKERS if f not in LEADS]
    social = draw_social(stream("social"), true("social_closure"))
    members = draw_membership(stream("membership"))
    by = itertools.product

    def drawn(layer: str, pairs: Iterable[tuple[str, str]], name: str) -> list[tuple[str, str]]:
        return among(stream(layer, name), pairs, true(name))

    rival_pairs = itertools.combinations([f for f in upper if f in MAKERS], 2)
    layers: list[tuple[str, int, str, list[tuple[str, str]]]] = [
        ("knowledge", 1, "R01", draw_knowledge(stream("knowledge"))),
        ("knowledge", 1, "R01", drawn("knowledge", by(SCHOOLS, upper), "knowledge_from_universities")),
        ("transaction", 1, "R03", drawn("transaction", by(SUPPLIERS, LEADS), "transaction_supplier_lead")),
        (
            "transaction",
            1,
            "R03",
            drawn("transaction", by(SUPPLIERS, other_makers), "transaction_supplier_other"),
        ),
        ("social", 0, "R05", social),
        ("innovation", 0, "R04", drawn("innovation", by(upper, SCHOOLS), "innovation_university")),
        ("innovation", 0, "R04", drawn("innovation", itertools.combinations(upper, 2), "innovation_firms")),
        ("mobility", 1, "R08", drawn("mobility", by(LEADS, other_firms), "mobility_from_leads")),
        ("credit", 0, "R14", drawn("credit", social, "credit_given_social")),
        ("rivalry", 0, "R15", drawn("rivalry", rival_pairs, "rivalry_valve_makers")),
        ("membership", 1, "R11", [(f, "association") for f in members]),
        ("service", 1, "R11", drawn("service", by(["association"], members), "service_association")),
        ("service", 1, "R11", drawn("service", by(["testing_platform"], FIRM_IDS), "service_platform")),
        ("service", 1, "R11", drawn("service", by(["valve_market"], FIRM_IDS), "service_market")),
        ("service", 1, "R11", drawn("service", by(["valve_fair"], FIRM_IDS), "service_fair")),
        ("policy", 1, "R12", draw_policy(stream("policy"))),
        ("influence", 1, "R13", draw_influence(stream("influence"))),
        ("pipeline", 1, "R09", draw_pipelines(stream("pipeline"))),
    ]
    ties = [
        described(Tie(a, b, layer, directed, question=q))
        for layer, directed, q, pairs in layers
        for a, b in pairs
    ]
    ties = with_trust(ties, set(social))
    ties += trusting(ties)
    ties += [
        Tie(a, b, layer, directed, state, strength, formal=formal, remark=remark)
        for a, b, layer, directed, state, strength, formal, remark in demo_rows.FIXED_TIES
    ]
    return sorted(ties, key=lambda t: (t.source, t.target, t.layer, t.state))


def described(tie: Tie) -> Tie:
    """Return the tie with strength, first year, whether it is formal, and who reported it."""
    rng = stream("tie", tie.layer, tie.source, tie.target)
    formal: int | str = ""
    if tie.layer in ("membership", "policy"):
        formal = 1
    elif tie.layer in ("knowledge", "social", "mobility"):
        formal = 0
    elif tie.layer == "transaction":
        formal = int(chance(rng, true("transaction_formal")))
    # A firm reports if there is one; of two the receiver (asked whom it learns from), but for sales the seller.
    ends = (tie.target, tie.source) if tie.layer != "transaction" else (tie.source, tie.target)
    firms = [end for end in ends if end in TIER]
    return replace(
        tie,
        strength=pick(rng, STRENGTHS, STRENGTH_WEIGHTS),
        year_from=whole(rng, 1996, CENSUS_YEAR - 1),
        formal=formal,
        reporter=next(end for end in (*firms, *ends) if PLACE.get(end, "local") == "local"),
        question="R10" if {tie.source, tie.target} & set(BUYERS) else tie.question,
    )


def with_trust(ties: Iterable[Tie], social: set[tuple[str, str]]) -> list[Tie]:
    """Return the ties with trust, 0 to 5 and one value for a pair, where firms were asked for it (R06)."""

    def trust(one: str, other: str) -> int:
        rng = stream("trust", one, other)
        mean = true("trust_with_social" if (one, other) in social else "trust_without_social")
        return sum(chance(rng, mean / 5) for _ in range(5))

    asked = ("knowledge", "transaction", "social", "innovation")
    out = []
    for tie in ties:
        both = tie.layer in asked and tie.source in TIER and tie.target in TIER
        out.append(replace(tie, trust=trust(*sorted((tie.source, tie.target)))) if both else tie)
    return out


def trusting(ties: Iterable[Tie]) -> list[Tie]:
    """Return a mutual trust tie for each socially tied pair that trusts each other with 4 or 5."""
    return [
        replace(t, layer="trust", question="R06", strength=int(t.trust) - 2, formal=0)
        for t in ties
        if t.layer == "social" and int(t.trust) >= 4
    ]
