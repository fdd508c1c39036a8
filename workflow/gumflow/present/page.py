"""One self-contained page per study and language: what the study is, what was found, and what may be concluded.

Every number on it is a row of a public table; every missing one carries its reason.
"""

import base64
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gumflow.contract.cells import rows_of
from gumflow.contract.model import Model
from gumflow.measures.registry import GRAPH_LEVELS
from gumflow.present import page_mechanisms, page_networks, page_survey, page_text, page_value
from gumflow.present.catalog import CATALOG, COMPLETE, figure_parts
from gumflow.present.exports import measure_codebook
from gumflow.present.page_parts import Block, cell_name, grid, number, span
from gumflow.present.page_text import TEXT
from gumflow.present.wording import DRIVERS, GOVERNANCE_TYPES, NOT_STATED, STATES, SYNTHETIC

# Sections that a study may have nothing for.
WHERE_ANY = ("survey", "answers", "roles", "waves", "response", "mechanisms")
# A figure is shown this much larger than in print, where 7 pt is read from near.
ENLARGEMENT = 1.45


def study_page(
    tables: Mapping[str, pd.DataFrame],
    model: Model,
    figures: Sequence[tuple[str, str, str, Path]],
    language: str,
) -> str:
    """Return the page of a study as HTML.

    `tables` holds cells, scores, actor_measures, actors, ties, value_capture, the tables of exports, answer_shares, response and indicator_means; `figures` are (section, title, caption, SVG file), where section is
    one of the page's and the file is named after figure and language, as in `layers.valley.1_en.svg`.
    """
    import jinja2

    cells = tables["cells"]
    first = cells.iloc[0]
    grade = first["grade"]
    sections = _sections(tables, model, language)
    for theme, title, caption, path in figures:
        name = _place(theme, path, cells)
        if not name:
            continue
        image = base64.b64encode(path.read_bytes()).decode("ascii")
        block = {"image": image, "alt": title, "caption": caption, "width": _shown_width(path)}
        next(s for s in sections if s["id"] == name)["figures"].append(block)
    for section in sections:
        section["blocks"] = section["figures"] + section["blocks"]
    sections = [s for s in sections if s["blocks"] or s["id"] not in WHERE_ANY]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("page.html.j2").render(
        language=language,
        title=first[f"title_{language}"],
        source=first[f"source_{language}"],
        synthetic=SYNTHETIC(language) if grade == "synthetic" else "",
        grade=page_text.GRADES[grade](language),
        boundaries=[page_text.BOUNDARIES[b](language) for b in dict.fromkeys(cells["boundary"])],
        sections=sections,
        t={key: words(language) for key, words in TEXT.items()},
    )


def _sections(tables: Mapping[str, pd.DataFrame], model: Model, language: str) -> list[dict[str, Any]]:
    """Return the sections of the page in their order, before figures come into them."""
    cells = tables["cells"]
    return [
        _section("glance", [_glance(tables, language)], language, note="glance_note"),
        _section(
            "evidence",
            [_evidence(tables, model, cell, language) for cell in cells.to_dict("records")],
            language,
            note="evidence_note",
        ),
        _section("survey", page_survey.survey_blocks(tables, language), language, note="survey_note"),
        _section("answers", page_survey.answer_blocks(tables, language), language, note="answers_note"),
        _section("networks", page_networks.network_blocks(tables, language), language, note="networks_note"),
        _section("ties", page_networks.layer_blocks(tables, language), language),
        _section("roles", page_networks.role_blocks(tables, language), language, note="roles_note"),
        _section("waves", page_networks.wave_blocks(tables, language), language, note="waves_note"),
        _section("response", page_networks.response_blocks(tables, language), language, note="response_note"),
        _section(
            "mechanisms",
            page_mechanisms.mechanism_blocks(tables, model, language),
            language,
            note=page_mechanisms.mechanisms_note(cells),
        ),
        _section("value_chain", [], language),
        _section("capture", page_value.capture_blocks(tables, language), language, note="capture_note"),
        _section("coding", [_coding(tables["scores"], model, language)], language, note="coding_note"),
        _section("methods", [_methods(language)], language, note="methods_note"),
    ]


def _place(theme: str, path: Path, cells: pd.DataFrame) -> str:
    """Return the section that a figure stands in; none for a sheet which says that a figure rests on absent ties: the page says so itself."""
    figure = path.stem.rpartition("_")[0]
    entry = CATALOG.get(figure.partition(".")[0])
    if entry is None:
        return theme
    if entry.complete:
        _, cluster, wave = figure_parts(figure)
        if rows_of(cells, {"cluster": cluster, "wave": wave})["boundary"].iloc[0] not in COMPLETE:
            return ""
    return entry.part or theme


