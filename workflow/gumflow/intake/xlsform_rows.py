"""Rows of an XLSForm's survey sheet: what a row holds, and the conditions that items put on answers."""

from collections.abc import Callable, Iterable, Sequence

from gumflow.contract.instrument import Condition, Item, Option

LANGUAGES = {"en": "English (en)", "zh": "中文 (zh)"}
MOST_STEPS = 10
"""Scales with at most so many steps are answered by a tap on a number, others by typing."""

Text = tuple[str, str]
"""Words in English and Chinese."""
Row = dict[str, str]
"""Column of the survey sheet -> what stands there."""

_SPECIFY = ("Please specify", "请说明")
_ALONE = ("“{}” cannot go with another option.", "“{}”不能与其他选项同时选择。")
_UNITS = {
    "%": "%", "percent": "%", "persons": "人", "firms": "家", "years": "年", "projects": "项", "services": "项", "disputes": "件",
    "10k CNY": "万元", "10k pieces per month": "万件/月",
}  # fmt: skip
"""Units of the instruments in Chinese; any other stands as it is."""


def form_name(item: Item) -> str:
    """Return the name of an item in the form."""
    return item.id.replace(".", "_")


def item_texts(item: Item) -> Text:
    """Return the texts of an item."""
    return item.en, item.zh


def form_row(kind: str, name: str, label: Text = ("", ""), hint: Text = ("", ""), **more: str) -> Row:
    """Return a row of the survey sheet: its type, name, texts in both languages, and further columns."""
    return {"type": kind, "name": name} | bilingual("label", label) | bilingual("hint", hint) | more


def bilingual(column: str, text: Text) -> Row:
    """Return one column in each language."""
    return {f"{column}::{language}": words for language, words in zip(LANGUAGES.values(), text, strict=True)}


def condition(rule: str, message: Text) -> Row:
    """Return a condition on the answer with what is said where it does not hold; nothing for no condition."""
    return {"constraint": rule} | bilingual("constraint_message", message) if rule else {}


def grouped(name: str, label: Text, rows: list[Row], relevant: str = "", appearance: str = "") -> list[Row]:
    """Return the rows as a group; nothing for no rows."""
    if not rows:
        return []
    return [
        form_row("begin_group", name, label, relevant=relevant, appearance=appearance),
        *rows,
        form_row("end_group", name),
    ]


def any_of(parts: Iterable[str]) -> str:
    """Return a condition that holds where one of the parts does."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def ticked(condition: Condition) -> str:
    """Return the condition under which an item is asked."""
    base = condition.item.replace(".", "_")
    return any_of(f"selected(${{{base}}}, '{code}')" for code in condition.options)


def ticks_rule(item: Item) -> tuple[str, Text]:
    """Return the constraint on the ticks of an item, and what it says: at most so many, and options that stand alone."""
    rules = [f"count-selected(.) <= {item.most}"] if item.most else []
    messages = [at_most(item.most)] if item.most else []
    for option in item.options:
        if option.excludes:
            rules.append(f"not(selected(., '{option.code}') and count-selected(.) > 1)")
            messages.append((_ALONE[0].format(option.en), _ALONE[1].format(option.zh)))
    return " and ".join(rules), (" ".join(m[0] for m in messages), "".join(m[1] for m in messages))


def at_most(most: int) -> Text:
    """Return what is said where too many were ticked or named."""
    return f"At most {most}.", f"最多 {most} 项。"


def number_limits(item: Item) -> tuple[str, Text]:
    """Return the condition on a number, and what it says."""
    low, high = item.minimum, item.maximum
    rules = [f". >= {low:.15g}"] if low is not None else []
    rules += [f". <= {high:.15g}"] if high is not None else []
    if low is not None and high is not None:
        return " and ".join(rules), (f"{low:.15g} to {high:.15g}", f"{low:.15g} 至 {high:.15g}")
    if low is not None:
        return rules[0], (f"{low:.15g} or more", f"不小于 {low:.15g}")
    return "".join(rules), (f"{high:.15g} or less", f"不大于 {high:.15g}") if high is not None else ("", "")


def scale_steps(item: Item) -> list[Option]:
    """Return the steps of a short scale of whole numbers as options; none for other numbers."""
    low, high = item.minimum, item.maximum
    whole = item.type == "scale" or (item.type == "relation" and item.whole)
    if low is None or high is None or not whole or low % 1 or high % 1 or high - low > MOST_STEPS:
        return []
    return [Option(str(step), str(step), str(step)) for step in range(int(low), int(high) + 1)]


def unit_hint(item: Item) -> Text:
    """Return the unit of an item."""
    return (item.unit, _UNITS.get(item.unit, item.unit)) if item.unit else ("", "")


def has_value(item: Item) -> bool:
    """Say whether more than a name is asked of each alter."""
    return bool(item.options) or item.minimum is not None or item.maximum is not None or bool(item.unit)


def fill_ins(item: Item, ticked: Callable[[Option], str]) -> list[Row]:
    """Return a text item beside each option that asks for words; `ticked` gives the condition that it was chosen."""
    return [
        form_row(
            "text",
            f"{form_name(item)}_{o.code}_text",
            (f"{_SPECIFY[0]}: {o.en}", f"{_SPECIFY[1]}：{o.zh}"),
            relevant=ticked(o),
        )
        for o in item.options
        if o.fill_in
    ]


def answer_row(item: Item, name: str, label: Text, lists: dict[str, Sequence[Option]]) -> Row:
    """Return the row that takes the answer to an item of ticks, a number, a step of a scale, or words; of one alter, for a relation.

    A list of choices that it needs is put into `lists`.
    """
    if item.options:
        lists[form_name(item)] = item.options
        several = item.type == "several" or (item.type == "relation" and item.most != 1)
        rule, message = ticks_rule(item) if several else ("", ("", ""))
        kind = "select_multiple" if several else "select_one"
        return form_row(f"{kind} {form_name(item)}", name, label) | condition(rule, message)
    if item.type not in ("number", "scale", "relation"):
        return form_row("text", name, label)
    steps = scale_steps(item)
    if steps:
        step_list = f"scale_{steps[0].code}_{steps[-1].code}".replace("-", "minus_")
        lists[step_list] = steps
        return form_row(f"select_one {step_list}", name, label, appearance="columns-pack")
    row = form_row("integer" if item.whole else "decimal", name, label, unit_hint(item))
    return row | condition(*number_limits(item))
