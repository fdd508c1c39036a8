"""Whatever lies in a study's folder, its check ends with findings or none: no traceback, and tidying gives all tables or refuses."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gumflow.contract.errors import GumflowError
from gumflow.contract.findings import Finding, findings_table
from gumflow.contract.model import load_model
from gumflow.contract.study import find_study
from gumflow.intake.field import check_inputs, tidy_inputs

MODEL = load_model()
STUDY = (
    "title: {en: T, zh: 题}\ngrade: survey\nboundary: roster\ninstruments: [short]\n"
    "registers: [{file: patents.csv, key: credit_code, columns: [patents]}]\nclusters: {valley: {en: V, zh: 谷}}\n"
)
INSTRUMENT = """\
instrument: short
title: {en: Short, zh: 短}
source: {en: made up, zh: 自拟}
sections: [{id: all, en: All, zh: 全部}]
questions:
  - {id: NB00, section: all, en: Who, zh: 谁, items: [{id: NB00.name, type: identity, role: identity, en: Name, zh: 名称}]}
  - id: NB01
    section: all
    en: Staff
    zh: 人员
    items:
      - {id: NB01.employees, type: number, role: context, en: Employees, zh: 员工数, unit: persons, minimum: 1, whole: true}
      - id: NB01.jobs
        type: shares
        role: driver
        constructs: [absorptive_capacity]
        en: Shares
        zh: 占比
        options: [{code: workers, en: Workers, zh: 工人}, {code: technicians, en: Technical, zh: 技术}]
  - id: NB27
    section: all
    en: Own brand
    zh: 自有品牌
    items:
      - id: NB27
        type: single
        role: outcome
        options: [{code: "yes", en: "Yes", zh: 是, score: 1}, {code: "no", en: "No", zh: 否, score: 0}]
  - id: R01
    section: all
    en: Advice
    zh: 请教
    items:
      - id: R01
        type: relation
        role: driver
        minimum: 0
        maximum: 3
        relation: {layer: knowledge, flow: to_respondent, alters: roster, kinds: [firm]}
"""
ACTORS = "actor,label_en,label_zh,kind,place,credit_code\nf1,Acme,甲厂,firm,local,9133X\nf2,Bolt,乙厂,firm,local,\n"
ANSWERS = "respondent,NB01.employees,NB27,R01[f2]\nf1,30,yes,2\n甲厂,２０,是,\n"
FILES = ["actors.csv", "aliases.csv", "ties.csv", "roster.csv", "statements.csv", "mapping.csv", "who_is_who.csv", "answers.csv", "patents.csv"]  # fmt: skip
WORDS = [
    "", "f1", "f2", "Acme", "甲厂", "甲 厂", "乙厂有限公司", "zz", "1", "0", "-1", "2.5", "1e400", "nan", "30%", "约50人", "１２", "2008-13-01", "#REF!", "firm",
    "local", "knowledge", "achieved", "NB01.employees", "NB27", "NB27[no]", "NB01.jobs[workers]", "NB01.jobs[technicians]", "NB00.name", "R01", "R01[f2]", "R01@alter", "@respondent", "@ignore",
    "same", "new", "drop", "actor", "label_en", "label_zh", "kind", "place", "source", "target", "layer", "state", "strength", "option", "question", "code", "note",
    "name", "decision", "respondent", "alter", "answered", "value", "credit_code", "patents", "9.13E+17", "coder", "agreed", "ego", "longitude", "latitude", "a;b", '"',
]  # fmt: skip
WHOLE = {"actors", "ties", "answers", "indicators"}
same_every_time = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
table = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), min_size=1, max_size=6)


def checked(files: dict[str, bytes]) -> tuple[list[Finding], set[str]]:
    """Check and tidy a study with these files; return its errors, and the tables that were made."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        (study / "instruments").mkdir(parents=True)
        (study / "instruments" / "short.yaml").write_text(INSTRUMENT, encoding="utf-8")
        sound = {"study.yaml": STUDY, "actors.csv": ACTORS, "answers.csv": ANSWERS}
        for name, data in ({k: v.encode() for k, v in sound.items()} | files).items():
            (study / name).write_bytes(data)
        before = {p.name: p.read_bytes() for p in study.iterdir() if p.is_file()}
        found, restricted = find_study(study), Path(folder) / "restricted"
        inputs = check_inputs(found, MODEL)
        shown = findings_table(inputs.findings)
        assert (shown[["file", "rule", "problem_en", "remedy_zh"]] != "").all(axis=None)
        assert len(shown) == len(shown.drop_duplicates())
        if inputs.errors:
            with pytest.raises(GumflowError, match="to mend"):
                tidy_inputs(found, MODEL, restricted)
            assert not restricted.exists(), "a refused study leaves nothing behind"
        made = set() if inputs.errors else set(tidy_inputs(found, MODEL, restricted))
        assert {p.name: p.read_bytes() for p in study.iterdir() if p.is_file()} == before
    return inputs.errors, made


@same_every_time
@given(name=st.sampled_from(FILES), rows=table)
def test_any_table_of_words_that_mean_something(name: str, rows: list[list[str]]) -> None:
    errors, made = checked({name: "\n".join(",".join(row) for row in rows).encode()})
    assert errors or made >= WHOLE


@same_every_time
@given(
    name=st.sampled_from([*FILES, "actors.xlsx", "answers.xlsx", "study.yaml"]), data=st.binary(max_size=200)
)
def test_any_bytes(name: str, data: bytes) -> None:
    errors, made = checked({name: data})
    assert errors or made >= WHOLE
