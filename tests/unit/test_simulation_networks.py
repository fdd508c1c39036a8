"""The synthetic networks and reports: what was put in is found again, within the sampling error of what was drawn."""

import itertools
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_studies import ROOT

from gumflow.contract.instrument import load_instrument
from gumflow.contract.model import load_model
from gumflow.simulation.actors import draw_populations
from gumflow.simulation.bodies import Wave, draw_waves
from gumflow.simulation.naming import names_as_written
from gumflow.simulation.parameters import load_parameters
from gumflow.simulation.relational import relational_answers
from gumflow.simulation.ties import CLOSURE, MODEL, named

DEMO: Path = ROOT / "config" / "simulation" / "demo.yaml"
SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def parameters():
    return load_parameters(DEMO)


@pytest.fixture(scope="module")
def draws(parameters) -> list[list[Wave]]:
    """The waves of both clusters for several seeds, one list a cluster and seed."""
    return [
        draw_waves(parameters, population, seed)
        for seed in SEEDS
        for population in draw_populations(parameters, seed).values()
    ]


@pytest.fixture(scope="module")
def module():
    return load_instrument("relational_module", load_model())


@pytest.fixture(scope="module")
def reported(parameters, module) -> list[tuple[Wave, pd.DataFrame]]:
    """Waves with the firms' answers to the relational module."""
    return [
        (wave, relational_answers(wave, module, parameters, SEEDS[0]))
        for population in draw_populations(parameters, SEEDS[0]).values()
        for wave in draw_waves(parameters, population, SEEDS[0])
    ]


def close(hits: int, cases: int, probability: float) -> bool:
    """Whether a share is within four standard errors of its probability (and there are enough cases to tell)."""
    assert cases > 30
    return abs(hits / cases - probability) < 4 * math.sqrt(probability * (1 - probability) / cases) + 1e-12


def fitted_logit(x: np.ndarray, y: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and standard errors of a logistic regression, by Newton's steps."""
    beta = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-(x @ beta + offset)))
        information = (x * (p * (1 - p))[:, None]).T @ x
        beta = beta + np.linalg.solve(information, x.T @ (y - p))
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


# Advice -------------------------------------------------------------------------------------------------------------


def test_a_logistic_fit_finds_the_parameters_of_advice(draws, parameters):
    rows, ties, offsets = [], [], []
    for first, *_ in draws:
        firms, population = np.flatnonzero(first.firms), first.population
        base = (first.layers["knowledge"].origin == MODEL)[np.ix_(firms, firms)]
        town, product = (population.of(c).astype(str)[firms] for c in ("town", "product"))
        able, gate = population.capability[0][firms], population.of("gatekeeper")[firms].astype(float)
        i, j = np.nonzero(~np.eye(len(firms), dtype=bool))
        columns = [
            np.ones(len(i)), town[i] == town[j], product[i] == product[j], able[i], able[j], gate[i], base[j, i],
        ]  # fmt: skip
        rows.append(np.column_stack(columns).astype(float))
        ties.append(base[i, j].astype(float))
        offsets.append(np.full(len(i), -math.log(len(firms) / 100)))
    found, error = fitted_logit(np.vstack(rows), np.concatenate(ties), np.concatenate(offsets))
    true = parameters["networks"]["knowledge"]
    names = [
        "base", "same_town", "same_product", "source_capability", "seeker_capability", "gatekeeper", "reciprocity",
    ]  # fmt: skip
    for name, estimate, se in zip(names, found, error, strict=True):
        # Each pair counts twice, once from each end: errors are up to sqrt(2) times as large.
        assert se < 0.15, name
        assert abs(estimate - true[name]) < 3 * math.sqrt(2) * se, name


