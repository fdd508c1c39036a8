"""How the chain of each firm is governed, after Gereffi, Humphrey and Sturgeon (2005), and which paths of upgrading that opens or blocks.

Three things decide the type: how complex the transaction is, how far it can be codified, and how able the supplier is. Answers give a degree
between 0 and 1 of each; the degree of a type is the product of the three. Power over the firm is measured apart: it is not part of the type.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures.registry import ANY_NUMBER, SHARE, measure
from gumflow.mechanisms.chain_items import stated_of
from gumflow.mechanisms.cluster import Cluster, Found, Row, Values
from gumflow.mechanisms.evidence import evidence_profile
from gumflow.mechanisms.rows import FEWEST, Rows, draw_counts, firm_table
from gumflow.networks.layers import BOUNDARIES

ANSWERED = ("census", "roster", "sample")
TYPES = {
    "market": (False, True, True),
    "modular": (True, True, True),
    "relational": (True, False, True),
    "captive": (True, True, False),
    "hierarchy": (True, False, False),
}
"""Type by whether complexity, codifiability and capability are high; the three other corners have no type."""
UNCLASSIFIED = "unclassified"
_PATHS = ("process", "product", "functional", "chain")
GATES = {
    "market": dict(zip(_PATHS, ("slowed", "slowed", "helped", "open"), strict=True)),
    "modular": dict(zip(_PATHS, ("helped", "helped", "helped", "open"), strict=True)),
    "relational": dict(zip(_PATHS, ("helped", "helped", "helped", "open"), strict=True)),
    "captive": dict(zip(_PATHS, ("helped", "helped", "blocked", "open"), strict=True)),
    "hierarchy": dict.fromkeys(_PATHS, "open"),
}
"""What each type does to each path, read from 1.3.1 and 1.3.2: networks are modular and relational, quasi-hierarchies captive chains.

