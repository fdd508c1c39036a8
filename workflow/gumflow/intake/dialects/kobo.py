"""Exports of KoboToolbox and of ODK (Central, Briefcase): a sheet or CSV file for the form and one for each repeat.

A header is a path of groups and a question, parted by `/` (Kobo's default, ODK's options), `-` (ODK's groups), `.`, or without groups;
its source is the last piece. Where two columns would share a source it is the whole path, and a repeat's title stands before the name
that the form has too. A question of several options is one joined column, a column for each option (1 and 0, or True and False), or
both, and then the columns of the options are read. Headers and options may be names or labels. Repeat entries are joined to their
submission by its id or through the row of their parent; an entry of a repeat within a repeat has both in its instance.
Formats: kobotoolbox/formpack, reporting/export.py and schema/fields.py; docs.getodk.org, Central and Briefcase.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gumflow.contract.findings import Finding
from gumflow.intake.dialects.export import (
    SUBMITTED,
    Export,
    Source,
    cells_of,
    columns_of,
    export_of,
    is_personal,
    numbered,
    one_line,
    personal_finding,
    twice_findings,
    unique_rows,
    with_names_below,
)
from gumflow.intake.dialects.sheets import Sheet

_MARKS = (
    "_uuid",
    "_submission__uuid",
    "_submission__id",
    "_parent_table_name",
    "PARENT_KEY",
    "_xform_id_string",
)
_KEYS = ("_uuid", "KEY", "meta/instanceID", "meta-instanceID", "meta.instanceID", "instanceID", "_id")
_SUBMITTED = ("_submission_time", "SubmissionDate")
_META = frozenset((
    "start", "end", "today", "audit", "_id", "_uuid", "_index", "_parent_index", "_parent_table_name",
    "_notes", "_tags", "_status", "_version_", "__version__", "_validation_status", "_attachments",
    "_bamboo_dataset_id", "_xform_id_string", "formhub/uuid", "instanceID", "instanceName", "rootUuid",
    "deprecatedID", "background-audio",
))  # fmt: skip
# Names that only ODK gives to columns of its own; a Kobo form may have questions of such names.
_ODK_META = frozenset((
    "KEY", "PARENT_KEY", "SubmissionDate", "AttachmentsPresent", "AttachmentsExpected", "Status",
    "ReviewState", "Edits", "FormVersion", "isValidated",
))  # fmt: skip
_ODK_PERSONAL = frozenset({"SubmitterID", "SubmitterName", "DeviceID"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_POINT = ("latitude", "longitude", "altitude", "precision")
_TICKS = {"1": "1", "0": "0", "True": "1", "False": "0", "TRUE": "1", "FALSE": "0", "true": "1", "false": "0"}
_BLANK = frozenset({"n/a", "N/A"})


@dataclass(frozen=True)
class _Part:
    """One sheet with its headers made unique, and what stood above them if names stood below."""

    sheet: Sheet
    shown: tuple[str, ...]

    @property
    def is_repeat(self) -> bool:
        return any(
            name in self.sheet.header for name in ("_parent_index", "_parent_table_name", "PARENT_KEY")
        )


def detect(sheets: Sequence[Sheet]) -> str:
    """Return what shows that a file comes from Kobo or ODK, or ""."""
    for sheet in sheets:
        names = [*sheet.header, *(sheet.rows[0] if len(sheet.rows) else ())]
        marks = [m for m in _MARKS if m in names]
        marks += ["_submission_time"] if {"_id", "_submission_time"} <= set(names) else []
        if "KEY" in names and {"SubmissionDate", "meta-instanceID", "meta/instanceID", "instanceID"} & set(
            names
        ):
            marks.append("KEY")
        if marks:
            return "columns " + ", ".join(marks[:3])
    return ""


def read(sheets: Sequence[Sheet]) -> tuple[Export, list[Finding]]:
    """Read the sheets or files of one form, or of several downloads of it."""
    findings: list[Finding] = []
    parts = []
    for sheet in sheets:
        part, more = _one_header(sheet)
        findings += more
        if part.is_repeat or _key(part.sheet):
            parts.append(part)
        else:
            findings.append(
                Finding(sheet.file, "sheet_unused", "warning", sheet.sheet, detail="_uuid, _id, KEY")
            )
    parts = sorted(parts, key=lambda part: _depth(part, parts))
    links = _Links()
    cells, columns = [], []
    names_of_form: set[str] = set()
    for part in parts:
        sheet = part.sheet
        records, instances, more = links.repeat(sheet) if part.is_repeat else links.form(sheet)
        findings += more
        sources, more = _sources(part, names_of_form)
        findings += more
        if not part.is_repeat:
            names_of_form |= {s.source for s in sources}
        values = _values(sheet, sources)
        findings += _contradictions(sheet, sources, values)
        sources, values = _without_joined(sources, values)
        cells.append(cells_of(sheet, sources, records, instances, values))
        columns.append(columns_of(sheet, sources))
    return export_of("kobo", cells, columns), findings


def _one_header(sheet: Sheet) -> tuple[_Part, list[Finding]]:
    """Tell apart equal headers, and find names under labels or tags (#adm1+name) under names."""
    findings = twice_findings(sheet)
    sheet = replace(
        sheet,
        header=tuple(h if not h else n for h, n in zip(sheet.header, numbered(sheet.header), strict=True)),
    )
    shown = sheet.header
    if len(sheet.rows):
        first = sheet.rows[0]
        own = [j for j, h in enumerate(sheet.header) if h in _META or h in _KEYS or h in _SUBMITTED]
        filled = [c for c in first if c]
        if any(first[j] == sheet.header[j] for j in own):
            sheet, shown, more = with_names_below(sheet)
            findings += more
        elif filled and all(c.startswith("#") for c in filled):
            findings.append(
                Finding(sheet.file, "header_second", "warning", sheet.sheet, (int(sheet.row_numbers[0]),))
            )
            sheet = sheet.without_row(0)
    return _Part(sheet, shown), findings


def _depth(part: _Part, parts: Sequence[_Part], within: int = 0) -> int:
    """Return 0 for a form, 1 for a repeat of it, 2 for a repeat within that."""
    if not part.is_repeat or within > len(parts):
        return 0
    tables, parents = _words(part.sheet, "_parent_table_name"), _words(part.sheet, "PARENT_KEY")
    for other in parts:
        outer = other is not part and other.is_repeat
        if outer and (
            any(_is_title(other.sheet.title, t) for t in tables) or parents & _words(other.sheet, "KEY")
        ):
            return 1 + _depth(other, parts, within + 1)
    return 1


def _words(sheet: Sheet, name: str) -> set[str]:
    column = sheet.column(name)
    return set(column.tolist()) - {""} if column is not None else set()


def _is_title(title: str, table: str) -> bool:
    """Say whether a sheet is the table: a spreadsheet cuts titles to 31 characters, a CSV file has its form's name before it."""
    return title in (table, table[:31]) or title.endswith(f"-{table}")


def _key(sheet: Sheet) -> str:
    return next((k for k in _KEYS if k in sheet.header), "")


class _Links:
    """Which submission each row belongs to: found for forms first, then for repeats, the outer before the inner."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[Sheet, int]] = {}
        self.records: dict[str, str] = {}  # any id of a submission -> its record
        self.rows: dict[tuple[str, str, str], tuple[str, str]] = {}  # file, title, index -> record, instance
        self.entries: dict[str, tuple[str, str]] = {}  # KEY of a repeat entry -> record, instance
        self.forms: list[tuple[str, str]] = []
        self.titles: list[tuple[str, str]] = []

    def form(self, sheet: Sheet) -> tuple[NDArray[np.object_], NDArray[np.object_], list[Finding]]:
        """Return the record and the (empty) instance of each row of the form's sheet."""
        key = _key(sheet)
        own = sheet.column(key)
        assert own is not None  # sheets without a key are not read
        ids = [c for c in (sheet.column(k) for k in _KEYS) if c is not None]
        index = sheet.column("_index")
        for i, record in enumerate(own):
            for column in ids:
                if column[i]:
                    self.records.setdefault(_bare(column[i]), record)
            if index is not None and index[i]:
                self.rows[_place(sheet, sheet.title, index[i])] = (record, "")
        self.forms.append((sheet.file, sheet.title))
        self.titles.append((sheet.file, sheet.title))
        records, findings = unique_rows(sheet, own, key, self.seen)
        return records, np.full(len(own), "", dtype=object), findings

    def repeat(self, sheet: Sheet) -> tuple[NDArray[np.object_], NDArray[np.object_], list[Finding]]:
        """Return the record and the instance of each row of a repeat's sheet; "" where its submission is not in the files."""
        records = np.full(len(sheet.rows), "", dtype=object)
        instances = records.copy()
        index, keys = sheet.column("_index"), sheet.column("KEY")
        for i, number in enumerate(sheet.row_numbers):
            record, outer = self._parent(sheet, i)
            inner = f"{sheet.title}#{number}"
            records[i], instances[i] = record, f"{outer}/{inner}" if outer else inner
            if index is not None and index[i]:
                self.rows[_place(sheet, sheet.title, index[i])] = (record, instances[i])
            if keys is not None and keys[i]:
                self.entries[keys[i]] = (record, instances[i])
        self.titles.append((sheet.file, sheet.title))
        lost = tuple(int(n) for n in sheet.row_numbers[records == ""])
        findings = [Finding(sheet.file, "parent_missing", "error", sheet.sheet, lost)] if lost else []
        return records, instances, findings

    def _parent(self, sheet: Sheet, row: int) -> tuple[str, str]:
        def cell(name: str) -> str:
            column = sheet.column(name)
            return str(column[row]) if column is not None else ""

        record = next(
            (
                self.records[_bare(c)]
                for c in (cell("_submission__uuid"), cell("_submission__id"))
                if _bare(c) in self.records
            ),
            "",
        )
        parent = cell("PARENT_KEY")
        if parent:
            if parent in self.entries:
                return self.entries[parent]
            return self.records.get(_bare(parent), "") or self.records.get(
                _bare(parent.partition("/")[0]), ""
            ), ""
        if not cell("_parent_index"):
            return record, ""
        title = self._title(sheet, cell("_parent_table_name"))
        found, outer = self.rows.get(_place(sheet, title, cell("_parent_index")), ("", ""))
        # The id in the row is the submission's own; a row of another submission is no parent.
        return (record or found), outer if not record or found == record else ""

    def _title(self, sheet: Sheet, table: str) -> str:
        """Return the title of the parent's sheet; a table that is no repeat is the form, whatever its sheet or file is called."""
        near = [t for file, t in self.titles if file == sheet.file or not sheet.sheet]
        forms = [t for file, t in self.forms if file == sheet.file or not sheet.sheet]
        return next((t for t in near if _is_title(t, table)), forms[0] if len(forms) == 1 else "")


def _bare(key: str) -> str:
    return key.removeprefix("uuid:")


def _place(sheet: Sheet, title: str, index: str) -> tuple[str, str, str]:
    """Return what names a row of a workbook or of the CSV files that belong together."""
    return (sheet.file if sheet.sheet else "", title, index)


def _sources(part: _Part, names_of_form: set[str]) -> tuple[list[Source], list[Finding]]:
    """Say how each column is read: columns of the tool and personal ones are left out."""
    sheet, findings = part.sheet, list[Finding]()
    odk = "KEY" in sheet.header
    points = _points(sheet.header)
    kept = []
    submitted = next((n for n in _SUBMITTED if n in sheet.header), "")
    for place, header in enumerate(sheet.header):
        last = re.split(r"[/.-]", header)[-1] if not odk else re.split(r"[/-]", header)[-1]
        # An option may be called phone; a column of ticks says nothing of a person.
        of_person = is_personal(last) and not set(sheet.rows[:, place].tolist()) <= {"", *_TICKS}
        if place in points or of_person or is_personal(header) or (odk and header in _ODK_PERSONAL):
            findings += personal_finding(sheet, place)
        elif not _is_meta(header, last, odk) and header and not header.startswith("_submission_"):
            kept.append(place)
    paths = _paths([sheet.header[j] for j in kept], sheet, kept, odk)
    times = Counter((name, option) for name, option, _ in paths)
    sources = []
    for place, (name, option, path) in zip(kept, paths, strict=True):
        source = name if times[(name, option)] == 1 else path
        if part.is_repeat and source in names_of_form:
            source = f"{sheet.title}:{source}"
        shown = part.shown[place] or sheet.header[place]
        sources.append(Source(place, source, option, "ticks" if option else "scalar", shown=shown))
    if submitted and not part.is_repeat:
        sources.append(Source(sheet.header.index(submitted), SUBMITTED, shown=submitted))
    return _shown_whole(sources), findings


def _is_meta(header: str, last: str, odk: bool) -> bool:
    if header in _META or header in _SUBMITTED or header.startswith("SET-OF-"):
        return True
    within_meta = re.match(r"meta[/.-]", header) is not None
    return (within_meta and last in _META) or (odk and header in _ODK_META)


def _points(header: Sequence[str]) -> set[int]:
    """Return the places of a position and of the four columns into which Kobo splits it (_q_latitude, ...)."""
    at = {h: j for j, h in enumerate(header)}
    found: set[int] = set()
    for name, place in at.items():
        head, mark, last = name.rpartition("/")
        for path in (f"{head}{mark}_{last}", f"_{name}"):
            four = [at.get(f"{path}_{part}", -1) for part in _POINT]
            if min(four) >= 0:
                found |= {place, *four}
        odk = [
            at.get(f"{name.removesuffix('-Latitude')}-{part}", -1)
            for part in ("Latitude", "Longitude", "Altitude", "Accuracy")
        ]
        if name.endswith("-Latitude") and min(odk) >= 0:
            found |= set(odk)
    return found


def _paths(
    headers: Sequence[str], sheet: Sheet, places: Sequence[int], odk: bool
) -> list[tuple[str, str, str]]:
    """Return for each header its last piece, the option if it is a column of one, and its whole path without the option."""
    separator, sure = _group_separator(headers, sheet.header, odk)
    marks = dict.fromkeys((separator, "/"))
    whole = set(headers)
    heads = {mark: Counter(h.rpartition(mark)[0] for h in headers) for mark in marks}
    first = Counter(h.partition(separator)[0] for h in headers)
    ticks: dict[str, bool] = {}
    for header, place in zip(headers, places, strict=True):
        for mark in marks:
            head = header.rpartition(mark)[0]
            if head:
                cells = set(sheet.rows[:, place].tolist()) - {""}
                ticks[head] = ticks.get(head, True) and bool(cells) and cells <= _TICKS.keys()

    def piece(path: str) -> str:
        head, _, last = path.rpartition(separator)
        named = _NAME.fullmatch(path.replace("/", "_")) and (sure or first[path.partition(separator)[0]] > 1)
        return last if head and last and (named or heads[separator][head] > 1) else path

    out = []
    for header in headers:
        question, option = header, ""
        for mark in marks:
            # The longest beginning that is a question; else columns of ticks that are all filled together.
            cuts = [m.start() for m in re.finditer(re.escape(mark), header)]
            known = [header[:c] for c in reversed(cuts) if header[:c] in whole]
            head = header.rpartition(mark)[0]
            if known:
                question = known[0]
            elif ticks.get(head) and heads[mark][head] > 1 and _together(sheet, headers, places, head, mark):
                question = head
            if question != header:
                option = header[len(question) + len(mark) :]
                break
        name = piece(question)
        out.append((one_line(name), one_line(option), one_line(question)))
    return out


def _together(sheet: Sheet, headers: Sequence[str], places: Sequence[int], head: str, mark: str) -> bool:
    """Say whether columns are blank in the same rows, as the options of a question are and the questions of a group need not be."""
    members = [j for h, j in zip(headers, places, strict=True) if h.rpartition(mark)[0] == head]
    filled = sheet.rows[:, members] != ""
    return bool((filled.all(axis=1) == filled.any(axis=1)).all())


def _group_separator(headers: Sequence[str], header: Sequence[str], odk: bool) -> tuple[str, bool]:
    """Return what parts groups from questions, and whether the tool's own columns show it."""
    for mark in "/-.":
        if f"meta{mark}instanceID" in header or f"meta{mark}rootUuid" in header:
            return mark, True
    if any("/" in h for h in headers):
        return "/", True
    if odk:
        return "-", True
    for mark in ".-":
        cut = [h.partition(mark)[0] for h in headers if _NAME.fullmatch(h) and mark in h]
        if len(cut) > 1 and max(Counter(cut).values()) > 1:
            return mark, False
    return "/", True


def _shown_whole(sources: list[Source]) -> list[Source]:
    """Give the columns of a question's options its own header as what is shown."""
    own = {s.source: s.shown for s in sources if not s.option}
    return [
        replace(s, shown=own.get(s.source, s.shown.removesuffix(s.option)[:-1] or s.shown)) if s.option else s
        for s in sources
    ]


def _values(sheet: Sheet, sources: Sequence[Source]) -> NDArray[np.object_]:
    """Return the cells with ticks as 1 and 0 and without the words that stand for a blank."""
    values = sheet.rows[:, [s.place for s in sources]]
    for j, source in enumerate(sources):
        column = values[:, j].tolist()
        if source.option:
            values[:, j] = [_TICKS.get(c, "" if c in _BLANK else c) for c in column]
        elif not _BLANK.isdisjoint(column):
            values[:, j] = ["" if c in _BLANK else c for c in column]
    return values


def _joined(sources: Sequence[Source]) -> dict[str, tuple[int, list[int]]]:
    """Return source -> (place of its joined column, places of its options' columns) for questions that have both."""
    split: dict[str, list[int]] = {}
    for j, source in enumerate(sources):
        if source.option:
            split.setdefault(source.source, []).append(j)
    return {
        s.source: (j, split[s.source]) for j, s in enumerate(sources) if not s.option and s.source in split
    }


def _contradictions(sheet: Sheet, sources: Sequence[Source], values: NDArray[np.object_]) -> list[Finding]:
    """Compare joined cells with the columns of the options: both must hold the same words, in any order."""
    findings = []
    for joined, split in _joined(sources).values():
        options = [_squeezed(sources[j].option) for j in split]
        ticked = values[:, split] == "1"
        told = {text: _squeezed(text) for text in set(values[:, joined].tolist())}
        length = np.array([len(told[text]) for text in values[:, joined]])
        wrong = (ticked @ np.array([len(o) for o in options]) != length) & (
            values[:, [joined, *split]] != ""
        ).any(axis=1)
        for option, column in zip(options, ticked.T, strict=True):
            inside = {text: option in squeezed for text, squeezed in told.items()}
            wrong |= column & ~np.array([inside[text] for text in values[:, joined]], dtype=bool)
        # Where only the joined cell or only the columns were exported there is nothing to compare.
        wrong &= (values[:, split] != "").any(axis=1)
        if wrong.any():
            rows = tuple(int(n) for n in sheet.row_numbers[wrong])
            column = sheet.header[sources[joined].place]
            findings.append(Finding(sheet.file, "ticks_contradict", "warning", sheet.sheet, rows, column))
    return findings


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _without_joined(
    sources: list[Source], values: NDArray[np.object_]
) -> tuple[list[Source], NDArray[np.object_]]:
    """Leave out joined columns of questions whose options have columns; where these are blank, the joined cell is read."""
    values = values.copy()
    empty = []
    for joined, split in _joined(sources).values():
        values[(values[:, split] != "").any(axis=1), joined] = ""
        if (values[:, joined] == "").all():
            empty.append(joined)
    kept = [j for j in range(len(sources)) if j not in empty]
    return [sources[j] for j in kept], values[:, kept]
