"""The true parameters of the demo study, who is who in it, and the few ways in which anything is drawn."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import demo_rows
import numpy as np

from gumflow.contract.seeding import seed_for

SEED = 2009
CENSUS_YEAR = 2009
T = TypeVar("T")

# The true parameters: what a study of this cluster should find, within the error of one draw; truth.yaml has
# them too. Densities and probabilities are of one ordered pair (directed layers) or one pair (mutual layers).
TRUTH: Mapping[str, tuple[float, str]] = {
    "knowledge_reciprocity_arc": (0.5, "share of knowledge arcs between firms that are returned"),
    "knowledge_density_lead_core": (0.5, "arc density, lead firms with one another and with core firms"),
    "knowledge_density_lead_periphery": (0.2, "arc density, lead firms with the periphery"),
    "knowledge_density_core_core": (0.3, "arc density within the core, lead firms apart"),
    "knowledge_density_core_periphery": (0.06, "arc density between core and periphery"),
    "knowledge_density_periphery": (0.02, "arc density within the periphery"),
    "knowledge_lead_gives": (
        0.75,
        "an unreturned arc of a lead firm and another firm runs from the lead firm",
    ),
    "knowledge_from_universities": (0.12, "a university or institute teaches a lead or core firm"),
    "transaction_supplier_lead": (0.45, "a supplier sells to a lead firm"),
    "transaction_supplier_other": (0.1, "a supplier sells to another valve maker"),
    "transaction_formal": (0.7, "a transaction rests on a written contract"),
    "social_base": (0.06, "two firms are tied socially before closure"),
    "social_closure": (0.35, "a tie closes an open two-path of the base"),
    "trust_with_social": (3.8, "mean trust (0 to 5) of a firm pair that is tied socially"),
    "trust_without_social": (2.4, "mean trust of a firm pair that is tied otherwise"),
    "innovation_university": (0.2, "a lead or core firm develops jointly with a university or institute"),
    "innovation_firms": (0.1, "two lead or core firms develop jointly"),
    "mobility_from_leads": (0.1, "staff of a lead firm moved to another firm"),
    "credit_given_social": (0.2, "two socially tied firms guarantee each other's loans"),
    "rivalry_valve_makers": (0.35, "two lead or core valve makers are rivals"),
    "membership_others": (0.7, "a firm that is no lead firm is a member; all lead firms are"),
    "service_association": (0.4, "the association serves a member"),
    "service_platform": (0.2, "the testing platform serves a firm"),
    "service_market": (0.25, "the market serves a firm"),
    "service_fair": (0.3, "the fair serves a firm"),
    "policy_lead": (0.6, "an agency deals with a lead firm"),
    "policy_other_firm": (0.08, "an agency or the inspectorate deals with another firm"),
    "policy_body": (0.35, "an agency deals with a university, institute, platform, market or fair"),
    "influence_share_leads": (0.45, "share of firms that name a lead firm as most influential"),
    "influence_share_association": (0.35, "share of firms that name the association"),
    "influence_share_government": (0.2, "share of firms that name an agency"),
    "pipeline_lead_buyer": (0.7, "a lead firm sells to a buyer abroad"),
    "pipeline_buyer_lead": (0.4, "a buyer abroad gives a lead firm designs"),
    "pipeline_maker_buyer": (0.12, "another valve maker sells to a buyer abroad"),
    "pipeline_maker_wholesaler": (0.3, "a valve maker sells to the wholesaler"),
    "pipeline_steel": (0.4, "the steel supplier sells to a maker of castings or forgings"),
    "pipeline_foreign_university": (0.5, "the foreign university teaches a lead firm or an institute"),
    "coder_disagreement": (0.15, "share of sentences to which coders a and b give different constructs"),
    "coder_strength_change": (0.2, "a coder gives a sentence another strength than the agreed one"),
    "recommended_share": (0.15, "share of coded sentences that recommend"),
    "supporting_learning": (0.6, "share of helping sentences among those that do not recommend, by factor"),
    "supporting_innovation": (0.4, "the same, innovation"),
    "supporting_external_linkage": (0.7, "the same, external linkage"),
    "supporting_social_capital": (0.65, "the same, social capital"),
    "supporting_public_policy": (0.8, "the same, public policy"),
    "supporting_lead_firms": (0.75, "the same, lead firms"),
    "supporting_governance": (0.55, "the same, governance"),
    "supporting_outcomes": (0.6, "the same, outcomes and context"),
    "share_oem": (0.6, "share of exports that are OEM"),
    "share_odm": (0.12, "share of exports that are ODM"),
    "share_obm": (0.28, "share of exports under own brands"),
    "design_by_firm": (0.34, "share of designs that are the firm's own"),
    "design_joint": (0.41, "share of designs made with the buyer"),
    "design_by_buyer": (0.25, "share of designs that are the buyer's"),
}

STRENGTHS, STRENGTH_WEIGHTS = (1, 2, 3), (0.3, 0.45, 0.25)
TIER = {name: tier for name, _, tier, _ in demo_rows.FIRMS}
TRADE = {name: trade for name, _, _, trade in demo_rows.FIRMS}
FIRM_IDS = sorted(TIER)
LEADS = [f for f in FIRM_IDS if TIER[f] == "lead"]
CORE = [f for f in FIRM_IDS if TIER[f] == "core"]
MAKERS = [f for f in FIRM_IDS if TRADE[f] == "valves"]
SUPPLIERS = [f for f in FIRM_IDS if TRADE[f] != "valves"]
KIND = {name: kind for name, _, _, kind, _ in demo_rows.BODIES}
PLACE = {name: place for name, _, _, _, place in demo_rows.BODIES}


def local_bodies(*kinds: str) -> list[str]:
    """Return the ids of the bodies of the cluster, firms apart, that are of one of these kinds."""
    return sorted(b for b in KIND if KIND[b] in kinds and PLACE[b] == "local")


AGENCIES = local_bodies("government")
SCHOOLS = local_bodies("university", "research")
BUYERS = sorted(b for b in KIND if KIND[b] == "buyer" and PLACE[b] == "abroad")


def true(name: str) -> float:
    """Return the value of a true parameter."""
    return TRUTH[name][0]


def stream(*purpose: str) -> np.random.Generator:
    """Return the random stream of one purpose, such as `stream("knowledge")`.

    All else is drawn with its method `random`, the one least likely to change from one numpy to the next.
    """
    return np.random.Generator(np.random.PCG64(seed_for(SEED, "demo", *purpose)))


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Return True with the probability."""
    return rng.random() < probability


def pick(rng: np.random.Generator, items: Sequence[T], weights: Sequence[float] | None = None) -> T:
    """Return one of the items, by weight if weights (which sum to 1) are given."""
    if weights is None:
        return items[int(rng.random() * len(items))]
    draw, bounds = rng.random(), itertools.accumulate(weights)
    return next((item for item, bound in zip(items, bounds, strict=True) if draw < bound), items[-1])


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Return a whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def shuffled(rng: np.random.Generator, items: Iterable[T]) -> list[T]:
    """Return the items in random order."""
    kept = list(items)
    keys = [rng.random() for _ in kept]
    return [kept[i] for i in sorted(range(len(kept)), key=keys.__getitem__)]


def quota(rng: np.random.Generator, size: int, share: float) -> list[bool]:
    """Return `size` booleans in random order, the share of them True: exact, so that small groups show it."""
    hits = int(size * share + 0.5)
    return shuffled(rng, [i < hits for i in range(size)])
