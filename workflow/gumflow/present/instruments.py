"""The instruments as a Markdown page for researchers: what is asked, of whom, and how answers become numbers."""

from collections.abc import Iterable, Sequence

from gumflow.contract.instrument import Indicator, Instrument, Item, Option, Question, Relation
from gumflow.contract.model import Model

_HEAD = "<!-- Written by `gumflow reference`; edit the declarations, not this page. -->\n"
_INTRO = """\
# Instruments

What each instrument asks, and what its answers stand for. The files are in `config/instruments`; a study may have its own in a folder `instruments`.
The words are our own; the numbers and options of the two questionnaires and the interview guide are those of the book.

An **item** is what is answered by itself; a question has one or more. Each item has one **role**: driver (what a mechanism does), outcome
(upgrading that happened), context, or identity (who answers; never leaves `restricted/`). No number mixes drivers and outcomes.

**Several ticks** says what it means if an item for one answer was ticked more than once: the `highest`, `lowest` or `mean` score; `keep` all; or `refuse`
(no answer, and reported). **Pooled with** names the item of another instrument that asks the `same`, or nearly so after recoding (`recoded`). An item that was
**asked only if** another was ticked is missing by design for all others, which is not the same as no answer.

Ticks are 0 or 1 and shares are parts of 1 in the indicators. **Direction** is + if more of the indicator is more of its construct, − if less; 0 is reported, but enters no score.
"""
_QUESTION_HEAD = (
    "item", "no.", "question", "题目", "type", "options", "asked only if", "several ticks", "role", "constructs", "pooled with", "note",
)  # fmt: skip
_INDICATOR_HEAD = ("indicator", "", "", "computed as", "construct", "direction", "note")
_FLOWS = {
    "to_respondent": "from the one named to the respondent",
    "from_respondent": "from the respondent to the one named",
    "mutual": "both ways",
}
_SIGNS = {1: "+", -1: "−", 0: "0"}


def instruments_page(instruments: Sequence[Instrument], model: Model) -> str:
    """Return the page on `instruments`, in their order: per instrument the items by section, then the indicators with their formula in words."""
    return "\n".join([_HEAD, _INTRO, *(_instrument(i, model) for i in instruments)])


def _instrument(instrument: Instrument, model: Model) -> str:
    title, source = instrument.title, instrument.source
    parts = [
        f"## {title['en']}\n\n{title['zh']}。`{instrument.name}`: {_counts(instrument)}. {source['en']} {source['zh']}\n"
    ]
    for section in instrument.sections.values():
        asked = [(q, i) for q in instrument.questions if q.section == section["id"] for i in q.items]
        if asked:
            rows = [_item_row(q, i, instrument, model) for q, i in asked]
            parts.append(f"### {section['en']} {section['zh']}\n\n{_table(_QUESTION_HEAD, rows)}\n")
    if instrument.indicators:
        rows = [_indicator_row(i, model) for i in instrument.indicators]
        parts.append(f"### Indicators: {title['en']}\n\n{_table(_INDICATOR_HEAD, rows)}\n")
    return "\n".join(parts)


def _counts(instrument: Instrument) -> str:
    items = [i for i in instrument.items.values() if i.role != "identity"]
    asked = {i.question for i in items}
    return f"{len(asked)} questions, {len(items)} items, {len(instrument.indicators)} indicators"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in line) + " |" for line in lines
    )


def _item_row(question: Question, item: Item, instrument: Instrument, model: Model) -> tuple[str, ...]:
    pooled = item.pools_with
    return (
        f"`{item.id}`",
        str(question.printed or ""),
        _text(question, item, "en"),
        _text(question, item, "zh"),
        _type(item, question, instrument),
        "" if item.type == "rank" else "<br>".join(_option(o) for o in item.options),
        f"`{item.asked_if.item}`: {_or(item.asked_if.options)}" if item.asked_if else "",
        item.several_ticks if item.type == "single" else "",
        item.role,
        "<br>".join(model.constructs[c].en for c in item.constructs),
        " ".join(p for p in (f"`{pooled.item}` ({pooled.how})", pooled.note) if p) if pooled else "",
        " ".join(n for n in (question.note if item is question.items[0] else "", item.note) if n),
    )


