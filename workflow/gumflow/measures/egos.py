"""Ego networks: what a sample of a cluster can bear, each respondent's own ties as it reports them.

The firms that were not drawn are named as partners but never asked, so nothing can be said of the network as a
whole. What each respondent says of its own partners stands, and means over the respondents estimate the cluster
if their design weights are known (Perry, Pescosolido and Borgatti 2018, ch. 4 and 9).
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gumflow.measures import brokerage
from gumflow.measures.registry import BALANCE, COUNT, SHARE, measure
from gumflow.networks.edges import network_of_edges
from gumflow.networks.layers import BOUNDARIES

EGO_COLUMNS = ("partners", "ego_ei_index", "ego_heterogeneity", "ego_outside_share")
ALTER_COLUMNS = (
    "ego_alter_density",
    "ego_alter_effective_size",
    "ego_alter_efficiency",
    "ego_alter_constraint",
)
NO_RESPONDENTS = "withheld: who of the sample was asked is not recorded; it would need roster.csv, or the reporter of each tie"
NO_ALTER_TIES = (
    "withheld: no respondent reports a tie between two of its partners, so they were not asked about; it would need "
    "that question"
)
NO_WEIGHT = (
    "withheld: {count} of the respondents have no design weight above 0, so they cannot stand for others; it would need "
    "their weight"
)
ONE_RESPONDENT = "undefined: the spread of fewer than two respondents is not known"
BOUNDS = {
    "partners": COUNT,
    "ego_ei_index": BALANCE,
    "ego_heterogeneity": SHARE,
    "ego_outside_share": SHARE,
    "ego_alter_density": SHARE,
    "ego_alter_effective_size": COUNT,
    "ego_alter_efficiency": SHARE,
    "ego_alter_constraint": COUNT,
}
"""Least and greatest value of each ego measure, where intervals of its mean end too."""
_APART = "\x1f"


def respondents(actors: pd.DataFrame, ties: pd.DataFrame) -> NDArray[np.str_]:
    """Return who answered: actors that `responded`, if there is such a column, else whoever reported a tie; sorted."""
    if "responded" in actors.columns:
        return np.sort(actors.loc[actors["responded"], "actor"].to_numpy(dtype=str))
    if "reporter" not in ties.columns:
        return np.empty(0, dtype=str)
    known = ties["reporter"].isin(actors["actor"]) & (ties["reporter"] != "")
    return np.unique(ties.loc[known, "reporter"].to_numpy(dtype=str))


def measure_egos(
    actors: pd.DataFrame, ties: pd.DataFrame, layers: Sequence[str], group_by: str
) -> pd.DataFrame:
    """Measure the ego network of each respondent over some layers, from achieved ties that it reported itself.

    `actors` has actor, inside and the column `group_by`; `ties` has source, target, layer, state and perhaps reporter (without it a tie is
    reported by either end that answered). Returns actor and one float64 column for each of `EGO_COLUMNS` and
    `ALTER_COLUMNS`; the latter are NaN throughout if no respondent reported a tie between two of its partners.
    Direction and strength are not read.
    """
    egos = respondents(actors, ties)
    chosen = ties[
        ties["layer"].isin(list(layers)) & (ties["state"] == "achieved") & (ties["source"] != ties["target"])
    ]
    named, among = _reports(chosen, egos)
    table = pd.DataFrame({"actor": pd.Series(egos, dtype="str")})
    about = actors.set_index("actor")
    group = about[group_by].astype("str").fillna("")
    named = named.assign(
        own=group.reindex(named["ego"]).to_numpy(),
        other=group.reindex(named["alter"]).to_numpy(),
        outside=~about["inside"].reindex(named["alter"]).to_numpy(dtype=bool),
    )
    for name, values in _composition(named).items():
        table[name] = values.reindex(egos).to_numpy(dtype=np.float64)
    table["partners"] = table["partners"].fillna(0.0)
    holes = _holes(named, among, egos) if len(among) else {}
    for name in ALTER_COLUMNS:
        table[name] = holes.get(name, np.full(len(egos), math.nan))
    return table


def estimate_means(egos: pd.DataFrame, weights: pd.Series | None = None) -> list[dict[str, object]]:
    """Estimate the mean of each ego measure over all actors of the kind that was sampled.

    The estimate is that of Hajek (1971), sum w y / sum w over the respondents with a value; its standard error is
    linearized, sqrt(n/(n-1) sum (w (y - mean))^2) / sum w, with a t interval of 95 % (n - 1 degrees of freedom), cut where the measure ends,
    for sampling with replacement, so on the safe side for a large share. `weights` are 1 / the chance of being
    drawn, by actor; equal if None. A measure is withheld if a respondent with a value has no weight above 0. Returns rows with measure, value, low, high, interval_kind, n, withheld, method.
    """
    how = "design weights" if weights is not None else "equal weights"
    weight = pd.Series(1.0, index=egos["actor"]) if weights is None else weights.astype("float64")
    rows: list[dict[str, object]] = []
    for name in (*EGO_COLUMNS, *ALTER_COLUMNS):
        known = egos[egos[name].notna()]
        row: dict[str, object] = {
            "measure": f"{name}_mean",
            "n": len(known),
            "method": f"mean over respondents, {how}",
        }
        if egos.empty:
            row["withheld"] = NO_RESPONDENTS
        elif known.empty and name in ALTER_COLUMNS:
            row["withheld"] = NO_ALTER_TIES
        elif len(known) < 2:
            row["withheld"] = ONE_RESPONDENT
        elif not (weighted := weight.reindex(known["actor"]) > 0).all():
            row["withheld"] = NO_WEIGHT.format(count=int((~weighted).sum()))
        else:
            w = weight.reindex(known["actor"]).to_numpy()
            row |= _mean(known[name].to_numpy(dtype=np.float64), w, BOUNDS[name])
        rows.append(row)
    return rows


def _mean(y: NDArray[np.float64], w: NDArray[np.float64], bounds: tuple[float, float]) -> dict[str, object]:
    from scipy.stats import t

    mean = float((w * y).sum() / w.sum())
    error = math.sqrt(len(y) / (len(y) - 1) * float(((w * (y - mean)) ** 2).sum())) / float(w.sum())
    reach = float(t.ppf(0.975, len(y) - 1)) * error
    low, high = max(mean - reach, bounds[0]), min(mean + reach, bounds[1])
    return {"value": mean, "low": low, "high": high, "interval_kind": "sampling"}


def _reports(ties: pd.DataFrame, egos: NDArray[np.str_]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split ties into those of an ego with a partner (ego, alter) and those it reports between others (ego, one, other)."""
    reporter = (
        ties["reporter"].fillna("")
        if "reporter" in ties.columns
        else pd.Series("", index=ties.index, dtype="str")
    )
    unsaid = reporter == ""
    sides = []
    for own, other in (("source", "target"), ("target", "source")):
        mine = ties[own].isin(egos) & (unsaid | (reporter == ties[own]))
        sides.append(pd.DataFrame({"ego": ties.loc[mine, own], "alter": ties.loc[mine, other]}))
    named = pd.concat(sides).drop_duplicates().sort_values(["ego", "alter"]).reset_index(drop=True)
    third = reporter.isin(egos) & (reporter != ties["source"]) & (reporter != ties["target"])
    among = pd.DataFrame(
        {"ego": reporter[third], "one": ties.loc[third, "source"], "other": ties.loc[third, "target"]}
    )
    partners = set(zip(named["ego"], named["alter"], strict=True))
    both = [(r.ego, r.one) in partners and (r.ego, r.other) in partners for r in among.itertuples()]
    return named, among[np.array(both, dtype=bool)].drop_duplicates()


