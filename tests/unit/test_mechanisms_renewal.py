"""Renewal of social capital: by hand, against sets of pairs, and with waves that cannot be compared."""

import warnings

import numpy as np
import pandas as pd
import pytest
from small_clusters import named, small_cluster

from gumflow.mechanisms.cluster import MechanismSettings
from gumflow.mechanisms.renewal import measure_renewal


def row_of(found, measure, layer):
    (row,) = [r for r in found.rows if r["measure"] == measure and r.get("layer", "") == layer]
    return row


def renamed(cluster, names):
    """Call firms by other names, in the order n00, n01, ...; ties, members and all."""
    call = dict(zip([named(i) for i in range(len(names))], names, strict=True))
    cluster.members.index = cluster.members.index.map(lambda name: call.get(name, name))
    cluster.members.index.name = "actor"
    for end in ("source", "target"):
        cluster.ties[end] = cluster.ties[end].map(lambda name: call.get(name, name))
    cluster.indicators.index = pd.Index([call.get(n, n) for n in cluster.indicators.index], name="actor")
    from small_clusters import _networks

    cluster.networks.update(_networks(cluster))
    return cluster


PIPES = [("buyer_a", 0), ("buyer_b", 1)]


def two_waves():
    """Firms 0 to 4 stay, 5 leaves and 6 comes. Social: 0-1 and 1-2 hold, 2-3 is lost, 0-3 and 3-4 are new, 4-6 flows in; 0-5 left."""
    asked = {"rd": [1.0] * 6}
    earlier = small_cluster(
        {"social": [(0, 1), (1, 2), (2, 3), (0, 5)], "pipeline": PIPES},
        size=6, wave="2007", outside={"buyer_a": "buyer", "buyer_b": "buyer"}, indicators=asked,
    )  # fmt: skip
    later = small_cluster(
        {"social": [(0, 1), (1, 2), (0, 3), (3, 4), (4, 5)], "pipeline": [*PIPES, ("buyer_b", 0), (2, "buyer_b")]},
        size=6, outside={"buyer_a": "buyer", "buyer_b": "buyer"}, earlier=earlier, indicators=asked,
    )  # fmt: skip
    return renamed(later, [named(i) for i in (0, 1, 2, 3, 4, 6)])


def test_ties_are_copied_rebuilt_flowing_in_and_lost_by_hand():
    found = measure_renewal(two_waves())
    # Ties that begin and end among those who stayed count at both ends, as those with newcomers do.
    assert row_of(found, "ties_copied_share", "social")["value"] == pytest.approx(2 / 5)
    assert row_of(found, "ties_rebuilt_share", "social")["value"] == pytest.approx(2 / 5)
    assert row_of(found, "ties_inflow_share", "social")["value"] == pytest.approx(1 / 5)
    assert row_of(found, "ties_lost_share", "social")["value"] == pytest.approx(1 / 3)
    copied = row_of(found, "ties_copied_share", "social")
    assert copied["low"] <= copied["value"] <= copied["high"]
    assert copied["n"] == 6
    assert copied["unit"] == "social_capital.renewal"
    expected = {0: 1 / 2, 1: 0, 2: 0, 3: 1, 4: 1}
    shares = found.firms["ties_renewed_share"]
    assert shares.dropna().to_dict() == pytest.approx({named(i): v for i, v in expected.items()})
    assert np.isnan(shares[named(6)]), "a firm that came has no wave before"


def test_new_partners_outside_are_those_that_were_not_there_before():
    found = measure_renewal(two_waves())
    # Firm 0 took in buyer_b and firm 2 buyer_b; five firms answered in both waves.
    row = row_of(found, "outside_partners_new_mean", "pipeline")
    assert row["value"] == pytest.approx(2 / 5)
    assert row["n"] == 5


def test_layers_that_a_wave_does_not_report_are_withheld_by_name():
    found = measure_renewal(two_waves())
    for layer in ("trust", "knowledge"):
        assert layer in row_of(found, "ties_copied_share", layer)["withheld"]
    earlier = small_cluster({"social": [(0, 1)]}, size=4, wave="2007")
    found = measure_renewal(
        small_cluster(
            {"trust": [(0, 1)], "pipeline": [("b", 0)]}, size=4, outside={"b": "buyer"}, earlier=earlier
        )
    )
    reason = row_of(found, "ties_copied_share", "trust")["withheld"]
    assert reason.startswith("withheld: no tie of trust is reported in wave 2007")
    assert "no tie of pipeline" in row_of(found, "outside_partners_new_mean", "pipeline")["withheld"]
    assert found.firms["ties_renewed_share"].isna().all()


def test_without_an_earlier_wave_there_is_no_renewal():
    found = measure_renewal(small_cluster({"social": [(0, 1)]}))
    (row,) = found.rows
    assert row["withheld"].startswith("withheld: there is no earlier wave")
    assert found.firms["ties_renewed_share"].isna().all()


