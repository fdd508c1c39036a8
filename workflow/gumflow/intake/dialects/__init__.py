"""Readers of what survey tools export. Each only reshapes: what a source means is said by the mapping.

To add a dialect, write a module here with two functions, and a line for them in `DIALECTS`:
1. `detect(sheets)` returns what in the headers shows that one file is such an export, or ""; never look at the file's name.
2. `read(sheets)` returns the `Export` of all files (build it by `cells_of`, `columns_of` and `export_of`) and findings.
3. Drop personal columns (`is_personal`, `personal_finding`), skip doubled submissions (`unique_rows`), never raise.
4. Rules for new findings go to `rules.RULES_DIALECTS`, in both languages.
5. Test it on files written as the tool writes them, and add its name to the fuzz test's list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gumflow.contract.findings import Finding
from gumflow.intake.dialects import kobo, plain, wenjuanxing
from gumflow.intake.dialects.export import Export, one_line, without_dropped
from gumflow.intake.dialects.rules import RULES_DIALECTS
from gumflow.intake.dialects.sheets import Sheet, read_sheets

__all__ = ["DIALECTS", "RULES_DIALECTS", "Dialect", "Export", "Sheet", "read_answers", "read_sheets"]

Detect = Callable[[Sequence[Sheet]], str]
Read = Callable[[Sequence[Sheet]], tuple[Export, list[Finding]]]


@dataclass(frozen=True)
class Dialect:
    """One kind of export: how it is known, how it is read, and whether its columns are a tool's own.

    A tool's own columns outweigh those of a plain table, as a form may well have a question named `respondent`.
    """

    detect: Detect
    read: Read
    of_tool: bool


DIALECTS = {
    "plain_wide": Dialect(plain.detect_wide, plain.read_wide, of_tool=False),
    "plain_long": Dialect(plain.detect_long, plain.read_long, of_tool=False),
    "kobo": Dialect(kobo.detect, kobo.read, of_tool=True),
    "wenjuanxing": Dialect(wenjuanxing.detect, wenjuanxing.read, of_tool=True),
}


def read_answers(
    paths: Sequence[Path], shown: Callable[[Path], str], dialect: str = "auto"
) -> tuple[Export | None, list[Finding]]:
    """Read the files of one survey (CSV or XLSX, all of one dialect) as a tidy table of cells.

    `shown` gives the name of a file in findings and in the export. `dialect` is one of `DIALECTS`, or `auto`: then it is told from the
    columns, and a finding says what was seen if none or two fit. Returns None where there is nothing that could be read; an export with
    error findings holds what was read rightly. Raises `KeyError` for a dialect that is not known.
    """
    forced = DIALECTS[dialect] if dialect != "auto" else None
    findings: list[Finding] = []
    files: list[list[Sheet]] = []
    for path in paths:
        sheets, more = read_sheets(path, shown(path))
        findings += more
        if sheets:
            files.append(sheets)
    if forced is None and files:
        forced, more = _chosen(files)
        findings += more
    if forced is None or not files:
        return None, findings
    export, more = forced.read([sheet for sheets in files for sheet in sheets])
    findings = without_dropped(findings + more)
    if not export.columns.empty and not export.cells.empty:
        return export, findings
    # There is nothing to go on with, which must not pass for a survey without answers.
    if not any(f.severity == "error" for f in findings):
        empty = not export.columns.empty
        findings += [Finding(s[0].file, "no_rows", sheet=s[0].sheet) if empty else _unknown(s) for s in files]
    return None, findings


def _chosen(files: Sequence[Sequence[Sheet]]) -> tuple[Dialect | None, list[Finding]]:
    """Return the one dialect that fits every file, or None and why."""
    findings: list[Finding] = []
    names: dict[str, str] = {}
    for sheets in files:
        seen = {name: evidence for name, d in DIALECTS.items() if (evidence := d.detect(sheets))}
        seen = {name: e for name, e in seen.items() if DIALECTS[name].of_tool} or seen
        file = sheets[0].file
        if not seen:
            findings.append(_unknown(sheets))
        elif len(seen) > 1:
            findings.append(_several(file, [f"{name} ({evidence})" for name, evidence in seen.items()]))
        else:
            names.setdefault(next(iter(seen)), file)
    if len(names) > 1:
        findings.append(_several("", [f"{file}: {name}" for name, file in names.items()]))
    return (None if findings else DIALECTS[next(iter(names))]), findings


def _unknown(sheets: Sequence[Sheet]) -> Finding:
    headers = [one_line(h)[:40] for h in sheets[0].header if h]
    listed = ", ".join(headers[:6]) + (", ..." if len(headers) > 6 else "")
    return Finding(
        sheets[0].file,
        "dialect_unknown",
        sheet=sheets[0].sheet,
        detail=f"its columns are {listed}.",
        detail_zh=f"其列为 {listed}。",
    )


def _several(file: str, seen: Sequence[str]) -> Finding:
    return Finding(file, "dialect_several", detail="; ".join(seen))
