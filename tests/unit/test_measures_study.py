"""A whole study through one call: waves, rosters with silent actors, rules for reports, groups, samples with weights."""

import numpy as np
import pandas as pd
import pytest

import gumflow.measures.study as study_module
from gumflow.contract.cells import rows_of
from gumflow.contract.model import Model
from gumflow.contract.scores import SCORE_COLUMNS
from gumflow.contract.study import cells_table, find_study, tidy_study
from gumflow.measures.compute import Settings
from gumflow.measures.egos import measure_egos
from gumflow.measures.registry import all_measures
from gumflow.measures.study import measure_study, settings_of
from gumflow.measures.waves import measure_change
from gumflow.networks.cells import cell_tables
from gumflow.networks.layers import NETWORKS

STUDY = """\
title: {en: Two waves, zh: 两期}
grade: interview
boundary: roster
group_by: town
tie_rules: {knowledge: intersection, trust: sender}
clusters:
  hill:
    en: Hill
    zh: 山丘
    waves: {"2001": hill1, "2004": hill2}
  coast: {en: Coast, zh: 海岸, boundary: sample}
"""
NAMES = [f"f{i}" for i in range(8)]
TOWN = dict(zip(NAMES, ["north", "north", "north", "south", "south", "south", "", "north"], strict=True))
SILENT = {"2001": {"f6"}, "2004": {"f6", "f7"}}
KNOWS = {
    "2001": [
        ("f0", "f1"),
        ("f1", "f2"),
        ("f2", "f0"),
        ("f0", "f3"),
        ("f3", "f4"),
        ("f4", "f6"),
        ("f5", "f0"),
    ],
    "2004": [
        ("f0", "f1"),
        ("f1", "f2"),
        ("f0", "f3"),
        ("f4", "f3"),
        ("f4", "f6"),
        ("f5", "f0"),
        ("f5", "f2"),
    ],
}


def actor_rows(extra=""):
    head = "actor,kind,place,town" + (",weight" if extra else "")
    return (
        "\n".join([head, *(f"{n},firm,local,{TOWN[n]}{extra}" for n in NAMES), "b1,buyer,abroad," + extra])
        + "\n"
    )


def tie_rows(wave):
    """Each tie is told by the sender; the receiver confirms all but those of f5, and f3 adds one that f1 denies."""
    silent = SILENT[wave]
    rows = ["source,target,layer,directed,state,strength,reporter"]
    for k, (a, b) in enumerate(KNOWS[wave]):
        rows.append(f"{a},{b},knowledge,1,achieved,{k + 1},{a}")
        if a != "f5" and b not in silent:
            rows.append(f"{a},{b},knowledge,1,achieved,{k + 2},{b}")
    rows += ["f1,f3,knowledge,1,achieved,1,f3", "f0,f2,trust,1,achieved,,f0", "f2,f0,trust,1,achieved,,f2"]
    rows += [
        "f0,b1,pipeline,1,achieved,,f0",
        "f0,f5,knowledge,1,lacking,,f0",
    ]
    return "\n".join(rows) + "\n"


def roster_rows(wave):
    rows = ["respondent,alter,asked,answered"]
    rows += [f"{n},,,{int(n not in SILENT[wave])}" for n in NAMES]
    return "\n".join([*rows, "f0,f4,0,1"]) + "\n"


COAST_TIES = """\
source,target,layer,directed,state,reporter
f0,f1,knowledge,1,achieved,f0
f0,f3,knowledge,1,achieved,f0
f0,b1,pipeline,1,achieved,f0
f1,f3,knowledge,1,achieved,f0
f2,f3,transaction,0,achieved,f2
f3,f2,transaction,0,achieved,
f4,f5,knowledge,1,lacking,f4
"""
COAST_ROSTER = "respondent,alter,asked,answered\nf0,,,1\nf2,,,1\nf4,,,1\nf7,,,0\n"
PLAIN = Settings(draws=0)


def write(root):
    files = {"study.yaml": STUDY}
    for wave, folder in (("2001", "hill1"), ("2004", "hill2")):
        files |= {
            f"{folder}/actors.csv": actor_rows(),
            f"{folder}/ties.csv": tie_rows(wave),
            f"{folder}/roster.csv": roster_rows(wave),
        }
    weights = (
        actor_rows(",2")
        .replace("f2,firm,local,north,2", "f2,firm,local,north,6")
        .replace("f7,firm,local,north,2", "f7,firm,local,north,")
    )
    files |= {"coast/actors.csv": weights, "coast/ties.csv": COAST_TIES, "coast/roster.csv": COAST_ROSTER}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module", autouse=True)
