"""Constructs and answers of a synthetic study: true coefficients, loadings, shares and rates are found again, within sampling error."""

import copy
import math
from collections import Counter, defaultdict
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
import yaml
from small_studies import ROOT

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import load_instrument
from gumflow.contract.model import load_model
from gumflow.intake.answer_checks import settle_answers
from gumflow.simulation.actors import draw_populations
from gumflow.simulation.bodies import draw_waves
from gumflow.simulation.calibration import calibration_table, cut_points, parts_with_means
from gumflow.simulation.constructs import draw_latents, lasting_noise, load_item_parameters, predictors
from gumflow.simulation.parameters import load_parameters
from gumflow.simulation.questionnaires import draw_truth, questionnaire_answers
from gumflow.simulation.tables import actor_table, responding

FOLDER: Path = ROOT / "config" / "simulation"
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def parameters():
    return load_parameters(FOLDER / "demo.yaml")


@pytest.fixture(scope="module")
def items():
    return load_item_parameters(FOLDER / "items.yaml")


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def waves(parameters):
    """All waves of both clusters, by seed."""
    return {
        seed: [
            w for p in draw_populations(parameters, seed).values() for w in draw_waves(parameters, p, seed)
        ]
        for seed in SEEDS
    }


@pytest.fixture(scope="module")
def latents(waves, items, model):
    return {
        (seed, w.population.cluster, w.name): draw_latents(w, model, items, seed)
        for seed, own in waves.items()
        for w in own
    }


@pytest.fixture(scope="module")
def questionnaires(parameters, model):
    return {c: load_instrument(own["instruments"][0], model) for c, own in parameters["clusters"].items()}


@pytest.fixture(scope="module")
def truths(waves, latents, questionnaires, items):
    """(seed, wave, questionnaire, truth) of the first waves."""
    return [
        (seed, w, questionnaires[w.population.cluster], draw_truth(w, latents[seed, w.population.cluster, w.name], questionnaires[w.population.cluster], items, seed))
        for seed in SEEDS
        for w in waves[seed]
        if w.wave == 0
    ]  # fmt: skip


@pytest.fixture(scope="module")
def answered(truths, items, parameters):
    """(questionnaire, wave, seed, truth, answers) of those."""
    return [
        (q, w, seed, truth, questionnaire_answers(w, truth, q, items, parameters, seed))
        for seed, w, q, truth in truths
    ]


