"""The two questionnaires to firms against the print: written here once more by hand, number by number."""

import re
from collections import Counter
from math import isclose, log

import pytest

from gumflow.contract.instrument import CHOICES, Indicator, Instrument, Item, load_instrument
from gumflow.contract.model import Model, load_model
from gumflow.present.instruments import instruments_page

NINGBO, YONGKANG = "ningbo_apparel", "yongkang_hardware"
MODEL = load_model()
FIRMS = {name: load_instrument(name, MODEL) for name in (NINGBO, YONGKANG)}
ITEMS: dict[str, Item] = {i.id: i for firms in FIRMS.values() for i in firms.items.values()}

POLICIES = "资金 税收 出口 职工培训 人才引进 其他 信息"
IMPROVE = "优惠 效率 交通 合作 其他"
ASSOCIATION = "信息 人才引进 贸易摩擦 培训 技术转移 其他"
CERTIFICATES = "9000 8000 AS9000 QS9000 环境 CE EPA CCC UL 其他"
OWNERSHIP = "民营 国有 股份 合资 外商"
SCHOOLING = "研究生 本科 中专 初中"
IMPORTANCE = "非常重要 比较重要 不重要 没有感觉"
HELP = "非常大 比较大 不大 没有感觉"
WEAK = "竞争 技术含量 依赖 其他"
LEARN = "职工 同行 考察 其他"
STRENGTHS = "自身 采购商 其他企业 国内专利 国外专利 科研院所 其他公司"
YES_NO = "是 否"

PRINTED = {
    "NB01.jobs": "普通 管理 技术", "NB02": SCHOOLING, "NB03.type": OWNERSHIP,
    "NB04.stages": "设计 纺纱 面料 服装 贸易 品牌", "NB04.shares": "设计 纺纱 面料 服装 贸易 品牌",
    "NB05.level": "国内一般 国内领先 国际一般 国际领先", "NB08": "国内 发达 发展中",
    "NB09": "自有品牌 国内企业贴牌 国外企业贴牌 国内企业做设计 国外企业做设计", "NB10.channels": "国外客户 外贸公司 其他企业",
    "NB13": "协作 外包", "NB14": "全部 少数 调整", "NB15": CERTIFICATES, "NB16": "贵公司 客户", "NB17": WEAK,
    "NB18.give": YES_NO, "NB18.kinds": "品质 更新技术 更快 资金 市场信息 培训 其他", "NB19": LEARN, "NB20": STRENGTHS,
    "NB21.get": YES_NO, "NB21.kinds": "品质 更新技术 挑剔 更快 准时 资金 市场信息 培训 其他",
    "NB21.rank": "品质 更新技术 挑剔 更快 准时 资金 市场信息 培训 其他",
    "NB22.standards": "纤维 色牢度 起球 其他", "NB22.differ": YES_NO, "NB22.stricter": "内销 外销",
    "NB23": "技术 面料 设备 设计 资金 调研 其他", "NB24": "设计 装备 工艺 质量 其他",
    "NB25": "技术 骨干 装备 议价 信息 潜力 其他", "NB26.rd": YES_NO,
    "NB26.barriers": "买到 人才 伙伴 装备 信息 资金 院所 政策", "NB26.rank": "买到 人才 伙伴 装备 信息 资金 院所 政策",
    "NB27": YES_NO, "NB28": "国际 亚洲 著名 一般", "NB29": "创新 设计 档次 销售 设计 控制 激烈 文化 经费 政府",
    "NB30": YES_NO, "NB31": "是 否 不确定", "NB32": "订单 商标 封锁 其他", "NB33.kinds": POLICIES, "NB33.rank": POLICIES,
    "NB34": IMPORTANCE, "NB35": IMPROVE, "NB36.kinds": ASSOCIATION, "NB36.rank": ASSOCIATION, "NB37": IMPORTANCE,
    "NB38": HELP, "NB39": HELP, "NB40": HELP,
    "YK01": "股份有限 非股份", "YK02.type": OWNERSHIP, "YK03.jobs": "普通 技术 管理", "YK04": SCHOOLING,
    "YK05.level": "国家 浙江 金华 永康", "YK05.trademarks": "国内 国外", "YK06": "贴牌 自有",
    "YK07": "装配 零配件 自行车 体育 滑板车 电动工具 不锈钢 防盗门 其他", "YK08": YES_NO, "YK09": YES_NO, "YK10": YES_NO,
    "YK11": "是 否 不确定", "YK12": "上升 不变 略有 明显", "YK13.abroad": "拉斯维加斯 科隆 毕尔巴鄂 迪拜 阿根廷 其他",
    "YK13.home": "广交会 永康 江苏 宁波 青岛 天津 东北 其他", "YK14": YES_NO, "YK15": CERTIFICATES, "YK16": YES_NO,
    "YK17": "贵公司 客户", "YK18": WEAK, "YK19": "协作 外包", "YK20": "质量 价格 及时 环境 环保 劳工 其他",
    "YK21": "培训 设备 市场信息 标准 其他", "YK22": YES_NO, "YK23": YES_NO, "YK24": YES_NO, "YK25": YES_NO,
    "YK26": "国内 欧洲 北美 亚洲 其他", "YK27": "10家 50家 100家 200家 以上", "YK28": "永康 本省 全国 进口",
    "YK29": "自行 采购商自行 共同", "YK30": "少于1周 4周 12周 12周以上", "YK31": LEARN, "YK32": STRENGTHS,
    "YK33.kinds": POLICIES, "YK33.rank": POLICIES, "YK34": IMPORTANCE, "YK35": IMPROVE, "YK36.kinds": ASSOCIATION,
    "YK36.rank": ASSOCIATION, "YK37": IMPORTANCE, "YK38": HELP, "YK39": HELP, "YK40": HELP,
}  # fmt: skip
"""Of each item with options, a word of each option in printed order."""

