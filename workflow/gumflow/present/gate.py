"""The disclosure gate: nothing is published that holds a protected text, a person's trace or a number on too few firms.

What is to be published is made in a draft folder. `release` looks through all of it and publishes all of it or nothing: one finding
keeps everything back.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.writing import write_table
from gumflow.present.gate_bytes import Scanner
from gumflow.present.gate_cells import file_findings

ALLOWED_TYPES = (".csv", ".html", ".json", ".md", ".parquet", ".pdf", ".png", ".svg", ".txt", ".xlsx")
MANIFEST = "manifest.csv"
COLUMNS = ("file", "place", "what", "excerpt", "times")
_SHOWN = 20
# Snakemake puts this empty file into folders that rules make; it is never published.
_TIMESTAMP = ".snakemake_timestamp"


def gate(draft: Path, protected: Sequence[str], minimum_firms: int, confidential: bool) -> pd.DataFrame:
    """Return what must not be published in a folder, one row a finding; none if it may be.

    Columns: file (relative to `draft`), place in it, what it is, excerpt (which entry of `protected`, never the text itself) and times.
    Protected texts are looked for in every file; where there are none and the study is not confidential, no file is opened. In a confidential study also paths, e-mail and IP addresses, phones, credit codes and
    identity numbers are, types of files that cannot be looked through are findings, and so are table cells that rest on fewer than
    `minimum_firms` firms, or that others give away. Raises `GumflowError` if `draft` is no folder.
    """
    draft = Path(draft)
    if not draft.is_dir():
        raise GumflowError(
            f"{draft}: there is no such folder to look through. Give the folder that is to be published."
        )
    scanner = Scanner(protected, confidential)
    rows: list[tuple[str, str, str, str, int]] = []
    for path in _entries(draft):
        shown = _shown_path(path.relative_to(draft), scanner)
        named = [part for part in path.relative_to(draft).parts if scanner.in_text(part)]
        if named:
            rows.append((shown, "the file's name", "protected text", "", 1))
        if path.is_symlink() or not path.is_file():
            rows.append((shown, "", "not a plain file: it may lead elsewhere", "", 1))
            continue
        if scanner.idle:
            continue
        if confidential and path.suffix.lower() not in ALLOWED_TYPES:
            rows.append((shown, "", f"type of file not allowed: {', '.join(ALLOWED_TYPES)} are", "", 1))
        data = path.read_bytes()
        rows += [(shown, k.place, k.what, k.excerpt, k.times) for k in scanner.leaks(data)]
        if confidential:
            rows += [
                (shown, place, what, "", 1)
                for place, what in file_findings(data, path.suffix.lower(), minimum_firms)
            ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[:4], "str"))
    return table.drop_duplicates().reset_index(drop=True)


def _entries(folder: Path) -> Iterator[Path]:
    """Yield all that lies in a folder and is no folder, in a fixed order; links to folders are not followed."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        links = [f for f in folders if (Path(place) / f).is_symlink()]
        yield from (Path(place) / name for name in sorted([*files, *links]) if name != _TIMESTAMP)


def _shown_path(path: Path, scanner: Scanner) -> str:
    """Return a path with the protected parts of its name blacked out."""
    return "/".join(scanner.names.masked(part, "███") for part in path.parts)


def release(
    draft: Path, public: Path, protected: Sequence[str], minimum_firms: int, confidential: bool
) -> pd.DataFrame:
    """Publish a draft folder as `public` if the gate finds nothing, and return its manifest (file, bytes, sha256).

    The copy beside `public` is what is looked through and then takes its place, so `public` is whole or as it was before. Raises
    `GumflowError` naming file and place of each finding; nothing is published then.
    """
    draft, public = Path(draft), Path(public)
    if (draft / MANIFEST).exists():
        raise GumflowError(
            f"{draft / MANIFEST}: that name is kept for the list of published files. Rename the file."
        )
    public.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=public.parent, prefix=f".{public.name}.") as beside:
        new, old = Path(beside) / "new", Path(beside) / "old"
        try:
            shutil.copytree(draft, new, symlinks=True, ignore=shutil.ignore_patterns(_TIMESTAMP))
        except OSError as error:
            raise GumflowError(
                f"{draft}: the folder cannot be copied: {error}. Check that it exists and can be read."
            ) from error
        findings = gate(new, protected, minimum_firms, confidential)
        if len(findings):
            raise GumflowError(refusal(findings))
        manifest = _manifest(new)
        write_table(manifest, new / MANIFEST)
        if public.exists():
            os.replace(public, old)
        try:
            os.replace(new, public)
        except OSError:
            if old.exists():
                os.replace(old, public)
            raise
    return manifest


def refusal(findings: pd.DataFrame) -> str:
    """Return the findings of the gate as text: what was kept back, where, and what to do."""
    lines = []
    for row in findings.head(_SHOWN).to_dict("records"):
        place = f", {row['place']}" if row["place"] else ""
        detail = f" ({row['excerpt']})" if row["excerpt"] else ""
        lines.append(f"  - {row['file']}{place}: {row['what']}{detail}")
    if len(findings) > _SHOWN:
        lines.append(f"  - and {len(findings) - _SHOWN} more")
    return (
        "The disclosure gate found what must not leave the study; nothing may be published:\n"
        + "\n".join(lines)
        + "\nTake it out of what makes these files, and run again."
        + "\n不得公开：披露检查发现上列不得公开的信息，请从生成这些文件的步骤中去除后重新运行。"
    )


def _manifest(folder: Path) -> pd.DataFrame:
    rows = []
    for path in _entries(folder):
        data = path.read_bytes()
        rows.append((path.relative_to(folder).as_posix(), len(data), hashlib.sha256(data).hexdigest()))
    table = pd.DataFrame(rows, columns=["file", "bytes", "sha256"])
    return table.astype({"file": "str", "bytes": "int64", "sha256": "str"})
