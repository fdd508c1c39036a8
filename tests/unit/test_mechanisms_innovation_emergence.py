"""Fields of knowledge, technology space, the cost condition and the probability that an innovation network emerges."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_clusters import MechanismSettings, small_cluster

from gumflow.measures.registry import get_measure
from gumflow.mechanisms.emergence import (
    emergence_curves,
    emergence_probability,
    relative_space,
    technology_space,
    technology_space_curve,
)
from gumflow.mechanisms.innovation_emergence import (
    field_work,
    firm_technology_space,
    innovation_costs,
    knowledge_fields,
    measure_emergence,
    ticked_share,
)

JOINT = [(0, 1), (0, 2), (1, "school"), (2, 3), (4, "school")]
ANSWERS = [
    (0, "R04.fields", 1, "process", 1),
    (1, "R04.fields", 0, "testing", 1),
    (0, "R04.fields", 2, "materials", 1),
    (2, "R04.fields", 3, "materials", 1),
    (1, "R04.fields", "school", "process", 1),
    (0, "R07.years", 1, "", 4),
    (1, "R07.years", 0, "", 6),
    (0, "R07.years", 2, "", 2),
    (2, "R07.years", 3, "", 0),
    (1, "R07.years", "school", "", 10),
]


def example(extra=(), **changes):
    given = {"size": 6, "bodies": {"school": "university"}, "answers": [*ANSWERS, *extra]} | changes
    return small_cluster({"innovation": JOINT}, **given)


def rows_of(cluster):
    table = pd.DataFrame(measure_emergence(cluster).rows)
    for column in ("category", "withheld"):
        table[column] = table[column].fillna("") if column in table else ""
    return table.set_index(["measure", "category"]).sort_index()


def test_technology_space_counts_the_combinations_of_two_or_more_fields():
    for fields in range(9):
        subsets = sum(1 for k in range(2, fields + 1) for _ in itertools.combinations(range(fields), k))
        assert technology_space(fields) == subsets
    assert np.isnan(technology_space(np.nan))


def test_the_curve_of_technology_space_has_both_readings():
    curve = technology_space_curve(5)
    assert curve["knowledge_fields"].tolist() == [0, 1, 2, 3, 4, 5]
    assert curve["technology_space"].tolist() == [0, 0, 1, 4, 11, 26]
    assert curve["technology_space_pairs"].tolist() == [math.comb(k, 2) for k in range(6)]


def test_the_probability_by_hand():
    assert emergence_probability(20, 4) == pytest.approx(1 - math.exp(-0.5))
    assert emergence_probability(20, 4, pays=0.25) == pytest.approx((1 - math.exp(-0.5)) / 4)
    assert emergence_probability(20, 4, 0.5, scale=0.2, exponent=2) == pytest.approx(1 - math.exp(-0.25))
    # A technology of this year is one year old.
    assert emergence_probability(20, 0) == emergence_probability(20, 1)


COUNTS = st.floats(0, 500)
LIVES = st.floats(1, 60)


@settings(max_examples=150, deadline=None)
@given(
    m=COUNTS,
    more=st.floats(0.1, 50),
    life=LIVES,
    longer=st.floats(0.1, 30),
    space=st.floats(0, 1),
    gamma=st.floats(0, 3),
)
def test_what_the_text_says_of_the_probability(m, more, life, longer, space, gamma):
    p = emergence_probability(m, life, space, exponent=gamma)
    assert 0 <= p <= 1
    assert emergence_probability(m + more, life, space, exponent=gamma) >= p
    assert emergence_probability(m, life + longer, space, exponent=gamma) <= p
    assert emergence_probability(0, life, space, exponent=gamma) == 0
    assert emergence_probability(m, life, space, pays=0, exponent=gamma) == 0


def test_the_probability_rises_and_falls_strictly_where_it_is_not_full():
    curves = emergence_curves([5, 10, 20], [1, 2, 5, 10, 20])
    wide = curves.pivot_table("network_emergence_probability", "core_participants", "technology_life")
    assert (np.diff(wide.to_numpy(), axis=0) > 0).all()
    assert (np.diff(wide.to_numpy(), axis=1) < 0).all()
    assert len(curves) == 15
    assert emergence_curves([], []).empty


def test_relative_space_runs_from_none_to_all():
    omega = relative_space([0, 1, 2, 5, 8], 8)
    assert omega[:2].tolist() == [0, 0]
    assert omega[-1] == 1
    assert (np.diff(omega[1:]) > 0).all()
    assert relative_space([0, 1], 1).tolist() == [0, 0]


def test_fields_of_firms_by_hand():
    # 3 by the report of 2; 4 has a joint project whose field nobody tells; 5 has none.
    np.testing.assert_array_equal(knowledge_fields(example()), [3, 2, 1, 1, np.nan, 0])
    np.testing.assert_array_equal(firm_technology_space(example()), [4, 1, 0, 0, np.nan, 0])
    silent = example(responded=[1, 1, 1, 0, 1, 1])
    np.testing.assert_array_equal(knowledge_fields(silent), [3, 2, 1, np.nan, np.nan, 0])
    found = field_work(example())
    assert found.fields == ("materials", "process", "testing")
    school = found.active[list(found.actors).index("school")]
    assert school.tolist() == [False, True, False]


def test_fields_by_hand_in_the_rows():
    table = rows_of(example())
    assert table.loc[("knowledge_fields_mean", ""), "value"] == pytest.approx(7 / 5)
    assert table.loc[("technology_space_mean", ""), "value"] == pytest.approx(1)
    assert table.loc["core_participants", "value"].to_dict() == {
        "materials": 3,
        "process": 2,
        "testing": 2,
        "all": 4,
    }
    life = table.loc["technology_life", "value"].to_dict()
    assert life == pytest.approx({"materials": 1, "process": 7, "testing": 6, "all": 22 / 5})
    complexity = table.loc["field_complexity", "value"].to_dict()
    assert complexity == pytest.approx({"materials": 5 / 3, "process": 5 / 2, "testing": 5 / 2, "all": 7 / 4})
    chance = table.loc["network_emergence_probability", "value"].to_dict()
    expected = {
        "materials": 1 - math.exp(-0.3),
        "process": 1 - math.exp(-0.2 / 7),
        "testing": 1 - math.exp(-0.2 / 6),
    }
    assert chance == pytest.approx(expected | {"all": sum(expected.values()) / 3})
    assert "not asked" in table.loc[("network_emergence_probability", "all"), "method"]
    assert table.loc[("cost_condition_share", ""), "withheld"].startswith(
        "withheld: what makes own design hard"
    )


BARRIERS = [
    (0, "NB26.barriers", "", "staff", 1),
    (0, "NB26.barriers", "", "finance", 1),
    (1, "NB26.barriers", "", "partners", 1),
    (2, "NB26.barriers", "", "technology", 1),
    (2, "NB26.barriers", "", "universities", 1),
    (5, "NB26.barriers", "", "", 0),
]


def test_the_cost_condition_by_hand():
    costs = innovation_costs(example(BARRIERS))
    np.testing.assert_allclose(costs["innovation_cost_alone"], [0.4, 0, 0.2, np.nan, np.nan, 0])
    # 0 shares with two partners, 2 with two; 1 lacks one of two; 5 feels nothing.
    np.testing.assert_allclose(
        costs["innovation_cost_joint"], [0.4 / 3, 0.5, 0.5 + 0.2 / 3, np.nan, np.nan, 0]
    )
    np.testing.assert_array_equal(costs["cooperation_pays"], [1, 0, 0, np.nan, np.nan, 1])
    # The fewest answers that the gate lets through are three in five.
    lenient = example(BARRIERS, settings=MechanismSettings(draws=200, withhold_below=0.5))
    table = rows_of(lenient)
    assert table.loc[("cost_condition_share", ""), "value"] == pytest.approx(1 / 2)
    chance = table.loc["network_emergence_probability", "value"]
    # In materials 0, 2 and 3 work; of those who told, 0 gains from joint work and 2 does not.
    assert chance["materials"] == pytest.approx((1 - math.exp(-0.3)) / 2)


def test_more_partners_never_make_joint_work_dearer():
    alone = example(BARRIERS)
    more = small_cluster(
        {"innovation": [*JOINT, (0, 4), (1, 5), (2, 5)]},
        size=6,
        bodies={"school": "university"},
        answers=[*ANSWERS, *BARRIERS],
    )
    before, after = (innovation_costs(c)["innovation_cost_joint"] for c in (alone, more))
    known = ~np.isnan(before)
    assert (after[known] <= before[known]).all()
    assert after[0] < before[0]


def test_ticked_share_tells_no_tick_from_no_answer():
    cluster = example(BARRIERS)
    share = ticked_share(cluster, ("NB26.barriers",), ("staff", "finance"))
    np.testing.assert_array_equal(share, [1, 0, 0, np.nan, np.nan, 0])


def planted(rng, firms, fields_of, years):
    joint, answers = set(), []
    for field, size in fields_of.items():
        active = rng.choice(firms, size, replace=False)
        for one, other in zip(active[::2], active[1::2], strict=True):
            pair = (int(min(one, other)), int(max(one, other)))
            if pair not in joint:
                joint.add(pair)
                answers += [
                    (pair[0], "R04.fields", pair[1], field, 1),
                    (pair[0], "R07.years", pair[1], "", int(rng.poisson(years[field]))),
                ]
    return sorted(joint), answers


def test_planted_fields_are_ranked_by_participants_over_life():
    rng = np.random.default_rng(8)
    sizes = {"young_large": 40, "young_small": 10, "old_large": 40, "old_small": 10}
    years = {"young_large": 3, "young_small": 3, "old_large": 12, "old_small": 12}
    joint, answers = planted(rng, 120, sizes, years)
    table = rows_of(small_cluster({"innovation": joint}, size=120, answers=answers))
    order = table.loc["network_emergence_probability", "value"].drop("all").sort_values().index.tolist()
    assert order == ["old_small", "old_large", "young_small", "young_large"] or order == [
        "old_small", "young_small", "old_large", "young_large",
    ]  # fmt: skip
    rows = table.loc["network_emergence_probability"]
    assert (rows["low"] <= rows["value"]).all()
    assert (rows["value"] <= rows["high"]).all()
    assert table.loc[("core_participants", "young_large"), "value"] == pytest.approx(40, abs=2)


def test_intervals_of_the_number_of_participants_cover_the_share_in_the_population():
    """Firms of a field are drawn from a population in which 30 % are active; the interval of their number should hold 30 % of the firms."""
    hits = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        active = np.flatnonzero(rng.random(40) < 0.3)
        joint = [(int(i), "school") for i in active]
        answers = [(int(i), "R04.fields", "school", "process", 1) for i in active]
        cluster = small_cluster(
            {"innovation": joint}, size=40, bodies={"school": "university"}, answers=answers, seed=seed
        )
        row = rows_of(cluster).loc[("core_participants", "process")]
        hits += row["low"] <= 12 <= row["high"]
    assert hits >= 25


def test_fields_without_years_have_no_probability_and_say_so():
    told = [(0, "R04.fields", 1, "process", 1), (1, "R04.fields", 2, "process", 1)]
    cluster = small_cluster({"innovation": [(0, 1), (1, 2), (0, 3)]}, size=4, answers=told)
    table = rows_of(cluster)
    assert table.loc[("core_participants", "process"), "value"] == 3
    for name in ("technology_life", "network_emergence_probability"):
        for category in ("process", "all"):
            assert table.loc[(name, category), "withheld"].startswith("undefined: ")


def test_without_fields_everything_that_rests_on_them_is_withheld():
    table = rows_of(small_cluster({"innovation": JOINT}, size=6, bodies={"school": "university"}))
    for name in ("knowledge_fields_mean", "technology_space_mean", "network_emergence_probability"):
        assert "fields of joint projects" in table.loc[(name, ""), "withheld"]
    assert set(table["withheld"]) != {""}
    assert np.isnan(knowledge_fields(small_cluster(size=3))).all()


def test_years_of_dealing_are_not_called_technology_life():
    life = get_measure("technology_life")
    assert (life.label_en, life.label_zh) == (
        "Years partners have dealt with each other (for technology life)",
        "合作双方往来年数（代替技术生命周期）",
    )
    assert "not technology life" in life.definition
    assert "counted from joint projects themselves" in get_measure("network_emergence_probability").definition