NUMBERS = {
    "NB01.employees", "NB05.capacity", "NB07.domestic", "NB07.local", "NB07.foreign", "NB10.trading_local", "NB10.firms_local",
    *(f"NB06.{what}_{year}" for what in ("exports", "oem", "own") for year in ("y0", "y1", "y2")), "YK03.employees",
}  # fmt: skip
SHARES = {"NB01.jobs", "NB02", "NB04.shares", "NB08", "YK03.jobs", "YK04", "YK06", "YK28", "YK29"}
RANKS = {
    "NB21.rank": "NB21.kinds", "NB26.rank": "NB26.barriers", "NB33.rank": "NB33.kinds", "NB36.rank": "NB36.kinds",
    "YK33.rank": "YK33.kinds", "YK36.rank": "YK36.kinds",
}  # fmt: skip
SEVERAL = {
    "NB04.stages", "NB09", "NB10.channels", "NB15", "NB17", "NB18.kinds", "NB19", "NB20", "NB21.kinds", "NB22.standards", "NB23",
    "NB24", "NB25", "NB26.barriers", "NB29", "NB32", "NB33.kinds", "NB35", "NB36.kinds", "YK05.trademarks", "YK07", "YK13.abroad",
    "YK13.home", "YK15", "YK18", "YK20", "YK21", "YK26", "YK31", "YK32", "YK33.kinds", "YK35", "YK36.kinds",
}  # fmt: skip
ASKED_IF = {
    "NB03.origin": ("NB03.type", 5), "NB10.channels": ("NB09", 3), "NB10.trading_local": ("NB10.channels", 2),
    "NB10.firms_local": ("NB10.channels", 3), "NB17": ("NB16", 2), "NB18.kinds": ("NB18.give", 1), "NB21.kinds": ("NB21.get", 1),
    "NB21.rank": ("NB21.get", 1), "NB22.stricter": ("NB22.differ", 1), "NB28": ("NB27", 1), "NB29": ("NB27", 1), "NB30": ("NB27", 2),
    "NB32": ("NB31", 1), "YK02.origin": ("YK02.type", 5), "YK18": ("YK17", 2),
}  # fmt: skip
"""Item: the item that it hangs on, and the printed number of the option."""

