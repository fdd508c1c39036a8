"""The synthetic demo study: reproducible, clean, marked as synthetic, and true to the parameters that it was drawn from."""

import importlib
import itertools
import math
import random
from pathlib import Path
from types import ModuleType

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import yaml

from gumflow.contract.model import load_model
from gumflow.contract.study import check_study, find_study, tidy_study
from gumflow.intake.reliability import krippendorff_alpha_nominal
from gumflow.measures.structure import reciprocity_arc
from gumflow.mechanisms.evidence import NO_STATEMENT, evidence_profile
from gumflow.mechanisms.external_linkage import ladder_scores
from gumflow.networks.building import build_network

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo"
CELLS = pd.DataFrame([{"study": "demo", "cluster": "demo_valves", "wave": "1", "grade": "synthetic"}])
DRAWS = 300


def module(name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DEMO))
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return tidy_study(find_study(DEMO), load_model())


@pytest.fixture(scope="module")
def truth() -> dict:
    return yaml.safe_load((DEMO / "truth.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def true(truth) -> dict[str, float]:
    return {name: entry["value"] for name, entry in truth["parameters"].items()}


@pytest.fixture(scope="module")
def who(tables, truth) -> dict[str, list[str]]:
    """Groups of actors, from actors.csv and the tiers of truth.yaml."""
    actors, tiers = tables["actors"], truth["tiers"]
    inside = actors[actors["inside"]]
    groups = {kind: sorted(g["actor"]) for kind, g in inside.groupby("kind")}
    makers = sorted(set(groups["firm"]) - set(truth["suppliers"]))
    abroad = actors[(actors["kind"] == "buyer") & (actors["place"] == "abroad")]
    return {
        **groups,
        **tiers,
        "upper": tiers["lead"] + tiers["core"],
        "lower": tiers["core"] + tiers["periphery"],
        "suppliers": truth["suppliers"],
        "makers": makers,
        "other_makers": sorted(set(makers) - set(tiers["lead"])),
        "upper_makers": sorted(set(makers) & set(tiers["lead"] + tiers["core"])),
        "schools": groups["university"] + groups["research"],
        "officials": groups["government"] + groups["regulator"],
        "served": [b for k in ("university", "research", "platform", "market", "fair") for b in groups[k]],
        "buyers": sorted(abroad["actor"]),
    }


def achieved(tables, layer) -> set[tuple[str, str]]:
    ties = tables["ties"]
    rows = ties[(ties["layer"] == layer) & (ties["state"] == "achieved")]
    return set(zip(rows["source"], rows["target"], strict=True))


def arcs_between(arcs, ones, others) -> tuple[int, int]:
    """Return tied and possible ordered pairs within and between two groups."""
    pairs = {
        (a, b) for a, b in [*itertools.product(ones, others), *itertools.product(others, ones)] if a != b
    }
    return len(pairs & set(arcs)), len(pairs)


# The files ----------------------------------------------------------------------------------------------------------


def test_the_generator_makes_the_committed_bytes(tmp_path):
    module("make_demo").write_study(tmp_path)
    made = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert len(made) == 8
    for path, data in made.items():
        assert (DEMO / path).read_bytes() == data, f"{path} is not what make_demo.py makes: run it again"
        assert b"\r" not in data
    committed = {p.relative_to(DEMO) for p in DEMO.rglob("*") if p.suffix in (".csv", ".yaml")}
    assert committed == set(made)


def test_check_finds_nothing():
    assert check_study(find_study(DEMO), load_model()) == []


def test_every_table_says_synthetic_and_no_name_could_be_real(tables):
    study = find_study(DEMO)
    assert (study.grade, [c.boundary for c in study.cells]) == ("synthetic", ["census"])
    assert "synthetic" in study.source["en"].lower()
    assert "SYNTHETIC" in (DEMO / "README.md").read_text(encoding="utf-8").splitlines()[0]
    for name, table in tables.items():
        assert set(table["grade"]) <= {"synthetic"}, name
    assert tables["actors"]["label_en"].str.startswith("Demo ").all()
    assert tables["actors"]["label_zh"].str.startswith("演示").all()


def test_the_readme_lists_every_true_parameter(true):
    readme = (DEMO / "README.md").read_text(encoding="utf-8")
    listed = {
        line.split("|")[1].strip(): line.split("|")[2].strip()
        for line in readme.splitlines()
        if "| `" in line
    }
    assert {f"`{name}`": str(value) for name, value in true.items()}.items() <= listed.items()


def test_numbers_of_actors_and_figures_agree(tables, who):
    facts = tables["facts"].set_index("fact")["value"]
    firms = tables["actors"][tables["actors"]["kind"] == "firm"]
    assert len(firms) == facts["firms_2009"] == 30
    assert firms["employees"].astype(int).sum() == facts["employees_2009"]
    assert sorted(firms.loc[firms["lead_firm"] == "1", "actor"]) == who["lead"]
    assert firms["export_share"].astype(float).between(0, 1).all()
    assert len(achieved(tables, "membership")) == facts["association_members"]
    assert tables["actors"]["inside"].sum() == 42
    assert len(tables["actors"]) == 48


def test_every_state_and_layer_but_ownership_is_shown(tables):
    ties = tables["ties"]
    assert set(ties["state"]) == {"achieved", "partial", "lacking", "recommended"}
    assert ties["layer"].nunique() == 15
    assert "ownership" not in set(ties["layer"])
    assert not ties.duplicated(["source", "target", "layer"]).any()
    reporters = set(ties["reporter"]) - {""}
    assert reporters <= set(tables["actors"].loc[tables["actors"]["inside"], "actor"])


# What was put in is found again, in the committed draw ---------------------------------------------------------------

# Parameter: layer, sources, targets, whether a pair counts once. Knowledge between firms has tests of its own.
RATES = {
    "knowledge_from_universities": ("knowledge", "schools", "upper", False),
    "transaction_supplier_lead": ("transaction", "suppliers", "lead", False),
    "transaction_supplier_other": ("transaction", "suppliers", "other_makers", False),
    "innovation_university": ("innovation", "upper", "schools", False),
    "innovation_firms": ("innovation", "upper", "upper", True),
    "mobility_from_leads": ("mobility", "lead", "lower", False),
    "rivalry_valve_makers": ("rivalry", "upper_makers", "upper_makers", True),
    "membership_others": ("membership", "lower", "association", False),
    "service_platform": ("service", "platform", "firm", False),
    "service_market": ("service", "market", "firm", False),
    "service_fair": ("service", "fair", "firm", False),
    "policy_lead": ("policy", "government", "lead", False),
    "policy_other_firm": ("policy", "officials", "lower", False),
    "policy_body": ("policy", "government", "served", False),
    "pipeline_lead_buyer": ("pipeline", "lead", "buyers", False),
    "pipeline_buyer_lead": ("pipeline", "buyers", "lead", False),
    "pipeline_maker_buyer": ("pipeline", "other_makers", "buyers", False),
}


@pytest.mark.parametrize("parameter", RATES)
def test_the_rate_of_a_layer_is_within_three_standard_errors(parameter, tables, true, who):
    layer, sources, targets, once = RATES[parameter]
    pairs = [(a, b) for a, b in itertools.product(who[sources], who[targets]) if a != b]
    if once:
        pairs = [(a, b) for a, b in pairs if a < b]
    arcs = achieved(tables, layer)
    found = sum((a, b) in arcs or (once and (b, a) in arcs) for a, b in pairs) / len(pairs)
    p = true[parameter]
    assert abs(found - p) < 3 * math.sqrt(p * (1 - p) / len(pairs))


def test_knowledge_has_the_true_reciprocity_and_blocks(tables, true, who):
    actors = tables["actors"][tables["actors"]["kind"] == "firm"]
    ties = tables["ties"]
    firms = set(actors["actor"])
    knowledge = ties[(ties["layer"] == "knowledge") & ties["source"].isin(firms) & ties["target"].isin(firms)]
    network = build_network(actors, knowledge, "firm", "census")
    assert network.size == 30
    assert reciprocity_arc(network) == pytest.approx(true["knowledge_reciprocity_arc"], abs=0.12)

    arcs = achieved(tables, "knowledge")
    core, possible = arcs_between(arcs, who["core"], who["core"])
    edge, possible_edge = arcs_between(arcs, who["periphery"], who["periphery"])
    hub, possible_hub = arcs_between(arcs, who["lead"], who["upper"])
    assert core / possible == pytest.approx(true["knowledge_density_core_core"], abs=0.12)
    assert edge / possible_edge == pytest.approx(true["knowledge_density_periphery"], abs=0.02)
    assert hub / possible_hub == pytest.approx(true["knowledge_density_lead_core"], abs=0.15)
    degree = {f: sum(f in arc for arc in arcs) for f in firms}
    assert set(sorted(degree, key=degree.get)[-3:]) & set(who["lead"])


def test_social_ties_are_closed_beyond_chance(tables, who):
    graph = nx.Graph()
    graph.add_nodes_from(who["firm"])
    graph.add_edges_from(achieved(tables, "social"))
    rng = random.Random(1)
    pairs = list(itertools.combinations(who["firm"], 2))
    by_chance = [nx.transitivity(nx.Graph(rng.sample(pairs, graph.number_of_edges()))) for _ in range(200)]
    assert nx.transitivity(graph) > max(by_chance)


def test_trust_is_higher_where_firms_are_tied_socially(tables, true):
    ties = tables["ties"]
    known = ties[ties["trust"].notna()]
    trust = {frozenset(p): t for *p, t in known[["source", "target", "trust"]].itertuples(index=False)}
    social = {frozenset(p) for p in achieved(tables, "social")}
    with_social = np.mean([t for pair, t in trust.items() if pair in social])
    without = np.mean([t for pair, t in trust.items() if pair not in social])
    assert with_social == pytest.approx(true["trust_with_social"], abs=0.4)
    assert without == pytest.approx(true["trust_without_social"], abs=0.4)
    assert known.groupby(known[["source", "target"]].apply(frozenset, axis=1))["trust"].nunique().max() == 1
    assert {frozenset(p) for p in achieved(tables, "trust")} == {
        p for p, t in trust.items() if p in social and t >= 4
    }


def test_agreement_of_the_coders_is_what_the_true_disagreement_leaves(tables, true):
    statements = tables["statements"]
    wide = statements.pivot(index=["document", "sentence"], columns="coder", values="construct")
    assert wide.shape == (120, 3)
    differ = (wide["a"] != wide["b"]).mean()
    assert differ == pytest.approx(true["coder_disagreement"], abs=3 * math.sqrt(0.15 * 0.85 / 120))
    codes = pd.factorize(pd.concat([wide["a"], wide["b"]]))[0].reshape(2, -1)
    share = wide["agreed"].value_counts(normalize=True)
    expected = 1 - true["coder_disagreement"] / (1 - (share**2).sum())
    assert krippendorff_alpha_nominal(codes) == pytest.approx(expected, abs=0.1)
    assert ((wide["a"] == wide["agreed"]) | (wide["b"] == wide["agreed"])).all()


def test_every_construct_is_spoken_of_but_one(tables, truth):
    model = load_model()
    said = set(tables["statements"]["construct"]) - {"none"}
    assert set(model.constructs) - said == set(truth["withheld"])
    scores = evidence_profile(tables["statements"], model, CELLS)
    balance = scores[scores["measure"] == "evidence_balance"]
    missing = balance[balance["withheld"] != ""]
    assert list(zip(missing["unit_kind"], missing["unit"], strict=True)) == [
        ("construct", "chain_upgrading"),
        ("path", "chain"),
    ]
    assert set(missing["withheld"]) == {NO_STATEMENT}


def test_shares_of_helping_sentences_are_met_up_to_rounding(tables, true):
    agreed = tables["statements"].query("coder == 'agreed' and construct != 'none'")
    facts = agreed[agreed["state"] != "recommended"]
    factors = {
        name.removeprefix("supporting_"): v for name, v in true.items() if name.startswith("supporting_")
    }
    for factor, share in factors.items():
        mine = facts[facts["factor"] == ("" if factor == "outcomes" else factor)]
        assert abs((mine["polarity"] == 1).sum() - share * len(mine)) <= 0.5, factor
    assert (agreed["state"] == "recommended").mean() == pytest.approx(true["recommended_share"], abs=0.04)


def test_the_true_place_on_the_ladder_lies_within_its_bounds(tables, true):
    scores = ladder_scores(tables["facts"], CELLS).set_index("measure")
    place = (true["share_oem"] + 2 * true["share_odm"] + 3 * true["share_obm"]) / 3
    for measure, value in {
        "ladder_position": place,
        "share_oem": true["share_oem"],
        "share_odm": true["share_odm"],
        "share_obm": true["share_obm"],
    }.items():
        low, high = scores.loc[measure, ["low", "high"]]
        assert low - 1e-9 <= value <= high + 1e-9, measure
    assert true["share_oem"] + true["share_odm"] + true["share_obm"] == pytest.approx(1)
    printed = tables["facts"].set_index("fact")["value"]
    assert printed["oem_share_of_exports"] / 100 == pytest.approx(true["share_oem"])


# ... and on the average of many draws, where chance has little room -----------------------------------------------------


def test_many_draws_of_knowledge_center_on_the_true_parameters(true, who):
    ties, truth = module("demo_ties"), module("demo_truth")
    tied = {"core": 0, "edge": 0, "lead": 0, "far": 0, "between": 0}
    arcs_of = {
        "core": ("core", "core"),
        "edge": ("periphery", "periphery"),
        "lead": ("lead", "upper"),
        "far": ("lead", "periphery"),
        "between": ("core", "periphery"),
    }
    possible = {name: arcs_between([], who[a], who[b])[1] for name, (a, b) in arcs_of.items()}
    arcs_all = returned = single = given = 0
    for i in range(DRAWS):
        arcs = set(ties.draw_knowledge(truth.stream("test", str(i))))
        arcs_all += len(arcs)
        returned += sum((b, a) in arcs for a, b in arcs)
        alone = [(a, b) for a, b in arcs if (b, a) not in arcs and (a in who["lead"]) != (b in who["lead"])]
        single += len(alone)
        given += sum(a in who["lead"] for a, _ in alone)
        for name, (a, b) in arcs_of.items():
            tied[name] += arcs_between(arcs, who[a], who[b])[0]
    density = {name: tied[name] / possible[name] / DRAWS for name in tied}
    assert returned / arcs_all == pytest.approx(true["knowledge_reciprocity_arc"], abs=0.015)
    assert given / single == pytest.approx(true["knowledge_lead_gives"], abs=0.02)
    assert density["core"] == pytest.approx(true["knowledge_density_core_core"], abs=0.015)
    assert density["edge"] == pytest.approx(true["knowledge_density_periphery"], abs=0.003)
    assert density["lead"] == pytest.approx(true["knowledge_density_lead_core"], abs=0.02)
    assert density["far"] == pytest.approx(true["knowledge_density_lead_periphery"], abs=0.012)
    assert density["between"] == pytest.approx(true["knowledge_density_core_periphery"], abs=0.006)


def test_two_paths_are_closed_at_the_true_rate_and_nothing_else_is(true):
    ties, truth = module("demo_ties"), module("demo_truth")
    tied = paths = closed = 0
    for i in range(100):
        # One stream gives one base, whatever is closed afterwards.
        base = nx.Graph(ties.draw_social(truth.stream("test", str(i)), 0.0))
        full = nx.Graph(ties.draw_social(truth.stream("test", str(i)), true["social_closure"]))
        tied += base.number_of_edges()
        assert base.edges <= full.edges
        for pair in full.edges - base.edges:
            assert set(nx.common_neighbors(base, *pair)), "closed without a two-path"
        single = [p for p in nx.non_edges(base) if len(set(nx.common_neighbors(base, *p))) == 1]
        paths += len(single)
        closed += sum(full.has_edge(*p) for p in single)
    assert tied / 100 / math.comb(30, 2) == pytest.approx(true["social_base"], abs=0.004)
    assert closed / paths == pytest.approx(true["social_closure"], abs=0.03)


def test_many_draws_of_influence_and_coders_center_on_the_true_parameters(true, who):
    ties, interviews, truth = module("demo_ties"), module("demo_interviews"), module("demo_truth")
    named = [a for i in range(DRAWS) for a, _ in ties.draw_influence(truth.stream("test", str(i)))]
    for group, key in (("lead", "leads"), ("association", "association"), ("government", "government")):
        share = np.mean([a in who[group] for a in named])
        assert share == pytest.approx(true[f"influence_share_{key}"], abs=0.02)
    codes = interviews.draw_codes()
    differ = restressed = coded = 0
    for i in range(DRAWS):
        a, b = interviews.draw_codings(truth.stream("test", str(i)), codes)
        differ += sum(x[0] != y[0] for x, y in zip(a, b, strict=True))
        same = [(x, z) for x, z in zip(a, codes, strict=True) if x[0] == z[0] != "none"]
        coded += len(same)
        restressed += sum(x[3] != z[3] for x, z in same)
    assert differ / DRAWS / len(codes) == pytest.approx(true["coder_disagreement"], abs=0.008)
    assert restressed / coded == pytest.approx(true["coder_strength_change"], abs=0.01)
