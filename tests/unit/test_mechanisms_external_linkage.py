"""The ladder from assembly to own brand: bounds against a search over all joint tables, and the cases' known values."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from small_studies import ROOT

from gumflow.contract.model import Model
from gumflow.contract.study import cells_table, find_study, tidy_study
from gumflow.mechanisms.external_linkage import (
    NO_SHARES,
    NOT_STATED,
    chain_scores,
    ladder_from_oem_share,
    ladder_from_separate_shares,
    ladder_scores,
)

CELLS = pd.DataFrame([{"study": "s", "cluster": "c", "wave": "1", "grade": "case"}])


def facts(**values: tuple[float, str]) -> pd.DataFrame:
    rows = [("c", "1", name, float(value), unit) for name, (value, unit) in values.items()]
    return pd.DataFrame(rows, columns=["cluster", "wave", "fact", "value", "unit"])


def searched(
    own_brand: float, own: float, joint: float, buyer: float, steps: int = 20
) -> dict[str, tuple[float, float]]:
    """Try every split of each kind of design into branded and unbranded goods, and joint design on either side."""
    found = []
    unit = 1 / steps
    counts = [round(x * steps) for x in (own, joint, buyer)]
    for branded in itertools.product(*(range(c + 1) for c in counts)):
        if sum(branded) != round(own_brand * steps):
            continue
        free = [(c - b) * unit for c, b in zip(counts, branded, strict=True)]
        for joint_is_own in (0.0, 0.5, 1.0):
            odm = free[0] + joint_is_own * free[1]
            oem = free[2] + (1 - joint_is_own) * free[1]
            found.append((oem, odm, own_brand, (oem + 2 * odm + 3 * own_brand) / 3))
    columns = np.array(found).T
    return {
        name: (c.min(), c.max()) for name, c in zip(("oem", "odm", "obm", "position"), columns, strict=True)
    }


@pytest.mark.parametrize(
    "shares",
    [(0.3, 0.35, 0.4, 0.25), (0.6, 0.2, 0.1, 0.7), (0.1, 0.8, 0.1, 0.1), (0.9, 0.5, 0.3, 0.2), (0.0, 0.3, 0.3, 0.4), (1.0, 0.3, 0.3, 0.4), (0.5, 0.0, 0.0, 1.0)],
)  # fmt: skip
def test_bounds_of_separate_shares_are_those_of_a_search_over_all_tables(shares):
    ladder = ladder_from_separate_shares(*shares)
    for name, bounds in searched(*shares).items():
        assert getattr(ladder, name) == pytest.approx(bounds, abs=1e-9), name


@pytest.mark.parametrize("oem", [0.0, 0.2, 0.8, 1.0])
def test_bounds_of_an_oem_share_are_those_of_all_mixes_of_the_rest(oem):
    rest = [
        (a, b, 1 - oem - a - b) for a in np.linspace(0, 1 - oem, 11) for b in np.linspace(0, 1 - oem - a, 11)
    ]
    positions = [(oem + 2 * odm + 3 * obm) / 3 for _, odm, obm in rest]
    ladder = ladder_from_oem_share(oem)
    assert ladder.position == pytest.approx((min(positions), max(positions)))
    assert ladder.odm == pytest.approx((0, 1 - oem))
    assert ladder.oem == (oem, oem)


def test_a_cluster_of_oem_only_stands_on_the_first_step():
    assert ladder_from_oem_share(1.0).position == pytest.approx((1 / 3, 1 / 3))
    assert ladder_from_separate_shares(1.0, 0.5, 0.3, 0.2).position == pytest.approx((1, 1))


def test_design_shares_that_do_not_add_to_one_are_rescaled():
    printed = ladder_from_separate_shares(0.3, 1 / 3, 0.4, 0.25)
    assert printed == ladder_from_separate_shares(0.3, *(x * 100 for x in (1 / 3, 0.4, 0.25)))


def position(table: pd.DataFrame, cluster: str = "c") -> pd.Series:
    return table[table["cluster"] == cluster].set_index("measure").loc["ladder_position"]


def test_the_ladder_of_the_cases_is_what_their_printed_shares_leave_open(model: Model):
    study = find_study(ROOT / "resources" / "zhejiang")
    table = ladder_scores(tidy_study(study, model)["facts"], cells_table(study))
    ningbo = position(table, "ningbo_apparel")
    assert (ningbo["low"], ningbo["high"]) == pytest.approx((0.8 / 3, 0.8 / 3 + 0.2))
    assert f"{ningbo['low']:.3f} {ningbo['high']:.3f}" == "0.267 0.467"
    assert math.isnan(ningbo["value"])
    assert ningbo["withheld"].startswith("only bounds")
    yongkang = position(table, "yongkang_hardware")
    assert yongkang["low"] < 0.660 < yongkang["high"]
    assert yongkang["high"] - yongkang["low"] < 0.25
    for cluster in ("wenzhou_lighters", "shaoxing_textiles"):
        assert position(table, cluster)["withheld"] == NOT_STATED
        assert math.isnan(position(table, cluster)["low"])
    assert set(table["interval_kind"]) == {"method", ""}


def test_percent_and_share_are_told_apart_by_the_unit():
    percent = ladder_scores(facts(oem_share_of_exports=(80, "percent")), CELLS)
    share = ladder_scores(facts(oem_share_of_exports=(0.8, "share")), CELLS)
    pd.testing.assert_frame_equal(percent, share)
    oem = percent.set_index("measure").loc["share_oem"]
    assert (oem["value"], oem["withheld"]) == (0.8, "")


def test_half_of_the_separate_shares_are_not_enough():
    table = ladder_scores(facts(own_brand_share=(30, "percent"), design_by_firm_share=(30, "percent")), CELLS)
    assert position(table)["withheld"] == NOT_STATED


@pytest.mark.parametrize(
    "values",
    [
        {"oem_share_of_exports": (80, "pieces")},
        {"oem_share_of_exports": (120, "percent")},
        {"oem_share_of_exports": (-1, "percent")},
        {"own_brand_share": (30, "percent"), "design_by_firm_share": (0, "share"), "design_joint_share": (0, "share"), "design_by_buyer_share": (0, "share")},
        {"own_brand_share": (130, "percent"), "design_by_firm_share": (1, "share"), "design_joint_share": (0, "share"), "design_by_buyer_share": (0, "share")},
    ],
)  # fmt: skip
def test_figures_that_are_no_shares_are_withheld_with_the_reason(values):
    assert position(ladder_scores(facts(**values), CELLS))["withheld"] == NO_SHARES


def test_facts_of_another_wave_do_not_count():
    table = facts(oem_share_of_exports=(80, "percent")).assign(wave="2")
    assert position(ladder_scores(table, CELLS))["withheld"] == NOT_STATED


def test_the_chain_is_given_as_stated_or_not_stated():
    chain = pd.DataFrame(
        [
            ("c", "1", "driver", "buyer"),
            ("c", "1", "barrier", "high"),
            ("c", "2", "governance_type", "captive"),
        ],
        columns=["cluster", "wave", "item", "category"],
    )
    table = chain_scores(chain, CELLS).set_index("measure")
    assert table["category"].to_dict() == {"chain_driver": "buyer", "chain_governance_type": ""}
    assert table["withheld"].to_dict() == {"chain_driver": "", "chain_governance_type": "not stated"}