TICK_RULES = {
    "keep": {"NB03.type", "YK02.type"},
    "mean": {"NB13", "NB14", "NB16", "YK12", "YK17", "YK19", "YK30"},
    "highest": {"NB05.level", "NB28", "NB34", "NB37", "NB38", "NB39", "NB40", "YK05.level", "YK27", "YK34", "YK37", "YK38", "YK39", "YK40"},
}  # fmt: skip
SAME = {
    "YK02.type": "NB03.type", "YK02.origin": "NB03.origin", "YK03.employees": "NB01.employees", "YK03.jobs": "NB01.jobs",
    "YK04": "NB02", "YK11": "NB31", "YK14": "NB26.rd", "YK15": "NB15", "YK17": "NB16", "YK18": "NB17", "YK19": "NB13", "YK31": "NB19",
    "YK32": "NB20", "YK33.kinds": "NB33.kinds", "YK33.rank": "NB33.rank", "YK34": "NB34", "YK35": "NB35", "YK36.kinds": "NB36.kinds",
    "YK36.rank": "NB36.rank", "YK37": "NB37", "YK38": "NB38", "YK39": "NB39", "YK40": "NB40",
}  # fmt: skip
RECODED = {
    "YK05.level": "NB28", "YK06": "NB06.own_y0", "YK16": "NB12", "YK21": "NB21.kinds", "YK26": "NB08", "YK28": "NB07.local",
}  # fmt: skip
CONTEXT = {
    "NB30",
    "NB01.employees", "NB03.type", "NB03.origin", "NB05.capacity", "YK01", "YK02.type", "YK02.origin", "YK03.employees", "YK07", "YK08",
}  # fmt: skip
OUTCOMES = {
    "NB04.stages", "NB04.shares", "NB05.level", "NB09", "NB24", "NB27", "NB28", "YK05.level", "YK05.trademarks", "YK06", "YK10", "YK12",
    "YK22", "YK24", "YK25", "YK29", "YK30", *(f"NB06.{what}_{year}" for what in ("exports", "oem", "own") for year in ("y0", "y1", "y2")),
}  # fmt: skip


def by_id(instrument: Instrument) -> dict[str, Indicator]:
    return {i.id: i for i in instrument.indicators}


def computed(instrument: Instrument, wanted: str, known: dict[str, float]) -> float:
    """Work out a formula by Python's own arithmetic; `known` has its items and the indicators that are no formula."""
    formula = by_id(instrument)[wanted].formula

    def number(match: re.Match[str]) -> str:
        name = match[0]
        if name in ("ln", "max"):
            return name
        return repr(known[name] if name in known else computed(instrument, name, known))

    plain = re.sub(r"[A-Za-z][A-Za-z0-9_.]*", number, formula)
    return float(eval(plain, {"ln": log, "max": max}))


@pytest.mark.parametrize(("name", "letters"), [(NINGBO, "NB"), (YONGKANG, "YK")])
def test_forty_questions_stand_in_printed_order_behind_the_identity_block(name: str, letters: str) -> None:
    questions = FIRMS[name].questions
    assert [q.id for q in questions] == [f"{letters}{n:02d}" for n in range(41)]
    assert [q.printed for q in questions] == list(range(41))
    assert questions[0].section == "identity"
    assert {q.section for q in questions[1:]} == set(FIRMS[name].sections) - {"identity"}


def test_the_sections_of_ningbo_begin_where_the_print_has_them() -> None:
    first: dict[str, int] = {}
    for q in FIRMS[NINGBO].questions:
        first.setdefault(q.section, q.printed)
    assert list(first.values()) == [0, 1, 9, 19, 26, 33, 36, 38]


@pytest.mark.parametrize("name", FIRMS)
def test_the_identity_block_is_apart(name: str) -> None:
    block = FIRMS[name].questions[0].items
    assert [i.id.partition(".")[2] for i in block] == ["name", "address", "contact"]
    assert {i.id for i in FIRMS[name].items.values() if i.role == "identity" or i.type == "identity"} == {
        i.id for i in block
    }
    asked = {i.item for i in FIRMS[name].indicators}
    assert not asked & {i.id for i in block}


