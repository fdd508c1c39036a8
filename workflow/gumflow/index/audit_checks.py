"""The checks of the audit: what each is called, where it comes from, its limits, and what is read from its verdict, in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "warn", "fail", "not_tested"]
VERDICTS_ZH = {"pass": "通过", "warn": "注意", "fail": "不通过", "not_tested": "未检验"}

LEAST_OWN = 0.3
"""A part should correlate at least so much with its own group (OECD and JRC 2008; common practice of the JRC's audits)."""
WORST_PAIR = -0.4
"""Parts of a group that correlate below this cancel each other out."""
REDUNDANT = 0.92
"""Parts that correlate more than this are nearly the same information twice (the JRC's audits)."""
LEAST_ALPHA = 0.7
"""Nunnally 1978."""
LEAST_KMO, WORST_KMO = 0.6, 0.5
"""Kaiser 1974: below 0.6 mediocre or worse, below 0.5 unacceptable."""
IMPORTANCE_RANGE = (0.5, 2.0)
"""Importance may be half to twice the weight."""
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Check:
    """One kind of check: labels, definition with source, and for each verdict what it means (English, Chinese)."""

    label: str
    label_zh: str
    definition: str
    source: str
    readings: Mapping[str, tuple[str, str]]


CHECKS: Mapping[str, Check] = {
    "group_correlation": Check(
        "Correlation with its own group", "与本组的相关",
        f"Pearson correlation of an indicator or group with the score of the group it is in. Pass: {LEAST_OWN} or more; fail: below 0 and different from 0 (p < {SIGNIFICANT}).",
        "OECD and JRC 2008; Saisana and others, audits of the JRC",
        {
            "pass": ("{node} goes with its group {other}", "{node} 与所在组 {other} 同向变动"),
            "warn": ("{node} hardly goes with its group {other}: the group's score says little of it", "{node} 与所在组 {other} 几乎不相关：该组得分很少反映它"),
            "fail": ("{node} goes against its group {other}: check its direction, or whether it belongs there", "{node} 与所在组 {other} 反向变动：请检查其方向，或它是否属于该组"),
        },
    ),
    "rest_correlation": Check(
        "Correlation with the rest of its group", "与本组其余部分的相关",
        f"Pearson correlation with the weighted mean of the other parts of its group, so that a part does not correlate with itself. Warn: below 0 and different from 0 (p < {SIGNIFICANT}).",
        "Nunnally 1978 (corrected item-total correlation)",
        {
            "pass": ("{node} does not oppose the rest of {other}", "{node} 与 {other} 其余部分不相抵触"),
            "warn": ("{node} opposes the rest of {other}", "{node} 与 {other} 其余部分反向变动"),
        },
    ),
    "other_group_correlation": Check(
        "Greatest correlation with another group", "与其他组的最大相关",
        "Greatest Pearson correlation with another group of the level of its own; `high` is the correlation with its own group. Warn: another group is nearer.",
        "OECD and JRC 2008; audits of the JRC",
        {
            "pass": ("{node} is nearer to its own group than to any other", "{node} 与本组的相关高于其他各组"),
            "warn": ("{node} goes more with {other} than with its own group: does it belong there?", "{node} 与 {other} 的相关高于本组：它是否应归入该组？"),
        },
    ),
    "pair_correlation": Check(
        "Correlation between parts of a group", "组内两部分的相关",
        f"Pearson correlation between two parts of one group: every pair that is below 0 and different from 0 (p < {SIGNIFICANT}: warn; below {WORST_PAIR}: fail), else the lowest pair.",
        "OECD and JRC 2008; audits of the JRC",
        {
            "pass": ("no two parts of the group trade off; the lowest pair is {node} and {other}", "组内没有此消彼长的部分；相关最低的是 {node} 与 {other}"),
            "warn": ("{node} and {other} trade off inside one group", "同组的 {node} 与 {other} 此消彼长"),
            "fail": ("{node} and {other} cancel each other out inside one group", "同组的 {node} 与 {other} 相互抵消"),
        },
    ),
    "redundancy": Check(
        "Redundancy", "冗余",
        f"Absolute Pearson correlation of two indicators anywhere, or of two groups of one parent: every pair above {REDUNDANT} (warn), else the highest pair.",
        "audits of the JRC",
        {
            "pass": ("nothing is there twice; the nearest pair is {node} and {other}", "没有重复的信息；最接近的是 {node} 与 {other}"),
            "warn": ("{node} and {other} say nearly the same, which then counts twice", "{node} 与 {other} 信息几乎相同，等于计了两次"),
        },
    ),
    "alpha": Check(
        "Cronbach's alpha, standardized", "Cronbach α（标准化）",
        f"k r / (1 + (k - 1) r) of the parts right below a group, r their mean correlation; complete rows. Pass: {LEAST_ALPHA} or more; fail: below 0. It matters where parts are to reflect one thing, less where they make it up.",
        "Cronbach 1951; Nunnally 1978",
        {
            "pass": ("the parts of {node} hang together", "{node} 各部分内在一致"),
            "warn": ("the parts of {node} do not hang together: its score is a sum of different things", "{node} 各部分内在一致性不足：其得分是不同内容之和"),
            "fail": ("the parts of {node} oppose each other", "{node} 各部分相互对立"),
        },
    ),
    "alpha_raw": Check(
        "Cronbach's alpha, raw", "Cronbach α（原始）",
        f"k / (k - 1) (1 - sum of variances / variance of the sum) of the normalized parts right below a group; complete rows. Limits as for the standardized one ({LEAST_ALPHA}, 0).",
        "Cronbach 1951; Nunnally 1978",
        {
            "pass": ("the parts of {node}, on their own scales, hang together", "{node} 各部分（按各自尺度）内在一致"),
            "warn": ("the parts of {node}, on their own scales, do not hang together", "{node} 各部分（按各自尺度）内在一致性不足"),
            "fail": ("the parts of {node}, on their own scales, oppose each other", "{node} 各部分（按各自尺度）相互对立"),
        },
    ),
    "kmo": Check(
        "Kaiser-Meyer-Olkin measure", "KMO 抽样适当性",
        f"Sum of squared correlations / (that + sum of squared partial correlations) of three or more parts of a group; complete rows. Pass: {LEAST_KMO} or more; fail: below {WORST_KMO}.",
        "Kaiser 1974; Dziuban and Shirkey 1974",
        {
            "pass": ("the parts of {node} share enough for one summary", "{node} 各部分共有的信息足以归为一个指标"),
            "warn": ("the parts of {node} share little", "{node} 各部分共有的信息较少"),
            "fail": ("the parts of {node} share too little to be summarized as one factor", "{node} 各部分共有的信息太少，不能归为一个因子"),
        },
    ),
    "kmo_part": Check(
        "Kaiser-Meyer-Olkin measure of one part", "单项 KMO",
        f"The measure with the pairs of one part only. Pass: {LEAST_KMO} or more; fail: below {WORST_KMO}.",
        "Dziuban and Shirkey 1974",
        {
            "pass": ("{node} shares enough with the rest of {other}", "{node} 与 {other} 其余部分共有的信息足够"),
            "warn": ("{node} shares little with the rest of {other}", "{node} 与 {other} 其余部分共有的信息较少"),
            "fail": ("{node} shares too little with the rest of {other}", "{node} 与 {other} 其余部分共有的信息太少"),
        },
    ),
    "first_component": Check(
        "Variance share of the first principal component", "第一主成分方差份额",
        "First eigenvalue of the parts' correlations / their number; complete rows. Warn: the second eigenvalue is above 1 too, or a loading is negative.",
        "Kaiser 1960; OECD and JRC 2008",
        {
            "pass": ("the parts of {node} have one dimension", "{node} 各部分是一个维度"),
            "warn": ("the parts of {node} have more than one dimension, or one loads negatively: {detail}", "{node} 各部分不止一个维度，或有负载荷：{detail}"),
        },
    ),
    "importance_in_group": Check(
        "Importance in its group against weight", "在组内的重要性与权重之比",
        f"Correlation ratio of the group's score on a part, as a share of the sum over the group's parts, divided by the part's weight. Warn: outside {IMPORTANCE_RANGE[0]} to {IMPORTANCE_RANGE[1]:g}.",
        "Paruolo, Saisana and Saltelli 2013; Becker, Saisana, Paruolo and Vandecasteele 2017",
        {
            "pass": ("{node} counts in {other} about as much as its weight says", "{node} 在 {other} 中的实际影响与权重大致相符"),
            "warn": ("{node} counts {detail} in {other} than its weight says", "{node} 在 {other} 中的实际影响{detail}权重所示"),
        },
    ),
    "importance_in_index": Check(
        "Importance in the index against weight", "在总指数中的重要性与权重之比",
        f"Correlation ratio of the index on an indicator, as a share of the sum over all indicators, divided by the indicator's weight in the index (product of the weights on its way up). Warn: outside {IMPORTANCE_RANGE[0]} to {IMPORTANCE_RANGE[1]:g}.",
        "Paruolo, Saisana and Saltelli 2013; Becker, Saisana, Paruolo and Vandecasteele 2017",
        {
            "pass": ("{node} counts in the index about as much as its weight says", "{node} 在总指数中的实际影响与权重大致相符"),
            "warn": ("{node} counts {detail} in the index than its weight says", "{node} 在总指数中的实际影响{detail}权重所示"),
        },
    ),
    "outcome_slope": Check(
        "Slope on an outcome", "对结果变量的斜率",
        f"Least-squares slope of an outcome (more is better) on the index or one of the groups right below it: units of the outcome for one point of the score. Pass: above 0 (p < {SIGNIFICANT}, Student's t); fail: below 0. An association, no effect.",
        "OECD and JRC 2008, step 10",
        {
            "pass": ("units with a higher {node} have more {other}", "{node} 越高的单元，{other} 越高"),
            "warn": ("{node} does not go with {other}, as far as these units show", "就这些单元看，{node} 与 {other} 没有关联"),
            "fail": ("units with a higher {node} have less {other}", "{node} 越高的单元，{other} 越低"),
        },
    ),
    "outcome_r_squared": Check(
        "Share of an outcome's variance", "对结果变量方差的解释份额",
        "R2 of that regression, judged as the slope is.",
        "OECD and JRC 2008, step 10",
        {
            "pass": ("{node} accounts for this share of {other}", "{node} 解释 {other} 方差的这一份额"),
            "warn": ("{node} accounts for no share of {other} that could not be chance", "{node} 对 {other} 的解释份额可能出于偶然"),
            "fail": ("{node} goes against {other}", "{node} 与 {other} 反向变动"),
        },
    ),
    "outcome_spearman": Check(
        "Rank correlation with an outcome", "与结果变量的等级相关",
        f"Spearman's rank correlation of an outcome (more is better) with the index or one of the groups right below it. Pass: above 0 (p < {SIGNIFICANT}); fail: below 0.",
        "Spearman 1904; OECD and JRC 2008, step 10",
        {
            "pass": ("units that rank higher on {node} rank higher on {other}", "{node} 排位较高的单元，{other} 排位也较高"),
            "warn": ("ranks on {node} and {other} do not go together, as far as these units show", "就这些单元看，{node} 与 {other} 的排位没有关联"),
            "fail": ("units that rank higher on {node} rank lower on {other}", "{node} 排位较高的单元，{other} 排位较低"),
        },
    ),
}  # fmt: skip
