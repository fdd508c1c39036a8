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
        "The networks of each cluster, from its achieved ties. A dash is explained below the table; all measures are in tables.xlsx.",
        "各集群的网络，只计“已有”关系。短横线的原因见表下说明；全部测度见 tables.xlsx。",
    ),
    "no_ties": Words("No achieved tie is reported.", "没有已报告的已有关系。"),
    "interval_note": Words(
        "In brackets: 95 % interval, by a vertex bootstrap. The actors are no sample, so it is not an error of measurement: it "
        "says how far the number would move with other actors of the same kinds, tied by the same habits. A wide one means that the number hangs on a few "
        "actors; a difference that is small beside it should not be explained. It says neither what brought a number about nor whether it is good for "
        "the cluster. Numbers without brackets have no such interval.",
        "括号内为95%区间（以主体为单位的自助法）。主体并非抽样所得，因此区间不是测量误差，而是说明若换成同类、以同样方式建立关系的其他主体，数值会变动多少。"
        "区间宽说明数值取决于少数主体；小于区间的差别不宜解释。区间既不说明数值的成因，也不说明对集群是好是坏。没有括号的数值没有此类区间。",
    ),
    "imputed_note": Words(
        "Missing answers were filled in several times: values are means, and intervals hold what that adds.",
        "缺失的回答经多重插补：数值为均值，区间包含由此带来的不确定性。",
    ),
    "ei_note": Words(
        "The E-I index between groups runs from −1 (all ties within a group) to 1 (all between groups). Compare it with what shuffled groups would give, not with 0; p is the "
        "share of shufflings that are as far from it.",
        "组间E-I指数取值−1（关系全在同组之内）至1（全在组间）。应与组别随机重排时的期望值比较，而不是与0比较；p为偏离程度不小于观测值的重排比例。",
    ),
    "ego_note": Words(
        "Means are over the actors asked, with a 95 % interval for the mean over all actors of the kind that was sampled.",
        "均值为被访者的均值，括号内为所抽样的全部主体均值的95%区间。",
    ),
    "not_given": Words("Not given for any network: ", "任何网络均未给出："),
    "untied": Words("No achieved tie is reported in: ", "没有已报告的已有关系的网络："),
    "comma": Words(", ", "、"),
    "colon": Words(". ", "。"),
    "stop": Words(".", "。"),
    "together": Words("Layers that go together", "相互关联的层"),
    "together_none": Words(
        "No two layers go together more, or less, than permuted actors would have it (p < .05), or too few layers can be compared.",
        "没有两层关系的相关明显不同于置换主体的结果（p < .05），或可比较的层过少。",
    ),
    "layers_two": Words("Layers", "两层"),
    "jaccard": Words("Ties in both, of those in either", "共有关系占任一层关系之比"),
    "together_note": Words(
        "The strongest correlations with p < .05 (two-sided, QAP), ten at most. With many pairs of layers some pass by chance. A correlation does not say which relation leads to the other.",
        "列出p < .05（双侧，QAP）的最强相关，至多十对。层数多时会有个别出于偶然。相关不说明哪种关系带来另一种。",
    ),
    "roles": Words("Who stands between whom", "谁处于谁与谁之间"),
    "roles_note": Words(
        "Brokerage roles of Gould and Fernandez (1989): how often an actor has a tie from one actor and to another that the first has no tie to, by the groups of the three.",
        "Gould和Fernandez（1989）的中介角色：某主体有来自甲的关系、又有通向乙的关系，而甲与乙没有直接关系的次数，按三者所属组别区分。",
    ),
    "all_roles": Words("All", "合计"),
    "brokers_none": Words(
        "No actor stands between two others that are not tied.", "没有主体处于两个没有直接关系者之间。"
    ),
    "brokers_note": Words(
        "The ten actors that broker most in the governance network. A position between others is a chance, not a deed: whether it is used, and for whose good, the ties do not tell.",
        "治理网络中中介次数最多的十个主体。处于中间位置只是一种可能，并非行为：是否加以利用、对谁有利，关系数据不能说明。",
    ),
    "waves": Words("Change between waves", "各期之间的变化"),
    "waves_note": Words(
        "Each wave against the one before, over the pairs of actors that are present and observed in both. Where the Jaccard index is below 0.3 much has changed, below 0.2 the "
        "two can hardly be read as one network that changes gradually.",
        "每期与前一期相比，限于两期均在场且均被观测的主体对。Jaccard指数低于0.3表示变化很大，低于0.2则很难视为同一网络的渐进变化。",
    ),
    "changes_none": Words(
        "Change cannot be told: it needs a census or a roster in both waves with ties, and a record of who answered.",
        "无法说明变化：需要两期均为有关系的普查或名单调查，并记录谁作了回答。",
    ),
    "response": Words("Who answered, and what missing answers would change", "应答情况及缺失回答的影响"),
    "response_note": Words(
        "A tie that nobody who answered could have reported is not known to be absent.",
        "任何答复者都无从报告的关系，不能视为不存在。",
    ),
    "answered": Words(
        "{} of the actors answered; {} of the pairs of actors were observed.",
        "{}的主体作了回答；{}的主体对被观测到。",
    ),
    "no_record": Words(
        "Who answered is not recorded, so whatever rests on absent ties is withheld.",
        "未记录谁作了回答，凡依赖“不存在的关系”的测度均不给出。",
    ),
    "network": Words("Network", "网络"),
    "dropped": Words("{} dropped", "去掉{}"),
    "stability": Words("Rank stability", "排序稳定性"),
    "stability_note": Words(
        "Mean rank correlation of the actors' values with those after a share of the respondents was dropped at random; in brackets the middle 90 % of the drops. "
        "Where it falls fast, do not read the order of single actors.",
        "随机去掉一部分答复者后，各主体取值与原取值的平均秩相关；括号内为居中90%的结果。下降很快时，不应解读单个主体的名次。",
    ),
    "agreement_title": Words("Agreement of the two sides", "双方报告的一致性"),
    "direction": Words("Direction", "方向"),
    "agreement": Words("Agreement", "一致率"),
    "kappa": Words("Kappa", "Kappa"),
    "pairs_both": Words("Pairs, both answered", "双方均作答的对数"),
    "agreement_note": Words(
        "Share of the ties reported by one side that the other reports too, where both answered; kappa is agreement beyond chance.",
        "双方均作答时，一方报告的关系中另一方也报告的比例；kappa为扣除偶然后的一致性。",
    ),
    "listed_once": Words(
        "No tie at all is reported by both sides: it may be that each was written down once, and then this says nothing of agreement.",
        "没有任何关系由双方同时报告：可能每条关系只登记了一次，此时不能说明是否一致。",
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
    "ties": Words("Layers of ties: by state, and which go together", "各层关系：状态统计与相互关联"),
    "layer": Words("Layer", "层"),
    "value_chain": Words("The value chain and the cluster's history", "价值链与集群历程"),
    "capture": Words("Value capture: printed figures and yearly exports", "价值获取：公布的数字与逐年出口"),
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
    "methods_note": Words(
        "The measures of this page. Those of actors, pairs and networks beyond it, with formulas, are in the codebook (sheet measures of tables.xlsx).",
        "此处为本页所用测度；其余行为主体、关系对与网络测度及公式见 tables.xlsx 的 measures 表。",
    ),
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

# What is said of the networks of cells in which ties that were not reported are not known to be absent.
ONLY_STATED = {
    "text": Words(
        "Only what the text states is counted. It is silent on most ties, so a tie that it does not mention is not absent, and whatever rests on absent ties (density, "
        "reciprocity, centralization, roles, layers that go together) is withheld; it would need a census, or a roster on which every actor was asked about every other.",
        "只统计文本所陈述的内容。文本对大多数关系没有说明，未提及不等于不存在，凡依赖“不存在的关系”的测度（密度、互惠性、中心势、中介角色、各层关联等）均不给出；"
        "这些测度需要普查，或让每个行动者对照名单逐一回答。",
    ),
    "sample": Words(
        "Only a sample of the actors was asked, so the ties among the others are unknown, and whatever rests on absent ties (density, centralization, roles) is withheld.",
        "仅调查了部分行动者，其余行动者之间的关系未知，凡依赖“不存在的关系”的测度（密度、中心势、中介角色等）均不给出。",
    ),
}

# Why a number is missing, by the kind of reason that the scores give measure by measure.
WHY = {
    "no_tie": Words(
        "withheld: no achieved tie of this network is reported (of a change: in one of the two waves), and whether there is none or nobody was asked is not recorded.",
        "未给出：该网络没有报告任何已有关系（变化：两轮之一没有报告），且未记录是确实没有还是没有询问。",
    ),
    "no_record": Words(
        "withheld: who answered is not recorded, so a tie that nobody reported may be absent or merely unasked.",
        "未给出：未记录谁作了回答，无人报告的关系可能不存在，也可能只是没有问到。",
    ),
    "few": Words(
        "withheld: too few of the actors answered for ties that nobody reported to be read as absent.",
        "未给出：作答的主体过少，无人报告的关系不能视为不存在。",
    ),
    "large": Words(
        "withheld: the network is too large for this measure.",
        "未给出：网络过大，未计算该测度。",
    ),
    "other": Words(
        "withheld: the column withheld of the sheet scores in tables.xlsx says why.",
        "未给出：原因见 tables.xlsx 中 scores 表的 withheld 列。",
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

# By what a reason of `withheld` is known.
PHRASES = {
    "no_tie": "whether there is none or nobody was asked",
    "no_record": "who answered it is not recorded",
    "few": "of the actors answered, less than",
    "large": "is computed for up to",
}
