"""What each column means of the tables that the command `index` writes."""

import pandas as pd

from gumflow.index.audit_checks import CHECKS

_KEYS = (
    ("unit", "the unit", ""),
    ("time", "its time; only where the data have several", ""),
    ("name", "the unit's name", ""),
)  # fmt: skip
_RESULTS = (
    ("rank", "rank of the index among units of the same time, 1 = best; tied units share the best rank (1, 2, 2, 4); empty with fewer than three units", ""),
    ("CODE", "score of the index, then of each group from the top down, then the normalized value of each indicator (more is better), under its own code", ""),
    ("coverage", "share of the unit's indicators that were known before anything was imputed", ""),
    ("imputed_share", "share of the unit's indicators that were imputed", ""),
)  # fmt: skip
_COVERAGE = (
    ("CODE", "known share of the indicators below the index and below each group", ""),
    ("action", "what came of a unit below screen.least_unit", ""),
)
_INDICATORS = (
    ("indicator", "code of the indicator", ""),
    ("name", "its name", ""),
    ("direction", "1 if more is better, -1 if less is", ""),
    ("known", "share of units with a value", ""),
    ("zero", "share of zeros among the values", ""),
    ("unique", "share of different values among them", ""),
    ("limit", "least share of known values that screen.least_indicator asks for", ""),
    ("imputed", "values that were imputed", ""),
    ("left", "values that stayed missing", ""),
    ("outside", "imputed values beyond all known ones", ""),
    ("skew_before", "skewness before treatment, type 2 (as in Excel)", "Joanes and Gill 1998"),
    ("kurtosis_before", "excess kurtosis before treatment, type 2", "Joanes and Gill 1998"),
    ("method", "how it was treated", ""),
    ("treated_cells", "values that treatment changed", ""),
    ("skew_after", "skewness after treatment", "Joanes and Gill 1998"),
    ("kurtosis_after", "excess kurtosis after treatment", "Joanes and Gill 1998"),
    ("passed", "whether skew or kurtosis is within its limit after treatment; empty where nothing is tested", "OECD and JRC 2008"),
    ("note", "why nothing is tested, or what is still beyond the limits", ""),
)  # fmt: skip
_TREATED = (
    ("indicator", "code of the indicator", ""),
    ("before", "value before treatment, divided by its denominator and with gaps filled", ""),
    ("after", "value after treatment; on a log scale where the rule says log", ""),
    ("rule", "winsorized down or up (to the next value), log", "OECD and JRC 2008"),
)
_IMPUTED = (
    ("indicator", "code of the indicator", ""),
    ("value", "value that was filled in; under multiple imputation the mean of all draws", ""),
    ("least", "least value over the draws of multiple imputation, else the value", "Rubin 1987"),
    ("most", "greatest value over these draws, else the value", "Rubin 1987"),
)
_WEIGHTS = (
    ("group", "the group in which the weight counts", ""),
    ("code", "the node", ""),
    ("level", "its level, 1 = indicator", ""),
    ("method", "how the weights of the group came about", ""),
    ("weight", "weight in the group; those of a group add up to 1", ""),
    ("weight_in_index", "product with the weights of all groups above; those of the indicators add up to 1", ""),
)  # fmt: skip
_STATISTICS = (
    ("group", "the group", ""),
    ("code", "the node; empty for the group as a whole", ""),
    ("statistic", "what a weighting method has found out, such as loadings, the consistency ratio of AHP or the spread of experts", ""),
    ("value", "its value", ""),
)  # fmt: skip
_AUDIT = (
    ("check", "the check; each is defined in a row of its own here", ""),
    ("node", "what is checked", ""),
    ("other", "the group, pair or outcome that it is set against", ""),
    ("value", "what was found", ""),
    ("low", "limit below which it does not pass", ""),
    ("high", "limit above which it does not pass", ""),
    ("p", "two-sided p-value where the verdict asks for one", ""),
    ("n", "rows that were used", ""),
    ("verdict", "pass, warn, fail or not_tested", ""),
    ("reading", "what it means", ""),
    ("reading_zh", "the same in Chinese", ""),
)
_LEFT_OUT = (
    ("code", "the node that is left out, with all below it", ""),
    ("level", "its level, 1 = indicator", ""),
    ("mean_shift", "mean absolute change of rank over units", "Saisana, Saltelli and Tarantola 2005"),
    ("most_shift", "greatest change of rank", ""),
    ("unit", "the unit with that change", ""),
    ("time", "its time; only where the data have several", ""),
    ("rank", "its rank with the node", ""),
    ("rank_without", "its rank without", ""),
    ("reason", "why the index cannot be made without the node", ""),
)
_SWAPS = (
    ("time", "the time; only where the data have several", ""),
    ("rank", "rank of the unit", ""),
    ("unit", "the unit", ""),
    ("other", "the one that follows it", ""),
    ("code", "the node whose weight has to change least for both to be equal; empty if no single one can do it", ""),
    ("group", "its group", ""),
    ("weight", "its weight there", ""),
    ("break_even", "its weight at which both scores are the same, others of the group in proportion", ""),
    ("change", "the difference between the two; near 0, the order of the two units rests on that weight", ""),
)  # fmt: skip
_UNCERTAINTY = (
    ("source", "method (choices and weights), or imputation (completed tables)", ""),
    ("replicates", "how many there are", ""),
    ("rank", "rank in results.csv", ""),
    ("low", "lower end of the interval of ranks over replicates, which holds uncertainty.interval of them", "Saisana, Saltelli and Tarantola 2005"),
    ("median", "median rank", ""),
    ("high", "upper end of the interval", ""),
    ("mean", "mean rank", ""),
    ("same", "share of replicates with the rank of results.csv", ""),
    ("ranked_share", "share of replicates in which the unit has a rank", ""),
    ("score", "score in results.csv", ""),
    ("score_low", "lower end of the interval of scores, for imputation only: replicates of the method have scales of their own", ""),
    ("score_high", "upper end of it", ""),
)  # fmt: skip
_BEATS = (
    ("other", "another unit of the same time", ""),
    ("probability", "share of method replicates in which the unit ranks above the other one", ""),
)
_ACCEPTABILITY = (
    ("rank", "a rank", ""),
    (
        "share",
        "share of method replicates in which the unit has it",
        "Lahdelma, Hokkanen and Salminen 1998",
    ),
)
_REPLICATES = (
    ("replicate", "number of the row in the table of replicates, from 1", ""),
    ("unit", "the unit", ""),
    ("time", "its time; only where the data have several", ""),
    ("score", "score of the index in it", ""),
    ("rank", "rank in it", ""),
)
_SENSITIVITY = (
    ("output", "rank (of a unit) or mean_rank_shift (over units, from the ranks in results.csv)", "Saisana, Saltelli and Tarantola 2005"),
    ("unit", "the unit; empty for the shift", ""),
    ("time", "its time; only where the data have several", ""),
    ("assumption", "the choice that varies, or the noise of the weights of a level", ""),
    ("base", "base sample; a quarter and half of it show whether indices have settled", ""),
    ("runs", "runs of the chain", ""),
    ("first", "share of the output's variance that goes with this assumption alone", "Saltelli et al. 2010"),
    ("first_low", "lower end of its interval", ""),
    ("first_high", "upper end of it", ""),
    ("total", "share that goes with it and all its interactions", "Jansen 1999"),
    ("total_low", "lower end of its interval", ""),
    ("total_high", "upper end of it", ""),
    ("reason", "why there are no indices", ""),
)  # fmt: skip
_WHAT_IF = (
    ("score_then", "score in results.csv", ""),
    ("score_now", "score with the weights of --weight", ""),
    ("change", "the difference", ""),
    ("rank_then", "rank in results.csv", ""),
    ("rank_now", "rank with the weights of --weight", ""),
    ("shift", "ranks gained", ""),
)
_PROFILES = (
    ("node", "the index, a group or an indicator", ""),
    ("label", "its name", ""),
    ("level", "its level, 1 = indicator", ""),
    ("score", "the unit's score; of an indicator, its normalized value", ""),
    ("rank", "its rank on the node among units of the same time, 1 = best", ""),
    ("ranked", "how many units have a rank there", ""),
    ("rank_low", "lower end of the rank interval of the index, as in uncertainty.csv", ""),
    ("rank_high", "upper end of it", ""),
    ("median", "median score of the units", ""),
    ("weight", "weight of the node in the index", ""),
    ("standing", "strength or weakness: an indicator with weight in which at most a fifth of the units (or the unit alone) are as good, or as bad", ""),
    ("place", "its place among the unit's strengths or weaknesses, of which five are named at most", ""),
)  # fmt: skip
_CONTRIBUTIONS = (
    ("target", "the index or group whose score is taken apart", ""),
    ("total", "its score", ""),
    ("node", "an indicator below it; of a residual, the group that it comes from", ""),
    ("kind", "indicator; or residual: what the method of aggregation adds or takes off beyond the parts", ""),
    ("contribution", "points of the total; all of a unit's add up to it", ""),
    ("share", "contribution as a share of the total", ""),
)  # fmt: skip
_TRACE = (
    ("indicator", "code of the indicator", ""),
    ("raw", "value in the data", ""),
    ("denominated", "divided by its denominator", ""),
    ("imputed", "1 if it was missing and is filled in", ""),
    ("completed", "with that filled in", ""),
    ("treated", "after treatment of outliers", ""),
    ("treatment", "the rule that changed it", ""),
    ("normalized", "after normalization", ""),
    ("weight", "the weight that it has in the unit's index; weights of what is missing go to the others of the group", ""),
    ("contribution", "points that it brings to the unit's index", ""),
)  # fmt: skip
_CHANGES = (
    ("unit", "the unit", ""),
    ("time_before", "the wave before", ""),
    ("time", "the wave", ""),
    ("node", "the index or a group", ""),
    ("before", "its score as it stood when the wave before was the last one: with the bounds of all waves up to then, under normalize.by time of that wave alone", ""),
    ("after", "the same when this wave was the last one", ""),
    ("change", "the difference", ""),
    ("data_change", "the part that comes with the unit's own data", "Shorrocks 2013"),
    ("method_change", "the part that comes with bounds or moments that have moved", "Shorrocks 2013"),
    ("note", "why the change is not split", ""),
)  # fmt: skip
_TABLES = {
    "results": (*_KEYS[:2], *_RESULTS),
    "coverage": (*_KEYS, *_COVERAGE),
    "indicators": _INDICATORS,
    "treated": (*_KEYS, *_TREATED),
    "imputed": (*_KEYS, *_IMPUTED),
    "weights": _WEIGHTS,
    "weight_statistics": _STATISTICS,
    "audit": _AUDIT,
    "uncertainty": (*_KEYS, *_UNCERTAINTY),
    "beats": (*_KEYS[:2], *_BEATS),
    "acceptability": (*_KEYS[:2], *_ACCEPTABILITY),
    "replicates": _REPLICATES,
    "sensitivity": _SENSITIVITY,
    "leave_one_out": _LEFT_OUT,
    "swaps": _SWAPS,
    "what_if": (*_KEYS, *_WHAT_IF),
    "profiles": (*_KEYS, *_PROFILES),
    "contributions": (*_KEYS[:2], *_CONTRIBUTIONS),
    "trace": (*_KEYS[:2], *_TRACE),
    "changes": _CHANGES,
}
_CHECKS = [
    ("audit", f"check: {name}", f"{check.label}: {check.definition}", check.source)
    for name, check in CHECKS.items()
]
CODEBOOK = pd.DataFrame(
    [(table, *column) for table, columns in _TABLES.items() for column in columns] + _CHECKS,
    columns=["table", "column", "meaning", "source"],
    dtype="str",
)
