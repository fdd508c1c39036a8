"""A new study's folder: study.yaml with every key explained, the input tables with their headers, and a filled example.

The example lies in a folder of its own and says `grade: synthetic`, so that none of its rows can pass for data.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from gumflow.contract.errors import GumflowError
from gumflow.contract.instrument import instrument_names
from gumflow.contract.study import ANSWERS, CONFIDENTIAL_GRADES, MAPPING
from gumflow.contract.tables import TABLES, table_contract
from gumflow.contract.writing import write_table, write_text

GRADES = ("case", "survey", "interview", "official", "synthetic")
BOUNDARIES = ("census", "roster", "sample", "text")
MAPPING_COLUMNS = ("source", "option", "question", "code", "note")
EXAMPLE = "example"

_STUDY_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*", re.ASCII)
_CLUSTER_NAME = re.compile(r"[a-z0-9][a-z0-9_]*", re.ASCII)
# Folders beside the clusters' that mean something else.
_TAKEN = (EXAMPLE, "instruments", ANSWERS)
_LOCATOR = ("section", "paragraphs", "note")

_EXAMPLE_ROWS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "actors": (
        {
            "actor": "example_firm_a",
            "label_en": "Example firm A",
            "label_zh": "示例甲厂",
            "kind": "firm",
            "place": "local",
        },
        {
            "actor": "example_firm_b",
            "label_en": "Example firm B",
            "label_zh": "示例乙厂",
            "kind": "firm",
            "place": "local",
        },
        {
            "actor": "example_association",
            "label_en": "Example association",
            "label_zh": "示例协会",
            "kind": "association",
            "place": "local",
        },
    ),
    "aliases": ({"name": "Ex. Firm A", "actor": "example_firm_a"},),
    "ties": (
        {
            "source": "example_firm_a",
            "target": "example_firm_b",
            "layer": "knowledge",
            "directed": "1",
            "state": "achieved",
            "strength": "2",
            "year_from": "2020",
            "reporter": "example_firm_b",
            "question": "R01",
            "remark": "Made up: B asks A for advice, so knowledge runs from A to B.",
        },
    ),
    "roster": ({"respondent": "example_firm_b", "alter": "", "asked": "1", "answered": "1"},),
    "statements": (
        {
            "statement": "s1",
            "document": "interview_1",
            "paragraphs": "4",
            "sentence": "2",
            "coder": "agreed",
            "ego": "example_firm_b",
            "alter": "example_firm_a",
            "layer": "trust",
            "construct": "trust_norms",
            "factor": "social_capital",
            "state": "achieved",
            "polarity": "1",
            "strength": "2",
            "remark": "Made up.",
        },
    ),
    "facts": (
        {
            "fact": "example_exports",
            "what_en": "Exports (made up)",
            "what_zh": "出口额（虚构）",
            "value": "12.5",
            "unit": "million_usd",
            "qualifier": "about",
            "year": "2020",
        },
    ),
    "events": (
        {
            "event": "example_fair",
            "date": "2019-05",
            "kind": "founding",
            "label_en": "A fair is founded (made up)",
            "label_zh": "创办展会（虚构）",
            "actors": "example_firm_a;example_association",
        },
    ),
    "chain": ({"item": "barrier", "stage": "brand", "aspect": "capital", "category": "high"},),
    "exports": (
        {
            "year": "2020",
            "quantity": "1250000",
            "unit": "pieces",
            "value": "6875000",
            "currency": "USD",
            "fx": "6.9",
            "price_index": "100",
            "remark": "Made up.",
        },
    ),
}
_EXAMPLE_MAPPING = {
    "source": "Organization",
    "question": "@respondent",
    "note": "Made up: this column of the export holds who answered.",
}

_STUDY_YAML = """\
# What this study is. Every key is explained. Lines that start with # have no effect: remove the # to use one.
# 本研究的说明，各项均有解释。以 # 开头的行不生效；需要时去掉 #。

# Title, in English and Chinese. / 标题（英文、中文）。
title: {{en: {title}, zh: {title}}}

# Where the data come from; printed under each figure. / 数据来源，印在每幅图下。
# source: {{en: Own survey, zh: 自有调查}}

