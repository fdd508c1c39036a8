"""Reference pages in Markdown, written from the declarations that the program itself reads: tables, measures, model."""

from collections.abc import Sequence

from gumflow.contract.instrument import instrument_names, load_instrument
from gumflow.contract.model import Model
from gumflow.contract.tables import TABLES, Field, table_contract
from gumflow.measures.intervals import INTERVALS
from gumflow.measures.registry import GRAPH_LEVELS
from gumflow.networks.layers import LAYERS, NETWORKS
from gumflow.present.codebook import declared_measures, networks_of
from gumflow.present.instruments import instruments_page

UNOBSERVED = {
    "observed": "left out",
    "complete": "read as absent; withheld if too few answered (`networks.withhold_below`)",
}
INTERVAL_OF = {
    "pairs": "vertex bootstrap of sums over pairs, corrected for drawing a pair by both its ends",
    "triples": "vertex bootstrap of sums over triads, corrected for drawing a triad by all its ends",
    "largest": "vertex bootstrap, rather too wide",
    "jackknife": "jackknife over actors",
}
HEAD = "<!-- Written by `gumflow reference`; edit the declarations, not this page. -->\n"


def reference_pages(model: Model) -> dict[str, str]:
    """Return the reference pages by file name."""
    return {
        "data_contract.md": _data_contract(),
        "measures.md": _measures(),
        "model.md": _model(model),
        "instruments.md": instruments_page([load_instrument(n, model) for n in instrument_names()], model),
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in line) + " |" for line in lines
    )


def _data_contract() -> str:
    parts = [
        HEAD,
        "# What goes into a study\n",
        "A study is a folder with `study.yaml` and, for each cluster and wave, the tables below, as CSV or XLSX (first sheet). "
        "Only `study.yaml` and `actors.csv` are required. With one cluster the tables may lie beside `study.yaml`; with several, each cluster has a folder. "
        "CSV may be UTF-8 (with or without byte-order mark), UTF-16 with a mark, or GB18030; separated by comma, semicolon or tab; with any line ends. "
        "`gumflow check STUDY` lists everything that does not fit, with file, row, column, value and remedy.\n",
        "## study.yaml\n",
        "```yaml\n"
        "title: {en: My cluster, zh: 我的集群}\n"
        "grade: survey          # case (coded from published text), survey, interview, official, synthetic\n"
        "boundary: census       # how the actors were chosen: census, roster, sample, text\n"
        "source: {en: Own survey 2026, zh: 自有调查}   # printed under each figure; optional\n"
        "clusters:\n"
        "  my_cluster: {en: My cluster, zh: 我的集群}\n"
        "  other: {en: Other, zh: 另一集群, folder: other_2026}             # another folder than its id\n"
        "  third: {en: Third, zh: 第三集群, waves: {w2020: third/2020, w2026: third/2026}, boundary: sample, population: 10000, break_year: 2006}   # break_year: a new regime of exports.csv begins, declared before looking\n"
        "instruments: [ningbo_apparel, relational_module]   # what was asked (docs/instruments.md); also per cluster\n"
        "dialect: auto          # auto, plain_wide, plain_long, kobo, wenjuanxing: how the answers were exported\n"
        "alters_outside: pipeline   # named alters that are no actor: pipeline, inside, drop; inside in a sample, pipeline elsewhere if left out\n"
        "confidential: true     # pseudonyms, nothing on single actors in public/; as the grade says (survey, interview) if left out\n"
        "protect: [town]        # further columns of actors.csv that identify\n"
        "registers: [{file: patents.csv, key: credit_code, columns: [patents]}]   # tables that join the actors by an id\n"
        "group_by: kind         # column of actors.csv that group measures read (E-I, roles, mixing); kind if left out\n"
        "tie_rules: {knowledge: union, trust: sender}   # how the reports of two sides combine; union if left out\n"
        "```\n",
        "What may be said depends on the boundary: whole-network measures need `census` or `roster`; from a `sample` or a `text` come the ties "
        "that are stated and their counts, and everything that rests on absent ties is withheld with the reason. A study of grade `survey` or `interview` shows no single actor in `public/`.\n",
        "What a survey tool exported lies beside the tables: `answers.csv`, `answers.xlsx` or a folder `answers/`, with `mapping.csv` "
        "(which column is which question) and `who_is_who.csv` (which name is which actor) where they are needed: [the field](field.md).\n",
        "## Direction, reports and answers\n",
        "A tie runs from `source` to `target`; what runs differs from layer to layer:\n",
        _table(
            ("layer", "what runs from source to target", "由 source 流向 target"),
            [(f"`{layer.name}`", layer.flow_en, layer.flow_zh) for layer in LAYERS.values()],
        )
        + "\n",
        "A tie may be reported by its source, its target or both (`reporter`). Per layer, `tie_rules` says what counts: `union` (either says so, the "
        "larger strength), `intersection` (all that answered say so, the smaller strength), `sender` or `receiver` (that side), `average` (mean "
        "strength, a no counting 0). Rows without a reporter, or of a third party, are kept under every rule. How far the two sides agree is in `scores` (`report_agreement`).\n",
        "`roster.csv` says who was asked and who answered. Without it a `census` is taken as answered by all, and of a `roster` it is not "
        "known, so whatever rests on absent ties is withheld. A pair of actors is tied, not tied or unobserved: of one that nobody "
        "who answered could report, nothing is known (`networks.missing` in config/config.yaml says what is done). An actor that is not in the actors.csv of a wave is absent from it, not an isolate. In a `sample`, "
        "`weight` in actors.csv (1 / the chance of being drawn) weighs the means over ego networks.\n",
    ]
    for name in TABLES:
        table = table_contract(name)
        parts.append(f"## {name}\n\n{table.en}. {table.zh}。\n")
        parts.append(
            _table(("column", "needed", "type", "holds", "含义"), [_field_row(f) for f in table.fields])
            + "\n"
        )
        if table.extra_columns:
            parts.append("Further columns are kept as attributes of the actor.\n")
        if table.locator:
            parts.append(
                "A study of grade `case` needs, in each row, `section` with `paragraphs`, or `note`.\n"
            )
    return "\n".join(parts)