def test_every_item_with_options_is_in_the_table_of_the_print() -> None:
    assert {i for i, item in ITEMS.items() if item.options} == set(PRINTED)


@pytest.mark.parametrize("item", PRINTED)
def test_options_stand_in_printed_order(item: str) -> None:
    words, options = PRINTED[item].split(), ITEMS[item].options
    assert len(options) == len(words)
    assert [o.printed for o in options] == list(range(1, len(words) + 1))
    for word, option in zip(words, options, strict=True):
        assert word in option.zh
        assert (word == "其他") == (option.code == "other") == (option.fill_in and option.code != "policy")


def test_types_are_those_of_the_print() -> None:
    types = {i: item.type for i, item in ITEMS.items() if item.role != "identity"}
    assert {i for i, t in types.items() if t == "number"} == NUMBERS
    assert {i for i, t in types.items() if t == "shares"} == SHARES
    assert {i for i, t in types.items() if t == "several"} == SEVERAL
    assert {i for i, t in types.items() if t == "scale"} == {"NB11", "NB12"}
    assert {i for i, t in types.items() if t == "text"} == {"NB03.origin", "YK02.origin"}
    assert {i: ITEMS[i].ranks for i, t in types.items() if t == "rank"} == RANKS
    single = (
        set(types) - NUMBERS - SHARES - SEVERAL - set(RANKS) - {"NB11", "NB12", "NB03.origin", "YK02.origin"}
    )
    assert {i for i, t in types.items() if t == "single"} == single
    assert all((ITEMS[i].minimum, ITEMS[i].maximum) == (0, 5) for i in ("NB11", "NB12"))


def test_numbers_have_units_and_limits() -> None:
    assert all(ITEMS[i].unit and ITEMS[i].minimum is not None for i in NUMBERS)
    assert all(ITEMS[i].unit == "percent" for i in SHARES)
    counts = {i for i in NUMBERS if ITEMS[i].unit in ("persons", "firms")}
    assert {i for i in NUMBERS if ITEMS[i].whole} == counts
    assert {i for i in NUMBERS if ITEMS[i].minimum == 1} == {"NB01.employees", "YK03.employees"}
    assert Counter(ITEMS[i].unit for i in NUMBERS)["10k CNY"] == 9


def test_skips_are_those_of_the_print() -> None:
    found = {i: item.asked_if for i, item in ITEMS.items() if item.asked_if}
    assert set(found) == set(ASKED_IF)
    for item, (gate, printed) in ASKED_IF.items():
        condition = found[item]
        assert condition is not None
        assert condition.item == gate
        assert condition.options == (ITEMS[gate].options[printed - 1].code,)


def test_each_single_item_has_its_rule_for_several_ticks() -> None:
    rules = {i: item.several_ticks for i, item in ITEMS.items() if item.type == "single"}
    for rule, items in TICK_RULES.items():
        assert {i for i, r in rules.items() if r == rule} == items
    refused = [i for i, r in rules.items() if r == "refuse"]
    # What is refused is a contradiction: yes and no, one legal form and the other, stricter here and there.
    assert {i for i in refused if ITEMS[i].options[0].code != "yes"} == {"YK01", "NB22.stricter"}


def test_each_item_has_the_role_written_here() -> None:
    roles = {i: item.role for i, item in ITEMS.items() if item.role != "identity"}
    assert {i for i, role in roles.items() if role == "context"} == CONTEXT
    assert {i for i, role in roles.items() if role == "outcome"} == OUTCOMES
    assert all(ITEMS[i].constructs for i, role in roles.items() if role != "context")
    assert all(
        ITEMS[i].note
        for i in ("NB05.level", "NB15", "NB24", "NB28", "YK05.trademarks", "YK15", "YK22", "YK29")
    )


WAYS = {
    NINGBO: {"technical": {"tech_level"}, "innovative": {"own_design"}, "linkage": {"brand_abroad"}, "social": set()},
    YONGKANG: {"technical": set(), "innovative": {"trademark_home"}, "linkage": {"trademark_abroad"}, "social": {"sup_mgmt"}},
}  # fmt: skip
"""What counts for each way; a way without is withheld."""


