"""Five principles of policy for upgrading (the book's chapter 3), each as a check that passes, fails, or is left open by the data.

Two of them are of policy made for more than one cluster, and one cluster leaves them open. Whether firms got what they ask for is no
principle of the book, and a measure of its own.
"""

import math
from collections.abc import Mapping

import numpy as np

from gumflow.measures.registry import BOUNDARIES, SHARE, measure
from gumflow.mechanisms.cluster import Cluster, Values
from gumflow.mechanisms.policy_answers import consulted, either, unmet
from gumflow.mechanisms.rows import FEWEST, Rows, bootstrap_ratio, draw_counts, drawn_interval, wilson

ASKED = ("census", "roster", "sample")
CONTENTS = ("environment", "input_supply", "regional_brand", "cluster_governance", "intermediary_services")
"""The five contents of policy (3.3.1 to 3.3.5)."""
PRINCIPLES = ("wholeness", "bottom_up", "dynamic", "not_copied", "differentiated")
WHOLE = 4
"""Contents, of five, that a policy as a whole has."""

_UNKNOWN = "withheld: unknown, since {why}"
_ONE_CLUSTER = {
    "not_copied": "one cluster does not tell whether its policy was made for it or taken over from another",
    "differentiated": "one cluster does not tell whether policy differs between clusters of different type, region or stage",
}

Check = tuple[float, str, int]
"""Verdict (1, 0, NaN if open), the evidence or why it is open, and the number of firms or contents it rests on."""


@measure(
    name="policy_principle",
    level="cluster",
    label_en="Principle of policy is kept",
    label_zh="政策原则检验",
    definition=(
        "1 if a check of the principle passes, 0 if it fails, withheld if the data leave it open. wholeness: at least four of five contents are there, fails if "
        "two are not; bottom_up: most firms in touch were asked for their opinion; dynamic: unmet demand fell since the wave before, fails if it rose. "
        "not_copied (policy made for the cluster, not taken over) and differentiated (policy that differs between clusters of different type, region or stage) "
        "are always withheld: they are of more than one cluster, and no item asks for them."
    ),
    formula="1 or 0 where the 95 % interval is on one side of the limit",
    source="The book, 3.2.2 (five principles), after Liu and Chen 2004 and Tian 2004; Newcombe 1998 (difference of shares) [reconstruction]",
    boundaries=BOUNDARIES,
    cost="linear",
    bounds=SHARE,
)
def add_principles(rows: Rows, there: Mapping[str, bool]) -> None:
    """Add a check of each of the five principles: 1, 0, or why it is open."""
    checks = {
        "wholeness": _wholeness(rows.cluster, there),
        "bottom_up": _bottom_up(rows.cluster),
        "dynamic": _dynamic(rows.cluster),
        **{name: (math.nan, why, 0) for name, why in _ONE_CLUSTER.items()},
    }
    for principle in PRINCIPLES:
        verdict, words, n = checks[principle]
        if verdict != verdict:
            rows.withhold("policy_principle", _UNKNOWN.format(why=words), category=principle, n=n)
        else:
            rows.value("policy_principle", verdict, category=principle, n=n, method=words)


@measure(
    name="policy_responsive",
    level="cluster",
    label_en="Policy answers what firms ask for most",
    label_zh="政策回应企业首要需求",
    definition=(
        "1 if more firms got the content of policy most asked for than got the other contents on average, 0 if fewer did, withheld if the interval of the "
        "difference holds 0. It is of one cluster, and none of the five principles."
    ),
    formula="1 or 0 where the 95 % bootstrap interval of mean_i (got first_i - mean of got others_i) is on one side of 0",
    source="Questionnaire items NB33, NB35, YK33, YK35; the book, 3.2.2(2) (policy that meets what the parties expect); Efron 1979 (bootstrap) [reconstruction]",
    boundaries=ASKED,
    cost="linear",
    bounds=SHARE,
)
def add_responsive(rows: Rows, got: Mapping[str, Values], asked: Mapping[str, Values]) -> None:
    """Add whether more firms got what is most asked for: 1, 0, or why it is open."""
    verdict, words, n = _responsive(rows.cluster, got, asked)
    if verdict != verdict:
        rows.withhold("policy_responsive", _UNKNOWN.format(why=words), n=n)
    else:
        rows.value("policy_responsive", verdict, n=n, method=words)


