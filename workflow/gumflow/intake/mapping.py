"""mapping.csv: which column of a survey export holds which item, and which of its options means which option code.

Rows without `option` tie a source column to `question`: an item id, or `@respondent`, `@submitted`, `@consent`, `@ignore`, or an item
with what the column holds of it: `<item>@alter` (who is meant, in a repeat), `<item>@named` (the list of those who are meant,
whose values stand in a repeat), `<item>@count` (how many are meant), `<item>@text` (words beside the option in `code`). With `code`, a column without options of its own is
that option's: a part of a share set, a tick, a rank. Rows with `option` tie a source option of the column to `code`; if they
name a `question` other than the column's, that part of the column is an item of its own (matrix questions).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gumflow.contract.checks import check_columns
from gumflow.contract.findings import RULES, Finding
from gumflow.contract.instrument import Instrument, Item
from gumflow.contract.reading import read_raw
from gumflow.contract.tables import Field, Table
from gumflow.intake.option_words import OptionReader

COLUMNS = ["source", "option", "question", "code", "note"]
SPECIAL = ("@respondent", "@submitted", "@consent", "@ignore")
ASPECTS = ("alter", "named", "count", "text")
"""What a column can hold of an item besides its value."""

RULES_MAPPING: dict[str, tuple[str, str, str, str]] = {
    "mapping_question": (
        "The mapping names a question that no instrument of the study has.",
        "映射表中的题目不在本研究所用的问卷中。",
        "Write the id of an item{detail}, or one of @respondent, @submitted, @consent, @ignore.",
        "请填写题项编号{detail}，或 @respondent、@submitted、@consent、@ignore 之一。",
    ),
    "mapping_code": (
        "The mapping names an option that the question does not have.",
        "映射表中的选项代码不属于该题。",
        "Use one of: {detail}.",
        "请使用以下之一：{detail}。",
    ),
    "mapping_twice": (
        "The mapping has two rows for one source that say different things.",
        "映射表中同一来源有两行，内容不一致。",
        "Keep one of the rows (first seen in row {detail}).",
        "请只保留一行（首次出现在第 {detail} 行）。",
    ),
    "mapping_shared": (
        "Two source columns are tied to the same question.",
        "两个来源列对应同一题目。",
        "Keep one; the other columns tied to it are {detail}. Write @ignore for a column that is not wanted.",
        "请只保留一列；对应该题的其他列：{detail}。不需要的列请写 @ignore。",
    ),
    "mapping_undecided": (
        "The row of the mapping is not filled in, so these answers are not used.",
        "映射表中该行尚未填写，相应答案不会被使用。",
        "Fill question (for a column) or code (for an option), or write @ignore{detail}.",
        "请填写 question（列）或 code（选项），或写 @ignore{detail}。",
    ),
    "column_unmapped": (
        "The column is tied to no question, and its answers are not used.",
        "该列没有对应的题目，其答案不会被使用。",
        "Run gumflow map and fill its row in mapping.csv, or write @ignore there{detail}.",
        "请运行 gumflow map，并在 mapping.csv 中填写该列所在行，或写 @ignore{detail}。",
    ),
    "option_unmapped": (
        "The option is ticked, and it is not known which option of the question it is.",
        "该选项被选中，但不知对应题目的哪个选项。",
        "Run gumflow map and fill its code in mapping.csv; allowed: {detail}.",
        "请运行 gumflow map，并在 mapping.csv 中填写其代码；可用代码：{detail}。",
    ),
}
RULES.update(RULES_MAPPING)


def _field(name: str, en: str, zh: str, required: bool = False) -> Field:
    return Field(name, "string", en, zh, required)


MAPPING_TABLE = Table(
    name="mapping",
    en="Mapping: one row ties a column or an option of a survey export to a question",
    zh="映射：每行将导出文件的一列或一个选项对应到题目",
    fields=(
        _field("source", "The source column", "来源列", required=True),
        _field("option", "The source option; empty for the column itself", "来源选项；空白表示该列本身", required=True),
        _field("question", "The item id, or @respondent and the like", "题项编号，或 @respondent 等", required=True),
        _field("code", "The option code", "选项代码", required=True),
        _field("note", "A remark", "备注"),
    ),
    key=("source", "option"),
    sort=("source", "option"),
    required=False,
    locator=False,
    extra_columns=False,
    names=frozenset(COLUMNS),
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """What a source column, or an option of it, holds.

    `use` is value, alter, named, count or text (of `item`); respondent, submitted, consent or ignore; no_option (the item is known, the
    option is not); or empty (not tied to anything). `code` is the option of the item, or "".
    """

    use: str = ""
    item: str = ""
    code: str = ""


def items_of(instruments: Iterable[Instrument]) -> dict[str, Item]:
    """Return the items of all instruments by id, in printed order."""
    return {item.id: item for instrument in instruments for item in instrument.items.values()}


def read_mapping(path: Path, shown: Callable[[Path], str]) -> tuple[pd.DataFrame | None, list[Finding]]:
    """Read mapping.csv as text, with the further columns `file` and `row` (its place); None where it cannot be read.

    `shown` gives the name of the file as its user knows it.
    """
    raw, findings = read_raw(path, shown(path), set(COLUMNS))
    if raw is None:
        return None, findings
    findings = findings + [f for f in check_columns(raw, MAPPING_TABLE) if f.rule != "no_rows"]
    if any(f.severity == "error" for f in findings):
        return None, findings
    table = pd.DataFrame(list(raw.rows), columns=list(raw.header), dtype="str")
    table = table.reindex(columns=COLUMNS, fill_value="")
    table["file"] = raw.file
    table["row"] = raw.row_numbers
    return table[(table[COLUMNS] != "").any(axis=1)].reset_index(drop=True), findings


def parsed_question(question: str) -> Target:
    """Return what a `question` cell of the mapping says."""
    if question in SPECIAL:
        return Target(question[1:])
    item, at, aspect = question.partition("@")
    return Target(aspect if at else "value", item) if item else Target()


def check_mapping(mapping: pd.DataFrame, items: Mapping[str, Item]) -> list[Finding]:
    """Return what is wrong in a mapping: unknown questions and codes, doubled rows, undecided rows, shared questions."""
    findings: list[Finding] = []
    first: dict[tuple[str, str], tuple[tuple[str, str], int]] = {}
    users: dict[Target, dict[str, int]] = {}
    columns = {
        s: q
        for s, o, q in zip(mapping["source"], mapping["option"], mapping["question"], strict=True)
        if not o
    }
    named = zip(*(mapping[c] for c in COLUMNS), _rows_of(mapping), _files_of(mapping), strict=True)
    for source, option, question, code, note, row, file in named:
        at = (row,) if row else ()
        says, seen = (question, code), first.setdefault((source, option), ((question, code), row))
        if seen[0] != says:
            findings.append(
                Finding(
                    file,
                    "mapping_twice",
                    "error",
                    rows=at,
                    column="source",
                    value=source,
                    detail=str(seen[1]),
                )
            )
            continue
        findings += _row_findings(file, at, (source, option, *says, note), columns.get(source, ""), items)
        target = parsed_question(question)
        if (target.item or target.use in ("respondent", "submitted", "consent")) and not option:
            users.setdefault(Target(target.use, target.item, code), {})[source] = row
    for target, sources in users.items():
        for source, row in list(sources.items())[1:]:
            others = ", ".join(s for s in sources if s != source)
            findings.append(
                Finding(
                    _files_of(mapping)[0],
                    "mapping_shared",
                    "error",
                    rows=(row,) if row else (),
                    column="question",
                    value=target.item or f"@{target.use}",
                    detail=others,
                )
            )
    return findings  # fmt: skip


def _rows_of(mapping: pd.DataFrame) -> list[int]:
    return [int(r) for r in mapping["row"]] if "row" in mapping else [0] * len(mapping)


def _files_of(mapping: pd.DataFrame) -> list[str]:
    return list(mapping["file"]) if "file" in mapping else ["mapping.csv"] * len(mapping)


def _row_findings(
    file: str,
    at: tuple[int, ...],
    row: tuple[str, str, str, str, str],
    of_column: str,
    items: Mapping[str, Item],
) -> list[Finding]:
    source, option, question, code, note = row
    # Of a column that is not wanted, or not decided on yet, options say nothing.
    if of_column == "@ignore" or (option and not (question or of_column)):
        return []
    if not option and not question:
        hint = f" ({note})" if note else ""
        return [
            Finding(
                file, "mapping_undecided", "warning", rows=at, column="question", value=source, detail=hint
            )
        ]
    # An option without a code is reported where it is ticked.
    target = parsed_question(question or of_column)
    item = items.get(target.item)
    known = item is not None and target.use in ("value", *ASPECTS)
    if not known and f"@{target.use}" not in SPECIAL:
        near = next(
            (i for i in items if i.casefold().startswith(target.item.casefold())), next(iter(items), "")
        )
        en, zh = (f" such as {near}", f"，如 {near}") if near else ("", "")
        return [
            Finding(
                file,
                "mapping_question",
                "error",
                rows=at,
                column="question",
                value=question or of_column,
                detail=en,
                detail_zh=zh,
            )
        ]
    if code and item is not None and item.option(code) is None and code != "@ignore":
        codes = ", ".join(o.code for o in item.options) or "none"
        return [Finding(file, "mapping_code", "error", rows=at, column="code", value=code, detail=codes)]
    return []  # fmt: skip


def targets_of(
    mapping: pd.DataFrame, pairs: Sequence[tuple[str, str]], items: Mapping[str, Item]
) -> list[Target]:
    """Return what each (source, source option) of an export holds, in the order of `pairs`.

    Options that the mapping does not list are read by code, label, printed number or letter of the item's options.
    """
    columns: dict[str, tuple[str, str]] = {}
    options: dict[tuple[str, str], tuple[str, str]] = {}
    for source, option, question, code in zip(*(mapping[c] for c in COLUMNS[:4]), strict=True):
        if option:
            options.setdefault((source, option), (question, code))
        else:
            columns.setdefault(source, (question, code))
    readers: dict[str, OptionReader] = {}
    return [_target(source, option, columns, options, items, readers) for source, option in pairs]


def _target(
    source: str,
    option: str,
    columns: Mapping[str, tuple[str, str]],
    options: Mapping[tuple[str, str], tuple[str, str]],
    items: Mapping[str, Item],
    readers: dict[str, OptionReader],
) -> Target:
    of_column, column_code = columns.get(source, ("", ""))
    own, code = options.get((source, option), ("", "")) if option else ("", column_code)
    target = parsed_question(own or of_column)
    if target.use in ("", "ignore") or code == "@ignore":
        return Target("ignore" if target.use else "")
    if not target.item:
        return target
    item = items.get(target.item)
    if item is None or target.use not in ("value", *ASPECTS) or (code and item.option(code) is None):
        return Target()
    if code or not option or item.type == "relation" or own not in ("", of_column):
        return Target(target.use, item.id, code)
    if item.id not in readers:
        readers[item.id] = OptionReader(item)
    code = readers[item.id].code(option)
    return Target(target.use if code else "no_option", item.id, code)
