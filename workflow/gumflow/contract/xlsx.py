"""The cells of an XLSX workbook as text, streamed from its XML within fixed bounds.

Written on the standard library's parser and not on openpyxl for two reasons: 5,000 rows of 80 cells take a quarter of the time, and
what a hostile or damaged file can cost is bounded while it is read (bytes, cells, text of a cell; no document types, so no entities).
Cells are read as a spreadsheet shows them: whole numbers without point, percent formats as 30%, dates as ISO 8601.
Format: ECMA-376 part 1, 18.3 (cells), 18.8.30 (number formats).
"""

import datetime
import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from xml.parsers import expat

MOST_BYTES = 300_000_000
"""Uncompressed bytes of all parts of a workbook."""
MOST_CELLS = 2_000_000
"""Cells of all sheets, counted with the gaps before the last cell of a row."""
MOST_ROWS = 1_000_000
"""Rows of all sheets up to their last; more are no survey but a sheet whose empty rows were formatted."""
MOST_SHEETS = 255
MOST_CHARACTERS = 100_000
"""Characters of one cell; a spreadsheet program writes at most 32,767."""

_MOST_COLUMNS = 16_384
_RATIO, _RATIO_FROM = 200, 50_000_000
_DIGITS = "0123456789"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
# Number formats that every workbook has without saying so (18.8.30, with those of Chinese, Japanese and Korean).
_PERCENT_IDS = {9, 10}
_DATE_IDS = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
_TIME_IDS = {18, 19, 20, 21, 45, 46, 47}


class Refused(Exception):
    """The file is not read; `rule` says why, with a detail in both languages."""

    def __init__(self, rule: str, en: str = "", zh: str = "") -> None:
        """Keep the rule and its detail."""
        super().__init__(rule, en)
        self.rule, self.en, self.zh = rule, en, zh


@dataclass
class RawSheet:
    """A sheet as text: `records[i]` are the cells of row i + 1; `unsaved` are places of formulas without a value, by row number."""

    title: str
    records: list[list[str]] = field(default_factory=list)
    unsaved: dict[int, set[int]] = field(default_factory=dict)


