"""The configuration: wrong keys and values are named with what is allowed, and the shipped file equals the schema's defaults."""

import pytest
import yaml
from small_studies import ROOT

from gumflow.contract.config import checked_config, schema_problems
from gumflow.contract.errors import GumflowError
from gumflow.contract.places import schema_folder

SHIPPED = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
SCHEMA = yaml.safe_load((schema_folder() / "config.schema.yaml").read_text(encoding="utf-8"))


def test_the_shipped_configuration_is_valid():
    assert checked_config(SHIPPED, ROOT) == SHIPPED


def test_the_shipped_values_equal_the_defaults_of_the_schema():
    defaults = {key: entry["default"] for key, entry in SCHEMA["properties"].items() if "default" in entry}
    full = checked_config({"studies": SHIPPED["studies"]}, ROOT)
    assert {key: SHIPPED[key] for key in defaults} == {key: full[key] for key in defaults}
    assert full["networks"]["missing"] == SCHEMA["properties"]["networks"]["properties"]["missing"]["default"]
    assert set(SHIPPED) == set(defaults) | set(SCHEMA["required"])


def test_every_default_is_itself_allowed():
    defaults = {key: entry["default"] for key, entry in SCHEMA["properties"].items() if "default" in entry}
    assert schema_problems({"studies": ["demo"], **defaults}, "config") == []


def test_defaults_are_filled_in():
    full = checked_config({"studies": ["demo"], "seed": 7}, ROOT)
    assert full["seed"] == 7
    assert full["languages"] == ["en", "zh"]
    assert full["replicates"] == SCHEMA["properties"]["replicates"]["default"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"replicate": 100}, "unknown key 'replicate' at the top level (did you mean 'replicates'?); allowed keys: font, languages,"),
        ({"languages": ["en", "fr"]}, "languages.1: 'fr' is not allowed; allowed: en, zh"),
        ({"languages": []}, "languages:"),
        ({"languages": ["en", "en"]}, "languages:"),
        ({"studies": []}, "studies:"),
        ({"studies": "demo"}, "studies: 'demo' is not of type array"),
        ({"studies": ["../demo"]}, "studies.0: '../demo' should be letters, digits and underscores"),
        ({"seed": -1}, "seed: -1 is less than the minimum of 0"),
        ({"seed": True}, "seed: True is not of type integer"),
        ({"replicates": 5}, "replicates: 5 is less than the minimum of 100"),
        ({"model": "config/model/gun.yaml"}, "model: there is no file 'config/model/gun.yaml'"),
        ({"font": "nowhere.otf"}, "font: there is no file 'nowhere.otf'"),
        ({"model": None}, "model: None is not of type string"),
        ({"pathvars": {"result": "x"}}, "unknown key 'result' at pathvars (did you mean 'results'?); allowed keys: benchmarks, logs, results"),
        ({3: "x", "zz": "y"}, "unknown key 3 at the top level; unknown key 'zz' at the top level"),
    ],
)  # fmt: skip
def test_each_wrong_key_or_value_is_named_with_what_is_allowed(change, said):
    with pytest.raises(GumflowError) as raised:
        checked_config(SHIPPED | change, ROOT)
    assert said in str(raised.value)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(GumflowError) as raised:
        checked_config({"seed": "x", "fonts": "y"}, ROOT)
    lines = str(raised.value).splitlines()
    assert len(lines) == 4
    assert any("missing 'studies'" in line for line in lines)


def test_a_study_without_a_folder_is_no_fault_of_the_configuration():
    # Its own check reports it, and the other studies finish.
    assert checked_config({"studies": ["nowhere"]}, ROOT)["studies"] == ["nowhere"]
