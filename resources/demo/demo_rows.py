"""What the demo study says in so many words: invented names, and ties, figures and events that are not drawn.

No name is that of a real body: each starts with Demo and 演示, and firms are called after trees.
"""

# Tree, its Chinese name, tier (lead, core, periphery), trade. The other trades supply the makers of valves.
FIRMS: tuple[tuple[str, str, str, str], ...] = (
    ("cedar", "雪松", "lead", "valves"),
    ("oak", "橡木", "lead", "valves"),
    ("pine", "青松", "lead", "valves"),
    ("ash", "白蜡", "core", "valves"),
    ("birch", "白桦", "core", "valves"),
    ("elm", "榆木", "core", "valves"),
    ("maple", "红枫", "core", "valves"),
    ("willow", "垂柳", "core", "valves"),
    ("alder", "赤杨", "core", "castings"),
    ("beech", "榉木", "core", "castings"),
    ("larch", "落叶松", "core", "forgings"),
    ("plum", "梅花", "core", "seals"),
    ("cherry", "樱花", "periphery", "valves"),
    ("fir", "冷杉", "periphery", "valves"),
    ("hazel", "榛子", "periphery", "valves"),
    ("poplar", "白杨", "periphery", "valves"),
    ("aspen", "山杨", "periphery", "castings"),
    ("bamboo", "翠竹", "periphery", "castings"),
    ("chestnut", "栗子", "periphery", "castings"),
    ("cypress", "柏木", "periphery", "forgings"),
    ("ginkgo", "银杏", "periphery", "forgings"),
    ("holly", "冬青", "periphery", "forgings"),
    ("juniper", "刺柏", "periphery", "seals"),
    ("laurel", "月桂", "periphery", "seals"),
    ("linden", "椴木", "periphery", "seals"),
    ("locust", "刺槐", "periphery", "fittings"),
    ("mulberry", "桑木", "periphery", "fittings"),
    ("olive", "橄榄", "periphery", "fittings"),
    ("pear", "梨花", "periphery", "machining"),
    ("rowan", "花楸", "periphery", "machining"),
)

TRADES_ZH = {
    "valves": "阀门",
    "castings": "铸件",
    "forgings": "锻件",
    "seals": "密封件",
    "fittings": "管件",
    "machining": "机加工",
}

# Id, English and Chinese name, kind, place.
BODIES: tuple[tuple[str, str, str, str, str], ...] = (
    ("association", "Demo Valve Association", "演示阀门行业协会", "association", "local"),
    ("industry_bureau", "Demo Industry Bureau", "演示工业局", "government", "local"),
    ("science_office", "Demo Science Office", "演示科技局", "government", "local"),
    ("trade_office", "Demo Trade Office", "演示商务局", "government", "local"),
    ("inspectorate", "Demo Quality Inspectorate", "演示质检局", "regulator", "local"),
    ("university", "Demo University", "演示大学", "university", "local"),
    ("polytechnic", "Demo Polytechnic", "演示理工学院", "university", "local"),
    ("fluid_institute", "Demo Fluid Institute", "演示流体研究所", "research", "local"),
    ("casting_laboratory", "Demo Casting Laboratory", "演示铸造研究室", "research", "local"),
    ("testing_platform", "Demo Testing Platform", "演示检测平台", "platform", "local"),
    ("valve_market", "Demo Valve Market", "演示阀门市场", "market", "local"),
    ("valve_fair", "Demo Valve Fair", "演示阀门展会", "fair", "local"),
    ("buyer_a", "Demo Buyer A", "演示境外采购商甲", "buyer", "abroad"),
    ("buyer_b", "Demo Buyer B", "演示境外采购商乙", "buyer", "abroad"),
    ("buyer_c", "Demo Buyer C", "演示境外采购商丙", "buyer", "abroad"),
    ("wholesaler", "Demo Wholesaler", "演示外地批发商", "buyer", "other_cluster"),
    ("foreign_university", "Demo Foreign University", "演示境外大学", "university", "abroad"),
    ("steel_supplier", "Demo Steel Supplier", "演示外地钢材供应商", "supplier", "other_cluster"),
)

# fmt: off
# Source, target, layer, directed, state, strength, formal, remark. Nothing else is drawn on these.
FIXED_TIES: tuple[tuple[str, str, str, int, str, int | str, int | str, str], ...] = (
    ("casting_laboratory", "polytechnic", "parent", 1, "achieved", "", 1, "laboratory of the polytechnic"),
    ("maple", "fir", "conflict", 1, "achieved", 2, 1, "lawsuit about a copied design"),
    ("fluid_institute", "testing_platform", "knowledge", 1, "partial", 1, "", "shares some of its test methods"),
    ("valve_fair", "association", "service", 1, "partial", 1, "", "a stand in some years only"),
    ("association", "inspectorate", "influence", 1, "partial", 1, "", "heard on some rules"),
    ("testing_platform", "casting_laboratory", "knowledge", 1, "lacking", 1, "", "results are not passed on"),
    ("association", "university", "innovation", 0, "lacking", 2, "", "no joint project"),
    ("valve_market", "association", "service", 1, "lacking", 1, "", "no market news for members"),
    ("inspectorate", "testing_platform", "policy", 1, "lacking", 2, "", "the platform is not accredited"),
    ("association", "polytechnic", "innovation", 0, "recommended", 2, "", "a joint design centre"),
    ("association", "science_office", "influence", 1, "recommended", 2, "", "a say in the programme of projects"),
    ("association", "testing_platform", "service", 1, "recommended", 2, "", "bring members' samples together"),
    ("oak", "foreign_university", "pipeline", 1, "recommended", 1, "", "send engineers for training"),
)

