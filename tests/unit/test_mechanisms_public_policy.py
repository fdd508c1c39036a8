"""Public policy: contents that firms got and ask for, coverage with what is said, and five principles."""

import math

import numpy as np
import pandas as pd
import pytest
from small_clusters import small_cluster

from gumflow.mechanisms.policy_answers import (
    demanded,
    government_contact,
    public_funds,
    received,
    service_reach,
    unmet,
)
from gumflow.mechanisms.policy_principles import CONTENTS, PRINCIPLES
from gumflow.mechanisms.public_policy import CONTENT_OF_CONSTRUCT, measure_public_policy
from gumflow.mechanisms.rows import wilson

BODIES = {"guild": "association", "bureau": "government", "lab": "platform", "expo": "fair"}
NAN = math.nan


def rows_of(found, measure):
    return {row.get("category", ""): row for row in found.rows if row["measure"] == measure}


def values_of(found, measure):
    return {category: row.get("value") for category, row in rows_of(found, measure).items()}


def verdicts(found):
    rows = rows_of(found, "policy_principle")
    return {name: row.get("value", NAN) for name, row in rows.items()}


def ticks(question, by_firm):
    return [
        (firm, question, "", option, float(bool(option)))
        for firm, options in by_firm.items()
        for option in options or [""]
    ]


ANSWERS = [
    *ticks("NB33.kinds", {0: ["tax", "finance"], 1: ["training"], 2: ["information"], 3: [], 4: ["export"]}),
    *ticks("NB35", {0: ["incentives"], 1: ["efficiency", "cooperation"], 2: ["cooperation"], 3: ["infrastructure"], 5: []}),
    (0, "R12.contact", "bureau", "", 2.0), (0, "R12.funds", "bureau", "", 0.0), (0, "R12.projects", "bureau", "", 0.0), (0, "R12.consulted", "bureau", "", 1.0),
    (2, "R12.contact", "bureau", "", 4.0), (2, "R12.funds", "bureau", "", 1.0), (2, "R12.projects", "bureau", "", 3.0), (2, "R12.consulted", "bureau", "", 1.0),
    (3, "R12.contact", "bureau", "", 1.0), (3, "R12.funds", "bureau", "", 0.0), (3, "R12.projects", "bureau", "", 0.0), (3, "R12.consulted", "bureau", "", 0.0),
    (1, "R12.contact", "", "", 0.0), (4, "R12.contact", "", "", 0.0),
]  # fmt: skip
SERVICES = {"service": [("lab", 0), ("lab", 5), ("guild", 1), ("expo", 3)]}


def asked(**changes):
    given = {"layers": SERVICES, "size": 6, "bodies": BODIES, "answers": ANSWERS} | changes
    return small_cluster(given.pop("layers"), **given)


def test_what_firms_got_and_ask_for():
    cluster = asked()
    got = received(cluster)
    expected = {
        "environment": [1, 0, 0, 0, 1, NAN], "input_supply": [1, 1, 1, 0, 0, NAN], "input_supply.capital": [1, 0, 1, 0, 0, NAN],
        "input_supply.labor": [0, 1, 0, 0, 0, NAN], "cluster_governance": [1, 0, 1, 0, 0, NAN], "intermediary_services": [1, 0, 1, 0, 0, 1],
    }  # fmt: skip
    assert set(got) == set(expected)
    for content, flags in expected.items():
        np.testing.assert_array_equal(got[content], flags, err_msg=content)
    wanted = demanded(cluster)
    np.testing.assert_array_equal(wanted["environment"], [1, 1, 0, 1, NAN, 0])
    np.testing.assert_array_equal(wanted["cluster_governance"], [0, 1, 1, 0, NAN, 0])
    np.testing.assert_array_equal(unmet(cluster)["environment"], [0, 1, 0, 1, NAN, NAN])
    np.testing.assert_array_equal(unmet(cluster)["cluster_governance"], [0, 1, 0, 0, NAN, NAN])


def test_dealings_funds_and_services_of_firms():
    cluster = asked()
    np.testing.assert_allclose(government_contact(cluster), [2 / 3, 0, 1, 1 / 3, 0, NAN])
    np.testing.assert_array_equal(public_funds(cluster), [0, 0, 1, 0, 0, NAN])
    # Three kinds of service bodies: association, platform, fair.
    np.testing.assert_allclose(service_reach(cluster), np.array([1, 1, 0, 1, 0, 1]) / 3)
    assert list(measure_public_policy(cluster).firms) == [
        "government_contact",
        "public_funds",
        "service_reach",
    ]
    by_ties = small_cluster({"policy": [("bureau", 1)]}, size=3, bodies=BODIES)
    np.testing.assert_array_equal(government_contact(by_ties), [0, 1, 0])


