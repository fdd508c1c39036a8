"""The synthetic study on disk: whole, clean, marked as synthetic, the same for the same seed, and true to its truth tables."""

import copy
import math
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml
from small_studies import ROOT

from gumflow.contract.errors import GumflowError
from gumflow.contract.model import load_model
from gumflow.contract.study import check_study, find_study, tidy_study
from gumflow.intake.reliability import krippendorff_alpha_nominal
from gumflow.mechanisms.external_linkage import ladder_scores
from gumflow.simulation.actors import draw_populations
from gumflow.simulation.bodies import draw_waves
from gumflow.simulation.constructs import load_item_parameters
from gumflow.simulation.drawing import draw_study
from gumflow.simulation.interviews import draw_statements
from gumflow.simulation.parameters import load_parameters, meanings, parameter_problems
from gumflow.simulation.study import simulate

DEMO = ROOT / "config" / "simulation" / "demo.yaml"
ITEMS = load_item_parameters(DEMO.with_name("items.yaml"))
CELLS = [("apparel", "2007"), ("apparel", "2009"), ("hardware", "2007"), ("hardware", "2009")]


@pytest.fixture(scope="module")
def parameters():
    return load_parameters(DEMO)


@pytest.fixture(scope="module")
def made(parameters, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "demo"
    simulate(parameters, ITEMS, 2009, folder)
    return folder


@pytest.fixture(scope="module")
def tables(made) -> dict[str, pd.DataFrame]:
    return tidy_study(find_study(made), load_model())


@pytest.fixture(scope="module")
def small(parameters):
    """Parameters of a quick study: one cluster of 20 firms."""
    own = copy.deepcopy(dict(parameters))
    own["clusters"] = {"hardware": own["clusters"]["hardware"] | {"firms": 20}}
    return own


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def of(table: pd.DataFrame, cluster: str, wave: str) -> pd.DataFrame:
    return table[(table["cluster"] == cluster) & (table["wave"] == wave)]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# The files ----------------------------------------------------------------------------------------------------------


def test_check_finds_nothing(made):
    study = find_study(made)
    assert check_study(study, load_model()) == []
    assert [(c.cluster, c.wave, c.boundary) for c in study.cells] == [(*cell, "roster") for cell in CELLS]


@pytest.fixture(scope="module")
def seven(small, tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("seven")
    simulate(small, ITEMS, 7, folder)
    return contents(folder)


def test_one_seed_gives_one_set_of_bytes_and_another_seed_another(small, seven, tmp_path):
    # Into the same folder: what an earlier draw wrote is replaced.
    simulate(small, ITEMS, 8, tmp_path)
    other = contents(tmp_path)
    simulate(small, ITEMS, 7, tmp_path)
    assert contents(tmp_path) == seven
    assert set(other) == set(seven)
    # What no lot decides is the same: the study's description, and what is written out in the parameters.
    chains = {f"hardware/{wave}/chain.csv" for wave in ("2007", "2009")}
    assert {name for name in seven if seven[name] == other[name]} == {
        "study.yaml", "truth/outside.csv", "truth/items.yaml", "hardware/2009/mapping.csv", *chains,
    }  # fmt: skip


def test_a_third_wave_is_drawn_on_from_the_second(small, tmp_path):
    later = copy.deepcopy(small)
    later["waves"] = ["2007", "2009", "2011"]
    later["reports"]["unit_nonresponse"]["2011"] = 0.2
    simulate(later, ITEMS, 7, tmp_path / "three")
    assert check_study(find_study(tmp_path / "three"), load_model()) == []
    firms = {w: set(f["actor"]) for w, f in read(tmp_path / "three/truth/firms.csv").groupby("wave")}
    assert [len(firms[w]) for w in later["waves"]] == [20, 20, 20]
    assert len(firms["2009"] - firms["2007"]) == len(firms["2011"] - firms["2009"]) == 1
    assert firms["2011"] - firms["2009"] != firms["2009"] - firms["2007"]
    assert not (firms["2007"] - firms["2009"]) & firms["2011"]


def test_a_folder_of_something_else_is_refused_untouched(small, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "study.yaml").write_text("title: my own study\n", encoding="utf-8")
    with pytest.raises(GumflowError, match="no synthetic study"):
        simulate(small, ITEMS, 1, mine)
    assert contents(mine) == {"study.yaml": b"title: my own study\n"}
    with pytest.raises(GumflowError, match="is a file"):
        simulate(small, ITEMS, 1, mine / "study.yaml")


# Who there is -------------------------------------------------------------------------------------------------------


def test_everything_says_synthetic_and_no_name_or_code_could_be_real(made, tables):
    assert set(tables["actors"]["grade"]) == {"synthetic"}
    actors = tables["actors"]
    assert actors["label_en"].str.startswith("Demo ").all()
    assert actors["label_zh"].str.startswith("演示").all()
    for file in ("study.yaml", "truth.yaml", "README.md"):
        assert "SYNTHETIC" in (made / file).read_text(encoding="utf-8").splitlines()[0]
    digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"

    def valid(code: str) -> bool:
        """GB 32100-2015: values weighted by powers of 3, with the check value, are divisible by 31."""
        weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
        total = sum(w * digits.index(c) for w, c in zip(weights, code[:17], strict=True))
        return (31 - total % 31) % 31 == digits.index(code[17])

    assert valid("91350100M000100Y43")  # the standard's own example
    firms = actors[actors["kind"] == "firm"]
    assert firms["credit_code"].str.fullmatch(r"91000000[0-9A-Z]{10}").all()
    assert not any(valid(code) for code in firms["credit_code"])
    assert firms.drop_duplicates("actor")["credit_code"].is_unique


def test_the_actors_of_each_cell_are_as_asked(tables, parameters):
    for cluster, wave in CELLS:
        mine = of(tables["actors"], cluster, wave)
        kinds = Counter(mine["kind"])
        size = parameters["clusters"][cluster]["firms"]
        assert kinds["firm"] == size
        wanted = {"association": 1, "government": 3, "university": 1, "platform": 1, "buyer": 6, "finance": 1}
        assert {k: kinds[k] for k in wanted} == wanted
        assert kinds["person"] >= 0.1 * size
        for column in ("label_en", "label_zh", "actor"):
            assert mine[column].is_unique
        firms = mine[mine["kind"] == "firm"]
        assert (firms["lead_firm"] == "1").sum() == size * 0.05
        assert firms["employees"].astype(int).ge(3).all()
        assert firms["founded"].astype(int).le(int(wave)).all()
        assert set(firms["town"]) == {t["zh"] for t in parameters["clusters"][cluster]["towns"].values()}
        place = parameters["clusters"][cluster]
        for axis in ("longitude", "latitude"):
            assert (firms[axis].astype(float) - place[axis]).abs().max() < 0.3
        # Some brands differ by one character only; some have a short name.
        brands = firms["label_zh"].str[2:4]
        assert brands.str[0].duplicated().any()
        aliases = of(tables["aliases"], cluster, wave)
        assert aliases["name"].is_unique
        assert not set(aliases["name"]) & (set(mine["label_zh"]) | set(mine["label_en"]))
    ids = tables["actors"].groupby("actor")["cluster"].nunique()
    assert ids.max() == 1


def test_a_firm_of_both_waves_keeps_its_name_place_and_code(tables):
    firms = tables["actors"][tables["actors"]["kind"] == "firm"]
    fixed = ["label_en", "label_zh", "town", "longitude", "founded", "product", "credit_code"]
    assert not firms[["actor", *fixed]].drop_duplicates()["actor"].duplicated().any()
    waves = firms.groupby("actor")["wave"].nunique()
    assert (waves == 1).sum() == 2 * (4 + 6)


def test_some_owners_own_two_firms_and_documents_tell_only_what_firms_are_not_asked(tables):
    ties = tables["ties"]
    owned = ties[ties["layer"] == "ownership"]
    for _, mine in owned.groupby(["cluster", "wave"]):
        per_owner = Counter(mine["source"])
        assert 1 <= sum(n == 2 for n in per_owner.values()) <= 3
        assert max(per_owner.values()) == 2
        assert mine["target"].is_unique
    assert set(ties["layer"]) <= {
        "ownership", "credit", "service", "policy", "parent", "conflict", "influence", "innovation",
    }  # fmt: skip
    firms = set(tables["actors"].loc[tables["actors"]["kind"] == "firm", "actor"])
    among_firms = ties[ties["source"].isin(firms) & ties["target"].isin(firms)]
    assert set(among_firms["layer"]) == {"conflict"}
    associations = ties["source"].str.endswith("_association") & (ties["layer"] == "service")
    assert not (associations & (ties["state"] == "achieved")).any()
    assert set(ties["state"]) == {"achieved", "partial", "lacking", "recommended"}
    assert not ties.duplicated(["cluster", "wave", "source", "target", "layer"]).any()


def test_figures_agree_with_the_actors_and_events_are_not_ahead_of_their_wave(tables, made):
    true = read(made / "truth" / "ties.csv")
    for cluster, wave in CELLS:
        facts = of(tables["facts"], cluster, wave).set_index("fact")["value"]
        firms = of(tables["actors"], cluster, wave).query("kind == 'firm'")
        assert facts[f"firms_{wave}"] == len(firms)
        assert facts[f"employees_{wave}"] == firms["employees"].astype(int).sum()
        members = of(true, cluster, wave).query("layer == 'membership'")
        assert facts["association_members"] == len(members)
        events = of(tables["events"], cluster, wave)
        assert events["date"].str[:4].max() <= wave
    assert len(tables["events"].query("wave == '2009'")) > len(tables["events"].query("wave == '2007'"))


def test_exports_of_one_cluster_end_before_the_wave_with_the_declared_year_and_the_truth(tables, made):
    exports, truth = tables["exports"], read(made / "truth" / "exports.csv")
    assert set(exports["cluster"]) == set(truth["cluster"]) == {"apparel"}
    assert exports.groupby("wave")["year"].max().to_dict() == {"2007": 2006, "2009": 2008}
    assert {c.cluster: c.break_year for c in find_study(made).cells} == {"apparel": 2005, "hardware": None}
    total = of(exports, "apparel", "2009").groupby("year")["quantity"].sum()
    assert list(total) == pytest.approx([math.exp(float(q)) for q in truth["log_quantity"]], rel=1e-6)


def test_the_ladder_has_something_to_show(tables):
    cells = pd.DataFrame([{"study": "demo", "cluster": c, "wave": w, "grade": "synthetic"} for c, w in CELLS])
    scores = ladder_scores(tables["facts"], cells)
    place = scores[scores["measure"] == "ladder_position"]
    assert len(place) == 4
    assert (place["low"] < place["high"]).all()


# The truth ----------------------------------------------------------------------------------------------------------


def test_the_answers_name_only_who_can_be_resolved_by_the_truth(made, tables, parameters):
    study = draw_study(parameters, 2009)

    def named_alters(cluster: str, wave: str) -> pd.DataFrame:
        """Return whom firms named, as they wrote it."""
        given = study.relational[cluster][parameters["waves"].index(wave)]
        return given.assign(alter=given["named_as"].where(given["named_as"] != "", given["alter"]))

    names = read(made / "truth" / "names.csv")
    assert names["name"].is_unique
    meant = dict(zip(names["name"], names["actor"], strict=True))
    outside = set(read(made / "truth" / "outside.csv")["actor"])
    firms, misspelt = read(made / "truth" / "firms.csv"), set(names.loc[names["form"] == "misspelt", "name"])
    seen = set()
    for cluster, wave in CELLS:
        mine = of(tables["actors"], cluster, wave)
        answers = named_alters(cluster, wave)
        alters = {meant.get(alter, alter) for alter in answers["alter"]} - {""}
        assert alters <= set(mine["actor"]) | outside
        aliases = of(tables["aliases"], cluster, wave)
        exact = set(mine["actor"]) | set(mine["label_en"]) | set(mine["label_zh"]) | set(aliases["name"])
        seen |= set(answers["alter"]) - exact - {""}
        respond = of(firms, cluster, wave).query("responds == '1'")["actor"]
        assert set(answers["respondent"]) <= set(respond)
    # What does not match exactly is misspelt, or not listed among the actors.
    assert misspelt
    assert misspelt <= seen
    assert {meant[name] for name in seen - misspelt} <= outside


def test_truth_tables_hold_the_firms_and_ties_of_every_cell(made, tables):
    firms, ties = read(made / "truth" / "firms.csv"), read(made / "truth" / "ties.csv")
    shown = tables["actors"][tables["actors"]["kind"] == "firm"]
    for key in ("actor", "wave"):
        assert sorted(firms[key]) == sorted(shown[key])
    assert set(ties["made_by"]) == {"model", "closure"}
    assert set(ties.loc[ties["wave"] == "2007", "carried"]) == {"0"}
    truth = yaml.safe_load((made / "truth.yaml").read_text(encoding="utf-8"))
    for cluster in ("apparel", "hardware"):
        mine = firms[firms["cluster"] == cluster]
        assert truth["clusters"][cluster]["gatekeepers"] == sorted(
            set(mine.loc[mine["gatekeeper"] == "1", "actor"])
        )
        assert truth["clusters"][cluster]["lead_firms"] == sorted(
            set(mine.loc[mine["tier"] == "lead", "actor"])
        )
    mutual = ties[ties["directed"] == "0"]
    assert set(mutual["layer"]) == {"social", "innovation", "credit"}
    back = pd.MultiIndex.from_frame(mutual[["cluster", "wave", "layer", "target", "source"]])
    assert not back.isin(
        pd.MultiIndex.from_frame(mutual[["cluster", "wave", "layer", "source", "target"]])
    ).any()
    # Sales run from the seller; in layers of names, influence comes from the one named.
    influence = ties[ties["layer"] == "influence"]
    assert influence.groupby(["wave", "target"]).size().max() <= 3


def test_every_number_has_a_meaning_in_the_file_the_readme_and_the_truth(made, parameters):
    # A number of the file, outside of lists and of entries on one line, has its comment; all have a meaning in the schema.
    lines = DEMO.read_text(encoding="utf-8").splitlines()
    numbers = [line for line in lines if line.split("#")[0].rstrip()[-1:].isdigit() and "{" not in line]
    assert len(numbers) > 80
    assert [line for line in numbers if "# " not in line] == []
    readme = (made / "README.md").read_text(encoding="utf-8")
    truth = yaml.safe_load((made / "truth.yaml").read_text(encoding="utf-8"))["parameters"]
    listed = meanings(parameters)
    assert {m.name for m in listed} >= {
        "networks.knowledge.reciprocity",
        "reports.unit_nonresponse.2009",
        "interviews.supporting.learning",
        "clusters.apparel.firms",
    }
    assert len(listed) == len({m.name for m in listed}) == len(truth)
    for m in listed:
        assert f"| `{m.name}` | {m.value} | {m.meaning} |" in readme
        assert truth[m.name] == {"value": m.value, "meaning": m.meaning}
    leaves = count_numbers({k: v for k, v in parameters.items() if k not in ("waves", "clusters")})
    assert len([m for m in listed if not m.name.startswith("clusters.")]) == leaves


def count_numbers(tree) -> int:
    if isinstance(tree, dict):
        return sum(count_numbers(v) for v in tree.values())
    return int(isinstance(tree, int | float))


# Interviews ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def statements(parameters) -> pd.DataFrame:
    """The coded interviews of two seeds: 8 cells of 72 sentences."""
    model, parts = load_model(), []
    for seed in range(2):
        for population in draw_populations(parameters, seed).values():
            for wave in draw_waves(parameters, population, seed):
                part = draw_statements(wave, model, parameters, seed)
                parts.append(part.assign(cell=f"{seed} {population.cluster} {wave.name}"))
    return pd.concat(parts, ignore_index=True)


def test_coders_differ_at_the_known_rates(statements, parameters):
    numbers = parameters["interviews"]
    wide = {
        field: statements.pivot(index=["cell", "document", "sentence"], columns="coder", values=field)
        for field in ("construct", "strength", "layer")
    }
    construct = wide["construct"]
    assert len(construct) == 8 * 72

    def near(share: float, p: float, n: int) -> bool:
        return abs(share - p) < 4 * math.sqrt(p * (1 - p) / n)

    assert near((construct["a"] != construct["b"]).mean(), numbers["coder_construct"], len(construct))
    assert ((construct["a"] == construct["agreed"]) | (construct["b"] == construct["agreed"])).all()
    for coder in ("a", "b"):
        same = (construct[coder] == construct["agreed"]) & (construct["agreed"] != "none")
        strength = wide["strength"][same]
        assert near(
            (strength[coder] != strength["agreed"]).mean(), numbers["coder_strength"], int(same.sum())
        )
        tied = wide["layer"]["agreed"] != ""
        assert near((wide["layer"][tied][coder] == "").mean(), numbers["coder_tie"], int(tied.sum()))
    codes = pd.factorize(pd.concat([construct["a"], construct["b"]]))[0].reshape(2, -1)
    share = construct["agreed"].value_counts(normalize=True)
    expected = 1 - numbers["coder_construct"] / (1 - (share**2).sum())
    assert krippendorff_alpha_nominal(codes) == pytest.approx(expected, abs=0.05)


def test_shares_of_helping_and_asking_sentences_are_met_up_to_rounding(statements, parameters):
    agreed = statements[(statements["coder"] == "agreed") & (statements["construct"] != "none")]
    constructs = set(load_model().constructs)
    for _, cell in agreed.groupby("cell"):
        for factor, share in parameters["interviews"]["supporting"].items():
            mine = cell[cell["factor"] == ("" if factor == "outcomes" else factor)]
            asks = mine["state"] == "recommended"
            assert abs(asks.sum() - parameters["interviews"]["recommended"] * len(mine)) <= 0.5
            facts = mine[~asks]
            assert abs((facts["polarity"] == "1").sum() - share * len(facts)) <= 0.5
        assert constructs - set(cell["construct"]) == {"chain_upgrading"}


def test_stated_ties_are_true_ones(made, tables):
    true = read(made / "truth" / "ties.csv")
    pairs = {
        (t.cluster, t.wave, t.layer, frozenset((t.source, t.target))) for t in true.itertuples(index=False)
    }
    stated = tables["statements"][tables["statements"]["layer"] != ""]
    assert len(stated) > 50
    for s in stated.itertuples():
        assert (s.cluster, s.wave, s.layer, frozenset((s.ego, s.alter))) in pairs
    coded = tables["statements"][tables["statements"]["coder"] == "agreed"]
    assert (coded.groupby(["cluster", "wave"])["document"].nunique() == 6).all()
    assert (coded.groupby(["cluster", "wave", "document"]).size() == 12).all()


# Wrong parameters ---------------------------------------------------------------------------------------------------


def test_wrong_parameters_are_listed_all_at_once_and_nothing_is_written(parameters, tmp_path):
    wrong = copy.deepcopy(dict(parameters))
    wrong["networks"]["social"]["kin"] = 0.9
    wrong["waves"] = ["2009", "2011"]
    wrong["clusters"]["apparel"]["towns"]["east"]["share"] = 0.9
    wrong["clusters"]["hardware"]["organizations"] = wrong["clusters"]["hardware"]["organizations"][1:]
    problems = parameter_problems(wrong)
    assert len(problems) == 4
    for part in (
        "networks.social",
        "wave 2011",
        "clusters.apparel.towns",
        "clusters.hardware.organizations",
    ):
        assert sum(part in line for line in problems) == 1, part
    with pytest.raises(GumflowError, match="wrong"):
        simulate(wrong, ITEMS, 1, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    wrong = copy.deepcopy(dict(parameters))
    wrong["clusters"]["apparel"]["firms"] = 4000
    assert any(line.startswith("brands: ") for line in parameter_problems(wrong))
    wrong["networks"]["knowledge"]["clozure"] = 0.1
    assert any("clozure" in line and "closure" in line for line in parameter_problems(wrong))


def test_a_file_that_is_no_yaml_or_not_sound_is_named(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("waves: [", encoding="utf-8")
    with pytest.raises(GumflowError, match=r"broken\.yaml"):
        load_parameters(broken)
    broken.write_text("waves: []\n", encoding="utf-8")
    with pytest.raises(GumflowError, match="missing"):
        load_parameters(broken)
    with pytest.raises(GumflowError, match="cannot be read"):
        load_parameters(tmp_path / "absent.yaml")