def _field_row(f: Field) -> tuple[str, ...]:
    kind = f.type
    if f.enum:
        kind = ", ".join(f"`{e}`" for e in f.enum)
    elif f.minimum is not None:
        kind += f", {'above' if f.exclusive_minimum else 'from'} {f.minimum:g}" + (
            f" to {f.maximum:g}" if f.maximum is not None else ""
        )
    if f.reference:
        kind += f" → {f.reference}"
    return (f"`{f.name}`", "yes" if f.required else "", kind, f.en, f.zh)


def _measures() -> str:
    parts = [HEAD, "# Measures\n"]
    parts.append(
        "Each measure is declared once; the tables, pages and tests read that declaration. `gumflow measures NAME` prints it.\n"
    )
    rows = [
        (f"`{n.name}`", n.label_en, n.label_zh, ", ".join(n.layers), "yes" if n.leaves_cluster else "")
        for n in NETWORKS.values()
    ]
    parts.append(
        "## The five networks\n\n" + _table(("network", "", "", "layers", "leaves the cluster"), rows) + "\n"
    )
    none = [f"`{layer.name}`: {layer.why_in_none}" for layer in LAYERS.values() if layer.why_in_none]
    parts.append(
        "Only achieved ties enter. Layers that enter none:\n\n"
        + "\n".join(f"- {line}" for line in none)
        + "\n"
    )
    for level, title in (
        ("actor", "Measures of actors"),
        ("dyad", "Measures of pairs"),
        ("network", "Measures of networks"),
        ("ego", "Measures of the surroundings that a respondent reports (boundary sample)"),
        ("firm", "Measures of firms, from answers, ties and mechanisms"),
        ("unit", "Measures of factors, mechanisms, ways, paths and constructs"),
        ("cluster", "Measures of clusters"),
        ("count", "Counts"),
    ):
        found = [m for m in declared_measures() if m.level == level]
        if not found:
            continue
        parts.append(f"## {title}\n")
        for m in found:
            lines = [
                f"### {m.name}\n",
                f"{m.label_en} · {m.label_zh}\n",
                m.definition + "\n",
                f"- formula: `{m.formula}`",
                f"- source: {m.source}",
                f"- boundaries: {', '.join(m.boundaries)}"
                + (f"; networks: {networks_of(m)}" if networks_of(m) else ""),
            ]
            if m.level in GRAPH_LEVELS:
                lines.append(f"- pairs that were not observed: {UNOBSERVED[m.reads]}")
            lines += [f"- computed up to {m.largest:,} actors"] if m.largest else []
            lines += [f"- only on request: {m.on_request}"] if m.on_request else []
            lines += [f"- interval: {INTERVAL_OF[INTERVALS[m.name].method]}"] if m.name in INTERVALS else []
            lines += [f"- undefined: {m.undefined}"] if m.undefined else []
            lines += [f"- not elsewhere: {m.why_not_elsewhere}"] if m.why_not_elsewhere else []
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _model(model: Model) -> str:
    parts = [
        HEAD,
        "# The model\n",
        f"{model.title.en} · {model.title.zh} (section {model.title.section}). The tree is `config/model/gum.yaml`.\n",
    ]
    for title, nodes in (
        ("Factors", model.factors), ("Mechanisms", model.mechanisms), ("Ways of upgrading", model.ways), ("Outward paths", model.paths),
    ):  # fmt: skip
        listed = [(f"`{n.id}`", n.en, n.zh, n.section, _more(n.more)) for n in nodes.values()]
        parts.append(f"## {title}\n\n" + _table(("id", "", "", "section", ""), listed) + "\n")
    rows = [
        (
            f"`{c.id}`",
            c.en,
            c.zh,
            str(c.get("role")),
            str(c.get("factor") or c.get("way") or c.get("path") or ""),
            c.section,
        )
        for c in model.constructs.values()
    ]
    parts.append("## Constructs\n\n" + _table(("id", "", "", "role", "feeds", "section"), rows) + "\n")
    notes = [f"- `{c.id}`: {c.get('note')}" for c in model.constructs.values() if c.get("note")]
    if notes:
        parts.append("## What was chosen for a construct, and what was not\n\n" + "\n".join(notes) + "\n")
    bearings = [(f"`{name}`", f"`{b.construct}`", f"{b.direction:+d}") for name, b in model.measures.items()]
    if bearings:
        head = "## Measures of firms that feed constructs, beside the questionnaires' indicators\n\n"
        parts.append(head + _table(("measure", "construct", "direction"), bearings) + "\n")
    return "\n".join(parts)


def _more(more: object) -> str:
    if not isinstance(more, dict):
        return ""
    return "; ".join(f"{k}: {', '.join(v) if isinstance(v, list) else v}" for k, v in more.items())
