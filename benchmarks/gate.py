"""Time the disclosure gate on files as gumflow makes them. Run by hand: ./run python benchmarks/gate.py [NAMES]

5,000 protected names (half Chinese with a place in common, half in Latin letters), credit codes and phones, none of which stands in the
files. Prints CPU seconds, seconds a MB of file and seconds a MB of what the file holds unpacked. The goal is 0.2 s a MB.
"""

import base64
import io
import random
import sys
import time

import numpy as np
import pandas as pd
import xlsxwriter
from matplotlib import rc_context
from matplotlib.figure import Figure

from gumflow.present.gate_bytes import Scanner
from gumflow.present.gate_contents import pieces
from gumflow.present.style import styled

NAMES = 5000
POINTS = 20_000


def made_up_names(count: int) -> list[str]:
    """Return distinct names of firms in both languages, and a credit code and a phone for every tenth."""
    rng = random.Random(1)
    names = []
    for i in range(count):
        if i % 10 == 0:
            names.append(f"9133{rng.randint(0, 10**14 - 1):014d}")
        elif i % 10 == 1:
            names.append(f"13{rng.randint(0, 10**9 - 1):09d}")
        elif i % 2:
            names.append(
                "宁波市" + "".join(chr(rng.randint(0x4E00, 0x7000)) for _ in range(4)) + "服饰有限公司"
            )
        else:
            names.append(
                "".join(rng.choices("abcdefghijklmnoprstuvwy", k=rng.randint(5, 10))).title() + " Textiles"
            )
    return names


def table() -> pd.DataFrame:
    """Return a table of shares, one row an answer."""
    rng = np.random.default_rng(1)
    size = 25_000
    return pd.DataFrame(
        {
            "cluster": "ningbo_apparel",
            "question": [f"NB{i % 40:02d}" for i in range(size)],
            "label_zh": "宁波市服装企业的比例",
            "firms": rng.integers(3, 90, size),
            "share": rng.random(size),
            "low": rng.random(size),
        }
    )


def drawing(form: str) -> bytes:
    """Return a figure of one long line."""
    rng = np.random.default_rng(1)
    buffer = io.BytesIO()
    with styled(), rc_context({"path.simplify": False}):
        fig = Figure(figsize=(7, 5))
        axes = fig.add_subplot()
        axes.plot(rng.random(POINTS).cumsum(), rng.random(POINTS), lw=0.2)
        axes.set_title("Ways of upgrading 升级方式")
        fig.savefig(buffer, format=form, dpi=600)
    return buffer.getvalue()


def files() -> dict[str, bytes]:
    """Return one file of each type, of 0.3 to 5 MB."""
    data = table()
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for i, row in enumerate(data.itertuples(index=False)):
        sheet.write_row(i, 0, row)
    book.close()
    svg = drawing("svg")
    text = "<p>The share of firms with an own brand rose. 拥有自主品牌的企业比例上升。</p>\n" * 12_000
    image = f"<img src='data:image/svg+xml;base64,{base64.b64encode(svg).decode()}'>"
    return {
        "csv": data.to_csv(index=False, float_format="%.12g").encode("utf-8-sig"),
        "svg": svg,
        "pdf": drawing("pdf"),
        "png": drawing("png"),
        "xlsx": buffer.getvalue(),
        "html": f"<!doctype html><html><body>{image}{text}</body></html>".encode(),
    }


def main() -> None:
    """Print the table of times."""
    names = made_up_names(int(sys.argv[1]) if len(sys.argv) > 1 else NAMES)
    start = time.process_time()
    scanner = Scanner(names, True)
    scanner.leaks(b"first call")
    print(f"{len(names)} names made ready in {time.process_time() - start:.2f} s")
    print(f"{'type':6}{'MB':>8}{'MB unpacked':>13}{'s':>8}{'s/MB':>8}{'s/MB unpacked':>15}")
    for name, data in files().items():
        start = time.process_time()
        found = scanner.leaks(data)
        took = time.process_time() - start
        size = len(data) / 1e6
        unpacked = sum(len(p.data) for p in pieces(data)) / 1e6
        print(f"{name:6}{size:8.2f}{unpacked:13.2f}{took:8.2f}{took / size:8.2f}{took / unpacked:15.2f}")
        for leak in found:
            print("   unexpected:", leak)


if __name__ == "__main__":
    main()
