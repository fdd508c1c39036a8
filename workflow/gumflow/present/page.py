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

from gumflow.contract.model import Model
from gumflow.measures.registry import get_measure
from gumflow.networks.layers import LAYERS, NETWORKS
from gumflow.present import page_text
from gumflow.present.disclosure import WITHHELD, shows_actors
from gumflow.present.exports import measure_codebook
from gumflow.present.page_text import TEXT
from gumflow.present.wording import DRIVERS, GOVERNANCE_TYPES, KINDS, NOT_STATED, STATES, SYNTHETIC

NETWORK_MEASURES = (
    "actors", "ties", "loops_dropped", "density", "components_weak", "reciprocity_arc", "centralization_in_degree", "centralization_out_degree",
    "centralization_betweenness", "ei_index_place", "ei_index_kind",
)  # fmt: skip
DASH = "–"
# Letters, since a dash with a figure would read as a negative number.
MARKS = "ᵃᵇᶜᵈᵉ"
# A figure is shown this much larger than in print, where 7 pt is read from near.
ENLARGEMENT = 1.45
Block = dict[str, Any]


def study_page(
    tables: Mapping[str, pd.DataFrame],
    model: Model,
    figures: Sequence[tuple[str, str, str, Path]],
    language: str,
) -> str:
    """Return the page of a study as HTML.

    `tables` holds cells, scores, actor_measures, actors, ties and value_capture; `figures` are (section, title, caption, SVG file), where section is
    one of the page's: evidence, networks, glance.
    """
    import jinja2

    cells = tables["cells"]
    first = cells.iloc[0]
    grade = first["grade"]
    sections = [
        _section("glance", [_glance(tables, language)], language, note="glance_note"),
        _section(
            "evidence",
            [_evidence(tables, model, cell, language) for cell in cells.to_dict("records")],
            language,
            note="evidence_note",
        ),
        _section("networks", _networks(tables, language), language, note="networks_note"),
        _section("ties", _ties(tables, language), language),
        _section("value_chain", [], language),
        _section("capture", [_capture(tables["value_capture"], cells, language)], language),
        _section("coding", [_coding(tables["scores"], model, language)], language, note="coding_note"),
        _section("methods", [_methods(language)], language),
    ]
    for name, title, caption, path in figures:
        image = base64.b64encode(path.read_bytes()).decode("ascii")
        block = {"image": image, "alt": title, "caption": caption, "width": _shown_width(path)}
        next(s for s in sections if s["id"] == name)["figures"].append(block)
    for section in sections:
        section["blocks"] = section["figures"] + section["blocks"]
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


def _section(name: str, blocks: list[Block], language: str, note: str = "") -> dict[str, Any]:
    full = {"title": "", "image": "", "table": None, "text": "", "alt": "", "caption": "", "width": 0}
    return {
        "id": name,
        "title": TEXT[name](language),
        "note": TEXT[note](language) if note else "",
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


def _grid(
    head: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = (), notes: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "head": list(head),
        "rows": [list(r) for r in rows],
        "numeric": set(numeric),
        "notes": list(notes),
    }


def _number(value: float, digits: int = 2) -> str:
    if math.isnan(value):
        return DASH
    whole = value == int(value)
    # A bound of -0.0004 is shown as 0.00, not as a negative nothing.
    text = str(int(value)) if whole else f"{round(value, digits) + 0.0:.{digits}f}"
    return text.replace("-", "−")


def _span(low: float, high: float) -> str:
    return DASH if math.isnan(low) else f"{_number(low)} … {_number(high)}"


def _name(cell: Mapping[str, Any], cells: pd.DataFrame, language: str) -> str:
    several = (cells["cluster"] == cell["cluster"]).sum() > 1
    return cell[f"cluster_{language}"] + (f" ({cell['wave']})" if several else "")


def _of(table: pd.DataFrame, cell: Mapping[str, Any]) -> pd.DataFrame:
    return table[(table["cluster"] == cell["cluster"]) & (table["wave"] == cell["wave"])]


def _glance(tables: Mapping[str, pd.DataFrame], language: str) -> Block:
    cells, t = tables["cells"], TEXT
    head = [t["cluster"](language), t["actors"](language), *(STATES[s](language) for s in STATES)]
    head += [t["driver"](language), t["governance_type"](language), t["ladder"](language)]
    rows = []
    for cell in cells.to_dict("records"):
        actors, ties, scores = (_of(tables[n], cell) for n in ("actors", "ties", "scores"))
        row = [
            _name(cell, cells, language),
            str(len(actors)),
            *(str(int((ties["state"] == s).sum())) for s in STATES),
        ]
        for measure, words in (("chain_driver", DRIVERS), ("chain_governance_type", GOVERNANCE_TYPES)):
            stated = [c for c in scores.loc[scores["measure"] == measure, "category"] if c]
            row.append(", ".join(words[c](language) for c in stated) or NOT_STATED(language))
        ladder = scores[scores["measure"] == "ladder_position"]
        known = not ladder.empty and not math.isnan(ladder["low"].iloc[0])
        row.append(_span(ladder["low"].iloc[0], ladder["high"].iloc[0]) if known else NOT_STATED(language))
        rows.append(row)
    return {"table": _grid(head, rows, numeric=range(1, 6))}


def _evidence(
    tables: Mapping[str, pd.DataFrame], model: Model, cell: Mapping[str, Any], language: str
) -> Block:
    t = TEXT
    scores = _of(tables["scores"], cell)
    scores = scores[scores["layer"] == "evidence"].set_index(["unit_kind", "unit", "measure"])
    name = _name(cell, tables["cells"], language)
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
                _number(float(scores.at[(kind, node.id, f"statements_{s}"), "value"]), 1)
                for s in (*STATES, "helping", "hindering")
            ]
            balance = scores.loc[(kind, node.id, "evidence_balance")]
            span = _span(balance["low"], balance["high"])
            rows.append(
                [
                    node.label(language),
                    t[kind](language),
                    *counts,
                    _number(balance["value"]),
                    span,
                    f"{balance['coverage']:.0%}",
                ]
            )
    return {"title": name, "table": _grid(head, rows, numeric=range(2, 11))}