@pytest.mark.parametrize("name", FIRMS)
def test_each_way_is_fed_by_these_items_and_no_answer_counts_twice(name: str, model: Model) -> None:
    counting = [i for i in FIRMS[name].indicators if i.direction]
    for way, expected in WAYS[name].items():
        assert {i.id for i in counting if model.constructs[i.construct].get("way") == way} == expected
    used: dict[tuple[str, str], set[str]] = {}
    for indicator in counting:
        if model.constructs[indicator.construct].get("role") != "outcome":
            continue
        for item in fed(FIRMS[name], indicator):
            for option in indicator.options or ("",):
                used.setdefault((item, option), set()).add(indicator.construct)
    # What is read as a whole and by options is read twice.
    for (item, option), constructs in used.items():
        assert len(constructs) == 1, (item, option)
        assert option == "" or (item, "") not in used, item


def fed(instrument: Instrument, indicator: Indicator) -> set[str]:
    if indicator.kind != "formula":
        return {indicator.item}
    names = set(re.findall(r"[A-Za-z][A-Za-z0-9_.]*", indicator.formula)) - {"ln", "max"}
    own = by_id(instrument)
    return set().union(*(fed(instrument, own[n]) if n in own else {n} for n in names))


@pytest.mark.parametrize("name", FIRMS)
def test_no_item_feeds_drivers_and_outcomes(name: str, model: Model) -> None:
    roles: dict[str, set[str]] = {}
    for indicator in FIRMS[name].indicators:
        for item in fed(FIRMS[name], indicator):
            roles.setdefault(item, set()).add(model.constructs[indicator.construct].get("role"))
            assert indicator.construct in ITEMS[item].constructs
    assert {item: found for item, found in roles.items() if len(found) > 1} == {}
    bears = {i.id for i in FIRMS[name].items.values() if i.constructs}
    assert bears - set(roles) <= {"NB04.stages", "NB05.capacity"}


def test_pooled_pairs_are_mutual_and_complete() -> None:
    pooled = {i: item.pools_with for i, item in ITEMS.items() if item.pools_with}
    for pairs, how in ((SAME, "same"), (RECODED, "recoded")):
        both = pairs | {there: here for here, there in pairs.items()}
        assert {i: p.item for i, p in pooled.items() if p and p.how == how} == both
    assert all(p.note for p in pooled.values() if p and p.how == "recoded")


@pytest.mark.parametrize("here", SAME)
def test_what_pools_as_the_same_is_the_same(here: str) -> None:
    one, other = ITEMS[here], ITEMS[SAME[here]]

    def of(item: Item) -> tuple[object, ...]:
        return (
            item.type, item.role, item.constructs, item.direction, item.several_ticks, item.unit, item.minimum, item.tolerance,
            {o.code: (o.en, o.zh, o.score, o.fill_in) for o in item.options},
        )  # fmt: skip

    assert of(one) == of(other)
    if here != "YK03.jobs":
        assert [o.code for o in one.options] == [o.code for o in other.options]


def test_an_indicator_of_both_instruments_means_the_same_in_both() -> None:
    ningbo, yongkang = (by_id(FIRMS[name]) for name in (NINGBO, YONGKANG))
    shared = set(ningbo) & set(yongkang)
    assert len(shared) > 40
    for name in shared:
        one, other = ningbo[name], yongkang[name]
        assert (one.construct, one.direction) == (other.construct, other.direction), name
        if one.item in SAME.values():
            assert (one.kind, one.options, one.divide, one.weights) == (
                other.kind, other.options, other.divide, other.weights,
            ), name  # fmt: skip
            assert (one.en, one.zh) == (other.en, other.zh)


@pytest.mark.parametrize("name", FIRMS)
def test_each_tick_counts_once_in_scores(name: str) -> None:
    counted = Counter(
        (i.item, code)
        for i in FIRMS[name].indicators
        if i.direction and ITEMS.get(i.item) and ITEMS[i.item].type in CHOICES
        for code in i.options
    )
    assert {tick: n for tick, n in counted.items() if n > 1} == {}


