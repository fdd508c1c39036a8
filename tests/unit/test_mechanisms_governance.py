"""Governance: modes from several sources, networks of the firms, blocks, associations, and what is only said."""

import itertools
import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from small_clusters import named, small_cluster
from small_networks import edge_network, random_arcs

from gumflow.mechanisms.associations import association_engagement, board_seats, disputes_settled
from gumflow.mechanisms.cluster import MechanismSettings, marked_general
from gumflow.mechanisms.governance import influence_share, measure_governance
from gumflow.mechanisms.governance_network import (
    coordination_network,
    observed_sums,
    pair_sums,
    through_bodies,
)
from gumflow.mechanisms.lead_firms import lead_firms
from gumflow.mechanisms.stated import coded
from gumflow.networks.graph import adjacency
from gumflow.networks.observation import observed_pairs

BODIES = {"guild": "association", "bureau": "government", "customs": "regulator", "lab": "platform"}
MODES = ("firm_led", "association_led", "government_led")


def rows_of(found, measure):
    return {row.get("category", ""): row for row in found.rows if row["measure"] == measure}


def values_of(found, measure):
    return {category: row.get("value") for category, row in rows_of(found, measure).items()}


def statement(coder, construct, state, polarity=1):
    return {"coder": coder, "construct": construct, "state": state, "polarity": polarity, "strength": 2}


NAMED = [
    ("guild", 1, 3.0),
    (0, 1, 2.0),
    ("guild", 2, 3.0),
    ("bureau", 2, 1.0),
    (0, 3, 3.0),
    ("lab", 3, 1.0),
    (1, 1, 3.0),
]


def test_influence_counts_points_by_the_kind_of_those_named():
    cluster = small_cluster({"influence": NAMED}, size=5, bodies=BODIES)
    found = values_of(measure_governance(cluster), "governance_share")
    # Firm 1 naming itself does not count; the platform stands with the firms.
    assert found == pytest.approx({"firm_led": 6 / 13, "association_led": 6 / 13, "government_led": 1 / 13})
    np.testing.assert_allclose(influence_share(cluster), [5 / 13, 0, 0, 0, 0])


def test_modes_are_the_mean_of_the_sources_with_margin_and_entropy():
    answers = [
        (0, "R11.convenes", "", "association", 1), (0, "R11.convenes", "", "government", 1), (1, "R11.convenes", "", "association", 1),
        (2, "R11.convenes", "", "association", 1), (3, "R11.convenes", "", "nobody", 1), (4, "R11.convenes", "", "lead_firm", 1),
    ]  # fmt: skip
    everyone = [("guild", i, 3.0) for i in range(5)] + [("bureau", 0, 2.0)]
    found = measure_governance(small_cluster({"influence": everyone}, size=5, bodies=BODIES, answers=answers))
    evidence = values_of(found, "governance_evidence")
    assert evidence["convenes: association_led"] == pytest.approx(3 / 5)
    assert evidence["influence: association_led"] == pytest.approx(15 / 17)
    assert not any(name.startswith("coordination") for name in evidence)
    shares = np.array([1 / 5, 3 / 5 + 15 / 17, 1 / 5 + 2 / 17]) / np.array([2, 2, 2])
    assert list(values_of(found, "governance_share").values()) == pytest.approx(shares.tolist())
    assert values_of(found, "governance_margin")[""] == pytest.approx(shares[1] - shares[2])
    entropy = -(shares * np.log(shares)).sum() / math.log(3)
    assert values_of(found, "governance_entropy")[""] == pytest.approx(entropy)
    assert values_of(found, "nobody_convenes_share")[""] == pytest.approx(1 / 5)


