"""Arithmetic in instruments: formulas over numeric items and indicators, read safely (no names but theirs, no code run)."""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gumflow.contract.errors import GumflowError

# Numbers first, so that the e of 1e5 is no name; the dots of item ids are part of the name.
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)"
)


def _ln(x: np.ndarray) -> np.ndarray:
    return np.log(np.where(x > 0, x, np.nan))


_ONE: dict[str, Callable[[np.ndarray], np.ndarray]] = {"ln": _ln, "abs": np.abs}
_MANY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {"min": np.minimum, "max": np.maximum}
_BINARY: dict[type, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply,
    ast.Div: lambda a, b: a / np.where(b == 0, np.nan, b),
}  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """A formula: its text, the names in it in order of appearance, and its tree, in which the n-th name is called `v<n>`."""

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    def compute(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the formula's values for arrays by name; what is missing, or divided by zero, or ln of no positive number, is NaN."""
        return np.asarray(
            _value(self.tree, {f"v{i}": values[n] for i, n in enumerate(self.names)}), dtype=float
        )

    @property
    def quotient(self) -> tuple[str, str] | None:
        """Return (part, total) where the formula is one name over another, else None."""
        tree = self.tree
        if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div):
            sides = [tree.left, tree.right]
            if all(isinstance(s, ast.Name) for s in sides):
                part, total = (self.names[int(s.id[1:])] for s in sides if isinstance(s, ast.Name))
                return part, total
        return None


def read_formula(text: str) -> Formula:
    """Read a formula of + - * / ( ), numbers, names, min, max, ln and abs; raise `GumflowError` for anything else."""
    names: dict[str, str] = {}

    def renamed(match: re.Match[str]) -> str:
        name = match["name"]
        if not name or name in _ONE or name in _MANY:
            return match[0]
        return names.setdefault(name, f"v{len(names)}")

    plain = _TOKEN.sub(renamed, text)
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
        _check(tree)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise GumflowError(
            f"formula {text!r}: only + - * / ( ), numbers, ids, min, max, ln and abs can stand in it ({error})."
        ) from error
    return Formula(text, tuple(names), tree)


def _check(node: ast.expr) -> None:
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        _check(node.left)
        _check(node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        _check(node.operand)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords and node.args:
        one = node.func.id in _ONE
        if not (one or node.func.id in _MANY) or (one and len(node.args) > 1):
            raise ValueError(f"a wrong use of {node.func.id}")
        for argument in node.args:
            _check(argument)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        pass
    elif not (isinstance(node, ast.Name) and re.fullmatch(r"v[0-9]+", node.id)):
        raise ValueError(f"a part that is no arithmetic: {type(node).__name__}")


def _value(node: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return np.asarray(float(node.value))  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, values)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_value(node.left, values), _value(node.right, values))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    arguments = [_value(a, values) for a in node.args]
    if node.func.id in _ONE:
        return _ONE[node.func.id](arguments[0])
    result = arguments[0]
    for argument in arguments[1:]:
        result = _MANY[node.func.id](result, argument)
    return result
