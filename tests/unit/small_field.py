"""A small confidential study as it comes from the field: firms with telling names, a short questionnaire, and its export in each tool's form."""

from collections.abc import Mapping
from pathlib import Path

from small_exports import csv_bytes, xlsx_bytes

from gumflow.contract.study import Study, find_study

INSTRUMENT = """\
instrument: short
title: {en: Short, zh: 短问卷}
source: {en: made up, zh: 自编}
sections: [{id: one, en: One, zh: 一}]
questions:
  - id: Q00
    section: one
    en: Who answers
    zh: 由谁作答
    items:
      - {id: Q00.name, type: identity, role: identity, en: Name, zh: 企业名称}
      - {id: Q00.phone, type: identity, role: identity, en: Telephone, zh: 联系电话}
  - id: Q01
    section: one
    printed: 1
    en: Staff
    zh: 员工人数
    items: [{id: Q01, type: number, role: driver, unit: persons, whole: true, minimum: 1}]
  - id: Q02
    section: one
    printed: 2
    en: Ways to new products
    zh: 新产品来源
    items:
      - id: Q02
        type: several
        role: driver
        options:
          - {code: design, en: Own design, zh: 自行设计, printed: 1}
          - {code: copy, en: Copies, zh: 仿制, printed: 2}
          - {code: other, en: Other, zh: 其他, printed: 3, fill_in: true}
  - id: Q03
    section: one
    printed: 3
    en: Whom do you ask for advice
    zh: 向谁请教技术
    items:
      - id: Q03
        type: relation
        role: driver
        minimum: 0
        maximum: 3
        whole: true
        relation: {layer: knowledge, flow: to_respondent, alters: roster, kinds: [firm], place: inside, fills: strength}
  - id: Q04
    section: one
    printed: 4
    en: Buyers elsewhere
    zh: 外地采购商
    items:
      - id: Q04
        type: relation
        role: driver
        minimum: 0
        maximum: 100
        relation: {layer: pipeline, flow: from_respondent, alters: names, kinds: [buyer], place: outside, fills: strength}
indicators:
  - {id: staff, en: staff, zh: 员工, kind: value, item: Q01, construct: absorptive_capacity, direction: 1}
"""

STUDY_YAML = """\
title: {en: Valves, zh: 阀门}
grade: survey
boundary: roster
instruments: [short]
clusters:
  valves: {en: Valves, zh: 阀门, folder: .}
"""
ACTORS = """\
actor,label_en,label_zh,kind,place,credit_code,phone
hongda,Hongda Valve Co. Ltd,玉环宏达阀门有限公司,firm,local,91331021MA2AAAAA1X,13805861234
mingfeng,Mingfeng Fittings,玉环明峰管件厂,firm,local,91331021MA2AAAAA2Y,13805861235
qianlong,Qianlong Faucets,玉环乾隆水龙头厂,firm,local,91331021MA2AAAAA3Z,13805861236
"""
ALIASES = "name,actor\n宏达,hongda\nDragon Taps,qianlong\n"
BUYER = "巴黎莫兰百货"
TOLD = (
    "hongda", "mingfeng", "qianlong", "Hongda", "Mingfeng", "Qianlong", "宏达", "明峰", "乾隆", "Dragon Taps", "91331021MA2AAAAA1X",
    "13805861234", "13805861236", BUYER, "林师傅",
)  # fmt: skip
"""What must stand in no file outside `restricted/`."""

WIDE = [
    ["respondent", "Q00.name", "Q00.phone", "Q01", "Q02", "Q02_other_text", "Q03[宏达]", "Q03[玉环明峰管件厂]", f"Q04[{BUYER}]"],
    ["玉环宏达阀门有限公司", "玉环宏达阀门有限公司", "13805861234", "１２０", "design copy", "", "", "2", "40"],
    ["mingfeng", "玉环明峰管件厂", "13805861235", "35", "other", "跟林师傅学", "3", "", ""],
    ["Dragon Taps", "玉环乾隆水龙头厂", "13805861236", "8", "copy", "", "1", "0", "5"],
]  # fmt: skip
"""Three firms: each names others, one a buyer that is no actor; a full-width number and words that name a person."""

LONG = [
    ["respondent", "question", "option", "alter", "value"],
    *[[who, "Q00.name", "", "", name] for who, name in (("hongda", "玉环宏达阀门有限公司"), ("mingfeng", "玉环明峰管件厂"), ("qianlong", "玉环乾隆水龙头厂"))],
    *[["hongda", "Q01", "", "", "120"], ["mingfeng", "Q01", "", "", "35"], ["qianlong", "Q01", "", "", "8"]],
    *[["hongda", "Q02", "", "", "design"], ["hongda", "Q02", "", "", "copy"], ["qianlong", "Q02", "", "", "copy"]],
    ["mingfeng", "Q02", "", "", "other〖跟林师傅学〗"],
    *[["hongda", "Q03", "", "玉环明峰管件厂", "2"], ["mingfeng", "Q03", "", "宏达", "3"]],
    *[["qianlong", "Q03", "", "宏达", "1"], ["qianlong", "Q03", "", "玉环明峰管件厂", "0"]],
    *[["hongda", "Q04", "", BUYER, "40"], ["qianlong", "Q04", "", BUYER, "5"]],
]  # fmt: skip