def test_a_margin_that_may_be_chance_is_mixed():
    level = [("guild", 0, 1.0), ("bureau", 1, 1.0), ("guild", 2, 1.0), ("bureau", 3, 1.0), ("guild", 4, 1.0)]
    found = measure_governance(small_cluster({"influence": level}, size=5, bodies=BODIES))
    assert list(rows_of(found, "governance_mode")) == ["mixed"]
    clear = [("guild", i, 1.0) for i in range(10)] + [("bureau", i, 1.0) for i in range(10, 12)]
    found = measure_governance(small_cluster({"influence": clear}, size=12, bodies=BODIES))
    assert list(rows_of(found, "governance_mode")) == ["association_led"]
    alone = measure_governance(
        small_cluster({"influence": [("bureau", i) for i in range(5)]}, size=5, bodies=BODIES)
    )
    assert list(rows_of(alone, "governance_mode")) == ["government_led"]
    assert values_of(alone, "governance_entropy")[""] == 0


def convened(*options):
    return [(i, "R11.convenes", "", option, 1) for i, option in enumerate(options)]


def test_sources_that_name_different_leaders_make_a_mode_mixed():
    by_guild = [("guild", i, 3.0) for i in range(30)]
    agreed = convened(*["association"] * 28, "government", "government")
    cluster = small_cluster({"influence": by_guild}, size=30, bodies=BODIES, answers=agreed)
    assert list(rows_of(measure_governance(cluster), "governance_mode")) == ["association_led"]
    # Associations are far ahead in the mean, but firms say that government calls them together.
    other = convened(*["government"] * 17, *["association"] * 13)
    found = measure_governance(small_cluster({"influence": by_guild}, size=30, bodies=BODIES, answers=other))
    assert rows_of(found, "governance_margin")[""]["low"] > 0
    (mode,) = rows_of(found, "governance_mode").values()
    assert mode["category"] == "mixed"
    assert mode["method"].endswith(
        "the sources name different leaders: influence association_led, convenes government_led"
    )
    # A source in which two are level agrees with either.
    level = convened(*["government", "association"] * 15)
    found = measure_governance(small_cluster({"influence": by_guild}, size=30, bodies=BODIES, answers=level))
    assert list(rows_of(found, "governance_mode")) == ["association_led"]


def test_only_bodies_of_the_cluster_govern_it():
    named_ones = [("guild", i, 1.0) for i in range(4)] + [("ministry", i, 5.0) for i in range(6)]
    found = measure_governance(
        small_cluster({"influence": named_ones}, size=6, bodies=BODIES, outside={"ministry": "government"})
    )
    assert values_of(found, "governance_share")["association_led"] == 1
    assert values_of(found, "governance_share")["government_led"] == 0


@pytest.fixture
def with_board(monkeypatch):
    """Make clusters that their association governs, with seats of these firms on its board; the first ten of thirty firms lead."""
    monkeypatch.setattr(
        "gumflow.mechanisms.associations.lead_firms", lambda cluster: (np.arange(30) < 10) * 1.0
    )
    ties = {
        "membership": [(i, "guild") for i in range(20)],
        "influence": [("guild", i, 3.0) for i in range(28)] + [("bureau", i, 3.0) for i in range(20, 30)],
    }

    def made(members):
        seats = [(i, "R11.board", "guild", "", float(i in members)) for i in range(20)]
        return small_cluster(
            ties, size=30, bodies=BODIES, answers=seats, settings=MechanismSettings(draws=4000)
        )

    return made


def test_an_association_on_whose_board_lead_firms_sit_is_the_hybrid_mode(with_board):
    mode = list(rows_of(measure_governance(with_board(range(10))), "governance_mode"))
    assert mode == ["association_led_by_lead_firms"]
    # Six of ten seats: more than half, and not surely so.
    found = measure_governance(with_board([*range(6), *range(10, 14)]))
    assert values_of(found, "board_seats_lead_share")[""] == 0.6
    assert list(rows_of(found, "governance_mode")) == ["association_led"]