@pytest.mark.parametrize("layer", ["knowledge", "social"])
def test_open_two_paths_are_closed_at_the_known_rate_and_nothing_else_is(draws, parameters, layer):
    open_once = closed_once = 0
    for first, *_ in draws:
        origin = first.layers[layer].origin
        base, firms = origin == MODEL, np.flatnonzero(first.firms)
        after = {i: set(np.flatnonzero(base[i])) for i in firms}
        before = {i: set(np.flatnonzero(base[:, i])) for i in firms}
        pairs = itertools.permutations(firms, 2) if layer == "knowledge" else itertools.combinations(firms, 2)
        for i, j in pairs:
            if base[i, j]:
                continue
            paths = len(after[i] & before[j])
            if paths == 0:
                assert origin[i, j] == 0
            if paths == 1:
                open_once += 1
                closed_once += origin[i, j] == CLOSURE
    assert close(closed_once, open_once, parameters["networks"][layer]["closure"])


def test_gatekeepers_have_more_ties_outside_and_inside_than_other_firms(draws):
    outside, inside = {0: [], 1: []}, {0: [], 1: []}
    for first, *_ in draws:
        population = first.population
        assert population.of("gatekeeper").sum() == 4
        for i in np.flatnonzero(first.firms & (population.of("tier").astype(str) != "periphery")):
            kind = int(population.of("gatekeeper")[i])
            outside[kind].append((first.layers["pipeline"].strength[i] > 0).sum())
            inside[kind].append((first.layers["knowledge"].strength[i] > 0).sum())
    assert np.mean(outside[1]) > 2 * np.mean(outside[0])
    assert np.mean(inside[1]) > 2 * np.mean(inside[0])


# Other layers -------------------------------------------------------------------------------------------------------


def test_homophily_of_acquaintance_is_found_by_counting_pairs(draws, parameters):
    tied, pairs = Counter(), Counter()
    for first, *_ in draws:
        firms, population = np.flatnonzero(first.firms), first.population
        town, product = (population.of(c).astype(str) for c in ("town", "product"))
        base = first.layers["social"].origin == MODEL
        assert (first.layers["social"].strength == first.layers["social"].strength.T).all()
        for i, j in itertools.combinations(firms, 2):
            group = (len(firms), town[i] == town[j], product[i] == product[j])
            pairs[group] += 1
            tied[group] += base[i, j]

    def log_odds(group):
        return math.log(tied[group] / (pairs[group] - tied[group]))

    true = parameters["networks"]["social"]
    for firms in (80, 120):
        error = {g: math.sqrt(1 / tied[g] + 1 / (pairs[g] - tied[g])) for g in tied if g[0] == firms}
        neither, town, product = (firms, False, False), (firms, True, False), (firms, False, True)
        assert abs(log_odds(neither) - (true["base"] - math.log(firms / 100))) < 4 * error[neither]
        by_town = log_odds(town) - log_odds(neither)
        assert abs(by_town - true["same_town"]) < 4 * math.hypot(error[town], error[neither])
        by_product = log_odds(product) - log_odds(neither)
        assert abs(by_product - true["same_product"]) < 4 * math.hypot(error[product], error[neither])


def test_sales_run_from_suppliers_to_makers_and_lead_firms_buy_more(draws, parameters):
    rows, ties, offsets = [], [], []
    for first, *_ in draws:
        population, strength = first.population, first.layers["transaction"].strength
        stage, tier = population.of("stage").astype(str), population.of("tier").astype(str)
        town = population.of("town").astype(str)
        assert {(stage[i], stage[j]) for i, j in zip(*np.nonzero(strength), strict=True)} == {
            ("supplier", "maker")
        }
        suppliers = np.flatnonzero(first.firms & (stage == "supplier"))
        makers = np.flatnonzero(first.firms & (stage == "maker"))
        i, j = (side.ravel() for side in np.meshgrid(suppliers, makers, indexing="ij"))
        rows.append(np.column_stack([np.ones(len(i)), town[i] == town[j], tier[j] == "lead"]).astype(float))
        ties.append((strength[i, j] > 0).astype(float))
        offsets.append(np.full(len(i), -math.log(first.firms.sum() / 100)))
    found, error = fitted_logit(np.vstack(rows), np.concatenate(ties), np.concatenate(offsets))
    true = parameters["networks"]["transaction"]
    for name, estimate, se in zip(("base", "same_town", "lead_buyer"), found, error, strict=True):
        assert abs(estimate - true[name]) < 4 * se, name


