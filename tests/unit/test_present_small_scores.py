"""What the mechanisms' scores would tell of one or two firms, planted one by one: withheld, with what would tell it."""

import math
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from gumflow.contract.places import model_file
from gumflow.contract.scores import SCORE_KEY, scores_table
from gumflow.mechanisms.rows import wilson
from gumflow.present.small_scores import FEW, withhold_small

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
NUMBERS = ("value", "low", "high", "n", "coverage")


def row(measure: str, value: float = math.nan, n: float = 60, category: str = "", **more: object) -> dict:
    place = {"study": "s", "cluster": "c", "wave": "1", "unit_kind": "part", "unit": "learning.division"}
    return {
        **place,
        "measure": measure,
        "value": value,
        "n": n,
        "coverage": 0.8,
        "category": category,
        **more,
    }


def share(measure: str, hits: int, n: int = 60, category: str = "", **more: object) -> dict:
    low, high = wilson(hits, n)
    return row(measure, hits / n, n, category, low=low, high=high, interval_kind="sampling", **more)


def shown(rows: list[dict], least: int = 3) -> pd.DataFrame:
    return withhold_small(scores_table(rows), "survey", least)


def hidden(rows: list[dict], least: int = 3) -> set[tuple[str, str]]:
    out = shown(rows, least)
    few = out[out["withheld"] == FEW]
    assert few[list(NUMBERS)].isna().all().all()
    assert (few["method"] == "").all()
    assert (few["interval_kind"] == "").all()
    return {(m, c) for m, c in zip(few["measure"], few["category"], strict=True)}


@pytest.mark.parametrize(
    ("hits", "told"),
    [(0, False), (1, True), (2, True), (3, False), (57, False), (58, True), (59, True), (60, False)],
)
def test_a_share_that_one_or_two_firms_have_or_lack_is_withheld(hits, told):
    assert bool(hidden([share("young_firm_share", hits)])) == told


def test_the_least_number_is_the_studys_own():
    rows = [share("young_firm_share", 4)]
    assert not hidden(rows, 4)
    assert hidden(rows, 5) == {("young_firm_share", "")}


def test_a_mean_of_counts_that_adds_up_to_one_or_two_is_withheld():
    """Sixty firms with two partners abroad together: at most two firms have any."""
    rows = [
        row("linkage_partners_mean", 2 / 60, category="abroad"),
        row("linkage_partners_mean", 3 / 60, category="inside"),
    ]
    assert hidden(rows) == {("linkage_partners_mean", "abroad")}


def test_of_shares_that_add_up_to_one_none_is_left_that_would_tell_a_withheld_one():
    roles = {"gatekeeper": 12, "local_hub": 2, "isolated": 46}
    rows = [share("cognitive_role_share", hits, category=role) for role, hits in roles.items()]
    assert hidden(rows) == {("cognitive_role_share", role) for role in roles}
    safe = [share("cognitive_role_share", h, category=r) for r, h in (("gatekeeper", 14), ("isolated", 46))]
    assert not hidden(safe)


def test_shares_that_do_not_add_up_are_withheld_one_by_one():
    """Firms may learn in several ways: one share does not follow from the others."""
    rows = [share("learning_mode_share", hits, category=str(hits)) for hits in (2, 20, 45)]
    assert hidden(rows) == {("learning_mode_share", "2")}


def test_families_of_other_cells_are_left_alone():
    rows = [
        share("cognitive_role_share", hits, category=str(at), wave=wave)
        for wave, of in (("1", (2, 58)), ("2", (20, 40)))
        for at, hits in enumerate(of)
    ]
    out = shown(rows)
    assert set(out.loc[out["withheld"] == FEW, "wave"]) == {"1"}


@pytest.mark.parametrize(
    "measure", ["lead_firms_found", "core_participants", "entity_nodes", "functional_nodes"]
)
def test_counts_of_one_or_two_are_withheld(measure):
    assert hidden([row(measure, 2)]) == {(measure, "")}
    assert not hidden([row(measure, 3)])
    assert not hidden([row(measure, 0)])