def _fewer_replicates():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_module, "STABILITY_REPLICATES", 3)
        yield


@pytest.fixture(scope="module")
def given(tmp_path_factory, model: Model):
    study = find_study(write(tmp_path_factory.mktemp("waves")))
    return tidy_study(study, model), cells_table(study)


@pytest.fixture(scope="module")
def found(given):
    tables, cells = given
    return measure_study(cells, tables["actors"], tables["ties"], tables["roster"], PLAIN, seed=5)


def cell(given, cluster, wave):
    tables, cells = given
    row = cells[(cells["cluster"] == cluster) & (cells["wave"] == wave)].to_dict("records")[0]
    return cell_tables(row, tables["actors"], tables["ties"], tables["roster"], 5, True)


def network(given, name="knowledge", cluster="hill", wave="2001"):
    return next(n for n in cell(given, cluster, wave).networks if n.name == name)


def one(scores, **where):
    for column, value in where.items():
        scores = scores[scores[column] == value]
    assert len(scores) == 1, where
    return scores.iloc[0]


def test_every_cell_has_its_networks_and_no_row_stands_twice(found):
    scores = found["scores"]
    assert list(scores.columns) == SCORE_COLUMNS
    key = ["study", "cluster", "wave", "layer", "unit_kind", "unit", "measure", "category"]
    assert not scores.duplicated(key).any()
    wide = found["actor_measures"]
    cells = wide[["cluster", "wave"]].drop_duplicates().to_numpy().tolist()
    assert cells == [["hill", "2001"], ["hill", "2004"], ["coast", "1"]]
    for _, rows in wide.groupby(["cluster", "wave"]):
        assert set(NETWORKS) <= set(rows["layer"])
    assert "lacking" not in set(wide["layer"])
    assert ((scores["withheld"] != "") == scores["value"].isna()).all()
    assert set(scores["measure"]) <= {m.name for m in all_measures()}


def test_the_rule_of_a_layer_decides_which_reports_make_a_tie(given):
    told = network(given)
    arcs = {
        (told.actors[i], told.actors[j]): w
        for i, j, w in zip(told.source, told.target, told.strength, strict=True)
    }
    # f5's tie is denied by f0, that of f3 by f1; f6 did not answer, so what f4 says of it stands. Of strengths the smaller.
    assert arcs == {
        ("f0", "f1"): 1,
        ("f1", "f2"): 2,
        ("f2", "f0"): 3,
        ("f0", "f3"): 4,
        ("f3", "f4"): 5,
        ("f4", "f6"): 6,
    }
    assert told.observed_by == "either"
    assert network(given, "trust").observed_by == "sender"


def test_silent_actors_are_unobserved_and_groups_are_those_of_the_study(given, found):
    told = network(given)
    assert told.group_by == "town"
    assert dict(zip(told.actors, told.groups, strict=True)) == TOWN
    assert told.response_rate == pytest.approx(7 / 8)
    # Both ends tell of knowledge, and everyone but f6 answered, so nothing of it is unobserved.
    assert (
        one(found["scores"], cluster="hill", wave="2001", layer="knowledge", measure="coverage")["value"] == 1
    )
    trust = network(given, "trust")
    row = one(found["scores"], cluster="hill", wave="2001", layer="trust", measure="coverage")
    # Trust is told by the sender: the seven pairs from f6, and f0 -> f4, which was left off the list.
    assert row["value"] == pytest.approx(1 - 8 / 56)
    wide = (
        found["actor_measures"]
        .query("cluster == 'hill' and wave == '2001' and layer == 'trust'")
        .set_index("actor")
    )
    assert np.isnan(wide.loc["f6", "out_degree"])
    assert wide.loc["f0", "out_degree"] == 1
    assert trust.unasked[0].tolist() == [0]
    assert trust.unasked[1].tolist() == [4]


