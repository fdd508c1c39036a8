"""A small questionnaire with every type of item and every kind of indicator, and exports of it made cell by cell."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gumflow.contract.instrument import Instrument, load_instrument
from gumflow.contract.model import load_model

QUESTIONNAIRE = """\
instrument: small
title: {en: Small, zh: 小问卷}
source: {en: made up, zh: 自编}
sections: [{id: one, en: One, zh: 一}]
questions:
  - {id: S00, section: one, en: Name, zh: 名称, items: [{id: S00.name, type: identity, role: identity}]}
  - id: S01
    section: one
    printed: 1
    en: Who owns the workshop
    zh: 作坊归谁所有
    items:
      - id: S01
        type: single
        role: context
        several_ticks: keep
        options:
          - {code: family, en: Family, zh: 家族, printed: 1}
          - {code: town, en: "Town, village", zh: 乡镇、村集体, printed: 2}
          - {code: other, en: Other, zh: 其他, printed: 3, fill_in: true}
  - id: S02
    section: one
    printed: 2
    en: How good are the machines
    zh: 机器水平如何
    items:
      - id: S02
        type: single
        role: driver
        several_ticks: highest
        options:
          - {code: low, en: low, zh: 低, printed: 1, score: 0}
          - {code: middle, en: middle, zh: 中, printed: 2, score: 1}
          - {code: high, en: high, zh: 高, printed: 3, score: 2}
  - id: S03
    section: one
    printed: 3
    en: Help for suppliers
    zh: 对供应商的帮助
    items:
      - id: S03.give
        type: single
        role: driver
        en: Is help given
        zh: 是否提供帮助
        options: [{code: "yes", en: "Yes", zh: 是, printed: 1}, {code: "no", en: "No", zh: 否, printed: 2}]
      - id: S03.kinds
        type: several
        role: driver
        en: Kinds of help
        zh: 帮助种类
        most: 2
        asked_if: {item: S03.give, options: ["yes"]}
        options:
          - {code: quality, en: Quality, zh: 质量, printed: 1}
          - {code: speed, en: Speed, zh: 速度, printed: 2}
          - {code: funds, en: Funds, zh: 资金, printed: 3}
          - {code: nothing, en: Nothing, zh: 无, printed: 4, excludes: true}
      - {id: S03.rank, type: rank, role: driver, en: Order of help, zh: 帮助排序, ranks: S03.kinds}
  - id: S04
    section: one
    printed: 4
    en: Where are the goods sold
    zh: 产品销往哪里
    items:
      - id: S04
        type: shares
        role: driver
        unit: percent
        options:
          - {code: home, en: Home, zh: 国内}
          - {code: west, en: West, zh: 欧美}
          - {code: east, en: East, zh: 亚洲}
  - id: S05
    section: one
    printed: 5
    en: Exports
    zh: 出口
    items:
      - {id: S05.all, type: number, role: driver, unit: 10k CNY, en: All exports, zh: 出口总额}
      - {id: S05.oem, type: number, role: driver, unit: 10k CNY, en: Under other brands, zh: 贴牌出口}
      - {id: S05.own, type: number, role: driver, unit: 10k CNY, en: Under own brand, zh: 自有品牌出口}
  - id: S06
    section: one
    printed: 6
    en: How many people work here
    zh: 有多少员工
    items: [{id: S06, type: number, role: driver, unit: persons, whole: true, minimum: 1, maximum: 900}]
  - id: S07
    section: one
    printed: 7
    en: How much do you lean on orders
    zh: 对订单的依赖
    items: [{id: S07, type: scale, role: driver, minimum: 0, maximum: 5}]
  - {id: S08, section: one, printed: 8, en: Remarks, zh: 备注, items: [{id: S08, type: text, role: context}]}
  - id: S09
    section: one
    en: Whom do you ask
    zh: 向谁请教
    items:
      - {id: S09.ask, type: relation, role: driver, en: ask, zh: 请教, minimum: 0, maximum: 3, whole: true, relation: {alters: roster, kinds: [firm]}}
      - id: S09.bond
        type: relation
        role: driver
        en: bond
        zh: 关系
        options: [{code: kin, en: kin, zh: 亲属}, {code: friend, en: friend, zh: 朋友}]
        relation: {alters: roster, kinds: [firm]}
      - {id: S09.hired, type: relation, role: driver, en: hired from, zh: 招自, relation: {alters: names, kinds: [firm]}}