def test_the_interval_of_the_hybrid_holds_the_doubt_of_both_shares(with_board):
    found = measure_governance(with_board([*range(6), *range(10, 14)]))
    hybrid, share = (
        rows_of(found, "governance_hybrid")[""],
        rows_of(found, "governance_share")["association_led"],
    )
    assert hybrid["value"] == pytest.approx(0.6 * share["value"])
    # An independent calculation: a normal share times a beta one, integrated numerically.
    from scipy.optimize import brentq
    from scipy.stats import beta, norm

    spread = (share["high"] - share["low"]) / 2 / 2.045
    quantiles = norm.ppf((np.arange(4000) + 0.5) / 4000, share["value"], spread)
    ends = [
        brentq(lambda x, p=p: beta.cdf(x / quantiles, 6.5, 4.5).mean() - p, 0.01, 1) for p in (0.025, 0.975)
    ]
    assert (hybrid["low"], hybrid["high"]) == pytest.approx(ends, abs=0.02)
    every = measure_governance(with_board(range(10)))
    all_seats, its_share = (
        rows_of(every, "governance_hybrid")[""],
        rows_of(every, "governance_share")["association_led"],
    )
    assert all_seats["value"] == its_share["value"]
    assert all_seats["low"] < its_share["low"]
    assert all_seats["high"] > all_seats["value"]


def test_planted_shares_of_influence_are_covered():
    hits = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        kinds = rng.choice(3, size=(60, 3), p=[0.45, 0.3, 0.25])
        arcs = [
            ((0 if i else 1, "guild", "bureau")[kind], i, 3.0 - place)
            for i, row in enumerate(kinds)
            for place, kind in enumerate(row)
        ]
        merged = pd.DataFrame(arcs, columns=["s", "t", "w"]).groupby(["s", "t"], sort=False)["w"].sum()
        found = measure_governance(
            small_cluster(
                {"influence": [(s, t, w) for (s, t), w in merged.items()]}, size=60, bodies=BODIES, seed=seed
            )
        )
        rows = rows_of(found, "governance_share")
        hits += sum(
            rows[mode]["low"] <= true <= rows[mode]["high"]
            for mode, true in zip(MODES, (0.45, 0.3, 0.25), strict=True)
        )
    # 24 intervals of 95 %: 19 or fewer hits have a probability below 1 in 100 if the three were independent.
    assert hits > 19


TIES = {
    "transaction": [(0, i, 5.0) for i in range(1, 9)] + [(9, 0, 2.0), (10, 9, 1.0), (11, 2, 1.0)],
    "social": [(1, 2), (3, 4), (10, 11)],
    "knowledge": [(1, 0), (4, 0), (5, 6)],
    "membership": [(i, "guild") for i in (0, 3, 5, 7, 10)],
    "service": [("guild", 3), ("guild", 7), ("lab", 8)],
    "policy": [("bureau", 0), ("bureau", 9), ("bureau", "guild"), ("customs", 2)],
    "rivalry": [(6, 7), (8, 10)],
    "influence": [("guild", i, 3.0) for i in range(12)],
}
SIZES = {"employees": [900, *range(20, 31)]}


def whole(**changes):
    return small_cluster(TIES, bodies=BODIES, columns=SIZES, **changes)


def coordination_graph():
    graph = nx.Graph()
    graph.add_nodes_from([*(named(i) for i in range(12)), *BODIES])
    for layer, arcs in TIES.items():
        if layer not in ("rivalry", "influence"):
            graph.add_edges_from(tuple(named(e) if isinstance(e, int) else e for e in a[:2]) for a in arcs)
    return graph


def test_coordination_is_betweenness_of_lead_firms_associations_and_agencies():
    between = nx.betweenness_centrality(coordination_graph(), normalized=False)
    # Two of twelve firms lead: the large seller, and firm 9, which trades on both sides.
    cluster = whole()
    network = coordination_network(cluster)
    assert {frozenset((str(network.actors[s]), str(network.actors[t]))) for s, t in zip(network.source, network.target, strict=True)} == {
        frozenset(e) for e in coordination_graph().edges
    }  # fmt: skip
    lead = [name for name, flag in zip(cluster.firms, lead_firms(cluster), strict=True) if flag == 1]
    sums = [sum(between[a] for a in lead), between["guild"], between["bureau"] + between["customs"]]
    evidence = values_of(measure_governance(cluster), "governance_evidence")
    for mode, value in zip(MODES, sums, strict=True):
        assert evidence[f"coordination: {mode}"] == pytest.approx(value / sum(sums))


