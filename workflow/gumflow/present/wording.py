"""The words that figures and pages use for the model's kinds, layers, states and grades, in English and Chinese."""

from typing import NamedTuple

from gumflow.contract.errors import GumflowError

LANGUAGES = ("en", "zh")
GRADES = ("case", "survey", "interview", "official", "synthetic")


class Words(NamedTuple):
    """One text in both languages."""

    en: str
    zh: str

    def __call__(self, language: str) -> str:
        """Return the text in `en` or `zh`; raise `GumflowError` for another language."""
        return self.zh if checked_language(language) == "zh" else self.en


SYNTHETIC = Words("SYNTHETIC DATA", "模拟数据")
NOT_STATED = Words("not stated", "未说明")
SOURCE = Words("Source: ", "来源：")

KINDS = {
    "firm": Words("firm", "企业"),
    "association": Words("association", "行业协会"),
    "government": Words("government", "政府"),
    "regulator": Words("regulator", "监管机构"),
    "university": Words("university, school", "院校"),
    "research": Words("research institute", "科研机构"),
    "platform": Words("service platform", "服务平台"),
    "finance": Words("finance", "金融机构"),
    "market": Words("market", "专业市场"),
    "fair": Words("fair", "展会"),
    "buyer": Words("buyer", "采购商"),
    "supplier": Words("supplier", "供应商"),
    "place": Words("place", "地区"),
    "class": Words("class of actors", "一类主体"),
    "person": Words("person", "个人"),
    "other": Words("other", "其他"),
}

GROUPS = {
    "firm": Words("firm network", "企业网络"),
    "association": Words("association network", "行业协会网络"),
    "government": Words("government network", "地方政府网络"),
    "influence": Words("influence", "权力影响"),
    "pipeline": Words("pipeline (leaves the cluster)", "通向集群之外"),
}

# Which group of governance a layer belongs to; parent, ownership and conflict belong to none.
LAYER_GROUPS = {
    **dict.fromkeys(
        ("transaction", "knowledge", "social", "innovation", "mobility", "credit", "rivalry", "trust"), "firm"
    ),
    "membership": "association",
    "service": "association",
    "policy": "government",
    "influence": "influence",
    "pipeline": "pipeline",
}

STATES = {
    "achieved": Words("achieved", "已有"),
    "partial": Words("partial", "部分"),
    "lacking": Words("lacking", "缺乏"),
    "recommended": Words("recommended", "建议"),
}

EVENTS = {
    "founding": Words("founding", "设立"),
    "milestone": Words("milestone", "节点"),
    "policy": Words("policy", "政策"),
    "rule": Words("rule", "规则"),
    "shock": Words("shock", "冲击"),
    "shakeout": Words("shakeout", "洗牌"),
}

STAGES = {
    "design": Words("Design", "设计"),
    "making": Words("Making", "制造"),
    "marketing": Words("Marketing", "营销"),
    "brand": Words("Brand", "品牌"),
}
ASPECTS = {
    "capital": Words("Capital", "资金"),
    "technology": Words("Technology", "技术"),
    "talent": Words("Talent", "人才"),
}
LEVELS = {"low": Words("low", "低"), "medium": Words("medium", "中"), "high": Words("high", "高")}
DRIVERS = {
    "buyer": Words("buyer-driven", "购买者驱动"),
    "producer": Words("producer-driven", "生产者驱动"),
    "mixed": Words("mixed", "混合驱动"),
}
GOVERNANCE_TYPES = {
    "market": Words("market", "市场型"),
    "modular": Words("modular", "模块型"),
    "relational": Words("relational", "关系型"),
    "captive": Words("captive", "俘获型"),
    "hierarchy": Words("hierarchy", "等级型"),
}

SIGNS = {"about": "≈", "over": ">", "under": "<"}


GROUPINGS = {"kind": Words("kind of actor", "主体类别"), "place": Words("place", "地点")}


def group_words(column: str) -> Words:
    """Return what the groups of a study are called: a column of actors.csv, under its own name if it has no other."""
    return GROUPINGS.get(column, Words(column, column))


def checked_language(language: str) -> str:
    """Return the language if figures speak it; raise `GumflowError` otherwise."""
    if language not in LANGUAGES:
        raise GumflowError(f"language is {language!r}; allowed: {', '.join(LANGUAGES)}")
    return language


def checked_grade(grade: str) -> str:
    """Return the grade if it is one of the known ones; raise `GumflowError` otherwise."""
    if grade not in GRADES:
        raise GumflowError(f"grade is {grade!r}; allowed: {', '.join(GRADES)}")
    return grade
