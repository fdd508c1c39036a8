"""Two-way action of factors: against plain regressions, definitions and hand-computed cases, and what was put in."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_clusters import MODEL, named, small_cluster

from gumflow.inference.firm_regressions import FirmData, least_squares
from gumflow.inference.two_way import (
    coordination,
    coordination_degrees,
    couplings,
    cross_lagged,
    estimate_two_way,
    holm,
    interactions,
    moderation,
    ranked,
    wave_before,
)
from gumflow.measures.registry import label_of
from gumflow.mechanisms.cluster import MechanismSettings

FACTORS = list(MODEL.factors)
SCORES = [f"score_{f}" for f in FACTORS]


def panel(seed, n=70, effect=0.0, kept=1.0, draws=200):
    """Draw two waves: every score keeps half of itself, and innovation gets `effect` of learning; `kept` of the firms stay."""
    rng = np.random.default_rng(seed)
    settings = MechanismSettings(draws=draws)
    first = small_cluster(size=n, responded=[1] * n, settings=settings, wave="2007")
    later = small_cluster(size=n, responded=[1] * n, settings=settings, wave="2009", earlier=first)
    stay = [named(i) for i in range(round(kept * n))]
    before = pd.DataFrame(rng.normal(size=(n, 7)), index=[named(i) for i in range(n)], columns=SCORES)
    after = 0.5 * before + math.sqrt(0.75) * rng.normal(size=(n, 7))
    after["score_innovation"] += effect * before["score_learning"]
    return FirmData(first, before.loc[stay]), FirmData(later, after)


def keyed(rows):
    return {(r["measure"], r["unit"], r.get("category", "")): r for r in rows}


def test_cross_lagged_effects_are_those_of_plain_regressions():
    before, after = panel(1)
    found = keyed(cross_lagged(after, before))
    effects = {k: r for k, r in found.items() if k[0] == "cross_lagged_effect"}
    assert len(effects) == 2 * len(couplings(after)) == 28
    p = []
    for (_, unit, category), row in effects.items():
        cause, effect = category.split(" > ")
        assert unit in (f"{cause}.{effect}", f"{effect}.{cause}")
        z = stats.zscore(
            np.column_stack(
                [
                    before.values(f"score_{effect}"),
                    before.values(f"score_{cause}"),
                    after.values(f"score_{effect}"),
                ]
            )
        )
        assert row["value"] == pytest.approx(np.linalg.lstsq(z[:, :2], z[:, 2])[0][1])
        assert row["low"] < row["value"] < row["high"]
        p.append(least_squares(z[:, 2], np.column_stack([np.ones(70), z[:, :2]])).p_values()[2])
    adjusted = [found["cross_lagged_p", unit, category]["value"] for _, unit, category in effects]
    assert adjusted == pytest.approx(stepped(p))


def stepped(p):
    """Adjust by Holm's method as it is told: the k-th smallest of m times m - k + 1, never below the one before."""
    done, last = [0.0] * len(p), 0.0
    for k, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        last = max(last, min(1.0, (len(p) - k) * p[i]))
        done[i] = last
    return done


def test_holm_by_hand():
    assert holm(np.array([0.01, math.nan, 0.04, 0.03])) == pytest.approx(
        [0.03, math.nan, 0.06, 0.06], nan_ok=True
    )
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]
    assert holm(np.empty(0)).size == 0


def test_a_planted_action_is_found_in_its_direction_alone():
    forward, backward, any_false = [], [], []
    for seed in range(14):
        found = keyed(cross_lagged(*panel(seed, effect=0.5, draws=100)[::-1]))
        forward.append(
            found["cross_lagged_p", "learning.innovation", "learning > innovation"]["value"] < 0.05
        )
        row = found["cross_lagged_effect", "learning.innovation", "innovation > learning"]
        backward.append(row["low"] > 0 or row["high"] < 0)
        p = [
            r["value"]
            for k, r in found.items()
            if k[0] == "cross_lagged_p" and k[2] != "learning > innovation"
        ]
        any_false.append(min(p) < 0.05)
    assert sum(forward) >= 10
    assert sum(backward) <= 3
    assert sum(any_false) <= 3  # in any of 27 tests at once


def test_only_firms_of_both_waves_are_compared():
    before, after = panel(2, kept=0.8)
    row = keyed(cross_lagged(after, before))[
        "cross_lagged_effect", "learning.innovation", "learning > innovation"
    ]
    assert (row["n"], row["coverage"]) == (56, 0.8)
    # A firm that is new in the later wave has no earlier score, wherever it stands in the list.
    fresh = small_cluster(
        size=71,
        responded=[1] * 71,
        settings=MechanismSettings(draws=200),
        wave="2009",
        earlier=before.cluster,
    )
    table = pd.concat([after.table, pd.DataFrame(0.3, index=["n70"], columns=SCORES)])
    more = keyed(cross_lagged(FirmData(fresh, table), before))[
        "cross_lagged_effect", "learning.innovation", "learning > innovation"
    ]
    assert (more["n"], more["value"]) == (56, pytest.approx(row["value"]))
    assert more["coverage"] == 0.8