_HEAD = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
WENJUANXING = [
    [*_HEAD, "1、企业名称", "2、联系电话", "3、员工人数", "4、新产品来源", "5、向谁请教技术(宏达)", "5、向谁请教技术(玉环明峰管件厂)", f"第6题({BUYER})"],
    ["1", "2026/5/2 10:00:00", "80秒", "微信", "N/A", "192.0.2.7(浙江-台州)", "玉环宏达阀门有限公司", "13805861234", "120", "自行设计┋仿制", "", "2", "40"],
    ["2", "2026/5/2 11:00:00", "80秒", "微信", "N/A", "192.0.2.8(浙江-台州)", "玉环明峰管件厂", "13805861235", "35", "其他〖跟林师傅学〗", "3", "", ""],
    ["3", "2026/5/2 12:00:00", "80秒", "微信", "N/A", "192.0.2.9(浙江-台州)", "玉环乾隆水龙头厂", "13805861236", "8", "仿制", "1", "0", "5"],
]  # fmt: skip
WENJUANXING_MAPPING = """\
source,option,question,code,note
submitted,,@submitted,,
Q1,,@respondent,,
Q2,,Q00.phone,,
Q3,,Q01,,
Q4,,Q02,,
Q5,,Q03,,
Q6,,Q04,,
"""


def kobo() -> dict[str, list[list[object]]]:
    """Return the sheets of a KoboToolbox export of the form that gumflow makes: the submissions, and one sheet for each repeat."""
    head = ["start", "consent", "respondent", "identity/Q00_name", "identity/Q00_phone", "short_one/Q01", "short_one/Q02", "short_one/Q02/design", "short_one/Q02/copy", "short_one/Q02/other", "short_one/Q02_other_text", "short_one/Q03", "short_one/Q04_count", "_id", "_uuid", "_index", "deviceid"]  # fmt: skip
    main = [head]
    for index, (actor, name, phone, staff, ways, words, asked, buyers) in enumerate(
        (
            ("hongda", "玉环宏达阀门有限公司", "13805861234", 120, "design copy", "", "mingfeng", 1),
            ("mingfeng", "玉环明峰管件厂", "13805861235", 35, "other", "跟林师傅学", "hongda", 0),
            ("qianlong", "玉环乾隆水龙头厂", "13805861236", 8, "copy", "", "hongda mingfeng", 1),
        ),
        start=1,
    ):
        ticks = [int(way in ways.split()) for way in ("design", "copy", "other")]
        main.append(["2026-05-02T10:00:00", "yes", actor, name, phone, staff, ways, *ticks, words, asked, buyers, index, f"u{index}", index, f"ee.kobo:{index}"])  # fmt: skip
    tail = ["_index", "_parent_table_name", "_parent_index", "_submission__id", "_submission__uuid"]
    sheets = {"Valves": main}
    entries: Mapping[str, list[tuple[int, str, int]]] = {
        "Q03": [(1, "mingfeng", 2), (2, "hongda", 3), (3, "hongda", 1), (3, "mingfeng", 0)],
        "Q04": [(1, BUYER, 40), (3, BUYER, 5)],
    }
    for item, rows in entries.items():
        path = f"short_one/{item}_each/{item}"
        sheets[f"{item}_each"] = [
            [f"{path}_alter", f"{path}_value", *tail],
            *[[who, value, n, "Valves", at, at, f"u{at}"] for n, (at, who, value) in enumerate(rows, 1)],
        ]
    return sheets


EXPORTS: dict[str, dict[str, bytes]] = {
    "plain_wide": {"answers/export.csv": csv_bytes(WIDE, encoding="gb18030")},
    "plain_long": {"answers/export.csv": csv_bytes(LONG)},
    "wenjuanxing": {
        "answers/All_Data_Readable.xlsx": xlsx_bytes({"Sheet1": WENJUANXING}),
        "mapping.csv": WENJUANXING_MAPPING.encode(),
    },
    "kobo": {"answers/valves.xlsx": xlsx_bytes(kobo())},
}
"""The same answers as each tool exports them, with the mapping where what the headers say is not certain."""


def field_study(folder: Path, files: Mapping[str, str | bytes]) -> Study:
    """Write the study with the given files besides or instead, and find it."""
    usual = {
        "study.yaml": STUDY_YAML,
        "actors.csv": ACTORS,
        "aliases.csv": ALIASES,
        "instruments/short.yaml": INSTRUMENT,
    }
    for name, content in {**usual, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return find_study(folder)