indicators:
  - {id: size, en: size, zh: 规模, kind: value, item: S06, log: true, construct: absorptive_capacity, direction: 1}
  - {id: lean, en: lean, zh: 依赖, kind: value, item: S07, divide: 5, construct: absorptive_capacity, direction: -1}
  - {id: machines, en: machines, zh: 机器, kind: score, item: S02, divide: 2, construct: absorptive_capacity, direction: 1}
  - {id: gives, en: gives, zh: 帮助, kind: tick, item: S03.give, options: ["yes"], construct: absorptive_capacity, direction: 1}
  - {id: breadth, en: breadth, zh: 广度, kind: ticks, item: S03.kinds, options: [quality, speed, funds], not_asked_as: 0, construct: absorptive_capacity, direction: 1}
  - {id: hard, en: hard, zh: 硬, kind: ratio, item: S03.kinds, options: [funds], among: [quality, funds], construct: absorptive_capacity, direction: 1}
  - {id: abroad, en: abroad, zh: 国外, kind: ratio, item: S04, options: [west, east], among: [home, west, east], construct: absorptive_capacity, direction: 1}
  - {id: reach, en: reach, zh: 远近, kind: weighted, item: S04, weights: {west: 2, east: 1}, divide: 2, construct: absorptive_capacity, direction: 1}
  - {id: spread, en: spread, zh: 分散, kind: entropy, item: S04, construct: absorptive_capacity, direction: 1}
  - {id: focus, en: focus, zh: 集中, kind: herfindahl, item: S04, construct: absorptive_capacity, direction: 1}
  - {id: first, en: first, zh: 优先, kind: priority, item: S03.rank, options: [quality], construct: absorptive_capacity, direction: 1}
  - {id: oem, en: oem, zh: 贴牌, kind: formula, formula: S05.oem / S05.all, construct: absorptive_capacity, direction: 0}
  - {id: own, en: own, zh: 自有, kind: formula, formula: S05.own / S05.all, construct: absorptive_capacity, direction: 0}
  - {id: rest, en: rest, zh: 其余, kind: formula, formula: "max(0, 1 - oem - own) + 0.5 * abs(-S07)", construct: absorptive_capacity, direction: 0}
"""

CELL = {"record": "r1", "instance": "", "file": "a.xlsx", "sheet": "data", "row": 2, "column": "", "source": "", "option": "", "value": "", "missing": ""}  # fmt: skip


@dataclass(frozen=True)
class SmallExport:
    dialect: str
    cells: pd.DataFrame
    columns: pd.DataFrame


def small_instrument(folder: Path) -> Instrument:
    (folder / "small.yaml").write_text(QUESTIONNAIRE, encoding="utf-8")
    return load_instrument("small", load_model(), folder)


def export_of(
    rows: list[dict], dialect: str = "plain_wide", headers: dict[str, str] | None = None
) -> SmallExport:
    """Make an export of cells, each a dictionary of what differs from `CELL`; the header is the source unless `headers` has one."""
    headers = headers or {}
    cells = pd.DataFrame([CELL | {"column": headers.get(r["source"], r["source"])} | r for r in rows])
    columns = []
    for (file, sheet, source), part in cells.groupby(["file", "sheet", "source"], sort=False):
        options = tuple(dict.fromkeys(o for o in part["option"] if o))
        columns.append(
            (file, sheet, source, headers.get(source, source), "ticks" if options else "scalar", options)
        )
    for name in ("file", "sheet", "column", "source", "option", "missing"):
        cells[name] = cells[name].astype("category")
    names = ["file", "sheet", "source", "shown", "kind", "options"]
    return SmallExport(dialect, cells.astype({"row": "int32"}), pd.DataFrame(columns, columns=names))


def wide(records: dict[str, dict[str, str]], **more: object) -> SmallExport:
    """Make an export of one sheet: respondent -> source or `source[option]` -> value."""
    rows = []
    for row, (respondent, values) in enumerate(records.items(), start=2):
        for name, value in {"respondent": respondent, **values}.items():
            source, _, option = name.partition("[")
            place = {"record": f"k{row}", "row": row, "column": name}
            rows.append({**place, "source": source, "option": option.rstrip("]"), "value": value})
    return export_of(rows, **more)  # type: ignore[arg-type]