def test_associations_as_bridges_against_all_shortest_paths():
    graph = coordination_graph()
    found = measure_governance(whole())
    shares = []
    for i in range(12):
        own = []
        for agency in ("bureau", "customs"):
            if nx.has_path(graph, named(i), agency):
                paths = list(nx.all_shortest_paths(graph, named(i), agency))
                own.append(np.mean(["guild" in path for path in paths]))
        if own:
            shares.append(np.mean(own))
    row = rows_of(found, "association_bridge")[""]
    assert row["value"] == pytest.approx(np.mean(shares))
    assert row["n"] == len(shares)


@pytest.mark.parametrize("seed", range(4))
def test_paths_through_bodies_on_random_graphs(seed):
    arcs, size = random_arcs(seed, 18)
    network = edge_network([(a[0], a[1]) for a in arcs], size, directed=False)
    graph = nx.Graph([(a[0], a[1]) for a in arcs])
    agencies, bodies = np.array([0, 5]), np.array([2, 7, 9])
    found = through_bodies(network, agencies, bodies)
    for i in set(range(size)) - {0, 5, 2, 7, 9}:
        own = []
        for agency in (0, 5):
            if i in graph and agency in graph and nx.has_path(graph, i, agency):
                paths = nx.all_shortest_paths(graph, i, agency)
                own.append(np.mean([bool({2, 7, 9} & set(path[1:-1])) for path in paths]))
        assert found[i] == pytest.approx(np.mean(own)) if own else math.isnan(found[i])


def test_blocks_by_hand():
    found = rows_of(measure_governance(whole()), "governance_block_ties")
    graph = coordination_graph()
    among = graph.subgraph(named(i) for i in range(12)).number_of_edges()
    assert found["firm_firm"]["value"] == pytest.approx(among / 66)
    assert found["firm_association"]["value"] == pytest.approx(5 / 12)
    assert found["firm_government"]["value"] == pytest.approx(3 / 24)
    # A census asked everybody: one of two pairs of association and agency is tied.
    assert (found["association_government"]["value"], found["association_government"]["interval_kind"]) == (
        0.5,
        "sampling",
    )
    some = rows_of(
        measure_governance(whole(responded=[1] * 11 + [0], boundary="roster")), "governance_block_ties"
    )
    assert some["firm_association"]["value"] == pytest.approx(5 / 11)
    # Bodies were not asked: a lower bound.
    assert (some["association_government"]["low"], some["association_government"]["high"]) == (0.5, 1.0)
    assert some["association_government"]["interval_kind"] == "method"


@pytest.mark.parametrize("observed_by", ["either", "both", "sender", "receiver"])
def test_sums_over_pairs_against_counting_them(observed_by):
    arcs, size = random_arcs(5, 12)
    network = edge_network(
        [(a[0], a[1]) for a in arcs],
        size,
        responded=[i % 3 > 0 for i in range(size)],
        observed_by=observed_by,
    )
    ones = np.ones((1, size))
    assert observed_sums(ones, network)[0] == observed_pairs(network)
    assert pair_sums(ones, adjacency(network))[0] == network.arcs
    counts = np.random.default_rng(1).multinomial(size, np.full(size, 1 / size), size=20).astype(float)
    answered = network.responded
    told = {
        "either": lambda i, j: answered[i] or answered[j], "both": lambda i, j: answered[i] and answered[j],
        "sender": lambda i, j: answered[i], "receiver": lambda i, j: answered[j],
    }[observed_by]  # fmt: skip
    tied = set(zip(network.source.tolist(), network.target.tolist(), strict=True))
    pairs = list(itertools.permutations(range(size), 2))
    expected = [sum(c[i] * c[j] for i, j in pairs if told(i, j) or (i, j) in tied) for c in counts]
    np.testing.assert_allclose(observed_sums(counts, network), expected)
    expected = [sum(c[i] * c[j] for i, j in tied) for c in counts]
    np.testing.assert_allclose(pair_sums(counts, adjacency(network)), expected)