def _section(name: str, blocks: list[Block], language: str, note: str = "") -> dict[str, Any]:
    texts = TEXT | page_survey.SECTIONS | page_mechanisms.SECTIONS | page_value.SECTIONS
    full = {"title": "", "image": "", "table": None, "text": "", "alt": "", "caption": "", "width": 0}
    return {
        "id": name,
        "title": texts[name](language),
        "note": texts[note](language) if note else "",
        "blocks": [full | b for b in blocks],
        "figures": _Figures(full),
    }


class _Figures(list):
    def __init__(self, full: Block) -> None:
        super().__init__()
        self._full = full

    def append(self, block: Block) -> None:
        super().append(self._full | block)


def _shown_width(svg: Path) -> int:
    """Return the width in CSS pixels at which a figure is shown, from its own width in points."""
    width = re.search(r'<svg[^>]*? width="([\d.]+)pt"', svg.read_text(encoding="utf-8")[:2000])
    return round(float(width.group(1)) * 96 / 72 * ENLARGEMENT) if width else 900


def _glance(tables: Mapping[str, pd.DataFrame], language: str) -> Block:
    cells, t = tables["cells"], TEXT
    head = [t["cluster"](language), t["actors"](language), *(STATES[s](language) for s in STATES)]
    head += [t["driver"](language), t["governance_type"](language), t["ladder"](language)]
    rows = []
    for cell in cells.to_dict("records"):
        actors, ties, scores = (rows_of(tables[n], cell) for n in ("actors", "ties", "scores"))
        row = [
            cell_name(cell, cells, language),
            str(len(actors)),
            *(str(int((ties["state"] == s).sum())) for s in STATES),
        ]
        for measure, words in (("chain_driver", DRIVERS), ("chain_governance_type", GOVERNANCE_TYPES)):
            stated = [c for c in scores.loc[scores["measure"] == measure, "category"] if c]
            row.append(", ".join(words[c](language) for c in stated) or NOT_STATED(language))
        ladder = scores[scores["measure"] == "ladder_position"]
        known = not ladder.empty and not math.isnan(ladder["low"].iloc[0])
        row.append(span(ladder["low"].iloc[0], ladder["high"].iloc[0]) if known else NOT_STATED(language))
        rows.append(row)
    return {"table": grid(head, rows, numeric=range(1, 6))}


def _evidence(
    tables: Mapping[str, pd.DataFrame], model: Model, cell: Mapping[str, Any], language: str
) -> Block:
    t = TEXT
    scores = rows_of(tables["scores"], cell)
    scores = scores[scores["layer"] == "evidence"].set_index(["unit_kind", "unit", "measure"])
    name = cell_name(cell, tables["cells"], language)
    if not scores["value"].fillna(0).any():
        return {"title": name, "text": t["none"](language)}
    head = [
        t["unit"](language),
        "",
        *(STATES[s](language) for s in STATES),
        t["helping"](language),
        t["hindering"](language),
        t["balance"](language),
        t["range"](language),
        t["coverage"](language),
    ]
    rows = []
    for kind, nodes in (("factor", model.factors), ("way", model.ways), ("path", model.paths)):
        for node in nodes.values():
            counts = [
                number(float(scores.at[(kind, node.id, f"statements_{s}"), "value"]), 1)
                for s in (*STATES, "helping", "hindering")
            ]
            balance = scores.loc[(kind, node.id, "evidence_balance")]
            bounds = span(balance["low"], balance["high"])
            rows.append(
                [
                    node.label(language),
                    t[kind](language),
                    *counts,
                    number(balance["value"]),
                    bounds,
                    f"{balance['coverage']:.0%}",
                ]
            )
    return {"title": name, "table": grid(head, rows, numeric=range(2, 11))}


def _coding(scores: pd.DataFrame, model: Model, language: str) -> Block:
    alpha = scores[scores["measure"] == "krippendorff_alpha"].set_index("unit")
    if alpha["value"].isna().all():
        return {"text": TEXT["no_coders"](language)}
    head = [TEXT["construct"](language), "α", "95 %", TEXT["sentences"](language), ""]
    rows = []
    for construct in model.constructs.values():
        found = alpha.loc[construct.id]
        n = "" if math.isnan(found["n"]) else str(int(found["n"]))
        rows.append(
            [
                construct.label(language),
                number(found["value"]),
                span(found["low"], found["high"]),
                n,
                TEXT["construct_unused"](language) if found["withheld"] else "",
            ]
        )
    return {"table": grid(head, rows, (1, 2, 3))}


def _methods(language: str) -> Block:
    book = measure_codebook()
    # Everything else that networks and mechanisms are asked would make the page many times as long.
    long = book["level"].isin(GRAPH_LEVELS) | book["source"].str.endswith(page_mechanisms.MARKS)
    book = book[~long | book["measure"].isin(page_networks.SHOWN | page_mechanisms.SHOWN)]
    head = [TEXT["measure"](language), TEXT["definition"](language), TEXT["source"](language)]
    rows = [[r[f"label_{language}"], r["definition"], r["source"]] for r in book.to_dict("records")]
    return {"table": grid(head, rows)}
