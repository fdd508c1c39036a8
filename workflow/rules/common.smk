# What all stages may use: the checked configuration, the studies as they are found, and digests of code.
import hashlib
import json
import subprocess
import sys

from gumflow.contract.config import checked_config
from gumflow.contract.digest import code_digest
from gumflow.contract.errors import GumflowError
from gumflow.contract.places import instrument_folder, schema_folder
from gumflow.contract.study import find_study, table_files
from gumflow.present.catalog import CATALOG, figure_caption, figure_parts, figure_section, planned_figures

# The folder of this workflow's own files, wherever it is included from.
WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent


def shown(path):
    """A path relative to the working directory where it lies inside: a shared report names nobody's home folder."""
    path, here = Path(path).resolve(), Path.cwd().resolve()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


try:
    CONFIG = checked_config(config, Path.cwd())
except GumflowError as error:
    sys.exit(str(error))

# Never raises: a study with a missing or faulty file is reported by its own check and fails alone.
STUDIES = {name: find_study(Path(CONFIG["resources"]) / name) for name in CONFIG["studies"]}
LANGUAGES = CONFIG["languages"]
MODEL = CONFIG["model"]
THEMES = list(dict.fromkeys(entry.section for entry in CATALOG.values()))
CONTRACTS = [shown(p) for p in sorted(schema_folder().rglob("*.*"))]
INSTRUMENTS = [shown(p) for p in sorted(instrument_folder().glob("*.yaml"))]
PAGE_TEMPLATE = shown(WORKFLOW / "gumflow" / "present" / "page.html.j2")


wildcard_constraints:
    study="|".join(STUDIES),
    language="|".join(LANGUAGES),
    theme="|".join(THEMES),


def code(script):
    """Digest of a script with all of gumflow that it imports: its jobs rerun when any of it changes."""
    return code_digest(WORKFLOW / "scripts" / script)


def study_folder(wildcards):
    return str(STUDIES[wildcards.study].folder)


def study_inputs(wildcards):
    return STUDIES[wildcards.study].inputs


def study_problems(wildcards):
    """A digest of what keeps a study from being read at all; a parameter, so that mending it reruns the check."""
    lines = "\n".join(finding.line() for finding in STUDIES[wildcards.study].problems)
    # Snakemake keeps parameters in its own folder: names of files may name firms.
    return hashlib.sha256(lines.encode()).hexdigest()


def figures_of(study, theme):
    """The figures of a study that one job draws together."""
    cells = [
        (c.cluster, c.wave, c.boundary, bool(c.answer_files), bool(table_files(c.folder, "exports")))
        for c in STUDIES[study].cells
    ]
    return [figure for figure in planned_figures(cells) if figure_section(figure) == theme]


def report_category(wildcards):
    """The study's name in Snakemake's report, with the word that synthetic data carry everywhere."""
    synthetic = STUDIES[wildcards.study].grade == "synthetic"
    return wildcards.study + (" (SYNTHETIC)" if synthetic else "")


def report_title(wildcards):
    """A figure's title in Snakemake's report, with the label of its cluster."""
    name, cluster, wave = figure_parts(wildcards.figure)
    study = STUDIES[wildcards.study]
    several = sum(cell.cluster == cluster for cell in study.cells) > 1
    of_cluster = f": {study.clusters[cluster]['en']}" + (f" ({wave})" if several else "") if cluster else ""
    return CATALOG[name].title("en") + of_cluster


def theme_tables(wildcards):
    """The tables that the figures of a theme are drawn from: only their change redraws them."""
    entries = [entry for entry in CATALOG.values() if entry.section == wildcards.theme]
    names = dict.fromkeys(["cells", *(table for entry in entries for table in entry.tables)])
    return [f"<results>/{wildcards.study}/internal/{name}.parquet" for name in names]


def write_report():
    """Write Snakemake's own report of the whole workflow to report.html, in a process of its own.

    After a run for single files there is no whole to report. (The option report-after-run would fail every dry run of a fresh
    checkout, and overwrite the report after a run for single files.)
    """
    if set(workflow.dag_settings.targets) - {"all"}:
        return
    settings = workflow.config_settings
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow.main_snakefile), "--cores", "1"]
    command += ["--quiet", "all", "--nolock", "--report", "report.html"]
    if settings.configfiles:
        command += ["--configfile", *map(str, settings.configfiles)]
    if settings.config:
        command += ["--config", *(f"{key}={json.dumps(value)}" for key, value in settings.config.items())]
    if subprocess.run(command).returncode:
        sys.exit("The results are made, but report.html is not; see the message above.")
