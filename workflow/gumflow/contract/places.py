"""Where gumflow's own data files are, in a checkout and when installed."""

from pathlib import Path

from gumflow.contract.errors import GumflowError

_PACKAGE = Path(__file__).resolve().parent.parent


def _first(candidates: list[Path]) -> Path:
    for path in candidates:
        if path.is_dir():
            return path
    raise GumflowError(
        f"gumflow's own files are missing: none of {', '.join(map(str, candidates))} exists. Reinstall gumflow."
    )


def schema_folder() -> Path:
    """Return the folder of table contracts and configuration schemas."""
    return _first([_PACKAGE / "schemas", _PACKAGE.parent / "schemas"])


def model_file() -> Path:
    """Return the file of the GUM model as shipped (config/model/gum.yaml)."""
    return _first([_PACKAGE / "model", _PACKAGE.parent.parent / "config" / "model"]) / "gum.yaml"


def instrument_folder() -> Path:
    """Return the folder of the instruments as shipped (config/instruments)."""
    return _first([_PACKAGE / "instruments", _PACKAGE.parent.parent / "config" / "instruments"])