def test_other_is_no_certificate_fair_or_product() -> None:
    for item in ("NB15", "YK15", "YK13.abroad", "YK13.home", "YK07"):
        counting = [i for f in FIRMS.values() for i in f.indicators if i.item == item]
        assert counting
        assert not any("other" in i.options for i in counting)
    yongkang = by_id(FIRMS[YONGKANG])
    assert len(yongkang["cert"].options) == 9
    assert len(yongkang["fairs_abroad"].options) == 5
    assert "yongkang" not in yongkang["fairs_china"].options


def test_the_near_doubles_of_question_20_count_once() -> None:
    known = {"plain_demands": 1.0, "environment_demanded": 1.0, "other_demanded": 1.0}
    assert computed(FIRMS[YONGKANG], "complexity", known) == 1
    assert computed(FIRMS[YONGKANG], "complexity", {**known, "environment_demanded": 0.0}) == pytest.approx(
        5 / 6
    )
    assert set(by_id(FIRMS[YONGKANG])["environment_demanded"].options) == {"environment", "environmental_protection"}  # fmt: skip
    assert computed(FIRMS[YONGKANG], "price_only", {"price_demanded": 1.0, "more_than_price": 1.0}) == 0


def test_the_ladder_of_ningbo_does_not_take_what_is_left_for_own_design() -> None:
    known = {"NB06.exports_y0": 1000.0, "NB06.oem_y0": 800.0, "NB06.own_y0": 200.0}
    # OEM .8 and own brand .2: (.8 + 3 * .2) / 3.
    assert computed(FIRMS[NINGBO], "ladder", known) == pytest.approx(1.4 / 3)
    known["NB06.exports_y0"] = 2000.0
    assert computed(FIRMS[NINGBO], "ladder", known) == pytest.approx(1.4 / 3)
    assert computed(FIRMS[NINGBO], "s_rest", known) == pytest.approx(0.5)
    with pytest.raises(ZeroDivisionError):
        computed(FIRMS[NINGBO], "ladder", dict.fromkeys(known, 0.0))


def test_the_ladder_of_yongkang_at_the_means_that_the_book_prints() -> None:
    # Own brand .30; design a third, .40 joint, a quarter by the buyer, rescaled to sum to 1.
    whole = 1 / 3 + 0.4 + 0.25
    known = {"s_contract": 0.7, "s_obm": 0.3, "design_own": (1 / 3 + 0.2) / whole}
    assert computed(FIRMS[YONGKANG], "s_oem", known) == pytest.approx(0.320, abs=5e-4)
    assert computed(FIRMS[YONGKANG], "s_odm", known) == pytest.approx(0.380, abs=5e-4)
    assert computed(FIRMS[YONGKANG], "ladder", known) == pytest.approx(0.660, abs=5e-4)


def test_other_formulas_by_hand() -> None:
    ningbo = FIRMS[NINGBO]
    # 20 suppliers in China, 15 of them local, 5 abroad: external 10, internal 15.
    suppliers = {"NB07.domestic": 20.0, "NB07.local": 15.0, "NB07.foreign": 5.0}
    assert computed(ningbo, "ei_sup", suppliers) == pytest.approx((10 - 15) / (10 + 15))
    assert computed(ningbo, "export_growth", {"NB06.exports_y0": 400.0, "NB06.exports_y2": 100.0}) == pytest.approx(log(2))  # fmt: skip
    for own, oem, place in ((1.0, 0.0, 1.0), (1.0, 1.0, 1.0), (0.0, 1.0, 1 / 3)):
        known = {"own_brand_business": own, "oem_business": oem}
        assert isclose(computed(ningbo, "ladder_business", known), place)
    assert computed(ningbo, "lock", {"lock_ticks": 2 / 3, "retaliation_unsure": 0.0}) == pytest.approx(2 / 3)
    with pytest.raises(ZeroDivisionError):
        computed(ningbo, "lock", {"lock_ticks": 0.0, "retaliation_unsure": 1.0})
    assert computed(ningbo, "oea_hint", {"foreign_fabric": 1.0, "as_ordered": 1.0}) == 1
    smile = by_id(ningbo)["smile"].weights
    assert smile == {"design": 1, "brand_marketing": 1, "trade": 0.5, "fabric": 0.25}