def test_all_but_one_or_two_firms_of_a_field_are_as_few():
    assert hidden([row("core_participants", 59, category="design")])


def test_the_largest_value_is_one_firms():
    assert hidden([row("gatekeeper_removal_loss_largest", 0.12)])


def test_one_or_two_lead_firms_are_not_compared_with_others():
    about = [
        row("lead_effect_ratio", 2.4, category="talent"),
        row("lead_effect_p", 0.013, category="talent"),
        row("board_seats_lead_share", 3 / 7, 7),
        row("governance_hybrid", 0.171, 7),
        share("lead_firm_linkage", 31, 58, category="knowledge"),
        row("lead_firm_help", 0.506, 58),
        row("lead_firm_kappa", 0.4641),
    ]
    assert hidden([*about, row("lead_firms_found", 2)]) == {
        (r["measure"], r["category"]) for r in [*about, row("lead_firms_found")]
    }
    assert not hidden([*about, row("lead_firms_found", 4)])


def test_a_withheld_share_of_seats_does_not_follow_from_the_hybrid_mode():
    rows = [row("board_seats_lead_share", 2 / 3, 3), row("governance_hybrid", 0.211, 3)]
    assert hidden(rows) == {("board_seats_lead_share", ""), ("governance_hybrid", "")}


def test_what_one_or_two_gatekeepers_carry_is_withheld():
    keepers = (
        "gatekeeper_reach_share", "gatekeepers_access_lost", "gatekeeper_access_lost_mean", "gatekeeper_reach_lost_mean",
    )  # fmt: skip
    roles = [share("cognitive_role_share", 2, category="gatekeeper"), share("cognitive_role_share", 58, category="isolated")]  # fmt: skip
    about = [row(name, 0.3671) for name in keepers]
    assert {m for m, _ in hidden([*roles, *about])} == {"cognitive_role_share", *keepers}
    many = [share("cognitive_role_share", 20, category="gatekeeper"), share("cognitive_role_share", 40, category="isolated")]  # fmt: skip
    assert not hidden([*many, *about])


def stage(high: int, low: int, everyone: int = 60) -> list[dict]:
    sizes = {"all": everyone, "high": high, "low": low}
    means = [row("knowledge_harvest_mean", 0.3121, n, name) for name, n in sizes.items()]
    return [*means, row("knowledge_harvest_high_share", 0.3251)]


@pytest.mark.parametrize("sizes", [(2, 58), (58, 2), (20, 39), (20, 38)])
def test_a_class_of_one_or_two_does_not_follow_from_the_other_class(sizes):
    """Also where one or two firms are in no class: they are what is left of all."""
    told = {
        ("knowledge_harvest_mean", "high"),
        ("knowledge_harvest_mean", "low"),
        ("knowledge_harvest_high_share", ""),
    }
    assert hidden(stage(*sizes)) == told


@pytest.mark.parametrize("sizes", [(20, 40), (20, 37)])
def test_classes_of_three_or_more_are_shown(sizes):
    assert not hidden(stage(*sizes))


def test_who_feeds_whom_is_withheld_where_a_class_is_one_or_two_firms():
    flows = [row("advice_flow_density", 0.0673, category="high > high"), row("feeding_ratio", 0.7463), row("outside_partners_of_class", 0.7893, category="low")]  # fmt: skip
    assert len(hidden([share("high_potential_share", 2), *flows])) == 4
    assert not hidden([share("high_potential_share", 20), *flows])


def test_a_field_of_one_or_two_firms_has_no_years_and_no_probability():
    rows = [
        row(name, value + at / 100, category=field)
        for at, field in enumerate(("design", "testing", "all"))
        for name, value in (
            ("technology_life", 7.051),
            ("network_emergence_probability", 0.0913),
            ("field_complexity", 2.113),
        )
    ]
    counts = [row("core_participants", 2, category="design"), row("core_participants", 12, category="testing")]  # fmt: skip
    assert hidden([*rows, *counts]) == {
        ("core_participants", "design"),
        ("technology_life", "design"),
        ("field_complexity", "design"),
        ("network_emergence_probability", "design"),
        ("network_emergence_probability", "all"),
    }