def _text(question: Question, item: Item, language: str) -> str:
    own, asked = item.label(language), question.label(language)
    if own == asked:
        return asked
    # The question stands once, with the first of its items.
    return f"{asked}<br>*{own}*" if item is question.items[0] else f"*{own}*"


def _type(item: Item, question: Question, instrument: Instrument) -> str:
    words = item.type
    if item.type == "rank":
        words += f" of those ticked in `{item.ranks}`"
    if item.unit:
        words += f", {item.unit}"
    if item.minimum is not None and item.maximum is not None:
        words += f", {item.minimum:g} to {item.maximum:g}"
    elif item.minimum is not None:
        words += f", from {item.minimum:g}"
    elif item.maximum is not None:
        words += f", up to {item.maximum:g}"
    if item.whole:
        words += ", whole"
    if item.type == "shares":
        words += f", sum 100 ± {item.tolerance:g}"
    if item.most is not None:
        words += f", at most {item.most}"
    if item.relation is not None:
        words += f"; {_relation(item.relation)}"
    if question.respondents != instrument.respondents:
        words += f"; asked of: {', '.join(question.respondents)}"
    return words


def _relation(relation: Relation) -> str:
    asked = {
        "roster": "on the roster",
        "names": "named freely",
        "named": "named in " + ", ".join(f"`{i}`" for i in relation.named_in),
    }[relation.alters]
    words = f"{', '.join(relation.kinds)} {relation.place} the cluster, {asked}"
    if relation.most:
        words += f", at most {relation.most}"
    if relation.layer:
        words += f"; layer {relation.layer}, {_FLOWS[relation.flow]}"
    return words + (f"; fills {relation.fills}" if relation.fills else "")


def _option(option: Option) -> str:
    words = f"{option.printed or ''} `{option.code}` {option.en} {option.zh}".strip()
    more = []
    if option.score is not None:
        more.append(f"score {option.score:g}")
    if option.fill_in:
        more.append("with words")
    if option.excludes:
        more.append("alone")
    return words + (f" ({', '.join(more)})" if more else "")


def _indicator_row(indicator: Indicator, model: Model) -> tuple[str, ...]:
    construct = model.constructs[indicator.construct].en
    return (
        f"`{indicator.id}`", indicator.en, indicator.zh, _words(indicator), construct, _SIGNS[indicator.direction], indicator.note,
    )  # fmt: skip


def _words(indicator: Indicator) -> str:
    item, options = f"`{indicator.item}`", indicator.options
    divided = f" / {indicator.divide:g}" if indicator.divide != 1 else ""
    weights = ", ".join(f"`{code}` {weight:g}" for code, weight in indicator.weights.items())
    among = f" over {_and(options)}" if options else ""
    words = {
        "value": f"ln({item}{divided})" if indicator.log else item + divided,
        "score": f"score of the option ticked in {item}{divided}",
        "tick": f"1 if {_or(options)} is ticked in {item}, else 0",
        "ticks": f"ticked share of {_and(options)} in {item}",
        "ratio": f"{item}: {_plus(options)} over {_plus(indicator.among)}",
        "weighted": f"sum of the shares of {item} by weight ({weights}){divided}",
        "entropy": f"−Σ s ln s / ln K, s the K shares of {item}",
        "herfindahl": f"Σ s², s the shares of {item}",
        "priority": f"mean{among} of (m − rank + 1) / m in {item}, m the number ranked; 0 for what is not ranked",
        "formula": f"`{indicator.formula}`",
    }[indicator.kind]
    if indicator.not_asked_as is not None:
        words += f"; {indicator.not_asked_as:g} where not asked"
    return words


def _or(codes: Sequence[str]) -> str:
    return " or ".join(f"`{c}`" for c in codes)


def _and(codes: Sequence[str]) -> str:
    return ", ".join(f"`{c}`" for c in codes)


def _plus(codes: Sequence[str]) -> str:
    return " + ".join(f"`{c}`" for c in codes)
