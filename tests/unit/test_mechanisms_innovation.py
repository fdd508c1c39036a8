"""The innovation mechanism: network of joint work, complementarity, co-opetition, horizontal and vertical cooperation."""

import itertools
import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import contingency
from small_clusters import MechanismSettings, named, small_cluster

from gumflow.measures.registry import get_measure
from gumflow.mechanisms.innovation import (
    FirmPairs,
    expected_horizontal,
    firm_pairs,
    measure_innovation,
    measure_synergy,
    odds_ratio,
    partner_complementarity,
    partner_shares,
    relabelled_p,
    rival_matrix,
    stages_of,
)
from gumflow.mechanisms.innovation_network import (
    collaboration_intensity,
    joint_partner_diversity,
    joint_partners,
    joint_projects,
    joint_work,
    measure_network,
)
from gumflow.mechanisms.rows import draw_counts

BODIES = {"school": "university", "lab": "platform"}
# 0-1 two projects, 0-2 one, 0-school three, 1-lab one, 3 alone; the last firm did not answer but is named.
JOINT = [(0, 1, 2), (0, 2, 1), (0, "school", 3), (1, "lab", 1), (2, 4, 1)]
TAGS = [
    (0, "R04.fields", 1, "process", 1),
    (0, "R04.fields", 2, "materials", 1),
    (0, "R04.fields", "school", "digital", 1),
    (1, "R04.fields", "lab", "testing", 1),
]


def example(**changes):
    given = {"size": 5, "bodies": BODIES, "responded": [1, 1, 1, 1, 0], "answers": TAGS} | changes
    # The two bodies did not answer, so the response rate of the network is 4 of 7.
    given["settings"] = MechanismSettings(draws=200, withhold_below=0.5)
    return small_cluster({"innovation": JOINT, "rivalry": [(1, 0), (3, 0)]}, **given)


def rows_of(found):
    table = pd.DataFrame(found.rows)
    for column in ("category", "withheld"):
        table[column] = table[column].fillna("") if column in table else ""
    return table.set_index(["measure", "category"]).sort_index()


def test_joint_work_of_firms_by_hand():
    cluster = example()
    np.testing.assert_array_equal(joint_partners(cluster), [3, 2, 2, 0, np.nan])
    np.testing.assert_array_equal(joint_projects(cluster), [6, 3, 2, 0, np.nan])
    np.testing.assert_allclose(collaboration_intensity(cluster), np.log([7, 4, 3, 1, np.nan]))
    # 0 has two firms and a university: 1 - (4 + 1) / 9; 1 a firm and a platform; 2 two firms; 3 none.
    np.testing.assert_allclose(joint_partner_diversity(cluster), [4 / 9, 1 / 2, 0, np.nan, np.nan])


def test_a_tie_counts_whoever_reported_it_and_persons_are_no_organizations():
    cluster = small_cluster({"innovation": [(0, 1), (0, "uncle")]}, size=2, bodies={"uncle": "person"})
    np.testing.assert_array_equal(joint_partners(cluster), [1, 1])


def test_joint_work_agrees_with_networkx_on_a_random_network():
    graph = nx.gnm_random_graph(25, 40, seed=3)
    weights = {edge: 1 + (edge[0] * edge[1]) % 4 for edge in graph.edges}
    cluster = small_cluster({"innovation": [(*edge, w) for edge, w in weights.items()]}, size=25)
    nx.set_edge_attributes(graph, weights, "weight")
    np.testing.assert_array_equal(joint_partners(cluster), [graph.degree(i) for i in range(25)])
    np.testing.assert_array_equal(
        joint_projects(cluster), [graph.degree(i, weight="weight") for i in range(25)]
    )
    found = rows_of(measure_network(cluster))
    assert found.loc[("functional_nodes", "projects"), "value"] == sum(weights.values())
    tied = sum(graph.degree(i) > 0 for i in range(25))
    assert found.loc[("entity_nodes", "all"), "value"] == found.loc[("entity_nodes", "firm"), "value"] == tied
    assert found.loc[("joint_work_share", ""), "value"] == pytest.approx(tied / 25)