def _composition(named: pd.DataFrame) -> dict[str, pd.Series]:
    known = named[(named["own"] != "") & (named["other"] != "")]
    external = (known["own"] != known["other"]).astype("float64").groupby(known["ego"]).mean()
    grouped = named[named["other"] != ""]
    shares = grouped.groupby(["ego", "other"]).size() / grouped.groupby("ego").size()
    return {
        "partners": named.groupby("ego").size().astype("float64"),
        "ego_ei_index": 2 * external - 1,
        "ego_heterogeneity": 1 - (shares**2).groupby(level="ego").sum(),
        "ego_outside_share": named["outside"].astype("float64").groupby(named["ego"]).mean(),
    }


def _holes(
    named: pd.DataFrame, among: pd.DataFrame, egos: NDArray[np.str_]
) -> dict[str, NDArray[np.float64]]:
    """Put the ego networks side by side, each with partners of its own, and measure them as one network."""
    own = pd.DataFrame({"source": named["ego"], "target": named["ego"] + _APART + named["alter"]})
    between = pd.DataFrame(
        {"source": among["ego"] + _APART + among["one"], "target": among["ego"] + _APART + among["other"]}
    )
    ends = np.sort(between.to_numpy(dtype=str), axis=1)
    between = pd.DataFrame({"source": ends[:, 0], "target": ends[:, 1]}).drop_duplicates()
    ties = pd.concat([own, between], ignore_index=True).assign(layer="ego", strength=1.0)
    apart = network_of_edges(ties, directed=False)
    place = pd.Index(apart.actors).get_indexer(pd.Index(egos))
    measured = {
        "ego_alter_density": brokerage.ego_density(apart),
        "ego_alter_effective_size": brokerage.effective_size_binary(apart),
        "ego_alter_efficiency": brokerage.efficiency_binary(apart),
        "ego_alter_constraint": brokerage.constraint_ego(apart),
    }
    return {name: np.where(place >= 0, values[place], math.nan) for name, values in measured.items()}