def test_a_wave_that_records_no_firm_without_contact_tells_nothing_of_contact():
    """Of six firms three tell of a contact and none says never: dealings, funds and shares are unknown, not high."""
    only = [a for a in ANSWERS if not (a[1] == "R12.contact" and a[4] == 0)]
    cluster = asked(
        layers={**SERVICES, "policy": [("bureau", 0), ("bureau", 2), ("bureau", 3)]}, answers=only
    )
    assert np.isnan(government_contact(cluster)).all()
    assert np.isnan(public_funds(cluster)).all()
    assert "cluster_governance" not in received(cluster)
    row = rows_of(measure_public_policy(cluster), "policy_contact_share")[""]
    assert "left it out" in row["withheld"]
    # All that were in touch say that they were asked for their opinion: nothing is open there.
    all_asked = [(*a[:4], 1.0) if a[1] == "R12.consulted" else a for a in ANSWERS]
    np.testing.assert_allclose(government_contact(asked(answers=all_asked)), [2 / 3, 0, 1, 2 / 3, 0, NAN])
    # An item that was not asked is unknown of all, also of those without contact.
    no_funds = [a for a in ANSWERS if a[1] != "R12.funds"]
    assert np.isnan(public_funds(asked(answers=no_funds))).all()


def test_shares_with_wilson_intervals():
    found = measure_public_policy(asked())
    row = rows_of(found, "policy_implementation")["environment"]
    assert (row["value"], row["n"], row["coverage"]) == (2 / 5, 5, 5 / 6)
    assert (row["low"], row["high"]) == pytest.approx(wilson(2, 5))
    assert values_of(found, "policy_demand")["environment"] == 3 / 5
    lacking = values_of(found, "policy_demand_unmet")
    assert lacking == {"environment": 2 / 4, "cluster_governance": 1 / 4, "all": 2 / 4}
    assert values_of(found, "policy_contact_share")[""] == 3 / 5
    consulted = rows_of(found, "policy_consulted_share")[""]
    assert (consulted["value"], consulted["n"], consulted["coverage"]) == (2 / 3, 3, 1.0)


def test_barriers_of_brands_count_as_demand():
    cluster = asked(
        indicators={"brand_finance_barrier": [1, 0, 1, 1, 0, 0], "brand_policy_barrier": [0, 0, 0, 1, 0, 0]}
    )
    found = measure_public_policy(cluster)
    assert values_of(found, "policy_demand")["regional_brand"] == pytest.approx(1 / 6)
    assert values_of(found, "policy_demand_unmet")["input_supply"] == pytest.approx(1 / 5)
    # No item asks whether a firm got support for the regional brand.
    assert "regional_brand" not in values_of(found, "policy_demand_unmet")


def statement(coder, construct, state, polarity=1):
    return {"coder": coder, "construct": construct, "state": state, "polarity": polarity}


SAID = [
    statement("agreed", "enabling_environment", "achieved"), statement("agreed", "enabling_environment", "recommended"),
    statement("agreed", "enabling_environment", "achieved", -1), statement("agreed", "enabling_environment", "lacking"),
    statement("agreed", "regional_brand", "recommended"), statement("agreed", "market_order", "partial"),
    statement("a", "enabling_environment", "achieved"), statement("a", "enabling_environment", "lacking"),
    statement("b", "enabling_environment", "recommended"),
]  # fmt: skip


def test_contents_of_a_text():
    cluster = small_cluster({}, size=2, boundary="text", tables={"statements": pd.DataFrame(SAID)})
    found = measure_public_policy(cluster)
    said = rows_of(found, "policy_statements_done")
    assert (said["environment"]["value"], said["environment"]["low"], said["environment"]["high"]) == (
        0.25,
        0.0,
        0.5,
    )
    assert said["environment"]["interval_kind"] == "coders"
    assert said["regional_brand"]["value"] == 0
    done = values_of(found, "policy_content_done")
    assert done == {
        "environment": 1,
        "input_supply": None,
        "regional_brand": None,
        "cluster_governance": 1,
        "intermediary_services": None,
    }
    assert rows_of(found, "policy_content_done")["regional_brand"]["withheld"].startswith(
        "withheld: only recommended"
    )
    coverage = rows_of(found, "policy_coverage")[""]
    assert (coverage["value"], coverage["low"], coverage["high"], coverage["coverage"]) == (1, 0.4, 1, 0.4)
    assert all(np.isnan(v) for v in verdicts(found).values())
    assert found.firms.isna().all().all()
    for name in ("policy_implementation", "policy_demand_unmet"):
        assert rows_of(found, name)[""]["withheld"].startswith("withheld: a text states")