def test_kinds_of_partners_and_nodes_of_the_network():
    table = rows_of(measure_network(example(), fields=4))
    assert table.loc[("joint_partner_kind_share", "firm"), "value"] == pytest.approx(5 / 7)
    assert table.loc[("joint_partner_kind_share", "university"), "value"] == pytest.approx(1 / 7)
    # The firm that did not answer is a node all the same, as firm 2 named it.
    nodes = table.loc["entity_nodes", "value"]
    assert nodes.to_dict() == {"all": 6, "firm": 4, "platform": 1, "university": 1}
    assert table.loc["functional_nodes", "value"].to_dict() == {"projects": 8, "fields": 4}
    assert table.loc[("joint_partners_mean", ""), "value"] == pytest.approx(7 / 4)
    assert table.loc[("joint_projects_mean", ""), "value"] == pytest.approx(11 / 4)
    assert table.loc[("joint_partner_diversity_mean", ""), "value"] == pytest.approx((4 / 9 + 1 / 2 + 0) / 3)
    assert table.loc[("joint_partners_mean", ""), "coverage"] == pytest.approx(4 / 5)


def test_without_a_record_of_who_answered_only_a_census_is_taken_as_answered_by_all():
    ties, answers = {"innovation": [(0, 1), (2, 3)]}, {"rd": [1, 0, np.nan, np.nan]}
    for boundary, expected in (("census", [1, 1, 1, 1]), ("roster", [1, 1, np.nan, np.nan])):
        cluster = small_cluster(ties, size=4, boundary=boundary, indicators=answers)
        np.testing.assert_array_equal(joint_partners(cluster), expected)


def test_complementarity_by_hand():
    # Fields: 0 process, materials, digital; 1 process, testing; 2 materials; school digital; lab testing; 4 none known.
    found = partner_complementarity(example())
    np.testing.assert_allclose(
        found["partner_overlap"], [(1 / 2 + 1 + 1) / 3, (1 / 2 + 1) / 2, 1, np.nan, np.nan]
    )
    np.testing.assert_allclose(
        found["partner_complementarity"],
        [(3 / 5 + 2 / 4 + 2 / 4) / 3, (3 / 5 + 1 / 3) / 2, 2 / 4, np.nan, np.nan],
    )


def test_complementarity_agrees_with_sets():
    rng = np.random.default_rng(5)
    pairs = sorted({tuple(sorted(map(int, p))) for p in rng.integers(0, 12, (25, 2)) if p[0] != p[1]})
    tags = [(a, "R04.fields", b, str(rng.choice(list("abcde"))), 1) for a, b in pairs if rng.random() < 0.8]
    cluster = small_cluster({"innovation": pairs}, size=12, answers=tags)
    sets = [set() for _ in range(12)]
    for a, _, b, field, _ in tags:
        sets[a].add(field)
        sets[b].add(field)
    found = partner_complementarity(cluster)
    for i in range(12):
        partners = [j for pair in pairs if i in pair for j in pair if j != i and sets[i] and sets[j]]
        overlap = [len(sets[i] & sets[j]) / min(len(sets[i]), len(sets[j])) for j in partners]
        apart = [
            len(sets[i] ^ sets[j]) / (len(sets[i]) + len(sets[j])) if sets[i] & sets[j] else 0
            for j in partners
        ]
        for name, values in (("partner_overlap", overlap), ("partner_complementarity", apart)):
            expected = np.mean(values) if values else np.nan
            np.testing.assert_allclose(found[name][i], expected)
    table = rows_of(measure_synergy(cluster))
    for name in ("partner_overlap", "partner_complementarity"):
        row = table.loc[(f"{name}_mean", "")]
        assert row["value"] == pytest.approx(np.nanmean(found[name]))
        assert row["low"] < row["value"] < row["high"]
    assert {"partner_overlap_mean", "partner_complementarity_mean"} <= set(table.index.get_level_values(0))


def test_rivals_among_joint_developers_by_hand():
    found = partner_shares(example())
    # 1 names 0 as a rival; the partner that did not answer is left out.
    np.testing.assert_array_equal(found["rival_partner_share"], [1 / 2, 1, 0, np.nan, np.nan])
    table = rows_of(measure_synergy(example()))
    assert table.loc[("coopetition_share", ""), "value"] == pytest.approx(1 / 2)
    # Of six pairs that answered: joint 0-1 and 0-2, rivals 0-1 and 0-3.
    assert table.loc[("coopetition_odds_ratio", ""), "value"] == pytest.approx(1.5 * 3.5 / (1.5 * 1.5))


def random_pairs(seed, size=14, edges=22):
    rng = np.random.default_rng(seed)
    return sorted({tuple(sorted(map(int, p))) for p in rng.integers(0, size, (edges, 2)) if p[0] != p[1]})


