"""The words of a study's page, in English and Chinese."""

from gumflow.present.wording import Words

GRADES = {
    "case": Words("coded from published text", "据已发表文本编码"),
    "survey": Words("survey answers", "问卷调查"),
    "interview": Words("interviews", "访谈"),
    "official": Words("official figures", "官方数据"),
    "synthetic": Words(
        "synthetic data, made by a program; nothing here is about a real cluster",
        "模拟数据，由程序生成，与任何真实集群无关",
    ),
}

BOUNDARIES = {
    "text": Words(
        "The actors and ties are those that a text mentions. A tie that the text does not mention is not absent. So this page counts "
        "what is stated and shows who is said to be connected to whom; density, reciprocity, centralization and betweenness are withheld, "
        "because they rest on absent ties as well.",
        "行动者与关系均为文本所提及者；文本未提及的关系并不等于不存在。因此本页只统计已陈述的内容、展示据称存在的联系；"
        "密度、互惠性、中心势与中介中心性依赖“不存在的关系”，故不予给出。",
    ),
    "census": Words(
        "Every actor of the cluster was asked about every other, so a tie that was not reported is absent, and whole-network measures may be read as such.",
        "集群内每个行动者都被问及与其他所有行动者的关系，未报告的关系即视为不存在，整体网络指标可按常规解读。",
    ),
    "roster": Words(
        "Actors were asked about a printed list of others; ties to actors off the list are unknown.",
        "被访者依据名单回答；名单之外的关系未知。",
    ),
    "sample": Words(
        "Only a sample of actors was asked: what holds for each actor asked may be said, what holds for the whole network may not.",
        "仅抽样调查了部分行动者：可以描述被访者自身的网络，不能推断整体网络。",
    ),
}

