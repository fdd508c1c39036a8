"""The figures of a study: what each shows, which tables it needs, where it stands on the page. Light, so that the workflow can ask it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gumflow.contract.errors import GumflowError
from gumflow.present.wording import Words

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class CatalogEntry:
    """One figure. `per_cluster`: one drawing for each cluster and wave, else one for the study.

    `section` names the job that draws it with others and the section of the page it stands in, unless `part` names another section. `tables` are the
    internal tables it is drawn from (beside `cells`), `lacking` is what is said where they hold nothing for it. A figure that is `complete` rests on
    absent ties and is for a census or a roster; one `of_survey` is for cells whose firms answered a questionnaire, one `of_exports` for cells with exports.csv. The caption says what the figure shows, how to read it, and what may not be concluded.
    """

    id: str
    per_cluster: bool
    section: str
    tables: tuple[str, ...]
    lacking: Words
    title: Words
    caption: Words
    part: str = ""
    complete: bool = False
    of_survey: bool = False
    of_exports: bool = False


COMPLETE = ("census", "roster")
"""Boundaries of the cells that figures which rest on absent ties are drawn for."""

NOT_COMPLETE = {
    "text": Words(
        "Not drawn: a text states some ties and is silent on the rest, and these numbers rest on absent ties too.",
        "未绘制：文本只陈述部分关系，对其余关系没有说明，而这些数值同样依赖“不存在的关系”。",
    ),
    "sample": Words(
        "Not drawn: only a sample of the actors was asked, and these numbers rest on the ties among all of them.",
        "未绘制：仅调查了部分行动者，而这些数值依赖全部行动者之间的关系。",
    ),
}

_ENTRIES = (
    CatalogEntry(
        "model",
        per_cluster=False,
        section="evidence",
        tables=("scores_evidence",),
        lacking=Words("No statement is coded in this study.", "本研究没有编码陈述。"),
        title=Words("The model, with the evidence on each factor", "升级机理模型与各要素的证据"),
        caption=Words(
            "The model of the book: six factors that cluster governance binds together, four mechanisms, four "
            "upgrading ways and four paths. The bars beside each factor count the statements of each cluster: to the "
            "right what is present (achieved or in part) and helps; to the left what is present and hinders, such as a "
            "captive position, and, hatched, what is lacking; a diamond is what is recommended. The number at the end "
            "weighs helping against hindering and lacking statements by strength, from −1 to 1. The links belong to the model and were not estimated, and the length of a bar depends on the length of "
            "the text: it does not say how strong a factor is.",
            "图为本书的升级机理模型：由集群治理联结的六组要素、四个运行机制、四种升级实现方式和四条外在升级路径。"
            "各要素旁的条形为各集群的陈述条数：右侧为已有（含部分）且有利的，左侧为已有但不利的（如俘获式地位）以及缺乏的"
            "（斜线），菱形为建议。末尾数字是有利与不利（含缺乏）陈述按强度加权的差额，取值−1至1。连线属于模型设定，并非估计结果；条形长短受文本篇幅影响，不说明要素强弱。",
        ),
    ),
    CatalogEntry(
        "network",
        per_cluster=True,
        section="networks",
        tables=("actors", "ties"),
        lacking=Words("No actor and no tie is reported.", "没有行动者或关系。"),
        title=Words("Governance network", "治理网络"),
        caption=Words(
            "Firms, associations, government bodies and others of one cluster, and the ties between them that were "
            "reported; an actor without a tie is not drawn, and places outside with the very same ties share a node. Shape and color of a node give its kind, the color of a "
            "solid line the network that an achieved tie belongs to; thin gray, dotted and dashed lines are partial, "
            "lacking and recommended ties. Positions have no meaning. Only achieved ties enter the measures, and in a "
            "study coded from text a missing line is not a missing tie.",
            "图为一个集群中的企业、行业协会、政府部门等行为主体及其被提及的关系，没有关系的主体未画出，关系完全相同的集群外地区合为一个节点。节点的形状和颜色"
            "表示类别，实线颜色表示已有关系所属的网络；灰色细线、点线和虚线分别为部分、缺乏和建议的关系。位置没有含义。"
            "只有已有关系进入测度；在据文本编码的研究中，没有连线并不表示没有关系。",
        ),
    ),
    CatalogEntry(
        "network_statistics",
        per_cluster=True,
        section="networks",
        complete=True,
        tables=("scores_networks",),
        lacking=Words(
            "No achieved tie between actors of the cluster is reported.",
            "集群内主体之间没有已报告的已有关系。",
        ),
        title=Words("Statistics of the networks", "各网络的整体指标"),
        caption=Words(
            "Density, reciprocity, transitivity, in-degree centralization, E-I index and modularity of the firm, association, government and "
            "governance networks of one cluster, with 95 % intervals from a vertex bootstrap. The actors are no sample, so an interval is not "
            "an error of measurement: it says how far a number hangs on the few actors that happen to be there, and differences between networks that are small beside it should "
            "not be explained. The tick is the E-I index that shuffled groups would give. The networks differ in what a tie "
            "is, and a denser one is not a better one.",
            "图示一个集群的企业、行业协会、地方政府与治理网络的密度、互惠性、传递性、入度中心势、E-I指数和模块度，附以主体为单位的自助法95%区间。"
            "主体并非抽样所得，区间不是测量误差，而是说明数值在多大程度上取决于恰好在场的少数主体；小于区间的差别不宜解释。"
            "竖线为组别随机重排时的E-I指数。各网络关系的含义不同，密度高不等于更好。",
        ),
    ),
    CatalogEntry(
        "layers",
        per_cluster=True,
        section="networks",
        part="ties",
        complete=True,
        tables=("scores_layers",),
        lacking=Words(
            "Layers cannot be compared: fewer than two have ties inside the cluster, or who answered is not recorded.",
            "无法比较各层：集群内有关系的层不足两个，或未记录谁作了回答。",
        ),
        title=Words("Which layers go together", "各层关系之间的相关"),
        caption=Words(
            "Correlation of every two layers of one cluster over its pairs of actors: blue where ties of both layers tend to join the same pairs, red where they "
            "avoid each other. A star marks p < .05 by the quadratic assignment procedure (QAP), which permutes the "
            "actors of one layer. With many pairs of layers some stars come by chance, and a correlation does not say which relation leads to the other.",
            "图示一个集群每两层关系在主体对上的相关：蓝色表示两层关系倾向于连接相同的主体对，红色表示相互回避。"
            "星号表示经二次指派程序（QAP，置换其中一层的主体）检验p < .05。层数较多时会有个别星号出于偶然；相关不说明哪种关系带来另一种。",
        ),
    ),
    CatalogEntry(
        "brokerage",
        per_cluster=True,
        section="networks",
        part="roles",
        complete=True,
        tables=("scores_networks",),
        lacking=Words(
            "Roles cannot be counted: the governance network has no tie, its actors fall into fewer than two groups, or who answered is not recorded.",
            "无法统计角色：治理网络没有关系，主体不足两组，或未记录谁作了回答。",
        ),
        title=Words("Brokerage roles in the governance network", "治理网络中的中介角色"),
        caption=Words(
            "How often actors of the governance network stand between two others that are not tied, by the five roles of Gould and "
            "Fernandez (1989), and how often they would if the groups were shuffled over the actors. A role outside the gray band is "
            "more common or rarer than chance gives with these ties. A count says that a position exists, not that anyone uses it or gains by it.",
            "按Gould和Fernandez（1989）的五种角色，图示治理网络中的主体处于两个没有直接关系者之间的次数，以及组别在主体间随机重排时的期望次数。"
            "超出灰色带表示在这些关系下该角色比随机情形更多或更少。次数只说明存在这样的位置，不说明有人加以利用或从中获益。",
        ),
    ),
    CatalogEntry(
        "profiles",
        per_cluster=False,
        section="evidence",
        tables=("scores_evidence",),
        lacking=Words("No statement is coded in this study.", "本研究没有编码陈述。"),
        title=Words("Profiles of the clusters on the seven factors", "各集群的七要素概貌"),
        caption=Words(
            "For each cluster the number of statements on each factor: to the right what is present (achieved or in "
            "part) and helps; to the left what is present and hinders, and, hatched, what is lacking; open diamonds "
            "are what is recommended. The dots at the side are the balance of helping against hindering and lacking "
            "statements, weighted by strength, with the range between the coders. The clusters are not ranked: texts "
            "differ in length and aim, and a factor that is not spoken of is not weak.",
            "图示各集群关于各要素的陈述条数：右侧为已有（含部分）且有利的，左侧为已有但不利的以及缺乏的（斜线），空心菱形"
            "为建议。旁边的圆点是有利与不利（含缺乏）陈述按强度加权的差额，线段为编码者之间的范围。不对集群排名：各文本的篇幅和重点不同，未被提到的要素不等于薄弱。",
        ),
    ),
    CatalogEntry(
        "constructs",
        per_cluster=False,
        section="evidence",
        tables=("statements",),
        lacking=Words("No statement is coded in this study.", "本研究没有编码陈述。"),
        title=Words("Statements by construct", "各构念的陈述条数"),
        caption=Words(
            "How many statements of each cluster were coded to each construct of the model, whatever their state. "
            "Darker cells hold more statements, and an empty cell holds none. The counts show what the source speaks "
            "of; they do not say whether it helps or hinders, nor how much.",
            "图示各集群编码到模型各构念的陈述条数，不分状态。颜色越深条数越多，空白表示没有。条数只反映资料谈到了什么，"
            "不说明有利还是不利，也不说明程度。",
        ),
    ),
    CatalogEntry(
        "answers",
        per_cluster=True,
        section="evidence",
        part="answers",
        of_survey=True,
        tables=("answer_shares",),
        lacking=Words(
            "No question of ticks that bears on a factor was answered, or by too few firms to be shown.",
            "没有与各要素相关的选择题得到回答，或作答企业过少不予公开。",
        ),
        title=Words("What the firms answered", "企业的回答"),
        caption=Words(
            "Shares of the firms of one cluster that gave an answer, by the factor of the model that the question bears on, with 95 % intervals and the number of firms "
            "that answered (n). Of each question only the options chosen most are drawn. Where the cluster has an earlier wave, it stands beside. Firms speak of themselves, and those that kept silent "
            "may differ; shares of different questions are not to be ranked, and a difference between waves that is small beside the intervals is none.",
            "按题目所涉及的模型要素，图示一个集群的企业给出某一回答的占比、95%区间与作答企业数（n）。每题只画出选择最多的选项；有前一期调查时并列画出。"
            "回答为企业自述，未作答者可能不同；不同题目的占比不宜排序，两期之间小于区间的差别不能视为变化。",
        ),
    ),
    CatalogEntry(
        "ladder",
        per_cluster=False,
        section="value_chain",
        tables=("scores_chain",),
        lacking=Words("The study has no figures on it.", "本研究没有相关数字。"),
        title=Words("Position on the ladder", "阶梯位置"),
        caption=Words(
            "Where the output of each cluster stands between assembly (OEA) and own brand (OBM), and the shares of "
            "OEM, ODM and OBM where the source allows to bound them. A bar spans all values that agree with the "
            "source, a dot is a value that it fixes; shares are as the source defines them, of exports or as averages "
            "over firms. The equal steps of the scale are a convention, and a cluster that "
            "is not stated does not stand low.",
            "图示各集群产出在委托组装（OEA）与自主品牌（OBM）之间的位置，以及资料允许界定的OEM、ODM、OBM比重。"
            "线段为与资料相符的全部取值，圆点为资料确定的取值；比重按资料各自的口径（占出口额或各企业平均）。标尺等距是约定；“未说明”不表示位置低。",
        ),
    ),
    CatalogEntry(
        "chain",
        per_cluster=False,
        section="value_chain",
        tables=("chain",),
        lacking=Words(
            "The study says nothing of the value chain (no chain.csv).",
            "本研究没有价值链信息（无 chain.csv）。",
        ),
        title=Words("Stages of the chain, barriers and governance", "价值链环节、壁垒与治理"),
        caption=Words(
            "The four stages of the value chain with the barriers to entry that the source states, under the case in "
            "which it tells of them, and for each cluster who drives its chain and how the chain is governed. Darker cells are higher barriers. A hatched "
            "cell or the words 'not stated' mean that the source does not say, not that there is no barrier.",
            "图示价值链四个环节以及资料（在所标案例中）论述的进入壁垒，并列出各集群的链条驱动者和价值链治理类型。颜色越深壁垒越高。"
            "斜线或“未说明”表示资料没有说明，不表示没有壁垒。",
        ),
    ),
    CatalogEntry(
        "timeline",
        per_cluster=True,
        section="value_chain",
        tables=("events", "facts"),
        lacking=Words(
            "The study has no dated event (no events.csv).", "本研究没有带日期的事件（无 events.csv）。"
        ),
        title=Words("Events", "大事记"),
        caption=Words(
            "The dated events of one cluster; the marker gives the kind, and a bar below the axis is a period. Where "
            "the source prints numbers of firms for two years or more, they stand below with the qualifier that is "
            "printed (about, over, under). An event that the source does not date is not shown, and order in time "
            "is not cause.",
            "图示一个集群有日期的事件：标记表示类别，轴下横条为时段。资料印有两个以上年份的企业数时，列在下方，并带所印的"
            "限定（约、多于、少于）。资料没有注明日期的事件未画出；时间先后不等于因果。",
        ),
    ),
    CatalogEntry(
        "unit_values",
        per_cluster=True,
        section="value_chain",
        part="capture",
        of_exports=True,
        tables=("exports", "export_decomposition"),
        lacking=Words(
            "No unit value can be given: it takes two years of exports, and products in one unit (exports.csv).",
            "无法给出单价：需要两年以上的出口数据，且各产品数量单位相同（exports.csv）。",
        ),
        title=Words("Average unit value of exports", "出口平均单价"),
        caption=Words(
            "Export value over quantity of one cluster by year, as figure 4-2 of the book, and beside it the same in local currency, deflated, and prices alone (Fisher, chained) where products are given, first year = 100. A unit value rises when prices rise, when dearer "
            "products sell more and when goods become better; only the line of prices leaves the mix out, and nothing here leaves quality out. A rise in dollars while the local currency rises too may be no gain at home.",
            "图示一个集群各年出口金额除以数量（同书中图4-2），并列本币口径、剔除物价口径；分产品时另列价格本身（费雪链式指数），首年=100。单价上升可能因为涨价、高价产品占比上升或品质提高；"
            "只有价格线剔除了产品结构，均未剔除品质。本币升值时，美元单价上升未必是实际得益。",
        ),
    ),
    CatalogEntry(
        "export_slopes",
        per_cluster=True,
        section="value_chain",
        part="capture",
        of_exports=True,
        tables=("exports", "export_regression"),
        lacking=Words(
            "No regression can be given: it takes five years of exports without a gap, in which quantity changes (exports.csv).",
            "无法回归：需要连续五年以上且数量有变动的出口数据（exports.csv）。",
        ),
        title=Words("Export value and quantity", "出口金额与数量"),
        caption=Words(
            "The book's regression of ln export value on ln quantity (4.1.3) for one cluster; slopes in other money, of yearly changes, and before and after a declared year, with 95 % intervals; slopes over windows. A slope above 1 says that unit values were higher in years of larger quantity, whatever the cause: it is "
            "bargaining power only if its interval leaves out 1, if the series in local and constant prices shows it too, and if nothing else moved prices in those years. The intervals assume errors that are independent from year to year; trending prices make them too short.",
            "图示一个集群出口金额对数对数量对数的回归（书中4.1.3）；其他货币口径、逐年变动、事先设定年份前后的斜率及95%区间；以及各窗口的斜率。斜率大于1只说明数量大的年份单价较高，原因不限；"
            "只有区间不含1、本币与不变价口径亦然、且同期没有其他因素影响价格时，才可视为议价能力。区间假定各年误差独立，价格有趋势时区间偏窄。",
        ),
    ),
    CatalogEntry(
        "mechanisms",
        per_cluster=True,
        section="mechanisms",
        tables=("scores_mechanisms", "scores_evidence"),
        lacking=Words(
            "Neither answers nor statements bear on a mechanism.", "没有与运行机制有关的回答或陈述。"
        ),
        title=Words("Mechanisms of upgrading", "升级实现方式的运行机制"),
        caption=Words(
            "The four mechanisms of one cluster and the way of upgrading that each leads to; structure after figure 2-4 of the book. Where firms were asked, a score is the mean of the firms' scores, with its 95 % interval; "
            "the arrow to a way is the rank correlation, over firms, of the score with the upgrading that they report, where that was asked. Coded statements stand beside, with their balance and numbers. "
            "Scores of different mechanisms have different contents and are not to be ranked; neither a correlation nor a balance says that a mechanism brought the upgrading about.",
            "图示一个集群的四个分运行机制及各自对应的升级实现方式，结构据本书图2-4。问及企业时，得分为企业得分的均值及95%区间；至升级方式的箭头为企业得分与其所报告升级的秩相关（仅限问及者）；"
            "并列编码陈述的平衡度与条数。各机制得分的内容不同，不宜排序；相关与平衡度都不说明机制带来了升级。",
        ),
    ),
    CatalogEntry(
        "governance_structure",
        per_cluster=True,
        section="mechanisms",
        tables=("scores_mechanisms", "scores_evidence"),
        lacking=Words(
            "Neither ties, answers nor statements bear on who governs.",
            "没有与治理主体有关的关系、回答或陈述。",
        ),
        title=Words("Structure of cluster governance", "集群治理结构"),
        caption=Words(
            "Firms with their three networks, the industry association and local government, and how densely they are tied to one another; structure after figure 2-3 of the book. Below, the weight of each in governance "
            "with 95 % intervals, and whom the coded statements recommend as leading. Where only a text is known, there are no weights: the boxes count its statements and stated ties. A weight joins who is named as influential, who convenes and who stands between others; it does not say how well an actor governs, and what should be "
            "is no part of what is.",
            "图示企业及其三种网络、行业协会和地方政府，以及三者之间关系的疏密，结构据本书图2-3。下方为各方治理权重占比与95%区间，并列陈述中建议主导的一方；只有文本时不给出权重，框内为陈述条数与所述关系数。"
            "权重由被认为的影响力、召集活动与居间位置合成，不说明治理效果；“应当”不计入现状。",
        ),
    ),
    CatalogEntry(
        "learning_process",
        per_cluster=True,
        section="mechanisms",
        of_survey=True,
        tables=("scores_mechanisms",),
        lacking=Words(
            "No stage of learning could be measured: it takes answers on knowledge and who is tied to whom.",
            "学习过程各阶段均无法测度：需要知识方面的回答及关系数据。",
        ),
        title=Words("Process of cluster learning", "集群学习过程"),
        caption=Words(
            "Spillover, conversion and harvest of knowledge in one cluster, for all firms and for those of high and low potential, with 95 % intervals; structure after figure 2-5 of the book. Below each stage, the share of it that falls to "
            "high-potential firms, beside their share of firms, and how much is explicit knowledge: by contract of spillover, at certified firms of conversion and harvest. The measures of the stages are a reconstruction, each on its own scale. What a firm could receive is not what it received, and a "
            "value of high-potential firms does not say why: by definition they take no more than they give.",
            "图示一个集群知识溢出、转化与收获三个阶段在全部企业及高、低位势企业的均值与95%区间，结构据本书图2-5。各阶段之下为高位势企业所占比重及其企业占比，以及显性知识占比（溢出按契约，转化与收获按有认证的企业）。"
            "各阶段测度为重构，刻度不同；可能获得的知识不等于实际获得，高位势企业的取值也不说明原因：按定义其获取不多于提供。",
        ),
    ),
    CatalogEntry(
        "technology_space",
        per_cluster=True,
        section="mechanisms",
        of_survey=True,
        tables=("scores_mechanisms",),
        lacking=Words("The fields of joint projects are not known.", "合作研发项目的领域未知。"),
        title=Words("Technology space", "技术空间随知识领域的变化"),
        caption=Words(
            "How many combinations of technologies open up with each field of knowledge, and where the firms of one cluster stand on average, with 95 % intervals; structure after figure 2-6 of the book. The small points are a matter of counting and "
            "were not estimated; which combinations count is a reconstruction, so counting pairs alone stands beside. Fields are those of joint projects, so a firm that works alone in a field seems narrower than it is.",
            "图示知识领域每增加一个所开启的技术组合数，以及一个集群企业的平均位置与95%区间，结构据本书图2-6。小圆点由计数得出，并非估计；哪些组合计入属于重构，故并列仅计两两组合的情形。"
            "领域只计合作研发项目，独自研发的企业会显得较窄。",
        ),
    ),
    CatalogEntry(
        "network_emergence",
        per_cluster=True,
        section="mechanisms",
        of_survey=True,
        tables=("scores_mechanisms",),
        lacking=Words(
            "No technical field has a probability: it takes joint projects with their fields and how long partners have worked together.",
            "没有可计算概率的技术领域：需要合作研发项目的领域及合作年限。",
        ),
        title=Words("Emergence of innovation networks", "集群创新网络出现的概率"),
        caption=Words(
            "The probability that an innovation network emerges in a technical field, against its core participants and the years that partners have dealt with each other, which stand for its technology life; structure after figure 2-7 of the book. Curves follow the formula, numbered points are the fields of "
            "one cluster. The book states which way the probability moves and no formula: formula and constant are a reconstruction. So the probability orders fields; it is no forecast, and its level means nothing.",
            "图示某一技术领域出现创新网络的概率与其核心参与者数及合作双方往来年数（代替技术生命周期）的关系，结构据本书图2-7。曲线按公式画出，编号圆点为一个集群的各领域。"
            "书中只给出概率变化的方向，公式与常数为重构；因此概率只用于比较领域，不是预测，其水平没有含义。",
        ),
    ),
    CatalogEntry(
        "social_capital_paths",
        per_cluster=True,
        section="mechanisms",
        of_survey=True,
        tables=("scores_mechanisms",),
        lacking=Words(
            "The chain could not be estimated: too few firms answered all of its questions, or they were not asked.",
            "无法估计该链条：回答全部相关题目的企业过少，或未问及。",
        ),
        title=Words("Social-capital mechanism, as estimated", "集群社会资本运行机制（估计）"),
        caption=Words(
            "From trust to knowledge sharing and lower transaction costs, and on to performance; structure after figure 2-8 of the book. Numbers on arrows are standardized coefficients over the firms of one cluster with 95 % bootstrap intervals; the wider an "
            "arrow, the larger, and a dashed gray one is not told from none. Firms answered once and about themselves: the direction of the arrows is the model's, and a coefficient is no proof that trust brings performance.",
            "图示从信任到知识共享与交易费用降低、再到绩效的链条，结构据本书图2-8。箭头上为一个集群企业层面的标准化系数与95%自助区间，越宽越大，灰色虚线表示不能与0区分。"
            "企业只回答一次且为自述：箭头方向由模型设定，系数不证明信任带来绩效。",
        ),
    ),
    CatalogEntry(
        "upgrading_paths",
        per_cluster=True,
        section="mechanisms",
        tables=("scores_mechanisms", "scores_evidence"),
        lacking=Words(
            "Neither answers nor statements bear on a path of upgrading.", "没有与升级路径有关的回答或陈述。"
        ),
        title=Words("Paths of upgrading", "升级的动态演进路径"),
        caption=Words(
            "From the mechanisms to the ways of upgrading and the four outward paths that rest on them; structure after figure 2-9 of the book. Where firms were asked, arrows to a path are standardized coefficients of the upgrading that they report on their scores, with 95 % "
            "bootstrap intervals; else the boxes hold the balance and number of statements. Scores of one cluster go together, so single coefficients are uncertain; they describe firms at one time and do not prove which way leads to a path.",
            "图示从运行机制到升级实现方式、再到以其为基础的四条外在升级路径，结构据本书图2-9。问及企业时，至路径的箭头为企业所报告升级对其得分的标准化系数与95%自助区间；否则框内为陈述的平衡度与条数。"
            "同一集群的各项得分彼此相关，单个系数并不确定；结果描述同一时点的企业，不证明哪种方式通向哪条路径。",
        ),
    ),
)

CATALOG = {entry.id: entry for entry in _ENTRIES}


Planned = (
    tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, bool] | tuple[str, str, str, bool, bool]
)


def planned_figures(cells: Sequence[Planned]) -> list[str]:
    """Return the ids of every figure of a study, such as `ladder` and `timeline.ningbo_apparel.2009`.

    Its cells are (cluster, wave), then as far as known: boundary, whether it has answers of a survey, whether it has exports. A figure that a boundary
    does not bear, or that needs answers or exports where there are none, is not planned; if that is not given, it is, and `compose_figure` says on
    its sheet why it is not drawn.
    """
    names = []
    for entry in CATALOG.values():
        if not entry.per_cluster:
            names.append(entry.id)
            continue
        names += [
            f"{entry.id}.{cluster}.{wave}"
            for cluster, wave, *known in cells
            if (not entry.complete or not known or known[0] in COMPLETE)
            and (not entry.of_survey or len(known) < 2 or known[1])
            and (not entry.of_exports or len(known) < 3 or known[2])
        ]
    return names


def figure_parts(figure: str) -> tuple[str, str, str]:
    """Return (catalog id, cluster, wave) of a planned figure; cluster and wave are empty for a figure of the whole study."""
    name, _, cell = figure.partition(".")
    cluster, _, wave = cell.partition(".")
    if name not in CATALOG or CATALOG[name].per_cluster != bool(cluster and wave):
        raise GumflowError(f"There is no figure {figure!r}; the figures are {', '.join(CATALOG)}.")
    return name, cluster, wave


def figure_caption(figure: str, language: str) -> str:
    """Return a planned figure's caption."""
    return CATALOG[figure_parts(figure)[0]].caption(language)


def figure_section(figure: str) -> str:
    """Return the section of the page that a planned figure stands in."""
    return CATALOG[figure_parts(figure)[0]].section


def figure_texts(figure: str, cells: "pd.DataFrame", language: str) -> tuple[str, str]:
    """Return (title with the cluster's label, caption) of a planned figure."""
    name, cluster, wave = figure_parts(figure)
    title = CATALOG[name].title(language)
    if cluster:
        cell = cells[(cells["cluster"] == cluster) & (cells["wave"] == wave)].iloc[0]
        several = (cells["cluster"] == cluster).sum() > 1
        title += f": {cell[f'cluster_{language}']}" + (f" ({wave})" if several else "")
    return title, CATALOG[name].caption(language)
