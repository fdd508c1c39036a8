"""A study of two waves with a roster, silent actors, rules for reports and groups of its own, and a sample, through the workflow."""

from pathlib import Path

import pandas as pd
from test_workflow import project, snakemake

STUDY = """\
title: {en: Waves, zh: 两期}
grade: synthetic
boundary: roster
group_by: town
tie_rules: {knowledge: intersection}
clusters:
  hill: {en: Hill, zh: 山丘, waves: {"1": one, "2": two}}
  coast: {en: Coast, zh: 海岸, boundary: sample}
"""
ACTORS = "actor,kind,place,town,weight\n" + "".join(
    f"f{i},firm,local,{'ns'[i % 2]},{1 + i % 3}\n" for i in range(6)
)
HEAD = "source,target,layer,directed,state,reporter\n"
TIES = {
    "one": "f0,f1,knowledge,1,achieved,f0\nf0,f1,knowledge,1,achieved,f1\nf1,f2,trust,1,achieved,f1\nf2,f5,knowledge,1,achieved,f2\n",
    "two": "f0,f1,knowledge,1,achieved,f0\nf1,f2,trust,1,achieved,f1\nf2,f0,trust,1,achieved,f2\nf3,f5,knowledge,1,achieved,f5\n",
    "coast": "f0,f1,knowledge,1,achieved,f0\nf0,f2,knowledge,1,achieved,f0\nf3,f4,trust,1,achieved,f3\n",
}
ROSTER = "respondent,alter,asked,answered\n" + "".join(f"f{i},,,{int(i != 5)}\n" for i in range(6))


def test_waves_rosters_and_samples_reach_the_scores(tmp_path: Path) -> None:
    root = project(tmp_path, "waves")
    folder = root / "resources" / "waves"
    for name, ties in TIES.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "actors.csv").write_text(ACTORS, encoding="utf-8")
        (folder / name / "ties.csv").write_text(HEAD + ties, encoding="utf-8")
        if name != "coast":
            (folder / name / "roster.csv").write_text(ROSTER, encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    internal = root / "results" / "waves" / "internal"
    made = [
        f"results/waves/internal/{name}.parquet"
        for name in ("scores_networks", "ego_measures", "actor_changes")
    ]
    run = snakemake(root, *made)
    assert run.returncode == 0, run.stderr

    scores = pd.read_parquet(internal / "scores_networks.parquet")
    hill = scores[scores["cluster"] == "hill"]
    coverage = hill.query("wave == '1' and layer == 'trust' and measure == 'coverage'")["value"].item()
    assert abs(coverage - 25 / 30) < 1e-9
    assert "tie_jaccard" in set(hill.loc[hill["wave"] == "2", "measure"])
    assert set(hill.loc[hill["measure"] == "mixing_ties", "unit"]) == {
        f"{a} -> {b}" for a in "ns" for b in "ns"
    }
    # In the first wave both ends tell of one tie and f5 is silent on the other; in the second either is denied by an end that answered.
    ties = hill.query("layer == 'firm' and measure == 'ties'").set_index("wave")["value"]
    assert ties.to_dict() == {"1": 3, "2": 2}
    egos = pd.read_parquet(internal / "ego_measures.parquet")
    partners = egos[egos["layer"] == "firm"].set_index("actor")["partners"]
    assert partners.to_dict() == {"f0": 2, "f3": 1}
    mean = scores.query("cluster == 'coast' and layer == 'firm' and measure == 'partners_mean'")[
        "value"
    ].item()
    assert mean == (1 * 2 + 1 * 1) / 2
    assert set(pd.read_parquet(internal / "actor_changes.parquet")["wave"]) == {"2"}
