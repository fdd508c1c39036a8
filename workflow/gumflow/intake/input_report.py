"""The report on a study's inputs: everything to mend, as a page and a table, and the names to decide on.

What was written in the cells of a confidential study stays in `restricted/`: the report under `results/` names places and rules only.
"""

from pathlib import Path

from gumflow.contract.findings import findings_page, findings_table
from gumflow.contract.study import Study
from gumflow.contract.writing import write_private_table, write_private_text, write_table, write_text
from gumflow.intake.field import Inputs, known_names
from gumflow.intake.review import FILE
from gumflow.intake.survey import without_values

_HIDDEN = (
    "Values are not shown here, because the study is confidential. The whole list is in {}. "
    "因研究保密，此处不显示取值；完整列表见 {}。"
)


def write_input_report(study: Study, inputs: Inputs, folder: Path, restricted: Path) -> None:
    """Write check.csv and check.html into `folder`, and who_is_who.csv where there are names to decide on.

    Of a confidential study those files, with all values, go to `restricted`/<study> (readable by their owner alone), and `folder` gets the
    report without values.
    """
    title, findings = f"Check of study {study.name}", inputs.findings
    note = ""
    if study.confidential:
        private = restricted / study.name
        write_private_table(findings_table(findings), private / "check.csv")
        write_private_text(findings_page(title, findings), private / "check.html")
        if len(inputs.review):
            write_private_table(inputs.review, private / FILE)
        findings = without_values(findings, known_names(study, inputs))
        note = _HIDDEN.format(*[f"restricted/{study.name}/check.html"] * 2) if findings else ""
    elif len(inputs.review):
        write_table(inputs.review, folder / FILE)
    write_table(findings_table(findings), folder / "check.csv")
    write_text(findings_page(title, findings, note), folder / "check.html")