Open where the text says nothing: of chain upgrading, and of hierarchies proper, which it lists apart from quasi-hierarchies.
"""
EFFECTS = ("helped", "slowed", "blocked", "open")
HINDERED = ("slowed", "blocked")
CUTS = (0.4, 0.5, 0.6)
"""Cuts between low and high over which a type is called stable; 0.5 gives the type."""
CAPABILITY_ITEMS = ("tech_level", "rd", "design_own")
_DIMENSIONS = ("complexity", "codifiability", "capability")
_NOT_ASKED = "withheld: the questionnaires do not ask for the {dimension} that the types of governance need"
_NO_OUTCOME = "withheld: no answer of the questionnaires tells of this path"
_FEW_SIDES = (
    "withheld: {one} firm(s) whose governance helps the path and {other} whose governance slows or blocks it have an outcome, "
    "and both need {least}"
)
_CLAIM, _SILENT = "what the source claims in general of", "the source claims nothing of this path in"
_NO_TYPE = "withheld: the source names no type of governance of the chain"


@dataclass(frozen=True, eq=False)
class Dimensions:
    """Degrees of complexity, codifiability and capability (3 x firms) in [0, 1], NaN where not answered; degrees of the types (5 x firms)."""

    degrees: NDArray[np.float64]
    types: NDArray[np.float64]
    corners: NDArray[np.float64]


def measure_chain_governance(cluster: Cluster) -> Found:
    """Return type, degrees, margin and stability of governance per firm, power and risks, shares of types, and the paths they open or block."""
    n = len(cluster.firms)
    found = dimensions_of(cluster)
    label, margin = governance_types(found)
    known = ~np.isnan(margin)
    stable = np.where(known, type_stability(found.degrees), np.nan)
    power, captive, retaliation = _power(cluster, found.degrees[2])
    columns: dict[str, NDArray] = {f"gvc_{name}": found.degrees[at] for at, name in enumerate(_DIMENSIONS)}
    columns |= {f"gvc_{name}_degree": found.types[at] for at, name in enumerate(TYPES)}
    columns |= {"gvc_governance": label, "gvc_governance_margin": margin, "gvc_governance_stability": stable}
    columns |= {"power_asymmetry": power, "captive_risk": captive, "retaliation_risk": retaliation}
    rows = Rows(cluster, "part", "external_linkage.chain")
    if cluster.boundary not in ANSWERED:
        for name in ("gvc_governance_share", "power_asymmetry_mean"):
            rows.withhold(name, cluster.why_not(name))
        return Found(firm_table(cluster, columns), [*rows, *_stated_gates(cluster)])
    missing = [name for at, name in enumerate(_DIMENSIONS) if n and np.isnan(found.degrees[at]).all()]
    gates: list[Row] = []
    if missing:
        rows.withhold("gvc_governance_share", _NOT_ASKED.format(dimension=" and the ".join(missing)))
    else:
        rows.mean("gvc_governance_margin_mean", margin)
        if rows[-1].get("withheld"):
            # The reason holds of all that rests on types: it is given once more, where a reader looks for it.
            rows.append(rows[-1] | {"measure": "gvc_governance_share"})
        else:
            rows.mean("gvc_governance_stability_mean", stable)
            _shares(rows, found, label, known)
            gates = [row for path in _PATHS for row in _gate(cluster, path, label, known)]
    for name, values in (
        ("power_asymmetry_mean", power),
        ("captive_risk_mean", captive),
        ("retaliation_risk_mean", retaliation),
    ):
        rows.mean(name, values)
    return Found(firm_table(cluster, columns), [*rows, *gates])


def dimensions_of(cluster: Cluster) -> Dimensions:
    """Return the degrees of the three dimensions and of the types.

    Complexity: breadth of the buyers' demands, written standards of inspection, other standards for export than at home. Codifiability: making wholly as ordered, three certificates
    or more as full, and the share of design and inputs of the largest buyers that are not decided together. Capability: level of technology,
    research, own part in design (in all, and with the largest buyers), and not needing key inputs from abroad; at least two of them.
    """
    n = len(cluster.firms)
    if cluster.boundary not in ANSWERED:
        degrees = np.full((3, n), np.nan)
    else:
        get = cluster.indicator
        joint = decided(cluster, "joint", ("R10.design", "R10.inputs"))
        own = decided(cluster, "own_firm", ("R10.design",))
        degrees = np.vstack(
            [
                _mean_of([get("complexity"), get("standards_n"), get("standards_differ")]),
                _mean_of([get("codif"), np.minimum(3 * get("cert"), 1.0), 1 - joint]),
                _mean_of([*(get(name) for name in CAPABILITY_ITEMS), own, 1 - get("key_gap")], least=2),
            ]
        )
    corners = np.vstack([_product(degrees, corner) for corner in itertools.product((False, True), repeat=3)])
    return Dimensions(degrees, np.vstack([_product(degrees, corner) for corner in TYPES.values()]), corners)


def decided(cluster: Cluster, by: str, questions: tuple[str, ...]) -> Values:
    """Return for each firm the share of decisions with its largest buyers that are taken `by` (own_firm, joint, buyer); NaN without any."""
    n = len(cluster.firms)
    hits, total = np.zeros(n), np.zeros(n)
    for question in questions:
        answers = cluster.answers(question)
        if len(answers):
            ticked = answers[(answers["alter"] != "") & (answers["value"] > 0)]
            firm = cluster.place_of(ticked["respondent"])
            inside, chosen = firm >= 0, (ticked["option"] == by).to_numpy()
            total += np.bincount(firm[inside], minlength=n)
            hits += np.bincount(firm[inside & chosen], minlength=n)
    return np.divide(hits, total, out=np.full(n, np.nan), where=total > 0)


def governance_types(found: Dimensions) -> tuple[NDArray[np.str_], Values]:
    """Return the type of each firm, empty where it is unknown or has none, and the margin between the two greatest degrees (NaN if unknown).

    Where the two are equal the firm lies between types and gets none.
    """
    n = found.corners.shape[1]
    known = ~np.isnan(found.corners).any(axis=0)
    ranked = np.sort(np.nan_to_num(found.corners), axis=0)
    margin = np.where(known, ranked[-1] - ranked[-2], np.nan)
    label = np.full(n, "", dtype="<U12")
    for name, corner in TYPES.items():
        degree = _product(found.degrees, corner)
        label[known & (margin > 1e-12) & (np.nan_to_num(degree) >= ranked[-1] - 1e-12)] = name
    return label, margin


def type_stability(degrees: NDArray[np.float64]) -> Values:
    """Return the share of 27 settings of the three cuts (0.4, 0.5, 0.6 each) under which a firm lies in the corner of the middle setting."""
    middle = degrees >= 0.5
    same = [(degrees >= np.array(cuts)[:, None]) == middle for cuts in itertools.product(CUTS, repeat=3)]
    return np.mean([s.all(axis=0) for s in same], axis=0) if same else np.empty(0)


def _power(cluster: Cluster, capability: Values) -> tuple[Values, Values, Values]:
    """Return power of buyers over each firm, the risk of being captive, and the risk of retaliation; all in [0, 1]."""
    if cluster.boundary not in ANSWERED:
        unknown = np.full(len(cluster.firms), np.nan)
        return unknown, unknown.copy(), unknown.copy()
    get = cluster.indicator
    price = decided(cluster, "buyer", ("R10.price",))
    weak = [1 - get("bargaining"), get("dep"), get("cap_reason"), get("retaliation"), get("lock"), price]
    return _mean_of(weak, least=3), get("fix") * (1 - capability), _mean_of([get("retaliation"), get("lock")])


def _shares(rows: Rows, found: Dimensions, label: NDArray[np.str_], known: NDArray[np.bool_]) -> None:
    """Add shares and mean degrees of the types, and the most frequent type with the share of bootstrap draws in which it stays so."""
    for at, name in enumerate(TYPES):
        rows.share("gvc_governance_share", np.where(known, label == name, np.nan), category=name)
        rows.mean("gvc_governance_degree_mean", found.types[at], category=name)
    rows.share("gvc_governance_share", np.where(known, label == "", np.nan), category=UNCLASSIFIED)
    hits = np.vstack([label == name for name in TYPES]).astype(np.float64)
    if not hits.sum():
        rows.withhold(
            "gvc_governance_mode",
            "withheld: no firm has a type of governance",
            n=int(known.sum()),
        )
        return
    mode = int(hits.sum(axis=1).argmax())
    stays = float(((draw_counts(rows.cluster) @ hits.T).argmax(axis=1) == mode).mean())
    rows.value(
        "gvc_governance_mode", stays, category=list(TYPES)[mode], n=int(known.sum()), coverage=float(known.mean()),
        method="share of bootstrap draws of firms in which this type is the most frequent",
    )  # fmt: skip


def _gate(cluster: Cluster, path: str, label: NDArray[np.str_], known: NDArray[np.bool_]) -> Rows:
    """Return for one path the shares of firms whose type helps it, slows it, blocks it or leaves it open, and whether the answers agree."""
    rows = Rows(cluster, "path", path)
    effect = np.array([GATES[name][path] if name else UNCLASSIFIED for name in label.tolist()], dtype="<U12")
    for word in (*EFFECTS, UNCLASSIFIED):
        rows.share("path_gate_share", np.where(known, effect == word, np.nan), category=word)
    if not any(gates[path] in HINDERED for gates in GATES.values()):
        return rows
    outcome = outcome_of(cluster, path)
    answered = ~np.isnan(outcome)
    if not answered.any():
        rows.withhold("path_gate_difference", _NO_OUTCOME)
        return rows
    one, other = outcome[answered & (effect == "helped")], outcome[answered & np.isin(effect, HINDERED)]
    if min(len(one), len(other)) < FEWEST:
        why = _FEW_SIDES.format(one=len(one), other=len(other), least=FEWEST)
        rows.withhold("path_gate_difference", why, n=len(one) + len(other))
        return rows
    value, low, high = mean_difference(one, other)
    more = {"low": low, "high": high, "interval_kind": "sampling"} if low == low else {}
    rows.value(
        "path_gate_difference", value, n=len(one) + len(other), coverage=(len(one) + len(other)) / len(cluster.firms),
        method="mean outcome of firms whose governance helps the path minus that of firms whose governance slows or blocks it; Welch's interval",
        **more,
    )  # fmt: skip
    rows.category(
        "path_gate_agreement",
        _agreement(low, high),
        method="sign of the difference against what the text says: above 0",
    )
    return rows


def outcome_of(cluster: Cluster, path: str) -> Values:
    """Return the mean standardized outcome of a path for each firm; NaN where no answer tells. Items that make up capability are left out."""
    declared = cluster.declared
    chosen = declared[
        (declared["construct"] == f"{path}_upgrading")
        & (declared["role"] == "outcome")
        & (declared["direction"] != 0)
    ]
    columns = [
        sign * _standardized(cluster.indicator(name))
        for name, sign in zip(chosen["indicator"], chosen["direction"], strict=True)
        if name not in CAPABILITY_ITEMS
    ]
    return _mean_of(columns) if columns else np.full(len(cluster.firms), np.nan)


def mean_difference(one: Values, other: Values) -> tuple[float, float, float]:
    """Return the difference of two means with Welch's 95 % interval (1947); NaN bounds where neither varies."""
    from scipy.special import stdtrit

    value = float(one.mean() - other.mean())
    parts = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)
    total = float(sum(parts))
    if total <= 1e-18:
        return value, math.nan, math.nan
    freedom = total**2 / (parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(other) - 1))
    half = float(stdtrit(freedom, 0.975)) * math.sqrt(total)
    return value, value - half, value + half


