"""A small evaluator of spreadsheet formulas: as much of the language as the index's workbook uses, read from the file."""

import math
import re
import statistics
from pathlib import Path

import openpyxl
from openpyxl.utils import column_index_from_string

_TOKEN = re.compile(
    r'\s*("(?:[^"]|"")*"|(?:\w+!)?\$?[A-Z]{1,3}\$?\d+|[A-Z]+(?=\()|\d+\.?\d*(?:E[+-]?\d+)?|>=|<=|<>|[-+*/(),:=<>])'
)
_REFERENCE = re.compile(r"(?:(\w+)!)?\$?([A-Z]{1,3})\$?(\d+)")


class Workbook:
    """Cells of an XLSX file: what is typed in, and what its formulas give now."""

    def __init__(self, path: Path):
        self.cells = {}
        self.saved = {}
        self.formulas = set()
        for only_values, store in ((False, self.cells), (True, self.saved)):
            for sheet in openpyxl.load_workbook(path, data_only=only_values):
                for row in sheet.iter_rows():
                    for cell in row:
                        if cell.value is not None:
                            store[sheet.title, cell.row, cell.column] = cell.value
                            if cell.data_type == "f":
                                self.formulas.add((sheet.title, cell.row, cell.column))
        self.known = {}

    def put(self, sheet, row, column, value):
        """Type a value into a cell, or empty it with None; all formulas are calculated anew."""
        assert (sheet, row, column) not in self.formulas
        self.cells[sheet, row, column] = value
        self.known = {}

    def value(self, sheet, row, column):
        """Return what a cell shows: a number, a text, or None if it is empty."""
        at = (sheet, row, column)
        if at not in self.formulas:
            return self.cells.get(at)
        if at not in self.known:
            self.known[at] = None  # a circle would read this
            self.known[at] = _Reader(self, sheet, self.cells[at][1:]).all()
        return self.known[at]


class _Reader:
    """Recursive descent over one formula; arrays are lists of cells, and comparisons and products go cell by cell."""

    def __init__(self, book, sheet, text):
        self.book, self.sheet = book, sheet
        self.tokens, end = [], 0
        while end < len(text):
            found = _TOKEN.match(text, end)
            assert found, text[end:]
            self.tokens.append(found[1])
            end = found.end()
        self.at = 0

    def all(self):
        value = self.compared()
        assert self.at == len(self.tokens)
        return value

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected=None):
        token = self.tokens[self.at]
        assert expected is None or token == expected, (token, expected)
        self.at += 1
        return token

    def compared(self):
        left = self.added()
        while self.peek() in ("=", ">", ">=", "<", "<=", "<>"):
            left = _each(_compare(self.take()), left, self.added())
        return left

    def added(self):
        left = self.multiplied()
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            left = _each(lambda a, b, s=sign: _number(a) + s * _number(b), left, self.multiplied())
        return left

    def multiplied(self):
        left = self.single()
        while self.peek() in ("*", "/"):
            if self.take() == "*":
                left = _each(lambda a, b: _number(a) * _number(b), left, self.single())
            else:
                left = _each(lambda a, b: _number(a) / _number(b), left, self.single())
        return left

    def single(self):
        token = self.take()
        if token == "-":
            return _each(lambda a, _: -_number(a), self.single(), 0)
        if token == "(":
            value = self.compared()
            self.take(")")
            return value
        if token.startswith('"'):
            return token[1:-1].replace('""', '"')
        if token[0].isdigit():
            return float(token)
        if self.peek() == "(":
            return self.called(token)
        return self.referred(token)

    def referred(self, token):
        sheet, row, column = self.place(token)
        if self.peek() != ":":
            return self.book.value(sheet, row, column)
        self.take(":")
        _, last_row, last_column = self.place(self.take())
        return [
            self.book.value(sheet, r, c)
            for r in range(row, last_row + 1)
            for c in range(column, last_column + 1)
        ]

    def place(self, token):
        sheet, letters, row = _REFERENCE.fullmatch(token).groups()
        return sheet or self.sheet, int(row), column_index_from_string(letters)

    def called(self, name):
        self.take("(")
        if name == "IF":
            return self.chosen()
        arguments = [self.compared()]
        while self.peek() == ",":
            self.take(",")
            arguments.append(self.compared())
        self.take(")")
        return _FUNCTIONS[name](*arguments)

    def chosen(self):
        """IF calculates one of its branches only: the other one may be an error."""
        condition = self.compared()
        self.take(",")
        if condition:
            value = self.compared()
            self.take(",")
            self.skip()
        else:
            self.skip()
            self.take(",")
            value = self.compared()
        self.take(")")
        return value

    def skip(self):
        depth = 0
        while depth or self.peek() not in (",", ")"):
            depth += {"(": 1, ")": -1}.get(self.take(), 0)


def _each(operation, left, right):
    if not isinstance(left, list) and not isinstance(right, list):
        return operation(left, right)
    size = len(left if isinstance(left, list) else right)
    left = left if isinstance(left, list) else [left] * size
    right = right if isinstance(right, list) else [right] * size
    return [operation(a, b) for a, b in zip(left, right, strict=True)]


def _number(value):
    """An empty cell counts as 0, and text is an error, as in a spreadsheet."""
    assert not isinstance(value, str), f"#VALUE! {value!r}"
    return 0.0 if value is None else float(value)


def _compare(sign):
    def compare(a, b):
        # In a spreadsheet any text is greater than any number.
        a, b = ((isinstance(v, str), v if v is not None else 0) for v in (a, b))
        if a[0] == b[0]:
            a, b = a[1], b[1]
        return {"=": a == b, "<>": a != b, ">": a > b, ">=": a >= b, "<": a < b, "<=": a <= b}[sign]

    return compare


def _numbers(cells):
    cells = cells if isinstance(cells, list) else [cells]
    return [float(c) for c in cells if isinstance(c, int | float)]


def _is_number(value):
    return [_is_number(v) for v in value] if isinstance(value, list) else isinstance(value, int | float)


_FUNCTIONS = {
    "ISNUMBER": _is_number,
    "AND": lambda *values: all(bool(v) for v in values),
    "ABS": lambda x: abs(_number(x)),
    "LN": lambda x: math.log(_number(x)),
    "EXP": lambda x: math.exp(_number(x)),
    "SUM": lambda cells: math.fsum(_numbers(cells)),
    "SUMPRODUCT": lambda cells: math.fsum(_number(c) for c in cells),
    "MIN": lambda cells: min(_numbers(cells)),
    "MAX": lambda *cells: max(x for c in cells for x in _numbers(c)),
    "AVERAGE": lambda cells: statistics.fmean(_numbers(cells)),
    "STDEV": lambda cells: statistics.stdev(_numbers(cells)),
}