def read_workbook(data: bytes) -> list[RawSheet]:
    """Return the worksheets of an XLSX file in their order; raise `Refused` if it is damaged, protected, unsafe or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive, len(data))
            return _sheets(archive)
    except Refused:
        raise
    except Exception as error:  # zipfile, zlib and expat raise many kinds for a damaged archive
        en = f"it is no whole XLSX file ({type(error).__name__})"
        raise Refused("file_unreadable", en, "不是完整的 XLSX 文件") from error


def _check_parts(archive: zipfile.ZipFile, packed: int) -> None:
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    if total > MOST_BYTES or (total > _RATIO_FROM and total > _RATIO * packed):
        size = f"{total / 1e6:,.0f} MB"
        raise Refused("file_too_large", f"it unpacks to {size}", f"解压后为 {size}")
    for part in parts:
        name = part.filename
        if name.startswith(("/", "\\")) or ":" in name or ".." in re.split(r"[/\\]", name):
            raise Refused(
                "file_unsafe", f"it holds a part named {name[:80]!r}", f"其中有名为 {name[:80]!r} 的部分"
            )
        if part.flag_bits & 1:
            raise Refused("file_password")


def _sheets(archive: zipfile.ZipFile) -> list[RawSheet]:
    book = _book_part(archive)
    titles, epoch_1904 = _titles(archive, book)
    related = _relations(archive, book)
    by_type = dict(related.values())
    strings = _strings(archive, by_type["sharedStrings"]) if "sharedStrings" in by_type else []
    kinds = _cell_kinds(archive, by_type["styles"]) if "styles" in by_type else []
    worksheets = [(title, related[at][1]) for title, at in titles if related[at][0] == "worksheet"]
    if len(worksheets) > MOST_SHEETS:
        count = len(worksheets)
        raise Refused("file_too_large", f"it has {count:,} sheets", f"有 {count:,} 个工作表")
    budget = _Budget()
    sheets = []
    for title, part in worksheets:
        cells = _Cells(RawSheet(title), strings, kinds, epoch_1904, budget)
        _parse(archive, part, cells.start, cells.end, cells.characters)
        sheets.append(cells.sheet)
    return sheets


def _book_part(archive: zipfile.ZipFile) -> str:
    """Return the name of the workbook's main part, or refuse an archive that is something else."""
    names = set(archive.namelist())
    if "_rels/.rels" in names:
        main = [target for kind, target in _relations(archive, "").values() if kind == "officeDocument"]
        if main and main[0].endswith(".bin"):
            raise Refused("file_format", "it is a binary workbook (.xlsb)", "它是二进制工作簿（.xlsb）")
        if main and main[0] in names:
            return main[0]
    if "content.xml" in names:
        raise Refused("file_format", "it is an OpenDocument file", "它是 OpenDocument 文件")
    inside = sorted(n for n in names if n.lower().endswith((".xlsx", ".xls", ".csv", ".zip")))
    if inside:
        shown = ", ".join(inside[:3])
        raise Refused(
            "file_format",
            f"it is an archive with {shown}; unpack it first",
            f"它是压缩包，内有 {shown}；请先解压",
        )
    raise Refused("file_unreadable", "it is no XLSX file", "不是 XLSX 文件")


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    characters: Callable[[str], None] | None = None,
) -> None:
    """Feed one XML part to the handlers piece by piece; names come without their prefix of a namespace."""

    def refuse(*_: object) -> None:
        raise Refused("file_unsafe", "its XML declares a document type", "其 XML 声明了文档类型")

    prefix = ""

    def cut(handler: Callable[..., None]) -> Callable[..., None]:
        return lambda name, *more: handler(name.removeprefix(prefix), *more)

    def first(name: str, attributes: dict[str, str]) -> None:
        # The root's prefix is that of all elements that matter; most files have none, and then no name is cut.
        nonlocal prefix
        prefix = name[: name.rfind(":") + 1]
        parser.StartElementHandler = cut(start) if prefix else start
        parser.EndElementHandler = cut(end) if prefix and end else end
        start(name.removeprefix(prefix), attributes)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = first
    if characters is not None:
        parser.CharacterDataHandler = characters
    with archive.open(part) as stream:
        while piece := stream.read(1 << 16):
            parser.Parse(piece, False)
    parser.Parse(b"", True)


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return id -> (last word of the type, name of the part) of what a part refers to."""
    folder, name = posixpath.split(part)
    related: dict[str, tuple[str, str]] = {}

    def start(element: str, a: dict[str, str]) -> None:
        if element == "Relationship":
            target = posixpath.normpath(posixpath.join("/", folder, a.get("Target", ""))).lstrip("/")
            related[a.get("Id", "")] = (a.get("Type", "").rpartition("/")[2], target)

    _parse(archive, posixpath.join(folder, "_rels", f"{name}.rels"), start)
    return related


def _titles(archive: zipfile.ZipFile, book: str) -> tuple[list[tuple[str, str]], bool]:
    """Return (title, id of the relation) of each sheet, and whether days are counted from 1904."""
    titles: list[tuple[str, str]] = []
    epoch = []

    def start(element: str, a: dict[str, str]) -> None:
        if element == "sheet":
            at = next((v for k, v in a.items() if k.rpartition(":")[2] == "id"), "")
            titles.append((a.get("name", ""), at))
        elif element == "workbookPr":
            epoch.append(a.get("date1904", "0") in ("1", "true"))

    _parse(archive, book, start)
    return titles, any(epoch)


def _strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    """Return the shared strings; those in several formats are joined, and readings (rPh) are no part of them."""
    strings: list[str] = []
    pieces: list[str] = []
    reading = beside = False

    def start(element: str, _: dict[str, str]) -> None:
        nonlocal reading, beside
        if element == "rPh":
            beside = True
        elif element == "t":
            reading = not beside

    def end(element: str) -> None:
        nonlocal reading, beside
        if element == "t":
            reading = False
        elif element == "rPh":
            beside = False
        elif element == "si":
            strings.append(_joined(pieces))
            pieces.clear()

    def characters(text: str) -> None:
        if reading:
            pieces.append(text)

    _parse(archive, part, start, end, characters)
    return strings


def _joined(pieces: list[str]) -> str:
    text = pieces[0] if len(pieces) == 1 else "".join(pieces)
    if len(text) > MOST_CHARACTERS:
        most = f"{MOST_CHARACTERS:,}"
        raise Refused(
            "file_too_large", f"a cell has more than {most} characters", f"有单元格超过 {most} 个字符"
        )
    # Characters that XML cannot hold are written as _x000D_ (22.9.2.19).
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text).replace("\r\n", "\n") if "_x" in text else text


def _cell_kinds(archive: zipfile.ZipFile, part: str) -> list[str]:
    """Return for each cell style how its numbers are shown: number, percent, date or time."""
    codes: dict[int, str] = {}
    kinds: list[str] = []
    within: list[str] = []

    def start(element: str, a: dict[str, str]) -> None:
        within.append(element)
        if element == "numFmt":
            codes[int(a.get("numFmtId", "0"))] = a.get("formatCode", "")
        elif element == "xf" and "cellXfs" in within:
            number = int(a.get("numFmtId", "0"))
            kinds.append(_kind(number, codes.get(number, "")))

    def end(_: str) -> None:
        within.pop()

    _parse(archive, part, start, end)
    return kinds


def _kind(number: int, code: str) -> str:
    if code:
        # Texts, escaped characters and colors are no codes; [h] counts hours. Only the form of positive numbers matters.
        plain = re.sub(r'"[^"]*"|\\.|_.|\[(?![hms]+\])[^\]]*\]', "", code.lower()).partition(";")[0]
        if "%" in plain:
            return "percent"
        if re.search(r"[yd年月日]", plain) or re.fullmatch(r"\W*m+\W*", plain):
            return "date"
        return "time" if re.search(r"[hs]", plain) and "general" not in plain else "number"
    if number in _PERCENT_IDS:
        return "percent"
    if number in _DATE_IDS:
        return "date"
    return "time" if number in _TIME_IDS else "number"


@dataclass
class _Budget:
    """What all sheets of a workbook together may hold."""

    cells: int = 0
    rows: int = 0

    def add(self, cells: int, rows: int) -> None:
        self.cells += cells
        self.rows += rows
        if self.cells > MOST_CELLS:
            raise Refused(
                "file_too_large", f"it has more than {MOST_CELLS:,} cells", f"单元格超过 {MOST_CELLS:,} 个"
            )
        if self.rows > MOST_ROWS:
            raise Refused("file_too_large", f"it has more than {MOST_ROWS:,} rows", f"超过 {MOST_ROWS:,} 行")


class _Cells:
    """The handlers that gather the cells of one worksheet."""

    def __init__(
        self, sheet: RawSheet, strings: list[str], kinds: list[str], epoch_1904: bool, budget: _Budget
    ) -> None:
        self.sheet, self.strings, self.kinds, self.budget = sheet, strings, kinds, budget
        self.days_from = datetime.datetime(1904, 1, 1) if epoch_1904 else None
        self.row: list[str] = []
        self.pieces: list[str] = []
        self.length = 0
        self.reading = self.formula = False
        self.reference = self.style = ""
        self.type = "n"
        self.places: dict[str, int] = {}
        self.shown: dict[tuple[str, str], str] = {}

    def start(self, element: str, a: dict[str, str]) -> None:
        if element == "c":
            self.reference, self.style, self.type = a.get("r", ""), a.get("s", "0"), a.get("t", "n")
            self.formula = False
        elif element in ("v", "t"):
            self.reading = True
        elif element == "f":
            self.formula = True
        elif element == "row":
            self._start_row(a.get("r", ""))
        elif element == "rPh":
            self.type = "reading"
        elif element == "dimension":
            last = re.search(r"\d+$", a.get("ref", ""))
            if last and int(last[0][:9]) >= MOST_ROWS:
                self.budget.add(0, int(last[0][:9]) + 1)

    def characters(self, text: str) -> None:
        if self.reading and self.type != "reading":
            self.pieces.append(text)
            self.length += len(text)
            if self.length > MOST_CHARACTERS:
                _joined(self.pieces)

    def end(self, element: str) -> None:
        if element == "c":
            self._end_cell()
        elif element in ("v", "t"):
            self.reading = False
        elif element == "rPh":
            self.type = "inlineStr"
        elif element == "row":
            self.budget.add(len(self.row), 0)

    def _start_row(self, number: str) -> None:
        records = self.sheet.records
        gap = int(number) - 1 - len(records) if number else 0
        if gap < 0:
            raise Refused("file_unreadable", "its rows are out of order", "其行次序混乱")
        self.budget.add(0, gap + 1)
        if gap:
            empty: list[str] = []
            records.extend([empty] * gap)
        self.row = []
        records.append(self.row)

    def _end_cell(self) -> None:
        text = ""
        if self.pieces:
            text = self._text()
            self.pieces = []
            self.length = 0
        row = self.row
        letters = self.reference.rstrip(_DIGITS)
        at = self.places.get(letters)
        if at is None:
            at = self.places[letters] = _place(letters) if letters else -1
        gap = at - len(row)
        if gap > 0:
            row.extend([""] * gap)
        elif gap < 0 and (at >= 0 or len(row) >= _MOST_COLUMNS):
            raise Refused("file_unreadable", "its cells are out of order", "其单元格次序混乱")
        # A saved text without characters, as of =IF(A2="","",A2), is a value.
        if self.formula and not text and self.type != "str":
            self.sheet.unsaved.setdefault(len(self.sheet.records), set()).add(len(row))
        row.append(text)

    def _text(self) -> str:
        text = self.pieces[0] if len(self.pieces) == 1 else _joined(self.pieces)
        if self.type == "s":
            return self.strings[int(text)]
        if self.type == "n":
            if self.style == "0" and len(text) < 16 and text.isascii() and text.isdigit():
                return text
            key = (self.style, text)
            if key not in self.shown:
                self.shown[key] = self._number(text)
            return self.shown[key]
        if self.type == "d":
            return text.removesuffix("T00:00:00")
        return _joined(self.pieces)

    def _number(self, text: str) -> str:
        kind = self.kinds[int(self.style)] if int(self.style) < len(self.kinds) else "number"
        value = float(text)
        if kind == "percent":
            return plain_text(value * 100) + "%"
        if kind in ("date", "time"):
            return self._moment(value, kind) or plain_text(value)
        return plain_text(value)

    def _moment(self, days: float, kind: str) -> str:
        """Return a day as 2008-01-31, with 2008-01-31T08:30:00 if it has a time of day, and a time alone as 08:30:00."""
        # 2,958,465 is the last day of the year 9999. Excel has a 29 February 1900, day 60, which never was.
        if not 0 <= days < 2_958_466 or (int(days) == 60 and self.days_from is None):
            return ""
        seconds = round(days * 86_400)
        if kind == "time":
            hours, rest = divmod(seconds, 3600)
            return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
        first = self.days_from or datetime.datetime(1899, 12, 31 if days < 60 else 30)
        try:
            moment = first + datetime.timedelta(seconds=seconds)
        except OverflowError:
            return ""
        return moment.date().isoformat() if seconds % 86_400 == 0 else moment.isoformat()


def _place(letters: str) -> int:
    """Return the place of a column from 0 (A is 0, AA is 26); at most XFD."""
    place = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise Refused("file_unreadable", "a cell has no place in the sheet", "有单元格没有位置")
        place = place * 26 + ord(letter) - 64
        if place > _MOST_COLUMNS:
            raise Refused("file_unreadable", "a cell lies beyond the last column", "有单元格超出最后一列")
    return place - 1


def plain_text(value: float) -> str:
    """Return a number as a spreadsheet shows it: 15 significant digits, no exponent unless it has 16 or more digits before the point."""
    if abs(value) >= 1e15:
        return f"{value:.15g}"
    text = f"{value:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text.removeprefix("-") if value == 0 else text
