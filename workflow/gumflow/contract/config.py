"""Checking a configuration against its schema: every wrong key or value is named, with what is allowed."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gumflow.contract.errors import GumflowError
from gumflow.contract.places import schema_folder


def schema_problems(config: Any, schema_name: str) -> list[str]:
    """Return what is wrong in a configuration, one plain line each; `schema_name` is `config`, `study` or `instrument`."""
    import jsonschema

    schema = yaml.safe_load((schema_folder() / f"{schema_name}.schema.yaml").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    return sorted({_plain(error) for error in validator.iter_errors(config)})


def _plain(error: Any) -> str:
    place = ".".join(str(p) for p in error.absolute_path) or "the top level"
    if error.validator == "additionalProperties":
        allowed = sorted(error.schema.get("properties", {}))
        # A key may be a number here: Snakemake reads config.yaml by itself.
        unknown = sorted(set(error.instance) - set(allowed), key=str)
        lines = []
        for key in unknown:
            near = difflib.get_close_matches(str(key), allowed, n=1)
            lines.append(
                f"unknown key {key!r} at {place}" + (f" (did you mean {near[0]!r}?)" if near else "")
            )
        return "; ".join(lines) + f"; allowed keys: {', '.join(allowed)}"
    if error.validator == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))
        return f"{place}: missing {', '.join(repr(m) for m in missing)}"
    if error.validator == "enum":
        return f"{place}: {error.instance!r} is not allowed; allowed: {', '.join(map(str, error.validator_value))}"
    if error.validator == "type":
        return f"{place}: {error.instance!r} is not of type {error.validator_value}"
    if error.validator == "pattern":
        return (
            f"{place}: {error.instance!r} should be letters, digits and underscores ({error.validator_value})"
        )
    return f"{place}: {error.message}"


def checked_config(config: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Return the workflow's configuration with defaults filled in; raise `GumflowError` that lists all that is wrong."""
    problems = schema_problems(dict(config), "config")
    schema = yaml.safe_load((schema_folder() / "config.schema.yaml").read_text(encoding="utf-8"))
    full = _with_defaults(config, schema)
    if not problems:
        # Only the model and font: a study without its folder is reported by its own check and fails alone.
        for key in ("model", "font"):
            if full[key] and not (root / full[key]).is_file():
                problems.append(f"{key}: there is no file {full[key]!r}")
    if problems:
        raise GumflowError("The configuration is wrong:\n" + "\n".join(f"  - {p}" for p in problems))
    return full


def _with_defaults(given: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    full = {k: v["default"] for k, v in schema["properties"].items() if "default" in v} | dict(given)
    for key, part in schema["properties"].items():
        if (
            key in full
            and isinstance(full[key], Mapping)
            and any("default" in v for v in part.get("properties", {}).values())
        ):
            full[key] = _with_defaults(full[key], part)
    return full
