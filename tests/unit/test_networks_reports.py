"""Two-sided reports: each rule by hand, against a walk over reports, and nothing lost on the way."""

import math

import numpy as np
import pandas as pd
import pytest

from gumflow.contract.errors import GumflowError
from gumflow.networks.reports import RULES, combine_reports

COLUMNS = ["source", "target", "layer", "directed", "state", "strength", "reporter"]


def table(rows, directed=True, layer="knowledge", state="achieved"):
    """Ties from (source, target, strength, reporter)."""
    full = [(s, t, layer, directed, state, w, r) for s, t, w, r in rows]
    return pd.DataFrame(full, columns=COLUMNS).astype({"strength": "float64", "directed": bool})


def strengths(ties):
    return {(r.source, r.target): r.strength for r in ties.itertuples()}


# a -> b by both (4 and 2), b -> c by its sender only (3), c -> a by its receiver only (5).
BOTH_SIDES = table([("a", "b", 4, "a"), ("a", "b", 2, "b"), ("b", "c", 3, "b"), ("c", "a", 5, "a")])


@pytest.mark.parametrize(
    ("rule", "expected", "observed_by", "dropped", "merged"),
    [
        ("union", {("a", "b"): 4, ("b", "c"): 3, ("c", "a"): 5}, "either", 0, 1),
        ("intersection", {("a", "b"): 2}, "either", 2, 1),
        ("sender", {("a", "b"): 4, ("b", "c"): 3}, "sender", 1, 1),
        ("receiver", {("a", "b"): 2, ("c", "a"): 5}, "receiver", 1, 1),
        ("average", {("a", "b"): 3, ("b", "c"): 1.5, ("c", "a"): 2.5}, "either", 0, 1),
    ],
)
def test_each_rule_by_hand(rule, expected, observed_by, dropped, merged):
    ties, agreement = combine_reports(BOTH_SIDES, {"knowledge": rule})
    assert strengths(ties) == expected
    assert set(ties["observed_by"]) == {observed_by}
    row = agreement.iloc[0]
    assert (row["rows"], row["rows_dropped"], row["rows_merged"]) == (4, dropped, merged)
    # One of three ties is confirmed; of six ordered pairs 1 yes-yes, 1 yes-no, 1 no-yes, 3 no-no: kappa = (4/6 - 5/9) / (4/9).
    assert (row["pairs_both_answered"], row["both_yes"], row["only_sender"], row["only_receiver"]) == (6, 1, 1, 1)  # fmt: skip
    assert row["agreement"] == pytest.approx(1 / 3)
    assert row["kappa"] == pytest.approx((4 / 6 - 5 / 9) / (4 / 9))


@pytest.mark.parametrize("rule", ["intersection", "average"])
def test_where_one_side_did_not_answer_the_report_of_the_other_stands(rule):
    ties, agreement = combine_reports(BOTH_SIDES, {"knowledge": rule}, responded={"a", "b"})
    assert strengths(ties)[("b", "c")] == 3
    assert strengths(ties)[("c", "a")] == 5
    assert agreement["pairs_both_answered"].tolist() == [2]
    assert agreement["agreement"].tolist() == [1.0]


def test_the_rules_of_one_side_do_not_take_the_other_side_in_its_place():
    ties, _ = combine_reports(BOTH_SIDES, {"knowledge": "sender"}, responded={"a", "b"})
    assert ("c", "a") not in strengths(ties)


def test_who_reports_a_tie_has_answered_about_it_whatever_the_list_says():
    ties, agreement = combine_reports(BOTH_SIDES, {"knowledge": "intersection"}, responded=set())
    assert strengths(ties) == {("a", "b"): 2, ("b", "c"): 3, ("c", "a"): 5}
    assert agreement["pairs_both_answered"].tolist() == [1]


