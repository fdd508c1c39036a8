"""What is wrong with an input: one line for one cause, with file, row, column, value, rule and remedy in two languages."""

import html
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

# Rule -> (English, Chinese) what is wrong and how to mend it. {} fields are filled by the check that found it.
RULES: dict[str, tuple[str, str, str, str]] = {
    "study_file": (
        "study.yaml: {detail}",
        "study.yaml：{detail}",
        "Correct that entry; docs/data_contract.md lists the allowed ones.",
        "请更正该项；允许的取值见 docs/data_contract.md。",
    ),
    "file_missing": (
        "The file is missing.",
        "缺少该文件。",
        "Put {detail} into the folder.",
        "请将 {detail} 放入该文件夹。",
    ),
    "file_unknown": (
        "The file is none of a study's tables and is not used.",
        "该文件不是研究所用的表，不会被使用。",
        "If it is meant as a table, save it {detail}; if not, leave it.",
        "如应为数据表，请{detail}；否则可保留。",
    ),
    "file_twice": (
        "The table is there twice, as CSV and as XLSX.",
        "同一表同时存在 CSV 和 XLSX 两个文件。",
        "Keep one of the two files.",
        "请只保留其中一个文件。",
    ),
    "file_empty": (
        "The file is empty.",
        "文件为空。",
        "Write the header row {detail}, or remove the file.",
        "请写入表头 {detail}，或删除该文件。",
    ),
    "file_unreadable": (
        "The file cannot be read: {detail}",
        "文件无法读取：{detail}",
        "Save it again as CSV (UTF-8) or XLSX.",
        "请重新保存为 CSV（UTF-8）或 XLSX。",
    ),
    "file_too_large": (
        "The file is larger than a table of a study or survey can be, and is not read: {detail}.",
        "文件超过数据表或问卷导出数据的合理大小，未读取：{detail}。",
        "Delete empty rows and columns, or split it, and save it again.",
        "请删除空行空列或拆分文件后重新保存。",
    ),
    "file_unsafe": (
        "The file is not read for safety: {detail}.",
        "出于安全考虑未读取该文件：{detail}。",
        "Open it in a spreadsheet program that you trust and save it as a new .xlsx file.",
        "请用可信的电子表格软件打开并另存为新的 .xlsx 文件。",
    ),
    "file_password": (
        "The file is protected by a password.",
        "文件有密码保护。",
        "Save it again without a password.",
        "请取消密码后重新保存。",
    ),
    "file_format": (
        "The file is not in a format that can be read: {detail}.",
        "无法读取该文件格式：{detail}。",
        "Save as .xlsx (or CSV UTF-8).",
        "请另存为 .xlsx（或 CSV UTF-8）。",
    ),
    "no_rows": (
        "The table has a header and no rows.",
        "该表只有表头，没有数据行。",
        "Add at least one row.",
        "请至少添加一行。",
    ),
    "column_missing": (
        "The column is missing.",
        "缺少该列。",
        "Add the column {detail}.",
        "请添加列 {detail}。",
    ),
    "column_twice": (
        "The column name stands twice in the header.",
        "表头中该列名出现两次。",
        "Rename or remove one of the two columns.",
        "请更名或删除其中一列。",
    ),
    "column_unknown": (
        "The column is not part of this table and is not used.",
        "该列不属于此表，不会被使用。",
        "If it is a misspelling, correct it{detail}; if not, leave it.",
        "如系拼写错误请更正{detail}；否则可保留。",
    ),
    "column_unnamed": (
        "A column that holds cells has no name in the header, and is not used.",
        "有数据的列在表头中没有列名，不会被使用。",
        "Give it a name, or remove it.",
        "请补上列名，或删除该列。",
    ),
    "column_reserved": (
        "The column has a name that gumflow gives to a column of its own.",
        "该列名与 gumflow 自有的列名相同。",
        "Rename or remove it; study, cluster, wave, boundary and grade come from study.yaml, and inside from place.",
        "请更名或删除；study、cluster、wave、boundary、grade 取自 study.yaml，inside 取自 place。",
    ),
    "cells_beyond": (
        "The row has more cells than the header has columns.",
        "该行的单元格多于表头列数。",
        "Put a text that holds the separator between double quotation marks.",
        "含分隔符的文本请用英文双引号括起。",
    ),
    "formula_unsaved": (
        "The cell holds a formula without a saved value.",
        "单元格含有公式，但没有保存公式的计算结果。",
        "A formula without a saved value cannot be read; open the file in a spreadsheet program and save it.",
        "没有保存结果的公式无法读取；请用电子表格软件打开该文件并重新保存。",
    ),
    "error_value": (
        "The cell holds an error of a spreadsheet's formula in place of a value.",
        "单元格中是电子表格公式的错误值，而不是数据。",
        "Correct the formula, or write the value itself; leave the cell empty if it is not known.",
        "请更正公式，或直接填写数值；未知则留空。",
    ),
    "required": (
        "The cell is empty.",
        "单元格为空。",
        "Fill it in: {detail}.",
        "请填写：{detail}。",
    ),
    "enum": (
        "The value is none of the allowed ones.",
        "取值不在允许范围内。",
        "Use one of: {detail}.",
        "请使用以下之一：{detail}。",
    ),
    "number": (
        "The value is not a number.",
        "取值不是数字。",
        "Write a plain number such as 12 or 0.5, without unit or word; leave the cell empty if it is not known.",
        "请写纯数字，如 12 或 0.5，不带单位或文字；未知则留空。",
    ),
    "integer": (
        "The value is not a whole number.",
        "取值不是整数。",
        "Write a whole number such as 2 or 2008; leave the cell empty if it is not known.",
        "请写整数，如 2 或 2008；未知则留空。",
    ),
    "range": (
        "The number is outside the allowed range.",
        "数字超出允许范围。",
        "Allowed: {detail}.",
        "允许范围：{detail}。",
    ),
    "boolean": (
        "The value is neither 1 nor 0.",
        "取值既不是 1 也不是 0。",
        "Write 1 for yes, 0 for no.",
        "请写 1（是）或 0（否）。",
    ),
    "date": (
        "The value is not a date.",
        "取值不是日期。",
        "Write 2001, 2001-05 or 2001-05-01.",
        "请写 2001、2001-05 或 2001-05-01。",
    ),
    "order": (
        "The end lies before the start.",
        "终点早于或小于起点。",
        "Correct this cell or {detail}.",
        "请更正此单元格或 {detail}。",
    ),
    "pattern": (
        "The value does not have the form that is asked for.",
        "取值格式不符合要求。",
        "Expected: {detail}.",
        "要求的格式：{detail}。",
    ),
    "unique": (
        "The id stands more than once.",
        "该标识重复出现。",
        "Give each row an id of its own (first seen in row {detail}).",
        "请为每行使用不同的标识（首次出现在第 {detail} 行）。",
    ),
    "reference": (
        "The id is not in {table}.",
        "该标识不在 {table} 中。",
        "Add it to {table}, or correct the spelling{detail}.",
        "请将其加入 {table}，或更正拼写{detail}。",
    ),
    "self_tie": (
        "A single body is tied to itself.",
        "单个主体与自身之间存在关系。",
        "Correct source or target. Only an actor of kind class may have a tie to itself.",
        "请更正 source 或 target。只有 kind 为 class 的行动者可以与自身有关系。",
    ),
    "locator": (
        "The row cites no place in the source.",
        "该行没有注明出处。",
        "Fill section and paragraphs, or note.",
        "请填写 section 与 paragraphs，或 note。",
    ),
    "polarity_state": (
        "A recommendation is coded as hindering.",
        "建议类陈述被编码为阻碍。",
        "Set polarity to 1, or correct the state.",
        "请将 polarity 改为 1，或更正 state。",
    ),
    "disagrees": (
        "The value differs from that of row {detail}, with which it must agree.",
        "取值与第 {detail} 行不同，两者应当一致。",
        "Write the same in both rows: one currency for the table, one rate and index for a year, one unit for a product.",
        "请在两行中写相同的值：全表一个币种，每年一个汇率和指数，每种产品一个单位。",
    ),
    "product_mixed": (
        "Rows without a product stand beside rows with one, so exports would be counted twice.",
        "有的行有产品、有的行没有，出口会被重复计算。",
        "Give every row a product, or none; totals are added up from the products.",
        "请为每一行填写产品，或全部留空；合计由各产品相加。",
    ),
    "encoding": (
        "The file is not UTF-8; it was read as {detail}.",
        "文件不是 UTF-8 编码，已按 {detail} 读取。",
        "Check that the names look right; save as UTF-8 to be sure.",
        "请检查名称显示是否正确；建议另存为 UTF-8。",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One cause of trouble.

    `rows` are rows as a spreadsheet shows them (the header is row 1); empty for a whole file. `detail` fills the rule's texts;
    `detail_zh` does so in Chinese where it is not the same.
    """

    file: str
    rule: str
    severity: str = "error"
    sheet: str = ""
    rows: tuple[int, ...] = ()
    column: str = ""
    value: str = ""
    detail: str = ""
    detail_zh: str = ""
    table: str = ""

    def texts(self) -> tuple[str, str, str, str]:
        """Return message and remedy in English, then in Chinese."""
        detail_zh = self.detail_zh or self.detail
        en, zh, mend_en, mend_zh = (
            " ".join(text.format(detail=detail, table=self.table).split())
            for text, detail in zip(
                RULES[self.rule], (self.detail, detail_zh, self.detail, detail_zh), strict=True
            )
        )
        return en, mend_en, zh, mend_zh

    def line(self) -> str:
        """Return the finding as one line of English text."""
        en, mend, _, _ = self.texts()
        place = ", ".join(
            part
            for part in (
                self.file + (f" [{self.sheet}]" if self.sheet else ""),
                f"row {shown_rows(self.rows)}" if self.rows else "",
                f"column {' '.join(self.column.split())}" if self.column else "",
                f"value {self.value!r}" if self.value else "",
            )
            if part
        )
        return f"{self.severity}: {place}: {en} {mend} [{self.rule}]"


def shown_rows(rows: tuple[int, ...], most: int = 8) -> str:
    """Return row numbers as text, the first eight of them named."""
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return "; ".join(map(str, rows[:most])) + more


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """Join findings that have one cause (same file, column, value and rule) into one with all its rows."""
    joined: dict[Finding, set[int]] = {}
    for f in findings:
        joined.setdefault(replace(f, rows=()), set()).update(f.rows)
    out = [replace(f, rows=tuple(sorted(rows))) for f, rows in joined.items()]
    return sorted(out, key=lambda f: (f.severity != "error", f.file, f.rows[:1], f.column, f.rule, f.value))


COLUMNS = [
    "severity", "file", "sheet", "row", "column", "value", "rule", "problem_en", "remedy_en", "problem_zh", "remedy_zh",
]  # fmt: skip


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a table, one line a cause, errors first."""
    rows = []
    for f in gathered(findings):
        en, mend_en, zh, mend_zh = f.texts()
        where = (f.severity, f.file, f.sheet, shown_rows(f.rows), f.column, f.value, f.rule)
        rows.append((*where, en, mend_en, zh, mend_zh))
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str")


def findings_page(title: str, findings: Iterable[Finding], note: str = "") -> str:
    """Return findings as one readable HTML page, English and Chinese side by side; `note` is said before the list."""
    table = findings_table(findings)
    errors = int((table["severity"] == "error").sum())
    head = (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(title)}</title><style>"
        "body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#222}table{border-collapse:collapse;width:100%}"
        "td,th{border-bottom:1px solid #ccc;padding:.4rem .6rem;text-align:left;vertical-align:top}"
        ".error{color:#a40000;font-weight:600}.warning{color:#8a5a00}td.v{font-family:monospace}</style>"
        f"<h1>{html.escape(title)}</h1>"
    )
    if table.empty:
        return (
            head + "<p>Nothing to mend: every file was read and passed its checks. 未发现问题。</p></html>\n"
        )
    rest = len(table) - errors
    count = f"{errors} to mend, {rest} to look at. {errors} 处须更正，{rest} 处请留意。"
    verdict = (
        "Nothing was computed from this study. 未对本研究进行计算。"
        if errors
        else "The study was accepted. 本研究已通过检查。"
    )
    cells = "".join(
        f"<tr><td class='{r.severity}'>{r.severity}</td><td>{html.escape(r.file)} {html.escape(r.sheet)}</td><td>{r.row}</td>"
        f"<td>{html.escape(r.column)}</td><td class='v'>{html.escape(r.value)}</td>"
        f"<td>{html.escape(r.problem_en)}<br>{html.escape(r.problem_zh)}</td>"
        f"<td>{html.escape(r.remedy_en)}<br>{html.escape(r.remedy_zh)}</td></tr>"
        for r in table.itertuples()
    )
    header = "".join(
        f"<th>{h}</th>"
        for h in ("", "File 文件", "Row 行", "Column 列", "Value 值", "Problem 问题", "Remedy 解决办法")
    )
    more = f"<p>{html.escape(note)}</p>" if note else ""
    return f"{head}<p>{count} {verdict}</p>{more}<table><tr>{header}</tr>{cells}</table></html>\n"
