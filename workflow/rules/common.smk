# What every rule may use: the checked configuration, the studies as they are found, and digests of code.
import sys

from gumflow.contract.config import checked_config
from gumflow.contract.digest import code_digest
from gumflow.contract.errors import GumflowError
from gumflow.contract.places import schema_folder
from gumflow.contract.study import find_study

# The folder of this workflow's own files, wherever it is included from.
WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent

try:
    CONFIG = checked_config(config, Path.cwd())
except GumflowError as error:
    sys.exit(str(error))

# Never raises: a study with a missing or faulty file is reported by its own check and fails alone.
STUDIES = {name: find_study(Path(CONFIG["resources"]) / name) for name in CONFIG["studies"]}
LANGUAGES = CONFIG["languages"]
MODEL = CONFIG["model"]
CONTRACTS = [str(p) for p in sorted(schema_folder().rglob("*.*"))]


wildcard_constraints:
    study="|".join(STUDIES),
    language="|".join(LANGUAGES),


def code(script):
    """Digest of a script with all of gumflow that it imports: the rule reruns when any of it changes."""
    return code_digest(WORKFLOW / "scripts" / script)


def study_folder(wildcards):
    return str(STUDIES[wildcards.study].folder)


def study_inputs(wildcards):
    return STUDIES[wildcards.study].inputs


def study_problems(wildcards):
    """What keeps a study from being read at all; part of the parameters, so that mending it reruns the check."""
    return [finding.line() for finding in STUDIES[wildcards.study].problems]