# Fact, English, Chinese, the true parameter that it prints.
SHARE_FACTS: tuple[tuple[str, str, str, str], ...] = (
    ("oem_share_of_exports", "share of OEM goods in exports", "贴牌占出口比重", "share_oem"),
    ("own_brand_share", "share of own brands", "自有品牌比例", "share_obm"),
    ("design_by_firm_share", "share of designs by the firm", "企业自行设计比例", "design_by_firm"),
    ("design_joint_share", "share of designs made with the buyer", "企业与采购商共同设计比例", "design_joint"),
    ("design_by_buyer_share", "share of designs by the buyer", "采购商自行设计比例", "design_by_buyer"),
)

# Fact, English, Chinese, unit, of what is counted in the drawn tables.
COUNTED_FACTS: tuple[tuple[str, str, str, str], ...] = (
    ("firms_2009", "firms in the cluster", "集群企业数", "firms"),
    ("employees_2009", "employees of all firms", "从业人员数", "persons"),
    ("association_members", "members of the association", "协会会员数", "firms"),
)

# Fact, English, Chinese, value, high end, unit, qualifier, year. Shares of brand and design are parameters.
FIXED_FACTS: tuple[tuple[str, str, str, float, float | str, str, str, int], ...] = (
    ("firms_1998", "firms in the cluster", "集群企业数", 110, "", "firms", "about", 1998),
    ("firms_2002", "firms in the cluster", "集群企业数", 64, "", "firms", "about", 2002),
    ("firms_2005", "firms in the cluster", "集群企业数", 41, "", "firms", "exact", 2005),
    ("exports_2005", "exports of the cluster", "集群出口额", 0.9, "", "usd_1e8", "about", 2005),
    ("exports_2008", "exports of the cluster", "集群出口额", 1.4, "", "usd_1e8", "exact", 2008),
    ("export_price_2005", "mean export price of a valve", "阀门出口均价", 5.2, "", "usd_per_piece", "exact", 2005),
    ("export_price_2008", "mean export price of a valve", "阀门出口均价", 6.1, "", "usd_per_piece", "exact", 2008),
    ("rd_share_of_sales", "R&D spending as a share of sales", "研发投入占销售比重", 1, 2, "percent", "about", 2008),
    ("cad_cam_share", "use of CAD and CAM in design", "CAD、CAM应用比率", 30, "", "percent", "about", 2008),
    ("sales_offices_abroad", "firms with a sales office abroad", "在境外设销售机构的企业数", 4, "", "firms", "exact", 2008),
)

# Event, date, last date, kind, English, Chinese, actors.
EVENTS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("first_valve", "1986", "", "founding", "First valve maker founded", "首家阀门厂成立", "oak"),
    ("association_founded", "1995-06", "", "founding", "Association founded", "行业协会成立", "association"),
    ("first_export", "1997", "", "milestone", "First order from abroad", "首笔境外订单", "oak;buyer_a"),
    ("shakeout", "1998", "2002", "shakeout", "Shakeout of small workshops", "小作坊洗牌", ""),
    ("convention", "2003-04", "", "rule", "Convention on copied designs", "维权公约", "association;inspectorate"),
    ("platform_opens", "2005-09", "", "policy", "Testing platform opens", "检测平台启用", "testing_platform;science_office"),
    ("own_brand", "2006", "", "milestone", "First own brand sold abroad", "首个自主品牌外销", "cedar"),
    ("demand_falls", "2008-10", "2009-06", "shock", "Orders from abroad fall", "境外订单下滑", "buyer_a;buyer_b;buyer_c"),
)
# fmt: on

# Item, stage, aspect, category.
CHAIN: tuple[tuple[str, str, str, str], ...] = (
    ("driver", "", "", "buyer"),
    ("governance_type", "", "", "captive"),
    ("barrier", "design", "capital", "medium"),
    ("barrier", "design", "talent", "high"),
    ("barrier", "design", "technology", "high"),
    ("barrier", "making", "capital", "low"),
    ("barrier", "making", "talent", "low"),
    ("barrier", "making", "technology", "medium"),
    ("barrier", "marketing", "capital", "high"),
    ("barrier", "marketing", "talent", "medium"),
    ("barrier", "brand", "capital", "high"),
    ("barrier", "brand", "talent", "high"),
)

# Who was interviewed, in the order of interview_1 to interview_6.
INTERVIEWED = ("oak", "ash", "pear", "association", "science_office", "polytechnic")

STUDY = """\
# SYNTHETIC: written by make_demo.py. No firm answered, no place is meant.
title:
  en: Demo study of an invented valve cluster
  zh: 演示研究：虚构的阀门集群
source:
  en: "Synthetic: made by resources/demo/make_demo.py with known true parameters"
  zh: "合成数据：由 resources/demo/make_demo.py 按已知参数生成"
grade: synthetic
boundary: census
clusters:
  demo_valves: {en: Demo valves, zh: 演示阀门集群, waves: {"1": demo_valves}}
"""