_NO_PARTNER = "a respondent that names no partner has none to compare"
for _name, _en, _zh, _definition, _formula, _source, _undefined in (
    (
        "partners", "Partners named", "提名伙伴数", "Number of distinct partners that a respondent names, inside or outside the cluster; its degree as it sees it.",
        "k(i)", "Perry, Pescosolido and Borgatti 2018, ch. 7", "",
    ),
    (
        "ego_ei_index", "E-I index of named partners", "提名伙伴 E-I 指数",
        "Named partners of other groups minus those of the respondent's own, over both; partners of unknown group are left out.",
        "(E - I) / (E + I)", "Krackhardt and Stern 1988", _NO_PARTNER,
    ),
    (
        "ego_heterogeneity", "Heterogeneity of named partners", "提名伙伴异质性",
        "Chance that two partners drawn with replacement are of different groups (Blau's index): how mixed the sources of a firm are.",
        "1 - sum_g p_g^2", "Blau 1977, p. 78", _NO_PARTNER,
    ),
    (
        "ego_outside_share", "Share of partners outside the cluster", "集群外伙伴占比", "Share of the named partners that are not in the cluster.",
        "outside / k(i)", "Giuliani and Bell 2005, external openness", _NO_PARTNER,
    ),
    (
        "ego_alter_density", "Density among named partners", "伙伴间密度",
        "Share of the pairs of a respondent's partners that it reports as tied: closure around it. Given only if that was asked.",
        "2 t(i) / (k(i)(k(i)-1)), t = tied pairs of partners", "Perry, Pescosolido and Borgatti 2018, ch. 7", "fewer than two partners have no pair",
    ),
    (
        "ego_alter_effective_size", "Effective size of the reported ego network", "自报有效规模",
        "Partners minus the mean number of ties that each has to the others; ties as the respondent reports them, binary.",
        "k(i) - 2 t(i) / k(i)", "Burt 1992; Borgatti 1997", _NO_PARTNER,
    ),
    (
        "ego_alter_efficiency", "Efficiency of the reported ego network", "自报效率", "Effective size over the number of partners.",
        "1 - 2 t(i) / k(i)^2", "Burt 1992; Borgatti 1997", _NO_PARTNER,
    ),
    (
        "ego_alter_constraint", "Constraint in the reported ego network", "自报限制度",
        "Burt's constraint among the respondent and its partners alone, ties as it reports them, binary.",
        "sum_j (p_ij + sum_q p_iq p_qj)^2 within the ego network", "Burt 1992, eq. 2.4", _NO_PARTNER,
    ),
):  # fmt: skip
    measure(
        name=_name, level="ego", label_en=_en, label_zh=_zh, definition=_definition, formula=_formula, source=_source,
        boundaries=BOUNDARIES, reads="observed", undefined=_undefined, cost="quadratic", bounds=BOUNDS[_name],
    )(measure_egos)  # fmt: skip
    measure(
        name=f"{_name}_mean", level="cluster", label_en=f"{_en}, mean over the cluster", label_zh=f"{_zh}（集群均值估计）",
        definition=f"Mean over the actors that were sampled from of: {_definition[0].lower()}{_definition[1:]} With design weights where they are given.",
        formula="sum w y / sum w", source="Hajek 1971; Perry, Pescosolido and Borgatti 2018, ch. 9", boundaries=BOUNDARIES, cost="linear",
        undefined=ONE_RESPONDENT.removeprefix("undefined: "), interval_kind="sampling", bounds=BOUNDS[_name],
    )(estimate_means)  # fmt: skip
