"""Treatment of outliers by the JRC rule: an indicator whose skew and kurtosis are both high is winsorized, and if that is not enough, logged.

A composite indicator compares units by their distance on each indicator; one extreme value presses all others together. The rule and its
limits are those of the COIN Tool of the Joint Research Centre (Becker et al. 2019) and of COINr (Becker et al. 2022), with three
differences that are said where they are made: ties, columns that would become constant, and the log of a negative skew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.index.choices import TreatChoice
from gumflow.index.screen import constant_columns
from gumflow.index.tree import IndexNode, nearest, refuse_all

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEWEST = 10
"""Fewest known values for which skew and kurtosis are tested; with fewer, one unit decides them."""
LOG_SHIFT = 0.01
"""Share of the range by which the least value stays above zero under the log."""
METHODS = ("jrc", "winsorize", "log", "none")
_NAMES = {0: "none", 1: "winsorize", 2: "log"}
_CONSTANT, _BINARY, _FEW, _OFF, _TESTED = range(5)


@dataclass(frozen=True, eq=False)
class Treated:
    """Treated values (n, p) and how they came about; tables are made when they are asked for, since replicates need only the values.

    `logged` (p,) are the columns on the shifted log of the rule, whose unit is no longer that of the indicator.
    """

    values: Matrix
    logged: Mask
    _before: Matrix
    _nodes: tuple[IndexNode, ...]
    _moments: tuple[Matrix, Matrix, Matrix, Matrix]
    _states: NDArray[np.int_]
    _methods: NDArray[np.int_]
    _passed: Mask

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Each cell that treatment changed: row, column (code), before, after, rule; column by column."""
        declared = np.array([node.log for node in self._nodes], dtype=bool)
        changed = ~np.isnan(self._before) & (self.values != self._before)
        columns, rows = np.nonzero(changed.T)
        rules = []
        for i, j in zip(rows, columns, strict=True):
            parts = ["natural log (tree)"] if declared[j] else []
            plain = np.log(self._before[i, j]) if declared[j] else self._before[i, j]
            if self._methods[j] == 2:
                parts.append("log")
            elif self.values[i, j] != plain:
                parts.append("winsorized down" if self.values[i, j] < plain else "winsorized up")
            rules.append(", ".join(parts))
        codes = np.array([node.code for node in self._nodes], dtype=object)
        return pd.DataFrame(
            {
                "row": rows,
                "column": codes[columns].astype(str) if len(columns) else np.array([], dtype=str),
                "before": self._before[rows, columns],
                "after": self.values[rows, columns],
                "rule": np.array(rules, dtype=str),
            }
        )

    @cached_property
    def columns(self) -> pd.DataFrame:
        """Return a row for each indicator: skew and kurtosis before and after, the method, cells changed by it, passed, note.

        `passed` is missing where nothing was tested; the note says why, or that the limits are exceeded still.
        """
        skew, kurtosis, skew_after, kurtosis_after = self._moments
        tested = self._states == _TESTED
        passed = pd.array(self._passed, dtype="boolean")
        passed[~tested] = pd.NA
        counts = self.cells["column"].value_counts()
        return pd.DataFrame(
            {
                "indicator": [node.code for node in self._nodes],
                "known": (~np.isnan(self._before)).sum(axis=0),
                "skew_before": skew,
                "kurtosis_before": kurtosis,
                "method": [_method_name(n, m) for n, m in zip(self._nodes, self._methods, strict=True)],
                "cells": [int(counts.get(node.code, 0)) for node in self._nodes],
                "skew_after": skew_after,
                "kurtosis_after": kurtosis_after,
                "passed": passed,
                "note": [self._note(j) for j in range(len(self._nodes))],
            }
        )

    def _note(self, j: int) -> str:
        known = int((~np.isnan(self._before[:, j])).sum())
        texts = {
            _CONSTANT: "not tested: all known values are the same",
            _BINARY: "not tested: only two different values",
            _FEW: f"not tested: {known} known values, and skew needs {FEWEST}",
            _OFF: "not tested: treatment is off",
        }
        if self._states[j] != _TESTED:
            return texts[int(self._states[j])]
        return "" if self._passed[j] else "still exceeds both limits"

    def warnings(self) -> list[str]:
        """Return a sentence for each indicator that exceeds the limits after all treatment."""
        table = self.columns
        failed = table[table["note"] == "still exceeds both limits"]
        return [
            f"{code}: skew {s:.2f} and kurtosis {k:.2f} exceed the limits after treatment ({method}); look at its values"
            for code, s, k, method in zip(
                *(failed[c] for c in ("indicator", "skew_after", "kurtosis_after", "method")), strict=True
            )
        ]


