"""What may be done with few units: the rules by number of units, in one place, that the chain, the weights and the commands read.

A unit is what is ranked (a cluster, a country, a firm); the waves of a panel are no further units, since what a unit is changes little
between waves. Weights read from data, tests of skew and claims on ranks need about ten units; two units have no ranking at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from gumflow.contract.errors import GumflowError

LEAST_RANKED = 3
"""Fewer units are not ranked: of two, which is first says no more than which score is higher."""
LEAST_FOR_CLAIMS = 10
"""With fewer units a rank is shown with a warning and with its interval."""
LEAST_FOR_DATA_WEIGHTS = 10
"""With fewer units weights are not read from the data."""
LEAST_FOR_SHAPE = 10
"""With fewer known values skew and kurtosis are not tested, and so nothing is winsorized or logged by rule."""
LEAST_FOR_COHERENCE = 10
"""With fewer units correlations, alpha, KMO, importance and regressions of the audit are not computed."""
DATA_DRIVEN = ("pca", "entropy", "critic", "balanced", "benefit_of_the_doubt")
"""Methods of weighting that read the weights from the data."""

Severity = Literal["note", "warning", "refused"]


@dataclass(frozen=True)
class SizeFinding:
    """What the number of units forbids (`refused`), makes doubtful (`warning`) or leaves out (`note`), in two languages."""

    code: str
    severity: Severity
    text: str
    text_zh: str


def weights_finding(units: int, method: str, *, group: str = "", allow: bool = False) -> SizeFinding | None:
    """Return what is to be said of a method of weighting with so many units; None if nothing is.

    A method in `DATA_DRIVEN` is refused below `LEAST_FOR_DATA_WEIGHTS` units, and only warned of where `allow` (choice `small_n: allow`).
    """
    if method not in DATA_DRIVEN or units >= LEAST_FOR_DATA_WEIGHTS:
        return None
    where, where_zh = (f" of group {group}", f"（组 {group}）") if group else ("", "")
    text = f"weights by {method}{where} rest on {units} unit(s), and need {LEAST_FOR_DATA_WEIGHTS}"
    text_zh = f"{method} 权重{where_zh}只依据 {units} 个单元，至少需要 {LEAST_FOR_DATA_WEIGHTS} 个"
    if allow:
        more, more_zh = (
            ": with another unit they could be quite different",
            "：换一个单元，权重就可能大不相同",
        )
        return SizeFinding("small_n_weights", "warning", text + more, text_zh + more_zh)
    return SizeFinding(
        "small_n_weights",
        "refused",
        f"{text}; choose given, equal, budget or ahp, or say small_n: allow",
        f"{text_zh}；请改用 given、equal、budget 或 ahp，或设定 small_n: allow",
    )


def shape_finding(known: int, indicator: str) -> SizeFinding | None:
    """Return that skew and kurtosis of an indicator with so many known values are not tested; None if they are."""
    if known >= LEAST_FOR_SHAPE:
        return None
    return SizeFinding(
        "small_n_shape",
        "note",
        f"{indicator}: skew and kurtosis are not tested with {known} known value(s), {LEAST_FOR_SHAPE} are needed; it is left as it is",
        f"{indicator}：只有 {known} 个已知值，不检验偏度和峰度（至少需要 {LEAST_FOR_SHAPE} 个）；数值保持原样",
    )


def rank_finding(units: int) -> SizeFinding | None:
    """Return whether so many units can be ranked: withheld below `LEAST_RANKED`, warned of below `LEAST_FOR_CLAIMS`, else None."""
    if units < LEAST_RANKED:
        return SizeFinding(
            "small_n_no_ranks",
            "refused",
            f"ranks are withheld: {units} unit(s) are too few to rank, {LEAST_RANKED} are needed; compare the scores and their intervals",
            f"不给出排名：{units} 个单元太少，至少需要 {LEAST_RANKED} 个；请比较得分及其区间",
        )
    if units < LEAST_FOR_CLAIMS:
        return SizeFinding(
            "small_n_ranks",
            "warning",
            f"{units} units are few: read ranks only with their intervals, and compare scores; claims on ranks need about {LEAST_FOR_CLAIMS} units",
            f"只有 {units} 个单元：排名须连同区间一起看，并应比较得分；要对排名下结论约需 {LEAST_FOR_CLAIMS} 个单元",
        )
    return None


def coherence_finding(units: int) -> SizeFinding | None:
    """Return that the audit's correlations, alpha, KMO, importance and regressions are left out with so few units; None if they are not."""
    if units >= LEAST_FOR_COHERENCE:
        return None
    return SizeFinding(
        "small_n_coherence",
        "note",
        f"{units} unit(s): correlations, alpha, KMO, importance and regressions need {LEAST_FOR_COHERENCE}",
        f"{units} 个单元：相关、alpha、KMO、重要性和回归至少需要 {LEAST_FOR_COHERENCE} 个",
    )


def size_findings(units: int, methods: Mapping[str, str], *, allow: bool = False) -> tuple[SizeFinding, ...]:
    """Return all that a run on so many units has to say before it begins, in order of weights, ranks and audit.

    `methods` names the weighting method of each group. Skew tests depend on each indicator's known values: see `shape_finding`.
    """
    found = [weights_finding(units, method, group=group, allow=allow) for group, method in methods.items()]
    found += [rank_finding(units), coherence_finding(units)]
    return tuple(f for f in found if f is not None)


def refuse_small_weights(findings: Iterable[SizeFinding]) -> None:
    """Raise one `GumflowError` with every refused weighting; withheld ranks raise nothing, since scores can still be given."""
    refused = [f.text for f in findings if f.severity == "refused" and f.code == "small_n_weights"]
    if refused:
        raise GumflowError("\n".join(refused))