# Kind of data / 数据类别: case (coded from published text / 据出版文本编码), survey (问卷), interview (访谈),
# official (官方统计), synthetic (合成).
grade: {grade}

# How the actors were chosen / 行动者如何确定: census (all / 全部), roster (a list of names was shown / 按名册询问),
# sample (drawn from more; those named were not asked / 抽样), text (named in a text / 文本提及).
boundary: {boundary}

# Questionnaires, guides and modules that were used / 所用问卷、提纲和模块: {known}.
# Own ones lie in a folder `instruments` beside this file. A cluster may have a list of its own.
{instruments}

# One entry for each cluster; each has a folder of its name. / 每个集群一项，并有同名文件夹。
#   waves: {{"2020": {first}/2020, "2026": {first}/2026}}   survey waves, each with its folder / 各期调查及其文件夹
#   folder: another_folder    where the tables lie, if not in the folder of its name / 另一文件夹
#   boundary: sample          if it differs from the study's / 如与上面不同
#   instruments: [...]        if they differ from the study's / 如与上面不同
#   population: 10000         number of firms that a sample was drawn from / 抽样总体的企业数
#   break_year: 2006          first year of a new regime of its exports, declared beforehand / 事先设定的出口新阶段起始年
clusters:
{clusters}

# Which survey tool wrote the answers / 答卷由何种工具导出: auto, plain_wide, plain_long, kobo, wenjuanxing.
# dialect: auto

# What becomes of organizations that answers name and actors.csv lacks / 答卷中提到、但 actors.csv 没有的机构:
# pipeline (outside the cluster / 集群外), inside (集群内), drop (略去).
# alters_outside: pipeline

# Whether firms were promised not to be named; true by itself for survey and interview.
# 是否承诺不公开企业名称；survey 和 interview 默认为 true。
# confidential: true

# Further columns of actors.csv that identify a firm or person / actors.csv 中其他可识别身份的列。
# protect: [legal_person, website]

# Files with further columns on the actors / 补充行动者信息的文件: a registry, patents, customs.
# registers:
#   - {{file: patents.csv, key: credit_code, columns: [patents]}}

# Column of actors.csv by which groups are compared / 分组比较所用的列。
# group_by: kind

# How two reports of one tie combine, by layer / 同一关系两方报告如何合并: union, intersection, sender, receiver, average.
# tie_rules: {{knowledge: union, trust: sender}}
"""

_README = """\
# {title}

## Order of work

`STUDY` is the path of this folder.

1. `study.yaml`: say what the study is. Each key is explained there.
2. `actors.csv` of each cluster: one row for each firm, association, agency and other body. This is the roster.
3. `gumflow form STUDY` writes the questionnaire for KoboToolbox or ODK and a paper form, both with the roster.
4. Collect the answers.
5. Put the file that the survey tool exports, as it is, into `{answers}/` of its cluster. Do not retype or rename columns.
6. `gumflow map STUDY` proposes which column is which question, in `{mapping}`. Fill the rows that it left empty.
7. `gumflow check STUDY` lists everything to mend, with file, row and column. Repeat until it finds nothing.
8. Name the study under `studies` in `config/config.yaml` and run `./run snakemake --cores 2`.

## Files of each cluster

{files_en}
- `{answers}/`: exported answers, CSV or XLSX.

Only `study.yaml` and `actors.csv` are required: remove the tables that you do not need. `{mapping}` lies beside `study.yaml`.
`{example}/` is a made-up study with rows in every table, to look at. It is no part of this study, and it says `synthetic`.
Remove it when you no longer need it. All columns are explained in `docs/data_contract.md`.
{private_en}
## 工作顺序

`STUDY` 表示本文件夹的路径。

1. `study.yaml`：说明本研究，各项含义见文件内注释。
2. 各集群的 `actors.csv`：每个企业、协会、部门及其他机构一行，即名册。
3. `gumflow form STUDY` 生成 KoboToolbox 或 ODK 电子问卷和纸质问卷，均含名册。
4. 开展调查。
5. 将调查工具导出的文件原样放入所属集群的 `{answers}/`，不要重新录入，也不要改列名。
6. `gumflow map STUDY` 在 `{mapping}` 中给出各列与题目的对应建议；请填写留空的行。
7. `gumflow check STUDY` 列出所有需要更正之处（文件、行、列）；反复检查，直至没有问题。
8. 在 `config/config.yaml` 的 `studies` 中加入本研究，运行 `./run snakemake --cores 2`。

