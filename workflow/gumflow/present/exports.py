"""The public tables of a study: one CSV each and one workbook, with a codebook that says what each measure is."""

from collections.abc import Collection, Mapping
from typing import get_args

import pandas as pd

from gumflow.contract.model import Model
from gumflow.measures.registry import GRAPH_LEVELS, Level
from gumflow.mechanisms.factor_scores import declare_scores
from gumflow.present.codebook import declared_measures, networks_of
from gumflow.present.disclosure import ACTOR_TABLES, WITHHELD, shows_actors

CONTENTS = {
    "scores": "All values about networks, factors, ways, paths, clusters and the coding; `withheld` says why a value is missing.",
    "actor_measures": "Measures of each actor in each network; a missing cell is explained in scores.",
    "dyad_measures": "Measures of each tied pair in each network.",
    "firm_scores": "Measures of each firm from its answers, ties and mechanisms, and its scores on factors and outcomes (relative to its cluster, all waves).",
    "value_capture": "Printed figures on exports and prices, what they imply, and how they should be read.",
    "export_regression": "Yearly exports: ln value on ln quantity with its tests, in the currency given, in local currency and deflated; underpowered below 20 years.",
    "export_breaks": "Yearly exports: tests whether the line changed in time, at a declared year and at any.",
    "export_decomposition": "Yearly exports: what of a change of value is quantity, unit value and, with products, price and mix.",
    "answer_shares": "How the firms answered: counts, shares with 95 % intervals, means; `base` ticked: of those who ticked something, upper bound; `withheld` says why a number is missing.",
    "response": "Who was asked and who answered, of the survey and of each item.",
    "indicator_means": "Means of the indicators over the firms, with 95 % intervals; `base` ticked: rests on ticks of which none ticked and blank look alike.",
    "actors": "Who is in the study.",
    "ties": "Who is connected to whom, in which layer and state.",
    "statements": "Coded sentences: what each coder and the agreed coding say.",
    "facts": "Published figures.",
    "events": "Dated events.",
    "chain": "What the source says of the value chain.",
    "exports": "Yearly exports as given.",
    "measures": "Codebook: definition, formula and source of each measure.",
    "questions": "Codebook: what the survey asked, with options and what each item bears on.",
    "model": "The model's constructs and what each feeds.",
}


def measure_codebook(levels: Collection[str] = get_args(Level)) -> pd.DataFrame:
    """Return the registry, or some levels of it, as a table: one row a measure."""
    rows = [
        {
            "measure": m.name, "level": m.level, "label_en": m.label_en, "label_zh": m.label_zh, "definition": m.definition,
            "formula": m.formula, "source": m.source, "boundaries": ", ".join(m.boundaries), "networks": networks_of(m),
            "reads": m.reads if m.level in GRAPH_LEVELS else "", "undefined": m.undefined, "cost": m.cost,
        }
        for m in declared_measures()
        if m.level in levels
    ]  # fmt: skip
    return pd.DataFrame(rows, dtype="str")


def model_codebook(model: Model) -> pd.DataFrame:
    """Return the constructs of the model as a table: id, labels, role, what each feeds, book section."""
    rows = [
        {"construct": c.id, "en": c.en, "zh": c.zh, "section": c.section}
        | {key: c.get(key) or "" for key in ("role", "factor", "mechanism", "part", "way", "path")}
        for c in model.constructs.values()
    ]
    return pd.DataFrame(rows, dtype="str")


def public_tables(tables: Mapping[str, pd.DataFrame], model: Model, grade: str) -> dict[str, pd.DataFrame]:
    """Return the tables that may leave `internal/`, in the order of the workbook; the first sheet says what each holds.

    `tables` holds scores, actor_measures, value_capture, the tables of exports, those of the survey (`survey_tables`) and the tidy input tables. Tables that show single actors are left out
    where `grade` is of a confidential kind, and the first sheet says so.
    """
    declare_scores(model)
    full = {**tables, "measures": measure_codebook(), "model": model_codebook(model)}
    out: dict[str, pd.DataFrame] = {}
    rows = []
    for name, text in CONTENTS.items():
        held = name in ACTOR_TABLES and not shows_actors(grade)
        if not held:
            out[name] = full[name]
        rows.append(
            {
                "sheet": name,
                "holds": WITHHELD.en if held else text,
                "rows": 0 if held else len(full[name]),
                "grade": grade,
            }
        )
    contents = pd.DataFrame(rows).astype({"sheet": "str", "holds": "str", "grade": "str"})
    return {"contents": contents, **out}