def _method_name(node: IndexNode, method: int) -> str:
    parts = (["natural log (tree)"] if node.log else []) + ([_NAMES[method]] if method else [])
    return ", ".join(parts) or "none"


def treat(values: Matrix, choice: TreatChoice, *, nodes: Sequence[IndexNode]) -> Treated:
    """Return values whose outliers are treated, (n, p); `nodes` are the indicators in the order of the columns.

    An indicator whose node says `log` is first replaced by its natural logarithm, whatever the method. Then it is tested: it passes if |skew| <
    `choice.skew` or excess kurtosis < `choice.kurtosis` (both as `moments` has them). One that fails is, under `jrc`,

    1. winsorized on the side of its skew, one value after the other, each to the next value, until it passes. All cells that share the
       extreme value move together or not at all: the step that would change more than `choice.most` cells, or leave the
       indicator constant, is not made (COINr makes it, and then has more cells than its limit, or a constant);
    2. if it fails still, taken as it was and logged: log(x - min + 0.01 range); for a negative skew the mirror image,
       -log(max - x + 0.01 range), so that the order stays and the far end comes nearer. Where the node has a log already, no second
       one is taken, and the winsorized values stay.

    `winsorize` makes the first step only, `log` the second only, `none` neither. Not tested are indicators with fewer than `FEWEST` known
    values, with two different values, or with one. Raises `GumflowError` for an indicator to be logged by its node that has
    values of zero or less, and for methods of unknown indicators.
    """
    methods = _methods_of(choice, nodes)
    declared = np.array([node.log for node in nodes], dtype=bool)
    before = values
    values = _declared_logs(values, nodes)
    states = _states(values, methods)
    skew, kurtosis = moments(values)
    tested = states == _TESTED
    passed = ~tested | (np.abs(skew) < choice.skew) | (kurtosis < choice.kurtosis)
    done = np.zeros(values.shape[1], dtype=np.int_)
    after = (skew.copy(), kurtosis.copy())
    out = values
    if not passed.all():
        out = values.copy()
        first = np.flatnonzero(~passed & ((methods == "jrc") | (methods == "winsorize")))
        if len(first):
            moved, good = _winsorize(values[:, first], choice)
            some = (moved != values[:, first]) & ~np.isnan(moved)
            take = good | (methods[first] == "winsorize") | declared[first]
            out[:, first[take]] = moved[:, take]
            done[first[take & some.any(axis=0)]] = 1
            passed[first[good]] = True
        can = (methods == "jrc") | (methods == "log")
        second = np.flatnonzero(~passed & can & ~declared)
        if len(second):
            out[:, second] = shifted_log(values[:, second], skew[second])
            done[second] = 2
        changed = np.flatnonzero(done)
        after[0][changed], after[1][changed] = moments(out[:, changed])
        logged = np.flatnonzero(done == 2)
        passed[logged] = (np.abs(after[0][logged]) < choice.skew) | (after[1][logged] < choice.kurtosis)
    return Treated(out, done == 2, before, tuple(nodes), (skew, kurtosis, *after), states, done, passed)


