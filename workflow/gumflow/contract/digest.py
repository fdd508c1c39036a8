"""The digest of a script and all of gumflow that it imports: a rule that declares it reruns when that code changes."""

import ast
import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def code_digest(script: Path) -> str:
    """Return 16 hex digits over the sources of `script` and its import closure inside gumflow.

    Imports inside functions count too. A package's `__init__` counts with each of its modules. Data files that the code reads (table contracts, the
    model) are inputs of rules and not part of it.
    """
    digest = hashlib.sha256()
    for path in import_closure(script):
        name = path.relative_to(_PACKAGE).as_posix() if path.is_relative_to(_PACKAGE) else path.name
        digest.update(f"{name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def import_closure(script: Path) -> list[Path]:
    """Return `script` and every gumflow source that it imports, directly or not, sorted."""
    seen: set[Path] = set()
    waiting = [Path(script).resolve()]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _imports(path)
    return sorted(seen)


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    found: list[Path] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found += _sources(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += _sources(node.module)
            for alias in node.names:
                found += _sources(f"{node.module}.{alias.name}")
    return tuple(dict.fromkeys(found))


def _sources(module: str) -> list[Path]:
    """Return the files of a gumflow module and of the packages it lies in; none for a name that is no module of ours."""
    parts = module.split(".")
    if parts[0] != "gumflow":
        return []
    folder, files = _PACKAGE, [_PACKAGE / "__init__.py"]
    for part in parts[1:]:
        if (folder / part).is_dir():
            folder = folder / part
            files.append(folder / "__init__.py")
        elif (folder / f"{part}.py").is_file():
            files.append(folder / f"{part}.py")
        else:
            break
    return [f for f in files if f.is_file()]