def test_the_odds_ratio_agrees_with_scipy_and_brute_force_in_each_draw():
    joint, rivals = random_pairs(1), random_pairs(2)
    cluster = small_cluster(
        {"innovation": joint, "rivalry": rivals}, size=14, settings=MechanismSettings(draws=7)
    )
    counts = draw_counts(cluster)
    value, drawn = odds_ratio(firm_pairs(cluster), rival_matrix(cluster), counts)
    for weights, found in zip([np.ones(14), *counts], [value, *drawn], strict=True):
        cells = np.zeros((2, 2))
        for pair in itertools.combinations(range(14), 2):
            cells[int(pair not in joint), int(pair not in rivals)] += weights[pair[0]] * weights[pair[1]]
        # Twice the cells with 1/2 are whole numbers of the same odds ratio.
        table = (2 * cells + 1).astype(int)
        assert found == pytest.approx(contingency.odds_ratio(table, kind="sample").statistic)


def test_p_agrees_with_all_relabellings():
    joint, rivals = [(0, 1), (1, 2), (3, 4)], [(0, 1), (3, 4), (2, 5)]
    cluster = small_cluster({"innovation": joint, "rivalry": rivals}, size=6)
    pairs, matrix = firm_pairs(cluster), rival_matrix(cluster)
    overlaps = [
        sum(matrix[names[a], names[b]] for a, b in joint) for names in itertools.permutations(range(6))
    ]
    exact = 2 * min(np.mean(np.array(overlaps) >= 2), np.mean(np.array(overlaps) <= 2))
    p = relabelled_p(pairs, matrix, 4000, np.random.default_rng(1))
    assert p == pytest.approx(min(1, exact), abs=0.03)


def planted(seed, together, apart=0.15):
    """Return joint work of 40 firms, rivals with the chance `together`, others with `apart`, and who are rivals."""
    rng = np.random.default_rng(seed)
    one, other = np.triu_indices(40, 1)
    rival = rng.random(len(one)) < 0.15
    joint = rng.random(len(one)) < np.where(rival, together, apart)
    matrix = np.zeros((40, 40), dtype=bool)
    matrix[one[rival], other[rival]] = matrix[other[rival], one[rival]] = True
    return list(zip(one[joint].tolist(), other[joint].tolist(), strict=True)), matrix


def test_planted_coopetition_is_found_and_absent_coopetition_is_not():
    def p(seed, together):
        joint, matrix = planted(seed, together)
        one, other = np.array(joint + [pair[::-1] for pair in joint]).T
        pairs = FirmPairs(
            one, other, matrix[one, other].astype(float), np.full(len(one), np.nan), np.ones(40, bool)
        )
        return relabelled_p(pairs, matrix, 199, np.random.default_rng(seed))

    assert np.mean([p(seed, 0.35) < 0.05 for seed in range(20)]) > 0.9
    # Two-sided p of a small count is conservative: 5 % is not quite reached.
    assert 0.01 < np.mean([p(seed, 0.15) < 0.05 for seed in range(200)]) < 0.08
    joint, matrix = planted(1, 0.4)
    rivals = list(zip(*(ends.tolist() for ends in np.nonzero(np.triu(matrix))), strict=True))
    rows = rows_of(measure_synergy(small_cluster({"innovation": joint, "rivalry": rivals}, size=40)))
    assert rows.loc[("coopetition_odds_ratio", ""), "low"] > 1
    assert rows.loc[("coopetition_p_value", ""), "value"] == pytest.approx(2 / 201)


STAGES = [
    (0, "garment", 60),
    (0, "design", 40),
    (1, "garment", 50),
    (1, "trade", 50),
    (2, "trade", 100),
    (3, "fabric", 90),
]


def test_horizontal_and_vertical_cooperation_by_hand():
    answers = [(who, "NB04.shares", "", stage, share) for who, stage, share in STAGES]
    cluster = small_cluster({"innovation": [(0, 1), (1, 2), (0, 2), (0, 3)]}, size=4, answers=answers)
    found = partner_shares(cluster)["horizontal_partner_share"]
    # Main stages: 0 garment; 1 garment and trade; 2 trade; 3 fabric.
    np.testing.assert_allclose(found, [1 / 3, 1, 1 / 2, 0])
    table = rows_of(measure_synergy(cluster))
    share = table.loc["cooperation_direction_share", "value"]
    assert share.to_dict() == pytest.approx({"horizontal": 1 / 2, "vertical": 1 / 2})
    assert table.loc[("horizontal_cooperation_expected", ""), "value"] == pytest.approx(2 / 6)
    assert "revenue" in table.loc[("cooperation_direction_share", "vertical"), "method"]