def _agreement(low: float, high: float) -> str:
    if not (low > 0 or high < 0):
        return "undecided"
    return "agrees" if low > 0 else "disagrees"


def _stated_gates(cluster: Cluster) -> list[Row]:
    """Return what is claimed in general of the type that a source states for the whole cluster, with what it says of the cluster itself."""
    types, contrary = stated_of(cluster, "governance_type"), stated_of(cluster, "governance_contrary")
    opposite = f"; the source also says the opposite of this cluster{contrary[0].place}" if contrary else ""
    own = _own_statements(cluster) if types else {}
    found: list[Row] = []
    for path in _PATHS:
        rows = Rows(cluster, "path", path)
        for one in types:
            effect = GATES[one.category][path]
            claim = f"{_SILENT if effect == 'open' else _CLAIM} {one.category} chains"
            words = f"{claim}, the type it names{one.place}{opposite}{own.get(path, '')}"
            rows.category("path_gate", effect, method=words)
        if not types:
            rows.withhold("path_gate", _NO_TYPE)
        found += rows
    return found


def _own_statements(cluster: Cluster) -> dict[str, str]:
    """Return in words what the statements coded for the cluster say of each path that any of them weighs."""
    statements = cluster.tables["statements"]
    if statements.empty:
        return {}
    profile = evidence_profile(statements, cluster.model, pd.DataFrame([cluster.head]))
    balances = profile[
        (profile["unit_kind"] == "path")
        & (profile["measure"] == "evidence_balance")
        & profile["value"].notna()
    ]
    return {
        path: f"; its statements on this path: balance {value:+.2f}, n {n:g}"
        for path, value, n in zip(balances["unit"], balances["value"], balances["n"], strict=True)
    }


