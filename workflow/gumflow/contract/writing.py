"""The one writer: every file gumflow makes is whole or absent, and equal inputs give equal bytes.

A file is written beside its place and moved there with `os.replace`. Tables keep a fixed column order and row order,
numbers carry 12 significant digits, and no date, version or machine name goes into any file.
"""

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIGNIFICANT_DIGITS = 12
FIGURE_FORMATS = ("svg", "pdf", "png")


@contextlib.contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[Path]:
    """Give a temporary path beside `path`; move it to `path` if the block succeeds, remove it if not.

    The file gets `mode` less what the user's umask takes away.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; results are as readable as any other file of the user.
        os.chmod(temporary, mode & ~_umask())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_bytes(data: bytes, path: Path) -> None:
    """Write bytes whole."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_text(text: str, path: Path) -> None:
    """Write text as UTF-8 with Unix line ends."""
    write_bytes(text.encode("utf-8"), path)


def rounded(values: np.ndarray) -> np.ndarray:
    """Round floats to 12 significant digits, so that the last bits of a sum do not reach a file."""
    values = np.asarray(values, dtype=float)
    # Through text, as CSV prints them: scaling by a power of ten and back can end one bit beside it.
    # Whole numbers of so many digits stay what they are, and most tables hold more of them than of others.
    whole = (np.trunc(values) == values) & (np.abs(values) < 10.0**SIGNIFICANT_DIGITS)
    out = values.copy()
    broken = ~(whole | np.isnan(values))
    out[broken] = _printed(values[broken], float)
    # Minus zero prints as -0.0 and would differ from 0.0 by a byte.
    return out + 0.0


def _printed(values: np.ndarray, kind: type) -> np.ndarray:
    """Print each different number once, with 12 significant digits, and return them all as `kind` (str or float)."""
    distinct, place = np.unique(values, return_inverse=True)
    digits = f"%.{SIGNIFICANT_DIGITS}g"
    printed = np.array([kind(digits % v) for v in distinct.tolist()], dtype=object if kind is str else float)
    return printed[place]


def settled(table: pd.DataFrame, sort: list[str] | None = None) -> pd.DataFrame:
    """Return the table as it is written: floats rounded, rows sorted by `sort` (stable), index dropped."""
    table = table.copy()
    for column in table.columns:
        if pd.api.types.is_float_dtype(table[column]):
            table[column] = rounded(table[column].to_numpy(dtype=float, na_value=np.nan))
    if sort:
        table = table.sort_values(sort, kind="stable", na_position="first")
    return table.reset_index(drop=True)


def write_table(table: pd.DataFrame, path: Path, sort: list[str] | None = None) -> None:
    """Write a table as Parquet, CSV or XLSX, by the suffix of `path`; raise ValueError for another suffix.

    CSV is UTF-8 with a byte-order mark, which Excel needs to show Chinese.
    """
    path = Path(path)
    table = settled(table, sort)
    if path.suffix == ".parquet":
        _write_parquet(table, path)
    elif path.suffix == ".csv":
        write_bytes(b"\xef\xbb\xbf" + _csv(table).encode("utf-8"), path)
    elif path.suffix == ".xlsx":
        write_workbook({path.stem[:31]: table}, path)
    else:
        raise ValueError(f"{path}: a table is written as .parquet, .csv or .xlsx")


def write_private_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV that only its owner may read (mode 0600); a folder that is made for it is its owner's alone (0700)."""
    write_private_text(_csv(settled(table)), path)


def write_private_text(text: str, path: Path) -> None:
    """Write text as UTF-8 with a byte-order mark, as `write_private_table` does."""
    path = Path(path)
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    with replacing(path, mode=0o600) as temporary:
        temporary.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))


def _csv(table: pd.DataFrame) -> str:
    return _plain(table).to_csv(index=False, lineterminator="\n")


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Floats become text, whole numbers without '.0' and none empty; booleans become 1 and 0."""
    table = table.copy()
    for column in table.columns:
        if pd.api.types.is_bool_dtype(table[column]):
            table[column] = table[column].astype("int64")
        elif pd.api.types.is_float_dtype(table[column]):
            values = table[column].to_numpy(dtype=float, na_value=np.nan)
            text = _printed(values, str)
            text[np.isnan(values)] = ""
            table[column] = pd.Series(text, dtype=object, index=table.index)
    return table


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = []
    for column in table.columns:
        kind = table[column].dtype
        if pd.api.types.is_bool_dtype(kind):
            fields.append(pa.field(column, pa.bool_()))
        elif pd.api.types.is_integer_dtype(kind):
            fields.append(pa.field(column, pa.int64()))
        elif pd.api.types.is_float_dtype(kind):
            fields.append(pa.field(column, pa.float64()))
        else:
            fields.append(pa.field(column, pa.string()))
    schema = pa.schema(fields)
    arrow = pa.Table.from_pandas(table, schema=schema, preserve_index=False).replace_schema_metadata(None)
    with replacing(path) as temporary:
        pq.write_table(arrow, temporary, compression="zstd", store_schema=False)


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that `write_table` wrote as Parquet; text columns have pandas' `str` type."""
    import pyarrow.parquet as pq

    return pq.read_table(path).to_pandas()


def write_workbook(sheets: dict[str, pd.DataFrame], path: Path) -> None:
    """Write tables as the sheets of one XLSX file: header row frozen and filtered, columns as wide as their text."""
    import datetime

    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "nan_inf_to_errors": False, "strings_to_formulas": False}
    )
    book.set_properties({"created": datetime.datetime(2000, 1, 1)})
    header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for name, table in sheets.items():
        sheet = book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for j, column in enumerate(table.columns):
            sheet.write_string(0, j, str(column), header)
            values = table[column].tolist()
            _write_column(sheet, j, values, pd.api.types.is_float_dtype(table[column]))
            width = max([len(str(column))] + [_width(v) for v in values[:500]])
            sheet.set_column(j, j, min(max(width + 1, 6), 60))
        if len(table.columns):
            sheet.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)
    book.close()
    write_bytes(buffer.getvalue(), path)


def _width(value: Any) -> int:
    if value is None or value != value:
        return 0
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _write_column(sheet: Any, column: int, values: list[Any], floats: bool) -> None:
    if floats:
        write = sheet.write_number
        for row, value in enumerate(values, start=1):
            if value == value:
                write(row, column, value)
        return
    for row, value in enumerate(values, start=1):
        _write_cell(sheet, row, column, value)


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None or value != value:
        return
    if isinstance(value, bool):
        sheet.write_number(row, column, int(value))
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))


def write_figure(fig: "Figure", stem: Path, formats: tuple[str, ...] = FIGURE_FORMATS) -> None:
    """Write a figure as `stem`.svg, .pdf and .png (300 dpi), without dates, versions or random ids."""
    import matplotlib as mpl

    metadata: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
        "png": {"Software": None},
    }
    with mpl.rc_context({"svg.hashsalt": "gumflow", "savefig.dpi": 300}):
        for form in formats:
            buffer = io.BytesIO()
            # Level 2 packs these drawings as tightly as the default 6 does, in half the time.
            options: dict[str, Any] = {"pil_kwargs": {"compress_level": 2}} if form == "png" else {}
            fig.savefig(buffer, format=form, metadata=metadata[form], **options)
            write_bytes(buffer.getvalue(), Path(f"{stem}.{form}"))