def test_rates_of_ties_with_bodies_and_outside_are_the_true_ones(draws, parameters):
    networks, count = parameters["networks"], Counter()
    for first, *_ in draws:
        population, layers = first.population, {k: v.strength > 0 for k, v in first.layers.items()}
        kind, tier = population.of("kind").astype(str), population.of("tier").astype(str)
        association = int(np.flatnonzero((kind == "association") & ~population.is_firm)[0])
        gate = population.of("gatekeeper").astype(bool)
        buyers = [i for i in np.flatnonzero(kind == "buyer") if population.of("listed")[i] == 1]
        for i in np.flatnonzero(first.firms):
            member = bool(layers["membership"][i, association])
            if tier[i] == "lead":
                assert member
            else:
                count["member", member] += 1
            if member:
                count["served", bool(layers["service"][association, i])] += 1
            else:
                assert not layers["service"][association, i]
            for body in ("platform", "market", "fair"):
                at = int(np.flatnonzero(kind == body)[0])
                count[body, bool(layers["service"][at, i])] += 1
            for agency in np.flatnonzero(kind == "government"):
                count["policy", tier[i], bool(layers["policy"][agency, i])] += 1
            for buyer in buyers:
                sold = bool(layers["pipeline"][i, buyer])
                count["pipeline", "gatekeeper" if gate[i] else tier[i], sold] += 1
                if sold:
                    count["back", bool(layers["pipeline"][buyer, i])] += 1
                else:
                    assert not layers["pipeline"][buyer, i]

    def ok(*name, probability):
        return close(count[*name, True], count[*name, True] + count[*name, False], probability)

    assert ok("member", probability=networks["membership"]["other"])
    assert ok("served", probability=networks["service"]["association"])
    for body in ("platform", "market", "fair"):
        assert ok(body, probability=networks["service"][body])
    for tier in ("lead", "core", "periphery"):
        assert ok("policy", tier, probability=networks["policy"][tier])
        assert ok("pipeline", tier, probability=networks["pipeline"][tier])
    assert ok("pipeline", "gatekeeper", probability=networks["pipeline"]["gatekeeper"])
    assert ok("back", probability=networks["pipeline"]["both_ways"])


def test_trust_has_its_true_means_where_firms_are_tied_and_is_nothing_elsewhere(draws, parameters):
    felt = {True: [], False: []}
    for first, *_ in draws:
        firms = np.flatnonzero(first.firms)
        tied = sum(first.layers[k].strength for k in ("knowledge", "transaction", "social", "innovation")) > 0
        tied = tied | tied.T
        trust = first.layers["trust"].strength
        assert not trust[~tied].any()
        social = first.layers["social"].strength > 0
        for i, j in itertools.permutations(firms, 2):
            if tied[i, j]:
                felt[bool(social[i, j])].append(int(trust[i, j]))
    for social, name in ((True, "with_social"), (False, "without_social")):
        values = np.array(felt[social], dtype=float)
        true = parameters["networks"]["trust"][name]
        assert abs(values.mean() - true) < 4 * values.std() / math.sqrt(len(values))
        # Sums of five equal chances.
        assert values.var() == pytest.approx(5 * (true / 5) * (1 - true / 5), rel=0.1)


def test_credit_rests_on_acquaintance_and_influence_on_its_shares(draws, parameters):
    guaranteed = social = 0
    named_first = Counter()
    for first, *_ in draws:
        ties, credit = (np.triu(first.layers[k].strength > 0) for k in ("social", "credit"))
        assert not (credit & ~ties).any()
        guaranteed, social = guaranteed + credit.sum(), social + ties.sum()
        influence, kind = first.layers["influence"].strength, first.population.of("kind").astype(str)
        for i in np.flatnonzero(first.firms & (first.population.of("tier").astype(str) != "lead")):
            named_first[kind[int(np.argmax(influence[i]))]] += 1
            assert influence[i].max() == 3
            assert (influence[i] > 0).sum() <= 3
    assert close(guaranteed, social, parameters["networks"]["credit"]["given_social"])
    total = sum(named_first.values())
    for kind, share in (("firm", "lead_firms"), ("association", "association"), ("government", "government")):
        assert close(named_first[kind], total, parameters["networks"]["influence"][share])