def _verdict(low: float, high: float, limit: float) -> float:
    return 1.0 if low > limit else 0.0 if high < limit else math.nan


def _wholeness(cluster: Cluster, there: Mapping[str, bool]) -> Check:
    done, missing = sum(there.values()), len(there) - sum(there.values())
    words = f"{done} of {len(CONTENTS)} contents are there, {missing} are not, and of {len(CONTENTS) - len(there)} nothing is known"
    if cluster.boundary == "text":
        return math.nan, f"a text tells of contents one by one: {words}", len(there)
    return (1.0 if done >= WHOLE else 0.0 if missing > len(CONTENTS) - WHOLE else math.nan), words, len(there)


def _bottom_up(cluster: Cluster) -> Check:
    flags = consulted(cluster)
    known = flags[~np.isnan(flags)]
    if cluster.boundary == "text" or len(known) < FEWEST:
        return (
            math.nan,
            "too few firms in touch with agencies say whether they were asked for their opinion",
            len(known),
        )
    low, high = wilson(float(known.sum()), len(known))
    return (
        _verdict(low, high, 0.5),
        f"{known.mean():.0%} of the firms in touch were asked for their opinion, interval {low:.0%} to {high:.0%}",
        len(known),
    )


def _dynamic(cluster: Cluster) -> Check:
    if cluster.earlier is None:
        return math.nan, "there is no earlier wave to compare with", 0
    shares = []
    for wave in (cluster.earlier, cluster):
        lacking = unmet(wave) if wave.boundary != "text" else {}
        flags = either(*lacking.values()) if lacking else np.empty(0)
        known = flags[~np.isnan(flags)]
        if len(known) < FEWEST:
            return math.nan, "too few firms say in both waves what they asked for and got", len(known)
        shares.append((float(known.mean()), *wilson(float(known.sum()), len(known)), len(known)))
    (p0, l0, u0, _), (p1, l1, u1, n) = shares
    fall = p0 - p1
    low, high = fall - math.hypot(p0 - l0, u1 - p1), fall + math.hypot(u0 - p0, p1 - l1)
    return (
        _verdict(low, high, 0.0),
        f"unmet demand was {p0:.0%} in the wave before and is {p1:.0%}, fall from {low:.0%} to {high:.0%}",
        n,
    )


def _responsive(cluster: Cluster, got: Mapping[str, Values], asked: Mapping[str, Values]) -> Check:
    contents = [content for content in CONTENTS if content in got and content in asked]
    if len(contents) < 2:
        return math.nan, "demand and supply are known together of fewer than two contents", 0
    demand = [float(np.nanmean(asked[content])) for content in contents]
    first = contents[int(np.argmax(demand))]
    others = [got[content] for content in contents if content != first]
    flags = np.column_stack([got[first], *others])
    gap = flags[:, 0] - flags[:, 1:].mean(axis=1)
    n = int((~np.isnan(gap)).sum())
    if n < FEWEST:
        return math.nan, "too few firms say what they got", n
    draws = bootstrap_ratio(draw_counts(cluster), gap, np.ones(len(gap)))
    value = float(np.nanmean(gap))
    low, high = drawn_interval(value, draws, n, (-1.0, 1.0))
    if low != low:
        low = high = value
    words = f"{first} is asked for most; {np.nanmean(got[first]):.0%} got it, {value:+.0%} against the other contents, interval {low:+.0%} to {high:+.0%}"
    return _verdict(low, high, 0.0), words, n
