"""The table contracts: what each input file may hold. They are Table Schema JSON in `schemas/tables`, read here."""

import functools
import json
from dataclasses import dataclass, field

from gumflow.contract.errors import GumflowError
from gumflow.contract.places import schema_folder

TABLES = ("actors", "aliases", "ties", "roster", "statements", "facts", "events", "chain", "exports")


@dataclass(frozen=True)
class Field:
    """One column. `type` is string, number, integer, boolean or date; `reference` is table.column or model.list."""

    name: str
    type: str
    en: str
    zh: str
    required: bool = False
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    pattern: str = ""
    pattern_hint: str = ""
    pattern_hint_zh: str = ""
    reference: str = ""
    is_list: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its columns, its key, how it is sorted, and whether each row must cite its place in the source."""

    name: str
    en: str
    zh: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    sort: tuple[str, ...]
    required: bool
    locator: bool
    extra_columns: bool
    names: frozenset[str] = field(default_factory=frozenset)

    def field_named(self, name: str) -> Field | None:
        """Return the column of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)


@functools.cache
def table_contract(name: str) -> Table:
    """Return the contract of a table; raise `GumflowError` for a name that has none."""
    if name not in TABLES:
        raise GumflowError(f"There is no table {name!r}; the tables are {', '.join(TABLES)}.")
    raw = json.loads((schema_folder() / "tables" / f"{name}.json").read_text(encoding="utf-8"))
    fields = tuple(_field(f) for f in raw["fields"])
    own = raw["gumflow"]
    return Table(
        name=name,
        en=raw["title"],
        zh=raw["title_zh"],
        fields=fields,
        key=tuple(raw["primaryKey"]),
        sort=tuple(own["sort"]),
        required=own["required"],
        locator=own["locator"],
        extra_columns=own["extra_columns"],
        names=frozenset(f.name for f in fields),
    )


def _field(raw: dict) -> Field:
    limits = raw.get("constraints", {})
    return Field(
        name=raw["name"],
        type=raw["type"],
        en=raw["description"],
        zh=raw["description_zh"],
        required=limits.get("required", False),
        enum=tuple(limits.get("enum", ())),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        exclusive_minimum=raw.get("exclusive_minimum", False),
        pattern=limits.get("pattern", ""),
        pattern_hint=raw.get("pattern_hint", ""),
        pattern_hint_zh=raw.get("pattern_hint_zh", ""),
        reference=raw.get("reference", ""),
        is_list=raw.get("list", False),
    )