def test_names_are_drawn_by_weight_without_repeats():
    weight = np.tile([3.0, 1.0, 0.0, 4.0], (20_000, 1))
    names = named(np.random.default_rng(1), weight, 2)
    assert not names[:, 2].any()
    assert (np.sort(names, axis=1) == [0, 0, 1, 2]).all()
    for column, share in ((0, 3 / 8), (1, 1 / 8), (3, 4 / 8)):
        assert close(int((names[:, column] == 2).sum()), 20_000, share)
    # After 4 was first, 3 and 1 are left.
    second = names[names[:, 3] == 2]
    assert close(int((second[:, 0] == 1).sum()), len(second), 3 / 4)
    few = named(np.random.default_rng(1), np.array([[0.0, 2.0, 0.0]]), 3)
    assert few.tolist() == [[0, 3, 0]]


# Waves --------------------------------------------------------------------------------------------------------------


def test_firms_exit_and_enter_and_lead_firms_and_gatekeepers_stay(draws):
    for first, second in draws:
        population, size = first.population, first.firms.sum()
        gone, new = first.firms & ~second.firms, second.firms & ~first.firms
        assert (gone.sum(), new.sum()) == (size * 0.05, size * 0.05)
        assert set(population.of("tier")[gone]) <= {"core", "periphery"}
        assert not population.of("gatekeeper")[gone].any()
        assert set(population.of("tier")[new]) == {"periphery"}
        tier = population.of("tier")[first.firms]
        assert ((tier == "lead").sum(), (tier == "core").sum()) == (size * 0.05, size * 0.25)
        for layer in second.layers.values():
            assert not layer.strength[gone].any()
            assert not layer.strength[:, gone].any()


def test_latent_capability_has_its_true_correlations(draws, parameters):
    parts = [(w.population, w.population.is_firm) for w, *_ in draws]
    ability = np.hstack([p.capability[:, firms] for p, firms in parts])
    size = np.hstack([p.log_size[:, firms] for p, firms in parts])
    error, numbers = 1 / math.sqrt(ability.shape[1]), parameters["population"]
    assert abs(ability[0].mean()) < 4 * error
    assert ability.std(axis=1) == pytest.approx([1, 1], abs=4 * error)
    assert np.corrcoef(ability[0], size[0])[0, 1] == pytest.approx(
        numbers["capability_size_correlation"], abs=4 * error
    )
    assert np.corrcoef(ability)[0, 1] == pytest.approx(
        numbers["capability_persistence"], abs=4 * error * 0.19
    )
    assert size[0].mean() == pytest.approx(numbers["log_size_mean"], abs=4 * error * numbers["log_size_sd"])


def test_ties_last_and_form_at_the_known_rates(draws, parameters):
    networks, count = parameters["networks"], Counter()
    for first, second in draws:
        stay = np.flatnonzero(first.firms & second.firms)
        kind = first.population.of("kind").astype(str)
        for body in ("platform", "market", "fair"):
            at = int(np.flatnonzero(kind == body)[0])
            for i in stay:
                was, now = (bool(w.layers["service"].strength[at, i]) for w in (first, second))
                count[body, was, now] += 1
        pairs = np.ix_(stay, stay)
        was, now = (np.triu(w.layers["social"].strength[pairs] > 0) for w in (first, second))
        count["social", "kept"] += (was & now).sum()
        count["social", "was"] += was.sum()
        old, new = (w.layers["knowledge"].strength[pairs] for w in (first, second))
        carried = second.layers["knowledge"].carried[pairs]
        assert (old[carried] == new[carried]).all()
        count["carried"] += carried.sum()
        count["arcs"] += (old > 0).sum()
    last = networks["persistence"]["service"]
    for body in ("platform", "market", "fair"):
        p = networks["service"][body]
        lasted, lost = count[body, True, True], count[body, True, False]
        assert close(lasted, lasted + lost, last + (1 - last) * p)
        formed, not_formed = count[body, False, True], count[body, False, False]
        assert close(formed, formed + not_formed, (1 - last) * p)
    # The two directions of a mutual pair are carried over together, so the error is somewhat larger.
    share = networks["persistence"]["knowledge"]
    assert abs(count["carried"] / count["arcs"] - share) < 5 * math.sqrt(share * (1 - share) / count["arcs"])
    kept, persistence = count["social", "kept"] / count["social", "was"], networks["persistence"]["social"]
    assert (
        persistence - 0.02 < kept < persistence + (1 - persistence) * 0.2
    )  # drawn anew, few come back by chance