def test_organizations_of_a_kind_that_few_work_with_do_not_follow_from_the_sum():
    rows = [row("entity_nodes", v, category=c) for c, v in (("all", 53), ("firm", 52), ("university", 1))]
    kinds = [row("joint_partner_kind_share", v / 84, category=c) for c, v in (("firm", 64), ("university", 20))]  # fmt: skip
    assert len(hidden([*rows, *kinds])) == 5
    shares = [row("joint_partner_kind_share", v / 84, category=c) for c, v in (("firm", 83), ("finance", 1))]
    assert len(hidden(shares)) == 2


@pytest.mark.parametrize(
    ("cr4", "hhi", "n", "told"),
    [(0.45, 0.0713, 60, False), (0.9713, 0.5113, 60, True), (0.6513, 0.1713, 6, True), (0.6513, 0.1713, 7, False)],
)  # fmt: skip
def test_concentration_is_withheld_where_few_firms_make_it_or_are_left_over(cr4, hhi, n, told):
    rows = [row("concentration_cr4", cr4, n, "employees"), row("concentration_hhi", hhi, n, "employees")]
    other = [
        row("concentration_cr4", 0.2413, 60, "transaction"),
        row("concentration_hhi", 0.0413, 60, "transaction"),
    ]
    both = {("concentration_cr4", "employees"), ("concentration_hhi", "employees")}
    assert hidden([*rows, *other]) == (both if told else set())


def test_types_do_not_follow_from_the_gates_that_are_their_sums():
    types = [share("gvc_governance_share", h, category=t) for t, h in (("captive", 2), ("market", 18), ("unclassified", 40))]  # fmt: skip
    gates = [
        share("path_gate_share", h, category=t, unit_kind="path", unit="process")
        for t, h in (("helped", 5), ("open", 15), ("unclassified", 40))
    ]
    assert len(hidden([*types, *gates])) == 6
    assert len(hidden(gates)) == 0


def test_principles_do_not_quote_a_withheld_share_in_words():
    words = "7% of the firms in touch were asked for their opinion, interval 2% to 20%"
    rows = [
        share("policy_consulted_share", 2, 30),
        row("policy_principle", 0.0, 30, "bottom_up", method=words),
        row("policy_principle", n=18, category="dynamic", withheld=f"withheld: unknown, since {words}"),
        row("policy_responsive", 1.0, 30, method=words),
    ]
    out = shown(rows)
    assert not out["method"].str.contains("%").any()
    assert not out["withheld"].str.contains("%").any()


def test_reasons_and_methods_do_not_name_one_or_two_firms():
    reasons = {
        "withheld: 1 lead firm(s) and 12 other(s) have a value; a comparison needs 2 lead firms": True,
        "withheld: 12 lead firm(s) and 2 other(s) have a value": True,
        "withheld: 12 lead firm(s) and 20 other(s) have a value; a comparison needs 2 lead firms": False,
        "withheld: only 2 firm(s) have a value": True,
        "withheld: 7 firm(s) whose governance helps the path and 1 whose governance slows or blocks it have an outcome": True,
        "withheld: 2 seat(s) on boards of associations are reported": True,
        "withheld: 2 of 5 contents are there": False,
        "withheld: 12 firm(s) have all of 2 columns, 0 firm(s) another": False,
    }
    out = shown(
        [row("path_gate_difference", n=13, category=str(k), withheld=w) for k, w in enumerate(reasons)]
    )
    assert [why == FEW for why in out["withheld"]] == list(reasons.values())
    weighed = row(
        "absorptive_capacity_weight", 0.2013, method="equal weights: 2 firm(s) answered all 5 items"
    )
    (out,) = shown([weighed]).to_dict("records")
    assert out["method"] == ""
    assert out["value"] == 0.2013


