"""A cell is one cluster at one wave; every tidy table and result names both."""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def rows_of(table: pd.DataFrame, cell: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of a table that belong to one cluster and wave."""
    return table[(table["cluster"] == cell["cluster"]) & (table["wave"] == cell["wave"])]