def test_where_ties_with_bodies_are_not_reported_firms_do_not_govern_alone():
    """Without membership, service and policy only firms stand between firms: that says nothing of who governs."""
    kept = {k: v for k, v in TIES.items() if k not in ("membership", "service", "policy", "credit")}
    cluster = small_cluster(kept, bodies=BODIES, columns=SIZES)
    assert coordination_network(cluster).arcs > 0
    found = measure_governance(cluster)
    evidence = rows_of(found, "governance_evidence")
    assert evidence
    assert not [category for category in evidence if category.startswith("coordination")]
    for row in rows_of(found, "governance_share").values():
        assert row["method"].startswith("mean of influence, equal weights")
        assert "coordination is left out, as no tie of membership" in row["method"]
    assert rows_of(found, "association_bridge")[""]["withheld"].startswith(
        "withheld: no achieved tie of membership, service or policy is reported"
    )
    blocks = rows_of(found, "governance_block_ties")
    assert blocks["firm_firm"]["value"] > 0
    for category in ("firm_association", "firm_government", "association_government"):
        assert "associations and agencies" in blocks[category]["withheld"]
    one = small_cluster({**kept, "membership": [(0, "guild")]}, bodies=BODIES, columns=SIZES)
    given = measure_governance(one)
    assert "coordination: firm_led" in rows_of(given, "governance_evidence")
    assert all("left out" not in row["method"] for row in rows_of(given, "governance_share").values())


def test_items_that_only_those_with_something_to_tell_filled_in_say_nothing_of_the_rest():
    """Three of twelve tell of a dispute and none says no: the other nine may have left the item out."""
    some = [(i, "R11.disputes", "guild", "", 1.0) for i in range(3)]
    cluster = whole(answers=some)
    assert np.isnan(disputes_settled(cluster)).all()
    assert "left it out" in rows_of(measure_governance(cluster), "association_judge")[""]["withheld"]
    # Membership and service are known, disputes and seats are no part of engagement.
    assert association_engagement(cluster)[0] == association_engagement(whole())[0]
    no = whole(answers=[*some, (3, "R11.disputes", "", "", 0.0)])
    assert np.nansum(disputes_settled(no)) == 3
    most = whole(answers=[(i, "R11.disputes", "guild", "", 1.0) for i in range(8)])
    assert np.nansum(disputes_settled(most)) == 8
    # Members alone are asked about the board: all five have a seat, which leaves nothing open; of one seat the rest of the members is open.
    members = (0, 3, 5, 7, 10)
    seats = [(i, "R11.board", "guild", "", 1.0) for i in members]
    assert np.nansum(board_seats(whole(answers=seats))) == 5
    assert np.isnan(board_seats(whole(answers=seats[:1]))).all()


def test_three_networks_of_the_firms():
    formal = {("transaction", 0, i): int(i < 5) for i in range(1, 8)}
    found = measure_governance(whole(formal=formal))
    density = values_of(found, "firm_network_density")
    assert density == pytest.approx({"transaction": 11 / 132, "social": 6 / 132, "knowledge": 3 / 132})
    ways = values_of(found, "firm_coordination")
    # Known contracts: 0 > 1..4 yes, 0 > 5..7 no. Advice goes along with 0-1 and 0-4; no trade tie has a bond.
    assert ways["contract"] == pytest.approx(4 / 7)
    assert ways["learning"] == pytest.approx(2 / 11)
    assert ways["bond"] == 0
    assert ways["price"] == pytest.approx(3 / 7)
    row = rows_of(found, "firm_network_density")["transaction"]
    assert row["low"] < 11 / 132 < row["high"]


MODULE = [
    *[(i, "R11.board", "guild", "", float(i in (0, 3, 5))) for i in (0, 3, 5, 7, 10)],
    *[(i, "R11.disputes", "guild" if i in (3, 4) else "", "", float(i in (3, 4))) for i in range(12)],
    *[(i, "R11.convenes", "", "association" if i < 4 else "government", 1.0) for i in range(6)],
]


