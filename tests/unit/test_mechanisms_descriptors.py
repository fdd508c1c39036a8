"""Descriptors of a cluster: origin, quadrant, numbers of firms and stage, ages, driver; stated ones first."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_clusters import small_cluster
from small_studies import ROOT

from gumflow.contract.model import Model
from gumflow.contract.study import cells_table, find_study, tidy_study
from gumflow.measures.registry import get_measure
from gumflow.mechanisms.cluster import MechanismSettings, clusters_of
from gumflow.mechanisms.descriptors import firm_counts, measure_descriptors, stated_ties

NAN = math.nan


def row(found, measure, category=None):
    (one,) = [r for r in found.rows if r["measure"] == measure and category in (None, r.get("category"))]
    return one


def facts(*rows):
    return pd.DataFrame(rows, columns=["fact", "value", "unit", "qualifier"])


def stated(**items):
    return pd.DataFrame([{"item": item, "category": category} for item, category in items.items()])


@pytest.mark.parametrize(("foreign", "origin"), [(2, "native"), (28, "embedded"), (15, "")])
def test_origin_is_told_by_foreign_capital_where_the_interval_is_on_one_side(foreign, origin):
    found = measure_descriptors(
        small_cluster(size=30, indicators={"fdi": [1.0] * foreign + [0.0] * (30 - foreign)})
    )
    share = row(found, "foreign_capital_share")
    low, high = stats.binomtest(foreign, 30).proportion_ci(method="wilson")
    assert (share["value"], share["low"], share["high"]) == pytest.approx((foreign / 30, low, high))
    told = row(found, "cluster_origin")
    assert told.get("category", "") == origin
    assert get_measure("cluster_origin").source.endswith("[reconstruction]")
    assert not origin or told["method"] == "by today's foreign capital, not by how the cluster came about"
    assert bool(told.get("withheld")) == (origin == "")


def test_what_a_source_states_of_origin_and_stage_comes_first():
    tables = {
        "chain": stated(origin="native", maturity="mature", driver="producer"),
        "facts": facts(("firms_2000", 100, "firms", "exact"), ("firms_2004", 50, "firms", "exact")),
    }
    found = measure_descriptors(small_cluster(size=30, indicators={"fdi": [1.0] * 30}, tables=tables))
    assert row(found, "cluster_origin")["category"] == "native"
    assert row(found, "cluster_stage")["category"] == "mature"
    assert row(found, "firm_count_growth")["value"] == pytest.approx(-math.log(2) / 4)
    # Producers reverse the first three paths.
    assert row(found, "path_order")["category"] == "functional > product > process > chain"


def test_the_order_of_paths_follows_the_driver():
    orders = {
        driver: row(
            measure_descriptors(
                small_cluster(size=2, boundary="text", tables={"chain": stated(driver=driver)})
            ),
            "path_order",
        )
        for driver in ("buyer", "producer", "mixed")
    }
    buyer, producer = (orders[d]["category"].split(" > ") for d in ("buyer", "producer"))
    assert buyer == ["process", "product", "functional", "chain"]
    assert producer == [*buyer[2::-1], "chain"]
    assert "driven by both" in orders["mixed"]["withheld"]
    assert "not stated" in row(measure_descriptors(small_cluster(size=2)), "path_order")["withheld"]


@pytest.mark.parametrize(
    ("said", "order"),
    [
        ("sales_first", "sales > making > technical and innovative capability"),
        ("making_first", "making > sales"),
    ],
)
def test_the_order_that_the_source_tells_of_the_cluster_itself_is_given(said, order):
    made = small_cluster(size=2, boundary="text", tables={"chain": stated(path_order_stated=said)})
    assert row(measure_descriptors(made), "path_order_stated")["category"] == order


@pytest.mark.parametrize(
    ("said", "stage"),
    [("growing", "growing"), ("stable", "mature"), ("stable_or_shrinking", "mature or shrinking"), ("shrinking", "shrinking")],
)  # fmt: skip
def test_a_stated_direction_of_the_number_of_firms_tells_the_stage_where_no_counts_do(said, stage):
    tables = {"chain": stated(firm_numbers=said)}
    found = measure_descriptors(small_cluster(size=1, boundary="text", tables=tables))
    assert row(found, "firm_count_direction")["category"] == said
    assert row(found, "cluster_stage")["category"] == stage
    tables["facts"] = facts(("firms_2000", 100, "firms", "exact"), ("firms_2004", 400, "firms", "exact"))
    assert (
        row(measure_descriptors(small_cluster(size=1, tables=tables)), "cluster_stage")["category"]
        == "growing"
    )


@pytest.mark.parametrize(
    ("qualifier", "words"),
    [("exact", "as printed"), ("over", "as printed: more than this"), ("under", "as printed: less than this"), ("about", "as printed: about this")],
)  # fmt: skip
def test_what_stands_before_a_printed_figure_goes_with_it(qualifier, words):
    table = facts(
        ("cluster_age", 20, "years", qualifier), ("buyer_driven_share", 80, "percent", qualifier),
        ("external_dependence", 70, "percent", qualifier),
    )  # fmt: skip
    found = measure_descriptors(small_cluster(size=1, boundary="text", tables={"facts": table}))
    assert row(found, "cluster_age")["method"] == row(found, "driven_firm_share")["method"] == words
    assert row(found, "export_dependence")["method"] == f"dependence on foreign trade, {words}"


def test_a_stated_stage_stands_beside_what_counts_say():
    table = facts(("firms_2000", 100, "firms", "exact"), ("firms_2004", 50, "firms", "exact"))
    made = small_cluster(size=1, boundary="text", tables={"facts": table, "chain": stated(maturity="mature")})
    told = row(measure_descriptors(made), "cluster_stage")
    assert (told["category"], told["method"].endswith("number of firms: shrinking")) == ("mature", True)


def test_only_sure_counts_of_all_firms_tell_the_stage():
    table = facts(
        ("firms_2003", 1000, "firms", "exact"), ("firms_2006", 600, "firms", "about"), ("firms_after_2007", 100, "firms", "under"),
        ("firms_late_1980s", 500, "firms", "exact"), ("firms_above_scale_2007", 568, "firms", "exact"), ("employees_2007", 9, "persons", "exact"),
    )  # fmt: skip
    made = small_cluster(size=1, boundary="text", tables={"facts": table})
    assert firm_counts(made).to_dict() == {1980: 500, 2003: 1000, 2006: 600}
    found = measure_descriptors(made)
    assert row(found, "firm_count", "2006")["value"] == 600
    assert row(found, "firm_count_growth")["value"] == pytest.approx(math.log(0.6) / 3)
    assert row(found, "cluster_stage")["category"] == "shrinking"
    one = measure_descriptors(small_cluster(size=1, tables={"facts": table.iloc[:1]}))
    assert "fewer than two counts" in row(one, "cluster_stage")["withheld"]


@pytest.mark.parametrize(("later", "stage"), [(120, "growing"), (102, "mature"), (80, "shrinking")])
def test_stages_by_the_last_change(later, stage):
    table = facts(("firms_2000", 100, "firms", "exact"), ("firms_2003", later, "firms", "exact"))
    assert (
        row(measure_descriptors(small_cluster(size=1, tables={"facts": table})), "cluster_stage")["category"]
        == stage
    )


def test_the_quadrant_and_how_often_draws_stay_in_it():
    rng = np.random.default_rng(4)
    export, ei = rng.uniform(0.3, 0.8, 40), rng.uniform(-1, 0.9, 40)
    made = small_cluster(
        size=40, indicators={"open_mkt": export, "ei_sup": ei}, settings=MechanismSettings(draws=1000)
    )
    found = measure_descriptors(made)
    local = (1 - ei) / 2
    assert row(found, "export_dependence")["value"] == pytest.approx(export.mean())
    assert row(found, "local_supply_share")["value"] == pytest.approx(local.mean())
    quadrant = row(found, "linkage_quadrant")
    words = ["high" if v.mean() >= 0.5 else "low" for v in (local, export)]
    assert quadrant["category"] == f"{words[0]} local linkage, {words[1]} export dependence"
    stays = []
    for _ in range(3000):
        at = rng.integers(0, 40, 40)
        stays.append(all((v[at].mean() >= 0.5) == (v.mean() >= 0.5) for v in (local, export)))
    assert quadrant["value"] == pytest.approx(np.mean(stays), abs=0.05)
    half = measure_descriptors(small_cluster(size=40, indicators={"open_mkt": export}))
    assert "local supply is unknown" in row(half, "linkage_quadrant")["withheld"]
    sparse = np.where(np.arange(40) < 20, ei, NAN)
    few = row(
        measure_descriptors(small_cluster(size=40, indicators={"open_mkt": export, "ei_sup": sparse})),
        "linkage_quadrant",
    )
    assert "for 50% of the firms" in few["withheld"]


def test_ages_are_counted_to_the_wave():
    made = small_cluster(size=4, columns={"founded": [1999, 2005, "", 2012]})
    found = measure_descriptors(made)
    assert found.firms["firm_age"].tolist() == pytest.approx([10, 4, NAN, NAN], nan_ok=True)
    older = measure_descriptors(small_cluster(size=4, columns={"founded": [1999, 2005, 2004, 2003]}))
    assert row(older, "firm_age_mean")["value"] == pytest.approx((10 + 4 + 5 + 6) / 4)
    assert row(older, "young_firm_share")["value"] == pytest.approx(0.5)
    nameless = measure_descriptors(small_cluster(size=4, columns={"founded": [1999] * 4}, wave="first"))
    assert nameless.firms["firm_age"].isna().all()


def test_stated_ties_are_counted_by_where_they_go():
    made = small_cluster(
        {"pipeline": [(0, "b1"), ("b1", 0), (1, "u1")], "knowledge": [(0, 1), (1, 0)], "social": [(0, 1)]}, boundary="text",
        outside={"b1": "buyer", "u1": "university"},
    )  # fmt: skip
    made.members.loc["u1", "place"] = "other_cluster"
    assert stated_ties(made) == {"inside": 1, "other_cluster": 1, "abroad": 1}
    assert row(measure_descriptors(made), "linkage_ties_stated", "abroad")["value"] == 1


@pytest.fixture(scope="module")
def cases(model: Model):
    study = find_study(ROOT / "resources" / "zhejiang")
    tables = tidy_study(study, model)
    tables["cells"] = cells_table(study)
    cell = ["study", "cluster", "wave"]
    indicators = [*cell, "respondent", "instrument", "indicator", "value", "construct", "role", "direction"]
    tables |= {"indicators": pd.DataFrame(columns=indicators), "answers": pd.DataFrame(columns=cell)}
    return {c.head["cluster"]: c for c in clusters_of(tables, model, MechanismSettings(draws=100), seed=1)}


def test_the_real_cases_say_what_their_text_states(cases):
    found = {name: measure_descriptors(case) for name, case in cases.items()}
    assert row(found["shaoxing_textiles"], "cluster_origin")["category"] == "native"
    assert row(found["shaoxing_textiles"], "cluster_stage")["category"] == "mature"
    assert row(found["shaoxing_textiles"], "cluster_age")["value"] == 30
    stage = row(found["wenzhou_lighters"], "cluster_stage")
    assert (stage["category"], stage["method"].endswith("shrinking")) == ("mature", True)
    order = row(found["wenzhou_lighters"], "path_order_stated")
    assert (order["category"].split(" > ")[0], order["method"]) == ("sales", "as stated (4.2.3 paragraph 1)")
    assert row(found["wenzhou_lighters"], "cluster_age")["method"] == "as printed: more than this"
    lacking = row(found["wenzhou_lighters"], "linkage_quadrant")["withheld"]
    assert lacking.endswith("and local supply and export dependence are unknown")
    assert row(found["yongkang_hardware"], "firm_count_direction")["category"] == "stable_or_shrinking"
    assert (
        row(found["yongkang_hardware"], "driven_firm_share", "buyer")["method"]
        == "as printed: more than this"
    )
    assert row(found["ningbo_apparel"], "export_dependence")["value"] == pytest.approx(0.7)
    assert row(found["ningbo_apparel"], "linkage_quadrant")["withheld"].endswith(
        "and local supply is unknown"
    )
    assert row(found["yongkang_hardware"], "driven_firm_share", "buyer")["value"] == pytest.approx(0.8)
    assert row(found["yongkang_hardware"], "path_order")["category"].startswith("process > product")
    assert not row(found["wenzhou_lighters"], "path_order").get("category")
    for one in found.values():
        assert one.firms["firm_age"].isna().all()
