"""Governance of chains: types against a truth table, margins and stability by brute force, power apart, gates on paths."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_clusters import small_cluster

from gumflow.contract.errors import GumflowError
from gumflow.mechanisms.chain_governance import (
    GATES,
    TYPES,
    Dimensions,
    dimensions_of,
    governance_types,
    mean_difference,
    measure_chain_governance,
    outcome_of,
    type_stability,
)
from gumflow.mechanisms.chain_items import Stated, stated_of
from gumflow.mechanisms.cluster import MechanismSettings

NAN = math.nan
TABLE = {
    "LHH": "market",
    "HHH": "modular",
    "HLH": "relational",
    "HHL": "captive",
    "HLL": "hierarchy",
    "LHL": "",
    "LLH": "",
    "LLL": "",
}
"""Gereffi, Humphrey and Sturgeon 2005, table 1: complexity, codifiability, capability."""


def of_degrees(degrees):
    """Make a cluster whose dimensions are these degrees (3 x firms): one item each, two for capability."""
    x, c, s = degrees
    return small_cluster(size=len(x), indicators={"complexity": x, "codif": c, "tech_level": s, "rd": s})


def rows_of(found, measure, category=None):
    return [r for r in found.rows if r["measure"] == measure and category in (None, r.get("category"))]


def test_clear_cases_are_of_the_type_of_the_truth_table():
    degrees = np.array([[0.9 if letter == "H" else 0.1 for letter in corner] for corner in TABLE]).T
    found = measure_chain_governance(of_degrees(degrees))
    assert found.firms["gvc_governance"].tolist() == list(TABLE.values())
    assert found.firms["gvc_governance_margin"].tolist() == pytest.approx([0.9**3 - 0.9**2 * 0.1] * 8)
    assert found.firms["gvc_governance_stability"].tolist() == [1.0] * 8
    assert found.firms["gvc_complexity"].tolist() == pytest.approx(degrees[0].tolist())
    assert found.firms["gvc_codifiability"].tolist() == pytest.approx(degrees[1].tolist())
    assert found.firms["gvc_capability"].tolist() == pytest.approx(degrees[2].tolist())
    assert [r["value"] for r in rows_of(found, "gvc_governance_share")] == pytest.approx(
        [1 / 8] * 5 + [3 / 8]
    )


def test_degrees_are_products_and_the_type_is_the_greatest_of_eight():
    rng = np.random.default_rng(2)
    degrees = rng.random((3, 60))
    found = measure_chain_governance(of_degrees(degrees)).firms
    names = (
        "gvc_market_degree",
        "gvc_modular_degree",
        "gvc_relational_degree",
        "gvc_captive_degree",
        "gvc_hierarchy_degree",
    )
    for i, (x, c, s) in enumerate(degrees.T):
        corners = {}
        for corner in TABLE:
            corners[corner] = math.prod(
                d if letter == "H" else 1 - d for d, letter in zip((x, c, s), corner, strict=True)
            )
        assert sum(corners.values()) == pytest.approx(1)
        best, second = sorted(corners.values())[:-3:-1]
        assert found["gvc_governance"].iloc[i] == TABLE[max(corners, key=corners.get)]
        assert found["gvc_governance_margin"].iloc[i] == pytest.approx(best - second)
        by_type = {TABLE[corner]: degree for corner, degree in corners.items() if TABLE[corner]}
        assert [found[n].iloc[i] for n in names] == pytest.approx([by_type[n.split("_")[1]] for n in names])
        stays = [
            all((d >= cut) == (d >= 0.5) for d, cut in zip((x, c, s), cuts, strict=True))
            for cuts in itertools.product((0.4, 0.5, 0.6), repeat=3)
        ]
        assert found["gvc_governance_stability"].iloc[i] == pytest.approx(np.mean(stays))


def test_a_firm_between_types_or_with_a_gap_has_none():
    degrees = np.array([[0.9, 0.9, NAN], [0.5, 0.9, 0.9], [0.9, NAN, 0.9]])
    label, margin = governance_types(dimensions_of(of_degrees(degrees)))
    assert label.tolist() == ["", "", ""]
    assert margin.tolist() == pytest.approx([0, NAN, NAN], nan_ok=True)
    empty = Dimensions(np.empty((3, 0)), np.empty((5, 0)), np.empty((8, 0)))
    assert governance_types(empty)[0].tolist() == []
    assert type_stability(np.empty((3, 0))).tolist() == []


def test_dimensions_take_up_what_is_asked():
    given = {
        "complexity": [0.5, NAN], "standards_n": [1.0, NAN], "standards_differ": [NAN, 1.0], "codif": [0.4, NAN], "cert": [2 / 9, 5 / 9],
        "tech_level": [0.2, 0.8], "rd": [1.0, NAN], "design_own": [0.6, NAN], "key_gap": [NAN, NAN],
    }  # fmt: skip
    answers = [
        (0, "R10.design", "b1", "joint", 1),
        (0, "R10.inputs", "b1", "buyer", 1),
        (0, "R10.design", "b2", "own_firm", 1),
        (0, "R10.inputs", "b2", "own_firm", 1),
    ]
    found = dimensions_of(small_cluster(size=2, indicators=given, answers=answers))
    # One of four decisions is taken together; one of two designs is the firm's own.
    assert found.degrees[0].tolist() == pytest.approx([0.75, 1.0])
    assert found.degrees[1].tolist() == pytest.approx([(0.4 + 6 / 9 + 0.75) / 3, 1.0])
    assert found.degrees[2].tolist() == pytest.approx([(0.2 + 1 + 0.6 + 0.5) / 4, NAN], nan_ok=True)


def test_power_and_risks_are_apart_from_the_type():
    given = {
        "bargaining": [1, 0, 0, 0.5], "dep": [0, 1, NAN, 0.5], "cap_reason": [0, 1, 1, NAN], "retaliation": [0, 1, NAN, 0.5], "lock": [0, 1, NAN, NAN],
        "fix": [1.0, 0.5, 1.0, NAN], "tech_level": [1.0, 0.0, 0.5, 0.5], "rd": [1.0, 0.0, 0.5, 0.5],
    }  # fmt: skip
    answers = [(1, "R10.price", "b1", "buyer", 1), (1, "R10.price", "b2", "joint", 1)]
    found = measure_chain_governance(small_cluster(size=4, indicators=given, answers=answers))
    assert found.firms["power_asymmetry"].tolist() == pytest.approx([0, (5 + 0.5) / 6, NAN, 0.5], nan_ok=True)
    assert found.firms["captive_risk"].tolist() == pytest.approx([0, 0.5, 0.5, NAN], nan_ok=True)
    assert found.firms["retaliation_risk"].tolist() == pytest.approx([0, 1, NAN, 0.5], nan_ok=True)
    assert found.firms["gvc_governance"].tolist() == [""] * 4
    for name, mean in (
        ("power_asymmetry", "power_asymmetry_mean"),
        ("captive_risk", "captive_risk_mean"),
        ("retaliation_risk", "retaliation_risk_mean"),
    ):
        assert rows_of(found, mean)[0]["value"] == pytest.approx(found.firms[name].mean())
    (held,) = rows_of(found, "gvc_governance_share")
    assert (
        held["withheld"]
        == "withheld: the questionnaires do not ask for the complexity and the codifiability that the types of governance need"
    )
    assert not rows_of(found, "path_gate_share")


def test_shares_have_wilsons_interval_and_the_mode_its_share_of_draws():
    corners = ["HHL"] * 14 + ["HHH"] * 9 + ["LHH"] * 4 + ["LLL"] * 3
    degrees = np.array([[0.9 if letter == "H" else 0.2 for letter in corner] for corner in corners]).T
    made = of_degrees(degrees)
    found = measure_chain_governance(made)
    (captive,) = rows_of(found, "gvc_governance_share", "captive")
    low, high = stats.binomtest(14, 30).proportion_ci(method="wilson")
    assert (captive["value"], captive["low"], captive["high"]) == pytest.approx((14 / 30, low, high))
    assert rows_of(found, "gvc_governance_share", "unclassified")[0]["value"] == pytest.approx(0.1)
    (mode,) = rows_of(found, "gvc_governance_mode")
    rng = np.random.default_rng(5)
    code = np.array([list(TYPES).index(TABLE[c]) if TABLE[c] else 5 for c in corners])
    wins = [np.bincount(code[rng.integers(0, 30, 30)], minlength=6)[:5].argmax() == 3 for _ in range(4000)]
    assert mode["category"] == "captive"
    assert mode["value"] == pytest.approx(np.mean(wins), abs=0.08)
    assert rows_of(found, "gvc_governance_degree_mean", "captive")[0]["value"] == pytest.approx(
        found.firms["gvc_captive_degree"].mean()
    )
    assert rows_of(found, "gvc_governance_margin_mean")[0]["value"] == pytest.approx(
        found.firms["gvc_governance_margin"].mean()
    )
    assert rows_of(found, "gvc_governance_stability_mean")[0]["value"] == pytest.approx(1)


def test_gates_are_what_the_text_says_of_each_type_and_open_where_it_is_silent():
    helped = ("helped", "helped", "helped", "open")
    expected = {
        "market": ("slowed", "slowed", "helped", "open"), "modular": helped, "relational": helped,
        "captive": ("helped", "helped", "blocked", "open"), "hierarchy": ("open",) * 4,
    }  # fmt: skip
    paths = ("process", "product", "functional", "chain")
    assert {name: dict(zip(paths, effects, strict=True)) for name, effects in expected.items()} == GATES
    assert set(GATES) == set(TYPES)
    degrees = np.array([[0.9 if letter == "H" else 0.1 for letter in corner] for corner in TABLE]).T
    found = measure_chain_governance(of_degrees(degrees))
    shares = {(r["unit"], r["category"]): r["value"] for r in rows_of(found, "path_gate_share")}
    assert shares["process", "helped"] == shares["product", "helped"] == pytest.approx(3 / 8)
    assert shares["process", "slowed"] == shares["product", "slowed"] == pytest.approx(1 / 8)
    assert (
        shares["functional", "blocked"],
        shares["functional", "helped"],
        shares["functional", "open"],
    ) == pytest.approx((1 / 8, 3 / 8, 1 / 8))
    assert shares["chain", "open"] == pytest.approx(5 / 8)
    for path in ("process", "product", "functional", "chain"):
        assert sum(v for (p, _), v in shares.items() if p == path) == pytest.approx(1)


def with_outcomes(functional, seed=0, n=60):
    rng = np.random.default_rng(seed)
    captive = np.arange(n) < n // 2
    given = {
        "complexity": np.where(captive, 0.9, 0.1), "codif": np.full(n, 0.9), "tech_level": np.where(captive, 0.1, 0.9), "rd": np.where(captive, 0.1, 0.9),
        "own_brand": rng.normal(size=n) + functional * captive, "design_own": np.where(captive, 0.0, 1.0), "proc": rng.normal(size=n) + 2 * captive,
        "unscored": rng.normal(size=n),
    }  # fmt: skip
    declared = {
        "own_brand": ("functional_upgrading", "outcome", 1), "design_own": ("functional_upgrading", "outcome", 1),
        "proc": ("process_upgrading", "outcome", 1), "unscored": ("product_upgrading", "outcome", 0),
    }  # fmt: skip
    return small_cluster(size=n, indicators=given, declared=declared)


def test_outcomes_agree_where_captive_and_market_firms_upgrade_as_the_text_says():
    made = with_outcomes(-2.0)
    found = measure_chain_governance(made)
    verdict = {r["unit"]: r["category"] for r in rows_of(found, "path_gate_agreement")}
    assert verdict == {"process": "agrees", "functional": "agrees"}
    assert {
        r["unit"]
        for r in rows_of(measure_chain_governance(with_outcomes(2.0)), "path_gate_agreement")
        if r["category"] == "disagrees"
    } == {"functional"}
    # Own design makes up capability, so it cannot show what capability does.
    brand = made.indicator("own_brand")
    assert outcome_of(made, "functional") == pytest.approx(stats.zscore(brand, ddof=1))
    difference = {r["unit"]: r for r in rows_of(found, "path_gate_difference")}
    z = stats.zscore(brand, ddof=1)
    test = stats.ttest_ind(z[30:], z[:30], equal_var=False)
    interval = test.confidence_interval(0.95)
    row = difference["functional"]
    assert (row["value"], row["low"], row["high"]) == pytest.approx(
        (z[30:].mean() - z[:30].mean(), interval.low, interval.high)
    )
    assert difference["product"]["withheld"] == "withheld: no answer of the questionnaires tells of this path"
    # Market chains slow process upgrading, so firms in captive chains have more of it.
    process = stats.zscore(made.indicator("proc"), ddof=1)
    assert difference["process"]["value"] == pytest.approx(process[:30].mean() - process[30:].mean())


def test_hierarchies_proper_are_on_neither_side():
    n = 60
    hierarchy, captive = np.arange(n) < 20, (np.arange(n) >= 20) & (np.arange(n) < 40)
    brand = np.where(hierarchy, 9.0, np.where(captive, -1.0, 1.0)) + np.arange(n) / 100
    able = np.where(hierarchy | captive, 0.1, 0.9)
    given = {
        "complexity": np.full(n, 0.9), "codif": np.where(hierarchy, 0.1, 0.9), "tech_level": able, "rd": able, "own_brand": brand,
    }  # fmt: skip
    made = small_cluster(
        size=n, indicators=given, declared={"own_brand": ("functional_upgrading", "outcome", 1)}
    )
    found = measure_chain_governance(made)
    assert rows_of(found, "gvc_governance_share", "hierarchy")[0]["value"] == pytest.approx(1 / 3)
    (one,) = [r for r in rows_of(found, "path_gate_difference") if r["unit"] == "functional"]
    z = stats.zscore(brand, ddof=1)
    assert one["value"] == pytest.approx(z[40:].mean() - z[20:40].mean())
    assert one["n"] == 40


def test_a_null_difference_is_found_no_more_often_than_it_should():
    rng = np.random.default_rng(11)
    missed = 0
    for _ in range(400):
        one, other = rng.normal(size=18), 2 * rng.normal(size=25)
        _, low, high = mean_difference(one, other)
        missed += not low <= 0 <= high
    assert 0.02 <= missed / 400 <= 0.09
    assert math.isnan(mean_difference(np.ones(4), np.ones(5))[1])


def test_few_firms_on_a_side_are_no_comparison():
    made = with_outcomes(0.0, n=4)
    (held,) = [
        r for r in rows_of(measure_chain_governance(made), "path_gate_difference") if r["unit"] == "process"
    ]
    assert held["withheld"].startswith(
        "withheld: 2 firm(s) whose governance helps the path and 2 whose governance slows or blocks it"
    )


def test_few_answers_withhold_types_once():
    degrees = np.full((3, 10), 0.9)
    degrees[:, 4:] = NAN
    found = measure_chain_governance(of_degrees(degrees))
    held = [r["measure"] for r in found.rows if r.get("withheld")]
    assert held.count("gvc_governance_share") == 1
    assert not rows_of(found, "gvc_governance_mode")
    assert "less than the 60%" in rows_of(found, "gvc_governance_share")[0]["withheld"]


def test_of_a_text_the_stated_type_decides_the_gates():
    chain = pd.DataFrame([{"item": "governance_type", "category": "captive"}])
    found = measure_chain_governance(
        small_cluster(size=3, boundary="text", tables={"chain": chain}, settings=MechanismSettings(draws=50))
    )
    stated = {r["unit"]: r["category"] for r in rows_of(found, "path_gate")}
    assert stated == {"process": "helped", "product": "helped", "functional": "blocked", "chain": "open"}
    assert found.firms["gvc_governance"].tolist() == [""] * 3
    methods = {r["unit"]: r["method"] for r in rows_of(found, "path_gate")}
    assert methods["functional"] == "what the source claims in general of captive chains, the type it names"
    assert methods["chain"].startswith("the source claims nothing of this path in captive chains")
    silent = measure_chain_governance(small_cluster(size=3, boundary="text"))
    assert all(r["withheld"] for r in rows_of(silent, "path_gate"))


def test_a_gate_is_a_general_claim_beside_which_stands_what_is_said_of_the_cluster():
    chain = pd.DataFrame(
        [
            {"item": "governance_type", "category": "captive", "section": "7.2", "paragraphs": "2", "note": ""},
            {"item": "governance_contrary", "category": "not_captive", "section": "7.2", "paragraphs": "1;3", "note": ""},
        ]
    )  # fmt: skip
    said = pd.DataFrame(
        [("functional_upgrading", "achieved", 1, 3), ("functional_upgrading", "lacking", -1, 1), ("process_upgrading", "recommended", 1, 2)],
        columns=["construct", "state", "polarity", "strength"],
    ).assign(cluster="valley", wave="2009", coder="a", section="7.2", paragraphs="1", sentence=1)  # fmt: skip
    made = small_cluster(size=2, boundary="text", tables={"chain": chain, "statements": said})
    gates = {r["unit"]: r for r in rows_of(measure_chain_governance(made), "path_gate")}
    assert gates["functional"]["category"] == "blocked"
    assert gates["functional"]["method"] == (
        "what the source claims in general of captive chains, the type it names (7.2 paragraph 2); the source also says the opposite of this "
        "cluster (7.2 paragraphs 1, 3); its statements on this path: balance +0.50, n 2"
    )
    # A recommendation is no evidence.
    assert "statements" not in gates["process"]["method"]


def test_a_category_that_an_item_cannot_have_is_an_error():
    chain = pd.DataFrame([{"item": "governance_type", "category": "buyer"}])
    with pytest.raises(
        GumflowError, match=r"chain\.csv: governance_type has the category 'buyer'; allowed: market, modular"
    ):
        stated_of(small_cluster(size=1, tables={"chain": chain}), "governance_type")


def test_a_note_is_a_place_too():
    chain = pd.DataFrame(
        [{"item": "driver", "category": "mixed", "section": "", "paragraphs": "", "note": "4:15"}]
    )
    assert stated_of(small_cluster(size=1, tables={"chain": chain}), "driver") == [
        Stated("mixed", " (note 4:15)")
    ]
