"""The files of a small sound study, which tests change in one place."""

from collections.abc import Callable
from pathlib import Path

from gumflow.contract.findings import Finding

ROOT = Path(__file__).parents[2]

STUDY = """\
title: {en: Test study, zh: 测试研究}
grade: interview
boundary: sample
clusters:
  valley: {en: Valley, zh: 山谷}
"""
ACTORS = """\
actor,label_en,label_zh,kind,place
acme,Acme,甲厂,firm,local
bolt,Bolt,乙厂,firm,local
small_firms,Small firms,小企业,class,local
"""

MakeStudy = Callable[..., Path]
Check = Callable[[Path], list[Finding]]