def said_of(*statements):
    said = pd.DataFrame([statement("agreed", *s) for s in statements])
    found = measure_public_policy(small_cluster({}, size=2, boundary="text", tables={"statements": said}))
    return found, values_of(found, "policy_content_done")


def test_only_what_is_lacking_is_not_there():
    found, done = said_of(
        ("enabling_environment", "lacking", -1), ("factor_supply", "achieved", -1), ("regional_brand", "recommended"),
        ("market_order", "achieved", -1), ("association_governance", "recommended"), ("intermediary_services", "partial"),
        ("intermediary_services", "lacking", -1),
    )  # fmt: skip
    # Supply that hinders is there; disorder is not order; a recommendation says nothing of what there is.
    assert done == {
        "environment": 0,
        "input_supply": 1,
        "regional_brand": None,
        "cluster_governance": 0,
        "intermediary_services": 1,
    }
    row = rows_of(found, "policy_content_done")["intermediary_services"]
    assert (row["n"], row["method"]) == (2, "statements: 1 there, 1 lacking")
    coverage = rows_of(found, "policy_coverage")[""]
    assert (coverage["value"], coverage["low"], coverage["high"], coverage["n"]) == (0.5, 0.4, 0.6, 4)
    assert said_of(("market_order", "achieved"))[1]["cluster_governance"] == 1
    nothing, _ = said_of(("factor_supply", "recommended"))
    assert rows_of(nothing, "policy_coverage")[""]["withheld"].startswith("withheld: of no content")


def test_general_claims_say_nothing_of_the_policy_of_one_cluster():
    said = pd.DataFrame([statement("agreed", "association_governance", "achieved") for _ in range(2)])
    said["general"] = [True, False]
    found = measure_public_policy(small_cluster({}, size=2, boundary="text", tables={"statements": said}))
    assert rows_of(found, "policy_content_done")["cluster_governance"]["n"] == 1
    said["general"] = True
    found = measure_public_policy(small_cluster({}, size=2, boundary="text", tables={"statements": said}))
    assert values_of(found, "policy_content_done")["cluster_governance"] is None
    assert not rows_of(found, "policy_statements_done")


@pytest.mark.parametrize(
    ("hits", "size", "verdict"), [(1, 65, 0), (0, 4, None), (6, 65, None), (15, 65, 1), (0, 40, 0)]
)
def test_a_content_that_firms_were_asked_about_is_there_if_surely_a_tenth_got_it(hits, size, verdict):
    from scipy.stats import binomtest

    answers = ticks("NB33.kinds", {i: ["tax"] if i < hits else [] for i in range(size)})
    found = measure_public_policy(small_cluster(size=size, answers=answers))
    assert values_of(found, "policy_content_done")["environment"] == verdict
    low, high = binomtest(hits, size).proportion_ci(method="wilson")
    assert verdict == (1 if low > 0.1 else 0 if high < 0.1 else None)


def test_every_content_of_the_model_has_constructs():
    assert set(CONTENT_OF_CONSTRUCT.values()) == set(CONTENTS)
    assert set(small_cluster(size=1).model.constructs) >= set(CONTENT_OF_CONSTRUCT)


def test_wholeness_passes_with_four_contents_and_fails_without_two():
    assert verdicts(measure_public_policy(asked()))["wholeness"] == 1

    def bare(size):
        answers = [
            *ticks("NB33.kinds", {i: [] for i in range(size)}),
            *[(i, "R12.contact", "", "", 0.0) for i in range(size)],
        ]
        return measure_public_policy(small_cluster(size=size, answers=answers))

    assert verdicts(bare(40))["wholeness"] == 0
    assert values_of(bare(40), "policy_coverage")[""] == 0
    # Of four firms that got nothing, nothing follows.
    assert np.isnan(verdicts(bare(4))["wholeness"])
    assert np.isnan(verdicts(measure_public_policy(small_cluster(size=4)))["wholeness"])


@pytest.mark.parametrize(("consulted", "verdict"), [(20, 1), (0, 0), (10, NAN)])
def test_from_below_if_most_firms_in_touch_were_asked(consulted, verdict):
    answers = [(i, "R12.contact", "bureau", "", 1.0) for i in range(20)]
    answers += [(i, "R12.consulted", "bureau", "", float(i < consulted)) for i in range(20)]
    found = verdicts(measure_public_policy(small_cluster(size=20, bodies=BODIES, answers=answers)))
    np.testing.assert_equal(found["bottom_up"], verdict)


