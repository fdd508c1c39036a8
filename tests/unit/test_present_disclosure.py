"""What a confidential study's scores may not show: values on few firms, and single pairs of groups."""

import math

import pandas as pd

from gumflow.contract.scores import scores_table
from gumflow.present.small_scores import FEW, withhold_small


def scores() -> pd.DataFrame:
    common = {"study": "s", "cluster": "c", "wave": "1", "layer": "knowledge"}
    return scores_table(
        [
            {**common, "unit_kind": "network", "unit": "c", "measure": "density", "value": 0.2, "n": 40},
            {**common, "unit_kind": "network", "unit": "c", "measure": "reciprocity_arc", "value": 0.5, "low": 0.1, "high": 0.9, "n": 2},
            {**common, "unit_kind": "layer", "unit": "knowledge", "measure": "ties_stated", "value": 1, "category": "achieved"},
            {**common, "unit_kind": "layer", "unit": "knowledge", "measure": "ties_stated", "value": 3, "category": "partial"},
            {**common, "unit_kind": "group_pair", "unit": "state -> body", "measure": "mixing_density", "value": 0.5, "n": 30},
        ]
    )  # fmt: skip


def test_a_survey_withholds_values_on_fewer_than_three_and_pairs_of_groups():
    out = withhold_small(scores(), "survey", 3).set_index(["measure", "category"])
    hidden = {key for key, why in out["withheld"].items() if why == FEW}
    assert hidden == {("reciprocity_arc", ""), ("ties_stated", "achieved"), ("mixing_density", "")}
    for key in hidden:
        assert all(math.isnan(out.loc[key, column]) for column in ("value", "low", "high", "n"))
    assert out.loc[("density", ""), "value"] == 0.2
    assert out.loc[("ties_stated", "partial"), "value"] == 3


def test_published_cases_and_synthetic_studies_show_all():
    for grade in ("case", "official", "synthetic"):
        pd.testing.assert_frame_equal(withhold_small(scores(), grade, 3), scores())