def test_the_stage_comes_from_what_tells_it_of_enough_firms():
    products = {"product": ["doors", "cups", "cups", ""]}
    few = [(0, "YK07", "", "parts", 1)]
    flags, told_by = stages_of(small_cluster({"innovation": [(0, 1)]}, size=4, answers=few, columns=products))
    assert told_by == "product"
    assert flags.tolist() == [[False, True], [True, False], [True, False], [False, False]]
    most = [
        *few,
        (1, "YK07", "", "assembled", 1),
        (1, "YK07", "", "scooters", 1),
        (2, "YK07", "", "parts", 1),
    ]
    flags, told_by = stages_of(
        small_cluster({"innovation": [(0, 1)]}, size=4, answers=most, columns=products)
    )
    assert told_by == "parts or assembled products"
    assert flags.tolist() == [[False, True], [True, False], [False, True], [False, False]]
    # Where none tells enough, the coverage says so and the share is withheld.
    cluster = small_cluster({"innovation": [(0, 1), (1, 2), (2, 3)]}, size=4, answers=few)
    assert rows_of(measure_synergy(cluster)).loc[("cooperation_direction_share", ""), "withheld"]


def test_expected_horizontal_cooperation_agrees_with_counting_pairs():
    rng = np.random.default_rng(2)
    stages = rng.random((30, 4)) < 0.3
    counts = rng.multinomial(30, np.full(30, 1 / 30), size=5).astype(float)
    value, drawn = expected_horizontal(stages, counts)
    placed = [i for i in range(30) if stages[i].any()]
    for weights, found in zip([np.ones(30), *counts], [value, *drawn], strict=True):
        pairs = [
            (weights[i] * weights[j], bool((stages[i] & stages[j]).any()))
            for i, j in itertools.combinations(placed, 2)
        ]
        assert found == pytest.approx(sum(w for w, same in pairs if same) / sum(w for w, _ in pairs))


def rich(size=30, seed=4, responded=None, boundary="census", **changes):
    rng = np.random.default_rng(seed)
    joint, rivals = random_pairs(seed, size, 2 * size), random_pairs(seed + 1, size, 2 * size)
    answers = [(a, "R04.fields", b, str(rng.choice(["process", "testing", "digital"])), 1) for a, b in joint]
    answers += [(a, "R07.years", b, "", int(rng.integers(1, 12))) for a, b in joint]
    answers += [
        (i, "NB26.barriers", "", str(rng.choice(["staff", "partners", "finance", ""])), 1)
        for i in range(size)
    ]
    answers += [(i, "NB24", "", str(rng.choice(["own_design", "process", "other"])), 1) for i in range(size)]
    answers += [(i, "NB04.shares", "", str(rng.choice(["design", "garment"])), 100) for i in range(size)]
    names = (
        "ac_tech",
        "ac_edu",
        "tech_level",
        "rd",
        "own_source",
        "collab",
        "source_breadth",
        "buyer_market",
    )
    given = {"answers": answers, "indicators": {name: rng.random(size) for name in names}} | changes
    return small_cluster(
        {"innovation": joint, "rivalry": rivals}, size=size, responded=responded, boundary=boundary, **given
    )


def test_every_row_and_column_is_declared_and_within_its_bounds():
    found = measure_innovation(rich())
    keys = [
        (r["unit_kind"], r["unit"], r["measure"], r.get("category", ""), r.get("layer", ""))
        for r in found.rows
    ]
    assert len(set(keys)) == len(keys)
    for row in found.rows:
        declared = get_measure(row["measure"])
        assert declared.level == "cluster"
        if not row.get("withheld"):
            low, high = declared.bounds
            assert low <= row["value"] <= high
            assert row["n"] > 0
            assert 0 < row["coverage"] <= 1
            assert not row.get("low", row["value"]) > row["value"]
    for name in found.firms.columns:
        declared = get_measure(name)
        values = found.firms[name].dropna()
        assert declared.level == "firm"
        assert values.between(*declared.bounds).all()
    assert list(found.firms.index) == [named(i) for i in range(30)]


def test_same_inputs_give_the_same_numbers_and_names_do_not_matter():
    one, other = measure_innovation(rich()), measure_innovation(rich())
    pd.testing.assert_frame_equal(one.firms, other.firms)
    pd.testing.assert_frame_equal(pd.DataFrame(one.rows), pd.DataFrame(other.rows))