TEXT = {
    "grade": Words("Kind of data", "数据类型"),
    "boundary": Words("What may be concluded", "可以得出什么结论"),
    "glance": Words("The clusters at a glance", "集群概览"),
    "glance_note": Words(
        "Counts of what the source states. Actors include places and classes of firms. Only achieved ties enter networks; recommended ones never count as achieved.",
        "为来源所陈述内容的计数。行动者包括地区和某类企业；仅“已有”关系进入网络，“建议”绝不计作“已有”。",
    ),
    "cluster": Words("Cluster", "集群"),
    "wave": Words("Wave", "批次"),
    "actors": Words("actors", "行动者"),
    "driver": Words("Chain driver", "价值链驱动"),
    "governance_type": Words("Chain governance", "价值链治理"),
    "ladder": Words("Ladder (0 OEA, 1/3 OEM, 2/3 ODM, 1 OBM)", "阶梯位置（0 OEA，1/3 OEM，2/3 ODM，1 OBM）"),
    "evidence": Words("Evidence on the factors, ways and paths", "各要素、升级方式与路径的证据"),
    "evidence_note": Words(
        "Numbers of coded sentences by state, and the balance of evidence: strength-weighted mean polarity of what is achieved, partial or lacking "
        "(-1 all hindering, +1 all helping); the range is over the coders. Coverage is the share of the unit's constructs that a sentence bears on. The cases are written to different "
        "plans, so the balance describes a text; it does not rank clusters.",
        "按状态统计的编码句数，以及证据平衡度：对“已有、部分、缺乏”陈述按强度加权的平均极性（−1 全为阻碍，+1 全为有利）；区间为编码者之间的范围。"
        "覆盖度为有句子涉及的构念比例。各案例写作体例不同，平衡度描述的是文本，不能用于集群排名。",
    ),
    "unit": Words("Unit", "单元"),
    "factor": Words("factor", "要素"),
    "way": Words("way", "方式"),
    "path": Words("path", "路径"),
    "helping": Words("present and helping", "现有且有利"),
    "hindering": Words("present and hindering", "现有但不利"),
    "balance": Words("Balance", "平衡度"),
    "range": Words("Range over coders", "编码者范围"),
    "coverage": Words("Coverage", "覆盖度"),
    "networks": Words("Networks", "网络"),
    "networks_note": Words(
        "Measures of each network. A dash is explained below the table.",
        "各网络的测度。短横线的原因见表下说明。",
    ),
    "central": Words("Who is most connected", "联系最多的行动者"),
    "central_text": Words(
        "Numbers of stated ties in the chain network (inside and outside). They say who the text speaks of, not who is central.",
        "链网互动网络中已陈述关系的数量。它说明文本提及了谁，而不是谁处于中心。",
    ),
    "central_census": Words(
        "The ten actors with most ties in the chain network.", "链网互动网络中关系最多的十个行动者。"
    ),
    "actor": Words("Actor", "行动者"),
    "kind": Words("Kind", "类别"),
    "in": Words("in", "入"),
    "out": Words("out", "出"),
    "ties": Words("Ties by layer and state", "按层与状态统计的关系"),
    "layer": Words("Layer", "层"),
    "value_chain": Words("The value chain and the cluster's history", "价值链与集群历程"),
    "capture": Words(
        "Value capture: the printed figures and what they imply", "价值获取：公布的数字及其含义"
    ),
    "item": Words("Item", "项目"),
    "printed": Words("Printed", "原文"),
    "implied": Words("Recomputed", "重算"),
    "bounds": Words("From–to", "范围"),
    "verdict": Words("Verdict", "判断"),
    "reading": Words("Reading", "解读"),
    "coding": Words("How far the coders agree", "编码者一致性"),
    "coding_note": Words(
        "Krippendorff's alpha for the presence of each construct in a sentence, with a 95 % bootstrap interval over sentences. 1 is full agreement, 0 is chance; "
        "below 0.667 a construct should be used with care. Coders who share a protocol and a background agree more than strangers would: read alpha as an upper bound.",
        "各构念在句中是否出现的 Krippendorff α 及其 95% 自助区间（以句为单位）。1 为完全一致，0 为随机水平；低于 0.667 的构念应谨慎使用。"
        "编码者使用同一规程、背景相近，一致性会偏高，宜视为上限。",
    ),
    "no_coders": Words(
        "No agreement can be given: it needs statements that two coders coded independently.",
        "无法给出一致性：需要由两名编码者独立编码的陈述。",
    ),
    "construct_unused": Words("not used, or not by two coders", "未使用，或未由两名编码者编码"),
    "construct": Words("Construct", "构念"),
    "sentences": Words("Sentences", "句数"),
    "methods": Words("What the measures are", "测度说明（定义与来源以英文给出）"),
    "measure": Words("Measure", "测度"),
    "definition": Words("Definition", "定义"),
    "source": Words("Source", "来源"),
    "withheld": Words("withheld", "未给出"),
    "files": Words(
        "Tables: tables.xlsx and tables/*.csv beside this page. Figures as SVG, PDF and PNG: figures/.",
        "数据表：同目录下 tables.xlsx 与 tables/*.csv。图件（SVG、PDF、PNG）：figures/。",
    ),
    "none": Words("The study has no input for this part.", "本研究没有此部分所需的输入。"),
}

VERDICTS = {
    "as_printed": Words("as printed", "照原文"),
    "agrees": Words("agrees", "一致"),
    "differs": Words("differs", "不一致"),
    "derived": Words("derived", "推算"),
    "not_supported": Words("claim not supported", "论断不成立"),
}

# Why a number is missing, by the kind of reason that the scores give measure by measure.
WHY = {
    "text": Words(
        "withheld: a text is silent on most ties, so a tie it does not mention is not absent, and this measure rests on absent ties too. It would need "
        "a census, or a roster on which every actor was asked about every other.",
        "未给出：文本对大多数关系没有说明，未提及不等于不存在，而该测度依赖“不存在的关系”。需要普查，或让每个行动者对照名单逐一回答。",
    ),
    "sample": Words(
        "withheld: only a sample of the actors was asked, so the ties among the others are unknown.",
        "未给出：仅调查了部分行动者，其余行动者之间的关系未知。",
    ),
    "no_tie": Words(
        "withheld: no achieved tie of this network is reported, and whether there is none or nobody was asked is not recorded.",
        "未给出：该网络没有报告任何已有关系，且未记录是确实没有还是没有询问。",
    ),
    "not applicable": Words(
        "not applicable: the measure is not defined on this network (the codebook in tables.xlsx says why).",
        "不适用：该测度在此网络上没有定义（原因见 tables.xlsx 中的 measures 表）。",
    ),
    "undefined": Words(
        "undefined: the measure has no value in this case (the codebook in tables.xlsx says when).",
        "无定义：该测度在此情形下没有取值（见 tables.xlsx 中的 measures 表）。",
    ),
}