def test_agreement_of_reports_is_counted_where_both_sides_answered(found):
    row = one(
        found["scores"],
        cluster="hill",
        wave="2001",
        unit_kind="layer",
        unit="knowledge",
        measure="report_agreement",
    )
    # Both say yes to five; the tie from f5, that told by f3 and f4 -> f6 (f6 silent, not compared) remain: 5 of 7.
    assert row["value"] == pytest.approx(5 / 7)
    assert row["method"] == "rule intersection"
    kappa = one(found["scores"], cluster="hill", wave="2001", unit="knowledge", measure="report_kappa")
    # Seven answered: 42 ordered pairs; either side says yes to 6 of them, both to 5, so both say no to 35.
    agreed, by_chance = (5 + 35) / 42, (6 * 6 + 36 * 36) / 42**2
    assert kappa["value"] == pytest.approx((agreed - by_chance) / (1 - by_chance))
    assert kappa["n"] == 42
    trust = found["scores"].query("cluster == 'hill' and unit == 'trust' and measure == 'report_agreement'")
    assert trust.empty


def test_waves_are_compared_with_the_one_before(given, found):
    scores = found["scores"]
    expected, actors = measure_change(
        network(given, "firm", wave="2001"), network(given, "firm", wave="2004")
    )
    for r in expected.to_dict("records"):
        row = one(
            scores, cluster="hill", wave="2004", layer="firm", measure=r["measure"], category=r["category"]
        )
        assert row["value"] == pytest.approx(r["value"], nan_ok=True)
        assert row["method"].startswith("from wave 2001 to 2004")
    assert "tie_jaccard" not in set(scores.loc[scores["wave"] == "2001", "measure"])
    assert "tie_jaccard" not in set(scores.loc[scores["cluster"] == "coast", "measure"])
    changes = found["actor_changes"]
    assert set(changes["layer"]) == set(NETWORKS)
    assert changes["wave"].eq("2004").all()
    assert changes[changes["layer"] == "firm"]["actor"].tolist() == actors["actor"].tolist()


def test_a_layer_with_ties_in_one_wave_only_is_neither_lost_nor_gained(given):
    tables, cells = given
    ties, hill = tables["ties"], cells[cells["cluster"] == "hill"]
    lacks = {("2001", "pipeline"), ("2004", "trust")}
    kept = [pair not in lacks for pair in zip(ties["wave"], ties["layer"], strict=True)]
    given_ties = (tables["actors"], ties[kept], tables["roster"])
    scores = measure_study(hill, *given_ties, PLAIN, seed=5)["scores"]
    row = one(scores, wave="2004", layer="trust", measure="ties_dissolved")
    assert row["withheld"].startswith("withheld: no tie of trust is reported in wave 2004, and whether")
    assert row["method"] == "from wave 2001 to 2004"
    assert row["unit_kind"] == "network"
    assert np.isnan(row["value"])
    outward = one(scores, wave="2004", layer="pipeline", measure="ties_formed")
    assert outward["withheld"].startswith("not applicable: outside actors")
    changes = scores[scores["method"].str.startswith("from wave")]
    assert set(changes["layer"]) == {*NETWORKS, "trust", "pipeline"}
    firm = one(scores, wave="2004", layer="firm", measure="ties_dissolved", category="")
    # Of knowledge f2 -> f0 and f3 -> f4 are gone; the two ties of trust, of which nobody tells in 2004, are not counted.
    assert firm["value"] == 2
    assert firm["method"].endswith("reports no tie: trust")
    empty = one(scores, wave="2004", layer="association", measure="tie_jaccard")
    assert empty["withheld"].startswith("withheld: no tie of this network is reported in either wave")
    assert one(scores, wave="2004", layer="association", measure="actors_stayed")["value"] == 8
    five = measure_study(hill, *given_ties, PLAIN, seed=5, single_layers=False)["scores"]
    assert set(five.loc[five["method"].str.startswith("from wave"), "layer"]) == set(NETWORKS)


def test_groups_and_rank_stability_are_given_of_a_roster_and_not_of_a_sample(found):
    scores = found["scores"]
    for name in ("mixing_ties", "mixing_density", "mixing_ratio", "rank_stability", "layer_jaccard"):
        rows = scores[scores["measure"] == name]
        assert "hill" in set(rows["cluster"]), name
        assert "coast" not in set(rows["cluster"]), name
    pairs = scores[
        (scores["measure"] == "mixing_ties") & (scores["wave"] == "2001") & (scores["layer"] == "firm")
    ]
    assert set(pairs["unit"]) == {f"{a} -> {b}" for a in ("north", "south") for b in ("north", "south")}