def test_firms_that_did_not_answer_are_unknown_and_not_isolates():
    responded = [1] * 24 + [0] * 6
    found = measure_innovation(rich(responded=responded, indicators={}))
    missing = found.firms.iloc[24:]
    asked_of_ties = [
        "joint_partners",
        "joint_projects",
        "collaboration_intensity",
        "knowledge_fields",
        "technology_space",
    ]
    assert (
        missing[[*asked_of_ties, "rival_partner_share", "partner_overlap", "horizontal_partner_share"]]
        .isna()
        .all(axis=None)
    )
    assert found.firms.iloc[:24]["joint_partners"].notna().all()
    few = rows_of(measure_innovation(rich(responded=[1] * 10 + [0] * 20)))
    for name in (
        "network_emergence_probability",
        "coopetition_share",
        "joint_partner_kind_share",
        "joint_partners_mean",
    ):
        assert few.loc[(name, ""), "withheld"].startswith("withheld")


ALL_TIES = [(i, j) for i in range(6) for j in range(i)]
CASES = {
    "no firm": lambda: small_cluster(),
    "one firm": lambda: small_cluster(size=1),
    "one firm with a body": lambda: small_cluster({"innovation": [(0, "school")]}, size=1, bodies=BODIES),
    "no ties": lambda: small_cluster(size=8),
    "all ties": lambda: small_cluster({"innovation": ALL_TIES, "rivalry": ALL_TIES}, size=6),
    "all ties, all answers equal": lambda: small_cluster(
        {"innovation": ALL_TIES, "rivalry": ALL_TIES},
        size=6,
        indicators={name: [0.5] * 6 for name in ("rd", "collab", "ac_tech", "own_source", "source_breadth")},
        answers=[(i, "R04.fields", j, "process", 1) for i, j in ALL_TIES]
        + [(i, "R07.years", j, "", 3) for i, j in ALL_TIES]
        + [(i, question, "", option, 1) for i in range(6) for question, option in (("NB26.barriers", "staff"), ("NB24", "quality"))],
    ),
    "no rivalry": lambda: small_cluster({"innovation": ALL_TIES}, size=6),
    "only rivalry": lambda: small_cluster({"rivalry": ALL_TIES}, size=6),
    "no questionnaire": lambda: rich(indicators={}, answers=[]),
    "nobody answered": lambda: rich(responded=[0] * 30, indicators={}, answers=[]),
    "sample": lambda: rich(boundary="sample"),
    "roster": lambda: rich(boundary="roster", responded=[1] * 30),
    "fields without years": lambda: small_cluster({"innovation": ALL_TIES}, size=6, answers=[(0, "R04.fields", 1, "process", 1)]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_odd_clusters_give_finite_values_or_a_reason(case):
    cluster = CASES[case]()
    found = measure_innovation(cluster)
    assert len(found.firms) == len(cluster.firms)
    assert not np.isinf(found.firms.to_numpy(dtype=float)).any()
    assert found.rows
    for row in found.rows:
        if row.get("withheld"):
            assert not math.isfinite(row.get("value", math.nan))
        else:
            assert math.isfinite(row["value"])
            assert all(
                math.isfinite(row[end]) or math.isnan(row[end]) for end in ("low", "high") if end in row
            )


def test_text_withholds_with_the_reason():
    found = measure_innovation(rich(boundary="text"))
    assert found.firms.isna().all(axis=None)
    reasons = [row["withheld"] for row in found.rows]
    assert reasons
    assert all(reason.startswith("withheld: a text states some ties") for reason in reasons)
    assert {"network_emergence_probability", "coopetition_share", "innovator_element_mean"} <= {
        r["measure"] for r in found.rows
    }


def test_a_sample_bears_what_rests_on_own_answers_only():
    table = rows_of(measure_innovation(rich(boundary="sample")))
    assert table.loc[("joint_partners_mean", ""), "withheld"] == ""
    assert "only a sample" in table.loc[("coopetition_share", ""), "withheld"]
    assert "only a sample" in table.loc[("entity_nodes", ""), "withheld"]


def test_isolated_firms_change_no_pair_and_adding_projects_raises_intensity():
    cluster = rich()
    more = small_cluster(
        {"innovation": [*random_pairs(4, 30, 60), (0, "school", 5)], "rivalry": random_pairs(5, 30, 60)},
        size=33,
        bodies=BODIES,
    )
    before, after = partner_shares(cluster), partner_shares(more)
    np.testing.assert_array_equal(before["rival_partner_share"], after["rival_partner_share"][:30])
    assert np.isnan(after["rival_partner_share"][30:]).all()
    assert collaboration_intensity(more)[0] > collaboration_intensity(cluster)[0]
    assert replace(cluster, boundary="text").boundary == "text"
    assert joint_work(replace(cluster, boundary="text")) is None