def moments(values: Matrix) -> tuple[Matrix, Matrix]:
    """Return skew and excess kurtosis of the known values of each column (p,), type 2 of Joanes and Gill (1998), as in Excel and SAS.

    G1 = g1 sqrt(n (n - 1)) / (n - 2) and G2 = ((n + 1) g2 + 6) (n - 1) / ((n - 2) (n - 3)), with g1 = m3 / m2^1.5 and g2 = m4 / m2^2 - 3;
    NaN with fewer than three (four) known values or for a constant.
    """
    known = ~np.isnan(values)
    n = known.sum(axis=0).astype(np.float64)
    filled = np.where(known, values, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.where(known, filled - filled.sum(axis=0) / n, 0.0)
        # The unit is the largest deviation, so that fourth powers neither overflow nor vanish.
        size = np.abs(away).max(axis=0, initial=0.0)
        away = away / np.where(constant_columns(values), np.nan, size)
        square = away * away
        m2, m3, m4 = (
            square.sum(axis=0) / n,
            (square * away).sum(axis=0) / n,
            (square * square).sum(axis=0) / n,
        )
        skew = m3 / m2**1.5 * np.sqrt(n * (n - 1)) / (n - 2)
        kurtosis = ((n + 1) * (m4 / m2**2 - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    return np.where(n >= 3, skew, np.nan), np.where(n >= 4, kurtosis, np.nan)


def shifted_log(values: Matrix, skew: Matrix) -> Matrix:
    """Return log(x - min + 0.01 range) of each column, mirrored where its `skew` (p,) is negative; the order of values stays."""
    top, low = np.nanmax(values, axis=0), np.nanmin(values, axis=0)
    shift = LOG_SHIFT * (top - low)
    return np.where(skew < 0, -np.log(top - values + shift), np.log(values - low + shift))


def _methods_of(choice: TreatChoice, nodes: Sequence[IndexNode]) -> NDArray[np.str_]:
    codes = [node.code for node in nodes]
    faults = [
        f"treat.indicators: {code!r} is no indicator{nearest(code, codes)}"
        for code in choice.indicators
        if code not in codes
    ]
    for where, method in [
        ("treat.method", choice.method),
        *((f"treat.indicators.{c}", m) for c, m in choice.indicators.items()),
    ]:
        if method not in METHODS:
            faults.append(f"{where} is {method!r}; allowed: {', '.join(METHODS)}")
    refuse_all("treatment of outliers", faults)
    return np.array([choice.indicators.get(code, choice.method) for code in codes], dtype=np.str_)


def _declared_logs(values: Matrix, nodes: Sequence[IndexNode]) -> Matrix:
    """Return values with natural logs where the tree asks for them."""
    at = [j for j, node in enumerate(nodes) if node.log]
    if not at:
        return values
    low = np.where(np.isnan(values[:, at]), np.inf, values[:, at]).min(axis=0)
    refuse_all(
        "logs that the tree asks for",
        [
            f"{nodes[j].code}: its least value is {least:g}, and only values above 0 have a logarithm; take `log` off the node, or correct the data"
            for j, least in zip(at, low, strict=True)
            if least <= 0
        ],
    )
    out = values.copy()
    out[:, at] = np.log(values[:, at])
    return out


def _states(values: Matrix, methods: NDArray[np.str_]) -> NDArray[np.int_]:
    """Return which columns are tested, and why the others are not."""
    known = ~np.isnan(values)
    top = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
    low = np.where(known, values, np.inf).min(axis=0, initial=np.inf)
    two = (~known | (values == top) | (values == low)).all(axis=0)
    order = (methods == "none", constant_columns(values), two, known.sum(axis=0) < FEWEST)
    states: NDArray[np.int_] = np.select(order, (_OFF, _CONSTANT, _BINARY, _FEW), _TESTED)
    return states


def _winsorize(values: Matrix, choice: TreatChoice) -> tuple[Matrix, Mask]:
    """Return columns winsorized as far as is allowed, and which of them pass then."""
    out = values.copy()
    good = np.zeros(values.shape[1], dtype=bool)
    going = np.arange(values.shape[1])
    while len(going):
        x = out[:, going]
        known = ~np.isnan(x)
        skew, kurtosis = moments(x)
        fine = (np.abs(skew) < choice.skew) | (kurtosis < choice.kurtosis)
        good[going[fine]] = True
        # With the low side turned up, the same step serves both sides; infinite cells are those that are not known.
        turn = np.where(skew >= 0, 1.0, -1.0)
        up = np.where(known, x * turn, -np.inf)
        top = up.max(axis=0)
        following = np.where(up < top, up, -np.inf).max(axis=0)
        moved = np.where(known & (up == top), following * turn, x)
        cells = (known & (moved != values[:, going])).sum(axis=0)
        can = ~fine & (cells <= choice.most) & ~constant_columns(moved)
        out[:, going[can]] = moved[:, can]
        going = going[can]
    return out, good