def test_a_sample_is_measured_by_the_ego_networks_of_its_respondents(given, found):
    egos = found["ego_measures"]
    assert set(egos["cluster"]) == {"coast"}
    rows = egos[egos["layer"] == "knowledge"].set_index("actor")
    assert rows["partners"].to_dict() == {"f0": 2, "f2": 0, "f4": 0}
    at = cell(given, "coast", "1")
    tables = measure_egos(at.members, at.ties, ["knowledge"], "town").set_index("actor")
    np.testing.assert_array_equal(rows[tables.columns], tables)
    assert rows.loc["f0", "ego_alter_density"] == 1
    row = one(found["scores"], cluster="coast", layer="knowledge", measure="partners_mean")
    # f0 stands for 2 actors, f2 for 6, f4 for 2.
    assert row["value"] == pytest.approx(2 * 2 / 10)
    assert "design weights" in row["method"]
    assert one(found["scores"], cluster="coast", layer="knowledge", measure="density")["withheld"].startswith(
        "withheld: only a sample"
    )


def test_a_respondent_without_a_weight_withholds_the_means_and_nothing_else(given):
    tables, cells = given
    actors = tables["actors"].assign(
        weight=tables["actors"]["weight"].where(tables["actors"]["actor"] != "f2", "")
    )
    found = measure_study(cells, actors, tables["ties"], tables["roster"], PLAIN, seed=5, single_layers=False)
    row = one(found["scores"], cluster="coast", layer="firm", measure="partners_mean")
    assert row["withheld"].startswith("withheld: 1 of the respondents have no design weight")
    assert len(found["ego_measures"])


def test_the_same_study_gives_the_same_tables_whatever_the_order_of_rows(given):
    tables, cells = given
    found = measure_study(
        cells, tables["actors"], tables["ties"], tables["roster"], PLAIN, seed=5, single_layers=False
    )
    shuffled = {name: tables[name].sample(frac=1, random_state=4) for name in ("actors", "ties", "roster")}
    again = measure_study(
        cells, shuffled["actors"], shuffled["ties"], shuffled["roster"], PLAIN, seed=5, single_layers=False
    )
    for name in ("actor_measures", "dyad_measures", "ego_measures", "actor_changes", "scores"):
        one_way, other = (
            t.sort_values([c for c in t.columns if t[c].dtype == "str"]).reset_index(drop=True)
            for t in (found[name], again[name])
        )
        pd.testing.assert_frame_equal(one_way, other, check_exact=True)


def test_a_wave_measured_alone_has_the_values_that_it_has_among_others(given, found):
    tables, cells = given
    alone = cells[cells["wave"] == "2004"]
    parts = [rows_of(tables[name], alone.iloc[0]) for name in ("actors", "ties", "roster")]
    wide = measure_study(alone, *parts, PLAIN, seed=5)["actor_measures"]
    pd.testing.assert_frame_equal(
        wide, found["actor_measures"].query("wave == '2004'").reset_index(drop=True), check_exact=True
    )


@pytest.mark.parametrize("rule", ["impute", "absent", "drop", "reciprocal"])
def test_every_rule_for_missing_reports_runs_through_a_study(given, rule):
    tables, cells = given
    cells = cells[cells["wave"] == "2004"]
    settings = Settings(draws=0, missing=rule, imputations=2)
    found = measure_study(
        cells, tables["actors"], tables["ties"], tables["roster"], settings, seed=5, single_layers=False
    )
    scores = found["scores"]
    assert ((scores["withheld"] != "") == scores["value"].isna()).all()
    method = one(scores, cluster="hill", wave="2004", layer="firm", measure="density")["method"]
    assert any(
        said in method for said in ("imputed", "read as absent", "left out", "read from", "not allowed here")
    )


def test_actors_alone_give_tables_without_a_value_that_nothing_supports(make_study, model):
    study = find_study(make_study())
    tables = tidy_study(study, model)
    found = measure_study(
        cells_table(study), tables["actors"], tables["ties"], tables["roster"], PLAIN, seed=1
    )
    scores = found["scores"]
    given = scores[scores["withheld"] == ""]
    assert set(given["measure"]) == {"actors", "ties", "loops_dropped", "actors_listed"}
    assert found["ego_measures"].empty
    assert found["actor_changes"].empty


def test_settings_are_those_of_the_configuration():
    networks = {
        "missing": "impute",
        "imputations": 7,
        "warn_below": 0.9,
        "withhold_below": 0.5,
        "single_layers": True,
    }
    assert settings_of(networks | {"weighted_paths": True}, 300) == Settings(
        draws=300,
        withhold_below=0.5,
        warn_below=0.9,
        missing="impute",
        imputations=7,
        on_request=("weighted_paths",),
    )
    assert settings_of(networks | {"weighted_paths": False}, 300).on_request == ()