## 各集群的文件

{files_zh}
- `{answers}/`：导出的答卷，CSV 或 XLSX。

必需的只有 `study.yaml` 和 `actors.csv`；不需要的表可删除。`{mapping}` 与 `study.yaml` 放在一起。
`{example}/` 是一个虚构的研究，每张表都有示例行，仅供参考，不属于本研究，并标明 `synthetic`；不需要时可删除。
各列含义见 `docs/data_contract.md`。
{private_zh}"""

_PRIVATE_EN = """
## Confidential

Firms are promised that neither their names nor their answers are disclosed. `.gitignore` keeps everything but `study.yaml`,
this page and the example out of version control: a mapping, too, may hold names of firms. Do not send the tables or the answers to others.
"""
_PRIVATE_ZH = """
## 保密

本研究承诺不公开企业名称和单个答案。`.gitignore` 使除 `study.yaml`、本页和示例以外的文件不进入版本库；映射表中也可能有企业名称。请勿外传数据表和答卷。
"""
_GITIGNORE = """\
# Names and answers of firms: only what names nobody goes into version control.
*
!*/
!.gitignore
!study.yaml
!README.md
!/{example}/*.csv
!/instruments/*.yaml
"""
_EXAMPLE_YAML = """\
# SYNTHETIC: made up to show what the tables look like. No firm answered, no place is meant.
# 合成数据：仅为展示各表格式而虚构。
title: {en: "Example of a study, made up", zh: 研究示例（虚构）}
grade: synthetic
boundary: roster
clusters:
  example: {en: Example cluster, zh: 示例集群, folder: .}
"""
_EXAMPLE_README = """\
# Example, made up

Every row here is made up (`grade: synthetic`), to show what goes into each table. Nothing here is read with the study around it.

# 虚构示例

此处各行均为虚构（`grade: synthetic`），仅展示各表内容，不会与外层研究一起读入。
"""


def new_study(
    folder: Path,
    *,
    name: str,
    grade: str,
    clusters: Sequence[str],
    instruments: Sequence[str],
    boundary: str,
) -> list[Path]:
    """Make the folder of a new study and return its files, sorted.

    `name` is its title, the folder's own name its id; `clusters` are ids, each of which gets a folder with every table of
    `contract.tables.TABLES` as a CSV of headers (UTF-8 with byte-order mark). `instruments` may be empty. The folder is written
    beside its place and moved there whole.

    Raises `GumflowError`, with everything wrong at once, for a folder that is not empty, for names, a grade, a boundary or
    instruments that cannot be, and where the folder cannot be written.
    """
    folder = Path(os.path.abspath(folder))
    problems = _problems(folder, name, grade, clusters, instruments, boundary)
    if problems:
        raise GumflowError("The study is not made:\n" + "\n".join(f"  - {p}" for p in problems))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        waiting = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise GumflowError(f"{folder}: the folder cannot be made: {error.strerror or error}") from error
    try:
        # mkdtemp makes private folders; the study, inside, is as readable as any other folder of the user.
        beside = waiting / folder.name
        _write_study(beside, name, grade, clusters, instruments, boundary)
        _write_example(beside / EXAMPLE, grade)
        os.replace(beside, folder)
    except OSError as error:
        raise GumflowError(f"{folder}: the study cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _problems(
    folder: Path, name: str, grade: str, clusters: Sequence[str], instruments: Sequence[str], boundary: str
) -> list[str]:
    """Return what is wrong with the call, one line each, with what would be right."""
    problems = []
    if folder.is_dir() and any(folder.iterdir()):
        problems.append(f"the folder {folder} is not empty; name another, or empty it yourself")
    elif (folder.exists() and not folder.is_dir()) or folder.is_symlink():
        problems.append(f"{folder} is there and is no folder; name another")
    if not _STUDY_NAME.fullmatch(folder.name):
        problems.append(
            f"the folder's name {folder.name!r} is no study's: lower-case letters, digits, _ and -, starting with letter or digit"
        )
    if not name.strip() or any(ord(c) < 32 for c in name):
        problems.append("the name of the study is one line of text and not empty")
    if not clusters:
        problems.append("there is no cluster; name at least one, such as ningbo_apparel")
    for cluster in dict.fromkeys(clusters):
        if not _CLUSTER_NAME.fullmatch(cluster):
            problems.append(
                f"cluster {cluster!r}: lower-case letters, digits and _, starting with letter or digit"
            )
        elif cluster in _TAKEN:
            problems.append(f"cluster {cluster!r}: that folder is used for something else; name it otherwise")
        elif list(clusters).count(cluster) > 1:
            problems.append(f"cluster {cluster!r} is named twice")
    known = instrument_names()
    for what, given, allowed in (
        ("grade", [grade], list(GRADES)),
        ("boundary", [boundary], list(BOUNDARIES)),
        ("instrument", list(instruments), known),
    ):
        problems += [
            f"there is no {what} {value!r}; it is one of {', '.join(allowed)}"
            for value in given
            if value not in allowed
        ]
    problems += [
        f"instrument {i!r} is named twice" for i in sorted({*instruments}) if list(instruments).count(i) > 1
    ]
    return problems


def _write_study(
    folder: Path, name: str, grade: str, clusters: Sequence[str], instruments: Sequence[str], boundary: str
) -> None:
    write_text(_study_yaml(name, grade, clusters, instruments, boundary), folder / "study.yaml")
    write_table(_rows(MAPPING_COLUMNS, ()), folder / MAPPING)
    for cluster in clusters:
        for table in TABLES:
            write_table(_rows(_columns(table, grade), ()), folder / cluster / f"{table}.csv")
        (folder / cluster / ANSWERS).mkdir()
    confidential = grade in CONFIDENTIAL_GRADES
    write_text(_readme(name, confidential), folder / "README.md")
    if confidential:
        write_text(_GITIGNORE.format(example=EXAMPLE), folder / ".gitignore")


def _write_example(folder: Path, grade: str) -> None:
    for table in TABLES:
        write_table(_rows(_columns(table, grade), _EXAMPLE_ROWS[table]), folder / f"{table}.csv")
    write_table(_rows(MAPPING_COLUMNS, [_EXAMPLE_MAPPING]), folder / MAPPING)
    write_text(_EXAMPLE_YAML, folder / "study.yaml")
    write_text(_EXAMPLE_README, folder / "README.md")


def _columns(table: str, grade: str) -> tuple[str, ...]:
    """Return the table's columns; places in a book are asked for where the data are coded from text."""
    names = (f.name for f in table_contract(table).fields)
    return tuple(n for n in names if grade == "case" or table == "statements" or n not in _LOCATOR)


def _rows(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    return pd.DataFrame([[row.get(c, "") for c in columns] for row in rows], columns=columns, dtype="str")


def _study_yaml(
    name: str, grade: str, clusters: Sequence[str], instruments: Sequence[str], boundary: str
) -> str:
    listed = ", ".join(instruments)
    return _STUDY_YAML.format(
        # JSON text is YAML text, whatever characters the name holds.
        title=json.dumps(name.strip(), ensure_ascii=False),
        grade=grade,
        boundary=boundary,
        known=", ".join(instrument_names()),
        instruments=f"instruments: [{listed}]" if listed else "# instruments: [relational_module]",
        first=clusters[0],
        # A name of digits alone would be read as a number; in quotes it stays a name.
        clusters="\n".join(f'  "{c}": {{en: "{c}", zh: "{c}", folder: "{c}"}}' for c in clusters),
    )


def _readme(name: str, confidential: bool) -> str:
    contracts = [table_contract(t) for t in TABLES]
    return _README.format(
        title=name.strip(),
        answers=ANSWERS,
        mapping=MAPPING,
        example=EXAMPLE,
        files_en="\n".join(f"- `{t.name}.csv`: {t.en.partition(': ')[2] or t.en}." for t in contracts),
        files_zh="\n".join(f"- `{t.name}.csv`：{t.zh.partition('：')[2] or t.zh}。" for t in contracts),
        private_en=_PRIVATE_EN if confidential else "",
        private_zh=_PRIVATE_ZH if confidential else "",
    )
