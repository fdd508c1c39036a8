"""How long reading a survey's export takes, and in how much memory. Run by hand: ./run python benchmarks/field.py [FIRMS] [COLUMNS]

Made-up answers are written as each tool writes them: a plain wide XLSX and CSV, Kobo with split questions, 问卷星 as texts. Printed for
each, from a process of its own: seconds until the cells are there, their number, and the peak of memory (which includes pandas,
about 90 MB). Last, a study of that many firms with the Ningbo questionnaire as one plain XLSX: seconds from its folder to tidy tables, checked.
"""

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gumflow.contract.instrument import Item

FIRMS, COLUMNS = 5000, 80


def made_up(kind: str, firms: int, columns: int) -> list[list[object]]:
    """Return header and rows; a third of the columns are numbers, a third options, a third long texts or ticks."""
    rng = np.random.default_rng(1)
    ids = [f"firm_{i:05d}" for i in range(firms)]
    picked = rng.integers(0, 6, (firms, columns))
    words = np.array(["国内一般", "国内先进", "国际一般", "国际先进", "其他〖自研〗", "国内一般┋国际一般"])
    if kind == "kobo":
        names = [f"part_{j // 8}/NB{j // 8:02d}/o{j % 8}" for j in range(columns)]
        head = ["start", "respondent", *names, "_id", "_uuid", "_submission_time", "_index"]
        return [head] + [
            [
                "2026-05-01T10:00:00",
                ids[i],
                *(int(v > 2) for v in picked[i]),
                i,
                f"uuid-{i}",
                "2026-05-02T10:00:00",
                i + 1,
            ]
            for i in range(firms)
        ]
    asked = [f"{j + 1}、问题 {j + 1}" if kind == "wenjuanxing" else f"NB{j:02d}.x" for j in range(columns)]
    head = ["序号", "提交答卷时间", "所用时间"] if kind == "wenjuanxing" else ["respondent"]
    rows: list[list[object]] = [[*head, *asked]]
    for i in range(firms):
        first: list[object] = [i + 1, "2026/5/1 10:00:00", "300秒"] if len(head) > 1 else [ids[i]]
        cells = [
            int(v) * 1000 + i if j % 3 == 0 else words[v] if j % 3 == 1 else f"remark {v} of {i % 50}"
            for j, v in enumerate(picked[i])
        ]
        rows.append([*first, *cells])
    return rows


def write(path: Path, rows: list[list[object]]) -> None:
    """Write a table as the file's ending says."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
        return
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("data")
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)


def read(path: Path) -> None:
    """Print what reading one file takes, as JSON."""
    from gumflow.intake.dialects import read_answers

    start = time.perf_counter()
    export, findings = read_answers([path], lambda p: p.name)
    seconds = time.perf_counter() - start
    assert export is not None, findings
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kept = export.cells.memory_usage(deep=True).sum() / 2**20
    print(json.dumps([export.dialect, round(seconds, 2), len(export.cells), round(peak), round(kept)]))


def answered(item: "Item", rng: np.random.Generator, firms: int) -> dict[str, list[object]]:
    """Return the columns of one item, answered by every firm as the questionnaire allows; none for items that depend on others."""
    codes = [o.code for o in item.options]
    if item.asked_if or item.type in ("identity", "relation", "text", "rank"):
        return {}
    if item.type == "shares":
        cuts = np.sort(rng.integers(0, 101, (firms, len(codes) - 1)), axis=1)
        parts = np.diff(np.column_stack([np.zeros(firms), cuts, np.full(firms, 100)]), axis=1)
        return {f"{item.id}[{c}]": parts[:, i].astype(int).tolist() for i, c in enumerate(codes)}
    if item.type == "several":
        ticks = rng.random((firms, len(codes))) < 0.4
        return {item.id: [";".join(c for c, t in zip(codes, row, strict=True) if t) for row in ticks]}
    if item.type == "single":
        return {item.id: [codes[i] for i in rng.integers(0, len(codes), firms)]}
    low, high = int(item.minimum or 0), int(item.maximum or 500)
    return {item.id: rng.integers(low, high + 1, firms).tolist()}


def write_study(folder: Path, firms: int, columns: int) -> int:
    """Write a study of firms that answered the Ningbo questionnaire, its questions again and again up to `columns`; return how many."""
    from gumflow.contract.instrument import load_instrument
    from gumflow.contract.model import load_model

    rng, ids = np.random.default_rng(2), [f"firm_{i:05d}" for i in range(firms)]
    held: dict[str, list[object]] = {"respondent": list(ids)}
    for item in load_instrument("ningbo_apparel", load_model()).items.values():
        held |= answered(item, rng, firms)
    # Questions of the interviewers that the study does not use fill the sheet up.
    held |= {f"extra_{i}": rng.integers(0, 9, firms).tolist() for i in range(columns - len(held) + 1)}
    folder.mkdir()
    (folder / "study.yaml").write_text(
        "title: {en: T, zh: 题}\ngrade: survey\nboundary: roster\ninstruments: [ningbo_apparel]\nclusters: {c: {en: C, zh: 集}}\n",
        encoding="utf-8",
    )
    names = "".join(f"{i},第{n}服装有限公司,firm,local\n" for n, i in enumerate(ids))
    (folder / "actors.csv").write_text("actor,label_zh,kind,place\n" + names, encoding="utf-8")
    ignored = "".join(f"{name},,@ignore,,\n" for name in held if name.startswith("extra_"))
    kept = "".join(f"{n},,{n},,\n" for n in dict.fromkeys(h.partition("[")[0] for h in held) if n[:2] == "NB")
    head = "source,option,question,code,note\nrespondent,,@respondent,,\n"
    (folder / "mapping.csv").write_text(head + kept + ignored, encoding="utf-8")
    write(folder / "answers.xlsx", [list(held), *map(list, zip(*held.values(), strict=True))])
    return len(held) - 1


def tidy(folder: Path) -> None:
    """Print what it takes to read, check and tidy a study, as JSON."""
    from gumflow.contract.model import load_model
    from gumflow.contract.study import find_study
    from gumflow.intake.field import tidy_inputs

    start = time.perf_counter()
    tables = tidy_inputs(find_study(folder), load_model(), folder.parent / "restricted")
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([round(seconds, 2), len(tables["answers"]), round(peak)]))


def main() -> None:
    """Write each file and read it in a process of its own."""
    if len(sys.argv) > 2 and sys.argv[1] == "--tidy":
        tidy(Path(sys.argv[2]))
        return
    if len(sys.argv) > 2 and sys.argv[1] == "--read":
        read(Path(sys.argv[2]))
        return
    firms, columns = [int(a) for a in sys.argv[1:3]] + [FIRMS, COLUMNS][len(sys.argv) - 1 :]
    print(f"{firms:,} firms, {columns} columns: dialect, seconds, cells, peak MB, MB of the cells")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("plain.xlsx", "plain.csv", "kobo.xlsx", "wenjuanxing.xlsx"):
            path = Path(folder) / name
            write(path, made_up(path.stem, firms, columns))
            command = [sys.executable, __file__, "--read", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            size = path.stat().st_size / 1e6
            print(f"{name:18} {size:5.1f} MB", *json.loads(done.stdout), sep="\t")
        study = Path(folder) / "study"
        count = write_study(study, firms, columns)
        done = subprocess.run(
            [sys.executable, __file__, "--tidy", str(study)], capture_output=True, text=True, check=True
        )
        print(
            f"study of {count} columns, to tidy tables: seconds, answers, peak MB",
            *json.loads(done.stdout),
            sep="\t",
        )


if __name__ == "__main__":
    main()