def _product(degrees: NDArray[np.float64], corner: tuple[bool, ...]) -> Values:
    return np.prod(
        [degree if high else 1 - degree for degree, high in zip(degrees, corner, strict=True)], axis=0
    )


def _mean_of(columns: list[Values], least: int = 1) -> Values:
    """Return the mean of the known values of each firm; NaN with less than `least`."""
    table = np.vstack(columns)
    known = (~np.isnan(table)).sum(axis=0)
    total = np.where(np.isnan(table), 0.0, table).sum(axis=0)
    return np.divide(total, known, out=np.full(table.shape[1], np.nan), where=known >= least)


def _standardized(values: Values) -> Values:
    """Return z-scores; NaN throughout where fewer than two firms have a value or all have the same."""
    known = values[~np.isnan(values)]
    if len(known) < 2 or np.ptp(known) == 0:
        return np.full(len(values), np.nan)
    return (values - known.mean()) / known.std(ddof=1)


_GEREFFI = "Gereffi, Humphrey and Sturgeon 2005 (types and their three dimensions); items and product of degrees [adapted]"
_POWER = "Gereffi, Humphrey and Sturgeon 2005 (power asymmetry); Pietrobelli and Saliola 2008 (involvement of buyers) [adapted]"
_HUMPHREY = "Humphrey and Schmitz 2000 and 2002, as told by the book, 1.3.1 and 1.3.2 [reconstruction]"
_FUZZY = "the firm did not answer on all three dimensions"
for _name, _en, _zh, _definition, _formula, _source, _bounds, _scale, _undefined in (
    (
        "gvc_complexity", "Complexity of transactions", "交易复杂程度",
        "Mean of the breadth of the buyers' demands, the number of written standards of inspection (each as a share of those "
        "listed) and whether standards for export differ from those at home, as far as asked.",
        "mean of complexity, standards_n and standards_differ", _GEREFFI, SHARE, "number", "the firm did not answer",
    ),
    (
        "gvc_codifiability", "Codifiability of transactions", "交易可编码程度",
        "Mean of making wholly as ordered, certificates held (three or more count as full) and the share of decisions on design"
        " and inputs with the largest buyers that are not taken together, as far as known.",
        "mean of codif, min(1, 3 cert) and 1 - share of joint decisions", _GEREFFI, SHARE, "number", "the firm did not answer",
    ),
    (
        "gvc_capability", "Capability of the supplier", "供应商能力",
        "Mean of the level of technology, an R&D department, the own part in design, the share of designs for the largest buyers that are its own, and not needing key inputs from abroad; at"
        " least two of them.",
        "mean of tech_level, rd, design_own, share of designs by the firm and 1 - key_gap", _GEREFFI, SHARE, "number", "fewer than two items are answered",
    ),
    (
        "gvc_market_degree", "Degree of market governance", "市场型治理隶属度",
        "Degree to which the firm's chain is of the type market: the product of complexity X, codifiability C and capability S,"
        " or of what each lacks to 1.",
        "(1 - X) C S", _GEREFFI, SHARE, "number", _FUZZY,
    ),
    (
        "gvc_modular_degree", "Degree of modular governance", "模块型治理隶属度",
        "Degree to which the firm's chain is of the type modular: the product of complexity X, codifiability C and capability "
        "S, or of what each lacks to 1.",
        "X C S", _GEREFFI, SHARE, "number", _FUZZY,
    ),
    (
        "gvc_relational_degree", "Degree of relational governance", "关系型治理隶属度",
        "Degree to which the firm's chain is of the type relational: the product of complexity X, codifiability C and "
        "capability S, or of what each lacks to 1.",
        "X (1 - C) S", _GEREFFI, SHARE, "number", _FUZZY,
    ),
    (
        "gvc_captive_degree", "Degree of captive governance", "俘获型治理隶属度",
        "Degree to which the firm's chain is of the type captive: the product of complexity X, codifiability C and capability "
        "S, or of what each lacks to 1.",
        "X C (1 - S)", _GEREFFI, SHARE, "number", _FUZZY,
    ),
    (
        "gvc_hierarchy_degree", "Degree of hierarchy governance", "层级型治理隶属度",
        "Degree to which the firm's chain is of the type hierarchy: the product of complexity X, codifiability C and capability"
        " S, or of what each lacks to 1.",
        "X (1 - C) (1 - S)", _GEREFFI, SHARE, "number", _FUZZY,
    ),
    (
        "gvc_governance", "Governance of the firm's chain", "企业价值链治理类型",
        "The type whose degree is the greatest of all eight corners of complexity, codifiability and capability; none where the"
        " greatest is one of the three corners that no type describes (low complexity with low codifiability or low "
        "capability), or two are equal.",
        "argmax over corners of the product of degrees", _GEREFFI, SHARE, "label", "unknown on a dimension, between types, or in a corner without type",
    ),
    (
        "gvc_governance_margin", "Margin of the type of governance", "治理类型判别差距",
        "Greatest minus second greatest degree over the eight corners; near 0 the type hangs on small differences in the "
        "answers.",
        "mu_(1) - mu_(2)", _GEREFFI, SHARE, "number", _FUZZY,
    ),
    (
        "gvc_governance_stability", "Stability of the type of governance", "治理类型稳定性",
        "Share of 27 settings of the cuts between low and high (0.4, 0.5, 0.6 for each dimension) under which the firm stays in"
        " its corner.",
        "share of settings with the corner of the cuts at 0.5", "Gereffi, Humphrey and Sturgeon 2005 (types); sensitivity to cuts as in Ragin 2008 [reconstruction]", SHARE, "number", _FUZZY,
    ),
    (
        "power_asymmetry", "Power of buyers over the firm", "采购商权力不对称",
        "Mean of not having the upper hand on prices, dependence on export orders, reasons of captivity, fear that an own brand"
        " costs orders, lock-in by feared reactions, and prices set by the largest buyers, as far as asked; at least three. It "
        "is no part of the type of governance.",
        "mean of 1 - bargaining, dep, cap_reason, retaliation, lock and share of prices set by buyers", _POWER, SHARE, "number", "fewer than three items are answered",
    ),
    (
        "captive_risk", "Risk of being captive", "被俘获风险",
        "Steadiness of buyers times what the firm lacks in capability: steady buyers bind only those who cannot turn elsewhere.",
        "fix (1 - S)", _POWER, SHARE, "number", "steadiness of buyers or capability is unknown",
    ),
    (
        "retaliation_risk", "Risk of retaliation", "遭报复风险",
        "Mean of the fear that an own brand costs orders and of the share of feared reactions, as far as asked.",
        "mean of retaliation and lock", _POWER, SHARE, "number", "neither is answered",
    ),
):  # fmt: skip
    measure(
        name=_name, level="firm", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula, source=_source,
        boundaries=ANSWERED, cost="linear", bounds=_bounds, scale="label" if _scale == "label" else "number", undefined=_undefined,
    )(measure_chain_governance)  # fmt: skip
