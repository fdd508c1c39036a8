"""Whether a checked study may be worked on, and the mark on results that a refused study has left from before."""

import csv
from pathlib import Path

from gumflow.contract.writing import write_text

OUTDATED = "OUTDATED.txt"


def refusal(check_table: Path, most: int = 20) -> str:
    """Return why a study is refused, from its check table, or an empty text if it is accepted.

    Results of an earlier, accepted state stay where they are; `OUTDATED.txt` in the study's results says so, and goes when the
    study is accepted again.
    """
    with check_table.open(encoding="utf-8-sig", newline="") as file:
        errors = [row for row in csv.DictReader(file) if row["severity"] == "error"]
    results = check_table.parent.parent
    mark = results / OUTDATED
    if not errors:
        mark.unlink(missing_ok=True)
        return ""
    if (results / "public").exists():
        write_text(
            "These results are of an earlier state of the study. Its present input has errors: see internal/check.html.\n",
            mark,
        )
    lines = [
        f"  {e['file']}"
        + (f", row {e['row']}" if e["row"] else "")
        + (f", column {e['column']}" if e["column"] else "")
        + (f", value {e['value']!r}" if e["value"] else "")
        + f": {e['problem_en']} {e['remedy_en']}"
        for e in errors[:most]
    ]
    more = [f"  ... and {len(errors) - most} more"] if len(errors) > most else []
    page = check_table.with_suffix(".html")
    head = f"The study has {len(errors)} thing(s) to mend; nothing was computed from it. The whole list: {page.as_posix()}"
    return "\n".join([head, *lines, *more]) + "\n"
