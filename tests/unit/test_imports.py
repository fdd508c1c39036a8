"""Imports run one way, down the stages; heavy libraries stay out of the command line's start."""

import ast
import sys
from pathlib import Path

import pytest
from small_studies import ROOT

PACKAGE = ROOT / "workflow" / "gumflow"
ALLOWED = {
    "contract": set(),
    "intake": {"contract"},
    "simulation": {"contract", "intake"},
    "networks": {"contract", "intake"},
    "measures": {"contract", "intake", "networks"},
    "mechanisms": {"contract", "intake", "networks", "measures"},
    "index": {"contract", "intake", "networks", "measures", "mechanisms"},
    "inference": {"contract", "intake", "networks", "measures", "mechanisms"},
    "present": {"contract", "intake", "networks", "measures", "mechanisms", "index", "inference"},
    "cli_field": {"contract", "intake", "simulation", "networks", "measures", "mechanisms", "index", "inference", "present"},
    "cli_diffuse": {"contract", "intake", "networks", "measures", "mechanisms", "index", "inference", "present"},
    "cli_index": {"contract", "intake", "networks", "measures", "mechanisms", "index", "inference", "present"},
    "cli_value": {"contract", "intake", "networks", "measures", "mechanisms", "index", "inference", "present"},
    "cli": {"cli_field", "cli_diffuse", "cli_index", "cli_value", "contract", "intake", "simulation", "networks", "measures", "mechanisms", "index", "inference", "present"},
}  # fmt: skip
MODULES = sorted(PACKAGE.rglob("*.py"))


def stage(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported(path: Path, top_level: bool = False) -> set[str]:
    """Return the dotted names that a module imports, also inside functions, or only when it is loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports are not followed by the digest of code"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif not (
            top_level and (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or only_for_types(node))
        ):
            waiting += ast.iter_child_nodes(node)
    return names


def only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def own_stages(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("gumflow.")}


def test_every_folder_of_the_library_is_a_stage():
    found = {stage(path) for path in MODULES} - {"__init__"}
    assert found <= set(ALLOWED)
    assert {
        "contract",
        "intake",
        "simulation",
        "networks",
        "measures",
        "mechanisms",
        "index",
        "inference",
        "present",
        "cli",
    } <= found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_its_own_stage_and_those_before(path):
    allowed = ALLOWED.get(stage(path), set()) | {stage(path)}
    assert own_stages(imported(path)) <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_module_imports_snakemake(path):
    assert not {name for name in imported(path) if name.split(".")[0] == "snakemake"}


def test_importing_the_whole_library_loads_no_cycle_and_the_command_line_is_light():
    allowed = {
        "gumflow.contract.errors.GumflowError",
        "gumflow.cli_field.add_field_commands",
        "gumflow.cli_diffuse.add_diffuse",
        "gumflow.cli_index.add_index",
        "gumflow.cli_value.add_value",
    }
    for module in ("cli.py", "cli_field.py"):
        names = imported(PACKAGE / module, top_level=True)
        assert {name.split(".")[0] for name in names} - {"gumflow"} <= set(sys.stdlib_module_names)
        assert {name for name in names if name.startswith("gumflow.")} <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_and_its_functions_are_of_readable_length(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 500
    functions = [
        n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno - f.lineno >= 60} == {}


def test_the_scripts_of_rules_are_thin_and_import_snakemake_nowhere():
    for path in sorted((ROOT / "workflow" / "scripts").glob("*.py")):
        assert path.read_text(encoding="utf-8").count("\n") <= 50, path.name
        assert "snakemake" not in {name.split(".")[0] for name in imported(path)}, path.name