def test_association_as_judge_and_server_and_its_board():
    cluster = whole(answers=MODULE)
    found = measure_governance(cluster)
    assert values_of(found, "association_judge")[""] == pytest.approx(2 / 12)
    assert values_of(found, "association_server")[""] == pytest.approx(2 / 12)
    assert values_of(found, "association_membership")[""] == pytest.approx(5 / 12)
    np.testing.assert_array_equal(board_seats(cluster), [1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(disputes_settled(cluster), [0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0])
    # Of three seats, lead firm 0 holds one.
    assert values_of(found, "board_seats_lead_share")[""] == pytest.approx(1 / 3)
    hybrid = values_of(found, "governance_share")["association_led"] / 3
    assert values_of(found, "governance_hybrid")[""] == pytest.approx(hybrid)
    # Served by the association: 2, called together by it: 4; agencies: 3 firms dealt with, 2 called together.
    assert values_of(found, "government_delegation")[""] == pytest.approx(6 / 11)
    engaged = association_engagement(cluster)
    assert engaged[[0, 3, 4, 7, 8]].tolist() == [0.5, 1.0, 0.25, 0.5, 0.0]
    silent = whole(answers=MODULE, responded=[1] * 11 + [0], boundary="roster")
    assert math.isnan(
        association_engagement(
            small_cluster({"membership": [(0, "guild")]}, size=2, bodies=BODIES, responded=[1, 0])
        )[1]
    )
    assert not np.isnan(influence_share(silent)).any()


CODED = [
    *[statement("agreed", "association_governance", "achieved")] * 3,
    statement("agreed", "government_governance", "partial"),
    statement("agreed", "firm_network_governance", "recommended"),
    statement("agreed", "firm_network_governance", "lacking"),
    *[statement("a", "association_governance", "achieved")] * 1,
    statement("a", "government_governance", "achieved"),
    statement("b", "association_governance", "achieved"),
    statement("b", "firm_network_governance", "recommended"),
    statement("b", "government_governance", "recommended"),
]


def test_a_text_says_who_governs_and_who_should_and_nothing_is_measured():
    cluster = small_cluster(
        {"influence": [("guild", 0), (1, 2)], "membership": [(0, "guild")], "policy": [("bureau", 1)]},
        size=3, bodies=BODIES, boundary="text", tables={"statements": pd.DataFrame(CODED)},
    )  # fmt: skip
    found = measure_governance(cluster)
    stated = rows_of(found, "governance_stated_share")
    assert {m: r["value"] for m, r in stated.items()} == {
        "firm_led": 0,
        "association_led": 0.75,
        "government_led": 0.25,
    }
    assert (stated["association_led"]["low"], stated["association_led"]["high"]) == (0.5, 1.0)
    assert stated["association_led"]["interval_kind"] == "coders"
    assert list(rows_of(found, "governance_mode_stated")) == ["association_led"]
    should = values_of(found, "governance_should_lead")
    assert should == {"firm_led": 1.0, "association_led": 0.0, "government_led": 0.0}
    assert values_of(found, "governance_stated_ties") == {
        "firm_led": 1,
        "association_led": 2,
        "government_led": 1,
    }
    for name in (
        "governance_share",
        "governance_mode",
        "firm_network_density",
        "governance_block_ties",
        "association_bridge",
    ):
        assert all(
            row["withheld"].startswith("withheld: a text states") for row in rows_of(found, name).values()
        )
    assert found.firms.isna().all().all()


def told(statements, ties=None, *, outside=None, bodies=None):
    return measure_governance(
        small_cluster(
            ties or {}, size=3, boundary="text", bodies={**BODIES, **(bodies or {})}, outside=outside,
            tables={"statements": pd.DataFrame(statements)},
        )
    )  # fmt: skip


LEAD = {"class_lead_firms": "class", "class_cluster_firms": "class", "class_owners": "class", "class_associations": "class"}  # fmt: skip
LED = [statement("agreed", "association_governance", "achieved")] * 4


def test_what_is_lacking_counts_against_what_there_is_and_few_statements_say_nothing():
    lacking = statement("agreed", "association_governance", "lacking", -1)
    found = told([*LED, lacking])
    assert rows_of(found, "governance_stated_share")["association_led"]["n"] == 3
    found = told([*LED, lacking, lacking])
    for name in ("governance_stated_share", "governance_mode_stated"):
        assert rows_of(found, name)[""]["withheld"].startswith("withheld: 2 statement(s)")
    found = told([*LED, *[lacking] * 5])
    assert "says that it is lacking" in rows_of(found, "governance_mode_stated")[""]["withheld"]
    # What is lacking of one mode takes nothing from another.
    other = [statement("agreed", "government_governance", "lacking", -1)] * 9
    assert list(rows_of(told([*LED, *other]), "governance_mode_stated")) == ["association_led"]


def test_general_claims_do_not_say_who_governs_a_cluster():
    general = [{**row, "general": True} for row in LED] + [
        {**statement("agreed", "government_governance", "achieved"), "general": False}
    ]
    found = told(general)
    assert rows_of(found, "governance_stated_share")[""]["withheld"].startswith("withheld: 1 statement(s)")
    assert list(rows_of(told([{**row, "general": False} for row in LED]), "governance_mode_stated")) == [
        "association_led"
    ]


def test_sentences_coded_alike_for_two_clusters_are_general():
    place = {
        "study": "s",
        "document": "book",
        "sentence": 1.0,
        "coder": "x",
        "state": "achieved",
        "polarity": 1.0,
    }
    rows = [
        ("a", "1", "4", "1", "trust"), ("b", "1", "4", "1", "trust"), ("a", "1", "4", "2", "trust"), ("b", "1", "4", "2", "norms"),
        ("a", "1", "2", "1", "trust"), ("a", "2", "2", "1", "trust"), ("a", "1", "", "1", "trust"), ("b", "1", "", "1", "trust"),
    ]  # fmt: skip
    statements = pd.DataFrame(
        [{**place, "cluster": c, "wave": w, "section": s, "paragraphs": p, "construct": k} for c, w, s, p, k in rows]
    )  # fmt: skip
    # Coded alike in both; coded otherwise; two waves of one cluster; interviews, which have no sections.
    assert marked_general(statements)["general"].tolist() == [
        True,
        True,
        False,
        False,
        False,
        False,
        False,
        False,
    ]


def test_a_stated_tie_makes_the_mode_the_hybrid():
    tie = {"influence": [("class_lead_firms", "guild")]}
    found = told(LED, tie, bodies=LEAD)
    assert list(rows_of(found, "governance_mode_stated")) == ["association_led_by_lead_firms"]
    assert values_of(found, "governance_stated_share")["association_led"] == 1
    # Not if firms that do not lead, or lead firms elsewhere, do so; nor if another mode has most statements.
    for ties in (
        {"influence": [("class_cluster_firms", "guild")]},
        {"service": [("class_lead_firms", "guild")]},
    ):
        assert list(rows_of(told(LED, ties, bodies=LEAD), "governance_mode_stated")) == ["association_led"]
    abroad = told(
        LED, {"influence": [("class_lead_firms", "chamber")]}, bodies=LEAD, outside={"chamber": "association"}
    )
    assert list(rows_of(abroad, "governance_mode_stated")) == ["association_led"]
    firms = [statement("agreed", "firm_network_governance", "achieved")] * 3
    assert list(rows_of(told(firms, tie, bodies=LEAD), "governance_mode_stated")) == ["firm_led"]


def test_a_recommended_tie_puts_firms_and_associations_together():
    wishes = [
        *[statement("agreed", "association_governance", "recommended")] * 5,
        *[statement("agreed", "firm_network_governance", "recommended")] * 3,
        *[statement("agreed", "government_governance", "recommended")] * 2,
    ]
    ties = {"influence": [("class_lead_firms", "class_associations")]}
    cluster = small_cluster(
        ties, size=1, boundary="text", bodies={**BODIES, **LEAD}, tables={"statements": pd.DataFrame(wishes)}
    )  # fmt: skip
    found = values_of(measure_governance(cluster), "governance_should_lead")
    assert found == {"firm_led": 0.3, "association_led": 0.5, "government_led": 0.2}
    cluster.ties["state"] = "recommended"
    cluster.ties["section"], cluster.ties["paragraphs"] = "4.1.5", "13"
    rows = rows_of(measure_governance(cluster), "governance_should_lead")
    assert {c: r["value"] for c, r in rows.items()} == {
        "association_led_by_lead_firms": 0.8,
        "government_led": 0.2,
    }
    assert rows["association_led_by_lead_firms"]["method"].endswith("(4.1.5, paragraph 13)")


def test_stated_ties_count_local_firms_associations_and_government():
    outside = {"union": "regulator", "province": "government"}
    ties = {
        "influence": [("class_lead_firms", "guild"), ("class_cluster_firms", "class_lead_firms"), (0, 1)],
        "policy": [("union", "class_cluster_firms"), ("bureau", 1), ("province", 0)],
        "service": [("lab", 0), ("guild", 1), ("class_associations", 2)],
        "membership": [("class_owners", "guild")],
    }
    found = values_of(told(LED, ties, outside=outside, bodies=LEAD), "governance_stated_ties")
    assert found == {"firm_led": 2, "association_led": 3, "government_led": 1}
    nobody = {"policy": [("union", 0)], "service": [("lab", 1)]}
    row = rows_of(told(LED, nobody, outside=outside, bodies=LEAD), "governance_stated_ties")[""]
    assert row["withheld"].startswith("withheld: no achieved tie")


def test_without_an_agreed_coding_counts_are_means_over_coders():
    some = [row for row in CODED if row["coder"] != "agreed"]
    groups = {"association_governance": "x", "government_governance": "y"}
    cluster = small_cluster(
        size=1,
        tables={
            "statements": pd.DataFrame([*some, statement("b", "association_governance", "achieved", -1)])
        },
    )
    assert coded(cluster, groups, ("achieved",)).value == {"x": 1.5, "y": 0.5}
    assert coded(cluster, groups, ("achieved",), helping=True).value == {"x": 1.0, "y": 0.5}


FULL = list(itertools.permutations(range(5), 2))
ODD = {
    "no firm": {"size": 0, "bodies": BODIES},
    "one firm": {"size": 1, "layers": {"membership": [(0, "guild")]}, "bodies": BODIES},
    "no ties": {"size": 20, "bodies": BODIES, "columns": {"employees": range(20)}},
    "all ties": {"layers": {layer: FULL for layer in TIES if layer != "influence"}, "bodies": BODIES},
    "bodies only": {"layers": {"policy": [("bureau", "guild")]}, "size": 6, "bodies": BODIES},
    "no bodies": {"layers": {"transaction": TIES["transaction"]}, "columns": SIZES},
    "nobody answered": {
        "layers": TIES,
        "bodies": BODIES,
        "columns": SIZES,
        "responded": [0] * 12,
        "boundary": "roster",
    },
    "few answered": {
        "layers": TIES,
        "bodies": BODIES,
        "columns": SIZES,
        "responded": [1] * 3 + [0] * 9,
        "boundary": "roster",
    },
    "sample": {"layers": TIES, "bodies": BODIES, "columns": SIZES, "boundary": "sample", "answers": MODULE},
    "text": {"layers": TIES, "bodies": BODIES, "boundary": "text"},
    "alike": {"size": 4, "answers": [(i, "R11.convenes", "", "nobody", 1) for i in range(4)]},
}


@pytest.mark.parametrize("case", ODD, ids=str)
def test_odd_clusters_give_finite_values_or_reasons(case):
    found = measure_governance(small_cluster(**{"layers": {}, **ODD[case]}))
    assert found.rows
    for row in found.rows:
        labelled = row["measure"] in ("governance_mode", "governance_mode_stated") and not row.get("withheld")
        assert labelled or bool(row.get("withheld")) != math.isfinite(row.get("value", math.nan))
    keys = [(r["measure"], r.get("category", "")) for r in found.rows]
    assert len(set(keys)) == len(keys)
    assert list(found.firms) == ["influence_share", "association_engagement"]