def test_only_receivers_were_asked():
    reports = table([("a", "b", 1, "b"), ("c", "b", 2, "b")])
    for rule in ("union", "intersection", "average", "receiver"):
        ties, agreement = combine_reports(reports, {"knowledge": rule})
        assert strengths(ties) == {("a", "b"): 1, ("c", "b"): 2}
        assert set(ties["observed_by"]) == {"receiver"}
        assert agreement["pairs_both_answered"].tolist() == [0]
        assert agreement[["agreement", "kappa"]].isna().all(axis=None)
    with pytest.raises(GumflowError, match=r"'knowledge': the rule 'sender' believes the sender, and no tie"):
        combine_reports(reports, {"knowledge": "sender"})


def test_without_reporters_ties_stand_as_they_are():
    reports = table([("b", "a", 1, ""), ("b", "a", 1, ""), ("a", "a", math.nan, "a"), ("c", "b", 2, "town")])
    for rule in RULES:
        ties, agreement = combine_reports(reports, {"knowledge": rule})
        pd.testing.assert_frame_equal(ties[COLUMNS], reports)
        assert set(ties["observed_by"]) == {"either"}
        assert agreement[["rows", "rows_of_others", "rows_dropped", "ties"]].iloc[0].tolist() == [4, 4, 0, 4]


def test_a_document_is_kept_under_every_rule_and_folded_into_a_kept_tie():
    reports = table([("a", "b", 1, "a"), ("a", "b", 9, ""), ("b", "a", 1, "b"), ("b", "a", 2, None), ("c", "a", 1, "a")])  # fmt: skip
    union, agreement = combine_reports(reports)
    assert strengths(union) == {("a", "b"): 9, ("b", "a"): 2, ("c", "a"): 1}
    assert agreement["rows_merged"].tolist() == [2]
    both, agreement = combine_reports(reports, {"knowledge": "intersection"})
    assert strengths(both) == {("a", "b"): 9, ("b", "a"): 2}
    assert agreement[["rows_merged", "rows_dropped", "ties"]].iloc[0].tolist() == [0, 3, 2]


def test_reports_of_one_actor_on_one_tie_add_up_and_an_empty_strength_counts_one():
    reports = table([("a", "b", 2, "a"), ("a", "b", math.nan, "a"), ("a", "b", 5, "b")])
    assert strengths(combine_reports(reports)[0]) == {("a", "b"): 5}
    assert strengths(combine_reports(reports, {"knowledge": "sender"})[0]) == {("a", "b"): 3}
    assert strengths(combine_reports(reports, {"knowledge": "average"})[0]) == {("a", "b"): 4}


def test_undirected_ties_are_one_pair_whichever_end_comes_first():
    reports = table([("a", "b", 1, "a"), ("b", "a", 3, "b"), ("c", "b", 2, "c")], directed=False)
    union, agreement = combine_reports(reports)
    assert len(union) == 2
    assert sorted(union["strength"]) == [2, 3]
    row = agreement.iloc[0]
    assert (row["pairs_both_answered"], row["both_yes"], row["only_one"]) == (3, 1, 1)
    assert math.isnan(row["only_sender"])
    # Of 3 pairs 1 yes-yes, 1 split, 1 no-no; each end says yes half of the time: kappa = (2/3 - 1/2) / (1/2).
    assert row["kappa"] == pytest.approx((2 / 3 - 1 / 2) / (1 / 2))
    assert sorted(combine_reports(reports, {"knowledge": "average"})[0]["strength"]) == [1, 2]
    assert combine_reports(reports, {"knowledge": "intersection"})[0]["strength"].tolist() == [1]
    with pytest.raises(GumflowError, match=r"'knowledge': the rule 'receiver' needs a direction"):
        combine_reports(reports, {"knowledge": "receiver"})


def test_layers_and_states_are_apart():
    parts = [
        table([("a", "b", 1, "a")]),
        table([("a", "b", 1, "b")], state="lacking"),
        table([("a", "b", 7, "a"), ("b", "a", 7, "a")], layer="trust"),
    ]
    ties, agreement = combine_reports(pd.concat(parts, ignore_index=True), {"trust": "sender"})
    assert ties[["layer", "state"]].value_counts().to_dict() == {
        ("knowledge", "achieved"): 1,
        ("knowledge", "lacking"): 1,
        ("trust", "achieved"): 1,
    }
    assert agreement["rule"].tolist() == ["union", "union", "sender"]
    assert agreement["observed_by"].tolist() == ["either", "either", "sender"]