# What firms report ---------------------------------------------------------------------------------------------------


def reports(answers: pd.DataFrame, item: str) -> tuple[set[str], dict[tuple[str, str], float]]:
    """Who answered an item, and the value given for each alter that is named."""
    mine = answers[answers["question"] == item]
    answered = set(mine.loc[mine["missing_reason"] == "", "respondent"])
    given = mine[mine["alter"] != ""]
    return answered, dict(
        zip(zip(given["respondent"], given["alter"], strict=True), given["value"], strict=True)
    )


@pytest.mark.parametrize(
    ("item", "layer", "recall"),
    [
        ("R01", "knowledge", "recall_receiver"),
        ("R02", "knowledge", "recall_giver"),
        ("R03.buy", "transaction", "recall_receiver"),
        ("R03.sell", "transaction", "recall_giver"),
        ("R05", "social", "recall_mutual"),
        ("R11.member", "membership", "recall_body"),
        ("R12.contact", "policy", "recall_body"),
        ("R14", "credit", "recall_mutual"),
    ],
)
def test_true_ties_are_reported_with_the_known_recall_and_others_at_the_false_rate(
    reported, parameters, item, layer, recall
):
    numbers, hits, cases, false, open_pairs = parameters["reports"], 0, 0, 0, 0
    asks_alter = item in (
        "R01",
        "R03.buy",
        "R12.contact",
    )  # what the alter gives runs to the firm that answers
    kinds = {"R11.member": "association", "R12.contact": "government"}
    for wave, answers in reported:
        answered, given = reports(answers, item)
        ids, strength = wave.population.of("actor").astype(str), wave.layers[layer].strength > 0
        kind = wave.population.of("kind").astype(str)
        alters = np.flatnonzero((kind == kinds[item]) if item in kinds else wave.firms)
        for i in np.flatnonzero(np.isin(ids, sorted(answered))):
            for j in alters:
                if i == j:
                    continue
                true = strength[j, i] if asks_alter else strength[i, j]
                said = (ids[i], ids[j]) in given
                if true:
                    cases, hits = cases + 1, hits + said
                else:
                    open_pairs, false = open_pairs + 1, false + said
    assert close(hits, cases, numbers[recall])
    if item not in kinds:
        assert close(false, open_pairs, numbers["false_report"])


def test_both_ends_report_advice_apart_from_each_other(reported, parameters):
    both = cases = 0
    for wave, answers in reported:
        (takers, taken), (givers, given) = reports(answers, "R01"), reports(answers, "R02")
        ids = wave.population.of("actor").astype(str)
        for i, j in zip(*np.nonzero(wave.layers["knowledge"].strength), strict=True):
            if ids[i] in givers and ids[j] in takers:
                cases += 1
                both += (ids[j], ids[i]) in taken and (ids[i], ids[j]) in given
    numbers = parameters["reports"]
    assert close(both, cases, numbers["recall_receiver"] * numbers["recall_giver"])


def test_strengths_are_shifted_at_the_known_rate_within_their_scale(reported, parameters):
    shifts: dict[int, Counter] = {1: Counter(), 2: Counter(), 3: Counter()}
    for wave, answers in reported:
        _, given = reports(answers, "R01")
        at = {a: i for i, a in enumerate(wave.population.of("actor").astype(str))}
        for (taker, giver), value in given.items():
            true = int(wave.layers["knowledge"].strength[at[giver], at[taker]])
            if true:
                shifts[true][int(value) - true] += 1
    half = parameters["reports"]["strength_shift"] / 2
    assert (set(shifts[1]), set(shifts[2]), set(shifts[3])) == ({0, 1}, {-1, 0, 1}, {-1, 0})
    for true, down, up in ((1, 0, half), (2, half, half), (3, half, 0)):
        total = sum(shifts[true].values())
        assert close(shifts[true][-1], total, down)
        assert close(shifts[true][1], total, up)