def regression(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares with an intercept: coefficients without it, and their standard errors."""
    design = np.column_stack([np.ones(len(x)), x])
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    rest = y - design @ beta
    spread = np.linalg.inv(design.T @ design) * (rest @ rest) / (len(y) - design.shape[1])
    return beta[1:], np.sqrt(np.diag(spread))[1:]


# Constructs ---------------------------------------------------------------------------------------------------------


def test_regression_finds_the_structural_coefficients(latents, items):
    # Waves of one seed are not independent, so only first waves count.
    first = [value.scores for (_, _, wave), value in latents.items() if wave == "2007"]
    together = pd.concat(first)
    equations = {**items["structure"]["factors"], **items["structure"]["outcomes"]}
    assert len(equations) == 15
    misses = []
    for outcome, terms in equations.items():
        found, error = regression(together[list(terms)].to_numpy(), together[outcome].to_numpy())
        misses += list((found - np.array(list(terms.values()))) / error)
    assert np.abs(misses).max() < 4
    assert np.mean(np.square(misses)) < 2


def test_each_way_is_made_mostly_by_its_main_factor(model, items, latents):
    outcomes = items["structure"]["outcomes"]
    together = pd.concat([v.scores for (_, _, wave), v in latents.items() if wave == "2007"])
    for way in model.ways.values():
        terms, main = outcomes[f"{way.id}_upgrading"], way.get("main")
        assert all(terms[main] > 2 * value for name, value in terms.items() if name != main)
        found = together[[main, f"{way.id}_upgrading"]].corr().iloc[0, 1]
        assert found > 0.35


def test_r_squared_is_what_the_equations_give(latents):
    for (_, _, wave), value in latents.items():
        if wave != "2007":
            continue
        for e in value.equations:
            predicted = sum(b * value.scores[x] for x, b in e.coefficients.items())
            assert e.r_squared == pytest.approx(np.var(predicted))
            assert 0.05 < e.r_squared < 0.7
    variances = pd.concat([v.scores for v in latents.values()])[["learning", "functional_upgrading"]].var()
    assert variances.between(0.85, 1.15).all()


def test_constructs_show_their_factor_and_context_shows_size(latents, model, items):
    together = pd.concat([v.scores for (_, _, wave), v in latents.items() if wave == "2007"])
    rho = items["structure"]["construct_loading"]
    for construct in ("absorptive_capacity", "innovation_effort", "market_channels", "trust_norms"):
        found = together[[construct, model.constructs[construct].get("factor")]].corr().iloc[0, 1]
        assert abs(found - rho) < 4 * (1 - rho**2) / math.sqrt(len(together))
    assert together["cluster_base"].equals(together["size"].rename("cluster_base"))


def test_states_of_firms_are_counted_from_the_true_ties(waves):
    wave = waves[1][0]
    table = predictors(wave)
    assert len(table) == wave.firms.sum()
    assert np.allclose(table.mean(), 0)
    assert np.allclose(table.std(ddof=0), 1)
    ids = list(wave.population.of("actor"))
    advisers = Counter(int(j) for _, j in np.argwhere(wave.layers["knowledge"].strength > 0))
    felt = wave.layers["trust"].strength
    by_hand = [math.log(1 + advisers[ids.index(firm)]) for firm in table.index]
    assert np.corrcoef(by_hand, table["advice"])[0, 1] == pytest.approx(1)
    means = [np.mean([t for t in felt[ids.index(f)] if t] or [0]) for f in table.index]
    assert np.corrcoef(means, table["trust"])[0, 1] == pytest.approx(1)


def test_what_is_random_lasts_from_wave_to_wave(waves, items):
    first, second = waves[1][:2]
    a, b = (lasting_noise(w, items, 1, "test", columns=40).ravel() for w in (first, second))
    rho = items["structure"]["persistence"]
    assert abs(np.corrcoef(a, b)[0, 1] - rho) < 4 * (1 - rho**2) / math.sqrt(len(a))
    assert abs(b.var() - 1) < 4 * math.sqrt(2 / len(b))


def test_coefficients_that_explain_too_much_are_refused(waves, items, model):
    own = copy.deepcopy(dict(items))
    own["structure"]["factors"]["learning"] = {"capability": 0.95, "size": 0.9}
    with pytest.raises(GumflowError, match="learning explain"):
        draw_latents(waves[1][0], model, own, 1)


# Calibration --------------------------------------------------------------------------------------------------------


def test_cuts_and_parts_have_the_shares_asked_for():
    rng = np.random.default_rng(5)
    signal = 0.8 * rng.standard_normal(50)
    cuts = cut_points(signal, 0.6, [0.2, 0.5, 0.3])
    y = np.repeat(signal, 8000) + 0.6 * rng.standard_normal(400_000)
    found = np.bincount(np.searchsorted(cuts, y), minlength=3) / len(y)
    assert np.abs(found - [0.2, 0.5, 0.3]).max() < 4 * math.sqrt(0.25 / len(y))
    assert list(cut_points(signal, 0.6, [0, 0.4, 0.6])) == [
        -np.inf,
        pytest.approx(cut_points(signal, 0.6, [0.4, 0.6])[0]),
    ]
    parts = parts_with_means(rng.standard_normal((30, 3)), np.array([0.7, 0.2, 0.1]))
    assert np.allclose(parts.sum(axis=1), 1)
    assert np.allclose(parts.mean(axis=0), [0.7, 0.2, 0.1])
    assert parts.std(axis=0).min() > 0.03


def test_calibration_table_by_hand(items):
    def given(question: str, option: str, values: dict[str, float]) -> list[dict]:
        row = {"question": question, "option": option, "missing_reason": ""}
        return [row | {"respondent": r, "value": v} for r, v in values.items()]

    rows = [
        *given("NB06.exports_y0", "", {"a": 100, "b": 200, "c": 0}), *given("NB06.oem_y0", "", {"a": 90, "b": 100, "c": 0, "d": 5}),
        *given("NB08", "developed", {"a": 40, "b": 50}), *given("NB08", "developing", {"a": 10, "b": 0}),
    ]  # fmt: skip
    rows.append(
        {
            "question": "NB08",
            "option": "",
            "missing_reason": "not_answered",
            "respondent": "c",
            "value": np.nan,
        }
    )
    table = calibration_table({("x", "1", "ningbo_apparel"): pd.DataFrame(rows)}, items).set_index("fact")
    oem, abroad = table.loc["oem_share_of_exports"], table.loc["external_dependence"]
    assert (oem["printed"], oem["aimed"], oem["obtained"], oem["firms"]) == (80, 80, 70, 2)
    assert oem["standard_error"] == pytest.approx(20)
    assert (abroad["aimed"], abroad["obtained"], abroad["firms"]) == (pytest.approx(70), 50, 2)
    assert table.loc["cad_cam_share_ningbo", "item"] == ""
    assert math.isnan(table.loc["cad_cam_share_ningbo", "obtained"])
    ticks = pd.DataFrame([*given("YK09", "yes", {"a": 1}), *given("YK09", "no", {"b": 1, "c": 1, "d": 1})])
    office = (
        calibration_table({("x", "1", "yongkang_hardware"): ticks}, items)
        .set_index("fact")
        .loc["overseas_sales_office_share"]
    )
    assert (office["obtained"], office["firms"]) == (25, 4)


def test_printed_shares_are_met_within_sampling_error(answered, items):
    tables = [
        calibration_table({(w.population.cluster, w.name, q.name): answers}, items)
        for q, w, _, _, answers in answered
    ]
    table = pd.concat(tables)
    met = table[table["item"] != ""]
    assert len(met) == 2 * 8
    z = (met["obtained"] - met["aimed"]) / met["standard_error"]
    assert z.abs().max() < 4
    assert (met["printed"] - met["aimed"]).abs().max() <= 2
    assert set(table.loc[table["item"] == "", "note"]) == {"No question asks it.", "Sales are not asked."}


def test_every_stated_share_is_met(truths, items):
    misses = []
    for _, _, questionnaire, truth in truths:
        for name, own in items["items"].items():
            item = questionnaire.items.get(name)
            if item is None or "shares" not in own:
                continue
            shown = truth.told[name][truth.asked[name]]
            for at, option in enumerate(item.options):
                share = own["shares"].get(option.code, 0)
                if item.type == "shares":
                    # Whole percentages: rounding cannot move a mean by more than half a point.
                    assert abs(shown[:, at].mean() - 100 * share) < 0.6
                elif 0 < share < 1:
                    found = np.mean(shown[:, at] == 1)
                    misses.append((found - share) / math.sqrt(share * (1 - share) / len(shown)))
    assert len(misses) > 200
    assert np.abs(misses).max() < 4.5
    assert np.mean(np.square(misses)) < 1.3


def test_exports_as_oem_and_under_own_brands(truths):
    for _, _, questionnaire, truth in truths:
        if questionnaire.name != "ningbo_apparel":
            continue
        total, oem, own = (truth.told[f"NB06.{x}_y0"][:, 0] for x in ("exports", "oem", "own"))
        some = total > 0
        assert (oem + own <= total).all()
        assert abs((oem[some] / total[some]).mean() - 0.8) < 0.02
        assert (oem[~some] == 0).all()
        assert 0 < (~some).mean() < 0.3
        before = truth.told["NB06.exports_y2"][:, 0]
        assert np.median(total[some] / before[some]) == pytest.approx(1 / 0.93**2, rel=0.06)
        local, domestic = truth.told["NB07.local"][:, 0], truth.told["NB07.domestic"][:, 0]
        assert (local <= domestic).all()
        assert (local == np.round(local)).all()


# Loadings -----------------------------------------------------------------------------------------------------------


def loading_misses(truths, latents, items, name_of) -> list[float]:
    """How many standard errors the correlation of each tick with its construct is from what its loading gives.

    Of y = l x + e and a tick for the upper share p, the correlation of x with the tick is l d(c) / sqrt(p (1 - p)), d the
    normal density at the quantile c of p.
    """
    normal, misses = NormalDist(), []
    for seed, wave, questionnaire, truth in truths:
        scores = latents[seed, wave.population.cluster, wave.name].scores
        for item in questionnaire.items.values():
            if item.type != name_of or not item.constructs or item.asked_if:
                continue
            given = items["items"].get(item.id, {}).get("loading", items["defaults"]["loading"])
            for at, option in enumerate(item.options):
                if item.type == "single" and option.code != "yes":
                    continue
                loading = (
                    given.get(option.code, items["defaults"]["loading"]) if isinstance(given, dict) else given
                )
                loading *= -1 if item.direction < 0 else 1
                tick = truth.told[item.id][:, at]
                p = tick.mean()
                if not 0.1 < p < 0.9 or {o.code for o in item.options} == {"yes", "no", "not_sure"}:
                    continue
                expected = loading * normal.pdf(normal.inv_cdf(p)) / math.sqrt(p * (1 - p))
                shown = items["items"].get(item.id, {}).get("shows", {}).get(option.code, item.constructs[0])
                found = np.corrcoef(tick, scores[shown])[0, 1]
                misses.append((found - expected) * math.sqrt(len(tick)))
    return misses


@pytest.mark.parametrize(("kind", "least"), [("several", 150), ("single", 20)])
def test_ticks_load_on_their_construct(truths, latents, items, kind, least):
    misses = loading_misses(truths, latents, items, kind)
    assert len(misses) > least
    assert np.abs(misses).max() < 4.5
    assert abs(np.mean(misses)) < 0.3
    assert np.mean(np.square(misses)) < 1.6


def test_a_tick_shows_the_construct_that_its_option_names(truths, latents):
    own, other = [], []
    for seed, wave, questionnaire, truth in truths:
        if questionnaire.name != "yongkang_hardware":
            continue
        scores = latents[seed, wave.population.cluster, wave.name].scores
        home, abroad = truth.told["YK05.trademarks"].T
        for tick, mine, not_mine in (
            (home, "innovative_upgrading", "linkage_upgrading"),
            (abroad, "linkage_upgrading", "innovative_upgrading"),
        ):
            own.append(np.corrcoef(tick, scores[mine])[0, 1])
            other.append(np.corrcoef(tick, scores[not_mine])[0, 1])
    assert min(own) > 0.4
    assert np.mean(own) > np.mean(other) + 0.2


def test_constructs_of_options_that_there_are_not_are_refused(waves, latents, questionnaires, items):
    wave = waves[1][0]
    scores = latents[1, wave.population.cluster, wave.name]
    for item, shows, said in (
        ("NB24", {"colour": "process_upgrading"}, r"NB24\.shows: the item has no option colour"),
        ("NB24", {"process": "processes"}, r"NB24\.shows: process: there is no score of processes"),
        ("NB16", {"own": "chain_governance"}, r"NB16\.shows: the item is of type single"),
    ):
        changed = copy.deepcopy(dict(items))
        changed["items"][item] = {"shows": shows}
        with pytest.raises(GumflowError, match=said):
            draw_truth(wave, scores, questionnaires["apparel"], changed, 1)


def test_ordered_answers_and_parts_follow_their_construct(truths, latents):
    for seed, wave, questionnaire, truth in truths:
        scores = latents[seed, wave.population.cluster, wave.name].scores
        name = {"ningbo_apparel": "NB05.level", "yongkang_hardware": "YK34"}[questionnaire.name]
        item = questionnaire.items[name]
        level = truth.told[name] @ np.array([o.score for o in item.options])
        assert np.corrcoef(level, scores[item.constructs[0]])[0, 1] > 0.3
        staff = {"ningbo_apparel": "NB01.jobs", "yongkang_hardware": "YK03.jobs"}[questionnaire.name]
        at = [o.code for o in questionnaire.items[staff].options].index("technicians")
        assert np.corrcoef(truth.told[staff][:, at], scores["absorptive_capacity"])[0, 1] > 0.3


# Answers ------------------------------------------------------------------------------------------------------------


def test_answers_pass_the_questionnaires_own_checks_unchanged(answered):
    for questionnaire, _, _, _, answers in answered:
        respondents = answers[["respondent"]].drop_duplicates()
        settled, findings = settle_answers(answers, [questionnaire], respondents)
        assert findings == []
        columns = ["respondent", "question", "option", "value", "text", "missing_reason"]
        sort = ["respondent", "question", "option"]
        two = [
            t.assign(value=t["value"].fillna(-1)).astype(dict.fromkeys([c for c in columns if c != "value"], "str"))[columns]
            .sort_values(sort).reset_index(drop=True)
            for t in (answers, settled)
        ]  # fmt: skip
        pd.testing.assert_frame_equal(*two)


def test_nobody_is_asked_what_the_skip_logic_leaves_out(answered):
    for questionnaire, _, _, _, answers in answered:
        ticked, reasons = defaultdict(set), {}
        for row in answers.itertuples():
            reasons[row.respondent, row.question] = row.missing_reason
            if row.value == 1:
                ticked[row.respondent, row.question].add(row.option)
        states = Counter()
        for item in questionnaire.items.values():
            if item.asked_if is None:
                continue
            for respondent in set(answers["respondent"]):
                gate = reasons[respondent, item.asked_if.item]
                fits = bool(ticked[respondent, item.asked_if.item] & set(item.asked_if.options))
                own = reasons[respondent, item.id]
                states[gate, fits, own] += 1
        # A gate that was answered otherwise, was not asked itself, or was left empty.
        assert {own for gate, fits, own in states if gate == "" and not fits} == {"not_asked"}
        assert {own for gate, _, own in states if gate == "not_asked"} <= {"not_asked"}
        assert {own for gate, _, own in states if gate == "not_answered"} == {"not_answered"}
        assert states["", True, ""] > 50


def test_ranks_are_orders_of_the_ticked_and_shares_sum_to_100(answered):
    for questionnaire, _, _, _, answers in answered[:2]:
        given = answers[answers["missing_reason"] == ""]
        by = dict(iter(given.groupby(["question", "respondent"])))
        seen = Counter()
        for (question, respondent), part in by.items():
            item = questionnaire.items[question]
            seen[item.type] += 1
            if item.type == "rank":
                base = by[item.ranks, respondent]
                assert sorted(part["value"]) == list(range(1, len(part) + 1))
                assert set(part["option"]) == set(base.loc[base["value"] == 1, "option"])
            elif item.type == "shares":
                assert part["value"].sum() == 100
                assert len(part) == len(item.options)
            elif item.type == "single":
                assert len(part) == 1
        assert min(seen[t] for t in ("rank", "shares", "single", "number")) > 50


def test_who_responds_and_how_often_an_item_is_left_empty(answered, items, parameters):
    left, asked = Counter(), Counter()
    for questionnaire, wave, seed, _, answers in answered:
        ids = wave.population.of("actor")
        assert set(answers["respondent"]) == set(ids[responding(wave, parameters, seed)])
        once = answers.drop_duplicates(["respondent", "question"])
        for item in questionnaire.items.values():
            # Empty because the gate is, or because nothing fits, is no refusal.
            if item.type == "identity" or item.asked_if or item.id == "YK05.level" or item.type == "rank":
                continue
            reasons = once.loc[once["question"] == item.id, "missing_reason"]
            asked[item.type] += len(reasons)
            left[item.type] += int((reasons == "not_answered").sum())
    for kind, count in asked.items():
        rate = items["defaults"]["nonresponse"][kind]
        assert abs(left[kind] / count - rate) < 4 * math.sqrt(rate * (1 - rate) / count)
    assert {"single", "several", "number", "shares"} <= set(asked)


def test_a_firm_without_an_award_leaves_the_award_blank(truths):
    blank = [
        np.isnan(t.told["YK05.level"]).all(axis=1).mean()
        for _, _, q, t in truths
        if q.name == "yongkang_hardware"
    ]
    assert abs(np.mean(blank) - 0.6) < 4 * math.sqrt(0.24 / 240)


def test_employees_are_those_of_the_actors(answered, parameters):
    for questionnaire, wave, _, _, answers in answered:
        name = "NB01.employees" if questionnaire.name == "ningbo_apparel" else "YK03.employees"
        told = answers[(answers["question"] == name) & (answers["missing_reason"] == "")]
        known = actor_table(wave, parameters).set_index("actor")["employees"].astype(float, errors="ignore")
        assert (told["value"] == [float(known[r]) for r in told["respondent"]]).all()


def test_words_stand_beside_options_that_ask_for_them(answered):
    for questionnaire, _, _, _, answers in answered:
        spoken = answers[answers["text"] != ""]
        for row in spoken[["question", "option"]].drop_duplicates().itertuples():
            item = questionnaire.items[row.question]
            assert item.type == "text" or item.option(row.option).fill_in
        asking = answers[(answers["option"] == "other") & (answers["value"] == 1)]
        asking = asking[[questionnaire.items[q].type == "several" for q in asking["question"]]]
        assert (asking["text"] != "").all()
        assert len(asking) > 20


def test_same_seed_same_answers_another_seed_others(
    waves, latents, questionnaires, items, parameters, answered, model
):
    questionnaire, wave, seed, truth, answers = answered[0]
    again = draw_truth(wave, draw_latents(wave, model, items, seed), questionnaire, items, seed)
    pd.testing.assert_frame_equal(
        answers, questionnaire_answers(wave, again, questionnaire, items, parameters, seed)
    )
    other = draw_truth(wave, draw_latents(wave, model, items, 99), questionnaire, items, 99)
    assert (other.told["NB15"] != truth.told["NB15"]).mean() > 0.1


# The file -----------------------------------------------------------------------------------------------------------


def test_everything_wrong_in_the_file_is_said(tmp_path, items):
    own = copy.deepcopy(dict(items))
    own["structure"]["factors"]["learning"] = {"innovation": 0.2}
    own["items"]["NB07.domestic"]["parts"] = {"NB07.local": 0.7, "NB07.foreign": 0.6}
    own["defaults"]["scale"] = [0.5, 0.6]
    own["items"]["NB11"] = {"scale": [0.5, 0.1]}
    path = tmp_path / "items.yaml"
    path.write_text(yaml.safe_dump(own, sort_keys=False), encoding="utf-8")
    with pytest.raises(GumflowError) as error:
        load_item_parameters(path)
    for text in (
        "learning: innovation is neither",
        "NB07.domestic.parts: sum to 1.3",
        "defaults.scale",
        "NB11.scale",
    ):
        assert text in str(error.value)
    path.write_text("structure: 3\n", encoding="utf-8")
    with pytest.raises(GumflowError, match="are wrong"):
        load_item_parameters(path)
    with pytest.raises(GumflowError, match="cannot be read"):
        load_item_parameters(tmp_path / "none.yaml")


def test_shares_of_options_that_there_are_not_are_refused(waves, latents, questionnaires, items):
    own = copy.deepcopy(dict(items))
    own["items"]["NB16"] = {"shares": {"seller": 0.5, "own": 0.5}}
    wave = waves[1][0]
    scores = latents[1, wave.population.cluster, wave.name]
    with pytest.raises(GumflowError, match=r"NB16\.shares: the item has no option seller"):
        draw_truth(wave, scores, questionnaires["apparel"], own, 1)


def test_parameters_of_items_name_items_that_there_are(items, questionnaires):
    known = {i for q in questionnaires.values() for i in q.items}
    assert set(items["items"]) <= known
    named = {t["item"] for own in items["targets"].values() for t in own if "item" in t}
    assert named <= known
    parts = {p for own in items["items"].values() for p in own.get("parts", {})}
    assert parts <= known