@pytest.mark.parametrize("seed", range(3))
def test_shares_are_those_of_sets_of_observed_pairs(seed):
    """By sets of pairs: only those of firms that answered in both waves count, whoever stayed."""
    rng = np.random.default_rng(seed)
    size, chance = 14, 0.25

    def draw():
        pairs = np.argwhere(rng.random((size, size)) < chance)
        answered = rng.random(size) < 0.8
        return [(int(i), int(j)) for i, j in pairs if i != j and (answered[i] or answered[j])], answered

    (before, told_before), (after, told_after) = draw(), draw()
    earlier = small_cluster(
        {"knowledge": before}, size=size, boundary="roster", responded=told_before, wave="2007"
    )
    later = small_cluster(
        {"knowledge": after}, size=size, boundary="roster", responded=told_after, earlier=earlier,
        settings=MechanismSettings(draws=200, withhold_below=0.3),
    )  # fmt: skip
    found = measure_renewal(later)

    twice = told_before & told_after
    both = {(i, j) for i in range(size) for j in range(size) if twice[i] and twice[j]}
    was, now = set(before) & both, set(after) & both
    assert row_of(found, "ties_copied_share", "knowledge")["value"] == pytest.approx(
        len(was & now) / len(now)
    )
    assert row_of(found, "ties_rebuilt_share", "knowledge")["value"] == pytest.approx(
        len(now - was) / len(now)
    )
    assert row_of(found, "ties_inflow_share", "knowledge")["value"] == 0
    assert row_of(found, "ties_lost_share", "knowledge")["value"] == pytest.approx(len(was - now) / len(was))
    for i in range(size):
        mine = {t for t in now if i in t}
        share = found.firms["ties_renewed_share"].iloc[i]
        if told_before[i] and told_after[i] and mine:
            assert share == pytest.approx(len(mine - was) / len(mine))
        else:
            assert np.isnan(share)


def test_ties_that_others_report_of_firms_that_did_not_answer_are_no_renewal():
    """Firm 4 left the first wave unanswered and 5 the second: of both only ties that were reported are known."""
    before, after = [(0, 1), (1, 2), (4, 0), (5, 0)], [(0, 1), (2, 3), (0, 4), (5, 1), (6, 0), (6, 5)]
    size = {"undirected": (), "boundary": "roster"}
    earlier = small_cluster({"knowledge": before}, size=6, responded=[1, 1, 1, 1, 0, 1], wave="2007", **size)
    later = small_cluster(
        {"knowledge": after}, size=7, responded=[1, 1, 1, 1, 1, 0, 1], earlier=earlier, **size
    )
    found = measure_renewal(later)
    values = {
        kind: row_of(found, f"ties_{kind}_share", "knowledge")["value"]
        for kind in ("copied", "rebuilt", "inflow", "lost")
    }
    # Now 0-1 (copied), 2-3 (rebuilt), 6-0 (inflow); before 0-1 and 1-2.
    assert values == pytest.approx({"copied": 1 / 3, "rebuilt": 1 / 3, "inflow": 1 / 3, "lost": 1 / 2})
    nobody = {"size": 6, "responded": [0] * 6, "boundary": "roster"}
    silent = small_cluster(
        {"knowledge": before}, earlier=small_cluster({"knowledge": before}, wave="2007", **nobody), **nobody
    )
    (row,) = measure_renewal(silent).rows
    assert row["withheld"].startswith("withheld: 0% of the firms present in both waves answered in both")


def test_two_equal_waves_have_all_ties_copied():
    ties = {"social": [(0, 1), (1, 2), (2, 3)]}
    found = measure_renewal(small_cluster(ties, size=4, earlier=small_cluster(ties, size=4, wave="2007")))
    assert row_of(found, "ties_copied_share", "social")["value"] == 1
    assert row_of(found, "ties_lost_share", "social")["value"] == 0
    assert (found.firms["ties_renewed_share"] == 0).all()


ALL = [(i, j) for i in range(4) for j in range(4) if i < j]
WAVES = {
    "no firm": [{"size": 0}] * 2,
    "one firm": [{"size": 1}] * 2,
    "no tie": [{"size": 4}] * 2,
    "all ties": [{"layers": {"social": ALL}}] * 2,
    "one tie": [{"layers": {"social": [(0, 1)]}, "size": 4}] * 2,
    "nobody answered": [{"layers": {"social": ALL}, "boundary": "roster", "responded": [0] * 4}] * 2,
    "nobody stayed": [{"layers": {"social": ALL}}, {"size": 0}],
    "a text": [{"layers": {"social": ALL}, "boundary": "text"}] * 2,
    "a sample": [{"layers": {"social": ALL}, "boundary": "sample"}] * 2,
}


@pytest.mark.parametrize("name", WAVES)
def test_waves_that_bear_little_give_finite_values_or_reasons(name):
    before, after = WAVES[name]
    cluster = small_cluster(**after, earlier=small_cluster(**before, wave="2007"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure_renewal(cluster)
    assert len(found.firms) == len(cluster.firms)
    assert found.rows
    for row in found.rows:
        assert row.get("withheld") or np.isfinite(row["value"]), row
    if name not in ("all ties", "nobody answered"):
        assert all(row.get("withheld") for row in found.rows)
