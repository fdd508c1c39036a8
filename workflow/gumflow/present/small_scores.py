"""Scores that rest on few firms: in a confidential study they are withheld, with those that would tell them.

A score may rest on few firms though its `n` is large: a share of two of sixty firms, a count of two, a largest value, the mean of what two
lead firms do. And a withheld share follows from the others where all of them add up to one. Whatever is withheld is withheld with all
that it follows from: of shares that add up, all; of a small group of firms, all that is said of it. See Hundepool et al. (2012),
Statistical Disclosure Control, chapters 4 and 5.

Not covered: shares of overlapping sets (firms that want a policy, firms that want it in vain) are held against the least number one by one.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.present.disclosure import shows_actors
from gumflow.present.suppression import SOLVABLE

FEW = "withheld: rests on fewer than the least number of firms, or would tell of so few"
Flags = NDArray[np.bool_]

_OF_NETWORKS = ("network", "layer", "layer_pair", "kind", "group_pair", "measure", "exports")
"""Kinds of units whose rows count actors, pairs, ties or years in `n`, not the firms that a share is of."""
_COUNTS = (
    "ties_stated",
    "mixing_ties",
    "core_participants",
    "entity_nodes",
    "functional_nodes",
    "lead_firms_found",
)
"""Measures whose value is a number of firms, organizations, projects or ties."""
_OF_ANSWERS = ("bond_kind_share", "informal_bond_kind_share", "joint_partner_kind_share")
"""Shares of the partners that firms name, of whom there is about one a firm or more: so a share below `minimum_firms` / n is of few."""
_OF_ONE = ("gatekeeper_removal_loss_largest",)
"""Largest values over firms: each is the value of one firm."""
_LABELS = ("gvc_governance_mode", "linkage_quadrant")
"""Measures whose category is what was found, not what the row is about, though they have a value."""
_STAGES = ("knowledge_spillover", "knowledge_conversion", "knowledge_harvest")
_LARGEST = 4
"""How many firms the concentration ratio adds up."""

_NAMED = re.compile(r"\b(\d+) (?=(?:lead )?(?:firm|other|seat)\(s\)|whose governance)")
"""How reasons and methods name a number of firms that were counted, unlike one that is needed."""

_CELL = ["study", "cluster", "wave"]
_FAMILY = [*_CELL, "layer", "unit_kind", "unit", "measure"]


@dataclass(frozen=True)
class _Told:
    """Where a row of `measure` (and `category`, if given) is withheld, so are all of `others` in the same cell (and category, if `alike`)."""

    measure: str
    others: tuple[str, ...]
    category: str = ""
    alike: bool = False


_POLICY = ("policy_consulted_share", "policy_implementation", "policy_demand", "policy_demand_unmet")
_TOLD = (
    # Of a small group of firms, all that is said of it.
    _Told(
        "lead_firms_found",
        (
            "lead_effect_ratio", "lead_effect_p", "lead_firm_linkage", "lead_firm_help", "lead_firm_kappa", "board_seats_lead_share",
        ),
    ),
    _Told(
        "cognitive_role_share",
        ("gatekeeper_reach_share", "gatekeepers_access_lost", "gatekeeper_access_lost_mean", "gatekeeper_reach_lost_mean"),
        category="gatekeeper",
    ),
    _Told("high_potential_share", ("advice_flow_density", "feeding_ratio", "outside_partners_of_class")),
    _Told("core_participants", ("field_complexity", "technology_life", "network_emergence_probability"), alike=True),
    _Told("concentration_hhi", ("concentration_cr4",), alike=True),
    _Told("concentration_cr4", ("concentration_hhi",), alike=True),
    # Of a number, what it is a factor or a sum of; principles quote the shares that they rest on in words.
    _Told("board_seats_lead_share", ("governance_hybrid",)),
    _Told("entity_nodes", ("entity_nodes", "joint_partner_kind_share")),
    _Told("joint_partner_kind_share", ("entity_nodes",)),
    *(_Told(name, ("policy_principle", "policy_responsive")) for name in _POLICY),
    # A gate is a sum of types, and types are what gates differ by.
    _Told("gvc_governance_share", ("path_gate_share",)),
    _Told("path_gate_share", ("gvc_governance_share", "path_gate_share")),
)  # fmt: skip


def withhold_small_scores(tables: dict[str, pd.DataFrame], minimum_firms: int) -> dict[str, pd.DataFrame]:
    """The tables of a study with every table of scores (`scores_*`) as it may be shown: see withhold_small; `tables` must hold `cells`."""
    grade = tables["cells"]["grade"].iloc[0]
    return {
        name: withhold_small(table, grade, minimum_firms) if name.startswith("scores_") else table
        for name, table in tables.items()
    }


def withhold_small(scores: pd.DataFrame, grade: str, minimum_firms: int) -> pd.DataFrame:
    """Return the scores as a study of this grade may show them: of a confidential one, nothing on 1 to `minimum_firms` - 1 firms.

    Withheld are values on so few actors (`n`), counts of so few, shares and sums that so few firms have or lack, largest values, what is
    dominated by so few, all that is said of single pairs of groups, since a group may be one firm, and what would tell any of these. Of
    fewer than ten firms, intervals are left out, as single values could be solved from mean and interval. `scores` may be one part of
    a study's scores: parts do not tell each other's numbers.
    """
    if shows_actors(grade) or scores.empty:
        return scores
    few = _rests_on_few(scores, minimum_firms)
    few |= _classes_told(scores, minimum_firms)
    while True:
        more = few | _told(scores, few) | _adding_up(scores, few)
        if (more == few).all():
            break
        few = more
    few |= _says_few(scores["withheld"], minimum_firms)
    return _without(scores, few, few | _says_few(scores["method"], minimum_firms))


def _numbers(scores: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return scores["value"].to_numpy(dtype=float), scores["n"].to_numpy(dtype=float)


def _few(count: NDArray[np.float64], least: float) -> Flags:
    return (count > 0) & (count < least)


def _rests_on_few(scores: pd.DataFrame, least: int) -> Flags:
    """Return the rows that by themselves tell of few firms."""
    value, n = _numbers(scores)
    measure = scores["measure"]
    of_firms = ~scores["unit_kind"].isin(_OF_NETWORKS).to_numpy()
    # The number of firms with something, or the sum of what they have: a whole number where it is a count.
    hits = np.round(value * n)
    whole = of_firms & (np.abs(value * n - hits) < 1e-6)
    few = _few(n, least) | (whole & (_few(hits, least) | _few(n - hits, least)))
    few |= measure.isin(_COUNTS).to_numpy() & _few(value, least)
    few |= (measure == "core_participants").to_numpy() & _few(n - value, least)
    few |= measure.isin(_OF_ANSWERS).to_numpy() & _few(value * n, least)
    few |= measure.isin(_OF_ONE).to_numpy() & ~np.isnan(value)
    # The inverse of the Herfindahl index is the number of firms of one size that would be as concentrated.
    few |= (measure == "concentration_hhi").to_numpy() & (value * least > 1)
    few |= (measure == "concentration_cr4").to_numpy() & _few(n - _LARGEST, least)
    few |= (scores["unit_kind"] == "group_pair").to_numpy()
    return np.asarray(few, dtype=bool)


def _classes_told(scores: pd.DataFrame, least: int) -> Flags:
    """Return the rows on the classes of high and low potential where either, or the firms of no class, are few.

    The sum over all firms less that over a class is the sum over the rest.
    """
    out = np.zeros(len(scores), dtype=bool)
    mean = scores["measure"].isin([f"{stage}_mean" for stage in _STAGES])
    if not mean.any():
        return out
    of_stage = scores["measure"].str.replace(r"_(mean|high_share)$", "", regex=True)
    keys = [*_CELL, "layer", "unit_kind", "unit", "stage"]
    table = scores.assign(stage=of_stage)
    n = table[mean].pivot_table(index=keys, columns="category", values="n", aggfunc="first", dropna=False)
    n = n.reindex(columns=["all", "high", "low"]).astype("float64")
    known = n.fillna(0.0)
    rest = known["all"] - known["high"] - known["low"]
    told = n.index[(_few_any(known["high"], least) | _few_any(known["low"], least) | _few_any(rest, least))]
    row = pd.MultiIndex.from_frame(table[keys]).isin(told)
    of_class = mean & scores["category"].isin(("high", "low"))
    of_class |= scores["measure"].isin([f"{stage}_high_share" for stage in _STAGES])
    return np.asarray(row & of_class.to_numpy(), dtype=bool)


def _few_any(count: pd.Series, least: int) -> Flags:
    return _few(count.to_numpy(dtype=float), least)


def _told(scores: pd.DataFrame, few: Flags) -> Flags:
    """Return the rows that say more of what is withheld, or would tell it (`_TOLD`)."""
    out = np.zeros(len(scores), dtype=bool)
    measure, category = scores["measure"].to_numpy(), scores["category"].to_numpy()
    for rule in _TOLD:
        from_here = few & (measure == rule.measure)
        if rule.category:
            from_here &= category == rule.category
        if from_here.any():
            keys = [*_CELL, "category"] if rule.alike else _CELL
            index = pd.MultiIndex.from_frame(scores[keys])
            out |= np.isin(measure, rule.others) & index.isin(index[from_here])
    # The probability of all fields is the mean of those of single fields.
    chance = measure == "network_emergence_probability"
    if (few & chance).any():
        index = pd.MultiIndex.from_frame(scores[_CELL])
        out |= chance & (category == "all") & index.isin(index[few & chance])
    return out


def _adding_up(scores: pd.DataFrame, few: Flags) -> Flags:
    """Return the rows of families of shares that add up to one, where any of the family is withheld."""
    value, _ = _numbers(scores)
    hidden = scores[_FAMILY].assign(few=few, value=value, rows=(~np.isnan(value)).astype("int64"))
    by = hidden.groupby(_FAMILY, sort=False)
    adds_up = (by["value"].transform("sum") - 1).abs() < 1e-6
    several = by["rows"].transform("sum") > 1
    return np.asarray(by["few"].transform("any") & adds_up & several & ~np.isnan(value), dtype=bool)


def _says_few(texts: pd.Series, least: int) -> Flags:
    """Return the rows whose reason or method names a number of firms (or seats) from 1 to `least` - 1."""
    told = {text: any(0 < int(number) < least for number in _NAMED.findall(text)) for text in texts.unique()}
    return texts.map(told).to_numpy(dtype=bool)


def _without(scores: pd.DataFrame, few: Flags, unsaid: Flags) -> pd.DataFrame:
    """Return the scores without numbers and labels of the rows `few`, methods of the rows `unsaid`, and intervals of few firms."""
    n = scores["n"].to_numpy(dtype=float)
    solvable = (n < SOLVABLE) & ~scores["unit_kind"].isin(_OF_NETWORKS).to_numpy()
    blank = dict.fromkeys(("value", "n", "coverage"), few) | dict.fromkeys(("low", "high"), few | solvable)
    numbers = {c: scores[c].mask(rows) for c, rows in blank.items()}
    found = scores["value"].isna() & (scores["withheld"] == "") | scores["measure"].isin(_LABELS)
    return scores.assign(
        **numbers,
        category=scores["category"].mask(few & found.to_numpy(), ""),
        interval_kind=scores["interval_kind"].mask(few | solvable, ""),
        method=scores["method"].mask(unsaid, ""),
        withheld=scores["withheld"].mask(few, FEW),
    )