for _name, _en, _zh, _definition, _formula, _source, _bounds, _boundaries, _undefined, _drawn in (
    (
        "gvc_governance_share", "Share of firms by governance of their chain", "各治理类型企业比重",
        "Share of firms whose chain is of each type, and of those that have none.",
        "share of firms; a category for each type", _GEREFFI, SHARE, ANSWERED, "", True,
    ),
    (
        "gvc_governance_degree_mean", "Mean degree of a type of governance", "治理类型平均隶属度",
        "Mean over firms of the degree of each type; unlike the share it does not hang on where the greatest degree lies.",
        "mean of the degree; a category for each type", _GEREFFI, SHARE, ANSWERED, "", True,
    ),
    (
        "gvc_governance_mode", "Most frequent governance of chains", "主要治理类型",
        "The type that most firms are in; the value is the share of bootstrap draws of firms in which it is the most frequent.",
        "argmax of the shares; share of draws with the same argmax", _GEREFFI, SHARE, ANSWERED, "no firm has a type", False,
    ),
    (
        "gvc_governance_margin_mean", "Mean margin of the type of governance", "治理类型判别差距均值",
        "Mean over firms of the margin between the two greatest degrees.",
        "mean over firms", _GEREFFI, SHARE, ANSWERED, "", True,
    ),
    (
        "gvc_governance_stability_mean", "Mean stability of the type of governance", "治理类型稳定性均值",
        "Mean over firms of the share of settings of the cuts under which a firm stays in its corner.",
        "mean over firms", _GEREFFI, SHARE, ANSWERED, "", True,
    ),
    (
        "power_asymmetry_mean", "Mean power of buyers over firms", "采购商权力不对称均值",
        "Mean over firms of the power of buyers.",
        "mean over firms", _POWER, SHARE, ANSWERED, "", True,
    ),
    (
        "captive_risk_mean", "Mean risk of being captive", "被俘获风险均值",
        "Mean over firms of the risk of being captive.",
        "mean over firms", _POWER, SHARE, ANSWERED, "", True,
    ),
    (
        "retaliation_risk_mean", "Mean risk of retaliation", "遭报复风险均值",
        "Mean over firms of the risk of retaliation.",
        "mean over firms", _POWER, SHARE, ANSWERED, "", True,
    ),
    (
        "path_gate_share", "Share of firms by what governance does to a path", "治理对路径作用的企业比重",
        "Share of firms whose type of governance helps a path, slows it, blocks it or leaves it open: captive chains help process and "
        "product and block functional upgrading, market chains slow process and product and help functional upgrading, networks (modular, "
        "relational) help all three; of hierarchies and of chain upgrading nothing is said. Firms without type are a category.",
        "share of firms; a category for each effect", _HUMPHREY, SHARE, ANSWERED, "", True,
    ),
    (
        "path_gate", "What the stated governance does to a path", "所述治理对路径的作用",
        "Whether the type of governance that the source states for the cluster helps a path, slows it, blocks it or leaves it open, by what "
        "it claims in general of such chains; not what it says of the cluster, which stands beside it. A category, not a number.",
        "category from the stated type", _HUMPHREY, SHARE, BOUNDARIES, "no type is stated", False,
    ),
    (
        "path_gate_difference", "Outcome where governance helps a path against where it hinders", "治理促进与阻碍下的升级差异",
        "Mean outcome of a path (standardized answers) of firms whose type of governance helps it minus that of firms whose type slows it "
        "(process and product: market chains) or blocks it (functional: captive chains); firms without type and in hierarchies, and answers "
        "that make up capability, are left out. A difference between firms, not an effect.",
        "mean_helped(z) - mean_hindered(z)", "Humphrey and Schmitz 2002; Welch 1947 (interval) [reconstruction]", ANY_NUMBER, ANSWERED, "", True,
    ),
    (
        "path_gate_agreement", "Whether outcomes agree with the gate", "升级差异与治理作用是否一致",
        "Whether firms whose governance helps a path have more of it than those whose governance hinders it, as the text lets one expect: "
        "undecided if the interval of the difference holds 0. A category, not a number.",
        "sign of the interval of the difference", "Humphrey and Schmitz 2002 [reconstruction]", SHARE, ANSWERED, "there is no difference to judge", False,
    ),
):  # fmt: skip
    measure(
        name=_name, level="cluster", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula, source=_source,
        boundaries=_boundaries, cost="linear", bounds=_bounds, undefined=_undefined, interval_kind="sampling" if _drawn else None,
    )(measure_chain_governance)  # fmt: skip