def test_firms_and_items_are_missing_at_the_known_rates(reported, parameters, module):
    unit, item, numbers = Counter(), Counter(), parameters["reports"]
    for wave, answers in reported:
        responds = set(answers["respondent"])
        firms = set(wave.population.of("actor")[wave.firms])
        assert responds <= firms
        unit[wave.name, True] += len(firms - responds)
        unit[wave.name, False] += len(responds)
        for question in ("R01", "R02", "R05", "R14", "R15.rivals"):
            left = answers[(answers["question"] == question) & (answers["missing_reason"] == "not_answered")]
            item[True] += left["respondent"].nunique()
            item[False] += len(responds) - left["respondent"].nunique()
    for wave, share in numbers["unit_nonresponse"].items():
        assert close(unit[wave, True], unit[wave, True] + unit[wave, False], share)
    assert close(item[True], item[True] + item[False], numbers["item_nonresponse"])


def test_answers_are_what_the_instrument_allows(reported, module):
    for wave, answers in reported:
        actors = wave.population.actors.set_index("actor")
        assert not answers.duplicated(["respondent", "question", "alter", "option"]).any()
        sizes = answers.groupby(["respondent", "question"]).size().unstack()
        assert list(sizes.columns) == sorted(module.items)
        assert sizes.notna().all(axis=None)
        assert (answers["respondent"] != answers["alter"]).all()
        missing = answers["missing_reason"] != ""
        assert (answers["value"].isna() == missing).all()
        assert set(answers["missing_reason"]) == {"", "not_answered", "not_asked"}
        for name, mine in answers[~missing & (answers["alter"] != "")].groupby("question"):
            item = module.items[str(name)]
            assert set(mine["option"]) <= ({o.code for o in item.options} or {""})
            who = actors.loc[mine["alter"]]
            assert set(who["kind"]) <= set(item.relation.kinds)
            assert {p == "local" for p in who["place"]} == {item.relation.place == "inside"}
            if item.minimum is not None:
                assert mine["value"].between(item.minimum, item.maximum).all()
            if item.relation.most:
                assert mine.groupby("respondent").size().max() <= item.relation.most
            if item.unit == "%":
                assert mine.groupby("respondent")["value"].sum().max() <= 100
        for name in ("R06", "R09.place", "R10.design", "R12.funds"):
            asked = {p for i in module.items[name].relation.named_in for p in reports(answers, i)[1]}
            answered, given = reports(answers, name)
            assert {pair for pair in asked if pair[0] in answered} == set(given)
            skipped = answers[(answers["question"] == name) & (answers["missing_reason"] == "not_asked")]
            assert not set(skipped["respondent"]) & {respondent for respondent, _ in asked}


def test_outside_organizations_are_written_in_the_known_forms_and_a_mistake_is_nobody_elses_name(parameters):
    forms = Counter()
    for seed in SEEDS:
        for population in draw_populations(parameters, seed).values():
            names = names_as_written(population, parameters, seed)
            assert names.drop_duplicates(["name", "actor"])["name"].is_unique
            actors = population.actors.set_index("actor")
            mistaken = names[names["form"] == "misspelt"]
            known = set(actors["label_zh"]) | set(actors["label_en"]) | set(actors["alias"])
            assert not set(mistaken["name"]) & known
            assert (actors.loc[mistaken["actor"], "place"] != "local").all()
            rest = names[names["form"] != "misspelt"]
            for form, group in rest.groupby("form"):
                assert (actors.loc[group["actor"], form].to_numpy() == group["name"].to_numpy()).all()
            aliased = actors.index[(actors["place"] != "local") & (actors["alias"] != "")]
            forms.update(names[names["actor"].isin(aliased)]["form"])
    numbers, total = parameters["reports"], sum(forms.values())
    shares = {
        "label_zh": numbers["written_label_zh"],
        "label_en": numbers["written_label_en"],
        "alias": numbers["written_alias"],
    }
    shares["misspelt"] = 1 - sum(shares.values())
    for form, share in shares.items():
        assert close(forms[form], total, share)