def wave(unmet_firms, earlier=None):
    answers = [
        *ticks("YK33.kinds", {i: ["tax"] if i >= unmet_firms else [] for i in range(40)}),
        *ticks("YK35", {i: ["incentives"] for i in range(40)}),
    ]
    return small_cluster(size=40, answers=answers, earlier=earlier)


@pytest.mark.parametrize(("before", "now", "verdict"), [(30, 5, 1), (5, 30, 0), (20, 21, NAN)])
def test_dynamic_if_unmet_demand_fell(before, now, verdict):
    np.testing.assert_equal(verdicts(measure_public_policy(wave(now, wave(before))))["dynamic"], verdict)
    assert np.isnan(verdicts(measure_public_policy(wave(now)))["dynamic"])


def test_difference_of_shares_as_newcombe_printed_it():
    # Newcombe 1998, table II, case (a), method 10: 56/70 against 48/80 gives 0.0524 to 0.3339.
    (l1, u1), (l2, u2) = wilson(56, 70), wilson(48, 80)
    low, high = 0.2 - math.hypot(0.8 - l1, u2 - 0.6), 0.2 + math.hypot(u1 - 0.8, 0.6 - l2)
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    answers = [
        *ticks("YK33.kinds", {i: ["tax"] if i >= 48 else [] for i in range(80)}),
        *ticks("YK35", {i: ["incentives"] for i in range(80)}),
    ]
    earlier = [
        *ticks("YK33.kinds", {i: ["tax"] if i >= 56 else [] for i in range(70)}),
        *ticks("YK35", {i: ["incentives"] for i in range(70)}),
    ]
    found = measure_public_policy(
        small_cluster(size=80, answers=answers, earlier=small_cluster(size=70, answers=earlier))
    )
    assert "fall from 5% to 33%" in rows_of(found, "policy_principle")["dynamic"]["method"]


@pytest.mark.parametrize(("first", "verdict"), [("environment", 1), ("cluster_governance", 0)])
def test_responsive_if_more_got_what_is_asked_for_most(first, verdict):
    wish = "incentives" if first == "environment" else "cooperation"
    answers = [
        *ticks("NB33.kinds", {i: ["tax"] if i % 5 else [] for i in range(40)}),
        *ticks("NB35", {i: [wish] for i in range(40)}),
        *[(i, "R12.contact", "bureau", "", 1.0) for i in range(40)],
        *[(i, "R12.consulted", "bureau", "", float(i % 8 == 0)) for i in range(40)],
    ]
    found = measure_public_policy(small_cluster(size=40, bodies=BODIES, answers=answers))
    row = rows_of(found, "policy_responsive")[""]
    assert (row["value"], row["n"]) == (verdict, 40)
    assert row["method"].startswith(f"{first} is asked for most")
    # What is done in one cluster is no test of principles on policy for several.
    assert np.isnan([verdicts(found)[name] for name in ("differentiated", "not_copied")]).all()


def test_responsiveness_is_open_where_little_is_known():
    assert rows_of(measure_public_policy(small_cluster(size=4)), "policy_responsive")[""]["withheld"]
    assert not rows_of(measure_public_policy(small_cluster(size=4, boundary="text")), "policy_responsive")


ODD = {
    "no firm": {"size": 0},
    "one firm": {"size": 1, "answers": [(0, "NB35", "", "incentives", 1.0)]},
    "no questionnaire": {"size": 9, "bodies": BODIES},
    "nobody answered": {"size": 6, "bodies": BODIES, "answers": ANSWERS[:0], "responded": [0] * 6, "boundary": "roster"},
    "all alike": {"size": 6, "answers": [*ticks("NB33.kinds", {i: ["tax"] for i in range(6)}), *ticks("NB35", {i: ["cooperation"] for i in range(6)})]},
    "sample": {"size": 6, "bodies": BODIES, "answers": ANSWERS, "boundary": "sample"},
    "text": {"size": 6, "bodies": BODIES, "answers": ANSWERS, "boundary": "text"},
    "ties only": {"layers": {"policy": [("bureau", 0)], **SERVICES}, "size": 6, "bodies": BODIES},
}  # fmt: skip


@pytest.mark.parametrize("case", ODD, ids=str)
def test_odd_clusters_give_finite_values_or_reasons(case):
    found = measure_public_policy(small_cluster(**{"layers": {}, **ODD[case]}))
    for row in found.rows:
        assert bool(row.get("withheld")) != math.isfinite(row.get("value", NAN))
    keys = [(r["measure"], r.get("category", "")) for r in found.rows]
    assert len(set(keys)) == len(keys)
    assert set(verdicts(found)) == set(PRINCIPLES)