def test_scores_of_ordered_options() -> None:
    def scores(item: str) -> list[float | None]:
        return [o.score for o in ITEMS[item].options]

    assert scores("NB05.level") == [0, 1, 2, 3]
    assert scores("NB28") == scores("YK05.level") == [4, 3, 2, 1]
    assert all(
        scores(f"{letters}{n}") == [3, 2, 1, 0] for letters in ("NB", "YK") for n in (34, 37, 38, 39, 40)
    )
    assert scores("NB31") == [1, 0, 0.5]
    assert scores("NB14") == [1, 0.5, 0]
    assert scores("YK12") == [1, 0.5, 0.25, 0]
    assert scores("YK27") == [5, 30, 75, 150, 250]
    assert scores("YK30") == [3, 2, 1, 0]
    assert scores("NB13") == scores("NB16") == [1, 0]


@pytest.mark.parametrize("name", FIRMS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_two_items_of_an_instrument_have_one_text(name: str, language: str) -> None:
    texts = Counter(i.label(language) for i in FIRMS[name].items.values())
    assert [text for text, n in texts.items() if n > 1] == []


@pytest.mark.parametrize("name", FIRMS)
def test_english_has_no_chinese_and_chinese_has_some(name: str) -> None:
    chinese = re.compile("[\u4e00-\u9fff]")
    for i in FIRMS[name].items.values():
        assert not chinese.search(i.en), i.id
        assert chinese.search(i.zh), i.id
        for o in i.options:
            assert not chinese.search(o.en), (i.id, o.code)
            assert chinese.search(o.zh) or o.code == "iso9000", (i.id, o.code)


def test_the_page_has_every_item_option_and_indicator(model: Model) -> None:
    page = instruments_page(list(FIRMS.values()), model)
    for firms in FIRMS.values():
        for item in firms.items.values():
            row = next(line for line in page.splitlines() if line.startswith(f"| `{item.id}` |"))
            assert item.en in row
            assert item.zh in row
            assert row.replace("\\|", "").count("|") == 13
            if item.type != "rank":
                assert all(f"`{o.code}` {o.en} {o.zh}" in row for o in item.options)
        indicators = page.partition(f"### Indicators: {firms.title['en']}\n")[2].partition("\n## ")[0]
        listed = re.findall(r"^\| `([a-z0-9_]+)` \|", indicators, re.M)
        assert listed == [i.id for i in firms.indicators]


def test_the_page_says_formulas_and_conditions_in_words(model: Model) -> None:
    page = instruments_page([FIRMS[NINGBO]], model)

    def row(name: str) -> list[str]:
        line = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        return [cell.strip() for cell in line.strip("|").split(" | ")]

    assert (
        row("ac_edu")[3]
        == "sum of the shares of `NB02` by weight (`postgraduate` 3, `bachelor` 2, `secondary` 1) / 3"
    )
    assert row("firm_size")[3] == "ln(`NB01.employees`)"
    assert row("dep")[3:6] == ["`NB11` / 5", "Governance of the chain", "−"]
    assert row("direct")[3] == "`NB10.channels`: `direct` over `direct` + `trading_company` + `other_firms`"
    assert row("brand_reach")[3] == "score of the option ticked in `NB28` / 4; 0 where not asked"
    assert row("oem_business")[3] == "1 if `oem_domestic` or `oem_foreign` is ticked in `NB09`, else 0"
    assert "(m − rank + 1) / m in `NB36.rank`" in row("assoc_friction_priority")[3]
    assert row("oea_hint")[3] == "`foreign_fabric * as_ordered`"
    assert row("NB17")[6] == "`NB16`: `buyer`"
    assert row("NB05.level")[7:9] == ["highest", "outcome"]
    assert row("NB07.domestic")[4] == "number, firms, from 0, whole"
    assert row("NB26.rank")[4:6] == ["rank of those ticked in `NB26.barriers`", ""]
    assert row("NB28")[10].startswith("`YK05.level` (recoded) Weak")