def random_reports(seed, actors=9):
    rng = np.random.default_rng(seed)
    names = [f"x{i}" for i in range(actors)]
    rows = []
    for s in names:
        for t in names:
            if s != t:
                there = rng.random() < 0.4
                for reporter in (s, t, "", "office"):
                    if rng.random() < (0.6 if there else 0.05):
                        rows += [(s, t, float(rng.integers(1, 6)), reporter)] * int(rng.integers(1, 3))
    return table(rows), {name for name in names if rng.random() < 0.7}


def by_walk(reports, responded, rule):
    """Decide each ordered pair from the lists of what each side said."""
    result, names = {}, sorted(set(reports["source"]) | set(reports["target"]))
    both = {"yy": 0, "yn": 0, "ny": 0, "nn": 0}
    rows = {}
    for row in reports.itertuples():
        rows.setdefault((row.source, row.target), []).append(row)
    for s in names:
        for t in names:
            on = rows.get((s, t), [])
            says = {side: sum(r.strength for r in on if r.reporter == side) for side in (s, t)}
            papers = sum(r.strength for r in on if r.reporter not in (s, t))
            answers = [says[side] for side in (s, t) if side in responded or says[side]]
            if s != t and len(answers) == 2:
                both["".join("y" if says[side] else "n" for side in (s, t))] += 1
            given = [value for value in says.values() if value]
            value = 0.0
            if given:
                value = {
                    "union": max(given),
                    "intersection": min(given) if len(given) == len(answers) else 0.0,
                    "sender": says[s],
                    "receiver": says[t],
                    "average": sum(given) / len(answers),
                }[rule]
            if value or papers:
                result[s, t] = max(value, papers)
    return result, both


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_random_reports_agree_with_a_walk_over_all_pairs(seed, rule):
    reports, responded = random_reports(seed)
    ties, agreement = combine_reports(reports, {"knowledge": rule}, responded)
    expected, both = by_walk(reports, responded, rule)
    assert ties.groupby(["source", "target"])["strength"].sum().to_dict() == expected
    row = agreement.iloc[0]
    found = (row["both_yes"], row["only_sender"], row["only_receiver"], row["pairs_both_answered"])
    assert found == (both["yy"], both["yn"], both["ny"], sum(both.values()))
    said = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [both[k] for k in ("yy", "yn", "ny", "nn")], axis=0)
    same, one, other = (said[:, 0] == said[:, 1]).mean(), said[:, 0].mean(), said[:, 1].mean()
    chance = one * other + (1 - one) * (1 - other)
    assert row["kappa"] == pytest.approx((same - chance) / (1 - chance))
    assert row["rows"] == len(reports) == row["ties"] + row["rows_merged"] + row["rows_dropped"]
    assert row["ties"] == len(ties)


@pytest.mark.parametrize("rule", RULES)
def test_the_order_of_rows_does_not_matter(rule):
    reports, responded = random_reports(11)
    reports["question"] = [f"q{k % 3}" for k in range(len(reports))]
    shuffled = reports.sample(frac=1, random_state=1)
    results = [combine_reports(one, {"knowledge": rule}, responded) for one in (reports, shuffled)]
    pd.testing.assert_frame_equal(results[0][1], results[1][1])
    sort = list(results[0][0].columns)
    one, other = (ties.sort_values(sort).reset_index(drop=True) for ties, _ in results)
    pd.testing.assert_frame_equal(one, other)


def test_no_ties_and_wrong_input():
    ties, agreement = combine_reports(BOTH_SIDES.iloc[:0])
    assert len(ties) == len(agreement) == 0
    with pytest.raises(GumflowError, match="lacks the columns reporter"):
        combine_reports(BOTH_SIDES.drop(columns="reporter"))
    with pytest.raises(GumflowError, match=r"rule of the layer 'knowledge' is 'maximum'; allowed: union"):
        combine_reports(BOTH_SIDES, {"knowledge": "maximum"})
    with pytest.raises(GumflowError, match="several values of wave"):
        combine_reports(BOTH_SIDES.assign(wave=["1", "1", "2", "2"]))
