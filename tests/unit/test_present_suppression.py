"""Withholding of small cells, compared with all tables in whole numbers that the shown cells allow."""

import numpy as np
import pandas as pd
import pytest

from gumflow.present.suppression import (
    WITHHELD_FEW,
    WITHHELD_FURTHER,
    Margin,
    determined,
    hidden_cells,
    margins_of,
)


def suppressed(table: pd.DataFrame, counts: str, dimensions: list[str], minimum: int) -> pd.DataFrame:
    """Return the table with what `hidden_cells` hides as NaN, and why."""
    values = table[counts].to_numpy(dtype=float)
    hidden = hidden_cells(values, margins_of(table, dimensions), minimum)
    small = (values > 0) & (values < minimum)
    reasons = np.select([small, hidden], [WITHHELD_FEW, WITHHELD_FURTHER], default="")
    return table.assign(**{counts: np.where(hidden, np.nan, values), "withheld": reasons})


def crossed(inner: np.ndarray) -> pd.DataFrame:
    """Return a two-way table with its totals as rows."""
    rows, columns = inner.shape
    full = np.block(
        [[inner, inner.sum(1, keepdims=True)], [inner.sum(0, keepdims=True), inner.sum().reshape(1, 1)]]
    )
    kinds = [*map(str, range(rows)), "total"]
    sizes = [*map(str, range(columns)), "total"]
    return pd.DataFrame(
        [(k, s, full[i, j]) for i, k in enumerate(kinds) for j, s in enumerate(sizes)],
        columns=["kind", "size", "count"],
    )


def possible_values(inner: np.ndarray, shown: np.ndarray) -> list[set[int]]:
    """Return for each cell of the table with totals the values that it takes in any table that agrees with the shown cells."""
    rows, columns = inner.shape
    truth = crossed(inner)["count"].to_numpy()
    every = np.indices([inner.sum() + 3] * inner.size).reshape(inner.size, -1).T.reshape(-1, rows, columns)
    across = np.concatenate([every, every.sum(2, keepdims=True)], axis=2)
    full = np.concatenate([across, across.sum(1, keepdims=True)], axis=1).reshape(len(every), -1)
    agreeing = full[(full[:, shown] == truth[shown]).all(1)]
    return [set(values) for values in agreeing.T.tolist()]


def small_tables():
    rng = np.random.default_rng(4)
    for _ in range(14):
        inner = rng.integers(0, 3, (2, 2))
        hidden = rng.random(9) < rng.choice([0.3, 0.5, 0.7])
        yield inner, ~hidden


@pytest.mark.parametrize(("inner", "shown"), list(small_tables()))
def test_determined_cells_are_those_with_one_value_in_every_possible_table(inner, shown):
    table = crossed(inner)
    margins = margins_of(table, ["kind", "size"])
    counts = np.where(shown, table["count"], np.nan)
    values = possible_values(inner, shown)
    expected = np.array([len(v) == 1 for v in values]) & ~shown
    assert determined(counts, shown, margins).tolist() == expected.tolist()


def test_margins_of_a_two_way_table():
    margins = margins_of(crossed(np.array([[1, 2], [3, 4]])), ["kind", "size"])
    assert set(margins) == {
        Margin(6, (0, 3)), Margin(7, (1, 4)), Margin(8, (2, 5)), Margin(2, (0, 1)), Margin(5, (3, 4)), Margin(8, (6, 7)),
    }  # fmt: skip


def test_elimination_is_exact_and_bounds_pin_what_it_leaves():
    # a + b + c = 10, b + c = 7: a is 3; b and c are free.
    margins = [Margin(3, (0, 1, 2)), Margin(4, (1, 2))]
    counts, shown = np.array([0, 0, 0, 10, 7.0]), np.array([False, False, False, True, True])
    assert determined(counts, shown, margins).tolist() == [True, False, False, False, False]
    assert determined(counts, shown, margins, whole=False).tolist() == [True, False, False, False, False]
    # b + c = 0 leaves counts no choice, but sums of any sign.
    counts[3:] = [3, 0]
    assert determined(counts, shown, margins).tolist() == [True, True, True, False, False]
    assert determined(counts, shown, margins, whole=False).tolist() == [True, False, False, False, False]


def test_whole_numbers_pin_what_fractions_leave_open():
    # a + b = 1, b + c = 1, a + c = 1 has no solution in whole numbers; with d beside a it has d = 1.
    margins = [Margin(4, (0, 1)), Margin(5, (1, 2)), Margin(6, (0, 2, 3))]
    counts = np.array([0, 0, 0, 0, 1, 1, 0.0])
    shown = np.array([False] * 4 + [True] * 3)
    assert determined(counts, shown, margins).tolist() == [True] * 4 + [False] * 3


@pytest.mark.parametrize("seed", range(12))
def test_no_withheld_cell_can_be_computed_and_small_ones_are_all_withheld(seed):
    rng = np.random.default_rng(seed)
    inner = rng.integers(0, 9, (3, 4))
    table = crossed(inner)
    out = suppressed(table, "count", ["kind", "size"], 3)
    counts = table["count"].to_numpy()
    hidden = out["count"].isna().to_numpy()
    assert hidden[(counts > 0) & (counts < 3)].all()
    assert not determined(out["count"].to_numpy(), ~hidden, margins_of(table, ["kind", "size"])).any()
    assert (out["count"][~hidden] == counts[~hidden]).all()
    assert ((out["withheld"] != "") == hidden).all()
    assert ((out["withheld"] == WITHHELD_FEW) == ((counts > 0) & (counts < 3))).all()


def test_the_smallest_further_cell_is_chosen_and_no_more_than_needed():
    table = pd.DataFrame({"option": ["a", "b", "c", "d", "total"], "count": [2, 20, 9, 0, 31]})
    out = suppressed(table, "count", ["option"], 3)
    assert out["withheld"].tolist() == [WITHHELD_FEW, "", WITHHELD_FURTHER, "", ""]
    assert out["count"].tolist()[1::2] == [20, 0]


def test_a_total_is_withheld_where_no_part_is_left():
    table = pd.DataFrame({"option": ["a", "total"], "count": [2, 2]})
    assert suppressed(table, "count", ["option"], 3)["count"].isna().all()
    lone = pd.DataFrame({"option": ["a", "b", "total"], "count": [5, 4, 9]})
    assert suppressed(lone, "count", ["option"], 3)["withheld"].tolist() == ["", "", ""]


def test_kept_cells_stay_and_twins_go_together():
    counts = np.array([2, 30, 18, 48, 20, 32, 50])
    margins = [Margin(6, (0, 1, 2)), *(Margin(6, (i, i + 3)) for i in range(3))]
    twins = np.array([3, 4, 5, 0, 1, 2, 6])
    hidden = hidden_cells(counts, margins, 3, kept=[6], twins=twins)
    assert hidden.tolist() == [True, False, True, True, False, True, False]