def test_cross_lagged_effects_are_withheld_with_the_reason():
    before, after = panel(3)
    alone = cross_lagged(after, None)
    assert [(r["measure"], r["unit"]) for r in alone] == [("cross_lagged_effect", "all")]
    assert "needs a wave before" in alone[0]["withheld"]
    few = cross_lagged(after, panel(3, kept=0.2)[0])
    assert few[0]["withheld"].startswith(
        f"withheld: 14 firm(s) have all of {label_of('score_learning')} at the wave before; "
    )
    assert len(few) == 1
    none = cross_lagged(FirmData(after.cluster, after.table[[]]), before)
    assert [r["unit"] for r in none] == ["all"]
    without = FirmData(after.cluster, after.table.drop(columns="score_public_policy"))
    found = keyed(cross_lagged(without, before))
    assert found["cross_lagged_effect", "public_policy.learning", ""]["withheld"].startswith(
        f"withheld: no firm has {label_of('score_public_policy')}"
    )
    assert ("cross_lagged_effect", "lead_firms.learning", "learning > lead_firms") in found
    text = small_cluster(size=70, boundary="text")
    assert "a text states" in cross_lagged(FirmData(text, after.table), before)[0]["withheld"]
    copied = before.table.assign(score_innovation=before.table["score_learning"])
    row = keyed(cross_lagged(after, FirmData(before.cluster, copied)))[
        "cross_lagged_effect", "learning.innovation", "learning > innovation"
    ]
    assert row["withheld"].startswith("undefined: the two factors are collinear")


def test_the_wave_before_is_found_by_its_name():
    before, after = panel(4)
    assert wave_before(after, [after, before]) is before
    assert wave_before(before, [after, before]) is None
    assert wave_before(after, [after]) is None


def test_an_interaction_is_that_of_the_raw_product():
    rng = np.random.default_rng(5)
    x, m = rng.normal(3, 2, 60), rng.exponential(size=60)
    y = x + m + 0.5 * x * m + rng.normal(size=60)
    counts = np.vstack([np.ones(60), rng.multinomial(60, np.full(60, 1 / 60), 3)]).astype(float)
    for drawn, times in zip(interactions(counts, y, x, m), counts, strict=True):
        xs, ms, ys = (np.repeat(v, times.astype(int)) for v in (x, m, y))
        b = np.linalg.lstsq(np.column_stack([np.ones(60), xs, ms, xs * ms]), ys)[0][3]
        assert drawn == pytest.approx(b * xs.std() * ms.std() / ys.std())
        # Centered anywhere, it is the same.
        moved = np.linalg.lstsq(np.column_stack([np.ones(60), xs, ms, (xs - 7) * (ms + 2)]), ys)[0][3]
        assert moved == pytest.approx(b)
    assert np.isnan(interactions(counts, y, x, np.ones(60))).all()


def test_moderation_is_found_where_it_was_planted():
    hits, false = [], []
    for seed in range(14):
        _, after = panel(seed + 50)
        table = after.table.copy()
        table["score_social_capital"] += 0.7 * table["score_external_linkage"] * table["score_public_policy"]
        found = keyed(moderation(FirmData(after.cluster, table)))
        row = found["policy_moderation", "external_linkage.social_capital", "public_policy"]
        hits.append(row["low"] > 0)
        assert (row["n"], row["coverage"]) == (70, 1.0)
        binding = [r for k, r in found.items() if k[0] == "governance_binding"]
        assert len(binding) == 6
        false += [r["low"] > 0 or r["high"] < 0 for r in binding]
    assert sum(hits) >= 11
    assert np.mean(false) < 0.12
    none = keyed(moderation(FirmData(after.cluster, after.table.drop(columns="score_governance"))))
    assert [k for k in none if k[0] == "governance_binding"] == [("governance_binding", "all", "")]
    assert f"no firm has {label_of('score_governance')}" in none["governance_binding", "all", ""]["withheld"]


def test_coordination_by_hand():
    # Equal levels: C = 1, D = sqrt(U); .2 beside .8: C = sqrt(.4 * .25), T = .5.
    assert coordination_degrees(np.array([[0.25, 0.25], [0.2, 0.8], [0.8, 0.2]])) == pytest.approx(
        [0.5, *[math.sqrt(math.sqrt(0.1) * 0.5)] * 2]
    )
    grid = (np.arange(300) + 0.5) / 300
    a, b = np.meshgrid(grid, grid)
    assert coordination_degrees(np.column_stack([a.ravel(), b.ravel()])).mean() == pytest.approx(
        0.51, abs=0.005
    )
    assert coordination_degrees(np.column_stack([grid, grid])).mean() == pytest.approx(2 / 3, abs=1e-3)
    levels = ranked(np.array([[5.0, 1], [7, math.nan], [9, 1], [9, 0]]))
    assert levels == pytest.approx(
        np.array([[1 / 6, 2 / 3], [math.nan] * 2, [2 / 3, 2 / 3], [2 / 3, 1 / 6]]), nan_ok=True
    )


def test_coordination_of_a_cluster():
    _, after = panel(6)
    found = keyed(coordination(after))
    assert len(found) == 14
    row = found["coupling_coordination", "learning.innovation", ""]
    u = (
        np.column_stack([stats.rankdata(after.values(f"score_{f}")) for f in ("learning", "innovation")])
        - 0.5
    ) / 70
    low, high = u.min(axis=1), u.max(axis=1)
    by_hand = np.sqrt(np.sqrt((1 - abs(u[:, 1] - u[:, 0])) * low / high) * u.sum(axis=1) / 2)
    assert row["value"] == pytest.approx(by_hand.mean())
    assert row["low"] < row["value"] < row["high"]
    # Any score that orders firms alike gives the same.
    bent = FirmData(after.cluster, np.exp(after.table))
    assert keyed(coordination(bent))["coupling_coordination", "learning.innovation", ""][
        "value"
    ] == pytest.approx(row["value"])
    none = coordination(FirmData(after.cluster, after.table[[]]))
    assert len(none) == 1
    assert none[0]["withheld"].startswith(f"withheld: no firm has {label_of('score_learning')}")


def test_all_three_come_together():
    before, after = panel(7)
    measures = {r["measure"] for r in estimate_two_way(after, [before, after])}
    assert measures == {
        "cross_lagged_effect",
        "cross_lagged_p",
        "policy_moderation",
        "governance_binding",
        "coupling_coordination",
    }