def _networks(tables: Mapping[str, pd.DataFrame], language: str) -> list[Block]:
    cells = tables["cells"]
    blocks: list[Block] = []
    for cell in cells.to_dict("records"):
        scores = _of(tables["scores"], cell)
        scores = scores[scores["unit_kind"] == "network"].set_index(["layer", "measure"])
        reasons: dict[str, int] = {}
        rows = []
        for measure in NETWORK_MEASURES:
            row = [_label(measure, language)]
            for network in NETWORKS:
                found = scores.loc[(network, measure)]
                if found["withheld"]:
                    why = _why(found["withheld"], cell["boundary"])
                    row.append(DASH + MARKS[reasons.setdefault(why, len(reasons))])
                else:
                    row.append(_number(found["value"], 3))
            rows.append(row)
        head = [n.label_zh if language == "zh" else n.label_en for n in NETWORKS.values()]
        notes = [f"{MARKS[number]} {page_text.WHY[why](language)}" for why, number in reasons.items()]
        grid = _grid([TEXT["measure"](language), *head], rows, range(1, len(head) + 1), notes)
        blocks.append({"title": _name(cell, cells, language), "table": grid})
        blocks.append(_central(tables, cell, language))
    return blocks


def _why(reason: str, boundary: str) -> str:
    """Return which of the page's footnotes a reason falls under; the scores hold the reason itself, measure by measure."""
    kind = reason.partition(":")[0]
    if kind != "withheld":
        return kind
    return boundary if boundary in page_text.WHY else "no_tie"


def _central(tables: Mapping[str, pd.DataFrame], cell: Mapping[str, Any], language: str) -> Block:
    if not shows_actors(cell["grade"]):
        return {"text": WITHHELD(language)}
    measures, actors = _of(tables["actor_measures"], cell), _of(tables["actors"], cell).set_index("actor")
    chain = (
        measures[measures["layer"] == "chain_network"]
        .sort_values(["degree", "actor"], ascending=[False, True])
        .head(10)
    )
    rows = [
        [
            actors.at[r["actor"], f"label_{language}"],
            KINDS[actors.at[r["actor"], "kind"]](language),
            *(_number(r[c]) for c in ("in_degree", "out_degree")),
        ]
        for r in chain.to_dict("records")
    ]
    head = [TEXT["actor"](language), TEXT["kind"](language), TEXT["in"](language), TEXT["out"](language)]
    note = TEXT["central_text" if cell["boundary"] == "text" else "central_census"](language)
    return {"title": TEXT["central"](language), "table": _grid(head, rows, (2, 3), [note])}


def _ties(tables: Mapping[str, pd.DataFrame], language: str) -> list[Block]:
    blocks: list[Block] = []
    for cell in tables["cells"].to_dict("records"):
        ties = _of(tables["ties"], cell)
        if ties.empty:
            blocks.append({"title": _name(cell, tables["cells"], language), "text": TEXT["none"](language)})
            continue
        counts = ties.groupby(["layer", "state"]).size().unstack(fill_value=0)
        rows = [
            [LAYERS[layer].label_zh if language == "zh" else LAYERS[layer].label_en]
            + [str(int(counts.at[layer, s])) if s in counts.columns else "0" for s in STATES]
            for layer in LAYERS
            if layer in counts.index
        ]
        head = [TEXT["layer"](language), *(STATES[s](language) for s in STATES)]
        blocks.append(
            {"title": _name(cell, tables["cells"], language), "table": _grid(head, rows, range(1, 5))}
        )
    return blocks


def _capture(capture: pd.DataFrame, cells: pd.DataFrame, language: str) -> Block:
    if capture.empty:
        return {"text": TEXT["none"](language)}
    names = {c["cluster"]: c[f"cluster_{language}"] for c in cells.to_dict("records")}
    head = [
        TEXT[k](language) for k in ("cluster", "item", "printed", "implied", "bounds", "verdict", "reading")
    ]
    rows = [
        [
            names[r["cluster"]], r["item"], _figure(r["printed"]), _figure(r["value"]),
            DASH if math.isnan(r["low"]) else f"{_figure(r['low'])} … {_figure(r['high'])}",
            page_text.VERDICTS[r["verdict"]](language), r[f"reading_{language}"],
        ]
        for r in capture.to_dict("records")
    ]  # fmt: skip
    return {"table": _grid(head, rows, (2, 3, 4))}


def _label(measure: str, language: str) -> str:
    declared = get_measure(measure)
    return declared.label_zh if language == "zh" else declared.label_en


def _figure(value: float) -> str:
    return DASH if math.isnan(value) else f"{value:.4g}".replace("-", "−")


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
                _number(found["value"]),
                _span(found["low"], found["high"]),
                n,
                TEXT["construct_unused"](language) if found["withheld"] else "",
            ]
        )
    return {"table": _grid(head, rows, (1, 2, 3))}


def _methods(language: str) -> Block:
    book = measure_codebook()
    head = [TEXT["measure"](language), TEXT["definition"](language), TEXT["source"](language)]
    rows = [[r[f"label_{language}"], r["definition"], r["source"]] for r in book.to_dict("records")]
    return {"table": _grid(head, rows)}