def test_a_label_found_on_few_firms_is_withheld_too():
    rows = [
        row("governance_mode", n=2, category="firm_led"),
        row("gvc_governance_mode", 0.98, 2, "captive"),
        row("linkage_quadrant", 0.55, 2, "high local linkage, high export dependence"),
    ]
    assert {c for _, c in hidden(rows)} == {""}


def test_of_fewer_than_ten_firms_no_interval_is_given():
    """The mean of nine firms and Student's interval give their sum and the sum of their squares."""
    rows = [row("firm_age_mean", 12.311, n, str(n), low=10.9, high=13.7, interval_kind="sampling") for n in (9, 10)]  # fmt: skip
    out = shown(rows).set_index("category")
    assert out.loc["9", "value"] == 12.311
    assert math.isnan(out.loc["9", "low"])
    assert out.loc["9", "interval_kind"] == ""
    assert out.loc["10", "low"] == 10.9


def test_what_many_firms_bear_stays_and_nothing_is_added():
    rows = [
        share("association_membership", 40),
        row("firm_network_density", 2 / 60, unit_kind="network"),
        row("coupling_coordination", 0.5213),
        row("ei_index_linkage", -0.8821),
    ]
    given = scores_table(rows)
    pd.testing.assert_frame_equal(shown(rows), given)
    assert shown([]).empty


def test_a_part_of_the_scores_is_withheld_as_the_whole_is():
    """Figures are drawn from parts, tables from all: what one withholds the other does not show."""
    rows = [*stage(2, 58), row("lead_firms_found", 2), row("lead_effect_ratio", 2.413, category="talent")]
    networks = [row("density", 0.0731, unit_kind="network"), row("isolates", 7, unit_kind="network")]
    whole = shown([*rows, *networks])
    parts = pd.concat([shown(rows), shown(networks)]).sort_values(SCORE_KEY, kind="stable")
    pd.testing.assert_frame_equal(whole, parts.reset_index(drop=True))


def test_withholding_twice_withholds_no_more():
    once = shown([*stage(2, 58), share("young_firm_share", 2)])
    pd.testing.assert_frame_equal(withhold_small(once, "survey", 3), once)


def test_the_keys_stay_unique():
    rows = [row("gvc_governance_mode", 0.98, 2, "captive", unit=str(at)) for at in range(3)]
    assert not shown(rows).duplicated(SCORE_KEY).any()
    assert np.isnan(shown(rows)["value"]).all()


def test_figures_are_drawn_without_what_tables_withhold(tmp_path, monkeypatch):
    """The script reads parts of the scores as they were measured, before anything is withheld."""
    at = {"unit": "learning.process"}
    rows = [{**r, **at, "grade": "survey"} for r in stage(2, 58)]
    for r, value in zip(rows, (0.3121, 0.4242, 0.2525, 0.3636), strict=True):
        r["value"] = value
    cell = {
        "study": "s", "cluster": "c", "wave": "1", "boundary": "roster", "group_by": "kind", "grade": "survey", "cluster_en": "Alder",
        "cluster_zh": "赤杨", "source_en": "the source", "source_zh": "资料",
    }  # fmt: skip
    paths = [tmp_path / "cells.parquet", tmp_path / "scores_mechanisms.parquet"]
    pd.DataFrame([cell]).to_parquet(paths[0])
    scores_table(rows).to_parquet(paths[1])
    drawn = []
    monkeypatch.setattr("gumflow.contract.writing.write_figure", lambda figure, _: drawn.append(figure))
    run = SimpleNamespace(
        input=SimpleNamespace(tables=paths, model=model_file()),
        params=SimpleNamespace(figures=["learning_process.c.1"], minimum_firms=3, languages=["en"], font=""),
        output=[str(tmp_path / "out")],
    )
    runpy.run_path(str(SCRIPTS / "figures.py"), init_globals={"snakemake": run})
    words = " ".join(text.get_text() for text in drawn[0].findobj(Text))
    assert "0.31" in words
    for told in ("0.42", "0.25", "36%"):
        assert told not in words
